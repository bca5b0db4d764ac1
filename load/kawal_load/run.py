"""Runs Locust once, always with an end, and turns what it left into the report of docs/formats.md §8."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess  # argument lists only  # nosec B404
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .errors import LoadError
from .scenario import Scenario, Step
from .thresholds import Thresholds

START_SECONDS = 1  # Locust's clock runs before the first request; the asked seconds are seconds of requests
STOP_SECONDS = 10
GRACE_SECONDS = 60  # start of Python and gevent, stop timeout, writing of reports
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SSL_CERT_FILE")
_REASONS = 50


class Run(NamedTuple):
    """What the user asked for, checked."""

    url: str
    scenario: Scenario
    scenario_sha256: str
    thresholds: Thresholds


def run_locust(run: Run, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dict[str, object]:
    """The report. Raises LoadError when Locust leaves nothing readable."""
    with tempfile.TemporaryDirectory(prefix="kawal-load-") as name:
        folder = Path(name)
        (folder / "rencana.json").write_text(json.dumps(_plan(run.scenario)), "utf-8")
        started = now()
        output = _execute(
            _command(run, folder), folder, run.thresholds.seconds + STOP_SECONDS + GRACE_SECONDS
        )
        finished = now()
        return {
            "schema": 1,
            "alat": "locust",
            "versi": version("locust"),
            "sasaran": run.url,
            "mulai": _stamp(started),
            "selesai": _stamp(finished),
            "direncanakan_detik": run.thresholds.seconds,
            "pengguna_diminta": run.thresholds.users,
            "pengguna_tercapai": _users(folder),
            "pengecualian": _exceptions(folder),
            "pekerja_hilang": 0,  # one process: there is no worker that could go missing
            "skenario_sha256": run.scenario_sha256,
            "statistik": _rows(folder, output),
        }


def scenario_digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _plan(scenario: Scenario) -> dict[str, object]:
    return {
        "wait_from": float(scenario.wait_from),
        "wait_to": float(scenario.wait_to),
        "steps": [_plan_step(step) for step in scenario.steps],
    }


def _plan_step(step: Step) -> dict[str, object]:
    data, headers = step.json_body, {}
    if step.form is not None:
        data, headers = urlencode(step.form), {"Content-Type": "application/x-www-form-urlencoded"}
    elif data is not None:
        headers = {"Content-Type": "application/json"}
    return {
        "name": step.name,
        "method": step.method,
        "path": step.path,
        "weight": step.weight,
        "status": step.status,
        "data": data,
        "headers": headers,
    }


def _command(run: Run, folder: Path) -> list[str]:
    thresholds = run.thresholds
    return [
        *(sys.executable, "-I", "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py"))),
        *(
            "--headless",
            "--only-summary",
            "-H",
            run.url,
            "-u",
            str(thresholds.users),
            "-r",
            str(thresholds.rate),
        ),
        # Always `-t`: a run without an end would hold the runner for ever.
        *(
            "-t",
            f"{thresholds.seconds + START_SECONDS}s",
            "--stop-timeout",
            str(STOP_SECONDS),
            "--exit-code-on-error",
            "0",
        ),
        *("--csv", str(folder / "hasil"), "--json-file", str(folder / "hasil")),
    ]


def _execute(command: list[str], folder: Path, timeout: int) -> str:
    """Runs in an empty folder with an empty HOME: no locust.conf, pyproject.toml or LOCUST_* of anybody is read."""
    environ = {key: os.environ[key] for key in _KEPT if key in os.environ}
    environ |= {"HOME": str(folder), "KAWAL_LOAD_FOLDER": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except BaseException as error:
        # Ctrl-C or a hang: the whole session of Locust ends with us.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise LoadError(
                "locust", f"tidak selesai dalam {timeout} detik", "selesai pada waktunya"
            ) from error
        raise
    if process.returncode != 0:
        raise LoadError("locust", f"kode keluar {process.returncode}: {output[-600:]}", "Locust yang selesai")
    return output


def _rows(folder: Path, output: str) -> list[Any]:
    path = folder / "hasil.json"
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LoadError("locust", f"tidak ada hasil: {output[-600:]}", "hasil JSON dari Locust") from error
    if not isinstance(rows, list):
        raise LoadError("locust", type(rows).__name__, "daftar titik")
    return rows


def _users(folder: Path) -> int:
    path = folder / "pengguna.json"
    return int(path.read_text("utf-8")) if path.is_file() else 0


def _exceptions(folder: Path) -> list[dict[str, object]]:
    """Task exceptions: Locust writes them to a CSV only."""
    path = folder / "hasil_exceptions.csv"
    if not path.is_file():
        raise LoadError("locust", "tidak ada hasil_exceptions.csv", "berkas pengecualian dari Locust")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{"pesan": row["Message"][:500], "jumlah": int(row["Count"])} for row in rows[:_REASONS]]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
