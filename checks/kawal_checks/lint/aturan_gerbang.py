"""GitLab rules about the gate and the release job: the release runs after the gate has passed, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..model import IF_THERE
from .aturan import ISOLATED, LOOSENS, OUR_TOOL, SWALLOWS, Hit, without_quotes
from .gitlab import GATE, RELEASE, Job, Pipeline

RELEASE_RULES = {"$CI_COMMIT_TAG =~ /^v/"}
GATE_WORDS = {
    "stage",
    "tags",
    "timeout",
    "variables",
    "rules",
    "needs",
    "script",
    "artifacts",
    "id_tokens",
    "environment",
    "resource_group",
    "interruptible",
}
RELEASE_STEPS = ("minta-izin", "ambil-paket", "kirim")
TEAM_TESTS = ("fungsi", "integrasi", *IF_THERE)
NAMES = {
    *TEAM_TESTS,
    "keamanan-kode",
    "rahasia",
    "dependensi",
    "dokumen",
    "kemas",
    "instalasi",
    "beban",
    "keamanan-aplikasi",
    "rencana-zap",
    "pindai-zap",
    GATE,
    RELEASE,
}
SCREEN = "saring-tim"
"""Screens the team's own jobs; it judges nothing that a release asks for, so it may depend on the team's file being there."""


def guarded(pipeline: Pipeline) -> Iterator[Job]:
    """Jobs whose exit code is a verdict: those of the template, and whatever calls our tools."""
    for job in pipeline.jobs.values():
        if job.name in NAMES or any(OUR_TOOL.search(line) for line in job.lines()):
            yield job


def _pair(pipeline: Pipeline) -> Iterator[Job]:
    for name in (GATE, RELEASE):
        if name in pipeline.jobs:
            yield pipeline.jobs[name]


def gerbang_tidak_ada(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan gerbang dihapus atau diganti namanya, sehingga tidak ada yang menahan rilis."""
    if GATE not in pipeline.jobs:
        yield Hit(GATE, "pekerjaan gerbang tidak ada")


