"""A new template version goes round in rings and back, through the command line on the embedded forge."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor, small_office
from kawal.errors import EXIT_BLOCKED, EXIT_PLAN_CHANGES
from kawal.forges.gitlab import GitLabForge
from kawal.resources import templates_dir
from kawal.services import templates
from kawal.services.rollout import ring_of

APPS = ("e-arsip", "e-parkir", "e-sampah")


@pytest.fixture(scope="module")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    with small_office(tmp_path_factory.mktemp("cincin")) as office:
        for app in APPS:
            office.approved(app)
        yield office


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kawal of the next version: other templates on disk, after those that are on the forge."""
    copy = Path(shutil.copytree(templates_dir(), tmp_path / "templat"))
    text = (copy / "manifes.yml").read_text("utf-8")
    (copy / "manifes.yml").write_text(
        text.replace('versi: "0.3.0"\nsebelumnya: "0.2.0"', 'versi: "0.4.0"\nsebelumnya: "0.3.0"'), "utf-8"
    )
    manifest = (copy / "manifes.yml").read_text("utf-8")
    (copy / "manifes.yml").write_text(
        manifest.replace("laporan/beban.json", "laporan/beban-baru.json"), "utf-8"
    )
    pipeline = copy / "gitlab/kawal.yml"
    pipeline.write_text(pipeline.read_text("utf-8") + "\n# versi berikut\n", "utf-8")
    monkeypatch.setattr(templates, "templates_dir", lambda: copy)


def project(kantor: Kantor, app: str) -> dict[str, Any]:
    rows = kantor.api("GET", f"/projects?search={app}&per_page=100")
    return dict(next(row for row in rows if row["path"] == app))


def running(kantor: Kantor) -> dict[str, str]:
    """What each application's project runs, read past kawal: entry file and tag of the version."""
    central = kantor.api("GET", "/projects?search=pipeline-templates")[0]["id"]
    tags = {
        row["commit"]["id"]: row["name"] for row in kantor.api("GET", f"/projects/{central}/repository/tags")
    }
    found = {}
    for app in APPS:
        file, _, rest = project(kantor, app)["ci_config_path"].partition("@")
        found[app] = f"{file} {tags.get(rest.rpartition(':')[2], rest)}"
    return found


def reports_of(forge: GitLabForge, config: str) -> set[str]:
    """What the template that an application runs leaves, whichever version that is."""
    return {one.artefak for one in templates.jobs_of(forge, config)}


def on(*versions: str) -> dict[str, str]:
    return {app: f"gitlab/kawal.yml kawal-v{version}" for app, version in zip(APPS, versions, strict=True)}


def test_a_stack_is_chosen_and_kept(kantor: Kantor) -> None:
    assert kantor.kawal("templat", "pilih", "e-arsip", "cobol").codes == ["INPUT-047"]
    assert kantor.kawal("templat", "pilih", "belum-ada", "php").code == EXIT_BLOCKED
    chosen = kantor.must("templat", "pilih", "e-arsip", "laravel")
    assert chosen.envelope["status"] == "diubah"
    assert running(kantor)["e-arsip"] == "gitlab/laravel.yml kawal-v0.3.0"
    assert kantor.must("templat", "pilih", "e-arsip", "laravel").envelope["status"] == "sudah_ada"
    clean = kantor.must("rencana", "--semua", "--kode-rinci")  # an accepted entry is no drift
    assert [one["perubahan"] for one in clean.data["aplikasi"]] == [0, 0, 0]
    kantor.must("templat", "pilih", "e-arsip", "php", "--zap")
    assert running(kantor)["e-arsip"] == "gitlab/zap-php.yml kawal-v0.3.0"
    kantor.must("templat", "pilih", "e-arsip", "python")
    assert running(kantor) == on("0.3.0", "0.3.0", "0.3.0")


