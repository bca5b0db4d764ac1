"""Steps 5 and 6 of the demo: a merge request, its review and merge, the pipeline for real, the tests on the test target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kawal.demo.pdf import letter_pdf
from kawal.demo.stage import APP, Stage, http, wait_for
from kawal.errors import BlockedError
from kawal.resources import demo_data_dir

PIPELINE_S = 300.0
FINISHED = ("success", "failed", "canceled", "skipped")


def development(stage: Stage) -> None:
    """5. The team's branch, the review by somebody else, the bot's merge, the pipeline of the central template."""
    repo = stage.work / APP
    url = f"{stage.forge_url}/{stage.summary['proyek']['path']}.git"
    stage.git("clone", "--quiet", url, str(repo), user="pengembang-1")
    _copy_application(repo)
    stage.say("  pengembang mendorong cabang fitur/retribusi dan membuka merge request")
    merge_request(stage, "fitur/retribusi", "Aplikasi retribusi pasar")
    refused = stage.git(
        "push", "--quiet", "origin", "HEAD:main", user="pengembang-1", cwd=repo, expect_ok=False
    )
    stage.summary["push_langsung"] = "ditolak" if refused.returncode else "diterima"
    stage.say(f"  pengembang mendorong langsung ke main: {stage.summary['push_langsung']}")
    stage.release_commit = review_and_merge(stage, 1)
    stage.say(
        "  pipeline cabang utama berjalan: uji, kemas, pasang di target uji, beban (Locust), pindai (Wapiti)"
    )


def _copy_application(repo: Path) -> None:
    for name, content in application_files().items():
        target = repo / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def application_files() -> dict[str, bytes]:
    """The small application by path, without what tools left beside it (`.ruff_cache`, `__pycache__`)."""
    source = demo_data_dir() / "aplikasi"
    found = ((path, path.relative_to(source)) for path in sorted(source.rglob("*")) if path.is_file())
    return {
        name.as_posix(): path.read_bytes()
        for path, name in found
        if not any(part.startswith((".", "__pycache__")) for part in name.parts[:-1])
    }


def merge_request(stage: Stage, branch: str, title: str) -> int:
    """Commits what lies in the developer's clone on `branch`, pushes it, opens a merge request; its number."""
    repo = stage.work / APP
    stage.git("checkout", "--quiet", "-b", branch, user="pengembang-1", cwd=repo)
    stage.git("add", "--all", user="pengembang-1", cwd=repo)
    stage.git("commit", "--quiet", "-m", title, user="pengembang-1", cwd=repo)
    stage.git("push", "--quiet", "origin", branch, user="pengembang-1", cwd=repo)
    project = stage.gitlab("pengembang-1").projects.get(stage.summary["proyek"]["id"])
    made = project.mergerequests.create({"source_branch": branch, "target_branch": "main", "title": title})
    return int(made.iid)


def review_and_merge(stage: Stage, iid: int) -> str:
    """The reviewer approves the head, then the bot merges it once its pipeline is green; the merge commit.

    Without the approval the same command refuses; the webhook may merge first, which the command then says.
    """
    refused = stage.kawal("gabung", APP, "--mr", str(iid), expect=3)
    stage.say(f"    ditolak {refused['temuan'][0]['kode']}: {refused['temuan'][0]['judul']}")
    reviewer = stage.gitlab("peninjau-1").projects.get(stage.summary["proyek"]["id"])
    request = reviewer.mergerequests.get(iid)
    pipeline = wait_for(lambda: _head_pipeline(reviewer, iid), PIPELINE_S, f"pipeline !{iid}")
    if pipeline["status"] != "success":
        raise BlockedError(
            "BUKTI-020",
            f"demo: pipeline !{iid} {pipeline['status']}",
            found=failed_logs(stage, pipeline["id"]),
        )
    head = str(request.sha)
    request.approve(sha=head)
    stage.say(f"  peninjau menyetujui !{iid} ({head[:8]})")
    stage.kawal("gabung", APP, "--mr", str(iid))
    merged = reviewer.mergerequests.get(iid)
    return str(merged.merge_commit_sha or merged.sha)


def _head_pipeline(project: Any, iid: int) -> dict[str, Any] | None:
    found = project.mergerequests.get(iid).head_pipeline
    return found if found and found["status"] in FINISHED else None


