"""Labels, milestones and issues of every profile as readable files, in the SOP's words.

Refresh the golden files, then read the difference in review:  python tests/desired/golden_profiles.py
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from golden_batam import SETTINGS, SKELETON, application

from kawal.desired import desired_project
from kawal.model import DesiredProject
from kawal.sop.clock import Calendar
from kawal.sop.hours import weekly
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import procedure_for

FOLDER = Path(__file__).parents[1] / "data" / "golden"
NAMES = sorted(load_profiles())


def golden(name: str) -> Path:
    return FOLDER / f"isu-{name}.md"


def desired(name: str) -> DesiredProject:
    """A project on the day of its request: nothing is done yet; days off are fixed."""
    profiles = load_profiles()
    dinas = load_dinas_policy(
        BUILTIN / "kebijakan-contoh.yml", [one.value for one in profiles.values()]
    ).value
    found = procedure_for(profiles[name].value, load_overlay().value, dinas)
    off = {date(2026, 12, 24), date(2026, 12, 25)}
    calendar = Calendar(
        ZoneInfo(found.profile.authority.zone),
        weekly(found.hours),
        off.__contains__,
        count_days=found.count_days,
    )
    app = application(
        app_id="contoh", name="Contoh", profile_id=name, done=(), approved_at=None, letter_number=None
    )
    return desired_project(found, app, SETTINGS, SKELETON, calendar)


def to_text(name: str) -> str:
    project = desired(name)
    parts = [f"# {project.path}: {project.description}", "## Label"]
    parts.append("\n".join(f"- `{one.name}` {one.colour} {one.description}" for one in project.labels))
    parts.append("## Tonggak")
    parts.append(
        "\n".join(f"- {one.title} ({one.description}), {one.due or '-'}" for one in project.milestones)
    )
    for issue in project.issues:
        parts.append(f"## {issue.title}\n\n{', '.join(issue.labels)}; {issue.milestone}; {issue.due or '-'}")
        parts.append(issue.body)
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    for profile in NAMES:
        golden(profile).write_text(to_text(profile), encoding="utf-8")
        print(f"written: {golden(profile)}")
