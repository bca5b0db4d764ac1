"""Any flipped bit, cut, doubled, exchanged or missing entry of an export is reported, or leaves every payload as it was.

CI plays a seeded part; `KAWAL_RUSAK=semua` (make malam) flips every bit of 200 entries and 2,000 bits of the whole.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
from pathlib import Path

import pytest
from kawal_world import KEYS, START, World, policy_bytes, trust_value

from kawal.errors import KawalError
from kawal.ledger.bundle import CHECKPOINT, ENTRIES, MANIFEST, TRUST, parse_line, verify_bundle, write_bundle
from kawal.ledger.content import ContentStore
from kawal.ledger.trust import all_keys
from kawal.ledger.verify import verify_entry
from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError

SIZE = 200
WHOLE = os.environ.get("KAWAL_RUSAK") == "semua"
SEED = 20261122
ROOT = (KEYS["root1"].public, KEYS["root2"].public)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rusak")
    world = World(folder, now=START).ready()
    for number in itertools.count(world.ledger.size()):
        if number >= SIZE:
            break
        world.add(world.make_evidence("beban", summary=f"uji ke-{number}"), "evidence")
    content = ContentStore(folder / "bukti")
    content.put(policy_bytes(world.policy))
    made = write_bundle(world.ledger, content, folder / "bundel")
    world.ledger.close()
    return made


@pytest.fixture(scope="module")
def lines(bundle: Path) -> list[bytes]:
    return (bundle / ENTRIES).read_bytes().splitlines(keepends=True)


def payloads(lines: list[bytes]) -> list[bytes]:
    return [Envelope.parse(parse_line(line, 1).envelope, limit=1 << 18).payload for line in lines]


def flips(rng: random.Random, lines: list[bytes]) -> list[tuple[int, int]]:
    """(entry, bit): the trust file apart, which is checked with its sequence."""
    everything = ((n, bit) for n in range(1, len(lines)) for bit in range(8 * len(lines[n])))
    if WHOLE:
        return list(everything)
    return [
        (n, rng.randrange(8 * len(lines[n]))) for n in (rng.randrange(1, len(lines)) for _ in range(6000))
    ]


def flipped(data: bytes, bit: int) -> bytes:
    place = bit // 8
    return data[:place] + bytes([data[place] ^ (1 << bit % 8)]) + data[place + 1 :]


def test_a_flipped_bit_of_an_entry_is_reported_or_leaves_its_payload(
    bundle: Path, lines: list[bytes]
) -> None:
    value = trust_value("0" * 64, now=START)
    keys = {key.keyid: key for key in all_keys(value)}
    before = payloads(lines)
    reported = same = 0
    for number, bit in flips(random.Random(SEED), lines):
        try:
            row = parse_line(flipped(lines[number], bit), number)
            verify_entry(row, value, keys)
        except (SealError, KawalError):
            reported += 1
            continue
        same += 1
        assert Envelope.parse(row.envelope, limit=1 << 18).payload == before[number], (number, bit)
    assert reported > 10 * same
    print(f"{reported + same} bit: {reported} dilaporkan, {same} tanpa akibat pada isi")


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    made = tmp_path / "salinan"
    shutil.copytree(bundle, made)
    return made


def sound(folder: Path) -> bool:
    try:
        return verify_bundle(folder, ROOT, threshold=2).ok
    except KawalError:
        return False


def test_the_export_itself_is_sound(copy: Path) -> None:
    report = verify_bundle(copy, ROOT, threshold=2)
    missing = [one for one in report.problems if "bukti" not in one.what]
    assert report.entries == SIZE
    assert not missing


def test_flips_anywhere_in_the_export_are_reported_or_change_no_payload(
    copy: Path, lines: list[bytes]
) -> None:
    """2,000 of them in `make malam`."""
    rng = random.Random(SEED)
    files = [copy / name for name in (ENTRIES, CHECKPOINT, TRUST, MANIFEST)]
    weights = [path.stat().st_size for path in files]
    before = payloads(lines)
    harmless = 0
    for _ in range(2000 if WHOLE else 40):
        path = rng.choices(files, weights)[0] if rng.random() < 0.7 else rng.choice(files[1:])
        data = path.read_bytes()
        path.write_bytes(flipped(data, rng.randrange(8 * len(data))))
        if sound(copy):
            harmless += 1
            assert payloads((copy / ENTRIES).read_bytes().splitlines(keepends=True)) == before
        path.write_bytes(data)
    print(f"{harmless} tanpa akibat")
    assert sound(copy)


def rewrite(copy: Path, changed: list[bytes]) -> None:
    (copy / ENTRIES).write_bytes(b"".join(changed))


def test_a_missing_doubled_or_exchanged_entry_is_reported(copy: Path, lines: list[bytes]) -> None:
    rng = random.Random(SEED)
    chosen = range(SIZE) if WHOLE else rng.sample(range(SIZE), 8)
    for number in chosen:
        rewrite(copy, [*lines[:number], *lines[number + 1 :]])
        assert not sound(copy), ("hilang", number)
        rewrite(copy, [*lines[: number + 1], *lines[number:]])
        assert not sound(copy), ("ganda", number)
        other = (number + 1) % SIZE
        swapped = list(lines)
        swapped[number], swapped[other] = swapped[other], swapped[number]
        rewrite(copy, swapped)
        assert not sound(copy), ("tertukar", number)


def test_an_export_cut_anywhere_is_reported(copy: Path, lines: list[bytes]) -> None:
    whole = b"".join(lines)
    rng = random.Random(SEED)
    for place in sorted(rng.sample(range(len(whole)), 600 if WHOLE else 12)):
        (copy / ENTRIES).write_bytes(whole[:place])
        assert not sound(copy), place
