"""The ways beside the ordinary release: back to an earlier one, a patch on a full examination, break-glass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kawal_world import (
    APP,
    COMMIT,
    FIRST,
    World,
    facts,
    policy_bytes,
    policy_value,
    special_ways,
)

from kawal.errors import BlockedError
from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor, CommitFact
from kawal.policy import Judgement, judge, parse_policy
from kawal.policy.emergency import pending
from kawal.policy.history import to_read
from kawal.policy.screen import screen

OTHER, OTHER_TREE, OTHER_BYTES = "6" * 40, "7" * 40, "b" * 64
HOUR = timedelta(minutes=60)


def open_ways(**changes: Any) -> dict[str, Any]:
    """The small policy with all three ways open."""
    value = policy_value()
    value["authorities"]["contoh"].update(special_ways(**changes))
    return value


class Office:
    def __init__(self, folder: Path, value: dict[str, Any]) -> None:
        self.world = World(folder, value)
        self.seen: dict[str, Any] = {}

    def ready(self, *without: str) -> Office:
        self.world.ready(without=without)
        return self

    def judge(self, **changes: Any) -> Judgement:
        world = self.world
        return judge(
            parse_policy(policy_bytes(world.policy)),
            world.policy_sha256,
            facts(world.now, **{**self.seen, **changes}),
            world.entries_once(),
            world.ledger.trust() or pytest.fail("tanpa kepercayaan"),
            world.now,
            app_id=APP,
        )

    def opened(self, **changes: Any) -> Entry:
        """The permit record that an earlier release left, resting on all that the judge used."""
        judged = self.judge()
        assert judged.allowed
        return self.world.add(
            self.world.make_permit(**{"inputs": judged.verdict.used(), **changes}), "permit"
        )

    def newer(self) -> Entry:
        """Another release went out after it."""
        return self.opened(release="v1.1.0", commit=OTHER, tree=OTHER_TREE, artifacts=(OTHER_BYTES,), seq=2)

    def go_back(self, signer: str = "pa", **changes: Any) -> Entry:
        self.seen = {"tag": "v1.0.0-kembali.1"}
        self.world.tick()
        about = {"release": "v1.0.0-kembali.1", **changes.pop("about", {})}
        value = {"base_release": "v1.0.0", "role": "subkoor_pa", "person_id": "p-pa", **changes}
        return self.world.add(self.world.make_signoff("rollback", about=about, **value), signer)

    def break_glass(self, *signers: str, **changes: Any) -> Entry:
        self.world.tick()
        value = {"role": "subkoor_pa", "person_id": "p-pa", **changes}
        return self.world.add(self.world.make_signoff("break-glass", **value), *(signers or ("pa", "tata")))


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., Office]:
    return lambda **changes: Office(tmp_path, open_ways(**changes))


# --- back to an earlier release ---------------------------------------------------------------------------------------


def back(office: Callable[..., Office], **changes: Any) -> Office:
    here = office().ready()
    here.opened()
    here.newer()
    here.go_back(**changes)
    return here


def test_production_goes_back_to_bytes_that_were_open(office: Callable[..., Office]) -> None:
    judged = back(office).judge()
    assert judged.codes == ()
    assert judged.way == "rollback"


def test_without_a_decision_to_go_back_the_old_release_is_locked(office: Callable[..., Office]) -> None:
    here = office().ready()
    here.opened()
    here.newer()
    here.seen = {"tag": "v1.0.0-kembali.1"}
    judged = here.judge()
    assert judged.way == "rilis"
    assert set(judged.codes) == {"UAT-002", "SANDI-002"}  # the sign-offs are for another name


def test_history_of_a_way_back_ends_before_the_earlier_release(office: Callable[..., Office]) -> None:
    here = office().ready()
    entries, trust = here.world.entries_once, here.world.ledger.trust()
    policy = parse_policy(policy_bytes(here.world.policy))
    assert trust is not None

    def since(tag: str) -> str | None:
        return to_read(policy, entries(), trust, APP, "production", tag=tag, commit=COMMIT).since

    here.opened(release="v0.9.0", commit=FIRST, tree="8" * 40, artifacts=("8" * 64,))
    here.opened(seq=2)
    newer = here.newer()
    assert since("v1.0.0") == OTHER
    here.go_back()
    assert since("v1.0.0-kembali.1") == FIRST
    assert since("v1.0.0") == OTHER  # only the tag that the decision names
    here.world.withdraw(newer, None, None, "root1", "root2")
    assert since("v1.0.0") == FIRST  # what that permit let through is looked at again


def test_the_way_back_needs_a_release_that_was_open(office: Callable[..., Office]) -> None:
    here = office().ready()
    here.go_back()
    assert here.judge().codes == ("IZIN-057",)


@pytest.mark.parametrize(
    "record",
    [
        {"release": "v0.9.0"},
        {"tree": OTHER_TREE},
        {"artifacts": (OTHER_BYTES,)},
        {"commit": OTHER},
        {"environment": "staging"},
        {"kind": "break-glass"},
        {"kind": "rollback"},
    ],
)
def test_it_was_open_under_that_name_with_these_bytes_in_the_ordinary_way(
    office: Callable[..., Office], record: dict[str, Any]
) -> None:
    here = office().ready()
    here.opened(**record)
    here.go_back()
    assert here.judge().codes == ("IZIN-057",)


def test_a_permit_that_the_root_took_back_opened_nothing(office: Callable[..., Office]) -> None:
    here = office().ready()
    entry = here.opened()
    here.newer()
    here.go_back()
    assert here.judge().way == "rollback"
    assert here.judge().codes == ()
    here.world.withdraw(entry, None, None, "root1", "root2")
    assert here.judge().codes == ("IZIN-057",)


@pytest.mark.parametrize("kind", ["uat", "persandian"])
def test_a_sign_off_taken_back_since_then_shuts_the_way(office: Callable[..., Office], kind: str) -> None:
    here = back(office)
    entry = next(one for one in here.world.entries_once() if getattr(one.predicate, "kind", None) == kind)
    here.world.tick()
    here.world.withdraw(entry, None, None, "root1", "root2")
    assert here.judge().codes == ("IZIN-058",)


def test_a_refusal_of_these_bytes_since_then_shuts_the_way(office: Callable[..., Office]) -> None:
    here = back(office)
    here.world.tick()
    here.world.sign("persandian", decision="reject")
    assert here.judge().codes == ("IZIN-058",)


def test_a_refused_registration_since_then_shuts_the_way(office: Callable[..., Office]) -> None:
    """PSE speaks of the application, not of bytes: its refusal meets every earlier release."""
    here = back(office)
    here.world.tick()
    here.world.sign("pse", decision="reject")
    assert "IZIN-058" in here.judge().codes


def test_a_sign_off_that_only_ended_since_then_does_not(office: Callable[..., Office]) -> None:
    here = office().ready()
    here.opened()
    here.newer()
    here.world.tick(days=45)  # uat holds 30 days; pse and trust go on
    here.go_back()
    judged = here.judge()
    assert judged.codes == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"about": {"artifact_sha256": OTHER_BYTES}}, "IZIN-052"),
        ({"about": {"environment": "staging"}}, "IZIN-052"),
        ({"rekomendasi_id": r.new_id()}, "IZIN-052"),
        ({"base_release": "v0.8.0"}, "IZIN-057"),
    ],
)
def test_the_decision_is_about_exactly_this(
    office: Callable[..., Office], changes: dict[str, Any], code: str
) -> None:
    assert code in back(office, **changes).judge().codes


def test_the_decision_holds_for_its_days_only(office: Callable[..., Office]) -> None:
    here = back(office)
    here.world.tick(days=8)
    assert here.judge().codes == ("IZIN-055",)


def test_a_decision_by_another_role_opens_no_way_back(office: Callable[..., Office]) -> None:
    here = back(office, signer="tata", role="subkoor_tata_kelola", person_id="p-tata")
    judged = here.judge()
    assert judged.way == "rilis"
    assert "SANDI-002" in judged.codes


def test_a_withdrawn_decision_opens_no_way_back(office: Callable[..., Office]) -> None:
    here = office().ready()
    here.opened()
    here.newer()
    entry = here.go_back()
    here.world.tick()
    here.world.withdraw(entry, "subkoor_pa", "p-pa", "pa")
    assert here.judge().way == "rilis"


def test_who_wrote_the_release_does_not_send_production_back_to_it(office: Callable[..., Office]) -> None:
    here = back(office)
    base = facts(here.world.now)
    officer = Actor("author", 13, "9" * 64)
    commits = (*base.commits_since[:-1], CommitFact(FIRST, (), (officer,)))
    commits = tuple(
        CommitFact(one.sha, one.parents, (*one.actors, officer)) if one.sha == "3" * 40 else one
        for one in commits
    )
    assert "IDENT-003" in here.judge(commits_since=commits).codes


def test_without_the_rule_nobody_sends_production_back(office: Callable[..., Office]) -> None:
    here = Office(office().world.folder, open_ways(rollback=None))
    here.ready()
    here.opened()
    here.newer()
    here.go_back()
    assert here.judge().way == "rilis"


# --- patch releases ----------------------------------------------------------------------------------------------------


BASE = {"release": "v0.9.0", "commit": OTHER, "tree": OTHER_TREE, "artifact_sha256": OTHER_BYTES}


def patched(here: Office, *, full: bool = True, changed: Any = ("app/tarif.php",), **changes: Any) -> Office:
    here.world.ready(without=("persandian",))
    if full:
        here.world.sign("persandian", about=BASE)
    here.world.tick()
    here.world.sign("persandian-perbaikan", **{"base_release": "v0.9.0", **changes})
    here.seen = {"changed": () if changed is None else ((OTHER, tuple(changed)),)}
    return here


def test_a_small_change_rests_on_the_full_examination_of_its_base(office: Callable[..., Office]) -> None:
    judged = patched(office()).judge()
    assert judged.codes == ()
    assert judged.way == "rilis"


def test_what_to_compare_with_is_the_base(office: Callable[..., Office]) -> None:
    here = patched(office())
    trust = here.world.ledger.trust()
    assert trust is not None
    policy = parse_policy(policy_bytes(here.world.policy))
    wanted = to_read(policy, here.world.entries_once(), trust, APP, "production", tag="v1.0.0", commit=COMMIT)
    assert wanted.compare == (OTHER,)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"full": False}, "SANDI-011"),
        ({"base_release": "v0.8.0"}, "SANDI-011"),
        ({"changed": None}, "SANDI-016"),
        ({"changed": ("api/composer.json",)}, "SANDI-014"),
        ({"changed": ("Composer.JSON",)}, "SANDI-014"),
        ({"changed": ("requirements-dev.txt",)}, "SANDI-014"),
        ({"changed": ("src/AuthController.php",)}, "SANDI-015"),
        ({"changed": ("config/app.php",)}, "SANDI-015"),
        ({"decision": "reject"}, "SANDI-003"),
    ],
)
def test_every_limit_of_a_patch_is_recomputed(
    office: Callable[..., Office], changes: dict[str, Any], code: str
) -> None:
    assert patched(office(), **changes).judge().codes == (code,)


def test_a_patch_is_nothing_where_the_policy_has_none(office: Callable[..., Office]) -> None:
    assert patched(office(patch=None)).judge().codes == ("SANDI-002",)  # the full one is for the base


def test_days_since_the_full_examination_are_limited(office: Callable[..., Office]) -> None:
    here = office(patch={**open_ways()["authorities"]["contoh"]["patch"], "days": 5})
    here.world.ready(without=("persandian",))
    here.world.sign("persandian", about=BASE)
    here.world.tick(days=5)
    here.world.sign("persandian-perbaikan", base_release="v0.9.0")
    here.seen = {"changed": ((OTHER, ("a.php",)),)}
    assert here.judge().codes == ("SANDI-012",)


def test_releases_on_one_examination_are_counted(office: Callable[..., Office]) -> None:
    here = office()
    here.world.ready(without=("persandian",))
    here.world.sign("persandian", about=BASE)
    for number in (1, 2):
        here.world.sign("persandian-perbaikan", base_release="v0.9.0", about={"release": f"v0.9.{number}"})
    here.world.sign("persandian-perbaikan", base_release="v0.9.0")
    here.seen = {"changed": ((OTHER, ("a.php",)),)}
    assert here.judge().codes == ("SANDI-012",)


def test_a_refused_or_withdrawn_base_carries_nothing(office: Callable[..., Office]) -> None:
    here = patched(office())
    here.world.tick()
    entry = here.world.sign("persandian", about=BASE, decision="reject")
    assert not here.judge().allowed
    here.world.tick()
    here.world.withdraw(entry, None, None, "root1", "root2")
    assert here.judge().codes == ()


def left_open(retest: str = "belum") -> r.Persandian:
    one = r.Finding(id="T1", severity="kritis", cwe="CWE-89", group="d", retest=retest)  # type: ignore[arg-type]
    return r.Persandian(result="memenuhi_dengan_catatan", findings=(one,), accepted=(), reports=(), note=None)


@pytest.mark.parametrize(("retest", "codes"), [("lulus", ()), ("belum", ("SANDI-011",))])
def test_a_base_with_a_serious_finding_left_open_carries_nothing(
    office: Callable[..., Office], retest: str, codes: tuple[str, ...]
) -> None:
    here = office()
    here.world.ready(without=("persandian",))
    here.world.sign("persandian", about=BASE, persandian=left_open(retest))
    here.world.tick()
    here.world.sign("persandian-perbaikan", base_release="v0.9.0")
    here.seen = {"changed": ((OTHER, ("a.php",)),)}
    assert here.judge().codes == codes


def test_where_two_examine_a_base_that_one_examined_carries_nothing(office: Callable[..., Office]) -> None:
    here = office()
    rules = here.world.policy["authorities"]["contoh"]["signoffs"]
    next(one for one in rules if one["kind"] == "persandian")["persons"] = 2
    here = patched(here)
    second = {"person_id": "p-sandi2"}
    again = here.world.make_signoff("persandian-perbaikan", base_release="v0.9.0", **second)
    here.world.add(again, "sandi2")
    assert here.judge().codes == ("SANDI-011",)
    here.world.add(here.world.make_signoff("persandian", about=BASE, **second), "sandi2")
    assert here.judge().codes == ()


SERIOUS = {"kritis": 0, "tinggi": 0, "sedang": 1}


def scanned(here: Office, release: str, *prints: str) -> None:
    """A code scan of the base or of the patch, with its list of findings."""
    about = {"commit": OTHER, "tree": OTHER_TREE} if release == "base" else {}
    here.world.tick()
    evidence = here.world.make_evidence("keamanan_kode", counts={**SERIOUS, "sedang": len(prints)}, **about)
    here.world.add(evidence, "evidence")
    items = tuple(r.CountedFinding(fingerprint=one * 64, severity="sedang", count=1) for one in prints)
    if items:
        found = r.Findings(
            app_id=APP,
            issued_at=here.world.now,
            uji="keamanan_kode",
            evidence_id=evidence.record_id,
            items=items,
        )
        here.world.add(found, "evidence")


def test_findings_that_the_base_had_are_no_news_and_others_are(office: Callable[..., Office]) -> None:
    here = patched(office())
    scanned(here, "patch", "a")
    assert here.judge().codes == ("SANDI-013",)  # the base was never listed
    scanned(here, "base", "b")
    assert here.judge().codes == ("SANDI-013",)  # as many, but another one
    scanned(here, "base", "a", "b")
    assert here.judge().codes == ()


# --- break-glass -------------------------------------------------------------------------------------------------------


def test_two_persons_open_without_tests_and_sign_offs_for_an_hour(office: Callable[..., Office]) -> None:
    here = office().ready("persandian", "uat", "beban")
    entry = here.break_glass()
    judged = here.judge()
    assert (judged.codes, judged.way) == ((), "break-glass")
    assert entry.payload_sha256 in judged.verdict.used()
    here.world.tick(minutes=60)
    late = here.judge()
    assert late.way == "rilis"
    assert {"SANDI-001", "UAT-001", "BEBAN-001"} <= set(late.codes)


def test_where_nothing_is_missing_the_glass_stays_whole(office: Callable[..., Office]) -> None:
    here = office().ready()
    here.break_glass()
    assert here.judge().way == "rilis"


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ({"merges": ()}, "TINJAU-002"),
        ({"posture_drift": ("main terbuka",)}, "POSTUR-001"),
        ({"tag_protected": False}, "SUBJEK-003"),
        ({"artifact_sha256": OTHER_BYTES}, "SUBJEK-006"),
        ({"project_id": 42}, "SUBJEK-001"),
        ({"forge_time": None}, "JAM-003"),
    ],
)
def test_review_bytes_settings_and_clock_are_never_set_aside(
    office: Callable[..., Office], seen: dict[str, Any], code: str
) -> None:
    here = office().ready("persandian")
    here.break_glass()
    assert code in here.judge(**seen).codes


@pytest.mark.parametrize(
    ("signers", "changes", "code"),
    [
        (("pa", "sandi"), {}, "IZIN-061"),  # two persons, one of them of a role that may not
        (("pa", "pa2"), {}, "IZIN-061"),
        (("pa", "tata"), {"rekomendasi_id": r.new_id()}, "IZIN-062"),
    ],
)
def test_break_glass_that_differs_in_one_thing(
    office: Callable[..., Office], signers: tuple[str, ...], changes: dict[str, Any], code: str
) -> None:
    here = office().ready("persandian")
    here.break_glass(*signers, **changes)
    assert here.judge().codes == (code,)


def test_one_person_with_one_key_breaks_nothing(office: Callable[..., Office]) -> None:
    here = office().ready("persandian")
    with pytest.raises(BlockedError, match="dua orang"):
        here.break_glass("pa")
    with pytest.raises(BlockedError):
        here.break_glass("tata", "sandi")  # person_id says p-pa, who did not sign


def test_more_than_an_hour_is_no_record(office: Callable[..., Office]) -> None:
    here = office().ready("persandian")
    with pytest.raises(ValueError, match="60 menit"):
        here.world.make_signoff("break-glass", expires_at=here.world.now + HOUR + timedelta(seconds=1))


def test_the_policy_may_give_less_than_an_hour(office: Callable[..., Office]) -> None:
    here = office(break_glass={**open_ways()["authorities"]["contoh"]["break_glass"], "minutes": 15})
    here.ready("persandian")
    here.break_glass()
    assert here.judge().way == "break-glass"
    here.world.tick(minutes=15)
    assert here.judge().way == "rilis"


def test_who_wrote_the_release_breaks_no_glass_for_it(office: Callable[..., Office]) -> None:
    here = office().ready("persandian")
    here.break_glass()
    base = facts(here.world.now)
    extra = (*base.extra_actors, Actor("pusher", 13, "9" * 64))
    assert here.judge(extra_actors=extra).codes == ("IDENT-003",)


def test_a_later_refusal_of_such_a_role_outweighs_it(office: Callable[..., Office]) -> None:
    here = office().ready("persandian")
    here.break_glass()
    here.break_glass("tata", decision="reject", role="subkoor_tata_kelola", person_id="p-tata")
    assert here.judge().codes == ("IZIN-063",)


def test_without_the_rule_nobody_breaks_the_glass(office: Callable[..., Office]) -> None:
    here = Office(office().world.folder, open_ways(break_glass=None))
    here.ready("persandian")
    here.break_glass()
    assert here.judge().codes == ("SANDI-001",)


# --- it stays red ------------------------------------------------------------------------------------------------------


def red(here: Office) -> list[tuple[str, ...]]:
    rules = parse_policy(policy_bytes(here.world.policy)).authorities["contoh"]
    return [one.missing for one in pending(here.world.entries_once(), rules)]


def test_it_stays_red_until_what_was_set_aside_is_decided_for_these_bytes(
    office: Callable[..., Office],
) -> None:
    here = office().ready("persandian")
    assert red(here) == []
    entry = here.break_glass()
    assert red(here) == [("persandian",)]
    here.world.tick(days=2)
    here.world.withdraw(entry, "subkoor_pa", "p-pa", "pa")
    assert red(here) == [("persandian",)]  # taking it back hides nothing
    here.world.sign("persandian", about={"artifact_sha256": OTHER_BYTES})
    assert red(here) == [("persandian",)]
    judged = here.judge()
    assert [one.missing for one in judged.alarms] == [("persandian",)]
    (alarm,) = judged.alarms
    assert screen(judged).splitlines()[1:3] == [
        f" ✖ {alarm.line}",
        f"      Perintah:   kawal sahkan persandian {APP} --rilis v1.0.0",
    ]
    assert "BREAK-GLASS v1.0.0" in alarm.line
    assert "pengesahan susulan belum ada: persandian" in alarm.line
    here.world.sign("persandian")
    assert red(here) == []


def test_a_refusal_afterwards_keeps_it_red_until_another_release_replaced_it(
    office: Callable[..., Office],
) -> None:
    here = office().ready()
    earlier = here.opened(release="v0.9.0", commit=FIRST, tree="8" * 40, artifacts=("8" * 64,))
    assert earlier.seq
    here.break_glass()
    here.world.tick()
    here.world.sign("persandian", decision="reject")
    assert red(here) == [()]
    here.world.add(_replacement(here), "permit")
    assert red(here) == []


def _replacement(here: Office) -> r.PermitRecord:
    known = [one.predicate for one in here.world.entries_once() if isinstance(one.predicate, r.PermitRecord)]
    fresh = {"record_id": r.new_id(), "commit": OTHER, "seq": 9, "jti": "9" * 32}
    return known[0].model_copy(update=fresh)


def test_a_key_that_left_the_trust_file_does_not_hide_it(office: Callable[..., Office]) -> None:
    here = office().ready("persandian")
    here.break_glass()
    trust = here.world.ledger.trust()
    assert trust is not None
    here.world.tick()
    left = tuple(one for one in trust.persons if one.person_id != "p-pa")
    here.world.trust(version=2, now=here.world.now, persons=left)
    assert here.judge().alarms[0].missing == ("persandian",)
