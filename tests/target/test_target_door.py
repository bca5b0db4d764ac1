"""The loopback door over real HTTP, and the command line."""

import hashlib
import http.client
import http.server
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kawal_target import target

TOKEN = "token-uji-yang-panjang"
TOKEN_SHA256 = hashlib.sha256(TOKEN.encode()).hexdigest()


class Door:
    """`kawal-target terima` in a process of its own."""

    def __init__(self, config: Path) -> None:
        arguments = [sys.executable, "-I", "-m", "kawal_target", "terima", "--konfigurasi", str(config)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout
        match = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        assert match, self.process.communicate()
        self.port = int(match.group(1))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, data, headers)
        reply = connection.getresponse()
        answer = reply.status, json.loads(reply.read())
        connection.close()
        return answer

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def door(world: Any) -> Iterator[Door]:
    one = Door(world.config_path)
    yield one
    if one.process.poll() is None:
        assert one.stop() == 0


@pytest.fixture
def test_door(world: Any) -> Iterator[Door]:
    world.write_config(lingkungan="uji", token_uji_sha256=TOKEN_SHA256)
    one = Door(world.config_path)
    yield one
    assert one.stop() == 0


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_bytes_then_permit_then_status(world: Any, door: Door) -> None:
    package = world.package()
    request = {"izin": world.permit(package).to_obj(), "kepercayaan": world.trust().to_obj()}
    assert door.ask("POST", "/pasang", request)[1]["kode"] == "SUBJEK-312"
    assert door.ask("PUT", f"/paket/{_sha(package)}", package) == (
        201,
        {"sha256": _sha(package), "ukuran": len(package)},
    )
    status, receipt = door.ask("POST", "/pasang", request)
    assert (status, receipt["sha256"], receipt["seq"]) == (200, _sha(package), 1)
    assert set(receipt) == {"target_id", "sha256", "jti", "seq", "terpasang"}
    assert world.serving() == "satu"
    assert door.ask("POST", "/pasang", request)[0] == 403
    assert door.ask("POST", "/pasang", request)[1]["kode"] == "IZIN-310"
    assert door.ask("GET", "/status")[1]["sha256"] == _sha(package)


def test_bytes_that_hash_to_something_else_are_refused(world: Any, door: Door) -> None:
    package = world.package()
    status, answer = door.ask("PUT", f"/paket/{_sha(package)}", world.package("lain"))
    assert (status, answer["kode"]) == (400, "SUBJEK-310")
    assert list((world.state / "paket").iterdir()) == []


def test_too_many_bytes_are_refused_before_they_are_read(world: Any, door: Door) -> None:
    status, answer = door.ask("PUT", f"/paket/{'a' * 64}", b"", **{"Content-Length": "1000001"})
    assert (status, answer["kode"]) == (413, "INPUT-311")
    assert door.ask("POST", "/pasang", b"", **{"Content-Length": str(10**9)})[0] == 413


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/status/", None, 404),
        ("POST", "/paket/x", b"", 404),
        ("PUT", "/paket/../target.json", b"x", 404),
        ("PUT", "/paket/" + "A" * 64, b"x", 404),
        ("POST", "/pasang", b"", 400),
        ("POST", "/pasang", b"[" * 50000, 400),
        ("POST", "/pasang", b'{"izin":{},"izin":{},"kepercayaan":{}}', 400),
        ("POST", "/pasang", b'{"izin":{},"kepercayaan":{}}', 400),
        ("POST", "/pasang", b'{"izin":null,"kepercayaan":null}', 400),
        ("POST", "/pasang", b'{"sha256":"../../x"}', 400),
        ("POST", "/pasang", b'{"izin":{},"kepercayaan":{},"paksa":true}', 400),
    ],
)
def test_nonsense_is_an_error_with_a_code(
    method: str, path: str, body: bytes | None, status: int, door: Door
) -> None:
    code, answer = door.ask(method, path, body)
    assert code == status
    assert set(answer) == {"galat", "kode"}


