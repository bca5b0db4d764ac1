"""Rows about what is released: tag, commit, tree, bytes, classes of evidence, thresholds, review."""

from __future__ import annotations

from dataclasses import replace

from bypass_baris import Row, Variant, always, evidence, seen, yes
from bypass_kantor import Kantor, Setup
from kawal_world import BOT, BYTES, DEV, OBSERVED, REVIEWER, UJI, facts

from bypass_rows.jalan import ROLLBACK
from bypass_rows.pintu import AREA, OTHER, stale
from kawal.model import ApprovalFact


def low(uji: str) -> str:
    return "SUBJEK-008" if uji == "kemas" else f"{AREA[uji]}-004"


ROW_2 = Row(
    "2",
    "Meracuni Makefile, conftest.py, konfigurasi pemindai, locustfile",
    "pengembang",
    "diamati hanya dari runner PA yang tidak menjalankan kode tim; kebijakan menetapkan kelas terendah",
    (
        *(evidence(f"{uji} dari runner tim", uji, low(uji), origin={"runner_id": 1}) for uji in OBSERVED),
        *(evidence(f"{uji} tanpa runner", uji, low(uji), origin={"runner_id": None}) for uji in OBSERVED),
        *(
            evidence(f"{uji} berkelas {one}", uji, low(uji), **{"class": one})
            for uji in OBSERVED
            for one in ("dilaporkan", "disaksikan")
        ),
    ),
    off={
        "kawal.policy.evidence.actual_class": always("diamati"),
        "kawal.policy.ground.actual_class": always("diamati"),
    },
    off_name="kelas bukti sebenarnya (actual_class)",
)


def moved_with_pipeline(k: Kantor) -> None:
    """Tag and pipeline are of another commit; the records still speak of the approved one."""
    k.seen.update(commit=OTHER)
    k.claims.update(sha=OTHER)
    k.job.update(sha=OTHER)


ROW_5 = Row(
    "5",
    "Tag dipindahkan sesudah pengesahan",
    "pengembang/maintainer",
    "subjek = commit + tree + sha256 paket; tag hanya nama",
    (
        seen("tag berpindah sesudah pipeline mulai", "SUBJEK-009", commit=OTHER),
        Variant("tag dan pipeline baru di commit lain", moved_with_pipeline, ("SANDI-002",)),
        seen("commit sama, tree lain", "SANDI-002", tree=OTHER),
        seen("paket lain di registri", "SUBJEK-006", artifact_sha256="6" * 64),
        seen("paket hilang dari registri", "SUBJEK-007", artifact_sha256=None),
        seen("nama tag di luar pola", "SUBJEK-002", tag="rilis-1"),
    ),
    off={
        "kawal.policy.evidence.about_these_bytes": always(True),
        "kawal.policy.signoffs.same_subject": always(True),
    },
    off_name="isi yang sama (about_these_bytes, same_subject)",
)


def fresh_evidence(k: Kantor, **about: str) -> None:
    for uji in UJI:
        digest = about.get("artifact_sha256", k.world.package_sha256) if uji in BYTES else None
        commit, tree = about.get("commit", "4" * 40), about.get("tree", "5" * 40)
        k.record(k.world.make_evidence(uji, commit=commit, tree=tree, artifact_sha256=digest), "evidence")


def new_head(k: Kantor) -> None:
    """A new commit, reviewed, merged, built and tested again; only the sign-offs are of the old one."""
    moved_with_pipeline(k)
    fresh_evidence(k, commit=OTHER)
    k.world.tick()
    base = facts(k.world.now)
    merge = replace(base.merges[0], merge_sha=OTHER)
    commits = (replace(base.commits_since[0], sha=OTHER), *base.commits_since[1:])
    k.seen.update(commits_since=commits, merges=(merge,))


def rebuilt(k: Kantor) -> None:
    k.seen.update(artifact_sha256="6" * 64)
    fresh_evidence(k, artifact_sha256="6" * 64)


