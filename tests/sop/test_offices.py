"""Acting officials where the profile lets them; two roles in one person where a letter says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from kawal.errors import InputError
from kawal.services.trust import load_persons
from kawal.sop.offices import titled
from kawal.sop.schema import Role

ROLES = (
    Role.model_validate({"id": "kadis", "nama": "Kepala Dinas"}),
    Role.model_validate({"id": "subkoor", "nama": "Sub Koordinator"}),
    Role.model_validate({"id": "persandian", "nama": "Sub Koordinator Persandian", "plt_plh": "tidak"}),
)
DAY = 'mulai: "2026-01-01"'


def persons(tmp_path: Path, *roles: str) -> Path:
    """A list of one person who holds `roles`, one a line from line 5 on."""
    lines = [
        'schema: "1"',
        "orang:",
        "  - id: p-satu",
        "    peran:",
        *(f"      - {{{role}}}" for role in roles),
    ]
    path = tmp_path / "orang.yml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


ALLOWED = [
    [f"peran: kadis, {DAY}"],
    [f"peran: kadis, status: plt, {DAY}"],
    [f"peran: kadis, {DAY}", f'peran: subkoor, status: plh, {DAY}, surat: "SPH 800/12/2026"'],
    # One after the other is no second role; nor is the same role twice, nor one that no SOP names.
    [f'peran: kadis, {DAY}, sampai: "2026-05-31"', 'peran: subkoor, mulai: "2026-06-01"'],
    [f"peran: kadis, status: plt, {DAY}", 'peran: kadis, mulai: "2026-06-01"'],
    [f"peran: kadis, {DAY}", f"peran: peninjau, {DAY}"],
]


@pytest.mark.parametrize("roles", ALLOWED)
def test_allowed(tmp_path: Path, roles: list[str]) -> None:
    assert len(load_persons(persons(tmp_path, *roles), ROLES).orang[0].peran) == len(roles)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("kadis", []),
        ("peninjau", []),
        ("subkor", ["peran 'subkor' tidak dikenal SOP; maksud Anda 'subkoor'?"]),
        ("raja", ["peran 'raja' tidak dikenal SOP; yang dikenal: kadis, peninjau, persandian, subkoor"]),
    ],
)
def test_a_role_that_no_sop_knows_is_told_and_let_in(tmp_path: Path, role: str, said: list[str]) -> None:
    path = persons(tmp_path, f"peran: {role}, {DAY}")
    warned: list[str] = []

    load_persons(path, ROLES, {one.id for one in ROLES}, warn=warned.append)

    assert warned == [f"PERINGATAN {path}:5:17: orang.1.peran.1.peran: {text}" for text in said]


def test_every_problem_is_told_at_its_place(tmp_path: Path) -> None:
    path = persons(
        tmp_path,
        f"peran: kadis, {DAY}",
        f"peran: subkoor, {DAY}",
        f"peran: persandian, status: plt, {DAY}, surat: SK",
    )
    with pytest.raises(InputError) as caught:
        load_persons(path, ROLES)
    assert caught.value.code == "PERCAYA-010"
    text = caught.value.text()
    assert (
        f"{path}:6:9: orang.1.peran.2: Sub Koordinator dirangkap dengan Kepala Dinas; surat: wajib diisi"
        in text
    )
    assert (
        "orang.1.peran.3.status: Sub Koordinator Persandian tidak dapat dijabat Plt. menurut profil" in text
    )
    assert caught.value.exit_code == 6


def test_an_acting_official_is_called_so() -> None:
    assert titled("Kepala Dinas", "plt") == "Plt. Kepala Dinas"
    assert titled("Kepala Dinas", "definitif") == "Kepala Dinas"
