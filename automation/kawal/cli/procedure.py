"""Verbs of the procedure: permohonan, langkah, setujui, status, profil."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kawal.bahasa import t
from kawal.cli.common import AliasGroup, command, surroundings
from kawal.cli.open import at, key_file, office
from kawal.outcome import Outcome

KEY = click.option(
    "--kunci", type=click.Path(path_type=Path), help="Kunci penanda tangan (bawaan: KAWAL_KUNCI)."
)
SIGNED = click.option(
    "--ditandatangani",
    multiple=True,
    help="JENIS=PERAN,PERAN: peran yang menandatangani berkas itu; boleh berulang.",
)
PROFILES = click.option(
    "--profil-dir",
    type=click.Path(path_type=Path),
    help="Folder profil tambahan (bawaan: profil_dir di kawal.yml).",
)
DAY = click.DateTime(formats=["%Y-%m-%d"])


def register(root: click.Group) -> None:
    _requests(root)
    _steps(root)
    _profiles(root)


def _requests(root: click.Group) -> None:
    group = AliasGroup("permohonan", help="Permohonan aplikasi: ajukan, lihat, daftar.")
    group.alias = "request"
    root.add_command(group)

    @command(
        group,
        "ajukan",
        alias="submit",
        example="kawal permohonan ajukan permohonan.yml --kunci pemohon.pem",
        writes=True,
    )
    @click.argument("berkas", type=click.Path(path_type=Path))
    @KEY
    def submit(berkas: Path, kunci: Path | None) -> Outcome:
        """Mencatat permohonan beserta surat dan dokumennya."""
        from kawal.services import requests

        with office() as here:
            return requests.submit(here, at(berkas), key_file(kunci))

    @command(group, "periksa", alias="check", example="kawal permohonan periksa permohonan.yml")
    @click.argument("berkas", type=click.Path(path_type=Path))
    def check(berkas: Path) -> Outcome:
        """Menyebut butir yang diminta SOP dan belum ada, beserta siapa yang melengkapinya."""
        from kawal.services import requests

        with office() as here:
            return requests.check(here, at(berkas))

    @command(group, "lihat", alias="show", example="kawal permohonan lihat e-retribusi-pasar")
    @click.argument("id_")
    def show(id_: str) -> Outcome:
        """Menampilkan satu permohonan."""
        from kawal.services import requests

        with office() as here:
            return requests.show(here, id_)

    @command(group, "daftar", alias="list", example="kawal permohonan daftar")
    def listing() -> Outcome:
        """Menampilkan semua permohonan."""
        from kawal.services import requests

        with office() as here:
            return requests.listing(here)

    @command(
        group,
        "formulir",
        alias="form",
        example="kawal permohonan formulir --profil PROFIL --simpan permohonan.yml",
    )
    @click.option("--profil", required=True, help="Id profil SOP.")
    @click.option("--simpan", type=click.Path(path_type=Path), help="Tulis ke berkas ini.")
    @PROFILES
    def form(profil: str, simpan: Path | None, profil_dir: Path | None) -> Outcome:
        """Menulis formulir permohonan (YAML berkomentar) untuk diisi."""
        from kawal.services import forms

        return forms.write(profil, at(simpan) if simpan else None, _profile_folder(profil_dir))


def _steps(root: click.Group) -> None:
    group = AliasGroup("langkah", help="Langkah SOP.")
    group.alias = "step"
    root.add_command(group)

    @command(
        group,
        "selesai",
        alias="done",
        example="kawal langkah selesai e-retribusi-pasar 5 --bukti source_code=serah-terima.pdf",
        writes=True,
    )
    @click.argument("id_")
    @click.argument("langkah")
    @click.option("--bukti", multiple=True, help="JENIS=BERKAS; boleh berulang.")
    @SIGNED
    @click.option("--keputusan", help="Pilihan keputusan langkah ini.")
    @click.option("--alasan", help="Alasan keputusan.")
    @click.option(
        "--tunda-penyiapan",
        "tunda",
        is_flag=True,
        help="Catat langkah saja; forge disusul dengan kawal siapkan.",
    )
    @KEY
    def done(
        id_: str,
        langkah: str,
        bukti: tuple[str, ...],
        ditandatangani: tuple[str, ...],
        keputusan: str | None,
        alasan: str | None,
        tunda: bool,
        kunci: Path | None,
    ) -> Outcome:
        """Mencatat satu langkah SOP selesai, dengan buktinya."""
        from kawal.services import steps

        with office() as here:
            words = [_absolute(word) for word in bukti]
            return steps.complete(
                here,
                id_,
                langkah,
                key_file(kunci),
                words,
                decision=keputusan,
                reason=alasan,
                signed=ditandatangani,
                wait=tunda,
            )

    @command(
        root,
        "setujui",
        alias="approve",
        example="kawal setujui e-retribusi-pasar --surat clearance.pdf --nomor 050/123/KOMINFO/2026 --tanggal 2026-11-20",
        writes=True,
    )
    @click.argument("id_")
    @click.option("--surat", required=True, type=click.Path(path_type=Path), help="Berkas surat.")
    @click.option("--nomor", required=True, help="Nomor surat sebagaimana tertulis.")
    @click.option("--tanggal", required=True, type=DAY, help="Tanggal surat, TTTT-BB-HH.")
    @click.option("--jenis", help="Jenis surat menurut profil.")
    @SIGNED
    @click.option("--lampiran", help="Butir lampiran, bila satu surat memuat beberapa aplikasi.")
    @click.option("--tolak", "tolak", help="Surat ini menolak; isinya alasan.")
    @click.option(
        "--tunda-penyiapan",
        "tunda",
        is_flag=True,
        help="Catat surat saja; proyek disiapkan nanti dengan kawal siapkan.",
    )
    @KEY
    def approve(
        id_: str,
        surat: Path,
        nomor: str,
        tanggal: datetime,
        jenis: str | None,
        ditandatangani: tuple[str, ...],
        lampiran: str | None,
        tolak: str | None,
        tunda: bool,
        kunci: Path | None,
    ) -> Outcome:
        """Mencatat surat yang menyetujui; proyek disiapkan dengan sendirinya bila hanya menambah."""
        from kawal.services import approve as service

        with office() as here:
            return service.approve(
                here,
                id_,
                at(surat),
                nomor,
                tanggal.date(),
                key_file(kunci),
                kind=jenis,
                reject_reason=tolak,
                annex=lampiran,
                signed=ditandatangani,
                wait=tunda,
            )

    @command(root, "status", alias="state", example="kawal status e-retribusi-pasar")
    @click.argument("id_", required=False)
    @click.option("-v", "--rinci", is_flag=True, help="Sebut juga setiap catatan dan digestnya.")
    def status(id_: str | None, rinci: bool) -> Outcome:
        """Menampilkan kedudukan tiap langkah dan siapa yang bertindak berikutnya."""
        from kawal.services import status as service

        with office() as here:
            return service.status(here, id_, verbose=rinci)

    @command(root, "tenggat", alias="due", example="kawal tenggat e-retribusi-pasar")
    @click.argument("id_", required=False)
    @click.option("--peran", help="Hanya yang harus dilakukan peran ini.")
    def due(id_: str | None, peran: str | None) -> Outcome:
        """Menampilkan tenggat dan keterlambatan per peran."""
        from kawal.services import deadlines

        with office() as here:
            return deadlines.deadlines(here, id_, peran)


def _profile_folder(option: Path | None) -> Path | None:
    """The folder of profiles that come on top of kawal's own: the option, else `profil_dir` of the kawal.yml that applies here, if any."""
    if option is not None:
        return at(option)
    from kawal.settings import find_file, load_all

    around = surroundings()
    if find_file(around.cwd, around.environ) is None:
        return None
    # Several authorities share one folder of profiles: any of them knows it.
    settings = next(iter(load_all(start=around.cwd, environ=around.environ).values()))
    return settings.path(settings.file.profil_dir) if settings.file.profil_dir else None


