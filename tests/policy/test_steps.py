"""Steps on the way a release really took: decisions that go past a step, ways back over it, answers that do not lead on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kawal_world import APP, World, basis, facts, policy_bytes, special_ways

from kawal.ledger import records as r
from kawal.model import DoneStep
from kawal.policy import judge, parse_policy
from kawal.policy.judge import Judgement
from kawal.policy.model import StepRule
from kawal.policy.steps import Flow, Mark
from kawal.sop.compile import _authority
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import Procedure, procedure_for
from kawal.sop.workflow import open_step, state_of

ELSEWHERE = [{"step": "6", "decision": "tidak"}]
BACK = [{"step": "9", "decision": "tidak_memenuhi"}]


def branching(world: World) -> World:
    """Step 6 asks where it is installed; 7 and its test only count on this office's server; a refusal in 9 leads back to 6."""
    authority = world.policy["authorities"]["contoh"]
    step: dict[str, Any] = {"who": ["subkoor_pa"], "basis": basis(), "again": BACK}
    authority["steps"][1:2] = [
        {"step": "6", "number": "6.", "accept": ["ya", "tidak"], **step},
        {"step": "7", "number": "7.", "unless": ELSEWHERE, **step},
        {"step": "8", "number": "8.", **step, "again": []},
    ]
    for one in authority["evidence"]:
        if one["uji"] == "instalasi":
            one["unless"] = ELSEWHERE
    authority["signoffs"][1]["reject"] = "tidak_memenuhi"
    return world


def ask(world: World) -> Judgement:
    trust = world.ledger.trust()
    assert trust is not None
    return judge(
        parse_policy(policy_bytes(world.policy)),
        world.policy_sha256,
        facts(world.now),
        world.entries_once(),
        trust,
        world.now,
        app_id=APP,
    )


def test_the_project_that_was_made_completes_the_step_that_the_sop_prints_for_it(world: World) -> None:
    world.ready(without=("8",))
    assert ask(world).codes == ("LANGKAH-001",)
    made = next(one.predicate for one in world.entries_once() if isinstance(one.predicate, r.Provision))
    again = made.model_copy(update={"record_id": r.new_id(), "step": "8"})
    world.add(again, "evidence")
    assert ask(world).codes == ()


def test_steps_and_test_that_the_decision_goes_past_are_no_condition(world: World) -> None:
    branching(world).ready(without=("instalasi",))
    world.add(world.make_step("6", decision="tidak"), "pa")
    found = ask(world)
    assert found.allowed
    assert "1 tidak berlaku" in json.dumps(found.verdict.to_obj())


def test_the_other_answer_demands_them(world: World) -> None:
    branching(world).ready(without=("instalasi",))
    world.add(world.make_step("6", decision="ya"), "pa")
    assert ask(world).codes == ("LANGKAH-001", "INSTAL-001")
    world.add(world.make_step("7"), "pa")
    world.add(world.make_evidence("instalasi"), "evidence")
    assert ask(world).allowed


def test_without_the_decision_everything_is_demanded(world: World) -> None:
    missing = ask(branching(world).ready(without=("instalasi",))).verdict.missing()
    assert [one.rule for one in missing] == ["langkah:6", "langkah:7", "bukti:instalasi"]
    assert missing[0].next == f"kawal langkah selesai {APP} 6 --keputusan ya --bukti FILE"


def test_the_newest_answer_counts_and_only_from_its_role(world: World) -> None:
    branching(world).ready()
    world.add(world.make_step("7"), "pa")
    world.add(world.make_step("6", decision="tidak", role="staf_pa", person_id="p-pa2"), "pa2")
    assert [one.rule for one in ask(world).verdict.missing()] == ["langkah:6"]
    world.add(world.make_step("6", decision="mungkin"), "pa")
    assert ask(world).verdict.missing()[0].found == "keputusan mungkin"
    world.add(world.make_step("6", decision="ya"), "pa")
    assert ask(world).allowed


def test_a_refused_signoff_leads_back_and_its_steps_are_done_again(world: World) -> None:
    branching(world).ready(without=("persandian",))
    world.add(world.make_step("6", decision="ya"), "pa")
    world.add(world.make_step("7"), "pa")
    world.sign("persandian", decision="reject")
    world.sign("persandian")
    missing = ask(world).verdict.missing()
    assert [(one.rule, one.found) for one in missing] == [
        (f"langkah:{step}", "catatan sebelum alur kembali (langkah 9: tidak_memenuhi)") for step in ("6", "7")
    ]
    world.add(world.make_step("6", decision="tidak"), "pa")
    assert ask(world).allowed


