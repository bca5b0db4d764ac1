"""`kawal-checks`: judges reports (`kawal-checks UJI --laporan F`) and runs the thin commands of CI jobs."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import keluaran
from .berkas import read_bounded
from .gates import GATES, find_gate
from .model import EXIT_OK, EXIT_UNREADABLE, IF_THERE, GateContext, ReportError
from .pengurai import Pengurai
from .readers.strict import MAX_BYTES, json_object
from .tampil import add_output_options, show

JOBS = (
    "kemas",
    "ambil-paket",
    "pasang-uji",
    "gerbang",
    "minta-izin",
    "kirim",
    "jalankan-bandit",
    "jalankan-semgrep",
    "satukan",
    "periksa-pohon",
    "mutu",
    "saring-tim",
    "ukur-alat",
    "periksa-situs",
    "rencana-zap",
    "pindai-zap",
)

_EPILOG = """kode keluar: 0 lulus; 2 salah pakai; 3 gagal atau tidak dapat dinilai; 4 tidak berhak; 5 sementara, ulangi;
6 laporan, ambang, atau jawaban tidak terbaca.

contoh: kawal-checks beban --laporan laporan/beban.json --ambang ambang.json
perintah lain: lint (pelemahan pipeline), semua --lokal (yang dapat diperiksa di laptop)
perintah pekerjaan CI: """ + ", ".join(JOBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # `kemas` is both a gate and a job: a report to judge makes it the gate.
    if arguments and arguments[0] in JOBS and "--laporan" not in arguments:
        from .jobs import run_job  # HTTP and git are only loaded for jobs

        return run_job(arguments)
    if arguments and arguments[0] == "lint":
        from .lint.perintah import run_lint  # PyYAML is only loaded for lint

        return run_lint(arguments[1:])
    if arguments and arguments[0] == "semua":
        from .semua import run_all

        return run_all(arguments[1:])
    return _judge(arguments)


def _known(name: str) -> str:
    if find_gate(name) is None:
        names = [one.replace("_", "-") for one in GATES]
        close = difflib.get_close_matches(name, [*names, *JOBS, "lint", "semua"], 1)
        hint = f"maksud Anda {close[0]!r}?" if close else "yang ada: " + ", ".join(names)
        raise argparse.ArgumentTypeError(f"{name!r} tidak dikenal; {hint}")
    return name


def _parser() -> argparse.ArgumentParser:
    parser = Pengurai(prog="kawal-checks", description="Menilai laporan uji yang sudah ada.", epilog=_EPILOG)
    # Its type speaks before argparse counts what is missing: an unknown name is the first thing to know.
    parser.add_argument(
        "uji",
        metavar="UJI",
        type=_known,
        help="salah satu dari: " + ", ".join(g.replace("_", "-") for g in GATES),
    )
    parser.add_argument("--laporan", nargs="+", required=True, type=Path, metavar="F", help="berkas laporan")
    parser.add_argument(
        "--ambang", type=Path, metavar="F", help="ambang dari permohonan yang disetujui (JSON)"
    )
    parser.add_argument("--sumber", type=Path, metavar="DIR", help="pohon sumber; bahasanya ikut dinilai")
    parser.add_argument("--sasaran", metavar="URL", help="aplikasi yang seharusnya diuji")
    parser.add_argument(
        "--pengecualian",
        type=Path,
        metavar="F",
        help="risiko yang diterima pejabat (JSON dari kawal); bawaan: KAWAL_PENGECUALIAN bila ada",
    )
    parser.add_argument(
        "--bila-ada",
        type=Path,
        metavar="DIR",
        help=f"folder uji yang boleh tidak ada ({', '.join(IF_THERE)}); tanpa folder dan laporan tidak ada yang dinilai",
    )
    add_output_options(parser)
    return parser


def _accepted(option: Path | None, uji: str) -> tuple[tuple[str, str, int], ...]:
    """Only for this job's exit: what counts for a release is judged from the ledger."""
    named = option or os.environ.get("KAWAL_PENGECUALIAN")
    if not named:
        return ()
    from .pengecualian import read

    return read(read_bounded(Path(named), MAX_BYTES), uji)


def _judge(arguments: list[str]) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    gate = GATES[options.uji.replace("-", "_")]
    if options.bila_ada is not None:
        if gate.uji not in IF_THERE:
            parser.error(f"--bila-ada hanya untuk {', '.join(IF_THERE)}")
        if not options.bila_ada.is_dir() and not any(path.is_file() for path in options.laporan):
            print(f"{gate.title.capitalize()}: folder {options.bila_ada} tidak ada; tidak ada yang dinilai.")
            return EXIT_OK
    command = f"kawal-checks {options.uji}"
    try:
        # A missing report is an answer (tidak dapat dinilai); a missing thresholds file is an error.
        raws = [read_bounded(path, MAX_BYTES) if path.is_file() else b"" for path in options.laporan]
        ambang = options.ambang
        thresholds = json_object(read_bounded(ambang, MAX_BYTES), str(ambang)) if ambang else {}
        files = None
        if options.sumber:
            from .pohon import list_files

            files = list_files(options.sumber)
        accepted = _accepted(options.pengecualian, gate.uji)
        context = GateContext(target=options.sasaran, files=files, accepted=accepted)
        result = gate.judge_many(raws, thresholds, context, names=list(map(str, options.laporan)))
    except ReportError as error:
        if options.keluaran == "json":
            print(keluaran.error_json(error, command))
        print(keluaran.error_text(error), file=sys.stderr)
        return EXIT_UNREADABLE
    return show([(result, gate.title)], command, options)


if __name__ == "__main__":
    sys.exit(main())
