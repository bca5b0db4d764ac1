"""An office that follows one SOP on the embedded forge: kawal's own commands, persons per role, documents made on the spot."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from forge_latihan import ForgeLatihan, enc
from kawal.cli.common import Surroundings
from kawal.cli.main import run
from kawal.demo.pdf import letter_pdf
from kawal.services.office import Office
from kawal.settings import load_settings
from kawal.sop.loader import BUILTIN, load_overlay, load_profiles
from kawal.sop.procedure import Procedure, procedure_for
from kawal.sop.signatories import signed_words
from kawal.sop.workflow import evidence_for

DATA = Path(__file__).parents[1] / "data" / "checks"
APP_URL = "http://127.0.0.1:18077"
"""The address that the recorded load and scan reports speak of."""
NOWHERE = "http://127.0.0.1:9"
VERSION = "v1.0.0"
FINISHED = ("success", "failed", "canceled", "skipped")
THRESHOLDS = {
    "fungsi": {"min": "1"},
    "integrasi": {"min": "1"},
    "beban": {
        "detik": "8",
        "pengguna": "10",
        "laju": "10",
        "titik": [
            {
                "nama": "GET /tarif",
                "metode": "GET",
                "jalur": "/tarif",
                "p95_ms": "800",
                "p99_ms": "2000",
                "galat_persen": "1",
                "rps_min": "1",
                "permintaan_min": "20",
            }
        ],
    },
    "keamanan_kode": {"kritis": "0", "tinggi": "0", "sedang": "0"},
    "keamanan_aplikasi": {"kritis": "0", "tinggi": "0", "sedang": "0", "halaman_min": "3"},
    "uat": [{"id": "UAT-1", "judul": "Petugas melihat tarif"}],
}


def runners_file(folder: Path, recorded: Path) -> Path:
    """Two runners whose `python` and `wapiti` play recorded reports back."""
    tools = folder / "alat"
    tools.mkdir()
    source = (Path(__file__).parent / "pemutar.py").read_text("utf-8")
    for name in ("python", "wapiti"):
        (tools / name).write_text(f"#!{sys.executable} -I\n{source}", "utf-8")
        (tools / name).chmod(0o755)
    path = ["/usr/local/bin", "/usr/bin", "/bin"]
    env = {"KAWAL_REKAMAN": str(recorded), "KAWAL_PYTHON": sys.executable}
    runners = [
        {"name": name, "id": number, "tags": [name], "path": [str(tools), *path], "env": env}
        for number, name in ((1, "umum"), (2, "pa"))
    ]
    made = folder / "runner.json"
    made.write_text(json.dumps({"parallel": 2, "runners": runners}), "utf-8")
    return made


@dataclass
class KantorSop:
    """`kawal.yml` of one profile; every person holds one role: `p-<role>`."""

    folder: Path
    forge: ForgeLatihan
    profile_id: str
    profile_dir: Path | None = None
    limit: int | None = None
    """Creations an hour that kawal.yml says the forge takes."""
    door: str = NOWHERE
    target: str = NOWHERE
    decisions: tuple[dict[str, Any], ...] = ()
    """More decisions of the Dinas, beside those of the example."""
    acting: tuple[str, ...] = ()
    """Roles that are held by an acting official (Plt.)."""
    counter: int = 0
    log: list[str] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """Decisions of the SOP that were taken, as (step, answer)."""

    @cached_property
    def procedure(self) -> Procedure:
        extra = [self.profile_dir] if self.profile_dir else []
        return procedure_for(load_profiles(extra)[self.profile_id].value, load_overlay().value)

    # --- setting up --------------------------------------------------------------------------------------------

    def open(self) -> KantorSop:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("bot-kawal", "pengembang-1", "peninjau-1"):
            self.forge.user(name)
        (self.folder / "sandi.txt").write_text("frasa sandi untuk uji saja\n", "utf-8")
        decided = yaml.safe_load((BUILTIN / "kebijakan-contoh.yml").read_bytes())
        self._yaml("kebijakan.yml", {**decided, "daftar": [*decided["daftar"], *self.decisions]})
        settings = {
            "schema": "1",
            "instansi": f"dinas-{self.profile_id}",
            "profil": self.profile_id,
            "forge": {
                "jenis": "gitlab",
                "url": self.forge.url,
                **({"batas_per_jam": str(self.limit)} if self.limit else {}),
            },
            "grup": f"aplikasi-{self.profile_id}",
            "grup_pa": "pa",
            "kebijakan": "kebijakan.yml",
            "pintu": self.door,
            "target": {
                "uji": {"id": "uji-1", "pintu": NOWHERE, "aplikasi": APP_URL},
                "produksi": {"id": "produksi-1", "pintu": self.target},
            },
            "runner_pa": ["2"],
        }
        if self.profile_dir:
            settings["profil_dir"] = str(self.profile_dir)
        self._yaml("kawal.yml", settings)
        roles = [*self.procedure.roles, "peninjau"]
        accounts = {"tim_pengembang": "pengembang-1", "tim": "pengembang-1", "peninjau": "peninjau-1"}
        if "tim" in roles:
            del accounts["tim_pengembang"]
        persons = [
            {
                "id": person(role),
                "peran": [
                    {
                        "peran": role,
                        "mulai": "2026-01-01",
                        **({"status": "plt", "surat": "SP 800/7/2026"} if role in self.acting else {}),
                    }
                ],
                **({"pengguna_forge": [accounts[role]]} if role in accounts else {}),
            }
            for role in roles
        ]
        self._yaml("orang.yml", {"schema": "1", "akar": {"ambang": "1"}, "orang": persons})
        self.kawal("templat", "pasang")
        self.kawal("kepercayaan", "buat", "--orang", "orang.yml", "--buat-kunci")
        return self

    def _yaml(self, name: str, value: Any) -> Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "utf-8")
        return path

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """The door of this office and its production target, as processes of their own."""
        folder = self.folder / "target"
        folder.mkdir()
        config = {
            "schema": 1,
            "target_id": "produksi-1",
            "lingkungan": "production",
            "instance": f"dinas-{self.profile_id}",
            "akar": {
                "threshold": 1,
                "kunci": [(self.folder / "kunci" / "akar.pub").read_text("ascii").strip()],
            },
            "kepercayaan": str(folder / "kepercayaan.json"),
            "folder": str(folder),
            "alamat": self.target.removeprefix("http://"),
            "token_uji_sha256": None,
            "perintah_sesudah": None,
            "batas_byte": 50_000_000,
            "selisih_jam_detik": 60,
        }
        (folder / "target.json").write_text(json.dumps(config), "utf-8")
        shutil.copyfile(self.folder / "data" / "kepercayaan.json", folder / "kepercayaan.json")
        door = ["-m", "kawal.cli.main", "server", "--alamat", self.door.removeprefix("http://")]
        target = ["-I", "-m", "kawal_target", "terima", "--konfigurasi", str(folder / "target.json")]
        env = {**self.environ(None), "KAWAL_BERKAS": str(self.folder / "kawal.yml")}
        started: list[subprocess.Popen[bytes]] = []
        with (self.folder / "layanan.log").open("wb") as log:
            try:
                for words in (door, target):
                    argv = [sys.executable, *words]
                    started.append(subprocess.Popen(argv, cwd=self.folder, env=env, stdout=log, stderr=log))
                wait_for(lambda: get(f"{self.door}/sehat") and get(f"{self.target}/status"))
                yield
            finally:
                for process in started:
                    process.terminate()
                for process in started:
                    process.wait(timeout=60)

    # --- acting ------------------------------------------------------------------------------------------------

    def kawal(
        self, *words: str, role: str | None = None, expect: int = 0, token: str | None = None
    ) -> dict[str, Any]:
        """One command in this office, as the person who holds `role`; its JSON answer. `token`: another one for the forge."""
        environ = self.environ(role) | ({"KAWAL_TOKEN": token} if token else {})
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*words, "--keluaran", "json"], Surroundings(environ, self.folder, is_terminal=False))
        self.log.append(f"$ kawal {' '.join(words)} [{code}]")
        assert code == expect, "\n".join([*self.log[-12:], out.getvalue()[-3000:], err.getvalue()[-3000:]])
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    def environ(self, role: str | None) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "KAWAL_TOKEN": self.forge.user("bot-kawal")[1],
            "KAWAL_SANDI_BERKAS": str(self.folder / "sandi.txt"),
            "KAWAL_TANPA_TANYA": "1",
            **({"KAWAL_KUNCI": str(self.folder / "kunci" / f"{person(role)}.pem")} if role else {}),
        }

    def refused(self, *words: str, role: str | None = None, expect: int = 3) -> str:
        """The code with which a command is refused."""
        return str(self.kawal(*words, role=role, expect=expect)["temuan"][0]["kode"])

    def document(self, app: str, kind: str) -> Path:
        """A new paper: the same kind handed in twice is two papers."""
        self.counter += 1
        path = self.folder / f"{app}-{kind}-{self.counter}.pdf"
        path.write_bytes(letter_pdf([kind.replace("_", " ").title(), app, f"Lembar {self.counter}"]))
        return path

    def signatures(self, kind: str) -> list[str]:
        """The options that name who signed this paper, where the SOP says who does."""
        return shlex.split(signed_words(self.procedure, [kind]))

    def ask(self, app: str, expect: int = 0) -> dict[str, Any]:
        """The request of an application, by whoever does the first step."""
        profile = self.procedure.profile
        first = self.procedure.steps[0]
        items = [one.id for one in profile.request]
        kinds = [*first.data.evidence.all_of, *(one for one in items if one in self.procedure.documents)]
        value = {
            "schema": "1",
            "id": app,
            "nama": app.replace("-", " ").title(),
            "profil": self.profile_id,
            "asal": profile.origin.kind,
            "perangkat_daerah": {"nama": "Dinas Contoh", "singkatan": "contoh"},
            "deskripsi": "Aplikasi uji.",
            "dokumen": [
                {"jenis": kind, "berkas": self.document(app, kind).name} for kind in dict.fromkeys(kinds)
            ],
            "tim": {"pengembang": ["pengembang-1"], "peninjau": ["peninjau-1"]},
            "uji": THRESHOLDS,
        }
        file = self._yaml(f"{app}.yml", value)
        return self.kawal("permohonan", "ajukan", str(file), role=first.roles[0], expect=expect)

    def do(self, app: str, *steps: str) -> None:
        """`"B4:tidak_lengkap"`: each step by its first role, with the papers that it needs for that answer."""
        for word in steps:
            self._do(app, word)

    def untaken(self) -> set[tuple[str, str]]:
        """Answers that the profile knows and nobody gave yet."""
        known = {
            (step.key, one.value)
            for step in self.procedure.steps
            for one in (step.data.decision.choices if step.data.decision else ())
        }
        return known - self.taken

    def _do(self, app: str, word: str) -> None:
        key, _, decision = word.partition(":")
        self.taken.add((key, decision))
        step = self.procedure.step(key)
        assert step is not None, key
        if key == self.procedure.profile.letter.step:
            self.approve(app, reject=decision in ("ditolak", "tolak"))
            return
        words = ["langkah", "selesai", app, key]
        wanted = evidence_for(step, decision or None)
        for kind in (*wanted.all_of, *(group[0] for group in wanted.any_of)):
            words += ["--bukti", f"{kind}={self.document(app, kind)}", *self.signatures(kind)]
        if decision:
            words += ["--keputusan", decision, "--alasan", "Sebagaimana tertulis dalam berita acara."]
        self.kawal(*words, role=step.roles[0])

    def approve(
        self, app: str, *, reject: bool = False, wait: bool = False, kind: str = ""
    ) -> dict[str, Any]:
        letter = self.procedure.profile.letter
        step = self.procedure.step(letter.step)
        assert step is not None
        paper = self.document(app, kind or letter.documents[0])
        words = ["setujui", app, "--surat", str(paper), "--nomor", f"050/{self.counter}/UJI/2026"]
        words += ["--tanggal", "2026-11-20"]
        words += ["--tolak", "Tidak sesuai rencana."] if reject else []
        words += ["--tunda-penyiapan"] if wait else []
        words += ["--jenis", kind] if kind else []
        words += self.signatures(kind or letter.documents[0])
        return self.kawal(*words, role=step.roles[0])

    # --- the forge ---------------------------------------------------------------------------------------------

    def path(self, app: str) -> str:
        return f"aplikasi-{self.profile_id}/contoh/{app}"

    def project(self, app: str) -> dict[str, Any] | None:
        """The project as the forge shows it; None when there is none."""
        answer = self.forge.call("GET", f"/projects/{enc(self.path(app))}")
        return answer.json() if answer.status == 200 else None

    def written(self, base: str) -> list[dict[str, str]]:
        """Each document that the repository began with as a placeholder, now filled in."""
        tree = self.forge.all(f"{base}/repository/tree", recursive="true", ref="main")
        documents = [one["path"] for one in tree if one["type"] == "blob" and one["path"].startswith("docs/")]
        text = "Aplikasi menampilkan tarif retribusi pasar kepada petugas. " * 20
        return [
            {"action": "update", "file_path": path, "content": f"# {Path(path).stem}\n\n{text}\n"}
            for path in documents
        ]

    def develop(self, app: str) -> str:
        """A branch, a merge request, its review and merge, the pipeline, its results collected; the merged commit."""
        project = self.project(app)
        assert project is not None
        base = f"/projects/{project['id']}"
        _, developer = self.forge.user("pengembang-1")
        _, reviewer = self.forge.user("peninjau-1")
        self.forge.ok(
            "POST",
            f"{base}/repository/commits",
            {
                "branch": "fitur",
                "start_branch": "main",
                "commit_message": "Aplikasi",
                "actions": [
                    {"action": "create", "file_path": "a.py", "content": "TARIF = 1\n"},
                    *self.written(base),
                ],
            },
            token=developer,
        )
        made = self.forge.ok(
            "POST",
            f"{base}/merge_requests",
            {"source_branch": "fitur", "target_branch": "main", "title": "Aplikasi"},
            token=developer,
        )
        one = f"{base}/merge_requests/{made['iid']}"
        wait_for(lambda: finished(self.forge.ok("GET", one).get("head_pipeline")))
        self.forge.ok("POST", f"{one}/approve", {"sha": made["sha"]}, token=reviewer)
        merged = self.kawal("gabung", app, "--mr", str(made["iid"]))["data"]["digabung"]
        commit = str(merged[0]["commit"])
        query = f"{base}/pipelines?sha={commit}&ref=main"
        wait_for(lambda: any(finished(row) for row in self.forge.ok("GET", query)))
        self.kawal("kumpulkan", app)
        return commit

    # --- the release -------------------------------------------------------------------------------------------

    def request_release(self, app: str, commit: str) -> None:
        self.kawal("rilis", "minta", app, VERSION, "--commit", commit, role=self.procedure.steps[0].roles[0])

    def delivered(self, app: str) -> str:
        """The release pipeline runs again and installs: the digest of what now stands at the production target."""
        self.kawal("rilis", "minta", app, VERSION, role=self.procedure.steps[0].roles[0])
        project = self.project(app)
        assert project is not None
        query = f"/projects/{project['id']}/pipelines?ref={VERSION}"
        wait_for(lambda: any(row["status"] == "success" for row in self.forge.ok("GET", query)))
        status = get(f"{self.target}/status")
        assert status is not None
        return str(status["sha256"])

    def sign(self, app: str, kind: str, *, commit: str | None = None, refuse: bool = False) -> None:
        """By the first role that may, on the release; `pse` on the application."""
        rule = procedure_with_policy(self).signoff(kind)
        assert rule is not None
        self.taken.add((rule.step or "", (rule.reject if refuse else rule.approve) or ""))
        paper = str(self.document(app, f"bukti_{kind}"))
        if kind == "pse":
            self.kawal("catat", "pse", app, "--bukti", paper, role=rule.roles[0])
            return
        words = ["sahkan", kind, app, "--rilis", VERSION, "--bukti", paper]
        words += ["--commit", commit] if commit and kind == "uat" else []
        words += ["--hasil", "tidak_memenuhi", "--alasan", "Ada temuan tinggi."] if refuse else []
        self.kawal(*words, role=rule.roles[0])

    def judged(self, app: str, *, expect: int = 0) -> list[str]:
        """The rules that are missing; empty = the release is open."""
        answer = self.kawal("periksa", app, "--rilis", VERSION, expect=expect)
        assert answer["status"] == ("terbuka" if expect == 0 else "terkunci")
        return [one["gerbang"] for one in answer["temuan"]]

    @contextlib.contextmanager
    def after(self, days: int) -> Iterator[Office]:
        """The office of this folder so many days later."""
        when = datetime.now(UTC) + timedelta(days=days)
        secret = (self.folder / "sandi.txt").read_bytes().strip()
        settings = load_settings(start=self.folder, environ=self.environ(None))
        office = Office(settings, lambda _: secret, now=lambda: when)
        try:
            yield office
        finally:
            office.close()

    def issues(self, app: str) -> dict[str, str]:
        """Title -> state of every issue, in the order of their numbers."""
        project = self.project(app)
        assert project is not None
        rows = self.forge.all(f"/projects/{project['id']}/issues")
        return {row["title"]: row["state"] for row in sorted(rows, key=lambda row: int(row["iid"]))}

    def status(self, app: str) -> dict[str, Any]:
        data: dict[str, Any] = self.kawal("status", app)["data"]
        return data


def procedure_with_policy(office: KantorSop) -> Procedure:
    from kawal.sop.loader import load_dinas_policy

    extra = [office.profile_dir] if office.profile_dir else []
    profiles = load_profiles(extra)
    dinas = load_dinas_policy(office.folder / "kebijakan.yml", [one.value for one in profiles.values()]).value
    return procedure_for(profiles[office.profile_id].value, load_overlay().value, dinas)


def person(role: str) -> str:
    return f"p-{role.replace('_', '-')}"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(sock.getsockname()[1]) for sock in socks]


def get(url: str) -> dict[str, Any] | None:
    """A small JSON object, or None while nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            value: dict[str, Any] = json.loads(answer.read())
            return value
    except OSError:
        return None


def finished(pipeline: dict[str, Any] | None) -> bool:
    return pipeline is not None and pipeline["status"] in FINISHED


def wait_for(condition: Callable[[], Any], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)
