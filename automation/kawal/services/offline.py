"""`kawal bundel`: everything an installation without internet needs in one folder: wheels, templates, checksums, an installer."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import kawal
from kawal.bahasa import t
from kawal.errors import InputError, TemporaryError
from kawal.outcome import Outcome
from kawal.resources import templates_dir

EXTRAS = "gitlab,github,server,kalender,uji"
WHEELS, TEMPLATES, PINNED, SUMS, INSTALLER = "roda", "templat", "syarat.txt", "SHA256SUMS", "pasang.sh"
SCRIPT = """\
#!/bin/sh
# Memasang kawal dari bundel ini tanpa jaringan: sh pasang.sh TUJUAN
set -eu
cd "$(dirname "$0")"
tujuan="${1:?sebut folder tujuan, misalnya /opt/kawal}"
sha256sum --quiet --check SHA256SUMS
"${PYTHON:-python3}" -m venv "$tujuan"
"$tujuan/bin/python" -m pip install --quiet --no-index --find-links roda --require-hashes --requirement syarat.txt
echo "Terpasang di $tujuan"
"""


def bundle(folder: Path, *, wheels: Path | None = None, extras: str = EXTRAS) -> Outcome:
    """Fills a new `folder`. `wheels`: take these wheels instead of asking pip for kawal and what it needs."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(
            "INPUT-061",
            f"Folder {folder} tidak kosong",
            needed="folder baru untuk bundel",
            next_step="kawal bundel FOLDER-BARU",
        )
    (folder / WHEELS).mkdir(parents=True, exist_ok=True)
    if wheels is None:
        _collect(folder / WHEELS, f"{_source()}[{extras}]")
    else:
        for wheel in sorted(wheels.glob("*.whl")):
            shutil.copyfile(wheel, folder / WHEELS / wheel.name)
    found = sorted((folder / WHEELS).glob("*.whl"))
    if not found:
        raise InputError("INPUT-062", "Tidak ada roda (wheel) untuk dibundel", found=str(wheels or "pip"))
    shutil.copytree(
        templates_dir(), folder / TEMPLATES, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache")
    )
    (folder / PINNED).write_text("".join(map(_pin, found)), "utf-8")
    (folder / INSTALLER).write_text(SCRIPT, "utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    (folder / SUMS).write_text(sums, "utf-8")
    size = sum(path.stat().st_size for path in files)
    text = t(
        "Bundel di {folder}: {n} roda, {size} MB. Salin ke mesin tanpa internet, lalu: sh pasang.sh /opt/kawal",
        folder=folder,
        n=len(found),
        size=round(size / 1e6),
    )
    return Outcome(
        "dibundel",
        text,
        {"folder": str(folder), "roda": len(found), "byte": size, "sha256": _sha256(folder / SUMS)},
    )


def _source() -> str:
    """The checkout kawal runs from, else the released version."""
    root = Path(kawal.__file__).resolve().parents[2]
    return str(root) if (root / "pyproject.toml").is_file() else f"kawal=={kawal.__version__}"


def _collect(folder: Path, wanted: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder), wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TemporaryError(
            "INPUT-063",
            "Roda tidak dapat dikumpulkan dengan pip",
            found=done.stderr.strip().splitlines()[-1][:300] if done.stderr.strip() else None,
            needed="pip dan jaringan ke indeks paket",
            next_step="ulangi di mesin dengan internet, atau: kawal bundel FOLDER --roda FOLDER-RODA",
        )


def _pin(wheel: Path) -> str:
    name, version = wheel.name.split("-")[:2]
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{_sha256(wheel)}\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
