"""kawal as one tool of the forge bench: `python forge_kawal.py URL GROUP COUNT`, token in BENCH_TOKEN."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from forge_beban import projects

from kawal.forges.gitlab import GitLabForge
from kawal.model import DesiredProject
from kawal.reconcile import width
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.plan import Plan, diff
from kawal.reconcile.read import read_state


def main(url: str, group: str, count: int) -> None:
    """What `selaraskan` does: one bulk list of projects, a plan for each, applied where it says something.

    Without its ledger and its SOPs, which the other tools have none of, and so without importing them.
    """
    forge = GitLabForge(url, os.environ["BENCH_TOKEN"], timeout=60)
    listed = {one.full_path: one for one in forge.projects_in(group)}
    work = projects(count, group)
    if not listed:
        forge.create_group(group, work[0].group_name)

    def plan_of(project: DesiredProject) -> Plan:
        return diff(project, read_state(forge, project, project=listed.get(project.full_path)))

    def repair(todo: tuple[DesiredProject, Plan]) -> None:
        apply_plan(forge, *todo, hook_token="rahasia")

    with ThreadPoolExecutor(width.READ) as pool:
        plans = zip(work, pool.map(plan_of, work), strict=True)
        changed = [(project, plan) for project, plan in plans if plan.changes]
    with ThreadPoolExecutor(width.WRITTEN["gitlab"]) as pool:
        list(pool.map(repair, changed))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
