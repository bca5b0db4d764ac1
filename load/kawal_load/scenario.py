"""What is requested: `load.yml` of the application, joined with the mandatory endpoints of the thresholds. Pure.

schema: 1
jeda: ["0.1", "0.5"]             # optional: think time between requests, seconds, from … to
masuk:                           # optional: each user logs in once before everything else
  metode: POST
  jalur: /masuk
  isi: {nama: uji, sandi: $KAWAL_UJI_SANDI}    # $KAWAL_UJI_… comes from the environment of PA's runner
  harap: 303
tahap:                           # optional: warm-up before the demanded load; nothing of it is counted
  - {detik: 30, pengguna: 5, laju: 1}
skenario:
  - nama: GET /tarif             # the name in the report
    metode: GET
    jalur: /tarif
    bobot: 5                     # optional, 1
  - nama: POST /hitung
    metode: POST
    jalur: /hitung
    isi: {jenis: kios, luas: "6"}    # optional, sent as a form; or `json:` with the text of a JSON body
    harap: 303                   # optional: the status that counts as success instead of 2xx
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .errors import LoadError
from .thresholds import MAX_USERS, Thresholds
from .yamlguard import Tree

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
MAX_STEPS = 200
MAX_STAGES = 20
MAX_WARM_UP = 1800  # seconds
LOGIN = "masuk"
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]{0,500}|/")  # never `//host`: stays on the target
_SECONDS = re.compile(r"\d{1,3}(\.\d{1,3})?")


class Step(NamedTuple):
    """One kind of request."""

    name: str
    method: str
    path: str
    weight: int
    form: dict[str, str] | None
    json_body: str | None
    status: int | None  # expected status; None: any 2xx


class Stage(NamedTuple):
    seconds: int
    users: int
    rate: int  # users started a second


class Scenario(NamedTuple):
    wait_from: str  # seconds, decimal text
    wait_to: str
    steps: tuple[Step, ...]
    login: Step | None = None
    warm_up: tuple[Stage, ...] = ()


def read_scenario(tree: dict[str, Tree], place: str) -> Scenario:
    """Raises LoadError with the place of the first problem."""
    _keys(tree, {"schema", "skenario"}, {"jeda", "masuk", "tahap"}, place)
    if tree["schema"] != "1":
        raise LoadError(f"{place}:schema", repr(tree["schema"])[:40], "1")
    wait = tree.get("jeda", ["0.1", "0.5"])
    if not isinstance(wait, list) or len(wait) != 2 or not all(_is_seconds(part) for part in wait):
        raise LoadError(f"{place}:jeda", repr(wait)[:60], "dua bilangan detik, misal [0.1, 0.5]")
    first, last = str(wait[0]), str(wait[1])
    if float(first) > float(last):
        raise LoadError(f"{place}:jeda", f"{first} lebih besar dari {last}", "urutan naik")
    entries = tree["skenario"]
    if not isinstance(entries, list) or len(entries) > MAX_STEPS:
        raise LoadError(f"{place}:skenario", "bukan daftar yang wajar", f"daftar, paling banyak {MAX_STEPS}")
    steps = tuple(_step(entry, f"{place}:skenario.{number}") for number, entry in enumerate(entries, start=1))
    names = [(step.name, step.method) for step in steps]
    if len(set(names)) != len(names):
        raise LoadError(f"{place}:skenario", "nama dan metode yang sama dua kali", "nama yang berbeda")
    login = _login(tree["masuk"], f"{place}:masuk") if "masuk" in tree else None
    return Scenario(first, last, steps, login, _stages(tree.get("tahap", []), f"{place}:tahap"))


def _login(entry: Tree, place: str) -> Step:
    if not isinstance(entry, dict):
        raise LoadError(place, "bukan pemetaan", "metode, jalur, isi")
    _keys(entry, {"metode", "jalur"}, {"isi", "json", "harap"}, place)
    return _step({"nama": LOGIN, **entry}, place)


def _stages(entries: Tree, place: str) -> tuple[Stage, ...]:
    if not isinstance(entries, list) or len(entries) > MAX_STAGES:
        raise LoadError(place, "bukan daftar yang wajar", f"daftar, paling banyak {MAX_STAGES}")
    stages = []
    for number, entry in enumerate(entries, start=1):
        where = f"{place}.{number}"
        if not isinstance(entry, dict):
            raise LoadError(where, "bukan pemetaan", "detik, pengguna, laju")
        _keys(entry, {"detik", "pengguna", "laju"}, set(), where)
        most = {"detik": MAX_WARM_UP, "pengguna": MAX_USERS, "laju": MAX_USERS}
        stages.append(Stage(*(_number(entry, key, None, 1, most[key], where) or 1 for key in most)))
    if sum(stage.seconds for stage in stages) > MAX_WARM_UP:
        raise LoadError(place, "terlalu lama", f"semuanya paling lama {MAX_WARM_UP} detik")
    return tuple(stages)


def join(scenario: Scenario, thresholds: Thresholds) -> Scenario:
    """Every mandatory endpoint is requested, under its own path: load.yml may add weight and body, nothing else."""
    mandatory = {(point.name, point.method): point for point in thresholds.points}
    steps = []
    for step in scenario.steps:
        point = mandatory.pop((step.name, step.method), None)
        if point is not None and point.path != step.path:
            raise LoadError(
                f"load.yml: {step.name}", f"jalur {step.path}", f"jalur {point.path} seperti di ambang"
            )
        # A redirect or an error page that load.yml declares "expected" must not stand for a mandatory page.
        steps.append(step if point is None else step._replace(status=None))
    steps += [Step(point.name, point.method, point.path, 1, None, None, None) for point in mandatory.values()]
    if not steps:
        raise LoadError("load.yml", "tidak ada skenario", "paling sedikit satu")
    return scenario._replace(steps=tuple(steps))


def _step(entry: Tree, place: str) -> Step:
    if not isinstance(entry, dict):
        raise LoadError(place, "bukan pemetaan", "nama, metode, jalur")
    _keys(entry, {"nama", "metode", "jalur"}, {"bobot", "isi", "json", "harap"}, place)
    form, body = entry.get("isi"), entry.get("json")
    if form is not None and body is not None:
        raise LoadError(place, "isi dan json sekaligus", "salah satu")
    if form is not None and not (
        isinstance(form, dict) and all(isinstance(value, str) for value in form.values())
    ):
        raise LoadError(f"{place}.isi", "bukan pemetaan teks", "nama: nilai")
    if body is not None:
        _check_json(body, f"{place}.json")
    return Step(
        name=_text(entry, "nama", _NAME.fullmatch, "1-200 huruf", place),
        method=_text(entry, "metode", METHODS.__contains__, ", ".join(METHODS), place),
        path=_text(entry, "jalur", _PATH.fullmatch, "jalur ASCII yang diawali satu /", place),
        weight=_number(entry, "bobot", 1, 1, 1000, place) or 1,
        form={key: str(value) for key, value in form.items()} if isinstance(form, dict) else None,
        json_body=str(body) if body is not None else None,
        status=_number(entry, "harap", None, 200, 499, place),
    )


def _check_json(body: Tree, place: str) -> None:
    try:
        json.loads(body if isinstance(body, str) else "")
    except (ValueError, RecursionError) as error:
        raise LoadError(place, "bukan JSON", "teks JSON") from error


def _is_seconds(value: Tree) -> bool:
    return isinstance(value, str) and _SECONDS.fullmatch(value) is not None


def _text(entry: dict[str, Tree], key: str, good: Callable[[str], object], needed: str, place: str) -> str:
    value = entry[key]
    if not isinstance(value, str) or not good(value):
        raise LoadError(f"{place}.{key}", repr(value)[:60], needed)
    return value


def _number(
    entry: dict[str, Tree], key: str, default: int | None, least: int, most: int, place: str
) -> int | None:
    value = entry.get(key)
    if value is None:
        return default
    if not (
        isinstance(value, str) and value.isascii() and value.isdigit() and least <= int(value[:9]) <= most
    ):
        raise LoadError(f"{place}.{key}", repr(value)[:40], f"bilangan bulat {least} sampai {most}")
    return int(value)


def _keys(tree: dict[str, Tree], needed: set[str], optional: set[str], place: str) -> None:
    missing: Sequence[str] = sorted(needed - tree.keys())
    unknown = sorted(tree.keys() - needed - optional)
    if missing or unknown:
        raise LoadError(
            place, f"kurang {missing}, tidak dikenal {unknown}", ", ".join(sorted(needed | optional))
        )
