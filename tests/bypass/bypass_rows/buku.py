"""Rows about the ledger, clocks, crashes and webhooks."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bypass_baris import Row, Variant, always, locked, seen, yes
from bypass_kantor import Kantor, Setup
from kawal_world import APP

from kawal.errors import KawalError
from kawal.ledger.store import Ledger
from kawal.server.deliveries import Deliveries, authentic

# --- clocks -----------------------------------------------------------------------------------------------------------


def clock(**delta: float) -> Callable[[Kantor], bool]:
    def act(k: Kantor) -> bool:
        forge = k.world.now
        k.world.tick(**delta)
        k.seen.update(forge_time=forge, read_at=k.world.now)
        k.install(k.ask())
        return True

    return act


def old_facts(seconds: int) -> Callable[[Kantor], None]:
    return lambda k: k.seen.update(read_at=k.world.now - timedelta(seconds=seconds))


ROW_44 = Row(
    "44",
    "Jam server atau target diputar",
    "waktu",
    "jam dibandingkan dengan catatan terakhir dan kepala Date forge; urutan izin tidak bergantung pada jam",
    (
        *(
            Variant(f"jam mundur {name}", clock(**delta), ("JAM-001",), where="jawaban")
            for name, delta in (
                ("10 menit", {"minutes": -10}),
                ("1 hari", {"days": -1}),
                ("1 tahun", {"days": -365}),
            )
        ),
        *(
            Variant(f"jam maju {name}", clock(**delta), ("JAM-002",), where="jawaban")
            for name, delta in (
                ("6 menit", {"minutes": 6}),
                ("1 hari", {"days": 1}),
                ("29 hari", {"days": 29}),
            )
        ),
        Variant("keadaan forge 65 detik lalu", old_facts(65), ("FORGE-030",)),
        Variant("keadaan forge 1 hari lalu", old_facts(86400), ("FORGE-030",)),
        seen("forge tidak menyebut waktu", "JAM-003", forge_time=None),
    ),
    off={
        "kawal.policy.judge.judge_freshness": yes,
        "kawal.ledger.store.checked_now": lambda db, now, forge_time: now,
    },
    off_name="kesegaran dan jam (judge_freshness, checked_now)",
)

# --- crash, disk ---------------------------------------------------------------------------------------------------------


def disk_full(free: int) -> Callable[[Kantor], None]:
    return lambda k: setattr(k.world, "free", free)


def locked_by_other(k: Kantor) -> bool:
    """Another process holds the ledger; ours waits no longer than it may."""
    other = sqlite3.connect(k.world.ledger.path, isolation_level=None)
    k.world.ledger.db.execute("PRAGMA busy_timeout=50")
    other.execute("BEGIN IMMEDIATE")
    try:
        k.install(k.ask())
    finally:
        other.execute("ROLLBACK")
        other.close()
    return True


def double_start(k: Kantor) -> bool:
    """Two issuers on one ledger are given the same token."""
    k.world.tick()
    k.raw_token = k.token()
    second = k.new_issuer()
    request = {"buat": "izin", "token": k.raw_token, "aplikasi": APP, "target": k.target_id}
    k.install(k.ask())
    answer = second.answer(request)
    assert "izin" not in answer
    return True


ROW_45 = Row(
    "45",
    "Mati mendadak, disk penuh, fsync gagal, dijalankan dua kali",
    "mesin",
    "satu transaksi: catatan + jti + urutan, sesudah itu tanda tangan; tanpa jawaban tidak ada izin (uji mati: tests/crash)",
    (
        Variant("disk hampir penuh", disk_full(200 * 1024 * 1024 - 1), ("LEDGER-008",), where="jawaban"),
        Variant("disk penuh", disk_full(0), ("LEDGER-008",), where="jawaban"),
        Variant("buku catatan terkunci", locked_by_other, ("LEDGER-005",), where="jawaban"),
        Variant("dua penerbit, satu token", double_start, ("IZIN-003",), permits=1, installs=1),
    ),
    off={"kawal.ledger.store.MIN_FREE_BYTES": 0},
    off_name="ruang disk paling sedikit (MIN_FREE_BYTES)",
)

# --- the database in foreign hands ----------------------------------------------------------------------------------------


def edited(*statements: str) -> Callable[[Kantor], bool]:
    """An administrator of the machine drops the triggers, edits the file, and the service starts again."""

    def act(k: Kantor) -> bool:
        k.world.ledger.close()
        db = sqlite3.connect(k.folder / "ledger.sqlite3", isolation_level=None)
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        db.close()
        k.world.ledger = k.world.open()
        k.issuer = k.new_issuer()
        k.world.tick()
        k.install(k.ask())
        return True

    return act


LAST = "(SELECT MAX(seq) FROM entries)"
SIGNOFF = "(SELECT MAX(seq) FROM entries WHERE type = 'signoff')"
EDITS: tuple[tuple[str, Callable[[Kantor], bool]], ...] = (
    ("catatan terakhir dihapus", edited(f"DELETE FROM entries WHERE seq = {LAST}")),
    ("catatan di tengah dihapus", edited("DELETE FROM entries WHERE seq = 9")),
    (
        "titik periksa terakhir dihapus",
        edited("DELETE FROM checkpoints WHERE size = (SELECT MAX(size) FROM checkpoints)"),
    ),
    ("semua titik periksa dihapus", edited("DELETE FROM checkpoints")),
    (
        "waktu terima diubah",
        edited(f"UPDATE entries SET received_at = received_at + 1 WHERE seq = {SIGNOFF}"),
    ),
    ("digest diubah", edited(f"UPDATE entries SET payload_sha256 = '{'0' * 64}' WHERE seq = {SIGNOFF}")),
    ("amplop dikosongkan", edited(f"UPDATE entries SET envelope = x'7b7d' WHERE seq = {SIGNOFF}")),
    (
        "amplop catatan lain",
        edited("UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE seq = 6) WHERE seq = 7"),
    ),
    (
        "dua catatan ditukar",
        edited(
            "UPDATE entries SET seq = -1 WHERE seq = 6",
            "UPDATE entries SET seq = 6 WHERE seq = 7",
            "UPDATE entries SET seq = 7 WHERE seq = -1",
        ),
    ),
    ("asal diganti", edited("UPDATE meta SET value = 'kawal:dinas-uji/9'")),
    (
        "catatan disalin ke ekor",
        edited(
            f"INSERT INTO entries SELECT {LAST} + 1, received_at, '{'1' * 64}', '{'1' * 8}', type, app_id, envelope "
            f"FROM entries WHERE seq = {SIGNOFF}"
        ),
    ),
)


def cut_and_ask(k: Kantor) -> bool:
    """A release went out; then the ledger is cut back consistently, checkpoint and all, and a new permit is made from it."""
    k.world.tick()
    saved = {name: (k.folder / name).read_bytes() for name in ("ledger.sqlite3",)}
    k.install(k.ask())
    k.world.ledger.close()
    for leftover in ("ledger.sqlite3-wal", "ledger.sqlite3-shm"):
        (k.folder / leftover).unlink(missing_ok=True)
    (k.folder / "ledger.sqlite3").write_bytes(saved["ledger.sqlite3"])
    k.world.ledger = k.world.open()
    k.issuer = k.new_issuer()
    k.world.tick()
    k.install(k.ask())
    return True


def edited_variants() -> tuple[Variant, ...]:
    return tuple(Variant(name, act, ("LEDGER-004", "LEDGER-003"), where="jawaban") for name, act in EDITS)


def refresh_believing(self: Ledger, *, check: bool = False) -> None:
    """Takes rows in, and lets every disagreement pass."""
    if self.tree.size == 0 or not check:
        try:
            self._take_in(check)
        except KawalError:
            self._checkpoint = self._checkpoint or _newest(self)


def _newest(ledger: Ledger) -> Any:
    from kawal_seal.dsse import Envelope

    found = ledger.db.execute("SELECT envelope FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    return None if found is None else Envelope.parse(found[0], limit=1 << 18)


ROW_46 = Row(
    "46",
    "Admin basis data menyunting, memotong atau membangun ulang buku catatan",
    "admin",
    "pohon dibandingkan dengan titik periksa bertanda tangan; pemotongan yang rapi terlihat oleh saksi dan target",
    (
        *edited_variants(),
        Variant(
            "dipotong rapi sesudah satu rilis",
            cut_and_ask,
            ("LEDGER-313", "LEDGER-314", "IZIN-317"),
            where="target",
            permits=1,
            installs=1,
        ),
    ),
    off={"kawal.ledger.store.Ledger.refresh": refresh_believing},
    off_name="pemeriksaan pohon dan titik periksa (refresh)",
)


def split_view(seen_first: int) -> Callable[[Kantor], bool]:
    """The ledger is forked; the target has seen `seen_first` permits of one branch and is now given one of the other.

    Whoever forks also raises the number of the next permit: the number alone must not be what saves us.
    """

    def act(k: Kantor) -> bool:
        k.world.tick()
        fork = Path(f"{k.folder}-cabang")
        k.world.ledger.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(k.folder, fork, dirs_exist_ok=True)
        for _ in range(seen_first):
            k.world.tick()
            k.install(k.ask())
        k.world.ledger.close()
        k.world.folder = fork
        k.world.ledger = k.world.open()
        k.world.ledger.db.execute(
            "INSERT INTO permit_seqs VALUES (?, 'production', 99, 1)", (APP,)
        )  # inserting is what the triggers allow
        k.issuer = k.new_issuer()
        k.world.tick()
        k.install(k.ask())
        shutil.rmtree(fork, ignore_errors=True)
        return True

    return act


def longer_fork(k: Kantor) -> bool:
    """The other branch has more entries than the target ever saw, every checkpoint of it properly signed."""
    k.world.tick()
    fork = Path(f"{k.folder}-panjang")
    k.world.ledger.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(k.folder, fork, dirs_exist_ok=True)
    k.install(k.ask())
    k.world.ledger.close()
    k.world.folder = fork
    k.world.ledger = k.world.open()
    k.issuer = k.new_issuer()
    for _ in range(2):
        k.world.tick()
        answer = k.ask()
    k.install(answer)
    shutil.rmtree(fork, ignore_errors=True)
    return True


ROW_47 = Row(
    "47",
    "Pemeriksa dan target diberi buku catatan yang berbeda",
    "admin",
    "izin membawa titik periksa dan bukti; target membandingkan dengan yang pernah dilihatnya",
    (
        *tuple(
            Variant(name, split_view(count), (code,), where="target", permits=1, installs=count)
            for name, count, code in (
                ("ukuran sama, akar lain", 1, "LEDGER-314"),
                ("cabang yang lebih pendek", 3, "LEDGER-313"),
            )
        ),
        Variant(
            "cabang yang lebih panjang", longer_fork, ("LEDGER-315",), where="target", permits=2, installs=1
        ),
    ),
    off={
        "kawal_target.target._judge_checkpoint": always(None),
    },
    off_name="perbandingan titik periksa di target (_judge_checkpoint)",
)

# --- webhooks --------------------------------------------------------------------------------------------------------------

TOKEN = "rahasia-webhook"


def hook(k: Kantor, body: bytes, *, token: str = TOKEN, event: str = "Issue Hook", uuid: str = "") -> None:
    """As the door does: authentic bodies are queued; nothing else happens."""
    queue = Deliveries(k.folder / "antrean.sqlite3")
    headers = {"x-gitlab-token": token, "x-gitlab-event": event, "x-gitlab-event-uuid": uuid}
    if authentic(headers, body, (TOKEN,)):
        queue.add(headers, body)
        believe(k, body)
    queue.close()


def believe(k: Kantor, body: bytes) -> None:
    """What kawal does with the text of a webhook: nothing. Switched off, it is taken for a sign-off."""


def gullible(k: Kantor, body: bytes) -> None:
    if b"signoff::persandian" in body:
        k.record(k.world.make_signoff("persandian"), "sandi")


LABELLED = b'{"object_kind":"issue","project":{"id":41},"labels":[{"title":"signoff::persandian"}],"n":%d}'


def forged_bodies(count: int) -> Callable[[Kantor], None]:
    def act(k: Kantor) -> None:
        before = k.world.ledger.size()
        for number in range(count):
            hook(k, LABELLED % number)
        assert believe is not BELIEVE or k.world.ledger.size() == before

    return act


def shuffled(order: tuple[int, ...]) -> Callable[[Kantor], None]:
    def act(k: Kantor) -> None:
        for number in order:
            hook(k, LABELLED % number, uuid=f"id-{number}")

    return act


def lost(k: Kantor) -> None:
    """No webhook arrives at all, and nobody collected: evidence is missing."""


BELIEVE = believe
OFF_HOOK = {"bypass_rows.buku.believe": gullible}
OFF_HOOK_NAME = "isi webhook bukan keadaan (diganti pembaca yang percaya)"
ROW_12 = Row(
    "12",
    "Webhook palsu dengan token sah",
    "jaringan",
    "isi webhook hanya petunjuk untuk membaca ulang; keadaan tidak berubah",
    tuple(locked(f"{count} isi palsu", forged_bodies(count)) for count in (1, 20)),
    off=OFF_HOOK,
    off_name=OFF_HOOK_NAME,
)
ROW_13 = Row(
    "13",
    "Webhook ganda, diputar ulang, tidak berurutan",
    "jaringan",
    "keadaan dibaca ulang dari forge; kiriman ganda diantre sekali",
    tuple(
        locked(f"urutan {order}", shuffled(order))
        for order in ((1, 1, 1), (3, 1, 2), (2, 2, 1, 3, 3), (1, 2, 1))
    ),
    off=OFF_HOOK,
    off_name=OFF_HOOK_NAME,
)
ROW_14 = Row(
    "14",
    "Webhook hilang",
    "jaringan",
    "tanpa webhook tidak ada bukti baru; data yang tidak ada = tidak",
    (
        Variant(
            "tidak ada kiriman, bukti belum dikumpulkan", lost, ("BEBAN-001",), Setup(without=("beban",))
        ),
        Variant("tidak ada kiriman, keadaan lama", old_facts(3600), ("FORGE-030",)),
    ),
    off={"kawal.policy.judge.judge_evidence": yes},
    off_name="bukti wajib (judge_evidence)",
)

ROWS = (ROW_12, ROW_13, ROW_14, ROW_44, ROW_45, ROW_46, ROW_47)
