"""Every setting, read once into one frozen value with its origin. Nothing else reads the environment or `kawal.yml`.

Order: option > `KAWAL_*` > `./kawal.yml` (upwards to the git root) > `$XDG_CONFIG_HOME/kawal/config.yml` > `/etc/kawal/kawal.yml`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kawal.errors import InputError, LoginError
from kawal.sop.yamlsafe import Document, Problem, load_document, validate

TOKEN_VARIABLES = {
    "gitlab": ("KAWAL_TOKEN", "GITLAB_TOKEN"),
    "github": ("KAWAL_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
}
NEEDED_URL = "alamat lengkap, misalnya https://git.contoh.go.id"
NEEDED_INSTANCE = "huruf kecil, angka, tanda hubung"
NEEDED_GROUP = "jalur grup di forge: huruf, angka, titik, tanda hubung, garis bawah, dipisah garis miring"
_INSTANCE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_GROUP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


def is_forge_url(text: str) -> bool:
    """Whether requests can be sent there: http or https, a host, nothing invisible in between."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        return False
    return known and not re.search(r"\s", text)


def _url(text: str) -> str:
    if not is_forge_url(text):
        raise ValueError(f"ditemukan '{text}'; dibutuhkan {NEEDED_URL}")
    return text


def _instance(text: str) -> str:
    if not _INSTANCE.fullmatch(text):
        raise ValueError(f"ditemukan '{text}'; dibutuhkan {NEEDED_INSTANCE}")
    return text


def _group(text: str) -> str:
    if not _GROUP.fullmatch(text):
        raise ValueError(f"ditemukan '{text}'; dibutuhkan {NEEDED_GROUP}")
    return text


