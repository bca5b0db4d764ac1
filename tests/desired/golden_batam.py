"""The Batam demo application and its desired project as a readable file.

Refresh the golden file, then read the difference in review:  python tests/desired/golden_batam.py
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kawal.desired import ProvisionSettings, desired_project
from kawal.model import Application, DesiredProject, DoneStep, FileWanted
from kawal.sop.clock import Calendar
from kawal.sop.hours import weekly
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import Procedure, procedure_for

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "batam-e-retribusi-pasar.json"

SETTINGS = ProvisionSettings(
    instance="diskominfo",
    group="aplikasi-opd",
    ci_config_path=f"gitlab/kawal.yml@pa/templat:{'c' * 40}",
    door_url="https://kawal.contoh.test",
    test_target_url="https://uji.contoh.test/pintu",
    test_app_url="https://uji.contoh.test/{aplikasi}",
    production_target_url="https://produksi.contoh.test/pintu",
    production_target_id="produksi-1",
    hook_url="https://kawal.contoh.test/webhook",
)
SKELETON = (FileWanted("uji/test_fungsi.py", b"def test(): ...\n"), FileWanted("README.md", b"# Aplikasi\n"))
DONE = (
    DoneStep(
        "1",
        datetime(2026, 11, 18, 4, 0, tzinfo=UTC),
        "pemohon",
        (("rencana_pengembangan_aplikasi", "b" * 64),),
    ),
    DoneStep(
        "2",
        datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
        "subkoor_tata_kelola",
        (("dokumen_clearance", "a" * 64),),
        "disetujui",
    ),
)


def application(**changes: Any) -> Application:
    values: dict[str, Any] = {
        "app_id": "e-retribusi-pasar",
        "name": "e-Retribusi Pasar",
        "agency": "Dinas Perindustrian dan Perdagangan",
        "agency_slug": "disperindag",
        "profile_id": "batam",
        "profile_sha256": "d" * 64,
        "requested_at": datetime(2026, 11, 18, 3, 0, tzinfo=UTC),
        "approved_at": datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
        "letter_number": "050/123/KOMINFO/2026",
        "letter_date": date(2026, 11, 20),
        "letter_sha256": "a" * 64,
        "developers": ("pengembang-2", "pengembang-1"),
        "reviewers": ("peninjau-1",),
        "thresholds": '{"schema": 1}',
        "done": DONE,
    }
    return Application(**(values | changes))


def procedure() -> Procedure:
    profiles = load_profiles()
    known = [loaded.value for loaded in profiles.values()]
    dinas = load_dinas_policy(BUILTIN / "kebijakan-contoh.yml", known).value
    return procedure_for(profiles["batam"].value, load_overlay().value, dinas)


def calendar() -> Calendar:
    """Fixed days off, so that the golden file does not change with the holiday library."""
    off = {date(2026, 12, 24), date(2026, 12, 25)}
    return Calendar(ZoneInfo("Asia/Jakarta"), weekly(load_overlay().value.hours), off.__contains__)


def desired(app: Application | None = None) -> DesiredProject:
    return desired_project(procedure(), app or application(), SETTINGS, SKELETON, calendar())


def to_text(project: DesiredProject) -> str:
    """JSON with bodies as lists of lines, so that a difference can be read."""
    data = asdict(project)
    for issue in data["issues"]:
        issue["body"] = issue["body"].split("\n")
    return json.dumps(data, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    GOLDEN.write_text(to_text(desired()), encoding="utf-8")
    print(f"written: {GOLDEN}")
