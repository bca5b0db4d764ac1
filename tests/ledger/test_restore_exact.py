"""What the mutants of export and restore showed that nothing held: each file of a bundle, each row of a ledger built again."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from kawal_world import APP, INSTANCE, KEYS, START, World, policy_bytes

from kawal.ledger import records as r
from kawal.ledger.bundle import (
    CHECKPOINT,
    CONTENT,
    ENTRIES,
    MANIFEST,
    TRUST,
    parse_line,
    read_rows,
    verify_bundle,
    write_bundle,
)
from kawal.ledger.content import ContentStore
from kawal.ledger.restore import ROOM, Source, longest, next_origin, read_source, rebuild
from kawal.ledger.store import Ledger
from kawal.ledger.verify import Problem, Report, verify_ledger, verify_rows
from kawal_seal import strictjson
from kawal_seal.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from kawal_seal.dsse import Envelope

ROOT = (KEYS["root1"].public, KEYS["root2"].public)
TABLES = ("meta", "entries", "checkpoints", "used_tokens", "permit_seqs")


@pytest.fixture
def bundle(world: World) -> Path:
    """Of a ledger with two permits of one application, one of another that was only provided, and a large request."""
    world.begin()
    for number, environment in ((1, "production"), (5, "production"), (2, "staging")):
        permit = world.make_permit(jti=f"{number:012x}4abc8{'0' * 15}", seq=number, environment=environment)
        world.add(permit, "permit")
    world.add(world.make_request(app_id="e-lain"), "pa")
    provided = next(one.predicate for one in world.ledger.entries(type="provision"))
    assert isinstance(provided, r.Provision)
    fresh = {"app_id": "e-lain", "record_id": r.new_id()}
    world.add(provided.model_copy(update=fresh), "evidence")
    scenarios = tuple(r.Scenario(id=f"UAT-{number}", judul="x" * 300) for number in range(180))
    thresholds = world.make_request().thresholds.model_copy(update={"uat": scenarios})
    world.add(world.make_request(thresholds=thresholds), "pa")
    store = ContentStore(world.folder / "asal")
    for data in (policy_bytes(world.policy), b"tidak disebut"):
        store.put(data)
    return write_bundle(world.ledger, store, world.folder / "a" / "b" / "bundel")


def dumped(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that hold records."""
    db = sqlite3.connect(path)
    found = {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in TABLES}
    db.close()
    return found


# --- exporting --------------------------------------------------------------------------------------------------


def test_an_export_is_the_ledgers_own_rows_and_nothing_else(bundle: Path, world: World) -> None:
    ledger, policy = world.ledger, world.policy_sha256
    assert sorted(one.name for one in bundle.iterdir()) == sorted(
        [MANIFEST, ENTRIES, CHECKPOINT, TRUST, CONTENT]
    )
    lines = (bundle / ENTRIES).read_bytes().splitlines(keepends=True)
    assert [parse_line(line, 1) for line in lines] == list(ledger.rows())
    second = ledger.row(2)
    assert json.loads(lines[1]) == {
        "seq": 2,
        "received_at": second.received_at,
        "payload_sha256": second.payload_sha256,
        "envelope": json.loads(second.envelope),
    }
    checkpoint, trust = ledger.checkpoint(), ledger.trust_envelope()
    assert checkpoint is not None
    assert trust is not None
    assert (bundle / CHECKPOINT).read_bytes() == checkpoint.to_bytes()
    assert (bundle / TRUST).read_bytes() == trust.to_bytes()
    assert json.loads((bundle / MANIFEST).read_bytes()) == {
        "schema": 1,
        "origin": f"kawal:{INSTANCE}/1",
        "entries": 10,
        "content": [policy],
    }
    assert {one.name: one.read_bytes() for one in (bundle / CONTENT).iterdir()} == {
        policy: policy_bytes(world.policy)
    }


def test_an_empty_folder_is_taken_and_its_files_are_sorted(world: World) -> None:
    world.begin()
    store = ContentStore(world.folder / "asal")
    papers = tuple(
        r.Document(kind="surat", sha256=store.put(b"%d" % number), name="surat") for number in range(20)
    )
    world.add(world.make_step(evidence=papers), "pa")
    (world.folder / "bundel").mkdir()
    made = write_bundle(world.ledger, store, world.folder / "bundel")
    content = json.loads((made / MANIFEST).read_bytes())["content"]
    assert content == sorted(one.sha256 for one in papers)
    assert verify_bundle(made, ROOT, threshold=2).problems == ()


