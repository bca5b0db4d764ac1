"""One row per rule: the ready release is allowed, and each single change locks it with its own code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kawal_world import APP, BOT, COMMIT, DEV, HEAD, KEYS, REVIEWER, UJI, World, facts, job, policy_bytes

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor, ApprovalFact, CommitFact
from kawal.policy import judge, parse_policy
from kawal.policy.judge import Judgement
from kawal.services.policies import declared_jobs
from kawal.sop.compile import compile_policy
from kawal.sop.loader import load_overlay, load_profiles
from kawal.sop.procedure import procedure_for


def ask(world: World, *, door: Any = "izin", drop: frozenset[int] = frozenset(), **changes: Any) -> Judgement:
    data = policy_bytes(world.policy)
    trust = world.ledger.trust()
    assert trust is not None
    value = facts(world.now, **{"job": job() if door == "izin" else None, **changes})
    return judge(
        parse_policy(data),
        world.policy_sha256,
        value,
        [one for one in world.entries_once() if one.seq not in drop],
        trust,
        world.now,
        app_id=APP,
        door=door,
        target_id="produksi-1",
    )


def test_a_complete_release_is_allowed(world: World) -> None:
    found = ask(world.ready())
    assert found.allowed
    assert found.codes == ()
    assert len(found.verdict.used()) >= 12


def test_exactly_persandian_and_pse_missing(world: World) -> None:
    found = ask(world.ready(without=("persandian", "pse")), door="periksa")
    assert found.codes == ("SANDI-001", "PSE-001")


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("8", "LANGKAH-001"),
        ("fungsi", "FUNGSI-001"),
        ("integrasi", "INTEG-001"),
        ("keamanan_kode", "AMAN-001"),
        ("kemas", "SUBJEK-005"),
        ("instalasi", "INSTAL-001"),
        ("beban", "BEBAN-001"),
        ("keamanan_aplikasi", "AMAN-001"),
        ("uat", "UAT-001"),
        ("persandian", "SANDI-001"),
        ("pse", "PSE-001"),
    ],
)
def test_each_missing_record_locks_with_its_code(world: World, missing: str, code: str) -> None:
    assert ask(world.ready(without=(missing,))).codes == (code,)


@pytest.mark.parametrize(("uji", "area"), [("rahasia", "RAHASIA"), ("dependensi", "DEPEN")])
def test_secrets_and_dependencies_lock_under_the_rules_that_the_national_layer_adds(
    world: World, uji: str, area: str
) -> None:
    """The shipped rule itself; nothing but this report is missing, then empty, then written by team code."""
    (rule,) = [one for one in national_evidence("bali") if one["uji"] == uji]
    assert (rule["class"], rule["basis"]["kind"]) == ("diamati", "bawaan_nasional")
    world.policy["authorities"]["contoh"]["evidence"].append(rule)
    world.ready()
    assert ask(world).codes == (f"{area}-001",)
    for changes, code in (
        ({"result": "UNUSABLE"}, f"{area}-007"),
        ({"class": "dilaporkan"}, f"{area}-004"),
        ({"origin": {"runner_id": 1}}, f"{area}-004"),
    ):
        world.add(
            world.make_evidence(uji, **{"class": "diamati", "origin": {"runner_id": 2}, **changes}),
            "evidence",
        )
        assert ask(world).codes == (code,)
    world.add(world.make_evidence(uji, **{"class": "diamati", "origin": {"runner_id": 2}}), "evidence")
    assert ask(world).allowed


def national_evidence(profile_id: str) -> list[dict[str, Any]]:
    profile = load_profiles()[profile_id].value
    policy = compile_policy(
        [procedure_for(profile, load_overlay().value)], forge={}, targets=[], jobs=declared_jobs()
    )
    found: list[dict[str, Any]] = json.loads(policy)["authorities"][profile_id]["evidence"]
    return found


EVIDENCE: list[tuple[dict[str, Any], str]] = [
    ({"result": "FAILED"}, "BEBAN-003"),
    ({"result": "WARNED"}, "BEBAN-003"),
    ({"result": "UNUSABLE"}, "BEBAN-007"),
    ({"commit": "6" * 40}, "BEBAN-002"),
    ({"tree": "6" * 40}, "BEBAN-002"),
    ({"artifact_sha256": "6" * 64}, "BEBAN-002"),
    ({"artifact_sha256": None}, "BEBAN-002"),
    ({"class": "dilaporkan"}, "BEBAN-004"),
    ({"class": "disaksikan"}, "BEBAN-004"),
    ({"origin": {"runner_id": 1}}, "BEBAN-004"),
    ({"origin": {"runner_id": None}}, "BEBAN-004"),
    ({"origin": {"name": "fungsi"}}, "BEBAN-002"),
    ({"origin": {"project_id": 42}}, "BEBAN-002"),
    ({"origin": {"pipeline_source": "parent_pipeline"}}, "BEBAN-002"),
    ({"origin": {"ref": "fitur"}}, "BEBAN-002"),
    ({"origin": {"ref_protected": False}}, "BEBAN-002"),
    ({"origin": {"ci_config_path": ".gitlab-ci.yml"}}, "BEBAN-002"),
    ({"thresholds_sha256": "6" * 64}, "BEBAN-006"),
]


@pytest.mark.parametrize(("changes", "code"), EVIDENCE)
def test_evidence_that_does_not_count(world: World, changes: dict[str, Any], code: str) -> None:
    world.ready(without=("beban",))
    world.add(world.make_evidence("beban", **changes), "evidence")
    assert ask(world).codes == (code,)


def test_a_later_failure_outweighs_an_earlier_pass(world: World) -> None:
    world.ready()
    world.add(world.make_evidence("beban", result="FAILED"), "evidence")
    assert ask(world).codes == ("BEBAN-003",)


def test_old_evidence_and_signoffs_expire(world: World) -> None:
    world.ready()
    world.tick(days=31)
    assert set(ask(world).codes) == {
        "FUNGSI-005",
        "INTEG-005",
        "BEBAN-005",
        "AMAN-005",
        "INSTAL-005",
        "UAT-005",
    }


SIGNOFFS: list[tuple[dict[str, Any], str]] = [
    ({"about": {"commit": "6" * 40}}, "SANDI-002"),
    ({"about": {"tree": "6" * 40}}, "SANDI-002"),
    ({"about": {"artifact_sha256": "6" * 64}}, "SANDI-002"),
    ({"about": {"release": "v1.0.1"}}, "SANDI-002"),
    ({"about": {"environment": "staging"}}, "SANDI-002"),
    ({"rekomendasi_id": r.new_id()}, "SANDI-002"),
    ({"decision": "reject"}, "SANDI-003"),
]


@pytest.mark.parametrize(("changes", "code"), SIGNOFFS)
def test_signoffs_that_do_not_count(world: World, changes: dict[str, Any], code: str) -> None:
    world.ready(without=("persandian",))
    world.sign("persandian", **changes)
    assert ask(world).codes == (code,)


def test_signoff_not_yet_valid_and_expired(world: World) -> None:
    world.ready(without=("persandian",))
    until = world.now + timedelta(days=2)
    world.sign("persandian", not_before=world.now + timedelta(days=1), expires_at=until)
    assert ask(world).codes == ("SANDI-005",)
    world.sign("persandian", expires_at=until)
    assert ask(world).allowed
    world.tick(days=2)
    assert "SANDI-005" in ask(world).codes


def test_reject_beats_an_earlier_approval_and_a_new_approval_cures_it(world: World) -> None:
    world.ready()
    world.add(world.make_signoff("persandian", decision="reject", person_id="p-sandi2"), "sandi2")
    assert ask(world).codes == ("SANDI-003",)
    world.tick()
    world.sign("persandian")
    assert ask(world).allowed


def test_within_one_second_the_order_of_the_ledger_decides(world: World) -> None:
    world.ready(without=("persandian",))
    second = world.now
    refusal = world.make_signoff("persandian", decision="reject", person_id="p-sandi2", issued_at=second)
    world.add(refusal, "sandi2")
    world.sign("persandian", issued_at=second)
    assert ask(world).allowed
    again = world.make_signoff("persandian", decision="reject", person_id="p-sandi2", issued_at=second)
    world.add(again, "sandi2")
    assert ask(world).codes == ("SANDI-003",)


def test_a_refusal_dated_after_the_approval_counts_though_it_was_received_first(world: World) -> None:
    world.ready(without=("persandian",))
    later = world.now + timedelta(seconds=30)
    refusal = world.make_signoff("persandian", decision="reject", person_id="p-sandi2", issued_at=later)
    world.add(refusal, "sandi2")
    world.sign("persandian")
    assert ask(world).codes == ("SANDI-003",)


def test_withdrawn_signoff_locks(world: World) -> None:
    world.ready(without=("pse",))
    entry = world.sign("pse")
    assert ask(world).allowed
    world.withdraw(entry, "pemohon", "p-pemohon", "pemohon")
    assert ask(world).codes == ("PSE-004",)


def test_root_withdraws_evidence_but_no_other_role_does(world: World) -> None:
    world.ready(without=("beban",))
    entry = world.add(world.make_evidence("beban"), "evidence")
    world.withdraw(entry, "subkoor_pa", "p-pa", "pa")
    assert ask(world).allowed
    world.withdraw(entry, None, None, "root1", "root2")
    assert ask(world).codes == ("BEBAN-001",)


def test_uat_needs_every_scenario_accepted(world: World) -> None:
    world.ready(without=("uat",))
    one = r.UatScenario(id="UAT-1", accepted=True, note=None)
    world.sign("uat", uat=(one,))
    assert ask(world).codes == ("UAT-007",)
    world.sign("uat", uat=(one, r.UatScenario(id="UAT-2", accepted=False, note="salah hitung")))
    assert ask(world).codes == ("UAT-003",)
    world.sign("uat")
    assert ask(world).allowed


def test_letter_of_an_official_taken_in_by_two_persons(world: World) -> None:
    world.ready(without=("persandian",))
    world.add(world.make_signoff("persandian", grade="surat"), "pa", "pa2")
    assert ask(world).allowed


def test_grade_that_the_policy_does_not_take(world: World) -> None:
    world.policy["authorities"]["contoh"]["signoffs"][1]["grades"] = ["key"]
    world.ready(without=("persandian",))
    world.add(world.make_signoff("persandian", grade="surat"), "pa", "pa2")
    assert ask(world).codes == ("SANDI-006",)


def test_two_persons_are_two_persons(world: World) -> None:
    world.policy["authorities"]["contoh"]["signoffs"][1]["persons"] = 2
    world.ready()
    world.sign("persandian")
    assert ask(world).codes == ("IDENT-005",)
    world.add(world.make_signoff("persandian", person_id="p-sandi2"), "sandi2")
    assert ask(world).allowed


def _authored(user: int) -> dict[str, Any]:
    base = facts(World.now)
    commits = (*base.commits_since[:1], CommitFact(HEAD, ("3" * 40,), (Actor("co_author", user, "e" * 64),)))
    return {"commits_since": (*commits, *base.commits_since[2:])}


@pytest.mark.parametrize(
    "changes",
    [
        {"extra_actors": (Actor("tagger", 99, "0" * 64),)},
        {"extra_actors": (Actor("pusher", 99, "0" * 64),)},
        {"job": job(user_id=99)},
        _authored(99),
    ],
)
def test_a_signer_who_touched_the_release_does_not_count(tmp_path: Path, changes: dict[str, Any]) -> None:
    import kawal_world

    users = dict(kawal_world.ROLES)
    try:
        kawal_world.ROLES["sandi"] = ("subkoor_persandian", (99,))
        world = World(tmp_path).ready()
        assert ask(world).allowed
        assert "IDENT-003" in ask(world, **changes).codes
        world.ledger.close()
    finally:
        kawal_world.ROLES.update(users)


def test_a_reviewer_gives_no_signoff(tmp_path: Path) -> None:
    import kawal_world

    users = dict(kawal_world.ROLES)
    try:
        kawal_world.ROLES["sandi"] = ("subkoor_persandian", (98,))
        world = World(tmp_path).ready()
        merge = facts(world.now).merges[0]
        extra = (*merge.approvals, ApprovalFact(98, world.now))
        assert ask(world, merges=(replace(merge, approvals=extra),)).codes == ("IDENT-004",)
        world.ledger.close()
    finally:
        kawal_world.ROLES.update(users)


def test_nameless_git_identity_locks(world: World) -> None:
    world.ready()
    commits = facts(world.now).commits_since
    changed = replace(commits[1], actors=(Actor("author", None, "d" * 64),))
    assert ask(world, commits_since=(commits[0], changed, *commits[2:])).codes == ("IDENT-006",)


Change = Callable[[Any], Any]
MERGES: list[tuple[Change, str]] = [
    (lambda m: (), "TINJAU-002"),
    (lambda m: (replace(m, approvals=()),), "TINJAU-001"),
    (lambda m: (replace(m, approvals=(ApprovalFact(DEV, m.approvals[0].approved_at),)),), "TINJAU-001"),
    (lambda m: (replace(m, head_pushed_at=m.approvals[0].approved_at + timedelta(seconds=1)),), "TINJAU-001"),
    (lambda m: (replace(m, merged_by=DEV),), "TINJAU-001"),
    (
        lambda m: (replace(m, commits=m.commits[1:]),),
        "TINJAU-001",
    ),
    (lambda m: (replace(m, author_user_id=REVIEWER),), "TINJAU-001"),
    (lambda m: (replace(m, head_sha="3" * 39 + "9", commits=("3" * 39 + "9",)),), "TINJAU-001"),
]


@pytest.mark.parametrize(("change", "code"), MERGES)
def test_unreviewed_changes_lock(world: World, change: Change, code: str) -> None:
    world.ready()
    assert ask(world, merges=change(facts(world.now).merges[0])).codes == (code,)


def test_commit_pushed_past_the_merge_request_locks(world: World) -> None:
    world.ready()
    base = facts(world.now)
    extra = CommitFact("7" * 40, (HEAD,), (Actor("author", DEV, "e" * 64),))
    assert ask(world, commits_since=(*base.commits_since, extra)).codes == ("TINJAU-002",)


def test_merge_commit_that_is_not_the_reviewed_head_locks(world: World) -> None:
    world.ready()
    base = facts(world.now)
    squashed = replace(base.commits_since[0], parents=("1" * 40,))
    assert ask(world, commits_since=(squashed, *base.commits_since[1:])).codes == ("TINJAU-001",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tag_protected": False}, "SUBJEK-003"),
        ({"on_default_branch": False}, "SUBJEK-004"),
        ({"posture_drift": ("ci_config_path berubah",)}, "POSTUR-001"),
        ({"posture": ()}, "POSTUR-002"),
        ({"forge_time": None}, "JAM-003"),
        ({"job": None}, "IZIN-010"),
        ({"job": job("gerbang")}, "IZIN-011"),
        ({"job": job(status="success")}, "IZIN-012"),
        ({"job": job(ref="main", ref_is_tag=False)}, "IZIN-013"),
        ({"job": job(sha="6" * 40)}, "IZIN-013"),
        ({"job": job(pipeline_source="web")}, "IZIN-014"),
        ({"job": job(pipeline_source="apa-saja")}, "IZIN-014"),
        ({"job": job(runner_id=1)}, "IZIN-015"),
        ({"job": job(runner_id=None)}, "IZIN-015"),
        ({"job": job(config="lain.yml@pa/templat:" + "c" * 40)}, "IZIN-017"),
    ],
)
def test_facts_of_the_forge_that_lock(world: World, changes: dict[str, Any], code: str) -> None:
    assert ask(world.ready(), **changes).codes == (code,)


def test_stale_facts_and_clocks_lock(world: World) -> None:
    world.ready()
    assert ask(world, read_at=world.now - timedelta(seconds=61)).codes == ("FORGE-030",)
    assert ask(world, forge_time=world.now - timedelta(seconds=301)).codes == ("JAM-002",)


def test_other_bytes_in_the_registry_lock(world: World) -> None:
    codes = ask(world.ready(), artifact_sha256="6" * 64).codes
    assert "SUBJEK-006" in codes
    assert "SANDI-002" in codes


def test_unknown_target_and_other_project_lock(world: World) -> None:
    world.ready()
    world.policy["targets"] = [{"target_id": "lain", "environment": "production"}]
    assert set(ask(world).codes) == {"IZIN-016", "PERCAYA-002"}
    assert "SUBJEK-001" in ask(world, project_id=42).codes


def test_a_missing_package_and_a_strange_tag_lock(world: World) -> None:
    world.ready()
    assert "SUBJEK-007" in ask(world, artifact_sha256=None).codes
    for tag in ("rilis-1", "v1\n", "v" + "1" * 70):
        assert "SUBJEK-002" in ask(world, tag=tag, job=job(ref=tag)).codes


def test_a_package_of_the_teams_runner_locks(world: World) -> None:
    world.ready(without=("kemas",))
    world.add(world.make_evidence("kemas", origin={"runner_id": 1}), "evidence")
    assert ask(world).codes == ("SUBJEK-008",)


def test_facts_from_the_future_lock(world: World) -> None:
    world.ready()
    later = world.now + timedelta(seconds=90)
    assert ask(world, read_at=later, forge_time=later).codes == ("JAM-001",)


def test_another_profile_revision_locks(world: World) -> None:
    world.policy["authorities"]["contoh"]["profile_sha256"] = "0" * 64
    assert "PROFIL-033" in ask(world.ready()).codes


def test_a_profile_that_the_policy_does_not_know_locks(world: World) -> None:
    world.policy["authorities"]["lain"] = world.policy["authorities"].pop("contoh")
    assert ask(world.ready()).codes == ("PROFIL-032",)


def test_records_of_a_key_that_the_trust_file_dropped_no_longer_count(world: World) -> None:
    world.ready()
    old = world.ledger.trust()
    assert old is not None
    persons = tuple(
        one._replace(keys=(KEYS["sandi2"].public,)) if one.person_id == "p-sandi" else one
        for one in old.persons
        if one.person_id != "p-sandi2"
    )
    world.trust(version=2, persons=persons)
    assert ask(world).codes == ("SANDI-001",)


def test_a_commit_without_its_history_locks(world: World) -> None:
    assert ask(world.ready(), commits_since=facts(world.now).commits_since[1:]).codes == ("TINJAU-003",)


def test_expired_trust_locks(world: World) -> None:
    world.ready()
    world.now += timedelta(days=301)
    assert "PERCAYA-005" in ask(world).codes


def test_approval_by_a_role_that_may_not_changes_nothing(world: World) -> None:
    world.trust()
    world.request = world.add(world.make_request(), "pa")
    world.approval = world.make_approval(signer_role="tim_pengembang", person_id="p-dev")
    world.add(world.approval, "dev")
    assert "REKOM-013" in ask(world).codes


def test_refused_recommendation_locks(world: World) -> None:
    world.ready()
    world.add(world.make_approval(decision="reject"), "tata")
    assert "REKOM-012" in ask(world).codes


def test_unknown_application_is_locked(world: World) -> None:
    world.trust()
    found = ask(world)
    assert not found.allowed
    assert found.codes == ("REKOM-001",)


def negative(entry: Entry) -> bool:
    """Records that speak against a release; the ledger's tree, not the judge, guards against hiding them."""
    one = entry.predicate
    if isinstance(one, r.Evidence):
        return one.result != "PASSED"
    if isinstance(one, r.Signoff):
        return one.decision == "reject" or any(not item.accepted for item in one.uat or ())
    return isinstance(one, r.Withdraw) or (isinstance(one, r.Approval) and one.decision == "reject")


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A ready release among records that are stale, refusing, withdrawn, of another class or by others."""
    world = World(tmp_path_factory.mktemp("ramai")).ready()
    for changes, _ in EVIDENCE:
        world.add(world.make_evidence("beban", **changes), "evidence")
    world.add(world.make_evidence("beban"), "evidence")
    for changes, _ in SIGNOFFS:
        world.sign("persandian", **changes)
    world.withdraw(world.sign("persandian"), "subkoor_persandian", "p-sandi", "sandi")
    world.sign("persandian")
    world.add(world.make_approval(decision="reject"), "tata")
    world.add(world.make_approval(signer_role="tim_pengembang", person_id="p-dev"), "dev")
    world.tick()
    return world


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_removing_records_never_opens_a_locked_release(crowded: World, data: st.DataObject) -> None:
    entries = crowded.entries_once()
    good = [one.seq for one in entries if not negative(one)]
    bad = [one.seq for one in entries if negative(one)]
    without_bad = data.draw(st.sets(st.sampled_from(bad), min_size=len(bad) - 3))
    few = data.draw(st.sets(st.sampled_from(good), max_size=3))
    more = few | data.draw(st.sets(st.sampled_from(good), min_size=1, max_size=3))
    whole = ask(crowded, drop=frozenset(without_bad | few))
    part = ask(crowded, drop=frozenset(without_bad | more))
    assert whole.allowed or not part.allowed


def test_each_record_of_a_ready_release_is_needed(world: World) -> None:
    world.ready()
    assert ask(world).allowed
    for one in world.entries_once():
        assert not ask(world, drop=frozenset({one.seq})).allowed


def test_every_kind_of_evidence_has_been_covered(world: World) -> None:
    rows = world.policy["authorities"]["contoh"]["evidence"]
    assert {row["uji"] for row in rows} | {"kemas"} == set(UJI)


def test_bot_counts_as_nobody(world: World) -> None:
    world.ready()
    assert ask(world, extra_actors=(Actor("tagger", BOT, "0" * 64),)).allowed
    assert facts(world.now).commit == COMMIT
