"""The thin job commands against a scripted forge, doors and targets on loopback; git is real."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kawal_checks.jobs import run_job
from scripted_server import Reply, Request, scripted_server

COMMIT = "a" * 40
GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Pengembang",
    "GIT_AUTHOR_EMAIL": "p@contoh.go.id",
    "GIT_COMMITTER_NAME": "Pengembang",
    "GIT_COMMITTER_EMAIL": "p@contoh.go.id",
    "GIT_AUTHOR_DATE": "2026-11-22T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-22T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def as_json(data: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(data).encode())


def job_token(request: Request) -> str | None:
    """Header names are case-insensitive; urllib capitalises them its own way."""
    return {name.lower(): value for name, value in request.headers.items()}.get("job-token")


def repository(folder: Path, files: Mapping[str, str]) -> str:
    """A git repository with one commit; returns the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    environ = {**os.environ, **GIT_IDENTITY}
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "awal"]):
        subprocess.run(["git", *command], cwd=folder, env=environ, check=True)
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def forge(url: str, commit: str = COMMIT) -> dict[str, str]:
    return {
        "CI_API_V4_URL": f"{url}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_JOB_TOKEN": "rahasia-job",
        "CI_COMMIT_SHA": commit,
        "KAWAL_APLIKASI": "e-retribusi-pasar",
        "KAWAL_PERIKSA_TOKEN": "token-periksa",
        "KAWAL_IZIN_TOKEN": "token-izin",
        "KAWAL_TOKEN_UJI": "token-uji",
    }


def test_package_is_git_archive_of_the_commit_and_is_uploaded_once(tmp_path: Path) -> None:
    source = tmp_path / "sumber"
    source.mkdir()
    commit = repository(source, {"aplikasi/a.py": "x = 1\n", "nama ü.txt": "y\n"})
    stored: dict[str, bytes] = {}

    def registry(request: Request, number: int) -> Reply:
        assert job_token(request) == "rahasia-job"
        if request.method == "PUT":
            stored[request.path] = request.body
            return as_json({"message": "201 Created"}, 201)
        return (
            Reply(200, stored[request.path]) if request.path in stored else as_json({"message": "404"}, 404)
        )

    arguments = ["kemas", "--sumber", str(source), "--berkas", str(tmp_path / "paket.tar")]
    arguments += ["--keluar", str(tmp_path / "laporan/kemas.json"), "--unggah"]
    with scripted_server(registry) as server:
        assert run_job(arguments, forge(server.url, commit)) == 0
        assert run_job(arguments, forge(server.url, commit)) == 0
        methods = [request.method for request in server.seen]

    recomputed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=source, capture_output=True, check=True
    )
    receipt = json.loads((tmp_path / "laporan/kemas.json").read_text("utf-8"))
    assert receipt["sha256"] == hashlib.sha256(recomputed.stdout).hexdigest()
    assert receipt["commit"] == commit
    assert receipt["paket"] == f"e-retribusi-pasar/{commit}/paket.tar"
    assert stored == {
        f"/api/v4/projects/7/packages/generic/e-retribusi-pasar/{commit}/paket.tar": recomputed.stdout
    }
    assert methods == ["GET", "PUT", "GET"]


def test_other_bytes_in_the_registry_are_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = repository(tmp_path, {"a.py": "x = 1\n"})
    arguments = ["kemas", "--sumber", str(tmp_path), "--berkas", str(tmp_path / "p.tar"), "--keluar"]
    with scripted_server(lambda _request, _number: Reply(200, b"lain")) as server:
        assert run_job([*arguments, str(tmp_path / "k.json"), "--unggah"], forge(server.url, commit)) == 3
    assert "SUBJEK-101" in capsys.readouterr().err
    assert not (tmp_path / "k.json").exists()


