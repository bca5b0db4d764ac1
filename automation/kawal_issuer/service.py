"""Answers one request: token, facts, records, judgement, one transaction, then the signature."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kawal.errors import BlockedError, InputError, KawalError, LoginError, TemporaryError
from kawal.facts import read_release_facts
from kawal.forges.port import ReadForge
from kawal.ledger.append import Transaction
from kawal.ledger.content import ContentStore
from kawal.ledger.records import Denial, PermitRecord, Provision
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Entry
from kawal.model import ReleaseFacts
from kawal.policy.history import ToRead, to_read
from kawal.policy.judge import Judgement, judge
from kawal.policy.model import Policy, parse_policy
from kawal_issuer.answers import error, from_error, locked
from kawal_issuer.asking import agrees, asking_job, reader_for
from kawal_issuer.grant import record_permit, signed_permit
from kawal_issuer.token import Audience, Claims, verify_token
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Trust

FactsReader = Callable[..., ReleaseFacts]
KeysReader = Callable[[str], dict[str, dict[str, Any]]]
_APP = re.compile(r"[a-z][a-z0-9-]{1,62}")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}")
_TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
AUDIENCES: dict[str, Audience] = {"periksa": "kawal-periksa", "izin": "kawal-izin"}
PRODUCTION = "production"
UNKNOWN_PER_HOUR = 120
"""Denials recorded for tokens that are not even genuine: enough for an alarm, too few to fill the disk."""


@dataclass(frozen=True)
class Asked:
    """A request in its form; nothing of it is believed yet."""

    verb: str
    token: str
    app_id: str
    target_id: str | None
    seen: int | None
    """Size of the ledger that the target saw last, as the job read it there."""


@dataclass(frozen=True)
class Ground:
    """What the ledger says before the forge is asked."""

    trust: Trust
    signed: Envelope
    """The trust file as signed: what a permit is handed out with."""
    policy: Policy
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Seen:
    """What the forge said, and on what ground it was asked: another policy or history would have asked something else."""

    facts: ReleaseFacts
    trust_version: int
    wanted: ToRead


class Issuer:
    """Holds the permit key. One request at a time."""

    def __init__(
        self,
        ledger: Ledger,
        content: ContentStore,
        permit_key: PrivateKey,
        forge: ReadForge,
        read_keys: KeysReader,
        now: Callable[[], datetime],
        read_facts: FactsReader = read_release_facts,
    ) -> None:
        self._ledger = ledger
        self._content = content
        self._key = permit_key
        self._forge = forge
        self._read_keys = read_keys
        self._now = now
        self._read_facts = read_facts
        self._strangers: list[datetime] = []

    def answer(self, request: Any) -> dict[str, Any]:
        """The reply of docs/formats.md §5 with its `status`. Only a permit opens, and only `_decide` lets one be signed.

        The token is verified before anything is looked up: who has none learns nothing, not even which ids exist.
        """
        asked = _parse(request)
        if isinstance(asked, str):
            return error(400, "INPUT-040", asked)
        try:
            trust, signed, policy = self._policy()
            claims = self._claims(policy, asked.token, AUDIENCES[asked.verb])
        except LoginError as reason:
            self._record_stranger(asked, reason)
            return error(401, reason.code, reason.what)
        except KawalError as reason:
            return from_error(reason)
        try:
            ground = self._ground(asked.app_id, claims, trust, signed, policy)
        except KawalError as reason:
            self._record_stranger(asked, reason)
            return from_error(reason)
        try:
            seen = self._facts(ground, claims, asked)
        except KawalError as reason:
            return self._unread(asked, claims, reason)
        return self._decide(asked, claims, seen)

    # --- before the decision --------------------------------------------------------------------------------------

    def _policy(self) -> tuple[Trust, Envelope, Policy]:
        """The trust file, also as signed, and the policy that it names."""
        trust, signed = self._ledger.trust(), self._ledger.trust_envelope()
        if trust is None or signed is None:
            raise InputError("PERCAYA-001", "belum ada berkas kepercayaan")
        return trust, signed, parse_policy(self._content.get(trust.policy_sha256))

    def _ground(self, app_id: str, claims: Claims, trust: Trust, signed: Envelope, policy: Policy) -> Ground:
        """BlockedError IZIN-006, in the same words, for an unknown application and for another project's."""
        entries = self._ledger.entries(app_id=app_id)
        found = [one.predicate for one in entries if isinstance(one.predicate, Provision)]
        if not found or found[-1].forge.project_id != claims.project_id:
            raise BlockedError("IZIN-006", "Token milik proyek lain")
        return Ground(trust, signed, policy, entries)

    def _claims(self, policy: Policy, token: str, audience: Audience) -> Claims:
        return verify_token(
            token,
            audience=audience,
            issuer=policy.forge.issuer,
            keys=lambda: self._read_keys(policy.forge.issuer),
            now=self._now(),
            max_age_s=policy.limits.token_age_s,
            read=reader_for(policy.forge),
        )

    def _wanted(self, ground: Ground, claims: Claims, asked: Asked) -> ToRead:
        return to_read(
            ground.policy,
            ground.entries,
            ground.trust,
            asked.app_id,
            _environment(ground.policy, asked),
            tag=claims.ref,
            commit=claims.sha,
        )

    def _facts(self, ground: Ground, claims: Claims, asked: Asked) -> Seen:
        """Everything again from the API; the token's claims must agree with it, never the other way round."""
        if asked.verb == "izin" and claims.environment != _environment(ground.policy, asked):
            # also when the job names none
            raise BlockedError("IZIN-005", "Job tidak menyatakan environment sasaran")
        wanted = self._wanted(ground, claims, asked)
        facts = self._read_facts(
            self._forge,
            ground.policy.forge,
            project_id=claims.project_id,
            tag=claims.ref,
            job_id=asking_job(self._forge, ground.policy.forge, claims, asked.verb),
            since_commit=wanted.since,
            compare_with=wanted.compare,
            now=self._now(),
            package_name=asked.app_id,
        )
        if not agrees(facts.job, facts.project_path, claims):
            raise BlockedError("IZIN-007", "Token tidak cocok dengan job di forge")
        if facts.commit != claims.sha:
            raise BlockedError("SUBJEK-009", f"Tag {facts.tag} berpindah sejak pipeline dimulai")
        return Seen(facts, ground.trust.version, wanted)

    # --- the decision ---------------------------------------------------------------------------------------------

    def _decide(self, asked: Asked, claims: Claims, seen: Seen) -> dict[str, Any]:
        """Judge the records as they are inside the transaction that records the answer: nothing slips in between."""
        facts = seen.facts
        try:
            with self._ledger.transaction(forge_time=facts.forge_time) as transaction:
                ground = self._ground(asked.app_id, claims, *self._policy())
                now_wanted = self._wanted(ground, claims, asked)
                if (ground.trust.version, now_wanted) != (seen.trust_version, seen.wanted):
                    raise TemporaryError(
                        "IZIN-018", "Kebijakan atau riwayat rilis berubah selagi forge dibaca; ulangi"
                    )
                judgement = self._judge(ground, asked, facts, transaction.now)
                codes: tuple[str, ...] = judgement.codes
                used = asked.verb == "izin" and transaction.token_used(claims.issuer, claims.jti)
                entry = None
                if used:
                    codes = ("IZIN-003", *codes)
                    entry = self._deny(transaction, asked, codes, claims, judgement)
                elif not judgement.allowed:
                    entry = self._deny(transaction, asked, codes, claims, judgement)
                    if asked.verb == "izin":
                        transaction.use_token(claims.issuer, claims.jti, entry.seq)
                elif asked.verb == "izin":
                    target_id = asked.target_id or ""
                    entry = record_permit(
                        transaction,
                        self._key,
                        ground.policy,
                        ground.trust,
                        judgement,
                        claims,
                        facts,
                        target_id,
                    )
        except KawalError as reason:
            return from_error(reason)
        if entry is not None and isinstance(entry.predicate, PermitRecord):
            return self._permit(ground, facts, entry, entry.predicate, asked.seen)
        answer = locked(judgement, codes, entry)
        if asked.verb == "izin":
            return {**answer, "status": 403}
        state = "terbuka" if judgement.allowed else "terkunci"
        return {**answer, "status": 200, "keputusan": state}

    def _judge(self, ground: Ground, asked: Asked, facts: ReleaseFacts, now: datetime) -> Judgement:
        return judge(
            ground.policy,
            ground.trust.policy_sha256,
            facts,
            ground.entries,
            ground.trust,
            now,
            app_id=asked.app_id,
            environment=_environment(ground.policy, asked),
            door="izin" if asked.verb == "izin" else "gerbang",
            target_id=asked.target_id,
        )

    def _permit(
        self, ground: Ground, facts: ReleaseFacts, entry: Entry, record: PermitRecord, seen: int | None
    ) -> dict[str, Any]:
        """The record is committed: only now is the permit signed."""
        url = f"{ground.policy.forge.url.rstrip('/')}/{facts.project_path}"
        permit = signed_permit(self._ledger, self._key, url, entry, record, seen)
        return {
            "status": 200,
            "keputusan": "terbuka",
            "izin": permit.to_obj(),
            "kepercayaan": ground.signed.to_obj(),
        }

    # --- refusals ---------------------------------------------------------------------------------------------------

    def _deny(
        self,
        transaction: Transaction,
        asked: Asked,
        codes: Sequence[str],
        claims: Claims | None = None,
        judgement: Judgement | None = None,
    ) -> Entry:
        record = Denial(
            app_id=asked.app_id,
            issued_at=transaction.now,
            where="gerbang" if asked.verb == "periksa" else "pintu",
            codes=tuple(dict.fromkeys(codes))[:100],
            commit=claims.sha if claims else None,
            tag=claims.ref if claims and _TAG.fullmatch(claims.ref) else None,
            job_id=claims.job_id if claims else None,
            target_id=asked.target_id if claims else None,
            verdict_sha256=judgement.verdict.sha256() if judgement else None,
        )
        return transaction.append(sign_record(record, [self._key]))

    def _unread(self, asked: Asked, claims: Claims, reason: KawalError) -> dict[str, Any]:
        """A genuine job whose facts could not be read or do not agree: recorded, the token stays usable."""
        with contextlib.suppress(KawalError), self._ledger.transaction() as transaction:
            self._deny(transaction, asked, (reason.code,), claims)
        return from_error(reason)

    def _record_stranger(self, asked: Asked, reason: KawalError) -> None:
        """Somebody without a token for this application: an alarm in the ledger, but never enough to fill it."""
        now = self._now()
        self._strangers = [one for one in self._strangers if now - one < timedelta(hours=1)]
        if len(self._strangers) >= UNKNOWN_PER_HOUR:
            return
        self._strangers.append(now)
        with contextlib.suppress(KawalError), self._ledger.transaction() as transaction:
            self._deny(transaction, asked, (reason.code,))


