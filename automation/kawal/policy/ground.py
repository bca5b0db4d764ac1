"""Rules of the ground: trust and policy in force, fresh facts, settings as signed, the exact bytes, the job that asks."""

from __future__ import annotations

import re
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

from kawal.ledger.records import Evidence
from kawal.policy.case import Case
from kawal.policy.evidence import actual_class, newest
from kawal.policy.verdict import Verdict

Door = Literal["periksa", "gerbang", "izin"]
"""Who asks: a person (no job), the gate job, or the release job for a permit."""

BACK = timedelta(seconds=60)
PACK = "kemas"
_CALLER_FIX = "kembalikan berkas itu lewat merge request yang ditinjau"
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}")


def judge_trust(case: Case, policy_sha256: str) -> Verdict:
    def no(code: str, what: str, found: str, needed: str) -> Verdict:
        return Verdict("kepercayaan", what, False, code, found, needed, next="kawal kepercayaan ubah")

    trust, now = case.trust, int(case.now.timestamp())
    if not trust.issued_at - 60 <= now < trust.expires_at:
        return no(
            "PERCAYA-005",
            "Berkas kepercayaan di luar masa berlakunya",
            f"versi {trust.version}",
            "versi baru",
        )
    if trust.policy_sha256 != policy_sha256:
        seen = policy_sha256[:12]
        return no("PERCAYA-002", "Kebijakan bukan yang ditandatangani", seen, trust.policy_sha256[:12])
    return Verdict("kepercayaan", "kepercayaan", True, found=f"versi {trust.version}", needed="masih berlaku")


def judge_freshness(case: Case) -> Verdict:
    """The facts were read just now, and this clock agrees with the forge's (F5, F6)."""
    limits, facts, now = case.policy.limits, case.facts, case.now

    def no(code: str, what: str, found: str, needed: str) -> Verdict:
        return Verdict("kesegaran", what, False, code, found, needed, next="ulangi perintah yang sama")

    age = (now - facts.read_at).total_seconds()
    if age > limits.facts_age_s:
        return no(
            "FORGE-030",
            "Keadaan di forge sudah lama dibaca",
            f"{age:.0f} detik",
            f"{limits.facts_age_s} detik",
        )
    if facts.read_at > now + BACK:
        return no("JAM-001", "Jam komputer mundur", f"{-age:.0f} detik di belakang", "jam yang benar")
    if facts.forge_time is None:
        return no("JAM-003", "Forge tidak menyebut waktunya", "tanpa kepala Date", "kepala Date dari forge")
    ahead = abs((facts.read_at - facts.forge_time).total_seconds())
    if ahead > limits.clock_ahead_s:
        return no(
            "JAM-002",
            "Jam komputer berbeda dari jam forge",
            f"{ahead:.0f} detik",
            f"{limits.clock_ahead_s} detik",
        )
    return Verdict(
        "kesegaran", "keadaan forge", True, found=f"dibaca {max(age, 0):.0f} detik lalu", needed="baru"
    )


def judge_posture(case: Case) -> list[Verdict]:
    """One line per setting that is not as the signed policy wants it (F9)."""
    fix = f"kawal siapkan {case.app_id}"
    if not case.facts.posture:
        what = "Pengaturan proyek tidak terbaca"
        return [
            Verdict("postur", what, False, "POSTUR-002", "tidak ada pengaturan", "terbaca semua", next=fix)
        ]
    if case.facts.posture_drift:
        return [
            Verdict(
                "postur",
                "Pengaturan proyek berubah",
                False,
                "POSTUR-001",
                one,
                "menurut kebijakan",
                next=_CALLER_FIX if one.startswith("pemanggil ") else fix,
            )
            for one in case.facts.posture_drift
        ]
    found = f"{len(case.facts.posture)} pengaturan sesuai kebijakan"
    return [Verdict("postur", "postur proyek", True, found=found, needed="menurut kebijakan")]


