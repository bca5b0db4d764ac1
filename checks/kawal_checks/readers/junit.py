"""JUnit XML as pytest, PHPUnit and Jest write it. Counts test cases itself; attributes are only compared."""

from __future__ import annotations

import re
from typing import NamedTuple

from kawal_checks.model import ReportError

from .strict import XmlEvents, xml_stream

# Node's runner reports a test file without any test as one passed case that is named by the file's path.
_NODE_FILE = re.compile(r"test::(/|[A-Za-z]:[\\/]).*\.[cm]?[jt]sx?")
MAX_KEPT = 200  # failing cases kept with their text


class Case(NamedTuple):
    """A test case that did not pass."""

    name: str
    kind: str  # failure | error
    message: str


class JunitReport(NamedTuple):
    tests: int
    failures: int
    errors: int
    skipped: int
    declared_bad: int  # failures + errors that the suites declare
    cases: tuple[Case, ...]

    @property
    def passed(self) -> int:
        return self.tests - self.failures - self.errors - self.skipped


class _Reader(XmlEvents):
    def __init__(self) -> None:
        self.root = False  # seen
        self.tests = self.declared_bad = 0
        self.kinds = {"failure": 0, "error": 0, "skipped": 0}
        self.cases: list[Case] = []
        self.case_name = ""
        self.case_kind = ""
        self.message = ""
        self.suites: list[bool] = []  # per open suite: has it counted test cases of its own?

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.root and name not in ("testsuites", "testsuite"):
            raise ReportError("laporan", f"akar <{name[:40]}>", "<testsuites> atau <testsuite>")
        self.root = True
        if name == "testsuite":
            self._declare(attributes)
        elif name == "testcase":
            self.tests += 1
            self.case_kind = self.message = ""
            parts = (attributes.get("classname", ""), attributes.get("name", ""))
            self.case_name = "::".join(part[:200] for part in parts if part)
        elif name in self.kinds and not self.case_kind:
            self.case_kind = name
            self.message = attributes.get("message", "")[:300]

    def _declare(self, attributes: dict[str, str]) -> None:
        """Outermost suites only: PHPUnit nests suites and repeats the sums."""
        self.suites.append(True)
        if len(self.suites) == 1:
            _number(attributes, "tests")
            self.declared_bad += _number(attributes, "failures") + _number(attributes, "errors")

    def end(self, name: str) -> None:
        if name == "testsuite":
            self.suites.pop()
        if name != "testcase":
            return
        if not self.case_kind:
            self.tests -= _NODE_FILE.fullmatch(self.case_name) is not None
            return
        self.kinds[self.case_kind] += 1
        if self.case_kind != "skipped" and len(self.cases) < MAX_KEPT:
            self.cases.append(Case(self.case_name, self.case_kind, self.message))


def _number(attributes: dict[str, str], key: str) -> int:
    value = attributes.get(key, "0")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ReportError(f"laporan.testsuite.{key}", repr(value)[:40], "bilangan bulat")
    return int(value)


def read(raw: bytes) -> JunitReport:
    reader = _Reader()
    xml_stream(raw, reader)
    return JunitReport(
        tests=reader.tests,
        failures=reader.kinds["failure"],
        errors=reader.kinds["error"],
        skipped=reader.kinds["skipped"],
        declared_bad=reader.declared_bad,
        cases=tuple(reader.cases),
    )