def _environment(policy: Policy, asked: Asked) -> str:
    target = policy.target(asked.target_id or "")
    return target.environment if target else PRODUCTION


def _parse(request: Any) -> Asked | str:
    """The request, or what is wrong with its form."""
    if not isinstance(request, dict):
        return "permintaan bukan objek"
    verb, token, app_id = request.get("buat"), request.get("token"), request.get("aplikasi")
    target_id, seen = request.get("target"), request.get("ukuran")
    wanted = {"buat", "token", "aplikasi", *(("target",) if verb == "izin" else ())}
    optional = {"ukuran"} if verb == "izin" else set()
    if not isinstance(verb, str) or not isinstance(token, str) or verb not in AUDIENCES:
        return "permintaan tidak menurut bentuknya"
    if not wanted <= set(request) <= wanted | optional:
        return "permintaan tidak menurut bentuknya"
    if not isinstance(app_id, str) or not _APP.fullmatch(app_id):
        return "id aplikasi tidak menurut bentuknya"
    if verb == "izin" and (not isinstance(target_id, str) or not _TARGET.fullmatch(target_id)):
        return "id sasaran tidak menurut bentuknya"
    if "ukuran" in request and (type(seen) is not int or not 0 < seen < 2**53):
        return "ukuran ledger tidak menurut bentuknya"
    return Asked(verb, token, app_id, target_id, seen)


def open_key(path: str) -> PrivateKey:
    return PrivateKey.from_pem(Path(path).read_bytes(), None)
