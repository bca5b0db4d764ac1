"""Values that several tests of kawal_seal share."""

from typing import NamedTuple

import pytest

from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import Entry
from kawal_seal.keys import PrivateKey
from kawal_seal.merkle import Tree
from kawal_seal.permit import Permit
from kawal_seal.statement import Subject
from kawal_seal.trustfile import Person, Role, Trust

NOW = 1_795_000_000


class Office(NamedTuple):
    """Keys of a small office, from fixed seeds."""

    root: PrivateKey
    second_root: PrivateKey
    evidence: PrivateKey
    permit: PrivateKey
    checkpoint: PrivateKey
    person: PrivateKey

    def trust(self) -> Trust:
        role = Role("subkoor_persandian", "definitif", NOW - 1000, None)
        services = {"evidence": self.evidence, "permit": self.permit, "checkpoint": self.checkpoint}
        return Trust(
            version=1,
            instance="diskominfo",
            issued_at=NOW - 1000,
            expires_at=NOW + 10**7,
            threshold=1,
            root_keys=(self.root.public, self.second_root.public),
            persons=(Person("p-persandian", (7,), (self.person.public,), (role,)),),
            policy_sha256="a" * 64,
            service_keys={name: key.public for name, key in services.items()},
        )

    def permit_value(self) -> Permit:
        record = sign(STATEMENT_TYPE, b'{"catatan":17}', [self.evidence])
        leaf = Entry.of(3, NOW * 10**6, record).encode()
        tree = Tree([b"a", b"b", leaf, b"d", b"e"])
        checkpoint = Checkpoint("kawal:diskominfo/1", 5, tree.root().hex(), NOW)
        return Permit(
            subject=(Subject("paket.tar", {"sha256": "b" * 64}),),
            kind="rilis",
            verifier="kawal:diskominfo",
            time_verified=NOW,
            resource_uri="git+https://git.contoh.go.id/dinas/tarif@" + "c" * 40,
            policy_sha256="a" * 64,
            input_attestations=("d" * 64,),
            app_id="tarif",
            release="v1.0.0",
            commit="c" * 40,
            tree="e" * 40,
            environment="production",
            target_id="produksi-1",
            job_id="812",
            posture_sha256="f" * 64,
            trust_version=1,
            record_sha256=record.payload_sha256,
            leaf=leaf,
            leaf_index=2,
            tree_size=5,
            hashes=tuple(one.hex() for one in tree.inclusion_proof(2)),
            checkpoint=sign_checkpoint(checkpoint, self.checkpoint),
            jti="0123456789ab4def8123456789abcdef",
            seq=17,
            nbf=NOW,
            exp=NOW + 600,
        )


def seeded_office() -> Office:
    return Office(*(PrivateKey.from_seed(bytes([number]) * 32) for number in range(1, 7)))


@pytest.fixture(scope="session")
def office() -> Office:
    return seeded_office()


@pytest.fixture
def envelope(office: Office) -> Envelope:
    return sign(STATEMENT_TYPE, b'{"isi":1}', [office.root])
