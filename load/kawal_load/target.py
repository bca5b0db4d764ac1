"""Which hosts may be loaded: this machine, and what PA names on the command line."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from .errors import LoadError


def check_target(url: str, allowed_hosts: Sequence[str]) -> str:
    """`url` without a trailing slash. Refuses every other host: a load test is an attack on who did not ask for it."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise LoadError("--url", url[:80], "alamat http atau https") from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise LoadError("--url", url[:80], "alamat http atau https tanpa nama pengguna dan kueri")
    if not _is_loopback(host) and host not in [allowed.lower() for allowed in allowed_hosts]:
        raise LoadError("--url", f"host {host[:80]}", "mesin ini sendiri atau host dari --izinkan-host")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
