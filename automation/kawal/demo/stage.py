"""The stage of the demo: folders, ports, users of the forge, the targets, and kawal's own command line to act with."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from kawal.demo.processes import Processes
from kawal.demo.scanner import Scanner
from kawal.errors import BlockedError, TemporaryError
from kawal.resources import demo_data_dir

APP = "e-retribusi-pasar"
GROUP = "aplikasi-opd"
PERSONS = ("p-pemohon", "p-tata-kelola", "p-pa", "p-persandian", "p-pengembang")
USERS = ("bot-kawal", "pengembang-1", "peninjau-1")


@dataclass
class Stage:
    """Everything the story needs between its steps; `summary` becomes ringkasan.json."""

    folder: Path
    environ: Mapping[str, str]
    say: Callable[[str], None]
    processes: Processes
    scanner: Scanner
    ports: dict[str, int]
    forge_url: str = ""
    admin_token: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    release_commit: str = ""
    test_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    # --- places ----------------------------------------------------------------------------------------------

    @property
    def home(self) -> Path:
        """Where the Sub Koordinator PA works: kawal.yml, keys, ledger."""
        return self.folder / "kantor"

    @property
    def letters(self) -> Path:
        return self.folder / "surat"

    @property
    def work(self) -> Path:
        return self.folder / "kerja"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def key(self, person: str) -> str:
        return str(self.home / "kunci" / f"{person}.pem")

    # --- acting ----------------------------------------------------------------------------------------------

    def kawal(
        self, *words: str, expect: int = 0, person: str | None = None, quiet: bool = False
    ) -> dict[str, Any]:
        """Runs one kawal command as a user would, shows it, and returns its JSON. BlockedError when it ends otherwise than expected."""
        from kawal.cli.common import Surroundings
        from kawal.cli.main import run

        if not quiet:
            self.say(f"  $ kawal {' '.join(shlex.quote(self._short(word)) for word in words)}")
        around = Surroundings(environ=self.kawal_env(person), cwd=self.home, is_terminal=False)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*words, "--keluaran", "json"], around)
        with (self.folder / "log" / "perintah.log").open("a", encoding="utf-8") as log:
            log.write(f"$ kawal {' '.join(words)}\n{out.getvalue()}{err.getvalue()}[keluar {code}]\n\n")
        if code != expect:
            raise BlockedError(
                "INPUT-099",
                f"demo: kawal {' '.join(words[:3])} berakhir dengan {code}, bukan {expect}",
                found=f"{err.getvalue().strip()}\n{out.getvalue().strip()}"[-3000:],
            )
        envelope: dict[str, Any] = json.loads(out.getvalue())
        return envelope

    def _short(self, word: str) -> str:
        return word.replace(f"{self.folder}/", "")

    def kawal_env(self, person: str | None = None) -> dict[str, str]:
        env = {
            name: self.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in self.environ
        }
        env.update(
            KAWAL_TOKEN=self.tokens.get("bot-kawal", ""),
            KAWAL_SANDI_BERKAS=str(self.home / "sandi.txt"),
            KAWAL_TANPA_TANYA="1",
        )
        if person:
            env["KAWAL_KUNCI"] = self.key(person)
        return env

    def git(
        self, *words: str, user: str, cwd: Path | None = None, expect_ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """git as `user`, without anybody's configuration."""
        self.work.mkdir(parents=True, exist_ok=True)
        env = {
            "PATH": self.environ.get("PATH", os.defpath),
            "HOME": str(self.work),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": user,
            "GIT_AUTHOR_EMAIL": f"{user}@contoh.go.id",
            "GIT_COMMITTER_NAME": user,
            "GIT_COMMITTER_EMAIL": f"{user}@contoh.go.id",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {_basic(user, self.tokens[user])}",
            "GIT_CONFIG_KEY_1": "init.defaultBranch",
            "GIT_CONFIG_VALUE_1": "main",
        }
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if expect_ok and done.returncode != 0:
            raise BlockedError("FORGE-020", f"demo: git {words[0]} gagal", found=done.stderr[-800:])
        return done

    def gitlab(self, user: str) -> Any:
        """python-gitlab as `user`, unmodified."""
        import gitlab

        return gitlab.Gitlab(self.forge_url, private_token=self.tokens[user], timeout=60)

    # --- servers ---------------------------------------------------------------------------------------------

    def start_forge(self) -> None:
        self.admin_token = secrets.token_urlsafe(24)
        runners = self.folder / "runner.json"
        system = ["/usr/local/bin", "/usr/bin", "/bin"]
        here = str(Path(sys.executable).parent)
        runners.write_text(
            json.dumps(
                {
                    "parallel": 2,
                    "runners": [
                        {
                            "name": "umum",
                            "id": 1,
                            "tags": ["umum"],
                            "path": [here, *system],
                            "hides": [str(self.folder)],  # keys, tokens, other jobs
                        },
                        {
                            "name": "pa",
                            "id": 2,
                            "tags": ["pa"],
                            "locked": True,
                            "projects": [GROUP],  # no other project of this forge may use PA's tools
                            "path": [here, str(self.scanner.path), *system],
                            "env": {"KAWAL_TOKEN_UJI": self.test_token},
                        },
                    ],
                },
                indent=1,
            ),
            "utf-8",
        )
        argv = [sys.executable, "-m", "kawal_sandbox", "--data", str(self.folder / "forge"), "--port", "0"]
        env = {**self._server_env(), "KAWAL_LATIHAN_TOKEN_ADMIN": self.admin_token}
        ready = self.processes.start("forge", [*argv, "--runner", "--runner-berkas", str(runners)], env=env)
        self.forge_url = ready["url"]
        self.tokens["root"] = self.admin_token

    def start_kawal_server(self) -> None:
        argv = [
            sys.executable,
            "-m",
            "kawal.cli.main",
            "server",
            "--alamat",
            f"127.0.0.1:{self.ports['pintu']}",
        ]
        env = {**self.kawal_env(), "KAWAL_BERKAS": str(self.home / "kawal.yml")}
        self.processes.start("kawal-server", argv, env=env)

    def start_target(self, name: str, target_id: str, environment: str) -> None:
        """A target is a folder and a process of its own; it knows the root key and nothing of the forge."""
        folder = self.folder / f"target-{name}"
        folder.mkdir()
        shutil.copyfile(demo_data_dir() / "mulai_aplikasi.py", folder / "mulai_aplikasi.py")
        shutil.copyfile(self.home / "data" / "kepercayaan.json", folder / "kepercayaan.json")
        config = {
            "schema": 1,
            "target_id": target_id,
            "lingkungan": environment,
            "instance": "latihan",
            "akar": {
                "threshold": 1,
                "kunci": [(self.home / "kunci" / "akar.pub").read_text("ascii").strip()],
            },
            "kepercayaan": str(folder / "kepercayaan.json"),
            "folder": str(folder),
            "alamat": f"127.0.0.1:{self.ports[f'target-{name}']}",
            "token_uji_sha256": hashlib.sha256(self.test_token.encode()).hexdigest()
            if environment == "uji"
            else None,
            "perintah_sesudah": [
                sys.executable,
                "mulai_aplikasi.py",
                str(self.ports[f"aplikasi-{name}"]),
                "data-aplikasi",
            ],
            "batas_byte": 50_000_000,
            "selisih_jam_detik": 60,
        }
        path = folder / "target.json"
        path.write_text(json.dumps(config, indent=1), "utf-8")
        argv = [sys.executable, "-I", "-m", "kawal_target", "terima", "--konfigurasi", str(path)]
        self.processes.start(f"target-{name}", argv, env=self._server_env(), ready_is_json=False)

    def _server_env(self) -> dict[str, str]:
        return {name: self.environ[name] for name in ("PATH", "HOME", "LANG") if name in self.environ}

    def stop(self) -> None:
        self.processes.stop()
        stop_applications(self.folder)


