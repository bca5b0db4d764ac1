"""Steps 1 to 4 of the demo: forge, bootstrap, request and approval, provisioning."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

from kawal.demo.pdf import letter_pdf
from kawal.demo.stage import APP, GROUP, PERSONS, USERS, Stage, http
from kawal.resources import demo_data_dir
from kawal.services.init import settings_file
from kawal.sop.loader import BUILTIN

LETTERS = {
    "surat-dinas.pdf": [
        "Dinas Perindustrian dan Perdagangan",
        "Nomor 500.2/118/DISPERINDAG/2026",
        "Rencana pembuatan aplikasi e-Retribusi Pasar",
    ],
    "rencana-pengembangan.pdf": ["Rencana Pengembangan Aplikasi", "e-Retribusi Pasar"],
    "clearance.pdf": [
        "Dokumen Clearance",
        "Nomor 050/123/KOMINFO/2026",
        "Rencana pengembangan e-Retribusi Pasar disetujui",
    ],
}


def forge(stage: Stage) -> None:
    """1. The embedded forge with two runners, and the people on it."""
    stage.start_forge()
    stage.say(f"  forge latihan: {stage.forge_url} (runner umum dan pa)")
    admin = stage.gitlab("root")
    expires = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    for name in USERS:
        user = admin.users.create(
            {
                "username": name,
                "name": name,
                "email": f"{name}@contoh.go.id",
                # Whose commits are judged needs an address that others may see: kawal's bot is no administrator.
                "public_email": f"{name}@contoh.go.id",
                "force_random_password": True,
                "skip_confirmation": True,
                "can_create_group": name == "bot-kawal",
            }
        )
        token = user.personal_access_tokens.create({"name": "demo", "scopes": ["api"], "expires_at": expires})
        stage.tokens[name] = token.token
    stage.say(f"  pengguna: {', '.join(USERS)}")


def bootstrap(stage: Stage) -> None:
    """2. kawal.yml, central templates, keys and trust; then the doors and the two targets."""
    office(stage)
    stage.start_kawal_server()
    stage.start_target("uji", "uji-1", "uji")
    stage.start_target("produksi", "produksi-1", "production")
    stage.say(f"  pintu izin dan webhook: {stage.url('pintu')}; target uji dan produksi menyala")


def office(stage: Stage) -> None:
    """The folder of the Sub Koordinator PA: settings, decisions of the Dinas, keys, trust, templates on the forge."""
    text = settings_file("gitlab", instance="latihan", profile="", url=stage.forge_url, group=GROUP)
    (stage.home / "kawal.yml").write_text(_addressed(stage, text), "utf-8")
    shutil.copyfile(BUILTIN / "kebijakan-contoh.yml", stage.home / "kebijakan.yml")
    shutil.copyfile(demo_data_dir() / "orang.yml", stage.home / "orang.yml")
    sandi = stage.home / "sandi.txt"
    sandi.write_text("frasa sandi untuk latihan saja\n", "utf-8")
    sandi.chmod(0o600)
    pinned = stage.kawal("templat", "pasang")
    stage.say(f"    templat disematkan: {pinned['data']['ci_config_path']}")
    trust = stage.kawal("kepercayaan", "buat", "--orang", "orang.yml", "--buat-kunci")
    stage.say(
        f"    kepercayaan versi {trust['data']['versi_kepercayaan']}, {len(PERSONS) + 1} orang; kunci pribadi berfrasa sandi"
    )


def _addressed(stage: Stage, text: str) -> str:
    """The file of `kawal mulai` with this demo's profile and addresses."""
    profile = profile_of_request()
    lines = []
    for line in text.splitlines():
        if line.startswith("profil:"):
            line = f"profil: {profile}"
        elif line.startswith("pintu:"):
            line = f"pintu: {stage.url('pintu')}"
        elif line.strip().startswith("uji:"):
            line = f'  uji: {{id: uji-1, pintu: "{stage.url("target-uji")}", aplikasi: "{stage.url("aplikasi-uji")}"}}'
        elif line.strip().startswith("produksi:"):
            line = f'  produksi: {{id: produksi-1, pintu: "{stage.url("target-produksi")}", aplikasi: "{stage.url("aplikasi-produksi")}"}}'
        lines.append(line)
    return "\n".join(lines) + "\n"


