"""Start-up of the command line as a ratio to an empty Python, in interleaved rounds of one run. Prints; claims nothing.

Run: `python tests/bench/bench_cli.py [rounds]`, or `make bench`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
COMMANDS: dict[str, list[str]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "kawal --help": [str(BIN / "kawal"), "--help"],
    "kawal profil daftar": [str(BIN / "kawal"), "profil", "daftar"],
    "gitlab --version": [str(BIN / "gitlab"), "--version"],
}


def wall(argv: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for argv in COMMANDS.values():
        wall(argv)  # warm cache
    for _ in range(rounds):
        for name, argv in COMMANDS.items():
            times[name].append(wall(argv))
    base = statistics.median(times["python -c pass"])
    print(
        f"start of the command line, median of {rounds} interleaved rounds, Python {sys.version.split()[0]}"
    )
    for name, values in times.items():
        median = statistics.median(values)
        print(
            f"  {name:<22} {median * 1000:7.1f} ms   {median / base:5.2f} x python -c pass   all: {[round(v * 1000) for v in values]}"
        )


if __name__ == "__main__":
    main()
