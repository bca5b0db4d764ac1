"""kawal_target shares no code with kawal_seal: on the same bytes both must say the same."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kawal_seal import strictjson
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.errors import SealError
from kawal_seal.keys import BadKey, PrivateKey, PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.merkle import verify_consistency as seal_consistency
from kawal_seal.merkle import verify_inclusion as seal_inclusion
from kawal_seal.permit import build_permit, parse_permit, sign_permit, verify_permit
from kawal_seal.trustfile import build_trust, parse_trust
from kawal_target import target

L = 2**252 + 27742317777372353535851937790883648493


def _accepts(reader: Callable[..., Any], *arguments: Any) -> bool:
    try:
        reader(*arguments)
    except (SealError, target.BadData, target.Refused):
        return False
    return True


# --- signatures --------------------------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 511), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_signatures_and_their_mutations(seed: bytes, message: bytes, bit: int, key_bit: int) -> None:
    key = PrivateKey.from_seed(seed)
    sig = key.sign(message)
    assert target.verify_ed25519(key.public.raw, sig, message)
    flipped = bytearray(sig)
    flipped[bit // 8] ^= 1 << bit % 8
    assert target.verify_ed25519(key.public.raw, bytes(flipped), message) == key.public.verify(
        bytes(flipped), message
    )
    raw = bytearray(key.public.raw)
    raw[key_bit // 8] ^= 1 << key_bit % 8
    try:
        other = PublicKey(bytes(raw))
    except BadKey:
        return
    assert target.verify_ed25519(bytes(raw), sig, message) == other.verify(sig, message)


def test_a_scalar_plus_the_group_order_is_refused_by_both() -> None:
    key = PrivateKey.from_seed(b"\x01" * 32)
    sig = key.sign(b"x")
    malleable = sig[:32] + (int.from_bytes(sig[32:], "little") + L).to_bytes(32, "little")
    assert not key.public.verify(malleable, b"x")
    assert not target.verify_ed25519(key.public.raw, malleable, b"x")


def test_keys_of_small_order_and_not_canonical_ones_are_refused_by_both() -> None:
    p = 2**255 - 19
    samples = [*range(20), *(p + n for n in range(-3, 19)), *target._SMALL_ORDER_Y]
    for y in samples:
        for sign_bit in (0, 1):
            raw = (y | sign_bit << 255).to_bytes(32, "little")
            assert _accepts(PublicKey, raw) == _accepts(target.check_key, raw, "kunci")


def test_points_off_the_curve_verify_nothing_in_both() -> None:
    numbers = random.Random(1)
    for _ in range(40):
        raw = (numbers.getrandbits(255) % (2**255 - 19)).to_bytes(32, "little")
        sig = numbers.randbytes(63) + b"\x00"
        assert PublicKey(raw).verify(sig, b"x") == target.verify_ed25519(raw, sig, b"x")


# --- strict JSON and envelopes ------------------------------------------------------------------------------------


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0dD8f1e.-+ NaInfty\ufeff', max_size=40).map(str.encode))
@settings(max_examples=600, deadline=None)
def test_strict_json(data: bytes) -> None:
    accepted = _accepts(strictjson.loads, data)
    assert _accepts(target.loads, data) == accepted
    if accepted:
        assert target.loads(data) == strictjson.loads(data)


def _mutations(data: bytes, count: int, seed: int) -> list[bytes]:
    """Bit flips, cuts, doublings, swaps of JSON words: mostly still near the format."""
    numbers = random.Random(seed)
    words = [
        b"null",
        b"true",
        b"1.0",
        b"-1",
        b"[]",
        b"{}",
        b'""',
        b"1e9",
        b"0",
        b'"x"',
        b"9007199254740993",
        b"NaN",
    ]
    result = []
    for _ in range(count):
        changed = bytearray(data)
        where = numbers.randrange(len(data))
        match numbers.randrange(5):
            case 0:
                changed[where] ^= 1 << numbers.randrange(8)
            case 1:
                del changed[where : where + numbers.randrange(1, 9)]
            case 2:
                end = where + numbers.randrange(1, 30)
                changed[end:end] = changed[where:end]
            case 3:
                separators = [i for i, byte in enumerate(data) if byte in b":,["]
                start = numbers.choice(separators) + 1
                stop = next((i for i in range(start, len(data)) if data[i] in b",]}"), len(data))
                changed[start:stop] = numbers.choice(words)
            case _:
                changed[where] = numbers.randrange(32, 127)
        result.append(bytes(changed))
    return result


def test_mutated_envelopes(world: Any) -> None:
    envelope = world.trust(signers=("root", "root2"))
    keys = [world.keys["root"].public, world.keys["root2"].public]
    short = sign(STATEMENT_TYPE, b'{"a":1}', [world.keys["root"], world.keys["root2"]])
    accepted = 0
    for data in _mutations(envelope.to_bytes(), 1500, 2) + _mutations(short.to_bytes(), 1500, 3):
        assert _accepts(Envelope.parse, data) == _accepts(target.parse_envelope, data)
        if _accepts(Envelope.parse, data):
            ours, theirs = Envelope.parse(data), target.parse_envelope(data)
            assert (ours.payload_type, ours.payload) == theirs[:2]
            found = target.verifying_keys(theirs, [key.raw for key in keys])
            assert found == [key.raw for key in ours.verifying_keys(keys)]
            accepted += bool(found)
    assert accepted > 50  # a sample in which everything fails would prove nothing


# --- permits and trust files ----------------------------------------------------------------------------------------


def test_mutated_permit_payloads(world: Any) -> None:
    payload = build_permit(world.permit_value("b" * 64)).to_bytes()
    accepted = sum(
        _same(parse_permit, target.parse_permit, data) for data in [payload, *_mutations(payload, 4000, 4)]
    )
    assert accepted > 100


def test_mutated_trust_payloads(world: Any) -> None:
    payload = build_trust(world.trust_value()).to_bytes()
    accepted = sum(
        _same(parse_trust, target.parse_trust, data) for data in [payload, *_mutations(payload, 4000, 5)]
    )
    assert accepted > 30


def _same(ours: Callable[[bytes], Any], theirs: Callable[[bytes], Any], data: bytes) -> bool:
    first, second = _accepts(ours, data), _accepts(theirs, data)
    assert first == second, data
    if first:
        assert _common(ours(data), theirs(data)) >= 5
    return first


def _common(first: Any, second: Any) -> int:
    """Compare the fields both values have; how many there were."""
    names = set(first._fields) & set(second._fields) - {"checkpoint", "persons"}
    for name in names:
        assert getattr(first, name) == getattr(second, name), name
    if "persons" in first._fields:
        assert [_plain(one) for one in first.persons] == list(second.persons)
    return len(names)


def _plain(person: Any) -> tuple[Any, ...]:
    """A person as the target keeps her: raw keys, and roles without their status."""
    roles = tuple((one.role, one.valid_from, one.valid_to) for one in person.roles)
    return (person.person_id, tuple(key.raw for key in person.keys), roles)


def test_resigned_permits_with_altered_proofs(world: Any) -> None:
    key, checkpoint_key = world.keys["permit"], world.keys["checkpoint"].public
    good = world.permit_value("b" * 64)
    for _ in range(20):
        world.permit_value("b" * 64)
    good = world.permit_value("b" * 64)
    numbers = random.Random(6)
    verdicts = []
    for _ in range(120):
        permit = good
        match numbers.randrange(7):
            case 0:
                permit = permit._replace(leaf_index=numbers.randrange(30))
            case 1:
                permit = permit._replace(tree_size=numbers.randrange(1, 30))
            case 2:
                permit = permit._replace(
                    hashes=tuple(numbers.sample(permit.hashes, numbers.randrange(len(permit.hashes) + 1)))
                )
            case 3:
                permit = permit._replace(record_sha256=numbers.choice([permit.record_sha256, "0" * 64]))
            case 4:
                signer = numbers.choice(["checkpoint", "permit"])
                permit = permit._replace(checkpoint=world.checkpoint(signer=signer))
            case 5:
                permit = permit._replace(checkpoint=world.checkpoint(size=numbers.randrange(1, 30)))
            case _:
                permit = permit._replace(leaf=numbers.choice([permit.leaf, permit.leaf[:-1] + b"\x00"]))
        envelope = sign_permit(permit, key)
        ours = _accepts(verify_permit, envelope, key.public, checkpoint_key)
        theirs = _accepts(target.verify_proof, target.parse_permit(envelope.payload), checkpoint_key.raw)
        assert ours == theirs
        verdicts.append(ours)
    assert 10 < sum(verdicts) < 110


def test_consistency_proofs_and_their_mutations() -> None:
    tree = Tree([b"%d" % n for n in range(20)])
    other = Tree([b"x%d" % n for n in range(20)])
    good = 0
    for new in range(1, 21):
        for old in range(1, new + 1):
            proof = tree.consistency_proof(old, new)
            roots = tree.root(old), tree.root(new)
            variants = [
                (old, new, *roots, proof),
                (old, new, *roots, proof[:-1]),
                (old, new, *roots, [*proof, bytes(32)]),
                (old, new, *roots, proof[::-1]),
                (old + 1, new, *roots, proof),
                (old, new + 1, *roots, proof),
                (old, new, other.root(old), roots[1], proof),
                (old, new, roots[0], other.root(new), proof),
                (0, new, *roots, proof),
            ]
            for one in variants:
                ours, theirs = seal_consistency(*one), target.verify_consistency(*one)
                assert ours == theirs, one
                good += ours
            assert target.verify_consistency(*variants[0])
            assert not target.verify_consistency(*variants[6])
    assert 210 <= good < 700


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_inclusion(size: int) -> None:
    leaves = [b"%d" % n for n in range(size)]
    tree = Tree(leaves)
    for index in range(size):
        proof = tree.inclusion_proof(index)
        for wrong in range(size + 1):
            arguments = (leaves[index], wrong, size, proof, tree.root())
            assert seal_inclusion(*arguments) == target.verify_inclusion(*arguments) == (wrong == index)


@pytest.mark.parametrize(
    "data",
    [
        *(
            b'"\\ud800"',
            b'{"a":["\\uDFFF"]}',
            b'{"\\udc00":1}',
            b'"\\ud83d\\ude00"',
            b'{"a":1,"\\u0061":2}',
            b"\xff",
        ),
        *(
            b"\xef\xbb\xbf1",
            b"1e999",
            b"1.5",
            b"NaN",
            b"9007199254740991",
            b"9007199254740992",
            b"-0",
            b"1" * 5000,
        ),
        *(
            b"[" * 40 + b"]" * 40,
            b"[" * 41 + b"]" * 41,
            b'["[[' + b"[" * 50 + b'"]',
            b'"' + b'\\"' * 32000,
            b"1" * 65537,
        ),
        *(b"\t1\n", b"\x0c1", b"{} {}", b'"\x00"', b'"\\u0000"', b"[1,]", b"'a'", b""),
    ],
)
def test_strict_json_corpus(data: bytes) -> None:
    assert _accepts(strictjson.loads, data) == _accepts(target.loads, data)


def test_group_rules_of_the_trust_file(world: Any) -> None:
    """Rules over several fields, which mutation seldom meets: both refuse, or both accept."""
    good = strictjson.loads(build_trust(world.trust_value()).to_bytes())
    root, person = good["predicate"]["root"], good["predicate"]["persons"][0]
    service = good["predicate"]["service_keys"]
    late, early = "2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
    role = person["roles"][0]
    changes: list[tuple[dict[str, Any], bool]] = [
        ({}, True),
        ({"persons": []}, True),
        ({"persons": [{**person, "roles": [{**role, "valid_to": late}]}]}, True),
        ({"persons": [{**person, "roles": [{**role, "valid_to": early}]}]}, False),
        ({"persons": [person, person]}, False),
        ({"persons": [person, {**person, "person_id": "p-2"}]}, False),
        ({"persons": [person, {**person, "person_id": "p-2", "forge_user_ids": []}]}, False),
        ({"persons": [person, {**person, "person_id": "p-2", "keys": []}]}, False),
        ({"persons": [person, {**person, "person_id": "p-2", "keys": [], "forge_user_ids": []}]}, True),
        ({"root": {**root, "keys": root["keys"][:1] * 2}}, False),
        ({"root": {**root, "threshold": 3}}, False),
        ({"root": {**root, "keys": [{**root["keys"][0], "keyid": "0" * 64}]}}, False),
        ({"service_keys": {**service, "permit": service["evidence"]}}, False),
        ({"service_keys": {**service, "permit": root["keys"][0]}}, False),
        ({"service_keys": {**service, "permit": person["keys"][0]}}, False),
        ({"expires_at": good["predicate"]["issued_at"]}, False),
        ({"policy_sha256": "b" * 64}, False),
    ]
    for change, expected in changes:
        payload = strictjson.dumps({**good, "predicate": {**good["predicate"], **change}})
        assert (_accepts(parse_trust, payload), _accepts(target.parse_trust, payload)) == (
            expected,
            expected,
        ), change
