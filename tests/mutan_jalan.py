"""Judges the mutants of one prepared folder; run by tests/mutan.py with the Python of mutmut's environment.

`python mutan_jalan.py <results.jsonl> <N> [part …]`: mutmut writes the mutants (each N-th of them, or of those in functions whose
name holds one of the parts), one pytest process
collects the tests once and runs them on the original, which tells the tests that reach each function; then every mutant gets a
fork of that process, which runs only those tests and ends with the first that fails. mutmut's own loop starts pytest anew for
every mutant, which costs more than the tests. A line of results is `{"name", "status", "before", "after", "test", "seconds"}`.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut import __main__ as mutmut_main
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import mangled_name_from_mutant_name

from mutan_kata import only_words

CPU_SECONDS, WALL_SECONDS, FACTOR = 3, 60, 10
"""What one test may use on a mutant, besides FACTOR times what it used on the original: a mutant that never ends is stopped."""
MEMORY = 4 << 30


@dataclass(frozen=True)
class Mutant:
    """`before` and `after` are the whole function."""

    name: str
    before: str
    after: str

    @property
    def function(self) -> str:
        return str(mangled_name_from_mutant_name(self.name))

    def change(self) -> tuple[str, str]:
        """The changed lines alone, each side as one line."""
        compared = difflib.ndiff(self.before.splitlines(), self.after.splitlines())
        lines = [line for line in compared if line[:2] in ("- ", "+ ")]
        before, after = (" ".join(line[2:].strip() for line in lines if line[0] == mark) for mark in "-+")
        return before, after


def write_mutants(every: int, parts: tuple[str, ...]) -> list[Mutant]:
    """mutmut's first step by itself: the mutated tree below `mutants`; the wanted mutants."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir()
    with contextlib.redirect_stdout(io.StringIO()):  # the names of all files
        mutmut_main.copy_src_dir()
        mutmut_main.copy_also_copy_files()
        mutmut_main.setup_source_paths()
        mutmut_main.create_mutants(1)
    known = [mutant for path in walk_mutatable_files() for mutant in _written(path)]
    wanted = [one for one in known if any(part in one.function for part in parts)] if parts else known
    return wanted[::every]


def _written(path: Path) -> Iterator[Mutant]:
    """The mutants of one file, read by the lines where mutmut wrote them (parsing such a file takes minutes)."""
    data = SourceFileMutationData(path=path)
    data.load()
    if not data.exit_code_by_key:
        return
    lines = (Path("mutants") / path).read_text("utf-8").splitlines(keepends=True)
    index = MutantLineSpans.load(path)
    assert index is not None, path
    spans = index.span_by_function_name
    for name in data.exit_code_by_key:
        mutated = name.rpartition(".")[2]
        original = f"{mangled_name_from_mutant_name(mutated)}__mutmut_orig"
        before, after = (
            "".join(lines[spans[one].start - 1 : spans[one].end]).replace(one, "f")
            for one in (original, mutated)
        )
        yield Mutant(name, before, after)


