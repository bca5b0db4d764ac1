"""Wrong use of `kawal-checks` and files that cannot be read: said in Indonesian, with the name or the path in question."""

from __future__ import annotations

from pathlib import Path

import pytest

from kawal_checks.__main__ import main
from kawal_checks.pengurai import in_indonesian


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    try:
        code = main(words)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "kawal-checks: salah pakai: belum disebut: UJI, --laporan"),
        (("beban",), "kawal-checks: salah pakai: belum disebut: --laporan"),
        (("bebam",), "UJI: 'bebam' tidak dikenal; maksud Anda 'beban'?"),
        (("xyz", "--laporan", "f"), "UJI: 'xyz' tidak dikenal; yang ada: unit, fungsi, integrasi"),
        (("beban", "--laporan"), "--laporan: nilainya belum disebut"),
        (("beban", "--laporan", "f", "--lapor", "g"), "tidak dikenal: --lapor"),
        (("beban", "--laporan", "f", "--keluaran", "pdf"), "--keluaran: 'pdf' tidak dikenal; pilih dari"),
        (("semua",), "kawal-checks semua: salah pakai: belum disebut: --lokal"),
        (("kemas",), "belum disebut: --sumber, --berkas, --keluar"),
        (("lint",), "berikan paling sedikit satu BERKAS"),
    ],
)
def test_wrong_use_is_told_in_indonesian(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], text: str
) -> None:
    code, shown = said(capsys, *words)

    assert code == 2
    assert shown.startswith("cara pakai: kawal-checks")
    assert text in shown
    assert "usage:" not in shown
    assert "error" not in shown


@pytest.mark.parametrize("words", [("--help",), ("lint", "-h"), ("semua", "--bantuan"), ("kemas", "-h")])
def test_help_has_no_word_of_argparse(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, shown = said(capsys, *words)

    assert code == 0
    assert "tampilkan bantuan ini" in shown
    assert not [
        word for word in ("usage:", "options:", "positional arguments", "show this help") if word in shown
    ]


def test_what_nobody_translated_is_shown_as_it_comes() -> None:
    assert in_indonesian("argument --proses: invalid int value: 'x'") == "--proses: 'x' bukan bilangan"
    assert in_indonesian("something new") == "something new"


@pytest.mark.parametrize(
    ("name", "content", "code", "place"),
    [
        ("tidak-ada.xml", None, 3, "{file}: tidak ada isinya"),
        ("kosong.xml", "", 3, "{file}: tidak ada isinya"),
        ("rusak.xml", "<testsuite", 6, "Tidak terbaca: {file}:1:1: ditemukan XML rusak"),
        ("rusak.json", '{"a"', 6, "Tidak terbaca: {file}:1:5: ditemukan JSON rusak"),
        ("asing.json", "{}", 6, "Tidak terbaca: {file}: ditemukan JSON de"),
    ],
)
def test_a_report_that_cannot_be_judged_is_named_by_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None, code: int, place: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content, "utf-8")

    found, shown = said(capsys, "fungsi", "--laporan", str(file))

    assert found == code
    assert place.format(file=file) in shown


def test_of_several_reports_the_one_that_is_broken_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "baik.xml", tmp_path / "rusak.xml"
    good.write_text('<testsuite tests="1"><testcase name="a" classname="b" time="1"/></testsuite>', "utf-8")
    bad.write_text("<", "utf-8")

    assert f"Tidak terbaca: {bad}:1:" in said(capsys, "fungsi", "--laporan", str(good), str(bad))[1]


@pytest.mark.parametrize(
    "words",
    [
        ("beban", "--laporan", "f", "--ambang", "{file}"),
        ("semua", "--lokal", "--ambang", "{file}"),
        ("lint", "{file}"),
        ("satukan", "--dari", "{file}", "--sumber", "{file}", "--keluar", "{file}/x"),
    ],
)
def test_a_file_that_is_not_there_is_named_with_the_reason_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    file = tmp_path / "berkas"
    if words[0] == "satukan":
        file.write_text("x", "utf-8")

    code, shown = said(capsys, *(word.format(file=file) for word in words))

    assert code == 6
    assert f"Tidak terbaca: {file}" in shown
    assert "Errno" not in shown
    assert "No such file" not in shown


def test_broken_thresholds_are_named_by_their_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ambang.json"
    file.write_text("{", "utf-8")

    assert (
        f"{file}:1:2: ditemukan JSON rusak"
        in said(capsys, "beban", "--laporan", "f", "--ambang", str(file))[1]
    )
