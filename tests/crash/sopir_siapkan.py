"""Forks workers that run `kawal siapkan`; strace kills them at a chosen system call. The protocol is that of sopir.py.

`jalan FOLDER APP` -> `pid P` (the worker waits); `mulai` -> `selesai STATUS`. FOLDER holds `rumah`, the office, and
`lingkungan.json`, its environment. What was answered is written to FOLDER/jawaban.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from functools import partial
from pathlib import Path

from garpu import forked

from kawal.cli.common import Surroundings
from kawal.cli.main import run


def work(folder: Path, app_id: str) -> int:
    environ = json.loads((folder / "lingkungan.json").read_text())
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = run(
            ["siapkan", app_id, "--keluaran", "json"],
            Surroundings(environ, folder / "rumah", is_terminal=False),
        )
    if code == 0:
        with (folder / "jawaban").open("a", encoding="utf-8") as file:
            file.write(f"proyek {json.loads(said.getvalue())['data']['proyek_id']}\n")
    return code


def main() -> None:
    pid = write = 0
    for line in sys.stdin:
        match line.split():
            case ["jalan", folder, app_id]:
                pid, write = forked(partial(work, Path(folder), app_id))
                print("pid", pid, flush=True)
            case ["mulai"]:
                os.write(write, b"x")
                os.close(write)
                print("selesai", os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    main()