class Judge:
    """A pytest plugin in place of pytest's own loop over the tests."""

    def __init__(self, mutants: list[Mutant], results: TextIO) -> None:
        self.mutants = mutants
        self.results = results
        self.reaching: dict[str, list[pytest.Item]] = defaultdict(list)
        self.used: dict[pytest.Item, float] = {}
        self.found: dict[str, int] = defaultdict(int)
        """How many mutants each test killed."""
        self.begun_functions: set[str] = set()
        self.begun = time.monotonic()
        self.counts: dict[str, int] = defaultdict(int)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.try_original(session)
        self.try_failing(session)
        for mutant in self.mutants:
            started = time.monotonic()
            status, test = self.judge(mutant, session)
            before, after = mutant.change()
            row = {"name": mutant.name, "status": status, "before": before, "after": after, "test": test}
            self.results.write(json.dumps({**row, "seconds": round(time.monotonic() - started, 3)}) + "\n")
            self.results.flush()
            self.tell(status)
        return True

    def try_original(self, session: pytest.Session) -> None:
        """Every test passes on the original, and shows which functions it reaches."""
        set_mutant_under_test("stats")
        for number, item in enumerate(session.items):
            following = session.items[number + 1] if number + 1 < len(session.items) else None
            begun = time.process_time()
            reports = runtestprotocol(item, log=False, nextitem=following)
            self.used[item] = time.process_time() - begun
            if failed := [one for one in reports if one.failed]:
                raise pytest.UsageError(
                    f"{item.nodeid} gagal pada kode asli:\n{failed[0].longreprtext[-2000:]}"
                )
            for function in state()._stats:
                self.reaching[function].append(item)
            state()._stats.clear()
        set_mutant_under_test("")

    def try_failing(self, session: pytest.Session) -> None:
        """A fork in which every mutated function raises must fail: else no mutant could be found either."""
        function = next(one.function for one in self.mutants if self.reaching[one.function])
        if self.fork("fail", self.reaching[function][:1], session)[0] != "killed":
            raise pytest.UsageError("uji tidak gagal walau setiap fungsi dirusak")

    def judge(self, mutant: Mutant, session: pytest.Session) -> tuple[str, str]:
        if only_words(mutant.before, mutant.after):
            return "words", ""
        items = self.reaching[mutant.function]
        if not items:
            return "no tests", ""
        if mutant.function not in self.begun_functions:  # the fastest first, by what they killed so far
            items.sort(key=lambda item: self.used[item] / (1 + self.found[item.nodeid]))
            self.begun_functions.add(mutant.function)
        status, test = self.fork(mutant.name, items, session)
        if status == "killed":  # what killed it is likely to kill the next mutant of this function
            self.found[test] += 1
            items.sort(key=lambda item: item.nodeid != test)
        return status, test

    def fork(self, name: str, items: list[pytest.Item], session: pytest.Session) -> tuple[str, str]:
        """(killed, survived or timeout; the test that ended it). The child writes the number of each test before it runs it."""
        folder = tempfile.mkdtemp(prefix="mutan-")
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            code = 3
            try:
                os.setsid()
                set_mutant_under_test(name)
                trampoline.get_mutant_under_test = lambda: name  # it asks os.environ at every call otherwise
                session.config._tmp_path_factory._basetemp = Path(folder)  # type: ignore[attr-defined]
                code = self.run(items, theirs)
            finally:
                os._exit(code)
        os.close(theirs)
        number = int(self.follow(ours, child).split()[-1])
        _, wait_status = os.waitpid(child, 0)
        _kill_group(child)
        shutil.rmtree(folder, ignore_errors=True)
        ended = os.waitstatus_to_exitcode(wait_status)
        status = {
            0: "survived",
            -signal.SIGXCPU: "timeout",
            -signal.SIGALRM: "timeout",
            -signal.SIGKILL: "timeout",
        }
        return status.get(ended, "killed"), "" if ended == 0 else items[number].nodeid

    def run(self, items: list[pytest.Item], pipe: int) -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        # Only whether it failed counts; a traceback would parse the mutated file, which holds every mutant.
        pytest.Function.repr_failure = lambda *_, **__: "gagal"  # type: ignore[method-assign]
        for number, item in enumerate(items):
            os.write(pipe, f"{number}\n".encode())
            usual = FACTOR * self.used[item]
            signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS + 10 * usual)
            limit = int(time.process_time() + CPU_SECONDS + usual) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            following = items[number + 1] if number + 1 < len(items) else None
            if any(one.failed for one in runtestprotocol(item, log=False, nextitem=following)):
                return 1
        return 0

    def follow(self, pipe: int, child: int) -> str:
        """What the child wrote until it ended; a child that holds the pipe in a process of its own is not waited for."""
        said = b"0\n"
        while True:
            readable, _, _ = select.select([pipe], [], [], 1)
            part = os.read(pipe, 65536) if readable else b""
            said += part
            if (readable and not part) or (not readable and _ended(child)):
                os.close(pipe)
                return said.decode()

    def tell(self, status: str) -> None:
        self.counts[status] += 1
        done = sum(self.counts.values())
        if done % 100 == 0 or done == len(self.mutants):
            seconds = time.monotonic() - self.begun
            counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
            print(
                f"  {done} dari {len(self.mutants)}, {seconds:.0f} detik: {counts}",
                file=sys.__stderr__,
                flush=True,
            )


def _ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def main(results: str, every: str, *parts: str) -> int:
    mutants = write_mutants(int(every), parts)
    # A failing example need not be made small, and must not be kept for the next mutant.
    settings.register_profile(
        "mutan", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True, deadline=None
    )
    settings.load_profile("mutan")
    os.chdir("mutants")
    chosen_tests: list[Any] = config().pytest_add_cli_args_test_selection
    with Path(results).open("w", encoding="utf-8") as file:
        return int(
            pytest.main(
                ["-q", "-s", "--rootdir=.", "--assert=plain", *config().pytest_add_cli_args, *chosen_tests],
                plugins=[Judge(mutants, file)],
            )
        )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
