"""A whole small office in one process: real ledger, real issuer, a forge that says what a row wants, a real target on disk."""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
for area in ("policy", "issuer", "target", "contract"):
    sys.path.insert(0, str(HERE.parent / area))
sys.path.insert(0, str(HERE.parent))

from idp import claims, claims_github, jwk, mint  # noqa: E402
from kawal_world import (  # noqa: E402
    APP,
    BYTES,
    COMMIT,
    FORGE,
    GITHUB_CI,
    INSTANCE,
    KEYS,
    World,
    facts,
    github_forge,
    job,
    policy_bytes,
    policy_value,
)

from kawal.errors import KawalError  # noqa: E402
from kawal.forges.port import Job, ReadForge  # noqa: E402
from kawal.ledger import records as r  # noqa: E402
from kawal.ledger.content import ContentStore  # noqa: E402
from kawal.ledger.tables import Entry  # noqa: E402
from kawal.model import ReleaseFacts  # noqa: E402
from kawal_checks.gates import find_gate  # noqa: E402
from kawal_checks.model import LULUS, TIDAK_DAPAT_DINILAI, GateContext, ReportError  # noqa: E402
from kawal_issuer.service import Issuer  # noqa: E402
from kawal_target import target  # noqa: E402

PolicyChange = Callable[[dict[str, Any]], None]


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


PACKAGE = pack({"app.py": b"satu", "data/tarif.csv": b"1;2\n"})


class Dunia(World):
    """The small authority, with a package that really exists."""

    package_sha256 = hashlib.sha256(PACKAGE).hexdigest()

    def make_evidence(self, uji: str, **changes: Any) -> r.Evidence:
        digest = self.package_sha256 if uji in BYTES else None
        origin = {"ci_config_path": self.policy["forge"]["ci_config_path"], **changes.pop("origin", {})}
        return super().make_evidence(uji, **{"artifact_sha256": digest, "origin": origin, **changes})

    def make_signoff(self, kind: str, **changes: Any) -> r.Signoff:
        about = {"artifact_sha256": self.package_sha256, **changes.pop("about", {})}
        return super().make_signoff(kind, about=about, **changes)


@dataclass(frozen=True)
class Setup:
    """Which ready-made office a variant starts in."""

    without: tuple[str, ...] = ()
    persons: int = 1
    package: bytes = PACKAGE
    github: bool = False
    advisory: bool = False
    """The signed policy says that this plan of GitHub has no protected refs."""


@cache
def _templates() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kawal-bypass-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _template(setup: Setup) -> tuple[Path, dict[str, Any], Entry, r.Approval, str]:
    folder = Path(tempfile.mkdtemp(dir=_templates()))
    policy = policy_value()
    if setup.github:
        policy["forge"] = github_forge(**({"protections": "dianjurkan"} if setup.advisory else {}))
    for rule in policy["authorities"]["contoh"]["signoffs"]:
        if rule["kind"] == "persandian":
            rule["persons"] = setup.persons
    world = Dunia(folder, policy, now=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3))
    world.package_sha256 = hashlib.sha256(setup.package).hexdigest()
    world.ready(without=setup.without)
    world.ledger.close()
    return folder, policy, world.request, world.approval, world.package_sha256


@dataclass(frozen=True)
class Outcome:
    """What there is to see afterwards: in the ledger, at the target, in the last answer."""

    permits: int
    installs: int
    denied: tuple[str, ...]
    """Codes of denial records in the ledger."""
    refused: tuple[str, ...]
    """Codes in the target's own log."""
    answered: tuple[str, ...]
    """Codes of the answers to whoever asked."""
    entries: int


