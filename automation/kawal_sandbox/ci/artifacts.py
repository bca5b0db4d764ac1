"""Files that jobs leave: collected by pattern into a zip, handed to later jobs, read through the API."""

import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from kawal_sandbox.ci.globs import matches
from kawal_sandbox.ci.rows import latest_jobs
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row

DEFAULT_EXPIRE_S = 30 * 86400  # GitLab: default_artifacts_expire_in
MAX_BYTES = 100 * 1024 * 1024  # GitLab: max_artifacts_size
MAX_DOTENV_BYTES, MAX_DOTENV = 5 * 1024, 50
_DOTENV_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


class BadDotenv(ValueError):
    """A dotenv report that GitLab would refuse."""


def folder_of(forge: Forge, job_id: int) -> Path:
    return forge.data / "ci" / "jobs" / str(job_id)


def archive_of(forge: Forge, job_id: int) -> Path:
    return folder_of(forge, job_id) / "artifacts.zip"


def trace_of(forge: Forge, job_id: int) -> Path:
    return folder_of(forge, job_id) / "trace.log"


def find(root: Path, patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[str]:
    """Regular files below `root` that match; a pattern that names a folder takes all of it. Links are not followed."""
    wanted = [pattern.strip().removeprefix("./").rstrip("/") for pattern in patterns]
    found = []
    for path in _walk(root):
        parents = [str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]
        names = (path, *parents)
        if any(
            pattern in ("", ".") or any(matches(pattern, name) for name in names) for pattern in wanted
        ) and not any(matches(pattern, path) for pattern in exclude):
            found.append(path)
    return sorted(found)


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name != ".git"]
        for name in files:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix()


def pack(root: Path, paths: Sequence[str], target: Path) -> int:
    """Write the zip; its size. ValueError when the files are more than the forge takes."""
    if sum((root / path).stat().st_size for path in paths) > MAX_BYTES:
        raise ValueError("artifacts are too large (413 Payload Too Large)")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in paths:
            archive.write(root / path, path)
    fresh.replace(target)
    return target.stat().st_size


def unpack(archive: Path, root: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(root)


def read_member(archive: Path, path: str) -> bytes | None:
    with zipfile.ZipFile(archive) as opened:
        try:
            return opened.read(path)
        except KeyError:
            return None


def parse_dotenv(content: bytes) -> dict[str, str]:
    if len(content) > MAX_DOTENV_BYTES:
        raise BadDotenv("Dotenv Artifact Too Big")
    values = {}
    for line in content.decode("utf-8", "replace").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _DOTENV_LINE.fullmatch(line.strip())
        if match is None:
            raise BadDotenv("Invalid Format")
        values[match[1]] = match[2].strip().strip("\"'")
    if len(values) > MAX_DOTENV:
        raise BadDotenv(f"Dotenv files cannot have more than {MAX_DOTENV} variables")
    return values


def expiry(spec: JobSpec) -> str | None:
    if spec.artifacts.expire_s is None and "expire_in" not in spec.artifacts.model_fields_set:
        seconds: int | None = DEFAULT_EXPIRE_S
    else:
        seconds = spec.artifacts.expire_s
    if seconds is None:
        return None
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def expired(job: Row) -> bool:
    moment = job["artifacts_expire_at"]
    return moment is not None and datetime.fromisoformat(moment) <= datetime.now(UTC)


def available(forge: Forge, job: Row) -> Path | None:
    """The job's zip; None when it left none, or it is expired or erased."""
    archive = archive_of(forge, job["id"])
    return archive if archive.exists() and not expired(job) and not job["erased_at"] else None


def sources(forge: Forge, job: Row, spec: JobSpec) -> list[Row]:
    """The jobs whose artifacts and dotenv this job is given."""
    rows = latest_jobs(forge.store, job["pipeline_id"])
    if spec.needs is not None:
        names = {need.job for need in spec.needs if need.artifacts}
        names &= set(spec.dependencies) if spec.dependencies is not None else names
        return [row for row in rows if row["name"] in names]
    before = [row for row in rows if row["stage_index"] < job["stage_index"]]
    return (
        before if spec.dependencies is None else [row for row in before if row["name"] in spec.dependencies]
    )


def erase(forge: Forge, job_id: int, *, trace: bool) -> None:
    archive_of(forge, job_id).unlink(missing_ok=True)
    shutil.rmtree(folder_of(forge, job_id) / "reports", ignore_errors=True)
    if trace:
        trace_of(forge, job_id).unlink(missing_ok=True)
