"""`make mutan`: mutation testing of the rooms that decide, seal, record and permit, with mutmut in an environment of its own.

`python tests/mutan.py [room …] [--tiap N] [--fungsi PART …]`: the named rooms, each N-th mutant of them, or those in functions
whose name holds a part. A mutant that changes nothing but the words of a message is counted and not run; any other that lives
must be explained in docs/dev/mutan.md, or the command fails.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPLAINED = ROOT / "docs" / "dev" / "mutan.md"
RUNNER = Path(__file__).with_name("mutan_jalan.py")
MUTMUT = "mutmut==3.8.1"
SOURCES = (
    "automation/kawal",
    "automation/kawal_issuer",
    *(f"checks/kawal_{x}" for x in ("seal", "checks", "target")),
)
BESIDE = ("docs/pengguna", "pipeline-templates")
"""Some tests run what a guide prints, or ask what jobs the templates have."""
DETACHED = (
    "test_seal_imports or no_parser_of or process_starts or cannot_be_read_stop or imports_nothing or processes_append "
    "or killed_writer or it_serves_from or takes_nobody_any_more"
)
"""Tests that start a Python of their own: it would import what is installed, not the mutants."""
SPARED = "(every_case and not every_case[0]) or removing_records_never_opens"
"""The same test with other seeds: one part of the oracle is enough for a mutant; and a search of many seconds that finds no
mutant which the others do not."""


@dataclass(frozen=True)
class Room:
    files: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "segel": Room(("src/kawal_seal/*",), ("tests/seal",)),
    "kebijakan": Room(("src/kawal/policy/*",), ("tests/policy",)),
    "buku": Room(
        ("src/kawal/ledger/*",),
        tuple(f"tests/ledger/test_{name}.py" for name in ("re*", "s*", "content*", "fields")),
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
        return re.sub(r"(?<=\.)(x_|xǁ)|__mutmut_\d+$", "", self.name).replace("ǁ", ".")

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
    for beside in ("tests", *BESIDE):
        shutil.copytree(ROOT / beside, folder / beside, ignore=skip)
    chosen = [str(path.relative_to(ROOT)) for name in room.tests for path in sorted(ROOT.glob(name))]
    plain = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-W",
        "ignore",
        "-k",
        f"not ({DETACHED} or ({SPARED}))",
    ]
    lines = [
        "[tool.mutmut]",
        'source_paths = ["src"]',
        f"only_mutate = {json.dumps(room.files)}",
        f"pytest_add_cli_args = {json.dumps(plain)}",
        f"pytest_add_cli_args_test_selection = {json.dumps(chosen)}",
        f"also_copy = {json.dumps(BESIDE)}",
        "use_git_change_detection = false",
        "track_dependencies = false",
        "[tool.pytest.ini_options]",
        'markers = ["e2e: …", "crash: …"]',
        "timeout = 600",
    ]
    (folder / "pyproject.toml").write_text("\n".join(lines) + "\n", "utf-8")


def judged(room: Room, every: int, parts: Iterable[str]) -> list[dict[str, str]]:
    """The rows that mutan_jalan.py writes; what it tells of its progress goes to the standard error."""
    bin = mutmut()
    memory = Path("/dev/shm")  # the tests write many small ledgers; a disk would be waited for
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kawal-mutan-", dir=place) as made:
        folder, rows = Path(made), Path(made) / "hasil.jsonl"
        (folder / "sementara").mkdir()
        prepare(room, folder)
        environ = {
            "KAWAL_ORAKEL": "5000",
            **os.environ,
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
            "TMPDIR": str(folder / "sementara"),
        }
        words: list[str | Path] = [bin / "python", RUNNER, rows, str(every), *parts]
        done = subprocess.run(words, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"mutan tidak berjalan\n{done.stdout[-3000:]}")
        return [json.loads(line) for line in rows.read_text("utf-8").splitlines()]


def run(name: str, every: int, parts: Iterable[str], explained: str) -> list[Survivor]:
    """Prints the room's counts and survivors; those that nobody explained."""
    found = judged(ROOMS[name], every, parts)
    counts = Counter(one["status"] for one in found)
    lived = [
        Survivor(one["name"], one["before"], one["after"])
        for one in found
        if one["status"] in ("survived", "no tests")
    ]
    open_ = [one for one in lived if one.line not in explained]
    print(
        f"{len(found)} mutan {name}{f' (tiap {every})' if every > 1 else ''}: {counts['killed']} mati, {counts['timeout']} terhenti waktu, "
        f"{counts['words']} hanya kata-kata, {len(lived) - len(open_)} dijelaskan, {len(open_)} belum dijelaskan"
    )
    for one in lived:
        print(f"  {'?' if one in open_ else '='} {one.line}", flush=True)
    return open_


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ruang", nargs="*", help=f"dari: {', '.join(ROOMS)}; bawaan: semua")
    parser.add_argument("--tiap", type=int, default=1, help="hanya mutan ke-N")
    parser.add_argument(
        "--fungsi", nargs="+", default=[], help="hanya fungsi yang namanya memuat salah satu kata ini"
    )
    options = parser.parse_args()
    explained = EXPLAINED.read_text("utf-8") if EXPLAINED.exists() else ""
    left = [
        one for name in options.ruang or ROOMS for one in run(name, options.tiap, options.fungsi, explained)
    ]
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