def test_a_report_says_what_was_verified(bundle: Path, world: World) -> None:
    checkpoint = world.ledger.checkpoint()
    assert checkpoint is not None
    signed = verify_checkpoint(checkpoint, KEYS["checkpoint"].public)
    whole = Report(10, signed.origin, signed.root, 1, True, (), ())
    assert verify_bundle(bundle, ROOT, threshold=2) == whole
    assert verify_ledger(world.ledger, ROOT) == whole
    assert verify_ledger(world.ledger) == replace(whole, root_pinned=False)
    assert verify_ledger(world.ledger, ROOT[:1]) == whole
    assert whole.ok
    with (bundle / CONTENT / world.policy_sha256).open("ab") as file:
        file.write(b"x")
    missing = Problem(None, f"berkas bukti {world.policy_sha256} tidak ada atau berubah")
    report = replace(whole, missing_content=(world.policy_sha256,), problems=(missing,))
    assert verify_bundle(bundle, ROOT, threshold=2) == report
    assert not report.ok


def test_nothing_is_known_of_a_ledger_of_nothing() -> None:
    nothing = Problem(None, "tanpa titik periksa atau berkas kepercayaan")
    assert verify_rows([], None) == Report(0, None, None, None, False, (), (nothing,))


def test_a_manifest_may_name_many_files(bundle: Path) -> None:
    value = json.loads((bundle / MANIFEST).read_bytes())
    many = sorted({*value["content"], *(f"{number:064x}" for number in range(1000))})
    (bundle / MANIFEST).write_bytes(strictjson.dumps({**value, "content": many}))
    assert (bundle / MANIFEST).stat().st_size > strictjson.LIMIT
    assert len(verify_bundle(bundle, ROOT, threshold=2).missing_content) == 1000


def test_without_roots_of_ones_own_one_signature_of_the_files_own_root_is_enough(bundle: Path) -> None:
    assert verify_bundle(bundle, threshold=9).problems == ()
    assert verify_bundle(bundle, ROOT[:1]).problems == ()


def test_a_line_that_cannot_be_read_is_a_problem_with_its_number(bundle: Path) -> None:
    whole = (bundle / ENTRIES).read_bytes().splitlines(keepends=True)
    (bundle / ENTRIES).write_bytes(b"".join([b"x\n", *whole[1:3], b"y\n", *whole[4:]]))
    problems: list[Problem] = []
    assert [one.seq for one in read_rows(bundle, problems)] == [2, 3, 5, 6, 7, 8, 9, 10]
    assert [one.seq for one in problems] == [1, 4]


# --- restoring ----------------------------------------------------------------------------------------------------


def test_a_source_holds_what_was_verified(bundle: Path, world: World) -> None:
    source = read_source(bundle, ROOT, 2)
    assert source == Source(
        bundle,
        tuple(world.ledger.rows()),
        Envelope.parse((bundle / CHECKPOINT).read_bytes()),
        verify_ledger(world.ledger, ROOT),
    )
    assert read_source(bundle, None).report.root_pinned is False
    assert read_source(bundle, ROOT[:1]).report.root_pinned is True


def test_the_longest_copy_is_taken_whichever_comes_first(bundle: Path) -> None:
    source = read_source(bundle, ROOT, 2)
    shorter = replace(source, rows=source.rows[:3])
    assert longest([shorter, source]) is source
    assert longest([source, shorter]) is source
    assert longest([shorter]) is shorter


