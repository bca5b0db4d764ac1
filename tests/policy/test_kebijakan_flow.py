"""Steps, the tree of a verdict, the judge's answer as a whole, its screen, and the reading of a policy: exact values."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from kawal_world import APP, CI, COMMIT, PROFILE, START, basis, facts, job, policy_bytes, policy_value
from kebijakan_desk import Desk

from kawal.errors import InputError
from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor
from kawal.policy import Judgement, Verdict, judge, parse_policy
from kawal.policy.case import Case
from kawal.policy.emergency import Pending
from kawal.policy.model import LIMIT, PolicyBasis, StepRule, SwitchedOff, Taken
from kawal.policy.process import footing
from kawal.policy.screen import basis as basis_line
from kawal.policy.screen import details, findings, screen, who
from kawal.policy.steps import Flow, Mark, judge_steps
from kawal.policy.verdict import all_of

OTHER = "6" * 40

# --- steps -----------------------------------------------------------------------------------------------------------------


def step(name: str, **changes: Any) -> StepRule:
    value: dict[str, Any] = {
        "step": name,
        "number": f"{name}.",
        "who": ("subkoor_pa",),
        "basis": PolicyBasis(kind="sop", text="SOP", actor=None),
        **changes,
    }
    return StepRule(**value)


def mark(seq: int, decision: str | None = None, **changes: Any) -> Mark:
    return Mark(seq, f"{seq:064}", decision, **changes)


def took(name: str, decision: str) -> Taken:
    return Taken(step=name, decision=decision)


def test_a_decision_at_a_step_that_was_passed_by_passes_nothing() -> None:
    rules = [
        step("1"),
        step("2", unless=(took("1", "tidak"),)),
        step("3", unless=(took("2", "tidak"),)),
        step("4", unless=(took("9", "x"), took("1", "tidak"))),
    ]
    marks = {"1": [mark(1, "tidak")], "2": [mark(2, "tidak")]}
    flow = Flow.over(rules, marks)
    assert flow.passed == {"2", "4"}
    assert flow.marks == marks
    marks["1"].append(mark(3, "ya"))
    assert Flow.over(rules, marks).passed == {"3"}


def test_the_newest_way_back_over_a_step_counts() -> None:
    rule = step("6", again=(took("9", "tidak"), took("8", "ulang")))
    flow = Flow(
        {"9": [mark(4, "tidak"), mark(7, "tidak"), mark(9, "ya")], "8": [mark(5, "ulang")]}, frozenset()
    )
    assert flow.way_back(rule) == (7, took("9", "tidak"))
    assert flow.way_back(step("6", again=(took("8", "ulang"),))) == (5, took("8", "ulang"))
    assert flow.way_back(step("6", again=(took("8", "lain"), took("7", "x")))) is None
    assert flow.way_back(step("6")) is None


BACK = (took("9", "tidak"),)
GONE = "catatan sebelum alur kembali (langkah 9: tidak)"
LACKING: list[tuple[dict[str, Any], list[Mark], str | None]] = [
    ({}, [], "tidak ada catatan"),
    ({}, [mark(3)], None),
    ({}, [mark(3, "apa saja")], None),
    ({"accept": ("ya", "baik")}, [mark(3, "baik")], None),
    ({"accept": ("ya",)}, [mark(3)], None),
    ({"accept": ("ya",)}, [mark(2, "ya"), mark(3, "tidak")], "keputusan tidak"),
    ({"again": BACK}, [mark(4)], GONE),
    ({"again": BACK}, [mark(5)], GONE),
    ({"again": BACK}, [mark(6)], None),
    ({"again": BACK}, [mark(4, lasting=True)], None),
    ({"documents": (("a",), ("b", "c"))}, [mark(3)], None),
    ({"documents": (("a",), ("b", "c"))}, [mark(3, kinds=frozenset({"a", "c", "x"}))], None),
    (
        {"documents": (("a",), ("b", "c"))},
        [mark(3, kinds=frozenset())],
        "catatan tanpa dokumen a, b atau c",
    ),
    ({"documents": (("a",), ("b", "c"))}, [mark(3, kinds=frozenset({"b"}))], "catatan tanpa dokumen a"),
]


@pytest.mark.parametrize(("rule", "marks", "wanted"), LACKING)
def test_what_a_step_lacks(rule: dict[str, Any], marks: list[Mark], wanted: str | None) -> None:
    all_marks = {"9": [mark(5, "tidak")], **({"6": marks} if marks else {})}
    assert Flow(all_marks, frozenset()).lacking(step("6", **rule)) == wanted


def flowing(desk: Desk) -> tuple[Case, Flow]:
    case = desk.case()
    return case, Flow.of(case, footing(case)[0])


def stepped(desk: Desk) -> list[Verdict]:
    return judge_steps(*flowing(desk))


def do(desk: Desk, name: str = "8", signer: str = "pa", **changes: Any) -> Entry:
    return desk.add(desk.world.make_step(name, **changes), signer)


def test_every_step_that_no_sign_off_completes_is_judged() -> None:
    desk = Desk().begin()
    desk.contoh["steps"][1]["accept"] = ["ya", "lain"]
    rules = desk.case().rules.steps
    assert stepped(desk) == [
        Verdict(
            "langkah:8",
            "Langkah 8. belum dicatat selesai",
            False,
            "LANGKAH-001",
            "tidak ada catatan",
            "catatan selesai oleh perannya",
            ("subkoor_pa",),
            "kawal langkah selesai e-retribusi 8 --keputusan ya --bukti FILE",
            rules[1].basis,
        )
    ]
    entry = do(desk, decision="lain")
    inputs = (desk.entries[1].payload_sha256, entry.payload_sha256)
    whole = Verdict("langkah", "langkah SOP", True, found="2 dari 2 tercatat", needed="semua", inputs=inputs)
    assert stepped(desk) == [whole]
    passed = {"step": "3", "number": "3.", "who": [], "unless": [{"step": "8", "decision": "lain"}]}
    desk.contoh["steps"].append({**passed, "basis": basis()})
    assert stepped(desk) == [replace(whole, found="2 dari 2 tercatat, 1 tidak berlaku")]


def test_a_policy_that_asks_for_no_step_gets_no_line() -> None:
    desk = Desk().begin()
    desk.contoh["steps"] = [one for one in desk.contoh["steps"] if one["step"] in ("9", "10")]
    case, flow = flowing(desk)
    assert judge_steps(case, flow) == []


def marked(desk: Desk, name: str) -> list[tuple[str | None, int]]:
    _, flow = flowing(desk)
    return [(one.decision, one.seq) for one in flow.marks.get(name, [])]


@pytest.mark.parametrize(
    ("changes", "signer", "counts"),
    [
        ({}, "pa", True),
        ({"role": "subkoor_tata_kelola", "person_id": "p-tata"}, "tata", False),
        ({"profile_sha256": "9" * 64}, "pa", False),
    ],
)
def test_a_step_is_recorded_by_its_role_under_its_profile(
    changes: dict[str, Any], signer: str, counts: bool
) -> None:
    desk = Desk().begin()
    do(desk, "8", signer, **changes)
    assert marked(desk, "8") == ([(None, 4)] if counts else [])


def test_a_step_that_names_nobody_is_recorded_by_any_role() -> None:
    desk = Desk().begin()
    do(desk, "10", "tata", role="subkoor_tata_kelola", person_id="p-tata", decision="x")
    do(desk, "77", "tata", role="subkoor_tata_kelola", person_id="p-tata")
    desk.withdraw(do(desk, "10"))
    assert marked(desk, "10") == [("x", 4)]
    assert marked(desk, "77") == [(None, 5)]


def test_steps_of_each_revision_that_was_followed_count() -> None:
    desk = Desk().begin()
    newer = "e" * 64
    do(desk)
    desk.contoh["profile_sha256"] = newer
    do(desk, profile_sha256=newer)
    do(desk, profile_sha256="9" * 64)
    assert marked(desk, "8") == [(None, 4), (None, 5)]
    case = desk.case()
    base = footing(case)[0]
    without = Flow.of(case, replace(base, request=None))
    assert [one.seq for one in without.marks["8"]] == [5]


def test_a_step_of_a_revision_in_between_counts() -> None:
    desk = Desk().begin()
    revisions = (PROFILE, "e" * 64, "f" * 64)
    for before, after in itertools.pairwise(revisions):
        move = r.Move(
            app_id=APP,
            issued_at=desk.now,
            from_sha256=before,
            to_sha256=after,
            changes=("~ langkah 8",),
            reason="SOP direvisi.",
            role="subkoor_tata_kelola",
            person_id="p-tata",
        )
        desk.add(move, "tata")
    desk.contoh["profile_sha256"] = revisions[-1]
    do(desk, profile_sha256=revisions[1])
    assert marked(desk, "8") == [(None, 6)]


def test_a_sign_off_by_its_role_marks_its_step_and_a_refusal_decides_there() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1]["reject"] = "tidak_memenuhi"
    desk.sign("persandian")
    desk.sign("persandian", decision="reject")
    desk.sign("persandian-perbaikan")
    desk.sign("persandian", "pa", "pa2", grade="surat", role="subkoor_pa", person_id="p-pa")
    desk.withdraw(desk.sign("persandian"))
    desk.sign("uat")
    assert marked(desk, "9") == [(None, 4), ("tidak_memenuhi", 5), (None, 6)]
    assert flowing(desk)[1].marks["9"][0] == Mark(4, desk.entries[3].payload_sha256, None)
    desk.contoh["patch"] = None
    assert marked(desk, "9") == [(None, 4), ("tidak_memenuhi", 5)]


def test_papers_count_with_all_their_signatures() -> None:
    desk = Desk().begin()
    desk.contoh["steps"][1]["signed"] = {"ba": ["kadis", "pemohon"]}
    papers = [
        r.Document(kind=kind, sha256="c" * 64, name="x.pdf", signed_by=by)
        for kind, by in (("ba", ("kadis",)), ("manual", ()))
    ]
    do(desk, evidence=tuple(papers))
    whole = r.Document(kind="ba", sha256="c" * 64, name="x.pdf", signed_by=("pemohon", "x", "kadis"))
    do(desk, evidence=(whole,))
    do(desk, "77", evidence=tuple(papers))
    _, flow = flowing(desk)
    assert [one.kinds for one in flow.marks["8"]] == [{"manual"}, {"ba"}]
    assert flow.last("77").kinds == {"ba", "manual"}


def test_the_letter_and_the_project_mark_their_steps() -> None:
    desk = Desk()
    desk.request()
    letter = desk.approve()
    made = desk.provision(step="8")
    _, flow = flowing(desk)
    assert flow.marks == {
        "2": [Mark(2, letter.payload_sha256, None)],
        "8": [Mark(3, made.payload_sha256, None, lasting=True)],
    }
    desk.contoh["steps"][0]["signed"] = {"dokumen_clearance": ["kadis"]}
    _, flow = flowing(desk)
    assert flow.marks["2"] == [Mark(2, letter.payload_sha256, None, frozenset())]
    do(desk)
    desk.provision(step="8")
    assert marked(desk, "8") == [(None, 4), (None, 5)]


def test_marks_stand_in_the_order_of_the_ledger() -> None:
    desk = Desk()
    desk.contoh["signoffs"][1]["step"] = "8"
    desk.request()
    desk.approve()
    desk.sign("persandian")
    do(desk, decision="ya")
    desk.provision(step="8")
    do(desk, decision="tidak")
    assert marked(desk, "8") == [(None, 3), ("ya", 4), (None, 5), ("tidak", 6)]


# --- the tree --------------------------------------------------------------------------------------------------------------

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
    empty = {"code": None, "found": "", "needed": "", "who": [], "next": None, "basis": None, "note": ""}
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


# --- the judge -------------------------------------------------------------------------------------------------------------


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


# --- the screen ------------------------------------------------------------------------------------------------------------


def judgement(*leaves: Verdict, **changes: Any) -> Judgement:
    tree = all_of("rilis", "rilis", leaves)
    value: dict[str, Any] = {"app_id": "a", "app_name": "Aplikasi", "tag": "v1", "commit": "0123456789"}
    return Judgement(**{**value, "verdict": tree, "roles": {"r": "Peran"}, **changes})


YES = (
    Verdict("x", "pendek", True, found="ada", note="catatan"),
    Verdict("y", "lebih panjang", True, found="ditemukan dua"),
)
DINAS = PolicyBasis(kind="kebijakan_dinas", text="Kebijakan 1", actor=None)
SHUT = Verdict("z", "Bukti belum ada", False, "PSE-001", "tidak ada", "satu", ("r", "q"), "kawal x", DINAS)


def test_an_open_release_on_the_screen() -> None:
    head = "RILIS PRODUKSI terbuka: Aplikasi v1 (0123456)"
    assert screen(judgement(*YES)).splitlines() == [
        f"{head:<68}2 syarat terpenuhi",
        " ✔ pendek         ada            catatan",
        " ✔ lebih panjang  ditemukan dua",
    ]
    assert screen(judgement(*YES), utf8=False).splitlines()[1] == (
        " OK pendek         ada            catatan"
    )


def test_a_locked_release_on_the_screen() -> None:
    pending = Pending("a", "i", "v0", COMMIT, START, "banjir", True, ("uat",))
    off = SwitchedOff(what="uji", reason="alasan", basis=DINAS)
    said = judgement(YES[0], SHUT, way="break-glass", alarms=(pending,), off=(off,))
    head = "RILIS PRODUKSI TERKUNCI (BREAK-GLASS): Aplikasi v1 (0123456)"
    assert screen(said).splitlines() == [
        f"{head:<68}1 dari 2 syarat belum terpenuhi",
        f" ✖ {pending.line}",
        "      Perintah:   kawal sahkan uat a --rilis v0",
        " ✔ pendek   ada  catatan",
        " ✖ PSE-001  Bukti belum ada",
        "      Ditemukan:  tidak ada",
        "      Dibutuhkan: satu",
        "      Siapa:      Peran atau q",
        "      Perintah:   kawal x",
        "      Dasar:      Kebijakan 1 (kebijakan dinas)",
        " ! uji tidak diminta: alasan (Kebijakan 1)",
        "Penjelasan: kawal jelaskan PSE-001",
    ]
    plain = screen(said, utf8=False).splitlines()
    assert (plain[1], plain[4]) == (f" X {pending.line}", " X PSE-001  Bukti belum ada")


@pytest.mark.parametrize("length", [67, 68, 69])
def test_a_long_head_keeps_its_distance(length: int) -> None:
    fixed = len("RILIS PRODUKSI terbuka:  v1 (0123456)")
    line = screen(judgement(YES[0], app_name="x" * (length - fixed))).splitlines()[0]
    head, _, count = line.partition("  ") if length >= 68 else (line[:68].rstrip(), "", line[68:])
    assert (len(head), count) == (length, "1 syarat terpenuhi")


@pytest.mark.parametrize("length", [47, 48, 49])
def test_a_long_finding_does_not_push_the_remarks_of_others_away(length: int) -> None:
    long = Verdict("x", "a", True, found="f" * length, note="n")
    lines = screen(judgement(long, Verdict("y", "b", True, found="g", note="m"))).splitlines()
    assert lines[1] == f" ✔ a  {'f' * length}  n"
    assert lines[2] == f" ✔ b  {'g':<{min(length, 48)}}  m"


def test_a_refusal_without_code_or_basis_is_shown_too() -> None:
    bare = Verdict("z", "Judul", False, found="f", needed="n", next="tunggu")
    lines = screen(judgement(bare)).splitlines()
    assert lines[1:5] == [
        " ✖   Judul",
        "      Ditemukan:  f",
        "      Dibutuhkan: n",
        "      Berikutnya: tunggu",
    ]
    assert details(replace(bare, next="kawalan"), {})[-1] == "Berikutnya: kawalan"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("sop", "T"),
        ("peraturan", "T"),
        ("kebijakan_dinas", "T (kebijakan dinas)"),
        ("bawaan_nasional", "T (bawaan nasional)"),
    ],
)
def test_the_basis_says_what_it_is(kind: Any, line: str) -> None:
    assert basis_line(replace(SHUT, basis=PolicyBasis(kind=kind, text="T", actor=None))) == line
    assert basis_line(replace(SHUT, basis=None)) == ""


def test_where_the_sop_names_nobody_it_says_on_what_ground_a_role_was_set() -> None:
    named = replace(SHUT, basis=PolicyBasis(kind="sop", text="T", actor="SK 1"))
    assert who(named, {"q": "Q"}) == "SOP tidak menyebut pelaku; ditetapkan dinas: r atau Q (SK 1)"
    assert who(replace(named, who=()), {}) == ""
    assert who(SHUT, {}) == "r atau q"
    assert who(replace(SHUT, basis=None), {"r": "R"}) == "R atau q"


def test_a_finding_has_every_part_of_the_format() -> None:
    assert findings(judgement(YES[0], SHUT, replace(SHUT, basis=None, next=None))) == [
        {
            "kode": "PSE-001",
            "judul": "Bukti belum ada",
            "gerbang": "z",
            "ditemukan": "tidak ada",
            "diperlukan": "satu",
            "dasar": "Kebijakan 1 (kebijakan dinas)",
            "siapa": "Peran atau q",
            "tenggat": None,
            "perbaikan": "kawal x",
            "tautan": None,
        },
        {
            "kode": "PSE-001",
            "judul": "Bukti belum ada",
            "gerbang": "z",
            "ditemukan": "tidak ada",
            "diperlukan": "satu",
            "dasar": "",
            "siapa": "Peran atau q",
            "tenggat": None,
            "perbaikan": None,
            "tautan": None,
        },
    ]


# --- the policy ------------------------------------------------------------------------------------------------------------


def test_targets_are_found_by_their_id() -> None:
    value = policy_value()
    value["targets"].append({"target_id": "uji-1", "environment": "staging"})
    policy = parse_policy(policy_bytes(value))
    found = policy.target("uji-1")
    assert found is not None
    assert found.environment == "staging"
    assert policy.target("uji-2") is None


def test_for_a_project_on_another_pin_the_policy_names_that_pin_first() -> None:
    forge: dict[str, Any] = {"template_entries": ["gitlab/php.yml"], "template_commits": ["d" * 40]}
    policy = parse_policy(policy_bytes(policy_value(**forge)))
    config = f"gitlab/php.yml@pa/templat:{'d' * 40}"
    narrowed = policy.for_project(config)
    assert (narrowed.forge.ci_config_path, narrowed.forge.template_commit) == (config, "d" * 40)
    assert narrowed.forge.template_entries == ("gitlab/php.yml", "gitlab/kawal.yml")
    assert narrowed.forge.template_commits == ("d" * 40, "c" * 40)
    assert narrowed.forge.accepts(CI)
    assert narrowed.authorities == policy.authorities
    for other in (None, 7, "lain", ""):
        assert policy.for_project(other) is policy


@pytest.mark.parametrize("project", ["p", "p@q", "h:1/p"])
def test_a_further_entry_is_of_the_same_project_and_of_a_pinned_commit(project: str) -> None:
    pin = "c" * 40
    forge = parse_policy(
        policy_bytes(policy_value(ci_config_path=f"a.yml@{project}:{pin}", template_entries=["b.yml"]))
    ).forge
    assert forge.accepts(f"b.yml@{project}:{pin}")
    narrowed = forge.for_project(f"b.yml@{project}:{pin}")
    assert (narrowed.template_commit, narrowed.template_entries) == (pin, ("b.yml", "a.yml"))
    for other in (f"b.yml@x{project}:{pin}", f"b.yml@{project}x:{pin}", f"b.yml@{project}:{'d' * 40}"):
        assert not forge.accepts(other)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        parse_policy(data)
    assert caught.value.code == "PROFIL-030"
    return str(caught.value).partition(" ")[2]


def test_a_policy_of_the_whole_size_is_read_and_a_larger_one_is_not() -> None:
    value = policy_value()
    bare = len(policy_bytes(value))
    roles = value["authorities"]["contoh"]["roles"]
    data = policy_bytes(value) + b" " * (LIMIT - bare)
    assert LIMIT == 262_144
    assert parse_policy(data).authorities["contoh"].roles == roles
    assert refused(data + b" ").startswith("kebijakan tidak terbaca: JSON: 262145 bita")


def test_up_to_twenty_problems_are_named_by_their_places() -> None:
    value = policy_value()
    value["forge"]["runner_ids"] = []
    value["limits"]["permit_ttl_s"] = "x"
    said = refused(policy_bytes(value))
    assert said == (
        "kebijakan tidak sah: forge.runner_ids: Tuple should have at least 1 item after validation, not 0; "
        "limits.permit_ttl_s: Input should be a valid integer"
    )
    value["forge"]["runner_ids"] = ["x"] * 25
    assert refused(policy_bytes(value)).count("; ") == 19
    assert refused(b"[]").startswith("kebijakan tidak sah: kebijakan: ")


def test_a_policy_says_whether_its_forge_protects_refs() -> None:
    assert parse_policy(policy_bytes(policy_value())).forge.held
    assert not parse_policy(policy_bytes(policy_value(protections="dianjurkan"))).forge.held
