"""Rows at the deploy target: other bytes, used, stolen, foreign and forged permits."""

from __future__ import annotations

import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from bypass_baris import Row, Variant, always
from bypass_kantor import PACKAGE, Kantor, pack
from kawal_world import KEYS, trust_value

from kawal_issuer.grant import signed_permit
from kawal_seal import dsse
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import sign_trust
from kawal_target import target

STRANGER = PrivateKey.from_seed(b"s" * 32)
OTHER = pack({"app.py": b"jahat"})


def stored_unchecked(config: Any, chunks: Iterable[bytes], wanted: str, _seconds: float = 0) -> int:
    folder = Path(config.folder) / "paket"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / wanted).write_bytes(b"".join(chunks))
    return 0


def swapped(name: str, data: bytes) -> Variant:
    def act(k: Kantor) -> bool:
        k.world.tick()
        k.install(k.ask(), data)
        return True

    return Variant(f"bita ditukar: {name}", act, ("SUBJEK-310",), where="target", permits=1)


ROW_7 = Row(
    "7",
    "Artefak dibangun ulang atau registri ditimpa antara izin dan pemasangan",
    "pengembang/runner",
    "izin menyebut sha256; target menghitung ulang bita yang dipasangnya",
    (
        swapped("paket lain", OTHER),
        swapped("satu bit", bytes([PACKAGE[0] ^ 1]) + PACKAGE[1:]),
        swapped("satu bita lebih", PACKAGE + b"\0"),
        swapped("satu bita kurang", PACKAGE[:-1]),
        swapped("kosong", b""),
    ),
    off={
        "kawal_target.target.store_package": stored_unchecked,
        "kawal_target.target._unpack": lambda config, state, sha256: _unpack_unchecked(config, sha256),
    },
    off_name="digest bita di target (store_package, _unpack)",
)


def _unpack_unchecked(config: Any, sha256: str) -> str:
    name = f"{sha256}.x"
    folder = Path(config.folder) / "rilis" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (Path(config.folder) / "paket" / sha256).open("rb") as file:
        target.extract(file.fileno(), str(folder), config.max_bytes)
    return name


# --- the same permit again ------------------------------------------------------------------------------------------------


def again(k: Kantor) -> bool:
    k.world.tick()
    answer = k.ask()
    k.install(answer)
    k.install(answer)
    return True


def elsewhere(k: Kantor) -> bool:
    k.world.tick()
    answer = k.ask()
    with contextlib.suppress(target.TargetError):
        target.install_with_permit(k.second_target(), answer["izin"], answer["kepercayaan"], iter([PACKAGE]))
    return True


def other_application(k: Kantor) -> bool:
    """A second application of the office has a lawful permit for the same target, which serves the first."""
    k.deliver()
    package = pack({"app.py": b"aplikasi lain"})
    k.world.tick()
    record = k.world.make_permit(
        app_id="simpeg",
        artifacts=(hashlib.sha256(package).hexdigest(),),
        jti=uuid.uuid4().hex,
        nbf=k.world.now,
        exp=k.world.now + timedelta(minutes=10),
    )
    ledger = k.world.ledger
    entry = k.world.add(record, "permit")
    permit = signed_permit(ledger, KEYS["permit"], "http://forge.contoh/simpeg", entry, record, None)
    trust = ledger.trust_envelope()
    assert trust is not None
    k.install({"izin": permit.to_obj(), "kepercayaan": trust.to_obj()}, package)
    return True


def at(seconds: int) -> Callable[[Kantor], bool]:
    def act(k: Kantor) -> bool:
        k.world.tick()
        answer = k.ask()
        real = time.time
        with mock.patch.object(time, "time", lambda: real() + seconds):  # noqa: PT008 - a moving clock
            k.install(answer)
        return True

    return act


def after_newer(k: Kantor) -> bool:
    k.world.tick()
    old = k.ask()
    k.world.tick()
    k.install(k.ask())
    k.install(old)
    return True


REPLAYS = (
    Variant("dua kali", again, ("IZIN-310",), where="target", permits=1, installs=1),
    Variant(
        "izin aplikasi lain di sasaran yang melayani yang pertama",
        other_application,
        ("IZIN-326",),
        where="target",
        permits=2,
        installs=1,
    ),
    Variant("di sasaran lain", elsewhere, ("IZIN-315",), where="target", permits=1),
    Variant("sesudah kedaluwarsa", at(700), ("IZIN-311",), where="target", permits=1),
    Variant("sebelum berlaku", at(-600), ("IZIN-312",), where="target", permits=1),
    Variant(
        "sesudah izin yang lebih baru", after_newer, ("IZIN-317",), where="target", permits=2, installs=1
    ),
)
ROW_9 = Row(
    "9",
    "Izin disalin dari log atau artefak dipakai lagi",
    "pengembang",
    "paling lama 10 menit; terikat sasaran, bita, job; target menyimpan jti terpakai dan urutan tertinggi",
    REPLAYS,
    off={"kawal_target.target.is_resumed": always(True)},
    off_name="jti dan urutan terpakai (is_resumed selalu ya)",
)


def stolen(name: str, data: bytes | None, later: int) -> Variant:
    """The thief holds a fresh permit and brings other bytes, or comes too late."""

    def act(k: Kantor) -> bool:
        k.world.tick()
        answer = k.ask()
        real = time.time
        with mock.patch.object(time, "time", lambda: real() + later):  # noqa: PT008 - a moving clock
            k.install(answer, data)
        return True

    code = "SUBJEK-310" if data is not None else "IZIN-311"
    return Variant(name, act, (code,), where="target", permits=1)


