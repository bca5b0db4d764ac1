"""`kawal kepercayaan`: the signed file that says whose key may say what, and under which policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.ledger.store import Ledger
from kawal.outcome import Outcome
from kawal.services import policies, trust_draft
from kawal.services.keys import key_paths, load_public, make_key, write_private
from kawal.services.office import Office
from kawal.services.trust_file import install_copy, root_keys, summary
from kawal.sop import offices
from kawal.sop.loader import profile_of
from kawal.sop.schema import Role as SopRole
from kawal.sop.yamlsafe import load_document, validate
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.trustfile import Person, Role, Trust, sign_trust

SERVICES = ("evidence", "permit", "checkpoint")
ROOT = "akar"

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldRole(_Part):
    peran: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
    status: Literal["definitif", "plt", "plh"] = "definitif"
    mulai: date
    sampai: date | None = None
    """The last day on which the role is held."""
    surat: str | None = None
    """The letter that appoints an acting official, or that allows a second role in one person."""


class ListedPerson(_Part):
    id: Id
    pengguna_forge: tuple[str, ...] = ()
    peran: Annotated[tuple[HeldRole, ...], Field(min_length=1)]


class Root(_Part):
    ambang: Annotated[int, Field(ge=1, le=16)] = 1
    kunci: tuple[str, ...] = (ROOT,)


class PersonsFile(_Part):
    """`orang.yml`: persons by id, their forge accounts and dated roles. No names, no NIP."""

    schema_: Literal["1"] = Field(alias="schema")
    berlaku_hari: Annotated[int, Field(ge=1, le=1100)] = 365
    akar: Root = Root()
    orang: Annotated[tuple[ListedPerson, ...], Field(min_length=1)]


def load_persons(
    path: Path,
    roles: Sequence[SopRole] = (),
    known: Collection[str] = (),
    *,
    warn: Callable[[str], None] = lambda _: None,
) -> PersonsFile:
    """The persons in `path`, checked against the roles of the SOP; PERCAYA-010 lists every problem by its place.

    `warn` is told of each role that is not in `known`; the file is accepted all the same, because a Dinas may have roles of its own.
    """
    document = load_document(path, code="PERCAYA-010")
    file = validate(document, PersonsFile, code="PERCAYA-010")
    held = [
        offices.Held(number, place, one.peran, one.status, one.mulai, one.sampai, one.surat)
        for number, who in enumerate(file.orang)
        for place, one in enumerate(who.peran)
    ]
    if found := list(offices.problems(held, roles)):
        raise document.error("PERCAYA-010", found)
    for one in offices.unknown(held, known) if known else ():
        warn(t("PERINGATAN {line}", line=document.line(one)))
    return file


def _persons(office: Office, path: Path) -> PersonsFile:
    """`orang.yml`, checked against the procedure that this office works by."""
    profile = profile_of(office.profiles, office.settings.file.profil)
    return load_persons(path, profile.value.roles, office.merged(profile).roles, warn=office.say)


def create(office: Office, persons_file: Path, key_folder: Path, *, make_missing: bool) -> Outcome:
    """Version 1: service keys, trust file, and the ledger that begins with it. Safe to repeat: an existing trust file is left alone."""
    if office.trust_path.exists():
        raise InputError(
            "PERCAYA-011",
            f"{office.trust_path} sudah ada",
            next_step="kawal kepercayaan ubah --orang FILE (versi berikut), atau kawal kepercayaan lihat",
        )
    wanted = _persons(office, persons_file)
    made = _make_missing_keys(office, wanted, key_folder) if make_missing else []
    made += _make_service_keys(office)
    policy = policies.compile_current(office)
    trust = _trust(office, wanted, key_folder, version=1, policy_sha256=office.content.put(policy))
    envelope = sign_trust(trust, root_keys(office, trust, key_folder))
    with Ledger.open(
        office.ledger_path, office.service_key("checkpoint"), office.settings.instance, now=office.now
    ) as ledger:
        ledger.append(envelope)
    install_copy(office.trust_path, envelope)
    return summary(trust, t("Kepercayaan versi 1 dibuat dan dicatat."), made)


def change(
    office: Office,
    persons_file: Path | None,
    key_folder: Path,
    *,
    new_keys: Sequence[str] = (),
    draft: Path | None = None,
) -> Outcome:
    """The next version: the persons of `persons_file` (or those of now) and the policy as it compiles today; signed by the root.

    `new_keys` names persons of now whose public key in `key_folder` takes the place of the one they had.
    """
    now_trust = office.trust()
    digest = office.content.put(policies.compile_current(office))
    if persons_file is None:
        trust = now_trust._replace(
            version=now_trust.version + 1,
            policy_sha256=digest,
            issued_at=_seconds(office.now()),
            persons=_rekeyed(now_trust, new_keys, key_folder),
        )
    else:
        wanted = _persons(office, persons_file)
        trust = _trust(office, wanted, key_folder, version=now_trust.version + 1, policy_sha256=digest)
    if trust._replace(version=0, issued_at=0, expires_at=0) == now_trust._replace(
        version=0, issued_at=0, expires_at=0
    ):
        return summary(
            now_trust,
            t("Tidak ada yang berubah; versi {version} tetap berlaku.", version=now_trust.version),
            [],
        )
    return accept(
        office,
        trust,
        now_trust,
        key_folder,
        t("Kepercayaan versi {version} dicatat dan berlaku.", version=trust.version),
        draft=draft,
    )


def _rekeyed(trust: Trust, names: Sequence[str], folder: Path) -> tuple[Person, ...]:
    known = [one.person_id for one in trust.persons]
    for name in names:
        if name not in known:
            raise InputError(
                "PERCAYA-019",
                f"{name} tidak ada di berkas kepercayaan",
                found=", ".join(known),
                needed="orang di berkas kepercayaan",
            )
    return tuple(
        one._replace(keys=(load_public(key_paths(folder, one.person_id).public),))
        if one.person_id in names
        else one
        for one in trust.persons
    )


def accept(
    office: Office, trust: Trust, previous: Trust, key_folder: Path, said: str, *, draft: Path | None = None
) -> Outcome:
    """Signs the next version with the root keys of the previous one, records it and puts its copy in place.

    With `draft` it is written there instead, signed by whichever root keys are at hand, for other holders to sign.
    """
    new = trust._replace(version=previous.version + 1, issued_at=_seconds(office.now()))
    if draft is not None:
        return trust_draft.save(office, new, previous, key_folder, draft)
    envelope = sign_trust(new, root_keys(office, previous, key_folder))
    office.ledger.append(envelope)
    install_copy(office.trust_path, envelope)
    return summary(new, said, [])


def show(office: Office) -> Outcome:
    """`kepercayaan lihat`"""
    return summary(office.trust(), "", [])


# --- parts -------------------------------------------------------------------------------------------------------


def _make_missing_keys(office: Office, wanted: PersonsFile, folder: Path) -> list[str]:
    made = []
    for name in (*wanted.akar.kunci, *(person.id for person in wanted.orang)):
        paths = key_paths(folder, name)
        if not paths.private.exists() and not paths.public.exists():
            make_key(folder, name, office.passphrase(f"{name}.pem"))
            made.append(str(paths.private))
    return made


def _make_service_keys(office: Office) -> list[str]:
    """Keys of the services lie on the server without a passphrase: a daemon must start alone. The file mode guards them."""
    office.key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for name in SERVICES:
        path = office.key_dir / f"{name}.pem"
        if not path.exists():
            write_private(path, PrivateKey.generate().to_pem(None))
            made.append(str(path))
    return made


def _trust(office: Office, wanted: PersonsFile, folder: Path, *, version: int, policy_sha256: str) -> Trust:
    now = office.now()
    return Trust(
        version=version,
        instance=office.settings.instance,
        issued_at=_seconds(now),
        expires_at=_seconds(now + timedelta(days=wanted.berlaku_hari)),
        threshold=wanted.akar.ambang,
        root_keys=tuple(load_public(key_paths(folder, name).public) for name in wanted.akar.kunci),
        persons=tuple(_person(office, one, folder) for one in wanted.orang),
        policy_sha256=policy_sha256,
        service_keys={name: _service_public(office, name) for name in SERVICES},
    )


def _service_public(office: Office, name: str) -> PublicKey:
    """From the key itself; where only the issuer's own user may read it, the one that the present trust file names."""
    path = office.key_dir / f"{name}.pem"
    if not os.access(path, os.R_OK) and office.trust_path.exists():
        return office.trust().service_keys[name]
    return office.service_key(name).public


def _person(office: Office, one: ListedPerson, folder: Path) -> Person:
    return Person(
        one.id,
        tuple(office.forge.user_id(name) for name in one.pengguna_forge),
        (load_public(key_paths(folder, one.id).public),),
        tuple(
            Role(
                r.peran,
                r.status,
                midnight(r.mulai),
                midnight(r.sampai + timedelta(days=1)) if r.sampai else None,
            )
            for r in one.peran
        ),
    )


def midnight(day: date) -> int:
    return _seconds(datetime.combine(day, time(), UTC))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
