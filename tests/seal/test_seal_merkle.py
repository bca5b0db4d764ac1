"""The tree of RFC 9162, against published vectors and, exhaustively, against the definition."""

import hashlib

import pytest

from kawal_seal.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The test leaves of Certificate Transparency and their roots for 1..8 leaves.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1 word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(_mth(leaves[:k]), _mth(leaves[k:]))


def test_roots_of_certificate_transparency() -> None:
    leaves = [bytes.fromhex(one) for one in LEAVES]
    assert [root(leaves[:n]).hex() for n in range(1, 9)] == ROOTS
    assert root([]) == EMPTY_ROOT


LIMIT = 64
DATA = [b"daun %d" % n for n in range(LIMIT)]
TREE = Tree(DATA)


@pytest.mark.parametrize("size", range(1, LIMIT + 1))
def test_inclusion_holds_for_each_leaf_and_for_nothing_else(size: int) -> None:
    expected = _mth(DATA[:size])
    assert TREE.root(size) == expected
    for index in range(size):
        proof = TREE.inclusion_proof(index, size)
        assert verify_inclusion(DATA[index], index, size, proof, expected)
        assert not verify_inclusion(b"lain", index, size, proof, expected)
        assert not verify_inclusion(DATA[index], size, size, proof, expected)
        assert not verify_inclusion(DATA[index], -1, size, proof, expected)
        assert not verify_inclusion(DATA[index], index, size, [*proof, bytes(32)], expected)
        other = (index + 1) % size
        assert size == 1 or not verify_inclusion(DATA[index], other, size, proof, expected)
        for level, one in enumerate(proof):
            spoiled = [*proof[:level], bytes([one[0] ^ 1]) + one[1:], *proof[level + 1 :]]
            assert not verify_inclusion(DATA[index], index, size, spoiled, expected)
            assert not verify_inclusion(
                DATA[index], index, size, proof[:level] + proof[level + 1 :], expected
            )


@pytest.mark.parametrize("size", range(1, LIMIT + 1))
def test_consistency_holds_for_each_prefix_and_for_nothing_else(size: int) -> None:
    new = _mth(DATA[:size])
    for old in range(1, size + 1):
        before = _mth(DATA[:old])
        proof = TREE.consistency_proof(old, size)
        assert verify_consistency(old, size, before, new, proof)
        assert not verify_consistency(old, size, bytes(32), new, proof)
        assert not verify_consistency(old, size, before, bytes(32), proof)
        assert not verify_consistency(old, size, before, new, [*proof, bytes(32)])
        assert not verify_consistency(0, size, before, new, proof)
        assert not verify_consistency(size + 1, size, before, new, proof)
        for level, one in enumerate(proof):
            spoiled = [*proof[:level], bytes([one[0] ^ 1]) + one[1:], *proof[level + 1 :]]
            assert not verify_consistency(old, size, before, new, spoiled)
            assert not verify_consistency(old, size, before, new, proof[:level] + proof[level + 1 :])


def test_short_forms_equal_the_tree() -> None:
    assert inclusion_proof(DATA[:13], 5) == TREE.inclusion_proof(5, 13)
    assert consistency_proof(DATA[:13], 5) == TREE.consistency_proof(5, 13)


def test_asking_outside_the_tree_is_an_error() -> None:
    for ask in (
        lambda: TREE.root(LIMIT + 1),
        lambda: TREE.inclusion_proof(5, 5),
        lambda: TREE.consistency_proof(0, 5),
        lambda: TREE.consistency_proof(6, 5),
    ):
        with pytest.raises(IndexError):
            ask()


def test_proof_in_a_large_tree_hashes_only_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree(b"%d" % n for n in range(20_001))
    calls: list[int] = []

    def counted(left: bytes, right: bytes) -> bytes:
        calls.append(1)
        return node_hash(left, right)

    monkeypatch.setattr("kawal_seal.merkle.node_hash", counted)
    proof = tree.inclusion_proof(777)
    top = tree.root()
    assert len(calls) < 200
    assert verify_inclusion(b"777", 777, 20_001, proof, top)
