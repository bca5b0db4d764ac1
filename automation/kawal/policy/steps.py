"""Rules of the SOP's steps: each recorded by its role, with an answer that leads on, since the flow last came back over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kawal.ledger.records import Signoff, StepDone
from kawal.policy.case import Case
from kawal.policy.model import StepRule, Taken
from kawal.policy.process import Footing, revisions
from kawal.policy.signoffs import kinds_for
from kawal.policy.standing import negative
from kawal.policy.verdict import Verdict


@dataclass(frozen=True)
class Mark:
    """A record that completes a step, or sends the flow elsewhere from it."""

    seq: int
    sha256: str
    decision: str | None
    """None where the record stands for the step as a whole (approving letter, sign-off, provisioning)."""
    kinds: frozenset[str] | None = None
    """Kinds of the papers in a step's own record; None for the other records, whose paper is judged with them."""
    lasting: bool = False
    """A project that was made is not unmade by a way back."""
    lapsed: bool = False
    """Of a record that opens nothing any more: a no, or a way back."""


@dataclass(frozen=True)
class Flow:
    """What the records say of the steps, and which steps the decisions passed by."""

    marks: dict[str, list[Mark]]
    """Per step, oldest first."""
    passed: frozenset[str]

    @classmethod
    def of(cls, case: Case, base: Footing) -> Flow:
        return cls.over(case.rules.steps, _marks(case, base))

    @classmethod
    def over(cls, rules: Sequence[StepRule], marks: dict[str, list[Mark]]) -> Flow:
        """In the order of the SOP: a decision at a step that was itself passed by decides nothing."""
        flow = cls(marks, frozenset())
        for rule in rules:
            if flow.passed_by(rule.unless):
                flow = cls(marks, flow.passed | {rule.step})
        return flow

    def passed_by(self, unless: Sequence[Taken]) -> bool:
        return any(
            one.step not in self.passed
            and self.last(one.step).decision == one.decision
            and not self.last(one.step).lapsed
            for one in unless
            if one.step in self.marks
        )

    def last(self, step: str) -> Mark:
        return self.marks[step][-1]

    def way_back(self, rule: StepRule) -> tuple[int, Taken] | None:
        """The newest decision that led back over this step."""
        found = [
            (mark.seq, one)
            for one in rule.again
            for mark in self.marks.get(one.step, [])
            if mark.decision == one.decision
        ]
        return max(found, key=lambda pair: pair[0]) if found else None

    def lacking(self, rule: StepRule) -> str | None:
        """What was found instead of a record that counts; None when the step is done."""
        if rule.step not in self.marks:
            return "tidak ada catatan"
        mark, back = self.last(rule.step), self.way_back(rule)
        if back is not None and back[0] >= mark.seq and not mark.lasting:
            return f"catatan sebelum alur kembali (langkah {back[1].step}: {back[1].decision})"
        if rule.accept and mark.decision is not None and mark.decision not in rule.accept:
            return f"keputusan {mark.decision}"
        if mark.lapsed:
            return "catatan dengan kunci yang tidak berlaku lagi"
        if mark.kinds is not None:
            absent = [group for group in rule.documents if not mark.kinds & set(group)]
            if absent:
                return f"catatan tanpa dokumen {', '.join(' atau '.join(group) for group in absent)}"
        return None


def judge_steps(case: Case, flow: Flow) -> list[Verdict]:
    """Every step of the policy that the flow comes to. A step that a required sign-off completes is judged there."""
    by_signoff = {one.step for one in case.rules.signoffs if one.step is not None}
    wanted = [one for one in case.rules.steps if one.step not in by_signoff and one.step not in flow.passed]
    lacking = [(rule, found) for rule in wanted if (found := flow.lacking(rule)) is not None]
    if lacking or not wanted:
        return [_refusal(case, rule, found) for rule, found in lacking]
    done = f"{len(wanted)} dari {len(wanted)} tercatat"
    if flow.passed:
        done += f", {len(flow.passed)} tidak berlaku"
    inputs = tuple(flow.last(rule.step).sha256 for rule in wanted)
    return [Verdict("langkah", "langkah SOP", True, found=done, needed="semua", inputs=inputs)]


def _refusal(case: Case, rule: StepRule, found: str) -> Verdict:
    decide = f" --keputusan {rule.accept[0]}" if rule.accept else ""
    return Verdict(
        f"langkah:{rule.step}",
        f"Langkah {rule.number} belum dicatat selesai",
        False,
        "LANGKAH-001",
        found,
        "catatan selesai oleh perannya",
        rule.who,
        f"kawal langkah selesai {case.app_id} {rule.step}{decide} --bukti FILE",
        rule.basis,
    )


def _marks(case: Case, base: Footing) -> dict[str, list[Mark]]:
    seq = {record.sha256: record.seq for record in case.records}
    rule_of = {rule.step: rule for rule in case.rules.steps}
    signed = {rule.step: rule.signed for rule in case.rules.steps}
    found: dict[str, list[Mark]] = {}
    followed = {case.rules.profile_sha256}
    if base.request is not None:
        followed.update(revisions(case, base.request, base.approval))
    for record, step in case.of(StepDone):
        own = rule_of.get(step.step)
        roles, accept = (own.who, own.accept) if own else ((), ())
        undecided = bool(accept) and step.decision is None
        lost = record.lapsed and not _is_a_no(case, accept, step)
        if step.profile_sha256 in followed and (not roles or step.role in roles) and not (undecided or lost):
            papers = [(paper.kind, paper.signed_by) for paper in step.evidence]
            kinds = frozenset(kind for kind, by in papers if _bears(signed.get(step.step, {}), kind, by))
            mark = Mark(record.seq, record.sha256, step.decision, kinds, lapsed=record.lapsed)
            found.setdefault(step.step, []).append(mark)
    for rule in case.rules.signoffs:
        if rule.step is not None:
            for record, one in case.of(Signoff):
                if one.kind in kinds_for(case, rule) and one.role in rule.roles:
                    decision = rule.reject if negative(one) else None
                    found.setdefault(rule.step, []).append(Mark(record.seq, record.sha256, decision))
    if base.approval is not None:
        digest, letter = base.inputs[0], base.approval
        whole = _bears(signed[letter.step], letter.kind, letter.signed_by)
        mark = Mark(seq[digest], digest, None, None if whole else frozenset())
        found.setdefault(letter.step, []).append(mark)
    if base.provision is not None and base.provision.step is not None:
        digest = base.inputs[-1]
        found.setdefault(base.provision.step, []).append(Mark(seq[digest], digest, None, lasting=True))
    return {step: sorted(marks, key=lambda one: one.seq) for step, marks in found.items()}


def _is_a_no(case: Case, accept: Sequence[str], step: StepDone) -> bool:
    """With this decision the step does not count, or another one has to be done again."""
    back = {(one.step, one.decision) for rule in case.rules.steps for one in rule.again}
    return (step.step, step.decision) in back or bool(accept and step.decision not in accept)


def _bears(signed: Mapping[str, Sequence[str]], kind: str, by: Sequence[str]) -> bool:
    """Whether a paper bears every signature that the policy asks of its kind."""
    return set(signed.get(kind, ())) <= set(by)
