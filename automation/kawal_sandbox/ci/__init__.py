"""Pipelines of the embedded forge: GitLab CI YAML, jobs, runners, artifacts and ID tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kawal_sandbox.forge import Forge
    from kawal_sandbox.server import RunnerConfig


def install(forge: Forge, runner: RunnerConfig | None) -> Callable[[], None]:
    """Mount on a finished forge; the function that stops it. Without `runner`, pipelines are made but nothing runs."""
    from kawal_sandbox.ci.mount import mount
    from kawal_sandbox.ci.runners import demo_runners, load_runners

    config = None
    if runner is not None:
        config = load_runners(runner.path) if runner.path else demo_runners()
    ci = mount(forge, config)
    ci.start()
    return ci.stop
