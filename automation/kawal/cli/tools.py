"""Verbs around the work: mulai, dokter, jelaskan, latihan, demo, server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from kawal.bahasa import t
from kawal.cli.common import AliasGroup, command, surroundings, talk
from kawal.cli.open import at, office, passphrase, settings_here
from kawal.errors import InputError
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    _setup(root)
    _sandbox(root)
    _servers(root)


def _setup(root: click.Group) -> None:
    @command(root, "mulai", alias="init", example="kawal mulai", writes=True)
    @click.option("--jenis", type=click.Choice(["gitlab", "github"]), help="Jenis forge.")
    @click.option("--forge-url", help="Alamat forge.")
    @click.option("--grup", help="Grup untuk aplikasi; di GitHub organisasi atau pengguna.")
    @click.option("--profil", help="SOP yang dipakai.")
    @click.option("--profil-dir", help="Folder profil tambahan, untuk SOP yang tidak ikut kawal.")
    @click.option("--instansi", help="Id instansi, misalnya diskominfo.")
    def init(
        jenis: str | None,
        forge_url: str | None,
        grup: str | None,
        profil: str | None,
        profil_dir: str | None,
        instansi: str | None,
    ) -> Outcome:
        """Menulis kawal.yml lewat beberapa pertanyaan; tanpa terminal semuanya disebut sebagai pilihan."""
        from kawal.services import init as service

        around = surroundings()
        ask = not around.environ.get("KAWAL_TANPA_TANYA") and sys.stdin.isatty()

        if not ask:
            _all_said(
                {
                    # GitHub has an address that everybody knows; a server of one's own has none.
                    "--forge-url": forge_url or jenis == "github",
                    "--grup": grup,
                    "--profil": profil,
                    "--instansi": instansi,
                }
            )

        def question(text: str, default: str) -> str:
            if not ask:  # the kind of forge, guessed from its address
                return default
            answer: str = click.prompt(text, default=default, err=True)
            return answer

        return service.create(
            around.cwd,
            question,
            kind=jenis,
            forge_url=forge_url,
            group=grup,
            profile=profil,
            instance=instansi,
            profile_dir=profil_dir,
        )

    @command(root, "dokter", alias="doctor", example="kawal dokter")
    def doctor() -> Outcome:
        """Memeriksa keadaan sekitar; tiap baris dengan perbaikannya."""
        from kawal.services import doctor as service

        with office() as here:
            return service.examine(here)

    @command(root, "jelaskan", alias="explain", example="kawal jelaskan SANDI-001")
    @click.argument("kode")
    def explain(kode: str) -> Outcome:
        """Menjelaskan satu kode, tanpa jaringan."""
        from kawal.services import explain as service

        return service.explain(kode)

    group = AliasGroup("konfigurasi", help="Pengaturan yang berlaku.")
    group.alias = "config"
    root.add_command(group)

    @command(group, "tampil", alias="show", example="kawal konfigurasi tampil --asal")
    @click.option("--asal", is_flag=True, help="Sebut dari mana tiap nilai berasal.")
    def config(asal: bool) -> Outcome:
        """Menampilkan setiap pengaturan yang berlaku di folder ini."""
        from kawal.services import configuration

        return configuration.show(settings_here(), origins=asal)


def _all_said(options: Mapping[str, object]) -> None:
    """Where nobody can be asked, an example must not become somebody's settings."""
    missing = ", ".join(name for name, value in options.items() if not value)
    if missing:
        raise click.UsageError(
            t("Tanpa terminal tidak ada yang dapat ditanya; sebut {options}.", options=missing)
        )


def _sandbox(root: click.Group) -> None:
    group = AliasGroup("latihan", help="Forge latihan di mesin ini (hanya loopback).")
    group.alias = "sandbox"
    root.add_command(group)

    @command(group, "mulai", alias="start", example="kawal latihan mulai --port 8080 --data latihan")
    @click.option("--port", type=int, default=0, show_default=True, help="0 = port bebas.")
    @click.option(
        "--data",
        type=click.Path(path_type=Path),
        required=True,
        help="Folder data; tetap ada setelah berhenti.",
    )
    @click.option(
        "--runner", is_flag=True, help="Jalankan juga runner (perintah pipeline berjalan di mesin ini)."
    )
    @click.option("--runner-berkas", type=click.Path(path_type=Path), help="Pengaturan runner (JSON).")
    def start(port: int, data: Path, runner: bool, runner_berkas: Path | None) -> Outcome:
        """Menyalakan forge latihan; berhenti dengan Ctrl-C."""
        try:
            from kawal_sandbox.server import RunnerConfig, serve
        except ModuleNotFoundError as error:
            raise InputError(
                "KONF-032",
                "Forge latihan belum terpasang",
                needed="paket tambahan [latihan]",
                next_step="pip install 'kawal[latihan]'",
            ) from error
        config = (
            RunnerConfig(at(runner_berkas) if runner_berkas else None) if runner or runner_berkas else None
        )
        serve(at(data), port, surroundings().environ.get("KAWAL_LATIHAN_TOKEN_ADMIN"), config)
        return Outcome("berhenti", "")

    @command(root, "demo", alias=None, example="kawal demo --sampai 4")
    @click.option(
        "--sampai",
        type=click.IntRange(1, 10),
        help="Berhenti setelah langkah ini dan biarkan semuanya menyala.",
    )
    @click.option("--berhenti", is_flag=True, help="Mematikan yang dibiarkan menyala oleh --sampai.")
    def demo(sampai: int | None, berhenti: bool) -> Outcome:
        """Menjalankan seluruh cerita di forge latihan."""
        from kawal.demo.story import halt, tell

        around = surroundings()
        folder = at(Path(around.environ.get("KAWAL_DEMO_DIR") or "demo"))
        if berhenti:
            return halt(folder)
        return tell(folder, environ=around.environ, until=sampai, say=talk)


def _servers(root: click.Group) -> None:
    @command(root, "server", alias="serve", example="kawal server --alamat 127.0.0.1:9100")
    @click.option(
        "--alamat",
        metavar="ALAMAT:PORT",
        default="127.0.0.1:9100",
        show_default=True,
        help="Tempat pintu dibuka; port 0 = bebas.",
    )
    @click.option(
        "--soket",
        type=click.Path(path_type=Path),
        help="Soket penerbit izin yang sudah menyala; tanpa ini dinyalakan sendiri.",
    )
    def server(alamat: str, soket: Path | None) -> Outcome:
        """Menyalakan dua pintu: izin dan webhook."""
        from kawal.server.run import serve

        host, _, port = alamat.rpartition(":")
        if not host or not port.isdecimal():
            raise InputError(
                "KONF-033", f"Alamat {alamat!r} tidak terbaca", needed="ALAMAT:PORT, misalnya 127.0.0.1:9100"
            )
        serve(settings_here(), passphrase, host, int(port), at(soket) if soket else None)
        return Outcome("berhenti", "")


__all__ = ["office", "register"]
