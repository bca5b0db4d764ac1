"""What another revision of a profile changes for an application, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.requirements import RequiredSignOff, RequiredTest
from kawal.sop.schema import Evidence
from kawal.sop.workflow import missing_evidence

LIMIT = 290
"""A line of a record holds 300 characters."""


def changes(old: Procedure, new: Procedure) -> tuple[str, ...]:
    """One line per difference that somebody would notice; empty when only wording outside the flow differs."""
    return tuple(line[:LIMIT] for line in _changes(old, new))


def _changes(old: Procedure, new: Procedure) -> Iterator[str]:
    before, after = {s.key: s for s in old.steps}, {s.key: s for s in new.steps}
    yield from (f"+ langkah {key}: {after[key].data.short}" for key in after if key not in before)
    yield from (f"- langkah {key}: {before[key].data.short}" for key in before if key not in after)
    both = [key for key in after if key in before]
    if both != [key for key in before if key in after]:
        yield f"~ urutan langkah: {', '.join(both)}"
    for key in both:
        yield from _differences(f"langkah {key}", _step(old, before[key]), _step(new, after[key]))
    yield from _required("uji", {t.kind: t for t in old.tests}, {t.kind: t for t in new.tests}, _test)
    yield from _required(
        "pengesahan", {s.kind: s for s in old.signoffs}, {s.kind: s for s in new.signoffs}, _signoff
    )
    yield from _differences("profil", _whole(old), _whole(new))


def _differences(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, value in after.items():
        if before[name] != value:
            yield f"~ {what}, {name}: {before[name] or '-'} -> {value or '-'}"


def _required(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], say: Callable[[Any], dict[str, str]]
) -> Iterator[str]:
    yield from (f"+ {what} {kind}" for kind in after if kind not in before)
    yield from (f"- {what} {kind}" for kind in before if kind not in after)
    for kind in after:
        if kind in before:
            yield from _differences(f"{what} {kind}", say(before[kind]), say(after[kind]))


def _step(procedure: Procedure, step: ProcStep) -> dict[str, str]:
    data = step.data
    choices = data.decision.choices if data.decision else ()
    return {
        "nomor": data.number,
        "teks": data.text,
        "peran": procedure.role_names(step.roles),
        "bukti": _evidence(procedure, data.evidence),
        "penanda tangan": _signatories(procedure, data.evidence),
        "keputusan": ", ".join(f"{one.value} ke {one.target}" for one in choices),
        "berikut": "" if choices else step.next,
        "waktu": data.duration.printed if data.duration else "",
        "pengesahan": step.signoff or "",
    }


def _evidence(procedure: Procedure, wanted: Evidence) -> str:
    return "; ".join(missing_evidence(procedure, wanted, ()))


def _signatories(procedure: Procedure, wanted: Evidence) -> str:
    kinds = [*wanted.all_of, *(kind for group in wanted.any_of for kind in group)]
    return "; ".join(procedure.paper(kind) for kind in kinds if kind in procedure.signatories)


def _test(test: RequiredTest) -> dict[str, str]:
    return {"langkah": test.step, "umur": f"{test.max_age_days} hari", "dasar": test.basis.text}


def _signoff(signoff: RequiredSignOff) -> dict[str, str]:
    return {
        "langkah": signoff.step or "",
        "peran": ", ".join(signoff.roles),
        "orang": str(signoff.persons),
        "umur": f"{signoff.max_age_days} hari",
        "dasar": signoff.basis.text,
    }


def _whole(procedure: Procedure) -> dict[str, str]:
    profile = procedure.profile
    return {
        "sebutan": profile.sop.phrase,
        "penyiapan": f"langkah {profile.trigger.step} {profile.trigger.when}, "
        f"{_evidence(procedure, profile.trigger.evidence)}",
        "gerbang rilis": f"{profile.gate.position} langkah {profile.gate.step}",
        "surat": f"{profile.letter.name}, langkah {profile.letter.step}",
        "hitungan hari": procedure.count_days.replace("_", " "),
    }
