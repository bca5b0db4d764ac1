"""Ways around through the pipeline: its template, the settings that loosen it, job tokens, runners."""

from __future__ import annotations

from collections.abc import Iterator

from kawal.posture import MAINTAINER, WANTED_SETTINGS
from kawal.proof.model import GateId, Leak, Seen

_LOOSE: dict[str, tuple[str, tuple[GateId, ...], str, str]] = {
    # setting -> (trap, gates, role, way around)
    "allow_merge_on_skipped_pipeline": (
        "pipeline-dilewati-dianggap-lulus",
        ("uji",),
        "setiap Developer",
        "[skip ci] atau push -o ci.skip, lalu merge",
    ),
    "auto_devops_enabled": (
        "auto-devops",
        ("pipeline",),
        "setiap Developer",
        "pipeline Auto DevOps yang bukan dari templat pusat",
    ),
    "ci_allow_fork_pipelines_to_run_in_parent_project": (
        "pipeline-fork",
        ("pipeline", "rahasia", "runner"),
        "siapa pun yang boleh membuat fork",
        "merge request dari fork yang berjalan di proyek ini",
    ),
    "ci_forward_deployment_enabled": (
        "penerapan-usang",
        ("uji",),
        "setiap Developer",
        "menjalankan pekerjaan rilis lama sesudah yang baru",
    ),
    "ci_forward_deployment_rollback_allowed": (
        "ulang-penerapan-lama",
        ("uji",),
        "setiap Developer",
        "tombol ulang pada pekerjaan rilis lama",
    ),
    "ci_pipeline_variables_minimum_override_role": (
        "variabel-pipeline-ditimpa",
        ("pipeline", "uji"),
        "",
        "pipeline dengan variabel buatan sendiri (Run pipeline, push -o ci.variable)",
    ),
    "ci_push_repository_for_job_token_allowed": (
        "push-dengan-token-pekerjaan",
        ("tinjauan",),
        "kode di pipeline",
        "push dari pekerjaan dengan CI_JOB_TOKEN",
    ),
    "ci_separated_caches": (
        "tembolok-bersama",
        ("uji",),
        "setiap Developer",
        "meracuni tembolok yang dipakai cabang terlindung",
    ),
    "only_allow_merge_if_all_discussions_are_resolved": (
        "diskusi-terbuka",
        ("tinjauan",),
        "setiap yang boleh menggabungkan",
        "menggabungkan selagi keberatan peninjau belum selesai",
    ),
    "only_allow_merge_if_pipeline_succeeds": (
        "gabung-tanpa-pipeline",
        ("uji",),
        "setiap yang boleh menggabungkan",
        "menggabungkan selagi pipeline gagal atau tidak ada",
    ),
    "public_jobs": (
        "pekerjaan-terbuka",
        ("rahasia",),
        "siapa pun yang melihat proyek",
        "membaca log dan artefak pekerjaan",
    ),
}


def loose_settings(seen: Seen) -> Iterator[Leak]:
    for name, need in WANTED_SETTINGS:
        if seen.settings is not None and name not in seen.settings:
            continue  # this forge has no such setting to be wrong
        value = seen.posture.settings.get(name)
        if type(value) is type(need) and value == need:
            continue
        trap, gates, role, path = _LOOSE[name]
        found = "tidak diketahui" if value is None else str(value).lower()
        yield Leak(
            trap,
            gates,
            role or f"setiap {str(value).capitalize()} ke atas",
            path,
            f"{name} = {found}",
            f"{name} = {str(need).lower()}",
            by_plan=True,
        )


def template(seen: Seen) -> Iterator[Leak]:
    path, want = seen.posture.settings.get("ci_config_path"), seen.wanted.ci_config_path
    if path != want and seen.info.kind == "gitlab":
        own = not isinstance(path, str) or "@" not in path
        yield Leak(
            "berkas-pipeline-sendiri" if own else "templat-diganti",
            ("pipeline", "uji"),
            "setiap Developer" if own else "Maintainer yang mengubahnya, dan penulis templat itu",
            "mengubah .gitlab-ci.yml di cabangnya"
            if own
            else "menjalankan pipeline lain dari setelan ci_config_path",
            f"ci_config_path = {path or 'kosong'}",
            f"ci_config_path = {want}",
            by_plan=True,
        )
    if seen.posture.template_ref_shadowed:
        yield Leak(
            "templat-dibayangi",
            ("pipeline", "uji"),
            "siapa pun yang boleh membuat cabang atau tag di proyek templat",
            "cabang atau tag bernama sama dengan ref templat (X5)",
            "ada cabang atau tag dengan nama ref yang disematkan",
            "hapus cabang atau tag itu di proyek templat",
        )
    if not seen.posture.template_commit_exists:
        yield Leak(
            "templat-hilang",
            ("pipeline", "uji"),
            "Maintainer proyek templat",
            "menghapus commit templat yang disematkan",
            "commit templat tidak ditemukan",
            "pasang lagi: kawal templat pasang",
        )
    elif seen.posture.template_ref_commit != seen.wanted.template_commit:
        yield Leak(
            "templat-bergeser",
            ("pipeline", "uji"),
            "siapa pun yang boleh menulis ref templat",
            "memindahkan ref yang disematkan ke isi lain",
            f"ref menunjuk {seen.posture.template_ref_commit or 'tidak ada'}",
            f"sematkan commit {seen.wanted.template_commit}",
        )
    if not seen.posture.template_ref_protected:
        yield Leak(
            "ref-templat-terbuka",
            ("pipeline", "uji"),
            "setiap Developer proyek templat",
            "push ke cabang templat yang disematkan",
            "ref templat tidak dilindungi",
            "sematkan commit 40 hex, atau lindungi ref itu",
        )
    for member in seen.template_members:
        if member.level >= MAINTAINER and member.user_id != seen.wanted.bot_user_id:
            yield Leak(
                "maintainer-templat",
                ("pipeline", "uji"),
                f"{member.username}, Maintainer proyek templat",
                "memindahkan tag templat sebelum versi berikutnya dipasang",
                f"{member.username}: {member.level} di proyek templat",
                f"turunkan {member.username} di proyek templat",
            )


