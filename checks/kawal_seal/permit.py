"""The release permit: single use, one target, one set of bytes, at most ten minutes (docs/formats.md §4)."""

import re
from typing import Any, NamedTuple

from kawal_seal.checkpoint import Checkpoint, verify_checkpoint
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import SIZE as LEAF_SIZE
from kawal_seal.entry import Entry
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.merkle import verify_inclusion
from kawal_seal.shape import (
    GIT_ID,
    HEX64,
    NAME,
    ShapeError,
    array,
    base64_bytes,
    base64_text,
    constant,
    fields,
    integer,
    text,
    time_from_text,
    time_to_text,
)
from kawal_seal.statement import Statement, Subject
from kawal_seal.strictjson import MAX_INT

PERMIT_TYPE = "urn:kawal:permit:v1"
MAX_SECONDS = 600
MAX_CONTINUES = 8
KIND = re.compile(r"rilis|rollback|break-glass")
_VERIFIER = re.compile(r"kawal:[a-z0-9][a-z0-9-]{0,62}")
_URI = re.compile(r"git\+https?://[\x21-\x7e]{1,1000}")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_JTI = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")

_FIELDS = (
    *("schema", "kind", "verifier", "timeVerified", "resourceUri", "policy", "inputAttestations"),
    *("verificationResult", "app_id", "release", "commit", "tree", "environment", "target_id", "job_id"),
    *("posture_sha256", "trust_version", "record_sha256", "leaf", "inclusion", "consistency", "checkpoint"),
    *("jti", "seq", "nbf", "exp"),
)


class PermitError(SealError):
    """Not a permit, or its proof does not hold."""


class Permit(NamedTuple):
    """All fields of a permit; times are seconds since the epoch, digests hex, the leaf its raw 112 bytes."""

    subject: tuple[Subject, ...]
    kind: str
    verifier: str
    time_verified: int
    resource_uri: str
    policy_sha256: str
    input_attestations: tuple[str, ...]
    app_id: str
    release: str
    commit: str
    tree: str
    environment: str
    target_id: str
    job_id: str
    posture_sha256: str
    trust_version: int
    record_sha256: str
    leaf: bytes
    leaf_index: int
    tree_size: int
    hashes: tuple[str, ...]
    checkpoint: Envelope
    jti: str
    seq: int
    nbf: int
    exp: int
    continues: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """(size, RFC 9162 consistency proof from there to `tree_size`) of ledgers that the target may have seen last."""


def build_permit(permit: Permit) -> Statement:
    """The statement to sign. Refuses a permit that parse_permit would refuse."""
    predicate = {
        "schema": 1,
        "kind": permit.kind,
        "verifier": {"id": permit.verifier},
        "timeVerified": time_to_text(permit.time_verified),
        "resourceUri": permit.resource_uri,
        "policy": {"uri": "urn:kawal:policy", "digest": {"sha256": permit.policy_sha256}},
        "inputAttestations": [{"digest": {"sha256": one}} for one in permit.input_attestations],
        "verificationResult": "PASSED",
        "app_id": permit.app_id,
        "release": permit.release,
        "commit": permit.commit,
        "tree": permit.tree,
        "environment": permit.environment,
        "target_id": permit.target_id,
        "job_id": permit.job_id,
        "posture_sha256": permit.posture_sha256,
        "trust_version": permit.trust_version,
        "record_sha256": permit.record_sha256,
        "leaf": base64_text(permit.leaf),
        "inclusion": {"index": permit.leaf_index, "size": permit.tree_size, "hashes": list(permit.hashes)},
        "consistency": [{"size": size, "hashes": list(hashes)} for size, hashes in permit.continues],
        "checkpoint": permit.checkpoint.to_obj(),
        "jti": permit.jti,
        "seq": permit.seq,
        "nbf": time_to_text(permit.nbf),
        "exp": time_to_text(permit.exp),
    }
    statement = Statement(permit.subject, PERMIT_TYPE, predicate)
    parse_permit(statement.to_bytes())
    return statement


def sign_permit(permit: Permit, key: PrivateKey) -> Envelope:
    return sign(STATEMENT_TYPE, build_permit(permit).to_bytes(), [key])


def parse_permit(payload: bytes) -> Permit:
    """Strict parse of the signed bytes; says nothing about who signed or whether it is time."""
    statement = Statement.parse(payload)
    if statement.predicate_type != PERMIT_TYPE:
        raise PermitError(f"izin: jenis {statement.predicate_type}, harus {PERMIT_TYPE}")
    try:
        return _permit(statement)
    except ShapeError as error:
        raise PermitError(str(error)) from error


def _digest(value: Any, where: str) -> str:
    return text(fields(value, ("sha256",), where)["sha256"], HEX64, f"{where}.sha256")


