"""What a ledger, a bundle or the content store refuses, each for its own reason."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kawal_world import APP, INSTANCE, KEYS, START, World, policy_bytes, trust_value
from test_records import denial

from kawal.errors import BlockedError, InputError, KawalError, TemporaryError
from kawal.ledger import records as r
from kawal.ledger import store as store_module
from kawal.ledger.bundle import verify_bundle, write_bundle
from kawal.ledger.content import ContentStore
from kawal.ledger.statement import build, parse_payload, sign_record
from kawal.ledger.store import Ledger, free_bytes
from kawal.ledger.tables import Row, microseconds
from kawal.ledger.trust import all_keys, authorise, load_trust
from kawal.ledger.verify import Report, content_digests, verify_entry, verify_ledger, verify_rows
from kawal_seal import strictjson
from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import Entry as Leaf
from kawal_seal.errors import SealError
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import build_trust, sign_trust

ROOT = (KEYS["root1"].public, KEYS["root2"].public)


# --- one file, several processes --------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "BUSY_SECONDS", 0.05)


def test_the_free_space_is_that_of_the_folder(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) == os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize


@pytest.mark.usefixtures("impatient")
def test_a_file_that_another_program_holds_is_a_temporary_refusal(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    other.execute("CREATE TABLE lain (x)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TemporaryError, match="LEDGER-005"):
        Ledger.open(tmp_path / "ledger.sqlite3", KEYS["checkpoint"], INSTANCE)
    other.close()


@pytest.mark.usefixtures("impatient")
def test_a_write_beside_another_writer_is_a_temporary_refusal(world: World) -> None:
    world.begin()
    other = sqlite3.connect(world.ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    mine = world.open()
    with pytest.raises(TemporaryError, match="LEDGER-005"):
        mine.append(sign_record(world.make_step(), [KEYS["pa"]]))
    other.execute("ROLLBACK")
    assert mine.append(sign_record(world.make_step(), [KEYS["pa"]])).seq == world.ledger.size()
    mine.close()
    other.close()


def test_two_processes_that_create_the_same_ledger_create_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one finishes between the first look and the lock."""
    path = tmp_path / "ledger.sqlite3"
    connect = sqlite3.connect
    faster: list[Ledger] = []

    class Slow(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if sql == "BEGIN IMMEDIATE" and not faster:
                monkeypatch.setattr(sqlite3, "connect", connect)
                faster.append(Ledger.open(path, KEYS["checkpoint"], INSTANCE))
            return super().execute(sql, *arguments)

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **named: connect(*a, **named, factory=Slow))
    slow = Ledger.open(path, KEYS["checkpoint"], INSTANCE)
    assert len(faster) == 1
    assert slow.origin == faster[0].origin == f"kawal:{INSTANCE}/1"
    assert slow.db.execute("SELECT COUNT(*) FROM meta").fetchone() == (1,)
    slow.close()
    faster[0].close()


def test_an_export_while_another_process_appends_is_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.begin()
    other, size = world.open(), world.ledger.size()
    real = world.ledger.trust_envelope

    def appended_meanwhile() -> Envelope | None:
        other.append(sign_record(world.make_step(), [KEYS["pa"]]))
        return real()

    monkeypatch.setattr(world.ledger, "trust_envelope", appended_meanwhile)
    report = verify_bundle(write_bundle(world.ledger, None, world.folder / "bundel"), ROOT, threshold=2)
    assert report.ok, report.problems
    assert report.entries == size
    assert world.ledger.size() == size + 1
    other.close()


