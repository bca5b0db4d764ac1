"""Everything that the ledger refuses, and how it says so: code, what, found, needed, next step. A golden file.

Refresh it, then read the difference in review:  python tests/ledger/buku_refusals.py
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))

from kawal_world import APP, INSTANCE, KEYS, START, World, key, policy_bytes, trust_value

from kawal.errors import KawalError
from kawal.ledger import records as r
from kawal.ledger import store as store_module
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
from kawal.ledger.restore import longest, read_source, rebuild
from kawal.ledger.statement import build, parse_envelope, parse_payload, sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Row
from kawal.ledger.trust import Authority, all_keys, authorise, load_trust
from kawal.ledger.verify import Report, verify_entry, verify_ledger, verify_rows
from kawal_seal import strictjson
from kawal_seal.checkpoint import CHECKPOINT_TYPE, Checkpoint, sign_checkpoint
from kawal_seal.dsse import Envelope, sign
from kawal_seal.errors import SealError
from kawal_seal.keys import PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import build_trust, sign_trust

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "buku-penolakan.txt"
ROOT = (KEYS["root1"].public, KEYS["root2"].public)
STRANGER = key("orang lain")
Case = tuple[str, Callable[[], object]]


def fixed_id(number: int) -> str:
    """A record_id that a golden line may show."""
    return f"00000000-0000-4000-8000-{number:012}"


def said(act: Callable[[], object], folder: Path) -> str:
    """The refusal on one line, or what came of it."""
    try:
        text = told(act())
    except (KawalError, SealError) as error:
        text = f"{type(error).__name__}: {error}"
    return text.replace(str(folder), "<folder>").replace("\n", " | ")


def told(result: object) -> str:
    match result:
        case Authority(persons=persons, service=service):
            return f"atas wewenang {service or ', '.join(persons)}"
        case Report(problems=problems):
            return "; ".join(f"catatan {one.seq}: {one.what}" for one in problems) or "utuh"
        case Ledger():
            result.close()
            return str(result.trouble or "terbuka")
        case _:
            return "diterima"


# --- opening, reading, writing --------------------------------------------------------------------------------


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    usual, store_module.BUSY_SECONDS = store_module.BUSY_SECONDS, 0.02
    try:
        yield
    finally:
        store_module.BUSY_SECONDS = usual


def opening(folder: Path) -> Iterator[Case]:
    path = folder / "lain"
    yield "tidak ada", lambda: Ledger.open(path, None, INSTANCE)
    path.write_bytes(b"bukan basis data" * 100)
    yield "bukan basis data, dibaca", lambda: Ledger.open(path, None, INSTANCE)
    yield "bukan basis data, ditulis", lambda: Ledger.open(path, KEYS["checkpoint"], INSTANCE)
    path.unlink()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE lain (x)")
    other.execute("BEGIN EXCLUSIVE")
    with impatient():
        yield "dipakai program lain", lambda: Ledger.open(path, KEYS["checkpoint"], INSTANCE)
    other.close()


def reading(folder: Path) -> Iterator[Case]:
    ledger = World(folder).begin().ledger
    size = ledger.size()
    yield "baris di belakang yang terakhir", lambda: ledger.row(size + 1)
    for seq, of in ((0, None), (size + 1, None), (3, 2), (1, 0), (1, size + 1)):
        yield f"bukti catatan {seq} dari {of}", lambda seq=seq, of=of: ledger.inclusion(seq, of)  # type: ignore[misc]
    yield "catatan terakhir dari semua", lambda: ledger.inclusion(size, size)
    reader = Ledger.open(ledger.path, None, INSTANCE)
    yield "ditulis tanpa kunci", lambda: reader.append(sign_record(denial(), [KEYS["permit"]]))
    reader.close()
    ledger.close()


def writing(folder: Path) -> Iterator[Case]:
    world = World(folder)
    yield "sebelum berkas kepercayaan", lambda: world.add(denial(), "permit")
    yield "kepercayaan milik instansi lain", lambda: world.trust(instance="lain")
    keys = {**trust_value("0" * 64).service_keys, "checkpoint": STRANGER.public}
    yield "kepercayaan dengan kunci checkpoint lain", lambda: world.trust(service_keys=keys)
    world.begin()
    yield "kepercayaan yang sama versinya", lambda: world.trust(threshold=1)
    yield "kepercayaan yang melompat", lambda: world.trust(version=3)
    yield (
        "kepercayaan oleh satu akar",
        lambda: world.ledger.append(sign_trust(trust_value("0" * 64, version=2), [KEYS["root1"]])),
    )
    yield (
        "kepercayaan bertanda tangan tambahan",
        lambda: world.ledger.append(
            sign_trust(trust_value("0" * 64, version=2), [KEYS["root1"], KEYS["root2"], STRANGER])
        ),
    )
    yield "kunci tidak dikenal", lambda: world.ledger.append(sign_record(denial(), [STRANGER]))
    yield (
        "satu dari dua kunci tidak dikenal",
        lambda: world.ledger.append(sign_record(denial(), [KEYS["permit"], STRANGER])),
    )
    step = world.make_step(record_id=fixed_id(1))
    world.add(step, "pa")
    yield "record_id dua kali", lambda: world.add(step.model_copy(update={"step": "9"}), "pa")
    wrong = Ledger.open(world.ledger.path, KEYS["dev"], INSTANCE, now=lambda: world.now)
    yield "kunci checkpoint lain", lambda: wrong.append(sign_record(denial(), [KEYS["permit"]]))
    wrong.close()
    yield "langkah sebagai koreksi jam", lambda: world.ledger.correct_clock(sign_record(step, [KEYS["pa"]]))
    yield (
        "epoch sebagai koreksi jam",
        lambda: world.ledger.correct_clock(sign_record(note(world, "epoch"), [KEYS["root1"], KEYS["root2"]])),
    )
    yield from at_a_wrong_time(world)
    yield from beside_the_entries(world)
    world.ledger.close()


def at_a_wrong_time(world: World) -> Iterator[Case]:
    last = world.add(world.make_step(), "pa").received_at

    def append(**named: Any) -> object:
        return world.ledger.append(sign_record(world.make_step(), [KEYS["pa"]]), **named)

    world.now = last - timedelta(seconds=60, microseconds=1)
    yield "jam mundur lebih dari 60 detik", append
    world.now += timedelta(microseconds=1)
    yield "jam mundur 60 detik", append
    world.now = last + timedelta(minutes=10)
    forge = world.now - timedelta(minutes=5)
    yield (
        "lebih dari 5 menit di depan jam forge",
        lambda: append(forge_time=forge - timedelta(microseconds=1)),
    )
    yield "5 menit di depan jam forge", lambda: append(forge_time=forge)
    world.free = 200 * 1024 * 1024 - 1
    yield "disk kurang satu bita", append
    world.free += 1
    yield "disk tepat cukup", append
    ends = trust_value("0" * 64).expires_at - int(START.timestamp())
    world.now = START + timedelta(seconds=ends) - timedelta(microseconds=1)
    yield "kepercayaan pada saat terakhirnya", append
    world.now = START + timedelta(seconds=ends)
    yield "kepercayaan kedaluwarsa", append
    yield (
        "penolakan sesudah kepercayaan kedaluwarsa",
        lambda: world.ledger.append(sign_record(denial(), [KEYS["permit"]])),
    )
    yield (
        "koreksi jam sesudah kepercayaan kedaluwarsa",
        lambda: world.ledger.correct_clock(sign_record(note(world, "clock"), [KEYS["root1"], KEYS["root2"]])),
    )


def beside_the_entries(world: World) -> Iterator[Case]:
    def twice(act: str, *arguments: Any) -> None:
        with world.ledger.transaction() as transaction:
            for _ in range(2):
                getattr(transaction, act)(*arguments)

    yield "token dua kali", lambda: twice("use_token", "iss", "jti", 1)
    yield "nomor izin dua kali", lambda: twice("take_permit_seq", APP, "production", 1, 1)
    other = sqlite3.connect(world.ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with impatient():
        mine = world.open()
    yield "ditulis bersamaan", lambda: mine.append(sign_record(denial(), [KEYS["permit"]]))
    mine.close()
    other.close()


def denial() -> r.Denial:
    return r.Denial(
        app_id=APP,
        issued_at=START,
        where="cli",
        codes=("PSE-001",),
        commit=None,
        tag="v1.0.0",
        job_id=None,
        target_id=None,
        verdict_sha256=None,
    )


def note(world: World, kind: Any) -> r.LedgerNote:
    return r.LedgerNote(
        app_id=None,
        issued_at=world.now,
        kind=kind,
        old_origin="kawal:dinas-uji/1",
        size=1,
        root="0" * 64,
        new_origin="kawal:dinas-uji/2" if kind == "epoch" else None,
        reason="jam salah",
    )


# --- ledgers in trouble -----------------------------------------------------------------------------------------

DAMAGE = {
    "waktu terima lain": "UPDATE entries SET received_at = received_at + 1 WHERE seq = 3",
    "digest lain": f"UPDATE entries SET payload_sha256 = '{'0' * 64}' WHERE seq = 3",
    "catatan 3 hilang": "DELETE FROM entries WHERE seq = 3",
    "catatan terakhir hilang": "DELETE FROM entries WHERE seq = 4",
    "semua catatan hilang": "DELETE FROM entries",
    "isi ditukar": "UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE seq = 2) WHERE seq = 3",
    "isi tidak terbaca": "UPDATE entries SET envelope = x'00' WHERE seq = 4",
    "titik periksa terakhir hilang": "DELETE FROM checkpoints WHERE size = 4",
    "semua titik periksa hilang": "DELETE FROM checkpoints",
    "titik periksa lama di tempat yang baru": (
        "UPDATE checkpoints SET envelope = (SELECT envelope FROM checkpoints WHERE size = 2) WHERE size = 4"
    ),
    "titik periksa tidak terbaca": "UPDATE checkpoints SET envelope = x'00' WHERE size = 4",
    "asal lain": "UPDATE meta SET value = 'kawal:dinas-uji/2'",
    "tanpa asal": "DELETE FROM meta",
    "catatan baru tanpa titik periksa": "INSERT INTO entries VALUES (5, 0, 'x', 'x', 'x', NULL, x'00')",
    "titik periksa tanpa catatan": "INSERT INTO checkpoints VALUES (5, x'00')",
    "tabel hilang": "DROP TABLE checkpoints",
}


def damaged(folder: Path) -> Iterator[Case]:
    """What a damaged ledger says when it is opened, when it is asked, and when all of it is verified."""
    World(folder).begin().ledger.close()
    for name, statement in DAMAGE.items():
        place = folder / name
        place.mkdir()
        shutil.copyfile(folder / "ledger.sqlite3", place / "ledger.sqlite3")
        db = sqlite3.connect(place / "ledger.sqlite3", isolation_level=None)
        for table in ("entries", "checkpoints", "meta"):
            for verb in ("update", "delete"):
                db.execute(f"DROP TRIGGER {table}_no_{verb}")
        db.execute(statement)
        db.close()
        ledger = World(place).ledger
        yield name, ledger.trust
        if name != "tabel hilang":
            yield f"{name}, diperiksa", lambda ledger=ledger: verify_ledger(ledger, ROOT)  # type: ignore[misc]
        ledger.close()


# --- records and who may sign them ---------------------------------------------------------------------------


def contents(_: Path) -> Iterator[Case]:
    payload = build(denial())
    changes: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v0",
        "predicateType": "urn:kawal:lain:v1",
        "subject": [{"name": "x", "digest": {"sha256": "0" * 64}}],
        "predicate": {},
    }
    for name, value in changes.items():
        changed = strictjson.dumps({**json.loads(payload), name: value})
        yield f"{name} lain", lambda changed=changed: parse_payload(changed)  # type: ignore[misc]
    refusal = _approval(decision="approve").replace(b'"decision":"approve"', b'"decision":"reject"')
    yield "penolakan tanpa alasan", lambda: parse_payload(refusal)
    named = payload.replace(b'"PSE-001"', b'"PSE-001",1')
    yield "bidang di dalam daftar", lambda: parse_payload(named)
    yield "bukan pernyataan", lambda: parse_payload(b"[]")
    spaced = payload.replace(b'{"_type"', b'{ "_type"')
    yield "ejaan lain", lambda: parse_payload(spaced)
    trust = build_trust(trust_value("0" * 64)).to_bytes()
    yield "ejaan lain dari kepercayaan", lambda: parse_payload(trust.replace(b"{", b"{ ", 1))
    yield "kepercayaan tanpa isinya", lambda: parse_payload(trust.replace(b'"version":1', b'"version":0'))
    yield "kepercayaan", lambda: parse_payload(trust)
    yield "amplop tidak terbaca", lambda: parse_envelope(b"{}")
    other = sign(CHECKPOINT_TYPE, payload, [KEYS["permit"]]).to_bytes()
    yield "amplop jenis lain", lambda: parse_envelope(other)
    yield "catatan terlalu besar", lambda: build(_large())
    yield "kepercayaan di bawah akar lain", lambda: load_trust(signed_trust(), [STRANGER.public], 1)
    yield "kepercayaan di bawah ambang", lambda: load_trust(signed_trust("root1"), ROOT, 2)
    yield "kepercayaan terpotong", lambda: load_trust(signed_trust()[:-1], ROOT, 2)
    yield "kepercayaan di bawah akarnya", lambda: load_trust(signed_trust(), ROOT, 2)
    long = signed_trust().rjust(1 << 20)
    yield "kepercayaan sepanjang batasnya", lambda: load_trust(long, ROOT, 2)
    yield "kepercayaan terlalu panjang", lambda: load_trust(b" " + long, ROOT, 2)


def signed_trust(*names: str) -> bytes:
    return sign_trust(trust_value("0" * 64), [KEYS[one] for one in names or ("root1", "root2")]).to_bytes()


def bare_world() -> World:
    """Makes records without a ledger."""
    world = World.__new__(World)
    world.now, world.policy = START, {}
    world.request = cast(Any, _Named())
    world.approval = world.make_approval(record_id=fixed_id(1))
    return world


class _Named:
    payload_sha256 = "0" * 64


def _approval(**changes: Any) -> bytes:
    return build(bare_world().make_approval(**changes))


def _large() -> r.Request:
    world = bare_world()
    scenarios = tuple(r.Scenario(id=f"UAT-{number}", judul="x" * 300) for number in range(250))
    thresholds = world.make_request().thresholds.model_copy(update={"uat": scenarios})
    return world.make_request(thresholds=thresholds)


def records() -> dict[str, r.Predicate]:
    """One of each rule of `authorise`."""
    world = bare_world()
    shared: dict[str, Any] = {"app_id": APP, "issued_at": START, "role": "subkoor_pa", "person_id": "p-pa"}
    none = r.Severities(kritis=0, tinggi=0, sedang=0, rendah=0, info=0)
    evidence, findings = world.make_failed_scan("keamanan_kode", ("a", "tinggi", 1))
    release: dict[str, Any] = {
        "app_id": APP,
        "issued_at": START,
        "tag": "v1.0.0",
        "commit": "1" * 40,
        "tree": "5" * 40,
        "artifact_sha256": "a" * 64,
    }
    signoffs = {
        f"pengesahan {name}": world.make_signoff(kind, **changes)
        for name, kind, changes in (
            ("persandian", "persandian", {}),
            ("persandian oleh orang tak dikenal", "persandian", {"person_id": "p-lain"}),
            ("persandian oleh peran lain", "persandian", {"role": "kepala"}),
            ("persandian surat", "persandian", {"grade": "surat"}),
            ("persandian surat orang lain", "persandian", {"grade": "surat", "person_id": "p-lain"}),
            ("persandian surat peran lain", "persandian", {"grade": "surat", "role": "kepala"}),
            ("persandian pdf", "persandian", {"grade": "pdf"}),
            ("pse forge", "pse", {"grade": "forge"}),
            ("break-glass", "break-glass", {"role": "subkoor_pa", "person_id": "p-pa"}),
            ("break-glass peran lain", "break-glass", {"role": "kepala", "person_id": "p-pa"}),
            (
                "break-glass surat",
                "break-glass",
                {"role": "subkoor_pa", "person_id": "p-pa", "grade": "surat"},
            ),
            (
                "break-glass ditolak",
                "break-glass",
                {"role": "subkoor_pa", "person_id": "p-pa", "decision": "reject", "reason": "x"},
            ),
        )
    }
    return {
        "permohonan": world.make_request(),
        "permohonan layanan": world.make_request(person_id=None),
        "rekomendasi": world.make_approval(),
        "rekomendasi tanpa orang": world.make_approval(person_id=None),
        "rekomendasi orang lain": world.make_approval(person_id="p-pa"),
        "langkah": world.make_step(),
        "langkah peran lain": world.make_step(role="kepala"),
        "pindah": r.Move(**shared, from_sha256="6" * 64, to_sha256="7" * 64, changes=("8",), reason="revisi"),
        "pengecualian": r.Waiver(
            **shared, gate="penetrasi", reason="penuh", expires_at=START, document_sha256=None
        ),
        "risiko": world.make_acceptance("keamanan_kode", ("a", "tinggi", 1)),
        "pentest": r.Pentest(
            **shared,
            result="memenuhi",
            findings=none,
            retest="tidak_perlu",
            tester="Tim",
            tested_on=START.date(),
            document_sha256="4" * 64,
        ),
        "penarikan": r.Withdraw(**shared, record_sha256="1" * 64, reason="keliru"),
        "penarikan akar": r.Withdraw(
            **{**shared, "role": None, "person_id": None}, record_sha256="1" * 64, reason="keliru"
        ),
        "proyek": r.Provision(
            app_id=APP,
            issued_at=START,
            step=None,
            forge=world.make_signoff("uat").subject.forge,  # type: ignore[union-attr]
            plan_sha256="7" * 64,
            created=(),
            first_commit="1" * 40,
        ),
        "bukti": evidence,
        "temuan": findings,
        "rilis": r.Release(**release, requested_by="p-pa"),
        "penolakan": denial(),
        "izin": world.make_permit(),
        "catatan buku": note(world, "clock"),
        **signoffs,
    }


SIGNERS: tuple[tuple[str, ...], ...] = (
    *((name,) for name in ("pa", "tata", "sandi", "pemohon", "dev", "lain", "root1")),
    *((name,) for name in ("evidence", "permit", "checkpoint")),
    ("pa", "pa2"),
    ("tata", "sandi"),
    ("tata", "pa"),
    ("pa", "lama"),
    ("pa", "kedua"),
    ("pa", "pa"),
    ("root1", "root2"),
    ("root1", "root2", "pa"),
    ("pa", "evidence"),
    (),
)


def trust_with_more() -> Any:
    """One person's role has ended, one has two keys."""
    trust = trust_value("0" * 64)
    persons = []
    for one in trust.persons:
        role = one.roles[0]
        if one.person_id == "p-pa2":
            ended = one._replace(
                person_id="p-lama",
                keys=(key("lama").public,),
                roles=(role._replace(valid_to=role.valid_from + 1),),
            )
            persons.append(ended)
        if one.person_id == "p-pa":
            one = one._replace(keys=(*one.keys, key("kedua").public))
        persons.append(one)
    return trust._replace(persons=tuple(persons))


