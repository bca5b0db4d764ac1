"""An official who never logs in: two persons transcribe the letter apart; and records taken back by role or by the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "surat-dua-penyalin"


@pytest.fixture(scope="module")
def papers(kantor: Kantor, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    kantor.approved(APP)
    folder = tmp_path_factory.mktemp("surat")
    proof, letter = folder / "bukti.pdf", folder / "surat.pdf"
    proof.write_bytes(b"%PDF-1.4 bukti pendataan")
    letter.write_bytes(b"%PDF-1.4 surat pejabat")
    return proof, letter


def words(papers: tuple[Path, Path], **changes: str) -> list[str]:
    proof, letter = papers
    options = {"nomor": "0042", "tanggal": "2026-11-20", "pejabat": "p-pemohon", **changes}
    named = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ["catat", "pse", APP, "--bukti", str(proof), "--surat", str(letter), *named]


def types(kantor: Kantor) -> int:
    return kantor.ledger_types().count("signoff")


def test_the_first_copy_waits_a_differing_second_is_told_and_an_equal_one_completes(
    kantor: Kantor, papers: tuple[Path, Path]
) -> None:
    before = types(kantor)
    assert kantor.must(*words(papers), person="p-pa").envelope["status"] == "menunggu"
    assert types(kantor) == before

    other = kantor.kawal(*words(papers, nomor="0043"), person="p-tata-kelola")
    assert (other.code, other.codes) == (3, ["INPUT-071"])
    assert "Salinan berbeda pada: pendataan" in other.err + str(other.envelope)
    assert types(kantor) == before

    again = kantor.must(*words(papers, nomor="0043"), person="p-pa")  # the first reader had misread it
    assert again.envelope["status"] == "menunggu"
    done = kantor.must(*words(papers, nomor="0043"), person="p-tata-kelola")
    assert done.envelope["status"] == "disahkan"
    assert types(kantor) == before + 1
    waiting = list(kantor.stage.home.rglob("menunggu/*.json"))
    assert waiting == []


def test_a_letter_needs_both_its_file_and_its_official(kantor: Kantor, papers: tuple[Path, Path]) -> None:
    proof, letter = papers
    said = kantor.kawal("catat", "pse", APP, "--bukti", str(proof), "--surat", str(letter), person="p-pa")
    assert said.code == 2
    stranger = kantor.kawal(*words(papers, pejabat="p-persandian"), person="p-pa")
    assert (stranger.code, stranger.codes) == (3, ["IDENT-021"])


def newest(kantor: Kantor, kind: str) -> Any:
    import sqlite3

    db = sqlite3.connect(next(iter(kantor.stage.home.rglob("ledger.sqlite3"))))
    found = db.execute(
        "SELECT payload_sha256 FROM entries WHERE type = ? AND app_id = ? ORDER BY seq DESC", (kind, APP)
    ).fetchone()
    db.close()
    return found[0]


def test_the_root_takes_back_what_no_role_can(kantor: Kantor, papers: tuple[Path, Path]) -> None:
    request = newest(kantor, "provision")
    by_role = kantor.kawal("cabut", request, "--alasan", "keliru", person="p-pa")
    assert (by_role.code, by_role.codes) == (3, ["IDENT-020"])
    by_root = kantor.must("cabut", request, "--alasan", "proyek keliru", "--akar", person="p-pa")
    assert by_root.data["dicabut"] == request