def other_tree(k: Kantor) -> None:
    k.seen.update(tree=OTHER)
    fresh_evidence(k, tree=OTHER)


def signed_partly(kind: str) -> Variant:
    return Variant(
        f"commit baru sesudah {kind} saja",
        new_head,
        ("UAT-002", "SANDI-002"),
        Setup(without=tuple({"uat", "persandian"} - {kind})),
    )


ROW_6 = Row(
    "6",
    "Commit baru, force-push atau rebase sesudah pengesahan",
    "pengembang",
    "tanda tangan atas digest; digest baru belum punya pengesahan",
    (
        Variant("commit baru sesudah semua pengesahan", new_head, ("SANDI-002",)),
        signed_partly("uat"),
        signed_partly("persandian"),
        Variant("paket dibangun ulang", rebuilt, ("SANDI-002",)),
        Variant("tree lain, commit bernama sama", other_tree, ("SANDI-002",)),
    ),
    off={"kawal.policy.signoffs.same_subject": always(True)},
    off_name="subjek pengesahan (same_subject)",
)


def rerun_after_newer(k: Kantor) -> bool:
    """v1 went out, a newer release went out after it; now the old job asks again. The forge has no commit since then."""
    k.deliver()
    k.seen.update(commits_since=())
    k.deliver()
    return True


ROW_8 = Row(
    "8",
    "Menjalankan ulang job rilis lama / tombol rollback",
    "pengembang/maintainer",
    "riwayat dihitung sejak rilis terakhir; job lama tidak lagi berjalan; rollback jenis tersendiri",
    (
        Variant(
            "job lama sesudah rilis yang lebih baru",
            rerun_after_newer,
            ("TINJAU-003",),
            permits=1,
            installs=1,
        ),
        Variant("job sudah selesai", lambda k: k.job.update(status="success"), ("IZIN-012",)),
        Variant("job dibatalkan", lambda k: k.job.update(status="canceled"), ("IZIN-012",)),
        *ROLLBACK,
    ),
    off={"kawal.policy.judge.judge_review": yes, "kawal.policy.judge.judge_job": lambda *_, **__: [yes()]},
    off_name="riwayat sejak rilis terakhir (judge_review, judge_job)",
)

FIELDS = (
    ("commit lain", {"commit": OTHER}),
    ("tree lain", {"tree": OTHER}),
    ("proyek lain", {"origin": {"project_id": 42}}),
    ("job lain", {"origin": {"name": "lain"}}),
)
ROW_38 = Row(
    "38",
    "Bukti diputar ulang dari commit, aplikasi atau lingkungan lain",
    "pengembang",
    "bukti menyebut commit, tree, paket, proyek dan job; semuanya harus sama",
    (
        *(evidence(f"{uji}: {name}", uji, stale(uji), **change) for uji in UJI for name, change in FIELDS),
        *(
            evidence(f"{uji}: paket lain", uji, (stale(uji), "SUBJEK-006"), artifact_sha256="6" * 64)
            for uji in BYTES
        ),
        *(
            evidence(f"{uji}: tanpa paket", uji, (stale(uji), "SUBJEK-006"), artifact_sha256=None)
            for uji in BYTES
        ),
    ),
    off={
        "kawal.policy.evidence.about_these_bytes": always(True),
        "kawal.policy.evidence.from_the_pipeline": always(True),
    },
    off_name="asal dan isi bukti (about_these_bytes, from_the_pipeline)",
)


ROW_X4 = Row(
    "X4",
    "Ambang diubah lewat variabel atau dotenv",
    "pengembang",
    "ambang hanya dari permohonan yang disetujui; hasil dengan ambang lain tidak dihitung",
    tuple(
        evidence(f"{uji} dengan ambang lain", uji, f"{AREA[uji]}-006", thresholds_sha256="6" * 64)
        for uji in UJI
        if uji != "kemas"
    ),
    off={"kawal.policy.judge.judge_evidence": yes},
    off_name="ambang yang disetujui (judge_evidence)",
)


