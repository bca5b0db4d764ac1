"""Runs the central GitLab template, unchanged, with gitlab-ci-local: an application's repository, doors on loopback, recorded tools."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kawal_checks.gates import GATES
from kawal_checks.model import GateContext, ReportError
from scripted_server import Reply, Request, scripted_server

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "pipeline-templates/gitlab/kawal.yml"
DATA = ROOT / "tests/data/checks"
EVIDENCE = {
    "fungsi": "laporan/fungsi.xml",
    "integrasi": "laporan/integrasi.xml",
    "unit": "laporan/unit.xml",
    "sistem": "laporan/sistem.xml",
    "keamanan-kode": "laporan/keamanan-kode.json",
    "rahasia": "laporan/rahasia.json",
    "dependensi": "laporan/dependensi.json",
    "dokumen": "laporan/dokumen.json",
    "instalasi": "laporan/instalasi.json",
    "beban": "laporan/beban.json",
    "keamanan-aplikasi": "laporan/keamanan-aplikasi.json",
}
OPTIONAL = ("unit", "sistem")
"""Their jobs are there only with their folders."""
# One line a job; `[tim] -> …` are jobs of a child pipeline.
_LINE = re.compile(r"^ (PASS|FAIL|WARN)  (\S+)", re.MULTILINE)
GCL = os.environ.get("KAWAL_GCL") or shutil.which("gitlab-ci-local")
MISSING = next(
    (
        f"{name} tidak terpasang"
        for name, path in (("node", shutil.which("node")), ("rsync", shutil.which("rsync")))
        if not path
    ),
    "",
)
MISSING = MISSING or ("" if GCL else "gitlab-ci-local tidak terpasang: taruh di PATH atau sebut di KAWAL_GCL")


@dataclass
class Run:
    """What gitlab-ci-local says of one pipeline; it has no machine-readable result."""

    exit_code: int
    jobs: dict[str, str]  # job -> PASS | FAIL
    output: str


@dataclass
class Bench:
    folder: Path
    url: str = ""
    opens: bool = False  # what the scripted door of kawal answers
    registry: dict[str, bytes] = field(default_factory=dict)
    installed: list[str] = field(default_factory=list)  # digests that reached the production target
    uploaded: str = ""  # digest of the package that a target was sent last
    target_url: str = ""
    thresholds: dict[str, Any] = field(default_factory=dict)

    @property
    def application(self) -> Path:
        return self.folder / "app"

    def commit(self) -> str:
        return _git(self.application, "rev-parse", "HEAD")

    def run(self, tag: bool = False, template: str | None = None, jobs: tuple[str, ...] = ()) -> Run:
        """A pipeline of the default branch, or of a protected tag."""
        (self.application / ".gitlab-ci.yml").write_text(template or TEMPLATE.read_text("utf-8"))
        if template is not None:
            _commit(self.application)
        variables = {
            "KAWAL_APLIKASI": "e-retribusi-pasar", "KAWAL_AMBANG": str(self.folder / "ambang.json"), "KAWAL_URL_UJI": self.target_url,
            "KAWAL_TARGET_UJI": self.url, "KAWAL_TARGET_PRODUKSI": self.url, "KAWAL_TARGET_PRODUKSI_ID": "produksi-1", "KAWAL_PINTU": self.url,
            "KAWAL_TOKEN_UJI": "token-uji", "KAWAL_PERIKSA_TOKEN": "a", "KAWAL_IZIN_TOKEN": "b", "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_JOB_TOKEN": "c", "CI_PROJECT_ID": "7", "CI_COMMIT_SHA": self.commit(), "CI_COMMIT_REF_PROTECTED": "true", "CI_DEFAULT_BRANCH": "main",
        }  # fmt: skip
        variables |= (
            {"CI_COMMIT_TAG": "v1.0.0", "CI_COMMIT_REF_NAME": "v1.0.0"}
            if tag
            else {"CI_COMMIT_BRANCH": "main"}
        )
        command = [
            str(GCL),
            "--no-color",
            "--shell-isolation",
            "--force-shell-executor",
            "--no-json-schema-validation",
        ]
        command += [
            "--ignore-predefined-vars",
            ",".join(name for name in variables if name.startswith("CI_")),
        ]
        command += [part for name, value in variables.items() for part in ("--variable", f"{name}={value}")]
        command += ["--unset-variable", "CI_COMMIT_BRANCH"] if tag else []
        environ = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        done = subprocess.run(
            [*command, *jobs],
            cwd=self.application,
            env=environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        output = done.stdout + done.stderr
        return Run(
            done.returncode,
            {job: word for word, job in _LINE.findall(output) if word != "WARN" and not job.startswith("[")},
            output,
        )

    def collect(self) -> dict[str, str]:
        """What kawal would record of the main pipeline: its own gates over the artefacts that the jobs left."""
        files = tuple(_git(self.application, "ls-files").splitlines())
        verdicts = {}
        for job, name in EVIDENCE.items():
            if job in OPTIONAL and not (self.application / "uji" / job).is_dir():
                continue
            path = self.application / ".gitlab-ci-local/artifacts" / job / name
            context = GateContext(
                target=self.target_url if job in ("beban", "keamanan-aplikasi") else None,
                files=files if job == "keamanan-kode" else None,
            )
            try:
                gate = GATES[job.replace("-", "_")]
                verdicts[job] = gate.judge_bytes(
                    path.read_bytes() if path.is_file() else b"", self.thresholds, context
                ).verdict
            except ReportError:
                verdicts[job] = "tidak_terbaca"
        self.opens = set(verdicts.values()) == {"lulus"}
        return verdicts

    def answer(self, request: Request, _number: int) -> Reply:
        """The forge's package registry, both targets and kawal's doors."""
        path = request.path.partition("?")[0]
        if path.startswith("/api/v4/") and "/generic/" in path:
            if request.method == "PUT":
                self.registry[path] = request.body
                return Reply(201)
            return Reply(200, self.registry[path], {}) if path in self.registry else Reply(404)
        if path.startswith("/api/v4/"):
            return Reply(200, b"[]")
        if path.startswith("/paket/"):
            self.uploaded = hashlib.sha256(request.body).hexdigest()
            return Reply(201 if self.uploaded == path.rpartition("/")[2] else 400)
        if path == "/izin/periksa":
            word = "terbuka" if self.opens else "terkunci"
            return _json(
                {
                    "keputusan": word,
                    "kode": [],
                    "layar": f"RILIS PRODUKSI {word.upper()}",
                    "catatan": None,
                    "temuan": [],
                }
            )
        if path == "/izin":
            if not self.opens:
                return _json(
                    {"keputusan": "terkunci", "kode": [], "layar": "TERKUNCI", "catatan": None, "temuan": []},
                    403,
                )
            return _json({"keputusan": "terbuka", "izin": {"payload": "x"}, "kepercayaan": {"payload": "y"}})
        if path == "/pasang":
            return self._install(json.loads(request.body))
        return Reply(404)

    def _install(self, order: dict[str, Any]) -> Reply:
        digest = order.get("sha256") or self.uploaded
        production = "izin" in order
        if production:
            self.installed.append(digest)
        receipt = {
            "target_id": "produksi-1" if production else "uji-1",
            "sha256": digest,
            "terpasang": "2026-11-22T00:00:00Z",
        }
        return _json(receipt | ({"jti": "j", "seq": 1} if production else {"jti": None, "seq": None}))


def _json(data: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(data).encode())


GOOD: dict[str, str | None] = {
    "fungsi": str(DATA / "fungsi/lulus.xml"),
    "integrasi": str(DATA / "fungsi/lulus.xml"),
    "unit": str(DATA / "fungsi/lulus.xml"),
    "sistem": str(DATA / "fungsi/lulus.xml"),
    "bandit": None,
    "semgrep": None,
    "keamanan_kode": str(DATA / "keamanan_kode/semgrep-bersih.json"),
    "rahasia": str(DATA / "rahasia/bersih.json"),
    "dependensi": str(DATA / "dependensi/terkunci.json"),
    "dokumen": str(DATA / "dokumen/ada.json"),
    "beban": str(DATA / "beban/lulus.json"),
    "keamanan_aplikasi": str(DATA / "keamanan_aplikasi/wapiti-bersih.json"),
}
GOOD_FILES = ("index.php", "config.php", "load.yml", "uji/fungsi/a.txt")
TARGET = "http://127.0.0.1:18077"  # where the recorded load and scan ran


@contextmanager
def bench(
    folder: Path,
    reports: Mapping[str, str | None],
    files: tuple[str, ...] = GOOD_FILES,
    thresholds: dict[str, Any] | None = None,
    target: str = TARGET,
    source: Path | None = None,
) -> Iterator[Bench]:
    """An application whose tools leave `reports` (a tool that is not named is run for real)."""
    made = Bench(folder, target_url=target)
    base = json.loads((DATA / "beban/lulus.json.harap.json").read_text("utf-8"))["ambang"]
    made.thresholds = {**base, **(thresholds or {})}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ambang.json").write_text(json.dumps(made.thresholds))
    if source is not None:
        shutil.copytree(source, made.application, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    made.application.mkdir(parents=True, exist_ok=True)
    for name in files if source is None else ():
        (made.application / name).parent.mkdir(parents=True, exist_ok=True)
        (made.application / name).write_text("schema: 1\n" if name.endswith(".yml") else "")
    write_programs(folder / "bin", reports)
    _git(made.application, "init", "--quiet", "--initial-branch=main")
    _git(made.application, "remote", "add", "origin", "https://gitlab.contoh.go.id/grup/app.git")
    (made.application / ".gitignore").write_text(".gitlab-ci-local/\nlaporan/\n__pycache__/\n")
    (made.application / ".gitlab-ci.yml").write_text(TEMPLATE.read_text("utf-8"))
    _commit(made.application)
    with scripted_server(made.answer) as server:
        made.url = server.url
        yield made


# The words that tell a tool, and the option that names its report.
TOOLS: dict[str, tuple[str, str]] = {
    "fungsi": ("* uji/fungsi *", "--junitxml="),
    "integrasi": ("* uji/integrasi *", "--junitxml="),
    "unit": ("* uji/unit *", "--junitxml="),
    "sistem": ("* uji/sistem *", "--junitxml="),
    "bandit": ("* jalankan-bandit *", "--keluar"),
    "semgrep": ("* jalankan-semgrep *", "--keluar"),
    "keamanan_kode": ("* satukan *", "--keluar"),
    "rahasia": ("* periksa-pohon * laporan/rahasia.json *", "--keluar"),
    "dependensi": ("* periksa-pohon * laporan/dependensi.json *", "--keluar"),
    "dokumen": ("* periksa-pohon * laporan/dokumen.json *", "--keluar"),
    "instalasi": ("* pasang-uji *", "--keluar"),
    "beban": ("* kawal_load *", "--keluar"),
    "keamanan_aplikasi": ("* -u http*", "-o"),  # wapiti
}
PLAYER = """#!/bin/sh
# Stands on PATH as a tool: the words of a test tool hand in a recorded report (or none, as a tool that died); the rest is real.
play() {
  report=$1 option=$2 target= before=
  shift 2
  for word in "$@"; do
    case $option in *=) case $word in "$option"*) target=${word#"$option"} ;; esac ;; esac
    [ "$before" = "$option" ] && target=$word
    before=$word
  done
  [ -z "$report" ] || { mkdir -p "$(dirname "$target")" && cp "$report" "$target"; }
  exit $?
}
case " $* " in
@ROWS@
esac
exec "@REAL@" "$@"
"""


def write_programs(folder: Path, reports: Mapping[str, str | None]) -> None:
    """`python` and `wapiti` of one scenario: tools named in `reports` are played, others run for real."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(
        f'  {TOOLS[name][0].replace(" ", chr(92) + " ")}) play {shlex.quote(path or "")} {TOOLS[name][1]} "$@" ;;'
        for name, path in reports.items()
    )
    wapiti = os.environ.get("KAWAL_WAPITI") or shutil.which("wapiti") or "/tidak-ada/wapiti"
    for name, real in (("python", sys.executable), ("wapiti", wapiti)):
        program = folder / name
        program.write_text(PLAYER.replace("@ROWS@", rows).replace("@REAL@", str(real)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)


def _commit(folder: Path) -> None:
    _git(folder, "add", "-A")
    _git(folder, "commit", "--quiet", "--allow-empty", "-m", "ubah")
    _git(folder, "update-ref", "refs/remotes/origin/main", "main")
    _git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")


def _git(folder: Path, *arguments: str) -> str:
    who = {
        f"GIT_{role}_{what}": "tim@contoh.go.id"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
