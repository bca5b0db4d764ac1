"""`kawal-checks lint`: every rule finds its bad examples, none speaks about a good pipeline, the templates are clean."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from lint_variants import BASE, GITHUB_BASE, GITHUB_ROWS, ROWS, Change

from kawal_checks.__main__ import main
from kawal_checks.lint import GITHUB_RULES, GITLAB_RULES, all_rules, lint_document, rule_id
from kawal_checks.lint.muat import load
from kawal_checks.model import ReportError

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/lint"
TEMPLATE = (ROOT / "pipeline-templates/gitlab/kawal.yml").read_bytes()
TABLES = {"gitlab": (BASE, ROWS), "github": (GITHUB_BASE, GITHUB_ROWS)}
VARIANTS = [
    (forge, rule, change)
    for forge, (_, rows) in TABLES.items()
    for rule, (changes, _) in rows.items()
    for change in changes
]
NEIGHBOURS = [(forge, rule) for forge, (_, rows) in TABLES.items() for rule in rows]
FILES = sorted(DATA.rglob("*.yml"))


def dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()  # JSON is YAML without aliases


def found(raw: bytes, reference: bytes | None = None) -> set[str]:
    return {finding.rule for finding in lint_document(raw, "p.yml", reference)[1]}


@pytest.mark.parametrize(
    ("forge", "rule", "change"), VARIANTS, ids=[f"{forge}/{rule}" for forge, rule, _ in VARIANTS]
)
def test_every_weakening_is_found_by_its_rule(forge: str, rule: str, change: Change) -> None:
    pipeline = copy.deepcopy(TABLES[forge][0])
    change(pipeline)
    assert f"{forge}/{rule}" in found(dump(pipeline))


@pytest.mark.parametrize(("forge", "rule"), NEIGHBOURS)
def test_the_harmless_neighbour_of_a_weakening_passes(forge: str, rule: str) -> None:
    base, rows = TABLES[forge]
    pipeline = copy.deepcopy(base)
    rows[rule][1](pipeline)
    assert found(dump(pipeline)) == set()


def test_weakenings_of_the_real_template_are_found() -> None:
    """The same changes made to the central template: by their rule, and always as a difference from the template."""
    template = load(TEMPLATE, "templat")
    made = 0
    for forge, rule, change in VARIANTS:
        if forge == "github":
            continue
        pipeline = copy.deepcopy(template)
        try:
            change(pipeline)
        except (KeyError, IndexError):
            continue  # the small pipeline has another shape there
        if pipeline == template:
            continue
        made += 1
        assert found(dump(pipeline), TEMPLATE), rule
    assert made >= 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DATA)))
def test_example_files_say_what_their_rule_documents(path: Path) -> None:
    rule = f"{path.parent.parent.name}/{path.parent.name}"
    reference = (path.parent / "templat.txt").read_bytes() if rule == "gitlab/berbeda-dari-templat" else None
    rules = found(path.read_bytes(), reference)
    if path.name == "baik.yml":
        assert rules == set()
    else:
        assert rule in rules


def test_every_rule_has_examples_and_documents_itself() -> None:
    ids = {rule_id("gitlab", rule) for rule in GITLAB_RULES} | {
        rule_id("github", rule) for rule in GITHUB_RULES
    }
    assert {f"{path.parent.parent.name}/{path.parent.name}" for path in FILES} == ids
    assert {path.name for path in FILES} >= {"baik.yml", "buruk.yml"}
    assert all(len(rule.doc) > 30 for rule in all_rules())
    assert len(ids) == len(GITLAB_RULES) + len(GITHUB_RULES) == len(all_rules())


# Rows of the threat model that a pipeline's text can show. 20 (`[skip ci]`) and 21 (push options) leave no text: no evidence, no release.
ROWS_OF_THREATS = {
    15: {"variabel-berbahaya", "variabel-dapat-diisi"},
    16: {"variabel-berbahaya"},
    17: {"dotenv-ke-pekerjaan-lain", "artefak-tim-di-pekerjaan-pa"},
    18: {"gerbang-tanpa-perintah", "variabel-berbahaya"},
    19: {
        "boleh-gagal", "rilis-walau-gagal", "rilis-tanpa-gerbang", "gerbang-tidak-ada", "gerbang-opsional", "gerbang-manual", "gerbang-disaring",
        "putusan-dibungkam", "galat-dilonggarkan", "setelah-putusan", "merilis-di-luar-rilis", "dapat-disela", "diulang-sampai-lulus",
        "gerbang-bukan-sebelum-rilis", "rilis-lebih-luas",
    },
    22: {"sumber-tidak-dibatasi", "rilis-bukan-tag", "sumber-pekerjaan", "pipeline-ditiadakan"},
    23: {"gerbang-di-pipeline-lain", "pipeline-tim-tidak-disaring"},
    24: {"pemicu-membawa-variabel"},
}  # fmt: skip
ON_GITHUB = {
    15: {"variabel-berbahaya"},
    16: {"variabel-berbahaya"},
    17: {"menulis-lingkungan", "artefak-tim-di-pekerjaan-pa"},
    19: {
        "boleh-gagal", "rilis-walau-gagal", "rilis-tanpa-gerbang", "gerbang-tidak-ada", "gerbang-dapat-dilewati", "putusan-bersyarat",
        "putusan-dibungkam", "galat-dilonggarkan", "rilis-dapat-disela",
    },
    22: {"pemicu-tidak-diizinkan", "rilis-bukan-tag", "pemicu-disaring"},
    24: {"aksi-tidak-dikunci", "aksi-dari-repositori-tim", "teks-bebas-di-skrip"},
}  # fmt: skip


def test_every_row_of_the_threat_model_that_a_pipeline_can_show_has_its_rules() -> None:
    known = {rule.id for rule in all_rules()}
    for forge, rows in (("gitlab", ROWS_OF_THREATS), ("github", ON_GITHUB)):
        for row, rules in rows.items():
            assert {f"{forge}/{rule}" for rule in rules} <= known, row
            assert all(len(TABLES[forge][1][rule][0]) >= 1 for rule in rules), row


def test_the_central_template_is_clean_and_equal_to_itself() -> None:
    assert found(TEMPLATE, TEMPLATE) == set()


def test_the_template_is_compared_with_the_inputs_that_the_pipeline_was_made_of(tmp_path: Path) -> None:
    made = {"tumpukan": "php", "citra": "php:8.2"}
    php = dump(load(TEMPLATE, "templat", made))
    assert lint_document(php, "p.yml", TEMPLATE, made)[1] == ()
    assert "gitlab/berbeda-dari-templat" in found(php, TEMPLATE)
    with pytest.raises(ReportError, match="masukan"):
        load(TEMPLATE, "templat", {"bahasa": "php"})
    (tmp_path / "p.yml").write_bytes(php)
    command = [
        "lint",
        str(tmp_path / "p.yml"),
        "--templat",
        str(ROOT / "pipeline-templates/gitlab/kawal.yml"),
    ]
    assert main(command) == 3
    assert main([*command, "--masukan", "tumpukan=php", "--masukan", "citra=php:8.2"]) == 0


@pytest.mark.parametrize(
    "path", sorted((ROOT / "pipeline-templates/github").rglob("*.yml")), ids=lambda path: path.name
)
def test_the_github_workflows_are_clean(path: Path) -> None:
    assert found(path.read_bytes()) == set()


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1}\nc: *x",
        "a: {<<: {b: 1}}",
        "a: !reference [x, script]",
        "a: 1\na: 2",
        "- a",
        "",
        "a: [",
        "a: \xff",
        "[" * 60,
    ],
)
def test_what_is_not_an_expanded_pipeline_cannot_be_read(text: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        lint_document(text.encode("latin-1"), "p.yml")
    (tmp_path / "p.yml").write_bytes(text.encode("latin-1"))
    assert main(["lint", str(tmp_path / "p.yml")]) == 6


def test_command_exits_three_and_names_rule_and_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = DATA / "gitlab/gerbang-opsional/buruk.yml"
    assert main(["lint", str(bad)]) == 3
    assert "gitlab/gerbang-opsional" in capsys.readouterr().out
    assert main(["lint", str(DATA / "gitlab/gerbang-opsional/baik.yml")]) == 0
    assert main(["lint", "--daftar"]) == 0
    assert "github/boleh-gagal" in capsys.readouterr().out
