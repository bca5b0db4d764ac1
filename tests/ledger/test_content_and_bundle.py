"""The content store keeps bytes by digest; an exported bundle verifies offline and names the entry that was touched."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest
from kawal_world import KEYS, World, policy_bytes

from kawal.errors import InputError
from kawal.ledger.bundle import CHECKPOINT, ENTRIES, MANIFEST, TRUST, verify_bundle, write_bundle
from kawal.ledger.content import ContentStore
from kawal.ledger.verify import verify_ledger

ROOT = (KEYS["root1"].public, KEYS["root2"].public)


def test_content_is_named_by_its_digest(tmp_path: Path) -> None:
    store = ContentStore(tmp_path / "bukti", limit=100)
    digest = store.put(b"isi")
    assert digest == hashlib.sha256(b"isi").hexdigest()
    assert store.put(b"isi") == digest
    assert store.get(digest) == b"isi"
    assert [one.name for one in (tmp_path / "bukti").iterdir()] == [digest]


def test_missing_altered_and_oversized_content_is_said(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, limit=10)
    digest = store.put(b"isi")
    with pytest.raises(InputError, match="BUKTI-011"):
        store.put(b"x" * 11)
    with pytest.raises(InputError, match="BUKTI-012"):
        store.get("0" * 64)
    with pytest.raises(InputError, match="BUKTI-010"):
        store.get("../kunci")
    with pytest.raises(InputError, match="INPUT-001"):
        store.put_file(tmp_path / "tidak-ada")
    store.path(digest).chmod(0o600)
    store.path(digest).write_bytes(b"lain")
    with pytest.raises(InputError, match="BUKTI-013"):
        store.get(digest)
    assert store.missing([digest, "0" * 64]) == sorted([digest, "0" * 64])
    store.put(b"isi")
    assert store.missing([digest]) == []


@pytest.fixture
def bundle(world: World, tmp_path: Path) -> Path:
    world.ready()
    content = ContentStore(tmp_path / "bukti")
    content.put(policy_bytes(world.policy))
    content.put(b"beban")
    return write_bundle(world.ledger, content, tmp_path / "bundel")


def test_a_bundle_verifies_offline(bundle: Path, world: World) -> None:
    report = verify_bundle(bundle, ROOT, threshold=2)
    assert report.ok
    assert (report.entries, report.trust_version, report.root_pinned) == (world.ledger.size(), 1, True)
    assert len(list((bundle / "bukti").iterdir())) == 2
    assert verify_bundle(bundle).root_pinned is False
    assert verify_ledger(world.ledger, ROOT).ok


def test_a_bundle_of_another_root_is_not_accepted(bundle: Path) -> None:
    other = (KEYS["pa"].public, KEYS["pa2"].public)
    assert not verify_bundle(bundle, other).ok


def test_a_folder_in_use_and_an_empty_ledger_are_not_exported(
    bundle: Path, world: World, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="INPUT-042"):
        write_bundle(world.ledger, None, bundle)
    (tmp_path / "baru").mkdir()
    empty = World(tmp_path / "baru")
    with pytest.raises(InputError, match="LEDGER-002"):
        write_bundle(empty.ledger, None, tmp_path / "kosong")
    empty.ledger.close()


def lines(bundle: Path) -> list[bytes]:
    return (bundle / ENTRIES).read_bytes().splitlines(keepends=True)


def rewrite(bundle: Path, changed: list[bytes]) -> None:
    (bundle / ENTRIES).write_bytes(b"".join(changed))


@pytest.mark.parametrize("at", [0, 1, 4, -1])
def test_dropped_doubled_and_swapped_entries_are_found(bundle: Path, at: int) -> None:
    whole = lines(bundle)
    rewrite(bundle, whole[:at] + whole[at:][1:])
    assert not verify_bundle(bundle, ROOT).ok
    rewrite(bundle, [*whole[: at + 1 or None], whole[at], *(whole[at + 1 :] if at != -1 else [])])
    assert not verify_bundle(bundle, ROOT).ok
    swapped = list(whole)
    swapped[at], swapped[2] = swapped[2], swapped[at]
    rewrite(bundle, swapped)
    assert not verify_bundle(bundle, ROOT).ok


def test_the_report_names_the_wrong_entry(bundle: Path) -> None:
    whole = lines(bundle)
    value = json.loads(whole[5])
    value["received_at"] += 1
    whole[5] = json.dumps(value).encode() + b"\n"
    rewrite(bundle, whole)
    assert [one.seq for one in verify_bundle(bundle, ROOT).problems] == [None]
    value["envelope"]["signatures"][0]["sig"] = "A" * 86 + "=="
    whole[5] = json.dumps(value).encode() + b"\n"
    rewrite(bundle, whole)
    problems = verify_bundle(bundle, ROOT).problems
    assert problems[0].seq == 6
    assert "tanda tangan" in problems[0].what


def test_missing_files_make_no_bundle_or_a_problem(bundle: Path) -> None:
    for content in (bundle / "bukti").iterdir():
        content.chmod(0o600)
        content.write_bytes(b"lain")
    report = verify_bundle(bundle, ROOT)
    assert len(report.missing_content) == 2
    assert not report.ok
    shutil.rmtree(bundle / "bukti")
    assert not verify_bundle(bundle, ROOT).ok
    for name in (MANIFEST, CHECKPOINT, TRUST, ENTRIES):
        saved = (bundle / name).read_bytes()
        (bundle / name).unlink()
        with pytest.raises(InputError, match="LEDGER-009"):
            verify_bundle(bundle, ROOT)
        (bundle / name).write_bytes(saved)


def test_truncation_anywhere_is_found(bundle: Path) -> None:
    whole = (bundle / ENTRIES).read_bytes()
    for at in random.Random(4).sample(range(len(whole)), 60):
        (bundle / ENTRIES).write_bytes(whole[:at])
        assert not verify_bundle(bundle, ROOT).ok


def test_a_flipped_bit_is_found_or_leaves_every_payload_as_it_was(bundle: Path) -> None:
    """Re-encodings that keep payload, order, time, signers and signatures are the same ledger."""
    generator = random.Random(5)
    files = [ENTRIES, CHECKPOINT, MANIFEST]
    original = {name: (bundle / name).read_bytes() for name in files}
    payloads = [json.loads(line)["envelope"]["payload"] for line in original[ENTRIES].splitlines()]
    found = 0
    for _ in range(250):
        name = generator.choice([ENTRIES, ENTRIES, ENTRIES, CHECKPOINT, MANIFEST])
        data = bytearray(original[name])
        at = generator.randrange(len(data))
        data[at] ^= 1 << generator.randrange(8)
        (bundle / name).write_bytes(data)
        try:
            ok = verify_bundle(bundle, ROOT).ok
        except InputError:
            ok = False
        if ok:
            kept = [
                json.loads(line)["envelope"]["payload"]
                for line in (bundle / ENTRIES).read_bytes().splitlines()
            ]
            assert kept == payloads
        found += not ok
        (bundle / name).write_bytes(original[name])
    assert found >= 249