def test_token_installs_on_a_test_target_without_a_permit(world: Any, test_door: Door) -> None:
    package = world.package()
    test_door.ask("PUT", f"/paket/{_sha(package)}", package)
    request = {"sha256": _sha(package)}
    for header in ({}, {"Authorization": "Bearer salah"}, {"Authorization": f"Basic {TOKEN}"}):
        status, answer = test_door.ask("POST", "/pasang", request, **header)
        assert (status, answer["kode"]) == (403, "IZIN-321")
    status, receipt = test_door.ask("POST", "/pasang", request, Authorization=f"Bearer {TOKEN}")
    assert (status, receipt["jti"], receipt["seq"]) == (200, None, None)
    assert world.serving() == "satu"
    assert test_door.ask("POST", "/pasang", request, Authorization=f"Bearer {TOKEN}")[0] == 200


def test_token_opens_nothing_on_production(world: Any, door: Door) -> None:
    package = world.package()
    door.ask("PUT", f"/paket/{_sha(package)}", package)
    status, answer = door.ask("POST", "/pasang", {"sha256": _sha(package)}, Authorization=f"Bearer {TOKEN}")
    assert (status, answer["kode"]) == (403, "IZIN-320")
    assert world.serving() is None


@pytest.mark.parametrize("environment", ["production", "Uji", "uji2", "staging"])
def test_target_with_a_token_outside_uji_does_not_start(environment: str, world: Any, capsys: Any) -> None:
    world.write_config(lingkungan=environment, token_uji_sha256=TOKEN_SHA256)
    assert target.main(["terima", "--konfigurasi", str(world.config_path)]) == 6
    assert "KONF-310" in capsys.readouterr().err


def test_concurrent_requests_with_one_permit_install_once(world: Any, door: Door) -> None:
    package = world.package()
    door.ask("PUT", f"/paket/{_sha(package)}", package)
    request = {"izin": world.permit(package).to_obj(), "kepercayaan": world.trust().to_obj()}
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(door.ask("POST", "/pasang", request)[0]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [403] * 7


def test_sigterm_lets_a_running_installation_finish(world: Any, tmp_path: Path) -> None:
    gate = tmp_path / "lanjut"
    script = tmp_path / "tunggu.sh"
    script.write_text(f'#!/bin/sh\ntouch "{tmp_path}/mulai"\nwhile [ ! -e "{gate}" ]; do sleep 0.05; done\n')
    script.chmod(0o755)
    world.write_config(perintah_sesudah=[str(script)])
    door, package, answers = Door(world.config_path), world.package(), []
    door.ask("PUT", f"/paket/{_sha(package)}", package)
    request = {"izin": world.permit(package).to_obj(), "kepercayaan": world.trust().to_obj()}
    thread = threading.Thread(target=lambda: answers.append(door.ask("POST", "/pasang", request)[0]))
    thread.start()
    deadline = threading.Event()
    for _ in range(200):
        if (tmp_path / "mulai").exists():
            break
        deadline.wait(0.05)
    door.process.send_signal(signal.SIGTERM)
    gate.touch()
    thread.join()
    assert door.process.wait(20) == 0
    door.process.communicate()
    assert answers == [200]
    assert world.serving() == "satu"


def test_ctrl_c_ends_the_door_with_130(door: Door) -> None:
    assert door.stop(signal.SIGINT) == 130


def test_occupied_address_is_temporary(world: Any, door: Door, capsys: Any) -> None:
    world.write_config(alamat=f"127.0.0.1:{door.port}")
    assert target.main(["terima", "--konfigurasi", str(world.config_path)]) == 5
    assert "INSTAL-321" in capsys.readouterr().err


# --- command line ------------------------------------------------------------------------------------------------


def _delivery(world: Any, package: bytes) -> Path:
    folder: Path = world.folder / "kiriman"
    folder.mkdir(exist_ok=True)
    (folder / "izin.json").write_bytes(world.permit(package).to_bytes())
    (folder / "kepercayaan.json").write_bytes(world.trust().to_bytes())
    (folder / "paket.tar").write_bytes(package)
    return folder


def test_pull_from_a_folder_installs_once_and_then_has_nothing_to_do(world: Any, capsys: Any) -> None:
    folder = _delivery(world, world.package())
    arguments = ["tarik", "--konfigurasi", str(world.config_path), "--dari", str(folder)]
    assert target.main(arguments) == 0
    assert world.serving() == "satu"
    assert target.main(arguments) == 0
    assert "tidak ada yang baru" in capsys.readouterr().out


def test_pull_over_http(world: Any) -> None:
    folder = _delivery(world, world.package())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            source = f"http://127.0.0.1:{server.server_port}/"
            arguments = ["tarik", "--konfigurasi", str(world.config_path), "--dari", source]
            assert target.main(arguments) == 0
            (folder / "izin.json").unlink()
            assert target.main(arguments) == 5
        finally:
            server.shutdown()
    assert world.serving() == "satu"


def test_swapped_package_at_the_source_is_refused(world: Any, capsys: Any) -> None:
    folder = _delivery(world, world.package())
    (folder / "paket.tar").write_bytes(world.package("lain"))
    assert target.main(["tarik", "--konfigurasi", str(world.config_path), "--dari", str(folder)]) == 3
    assert "SUBJEK-310" in capsys.readouterr().err


def test_answer_of_the_permit_door_is_read_as_it_is(world: Any) -> None:
    package = world.package()
    answer = {
        "keputusan": "terbuka",
        "izin": world.permit(package).to_obj(),
        "kepercayaan": world.trust().to_obj(),
    }
    (world.folder / "izin.json").write_text(json.dumps(answer))
    (world.folder / "p.tar").write_bytes(package)
    files = [
        "--konfigurasi",
        str(world.config_path),
        "--izin",
        str(world.folder / "izin.json"),
        "--berkas",
        str(world.folder / "p.tar"),
    ]
    assert target.main(["pasang", *files]) == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"izin":1}'])
