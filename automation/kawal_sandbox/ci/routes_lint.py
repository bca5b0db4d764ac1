"""`/projects/:id/ci/lint`: what a configuration would become."""

from typing import Any

import yaml

from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.ci.config_source import OWN_FILE, ConfigFile, GitSource, find_config
from kawal_sandbox.ci.create import MISSING, Ask, preview
from kawal_sandbox.ci.expand import read_config
from kawal_sandbox.ci.include import IncludeError
from kawal_sandbox.ci.problems import ConfigError
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.errors import not_found


def given(ctx: Ctx) -> Reply:
    """POST: a text in the body."""
    content = ctx.p.need("content")
    ref, sha = _commit(ctx, ctx.p.text("ref"))
    config = ConfigFile(content, OWN_FILE, GitSource(ctx.forge, ctx.project, sha, ctx.user), elsewhere=False)
    return _lint(ctx, config, ref, sha, dry_run=bool(ctx.p.flag("dry_run", False)))


def stored(ctx: Ctx) -> Reply:
    """GET: the configuration of the project, wherever it lies."""
    ref, sha = _commit(ctx, ctx.query.text("content_ref") or ctx.query.text("sha"))
    try:
        config = find_config(ctx.forge, ctx.project, sha, ctx.user)
    except IncludeError as error:
        return _answer([str(error)])
    if config is None:
        return _answer([MISSING])
    return _lint(ctx, config, ref, sha, dry_run=bool(ctx.query.flag("dry_run", False)))


def _commit(ctx: Ctx, ref: str | None) -> tuple[str, str]:
    ref = ref or ctx.project["default_branch"]
    sha = ctx.repo.resolve(ref)
    if sha is None:
        raise not_found("Reference")
    return ref, sha


def _lint(ctx: Ctx, config: ConfigFile, ref: str, sha: str, *, dry_run: bool) -> Reply:
    """Without `dry_run` only the syntax is judged; with it the rules too, as for a push to `ref`."""
    try:
        read = read_config(config.text, config.where, config.source)
        jobs = [text.spec for text in read.jobs]
        if dry_run:
            outcome = preview(ctx.forge, ctx.project, ctx.user, config, Ask("push", ref, sha))
            if outcome.filtered:
                return _answer([outcome.filtered])
            jobs = list(outcome.jobs)
    except ConfigError as error:
        return _answer(list(error.problems))
    except IncludeError as error:
        return _answer([str(error)])
    merged = yaml.safe_dump(dict(read.merged), allow_unicode=True, sort_keys=False)
    shown = [_job(job) for job in jobs] if ctx.p.flag("include_jobs", False) else None
    return _answer([], merged, shown)


def _job(spec: JobSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "stage": spec.stage,
        "before_script": list(spec.before_script),
        "script": list(spec.script),
        "after_script": list(spec.after_script),
        "tag_list": list(spec.tags),
        "only": None,
        "except": None,
        "environment": spec.environment.name if spec.environment else None,
        "when": spec.when,
        "allow_failure": spec.allow_failure,
        "needs": None if spec.needs is None else [need.model_dump() for need in spec.needs],
    }


def _answer(errors: list[str], merged: str | None = None, jobs: list[dict[str, Any]] | None = None) -> Reply:
    body: dict[str, Any] = {
        "valid": not errors,
        "errors": errors,
        "warnings": [],
        "merged_yaml": merged,
        "includes": [],
    }
    if jobs is not None:
        body["jobs"] = jobs
    return Reply(body)


ROUTES = [
    Route("POST", "/projects/:id/ci/lint", given, level=DEVELOPER, read_only=True),
    Route("GET", "/projects/:id/ci/lint", stored, level=REPORTER),
]
