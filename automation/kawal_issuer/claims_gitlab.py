"""Claims of GitLab's `id_tokens`. Booleans and ids are strings, the runner's number is a number."""

from __future__ import annotations

from typing import Any

from kawal_issuer.claims import JTI, NUMBER, REF, SHA, SLUG, Claims, environment, refuse, text


def gitlab_claims(payload: dict[str, Any], issuer: str) -> Claims:
    if payload.get("ref_protected") != "true":
        raise refuse(4, "ref tidak dilindungi")
    ref = text(payload, "ref", REF)
    if text(payload, "ref_type", SLUG) != "tag" or payload.get("ref_path") != f"refs/tags/{ref}":
        raise refuse(4, "bukan dari tag rilis")
    runner = payload.get("runner_id")
    if type(runner) is str and NUMBER.fullmatch(runner):
        runner = int(runner)
    if type(runner) is not int or runner < 1:
        raise refuse(1, "klaim runner_id tidak ada")
    named = environment(payload)
    return Claims(
        issuer=issuer,
        jti=text(payload, "jti", JTI),
        project_id=int(text(payload, "project_id", NUMBER)),
        pipeline_id=int(text(payload, "pipeline_id", NUMBER)),
        job_id=int(text(payload, "job_id", NUMBER)),
        runner_id=runner,
        ref=ref,
        sha=text(payload, "sha", SHA),
        pipeline_source=text(payload, "pipeline_source", SLUG),
        environment=named,
    )
