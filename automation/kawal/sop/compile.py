"""Compiles procedures into the policy that the permit issuer reads (docs/formats.md §10): strict JSON, same input same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kawal.errors import InputError
from kawal.model import Basis, EvidenceClass
from kawal.sop.flow import StepCondition, Taken, conditions
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.requirements import RequiredSignOff, RequiredTest
from kawal.sop.ways import compiled as compiled_ways

PENTEST = "penetrasi"
LIMITS = {"token_age_s": 300, "permit_ttl_s": 600, "facts_age_s": 60, "clock_ahead_s": 300}


def compile_policy(
    procedures: Sequence[Procedure],
    *,
    forge: Mapping[str, object],
    targets: Sequence[Mapping[str, str]],
    jobs: Mapping[str, tuple[str, EvidenceClass]],
    limits: Mapping[str, int] = LIMITS,
) -> bytes:
    """The policy over all procedures of this installation. `jobs`: test -> job of the installed template and class of its evidence; a
    test without a job rests on its documents alone. Raises InputError PROFIL-023 when a release would need nothing,
    PROFIL-025 when a required sign-off has no role that may give it."""
    if not procedures:
        raise InputError("PROFIL-023", "tidak ada profil untuk disusun menjadi kebijakan")
    policy = {
        "schema": 1,
        "forge": dict(forge),
        "limits": dict(limits),
        "targets": [dict(target) for target in targets],
        "authorities": {procedure.id: _authority(procedure, jobs) for procedure in procedures},
    }
    return json.dumps(
        policy, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _authority(procedure: Procedure, jobs: Mapping[str, tuple[str, EvidenceClass]]) -> dict[str, Any]:
    flow = conditions(procedure)
    evidence = [_evidence(test, jobs, flow) for test in procedure.tests if test.kind in jobs]
    signoffs = [_signoff(procedure, signoff) for signoff in procedure.signoffs]
    if not evidence and not signoffs:
        raise InputError("PROFIL-023", f"profil {procedure.id}: himpunan syarat rilis kosong")
    return {
        "profile_sha256": procedure.profile_sha256,
        "overlay_sha256": procedure.overlay_sha256,
        "name": procedure.profile.sop.phrase,
        "steps": [
            {
                "step": step.key,
                "number": step.data.number,
                "who": list(step.roles),
                "documents": _documents(step, flow[step.key].accept),
                "signed": _signed(procedure, step),
                "accept": list(flow[step.key].accept),
                "unless": _taken(flow[step.key].unless),
                "again": _taken(flow[step.key].again),
                "basis": _basis(step.basis, step.actor),
            }
            for step in procedure.before_gate()
        ],
        "evidence": evidence,
        "signoffs": signoffs,
        "pentest": _pentest(procedure, flow),
        "acceptance": _acceptance(procedure),
        **compiled_ways(procedure.ways, _basis(procedure.ways.basis)),
        "review": {"basis": _basis(procedure.review)},
        "off": [
            {"what": one.what, "reason": one.reason, "basis": _basis(one.basis)} for one in procedure.off
        ],
        "roles": procedure.roles,
    }


def _documents(step: ProcStep, accept: Sequence[str]) -> list[list[str]]:
    """Groups of kinds of which the step's record holds at least one each; none where an accepted answer asks for other papers."""
    choices = step.data.decision.choices if step.data.decision else ()
    if any(one.evidence is not None for one in choices if one.value in accept):
        return []
    wanted = step.data.evidence
    return [*([kind] for kind in wanted.all_of), *(list(group) for group in wanted.any_of)]


def _signed(procedure: Procedure, step: ProcStep) -> dict[str, list[str]]:
    """Those of the step's papers whose signatories the SOP names."""
    wanted = step.data.evidence
    kinds = [*wanted.all_of, *(kind for group in wanted.any_of for kind in group)]
    return {kind: list(procedure.signatories[kind]) for kind in kinds if kind in procedure.signatories}


def _taken(found: Sequence[Taken]) -> list[dict[str, str]]:
    return [{"step": step, "decision": decision} for step, decision in found]


def _evidence(
    test: RequiredTest,
    jobs: Mapping[str, tuple[str, EvidenceClass]],
    flow: Mapping[str, StepCondition],
) -> dict[str, Any]:
    job, evidence_class = jobs[test.kind]
    # Only a test that the SOP prints at a step goes with that step; what other layers demand stays.
    unless = flow[test.step].unless if test.basis.kind == "sop" else ()
    return {
        "uji": test.kind,
        "job": job,
        "class": evidence_class,
        "max_age_days": test.max_age_days,
        "who": list(test.roles),
        "step": test.step,
        "unless": _taken(unless),
        "basis": _basis(test.basis),
    }


def _pentest(procedure: Procedure, flow: Mapping[str, StepCondition]) -> dict[str, Any] | None:
    """Only where the SOP prints the test. That none is to be had is declared by whoever signs the approving letter."""
    test = next((one for one in procedure.tests if one.kind == PENTEST), None)
    if test is None:
        return None
    letter = procedure.step(procedure.profile.letter.step)
    return {
        "step": test.step,
        "who": list(test.roles),
        "waiver_who": list(letter.roles) if letter else [],
        "max_age_days": procedure.pentest.max_age_days,
        "waiver_days": procedure.pentest.waiver_days,
        "unless": _taken(flow[test.step].unless if test.basis.kind == "sop" else ()),
        "basis": _basis(test.basis),
    }


def _acceptance(procedure: Procedure) -> dict[str, Any] | None:
    mine = procedure.acceptance
    return (
        None if mine is None else {"roles": list(mine.roles), "days": mine.days, "basis": _basis(mine.basis)}
    )


def _signoff(procedure: Procedure, signoff: RequiredSignOff) -> dict[str, Any]:
    if not signoff.roles:
        raise InputError(
            "PROFIL-025",
            f"profil {procedure.id}: SOP tidak menyebut pelaku pengesahan {signoff.kind}, dan dinas belum menetapkannya",
            needed=f"`- {{jenis: {signoff.kind}, peran: [...]}}` di bawah `pengesahan` kebijakan dinas",
            next_step="lengkapi kebijakan.yml, lalu ulangi perintah yang sama",
        )
    step = procedure.step(signoff.step) if signoff.step else None
    return {
        "kind": signoff.kind,
        "roles": list(signoff.roles),
        "grades": list(signoff.grades),
        "persons": signoff.persons,
        "max_age_days": signoff.max_age_days,
        # Only where the sign-off itself completes the step; a UAT beside a step leaves that step's own record required.
        "step": step.key if step and step.signoff == signoff.kind else None,
        "number": signoff.number,
        "reject": signoff.reject,
        "basis": _basis(signoff.basis),
    }


def _basis(basis: Basis, actor: str | None = None) -> dict[str, Any]:
    return {"kind": basis.kind, "text": basis.text, "actor": actor or basis.actor}