def test_damage_between_two_looks_stops_the_write(world: World) -> None:
    world.begin()

    def damage(_: Path) -> int:
        db = sqlite3.connect(world.ledger.path, isolation_level=None)
        db.execute("INSERT INTO entries VALUES (99, 0, 'x', 'x', 'x', NULL, x'00')")
        db.close()
        return 10**12

    ledger = Ledger.open(world.ledger.path, KEYS["checkpoint"], INSTANCE, now=lambda: world.now, free=damage)
    with pytest.raises(InputError, match="LEDGER-004"):
        ledger.append(sign_record(world.make_step(), [KEYS["pa"]]))
    assert ledger.read_only
    assert not ledger.db.in_transaction
    ledger.close()


def test_entries_that_are_not_there_have_no_row_and_no_proof(world: World) -> None:
    world.begin()
    entry = world.add(world.make_step(), "pa")
    assert world.ledger.entry(entry.payload_sha256) == entry
    assert world.ledger.entry("0" * 64) is None
    for act in (
        lambda: world.ledger.row(entry.seq + 1),
        lambda: world.ledger.inclusion(entry.seq + 1),
        lambda: world.ledger.inclusion(0),
    ):
        with pytest.raises(InputError, match="LEDGER-002"):
            act()


def test_a_ledger_that_does_not_begin_with_a_trust_file_only_reads(world: World) -> None:
    envelope = sign_record(world.make_request(), [KEYS["pa"]])
    row = Row(1, microseconds(START), envelope.payload_sha256, envelope.to_bytes())
    tree = Tree([row.leaf()])
    point = Checkpoint(world.ledger.origin, 1, tree.root().hex(), int(START.timestamp()))
    db = world.ledger.db
    db.execute(
        "INSERT INTO entries VALUES (1, ?, ?, 'id', 'request', ?, ?)",
        (row.received_at, row.payload_sha256, APP, row.envelope),
    )
    db.execute(
        "INSERT INTO checkpoints VALUES (1, ?)", (sign_checkpoint(point, KEYS["checkpoint"]).to_bytes(),)
    )
    again = world.open()
    assert again.read_only
    assert "titik periksa untuk 1 catatan tidak ada" in str(again.trouble)
    assert [one.seq for one in verify_ledger(again).problems] == [1, None]
    again.close()


# --- the trust file ----------------------------------------------------------------------------------------------


def test_the_first_trust_file_names_this_instance_and_this_checkpoint_key(world: World) -> None:
    with pytest.raises(BlockedError, match="milik instansi lain"):
        world.trust(instance="lain")
    keys = {**trust_value("0" * 64).service_keys, "checkpoint": KEYS["dev"].public}
    persons = tuple(one for one in trust_value("0" * 64).persons if one.person_id != "p-dev")
    with pytest.raises(BlockedError, match="kunci checkpoint yang dipakai bukan kunci di berkas kepercayaan"):
        world.trust(service_keys=keys, persons=persons)
    assert world.ledger.size() == 0


def test_a_process_with_another_checkpoint_key_writes_nothing_and_spoils_nothing(world: World) -> None:
    """Its checkpoint would fail everybody's check: from then on the ledger could only be read, by all."""
    world.begin()
    before = world.ledger.size()
    wrong = Ledger.open(world.ledger.path, KEYS["dev"], INSTANCE, now=lambda: world.now)
    with pytest.raises(BlockedError) as caught:
        wrong.append(sign_record(world.make_request(name="Lain"), [KEYS["pa"]]))
    assert caught.value.code == "PERCAYA-020"
    assert caught.value.found == KEYS["dev"].public.keyid
    assert caught.value.needed == KEYS["checkpoint"].public.keyid
    assert wrong.size() == before
    wrong.close()
    world.add(world.make_request(name="Lain"), "pa")
    assert world.ledger.size() == before + 1
    assert world.ledger.trouble is None


def test_a_trust_file_in_another_spelling_is_refused(world: World) -> None:
    """Readers find trust versions by their spelling: a version that looked different would never take effect."""
    payload = build_trust(trust_value(world.policy_sha256)).to_bytes()
    spaced = payload.replace(b'"predicateType":', b'"predicateType": ')
    envelope = sign(STATEMENT_TYPE, spaced, [KEYS["root1"], KEYS["root2"]])
    with pytest.raises(InputError, match="LEDGER-006"):
        world.ledger.append(envelope)