@pytest.mark.parametrize(("open_way", "codes"), [(True, ("LANGKAH-001",)), (False, ())])
def test_a_refused_re_examination_leads_back_where_the_dinas_opened_it(
    world: World, open_way: bool, codes: tuple[str, ...]
) -> None:
    """Both releases stand on the same bytes here, so that only the steps differ; the full sign-off comes last."""
    if open_way:
        world.policy["authorities"]["contoh"]["patch"] = special_ways()["patch"]
    branching(world).ready(without=("persandian",))
    world.add(world.make_step("6", decision="ya"), "pa")
    world.add(world.make_step("7"), "pa")
    world.sign("persandian-perbaikan", decision="reject")
    world.sign("persandian")
    assert ask(world).codes == codes


def test_a_step_recorded_without_its_papers_does_not_count(world: World) -> None:
    world.policy["authorities"]["contoh"]["steps"][1]["documents"] = [["manual"], ["ba_a", "ba_b"]]
    world.ready()
    assert ask(world).verdict.missing()[0].found == "catatan tanpa dokumen manual, ba_a atau ba_b"
    papers = [r.Document(kind=kind, sha256="c" * 64, name=f"{kind}.pdf") for kind in ("manual", "ba_b")]
    world.add(world.make_step(evidence=tuple(papers[:1])), "pa")
    assert ask(world).verdict.missing()[0].found == "catatan tanpa dokumen ba_a atau ba_b"
    world.add(world.make_step(evidence=tuple(papers)), "pa")
    assert ask(world).allowed


def test_a_paper_without_all_its_signatures_does_not_count(world: World) -> None:
    rule = world.policy["authorities"]["contoh"]["steps"][1]
    rule |= {"documents": [["berita_acara"]], "signed": {"berita_acara": ["pemohon", "kadis"]}}
    world.ready()
    for by, found in (((), False), (("kadis",), False), (("kadis", "pemohon"), True)):
        paper = r.Document(kind="berita_acara", sha256="c" * 64, name="ba.pdf", signed_by=by)
        world.add(world.make_step(evidence=(paper,)), "pa")
        assert ask(world).allowed is found


def test_a_letter_without_all_its_signatures_completes_no_step(world: World) -> None:
    kind = "dokumen_clearance"
    rule = world.policy["authorities"]["contoh"]["steps"][0]
    rule |= {"documents": [[kind]], "signed": {kind: ["kadis", "pemohon"]}}
    assert ask(world.ready()).verdict.missing()[0].found == f"catatan tanpa dokumen {kind}"
    world.add(world.make_approval(signed_by=("kadis", "pemohon")), "tata")
    assert "LANGKAH-001" not in ask(world).codes


# --- the judge and `kawal status` agree --------------------------------------------------------------------------


def procedures() -> dict[str, Procedure]:
    profiles, overlay = load_profiles(), load_overlay()
    dinas = load_dinas_policy(
        BUILTIN / "kebijakan-contoh.yml", [one.value for one in profiles.values()]
    ).value
    return {name: procedure_for(one.value, overlay.value, dinas) for name, one in profiles.items()}


PROCEDURES = procedures()


def lacking(found: Procedure, done: list[DoneStep]) -> list[str]:
    """Steps that the judge would miss."""
    rules = [StepRule.model_validate(one, strict=False) for one in _authority_steps(found)]
    marks: dict[str, list[Mark]] = {}
    for seq, one in enumerate(done):
        marks.setdefault(one.step, []).append(Mark(seq, "a" * 64, one.decision))
    flow = Flow.over(rules, marks)
    return [rule.step for rule in rules if rule.step not in flow.passed and flow.lacking(rule)]


def _authority_steps(found: Procedure) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(json.dumps(_authority(found, {})["steps"]))
    lists = ("who", "accept", "unless", "again")
    return [{**one, "documents": (), **{k: tuple(one[k]) for k in lists}} for one in steps]


def refused_later(found: Procedure, done: list[DoneStep], data: st.DataObject) -> list[DoneStep]:
    """Now and then the examiner refuses a later release, at a step that the flow has left."""
    left = [one for one in found.profile.signoffs if one.reject and one.step in state_of(found, done).done]
    if not left or data.draw(st.integers(0, 5)):
        return []
    return [DoneStep(left[0].step, None, "peran", (), left[0].reject)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PROCEDURES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_judge_misses_no_step_exactly_when_the_flow_has_come_to_the_gate(
    name: str, data: st.DataObject
) -> None:
    found, done = PROCEDURES[name], list[DoneStep]()
    wanted = [step.key for step in found.before_gate()]
    for _ in range(data.draw(st.integers(0, 60))):
        current = open_step(found, done)
        if current is None:
            break
        choice = (
            data.draw(st.sampled_from([*current.choices[:1] * 6, *current.choices]))
            if current.choices
            else None
        )
        done.append(DoneStep(current.step.key, None, "peran", (), choice))  # type: ignore[arg-type]
        done += refused_later(found, done, data)
    state = state_of(found, done)
    there = all(state.status[key] in ("selesai", "tidak_berlaku") for key in wanted) and state.ended in (
        None,
        "selesai",
    )
    assert (lacking(found, done) == []) == there
