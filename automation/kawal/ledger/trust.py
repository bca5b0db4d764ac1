"""Who may sign which record: keys to persons to roles at a time, and the thresholds of two persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kawal.errors import BlockedError, InputError
from kawal.ledger.records import (
    Approval,
    Denial,
    Evidence,
    Findings,
    LedgerNote,
    Move,
    Pentest,
    PermitRecord,
    Predicate,
    Provision,
    Release,
    Request,
    RiskAcceptance,
    Signoff,
    StepDone,
    Waiver,
    Withdraw,
)
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.trustfile import (
    Person,
    Trust,
    build_trust,
    parse_trust,
    sign_trust,
    verify_next,
    verify_trust,
)

__all__ = [
    "Authority",
    "Person",
    "PrivateKey",
    "PublicKey",
    "Trust",
    "all_keys",
    "authorise",
    "build_trust",
    "holds",
    "load_trust",
    "parse_trust",
    "person",
    "person_of_key",
    "persons_of_user",
    "sign_trust",
    "verify_next",
    "verify_trust",
]

SERVICE_OF: dict[type[Predicate], tuple[str, ...]] = {
    Evidence: ("evidence",),
    Findings: ("evidence",),
    Provision: ("evidence",),
    Denial: ("permit", "evidence"),
    PermitRecord: ("permit",),
    Request: ("evidence",),
    Release: ("evidence",),
}
"""Record types that a service key may sign; each is a fact that kawal itself found."""


@dataclass(frozen=True)
class Authority:
    """On whose authority a record stands. `persons` are the signers; for grade surat they are its two transcribers."""

    persons: tuple[str, ...]
    service: str | None
    keys: tuple[PublicKey, ...]


def load_trust(envelope_bytes: bytes, root_keys: Iterable[PublicKey], threshold: int) -> Trust:
    """The trust file, verified under pinned root keys; InputError PERCAYA-003 otherwise."""
    from kawal_seal.dsse import Envelope

    try:
        return verify_trust(Envelope.parse(envelope_bytes, limit=1 << 20), root_keys, threshold)
    except SealError as error:
        raise InputError("PERCAYA-003", f"berkas kepercayaan tidak sah: {error}") from error


def person(trust: Trust, person_id: str) -> Person | None:
    return next((one for one in trust.persons if one.person_id == person_id), None)


def person_of_key(trust: Trust, key: PublicKey) -> Person | None:
    return next((one for one in trust.persons if key in one.keys), None)


def persons_of_user(trust: Trust, user_id: int) -> Person | None:
    """The person behind a forge account, by immutable user id (parse_trust lets no id belong to two persons)."""
    return next((one for one in trust.persons if user_id in one.forge_user_ids), None)


def holds(who: Person, role: str, at: datetime) -> bool:
    moment = int(at.timestamp())
    return any(
        one.role == role and one.valid_from <= moment and (one.valid_to is None or moment < one.valid_to)
        for one in who.roles
    )


def has_any_role(who: Person, at: datetime) -> bool:
    return any(holds(who, one.role, at) for one in who.roles)


def all_keys(trust: Trust) -> tuple[PublicKey, ...]:
    persons = [key for one in trust.persons for key in one.keys]
    return (*trust.root_keys, *persons, *trust.service_keys.values())


def _as_key(signoff: Signoff) -> str:
    """How the same decision is recorded in a grade that counts."""
    if signoff.subject is None:
        return f"kawal catat pse {signoff.app_id} --bukti FILE"
    letter = "; tanpa kunci sendiri: --surat FILE"
    return f"kawal sahkan {signoff.kind} {signoff.app_id} --rilis {signoff.subject.release}{letter}"


def _refuse(predicate: Predicate, why: str, needed: str, next_step: str | None = None) -> BlockedError:
    return BlockedError(
        "IDENT-001",
        f"catatan {predicate.TYPE} tidak ditandatangani oleh yang berhak",
        found=why,
        needed=needed,
        next_step=next_step,
    )


def authorise(predicate: Predicate, keys: tuple[PublicKey, ...], at: datetime, trust: Trust) -> Authority:
    """Whose record this is, or BlockedError IDENT-001. `keys` verified the envelope; `at` is when the ledger received it.

    One rule per type; a type without a rule is refused. Whether the role is the one the policy asks for is judged later.
    """
    service = next((name for name, key in trust.service_keys.items() if keys == (key,)), None)
    if service is not None:
        if service in SERVICE_OF.get(type(predicate), ()):
            return Authority((), service, keys)
        raise _refuse(predicate, f"kunci layanan {service}", "kunci orang yang memegang perannya")
    if isinstance(predicate, LedgerNote) or (isinstance(predicate, Withdraw) and predicate.role is None):
        if len(set(keys) & set(trust.root_keys)) >= trust.threshold and set(keys) <= set(trust.root_keys):
            return Authority((), "root", keys)
        raise _refuse(predicate, f"{len(keys)} kunci", f"{trust.threshold} kunci akar")
    signers = _signers(predicate, keys, trust)
    match predicate:
        case StepDone() | Move() | Waiver() | RiskAcceptance() | Pentest() | Withdraw():
            _one_holder(predicate, signers, predicate.person_id, str(predicate.role), at)
        case Signoff(
            kind="break-glass", decision="approve"
        ):  # two persons decide; which roles they need, the policy says
            _two_deciders(predicate, signers, at)
        case Signoff(grade="key"):
            _one_holder(predicate, signers, predicate.person_id, predicate.role, at)
        case Signoff(grade="surat"):
            official = person(trust, predicate.person_id)
            if official is None or not holds(official, predicate.role, at):
                raise _refuse(
                    predicate, f"{predicate.person_id} tidak memegang {predicate.role}", predicate.role
                )
            _two_recorders(predicate, signers, at)
        case Signoff():  # pdf and forge: their checks come with their services; until then nobody can have made one
            raise _refuse(
                predicate, f"tingkat {predicate.grade} belum diterima", "key atau surat", _as_key(predicate)
            )
        case Approval():
            holders = [one for one in signers if holds(one, predicate.signer_role, at)]
            if len(signers) == 1 and holders:
                if predicate.person_id != signers[0].person_id:
                    raise _refuse(predicate, f"tanda tangan {signers[0].person_id}", str(predicate.person_id))
            else:
                _two_recorders(predicate, signers, at)
        case Request() | Release():
            if len(signers) != 1 or not has_any_role(signers[0], at):
                raise _refuse(predicate, "tanpa peran yang berlaku", "satu orang yang memegang suatu peran")
            claimed = predicate.person_id if isinstance(predicate, Request) else predicate.requested_by
            if claimed != signers[0].person_id:
                raise _refuse(predicate, f"tanda tangan {signers[0].person_id}", str(claimed))
        case _:
            raise _refuse(
                predicate, "kunci orang", f"kunci layanan {', '.join(SERVICE_OF.get(type(predicate), ()))}"
            )
    return Authority(tuple(one.person_id for one in signers), None, keys)


def _signers(predicate: Predicate, keys: tuple[PublicKey, ...], trust: Trust) -> list[Person]:
    """Each signing key's person; several keys must belong to several persons."""
    signers = []
    for key in keys:
        who = person_of_key(trust, key)
        if who is None:
            raise _refuse(predicate, f"kunci {key.keyid[:12]}… bukan milik orang mana pun", "kunci terdaftar")
        signers.append(who)
    if not signers or len({one.person_id for one in signers}) != len(signers) or len(set(keys)) != len(keys):
        raise _refuse(predicate, "satu orang dengan beberapa kunci", "satu kunci tiap orang")
    return signers


