"""GitHub rules: the release waits for the gate, jobs get the least rights, and what runs is pinned (threats rows 15-25)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .aturan import DANGEROUS_VARIABLE, ISOLATED, LOOSENS, OUR_TOOL, SWALLOWS, Hit, without_quotes
from .github import GATE, JOB_WORDS, RELEASE, STEP_WORDS, TOP_WORDS, Job, Workflow

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}|docker://[^@]+@sha256:[0-9a-f]{64}")
LOCAL = re.compile(r"\./[\w./-]+")
PA_JOBS = (
    "keamanan-kode", "rahasia", "dependensi", "dokumen", "kemas", "instalasi", "beban", "keamanan-aplikasi", GATE, RELEASE,
)  # fmt: skip
TRIGGERS = {"push", "pull_request", "workflow_call"}
_STATUS = re.compile(r"(?i)\b(always|cancelled|failure)\s*\(")
_FREE_TEXT = re.compile(r"\$\{\{")
_WRITES_ENV = re.compile(r"GITHUB_(ENV|PATH)\b|::(set-env|add-path|set-output|add-mask|stop-commands)")
# They leave a file and judge nothing, so they may depend on the stack or the scanner: the verdict comes after them.
_NO_VERDICT = re.compile(r"python -I -m kawal_checks (periksa-situs|ukur-alat) [^\n]*")
# `$GITHUB_STEP_SUMMARY` is the one file that our lines may write to.
_SUMMARY = re.compile(r' >> "\$GITHUB_STEP_SUMMARY"$')


def gerbang_tidak_ada(workflow: Workflow) -> Iterator[Hit]:
    """Ada pekerjaan rilis tanpa pekerjaan gerbang di alur kerja yang sama."""
    if RELEASE in workflow.jobs and GATE not in workflow.jobs:
        yield Hit(GATE, "pekerjaan gerbang tidak ada")


def rilis_tanpa_gerbang(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan rilis tidak membutuhkan gerbang (`needs`)."""
    job = workflow.jobs.get(RELEASE)
    if job and GATE not in job.needs:
        yield Hit(f"{RELEASE}: needs", "tidak menunggu gerbang")


def rilis_walau_gagal(workflow: Workflow) -> Iterator[Hit]:
    """`if` pada rilis memakai always(), failure(), atau !cancelled(): rilis jalan walaupun gerbang gagal."""
    job = workflow.jobs.get(RELEASE)
    for place, value in _conditions(job) if job else []:
        if _STATUS.search(value):
            yield Hit(place, value)


def _conditions(job: Job) -> Iterator[tuple[str, str]]:
    if "if" in job.data:
        yield f"{job.name}: if", str(job.data["if"])
    for step in job.steps:
        # Keeping the report of a failed job is the one thing that must run always.
        if "if" in step.data and not step.uses.startswith("actions/upload-artifact@"):
            yield f"{job.name}: langkah {step.number}: if", str(step.data["if"])


def gerbang_dapat_dilewati(workflow: Workflow) -> Iterator[Hit]:
    """`if` pada gerbang selain pembatas tag: pekerjaan yang dilewati dihitung berhasil oleh GitHub."""
    job = workflow.jobs.get(GATE)
    for place, value in _conditions(job) if job else []:
        if re.sub(r"[\s${}]", "", value) != "startsWith(github.ref,'refs/tags/v')":
            yield Hit(place, value)


def putusan_bersyarat(workflow: Workflow) -> Iterator[Hit]:
    """Langkah yang menjalankan alat kawal hanya jalan bila syarat tertentu terpenuhi."""
    for job in workflow.jobs.values():
        for step in job.steps:
            tool = OUR_TOOL.search(step.run) and not _NO_VERDICT.fullmatch(step.run.strip())
            if tool and "if" in step.data and job.name != GATE:
                yield Hit(f"{job.name}: langkah {step.number}", f"if: {step.data['if']}")


def boleh_gagal(workflow: Workflow) -> Iterator[Hit]:
    """`continue-on-error` pada pekerjaan atau langkah: kegagalan tampil hijau."""
    for job in workflow.jobs.values():
        if job.data.get("continue-on-error", False) is not False:
            yield Hit(f"{job.name}: continue-on-error", "kegagalan diabaikan")
        for step in job.steps:
            if step.data.get("continue-on-error", False) is not False:
                yield Hit(f"{job.name}: langkah {step.number}", "continue-on-error")


