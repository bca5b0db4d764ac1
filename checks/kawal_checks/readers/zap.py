"""ZAP's traditional-json and traditional-xml reports.

Read from the documented shape (zap-extensions, report templates); no ZAP was ever run by this project. All numbers are
strings there and texts are HTML paragraphs. A report names no page count: distinct URIs are counted.
"""

from __future__ import annotations

import re

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from .strict import XmlEvents, as_dict, get_list, get_str, json_object, xml_stream
from .webscan import WebScan

_RISK = {"0": "info", "1": "rendah", "2": "sedang", "3": "tinggi"}
_TAG = re.compile(r"<[^<>]{0,200}>")


def read_json(raw: bytes) -> WebScan:
    data = json_object(raw)
    sites, pages, findings = [], set[str](), list[Finding]()
    for number, entry in enumerate(get_list(data, "site", "laporan")):
        place = f"laporan.site[{number}]"
        site = as_dict(entry, place)
        name = get_str(site, "@name", place)
        sites.append(name)
        for row in get_list(site, "alerts", place):
            alert = {key: value for key, value in as_dict(row, place).items() if isinstance(value, str)}
            uris = [
                get_str(as_dict(instance, place), "uri", place)
                for instance in get_list(as_dict(row, place), "instances", place)
            ]
            pages.update(uris)
            findings += _findings(alert, uris, name)
    version = one_line(str(data.get("@version", "")), 60)
    return WebScan("zap", version, tuple(sites), len(pages), tuple(findings))


class _XmlReader(XmlEvents):
    def __init__(self) -> None:
        self.root = False  # seen
        self.version = ""
        self.sites: list[str] = []
        self.pages: set[str] = set()
        self.findings: list[Finding] = []
        self.alert: dict[str, str] | None = None
        self.uris: list[str] = []
        self.buffer: list[str] = []
        self.kept = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.buffer, self.kept = [], 0
        if not self.root:
            self.root = True
            if name != "OWASPZAPReport":
                raise ReportError("laporan", f"akar <{name[:40]}>", "<OWASPZAPReport>")
            self.version = one_line(attributes.get("version", ""), 60)
        elif name == "site":
            self.sites.append(attributes.get("name", ""))
        elif name == "alertitem":
            self.alert, self.uris = {}, []

    def text(self, data: str) -> None:
        if self.kept < 4000:
            self.buffer.append(data)
            self.kept += len(data)

    def end(self, name: str) -> None:
        value = "".join(self.buffer).strip()
        self.buffer = []
        if self.alert is None:
            return
        if name == "uri":
            self.uris.append(value)
            self.pages.add(value)
        elif name == "alertitem":
            self.findings += _findings(self.alert, self.uris, self.sites[-1] if self.sites else "")
            self.alert = None
        elif name in ("pluginid", "alert", "name", "riskcode", "desc", "cweid"):
            self.alert.setdefault(name, value)


def read_xml(raw: bytes) -> WebScan:
    reader = _XmlReader()
    xml_stream(raw, reader)
    return WebScan("zap", reader.version, tuple(reader.sites), len(reader.pages), tuple(reader.findings))


def _findings(alert: dict[str, str], uris: list[str], site: str) -> list[Finding]:
    """One finding per place, so that thresholds count places as Wapiti's do."""
    risk = alert.get("riskcode", "")
    if risk not in _RISK:
        raise ReportError("laporan.alert.riskcode", repr(risk)[:40], '"0" sampai "3"')
    cweid = alert.get("cweid", "")
    cwe = int(cweid) if cweid.isascii() and cweid.isdigit() and int(cweid[:6]) > 0 else None
    text = one_line(_TAG.sub(" ", f"{alert.get('alert') or alert.get('name', '')}: {alert.get('desc', '')}"))
    return [
        Finding(
            _RISK[risk],
            cwe,
            bssn.group_of(cwe, None),
            one_line(uri),
            "zap",
            alert.get("pluginid", "")[:40],
            text,
        )
        for uri in (uris or [site])
    ]
