"""Checks `needs` and `dependencies` between the jobs of a configuration."""

from collections.abc import Mapping, Sequence

from kawal_sandbox.ci.problems import Problems
from kawal_sandbox.ci.spec import JobSpec


def check_links(jobs: Sequence[JobSpec], stages: Sequence[str], problems: Problems) -> None:
    by_name = {job.name: job for job in jobs}
    order = {stage: index for index, stage in enumerate(stages)}
    for job in jobs:
        here = order.get(job.stage, 0)
        for need in job.needs or ():
            target = by_name.get(need.job)
            if target is None:
                if not need.optional:
                    problems.add(f"{job.name} job:", f"undefined need: {need.job}")
            elif order.get(target.stage, 0) > here:
                problems.add(f"{job.name} job:", f"need {need.job} is not defined in current or prior stages")
        for name in job.dependencies or ():
            target = by_name.get(name)
            needed = {need.job for need in job.needs or ()}
            if target is None:
                problems.add(f"{job.name} job:", f"undefined dependency: {name}")
            elif job.needs is not None and name not in needed:
                problems.add(f"{job.name} job:", f"dependencies the {name} should be part of needs")
            elif job.needs is None and order.get(target.stage, 0) >= here:
                problems.add(f"{job.name} job:", f"dependency {name} is not defined in prior stages")
    if _has_cycle({job.name: [n.job for n in job.needs or ()] for job in jobs}):
        problems.add("", "The pipeline has circular dependencies: self-dependency or a cycle in `needs`")


def _has_cycle(edges: Mapping[str, Sequence[str]]) -> bool:
    state: dict[str, int] = {}  # 1 = on the way, 2 = done
    for start in edges:
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            name, index = stack.pop()
            if index == 0:
                if state.get(name) == 2:
                    continue
                if state.get(name) == 1:
                    return True
                state[name] = 1
            targets = [t for t in edges.get(name, ()) if t in edges]
            if index < len(targets):
                stack.append((name, index + 1))
                if state.get(targets[index]) == 1:
                    return True
                if state.get(targets[index]) is None:
                    stack.append((targets[index], 0))
            else:
                state[name] = 2
    return False
