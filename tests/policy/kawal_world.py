"""A small authority for tests: persons with keys, a policy, a ledger in a folder, and one release that may go out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from kawal.ledger import records as r
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Entry
from kawal.model import Actor, ApprovalFact, CommitFact, JobFact, MergeFact, ReleaseFacts
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Person, Role, Trust, sign_trust

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
APP = "e-retribusi"
INSTANCE = "dinas-uji"
FORGE = "http://127.0.0.1:9"
CI = "gitlab/kawal.yml@pa/templat:" + "c" * 40
BOT, DEV, REVIEWER, OFFICER = 2, 11, 12, 13
FIRST, WORK, HEAD, COMMIT = (letter * 40 for letter in "1234")
TREE = "5" * 40
ARTIFACT = "a" * 64
PROFILE = "b" * 64


def key(name: str) -> PrivateKey:
    return PrivateKey.from_seed(hashlib.sha256(name.encode()).digest())


KEYS = {
    name: key(name)
    for name in (
        *("root1", "root2", "evidence", "permit", "checkpoint"),
        *("pemohon", "tata", "pa", "pa2", "sandi", "sandi2", "dev", "reviewer"),
    )
}
ROLES = {
    "pemohon": ("pemohon", ()),
    "tata": ("subkoor_tata_kelola", ()),
    "pa": ("subkoor_pa", (OFFICER,)),
    "pa2": ("staf_pa", ()),
    "sandi": ("subkoor_persandian", ()),
    "sandi2": ("subkoor_persandian", ()),
    "dev": ("tim_pengembang", (DEV,)),
    "reviewer": ("peninjau", (REVIEWER,)),
}


def basis(text: str = "SOP Contoh langkah 9", kind: str = "sop", actor: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "text": text, "actor": actor}


def policy_value(**forge: Any) -> dict[str, Any]:
    evidence = [
        ("fungsi", "fungsi", "dilaporkan"),
        ("integrasi", "integrasi", "dilaporkan"),
        ("beban", "beban", "diamati"),
        ("keamanan_kode", "keamanan-kode", "diamati"),
        ("keamanan_aplikasi", "keamanan-aplikasi", "diamati"),
        ("instalasi", "instalasi", "diamati"),
    ]
    signoffs = [
        ("uat", ["pemohon"], ["key", "surat"], 30, None, None),
        ("persandian", ["subkoor_persandian"], ["key", "surat"], 90, "9", "9."),
        ("pse", ["pemohon"], ["key", "surat"], 365, "10", "10."),
    ]
    return {
        "schema": 1,
        "forge": {
            "kind": "gitlab",
            "url": FORGE,
            "issuer": FORGE,
            "ci_config_path": CI,
            "template_project_id": 3,
            "template_commit": "c" * 40,
            "runner_ids": [2],
            "bot_user_id": BOT,
            "pipeline_sources": ["push"],
            "default_branch": "main",
            "release_tag": "v*",
            "release_job": "rilis",
            "gate_job": "gerbang",
            **forge,
        },
        "limits": {"token_age_s": 300, "permit_ttl_s": 600, "facts_age_s": 60, "clock_ahead_s": 300},
        "targets": [{"target_id": "produksi-1", "environment": "production"}],
        "authorities": {
            "contoh": {
                "profile_sha256": PROFILE,
                "overlay_sha256": "d" * 64,
                "name": "Dinas Contoh",
                "steps": [
                    {"step": "2", "number": "2.", "who": ["subkoor_tata_kelola"], "basis": basis()},
                    {"step": "8", "number": "8.", "who": ["subkoor_pa"], "basis": basis()},
                    {"step": "9", "number": "9.", "who": ["subkoor_persandian"], "basis": basis()},
                    {"step": "10", "number": "10.", "who": [], "basis": basis()},
                ],
                "evidence": [
                    {
                        "uji": uji,
                        "job": job,
                        "class": least,
                        "max_age_days": 30,
                        "who": ["tim_pengembang"],
                        "step": None,
                        "basis": basis("kebijakan", "kebijakan_dinas"),
                    }
                    for uji, job, least in evidence
                ],
                "signoffs": [
                    {
                        "kind": kind,
                        "roles": roles,
                        "grades": grades,
                        "persons": 1,
                        "max_age_days": days,
                        "step": step,
                        "number": number,
                        "basis": basis(
                            f"SOP Contoh langkah {number}", actor="kebijakan dinas" if kind == "pse" else None
                        ),
                    }
                    for kind, roles, grades, days, step, number in signoffs
                ],
                "acceptance": {
                    "roles": ["subkoor_persandian"],
                    "days": 90,
                    "basis": basis("kebijakan", "kebijakan_dinas"),
                },
                "review": {"basis": basis()},
                "roles": {"subkoor_persandian": "Sub Koordinator Persandian", "pemohon": "Pemohon"},
            }
        },
    }


GITHUB_CI = ".github/workflows/kawal.yml@dinas/pipeline-templates:" + "c" * 40
GITHUB_OWNER = 1_000_000_007


def github_forge(**changes: Any) -> dict[str, Any]:
    """The forge of a policy on GitHub; the rest of a policy knows no difference."""
    own = {"kind": "github", "issuer": f"{FORGE}/_services/token", "ci_config_path": GITHUB_CI}
    forge: dict[str, Any] = policy_value(**own, owner_id=GITHUB_OWNER, **changes)["forge"]
    return forge


def special_ways(**changes: Any) -> dict[str, Any]:
    """Rules of the ways beside the ordinary release, for an authority of `policy_value`."""
    decided = basis("kebijakan", "kebijakan_dinas")
    return {
        "rollback": {
            "kind": "rollback",
            "roles": ["subkoor_pa"],
            "grades": ["key", "surat"],
            "persons": 1,
            "max_age_days": 7,
            "step": None,
            "number": None,
            "reject": None,
            "basis": decided,
        },
        "break_glass": {
            "roles": ["subkoor_pa", "subkoor_tata_kelola"],
            "persons": 2,
            "minutes": 60,
            "basis": decided,
        },
        "patch": {
            "days": 30,
            "count": 2,
            "dependencies": ["composer.json", "requirements*.txt"],
            "sensitive": ["*auth*", "config/*"],
            "basis": decided,
        },
        **changes,
    }


def policy_bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def trust_value(policy_sha256: str, *, version: int = 1, now: datetime = START, **changes: Any) -> Trust:
    seconds = int(now.timestamp())
    trust = Trust(
        version=version,
        instance=INSTANCE,
        issued_at=seconds,
        expires_at=seconds + 300 * 86400,
        threshold=2,
        root_keys=(KEYS["root1"].public, KEYS["root2"].public),
        persons=tuple(
            Person(
                f"p-{name}", users, (KEYS[name].public,), (Role(role, "definitif", seconds - 86400, None),)
            )
            for name, (role, users) in ROLES.items()
        ),
        policy_sha256=policy_sha256,
        service_keys={name: KEYS[name].public for name in ("evidence", "permit", "checkpoint")},
    )
    return trust._replace(**changes)


THRESHOLDS = r.Thresholds(
    beban=r.LoadThresholds(
        detik=8,
        pengguna=10,
        laju=10,
        titik=(
            r.LoadPoint(
                nama="GET /",
                metode="GET",
                jalur="/",
                p95_ms=800,
                p99_ms=2000,
                galat_persen="1",
                rps_min="1",
                permintaan_min=20,
            ),
        ),
    ),
    keamanan_kode=r.FindingLimits(kritis=0, tinggi=0, sedang=5),
    keamanan_aplikasi=r.WebFindingLimits(kritis=0, tinggi=0, sedang=0, halaman_min=3),
    fungsi=r.TestMinimum(min=1),
    integrasi=r.TestMinimum(min=1),
    uat=(r.Scenario(id="UAT-1", judul="melihat tarif"), r.Scenario(id="UAT-2", judul="mencatat bayar")),
)
PROJECT = r.ForgeProject(kind="gitlab", url=FORGE, project_id=41, path="dagang/e-retribusi")
JOBS = {"keamanan_kode": "keamanan-kode", "keamanan_aplikasi": "keamanan-aplikasi"}
OBSERVED = ("keamanan_kode", "keamanan_aplikasi", "beban", "instalasi", "kemas")
BYTES = ("keamanan_aplikasi", "beban", "instalasi", "kemas")
UJI = ("fungsi", "integrasi", "keamanan_kode", "kemas", "instalasi", "beban", "keamanan_aplikasi")


def facts(now: datetime, **changes: Any) -> ReleaseFacts:
    """The release as the forge shows it: the bot's first commit, one reviewed merge request, a protected tag."""
    dev = Actor("author", DEV, "e" * 64)
    value: dict[str, Any] = {
        "read_at": now,
        "forge_time": now,
        "project_id": 41,
        "project_path": "dagang/e-retribusi",
        "tag": "v1.0.0",
        "tag_protected": True,
        "commit": COMMIT,
        "tree": TREE,
        "on_default_branch": True,
        "artifact_sha256": ARTIFACT,
        "job": None,
        "posture": (("ci_config_path", CI),),
        "posture_drift": (),
        "commits_since": (
            CommitFact(COMMIT, (FIRST, HEAD), (Actor("author", BOT, "0" * 64),)),
            CommitFact(HEAD, (WORK,), (dev,)),
            CommitFact(WORK, (FIRST,), (dev,)),
            CommitFact(FIRST, (), (Actor("author", BOT, "0" * 64),)),
        ),
        "merges": (
            MergeFact(
                iid=1,
                merge_sha=COMMIT,
                head_sha=HEAD,
                head_pushed_at=now - timedelta(hours=3),
                commits=(HEAD, WORK),
                author_user_id=DEV,
                merged_by=BOT,
                approvals=(ApprovalFact(REVIEWER, now - timedelta(hours=2)),),
            ),
        ),
        "extra_actors": (Actor("tagger", BOT, "0" * 64),),
    }
    value.update(changes)
    return ReleaseFacts(**value)


