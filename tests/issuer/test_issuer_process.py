"""The issuer's start and stop inside this process, and its settings: every path, every option, every way to fail."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from idp import until
from kawal_world import APP, FORGE, INSTANCE, KEYS, World, policy_bytes

from kawal.errors import InputError, TemporaryError
from kawal.ledger.content import ContentStore
from kawal.ledger.records import Denial
from kawal.ledger.store import utc_now
from kawal_issuer import __main__ as program
from kawal_issuer import wire
from kawal_issuer.settings import ForgeSettings, Settings, load_settings
from kawal_issuer.wire import ask

STRANGER = {"buat": "izin", "token": "a.b.c", "aplikasi": APP, "target": "produksi-1"}


def settings(**changes: Any) -> Settings:
    value: dict[str, Any] = {
        "instance": INSTANCE,
        "forge": ForgeSettings(
            kind="gitlab", url=FORGE, token_file="t/token", ca_file="t/ca.pem", timeout_s=2
        ),
        "ledger": "ledger.sqlite3",
        "content": "bukti",
        "permit_key": "k/permit.pem",
        "checkpoint_key": "k/checkpoint.pem",
    }
    return Settings(**{**value, **changes})


@pytest.fixture
def home(world: World) -> Path:
    """The folder of an issuer that may start."""
    folder = world.ready().folder
    ContentStore(folder / "bukti").put(policy_bytes(world.policy))
    for name in ("k", "t"):
        (folder / name).mkdir()
    for name in ("permit", "checkpoint"):
        (folder / "k" / f"{name}.pem").write_bytes(KEYS[name].to_pem(None))
    (folder / "t" / "token").write_text(" rahasia\n")
    (folder / "penerbit.json").write_bytes(settings().to_json())
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["/di/mana/__main__.py", *map(str, words)])
    return program.main()


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts the handlers back; until the issuer sets its own, a signal fails the test and not the test run."""

    def unexpected(number: int, _: FrameType | None) -> None:
        raise AssertionError(f"signal {number} before the issuer took it over")

    both = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(one, unexpected) for one in both]
    yield
    for one, handler in zip(both, before, strict=True):
        signal.signal(one, handler)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_every_path_starts_at_the_settings(home: Path) -> None:
    found = load_settings(home)
    assert found == settings(
        forge=ForgeSettings(
            kind="gitlab",
            url=FORGE,
            token_file=str(home / "t" / "token"),
            ca_file=str(home / "t" / "ca.pem"),
            timeout_s=2,
        ),
        ledger=str(home / "ledger.sqlite3"),
        content=str(home / "bukti"),
        permit_key=str(home / "k" / "permit.pem"),
        checkpoint_key=str(home / "k" / "checkpoint.pem"),
    )


def test_no_certificate_authority_stays_none(home: Path) -> None:
    own = settings().forge.model_copy(update={"ca_file": None})
    (home / "penerbit.json").write_bytes(settings(forge=own).to_json())
    assert load_settings(home).forge.ca_file is None


def test_settings_that_are_not_there_or_not_theirs_say_which_file(tmp_path: Path) -> None:
    path = tmp_path / "penerbit.json"
    for text in (None, b"{", b'{"schema": 1, "schema": 1}', b'{"schema": 1}'):
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(InputError) as caught:
            load_settings(tmp_path)
        assert (caught.value.code, caught.value.needed) == ("KONF-030", "berkas buatan kawal")
        assert caught.value.what.startswith(f"{path} tidak terbaca: ")
        assert str(caught.value.__cause__) in caught.value.what


# --- what it is built of ----------------------------------------------------------------------------------------------


