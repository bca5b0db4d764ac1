"""The two small receipts of the pipeline: of packing (`kemas.json`) and of the test target (`instalasi.json`)."""

from __future__ import annotations

import re
from typing import NamedTuple

from kawal_checks.model import ReportError
from kawal_checks.teks import one_line

from .strict import SHA256, describe, exact_keys, get_int, get_str, json_object

_GIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class PackReceipt(NamedTuple):
    commit: str
    tree: str
    sha256: str
    size: int
    package: str


class InstallReceipt(NamedTuple):
    target_id: str
    sha256: str
    jti: str | None
    seq: int | None
    installed: str


def read_pack(raw: bytes) -> PackReceipt:
    data = json_object(raw)
    exact_keys(data, {"schema", "commit", "tree", "sha256", "ukuran", "paket"}, "laporan")
    if data["schema"] != 1 or isinstance(data["schema"], bool):
        raise ReportError("laporan.schema", describe(data["schema"]), "1")
    return PackReceipt(
        commit=_match(data, "commit", _GIT),
        tree=_match(data, "tree", _GIT),
        sha256=_match(data, "sha256", SHA256),
        size=get_int(data, "ukuran", "laporan", least=1),
        package=one_line(get_str(data, "paket", "laporan")),
    )


def read_install(raw: bytes) -> InstallReceipt:
    data = json_object(raw)
    exact_keys(data, {"target_id", "sha256", "jti", "seq", "terpasang"}, "laporan")
    return InstallReceipt(
        target_id=one_line(get_str(data, "target_id", "laporan")),
        sha256=_match(data, "sha256", SHA256),
        jti=None if data["jti"] is None else get_str(data, "jti", "laporan"),
        seq=None if data["seq"] is None else get_int(data, "seq", "laporan"),
        installed=one_line(get_str(data, "terpasang", "laporan")),
    )


def _match(data: dict[str, object], key: str, pattern: re.Pattern[str]) -> str:
    value = get_str(data, key, "laporan")
    if not pattern.fullmatch(value):
        raise ReportError(f"laporan.{key}", repr(value)[:60], "digest heksadesimal huruf kecil")
    return value
