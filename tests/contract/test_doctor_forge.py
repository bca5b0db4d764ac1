"""What `kawal dokter` says of the forge: every trouble an administrator can have on GitHub or GitLab, with its repair and exit code."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from forge_latihan import ForgeLatihan
from kawal.services import doctor_forge
from kawal.services.doctor_line import Line
from kawal.services.office import Office
from kawal.settings import load_settings

_numbers = itertools.count(1)


def office(
    folder: Path, forge: ForgeLatihan, kind: str, group: str, *, pa: str = "", url: str = "", **more: str
) -> Office:
    (folder / "kawal.yml").write_text(
        f"schema: 1\ninstansi: uji\nprofil: batam\nforge: {{jenis: {kind}, url: '{url or forge.url}'"
        f"{''.join(f', {key}: {value}' for key, value in more.items())}}}\n"
        f"grup: {group}\ngrup_pa: {pa or group}\nrunner_pa: [2]\n",
        "utf-8",
    )
    token = forge.user("bot-dokter")[1]
    return Office(load_settings(start=folder, environ={"KAWAL_TOKEN": token}), lambda name: b"")


@pytest.fixture
def org(latihan: ForgeLatihan) -> str:
    """An organisation that the bot owns, on Free."""
    name = f"dokter-{next(_numbers)}"
    latihan.ok("POST", "/groups", {"path": name, "name": name}, token=latihan.user("bot-dokter")[1])
    return name


def said(lines: list[Line]) -> list[tuple[str, str]]:
    return [(line.state, line.what) for line in lines]


def test_an_organisation_that_is_missing_is_to_be_made_by_a_person(
    tmp_path: Path, latihan: ForgeLatihan
) -> None:
    (line,) = doctor_forge.groups(office(tmp_path, latihan, "github", "tidak-ada/opd", pa="tidak-ada/opd"))

    assert (line.state, line.what, line.exit_code) == ("GAGAL", "organisasi", 6)
    assert "API tidak dapat membuatnya" in (line.repair or "")
    # GitLab's groups are made by kawal itself.
    assert list(doctor_forge.groups(office(tmp_path, latihan, "gitlab", "tidak-ada/opd"))) == []


@pytest.mark.parametrize(
    ("plan", "held", "state"),
    [
        ("free", "ditegakkan", "PERINGATAN"),
        ("free", "dianjurkan", "LULUS"),
        ("team", "ditegakkan", "LULUS"),
    ],
)
def test_the_plan_of_the_organisation_is_read_and_free_has_to_be_accepted(
    plan: str, held: str, state: str, org: str, tmp_path: Path, latihan: ForgeLatihan
) -> None:
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": plan})
    lines = list(doctor_forge.groups(office(tmp_path, latihan, "github", org, perlindungan=held)))

    assert said(lines) == [("LULUS", "hak bot"), (state, "paket GitHub")]
    assert plan in lines[1].value


@pytest.mark.parametrize(("kind", "state", "code"), [("github", "GAGAL", 4), ("gitlab", "PERINGATAN", 0)])
@pytest.mark.parametrize(("level", "word"), [(30, "bukan Owner"), (None, "bukan anggota")])
def test_a_bot_that_is_not_owner_is_named(
    kind: str, state: str, code: int, level: int | None, word: str, tmp_path: Path, latihan: ForgeLatihan
) -> None:
    name = f"asing-{next(_numbers)}"
    made = latihan.ok("POST", "/groups", {"path": name, "name": name, "visibility": "public"})
    if level:
        body = {"user_id": latihan.user("bot-dokter")[0], "access_level": level}
        latihan.ok("POST", f"/groups/{made['id']}/members", body)
    (line,) = doctor_forge.groups(office(tmp_path, latihan, kind, name))

    assert (line.state, line.what, line.exit_code) == (state, "hak bot", code)
    assert word in line.value
    assert f"jadikan bot Owner {name}" in (line.repair or "")


def test_templates_of_another_owner_cannot_be_shared(org: str, tmp_path: Path, latihan: ForgeLatihan) -> None:
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": "team"})
    lines = list(doctor_forge.groups(office(tmp_path, latihan, "github", org, pa="bot-dokter")))

    assert ("GAGAL", "grup_pa") in said(lines)
    assert "pakai organisasi yang sama" in (lines[-1].repair or "")


@pytest.mark.parametrize("kind", ["gitlab", "github"])
def test_a_forge_that_calls_itself_otherwise_would_lock_every_release(
    kind: str, tmp_path: Path, latihan: ForgeLatihan
) -> None:
    other = latihan.url.replace("127.0.0.1", "localhost")
    (good,) = doctor_forge.issuer(office(tmp_path, latihan, kind, "x"))
    (bad,) = doctor_forge.issuer(office(tmp_path, latihan, kind, "x", url=other))

    assert good.state == "LULUS"
    assert (bad.state, bad.exit_code) == ("GAGAL", 6)
    assert latihan.url in bad.value
    assert other in bad.value


def test_runners_of_pa_are_looked_for_in_the_organisation(
    org: str, tmp_path: Path, latihan: ForgeLatihan
) -> None:
    here = office(tmp_path, latihan, "github", org)
    owner = here.forge.group_id(org)
    assert owner is not None
    project = here.forge.create_project(owner, "templat", "Templat", "kawal:uji/templat", {}).id
    before = doctor_forge.runners(here, project)
    runner = {"organisasi": org, "id": 2, "name": "pa", "labels": ["pa"]}
    latihan.ok("POST", "/kawal_latihan/github/runners", runner)

    assert (before.state, "2 tidak terdaftar" in before.value) == ("PERINGATAN", True)
    assert doctor_forge.runners(here, project) == Line("LULUS", "runner PA", "2")
