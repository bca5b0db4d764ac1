"""`kawal-checks semua --lokal`: before pushing, everything that a laptop can check, with progress; the rest says that it was not looked at."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess  # argument lists only  # nosec B404
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from . import keluaran
from .berkas import read_bounded, why
from .gates import GATES
from .jobs import run_job
from .model import EXIT_UNREADABLE, IF_THERE, GateContext, ReportError, Result, Tally
from .pengurai import Pengurai
from .pohon import list_files
from .readers.strict import MAX_BYTES, json_object
from .tampil import add_output_options, show

OWN = ("unit", "fungsi", "integrasi", "sistem")
LOCAL = ("unit", "fungsi", "integrasi", "sistem", "keamanan_kode", "rahasia", "dependensi", "dokumen", "uat")
ELSEWHERE = ("kemas", "instalasi", "beban", "keamanan_aplikasi")
_EPILOG = """kode keluar: 0 semua yang dapat diperiksa di sini lulus; 3 ada yang tidak; 6 ambang tidak terbaca.
Hasil di laptop tidak menjadi bukti: bukti berasal dari pipeline.

contoh: kawal-checks semua --lokal"""


def run_all(arguments: Sequence[str]) -> int:
    parser = Pengurai(
        prog="kawal-checks semua",
        description="Menjalankan dan menilai semua uji yang dapat dijalankan di laptop.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--lokal", action="store_true", required=True, help="di laptop ini, tanpa forge dan target uji"
    )
    parser.add_argument(
        "--sumber", type=Path, default=Path(), metavar="DIR", help="pohon sumber; bawaan: folder ini"
    )
    parser.add_argument(
        "--ambang", type=Path, metavar="F", help="ambang dari permohonan yang disetujui (JSON)"
    )
    add_output_options(parser)
    options = parser.parse_args(arguments)
    ambang = options.ambang
    try:
        thresholds = json_object(read_bounded(ambang, MAX_BYTES), str(ambang)) if ambang else {}
        files = list_files(options.sumber)
    except ReportError as error:
        print(keluaran.error_text(error), file=sys.stderr)
        return EXIT_UNREADABLE
    except OSError as error:
        print(f"Tidak terbaca: {options.sumber}: {why(error)}", file=sys.stderr)
        return EXIT_UNREADABLE
    chosen = [uji for uji in LOCAL if uji not in IF_THERE or (options.sumber / "uji" / uji).is_dir()]
    results = []
    with tempfile.TemporaryDirectory(prefix="kawal-lokal-") as folder:
        for number, uji in enumerate(chosen, 1):
            gate = GATES[uji]
            print(f"[{number}/{len(chosen)}] {gate.title} ...", end="", file=sys.stderr, flush=True)
            started = time.monotonic()
            result = _one(uji, options.sumber.resolve(), Path(folder), thresholds, files)
            print(
                f" {result.verdict.replace('_', ' ')} ({time.monotonic() - started:.1f} detik)",
                file=sys.stderr,
            )
            results.append((result, gate.title))
    code = show(results, "kawal-checks semua", options)
    print("Hanya di pipeline: " + ", ".join(GATES[uji].title for uji in ELSEWHERE) + ".", file=sys.stderr)
    return code


def _one(
    uji: str, source: Path, folder: Path, thresholds: dict[str, object], files: tuple[str, ...]
) -> Result:
    """Runs the tool as the job of the pipeline does, then judges its report; a report that cannot be read blocks as well."""
    run: dict[str, Callable[[], Path]] = {
        **{name: partial(_own_tests, source, folder, name) for name in OWN},
        "keamanan_kode": lambda: _code(source, folder),
        "uat": lambda: source / "uat.yml",
    }
    report = run.get(uji, lambda: _tree(source, folder, thresholds))()
    raw = report.read_bytes()[: MAX_BYTES + 1] if report.is_file() else b""
    try:
        return GATES[uji].judge_bytes(raw, thresholds, GateContext(files=files))
    except ReportError as error:
        tally = Tally(uji)
        tally.cannot_tell("INPUT-101", error.place, error.found, error.needed)
        return tally.conclude("", {}, (), "", "", "")


def _own_tests(source: Path, folder: Path, name: str) -> Path:
    """The team's tests with PHPUnit, `node --test` or pytest, by what lies there; a tool that is not installed leaves no report."""
    report, place = folder / f"{name}.xml", f"uji/{name}"
    if not (source / place).is_dir():
        return report
    scripts = sorted(str(path.relative_to(source)) for path in (source / place).rglob("*.test.*js"))
    if (source / "vendor/bin/phpunit").is_file():
        command = ["php", "vendor/bin/phpunit", "--log-junit", str(report), place]
    elif scripts:
        destination = f"--test-reporter-destination={report}"
        command = ["node", "--test", "--test-reporter=junit", destination, *scripts]
    else:
        command = [sys.executable, "-m", "pytest", place, "-q", "-p", "no:cacheprovider"]
        command += [f"--junitxml={report}"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    try:
        subprocess.run(command, cwd=source, env=environ, capture_output=True, check=False)
    except FileNotFoundError:
        print(f" {command[0]} tidak terpasang;", end="", file=sys.stderr)
    return report


def _code(source: Path, folder: Path) -> Path:
    bandit, semgrep, report = (
        str(folder / name) for name in ("bandit.json", "semgrep.json", "keamanan-kode.json")
    )
    _quietly("jalankan-bandit", "--sumber", str(source), "--keluar", bandit)
    _quietly("jalankan-semgrep", "--sumber", str(source), "--keluar", semgrep)
    _quietly("satukan", "--dari", bandit, semgrep, "--sumber", str(source), "--keluar", report)
    return Path(report)


def _tree(source: Path, folder: Path, thresholds: dict[str, object]) -> Path:
    report = folder / "pohon.json"
    section = thresholds.get("dokumen")
    paths = section.get("wajib") if isinstance(section, dict) else None
    named = [word for path in paths or () for word in ("--dokumen", str(path))]
    if not report.is_file():
        _quietly("periksa-pohon", "--sumber", str(source), "--keluar", str(report), *named)
    return report


def _quietly(*arguments: str) -> None:
    """The gate says what a tool's silence means; its own words would only hide the list."""
    with contextlib.redirect_stdout(io.StringIO()):
        run_job(arguments)
