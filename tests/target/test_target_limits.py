"""One folder serves one application; a permit must still hold when its bytes are in; what is taken in can be read again."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from test_target_emergency import Office

from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Person, Role
from kawal_target import target

# --- one application ----------------------------------------------------------------------------------------------------


def test_a_permit_of_another_application_does_not_replace_the_one_that_serves(world: Any) -> None:
    package, other = world.package(), world.package("lain")
    world.install(world.permit(package), package)

    assert world.refusal(world.permit(other, app_id="simpeg"), other) == "IZIN-326"

    said = world.log()[-1]["sebab"]
    assert "tarif" in said
    assert '"aplikasi": "simpeg"' in said
    world.install(world.permit(package), package)


def test_the_operator_names_the_one_application(world: Any) -> None:
    package, other = world.package(), world.package("lain")
    world.write_config(aplikasi="simpeg")
    assert world.refusal(world.permit(package), package) == "IZIN-326"
    world.install(world.permit(other, app_id="simpeg"), other)

    world.write_config(aplikasi="tarif")  # and may so replace it by another one
    world.install(world.permit(package), package)
    assert world.serving() == "satu"


def test_an_installation_that_was_begun_keeps_the_place_for_its_application(world: Any) -> None:
    package, other = world.package(), world.package("lain")
    world.write_config(perintah_sesudah=["/bin/false"])
    assert world.refusal(world.permit(package), package) == "INSTAL-320"
    world.write_config()
    assert world.refusal(world.permit(other, app_id="simpeg"), other) == "IZIN-326"
    world.install(world.permit(package), package)


def test_a_test_target_takes_a_permit_after_bytes_without_one(world: Any) -> None:
    package = world.package()
    world.write_config(lingkungan="uji", token_uji_sha256=hashlib.sha256(b"t").hexdigest())
    digest = hashlib.sha256(package).hexdigest()
    target.store_package(world.config, iter([package]), digest)
    target.install_with_token(world.config, digest, "t")
    world.install(world.permit(package, environment="uji"), package)


def test_two_persons_cannot_replace_the_application_that_the_operator_names(world: Any) -> None:
    office = Office(world)
    config = json.loads(world.config_path.read_text())
    world.config_path.write_text(json.dumps({**config, "aplikasi": "simpeg"}))
    assert office.refusal(office.record()) == "IZIN-326"
    world.config_path.write_text(json.dumps({**config, "aplikasi": "tarif"}))
    office.install(office.record())


@pytest.mark.parametrize("value", [None, 1, "", "dua kata"])
def test_an_application_that_is_no_id_is_no_configuration(world: Any, value: Any) -> None:
    world.write_config(aplikasi=value)
    with pytest.raises(target.TargetError, match=r"KONF-310.*konfigurasi\.aplikasi"):
        _ = world.config


# --- in time -------------------------------------------------------------------------------------------------------------


class Clock:
    """The machine's clocks, which jump while a package is coming in."""

    def __init__(self, monkeypatch: Any) -> None:
        self.ahead = self.steadily = 0.0
        real, steady = time.time, time.monotonic
        monkeypatch.setattr(time, "time", lambda: real() + self.ahead)
        monkeypatch.setattr(time, "monotonic", lambda: steady() + self.steadily)

    def dripping(self, package: bytes, seconds: float, *, seen: bool) -> Iterator[bytes]:
        """Half of it, then the rest after `seconds`; of a sleep (not `seen`) the steady clock knows nothing."""
        yield package[:100]
        self.ahead += seconds
        self.steadily += seconds if seen else 0
        yield package[100:]


@pytest.mark.parametrize(("seen", "code"), [(False, "IZIN-311"), (True, "INSTAL-321")])
def test_a_permit_that_ends_while_its_package_comes_in_installs_nothing(
    world: Any, monkeypatch: Any, seen: bool, code: str
) -> None:
    package = world.package()
    permit, clock = world.permit(package), Clock(monkeypatch)
    with pytest.raises(target.TargetError, match=code):
        target.install_with_permit(
            world.config, permit.to_obj(), None, clock.dripping(package, 700, seen=seen)
        )
    assert world.serving() is None
    clock.ahead = clock.steadily = 0
    in_time = clock.dripping(package, 300, seen=seen)
    target.install_with_permit(world.config, permit.to_obj(), None, in_time)
    assert world.serving() == "satu"


def test_an_emergency_that_ends_while_its_package_comes_in_installs_nothing(
    world: Any, monkeypatch: Any
) -> None:
    office = Office(world)
    clock = Clock(monkeypatch)
    record = office.record().to_obj()
    with pytest.raises(target.TargetError, match="IZIN-311"):
        target.install_in_emergency(world.config, record, None, clock.dripping(office.fix, 3700, seen=False))
    assert world.serving() == "satu"
    clock.ahead = 0
    target.install_in_emergency(world.config, record, None, clock.dripping(office.fix, 3000, seen=True))
    assert world.serving() == "darurat"


@contextmanager
def source(*parts: bytes, pause: float) -> Iterator[str]:
    """Answers the first request with these parts and then nothing more, for as long as anybody waits."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def work() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):  # who has waited long enough hangs up
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
            for part in parts:
                connection.sendall(part)
                done.wait(pause)
            done.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        done.set()
        thread.join()
        server.close()


def test_a_source_that_drips_is_left(world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(target, "FETCH_SECONDS", 0.2)
    with (
        source(*[b" "] * 40, pause=0.05) as url,
        pytest.raises(target.TargetError, match=r"INSTAL-321.*tidak selesai"),
    ):
        target.pull(world.config, url)


# --- what is taken in can be read again ----------------------------------------------------------------------------------


def test_a_trust_file_of_a_large_office_is_read_again_from_where_it_is_kept(world: Any) -> None:
    package = world.package()
    trust = world.trust_value(version=2)
    role = Role("tim_pengembang", "definitif", 1_700_000_000, None)
    many = tuple(
        Person(
            f"p-pegawai-dinas-{n:03}",
            (5000 + n,),
            (PrivateKey.from_seed(bytes([n, 9]) * 16).public,),
            (role,),
        )
        for n in range(160)
    )
    large = world.trust(version=2, persons=(*trust.persons, *many))
    assert 65536 < len(large.to_bytes()) < 4 * 65536
    assert len(base64.b64decode(large.to_obj()["payload"])) < 65536

    world.install(world.permit(package, trust_version=2), package, large)
    world.install(world.permit(package, trust_version=2), package)


def test_a_source_with_too_much_for_a_permit_is_refused(world: Any, tmp_path: Any) -> None:
    folder = tmp_path / "kiriman"
    folder.mkdir()
    (folder / "izin.json").write_bytes(b" " * (4 * 65536 + 1))
    with pytest.raises(target.TargetError, match=r"INPUT-310.*lebih dari 262144"):
        target.pull(world.config, str(folder))
