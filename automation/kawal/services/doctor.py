"""`kawal dokter`: checks the surroundings, each line with its repair."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from kawal.bahasa import t
from kawal.errors import EXIT_UNREADABLE, KawalError
from kawal.ledger.store import MIN_FREE_BYTES
from kawal.ledger.trust import holds
from kawal.outcome import Outcome
from kawal.services import doctor_doors, doctor_forge
from kawal.services.doctor_line import Line
from kawal.services.office import Office
from kawal.sop.loader import profile_of


def examine(office: Office) -> Outcome:
    """All checks, none stopping the next. Exit 0 without GAGAL, else the gravest cause."""
    # What stops several checks is said once.
    lines = list(
        dict.fromkeys([*_forge(office), *(line for check in CHECKS for line in _guarded(check, office))])
    )
    text = []
    for line in lines:
        text.append(f"{line.state:<11} {line.what:<28} {line.value}")
        if line.repair:
            text.append(f"            Perbaikan: {line.repair}")
    count = {state: sum(line.state == state for line in lines) for state in ("LULUS", "PERINGATAN", "GAGAL")}
    text.append(
        t(
            "Hasil: {ok} lulus, {warn} peringatan, {bad} gagal.",
            ok=count["LULUS"],
            warn=count["PERINGATAN"],
            bad=count["GAGAL"],
        )
    )
    codes = [line.exit_code for line in lines if line.state == "GAGAL"]
    worst = next((code for code in (6, 4, 5, 3) if code in codes), 0)
    data = {
        "baris": [
            {"keadaan": one.state, "apa": one.what, "nilai": one.value, "perbaikan": one.repair}
            for one in lines
        ]
    }
    return Outcome(
        "gagal" if codes else "baik",
        "\n".join(text),
        data,
        exit_code=worst or (EXIT_UNREADABLE if codes else 0),
    )


def _forge(office: Office) -> list[Line]:
    """Where the forge does not let the bot in, or does not answer, its other checks would only say so again."""
    try:
        lines = list(doctor_forge.forge(office))
    except KawalError as error:
        return [
            _trouble(error),
            Line("PERINGATAN", "belum dilihat", UNSEEN, "betulkan baris di atas, lalu: kawal dokter"),
        ]
    return [*lines, *(line for check in FORGE_CHECKS for line in _guarded(check, office))]


def _guarded(check: Callable[[Office], Iterator[Line]], office: Office) -> list[Line]:
    try:
        return list(check(office))
    except KawalError as error:
        return [_trouble(error)]


def _trouble(error: KawalError) -> Line:
    return Line("GAGAL", error.code, error.what, error.next_step or error.needed, error.exit_code)


def _trust(office: Office) -> Iterator[Line]:
    trust = office.trust()
    until = datetime.fromtimestamp(trust.expires_at, UTC)
    left = until - office.now()
    value = f"versi {trust.version}, berlaku s.d. {until:%Y-%m-%d}"
    if left < timedelta(0):
        yield Line("GAGAL", "kepercayaan", value, "kawal kepercayaan ubah", 3)
    elif left < timedelta(days=30):
        yield Line("PERINGATAN", "kepercayaan", value, "kawal kepercayaan ubah (perpanjang)")
    else:
        yield Line("LULUS", "kepercayaan", value)
    if trust.threshold < 2:
        yield Line(
            "PERINGATAN",
            "kunci akar",
            f"{trust.threshold} dari {len(trust.root_keys)} cukup",
            "dua kunci akar bila petugasnya ada; simpan salah satunya di brankas",
        )


def _holders(office: Office) -> Iterator[Line]:
    """Who of the SOP's steps and sign-offs nobody could act as today."""
    procedure = office.merged(profile_of(office.profiles, office.settings.file.profil))
    acting = [*(one.roles for one in procedure.steps), *(one.roles for one in procedure.signoffs)]
    wanted = dict.fromkeys(role for roles in acting for role in roles)
    now, persons = office.now(), office.trust().persons
    missing = [role for role in wanted if not any(holds(who, role, now) for who in persons)]
    if missing:
        yield Line(
            "PERINGATAN",
            "peran SOP",
            "tidak dipegang siapa pun: " + ", ".join(f"{procedure.roles[role]} ({role})" for role in missing),
            "tambahkan pemegangnya di orang.yml, lalu: kawal kepercayaan ubah --orang orang.yml",
        )
    else:
        yield Line("LULUS", "peran SOP", f"{len(wanted)} peran, masing-masing ada pemegangnya")


def _calendar(office: Office) -> Iterator[Line]:
    procedure = office.merged(profile_of(office.profiles, office.settings.file.profil))
    calendar = office.calendar(procedure)
    this = office.now().year
    for year in (this, this + 1):
        warning = calendar.warn(year)
        if warning:
            yield Line("PERINGATAN", f"kalender {year}", warning, "lengkapi berkas kalender: di kawal.yml")
        else:
            yield Line("LULUS", f"kalender {year}", "hari libur dan cuti bersama dikenal")


def _disk(office: Office) -> Iterator[Line]:
    free = shutil.disk_usage(
        office.settings.data_dir if office.settings.data_dir.exists() else office.settings.base
    ).free
    value = f"{free // (1024 * 1024)} MB bebas"
    if free < MIN_FREE_BYTES:
        yield Line("GAGAL", "disk", value, "kosongkan disk: di bawah 200 MB tidak ada yang dicatat", 5)
    else:
        yield Line("LULUS", "disk", value)


def _ledger(office: Office) -> Iterator[Line]:
    size = office.ledger.size()
    if office.ledger.trouble:
        yield Line(
            "GAGAL", "buku catatan", office.ledger.trouble, "kawal verifikasi, lalu pulihkan dari cadangan", 6
        )
    else:
        yield Line("LULUS", "buku catatan", f"{size} catatan, pohon dan titik periksa cocok")


FORGE_CHECKS: tuple[Callable[[Office], Iterator[Line]], ...] = (
    doctor_forge.groups,
    doctor_forge.templates,
    doctor_forge.issuer,
)
UNSEEN = "hak bot, templat pipeline, penerbit token pekerjaan"
CHECKS: tuple[Callable[[Office], Iterator[Line]], ...] = (
    doctor_doors.doors,
    _trust,
    _holders,
    _ledger,
    _calendar,
    _disk,
)
