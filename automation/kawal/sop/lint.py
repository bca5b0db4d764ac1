"""Cross-checks of a profile and of a Dinas's decisions: what a schema alone cannot see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kawal.sop.fields import ENDS
from kawal.sop.layers import DinasPolicy, Overlay
from kawal.sop.schema import Choice, Evidence, Profile, Step
from kawal.sop.yamlsafe import Loc, Problem

PIPELINE_TESTS = {
    "fungsi",
    "integrasi",
    "unit",
    "sistem",
    "beban",
    "keamanan_kode",
    "keamanan_aplikasi",
    "rahasia",
    "dependensi",
    "instalasi",
}
"""Tests that a job of the central template performs; the others are handed in as documents. A test holds it to the templates' manifest."""


def lint_profile(profile: Profile, overlay: Overlay) -> list[Problem]:
    """Everything wrong in a profile that has the right shape; empty = it can be used."""
    return [
        *_duplicates(profile),
        *_references(profile, overlay),
        *_flow(profile, overlay),
        *_gates(profile, overlay),
    ]


def all_steps(profile: Profile, overlay: Overlay) -> list[tuple[Step, Loc]]:
    """The SOP's steps, then those of the national layer that the profile names, each with its place in the profile."""
    own = [(step, ("langkah", index)) for index, step in enumerate(profile.steps)]
    layer = {step.id: step for step in overlay.steps}
    more = [
        (layer[key], ("lanjutan", index)) for index, key in enumerate(profile.continuation) if key in layer
    ]
    return [*own, *more]


def next_target(steps: Sequence[Step], index: int) -> str:
    """Where the flow goes after a step without a decision."""
    step = steps[index]
    if step.next:
        return step.next
    return steps[index + 1].id if index + 1 < len(steps) else "SELESAI"


def _duplicates(profile: Profile) -> Iterator[Problem]:
    for name, ids in (
        ("peran", [role.id for role in profile.roles]),
        ("dokumen", [document.id for document in profile.documents]),
        ("langkah", [step.id for step in profile.steps]),
        ("permohonan", [item.id for item in profile.request]),
    ):
        for index, key in enumerate(ids):
            if key in ids[:index]:
                yield Problem((name, index, "id"), f"id '{key}' sudah dipakai")
    for field, kinds in (
        ("uji", [t.kind for t in profile.tests]),
        ("pengesahan", [s.kind for s in profile.signoffs]),
    ):
        for index, kind in enumerate(kinds):
            if kind in kinds[:index]:
                yield Problem((field, index, "jenis"), f"'{kind}' sudah disebut")


