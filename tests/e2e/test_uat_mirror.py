"""UAT on the embedded GitLab: the table and its mirror follow the ledger; a tick on the forge changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from aplikasi_kecil import DOCUMENTS, TESTS, one_test_is_enough
from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "cermin-uat"
UAT = """schema: 1
skenario:
  - {id: UAT-1, judul: Melihat tarif, langkah: [Buka halaman Tarif], hasil: "Tarif tampil, @semua"}
  - {id: UAT-2, judul: Mencatat, langkah: [Isi formulir, Tekan Catat], hasil: Pembayaran tampil}
"""
CODE = {"aplikasi/hitung.py": "def dua(x: int) -> int:\n    return 2 * x\n"}


def three_scenarios(request: dict[str, Any]) -> None:
    one_test_is_enough(request)
    request["uji"]["uat"] = [{"id": f"UAT-{n}", "judul": f"skenario {n}"} for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    kantor.approved(APP, edit=three_scenarios)
    return int(kantor.must("status", APP).data["proyek_id"])


def issue(kantor: Kantor, project: int) -> dict[str, Any]:
    (found,) = [
        one
        for one in kantor.api("GET", f"/projects/{project}/issues?per_page=100")
        if one["title"] == "Daftar terima UAT"
    ]
    value: dict[str, Any] = found
    return value


def test_a_new_repository_begins_with_the_documents_that_its_sop_asks_for(
    kantor: Kantor, project: int
) -> None:
    tree = kantor.api("GET", f"/projects/{project}/repository/tree?path=docs&recursive=true&per_page=100")
    names = {one["name"] for one in tree if one["type"] == "blob"}
    assert names == {"instalasi.md", "panduan-pengguna.md", "pengembangan.md"}
    variables = kantor.api("GET", f"/projects/{project}/variables?per_page=100")
    ambang = next(one["value"] for one in variables if one["key"] == "KAWAL_AMBANG")
    assert (
        '"dokumen":{"wajib":["docs/instalasi.md","docs/panduan-pengguna.md","docs/pengembangan.md"]}'
        in ambang
    )


def test_before_there_is_a_package_there_is_nothing_to_accept(kantor: Kantor, project: int) -> None:
    del project
    said = kantor.kawal("uat", APP)
    assert (said.code, said.codes) == (3, ["UAT-022"])


def test_the_mirror_follows_the_ledger_and_ticks_on_the_forge_count_for_nothing(
    kantor: Kantor, project: int
) -> None:
    repo = kantor.clone(project, "uat")
    kantor.pushed(repo, "awal", {**CODE, **TESTS, **DOCUMENTS, "uat.yml": UAT})
    iid = kantor.merge_request(project, "awal")
    kantor.finished(project, iid=iid)
    kantor.approve_head(project, iid)
    kantor.must("gabung", APP, "--mr", str(iid))
    kantor.finished(project, ref="main")
    kantor.kawal("kumpulkan", APP)

    first = kantor.must("uat", APP, "--cermin", expect=3)
    assert [(row["id"], row["dijelaskan"], row["diterima"]) for row in first.data["skenario"]] == [
        ("UAT-1", True, None),
        ("UAT-2", True, None),
        ("UAT-3", False, None),
    ]
    body = issue(kantor, project)["description"]
    assert (
        "- [ ] `UAT-1` `skenario 1` (belum dijawab)\n  1. `Buka halaman Tarif`\n  - hasil: `Tarif tampil, @semua`"
        in body
    )
    assert "tidak dibaca kawal" in body

    number = issue(kantor, project)["iid"]
    ticked = {"description": body.replace("- [ ]", "- [x]")}
    kantor.api("PUT", f"/projects/{project}/issues/{number}", ticked, user="pengembang-1")
    again = kantor.must("uat", APP, expect=3)
    assert again.data["skenario"] == first.data["skenario"]
    kantor.must("uat", APP, "--cermin", expect=3)
    assert "- [x]" not in issue(kantor, project)["description"]

    commit = first.data["commit"]
    refused = ["--tolak", "UAT-2=jumlahnya keliru"]
    kantor.must("sahkan", "uat", APP, "--rilis", "v1.0.0", "--commit", commit, *refused, person="p-pemohon")
    kantor.must("uat", APP, "--cermin", expect=3)
    body = issue(kantor, project)["description"]
    assert "- [x] `UAT-1`" in body
    assert "- [ ] `UAT-2` `skenario 2` (**tidak diterima**: `jumlahnya keliru`)" in body
    assert issue(kantor, project)["iid"] == number

    kantor.next_second()
    kantor.must("sahkan", "uat", APP, "--rilis", "v1.0.0", "--commit", commit, person="p-pemohon")
    done = kantor.must("uat", APP, "--cermin")
    assert done.envelope["status"] == "diterima"
    assert issue(kantor, project)["description"].count("- [x]") == 3
