"""What each adapter offers by edition and plan, as data: COMPATIBILITY.md is made from it, the contract suite holds it to the adapters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Support = Literal["ya", "sebagian", "tidak"]
EDITIONS = (
    "GitLab CE",
    "GitLab Premium+",
    "GitHub privat Free",
    "GitHub privat Team, publik",
    "GitHub Enterprise",
)


@dataclass(frozen=True)
class Capability:
    """One thing kawal needs of a forge; `support` in the order of EDITIONS."""

    name: str
    methods: tuple[str, ...]
    """Methods of the port that carry it; empty for what the forge must hold by itself."""
    support: tuple[Support, Support, Support, Support, Support]
    note: str = ""


def _all(name: str, *methods: str, note: str = "") -> Capability:
    return Capability(name, methods, ("ya", "ya", "ya", "ya", "ya"), note)


CAPABILITIES: tuple[Capability, ...] = (
    Capability(
        "Membuat grup",
        ("create_group", "group"),
        ("ya", "ya", "sebagian", "sebagian", "sebagian"),
        "GitHub: organisasi dibuat orang; tingkat di bawahnya hanya ada di kawal",
    ),
    _all("Proyek dan daftar proyek", "create_project", "project", "project_by_path", "projects_in"),
    Capability(
        "Setelan proyek",
        ("update_project", "known_settings"),
        ("ya", "ya", "sebagian", "sebagian", "sebagian"),
        "GitHub: hanya yang punya padanan; sisanya disebut di catatan rencana",
    ),
    _all("Banyak berkas dalam satu commit", "commit_files", "tree", "file", note="GitHub: lewat objek git"),
    Capability(
        "Cabang dan tag terlindung",
        ("protect", "protections"),
        ("ya", "ya", "tidak", "ya", "ya"),
        "GitHub: ruleset; privat Free menjawab 403, jadi hanya dianjurkan",
    ),
    _all("Label", "create_label", "update_label", "labels"),
    _all("Tonggak", "create_milestone", "update_milestone", "milestones"),
    _all("Isu", "create_issue", "update_issue", "issues", note="GitHub: tenggat di baris pertama isi isu"),
    Capability(
        "Semua isu sekaligus",
        (),
        ("ya", "ya", "tidak", "tidak", "sebagian"),
        "GitHub.com: 500 pembuatan sejam, jadi isu tahap demi tahap; `forge.batas_per_jam` menyebut batas lain",
    ),
    _all("Catatan lengket", "comment_issue", "comment_merge_request"),
    _all("Anggota", "set_member", "members", note="GitHub: undangan menunggu diterima"),
    Capability(
        "Variabel",
        ("set_variable", "variables"),
        ("ya", "ya", "sebagian", "sebagian", "sebagian"),
        "GitHub: tanpa jenis berkas dan tanpa perlindungan",
    ),
    _all(
        "Webhook bertanda",
        "set_hook",
        "hooks",
        note="GitLab sebelum 19.0 tidak menyebut apakah webhook bertoken: `kawal buktikan` memperingatkan saja",
    ),
    _all("Tag rilis", "create_tag", "tag"),
    _all("Permintaan gabung dan gabung", "merge", "merge_request", "merge_requests", "merge_request_commits"),
    _all("Cabang dan permintaan gabung milik bot", "create_branch", "create_merge_request"),
    Capability(
        "Persetujuan terikat pada commit",
        ("approvals", "head_pushed_at"),
        ("sebagian", "ya", "ya", "ya", "ya"),
        "GitLab CE: diikat dengan waktu; GitHub: ulasan menyebut commit",
    ),
    Capability(
        "Forge mewajibkan tinjauan",
        (),
        ("tidak", "ya", "tidak", "ya", "ya"),
        "GitLab CE: hanya bot yang boleh menggabungkan, jadi tetap ditegakkan",
    ),
    Capability(
        "Environment hanya menerima tag rilis",
        ("hold_environment", "environment_rule"),
        ("tidak", "tidak", "tidak", "ya", "ya"),
        "GitHub: kebijakan environment `production`; hanya anjuran, karena yang membuka produksi adalah izin",
    ),
    _all(
        "Environment, penerapan, dan rilis di forge",
        "environments",
        "deployments",
        "releases",
        note="dibandingkan dengan buku catatan oleh `kawal buktikan`",
    ),
    _all("Riwayat label isu", "label_events", note="rencana menyebut siapa yang mengubah label"),
    _all("Penerbit token pekerjaan (OIDC)", "token_issuer", note="dibandingkan oleh `kawal dokter`"),
    Capability(
        "Forge menahan penerapan produksi",
        (),
        ("tidak", "ya", "tidak", "tidak", "ya"),
        "kawal: izin di target",
    ),
    _all("Pipeline dan pekerjaan", "pipelines", "pipeline", "jobs", "job", "job_log", "retry_pipeline"),
    Capability(
        "Artefak per pekerjaan",
        ("artifact_file",),
        ("ya", "ya", "sebagian", "sebagian", "sebagian"),
        "GitHub: artefak milik run; diterima bila run itu terbukti hanya menjalankan templat. GitHub Enterprise Server tidak mendukung"
        " `actions/upload-artifact` v4 yang dipakai templat, jadi di sana tidak ada artefak; Enterprise Cloud mendukungnya",
    ),
    _all("Paket rilis", "package_file", note="GitHub: artefak pekerjaan kemas, paling lama 90 hari"),
    _all(
        "Berbagi templat pusat",
        "share_templates",
        note="GitHub: alur kerja repositori privat dibagi di dalam pemiliknya",
    ),
    _all("Posture dan paparan", "exposure", "job_token_limited", "runner_ids"),
)


def table() -> str:
    """COMPATIBILITY.md."""
    lines = [
        "# Kecocokan forge",
        "",
        "Dibuat dari `automation/kawal/forges/capabilities.py`; jangan disunting. Segarkan dengan",
        "`python -m kawal.forges.capabilities > COMPATIBILITY.md`. Diuji di forge latihan; belum di GitLab atau GitHub yang sebenarnya.",
        "",
        f"| Kemampuan | {' | '.join(EDITIONS)} | Catatan |",
        f"|---|{'---|' * len(EDITIONS)}---|",
    ]
    for one in CAPABILITIES:
        lines.append(f"| {one.name} | {' | '.join(one.support)} | {one.note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
