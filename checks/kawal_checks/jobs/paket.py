"""`kemas` and `ambil-paket`: the release is packed once and fetched by commit, always checked by digest."""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess  # argument lists only  # nosec B404
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

from kawal_checks.model import EXIT_BLOCKED, EXIT_OK, EXIT_TEMPORARY, ReportError
from kawal_checks.readers.strict import MAX_BYTES
from kawal_checks.readers.tanda_terima import read_pack
from kawal_checks.teks import one_line
from kawal_checks.tempat import make_way

from .berkas import needed, sha256_of, write_json
from .http import Answer, DoorError, put_file, refuse, request

PACKAGE = "paket.tar"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def pack(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """`git archive` of HEAD. kawal recomputes it, so nothing of this machine's git configuration may show in the bytes."""
    source: Path = options.sumber
    commit = _git(source, "rev-parse", "--verify", "HEAD^{commit}").strip()
    tree = _git(source, "rev-parse", "--verify", "HEAD^{tree}").strip()
    expected = environ.get("CI_COMMIT_SHA") or environ.get("GITHUB_SHA") or commit
    if expected != commit:
        raise ReportError("kemas", f"HEAD {commit}", f"CI_COMMIT_SHA {one_line(expected, 80)}")
    make_way(options.berkas)
    package: Path = options.berkas.resolve()
    _git(source, "archive", "--format=tar", f"--output={package}", commit)
    difference = _difference(source, commit, package)
    if difference:
        text = f"SUBJEK-102 isi paket berbeda dari pohon git: {one_line(difference)}. Hapus export-ignore, export-subst, atau "
        print(text + "konversi akhir baris dari .gitattributes.", file=sys.stderr)
        return EXIT_BLOCKED
    digest, size = sha256_of(package), package.stat().st_size
    application = environ.get("KAWAL_APLIKASI", "")
    name = f"{application}/{commit}/{PACKAGE}"
    if options.unggah:
        _upload(package, digest, _url(environ, commit), {"JOB-TOKEN": needed(environ, "CI_JOB_TOKEN")})
    receipt = {"schema": 1, "commit": commit, "tree": tree, "sha256": digest, "ukuran": size, "paket": name}
    write_json(options.keluar, receipt)
    print(f"Dikemas: {name} {size} byte, sha256 {digest}.")
    return EXIT_OK


def _git(source: Path, *arguments: str) -> str:
    pinned = ["-c", "tar.umask=0002", "-c", "core.autocrlf=false", "-c", "core.quotePath=false"]
    done = subprocess.run(
        ["git", *pinned, *arguments],
        cwd=source,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise ReportError(f"git {arguments[0]}", one_line(done.stderr), "repositori git dengan sebuah commit")
    return done.stdout


def _difference(source: Path, commit: str, package: Path) -> str:
    """Names of files whose archived bytes are not the blob that scanners saw (attributes can rewrite or drop them)."""
    blobs = {}
    for line in _git(source, "ls-tree", "-r", "-z", commit).split("\0"):
        if line:
            meta, _, path = line.partition("\t")
            kind, blob = meta.split(" ")[1:3]
            if kind == "blob":
                blobs[path] = blob
    algorithm = "sha1" if len(commit) == 40 else "sha256"
    found = {}
    with tarfile.open(package, "r:", errors="replace") as archive:  # read, never extracted
        for member in archive:
            if member.isfile() or member.issym():
                data = member.linkname.encode() if member.issym() else b""
                size = member.size if member.isfile() else len(data)
                digest = hashlib.new(algorithm, f"blob {size}\0".encode() + data, usedforsecurity=False)
                content = archive.extractfile(member) if member.isfile() else None
                while content is not None and (chunk := content.read(1 << 20)):
                    digest.update(chunk)
                found[member.name] = digest.hexdigest()
    return ", ".join(
        sorted(path for path in blobs.keys() | found.keys() if blobs.get(path) != found.get(path))[:5]
    )


def _url(environ: Mapping[str, str], commit: str) -> str:
    api, project = needed(environ, "CI_API_V4_URL"), needed(environ, "CI_PROJECT_ID")
    return f"{api}/projects/{project}/packages/generic/{needed(environ, 'KAWAL_APLIKASI')}/{commit}/{PACKAGE}"


def _upload(package: Path, digest: str, url: str, headers: Mapping[str, str]) -> None:
    """Uploads once; a re-run of the job finds the same bytes there and leaves them."""
    present = package.with_name(package.name + ".ada")
    answer = _download(url, headers, present)
    if answer.status == 200:
        same = sha256_of(present) == digest
        present.unlink()
        if same:
            return
        raise DoorError(
            "SUBJEK-101 registri sudah berisi paket lain untuk commit ini; hubungi PA.", EXIT_BLOCKED
        )
    if answer.status != 404:
        raise refuse(answer, "registri paket")
    answer = put_file(url, headers, package)
    if answer.status not in (200, 201):
        raise refuse(answer, "unggah paket")


def _download(url: str, headers: Mapping[str, str], to: Path) -> Answer:
    """GET into a file. The forge may redirect to its object store, which must not see the job's token."""
    answer = request("GET", url, headers, save_to=to)
    if answer.status in (302, 307) and answer.location:
        answer = request("GET", urljoin(url, answer.location), {}, save_to=to)
    return answer


def fetch(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Fetches by commit and compares with the receipt and, where the job token may ask, with the registry's digest."""
    commit = options.commit or needed(environ, "CI_COMMIT_SHA")
    if not _COMMIT.fullmatch(commit):
        raise ReportError("commit", one_line(commit, 80), "40 atau 64 digit heksadesimal")
    headers = {"JOB-TOKEN": needed(environ, "CI_JOB_TOKEN")}
    package: Path = options.keluar
    answer = _download(_url(environ, commit), headers, package)
    if answer.status == 404:
        text = f"BUKTI-101 paket untuk commit {commit} tidak ada; jalankan dahulu pipeline cabang utama."
        raise DoorError(text, EXIT_BLOCKED)
    if answer.status != 200:
        raise refuse(answer, "ambil paket")
    digest = sha256_of(package)
    wanted = {"registri": _listed_digest(environ, commit, headers)}
    if options.sesuai:
        receipt = read_pack(options.sesuai.read_bytes()[: MAX_BYTES + 1])
        wanted["tanda terima kemas"] = receipt.sha256
    for source, expected in wanted.items():
        if expected is not None and expected != digest:
            package.unlink()
            raise DoorError(
                f"SUBJEK-101 paket berbeda dari {source}: {digest}, seharusnya {expected}.", EXIT_BLOCKED
            )
    print(f"Paket {commit[:12]} diambil: sha256 {digest}" + (" (cocok)." if any(wanted.values()) else "."))
    return EXIT_OK


def _listed_digest(environ: Mapping[str, str], commit: str, headers: Mapping[str, str]) -> str | None:
    """sha256 of the newest `paket.tar` in the package_files listing; None where the job token may not list."""
    base = f"{needed(environ, 'CI_API_V4_URL')}/projects/{needed(environ, 'CI_PROJECT_ID')}/packages"
    name = needed(environ, "KAWAL_APLIKASI")
    for package in _rows(
        f"{base}?package_type=generic&package_name={name}&package_version={commit}", headers
    ):
        if package.get("name") != name or package.get("version") != commit:
            continue
        digests = [
            row.get("file_sha256")
            for row in _rows(f"{base}/{package.get('id')}/package_files", headers)
            if row.get("file_name") == PACKAGE
        ]
        if digests and isinstance(digests[-1], str):
            return digests[-1]
    return None


def _rows(url: str, headers: Mapping[str, str]) -> list[dict[str, object]]:
    answer = request("GET", url, headers)
    if answer.status in (401, 403, 404):
        return []
    if answer.status != 200:
        raise DoorError(f"daftar paket: HTTP {answer.status}", EXIT_TEMPORARY)
    # a JSON list is wrapped, so that the strict reader of objects serves here too
    rows = Answer(200, b'{"rows":' + answer.body + b"}", "").json("daftar paket")["rows"]
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
