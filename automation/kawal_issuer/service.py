"""Answers one request: token, facts, records, judgement, one transaction, then the signature."""

from __future__ import annotations

import contextlib
import hashlib
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kawal.errors import BlockedError, InputError, KawalError, LoginError, NotFoundError
from kawal.facts import read_release_facts
from kawal.forges.port import ReadForge
from kawal.ledger.append import Transaction
from kawal.ledger.content import ContentStore
from kawal.ledger.records import Denial, PermitRecord, Predicate, Provision
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Entry
from kawal.model import ReleaseFacts
from kawal.policy.judge import Judgement, judge, last_released, posture_sha256
from kawal.policy.model import Policy, parse_policy
from kawal.policy.screen import findings, screen
from kawal_issuer.token import Audience, Claims, verify_token
from kawal_seal.keys import PrivateKey
from kawal_seal.permit import Permit, sign_permit
from kawal_seal.statement import Subject
from kawal_seal.trustfile import Trust

FactsReader = Callable[..., ReleaseFacts]
KeysReader = Callable[[str], dict[str, dict[str, Any]]]
_APP = re.compile(r"[a-z][a-z0-9-]{1,62}")
_TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
AUDIENCES: dict[str, Audience] = {"periksa": "kawal-periksa", "izin": "kawal-izin"}
PRODUCTION = "production"
UNKNOWN_PER_HOUR = 120
"""Denials recorded for tokens that are not even genuine: enough for an alarm, too few to fill the disk."""


