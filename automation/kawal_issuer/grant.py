"""The yes: the ledger's record of a permit inside the transaction, and after its commit the permit itself."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

from kawal.errors import BlockedError
from kawal.ledger.append import Transaction
from kawal.ledger.proofs import continuations
from kawal.ledger.records import PermitRecord
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Entry
from kawal.model import ReleaseFacts
from kawal.policy.judge import Judgement, posture_sha256
from kawal.policy.model import Policy
from kawal_issuer.token import Claims
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey
from kawal_seal.permit import Permit, sign_permit
from kawal_seal.statement import Subject
from kawal_seal.trustfile import Trust


def record_permit(
    transaction: Transaction,
    key: PrivateKey,
    policy: Policy,
    trust: Trust,
    judgement: Judgement,
    claims: Claims,
    facts: ReleaseFacts,
    target_id: str,
) -> Entry:
    """Appends the record, burns the token, takes the sequence number: all or nothing."""
    target = policy.target(target_id)
    if not judgement.allowed or target is None or facts.artifact_sha256 is None or facts.job is None:
        raise BlockedError("IZIN-016", "Sasaran tidak dikenal kebijakan")
    app_id, now = judgement.app_id, transaction.now
    seq = transaction.next_permit_seq(app_id, target.environment)
    record = PermitRecord(
        app_id=app_id,
        issued_at=now,
        kind=judgement.way,
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
        policy_sha256=trust.policy_sha256,
        posture_sha256=posture_sha256(facts),
        trust_version=trust.version,
        verdict_sha256=judgement.verdict.sha256(),
        nbf=now,
        exp=now + timedelta(seconds=policy.limits.permit_ttl_s),
    )
    entry = transaction.append(sign_record(record, [key]))
    transaction.use_token(claims.issuer, claims.jti, entry.seq)
    transaction.take_permit_seq(app_id, target.environment, seq, entry.seq)
    return entry


def signed_permit(
    ledger: Ledger, key: PrivateKey, project_url: str, entry: Entry, record: PermitRecord, seen: int | None
) -> Envelope:
    """The permit of a committed record, with the proof that the ledger holds it, in the tree that ends with it, and that
    this tree continues the one that the target saw (`seen`: its size, if the target said so)."""
    proof = ledger.inclusion(entry.seq, size=entry.seq)
    permit = Permit(
        subject=tuple(Subject("paket.tar", {"sha256": one}) for one in record.artifacts),
        kind=record.kind,
        verifier=f"kawal:{ledger.instance}",
        time_verified=int(record.issued_at.timestamp()),
        resource_uri=f"git+{project_url}@{record.commit}",
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
        continues=continuations(ledger, record.target_id, entry.seq, seen),
    )
    return sign_permit(permit, key)
