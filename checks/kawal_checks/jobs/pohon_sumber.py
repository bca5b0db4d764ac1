"""`periksa-pohon`: secrets, missing lock files, committed vendor folders and documents of a source tree. Never shows a secret itself."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kawal_checks.model import EXIT_OK
from kawal_checks.pohon import list_files
from kawal_checks.rahasia import MAX_FILE, find_secrets
from kawal_checks.readers.strict import MAX_BYTES, json_object

from . import ukur
from .berkas import write_json

MAX_ROWS = 2000
DOCUMENTS = ("docs/panduan-pengguna.md", "docs/instalasi.md", "docs/rancang-bangun.md")
PLACEHOLDER = "kawal:kerangka"
LEAST_LETTERS = 120

_VENDOR = {
    "node_modules": None,
    "bower_components": None,
    "site-packages": None,
    ".venv": None,
    "vendor": ("autoload.php", "modules.txt", "composer/installed.json"),
}
_LOCKS = {
    "composer.json": ("composer.lock",),
    "package.json": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
    "Pipfile": ("Pipfile.lock",),
    "pyproject.toml": ("uv.lock", "poetry.lock", "pdm.lock", "requirements.txt", "requirements.lock"),
    "Gemfile": ("Gemfile.lock",),
    "go.mod": ("go.sum",),
    "Cargo.toml": ("Cargo.lock",),
}


def inspect(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    source: Path = options.sumber
    files = list_files(source)
    secrets = [{"tempat": place, "jenis": kind} for place, kind in find_secrets(source, files)]
    manifests = [{"berkas": path, "masalah": problem} for path, problem in find_manifests(source, files)]
    vendored = [{"folder": folder, "berkas": number} for folder, number in find_vendored(files).items()]
    documents = [
        {"berkas": path, "keadaan": state_of(source / path)}
        for path in options.dokumen or wanted(environ) or DOCUMENTS
    ]
    report = {
        "schema": 1,
        "berkas": len(files),
        "rahasia": secrets[:MAX_ROWS],
        "dependensi": {"manifes": manifests, "vendor": vendored},
        "dokumen": documents,
        "alat": [ukur.installed("kawal", "kawal", "kawal_checks").as_dict()],
    }
    write_json(options.keluar, report)
    print(
        f"Diperiksa: {len(files)} berkas; {len(secrets)} rahasia, {len(vendored)} folder pustaka; {options.keluar}."
    )
    return EXIT_OK


def wanted(environ: Mapping[str, str]) -> list[str]:
    """The documents of the approved request, where the job has its thresholds; the gate asks for them again."""
    named = environ.get("KAWAL_AMBANG", "")
    if not named or not Path(named).is_file():
        return []
    section = json_object(Path(named).read_bytes()[: MAX_BYTES + 1], "ambang").get("dokumen")
    paths = section.get("wajib") if isinstance(section, dict) else None
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def find_vendored(files: Sequence[str]) -> dict[str, int]:
    """Folders of other people's code inside the tree, with how many files they hold."""
    known, found = set(files), dict[str, int]()
    for name in files:
        parts = name.split("/")[:-1]
        for number, part in enumerate(parts):
            folder = "/".join(parts[: number + 1])
            if part in _VENDOR:
                marks = _VENDOR[part]
                if marks is None or any(f"{folder}/{mark}" in known for mark in marks):
                    found[folder] = found.get(folder, 0) + 1
                    break
    return found


def find_manifests(source: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every list of dependencies outside vendor folders, and what is wrong with it."""
    known = set(files)
    inside = tuple(folder + "/" for folder in find_vendored(files))
    for name in files:
        folder, _, base = name.rpartition("/")
        if name.startswith(inside) if inside else False:
            continue
        if base in _LOCKS and _needs_something(source / name):
            locks = [f"{folder}/{lock}" if folder else lock for lock in _LOCKS[base]]
            yield name, "" if known & set(locks) else f"tanpa {' atau '.join(_LOCKS[base])}"
        elif re.fullmatch(r"requirements[\w-]*\.txt", base):
            loose = [line for line in _requirements(source / name) if "==" not in line and " @ " not in line]
            yield name, f"{len(loose)} paket tanpa versi pasti (==)" if loose else ""


def _requirements(path: Path) -> list[str]:
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8", "replace").splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


def _needs_something(path: Path) -> bool:
    """Whether the list names a dependency at all; what cannot be read counts as yes."""
    text = path.read_text("utf-8", "replace")
    try:
        if path.name == "composer.json":
            wanted = json.loads(text).get("require", {}) | json.loads(text).get("require-dev", {})
            return any("/" in name for name in wanted)
        if path.name == "package.json":
            data = json.loads(text)
            return any(data.get(key) for key in ("dependencies", "devDependencies", "optionalDependencies"))
        if path.name == "pyproject.toml":
            data = tomllib.loads(text)
            return bool(
                data.get("project", {}).get("dependencies")
                or data.get("tool", {}).get("poetry", {}).get("dependencies")
            )
    except (ValueError, AttributeError, TypeError):
        return True
    return "require" in text if path.name == "go.mod" else True


def state_of(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "tidak_ada"
    text = path.read_bytes()[:MAX_FILE].decode("utf-8", "replace")
    if PLACEHOLDER in text:
        return "kerangka"
    return "ada" if sum(letter.isalpha() for letter in text) >= LEAST_LETTERS else "kosong"
