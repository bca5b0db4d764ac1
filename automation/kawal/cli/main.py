"""The entry point `kawal`: the group of verbs, shared options, exit codes."""

from __future__ import annotations

import sys

import click

from kawal import __version__
from kawal.bahasa import t
from kawal.cli.common import AliasGroup, Surroundings, choose_language, guarded

EXIT_CODES = """\b
Kode keluar: 0 berhasil; 3 TERKUNCI atau tidak dapat dinilai;
4 login atau hak kurang; 5 sementara, ulangi; 6 konfigurasi, data, atau
laporan tidak terbaca; 2 salah pakai; 10 rencana berisi perubahan;
130 Ctrl-C; 1 program rusak."""

SECTIONS = (
    ("Kantor", ("mulai", "dokter", "kunci", "kepercayaan", "templat", "konfigurasi", "bundel")),
    ("Permohonan dan SOP", ("permohonan", "langkah", "setujui", "status", "tenggat", "profil")),
    (
        "Proyek di forge",
        ("rencana", "terapkan", "siapkan", "selaraskan", "tinjau", "gabung", "kumpulkan", "buktikan"),
    ),
    (
        "Pengesahan dan rilis",
        ("uat", "sahkan", "catat", "pengecualian", "cabut", "rilis", "periksa", "izin", "jelaskan"),
    ),
    ("Buku catatan", ("ekspor", "verifikasi", "cadangkan", "pulihkan", "koreksi")),
    ("Layanan dan latihan", ("server", "latihan", "demo")),
)


def _speak_now(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The language is chosen before anything else of the command line is read."""
    del ctx, param
    if value:
        choose_language({}, value)
    return value


@click.group(
    cls=AliasGroup,
    name="kawal",
    help="Mengawal aplikasi pemerintah dari rekomendasi sampai rilis produksi.",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help", "--bantuan"], "max_content_width": 110},
)
@click.option(
    "--bahasa",
    type=click.Choice(["id", "en"]),
    envvar="KAWAL_BAHASA",
    is_eager=True,
    callback=_speak_now,
    help="Bahasa teks (bawaan: id).",
)
@click.option("--otoritas", metavar="NAMA", help="Otoritas yang dimaksud, bila kawal.yml memuat beberapa.")
@click.option("-q", "--diam", is_flag=True, help="Hanya hasil, tanpa kabar kemajuan.")
@click.version_option(
    __version__,
    "--versi",
    "--version",
    prog_name="kawal",
    message="%(prog)s %(version)s",
    help="Tampilkan versi.",
)
@click.pass_context
def kawal(ctx: click.Context, diam: bool, bahasa: str | None, otoritas: str | None) -> None:
    del diam, bahasa, otoritas  # read by `talk`, by `_speak_now`, and by `settings_here`
    ctx.ensure_object(Surroundings)


def run(argv: list[str] | None, surroundings: Surroundings) -> int:
    """One command line, in these surroundings; returns the exit code and never raises for what a user can cause."""
    choose_language(surroundings.environ, None)
    _register()
    return guarded(kawal, argv, surroundings)


def _register() -> None:
    """The verbs, imported late so that `--help` of a broken install still says what is missing."""
    if kawal.commands:
        return
    from kawal.cli import acceptance, forge, people, procedure, proof, records, release, tools, uat

    for module in (procedure, people, forge, proof, release, uat, acceptance, records, tools):
        module.register(kawal)
    kawal.sections = SECTIONS


def main() -> None:
    if "_KAWAL_COMPLETE" in __import__("os").environ:
        _register()
        kawal.main(prog_name="kawal")
    sys.exit(run(None, Surroundings()))


__all__ = ["kawal", "main", "run", "t"]

if __name__ == "__main__":
    main()
