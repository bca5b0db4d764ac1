"""`kawal mulai` writes settings that load, for either kind of forge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kawal.errors import InputError
from kawal.services.init import create
from kawal.settings import KawalFile, load_settings


def made(folder: Path, answers: dict[str, str] | None = None, **given: str | None) -> KawalFile:
    """The settings after `kawal mulai` with these options; questions are answered by their first word, else by the default."""
    asked: list[str] = []

    def question(text: str, default: str) -> str:
        asked.append(text)
        return (answers or {}).get(text.split()[0], default)

    options = dict.fromkeys(("kind", "forge_url", "group", "profile", "instance")) | given
    create(folder, question, **options)
    return load_settings(start=folder, environ={}).file


def test_gitlab_is_the_default_and_templates_lie_in_a_group_of_pa(tmp_path: Path) -> None:
    file = made(tmp_path)

    assert (file.forge.jenis, file.grup, file.grup_pa) == ("gitlab", "aplikasi-opd", "pa")
    assert (tmp_path / "kebijakan.yml").exists()


@pytest.mark.parametrize(
    "given",
    [{"kind": "github"}, {"forge_url": "https://github.com"}],
    ids=["named", "by its address"],
)
def test_on_github_everything_lies_with_one_owner(given: dict[str, Any], tmp_path: Path) -> None:
    file = made(tmp_path, group="dinas-kominfo/aplikasi", **given)

    assert (file.forge.jenis, file.forge.url) == ("github", "https://github.com")
    assert (file.grup, file.grup_pa) == ("dinas-kominfo/aplikasi", "dinas-kominfo")
    assert "# perlindungan: dianjurkan" in (tmp_path / "kawal.yml").read_text("utf-8")


def test_a_server_of_ones_own_is_github_when_somebody_says_so(tmp_path: Path) -> None:
    file = made(tmp_path, {"Jenis": "github", "Organisasi": "dinas"}, forge_url="https://git.contoh.go.id")

    assert (file.forge.jenis, file.forge.url, file.grup) == ("github", "https://git.contoh.go.id", "dinas")


def test_another_kind_of_forge_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'gitea' tidak dikenal"):
        made(tmp_path, {"Jenis": "gitea"})

    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    made(tmp_path)
    before = (tmp_path / "kawal.yml").read_bytes()

    with pytest.raises(InputError, match="tidak ditimpa"):
        made(tmp_path, kind="github")
    assert (tmp_path / "kawal.yml").read_bytes() == before
