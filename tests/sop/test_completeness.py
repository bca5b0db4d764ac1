"""What a request lacks, item by item, with who supplies it; and the form that asks for exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
from isi_formulir import fill

from kawal.completeness import letters, missing, unknown
from kawal.errors import InputError
from kawal.request_file import load_request
from kawal.services.forms import write
from kawal.sop.loader import load_profiles

PROFILES = {name: loaded.value for name, loaded in load_profiles().items()}


def lacking(name: str, documents: list[str], **answers: object) -> list[tuple[str, str | None, str]]:
    found = missing(PROFILES[name], documents, answers)  # type: ignore[arg-type]
    return [(one.item, one.part, one.supplied_by) for one in found]


def test_kaltara_lists_every_item_and_each_lettered_part() -> None:
    found = lacking("kaltara", [])
    assert len(found) == 7 + 9
    assert [part for item, part, _ in found if item == "kebutuhan_fungsional"] == [
        "a. fitur dan fungsi",
        "b. aktivitas yang dimonitor/diawasi",
        "c. data di dalam sistem",
        "d. bentuk pelaporan/output",
        "e. aturan atau standar yang harus dipenuhi",
        "f. autentikasi keamanan dan level hak akses",
        "g. kemungkinan integrasi data",
        "h. gambaran antarmuka",
        "i. uraian lainnya",
    ]
    assert {who for _, _, who in found} == {"pemohon"}


def test_only_the_empty_letters_are_missing() -> None:
    parts = dict.fromkeys("abcefghi", "ada") | {"d": "  "}
    rest = {
        item.id: "ada"
        for item in PROFILES["kaltara"].request
        if item.id not in ("kebutuhan_fungsional", "jadwal")
    }
    assert lacking("kaltara", [], kebutuhan_fungsional=parts, **rest) == [
        ("kebutuhan_fungsional", "d. bentuk pelaporan/output", "pemohon"),
        ("jadwal", None, "pemohon"),
    ]


def test_one_text_does_not_answer_nine_parts() -> None:
    assert len(lacking("kaltara", [], kebutuhan_fungsional="semua ada di surat")) == 7 + 9


def test_katingan_wants_the_form_and_the_business_process() -> None:
    assert lacking("katingan", ["dokumen_proses_bisnis"]) == [
        ("formulir_analisis_kebutuhan", None, "pemohon")
    ]
    assert [part for _, part, _ in lacking("katingan", ["formulir_analisis_kebutuhan"])] == [
        "alur sistem",
        "data input dan output",
        "mekanisme validasi",
        "role pengguna",
        "form dan mekanisme pelaporan",
        "terkait lainnya",
    ]
    assert lacking("katingan", ["formulir_analisis_kebutuhan", "dokumen_proses_bisnis"]) == []


def test_bali_wants_six_items_from_the_agency() -> None:
    assert [(item, who) for item, _, who in lacking("bali", ["role_pengguna"])] == [
        ("alur_sistem", "pd"),
        ("data_input_output", "pd"),
        ("mekanisme_validasi", "pd"),
        ("mekanisme_pelaporan", "pd"),
        ("proses_bisnis_lainnya", "pd"),
    ]


@pytest.mark.parametrize("name", ["batam", "bolmut"])
def test_sop_without_a_list_misses_nothing(name: str) -> None:
    assert lacking(name, []) == []


def test_unknown_answers_are_named() -> None:
    profile = PROFILES["kaltara"]
    assert unknown(profile, {"manfaat": "x", "kebutuhan_fungsional": {"a": "x", "z": "x"}, "entah": "x"}) == (
        "entah",
        "kebutuhan_fungsional.z",
    )


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_form_is_a_request_that_lacks_exactly_what_is_not_filled_in(name: str, tmp_path: Path) -> None:
    file = tmp_path / "permohonan.yml"
    write(name, file)
    fill(file)
    wanted = load_request(file)
    profile = PROFILES[name]
    documents = [one.jenis for one in wanted.dokumen]
    assert (wanted.profil, unknown(profile, wanted.isian)) == (name, ())
    found = {one.item for one in missing(profile, documents, wanted.isian)}
    assert found == {item.id for item in profile.request} - set(documents)
    filled = {
        item.id: dict.fromkeys(letters(item), "ada") if letters(item) else "ada"
        for item in profile.request
        if item.id in wanted.isian
    }
    assert missing(profile, documents, filled) == ()
    with pytest.raises(InputError) as caught:
        write(name, file)
    assert caught.value.code == "INPUT-090"
