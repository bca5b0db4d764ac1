"""The server's disk is lost: from backup and witness, or by a root-signed epoch, permits go on and nothing acknowledged is missing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bypass"))

from bypass_kantor import Kantor
from kawal_world import INSTANCE, KEYS, policy_bytes

from kawal.errors import BlockedError, InputError
from kawal.ledger.bundle import ENTRIES, TRUST
from kawal.ledger.records import LedgerNote
from kawal.ledger.restore import next_origin
from kawal.ledger.statement import sign_record
from kawal.ledger.verify import verify_ledger
from kawal.services import backup, records_io
from kawal.services.office import Office
from kawal.settings import load_settings

KAWAL_YML = f"""schema: 1
instansi: {INSTANCE}
profil: contoh
forge: {{jenis: gitlab, url: "http://127.0.0.1:9"}}
grup: dinas
data: .
"""
SERVER = ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm", "bukti", "kunci", "kepercayaan.json")


class Story:
    """A server with one release out, a backup, a second release, and a target that has seen both."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.server = root / "server"
        self.kantor = Kantor(self.server)
        (self.server / "kawal.yml").write_text(KAWAL_YML)
        (self.server / "kunci").mkdir()
        for name in ("evidence", "permit", "checkpoint"):
            (self.server / "kunci" / f"{name}.pem").write_bytes(KEYS[name].to_pem(None))
        self.safe = root / "brankas"
        self.safe.mkdir()
        for name in ("root1", "root2"):
            (self.safe / f"{name}.pem").write_bytes(KEYS[name].to_pem(None))
            (self.safe / f"{name}.pub").write_text(KEYS[name].public.b64 + "\n")
        self.roots = [self.safe / "root1.pub", self.safe / "root2.pub"]
        self.kantor.deliver()
        with self.office() as here:
            backup.back_up(here.office, root / "cadangan", with_keys=True)
        self.kantor.deliver()
        with self.office() as here:
            records_io.export(here.office, root / "saksi")
        self.acknowledged = {row.payload_sha256 for row in self.kantor.world.ledger.rows()}

    def office(self) -> Opened:
        return Opened(self.server)

    def lose_the_disk(self) -> None:
        self.kantor.close()
        for name in SERVER:
            path = self.server / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def restore(self, *bundles: str, epoch: str | None = None) -> str:
        with self.office() as here:
            folders = [self.root / one for one in bundles]
            return backup.restore(here.office, folders, self.roots, epoch=epoch, key_folder=self.safe).text

    def again(self) -> Kantor:
        self.kantor = Kantor(self.server, fresh=False)
        self.kantor.deliver()
        return self.kantor

    def accept_origin(self, origin: str) -> None:
        path = self.server / "target.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "asal_ledger": [origin]}))


class Opened:
    def __init__(self, folder: Path) -> None:
        self.office = Office(load_settings(start=folder, environ={}), lambda _: b"")

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.office.close()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    made = Story(tmp_path)
    yield made
    made.kantor.close()


def test_backup_and_witness_bring_everything_back_and_permits_go_on(story: Story) -> None:
    story.lose_the_disk()
    assert "dipulihkan" in story.restore("cadangan", "saksi")
    office = story.again()
    now = {row.payload_sha256 for row in office.world.ledger.rows()}
    assert story.acknowledged < now
    assert verify_ledger(office.world.ledger, [KEYS["root1"].public, KEYS["root2"].public]).ok
    assert (office.outcome().permits, office.outcome().installs) == (3, 3)
    assert office.content.has(office.world.policy_sha256)
    assert office.content.get(office.world.policy_sha256) == policy_bytes(office.world.policy)


def test_a_backup_alone_is_too_short_for_the_target_until_the_root_opens_an_epoch(story: Story) -> None:
    story.lose_the_disk()
    story.restore("cadangan")
    office = story.again()
    assert office.outcome().installs == 2  # as before: the target has seen more
    assert set(office.outcome().refused) <= {"IZIN-317", "LEDGER-313", "LEDGER-314"}

    story.lose_the_disk()
    text = story.restore("cadangan", epoch="disk server hilang, saksi tidak ada")
    assert "kawal:dinas-uji/2" in text
    office = story.again()
    assert "LEDGER-312" in office.outcome().refused  # not before the target's owner says so
    story.accept_origin("kawal:dinas-uji/2")
    office.deliver()
    assert office.outcome().installs == 3
    notes = office.world.ledger.entries(type="ledger")
    assert [one.predicate.new_origin for one in notes] == ["kawal:dinas-uji/2"]  # type: ignore[union-attr]
    assert verify_ledger(office.world.ledger, [KEYS["root1"].public, KEYS["root2"].public]).ok


