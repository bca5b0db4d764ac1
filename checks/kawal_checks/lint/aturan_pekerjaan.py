"""GitLab rules about trust between jobs: what runs on PA's runner, what reaches it, and what the team's jobs must not touch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from .aturan import DANGEROUS_VARIABLE, ISOLATED, Hit
from .aturan_gerbang import NAMES, RELEASE_RULES, SCREEN, TEAM_TESTS, guarded
from .gitlab import GATE, RELEASE, Job, Pipeline

PA_JOBS = NAMES - {*TEAM_TESTS} | {SCREEN}
ZAP_JOB, ZAP_IMAGE = "pindai-zap", "$KAWAL_CITRA_ZAP"
"""The one image of a scanner: its address is a variable of PA, pinned by digest there."""
ZAP_RUN = 'zap.sh -cmd -autorun "$CI_PROJECT_DIR/laporan/zap.yml"'
TOKENS = {
    GATE: {"KAWAL_PERIKSA_TOKEN": {"aud": "kawal-periksa"}},
    RELEASE: {"KAWAL_IZIN_TOKEN": {"aud": "kawal-izin"}},
}
SCREENED = "tim-tersaring.yml"
SCREENING = f"python -I -m kawal_checks saring-tim --sumber tim.gitlab-ci.yml --keluar {SCREENED}"
REPORTS = re.compile(r"^(\./)*laporan(/|$)|(^|/)paket\.tar$|^izin\.json$")
_SCANNER = re.compile(r"(wapiti|zap\.sh) [^;&|`]*")
_HOUSEKEEPING = re.compile(r"(rm -rf|mkdir -p)( [\w./-]+)+( && mkdir -p( [\w./-]+)+)?")


def _pa(pipeline: Pipeline) -> Iterator[Job]:
    for job in pipeline.jobs.values():
        if job.of_pa or job.name in PA_JOBS:
            yield job


def kode_tim_di_runner_pa(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan di runner PA menjalankan selain alat PA: kode tim akan melihat rahasia runner dan memalsukan kelas diamati."""
    for job in _pa(pipeline):
        for line in job.lines():
            if not (ISOLATED.match(line) or _SCANNER.fullmatch(line) or _HOUSEKEEPING.fullmatch(line)):
                yield Hit(f"{job.name}: script", line)
        for word in ("run", "hooks", "trigger"):
            if job.data.get(word):
                yield Hit(f"{job.name}: {word}", "bukan script templat")


