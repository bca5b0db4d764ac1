"""No printed row is lost: every step row of the published documents (tests/data/baris_sop.yml) is in its profile, in order."""

from __future__ import annotations

import re
from typing import Any

import pytest
from builders import DATA

from kawal.completeness import letters
from kawal.services.profile_view import show
from kawal.services.profiles import listing
from kawal.sop.loader import load_profiles
from kawal.sop.schema import Profile
from kawal.sop.yamlsafe import load_document

SOURCES: list[dict[str, Any]] = load_document(DATA / "baris_sop.yml", limit=256 * 1024).value["sumber"]
IDS = [source["profil"] for source in SOURCES]
PROFILES = {name: loaded.value for name, loaded in load_profiles().items()}


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def of_part(source: dict[str, Any], part: str | None) -> list[tuple[str, str]]:
    """Rows of one numbering, without lettered parts of a row."""
    rows = [(row["nomor"], row["teks"]) for row in source["baris"] if row.get("bagian") == part]
    return [(number, text) for number, text in rows if not number[-1].isalpha()]


def same(rows: list[tuple[str, str]], printed: list[tuple[str, str]]) -> None:
    assert [number for number, _ in rows] == [number for number, _ in printed]
    for (number, text), (_, ours) in zip(rows, printed, strict=True):
        assert words(ours).startswith(words(text)[:40].rsplit(" ", 1)[0]), (number, text, ours)


def test_every_profile_has_its_printed_rows() -> None:
    assert sorted(IDS) == sorted(PROFILES), "write its rows into tests/data/baris_sop.yml"


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_every_printed_row_is_a_step_in_the_same_order(source: dict[str, Any]) -> None:
    profile = PROFILES[source["profil"]]
    part = "B" if any("bagian" in row for row in source["baris"]) else None
    same(of_part(source, part), [(step.number, step.text_as_printed or step.text) for step in profile.steps])
    if part:
        same(of_part(source, "G"), [(row.number, row.text) for row in profile.other_rows])


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_lettered_parts_are_kept_with_their_row(source: dict[str, Any]) -> None:
    profile = PROFILES[source["profil"]]
    for row in source["baris"]:
        number, letter = row["nomor"][:-1], row["nomor"][-1]
        if letter.isalpha():
            assert part_of(profile, number, letter, row["teks"]), row


def part_of(profile: Profile, number: str, letter: str, text: str) -> bool:
    step = next(step for step in profile.steps if step.number == number)
    found = next((item for item in step.items if item.startswith(f"{letter}. ")), None)
    if found is None:  # the list of the request belongs to step 1
        return any(letter in letters(item) for item in profile.request)
    return words(found[3:]).startswith(words(text)[:25].rsplit(" ", 1)[0])


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_profile_names_exactly_this_source(source: dict[str, Any]) -> None:
    found = PROFILES[source["profil"]].sop.source
    assert found is not None
    assert (found.source_file, found.sha256) == (source["berkas"], source["sha256"])


def test_the_rows_name_nobody() -> None:
    text = (DATA / "baris_sop.yml").read_text("utf-8")
    assert not re.search(r"\bNIP\b\.? ?\d|S\.STP|M\.Si|\d{8} \d{6}", text)


def test_list_counts_steps_and_mapped_rows() -> None:
    rows = {row["id"]: (row["langkah"], row.get("baris_tabel")) for row in listing(None).data["profil"]}
    assert rows == {
        "bali": (7, 0),
        "batam": (10, 0),
        "bolmut": (18, 0),
        "kaltara": (14, 7),
        "katingan": (14, 0),
        "nasional": (5, None),
    }


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_show_gives_each_step_its_printed_number_and_source(source: dict[str, Any]) -> None:
    shown = show(source["profil"], None, sources=True)
    steps = shown.data["langkah"]
    printed = [step for step in steps if step["dari_sop"]]
    assert len(printed) == len(PROFILES[source["profil"]].steps)
    assert {(step["sumber"], step["sumber_sha256"]) for step in printed} == {
        (source["berkas"], source["sha256"])
    }
    assert all(step["jenis_dasar"] == "sop" for step in printed)
    assert all(
        step["jenis_dasar"] != "sop" and step["sumber"] is None for step in steps if not step["dari_sop"]
    )
    assert shown.text.count("nomor tercetak «") == len(printed)


def test_show_maps_the_second_numbering_and_marks_inference() -> None:
    text = show("kaltara", None, sources=True).text
    assert "nomor tercetak «7» bagian B; = G6; SOP Kaltara 2022 langkah B7" in text
    assert " G6    = B7:" in text
    assert "pelaku tersirat, keyakinan sedang" in show("batam", None, sources=True).text
    assert "tercetak: «menetikan Surat Tugas" in show("katingan", None, sources=True).text
