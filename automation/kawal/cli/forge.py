"""Verbs that touch the forge: rencana, terapkan, siapkan, templat, gabung, kumpulkan."""

from __future__ import annotations

from pathlib import Path

import click

from kawal.bahasa import t
from kawal.cli.common import AliasGroup, command, talk
from kawal.cli.open import agreed, at, office
from kawal.errors import EXIT_INTERRUPTED
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    @command(root, "rencana", alias="plan", example="kawal rencana e-retribusi-pasar --kode-rinci")
    @click.argument("id_", required=False)
    @click.option("--semua", is_flag=True, help="Semua proyek otoritas ini, sekali jalan.")
    @click.option("--simpan", type=click.Path(path_type=Path), help="Tulis rencana ke berkas.")
    @click.option("--kode-rinci", is_flag=True, help="Keluar 10 bila rencana berisi perubahan.")
    @click.option("-v", "--rinci", is_flag=True, help="Sebut setiap perubahan.")
    def plan(id_: str | None, semua: bool, simpan: Path | None, kode_rinci: bool, rinci: bool) -> Outcome:
        """Menampilkan yang akan berubah di forge; tidak menulis apa pun di sana."""
        from kawal.services import fleet, provision

        if semua == bool(id_):
            raise click.UsageError("Sebut satu ID, atau --semua.")
        with office() as here:
            if id_ is None:
                return fleet.plan_all(here, detailed_exit=kode_rinci, verbose=rinci)
            return provision.plan(
                here, id_, save=at(simpan) if simpan else None, detailed_exit=kode_rinci, verbose=rinci
            )

    @command(root, "terapkan", alias="apply", example="kawal terapkan 7f3a", writes=True)
    @click.argument("rencana")
    @click.option("--ya", is_flag=True, help="Jangan bertanya.")
    def apply(rencana: str, ya: bool) -> Outcome:
        """Menjalankan rencana, menurut berkas atau awal hash-nya."""
        from kawal.services import provision

        file = at(Path(rencana))
        chosen = file if file.is_file() else None
        with office() as here:
            if not ya:
                talk(provision.stored_text(here, rencana, file=chosen))
                if not agreed(t("Ketik ya untuk menerapkan")):
                    return Outcome("batal", t("Tidak ada yang diubah."), exit_code=EXIT_INTERRUPTED)
            return provision.apply(here, rencana, file=chosen)

    @command(root, "siapkan", alias="provision", example="kawal siapkan e-retribusi-pasar", writes=True)
    @click.argument("id_")
    @click.option("--rencana-saja", "--dry-run", is_flag=True, help="Hanya tampilkan rencananya.")
    def provision_(id_: str, rencana_saja: bool) -> Outcome:
        """Menyiapkan proyek aplikasi yang disetujui; boleh diulang."""
        from kawal.services import provision

        with office() as here:
            return provision.plan(here, id_) if rencana_saja else provision.provision(here, id_)

    templates = AliasGroup("templat", help="Templat pipeline pusat.")
    templates.alias = "template"
    root.add_command(templates)

    @command(templates, "pasang", alias="install", example="kawal templat pasang", writes=True)
    def install() -> Outcome:
        """Memasang templat pipeline di forge, dikunci pada satu commit."""
        from kawal.services import templates as service

        with office() as here:
            return service.install(here)

    @command(templates, "naikkan", alias="raise", example="kawal templat naikkan --cincin 1", writes=True)
    @click.option(
        "--cincin",
        type=click.IntRange(1, 3),
        required=True,
        help="Sampai cincin ini: 1 satu aplikasi, 2 seperlima, 3 semua.",
    )
    @click.option("--rencana-saja", is_flag=True, help="Tampilkan yang akan berubah, lalu berhenti.")
    def raise_(cincin: int, rencana_saja: bool) -> Outcome:
        """Menaikkan aplikasi ke versi templat yang terpasang, cincin demi cincin."""
        from kawal.services import rollout

        with office() as here:
            return rollout.raise_to(here, cincin, only_plan=rencana_saja)

    @command(templates, "mundur", alias="back", example="kawal templat mundur --rencana-saja", writes=True)
    @click.option("--rencana-saja", is_flag=True, help="Tampilkan yang akan berubah, lalu berhenti.")
    def back(rencana_saja: bool) -> Outcome:
        """Mengembalikan semua aplikasi ke versi templat sebelumnya."""
        from kawal.services import rollout

        with office() as here:
            return rollout.back(here, only_plan=rencana_saja)

    @command(
        templates, "pilih", alias="choose", example="kawal templat pilih e-retribusi-pasar php", writes=True
    )
    @click.argument("id_")
    @click.argument("tumpukan")
    @click.option(
        "--zap", is_flag=True, help="Pindai dengan ZAP (runner PA memakai kontainer), bukan Wapiti."
    )
    def choose(id_: str, tumpukan: str, zap: bool) -> Outcome:
        """Memilih tumpukan uji sebuah aplikasi: python, php, laravel, node, atau statis."""
        from kawal.services import rollout

        with office() as here:
            return rollout.choose(here, id_, tumpukan, zap=zap)

    @command(root, "tinjau", alias="review", example="kawal tinjau e-retribusi-pasar --mr 4", writes=True)
    @click.argument("id_")
    @click.option("--mr", type=int, help="Nomor merge request; tanpa ini semua yang terbuka.")
    @click.option("--tampil", is_flag=True, help="Tampilkan saja; tidak menulis apa pun di forge.")
    def review(id_: str, mr: int | None, tampil: bool) -> Outcome:
        """Menulis catatan untuk peninjau di merge request, sebagai bot; diperbarui di tempatnya."""
        from kawal.services import review_note

        with office() as here:
            return review_note.write(here, id_, mr, only_show=tampil)

    @command(root, "gabung", alias="merge", example="kawal gabung e-retribusi-pasar", writes=True)
    @click.argument("id_")
    @click.option("--mr", type=int, help="Nomor merge request; tanpa ini semua yang siap.")
    def merge(id_: str, mr: int | None) -> Outcome:
        """Menggabungkan merge request yang sudah ditinjau dan lulus."""
        from kawal.services import merge as service

        with office() as here:
            return service.merge(here, id_, mr)

    @command(root, "kumpulkan", alias="collect", example="kawal kumpulkan e-retribusi-pasar", writes=True)
    @click.argument("id_")
    @click.option("--commit", metavar="SHA", help="Commit di cabang utama; bawaan: kepalanya.")
    def collect(id_: str, commit: str | None) -> Outcome:
        """Mengambil hasil pipeline lewat API, menghitung ulang, dan mencatatnya."""
        from kawal.services import collect as service

        with office() as here:
            return service.collect(here, id_, commit=commit)
