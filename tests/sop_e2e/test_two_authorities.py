"""Two governments with their own SOP, people, ledger and group in one `kawal.yml`, on one forge with one bot."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from kantor_sop import APP_URL, NOWHERE, KantorSop, person

from forge_latihan import ForgeLatihan
from kawal.sop.loader import BUILTIN

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sop-e2e")]


@dataclass
class Otoritas(KantorSop):
    """One of them: its name before every command, keys in a folder of its own."""

    prefix: tuple[str, ...] = ()

    def environ(self, role: str | None) -> dict[str, str]:
        env = super().environ(role)
        return env | ({"KAWAL_KUNCI": str(self.keys / f"{person(role)}.pem")} if role else {})

    @property
    def keys(self) -> Path:
        return self.folder / "kunci" / self.profile_id

    def kawal(self, *words: str, **options: Any) -> dict[str, Any]:
        return super().kawal(*self.prefix, *words, **options)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, forge: ForgeLatihan) -> dict[str, Otoritas]:
    """`batam` and `kaltara` in one folder: settings together, trust and keys apart."""
    folder = tmp_path_factory.mktemp("dua")
    offices = {
        name: Otoritas(folder, forge, name, prefix=("--otoritas", name)) for name in ("batam", "kaltara")
    }
    for name in ("bot-kawal", "pengembang-1", "peninjau-1"):
        forge.user(name)
    (folder / "sandi.txt").write_text("frasa sandi untuk uji saja\n", "utf-8")
    (folder / "kawal.yml").write_text(yaml.safe_dump(settings(forge)), "utf-8")
    next(iter(offices.values())).kawal("templat", "pasang")
    for name, office in offices.items():
        shutil.copyfile(BUILTIN / "kebijakan-contoh.yml", folder / f"kebijakan-{name}.yml")
        persons = [
            {"id": person(role), "peran": [{"peran": role, "mulai": "2026-01-01"}]}
            for role in (*office.procedure.roles, "peninjau")
        ]
        people = folder / f"orang-{name}.yml"
        people.write_text(yaml.safe_dump({"schema": 1, "akar": {"ambang": 1}, "orang": persons}), "utf-8")
        keys = str(Path("kunci") / name)
        office.kawal("kepercayaan", "buat", "--orang", str(people), "--buat-kunci", "--folder-kunci", keys)
    return offices


def settings(forge: ForgeLatihan) -> dict[str, Any]:
    def one(name: str, port: int) -> dict[str, Any]:
        return {
            "instansi": f"instansi-{name}",
            "profil": name,
            "grup": f"dua-{name}",
            "kebijakan": f"kebijakan-{name}.yml",
            "pintu": f"http://127.0.0.1:{port}",
            "target": {
                "uji": {"id": "uji-1", "pintu": NOWHERE, "aplikasi": APP_URL},
                "produksi": {"id": "produksi-1", "pintu": NOWHERE},
            },
        }

    return {
        "schema": 1,
        "forge": {"url": forge.url},
        "runner_pa": [2],
        "otoritas": {"batam": one("batam", 9), "kaltara": one("kaltara", 10)},
    }


def test_each_case_goes_its_authoritys_way_into_its_authoritys_group(both: dict[str, Otoritas]) -> None:
    batam, kaltara = both["batam"], both["kaltara"]
    batam.ask("pasar")
    batam.do("pasar", "1", "2:disetujui")
    kaltara.ask("izin")
    kaltara.do("izin", "B1", "B2", "B3", "B4:lengkap", "B5", "B6:perlu", "B7:diterima")

    assert paths(both, "dua-batam") == ["dua-batam/contoh/pasar"]
    assert paths(both, "dua-kaltara") == ["dua-kaltara/contoh/izin"]
    shown = batam.forge.ok("GET", "/projects/dua-kaltara%2Fcontoh%2Fizin")
    assert "kawal:instansi-kaltara/izin" in shown["description"]
    assert ledgers(batam) == {"batam": {"pasar"}, "kaltara": {"izin"}}


def test_a_command_about_an_application_finds_its_authority_by_itself(both: dict[str, Otoritas]) -> None:
    anyone = KantorSop(both["batam"].folder, both["batam"].forge, "batam")

    assert anyone.kawal("status", "izin")["data"]["terbuka"] == both["kaltara"].status("izin")["terbuka"]
    assert anyone.kawal("status", "pasar")["data"]["terbuka"] == "3"
    planned = anyone.kawal("rencana", "izin")["data"]
    assert planned["proyek"] == "dua-kaltara/contoh/izin"


def test_a_command_that_names_nothing_has_to_say_whose_it_is(both: dict[str, Otoritas]) -> None:
    anyone = KantorSop(both["batam"].folder, both["batam"].forge, "batam")
    (refusal,) = anyone.kawal("selaraskan", expect=6)["temuan"]

    assert (refusal["kode"], refusal["ditemukan"]) == ("KONF-007", "batam, kaltara")
    assert refusal["perbaikan"] == "kawal --otoritas batam …"
    assert anyone.kawal("--otoritas", "batam", "selaraskan")["data"]["sesuai"] == 1
    assert anyone.refused("--otoritas", "bukan", "selaraskan", expect=6) == "KONF-007"
    assert anyone.refused("status", "tidak-ada", expect=6) == "KONF-007"


def test_drift_is_repaired_in_the_named_authority_alone(both: dict[str, Otoritas]) -> None:
    batam, kaltara = both["batam"], both["kaltara"]
    for path in ("dua-batam%2Fcontoh%2Fpasar", "dua-kaltara%2Fcontoh%2Fizin"):
        batam.forge.ok("PUT", f"/projects/{path}", {"public_jobs": True})

    assert kaltara.kawal("selaraskan")["data"]["diselaraskan"] == ["izin"]
    assert batam.forge.ok("GET", "/projects/dua-batam%2Fcontoh%2Fpasar")["public_jobs"] is True
    drifted = batam.kawal("rencana", "--semua")["data"]["aplikasi"]
    assert [(one["aplikasi"], one["perubahan"]) for one in drifted] == [("pasar", 1)]
    plain = KantorSop(batam.folder, batam.forge, "batam")
    assert plain.kawal("terapkan", drifted[0]["rencana"][:8])["data"]["aplikasi"] == "pasar"


def test_a_key_of_one_authority_signs_nothing_in_the_other(both: dict[str, Otoritas]) -> None:
    kaltara = both["kaltara"]
    kaltara.ask("lain")
    stranger = both["batam"].environ("subkoor_tata_kelola")["KAWAL_KUNCI"]
    paper = kaltara.document("lain", kaltara.procedure.profile.letter.documents[0])
    words = ["setujui", "lain", "--surat", str(paper), "--nomor", "1", "--tanggal", "2026-11-20"]

    assert kaltara.refused(*words, "--kunci", stranger) == "IDENT-011"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grup": "dua-batam/dalam"}, "otoritas.kaltara.grup: tumpang tindih dengan grup otoritas 'batam'"),
        ({"instansi": "instansi-batam"}, "otoritas.kaltara.instansi: sama dengan otoritas 'batam'"),
        ({"data": "data/batam"}, "otoritas.kaltara.data: sama dengan otoritas 'batam'"),
        ({"pintu": "http://127.0.0.1:9"}, "otoritas.kaltara.pintu: sama dengan otoritas 'batam'"),
    ],
)
def test_authorities_that_could_be_taken_for_each_other_are_refused(
    both: dict[str, Otoritas], change: dict[str, str], said: str, tmp_path: Path
) -> None:
    whole = settings(both["batam"].forge)
    whole["otoritas"]["kaltara"] |= change
    (tmp_path / "kawal.yml").write_text(yaml.safe_dump(whole), "utf-8")
    refusal = KantorSop(tmp_path, both["batam"].forge, "batam").kawal("konfigurasi", "tampil", expect=6)[
        "temuan"
    ]

    assert refusal[0]["kode"] == "KONF-001"
    assert said in refusal[0]["judul"]


def paths(both: dict[str, Otoritas], group: str) -> list[str]:
    rows = both["batam"].forge.all(f"/groups/{group}/projects", include_subgroups="true")
    return [row["path_with_namespace"] for row in rows]


def ledgers(office: Otoritas) -> dict[str, set[str]]:
    """Applications in each ledger, read past kawal."""
    import sqlite3
    from contextlib import closing

    found = {}
    for name in ("batam", "kaltara"):
        with closing(sqlite3.connect(office.folder / "data" / name / "ledger.sqlite3")) as db:
            rows = db.execute("SELECT DISTINCT app_id FROM entries WHERE app_id IS NOT NULL AND app_id != ''")
            found[name] = {row[0] for row in rows}
    return found
