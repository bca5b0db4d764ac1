"""Gathers from the store what the variables of a pipeline and its jobs are made of."""

import json

from kawal_sandbox.access import trail_ids
from kawal_sandbox.ci.predefined import MergeRequestFacts, PipelineFacts, Variable
from kawal_sandbox.ci.rows import short_ref
from kawal_sandbox.forge import VERSION, Forge
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.pushes import rules_of
from kawal_sandbox.rules import matching
from kawal_sandbox.store import Row


def ref_protected(forge: Forge, project_id: int, name: str, *, tag: bool) -> bool:
    return bool(matching(rules_of(forge, project_id, "tag" if tag else "branch"), name))


def pipeline_facts(forge: Forge, pipeline: Row) -> PipelineFacts:
    """`pipeline` may be a row not stored yet: its id is then 0."""
    store = forge.store
    project = store.get("projects", pipeline["project_id"])
    user = store.get("users", pipeline["user_id"])
    commit = forge.repo(project["id"]).commit(pipeline["sha"])
    mr = store.get("merge_requests", pipeline["mr_id"]) if pipeline["mr_id"] else None
    return PipelineFacts(
        url=forge.url,
        version=VERSION,
        project_id=project["id"],
        project_name=project["path"],
        project_title=project["name"],
        project_path=project["full_path"],
        visibility=project["visibility"],
        default_branch=project["default_branch"],
        pipeline_id=pipeline["id"],
        pipeline_iid=pipeline["iid"],
        source=pipeline["source"],
        name=pipeline["name"] or "",
        ref=short_ref(pipeline, mr),
        tag=bool(pipeline["tag"]),
        protected=bool(pipeline["protected"]),
        sha=pipeline["sha"],
        before_sha=pipeline["before_sha"],
        message=commit.message.rstrip("\n"),
        author=f"{commit.author.name} <{commit.author.email}>",
        timestamp=commit.committed_at,
        config_path=json.loads(project["settings"]).get("ci_config_path") or pipeline["config_path"],
        user_id=user["id"],
        user_login=user["username"],
        user_name=user["name"],
        user_email=user["email"],
        created_at=pipeline["created_at"],
        merge_request=None if mr is None else _merge_request(forge, project, mr),
        open_merge_requests=_open_merge_requests(forge, project, pipeline, mr),
    )


def _merge_request(forge: Forge, project: Row, mr: Row) -> MergeRequestFacts:
    repo = forge.repo(project["id"])
    target = repo.ref_sha(f"refs/heads/{mr['target_branch']}")
    base = repo.merge_base(target, mr["head_sha"]) if ZERO not in (target, mr["head_sha"] or ZERO) else None
    return MergeRequestFacts(
        id=mr["id"],
        iid=mr["iid"],
        title=mr["title"],
        source_branch=mr["source_branch"],
        target_branch=mr["target_branch"],
        source_sha=mr["head_sha"] or "",
        base_sha=base or "",
        author=forge.store.get("users", mr["author_id"])["username"],
    )


def _open_merge_requests(forge: Forge, project: Row, pipeline: Row, mr: Row | None) -> str:
    branch = mr["source_branch"] if mr else pipeline["ref"]
    rows = forge.store.all(
        "SELECT iid FROM merge_requests WHERE project_id = ? AND source_branch = ? AND state = 'opened' ORDER BY iid DESC LIMIT 4",
        project["id"],
        branch,
    )
    return ",".join(f"{project['full_path']}!{row['iid']}" for row in rows)


def variable_levels(forge: Forge, project: Row) -> list[list[Variable]]:
    """Variables from the lowest level to the highest: instance, groups from the top, project."""
    namespace = forge.store.get("namespaces", project["namespace_id"])
    sources = [("instance", 0), *(("group", id_) for id_ in trail_ids(namespace)), ("project", project["id"])]
    return [
        [
            Variable(
                key=row["key"],
                value=row["value"],
                protected=bool(row["protected"]),
                masked=bool(row["masked"]) or bool(row["hidden"]),
                raw=bool(row["raw"]),
                file=row["variable_type"] == "file",
                environment_scope=row["environment_scope"],
            )
            for row in forge.store.all(
                "SELECT * FROM variables WHERE source = ? AND source_id = ?", source, id_
            )
        ]
        for source, id_ in sources
    ]
