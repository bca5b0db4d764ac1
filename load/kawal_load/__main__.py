"""`kawal-load`: one bounded load run against the test target; leaves a report and says nothing about the verdict."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import LoadError
from .run import Machines, Run, run_locust, run_worker, scenario_digest
from .scenario import Scenario, join, read_scenario
from .target import check_target
from .thresholds import read_thresholds
from .yamlguard import MAX_BYTES, load_yaml

SECRETS = "KAWAL_UJI_"
MAX_PROCESSES = 64
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
    parser.add_argument(
        "--keluar", type=Path, help="laporan (JSON); hanya pekerja (--induk) tidak menulisnya"
    )
    parser.add_argument(
        "--izinkan-host", action="append", default=[], metavar="HOST", help="host lain yang boleh dibebani"
    )
    parser.add_argument("--html", type=Path, metavar="F", help="laporan untuk dibaca orang, dengan grafik")
    parser.add_argument(
        "--locustfile", type=Path, metavar="F", help="locustfile tim sendiri; hasilnya hanya kelas dilaporkan"
    )
    parser.add_argument(
        "--proses", type=int, default=1, metavar="N", help="proses pembangkit di mesin ini (1-64)"
    )
    parser.add_argument(
        "--pekerja", type=int, default=0, metavar="N", help="tunggu N pekerja di mesin lain (dengan --dengar)"
    )
    parser.add_argument("--dengar", metavar="IP:PORT", help="alamat tempat pekerja datang")
    parser.add_argument(
        "--induk", metavar="IP:PORT", help="jadi pekerja induk ini, dengan skenario dan ambang yang sama"
    )
    options = parser.parse_args(argv)
    if (options.keluar is None) == (options.induk is None):
        parser.error("sebut --keluar, atau --induk untuk pekerja")
    if (options.pekerja > 0) != (options.dengar is not None):
        parser.error("sebut --pekerja dan --dengar bersama-sama")
    if not 1 <= options.proses <= MAX_PROCESSES or not 0 <= options.pekerja <= MAX_PROCESSES:
        parser.error(f"--proses dan --pekerja paling banyak {MAX_PROCESSES}")
    try:
        return _work(options) if options.induk else _run(options)
    except LoadError as error:
        print("".join(char if char.isprintable() else " " for char in str(error)), file=sys.stderr)
        return EXIT_UNREADABLE
    except KeyboardInterrupt:
        print("Uji beban dihentikan; tidak ada laporan. Ulangi perintah yang sama.", file=sys.stderr)
        return EXIT_INTERRUPTED


def _work(options: argparse.Namespace) -> int:
    run_worker(_asked(options), _address(options.induk, "--induk"))
    print("Pekerja selesai; laporannya ada pada induk.")
    return EXIT_OK


def _asked(options: argparse.Namespace) -> Run:
    url = check_target(options.url, options.izinkan_host)
    thresholds = read_thresholds(_read(options.ambang))
    raw = _read(options.skenario) if options.skenario else b""
    scenario = (
        read_scenario(load_yaml(raw, str(options.skenario)), str(options.skenario))
        if raw
        else Scenario("0.1", "0.5", ())
    )
    listen = _address(options.dengar, "--dengar") if options.dengar else None
    machines = Machines(options.proses, options.pekerja, listen)
    locustfile = options.locustfile.resolve() if options.locustfile else None
    if locustfile is not None:
        _read(locustfile)  # exit 6 with its name, not a trace of Locust
    secrets = {key: value for key, value in os.environ.items() if key.startswith(SECRETS)}
    return Run(
        url, join(scenario, thresholds), scenario_digest(raw), thresholds, machines, locustfile, secrets
    )


def _address(text: str, option: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise LoadError(option, text[:80], "alamat:port")
    return host, int(port)


def _run(options: argparse.Namespace) -> int:
    report: Path = options.keluar
    for path in (report, options.html):
        if path is not None:
            _cut_links(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # an earlier run's report must never be taken for this one's
    run = _asked(options)
    thresholds = run.thresholds
    print(
        f"Uji beban {run.url}: {thresholds.users} pengguna, {thresholds.seconds} detik, {len(run.scenario.steps)} titik."
    )
    result = run_locust(run, options.html)
    report.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    rows = result["statistik"]
    requests = sum(row["num_requests"] for row in rows) if isinstance(rows, list) else 0
    failures = sum(row["num_failures"] for row in rows) if isinstance(rows, list) else 0
    print(f"Selesai: {requests} permintaan, {failures} gagal; laporan di {report}.")
    if requests == 0:
        print("Tidak dapat dinilai: uji beban tidak mengirim satu permintaan pun.", file=sys.stderr)
        return EXIT_NOTHING
    return EXIT_OK


def _cut_links(path: Path) -> None:
    """The checkout is the team's: a linked folder would let the report land anywhere on PA's runner."""
    for folder in () if path.is_absolute() else reversed(path.parents):
        if folder.is_symlink():
            folder.unlink()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LoadError(str(path), error.strerror or "tidak terbaca", "berkas yang dapat dibaca") from error


if __name__ == "__main__":
    sys.exit(main())
