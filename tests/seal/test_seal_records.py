"""Statement, leaf, checkpoint, permit, trust file: written and read strictly."""

import struct
from typing import Any

import pytest

from kawal_seal import strictjson
from kawal_seal.checkpoint import (
    Checkpoint,
    CheckpointError,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import Entry
from kawal_seal.errors import SealError
from kawal_seal.permit import PermitError, build_permit, parse_permit, sign_permit, verify_permit
from kawal_seal.shape import ShapeError, time_from_text, time_to_text
from kawal_seal.statement import Statement, StatementError, Subject
from kawal_seal.trustfile import (
    Person,
    TrustError,
    build_trust,
    parse_trust,
    sign_trust,
    verify_next,
    verify_trust,
)

NOW = 1_795_000_000


def test_statement_survives_writing_and_reading() -> None:
    subject = (Subject("git+https://git.contoh.go.id/a", {"gitCommit": "a" * 40, "gitTree": "b" * 40}),)
    statement = Statement(subject, "urn:kawal:signoff:v1", {"schema": 1})
    assert Statement.parse(statement.to_bytes()) == statement


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1"),
        (("predicateType",), "https://slsa.dev/verification_summary/v1"),
        (("subject",), []),
        (("subject", 0, "digest"), {}),
        (("subject", 0, "digest"), {"sha1": "a" * 40}),
        (("subject", 0, "digest"), {"sha256": "A" * 64}),
        (("subject", 0, "uri"), "x"),
        (("predicate",), []),
        (("lain",), 1),
    ],
)
def test_refuses_a_statement_that_is_not_ours(path: tuple[Any, ...], value: object) -> None:
    statement = Statement((Subject("a", {"sha256": "a" * 64}),), "urn:kawal:step:v1", {"schema": 1})
    with pytest.raises(StatementError):
        Statement.parse(_changed(statement.to_bytes(), path, value))


def _changed(payload: bytes, path: tuple[Any, ...], value: object) -> bytes:
    obj = inner = strictjson.loads(payload)
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return strictjson.dumps(obj)


def test_leaf_is_112_bytes_in_fixed_order(office: Any) -> None:
    envelope = sign(STATEMENT_TYPE, b"{}", [office.root, office.person])
    entry = Entry.of(5, 6, envelope)
    leaf = entry.encode()
    assert len(leaf) == 112
    assert struct.unpack(">QQ", leaf[:16]) == (5, 6)
    assert leaf[16:48].hex() == envelope.payload_sha256
    assert Entry.decode(leaf) == entry
    with pytest.raises(SealError):
        Entry.decode(leaf[:-1])


def test_leaf_covers_signers_and_signatures(office: Any) -> None:
    first = Entry.of(1, 1, sign(STATEMENT_TYPE, b"{}", [office.root]))
    second = Entry.of(1, 1, sign(STATEMENT_TYPE, b"{}", [office.person]))
    assert first.payload_sha256 == second.payload_sha256
    assert first.signers != second.signers
    assert first.signatures != second.signatures


def test_checkpoint_is_signed_by_its_key_alone(office: Any) -> None:
    checkpoint = Checkpoint("kawal:diskominfo/1", 7, "a" * 64, NOW)
    envelope = sign_checkpoint(checkpoint, office.checkpoint)
    assert verify_checkpoint(Envelope.parse(envelope.to_bytes()), office.checkpoint.public) == checkpoint
    for bad in (
        envelope.with_signature(office.root),
        envelope._replace(payload_type=STATEMENT_TYPE),
        sign_checkpoint(checkpoint, office.permit),
    ):
        with pytest.raises(CheckpointError):
            verify_checkpoint(bad, office.checkpoint.public)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", -1),
        ("size", True),
        ("size", "1"),
        ("root", "a"),
        ("origin", "kawal:x"),
        ("time", "2026-11-22"),
        ("lain", 1),
    ],
)
def test_refuses_a_checkpoint_out_of_format(field: str, value: object, office: Any) -> None:
    payload = sign_checkpoint(Checkpoint("kawal:diskominfo/1", 7, "a" * 64, NOW), office.checkpoint).payload
    with pytest.raises(ShapeError):
        parse_checkpoint(_changed(payload, (field,), value))


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T00:00:00Z", "2026-11-22T06:11:48+00:00", "2026-11-22T06:11:60Z", "1999-01-01T00:00:00Z"],
)
def test_refuses_times_that_are_not_utc_whole_seconds(text: str) -> None:
    with pytest.raises(ShapeError):
        time_from_text(text, "t")


