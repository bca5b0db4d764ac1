"""The bundle installs with nothing but itself, and a changed byte stops the installation."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kawal.errors import InputError
from kawal.services.offline import bundle


def small_wheel(folder: Path) -> Path:
    """A wheel of one module, made by hand: no build, no network."""
    folder.mkdir()
    files = {
        "salam.py": b"KATA = 'halo'\n",
        "salam-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: salam\nVersion: 1.0\n",
        "salam-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: uji\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}\n")
    files["salam-1.0.dist-info/RECORD"] = "".join([*rows, "salam-1.0.dist-info/RECORD,,\n"]).encode()
    path = folder / "salam-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def without_network() -> list[str]:
    """What cuts the network of a command; empty where the kernel does not let us."""
    cut = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*cut, "true"], capture_output=True).returncode:
        return []
    return cut


def install(folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """With the network cut where the kernel lets us, else with every index forbidden."""
    cut = without_network()
    env = {"PATH": "/usr/bin:/bin", "HOME": str(target.parent), "PYTHON": sys.executable, "PIP_NO_INDEX": "1"}
    command = [*cut, "sh", str(folder / "pasang.sh"), str(target)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_the_network_really_is_cut() -> None:
    """A server on this machine answers, and through the cut it does not."""
    cut = without_network()
    if not cut:
        pytest.skip("kernel ini tidak mengizinkan unshare --net: pemasangan diuji dengan PIP_NO_INDEX saja")
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        open_, shut = (
            subprocess.run([*words, sys.executable, "-c", call], capture_output=True, text=True)
            for words in ([], cut)
        )

    assert open_.returncode == 0
    assert shut.returncode != 0
    assert "OSError" in shut.stderr


def test_the_bundle_installs_without_a_network(tmp_path: Path) -> None:
    small_wheel(tmp_path / "roda")
    made = bundle(tmp_path / "bundel", wheels=tmp_path / "roda")
    done = install(tmp_path / "bundel", tmp_path / "pasang")

    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [tmp_path / "pasang/bin/python", "-c", "import salam; print(salam.KATA)"],
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == "halo"
    assert made.data["roda"] == 1
    assert (tmp_path / "bundel/templat/manifes.yml").is_file()


def test_a_changed_byte_stops_the_installation(tmp_path: Path) -> None:
    small_wheel(tmp_path / "roda")
    bundle(tmp_path / "bundel", wheels=tmp_path / "roda")
    manifest = tmp_path / "bundel/templat/manifes.yml"
    manifest.write_text(manifest.read_text("utf-8") + "# diubah\n", "utf-8")
    done = install(tmp_path / "bundel", tmp_path / "pasang")

    assert done.returncode != 0
    assert not (tmp_path / "pasang").exists()


def test_a_folder_in_use_is_never_filled(tmp_path: Path) -> None:
    (tmp_path / "bundel").mkdir()
    (tmp_path / "bundel/milik-orang").touch()
    with pytest.raises(InputError, match="tidak kosong"):
        bundle(tmp_path / "bundel", wheels=tmp_path)
