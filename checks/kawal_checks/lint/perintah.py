"""The command `kawal-checks lint`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kawal_checks import keluaran
from kawal_checks.berkas import read_bounded
from kawal_checks.model import EXIT_OK, EXIT_UNREADABLE, ReportError
from kawal_checks.pengurai import Pengurai
from kawal_checks.tampil import add_output_options, show

from . import all_rules, lint_files
from .muat import MAX_BYTES

_EPILOG = """kode keluar: 0 tanpa pelemahan; 2 salah pakai; 3 ada pelemahan; 6 berkas tidak terbaca atau belum terurai.

contoh: gitlab-ci-local --preview > terurai.yml && kawal-checks lint terurai.yml --templat gitlab/kawal.yml
        kawal-checks lint .github/workflows/*.yml"""


def run_lint(arguments: Sequence[str]) -> int:
    parser = Pengurai(
        prog="kawal-checks lint",
        description="Mencari pelemahan gerbang di pipeline GitLab yang sudah terurai atau alur kerja GitHub.",
        epilog=_EPILOG,
    )
    parser.add_argument("berkas", nargs="*", type=Path, metavar="BERKAS", help="YAML atau JSON")
    parser.add_argument(
        "--templat",
        type=Path,
        metavar="F",
        help="templat pusat GitLab yang pekerjaannya harus ada tanpa perubahan",
    )
    parser.add_argument(
        "--masukan",
        action="append",
        default=[],
        metavar="NAMA=NILAI",
        help="masukan templat (spec:inputs), misalnya tumpukan=php; boleh berulang",
    )
    parser.add_argument("--daftar", action="store_true", help="tampilkan semua aturan beserta penjelasannya")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    if options.daftar:
        print("\n".join(f"{rule.id}: {rule.doc}" for rule in all_rules()))
        return EXIT_OK
    if not options.berkas:
        parser.error("berikan paling sedikit satu BERKAS")
    try:
        reference = read_bounded(options.templat, MAX_BYTES) if options.templat else None
        inputs = {name: value for name, _, value in (one.partition("=") for one in options.masukan)}
        result = lint_files(
            [(str(path), read_bounded(path, MAX_BYTES)) for path in options.berkas], reference, inputs
        )
    except ReportError as error:
        print(keluaran.error_text(error), file=sys.stderr)
        return EXIT_UNREADABLE
    return show([(result, "lint pipeline")], "kawal-checks lint", options)
