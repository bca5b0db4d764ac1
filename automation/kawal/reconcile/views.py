"""What is wanted and what is there, both as (kind, key) -> value, so that comparing them is one short rule."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kawal.errors import ConflictError
from kawal.forges.markers import PREPARING, marker_line, project_marker
from kawal.forges.operations import EnvironmentRule
from kawal.forges.port import RemoteIssue
from kawal.model import DesiredProject, Issue, ProtectedRef, Variable
from kawal.reconcile.read import group_levels
from kawal.reconcile.state import RemoteState

Value = Mapping[str, Any] | str | bool | int
Key = tuple[str, str]

CI_CONFIG = "ci_config_path"
MERGE_SETTINGS = frozenset(
    {
        "merge_method",
        "squash_option",
        "only_allow_merge_if_pipeline_succeeds",
        "only_allow_merge_if_all_discussions_are_resolved",
        "allow_merge_on_skipped_pipeline",
        "remove_source_branch_after_merge",
        "default_branch",
    }
)
GITLAB_DEFAULT_LEVEL = 40
OPEN, CLOSED = "terbuka", "ditutup"
READY = "siap"


@dataclass(frozen=True)
class Item:
    """One wanted thing. `key` finds it again in the forge."""

    kind: str
    key: str
    value: Value
    why: str

    @property
    def id(self) -> Key:
        return (self.kind, self.key)


def wanted_items(desired: DesiredProject) -> Iterator[Item]:
    """Everything `desired` asks for, in the order in which it is written."""
    # Groups hold the project; parents first.
    for level in group_levels(desired.group_path):
        yield Item("grup", level, "ada", "grup Perangkat Daerah memegang proyek")
    yield Item("proyek", desired.full_path, _project_value(desired), "rekomendasi disetujui")
    # Before the first commit: e.g. Auto DevOps must be off before there is something to build.
    settings = dict(desired.settings)
    for name in sorted(settings.keys() - MERGE_SETTINGS - {CI_CONFIG}):
        yield Item("setelan", name, settings[name], "sebelum commit pertama")
    # Commits before protections: afterwards nobody may push to the default branch, the bot included.
    if desired.first_commit:
        yield Item("commit", desired.default_branch, _commit_value(desired), "kerangka proyek")
    # Labels before issues: GitLab creates unknown labels of an issue silently, with a default colour.
    for label in desired.labels:
        value = {"warna": label.colour.lower(), "keterangan": label.description}
        yield Item("label", label.name, value, "penanda tahap, langkah, uji, peran dan gerbang")
    for milestone in desired.milestones:
        due = {"keterangan": _plain(milestone.description), "tenggat": _day(milestone.due)}
        yield Item("tonggak", milestone.title, due, "satu tonggak per tahap SOP")
    for issue in desired.issues:
        yield Item("isu", issue.marker, _issue_value(issue), "satu isu per langkah SOP")
    for issue in desired.issues:
        state = CLOSED if issue.closed else OPEN
        yield Item("keadaan-isu", issue.marker, state, "langkah yang sudah dicatat ditutup")
    for environment in desired.environments:
        yield Item(
            "lingkungan",
            environment.name,
            _held(environment.tag_pattern),
            "penerapan produksi hanya dari tag rilis",
        )
    # Protections before members: GitLab CE cannot change one in place, so there is a moment without it.
    for ref in desired.protections:
        yield Item("perlindungan", _ref_key(ref), _ref_value(ref), "tidak seorang pun mendorong langsung")
    for member in desired.members:
        yield Item("anggota", member.username.lower(), member.level, "tim pengembang dan peninjau")
    for variable in desired.variables:
        yield Item("variabel", variable.key, _variable_value(variable), "alamat dan ambang untuk pipeline")
    for name in sorted(settings.keys() & MERGE_SETTINGS):
        yield Item("setelan-gabung", name, settings[name], "gabung hanya lewat pipeline dan tinjauan")
    # Last: pipelines start to run only in a complete project, webhooks are only heard when all is there.
    if CI_CONFIG in settings:
        yield Item("pipeline", CI_CONFIG, settings[CI_CONFIG], "templat pusat, dikunci pada satu commit")
    for hook in desired.hooks:
        yield Item(
            "webhook", hook.url, {"peristiwa": sorted(hook.events)}, "isyarat bagi kawal untuk membaca ulang"
        )
    yield Item("penyiapan", desired.full_path, READY, "penyiapan pertama selesai")


def possible(item: Item, have: RemoteState) -> bool:
    """Whether this forge can hold the item at all; what it cannot is named in the plan's notes."""
    if item.kind in ("setelan", "setelan-gabung", "pipeline"):
        return have.known_settings is None or item.key in have.known_settings
    if item.kind == "lingkungan":
        return not have.no_environments
    return item.kind != "perlindungan" or not have.no_protections


