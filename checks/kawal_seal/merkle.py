"""RFC 9162 Merkle tree: hashes, proofs, their verification, and a cached tree that appends."""

import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()


def _split(n: int) -> int:
    """The largest power of two smaller than n (RFC 9162 §2.1.1)."""
    return 1 << ((n - 1).bit_length() - 1)


class Tree:
    """Appends leaves and keeps the hash of every complete subtree: 64 bytes a leaf, proofs in O(log² n)."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        return len(self._levels[0]) // 32

    def append(self, leaf: bytes) -> int:
        """Add one leaf; its index."""
        index = position = self.size
        node = leaf_hash(leaf)
        self._levels[0] += node
        level = 0
        while position & 1:  # a right child completes its parent
            start = (position - 1) * 32
            node = node_hash(bytes(self._levels[level][start : start + 32]), node)
            level, position = level + 1, position >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
        return index

    def _subtree(self, low: int, high: int) -> bytes:
        """Hash over leaves [low, high); low is aligned as RFC 9162 splits leave it."""
        n = high - low
        if n & (n - 1) == 0:
            level = n.bit_length() - 1
            start = (low >> level) * 32
            return bytes(self._levels[level][start : start + 32])
        k = _split(n)
        return node_hash(self._subtree(low, low + k), self._subtree(low + k, high))

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise IndexError(f"pohon berisi {self.size} daun, bukan {size}")
        return size

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves (default all)."""
        size = self._checked(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of leaf `index` in the tree of `size` leaves, leaf side first (§2.1.3.1)."""
        low, high = 0, self._checked(size)
        if not 0 <= index < high:
            raise IndexError(f"daun {index} di luar pohon {high}")
        path: list[bytes] = []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._subtree(middle, high))
                high = middle
            else:
                path.append(self._subtree(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, old: int, size: int | None = None) -> list[bytes]:
        """Proof that the tree of `old` leaves is a prefix of the tree of `size` leaves (§2.1.4.1)."""
        low, high = 0, self._checked(size)
        if not 0 < old <= high:
            raise IndexError(f"pohon lama {old} di luar 1..{high}")
        path: list[bytes] = []
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._subtree(middle, high))
                high = middle
            else:
                path.append(self._subtree(low, middle))
                low = middle
        if low > 0:  # the old tree is not a complete subtree that starts at leaf 0
            path.append(self._subtree(low, high))
        return path[::-1]


def root(leaves: Iterable[bytes]) -> bytes:
    return Tree(leaves).root()


def inclusion_proof(leaves: Iterable[bytes], index: int) -> list[bytes]:
    return Tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Iterable[bytes], old: int) -> list[bytes]:
    return Tree(leaves).consistency_proof(old)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """RFC 9162 §2.1.3.2, from the raw leaf."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf_hash(leaf)
    for p in proof:
        if sn == 0 or len(p) != 32:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2. A tree without leaves proves nothing: old must be at least 1."""
    if not 0 < old <= new or any(len(p) != 32 for p in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root
