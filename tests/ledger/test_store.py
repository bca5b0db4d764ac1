"""The store: append-only, durable, idempotent, one order for many processes, and read-only when its tree does not match."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kawal_world import APP, INSTANCE, KEYS, START, World

from kawal.errors import BlockedError, InputError, KawalError, TemporaryError
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal_seal.checkpoint import verify_checkpoint
from kawal_seal.merkle import verify_inclusion


def test_appends_are_numbered_and_proven(world: World) -> None:
    world.ready()
    checkpoint = world.ledger.checkpoint()
    assert checkpoint is not None
    signed = verify_checkpoint(checkpoint, KEYS["checkpoint"].public)
    entries = world.ledger.entries()
    assert [one.seq for one in entries] == list(range(1, signed.size + 1))
    for one in entries:
        proof = world.ledger.inclusion(one.seq)
        hashes = [bytes.fromhex(text) for text in proof.hashes]
        assert verify_inclusion(proof.leaf, proof.index, proof.size, hashes, bytes.fromhex(signed.root))


def test_the_same_payload_is_one_entry_and_a_record_id_is_one_record(world: World) -> None:
    world.begin()
    step = world.make_step()
    first = world.add(step, "pa")
    size = world.ledger.size()
    assert world.add(step, "pa") == first
    assert world.ledger.size() == size
    with pytest.raises(BlockedError) as caught:
        world.add(step.model_copy(update={"step": "9"}), "pa")
    assert caught.value.code == "LEDGER-007"
    assert world.ledger.size() == size
    assert world.open().size() == size


def test_rows_are_neither_changed_nor_deleted(world: World) -> None:
    world.begin()
    for table in ("entries", "checkpoints", "meta"):
        with pytest.raises(sqlite3.IntegrityError, match="hanya dapat ditambah"):
            world.ledger.db.execute(f"DELETE FROM {table}")
    with pytest.raises(sqlite3.IntegrityError, match="hanya dapat ditambah"):
        world.ledger.db.execute("UPDATE entries SET received_at = 0")


def test_trust_comes_first_and_versions_only_grow(world: World) -> None:
    with pytest.raises(BlockedError) as caught:
        world.add(world.make_request(), "pa")
    assert caught.value.code == "PERCAYA-001"
    first = world.trust()
    assert world.trust().seq == first.seq
    for changes in ({"version": 1, "threshold": 1}, {"version": 3}, {"version": 2, "instance": "lain"}):
        with pytest.raises(BlockedError) as caught:
            world.trust(**changes)
        assert caught.value.code == "PERCAYA-003"
    world.trust(version=2)
    trust = world.ledger.trust()
    assert trust is not None
    assert trust.version == 2


def test_an_expired_trust_file_stops_everything_but_refusals(world: World) -> None:
    world.begin()
    world.tick(days=301)
    with pytest.raises(BlockedError) as caught:
        world.add(world.make_step(), "pa")
    assert caught.value.code == "PERCAYA-005"
    from test_records import denial

    world.add(denial(), "permit")


def test_clock_rules(world: World) -> None:
    world.begin()
    last = world.now
    world.now = last - timedelta(seconds=50)
    world.add(world.make_step(), "pa")
    world.now = last - timedelta(seconds=70)
    with pytest.raises(BlockedError) as caught:
        world.add(world.make_step(), "pa")
    assert caught.value.code == "JAM-001"
    world.now = last + timedelta(days=1)
    envelope = sign_record(world.make_step(), [KEYS["pa"]])
    with pytest.raises(BlockedError) as caught:
        world.ledger.append(envelope, forge_time=world.now - timedelta(minutes=6))
    assert caught.value.code == "JAM-002"
    world.ledger.append(envelope, forge_time=world.now - timedelta(minutes=4))


def test_a_full_disk_refuses_before_writing(world: World) -> None:
    world.begin()
    world.free = 199 * 1024 * 1024
    with pytest.raises(TemporaryError) as caught:
        world.add(world.make_step(), "pa")
    assert caught.value.code == "LEDGER-008"


def test_a_failed_transaction_leaves_no_trace(world: World) -> None:
    world.begin()
    size, checkpoint = world.ledger.size(), world.ledger.checkpoint()

    def half_done() -> None:
        with world.ledger.transaction() as transaction:
            entry = transaction.append(sign_record(world.make_step(), [KEYS["pa"]]))
            transaction.use_token("iss", "jti-1", entry.seq)
            transaction.take_permit_seq(APP, "production", 1, entry.seq)
            raise RuntimeError("mati")

    with pytest.raises(RuntimeError, match="mati"):
        half_done()
    assert (world.ledger.size(), world.ledger.checkpoint()) == (size, checkpoint)
    with world.ledger.transaction() as transaction:
        assert not transaction.token_used("iss", "jti-1")
        assert transaction.next_permit_seq(APP, "production") == 1
    assert not world.ledger.read_only


def test_tokens_are_used_once_and_permit_numbers_grow(world: World) -> None:
    world.begin()
    with world.ledger.transaction() as transaction:
        transaction.use_token("iss", "jti-1", 1)
        transaction.take_permit_seq(APP, "production", transaction.next_permit_seq(APP, "production"), 1)
    with pytest.raises(BlockedError) as caught, world.ledger.transaction() as transaction:
        transaction.use_token("iss", "jti-1", 2)
    assert caught.value.code == "IZIN-003"
    with world.ledger.transaction() as transaction:
        transaction.use_token("lain", "jti-1", 2)
        assert transaction.next_permit_seq(APP, "production") == 2
        assert transaction.next_permit_seq(APP, "staging") == 1
    with pytest.raises(TemporaryError), world.ledger.transaction() as transaction:
        transaction.take_permit_seq(APP, "production", 1, 9)


def test_two_instances_see_each_others_entries(world: World) -> None:
    world.begin()
    other = world.open()
    one = other.append(sign_record(world.make_step("8"), [KEYS["pa"]]))
    two = world.ledger.append(sign_record(world.make_step("9"), [KEYS["pa"]]))
    assert two.seq == one.seq + 1
    assert other.checkpoint() == world.ledger.checkpoint()
    other.close()


def _work(ledger: Ledger, act: Callable[[], object]) -> int:
    """Steps of SQLite's own machine, in hundreds."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    ledger.db.set_progress_handler(count, 100)
    act()
    ledger.db.set_progress_handler(None, 0)
    return steps