def test_a_template_that_no_policy_names_is_drift(kantor: Kantor) -> None:
    held = project(kantor, "e-sampah")
    strange = held["ci_config_path"].replace("gitlab/kawal.yml", "gitlab/lain.yml")
    kantor.api("PUT", f"/projects/{held['id']}", {"ci_config_path": strange})
    plan = kantor.must("rencana", "e-sampah", "--kode-rinci", expect=EXIT_PLAN_CHANGES)
    assert len(plan.data["perubahan"]) == 1
    kantor.must("terapkan", plan.data["id_rencana"])
    assert running(kantor) == on("0.3.0", "0.3.0", "0.3.0")


@pytest.mark.usefixtures("newer")
def test_a_new_version_goes_round_in_rings_and_back(kantor: Kantor) -> None:
    kantor.must("templat", "pasang")
    unsigned = kantor.kawal("templat", "naikkan", "--cincin", "1")
    assert (unsigned.code, unsigned.codes) == (EXIT_BLOCKED, ["KONF-024"])
    assert running(kantor) == on("0.3.0", "0.3.0", "0.3.0")
    kantor.must("kepercayaan", "ubah")
    assert kantor.kawal("templat", "naikkan", "--cincin", "2").codes == ["KONF-025"]

    plan = kantor.must("templat", "naikkan", "--cincin", "1", "--rencana-saja", expect=EXIT_PLAN_CHANGES)
    assert [(one["aplikasi"], one["cincin"]) for one in plan.data["rencana"]] == [("e-arsip", 1)]
    assert running(kantor) == on("0.3.0", "0.3.0", "0.3.0")
    assert kantor.must("templat", "naikkan", "--cincin", "1").data["diubah"] == ["e-arsip"]
    assert running(kantor) == on("0.4.0", "0.3.0", "0.3.0")
    clean = kantor.must("rencana", "--semua", "--kode-rinci")  # both versions are accepted meanwhile
    assert [one["perubahan"] for one in clean.data["aplikasi"]] == [0, 0, 0]

    forge = GitLabForge(kantor.stage.forge_url, kantor.stage.tokens["bot-kawal"], timeout=20)
    reports = {app: reports_of(forge, project(kantor, app)["ci_config_path"]) for app in APPS}
    assert reports["e-arsip"] == reports["e-parkir"] - {"laporan/beban.json"} | {"laporan/beban-baru.json"}

    before = kantor.forge().last_request()
    assert kantor.must("templat", "naikkan", "--cincin", "1").envelope["status"] == "sudah_ada"
    assert kantor.forge().writes(before) == []

    kantor.must("templat", "naikkan", "--cincin", "2")
    # A run that was cut off after one of two: the same command does the rest only.
    last = project(kantor, "e-arsip")["ci_config_path"]
    kantor.api("PUT", f"/projects/{project(kantor, 'e-parkir')['id']}", {"ci_config_path": last})
    assert kantor.must("templat", "naikkan", "--cincin", "3").data["diubah"] == ["e-sampah"]
    assert running(kantor) == on("0.4.0", "0.4.0", "0.4.0")

    kantor.must("templat", "mundur", "--rencana-saja", expect=EXIT_PLAN_CHANGES)
    back = kantor.must("templat", "mundur")
    assert back.data["diubah"] == ["e-sampah", "e-parkir", "e-arsip"]  # the last ring first
    assert running(kantor) == on("0.3.0", "0.3.0", "0.3.0")
    assert kantor.must("templat", "mundur").envelope["status"] == "sudah_ada"
    assert [one["perubahan"] for one in kantor.must("rencana", "--semua").data["aplikasi"]] == [0, 0, 0]


def test_there_is_no_way_back_to_a_version_that_was_never_here(kantor: Kantor) -> None:
    assert kantor.kawal("templat", "mundur").codes == ["KONF-026"]


@pytest.mark.parametrize(
    ("total", "sizes"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (6, (1, 1, 4)), (50, (1, 10, 39))]
)
def test_rings_hold_one_then_a_fifth_then_all(total: int, sizes: tuple[int, int, int]) -> None:
    rings = [ring_of(position, total) for position in range(total)]
    assert tuple(rings.count(ring) for ring in (1, 2, 3)) == sizes
    assert rings == sorted(rings)
