"""`kawal templat naikkan | mundur | pilih`: which of the pinned templates each application runs; new versions go round in rings.

What an application runs is what the forge says of it (GitLab: a setting; GitHub: the calling file of its default branch), and only
pins that the signed policy names are ever set or proposed: so a run that was cut off is repeated by the same command, and `rencana`
and `selaraskan` leave every accepted pin as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kawal.bahasa import t
from kawal.errors import EXIT_PLAN_CHANGES, BlockedError, InputError
from kawal.forges.port import Project
from kawal.outcome import Outcome
from kawal.services import caller_raise
from kawal.services.applications import provisioned
from kawal.services.office import Office
from kawal.services.policies import signed_forge
from kawal.services.templates import CONFIG, TemplatePin, find_pin, manifest

RINGS = 3
"""One application first, then a fifth of the rest, then everybody; in the order in which they got their projects."""
SECOND = 0.2


@dataclass(frozen=True)
class Raise:
    """One application's change: the template before and after."""

    app_id: str
    project: Project
    ring: int
    before: str
    after: str

    def line(self) -> str:
        return f"~ {self.app_id:<30} cincin {self.ring}   {short(self.before)} -> {short(self.after)}"


def raise_to(office: Office, ring: int, *, only_plan: bool = False) -> Outcome:
    """Every application of the rings up to `ring` on the installed version. A ring waits for the one before it."""
    pin = _pin(office)
    known = list(_running(office))
    behind = [one.app_id for one in known if one.ring < ring and one.commit != pin.commit]
    if behind:
        raise BlockedError(
            "KONF-025",
            t("Cincin {n} belum dinaikkan", n=ring - 1),
            found=", ".join(behind[:5]),
            needed=f"v{pin.version}",
            next_step=f"kawal templat naikkan --cincin {ring - 1}",
        )
    todo = [
        one.to(_at(one.config, pin, pin.commit))
        for one in known
        if one.ring <= ring and one.config and one.commit != pin.commit
    ]
    asked = tuple(one for one in known if one.ring <= ring)
    return _go(office, Course(pin, tuple(todo), asked, f"v{pin.version}", only_plan))


def back(office: Office, *, only_plan: bool = False) -> Outcome:
    """Every application back on the version before the installed one, last ring first."""
    pin, before = _pin(office), manifest().sebelumnya
    tag = office.forge.tag(pin.project_id, f"kawal-v{before}") if before else None
    if tag is None:
        raise BlockedError(
            "KONF-026",
            t("Tidak ada versi templat sebelumnya di forge"),
            found=before or "-",
            needed=t("versi yang pernah dipasang di forge ini"),
        )
    files = office.forge.tree(pin.project_id, tag.sha)
    known = sorted(_running(office), key=lambda one: -one.ring)
    todo = [
        one.to(_at(one.config, pin, tag.sha, files=tuple(files)))
        for one in known
        if one.config and one.commit != tag.sha
    ]
    return _go(office, Course(pin, tuple(todo), tuple(known), f"v{before}", only_plan))


def choose(office: Office, app_id: str, stack: str, *, zap: bool = False) -> Outcome:
    """The entry of another stack for one application, at the version that it runs."""
    if office.settings.forge_kind == "github":
        raise InputError(
            "KONF-028",
            t("Di GitHub tumpukan tidak dipilih lewat templat"),
            needed=t("variabel repositori KAWAL_TUMPUKAN: python, php, laravel, node, atau statis"),
        )
    pin, part = _pin(office), manifest().gitlab
    entries = part.tumpukan_zap if zap else part.tumpukan
    if stack not in entries:
        raise InputError("INPUT-047", f"Tumpukan {stack!r} tidak dikenal", needed=", ".join(sorted(entries)))
    office.provision(app_id)  # says what is missing when there is no project yet
    mine = next(one for one in _running(office) if one.app_id == app_id)
    after = f"{entries[stack]}@{pin.project_path}:{mine.commit or pin.commit}"
    todo = () if mine.config == after else (mine.to(after),)
    return _go(office, Course(pin, todo, (mine,), stack, only_plan=False))


def kept(office: Office, wanted: str, running: object) -> str:
    """What an application goes on running: its present template while the signed policy accepts it, else `wanted`."""
    if not isinstance(running, str) or running == wanted:
        return wanted
    policy = signed_forge(office)
    return running if policy is not None and policy.accepts(running) else wanted


def ring_of(position: int, total: int) -> int:
    """The ring of the application at `position` (from 0) of `total`."""
    if position == 0:
        return 1
    return 2 if position <= math.ceil(SECOND * (total - 1)) else RINGS


def short(config: str) -> str:
    file, _, rest = config.partition("@")
    return f"{file}@{rest.rpartition(':')[2][:12]}" if rest else config or "-"


# --- parts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Course:
    """What one command is to do: the changes, in order, among the applications it looks at."""

    pin: TemplatePin
    todo: tuple[Raise, ...]
    known: tuple[Running, ...]
    target: str
    """What people call it: a version, or a stack."""
    only_plan: bool