ROW_29 = Row(
    "29",
    "Runner yang dibobol mencuri izin atau token",
    "runner",
    "izin terikat sasaran, bita dan satu kali: pencuri hanya dapat memasang bita yang memang disetujui",
    (
        stolen("bita lain", OTHER, 0),
        stolen("bita kosong", b"", 0),
        stolen("terlambat", None, 3600),
        Variant("sesudah job memakainya", again, ("IZIN-310",), where="target", permits=1, installs=1),
        Variant("di sasaran lain", elsewhere, ("IZIN-315",), where="target", permits=1),
    ),
    off={"kawal_target.target.is_resumed": always(True)},
    off_name="jti dan urutan terpakai (is_resumed selalu ya)",
)

# --- forged permits ---------------------------------------------------------------------------------------------------------


def resigned(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(answer: dict[str, Any]) -> None:
        envelope = Envelope.from_obj(answer["izin"])
        keys = [STRANGER if name == "asing" else KEYS[name] for name in names]
        answer["izin"] = dsse.sign(envelope.payload_type, envelope.payload, keys).to_obj()

    return change


def edited(old: bytes, new: bytes) -> Callable[[dict[str, Any]], None]:
    """Payload changed, signature kept."""

    def change(answer: dict[str, Any]) -> None:
        envelope = Envelope.from_obj(answer["izin"])
        assert old in envelope.payload
        changed = envelope._replace(payload=envelope.payload.replace(old, new, 1))
        answer["izin"] = changed.to_obj()

    return change


def other_trust(*names: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(answer: dict[str, Any]) -> None:
        value = trust_value("1" * 64, version=9, **changes)
        keys = [STRANGER if name == "asing" else KEYS[name] for name in names]
        with contextlib.suppress(ValueError):
            answer["kepercayaan"] = sign_trust(value, keys).to_obj()
            return
        envelope = sign_trust(value, [KEYS["root1"], KEYS["root2"]])
        answer["kepercayaan"] = dsse.sign(envelope.payload_type, envelope.payload, keys).to_obj()

    return change


def replaced(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update(parts)


def tampered(name: str, change: Callable[[dict[str, Any]], None], *codes: str) -> Variant:
    """A permit that the gate gave for a release; the thief alters it before the target sees it."""

    def act(k: Kantor) -> bool:
        k.world.tick()
        answer = dict(k.ask())
        change(answer)
        k.install(answer)
        return True

    return Variant(name, act, codes, where="target", permits=1)


FAKES = (
    *(
        tampered(f"ditandatangani kunci {name}", resigned(name), "IZIN-313")
        for name in ("asing", "evidence", "checkpoint", "root1", "sandi")
    ),
    tampered("tanda tangan kedua menumpang", resigned("permit", "asing"), "IZIN-313"),
    tampered("sasaran diganti", edited(b'"produksi-1"', b'"produksi-2"'), "IZIN-313"),
    tampered("kepercayaan palsu", other_trust("asing", "permit"), "PERCAYA-310"),
    tampered("kepercayaan satu akar", other_trust("root1"), "PERCAYA-310"),
    tampered("kepercayaan satu akar dua kali", other_trust("root1", "root1"), "PERCAYA-310", "INPUT-310"),
    tampered(
        "kunci izin diganti, ditandatangani kunci layanan", other_trust("permit", "evidence"), "PERCAYA-310"
    ),
)
SIGNATURES_OFF = {
    "kawal_target.target.verifying_keys": lambda envelope, candidates: list(candidates),
}
ROW_18 = Row(
    "18",
    "GATE_URL, CA atau proxy diarahkan ke gerbang palsu",
    "pengembang/runner",
    "jawaban OK tidak bernilai; hanya izin bertanda tangan kunci yang dipatok target",
    FAKES,
    off=SIGNATURES_OFF,
    off_name="tanda tangan di target (verifying_keys)",
)
JUNK: tuple[tuple[str, Any], ...] = (
    ("null", None),
    ("objek kosong", {}),
    ("daftar", []),
    ("teks", "izin"),
    ("bilangan", 7),
    ("terbuka: ya", {"keputusan": "terbuka"}),
    (
        "amplop tanpa tanda tangan",
        {"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []},
    ),
    (
        "amplop isi kosong",
        {
            "payloadType": "application/vnd.in-toto+json",
            "payload": "",
            "signatures": [{"keyid": "", "sig": ""}],
        },
    ),
    ("isi bukan base64", {"payloadType": "application/vnd.in-toto+json", "payload": "%%", "signatures": []}),
)
ROW_24 = Row(
    "24",
    "Memicu proyek deploy atau host pintu dengan masukan palsu",
    "pengembang",
    "pintu target hanya menerima izin dan bita; semuanya diturunkan ulang dari izin",
    (
        *(tampered(f"izin = {name}", replaced(izin=value), "INPUT-310", "IZIN-313") for name, value in JUNK),
        tampered("kepercayaan = objek kosong", replaced(kepercayaan={}), "INPUT-310"),
        tampered("izin dan kepercayaan tertukar", lambda a: a.update(izin=a["kepercayaan"]), "IZIN-313"),
        tampered("rilis diganti", edited(b'"release":"v1.0.0"', b'"release":"v1.0.1"'), "IZIN-313"),
        tampered("jti diganti", edited(b'"jti":"', b'"jti":"0'), "IZIN-313"),
    ),
    off=SIGNATURES_OFF,
    off_name="tanda tangan di target (verifying_keys)",
)

ROWS = (ROW_7, ROW_9, ROW_18, ROW_24, ROW_29)
