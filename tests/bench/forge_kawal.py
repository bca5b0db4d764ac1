"""kawal as one tool of the forge bench: `python forge_kawal.py URL GROUP COUNT`, token in BENCH_TOKEN."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from forge_beban import projects

from kawal.forges.gitlab import GitLabForge
from kawal.model import DesiredProject
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.plan import diff
from kawal.reconcile.read import read_state
from kawal.services.fleet import AT_ONCE


def main(url: str, group: str, count: int) -> None:
    """What `selaraskan` does, without its ledger: one bulk list of projects, then a plan for each, applied where it says something."""
    forge = GitLabForge(url, os.environ["BENCH_TOKEN"], timeout=60)
    listed = {one.full_path: one for one in forge.projects_in(group)}
    work = projects(count, group)
    if not listed:
        forge.create_group(group, work[0].group_name)

    def one(project: DesiredProject) -> None:
        plan = diff(project, read_state(forge, project, project=listed.get(project.full_path)))
        if plan.changes:
            apply_plan(forge, project, plan, hook_token="rahasia")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, work))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
