"""`kawal templat naikkan | mundur | pilih`: which of the pinned templates each application runs; new versions go round in rings.

What an application runs is the forge's own setting, and only pins that the signed policy names are ever set: so a run that was cut
off is repeated by the same command, and `rencana` and `selaraskan` leave every accepted pin as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kawal.bahasa import t
from kawal.errors import EXIT_PLAN_CHANGES, BlockedError, InputError
from kawal.forges.port import Project
from kawal.outcome import Outcome
from kawal.policy.model import ForgePolicy, parse_policy
from kawal.services.office import Office
from kawal.services.templates import CONFIG, TemplatePin, find_pin, manifest

RINGS = 3
"""One application first, then a fifth of the rest, then everybody; in the order in which they got their projects."""
SECOND = 0.2


@dataclass(frozen=True)
class Raise:
    """One application's change: the setting before and after."""

    app_id: str
    project_id: int
    ring: int
    before: str
    after: str

    def line(self) -> str:
        return f"~ {self.app_id:<30} cincin {self.ring}   {short(self.before)} -> {short(self.after)}"


def raise_to(office: Office, ring: int, *, only_plan: bool = False) -> Outcome:
    """Every application of the rings up to `ring` on the installed version. A ring waits for the one before it."""
    pin = _pin(office)
    known = list(_running(office))
    behind = [app_id for app_id, number, project in known if number < ring and _commit(project) != pin.commit]
    if behind:
        raise BlockedError(
            "KONF-025",
            t("Cincin {n} belum dinaikkan", n=ring - 1),
            found=", ".join(behind[:5]),
            needed=f"v{pin.version}",
            next_step=f"kawal templat naikkan --cincin {ring - 1}",
        )
    todo = [
        Raise(app_id, project.id, number, before, _at(before, pin, pin.commit))
        for app_id, number, project in known
        if number <= ring and (before := _config(project)) and _commit(project) != pin.commit
    ]
    return _go(office, todo, len([one for one in known if one[1] <= ring]), f"v{pin.version}", only_plan)


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
    known = sorted(_running(office), key=lambda one: -one[1])
    todo = [
        Raise(app_id, project.id, number, config, _at(config, pin, tag.sha, files=tuple(files)))
        for app_id, number, project in known
        if (config := _config(project)) and _commit(project) != tag.sha
    ]
    return _go(office, todo, len(known), f"v{before}", only_plan)


def choose(office: Office, app_id: str, stack: str, *, zap: bool = False) -> Outcome:
    """The entry of another stack for one application, at the version that it runs."""
    pin, part = _pin(office), manifest().gitlab
    entries = part.tumpukan_zap if zap else part.tumpukan
    if stack not in entries:
        raise InputError("INPUT-047", f"Tumpukan {stack!r} tidak dikenal", needed=", ".join(sorted(entries)))
    office.provision(app_id)  # says what is missing when there is no project yet
    number, project = next((n, p) for one, n, p in _running(office) if one == app_id)
    after = f"{entries[stack]}@{pin.project_path}:{_commit(project) or pin.commit}"
    config = _config(project)
    todo = [] if config == after else [Raise(app_id, project.id, number, config, after)]
    return _go(office, todo, 1, stack, only_plan=False)


def kept(office: Office, wanted: str, running: object) -> str:
    """What an application goes on running: its present template while the signed policy accepts it, else `wanted`."""
    if not isinstance(running, str) or running == wanted:
        return wanted
    policy = _policy(office)
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


def _go(office: Office, todo: Sequence[Raise], total: int, target: str, only_plan: bool) -> Outcome:
    """Shows the plan; carries it out one by one, each read back, unless only the plan is wanted."""
    policy = _policy(office)
    refused = sorted({one.after for one in todo if policy is None or not policy.accepts(one.after)})
    if refused:
        raise BlockedError(
            "KONF-024",
            t("Kebijakan yang ditandatangani belum menerima templat ini"),
            found=", ".join(short(one) for one in refused),
            needed=t("kebijakan yang menyebutnya"),
            next_step="kawal kepercayaan ubah",
        )
    for number, one in enumerate(todo if not only_plan else (), 1):
        office.say(f"[{number}/{len(todo)}] {one.line()}")
        office.forge.update_project(one.project_id, {CONFIG: one.after})
        seen = office.forge.project(one.project_id).settings.get(CONFIG)
        if seen != one.after:
            raise BlockedError(
                "KONF-027",
                t("Forge tidak menyimpan templat {app}", app=one.app_id),
                found=str(seen),
                needed=one.after,
            )
    done = 0 if only_plan else len(todo)
    tail = t("{n} aplikasi: {same} sudah di {target}, {done} diubah, {left} menunggu.", n=total, same=total - len(todo),
             target=target, done=done, left=len(todo) - done)  # fmt: skip
    text = "\n".join([*(one.line() for one in todo), tail])
    data = {
        "sasaran": target,
        "sudah": total - len(todo),
        "diubah": [one.app_id for one in todo] if not only_plan else [],
        "rencana": [
            {"aplikasi": one.app_id, "cincin": one.ring, "dari": one.before, "ke": one.after} for one in todo
        ],
    }
    if only_plan and todo:
        return Outcome("rencana", text, data, exit_code=EXIT_PLAN_CHANGES)
    return Outcome("diubah" if todo else "sudah_ada", text, data)


def _running(office: Office) -> Iterator[tuple[str, int, Project]]:
    """Each application with its ring and its project as the forge shows it now."""
    from kawal.services.fleet import provisioned  # it plans through `provision`, which asks here what is kept

    ids = provisioned(office)
    for position, app_id in enumerate(ids):
        yield (
            app_id,
            ring_of(position, len(ids)),
            office.forge.project(office.provision(app_id).forge.project_id),
        )


def _pin(office: Office) -> TemplatePin:
    if office.settings.forge_kind != "gitlab":
        raise InputError(
            "KONF-028",
            t("Di GitHub templat dipanggil dari berkas di repositori aplikasi, bukan dari setelan"),
            needed=t("merge request yang menaikkan SHA di .github/workflows/kawal*.yml"),
        )
    return find_pin(office.forge, office.settings.file.grup_pa)


def _policy(office: Office) -> ForgePolicy | None:
    trust = office.ledger.trust()
    return parse_policy(office.content.get(trust.policy_sha256)).forge if trust else None


def _config(project: Project) -> str:
    return str(project.settings.get(CONFIG) or "")


def _commit(project: Project) -> str:
    return _config(project).rpartition(":")[2]


def _at(config: str, pin: TemplatePin, commit: str, files: Sequence[str] | None = None) -> str:
    """The same entry at another commit; the default entry where that version had no such file."""
    file, _, rest = config.partition("@")
    mine = rest.rpartition(":")[0] == pin.project_path and file in (pin.entry, *manifest().gitlab.entries)
    there = mine and (files is None or file in files)
    return f"{file if there else pin.entry}@{pin.project_path}:{commit}"