def test_a_trust_file_is_loaded_under_pinned_roots_only() -> None:
    trust = trust_value("0" * 64)
    data = sign_trust(trust, [KEYS["root1"], KEYS["root2"]]).to_bytes()
    assert load_trust(data, ROOT, 2) == trust
    for wrong, roots in ((data, [KEYS["pa"].public]), (data[:-1], ROOT)):
        with pytest.raises(InputError, match="PERCAYA-003"):
            load_trust(wrong, roots, 2)


def test_a_letter_names_an_official_who_holds_the_role(world: World) -> None:
    world.begin()
    for changes in ({"person_id": "p-lain"}, {"role": "subkoor_pa"}):
        with pytest.raises(BlockedError, match="IDENT-001"):
            world.add(world.make_signoff("persandian", grade="surat", **changes), "pa", "pa2")


def test_a_request_is_signed_by_the_one_person_it_names(world: World) -> None:
    world.begin()
    with pytest.raises(BlockedError) as caught:
        world.add(world.make_request(person_id="p-tata"), "pa")
    assert (caught.value.found, caught.value.needed) == ("tanda tangan p-pa", "p-tata")
    with pytest.raises(BlockedError, match="tanpa peran yang berlaku"):
        world.add(world.make_request(), "pa", "pa2")


def test_two_keys_of_one_person_are_one_person() -> None:
    trust = trust_value("0" * 64)
    first = trust.persons[0]
    both = trust._replace(
        persons=(first._replace(keys=(*first.keys, KEYS["dev"].public)), *trust.persons[1:])
    )
    record = World.make_step(_bare())
    for keys in ((first.keys[0], KEYS["dev"].public), ()):
        with pytest.raises(BlockedError, match="satu orang dengan beberapa kunci"):
            authorise(record, keys, START, both)


def _bare() -> World:
    world = World.__new__(World)
    world.now = START
    return world


# --- records -----------------------------------------------------------------------------------------------------


def test_a_refused_letter_says_why(world: World) -> None:
    world.begin()
    with pytest.raises(ValueError, match="reason: wajib untuk penolakan"):
        world.make_approval(decision="reject", reason=None)


def test_a_record_too_large_for_an_envelope_is_not_written(world: World) -> None:
    world.begin()
    papers = tuple(r.Document(kind="surat", sha256=f"{number:064}", name="x" * 300) for number in range(100))
    scenarios = tuple(r.Scenario(id=f"UAT-{number}", judul="x" * 300) for number in range(100))
    thresholds = world.make_request().thresholds.model_copy(update={"uat": scenarios})
    record = world.make_request(documents=papers, thresholds=thresholds)
    with pytest.raises(InputError, match="LEDGER-006"):
        build(record)


def test_payloads_and_envelopes_that_are_none_are_refused(world: World) -> None:
    with pytest.raises(InputError, match="catatan tidak terbaca"):
        parse_payload(b"[]")
    world.begin()
    with pytest.raises(InputError, match="amplop catatan tidak terbaca"):
        world.ledger.parse_row(Row(1, 0, "0" * 64, b"{}"))


def test_a_release_speaks_of_its_commit_and_package(world: World) -> None:
    record = r.Release(
        app_id=APP,
        issued_at=START,
        tag="v1.0.0",
        commit="1" * 40,
        tree="5" * 40,
        artifact_sha256="a" * 64,
        requested_by="p-pa",
    )
    subject = strictjson.loads(build(record))["subject"]
    assert [one["name"] for one in subject] == [f"urn:kawal:app:{APP}", "paket.tar"]
    assert subject[1]["digest"] == {"sha256": "a" * 64}
    world.begin()
    assert world.add(record, "pa").type == "release"