def rilis_tanpa_gerbang(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan rilis tidak mencantumkan gerbang di `needs`; `needs: []` bahkan melewati urutan tahap."""
    job = pipeline.jobs.get(RELEASE)
    if job and GATE not in [str(need.get("job")) for need in job.needs or []]:
        yield Hit(f"{RELEASE}: needs", "tidak menunggu gerbang")


def gerbang_opsional(pipeline: Pipeline) -> Iterator[Hit]:
    """Kebutuhan pada gerbang boleh tidak ada (`optional: true`): bila gerbang tersaring, rilis tetap jalan."""
    for job in guarded(pipeline):
        for need in job.needs or []:
            if need.get("optional", False) is not False and need.get("job") not in IF_THERE:
                yield Hit(f"{job.name}: needs", f"{need.get('job')} opsional")


def rilis_walau_gagal(pipeline: Pipeline) -> Iterator[Hit]:
    """Rilis berjalan walaupun pekerjaan sebelumnya gagal (`when: always` atau `on_failure`)."""
    job = pipeline.jobs.get(RELEASE)
    for when in [job.data.get("when"), *[rule.get("when") for rule in job.rules or []]] if job else []:
        if when not in (None, "on_success"):
            yield Hit(f"{RELEASE}: when", f"when: {when}")


def boleh_gagal(pipeline: Pipeline) -> Iterator[Hit]:
    """Kegagalan sebuah gerbang atau pemindai diabaikan (`allow_failure`, juga dengan exit_codes atau di dalam rules)."""
    for job in guarded(pipeline):
        values = [
            job.data.get("allow_failure", False),
            *[rule.get("allow_failure", False) for rule in job.rules or []],
        ]
        if any(value is not False for value in values):
            yield Hit(f"{job.name}: allow_failure", "kegagalan diabaikan")


def gerbang_manual(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang atau pemindai hanya jalan bila ditekan, ditunda, atau tidak pernah (`when: manual|delayed|never`)."""
    for job in guarded(pipeline):
        if job.name == RELEASE:
            continue
        whens = [job.data.get("when"), *[rule.get("when") for rule in job.rules or []]]
        for when in whens:
            if when not in (None, "on_success"):
                yield Hit(f"{job.name}: when", f"when: {when}")
        if "start_in" in job.data:
            yield Hit(f"{job.name}: start_in", "ditunda")


def gerbang_disaring(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang atau pemindai hanya jalan untuk berkas atau cabang tertentu (`changes`, `exists`, `only`, `except`)."""
    for job in guarded(pipeline):
        for word in ("only", "except"):
            if word in job.data:
                yield Hit(f"{job.name}: {word}", f"disaring dengan {word}")
        for rule in job.rules or []:
            for word in ("changes", "exists", "?"):
                if word in rule and not (word == "exists" and _may_wait(job, rule)):
                    yield Hit(f"{job.name}: rules", f"disaring dengan {word}")


def _may_wait(job: Job, rule: dict[str, Any]) -> bool:
    """Whether the job may depend on these files: the screen on the team's, an optional test on the very folder that it runs."""
    if job.name == SCREEN:
        return True
    paths = rule["exists"] if isinstance(rule["exists"], list) else []
    script = " ".join(job.lines())
    looked_for = [str(path).removesuffix("/**/*") for path in paths if str(path).endswith("/**/*")]
    return job.name in IF_THERE and len(paths) == 1 and any(f" {folder} " in script for folder in looked_for)


def rilis_lebih_luas(pipeline: Pipeline) -> Iterator[Hit]:
    """`rules` gerbang dan rilis berbeda: rilis dapat muncul di pipeline yang tidak berisi gerbang."""
    if GATE in pipeline.jobs and RELEASE in pipeline.jobs:
        gate, release = (pipeline.jobs[name] for name in (GATE, RELEASE))
        if gate.rules != release.rules:
            yield Hit(f"{RELEASE}: rules", "berbeda dari rules gerbang")


def rilis_bukan_tag(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang atau rilis muncul selain untuk tag v* (jadwal, pemicu, API, merge request dari fork, cabang)."""
    for job in _pair(pipeline):
        conditions = [str(rule.get("if")) for rule in job.rules or [{}]]
        for condition in conditions:
            if " ".join(condition.split()) not in RELEASE_RULES:
                yield Hit(f"{job.name}: rules", f"if: {condition}")


def gerbang_bukan_sebelum_rilis(pipeline: Pipeline) -> Iterator[Hit]:
    """Tahap gerbang tidak sebelum tahap rilis, atau tahapnya tidak ada di `stages`."""
    if GATE in pipeline.jobs and RELEASE in pipeline.jobs:
        first, then = (pipeline.stage_number(pipeline.jobs[name]) for name in (GATE, RELEASE))
        if not 0 <= first < then:
            yield Hit(f"{GATE}: stage", "tidak sebelum tahap rilis")


def gerbang_tanpa_perintah(pipeline: Pipeline) -> Iterator[Hit]:
    """Isi gerbang bukan perintah kawal yang menanyakan pintu dari KAWAL_PINTU (gerbang palsu, pintu lain)."""
    job = pipeline.jobs.get(GATE)
    wanted = 'python -I -m kawal_checks gerbang --pintu "$KAWAL_PINTU" --keluar laporan/gerbang.json'
    if job and [" ".join(line.split()) for line in job.lines()] != [wanted]:
        yield Hit(f"{GATE}: script", "bukan perintah gerbang milik templat")


def rilis_tanpa_izin(pipeline: Pipeline) -> Iterator[Hit]:
    """Rilis mengerjakan selain minta-izin, ambil-paket, kirim: byte lain dapat terkirim atau dibangun ulang."""
    job = pipeline.jobs.get(RELEASE)
    if job is None:
        return
    found = [
        match.group(1)
        for line in job.lines()
        if (match := re.match(r"python -I -m kawal_checks ([a-z-]+) ", line))
    ]
    if tuple(found) != RELEASE_STEPS or len(found) != len(job.lines()):
        yield Hit(f"{RELEASE}: script", "bukan minta-izin, ambil-paket, kirim")


def putusan_dibungkam(pipeline: Pipeline) -> Iterator[Hit]:
    """Kode keluar alat kawal ditelan (`|| true`, `;`, `&`, pipa, `if`, `$(…)`), atau alatnya tidak dijalankan terasing (-I)."""
    for job in pipeline.jobs.values():
        for line in job.lines():
            if not OUR_TOOL.search(line):
                continue
            if not ISOLATED.match(line):
                yield Hit(f"{job.name}: script", f"tidak diawali python -I -m kawal_…: {line}")
            if SWALLOWS.search(without_quotes(line)) or "\n" in line.strip():
                yield Hit(f"{job.name}: script", f"kode keluar tertelan: {line}")


def galat_dilonggarkan(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan berputusan memakai `set +e`, `trap`, `exit 0`, alias, atau fungsi, sehingga galat tidak menghentikannya."""
    for job in guarded(pipeline):
        for line in job.lines():
            if LOOSENS.search(line):
                yield Hit(f"{job.name}: script", line)


def setelah_putusan(pipeline: Pipeline) -> Iterator[Hit]:
    """`before_script` atau `after_script` pada pekerjaan berputusan: yang kedua jalan juga setelah gagal, kode keluarnya diabaikan."""
    for job in guarded(pipeline):
        for word in ("before_script", "after_script"):
            if job.lines(word):
                yield Hit(f"{job.name}: {word}", "hanya script yang boleh berisi perintah")


def merilis_di_luar_rilis(pipeline: Pipeline) -> Iterator[Hit]:
    """Perintah minta-izin atau kirim di pekerjaan lain, atau di after_script."""
    for job in pipeline.jobs.values():
        lines = [
            *job.lines("before_script"),
            *job.lines("after_script"),
            *(job.lines() if job.name != RELEASE else []),
        ]
        for line in lines:
            if re.search(
                r"kawal_checks (minta-izin|kirim)\b|kawal-(checks (minta-izin|kirim)|target)\b", line
            ):
                yield Hit(job.name, line)


def dapat_disela(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang, rilis, atau pekerjaan berkelompok sumber daya dapat disela (`interruptible: true`) di tengah jalan."""
    for job in guarded(pipeline):
        stays = (
            job.name in (GATE, RELEASE, "kemas")
            or "resource_group" in job.data
            or job.environment is not None
        )
        if stays and job.data.get("interruptible", False) is not False:
            yield Hit(f"{job.name}: interruptible", "dapat disela")


def rilis_serentak(pipeline: Pipeline) -> Iterator[Hit]:
    """Rilis tanpa `resource_group`: dua rilis dapat saling mendahului."""
    job = pipeline.jobs.get(RELEASE)
    if job and not job.data.get("resource_group"):
        yield Hit(f"{RELEASE}: resource_group", "tidak ada")


def kata_kunci_pada_gerbang(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang atau rilis memakai kata kunci yang tidak dipakai templat (trigger, parallel, inherit, retry, run …)."""
    for job in _pair(pipeline):
        for word in sorted(
            job.data.keys()
            - GATE_WORDS
            - {"allow_failure", "when", "only", "except", "after_script", "before_script"}
        ):
            yield Hit(f"{job.name}: {word}", "tidak dipakai templat")


def gerbang_di_pipeline_lain(pipeline: Pipeline) -> Iterator[Hit]:
    """Gerbang dijalankan di pipeline anak atau proyek lain: pembatasan variabel tidak berlaku di sana."""
    for job in _pair(pipeline):
        if "trigger" in job.data:
            yield Hit(f"{job.name}: trigger", "menyerahkan ke pipeline lain")
    for job in guarded(pipeline):
        for need in job.needs or []:
            strange = need.keys() - {"job", "artifacts", "optional"}
            if any(need[key] is not None for key in strange):
                yield Hit(
                    f"{job.name}: needs",
                    "membutuhkan pipeline atau proyek lain: " + ", ".join(sorted(strange)),
                )


def diulang_sampai_lulus(pipeline: Pipeline) -> Iterator[Hit]:
    """`retry` tanpa batas sebab, atau `parallel`, pada pekerjaan berputusan: gagal diulang sampai kebetulan lulus."""
    for job in guarded(pipeline):
        retry = job.data.get("retry")
        causes = retry.get("when") if isinstance(retry, dict) else None
        causes = [causes] if isinstance(causes, str) else causes
        codes = retry.get("exit_codes") if isinstance(retry, dict) else None
        harmless = bool(causes) and set(causes or []) <= {
            "runner_system_failure",
            "stuck_or_timeout_failure",
            "scheduler_failure",
            "api_failure",
        }
        if (
            retry not in (None, 0)
            and not (harmless and codes in (None, 5, [5]))
            and not (causes is None and codes in (5, [5]))
        ):
            yield Hit(f"{job.name}: retry", "diulang juga bila putusannya gagal")
        if "parallel" in job.data:
            yield Hit(f"{job.name}: parallel", "putusan terpecah")


RULES = (
    gerbang_tidak_ada, rilis_tanpa_gerbang, gerbang_opsional, rilis_walau_gagal, boleh_gagal, gerbang_manual, gerbang_disaring, rilis_lebih_luas,
    rilis_bukan_tag, gerbang_bukan_sebelum_rilis, gerbang_tanpa_perintah, rilis_tanpa_izin, putusan_dibungkam, galat_dilonggarkan, setelah_putusan,
    merilis_di_luar_rilis, dapat_disela, rilis_serentak, kata_kunci_pada_gerbang, gerbang_di_pipeline_lain, diulang_sampai_lulus,
)  # fmt: skip