def test_unreadable_permit_ends_with_6(content: bytes, world: Any, capsys: Any) -> None:
    (world.folder / "izin.json").write_bytes(content)
    (world.folder / "p.tar").write_bytes(world.package())
    files = [
        "--konfigurasi",
        str(world.config_path),
        "--izin",
        str(world.folder / "izin.json"),
        "--berkas",
        str(world.folder / "p.tar"),
    ]
    for verb in ("pasang", "verifikasi"):
        assert target.main([verb, *files]) == 6
        assert "INPUT-310" in capsys.readouterr().err


def test_verifying_writes_nothing(world: Any) -> None:
    package = world.package()
    (world.folder / "izin.json").write_bytes(world.permit(package).to_bytes())
    (world.folder / "p.tar").write_bytes(package)
    before = {p: p.stat().st_mtime_ns for p in world.folder.rglob("*")}
    files = [
        "--konfigurasi",
        str(world.config_path),
        "--izin",
        str(world.folder / "izin.json"),
        "--berkas",
        str(world.folder / "p.tar"),
    ]
    assert target.main(["verifikasi", *files]) == 0
    assert {p: p.stat().st_mtime_ns for p in world.folder.rglob("*")} == before


def test_missing_files_end_with_6(world: Any) -> None:
    assert target.main(["status", "--konfigurasi", str(world.folder / "tiada.json")]) == 6
    (world.folder / "izin.json").write_bytes(world.permit(b"x").to_bytes())
    files = [
        "--konfigurasi",
        str(world.config_path),
        "--izin",
        str(world.folder / "izin.json"),
        "--berkas",
        str(world.folder / "tiada"),
    ]
    assert target.main(["pasang", *files]) == 6
    assert target.main(["verifikasi", *files]) == 6


def test_wrong_use_ends_with_2() -> None:
    for arguments in ([], ["pasang"], ["hapus"]):
        with pytest.raises(SystemExit) as caught:
            target.main(arguments)
        assert caught.value.code == 2


@pytest.mark.parametrize("verb", ["terima", "pasang", "verifikasi", "tarik", "status"])
def test_each_command_has_help_with_an_example(verb: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as caught:
        target.main([verb, "--help"])
    assert caught.value.code == 0
    assert f"Contoh: kawal-target {verb}" in capsys.readouterr().out
