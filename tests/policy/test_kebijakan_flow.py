"""Steps: which were recorded, which the flow went past, where it turned back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from kawal_world import APP, PROFILE, basis
from kebijakan_ask import do
from kebijakan_desk import Desk

from kawal.ledger import records as r
from kawal.policy import Verdict
from kawal.policy.case import Case
from kawal.policy.model import PolicyBasis, StepRule, Taken
from kawal.policy.process import footing
from kawal.policy.steps import Flow, Mark, judge_steps


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
    assert [one.kinds for one in flow.marks["8"]] == [frozenset({"manual"}), frozenset({"ba"})]
    assert flow.last("77").kinds == frozenset({"ba", "manual"})


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
