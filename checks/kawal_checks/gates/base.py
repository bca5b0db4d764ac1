"""What all gates share: from raw bytes to the pure `judge` of one gate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from kawal_checks import readers
from kawal_checks.model import SEVERITIES, Finding, GateContext, ReportError, Result, Tally
from kawal_checks.readers.strict import describe

R = TypeVar("R")
PLACE = "laporan"
"""What readers call the report they were given; they know no file."""

Judge = Callable[[Sequence[R], Mapping[str, object], GateContext, str], Result]
"""(reports, the gate's own section of the thresholds, context, digest of the raw reports) -> Result; pure."""


class Gate(Generic[R]):
    """One gate. `uji` is its id and the key of its section in the thresholds."""

    def __init__(
        self,
        uji: str,
        title: str,
        formats: dict[str, Callable[[bytes], R]],
        judge: Judge[R],
        *,
        class_: str = "diamati",
        configuration: Callable[[], str] = str,
    ) -> None:
        self.uji, self.title, self.formats, self.judge = uji, title, formats, judge
        self.class_, self.configuration = class_, configuration

    def judge_bytes(self, raw: bytes, thresholds: Mapping[str, object], context: GateContext) -> Result:
        """Judges one raw report. `thresholds` is the whole document of docs/formats.md §9, or {}.

        An empty report is a Result (tidak_dapat_dinilai); an unparsable one raises ReportError.
        """
        return self.judge_many([raw], thresholds, context)

    def judge_many(
        self,
        raws: Sequence[bytes],
        thresholds: Mapping[str, object],
        context: GateContext,
        *,
        names: Sequence[str] = (),
    ) -> Result:
        """Judges several reports of the same run as one, so that no threshold counts per file.

        `names` are the files they were read from, where they were: whoever reads a refusal has to find the file.
        """
        section = self._section(thresholds)
        digests = [hashlib.sha256(raw).hexdigest() for raw in raws]
        digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
        if not raws or not all(raw.strip() for raw in raws):
            tally = Tally(self.uji)
            empty = ", ".join(name for name, raw in zip(names, raws, strict=False) if not raw.strip())
            found = (
                "tidak ada berkas" if not raws else f"{empty}: tidak ada isinya" if empty else "berkas kosong"
            )
            tally.cannot_tell(
                "BUKTI-101", f"laporan {self.title} tidak ada atau kosong", found, "laporan yang berisi"
            )
            result = tally.conclude("", {}, (), "", "", digest)
        else:
            result = self.judge(
                [self._read(raw, name) for raw, name in zip(raws, [*names, *[""] * len(raws)], strict=False)],
                section,
                context,
                digest,
            )
        # A gate may have lowered the class of what it read.
        return result._replace(
            class_=result.class_ or self.class_, thresholds=section, config_sha256=self.configuration()
        )

    def _read(self, raw: bytes, name: str) -> R:
        try:
            found = readers.detect(raw)
            if found not in self.formats:
                raise ReportError(
                    PLACE, f"format {found}", f"untuk {self.title}: " + " atau ".join(self.formats)
                )
            return self.formats[found](raw)
        except ReportError as error:
            if not name:
                raise
            place = error.place.removeprefix(PLACE)
            place = f"{name}{place}" if place != error.place else f"{name}: {place}"
            raise ReportError(place, error.found, error.needed) from error

    def _section(self, thresholds: Mapping[str, object]) -> Mapping[str, object]:
        if thresholds and (thresholds.get("schema") != 1 or isinstance(thresholds.get("schema"), bool)):
            raise ReportError("ambang.schema", describe(thresholds.get("schema")), "1")
        section = thresholds.get(self.uji, {})
        if isinstance(section, list):  # the mandatory scenarios of `uat` are a list
            section = {"daftar": section}
        if not isinstance(section, dict):
            raise ReportError(f"ambang.{self.uji}", describe(section), "objek")
        return section


def threshold_int(section: Mapping[str, object], key: str, default: int, place: str) -> int:
    value = section.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ReportError(f"ambang.{place}.{key}", describe(value), "bilangan bulat tidak negatif")
    return value


def known_keys(section: Mapping[str, object], allowed: set[str], place: str) -> None:
    unknown = sorted(section.keys() - allowed)
    if unknown:
        raise ReportError(
            f"ambang.{place}", "kunci tidak dikenal " + ", ".join(unknown), ", ".join(sorted(allowed))
        )


def count_severities(findings: Sequence[Finding]) -> dict[str, int | str]:
    counts: dict[str, int | str] = {}
    for severity in SEVERITIES:
        counts[severity] = sum(finding.severity == severity for finding in findings)
    return counts


def limits(section: Mapping[str, object], place: str) -> dict[str, int]:
    """How many findings of each severity are allowed. Unset: none from `sedang` up, any below."""
    result = {}
    for severity in SEVERITIES:
        if severity in section or severity in ("kritis", "tinggi", "sedang"):
            result[severity] = threshold_int(section, severity, 0, place)
    return result


def without_accepted(findings: Sequence[Finding], context: GateContext) -> tuple[Finding, ...]:
    """The findings that nobody accepted; of equal ones as many stay as there are more than were accepted."""
    taken = {(fingerprint, severity): count for fingerprint, severity, count in context.accepted}
    left = []
    for finding in findings:
        key = (finding.fingerprint, finding.severity) if taken else ("", "")
        if taken.get(key, 0) > 0:
            taken[key] -= 1
        else:
            left.append(finding)
    return tuple(left)


def judge_severities(
    tally: Tally, code: str, findings: Sequence[Finding], allowed: Mapping[str, int]
) -> None:
    """One reason per severity above its limit, naming the places."""
    for severity, limit in allowed.items():
        places = [f"{finding.place} {finding.rule}" for finding in findings if finding.severity == severity]
        if len(places) > limit:
            shown = "; ".join(places[:5]) + ("; …" if len(places) > 5 else "")
            tally.fail(
                code, f"temuan tingkat {severity}", f"{len(places)}: {shown}", f"paling banyak {limit}"
            )


def severity_summary(counts: Mapping[str, int | str], allowed: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]} {name} ≤ {limit}" for name, limit in allowed.items())


def set_aside(number: int) -> str:
    return f" ({number} dikecualikan pejabat)" if number else ""


def same_site(one: str, other: str) -> bool:
    """Same scheme, host and port; default ports filled in."""
    return _origin(one) == _origin(other) is not None


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        return (parts.scheme, (parts.hostname or "").lower(), port) if parts.hostname else None
    except (ValueError, KeyError):
        return None
