"""`kawal templat pasang`: the central pipeline templates as a project of PA's group, at a pinned and protected ref."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.markers import project_marker
from kawal.forges.port import Forge, Project, ReadForge
from kawal.model import EvidenceClass, FileWanted, ProtectedRef
from kawal.outcome import Outcome
from kawal.resources import templates_dir
from kawal.services.office import Office
from kawal.sop.yamlsafe import load_document, validate

PROJECT = "pipeline-templates"
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


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    berkas: str
    pekerjaan: tuple[TemplateJob, ...]


class Manifest(BaseModel):
    """`manifes.yml` of the templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["1"] = Field(alias="schema")
    versi: str
    gitlab: _Part
    kerangka: str


def manifest() -> Manifest:
    return validate(
        load_document(templates_dir() / "manifes.yml", code="KONF-010"), Manifest, code="KONF-010"
    )


def template_jobs() -> tuple[TemplateJob, ...]:
    return manifest().gitlab.pekerjaan


def template_files() -> list[FileWanted]:
    """What the template project holds: everything but the skeleton of applications."""
    root = templates_dir()
    return [
        FileWanted(path.relative_to(root).as_posix(), path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and _belongs(path, root)
    ]


def _belongs(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return parts[0] != "skeleton" and "__pycache__" not in parts


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
    return TemplatePin(project.id, project.full_path, version, tag.sha, manifest().gitlab.berkas)


def install(office: Office) -> Outcome:
    """Publishes this version's templates; a second run writes nothing. A version that is out is never changed."""
    forge, group = office.forge, office.settings.file.grup_pa
    version, files = manifest().versi, template_files()
    project = _project(forge, group, office.settings.instance)
    published = forge.tag(project.id, f"kawal-v{version}")
    if published is None:
        commit = _commit(forge, project, files, version)
        for wanted in PROTECTIONS:
            if wanted not in forge.protections(project.id):
                forge.protect(project.id, wanted)
        forge.create_tag(project.id, f"kawal-v{version}", commit, f"Templat pipeline kawal v{version}")
    elif _differs(forge, project, files, published.sha):
        raise BlockedError(
            "KONF-012",
            f"Templat v{version} sudah terbit dengan isi lain",
            found=f"tag kawal-v{version} pada {published.sha[:12]}",
            needed="versi baru di manifes.yml untuk isi baru",
        )
    pin = find_pin(forge, group)
    text = t(
        "Templat v{version} terpasang di {path} (commit {commit}, cabang dan tag dilindungi).\nDisematkan sebagai {pin}",
        version=version,
        path=pin.project_path,
        commit=pin.commit[:12],
        pin=pin.ci_config_path,
    )
    data = {
        "versi_templat": version,
        "proyek_id": pin.project_id,
        "commit": pin.commit,
        "ci_config_path": pin.ci_config_path,
    }
    return Outcome("terpasang" if published is None else "sudah_ada", text, data)


def _project(forge: Forge, group: str, instance: str) -> Project:
    found = forge.project_by_path(f"{group}/{PROJECT}")
    if found is not None:
        return found
    group_id = forge.group_id(group)
    if group_id is None:
        group_id = forge.create_group(group, group, visibility=VISIBILITY)
    settings: dict[str, str | bool] = {"visibility": VISIBILITY}
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
