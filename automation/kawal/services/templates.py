"""`kawal templat pasang`: the central pipeline templates as a project of PA's group, at a pinned and protected ref."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.forges import callers
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.markers import project_marker
from kawal.forges.port import Forge, NotPossibleHere, Project, ReadForge
from kawal.model import EvidenceClass, FileWanted, ProtectedRef
from kawal.outcome import Outcome
from kawal.resources import templates_dir
from kawal.services.office import Office
from kawal.sop.yamlsafe import load_document, validate

PROJECT = "pipeline-templates"
CONFIG = "ci_config_path"
"""GitLab's setting that names the pipeline of a project."""
BRANCH = "main"
VISIBILITY = "internal"
"""The user who starts a pipeline must be able to read its configuration (facts of the forge: `ci_config_path`)."""
PROTECTIONS = (
    ProtectedRef(BRANCH, "branch", push_level=40, merge_level=40),
    # A tag named like a commit or a branch could shadow the pinned ref (threats X5): nobody but the bot makes any tag here.
    ProtectedRef("*", "tag", push_level=40),
)


@dataclass(frozen=True)
class TemplatePin:
    """The templates as applications use them: pinned by commit, so that no later tag or branch can take their place."""

    project_id: int
    project_path: str
    version: str
    commit: str
    entry: str

    @property
    def ci_config_path(self) -> str:
        return f"{self.entry}@{self.project_path}:{self.commit}"


class TemplateJob(BaseModel):
    """A job of the template that leaves evidence: its test, the class of that evidence, and the report it leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pekerjaan: str
    uji: str
    kelas: EvidenceClass
    runner: str
    artefak: str
    format: str
    opsional: bool = False
    """The job is there only when the application has the folder of its tests; a profile that demands the test demands it still."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    berkas: str
    pekerjaan: tuple[TemplateJob, ...]
    tumpukan: dict[str, str] = {}
    """Stack -> entry file; the gates are the same in all of them."""
    tumpukan_zap: dict[str, str] = {}
    """The same with ZAP as the scanner, where PA's runner has containers."""

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(sorted({*self.tumpukan.values(), *self.tumpukan_zap.values()} - {self.berkas}))


class Manifest(BaseModel):
    """`manifes.yml` of the templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["1"] = Field(alias="schema")
    versi: str
    sebelumnya: str | None = None
    """The version before: projects may still run it, and go back to it, while this one goes round."""
    gitlab: _Part
    kerangka: str


def manifest() -> Manifest:
    return validate(
        load_document(templates_dir() / "manifes.yml", code="KONF-010"), Manifest, code="KONF-010"
    )


def jobs_of(forge: ReadForge, config: str) -> tuple[TemplateJob, ...]:
    """The jobs of the template `config` (`file@project:commit`): while a version goes round, some applications run the one before."""
    kind = forge.info().kind
    pin = callers.split(config)
    project = forge.project_by_path(pin.repository) if pin.commit else None
    if project is None or _is_installed(forge, project, pin.commit):
        return template_jobs(kind)
    raw = forge.file(project.id, "manifes.yml", pin.commit)
    there = validate(load_document(raw, "manifes.yml", code="KONF-010"), Manifest, code="KONF-010")
    return _jobs(there, kind)


def _is_installed(forge: ReadForge, project: Project, commit: str) -> bool:
    tag = forge.tag(project.id, f"kawal-v{manifest().versi}")
    return tag is not None and tag.sha == commit


def template_jobs(kind: str = "gitlab") -> tuple[TemplateJob, ...]:
    """The same jobs on both forges. GitHub's artefacts leave out the folder that was uploaded."""
    return _jobs(manifest(), kind)


def _jobs(known: Manifest, kind: str) -> tuple[TemplateJob, ...]:
    jobs = known.gitlab.pekerjaan
    if kind == "gitlab":
        return jobs
    return tuple(one.model_copy(update={"artefak": one.artefak.removeprefix("laporan/")}) for one in jobs)


