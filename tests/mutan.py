"""`make mutan`: mutation testing of the rooms that decide, seal, record and permit, with mutmut in an environment of its own.

`python tests/mutan.py [room …] [--tiap N]`: the named rooms, each N-th mutant of them. A survivor that changes more than the
words of a message must be explained in docs/dev/mutan.md; one that is not makes the command fail.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPLAINED = ROOT / "docs" / "dev" / "mutan.md"
MUTMUT = "mutmut==3.8.1"
SOURCES = (
    "automation/kawal",
    "automation/kawal_issuer",
    *(f"checks/kawal_{x}" for x in ("seal", "checks", "target")),
)
DETACHED = "test_seal_imports or no_parser_of or process_starts or cannot_be_read_stop or imports_nothing or processes_append or killed_writer"
"""Tests that start a Python of their own: it would import what is installed, not the mutants."""


@dataclass(frozen=True)
class Room:
    files: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "segel": Room(("src/kawal_seal/*",), ("tests/seal",)),
    "kebijakan": Room(("src/kawal/policy/*",), ("tests/policy",)),
    "buku": Room(
        ("src/kawal/ledger/*",),
        ("tests/ledger/test_re*.py", "tests/ledger/test_s*.py", "tests/ledger/test_content*.py"),
    ),
    "izin": Room(("src/kawal_issuer/*",), ("tests/issuer",)),
}


@dataclass(frozen=True)
class Survivor:
    name: str
    before: str
    after: str

    @property
    def function(self) -> str:
        """Dotted name without mutmut's marks."""
        return re.sub(r"(x_|xǁ)|__mutmut_\d+$", "", self.name).replace("ǁ", ".")

    @property
    def line(self) -> str:
        return f"`{self.function}`: `{self.before}` -> `{self.after}`"


def mutmut() -> Path:
    """mutmut's own environment, made once; the libraries that the tests need come from the environment that runs this."""
    folder = Path(os.environ.get("KAWAL_ALAT_DIR", ROOT / ".venv" / "alat")) / "mutmut"
    if not (folder / "bin" / "mutmut").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", MUTMUT], check=True)
    return folder / "bin"


def prepare(room: Room, folder: Path) -> None:
    """A tree as mutmut wants it: all packages under src, the tests beside it, its settings."""
    skip = shutil.ignore_patterns("__pycache__")
    for source in SOURCES:
        shutil.copytree(ROOT / source, folder / "src" / Path(source).name, ignore=skip)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=skip)
    chosen = [str(path.relative_to(ROOT)) for name in room.tests for path in sorted(ROOT.glob(name))]
    plain = ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", "-k", f"not ({DETACHED})"]
    lines = [
        "[tool.mutmut]",
        'source_paths = ["src"]',
        f"only_mutate = {json.dumps(room.files)}",
        f"pytest_add_cli_args = {json.dumps(plain)}",
        f"pytest_add_cli_args_test_selection = {json.dumps(chosen)}",
        "use_git_change_detection = false",
        "track_dependencies = false",
        "[tool.pytest.ini_options]",
        'markers = ["e2e: …", "crash: …"]',
        "timeout = 600",
    ]
    (folder / "pyproject.toml").write_text("\n".join(lines) + "\n", "utf-8")


