"""Cold start of `kawal-checks` on one report, and requests per second of `kawal-load` beside plain Locust. Prints ratios; claims nothing.

Run: `python tests/bench/bench_checks.py [seconds per load run]`, or `make bench`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
REPORT = ROOT / "tests/data/checks/keamanan_kode/bersih.json"
COLD: dict[str, list[str]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "kawal-checks, one report": [
        sys.executable,
        "-I",
        "-m",
        "kawal_checks",
        "keamanan-kode",
        "--laporan",
        str(REPORT),
    ],
    "gitlab --version": [str(BIN / "gitlab"), "--version"],
}
# One write per reply: two small ones would wait for each other (Nagle, delayed ACK), and the target would be what is measured.
SERVER = """
import contextlib
from gevent.server import StreamServer
REPLY = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n"
def serve(sock, _address):
    with contextlib.suppress(OSError):  # the generator ends by closing
        answer(sock)
def answer(sock):
    rest = b""
    while data := sock.recv(65536):
        whole, mark, tail = (rest + data).rpartition(b"\\r\\n\\r\\n")
        rest = tail if mark else rest + data
        sock.sendall(REPLY * (whole + mark).count(b"\\r\\n\\r\\n"))
server = StreamServer(("127.0.0.1", 0), serve)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
"""
USER = """
from locust import constant, task
from locust{module} import {name}
class U({name}):
    wait_time = constant(0)
    @task
    def t(self):
        self.client.get("/")
"""
USERS = 10


def cold_start(rounds: int = 9) -> None:
    times: dict[str, list[float]] = {name: [] for name in COLD}
    for number in range(rounds + 1):
        for name, argv in COLD.items():
            started = time.perf_counter()
            subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if number:  # the first round warms the cache
                times[name].append(time.perf_counter() - started)
    base = statistics.median(times["python -c pass"])
    print(f"cold start, median of {rounds} interleaved rounds")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"  {name:<26} {median * 1000:7.1f} ms   {median / base:5.2f} x python -c pass")


def rate(rows: list[dict[str, float]]) -> float:
    start = min(row["start_time"] for row in rows)
    end = max(row["last_request_timestamp"] for row in rows)
    return sum(row["num_requests"] for row in rows) / max(end - start, 0.001)


def kawal_load(url: str, folder: Path, seconds: int) -> float:
    point = {
        "nama": "GET /",
        "metode": "GET",
        "jalur": "/",
        "p95_ms": 1000,
        "p99_ms": 2000,
        "galat_persen": "1",
        "rps_min": "1",
        "permintaan_min": 1,
    }
    (folder / "ambang.json").write_text(
        json.dumps(
            {"schema": 1, "beban": {"detik": seconds, "pengguna": USERS, "laju": USERS, "titik": [point]}}
        )
    )
    (folder / "load.yml").write_text("schema: 1\njeda: [0, 0]\nskenario: []\n")
    command = [
        sys.executable,
        "-m",
        "kawal_load",
        "--url",
        url,
        "--skenario",
        str(folder / "load.yml"),
        "--ambang",
        str(folder / "ambang.json"),
    ]
    subprocess.run([*command, "--keluar", str(folder / "beban.json")], stdout=subprocess.DEVNULL, check=True)
    return rate(json.loads((folder / "beban.json").read_text("utf-8"))["statistik"])


def plain(url: str, folder: Path, seconds: int, module: str, name: str) -> float:
    (folder / "f.py").write_text(USER.format(module=module, name=name))
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(folder / "f.py"),
        "--headless",
        "--only-summary",
        "-H",
        url,
        "-u",
        str(USERS),
        "-r",
        str(USERS),
    ]
    command += ["-t", f"{seconds + 1}s", "--json-file", str(folder / "p")]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=folder)
    return rate(json.loads((folder / "p.json").read_text("utf-8")))


def load(seconds: int, rounds: int = 3) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    rates: dict[str, list[float]] = {"kawal-load": [], "plain FastHttpUser": [], "plain HttpUser": []}
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                rates["kawal-load"].append(kawal_load(url, folder, seconds))
                rates["plain FastHttpUser"].append(
                    plain(url, folder, seconds, ".contrib.fasthttp", "FastHttpUser")
                )
                rates["plain HttpUser"].append(plain(url, folder, seconds, "", "HttpUser"))
    finally:
        server.terminate()
        server.wait(timeout=20)
        if server.stdout is not None:
            server.stdout.close()
    base = statistics.median(rates["plain HttpUser"])
    print(
        f"requests per second, {USERS} users, {seconds} s, median of {rounds} interleaved rounds, same target on loopback"
    )
    for name, values in rates.items():
        median = statistics.median(values)
        print(
            f"  {name:<26} {median:9.0f} RPS   {median / base:5.2f} x HttpUser   all: {[round(v) for v in values]}"
        )


def main() -> None:
    cold_start()
    load(int(sys.argv[1]) if len(sys.argv) > 1 else 4)


if __name__ == "__main__":
    main()
