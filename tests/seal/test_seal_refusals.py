"""A sealed document that is wrong in one place is refused, and the refusal names that place."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import pytest
from segel_refusals import GOLDEN, NAMES, answers, documents

from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.entry import Entry
from kawal_seal.keys import BadKey, PrivateKey, PublicKey
from kawal_seal.merkle import Tree, verify_consistency
from kawal_seal.permit import PermitError, sign_permit, verify_permit
from kawal_seal.strictjson import StrictJsonError, dumps, loads


@pytest.mark.parametrize("name", NAMES)
def test_each_place_of_each_document_has_its_refusal(office: Any, name: str) -> None:
    """Line by line: a mutant is found at its first line."""
    wanted = [line for line in GOLDEN.read_text("utf-8").splitlines() if line.startswith(f"{name}: ")]
    for line, golden in zip_longest(answers(office, name), wanted):
        assert line == golden


def test_every_golden_line_is_of_a_document() -> None:
    lines = GOLDEN.read_text("utf-8").splitlines()
    assert {line.partition(": ")[0] for line in lines} == set(NAMES)


def test_the_sound_documents_are_read(office: Any) -> None:
    for name, (data, read) in documents(office).items():
        assert read(data), name


def test_no_field_may_be_missing_or_unknown() -> None:
    """Lines that say "terbaca" are values of the same form and items of lists; the predicate of a bare statement is free."""
    free = [line for line in GOLDEN.read_text("utf-8").splitlines() if line.endswith("-> terbaca")]
    digests = "subject.0.digest"
    bad = [
        line
        for line in free
        if re.search(r"\+ lain|[a-z_]+ dibuang", line)
        and "pernyataan: predicate" not in line
        and digests not in line
    ]
    assert len(free) > 20
    assert bad == []


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_have_32_bytes(size: int) -> None:
    with pytest.raises(BadKey, match=f"kunci publik: {size} bita, harus 32"):
        PublicKey(bytes(size))
    with pytest.raises(BadKey, match=f"benih kunci: {size} bita, harus 32"):
        PrivateKey.from_seed(bytes(size))


def test_a_public_key_prints_itself() -> None:
    key = PrivateKey.from_seed(b"\x07" * 32).public
    assert repr(key) == f"PublicKey('{key.b64}')"
    assert key != key.raw


def test_a_longer_tree_needs_a_proof() -> None:
    """3 is no power of two: without a path there is nothing to start from."""
    assert not verify_consistency(3, 5, bytes(32), bytes(32), [])


def test_letters_beside_escaped_pairs_are_looked_at_everywhere() -> None:
    assert loads(b'{"a":["\\ud83d\\ude00",1,null],"b":{"c":true}}') == {
        "a": ["\U0001f600", 1, None],
        "b": {"c": True},
    }
    with pytest.raises(StrictJsonError, match=r"surrogate tunggal di b\.c\[1\]"):
        loads(b'{"a":["\\ud83d\\ude00",1,null],"b":{"c":[true,"\\ud83d"]}}')
    with pytest.raises(StrictJsonError, match="surrogate tunggal di kunci dalam b"):
        loads(b'{"b":{"\\ud83d":1}}')


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {"b": [2**53]}}, r"JSON: bilangan di a\.b\[0\] di luar ±\(2\^53-1\)"),
        (-(2**53), r"JSON: bilangan di akar di luar"),
        ({"a": {1: 2}}, "JSON: kunci di a bukan teks"),
        ({1: 2}, "JSON: kunci di akar bukan teks"),
        ({"a": [0.5]}, r"JSON: float di a\[0\] tidak dapat ditulis"),
        ({"a": [0, {"é": "\ud800"}]}, r"JSON: surrogate tunggal di a\[1\]\.é$"),
        ({"a": {"\ud800": 1}}, "JSON: surrogate tunggal di kunci dalam a$"),
        (b"x", "JSON: bytes di akar tidak dapat ditulis"),
        ({"a": "\ud800"}, "JSON: surrogate tunggal di a"),
        ({"a": {"\ud800": 1}}, "JSON: surrogate tunggal di kunci dalam a"),
        (("\ud800",), r"JSON: surrogate tunggal di \[0\]"),
    ],
)
def test_what_is_not_written_says_where(value: object, message: str) -> None:
    with pytest.raises(StrictJsonError, match=message):
        dumps(value)


def test_the_largest_number_is_written() -> None:
    assert (
        dumps([2**53 - 1, -(2**53 - 1), True, None, "é"])
        == '[9007199254740991,-9007199254740991,true,null,"é"]'.encode()
    )


def with_leaf_number(office: Any, seq: int) -> Envelope:
    """A permit whose record has that number in the ledger, proven and signed."""
    permit = office.permit_value()
    leaf = Entry.decode(permit.leaf)._replace(seq=seq).encode()
    tree = Tree([b"a", b"b", leaf, b"d", b"e"])
    point = Checkpoint("kawal:diskominfo/1", 5, tree.root().hex(), permit.time_verified)
    proof = tuple(one.hex() for one in tree.inclusion_proof(2))
    changed = permit._replace(leaf=leaf, hashes=proof, checkpoint=sign_checkpoint(point, office.checkpoint))
    return sign_permit(changed, office.permit)


def test_the_first_entry_of_a_ledger_has_the_number_one(office: Any) -> None:
    keys = office.permit.public, office.checkpoint.public
    assert Entry.decode(verify_permit(with_leaf_number(office, 1), *keys).leaf).seq == 1
    with pytest.raises(PermitError):
        verify_permit(with_leaf_number(office, 0), *keys)
