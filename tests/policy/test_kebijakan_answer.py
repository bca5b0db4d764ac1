"""The tree of a verdict and the judge's answer as a whole: exact values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from kawal_world import APP, CI, COMMIT, basis, facts, job, policy_bytes
from kebijakan_ask import do
from kebijakan_desk import Desk

from kawal.model import Actor
from kawal.policy import Judgement, Verdict, judge, parse_policy
from kawal.policy.model import PolicyBasis
from kawal.policy.verdict import all_of

# --- the tree ----------------------------------------------------------------------------------------------------------

LEAF = Verdict("a", "A", True, inputs=("2", "1"))
NO = Verdict("b", "B", False, "PSE-001", "x", "y", ("r",), "n", PolicyBasis(kind="sop", text="t", actor=None))


def test_the_tree_is_walked_in_the_order_in_which_it_is_shown() -> None:
    tree = all_of("r", "R", [LEAF, all_of("s", "S", [NO, replace(LEAF, inputs=("3", "1"))]), NO])
    assert [one.rule for one in tree.leaves()] == ["a", "b", "a", "b"]
    assert tree.missing() == (NO, NO)
    assert tree.codes() == ("PSE-001",)
    assert tree.used() == ("1", "2", "3")
    assert not tree.satisfied
    assert tree.code is None
    assert (tree.rule, tree.title) == ("r", "R")


def test_a_tree_is_true_when_it_has_parts_and_all_are() -> None:
    assert all_of("r", "R", [LEAF]).satisfied is True
    assert all_of("r", "R", [LEAF]).code is None
    assert all_of("r", "R", [LEAF, NO]).satisfied is False
    assert all_of("r", "R", []) == Verdict("r", "R", False, "PROFIL-032")
    assert Verdict("a", "A", False).codes() == ("PROFIL-032",)


def test_a_verdict_as_json_has_every_part() -> None:
    tree = Verdict("r", "R", False, "C-1", children=(LEAF, replace(NO, note="z")))
    empty: dict[str, Any] = {
        "code": None,
        "found": "",
        "needed": "",
        "who": [],
        "next": None,
        "basis": None,
        "note": "",
    }
    wanted = {
        **empty,
        "rule": "r",
        "title": "R",
        "satisfied": False,
        "code": "C-1",
        "inputs": [],
        "children": [
            {**empty, "rule": "a", "title": "A", "satisfied": True, "inputs": ["2", "1"], "children": []},
            {
                "rule": "b",
                "title": "B",
                "satisfied": False,
                "code": "PSE-001",
                "found": "x",
                "needed": "y",
                "who": ["r"],
                "next": "n",
                "basis": {"kind": "sop", "text": "t", "actor": None},
                "note": "z",
                "inputs": [],
                "children": [],
            },
        ],
    }
    assert tree.to_obj() == wanted
    data = json.dumps(wanted, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert tree.sha256() == hashlib.sha256(data).hexdigest()


# --- the judge ---------------------------------------------------------------------------------------------------------


def test_an_application_that_nobody_asked_for_has_one_answer() -> None:
    desk = Desk()
    said = desk.judge()
    leaf = Verdict(
        "permohonan",
        "Aplikasi tidak dikenal",
        False,
        "REKOM-001",
        "tidak ada permohonan",
        "permohonan yang disetujui",
        next="kawal permohonan ajukan FILE",
    )
    tree = Verdict("rilis", APP, False, children=(leaf,))
    assert said == Judgement(APP, APP, "v1.0.0", COMMIT, tree, {})
    assert (said.way, said.alarms, said.off) == ("rilis", (), ())


def test_a_profile_that_the_policy_does_not_have_has_one_answer() -> None:
    desk = Desk()
    desk.request(profile_id="lain")
    leaf = Verdict(
        "profil",
        "Profil lain tidak ada dalam kebijakan",
        False,
        "PROFIL-032",
        "lain",
        "profil yang dikenal kebijakan",
        next="kawal kepercayaan ubah",
    )
    tree = Verdict("rilis", APP, False, children=(leaf,))
    assert desk.judge() == Judgement(APP, "e-Retribusi", "v1.0.0", COMMIT, tree, {})


def test_broken_glass_is_shown_though_nobody_holds_the_key_of_the_request_any_more() -> None:
    desk = Desk().begin()
    desk.sign("break-glass", "pa", "tata", role="subkoor_pa", person_id="p-pa", reason="banjir")
    left = tuple(one for one in desk.trust.persons if one.person_id != "p-pa")
    desk.trust = desk.trust._replace(persons=left)
    said = desk.judge()
    assert said.codes == ("REKOM-001",)
    assert [one.release for one in said.alarms] == ["v1.0.0"]


def test_who_made_the_first_commit_that_kawal_recorded_is_nobodys_author() -> None:
    desk = Desk().ready()
    whole = facts(desk.now).commits_since
    first = replace(whole[-1], actors=(Actor("author", None, "9" * 64),))
    assert desk.judge(commits_since=(*whole[:-1], first)).allowed
    last = replace(whole[0], actors=first.actors)
    assert desk.judge(commits_since=(last, *whole[1:])).codes == ("IDENT-006",)


def rules_of(said: Judgement) -> list[str]:
    return [one.rule for one in said.verdict.leaves()]


GROUND = ["tinjauan", "pemisahan", "subjek", "postur", "kepercayaan", "kesegaran"]
UJI = [
    f"bukti:{uji}"
    for uji in ("fungsi", "integrasi", "beban", "keamanan_kode", "keamanan_aplikasi", "instalasi")
]
SIGNED = ["pengesahan:uat", "pengesahan:persandian", "pengesahan:pse"]


def test_an_ordinary_release_is_asked_everything_in_order() -> None:
    desk = Desk().ready()
    off = {"what": "x", "reason": "y", "basis": basis()}
    desk.contoh["off"] = [off]
    said = desk.judge()
    assert rules_of(said) == ["rekomendasi", "langkah", *GROUND, *UJI, *SIGNED]
    assert (said.allowed, said.way, said.codes) == (True, "rilis", ())
    assert (said.app_id, said.app_name, said.tag, said.commit) == (APP, "e-Retribusi", "v1.0.0", COMMIT)
    assert said.roles == {"subkoor_persandian": "Sub Koordinator Persandian", "pemohon": "Pemohon"}
    assert [one.what for one in said.off] == ["x"]
    tree = said.verdict
    assert (tree.rule, tree.title) == ("rilis", "rilis v1.0.0")
    assert (tree.children[-1].rule, tree.children[-1].title) == ("syarat", "bukti dan pengesahan")
    for door, name in (("izin", "rilis"), ("gerbang", "gerbang")):
        asked = desk.judge(door=door, target_id="produksi-1", job=job(name))
        assert asked.allowed
        assert rules_of(asked)[8] == "izin"
    assert desk.judge(door="izin", job=job()).codes == ("IZIN-016",)


def test_a_pentest_and_a_test_that_the_flow_went_past_are_not_asked_for() -> None:
    desk = Desk().ready("8", "beban")
    past = [{"step": "8", "decision": "tidak"}]
    desk.contoh["evidence"][2]["unless"] = past
    desk.contoh["pentest"] = {
        "step": "8",
        "who": ["subkoor_pa"],
        "waiver_who": [],
        "max_age_days": 365,
        "waiver_days": 180,
        "unless": past,
        "basis": basis(),
    }
    assert set(desk.judge().codes) == {"LANGKAH-001", "BEBAN-001", "PENTEST-001"}
    do(desk, decision="ya")
    assert desk.judge().codes == ("BEBAN-001", "PENTEST-001")
    asked = rules_of(desk.judge())
    assert asked.index("pentest") == asked.index("bukti:instalasi") + 1
    do(desk, decision="tidak")
    assert desk.judge().allowed
    assert "pentest" not in rules_of(desk.judge())


def test_the_special_ways_are_asked_the_ground_and_what_is_theirs() -> None:
    desk = Desk().ready("uat")
    glass = {"role": "subkoor_pa", "person_id": "p-pa", "reason": "banjir"}
    desk.sign("break-glass", "pa", "tata", **glass)
    said = desk.judge()
    assert (said.way, said.allowed) == ("break-glass", True)
    assert rules_of(said) == ["rekomendasi", *GROUND, "break-glass"]
    assert said.verdict.children[-1].title == "break-glass"
    assert [one.missing for one in said.alarms] == [("uat",)]
    about = {"about": {"release": "v1.0.0-k"}, "base_release": "v1.0.0"}
    desk.sign("rollback", "pa", role="subkoor_pa", person_id="p-pa", **about)
    back = desk.judge(tag="v1.0.0-k")
    assert (back.way, back.allowed) == ("rollback", False)
    assert rules_of(back) == ["rekomendasi", *GROUND, "kembali", "pengesahan:rollback", "pengesahan:pse"]
    assert back.verdict.children[-1].title == "kembali ke rilis terdahulu"
    assert desk.judge().way == "break-glass"


def test_another_environment_asks_for_its_own_sign_offs() -> None:
    desk = Desk().ready()
    policy = parse_policy(policy_bytes(desk.world.policy))
    trust = desk.trust._replace(policy_sha256=desk.digest)
    said = judge(
        policy, desk.digest, facts(desk.now), desk.entries, trust, desk.now, app_id=APP, environment="staging"
    )
    assert said.codes == ("UAT-002", "SANDI-002")


def test_the_project_is_judged_by_the_pinned_template_that_it_runs() -> None:
    desk = Desk(template_entries=["gitlab/php.yml"]).ready()
    other = f"gitlab/php.yml@pa/templat:{'c' * 40}"
    said = desk.judge(door="gerbang", job=job("gerbang", config="x"), posture=(("ci_config_path", other),))
    (refused,) = said.verdict.missing()
    assert (refused.code, refused.needed) == ("IZIN-017", other)
    said = desk.judge(door="gerbang", job=job("gerbang", config="x"), posture=(("lain", other),))
    assert said.verdict.missing()[0].needed == CI
