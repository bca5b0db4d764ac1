"""The verdict: all rules over what was seen, then per gate the weakest thing that is true of it."""

from __future__ import annotations

from collections.abc import Sequence

from kawal.policy.model import AuthorityPolicy
from kawal.proof import access, pipeline, secrets
from kawal.proof.model import GATES, GateProof, Ladder, Leak, Proof, Rule, Seen, Verdict

RULES: tuple[Rule, ...] = (*access.RULES, *pipeline.RULES, *secrets.RULES)
_HINT = "kabar"
_CREDENTIAL_TRAPS = ("rahasia-",)
_ON_GITHUB = {
    "pipeline": "alur kerja di repositori dapat diubah di cabang; token rilis membuktikan templatnya (job_workflow_ref)",
    "uji": "pemeriksaan tidak diwajibkan forge; bot menggabungkan hanya setelah lulus",
}
_HELD = "setelan forge menahannya, dan posturnya dibaca ulang sebelum setiap izin"


def leaks_of(seen: Seen) -> tuple[Leak, ...]:
    return tuple(leak for rule in RULES for leak in rule(seen))


def prove(
    seen: Seen,
    authority: AuthorityPolicy | None,
    *,
    target_verifies: bool | None,
    warnings: Sequence[str] = (),
) -> Proof:
    """`target_verifies`: whether the production target answered as kawal's verifier; None = it could not be asked."""
    leaks = leaks_of(seen)
    ladder = _ladder(leaks, target_verifies)
    gates = [_forge_gate(gate, title, leaks, seen) for gate, title in GATES.items()]
    gates.append(_permit(ladder))
    if authority is not None:
        gates += _policy_gates(authority, ladder)
    return Proof(tuple(gates), ladder, (*warnings, *secrets.unsaid(seen)))


def _forge_gate(gate: str, title: str, leaks: Sequence[Leak], seen: Seen) -> GateProof:
    ways = tuple(leak for leak in leaks if gate in leak.gates)
    if ways:
        first = ways[0]
        return GateProof(
            gate, title, "dapat dilewati", f"dapat dilewati oleh {first.role} lewat {first.path}", ways
        )
    if seen.info.kind == "github" and gate in _ON_GITHUB:
        return GateProof(gate, title, "dianjurkan", _ON_GITHUB[gate])
    if gate == _HINT:
        return GateProof(gate, title, "dianjurkan", "kabar hanya isyarat: keadaan selalu dibaca ulang")
    return GateProof(gate, title, "ditegakkan", f"{_HELD} ({seen.info.kind} {seen.info.tier})")


def _ladder(leaks: Sequence[Leak], target_verifies: bool | None) -> Ladder:
    held = [leak for leak in leaks if leak.trap.startswith(_CREDENTIAL_TRAPS)]
    if held:
        return Ladder(0, f"masih ada rahasia di CI: {held[0].found}")
    if target_verifies:
        return Ladder(2, "target memeriksa izin sendiri")
    if target_verifies is False:
        return Ladder(1, "pintu Dinas memegang kredensial unggah dan memeriksa izin")
    return Ladder(0, "target produksi tidak menjawab, jadi pemeriksaan izinnya belum terbukti")


def _permit(ladder: Ladder) -> GateProof:
    title = "Produksi hanya menerima paket dengan izin bertanda tangan"
    if ladder.step == 0:
        return GateProof("izin", title, "dianjurkan", f"anak tangga 0: {ladder.why}")
    return GateProof("izin", title, "ditegakkan", f"anak tangga {ladder.step}: {ladder.why}")


def _policy_gates(authority: AuthorityPolicy, ladder: Ladder) -> list[GateProof]:
    """The gates of the SOP: they bind through the permit, so they are as strong as the ladder; `dilaporkan` never is."""
    bound: Verdict = "ditegakkan" if ladder.step else "dianjurkan"
    why = f"syarat izin, {authority.name}"
    found = []
    for one in authority.evidence:
        told = one.class_ == "dilaporkan"
        found.append(
            GateProof(
                f"uji-{one.uji}",
                f"Uji {one.uji.replace('_', ' ')} ({one.class_})",
                "dianjurkan" if told else bound,
                "pekerjaan itu menjalankan kode tim: angkanya dilaporkan, bukan diamati" if told else why,
            )
        )
    for rule in authority.signoffs:
        grades = ", ".join({"key": "kunci"}.get(grade, grade) for grade in rule.grades)
        found.append(
            GateProof(
                f"sahkan-{rule.kind}", f"Pengesahan {rule.kind}", bound, f"{why}; tanda tangan: {grades}"
            )
        )
    return found
