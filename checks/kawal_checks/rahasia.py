"""What looks like a secret in a source tree: tokens by their shape, and long random values beside a word like `password`. Never shows one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

MAX_FILE = 2 * 1024 * 1024
_NEWLINE = b"\n"
# The kinds that detect-secrets 1.5 knows by shape (its plugins), with GitLab's and Google's; shapes as their vendors publish them.
# Each with what must stand in the file for it: most files have none of these, and then no pattern is tried.
SHAPES = {
    "kunci privat": ((b"PRIVATE KEY",), rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "token GitLab": ((b"gl",), rb"\bgl(?:pat|ptt|dt|rt|cbt)-[\w-]{20,}"),
    "token GitHub": ((b"gh", b"github_pat_"), rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})"),
    "kunci AWS": ((b"AKIA", b"ASIA"), rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "kunci Google": ((b"AIza",), rb"\bAIza[0-9A-Za-z_-]{35}\b"),
    "kunci Azure Storage": ((b"AccountKey=",), rb"AccountKey=[A-Za-z0-9+/=]{86,88}"),
    "token Slack": ((b"xox",), rb"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    "token Telegram": ((b":AA",), rb"\b\d{8,10}:AA[0-9A-Za-z_-]{33}\b"),
    "token Discord": ((b".",), rb"(?<![\w-])[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,38}\b"),
    "token npm": ((b"npm_",), rb"\bnpm_[A-Za-z0-9]{36}\b"),
    "token PyPI": ((b"pypi-",), rb"(?<![\w-])pypi-AgE[A-Za-z0-9_-]{50,500}"),
    "kunci Stripe": ((b"k_live_",), rb"\b[rs]k_live_[0-9a-zA-Z]{24,}"),
    "kunci SendGrid": ((b"SG.",), rb"\bSG\.[\w-]{22}\.[\w-]{43}\b"),
    "kunci Mailchimp": ((b"-us",), rb"\b[0-9a-f]{32}-us\d{1,2}\b"),
    "kunci Square": ((b"sq0csp-",), rb"\bsq0csp-[\w-]{43}\b"),
    "kunci Twilio": ((b"AC", b"SK"), rb"\b(?:AC|SK)[0-9a-f]{32}\b"),
    "kunci OpenAI": (
        (b"T3BlbkFJ",),
        rb"(?<![\w-])sk-(?:proj-)?[A-Za-z0-9_-]{20,200}T3BlbkFJ[A-Za-z0-9_-]{20,200}",
    ),
    "JWT": ((b"eyJ",), rb"(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{20,2000}"),
    "kata sandi di alamat": (
        (b"://",),
        rb"[a-z][a-z0-9+]{2,15}://[^\s/:@'\"$<>{}]{1,60}:[^\s/@'\"$<>{}]{3,60}@[\w.-]",
    ),
}
_SHAPES = {kind: (hints, re.compile(shape)) for kind, (hints, shape) in SHAPES.items()}
# Only in environment files, where a value is what production uses.
_ENV_FILE = re.compile(r"(^|/)\.env(\.(?!example$|contoh$|sample$|dist$|template$)[\w.-]+)?$")
_ENV_SECRET = re.compile(
    rb"(?im)^\s*(?:export\s+)?\w*(?:PASSWORD|PASSWD|SANDI|SECRET|API_?KEY|APP_KEY|TOKEN|PRIVATE_KEY)\w*\s*=\s*['\"]?[^\s'\"#]{4,}"
)
# A quoted value beside a telling name: a secret only when it is long and random, for validation rules and labels look alike.
_NAMED = re.compile(
    rb"(?i)(?:passw(?:or)?d|sandi|secret|api_?key|access_?key|token|credential)[\w-]{0,20}['\"]?\s{0,5}(?::|=>?)\s{0,5}"
    rb"['\"]([A-Za-z0-9+/=_-]{20,200})['\"]"
)
ENTROPY = 3.8
"""Bits per character: hex digits reach 4, words stay below 3.6."""


def find_secrets(source: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(file:line, kind) of everything in `files` that looks like a secret; links and giant files are left out."""
    for name in files:
        path = source / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE:
            continue
        raw = path.read_bytes()
        for start, kind in sorted(set(_in_bytes(raw, environment=bool(_ENV_FILE.search(name))))):
            yield f"{name}:{raw.count(_NEWLINE, 0, start) + 1}", kind


def _in_bytes(raw: bytes, *, environment: bool) -> Iterator[tuple[int, str]]:
    """(offset, kind); a value that its shape gave away is not named a second time."""
    seen: list[tuple[int, int]] = []
    shapes = {**_SHAPES, "rahasia di .env": ((b"=",), _ENV_SECRET)} if environment else _SHAPES
    for kind, (hints, pattern) in shapes.items():
        if not any(hint in raw for hint in hints):
            continue
        for match in pattern.finditer(raw):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            seen.append((match.start(), match.end()))
            yield start, kind
    for match in _NAMED.finditer(raw):
        inside = any(begin < match.end(1) and match.start(1) < end for begin, end in seen)
        if not inside and _random(match.group(1)):
            yield match.start(1), "nilai acak di kode"


def _random(value: bytes) -> bool:
    letters, digits = any(chr(one).isalpha() for one in value), any(chr(one).isdigit() for one in value)
    counts = Counter(value).values()
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return letters and digits and bits >= ENTROPY