def named(record: r.Predicate) -> list[str]:
    return list(content_digests([record]))


def test_every_file_that_a_record_names_is_looked_for(world: World) -> None:
    world.begin()
    paper = r.Document(kind="berita_acara", sha256="2" * 64, name="berita acara.pdf")
    assert named(world.make_step(evidence=(paper,))) == ["2" * 64]
    assert named(world.make_approval()) == ["9" * 64]
    assert named(world.make_evidence("beban")) == [world.make_evidence("beban").raw_sha256]
    assert named(world.make_request(documents=(paper,))) == ["2" * 64, "f" * 64]
    report = r.SignoffEvidence(type="laporan", sha256="3" * 64, statement_sha256=None)
    assert named(world.make_signoff("pse", evidence=(report,))) == ["3" * 64, "8" * 64]
    assert named(denial()) == []


# --- offline verification ----------------------------------------------------------------------------------------


class Copy:
    """The rows of a ledger, to be changed, under a checkpoint that is signed anew: only the named flaw is left."""

    def __init__(self, world: World) -> None:
        self.rows = list(world.ledger.rows())
        self.origin = world.ledger.origin

    def add(self, envelope: Envelope, received: int | None = None) -> None:
        at = self.rows[-1].received_at if received is None else received
        self.rows.append(Row(len(self.rows) + 1, at, envelope.payload_sha256, envelope.to_bytes()))

    def verify(self, *, signer: str = "checkpoint", size: int = 0) -> Report:
        tree = Tree([one.leaf() for one in self.rows])
        point = Checkpoint(self.origin, tree.size + size, tree.root().hex(), 1_800_000_000)
        return verify_rows(self.rows, sign_checkpoint(point, KEYS[signer]), ROOT, threshold=2)


@pytest.fixture
def copy(world: World) -> Copy:
    world.begin()
    return Copy(world)


def test_an_unchanged_copy_is_sound(copy: Copy) -> None:
    assert copy.verify().ok


def last_is(report: Report, seq: int | None, what: str) -> None:
    assert [one.seq for one in report.problems] == [seq], report.problems
    assert what in report.problems[0].what


def test_time_that_goes_back_is_reported(copy: Copy, world: World) -> None:
    envelope = sign_record(world.make_step(), [KEYS["pa"]])
    early = copy.rows[-1].received_at - 60_000_000
    copy.add(envelope, early)
    assert copy.verify().ok
    copy.rows[-1] = replace(copy.rows[-1], received_at=early - 1)
    last_is(copy.verify(), len(copy.rows), "waktu terima mundur")


def test_one_record_id_twice_is_reported(copy: Copy, world: World) -> None:
    step = world.make_step()
    for one in (step, step.model_copy(update={"step": "9"})):
        copy.add(sign_record(one, [KEYS["pa"]]))
    last_is(copy.verify(), len(copy.rows), f"record_id {step.record_id} ganda")


def test_a_digest_that_is_not_the_payloads_is_reported(copy: Copy) -> None:
    copy.rows[-1] = replace(copy.rows[-1], payload_sha256="0" * 64)
    last_is(copy.verify(), len(copy.rows), "digest isi tidak cocok")


def test_a_number_that_jumps_is_reported(copy: Copy) -> None:
    copy.rows[-1] = replace(copy.rows[-1], seq=99)
    last_is(copy.verify(), 99, "nomor urut 99, seharusnya")


def test_a_stranger_in_the_middle_is_reported(copy: Copy, world: World) -> None:
    copy.add(sign_record(world.make_step(), [KEYS["dev"]]))
    last_is(copy.verify(), len(copy.rows), "IDENT-001")


def test_a_checkpoint_of_another_size_key_or_instance_is_reported(copy: Copy) -> None:
    last_is(copy.verify(size=1), None, f"titik periksa untuk {len(copy.rows) + 1} catatan")
    last_is(copy.verify(signer="permit"), None, "tidak ditandatangani kunci checkpoint")
    copy.origin = "kawal:dinas-lain/1"
    last_is(copy.verify(), None, "titik periksa milik kawal:dinas-lain/1")


