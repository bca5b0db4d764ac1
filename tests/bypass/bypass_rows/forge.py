"""Rows that need a forge: settings are changed on the embedded forge and read back through kawal's own adapter."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bypass_baris import Row, Variant, yes
from bypass_kantor import Kantor, Setup
from pengembang import Wanted

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.facts import read_posture
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Project
from kawal.forges.readonly import read_only
from kawal.model import FileWanted, ProtectedRef
from kawal.posture import WANTED_SETTINGS, posture

Change = Callable[["Proyek"], None]


@dataclass
class Proyek:
    """One provisioned project on a running forge, with the policy's wishes about it."""

    latihan: ForgeLatihan
    adapter: GitLabForge
    project: Project
    template: Project
    wanted: Wanted

    @property
    def path(self) -> str:
        return f"/projects/{self.project.id}"

    def settings(self, **changes: Any) -> None:
        self.latihan.ok("PUT", self.path, changes)

    def protect(self, kind: str, name: str, **levels: int) -> None:
        self.latihan.call(
            "DELETE", f"{self.path}/protected_{kind}/{name.replace('*', '%2A').replace('/', '%2F')}"
        )
        if levels:
            self.latihan.ok("POST", f"{self.path}/protected_{kind}", {"name": name, **levels})

    def member(self, name: str, level: int) -> None:
        self.adapter.set_member(self.project.id, name, level)

    def reset(self) -> None:
        """Everything as provisioned again."""
        self.adapter.update_project(
            self.project.id, {**dict(WANTED_SETTINGS), "ci_config_path": self.wanted.ci_config_path}
        )
        for kind in ("branches", "tags"):
            for one in self.latihan.all(f"{self.path}/protected_{kind}"):
                self.protect(kind, one["name"])
        for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
            self.adapter.protect(self.project.id, ref)
        self.member("ani", 30)

    def posture(self) -> tuple[Any, Any]:
        return posture(
            read_posture(read_only(self.adapter), self.wanted, self.project.id), self.wanted, "v1.0.0"
        )


_stack = ExitStack()
atexit.register(_stack.close)


@cache
def proyek() -> Proyek:
    """Started once for a whole run."""
    folder = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="kawal-bypass-forge-")))
    latihan = _stack.enter_context(forge_latihan(folder))
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    adapter = GitLabForge(latihan.url, token, timeout=20)
    group = adapter.create_group("bypass/uji", "Uji")
    template = adapter.create_project(group, "templat", "Templat", "kawal:uji/templat", {})
    commit = adapter.commit_files(template.id, "main", "Templat", (FileWanted("kawal.yml", b"{}"),))
    app = adapter.create_project(group, "app", "App", "kawal:uji/app", {"visibility": "private"})
    adapter.commit_files(app.id, "main", "Kerangka", (FileWanted("README.md", b"#"),))
    latihan.user("ani")
    wanted = Wanted(
        f"gitlab/kawal.yml@bypass/uji/templat:{commit}", template.id, commit, adapter.info().bot_user_id
    )
    made = Proyek(latihan, adapter, app, template, wanted)
    made.reset()
    return made


@contextmanager
def as_provisioned(p: Proyek) -> Iterator[None]:
    try:
        yield
    finally:
        p.reset()


def on_forge(change: Change) -> Callable[[Kantor], bool]:
    """Change the real project, ask for a permit judged on its settings as they then are, put everything back."""

    def act(k: Kantor) -> bool:
        p = proyek()
        k.posture = p.posture
        with as_provisioned(p):
            change(p)
            k.deliver()
        return True

    return act


def drift(name: str, change: Change) -> Variant:
    return Variant(name, on_forge(change), ("POSTUR-001",))


UNCHANGED = on_forge(lambda p: None)
OFF: dict[str, Callable[..., Any]] = {"kawal.policy.judge.judge_posture": lambda *_, **__: []}
OFF_NAME = "postur (judge_posture)"

