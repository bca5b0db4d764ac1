"""`rencana-zap`: a plan of ZAP's Automation Framework for one target. ZAP itself was never run by this project.

The plans lie in `data/zap`, inside PA's own tools, so that no repository can change what is scanned. Credentials stay variables that
ZAP reads from its environment.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kawal_checks.model import EXIT_OK, ReportError

PLANS = Path(__file__).parents[1] / "data" / "zap"
KINDS = ("baseline", "penuh", "api", "masuk")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/\[\]-]{1,300}")


def plan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    del environ
    options.keluar.write_text(plan_for(options.jenis, options.sasaran), "utf-8")
    print(f"Rencana ZAP {options.jenis} untuk {options.sasaran}: {options.keluar}.")
    return EXIT_OK


def plan_for(kind: str, target: str) -> str:
    """The plan as YAML. ReportError when `target` is no plain address: it stands inside quotes."""
    target = _without_default_port(target.rstrip("/"))
    if not _URL.fullmatch(target) or not urlsplit(target).hostname:
        raise ReportError("sasaran", target[:80], "alamat http atau https tanpa kueri")
    text = (PLANS / f"{kind}.yml").read_text("utf-8")
    # The pattern stands in a double-quoted YAML text: a backslash is written twice.
    return text.replace("@SASARAN@", target).replace("@POLA@", re.escape(target).replace("\\", "\\\\"))


def _without_default_port(target: str) -> str:
    """ZAP matches no page when the default port is written out (its page on the environment)."""
    return re.sub(
        r"^(http://[^/]*):80(?=/|$)|^(https://[^/]*):443(?=/|$)", lambda found: found[1] or found[2], target
    )
