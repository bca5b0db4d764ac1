"""Cases of the golden file of refusals: a ledger that is opened, read and written, and one that is damaged."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from buku_bersama import ROOT, STRANGER, Case, denial, fixed_id, note
from kawal_world import APP, INSTANCE, KEYS, START, World, trust_value

from kawal.ledger import store as store_module
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.verify import verify_ledger
from kawal_seal.trustfile import sign_trust


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    usual, store_module.BUSY_SECONDS = store_module.BUSY_SECONDS, 0.02
    try:
        yield
    finally:
        store_module.BUSY_SECONDS = usual


def opening(folder: Path) -> Iterator[Case]:
    path = folder / "lain"
    yield "tidak ada", lambda: Ledger.open(path, None, INSTANCE)
    path.write_bytes(b"bukan basis data" * 100)
    yield "bukan basis data, dibaca", lambda: Ledger.open(path, None, INSTANCE)
    yield "bukan basis data, ditulis", lambda: Ledger.open(path, KEYS["checkpoint"], INSTANCE)
    path.unlink()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE lain (x)")
    other.execute("BEGIN EXCLUSIVE")
    with impatient():
        yield "dipakai program lain", lambda: Ledger.open(path, KEYS["checkpoint"], INSTANCE)
    other.close()


def reading(folder: Path) -> Iterator[Case]:
    ledger = World(folder).begin().ledger
    size = ledger.size()
    yield "baris di belakang yang terakhir", lambda: ledger.row(size + 1)
    for seq, of in ((0, None), (size + 1, None), (3, 2), (1, 0), (1, size + 1)):
        yield f"bukti catatan {seq} dari {of}", lambda seq=seq, of=of: ledger.inclusion(seq, of)  # type: ignore[misc]
    yield "catatan terakhir dari semua", lambda: ledger.inclusion(size, size)
    reader = Ledger.open(ledger.path, None, INSTANCE)
    yield "ditulis tanpa kunci", lambda: reader.append(sign_record(denial(), [KEYS["permit"]]))
    reader.close()
    ledger.close()


def writing(folder: Path) -> Iterator[Case]:
    world = World(folder)
    yield "sebelum berkas kepercayaan", lambda: world.add(denial(), "permit")
    yield "kepercayaan milik instansi lain", lambda: world.trust(instance="lain")
    keys = {**trust_value("0" * 64).service_keys, "checkpoint": STRANGER.public}
    yield "kepercayaan dengan kunci checkpoint lain", lambda: world.trust(service_keys=keys)
    world.begin()
    yield "kepercayaan yang sama versinya", lambda: world.trust(threshold=1)
    yield "kepercayaan yang melompat", lambda: world.trust(version=3)
    yield (
        "kepercayaan oleh satu akar",
        lambda: world.ledger.append(sign_trust(trust_value("0" * 64, version=2), [KEYS["root1"]])),
    )
    yield (
        "kepercayaan bertanda tangan tambahan",
        lambda: world.ledger.append(
            sign_trust(trust_value("0" * 64, version=2), [KEYS["root1"], KEYS["root2"], STRANGER])
        ),
    )
    yield "kunci tidak dikenal", lambda: world.ledger.append(sign_record(denial(), [STRANGER]))
    yield (
        "satu dari dua kunci tidak dikenal",
        lambda: world.ledger.append(sign_record(denial(), [KEYS["permit"], STRANGER])),
    )
    step = world.make_step(record_id=fixed_id(1))
    world.add(step, "pa")
    yield "record_id dua kali", lambda: world.add(step.model_copy(update={"step": "9"}), "pa")
    wrong = Ledger.open(world.ledger.path, KEYS["dev"], INSTANCE, now=lambda: world.now)
    yield "kunci checkpoint lain", lambda: wrong.append(sign_record(denial(), [KEYS["permit"]]))
    wrong.close()
    yield "langkah sebagai koreksi jam", lambda: world.ledger.correct_clock(sign_record(step, [KEYS["pa"]]))
    yield (
        "epoch sebagai koreksi jam",
        lambda: world.ledger.correct_clock(sign_record(note(world, "epoch"), [KEYS["root1"], KEYS["root2"]])),
    )
    yield from at_a_wrong_time(world)
    yield from beside_the_entries(world)
    world.ledger.close()


def at_a_wrong_time(world: World) -> Iterator[Case]:
    last = world.add(world.make_step(), "pa").received_at

    def append(**named: Any) -> object:
        return world.ledger.append(sign_record(world.make_step(), [KEYS["pa"]]), **named)

    world.now = last - timedelta(seconds=60, microseconds=1)
    yield "jam mundur lebih dari 60 detik", append
    world.now += timedelta(microseconds=1)
    yield "jam mundur 60 detik", append
    world.now = last + timedelta(minutes=10)
    forge = world.now - timedelta(minutes=5)
    yield (
        "lebih dari 5 menit di depan jam forge",
        lambda: append(forge_time=forge - timedelta(microseconds=1)),
    )
    yield "5 menit di depan jam forge", lambda: append(forge_time=forge)
    world.free = 200 * 1024 * 1024 - 1
    yield "disk kurang satu bita", append
    world.free += 1
    yield "disk tepat cukup", append
    ends = trust_value("0" * 64).expires_at - int(START.timestamp())
    world.now = START + timedelta(seconds=ends) - timedelta(microseconds=1)
    yield "kepercayaan pada saat terakhirnya", append
    world.now = START + timedelta(seconds=ends)
    yield "kepercayaan kedaluwarsa", append
    yield (
        "penolakan sesudah kepercayaan kedaluwarsa",
        lambda: world.ledger.append(sign_record(denial(), [KEYS["permit"]])),
    )
    yield (
        "koreksi jam sesudah kepercayaan kedaluwarsa",
        lambda: world.ledger.correct_clock(sign_record(note(world, "clock"), [KEYS["root1"], KEYS["root2"]])),
    )


def beside_the_entries(world: World) -> Iterator[Case]:
    def twice(act: str, *arguments: Any) -> None:
        with world.ledger.transaction() as transaction:
            for _ in range(2):
                getattr(transaction, act)(*arguments)

    yield "token dua kali", lambda: twice("use_token", "iss", "jti", 1)
    yield "nomor izin dua kali", lambda: twice("take_permit_seq", APP, "production", 1, 1)
    other = sqlite3.connect(world.ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with impatient():
        mine = world.open()
    yield "ditulis bersamaan", lambda: mine.append(sign_record(denial(), [KEYS["permit"]]))
    mine.close()
    other.close()


DAMAGE = {
    "waktu terima lain": "UPDATE entries SET received_at = received_at + 1 WHERE seq = 3",
    "digest lain": f"UPDATE entries SET payload_sha256 = '{'0' * 64}' WHERE seq = 3",
    "catatan 3 hilang": "DELETE FROM entries WHERE seq = 3",
    "catatan terakhir hilang": "DELETE FROM entries WHERE seq = 4",
    "semua catatan hilang": "DELETE FROM entries",
    "isi ditukar": "UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE seq = 2) WHERE seq = 3",
    "isi tidak terbaca": "UPDATE entries SET envelope = x'00' WHERE seq = 4",
    "titik periksa terakhir hilang": "DELETE FROM checkpoints WHERE size = 4",
    "semua titik periksa hilang": "DELETE FROM checkpoints",
    "titik periksa lama di tempat yang baru": (
        "UPDATE checkpoints SET envelope = (SELECT envelope FROM checkpoints WHERE size = 2) WHERE size = 4"
    ),
    "titik periksa tidak terbaca": "UPDATE checkpoints SET envelope = x'00' WHERE size = 4",
    "asal lain": "UPDATE meta SET value = 'kawal:dinas-uji/2'",
    "tanpa asal": "DELETE FROM meta",
    "catatan baru tanpa titik periksa": "INSERT INTO entries VALUES (5, 0, 'x', 'x', 'x', NULL, x'00')",
    "titik periksa tanpa catatan": "INSERT INTO checkpoints VALUES (5, x'00')",
    "tabel hilang": "DROP TABLE checkpoints",
}


def damaged(folder: Path) -> Iterator[Case]:
    """What a damaged ledger says when it is opened, when it is asked, and when all of it is verified."""
    World(folder).begin().ledger.close()
    for name, statement in DAMAGE.items():
        place = folder / name
        place.mkdir()
        shutil.copyfile(folder / "ledger.sqlite3", place / "ledger.sqlite3")
        db = sqlite3.connect(place / "ledger.sqlite3", isolation_level=None)
        for table in ("entries", "checkpoints", "meta"):
            for verb in ("update", "delete"):
                db.execute(f"DROP TRIGGER {table}_no_{verb}")
        db.execute(statement)
        db.close()
        ledger = World(place).ledger
        yield name, ledger.trust
        if name != "tabel hilang":
            yield f"{name}, diperiksa", lambda ledger=ledger: verify_ledger(ledger, ROOT)  # type: ignore[misc]
        ledger.close()
