"""The compiled policy (docs/formats.md §10): strict JSON, addressed by the sha256 that the trust file names."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from kawal.errors import InputError
from kawal.ledger.fields import GitSha, Id, Line, Name, Sha256, Slug, Step, Text, Url, Value
from kawal_seal import strictjson
from kawal_seal.errors import SealError

LIMIT = 256 * 1024
Days = Annotated[int, Field(ge=1, le=3660)]
Pattern = Annotated[str, Field(pattern=r"^[!-~]{1,500}$")]


class PolicyBasis(Value):
    kind: Literal["sop", "peraturan", "kebijakan_dinas", "bawaan_nasional"]
    text: Text
    actor: Line | None


class ForgePolicy(Value):
    kind: Literal["gitlab", "github"]
    url: Url
    issuer: Url
    ci_config_path: Pattern
    template_project_id: Id
    template_commit: GitSha
    runner_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
    bot_user_id: Id
    pipeline_sources: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]
    default_branch: Pattern
    release_tag: Pattern
    release_job: Slug
    gate_job: Slug
    protections: Literal["ditegakkan", "dianjurkan"] = "ditegakkan"
    """`dianjurkan`: signed knowledge that this plan of the forge has no protected refs; then none is asked for."""
    owner_id: Id | None = None
    """GitHub: number of the organisation or user that owns the projects; tokens of any other are refused."""
    template_entries: Annotated[tuple[Pattern, ...], Field(max_length=50)] = ()
    """Further entry files of the pinned templates, one a stack: the same gates, other test tools."""
    template_commits: Annotated[tuple[GitSha, ...], Field(max_length=5)] = ()
    """Further commits that projects may run while a new version goes round in rings."""

    def accepts(self, config: str | None) -> bool:
        """Whether `config` (`file@project:commit`) is one of the pinned templates."""
        if config == self.ci_config_path:
            return True
        own_file, _, own = self.ci_config_path.partition("@")
        file, _, rest = (config or "").partition("@")
        project, _, commit = rest.rpartition(":")
        return (
            file in (own_file, *self.template_entries)
            and project == own.rpartition(":")[0]
            and commit in (self.template_commit, *self.template_commits)
        )

    def for_project(self, config: object) -> ForgePolicy:
        """The same rules with the one pinned template that the project runs; unchanged, so that it drifts, when it runs another."""
        if not isinstance(config, str) or not self.accepts(config):
            return self
        first = self.ci_config_path.partition("@")[0]
        return self.model_copy(
            update={
                "ci_config_path": config,
                "template_commit": config.rpartition(":")[2],
                "template_entries": (*self.template_entries, first),
                "template_commits": (*self.template_commits, self.template_commit),
            }
        )

    @property
    def held(self) -> bool:
        return self.protections == "ditegakkan"


class Limits(Value):
    token_age_s: Annotated[int, Field(ge=1, le=3600)]
    permit_ttl_s: Annotated[int, Field(ge=1, le=600)]
    facts_age_s: Annotated[int, Field(ge=1, le=300)]
    clock_ahead_s: Annotated[int, Field(ge=1, le=3600)]


class Target(Value):
    target_id: Name
    environment: Slug


class Taken(Value):
    """A decision at a step of the SOP."""

    step: Step
    decision: Slug


Decisions = Annotated[tuple[Taken, ...], Field(max_length=100)]


class StepRule(Value):
    step: Step
    number: Line
    who: Annotated[tuple[Name, ...], Field(max_length=20)]
    """Roles that may record it; empty when the SOP names nobody and the Dinas set nobody: then any role."""
    documents: Annotated[
        tuple[Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)], ...], Field(max_length=50)
    ] = ()
    """Of each group at least one paper of that kind is in the step's record."""
    signed: dict[Slug, Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]] = Field(
        default_factory=dict, max_length=50
    )
    """Kind of paper -> roles that all sign it; without them the paper does not count."""
    accept: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()
    """Decisions with which the step counts; empty when it has none."""
    unless: Decisions = ()
    """No condition of a release once one of these was taken: the flow went past it."""
    again: Decisions = ()
    """Ways back over this step: a record counts only when it is newer than each of them."""
    basis: PolicyBasis


class EvidenceRule(Value):
    uji: Slug
    job: Slug
    class_: Literal["diamati", "disaksikan", "dilaporkan"] = Field(alias="class")
    max_age_days: Days
    who: Annotated[tuple[Name, ...], Field(max_length=20)]
    step: Step | None
    unless: Decisions = ()
    """As for a step: the test belongs to a step that the flow may go past."""
    basis: PolicyBasis


