"""The verbs over all projects of an authority, through the command line on the embedded forge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kantor import Edit, Kantor, small_office
from kawal.errors import EXIT_BLOCKED, EXIT_INTERRUPTED, EXIT_PLAN_CHANGES
from kawal.reconcile.apply import Applied
from kawal.services import provision
from kawal.services.office import Office

APPS = ("e-parkir", "e-sampah")


def named(name: str) -> Edit:
    return lambda wanted: wanted.update(nama=name)


@pytest.fixture(scope="module")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    with small_office(tmp_path_factory.mktemp("armada")) as office:
        for app in APPS:
            office.approved(app, edit=named(f"Aplikasi {app}"))
        yield office


def project(kantor: Kantor, app: str) -> str:
    rows = kantor.api("GET", f"/projects?search={app}&per_page=100")
    return f"/projects/{next(row['id'] for row in rows if row['path'] == app)}"


def writes(kantor: Kantor, since: int) -> list[str]:
    return kantor.forge().writes(since)


def test_the_plan_over_all_projects_names_the_one_that_drifted_and_writes_nothing(kantor: Kantor) -> None:
    clean = kantor.must("rencana", "--semua", "--kode-rinci")
    assert [one["perubahan"] for one in clean.data["aplikasi"]] == [0, 0]

    kantor.api("PUT", project(kantor, "e-parkir"), {"allow_merge_on_skipped_pipeline": True})
    before = kantor.forge().last_request()
    drifted = kantor.must("rencana", "--semua", "--kode-rinci", expect=EXIT_PLAN_CHANGES)

    assert {one["aplikasi"]: one["perubahan"] for one in drifted.data["aplikasi"]} == {
        "e-parkir": 1,
        "e-sampah": 0,
    }
    assert writes(kantor, before) == []


def test_aligning_repairs_every_project_and_then_finds_nothing_to_write(kantor: Kantor) -> None:
    kantor.api("PUT", project(kantor, "e-parkir"), {"public_jobs": True})
    kantor.api("DELETE", f"{project(kantor, 'e-sampah')}/protected_tags/v%2A")

    waited = kantor.must("selaraskan", "--hanya-menambah", expect=EXIT_PLAN_CHANGES)
    assert (waited.data["diselaraskan"], waited.data["menunggu"]) == (["e-sampah"], ["e-parkir"])
    done = kantor.must("selaraskan")
    assert done.data["diselaraskan"] == ["e-parkir"]

    before = kantor.forge().last_request()
    again = kantor.must("selaraskan")
    assert (again.data["diselaraskan"], again.data["sesuai"]) == ([], 2)
    assert writes(kantor, before) == []
    reads = len(kantor.forge().requests(before))
    assert reads <= 12 + 8 * len(APPS)


def test_an_interrupted_repair_goes_on_with_the_same_command(
    kantor: Kantor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for app in APPS:
        kantor.api("PUT", project(kantor, app), {"public_jobs": True, "auto_devops_enabled": True})
    real, ended = provision.record, []

    def interrupted(office: Office, prepared: provision.Prepared, applied: Applied) -> None:
        real(office, prepared, applied)
        ended.append(prepared.app_id)
        raise KeyboardInterrupt

    monkeypatch.setattr(provision, "record", interrupted)
    said = kantor.kawal("selaraskan")
    monkeypatch.undo()

    assert said.code == EXIT_INTERRUPTED
    assert len(ended) == 1
    again = kantor.must("selaraskan")
    assert ended[0] not in again.data["diselaraskan"]
    assert again.data["gagal"] == []
    assert kantor.must("rencana", "--semua", "--kode-rinci").code == 0


def test_a_project_that_cannot_be_read_does_not_stop_the_others(kantor: Kantor) -> None:
    path = project(kantor, "e-sampah")
    kantor.api("PUT", path, {"description": "direbut"})
    kantor.api("PUT", project(kantor, "e-parkir"), {"public_jobs": True})
    said = kantor.kawal("selaraskan")
    kantor.api("PUT", path, {"description": kept(kantor, "e-parkir").replace("e-parkir", "e-sampah")})

    assert said.code != 0
    assert said.data["diselaraskan"] == ["e-parkir"]
    assert [one["kode"] for one in said.data["gagal"]] == ["FORGE-010"]
    assert kantor.must("rencana", "--semua").code == 0


def kept(kantor: Kantor, app: str) -> str:
    return str(kantor.api("GET", project(kantor, app))["description"])


def test_the_proof_names_role_and_way_and_plans_the_repair(kantor: Kantor) -> None:
    kantor.must("selaraskan")
    kantor.api("PUT", project(kantor, "e-parkir"), {"ci_forward_deployment_rollback_allowed": True})
    kantor.api(
        "POST",
        f"{project(kantor, 'e-parkir')}/protected_branches",
        {"name": "m*", "push_access_level": 30, "merge_access_level": 30},
    )
    before = kantor.forge().last_request()
    said = kantor.must("buktikan", "e-parkir", "--perbaiki", "--html", "bukti.html", expect=EXIT_BLOCKED)
    (app,) = said.data["aplikasi"]
    traps = {one["jerat"]: one for one in app["jalan"]}

    assert {"ulang-penerapan-lama", "push-lewat-wildcard", "gabung-lewat-wildcard"} <= set(traps)
    assert traps["push-lewat-wildcard"]["peran"] == "setiap Developer"
    assert "m*" in " ".join(app["perbaikan"]["oleh_orang"])
    assert writes(kantor, before) == []
    page = (kantor.stage.home / "bukti.html").read_text("utf-8")
    assert "<script" not in page
    assert "push-lewat-wildcard" in page

    kantor.must("terapkan", app["perbaikan"]["rencana"][:8])
    kantor.api("DELETE", f"{project(kantor, 'e-parkir')}/protected_branches/m%2A")
    after = kantor.kawal("buktikan", "e-parkir")
    left = {one["jerat"] for one in after.data["aplikasi"][0]["jalan"]}
    assert left & set(traps) == set(traps) - {
        "ulang-penerapan-lama",
        "push-lewat-wildcard",
        "gabung-lewat-wildcard",
    }
