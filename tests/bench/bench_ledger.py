"""Times of the ledger, the decision and the target's check: append, verify, decide at 100,000 entries, a whole target process.

`KAWAL_BENCH_CATATAN` is the number of entries. Printed, nothing is claimed; the ratio to an empty Python is what travels.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "bypass"))

from bypass_kantor import PACKAGE, Dunia, Kantor  # noqa: E402
from kawal_world import APP, KEYS, facts, job, policy_bytes  # noqa: E402

from kawal.ledger.statement import sign_record  # noqa: E402
from kawal.ledger.verify import verify_ledger  # noqa: E402
from kawal.policy import judge, parse_policy  # noqa: E402
from kawal_seal import strictjson  # noqa: E402

ENTRIES = int(os.environ.get("KAWAL_BENCH_CATATAN", "100000"))
APPS = 50


def line(name: str, seconds: float, per: int = 1) -> None:
    each = (
        f"{seconds / per * 1000:10.3f} ms"
        if per == 1
        else f"{seconds / per * 1000:10.3f} ms, {per / seconds:,.0f}/s"
    )
    print(f"{name:<58}{each}", flush=True)


def middle(act: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def fill(world: Dunia, entries: int) -> float:
    """Entries of many applications, in transactions of 1,000."""
    begun = time.perf_counter()
    number = world.ledger.size()
    while number < entries:
        world.tick()
        with world.ledger.transaction() as transaction:
            for _ in range(min(1000, entries - number)):
                app = f"aplikasi-{number % APPS}"
                record = world.make_evidence("beban", app_id=app, summary=f"uji ke-{number}")
                transaction.append(sign_record(record, [KEYS["evidence"]]))
                number += 1
    return time.perf_counter() - begun


def append_one(world: Dunia) -> None:
    world.add(world.make_evidence("beban"), "evidence")


def decide(world: Dunia) -> None:
    trust = world.ledger.trust()
    assert trust is not None
    now = world.now
    seen = facts(now, job=job(), artifact_sha256=world.package_sha256)
    entries = world.ledger.entries(app_id=APP)
    data = policy_bytes(world.policy)
    found = judge(
        parse_policy(data),
        world.policy_sha256,
        seen,
        entries,
        trust,
        now,
        app_id=APP,
        door="izin",
        target_id="produksi-1",
    )
    assert found.allowed, found.codes


def target_process(folder: Path) -> None:
    """`kawal-target verifikasi` from start to end, against Python doing nothing."""
    office = Kantor(folder)
    office.world.tick()
    answer = office.ask()
    for name in ("izin", "kepercayaan"):
        (folder / f"{name}.json").write_bytes(strictjson.dumps(answer[name]))
    (folder / "paket.tar").write_bytes(PACKAGE)
    office.close()
    script = str(HERE.parents[1] / "checks" / "kawal_target" / "target.py")
    words = ["verifikasi", "--konfigurasi", str(folder / "target.json"), "--izin", str(folder / "izin.json")]
    words += ["--kepercayaan", str(folder / "kepercayaan.json"), "--berkas", str(folder / "paket.tar")]
    installed = "import sys; from kawal_target.target import main; sys.exit(main())"  # as pip's kawal-target

    def run(command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True)

    empty = middle(lambda: run([sys.executable, "-I", "-c", "pass"]), 15)
    line("python -c pass", empty)
    for name, start in (("satu berkas", [script]), ("terpasang, dengan bytecode", ["-c", installed])):
        whole = middle(partial(run, [sys.executable, "-I", *start, *words]), 15)
        line(f"kawal-target verifikasi, seluruh proses, {name}", whole)
        print(f"{'perbandingan dengan python -c pass':<58}{whole / empty:10.2f} kali")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kawal-bench-") as name:
        root = Path(name)
        target_process(root / "target")
        world = Dunia(root, now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))
        world.ready()
        line("catat satu (transaksi sendiri, FULL), buku kecil", middle(lambda: append_one(world), 50))
        line("putusan, buku kecil", middle(lambda: decide(world), 15))
        taken = fill(world, ENTRIES)
        line(f"catat sampai {ENTRIES:,} (1.000 per transaksi)", taken, ENTRIES)
        line(f"catat satu pada {ENTRIES:,}", middle(lambda: append_one(world), 50))
        line(f"putusan pada {ENTRIES:,}", middle(lambda: decide(world), 15))
        world.ledger.close()
        begun = time.perf_counter()
        world.ledger = world.open()
        line(f"buka kembali {ENTRIES:,}", time.perf_counter() - begun)
        begun = time.perf_counter()
        report = verify_ledger(world.ledger, [KEYS["root1"].public, KEYS["root2"].public])
        assert report.ok, report.problems[:3]
        line(f"verifikasi {ENTRIES:,} catatan", time.perf_counter() - begun, report.entries)
        world.ledger.close()


if __name__ == "__main__":
    main()