def test_a_ledger_built_again_is_the_ledger_that_was_lost(bundle: Path, world: World) -> None:
    place = world.folder / "c" / "d" / "ledger.sqlite3"
    place.parent.mkdir(parents=True)
    (place.parent / "ledger.pulih").write_bytes(b"sisa dari pemulihan yang terputus")
    rebuild(place, read_source(bundle, ROOT, 2), now=START)
    assert [one.name for one in place.parent.iterdir()] == ["ledger.sqlite3"]
    before, after = dumped(world.ledger.path), dumped(place)
    newest = before["checkpoints"][-1:]
    assert after == {
        **before,
        "checkpoints": newest,
        "permit_seqs": [(APP, "production", 1, 5), (APP, "production", 5, 6), (APP, "staging", 2, 7)],
    }
    db = sqlite3.connect(place)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    triggers = db.execute("SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    db.close()
    assert triggers == (10,)
    with Ledger.open(place, KEYS["checkpoint"], INSTANCE, now=lambda: world.now) as ledger:
        assert (ledger.trouble, ledger.size(), ledger.origin) == (None, 10, f"kawal:{INSTANCE}/1")
        with ledger.transaction() as transaction:
            assert transaction.next_permit_seq(APP, "production") == 6


def test_a_ledger_is_built_where_no_folder_is_yet(bundle: Path, world: World) -> None:
    place = world.folder / "e" / "f" / "ledger.sqlite3"
    rebuild(place, read_source(bundle, ROOT, 2), now=START)
    assert place.exists()


def test_a_new_origin_signs_the_old_tree_and_numbers_permits_far_above(bundle: Path, world: World) -> None:
    place, source = world.folder / "baru.sqlite3", read_source(bundle, ROOT, 2)
    now = START + timedelta(days=3, milliseconds=900)
    rebuild(place, source, origin=f"kawal:{INSTANCE}/2", key=KEYS["checkpoint"], now=now)
    root = world.ledger.tree.root().hex()
    point = Checkpoint(f"kawal:{INSTANCE}/2", 10, root, int(now.timestamp()))
    after = dumped(place)
    assert after["meta"] == [("origin", f"kawal:{INSTANCE}/2")]
    assert after["checkpoints"] == [(10, sign_checkpoint(point, KEYS["checkpoint"]).to_bytes())]
    assert sorted(after["permit_seqs"], key=str) == [
        ("e-lain", "production", ROOM, 0),
        (APP, "production", 1, 5),
        (APP, "production", 5 + ROOM, 0),
        (APP, "production", 5, 6),
        (APP, "staging", 2 + ROOM, 0),
        (APP, "staging", 2, 7),
    ]
    with Ledger.open(place, KEYS["checkpoint"], INSTANCE) as ledger:
        assert (ledger.trouble, ledger.origin) == (None, f"kawal:{INSTANCE}/2")


def opened(handle: int) -> Path:
    """The path behind an open handle."""
    return Path(f"/proc/self/fd/{handle}").readlink()


def test_the_folder_of_a_ledger_built_again_is_written_to_disk(
    bundle: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, place = read_source(bundle, ROOT, 2), world.folder / "baru.sqlite3"
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(opened(handle)))
    rebuild(place, source, now=START)
    assert synced == [place.parent]


def test_origins_count_up() -> None:
    assert next_origin("kawal:dinas-uji/1") == "kawal:dinas-uji/2"
    assert next_origin("kawal:dinas/uji/99") == "kawal:dinas/uji/100"


# --- the content store --------------------------------------------------------------------------------------------


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, bool]]:
    """What was written to disk: its path, and whether all that was given to write stood in it already."""
    seen: list[tuple[Path, bool]] = []
    usual = os.fsync

    def note(handle: int) -> None:
        path = opened(handle)
        seen.append((path, path.is_dir() or path.read_bytes() == b"isi"))
        usual(handle)

    monkeypatch.setattr(os, "fsync", note)
    return seen


def test_content_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, synced: list[tuple[Path, bool]]
) -> None:
    folder = tmp_path / "dinas" / "bukti"
    store = ContentStore(folder)
    digest = store.put(b"isi")
    (file, whole), (place, _) = synced
    assert whole
    assert file.parent == place == folder
    assert file.name.startswith(".baru-")
    mode = (folder / digest).stat().st_mode
    assert stat.S_IMODE(mode) == 0o440
    assert store.path(digest) == folder / digest
    assert store.has(digest)
    assert not store.has("0" * 64)


def test_content_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    digest = store.put(b"isi")
    before = store.path(digest).stat().st_ino
    assert store.put(b"isi") == digest
    assert store.path(digest).stat().st_ino == before
    other = store.put(b"lain")
    assert store.missing([other, "1" * 64, "0" * 64, digest, "1" * 64]) == ["0" * 64, "1" * 64]


def test_a_write_that_fails_says_why_even_when_its_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept(_: int) -> None:
        for one in tmp_path.iterdir():
            one.unlink()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", swept)
    with pytest.raises(OSError, match="No space left"):
        ContentStore(tmp_path).put(b"isi")
    assert list(tmp_path.iterdir()) == []


def test_a_store_takes_files_of_twenty_megabytes_unless_told_otherwise(tmp_path: Path) -> None:
    assert ContentStore(tmp_path).limit == 20 * 1024 * 1024
    store = ContentStore(tmp_path, limit=3)
    (tmp_path / "surat").write_bytes(b"isi")
    assert store.get(store.put_file(tmp_path / "surat")) == b"isi"
