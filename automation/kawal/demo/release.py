"""Steps 7 to 9 of the demo: the refusal, the sign-offs, the release, and what stays shut afterwards."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from kawal.demo.develop import await_pipeline, merge_request, review_and_merge
from kawal.demo.pdf import letter_pdf
from kawal.demo.stage import APP, Stage, http, wait_for
from kawal.errors import BlockedError

VERSION = "v1.0.0"


def refusal(stage: Stage) -> None:
    """7. Asked too early: the gate explains, the release job does not start, the door stays shut."""
    stage.kawal("rilis", "minta", APP, VERSION, "--commit", stage.release_commit, person="p-pa")
    pipeline = await_pipeline(stage, VERSION, stage.release_commit)
    jobs = _jobs(stage, pipeline.id)
    gate, release = jobs["gerbang"], jobs["rilis"]
    stage.say(f"  job gerbang: {gate.status}; job rilis: {release.status}")
    stage.kawal("periksa", APP, "--rilis", VERSION, expect=3)
    stage.summary["percobaan_rilis"] = [_tried(gate, release, None)]
    _show_screen(stage, gate)
    _ask_directly(stage, release)
    _drop_the_gate(stage)


def _jobs(stage: Stage, pipeline_id: int) -> dict[str, Any]:
    project = stage.gitlab("root").projects.get(stage.summary["proyek"]["id"])
    return {
        job.name: project.jobs.get(job.id)
        for job in project.pipelines.get(pipeline_id).jobs.list(get_all=True)
    }


def _artifact(job: Any, path: str) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(job.artifacts())) as archive:
        value: dict[str, Any] = json.loads(archive.read(path))
        return value


def _tried(gate: Any, release: Any, jti: str | None) -> dict[str, Any]:
    """One attempt, as the gate's own answer tells it."""
    answer = _artifact(gate, "laporan/gerbang.json")
    return {
        "keputusan": answer["keputusan"],
        "kode": answer["kode"],
        "izin": jti,
        "job_rilis": release.status,
    }


def _decision(gate: Any) -> str:
    return str(_artifact(gate, "laporan/gerbang.json")["keputusan"])


def _show_screen(stage: Stage, gate: Any) -> None:
    for line in str(_artifact(gate, "laporan/gerbang.json")["layar"]).splitlines():
        stage.say(f"    | {line}")


def _ask_directly(stage: Stage, job: Any) -> None:
    """A thief with a real token of the release job: minted by the forge itself, asked at the door directly."""
    mint = f"{stage.forge_url}/api/v4/kawal_latihan/jobs/{job.id}/id_token"
    status, minted = http("POST", mint, token=stage.admin_token, body={"nama": "KAWAL_IZIN_TOKEN"})
    if status not in (200, 201):
        raise BlockedError("IZIN-040", "demo: forge tidak memberi token uji", found=str(minted))
    token = str(minted.get("token") or minted.get("id_token"))
    status, answer = http(
        "POST", f"{stage.url('pintu')}/izin", token=token, body={"aplikasi": APP, "target": "produksi-1"}
    )
    stage.summary["pintu_langsung"] = {"status": status, "kode": answer.get("kode")}
    stage.say(f"  pintu izin ditanya langsung dengan token job: HTTP {status}, {answer.get('kode')}")


def _drop_the_gate(stage: Stage) -> None:
    """A branch that brings its own pipeline without the gate changes nothing: the central one runs."""
    repo = stage.work / APP
    (repo / ".gitlab-ci.yml").write_text("rilis:\n  script: [echo tanpa gerbang]\n", "utf-8")
    iid = merge_request(stage, "tanpa-gerbang", "Pipeline tanpa gerbang")
    project = stage.gitlab("pengembang-1").projects.get(stage.summary["proyek"]["id"])

    def started() -> Any:
        return project.mergerequests.get(iid).head_pipeline

    pipeline = wait_for(started, 30, "pipeline cabang tanpa-gerbang")
    names = sorted(job.name for job in project.pipelines.get(pipeline["id"]).jobs.list(get_all=True))
    project.mergerequests.update(iid, {"state_event": "close"})
    stage.git("checkout", "--quiet", "main", user="pengembang-1", cwd=repo)
    stage.summary["cabang_tanpa_gerbang"] = {"pekerjaan": names, "berubah": "rilis" in names}
    stage.say(f"  cabang dengan .gitlab-ci.yml sendiri: tetap templat pusat ({', '.join(names)})")


def sign_offs(stage: Stage) -> None:
    """8. The developer's own attempt is refused; Persandian signs these bytes; the PSE registration is recorded."""
    refused = stage.kawal("sahkan", "persandian", APP, "--rilis", VERSION, person="p-pengembang", expect=3)
    stage.summary["pengesahan_sendiri"] = refused["temuan"][0]["kode"]
    stage.say(f"    ditolak {refused['temuan'][0]['kode']}: {refused['temuan'][0]['judul']}")
    report, proof = stage.letters / "pemeriksaan-keamanan.pdf", stage.letters / "bukti-pendataan.pdf"
    report.write_bytes(letter_pdf(["Hasil pemeriksaan keamanan", "e-Retribusi Pasar v1.0.0", "Memenuhi"]))
    proof.write_bytes(
        letter_pdf(["Bukti Pendataan Sistem Elektronik", "e-Retribusi Pasar", "Nomor 0042/CONTOH/2026"])
    )
    stage.kawal(
        "sahkan", "persandian", APP, "--rilis", VERSION, "--bukti", str(report), person="p-persandian"
    )
    stage.kawal("catat", "pse", APP, "--bukti", str(proof), "--nomor", "0042/CONTOH/2026", person="p-pemohon")