def test_an_append_costs_the_same_in_a_long_ledger(world: World) -> None:
    world.begin()
    ready = [sign_record(world.make_evidence("beban"), [KEYS["evidence"]]) for _ in range(2)]
    short = _work(world.ledger, lambda: world.ledger.append(ready[0]))
    with world.ledger.transaction() as transaction:
        for _ in range(400):
            transaction.append(sign_record(world.make_evidence("beban"), [KEYS["evidence"]]))
    long = _work(world.ledger, lambda: world.ledger.append(ready[1]))
    assert long <= short + 2
    everything = _work(
        world.ledger, lambda: world.ledger.db.execute("SELECT SUM(received_at) FROM entries").fetchall()
    )
    assert everything > 2 * (long + 1)  # what would show if an append looked at every entry


def test_a_ledger_without_the_index_of_times_gets_it_when_it_is_opened(world: World) -> None:
    world.begin()
    world.ledger.db.execute("DROP INDEX entries_of_time")
    world.ledger.close()
    world.ledger = world.open()
    world.add(world.make_step(), "pa")
    indexes = world.ledger.db.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
    assert ("entries_of_time",) in indexes


def test_a_refused_record_does_not_make_the_ledger_read_itself_again(world: World) -> None:
    world.ready()
    tree = world.ledger.tree
    with pytest.raises(BlockedError):
        world.add(world.make_step(), "dev")
    assert world.ledger.tree is tree
    assert world.ledger.size() == world.open().size()


