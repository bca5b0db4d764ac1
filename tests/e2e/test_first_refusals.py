"""Before there is anything to release: a person who begins at the wrong end gets to a project by the printed commands alone."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kantor import Kantor, Said

pytestmark = pytest.mark.e2e

APP = "mulai-dari-ujung"
COMMAND = re.compile(r"kawal [a-z].*")


@pytest.fixture(scope="module")
def letters(kantor: Kantor) -> Path:
    """The application is asked for; nothing else has happened."""
    file = kantor.request_file(APP)
    kantor.must("permohonan", "ajukan", str(file), person="p-pemohon")
    return file.parent


def printed(kantor: Kantor, letters: Path, next_step: str, person: str) -> Said:
    """Runs the printed command; only its words in capitals are filled in."""
    kantor.approvals += 1
    capitals = {
        "FILE": str(letters / "clearance.pdf"),
        "BERKAS": str(letters / "clearance.pdf"),
        "NOMOR": f"050/{kantor.approvals}/KOMINFO/2026",
        "TANGGAL": datetime.now(UTC).date().isoformat(),
        "TTTT-BB-HH": datetime.now(UTC).date().isoformat(),
    }
    words = shlex.split(COMMAND.findall(next_step)[-1])[1:]
    filled = ["=".join(capitals.get(part, part) for part in word.split("=")) for word in words]
    assert not [word for word in filled if re.fullmatch("[A-Z_]{3,}", word)], next_step
    return kantor.kawal(*filled, person=person)


def test_each_refusal_leads_one_step_back_until_the_project_stands(kantor: Kantor, letters: Path) -> None:
    """kumpulkan → siapkan → setujui → langkah 1; then the same commands in the other order all succeed."""
    way: list[tuple[str, str]] = []
    said = kantor.kawal("kumpulkan", APP)
    persons = {"siapkan": "p-pa", "setujui": "p-tata-kelola", "langkah": "p-pemohon"}
    while said.code == 3:
        next_step = said.findings[0]["perbaikan"]
        command = COMMAND.findall(next_step)[-1]
        assert command not in [one for _, one in way], f"led in a circle: {way}"
        way.append((said.codes[0], command))
        said = printed(kantor, letters, next_step, persons[command.split()[1]])
    assert said.code == 0, said.err
    assert [command.split()[1] for _, command in way] == ["siapkan", "setujui", "langkah"]
    for code, command in reversed(way[:-1]):
        said = printed(kantor, letters, command, persons[command.split()[1]])
        assert said.code == 0, (code, said.err)
    assert kantor.must("siapkan", APP).data["tulis"] == 0


def test_a_changed_project_waits_for_the_printed_apply(kantor: Kantor, letters: Path) -> None:
    project = kantor.must("siapkan", APP).data["proyek_id"]
    kantor.api("PUT", f"/projects/{project}/labels/tahap%3A%3Apersandian", {"color": "#123456"})
    waiting = kantor.must("siapkan", APP, expect=10)
    assert waiting.envelope["status"] == "menunggu"
    plan = waiting.data["id_rencana"]
    assert kantor.must("terapkan", plan).data["tulis"] == 1
    assert kantor.must("siapkan", APP).data["tulis"] == 0


def test_an_outdated_plan_names_the_new_one(kantor: Kantor, letters: Path) -> None:
    project = kantor.must("siapkan", APP).data["proyek_id"]
    label = f"/projects/{project}/labels/tahap%3A%3Apersandian"
    kantor.api("PUT", label, {"color": "#123456"})
    old = kantor.must("rencana", APP).data["id_rencana"]
    kantor.api("PUT", label, {"color": "#654321"})
    outdated = kantor.must("terapkan", old, expect=6)
    assert "tidak berlaku lagi" in outdated.err
    assert printed(kantor, letters, outdated.findings[0]["perbaikan"], "p-pa").code == 0
    assert kantor.must("siapkan", APP).data["tulis"] == 0
