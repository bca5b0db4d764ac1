"""Records as signed statements: build, sign, parse. The subject is a function of the predicate, so both always agree."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import ValidationError

from kawal.errors import InputError
from kawal.ledger.records import (
    PREDICATES,
    Approval,
    Evidence,
    PermitRecord,
    Predicate,
    Release,
    Signoff,
    Withdraw,
    dump,
)
from kawal_seal import dsse, strictjson
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey
from kawal_seal.statement import Statement, Subject
from kawal_seal.trustfile import TRUST_TYPE, Trust, build_trust, parse_trust


def predicate_type(record_type: str) -> str:
    return f"urn:kawal:{record_type}:v1"


TYPES = {predicate_type(name): model for name, model in PREDICATES.items()}


def _code(name: str, commit: str, tree: str) -> Subject:
    return Subject(name, {"gitCommit": commit, "gitTree": tree})


def subject_of(predicate: Predicate) -> tuple[Subject, ...]:
    """What a record speaks of, by digest."""
    match predicate:
        case Signoff(subject=None, pse=pse) if pse is not None:
            return (Subject(f"urn:kawal:app:{predicate.app_id}:pse", {"sha256": pse.document_sha256}),)
        case Signoff(subject=subject) if subject is not None:
            return (
                _code(
                    f"git+{subject.forge.url.rstrip('/')}/{subject.forge.path}", subject.commit, subject.tree
                ),
                Subject("paket.tar", {"sha256": subject.artifact_sha256}),
            )
        case Withdraw():
            return (Subject("urn:kawal:record", {"sha256": predicate.record_sha256}),)
        case Approval():
            return (Subject("urn:kawal:record", {"sha256": predicate.request_sha256}),)
        case Evidence():
            code = _code(f"urn:kawal:app:{predicate.app_id}", predicate.commit, predicate.tree)
            if predicate.artifact_sha256 is None:
                return (code,)
            return (code, Subject("paket.tar", {"sha256": predicate.artifact_sha256}))
        case Release():
            return (
                _code(f"urn:kawal:app:{predicate.app_id}", predicate.commit, predicate.tree),
                Subject("paket.tar", {"sha256": predicate.artifact_sha256}),
            )
        case PermitRecord():
            return tuple(Subject("paket.tar", {"sha256": one}) for one in predicate.artifacts)
        case _:  # a record about itself: its own content is its subject
            return (Subject(f"urn:kawal:record:{predicate.record_id}", {"sha256": strict_digest(predicate)}),)


def strict_digest(predicate: Predicate) -> str:
    from hashlib import sha256

    return sha256(dump(predicate)).hexdigest()


def build(predicate: Predicate) -> bytes:
    """The payload bytes of a record: what is signed and what identifies it."""
    value = predicate.model_dump(mode="json", by_alias=True)
    try:
        return Statement(subject_of(predicate), predicate_type(predicate.TYPE), value).to_bytes()
    except SealError as error:
        raise InputError("LEDGER-006", f"catatan {predicate.TYPE} tidak dapat ditulis: {error}") from error


def sign_record(predicate: Predicate, keys: Iterable[PrivateKey]) -> dsse.Envelope:
    return dsse.sign(dsse.STATEMENT_TYPE, build(predicate), keys)


def parse_payload(payload: bytes) -> Predicate | Trust:
    """The record inside, or InputError LEDGER-006. Says nothing about who signed."""
    try:
        statement = Statement.parse(payload)
        if statement.predicate_type == TRUST_TYPE:
            trust = parse_trust(payload)
            if build_trust(trust).to_bytes() != payload:
                raise SealError("berkas kepercayaan tidak dalam bentuk bakunya")
            return trust
    except SealError as error:
        raise InputError("LEDGER-006", f"catatan tidak terbaca: {error}") from error
    model = TYPES.get(statement.predicate_type)
    if model is None:
        raise InputError("LEDGER-006", f"jenis catatan tidak dikenal: {statement.predicate_type}")
    try:
        predicate = model.model_validate_json(json.dumps(statement.predicate))
    except ValidationError as error:
        where = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'catatan'}: {one['msg']}"
            for one in error.errors()[:5]
        )
        raise InputError("LEDGER-006", f"catatan {model.TYPE} tidak sah: {where}") from error
    # Writing it again gives the same bytes: nothing was missing, defaulted or normalised, and the subject is its own.
    if build(predicate) != payload:
        raise InputError("LEDGER-006", f"catatan {model.TYPE} tidak dalam bentuk bakunya")
    return predicate


def parse_envelope(data: bytes) -> tuple[dsse.Envelope, Predicate | Trust]:
    try:
        envelope = dsse.Envelope.parse(data, limit=2 * strictjson.LIMIT)
    except SealError as error:
        raise InputError("LEDGER-006", f"amplop catatan tidak terbaca: {error}") from error
    if envelope.payload_type != dsse.STATEMENT_TYPE:
        raise InputError("LEDGER-006", f"amplop berisi {envelope.payload_type}, bukan pernyataan in-toto")
    return envelope, parse_payload(envelope.payload)
