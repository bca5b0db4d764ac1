"""The scan of a running application, for real: Wapiti with the template's modules against applications that listen, then the gate.

`make test` scans the Python pair; PHP (its built-in server) and Node follow with KAWAL_DAST=semua, in `make malam`. Needs Wapiti 3.2 in
an environment of its own: KAWAL_WAPITI, or `wapiti` on PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kawal_checks.__main__ import main
from kawal_checks.readers import wapiti

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/rentan_menyala"
PROGRAM = os.environ.get("KAWAL_WAPITI") or shutil.which("wapiti")
MODULES = "cookieflags,csp,exec,file,http_headers,permanentxss,redirect,sql,upload,xss"
SERVERS = {
    "python": [sys.executable, "aplikasi.py", "PORT"],
    "php": ["php", "-S", "127.0.0.1:PORT", "index.php"],
    "javascript": ["node", "peladen.js", "PORT"],
}
CHOSEN = tuple(SERVERS) if os.environ.get("KAWAL_DAST") == "semua" else ("python",)
START_S = 20

needs_wapiti = pytest.mark.skipif(
    PROGRAM is None, reason="wapiti tidak terpasang: taruh di PATH atau sebut di KAWAL_WAPITI"
)


@contextmanager
def listening(language: str, kind: str, folder: Path) -> Iterator[str]:
    """The application as a process of its own, in a copy; its address once it answers."""
    assert shutil.which(SERVERS[language][0]), f"{SERVERS[language][0]} tidak terpasang"
    home = Path(shutil.copytree(DATA / language / kind, folder / "aplikasi"))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [word.replace("PORT", str(port)) for word in SERVERS[language]]
    with (folder / "aplikasi.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + START_S
        while not answers(port):
            assert process.poll() is None, (folder / "aplikasi.log").read_text("utf-8", "replace")
            assert time.monotonic() < deadline, f"{language} tidak menyala"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # payloads of the scanner may have left children
        process.wait(timeout=20)


def answers(port: int) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def scan(address: str, folder: Path) -> Path:
    report = folder / "wapiti.json"
    command = [str(PROGRAM), "-u", f"{address}/", "-m", MODULES, "--flush-session", "--max-scan-time", "300"]
    for option in ("--store-session", "--store-config"):
        (folder / option.strip("-")).mkdir()
        command += [option, str(folder / option.strip("-"))]
    command += ["--no-bugreport", "-f", "json", "-o", str(report)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]  # also with findings: the gate reads the report
    return report


def planted(language: str) -> set[tuple[str, str]]:
    rows = json.loads((DATA / "harap.json").read_text("utf-8"))
    return {(rule, place) for rule, place in rows["semua"] + rows[language]}


def judge(report: Path, address: str) -> int:
    return main(["keamanan-aplikasi", "--laporan", str(report), "--sasaran", address])


def test_the_template_scans_with_these_modules() -> None:
    jobs = [path.read_text("utf-8") for path in (ROOT / "pipeline-templates/gitlab").glob("*.yml")]
    assert any(f"-m {MODULES} " in text for text in jobs)


@needs_wapiti
@pytest.mark.parametrize("language", CHOSEN)
def test_every_planted_flaw_of_a_running_application_is_found_by_its_url(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(language, "rentan", tmp_path) as address:
        report = scan(address, tmp_path)
    found = {
        (finding.rule, finding.place.replace(address, ""))
        for finding in wapiti.read(report.read_bytes()).findings
    }
    assert planted(language) <= found
    assert judge(report, address) == 3
    said = capsys.readouterr().out
    assert f"GET {address}/cetak Command execution" in said
    assert "AMAN-202" in said


@needs_wapiti
@pytest.mark.parametrize("language", CHOSEN)
def test_the_repaired_twin_passes_after_as_many_pages(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(language, "baik", tmp_path) as address:
        report = scan(address, tmp_path)
    result = wapiti.read(report.read_bytes())
    assert result.findings == ()
    assert result.pages >= 5
    assert judge(report, address) == 0
    assert "0 kritis ≤ 0" in capsys.readouterr().out
