"""One embedded forge with five runners, and a project on it that kawal holds well; each test weakens a copy of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from dipegang import HOOK, Held, Wanted

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.gitlab import GitLabForge
from kawal.model import FileWanted, HookWanted, ProtectedRef, Variable
from kawal.posture import WANTED_SETTINGS

RUNNERS = [
    {"name": "umum", "id": 1, "tags": ["umum"]},
    {"name": "pa", "id": 2, "tags": ["pa"], "projects": ["bukti", "menyamar"]},
    {"name": "palsu", "id": 3, "tags": ["pa"], "projects": ["menyamar"]},
    {"name": "pa-terbuka", "id": 4, "tags": ["pa4"]},
    {"name": "pa-apa-saja", "id": 5, "tags": ["pa5"], "run_untagged": True, "projects": ["bukti"]},
]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    folder = tmp_path_factory.mktemp("bukti")
    runners = folder / "runner.json"
    runners.write_text(json.dumps({"runners": RUNNERS}), "utf-8")
    with forge_latihan(folder / "data", "--runner-berkas", str(runners)) as forge:
        for name in ("ani", "citra"):
            forge.user(name)
        yield forge


@pytest.fixture(scope="session")
def bot(latihan: ForgeLatihan) -> GitLabForge:
    return GitLabForge(latihan.url, latihan.user("kawal-bot")[1], timeout=20)


def template_of(bot: GitLabForge, number: int) -> tuple[int, str, str]:
    """A template project of PA: its id, path and pinned commit."""
    group = bot.create_group("pa", "PA", visibility="internal")
    made = bot.create_project(
        group, f"templat-{number}", f"Templat {number}", f"kawal:uji/t{number}", {"visibility": "internal"}
    )
    commit = bot.commit_files(made.id, "main", "Templat", (FileWanted("kawal.yml", b"{}"),))
    bot.protect(made.id, ProtectedRef("*", "tag", 40))
    return made.id, made.full_path, commit


def held_project(latihan: ForgeLatihan, bot: GitLabForge, top: str) -> Held:
    number = next(_numbers)
    template, path, commit = template_of(bot, number)
    group = f"{top}/g{number}"
    project = bot.create_project(
        bot.create_group(group, group), "app", "App", f"kawal:uji/app{number}", {"visibility": "private"}
    )
    pinned = f"gitlab/kawal.yml@{path}:{commit}"
    bot.commit_files(project.id, "main", "Kerangka", (FileWanted("README.md", b"#"),))
    bot.update_project(project.id, {**dict(WANTED_SETTINGS), "ci_config_path": pinned})
    for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
        bot.protect(project.id, ref)
    bot.set_member(project.id, "ani", 30)
    bot.set_variable(project.id, Variable("KAWAL_APLIKASI", "app"))
    bot.set_hook(project.id, HookWanted(HOOK, ("push_events",)), token="rahasia")
    wanted = Wanted(pinned, template, commit, bot.info().bot_user_id)
    return Held(latihan, bot, latihan.user("kawal-bot")[1], project.id, group, wanted)


@pytest.fixture
def held(latihan: ForgeLatihan, bot: GitLabForge, request: pytest.FixtureRequest) -> Held:
    return held_project(latihan, bot, getattr(request, "param", "bukti"))
