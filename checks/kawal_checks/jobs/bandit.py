"""`jalankan-bandit`: Bandit over the tree with our own configuration, inline suppressions ignored."""

from __future__ import annotations

import argparse
import subprocess  # argument lists only  # nosec B404
import sys
from collections.abc import Mapping
from pathlib import Path

from kawal_checks.model import EXIT_OK, EXIT_UNREADABLE
from kawal_checks.teks import one_line

from . import ukur

_INI = Path(__file__).parents[1] / "data" / "bandit.ini"
TIMEOUT = 1800


def scan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Exit 0 means that a report was written, not that it is good: the gate judges it."""
    del environ
    report: Path = options.keluar.resolve()
    ukur.forget(report)
    tool = ukur.installed("bandit", "bandit", "bandit")
    # `--exit-zero`: Bandit's exit status is never the verdict. cwd = the tree, so that paths in the report are relative.
    command = [sys.executable, "-I", "-m", "bandit", "-q", "-r", ".", "--ini", str(_INI), "--ignore-nosec"]
    command += ["--exit-zero", "-f", "json", "-o", str(report)]
    done = subprocess.run(
        command, cwd=options.sumber, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode != 0 or not report.is_file():
        print(f"Bandit berakhir dengan kode {done.returncode}: {one_line(done.stderr)}", file=sys.stderr)
        return EXIT_UNREADABLE
    ukur.keep(report, tool)
    print(f"Bandit selesai; laporan di {options.keluar}.")
    return EXIT_OK