def call(bin: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
        "KAWAL_ORAKEL": os.environ.get("KAWAL_ORAKEL", "5000"),
    }
    return subprocess.run(
        [bin / command[0], *command[1:]], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


SHOW = """
import json, sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.data import SourceFileMutationData
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
for path in walk_mutatable_files():
    data = SourceFileMutationData(path=path)
    data.load()
    for name, code in data.exit_code_by_key.items():
        status = status_by_exit_code[code]
        diff = get_diff_for_mutant(name, path=path) if status in ("survived", "no tests") else ""
        print(json.dumps([name, status, diff]))
"""


def results(bin: Path, folder: Path) -> list[tuple[str, str, str]]:
    """(name, status, diff) of every mutant; the diff only of those that lived."""
    done = call(bin, folder, "python", "-c", SHOW)
    return [tuple(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]


def changed(name: str, diff: str) -> Survivor:
    body = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    before = " ".join(line[1:].strip() for line in body if line.startswith("-"))
    after = " ".join(line[1:].strip() for line in body if line.startswith("+"))
    return Survivor(name, before, after)


def only_words(diff: str) -> bool:
    """Whether nothing but texts for people differs: literals inside a raise, a refusal or a verdict's sentences."""
    body = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    sides = ["\n".join(line[1:] for line in body if line[:1] in (" ", mark)) for mark in "-+"]
    trees = [_parsed(side) for side in sides]
    return None not in trees and ast.dump(_Masked().visit(trees[0])) == ast.dump(_Masked().visit(trees[1]))


def _parsed(text: str) -> ast.AST | None:
    """The shortest end of the shown lines that is whole: a diff begins in the middle of a function."""
    lines = text.splitlines()
    for start in range(len(lines)):
        for end in range(len(lines), start, -1):
            block = lines[start:end]
            margin = min((len(one) - len(one.lstrip()) for one in block if one.strip()), default=0)
            try:
                return ast.parse("\n".join(one[margin:] for one in block))
            except SyntaxError:
                continue
    return None


WORDING = frozenset(
    (
        "no",
        "Verdict",
        "Flaw",
        "_refuse",
        "refuse",
        "error",
        "Problem",
        "BlockedError",
        "InputError",
        "TemporaryError",
    )
)


class _Masked(ast.NodeTransformer):
    """Texts in a raise, or given to something that words a refusal, become one and the same text."""

    CODE = re.compile(r"[A-Z]{2,9}-\d{3}")

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return _Wordless().visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return _Wordless().visit(node) if name in WORDING else self.generic_visit(node)


class _Wordless(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        is_text = isinstance(node.value, str) and not _Masked.CODE.search(node.value)
        return ast.Constant("…") if is_text or node.value is None else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("…")


def names(bin: Path, folder: Path, every: int) -> Iterator[str]:
    """Each N-th mutant by name; nothing when all are wanted, which mutmut takes for all."""
    if every > 1:
        yield from (name for name, _, _ in results(bin, folder)[::every])


def run(name: str, every: int, explained: str) -> list[Survivor]:
    """Prints the room's counts and survivors; those that nobody explained."""
    bin = mutmut()
    with tempfile.TemporaryDirectory(prefix="kawal-mutan-") as made:
        folder = Path(made)
        prepare(ROOMS[name], folder)
        if every > 1:  # an empty selection generates the mutants, so that there are names to choose from
            call(bin, folder, "mutmut", "run", "--max-children", "2", "tidak-ada*")
        done = call(bin, folder, "mutmut", "run", "--max-children", "2", *names(bin, folder, every))
        found = [one for one in results(bin, folder) if one[1] != "not checked"]
    counts = Counter(status for _, status, _ in found)
    if not counts["killed"]:
        raise SystemExit(f"{name}: mutmut tidak berjalan\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    lived = [(one, diff) for one, status, diff in found if status in ("survived", "no tests")]
    words = [one for one, diff in lived if only_words(diff)]
    others = [changed(one, diff) for one, diff in lived if one not in words]
    open_ = [one for one in others if one.line not in explained]
    print(
        f"{len(found)} mutan {name}: {counts['killed']} mati, {counts['timeout']} terhenti waktu, {len(words)} hanya kata-kata, "
        f"{len(others) - len(open_)} dijelaskan, {len(open_)} belum dijelaskan"
    )
    for one in others:
        print(f"  {'?' if one in open_ else '='} {one.line}")
    return open_


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ruang", nargs="*", help=f"dari: {', '.join(ROOMS)}; bawaan: semua")
    parser.add_argument("--tiap", type=int, default=1, help="hanya mutan ke-N")
    options = parser.parse_args()
    explained = EXPLAINED.read_text("utf-8") if EXPLAINED.exists() else ""
    left = [one for name in options.ruang or ROOMS for one in run(name, options.tiap, explained)]
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
