"""Which adapter speaks to which kind of forge."""

from __future__ import annotations

from collections.abc import Callable

from kawal.errors import InputError
from kawal.forges.port import Forge

Opener = Callable[[str, str, float, str | None], Forge]


def _gitlab(url: str, token: str, timeout: float, ca: str | None) -> Forge:
    try:
        from kawal.forges.gitlab import GitLabForge

        return GitLabForge(url, token, timeout=timeout, ca=ca)
    except ModuleNotFoundError as error:
        raise _missing("gitlab", error) from error


def _github(url: str, token: str, timeout: float, ca: str | None) -> Forge:
    try:
        from kawal.forges.github import GitHubForge

        return GitHubForge(url, token, timeout=timeout, ca=ca)
    except ModuleNotFoundError as error:
        raise _missing("github", error) from error


def _missing(extra: str, error: ModuleNotFoundError) -> InputError:
    return InputError(
        "FORGE-012",
        f"Pustaka untuk forge jenis {extra} belum terpasang ({error.name})",
        next_step=f"pip install 'kawal[{extra}]'",
    )


OPENERS: dict[str, Opener] = {"gitlab": _gitlab, "github": _github}


def open_forge(kind: str, url: str, token: str, *, timeout: float = 30.0, ca: str | None = None) -> Forge:
    """The forge at `url`. Nothing is called yet; the first read shows whether it answers and whether the token is good."""
    opener = OPENERS.get(kind)
    if opener is None:
        raise InputError(
            "FORGE-012", f"Forge jenis '{kind}' belum didukung", needed=" atau ".join(sorted(OPENERS))
        )
    return opener(url, token, timeout, ca)