def open_stage(
    folder: Path, environ: Mapping[str, str], say: Callable[[str], None], scanner: Scanner
) -> Stage:
    """An empty stage: what an earlier demo left is stopped and removed."""
    stop_leftovers(folder)
    if folder.exists():
        shutil.rmtree(folder)
    for name in ("kantor", "surat", "kerja", "log", "laporan"):
        (folder / name).mkdir(parents=True)
    (folder / ".gitignore").write_text("*\n", "ascii")
    names = ("pintu", "target-uji", "target-produksi", "aplikasi-uji", "aplikasi-produksi")
    return Stage(folder, environ, say, Processes(folder / "log"), scanner, _free_ports(names))


def stop_leftovers(folder: Path) -> tuple[str, ...]:
    """Ends what `kawal demo --sampai N` left running, and names it. Only processes that this folder lists and that still are ours."""
    listed = folder / "proses.json"
    if not listed.exists():
        return ()
    ended = []
    for name, pid in json.loads(listed.read_text("utf-8")).items():
        command = Path(f"/proc/{pid}/cmdline")
        with contextlib.suppress(OSError, ProcessLookupError):
            if b"kawal" in command.read_bytes():
                os.killpg(pid, signal.SIGTERM)
                wait_for(partial(_gone, pid), 10, f"{name} berhenti")
                ended.append(name)
    stop_applications(folder)
    listed.unlink()
    return tuple(ended)


def stop_applications(folder: Path) -> None:
    """The applications on the targets outlive `kawal-target`, as on a real server; the demo ends them itself."""
    for target in sorted(folder.glob("target-*")):
        if (target / "aplikasi.pid").exists():
            subprocess.run(
                [sys.executable, "mulai_aplikasi.py", "--berhenti"], cwd=target, check=False, timeout=30
            )


def _gone(pid: int) -> bool:
    """Ended, also when nobody has asked for its exit status yet (a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[:1] == ["Z"]


def _free_ports(names: tuple[str, ...]) -> dict[str, int]:
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: int(sock.getsockname()[1]) for name, sock in zip(names, socks, strict=True)}


def _basic(user: str, token: str) -> str:
    import base64

    return base64.b64encode(f"{user}:{token}".encode()).decode()


def http(
    method: str, url: str, *, token: str | None = None, body: Mapping[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """One small JSON request; (status, object)."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 (loopback addresses of the demo)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read())


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {"isi": value}


def wait_for(condition: Callable[[], Any], wait_s: float, what: str) -> Any:
    """The first true value of `condition`; TemporaryError after `wait_s` seconds."""
    deadline = time.monotonic() + wait_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TemporaryError("FORGE-041", f"demo: {what} tidak terjadi dalam {wait_s:.0f} detik")
        time.sleep(0.2)
