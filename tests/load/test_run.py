"""Real runs of Locust against servers on loopback, judged by the gate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo_application import SOURCE, running
from kawal_checks.gates import GATES, GateContext
from kawal_load.__main__ import main
from kawal_load.alat import tool_digest
from scripted_server import Reply, scripted_server


@pytest.fixture
def application(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path / "data") as url:
        yield url


def thresholds(folder: Path, seconds: int = 3, **changes: object) -> tuple[Path, dict[str, Any]]:
    point = {"nama": "GET /tarif", "metode": "GET", "jalur": "/tarif", "p95_ms": 800, "p99_ms": 2000}
    point |= {"galat_persen": "1", "rps_min": "1", "permintaan_min": 5} | changes
    document = {"schema": 1, "beban": {"detik": seconds, "pengguna": 4, "laju": 4, "titik": [point]}}
    path = folder / "ambang.json"
    path.write_text(json.dumps(document), "utf-8")
    return path, document


def test_three_seconds_against_the_demo_application(application: str, tmp_path: Path) -> None:
    report = tmp_path / "laporan/beban.json"
    path, document = thresholds(tmp_path)
    arguments = ["--url", application, "--skenario", str(SOURCE / "load.yml"), "--ambang", str(path)]

    assert main([*arguments, "--keluar", str(report)]) == 0

    result = GATES["beban"].judge_bytes(report.read_bytes(), document, GateContext(target=application))
    assert result.verdict == "lulus", result.reasons
    assert result.counts["pengguna"] == 4
    names = {row["name"] for row in json.loads(report.read_text("utf-8"))["statistik"]}
    assert names == {"GET /tarif", "GET /hitung", "GET /api/tarif", "GET /rekap"}

    # The same measured report under stricter thresholds: refused with both numbers.
    _path, strict = thresholds(tmp_path, rps_min="100000", permintaan_min=1_000_000)
    refused = GATES["beban"].judge_bytes(report.read_bytes(), strict, GateContext(target=application))
    assert refused.verdict == "gagal"
    assert [reason.code for reason in refused.reasons] == ["BEBAN-105", "BEBAN-106"]
    assert refused.reasons[0].needed == "paling sedikit 100000"
    assert refused.tools == {"locust": tool_digest()}


def test_error_pages_and_redirects_of_a_mandatory_page_are_failures(tmp_path: Path) -> None:
    path, document = thresholds(tmp_path, seconds=1)
    moved = Reply(302, b"", {"Location": "http://192.0.2.1/"})
    with scripted_server(lambda _request, _number: moved) as server:
        assert main(["--url", server.url, "--ambang", str(path), "--keluar", str(tmp_path / "b.json")]) == 0
        raw = (tmp_path / "b.json").read_bytes()
        result = GATES["beban"].judge_bytes(raw, document, GateContext(target=server.url))
        assert {request.path for request in server.seen} == {"/tarif"}
    assert result.verdict == "gagal"
    assert result.counts["galat_persen"] == "100"


def test_settings_of_the_checkout_and_the_environment_change_nothing(
    application: str, tmp_path: Path
) -> None:
    (tmp_path / "locust.conf").write_text("users = 1\nrun-time = 60s\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.locust]\nlocustfile = 'jahat.py'\n", "utf-8")
    path, _document = thresholds(tmp_path, seconds=1)
    command = [
        sys.executable,
        "-I",
        "-m",
        "kawal_load",
        "--url",
        application,
        "--ambang",
        str(path),
        "--keluar",
        "b.json",
    ]
    environ = {"LOCUST_USERS": "1", "LOCUST_RUN_TIME": "60s", "PATH": "/usr/bin:/bin"}
    subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=50)
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["pengguna_tercapai"] == 4


def test_dead_target_never_passes(tmp_path: Path) -> None:
    path, document = thresholds(tmp_path, seconds=1)
    with scripted_server(lambda _request, _number: Reply()) as server:
        url = server.url
    assert main(["--url", url, "--ambang", str(path), "--keluar", str(tmp_path / "b.json")]) in (0, 3)
    result = GATES["beban"].judge_bytes((tmp_path / "b.json").read_bytes(), document, GateContext(target=url))
    assert result.verdict != "lulus"


def test_kawal_load_stands_alone() -> None:
    code = "import sys, kawal_load.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"kawal", "kawal_checks", "kawal_seal", "locust", "gevent"} & set(loaded)
