"""Who gives a sign-off: the options --surat, --pejabat, --simpan, --kunci, read in one place for every verb that signs one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kawal.bahasa import t
from kawal.cli.open import at, key_file, office
from kawal.cli.procedure import KEY
from kawal.outcome import Outcome

if TYPE_CHECKING:
    from kawal.services.signing import Giver

SAVE = click.option(
    "--simpan",
    type=click.Path(path_type=Path),
    help="Simpan catatan bertanda tangan ke berkas, jangan dicatat.",
)
LETTER = click.option(
    "--surat",
    type=click.Path(path_type=Path),
    help="Surat pejabat yang disalin dua orang; pejabatnya tidak perlu masuk.",
)
OFFICIAL = click.option("--pejabat", metavar="ORANG", help="Penanda tangan surat (dengan --surat).")

Verb = Callable[..., Outcome]


def given(function: Verb) -> Verb:
    """By a person or by letter: opens the office and calls `function(office, giver, …)` with the other options."""
    return LETTER(OFFICIAL(given_in_person(function)))


def given_in_person(function: Verb) -> Verb:
    """The same for what no letter can give."""

    @functools.wraps(function)
    def opened(
        *,
        kunci: Path | None,
        simpan: Path | None,
        surat: Path | None = None,
        pejabat: str | None = None,
        **others: Any,
    ) -> Outcome:
        with office() as here:
            return function(here, _giver(kunci, simpan, surat, pejabat), **others)

    return SAVE(KEY(opened))


def _giver(kunci: Path | None, simpan: Path | None, surat: Path | None, pejabat: str | None) -> Giver:
    from kawal.services.letters import Letter
    from kawal.services.signing import Giver

    if (surat is None) != (pejabat is None):
        raise click.UsageError(t("Sebut --surat dan --pejabat bersama-sama."))
    if surat is not None and simpan is not None:
        raise click.UsageError(
            t(
                "--simpan tidak berlaku dengan --surat: salinan pertama menunggu di sini sampai orang kedua menyalinnya."
            )
        )
    letter = None if surat is None or pejabat is None else Letter(at(surat), pejabat)
    return Giver(key_file(kunci), letter, at(simpan) if simpan else None)
