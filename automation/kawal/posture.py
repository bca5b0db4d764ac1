"""The settings of a forge project that a release relies on, and every way in which they are not as the policy wants. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kawal.forges.port import RemoteMember
from kawal.model import WANTED_SETTINGS as WANTED_SETTINGS
from kawal.model import ProtectedRef
from kawal.refs import matches, overlaps

DEVELOPER, MAINTAINER = 30, 40
KNOWN_LEVELS = frozenset({0, 5, 10, 15, 20, 25, 30, 40, 50})
MAY_MERGE = frozenset({40, 60})
"""Only the bot holds 40 or more, so these leave merging to it alone (60: administrators of the forge)."""

GITHUB_SETTINGS: tuple[tuple[str, str | bool], ...] = (
    ("merge_method", "merge"),
    ("public_jobs", False),
    ("squash_option", "never"),
)
"""Those with a counterpart on GitHub that a release relies on: a squash would hide the reviewed head."""


class PostureWanted(Protocol):
    """What the compiled policy says about the forge (docs/formats.md §10 `forge`)."""

    @property
    def ci_config_path(self) -> str: ...
    def for_project(self, config: object) -> PostureWanted:
        """These wishes for a project that runs the template `config`, when that is one of those pinned."""

    @property
    def template_project_id(self) -> int: ...
    @property
    def template_commit(self) -> str: ...
    @property
    def runner_ids(self) -> Sequence[int]: ...
    @property
    def bot_user_id(self) -> int: ...
    @property
    def default_branch(self) -> str: ...
    @property
    def release_tag(self) -> str: ...
    @property
    def protections(self) -> str:
        """`ditegakkan`, or `dianjurkan` where the Dinas signed that its plan of the forge has no protected refs."""
        ...


@dataclass(frozen=True)
class PostureSeen:
    """What the forge answered. None = it did not say, which is never as wanted."""

    settings: dict[str, str | bool | int | None]
    default_branch: str | None
    protections: tuple[ProtectedRef, ...]
    members: tuple[RemoteMember, ...]
    """Inherited ones too."""
    job_token_limited: bool | None
    runner_ids: tuple[int, ...]
    template_commit_exists: bool
    template_ref_shadowed: bool
    """A branch or tag of the template project is named like the pinned ref (X5)."""
    template_ref_protected: bool
    template_ref_commit: str | None
    """The commit the pinned ref stands for: itself when it is a commit."""
    no_protections: bool = False
    """The plan of this forge has no protected refs at all."""
    callers: tuple[tuple[str, bool | None], ...] | None = None
    """GitHub: workflow files of the default branch, with whether they are ours as pinned (None: somebody's own). None = GitLab."""


def most_permissive(levels: Iterable[int]) -> int:
    """What overlapping rules allow together: nobody (0) only if every one says so, else the lowest level that may."""
    return min((level for level in levels if level != 0), default=0)


def effective_branch(branch: str, rules: Iterable[ProtectedRef]) -> ProtectedRef | None:
    """The rule that all overlapping branch rules amount to (X6: a wildcard beside "nobody" opens it); None = unprotected."""
    matching = [rule for rule in rules if rule.kind == "branch" and matches(branch, rule.pattern)]
    if not matching:
        return None
    return ProtectedRef(
        branch,
        "branch",
        most_permissive(rule.push_level for rule in matching),
        most_permissive(rule.merge_level for rule in matching),
        any(rule.force_push for rule in matching),
    )


def effective_tag(tag: str, release_pattern: str, rules: Iterable[ProtectedRef]) -> int | None:
    """The level that may create this tag, or any tag of the release pattern; None = unprotected."""
    own = [rule for rule in rules if rule.kind == "tag" and matches(tag, rule.pattern)]
    if not own:
        return None
    overlapping = [rule for rule in rules if rule.kind == "tag" and overlaps(rule.pattern, release_pattern)]
    return most_permissive(rule.push_level for rule in [*own, *overlapping])


def posture(
    seen: PostureSeen, wanted: PostureWanted, tag: str
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(setting, value) pairs in a fixed order, and one sentence per setting that is not as wanted."""
    wanted = wanted.for_project(seen.settings.get("ci_config_path"))
    pairs: list[tuple[str, str]] = []
    drift: list[str] = []

    def check(name: str, value: object, ok: bool, need: str) -> None:
        pairs.append((name, _word(value)))
        if not ok:
            drift.append(f"{name}: ditemukan {_word(value)}, dibutuhkan {need}")

    settings = WANTED_SETTINGS if seen.callers is None else GITHUB_SETTINGS
    path = seen.settings.get("ci_config_path")
    if seen.callers is None or path is not None:
        check("ci_config_path", path, path == wanted.ci_config_path, wanted.ci_config_path)
    for name, ours in seen.callers or ():
        if ours is not None:
            word = "seperti templat" if ours else "berbeda atau tidak ada"
            check(f"pemanggil {name}", word, ours, "seperti templat")
    _template(seen, wanted, check)
    for name, need in settings:
        value = seen.settings.get(name)
        # `is`-like comparison: 1 is not True for a forge that should have said true.
        check(name, value, type(value) is type(need) and value == need, _word(need))
    check(
        "cabang utama",
        seen.default_branch,
        seen.default_branch == wanted.default_branch,
        wanted.default_branch,
    )
    _refs(seen, wanted, tag, check)
    _members(seen, wanted, check)
    check("job token dibatasi", seen.job_token_limited, seen.job_token_limited is True, "ya")
    missing = sorted(set(wanted.runner_ids) - set(seen.runner_ids))
    check("runner", ", ".join(map(str, seen.runner_ids)), not missing, f"runner PA {missing or ''}".strip())
    return tuple(pairs), tuple(drift)


class _Check(Protocol):
    def __call__(self, name: str, value: object, ok: bool, need: str) -> None: ...


def _template(seen: PostureSeen, wanted: PostureWanted, check: _Check) -> None:
    check(
        "commit templat",
        seen.template_ref_commit,
        seen.template_ref_commit == wanted.template_commit,
        wanted.template_commit,
    )
    check("commit templat ada", seen.template_commit_exists, seen.template_commit_exists, "ya")
    check("ref templat dilindungi", seen.template_ref_protected, seen.template_ref_protected, "ya")
    check("ref templat dibayangi", seen.template_ref_shadowed, not seen.template_ref_shadowed, "tidak")


def _refs(seen: PostureSeen, wanted: PostureWanted, tag: str, check: _Check) -> None:
    if seen.no_protections and wanted.protections == "dianjurkan":
        check("cabang dan tag terlindung", "tidak ada di paket forge ini (dianjurkan)", True, "")
        return
    rule = effective_branch(wanted.default_branch, seen.protections)
    check("cabang utama dilindungi", rule is not None, rule is not None, "ya")
    if rule is not None:
        check("push ke cabang utama", rule.push_level, rule.push_level == 0, "0 (tidak seorang pun)")
        check("gabung ke cabang utama", rule.merge_level, rule.merge_level in MAY_MERGE, "40 (hanya bot)")
        check("push paksa", rule.force_push, not rule.force_push, "tidak")
    level = effective_tag(tag, wanted.release_tag, seen.protections)
    ok = level is not None and level in MAY_MERGE
    check(f"tag rilis {wanted.release_tag}", level, ok, "40 (hanya bot)")


def _members(seen: PostureSeen, wanted: PostureWanted, check: _Check) -> None:
    high = sorted(
        (member.user_id, member.level)
        for member in seen.members
        if member.user_id != wanted.bot_user_id
        and (member.level >= MAINTAINER or member.level not in KNOWN_LEVELS)
    )
    said = ", ".join(f"pengguna {user} tingkat {level}" for user, level in high)
    check("anggota >= Maintainer selain bot", said or "tidak ada", not high, "tidak ada")


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return "tidak diketahui" if value is None else str(value)