def test_it_is_built_of_what_the_settings_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[Any, ...]] = []
    fetched: list[tuple[Any, ...]] = []
    forge = object()

    def open_forge(*wanted: Any, **more: Any) -> object:
        opened.append((*wanted, more))
        return forge

    monkeypatch.setattr(program, "open_forge", open_forge)

    def fetch_keys(*wanted: Any) -> dict[str, Any]:
        fetched.append(wanted)
        return {"k1": {}}

    monkeypatch.setattr(program, "fetch_keys", fetch_keys)
    issuer = program.build(load_settings(home))
    ca = str(home / "t" / "ca.pem")
    assert opened == [("gitlab", FORGE, "rahasia", {"timeout": 2.0, "ca": ca})]
    assert issuer._read_keys("https://forge.contoh") == {"k1": {}}
    assert fetched == [("https://forge.contoh", ca)]
    assert (issuer._ledger.instance, issuer._ledger.path) == (INSTANCE, home / "ledger.sqlite3")
    assert issuer._now is utc_now
    assert issuer._policy()[2].forge.url == FORGE
    assert vars(issuer._forge)["_forge"] is forge
    assert issuer.answer(STRANGER)["status"] == 401
    entry = issuer._ledger.entries()[-1]
    assert isinstance(entry.predicate, Denial)  # signed with the permit key, in a checkpoint of the other
    issuer._ledger.close()


# --- start and stop ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("there", [True, False], ids=["socket there", "socket taken away"])
def test_it_answers_until_it_is_told_to_stop(
    home: Path, monkeypatch: pytest.MonkeyPatch, signals: None, number: int, there: bool
) -> None:
    path = home / "s" / "i"
    heard: list[Any] = []
    servers: list[Any] = []

    def listen(*wanted: Any) -> Any:
        servers.append(wire.listen(*wanted))
        return servers[0]

    def asker() -> None:
        try:
            until(path.exists, seconds=20)
            heard.append(ask(path, STRANGER)["status"])
            heard.append(stat.S_IMODE(path.stat().st_mode))
            if not there:
                path.unlink()
        finally:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(program, "listen", listen)
    thread = threading.Thread(target=asker)
    thread.start()
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--data", home, "--soket", path)
    thread.join()
    servers[0].close()  # the end of a process does that
    assert ended.value.code == 0
    assert heard == [401, 0o600]
    assert not path.exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_socket_that_ends_by_itself_is_a_failure(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    signals: None,
    there: bool,
) -> None:
    path = home / "s" / "i"
    servers: list[Any] = []

    def serve(server: Any, answer: Any) -> None:
        assert answer(STRANGER)["status"] == 401
        servers.append(server)
        if not there:
            path.unlink()

    monkeypatch.setattr(program, "serve", serve)
    assert run(monkeypatch, "--data", home, "--soket", path, "--grup", os.getgid()) == 5
    assert capsys.readouterr().err == "soket penerbit tidak dapat menerima sambungan lagi\n"
    assert servers[0].fileno() == -1
    assert not path.exists()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750


def test_what_stops_the_start_is_said_with_its_code(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "s" / "i"
    words: list[Any] = ["--data", home, "--soket", path]
    assert run(monkeypatch, *words, "--grup", "grup-yang-tidak-ada") == 6
    assert "grup-yang-tidak-ada" in capsys.readouterr().err
    path.write_text("surat")
    assert run(monkeypatch, *words) == 6
    assert "bukan soket" in capsys.readouterr().err
    (home / "k" / "permit.pem").write_text("bukan kunci")
    assert run(monkeypatch, *words) == 6
    assert capsys.readouterr().err != ""
    (home / "penerbit.json").unlink()
    assert run(monkeypatch, *words) == InputError("KONF-030", "").exit_code
    assert "penerbit.json tidak terbaca" in capsys.readouterr().err


def test_what_may_pass_by_itself_ends_with_its_own_code(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(_: Settings) -> None:
        raise TemporaryError("LEDGER-005", "buku catatan sedang dipakai")

    monkeypatch.setattr(program, "build", build)
    assert run(monkeypatch, "--data", home, "--soket", home / "i") == 5
    assert "sedang dipakai" in capsys.readouterr().err


@pytest.mark.parametrize("left_out", ["--data", "--soket"])
def test_both_places_have_to_be_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left_out: str
) -> None:
    words = {"--data": home, "--soket": home / "s" / "i"}
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *(part for name in words if name != left_out for part in (name, words[name])))
    assert ended.value.code == 2
    assert left_out in capsys.readouterr().err


def test_its_help_names_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--help")
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "usage: kawal_issuer [-h] --data DATA --soket SOKET [--grup GRUP]" in said
    assert "Penerbit izin rilis kawal.\n" in said
    for help in (
        "folder yang memuat penerbit.json\n",
        "soket Unix yang dibuka\n",
        "grup yang juga boleh membuka soket, bila penerbit punya pengguna sendiri\n",
    ):
        assert f"  {help}" in said
