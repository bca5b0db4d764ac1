"""The commands of the page on targets, carried out as they are printed: installing in a clean environment, checking by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kawal_target import target

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "pengguna" / "target.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCK.findall(GUIDE.read_text("utf-8")) if name == kind]


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As an administrator pastes it; python3 is this one, wherever it lies."""
    return subprocess.run(
        [
            "sh",
            "-eu",
            "-c",
            script.replace("PATH=/usr/bin:/bin", f"PATH={Path(sys.executable).parent}:/usr/bin:/bin"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )


@pytest.fixture
def desk(world: Any, tmp_path: Path) -> Path:
    """What an administrator has: the verifier, her configuration, a permit with its trust file, the package."""
    folder = tmp_path / "meja"
    folder.mkdir()
    shutil.copyfile(target.__file__, folder / "target.py")
    value = json.loads(world.config_path.read_text())
    value.update(folder="../../srv/rilis", kepercayaan="kepercayaan.json")
    (folder / "target.json").write_text(json.dumps(value))
    (folder / "kepercayaan.json").write_bytes(world.trust().to_bytes())
    package = world.package()
    (folder / "paket.tar").write_bytes(package)
    (folder / "izin.json").write_bytes(world.permit(package).to_bytes())
    return folder


def test_it_is_installed_in_an_empty_environment_and_then_verifies(desk: Path) -> None:
    install, _by_hand, verify = blocks("sh")
    done = shell(install, desk)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["target_id"] == "produksi-1"
    checked = shell(verify, desk)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("Sah: tarif v1.0.0")
    (desk / "paket.tar").write_bytes(b"lain")
    assert shell(verify, desk).returncode == 3


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_check_by_hand_says_what_the_target_says(desk: Path) -> None:
    by_hand = blocks("sh")[1]
    done = shell(by_hand, desk)
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    subject, digest = json.loads(done.stdout.splitlines()[0]), done.stdout.splitlines()[-1].split()[0]
    assert subject[0]["digest"]["sha256"] == digest
    permit = json.loads((desk / "izin.json").read_text())
    permit["payload"] = (
        permit["payload"][:40] + ("A" if permit["payload"][40] != "A" else "B") + permit["payload"][41:]
    )
    (desk / "izin.json").write_text(json.dumps(permit))
    assert "Signature Verified Successfully" not in shell(by_hand, desk).stdout


@pytest.mark.parametrize("unit", blocks("ini"))
def test_units_start_verbs_that_exist(unit: str) -> None:
    starts = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    if not starts:
        assert "OnCalendar=" in unit
        return
    words = starts[0].partition("target.py ")[2].split()
    options = target._parser().parse_args(words)
    assert options.perintah == "tarik"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in blocks("ini"):
        path = tmp_path / Path(unit.splitlines()[0].removeprefix("# ")).name
        path.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", unit))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Unknown" not in done.stderr, done.stderr
