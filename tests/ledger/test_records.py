"""Records: strict, canonical, and each signed only by those who may."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kawal_world import APP, KEYS, START, THRESHOLDS, World

from kawal.errors import BlockedError, InputError
from kawal.ledger import records as r
from kawal.ledger.statement import build, parse_envelope, parse_payload, sign_record
from kawal_seal import dsse, strictjson
from kawal_seal.keys import PrivateKey


def denial(**changes: Any) -> r.Denial:
    value: dict[str, Any] = {
        "app_id": APP,
        "issued_at": START,
        "where": "cli",
        "codes": ("PSE-001",),
        "commit": None,
        "tag": "v1.0.0",
        "job_id": None,
        "target_id": None,
        "verdict_sha256": None,
    }
    return r.Denial(**{**value, **changes})


def samples(world: World) -> list[r.Predicate]:
    world.begin()
    return [
        world.make_request(),
        world.make_approval(),
        world.make_step(),
        world.make_evidence("beban"),
        world.make_signoff("persandian"),
        world.make_signoff("uat"),
        world.make_signoff("pse"),
        world.make_signoff("break-glass"),
        world.make_signoff("rollback"),
        world.make_signoff("persandian-perbaikan"),
        denial(),
        *(one.predicate for one in world.entries_once() if isinstance(one.predicate, r.Predicate)),
    ]


def test_every_record_comes_back_as_it_was(world: World) -> None:
    for one in samples(world):
        assert parse_payload(build(one)) == one


def test_unknown_missing_and_defaulted_fields_are_refused(world: World) -> None:
    for one in samples(world):
        statement = json.loads(build(one))
        for name in statement["predicate"]:
            changed = {
                **statement,
                "predicate": {k: v for k, v in statement["predicate"].items() if k != name},
            }
            with pytest.raises(InputError, match="LEDGER-006"):
                parse_payload(strictjson.dumps(changed))
        changed = {**statement, "predicate": {**statement["predicate"], "lain": None}}
        with pytest.raises(InputError, match="LEDGER-006"):
            parse_payload(strictjson.dumps(changed))


def test_a_subject_that_is_not_the_predicates_own_is_refused(world: World) -> None:
    for one in samples(world):
        statement = json.loads(build(one))
        for name, value in statement["subject"][0]["digest"].items():
            statement["subject"][0]["digest"][name] = ("0" if value[0] != "0" else "1") + value[1:]
        with pytest.raises(InputError, match="LEDGER-006"):
            parse_payload(strictjson.dumps(statement))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"schema":1', b'"schema":2'),
        (b'"schema":1', b'"schema":1,"schema":1'),
        (b'"schema":1', b'"schema":"1"'),
        (b'"schema":1', b'"schema":true'),
        (b"urn:kawal:denial:v1", b"urn:kawal:denial:v2"),
        (b"urn:kawal:denial:v1", b"urn:kawal:lain:v1"),
        (b"urn:kawal:denial:v1", b"urn:kawal:release:v1"),
        (b'"PSE-001"', b'"PSE-1"'),
        (b'"PSE-001"', b'"PSE-001","PSE-001\\n"'),
        (b'"v1.0.0"', b'"v1.0.0 "'),
        (b'"cli"', b'"lain"'),
        (b"02:00:00Z", b"02:00:00+00:00"),
        (b"02:00:00Z", b"2:00:00Z"),
        (b'"app_id":"e-retribusi"', b'"app_id":"E-retribusi"'),
        (b'{"_type"', b' {"_type"'),
    ],
)
def test_other_spellings_are_refused(old: bytes, new: bytes) -> None:
    payload = build(denial())
    assert old in payload
    with pytest.raises(InputError, match="LEDGER-006"):
        parse_payload(payload.replace(old, new, 1))


@pytest.mark.parametrize("bad", ["a\x00b", "a\u202eb", "a\u200bb", "a\x1b[31m", " a", "a\n", "e\u0301"])
def test_text_that_could_lie_on_a_screen_is_refused(world: World, bad: str) -> None:
    with pytest.raises(ValueError, match="name"):
        world.make_request(name=bad)


def test_parts_of_a_signoff_must_fit_its_kind(world: World) -> None:
    world.begin()
    base = world.make_signoff("uat")
    for changes in (
        {"uat": None},
        {"subject": None},
        {"base_release": "v0.9.0"},
        {"pse": world.make_signoff("pse").pse},
        {"uat": (base.uat or ())[:1] * 2},
        {"expires_at": base.not_before},
        {"decision": "reject", "reason": None},
    ):
        with pytest.raises(ValueError, match="Signoff"):
            world.make_signoff("uat", **changes)
    failed = world.make_signoff("persandian", decision="reject").persandian
    with pytest.raises(ValueError, match="tidak_memenuhi"):
        world.make_signoff("persandian", persandian=failed)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_payload_byte_is_refused_or_is_another_record(data: st.DataObject) -> None:
    payload = bytearray(build(denial(record_id="00000000-0000-4000-8000-000000000000")))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = parse_payload(bytes(payload))
    except InputError:
        return
    assert isinstance(found, r.Denial)
    assert build(found) == bytes(payload)


def test_an_envelope_of_another_type_is_no_record() -> None:
    envelope = dsse.sign("application/vnd.kawal.checkpoint+json", build(denial()), [KEYS["permit"]])
    with pytest.raises(InputError, match="LEDGER-006"):
        parse_envelope(envelope.to_bytes())


def test_thresholds_have_one_text_and_one_digest() -> None:
    assert json.loads(THRESHOLDS.to_json())["beban"]["titik"][0]["galat_persen"] == "1"
    assert THRESHOLDS.model_copy().sha256() == THRESHOLDS.sha256()


# --- who may sign -----------------------------------------------------------------------------------------------


def refused(world: World, predicate: r.Predicate, *signers: str) -> str:
    """The code with which the ledger refuses; it has not grown."""
    size = world.ledger.size()
    with pytest.raises(BlockedError) as caught:
        world.add(predicate, *signers)
    assert world.ledger.size() == size
    return caught.value.code


def test_only_the_evidence_key_signs_evidence(world: World) -> None:
    world.begin()
    evidence = world.make_evidence("beban")
    for signer in ("pa", "dev", "permit", "checkpoint", "root1"):
        assert refused(world, evidence, signer) == "IDENT-001"
    assert refused(world, evidence, "evidence", "pa") == "IDENT-001"
    assert world.add(evidence, "evidence").type == "evidence"


def test_only_the_role_holder_signs_a_signoff(world: World) -> None:
    world.begin()
    signoff = world.make_signoff("persandian")
    for signers in (
        ("dev",),
        ("pa",),
        ("sandi2",),
        ("evidence",),
        ("permit",),
        ("root1", "root2"),
        ("sandi", "sandi2"),
    ):
        assert refused(world, signoff, *signers) == "IDENT-001"
    assert refused(world, world.make_signoff("persandian", person_id="p-dev"), "dev") == "IDENT-001"
    assert refused(world, world.make_signoff("persandian", person_id="p-sandi2"), "sandi") == "IDENT-001"
    assert refused(world, world.make_signoff("persandian", grade="forge"), "sandi") == "IDENT-001"
    assert refused(world, world.make_signoff("persandian", grade="pdf"), "sandi") == "IDENT-001"
    assert world.add(signoff, "sandi").signers == (KEYS["sandi"].public,)


@pytest.mark.parametrize(
    ("kind", "instead"), [("uat", "kawal sahkan uat e-retribusi --rilis v1.0.0"), ("pse", "kawal catat pse")]
)
@pytest.mark.parametrize("grade", ["pdf", "forge"])
def test_a_grade_that_is_not_taken_yet_says_what_to_do_instead(
    world: World, grade: str, kind: str, instead: str
) -> None:
    world.begin()
    with pytest.raises(BlockedError) as caught:
        world.add(world.make_signoff(kind, grade=grade), "pemohon")
    assert f"tingkat {grade} belum diterima" in str(caught.value)
    assert (caught.value.next_step or "").startswith(instead)


def test_a_letter_needs_two_transcribers(world: World) -> None:
    world.begin()
    letter = world.make_signoff("persandian", grade="surat")
    assert refused(world, letter, "pa") == "IDENT-001"
    assert refused(world, letter, "pa", "evidence") == "IDENT-001"
    assert len(world.add(letter, "pa", "pa2").signers) == 2


def test_one_signer_twice_is_one_signer(world: World) -> None:
    world.begin()
    letter = world.make_signoff("persandian", grade="surat")
    with pytest.raises(BlockedError) as caught:
        world.add(letter, "pa", "pa")
    assert caught.value.code == "IDENT-002"


def test_an_approval_by_its_role_or_by_two_recorders(world: World) -> None:
    world.begin()
    approval = world.make_approval()
    assert refused(world, approval, "pa") == "IDENT-001"
    assert refused(world, world.make_approval(person_id="p-pa"), "tata") == "IDENT-001"
    assert world.add(approval, "tata").type == "approval"
    assert len(world.add(world.make_approval(person_id=None), "pa", "pa2").signers) == 2


def test_a_role_counts_at_the_time_of_receipt(world: World) -> None:
    from kawal_world import trust_value

    from kawal_seal.trustfile import Role

    old = trust_value("0" * 64)
    ends = int((START + timedelta(days=10)).timestamp())
    persons = tuple(
        one._replace(roles=tuple(Role(role.role, "plt", role.valid_from, ends) for role in one.roles))
        if one.person_id == "p-sandi"
        else one
        for one in old.persons
    )
    world.trust(persons=persons)
    world.request = world.add(world.make_request(), "pa")
    world.approval = world.make_approval()
    world.add(world.make_signoff("persandian"), "sandi")
    world.tick(days=11)
    assert refused(world, world.make_signoff("persandian"), "sandi") == "IDENT-001"


def test_unknown_keys_and_spare_signatures_are_refused(world: World) -> None:
    world.begin()
    stranger = PrivateKey.generate()
    for keys in ([stranger], [KEYS["evidence"], stranger]):
        with pytest.raises(BlockedError) as caught:
            world.ledger.append(sign_record(world.make_evidence("beban"), keys))
        assert caught.value.code == "IDENT-002"


def test_service_facts_and_root_notes(world: World) -> None:
    world.begin()
    assert refused(world, denial(), "dev") == "IDENT-001"
    assert world.add(denial(), "permit").type == "denial"
    assert world.add(denial(), "evidence").type == "denial"
    note = r.LedgerNote(
        app_id=None,
        issued_at=world.now,
        kind="clock",
        old_origin="kawal:dinas-uji/1",
        size=3,
        root="0" * 64,
        new_origin=None,
        reason="jam salah",
    )
    assert refused(world, note, "root1") == "IDENT-001"
    assert refused(world, note, "pa") == "IDENT-001"
    assert world.add(note, "root1", "root2").type == "ledger"
