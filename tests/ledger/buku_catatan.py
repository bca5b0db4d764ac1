"""Cases of the golden file of refusals: what is in a record, and who may sign it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from buku_bersama import ROOT, STRANGER, Case, denial, fixed_id, note
from kawal_world import APP, KEYS, START, World, key, trust_value

from kawal.ledger import records as r
from kawal.ledger.statement import build, parse_envelope, parse_payload
from kawal.ledger.trust import authorise, load_trust
from kawal_seal import strictjson
from kawal_seal.checkpoint import CHECKPOINT_TYPE
from kawal_seal.dsse import sign
from kawal_seal.trustfile import build_trust, sign_trust


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