def judge_subject(case: Case) -> Verdict:
    """A protected release tag on a commit of the default branch, and the bytes packed once from it, recomputed."""
    facts, forge = case.facts, case.policy.forge

    def no(code: str, what: str, found: str, needed: str, command: str | None = None) -> Verdict:
        return Verdict("subjek", what, False, code, found, needed, next=command)

    minta = f"kawal rilis minta {case.app_id} {facts.tag} --commit {facts.commit}"
    if not _TAG.fullmatch(facts.tag) or not fnmatchcase(facts.tag, forge.release_tag):
        return no(
            "SUBJEK-002", "Nama rilis tidak menurut kebijakan", ascii(facts.tag), forge.release_tag, minta
        )
    if forge.held and not facts.tag_protected:
        return no(
            "SUBJEK-003", f"Tag {facts.tag} tidak dilindungi", "tidak dilindungi", "tag terlindung", minta
        )
    if not facts.on_default_branch:
        seen = f"commit {facts.commit[:8]} di luar {forge.default_branch}"
        return no(
            "SUBJEK-004", "Rilis bukan dari cabang utama", seen, f"commit di {forge.default_branch}", minta
        )
    if facts.artifact_sha256 is None:
        return no("SUBJEK-007", "Paket rilis tidak ada di registri", "tidak ada", "paket.tar dari job kemas")
    packed = newest(case, PACK, PACK)
    kumpulkan = f"kawal kumpulkan {case.app_id}"
    if packed is None or packed[1].result != "PASSED":
        other = [one for _, one in case.of(Evidence) if one.uji == PACK and one.commit == facts.commit]
        if other and other[-1].artifact_sha256 != facts.artifact_sha256:
            seen = f"{facts.artifact_sha256[:12]} di registri, {str(other[-1].artifact_sha256)[:12]} dikemas"
            return no("SUBJEK-006", "Paket di registri bukan yang dikemas", seen, "bita yang sama")
        return no(
            "SUBJEK-005", "Catatan kemasan belum ada", "tidak ada bukti kemas", "job kemas lulus", kumpulkan
        )
    if actual_class(case, packed[1]) != "diamati":
        return no(
            "SUBJEK-008", "Paket tidak dikemas di runner PA", f"runner {packed[1].job.runner_id}", "runner PA"
        )
    return Verdict(
        "subjek",
        "isi rilis",
        True,
        found=f"commit {facts.commit[:8]}, paket {facts.artifact_sha256[:12]}",
        needed=f"{'tag terlindung, ' if forge.held else ''}cabang utama, paket yang dikemas sekali",
        inputs=(packed[0].sha256,),
    )


def judge_job(case: Case, door: Door, target_id: str | None, environment: str) -> list[Verdict]:
    """The asking job, as the API tells it: none of this is taken from a CI variable."""
    if door == "periksa":
        return []
    facts, forge, job = case.facts, case.policy.forge, case.facts.job

    def no(code: str, what: str, found: str, needed: str) -> list[Verdict]:
        return [
            Verdict("izin", what, False, code, found, needed, next=f"jalankan lagi pipeline tag {facts.tag}")
        ]

    name = forge.release_job if door == "izin" else forge.gate_job
    if job is None:
        return no("IZIN-010", "Job yang meminta tidak ditemukan", "tidak ada", name)
    if job.name != name:
        return no("IZIN-011", "Job yang meminta bukan job yang berhak", ascii(job.name), name)
    if job.status != "running":
        return no("IZIN-012", "Job yang meminta tidak sedang berjalan", ascii(job.status), "running")
    if not job.ref_is_tag or job.ref != facts.tag or job.sha != facts.commit:
        seen = f"{job.ref!a} ({job.sha[:8]})"
        return no(
            "IZIN-013", "Job yang meminta bukan dari tag rilis", seen, f"{facts.tag} ({facts.commit[:8]})"
        )
    if job.pipeline_source not in forge.pipeline_sources:
        return no(
            "IZIN-014",
            "Sumber pipeline tidak diizinkan",
            ascii(job.pipeline_source),
            ", ".join(forge.pipeline_sources),
        )
    if job.config is not None and not forge.accepts(job.config):
        return no(
            "IZIN-017",
            "Run yang meminta tidak menjalankan templat pusat",
            ascii(job.config),
            forge.ci_config_path,
        )
    if job.runner_id not in forge.runner_ids:
        return no("IZIN-015", "Runner tidak diizinkan", f"runner {job.runner_id}", "runner PA")
    if door == "izin":
        target = case.policy.target(target_id or "")
        if target is None or target.environment != environment:
            return no(
                "IZIN-016", "Sasaran tidak dikenal kebijakan", ascii(target_id), "sasaran dari kebijakan"
            )
    return [
        Verdict(
            "izin", f"job {job.name}", True, found=f"#{job.job_id}, runner PA", needed="job rilis dari tag"
        )
    ]
