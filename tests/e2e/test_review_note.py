"""The bot's note for the reviewer on the embedded GitLab: what is new, what is touched, which step, what only people can read."""

from __future__ import annotations

from typing import Any

import pytest

from aplikasi_kecil import DOCUMENTS, TESTS, one_test_is_enough
from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "catatan-peninjau"
OLD = "import tempfile\n\n\ndef tempat() -> str:\n    return '/tmp/laporan'\n"


def lenient(request: dict[str, Any]) -> None:
    """Five findings of middle severity are allowed."""
    one_test_is_enough(request, keamanan_kode={"sedang": 5})


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    """An application whose main branch has one known finding, merged and collected."""
    kantor.approved(APP, edit=lenient)
    number = int(kantor.must("status", APP).data["proyek_id"])
    repo = kantor.clone(number, "peninjau-1")
    kantor.pushed(repo, "awal", {"aplikasi/berkas.py": OLD, **TESTS, **DOCUMENTS})
    iid = kantor.merge_request(number, "awal")
    kantor.finished(number, iid=iid)
    kantor.approve_head(number, iid)
    kantor.must("gabung", APP, "--mr", str(iid))
    kantor.finished(number, ref="main")
    kantor.kawal("kumpulkan", APP)  # the later jobs have no target here; the scan of main is recorded
    return number


def notes(kantor: Kantor, project: int, iid: int) -> list[dict[str, Any]]:
    found = kantor.api("GET", f"/projects/{project}/merge_requests/{iid}/notes?per_page=100")
    return [one for one in found if not one["system"]]


def test_the_note_names_only_what_is_new_and_stays_one_note(kantor: Kantor, project: int) -> None:
    step = next(
        one
        for one in kantor.api("GET", f"/projects/{project}/issues?per_page=100")
        if "Langkah 4" in one["title"]
    )
    repo = kantor.clone(project, "peninjau-2")
    files = {
        "aplikasi/berkas.py": f"# pindah baris\n{OLD}",
        "aplikasi/login_pengguna.py": "def hitung(x: str) -> object:\n    return eval(x)  # nosec\n",
        "package-lock.json": "{}\n",
        "skema/tabel.sql": "drop table lama;\n",
        "uji/fungsi/test_satu.py": "def test_satu() -> None:\n    assert True\n",
    }
    kantor.pushed(repo, "fitur", files)
    iid = kantor.merge_request(project, "fitur")
    path = f"/projects/{project}/merge_requests/{iid}"
    kantor.api("PUT", path, {"title": f"Hitung otomatis (#{step['iid']})"}, user="pengembang-1")
    kantor.finished(project, iid=iid)

    kantor.must("tinjau", APP, "--mr", str(iid))

    (note,) = notes(kantor, project, iid)
    text = note["body"]
    assert note["author"]["username"] == "bot-kawal"
    assert "`aplikasi/login_pengguna.py:2` `B307`" in text  # nosec did not hush it
    assert "`aplikasi/login_pengguna.py:2` `pembungkam`" in text
    assert "aplikasi/berkas.py:" not in text.partition("**Temuan baru")[2].partition("Uji beban")[0]
    assert f"Langkah SOP**: 4: {step['title'].partition(': ')[2]}" in text
    assert "- `package-lock.json` (baru)" in text
    assert "- `aplikasi/login_pengguna.py` (baru)" in text
    assert "- `skema/tabel.sql`: tidak dibaca pemindai mana pun" in text
    assert "- `uji/fungsi/test_satu.py`: uji yang sudah ada diubah" in text
    assert "| `GET /tarif` | 800 ms | belum diukur | diukur sesudah digabung |" in text

    kantor.must("tinjau", APP)
    (again,) = notes(kantor, project, iid)
    assert (again["id"], again["body"]) == (note["id"], text)


def test_only_showing_writes_nothing(kantor: Kantor, project: int) -> None:
    repo = kantor.clone(project, "peninjau-3")
    kantor.pushed(repo, "kecil", {"BACA.md": "Perubahan kecil.\n"})
    iid = kantor.merge_request(project, "kecil")
    said = kantor.must("tinjau", APP, "--mr", str(iid), "--tampil")
    assert "langkah yang sedang terbuka" in said.data["mr"][0]["catatan"]
    assert notes(kantor, project, iid) == []