ROW_3 = Row(
    "3",
    "Mengubah ci_config_path atau pengaturan proyek",
    "maintainer",
    "postur dibaca lewat API saat keputusan dan dibandingkan dengan kebijakan bertanda tangan",
    (
        *(
            drift(f"ci_config_path = {value!r}", lambda p, v=value: p.settings(ci_config_path=v))  # type: ignore[misc]
            for value in (
                ".gitlab-ci.yml",
                "",
                "gitlab/kawal.yml@bypass/uji/templat:main",
                "https://127.0.0.1:9/a.yml",
            )
        ),
        *(
            drift(f"{name} dibalik", lambda p, n=name, v=value: p.settings(**{n: not v}))  # type: ignore[misc]
            for name, value in WANTED_SETTINGS
            if isinstance(value, bool) and name != "allow_merge_on_skipped_pipeline"
        ),
        *(
            drift(
                f"variabel boleh ditimpa {role}",
                lambda p, r=role: p.settings(ci_pipeline_variables_minimum_override_role=r),  # type: ignore[misc]
            )
            for role in ("developer", "maintainer", "owner")
        ),
    ),
    twin=UNCHANGED,
    off=OFF,
    off_name=OFF_NAME,
)
BRANCH_LEVELS = ((30, 30), (40, 30), (30, 40), (0, 30), (40, 40))
ROW_4 = Row(
    "4",
    "Melepas perlindungan cabang/tag, melindungi *, Developer membuat v*",
    "maintainer",
    "tingkat efektif dihitung atas semua aturan yang cocok; tag dan cabang harus terlindung dan hanya untuk bot",
    (
        drift("cabang utama tidak dilindungi", lambda p: p.protect("branches", "main")),
        drift("tag tidak dilindungi", lambda p: p.protect("tags", "v*")),
        *(
            drift(
                f"cabang {name}: push {push}, gabung {merge}",
                lambda p, n=name, a=push, b=merge: p.protect(  # type: ignore[misc]
                    "branches", n, push_access_level=a, merge_access_level=b
                ),
            )
            for name in ("main", "ma*", "*")
            for push, merge in BRANCH_LEVELS
            if (push, merge) != (0, 40)
        ),
        *(
            drift(
                f"tag {name}: {level}",
                lambda p, n=name, a=level: p.protect("tags", n, create_access_level=a),  # type: ignore[misc]
            )
            for name in ("v*", "*", "v1*")
            for level in (30,)
        ),
        *(drift(f"anggota tim menjadi {level}", lambda p, a=level: p.member("ani", a)) for level in (40, 50)),  # type: ignore[misc]
    ),
    twin=UNCHANGED,
    off=OFF,
    off_name=OFF_NAME,
)
ROW_X3 = Row(
    "X3",
    "Pipeline yang dilewati dianggap berhasil",
    "maintainer",
    "allow_merge_on_skipped_pipeline harus mati",
    (
        drift(
            "allow_merge_on_skipped_pipeline menyala",
            lambda p: p.settings(allow_merge_on_skipped_pipeline=True),
        ),
    ),
    twin=UNCHANGED,
    off=OFF,
    off_name=OFF_NAME,
)


def shadow(kind: str) -> Change:
    """A branch or tag named like the pinned commit."""

    def change(p: Proyek) -> None:
        body = {kind + "_name" if kind == "tag" else "branch": p.wanted.template_commit, "ref": "main"}
        repository = f"/projects/{p.template.id}/repository"
        place = "tags" if kind == "tag" else "branches"
        answer = p.latihan.call("POST", f"{repository}/{place}", body)
        if (
            answer.status >= 300
        ):  # this forge refuses such names: then the policy names a branch, which is shadowed by a tag
            p.wanted = Wanted(
                "gitlab/kawal.yml@bypass/uji/templat:stabil",
                p.wanted.template_project_id,
                p.wanted.template_commit,
                p.wanted.bot_user_id,
            )
            for where, name in (("branches", "branch"), ("tags", "tag_name")):
                p.latihan.call("POST", f"{repository}/{where}", {name: "stabil", "ref": "main"})
            p.settings(ci_config_path=p.wanted.ci_config_path)

    return change


