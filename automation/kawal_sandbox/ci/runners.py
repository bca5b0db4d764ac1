"""The runner configuration file, and which runner may take which job."""

import json
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Runner(BaseModel):
    """One registered runner. `projects` names the only projects (or groups above them) it serves; empty: all.

    `hides` are folders that its jobs must not see; naming one puts its jobs behind a fence (see `fence`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    id: int = Field(gt=0)
    tags: tuple[str, ...] = ()
    run_untagged: bool = False
    locked: bool = False
    protected: bool = False
    projects: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    env: dict[str, str] = {}
    hides: tuple[str, ...] = ()

    def takes(self, tags: tuple[str, ...], project_path: str, *, ref_protected: bool) -> bool:
        if self.protected and not ref_protected:
            return False
        if self.projects and not any(
            project_path == p or project_path.startswith(p + "/") for p in self.projects
        ):
            return False
        return set(tags) <= set(self.tags) if tags else self.run_untagged


class RunnerFile(BaseModel):
    """`parallel`: how many jobs run at one time, all runners together (`concurrent` of GitLab Runner)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runners: tuple[Runner, ...] = Field(min_length=1)
    parallel: int = Field(default=1, ge=1, le=64)

    @model_validator(mode="after")
    def _unique(self) -> "RunnerFile":
        for values in ([r.id for r in self.runners], [r.name for r in self.runners]):
            if len(set(values)) != len(values):
                raise ValueError("nama dan id runner harus unik")
        return self


def load_runners(path: Path) -> RunnerFile:
    """Raises `pydantic.ValidationError` or `OSError`."""
    return RunnerFile.model_validate(json.loads(path.read_text(encoding="utf-8")))


def demo_runners() -> RunnerFile:
    """The two of the demo: `umum` for the team's code, `pa` for PA's tools, both with the commands of this installation."""
    tools = (str(Path(sys.executable).parent),)
    return RunnerFile(
        runners=(
            Runner(name="umum", id=1, tags=("umum",), path=tools),
            Runner(name="pa", id=2, tags=("pa",), path=tools),
        ),
        parallel=2,
    )
