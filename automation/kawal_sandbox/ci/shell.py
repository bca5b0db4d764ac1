"""Runs one bash script in a clean environment: log, time limit, cancel, and nothing left behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kawal_sandbox.ci.variables import mask

MAX_LOG_BYTES = 4 * 1024 * 1024  # GitLab Runner: output_limit
GRACE_S = 1.0
GREEN, RED, RESET = "\x1b[32;1m", "\x1b[31;1m", "\x1b[0;m"


class Trace:
    """The log of one job: secrets masked, cut at the size GitLab Runner cuts."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._size = path.stat().st_size
        self._lock = threading.Lock()
        self.secrets: tuple[str, ...] = ()

    def write(self, text: str) -> None:
        data = mask(text, self.secrets).encode("utf-8", "replace")
        with self._lock:
            if self._file.closed or self._size >= MAX_LOG_BYTES:
                return
            self._size += len(data)
            if self._size >= MAX_LOG_BYTES:
                data = f"\n{RED}Job's log exceeded limit of {MAX_LOG_BYTES} bytes.{RESET}\n".encode()
            self._file.write(data)
            self._file.flush()

    def line(self, text: str) -> None:
        self.write(text + "\n")

    def section(self, name: str, title: str) -> "Section":
        return Section(self, name, title)

    def close(self) -> None:
        with self._lock:
            self._file.close()


class Section:
    """A collapsible part of the log."""

    def __init__(self, trace: Trace, name: str, title: str) -> None:
        self._trace, self._name, self._title = trace, name, title

    def __enter__(self) -> None:
        self._trace.write(
            f"section_start:{int(time.time())}:{self._name}\r\x1b[0K{GREEN}{self._title}{RESET}\n"
        )

    def __exit__(self, *_: object) -> None:
        self._trace.write(f"section_end:{int(time.time())}:{self._name}\r\x1b[0K")


class Stopped(Exception):
    """The script did not come to its own end. `why`: timeout, canceled or shutdown."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def script_text(lines: Sequence[str]) -> str:
    """The commands, each shown before it runs, as GitLab Runner's bash script does."""
    parts = ["set -eo pipefail", "set +o noclobber"]
    for line in lines:
        first, _, rest = line.strip("\n").partition("\n")
        shown = f"{GREEN}$ {first}{' # collapsed multi-line command' if rest else ''}{RESET}"
        parts += [f"printf '%s\\n' {_quoted(shown)}", line]
    return "\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def run_script(
    lines: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    file: Path,
    trace: Trace,
    deadline: float,
    why_stop: Callable[[], str | None],
    around: Callable[[Sequence[str]], Sequence[str]] = tuple,
) -> int:
    """The exit code. Raises `Stopped` after killing the whole process tree. `deadline` is on the monotonic clock.

    `around` turns the command into the one that starts it, e.g. behind a fence.
    """
    file.write_text(script_text(lines), encoding="utf-8")
    process = subprocess.Popen(
        around(["bash", "-eo", "pipefail", str(file)]),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    reader = threading.Thread(target=_copy_output, args=(process, trace), daemon=True)
    reader.start()
    try:
        while True:
            try:
                return _exit_code(process.wait(timeout=0.1))
            except subprocess.TimeoutExpired:
                why = "timeout" if time.monotonic() >= deadline else why_stop()
                if why:
                    raise Stopped(why) from None
    finally:
        kill_tree(process)
        reader.join(timeout=5)


def _exit_code(code: int) -> int:
    return 128 - code if code < 0 else code


def _copy_output(process: "subprocess.Popen[bytes]", trace: Trace) -> None:
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    with process.stdout as output:
        while line := output.readline(64 * 1024):
            trace.write(line.decode("utf-8", "replace"))


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """End everything the process started: its session, and descendants that left it."""
    if process.poll() is None:
        family = _descendants(process.pid)
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            _signal(process.pid, signal.SIGKILL)
            process.wait()
    else:
        family = set()
    _signal(process.pid, signal.SIGKILL)
    for pid in family | _session(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _processes() -> dict[int, tuple[int, int]]:
    """pid -> (parent, session), from /proc; empty where there is no /proc."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            found[int(folder.name)] = (int(fields[1]), int(fields[3]))
        except (OSError, IndexError, ValueError):
            continue
    return found


def _descendants(pid: int) -> set[int]:
    processes = _processes()
    family, grown = {pid}, True
    while grown:
        more = {child for child, (parent, _session) in processes.items() if parent in family} - family
        grown, family = bool(more), family | more
    return family - {pid}


def _session(leader: int) -> set[int]:
    return {pid for pid, (_parent, session) in _processes().items() if session == leader}


def kill_leftovers(folder: Path) -> None:
    """End processes that still work below `folder`: jobs of a forge that was killed."""
    inside = f"{folder.resolve()}{os.sep}"
    for pid in _processes():
        try:
            if str(Path(f"/proc/{pid}/cwd").readlink()).startswith(inside):
                os.kill(pid, signal.SIGKILL)
        except OSError:  # gone, or not ours
            continue
