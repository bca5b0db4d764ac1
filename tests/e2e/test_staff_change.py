"""An official changes, a key is lost: the next trust version says so, and what was signed before is judged by its own day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from kantor import Kantor, small_office
from kawal.ledger.records import Provision
from kawal.ledger.store import Ledger
from kawal_seal.keys import PrivateKey

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    """An office of its own: the trust file changes under it."""
    with small_office(tmp_path_factory.mktemp("pergantian")) as office:
        yield office


def held(kantor: Kantor, person: str) -> list[str]:
    people = kantor.must("kepercayaan", "lihat").data["orang"]
    return next(list(one["peran"]) for one in people if one["id"] == person)


def key_folder(kantor: Kantor) -> Path:
    return next(iter(kantor.stage.home.rglob("p-persandian.pem"))).parent


def test_a_role_passes_on_at_a_day_and_the_version_grows(kantor: Kantor) -> None:
    before = kantor.must("kepercayaan", "lihat").data["versi_kepercayaan"]
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    words = ["kepercayaan", "serah-terima", "subkoor_persandian", "--dari", "p-persandian"]
    words += ["--kepada", "p-tata-kelola", "--mulai", tomorrow, "--status", "plt"]
    said = kantor.must(*words, "--folder-kunci", str(key_folder(kantor)))
    assert said.data["versi_kepercayaan"] == before + 1
    assert "subkoor_persandian" in held(kantor, "p-tata-kelola")
    assert "subkoor_persandian" in held(kantor, "p-persandian")  # until tomorrow


def test_a_role_is_held_through_the_last_day_that_orang_yml_names(kantor: Kantor) -> None:
    persons = next(iter(kantor.stage.home.rglob("orang.yml")))
    listed = yaml.safe_load(persons.read_text("utf-8"))
    who = next(one for one in listed["orang"] if one["id"] == "p-peninjau")
    today = datetime.now(UTC).date()
    who["peran"][0] |= {"sampai": today.isoformat()}
    until_today = persons.with_name("orang-sampai.yml")
    until_today.write_text(yaml.safe_dump(listed), "utf-8")
    words = ["kepercayaan", "ubah", "--orang", str(until_today), "--folder-kunci", str(key_folder(kantor))]
    kantor.must(*words)
    with Ledger.open(kantor.stage.home / "data" / "ledger.sqlite3", None, "") as ledger:
        trust = ledger.newest_trust()
    assert trust is not None
    (held_now,) = next(one for one in trust.persons if one.person_id == "p-peninjau").roles
    assert held_now.valid_to == datetime(today.year, today.month, today.day, tzinfo=UTC).timestamp() + 86400
    kantor.must("kepercayaan", "ubah", "--orang", str(persons), "--folder-kunci", str(key_folder(kantor)))


def test_a_role_cannot_pass_to_a_stranger_or_from_who_never_held_it(kantor: Kantor) -> None:
    folder = str(key_folder(kantor))
    words = ["kepercayaan", "serah-terima", "subkoor_persandian", "--mulai", "2027-01-01"]
    stranger = kantor.kawal(*words, "--dari", "p-persandian", "--kepada", "p-baru", "--folder-kunci", folder)
    assert stranger.codes == ["PERCAYA-014"]
    never = kantor.kawal(*words, "--dari", "p-pemohon", "--kepada", "p-pa", "--folder-kunci", folder)
    assert never.codes == ["PERCAYA-015"]


def test_a_lost_key_is_replaced_and_the_old_one_no_longer_signs(kantor: Kantor) -> None:
    folder = key_folder(kantor)
    old = (folder / "p-pemohon.pem").read_bytes()
    said = kantor.must("kunci", "ganti", "p-pemohon", "--folder-kunci", str(folder))
    kept = [path.name for path in folder.glob("p-pemohon.*.lama-*")]
    assert len(kept) == 2
    persons = next(iter(kantor.stage.home.rglob("orang.yml")))
    kantor.must("kepercayaan", "ubah", "--orang", str(persons), "--folder-kunci", str(folder))
    keyid = said.data["keyid"][:16]
    people = kantor.must("kepercayaan", "lihat").data["orang"]
    assert [one["keyid"] for one in people if one["id"] == "p-pemohon"] == [[keyid]]
    (folder / "lama.pem").write_bytes(old)
    refused = kantor.kawal("kunci", "ganti", "p-tak-ada", "--folder-kunci", str(folder))
    assert refused.code == 6


def test_a_project_is_recorded_again_once_when_the_evidence_key_was_replaced(kantor: Kantor) -> None:
    """Its record counts by the key of today alone, and `kawal siapkan` is the command that the refusal names."""
    app = "e-layanan"
    kantor.approved(app)
    assert kantor.ledger_types().count("provision") == 1
    (path,) = kantor.stage.home.rglob("evidence.pem")
    path.write_bytes(PrivateKey.generate().to_pem(None))
    persons = next(iter(kantor.stage.home.rglob("orang.yml")))
    kantor.must("kepercayaan", "ubah", "--orang", str(persons), "--folder-kunci", str(key_folder(kantor)))
    for _ in range(2):
        assert kantor.must("siapkan", app).envelope["status"] == "tidak_berubah"
    assert kantor.ledger_types().count("provision") == 2
    with Ledger.open(kantor.stage.home / "data" / "ledger.sqlite3", None, "") as ledger:
        first, again = ledger.entries(app_id=app, type="provision")
    assert again.signers == (PrivateKey.from_pem(path.read_bytes(), None).public,) != first.signers
    assert isinstance(first.predicate, Provision)
    new = {"record_id": again.predicate.record_id, "issued_at": again.predicate.issued_at}  # type: ignore[union-attr]
    assert again.predicate == first.predicate.model_copy(update=new)
