"""The story in order: ten steps, each real, each shown; what it leaves is written at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kawal import __version__
from kawal.bahasa import desimal, t
from kawal.demo import develop, prepare, release, remains
from kawal.demo.scanner import Scanner, tools_dir
from kawal.demo.stage import Stage, open_stage, stop_leftovers
from kawal.outcome import Outcome

Step = Callable[[Stage], None]

STEPS: tuple[tuple[str, Step], ...] = (
    ("Forge latihan", prepare.forge),
    ("Persiapan kantor: templat, kepercayaan, pintu, target", prepare.bootstrap),
    ("Permohonan dan suratnya", prepare.request_and_approval),
    ("Clearance, lalu proyek disiapkan dengan sendirinya", prepare.provisioning),
    ("Pengembangan: cabang, tinjauan, penggabungan", develop.development),
    ("Target uji: beban, pemindaian, UAT, langkah 4-8", develop.tests_and_target),
    ("Rilis diminta terlalu cepat", release.refusal),
    ("Pengesahan Persandian dan pendataan PSE", release.sign_offs),
    ("Rilis", release.release),
    ("Yang tersisa", remains.remains),
)


def tell(
    folder: Path, *, environ: Mapping[str, str], until: int | None, say: Callable[[str], None]
) -> Outcome:
    """Runs the steps; with `until` stops after that step and leaves the servers running."""
    started = time.monotonic()
    scanner = Scanner(tools_dir(environ), environ)
    stage = open_stage(folder.resolve(), environ, say, scanner)
    stage.summary.update(versi=__version__, profil=prepare.profile_of_request())
    keep = False
    try:
        for number, (title, step) in enumerate(STEPS, start=1):
            if number == 5:
                scanner.bin()  # the pipeline of step 5 needs it; it was installed meanwhile
            at = time.monotonic()
            say(t("[{number}/{total}] {title}", number=number, total=len(STEPS), title=title))
            step(stage)
            say(t("      selesai dalam {seconds} detik", seconds=desimal(time.monotonic() - at)))
            if until == number:
                keep = True
                return _left_running(stage, number)
        stage.summary["durasi_detik"] = round(time.monotonic() - started, 1)
        remains.write_summary(stage)
    finally:
        if not keep:
            stage.stop()
    return _told(stage)


def halt(folder: Path) -> Outcome:
    """Ends what an earlier `--sampai` left running; its files stay for reading."""
    ended = stop_leftovers(folder.resolve())
    if not ended:
        return Outcome(
            "berhenti", t("Tidak ada demo yang menyala di {folder}.", folder=folder), {"berhenti": []}
        )
    text = t("Berhenti: {names}. Berkasnya tetap di {folder}.", names=", ".join(ended), folder=folder)
    return Outcome("berhenti", text, {"berhenti": list(ended)})


def _left_running(stage: Stage, number: int) -> Outcome:
    (stage.folder / "proses.json").write_text(json.dumps(stage.processes.pids()), "utf-8")
    addresses = {"forge": stage.forge_url, **{name: stage.url(name) for name in stage.ports}}
    lines = [f"  {name:<18} {url}" for name, url in addresses.items()]
    variables = {name: value for name, value in stage.kawal_env().items() if name.startswith("KAWAL_")}
    _private(
        stage.home / "lingkungan.sh",
        "".join(f"export {name}='{value}'\n" for name, value in variables.items()),
    )
    _private(stage.folder / "pengguna.json", json.dumps(stage.tokens, indent=1) + "\n")
    text = t(
        "Berhenti setelah langkah {number}; semuanya tetap menyala:\n{lines}\n"
        "  kantor PA          cd {home} && . ./lingkungan.sh (kunci orang: kunci/*.pem, dipilih dengan KAWAL_KUNCI)\n"
        "  pengguna forge     {users} (nama dan tokennya)\n"
        "Hentikan: kawal demo --berhenti   Mulai lagi dari kosong: kawal demo",
        number=number,
        lines="\n".join(lines),
        home=stage.home,
        users=stage.folder / "pengguna.json",
    )
    return Outcome("menyala", text, {"alamat": addresses, "langkah": number})


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def _told(stage: Stage) -> Outcome:
    summary = stage.summary
    tries = " → ".join(
        f"{one['keputusan']} ({', '.join(one['kode'])})" if one["kode"] else one["keputusan"]
        for one in summary["percobaan_rilis"]
    )
    text = t(
        "Selesai dalam {seconds} detik. Rilis: {tries}.\nRingkasan: {folder}/ringkasan.json   Halaman: {folder}/laporan.html",
        seconds=desimal(summary["durasi_detik"]),
        tries=tries,
        folder=stage.folder,
    )
    return Outcome("selesai", text, summary)
