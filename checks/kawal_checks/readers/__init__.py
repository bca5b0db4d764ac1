"""Readers of reports: bounded, strict, the format recognised by content. None of them judges."""

from __future__ import annotations

import re

from kawal_checks.model import ReportError

from . import strict

FORMATS = (
    "junit", "bandit", "semgrep", "sarif", "gitlab-sast", "gitlab-dast", "keamanan-kode", "wapiti", "zap-json", "zap-xml", "beban", "kemas",
    "instalasi", "pohon", "detect-secrets", "pip-audit", "uat",
)  # fmt: skip


# The only report in YAML: its two keys, at the start of a line, outside braces.
_UAT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:---[ \t]*\n)?(?:schema|skenario)[ \t]*:",
    re.MULTILINE,
)


def detect(raw: bytes) -> str:
    """The format of a report by its content, one of `FORMATS`. Raises ReportError."""
    if looks_like_xml(raw):
        root = strict.xml_root(raw)
        formats = {"testsuites": "junit", "testsuite": "junit", "OWASPZAPReport": "zap-xml"}
        if root not in formats:
            raise ReportError("laporan", f"XML dengan akar <{root[:40]}>", "JUnit atau ZAP traditional-xml")
        return formats[root]
    if _UAT.search(raw[:4096]):
        return "uat"
    return detect_json(strict.json_object(raw))


def detect_json(data: dict[str, object]) -> str:
    """The format of a parsed JSON report."""
    keys = data.keys()
    if {"metrics", "results", "errors"} <= keys:
        return "bandit"
    if {"plugins_used", "results"} <= keys:
        return "detect-secrets"
    if {"results", "errors", "paths"} <= keys:
        return "semgrep"
    if {"dependencies", "fixes"} <= keys:
        return "pip-audit"
    if {"runs", "version"} <= keys:
        return "sarif"
    if {"vulnerabilities", "scan"} <= keys:
        scan = data["scan"]
        kind = scan.get("type") if isinstance(scan, dict) else None
        if kind in ("sast", "dast"):
            return f"gitlab-{kind}"
    if {"schema", "laporan", "pembungkam"} <= keys:
        return "keamanan-kode"
    if {"rahasia", "dependensi", "dokumen"} <= keys:
        return "pohon"
    if {"vulnerabilities", "infos"} <= keys:
        return "wapiti"
    if "site" in keys and ("@programName" in keys or "@version" in keys):
        return "zap-json"
    if {"alat", "statistik"} <= keys:
        return "beban"
    if {"paket", "tree"} <= keys:
        return "kemas"
    if {"target_id", "terpasang"} <= keys:
        return "instalasi"
    known = ", ".join(FORMATS)
    raise ReportError(
        "laporan", "JSON dengan kunci " + ", ".join(sorted(map(str, keys)))[:80], f"salah satu dari {known}"
    )


def looks_like_xml(raw: bytes) -> bool:
    """Whether the first character is `<`, in UTF-8 or UTF-16 with or without a byte order mark."""
    head = raw[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")