def _raw(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for table in ("entries", "checkpoints"):
        for verb in ("update", "delete"):
            db.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
    for one in statements:
        db.execute(one)
    db.close()


TAMPER = [
    "UPDATE entries SET received_at = received_at + 1 WHERE seq = 3",
    "UPDATE entries SET payload_sha256 = 'x' WHERE seq = 3",
    "DELETE FROM entries WHERE seq = 3",
    "DELETE FROM entries WHERE seq = (SELECT MAX(seq) FROM entries)",
    "UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE seq = 2) WHERE seq = 3",
    "UPDATE entries SET envelope = x'00' WHERE seq = 4",
    "DELETE FROM checkpoints WHERE size = (SELECT MAX(size) FROM checkpoints)",
    "UPDATE checkpoints SET envelope = (SELECT envelope FROM checkpoints WHERE size = 2)",
]


@pytest.mark.parametrize("statement", TAMPER)
def test_a_ledger_whose_tree_does_not_match_only_reads(world: World, statement: str) -> None:
    world.begin()
    _raw(world.ledger.path, statement)
    again = world.open()
    assert again.read_only
    for act in (
        lambda: again.append(sign_record(world.make_step(), [KEYS["pa"]])),
        again.entries,
        again.trust,
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert caught.value.code == "LEDGER-004"
    assert len(list(again.rows())) >= 3
    again.close()


def test_reading_needs_no_key_and_writes_nothing(world: World) -> None:
    world.begin()
    reader = Ledger.open(world.ledger.path, None, INSTANCE)
    assert reader.read_only
    assert reader.size() == world.ledger.size()
    with pytest.raises(InputError, match="LEDGER-004"):
        reader.append(sign_record(world.make_step(), [KEYS["pa"]]))
    reader.close()


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="LEDGER-001"):
        Ledger.open(tmp_path / "tidak-ada", None, INSTANCE)
    (tmp_path / "lain").write_bytes(b"bukan basis data" * 100)
    with pytest.raises(KawalError, match="LEDGER-00"):
        Ledger.open(tmp_path / "lain", KEYS["checkpoint"], INSTANCE)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from kawal_world import World, START
from datetime import timedelta
from kawal.ledger.statement import sign_record
from kawal_world import KEYS
world = World(Path(sys.argv[2]))
world.now = START + timedelta(hours=1)
for number in range(int(sys.argv[3])):
    entry = world.ledger.append(sign_record(world.make_step(f"{sys.argv[4]}-{number}"), [KEYS["pa"]]))
    print(entry.seq, entry.payload_sha256, flush=True)
"""


def writer(folder: Path, count: int, name: str) -> subprocess.Popen[str]:
    helpers = str(Path(__file__).parents[1] / "policy")
    command = [sys.executable, "-c", WRITER, helpers, str(folder), str(count), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_append_in_one_order_without_gaps(world: World, tmp_path: Path) -> None:
    world.begin()
    before = world.ledger.size()
    writers = [writer(tmp_path, 15, name) for name in ("a", "b", "c")]
    acked = [line.split() for one in writers for line in one.communicate(timeout=60)[0].splitlines()]
    assert [one.returncode for one in writers] == [0, 0, 0]
    assert sorted(int(seq) for seq, _ in acked) == list(range(before + 1, before + 46))
    assert not world.open().read_only


@pytest.mark.crash
def test_a_killed_writer_loses_nothing_it_acknowledged(world: World, tmp_path: Path) -> None:
    world.begin()
    for acks in (1, 3, 7):
        process = writer(tmp_path, 500, f"k{acks}")
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(acks)]
        os.kill(process.pid, signal.SIGKILL)
        lines += process.communicate(timeout=30)[0].splitlines(keepends=True)
        acked = [line.split()[1] for line in lines if line.endswith("\n")]
        again = world.open()
        assert not again.read_only
        stored = {one.payload_sha256 for one in again.rows()}
        assert set(acked) <= stored
        again.close()
    assert world.now > START