def template_files(kind: str = "gitlab") -> list[FileWanted]:
    """What the template project holds: everything but the skeleton of applications, on GitHub where GitHub looks for it."""
    root = templates_dir()
    return [
        FileWanted(place, path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and (place := _place(path.relative_to(root), kind)) is not None
    ]


def _place(path: Path, kind: str) -> str | None:
    """Where a file of the templates lies in the project; None for what does not belong there."""
    if path.parts[0] == "skeleton" or "__pycache__" in path.parts:
        return None
    if kind == "gitlab" or len(path.parts) == 1:
        return path.as_posix()
    if path.parts[0] != "github":
        return None
    folder = callers.SOURCE if path.parts[1] == "pemanggil" else callers.FOLDER
    return f"{folder}/{path.name}"


def caller_files(config: str) -> list[FileWanted]:
    """What calls the pinned templates from an application's repository on GitHub; nothing on GitLab, where a setting does."""
    pin = callers.split(config)
    if pin.file != callers.CALLER:
        return []
    folder = templates_dir() / "github" / "pemanggil"
    return [
        FileWanted(
            f"{callers.FOLDER}/{path.name}", callers.filled(path.read_bytes(), pin.repository, pin.commit)
        )
        for path in sorted(folder.glob("*.yml"))
    ]


def find_pin(forge: ReadForge, group: str) -> TemplatePin:
    """The installed templates of this kawal's version. InputError KONF-011 when they are not on the forge."""
    version = manifest().versi
    project = forge.project_by_path(f"{group}/{PROJECT}")
    tag = forge.tag(project.id, f"kawal-v{version}") if project else None
    if project is None or tag is None:
        raise InputError(
            "KONF-011",
            f"Templat pipeline v{version} belum terpasang di forge ({group}/{PROJECT})",
            next_step="kawal templat pasang",
        )
    entry = callers.CALLER if forge.info().kind == "github" else manifest().gitlab.berkas
    return TemplatePin(project.id, project.full_path, version, tag.sha, entry)


def install(office: Office) -> Outcome:
    """Publishes this version's templates; a second run writes nothing. A version that is out is never changed."""
    forge, group = office.forge, office.settings.file.grup_pa
    version, files = manifest().versi, template_files(office.settings.forge_kind)
    project = _project(forge, group, office.settings.instance)
    published = forge.tag(project.id, f"kawal-v{version}")
    if published is None:
        commit = _commit(forge, project, files, version)
        _protect(forge, project)
        forge.create_tag(project.id, f"kawal-v{version}", commit, f"Templat pipeline kawal v{version}")
    elif _differs(forge, project, files, published.sha):
        raise BlockedError(
            "KONF-012",
            f"Templat v{version} sudah terbit dengan isi lain",
            found=f"tag kawal-v{version} pada {published.sha[:12]}",
            needed="versi baru di manifes.yml untuk isi baru",
        )
    forge.share_templates(project.id)
    pin = find_pin(forge, group)
    held = t("cabang dan tag dilindungi")
    if not _protected(forge, project):
        held = t("cabang dan tag tidak dapat dilindungi di paket forge ini; yang disematkan adalah commit")
    text = t(
        "Templat v{version} terpasang di {path} (commit {commit}, {held}).\nDisematkan sebagai {pin}",
        version=version,
        path=pin.project_path,
        commit=pin.commit[:12],
        held=held,
        pin=pin.ci_config_path,
    )
    data = {
        "versi_templat": version,
        "proyek_id": pin.project_id,
        "commit": pin.commit,
        "ci_config_path": pin.ci_config_path,
    }
    return Outcome("terpasang" if published is None else "sudah_ada", text, data)


def _protect(forge: Forge, project: Project) -> None:
    """Where the plan of the forge has no protections the pinned commit alone has to do: nothing can stand in its place."""
    try:
        for wanted in PROTECTIONS:
            if wanted not in forge.protections(project.id):
                forge.protect(project.id, wanted)
    except NotPossibleHere:
        return


def _protected(forge: ReadForge, project: Project) -> bool:
    try:
        return set(PROTECTIONS) <= set(forge.protections(project.id))
    except NotPossibleHere:
        return False


def _project(forge: Forge, group: str, instance: str) -> Project:
    found = forge.project_by_path(f"{group}/{PROJECT}")
    if found is not None:
        return found
    group_id = forge.group_id(group)
    if group_id is None:
        group_id = forge.create_group(group, group, visibility=VISIBILITY)
    # GitHub: `internal` is of Enterprise; a private repository shares its workflows instead.
    visibility = "private" if forge.info().kind == "github" else VISIBILITY
    settings: dict[str, str | bool] = {"visibility": visibility}
    description = f"Templat pipeline pusat, dikelola kawal\n{project_marker(instance, PROJECT)}"
    return forge.create_project(group_id, PROJECT, PROJECT, description, settings)


def _commit(forge: Forge, project: Project, files: list[FileWanted], version: str) -> str:
    branch = forge.branch(project.id, BRANCH)
    have = forge.tree(project.id, BRANCH) if branch else {}
    changed = [one for one in files if have.get(one.path) != blob_id(one.content)]
    if branch is not None and not changed:
        return branch.sha
    return forge.commit_files(
        project.id,
        BRANCH,
        f"Templat pipeline v{version}",
        changed,
        update=[one.path for one in changed if one.path in have],
    )


def _differs(forge: ReadForge, project: Project, files: list[FileWanted], commit: str) -> bool:
    have = forge.tree(project.id, commit)
    return any(have.get(one.path) != blob_id(one.content) for one in files)