def test_times_survive_text() -> None:
    assert time_to_text(NOW) == "2026-11-18T11:06:40Z"  # as date(1) says
    assert time_from_text(time_to_text(NOW), "t") == NOW


def test_permit_survives_and_verifies(office: Any) -> None:
    permit = office.permit_value()
    envelope = Envelope.parse(sign_permit(permit, office.permit).to_bytes())
    assert verify_permit(envelope, office.permit.public, office.checkpoint.public) == permit


def test_every_permit_field_is_mandatory_and_none_is_added(office: Any) -> None:
    payload = build_permit(office.permit_value()).to_bytes()
    fields = list(strictjson.loads(payload)["predicate"])
    assert len(fields) == 26
    for field in [*fields, "lain"]:
        with pytest.raises(PermitError):
            parse_permit(_changed(payload, ("predicate", field), 1 if field == "lain" else ...))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "percobaan"},
        {"environment": "Production"},
        {"environment": "produсtion"},  # a Cyrillic letter
        {"target_id": "produksi-1 "},
        {"app_id": ""},
        {"seq": 0},
        {"seq": True},
        {"jti": "g" * 32},
        {"exp": NOW + 601},
        {"exp": NOW},
        {"input_attestations": ()},
        {"resource_uri": "git+https://git.contoh.go.id/a@" + "0" * 40},
        {"leaf": b"x"},
        {"subject": (Subject("a", {"sha256": "a" * 64, "gitCommit": "a" * 40}),)},
    ],
)
def test_never_signs_a_permit_it_would_not_read(change: dict[str, Any], office: Any) -> None:
    with pytest.raises(SealError):
        build_permit(office.permit_value()._replace(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"record_sha256": "0" * 64},
        {"leaf_index": 1},
        {"tree_size": 6},
        {"hashes": ()},
        {"leaf": bytes(112)},
        {"verifier": "kawal:lain"},
    ],
)
def test_refuses_a_permit_whose_record_is_not_proven(change: dict[str, Any], office: Any) -> None:
    envelope = sign_permit(office.permit_value()._replace(**change), office.permit)
    with pytest.raises(PermitError):
        verify_permit(envelope, office.permit.public, office.checkpoint.public)


def test_refuses_a_permit_by_another_or_an_extra_key(office: Any) -> None:
    permit = office.permit_value()
    for envelope in (
        sign_permit(permit, office.root),
        sign_permit(permit, office.permit).with_signature(office.root),
    ):
        with pytest.raises(PermitError, match="kunci izin"):
            verify_permit(envelope, office.permit.public, office.checkpoint.public)


def test_trust_file_survives_and_starts_with_itself(office: Any) -> None:
    trust = office.trust()
    envelope = Envelope.parse(sign_trust(trust, [office.root]).to_bytes())
    assert verify_next(envelope, None) == trust


def test_next_trust_file_needs_the_previous_threshold(office: Any) -> None:
    first = office.trust()._replace(threshold=2)
    second = first._replace(version=2, threshold=1)
    with pytest.raises(TrustError, match="1 tanda tangan akar yang sah, dibutuhkan 2"):
        verify_next(sign_trust(second, [office.root]), first)
    assert verify_next(sign_trust(second, [office.root, office.second_root]), first) == second