def callers(seen: Seen) -> Iterator[Leak]:
    """GitHub: the workflow files of the default branch. What another one does is the team's, but it can ask for PA's runner."""
    for path, ours in seen.posture.callers or ():
        if ours is False:
            yield Leak(
                "pemanggil-diubah",
                ("pipeline", "uji"),
                "setiap yang boleh menggabungkan",
                f"mengubah {path}, sehingga run tidak lagi terbukti hanya menjalankan templat",
                f"{path} berbeda dari pemanggil yang disematkan",
                f"kembalikan {path} lewat merge request",
            )


def runner_groups(seen: Seen) -> Iterator[Leak]:
    """GitHub: a workflow of any branch may name PA's labels, unless the runner's group takes the pinned template alone."""
    if seen.posture.callers is None:
        return
    for runner in seen.exposure.runners or ():
        if runner.id in seen.wanted.runner_ids and runner.locked is not True:
            name = f"runner {runner.id} '{runner.name}'"
            yield Leak(
                "runner-pa-untuk-alur-lain",
                ("runner",),
                "setiap Developer",
                f"alur kerja di cabangnya sendiri dengan label {', '.join(runner.tags or ())}",
                f"grup {name} tidak dibatasi pada alur kerja templat",
                f"batasi grup {name} pada {seen.wanted.ci_config_path.partition('@')[0]} dari repositori templat "
                "(Team ke atas), atau pakai runner sekali pakai",
            )


def job_tokens(seen: Seen) -> Iterator[Leak]:
    if seen.posture.job_token_limited is not True:
        yield Leak(
            "token-pekerjaan-tanpa-batas",
            ("rahasia", "uji"),
            "pipeline proyek mana pun di forge",
            "masuk dengan CI_JOB_TOKEN dari proyek lain",
            "daftar izin token pekerjaan mati"
            if seen.posture.job_token_limited is False
            else "tidak diketahui",
            "nyalakan daftar izin token pekerjaan (inbound)",
        )
    for guest in seen.exposure.job_token_guests or ():
        yield Leak(
            "token-pekerjaan-tamu",
            ("rahasia", "uji"),
            f"pipeline {guest}",
            "membaca proyek dan menulis paket dengan CI_JOB_TOKEN",
            f"{guest} ada di daftar izin",
            f"keluarkan {guest} dari daftar izin token pekerjaan",
        )


def runners(seen: Seen) -> Iterator[Leak]:
    found = {runner.id: runner for runner in seen.exposure.runners or ()}
    ours = set(seen.wanted.runner_ids)
    tags = {tag for one in found.values() if one.id in ours for tag in one.tags or ()}
    for missing in sorted(ours - set(seen.posture.runner_ids)):
        yield Leak(
            "runner-pa-hilang",
            ("runner", "uji"),
            "setiap pemilik runner lain",
            "mengambil pekerjaan alat PA selagi runner PA tidak ada",
            f"runner {missing} tidak melayani proyek ini",
            f"daftarkan runner PA {missing} untuk proyek ini",
        )
    for runner in found.values():
        name = f"runner {runner.id} '{runner.name}'"
        if runner.id in ours and runner.serves == "instance":
            yield Leak(
                "runner-pa-terbuka",
                ("runner",),
                "siapa pun yang punya proyek di forge",
                f"menjalankan kode sendiri di {name}",
                f"{name} melayani semua proyek",
                f"batasi {name} pada grup aplikasi dan kunci",
            )
        if runner.id in ours and runner.untagged is True:
            yield Leak(
                "runner-pa-tanpa-tag",
                ("runner",),
                "setiap Developer",
                f"pekerjaan tanpa tag berjalan di {name}",
                f"{name} menerima pekerjaan tanpa tag",
                f"matikan 'run untagged' pada {name}",
            )
        if runner.id not in ours and tags & set(runner.tags or ()):
            yield Leak(
                "runner-menyamar",
                ("runner", "uji"),
                f"pemilik {name}",
                f"mengambil pekerjaan bertag {', '.join(sorted(tags & set(runner.tags or ())))}",
                f"{name} memakai tag runner PA",
                f"hapus {name}, atau ganti tagnya",
            )


def production_environment(seen: Seen) -> Iterator[Leak]:
    """GitHub: which refs a job may come from that names the production environment. A missing one is made by whoever names it first."""
    if not seen.has_environments:
        return
    rule, wanted = seen.environment, seen.wanted.release_tag
    if rule is None or not rule.only_named:
        yield Leak(
            "lingkungan-terbuka",
            ("pipeline",),
            "setiap Developer",
            "pekerjaan di cabangnya sendiri yang menyebut environment production",
            "environment production belum ada"
            if rule is None
            else "production menerima setiap cabang dan tag",
            f"batasi environment production pada tag {wanted}",
            by_plan=True,
        )
        return
    further = [*rule.branches, *(tag for tag in rule.tags if tag != wanted)]
    if further:
        yield Leak(
            "lingkungan-diperluas",
            ("pipeline",),
            f"siapa pun yang boleh menulis {', '.join(further)}",
            f"pekerjaan di {', '.join(further)} yang menyebut environment production",
            f"production juga menerima {', '.join(further)}",
            f"hapus {', '.join(further)} dari kebijakan environment production",
        )


RULES = (template, callers, loose_settings, job_tokens, runners, runner_groups, production_environment)
