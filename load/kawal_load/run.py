"""Runs Locust once, always with an end, and turns what it left into the report of docs/formats.md §8."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess  # argument lists only  # nosec B404
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .alat import tool_digest
from .errors import LoadError
from .scenario import Scenario, Step
from .thresholds import Thresholds

START_SECONDS = (
    20  # how late the first request may come; `pengamat.py` ends the run the asked seconds after it
)
STOP_SECONDS = 10
GRACE_SECONDS = 60  # start of Python and gevent, stop timeout, writing of reports
WORKERS_WAIT = 60  # how long workers may take to come
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SSL_CERT_FILE")
_REASONS = 50


class Machines(NamedTuple):
    """Who sends the requests: this process, `processes` on this machine, or `workers` on others that come to `listen`."""

    processes: int = 1
    workers: int = 0
    listen: tuple[str, int] | None = None

    @property
    def expected(self) -> int:
        """Workers that must come to the end; none when this process does the work itself."""
        return self.workers or (self.processes if self.processes > 1 else 0)


class Run(NamedTuple):
    """What the user asked for, checked."""

    url: str
    scenario: Scenario
    scenario_sha256: str
    thresholds: Thresholds
    machines: Machines = Machines()
    locustfile: Path | None = None
    """The team's own: then its code runs, and the result is only reported."""
    secrets: Mapping[str, str] = {}
    """Values of $KAWAL_UJI_… in the login."""


def run_locust(
    run: Run, html: Path | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> dict[str, object]:
    """The report. Raises LoadError when Locust leaves nothing readable."""
    with tempfile.TemporaryDirectory(prefix="kawal-load-") as name:
        folder = Path(name)
        _write_plan(run, folder)
        started = now()
        output = _execute(_command(run, folder), folder, _seconds(run))
        finished = now()
        if html is not None:
            html.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "hasil.html", html)
        seen = _observed(folder, output)
        report: dict[str, object] = {
            "schema": 1,
            "alat": "locust",
            "versi": version("locust"),
            "alat_sha256": tool_digest(),
            "sasaran": run.url,
            "mulai": _stamp(started),
            "selesai": _stamp(finished),
            "direncanakan_detik": run.thresholds.seconds,
            "pengguna_diminta": run.thresholds.users,
            "pengguna_tercapai": seen["pengguna"],
            "pengecualian": _exceptions(folder),
            "pekerja_hilang": max(0, run.machines.expected - seen["pekerja_selesai"]),
            "skenario_sha256": run.scenario_sha256,
            "statistik": _rows(folder, output),
        }
        if run.locustfile is not None:
            report["locustfile_sha256"] = hashlib.sha256(run.locustfile.read_bytes()).hexdigest()
        return report


def run_worker(run: Run, master: tuple[str, int]) -> None:
    """Works for a master on another machine, with the same plan, until that one says so or its time is over."""
    with tempfile.TemporaryDirectory(prefix="kawal-load-") as name:
        folder = Path(name)
        _write_plan(run, folder)
        command = [*_locust(run), "--worker", "--master-host", master[0], "--master-port", str(master[1])]
        _execute(command, folder, _seconds(run) + WORKERS_WAIT)


def _write_plan(run: Run, folder: Path) -> None:
    plan = _plan(run)
    (folder / "rencana.json").write_text(json.dumps(plan, sort_keys=True), "utf-8")


def _seconds(run: Run) -> int:
    """How long Locust may take before it is killed with everything that it started."""
    warm_up = sum(stage.seconds for stage in run.scenario.warm_up)
    waiting = WORKERS_WAIT if run.machines.expected else 0
    return run.thresholds.seconds + START_SECONDS + warm_up + waiting + STOP_SECONDS + GRACE_SECONDS


def scenario_digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _plan(run: Run) -> dict[str, object]:
    scenario, thresholds = run.scenario, run.thresholds
    demanded = (thresholds.seconds + 1, thresholds.users, thresholds.rate)
    return {
        # With a warm-up the shape itself ends the run.
        "seconds": 0 if scenario.warm_up else thresholds.seconds,
        "wait_from": float(scenario.wait_from),
        "wait_to": float(scenario.wait_to),
        "steps": [_plan_step(step) for step in scenario.steps],
        "login": _plan_step(_with_secrets(scenario.login, run.secrets)) if scenario.login else None,
        "stages": [*scenario.warm_up, demanded],
    }


def _with_secrets(step: Step, secrets: Mapping[str, str]) -> Step:
    """The form of the login with its $KAWAL_UJI_… filled in: accounts of the test target never stand in a repository."""
    form = {}
    for key, value in (step.form or {}).items():
        name = value.removeprefix("$")
        if value.startswith("$") and name not in secrets:
            raise LoadError(f"masuk.isi.{key}", value, "variabel KAWAL_UJI_… di lingkungan runner PA")
        form[key] = secrets[name] if value.startswith("$") else value
    return step if step.form is None else step._replace(form=form)


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


def _locust(run: Run) -> list[str]:
    here = Path(__file__).parent
    files = f"{here / 'pengamat.py'},{run.locustfile or here / 'locustfile.py'}"
    # `-I` keeps the folder and the user's packages out; the team's own file needs its neighbours, and is not believed anyway.
    isolated = [] if run.locustfile else ["-I"]
    return [sys.executable, *isolated, "-m", "locust", "-f", files, "-H", run.url]


def _command(run: Run, folder: Path) -> list[str]:
    thresholds, machines = run.thresholds, run.machines
    warm_up = sum(stage.seconds for stage in run.scenario.warm_up)
    command = [*_locust(run), "--headless", "--only-summary"]
    command += ["-u", str(thresholds.users), "-r", str(thresholds.rate)]
    # Always `-t`: a run without an end would hold the runner for ever.
    command += ["-t", f"{thresholds.seconds + START_SECONDS + warm_up}s", "--stop-timeout", str(STOP_SECONDS)]
    command += [
        "--exit-code-on-error",
        "0",
        "--csv",
        str(folder / "hasil"),
        "--json-file",
        str(folder / "hasil"),
    ]
    command += ["--html", str(folder / "hasil.html")]
    if machines.workers and machines.listen:
        host, port = machines.listen
        command += ["--master", "--master-bind-host", host, "--master-bind-port", str(port)]
        command += ["--expect-workers", str(machines.workers)]
    elif machines.processes > 1:
        # A port of its own: two runs on one machine must not take each other's workers.
        command += ["--processes", str(machines.processes), "--master-bind-host", "127.0.0.1"]
        port = _free_port()
        command += ["--master-bind-port", str(port), "--master-port", str(port)]
    if machines.expected:
        command += ["--expect-workers-max-wait", str(WORKERS_WAIT)]  # Locust's own default is for ever
    return command


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


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


def _observed(folder: Path, output: str) -> dict[str, int]:
    try:
        seen = json.loads((folder / "pengamatan.json").read_text("utf-8"))
        return {key: int(seen[key]) for key in ("pengguna", "pekerja_selesai")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LoadError("locust", f"tidak ada pengamatan: {output[-600:]}", "Locust yang selesai") from error


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