@pytest.mark.parametrize(
    "attribute", ["jahat.py export-ignore", "jahat.py export-subst", "jahat.py text eol=crlf"]
)
def test_attributes_that_change_the_package_are_refused(
    attribute: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(tmp_path, {"jahat.py": "# $Format:%H$\n", ".gitattributes": attribute + "\n"})
    arguments = [
        "kemas",
        "--sumber",
        str(tmp_path),
        "--berkas",
        str(tmp_path / "p.tar"),
        "--keluar",
        str(tmp_path / "k"),
    ]
    assert run_job(arguments, {}) == 3
    assert "SUBJEK-102" in capsys.readouterr().err
    assert not (tmp_path / "k").exists()


def test_other_head_than_the_pipelines_commit_is_refused(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": "x = 1\n"})
    arguments = [
        "kemas",
        "--sumber",
        str(tmp_path),
        "--berkas",
        str(tmp_path / "p.tar"),
        "--keluar",
        str(tmp_path / "k"),
    ]
    assert run_job(arguments, {"CI_COMMIT_SHA": "b" * 40}) == 6


def registry_with(listed: str | None, redirect: bool = False) -> Callable[[Request, int], Reply]:
    def answer(request: Request, number: int) -> Reply:
        if request.path.endswith("/package_files"):
            return as_json([{"file_name": "paket.tar", "file_sha256": listed}])
        if "package_type=generic" in request.path:
            if listed is None:
                return as_json({"message": "403 Forbidden"}, 403)
            return as_json([{"id": 4, "name": "e-retribusi-pasar", "version": COMMIT}])
        if redirect and request.path.startswith("/api/"):
            return Reply(302, b"", {"Location": f"http://{request.headers['Host']}/toko/objek"})
        if request.path == "/toko/objek":
            assert job_token(request) is None
        else:
            assert job_token(request) == "rahasia-job"
        return Reply(200, b"isi paket", {"Content-Type": "application/octet-stream"})

    return answer


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize(
    ("listed", "expected"), [(hashlib.sha256(b"isi paket").hexdigest(), 0), (None, 0), ("0" * 64, 3)]
)
def test_package_is_fetched_by_commit_and_checked(
    listed: str | None, expected: int, redirect: bool, tmp_path: Path
) -> None:
    package = tmp_path / "paket.tar"
    with scripted_server(registry_with(listed, redirect)) as server:
        assert run_job(["ambil-paket", "--keluar", str(package)], forge(server.url)) == expected
    assert package.exists() == (expected == 0)


def test_package_that_differs_from_the_receipt_is_refused(tmp_path: Path) -> None:
    receipt = {"schema": 1, "commit": COMMIT, "tree": COMMIT, "sha256": "0" * 64, "ukuran": 9, "paket": "x"}
    (tmp_path / "kemas.json").write_text(json.dumps(receipt), "utf-8")
    arguments = ["ambil-paket", "--keluar", str(tmp_path / "p"), "--sesuai", str(tmp_path / "kemas.json")]
    with scripted_server(registry_with(None)) as server:
        assert run_job(arguments, forge(server.url)) == 3


def test_missing_package_blocks(tmp_path: Path) -> None:
    with scripted_server(lambda _request, _number: as_json({"message": "404"}, 404)) as server:
        assert run_job(["ambil-paket", "--keluar", str(tmp_path / "p")], forge(server.url)) == 3


def test_test_target_gets_bytes_then_the_order_with_the_token(tmp_path: Path) -> None:
    package, leaves = tmp_path / "paket.tar", tmp_path / "laporan/instalasi.json"
    package.write_bytes(b"isi")
    digest = hashlib.sha256(b"isi").hexdigest()
    receipt = {
        "target_id": "uji-1",
        "sha256": digest,
        "jti": None,
        "seq": None,
        "terpasang": "2026-11-22T00:00:00Z",
    }

    def target(request: Request, number: int) -> Reply:
        return as_json({"sha256": digest, "ukuran": 3}, 201) if request.method == "PUT" else as_json(receipt)

    arguments = ["pasang-uji", "--berkas", str(package), "--keluar", str(leaves), "--target"]
    with scripted_server(target) as server:
        assert run_job([*arguments, server.url], forge(server.url)) == 0
        put, post = server.seen
    assert (put.method, put.path, put.body) == ("PUT", f"/paket/{digest}", b"isi")
    assert "Authorization" not in put.headers
    assert post.headers["Authorization"] == "Bearer token-uji"
    assert json.loads(post.body) == {"sha256": digest}
    assert json.loads(leaves.read_text("utf-8")) == receipt


SCREEN = "RILIS PRODUKSI TERKUNCI: e-Retribusi Pasar\n ✖ SANDI-001 belum ada\n"


def door(decision: str) -> dict[str, object]:
    return {"keputusan": decision, "kode": ["SANDI-001"], "layar": SCREEN, "catatan": "r1", "temuan": []}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (as_json(door("terkunci")), 3),
        (as_json(door("terbuka")), 0),
        (as_json(door("mungkin")), 6),
        (as_json({"keputusan": "terbuka"}), 6),
        (Reply(200, b"<html>OK</html>"), 6),
        (as_json({"galat": "token kedaluwarsa", "kode": "IDENT-001"}, 401), 4),
        (as_json({"galat": "sibuk", "kode": "FORGE-001"}, 503), 5),
        (Reply(drop=True), 5),
    ],
)
def test_gate_job_ends_as_the_door_says(
    reply: Reply, expected: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaves = tmp_path / "gerbang.json"
    leaves.write_text('{"keputusan": "terbuka"}', "utf-8")  # of an earlier run
    with scripted_server(lambda _request, _number: reply) as server:
        arguments = ["gerbang", "--pintu", server.url, "--keluar", str(leaves)]
        assert run_job(arguments, forge(server.url)) == expected
        assert server.seen[0].headers["Authorization"] == "Bearer token-periksa"
        assert json.loads(server.seen[0].body) == {"aplikasi": "e-retribusi-pasar"}
    assert leaves.exists() == (expected in (0, 3))
    if expected == 3:
        assert SCREEN in capsys.readouterr().out


@pytest.mark.parametrize("naming", [200, 403, 500])
def test_gate_job_names_the_pipeline_by_what_is_missing_and_leaves_a_case_for_each(
    naming: int, tmp_path: Path
) -> None:
    missing = [
        {"kode": code, "judul": f"{code} belum ada", "perbaikan": "lihat log"}
        for code in ("SANDI-001", "PSE-001")
    ]
    answer = {
        "keputusan": "terkunci",
        "kode": ["SANDI-001", "PSE-001"],
        "layar": "X",
        "catatan": None,
        "temuan": missing,
    }

    def door(request: Request, _number: int) -> Reply:
        return as_json(answer) if request.method == "POST" else as_json({"message": "x"}, naming)

    with scripted_server(door) as server:
        arguments = ["gerbang", "--pintu", server.url, "--keluar", str(tmp_path / "gerbang.json")]
        assert (
            run_job(arguments, {**forge(server.url), "CI_PIPELINE_ID": "812"}) == 3
        )  # the name changes no verdict
        named = server.seen[1]
    assert (named.method, named.path) == ("PUT", "/api/v4/projects/7/pipelines/812/metadata")
    assert job_token(named) == "rahasia-job"
    assert json.loads(named.body) == {"name": "TERKUNCI: SANDI-001, PSE-001"}
    cases = ElementTree.parse(tmp_path / "gerbang.xml").findall(".//testcase")
    assert [(case.get("name"), case.find("failure") is not None) for case in cases] == [
        ("SANDI-001 SANDI-001 belum ada", True),
        ("PSE-001 PSE-001 belum ada", True),
    ]


def test_gate_job_that_is_open_leaves_one_passed_case(tmp_path: Path) -> None:
    answer: dict[str, Any] = {"keputusan": "terbuka", "kode": [], "layar": "X", "catatan": None, "temuan": []}
    with scripted_server(lambda _request, _number: as_json(answer)) as server:
        assert (
            run_job(
                ["gerbang", "--pintu", server.url, "--keluar", str(tmp_path / "g.json")], forge(server.url)
            )
            == 0
        )
        assert len(server.seen) == 1  # outside GitLab there is no pipeline to name
    (case,) = ElementTree.parse(tmp_path / "g.xml").findall(".//testcase")
    assert case.find("failure") is None
    assert case.get("name") == "semua syarat rilis"


def test_unreachable_door_is_temporary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with scripted_server(lambda _request, _number: Reply()) as server:
        url = server.url
    assert run_job(["gerbang", "--pintu", url, "--keluar", str(tmp_path / "g")], forge(url)) == 5
    assert "tidak dapat dihubungi" in capsys.readouterr().err


def test_missing_token_is_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_job(["gerbang", "--pintu", "http://127.0.0.1:1", "--keluar", str(tmp_path / "g")], {}) == 6
    assert "KAWAL_APLIKASI" in capsys.readouterr().err


def test_permit_is_asked_and_sent_with_the_bytes(tmp_path: Path) -> None:
    package, permit, leaves = tmp_path / "paket.tar", tmp_path / "izin.json", tmp_path / "rilis.json"
    package.write_bytes(b"isi")
    digest = hashlib.sha256(b"isi").hexdigest()
    receipt = {
        "target_id": "produksi-1",
        "sha256": digest,
        "jti": "j",
        "seq": 1,
        "terpasang": "2026-11-22T00:00:00Z",
    }

    def answer(request: Request, number: int) -> Reply:
        if request.path == "/izin":
            return as_json(
                {"keputusan": "terbuka", "izin": {"payload": "x"}, "kepercayaan": {"payload": "y"}}
            )
        return as_json({}, 201) if request.method == "PUT" else as_json(receipt)

    with scripted_server(answer) as server:
        environ = forge(server.url)
        ask = ["minta-izin", "--pintu", server.url, "--target-id", "produksi-1", "--keluar", str(permit)]
        send = [
            "kirim",
            "--target",
            server.url,
            "--izin",
            str(permit),
            "--berkas",
            str(package),
            "--keluar",
            str(leaves),
        ]
        assert run_job(ask, environ) == 0
        assert run_job(send, environ) == 0
        asked, _put, installed = server.seen
    assert json.loads(asked.body) == {"aplikasi": "e-retribusi-pasar", "target": "produksi-1"}
    assert json.loads(installed.body) == {"izin": {"payload": "x"}, "kepercayaan": {"payload": "y"}}
    assert "Authorization" not in installed.headers
    assert json.loads(leaves.read_text("utf-8")) == receipt


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ({"ledger": {"asal": "kawal:dinas/1", "ukuran": 41}}, {"ukuran": 41}),
        ({"ledger": None}, {}),
        ({"ledger": {"ukuran": "41"}}, {}),
        ({"ledger": {"ukuran": 0}}, {}),
        ({"target_id": "produksi-1"}, {}),
        (None, {}),
    ],
)
def test_the_permit_is_asked_from_where_the_target_saw_the_ledger_last(
    tmp_path: Path, status: Any, wanted: dict[str, int]
) -> None:
    permit = tmp_path / "izin.json"

    def answer(request: Request, number: int) -> Reply:
        if request.path == "/status":
            return as_json({"galat": "tidak"}, 503) if status is None else as_json(status)
        return as_json({"keputusan": "terbuka", "izin": {"payload": "x"}, "kepercayaan": {"payload": "y"}})

    with scripted_server(answer) as server:
        environ = {**forge(server.url), "KAWAL_TARGET_PRODUKSI": server.url}
        ask = ["minta-izin", "--pintu", server.url, "--target-id", "produksi-1", "--keluar", str(permit)]
        assert run_job(ask, environ) == 0
        _status, asked = server.seen
    assert json.loads(asked.body) == {"aplikasi": "e-retribusi-pasar", "target": "produksi-1", **wanted}


