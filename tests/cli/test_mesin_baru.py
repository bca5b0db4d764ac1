"""The drill of docs/pengguna/sub-koordinator-pa.md: an office comes back on a machine that has nothing but the backup and a root key."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

from kantor import Kantor
from kawal.cli.common import Surroundings
from kawal.cli.main import run
from kawal.sop.loader import BUILTIN

APP = "pindah-mesin"


def kawal(kantor: Kantor, home: Path, *words: str, **environ: str) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*words, "--keluaran", "json"], Surroundings(kantor.environ(**environ), home, False))
    assert code == 0, f"{words}: {code}\n{err.getvalue()}"
    envelope: dict[str, Any] = json.loads(out.getvalue())
    return envelope


def test_an_office_goes_on_on_a_new_machine_from_its_backup_alone(kantor: Kantor, tmp_path: Path) -> None:
    kantor.requested(APP)
    old, new, backup = kantor.stage.home, tmp_path / "srv", tmp_path / "cadangan"
    before = kantor.must("status", APP).envelope["data"]
    keys = tmp_path / "cadangan-kunci"
    kantor.must("cadangkan", str(keys), "--dengan-kunci")
    saved = kantor.must("cadangkan", str(backup)).data
    assert {"kawal.yml", "kebijakan.yml"} <= set(saved["pengaturan"])
    assert (backup / "pengaturan" / "kawal.yml").read_bytes() == (old / "kawal.yml").read_bytes()

    new.mkdir()
    shutil.copytree(backup / "pengaturan", new, dirs_exist_ok=True)
    shutil.copytree(keys / "kunci", new / "data" / "kunci")
    root = next((old / "kunci").glob("akar*.pub"))
    restored = kawal(kantor, new, "pulihkan", str(backup), "--akar", str(root))

    assert restored["data"]["catatan"] == kantor.ledger_size()
    assert restored["data"]["bukti_hilang"] == []
    assert kawal(kantor, new, "status", APP)["data"] == before
    assert [row for row in kawal(kantor, new, "dokter")["data"]["baris"] if row["keadaan"] == "GAGAL"] == []


def test_profiles_and_calendar_come_along_and_what_lies_elsewhere_is_named(
    kantor: Kantor, tmp_path: Path
) -> None:
    home, far = kantor.stage.home, tmp_path / "kalender.yml"
    far.write_text("schema: 1\n", "utf-8")
    (home / "profil").mkdir()
    shutil.copy(BUILTIN / "bali.yml", home / "profil" / "bali.yml")
    own = home / "berprofil.yml"
    own.write_text(
        (home / "kawal.yml").read_text("utf-8") + f"\nprofil_dir: profil\nkalender: {far}\n", "utf-8"
    )

    said = kawal(kantor, home, "cadangkan", str(tmp_path / "cadangan"), KAWAL_BERKAS=str(own))["data"]

    assert {"berprofil.yml", "kebijakan.yml", "profil/bali.yml"} <= set(said["pengaturan"])
    assert said["tidak_ikut"] == [str(far)]
    assert (tmp_path / "cadangan" / "pengaturan" / "profil" / "bali.yml").is_file()
