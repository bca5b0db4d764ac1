"""The template's script lines, run by a shell as a runner runs them, over the demo application and the empty skeleton."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from templat import MANIFEST, ROOT, jobs

from demo_application import SOURCE, running

PIPELINE: dict[str, Any] = jobs()
STACKS: dict[str, dict[str, Any]] = {
    stack: jobs(entry) for stack, entry in MANIFEST["gitlab"]["tumpukan"].items()
}
EARLY = ["fungsi", "integrasi", "keamanan-kode", "rahasia", "dependensi", "dokumen"]
AMBANG = {
    "schema": 1,
    "fungsi": {"min": 15},
    "integrasi": {"min": 6},
    "keamanan_kode": {"kritis": 0, "tinggi": 0, "sedang": 0},
    "beban": {
        "detik": 3,
        "pengguna": 3,
        "laju": 3,
        "titik": [
            {"nama": "GET /tarif", "metode": "GET", "jalur": "/tarif", "p95_ms": 800, "p99_ms": 2000}
            | {"galat_persen": "1", "rps_min": "1", "permintaan_min": 5}
        ],
    },
}


@pytest.fixture
def application(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path / "data") as url:
        yield url


def checkout(tmp_path: Path, source: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    return Path(shutil.copytree(source, tmp_path / "checkout", ignore=ignore))


def run_job(
    name: str, tree: Path, stack: str = "python", **variables: str
) -> subprocess.CompletedProcess[str]:
    """All lines in one bash that stops at the first failure, as GitLab's runner does."""
    ambang = tree.parent / "ambang.json"
    ambang.write_text(json.dumps(AMBANG), "utf-8")
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(tree.parent),
    }
    environ |= {"KAWAL_AMBANG": str(ambang), **variables}
    lines = "\n".join(STACKS[stack][name]["script"])
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", lines],
        cwd=tree,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", EARLY)
def test_jobs_over_the_demo_application_pass(name: str, tmp_path: Path) -> None:
    tree = checkout(tmp_path, SOURCE)
    done = run_job(name, tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tree / PIPELINE[name]["artifacts"]["paths"][0]).is_file()


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        *((name, stack) for name in ("fungsi", "integrasi") for stack in STACKS),
        ("unit", "python"),
        ("sistem", "statis"),
        ("keamanan-kode", "python"),
    ],
)
def test_jobs_over_the_untouched_skeleton_cannot_be_judged(name: str, stack: str, tmp_path: Path) -> None:
    done = run_job(name, checkout(tmp_path, ROOT / "skeleton"), stack)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Tidak dapat dinilai" in done.stdout


def test_the_documents_of_the_untouched_skeleton_are_refused(tmp_path: Path) -> None:
    done = run_job("dokumen", checkout(tmp_path, ROOT / "skeleton"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "DOK-1" in done.stdout


def tree_of(tmp_path: Path, **files: str) -> Path:
    tree = tmp_path / "checkout"
    for name, text in files.items():
        path = tree / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tree


NODE_TEST = "const t = require('node:test'); const a = require('node:assert');\n" + "".join(
    f"t('kasus {n}', () => a.equal(1, 1));\n" for n in range(15)
)


@pytest.mark.skipif(shutil.which("node") is None, reason="node tidak terpasang")
@pytest.mark.parametrize(
    ("job", "text", "code", "said"),
    [
        ("fungsi", NODE_TEST, 0, "Lulus"),
        ("fungsi", NODE_TEST + "t('salah', () => a.equal(1, 2));\n", 3, "salah"),
        ("unit", NODE_TEST, 0, "Lulus: uji unit: 15"),
        ("unit", "", 3, "UNIT-101"),
        ("sistem", NODE_TEST + "t('salah', () => a.equal(1, 2));\n", 3, "SISTEM-102"),
    ],
)
def test_node_stack_runs_the_own_test_runner_of_node(
    job: str, text: str, code: int, said: str, tmp_path: Path
) -> None:
    """Real Node over real test files; a file of an earlier run in the repository is not taken for this run's."""
    files = {f"uji__{job}__a_dot_test_dot_js": text, f"laporan__{job}_dot_xml": "<testsuites/>"}
    done = run_job(job, tree_of(tmp_path, **files), "node")
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.skipif(shutil.which("php") is None, reason="php tidak terpasang")
@pytest.mark.parametrize(
    ("job", "stack", "folder"),
    [
        ("fungsi", "php", "uji/fungsi"),
        ("fungsi", "laravel", "tests/Feature"),
        ("unit", "laravel", "tests/Unit"),
        ("sistem", "php", "uji/sistem"),
    ],
)
def test_php_stack_runs_the_applications_phpunit_over_its_folder(
    job: str, stack: str, folder: str, tmp_path: Path
) -> None:
    """PHP is real; PHPUnit itself is played: it writes JUnit for the folder that it was given, as its documentation says."""
    phpunit = (
        "<?php $n = array_search('--log-junit', $argv); $folder = $argv[$n + 2]; is_dir($folder) || exit(2);\n"
        "$cases = str_repeat('<testcase classname=\"x\" name=\"' . $folder . '\"/>', 1);\n"
        "for ($i = 0, $cases = ''; $i < 15; $i++) { $cases .= \"<testcase classname='x' name='$folder $i'/>\"; }\n"
        "file_put_contents($argv[$n + 1], \"<testsuites><testsuite name='x' tests='15'>$cases</testsuite></testsuites>\"); exit(1);\n"
    )
    tree = tree_of(
        tmp_path, vendor__bin__phpunit=phpunit, **{f"{folder.replace('/', '__')}__ATest_dot_php": "<?php\n"}
    )
    done = run_job(job, tree, stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15" in done.stdout
    assert folder in (tree / f"laporan/{job}.xml").read_text("utf-8")


def test_static_stack_checks_the_pages_of_the_site(tmp_path: Path) -> None:
    page = '<title>Halaman</title><a href="h1.html">satu</a>'
    tree = tree_of(
        tmp_path, **{f"public__h{n}_dot_html": page for n in range(16)}, public__index_dot_html=page
    )
    done = run_job("fungsi", tree, "statis")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "17" in done.stdout


def test_load_job_passes_against_the_running_application(application: str, tmp_path: Path) -> None:
    tree = checkout(tmp_path, SOURCE)
    job_url = "https://gitlab.contoh.go.id/grup/app/-/jobs/7"
    done = run_job("beban", tree, KAWAL_URL_UJI=application, CI_JOB_URL=job_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Lulus: uji beban: p95 " in done.stdout
    # Locust's page with plots: among the job's artefacts, linked from its log and from its page.
    page = f"{job_url}/artifacts/file/laporan/beban.html"
    assert f"Untuk dibaca: beban.html: {page}" in done.stdout
    links = json.loads((tree / "laporan/anotasi.json").read_text("utf-8"))["Kawal"]
    assert {"external_link": {"label": "beban.html", "url": page}} in links
    html = (tree / "laporan/beban.html").read_text("utf-8")
    assert "<html" in html
    assert "GET /tarif" in html


def test_a_planted_module_named_like_our_tool_is_not_run(tmp_path: Path) -> None:
    tree = checkout(tmp_path, SOURCE)
    for name in ("kawal_checks", "bandit", "json", "argparse"):
        (tree / f"{name}.py").write_text("raise SystemExit(0)\n", "utf-8")
    (tree / "aplikasi/cetak.py").write_text("def cetak(x: str) -> object:\n    return eval(x)\n", "utf-8")
    done = run_job("keamanan-kode", tree)
    assert done.returncode == 3
    assert "aplikasi/cetak.py:2 B307" in done.stdout