def _go(office: Office, course: Course) -> Outcome:
    """Shows the plan; carries it out one by one unless only the plan is wanted."""
    policy = signed_forge(office)
    refused = sorted({one.after for one in course.todo if policy is None or not policy.accepts(one.after)})
    if refused:
        raise BlockedError(
            "KONF-024",
            t("Kebijakan yang ditandatangani belum menerima templat ini"),
            found=", ".join(short(one) for one in refused),
            needed=t("kebijakan yang menyebutnya"),
            next_step="kawal kepercayaan ubah",
        )
    if office.settings.forge_kind == "github":
        return _propose(office, course)
    done = () if course.only_plan else course.todo
    for number, one in enumerate(done, 1):
        office.say(f"[{number}/{len(done)}] {one.line()}")
        _set(office, one)
    return _outcome(course, done)


def _set(office: Office, one: Raise) -> None:
    """GitLab: the setting, read back."""
    office.forge.update_project(one.project.id, {CONFIG: one.after})
    seen = office.forge.project(one.project.id).settings.get(CONFIG)
    if seen != one.after:
        raise BlockedError(
            "KONF-027",
            t("Forge tidak menyimpan templat {app}", app=one.app_id),
            found=str(seen),
            needed=one.after,
        )


def _propose(office: Office, course: Course) -> Outcome:
    """GitHub: a merge request for each application, which runs the new version once a person approved and `kawal gabung` merged it."""
    todo, only_plan = course.todo, course.only_plan
    there = {one.app_id: caller_raise.proposals(office, one.project) for one in course.known}
    waiting = {
        one.app_id: mr for one in todo for mr in there[one.app_id] if caller_raise.is_for(mr, one.after)
    }
    others = [(app, mr.iid) for app, found in there.items() for mr in found if mr != waiting.get(app)]
    opened = []
    for number, one in enumerate(todo if not only_plan else (), 1):
        if one.app_id not in waiting:
            office.say(f"[{number}/{len(todo)}] {one.line()}")
            waiting[one.app_id] = caller_raise.propose(office, one.project, course.pin.project_id, one.after)
            opened.append(one.app_id)
    outcome = _outcome(course, ())
    numbers = {app: mr.iid for app, mr in waiting.items()}
    lines = [
        t(
            "!{iid} menunggu peninjau; sesudah disetujui: {next}",
            iid=iid,
            next=f"kawal gabung {app} --mr {iid}",
        )
        for app, iid in numbers.items()
    ]
    lines += [
        t("!{iid} milik {app} mengajukan templat lain; tutup bila tidak dipakai", iid=iid, app=app)
        for app, iid in others
    ]
    left = [{"aplikasi": app, "mr": iid} for app, iid in others]
    data = {**outcome.data, "diajukan": opened, "mr": numbers, "mr_lain": left}
    status = outcome.status if only_plan or not todo else "diajukan" if opened else "menunggu"
    return replace(outcome, status=status, text="\n".join([outcome.text, *lines]), data=data)


def _outcome(course: Course, done: Sequence[Raise]) -> Outcome:
    todo, total = course.todo, len(course.known)
    tail = t("{n} aplikasi: {same} sudah di {target}, {done} diubah, {left} menunggu.", n=total, same=total - len(todo),
             target=course.target, done=len(done), left=len(todo) - len(done))  # fmt: skip
    text = "\n".join([*(one.line() for one in todo), tail])
    data = {
        "sasaran": course.target,
        "sudah": total - len(todo),
        "diubah": [one.app_id for one in done],
        "rencana": [
            {"aplikasi": one.app_id, "cincin": one.ring, "dari": one.before, "ke": one.after} for one in todo
        ],
    }
    if course.only_plan and todo:
        return Outcome("rencana", text, data, exit_code=EXIT_PLAN_CHANGES)
    return Outcome("diubah" if todo else "sudah_ada", text, data)


@dataclass(frozen=True)
class Running:
    """An application with its ring, its project as the forge shows it now, and the template that it runs."""

    app_id: str
    ring: int
    project: Project
    config: str

    @property
    def commit(self) -> str:
        return self.config.rpartition(":")[2]

    def to(self, after: str) -> Raise:
        return Raise(self.app_id, self.project, self.ring, self.config, after)


def _running(office: Office) -> Iterator[Running]:
    ids = provisioned(office)
    for position, app_id in enumerate(ids):
        project = office.forge.project(office.provision(app_id).forge.project_id)
        on_github = office.settings.forge_kind == "github"
        config = (
            caller_raise.running(office, project) if on_github else str(project.settings.get(CONFIG) or "")
        )
        yield Running(app_id, ring_of(position, len(ids)), project, config)


def _pin(office: Office) -> TemplatePin:
    return find_pin(office.forge, office.settings.file.grup_pa)


def _at(config: str, pin: TemplatePin, commit: str, files: Sequence[str] | None = None) -> str:
    """The same entry at another commit; the default entry where that version had no such file."""
    file, _, rest = config.partition("@")
    mine = rest.rpartition(":")[0] == pin.project_path and file in (pin.entry, *manifest().gitlab.entries)
    there = mine and (files is None or file in files)
    return f"{file if there else pin.entry}@{pin.project_path}:{commit}"