def putusan_dibungkam(workflow: Workflow) -> Iterator[Hit]:
    """Kode keluar alat kawal ditelan (`|| true`, `;`, pipa, `if`), atau alatnya tidak dijalankan terasing (-I)."""
    for job in workflow.jobs.values():
        for step in job.steps:
            for line in _lines(step.run):
                if not OUR_TOOL.search(line):
                    continue
                if not ISOLATED.match(line):
                    yield Hit(
                        f"{job.name}: langkah {step.number}", f"tidak diawali python -I -m kawal_…: {line}"
                    )
                if SWALLOWS.search(without_quotes(_SUMMARY.sub("", line))):
                    yield Hit(f"{job.name}: langkah {step.number}", f"kode keluar tertelan: {line}")


def _lines(run: str) -> list[str]:
    return [
        line.strip()
        for line in run.replace("\\\n", " ").splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def galat_dilonggarkan(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan berputusan memakai `set +e`, `trap`, `exit 0`, atau shell yang tidak berhenti pada galat."""
    defaults = workflow.head.get("defaults")
    for place, value in [
        ("defaults", defaults),
        *[(f"{job.name}: defaults", job.data.get("defaults")) for job in workflow.jobs.values()],
    ]:
        if value:
            yield Hit(place, f"{value}")
    for job in workflow.jobs.values():
        for step in job.steps:
            if step.data.get("shell", "bash") != "bash":
                yield Hit(f"{job.name}: langkah {step.number}: shell", f"{step.data['shell']}")
            if job.judges and LOOSENS.search(step.run):
                yield Hit(f"{job.name}: langkah {step.number}", step.run)


def aksi_tidak_dikunci(workflow: Workflow) -> Iterator[Hit]:
    """`uses` tanpa SHA 40 digit (atau digest): isinya dapat berubah di bawah nama yang sama."""
    for job in workflow.jobs.values():
        for place, uses in [
            (job.name, str(job.data.get("uses") or "")),
            *[(f"{job.name}: langkah {s.number}", s.uses) for s in job.steps],
        ]:
            if uses and not (PINNED.fullmatch(uses) or LOCAL.fullmatch(uses)):
                yield Hit(place, uses)


def aksi_dari_repositori_tim(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan berputusan memakai aksi dari checkout (`./…`): tim dapat mengubahnya."""
    for job in workflow.jobs.values():
        for step in job.steps:
            if (job.judges or job.of_pa) and LOCAL.fullmatch(step.uses):
                yield Hit(f"{job.name}: langkah {step.number}", step.uses)


def hak_berlebih(workflow: Workflow) -> Iterator[Hit]:
    """`permissions` tidak ditulis, `write-all`, atau menulis selain `id-token` untuk gerbang dan rilis."""
    top = workflow.head.get("permissions")
    if "permissions" not in workflow.head or not isinstance(top, dict):
        yield Hit("permissions", "harus ditulis sebagai peta, sebaiknya {}")
    for name, rights in [
        ("permissions", top),
        *[(f"{job.name}: permissions", job.data.get("permissions", {})) for job in workflow.jobs.values()],
    ]:
        if isinstance(rights, str):
            yield Hit(name, rights)
        for scope, level in rights.items() if isinstance(rights, dict) else ():
            allowed = level in ("read", "none") or _may_write(workflow, name.partition(":")[0], str(scope))
            if not allowed:
                yield Hit(name, f"{scope}: {level}")


def _may_write(workflow: Workflow, name: str, scope: str) -> bool:
    if scope == "id-token":
        job = workflow.jobs.get(name)
        return name in (GATE, RELEASE) or bool(job and PINNED.fullmatch(str(job.data.get("uses") or "")))
    return scope == "packages" and name == "kemas"


def pemicu_tidak_diizinkan(workflow: Workflow) -> Iterator[Hit]:
    """Pemicu selain push, pull_request, workflow_call (misalnya pull_request_target, workflow_run, schedule, repository_dispatch)."""
    if not workflow.triggers:
        yield Hit("on", "tanpa pemicu")
    for name in sorted(workflow.triggers.keys() - TRIGGERS):
        yield Hit("on", name)


def pemicu_disaring(workflow: Workflow) -> Iterator[Hit]:
    """Penyaring berkas pada pemicu (`paths`, `paths-ignore`): alur kerja yang tidak jalan tidak memberi bukti."""
    for name, value in workflow.triggers.items():
        for word in sorted(
            (value.keys() if isinstance(value, dict) else set())
            & {"paths", "paths-ignore", "branches-ignore", "tags-ignore"}
        ):
            yield Hit(f"on.{name}", word)


def rilis_bukan_tag(workflow: Workflow) -> Iterator[Hit]:
    """Rilis atau gerbang dapat jalan untuk pull request: `if` harus membatasinya pada tag v*."""
    for name in (GATE, RELEASE):
        job = workflow.jobs.get(name)
        value = re.sub(r"[\s${}]", "", str(job.data.get("if", ""))) if job else ""
        if job and value != "startsWith(github.ref,'refs/tags/v')":
            yield Hit(f"{name}: if", value or "tidak ada")


def teks_bebas_di_skrip(workflow: Workflow) -> Iterator[Hit]:
    """`${{ … }}` di dalam `run`: judul, nama cabang, atau masukan menjadi perintah. Teruskan lewat env."""
    for job in workflow.jobs.values():
        for step in job.steps:
            if _FREE_TEXT.search(step.run):
                yield Hit(f"{job.name}: langkah {step.number}", step.run)


def menulis_lingkungan(workflow: Workflow) -> Iterator[Hit]:
    """Menulis GITHUB_ENV atau GITHUB_PATH mengubah langkah sesudahnya."""
    for job in workflow.jobs.values():
        for step in job.steps:
            if _WRITES_ENV.search(step.run):
                yield Hit(f"{job.name}: langkah {step.number}", step.run)


# What the bot set, or the file that the job itself wrote from it outside the checkout.
_OUR_VALUE = re.compile(
    r"\$\{\{ *(inputs|vars|secrets)\.[A-Za-z_]+ *\}\}|\$\{\{ *runner\.temp *\}\}/ambang\.json"
)


def variabel_berbahaya(workflow: Workflow) -> Iterator[Hit]:
    """`env` menimpa PATH, sertifikat, proksi, keterangan forge, atau konfigurasi alat."""
    places: list[tuple[str, Any]] = [("env", workflow.head.get("env"))]
    for job in workflow.jobs.values():
        places.append((f"{job.name}: env", job.data.get("env")))
        places += [(f"{job.name}: langkah {step.number}: env", step.data.get("env")) for step in job.steps]
    for place, variables in places:
        for name, value in variables.items() if isinstance(variables, dict) else ():
            ours = _OUR_VALUE.fullmatch(str(value)) and str(name).startswith("KAWAL_")
            if DANGEROUS_VARIABLE.fullmatch(str(name)) and not ours:
                yield Hit(place, str(name))


def lingkungan_asing(workflow: Workflow) -> Iterator[Hit]:
    """`environment` pada pekerjaan selain rilis, atau nama yang bukan persis `production`."""
    for job in workflow.jobs.values():
        if job.environment is not None and (job.name != RELEASE or job.environment != "production"):
            yield Hit(f"{job.name}: environment", ascii(job.environment))


def kredensial_tertinggal(workflow: Workflow) -> Iterator[Hit]:
    """checkout tanpa `persist-credentials: false` meninggalkan token di .git untuk kode tim."""
    for job in workflow.jobs.values():
        for step in job.steps:
            options = step.data.get("with")
            kept = options.get("persist-credentials", True) if isinstance(options, dict) else True
            if step.uses.startswith("actions/checkout@") and kept is not False:
                yield Hit(f"{job.name}: langkah {step.number}", "persist-credentials bukan false")


def rahasia_untuk_kode_tim(workflow: Workflow) -> Iterator[Hit]:
    """`secrets: inherit`, atau rahasia dan token di pekerjaan yang tidak jalan di runner PA."""
    for job in workflow.jobs.values():
        if job.data.get("secrets") == "inherit":
            yield Hit(f"{job.name}: secrets", "inherit")
        if not job.of_pa and re.search(
            r"\bsecrets\.|github\.token", str({k: v for k, v in job.data.items() if k != "uses"})
        ):
            yield Hit(job.name, "rahasia di pekerjaan yang menjalankan kode tim")


def pindah_runner(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan PA (pemindai, kemas, beban, gerbang, rilis) tidak jalan di runner `pa`."""
    for name in PA_JOBS:
        job = workflow.jobs.get(name)
        if job and not job.of_pa and not job.data.get("uses"):
            yield Hit(f"{name}: runs-on", f"{job.runs_on}")


def kode_tim_di_runner_pa(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan di runner PA menjalankan selain git, alat kawal, dan pemindai."""
    allowed = re.compile(
        r"python3? -I -m kawal_(checks|load)( |$)|(wapiti|zap\.sh|git|mkdir|rm) [^;&|`]*$|"
        r"printf '%s' \"\$(AMBANG_ISI\" > \"\$RUNNER_TEMP/ambang|PENGECUALIAN_ISI\" > \"\$RUNNER_TEMP/pengecualian)\.json\"$"
    )
    for job in workflow.jobs.values():
        for step in job.steps if job.of_pa else []:
            for line in _lines(step.run):
                if not allowed.match(line):
                    yield Hit(f"{job.name}: langkah {step.number}", line)


def artefak_tim_di_pekerjaan_pa(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan PA mengambil tembolok atau artefak, yang dapat diisi pekerjaan tim."""
    for job in workflow.jobs.values():
        for step in job.steps if job.of_pa else []:
            if re.match(r"actions/(cache|download-artifact)\b", step.uses):
                yield Hit(f"{job.name}: langkah {step.number}", step.uses)


def wadah_di_pekerjaan_pa(workflow: Workflow) -> Iterator[Hit]:
    """`container`, `services`, atau `strategy` pada pekerjaan PA: alatnya dari citra lain, putusannya terpecah."""
    for job in workflow.jobs.values():
        for word in ("container", "services", "strategy"):
            if (job.of_pa or job.judges) and job.data.get(word):
                yield Hit(f"{job.name}: {word}", f"{job.data[word]}")


def tanpa_batas_waktu(workflow: Workflow) -> Iterator[Hit]:
    """Pekerjaan tanpa `timeout-minutes`."""
    for job in workflow.jobs.values():
        if not job.data.get("timeout-minutes") and not job.data.get("uses"):
            yield Hit(f"{job.name}: timeout-minutes", "tidak ada")


def rilis_dapat_disela(workflow: Workflow) -> Iterator[Hit]:
    """Rilis tanpa `concurrency`, atau rilis yang dibatalkan oleh rilis berikutnya."""
    job = workflow.jobs.get(RELEASE)
    groups = [("concurrency", workflow.head.get("concurrency"))] if workflow.releases else []
    if job:
        if not job.data.get("concurrency"):
            yield Hit(f"{RELEASE}: concurrency", "tidak ada")
        groups.append((f"{RELEASE}: concurrency", job.data.get("concurrency")))
    for place, group in groups:
        if isinstance(group, dict) and group.get("cancel-in-progress", False) is not False:
            yield Hit(place, "cancel-in-progress")


def kata_kunci_tidak_dikenal(workflow: Workflow) -> Iterator[Hit]:
    """Kata kunci yang tidak dikenal: forge mungkin mengartikannya, aturan lain tidak."""
    for word in sorted(workflow.head.keys() - TOP_WORDS):
        yield Hit("alur kerja", word)
    for job in workflow.jobs.values():
        for word in sorted(job.data.keys() - JOB_WORDS):
            yield Hit(job.name, word)
        for step in job.steps:
            for word in sorted(step.data.keys() - STEP_WORDS):
                yield Hit(f"{job.name}: langkah {step.number}", word)


RULES = (
    gerbang_tidak_ada, rilis_tanpa_gerbang, rilis_walau_gagal, gerbang_dapat_dilewati, putusan_bersyarat, boleh_gagal, putusan_dibungkam,
    galat_dilonggarkan, aksi_tidak_dikunci, aksi_dari_repositori_tim, hak_berlebih, pemicu_tidak_diizinkan, pemicu_disaring, rilis_bukan_tag,
    teks_bebas_di_skrip, menulis_lingkungan, variabel_berbahaya, lingkungan_asing, kredensial_tertinggal, rahasia_untuk_kode_tim, pindah_runner,
    kode_tim_di_runner_pa, artefak_tim_di_pekerjaan_pa, wadah_di_pekerjaan_pa, tanpa_batas_waktu, rilis_dapat_disela, kata_kunci_tidak_dikenal,
)  # fmt: skip