def release(stage: Stage) -> None:
    """9. The same pipeline again: permit, verification at the target, installation. Then everything that must not work."""
    production = stage.folder / "target-produksi"
    before = stage.folder / "target-sebelum"
    shutil.copytree(production, before, symlinks=True, ignore=shutil.ignore_patterns("*.pid"))
    stage.kawal("rilis", "minta", APP, VERSION, person="p-pa")
    project = stage.gitlab("bot-kawal").projects.get(stage.summary["proyek"]["id"])
    wait_for(lambda: _released(stage, project), 300, "rilis selesai")
    pipeline = await_pipeline(stage, VERSION, stage.release_commit)
    jobs = _jobs(stage, pipeline.id)
    permit = _artifact(jobs["rilis"], "izin.json")
    stage.summary["percobaan_rilis"].append(_tried(jobs["gerbang"], jobs["rilis"], _jti(permit)))
    status, _ = http("GET", f"{stage.url('aplikasi-produksi')}/sehat")
    stage.say(f"  aplikasi produksi menjawab: HTTP {status}")
    permit_file = stage.folder / "laporan" / "izin.json"
    permit_file.write_text(json.dumps(permit), "utf-8")
    _at_the_target(stage, permit, permit_file, before)
    _one_more_commit(stage)


def _released(stage: Stage, project: Any) -> bool:
    found = project.pipelines.list(ref=VERSION, get_all=True)
    if any(one.status == "failed" and _jobs(stage, one.id)["gerbang"].status == "success" for one in found):
        from kawal.demo.develop import failed_logs

        raise BlockedError("IZIN-041", "demo: pipeline rilis gagal", found=failed_logs(stage, found[0].id))
    return any(one.status == "success" for one in found)


def _jti(permit: dict[str, Any]) -> str:
    import base64

    payload = json.loads(base64.b64decode(permit["izin"]["payload"]))
    return str(payload["predicate"]["jti"])


def _at_the_target(stage: Stage, permit: dict[str, Any], permit_file: Path, before: Path) -> None:
    """The same permit again, and other bytes under a permit that the target has not used yet."""
    _, state = http("GET", f"{stage.url('target-produksi')}/status")
    status, answer = http("POST", f"{stage.url('target-produksi')}/pasang", body=permit)
    reuse = {"keputusan": "ditolak" if status == 403 else "diterima", "kode": answer.get("kode")}
    stage.say(f"  izin yang sama sekali lagi: {reuse['keputusan']} ({reuse['kode']})")
    other = stage.folder / "laporan" / "paket-lain.tar"
    other.write_bytes(b"bukan paket yang disahkan".ljust(10240, b"\0"))
    config = json.loads((before / "target.json").read_text("utf-8"))
    config.update(folder=str(before), kepercayaan=str(before / "kepercayaan.json"))
    (before / "target.json").write_text(json.dumps(config), "utf-8")
    done = _verify(before, permit_file, other)
    refused = {
        "keputusan": "ditolak" if done.returncode == 3 else "diterima",
        "kode": done.stderr.split(" ", 1)[0],
    }
    stage.say(f"  bita lain dengan izin yang belum dipakai: {refused['keputusan']} ({refused['kode']})")
    shutil.rmtree(before)
    stage.summary["target"] = {
        "sha256": state.get("sha256"),
        "dipakai_ulang": reuse["keputusan"],
        "kode_dipakai_ulang": reuse["kode"],
        "byte_lain": refused["keputusan"],
        "kode_byte_lain": refused["kode"],
    }


def _verify(target: Path, permit: Path, package: Path) -> subprocess.CompletedProcess[str]:
    words = [
        "verifikasi",
        "--konfigurasi",
        str(target / "target.json"),
        "--izin",
        str(permit),
        "--berkas",
        str(package),
    ]
    argv = [sys.executable, "-I", "-m", "kawal_target", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def _one_more_commit(stage: Stage) -> None:
    """One more merged commit: the sign-offs speak of other bytes, so production is locked again."""
    repo = stage.work / APP
    stage.git("pull", "--quiet", "origin", "main", user="pengembang-1", cwd=repo)
    with (repo / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\nPerbaikan kecil.\n")
    iid = merge_request(stage, "perbaikan", "Perbaikan kecil")
    commit = review_and_merge(stage, iid)
    await_pipeline(stage, "main", commit)
    stage.kawal("kumpulkan", APP)
    stage.kawal("rilis", "minta", APP, "v1.0.1", "--commit", commit, person="p-pa")
    pipeline = await_pipeline(stage, "v1.0.1", commit)
    locked = stage.kawal("periksa", APP, "--rilis", "v1.0.1", expect=3)
    stage.summary["commit_berikutnya"] = {
        "keputusan": _decision(_jobs(stage, pipeline.id)["gerbang"]),
        "kode": locked["data"]["kode"],
    }
    stage.say(
        f"  satu commit lagi digabung: produksi {locked['status']} ({', '.join(locked['data']['kode'])})"
    )
