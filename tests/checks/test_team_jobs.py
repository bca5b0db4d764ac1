"""`saring-tim`, `mutu`, `periksa-situs`: what the team's own jobs become, one Code Quality file, a static site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kawal_checks.__main__ import main

GOOD = """
stages: [periksa, lapor]
variables: {WARNA: biru}
lint:
  stage: periksa
  image: php:8.2
  script: [vendor/bin/phpcs src]
  cache: {paths: [vendor]}
  artifacts: {paths: [hasil], reports: {junit: hasil/lint.xml}}
lapor:
  stage: lapor
  needs: [{job: lint, artifacts: true}]
  tags: [umum]
  when: always
  script: [cat hasil/lint.xml]
"""


def screened(tmp_path: Path, text: str) -> tuple[int, dict[str, Any]]:
    (tmp_path / "tim.yml").write_text(text, "utf-8")
    code = main(
        ["saring-tim", "--sumber", str(tmp_path / "tim.yml"), "--keluar", str(tmp_path / "keluar.yml")]
    )
    out = tmp_path / "keluar.yml"
    return code, yaml.safe_load(out.read_text("utf-8")) if out.is_file() else {}


def test_the_teams_jobs_come_out_on_the_common_runner_with_nothing_else_changed(tmp_path: Path) -> None:
    code, made = screened(tmp_path, GOOD)
    assert code == 0
    assert made["stages"] == ["periksa", "lapor"]
    assert made["lint"]["tags"] == made["lapor"]["tags"] == ["umum"]
    assert made["lint"]["script"] == ["vendor/bin/phpcs src"]
    assert made["lapor"]["rules"] == [{"when": "always"}]  # `when` beside `rules` would be an error on GitLab
    assert "when" not in made["lapor"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("tags: [pa]", "tags"),
        ("tags: [umum, pa]", "tags"),
        ("id_tokens: {T: {aud: kawal-izin}}", "id_tokens"),
        ("environment: production", "environment"),
        ("secrets: {X: {vault: a}}", "secrets"),
        ("trigger: pa/deploy", "trigger"),
        ("resource_group: produksi", "resource_group"),
        ("release: {tag_name: v1}", "release"),
        ("pages: true", "pages"),
        ("extends: .rilis", "extends"),
        ("inherit: {default: true}", "inherit"),
        ("hooks: {pre_get_sources_script: [a]}", "hooks"),
        ("artifacts: {reports: {dotenv: a.env}}", "artifacts.reports.dotenv"),
        ("artifacts: {untracked: true}", "artifacts.untracked"),
        ("needs: [{pipeline: '1', job: kemas}]", "needs.pipeline"),
        ("needs: [{project: pa/x, job: a, ref: main}]", "needs.project"),
        ("kata_baru: ya", "kata_baru"),
    ],
)
def test_what_could_reach_a_gate_is_refused_by_name(
    change: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, made = screened(tmp_path, f"uji:\n  script: [echo ok]\n  {change}\n")
    assert (code, made) == (3, {})
    assert f"uji: {named}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["include: lain.yml\nuji: {script: [a]}", "default: {tags: [pa]}\nuji: {script: [a]}", "workflow: {rules: []}\nuji: {script: [a]}",
             "uji: {tags: [umum]}", "spec: {inputs: {a: {}}}\nuji: {script: [a]}", "'a\x1b[2J': {script: [a]}"]
)  # fmt: skip
def test_what_is_no_plain_job_is_refused(text: str, tmp_path: Path) -> None:
    assert screened(tmp_path, text)[0] in (3, 6)


@pytest.mark.parametrize(
    "text", ["a: &x {script: [a]}\nb: *x", "a: {<<: {script: [a]}}", "a: !reference [b, script]", "a: [", ""]
)
def test_what_is_no_plain_yaml_cannot_be_read(text: str, tmp_path: Path) -> None:
    assert screened(tmp_path, text) == (6, {})


def test_an_earlier_screened_file_does_not_outlive_a_refusal(tmp_path: Path) -> None:
    assert screened(tmp_path, GOOD)[0] == 0
    assert screened(tmp_path, "uji: {tags: [pa], script: [a]}") == (3, {})


def test_code_quality_holds_the_findings_of_all_scanners_in_one_file(tmp_path: Path) -> None:
    data = Path(__file__).parents[1] / "data/checks"
    command = [
        "mutu",
        "--dari",
        f"keamanan-kode={data / 'keamanan_kode/semgrep-temuan.json'}",
        f"rahasia={data / 'rahasia/token.json'}",
    ]
    command += [
        f"dependensi={data / 'dependensi/tanpa-kunci.json'}",
        f"dokumen={tmp_path / 'tidak-ada.json'}",
    ]
    assert main([*command, "--keluar", str(tmp_path / "cq.json")]) == 0
    rows = json.loads((tmp_path / "cq.json").read_text("utf-8"))
    assert {row["check_name"].partition(":")[0] for row in rows} >= {"semgrep", "kawal"}
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    assert all(row["location"]["path"] and row["location"]["lines"]["begin"] >= 1 for row in rows)
    assert main(["mutu", "--dari", "bukan=x", "--keluar", str(tmp_path / "cq.json")]) == 6


def site(tmp_path: Path, **pages: str) -> int:
    root = tmp_path / "situs"
    (root / "gambar").mkdir(parents=True)
    (root / "gambar/logo.png").write_bytes(b"x")
    for name, text in pages.items():
        (root / f"{name}.html").write_text(text, "utf-8")
    report = tmp_path / "fungsi.xml"
    assert main(["periksa-situs", "--sumber", str(root), "--keluar", str(report)]) == 0
    return main(["fungsi", "--laporan", str(report)])


INDEX = '<title>Beranda</title><h1 id="atas">x</h1><img src="/gambar/logo.png"><a href="tentang#peta">t</a><a href="https://contoh.go.id">l</a>'
ABOUT = '<title>Tentang</title><p id="peta">y</p><a href="./#atas">kembali</a><a href="mailto:a@contoh.go.id">surat</a>'


def test_a_whole_site_passes_and_every_page_is_a_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site(tmp_path, index=INDEX, tentang=ABOUT) == 0
    assert "2 halaman, 0 bermasalah" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("page", "named"),
    [
        (ABOUT.replace('id="peta"', ""), "jangkar tidak ada: tentang#peta"),
        (ABOUT.replace("<title>Tentang</title>", ""), "tanpa judul"),
        (ABOUT + '<a href="/hilang.html">h</a>', "tautan buntu: /hilang.html"),
        (ABOUT + '<script src="js/a.js"></script>', "tautan buntu: js/a.js"),
        (ABOUT + '<a href="../../etc/passwd">h</a>', "tautan buntu: ../../etc/passwd"),
    ],
)
def test_a_broken_page_fails_and_says_where(
    page: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site(tmp_path, index=INDEX, tentang=page) == 3
    assert named.split(":")[0] in (tmp_path / "fungsi.xml").read_text("utf-8")
    assert "html" in capsys.readouterr().out


def test_a_site_without_pages_cannot_be_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert site(tmp_path) == 3
    assert "Tidak dapat dinilai" in capsys.readouterr().out
