"""What kawal asks a person at a terminal: a real one (a pty), since nobody is asked anywhere else."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kantor import Kantor
from kawal.services.keys import load_private

PATIENCE_S = 60


class Terminal:
    """One command in a terminal: what it showed so far, and answers typed when it asks."""

    def __init__(self, main: int, process: subprocess.Popen[bytes]) -> None:
        self.main, self.process, self.shown = main, process, ""

    def until(self, text: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} was not shown:\n{self.shown}"
            if not self.read():
                raise AssertionError(f"ended before {text!r}:\n{self.shown}")

    def read(self) -> bool:
        if not select.select([self.main], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.main, 4096)
        except OSError:  # the other side is closed
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def answer(self, asked: str, typed: str) -> None:
        self.until(asked)
        self.shown = self.shown.partition(asked)[2]
        os.write(self.main, f"{typed}\n".encode())

    def ended(self) -> int:
        while self.read():
            if self.process.poll() is not None and not select.select([self.main], [], [], 0)[0]:
                break
        return self.process.wait(PATIENCE_S)


@contextmanager
def terminal(kantor: Kantor, *words: str, cwd: Path | None = None) -> Iterator[Terminal]:
    unasked = ("KAWAL_TANPA_TANYA", "KAWAL_SANDI_BERKAS")
    environ = {name: value for name, value in kantor.environ().items() if name not in unasked}
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "kawal.cli.main", *words],
        cwd=cwd or kantor.stage.home,
        env=environ,
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    with process:
        try:
            yield Terminal(main, process)
        finally:
            process.kill()
            os.close(main)


@pytest.fixture(scope="module")
def drifted(kantor: Kantor) -> str:
    """A plan that waits: somebody changed a setting of the project."""
    project = kantor.approved("ditanya").data["proyek_id"]
    kantor.api("PUT", f"/projects/{project}", {"allow_merge_on_skipped_pipeline": True})
    plan: str = kantor.must("rencana", "ditanya").data["id_rencana"]
    return plan


@pytest.mark.parametrize("typed", ["", "y", "yes", "tidak"])
def test_a_plan_is_applied_at_a_terminal_only_after_ya(kantor: Kantor, drifted: str, typed: str) -> None:
    before = kantor.forge().last_request()
    with terminal(kantor, "terapkan", drifted) as screen:
        screen.until("allow_merge_on_skipped_pipeline")  # the plan is shown again before the question
        screen.answer("Ketik ya untuk menerapkan", typed)
        screen.until("Tidak ada yang diubah.")
        assert screen.ended() == 130
    assert kantor.forge().writes(before) == []


def test_after_ya_the_plan_is_applied_and_applying_it_again_says_that_all_is_there(
    kantor: Kantor, drifted: str
) -> None:
    with terminal(kantor, "terapkan", drifted) as screen:
        screen.answer("Ketik ya untuk menerapkan", "ya")
        assert screen.ended() == 0
    assert kantor.must("rencana", "ditanya").envelope["status"] == "sesuai"
    with terminal(kantor, "terapkan", drifted, "--ya") as screen:
        screen.until("Semua sudah ada: tidak ada yang ditulis.")
        assert screen.ended() == 0


def test_a_new_key_asks_twice_for_a_passphrase_that_is_no_slip(kantor: Kantor, tmp_path: Path) -> None:
    with terminal(kantor, "kunci", "buat", "p-baru", "--folder-kunci", str(tmp_path)) as screen:
        screen.answer("Frasa sandi p-baru.pem", "pendek")
        screen.answer("Ulangi frasa sandi p-baru.pem", "pendek")
        screen.until("Paling sedikit 8 huruf.")
        screen.answer("Frasa sandi p-baru.pem", "panjang-sekali")
        screen.answer("Ulangi frasa sandi p-baru.pem", "panjang-sekalj")
        screen.answer("Frasa sandi p-baru.pem", "panjang-sekali")
        screen.answer("Ulangi frasa sandi p-baru.pem", "panjang-sekali")
        assert screen.ended() == 0
    assert load_private(tmp_path / "p-baru.pem", lambda _: b"panjang-sekali").public


def test_nobody_types_a_passphrase_for_a_key_that_stands_already(kantor: Kantor, tmp_path: Path) -> None:
    (tmp_path / "p-lama.pem").write_bytes(b"kunci lama")
    with terminal(kantor, "kunci", "buat", "p-lama", "--folder-kunci", str(tmp_path)) as screen:
        screen.until("INPUT-011")
        screen.until("--folder-kunci")
        assert screen.ended() == 6
    assert (tmp_path / "p-lama.pem").read_bytes() == b"kunci lama"
