"""What an official types about an examination: findings with severity, CWE, BSSN group and retest; accepted risks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from pydantic import ValidationError

from kawal.errors import InputError
from kawal.ledger.records import AcceptedRisk, Finding
from kawal_checks.bssn import OTHER, group_of

SEVERITIES = ("kritis", "tinggi", "sedang", "rendah", "info")
RETESTS = ("belum", "gagal", "lulus")
FORM = "ID=TINGKAT[:CWE-NNN][:KELOMPOK][:UJI_ULANG], misalnya T1=tinggi:CWE-89:d:lulus; atau TINGKAT=JUMLAH"
RISK_FORM = "ID=ORANG:PERAN:TTTT-BB-HH:ALASAN"
_COUNT = re.compile(r"[0-9]{1,3}")


def findings(words: Sequence[str]) -> tuple[Finding, ...]:
    """`T1=tinggi:CWE-89:d:lulus` names one finding; `sedang=2` names two of which nothing more is known."""
    found: list[Finding] = []
    for word in words:
        name, eq, value = word.partition("=")
        if not eq or not name or not value:
            raise unreadable(word, FORM)
        if name in SEVERITIES and _COUNT.fullmatch(value):
            found += [_finding(f"{name}-{n}", [name], word) for n in range(1, int(value) + 1)]
        else:
            found.append(_finding(name, value.split(":"), word))
    return tuple(found)


def _finding(name: str, parts: Sequence[str], word: str) -> Finding:
    """Parts after the severity may come in any order; the group follows from the CWE unless it is said."""
    severity, rest = parts[0], list(parts[1:])
    cwe = next((one for one in rest if one.startswith("CWE-")), None)
    retest = next((one for one in rest if one in RETESTS), "belum")
    group = next((one for one in rest if one not in (cwe, retest)), None)
    if group is None:
        number = cwe.removeprefix("CWE-") if cwe else ""
        group = group_of(int(number) if number.isdecimal() else None, None)
    try:
        return Finding(
            id=name,
            severity=severity,  # type: ignore[arg-type]
            cwe=cwe,
            group=group if group == OTHER else group.split(" ")[0],  # type: ignore[arg-type]
            retest=retest,  # type: ignore[arg-type]
        )
    except ValidationError as error:
        raise unreadable(word, FORM) from error


def accepted_risks(words: Sequence[str]) -> tuple[AcceptedRisk, ...]:
    """`T2=p-kadis:kadis:2027-03-01:ditutup WAF`: an officer lets a finding stand through that day."""
    found = []
    for word in words:
        name, _, value = word.partition("=")
        parts = value.split(":", 3)
        try:
            person, role, day, reason = parts
            last = datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)
            found.append(
                AcceptedRisk(
                    finding=name, role=role, person_id=person, reason=reason.strip(), expires_at=last
                )
            )
        except ValueError as error:  # also pydantic's
            raise unreadable(word, RISK_FORM) from error
    return tuple(found)


def unreadable(word: str, needed: str) -> InputError:
    return InputError("INPUT-051", f"{word!r} tidak terbaca", needed=needed)
