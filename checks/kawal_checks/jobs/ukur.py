"""Measures the tool that a job starts, there and then; `ukur-alat` does it for one that writes its report by itself (Wapiti)."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

from kawal_checks.model import EXIT_OK, ReportError
from kawal_checks.readers.alat import Tool
from kawal_checks.readers.strict import MAX_BYTES, json_object
from kawal_checks.tempat import make_way

from .berkas import sha256_of, write_json

PACKAGES = {"wapiti": ("wapiti", "wapiti3", "wapitiCore")}
"""Tool -> command, distribution and imported package."""


def installed(name: str, distribution: str, package: str) -> Tool:
    """A tool that runs in this very Python."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ReportError(f"alat {name}", "tidak terpasang", "paket Python di samping kawal-checks")
    return _measured(name, distribution, Path(spec.origin).parent, sys.path)


def behind(program: Path, name: str, distribution: str, package: str) -> Tool:
    """The tool behind a command of another virtual environment; the command file itself where it lies in none."""
    for site in sorted((program.absolute().parent.parent / "lib").glob("python3*/site-packages")):
        if (site / package).is_dir():
            return _measured(name, distribution, site / package, [str(site)])
    return Tool(name, "", sha256_of(program))


def _measured(name: str, distribution: str, folder: Path, places: Sequence[str]) -> Tool:
    found = next(iter(distributions(name=distribution, path=list(places))), None)
    return Tool(name, found.version if found else "", digest_of(folder))


def digest_of(folder: Path) -> str:
    """sha256 over name and sha256 of every file as it lies there, so that one wheel has one digest on every machine.

    Not over the installation's RECORD: that says what was installed once, and keeps silent of a file that came later.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.suffix != ".pyc"}
    for name, path in sorted(files.items()):
        if path.is_file():
            digest.update(f"{name}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def sidecar(report: Path) -> Path:
    """Where a job leaves the measure of the tool that wrote `report`."""
    return report.with_name(f"{report.name}.alat")


def forget(report: Path) -> None:
    """What an earlier run, or the team's repository, left there is no measure of this run."""
    make_way(sidecar(report))


def keep(report: Path, tool: Tool) -> None:
    write_json(sidecar(report), {"alat": [tool.as_dict()]})


def attach(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """`ukur-alat`: puts the measure into the tool's own report. Without report or tool nothing is written: then nothing was measured."""
    command, distribution, package = PACKAGES[options.alat]
    program = shutil.which(command, path=environ.get("PATH"))
    report: Path = options.di
    if program is None or not report.is_file():
        print(f"Alat {options.alat} tidak diukur: {'laporan' if program else 'perintahnya'} tidak ada.")
        return EXIT_OK
    with report.open("rb") as file:
        data = json_object(file.read(MAX_BYTES + 1), str(report))
    tool = behind(Path(program), options.alat, distribution, package)
    make_way(report)
    write_json(report, {**data, "alat": [tool.as_dict()]})
    print(f"Alat {tool.name} {tool.version}: sha256 {tool.sha256[:12]}.")
    return EXIT_OK