def shadowed(kind: str) -> Callable[[Kantor], bool]:
    act = on_forge(shadow(kind))

    def restored(k: Kantor) -> bool:
        p = proyek()
        wanted = p.wanted
        try:
            return act(k)
        finally:
            p.wanted = wanted
            for place, name in (
                ("tags", wanted.template_commit),
                ("branches", wanted.template_commit),
                ("tags", "stabil"),
                ("branches", "stabil"),
            ):
                p.latihan.call("DELETE", f"/projects/{p.template.id}/repository/{place}/{name}")
            p.reset()

    return restored


ROW_X5 = Row(
    "X5",
    "Ref include dibayangi tag bernama sama",
    "pengembang",
    "konfigurasi dipatok pada commit 40 heksa; ref lain dengan nama itu = postur menyimpang",
    tuple(Variant(f"{kind} bernama sama", shadowed(kind), ("POSTUR-001",)) for kind in ("tag", "branch")),
    twin=UNCHANGED,
    off=OFF,
    off_name=OFF_NAME,
)


def _strictest(levels: list[int]) -> int:
    """What the rule forbids to believe: that the strictest of overlapping rules counts."""
    return 0 if 0 in levels else max(levels, default=0)


ROW_X6 = Row(
    "X6",
    '"Tidak seorang pun boleh push" ditembus aturan glob lain',
    "maintainer",
    "tingkat efektif = yang paling longgar dari semua aturan yang cocok",
    tuple(
        drift(
            f"aturan {name} di samping main",
            lambda p, n=name: p.protect("branches", n, push_access_level=40, merge_access_level=30),  # type: ignore[misc]
        )
        for name in ("ma*", "m*", "*", "*n")
    ),
    twin=UNCHANGED,
    off={"kawal.posture.most_permissive": lambda levels: _strictest(list(levels))},
    off_name="tingkat efektif (most_permissive)",
)


def labelled(p: Proyek) -> None:
    token = p.latihan.user("ani")[1]
    p.latihan.ok(
        "POST",
        f"{p.path}/labels",
        {"name": "signoff::persandian", "color": "#00ff00"},
        token=p.latihan.admin_token,
    )
    p.latihan.ok(
        "POST", f"{p.path}/issues", {"title": "Pengesahan", "labels": "signoff::persandian"}, token=token
    )
    p.latihan.ok("DELETE", f"{p.path}/labels/signoff%3A%3Apersandian")


def green_status(name: str) -> Change:
    def change(p: Proyek) -> None:
        sha = p.latihan.ok("GET", f"{p.path}/repository/branches/main")["commit"]["id"]
        p.latihan.ok("POST", f"{p.path}/statuses/{sha}", {"state": "success", "name": name, "ref": "main"})

    return change


ROW_X1 = Row(
    "X1",
    "Status commit sukses palsu, label signoff:: pada isu",
    "pengembang",
    "status commit dan label hanya tampilan, tidak pernah masukan",
    (
        *(
            Variant(
                f"status {name} = success",
                on_forge(green_status(name)),
                ("SANDI-001",),
                Setup(without=("persandian",)),
            )
            for name in ("gerbang", "rilis", "kawal/persandian")
        ),
        Variant(
            "label signoff::persandian", on_forge(labelled), ("SANDI-001",), Setup(without=("persandian",))
        ),
    ),
    twin=on_forge(green_status("gerbang")),
    off={"kawal.policy.judge.judge_signoff": yes},
    off_name="pengesahan wajib (judge_signoff)",
)

ROWS = (ROW_3, ROW_4, ROW_X1, ROW_X3, ROW_X5, ROW_X6)
