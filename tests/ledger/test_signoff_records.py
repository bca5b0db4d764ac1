"""Sign-offs that contradict themselves are no records; break-glass needs two persons of office; what follows from a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kawal_world import APP, KEYS, START, World

from kawal.errors import BlockedError, InputError
from kawal.ledger import records as r
from kawal.ledger.bundle import write_bundle
from kawal.ledger.proofs import continuations
from kawal.ledger.restore import read_source, rebuild
from kawal.ledger.statement import build
from kawal.ledger.store import utc_now
from kawal.ledger.verify import content_digests
from kawal_seal import strictjson
from kawal_seal.merkle import verify_consistency


def finding(id: str = "T-1", **changes: Any) -> r.Finding:
    return r.Finding(
        **{"id": id, "severity": "tinggi", "cwe": "CWE-79", "group": "e", "retest": "belum", **changes}
    )


def risk(id: str = "T-1") -> r.AcceptedRisk:
    return r.AcceptedRisk(
        finding=id, role="subkoor_persandian", person_id="p-sandi", reason="ditunda", expires_at=START
    )


def examined(**changes: Any) -> r.Persandian:
    value = {"result": "memenuhi_dengan_catatan", "findings": (), "accepted": (), "reports": (), "note": None}
    return r.Persandian(**{**value, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"findings": (finding(), finding())}, "temuan ganda"),
        ({"findings": (finding(),), "accepted": (risk(), risk())}, "temuan ganda"),
        ({"accepted": (risk(),)}, "T-1 bukan temuan yang masih terbuka"),
        (
            {"findings": (finding(retest="lulus"),), "accepted": (risk(),)},
            "T-1 bukan temuan yang masih terbuka",
        ),
        ({"result": "memenuhi", "findings": (finding(),)}, "ada temuan terbuka"),
        (
            {"result": "memenuhi", "findings": (finding(severity="sedang", retest="gagal"),)},
            "ada temuan terbuka",
        ),
    ],
)
def test_an_examination_that_contradicts_itself_is_no_record(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        examined(**changes)


def test_an_examination_may_leave_open_what_is_minor_or_accepted() -> None:
    assert examined(result="memenuhi", findings=(finding(severity="rendah"),)).findings[0].open
    assert not examined(result="memenuhi", findings=(finding(retest="lulus"),)).findings[0].open
    assert examined(findings=(finding(),), accepted=(risk(),)).accepted[0].finding == "T-1"


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("rollback", {"base_release": "v1.0.0"}, "base_release: harus rilis lain"),
        ("rollback", {"reason": None}, "reason: wajib"),
        ("break-glass", {"reason": None}, "reason: wajib"),
        ("break-glass", {"expires_at": START + timedelta(minutes=60, seconds=1)}, "paling lama 60 menit"),
        ("uat", {"expires_at": START}, "expires_at: harus sesudah not_before"),
        ("uat", {"decision": "reject", "reason": None}, "reason: wajib"),
        ("persandian", {"persandian": examined(result="tidak_memenuhi")}, "tidak dapat disahkan"),
    ],
)
def test_a_signoff_that_contradicts_itself_is_no_record(
    world: World, kind: str, changes: dict[str, Any], why: str
) -> None:
    world.begin()
    world.now = START
    with pytest.raises(ValueError, match=why):
        world.make_signoff(kind, **changes)


def test_one_finding_is_counted_once(world: World) -> None:
    one = r.CountedFinding(fingerprint="1" * 64, severity="tinggi", count=1)
    world.begin()
    accepted = world.make_acceptance("keamanan_kode", ("a", "tinggi", 1))
    with pytest.raises(ValueError, match="temuan ganda"):
        r.RiskAcceptance(**{**dict(accepted), "schema": 1, "items": (one, one)})


# --- break-glass -------------------------------------------------------------------------------------------------


def test_break_glass_is_signed_by_two_persons_of_office_the_named_one_among_them(world: World) -> None:
    world.begin()
    record = world.make_signoff("break-glass", role="subkoor_pa", person_id="p-pa")
    for wrong, signers, why in (
        (record, ("pa",), "1 orang"),
        (record, ("tata", "sandi"), "p-pa sebagai subkoor_pa"),
        (
            world.make_signoff("break-glass", role="kepala", person_id="p-pa"),
            ("pa", "tata"),
            "p-pa sebagai kepala",
        ),
        (
            world.make_signoff("break-glass", role="subkoor_pa", person_id="p-pa", grade="surat"),
            ("pa", "tata"),
            "2 orang",
        ),
    ):
        with pytest.raises(BlockedError, match="IDENT-001") as caught:
            world.add(wrong, *signers)
        assert caught.value.found == why
    assert len(world.add(record, "pa", "tata").signers) == 2


# --- what follows from records ----------------------------------------------------------------------------------


def test_every_file_of_the_later_records_is_looked_for(world: World) -> None:
    world.begin()
    shared: dict[str, Any] = {"app_id": APP, "issued_at": START, "role": "subkoor_pa", "person_id": "p-pa"}
    severities = r.Severities(kritis=0, tinggi=0, sedang=0, rendah=0, info=0)
    pentest = r.Pentest(
        **shared,
        result="memenuhi",
        findings=severities,
        retest="tidak_perlu",
        tester="Tim",
        tested_on=START.date(),
        document_sha256="4" * 64,
    )
    waiver = r.Waiver(
        **shared, gate="penetrasi", reason="tim penuh", expires_at=START, document_sha256="5" * 64
    )
    move = r.Move(**shared, from_sha256="6" * 64, to_sha256="7" * 64, changes=("langkah 8",), reason="revisi")
    bare = waiver.model_copy(update={"document_sha256": None})
    assert list(content_digests([pentest, waiver, move, bare])) == ["4" * 64, "5" * 64, "7" * 64]


def test_a_withdrawal_speaks_of_the_record_it_takes_back(world: World) -> None:
    world.begin()
    entry = world.sign("pse")
    back = r.Withdraw(
        app_id=APP,
        issued_at=START,
        record_sha256=entry.payload_sha256,
        role="pemohon",
        person_id="p-pemohon",
        reason="keliru",
    )
    subject = strictjson.loads(build(back))["subject"]
    assert subject == [{"name": "urn:kawal:record", "digest": {"sha256": entry.payload_sha256}}]


def permit(world: World, number: int, target_id: str = "produksi-1") -> r.PermitRecord:
    return world.make_permit(jti=f"{number:012x}4abc8{'0' * 15}", seq=number, target_id=target_id)


def test_a_permit_proves_its_ledger_from_what_this_target_may_have_seen(world: World) -> None:
    world.begin()
    first = world.add(permit(world, 1), "permit")
    world.add(permit(world, 2, "produksi-2"), "permit")
    last = world.add(permit(world, 3), "permit")
    tree = world.ledger.tree
    found = continuations(world.ledger, "produksi-1", last.seq, first.seq)
    assert [size for size, _ in found] == [
        first.seq
    ]  # named once, though the target and the ledger both name it
    hashes = [bytes.fromhex(one) for one in found[0][1]]
    assert verify_consistency(first.seq, last.seq, tree.root(first.seq), tree.root(last.seq), hashes)
    assert continuations(world.ledger, "lain", last.seq, last.seq + 1) == ()


def test_a_new_origin_is_signed_and_an_old_one_is_not(world: World) -> None:
    world.begin()
    source = read_source(write_bundle(world.ledger, None, world.folder / "bundel"), None)
    for changes in ({"origin": "kawal:dinas-uji/2"}, {"key": KEYS["checkpoint"]}):
        with pytest.raises(ValueError, match="a new origin is signed"):
            rebuild(world.folder / "baru.sqlite3", source, now=START, **changes)
    rebuild(world.folder / "baru.sqlite3", source, now=START)
    with pytest.raises(InputError, match="LEDGER-022"):
        rebuild(world.folder / "baru.sqlite3", source, now=START)


def test_the_clock_speaks_utc() -> None:
    assert utc_now().tzinfo is UTC
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=5)