def _absolute(word: str) -> str:
    kind, eq, name = word.partition("=")
    return f"{kind}={at(Path(name))}" if eq else str(at(Path(word)))


def _profiles(root: click.Group) -> None:
    group = AliasGroup("profil", help="Profil SOP.")
    group.alias = "profile"
    root.add_command(group)

    @command(group, "daftar", alias="list", example="kawal profil daftar")
    @PROFILES
    def listing(profil_dir: Path | None) -> Outcome:
        """Menampilkan profil yang ada."""
        from kawal.services import profiles

        return profiles.listing(_profile_folder(profil_dir))

    @command(group, "lihat", alias="show", example="kawal profil lihat PROFIL")
    @click.argument("profil")
    @click.option("--asal", is_flag=True, help="Tampilkan nomor tercetak dan sumber tiap langkah.")
    @PROFILES
    def show(profil: str, asal: bool, profil_dir: Path | None) -> Outcome:
        """Menampilkan langkah, gerbang, dan dasar satu profil."""
        from kawal.services import profile_view

        return profile_view.show(profil, _profile_folder(profil_dir), sources=asal)

    @command(
        group, "gambar", alias="picture", example="kawal profil gambar PROFIL --simpan alur.svg", writes=True
    )
    @click.argument("profil", required=False)
    @click.option("--simpan", type=click.Path(path_type=Path), help="Tulis ke berkas ini.")
    @click.option(
        "--semua", type=click.Path(path_type=Path), help="Tulis gambar setiap profil ke folder ini."
    )
    @PROFILES
    def draw(profil: str | None, simpan: Path | None, semua: Path | None, profil_dir: Path | None) -> Outcome:
        """Menggambar alur satu profil sebagai SVG: lajur peran, keputusan, jalan kembali, gerbang."""
        from kawal.services import profiles

        folder = _profile_folder(profil_dir)
        if semua is not None:
            return profiles.draw_all(at(semua), folder)
        if profil is None:
            raise click.UsageError(t("Sebut profilnya, atau --semua FOLDER."))
        return profiles.draw(profil, folder, at(simpan) if simpan else None)

    @command(
        group,
        "pindah",
        alias="move",
        example="kawal profil pindah e-retribusi-pasar --alasan 'SOP direvisi'",
        writes=True,
    )
    @click.argument("id_")
    @click.option("--alasan", help="Mengapa dipindahkan; tanpa ini hanya ditampilkan apa yang berubah.")
    @KEY
    def move(id_: str, alasan: str | None, kunci: Path | None) -> Outcome:
        """Memindahkan aplikasi ke revisi profil yang sekarang; menampilkan dan mencatat apa yang berubah."""
        from kawal.services import move as service

        with office() as here:
            return service.move(here, id_, key_file(kunci) if alasan else None, alasan)

    @command(group, "periksa", alias="check", example="kawal profil periksa sop/pemda-saya.yml")
    @click.argument("berkas", nargs=-1, required=True, type=click.Path(path_type=Path))
    def lint(berkas: tuple[Path, ...]) -> Outcome:
        """Memeriksa berkas profil; semua kesalahan sekaligus."""
        from kawal.services import profiles

        return profiles.lint([at(one) for one in berkas])

    @command(group, "skema", alias="schema", example="kawal profil skema > profil.schema.json")
    def schema() -> Outcome:
        """Mencetak JSON Schema profil."""
        from kawal.services import profiles

        return profiles.schema()
