"""Load from several processes and machines, warm-up, login, the team's own locustfile: real Locust, judged by the gate."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psutil
import pytest

from kawal_checks.gates import GATES, GateContext
from kawal_checks.model import Result
from kawal_load.__main__ import main
from kawal_load.run import _free_port
from scripted_server import Reply, Request, Scripted, scripted_server

PAGE = Reply(200, b"ok", {"Content-Type": "text/plain"})


@contextmanager
def serving(answer: Callable[[Request, int], Reply] = lambda _request, _number: PAGE) -> Iterator[Scripted]:
    with scripted_server(answer) as server:
        yield server


def thresholds(folder: Path, seconds: int = 2, users: int = 4) -> tuple[Path, dict[str, Any]]:
    point = {"nama": "GET /", "metode": "GET", "jalur": "/", "p95_ms": 2000, "p99_ms": 4000}
    point |= {"galat_persen": "0", "rps_min": "1", "permintaan_min": 5}
    document = {
        "schema": 1,
        "beban": {"detik": seconds, "pengguna": users, "laju": users, "titik": [point]},
    }
    path = folder / "ambang.json"
    path.write_text(json.dumps(document), "utf-8")
    return path, document


def words(server: Scripted, folder: Path, **more: object) -> list[str]:
    options = {"url": server.url, "ambang": folder / "ambang.json", "keluar": folder / "beban.json", **more}
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def judged(folder: Path, document: dict[str, Any]) -> Result:
    return GATES["beban"].judge_bytes((folder / "beban.json").read_bytes(), document, GateContext())


def workers_of(launcher: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The forked generators: grandchildren of kawal-load."""
    found = psutil.Process(launcher.pid).children(recursive=True)
    return [one for one in found if one.ppid() != launcher.pid]


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("killed", [False, True], ids=["whole", "a worker is killed"])
def test_two_processes_count_and_a_lost_one_is_never_a_pass(tmp_path: Path, killed: bool) -> None:
    _, document = thresholds(tmp_path, seconds=3)
    with serving() as server:
        command = [sys.executable, "-I", "-m", "kawal_load", *words(server, tmp_path, proses=2)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as launcher:
            if killed:
                until(lambda: len(server.seen) > 20)
                workers_of(launcher)[0].kill()
            assert launcher.wait(90) == 0
    result = judged(tmp_path, document)
    if killed:
        assert result.verdict == "tidak_dapat_dinilai"
        assert "BEBAN-110" in {one.code for one in result.reasons}
    else:
        assert result.verdict == "lulus", result.reasons
        assert result.counts["pengguna"] == 4


def test_a_worker_on_another_machine_with_another_plan_counts_as_lost(tmp_path: Path) -> None:
    """Two workers come; one was given other thresholds, so what it asked for is not what was approved."""
    _, document = thresholds(tmp_path)
    other = tmp_path / "lain"
    other.mkdir()
    thresholds(other, seconds=7)
    listen = f"127.0.0.1:{_free_port()}"
    with serving() as server:
        runs = [
            threading.Thread(target=main, args=([*words(server, tmp_path, pekerja=2, dengar=listen)],)),
            *(
                threading.Thread(
                    target=main,
                    args=(["--url", server.url, "--ambang", str(folder / "ambang.json"), "--induk", listen],),
                )
                for folder in (tmp_path, other)
            ),
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join(90)
            assert not run.is_alive()
    assert json.loads((tmp_path / "beban.json").read_text("utf-8"))["pekerja_hilang"] == 1
    assert [one.code for one in judged(tmp_path, document).reasons] == ["BEBAN-110"]


def test_a_worker_refuses_a_target_that_is_not_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thresholds(tmp_path)
    ambang = str(tmp_path / "ambang.json")
    assert main(["--url", "http://192.0.2.7", "--ambang", ambang, "--induk", "127.0.0.1:5557"]) == 6
    assert "192.0.2.7" in capsys.readouterr().err


def test_users_log_in_and_only_the_demanded_load_after_the_warm_up_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAWAL_UJI_SANDI", "rahasia-uji")
    started = time.monotonic()

    def answer(request: Request, _number: int) -> Reply:
        if request.path == "/masuk":
            good = parse_qs(request.body.decode()) == {"nama": ["uji"], "sandi": ["rahasia-uji"]}
            return Reply(303 if good else 403, b"", {"Set-Cookie": "sesi=1", "Location": "/"})
        if "sesi=1" not in request.headers.get("Cookie", ""):
            return Reply(403)
        # A cold start: slow in the warm-up, which therefore must not be in the figures.
        time.sleep(3 if time.monotonic() - started < 2.5 else 0)
        return PAGE

    _, document = thresholds(tmp_path)
    (tmp_path / "load.yml").write_text(
        "schema: 1\njeda: [0, 0.1]\nskenario: []\n"
        "masuk: {metode: POST, jalur: /masuk, isi: {nama: uji, sandi: $KAWAL_UJI_SANDI}, harap: 303}\n"
        "tahap:\n  - {detik: 6, pengguna: 2, laju: 2}\n"
    )
    with serving(answer) as server:
        html = tmp_path / "beban.html"
        assert main(words(server, tmp_path, skenario=tmp_path / "load.yml", html=html)) == 0
    result = judged(tmp_path, document)
    assert result.verdict == "lulus", result.reasons
    assert int(result.counts["p95_ms"]) < 1000
    assert result.counts["galat_persen"] == "0"
    assert "echarts" in html.read_text("utf-8")
    assert "rahasia-uji" not in (tmp_path / "beban.json").read_text("utf-8") + html.read_text("utf-8")


def test_a_login_that_fails_is_an_exception_of_the_run(tmp_path: Path) -> None:
    _, document = thresholds(tmp_path, seconds=1)
    (tmp_path / "load.yml").write_text(
        "schema: 1\nskenario: []\nmasuk: {metode: POST, jalur: /masuk, isi: {nama: uji}, harap: 303}\n"
    )
    with serving(lambda request, _n: Reply(403) if request.path == "/masuk" else PAGE) as server:
        assert main(words(server, tmp_path, skenario=tmp_path / "load.yml")) == 0
    codes = {one.code for one in judged(tmp_path, document).reasons}
    assert {"BEBAN-109", "BEBAN-111"} <= codes


def test_a_login_without_its_secret_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thresholds(tmp_path, seconds=1)
    (tmp_path / "load.yml").write_text(
        "schema: 1\nskenario: []\nmasuk: {metode: POST, jalur: /masuk, isi: {sandi: $KAWAL_UJI_LUPA}}\n"
    )
    with serving() as server:
        assert main(words(server, tmp_path, skenario=tmp_path / "load.yml")) == 6
        assert server.seen == []
    assert "KAWAL_UJI_LUPA" in capsys.readouterr().err


OWN = """
from locust import HttpUser, constant, events, task

class Kita(HttpUser):
    wait_time = constant(0.05)

    @task
    def depan(self):
        self.client.get("/", name="GET /")

@events.quitting.add_listener
def bagus(environment, **_):
    environment.process_exit_code = 0
"""


def test_the_teams_own_locustfile_runs_and_says_that_it_did(tmp_path: Path) -> None:
    _, document = thresholds(tmp_path)
    (tmp_path / "locustfile.py").write_text(OWN)
    with serving() as server:
        assert main(words(server, tmp_path, locustfile=tmp_path / "locustfile.py")) == 0
    result = judged(tmp_path, document)
    assert result.verdict == "lulus", result.reasons
    assert (result.class_, result.counts["kode_tim"]) == ("dilaporkan", 1)
    assert result.summary.endswith("(locustfile tim: kelas dilaporkan)")


@pytest.mark.parametrize(
    "text",
    [
        "tahap: [{detik: 0, pengguna: 1, laju: 1}]",
        "tahap: [{detik: 1000, pengguna: 1, laju: 1}, {detik: 1000, pengguna: 1, laju: 1}]",
        "tahap: {detik: 1, pengguna: 1, laju: 1}",
        "masuk: {metode: POST, jalur: '//jahat.contoh/'}",
        "masuk: {metode: POST, jalur: /masuk, nama: lain}",
    ],
)
def test_warm_up_and_login_are_read_strictly(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thresholds(tmp_path)
    (tmp_path / "load.yml").write_text(f"schema: 1\nskenario: []\n{text}\n")
    with serving() as server:
        assert main(words(server, tmp_path, skenario=tmp_path / "load.yml")) == 6
    assert "load.yml:" in capsys.readouterr().err