def job(name: str = "rilis", **changes: Any) -> JobFact:
    value: dict[str, Any] = {
        "job_id": 812,
        "name": name,
        "status": "running",
        "pipeline_id": 90,
        "pipeline_source": "push",
        "ref": "v1.0.0",
        "ref_is_tag": True,
        "sha": COMMIT,
        "runner_id": 2,
        "user_id": BOT,
    }
    value.update(changes)
    return JobFact(**value)


def _counted(items: Iterable[tuple[str, str, int]]) -> tuple[r.CountedFinding, ...]:
    return tuple(
        r.CountedFinding.model_validate({"fingerprint": letter * 64, "severity": severity, "count": count})
        for letter, severity, count in items
    )


@dataclass
class World:
    folder: Path
    policy: dict[str, Any] = field(default_factory=policy_value)
    now: datetime = START
    free: int = 10**12
    ledger: Ledger = field(init=False)
    request: Entry = field(init=False)
    approval: r.Approval = field(init=False)
    _entries: list[Entry] = field(init=False, default_factory=list)
    _read: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        self.ledger = self.open()

    def open(self) -> Ledger:
        return Ledger.open(
            self.folder / "ledger.sqlite3",
            KEYS["checkpoint"],
            INSTANCE,
            now=lambda: self.now,
            free=lambda _: self.free,
        )

    @property
    def policy_sha256(self) -> str:
        return hashlib.sha256(policy_bytes(self.policy)).hexdigest()

    def tick(self, **delta: float) -> datetime:
        self.now += timedelta(**(delta or {"seconds": 1}))
        return self.now

    def add(self, predicate: r.Predicate, *signers: str) -> Entry:
        self.tick()
        return self.ledger.append(sign_record(predicate, [KEYS[name] for name in signers]))

    def trust(self, **changes: Any) -> Entry:
        trust = trust_value(self.policy_sha256, **changes)
        return self.ledger.append(sign_trust(trust, [KEYS["root1"], KEYS["root2"]]))

    def make_request(self, **changes: Any) -> r.Request:
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "profile_id": "contoh",
            "profile_sha256": PROFILE,
            "origin": "rencana",
            "name": "e-Retribusi",
            "agency": "Dinas Dagang",
            "agency_slug": "dagang",
            "description": "Menghitung retribusi.\n\nUntuk pasar.",
            "developers": ("pengembang-1",),
            "reviewers": ("peninjau-1",),
            "thresholds": THRESHOLDS,
            "documents": (),
            "source_sha256": "f" * 64,
            "person_id": "p-pa",
        }
        value.update(changes)
        return r.Request(**value)

    def make_approval(self, **changes: Any) -> r.Approval:
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "kind": "dokumen_clearance",
            "step": "2",
            "request_sha256": self.request.payload_sha256,
            "letter": r.Letter(
                number_raw="050/ 1 /K", number="050/1/K", date=date(2026, 11, 19), sha256="9" * 64
            ),
            "signer_role": "subkoor_tata_kelola",
            "person_id": "p-tata",
            "annex_item": None,
            "decision": "approve",
            "reason": "ditolak" if changes.get("decision") == "reject" else None,
        }
        value.update(changes)
        return r.Approval(**value)

    def make_step(self, step: str = "8", **changes: Any) -> r.StepDone:
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "step": step,
            "decision": None,
            "reason": None,
            "evidence": (),
            "role": "subkoor_pa",
            "person_id": "p-pa",
            "profile_sha256": PROFILE,
        }
        value.update(changes)
        return r.StepDone(**value)

    def make_evidence(self, uji: str, **changes: Any) -> r.Evidence:
        name = JOBS.get(uji, uji)
        origin: dict[str, Any] = {
            "project_id": 41,
            "job_id": 700,
            "name": name,
            "pipeline_id": 88,
            "pipeline_source": "push",
            "ref": "main",
            "ref_protected": True,
            "runner_id": 2 if uji in OBSERVED else 1,
            "ci_config_path": CI,
        }
        origin.update(changes.pop("origin", {}))
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "uji": uji,
            "class": "diamati" if uji in OBSERVED else "dilaporkan",
            "result": "PASSED",
            "summary": "lulus",
            "counts": {"lulus": 5, "galat_persen": "0.5"},
            "reasons": (),
            "thresholds_sha256": THRESHOLDS.sha256(),
            "raw_sha256": hashlib.sha256(uji.encode()).hexdigest(),
            "job": r.JobOrigin(**origin),
            "commit": COMMIT,
            "tree": TREE,
            "artifact_sha256": ARTIFACT if uji in BYTES else None,
            "tool": "alat",
            "tool_version": None,
            "target_url": None,
            "started_at": self.now,
            "finished_at": self.now,
        }
        value.update(changes)
        return r.Evidence(**value)

    def make_failed_scan(
        self, uji: str, *items: tuple[str, str, int], codes: tuple[str, ...] = (), **changes: Any
    ) -> tuple[r.Evidence, r.Findings]:
        """A scan that found `items` (letter of the fingerprint, severity, count), and the list that goes with it."""
        counted = _counted(items)
        totals = dict.fromkeys(("kritis", "tinggi", "sedang"), 0)
        for one in counted:
            totals[one.severity] += one.count
        own = "AMAN-102" if uji == "keamanan_kode" else "AMAN-202"
        evidence = self.make_evidence(
            uji,
            counts=totals,
            reasons=tuple(r.Reason(code=code, text="terlalu banyak") for code in (own, *codes)),
            **{"result": "FAILED", **changes},
        )
        listed = r.Findings(
            app_id=APP, issued_at=self.now, uji=uji, evidence_id=evidence.record_id, items=counted
        )
        return evidence, listed

    def make_acceptance(self, uji: str, *items: tuple[str, str, int], **changes: Any) -> r.RiskAcceptance:
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "uji": uji,
            "items": _counted(items),
            "reason": "Hanya dipakai di jaringan dalam; diganti triwulan depan.",
            "role": "subkoor_persandian",
            "person_id": "p-sandi",
            "expires_at": self.now + timedelta(days=60),
            "document_sha256": None,
        }
        value.update(changes)
        return r.RiskAcceptance(**value)

    def make_signoff(self, kind: str, **changes: Any) -> r.Signoff:
        name = "sandi" if kind.startswith("persandian") else "pemohon"
        subject: dict[str, Any] = {
            "forge": PROJECT,
            "release": "v1.0.0",
            "environment": "production",
            "commit": COMMIT,
            "tree": TREE,
            "artifact_sha256": ARTIFACT,
        }
        subject.update(changes.pop("about", {}))
        result: Literal["memenuhi", "tidak_memenuhi"] = (
            "tidak_memenuhi" if changes.get("decision") == "reject" else "memenuhi"
        )
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "kind": kind,
            "decision": "approve",
            "role": ROLES[name][0],
            "person_id": f"p-{name}",
            "grade": "key",
            "subject": None if kind == "pse" else r.ReleaseSubject(**subject),
            "evidence": (),
            "policy_sha256": self.policy_sha256,
            "rekomendasi_id": self.approval.record_id,
            "uat": tuple(r.UatScenario(id=one.id, accepted=True, note=None) for one in THRESHOLDS.uat)
            if kind == "uat"
            else None,
            "persandian": r.Persandian(result=result, findings=(), accepted=(), reports=(), note=None)
            if kind.startswith("persandian")
            else None,
            "pse": r.Pse(
                proof_kind="bukti_pendataan",
                number="1/PSE",
                registered_on=date(2026, 11, 1),
                category=None,
                seal_url=None,
                document_sha256="8" * 64,
            )
            if kind == "pse"
            else None,
            "base_release": "v0.9.0" if kind in ("persandian-perbaikan", "rollback") else None,
            "reason": "alasan"
            if changes.get("decision") == "reject" or kind in ("break-glass", "rollback")
            else None,
            "not_before": self.now,
            "expires_at": self.now + (timedelta(minutes=60) if kind == "break-glass" else timedelta(days=60)),
            "supersedes": None,
        }
        value.update(changes)
        return r.Signoff(**value)

    def make_permit(self, **changes: Any) -> r.PermitRecord:
        """What the ledger keeps of an opening."""
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "kind": "rilis",
            "jti": "0" * 32,
            "seq": 1,
            "environment": "production",
            "target_id": "produksi-1",
            "release": "v1.0.0",
            "commit": COMMIT,
            "tree": TREE,
            "artifacts": (ARTIFACT,),
            "job_id": 812,
            "token_jti_sha256": "1" * 64,
            "inputs": ("2" * 64,),
            "policy_sha256": self.policy_sha256,
            "posture_sha256": "2" * 64,
            "trust_version": 1,
            "verdict_sha256": "3" * 64,
            "nbf": self.now,
            "exp": self.now + timedelta(minutes=10),
        }
        return r.PermitRecord(**{**value, **changes})

    def signer_of(self, kind: str) -> str:
        return "sandi" if kind.startswith("persandian") else "pemohon"

    def sign(self, kind: str, **changes: Any) -> Entry:
        return self.add(self.make_signoff(kind, **changes), self.signer_of(kind))

    def withdraw(self, entry: Entry, role: str | None, person: str | None, *signers: str) -> Entry:
        return self.add(
            r.Withdraw(
                app_id=APP,
                issued_at=self.now,
                record_sha256=entry.payload_sha256,
                role=role,
                person_id=person,
                reason="keliru",
            ),
            *signers,
        )

    def begin(self) -> World:
        """Trust, request, approval, project."""
        self.trust()
        self.request = self.add(self.make_request(), "pa")
        self.approval = self.make_approval()
        self.add(self.approval, "tata")
        self.add(
            r.Provision(
                app_id=APP,
                issued_at=self.now,
                step=None,
                forge=PROJECT,
                plan_sha256="7" * 64,
                created=(r.Named(name="isu", count=10),),
                first_commit=FIRST,
            ),
            "evidence",
        )
        return self

    def ready(self, *, without: tuple[str, ...] = ()) -> World:
        """Everything a release needs, except the kinds named in `without`."""
        self.begin()
        if "8" not in without:
            self.add(self.make_step(), "pa")
        for uji in UJI:
            if uji not in without:
                self.add(self.make_evidence(uji), "evidence")
        for kind in ("uat", "persandian", "pse"):
            if kind not in without:
                self.sign(kind)
        self.tick()
        return self

    def entries_once(self) -> list[Entry]:
        """The application's entries, read and verified again only when the ledger has grown."""
        size = self.ledger.size()
        if self._read != size:
            self._entries, self._read = self.ledger.entries(app_id=APP), size
        return self._entries
