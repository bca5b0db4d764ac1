"""An application as its records tell it: what was asked, approved, done and signed, in the ledger's order."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.bahasa import t
from kawal.ledger.records import (
    Approval,
    Pentest,
    Provision,
    Request,
    Signoff,
    StepDone,
    Waiver,
    Withdraw,
)
from kawal.ledger.store import Entry
from kawal.model import Application, DoneStep
from kawal.policy.pentest import GATE, end_of_waiver
from kawal.services.office import Office
from kawal.sop.fields import ENDS
from kawal.sop.procedure import Procedure
from kawal.sop.words import day_text
from kawal.sop.workflow import step_of_signoff

REPORT, UNAVAILABLE = "laporan_uji_penetrasi", "pentest_tidak_tersedia"
"""Kinds of document by which a step of the SOP knows the two records of a penetration test."""


def provisioned(office: Office) -> list[str]:
    """Applications with a project, in the order in which they got it."""
    entries = office.ledger.entries(type=Provision.TYPE)
    return list(dict.fromkeys(e.predicate.app_id for e in entries if isinstance(e.predicate, Provision)))


def application(office: Office, app_id: str) -> Application:
    """The application `app_id`. InputError INPUT-030 when nobody asked for it."""
    asked, request = office.request(app_id)
    procedure = office.procedure_of(request)
    approvals = [one for one in office.records(app_id, Approval) if one[1].decision == "approve"]
    approved = approvals[-1] if approvals else None
    provisions = office.records(app_id, Provision)
    letter = approved[1].letter if approved else None
    return Application(
        app_id=app_id,
        name=request.name,
        agency=request.agency,
        agency_slug=request.agency_slug,
        profile_id=request.profile_id,
        profile_sha256=procedure.profile_sha256,
        requested_at=asked.received_at,
        approved_at=approved[0].received_at if approved else None,
        letter_number=letter.number_raw if letter else None,
        letter_date=letter.date if letter else None,
        letter_sha256=letter.sha256 if letter else None,
        developers=request.developers,
        reviewers=request.reviewers,
        thresholds=request.thresholds.to_json(),
        done=done_steps(office, app_id, procedure),
        project_id=provisions[-1][1].forge.project_id if provisions else None,
    )


def done_steps(office: Office, app_id: str, procedure: Procedure) -> tuple[DoneStep, ...]:
    """Every record that completes a step, oldest first; withdrawn ones count for nothing."""
    entries = office.ledger.entries(app_id=app_id)
    withdrawn = {e.predicate.record_sha256 for e in entries if isinstance(e.predicate, Withdraw)}
    done = [_done(entry, procedure) for entry in entries if entry.payload_sha256 not in withdrawn]
    return tuple(one for one in done if one is not None)


def _done(entry: Entry, procedure: Procedure) -> DoneStep | None:
    match entry.predicate:
        case StepDone() as step:
            evidence = tuple((one.kind, one.sha256) for one in step.evidence)
            return DoneStep(step.step, entry.received_at, step.role, evidence, step.decision)
        case Approval() as letter:
            evidence = ((letter.kind, letter.letter.sha256),)
            decision = decision_value(procedure, letter.step, approved=letter.decision == "approve")
            if letter.decision == "reject" and decision is None:
                return None  # this SOP knows no refusal here: such a record completes nothing
            return DoneStep(letter.step, entry.received_at, letter.signer_role, evidence, decision)
        case Signoff() as signoff:
            found = step_of_signoff(procedure, signoff.kind, approved=signoff.decision == "approve")
            if found is None:
                return None
            return DoneStep(
                found[0], entry.received_at, signoff.role, _signoff_evidence(procedure, signoff), found[1]
            )
        case _:
            return None


def _signoff_evidence(procedure: Procedure, signoff: Signoff) -> tuple[tuple[str, str], ...]:
    rule = procedure.signoff(signoff.kind)
    kind = rule.documents[0] if rule and rule.documents else signoff.kind
    return tuple((kind, one.sha256) for one in signoff.evidence)


def decision_value(procedure: Procedure, step_key: str, *, approved: bool) -> str | None:
    """The profile's own word for yes or no at the step of the approving letter; None where the step has no decision."""
    letter = procedure.profile.letter
    step = procedure.step(step_key)
    if step is None or step.data.decision is None:
        return None
    if approved:
        return letter.decision
    ends = [one.value for one in step.data.decision.choices if ENDS.get(one.target) in ("ditolak", "ditunda")]
    return ends[0] if ends else None


def request_of(office: Office, app_id: str) -> Request:
    return office.request(app_id)[1]


@dataclass(frozen=True)
class PentestNow:
    """The record of a penetration test that stands now."""

    kind: str
    """REPORT or UNAVAILABLE."""
    sha256: str
    words: str


def pentest_now(office: Office, app_id: str, procedure: Procedure) -> PentestNow | None:
    """The newest report, else the newest declaration that has not ended; None when there is neither."""
    entries = office.ledger.entries(app_id=app_id)
    withdrawn = {e.predicate.record_sha256 for e in entries if isinstance(e.predicate, Withdraw)}
    standing = [one for one in reversed(entries) if one.payload_sha256 not in withdrawn]
    for entry in standing:
        if isinstance(entry.predicate, Pentest):
            report = entry.predicate
            words = t(
                "laporan {day}: {result}",
                day=day_text(report.tested_on),
                result=report.result.replace("_", " "),
            )
            return PentestNow(REPORT, report.document_sha256, words)
    for entry in standing:
        one = entry.predicate
        if not isinstance(one, Waiver) or one.gate != GATE:
            continue
        if office.now() < end_of_waiver(procedure.pentest.waiver_days, entry.received_at, one):
            day = day_text(one.expires_at.date())
            words = t("TIDAK TERSEDIA s.d. {day}: {reason}", day=day, reason=one.reason)
            return PentestNow(UNAVAILABLE, one.document_sha256 or "", words)
    return None