def test_the_old_tree_is_dead_once_the_target_followed_the_epoch(story: Story, tmp_path: Path) -> None:
    old = tmp_path / "lama"
    shutil.copytree(story.server, old)
    story.lose_the_disk()
    story.restore("cadangan", epoch="hilang")
    story.accept_origin("kawal:dinas-uji/2")
    assert story.again().outcome().installs == 3
    for name in ("target", "target.json", "target-kepercayaan.json"):
        path = old / name
        if path.is_dir():
            shutil.rmtree(path)
            shutil.copytree(story.server / name, path, symlinks=True)
        elif (story.server / name).exists():
            shutil.copyfile(story.server / name, path)
    before = Kantor(old, fresh=False)
    for _ in range(3):
        before.deliver()
    assert "LEDGER-312" in before.outcome().refused or "IZIN-317" in before.outcome().refused
    assert before.outcome().installs == 3
    before.close()


def test_copies_that_part_ways_and_damaged_ones_are_refused(story: Story) -> None:
    fork = story.root / "cabang"
    other = Kantor(fork)
    other.deliver()
    (fork / "kawal.yml").write_text(KAWAL_YML)
    shutil.copytree(story.server / "kunci", fork / "kunci")
    opened = Opened(fork)
    records_io.export(opened.office, story.root / "lain")
    opened.office.close()
    other.close()
    story.lose_the_disk()
    with pytest.raises(BlockedError, match="LEDGER-021"):
        story.restore("cadangan", "lain")
    data = (story.root / "cadangan" / ENTRIES).read_bytes()
    (story.root / "cadangan" / ENTRIES).write_bytes(data.replace(b'"seq":9}', b'"seq":8}'))
    with pytest.raises(InputError, match="LEDGER-020"):
        story.restore("cadangan")
    (story.root / "cadangan" / ENTRIES).unlink()
    with pytest.raises(InputError, match="LEDGER-020"):
        story.restore("cadangan")
    assert not (story.server / "ledger.sqlite3").exists()


def test_a_ledger_that_is_there_is_never_overwritten_and_keys_are_needed(story: Story) -> None:
    with pytest.raises(InputError, match="LEDGER-022"):
        story.restore("cadangan")
    story.lose_the_disk()
    with pytest.raises(InputError, match="PERCAYA-013"):
        story.restore("saksi")  # a witness holds no keys
    assert (story.root / "cadangan" / "kunci" / "permit.pem").stat().st_mode & 0o777 == 0o600
    assert (story.root / "saksi" / TRUST).exists()
    assert not (story.root / "saksi" / "kunci").exists()


def test_origins_are_numbered() -> None:
    assert next_origin("kawal:dinas-uji/9") == "kawal:dinas-uji/10"


def test_the_root_corrects_a_clock_that_ran_ahead(story: Story) -> None:
    world = story.kantor.world
    real = world.now
    world.tick(days=2)
    world.sign("pse")  # recorded with the time of a clock that runs two days ahead
    world.now = real
    story.kantor.deliver()
    assert "JAM-001" in story.kantor.answers
    before = story.kantor.outcome().installs
    with story.office() as here:
        here.office.now = lambda: world.now
        assert "Koreksi jam" in backup.correct_clock(here.office, "jam server maju dua hari", story.safe).text
    story.kantor.deliver()
    assert story.kantor.outcome().installs == before + 1
    assert verify_ledger(world.ledger, [KEYS["root1"].public, KEYS["root2"].public]).ok


def test_only_a_clock_note_may_go_back_in_time(story: Story) -> None:
    world = story.kantor.world
    record = sign_record(world.make_evidence("beban"), [KEYS["evidence"]])
    with pytest.raises(InputError, match="LEDGER-006"):
        world.ledger.correct_clock(record)
    note = LedgerNote(
        app_id=None,
        issued_at=world.now,
        kind="clock",
        old_origin="kawal:dinas-uji/1",
        size=1,
        root="0" * 64,
        new_origin=None,
        reason="percobaan",
    )
    with pytest.raises(BlockedError, match="IDENT-001"):
        world.ledger.correct_clock(sign_record(note, [KEYS["root1"]]))