def tests_and_target(stage: Stage) -> None:
    """6. The results are collected and recomputed; the requester accepts; steps 4 to 8 are recorded."""
    pipeline = await_pipeline(stage, "main", stage.release_commit)
    if pipeline.status != "success":
        raise BlockedError(
            "BUKTI-020",
            f"demo: pipeline #{pipeline.id} {pipeline.status}",
            found=failed_logs(stage, pipeline.id),
        )
    status, _ = http("GET", f"{stage.url('aplikasi-uji')}/sehat")
    stage.say(f"  aplikasi di target uji menjawab: HTTP {status}")
    collected = stage.kawal("kumpulkan", APP)
    stage.summary["uji"] = collected["data"]["uji"]
    for name, row in collected["data"]["uji"].items():
        stage.say(
            f"    {name:<20} {row['status']:<8} {row.get('ringkasan', row.get('alasan', ''))}   ({row.get('kelas', '-')})"
        )
    _steps(stage)


def _steps(stage: Stage) -> None:
    documents = {
        "4": (
            "p-pengembang",
            [
                "user_manual",
                "dokumentasi_pengembangan",
                "dokumentasi_instalasi",
                "bukti_pengujian",
                "laporan_hasil_pengujian_keamanan",
            ],
        ),
        "5": (
            "p-pengembang",
            ["user_manual", "dokumentasi_pengembangan", "dokumentasi_instalasi", "bukti_pengujian"],
        ),
        "7": ("p-pa", ["dokumen_hasil_instalasi"]),
        "8": ("p-pengembang", ["dokumen_hasil_pengujian"]),
    }
    for step in ("4", "5", "6", "7"):
        if step == "6":
            stage.kawal("langkah", "selesai", APP, "6", "--keputusan", "ya", person="p-pa")
        else:
            person, kinds = documents[step]
            stage.kawal("langkah", "selesai", APP, step, *_evidence(stage, kinds), person=person)
    accept(stage, "v1.0.0", stage.release_commit)
    person, kinds = documents["8"]
    stage.kawal("langkah", "selesai", APP, "8", *_evidence(stage, kinds), person=person)


def accept(stage: Stage, version: str, commit: str) -> None:
    """The requester's role accepts the scenarios on the bytes of the test target."""
    minutes = stage.letters / "berita-acara-uat.pdf"
    minutes.write_bytes(letter_pdf(["Berita Acara UAT", "e-Retribusi Pasar", "Semua skenario diterima"]))
    done = stage.kawal(
        "sahkan",
        "uat",
        APP,
        "--rilis",
        version,
        "--commit",
        commit,
        "--bukti",
        str(minutes),
        person="p-pemohon",
    )
    accepted = done["data"]
    stage.summary["uji"]["uat"] = {"status": "lulus", "kelas": "disaksikan", "catatan": accepted["catatan"]}


def _evidence(stage: Stage, kinds: list[str]) -> list[str]:
    words = []
    for kind in kinds:
        path = stage.letters / f"{kind}.pdf"
        path.write_bytes(letter_pdf([kind.replace("_", " ").title(), "e-Retribusi Pasar"]))
        words += ["--bukti", f"{kind}={path}"]
    return words


def await_pipeline(stage: Stage, ref: str, commit: str) -> Any:
    """The newest pipeline of a ref and commit, once it has finished."""
    project = stage.gitlab("bot-kawal").projects.get(stage.summary["proyek"]["id"])

    def finished() -> Any:
        found = project.pipelines.list(
            ref=ref, sha=commit, order_by="id", sort="desc", per_page=1, get_all=False
        )
        return found[0] if found and found[0].status in FINISHED else None

    return wait_for(finished, PIPELINE_S, f"pipeline {ref} selesai")


def failed_logs(stage: Stage, pipeline_id: int) -> str:
    """The ends of the logs of what failed, for whoever has to find out."""
    project = stage.gitlab("root").projects.get(stage.summary["proyek"]["id"])
    found = []
    for job in project.pipelines.get(pipeline_id).jobs.list(get_all=True):
        if job.status == "failed":
            trace = project.jobs.get(job.id).trace() or b""
            found.append(f"--- {job.name}\n{trace.decode('utf-8', 'replace')[-1500:]}")
    return "\n".join(found) or "tidak ada job gagal"
