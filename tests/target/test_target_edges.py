"""Small inputs at the edges of the target's parts: each refused, or done, for its own reason."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_target_door import Door

from kawal_target import target

P = 2**255 - 19


def test_letters_beside_escaped_pairs_are_looked_at_everywhere() -> None:
    assert target.loads(b'{"a":["\\ud83d\\ude00",1,null],"b":{"c":2}}') == {
        "a": ["\U0001f600", 1, None],
        "b": {"c": 2},
    }
    with pytest.raises(target.BadData, match="surrogate"):
        target.loads(b'{"b":{"c":[true,"\\ud83d"]}}')


@pytest.mark.parametrize(
    "raw",
    [
        (P + 2).to_bytes(32, "little"),  # not reduced
        (2).to_bytes(32, "little"),  # on no curve
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with the sign of another
    ],
)
def test_bytes_that_are_no_point_verify_nothing(raw: bytes) -> None:
    assert target._point(raw) is None
    assert not target.verify_ed25519(raw, bytes(64), b"")


@pytest.mark.parametrize(("key", "sig"), [(31, 64), (33, 64), (32, 63), (32, 65)])
def test_keys_and_signatures_have_their_size(key: int, sig: int) -> None:
    assert not target.verify_ed25519(bytes(key), bytes(sig), b"")


def test_a_subject_without_a_digest_is_no_statement(world: Any) -> None:
    payload = json.loads(world.permit(world.package("satu")).payload)
    wrong: tuple[Any, ...] = ({}, [], None)
    for digest in wrong:
        payload["subject"][0]["digest"] = digest
        with pytest.raises(target.BadData, match="digest: harus objek berisi"):
            target.parse_permit(json.dumps(payload).encode())


def test_an_envelope_is_read_from_bytes(world: Any) -> None:
    envelope = world.permit(world.package("satu"))
    assert target.parse_envelope(envelope.to_bytes()).payload == envelope.payload


def test_a_state_that_cannot_be_read_stops_everything(world: Any) -> None:
    (world.state / "keadaan.json").mkdir(parents=True)
    with pytest.raises(target.Unreadable, match="KONF-320"):
        target.load_state(world.config)


def test_a_ledger_that_the_owner_did_not_name_is_refused(world: Any) -> None:
    package = world.package("satu")
    permit = world.permit(package)
    world.write_config(asal_ledger=["kawal:diskominfo/7"])
    with pytest.raises(target.Refused, match="tidak tercantum dalam asal_ledger") as caught:
        world.install(permit, package)
    assert caught.value.code == "LEDGER-312"


def test_an_archive_that_ends_inside_a_file_leaves_nothing_serving(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("app.py")
        entry.size = 5000
        archive.addfile(entry, io.BytesIO(b"x" * 5000))
    (tmp_path / "potong.tar").write_bytes(buffer.getvalue()[:2000])
    handle = os.open(tmp_path / "potong.tar", os.O_RDONLY)
    try:
        with pytest.raises(target.Refused, match="unexpected end of data"):
            target.extract(handle, str(tmp_path / "isi"), 1_000_000)
    finally:
        os.close(handle)


def test_a_file_that_ends_early_is_not_kept_as_whole(tmp_path: Path) -> None:
    with pytest.raises(target.BadData, match="arsip terpotong"):
        target._write_member(str(tmp_path / "a"), lambda _: b"", 5, False)


def test_a_package_that_changed_on_disk_is_not_unpacked(world: Any) -> None:
    """Between receipt and installation the bytes are digested again."""
    first = world.package("satu")
    world.install(world.permit(first), first)
    sha256 = hashlib.sha256(world.package("dua")).hexdigest()
    (world.state / "paket" / sha256).write_bytes(world.package("tiga"))
    state = target.load_state(world.config)
    names = ("jenis", "folder", "app_id", "jti", "seq", "izin_sha256")
    journal = {**dict.fromkeys(names), "sha256": sha256, "waktu": "x"}
    with pytest.raises(target.Refused, match="isi berkas sha256"):
        target._install(world.config, state, sha256, journal)
    assert world.serving() == "satu"


def test_a_command_that_is_not_there_is_named(world: Any) -> None:
    world.write_config(perintah_sesudah=["/tidak/ada/perintah"])
    package = world.package("satu")
    with pytest.raises(target.TargetError, match="/tidak/ada/perintah: No such file"):
        world.install(world.permit(package), package)


def test_tidying_keeps_what_is_in_use(tmp_path: Path) -> None:
    for number in range(target.KEEP + 3):
        (tmp_path / str(number)).write_text("x")
        os.utime(tmp_path / str(number), (number, number))
    target._keep_newest(str(tmp_path), busy=("0",))
    assert sorted((one.name for one in tmp_path.iterdir()), key=int) == [
        "0",
        *(str(n) for n in range(3, target.KEEP + 3)),
    ]


def test_verification_names_bytes_that_are_not_the_permits(world: Any, capsys: Any) -> None:
    package = world.package("satu")
    (world.folder / "izin.json").write_bytes(world.permit(package).to_bytes())
    (world.folder / "kepercayaan2.json").write_bytes(world.trust().to_bytes())
    (world.folder / "paket.tar").write_bytes(package)
    (world.folder / "lain.tar").write_bytes(world.package("dua"))

    def verify(file: str, *more: str) -> int:
        names = ["--izin", str(world.folder / "izin.json"), "--berkas", str(world.folder / file), *more]
        return target.main(["verifikasi", "--konfigurasi", str(world.config_path), *names])

    assert verify("lain.tar") == 3
    assert "SUBJEK-310" in capsys.readouterr().err
    assert verify("paket.tar", "--kepercayaan", str(world.folder / "kepercayaan2.json")) == 0
    assert "Sah: tarif v1.0.0" in capsys.readouterr().out


def test_status_and_ctrl_c_are_answered(world: Any, capsys: Any, monkeypatch: Any) -> None:
    assert target.main(["status", "--konfigurasi", str(world.config_path)]) == 0
    assert json.loads(capsys.readouterr().out)["target_id"] == "produksi-1"

    def stopped(_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(target, "_run", stopped)
    assert target.main(["status", "--konfigurasi", str(world.config_path)]) == 130
    assert "tetap utuh" in capsys.readouterr().err


def test_the_module_and_the_file_are_both_commands() -> None:
    for how in (["-m", "kawal_target"], [target.__file__]):
        done = subprocess.run([sys.executable, *how, "--help"], capture_output=True, text=True, check=True)
        assert "verifikasi" in done.stdout
    import kawal_target.__main__ as entry

    assert entry.__name__ == "kawal_target.__main__"  # importing it starts nothing


# --- pull and door -----------------------------------------------------------------------------------------------


def test_a_source_without_a_trust_file_is_pulled_and_a_broken_one_is_not(world: Any, tmp_path: Path) -> None:
    package = world.package("satu")
    source = tmp_path / "sumber"
    source.mkdir()
    (source / "izin.json").write_bytes(world.permit(package).to_bytes())
    (source / "paket.tar").write_bytes(package)
    (source / "kepercayaan.json").mkdir()  # there, but unreadable: not the same as absent
    with pytest.raises(target.Temporary, match="INSTAL-321"):
        target.pull(world.config, str(source))
    (source / "kepercayaan.json").rmdir()
    assert target.pull(world.config, str(source)) is not None
    assert world.serving() == "satu"
    (source / "izin.json").write_bytes(b"{")
    with pytest.raises(target.Unreadable, match="INPUT-310"):
        target.pull(world.config, str(source))


def test_a_test_installation_needs_the_package_first(world: Any) -> None:
    world.write_config(lingkungan="uji", token_uji_sha256=hashlib.sha256(b"rahasia").hexdigest())
    with pytest.raises(target.Refused, match="belum diserahkan") as caught:
        target.install_with_token(world.config, "a" * 64, "rahasia")
    assert caught.value.code == "SUBJEK-312"


@pytest.fixture
def door(world: Any) -> Iterator[Door]:
    one = Door(world.config_path)
    yield one
    assert one.stop() == 0


def said(door: Door, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as raw:
        raw.sendall(request)
        raw.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: raw.recv(65536), b""))


def test_a_request_without_a_length_or_with_half_a_body_is_refused(door: Door) -> None:
    assert b"tanpa Content-Length" in said(door, b"POST /pasang HTTP/1.0\r\n\r\n")
    half = b"PUT /paket/" + b"a" * 64 + b" HTTP/1.0\r\nContent-Length: 9\r\n\r\nabc"
    assert b"kiriman terputus" in said(door, half)


def test_a_fault_inside_is_no_yes(door: Door, world: Any) -> None:
    """Where packages should lie lies a file: an error that nobody foresaw."""
    world.state.mkdir(exist_ok=True)
    (world.state / "paket").write_bytes(b"")
    status, answer = door.ask("PUT", "/paket/" + "a" * 64, b"isi")
    assert (status, answer["kode"]) == (503, "INSTAL-321")
    assert "gagal" in (world.state / "target.log").read_text()


def test_an_error_that_no_code_foresees_is_no_yes_either(door: Door, world: Any) -> None:
    """The link to what serves became a plain file: the operating system's own error, straight from the read."""
    world.state.mkdir(exist_ok=True)
    (world.state / "saat_ini").write_bytes(b"")
    target.save_state(target.load_config(str(world.config_path)), target.EMPTY_STATE)
    status, answer = door.ask("GET", "/status")
    assert (status, answer["kode"]) == (503, "INSTAL-321")
    assert "OSError" in (world.state / "target.log").read_text()


def test_the_one_file_answers_by_itself() -> None:
    """As on a server where it is all there is: no package around it."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "kawal_target.target", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "pasang" in done.stdout
