"""The step of the ladder: where the production credential lies, by what kawal.yml says of the target and by whether it answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dipegang import Held

from kawal.proof.prove import prove
from kawal.services.office import Office
from kawal.services.prove import target_verifies
from kawal.settings import load_settings
from scripted_server import Reply, Request, scripted_server


def office(folder: Path, door: str, role: str | None) -> Office:
    said = f", peran: {role}" if role else ""
    (folder / "kawal.yml").write_text(
        "schema: 1\ninstansi: uji\nprofil: batam\nforge: {url: http://127.0.0.1:9}\ngrup: g\n"
        f'target:\n  produksi: {{id: produksi-1, pintu: "{door}"{said}}}\n',
        "utf-8",
    )
    return Office(load_settings(start=folder, environ={}), lambda name: b"")


@pytest.mark.parametrize(
    ("role", "answers_as", "verifies"),
    [
        (None, "produksi-1", True),
        ("target", "produksi-1", True),
        ("pintu", "produksi-1", False),
        ("pintu", "lain", None),
        (None, "lain", None),
    ],
)
def test_the_target_is_asked_who_it_is_and_kawal_yml_says_what_it_is(
    role: str | None, answers_as: str, verifies: bool | None, tmp_path: Path
) -> None:
    def answer(request: Request, number: int) -> Reply:
        assert request.path == "/status"
        return Reply(body=json.dumps({"target_id": answers_as, "lingkungan": "production"}).encode())

    with scripted_server(answer) as server:
        assert target_verifies(office(tmp_path, server.url, role)) is verifies


def test_a_target_that_does_not_answer_has_proved_nothing(tmp_path: Path) -> None:
    assert target_verifies(office(tmp_path, "http://127.0.0.1:9", None), timeout=1) is None


@pytest.mark.parametrize(("verifies", "step"), [(True, 2), (False, 1), (None, 0)])
def test_each_answer_is_a_step_and_the_permit_binds_from_the_first(
    verifies: bool | None, step: int, held: Held
) -> None:
    proof = prove(held.seen(), None, target_verifies=verifies)

    assert proof.ladder.step == step
    (permit,) = [gate for gate in proof.gates if gate.gate == "izin"]
    assert permit.verdict == ("ditegakkan" if step else "dianjurkan")


def test_a_production_secret_in_the_forge_is_step_zero_whatever_the_target_says(held: Held) -> None:
    held.api(
        "POST", "/variables", {"key": "SSH_PRIVATE_KEY", "value": "-----BEGIN OPENSSH PRIVATE KEY-----x"}
    )
    proof = prove(held.seen(), None, target_verifies=True)

    assert proof.ladder.step == 0
    assert "rahasia di CI" in proof.ladder.why