def test_refused_permit_shows_the_screen_and_leaves_no_permit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    permit = tmp_path / "izin.json"
    with scripted_server(lambda _request, _number: as_json(door("terkunci"), 403)) as server:
        ask = ["minta-izin", "--pintu", server.url, "--target-id", "produksi-1", "--keluar", str(permit)]
        assert run_job(ask, forge(server.url)) == 3
    assert SCREEN in capsys.readouterr().out
    assert not permit.exists()


def test_target_that_refuses_blocks_and_its_words_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p").write_bytes(b"isi")
    (tmp_path / "izin.json").write_text('{"izin": {}, "kepercayaan": {}}', "utf-8")

    def target(request: Request, number: int) -> Reply:
        if request.method == "PUT":
            return as_json({}, 201)
        return as_json({"galat": "izin sudah dipakai\x1b[2J", "kode": "IZIN-007"}, 403)

    arguments = ["kirim", "--izin", str(tmp_path / "izin.json"), "--berkas", str(tmp_path / "p")]
    with scripted_server(target) as server:
        assert run_job([*arguments, "--keluar", str(tmp_path / "r"), "--target", server.url], {}) == 3
    shown = capsys.readouterr().err
    assert "IZIN-007 izin sudah dipakai" in shown
    assert "\x1b" not in shown


def test_on_github_the_identity_token_is_minted_for_the_doors_audience(tmp_path: Path) -> None:
    asked: list[str] = []

    def both(request: Request, number: int) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.path.startswith("/token"):
            asked.append(f"{request.path} {headers['authorization']}")
            return as_json({"value": "token-github"})
        assert headers["authorization"] == "Bearer token-github"
        return as_json(door("terbuka"))

    with scripted_server(both) as server:
        url = server.url
        environ = {
            "KAWAL_APLIKASI": "e-retribusi-pasar",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "rahasia-github",
        }
        command = ["gerbang", "--pintu", url, "--keluar", str(tmp_path / "gerbang.json")]
        assert run_job(command, environ) == 0
    assert asked == ["/token?api-version=2&audience=kawal-periksa Bearer rahasia-github"]
