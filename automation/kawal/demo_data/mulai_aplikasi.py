"""What the demo's targets run after an installation (`perintah_sesudah`): restarts the application that `saat_ini` points to.

Usage: mulai_aplikasi.py PORT DATA_DIR, in the target's folder. Ends with 0 once the application answers, 1 when it does not:
then the target switches back. A real server does the same with `systemctl restart`.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PID = Path("aplikasi.pid")
WAIT_S = 20.0


def stop() -> None:
    if not PID.exists():
        return
    pid = int(PID.read_text())
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                PID.unlink()
                return
            time.sleep(0.05)


def start(port: str, data: str) -> int:
    with Path("aplikasi.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "aplikasi", "--port", port, "--data", str(Path(data).resolve())],
            cwd=Path("saat_ini").resolve(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID.write_text(str(child.pid))
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sehat", timeout=2) as answer:
                if answer.status == 200:
                    return 0
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return 1


if __name__ == "__main__":
    if sys.argv[1] == "--berhenti":
        stop()
        sys.exit(0)
    stop()
    sys.exit(start(sys.argv[1], sys.argv[2]))