class SignoffRule(Value):
    kind: Literal["persandian", "uat", "pse", "rollback"]
    roles: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]
    grades: Annotated[tuple[Literal["key", "surat", "pdf", "forge"], ...], Field(min_length=1, max_length=4)]
    persons: Annotated[int, Field(ge=1, le=10)]
    max_age_days: Days
    step: Step | None
    number: Line | None
    reject: Slug | None = None
    """The decision that a refusal takes at its step."""
    basis: PolicyBasis

    @model_validator(mode="after")
    def _somebody_can_meet_it(self) -> Self:
        """Grades `pdf` and `forge` may be named beside others; nothing takes such a record yet (ledger.trust)."""
        if not set(self.grades) & {"key", "surat"}:
            raise ValueError(
                "grades: tingkat pdf dan forge belum diterima kawal; sebut key (kunci) atau surat"
            )
        return self


class PentestRule(Value):
    """A penetration test that the SOP prints: a report in date, or the declaration that none is to be had, until its end."""

    step: Step
    who: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]
    waiver_who: Annotated[tuple[Name, ...], Field(max_length=20)]
    max_age_days: Days
    waiver_days: Days
    unless: Decisions = ()
    basis: PolicyBasis


class AcceptanceRule(Value):
    """Who may accept a scanner's findings for a time, and for how many days at most."""

    roles: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]
    days: Days
    basis: PolicyBasis


class BreakGlassRule(Value):
    """Who may together set tests and sign-offs aside for a while. Never review, bytes, settings or trust."""

    roles: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]
    persons: Annotated[int, Field(ge=2, le=10)]
    minutes: Annotated[int, Field(ge=1, le=60)]
    basis: PolicyBasis


class PatchRule(Value):
    """When a small change needs only a re-examination (persandian-perbaikan) on top of a release examined in full."""

    days: Days
    """Since the full examination."""
    count: Annotated[int, Field(ge=1, le=100)]
    """Releases that may rest on one full examination."""
    dependencies: Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=200)]
    """Files that name dependencies: changed means a new dependency may have come in."""
    sensitive: Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=200)]
    basis: PolicyBasis


class ReviewRule(Value):
    basis: PolicyBasis


class SwitchedOff(Value):
    """A requirement of the national layer that the Dinas set aside by a decision of its own; shown on every screen."""

    what: Line
    reason: Text
    basis: PolicyBasis


class AuthorityPolicy(Value):
    profile_sha256: Sha256
    overlay_sha256: Sha256
    name: Line
    steps: Annotated[tuple[StepRule, ...], Field(max_length=100)]
    evidence: Annotated[tuple[EvidenceRule, ...], Field(max_length=100)]
    signoffs: Annotated[tuple[SignoffRule, ...], Field(max_length=20)]
    pentest: PentestRule | None = None
    """None where the SOP prints no penetration test."""
    acceptance: AcceptanceRule | None = None
    """None where the Dinas lets nobody accept a finding."""
    rollback: SignoffRule | None = None
    """Who may send production back to an earlier release; None: nobody."""
    break_glass: BreakGlassRule | None = None
    patch: PatchRule | None = None
    review: ReviewRule
    off: Annotated[tuple[SwitchedOff, ...], Field(max_length=30)] = ()
    roles: Annotated[dict[Name, Line], Field(max_length=200)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        kinds = {one.kind for one in self.signoffs}
        if "rollback" in kinds or (self.rollback is not None and self.rollback.kind != "rollback"):
            raise ValueError("rollback: bukan syarat rilis, melainkan jalannya sendiri")
        if not self.evidence and not self.signoffs:  # empty is never "all satisfied" (F13)
            raise ValueError("evidence dan signoffs tidak boleh sama-sama kosong")
        for what, names in (
            ("steps", [one.step for one in self.steps]),
            ("evidence", [one.uji for one in self.evidence]),
            ("signoffs", [one.kind for one in self.signoffs]),
        ):
            if len(set(names)) != len(names):
                raise ValueError(f"{what}: ganda")
        return self


class Policy(Value):
    schema_: Literal[1] = Field(alias="schema")
    forge: ForgePolicy
    limits: Limits
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=1000)]
    authorities: Annotated[dict[Slug, AuthorityPolicy], Field(min_length=1, max_length=1000)]

    def for_project(self, config: object) -> Policy:
        """This policy for a project whose forge says that it runs the template `config`."""
        forge = self.forge.for_project(config)
        return self if forge is self.forge else self.model_copy(update={"forge": forge})

    def target(self, target_id: str) -> Target | None:
        return next((one for one in self.targets if one.target_id == target_id), None)


def parse_policy(data: bytes) -> Policy:
    """The policy in `data`, or one InputError PROFIL-030 naming every problem."""
    try:
        value = strictjson.loads(data, limit=LIMIT)
        return Policy.model_validate_json(json.dumps(value))
    except SealError as error:
        raise InputError("PROFIL-030", f"kebijakan tidak terbaca: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'kebijakan'}: {one['msg']}"
            for one in error.errors()[:20]
        )
        raise InputError("PROFIL-030", f"kebijakan tidak sah: {problems}") from error
