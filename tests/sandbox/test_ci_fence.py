"""The fence around jobs of the team: without it a job beside PA's scanner rewrites its report and reads its token; behind it, neither."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ci_helpers import RUNNERS, new_work, runner_server
from sandbox_client import ROOT, Client

from kawal_sandbox.ci import fence

TOKEN = "rahasia-runner-pa-123"
# WAIT tenths of a second: long where the scanner ends as soon as it was tampered with, short where that never happens.
PIPELINE = r"""
pemindai:
  tags: [pa]
  script:
    - echo asli > laporan.json
    - for i in $(seq WAIT); do grep -q asli laporan.json || break; sleep 0.1; done
  artifacts: {paths: [laporan.json]}
licik:
  tags: [umum]
  script:
    - |
      lingkungan() { cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -a KAWAL_TOKEN_UJI || true; }
      for i in $(seq WAIT); do
        for berkas in "$CI_BUILDS_DIR"/../../*/builds/*/*/laporan.json; do
          if grep -q asli "$berkas" 2>/dev/null; then lingkungan; echo palsu > "$berkas"; break 2; fi
        done
        sleep 0.1
      done
      lingkungan
    - cat "$CI_BUILDS_DIR"/../../../../../kunci.pem || echo "kunci tidak terlihat"
    - touch /tmp/kawal-uji-pagar && rm /tmp/kawal-uji-pagar && echo "menulis di luar" || echo "hanya folder sendiri"
    - mkdir -p "$HOME/.cache" "$TMPDIR/a" && echo isi > hasil.txt
  artifacts: {paths: [hasil.txt]}
"""


@contextmanager
def forge(folder: Path, *, hides: bool) -> Iterator[Client]:
    """A forge whose team's runner hides its folder, or not; a key of the office lies beside its data."""
    (folder / "kunci.pem").write_text("kunci kantor\n", "utf-8")
    runners = copy.deepcopy(RUNNERS)
    if hides:
        runners["runners"][0]["hides"] = [str(folder)]  # type: ignore[index]
    with contextmanager(runner_server)(folder, runners) as server:
        yield Client(server.url, ROOT)


def run(folder: Path, *, hides: bool) -> tuple[str, str]:
    """(PA's report as the forge has it, log of the sly job) of one pipeline in which both jobs succeed."""
    work_folder = folder / "kerja"
    work_folder.mkdir(parents=True)
    with forge(folder, hides=hides) as client:
        work = new_work(client, work_folder)
        work.push({".gitlab-ci.yml": PIPELINE.replace("WAIT", "20" if hides else "300")})
        pipeline = work.finished("success")
        jobs = work.jobs(pipeline["id"])
        report = client(
            "GET", f"{work.path}/jobs/{jobs['pemindai']['id']}/artifacts/laporan.json"
        ).raw.decode()
        return report, work.log(jobs["licik"])


@pytest.mark.skipif(not fence.possible(), reason="mesin ini tidak memberi namespace mount dan pid (unshare)")
def test_a_job_behind_the_fence_reaches_neither_the_scanner_nor_the_office(tmp_path: Path) -> None:
    report, log = run(tmp_path, hides=True)
    assert report == "asli\n"
    assert TOKEN not in log
    assert "kunci tidak terlihat" in log
    assert "hanya folder sendiri" in log
    assert "fenced: sees neither" in log


def test_without_the_fence_the_same_job_does_reach_them(tmp_path: Path) -> None:
    """Why it is there; one machine and one user are no separation."""
    report, log = run(tmp_path, hides=False)
    assert report == "palsu\n"
    assert TOKEN in log
    assert "kunci kantor" in log
    assert "menulis di luar" in log


def test_where_a_fence_is_impossible_the_log_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "possible", lambda: False)
    _, log = run(tmp_path, hides=True)
    assert "NOT fenced" in log
