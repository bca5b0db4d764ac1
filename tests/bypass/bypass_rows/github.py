"""Rows of GitHub: what a job there can claim, and what its runs and artefacts can pretend. The facade proves the reading elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bypass_baris import Row, Variant, always, yes, yes_list
from bypass_kantor import Kantor, Setup
from kawal_world import UJI

from bypass_rows.pintu import stale
from kawal_issuer.claims import Claims

READY = Setup(github=True)
OTHER = "6" * 40
TEMPLATE = "dinas/pipeline-templates/.github/workflows/kawal.yml"
OWN = "dinas/e-retribusi/.github/workflows"


def claimed(name: str, code: str, **changes: Any) -> Variant:
    return Variant(name, lambda k: k.claims.update(changes), (code,), READY)


def asking(name: str, code: str, *jobs: dict[str, Any], **claims: Any) -> Variant:
    """The run has these jobs, and the token says that."""

    def act(k: Kantor) -> None:
        k.jobs_of_run = list(jobs)
        k.claims.update(claims)

    return Variant(name, act, (code,), READY)


def shown(name: str, code: str, **job: Any) -> Variant:
    return Variant(name, lambda k: k.job.update(job), (code,), READY)


def evidence(name: str, uji: str, **origin: Any) -> Variant:
    def act(k: Kantor) -> None:
        k.record(k.world.make_evidence(uji, origin=origin), "evidence")

    return Variant(name, act, (stale(uji),), Setup(github=True, without=(uji,)))


def _said_twice(event: str) -> Callable[[Kantor], None]:
    """The token and the API name the same event."""

    def act(k: Kantor) -> None:
        k.claims.update(event_name=event)
        k.job.update(pipeline_source=event)

    return act


def _unprotected(k: Kantor) -> None:
    k.claims.update(ref_protected="false")
    k.seen.update(tag_protected=False)


def _anything(*_: Any) -> None:
    """A template check that looks at nothing."""


def _believes_all(policy: Any) -> Any:
    """A reader that takes what the token says for what it should say."""

    def read(payload: dict[str, Any], issuer: str) -> Claims:
        return Claims(
            issuer, payload["jti"], int(payload["repository_id"]), int(payload["run_id"]), 812, None,
            payload["ref"].rpartition("/")[2], payload["sha"], "push", payload.get("environment"), 2,
        )  # fmt: skip

    return read


G1 = Row(
    "G1",
    "GitHub: alur kerja sendiri yang meminta token izin",
    "pengembang",
    "job_workflow_ref dan job_workflow_sha harus templat dan commit yang disematkan; workflow_ref harus pemanggil kawal pada tag itu",
    (
        claimed(
            "alur kerja repositori sendiri", "IZIN-008", job_workflow_ref=f"{OWN}/rilis.yml@refs/tags/v1.0.0"
        ),
        claimed(
            "nama berkas sama di repositori sendiri",
            "IZIN-008",
            job_workflow_ref=f"{OWN}/kawal.yml@{'c' * 40}",
        ),
        claimed("templat dari cabang", "IZIN-008", job_workflow_ref=f"{TEMPLATE}@refs/heads/main"),
        claimed("templat dari tag", "IZIN-008", job_workflow_ref=f"{TEMPLATE}@refs/tags/kawal-v0.1.0"),
        claimed("tag bernama commit itu", "IZIN-008", job_workflow_ref=f"{TEMPLATE}@refs/tags/{'c' * 40}"),
        claimed("commit templat lain", "IZIN-008", job_workflow_sha=OTHER),
        claimed("commit lama", "IZIN-008", job_workflow_ref=f"{TEMPLATE}@{OTHER}", job_workflow_sha=OTHER),
        claimed(
            "fork templat",
            "IZIN-008",
            job_workflow_ref=f"lain/pipeline-templates/.github/workflows/kawal.yml@{'c' * 40}",
        ),
        claimed("pemanggil buatan sendiri", "IZIN-004", workflow_ref=f"{OWN}/rilis.yml@refs/tags/v1.0.0"),
        claimed("pemanggil uji tim", "IZIN-004", workflow_ref=f"{OWN}/kawal-tim.yml@refs/tags/v1.0.0"),
        claimed("pemanggil dari cabang", "IZIN-004", workflow_ref=f"{OWN}/kawal.yml@refs/heads/main"),
        claimed("tanpa job_workflow_ref", "IZIN-001", job_workflow_ref=...),
    ),
    twin_setup=READY,
    off={"kawal_issuer.claims_github._template": _anything},
    off_name="pemeriksaan job_workflow_ref dan job_workflow_sha",
)

G2 = Row(
    "G2",
    "GitHub: token dari ref, peristiwa, pemilik atau repositori lain",
    "pengembang",
    "ref tag yang dilindungi, sumber menurut kebijakan, nomor pemilik dan repositori; sub tidak pernah dipakai",
    (
        claimed("cabang", "IZIN-004", ref="refs/heads/main", ref_type="branch"),
        claimed("cabang bernama seperti tag", "IZIN-004", ref="refs/heads/v1.0.0"),
        claimed(
            "pull request", "IZIN-004", ref="refs/pull/1/merge", ref_type="branch", event_name="pull_request"
        ),
        claimed("tag tidak dilindungi", "IZIN-004", ref_protected="false"),
        claimed("perlindungan tidak disebut", "IZIN-001", ref_protected=...),
        claimed("pemilik lain", "IZIN-001", repository_owner_id="1000000099"),
        claimed("repositori lain", "IZIN-006", repository_id="42"),
        claimed("lingkungan lain", "IZIN-005", environment="staging"),
        claimed("tanpa lingkungan", "IZIN-005", environment=...),
        *(
            claimed(f"peristiwa {event}", "IZIN-007", event_name=event)
            for event in ("workflow_dispatch", "schedule", "repository_dispatch", "workflow_run", "release")
        ),
        *(
            Variant(
                f"peristiwa {event} yang juga disebut API",
                _said_twice(event),
                ("IZIN-014",),
                READY,
            )
            for event in ("schedule", "workflow_run", "pull_request_target")
        ),
    ),
    twin=lambda k: k.claims.update(sub="repo:apa/pun:environment:lain"),
    twin_setup=READY,
    off={
        "kawal_issuer.asking.github_claims": _believes_all,
        "kawal_issuer.asking.agrees": always(True),
        "kawal.policy.judge.judge_job": yes_list,
    },
    off_name="pembacaan klaim dan pencocokan dengan API",
)

G3 = Row(
    "G3",
    "GitHub: pekerjaan, percobaan atau run lain meminta dengan token yang sah",
    "pengembang",
    "tepat satu pekerjaan rilis pada percobaan yang disebut token; run itu terbukti memanggil templat dari berkas pemanggil yang utuh",
    (
        asking(
            "token pekerjaan gerbang",
            "IZIN-007",
            {"id": 811, "name": "gerbang"},
            {"id": 812, "name": "rilis"},
            check_run_id="811",
        ),
        asking(
            "percobaan yang lalu",
            "IZIN-007",
            {"id": 700, "name": "rilis", "attempt": 1},
            {"id": 812, "name": "rilis"},
            run_attempt="1",
        ),
        asking("percobaan yang belum ada", "IZIN-007", {"id": 812, "name": "rilis"}, run_attempt="3"),
        asking("dua pekerjaan rilis", "IZIN-007", {"id": 812, "name": "rilis"}, {"id": 813, "name": "rilis"}),
        asking("tidak ada pekerjaan rilis", "IZIN-007", {"id": 811, "name": "gerbang"}),
        asking("nama dengan awalan lain", "IZIN-007", {"id": 812, "name": "lain / rilis"}),
        shown("pemanggil diubah di commit itu", "IZIN-017", config="pemanggil-diubah"),
        shown("dua templat dalam satu run", "IZIN-017", config="bukan-satu-templat"),
        shown(
            "templat lain menurut API",
            "IZIN-017",
            config=f".github/workflows/kawal.yml@lain/templat:{'c' * 40}",
        ),
        shown("runner tim", "IZIN-015", runner_id=7),
        shown("pekerjaan sudah selesai", "IZIN-012", status="success"),
        shown("commit lain menurut API", "IZIN-007", sha=OTHER),
    ),
    twin=lambda k: k.claims.update(check_run_id=...),
    twin_setup=READY,
    off={"kawal.policy.judge.judge_job": yes_list},
    off_name="job yang meminta (judge_job)",
)

G4 = Row(
    "G4",
    "GitHub: laporan dari run yang bukan milik templat",
    "pengembang",
    "artefak milik run: bukti hanya dari run yang terbukti memanggil templat yang disematkan, di cabang utama yang dilindungi",
    (
        *(
            evidence(f"{uji} dari pemanggil yang diubah", uji, ci_config_path="pemanggil-diubah")
            for uji in UJI
        ),
        *(
            evidence(f"{uji} dari run dengan dua templat", uji, ci_config_path="bukan-satu-templat")
            for uji in UJI
        ),
        *(
            evidence(
                f"{uji} dari templat bercabang",
                uji,
                ci_config_path=f".github/workflows/kawal.yml@lain/templat:{'c' * 40}",
            )
            for uji in ("beban", "keamanan_kode")
        ),
        *(
            evidence(f"{uji} dari pull request", uji, pipeline_source="merge_request_event")
            for uji in ("beban", "kemas")
        ),
        *(
            evidence(f"{uji} dari cabang tanpa perlindungan", uji, ref_protected=False)
            for uji in ("fungsi", "beban")
        ),
    ),
    twin_setup=READY,
    off={"kawal.policy.evidence.from_the_pipeline": always(True)},
    off_name="asal bukti (from_the_pipeline)",
)

G5 = Row(
    "G5",
    "GitHub tanpa perlindungan (privat Free): yang dianjurkan tidak membuka apa pun dengan sendirinya",
    "pengembang",
    "kebijakan yang ditandatangani hanya melepas perlindungan ref; tinjauan, bita, pengesahan dan templat tetap diperiksa",
    (
        Variant(
            "push langsung ke cabang utama",
            lambda k: k.seen.update(merges=()),
            ("TINJAU-002",),
            Setup(github=True, advisory=True),
        ),
        Variant(
            "tag di luar cabang utama",
            lambda k: k.seen.update(on_default_branch=False),
            ("SUBJEK-004",),
            Setup(github=True, advisory=True),
        ),
        Variant(
            "tag dipindah",
            lambda k: k.seen.update(commit=OTHER),
            ("SUBJEK-009",),
            Setup(github=True, advisory=True),
        ),
        Variant(
            "tanpa Persandian",
            lambda k: k.claims.update(ref_protected="false"),
            ("SANDI-001",),
            Setup(github=True, advisory=True, without=("persandian",)),
        ),
        Variant(
            "kebijakan tidak menyebutnya",
            lambda k: k.seen.update(tag_protected=False),
            ("SUBJEK-003",),
            READY,
        ),
    ),
    twin=_unprotected,
    twin_setup=Setup(github=True, advisory=True),
    off={"kawal.policy.judge.judge_review": always(yes())},
    off_name="tinjauan (judge_review)",
)

ROWS = (G1, G2, G3, G4, G5)
