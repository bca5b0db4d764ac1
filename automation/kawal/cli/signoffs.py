"""Verbs of officials: sahkan persandian, persandian-perbaikan, uat, rollback, break-glass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kawal.cli.common import AliasGroup, command
from kawal.cli.giving import given, given_in_person
from kawal.cli.open import at
from kawal.outcome import Outcome

if TYPE_CHECKING:
    from kawal.services.office import Office
    from kawal.services.signing import Giver
    from kawal.services.signoff import Examination

VERSION = click.option(
    "--rilis", "rilis", metavar="VERSI", required=True, help="Versi rilis, misalnya v1.0.0."
)
EVIDENCE = click.option(
    "--bukti", multiple=True, type=click.Path(path_type=Path), help="Berkas laporan; boleh berulang."
)


def _examination(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options in which an examiner says what the report says."""
    for option in reversed(
        (
            click.option(
                "--hasil",
                type=click.Choice(["memenuhi", "memenuhi_dengan_catatan", "tidak_memenuhi"]),
                default="memenuhi",
                show_default=True,
                help="Hasil pemeriksaan.",
            ),
            click.option(
                "--temuan",
                metavar="ID=TINGKAT[:CWE-NNN][:KELOMPOK][:ULANG]",
                multiple=True,
                help="Misalnya T1=tinggi:CWE-89:d:lulus, atau hanya sedang=2; kelompok BSSN 4/2021; ulang: belum, gagal, lulus; boleh berulang.",
            ),
            click.option(
                "--risiko",
                metavar="ID=ORANG:PERAN:TANGGAL:ALASAN",
                multiple=True,
                help="Temuan terbuka yang risikonya diterima pejabat sampai suatu tanggal; boleh berulang.",
            ),
            click.option("--catatan", help="Catatan pemeriksaan."),
            click.option("--alasan", help="Wajib bila tidak memenuhi."),
            EVIDENCE,
        )
    ):
        function = option(function)
    return function


def _examined(
    hasil: str,
    temuan: tuple[str, ...],
    risiko: tuple[str, ...],
    catatan: str | None,
    alasan: str | None,
    bukti: tuple[Path, ...],
) -> Examination:
    from kawal.services.findings import accepted_risks, findings
    from kawal.services.signoff import Examination

    return Examination(
        hasil, findings(temuan), accepted_risks(risiko), [at(one) for one in bukti], catatan, alasan
    )


def register(root: click.Group) -> None:
    group = AliasGroup("sahkan", help="Pengesahan oleh pejabat, dengan kuncinya sendiri.")
    group.alias = "sign"
    root.add_command(group)

    @command(
        group,
        "persandian",
        alias=None,
        example="kawal sahkan persandian e-retribusi-pasar --rilis v1.0.0 --bukti pemeriksaan.pdf",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @_examination
    @given
    def persandian(here: Office, giver: Giver, id_: str, rilis: str, **read: Any) -> Outcome:
        """Mengesahkan hasil pemeriksaan keamanan untuk tepat satu rilis."""
        from kawal.services import signoff

        return signoff.persandian(here, id_, rilis, giver, _examined(**read))

    @command(
        group,
        "persandian-perbaikan",
        alias=None,
        example="kawal sahkan persandian-perbaikan e-retribusi-pasar --rilis v1.0.1 --dasar v1.0.0 --bukti ulang.pdf",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option("--dasar", metavar="VERSI", required=True, help="Rilis yang sudah diperiksa penuh.")
    @_examination
    @given
    def patch(here: Office, giver: Giver, id_: str, rilis: str, dasar: str, **read: Any) -> Outcome:
        """Mengesahkan pemeriksaan ulang atas perubahan kecil pada rilis yang sudah diperiksa penuh."""
        from kawal.services import signoff

        return signoff.persandian(here, id_, rilis, giver, _examined(**read), base=dasar)

    @command(
        group,
        "uat",
        alias=None,
        example="kawal sahkan uat e-retribusi-pasar --rilis v1.0.0 --commit 9f2c1ab --bukti ba-uat.pdf",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option("--commit", metavar="SHA", help="Commit yang diuji, bila rilisnya belum diminta.")
    @click.option(
        "--tolak",
        metavar="SKENARIO=ALASAN",
        multiple=True,
        help="Skenario yang tidak diterima; boleh berulang.",
    )
    @EVIDENCE
    @given
    def uat(
        here: Office,
        giver: Giver,
        id_: str,
        rilis: str,
        commit: str | None,
        tolak: tuple[str, ...],
        bukti: tuple[Path, ...],
    ) -> Outcome:
        """Menerima skenario UAT atas paket yang terpasang di target uji."""
        from kawal.services import signoff

        return signoff.uat(
            here,
            id_,
            rilis,
            giver,
            commit=commit,
            refused=dict(map(pair, tolak)),
            evidence=[at(one) for one in bukti],
        )

    @command(
        group,
        "rollback",
        alias=None,
        example="kawal sahkan rollback e-retribusi-pasar --rilis v1.0.0-kembali.1 --ke v1.0.0 --alasan 'v1.1.0 salah hitung'",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option("--ke", metavar="VERSI", required=True, help="Rilis terdahulu yang pernah terbuka.")
    @click.option("--alasan", required=True, help="Mengapa produksi dikembalikan.")
    @given
    def rollback(here: Office, giver: Giver, id_: str, rilis: str, ke: str, alasan: str) -> Outcome:
        """Mengembalikan produksi ke isi yang pernah terbuka, di bawah tag baru."""
        from kawal.services import special

        return special.rollback(here, id_, rilis, giver, to=ke, reason=alasan)

    @command(
        group,
        "break-glass",
        alias=None,
        example="kawal sahkan break-glass e-retribusi-pasar --rilis v1.0.1 --alasan 'layanan pembayaran mati'",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option("--commit", metavar="SHA", help="Commit yang dipasang, bila rilisnya belum diminta.")
    @click.option("--alasan", required=True, help="Keadaan darurat apa ini.")
    @given_in_person
    def break_glass(
        here: Office, giver: Giver, id_: str, rilis: str, commit: str | None, alasan: str
    ) -> Outcome:
        """Keadaan darurat: dua orang membuka produksi paling lama 60 menit; merah sampai pengesahan menyusul."""
        from kawal.services import special

        return special.break_glass(here, id_, rilis, giver, reason=alasan, commit=commit)


def pair(word: str) -> tuple[str, str]:
    from kawal.services.findings import unreadable

    name, eq, value = word.partition("=")
    if not eq or not name or not value:
        raise unreadable(word, "NAMA=NILAI")
    return name, value


def number(text: str) -> int:
    from kawal.services.findings import unreadable

    if not text.isdecimal():
        raise unreadable(text, "bilangan bulat nol atau lebih")
    return int(text)
