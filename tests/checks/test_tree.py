"""`periksa-pohon` over small trees: secrets by file and line and never in the open, lock files, vendor folders, documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kawal_checks.__main__ import main
from kawal_checks.gates import GATES
from kawal_checks.model import GateContext
from kawal_checks.rahasia import SHAPES

ROOT = Path(__file__).parents[2]


def inspect(tree: Path, files: Mapping[str, str], tmp_path: Path) -> dict[str, Any]:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, "utf-8")
    report = tmp_path / "laporan/pohon.json"
    assert main(["periksa-pohon", "--sumber", str(tree), "--keluar", str(report)]) == 0
    data: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return data


# Put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "kunci privat": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "token GitLab": "glpat-" + "aB3" * 8,
    "token GitHub": "ghp_" + "a1B2" * 9,
    "kunci AWS": "AKIA" + "ABCD2345" * 2,
    "kunci Google": "AIza" + "x" * 35,
    "kunci Azure Storage": "AccountKey=" + "aB3+" * 21 + "xy==",
    "token Slack": "xoxb-" + "1a" * 15,
    "token Telegram": "123456789:AA" + "b" * 33,
    "token Discord": "M" + "a" * 23 + "." + "b" * 6 + "." + "c" * 27,
    "token npm": "npm_" + "aB1" * 12,
    "token PyPI": "pypi-AgE" + "Ia" * 30,
    "kunci Stripe": "sk_" + "live_" + "4e" * 12,
    "kunci SendGrid": "SG." + "a" * 22 + "." + "b" * 43,
    "kunci Mailchimp": "0a" * 16 + "-us12",
    "kunci Square": "sq0csp-" + "a" * 43,
    "kunci Twilio": "SK" + "0f" * 16,
    "kunci OpenAI": "sk-" + "a" * 20 + "T3Blbk" + "FJ" + "b" * 20,
    "JWT": "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiJhIn0xMjM0" + "." + "s" * 30,
    "nilai acak di kode": "'api_key' => '" + "q7Zp2LmX9vTb4RkW8sYc" + "'",
    "kata sandi di alamat": "mysql://web:" + "rahasia9@basisdata/pasar",
}


def test_every_kind_has_a_row() -> None:
    assert set(SHAPES) | {"nilai acak di kode"} == set(SECRETS)


@pytest.mark.parametrize(
    "text",
    [
        "'password' => 'required|string|min:8|confirmed',",
        "'password' => 'kata-sandi-pengguna-baru-harus-diisi',",
        "token: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1'",
        "'password_reset' => 'password.reset.link.sent'",
        "$secret = env('APP_SECRET_YANG_PANJANG_SEKALI_1');",
        "integrity: 'sha512-q7Zp2LmX9vTb4RkW8sYc'",
    ],
)
def test_a_telling_name_without_a_random_value_is_no_secret(text: str, tmp_path: Path) -> None:
    assert inspect(tmp_path / "p", {"a.php": text + "\n"}, tmp_path)["rahasia"] == []


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_by_line_and_its_text_is_not_repeated(kind: str, tmp_path: Path) -> None:
    data = inspect(tmp_path / "p", {"a/konfigurasi.txt": f"satu\ndua {SECRETS[kind]} tiga\n"}, tmp_path)
    assert data["rahasia"] == [{"tempat": "a/konfigurasi.txt:2", "jenis": kind}]
    assert SECRETS[kind] not in (tmp_path / "laporan/pohon.json").read_text("utf-8")
    result = GATES["rahasia"].judge_bytes(json.dumps(data).encode(), {}, GateContext())
    assert (result.verdict, result.findings[0].place) == ("gagal", "a/konfigurasi.txt:2")


def test_environment_files_are_secret_but_their_examples_are_not(tmp_path: Path) -> None:
    text = "APP_NAME=pasar\n\nDB_PASSWORD=pasar2026\nMAIL_PASSWORD=\n"
    data = inspect(
        tmp_path / "p", {".env": text, ".env.example": text, "web/.env.production": text}, tmp_path
    )
    assert [row["tempat"] for row in data["rahasia"]] == [".env:3", "web/.env.production:3"]


def test_ordinary_text_is_no_secret(tmp_path: Path) -> None:
    files = {
        "a.md": "Alamat: https://contoh.go.id/masuk?a=b@c\nPASSWORD=ganti\n",
        "b.js": "const url = `http://${host}:${port}@x`;\n",
    }
    assert inspect(tmp_path / "p", files, tmp_path)["rahasia"] == []


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"composer.json": '{"require": {"laravel/framework": "^12"}}'}, "tanpa composer.lock"),
        ({"composer.json": '{"require": {"laravel/framework": "^12"}}', "composer.lock": "{}"}, ""),
        ({"web/package.json": '{"dependencies": {"vue": "^3"}}'}, "tanpa package-lock.json"),
        ({"web/package.json": '{"dependencies": {"vue": "^3"}}', "web/pnpm-lock.yaml": ""}, ""),
        (
            {"web/package.json": '{"dependencies": {"vue": "^3"}}', "package-lock.json": ""},
            "tanpa package-lock.json",
        ),
        ({"requirements.txt": "flask==3.1.0\nrequests>=2\n"}, "1 paket tanpa versi pasti"),
        ({"requirements.txt": "flask==3.1.0 # web\n-r lain.txt\n"}, ""),
        ({"pyproject.toml": '[project]\nname = "a"\ndependencies = ["flask"]\n'}, "tanpa uv.lock"),
        ({"package.json": "{rusak"}, "tanpa package-lock.json"),
    ],
)
def test_every_list_of_dependencies_needs_its_lock_file(
    files: dict[str, str], problem: str, tmp_path: Path
) -> None:
    data = inspect(tmp_path / "p", files, tmp_path)
    found = [row["masalah"] for row in data["dependensi"]["manifes"]]
    assert len(found) == 1
    assert found[0].startswith(problem) if problem else found == [""]
    verdict = GATES["dependensi"].judge_bytes(json.dumps(data).encode(), {}, GateContext()).verdict
    assert verdict == ("gagal" if problem else "lulus")


@pytest.mark.parametrize("text", ['{"require": {"php": ">=8.2", "ext-pdo": "*"}}', '{"name": "a/b"}'])
def test_a_list_without_dependencies_needs_no_lock(text: str, tmp_path: Path) -> None:
    assert inspect(tmp_path / "p", {"composer.json": text}, tmp_path)["dependensi"]["manifes"] == []


def test_committed_libraries_are_counted_and_not_looked_into(tmp_path: Path) -> None:
    files = {
        "vendor/autoload.php": "", "vendor/x/a.php": "", "vendor/x/composer.json": '{"require": {"a/b": "1"}}', "node_modules/vue/index.js": "",
        "app/vendor/logo.svg": "",
    }  # fmt: skip
    data = inspect(tmp_path / "p", files, tmp_path)
    assert data["dependensi"] == {
        "manifes": [],
        "vendor": [{"folder": "node_modules", "berkas": 1}, {"folder": "vendor", "berkas": 3}],
    }


def test_documents_of_the_untouched_skeleton_are_placeholders_and_those_of_the_demo_are_written(
    tmp_path: Path,
) -> None:
    states = {}
    for name, tree in (
        ("kerangka", "pipeline-templates/skeleton"),
        ("demo", "automation/kawal/demo_data/aplikasi"),
    ):
        report = tmp_path / f"{name}.json"
        assert main(["periksa-pohon", "--sumber", str(ROOT / tree), "--keluar", str(report)]) == 0
        states[name] = GATES["dokumen"].judge_bytes(report.read_bytes(), {}, GateContext()).verdict
    assert states == {"kerangka": "gagal", "demo": "lulus"}
