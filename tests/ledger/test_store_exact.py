"""What the mutants of the store showed that nothing held: each value of what is read, and proofs of a tree that has grown since."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from buku_bersama import fixed_id, note
from kawal_world import APP, INSTANCE, KEYS, START, World, key, trust_value

from kawal.errors import BlockedError, InputError
from kawal.ledger import records as r
from kawal.ledger.proofs import continuations
from kawal.ledger.statement import build, parse_envelope, sign_record
from kawal.ledger.store import Ledger, utc_now
from kawal.ledger.tables import ENVELOPE_LIMIT, Entry, Inclusion, Row, microseconds
from kawal.ledger.trust import all_keys
from kawal_seal import strictjson
from kawal_seal.checkpoint import Checkpoint, verify_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.merkle import verify_consistency, verify_inclusion
from kawal_seal.permit import MAX_CONTINUES
from kawal_seal.trustfile import sign_trust

ROOTS = [KEYS["root1"], KEYS["root2"]]
ROOT = tuple(one.public for one in ROOTS)


def numbers(entries: list[Entry]) -> list[int]:
    return [one.seq for one in entries]


# --- opening --------------------------------------------------------------------------------------------------


def test_a_new_ledger_is_empty_and_as_durable_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "dinas" / "data" / "ledger.sqlite3"
    with Ledger.open(path, KEYS["checkpoint"], INSTANCE) as ledger:
        assert (ledger.path, ledger.instance, ledger.origin) == (path, INSTANCE, f"kawal:{INSTANCE}/1")
        assert (ledger.trouble, ledger.read_only, ledger.size()) == (None, False, 0)
        assert ledger.trust() is None
        assert ledger.newest_trust() is None
        assert ledger.trust_envelope() is None
        assert ledger.checkpoint() is None
        assert ledger.entries() == []
        assert list(ledger.rows()) == []
        assert ledger.db.isolation_level is None
        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("busy_timeout", 20_000),
            ("user_version", 1),
        ):
            assert ledger.db.execute(f"PRAGMA {pragma}").fetchone() == (value,)
        found = ledger.db.execute("SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
        assert found == (10,)
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.row(1)


def test_a_ledger_tells_the_time_and_the_free_space_by_itself(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite3", KEYS["checkpoint"], INSTANCE) as ledger:
        entry = ledger.append(sign_trust(trust_value("0" * 64, now=utc_now()), ROOTS))
    assert abs(entry.received_at - utc_now()) < timedelta(seconds=30)


def test_a_ledger_without_its_origin_does_not_match_its_checkpoint(world: World) -> None:
    world.begin()
    world.ledger.db.execute("DROP TRIGGER meta_no_delete")
    world.ledger.db.execute("DELETE FROM meta")
    again = world.open()
    assert again.origin == ""
    assert again.read_only
    again.close()


# --- what is read -----------------------------------------------------------------------------------------------


def test_an_entry_is_what_was_signed_and_when_it_came(world: World) -> None:
    trust = world.trust()
    signed = sign_trust(trust_value(world.policy_sha256), ROOTS)
    assert trust == Entry(
        1, START, signed.payload_sha256, "trust", trust_value(world.policy_sha256), ROOT, signed.to_bytes()
    )
    request = world.make_request()
    envelope = sign_record(request, [KEYS["pa"]])
    world.tick(microseconds=1)
    entry = world.ledger.append(envelope)
    signers = (KEYS["pa"].public,)
    assert entry == Entry(
        *(2, world.now, envelope.payload_sha256, "request", request, signers, envelope.to_bytes()),
        trust=trust_value(world.policy_sha256),
    )
    row = Row(2, microseconds(world.now), envelope.payload_sha256, envelope.to_bytes())
    for ledger in (world.ledger, world.open()):
        assert ledger.entries() == [trust, entry]
        assert ledger.entry(entry.payload_sha256) == ledger.find(entry.payload_sha256) == entry
        assert ledger.row(2) == row
        assert list(ledger.rows(1)) == [row]
        assert len(list(ledger.rows())) == 2
    stored = world.ledger.db.execute("SELECT seq, record_id, type, app_id FROM entries").fetchall()
    assert stored == [
        (1, signed.payload_sha256, "trust", None),
        (2, request.record_id, "request", APP),
    ]


def test_an_entry_knows_the_trust_version_that_admitted_it(world: World) -> None:
    first = world.trust().predicate
    before = world.add(world.make_request(), "pa")
    world.tick()
    second = world.trust(version=2, now=world.now)
    after = world.add(world.make_request(), "pa")
    for ledger in (world.ledger, world.open()):
        assert [one.trust for one in ledger.entries()] == [None, first, first, second.predicate]
        assert ledger.entries() == [*ledger.entries(type="trust")[:1], before, second, after]
    with world.ledger.transaction() as transaction:
        made = transaction.append(sign_record(world.make_request(), [KEYS["pa"]]))
        assert world.ledger.find(made.payload_sha256) == made
    assert made.trust == second.predicate


def test_entries_are_chosen_by_application_and_by_type(world: World) -> None:
    world.begin()
    world.add(world.make_request(app_id="e-lain"), "pa")
    world.ledger.append(sign_record(note(world, "epoch"), ROOTS))
    ledger = world.ledger
    assert numbers(ledger.entries()) == [1, 2, 3, 4, 5, 6]
    assert numbers(ledger.entries(APP)) == [2, 3, 4]
    assert numbers(ledger.entries(type="request")) == [2, 5]
    assert numbers(ledger.entries("e-lain", "request")) == [5]
    assert numbers(ledger.entries("e-lain", "approval")) == []
    assert [one.type for one in ledger.entries()] == [
        "trust",
        "request",
        "approval",
        "provision",
        "request",
        "ledger",
    ]


def test_the_newest_trust_version_counts_and_older_signatures_stay_valid(world: World) -> None:
    world.begin()
    old = trust_value(world.policy_sha256)
    persons = tuple(
        one._replace(keys=(key("pa baru").public,)) if one.person_id == "p-pa" else one for one in old.persons
    )
    new = trust_value(world.policy_sha256, version=2, persons=persons)
    signed = sign_trust(new, ROOTS)
    entry = world.ledger.append(signed)
    for ledger in (world.ledger, world.open()):
        assert ledger.trust() == ledger.newest_trust() == new
        assert ledger.trust_envelope() == signed
        assert ledger.entries(type="request")[0].signers == (KEYS["pa"].public,)
    with pytest.raises(BlockedError, match="IDENT-001"):
        world.add(world.make_step(), "pa")
    step = sign_record(world.make_step(), [key("pa baru")])
    assert world.ledger.append(step).seq == entry.seq + 1


def test_a_trust_file_is_verified_by_its_own_root_where_nothing_is_known_yet(world: World) -> None:
    signed = sign_trust(trust_value("0" * 64), ROOTS)
    read = world.ledger.parse_row(Row(1, 0, signed.payload_sha256, signed.to_bytes()))
    assert (read.type, read.signers) == ("trust", ROOT)


def test_a_snapshot_sees_one_moment(world: World) -> None:
    world.begin()
    other = world.open()
    with world.ledger.snapshot():
        assert len(list(world.ledger.rows())) == 4
        other.append(sign_record(world.make_step(), [KEYS["pa"]]))
        assert len(list(world.ledger.rows())) == 4
    assert not world.ledger.db.in_transaction
    assert world.ledger.size() == 5
    other.close()


def test_records_and_envelopes_may_be_as_long_as_they_may_be(world: World) -> None:
    """A payload of almost 64 KiB makes an envelope that is longer than that."""
    world.begin()
    scenarios = tuple(r.Scenario(id=f"UAT-{number}", judul="x" * 300) for number in range(180))
    thresholds = world.make_request().thresholds.model_copy(update={"uat": scenarios})
    record = world.make_request(thresholds=thresholds)
    assert strictjson.LIMIT * 3 // 4 < len(build(record)) <= strictjson.LIMIT
    entry = world.add(record, "pa")
    assert len(entry.envelope) > strictjson.LIMIT
    again = world.open()
    assert again.entries()[-1].predicate == record
    again.close()
    padding = b" " * (2 * strictjson.LIMIT - len(entry.envelope))
    assert parse_envelope(padding + entry.envelope)[1] == record
    with pytest.raises(InputError, match=f"{2 * strictjson.LIMIT + 1} bita"):
        parse_envelope(b" " + padding + entry.envelope)
    whole = b" " * (ENVELOPE_LIMIT - len(entry.envelope)) + entry.envelope
    assert Row(1, 0, "", whole).parse() == Envelope.parse(whole, limit=ENVELOPE_LIMIT)
    with pytest.raises(strictjson.StrictJsonError):
        Row(1, 0, "", b" " + whole).parse()


# --- the tree -----------------------------------------------------------------------------------------------


def test_each_entry_is_proven_against_each_later_checkpoint(world: World) -> None:
    world.begin()
    ledger = world.ledger
    for size in range(1, 5):
        for seq in range(1, size + 1):
            proof = ledger.inclusion(seq, size)
            signed = verify_checkpoint(proof.checkpoint, KEYS["checkpoint"].public)
            root = ledger.tree.root(size)
            assert (signed.origin, signed.size, signed.root) == (ledger.origin, size, root.hex())
            assert (proof.leaf, proof.index, proof.size) == (ledger.row(seq).leaf(), seq - 1, size)
            assert verify_inclusion(
                proof.leaf, proof.index, size, [bytes.fromhex(one) for one in proof.hashes], root
            )
    newest = ledger.checkpoint()
    assert newest is not None
    hashes = tuple(one.hex() for one in ledger.tree.inclusion_proof(1, 4))
    assert ledger.inclusion(2) == Inclusion(ledger.row(2).leaf(), 1, 4, hashes, newest)


def test_the_checkpoint_is_of_the_newest_entry_and_of_the_second_it_came(world: World) -> None:
    world.begin()
    world.tick(seconds=1.75)
    world.ledger.append(sign_record(world.make_step(), [KEYS["pa"]]))
    for ledger in (world.ledger, world.open()):
        newest = ledger.checkpoint()
        assert newest is not None
        assert verify_checkpoint(newest, KEYS["checkpoint"].public) == Checkpoint(
            f"kawal:{INSTANCE}/1", 5, ledger.tree.root().hex(), int(world.now.timestamp())
        )
    assert world.ledger.db.execute("SELECT size FROM checkpoints ORDER BY size").fetchall() == [
        (size,) for size in range(1, 6)
    ]


def test_a_transaction_without_a_record_leaves_the_checkpoint_as_it_was(world: World) -> None:
    world.begin()
    before = world.ledger.checkpoint()
    with world.ledger.transaction() as transaction:
        assert transaction.changed is False
        transaction.use_token("iss", "jti", 4)
        assert transaction.seal() is None
    assert world.ledger.checkpoint() == before
    assert world.ledger.size() == 4


def test_a_transaction_of_several_records_has_one_checkpoint(world: World) -> None:
    world.begin()
    with world.ledger.transaction() as transaction:
        first = transaction.append(sign_record(world.make_step("8"), [KEYS["pa"]]))
        assert transaction.changed is True
        second = transaction.append(sign_record(world.make_step("9"), [KEYS["pa"]]))
        again = transaction.append(Envelope.parse(first.envelope))
    assert (first.seq, second.seq, again) == (5, 6, first)
    sizes = world.ledger.db.execute("SELECT size FROM checkpoints WHERE size > 4").fetchall()
    assert sizes == [(6,)]
    with pytest.raises(InputError, match="LEDGER-004 titik periksa untuk 5 catatan tidak ada"):
        world.ledger.inclusion(5, 5)


def together(world: World, *steps: r.StepDone) -> None:
    with world.ledger.transaction() as transaction:
        for one in steps:
            transaction.append(sign_record(one, [KEYS["pa"]]))


def test_a_transaction_that_breaks_off_is_read_again_from_what_is_stored(world: World) -> None:
    world.begin()
    before = world.ledger.checkpoint()
    step = world.make_step(record_id=fixed_id(1))
    with pytest.raises(BlockedError, match="LEDGER-007"):
        together(world, step, step.model_copy(update={"step": "9"}))
    assert not world.ledger.db.in_transaction
    assert world.ledger.checkpoint() == before
    assert (world.ledger.size(), world.ledger.trouble) == (4, None)
    assert world.ledger.trust() == trust_value(world.policy_sha256)
    assert world.add(world.make_step(record_id=fixed_id(1)), "pa").seq == 5


def test_entries_that_vanished_meanwhile_are_missed_after_a_broken_transaction(world: World) -> None:
    world.begin()
    db = sqlite3.connect(world.ledger.path, isolation_level=None)
    db.execute("DROP TRIGGER entries_no_delete")
    db.execute("DELETE FROM entries")
    db.close()
    step = world.make_step(record_id=fixed_id(1))
    with pytest.raises(BlockedError, match="LEDGER-007"):
        together(world, step, step.model_copy(update={"step": "9"}))
    assert world.ledger.trouble is not None
    assert world.ledger.trouble.startswith("LEDGER-004 catatan terakhir None, titik periksa terakhir 4")


def test_a_look_at_an_unchanged_ledger_asks_for_new_rows_and_for_nothing_else(world: World) -> None:
    world.begin()
    asked: list[str] = []
    world.ledger.db.set_trace_callback(asked.append)
    assert world.ledger.size() == 4
    assert len(asked) == 1
    assert asked[0].endswith("FROM entries WHERE seq > 4 ORDER BY seq")


# --- time, tokens, permits ------------------------------------------------------------------------------------


def test_times_bind_from_the_newest_correction_on_and_no_other_note_lifts_them(world: World) -> None:
    world.begin()
    world.tick(days=1)
    world.add(world.make_step(), "pa")
    world.now = START + timedelta(hours=1)
    corrected = world.ledger.correct_clock(sign_record(note(world, "clock"), ROOTS))
    assert (corrected.type, corrected.received_at) == ("ledger", world.now)
    world.ledger.append(sign_record(note(world, "epoch"), ROOTS))
    world.add(world.make_step("9"), "pa")
    world.now = START + timedelta(minutes=58)
    with pytest.raises(BlockedError, match="JAM-001") as caught:
        world.ledger.append(sign_record(world.make_step("10"), [KEYS["pa"]]))
    assert caught.value.needed == "paling awal 2026-11-20 03:00:01 UTC"


def test_another_note_of_the_root_lifts_no_time(world: World) -> None:
    """It came a little before the last entry, which still binds."""
    world.begin()
    last = world.now
    world.now = last - timedelta(seconds=50)
    world.ledger.append(sign_record(note(world, "epoch"), ROOTS))
    world.now = last - timedelta(seconds=61)
    with pytest.raises(BlockedError, match="JAM-001") as caught:
        world.ledger.append(sign_record(world.make_step(), [KEYS["pa"]]))
    assert caught.value.needed == f"paling awal {last:%Y-%m-%d %H:%M:%S} UTC"


def test_the_time_of_the_first_entry_binds_the_second(world: World) -> None:
    world.trust()
    world.now -= timedelta(seconds=61)
    with pytest.raises(BlockedError, match="JAM-001"):
        world.ledger.append(sign_record(world.make_request(), [KEYS["pa"]]))


def test_tokens_are_known_by_issuer_and_number_together(world: World) -> None:
    world.begin()
    with world.ledger.transaction() as transaction:
        transaction.use_token("iss", "jti", 4)
        assert transaction.token_used("iss", "jti")
        assert not transaction.token_used("iss", "lain")
        assert not transaction.token_used("lain", "jti")
    assert world.ledger.db.execute("SELECT * FROM used_tokens").fetchall() == [("iss", "jti", 4)]


def test_permits_are_numbered_from_one_for_each_application_and_environment(world: World) -> None:
    world.begin()
    with world.ledger.transaction() as transaction:
        assert transaction.next_permit_seq(APP, "production") == 1
        transaction.take_permit_seq(APP, "production", 7, 4)
        assert transaction.next_permit_seq(APP, "production") == 8
        assert transaction.next_permit_seq(APP, "staging") == 1
        assert transaction.next_permit_seq("e-lain", "production") == 1
    assert world.ledger.db.execute("SELECT * FROM permit_seqs").fetchall() == [(APP, "production", 7, 4)]


def test_a_record_of_no_application_belongs_to_none(world: World) -> None:
    world.begin()
    entry = world.ledger.append(sign_record(note(world, "epoch"), ROOTS))
    assert world.ledger.db.execute("SELECT app_id FROM entries WHERE seq = 5").fetchone() == (None,)
    assert entry.predicate == world.ledger.entries()[-1].predicate


# --- proofs for targets -----------------------------------------------------------------------------------------


def permits(world: World, count: int) -> list[int]:
    return [
        world.add(world.make_permit(jti=f"{n:012x}4abc8{'0' * 15}", seq=n), "permit").seq
        for n in range(1, count + 1)
    ]


def test_a_permit_continues_the_newest_that_went_before_and_what_the_target_says(world: World) -> None:
    world.begin()
    issued = permits(world, MAX_CONTINUES + 2)
    last = issued[-1]
    ledger, tree = world.ledger, world.ledger.tree
    found = continuations(ledger, "produksi-1", last, None)
    assert [size for size, _ in found] == issued[-2 : -2 - MAX_CONTINUES : -1]
    for size, hashes in found:
        path = [bytes.fromhex(one) for one in hashes]
        assert verify_consistency(size, last, tree.root(size), tree.root(last), path)
    earlier = issued[2]
    ((size, hashes), *_) = continuations(ledger, "produksi-1", earlier, None)
    path = [bytes.fromhex(one) for one in hashes]
    assert size == issued[1]
    assert verify_consistency(size, earlier, tree.root(size), tree.root(earlier), path)
    said = continuations(ledger, "produksi-1", last, 1)
    assert [size for size, _ in said] == [1, *issued[-2 : -1 - MAX_CONTINUES : -1]]
    assert [size for size, _ in continuations(ledger, "lain", last, last)] == [last]
    for impossible in (0, -1, last + 1):
        assert continuations(ledger, "lain", last, impossible) == ()
    assert continuations(ledger, "produksi-1", issued[0], None) == ()


def test_the_keys_of_a_trust_file_are_those_of_root_persons_and_services() -> None:
    trust = trust_value("0" * 64)
    assert all_keys(trust) == (
        *ROOT,
        *(one.keys[0] for one in trust.persons),
        *(KEYS[name].public for name in ("evidence", "permit", "checkpoint")),
    )