def _one_holder(
    predicate: Predicate, signers: list[Person], person_id: str | None, role: str, at: datetime
) -> None:
    if len(signers) != 1 or signers[0].person_id != person_id:
        raise _refuse(predicate, f"tanda tangan {signers[0].person_id}", str(person_id))
    if not holds(signers[0], role, at):
        raise _refuse(predicate, f"{person_id} tidak memegang peran {role}", f"peran {role} yang berlaku")


def _two_deciders(predicate: Signoff, signers: list[Person], at: datetime) -> None:
    first = next((one for one in signers if one.person_id == predicate.person_id), None)
    if predicate.grade != "key" or len(signers) < 2 or not all(has_any_role(one, at) for one in signers):
        raise _refuse(predicate, f"{len(signers)} orang", "dua orang berperan, masing-masing dengan kuncinya")
    if first is None or not holds(first, predicate.role, at):
        raise _refuse(
            predicate, f"{predicate.person_id} sebagai {predicate.role}", "penanda tangan berperan itu"
        )


def _two_recorders(predicate: Predicate, signers: list[Person], at: datetime) -> None:
    """Two persons transcribed the same letter apart and signed the same fields."""
    if len(signers) < 2 or not all(has_any_role(one, at) for one in signers):
        raise _refuse(
            predicate,
            f"{len(signers)} penyalin surat",
            "dua orang berperan yang masing-masing menandatangani salinan yang sama",
        )
