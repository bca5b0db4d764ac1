"""GitLab rules about the pipeline as a whole: when it exists, what is not expanded, what is not known, what left the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .aturan import Hit
from .aturan_gerbang import NAMES, guarded
from .gitlab import DEFAULT_WORDS, GLOBAL_WORDS, JOB_WORDS, Job, Pipeline

WORKFLOW_RULES = {
    '$CI_PIPELINE_SOURCE == "merge_request_event"',
    "$CI_COMMIT_TAG =~ /^v/",
    "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
}
_RULE = {"if", "when", "changes", "exists", "allow_failure", "variables", "needs", "interruptible", "?"}
# Maps whose words change who waits for whom or what reaches whom; `None` = any word.
KNOWN: dict[str, set[str]] = {
    "needs": {"job", "artifacts", "optional", "pipeline", "project", "ref", "parallel"},
    "rules": _RULE,
    "artifacts": {
        "paths",
        "exclude",
        "expire_in",
        "expose_as",
        "name",
        "public",
        "access",
        "reports",
        "untracked",
        "when",
    },
    "environment": {"name", "url", "on_stop", "action", "auto_stop_in", "kubernetes", "deployment_tier"},
    "allow_failure": {"exit_codes"},
    "retry": {"max", "when", "exit_codes"},
    "trigger": {"include", "project", "branch", "strategy", "forward", "inputs"},
    "inherit": {"default", "variables"},
}


def belum_terurai(pipeline: Pipeline) -> Iterator[Hit]:
    """Berkas masih memuat `include` atau `extends` yang tidak ditemukan: isinya belum terlihat, jadi tidak dapat dinilai."""
    for what in pipeline.unresolved:
        yield Hit("pipeline", what)


def kata_kunci_tidak_dikenal(pipeline: Pipeline) -> Iterator[Hit]:
    """Kata kunci yang tidak dikenal: forge mungkin mengartikannya, aturan lain tidak."""
    workflow = pipeline.head.get("workflow")
    for word in sorted(
        (workflow.keys() if isinstance(workflow, dict) else set()) - {"name", "rules", "auto_cancel"}
    ):
        yield Hit("workflow", word)
    default = pipeline.head.get("default")
    for word in sorted((default.keys() if isinstance(default, dict) else set()) - DEFAULT_WORDS):
        yield Hit("default", word)
    for job in pipeline.jobs.values():
        for word in sorted(job.data.keys() - JOB_WORDS):
            yield Hit(job.name, word)
        for word, known in KNOWN.items():
            for entry in _maps(job.data.get(word)):
                for inner in sorted(entry.keys() - known):
                    yield Hit(f"{job.name}: {word}", str(inner))


def _maps(value: Any) -> list[dict[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def tanpa_isi(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan tanpa script, run, atau trigger tidak menguji apa pun."""
    for job in pipeline.jobs.values():
        if not (job.lines() or job.data.get("run") or job.data.get("trigger")):
            yield Hit(job.name, "tanpa script")


def sumber_tidak_dibatasi(pipeline: Pipeline) -> Iterator[Hit]:
    """`workflow: rules` hilang atau mengizinkan jadwal, pemicu, API, web, anak pipeline, atau cabang lain."""
    workflow = pipeline.head.get("workflow")
    rules = workflow.get("rules") if isinstance(workflow, dict) else None
    if not isinstance(rules, list) or not rules:
        yield Hit("workflow", "tanpa rules, setiap sumber menjalankan pipeline")
        return
    found = [" ".join(str(rule.get("if")).split()) if isinstance(rule, dict) else "?" for rule in rules]
    for condition in found:
        if condition not in WORKFLOW_RULES:
            yield Hit("workflow.rules", f"if: {condition}")
    for condition in sorted(WORKFLOW_RULES - set(found)):
        yield Hit("workflow.rules", f"tidak ada if: {condition}")


def pipeline_ditiadakan(pipeline: Pipeline) -> Iterator[Hit]:
    """`workflow` meniadakan atau membatalkan pipeline (`when: never`, `changes`, `auto_cancel`), sehingga gerbang tidak pernah jalan."""
    workflow = pipeline.head.get("workflow")
    if not isinstance(workflow, dict):
        return
    if workflow.get("auto_cancel"):
        yield Hit("workflow.auto_cancel", f"{workflow['auto_cancel']}")
    for rule in _maps(workflow.get("rules")):
        for word in sorted(rule.keys() - {"if", "variables"}):
            if (word, rule[word]) != ("when", "always"):
                yield Hit("workflow.rules", f"{word}: {rule[word]}")


def sumber_pekerjaan(pipeline: Pipeline) -> Iterator[Hit]:
    """`rules` pekerjaan templat menyebut syarat lain dari templat: sumber, cabang, atau variabel yang dapat diisi."""
    for job in guarded(pipeline):
        if job.name not in NAMES or job.rules is None:
            continue
        for rule in job.rules:
            condition = " ".join(str(rule.get("if")).split())
            if condition not in WORKFLOW_RULES:
                yield Hit(f"{job.name}: rules", f"if: {condition}")


def uji_tanpa_cabang_utama(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan uji milik templat tidak jalan di cabang utama: buktinya tidak akan pernah ada."""
    for job in guarded(pipeline):
        if job.name in NAMES - {"gerbang", "rilis"}:
            conditions = [" ".join(str(rule.get("if")).split()) for rule in job.rules or [{}]]
            if "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" not in conditions:
                yield Hit(f"{job.name}: rules", "tidak untuk cabang utama")


def berbeda_dari_templat(pipeline: Pipeline) -> Iterator[Hit]:
    """Pekerjaan templat hilang atau didefinisikan ulang setelah include; dinilai bila --templat diberikan."""
    template = pipeline.template
    if template is None:
        return
    for word in ("stages", "workflow"):
        if _plain_stages(pipeline.head.get(word)) != _plain_stages(template.head.get(word)):
            yield Hit(word, "berbeda dari templat")
    for word in sorted(GLOBAL_WORDS & pipeline.head.keys() - template.head.keys() - {"include"}):
        yield Hit(word, "tidak ada di templat")
    for name, wanted in template.jobs.items():
        found = pipeline.jobs.get(name)
        if found is None:
            yield Hit(name, "pekerjaan templat tidak ada")
            continue
        left, right = _plain(found), _plain(wanted)
        for key in sorted(left.keys() | right.keys()):
            if left.get(key) != right.get(key):
                yield Hit(f"{name}: {key}", "berbeda dari templat")


def _plain_stages(value: Any) -> Any:
    """The expanded stage list carries `.pre` and `.post`."""
    return [stage for stage in value if stage not in (".pre", ".post")] if isinstance(value, list) else value


def _plain(job: Job) -> dict[str, Any]:
    data = {**job.data, "script": [" ".join(line.split()) for line in job.lines()]}
    if job.needs is not None:
        data["needs"] = [{"artifacts": True, "optional": False, **need} for need in job.needs]
    return data


RULES = (
    belum_terurai, kata_kunci_tidak_dikenal, tanpa_isi, sumber_tidak_dibatasi, pipeline_ditiadakan, sumber_pekerjaan, uji_tanpa_cabang_utama,
    berbeda_dari_templat,
)  # fmt: skip