def _permit(statement: Statement) -> Permit:
    for one in statement.subject:
        _digest(one.digest, "izin.subject.digest")
    p = fields(statement.predicate, _FIELDS, "izin")
    constant(p["schema"], 1, "izin.schema")
    constant(p["verificationResult"], "PASSED", "izin.verificationResult")
    policy = fields(p["policy"], ("uri", "digest"), "izin.policy")
    constant(policy["uri"], "urn:kawal:policy", "izin.policy.uri")
    inclusion = fields(p["inclusion"], ("index", "size", "hashes"), "izin.inclusion")
    inputs = array(p["inputAttestations"], 1, 256, "izin.inputAttestations")
    hashes = array(inclusion["hashes"], 0, 64, "izin.inclusion.hashes")
    permit = Permit(
        subject=statement.subject,
        kind=text(p["kind"], KIND, "izin.kind"),
        verifier=text(fields(p["verifier"], ("id",), "izin.verifier")["id"], _VERIFIER, "izin.verifier.id"),
        time_verified=time_from_text(p["timeVerified"], "izin.timeVerified"),
        resource_uri=text(p["resourceUri"], _URI, "izin.resourceUri"),
        policy_sha256=_digest(policy["digest"], "izin.policy.digest"),
        input_attestations=tuple(
            _digest(
                fields(one, ("digest",), "izin.inputAttestations")["digest"], "izin.inputAttestations.digest"
            )
            for one in inputs
        ),
        app_id=text(p["app_id"], NAME, "izin.app_id"),
        release=text(p["release"], _RELEASE, "izin.release"),
        commit=text(p["commit"], GIT_ID, "izin.commit"),
        tree=text(p["tree"], GIT_ID, "izin.tree"),
        environment=text(p["environment"], _ENVIRONMENT, "izin.environment"),
        target_id=text(p["target_id"], NAME, "izin.target_id"),
        job_id=text(p["job_id"], NAME, "izin.job_id"),
        posture_sha256=text(p["posture_sha256"], HEX64, "izin.posture_sha256"),
        trust_version=integer(p["trust_version"], 1, MAX_INT, "izin.trust_version"),
        record_sha256=text(p["record_sha256"], HEX64, "izin.record_sha256"),
        leaf=base64_bytes(p["leaf"], LEAF_SIZE, "izin.leaf"),
        leaf_index=integer(inclusion["index"], 0, MAX_INT, "izin.inclusion.index"),
        tree_size=integer(inclusion["size"], 1, MAX_INT, "izin.inclusion.size"),
        hashes=tuple(text(one, HEX64, "izin.inclusion.hashes") for one in hashes),
        checkpoint=Envelope.from_obj(p["checkpoint"]),
        jti=text(p["jti"], _JTI, "izin.jti"),
        seq=integer(p["seq"], 1, MAX_INT, "izin.seq"),
        nbf=time_from_text(p["nbf"], "izin.nbf"),
        exp=time_from_text(p["exp"], "izin.exp"),
        continues=tuple(
            _continues(one) for one in array(p["consistency"], 0, MAX_CONTINUES, "izin.consistency")
        ),
    )
    if not permit.resource_uri.endswith("@" + permit.commit):
        raise ShapeError("izin.resourceUri: tidak berakhir dengan @commit")
    if not 0 < permit.exp - permit.nbf <= MAX_SECONDS:
        raise ShapeError(f"izin.exp: harus sesudah nbf, paling lama {MAX_SECONDS} detik")
    return permit


def _continues(value: Any) -> tuple[int, tuple[str, ...]]:
    where = "izin.consistency"
    one = fields(value, ("size", "hashes"), where)
    hashes = tuple(text(item, HEX64, where) for item in array(one["hashes"], 0, 64, where))
    return integer(one["size"], 1, MAX_INT, where), hashes


def verify_permit(envelope: Envelope, permit_key: PublicKey, checkpoint_key: PublicKey) -> Permit:
    """The permit inside: signed by the permit key alone, its record proven to be in the signed ledger.

    Time, target, use and bytes are for the target to judge.
    """
    if envelope.payload_type != STATEMENT_TYPE:
        raise PermitError("izin: jenis isi amplop lain")
    if len(envelope.signatures) != 1 or not envelope.verifying_keys([permit_key]):
        raise PermitError("izin: tidak ditandatangani kunci izin")
    permit = parse_permit(envelope.payload)
    verify_proof(permit, checkpoint_key)
    return permit


def verify_proof(permit: Permit, checkpoint_key: PublicKey) -> Checkpoint:
    """The checkpoint that covers the permit's record; raises when any link of the proof breaks."""
    checkpoint = verify_checkpoint(permit.checkpoint, checkpoint_key)
    if checkpoint.origin.split("/")[0] != permit.verifier:
        raise PermitError("izin: checkpoint milik instansi lain")
    if checkpoint.size != permit.tree_size:
        raise PermitError("izin: ukuran checkpoint berbeda dari bukti penyertaan")
    entry = Entry.decode(permit.leaf)
    if entry.payload_sha256.hex() != permit.record_sha256 or entry.seq < 1:
        raise PermitError("izin: daun bukan milik catatan izin ini")
    proof = [bytes.fromhex(one) for one in permit.hashes]
    if not verify_inclusion(
        permit.leaf, permit.leaf_index, permit.tree_size, proof, bytes.fromhex(checkpoint.root)
    ):
        raise PermitError("izin: bukti penyertaan tidak cocok dengan checkpoint")
    return checkpoint
