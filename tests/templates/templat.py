"""The central GitLab template as the embedded runner reads it: includes, inputs and extends resolved; one pipeline per entry file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kawal_sandbox.ci.expand import read_config

ROOT = Path(__file__).parents[2] / "pipeline-templates"
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifes.yml").read_text("utf-8"))
ENTRIES = sorted({*MANIFEST["gitlab"]["tumpukan"].values(), *MANIFEST["gitlab"]["tumpukan_zap"].values()})
NOT_JOBS = {"stages", "workflow", "variables"}


@dataclass(frozen=True)
class Disk:
    """The template project as it lies in the checkout."""

    def read(self, path: str) -> str:
        return (ROOT / path).read_text("utf-8")

    def other(self, project: str, ref: str | None) -> Disk:
        raise AssertionError(f"the template asks for another project: {project} {ref}")


def pipeline(entry: str = "gitlab/kawal.yml") -> dict[str, Any]:
    """All keys of the merged configuration, hidden jobs included."""
    return dict(read_config((ROOT / entry).read_text("utf-8"), entry, Disk()).merged)


def jobs(entry: str = "gitlab/kawal.yml") -> dict[str, dict[str, Any]]:
    merged = pipeline(entry)
    return {name: job for name, job in merged.items() if name not in NOT_JOBS and not name.startswith(".")}