def pindah_runner(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan PA tidak (hanya) bertanda runner `pa`, sehingga jalan di runner bersama tim."""
    for name in sorted(PA_JOBS & pipeline.jobs.keys()):
        if pipeline.jobs[name].tags != ["pa"]:
            yield Hit(f"{name}: tags", f"{pipeline.jobs[name].tags}")


def citra_di_pekerjaan_pa(pipeline: Pipeline) -> Iterator[Hit]:
    """`image` atau `services` pada pekerjaan PA: alatnya berasal dari citra yang dapat diganti."""
    for job in _pa(pipeline):
        for word in ("image", "services"):
            value = job.data.get(word)
            image = value.get("name") if isinstance(value, dict) and value.keys() == {"name"} else value
            if value and (job.name, word, image) != (ZAP_JOB, "image", ZAP_IMAGE):
                yield Hit(f"{job.name}: {word}", f"{value}")


def rencana_pemindai_lain(pipeline: Pipeline) -> Iterator[Hit]:
    """ZAP memakai rencana selain yang ditulis `rencana-zap`, atau berkas repositori ikut diambil: tim dapat menghapus aturan dan sasaran."""
    for job in _pa(pipeline):
        lines = [" ".join(line.split()) for line in job.lines()]
        for line in lines:
            if line.startswith("zap.sh") and line != ZAP_RUN:
                yield Hit(f"{job.name}: script", line)
        variables = job.data.get("variables")
        strategy = variables.get("GIT_STRATEGY") if isinstance(variables, dict) else None
        if any(line.startswith("zap.sh") for line in lines) and strategy != "none":
            yield Hit(f"{job.name}: variables", "GIT_STRATEGY bukan none")


def tembolok_di_pekerjaan_pa(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan PA memakai `cache`, yang dapat diisi pekerjaan tim."""
    for job in _pa(pipeline):
        if job.data.get("cache"):
            yield Hit(f"{job.name}: cache", "tembolok bersama")


def artefak_tim_di_pekerjaan_pa(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan PA menerima artefak pekerjaan tim (`needs` dengan artefak, `dependencies`, atau tanpa `needs` di tahap lanjut)."""
    stages = [pipeline.stage_number(job) for job in pipeline.jobs.values() if not job.of_pa]
    for job in _pa(pipeline):
        if job.data.get("dependencies"):
            yield Hit(f"{job.name}: dependencies", "artefak pekerjaan lain")
        if (
            job.needs is None
            and "dependencies" not in job.data
            and any(0 <= stage < pipeline.stage_number(job) for stage in stages)
        ):
            empty = {" ".join(str(rule.get("if")).split()) for rule in job.rules or [{}]} <= RELEASE_RULES
            if not empty:  # in a tag's pipeline there is no job of the team
                yield Hit(f"{job.name}: needs", "tanpa needs, artefak semua tahap sebelumnya diambil")
        for need in job.needs or []:
            giver = pipeline.jobs.get(str(need.get("job")))
            if need.get("artifacts", True) is not False and not (giver and giver.of_pa):
                yield Hit(f"{job.name}: needs", f"artefak dari {need.get('job')}")


def token_di_luar_gerbang(pipeline: Pipeline) -> Iterator[Hit]:
    """Token identitas atau rahasia di pekerjaan selain gerbang dan rilis, atau dengan `aud` lain."""
    for job in pipeline.jobs.values():
        if job.data.get("id_tokens", {}) not in ({}, None, TOKENS.get(job.name)):
            yield Hit(
                f"{job.name}: id_tokens", "token hanya untuk gerbang (kawal-periksa) dan rilis (kawal-izin)"
            )
        for word in ("secrets", "identity"):
            if job.data.get(word):
                yield Hit(f"{job.name}: {word}", "rahasia di dalam pipeline")


def lingkungan_asing(pipeline: Pipeline) -> Iterator[Hit]:
    """`environment` pada pekerjaan selain rilis, atau nama yang bukan persis `production` (nama tak dikenal = produksi)."""
    for job in pipeline.jobs.values():
        if job.environment is not None and (job.name != RELEASE or job.environment != "production"):
            yield Hit(f"{job.name}: environment", ascii(job.environment))


def tingkat_lingkungan_disamarkan(pipeline: Pipeline) -> Iterator[Hit]:
    """`deployment_tier` atau `action` membuat rilis produksi tampak sebagai lingkungan lain."""
    for job in pipeline.jobs.values():
        value = job.data.get("environment")
        if isinstance(value, dict):
            for word in sorted(value.keys() - {"name", "url"}):
                yield Hit(f"{job.name}: environment.{word}", f"{value[word]}")


def variabel_berbahaya(pipeline: Pipeline) -> Iterator[Hit]:
    """Variabel menimpa keterangan forge (CI_*), pintu kawal, PATH, sertifikat, proksi, atau konfigurasi alat."""
    for place, variables in _variables(pipeline):
        for name in variables if isinstance(variables, dict) else {}:
            if DANGEROUS_VARIABLE.fullmatch(str(name)):
                yield Hit(f"{place}: variables", str(name))


def _variables(pipeline: Pipeline) -> Iterator[tuple[str, Any]]:
    yield "pipeline", pipeline.head.get("variables")
    workflow = pipeline.head.get("workflow")
    for rule in (workflow.get("rules") or []) if isinstance(workflow, dict) else []:
        yield "workflow.rules", rule.get("variables") if isinstance(rule, dict) else None
    for job in pipeline.jobs.values():
        yield job.name, job.data.get("variables")
        for rule in job.rules or []:
            yield f"{job.name}.rules", rule.get("variables")


def variabel_dapat_diisi(pipeline: Pipeline) -> Iterator[Hit]:
    """Variabel dengan `description`, `options`, atau `spec:inputs` dapat diisi siapa pun saat menjalankan pipeline."""
    for place, variables in _variables(pipeline):
        for name, value in variables.items() if isinstance(variables, dict) else ():
            if isinstance(value, dict) and value.keys() & {"description", "options"}:
                yield Hit(f"{place}: variables", str(name))
    for job in pipeline.jobs.values():
        if job.data.get("inputs") or job.data.get("manual_confirmation"):
            yield Hit(f"{job.name}: inputs", "masukan saat dijalankan")


def dotenv_ke_pekerjaan_lain(pipeline: Pipeline) -> Iterator[Hit]:
    """Laporan dotenv sebuah pekerjaan menjadi variabel pekerjaan sesudahnya dan mengalahkan `variables`."""
    for job in pipeline.jobs.values():
        if job.reports_of("dotenv"):
            yield Hit(f"{job.name}: artifacts.reports.dotenv", ", ".join(job.reports_of("dotenv")))


def pekerjaan_meniru(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan lain bernama mirip pekerjaan templat, atau meninggalkan berkas di `laporan/` seperti pemindai."""
    for job in pipeline.jobs.values():
        if job.name in NAMES:
            continue
        plain = re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", job.name).casefold())
        if not job.name.isascii() or plain in {re.sub("[^a-z]", "", name) for name in NAMES}:
            yield Hit(job.name, f"nama mirip pekerjaan templat: {job.name!a}")
        for path in job.artifact_paths:
            if REPORTS.search(path) or path.strip("./*") == "":
                yield Hit(f"{job.name}: artifacts", path)


def laporan_hilang(pipeline: Pipeline) -> Iterator[Hit]:
    """Laporan pekerjaan templat tidak ditinggalkan saat gagal (`artifacts: when: always` hilang)."""
    for job in pipeline.jobs.values():
        if job.name not in NAMES:
            continue
        artifacts = job.data.get("artifacts")
        if (
            not isinstance(artifacts, dict)
            or artifacts.get("when") != "always"
            or not artifacts.get("paths")
            or artifacts.get("exclude")
        ):
            yield Hit(f"{job.name}: artifacts", "harus when: always dengan paths, tanpa exclude")


def tanpa_batas_waktu(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan templat tanpa `timeout` dapat menahan runner."""
    for job in guarded(pipeline):
        if not job.data.get("timeout"):
            yield Hit(f"{job.name}: timeout", "tidak ada")


def pipeline_tim_tidak_disaring(pipeline: Pipeline) -> Iterator[Hit]:
    """Pipeline anak dari berkas yang belum disaring: tim dapat memilih runner PA, meminta token, atau memakai lingkungan produksi."""
    for job in pipeline.jobs.values():
        trigger = job.data.get("trigger")
        include = trigger.get("include") if isinstance(trigger, dict) else None
        for one in [] if include is None else include if isinstance(include, list) else [include]:
            giver = pipeline.jobs.get(str(one.get("job"))) if isinstance(one, dict) else None
            screened = giver is not None and [" ".join(line.split()) for line in giver.lines()] == [SCREENING]
            if not (
                screened and giver is not None and giver.name == SCREEN and one.get("artifact") == SCREENED
            ):
                yield Hit(f"{job.name}: trigger", f"bukan berkas dari {SCREEN}: {one}")


def pemicu_membawa_variabel(pipeline: Pipeline) -> Iterator[Hit]:
    """Pipeline anak atau proyek lain dipicu dengan variabel, token, atau tanpa menunggu hasilnya."""
    for job in pipeline.jobs.values():
        trigger = job.data.get("trigger")
        if trigger is None:
            continue
        if not isinstance(trigger, dict) or "project" in trigger:
            yield Hit(f"{job.name}: trigger", "memicu proyek lain")
            continue
        if trigger.get("strategy") != "depend":
            yield Hit(f"{job.name}: trigger", "tanpa strategy: depend")
        forward = trigger.get("forward") or {}
        if (
            trigger.get("inputs")
            or job.data.get("variables")
            or forward.get("pipeline_variables")
            or forward.get("yaml_variables", False)
        ):
            yield Hit(f"{job.name}: trigger", "variabel atau masukan diteruskan")


RULES = (
    kode_tim_di_runner_pa, pindah_runner, citra_di_pekerjaan_pa, tembolok_di_pekerjaan_pa, artefak_tim_di_pekerjaan_pa, token_di_luar_gerbang,
    lingkungan_asing, tingkat_lingkungan_disamarkan, variabel_berbahaya, variabel_dapat_diisi, dotenv_ke_pekerjaan_lain, pekerjaan_meniru,
    rencana_pemindai_lain, laporan_hilang, tanpa_batas_waktu, pipeline_tim_tidak_disaring, pemicu_membawa_variabel,
)  # fmt: skip
