"""The verifier at the deploy target: installs only the bytes a valid permit names, and verifies offline.

One file, Python >= 3.8, no package: copy it to the target and run `python3 -I target.py`. It shares no code with
kawal_seal on purpose; differential tests hold the two equal. Formats: docs/formats.md §1-4 and §6.

Codes (stable, never reused):
  INPUT-310   envelope or request body unreadable          INPUT-311   too big
  INPUT-312   no such door                                 KONF-310    configuration unreadable
  KONF-320    state file unreadable                        KONF-321    state file gone although a release is installed
  PERCAYA-310 too few root signatures                      PERCAYA-311 trust file not in its format
  PERCAYA-312 trust file of another instance               PERCAYA-313 trust file older than one already seen
  PERCAYA-314 permit made under another trust version      PERCAYA-315 same trust version, other content
  PERCAYA-316 trust file expired or not yet issued         PERCAYA-317 no trust file
  IZIN-310    jti already used                             IZIN-311    expired
  IZIN-312    not valid yet                                IZIN-313    not signed by the permit key alone
  IZIN-314    permit not in its format                     IZIN-315    permit for another target
  IZIN-316    permit of another verifier                   IZIN-317    seq not above the high-water mark
  IZIN-318    permit for another kind of environment       IZIN-320    installing by token is not allowed here
  IZIN-321    wrong test token                         IZIN-322    break-glass without a permit is not allowed here
  IZIN-323    break-glass record not in its format     IZIN-324    not two persons of the named roles
  IZIN-325    break-glass for an application that is not installed here
  IZIN-326    permit for another application than this target's
  LEDGER-310  checkpoint not signed by the checkpoint key  LEDGER-311  the record is not in the ledger
  LEDGER-312  another ledger (origin)                      LEDGER-313  ledger shorter than one already seen
  LEDGER-314  same size, other root (split view)          LEDGER-315  not proven to continue the ledger already seen
  SUBJEK-310  other bytes                                  SUBJEK-311  permit does not name exactly one artefact
  SUBJEK-312  the bytes were not handed in
  INSTAL-310  archive refused                              INSTAL-320  command after the switch failed
  INSTAL-321  disk or network failure                      INSTAL-322  another installation is running

Installing writes a journal first (`berjalan` in keadaan.json) and finishes it last: a crash anywhere leaves one whole
release serving, and the same permit for the same bytes may then be presented again until it expires.
"""
# pathlib costs start-up time, datetime.UTC needs Python 3.11:
# ruff: noqa: UP017, PTH100, PTH102, PTH103, PTH104, PTH105, PTH108, PTH110, PTH112, PTH113, PTH114, PTH115, PTH116, PTH118, PTH119, PTH120, PTH123, PTH208, PTH211

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import fcntl
import hashlib
import hmac
import json
import math
import os
import re
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

JSON_LIMIT = 65536
BODY_LIMIT = 4 * JSON_LIMIT  # a permit or a trust file in its envelope, as handed in or kept
JSON_DEPTH = 40
MAX_INT = 2**53 - 1
STATEMENT_TYPE = "application/vnd.in-toto+json"
CHECKPOINT_TYPE = "application/vnd.kawal.checkpoint+json"
STATEMENT = "https://in-toto.io/Statement/v1"
TRUST_URN = "urn:kawal:trust:v1"
PERMIT_URN = "urn:kawal:permit:v1"
SIGNOFF_URN = "urn:kawal:signoff:v1"
POLICY_URN = "urn:kawal:policy"
PERMIT_SECONDS = 600
EMERGENCY_SECONDS = 3600
EMERGENCY_PERSONS = 2
MAX_CONTINUES = 8
MAX_MEMBERS = 20000
LOCK_SECONDS = 30
COMMAND_SECONDS = 120
KEEP_JTI_SECONDS = 86400
FETCH_SECONDS = 60  # to fetch a permit or trust file
PACKAGE_SECONDS = 3600  # to hand in one package, however slowly its bytes come
KEEP = 3  # releases and packages kept on disk


class BadData(ValueError):
    """Something is not in its format; the message (Indonesian) says what and where."""


class TargetError(Exception):
    """An answer other than yes: code, sentence, exit code and HTTP status."""

    exit_code = 3
    status = 403

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class Refused(TargetError):
    """No."""


class Unreadable(TargetError):
    """What was handed in, the configuration or the state cannot be read."""

    exit_code = 6
    status = 400


class Temporary(TargetError):
    """Not now; the same request may be made again."""

    exit_code = 5
    status = 503


