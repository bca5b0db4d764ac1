"""Break-glass without kawal and forge: two persons, a reason, at most sixty minutes, once, and never hidden."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import Any

import pytest

from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.keys import PrivateKey
from kawal_seal.shape import time_to_text
from kawal_seal.statement import Statement, Subject
from kawal_seal.trustfile import Person, Role
from kawal_target import target

ROLES = ("kadis", "subkoor_pa")
SINCE = 1_700_000_000


class Office:
    """A target that has release one, and two persons who may break the glass."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.keys = {name: PrivateKey.from_seed(name.encode().ljust(32)) for name in ("kadis", "pa", "dev")}
        world.write_config(peran_darurat=list(ROLES))
        first = world.package("satu")
        world.install(world.permit(first), first, self.trust())
        self.fix = world.package("darurat")

    def trust(self, **changes: Any) -> Envelope:
        held = {"kadis": "kadis", "pa": "subkoor_pa", "dev": "tim_pengembang"}
        persons = tuple(
            Person(f"p-{name}", (), (key.public,), (Role(held[name], "definitif", SINCE, None),))
            for name, key in self.keys.items()
        )
        return self.world.trust(**{"persons": persons, **changes})  # type: ignore[no-any-return]

    def predicate(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        about = {
            "forge": {
                "kind": "gitlab",
                "url": "https://git.contoh.go.id",
                "project_id": 41,
                "path": "dinas/tarif",
            },
            "release": "v1.0.1",
            "environment": "production",
            "commit": "c" * 40,
            "tree": "e" * 40,
            "artifact_sha256": hashlib.sha256(self.fix).hexdigest(),
            **changes.pop("about", {}),
        }
        return {
            "schema": 1,
            "record_id": str(uuid.uuid4()),
            "app_id": "tarif",
            "issued_at": time_to_text(now),
            "kind": "break-glass",
            "decision": "approve",
            "role": "kadis",
            "person_id": "p-kadis",
            "grade": "key",
            "subject": about,
            "evidence": [],
            "policy_sha256": "a" * 64,
            "rekomendasi_id": str(uuid.uuid4()),
            "uat": None,
            "persandian": None,
            "pse": None,
            "base_release": None,
            "reason": "layanan mati, forge tidak dapat dihubungi",
            "not_before": time_to_text(now),
            "expires_at": time_to_text(now + 3600),
            "nonce": "0" * 32,
            "supersedes": None,
            **changes,
        }

    def record(self, *signers: str, payload: bytes | None = None, **changes: Any) -> Envelope:
        if payload is None:
            predicate = self.predicate(**changes)
            subject = (Subject("paket.tar", {"sha256": "f" * 64}),)
            payload = Statement(subject, "urn:kawal:signoff:v1", predicate).to_bytes()
        return sign(STATEMENT_TYPE, payload, [self.keys[name] for name in signers or ("kadis", "pa")])

    def install(self, record: Envelope, package: bytes | None = None) -> dict[str, Any]:
        bytes_ = self.fix if package is None else package
        return target.install_in_emergency(self.world.config, record.to_obj(), None, iter([bytes_]))

    def refusal(self, record: Envelope, package: bytes | None = None) -> str:
        with pytest.raises(target.TargetError) as caught:
            self.install(record, package)
        assert self.world.serving() == "satu"
        assert self.world.log()[-1]["kode"] == caught.value.code
        return caught.value.code


@pytest.fixture
def office(world: Any) -> Office:
    return Office(world)


def test_two_persons_install_named_bytes_and_status_and_log_say_so(office: Office) -> None:
    receipt = office.install(office.record())
    assert office.world.serving() == "darurat"
    assert receipt["seq"] is None
    assert target.status(office.world.config)["jenis"] == "break-glass"
    line = office.world.log()[-1]
    assert (line["kejadian"], line["jenis"]) == ("terpasang", "break-glass")
    assert line["sebab"] == "BREAK-GLASS: layanan mati, forge tidak dapat dihubungi"


def test_the_next_permit_replaces_it_and_the_sequence_goes_on(office: Office) -> None:
    office.install(office.record())
    second = office.world.package("dua")
    assert office.world.install(office.world.permit(second), second)["seq"] == 2
    assert target.status(office.world.config)["jenis"] == "rilis"


@pytest.mark.parametrize(
    ("signers", "change", "code"),
    [
        (("kadis",), {}, "IZIN-324"),
        (("kadis", "dev"), {}, "IZIN-324"),
        (("kadis", "pa", "dev"), {}, "IZIN-324"),
        ((), {"kind": "rollback"}, "IZIN-323"),
        ((), {"decision": "reject"}, "IZIN-323"),
        ((), {"grade": "surat"}, "IZIN-323"),
        ((), {"reason": None}, "IZIN-323"),
        ((), {"reason": "  "}, "IZIN-323"),
        ((), {"lain": 1}, "IZIN-323"),
        ((), {"record_id": "satu"}, "IZIN-323"),
        ((), {"expires_at": 61}, "IZIN-323"),
        ((), {"expires_at": -60}, "IZIN-323"),
        ((), {"not_before": -70, "expires_at": -11}, "IZIN-311"),
        ((), {"not_before": 10, "expires_at": 60}, "IZIN-312"),
        ((), {"app_id": "lain"}, "IZIN-325"),
        ((), {"about": {"environment": "uji"}}, "IZIN-318"),
        ((), {"about": {"artifact_sha256": "b" * 64}}, "SUBJEK-310"),
    ],
)
def test_refuses_what_differs_in_one_thing(
    office: Office, signers: tuple[str, ...], change: dict[str, Any], code: str
) -> None:
    """A number stands for so many minutes from now."""
    change = {
        name: _in_minutes(one) if type(one) is int and name != "lain" else one for name, one in change.items()
    }
    assert office.refusal(office.record(*signers, **change)) == code


def _in_minutes(count: int) -> str:
    return time_to_text(int(time.time()) + 60 * count)


def test_one_record_installs_once(office: Office) -> None:
    record = office.record()
    office.install(record)
    with pytest.raises(target.TargetError, match="IZIN-310"):
        office.install(record)


def test_a_role_that_ended_breaks_no_glass(office: Office) -> None:
    ended = tuple(
        one._replace(roles=(one.roles[0]._replace(valid_to=SINCE + 1),)) if one.person_id == "p-pa" else one
        for one in office.world.trust_value(persons=_persons(office)).persons
    )
    newer = office.trust(version=2, persons=ended)
    with pytest.raises(target.TargetError, match="IZIN-324"):
        target.install_in_emergency(
            office.world.config, office.record().to_obj(), newer.to_obj(), iter([office.fix])
        )


def _persons(office: Office) -> tuple[Person, ...]:
    held = {"kadis": "kadis", "pa": "subkoor_pa"}
    return tuple(
        Person(f"p-{name}", (), (office.keys[name].public,), (Role(role, "definitif", SINCE, None),))
        for name, role in held.items()
    )


def test_a_target_whose_operator_named_no_role_accepts_none(world: Any) -> None:
    office = Office(world)
    world.write_config()
    assert office.refusal(office.record()) == "IZIN-322"


def test_a_target_on_which_nothing_was_installed_by_permit_accepts_none(world: Any) -> None:
    world.write_config(peran_darurat=list(ROLES))
    office = Office.__new__(Office)
    office.world, office.fix = world, world.package("darurat")
    office.keys = {name: PrivateKey.from_seed(name.encode().ljust(32)) for name in ("kadis", "pa", "dev")}
    with pytest.raises(target.TargetError, match="IZIN-325"):
        target.install_in_emergency(
            world.config, office.record().to_obj(), office.trust().to_obj(), iter([office.fix])
        )
    assert world.serving() is None


def test_a_signature_by_a_stranger_or_over_other_bytes_is_no_second_person(office: Office) -> None:
    stranger = PrivateKey.from_seed(b"s" * 32)
    record = office.record("kadis").with_signature(stranger)
    assert office.refusal(record) == "IZIN-324"
    good = office.record()
    broken = good._replace(payload=good.payload.replace(b"v1.0.1", b"v1.0.2"))
    assert office.refusal(broken) == "IZIN-324"
    other_type = good._replace(payload_type="application/json")
    assert office.refusal(other_type) == "IZIN-323"


def test_an_interrupted_installation_resumes_with_the_same_record(office: Office, monkeypatch: Any) -> None:
    record = office.record()
    real = target._switch

    def fail(*_: Any) -> None:
        raise OSError("disk")

    monkeypatch.setattr(target, "_switch", fail)
    with pytest.raises(target.TargetError, match="INSTAL-321"):
        office.install(record)
    monkeypatch.setattr(target, "_switch", real)
    assert office.install(record)["sha256"] == hashlib.sha256(office.fix).hexdigest()
    assert office.world.serving() == "darurat"


def test_command_line_installs_and_reminds_of_the_ledger(office: Office, capsys: Any) -> None:
    folder = office.world.folder
    (folder / "darurat.json").write_bytes(office.record().to_bytes())
    (folder / "darurat.tar").write_bytes(office.fix)
    config = str(office.world.config_path)
    words = ["darurat", "--konfigurasi", config, "--catatan", str(folder / "darurat.json"), "--berkas"]
    assert target.main([*words, str(folder / "tidak-ada.tar")]) == 6
    trust = folder / "baru.json"
    trust.write_bytes(office.trust().to_bytes())
    assert target.main([*words, str(folder / "darurat.tar"), "--kepercayaan", str(trust)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["target_id"] == "produksi-1"
    assert "kawal catat impor" in said.err
    assert office.world.serving() == "darurat"


def test_a_state_file_from_before_the_kind_was_kept_is_still_read(office: Office) -> None:
    path = office.world.state / "keadaan.json"
    state = json.loads(path.read_text())
    del state["terpasang"]["jenis"]
    path.write_text(json.dumps(state))
    assert target.status(office.world.config)["jenis"] is None
    office.install(office.record())
    assert office.world.serving() == "darurat"
