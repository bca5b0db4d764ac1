"""Cases of the golden file of refusals: content, exports and their lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from buku_bersama import ROOT, STRANGER, Case, exported, replaced, without
from kawal_world import KEYS, World, trust_value

from kawal.ledger.bundle import (
    CHECKPOINT,
    CONTENT,
    ENTRIES,
    LINE_LIMIT,
    MANIFEST,
    MANIFEST_LIMIT,
    TRUST,
    parse_line,
    verify_bundle,
    write_bundle,
)
from kawal.ledger.content import ContentStore
from kawal_seal import strictjson
from kawal_seal.trustfile import sign_trust


def content(folder: Path) -> Iterator[Case]:
    store = ContentStore(folder / "bukti", limit=10)
    digest = store.put(b"isi")
    yield "terlalu besar", lambda: store.put(b"x" * 11)
    yield "tepat sebesar batasnya", lambda: store.put(b"x" * 10)
    yield "bukan digest", lambda: store.get("../kunci")
    yield "bukan digest, panjang", lambda: store.get("é" * 100)
    yield "digest bertambah baris", lambda: store.get(digest + "\n")
    yield "tidak ada", lambda: store.get("0" * 64)
    store.path("1" * 64).mkdir()
    yield "folder", lambda: store.get("1" * 64)
    store.path(digest).chmod(0o600)
    store.path(digest).write_bytes(b"lain")
    yield "berubah", lambda: store.get(digest)
    yield "berkas pengguna tidak ada", lambda: store.put_file(folder / "surat.pdf")
    (folder / "besar.pdf").write_bytes(b"x" * 12)
    yield "berkas pengguna terlalu besar", lambda: store.put_file(folder / "besar.pdf")


def bundles(folder: Path) -> Iterator[Case]:
    empty = World(folder)
    yield "buku kosong", lambda: write_bundle(empty.ledger, None, folder / "bundel")
    empty.trust()
    (folder / "isi").mkdir()
    (folder / "isi" / "x").write_bytes(b"")
    yield "folder berisi", lambda: write_bundle(empty.ledger, None, folder / "isi")
    empty.ledger.close()
    (folder / "ledger.sqlite3").unlink()
    bundle = exported(folder)
    yield "utuh", lambda: verify_bundle(bundle, ROOT, threshold=2)
    yield "akar lain", lambda: verify_bundle(bundle, [STRANGER.public])
    yield "ambang tiga", lambda: verify_bundle(bundle, ROOT, threshold=3)
    yield "bukan bundel", lambda: verify_bundle(folder / "tidak-ada")
    for name in (MANIFEST, ENTRIES, CHECKPOINT, TRUST):
        with without(bundle / name):
            yield f"tanpa {name}", lambda: verify_bundle(bundle, ROOT, threshold=2)
    first = trust_value("0" * 64)
    for name, data in (
        ("kepercayaan lain", sign_trust(first, [KEYS["root1"], KEYS["root2"]]).to_bytes()),
        ("kepercayaan tidak terbaca", b"{}"),
    ):
        with replaced(bundle / TRUST, data):
            yield name, lambda: verify_bundle(bundle, ROOT, threshold=2)
    with replaced(bundle / CHECKPOINT, b"{}"):
        yield "titik periksa tidak terbaca", lambda: verify_bundle(bundle, ROOT, threshold=2)
    (kept,) = (bundle / CONTENT).iterdir()
    kept.chmod(0o600)
    with replaced(kept, b"lain"):
        yield "bukti berubah", lambda: verify_bundle(bundle, ROOT, threshold=2)
    with without(kept):
        yield "bukti hilang", lambda: verify_bundle(bundle, ROOT, threshold=2)
    for name, data in manifests((bundle / MANIFEST).read_bytes()):
        with replaced(bundle / MANIFEST, data):
            yield name, lambda: verify_bundle(bundle, ROOT, threshold=2)
    for size in (MANIFEST_LIMIT, MANIFEST_LIMIT + 1):
        data = (bundle / MANIFEST).read_bytes().rjust(size)
        with replaced(bundle / MANIFEST, data):
            yield f"{MANIFEST} dari {size} bita", lambda: verify_bundle(bundle, ROOT, threshold=2)
    for name, data in lines_of_entries((bundle / ENTRIES).read_bytes().splitlines(keepends=True)):
        with replaced(bundle / ENTRIES, data):
            yield name, lambda: verify_bundle(bundle, ROOT, threshold=2)


def manifests(data: bytes) -> Iterator[tuple[str, bytes]]:
    whole = json.loads(data)
    for name, value in (
        ("schema", 2),
        ("origin", "kawal:dinas-uji/2"),
        ("entries", 3),
        ("content", None),
        ("content", ["x"]),
        ("content", [whole["content"][0], "0" * 64]),
        ("lain", 1),
    ):
        yield f"{MANIFEST}: {name} = {json.dumps(value)[:12]}", strictjson.dumps({**whole, name: value})
    for name in whole:
        yield (
            f"{MANIFEST} tanpa {name}",
            strictjson.dumps({one: whole[one] for one in whole if one != name}),
        )


def lines_of_entries(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    yield "entri kosong", b""
    yield "entri terpotong", b"".join(lines)[:-1]
    yield "entri 2 hilang", b"".join([lines[0], *lines[2:]])
    yield "entri 2 dan 3 tertukar", b"".join([lines[0], lines[2], lines[1], lines[3]])
    yield "entri 3 dua kali", b"".join([*lines[:3], *lines[2:]])
    yield "entri 2 tidak terbaca", b"".join([lines[0], b"x\n", *lines[2:]])
    long = lines[1].rjust(LINE_LIMIT + 1)
    yield "entri 2 sepanjang batasnya", b"".join([lines[0], long, *lines[2:]])
    yield "entri 2 terlalu panjang", b"".join([lines[0], b" " + long, *lines[2:]])
    value = json.loads(lines[1])
    for name, wrong in (
        ("seq", 0),
        ("seq", True),
        ("seq", 9),
        ("received_at", -1),
        ("received_at", 0),
        ("payload_sha256", "x"),
        ("payload_sha256", "0" * 64),
        ("envelope", {}),
        ("lain", 1),
    ):
        line = strictjson.dumps({**value, name: wrong}) + b"\n"
        yield f"entri 2: {name} = {json.dumps(wrong)[:8]}", b"".join([lines[0], line, *lines[2:]])
    for name in value:
        line = strictjson.dumps({one: value[one] for one in value if one != name}) + b"\n"
        yield f"entri 2 tanpa {name}", b"".join([lines[0], line, *lines[2:]])


def lines(folder: Path) -> Iterator[Case]:
    whole = (exported(folder) / ENTRIES).read_bytes().splitlines(keepends=True)[1]
    yield "utuh", lambda: parse_line(whole, 2)
    yield "tanpa akhir baris", lambda: parse_line(whole[:-1], 2)
    yield "tanpa bidang", lambda: parse_line(b"{}\n", 7)
    long = b" " * (LINE_LIMIT - len(whole) + 1) + whole
    yield "tepat sepanjang batasnya", lambda: parse_line(long, 2)
    yield "terlalu panjang", lambda: parse_line(b" " + long, 2)
