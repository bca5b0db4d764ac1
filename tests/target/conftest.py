"""A small office that gives permits, and a target on disk that receives them."""

import contextlib
import hashlib
import io
import json
import tarfile
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.entry import Entry
from kawal_seal.keys import PrivateKey
from kawal_seal.merkle import Tree
from kawal_seal.permit import Permit, sign_permit
from kawal_seal.statement import Subject
from kawal_seal.trustfile import Person, Role, Trust, sign_trust
from kawal_target import target

NAMES = ("root", "root2", "evidence", "permit", "checkpoint", "person", "stranger")


def pack(files: dict[str, bytes]) -> bytes:
    """A plain tar like `git archive` makes."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "c" * 40}
    ) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class World:
    """Keys, ledger, trust file and one target of an office."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = {name: PrivateKey.from_seed(bytes([n + 1]) * 32) for n, name in enumerate(NAMES)}
        self.tree = Tree([b"catatan lama"])
        self.origin = "kawal:diskominfo/1"
        self.seq = 0
        self.config_path = folder / "target.json"
        self.write_config()
        (folder / "kepercayaan.json").write_bytes(self.trust().to_bytes())

    @property
    def state(self) -> Path:
        return self.folder / "target"

    def write_config(self, **changes: Any) -> None:
        value = {
            "schema": 1,
            "target_id": "produksi-1",
            "lingkungan": "production",
            "instance": "diskominfo",
            "akar": {"threshold": 1, "kunci": [self.keys["root"].public.b64, self.keys["root2"].public.b64]},
            "kepercayaan": "kepercayaan.json",
            "folder": "target",
            "alamat": "127.0.0.1:0",
            "token_uji_sha256": None,
            "perintah_sesudah": None,
            "batas_byte": 1_000_000,
            "selisih_jam_detik": 60,
        }
        self.config_path.write_text(json.dumps({**value, **changes}))

    @property
    def config(self) -> target.Config:
        return target.load_config(str(self.config_path))

    def trust_value(self, **changes: Any) -> Trust:
        now = int(time.time())
        role = Role("subkoor_persandian", "definitif", now - 1000, None)
        trust = Trust(
            version=1,
            instance="diskominfo",
            issued_at=1_700_000_000,
            expires_at=1_700_000_000 + 10**9,
            threshold=1,
            root_keys=(self.keys["root"].public, self.keys["root2"].public),
            persons=(
                Person(
                    "p-1", (7,), (self.keys["person"].public,), (role._replace(valid_from=1_700_000_000),)
                ),
            ),
            policy_sha256="a" * 64,
            service_keys={name: self.keys[name].public for name in ("evidence", "permit", "checkpoint")},
        )
        return trust._replace(**changes)

    def trust(self, signers: tuple[str, ...] = ("root",), **changes: Any) -> Envelope:
        return sign_trust(self.trust_value(**changes), [self.keys[name] for name in signers])

    def permit_value(self, sha256: str, **changes: Any) -> Permit:
        """The next permit, its record appended to the ledger first."""
        now = int(time.time())
        self.seq += 1
        record = sign(STATEMENT_TYPE, b'{"catatan":%d}' % self.seq, [self.keys["evidence"]])
        leaf = Entry.of(self.tree.size + 1, now * 10**6, record).encode()
        index = self.tree.append(leaf)
        permit = Permit(
            subject=(Subject("paket.tar", {"sha256": sha256}),),
            kind="rilis",
            verifier="kawal:diskominfo",
            time_verified=now,
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
            leaf_index=index,
            tree_size=self.tree.size,
            hashes=tuple(one.hex() for one in self.tree.inclusion_proof(index)),
            checkpoint=self.checkpoint(),
            jti=uuid.uuid4().hex,
            seq=self.seq,
            nbf=now,
            exp=now + 600,
            **self.continuation(),
        )
        return permit._replace(**changes)

    def continuation(self) -> dict[str, Any]:
        """Proof that the ledger continues what the target saw last, as the issuer gives it."""
        with contextlib.suppress(target.TargetError):
            seen = target.load_state(self.config).checkpoint
            if seen is not None and seen.origin == self.origin and seen.size < self.tree.size:
                proof = tuple(one.hex() for one in self.tree.consistency_proof(seen.size))
                return {"continues": ((seen.size, proof),)}
        return {}

    def checkpoint(self, signer: str = "checkpoint", **changes: Any) -> Envelope:
        value = Checkpoint(self.origin, self.tree.size, self.tree.root().hex(), int(time.time()))
        return sign_checkpoint(value._replace(**changes), self.keys[signer])

    def permit(self, package: bytes, signer: str = "permit", **changes: Any) -> Envelope:
        value = self.permit_value(hashlib.sha256(package).hexdigest(), **changes)
        return sign_permit(value, self.keys[signer])

    def package(self, text: str = "satu") -> bytes:
        return pack({"app.py": text.encode(), "data/tarif.csv": b"1;2\n"})

    def install(self, permit: Envelope, package: bytes, trust: Envelope | None = None) -> dict[str, Any]:
        path = self.folder / "paket.tar"
        path.write_bytes(package)
        trust_raw = None if trust is None else trust.to_obj()
        return target.install_with_permit(
            self.config, permit.to_obj(), trust_raw, target.file_chunks(str(path))
        )

    def refusal(self, permit: Envelope, package: bytes, trust: Envelope | None = None) -> str:
        """The code of the refusal, which must be in the log and must leave what serves alone."""
        before = self.serving()
        with pytest.raises(target.TargetError) as caught:
            self.install(permit, package, trust)
        assert self.serving() == before
        assert self.log()[-1]["kode"] == caught.value.code
        return caught.value.code

    def serving(self) -> str | None:
        path = self.state / "saat_ini" / "app.py"
        return path.read_text() if path.exists() else None

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.state / "target.log").read_text().splitlines()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def make_world() -> type[World]:
    return World