def _references(profile: Profile, overlay: Overlay) -> Iterator[Problem]:
    roles = {role.id for role in (*profile.roles, *overlay.roles)}
    documents = {document.id for document in (*profile.documents, *overlay.documents)}
    steps = {step.id: step for step, _ in all_steps(profile, overlay)}

    def unknown(found: Iterable[str], known: Iterable[str], what: str, *loc: str | int) -> Iterator[Problem]:
        known = set(known)
        for index, key in enumerate(found):
            if key not in known:
                yield Problem((*loc, index), f"{what} '{key}' tidak dikenal")

    def evidence(wanted: Evidence, *loc: str | int) -> Iterator[Problem]:
        yield from unknown(wanted.all_of, documents, "dokumen", *loc, "semua")
        for index, group in enumerate(wanted.any_of):
            yield from unknown(group, documents, "dokumen", *loc, "salah_satu", index)

    for index, document in enumerate(profile.documents):
        yield from unknown(document.signatories, roles, "peran", "dokumen", index, "penanda_tangan")
    yield from unknown(
        profile.continuation, {step.id for step in overlay.steps}, "langkah nasional", "lanjutan"
    )
    for index, step in enumerate(profile.steps):
        at = ("langkah", index)
        yield from unknown(step.roles, roles, "peran", *at, "peran")
        yield from unknown(step.candidates, roles, "peran", *at, "peran_kandidat")
        for field, found in (
            ("kelengkapan", step.inputs),
            ("kelengkapan_tersirat", step.implied_inputs),
            ("output", step.outputs),
            ("output_tersirat", step.implied_outputs),
        ):
            yield from unknown(found, documents, "dokumen", *at, field)
        yield from evidence(step.evidence, *at, "bukti")
        targets: list[tuple[Loc, str]] = [(("berikut",), step.next)] if step.next else []
        if step.decision:
            for number, choice in enumerate(step.decision.choices):
                targets.append((("keputusan", "pilihan", number, "ke"), choice.target))
                if choice.evidence:
                    yield from evidence(choice.evidence, *at, "keputusan", "pilihan", number, "bukti")
        for where, target in targets:
            if target not in steps and target not in ENDS:
                yield Problem((*at, *where), f"langkah tujuan '{target}' tidak ada")
        if not step.roles and step.role_status != "tidak_disebut" and step.stage is not None:
            yield Problem((*at,), "peran: wajib diisi (atau peran_status: tidak_disebut)")
    single: list[tuple[Loc, str | None]] = [
        (("langkah_uji",), profile.test_step),
        (("rekomendasi", "langkah"), profile.letter.step),
        (("penyiapan", "langkah"), profile.trigger.step),
        (("gerbang_rilis", "langkah"), profile.gate.step),
        (("laporan_akhir",), profile.final_report),
        *((("uji", i, "langkah"), test.step) for i, test in enumerate(profile.tests)),
        *((("pengesahan", i, "langkah"), signoff.step) for i, signoff in enumerate(profile.signoffs)),
    ]
    for loc, key in single:
        if key is not None and key not in steps:
            yield Problem(loc, f"langkah '{key}' tidak ada")
    yield from evidence(profile.trigger.evidence, "penyiapan", "bukti")
    yield from unknown(profile.letter.documents, documents, "dokumen", "rekomendasi", "dokumen")
    for index, test in enumerate(profile.tests):
        yield from unknown(test.documents, documents, "dokumen", "uji", index, "dokumen")
        if test.kind not in PIPELINE_TESTS and test.kind != "uat" and not test.documents:
            yield Problem(
                ("uji", index), f"dokumen: wajib diisi, karena uji {test.kind} tidak punya pekerjaan pipeline"
            )
    for index, signoff in enumerate(profile.signoffs):
        yield from unknown(signoff.roles, roles, "peran", "pengesahan", index, "peran")
        yield from unknown(signoff.documents, documents, "dokumen", "pengesahan", index, "dokumen")
        values = {c.value for c in _choices(steps.get(signoff.step))}
        for field, value in (("setuju", signoff.approve), ("tolak", signoff.reject)):
            if value is not None and value not in values:
                yield Problem(
                    ("pengesahan", index, field), f"pilihan '{value}' tidak ada di langkah {signoff.step}"
                )
        if values and signoff.approve is None:
            yield Problem(
                ("pengesahan", index), f"setuju: wajib diisi, karena langkah {signoff.step} punya keputusan"
            )
    if profile.letter.decision and profile.letter.step in steps:
        values = {c.value for c in _choices(steps[profile.letter.step])}
        if profile.letter.decision not in values:
            yield Problem(
                ("rekomendasi", "keputusan"),
                f"pilihan '{profile.letter.decision}' tidak ada di langkah {profile.letter.step}",
            )
    if profile.origin.requester and profile.origin.requester not in roles:
        yield Problem(("asal", "pemohon"), f"peran '{profile.origin.requester}' tidak dikenal")
    for index, item in enumerate(profile.request):
        if item.supplied_by not in roles:
            yield Problem(("permohonan", index, "pemasok"), f"peran '{item.supplied_by}' tidak dikenal")
    for index, row in enumerate(profile.other_rows):
        yield from unknown(row.equivalents, steps, "langkah", "baris_lain", index, "padanan")
        yield from unknown(row.roles, roles, "peran", "baris_lain", index, "peran")


def _flow(profile: Profile, overlay: Overlay) -> Iterator[Problem]:
    placed = all_steps(profile, overlay)
    steps = [step for step, _ in placed]
    index_of = {step.id: index for index, step in enumerate(steps)}
    forward = {i: _targets(steps, i) for i in range(len(steps))}
    reached = _closure({0}, lambda i: {index_of[t] for t in forward[i] if t in index_of})
    ending = {i for i in forward if "SELESAI" in forward[i]}
    backward: dict[int, set[int]] = {i: set() for i in forward}
    for i, targets in forward.items():
        for target in targets:
            if target in index_of:
                backward[index_of[target]].add(i)
    alive = _closure(ending, lambda i: backward[i])
    for i, (step, loc) in enumerate(placed):
        if i not in reached:
            yield Problem(loc, f"langkah '{step.id}' tidak pernah tercapai")
        elif i not in alive and not any(target in ENDS for target in forward[i]):
            yield Problem(loc, f"langkah '{step.id}' buntu: dari sini alur tidak pernah selesai")
        if step.recurring and step.decision:
            yield Problem(loc, f"langkah '{step.id}' berulang, jadi tidak memuat keputusan")
        if step.next in index_of and index_of[step.next] <= i:
            yield Problem(loc, f"langkah '{step.id}' kembali ke '{step.next}' tanpa keputusan")