ForgeUrl = Annotated[str, AfterValidator(_url)]
Instance = Annotated[str, AfterValidator(_instance)]
Group = Annotated[str, AfterValidator(_group)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ForgeFile(_Strict):
    jenis: Literal["gitlab", "github"] = "gitlab"
    url: ForgeUrl
    batas_per_jam: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Issues, labels and milestones that the bot may create in an hour, where the forge limits it otherwise than we know."""
    perlindungan: Literal["ditegakkan", "dianjurkan"] = "ditegakkan"
    """`dianjurkan`: the Dinas knows that its plan of the forge has no protected refs; it becomes part of the signed policy."""


class TargetFile(_Strict):
    """A deploy target: its id, the door that takes permits and bytes, the address of the application on it."""

    id: str
    pintu: str
    aplikasi: str | None = None
    peran: Literal["target", "pintu"] = "target"
    """`pintu`: a host of the Dinas that verifies and then uploads elsewhere (rsync, SFTP, FTPS, cPanel); it holds that credential."""


class TargetsFile(_Strict):
    uji: TargetFile | None = None
    produksi: TargetFile | None = None


class KawalFile(_Strict):
    """`kawal.yml`, schema 1."""

    schema_: Literal["1"] = Field(alias="schema")
    instansi: Instance
    profil: str
    profil_dir: str | None = None
    forge: ForgeFile
    grup: Group
    grup_pa: Group = "pa"
    data: str = "data"
    kebijakan: str | None = None
    pintu: str | None = None
    target: TargetsFile = TargetsFile()
    runner_pa: tuple[int, ...] = ()
    kalender: str | None = None


class AuthorityFile(_Strict):
    """What one of several authorities has of its own; where it says nothing, the top of the file holds."""

    instansi: Instance
    profil: str
    grup: Group
    data: str | None = None
    """Default `data/<its name>`: every authority has its own ledger, trust and keys."""
    kebijakan: str | None = None
    pintu: str | None = None
    target: TargetsFile = TargetsFile()
    grup_pa: Group | None = None
    runner_pa: tuple[int, ...] | None = None
    kalender: str | None = None


class SharedFile(_Strict):
    """`kawal.yml` of several authorities on one forge, schema 1."""

    schema_: Literal["1"] = Field(alias="schema")
    forge: ForgeFile
    otoritas: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], AuthorityFile] = Field(min_length=1)
    profil_dir: str | None = None
    grup_pa: Group = "pa"
    runner_pa: tuple[int, ...] = ()
    kalender: str | None = None

    def file_of(self, name: str) -> KawalFile:
        """What `kawal.yml` would say if this authority were alone."""
        shared = self.model_dump(exclude={"otoritas"}, by_alias=True)
        own = self.otoritas[name].model_dump(exclude_none=True)
        return KawalFile.model_validate({**shared, "data": f"data/{name}", **own})


@dataclass(frozen=True)
class Settings:
    """The settings of one run. `origin` names for each key (`forge.url`) where its value came from; a key it lacks has its default."""

    file: KawalFile
    base: Path
    """Folder of kawal.yml: relative paths in it start here."""
    source: Path
    """The file itself, whatever it is called."""
    forge_kind: Literal["gitlab", "github"]
    forge_url: str
    token: str | None
    timeout_s: float
    ask: bool
    """False with KAWAL_TANPA_TANYA: never ask, refuse instead."""
    debug_api: bool
    authority: str = ""
    """Its name under `otoritas:`; empty where kawal.yml is of one authority alone."""
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
    """The settings of the one authority meant by `--otoritas`, KAWAL_OTORITAS, or by being alone in kawal.yml."""
    found = load_all(start=start, environ=environ, options=options)
    if len(found) > 1:
        raise unclear(found)
    return next(iter(found.values()))


def load_all(
    *,
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> dict[str, Settings]:
    """The settings of each authority that may be meant by a command run in `start`.

    Raises InputError KONF-001 listing every problem of the file, KONF-007 for a name that is not under `otoritas:`.
    """
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
    document = load_document(path, code="KONF-001")
    found = {
        name: _merge(name, file, path, _places(document, name), environ, options)
        for name, file in _files(document).items()
    }
    named = options.get("otoritas") or environ.get("KAWAL_OTORITAS")
    if not named:
        return found
    if named not in found:
        raise unclear(found, named)
    return {named: found[named]}


def unclear(found: Mapping[str, Settings], named: str | None = None) -> InputError:
    """KONF-007: which of several authorities a command is for."""
    names = sorted(name for name in found if name)
    return InputError(
        "KONF-007",
        f"Otoritas '{named}' tidak ada di kawal.yml" if named else "Otoritas mana yang dimaksud belum jelas",
        found=", ".join(names) or "kawal.yml memuat satu otoritas saja, tanpa otoritas:",
        needed="salah satu nama di bawah otoritas:" if names else "perintah tanpa --otoritas",
        next_step=f"kawal --otoritas {names[0]} …" if names else "ulangi tanpa --otoritas",
    )


def _files(document: Document) -> dict[str, KawalFile]:
    """Each authority's own settings; the name is empty where the file is of one alone."""
    if not isinstance(document.value, dict) or "otoritas" not in document.value:
        return {"": validate(document, KawalFile, code="KONF-001")}
    shared = validate(document, SharedFile, code="KONF-001")
    files = {name: shared.file_of(name) for name in shared.otoritas}
    if problems := list(_collisions(files)):
        raise document.error("KONF-001", problems)
    return files


def _places(document: Document, name: str) -> dict[str, str]:
    """Where each key that holds for the authority `name` was written, as file:line; its own place wins over the shared one."""
    own = ("otoritas", name)
    written = {loc: f"{document.name}:{mark.line}" for loc, mark in document.key_marks.items()}
    shared = {".".join(map(str, loc)): place for loc, place in written.items() if loc[0] != "otoritas"}
    return shared | {
        ".".join(map(str, loc[2:])): place for loc, place in written.items() if loc[:2] == own and loc[2:]
    }


def _collisions(files: Mapping[str, KawalFile]) -> Iterator[Problem]:
    """Authorities are told apart by these, on the forge and on disk."""
    names = list(files)
    for number, name in enumerate(names):
        for other in names[:number]:
            one, two = files[name], files[other]
            for key in ("instansi", "data", "pintu"):
                if getattr(one, key) is not None and getattr(one, key) == getattr(two, key):
                    yield Problem(("otoritas", name, key), f"sama dengan otoritas '{other}'")
            if f"{one.grup}/".startswith(f"{two.grup}/") or f"{two.grup}/".startswith(f"{one.grup}/"):
                yield Problem(("otoritas", name, "grup"), f"tumpang tindih dengan grup otoritas '{other}'")


def _merge(
    name: str,
    file: KawalFile,
    path: Path,
    origin: dict[str, str],
    environ: Mapping[str, str],
    options: Mapping[str, str],
) -> Settings:
    def pick(key: str, option: str, variable: str, from_file: str) -> str:
        for source, value in ((f"--{option}", options.get(option)), (variable, environ.get(variable))):
            if value:
                origin[key] = source
                return value
        return from_file

    forge_kind = known_kind(pick("forge.jenis", "forge", "KAWAL_FORGE", file.forge.jenis))
    forge_url = pick("forge.url", "forge-url", "KAWAL_FORGE_URL", file.forge.url)
    if not is_forge_url(forge_url):
        raise InputError(
            "KONF-008",
            f"{origin['forge.url']} bukan alamat forge",
            found=forge_url,
            needed=NEEDED_URL,
            next_step="betulkan atau hapus nilainya, lalu ulangi perintah yang sama",
        )
    token = None
    for variable in TOKEN_VARIABLES[forge_kind]:
        if environ.get(variable):
            token = environ[variable]
            origin["token"] = variable
            break
    if environ.get("KAWAL_BATAS_WAKTU"):
        origin["batas_waktu"] = "KAWAL_BATAS_WAKTU"
    return Settings(
        file=file,
        authority=name,
        base=path.resolve().parent,
        source=path.resolve(),
        forge_kind=forge_kind,
        forge_url=forge_url.rstrip("/"),
        token=token,
        timeout_s=_seconds(environ.get("KAWAL_BATAS_WAKTU") or "30"),
        ask=not environ.get("KAWAL_TANPA_TANYA"),
        debug_api=environ.get("KAWAL_DEBUG") == "api",
        origin=origin,
    )


def known_kind(word: str) -> Literal["gitlab", "github"]:
    """InputError for a forge that kawal does not know."""
    if word not in ("gitlab", "github"):
        raise InputError("KONF-003", f"Jenis forge {word!r} tidak dikenal", needed="gitlab atau github")
    return "github" if word == "github" else "gitlab"


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
