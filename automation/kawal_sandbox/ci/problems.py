"""Collects everything that is wrong with a CI configuration, so that one error can list it all."""

from collections.abc import Iterable


class ConfigError(Exception):
    """The CI configuration cannot become a pipeline. `problems` lists every reason, each with its path."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("; ".join(self.problems))


class Problems:
    """A growing list of problems; messages follow GitLab's own wording (`jobs:x config ...`)."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, path: str, what: str) -> None:
        self.found.append(f"{path} {what}" if path else what)

    def raise_if_any(self) -> None:
        if self.found:
            raise ConfigError(self.found)