def _gates(profile: Profile, overlay: Overlay) -> Iterator[Problem]:
    steps = {step.id: step for step, _ in all_steps(profile, overlay)}
    order = list(steps)
    if profile.gate.status == "tersirat" and not profile.gate.reason:
        yield Problem(("gerbang_rilis",), "alasan: wajib diisi, karena gerbang ini simpulan (tersirat)")
    if profile.trigger.status == "tersirat" and not profile.trigger.reason:
        yield Problem(("penyiapan",), "alasan: wajib diisi, karena pemicu ini simpulan (tersirat)")
    if not profile.trigger.evidence.all_of and not profile.trigger.evidence.any_of:
        yield Problem(("penyiapan", "bukti"), "pemicu tanpa bukti: sebut paling sedikit satu dokumen")
    if profile.gate.step in steps and profile.trigger.step in steps:
        if order.index(profile.gate.step) < order.index(profile.trigger.step):
            yield Problem(("gerbang_rilis", "langkah"), "gerbang rilis mendahului penyiapan repositori")
        for index, step in enumerate(profile.steps):
            if step.recurring and index <= order.index(profile.gate.step):
                yield Problem(("langkah", index, "berulang"), "langkah berulang jatuh sebelum gerbang rilis")
        for index, signoff in enumerate(profile.signoffs):
            if signoff.step in steps and order.index(signoff.step) > order.index(profile.gate.step):
                yield Problem(("pengesahan", index, "langkah"), "pengesahan ini jatuh sesudah gerbang rilis")


def check_policy(policy: DinasPolicy, profiles: Sequence[Profile], overlay: Overlay) -> list[Problem]:
    """Decisions of the Dinas against the profiles they speak of."""
    known = {profile.authority.id: profile for profile in profiles}
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, entry in enumerate(policy.authorities):
        at: Loc = ("daftar", number)
        profile = known.get(entry.authority_id)
        if profile is None:
            problems.append(Problem((*at, "otoritas"), f"profil '{entry.authority_id}' tidak dikenal"))
            continue
        if entry.authority_id in seen:
            problems.append(Problem((*at, "otoritas"), f"'{entry.authority_id}' sudah disebut"))
        seen.add(entry.authority_id)
        steps = {step.id: step for step in profile.steps}
        roles = {role.id for role in (*profile.roles, *overlay.roles)}
        used: list[tuple[Loc, str | None, tuple[str, ...]]] = [
            *(((*at, "peran", i), r.step, r.roles) for i, r in enumerate(entry.roles)),
            *(((*at, "uji", i), t.step, ()) for i, t in enumerate(entry.extra_tests)),
            *(((*at, "pengesahan", i), s.step, s.roles) for i, s in enumerate(entry.signoffs)),
            *([((*at, "pengecualian"), None, entry.acceptance.roles)] if entry.acceptance else []),
            *(
                ((*at, "jalan_khusus", name), None, way.roles)
                for name, way in (
                    ("kembali", entry.ways and entry.ways.rollback),
                    ("darurat", entry.ways and entry.ways.break_glass),
                )
                if way
            ),
        ]
        for loc, step, wanted in used:
            if step is not None and step not in steps and step not in profile.continuation:
                problems.append(
                    Problem((*loc, "langkah"), f"langkah '{step}' tidak ada di profil {entry.authority_id}")
                )
            for index, role in enumerate(wanted):
                if role not in roles:
                    problems.append(
                        Problem(
                            (*loc, "peran", index),
                            f"peran '{role}' tidak dikenal di profil {entry.authority_id}",
                        )
                    )
        for i, decided in enumerate(entry.roles):
            named = steps.get(decided.step)
            if named is not None and named.role_status == "tersurat":
                problems.append(
                    Problem(
                        (*at, "peran", i, "langkah"),
                        f"SOP sudah menyebut pelaku langkah {decided.step}; tidak dapat diganti",
                    )
                )
        if entry.off and entry.decided is None:
            problems.append(
                Problem((*at, "matikan"), "ditetapkan: wajib diisi (nomor dan tanggal keputusan Dinas)")
            )
        for i, off in enumerate(entry.off):
            if (off.test is None) == (off.signoff is None):
                problems.append(Problem((*at, "matikan", i), "sebut tepat satu: uji atau pengesahan"))
            elif off.test in {t.kind for t in profile.tests} or off.signoff in {
                s.kind for s in profile.signoffs
            }:
                problems.append(Problem((*at, "matikan", i), "dituntut SOP sendiri; tidak dapat dimatikan"))
    return problems


def _choices(step: Step | None) -> tuple[Choice, ...]:
    return step.decision.choices if step is not None and step.decision else ()


def _targets(steps: Sequence[Step], index: int) -> set[str]:
    step = steps[index]
    if step.decision:
        return {choice.target for choice in step.decision.choices}
    return {next_target(steps, index)}


def _closure(start: set[int], grow: Callable[[int], set[int]]) -> set[int]:
    found, todo = set(start), list(start)
    while todo:
        for item in grow(todo.pop()) - found:
            found.add(item)
            todo.append(item)
    return found
