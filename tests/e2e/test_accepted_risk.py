"""An accepted risk on the embedded GitLab: the pipeline goes on, the evidence stays what it is, and only the right officer can do it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aplikasi_kecil import DOCUMENTS, TESTS, one_test_is_enough
from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "risiko-diterima"
FILES = {
    "aplikasi/hitung.py": "def hitung(x: str) -> object:\n    return eval(x)\n",
    **TESTS,
    **DOCUMENTS,
}
UNREACHABLE = {"KAWAL_FORGE_URL": "http://127.0.0.1:9", "KAWAL_BATAS_WAKTU": "2"}
UNTIL = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def no_medium(request: dict[str, Any]) -> None:
    one_test_is_enough(request, keamanan_kode={"sedang": 0})


def accept(fingerprint: str, iid: int, *, until: str = UNTIL) -> list[str]:
    words = ["pengecualian", "catat", APP, "keamanan-kode", "--temuan", fingerprint, "--mr", str(iid)]
    return [*words, "--alasan", "masukan hanya dari petugas", "--sampai", until]


def test_an_accepted_finding_lets_the_pipeline_go_on_and_stays_a_finding(kantor: Kantor) -> None:
    kantor.approved(APP, edit=no_medium)
    project = int(kantor.must("status", APP).data["proyek_id"])
    repo = kantor.clone(project, "risiko")
    kantor.pushed(repo, "hitung", FILES)
    iid = kantor.merge_request(project, "hitung")
    pipeline = kantor.finished(project, iid=iid)
    kantor.approve_head(project, iid)
    refused = kantor.kawal("gabung", APP, "--mr", str(iid))
    assert (refused.code, refused.codes) == (3, ["TINJAU-013"])

    (row,) = kantor.must("pengecualian", "lihat", APP, "--mr", str(iid)).data["temuan"]
    assert (row["uji"], row["tingkat"], row["tempat"]) == ("keamanan_kode", "sedang", "aplikasi/hitung.py:2")

    stranger = kantor.kawal(*accept(row["sidik"], iid), person="p-pa")
    assert (stranger.code, stranger.codes) == (3, ["IDENT-031"])
    unknown = kantor.kawal(*accept("0" * 12, iid), person="p-persandian")
    assert (unknown.code, unknown.codes) == (6, ["INPUT-072"])
    endless = kantor.kawal(*accept(row["sidik"], iid, until="2099-01-01"), person="p-persandian")
    assert (endless.code, endless.codes) == (3, ["AMAN-021"])
    assert "risk-acceptance" not in kantor.ledger_types()

    accepted = kantor.must(*accept(row["sidik"][:12], iid), person="p-persandian")
    assert kantor.ledger_types()[-1] == "risk-acceptance"
    assert given_to_jobs(kantor, project) == [row["sidik"]]

    kantor.api("POST", f"/projects/{project}/pipelines/{pipeline['id']}/retry")
    assert kantor.finished(project, iid=iid)["status"] == "success"
    kantor.must("gabung", APP, "--mr", str(iid))
    kantor.finished(project, ref="main")
    collected = kantor.kawal("kumpulkan", APP)
    # The evidence is what the scanner saw: what was accepted is the judge's to say, from the ledger.
    assert collected.data["uji"]["keamanan_kode"]["status"] == "gagal"
    (now,) = kantor.must("pengecualian", "lihat", APP).data["temuan"]
    assert (now["sidik"], now["diterima_sampai"]) == (row["sidik"], UNTIL)

    # Taken back: the next job of this application has to fail again, without waiting for a round of the server.
    before = kantor.must(*accept(row["sidik"], iid), person="p-persandian").data["sha256"]
    first = accepted.data["sha256"]
    kantor.must("cabut", first, "--alasan", "petugas keliru", person="p-persandian")
    assert given_to_jobs(kantor, project) == [row["sidik"]]  # the second acceptance still stands
    lost = kantor.kawal("cabut", before, "--alasan", "sudah diperbaiki", person="p-persandian", **UNREACHABLE)
    assert (lost.code, kantor.ledger_types()[-1]) == (5, "withdraw")
    assert given_to_jobs(kantor, project) == [row["sidik"]]
    next_step = lost.findings[-1]["perbaikan"]
    assert next_step == f"kawal pengecualian kirim {APP}"
    kantor.must(*next_step.split()[1:])
    assert given_to_jobs(kantor, project) == []


def given_to_jobs(kantor: Kantor, project: int) -> list[str]:
    """Fingerprints in the variable that the application's jobs read."""
    variables = kantor.api("GET", f"/projects/{project}/variables?per_page=100")
    (given,) = [one for one in variables if one["key"] == "KAWAL_PENGECUALIAN"]
    return [one["sidik"] for one in json.loads(given["value"])["daftar"]]
