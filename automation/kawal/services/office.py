"""The office: settings, ledger, content store, trust, forge and profiles that a verb works with. Opened lazily, closed once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from kawal.errors import BlockedError, InputError
from kawal.forges.port import Forge
from kawal.ledger.content import ContentStore
from kawal.ledger.records import (
    Approval,
    Move,
    Predicate,
    Provision,
    Request,
    Signoff,
    StepDone,
    Withdraw,
)
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Entry, Ledger
from kawal.ledger.trust import person_of_key
from kawal.services.keys import Passphrase, load_private
from kawal.settings import Settings
from kawal.sop.clock import Calendar, calendar_for
from kawal.sop.layers import DinasPolicy, Overlay
from kawal.sop.loader import (
    Loaded,
    load_calendar_file,
    load_dinas_policy,
    load_overlay,
    load_profile,
    load_profiles,
)
from kawal.sop.procedure import Procedure, procedure_for
from kawal.sop.schema import Profile
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Trust

P = TypeVar("P", bound=Predicate)
APP_ID = re.compile(r"[a-z][a-z0-9-]{1,62}")


RECORD_ID_USED = "LEDGER-007"


def derived_id(*parts: object) -> str:
    """The same record_id for the same facts, so that two processes cannot both record them."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:kawal:" + "/".join(map(str, parts))))


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Office:
    """One authority's kawal on this machine. Not shared between threads."""

    settings: Settings
    passphrase: Passphrase
    now: Callable[[], datetime] = utc_now
    say: Callable[[str], None] = field(default=lambda _: None)
    """Progress for people; goes to stderr."""

    # --- places ----------------------------------------------------------------------------------------------

    @property
    def key_dir(self) -> Path:
        """Service keys (evidence, permit, checkpoint), readable by the server's user alone."""
        return self.settings.data_dir / "kunci"

    @property
    def ledger_path(self) -> Path:
        return self.settings.data_dir / "ledger.sqlite3"

    @property
    def trust_path(self) -> Path:
        return self.settings.data_dir / "kepercayaan.json"

    @cached_property
    def content(self) -> ContentStore:
        return ContentStore(self.settings.data_dir / "bukti")

    def service_key(self, name: str) -> PrivateKey:
        path = self.key_dir / f"{name}.pem"
        if not path.exists():
            raise InputError(
                "PERCAYA-001",
                f"Kunci layanan {name} belum ada ({path})",
                next_step="kawal kepercayaan buat --orang FILE",
            )
        return load_private(path, self.passphrase)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, for appending. InputError LEDGER-001 with the next step when it was not begun."""
        return Ledger.open(
            self.ledger_path, self.service_key("checkpoint"), self.settings.instance, now=self.now
        )

    @cached_property
    def forge(self) -> Forge:
        from kawal.forges.registry import open_forge

        return open_forge(
            self.settings.forge_kind,
            self.settings.forge_url,
            self.settings.require_token(),
            timeout=self.settings.timeout_s,
        )

    # --- procedures ------------------------------------------------------------------------------------------

    @cached_property
    def profiles(self) -> dict[str, Loaded[Profile]]:
        folder = self.settings.file.profil_dir
        return load_profiles([self.settings.path(folder)] if folder else [])

    @cached_property
    def overlay(self) -> Loaded[Overlay]:
        return load_overlay()

    @cached_property
    def dinas(self) -> Loaded[DinasPolicy] | None:
        """What the Dinas decided (`kebijakan:` in kawal.yml); None when it decided nothing."""
        named = self.settings.file.kebijakan
        if named is None:
            return None
        return load_dinas_policy(self.settings.path(named), [one.value for one in self.profiles.values()])

    def merged(self, profile: Loaded[Profile]) -> Procedure:
        return procedure_for(
            profile.value,
            self.overlay.value,
            self.dinas.value if self.dinas else None,
            profile_sha256=profile.sha256,
            overlay_sha256=self.overlay.sha256,
        )

    def calendar(self, procedure: Procedure) -> Calendar:
        """Working days and hours of the procedure's authority, with the local days off of kawal.yml."""
        named = self.settings.file.kalender
        local = load_calendar_file(self.settings.path(named)).value if named else None
        zone = procedure.profile.authority.zone
        return calendar_for(
            zone,
            procedure.hours,
            count_days=procedure.count_days,
            local=local,
            special=procedure.special_hours,
        )

    def procedure_of(self, request: Request) -> Procedure:
        """The procedure of an application, on the profile revision that it pinned, whatever lies on disk today."""
        pinned = load_profile(self.content.get(self.revision(request)), f"profil {request.profile_id}")
        return self.merged(pinned)

    def revision(self, request: Request) -> str:
        """Digest of the profile revision that an application follows: the one it was asked under, or moved to since."""
        entries = self.ledger.entries(app_id=request.app_id)
        withdrawn = {e.predicate.record_sha256 for e in entries if isinstance(e.predicate, Withdraw)}
        digest = request.profile_sha256
        for entry in entries:
            move = entry.predicate
            standing = entry.payload_sha256 not in withdrawn
            if isinstance(move, Move) and standing and move.from_sha256 == digest:
                digest = move.to_sha256
        return digest

    # --- trust -----------------------------------------------------------------------------------------------

    def trust(self) -> Trust:
        found = self.ledger.trust()
        if found is None:
            raise InputError(
                "PERCAYA-001",
                "Berkas kepercayaan belum dibuat",
                next_step="kawal kepercayaan buat --orang FILE",
            )
        return found

    def signer(self, key_file: Path) -> tuple[PrivateKey, str]:
        """The private key in `key_file` and the person whose key it is."""
        key = load_private(key_file, self.passphrase)
        who = person_of_key(self.trust(), key.public)
        if who is None:
            raise BlockedError(
                "IDENT-011",
                f"Kunci {key_file.name} bukan milik orang yang terdaftar",
                needed="kunci seseorang di kepercayaan.json",
                next_step="kawal kepercayaan lihat",
            )
        return key, who.person_id

    def append_once(self, predicate: Predicate, key: PrivateKey) -> bool:
        """Appends a record whose `record_id` is derived from what it speaks of; False when another process was first."""
        try:
            self.append(predicate, key)
        except BlockedError as error:
            if error.code != RECORD_ID_USED:
                raise
            return False
        return True

    def append(self, predicate: Predicate, key: PrivateKey) -> Entry:
        """Signs a record and appends it; the ledger decides whether this key may say this."""
        return self.ledger.append(sign_record(predicate, [key]))

    # --- records ---------------------------------------------------------------------------------------------

    def request(self, app_id: str) -> tuple[Entry, Request]:
        """The newest request of an application. InputError INPUT-030 when there is none."""
        if not APP_ID.fullmatch(app_id):
            raise InputError(
                "INPUT-031", f"Id aplikasi {app_id!r} tidak sah", needed="huruf kecil, angka, tanda hubung"
            )
        found = self.records(app_id, Request)
        if not found:
            known = sorted(
                {
                    e.predicate.app_id
                    for e in self.ledger.entries(type="request")
                    if isinstance(e.predicate, Request)
                }
            )
            raise InputError(
                "INPUT-030",
                f"Aplikasi {app_id} tidak dikenal",
                found=", ".join(known) or "belum ada permohonan",
                next_step="kawal permohonan daftar",
            )
        return found[-1]

    def records(self, app_id: str, kind: type[P]) -> list[tuple[Entry, P]]:
        """The application's records of one type, oldest first."""
        return [
            (entry, entry.predicate)
            for entry in self.ledger.entries(app_id=app_id, type=kind.TYPE)
            if isinstance(entry.predicate, kind)
        ]

    def approval(self, app_id: str) -> tuple[Entry, Approval]:
        """The approving letter that stands. BlockedError REKOM-001 when there is none."""
        found = self.approvals(app_id)
        if not found:
            raise BlockedError(
                "REKOM-001",
                f"{app_id} belum disetujui",
                needed="surat yang menyetujui pembangunan aplikasi",
                next_step=f"kawal setujui {app_id} --surat FILE --nomor NOMOR --tanggal TANGGAL",
            )
        return found[-1]

    def approvals(self, app_id: str) -> list[tuple[Entry, Approval]]:
        """The letters that approve and were not withdrawn, oldest first."""
        withdrawn = {one.record_sha256 for _, one in self.records(app_id, Withdraw)}
        return [
            (entry, letter)
            for entry, letter in self.records(app_id, Approval)
            if letter.decision == "approve" and entry.payload_sha256 not in withdrawn
        ]

    def provision(self, app_id: str) -> Provision:
        """The project of an application. BlockedError REKOM-002 when none was made yet."""
        found = self.records(app_id, Provision)
        if not found:
            raise BlockedError(
                "REKOM-002", f"Proyek {app_id} belum disiapkan", next_step=f"kawal siapkan {app_id}"
            )
        return found[-1][1]

    def steps(self, app_id: str) -> list[tuple[Entry, StepDone]]:
        return self.records(app_id, StepDone)

    def signoffs(self, app_id: str) -> list[tuple[Entry, Signoff]]:
        return self.records(app_id, Signoff)

    def close(self) -> None:
        if "ledger" in self.__dict__:
            self.ledger.close()


def unreadable(error: SealError, what: str) -> InputError:
    return InputError("INPUT-014", f"{what} tidak terbaca", found=str(error))
