"""The values of `kawal buktikan`: what was seen, each way around a gate, the verdict per gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from kawal.forges.exposure import Exposure
from kawal.forges.operations import EnvironmentRule
from kawal.forges.port import ForgeInfo, RemoteMember
from kawal.posture import PostureSeen, PostureWanted

GateId = Literal["tinjauan", "pipeline", "uji", "tag", "rahasia", "runner", "hak", "kabar"]
Verdict = Literal["ditegakkan", "dianjurkan", "dapat dilewati"]

GATES: dict[GateId, str] = {
    "tinjauan": "Cabang utama berubah hanya lewat merge request yang ditinjau",
    "pipeline": "Pipeline hanya berasal dari templat pusat",
    "uji": "Digabung hanya setelah semua uji lulus",
    "tag": "Tag rilis hanya dibuat bot kawal",
    "rahasia": "Tidak ada rahasia produksi di forge",
    "runner": "Alat PA berjalan di runner PA saja",
    "hak": "Tidak seorang pun setingkat bot",
    "kabar": "Kabar dari forge sampai dan tidak bocor",
}


@dataclass(frozen=True)
class Seen:
    """Everything a proof looks at, read at one moment with a client that cannot write."""

    info: ForgeInfo
    posture: PostureSeen
    wanted: PostureWanted
    exposure: Exposure
    template_members: tuple[RemoteMember, ...]
    """All who reach the template project, inherited ones too."""
    hook_url: str | None
    """Where this forge should send its news; None = kawal has no server."""
    visibility: str | None
    environment: EnvironmentRule | None = None
    """The rule of the production environment; None also where there is no such environment yet."""
    has_environments: bool = False
    """This forge and its plan know rules for environments."""
    settings: frozenset[str] | None = None
    """Settings this forge has a counterpart for; None = all."""


@dataclass(frozen=True)
class Leak:
    """One way around. `trap` is stable; `role` and `path` fill the sentence "dapat dilewati oleh PERAN lewat JALAN"."""

    trap: str
    gates: tuple[GateId, ...]
    role: str
    path: str
    found: str
    fix: str
    by_plan: bool = False
    """Whether `kawal siapkan` plans the repair; otherwise a person removes what kawal never removes by itself."""


Rule = Callable[[Seen], Iterator[Leak]]


@dataclass(frozen=True)
class GateProof:
    gate: str
    title: str
    verdict: Verdict
    why: str
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """Where the production credential lies: 0 still in CI, 1 a door host, 2 the target verifies."""

    step: Literal[0, 1, 2]
    why: str


@dataclass(frozen=True)
class Proof:
    gates: tuple[GateProof, ...]
    ladder: Ladder
    warnings: tuple[str, ...] = ()

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """Each once, in the order of the rules."""
        return tuple(dict.fromkeys(leak for gate in self.gates for leak in gate.leaks))
