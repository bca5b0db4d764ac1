"""What `kawal dokter` looks at on the forge: the bot's rights, the plan, the templates, who signs job tokens, PA's runners."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from kawal.forges.operations import RemoteGroup
from kawal.services.doctor_line import Line
from kawal.services.office import Office
from kawal.services.policies import token_issuer
from kawal.services.templates import find_pin

CLOCK_SKEW = timedelta(minutes=5)
OWNER = 50
UNKNOWN_GROUP = 6
NO_RIGHTS = 4


def forge(office: Office) -> Iterator[Line]:
    info = office.forge.info()
    yield Line("LULUS", "forge", f"{info.kind} {info.version} ({info.tier}) di {info.url}")
    yield Line("LULUS", "bot", f"{info.bot_username} (id {info.bot_user_id})")
    if info.tier in ("ce", "free"):
        yield Line(
            "PERINGATAN",
            "kemampuan forge",
            "edisi ini tidak dapat mewajibkan tinjauan atau menahan rilis",
            "gabung hanya oleh bot kawal, dan produksi dibuka oleh izin di target",
        )
    at = office.forge.server_time()
    now = datetime.now(UTC)
    if at is None:
        yield Line("PERINGATAN", "jam", "forge tidak menyebut waktunya")
    elif abs(now - at) > CLOCK_SKEW:
        yield Line(
            "GAGAL",
            "jam",
            f"berbeda {abs(now - at).total_seconds():.0f} detik dari forge",
            "betulkan jam mesin ini (NTP)",
            3,
        )
    else:
        yield Line("LULUS", "jam", f"selisih {abs(now - at).total_seconds():.0f} detik dari forge")


def groups(office: Office) -> Iterator[Line]:
    """Where applications and templates lie, and whether the bot may do there what it has to."""
    file, github = office.settings.file, office.settings.forge_kind == "github"
    seen: dict[str, RemoteGroup] = {}
    for path in dict.fromkeys((file.grup, file.grup_pa)):
        found = office.forge.group(path)
        if found is not None:
            seen[found.path] = found
        elif github:
            owner = path.split("/")[0]
            yield Line(
                "GAGAL",
                "organisasi",
                f"{owner} tidak ada di {office.settings.forge_url}",
                f"buat organisasi {owner} di GitHub (API tidak dapat membuatnya) dan jadikan bot Owner",
                UNKNOWN_GROUP,
            )
    for found in seen.values():
        yield _rights(found, github)
        if github and found.plan is not None:
            yield _plan(found.plan, office.settings.file.forge.perlindungan)
    if github and file.grup.split("/")[0].lower() != file.grup_pa.split("/")[0].lower():
        yield Line(
            "GAGAL",
            "grup_pa",
            f"pemilik {file.grup_pa} bukan pemilik {file.grup}: templat privat tidak terbagi ke sana",
            "pakai organisasi yang sama untuk grup dan grup_pa di kawal.yml",
            UNKNOWN_GROUP,
        )


def _rights(found: RemoteGroup, github: bool) -> Line:
    if found.level == OWNER:
        return Line("LULUS", "hak bot", f"Owner {found.path}")
    value = f"bot bukan {'Owner' if found.level else 'anggota'} {found.path}"
    if github:
        return Line("GAGAL", "hak bot", value, f"jadikan bot Owner {found.path}", NO_RIGHTS)
    return Line(
        "PERINGATAN",
        "hak bot",
        value,
        f"jadikan bot Owner {found.path}, supaya variabel, runner, dan undangan grup terbaca",
    )


def _plan(plan: str, protections: str) -> Line:
    """Private repositories on Free have neither rulesets nor environments."""
    if plan != "free" or protections == "dianjurkan":
        return Line("LULUS", "paket GitHub", plan)
    return Line(
        "PERINGATAN",
        "paket GitHub",
        "free: repositori privat tanpa ruleset, jadi setiap rilis terkunci (POSTUR-001)",
        "pindah ke paket Team, atau terima dengan `perlindungan: dianjurkan` di kawal.yml",
    )


def templates(office: Office) -> Iterator[Line]:
    pin = find_pin(office.forge, office.settings.file.grup_pa)
    yield Line("LULUS", "templat pipeline", f"v{pin.version} pada {pin.commit[:12]}")
    if office.settings.file.forge.perlindungan == "dianjurkan":
        yield Line(
            "PERINGATAN", "perlindungan", "paket forge ini tidak melindungi cabang dan tag: dianjurkan saja"
        )
    if office.settings.forge_kind == "github":
        yield runners(office, pin.project_id)


def runners(office: Office, project_id: int) -> Line:
    """An organisation's runners serve all its repositories, so that of the templates sees them. GitLab's serve named groups."""
    wanted = office.settings.file.runner_pa
    missing = sorted(set(wanted) - set(office.forge.runner_ids(project_id)))
    if wanted and not missing:
        return Line("LULUS", "runner PA", ", ".join(map(str, wanted)))
    what = f"{', '.join(map(str, missing))} tidak terdaftar di organisasi" if missing else "belum disebut"
    return Line(
        "PERINGATAN",
        "runner PA",
        what,
        "daftarkan runner berlabel pa (Settings organisasi › Actions › Runners), lalu tulis nomornya di runner_pa",
    )


def issuer(office: Office) -> Iterator[Line]:
    """The permit issuer takes job tokens of one pinned address only: a forge that calls itself otherwise would lock every release."""
    wanted = token_issuer(office.settings.forge_kind, office.settings.forge_url)
    found = office.forge.token_issuer()
    if found.issuer != wanted:
        yield Line(
            "GAGAL",
            "penerbit token pekerjaan",
            f"forge menyebut dirinya {found.issuer}, kawal.yml menyebut {wanted}",
            "tulis forge.url persis seperti forge menyebut dirinya (external_url GitLab), lalu: kawal kepercayaan ubah",
            UNKNOWN_GROUP,
        )
    elif urlsplit(found.keys_url)[:2] != urlsplit(wanted)[:2]:
        yield Line(
            "GAGAL",
            "penerbit token pekerjaan",
            f"kuncinya di tempat lain: {found.keys_url}",
            "minta pengelola forge memeriksa alamat luarnya (external_url)",
            UNKNOWN_GROUP,
        )
    else:
        yield Line("LULUS", "penerbit token pekerjaan", wanted)
