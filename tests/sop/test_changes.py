"""What a newer revision of a profile changes, in words that an official can check."""

from __future__ import annotations

import json
from typing import Any

from builders import DATA

from kawal.sop.changes import changes
from kawal.sop.loader import load_overlay, load_profile
from kawal.sop.procedure import Procedure, procedure_for
from kawal.sop.schema import Profile

SIXTH: dict[str, Any] = load_profile(DATA / "profil" / "contoh.yml").document.value


def made(value: dict[str, Any]) -> Procedure:
    return procedure_for(Profile.model_validate(value), load_overlay().value)


def revised() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(SIXTH))
    return value


def test_same_profile_changes_nothing() -> None:
    assert changes(made(SIXTH), made(revised())) == ()


def test_steps_that_come_go_and_change_are_named() -> None:
    new = revised()
    new["langkah"][1]["waktu"]["asli"] = "2 hari kerja"
    new["langkah"][1]["peran"] = ["pemohon"]
    new["langkah"].insert(
        3,
        {
            "id": "3b",
            "nomor": "3b",
            "tahap": "dokumentasi",
            "peran": ["tim"],
            "judul": "Buku",
            "teks": "Menyusun.",
        },
    )
    assert changes(made(SIXTH), made(new)) == (
        "+ langkah 3b: Buku",
        "~ langkah 2, peran: Kepala Dinas -> Pemohon",
        "~ langkah 2, waktu: 1 hari kerja -> 2 hari kerja",
        "~ langkah 3, berikut: 4 -> 3b",
    )
    assert "- langkah 3b: Buku" in changes(made(new), made(SIXTH))


def test_tests_trigger_and_gate_are_named() -> None:
    new = revised()
    new["uji"] = []
    new["penyiapan"]["saat"] = "terbuka"
    new["gerbang_rilis"]["posisi"] = "sesudah"
    basis = "bawaan nasional (tahap uji kelaikan, Permenkomdigi 6/2025 Pasal 6)"
    papers = "Surat Rekomendasi atau Surat Tugas"
    assert changes(made(SIXTH), made(new)) == (
        f"~ uji beban, dasar: SOP Contoh 1/2026 langkah 3 (uji beban) -> {basis}",
        f"~ profil, penyiapan: langkah 2 selesai, {papers} -> langkah 2 terbuka, {papers}",
        "~ profil, gerbang rilis: sebelum langkah 4 -> sesudah langkah 4",
    )
