"""`kemas`, `pasang-uji` and `kirim` against the real `kawal-target` in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo_application import SOURCE
from kawal_checks.__main__ import main
from kawal_checks.jobs import run_job

TOKEN = "token-uji-yang-panjang"


@contextmanager
def target(folder: Path, environment: str) -> Iterator[str]:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    config = {
        "schema": 1,
        "target_id": f"{environment}-1",
        "lingkungan": environment,
        "instance": "diskominfo",
        "akar": {"threshold": 1, "kunci": [base64.b64encode(key).decode()]},
        "kepercayaan": "kepercayaan.json",
        "folder": "terpasang",
        "alamat": "127.0.0.1:0",
        "token_uji_sha256": hashlib.sha256(TOKEN.encode()).hexdigest() if environment == "uji" else None,
        "perintah_sesudah": None,
        "batas_byte": 10_000_000,
        "selisih_jam_detik": 60,
    }
    (folder / "target.json").write_text(json.dumps(config), "utf-8")
    command = [
        sys.executable,
        "-I",
        "-m",
        "kawal_target",
        "terima",
        "--konfigurasi",
        str(folder / "target.json"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        yield found.group()
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The demo application, packed from a real repository."""
    tree = Path(shutil.copytree(SOURCE, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__")))
    identity = ["-c", "user.name=Pengembang", "-c", "user.email=p@contoh.go.id"]
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "awal"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    receipt = str(tmp_path / "kemas.json")
    assert (
        run_job(
            ["kemas", "--sumber", str(tree), "--berkas", str(tmp_path / "p.tar"), "--keluar", receipt], {}
        )
        == 0
    )
    assert main(["kemas", "--laporan", receipt]) == 0
    return tmp_path / "p.tar"


def test_the_test_target_installs_the_packed_bytes(package: Path, tmp_path: Path) -> None:
    receipt = tmp_path / "laporan/instalasi.json"
    with target(tmp_path, "uji") as url:
        install = ["pasang-uji", "--target", url, "--berkas", str(package), "--keluar", str(receipt)]
        assert run_job(install, {"KAWAL_TOKEN_UJI": "token lain"}) == 3
        assert not receipt.exists()
        assert run_job(install, {"KAWAL_TOKEN_UJI": TOKEN}) == 0
    assert main(["instalasi", "--laporan", str(receipt)]) == 0
    assert list((tmp_path / "terpasang").rglob("aplikasi/peladen.py"))


def test_production_refuses_a_made_up_permit(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "izin.json").write_text('{"izin": {"payload": ""}, "kepercayaan": {"payload": ""}}', "utf-8")
    with target(tmp_path, "production") as url:
        send = ["kirim", "--target", url, "--izin", str(tmp_path / "izin.json"), "--berkas", str(package)]
        assert run_job([*send, "--keluar", str(tmp_path / "rilis.json")], {}) in (3, 6)
    assert "INPUT" in capsys.readouterr().err
    assert not (tmp_path / "rilis.json").exists()
    assert not list((tmp_path / "terpasang").rglob("peladen.py"))