def rights(_: Path) -> Iterator[Case]:
    """Each kind of record under each set of signatures."""
    trust = trust_with_more()
    others = {"lain": STRANGER.public, "lama": key("lama").public, "kedua": key("kedua").public}
    for name, record in records().items():
        for names in SIGNERS:
            keys = tuple(others[one] if one in others else KEYS[one].public for one in names)
            yield (
                f"{name} oleh {', '.join(names) or 'tak seorang pun'}",
                lambda record=record, keys=keys: authorise(record, keys, START, trust),  # type: ignore[misc]
            )


# --- exports and the content store ----------------------------------------------------------------------------


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


def exported(folder: Path) -> Path:
    world = World(folder).begin()
    store = ContentStore(folder / "asal")
    store.put(policy_bytes(world.policy))
    made = write_bundle(world.ledger, store, folder / "bundel")
    world.ledger.close()
    return made


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


@contextlib.contextmanager
def replaced(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


@contextlib.contextmanager
def without(path: Path) -> Iterator[None]:
    before = path.read_bytes()
    path.unlink()
    try:
        yield
    finally:
        path.write_bytes(before)


# --- offline verification and restoring -------------------------------------------------------------------------


class Copy:
    """The rows of a ledger, to be changed, under a checkpoint that is signed anew: only the named flaw is left."""

    def __init__(self, world: World) -> None:
        self.rows = list(world.ledger.rows())
        self.origin = world.ledger.origin

    def plus(self, envelope: Envelope, back: int = 0, *more: tuple[Envelope, int]) -> list[Row]:
        """With entries that were received so many microseconds before the last one of now."""
        last, rows = self.rows[-1].received_at, list(self.rows)
        for one, earlier in ((envelope, back), *more):
            rows.append(Row(len(rows) + 1, last - earlier, one.payload_sha256, one.to_bytes()))
        return rows

    def last(self, **changes: Any) -> list[Row]:
        return [*self.rows[:-1], replace(self.rows[-1], **changes)]

    def verify(
        self,
        rows: list[Row],
        roots: tuple[PublicKey, ...] | None = ROOT,
        *,
        signer: str = "checkpoint",
        threshold: int = 2,
        **changes: Any,
    ) -> Report:
        tree = Tree([one.leaf() for one in rows])
        point = Checkpoint(self.origin, tree.size, tree.root().hex(), 1_800_000_000)._replace(**changes)
        return verify_rows(rows, sign_checkpoint(point, KEYS[signer]), roots, threshold=threshold)


def verified(folder: Path) -> Iterator[Case]:
    world = World(folder).begin()
    copy, rows = Copy(world), list(world.ledger.rows())
    check = copy.verify
    yield "utuh", lambda: check(rows)
    yield "utuh, tanpa akar", lambda: check(rows, None)
    yield "akar lain", lambda: check(rows, (STRANGER.public,), threshold=1)
    yield "satu dari dua akar dikenal", lambda: check(rows, (ROOT[0], STRANGER.public))
    yield "satu akar dikenal, ambang satu", lambda: check(rows, ROOT[:1], threshold=1)
    yield "dua akar dikenal, ambang tiga", lambda: check(rows, threshold=3)
    yield "tanpa titik periksa", lambda: verify_rows(rows, None, ROOT, threshold=2)
    yield "tanpa catatan", lambda: verify_rows([], None, ROOT, threshold=2)
    yield "tanpa berkas kepercayaan", lambda: check([replace(rows[1], seq=1)])
    yield "berkas yang hilang", lambda: verify_rows(rows, None, ROOT, missing_content=("1" * 64, "2" * 64))
    yield "digest lain", lambda: check(copy.last(payload_sha256="0" * 64))
    yield "nomor lain", lambda: check(copy.last(seq=9))
    yield "isi tidak terbaca", lambda: verify_rows(copy.last(envelope=b"{}"), None, ROOT, threshold=2)
    step = sign_record(world.make_step(record_id=fixed_id(1)), [KEYS["pa"]])
    again = sign_record(world.make_step("9", record_id=fixed_id(1)), [KEYS["pa"]])
    yield "record_id dua kali", lambda: check(copy.plus(step, 0, (again, 0)))
    yield "mundur 60 detik", lambda: check(copy.plus(step, 60_000_000))
    yield "mundur lebih dari 60 detik", lambda: check(copy.plus(step, 60_000_001))
    next_step = sign_record(world.make_step("9"), [KEYS["pa"]])
    yield "mundur dua kali 40 detik", lambda: check(copy.plus(step, 40_000_000, (next_step, 80_000_000)))
    for signer in ("dev", "lain"):
        envelope = sign_record(
            world.make_step(), [STRANGER if signer == "lain" else KEYS[signer], KEYS["pa"]][:1]
        )
        yield f"langkah oleh {signer}", lambda envelope=envelope: check(copy.plus(envelope))  # type: ignore[misc]
    spare = sign_record(world.make_step(), [KEYS["pa"], STRANGER])
    yield "tanda tangan tambahan", lambda: check(copy.plus(spare))
    roots = [KEYS["root1"], KEYS["root2"]]
    for kind in ("clock", "epoch"):
        envelope = sign_record(note(world, kind), roots)
        yield f"{kind} yang mundur", lambda envelope=envelope: check(copy.plus(envelope, 3_600_000_000))  # type: ignore[misc]
        after = ((step, 3_600_000_000), (next_step, 3_660_000_001))
        yield (
            f"sesudah {kind} yang mundur",
            lambda envelope=envelope, after=after: check(copy.plus(envelope, 3_600_000_000, *after)),  # type: ignore[misc]
        )
    for version in (1, 2, 3):
        envelope = sign_trust(trust_value("1" * 64, version=version), roots)
        yield f"kepercayaan versi {version}", lambda envelope=envelope: check(copy.plus(envelope))  # type: ignore[misc]
    yield "titik periksa oleh kunci lain", lambda: check(rows, signer="permit")
    yield "titik periksa lebih panjang", lambda: check(rows, size=5)
    yield "titik periksa lebih pendek", lambda: check(rows, size=3)
    yield "titik periksa akar lain", lambda: check(rows, root="0" * 64)
    yield "titik periksa asal lain", lambda: check(rows, origin="kawal:dinas-lain/1")
    yield "titik periksa nomor asal lain", lambda: check(rows, origin="kawal:dinas-uji/2")
    trust = trust_value(world.policy_sha256)
    keys = {one.keyid: one for one in all_keys(trust)}
    yield "satu catatan", lambda: verify_entry(rows[1], trust, keys)
    yield (
        "satu catatan, digest lain",
        lambda: verify_entry(replace(rows[1], payload_sha256="0" * 64), trust, keys),
    )
    yield "satu catatan, tanpa kunci", lambda: verify_entry(rows[1], trust, {})
    yield "satu catatan kepercayaan", lambda: verify_entry(rows[0], trust, keys)
    world.ledger.close()


def restored(folder: Path) -> Iterator[Case]:
    bundle = exported(folder)
    source = read_source(bundle, ROOT, 2)
    yield "utuh", lambda: read_source(bundle, ROOT, 2)
    yield "tidak ada", lambda: read_source(folder / "tidak-ada", ROOT)
    yield "akar lain", lambda: read_source(bundle, [STRANGER.public])
    yield "ambang tiga", lambda: read_source(bundle, ROOT, 3)
    with replaced(bundle / CHECKPOINT, b"{}"):
        yield "titik periksa tidak terbaca", lambda: read_source(bundle, ROOT)
    with without(bundle / CHECKPOINT):
        yield "tanpa titik periksa", lambda: read_source(bundle, ROOT)
    whole = (bundle / ENTRIES).read_bytes().splitlines(keepends=True)
    with replaced(bundle / ENTRIES, b"".join([whole[0], b"x\n", *whole[2:]])):
        yield "entri tidak terbaca", lambda: read_source(bundle, ROOT)
    with replaced(bundle / ENTRIES, whole[0] + b"x\n" * 7):
        yield "tujuh yang salah", lambda: read_source(bundle, ROOT)
    shorter = replace(source, folder=folder / "pendek", rows=source.rows[:2])
    yield "yang satu awal yang lain", lambda: longest([shorter, source])
    other = (*source.rows[:2], replace(source.rows[2], received_at=0))
    forked = replace(source, folder=folder / "cabang", rows=other)
    yield "cabang", lambda: longest([forked, shorter, source])
    yield "menimpa", lambda: rebuild(folder / "ledger.sqlite3", source, now=START)


GROUPS: dict[str, Callable[[Path], Iterator[Case]]] = {
    "membuka": opening,
    "membaca": reading,
    "menulis": writing,
    "rusak": damaged,
    "isi catatan": contents,
    "wewenang": rights,
    "bukti": content,
    "bundel": bundles,
    "baris": lines,
    "pemeriksaan": verified,
    "pemulihan": restored,
}


def answers(name: str, folder: Path) -> Iterator[str]:
    """One line a case of the named group."""
    for case, act in GROUPS[name](folder):
        yield f"{name}: {case} -> {said(act, folder)}"


def main() -> None:
    found: list[str] = []
    for name in GROUPS:
        with tempfile.TemporaryDirectory() as folder:
            found += answers(name, Path(folder))
    GOLDEN.write_text("\n".join(found) + "\n", "utf-8")


if __name__ == "__main__":
    main()
