"""The decision of the Dinas on the page about emergencies is one that kawal takes, and it opens exactly those three ways."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kawal.errors import InputError
from kawal.policy import parse_policy
from kawal.services.policies import declared_jobs
from kawal.sop.compile import compile_policy
from kawal.sop.loader import load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import Procedure, procedure_for

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "pengguna" / "darurat-dan-kembali.md"
FORGE = {
    "kind": "gitlab",
    "url": "http://127.0.0.1:9",
    "issuer": "http://127.0.0.1:9",
    "ci_config_path": "gitlab/kawal.yml@pa/templat:" + "c" * 40,
    "template_project_id": 3,
    "template_commit": "c" * 40,
    "runner_ids": [2],
    "bot_user_id": 2,
    "pipeline_sources": ["push"],
    "default_branch": "main",
    "release_tag": "v*",
    "release_job": "rilis",
    "gate_job": "gerbang",
}


def procedure(text: str, folder: Path) -> Procedure:
    path = folder / "kebijakan.yml"
    path.write_text(text, "utf-8")
    profiles = load_profiles()
    dinas = load_dinas_policy(path, [one.value for one in profiles.values()]).value
    digests = {"profile_sha256": "1" * 64, "overlay_sha256": "2" * 64}
    return procedure_for(profiles["batam"].value, load_overlay().value, dinas, **digests)


def test_the_page_opens_three_ways_and_without_it_none_is_open(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    targets = [{"target_id": "produksi-1", "environment": "production"}]

    def rules(decided: str) -> tuple[object, object, object]:
        policy = parse_policy(
            compile_policy([procedure(decided, tmp_path)], forge=FORGE, targets=targets, jobs=declared_jobs())
        )
        mine = policy.authorities["batam"]
        return mine.rollback, mine.break_glass, mine.patch

    assert rules(text.partition("    jalan_khusus:")[0]) == (None, None, None)
    back, glass, patch = rules(text)
    assert back is not None
    assert glass is not None
    assert patch is not None
    assert (back.roles, back.persons, back.max_age_days) == (("subkoor_pa",), 1, 7)  # type: ignore[attr-defined]
    assert (glass.persons, glass.minutes) == (2, 60)  # type: ignore[attr-defined]
    assert "composer.lock" in patch.dependencies  # type: ignore[attr-defined]
    assert {"*tarif*", "*auth*"} <= set(patch.sensitive)  # type: ignore[attr-defined]


def test_break_glass_by_one_person_or_for_longer_is_no_decision(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    for old, new in (
        ("orang: 2", "orang: 1"),
        ("menit: 60", "menit: 61"),
        ("[subkoor_pa], umur", "[peran_lain], umur"),
    ):
        with pytest.raises(InputError):
            procedure(text.replace(old, new), tmp_path)
