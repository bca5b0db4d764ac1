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
import yaml

from demo_application import SOURCE, running

ROOT = Path(__file__).parents[2] / "pipeline-templates"
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "gitlab/kawal.yml").read_text("utf-8"))
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


def run_job(name: str, tree: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """All lines in one bash that stops at the first failure, as GitLab's runner does."""
    ambang = tree.parent / "ambang.json"
    ambang.write_text(json.dumps(AMBANG), "utf-8")
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(tree.parent),
    }
    environ |= {"KAWAL_AMBANG": str(ambang), **variables}
    lines = "\n".join(PIPELINE[name]["script"])
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", lines],
        cwd=tree,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", ["fungsi", "integrasi", "keamanan-kode"])
def test_jobs_over_the_demo_application_pass(name: str, tmp_path: Path) -> None:
    tree = checkout(tmp_path, SOURCE)
    done = run_job(name, tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tree / PIPELINE[name]["artifacts"]["paths"][0]).is_file()


@pytest.mark.parametrize("name", ["fungsi", "integrasi", "keamanan-kode"])
def test_jobs_over_the_untouched_skeleton_cannot_be_judged(name: str, tmp_path: Path) -> None:
    done = run_job(name, checkout(tmp_path, ROOT / "skeleton"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Tidak dapat dinilai" in done.stdout


def test_load_job_passes_against_the_running_application(application: str, tmp_path: Path) -> None:
    done = run_job("beban", checkout(tmp_path, SOURCE), KAWAL_URL_UJI=application)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Lulus: uji beban: p95 " in done.stdout


def test_a_planted_module_named_like_our_tool_is_not_run(tmp_path: Path) -> None:
    tree = checkout(tmp_path, SOURCE)
    for name in ("kawal_checks", "bandit", "json", "argparse"):
        (tree / f"{name}.py").write_text("raise SystemExit(0)\n", "utf-8")
    (tree / "aplikasi/cetak.py").write_text("def cetak(x: str) -> object:\n    return eval(x)\n", "utf-8")
    done = run_job("keamanan-kode", tree)
    assert done.returncode == 3
    assert "aplikasi/cetak.py:2 B307" in done.stdout
