"""`kawal dokter` says what it has looked at: who answers at the doors, which role nobody holds, and one trouble of the forge once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kawal.ledger.store import Ledger
from kawal.services import doctor, doctor_doors
from kawal.services.office import Office
from kawal.services.trust import SERVICES
from kawal.settings import load_settings
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Person, Role, Trust, sign_trust

NOWHERE = "http://127.0.0.1:9"
ROLES = ("pemohon", "subkoor_tata_kelola", "subkoor_pa", "tim_pengembang", "subkoor_persandian")


@contextmanager
def answering(answers: dict[str, bytes]) -> Iterator[str]:
    """The address of a server that knows these paths."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def office(
    folder: Path, *, door: str = NOWHERE, forge: str = NOWHERE, token: str = "t", more: str = ""
) -> Office:
    target = f'{{id: uji-1, pintu: "{door}", aplikasi: "{door}"}}'
    (folder / "kawal.yml").write_text(
        f"schema: 1\ninstansi: uji\nprofil: batam\nforge: {{url: '{forge}'}}\ngrup: opd\npintu: '{door}'\n"
        f"target: {{uji: {target}, produksi: {target}}}\n{more}",
        "utf-8",
    )
    said: list[str] = []
    made = Office(
        load_settings(start=folder, environ={"KAWAL_TOKEN": token}),
        lambda _: b"frasa sandi uji",
        say=said.append,
    )
    made.__dict__["said"] = said
    return made


def doors(made: Office) -> list[tuple[str, str, str]]:
    return [(line.state, line.what, line.value) for line in doctor_doors.doors(made)]


# --- doors ----------------------------------------------------------------------------------------------------------


def test_an_address_where_nobody_listens_is_never_called_passed(tmp_path: Path) -> None:
    silent = f"{NOWHERE} tidak menjawab dari mesin ini"

    assert doors(office(tmp_path)) == [
        ("PERINGATAN", "pintu izin", silent),
        ("PERINGATAN", "target uji", silent),
        ("PERINGATAN", "target produksi", silent),
    ]


def test_doors_that_answer_as_what_kawal_yml_calls_them_pass(tmp_path: Path) -> None:
    with answering({"/sehat": b"{}", "/status": json.dumps({"target_id": "uji-1"}).encode()}) as address:
        assert {state for state, _, _ in doors(office(tmp_path, door=address))} == {"LULUS"}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (b'{"target_id": "lain-1"}', "menjawab sebagai 'lain-1', kawal.yml menyebut uji-1"),
        (b'{"target_id": "\\u001b[2J"}', r"menjawab sebagai '\x1b[2J'"),
        (b"<html>", "menjawab bukan sebagai kawal-target"),
        (b"[]", "menjawab bukan sebagai kawal-target"),
        (None, "menjawab 404 di /status"),
    ],
)
def test_somebody_else_at_the_address_of_a_target_is_told(
    tmp_path: Path, status: bytes | None, found: str
) -> None:
    with answering({} if status is None else {"/status": status}) as address:
        _, test, _ = doors(office(tmp_path, door=address))

    assert (test[0], test[1]) == ("PERINGATAN", "target uji")
    assert found in test[2]


def test_an_address_that_is_none_is_not_asked(tmp_path: Path) -> None:
    assert doors(office(tmp_path, door="ssh://uji"))[0] == (
        "PERINGATAN",
        "pintu izin",
        "ssh://uji bukan alamat http:// atau https://",
    )


def test_doors_that_kawal_yml_does_not_name_fail(tmp_path: Path) -> None:
    made = office(tmp_path)
    file = (tmp_path / "kawal.yml").read_text("utf-8").split("pintu:")[0]
    (tmp_path / "kawal.yml").write_text(file, "utf-8")

    (line,) = doctor_doors.doors(Office(load_settings(start=tmp_path, environ={}), made.passphrase))

    assert (line.state, line.exit_code) == ("GAGAL", 6)
    assert "belum menyebut pintu dan target" in line.value


# --- one trouble once -----------------------------------------------------------------------------------------------


def failures(made: Office) -> list[str]:
    return [one["apa"] for one in doctor.examine(made).data["baris"] if one["keadaan"] == "GAGAL"]


@pytest.mark.parametrize(
    ("forge", "token", "code"),
    [(NOWHERE, "t", "FORGE-001"), (NOWHERE, "", "FORGE-002")],
    ids=["a dead forge", "no token"],
)
def test_a_forge_that_does_not_let_the_bot_in_is_one_failure(
    tmp_path: Path, forge: str, token: str, code: str
) -> None:
    told = doctor.examine(office(tmp_path, forge=forge, token=token))

    assert failures(office(tmp_path, forge=forge, token=token)).count(code) == 1
    assert [
        one for one in failures(office(tmp_path, forge=forge, token=token)) if one.startswith("FORGE")
    ] == [code]
    assert "belum dilihat                hak bot, templat pipeline, penerbit token pekerjaan" in told.text


def test_a_token_that_the_forge_refuses_is_one_failure(tmp_path: Path) -> None:
    with answering({}) as address:  # 404 to everything: also no GitLab
        found = [one for one in failures(office(tmp_path, forge=address)) if one.startswith("FORGE")]

    assert len(found) == 1


# --- roles ----------------------------------------------------------------------------------------------------------


def begun(folder: Path, roles: Mapping[str, datetime | None]) -> Office:
    """An office whose ledger began with one person per role, held until that moment."""
    made, now = office(folder), datetime.now(UTC)
    made.key_dir.mkdir(parents=True)
    keys = {name: PrivateKey.generate() for name in (*SERVICES, "akar")}
    for name in SERVICES:
        (made.key_dir / f"{name}.pem").write_bytes(keys[name].to_pem(None))
    persons = tuple(
        Person(
            f"p-{number}",
            (),
            (PrivateKey.generate().public,),
            (Role(role, "definitif", 1577836800, None if until is None else int(until.timestamp())),),
        )
        for number, (role, until) in enumerate(roles.items())
    )
    trust = Trust(
        version=1,
        instance="uji",
        issued_at=int(now.timestamp()),
        expires_at=int((now + timedelta(days=100)).timestamp()),
        threshold=1,
        root_keys=(keys["akar"].public,),
        persons=persons,
        policy_sha256="0" * 64,
        service_keys={name: keys[name].public for name in SERVICES},
    )
    with Ledger.open(made.ledger_path, keys["checkpoint"], "uji", now=made.now) as ledger:
        ledger.append(sign_trust(trust, [keys["akar"]]))
    return made


def holders(made: Office) -> tuple[str, str]:
    rows = [one for one in doctor.examine(made).data["baris"] if one["apa"] == "peran SOP"]
    made.close()
    (row,) = rows
    return row["keadaan"], row["nilai"]


def test_every_role_of_the_sop_with_a_holder_passes(tmp_path: Path) -> None:
    assert holders(begun(tmp_path, dict.fromkeys(ROLES))) == (
        "LULUS",
        f"{len(ROLES)} peran, masing-masing ada pemegangnya",
    )


def test_a_role_that_nobody_holds_any_more_is_named(tmp_path: Path) -> None:
    gone = datetime.now(UTC) - timedelta(days=1)

    assert holders(begun(tmp_path, dict.fromkeys(ROLES) | {"subkoor_persandian": gone})) == (
        "PERINGATAN",
        "tidak dipegang siapa pun: Sub Koordinator Persandian (subkoor_persandian)",
    )