def test_threshold_is_not_met_by_one_key_signing_twice(office: Any) -> None:
    envelope = sign_trust(office.trust(), [office.root, office.root])
    with pytest.raises(TrustError):
        verify_trust(envelope, office.trust().root_keys, 2)


@pytest.mark.parametrize("version", [1, 3])
def test_trust_versions_go_up_by_one(version: int, office: Any) -> None:
    envelope = sign_trust(office.trust()._replace(version=version), [office.root])
    with pytest.raises(TrustError, match="tidak menyusul"):
        verify_next(envelope, office.trust())


def _root_twice(trust: Any) -> dict[str, Any]:
    return {"root_keys": (trust.root_keys[0], trust.root_keys[0])}


@pytest.mark.parametrize(
    "change",
    [
        _root_twice,
        lambda t: {"threshold": 3},
        lambda t: {"threshold": 0},
        lambda t: {"expires_at": t.issued_at},
        lambda t: {"persons": t.persons * 2},
        lambda t: {"persons": (*t.persons, Person("p-lain", (), t.persons[0].keys, ()))},
        lambda t: {"persons": (*t.persons, Person("p-lain", (7,), (), ()))},
        lambda t: {"service_keys": {**t.service_keys, "permit": t.service_keys["evidence"]}},
        lambda t: {"service_keys": {**t.service_keys, "permit": t.root_keys[0]}},
        lambda t: {"service_keys": {**t.service_keys, "permit": t.persons[0].keys[0]}},
        lambda t: {"instance": "Diskominfo"},
    ],
)
def test_never_signs_a_trust_file_it_would_not_read(change: Any, office: Any) -> None:
    trust = office.trust()
    with pytest.raises(TrustError):
        build_trust(trust._replace(**change(trust)))


def test_one_key_under_another_key_id_is_refused(office: Any) -> None:
    payload = build_trust(office.trust()).to_bytes()
    with pytest.raises(TrustError, match="keyid"):
        parse_trust(_changed(payload, ("predicate", "root", "keys", 1, "keyid"), "0" * 64))


def test_trust_subject_is_the_policy_it_names(office: Any) -> None:
    payload = build_trust(office.trust()).to_bytes()
    with pytest.raises(TrustError, match="kebijakan"):
        parse_trust(_changed(payload, ("subject", 0, "digest", "sha256"), "0" * 64))


def test_statements_of_another_type_are_no_permit_and_no_trust_file(office: Any) -> None:
    with pytest.raises(PermitError, match="jenis"):
        parse_permit(build_trust(office.trust()).to_bytes())
    with pytest.raises(TrustError, match="jenis"):
        parse_trust(build_permit(office.permit_value()).to_bytes())


def test_envelopes_of_another_payload_type_are_refused(office: Any) -> None:
    permit = sign("application/json", build_permit(office.permit_value()).to_bytes(), [office.permit])
    with pytest.raises(PermitError, match="jenis isi"):
        verify_permit(permit, office.permit.public, office.checkpoint.public)
    trust = sign("application/json", build_trust(office.trust()).to_bytes(), [office.root])
    with pytest.raises(TrustError, match="jenis isi"):
        verify_trust(trust, office.trust().root_keys, 1)


def test_a_threshold_of_zero_is_refused(office: Any) -> None:
    with pytest.raises(TrustError, match="ambang"):
        verify_trust(sign_trust(office.trust(), [office.root]), office.trust().root_keys, 0)


def test_the_first_trust_file_is_version_one(office: Any) -> None:
    with pytest.raises(TrustError, match="versi pertama"):
        verify_next(sign_trust(office.trust()._replace(version=2), [office.root]), None)


def test_a_role_ends_after_it_begins(office: Any) -> None:
    trust = office.trust()
    role = trust.persons[0].roles[0]
    person = trust.persons[0]._replace(roles=(role._replace(valid_to=role.valid_from),))
    with pytest.raises(TrustError, match="valid_to"):
        build_trust(trust._replace(persons=(person,)))
