"""A small office for tests: the embedded forge with its runners, templates, trust and people; applications on request. Cheaper than the demo."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from forge_latihan import Answer as Reply
from forge_latihan import ForgeLatihan
from kawal.cli.common import Surroundings
from kawal.cli.main import run
from kawal.demo import prepare
from kawal.demo.develop import FINISHED
from kawal.demo.pdf import letter_pdf
from kawal.demo.scanner import READY, Scanner
from kawal.demo.stage import Stage, open_stage, wait_for
from kawal.resources import demo_data_dir

PIPELINE_S = 180.0
PARAMETERS = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
Edit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Said:
    """What one command line answered."""

    code: int
    envelope: dict[str, Any]
    err: str

    @property
    def data(self) -> dict[str, Any]:
        value: dict[str, Any] = self.envelope["data"]
        return value

    @property
    def findings(self) -> list[dict[str, Any]]:
        value: list[dict[str, Any]] = self.envelope["temuan"]
        return value

    @property
    def codes(self) -> list[str]:
        return [one["kode"] for one in self.findings]


@dataclass
class Kantor:
    """Acts in the office as its people do."""

    stage: Stage
    approvals: int = 0
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)

    # --- commands --------------------------------------------------------------------------------------------

    def environ(self, person: str | None = None, **more: str) -> dict[str, str]:
        return {**self.stage.kawal_env(person), **more}

    def kawal(self, *words: str, person: str | None = None, **environ: str) -> Said:
        """One command line in the office's folder, as `person` with the bot's token; never raises for what a user can cause."""
        around = Surroundings(self.environ(person, **environ), self.stage.home, is_terminal=False)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*words, "--keluaran", "json"], around)
        text = out.getvalue()
        return Said(code, json.loads(text) if text.strip() else {}, err.getvalue())

    def must(self, *words: str, person: str | None = None, expect: int = 0) -> Said:
        said = self.kawal(*words, person=person)
        assert said.code == expect, f"kawal {' '.join(words)}: {said.code}\n{said.err}\n{said.envelope}"
        return said

    @contextmanager
    def process(
        self, *words: str, person: str | None = None, **environ: str
    ) -> Iterator[subprocess.Popen[str]]:
        """The same as a process of its own, for tests that kill or interrupt it; gone at the end of the block."""
        popen = subprocess.Popen(
            [sys.executable, "-m", "kawal.cli.main", *words],
            cwd=self.stage.home,
            env=self.environ(person, **environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with popen:
            try:
                yield popen
            finally:
                popen.kill()

    def next_second(self) -> None:
        """Records are dated by the second, and of two of the same second a refusal outweighs an approval."""
        then = int(time.time())
        wait_for(lambda: int(time.time()) > then, 2, "detik berikutnya")

    def ledger_types(self) -> list[str]:
        """Types of the ledger's rows, oldest first, read past kawal."""
        with contextlib.closing(sqlite3.connect(self.stage.home / "data" / "ledger.sqlite3")) as db:
            return [row[0] for row in db.execute("SELECT type FROM entries ORDER BY seq")]

    def ledger_size(self) -> int:
        return len(self.ledger_types())

    # --- applications ----------------------------------------------------------------------------------------

    def request_file(self, app_id: str, edit: Edit | None = None) -> Path:
        """The demo's request under another id, changed by `edit`, with letters of its own beside it."""
        folder = self.stage.letters / app_id
        folder.mkdir(parents=True, exist_ok=True)
        wanted = yaml.safe_load((demo_data_dir() / "permohonan.yml").read_text("utf-8"))
        wanted.update(id=app_id, nama=f"Aplikasi {app_id}")  # a group has one project of each name
        wanted["surat"]["nomor"] = f"500.2/{app_id}/2026"
        for name, lines in prepare.LETTERS.items():
            (folder / name).write_bytes(letter_pdf([app_id, *lines]))
        if edit:
            edit(wanted)
        self.requests[app_id] = wanted
        path = folder / "permohonan.yml"
        path.write_text(yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True), "utf-8")
        return path

    def requested(self, app_id: str, edit: Edit | None = None) -> Path:
        """Asked for, and the first step done; the folder of its letters."""
        path = self.request_file(app_id, edit)
        self.must("permohonan", "ajukan", str(path), person="p-pemohon")
        plan = f"rencana_pengembangan_aplikasi={path.parent / 'rencana-pengembangan.pdf'}"
        self.must("langkah", "selesai", app_id, "1", "--bukti", plan, person="p-pemohon")
        return path.parent

    def approved(self, app_id: str, *options: str, edit: Edit | None = None) -> Said:
        """Requested and approved; provisioned too, unless `options` say otherwise."""
        folder = self.requested(app_id, edit)
        return self.must("setujui", app_id, *self.letter_words(folder), *options, person="p-tata-kelola")

    def letter_words(self, folder: Path) -> list[str]:
        self.approvals += 1
        today = datetime.now(UTC).date().isoformat()
        number = f"050/{self.approvals}/KOMINFO/2026"
        return ["--surat", str(folder / "clearance.pdf"), "--nomor", number, "--tanggal", today]

    def evidence(self, *kinds: str) -> list[str]:
        words = []
        for kind in kinds:
            path = self.stage.letters / f"{kind}.pdf"
            path.write_bytes(letter_pdf([kind]))
            words += ["--bukti", f"{kind}={path}"]
        return words

    # --- the forge -------------------------------------------------------------------------------------------

    def end_state(self, app_id: str) -> dict[str, Any]:
        """The end state of a project by raw HTTP, without ids and times."""
        found = self.api("GET", f"/projects?search={app_id}&simple=false")
        (project,) = [one for one in found if one["path"] == app_id]
        id_ = project["id"]

        def names(path: str, key: str) -> list[str]:
            rows = self.forge().all(f"/projects/{id_}/{path}")
            return sorted(str(one[key]).replace(app_id, "ID") for one in rows)

        return {
            "proyek": len([one for one in found if one["path"] == app_id]),
            "cabang": project["default_branch"],
            "ci": project["ci_config_path"],
            "label": names("labels", "name"),
            "tonggak": names("milestones", "title"),
            "isu": names("issues", "title"),
            "tutup": sorted(one["state"] for one in self.forge().all(f"/projects/{id_}/issues")),
            "anggota": names("members/all", "username"),
            "variabel": names("variables", "key"),
            "webhook": len(self.forge().all(f"/projects/{id_}/hooks")),
            "lindung": names("protected_branches", "name") + names("protected_tags", "name"),
            "commit": len(self.forge().all(f"/projects/{id_}/repository/commits")),
        }

    def forge(self) -> ForgeLatihan:
        """Raw HTTP at the forge. It is the demo's process: nothing here stops it."""
        process = self.stage.processes.running[0].popen
        return ForgeLatihan(self.stage.forge_url, self.stage.admin_token, process)  # type: ignore[arg-type]

    def api(self, method: str, path: str, body: Any = None, *, user: str = "root") -> Any:
        return self.forge().ok(method, path, body, token=self.stage.tokens[user])

    def answer(self, method: str, path: str, body: Any = None, *, user: str = "root") -> Reply:
        return self.forge().call(method, path, body, token=self.stage.tokens[user])

    def clone(self, project_id: int, name: str, user: str = "pengembang-1") -> Path:
        """A fresh clone of a project in a folder of its own."""
        url = self.api("GET", f"/projects/{project_id}")["http_url_to_repo"]
        repo = self.stage.work / name
        self.stage.git("clone", "--quiet", url, str(repo), user=user)
        return repo

    def pushed(
        self, repo: Path, branch: str, files: Mapping[str, str | bytes], user: str = "pengembang-1"
    ) -> str:
        """Commits `files` on a new branch off main and pushes it; the head."""
        self.stage.git("fetch", "--quiet", "origin", user=user, cwd=repo)
        self.stage.git("checkout", "--quiet", "-B", branch, "origin/main", user=user, cwd=repo)
        for path, text in files.items():
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        self.stage.git("add", "--all", user=user, cwd=repo)
        self.stage.git("commit", "--quiet", "-m", f"Cabang {branch}", user=user, cwd=repo)
        self.stage.git("push", "--quiet", "origin", branch, user=user, cwd=repo)
        return self.stage.git("rev-parse", "HEAD", user=user, cwd=repo).stdout.strip()

    def merge_request(self, project_id: int, branch: str, user: str = "pengembang-1") -> int:
        body = {"source_branch": branch, "target_branch": "main", "title": branch}
        return int(self.api("POST", f"/projects/{project_id}/merge_requests", body, user=user)["iid"])

    def approve_head(self, project_id: int, iid: int, user: str = "peninjau-1") -> None:
        head = self.api("GET", f"/projects/{project_id}/merge_requests/{iid}", user=user)["sha"]
        path = f"/projects/{project_id}/merge_requests/{iid}/approve"
        self.api("POST", path, {"sha": head}, user=user)

    def finished(self, project_id: int, *, ref: str | None = None, iid: int | None = None) -> dict[str, Any]:
        """The newest pipeline of a ref or a merge request, once it has finished."""

        def look() -> Any:
            if iid is not None:
                found = self.api("GET", f"/projects/{project_id}/merge_requests/{iid}/pipelines")
            else:
                found = self.api("GET", f"/projects/{project_id}/pipelines?ref={ref}")
            newest = max(found, key=lambda one: one["id"], default=None)
            return newest if newest and newest["status"] in FINISHED else None

        value: dict[str, Any] = wait_for(look, PIPELINE_S, f"pipeline {ref or iid} selesai")
        return value

    def jobs(self, project_id: int, pipeline_id: int) -> dict[str, dict[str, Any]]:
        rows = self.api("GET", f"/projects/{project_id}/pipelines/{pipeline_id}/jobs?per_page=100")
        return {one["name"]: one for one in rows}

    def trace(self, project_id: int, job: Mapping[str, Any]) -> str:
        return self.answer("GET", f"/projects/{project_id}/jobs/{job['id']}/trace").body.decode()


@contextmanager
def small_office(folder: Path) -> Iterator[Kantor]:
    """Forge with runners, people, templates and trust; no scanner, no server, no targets (start them with `kantor.stage`)."""
    home = folder / "rumah"
    home.mkdir(parents=True)
    no_scanner = folder / "tanpa-pemindai"
    (no_scanner / "wapiti").mkdir(parents=True)
    (no_scanner / "wapiti" / READY).touch()  # nothing is installed, so `wapiti` is simply not there
    environ = {**PARAMETERS, "HOME": str(home)}
    stage = open_stage(folder / "kantor", environ, lambda _: None, Scanner(no_scanner, environ))
    try:
        prepare.forge(stage)
        prepare.office(stage)
        yield Kantor(stage)
    finally:
        stage.stop()
        shutil.rmtree(folder / "kantor" / "forge", ignore_errors=True)
