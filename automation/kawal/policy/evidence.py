"""Rules of evidence: each kind PASSED, in the least class, for exactly these bytes, recent, under the approved thresholds."""

from __future__ import annotations

from datetime import timedelta

from kawal.ledger.records import Evidence, Request
from kawal.policy.acceptance import Accepted, accepted
from kawal.policy.case import Case, Record
from kawal.policy.model import EvidenceRule
from kawal.policy.people import Involved
from kawal.policy.verdict import Verdict

AREAS = {
    "fungsi": "FUNGSI",
    "unit": "UNIT",
    "sistem": "SISTEM",
    "integrasi": "INTEG",
    "beban": "BEBAN",
    "keamanan_kode": "AMAN",
    "keamanan_aplikasi": "AMAN",
    "rahasia": "RAHASIA",
    "dependensi": "DEPEN",
    "kegunaan": "GUNA",
    "instalasi": "INSTAL",
    "dokumen": "DOK",
}
TITLES = {
    "keamanan_kode": "uji keamanan kode",
    "keamanan_aplikasi": "uji keamanan aplikasi",
    "kemas": "kemasan",
}
CLASS_ORDER = ("dilaporkan", "disaksikan", "diamati")
INSTALLED = ("kemas", "instalasi", "beban", "keamanan_aplikasi")
"""Kinds that speak of the packed bytes; the others test the source tree and may leave the digest open."""


def area(uji: str) -> str:
    return AREAS.get(uji, "BUKTI")


def title(uji: str) -> str:
    return TITLES.get(uji, f"uji {uji.replace('_', ' ')}")


def actual_class(case: Case, evidence: Evidence) -> str:
    """`diamati` is only what ran on PA's runner: elsewhere team code could have written the report."""
    if evidence.class_ == "diamati" and evidence.job.runner_id not in case.policy.forge.runner_ids:
        return "dilaporkan"
    return evidence.class_


def about_these_bytes(case: Case, evidence: Evidence) -> bool:
    facts = case.facts
    if (evidence.commit, evidence.tree) != (facts.commit, facts.tree):
        return False
    if evidence.artifact_sha256 is None:
        return evidence.uji not in INSTALLED
    return evidence.artifact_sha256 == facts.artifact_sha256


def from_the_pipeline(case: Case, evidence: Evidence) -> bool:
    """Pulled from the central template's job of this project, on the protected default branch."""
    forge, job = case.policy.forge, evidence.job
    return (
        job.project_id == case.facts.project_id
        and job.pipeline_source in forge.pipeline_sources
        and job.ref == forge.default_branch
        and (job.ref_protected or not forge.held)
        and forge.accepts(job.ci_config_path)
    )


def newest(case: Case, uji: str, job: str) -> tuple[Record, Evidence] | None:
    """The newest standing evidence of a kind for these bytes: a later failure outweighs an earlier pass."""
    found = [
        (record, one)
        for record, one in case.of(Evidence)
        if one.uji == uji
        and one.job.name == job
        and about_these_bytes(case, one)
        and from_the_pipeline(case, one)
    ]
    return found[-1] if found else None


def judge_evidence(case: Case, rule: EvidenceRule, request: Request | None, people: Involved) -> Verdict:
    name, prefix, facts = title(rule.uji), area(rule.uji), case.facts
    found = newest(case, rule.uji, rule.job)
    collect = f"kawal kumpulkan {case.app_id}"
    again = f"perbaiki, gabungkan, lalu {collect}"

    def no(number: int, what: str, seen: str, needed: str, command: str = again) -> Verdict:
        return Verdict(
            f"bukti:{rule.uji}",
            what,
            False,
            f"{prefix}-{number:03d}",
            seen,
            needed,
            rule.who,
            command,
            rule.basis,
            note=rule.class_,
        )

    if found is None:
        other = [one for _, one in case.of(Evidence) if one.uji == rule.uji]
        if other:
            seen = f"{name} untuk commit {other[-1].commit[:8]}"
            return no(2, f"Hasil {name} bukan dari {facts.tag}", seen, f"commit {facts.commit[:8]}", collect)
        seen = "tidak ada catatan bukti"
        return no(1, f"Hasil {name} belum ada untuk {facts.tag}", seen, f"job {rule.job} lulus", collect)
    record, one = found
    if one.result == "UNUSABLE":
        return no(
            7, f"{name.capitalize()} tidak dapat dinilai", _reasons(one), "laporan yang menguji sesuatu"
        )
    risk = accepted(case, people, request, one)
    if one.result != "PASSED" and risk is None:
        return no(3, f"{name.capitalize()} tidak lulus", _reasons(one), "lulus menurut ambang yang disetujui")
    seen_class = actual_class(case, one)
    if CLASS_ORDER.index(seen_class) < CLASS_ORDER.index(rule.class_):
        return no(4, f"Kelas bukti {name} terlalu rendah", seen_class, rule.class_)
    age = case.now - one.finished_at
    if age > timedelta(days=rule.max_age_days) or age < -timedelta(minutes=5):
        when = f"{one.finished_at:%Y-%m-%d}"
        return no(5, f"Hasil {name} kedaluwarsa", when, f"paling lama {rule.max_age_days} hari")
    if request is None or one.thresholds_sha256 != request.thresholds.sha256():
        digest = one.thresholds_sha256[:12]
        return no(
            6, f"{name.capitalize()} dinilai dengan ambang lain", digest, "ambang permohonan yang disetujui"
        )
    return Verdict(
        f"bukti:{rule.uji}",
        name,
        True,
        found=one.summary if risk is None else _set_aside(risk),
        needed=f"lulus, paling rendah {rule.class_}",
        who=rule.who,
        basis=rule.basis,
        note=f"{seen_class}, pipeline #{one.job.pipeline_id}"
        if risk is None
        else f"dikecualikan oleh {risk.role}",
        inputs=(record.sha256, *(risk.inputs if risk else ())),
    )


def _set_aside(risk: Accepted) -> str:
    return f"{risk.findings} temuan DIKECUALIKAN s.d. {risk.until:%Y-%m-%d}: {risk.reason.splitlines()[0]}"


def _reasons(one: Evidence) -> str:
    return "; ".join(reason.text for reason in one.reasons[:3]) or one.summary
