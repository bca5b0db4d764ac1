"""Every setting, read once into one frozen value with its origin. Nothing else reads the environment or `kawal.yml`.

Order: option > `KAWAL_*` > `./kawal.yml` (upwards to the git root) > `$XDG_CONFIG_HOME/kawal/config.yml` > `/etc/kawal/kawal.yml`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kawal.errors import InputError, LoginError
from kawal.sop.yamlsafe import load_document, validate

TOKEN_VARIABLES = {
    "gitlab": ("KAWAL_TOKEN", "GITLAB_TOKEN"),
    "github": ("KAWAL_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ForgeFile(_Strict):
    jenis: Literal["gitlab", "github"] = "gitlab"
    url: str
    perlindungan: Literal["ditegakkan", "dianjurkan"] = "ditegakkan"
    """`dianjurkan`: the Dinas knows that its plan of the forge has no protected refs; it becomes part of the signed policy."""


class TargetFile(_Strict):
    """A deploy target: its id, the door that takes permits and bytes, the address of the application on it."""

    id: str
    pintu: str
    aplikasi: str | None = None


class TargetsFile(_Strict):
    uji: TargetFile | None = None
    produksi: TargetFile | None = None


class KawalFile(_Strict):
    """`kawal.yml`, schema 1."""

    schema_: Literal["1"] = Field(alias="schema")
    instansi: str
    profil: str
    profil_dir: str | None = None
    forge: ForgeFile
    grup: str
    grup_pa: str = "pa"
    data: str = "data"
    kebijakan: str | None = None
    pintu: str | None = None
    target: TargetsFile = TargetsFile()
    runner_pa: tuple[int, ...] = ()
    kalender: str | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of one run. `origin` names for each key where its value came from."""

    file: KawalFile
    base: Path
    """Folder of kawal.yml: relative paths in it start here."""
    forge_kind: Literal["gitlab", "github"]
    forge_url: str
    token: str | None
    timeout_s: float
    ask: bool
    """False with KAWAL_TANPA_TANYA: never ask, refuse instead."""
    debug_api: bool
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def instance(self) -> str:
        return self.file.instansi

    @property
    def data_dir(self) -> Path:
        return self.path(self.file.data)

    def path(self, relative: str) -> Path:
        """A path of kawal.yml, relative to that file."""
        return (self.base / relative).resolve()

    def require_token(self) -> str:
        """The forge token; LoginError when none is set (never `~/.netrc`, never the command line)."""
        if not self.token:
            names = " atau ".join(TOKEN_VARIABLES[self.forge_kind])
            raise LoginError(
                "FORGE-002",
                f"Tidak ada token untuk {self.forge_url}",
                needed=f"variabel lingkungan {names}",
                next_step="export KAWAL_TOKEN=… (token bot dengan cakupan api), lalu ulangi perintah yang sama",
            )
        return self.token


def find_file(start: Path, environ: Mapping[str, str]) -> Path | None:
    """The `kawal.yml` that applies in folder `start`."""
    named = environ.get("KAWAL_BERKAS")
    if named:
        return Path(named)
    for folder in (start, *start.parents):
        candidate = folder / "kawal.yml"
        if candidate.is_file():
            return candidate
        if (folder / ".git").exists():
            break
    config_home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    for candidate in (config_home / "kawal" / "config.yml", Path("/etc/kawal/kawal.yml")):
        if candidate.is_file():
            return candidate
    return None


def load_settings(
    *,
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> Settings:
    """Reads the settings for a command run in `start`. Raises InputError KONF-001 listing every problem of the file."""
    environ = os.environ if environ is None else environ
    options = options or {}
    path = find_file(start or Path.cwd(), environ)
    if path is None:
        raise InputError(
            "KONF-002",
            "Berkas kawal.yml tidak ditemukan",
            needed="kawal.yml di folder ini atau di atasnya, atau KAWAL_BERKAS",
            next_step="kawal mulai",
        )
    file = validate(load_document(path, code="KONF-001"), KawalFile, code="KONF-001")
    return _merge(file, path, environ, options)


def _merge(file: KawalFile, path: Path, environ: Mapping[str, str], options: Mapping[str, str]) -> Settings:
    origin: dict[str, str] = {}

    def pick(key: str, variable: str, from_file: str) -> str:
        for source, value in ((f"--{key}", options.get(key)), (variable, environ.get(variable))):
            if value:
                origin[key] = source
                return value
        origin[key] = str(path)
        return from_file

    kind = pick("forge", "KAWAL_FORGE", file.forge.jenis)
    if kind not in ("gitlab", "github"):
        raise InputError(
            "KONF-003", f"KAWAL_FORGE: jenis forge {kind!r} tidak dikenal", needed="gitlab atau github"
        )
    forge_kind: Literal["gitlab", "github"] = "github" if kind == "github" else "gitlab"
    token = None
    for variable in TOKEN_VARIABLES[forge_kind]:
        if environ.get(variable):
            token = environ[variable]
            origin["token"] = variable
            break
    return Settings(
        file=file,
        base=path.resolve().parent,
        forge_kind=forge_kind,
        forge_url=pick("forge-url", "KAWAL_FORGE_URL", file.forge.url).rstrip("/"),
        token=token,
        timeout_s=_seconds(environ.get("KAWAL_BATAS_WAKTU", "30")),
        ask=not environ.get("KAWAL_TANPA_TANYA"),
        debug_api=environ.get("KAWAL_DEBUG") == "api",
        origin=origin,
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise InputError(
            "KONF-004", f"KAWAL_BATAS_WAKTU={text!r} bukan jumlah detik", needed="angka 1 sampai 3600"
        )
    return value