def test_a_trust_file_by_other_roots_is_reported(copy: Copy) -> None:
    tree = Tree([one.leaf() for one in copy.rows])
    point = Checkpoint(copy.origin, tree.size, tree.root().hex(), 1_800_000_000)
    report = verify_rows(copy.rows, sign_checkpoint(point, KEYS["checkpoint"]), [KEYS["pa"].public])
    assert report.problems[0].seq == 1
    assert report.trust_version is None


def test_without_entries_or_a_readable_checkpoint_nothing_is_verified(world: World) -> None:
    last_is(verify_ledger(world.ledger), None, "tanpa titik periksa")
    world.begin()
    assert verify_ledger(world.ledger, ROOT).ok
    world.ledger.db.execute("INSERT INTO checkpoints VALUES (999, x'00')")
    last_is(verify_ledger(world.ledger, ROOT), None, "tanpa titik periksa")


def test_one_entry_by_itself_is_checked_but_never_a_trust_file(copy: Copy) -> None:
    trust = trust_value("0" * 64)
    keys = {key.keyid: key for key in all_keys(trust)}
    verify_entry(copy.rows[1], trust, keys)
    with pytest.raises(SealError, match="digest isi"):
        verify_entry(replace(copy.rows[1], payload_sha256="0" * 64), trust, keys)
    with pytest.raises(SealError, match="diperiksa dengan urutannya"):
        verify_entry(copy.rows[0], trust, keys)
    with pytest.raises(SealError, match="kuncinya tidak dikenal"):
        verify_entry(copy.rows[1], trust, {})


def test_the_leaf_of_a_row_binds_its_number_and_time(copy: Copy) -> None:
    leaf = Leaf.decode(copy.rows[1].leaf())
    assert (leaf.seq, leaf.received_at_us) == (2, copy.rows[1].received_at)


# --- the content store ------------------------------------------------------------------------------------------


def test_a_disk_that_fails_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ContentStore(tmp_path / "bukti")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.put(b"isi")
    assert list((tmp_path / "bukti").iterdir()) == []


def test_files_are_stored_under_their_digest_and_read_back(tmp_path: Path) -> None:
    store = ContentStore(tmp_path / "bukti", limit=4)
    (tmp_path / "surat").write_bytes(b"isi")
    digest = store.put_file(tmp_path / "surat")
    assert store.get(digest) == b"isi"
    assert store.put(b"isi") == digest
    (tmp_path / "besar").write_bytes(b"lima!")
    refusals: list[tuple[str, Callable[[], object]]] = [
        ("BUKTI-011", lambda: store.put_file(tmp_path / "besar")),
        ("BUKTI-010", lambda: store.get("../../etc/passwd")),
        ("BUKTI-012", lambda: store.get("0" * 64)),
    ]
    for code, act in refusals:
        with pytest.raises(InputError, match=code):
            act()
    (tmp_path / "bukti" / ("1" * 64)).mkdir()
    with pytest.raises(InputError, match="BUKTI-012"):
        store.get("1" * 64)
    assert not store.has("1" * 64)


def test_a_bundle_without_a_content_store_holds_the_entries_alone(world: World) -> None:
    world.begin()
    ContentStore(world.folder / "bukti").put(policy_bytes(world.policy))
    made = write_bundle(world.ledger, None, world.folder / "bundel")
    assert list((made / "bukti").iterdir()) == []
    assert verify_bundle(made, ROOT, threshold=2).ok