# --- strict JSON and shapes -------------------------------------------------------------------------------------------

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.?[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _constant(name: str) -> NoReturn:
    raise BadData(f"JSON: {name} bukan angka JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadData("JSON: angka terlalu besar")
    return value


def _int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INT:
        raise BadData("JSON: bilangan di luar ±(2^53-1)")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadData("JSON: kunci ganda")
    return result


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadData("JSON: surrogate tunggal") from None
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)


def loads(data: bytes, limit: int = JSON_LIMIT) -> Any:
    """Strict JSON: one meaning, bounded size and depth."""
    if len(data) > limit:
        raise BadData(f"JSON: {len(data)} bita, paling banyak {limit}")
    if data.startswith(b"\xef\xbb\xbf"):
        raise BadData("JSON: diawali BOM")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadData(f"JSON: bukan UTF-8 di bita {error.start}") from error
    level = 0
    for match in _TOKEN.finditer(data):
        if match.group() in (b"[", b"{"):
            level += 1
            if level > JSON_DEPTH:
                raise BadData(f"JSON: bersarang lebih dari {JSON_DEPTH} tingkat")
        elif match.group() in (b"]", b"}"):
            level -= 1
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        raise BadData(f"JSON: tidak terbaca di baris {error.lineno} kolom {error.colno}") from error
    if _SURROGATE.search(data):
        _refuse_surrogates(value)
    return value


def dumps(value: Any) -> bytes:
    """ASCII on purpose: nothing in a log or an answer can move a terminal's cursor."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


HEX64 = re.compile(r"[0-9a-f]{64}")
GIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
INSTANCE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ORIGIN = re.compile(r"kawal:[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}")
_TIME = re.compile(r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
_KIND = re.compile(r"rilis|rollback|break-glass")
_VERIFIER = re.compile(r"kawal:[a-z0-9][a-z0-9-]{0,62}")
_URI = re.compile(r"git\+https?://[\x21-\x7e]{1,1000}")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_JTI = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
_STATUS = re.compile(r"definitif|plt|plh")
_PAYLOAD_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,120}")
_URN = re.compile(r"urn:kawal:[a-z][a-z-]{0,40}:v[1-9][0-9]{0,2}")
_SUBJECT_NAME = re.compile(r"[\x21-\x7e]{1,1024}")
_DIGESTS = {"sha256": HEX64, "gitCommit": GIT_ID, "gitTree": GIT_ID}


def _fields(value: Any, names: Sequence[str], where: str, optional: Sequence[str] = ()) -> dict[str, Any]:
    if type(value) is not dict:
        raise BadData(f"{where}: harus objek")
    for name in value:
        if name not in names and name not in optional:
            raise BadData(f"{where}: bidang tak dikenal {name[:80]!a}")
    for name in names:
        if name not in value:
            raise BadData(f"{where}: bidang {name} tidak ada")
    return value


def _text(value: Any, pattern: re.Pattern[str], where: str) -> str:
    if type(value) is not str or not pattern.fullmatch(value):
        raise BadData(f"{where}: {ascii(value)[:80]} tidak menurut bentuknya")
    return value


def _same(value: Any, wanted: Any, where: str) -> None:
    if type(value) is not type(wanted) or value != wanted:
        raise BadData(f"{where}: harus {wanted}")


def _integer(value: Any, low: int, high: int, where: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise BadData(f"{where}: harus bilangan bulat {low}..{high}")
    return value


def _array(value: Any, low: int, high: int, where: str) -> list[Any]:
    if type(value) is not list or not low <= len(value) <= high:
        raise BadData(f"{where}: harus daftar berisi {low}..{high}")
    return value


def _base64(value: Any, size: int | None, where: str) -> bytes:
    if type(value) is not str:
        raise BadData(f"{where}: harus base64")
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadData(f"{where}: bukan base64") from error
    if base64.b64encode(data).decode() != value:
        raise BadData(f"{where}: bukan base64 kanonik")
    if size is not None and len(data) != size:
        raise BadData(f"{where}: {len(data)} bita, harus {size}")
    return data


def _seconds(value: Any, where: str) -> int:
    match = _TIME.fullmatch(value) if type(value) is str else None
    if match is None:
        raise BadData(f"{where}: bukan waktu UTC")
    try:
        moment = datetime.datetime(*map(int, match.groups()), tzinfo=datetime.timezone.utc)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise BadData(f"{where}: bukan waktu") from error
    return int(moment.timestamp())


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _unique(values: Iterable[Any], where: str) -> None:
    values = list(values)
    if len(set(values)) != len(values):
        raise BadData(f"{where}: ganda")


# --- Ed25519 (RFC 8032 §5.1), verification only ----------------------------------------------------------------------
# Cofactorless, as OpenSSL: R' = [s]B - [h]A must encode to exactly the bytes R. Stricter than OpenSSL in one point, as
# kawal_seal is too: a public key that is not canonical or of small order is no key.

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_I = pow(2, (_P - 1) // 4, _P)
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_SMALL_ORDER_Y = (0, 1, _P - 1, _Y8, _P - _Y8)
_ZERO = (0, 1, 1, 0)  # extended coordinates X, Y, Z, T


def _add(p: tuple[int, int, int, int], q: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _double(p: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a, b, c = p[0] * p[0] % _P, p[1] * p[1] % _P, 2 * p[2] * p[2] % _P
    h, g = a + b, a - b
    e, f = h - (p[0] + p[1]) ** 2 % _P, c + g
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _point(raw: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _I % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def check_key(raw: bytes, where: str) -> bytes:
    """`raw` when it may serve as a public key."""
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if len(raw) != 32 or y >= _P or y in _SMALL_ORDER_Y:
        raise BadData(f"{where}: titik tidak kanonik atau berorde kecil")
    return raw


def verify_ed25519(raw: bytes, sig: bytes, msg: bytes) -> bool:
    """True iff `sig` is `raw`'s signature of `msg`."""
    if len(raw) != 32 or len(sig) != 64:
        return False
    a, s = _point(raw), int.from_bytes(sig[32:], "little")
    if a is None or s >= _L or _BASE is None:
        return False
    h = int.from_bytes(hashlib.sha512(sig[:32] + raw + msg).digest(), "little") % _L
    minus_a = (_P - a[0], a[1], 1, _P - a[3])
    both = _add(_BASE, minus_a)
    r = _ZERO
    for bit in range(252, -1, -1):  # [s]B + [h](-A), both scalars at once
        r = _double(r)
        pick = (s >> bit & 1) | (h >> bit & 1) << 1
        if pick:
            r = _add(r, (_BASE, minus_a, both)[pick - 1])
    inverse = pow(r[2], _P - 2, _P)
    x, y = r[0] * inverse % _P, r[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == sig[:32]


# --- DSSE and statements ----------------------------------------------------------------------------------------------


def keyid(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class Envelope(NamedTuple):
    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.payload).hexdigest()


def envelope_of(obj: Any) -> Envelope:
    """Strict: unknown fields, other alphabets, a missing keyid are refused."""
    top = _fields(obj, ("payloadType", "payload", "signatures"), "amplop")
    payload_type = _text(top["payloadType"], _PAYLOAD_TYPE, "amplop.payloadType")
    payload = _base64(top["payload"], None, "amplop.payload")
    signatures = []
    for item in _array(top["signatures"], 1, 32, "amplop.signatures"):
        one = _fields(item, ("keyid", "sig"), "amplop.signatures")
        name = _text(one["keyid"], HEX64, "amplop.signatures.keyid")
        signatures.append((name, _base64(one["sig"], 64, "amplop.signatures.sig")))
    return Envelope(payload_type, payload, tuple(signatures))


def parse_envelope(data: bytes) -> Envelope:
    return envelope_of(loads(data))


def verifying_keys(envelope: Envelope, candidates: Iterable[bytes]) -> list[bytes]:
    """The distinct raw keys among `candidates` that signed. A signature counts under the key its keyid names only."""
    by_keyid = {keyid(raw): raw for raw in candidates}
    kind = envelope.payload_type.encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(envelope.payload), envelope.payload)
    found: list[bytes] = []
    for name, sig in envelope.signatures:
        raw = by_keyid.get(name)
        if raw is not None and raw not in found and verify_ed25519(raw, sig, message):
            found.append(raw)
    return found


def _statement(payload: bytes, urn: str) -> tuple[list[tuple[str, dict[str, str]]], Any]:
    """Subjects and predicate of a statement whose predicate type is `urn`."""
    top = _fields(loads(payload), ("_type", "subject", "predicateType", "predicate"), "pernyataan")
    _same(top["_type"], STATEMENT, "pernyataan._type")
    kind = _text(top["predicateType"], _URN, "pernyataan.predicateType")
    subjects = []
    for item in _array(top["subject"], 1, 64, "pernyataan.subject"):
        one = _fields(item, ("name", "digest"), "pernyataan.subject")
        name = _text(one["name"], _SUBJECT_NAME, "pernyataan.subject.name")
        digest = one["digest"]
        if type(digest) is not dict or not digest:
            raise BadData("pernyataan.subject.digest: harus objek berisi")
        for algorithm, value in digest.items():
            if algorithm not in _DIGESTS:
                raise BadData("pernyataan.subject.digest: algoritme tak dikenal")
            _text(value, _DIGESTS[algorithm], "pernyataan.subject.digest")
        subjects.append((name, digest))
    if kind != urn:
        raise BadData(f"pernyataan: jenis {kind}, harus {urn}")
    return subjects, top["predicate"]


# --- trust file (docs/formats.md §2) ----------------------------------------------------------------------------------


class Person(NamedTuple):
    person_id: str
    keys: tuple[bytes, ...]
    roles: tuple[tuple[str, int, int | None], ...]  # role, from, until


class Trust(NamedTuple):
    """What a target needs of the trust file; the rest is checked and dropped."""

    version: int
    instance: str
    issued_at: int
    expires_at: int
    policy_sha256: str
    permit_key: bytes
    checkpoint_key: bytes
    persons: tuple[Person, ...]


def _key(value: Any, where: str) -> bytes:
    one = _fields(value, ("keyid", "public"), where)
    raw = check_key(_base64(one["public"], 32, where), where)
    _same(
        one["keyid"], keyid(raw), f"{where}.keyid"
    )  # one key under two key ids would meet a threshold of two
    return raw


def _role(value: Any) -> tuple[str, int, int | None]:
    where = "kepercayaan.persons.roles"
    one = _fields(value, ("role", "status", "valid_from", "valid_to"), where)
    start = _seconds(one["valid_from"], where)
    end = None if one["valid_to"] is None else _seconds(one["valid_to"], where)
    if end is not None and end <= start:
        raise BadData(f"{where}.valid_to: harus sesudah valid_from")
    _text(one["status"], _STATUS, where)
    return _text(one["role"], NAME, where), start, end


def parse_trust(payload: bytes) -> Trust:
    """Strict parse of the signed bytes; says nothing about who signed."""
    subjects, predicate = _statement(payload, TRUST_URN)
    names = ("schema", "version", "instance", "issued_at", "expires_at", "root", "persons", "policy_sha256")
    p = _fields(predicate, (*names, "service_keys"), "kepercayaan")
    _same(p["schema"], 1, "kepercayaan.schema")
    root = _fields(p["root"], ("threshold", "keys"), "kepercayaan.root")
    items = _array(root["keys"], 1, 32, "kepercayaan.root.keys")
    _integer(root["threshold"], 1, len(items), "kepercayaan.root.threshold")
    roots = [_key(item, "kepercayaan.root.keys") for item in items]
    users: list[int] = []
    persons: list[Person] = []
    for person in _array(p["persons"], 0, 512, "kepercayaan.persons"):
        where = "kepercayaan.persons"
        one = _fields(person, ("person_id", "forge_user_ids", "keys", "roles"), where)
        users.extend(_integer(i, 1, MAX_INT, where) for i in _array(one["forge_user_ids"], 0, 16, where))
        persons.append(
            Person(
                _text(one["person_id"], NAME, where),
                tuple(_key(item, where) for item in _array(one["keys"], 0, 16, where)),
                tuple(_role(role) for role in _array(one["roles"], 0, 64, where)),
            )
        )
    ids = [one.person_id for one in persons]
    keys = [key for one in persons for key in one.keys]
    service = _fields(p["service_keys"], ("evidence", "permit", "checkpoint"), "kepercayaan.service_keys")
    services = {name: _key(value, "kepercayaan.service_keys") for name, value in service.items()}
    trust = Trust(
        version=_integer(p["version"], 1, MAX_INT, "kepercayaan.version"),
        instance=_text(p["instance"], INSTANCE, "kepercayaan.instance"),
        issued_at=_seconds(p["issued_at"], "kepercayaan.issued_at"),
        expires_at=_seconds(p["expires_at"], "kepercayaan.expires_at"),
        policy_sha256=_text(p["policy_sha256"], HEX64, "kepercayaan.policy_sha256"),
        permit_key=services["permit"],
        checkpoint_key=services["checkpoint"],
        persons=tuple(persons),
    )
    if trust.expires_at <= trust.issued_at:
        raise BadData("kepercayaan.expires_at: harus sesudah issued_at")
    if subjects != [(POLICY_URN, {"sha256": trust.policy_sha256})]:
        raise BadData("kepercayaan: subject bukan kebijakan yang disebut policy_sha256")
    for values in (ids, users, roots, keys, list(services.values())):
        _unique(values, "kepercayaan")
    if set(services.values()) & (set(keys) | set(roots)):
        raise BadData("kepercayaan.service_keys: kunci orang atau kunci akar tidak boleh dipakai layanan")
    return trust


# --- permit, checkpoint, inclusion (docs/formats.md §3, §4) -----------------------------------------------------------

_PERMIT_FIELDS = (
    *("schema", "kind", "verifier", "timeVerified", "resourceUri", "policy", "inputAttestations"),
    *("verificationResult", "app_id", "release", "commit", "tree", "environment", "target_id", "job_id"),
    *("posture_sha256", "trust_version", "record_sha256", "leaf", "inclusion", "consistency", "checkpoint"),
    *("jti", "seq", "nbf", "exp"),
)


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: str


class Permit(NamedTuple):
    """What a target needs of a permit; the rest is checked and dropped."""

    artefacts: tuple[str, ...]
    kind: str
    verifier: str
    app_id: str
    release: str
    environment: str
    target_id: str
    trust_version: int
    record_sha256: str
    leaf: bytes
    leaf_index: int
    tree_size: int
    hashes: tuple[str, ...]
    continues: tuple[
        tuple[int, tuple[str, ...]], ...
    ]  # size of an earlier ledger, proof that this one goes on from it
    checkpoint: Envelope
    jti: str
    seq: int
    nbf: int
    exp: int


def _sha256(value: Any, where: str) -> str:
    return _text(_fields(value, ("sha256",), where)["sha256"], HEX64, where)


def parse_permit(payload: bytes) -> Permit:
    """Strict parse of the signed bytes; says nothing about who signed or whether it is time."""
    subjects, predicate = _statement(payload, PERMIT_URN)
    artefacts = tuple(_sha256(digest, "izin.subject.digest") for _, digest in subjects)
    p = _fields(predicate, _PERMIT_FIELDS, "izin")
    _same(p["schema"], 1, "izin.schema")
    _same(p["verificationResult"], "PASSED", "izin.verificationResult")
    policy = _fields(p["policy"], ("uri", "digest"), "izin.policy")
    _same(policy["uri"], POLICY_URN, "izin.policy.uri")
    _sha256(policy["digest"], "izin.policy.digest")
    for item in _array(p["inputAttestations"], 1, 256, "izin.inputAttestations"):
        _sha256(_fields(item, ("digest",), "izin.inputAttestations")["digest"], "izin.inputAttestations")
    _seconds(p["timeVerified"], "izin.timeVerified")
    for name in ("commit", "tree"):
        _text(p[name], GIT_ID, f"izin.{name}")
    if not _text(p["resourceUri"], _URI, "izin.resourceUri").endswith("@" + p["commit"]):
        raise BadData("izin.resourceUri: tidak berakhir dengan @commit")
    _text(p["job_id"], NAME, "izin.job_id")
    _text(p["posture_sha256"], HEX64, "izin.posture_sha256")
    inclusion = _fields(p["inclusion"], ("index", "size", "hashes"), "izin.inclusion")
    hashes = _array(inclusion["hashes"], 0, 64, "izin.inclusion.hashes")
    permit = Permit(
        artefacts=artefacts,
        kind=_text(p["kind"], _KIND, "izin.kind"),
        verifier=_text(_fields(p["verifier"], ("id",), "izin.verifier")["id"], _VERIFIER, "izin.verifier.id"),
        app_id=_text(p["app_id"], NAME, "izin.app_id"),
        release=_text(p["release"], _RELEASE, "izin.release"),
        environment=_text(p["environment"], ENVIRONMENT, "izin.environment"),
        target_id=_text(p["target_id"], NAME, "izin.target_id"),
        trust_version=_integer(p["trust_version"], 1, MAX_INT, "izin.trust_version"),
        record_sha256=_text(p["record_sha256"], HEX64, "izin.record_sha256"),
        leaf=_base64(p["leaf"], 112, "izin.leaf"),
        leaf_index=_integer(inclusion["index"], 0, MAX_INT, "izin.inclusion.index"),
        tree_size=_integer(inclusion["size"], 1, MAX_INT, "izin.inclusion.size"),
        hashes=tuple(_text(one, HEX64, "izin.inclusion.hashes") for one in hashes),
        continues=tuple(
            _continued(one) for one in _array(p["consistency"], 0, MAX_CONTINUES, "izin.consistency")
        ),
        checkpoint=envelope_of(p["checkpoint"]),
        jti=_text(p["jti"], _JTI, "izin.jti"),
        seq=_integer(p["seq"], 1, MAX_INT, "izin.seq"),
        nbf=_seconds(p["nbf"], "izin.nbf"),
        exp=_seconds(p["exp"], "izin.exp"),
    )
    if not 0 < permit.exp - permit.nbf <= PERMIT_SECONDS:
        raise BadData(f"izin.exp: harus sesudah nbf, paling lama {PERMIT_SECONDS} detik")
    return permit


def _continued(value: Any) -> tuple[int, tuple[str, ...]]:
    where = "izin.consistency"
    one = _fields(value, ("size", "hashes"), where)
    hashes = tuple(_text(item, HEX64, where) for item in _array(one["hashes"], 0, 64, where))
    return _integer(one["size"], 1, MAX_INT, where), hashes


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for p in proof:
        if sn == 0 or len(p) != 32:
            return False
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: the tree of `old` leaves is a prefix of the one of `new` leaves."""
    if not 0 < old <= new or any(len(p) != 32 for p in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
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
            fr, sr = hashlib.sha256(b"\x01" + c + fr).digest(), hashlib.sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashlib.sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def parse_checkpoint(payload: bytes) -> Checkpoint:
    top = _fields(loads(payload), ("schema", "origin", "size", "root", "time"), "checkpoint")
    _same(top["schema"], 1, "checkpoint.schema")
    _seconds(top["time"], "checkpoint.time")
    return Checkpoint(
        _text(top["origin"], ORIGIN, "checkpoint.origin"),
        _integer(top["size"], 0, MAX_INT, "checkpoint.size"),
        _text(top["root"], HEX64, "checkpoint.root"),
    )


def verify_proof(permit: Permit, checkpoint_key: bytes) -> Checkpoint:
    """The checkpoint that covers the permit's record; LEDGER-310 or LEDGER-311 when any link breaks."""
    envelope = permit.checkpoint
    signed = len(envelope.signatures) == 1 and verifying_keys(envelope, [checkpoint_key])
    if envelope.payload_type != CHECKPOINT_TYPE or not signed:
        raise Refused("LEDGER-310", "checkpoint di dalam izin tidak ditandatangani kunci checkpoint")
    try:
        checkpoint = parse_checkpoint(envelope.payload)
    except BadData as error:
        raise Refused("LEDGER-310", str(error)) from error
    if checkpoint.origin.split("/")[0] != permit.verifier:
        raise Refused("LEDGER-312", f"checkpoint milik {checkpoint.origin}, izin dari {permit.verifier}")
    seq, _, payload_sha256 = struct.unpack_from(">QQ32s", permit.leaf)
    proof = [bytes.fromhex(one) for one in permit.hashes]
    root = bytes.fromhex(checkpoint.root)
    if (
        checkpoint.size != permit.tree_size
        or seq < 1
        or payload_sha256.hex() != permit.record_sha256
        or not verify_inclusion(permit.leaf, permit.leaf_index, permit.tree_size, proof, root)
    ):
        raise Refused("LEDGER-311", "catatan izin tidak terbukti ada di dalam ledger")
    return checkpoint


# --- break-glass without a permit (docs/formats.md §17) ---------------------------------------------------------------

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SIGNOFF_FIELDS = (
    *(
        "schema",
        "record_id",
        "app_id",
        "issued_at",
        "kind",
        "decision",
        "role",
        "person_id",
        "grade",
        "subject",
    ),
    *("evidence", "policy_sha256", "rekomendasi_id", "uat", "persandian", "pse", "base_release", "reason"),
    *("not_before", "expires_at", "nonce", "supersedes"),
)
_SUBJECT_FIELDS = ("forge", "release", "environment", "commit", "tree", "artifact_sha256")


class Emergency(NamedTuple):
    """What a target needs of a break-glass record; the rest is checked by kawal when the record reaches the ledger."""

    app_id: str
    release: str
    environment: str
    sha256: str
    jti: str  # the record's id; installs once
    reason: str
    nbf: int
    exp: int


def parse_emergency(payload: bytes) -> Emergency:
    """Strict parse of the signed bytes; says nothing about who signed or whether it is time."""
    _, predicate = _statement(payload, SIGNOFF_URN)
    p = _fields(predicate, _SIGNOFF_FIELDS, "break-glass")
    for name, wanted in (("schema", 1), ("kind", "break-glass"), ("decision", "approve"), ("grade", "key")):
        _same(p[name], wanted, f"break-glass.{name}")
    subject = _fields(p["subject"], _SUBJECT_FIELDS, "break-glass.subject")
    reason = p["reason"]
    if type(reason) is not str or not reason.strip():
        raise BadData("break-glass.reason: wajib diisi")
    emergency = Emergency(
        app_id=_text(p["app_id"], NAME, "break-glass.app_id"),
        release=_text(subject["release"], _RELEASE, "break-glass.release"),
        environment=_text(subject["environment"], ENVIRONMENT, "break-glass.environment"),
        sha256=_text(subject["artifact_sha256"], HEX64, "break-glass.artifact_sha256"),
        jti=_text(p["record_id"], _UUID, "break-glass.record_id").replace("-", ""),
        reason=reason,
        nbf=_seconds(p["not_before"], "break-glass.not_before"),
        exp=_seconds(p["expires_at"], "break-glass.expires_at"),
    )
    if not 0 < emergency.exp - emergency.nbf <= EMERGENCY_SECONDS:
        raise BadData(
            f"break-glass.expires_at: paling lama {EMERGENCY_SECONDS // 60} menit sesudah not_before"
        )
    return emergency


# --- configuration and state ------------------------------------------------------------------------------------------


class Config(NamedTuple):
    target_id: str
    environment: str
    instance: str
    threshold: int
    root_keys: tuple[bytes, ...]
    trust_path: str
    folder: str
    host: str
    port: int
    test_token_sha256: str | None
    command: tuple[str, ...] | None
    max_bytes: int
    skew: int
    origins: tuple[str, ...]
    emergency_roles: tuple[str, ...]  # empty: no break-glass without a permit
    app_id: str | None  # the one application of this target; None: the one that is installed


_CONFIG_FIELDS = (
    *("schema", "target_id", "lingkungan", "instance", "akar", "kepercayaan", "folder", "alamat"),
    *("token_uji_sha256", "perintah_sesudah", "batas_byte", "selisih_jam_detik"),
)
_ADDRESS = re.compile(r"(127(?:\.[0-9]{1,3}){3}|\[::1\]):([0-9]{1,5})")
_PATH = re.compile(r"[^\x00-\x1f]{1,1024}")
_ARGUMENT = re.compile(r"[^\x00]{1,4096}")


def is_test(environment: str) -> bool:
    """Only this exact name is a test environment; every other name counts as production."""
    return environment == "uji"


def parse_config(data: bytes, base: str) -> Config:
    """The operator's target.json; relative paths start at its own folder `base`."""
    p = _fields(loads(data), _CONFIG_FIELDS, "konfigurasi", ("asal_ledger", "peran_darurat", "aplikasi"))
    _same(p["schema"], 1, "konfigurasi.schema")
    root = _fields(p["akar"], ("threshold", "kunci"), "konfigurasi.akar")
    items = _array(root["kunci"], 1, 32, "konfigurasi.akar.kunci")
    keys = tuple(
        check_key(_base64(one, 32, "konfigurasi.akar.kunci"), "konfigurasi.akar.kunci") for one in items
    )
    _unique(keys, "konfigurasi.akar.kunci")
    address = _ADDRESS.fullmatch(p["alamat"]) if type(p["alamat"]) is str else None
    if address is None or int(address.group(2)) > 65535:
        raise BadData("konfigurasi.alamat: harus alamat loopback, misalnya 127.0.0.1:8471")
    token, command = p["token_uji_sha256"], p["perintah_sesudah"]
    config = Config(
        target_id=_text(p["target_id"], NAME, "konfigurasi.target_id"),
        environment=_text(p["lingkungan"], re.compile(r"[\x20-\x7e]{1,64}"), "konfigurasi.lingkungan"),
        instance=_text(p["instance"], INSTANCE, "konfigurasi.instance"),
        threshold=_integer(root["threshold"], 1, len(keys), "konfigurasi.akar.threshold"),
        root_keys=keys,
        trust_path=os.path.join(base, _text(p["kepercayaan"], _PATH, "konfigurasi.kepercayaan")),
        folder=os.path.join(base, _text(p["folder"], _PATH, "konfigurasi.folder")),
        host=address.group(1).strip("[]"),
        port=int(address.group(2)),
        test_token_sha256=None if token is None else _text(token, HEX64, "konfigurasi.token_uji_sha256"),
        command=None
        if command is None
        else tuple(
            _text(one, _ARGUMENT, "konfigurasi.perintah_sesudah")
            for one in _array(command, 1, 64, "konfigurasi.perintah_sesudah")
        ),
        max_bytes=_integer(p["batas_byte"], 1, 2**40, "konfigurasi.batas_byte"),
        skew=_integer(p["selisih_jam_detik"], 0, 60, "konfigurasi.selisih_jam_detik"),
        origins=tuple(
            _text(one, ORIGIN, "konfigurasi.asal_ledger")
            for one in _array(p.get("asal_ledger", []), 0, 16, "konfigurasi.asal_ledger")
        ),
        emergency_roles=tuple(
            _text(one, NAME, "konfigurasi.peran_darurat")
            for one in _array(p.get("peran_darurat", []), 0, 16, "konfigurasi.peran_darurat")
        ),
        app_id=_text(p["aplikasi"], NAME, "konfigurasi.aplikasi") if "aplikasi" in p else None,
    )
    if config.test_token_sha256 is not None and not is_test(config.environment):
        raise BadData(f"konfigurasi.token_uji_sha256: hanya untuk lingkungan uji, bukan {config.environment}")
    return config


def load_config(path: str) -> Config:
    try:
        return parse_config(_read(path, JSON_LIMIT), os.path.dirname(os.path.abspath(path)))
    except (OSError, BadData) as error:
        raise Unreadable("KONF-310", f"{path}: {error}") from error


def _read(path: str, limit: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(limit + 1)


def _sync_folder(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_durably(path: str, data: bytes) -> None:
    """After this returns the new content survives a power cut; before that the old one does."""
    temporary = f"{path}.baru"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_folder(os.path.dirname(path))


class State(NamedTuple):
    """What the target remembers between permits. Values are never changed in place."""

    jti: dict[str, int]  # used ids and when they expire
    seq: dict[str, int]  # "app_id/environment" -> highest accepted
    trust_version: int
    trust_sha256: str | None
    checkpoint: Checkpoint | None
    old_origins: tuple[str, ...]
    installed: dict[str, Any] | None
    running: dict[str, Any] | None


EMPTY_STATE = State({}, {}, 0, None, None, (), None, None)


def _state_path(config: Config) -> str:
    return os.path.join(config.folder, "keadaan.json")


def load_state(config: Config) -> State:
    """State of an earlier run. Gone or damaged while a release is installed means no: used permits would work again."""
    path = _state_path(config)
    try:
        data = _read(path, 2**24)
    except FileNotFoundError:
        if os.path.lexists(os.path.join(config.folder, "saat_ini")):
            raise Unreadable(
                "KONF-321", f"{path} hilang, padahal ada rilis terpasang; pulihkan dari cadangan"
            ) from None
        return EMPTY_STATE
    except OSError as error:
        raise Unreadable("KONF-320", f"{path}: {error}") from error
    try:
        names = ("schema", "jti", "seq", "kepercayaan", "checkpoint", "asal_lama", "terpasang", "berjalan")
        p = _fields(loads(data, 2**24), names, "keadaan")
        trust = _fields(p["kepercayaan"], ("versi", "sha256"), "keadaan.kepercayaan")
        return State(
            {
                _text(k, _JTI, "keadaan.jti"): _integer(v, 0, MAX_INT, "keadaan.jti")
                for k, v in p["jti"].items()
            },
            {k: _integer(v, 1, MAX_INT, "keadaan.seq") for k, v in p["seq"].items()},
            _integer(trust["versi"], 0, MAX_INT, "keadaan.kepercayaan"),
            None if trust["sha256"] is None else _text(trust["sha256"], HEX64, "keadaan.kepercayaan"),
            None if p["checkpoint"] is None else Checkpoint(*p["checkpoint"]),
            tuple(p["asal_lama"]),
            _journal(p["terpasang"], "keadaan.terpasang"),
            _journal(p["berjalan"], "keadaan.berjalan"),
        )
    except (BadData, TypeError, AttributeError) as error:
        raise Unreadable("KONF-320", f"{path}: {error}") from error


def _journal(value: Any, where: str) -> dict[str, Any] | None:
    if value is None:
        return None
    names = ("sha256", "folder", "app_id", "jti", "seq", "izin_sha256", "waktu")
    return _fields(value, names, where, ("jenis",))  # `jenis` is younger than some state files


def save_state(config: Config, state: State) -> None:
    data = dumps(
        {
            "schema": 1,
            "jti": state.jti,
            "seq": state.seq,
            "kepercayaan": {"versi": state.trust_version, "sha256": state.trust_sha256},
            "checkpoint": state.checkpoint,
            "asal_lama": state.old_origins,
            "terpasang": state.installed,
            "berjalan": state.running,
        }
    )
    _write_durably(_state_path(config), data)


@contextlib.contextmanager
def locked(config: Config, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """One installation at a time, over processes and threads."""
    os.makedirs(os.path.join(config.folder, "rilis"), exist_ok=True)
    os.makedirs(os.path.join(config.folder, "paket"), exist_ok=True)
    fd = os.open(os.path.join(config.folder, ".kunci"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Temporary("INSTAL-322", "pemasangan lain sedang berjalan; ulangi nanti") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(fd)


def write_log(config: Config, event: str, code: str | None, cause: str, **facts: Any) -> None:
    """One JSON line; the log only grows."""
    row = {"waktu": _moment(time.time()), "kejadian": event, "kode": code, "sebab": cause[:400]}
    row.update(facts)
    os.makedirs(config.folder, exist_ok=True)
    fd = os.open(os.path.join(config.folder, "target.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(fd, dumps(row) + b"\n")
    finally:
        os.close(fd)


# --- the decision -----------------------------------------------------------------------------------------------------


def judge_trust(config: Config, state: State, envelope: Envelope, now: float) -> Trust:
    """The trust file inside, or why not."""
    found = len(verifying_keys(envelope, config.root_keys))
    if envelope.payload_type != STATEMENT_TYPE or found < config.threshold:
        raise Refused(
            "PERCAYA-310",
            f"kepercayaan: {found} tanda tangan kunci akar yang sah, dibutuhkan {config.threshold}",
        )
    try:
        trust = parse_trust(envelope.payload)
    except BadData as error:
        raise Refused("PERCAYA-311", str(error)) from error
    if trust.instance != config.instance:
        raise Refused(
            "PERCAYA-312", f"kepercayaan milik {trust.instance}, target ini milik {config.instance}"
        )
    if trust.version < state.trust_version:
        raise Refused(
            "PERCAYA-313", f"kepercayaan versi {trust.version}, sudah pernah melihat {state.trust_version}"
        )
    if trust.version == state.trust_version and envelope.sha256 != state.trust_sha256:
        raise Refused("PERCAYA-315", f"dua kepercayaan versi {trust.version} dengan isi berbeda")
    if not trust.issued_at - config.skew <= now < trust.expires_at:
        raise Refused(
            "PERCAYA-316",
            f"kepercayaan berlaku {_moment(trust.issued_at)} sampai {_moment(trust.expires_at)}",
        )
    return trust


def judge_permit(
    config: Config, state: State, trust: Trust, envelope: Envelope, now: float
) -> tuple[Permit, Checkpoint]:
    """The permit inside when this target may install it now, or why not; the bytes are checked after."""
    signed = len(envelope.signatures) == 1 and verifying_keys(envelope, [trust.permit_key])
    if envelope.payload_type != STATEMENT_TYPE or not signed:
        raise Refused("IZIN-313", "izin tidak ditandatangani oleh kunci izin dari kepercayaan")
    try:
        permit = parse_permit(envelope.payload)
    except BadData as error:
        raise Refused("IZIN-314", str(error)) from error
    if permit.trust_version != trust.version:
        raise Refused(
            "PERCAYA-314",
            f"izin dibuat dengan kepercayaan versi {permit.trust_version}, di sini {trust.version}",
        )
    if permit.verifier != f"kawal:{config.instance}":
        raise Refused("IZIN-316", f"izin dari {permit.verifier}, dibutuhkan kawal:{config.instance}")
    if permit.target_id != config.target_id:
        raise Refused("IZIN-315", f"izin untuk target {permit.target_id}, target ini {config.target_id}")
    if is_test(permit.environment) != is_test(config.environment):
        raise Refused("IZIN-318", f"izin untuk lingkungan {permit.environment}, di sini {config.environment}")
    _judge_application(config, state, permit.app_id)
    if now > permit.exp:
        raise Refused("IZIN-311", f"izin kedaluwarsa sejak {_moment(permit.exp)}; minta izin baru")
    if now < permit.nbf - config.skew:
        raise Refused("IZIN-312", f"izin baru berlaku {_moment(permit.nbf)}; periksa jam target")
    if not is_resumed(state, envelope):
        if permit.jti in state.jti:
            raise Refused("IZIN-310", f"izin {permit.jti} sudah dipakai; satu izin untuk satu pemasangan")
        seen = state.seq.get(_seq_key(permit), 0)
        if permit.seq <= seen:
            raise Refused("IZIN-317", f"urutan izin {permit.seq}, sudah menerima {seen}; minta izin baru")
    checkpoint = verify_proof(permit, trust.checkpoint_key)
    _judge_checkpoint(config, state, checkpoint, permit)
    if len(permit.artefacts) != 1:
        raise Refused(
            "SUBJEK-311", f"izin menyebut {len(permit.artefacts)} berkas, target memasang tepat satu"
        )
    return permit, checkpoint


def _judge_application(config: Config, state: State, app_id: str) -> None:
    """One folder serves one application: a permit of another one would put it out of service."""
    standing = state.installed or state.running or {}
    if config.app_id is None and standing.get("app_id") not in (None, app_id):
        raise Refused(
            "IZIN-326",
            f"di sini terpasang {standing['app_id']}, izin untuk {app_id}; beri {app_id} folder dan target.json sendiri, "
            f'atau bila memang pengganti: "aplikasi": "{app_id}" di target.json',
        )
    if config.app_id is not None and config.app_id != app_id:
        raise Refused("IZIN-326", f"izin untuk {app_id}, target ini hanya untuk {config.app_id}")


def is_resumed(state: State, envelope: Envelope) -> bool:
    """The very permit whose installation was begun and not finished."""
    return state.running is not None and state.running["izin_sha256"] == envelope.sha256


def _seq_key(permit: Permit) -> str:
    return f"{permit.app_id}/{permit.environment}"


def _judge_checkpoint(config: Config, state: State, new: Checkpoint, permit: Permit) -> None:
    old = state.checkpoint
    if new.origin in state.old_origins:
        raise Refused("LEDGER-312", f"ledger {new.origin} sudah diganti")
    if config.origins and new.origin not in config.origins:
        raise Refused("LEDGER-312", f"ledger {new.origin} tidak tercantum dalam asal_ledger")
    if old is None:
        return
    if new.origin != old.origin:
        if new.origin not in config.origins:
            raise Refused("LEDGER-312", f"ledger {new.origin}, sebelumnya {old.origin}; lihat asal_ledger")
        return
    if new.size < old.size:
        raise Refused("LEDGER-313", f"ledger berisi {new.size} catatan, pernah {old.size}")
    if new.size == old.size and new.root != old.root:
        raise Refused("LEDGER-314", f"dua ledger berisi {new.size} catatan dengan akar berbeda")
    if new.size > old.size and not _continues(old, new, permit):
        raise Refused(
            "LEDGER-315",
            f"tidak terbukti bahwa ledger melanjutkan {old.size} catatan yang pernah dilihat; minta izin baru",
        )


def _continues(old: Checkpoint, new: Checkpoint, permit: Permit) -> bool:
    roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
    proofs = [[bytes.fromhex(one) for one in hashes] for size, hashes in permit.continues if size == old.size]
    return any(verify_consistency(old.size, new.size, *roots, proof) for proof in proofs)


def judge_emergency(config: Config, state: State, trust: Trust, envelope: Envelope, now: float) -> Emergency:
    """The break-glass record inside when two persons may install it here without a permit, or why not."""
    if not config.emergency_roles:
        raise Refused("IZIN-322", "target ini tidak menerima break-glass tanpa izin (peran_darurat)")
    try:
        if envelope.payload_type != STATEMENT_TYPE:
            raise BadData("break-glass: jenis isi amplop lain")
        emergency = parse_emergency(envelope.payload)
    except BadData as error:
        raise Refused("IZIN-323", str(error)) from error
    entitled = [one for one in trust.persons if _holds(one, config.emergency_roles, now)]
    keys = verifying_keys(envelope, [key for one in entitled for key in one.keys])
    signers = {one.person_id for one in entitled if set(one.keys) & set(keys)}
    if len(signers) < EMERGENCY_PERSONS or len(keys) != len(envelope.signatures):
        raise Refused(
            "IZIN-324",
            f"{len(signers)} orang berperan {' atau '.join(config.emergency_roles)} menandatangani, "
            f"dibutuhkan {EMERGENCY_PERSONS} dan tidak ada tanda tangan lain",
        )
    if is_test(emergency.environment) != is_test(config.environment):
        raise Refused(
            "IZIN-318", f"break-glass untuk lingkungan {emergency.environment}, di sini {config.environment}"
        )
    if state.installed is None or state.installed["app_id"] != emergency.app_id:
        raise Refused("IZIN-325", f"{emergency.app_id} belum pernah dipasang di target ini dengan izin")
    _judge_application(config, state, emergency.app_id)
    if now > emergency.exp:
        raise Refused("IZIN-311", f"break-glass berakhir {_moment(emergency.exp)}")
    if now < emergency.nbf - config.skew:
        raise Refused("IZIN-312", f"break-glass baru berlaku {_moment(emergency.nbf)}; periksa jam target")
    if emergency.jti in state.jti and not is_resumed(state, envelope):
        raise Refused("IZIN-310", f"break-glass {emergency.jti} sudah dipakai")
    return emergency


def _holds(person: Person, roles: Sequence[str], now: float) -> bool:
    return any(
        role in roles and start <= now and (end is None or now < end) for role, start, end in person.roles
    )


# --- bytes and archives -----------------------------------------------------------------------------------------------


def store_package(
    config: Config, chunks: Iterable[bytes], wanted: str, seconds: float = PACKAGE_SECONDS
) -> int:
    """Keep bytes that hash to `wanted` in `paket/`; their number. All of them have to come within `seconds`."""
    os.makedirs(os.path.join(config.folder, "paket"), exist_ok=True)
    final = os.path.join(config.folder, "paket", wanted)
    temporary = f"{final}.{os.getpid()}-{time.monotonic_ns()}.baru"
    digest, size = hashlib.sha256(), 0
    deadline = time.monotonic() + seconds
    try:
        with open(temporary, "xb") as file:
            for chunk in chunks:
                if time.monotonic() > deadline:
                    raise Temporary("INSTAL-321", f"paket tidak selesai diterima dalam {seconds:.0f} detik")
                size += len(chunk)
                if size > config.max_bytes:
                    raise Refused("INPUT-311", f"paket lebih dari {config.max_bytes} bita")
                digest.update(chunk)
                file.write(chunk)
            if digest.hexdigest() != wanted:
                raise Refused("SUBJEK-310", f"isi berkas sha256 {digest.hexdigest()}, dibutuhkan {wanted}")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, final)
        _sync_folder(os.path.dirname(final))
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    _keep_newest(os.path.dirname(final))
    return size


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while True:
        chunk = read(1 << 16)
        if not chunk:
            return
        yield chunk


def file_chunks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield from _chunks(file.read)


def _member_path(name: str, is_folder: bool) -> str:
    """The safe relative path of a member, or BadData. Empty for the archive's own root."""
    if is_folder:
        name = name.rstrip("/")
    if name == ".":
        return ""
    if name.startswith("./"):
        name = name[2:]
    parts = name.split("/")
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        raise BadData("nama bukan UTF-8") from None
    if len(encoded) > 1024 or any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts):
        raise BadData(f"nama {name[:80]!a} tidak aman")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name) or "\\" in name:
        raise BadData(f"nama {name[:80]!a} berisi tanda kendali")
    return name


def extract(fd: int, into: str, max_bytes: int) -> int:
    """Unpack the plain tar open as `fd` into the new folder `into`; the number of files.

    Regular files and folders only; no links, devices, sparse files, traversal, absolute or double names.
    """
    import tarfile

    kinds = {"": "folder"}
    files = total = members = 0
    os.mkdir(into, 0o755)

    def make_folder(path: str) -> None:
        if kinds.get(path) == "berkas":
            raise BadData(f"{path[:80]!a} berkas sekaligus folder")
        if path not in kinds:
            make_folder(os.path.dirname(path))
            os.mkdir(os.path.join(into, path), 0o755)
            kinds[path] = "folder"

    explicit = set()
    try:
        with os.fdopen(os.dup(fd), "rb") as raw, tarfile.open(fileobj=raw, mode="r:") as archive:
            while True:
                member = archive.next()
                if member is None:
                    break
                members += 1
                # A negative size sends older tarfile versions into an endless loop: stop before the next header.
                if members > MAX_MEMBERS or member.size < 0:
                    raise BadData(f"lebih dari {MAX_MEMBERS} anggota atau ukuran negatif")
                if not (member.isreg() or member.isdir()) or member.issparse():
                    raise BadData(f"{member.name[:80]!a} bukan berkas biasa atau folder")
                path = _member_path(member.name, member.isdir())
                if path in explicit:
                    raise BadData(f"{path[:80]!a} ganda")
                explicit.add(path)
                if member.isdir():
                    make_folder(path)
                    continue
                if path in kinds:
                    raise BadData(f"{path[:80]!a} ganda")
                make_folder(os.path.dirname(path))
                total += member.size
                if total > max_bytes:
                    raise BadData(f"isi lebih dari {max_bytes} bita")
                content: Any = archive.extractfile(member)  # never None for a regular file
                _write_member(os.path.join(into, path), content.read, member.size, member.mode & 0o100 != 0)
                kinds[path] = "berkas"
                files += 1
            # tarfile takes a damaged header for the end; half a release must not pass for a whole one.
            if os.pread(fd, 512, archive.offset) != bytes(512):
                raise BadData("tidak berakhir sebagaimana mestinya")
    except (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError, struct.error) as error:
        # BadData is a ValueError; the others are what tarfile raises on broken headers.
        raise Refused("INSTAL-310", f"arsip ditolak: {ascii(str(error))[1:-1]}") from error
    if not files:
        raise Refused("INSTAL-310", "arsip ditolak: tidak ada berkas di dalamnya")
    for path, kind in kinds.items():
        if kind == "folder":
            _sync_folder(os.path.join(into, path))
    return files


def _write_member(path: str, read: Callable[[int], bytes], size: int, executable: bool) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if executable else 0o644)
    with os.fdopen(fd, "wb") as file:
        for chunk in _chunks(read):
            size -= len(chunk)
            file.write(chunk)
        if size != 0:
            raise BadData("arsip terpotong")
        file.flush()
        os.fsync(file.fileno())


# --- installing -------------------------------------------------------------------------------------------------------


def _remove(path: str) -> None:
    import shutil

    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)


def current(config: Config) -> str | None:
    """Folder name (in `rilis/`) of the release that serves now."""
    try:
        return os.path.basename(os.readlink(os.path.join(config.folder, "saat_ini")))
    except FileNotFoundError:
        return None


def _switch(config: Config, name: str | None) -> None:
    """Let `saat_ini` point at release `name`: one rename, so that a reader sees the old or the new one."""
    link = os.path.join(config.folder, "saat_ini")
    if name is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(link)
    else:
        temporary = f"{link}.baru"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        os.symlink(os.path.join("rilis", name), temporary)
        os.replace(temporary, link)
    _sync_folder(config.folder)


def _in_use(config: Config, state: State) -> set[str]:
    names = {current(config), state.installed["folder"] if state.installed else None}
    return {name for name in names if name}


def _unpack(config: Config, state: State, sha256: str) -> str:
    """Unpack `paket/<sha256>` into a folder of its own under `rilis/`; its name. Never touches a folder in use."""
    releases = os.path.join(config.folder, "rilis")
    busy = _in_use(config, state)
    for name in os.listdir(releases):
        if name.startswith(".") or (name.split(".")[0] == sha256 and name not in busy):
            _remove(os.path.join(releases, name))  # left by a crash
    name, number = sha256, 1
    while name in busy:  # the same bytes again: what the application wrote into its folder must not stay
        number += 1
        name = f"{sha256}.{number}"
    fd = os.open(os.path.join(config.folder, "paket", sha256), os.O_RDONLY)
    temporary = os.path.join(releases, ".baru")
    try:
        digest = hashlib.sha256()
        for chunk in _chunks(lambda n: os.read(fd, n)):
            digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise Refused("SUBJEK-310", f"isi berkas sha256 {digest.hexdigest()}, dibutuhkan {sha256}")
        os.lseek(fd, 0, os.SEEK_SET)
        extract(fd, temporary, config.max_bytes)
        os.rename(temporary, os.path.join(releases, name))
        _sync_folder(releases)
    finally:
        os.close(fd)
        _remove(temporary)
    return name


def _run_command(config: Config, sha256: str) -> str | None:
    """Run `perintah_sesudah`; why it failed, or None."""
    import subprocess

    if config.command is None:
        return None
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "KAWAL_FOLDER": os.path.abspath(config.folder),
        "KAWAL_SHA256": sha256,
    }
    # Output goes to a file, not a pipe: a server the command starts in the background may keep it open.
    with open(os.path.join(config.folder, "perintah.log"), "ab") as output:
        try:
            process = subprocess.Popen(
                config.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=config.folder,
                start_new_session=True,
            )
        except OSError as error:
            return f"{config.command[0]}: {error.strerror}"
        try:
            code = process.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"tidak selesai dalam {COMMAND_SECONDS} detik"
    return None if code == 0 else f"berakhir dengan {code}"


def _keep_newest(folder: str, busy: Iterable[str] = ()) -> None:
    """Remove all but the newest few. Failing to tidy is no failure to install."""
    with contextlib.suppress(OSError):
        ages = sorted((os.stat(os.path.join(folder, name)).st_mtime, name) for name in os.listdir(folder))
        for _, name in ages[:-KEEP]:
            if name not in busy:
                _remove(os.path.join(folder, name))


def _install(config: Config, state: State, sha256: str, journal: dict[str, Any]) -> State:
    """Unpack, switch, run the command, finish the journal. On failure the previous release serves again."""
    previous = state.installed
    name = _unpack(config, state, sha256)
    _switch(config, name)
    failure = _run_command(config, sha256)
    if failure:
        _switch(config, previous["folder"] if previous else None)
        if previous:
            _run_command(config, previous["sha256"])  # the previous release starts again
        raise Temporary(
            "INSTAL-320",
            f"perintah sesudah pemasangan gagal ({failure}), rilis sebelumnya dipasang kembali; lihat perintah.log",
        )
    state = state._replace(installed={**journal, "folder": name, "waktu": _moment(time.time())}, running=None)
    save_state(config, state)
    _keep_newest(os.path.join(config.folder, "rilis"), _in_use(config, state))
    return state


def _receipt(config: Config, state: State) -> dict[str, Any]:
    done = state.installed or {}
    return {
        "target_id": config.target_id,
        "sha256": done["sha256"],
        "jti": done["jti"],
        "seq": done["seq"],
        "terpasang": done["waktu"],
    }


def _remember_trust(config: Config, state: State, envelope: Envelope, trust: Trust, raw: Any) -> State:
    """A newer trust file counts from now on, whatever becomes of this permit."""
    if trust.version == state.trust_version:
        return state
    state = state._replace(trust_version=trust.version, trust_sha256=envelope.sha256)
    _write_durably(os.path.abspath(config.trust_path), dumps(raw))
    save_state(config, state)
    return state


def _trust_raw(config: Config, raw: Any) -> Any:
    """The trust file handed in, or the one this target keeps."""
    if raw is not None:
        return raw
    try:
        return loads(_read(config.trust_path, BODY_LIMIT), BODY_LIMIT)  # as one that is handed in
    except FileNotFoundError:
        raise Refused("PERCAYA-317", f"berkas kepercayaan {config.trust_path} tidak ada") from None
    except (OSError, BadData) as error:
        raise Unreadable("INPUT-310", f"{config.trust_path}: {error}") from error


def _envelope(raw: Any, what: str) -> Envelope:
    try:
        return envelope_of(raw)
    except BadData as error:
        raise Unreadable("INPUT-310", f"{what}: {error}") from error


@contextlib.contextmanager
def _logged(config: Config, facts: dict[str, Any]) -> Iterator[None]:
    """Every answer other than yes leaves a line in target.log; a failing disk or network is temporary."""
    try:
        yield
    except TargetError as error:
        event = "gagal" if isinstance(error, Temporary) else "ditolak"
        write_log(config, event, error.code, error.message, **facts)
        raise
    except OSError as error:
        with contextlib.suppress(OSError):
            write_log(config, "gagal", "INSTAL-321", str(error), **facts)
        raise Temporary("INSTAL-321", f"gagal membaca atau menulis: {error}") from error


def install_with_permit(
    config: Config, permit_raw: Any, trust_raw: Any = None, package: Iterable[bytes] | None = None
) -> dict[str, Any]:
    """Verify and install; the receipt. `package` gives the bytes, read after the permit is judged; else `paket/` has them."""
    facts: dict[str, Any] = {}
    with _logged(config, facts), locked(config):
        state = load_state(config)
        permit_envelope = _envelope(permit_raw, "izin")
        facts["izin_sha256"] = permit_envelope.sha256
        trust_raw = _trust_raw(config, trust_raw)
        trust_envelope = _envelope(trust_raw, "kepercayaan")
        trust = judge_trust(config, state, trust_envelope, time.time())
        state = _remember_trust(config, state, trust_envelope, trust, trust_raw)
        permit, checkpoint = judge_permit(config, state, trust, permit_envelope, time.time())
        sha256 = permit.artefacts[0]
        facts.update(app_id=permit.app_id, jti=permit.jti, seq=permit.seq, sha256=sha256, jenis=permit.kind)
        if package is not None:
            store_package(config, package, sha256, permit.exp - time.time())
            _still_in_time(permit.exp)
        elif not os.path.exists(os.path.join(config.folder, "paket", sha256)):
            raise Refused("SUBJEK-312", f"paket {sha256} belum diserahkan ke target")
        state, journal = _begin(state, permit, checkpoint, permit_envelope, time.time())
        save_state(config, state)
        state = _install(config, state, sha256, journal)
        write_log(config, "terpasang", None, "", **facts)
        return _receipt(config, state)


def _still_in_time(exp: int) -> None:
    """The bytes were read after the judgement, and that may have taken long."""
    if time.time() > exp:
        raise Refused("IZIN-311", f"kedaluwarsa sejak {_moment(exp)}, selagi paket diterima; minta yang baru")


def _begin(
    state: State, permit: Permit, checkpoint: Checkpoint, envelope: Envelope, now: float
) -> tuple[State, dict[str, Any]]:
    """The state in which this permit is spent and its installation has begun."""
    journal = {
        "jenis": permit.kind,
        "sha256": permit.artefacts[0],
        "folder": None,
        "app_id": permit.app_id,
        "jti": permit.jti,
        "seq": permit.seq,
        "izin_sha256": envelope.sha256,
        "waktu": _moment(now),
    }
    old = state.checkpoint
    gone = (old.origin,) if old and old.origin != checkpoint.origin else ()
    state = state._replace(
        jti={**_still_known(state, now), permit.jti: permit.exp},
        seq={**state.seq, _seq_key(permit): permit.seq},
        checkpoint=checkpoint,
        old_origins=state.old_origins + gone,
        running=journal,
    )
    return state, journal


def _still_known(state: State, now: float) -> dict[str, int]:
    """Used ids; an id that expired long ago is refused by its time and may be forgotten."""
    return {jti: exp for jti, exp in state.jti.items() if exp + KEEP_JTI_SECONDS > now}


def install_in_emergency(
    config: Config, record_raw: Any, trust_raw: Any, package: Iterable[bytes]
) -> dict[str, Any]:
    """Install the bytes that two persons named in a break-glass record, without kawal and forge; the receipt.

    The same record belongs into the ledger afterwards (`kawal catat impor`), where it stays red until examined.
    """
    facts: dict[str, Any] = {"jenis": "break-glass"}
    with _logged(config, facts), locked(config):
        state = load_state(config)
        envelope = _envelope(record_raw, "break-glass")
        facts["izin_sha256"] = envelope.sha256
        trust_raw = _trust_raw(config, trust_raw)
        trust_envelope = _envelope(trust_raw, "kepercayaan")
        now = time.time()
        trust = judge_trust(config, state, trust_envelope, now)
        state = _remember_trust(config, state, trust_envelope, trust, trust_raw)
        emergency = judge_emergency(config, state, trust, envelope, now)
        facts.update(app_id=emergency.app_id, jti=emergency.jti, sha256=emergency.sha256)
        store_package(config, package, emergency.sha256, emergency.exp - time.time())
        _still_in_time(emergency.exp)
        journal = {
            "jenis": "break-glass",
            "sha256": emergency.sha256,
            "folder": None,
            "app_id": emergency.app_id,
            "jti": emergency.jti,
            "seq": None,
            "izin_sha256": envelope.sha256,
            "waktu": _moment(now),
        }
        used = {**_still_known(state, now), emergency.jti: emergency.exp}
        state = state._replace(jti=used, running=journal)
        save_state(config, state)
        state = _install(config, state, emergency.sha256, journal)
        write_log(config, "terpasang", None, f"BREAK-GLASS: {emergency.reason}", **facts)
        return _receipt(config, state)


def install_with_token(config: Config, sha256: str, token: str) -> dict[str, Any]:
    """Install uploaded bytes on a test target; never anywhere else."""
    facts: dict[str, Any] = {"sha256": sha256}
    with _logged(config, facts):
        if config.test_token_sha256 is None or not is_test(config.environment):
            raise Refused("IZIN-320", "target ini hanya memasang dengan izin")
        given = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
        if not hmac.compare_digest(given, config.test_token_sha256):
            raise Refused("IZIN-321", "token uji salah")
        with locked(config):
            state = load_state(config)
            if not os.path.exists(os.path.join(config.folder, "paket", sha256)):
                raise Refused("SUBJEK-312", f"paket {sha256} belum diserahkan ke target")
            empty = dict.fromkeys(("jenis", "folder", "app_id", "jti", "seq", "izin_sha256"))
            journal = {**empty, "sha256": sha256, "waktu": _moment(time.time())}
            save_state(config, state)  # from here on a lost state file is noticed
            state = _install(config, state, sha256, journal)
            write_log(config, "terpasang", None, "token uji", **facts)
            return _receipt(config, state)


def verify_only(config: Config, permit_raw: Any, trust_raw: Any, package: str) -> Permit:
    """The same judgement as installing, without writing anything."""
    state = load_state(config)
    trust = judge_trust(config, state, _envelope(_trust_raw(config, trust_raw), "kepercayaan"), time.time())
    permit, _ = judge_permit(config, state, trust, _envelope(permit_raw, "izin"), time.time())
    digest = hashlib.sha256()
    try:
        for chunk in file_chunks(package):
            digest.update(chunk)
    except OSError as error:
        raise Unreadable("INPUT-310", f"{package}: {error}") from error
    if digest.hexdigest() != permit.artefacts[0]:
        raise Refused(
            "SUBJEK-310", f"isi berkas sha256 {digest.hexdigest()}, dibutuhkan {permit.artefacts[0]}"
        )
    return permit


def status(config: Config) -> dict[str, Any]:
    state = load_state(config)
    name = current(config)
    return {
        "target_id": config.target_id,
        "lingkungan": config.environment,
        "sha256": name.split(".")[0] if name else None,
        "seq": state.installed["seq"] if state.installed else None,
        "jenis": state.installed.get("jenis") if state.installed else None,
        "kepercayaan": state.trust_version or None,
        "ledger": {"asal": state.checkpoint.origin, "ukuran": state.checkpoint.size}
        if state.checkpoint
        else None,
    }


# --- the door on loopback (docs/formats.md §6) -------------------------------------------------------------------------


def serve(config: Config) -> int:
    """Answer on loopback until SIGTERM or Ctrl-C; a running installation is finished first."""
    import http.server
    import socket
    import threading

    class Door(http.server.BaseHTTPRequestHandler):
        timeout = 60
        server_version = "kawal-target"
        sys_version = ""

        def _answer(self, code: int, value: dict[str, Any]) -> None:
            body = dumps(value)
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _guard(self, work: Callable[[], tuple[int, dict[str, Any]]]) -> None:
            try:
                answer = work()
            except TargetError as error:
                answer = error.status, {"galat": error.message, "kode": error.code}
            except Exception as error:  # noqa: BLE001  outermost handler: whatever it is, it is not a yes
                with contextlib.suppress(OSError):
                    write_log(config, "gagal", "INSTAL-321", repr(error))
                answer = 503, {"galat": "kesalahan di target; lihat target.log", "kode": "INSTAL-321"}
            with contextlib.suppress(OSError):  # the caller may be gone; what was done stays done
                self._answer(*answer)

        def _length(self, limit: int) -> int:
            length = self.headers.get("Content-Length") or ""
            if not re.fullmatch(r"[0-9]{1,15}", length):
                raise Unreadable("INPUT-310", "permintaan tanpa Content-Length")
            if int(length) > limit:
                too_big = Unreadable("INPUT-311", f"{length} bita, paling banyak {limit}")
                too_big.status = 413
                raise too_big
            return int(length)

        def do_GET(self) -> None:
            self._guard(lambda: (200, status(config)) if self.path == "/status" else _no_door())

        def do_PUT(self) -> None:
            self._guard(self._put)

        def do_POST(self) -> None:
            self._guard(lambda: self._install() if self.path == "/pasang" else _no_door())

        def _put(self) -> tuple[int, dict[str, Any]]:
            wanted = self.path[len("/paket/") :]
            if not self.path.startswith("/paket/") or not HEX64.fullmatch(wanted):
                return _no_door()
            left = length = self._length(config.max_bytes)

            def body() -> Iterator[bytes]:
                nonlocal left
                while left:
                    chunk = self.rfile.read1(
                        min(left, 1 << 16)
                    )  # what came, so that the deadline is looked at
                    if not chunk:
                        raise Unreadable("INPUT-310", "kiriman terputus")
                    left -= len(chunk)
                    yield chunk

            try:
                with _logged(config, {"sha256": wanted}):
                    store_package(config, body(), wanted)
            except Refused as error:
                raise Unreadable(error.code, error.message) from error  # 400: not these bytes
            return 201, {"sha256": wanted, "ukuran": length}

        def _install(self) -> tuple[int, dict[str, Any]]:
            try:
                request = loads(self.rfile.read(self._length(BODY_LIMIT)), BODY_LIMIT)
                if type(request) is dict and "sha256" in request:
                    sha256 = _text(_fields(request, ("sha256",), "permintaan")["sha256"], HEX64, "sha256")
                    scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
                    return 200, install_with_token(config, sha256, token if scheme == "Bearer" else "")
                _fields(request, ("izin", "kepercayaan"), "permintaan")
            except BadData as error:
                write_log(config, "ditolak", "INPUT-310", str(error))
                raise Unreadable("INPUT-310", str(error)) from error
            return 200, install_with_permit(config, request["izin"], request["kepercayaan"])

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are not logged; decisions are, in target.log."""

    def _no_door() -> NoReturn:
        missing = Unreadable("INPUT-312", "pintu ini tidak ada")
        missing.status = 404
        raise missing

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = False  # server_close waits for a running installation
        address_family = socket.AF_INET6 if ":" in config.host else socket.AF_INET

        def server_bind(self) -> None:
            # Not HTTPServer's: that one asks the resolver for this host's name.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = config.host, int(self.server_address[1])

    load_state(config)  # refuse to start on a damaged state
    try:
        server = Server((config.host, config.port), Door)
    except OSError as error:
        raise Temporary(
            "INSTAL-321", f"alamat {config.host}:{config.port} tidak dapat dipakai: {error}"
        ) from error
    stopped: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        stopped.append(number)
        threading.Thread(
            target=server.shutdown
        ).start()  # shutdown() waits for the loop this handler interrupts

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host = f"[{config.host}]" if ":" in config.host else config.host
    print(f"kawal-target {config.target_id} menerima di http://{host}:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 130 if signal.SIGINT in stopped else 0


# --- command line ----------------------------------------------------------------------------------------------------


def _read_json(path: str) -> Any:
    try:
        return loads(_read(path, BODY_LIMIT), BODY_LIMIT)
    except (OSError, BadData) as error:
        raise Unreadable("INPUT-310", f"{path}: {error}") from error


def _split_answer(value: Any) -> tuple[Any, Any]:
    """A permit envelope, or the permit door's answer that carries permit and trust file."""
    if type(value) is dict and "izin" in value and "payloadType" not in value:
        return value["izin"], value.get("kepercayaan")
    return value, None


def _open(source: str, name: str) -> Any:
    """`name` in a folder or below an http(s) address, open for reading."""
    import urllib.request

    if re.match(r"https?://", source):
        return urllib.request.urlopen(source.rstrip("/") + "/" + name, timeout=60)  # noqa: S310  scheme checked above
    return open(os.path.join(source, name), "rb")


def _open_chunks(source: str, name: str) -> Iterator[bytes]:
    with _open(source, name) as file:
        yield from _chunks(file.read1)  # what came: a source that drips must not fill 64 KiB first


def _fetch_json(source: str, name: str) -> Any:
    deadline = time.monotonic() + FETCH_SECONDS
    data = b""
    with _open(source, name) as file:
        for chunk in _chunks(file.read1):
            data += chunk
            if len(data) > BODY_LIMIT:
                raise BadData(f"{name}: lebih dari {BODY_LIMIT} bita")
            if time.monotonic() > deadline:
                raise OSError(f"{name} tidak selesai diterima dalam {FETCH_SECONDS} detik")
    return loads(data, BODY_LIMIT)


def pull(config: Config, source: str) -> dict[str, Any] | None:
    """Fetch izin.json, kepercayaan.json (if there) and paket.tar, install; None when that permit is installed already."""
    try:
        permit_raw, trust_raw = _split_answer(_fetch_json(source, "izin.json"))
        try:
            trust_raw = _fetch_json(source, "kepercayaan.json")
        except OSError as error:
            if not isinstance(error, FileNotFoundError) and getattr(error, "code", None) != 404:
                raise
    except BadData as error:
        raise Unreadable("INPUT-310", f"{source}: {error}") from error
    except OSError as error:
        raise Temporary("INSTAL-321", f"{source}: {error}") from error
    state = load_state(config)
    if state.installed and state.installed["izin_sha256"] == _envelope(permit_raw, "izin").sha256:
        return None
    return install_with_permit(config, permit_raw, trust_raw, _open_chunks(source, "paket.tar"))


def _parser() -> Any:
    import argparse

    parser = argparse.ArgumentParser(
        prog="kawal-target",
        description="Memasang hanya bita yang disebut sebuah izin yang sah; memeriksa tanpa jaringan.",
        epilog="Kode keluar: 0 ya; 2 salah pakai; 3 ditolak; 5 sementara, ulangi; 6 tidak terbaca; 130 Ctrl-C.",
    )
    commands = parser.add_subparsers(dest="perintah", metavar="PERINTAH", required=True)

    def command(name: str, text: str, example: str) -> Any:
        one = commands.add_parser(
            name, help=text, description=text, epilog=f"Contoh: kawal-target {name} {example}"
        )
        one.add_argument(
            "--konfigurasi", required=True, metavar="BERKAS", help="target.json milik pengelola target"
        )
        return one

    command("terima", "Membuka pintu HTTP di loopback.", "--konfigurasi target.json")
    for name, text in (
        ("pasang", "Memeriksa izin lalu memasang berkas."),
        ("verifikasi", "Memeriksa izin dan berkas tanpa memasang."),
    ):
        one = command(name, text, "--konfigurasi target.json --izin izin.json --berkas paket.tar")
        one.add_argument("--izin", required=True, metavar="BERKAS", help="izin, atau jawaban pintu izin")
        one.add_argument("--berkas", required=True, metavar="BERKAS", help="paket.tar")
        one.add_argument("--kepercayaan", metavar="BERKAS", help="kepercayaan.json yang lebih baru")
    one = command(
        "tarik", "Mengambil izin dan paket, lalu memasang.", "--konfigurasi target.json --dari /srv/kiriman"
    )
    one.add_argument(
        "--dari", required=True, metavar="URL|FOLDER", help="berisi izin.json, kepercayaan.json, paket.tar"
    )
    one = command(
        "darurat",
        "Memasang tanpa izin berdasarkan catatan break-glass dua orang, paling lama 60 menit.",
        "--konfigurasi target.json --catatan darurat.json --berkas paket.tar",
    )
    one.add_argument("--catatan", required=True, metavar="BERKAS", help="catatan bertanda tangan dua orang")
    one.add_argument("--berkas", required=True, metavar="BERKAS", help="paket.tar")
    one.add_argument("--kepercayaan", metavar="BERKAS", help="kepercayaan.json yang lebih baru")
    command("status", "Menampilkan rilis yang terpasang.", "--konfigurasi target.json")
    return parser


def _run(options: Any) -> int:
    config = load_config(options.konfigurasi)
    if options.perintah == "terima":
        return serve(config)
    if options.perintah == "status":
        print(json.dumps(status(config), indent=2))
        return 0
    if options.perintah == "tarik":
        receipt = pull(config, options.dari)
        print(json.dumps(receipt) if receipt else "Izin ini sudah terpasang; tidak ada yang baru.")
        return 0
    if options.perintah == "darurat":
        trust_raw = _read_json(options.kepercayaan) if options.kepercayaan else None
        record = _read_json(options.catatan)
        if not os.path.isfile(options.berkas):
            raise Unreadable("INPUT-310", f"{options.berkas}: tidak ada")
        print(json.dumps(install_in_emergency(config, record, trust_raw, file_chunks(options.berkas))))
        print(
            f"BREAK-GLASS: bawa {options.catatan} ke buku catatan: kawal catat impor {options.catatan}",
            file=sys.stderr,
        )
        return 0
    permit_raw, trust_raw = _split_answer(_read_json(options.izin))
    if options.kepercayaan:
        trust_raw = _read_json(options.kepercayaan)
    if options.perintah == "verifikasi":
        permit = verify_only(config, permit_raw, trust_raw, options.berkas)
        print(
            f"Sah: {permit.app_id} {permit.release} untuk {permit.target_id}, sampai {_moment(permit.exp)}."
        )
        return 0
    if not os.path.isfile(options.berkas):
        raise Unreadable("INPUT-310", f"{options.berkas}: tidak ada")
    print(json.dumps(install_with_permit(config, permit_raw, trust_raw, file_chunks(options.berkas))))
    return 0


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except TargetError as error:
        verb = "DITOLAK" if isinstance(error, Refused) else "GAGAL"
        print(f"{error.code} pemasangan {verb}: {error.message}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Dihentikan. Rilis yang terpasang tetap utuh; ulangi perintah yang sama.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