def present_values(desired: DesiredProject, have: RemoteState) -> dict[Key, Value]:
    """The value of each wanted thing that exists. ConflictError when another project stands at that path."""
    found: dict[Key, Value] = {("grup", level): "ada" for level in have.groups}
    project = have.project
    if project is None:
        for issue in desired.issues:
            if not issue.closed:
                found["keadaan-isu", issue.marker] = OPEN
        return found
    _refuse_foreign(desired, have)
    found["proyek", desired.full_path] = {
        "nama": project.name,
        "keterangan": description_without_state(project.description),
    }
    if not have.preparing:
        found["penyiapan", desired.full_path] = READY
    if not project.empty:
        found["commit", desired.default_branch] = _commit_value(desired)
    for label in have.labels:
        found["label", label.name] = {"warna": label.colour, "keterangan": label.description}
    for milestone in have.milestones:
        found["tonggak", milestone.title] = {
            "keterangan": _plain(milestone.description),
            "tenggat": _day(milestone.due),
        }
    found |= _present_issues(desired, have)
    for ref in have.protections:
        if not (have.preparing and _set_by_forge(ref, desired)):
            found["perlindungan", _ref_key(ref)] = _ref_value(ref)
    rules = dict(have.environments)
    for environment in desired.environments:
        if (rule := rules.get(environment.name)) is not None:
            found["lingkungan", environment.name] = _rule_value(rule, environment.tag_pattern)
    for member in have.members:
        found["anggota", member.username.lower()] = member.level
    for variable in have.variables:
        found["variabel", variable.key] = _variable_value(variable)
    for hook in have.hooks:
        found["webhook", hook.url] = {"peristiwa": sorted(hook.events)}
    return found | _present_settings(desired, have)


def description_with_mark(desired: DesiredProject, *, preparing: bool) -> str:
    """The description of the project: the text, then the line by which kawal finds it again."""
    mark = project_marker(desired.instance, desired.app_id)
    text = desired.description.rstrip()
    if marker_line(text) != mark:
        text = f"{text}\n\n{mark}".lstrip()
    return text + (PREPARING if preparing else "")


def description_without_state(description: str) -> str:
    return _plain(description).removesuffix(PREPARING.strip()).rstrip()


def issues_by_marker(have: RemoteState) -> dict[str, RemoteIssue]:
    """Our issues; the oldest wins, should a mark have been copied by hand."""
    found: dict[str, RemoteIssue] = {}
    for issue in sorted(have.issues, key=lambda issue: issue.iid):
        if (mark := marker_line(issue.body)) is not None:
            found.setdefault(mark, issue)
    return found


_TICK = re.compile(r"^(\s*[-*] \[)[xX](\])", re.MULTILINE)


def keep_ticks(wanted: str, present: str) -> str:
    """`wanted` with those boxes ticked that people ticked in `present`."""
    ticked = {_TICK.sub(r"\1 \2", line).strip() for line in present.splitlines() if _TICK.match(line)}
    lines = (
        line.replace("[ ]", "[x]", 1) if line.strip() in ticked else line for line in wanted.splitlines()
    )
    return "\n".join(lines)


def kept_labels(desired: DesiredProject, issue: Issue, present: RemoteIssue) -> tuple[str, ...]:
    """The wanted labels plus those of the team; labels kawal manages and does not want here are dropped."""
    ours = {label.name for label in desired.labels}
    return (*issue.labels, *(name for name in present.labels if name not in ours))