def profile_of_request() -> str:
    from kawal.request_file import load_request

    return load_request(demo_data_dir() / "permohonan.yml").profil


def request_and_approval(stage: Stage) -> None:
    """3. The request with its letter, the first step, and the clearance, each signed by its role."""
    for name, lines in LETTERS.items():
        (stage.letters / name).write_bytes(letter_pdf(lines))
    shutil.copyfile(demo_data_dir() / "permohonan.yml", stage.letters / "permohonan.yml")
    letters = stage.letters
    stage.kawal("permohonan", "ajukan", str(letters / "permohonan.yml"), person="p-pemohon")
    plan = f"rencana_pengembangan_aplikasi={letters / 'rencana-pengembangan.pdf'}"
    stage.kawal("langkah", "selesai", APP, "1", "--bukti", plan, person="p-pemohon")


def provisioning(stage: Stage) -> None:
    """4. The approving letter; the project follows by itself because its plan only adds."""
    approved = stage.kawal(
        "setujui",
        APP,
        "--surat",
        str(stage.letters / "clearance.pdf"),
        "--nomor",
        "050/123/KOMINFO/2026",
        "--tanggal",
        datetime.now(UTC).date().isoformat(),
        person="p-tata-kelola",
    )
    data = approved["data"]
    stage.say(f"    proyek {data['path']} (id {data['proyek_id']}): {data['tulis']} hal dibuat")
    stage.summary["proyek"] = _counted(stage, data)
    stage.say("  penyiapan kedua: tidak ada yang ditulis")
    before = _writes(stage)
    again = stage.kawal("siapkan", APP)
    stage.summary["terapkan_kedua"] = {"tulis": _writes(stage) - before, "status": again["status"]}
    stage.say(f"    {again['status']}; {stage.summary['terapkan_kedua']['tulis']} tulisan menurut log forge")
    _drift(stage, int(data["proyek_id"]))
    _hand_over(stage)


def _counted(stage: Stage, data: dict[str, Any]) -> dict[str, Any]:
    project = stage.gitlab("root").projects.get(data["proyek_id"])
    return {
        "id": project.id,
        "path": project.path_with_namespace,
        "isu": len(project.issues.list(get_all=True)),
        "label": len(project.labels.list(get_all=True)),
        "tonggak": len(project.milestones.list(get_all=True)),
    }


def _writes(stage: Stage) -> int:
    """Writes that the forge itself saw from the bot."""
    _, answer = http(
        "GET", f"{stage.forge_url}/api/v4/kawal_latihan/requests?since=0", token=stage.admin_token
    )
    rows = answer.get("isi", [])
    return sum(row["user"] == "bot-kawal" and row["method"] not in ("GET", "HEAD") for row in rows)


def _drift(stage: Stage, project_id: int) -> None:
    """Somebody changes a label by hand: the plan shows exactly that, and repairs it when told to."""
    project = stage.gitlab("root").projects.get(project_id)
    label = next(one for one in project.labels.list(get_all=True) if one.name == "tahap::persandian")
    label.color = "#123456"
    label.save()
    stage.say("  seseorang mengubah satu label dengan tangan:")
    plan = stage.kawal("rencana", APP, "--kode-rinci", expect=10)
    changes = plan["data"]["perubahan"]
    stage.say(
        f"    rencana menunjukkan tepat {len(changes)} perubahan: {changes[0]['op']} {changes[0]['jenis']} {changes[0]['kunci']}"
    )
    stage.kawal("terapkan", plan["data"]["id_rencana"])
    stage.summary["selisih_label"] = [f"{one['op']} {one['jenis']} {one['kunci']}" for one in changes]


def _hand_over(stage: Stage) -> None:
    """Step 3 of this SOP: the repository stands; PA hands over the standards and the list of documents."""
    for name in ("standardisasi", "kebutuhan_dokumentasi"):
        (stage.letters / f"{name}.pdf").write_bytes(
            letter_pdf([name.replace("_", " ").title(), "e-Retribusi Pasar"])
        )
    words = [
        f"--bukti={name}={stage.letters / f'{name}.pdf'}"
        for name in ("standardisasi", "kebutuhan_dokumentasi")
    ]
    stage.kawal("langkah", "selesai", APP, "3", *words, person="p-pa")
