"""Uji beban: kawal-load (Locust) against the test target. Class `diamati`.

Everything is recomputed from the histograms in the report; the thresholds come from the approved request, never from the
application's repository. Refuses a run that was too short, with too few users or requests, another target, endpoints that
were not requested, exceptions and lost workers.

    Gagal: uji beban: BEBAN-102 p95 GET /tarif: ditemukan 912 ms; dibutuhkan paling lama 800 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from kawal_checks.model import GateContext, ReportError, Result, Tally
from kawal_checks.readers.beban import LoadReport, Row, read
from kawal_checks.readers.strict import as_dict, describe, exact_keys, get_int, get_list, get_str
from kawal_checks.teks import angka, decimal_text, one_line

from .base import Gate, known_keys, same_site

TEAM_CODE = "kode_tim"
"""Count that is 1 when the team's own locustfile made the requests: then nobody may call the result `diamati`."""


class Point(NamedTuple):
    """Thresholds of one mandatory endpoint."""

    name: str
    method: str
    p95: int
    p99: int
    error_percent: Fraction
    rps: Fraction
    requests: int


class Wanted(NamedTuple):
    seconds: int
    users: int
    points: tuple[Point, ...]


def read_thresholds(section: Mapping[str, object]) -> Wanted:
    """The section `beban` of docs/formats.md §9. An empty list of endpoints is an error, never "all satisfied"."""
    place = "ambang.beban"
    data = dict(section)
    known_keys(data, {"detik", "pengguna", "laju", "titik"}, "beban")
    points = []
    for number, entry in enumerate(get_list(data, "titik", place)):
        where = f"{place}.titik[{number}]"
        row = as_dict(entry, where)
        keys = {"nama", "metode", "jalur", "p95_ms", "p99_ms", "galat_persen", "rps_min", "permintaan_min"}
        exact_keys(row, keys, where)
        points.append(
            Point(
                name=get_str(row, "nama", where),
                method=get_str(row, "metode", where),
                p95=get_int(row, "p95_ms", where, least=1),
                p99=get_int(row, "p99_ms", where, least=1),
                error_percent=_decimal(row, "galat_persen", where),
                rps=_decimal(row, "rps_min", where),
                requests=get_int(row, "permintaan_min", where, least=1),
            )
        )
    if not points:
        raise ReportError(f"{place}.titik", "daftar kosong", "paling sedikit satu titik")
    return Wanted(get_int(data, "detik", place, 1), get_int(data, "pengguna", place, 1), tuple(points))


def _decimal(row: dict[str, object], key: str, place: str) -> Fraction:
    text = get_str(row, key, place)
    if not (text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20):
        raise ReportError(f"{place}.{key}", describe(text), 'bilangan desimal sebagai teks, misal "1.5"')
    return Fraction(text)


