"""The load report of kawal-load (docs/formats.md §8): Locust's own rows, histograms and all."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from kawal_checks.model import ReportError
from kawal_checks.teks import one_line

from .strict import SHA256, as_dict, describe, exact_keys, get_dict, get_int, get_list, get_str, json_object

_KEYS = {
    "schema", "alat", "versi", "sasaran", "mulai", "selesai", "direncanakan_detik", "pengguna_diminta",
    "pengguna_tercapai", "pengecualian", "pekerja_hilang", "skenario_sha256", "statistik",
}  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MAX_ROWS = 2000


class Row(NamedTuple):
    """One endpoint as Locust counted it. `histogram` is ((milliseconds, count), …) ascending."""

    name: str
    method: str
    requests: int
    failures: int
    without_time: int  # requests that have no response time
    histogram: tuple[tuple[int, int], ...]
    first: float  # epoch seconds
    last: float

    def percentile(self, share: int) -> int:
        """The response time in ms that `share` percent of requests did not exceed; 0 without requests."""
        needed = -(-share * sum(count for _, count in self.histogram) // 100)
        seen = 0
        for milliseconds, count in self.histogram:
            seen += count
            if seen >= needed:
                return milliseconds
        return 0

    @property
    def seconds(self) -> float:
        return self.last - self.first


class LoadReport(NamedTuple):
    tool: str
    version: str
    target: str
    started: datetime
    finished: datetime
    planned_seconds: int
    users_wanted: int
    users_reached: int
    exceptions: tuple[tuple[str, int], ...]
    lost_workers: int
    scenario_sha256: str
    own_locustfile: bool  # the team's own code ran in the generator
    rows: tuple[Row, ...]
    tool_sha256: str = ""  # as measured where it ran; "": nobody measured


def read(raw: bytes) -> LoadReport:
    data = json_object(raw)
    own = "locustfile_sha256" in data
    exact_keys(data, _KEYS | ({"locustfile_sha256", "alat_sha256"} & data.keys()), "laporan")
    tool_sha256 = get_str(data, "alat_sha256", "laporan") if "alat_sha256" in data else ""
    if tool_sha256 and not SHA256.fullmatch(tool_sha256):
        raise ReportError("laporan.alat_sha256", repr(tool_sha256)[:60], "digest heksadesimal huruf kecil")
    if own:
        get_str(data, "locustfile_sha256", "laporan")
    if data["schema"] != 1 or isinstance(data["schema"], bool):
        raise ReportError("laporan.schema", describe(data["schema"]), "1")
    rows = get_list(data, "statistik", "laporan")
    if len(rows) > MAX_ROWS:
        raise ReportError("laporan.statistik", f"{len(rows)} baris", f"paling banyak {MAX_ROWS}")
    return LoadReport(
        tool=one_line(get_str(data, "alat", "laporan"), 40),
        version=one_line(get_str(data, "versi", "laporan"), 40),
        target=get_str(data, "sasaran", "laporan"),
        started=_time(data, "mulai"),
        finished=_time(data, "selesai"),
        planned_seconds=get_int(data, "direncanakan_detik", "laporan"),
        users_wanted=get_int(data, "pengguna_diminta", "laporan"),
        users_reached=get_int(data, "pengguna_tercapai", "laporan"),
        exceptions=tuple(
            (one_line(get_str(row, "pesan", place)), get_int(row, "jumlah", place))
            for place, row in _dicts(data, "pengecualian")
        ),
        lost_workers=get_int(data, "pekerja_hilang", "laporan"),
        scenario_sha256=get_str(data, "skenario_sha256", "laporan"),
        own_locustfile=own,
        rows=tuple(
            _row(as_dict(row, f"laporan.statistik[{n}]"), f"laporan.statistik[{n}]")
            for n, row in enumerate(rows)
        ),
        tool_sha256=tool_sha256,
    )


def _dicts(data: dict[str, object], key: str) -> list[tuple[str, dict[str, object]]]:
    rows = enumerate(get_list(data, key, "laporan"))
    return [(f"laporan.{key}[{n}]", as_dict(row, f"laporan.{key}[{n}]")) for n, row in rows]


def _time(data: dict[str, object], key: str) -> datetime:
    value = get_str(data, key, "laporan")
    try:
        if not _TIME.fullmatch(value):
            raise ValueError(value)
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ReportError(
            f"laporan.{key}", repr(value)[:40], "waktu UTC seperti 2026-11-22T06:00:00Z"
        ) from error


def _row(row: dict[str, object], place: str) -> Row:
    histogram = []
    for key, count in get_dict(row, "response_times", place).items():
        if (
            not re.fullmatch(r"\d{1,9}", key)
            or isinstance(count, bool)
            or not isinstance(count, int)
            or count < 1
        ):
            raise ReportError(
                f"{place}.response_times", f"{key[:20]}: {describe(count)}", "milidetik: jumlah"
            )
        histogram.append((int(key), count))
    return Row(
        name=get_str(row, "name", place),
        method=get_str(row, "method", place),
        requests=get_int(row, "num_requests", place),
        failures=get_int(row, "num_failures", place),
        without_time=get_int(row, "num_none_requests", place),
        histogram=tuple(sorted(histogram)),
        first=_seconds(row, "start_time", place),
        last=_seconds(row, "last_request_timestamp", place),
    )


def _seconds(row: dict[str, object], key: str, place: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ReportError(f"{place}.{key}", describe(value), "detik sejak epoch")
    return float(value)
