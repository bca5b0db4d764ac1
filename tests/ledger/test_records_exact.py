"""What the mutants of records and rights showed that nothing held: what a record speaks of, its bytes, and whose authority it has."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from buku_bersama import denial, fixed_id
from buku_catatan import bare_world, records, trust_with_more
from kawal_world import APP, KEYS, START, THRESHOLDS, key, trust_value

from kawal.errors import InputError
from kawal.ledger import records as r
from kawal.ledger.statement import build, parse_payload, sign_record, subject_of
from kawal.ledger.trust import (
    Authority,
    authorise,
    has_any_role,
    holds,
    load_trust,
    person,
    person_of_key,
    persons_of_user,
)
from kawal.ledger.verify import content_digests
from kawal_seal.dsse import STATEMENT_TYPE
from kawal_seal.statement import Subject
from kawal_seal.trustfile import Role, sign_trust

CODE = {"gitCommit": "4" * 40, "gitTree": "5" * 40}
PACKAGE = Subject("paket.tar", {"sha256": "a" * 64})
SUBJECTS: dict[str, tuple[Subject, ...]] = {
    "pengesahan persandian": (Subject("git+http://127.0.0.1:9/dagang/e-retribusi", CODE), PACKAGE),
    "pengesahan pse forge": (Subject(f"urn:kawal:app:{APP}:pse", {"sha256": "8" * 64}),),
    "penarikan": (Subject("urn:kawal:record", {"sha256": "1" * 64}),),
    "rekomendasi": (Subject("urn:kawal:record", {"sha256": "0" * 64}),),
    "bukti": (Subject(f"urn:kawal:app:{APP}", CODE),),
    "rilis": (Subject(f"urn:kawal:app:{APP}", {**CODE, "gitCommit": "1" * 40}), PACKAGE),
    "izin": (PACKAGE,),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_record_speaks_of_its_subject_by_digest(name: str) -> None:
    record = records()[name]
    assert subject_of(record) == SUBJECTS[name]
    statement = json.loads(build(record))
    assert [(one["name"], one["digest"]) for one in statement["subject"]] == [
        tuple(one) for one in SUBJECTS[name]
    ]
    assert statement["predicateType"] == f"urn:kawal:{record.TYPE}:v1"


def test_a_subject_names_each_package_and_the_forge_without_its_last_slash() -> None:
    world = bare_world()
    evidence = world.make_evidence("beban")
    assert subject_of(evidence) == (Subject(f"urn:kawal:app:{APP}", CODE), PACKAGE)
    permit = world.make_permit(artifacts=("a" * 64, "b" * 64))
    assert subject_of(permit) == (PACKAGE, Subject("paket.tar", {"sha256": "b" * 64}))
    forge = world.make_signoff("uat").subject.forge  # type: ignore[union-attr]
    slashed = world.make_signoff(
        "uat", about={"forge": forge.model_copy(update={"url": "https://git.contoh/X//"})}
    )
    assert subject_of(slashed)[0].name == "git+https://git.contoh/X/dagang/e-retribusi"


def test_a_record_about_itself_is_its_own_subject() -> None:
    record = denial().model_copy(update={"record_id": fixed_id(7)})
    data = json.dumps(
        json.loads(record.model_dump_json(by_alias=True)), separators=(",", ":"), sort_keys=True
    )
    assert '"schema":1' in data
    digest = hashlib.sha256(data.encode()).hexdigest()
    assert r.dump(record) == data.encode()
    assert subject_of(record) == (Subject(f"urn:kawal:record:{fixed_id(7)}", {"sha256": digest}),)


def test_a_record_is_signed_as_its_payload() -> None:
    envelope = sign_record(denial(), [KEYS["permit"], KEYS["evidence"]])
    assert envelope.payload_type == STATEMENT_TYPE
    public = [KEYS["permit"].public, KEYS["evidence"].public]
    assert envelope.verifying_keys(public) == public
    record = parse_payload(envelope.payload)
    assert build(record) == envelope.payload  # type: ignore[arg-type]


def test_the_thresholds_have_one_text_whose_digest_they_are_known_by() -> None:
    text = THRESHOLDS.to_json()
    value = json.loads(text)
    assert text == json.dumps(value, separators=(",", ":"), sort_keys=True)
    assert value["schema"] == 1
    assert "dokumen" not in value
    assert THRESHOLDS.sha256() == hashlib.sha256(text.encode()).hexdigest()


def test_every_record_has_a_number_and_every_signoff_a_nonce_of_its_own() -> None:
    first, second = uuid.UUID(r.new_id()), uuid.UUID(r.new_id())
    assert first != second
    assert first.version == 4
    assert len(r.new_nonce()) == 32
    assert len({r.new_nonce() for _ in range(9)}) == 9


def test_a_finding_is_counted_once_for_each_severity() -> None:
    one = r.CountedFinding(fingerprint="1" * 64, severity="tinggi", count=1)
    world = bare_world()
    both = (one, one.model_copy(update={"severity": "rendah"}))
    shared: dict[str, Any] = {"app_id": APP, "issued_at": START, "uji": "x", "evidence_id": fixed_id(1)}
    assert r.Findings(**shared, items=both).items == both
    with pytest.raises(ValueError, match="temuan ganda"):
        r.Findings(**shared, items=(one, one.model_copy(update={"count": 2})))
    accepted = world.make_acceptance("x", ("a", "tinggi", 1), ("b", "tinggi", 1))
    assert [item.fingerprint for item in accepted.items] == ["a" * 64, "b" * 64]


def test_files_are_named_by_the_records_that_rest_on_them() -> None:
    trust = trust_value("7" * 64)
    world = bare_world()
    risk = world.make_acceptance("x", ("a", "tinggi", 1), document_sha256="6" * 64)
    assert list(content_digests([trust, risk, denial(), world.make_permit()])) == ["7" * 64, "6" * 64]


# --- whose authority ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "signers", "persons", "service"),
    [
        ("bukti", ("evidence",), (), "evidence"),
        ("izin", ("permit",), (), "permit"),
        ("catatan buku", ("root2", "root1"), (), "root"),
        ("langkah", ("pa",), ("p-pa",), None),
        ("pengesahan persandian surat", ("pa2", "tata"), ("p-pa2", "p-tata"), None),
    ],
)
def test_an_authority_names_signers_service_and_keys(
    name: str, signers: tuple[str, ...], persons: tuple[str, ...], service: str | None
) -> None:
    keys = tuple(KEYS[one].public for one in signers)
    assert authorise(records()[name], keys, START, trust_value("0" * 64)) == Authority(persons, service, keys)


def test_a_role_is_held_from_its_first_second_until_before_its_last() -> None:
    world_trust = trust_value("0" * 64)
    seconds = int(START.timestamp())
    role = Role("kepala", "definitif", seconds, seconds + 10)
    who = world_trust.persons[0]._replace(roles=(role,))
    for after, held in ((-1, False), (0, True), (9, True), (10, False)):
        at = START + timedelta(seconds=after)
        assert holds(who, "kepala", at) is held
        assert has_any_role(who, at) is held
        assert not holds(who, "pemohon", at)
    for_ever = who._replace(roles=(role._replace(valid_to=None),))
    assert holds(for_ever, "kepala", START + timedelta(days=9999))
    later = who._replace(roles=(role._replace(role="lain", valid_from=seconds + 5), role))
    assert has_any_role(later, START)
    assert not has_any_role(who._replace(roles=()), START)


def test_persons_are_found_by_name_key_and_account() -> None:
    trust = trust_with_more()
    pa = next(one for one in trust.persons if one.person_id == "p-pa")
    assert person(trust, "p-pa") == pa
    assert person(trust, "p-entah") is None
    for one in (KEYS["pa"], key("kedua")):
        assert person_of_key(trust, one.public) == pa
    assert person_of_key(trust, KEYS["root1"].public) is None
    assert persons_of_user(trust, 13) == pa
    assert persons_of_user(trust, 99) is None


def test_a_trust_file_is_loaded_as_it_was_signed() -> None:
    value = trust_value("0" * 64)
    data = sign_trust(value, [KEYS["root1"], KEYS["root2"]]).to_bytes()
    assert load_trust(data, [KEYS["root1"].public], 1) == value
    with pytest.raises(InputError, match="PERCAYA-003"):
        load_trust(data, [KEYS["root1"].public], 2)
