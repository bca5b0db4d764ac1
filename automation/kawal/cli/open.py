"""Opens the office for a command: settings of the surroundings, passphrases from a file or the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kawal.bahasa import t
from kawal.cli.common import surroundings, talk
from kawal.errors import InputError, LoginError, os_reason

if TYPE_CHECKING:
    from kawal.services.office import Office
    from kawal.settings import Settings

PASSPHRASE_FILE = "KAWAL_SANDI_BERKAS"  # noqa: S105 (the name of a variable)
KEY_FILE = "KAWAL_KUNCI"


@contextmanager
def office() -> Iterator[Office]:
    """The office of the folder the command runs in; closed when the command ends."""
    # Imported here: help, completion and verbs without an office start in a fraction of the time.
    from kawal.services.office import Office

    settings = settings_here()
    if settings.debug_api:
        show_api_calls()
    opened = Office(
        settings=settings,
        passphrase=passphrase,
        say=talk,
    )
    try:
        yield opened
    finally:
        opened.close()


def settings_here() -> Settings:
    """The settings of the authority this command is for: the one named, the one alone, or the one that knows what is named."""
    from kawal.services.authorities import routed
    from kawal.settings import load_all

    ctx, around = click.get_current_context(), surroundings()
    named = ctx.find_root().params.get("otoritas") or ""
    found = load_all(start=around.cwd, environ=around.environ, options={"otoritas": named})
    return routed(found, app_id=ctx.params.get("id_"), plan=ctx.params.get("rencana"))


def show_api_calls() -> None:
    """KAWAL_DEBUG=api: one line per request of the forge adapters on stderr, tokens blotted out by them."""
    import logging

    logger = logging.getLogger("kawal.api")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
        logger.setLevel(logging.DEBUG)


SHORTEST = 8
"""Letters of a passphrase that is typed for a new key."""


def passphrase(name: str) -> bytes:
    """The passphrase of a key file: from the file named by KAWAL_SANDI_BERKAS, else asked for without echo."""
    given = _given(name)
    return _asked(name, twice=False).encode() if given is None else given


def new_passphrase(name: str) -> bytes:
    """The same for a key that is being made: asked for twice, since a slip of the hand would lose the key."""
    given = _given(name)
    while given is None:
        typed = _asked(name, twice=True)
        if len(typed) >= SHORTEST:
            return typed.encode()
        talk(t("Paling sedikit {count} huruf.", count=SHORTEST))
    return given


def _asked(name: str, *, twice: bool) -> str:
    again = t("Ulangi frasa sandi {name}", name=name) if twice else False
    return str(
        click.prompt(t("Frasa sandi {name}", name=name), hide_input=True, err=True, confirmation_prompt=again)
    )


def _given(name: str) -> bytes | None:
    """From the file that is named; None when there is a person to ask. LoginError IDENT-013 when there is neither."""
    environ = surroundings().environ
    named = environ.get(PASSPHRASE_FILE)
    if named:
        try:
            return Path(named).read_bytes().strip()
        except OSError as error:
            raise InputError(
                "KONF-005", f"{PASSPHRASE_FILE}={named} tidak terbaca", found=os_reason(error)
            ) from error
    if environ.get("KAWAL_TANPA_TANYA") or not sys.stdin.isatty():
        raise LoginError(
            "IDENT-013",
            f"Frasa sandi {name} diperlukan, tetapi tidak ada terminal untuk bertanya",
            next_step=f"isi {PASSPHRASE_FILE} dengan berkas yang memuat frasa sandi",
        )
    return None


def agreed(question: str) -> bool:
    """Whether the person at the terminal types `ya`; nobody is asked in a script."""
    if surroundings().environ.get("KAWAL_TANPA_TANYA") or not sys.stdin.isatty():
        return True
    return str(click.prompt(question, err=True, default="", show_default=False)).strip() == "ya"


def key_file(option: Path | None) -> Path:
    """The signing key: `--kunci`, else KAWAL_KUNCI."""
    named = option or surroundings().environ.get(KEY_FILE)
    if not named:
        raise LoginError(
            "IDENT-014",
            "Perintah ini ditandatangani, tetapi kunci belum disebut",
            needed="--kunci BERKAS atau KAWAL_KUNCI",
            next_step="kawal kunci buat ORANG, lalu ulangi dengan --kunci",
        )
    return at(Path(named))


def at(path: Path) -> Path:
    """A path the user wrote, relative to the folder the command runs in."""
    return path if path.is_absolute() else surroundings().cwd / path
