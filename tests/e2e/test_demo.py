"""`kawal demo` once, as a user runs it with an empty HOME; then everything it promises is looked up in what it left."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cerita import DEMO_S, KAWAL, Cerita, cerita

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("demo")]

APP = "e-retribusi-pasar"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> tuple[Cerita, str]:
    """(what the demo left, what it said)"""
    story = cerita(tmp_path_factory.mktemp("demo"), pytestconfig.cache.mkdir("alat"))
    done = story.demo()
    return story, done.stderr + done.stdout


@pytest.fixture(scope="module")
def story(told: tuple[Cerita, str]) -> Cerita:
    return told[0]


@pytest.fixture(scope="module")
def summary(story: Cerita) -> dict[str, Any]:
    return story.summary


def test_first_locked_by_exactly_persandian_and_pse_then_open(summary: dict[str, Any]) -> None:
    first, second = summary["percobaan_rilis"]
    assert first["keputusan"] == "terkunci"
    assert sorted(code.partition("-")[0] for code in first["kode"]) == ["PSE", "SANDI"]
    assert (first["izin"], first["job_rilis"]) == (None, "skipped")
    assert (second["keputusan"], second["kode"], second["job_rilis"]) == ("terbuka", [], "success")
    assert re.fullmatch("[0-9a-f]{32}", second["izin"])


def test_the_second_apply_writes_nothing_and_the_first_did(story: Cerita, summary: dict[str, Any]) -> None:
    assert summary["terapkan_kedua"]["tulis"] == 0
    writes = [
        row["path"]
        for row in story.forge_log()
        if row["user"] == "bot-kawal" and row["method"] not in ("GET", "HEAD") and row["status"] < 300
    ]
    project = f"/api/v4/projects/{summary['proyek']['id']}"
    assert summary["proyek"]["isu"] == 10
    assert writes.count(f"{project}/issues") == 10 + 1  # and the mirror of the UAT, written by the server
    assert writes.count(f"{project}/labels") == summary["proyek"]["label"]
    assert writes.count(f"{project}/milestones") == summary["proyek"]["tonggak"]
    assert summary["selisih_label"] == ["~ label tahap::persandian"]


def test_every_kind_of_test_has_figures_of_this_run(story: Cerita, summary: dict[str, Any]) -> None:
    kinds = summary["uji"]
    assert {name: (row["status"], row["kelas"]) for name, row in kinds.items()} == {
        "fungsi": ("lulus", "dilaporkan"),
        "integrasi": ("lulus", "dilaporkan"),
        "keamanan_kode": ("lulus", "diamati"),
        "rahasia": ("lulus", "diamati"),
        "dependensi": ("lulus", "diamati"),
        "dokumen": ("lulus", "diamati"),
        "kemas": ("lulus", "diamati"),
        "instalasi": ("lulus", "diamati"),
        "beban": ("lulus", "diamati"),
        "keamanan_aplikasi": ("lulus", "diamati"),
        "uat": ("lulus", "disaksikan"),
    }
    assert kinds["fungsi"]["tes"] >= 5
    assert kinds["integrasi"]["tes"] >= 3
    assert kinds["keamanan_kode"]["berkas"] > 5
    assert kinds["beban"]["permintaan"] >= 40
    assert 0 < kinds["beban"]["p95_ms"] <= 800
    assert kinds["keamanan_aplikasi"]["halaman"] >= 3
    recorded = {
        one["uji"]: one["summary"]
        for _, one in reversed(story.records("evidence"))
        if one["commit"] in kinds["kemas"]["ringkasan"]
    }
    assert {name: row["ringkasan"] for name, row in kinds.items() if name != "uat"} == recorded


def test_evidence_names_the_bytes_of_pas_tools_and_says_where_nobody_measured(story: Cerita) -> None:
    measured = {
        one["uji"]: {tool["name"]: tool["sha256"] is not None for tool in one["tool_digests"]}
        for _, one in story.records("evidence")
    }
    assert measured == {
        "fungsi": {"junit": False},
        "integrasi": {"junit": False},
        "keamanan_kode": {"bandit": True},
        "rahasia": {"kawal": True},
        "dependensi": {"kawal": True},
        "dokumen": {"kawal": True},
        "kemas": {"git archive": False},
        "instalasi": {"kawal-target": False},
        "beban": {"locust": True},
        "keamanan_aplikasi": {"wapiti": True},
    }


def test_each_result_is_recorded_once(story: Cerita) -> None:
    seen = [(one["job"]["job_id"], one["raw_sha256"]) for _, one in story.records("evidence")]
    assert len(seen) == len(set(seen)) == 20  # ten kinds for each of the two merged commits


def test_the_target_takes_the_permitted_bytes_once(story: Cerita, summary: dict[str, Any]) -> None:
    target = summary["target"]
    assert (target["dipakai_ulang"], target["byte_lain"]) == ("ditolak", "ditolak")
    released = next(one for _, one in story.records("release") if one["tag"] == "v1.0.0")
    assert target["sha256"] == released["artifact_sha256"]
    assert released["artifact_sha256"][:12] in summary["uji"]["kemas"]["ringkasan"]


def test_refusals_and_the_permit_are_records(story: Cerita, summary: dict[str, Any]) -> None:
    first, second = summary["percobaan_rilis"]
    denials = [(one["where"], one["tag"], one["codes"]) for _, one in story.records("denial")]
    assert denials == [
        ("gerbang", "v1.0.0", first["kode"]),
        ("pintu", "v1.0.0", [summary["pintu_langsung"]["kode"]]),
        ("gerbang", "v1.0.1", summary["commit_berikutnya"]["kode"]),
    ]
    permits = [one for _, one in story.records("permit-record")]
    assert [one["jti"] for one in permits] == [second["izin"]]
    assert permits[0]["artifacts"] == [summary["target"]["sha256"]]
    assert [one["kind"] for _, one in story.records("signoff")] == ["uat", "persandian", "pse"]


def test_ways_around_stay_shut(summary: dict[str, Any]) -> None:
    assert summary["push_langsung"] == "ditolak"
    assert summary["pintu_langsung"]["status"] == 403
    assert summary["cabang_tanpa_gerbang"] == {
        "pekerjaan": ["dependensi", "dokumen", "fungsi", "integrasi", "keamanan-kode", "rahasia"],
        "berubah": False,
    }
    assert summary["pengesahan_sendiri"].startswith("IDENT-")
    after = summary["commit_berikutnya"]
    assert after["keputusan"] == "terkunci"
    assert {code.partition("-")[0] for code in after["kode"]} == {"SANDI", "UAT"}


def test_the_bundle_verifies_offline_and_notices_a_change(story: Cerita, tmp_path: Path) -> None:
    words = [KAWAL, "verifikasi", "bundel", "--akar", str(story.home / "kunci" / "akar.pub")]
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}

    def verify(folder: Path) -> int:
        return subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=False).returncode

    assert verify(story.folder) == 0
    entries = (story.folder / "bundel" / "entri.jsonl").read_text("utf-8").splitlines()
    assert len(entries) == len(story.records()) == story.summary["bundel"]["catatan"]
    subprocess.run(["cp", "-r", str(story.folder / "bundel"), str(tmp_path)], check=True)
    (tmp_path / "bundel" / "entri.jsonl").write_text("\n".join(entries[:-1]) + "\n", "utf-8")
    assert verify(tmp_path) == 3


class Links(HTMLParser):
    """Everything that a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in ("script", "link", "iframe", "img", "object") else []
        self.found += [
            f"{name}={value}" for name, value in attrs if name in ("src", "href") or name.startswith("on")
        ]