def _present_issues(desired: DesiredProject, have: RemoteState) -> dict[Key, Value]:
    found: dict[Key, Value] = {}
    by_marker = issues_by_marker(have)
    titles = {milestone.id: milestone.title for milestone in have.milestones}
    ours = {label.name for label in desired.labels}
    for wanted in desired.issues:
        issue = by_marker.get(wanted.marker)
        if issue is not None:
            found["isu", wanted.marker] = {
                "judul": issue.title,
                "isi": _body_digest(issue.body),
                "label": sorted(ours & set(issue.labels)),
                "tonggak": titles.get(issue.milestone_id) if issue.milestone_id is not None else None,
                "tenggat": _day(issue.due),
            }
            # While preparing, an issue that is still to be closed was opened by us a moment ago.
            if issue.closed or not (have.preparing and wanted.closed):
                found["keadaan-isu", wanted.marker] = CLOSED if issue.closed else OPEN
        elif not wanted.closed:
            found["keadaan-isu", wanted.marker] = OPEN
    return found


def _present_settings(desired: DesiredProject, have: RemoteState) -> dict[Key, Value]:
    if have.project is None:
        return {}
    current = {**have.project.settings, "default_branch": have.project.default_branch}
    found: dict[Key, Value] = {}
    for name, wanted in desired.settings:
        value = current.get(name)
        if value is None or (have.preparing and value != wanted):
            continue
        kind = "pipeline" if name == CI_CONFIG else "setelan-gabung" if name in MERGE_SETTINGS else "setelan"
        found[kind, name] = value
    return found


def _refuse_foreign(desired: DesiredProject, have: RemoteState) -> None:
    mark = project_marker(desired.instance, desired.app_id)
    if have.project is not None and marker_line(have.project.description) != mark:
        raise ConflictError(
            "FORGE-010",
            f"Proyek {have.project.web_url} sudah ada dan bukan milik aplikasi ini",
            found="keterangan proyek tanpa tanda kawal yang sama",
            needed=f"baris terakhir keterangan proyek: {mark}",
            next_step="pindahkan proyek itu di forge, atau pulihkan tandanya, lalu ulangi perintah yang sama",
        )

    if have.project is not None and have.project.settings.get("marked_for_deletion_on"):
        raise ConflictError(
            "FORGE-014",
            f"Proyek {have.project.web_url} ditandai untuk dihapus",
            found=f"sejak {have.project.settings['marked_for_deletion_on']}",
            needed="proyek yang masih hidup",
            next_step="pulihkan proyek itu di forge (Restore project), lalu ulangi perintah yang sama",
        )


def _set_by_forge(ref: ProtectedRef, desired: DesiredProject) -> bool:
    return ref == ProtectedRef(desired.default_branch, "branch", GITLAB_DEFAULT_LEVEL, GITLAB_DEFAULT_LEVEL)


def _project_value(desired: DesiredProject) -> Value:
    return {"nama": desired.name, "keterangan": _plain(description_with_mark(desired, preparing=False))}


def _commit_value(desired: DesiredProject) -> Value:
    digest = hashlib.sha256()
    for file in sorted(desired.first_commit, key=lambda file: file.path):
        digest.update(repr((file.path, file.executable, hashlib.sha256(file.content).hexdigest())).encode())
    return {"berkas": [file.path for file in desired.first_commit], "isi": digest.hexdigest()}


def _issue_value(issue: Issue) -> Value:
    return {
        "judul": issue.title,
        "isi": _body_digest(issue.body),
        "label": sorted(issue.labels),
        "tonggak": issue.milestone,
        "tenggat": _day(issue.due),
    }


def _body_digest(body: str) -> str:
    """Of the text without its ticks: ticking a box is the team's work, not a difference."""
    return hashlib.sha256(_TICK.sub(r"\1 \2", _plain(body)).encode()).hexdigest()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _ref_key(ref: ProtectedRef) -> str:
    return f"{'cabang' if ref.kind == 'branch' else 'tag'} {ref.pattern}"


def _ref_value(ref: ProtectedRef) -> Value:
    if ref.kind == "tag":
        return {"buat": ref.push_level}
    return {"push": ref.push_level, "gabung": ref.merge_level, "push_paksa": ref.force_push}


def _held(tag_pattern: str) -> Value:
    return {"hanya_yang_disebut": True, "tag_rilis": tag_pattern}


def _rule_value(rule: EnvironmentRule, tag_pattern: str) -> Value:
    """Refs that somebody allowed beside ours are left, as kawal removes nothing; `buktikan` names them."""
    tag = tag_pattern if tag_pattern in rule.tags else None
    return {"hanya_yang_disebut": rule.only_named, "tag_rilis": tag}


def _variable_value(variable: Variable) -> Value:
    return {"nilai": variable.value, "jenis": variable.kind, "terlindungi": variable.protected}