class Kantor:
    """One office. Attacks change its public fields; `deliver` asks for a permit and hands it to the target."""

    def __init__(self, folder: Path, setup: Setup = Setup(), *, fresh: bool = True) -> None:
        """`fresh=False` opens an office that is already in `folder`, e.g. after a crash."""
        template, policy, request, approval, digest = _template(setup)
        self.folder = folder
        if fresh:
            shutil.copytree(template, folder, dirs_exist_ok=True)
        self.world = Dunia(
            folder, json.loads(json.dumps(policy)), now=datetime.now(UTC).replace(microsecond=0)
        )
        self.world.request, self.world.approval, self.world.package_sha256 = request, approval, digest
        self.content = ContentStore(folder / "bukti")
        self.content.put(policy_bytes(self.world.policy))
        self.package = setup.package
        self.github = setup.github
        self.jobs_of_run: list[dict[str, Any]] = [
            {"id": 811, "name": "gerbang"},
            {"id": 812, "name": "rilis"},
        ]
        self.claims: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.job: dict[str, Any] = {}
        self.raw_token: str | None = None
        self.target_id = "produksi-1"
        self.failure: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens in the ledger while the forge is being read."""
        self.keys: dict[str, dict[str, Any]] = {"k1": jwk("k1")}
        self.posture: Callable[[], tuple[Any, Any]] | None = None
        self.asked: list[dict[str, Any]] = []
        self.answers: list[str] = []
        self.issuer = self.new_issuer()
        if fresh:
            self._write_target()

    def new_issuer(self) -> Issuer:
        return Issuer(
            self.world.ledger,
            self.content,
            KEYS["permit"],
            cast(ReadForge, self),
            lambda _: self.keys,
            lambda: self.world.now,
            self._read_facts,
        )

    def close(self) -> None:
        self.world.ledger.close()

    # --- the forge -------------------------------------------------------------------------------------------------

    def jobs(self, _project_id: int, pipeline_id: int) -> list[Job]:
        """The jobs of the asking run, as GitHub's API lists them: of every attempt."""
        plain = {
            "stage": "",
            "status": "running",
            "ref": "v1.0.0",
            "tag": True,
            "sha": COMMIT,
            "runner_id": 2,
        }
        plain |= {"user_id": 2, "has_artifacts": False, "finished_at": None, "web_url": "", "attempt": 2}
        return [Job(**{"pipeline_id": pipeline_id, **plain, **one}) for one in self.jobs_of_run]

    def _read_facts(self, forge: ReadForge, policy: Any, **wanted: Any) -> ReleaseFacts:
        self.asked.append(wanted)
        if self.failure is not None:
            raise self.failure
        value: dict[str, Any] = {
            "artifact_sha256": self.world.package_sha256,
            "job": job(**{"job_id": wanted["job_id"], **self.job}),
            **self.seen,
        }
        if self.github:
            proven = {"config": GITHUB_CI, **self.job}
            found = wanted["job_id"] and job(**{"job_id": wanted["job_id"], **proven})
            value = {"project_path": "dinas/e-retribusi", **value, "job": found or None}
        self.meanwhile()
        if self.posture is not None:
            value["posture"], value["posture_drift"] = self.posture()
        return facts(self.world.now, **value)

    # --- what people and jobs do ------------------------------------------------------------------------------------

    def token(self, **changes: Any) -> str:
        if self.github and not self.raw_token:
            return mint(claims_github(self.world.now, **{**self.claims, **changes}))
        return self.raw_token or mint(claims(FORGE, self.world.now, **{**self.claims, **changes}))

    def ask(self, **changes: Any) -> dict[str, Any]:
        request = {
            "buat": "izin",
            "token": self.token(),
            "aplikasi": APP,
            "target": self.target_id,
            **changes,
        }
        answer = self.issuer.answer(request)
        code = answer.get("kode") or ()
        self.answers += [code] if isinstance(code, str) else list(code)
        return answer

    def install(self, answer: dict[str, Any], package: bytes | None = None) -> bool:
        """The permit of an answer at the target, with the bytes somebody brings along."""
        if "izin" not in answer:
            return False
        data = self.package if package is None else package
        try:
            target.install_with_permit(self.config, answer["izin"], answer["kepercayaan"], iter([data]))
        except target.TargetError:
            return False
        return True

    def deliver(self) -> None:
        self.world.tick()
        self.install(self.ask())

    def collect(self, uji: str, raw: bytes, ambang: dict[str, Any] | None = None) -> None:
        """As `kawal kumpulkan`: the real gate reads the raw report again; unreadable means nothing is recorded."""
        gate = find_gate(uji)
        assert gate is not None
        context = GateContext(package_sha256=self.world.package_sha256)
        try:
            result = gate.judge_bytes(raw, ambang or {}, context)
        except ReportError:
            return
        word = {LULUS: "PASSED", TIDAK_DAPAT_DINILAI: "UNUSABLE"}.get(result.verdict, "FAILED")
        self.record(self.world.make_evidence(uji, result=word), "evidence")

    def record(self, predicate: r.Predicate, *signers: str) -> bool:
        """Append a record; a refusal of the ledger is an answer, not an error of the test."""
        try:
            self.world.add(predicate, *signers)
        except KawalError as error:
            self.answers.append(error.code)
            return False
        return True

    # --- the target ---------------------------------------------------------------------------------------------------

    def _write_target(self, name: str = "target", **changes: Any) -> Path:
        path = self.folder / f"{name}.json"
        value = {
            "schema": 1,
            "target_id": "produksi-1",
            "lingkungan": "production",
            "instance": INSTANCE,
            "akar": {"threshold": 2, "kunci": [KEYS["root1"].public.b64, KEYS["root2"].public.b64]},
            "kepercayaan": f"{name}-kepercayaan.json",
            "folder": name,
            "alamat": "127.0.0.1:0",
            "token_uji_sha256": None,
            "perintah_sesudah": None,
            "batas_byte": 1_000_000,
            "selisih_jam_detik": 60,
        }
        path.write_text(json.dumps({**value, **changes}))
        return path

    @property
    def config(self) -> target.Config:
        return target.load_config(str(self.folder / "target.json"))

    def second_target(self) -> target.Config:
        return target.load_config(str(self._write_target("target2", target_id="produksi-2")))

    def _target_log(self) -> list[dict[str, Any]]:
        rows = []
        for name in ("target", "target2"):
            log = self.folder / name / "target.log"
            if log.exists():
                rows += [json.loads(line) for line in log.read_text().splitlines()]
        return rows

    # --- what is left to see ------------------------------------------------------------------------------------------

    def outcome(self) -> Outcome:
        db = self.world.ledger.db
        count = "SELECT COUNT(*) FROM entries WHERE type = ?"
        log = self._target_log()
        denied: list[str] = []
        if self.world.ledger.trouble is None:
            for entry in self.world.ledger.entries(type="denial"):
                denied += cast(r.Denial, entry.predicate).codes
        return Outcome(
            permits=int(db.execute(count, ("permit-record",)).fetchone()[0]),
            installs=sum(one["kejadian"] == "terpasang" for one in log),
            denied=tuple(denied),
            refused=tuple(one["kode"] for one in log if one["kejadian"] == "ditolak"),
            answered=tuple(self.answers),
            entries=int(db.execute("SELECT COUNT(*) FROM entries").fetchone()[0]),
        )
