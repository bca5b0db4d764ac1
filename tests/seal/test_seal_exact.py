"""What the mutants of the seal showed that nothing held: the edges of a number, nesting by every bracket, a leaf of two signers."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import Entry
from kawal_seal.keys import BadKey, PrivateKey, PublicKey
from kawal_seal.merkle import Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion
from kawal_seal.permit import MAX_SECONDS, PermitError, build_permit, parse_permit
from kawal_seal.shape import ShapeError, array, time_from_text, time_to_text
from kawal_seal.statement import Subject
from kawal_seal.strictjson import DEPTH, LIMIT, MAX_INT, StrictJsonError, dumps, loads
from kawal_seal.trustfile import Trust, TrustError, build_trust, parse_trust


def test_a_leaf_of_two_signers_joins_their_keys_and_signatures_without_anything_between(office: Any) -> None:
    """docs/formats.md §3: whoever checks a leaf by hand hashes the raw keyids and the raw signatures, one after the other."""
    envelope = sign(STATEMENT_TYPE, b"{}", [office.root, office.person])
    leaf = Entry.of(1, 1, envelope)
    keyids = (
        hashlib.sha256(office.root.public.raw).digest() + hashlib.sha256(office.person.public.raw).digest()
    )
    assert leaf.signers == hashlib.sha256(keyids).digest()
    assert leaf.signatures == hashlib.sha256(envelope.signatures[0].sig + envelope.signatures[1].sig).digest()


@pytest.mark.parametrize("number", [MAX_INT, -MAX_INT])
def test_the_largest_and_the_smallest_number_are_read(number: int) -> None:
    assert loads(str(number).encode()) == number


@pytest.mark.parametrize(
    ("opening", "closing", "deepest"),
    [
        (b'{"a":', b"}", DEPTH),
        (b'["",', b"]", DEPTH),
        (b'["[",', b"]", DEPTH),
        (b'[{"a":1},', b"]", DEPTH - 1),
        (b"[[],", b"]", DEPTH - 1),
    ],
    ids=["objects", "beside texts", "beside brackets in texts", "beside objects", "beside lists"],
)
def test_nesting_is_counted_by_every_bracket_and_by_nothing_else(
    opening: bytes, closing: bytes, deepest: int
) -> None:
    assert loads(opening * deepest + b"1" + closing * deepest)
    with pytest.raises(StrictJsonError, match=f"bersarang lebih dari {DEPTH} tingkat"):
        loads(opening * (deepest + 1) + b"1" + closing * (deepest + 1))


@pytest.mark.parametrize("sibling", [b"[]", b"{}"])
def test_many_siblings_are_not_deep(sibling: bytes) -> None:
    assert len(loads(b"[" + b",".join([sibling] * (2 * DEPTH)) + b"]")) == 2 * DEPTH


def test_a_key_of_another_length_is_refused_as_text_too(office: Any) -> None:
    for size in (31, 33):
        with pytest.raises(BadKey, match="kunci publik"):
            PublicKey.from_b64(base64.b64encode(bytes(size)).decode())


def test_other_keys_have_other_hashes() -> None:
    keys = [PrivateKey.from_seed(bytes([seed]) * 32).public for seed in range(1, 9)]
    assert len({hash(key) for key in keys}) == len(keys)


def test_a_document_of_the_whole_size_is_read() -> None:
    assert len(loads(b'"' + b"x" * (LIMIT - 2) + b'"')) == LIMIT - 2
    with pytest.raises(StrictJsonError, match=f"{LIMIT + 1} bita"):
        loads(b'"' + b"x" * (LIMIT - 1) + b'"')


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'"\\ud800"', "akar"),
        (b'["\\ud800"]', "[0]"),
        (b'{"\\ud800":1}', "kunci dalam akar"),
        (b'{"a":{"\\ud800":1}}', "kunci dalam a"),
    ],
)
def test_a_lone_surrogate_is_named_by_its_place_in_reading_and_writing(data: bytes, place: str) -> None:
    for refused in (lambda: loads(data), lambda: dumps(json.loads(data))):
        with pytest.raises(StrictJsonError) as caught:
            refused()
        assert str(caught.value) == f"JSON: surrogate tunggal di {place}"


def test_the_end_of_a_role_is_read_as_it_was_signed(office: Any) -> None:
    """A reader that dropped it would let a former official sign for ever."""
    trust = office.trust()
    role = trust.persons[0].roles[0]
    ending = (role._replace(valid_to=role.valid_from + 1), role)
    person = trust.persons[0]._replace(roles=ending)
    read = parse_trust(build_trust(trust._replace(persons=(person,))).to_bytes())
    assert read.persons[0].roles == ending


def test_an_envelope_may_be_read_with_a_limit_of_its_own(office: Any) -> None:
    data = sign(STATEMENT_TYPE, b"{}", [office.root]).to_bytes()
    assert Envelope.parse(data, limit=len(data)).to_bytes() == data
    with pytest.raises(StrictJsonError, match=f"paling banyak {len(data) - 1}"):
        Envelope.parse(data, limit=len(data) - 1)


def test_the_bytes_of_a_permit_are_named_by_one_digest(office: Any) -> None:
    commit = Subject("a", {"gitCommit": "a" * 40})
    with pytest.raises(PermitError, match=r"^izin\.subject\.digest: bidang tak dikenal 'gitCommit'"):
        build_permit(office.permit_value()._replace(subject=(commit,)))


def test_a_proof_longer_than_the_tree_is_deep_proves_nothing() -> None:
    """Else a leaf of a larger tree would pass as the only leaf of a tree of one."""
    tree = Tree([b"a", b"b"])
    path = tree.inclusion_proof(1)
    assert verify_inclusion(b"b", 1, 2, path, tree.root())
    assert not verify_inclusion(b"b", 0, 1, path, tree.root())


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_proof_of_parts_that_are_no_digests_proves_nothing(size: int) -> None:
    """Even where the hashes come out right: such a part would be read as the end of one digest and the beginning of another."""
    part = bytes(size)
    inner = node_hash(part, leaf_hash(b"b"))
    assert not verify_inclusion(b"b", 1, 2, [part], inner)
    assert not verify_consistency(1, 2, leaf_hash(b"b"), node_hash(leaf_hash(b"b"), part), [part])


Change = Callable[[Trust], Trust]
SAME: list[tuple[str, Change]] = [
    (
        "persons.person_id",
        lambda t: t._replace(persons=(t.persons[0], t.persons[0]._replace(keys=(), forge_user_ids=()))),
    ),
    (
        "persons.forge_user_ids",
        lambda t: t._replace(persons=(t.persons[0], t.persons[0]._replace(person_id="p-lain", keys=()))),
    ),
    (
        "persons.keys",
        lambda t: t._replace(
            persons=(t.persons[0], t.persons[0]._replace(person_id="p-lain", forge_user_ids=()))
        ),
    ),
    ("root.keys", lambda t: t._replace(root_keys=(t.root_keys[0], t.root_keys[0]))),
    (
        "service_keys",
        lambda t: t._replace(service_keys=dict.fromkeys(t.service_keys, t.service_keys["permit"])),
    ),
]


@pytest.mark.parametrize(("place", "change"), SAME, ids=[place for place, _ in SAME])
def test_what_stands_twice_in_a_trust_file_is_refused_by_its_place(
    office: Any, place: str, change: Change
) -> None:
    with pytest.raises(TrustError) as caught:
        build_trust(change(office.trust()))
    assert str(caught.value).startswith(f"kepercayaan.{place}: ")


@pytest.mark.parametrize(
    ("seconds", "whole"), [(0, False), (1, True), (MAX_SECONDS, True), (MAX_SECONDS + 1, False)]
)
def test_a_permit_lives_from_one_second_to_the_longest_time(office: Any, seconds: int, whole: bool) -> None:
    permit = office.permit_value()
    lasting = permit._replace(exp=permit.nbf + seconds)
    if whole:
        assert parse_permit(build_permit(lasting).to_bytes()).exp == permit.nbf + seconds
    else:
        with pytest.raises(PermitError):
            build_permit(lasting)


def test_times_are_written_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "WIB-7")
    time.tzset()
    try:
        assert time_to_text(0) == "1970-01-01T00:00:00Z"
        assert time_from_text(time_to_text(1_795_000_000), "waktu") == 1_795_000_000
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_list_may_be_as_long_as_it_may_be_and_no_longer() -> None:
    assert array([1, 2], 1, 2, "daftar") == [1, 2]
    for wrong in ([], [1, 2, 3]):
        with pytest.raises(ShapeError, match=r"^daftar: harus daftar berisi 1\.\.2$"):
            array(wrong, 1, 2, "daftar")
