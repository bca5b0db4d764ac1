"""Values of an expanded pipeline: what one job may do, after extends, defaults and rules."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

When = Literal["on_success", "on_failure", "always", "manual", "never"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(_Value):
    job: str
    artifacts: bool = True
    optional: bool = False


class Artifacts(_Value):
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    when: Literal["on_success", "on_failure", "always"] = "on_success"
    expire_s: int | None = None
    name: str = "artifacts"
    expose_as: str | None = None
    reports: dict[str, tuple[str, ...]] = {}
    access: Literal["all", "developer", "maintainer", "none"] = "all"


class Environment(_Value):
    name: str
    url: str | None = None
    action: Literal["start", "prepare", "stop", "verify", "access"] = "start"
    tier: str | None = None


class Retry(_Value):
    max: int = 0
    when: tuple[str, ...] = ("always",)


class Trigger(_Value):
    """A child pipeline from a file that another job left."""

    artifact: str
    job: str


class JobSpec(_Value):
    """One job of one pipeline. Durations are seconds; `needs` None means "by stage"."""

    name: str
    stage: str
    stage_index: int
    script: tuple[str, ...] = ()
    before_script: tuple[str, ...] = ()
    after_script: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    when: When = "on_success"
    allow_failure: bool = False
    allow_failure_codes: tuple[int, ...] = ()
    needs: tuple[Need, ...] | None = None
    dependencies: tuple[str, ...] | None = None
    artifacts: Artifacts = Artifacts()
    variables: dict[str, str] = {}
    raw_variables: tuple[str, ...] = ()
    environment: Environment | None = None
    id_tokens: dict[str, tuple[str, ...]] = {}
    timeout_s: int | None = None
    interruptible: bool = False
    resource_group: str | None = None
    retry: Retry = Retry()
    coverage: str | None = None
    image: str | None = None
    trigger: Trigger | None = None
