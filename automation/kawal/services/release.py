"""`kawal rilis minta`: a release is asked for; the bot makes the protected tag, whose pipeline asks the gate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, BlockedError, InputError, TemporaryError
from kawal.forges.port import Pipeline
from kawal.ledger.records import Evidence, Release
from kawal.outcome import Outcome
from kawal.policy.ground import PACK
from kawal.services.office import Office

VERSION = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]{1,30})?")
FINISHED = ("success", "failed", "canceled", "skipped")


@dataclass(frozen=True)
class Packed:
    """The bytes of one commit, packed once and recomputed by kawal."""

    commit: str
    tree: str
    sha256: str


def request(office: Office, app_id: str, version: str, commit: str | None, key_file: Path) -> Outcome:
    """Records the release and makes its tag. Asked again for the same commit, it starts the tag's pipeline again: nothing is rebuilt."""
    if not VERSION.fullmatch(version):
        raise InputError("SUBJEK-020", f"Versi {version!r} tidak sah", needed="seperti v1.0.0")
    provision = office.provision(app_id)
    project_id, forge = provision.forge.project_id, office.forge
    earlier = release(office, app_id, version)
    if commit is None:
        if earlier is None:
            raise InputError(
                "SUBJEK-021",
                "Commit yang dirilis belum disebut",
                next_step=f"kawal rilis minta {app_id} {version} --commit SHA",
            )
        commit = earlier.commit
    full = forge.commit(project_id, commit).sha
    if earlier is not None and earlier.commit != full:
        raise BlockedError(
            "SUBJEK-022",
            f"{version} sudah diminta untuk commit lain",
            found=earlier.commit[:12],
            needed=f"{full[:12]}, atau nomor versi baru",
            next_step=f"kawal rilis minta {app_id} VERSI_BARU --commit {full[:12]}",
        )
    packed = packed_build(office, app_id, full)
    if earlier is None:
        key, person_id = office.signer(key_file)
        record = Release(
            app_id=app_id,
            issued_at=office.now(),
            tag=version,
            commit=packed.commit,
            tree=packed.tree,
            artifact_sha256=packed.sha256,
            requested_by=person_id,
        )
        office.append(record, key)
    tag = forge.tag(project_id, version)
    if tag is None:
        forge.create_tag(project_id, version, full, f"Rilis {version} {app_id}, diminta lewat kawal")
        said = t("Tag {version} dibuat pada {sha}; pipeline rilis berjalan.", version=version, sha=full[:12])
    elif tag.sha != full:
        raise BlockedError(
            "SUBJEK-023", f"Tag {version} menunjuk commit lain", found=tag.sha[:12], needed=full[:12]
        )
    else:
        said = _run_again(office, project_id, version, full)
    data = {"aplikasi": app_id, "rilis": version, "commit": full, "paket_sha256": packed.sha256}
    return Outcome("diminta", said, data)


def _run_again(office: Office, project_id: int, version: str, commit: str) -> str:
    pipeline = newest_pipeline(office, project_id, version, commit)
    if pipeline is None:
        return t("Tag {version} sudah ada; pipelinenya belum muncul di forge.", version=version)
    if pipeline.status not in FINISHED:
        return t("Pipeline rilis #{id} sedang berjalan.", id=pipeline.id)
    if pipeline.status == "success":
        return t("Pipeline rilis #{id} sudah berhasil; tidak ada yang diulang.", id=pipeline.id)
    office.forge.retry_pipeline(project_id, pipeline.id)
    return t("Pipeline rilis #{id} dijalankan lagi; tidak ada yang dibangun ulang.", id=pipeline.id)


def newest_pipeline(office: Office, project_id: int, ref: str, commit: str) -> Pipeline | None:
    found = office.forge.pipelines(project_id, sha=commit, ref=ref)
    return max(found, key=lambda one: one.id) if found else None


def await_pipeline(
    office: Office,
    project_id: int,
    ref: str,
    commit: str,
    *,
    wait_s: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Pipeline:
    """The newest pipeline of `ref` once it has finished; TemporaryError when it has not within `wait_s` seconds."""
    deadline = clock() + wait_s
    while True:
        pipeline = newest_pipeline(office, project_id, ref, commit)
        if pipeline is not None and pipeline.status in FINISHED:
            return pipeline
        if clock() > deadline:
            state = pipeline.status if pipeline else t("belum muncul")
            raise TemporaryError(
                "BUKTI-032",
                f"Pipeline {ref} belum selesai ({state})",
                next_step="tunggu, lalu ulangi perintah yang sama",
            )
        sleep(0.3)


def release(office: Office, app_id: str, version: str) -> Release | None:
    found = [one for _, one in office.records(app_id, Release) if one.tag == version]
    return found[-1] if found else None


def packed_build(office: Office, app_id: str, commit: str) -> Packed:
    """The packed bytes of a commit, as the ledger holds them. BlockedError BUKTI-033 when they were not collected."""
    for _, one in reversed(office.records(app_id, Evidence)):
        if one.uji == PACK and one.commit == commit and one.result == "PASSED" and one.artifact_sha256:
            return Packed(one.commit, one.tree, one.artifact_sha256)
    raise BlockedError(
        "BUKTI-033",
        f"Paket commit {commit[:12]} belum tercatat",
        needed="hasil job kemas dari cabang utama",
        next_step=f"kawal kumpulkan {app_id} --commit {commit[:12]}",
    )


def listing(office: Office, app_id: str) -> Outcome:
    """`rilis daftar`"""
    office.request(app_id)
    rows = [one for _, one in office.records(app_id, Release)]
    text = "\n".join(f"{one.tag:<12} {one.commit[:12]}  {one.artifact_sha256[:12]}" for one in rows)
    data = {
        "rilis": [
            {"versi": one.tag, "commit": one.commit, "paket_sha256": one.artifact_sha256} for one in rows
        ]
    }
    return Outcome(
        "daftar" if rows else "kosong",
        text or t("Belum ada rilis untuk {app}.", app=app_id),
        data,
        exit_code=0 if rows else EXIT_BLOCKED,
    )
