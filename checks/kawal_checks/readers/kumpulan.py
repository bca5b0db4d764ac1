"""`laporan/keamanan-kode.json`: the unchanged reports of several code scanners in one file, and what tries to hush them."""

from __future__ import annotations

from collections.abc import Callable

from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from . import alat, bandit, detect_json, gitlab_security, sarif, semgrep
from .codescan import CodeScan
from .strict import as_dict, exact_keys, get_list, get_str, json_object

MAX_REPORTS = 20
_READERS: dict[str, Callable[[dict[str, object]], CodeScan]] = {
    "bandit": bandit.read_data,
    "semgrep": semgrep.read_data,
    "sarif": sarif.read_data,
    "gitlab-sast": gitlab_security.read_sast_data,
}


def read(raw: bytes) -> tuple[CodeScan, ...]:
    """Every scan in the file. Suppressions found in the tree come as findings of the tool `kawal`: visible, never helpful."""
    data = json_object(raw)
    exact_keys(data, {"schema", "laporan", "pembungkam", *({"alat"} & data.keys())}, "laporan")
    if data["schema"] != 1 or isinstance(data["schema"], bool):
        raise ReportError("laporan.schema", repr(data["schema"])[:40], "1")
    tools = alat.read(data)
    scans = []
    for number, entry in enumerate(get_list(data, "laporan", "laporan")):
        place = f"laporan.laporan[{number}]"
        report = as_dict(entry, place)
        found = detect_json(report)
        if found not in _READERS or number >= MAX_REPORTS:
            raise ReportError(
                place, f"format {found}", f"paling banyak {MAX_REPORTS} laporan: " + ", ".join(_READERS)
            )
        scan = _READERS[found](report)
        if tool := tools.get(scan.tool):
            scan = scan._replace(version=scan.version or tool.version, sha256=tool.sha256)
        scans.append(scan)
    hushes = tuple(
        _hush(as_dict(entry, "laporan.pembungkam")) for entry in get_list(data, "pembungkam", "laporan")
    )
    return (*scans, CodeScan("kawal", "", (), None, 0, 0, (), hushes))


def _hush(entry: dict[str, object]) -> Finding:
    exact_keys(entry, {"tempat", "teks"}, "laporan.pembungkam")
    place, text = get_str(entry, "tempat", "laporan.pembungkam"), get_str(entry, "teks", "laporan.pembungkam")
    return Finding(
        "info", None, "", one_line(place), "kawal", "pembungkam", one_line(f"diabaikan kawal: {text}")
    )
