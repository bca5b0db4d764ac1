"""The judge's screen, line by line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import COMMIT, START

from kawal.policy import Judgement, Verdict
from kawal.policy.emergency import Pending
from kawal.policy.model import PolicyBasis, SwitchedOff
from kawal.policy.screen import basis as basis_line
from kawal.policy.screen import details, findings, screen, who
from kawal.policy.verdict import all_of


def judgement(*leaves: Verdict, **changes: Any) -> Judgement:
    tree = all_of("rilis", "rilis", leaves)
    value: dict[str, Any] = {"app_id": "a", "app_name": "Aplikasi", "tag": "v1", "commit": "0123456789"}
    return Judgement(**{**value, "verdict": tree, "roles": {"r": "Peran"}, **changes})


YES = (
    Verdict("x", "pendek", True, found="ada", note="catatan"),
    Verdict("y", "lebih panjang", True, found="ditemukan dua"),
)
DINAS = PolicyBasis(kind="kebijakan_dinas", text="Kebijakan 1", actor=None)
SHUT = Verdict("z", "Bukti belum ada", False, "PSE-001", "tidak ada", "satu", ("r", "q"), "kawal x", DINAS)


def test_an_open_release_on_the_screen() -> None:
    head = "RILIS PRODUKSI terbuka: Aplikasi v1 (0123456)"
    assert screen(judgement(*YES)).splitlines() == [
        f"{head:<68}2 syarat terpenuhi",
        " ✔ pendek         ada            catatan",
        " ✔ lebih panjang  ditemukan dua",
    ]
    assert screen(judgement(*YES), utf8=False).splitlines()[1] == (
        " OK pendek         ada            catatan"
    )


def test_a_locked_release_on_the_screen() -> None:
    pending = Pending("a", "i", "v0", COMMIT, START, "banjir", True, ("uat",))
    off = SwitchedOff(what="uji", reason="alasan", basis=DINAS)
    said = judgement(YES[0], SHUT, way="break-glass", alarms=(pending,), off=(off,))
    head = "RILIS PRODUKSI TERKUNCI (BREAK-GLASS): Aplikasi v1 (0123456)"
    assert screen(said).splitlines() == [
        f"{head:<68}1 dari 2 syarat belum terpenuhi",
        f" ✖ {pending.line}",
        "      Perintah:   kawal sahkan uat a --rilis v0",
        " ✔ pendek   ada  catatan",
        " ✖ PSE-001  Bukti belum ada",
        "      Ditemukan:  tidak ada",
        "      Dibutuhkan: satu",
        "      Siapa:      Peran atau q",
        "      Perintah:   kawal x",
        "      Dasar:      Kebijakan 1 (kebijakan dinas)",
        " ! uji tidak diminta: alasan (Kebijakan 1)",
        "Penjelasan: kawal jelaskan PSE-001",
    ]
    plain = screen(said, utf8=False).splitlines()
    assert (plain[1], plain[4]) == (f" X {pending.line}", " X PSE-001  Bukti belum ada")


@pytest.mark.parametrize("length", [67, 68, 69])
def test_a_long_head_keeps_its_distance(length: int) -> None:
    fixed = len("RILIS PRODUKSI terbuka:  v1 (0123456)")
    line = screen(judgement(YES[0], app_name="x" * (length - fixed))).splitlines()[0]
    head, _, count = line.partition("  ") if length >= 68 else (line[:68].rstrip(), "", line[68:])
    assert (len(head), count) == (length, "1 syarat terpenuhi")


@pytest.mark.parametrize("length", [47, 48, 49])
def test_a_long_finding_does_not_push_the_remarks_of_others_away(length: int) -> None:
    long = Verdict("x", "a", True, found="f" * length, note="n")
    lines = screen(judgement(long, Verdict("y", "b", True, found="g", note="m"))).splitlines()
    assert lines[1] == f" ✔ a  {'f' * length}  n"
    assert lines[2] == f" ✔ b  {'g':<{min(length, 48)}}  m"


def test_a_refusal_without_code_or_basis_is_shown_too() -> None:
    bare = Verdict("z", "Judul", False, found="f", needed="n", next="tunggu")
    lines = screen(judgement(bare)).splitlines()
    assert lines[1:5] == [
        " ✖   Judul",
        "      Ditemukan:  f",
        "      Dibutuhkan: n",
        "      Berikutnya: tunggu",
    ]
    assert details(replace(bare, next="kawalan"), {})[-1] == "Berikutnya: kawalan"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("sop", "T"),
        ("peraturan", "T"),
        ("kebijakan_dinas", "T (kebijakan dinas)"),
        ("bawaan_nasional", "T (bawaan nasional)"),
    ],
)
def test_the_basis_says_what_it_is(kind: Any, line: str) -> None:
    assert basis_line(replace(SHUT, basis=PolicyBasis(kind=kind, text="T", actor=None))) == line
    assert basis_line(replace(SHUT, basis=None)) == ""


def test_where_the_sop_names_nobody_it_says_on_what_ground_a_role_was_set() -> None:
    named = replace(SHUT, basis=PolicyBasis(kind="sop", text="T", actor="SK 1"))
    assert who(named, {"q": "Q"}) == "SOP tidak menyebut pelaku; ditetapkan dinas: r atau Q (SK 1)"
    assert who(replace(named, who=()), {}) == ""
    assert who(SHUT, {}) == "r atau q"
    assert who(replace(SHUT, basis=None), {"r": "R"}) == "R atau q"


def test_a_finding_has_every_part_of_the_format() -> None:
    assert findings(judgement(YES[0], SHUT, replace(SHUT, basis=None, next=None))) == [
        {
            "kode": "PSE-001",
            "judul": "Bukti belum ada",
            "gerbang": "z",
            "ditemukan": "tidak ada",
            "diperlukan": "satu",
            "dasar": "Kebijakan 1 (kebijakan dinas)",
            "siapa": "Peran atau q",
            "tenggat": None,
            "perbaikan": "kawal x",
            "tautan": None,
        },
        {
            "kode": "PSE-001",
            "judul": "Bukti belum ada",
            "gerbang": "z",
            "ditemukan": "tidak ada",
            "diperlukan": "satu",
            "dasar": "",
            "siapa": "Peran atau q",
            "tenggat": None,
            "perbaikan": None,
            "tautan": None,
        },
    ]
