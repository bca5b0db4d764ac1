"""Profiles: bad ones are refused with their place, the shipped ones say exactly what their SOP prints."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from builders import DATA, EXAMPLE_POLICY, batam, procedure
from pydantic import ValidationError

from kawal.errors import InputError
from kawal.services.profiles import lint
from kawal.sop.fields import STAGES
from kawal.sop.layers import DinasPolicy
from kawal.sop.lint import PIPELINE_TESTS
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profile, load_profiles, profile_of
from kawal.sop.procedure import procedure_for
from kawal.sop.schema import Profile, json_schema
from kawal.sop.yamlsafe import DocumentError

BAD = sorted((DATA / "profil_buruk").glob("*.yml"))
SIXTH = DATA / "profil" / "contoh.yml"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_is_refused_with_all_its_problems(path: Path) -> None:
    expected = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    known = [load_profile(SIXTH).value]
    is_policy = path.stem.startswith("kebijakan-")
    started = time.perf_counter()
    with pytest.raises(DocumentError) as caught:
        load_dinas_policy(path, known, path.name) if is_policy else load_profile(path, path.name)
    assert list(caught.value.problems) == expected
    assert caught.value.exit_code == 6
    assert time.perf_counter() - started < 2


def test_the_verb_names_every_problem_of_every_file_and_ends_with_6() -> None:
    files = [path for path in BAD if not path.stem.startswith("kebijakan-")]
    answer = lint([SIXTH, *files])
    assert answer.exit_code == 6
    for path in files:
        for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
            assert line in answer.text.replace(f"{path.parent}/", ""), line
    assert lint([SIXTH]).exit_code == 0


def test_there_are_enough_bad_files_and_each_has_its_message() -> None:
    assert len(BAD) >= 30
    assert {path.stem for path in BAD} == {path.stem for path in (DATA / "profil_buruk").glob("*.txt")}


def test_missing_file_names_it() -> None:
    with pytest.raises(InputError, match=r"berkas tidak-ada.yml tidak dapat dibaca"):
        load_profile(Path("tidak-ada.yml"))


def test_a_sixth_profile_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "contoh.yml").write_bytes(SIXTH.read_bytes())
    profiles = load_profiles([tmp_path])
    assert set(profiles) - set(load_profiles()) == {"contoh"}
    assert profile_of(profiles, "contoh").value.authority.zone == "Asia/Jayapura"


def test_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        profile_of(load_profiles(), "entah")
    assert caught.value.code == "PROFIL-022"
    assert "batam" in str(caught.value.needed)


def test_digest_is_that_of_the_file() -> None:
    loaded = load_profile(BUILTIN / "batam.yml")
    again = load_profile((BUILTIN / "batam.yml").read_bytes(), "salinan")
    assert (loaded.sha256, loaded.value) == (again.sha256, again.value)


def test_batam_has_the_ten_printed_steps_with_their_times() -> None:
    profile = load_profile(BUILTIN / "batam.yml").value
    assert [step.number for step in profile.steps] == [f"{n}." for n in range(1, 11)]
    assert [step.duration.printed if step.duration else None for step in profile.steps] == [
        "1 hari",
        "1 hari",
        "3 hari",
        "Sesuai jadwal",
        "3 hari",
        "2 hari",
        "2 Minggu",
        "2 Hari",
        "3 hari",
        "5 hari",
    ]
    assert [step.id for step in profile.steps if not step.inputs] == ["1", "3", "6", "7", "8"]
    assert [step.id for step in profile.steps if not step.outputs] == ["5", "6", "9"]
    assert {base.name[:16]: (base.state, base.by) for base in profile.legal if base.by} == {
        "PP 82/2012 Penye": ("diganti", "PP 71/2019"),
        "Permenkominfo 5/": ("dicabut", "Permenkomdigi 5/2025"),
    }


@pytest.mark.parametrize(
    ("profile_id", "numbers", "rows"),
    [
        ("bali", [str(n) for n in range(1, 8)], 0),
        ("batam", [f"{n}." for n in range(1, 11)], 0),
        ("bolmut", [str(n) for n in range(1, 19)], 0),
        ("kaltara", [str(n) for n in range(1, 15)], 7),
        ("katingan", [*(str(n) for n in range(1, 12)), "11", "12", "13"], 0),
    ],
)
def test_printed_rows_are_all_there(profile_id: str, numbers: list[str], rows: int) -> None:
    profile = load_profiles()[profile_id].value
    assert [step.number for step in profile.steps] == numbers
    assert len(profile.other_rows) == rows
    assert profile.sop.source is not None


def test_each_table_row_of_the_second_numbering_is_mapped_both_ways() -> None:
    profile = load_profiles()["kaltara"].value
    forward = {(row.id, key) for row in profile.other_rows for key in row.equivalents}
    assert forward == {(row, step.id) for step in profile.steps for row in step.equivalents}


SECURITY = "keamanan_aplikasi keamanan_kode persandian pse rahasia"


@pytest.mark.parametrize(
    ("profile_id", "sop", "national"),
    [
        ("bali", "", f"beban dependensi fungsi integrasi {SECURITY} uat"),
        (
            "bolmut",
            "instalasi kegunaan penetrasi uat",
            f"beban dependensi fungsi integrasi {SECURITY}",
        ),
        ("kaltara", "beban fungsi integrasi penetrasi uat", f"dependensi {SECURITY}"),
        (
            "katingan",
            "integrasi sistem uat unit",
            f"beban dependensi fungsi {SECURITY}",
        ),
    ],
)
def test_sop_is_cited_for_what_it_prints_and_the_rest_is_national(
    profile_id: str, sop: str, national: str
) -> None:
    found = procedure(profile_id, policy=False)
    bases = {test.kind: test.basis.kind for test in found.tests} | {
        s.kind: s.basis.kind for s in found.signoffs
    }
    assert " ".join(sorted(kind for kind, basis in bases.items() if basis == "sop")) == sop
    assert " ".join(sorted(kind for kind, basis in bases.items() if basis != "sop")) == national


@pytest.mark.parametrize("profile_id", ["bolmut", "kaltara"])
def test_penetration_test_takes_a_report_or_its_own_statement_and_no_scanner(profile_id: str) -> None:
    test = next(test for test in procedure(profile_id).tests if test.kind == "penetrasi")
    assert test.documents == ("laporan_uji_penetrasi", "pentest_tidak_tersedia")
    assert test.kind not in PIPELINE_TESTS


def test_each_requirement_of_batam_has_one_basis_and_the_sop_is_only_cited_for_what_it_prints() -> None:
    found = batam()
    assert {test.kind: test.basis.kind for test in found.tests} == {
        "fungsi": "sop",
        "keamanan_aplikasi": "sop",
        "instalasi": "sop",
        "beban": "kebijakan_dinas",
        "integrasi": "kebijakan_dinas",
        "keamanan_kode": "bawaan_nasional",
        "rahasia": "bawaan_nasional",
        "dependensi": "bawaan_nasional",
    }
    assert {(s.kind, s.roles, s.basis.kind, s.basis.actor, s.number) for s in found.signoffs} == {
        ("persandian", ("subkoor_persandian",), "sop", None, "9."),
        ("pse", ("pemohon",), "sop", "kebijakan dinas", "10."),
        ("uat", ("pemohon",), "kebijakan_dinas", None, "8."),
    }
    assert [step.key for step in found.before_gate()] == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_national_gates_and_tests_fill_an_sop_that_prints_none() -> None:
    found = procedure_for(load_profile(SIXTH).value, load_overlay().value)
    assert {test.kind: test.basis.kind for test in found.tests} == {
        "beban": "sop",
        "fungsi": "bawaan_nasional",
        "integrasi": "bawaan_nasional",
        "keamanan_kode": "bawaan_nasional",
        "keamanan_aplikasi": "bawaan_nasional",
        "rahasia": "bawaan_nasional",
        "dependensi": "bawaan_nasional",
    }
    assert {(s.kind, s.roles, s.basis.kind) for s in found.signoffs} == {
        ("uat", ("pemohon",), "bawaan_nasional"),
        ("persandian", ("pejabat_persandian",), "bawaan_nasional"),
        ("pse", ("pejabat_pendaftar",), "peraturan"),
    }
    assert [step.key for step in found.before_gate()] == ["1", "2", "3"]


def policy_for_contoh(**entry: object) -> DinasPolicy:
    data = {
        "schema": "1",
        "jenis": "kebijakan-dinas",
        "nama": "x",
        "daftar": [{"otoritas": "contoh", **entry}],
    }
    return DinasPolicy.model_validate(data)


@pytest.mark.parametrize("profile_id", sorted(load_profiles()))
def test_review_is_the_policy_of_the_dinas_everywhere(profile_id: str) -> None:
    """No SOP prints it and no regulation asks for it; a decision is cited only where it says so."""
    basis = procedure(profile_id, policy=False).review
    assert (basis.kind, basis.text[:25]) == ("kebijakan_dinas", "kebijakan dinas (tinjauan")


def test_the_decision_that_names_the_review_is_cited_and_none_can_switch_it_off() -> None:
    assert batam().review.text == "kebijakan dinas 050/001/CONTOH/2026 tanggal 5 Januari 2026"
    with pytest.raises(ValidationError):
        policy_for_contoh(tinjauan="tidak")


def test_dinas_fills_in_who_signs_and_the_basis_of_the_gate_stays_national() -> None:
    dinas = policy_for_contoh(pengesahan=[{"jenis": "pse", "peran": ["kadis"]}])
    pse = procedure_for(load_profile(SIXTH).value, load_overlay().value, dinas).signoff("pse")
    assert pse is not None
    assert (pse.roles, pse.basis.kind, pse.basis.actor) == (("kadis",), "peraturan", "kebijakan dinas")


def test_dinas_switches_off_a_national_part_but_never_what_the_sop_demands() -> None:
    off = [
        {"pengesahan": "pse", "alasan": "x"},
        {"uji": "uat", "alasan": "x"},
        {"uji": "beban", "alasan": "x"},
    ]
    found = procedure_for(load_profile(SIXTH).value, load_overlay().value, policy_for_contoh(matikan=off))
    assert [signoff.kind for signoff in found.signoffs] == ["persandian"]
    assert "beban" in {test.kind for test in found.tests}


def test_what_the_dinas_switched_off_is_named_with_reason_and_decision_in_the_policy() -> None:
    decided = {"nomor": "050/7/2026", "tanggal": "2026-01-05"}
    off = [{"pengesahan": "persandian", "alasan": "Diperiksa provinsi."}]
    dinas = policy_for_contoh(matikan=off, ditetapkan=decided)
    found = procedure_for(load_profile(SIXTH).value, load_overlay().value, dinas)
    (one,) = found.off
    assert (one.what, one.reason) == ("pengesahan persandian", "Diperiksa provinsi.")
    assert one.basis.text == "kebijakan dinas 050/7/2026 tanggal 5 Januari 2026"


def test_a_basis_that_no_longer_holds_says_so_where_it_is_cited() -> None:
    value = load_overlay().document.value
    value["pengesahan"][1]["dasar"]["keadaan"] = "dicabut"
    changed = load_overlay().value.model_validate(value)
    pse = procedure_for(load_profile(SIXTH).value, changed).signoff("pse")
    assert pse is not None
    assert pse.basis.state == "dicabut"
    assert pse.basis.text.endswith("(pendaftaran sebelum digunakan pengguna) (dicabut)")


def test_empty_required_set_is_an_error() -> None:
    profile = Profile.model_validate(load_profile(SIXTH).document.value | {"uji": []})
    overlay = load_overlay().value
    off = [{"uji": test.kind, "alasan": "x"} for test in overlay.default_tests]
    off += [{"pengesahan": signoff.kind, "alasan": "x"} for signoff in overlay.signoffs]
    with pytest.raises(InputError) as caught:
        procedure_for(profile, overlay, policy_for_contoh(matikan=off))
    assert caught.value.code == "PROFIL-023"


def test_every_shipped_profile_is_valid_and_holds_no_personal_number() -> None:
    for path in sorted(BUILTIN.glob("*.yml")):
        assert not re.search(r"\bNIP\.? ?\d|\b\d{8} ?\d{6} ?\d ?\d{3}\b", path.read_text(encoding="utf-8")), (
            path.name
        )
    profiles = load_profiles()
    load_dinas_policy(EXAMPLE_POLICY, [loaded.value for loaded in profiles.values()])
    for loaded in profiles.values():
        found = procedure_for(loaded.value, load_overlay().value)
        assert found.tests
        assert found.signoffs


def test_overlay_names_each_canonical_stage_once() -> None:
    assert tuple(entry.stage for entry in load_overlay().value.stages) == STAGES


def test_json_schema_speaks_the_keys_of_the_file() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert {"otoritas", "langkah", "penyiapan", "gerbang_rilis"} <= set(schema["required"])
    assert json.loads(json.dumps(schema)) == schema


def test_no_authority_is_named_in_python() -> None:
    names = "|".join(load_profiles())
    for path in (Path(__file__).parents[2] / "automation" / "kawal").rglob("*.py"):
        assert not re.search(rf"\b({names})\b", path.read_text(encoding="utf-8"), re.IGNORECASE), path
