"""Killed at any call that changes the disk: one whole release serves, and the same permit completes once."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kawal_target import target

DRIVER = Path(__file__).with_name("crash_driver.py")


def _files(world: Any) -> list[str]:
    return [str(world.config_path), str(world.folder / "dua.json"), str(world.folder / "dua.tar")]


def _drive(world: Any, number: int) -> int:
    """Install release two in a process that dies before its call `number`; 0 means it lived."""
    command = [sys.executable, str(DRIVER), str(number), *_files(world)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def _again(world: Any) -> int:
    config, permit, package = _files(world)
    return target.main(["pasang", "--konfigurasi", config, "--izin", permit, "--berkas", package])


def _prepare(world: Any) -> None:
    """Release one serves; release two lies ready with its permit."""
    first, second = world.package("satu"), world.package("dua")
    world.install(world.permit(first), first)
    (world.folder / "dua.tar").write_bytes(second)
    (world.folder / "dua.json").write_bytes(world.permit(second).to_bytes())


def _check_after_kill(world: Any, point: object, capsys: Any) -> None:
    assert world.serving() in ("satu", "dua"), point
    assert (world.state / "saat_ini" / "data" / "tarif.csv").read_bytes() == b"1;2\n"
    finished = json.loads((world.state / "keadaan.json").read_text())["terpasang"]["seq"] == 2
    assert _again(world) == (3 if finished else 0), point  # finished: only the receipt was lost
    assert world.serving() == "dua"
    assert _again(world) == 3
    assert "IZIN-310" in capsys.readouterr().err
    assert not [p for p in (world.state / "rilis").iterdir() if p.name.startswith(".")]


@pytest.mark.crash
def test_killed_at_every_disk_call_the_same_permit_resumes_exactly_once(
    make_world: Any, tmp_path_factory: Any, capsys: Any
) -> None:
    number = 0
    while True:
        number += 1
        world = make_world(tmp_path_factory.mktemp("titik"))
        _prepare(world)
        code = _drive(world, number)
        if code == 0:
            break
        assert code == -9
        _check_after_kill(world, number, capsys)
    assert number > 20


@pytest.mark.crash
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(("call", "step"), [("write", 4), ("fsync", 5), ("rename", 1), ("close", 25)])
def test_killed_by_the_kernel_at_a_system_call(
    call: str, step: int, make_world: Any, tmp_path_factory: Any, capsys: Any
) -> None:
    number = 1
    while True:
        world = make_world(tmp_path_factory.mktemp("titik"))
        _prepare(world)
        inject = f"inject={call}:signal=SIGKILL:when={number}"
        config, permit, package = _files(world)
        verb = ["pasang", "--konfigurasi", config, "--izin", permit, "--berkas", package]
        command = [
            "strace",
            "-o",
            "/dev/null",
            "-e",
            f"trace={call}",
            "-e",
            inject,
            sys.executable,
            "-m",
            "kawal_target",
            *verb,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if "ptrace" in done.stderr:
            pytest.skip(f"ptrace is barred here: {done.stderr.strip()}")
        if done.returncode == 0:
            break
        assert done.returncode in (-9, 137), done.stderr
        _check_after_kill(world, (call, number), capsys)
        number += step
    assert number > step


def _interrupt_after_the_journal(world: Any) -> None:
    """Kill at the first point at which the journal names the second permit."""
    for number in range(1, 60):
        assert _drive(world, number) == -9
        if json.loads((world.state / "keadaan.json").read_text())["berjalan"]:
            return
    pytest.fail("no journal was written")


def test_other_bytes_cannot_use_an_interrupted_permit(world: Any, capsys: Any) -> None:
    _prepare(world)
    _interrupt_after_the_journal(world)
    (world.folder / "dua.tar").write_bytes(world.package("tiga"))
    assert _again(world) == 3
    assert "SUBJEK-310" in capsys.readouterr().err


def test_a_newer_permit_ends_an_interrupted_one(world: Any, capsys: Any) -> None:
    _prepare(world)
    newest = world.package("tiga")
    _interrupt_after_the_journal(world)
    world.install(world.permit(newest), newest)
    assert _again(world) == 3
    assert "IZIN-310" in capsys.readouterr().err
    assert world.serving() == "tiga"