def test_the_root_alone_goes_back_in_time_and_only_a_correction_may(world: World) -> None:
    """After a correction the times before it bind no more; a note of another kind corrects nothing."""
    world.begin()

    def note(kind: str) -> Envelope:
        record = r.LedgerNote(
            app_id=None,
            issued_at=world.now,
            kind=kind,  # type: ignore[arg-type]
            old_origin=world.ledger.origin,
            size=1,
            root="0" * 64,
            new_origin="kawal:dinas-uji/2" if kind == "epoch" else None,
            reason="jam salah",
        )
        return sign_record(record, [KEYS["root1"], KEYS["root2"]])

    world.ledger.append(note("epoch"))
    world.now -= timedelta(hours=12)
    with pytest.raises(KawalError, match="JAM-001"):
        world.add(world.make_step(), "pa")
    with pytest.raises(InputError, match="bukan koreksi jam"):
        world.ledger.correct_clock(note("epoch"))
    with pytest.raises(InputError, match="bukan koreksi jam"):
        world.ledger.correct_clock(sign_record(world.make_step(), [KEYS["pa"]]))
    world.ledger.correct_clock(note("clock"))
    assert world.add(world.make_step(), "pa").received_at == world.now
    assert verify_ledger(world.ledger, ROOT).ok


# --- a file that cannot be read for a moment --------------------------------------------------------------------


def interrupted(ledger: Ledger, after: int = 1) -> None:
    """SQLite itself gives up reading after so many steps, as it does on a failing disk."""
    ledger.db.set_progress_handler(lambda: 1, after)


def readable(ledger: Ledger) -> None:
    ledger.db.set_progress_handler(None, 0)


@pytest.mark.parametrize("after", [1, 5, 20, 40, 60])
def test_a_failure_to_read_is_temporary_and_leaves_nothing_half_read(world: World, after: int) -> None:
    mine = world.open()
    world.begin()
    interrupted(mine, after)
    with pytest.raises(TemporaryError, match="LEDGER-005"):
        mine.size()
    assert (mine.trouble, mine.tree.size, mine.newest_trust()) == (None, 0, None)
    readable(mine)
    assert (mine.size(), mine.trust()) == (world.ledger.size(), world.ledger.trust())
    assert mine.append(sign_record(world.make_step(), [KEYS["pa"]])).seq == world.ledger.size()
    mine.close()


def test_a_table_that_is_gone_is_no_passing_failure(world: World) -> None:
    world.begin()
    other = sqlite3.connect(world.ledger.path, isolation_level=None)
    other.execute("DROP TABLE checkpoints")
    other.close()
    with pytest.raises(InputError, match="LEDGER-004"):
        world.ledger.refresh(check=True)
    assert world.ledger.trouble == "no such table: checkpoints"


def failing_on_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every new connection gives up once it reads entries."""
    connect = sqlite3.connect

    def other(*args: Any, **options: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*args, **options)
        db.set_trace_callback(
            lambda sql: db.set_progress_handler(lambda: 1, 1) if "FROM entries" in sql else None
        )
        return db

    monkeypatch.setattr(sqlite3, "connect", other)


def test_a_ledger_that_cannot_be_read_now_is_not_opened_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.begin()
    with monkeypatch.context() as patch:
        failing_on_entries(patch)
        with pytest.raises(TemporaryError, match="LEDGER-005 buku catatan tidak dapat dibaca sekarang"):
            world.open()
    again = world.open()
    assert (again.trouble, again.size()) == (None, world.ledger.size())
    again.close()


def test_what_was_undone_may_be_read_again_later(world: World) -> None:
    world.begin()
    size, db = world.ledger.size(), world.ledger.db

    def act() -> None:
        with world.ledger.transaction() as transaction:
            transaction.append(sign_record(world.make_step(), [KEYS["pa"]]))
            db.set_trace_callback(
                lambda sql: db.set_progress_handler(lambda: 1, 1) if "FROM entries" in sql else None
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    db.set_trace_callback(None)
    readable(world.ledger)
    assert (world.ledger.trouble, world.ledger.size()) == (None, size)