def test_the_page_stands_alone_and_shows_the_figures(story: Cerita, summary: dict[str, Any]) -> None:
    text = (story.folder / "laporan.html").read_text("utf-8")
    page = Links()
    page.feed(text)
    assert page.found == []
    assert "http" not in text
    assert "url(" not in text
    for shown in (summary["target"]["sha256"], summary["uji"]["fungsi"]["ringkasan"], "SANDI-001, PSE-001"):
        assert shown in text


def test_the_story_is_told_step_by_step(told: tuple[Cerita, str]) -> None:
    story, said = told
    assert re.findall(r"^\[(\d+)/10\]", said, re.MULTILINE) == [str(one) for one in range(1, 11)]
    assert "RILIS PRODUKSI TERKUNCI: e-Retribusi Pasar v1.0.0" in said
    assert 0 < story.summary["durasi_detik"] < DEMO_S
    assert (story.summary["versi"], story.summary["profil"]) == ("0.1.0", "batam")
    assert json.loads((story.folder / "ringkasan.json").read_text("utf-8"))["bundel"]["verifikasi"] == "sah"


def test_everything_is_stopped_and_home_stays_empty(told: tuple[Cerita, str]) -> None:
    story, said = told
    assert story.alive() == []
    addresses = sorted(
        {*ADDRESS.findall(said), *ADDRESS.findall((story.home / "kawal.yml").read_text("utf-8"))}
    )
    assert len(addresses) >= 6
    assert story.open_ports(addresses) == []
    # pip and the compilers it asks leave their own caches when this run had to install Wapiti.
    left = {one.name for one in Path(story.environ["HOME"]).iterdir()} - {".cache", ".rustup"}
    assert left == set()
