"""Every recorded or bad report is a row: the file beside it says the verdict (tests/data/checks/<uji>/*.harap.json)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kawal_checks import kode
from kawal_checks.__main__ import main
from kawal_checks.berikutnya import NEXT
from kawal_checks.gates import GATES, Gate
from kawal_checks.keluaran import as_text, error_text
from kawal_checks.model import GateContext, ReportError

DATA = Path(__file__).parents[1] / "data" / "checks"
JUNIT = ("unit", "integrasi", "sistem")
"""Gates that share the reader and the rules of `fungsi`."""
ROWS = sorted(path for path in DATA.rglob("*.harap.json"))


def report_of(expectation: Path) -> Path:
    return expectation.with_name(expectation.name.removesuffix(".harap.json"))


@pytest.mark.parametrize("path", ROWS, ids=lambda path: str(report_of(path).relative_to(DATA)))
def test_report_gets_its_expected_verdict(path: Path) -> None:
    expected = json.loads(path.read_text("utf-8"))
    raw, gate = report_of(path).read_bytes(), GATES[path.parent.name]
    files = tuple(expected["berkas"]) if "berkas" in expected else None
    context = GateContext(target=expected.get("sasaran"), files=files)

    if expected["keluar"] == 6:
        with pytest.raises(ReportError) as refusal:
            gate.judge_bytes(raw, expected.get("ambang", {}), context)
        assert refusal.value.place
        assert refusal.value.needed
        return
    result = gate.judge_bytes(raw, expected.get("ambang", {}), context)

    assert result.verdict == expected["putusan"]
    assert sorted({reason.code for reason in result.reasons}) == sorted(expected["kode"])
    assert result.exit_code == expected["keluar"]
    if "tempat" in expected:
        assert expected["tempat"] in [finding.place for finding in result.findings]
    if "teks" in expected:
        assert expected["teks"] in " ".join(
            f"{r.text}: ditemukan {r.found}; dibutuhkan {r.needed}" for r in result.reasons
        )


@pytest.mark.parametrize("path", ROWS, ids=lambda path: str(report_of(path).relative_to(DATA)))
def test_command_exits_as_the_verdict_says(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected: dict[str, Any] = json.loads(path.read_text("utf-8"))
    arguments = [path.parent.name.replace("_", "-"), "--laporan", str(report_of(path)), "--keluaran", "json"]
    if "ambang" in expected:
        (tmp_path / "ambang.json").write_text(json.dumps(expected["ambang"]), "utf-8")
        arguments += ["--ambang", str(tmp_path / "ambang.json")]
    if "sasaran" in expected:
        arguments += ["--sasaran", expected["sasaran"]]
    if "berkas" in expected:
        tree = tmp_path / "pohon"
        for name in expected["berkas"]:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text("", "utf-8")
        arguments += ["--sumber", str(tree)]

    assert main(arguments) == expected["keluar"]

    shown = json.loads(capsys.readouterr().out)
    assert shown["kode_keluar"] == expected["keluar"]
    assert all(one["perbaikan"] for one in shown["temuan"])
    if expected["putusan"]:
        assert shown["data"]["verdict"] == expected["putusan"]


@pytest.mark.parametrize("gate", GATES.values(), ids=lambda gate: gate.uji)
def test_the_first_screen_of_a_refusal_names_each_next_step_once(gate: Gate[Any]) -> None:
    """A missing report and an unreadable one stand for all: the line comes from the code."""
    text = as_text(gate.judge_bytes(b"", {}, GateContext()), gate.title)
    assert text.splitlines()[0].startswith(f"Tidak dapat dinilai: {gate.title}: BUKTI-101 ")
    assert text.splitlines()[1:] == [f"  Berikutnya: {NEXT['BUKTI-101']}."]
    with pytest.raises(ReportError) as unreadable:
        gate.judge_bytes(b"<!DOCTYPE x>", {}, GateContext())
    assert error_text(unreadable.value).splitlines()[1:] == [f"  Berikutnya: {NEXT['INPUT-101']}."]


def test_every_gate_has_rows_that_pass_and_rows_that_do_not() -> None:
    exits: dict[str, set[int]] = {}
    for path in ROWS:
        exits.setdefault(path.parent.name, set()).add(json.loads(path.read_text("utf-8"))["keluar"])
    assert exits.pop("kemas") == {0, 6}
    assert all(found == {0, 3, 6} for found in exits.values())
    assert exits.keys() | {"kemas", *JUNIT} == GATES.keys()


@pytest.mark.parametrize("uji", JUNIT)
@pytest.mark.parametrize(
    "path", [one for one in ROWS if one.parent.name == "fungsi"], ids=lambda path: path.name
)
def test_every_kind_of_the_teams_tests_is_judged_alike(path: Path, uji: str) -> None:
    expected = json.loads(path.read_text("utf-8"))
    thresholds = {"schema": 1, uji: expected["ambang"]["fungsi"]} if "ambang" in expected else {}
    if expected["keluar"] == 6:
        with pytest.raises(ReportError):
            GATES[uji].judge_bytes(report_of(path).read_bytes(), thresholds, GateContext())
        return
    result = GATES[uji].judge_bytes(report_of(path).read_bytes(), thresholds, GateContext())
    assert (result.verdict, result.exit_code) == (expected["putusan"], expected["keluar"])
    assert all(reason.code.partition("-")[0] != "FUNGSI" for reason in result.reasons)


def test_every_gate_documents_itself_with_a_sample_and_every_code_in_rows_is_known() -> None:
    for gate in GATES.values():
        module = __import__(f"kawal_checks.gates.{gate.uji}", fromlist=["x"])
        assert "\n    " in (module.__doc__ or "")
        assert gate.uji == gate.uji.lower()
    used = {code for path in ROWS for code in json.loads(path.read_text("utf-8"))["kode"]}
    assert used <= kode.CODES.keys()


def test_every_code_says_what_to_do_next() -> None:
    assert NEXT.keys() == kode.CODES.keys()
    assert not [code for code, text in NEXT.items() if not re.fullmatch(r"[a-z].{15,130}[^.]", text)]