def judge(
    reports: Sequence[LoadReport], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    wanted = read_thresholds(section)
    if len(reports) != 1:
        raise ReportError("laporan", f"{len(reports)} laporan beban", "tepat satu")
    report = reports[0]
    tally, tools = Tally("beban"), {report.tool: report.tool_sha256}
    requests = sum(row.requests for row in report.rows)
    counts: dict[str, int | str] = {
        "permintaan": requests,
        "gagal": sum(row.failures for row in report.rows),
        "pengguna": report.users_reached,
        "detik": report.planned_seconds,
        TEAM_CODE: int(report.own_locustfile),
    }
    if requests == 0:
        tally.cannot_tell("BEBAN-101", "uji beban tidak mengirim permintaan", "0 permintaan", "lebih dari 0")
        return tally.conclude("0 permintaan", counts, (), report.tool, report.version, sha256, tools)
    _judge_run(tally, report, wanted, context)
    rows = {(row.name, row.method): row for row in report.rows}
    if len(rows) != len(report.rows):
        tally.cannot_tell(
            "BEBAN-113", "laporan tidak konsisten", "titik tercatat dua kali", "satu baris per titik"
        )
    measured = []
    for point in wanted.points:
        row = rows.get((point.name, point.method))
        if row is None or row.requests == 0:
            tally.cannot_tell(
                "BEBAN-111", f"titik wajib {one_line(point.name)} tidak diuji", "0 permintaan", "diuji"
            )
        else:
            measured.append((point, row))
            _judge_point(tally, point, row)
    summary = _summarise(measured, counts)
    if report.own_locustfile:
        summary += " (locustfile tim: kelas dilaporkan)"
    result = tally.conclude(summary, counts, (), report.tool, report.version, sha256, tools)
    return result._replace(class_="dilaporkan") if report.own_locustfile else result


def _judge_run(tally: Tally, report: LoadReport, wanted: Wanted, context: GateContext) -> None:
    if context.target is not None and not same_site(report.target, context.target):
        found, needed = one_line(report.target), one_line(context.target)
        tally.cannot_tell("BEBAN-112", "sasaran uji beban lain", found, needed)
    if report.users_reached < wanted.users:
        found = f"{report.users_reached} (diminta {report.users_wanted})"
        tally.cannot_tell("BEBAN-107", "pengguna serentak kurang", found, f"paling sedikit {wanted.users}")
    ran = Fraction(max(row.last for row in report.rows if row.requests)) - Fraction(
        min(row.first for row in report.rows if row.requests)
    )
    between = Fraction(int((report.finished - report.started).total_seconds()))
    # Think time may end the last request a little before the end: a tenth, at least one second, is forgiven.
    least = wanted.seconds - max(Fraction(1), Fraction(wanted.seconds, 10))
    if report.planned_seconds < wanted.seconds or ran < least or between < least:
        found = f"{angka(ran, 1)} detik (direncanakan {report.planned_seconds})"
        tally.cannot_tell("BEBAN-108", "uji beban terlalu singkat", found, f"{wanted.seconds} detik")
    if report.exceptions:
        found = f"{sum(number for _, number in report.exceptions)}: {report.exceptions[0][0]}"
        tally.cannot_tell("BEBAN-109", "ada pengecualian di dalam uji beban", found, "0")
    if report.lost_workers:
        tally.cannot_tell("BEBAN-110", "pekerja uji beban hilang", str(report.lost_workers), "0")
    for row in report.rows:
        timed = sum(count for _, count in row.histogram)
        if row.failures > row.requests or timed != row.requests - row.without_time:
            found = f"{one_line(row.name)}: {row.requests} permintaan, {timed} waktu, {row.failures} gagal"
            tally.cannot_tell("BEBAN-113", "laporan tidak konsisten", found, "satu waktu per permintaan")


def _judge_point(tally: Tally, point: Point, row: Row) -> None:
    name = one_line(point.name)
    for code, label, share, limit in (
        ("BEBAN-102", "p95", 95, point.p95),
        ("BEBAN-103", "p99", 99, point.p99),
    ):
        value = row.percentile(share)
        if value > limit:
            tally.fail(code, f"{label} {name}", f"{value} ms", f"paling lama {limit} ms")
    errors = error_percent(row)
    if errors > point.error_percent:
        found = f"{angka(errors)} % ({row.failures} dari {row.requests})"
        tally.fail("BEBAN-104", f"galat {name}", found, f"paling banyak {angka(point.error_percent)} %")
    if rps(row) < point.rps:
        tally.fail(
            "BEBAN-105", f"permintaan per detik {name}", angka(rps(row)), f"paling sedikit {angka(point.rps)}"
        )
    if row.requests < point.requests:
        needed = f"paling sedikit {point.requests}"
        tally.cannot_tell("BEBAN-106", f"jumlah permintaan {name} kurang", str(row.requests), needed)


def error_percent(row: Row) -> Fraction:
    return Fraction(100 * row.failures, row.requests)


def rps(row: Row) -> Fraction:
    """Requests per second between the first and the last request; a single moment counts as one second."""
    return row.requests / max(Fraction(row.last) - Fraction(row.first), Fraction(1))


def _summarise(measured: Sequence[tuple[Point, Row]], counts: dict[str, int | str]) -> str:
    """Adds the figures per endpoint and the worst of each to `counts`; returns the line about the worst p95."""
    if not measured:
        return "titik wajib tidak diuji"
    for point, row in measured:
        name = one_line(point.name, 120)
        counts[f"{name} p95_ms"] = row.percentile(95)
        counts[f"{name} permintaan"] = row.requests
        counts[f"{name} galat_persen"] = decimal_text(error_percent(row))
        counts[f"{name} rps"] = decimal_text(rps(row))
    counts["p95_ms"] = max(row.percentile(95) for _, row in measured)
    counts["p99_ms"] = max(row.percentile(99) for _, row in measured)
    counts["galat_persen"] = decimal_text(max(error_percent(row) for _, row in measured))
    point, row = max(measured, key=lambda pair: Fraction(pair[1].percentile(95), pair[0].p95))
    bad, most = max(
        ((error_percent(row), point.error_percent) for point, row in measured), key=lambda pair: pair[0]
    )
    p95 = row.percentile(95)
    return (
        f"p95 {p95} ms {'≤' if p95 <= point.p95 else '>'} {point.p95} ms, "
        f"galat {angka(bad)} % {'≤' if bad <= most else '>'} {angka(most)} %"
    )


GATE = Gate("beban", "uji beban", {"beban": read}, judge)
