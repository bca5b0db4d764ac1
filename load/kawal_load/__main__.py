"""`kawal-load`: one bounded load run against the test target; leaves a report and says nothing about the verdict."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import LoadError
from .run import Run, run_locust, scenario_digest
from .scenario import Scenario, join, read_scenario
from .target import check_target
from .thresholds import read_thresholds
from .yamlguard import MAX_BYTES, load_yaml

EXIT_OK, EXIT_NOTHING, EXIT_UNREADABLE, EXIT_INTERRUPTED = 0, 3, 6, 130

_EPILOG = """kode keluar: 0 uji berjalan (belum berarti lulus: nilai dengan kawal-checks beban); 2 salah pakai;
3 tidak ada yang teruji; 6 masukan tidak terbaca atau sasaran tidak diizinkan; 130 Ctrl-C.

contoh: kawal-load --url http://127.0.0.1:8080 --skenario load.yml --ambang ambang.json --keluar laporan/beban.json"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kawal-load",
        description="Menjalankan uji beban terhadap aplikasi di target uji.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--url", required=True, help="alamat aplikasi di target uji")
    parser.add_argument(
        "--skenario", type=Path, help="load.yml aplikasi; tanpa ini hanya titik wajib yang diuji"
    )
    parser.add_argument(
        "--ambang", type=Path, required=True, help="ambang dari permohonan yang disetujui (JSON)"
    )
    parser.add_argument("--keluar", type=Path, required=True, help="laporan (JSON)")
    parser.add_argument(
        "--izinkan-host", action="append", default=[], metavar="HOST", help="host lain yang boleh dibebani"
    )
    options = parser.parse_args(argv)
    try:
        return _run(options)
    except LoadError as error:
        print("".join(char if char.isprintable() else " " for char in str(error)), file=sys.stderr)
        return EXIT_UNREADABLE
    except KeyboardInterrupt:
        print("Uji beban dihentikan; tidak ada laporan. Ulangi perintah yang sama.", file=sys.stderr)
        return EXIT_INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    report: Path = options.keluar
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)  # an earlier run's report must never be taken for this one's
    url = check_target(options.url, options.izinkan_host)
    thresholds = read_thresholds(_read(options.ambang))
    raw = _read(options.skenario) if options.skenario else b""
    scenario = (
        read_scenario(load_yaml(raw, str(options.skenario)), str(options.skenario))
        if raw
        else Scenario("0.1", "0.5", ())
    )
    run = Run(url, join(scenario, thresholds), scenario_digest(raw), thresholds)
    print(
        f"Uji beban {url}: {thresholds.users} pengguna, {thresholds.seconds} detik, {len(run.scenario.steps)} titik."
    )
    result = run_locust(run)
    report.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    rows = result["statistik"]
    requests = sum(row["num_requests"] for row in rows) if isinstance(rows, list) else 0
    failures = sum(row["num_failures"] for row in rows) if isinstance(rows, list) else 0
    print(f"Selesai: {requests} permintaan, {failures} gagal; laporan di {report}.")
    if requests == 0:
        print("Tidak dapat dinilai: uji beban tidak mengirim satu permintaan pun.", file=sys.stderr)
        return EXIT_NOTHING
    return EXIT_OK


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LoadError(str(path), error.strerror or "tidak terbaca", "berkas yang dapat dibaca") from error


if __name__ == "__main__":
    sys.exit(main())