def with_config_claims(uji: str, value: str | None) -> Variant:
    change = {"origin": {"ci_config_path": ".gitlab-ci.yml"}}

    def act(k: Kantor) -> None:
        k.claims.update(ci_config_ref_uri=value, ci_config_sha=value)
        k.record(k.world.make_evidence(uji, **change), "evidence")

    return replace(evidence(f"{uji}, klaim {value!r}", uji, stale(uji), **change), act=act)


ROW_X7 = Row(
    "X7",
    "Klaim ci_config_* kosong atau bawaan dianggap bukti",
    "maintainer",
    "klaim itu tidak dibaca; ci_config_path dibaca lewat API pada setiap bukti dan pada postur",
    tuple(
        with_config_claims(uji, value)
        for uji in ("keamanan_kode", "beban")
        for value in (None, "gitlab.contoh/pa/templat//gitlab/kawal.yml@refs/heads/main")
    ),
    off={"kawal.policy.evidence.from_the_pipeline": always(True)},
    off_name="konfigurasi pipeline bukti (from_the_pipeline)",
)


def unreviewed(k: Kantor, **change: object) -> None:
    merge = facts(k.world.now).merges[0]
    k.seen.update(merges=(replace(merge, **change),))  # type: ignore[arg-type]


def approvals(*users: int) -> tuple[ApprovalFact, ...]:
    from datetime import UTC, datetime

    return tuple(ApprovalFact(user, datetime.now(UTC)) for user in users)


REVIEW = Row(
    "11",
    "Komentar, emoji atau persetujuan MR menyamar sebagai pengesahan",
    "pengembang",
    "persetujuan MR hanya dihitung untuk tinjauan; pengesahan hanya catatan bertanda tangan peran",
    (
        *(
            Variant(
                f"disetujui pengguna {users}",
                lambda k, u=users: unreviewed(k, approvals=approvals(*u)),  # type: ignore[misc]
                ("SANDI-001",),
                Setup(without=("persandian",)),
            )
            for users in ((REVIEWER,), (REVIEWER, 13), (REVIEWER, 90, 91), tuple(range(REVIEWER, 40)))
        ),
        Variant(
            "MR disetujui penulisnya sendiri",
            lambda k: unreviewed(k, approvals=approvals(DEV)),
            ("TINJAU-001",),
        ),
        Variant(
            "MR disetujui pengirim kepalanya, commit atas nama orang lain",
            lambda k: unreviewed(k, pushers=(REVIEWER,)),
            ("TINJAU-001",),
        ),
        Variant("MR disetujui akun bot", lambda k: unreviewed(k, approvals=approvals(BOT)), ("TINJAU-001",)),
        Variant("MR tanpa persetujuan", lambda k: unreviewed(k, approvals=()), ("TINJAU-001",)),
        Variant("MR digabung orang, bukan bot", lambda k: unreviewed(k, merged_by=DEV), ("TINJAU-001",)),
        Variant("head MR bukan yang ditinjau", lambda k: unreviewed(k, head_sha=OTHER), ("TINJAU-001",)),
        Variant("push langsung tanpa MR", lambda k: k.seen.update(merges=()), ("TINJAU-002",)),
        Variant(
            "persetujuan sebelum push terakhir",
            lambda k: unreviewed(k, head_pushed_at=k.world.tick(hours=0)),
            ("TINJAU-001",),
        ),
    ),
    twin=lambda k: unreviewed(k, pushers=(DEV,)),
    off={"kawal.policy.judge.judge_review": yes, "kawal.policy.judge.judge_signoff": yes},
    off_name="tinjauan dan pengesahan (judge_review, judge_signoff)",
)

ROWS = (ROW_2, ROW_5, ROW_6, ROW_8, REVIEW, ROW_38, ROW_X4, ROW_X7)
