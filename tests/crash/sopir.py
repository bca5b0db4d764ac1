"""Forks workers that record a sign-off, get a permit and install it; a test lets strace kill them at a chosen system call.

Line in, line out: `siapkan FOLDER` -> `siap`; `jalan FOLDER N` -> `pid P` (the worker waits); `mulai` -> `selesai STATUS`.
The parent is loaded once, so that a crash point costs a tenth of a second and not a start of Python.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bypass"))

from bypass_kantor import Kantor, Setup
from garpu import forked
from kawal_world import KEYS

from kawal.errors import KawalError
from kawal.ledger.statement import sign_record
from kawal_seal import strictjson
from kawal_seal.dsse import Envelope

SETUP = Setup(without=("pse",))


def prepare(folder: Path) -> None:
    """An office that lacks one sign-off, which lies signed beside it, and tokens for several attempts."""
    office = Kantor(folder, SETUP)
    record = office.world.make_signoff("pse")
    (folder / "pse.dsse").write_bytes(sign_record(record, [KEYS["pemohon"]]).to_bytes())
    for number in range(3):
        (folder / f"token-{number}").write_text(office.token())
    office.close()


def jti_of(permit: object) -> str:
    value = strictjson.loads(Envelope.from_obj(permit).payload)
    return str(value["predicate"]["jti"])


def work(folder: Path, attempt: str) -> None:
    """What is acknowledged is said only after it was answered."""
    said = os.open(folder / "jawaban", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(*words: str) -> None:
        os.write(said, " ".join(words).encode() + b"\n")

    office = Kantor(folder, SETUP, fresh=False)
    entry = office.world.ledger.append(Envelope.parse((folder / "pse.dsse").read_bytes()))
    say("catatan", entry.payload_sha256)
    office.raw_token = (folder / f"token-{attempt}").read_text()
    answer = office.ask()
    if "izin" not in answer:
        say("ditolak", *office.answers)
        return
    say("izin", jti_of(answer["izin"]))
    if office.install(answer):
        say("terpasang", jti_of(answer["izin"]))
    office.close()


def careful(folder: Path, attempt: str) -> int:
    """Exit status of the worker: 3 for what kawal or the disk refused."""
    try:
        work(folder, attempt)
    except (KawalError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


def main() -> None:
    pid = write = 0
    for line in sys.stdin:
        match line.split():
            case ["siapkan", folder]:
                prepare(Path(folder))
                print("siap", flush=True)
            case ["jalan", folder, attempt]:
                pid, write = forked(partial(careful, Path(folder), attempt))
                print("pid", pid, flush=True)
            case ["mulai"]:
                os.write(write, b"x")
                os.close(write)
                print("selesai", os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    main()
