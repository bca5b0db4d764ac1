"""gitlab-ci-local, a third party's executor, runs the very same template: each failing gate keeps the release shut, all passing open it.

Every recorded report of tests/data/checks is a scenario: the main pipeline with that one report, then the tag's pipeline, whose door
answers by kawal's own judgement of the artefacts. A few run in `make test`; KAWAL_MALAM=1 runs all.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from gcl_bengkel import DATA, GOOD, GOOD_FILES, MISSING, OPTIONAL, TARGET, TEMPLATE, Bench, bench

from demo_application import SOURCE, running
from kawal_checks.model import EXIT_OK

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")
WAPITI = os.environ.get("KAWAL_WAPITI") or shutil.which("wapiti")
ALL = os.environ.get("KAWAL_MALAM") == "1"
PACKED = ("kemas", "instalasi", "beban", "keamanan-aplikasi")
AFTER = {
    "fungsi": PACKED,
    "integrasi": PACKED,
    "unit": PACKED,
    "sistem": PACKED,
    "keamanan-kode": PACKED,
    "rahasia": PACKED,
    "dependensi": PACKED,
    "dokumen": (),
    "instalasi": ("beban", "keamanan-aplikasi"),
    "beban": (),
    "keamanan-aplikasi": (),
}


EARLY = ("fungsi", "integrasi", "keamanan-kode", "rahasia", "dependensi", "dokumen")


class Scenario(NamedTuple):
    job: str
    report: Path | None  # None: the tool leaves no report at all
    expected: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.job}:{self.report.name if self.report else 'tanpa-laporan'}"


def scenarios() -> list[Scenario]:
    found = []
    for path in sorted(DATA.rglob("*.harap.json")):
        uji, report = path.parent.name, path.with_name(path.name.removesuffix(".harap.json"))
        expected = json.loads(path.read_text("utf-8"))
        jobs = {"fungsi": ("fungsi", "integrasi", *OPTIONAL)}.get(uji, (uji.replace("_", "-"),))
        found += [Scenario(job, report, expected) for job in jobs if job in AFTER]
    return found + [Scenario(job, None, {"keluar": 3}) for job in AFTER if job != "instalasi"]


SCENARIOS = scenarios()
SAMPLE = {
    "unit:satu-gagal.xml", "keamanan-kode:semgrep-temuan.json", "beban:p95-terlewati.json", "rahasia:token.json", "dokumen:kerangka.json",
}  # fmt: skip
CHOSEN = [one for one in SCENARIOS if ALL or one.id in SAMPLE]


def opened(scenario: Scenario, folder: Path) -> AbstractContextManager[Bench]:
    key = scenario.job.replace("-", "_")
    reports = {**GOOD, key: str(scenario.report) if scenario.report else None}
    files = (
        (*(scenario.expected.get("berkas") or GOOD_FILES[:2]), *GOOD_FILES[2:])
        if key == "keamanan_kode"
        else GOOD_FILES
    )
    files = (*files, f"uji/{key}/a.txt") if key in OPTIONAL else files
    thresholds = scenario.expected.get("ambang", {})
    if key == "beban" and scenario.report and "beban" not in thresholds:
        thresholds = {**thresholds, "beban": {}}  # the row is about thresholds that are not there
    if key in ("integrasi", *OPTIONAL) and "fungsi" in thresholds:
        thresholds = {**thresholds, key: thresholds["fungsi"]}
    return bench(folder, reports, files, thresholds, scenario.expected.get("sasaran") or TARGET)


@pytest.mark.parametrize("scenario", CHOSEN, ids=[one.id for one in CHOSEN])
def test_a_gate_that_does_not_pass_keeps_the_release_shut(scenario: Scenario, tmp_path: Path) -> None:
    passes = scenario.expected["keluar"] == EXIT_OK
    other_target = scenario.expected.get("sasaran") not in (None, TARGET)
    with opened(scenario, tmp_path) as made:
        main = made.run()
        if not (
            other_target and passes
        ):  # the recorded load and scan name one target: only one of them can be right
            assert main.jobs[scenario.job] == ("PASS" if passes else "FAIL"), main.output
        assert (main.exit_code == 0) == (passes and not other_target), main.output
        if not passes:
            assert not set(AFTER[scenario.job]) & main.jobs.keys(), main.output
        verdicts = made.collect()
        assert (verdicts[scenario.job] == "lulus") == passes
        tag = made.run(tag=True)
        if made.opens:
            assert tag.jobs == {"gerbang": "PASS", "rilis": "PASS"}, tag.output
            assert len(made.installed) == 1
        else:
            assert tag.jobs == {"gerbang": "FAIL"}, tag.output
            assert made.installed == []


@pytest.mark.parametrize("there", [OPTIONAL, *([()] if ALL else [])], ids="/".join)
def test_all_gates_passing_open_the_release(there: tuple[str, ...], tmp_path: Path) -> None:
    files = (*GOOD_FILES, *(f"uji/{name}/a.txt" for name in there))
    with bench(tmp_path, GOOD, files) as made:
        main = made.run()
        assert main.exit_code == 0, main.output
        assert set(main.jobs) == {*AFTER, "kemas"} - set(OPTIONAL) | set(there)
        assert set(made.collect().values()) == {"lulus"}
        tag = made.run(tag=True)
        assert tag.jobs == {"gerbang": "PASS", "rilis": "PASS"}, tag.output
        assert len(made.installed) == 1


def test_without_any_evidence_the_tag_does_not_release(tmp_path: Path) -> None:
    with bench(tmp_path, GOOD) as made:
        tag = made.run(tag=True)
        assert tag.jobs == {"gerbang": "FAIL"}
        assert made.installed == []


def test_the_matrix_has_at_least_sixty_scenarios_for_every_gate_both_ways() -> None:
    assert len(SCENARIOS) >= 60
    assert len(CHOSEN) >= len(SAMPLE)
    for job in AFTER:
        exits = {one.expected["keluar"] == 0 for one in SCENARIOS if one.job == job}
        assert exits == {True, False}, job


REAL = {
    "fungsi": {"min": 15},
    "integrasi": {"min": 6},
    "keamanan_kode": {"kritis": 0, "tinggi": 0, "sedang": 0},
    "beban": {
        "detik": 3,
        "pengguna": 3,
        "laju": 3,
        "titik": [
            {"nama": "GET /tarif", "metode": "GET", "jalur": "/tarif", "p95_ms": 5000, "p99_ms": 9000}
            | {"galat_persen": "1", "rps_min": "0.1", "permintaan_min": 2}
        ],
    },
}


@pytest.mark.skipif(WAPITI is None, reason="wapiti tidak terpasang: taruh di PATH atau sebut di KAWAL_WAPITI")
def test_with_every_tool_real_the_demo_application_is_released(tmp_path: Path) -> None:
    """pytest, Bandit, Locust against the running application, Wapiti, git archive: nothing recorded."""
    with (
        running(tmp_path / "data") as url,
        bench(tmp_path / "b", {}, thresholds=REAL, target=url, source=SOURCE) as made,
    ):
        main = made.run()
        assert main.exit_code == 0, main.output
        assert set(made.collect().values()) == {"lulus"}
        page = made.application / ".gitlab-ci-local/artifacts/beban/laporan/beban.html"
        assert "GET /tarif" in page.read_text("utf-8")  # Locust's page with plots, kept beside what is judged
        assert made.run(tag=True).jobs == {"gerbang": "PASS", "rilis": "PASS"}
        assert len(made.installed) == 1


def test_with_every_tool_real_one_flaw_keeps_the_release_shut(tmp_path: Path) -> None:
    with bench(tmp_path, {}, thresholds=REAL, source=SOURCE) as made:
        (made.application / "aplikasi/cetak.py").write_text(
            "def cetak(x: str) -> object:\n    return eval(x)\n"
        )
        main = made.run(template=TEMPLATE.read_text("utf-8"))
        assert main.jobs == {**dict.fromkeys(EARLY, "PASS"), "keamanan-kode": "FAIL"}, main.output
        assert "aplikasi/cetak.py:2 B307" in main.output
        made.collect()
        assert made.run(tag=True).jobs == {"gerbang": "FAIL"}
        assert made.installed == []


# Weakenings that the executor obeys: the release job starts although the gate says no. The linter finds each, the permit stops each.
WEAKENED = {
    "allow_failure": (
        "gerbang:\n  extends: .rilis\n",
        "gerbang:\n  extends: .rilis\n  allow_failure: true\n",
    ),
    "tertelan": ("--keluar laporan/gerbang.json\n", "--keluar laporan/gerbang.json || true\n"),
    "when-always": ("  resource_group: produksi\n", "  resource_group: produksi\n  when: always\n"),
    "needs-kosong": ("  needs:\n    - {job: gerbang, artifacts: false}\n", "  needs: []\n"),
}


@pytest.mark.parametrize("name", WEAKENED)
def test_a_weakened_template_starts_the_release_but_nothing_is_installed(name: str, tmp_path: Path) -> None:
    from kawal_checks.lint import lint_document

    old, new = WEAKENED[name]
    text = TEMPLATE.read_text("utf-8")
    assert old in text
    weak = text.replace(old, new)
    assert lint_document(weak.encode(), "p.yml", TEMPLATE.read_bytes())[1]
    with bench(tmp_path, GOOD) as made:
        tag = made.run(tag=True, template=weak)
        assert "rilis" in tag.jobs, tag.output  # it ran: that is the weakness
        assert tag.jobs["rilis"] == "FAIL"  # and got no permit
        assert made.installed == []
