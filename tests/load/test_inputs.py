"""load.yml, thresholds and target: what is refused, and what mandatory endpoints may not lose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kawal_load.__main__ import main
from kawal_load.errors import LoadError
from kawal_load.scenario import Scenario, Step, join, read_scenario
from kawal_load.target import check_target
from kawal_load.thresholds import Point, Thresholds, read_thresholds
from kawal_load.yamlguard import load_yaml

HEAD = "schema: 1\nskenario:\n"
STEP = "  - {nama: GET /a, metode: GET, jalur: /a}\n"
MANDATORY = Thresholds(8, 10, 10, (Point("GET /tarif", "GET", "/tarif"),))


def scenario(text: str) -> Scenario:
    return read_scenario(load_yaml(text.encode(), "load.yml"), "load.yml")


def test_a_full_scenario_is_read() -> None:
    text = (
        HEAD
        + '  - {nama: POST /b, metode: POST, jalur: "/b?x=1", bobot: 3, isi: {a: "1"}, harap: 303}\njeda: [0, 1.5]\n'
    )
    assert scenario(text) == Scenario(
        "0", "1.5", (Step("POST /b", "POST", "/b?x=1", 3, {"a": "1"}, None, 303),)
    )


def test_the_shipped_files_are_read() -> None:
    root = Path(__file__).parents[2]
    demo = scenario((root / "automation/kawal/demo_data/aplikasi/load.yml").read_text("utf-8"))
    assert "GET /tarif" in [step.name for step in demo.steps]
    skeleton = scenario((root / "pipeline-templates/skeleton/load.yml").read_text("utf-8"))
    assert [step.path for step in join(skeleton, MANDATORY).steps] == ["/tarif"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "load.yml"),
        ("- a\n", "load.yml"),
        ("schema: 2\nskenario: []\n", "load.yml:schema"),
        (HEAD + "  - {nama: a, metode: GET}\n", "load.yml:skenario.1"),
        (HEAD + "  - {nama: a, metode: GET, jalur: /a, warna: x}\n", "load.yml:skenario.1"),
        (HEAD + "  - {nama: a, metode: TRACE, jalur: /a}\n", "load.yml:skenario.1.metode"),
        (HEAD + "  - {nama: a, metode: GET, jalur: //jahat.contoh/}\n", "load.yml:skenario.1.jalur"),
        (HEAD + "  - {nama: a, metode: GET, jalur: 'http://jahat.contoh/'}\n", "load.yml:skenario.1.jalur"),
        (HEAD + "  - {nama: a, metode: GET, jalur: '/\\jahat'}\n", "load.yml:skenario.1.jalur"),
        (HEAD + "  - {nama: a, metode: GET, jalur: /a, bobot: 0}\n", "load.yml:skenario.1.bobot"),
        (HEAD + "  - {nama: a, metode: GET, jalur: /a, bobot: -1}\n", "load.yml:skenario.1.bobot"),
        (HEAD + "  - {nama: a, metode: POST, jalur: /a, json: '{'}\n", "load.yml:skenario.1.json"),
        (HEAD + "  - {nama: a, metode: POST, jalur: /a, json: '1', isi: {a: b}}\n", "load.yml:skenario.1"),
        (HEAD + STEP + STEP, "load.yml:skenario"),
        (HEAD + STEP + "jeda: [2, 1]\n", "load.yml:jeda"),
        (HEAD + STEP + "jeda: [1e9, 1e9]\n", "load.yml:jeda"),
        ("schema: 1\nschema: 1\n", "load.yml:2:1"),
        ("a: &x [1]\nb: *x\n", "load.yml:1:4"),
        ("<<: {a: 1}\n", "load.yml:1:1"),
        ("a: !!python/object:os.system x\n", "load.yml:1:4"),
        ("a: " + "[" * 50 + "]" * 50, "load.yml:1:"),
        ("a: " + "[" * 5000, "load.yml"),
        ("a: [1\n", "load.yml:2:1"),
        ("a: 1\n" * 20_000, "load.yml"),
        ("a: \x00\n", "load.yml"),
    ],
)
def test_bad_scenario_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(LoadError) as refusal:
        scenario(text)
    assert refusal.value.place.startswith(place)


def test_mandatory_endpoint_missing_from_load_yml_is_still_requested() -> None:
    joined = join(scenario(HEAD + STEP), MANDATORY)
    assert [(step.name, step.path) for step in joined.steps] == [("GET /a", "/a"), ("GET /tarif", "/tarif")]


def test_mandatory_endpoint_cannot_be_pointed_at_a_lighter_page() -> None:
    with pytest.raises(LoadError, match="/sehat"):
        join(scenario(HEAD + "  - {nama: GET /tarif, metode: GET, jalur: /sehat}\n"), MANDATORY)


def test_mandatory_endpoint_cannot_declare_an_error_as_success() -> None:
    joined = join(
        scenario(HEAD + "  - {nama: GET /tarif, metode: GET, jalur: /tarif, harap: 404, bobot: 9}\n"),
        MANDATORY,
    )
    assert joined.steps == (Step("GET /tarif", "GET", "/tarif", 9, None, None, None),)


def test_nothing_to_request_is_refused() -> None:
    with pytest.raises(LoadError):
        join(Scenario("0", "1", ()), Thresholds(1, 1, 1, ()))


@pytest.mark.parametrize(
    "section",
    [
        {},
        {"detik": 0, "pengguna": 1, "laju": 1, "titik": []},
        {"detik": 8, "pengguna": True, "laju": 1, "titik": []},
        {"detik": 8, "pengguna": 1, "laju": "1", "titik": []},
        {"detik": 99999, "pengguna": 1, "laju": 1, "titik": []},
        {"detik": 8, "pengguna": 1, "laju": 1, "titik": [{"nama": "a", "metode": "GET"}]},
        {"detik": 8, "pengguna": 1, "laju": 1, "titik": [{"nama": "a", "metode": "GET", "jalur": "//x"}]},
    ],
)
def test_bad_thresholds_are_refused(section: dict[str, object]) -> None:
    with pytest.raises(LoadError):
        read_thresholds(json.dumps({"schema": 1, "beban": section}).encode())


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"schema": 1, "schema": 1}', b"[" * 60_000, b"\xff"])
def test_broken_thresholds_are_refused(raw: bytes) -> None:
    with pytest.raises(LoadError):
        read_thresholds(raw)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost:1", "https://[::1]:9", "http://uji.contoh.go.id"]
)
def test_this_machine_and_named_hosts_may_be_loaded(url: str) -> None:
    assert check_target(url, ["uji.contoh.go.id"]) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://contoh.go.id",
        "http://localhost.contoh.go.id",
        "http://uji.contoh.go.id@jahat.contoh/",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/?x=http://a",
        "file:///etc/passwd",
        "",
    ],
)
def test_every_other_host_is_refused(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "beban.json"
    report.write_text("lama", "utf-8")
    arguments = ["--url", url, "--ambang", str(tmp_path / "a"), "--keluar", str(report)]
    assert main([*arguments, "--izinkan-host", "uji.contoh.go.id"]) == 6
    assert "--url" in capsys.readouterr().err
    assert not report.exists()
