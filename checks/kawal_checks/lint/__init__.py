"""`kawal-checks lint`: finds what weakens a gate in an expanded pipeline of GitLab or in GitHub workflows.

Advisory: whoever edits a pipeline can drop it whole, so the permit at the target binds, never this. One small function a rule; its
docstring is its documentation and `tests/data/lint/` has a bad and a good example of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from kawal_checks.model import Finding, ReportError, Result, Tally
from kawal_checks.teks import one_line

from . import aturan_gerbang, aturan_github, aturan_pekerjaan, aturan_pipeline
from .aturan import Hit
from .github import read_workflow
from .gitlab import read_pipeline
from .muat import load

GITLAB_RULES: tuple[Callable[..., Iterator[Hit]], ...] = (
    *aturan_gerbang.RULES,
    *aturan_pekerjaan.RULES,
    *aturan_pipeline.RULES,
)
GITHUB_RULES: tuple[Callable[..., Iterator[Hit]], ...] = aturan_github.RULES


class Rule(NamedTuple):
    """One row of `kawal-checks lint --daftar`."""

    id: str
    doc: str


def rule_id(forge: str, rule: Callable[..., Iterator[Hit]]) -> str:
    return f"{forge}/{rule.__name__.replace('_', '-')}"


def all_rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(rule_id(forge, rule), " ".join((rule.__doc__ or "").split()))
        for forge, rules in (("gitlab", GITLAB_RULES), ("github", GITHUB_RULES))
        for rule in rules
    )


def forge_of(document: dict[str, Any], place: str) -> str:
    """GitHub's workflows have both `on` and `jobs`; a GitLab job may carry either name, but not as both of these."""
    if "jobs" in document and "on" in document:
        return "github"
    if not document:
        raise ReportError(place, "berkas kosong", "pipeline yang terurai")
    return "gitlab"


def lint_document(
    raw: bytes, place: str, reference: bytes | None = None, inputs: Mapping[str, str] | None = None
) -> tuple[str, tuple[Finding, ...]]:
    """The forge and the findings of one file. `reference` is the central template: its jobs must be there unchanged,
    as they are with `inputs`."""
    document = load(raw, place)
    forge = forge_of(document, place)
    if forge == "github":
        workflow = read_workflow(document, place)
        found = [(rule, hit) for rule in GITHUB_RULES for hit in rule(workflow)]
    else:
        template = (
            read_pipeline(load(reference, "templat", inputs), "templat") if reference is not None else None
        )
        pipeline = read_pipeline(document, place, template)
        found = [(rule, hit) for rule in GITLAB_RULES for hit in rule(pipeline)]
    findings = tuple(
        Finding(
            "tinggi",
            None,
            "",
            one_line(f"{place}: {hit.where}"),
            "kawal-lint",
            rule_id(forge, rule),
            one_line(hit.text),
        )
        for rule, hit in found
    )
    return forge, tuple(dict.fromkeys(findings))


def lint_files(
    files: list[tuple[str, bytes]], reference: bytes | None = None, inputs: Mapping[str, str] | None = None
) -> Result:
    """All files as one result; no file at all is an error of the caller, an empty pipeline a refusal."""
    findings: list[Finding] = []
    for place, raw in files:
        findings += lint_document(raw, place, reference, inputs)[1]
    tally = Tally("lint")
    for finding in findings:
        tally.fail(
            "POSTUR-101", finding.rule, f"{finding.place}: {finding.text}", "pipeline tanpa pelemahan gerbang"
        )
    digest = hashlib.sha256(b"".join(hashlib.sha256(raw).digest() for _, raw in files)).hexdigest()
    counts: dict[str, int | str] = {"berkas": len(files), "pelemahan": len(findings)}
    summary = f"{len(files)} berkas, {len(findings)} pelemahan, {len(all_rules())} aturan"
    return tally.conclude(summary, counts, tuple(findings), "kawal-lint", "", digest)
