"""The issuer under a user of its own: a socket for one group, absolute paths in its settings, a permit key that kawal cannot read."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from kawal_world import INSTANCE, KEYS, World, policy_bytes

from kawal.ledger.content import ContentStore
from kawal_issuer.settings import Settings, load_settings
from kawal_issuer.wire import ask, listen

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "pengguna" / "penerbit.md"


def block(kind: str) -> str:
    (text,) = re.findall(rf"^```{kind}\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    return str(text)


@pytest.mark.parametrize("group", [str(os.getgid()), None])
def test_the_socket_is_for_its_user_or_for_one_group(tmp_path: Path, group: str | None) -> None:
    path = tmp_path / "s" / "izin.sock"
    listen(path, group).close()
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)]
    assert modes == ([0o660, 0o750] if group else [0o600, 0o700])
    assert path.stat().st_gid == os.getgid()


def start(folder: Path, address: Path, *options: str) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        "-I",
        "-m",
        "kawal_issuer",
        "--data",
        str(folder),
        "--soket",
        str(address),
        *options,
    ]
    return subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def test_it_serves_from_a_folder_of_its_own_with_the_printed_settings(tmp_path: Path) -> None:
    data, own = tmp_path / "data", tmp_path / "izin"
    data.mkdir()
    own.mkdir(mode=0o700)
    world = World(data).ready()
    ContentStore(data / "bukti").put(policy_bytes(world.policy))
    world.ledger.close()
    (own / "permit.pem").write_bytes(KEYS["permit"].to_pem(None))
    (own / "forge.token").write_text("rahasia")
    (data / "checkpoint.pem").write_bytes(KEYS["checkpoint"].to_pem(None))
    text = block("json").replace("/srv/kawal-izin", str(own)).replace("/srv/kawal/data/kunci", str(data))
    value: dict[str, Any] = json.loads(
        text.replace("/srv/kawal/data", str(data)).replace('"diskominfo"', f'"{INSTANCE}"')
    )
    (own / "penerbit.json").write_text(json.dumps(value))
    assert isinstance(load_settings(own), Settings)
    address = tmp_path / "run" / "izin.sock"
    process = start(own, address, "--grup", str(os.getgid()))
    try:
        deadline = time.monotonic() + 30
        while not address.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        answer = ask(address, {"buat": "izin", "token": "palsu", "aplikasi": "x-app", "target": "t"})
        assert answer["status"] == 401
        assert stat.S_IMODE(address.stat().st_mode) == 0o660
    finally:
        process.terminate()
        process.communicate(timeout=10)
    refused = start(own, tmp_path / "lain" / "izin.sock", "--grup", "grup-yang-tidak-ada")
    assert refused.communicate(timeout=30)[1]
    assert refused.returncode == 6


def test_the_unit_starts_what_exists() -> None:
    line = next(line for line in block("ini").splitlines() if line.startswith("ExecStart="))
    words = line.partition("-m kawal_issuer ")[2].split()
    assert words[::2] == ["--data", "--soket", "--grup"]
