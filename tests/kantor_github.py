"""A small office on the GitHub facade: an organisation, its PA runner, people, templates and trust; runs are placed, not executed.

What a job of PA's runner would do is done by the very commands of the template in this process, with the environment that GitHub
gives a job; reports of long tools were recorded from them. Only that GitHub itself scheduled anything is nobody's claim.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from forge_latihan import ForgeLatihan
from github_runs import CALLER, TEAM_CALLER, Placed, called, end_job, go_on, place_run
from kantor import PARAMETERS, Said
from kawal.demo import prepare
from kawal.demo.pdf import letter_pdf
from kawal.demo.scanner import READY, Scanner
from kawal.demo.stage import APP, Stage, open_stage
from kawal.resources import demo_data_dir
from kawal.services.templates import PROJECT, template_jobs
from kawal.sop.loader import BUILTIN

RECORDED = Path(__file__).parent / "data" / "checks"
REPORTS = {
    "fungsi": "fungsi/lulus.xml",
    "integrasi": "fungsi/lulus.xml",
    "beban": "beban/lulus.json",
    "keamanan_aplikasi": "keamanan_aplikasi/wapiti-bersih.json",
}
"""Recorded reports, by test. The others are made on the spot: they name the very files or bytes."""
RECORDED_URL = "http://127.0.0.1:18077"
"""The address that the recorded load and scan reports speak of."""
PA_RUNNER = 2


@dataclass
class KantorGitHub:
    """Acts in the office as its people, and on the facade as GitHub."""

    stage: Stage
    org: str
    project_id: int = 0
    template_commit: str = ""
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def forge(self) -> ForgeLatihan:
        process = self.stage.processes.running[0].popen
        return ForgeLatihan(self.stage.forge_url, self.stage.admin_token, process)  # type: ignore[arg-type]

    def kawal(self, *words: str, person: str | None = None) -> Said:
        """One command line, whatever its exit code."""
        from kawal.cli.common import Surroundings
        from kawal.cli.main import run

        around = Surroundings(self.stage.kawal_env(person), self.stage.home, is_terminal=False)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*words, "--keluaran", "json"], around)
        return Said(code, json.loads(out.getvalue()) if out.getvalue().strip() else {}, err.getvalue())

    def must(self, *words: str, person: str | None = None, expect: int = 0) -> Said:
        said = self.kawal(*words, person=person)
        assert said.code == expect, f"kawal {' '.join(words)}: {said.code}\n{said.err}\n{said.envelope}"
        return said

    def rest(self, method: str, path: str, body: Any = None, *, user: str) -> Any:
        """One request to the GitHub facade as somebody; AssertionError with GitHub's words when it is refused."""
        request = urllib.request.Request(
            f"{self.stage.forge_url}/api/v3{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.stage.tokens[user]}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                raw = reply.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None
        return json.loads(raw) if raw else None

    @property
    def repo(self) -> str:
        return f"/repositories/{self.project_id}"

    # --- the team ------------------------------------------------------------------------------------------------

    def accept_invitations(self) -> None:
        for user in ("pengembang-1", "peninjau-1"):
            for one in self.rest("GET", "/user/repository_invitations", user=user):
                self.rest("PATCH", f"/user/repository_invitations/{one['id']}", user=user)

    def clone(self, name: str = "app") -> Path:
        folder = self.stage.work / name
        url = f"{self.stage.forge_url}/{self.org}/{APP}.git"
        self.stage.git("clone", "--quiet", url, str(folder), user="pengembang-1")
        return folder

    def pull(self, repo: Path, branch: str, files: Mapping[str, bytes]) -> tuple[int, str]:
        """A pull request of the developer with these files; (number, head)."""
        git = self.stage.git
        git("fetch", "--quiet", "origin", user="pengembang-1", cwd=repo)
        git("checkout", "--quiet", "-B", branch, "origin/main", user="pengembang-1", cwd=repo)
        for path, content in files.items():
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_bytes(content)
        git("add", "--all", user="pengembang-1", cwd=repo)
        git("commit", "--quiet", "-m", f"Cabang {branch}", user="pengembang-1", cwd=repo)
        git("push", "--quiet", "origin", branch, user="pengembang-1", cwd=repo)
        head = git("rev-parse", "HEAD", user="pengembang-1", cwd=repo).stdout.strip()
        body = {"title": branch, "head": branch, "base": "main"}
        made = self.rest("POST", f"{self.repo}/pulls", body, user="pengembang-1")
        return int(made["number"]), head

    def approve(self, number: int, head: str) -> None:
        body = {"event": "APPROVE", "commit_id": head}
        self.rest("POST", f"{self.repo}/pulls/{number}/reviews", body, user="peninjau-1")

    # --- GitHub --------------------------------------------------------------------------------------------------

    @property
    def template(self) -> dict[str, str]:
        return called(f"{self.org}/{PROJECT}/{CALLER}", self.template_commit)

    def user_id(self, name: str) -> int:
        return int(self.rest("GET", f"/users/{name}", user=name)["id"])

    def green_pull(self, branch: str, head: str) -> None:
        """Both workflows of a pull request succeeded."""
        for path in (CALLER, TEAM_CALLER):
            place_run(
                self.forge,
                self.project_id,
                sha=head,
                branch=branch,
                event="pull_request",
                path=path,
                templates=[self.template],
                actor=self.user_id("pengembang-1"),
            )

    def main_runs(self, sha: str, made: Mapping[str, Mapping[str, bytes]]) -> None:
        """What a push of `sha` to main leaves: one run of the team's code, one of PA's tools."""
        for runner, path in (("umum", TEAM_CALLER), ("pa", CALLER)):
            artifacts, jobs = {}, []
            for one in template_jobs("github"):
                if one.runner != runner:
                    continue
                jobs.append(
                    {"name": f"kawal / {one.pekerjaan}", "runner_id": PA_RUNNER if runner == "pa" else 1}
                )
                recorded = {one.artefak: RECORDED / REPORTS[one.uji]} if one.uji in REPORTS else {}
                left = {
                    **{name: path.read_bytes() for name, path in recorded.items()},
                    **made.get(one.uji, {}),
                }
                if (
                    left
                ):  # GitHub makes no artefact of an empty folder: tests that need not be there leave none
                    artifacts[one.pekerjaan] = left
            place_run(
                self.forge,
                self.project_id,
                sha=sha,
                path=path,
                templates=[self.template],
                jobs=jobs,
                artifacts=artifacts,
                actor=self.user_id("bot-kawal"),
            )

    def gate_and_release(self, run: Placed | None, tag: str, sha: str) -> Placed:
        """The two jobs of a tag's run, both at work: a first run, or what was left of an earlier one, run again."""
        jobs = [
            {
                "name": f"kawal / {name}",
                "runner_id": PA_RUNNER,
                "status": "in_progress",
                "id_token": True,
                **({"environment": "production"} if name == "rilis" else {}),
            }
            for name in ("gerbang", "rilis")
        ]
        if run is not None:
            return go_on(self.forge, run.id, jobs=jobs, status="in_progress")
        return place_run(
            self.forge,
            self.project_id,
            sha=sha,
            branch=tag,
            templates=[self.template],
            jobs=jobs,
            actor=self.user_id("bot-kawal"),
            status="in_progress",
        )

    def finish(self, run: Placed, conclusion: str) -> None:
        for job_id in run.jobs.values():
            end_job(self.forge, job_id, conclusion)
        go_on(self.forge, run.id, status="completed", conclusion=conclusion)

    # --- what a job does -----------------------------------------------------------------------------------------

    def job(self, folder: Path, *words: str, token: Mapping[str, str] | None = None) -> int:
        """One line of the template, run in `folder` with the environment of a job."""
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "KAWAL_APLIKASI": APP,
            "KAWAL_TOKEN_UJI": self.stage.test_token,
            "KAWAL_AMBANG": str(self._thresholds()),
            **(token or {}),
        }
        done = subprocess.run(
            [sys.executable, "-I", "-m", "kawal_checks", *words],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in (0, 3), f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.returncode

    def _thresholds(self) -> Path:
        """What the template writes to the runner's own folder: the repository's variable as a file."""
        path = self.stage.folder / "ambang.json"
        found = self.rest("GET", f"{self.repo}/actions/variables/KAWAL_AMBANG", user="bot-kawal")
        path.write_text(found["value"], "utf-8")
        return path

    def made_on_the_spot(self, repo: Path, sha: str) -> dict[str, dict[str, bytes]]:
        """All that is quick, for real: Bandit, the look at the tree, packing, installing. Test -> what its artefact holds."""
        self.stage.git("fetch", "--quiet", "origin", user="pengembang-1", cwd=repo)
        self.stage.git("checkout", "--quiet", "--detach", sha, user="pengembang-1", cwd=repo)
        out = repo / "laporan"
        out.mkdir(exist_ok=True)
        package = ("--berkas", "laporan/paket.tar")
        for words in (
            ("jalankan-bandit", "--sumber", ".", "--keluar", "laporan/bandit.json"),
            (
                "satukan",
                "--dari",
                "laporan/bandit.json",
                "--sumber",
                ".",
                "--keluar",
                "laporan/keamanan-kode.json",
            ),
            ("periksa-pohon", "--sumber", ".", "--keluar", "laporan/pohon.json"),
            ("kemas", "--sumber", ".", *package, "--keluar", "laporan/kemas.json"),
            (
                "pasang-uji",
                "--target",
                self.stage.url("target-uji"),
                *package,
                "--keluar",
                "laporan/instalasi.json",
            ),
        ):
            assert self.job(repo, *words) == 0, words
        found = {path.name: path.read_bytes() for path in out.iterdir()}
        shutil.rmtree(out)
        return {
            "keamanan_kode": {"keamanan-kode.json": found["keamanan-kode.json"]},
            "kemas": {name: found[name] for name in ("kemas.json", "paket.tar")},
            "instalasi": {"instalasi.json": found["instalasi.json"]},
            **{uji: {f"{uji}.json": found["pohon.json"]} for uji in ("rahasia", "dependensi", "dokumen")},
        }


def application() -> dict[str, bytes]:
    """The demo's application, as the team brings it."""
    root = demo_data_dir() / "aplikasi"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@contextmanager
def github_office(folder: Path, *, plan: str = "team", held: str = "ditegakkan") -> Iterator[KantorGitHub]:
    """Forge, organisation on `plan`, people, settings, templates, trust, doors and both targets."""
    home = folder / "rumah"
    home.mkdir(parents=True)
    no_scanner = folder / "tanpa-pemindai"
    (no_scanner / "wapiti").mkdir(parents=True)
    (no_scanner / "wapiti" / READY).touch()
    environ = {**PARAMETERS, "HOME": str(home)}
    stage = open_stage(folder / "kantor", environ, lambda _: None, Scanner(no_scanner, environ))
    office = KantorGitHub(stage, org="dinas-kominfo")
    try:
        prepare.forge(stage)
        forge = office.forge
        for user in stage.gitlab("root").users.list(iterator=True):
            # As most people on GitHub have it: the address is shown to nobody, and only GitHub knows whose it is.
            forge.ok("PUT", f"/users/{user.id}", {"public_email": ""})
        forge.ok("POST", "/groups", {"path": office.org, "name": office.org}, token=stage.tokens["bot-kawal"])
        forge.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": office.org, "paket": plan})
        _settings(office, held)
        pinned = office.must("templat", "pasang").data
        office.template_commit = pinned["commit"]
        runner = {"organisasi": office.org, "id": PA_RUNNER, "name": "pa", "labels": ["self-hosted", "pa"]}
        # PA's runner takes the pinned workflow alone.
        only = [f"{office.template['path']}"] if plan == "team" else []
        forge.ok("POST", "/kawal_latihan/github/runners", {**runner, "workflows": only})
        office.must("kepercayaan", "buat", "--orang", "orang.yml", "--buat-kunci")
        stage.start_kawal_server()
        stage.start_target("uji", "uji-1", "uji")
        stage.start_target("produksi", "produksi-1", "production")
        yield office
    finally:
        stage.stop()
        shutil.rmtree(folder / "kantor" / "forge", ignore_errors=True)


def _settings(office: KantorGitHub, held: str) -> None:
    stage = office.stage
    value = {
        "schema": 1,
        "instansi": "latihan",
        "profil": prepare.profile_of_request(),
        "forge": {"jenis": "github", "url": stage.forge_url, "perlindungan": held},
        "grup": office.org,
        "grup_pa": office.org,
        "data": "data",
        "kebijakan": "kebijakan.yml",
        "pintu": stage.url("pintu"),
        "target": {
            "uji": {"id": "uji-1", "pintu": stage.url("target-uji"), "aplikasi": RECORDED_URL},
            "produksi": {
                "id": "produksi-1",
                "pintu": stage.url("target-produksi"),
                "aplikasi": stage.url("aplikasi-produksi"),
            },
        },
        "runner_pa": [PA_RUNNER],
    }
    (stage.home / "kawal.yml").write_text(yaml.safe_dump(value, sort_keys=False), "utf-8")
    shutil.copyfile(BUILTIN / "kebijakan-contoh.yml", stage.home / "kebijakan.yml")
    shutil.copyfile(demo_data_dir() / "orang.yml", stage.home / "orang.yml")
    (stage.home / "sandi.txt").write_text("frasa sandi untuk uji saja\n", "utf-8")
    (stage.home / "sandi.txt").chmod(0o600)


def ask_and_approve(office: KantorGitHub) -> Said:
    """The request with thresholds that fit the recorded reports, its first step, and the approving letter."""
    letters = office.stage.letters
    wanted = yaml.safe_load((demo_data_dir() / "permohonan.yml").read_text("utf-8"))
    wanted["uji"] |= {"fungsi": {"min": 1}, "integrasi": {"min": 1}}
    wanted["uji"]["beban"]["titik"] = wanted["uji"]["beban"]["titik"][:1]
    for name, lines in prepare.LETTERS.items():
        (letters / name).write_bytes(letter_pdf(lines))
    (letters / "permohonan.yml").write_text(yaml.safe_dump(wanted, sort_keys=False), "utf-8")
    office.must("permohonan", "ajukan", str(letters / "permohonan.yml"), person="p-pemohon")
    plan = f"rencana_pengembangan_aplikasi={letters / 'rencana-pengembangan.pdf'}"
    office.must("langkah", "selesai", APP, "1", "--bukti", plan, person="p-pemohon")
    today = datetime.now(UTC).date().isoformat()
    letter = ["--surat", str(letters / "clearance.pdf"), "--nomor", "050/1/KOMINFO/2026", "--tanggal", today]
    said = office.must("setujui", APP, *letter, person="p-tata-kelola")
    office.project_id = said.data["proyek_id"]
    return said


__all__ = ["KantorGitHub", "application", "ask_and_approve", "github_office"]