@dataclass(frozen=True)
class Ground:
    """What the ledger says before the forge is asked."""

    trust: Trust
    policy: Policy
    policy_sha256: str
    entries: Sequence[Entry]
    provision: Provision


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
        """The reply of docs/formats.md §5 with its `status`. Only `_permit` builds one that opens."""
        if not isinstance(request, dict):
            return _error(400, "INPUT-040", "permintaan bukan objek")
        verb, token, app_id = request.get("buat"), request.get("token"), request.get("aplikasi")
        wanted = {"buat", "token", "aplikasi", *(("target",) if verb == "izin" else ())}
        target_id = request.get("target")
        if verb not in AUDIENCES or set(request) != wanted or not isinstance(token, str):
            return _error(400, "INPUT-040", "permintaan tidak menurut bentuknya")
        if not isinstance(app_id, str) or not _APP.fullmatch(app_id):
            return _error(400, "INPUT-040", "id aplikasi tidak menurut bentuknya")
        if verb == "izin" and (not isinstance(target_id, str) or not _TARGET.fullmatch(target_id)):
            return _error(400, "INPUT-040", "id sasaran tidak menurut bentuknya")
        try:
            ground = self._ground(app_id)
            claims = self._claims(ground.policy, token, AUDIENCES[verb])
        except LoginError as error:
            self._record_stranger(app_id, error, verb)
            return _error(401, error.code, error.what)
        except KawalError as error:
            return _from(error)
        try:
            facts = self._facts(ground, claims, app_id, verb, target_id)
        except KawalError as error:
            return self._unread(app_id, claims, verb, error)
        return self._decide(app_id, verb, target_id, claims, facts)

    # --- before the decision --------------------------------------------------------------------------------------

    def _ground(self, app_id: str) -> Ground:
        trust = self._ledger.trust()
        if trust is None:
            raise InputError("PERCAYA-001", "belum ada berkas kepercayaan")
        data = self._content.get(trust.policy_sha256)
        entries = self._ledger.entries(app_id=app_id)
        found = [one.predicate for one in entries if isinstance(one.predicate, Provision)]
        if not found:
            raise NotFoundError("SUBJEK-001", f"aplikasi {app_id} tidak dikenal")
        return Ground(trust, parse_policy(data), trust.policy_sha256, entries, found[-1])

    def _claims(self, policy: Policy, token: str, audience: Audience) -> Claims:
        return verify_token(
            token,
            audience=audience,
            issuer=policy.forge.issuer,
            keys=lambda: self._read_keys(policy.forge.issuer),
            now=self._now(),
            max_age_s=policy.limits.token_age_s,
        )

    def _facts(
        self, ground: Ground, claims: Claims, app_id: str, verb: str, target_id: str | None
    ) -> ReleaseFacts:
        """Everything again from the API; the token's claims must agree with it, never the other way round."""
        target = ground.policy.target(target_id or "")
        environment = target.environment if target else PRODUCTION
        if verb == "izin" and claims.environment != environment:  # also when the job names none
            raise BlockedError("IZIN-005", "Job tidak menyatakan environment sasaran", needed=environment)
        if claims.project_id != ground.provision.forge.project_id:
            raise BlockedError("IZIN-006", "Token milik proyek lain")
        facts = self._read_facts(
            self._forge,
            ground.policy.forge,
            project_id=claims.project_id,
            tag=claims.ref,
            job_id=claims.job_id,
            since_commit=last_released(ground.entries, app_id, environment, other_than=claims.sha),
            now=self._now(),
            package_name=app_id,
        )
        job = facts.job
        if job is None or (job.job_id, job.pipeline_id, job.runner_id, job.sha, job.pipeline_source) != (
            claims.job_id,
            claims.pipeline_id,
            claims.runner_id,
            claims.sha,
            claims.pipeline_source,
        ):
            raise BlockedError("IZIN-007", "Token tidak cocok dengan job di forge")
        if facts.commit != claims.sha:
            raise BlockedError("SUBJEK-009", f"Tag {facts.tag} berpindah sejak pipeline dimulai")
        return facts

    # --- the decision ---------------------------------------------------------------------------------------------

    def _decide(
        self, app_id: str, verb: str, target_id: str | None, claims: Claims, facts: ReleaseFacts
    ) -> dict[str, Any]:
        """Judge the records as they are inside the transaction that records the answer: nothing slips in between."""
        try:
            with self._ledger.transaction(forge_time=facts.forge_time) as transaction:
                ground = self._ground(app_id)
                judgement = self._judge(ground, app_id, verb, target_id, facts, transaction.now)
                if verb == "periksa":
                    entry = None
                    if not judgement.allowed:
                        entry = self._deny(
                            transaction, app_id, "gerbang", judgement.codes, claims, None, judgement
                        )
                elif transaction.token_used(claims.issuer, claims.jti):
                    codes = ("IZIN-003", *judgement.codes)
                    entry = self._deny(transaction, app_id, "pintu", codes, claims, target_id, judgement)
                    return {**_locked(judgement, codes, entry), "status": 403}
                elif not judgement.allowed:
                    entry = self._deny(
                        transaction, app_id, "pintu", judgement.codes, claims, target_id, judgement
                    )
                    transaction.use_token(claims.issuer, claims.jti, entry.seq)
                else:
                    entry = self._grant(transaction, ground, judgement, claims, facts, target_id or "")
        except KawalError as error:
            return _from(error)
        if verb == "izin" and entry is not None and isinstance(entry.predicate, PermitRecord):
            return self._permit(ground, facts, entry, entry.predicate)
        answer = _locked(judgement, judgement.codes, entry)
        if verb == "izin":
            return {**answer, "status": 403}
        state = "terbuka" if judgement.allowed else "terkunci"
        return {**answer, "status": 200, "keputusan": state}

    def _judge(
        self,
        ground: Ground,
        app_id: str,
        verb: str,
        target_id: str | None,
        facts: ReleaseFacts,
        now: datetime,
    ) -> Judgement:
        target = ground.policy.target(target_id or "")
        return judge(
            ground.policy,
            ground.policy_sha256,
            facts,
            ground.entries,
            ground.trust,
            now,
            app_id=app_id,
            environment=target.environment if target else PRODUCTION,
            door="izin" if verb == "izin" else "gerbang",
            target_id=target_id,
        )

    def _deny(
        self,
        transaction: Transaction,
        app_id: str,
        where: str,
        codes: Sequence[str],
        claims: Claims | None,
        target_id: str | None,
        judgement: Judgement | None,
    ) -> Entry:
        record = Denial(
            app_id=app_id,
            issued_at=transaction.now,
            where="gerbang" if where == "gerbang" else "pintu",
            codes=tuple(dict.fromkeys(codes))[:100],
            commit=claims.sha if claims else None,
            tag=claims.ref
            if claims and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}", claims.ref)
            else None,
            job_id=claims.job_id if claims else None,
            target_id=target_id,
            verdict_sha256=judgement.verdict.sha256() if judgement else None,
        )
        return self._append(transaction, record)

    def _append(self, transaction: Transaction, record: Predicate) -> Entry:
        return transaction.append(sign_record(record, [self._key]))

    def _grant(
        self,
        transaction: Transaction,
        ground: Ground,
        judgement: Judgement,
        claims: Claims,
        facts: ReleaseFacts,
        target_id: str,
    ) -> Entry:
        target = ground.policy.target(target_id)
        if not judgement.allowed or target is None or facts.artifact_sha256 is None or facts.job is None:
            raise BlockedError("IZIN-016", "Sasaran tidak dikenal kebijakan")
        app_id, now = judgement.app_id, transaction.now
        seq = transaction.next_permit_seq(app_id, target.environment)
        record = PermitRecord(
            app_id=app_id,
            issued_at=now,
            kind="rilis",
            jti=uuid.uuid4().hex,
            seq=seq,
            environment=target.environment,
            target_id=target_id,
            release=facts.tag,
            commit=facts.commit,
            tree=facts.tree,
            artifacts=(facts.artifact_sha256,),
            job_id=facts.job.job_id,
            token_jti_sha256=hashlib.sha256(claims.jti.encode()).hexdigest(),
            inputs=judgement.verdict.used(),
            policy_sha256=ground.policy_sha256,
            posture_sha256=posture_sha256(facts),
            trust_version=ground.trust.version,
            verdict_sha256=judgement.verdict.sha256(),
            nbf=now,
            exp=now + timedelta(seconds=ground.policy.limits.permit_ttl_s),
        )
        entry = self._append(transaction, record)
        transaction.use_token(claims.issuer, claims.jti, entry.seq)
        transaction.take_permit_seq(app_id, target.environment, seq, entry.seq)
        return entry

    def _permit(
        self, ground: Ground, facts: ReleaseFacts, entry: Entry, record: PermitRecord
    ) -> dict[str, Any]:
        """The record is committed: only now is the permit signed, with the proof that the ledger holds it."""
        proof = self._ledger.inclusion(entry.seq)
        trust = self._ledger.trust_envelope()
        if trust is None:
            raise InputError("PERCAYA-001", "belum ada berkas kepercayaan")
        permit = Permit(
            subject=tuple(Subject("paket.tar", {"sha256": one}) for one in record.artifacts),
            kind=record.kind,
            verifier=f"kawal:{self._ledger.instance}",
            time_verified=int(record.issued_at.timestamp()),
            resource_uri=f"git+{ground.policy.forge.url.rstrip('/')}/{facts.project_path}@{record.commit}",
            policy_sha256=record.policy_sha256,
            input_attestations=record.inputs,
            app_id=record.app_id,
            release=record.release,
            commit=record.commit,
            tree=record.tree,
            environment=record.environment,
            target_id=record.target_id,
            job_id=str(record.job_id),
            posture_sha256=record.posture_sha256,
            trust_version=record.trust_version,
            record_sha256=entry.payload_sha256,
            leaf=proof.leaf,
            leaf_index=proof.index,
            tree_size=proof.size,
            hashes=proof.hashes,
            checkpoint=proof.checkpoint,
            jti=record.jti,
            seq=record.seq,
            nbf=int(record.nbf.timestamp()),
            exp=int(record.exp.timestamp()),
        )
        return {
            "status": 200,
            "keputusan": "terbuka",
            "izin": sign_permit(permit, self._key).to_obj(),
            "kepercayaan": trust.to_obj(),
        }

    # --- refusals without a judgement -----------------------------------------------------------------------------

    def _unread(self, app_id: str, claims: Claims, verb: str, error: KawalError) -> dict[str, Any]:
        """A genuine job whose facts could not be read or do not agree: recorded, the token stays usable."""
        with contextlib.suppress(KawalError), self._ledger.transaction() as transaction:
            where = "gerbang" if verb == "periksa" else "pintu"
            self._deny(transaction, app_id, where, (error.code,), claims, None, None)
        return _from(error)

    def _record_stranger(self, app_id: str, error: LoginError, verb: str) -> None:
        now = self._now()
        self._strangers = [one for one in self._strangers if now - one < timedelta(hours=1)]
        if len(self._strangers) >= UNKNOWN_PER_HOUR:
            return
        self._strangers.append(now)
        with contextlib.suppress(KawalError), self._ledger.transaction() as transaction:
            where = "gerbang" if verb == "periksa" else "pintu"
            self._deny(transaction, app_id, where, (error.code,), None, None, None)


def _locked(judgement: Judgement, codes: Sequence[str], entry: Entry | None) -> dict[str, Any]:
    record = (
        entry.predicate.record_id if entry is not None and isinstance(entry.predicate, Predicate) else None
    )
    return {
        "keputusan": "terkunci",
        "kode": list(codes),
        "layar": screen(judgement),
        "temuan": findings(judgement),
        "catatan": record,
    }


def _error(status: int, code: str, text: str) -> dict[str, Any]:
    return {"status": status, "galat": text, "kode": code}


def _from(error: KawalError) -> dict[str, Any]:
    """An error never opens: 403 when a rule said no, 404 for what is not there, otherwise 503."""
    status = 403 if isinstance(error, BlockedError) else 404 if isinstance(error, NotFoundError) else 503
    return _error(status, error.code, error.what)


def open_key(path: str) -> PrivateKey:
    return PrivateKey.from_pem(Path(path).read_bytes(), None)
