"""The trust file `kepercayaan.json`: who may sign what (docs/formats.md §2)."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.errors import SealError
from kawal_seal.keys import BadKey, PrivateKey, PublicKey
from kawal_seal.shape import (
    HEX64,
    INSTANCE,
    NAME,
    ShapeError,
    array,
    constant,
    fields,
    integer,
    text,
    time_from_text,
    time_to_text,
)
from kawal_seal.statement import Statement, Subject
from kawal_seal.strictjson import MAX_INT

TRUST_TYPE = "urn:kawal:trust:v1"
POLICY_NAME = "urn:kawal:policy"
SERVICES = ("evidence", "permit", "checkpoint")
_STATUS = re.compile(r"definitif|plt|plh")
_FIELDS = (
    *("schema", "version", "instance", "issued_at", "expires_at", "root", "persons", "policy_sha256"),
    "service_keys",
)


class TrustError(SealError):
    """Not a trust file, or not signed by enough root keys."""


class Role(NamedTuple):
    role: str
    status: str
    valid_from: int
    valid_to: int | None  # seconds since the epoch; None = open


class Person(NamedTuple):
    person_id: str
    forge_user_ids: tuple[int, ...]
    keys: tuple[PublicKey, ...]
    roles: tuple[Role, ...]


class Trust(NamedTuple):
    version: int
    instance: str
    issued_at: int
    expires_at: int
    threshold: int
    root_keys: tuple[PublicKey, ...]
    persons: tuple[Person, ...]
    policy_sha256: str
    service_keys: dict[str, PublicKey]


def _key_obj(key: PublicKey) -> dict[str, str]:
    return {"keyid": key.keyid, "public": key.b64}


def build_trust(trust: Trust) -> Statement:
    """The statement to sign. Refuses a trust file that parse_trust would refuse."""
    predicate = {
        "schema": 1,
        "version": trust.version,
        "instance": trust.instance,
        "issued_at": time_to_text(trust.issued_at),
        "expires_at": time_to_text(trust.expires_at),
        "root": {"threshold": trust.threshold, "keys": [_key_obj(key) for key in trust.root_keys]},
        "persons": [
            {
                "person_id": one.person_id,
                "forge_user_ids": list(one.forge_user_ids),
                "keys": [_key_obj(key) for key in one.keys],
                "roles": [
                    {
                        "role": role.role,
                        "status": role.status,
                        "valid_from": time_to_text(role.valid_from),
                        "valid_to": None if role.valid_to is None else time_to_text(role.valid_to),
                    }
                    for role in one.roles
                ],
            }
            for one in trust.persons
        ],
        "policy_sha256": trust.policy_sha256,
        "service_keys": {name: _key_obj(key) for name, key in trust.service_keys.items()},
    }
    subject = (Subject(POLICY_NAME, {"sha256": trust.policy_sha256}),)
    statement = Statement(subject, TRUST_TYPE, predicate)
    parse_trust(statement.to_bytes())
    return statement


def sign_trust(trust: Trust, keys: Iterable[PrivateKey]) -> Envelope:
    return sign(STATEMENT_TYPE, build_trust(trust).to_bytes(), keys)


def parse_trust(payload: bytes) -> Trust:
    """Strict parse of the signed bytes; says nothing about who signed."""
    statement = Statement.parse(payload)
    if statement.predicate_type != TRUST_TYPE:
        raise TrustError(f"kepercayaan: jenis {statement.predicate_type}, harus {TRUST_TYPE}")
    try:
        return _trust(statement)
    except (ShapeError, BadKey) as error:
        raise TrustError(str(error)) from error


def _key(value: Any, where: str) -> PublicKey:
    one = fields(value, ("keyid", "public"), where)
    key = PublicKey.from_b64(one["public"])
    # One key under two key ids met a threshold of two in several TUF implementations: the id is not free text.
    constant(one["keyid"], key.keyid, f"{where}.keyid")
    return key


def _unique(values: Iterable[Any], where: str) -> None:
    values = list(values)
    if len(set(values)) != len(values):
        raise ShapeError(f"{where}: ganda")


def _role(value: Any) -> Role:
    where = "kepercayaan.persons.roles"
    one = fields(value, ("role", "status", "valid_from", "valid_to"), where)
    start = time_from_text(one["valid_from"], f"{where}.valid_from")
    end = None if one["valid_to"] is None else time_from_text(one["valid_to"], f"{where}.valid_to")
    if end is not None and end <= start:
        raise ShapeError(f"{where}.valid_to: harus sesudah valid_from")
    return Role(
        text(one["role"], NAME, f"{where}.role"), text(one["status"], _STATUS, f"{where}.status"), start, end
    )


def _person(value: Any) -> Person:
    where = "kepercayaan.persons"
    one = fields(value, ("person_id", "forge_user_ids", "keys", "roles"), where)
    return Person(
        text(one["person_id"], NAME, f"{where}.person_id"),
        tuple(
            integer(item, 1, MAX_INT, f"{where}.forge_user_ids")
            for item in array(one["forge_user_ids"], 0, 16, f"{where}.forge_user_ids")
        ),
        tuple(_key(item, f"{where}.keys") for item in array(one["keys"], 0, 16, f"{where}.keys")),
        tuple(_role(item) for item in array(one["roles"], 0, 64, f"{where}.roles")),
    )


def _trust(statement: Statement) -> Trust:
    p = fields(statement.predicate, _FIELDS, "kepercayaan")
    constant(p["schema"], 1, "kepercayaan.schema")
    root = fields(p["root"], ("threshold", "keys"), "kepercayaan.root")
    service = fields(p["service_keys"], SERVICES, "kepercayaan.service_keys")
    root_items = array(root["keys"], 1, 32, "kepercayaan.root.keys")
    trust = Trust(
        version=integer(p["version"], 1, MAX_INT, "kepercayaan.version"),
        instance=text(p["instance"], INSTANCE, "kepercayaan.instance"),
        issued_at=time_from_text(p["issued_at"], "kepercayaan.issued_at"),
        expires_at=time_from_text(p["expires_at"], "kepercayaan.expires_at"),
        threshold=integer(root["threshold"], 1, len(root_items), "kepercayaan.root.threshold"),
        root_keys=tuple(_key(item, "kepercayaan.root.keys") for item in root_items),
        persons=tuple(_person(item) for item in array(p["persons"], 0, 512, "kepercayaan.persons")),
        policy_sha256=text(p["policy_sha256"], HEX64, "kepercayaan.policy_sha256"),
        service_keys={name: _key(service[name], f"kepercayaan.service_keys.{name}") for name in SERVICES},
    )
    if trust.expires_at <= trust.issued_at:
        raise ShapeError("kepercayaan.expires_at: harus sesudah issued_at")
    if statement.subject != (Subject(POLICY_NAME, {"sha256": trust.policy_sha256}),):
        raise ShapeError("kepercayaan: subject bukan kebijakan yang disebut policy_sha256")
    _unique((one.person_id for one in trust.persons), "kepercayaan.persons.person_id")
    _unique((i for one in trust.persons for i in one.forge_user_ids), "kepercayaan.persons.forge_user_ids")
    person_keys = [key for one in trust.persons for key in one.keys]
    _unique(trust.root_keys, "kepercayaan.root.keys")
    _unique(person_keys, "kepercayaan.persons.keys")  # one key, one person
    services = list(trust.service_keys.values())
    _unique(services, "kepercayaan.service_keys")  # three different keys
    if set(services) & (set(person_keys) | set(trust.root_keys)):
        raise ShapeError("kepercayaan.service_keys: kunci orang atau kunci akar tidak boleh dipakai layanan")
    return trust


def verify_trust(envelope: Envelope, root_keys: Iterable[PublicKey], threshold: int) -> Trust:
    """The trust file inside, signed by at least `threshold` distinct raw keys of `root_keys`."""
    if threshold < 1:
        raise TrustError("kepercayaan: ambang akar harus paling sedikit 1")
    if envelope.payload_type != STATEMENT_TYPE:
        raise TrustError("kepercayaan: jenis isi amplop lain")
    found = len(envelope.verifying_keys(root_keys))
    if found < threshold:
        raise TrustError(f"kepercayaan: {found} tanda tangan akar yang sah, dibutuhkan {threshold}")
    return parse_trust(envelope.payload)


def verify_next(envelope: Envelope, previous: Trust | None) -> Trust:
    """A version signed by the root of the one before it; version 1 by its own."""
    if previous is None:
        own = parse_trust(envelope.payload)
        if own.version != 1:
            raise TrustError(f"kepercayaan: versi pertama harus 1, bukan {own.version}")
        return verify_trust(envelope, own.root_keys, own.threshold)
    trust = verify_trust(envelope, previous.root_keys, previous.threshold)
    if trust.version != previous.version + 1 or trust.instance != previous.instance:
        raise TrustError(f"kepercayaan: versi {trust.version} tidak menyusul versi {previous.version}")
    return trust
