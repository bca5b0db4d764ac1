"""`pasang-uji` and `kirim`: bytes to a target's door, then the order to install them (docs/formats.md §6)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from kawal_checks.model import EXIT_BLOCKED, EXIT_OK, ReportError
from kawal_checks.readers.strict import exact_keys, json_object
from kawal_checks.teks import one_line

from .berkas import needed, sha256_of, write_json
from .http import Answer, DoorError, complaint, post_json, put_file, refuse


def install_test(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On the test target: PA's runner holds the token; no permit is needed there."""
    token = needed(environ, "KAWAL_TOKEN_UJI")
    digest = _put(options.target, options.berkas)
    headers = {"Authorization": f"Bearer {token}"}
    answer = post_json(f"{options.target.rstrip('/')}/pasang", headers, {"sha256": digest})
    return _receipt(answer, digest, options.keluar)


def release(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On the production target: it verifies the permit itself, whatever this job believes."""
    del environ
    permit = json_object(options.izin.read_bytes(), "izin")
    exact_keys(permit, {"izin", "kepercayaan"}, "izin")
    digest = _put(options.target, options.berkas)
    answer = post_json(f"{options.target.rstrip('/')}/pasang", {}, permit)
    return _receipt(answer, digest, options.keluar)


def _put(target: str, package: Path) -> str:
    digest = sha256_of(package)
    answer = put_file(f"{target.rstrip('/')}/paket/{digest}", {}, package)
    if answer.status not in (200, 201):
        raise refuse(answer, "kirim paket ke target")
    return digest


def _receipt(answer: Answer, digest: str, leaves: Path) -> int:
    if answer.status == 403:
        raise DoorError(f"Target menolak: {complaint(answer) or 'tanpa alasan'}", EXIT_BLOCKED)
    if answer.status != 200:
        raise refuse(answer, "pasang")
    receipt = answer.json("tanda terima")
    exact_keys(receipt, {"target_id", "sha256", "jti", "seq", "terpasang"}, "tanda terima")
    if receipt["sha256"] != digest:
        raise ReportError("tanda terima.sha256", one_line(str(receipt["sha256"]), 80), digest)
    write_json(leaves, receipt)
    print(f"Terpasang di {one_line(str(receipt['target_id']))}: sha256 {digest}.")
    return EXIT_OK
