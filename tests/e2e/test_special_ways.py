"""Break-glass, rollback, re-examination and letters as officials use them: commands, issue, status, proof, export, target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kantor import Kantor, small_office
from kawal.ledger import records as r
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal_seal.keys import PrivateKey
from kawal_target import target

pytestmark = pytest.mark.e2e

APP = "jalan-khusus"
WAYS = {
    "kembali": {"peran": ["subkoor_pa"]},
    "darurat": {"peran": ["subkoor_pa", "subkoor_tata_kelola"]},
    "perbaikan": {"hari": 30, "kali": 3, "sensitif": ["*tarif*"]},
}


@pytest.fixture(scope="module")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    with small_office(tmp_path_factory.mktemp("khusus")) as office:
        office.approved(APP)
        yield office


def path_of(kantor: Kantor, name: str) -> Path:
    return next(iter(kantor.stage.home.rglob(name)))


@contextmanager
def ledger(kantor: Kantor) -> Iterator[Ledger]:
    key = PrivateKey.from_pem(path_of(kantor, "checkpoint.pem").read_bytes(), None)
    instance = kantor.must("kepercayaan", "lihat").data["instansi"]
    with Ledger.open(path_of(kantor, "ledger.sqlite3"), key, instance) as opened:
        yield opened


def written(kantor: Kantor, record: r.Predicate, service: str) -> str:
    """A record that kawal's own services would have made in a pipeline."""
    key = PrivateKey.from_pem(path_of(kantor, f"{service}.pem").read_bytes(), None)
    with ledger(kantor) as opened:
        return opened.append(sign_record(record, [key])).payload_sha256


@pytest.fixture(scope="module")
def commit(kantor: Kantor) -> str:
    """The packed head of the project."""
    project = kantor.must("status", APP).data["proyek_id"]
    head: str = kantor.api("GET", f"/projects/{project}/repository/branches/main")["commit"]["id"]
    now = datetime.now(UTC)
    origin = r.JobOrigin(
        project_id=project,
        job_id=1,
        name="kemas",
        pipeline_id=1,
        pipeline_source="push",
        ref="main",
        ref_protected=True,
        runner_id=1,
        ci_config_path="templat",
    )
    kind: dict[str, Any] = {"class": "diamati"}
    evidence = r.Evidence(
        app_id=APP,
        issued_at=now,
        uji="kemas",
        **kind,
        result="PASSED",
        summary="dikemas",
        counts={},
        reasons=(),
        thresholds_sha256="1" * 64,
        raw_sha256="2" * 64,
        job=origin,
        commit=head,
        tree="3" * 40,
        artifact_sha256="4" * 64,
        tool="git",
        tool_version=None,
        target_url=None,
        started_at=now,
        finished_at=now,
    )
    written(kantor, evidence, "evidence")
    return head


def issues(kantor: Kantor) -> list[dict[str, Any]]:
    project = kantor.must("status", APP).data["proyek_id"]
    found = kantor.api("GET", f"/projects/{project}/issues?per_page=100")
    return [one for one in found if one["title"].startswith("BREAK-GLASS")]


def broken(kantor: Kantor) -> list[str]:
    lines: list[str] = kantor.must("status", APP).data["break_glass"]
    return lines


def glass(commit: str, reason: str = "pembayaran mati") -> list[str]:
    return ["sahkan", "break-glass", APP, "--rilis", "v1.0.0", "--commit", commit, "--alasan", reason]


def test_ways_are_shut_until_the_dinas_opens_them(kantor: Kantor, commit: str) -> None:
    back = ["sahkan", "rollback", APP, "--rilis", "v1.0.0-kembali.1", "--ke", "v1.0.0", "--alasan", "salah"]
    patch = ["sahkan", "persandian-perbaikan", APP, "--rilis", "v1.0.1", "--dasar", "v1.0.0"]
    for words in (glass(commit), back, patch):
        said = kantor.kawal(*words, person="p-pa")
        assert (said.code, said.codes) == (6, ["PROFIL-026"]), words
    policy = kantor.stage.home / "kebijakan.yml"
    decided = yaml.safe_load(policy.read_text("utf-8"))
    decided["daftar"][0]["jalan_khusus"] = WAYS
    policy.write_text(yaml.safe_dump(decided, allow_unicode=True), "utf-8")
    keys = str(path_of(kantor, "akar.pem").parent)
    assert kantor.must("kepercayaan", "ubah", "--folder-kunci", keys).data["versi_kepercayaan"] == 2
    stranger = kantor.kawal(*glass(commit), person="p-persandian")
    assert stranger.codes == ["IDENT-021"]


def test_two_persons_break_the_glass_and_everything_turns_red(
    kantor: Kantor, commit: str, tmp_path: Path
) -> None:
    first = kantor.must(*glass(commit), person="p-pa")
    assert first.envelope["status"] == "menunggu"
    again = kantor.must(*glass(commit), person="p-pa")  # the same person stays one person
    assert again.envelope["status"] == "menunggu"
    other = kantor.kawal(*glass(commit, "alasan lain"), person="p-tata-kelola")
    assert other.codes == ["INPUT-071"]
    assert broken(kantor) == []
    done = kantor.must(*glass(commit), person="p-tata-kelola")
    assert done.envelope["status"] == "break_glass"
    assert "pembayaran mati" in broken(kantor)[0]
    assert "persandian" in broken(kantor)[0]
    assert kantor.must("status").data["aplikasi"][0]["break_glass"] == 1
    issue = issues(kantor)[0]
    assert issue["state"] == "opened"
    assert "pembayaran mati" in issue["description"]
    proof = kantor.kawal("buktikan", APP)
    assert proof.code == 3
    assert "IZIN-064" in proof.codes
    bundle = tmp_path / "bundel"
    assert kantor.must("ekspor", str(bundle)).data["break_glass"]
    checked = kantor.must("verifikasi", str(bundle))
    assert "pembayaran mati" in checked.data["break_glass"][0]
    policy = kantor.must("kepercayaan", "lihat").data["kebijakan_sha256"]
    (bundle / "bukti" / policy).unlink()  # without the policy nothing can be shown to be settled
    lacking = kantor.kawal("verifikasi", str(bundle))
    assert "pembayaran mati" in lacking.data["break_glass"][0]


def test_taking_it_back_hides_nothing(kantor: Kantor, commit: str) -> None:
    with ledger(kantor) as opened:
        digests = [
            one.payload_sha256
            for one in opened.entries(app_id=APP, type="signoff")
            if getattr(one.predicate, "kind", "") == "break-glass"
        ]
    kantor.must("cabut", digests[0], "--alasan", "tidak jadi", person="p-pa")
    assert len(broken(kantor)) == 1


def test_the_examination_that_follows_by_letter_ends_it_and_closes_the_issue(
    kantor: Kantor, commit: str, tmp_path: Path
) -> None:
    """Persandian and UAT by letters of officials who never log in, each transcribed by two persons."""
    letter, report = tmp_path / "surat.pdf", tmp_path / "laporan.pdf"
    letter.write_bytes(b"%PDF-1.4 surat persandian")
    report.write_bytes(b"%PDF-1.4 laporan pemeriksaan")
    asked = kantor.must("rilis", "minta", APP, "v1.0.0", "--commit", commit, person="p-pa")
    assert asked.data["commit"] == commit
    examined = ["sahkan", "persandian", APP, "--rilis", "v1.0.0", "--hasil", "memenuhi_dengan_catatan"]
    examined += [
        "--temuan",
        "T1=tinggi:CWE-89:lulus",
        "--temuan",
        "T2=tinggi:CWE-79:d",
        "--bukti",
        str(report),
    ]
    examined += ["--surat", str(letter), "--pejabat", "p-persandian"]
    saved = kantor.kawal(*examined, "--simpan", str(tmp_path / "catatan.json"), person="p-pa")
    assert (saved.code, "--simpan tidak berlaku dengan --surat" in saved.err) == (2, True)
    risk = ["--risiko", "T2=p-tata-kelola:subkoor_tata_kelola:2027-03-01:ditutup di WAF"]
    assert kantor.must(*examined, *risk, person="p-pa").envelope["status"] == "menunggu"
    differing = kantor.kawal(*examined, person="p-tata-kelola")
    assert differing.codes == ["INPUT-071"]
    assert kantor.must(*examined, *risk, person="p-tata-kelola").envelope["status"] == "disahkan"
    assert "uat" in broken(kantor)[0]
    uat = ["sahkan", "uat", APP, "--rilis", "v1.0.0", "--surat", str(letter), "--pejabat", "p-pemohon"]
    assert kantor.must(*uat, person="p-pa").envelope["status"] == "menunggu"
    assert kantor.must(*uat, person="p-tata-kelola").envelope["status"] == "disahkan"
    assert broken(kantor) == []
    kantor.must("sahkan", "uat", APP, "--rilis", "v1.0.0", person="p-pemohon")
    assert [one["state"] for one in issues(kantor)] == ["closed"]
    with ledger(kantor) as opened:
        found = [one.predicate for one in opened.entries(app_id=APP, type="signoff")]
    kept = next(one for one in found if isinstance(one, r.Signoff) and one.kind == "persandian")
    assert kept.grade == "surat"
    assert kept.persandian is not None
    shown = [(one.id, one.cwe, one.group, one.retest) for one in kept.persandian.findings]
    assert shown == [("T1", "CWE-89", "d", "lulus"), ("T2", "CWE-79", "d", "belum")]
    assert kept.persandian.accepted[0].expires_at.date().isoformat() == "2027-03-01"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--temuan", "T1=parah"], "INPUT-051"),
        (["--temuan", "T1=tinggi:CWE-x"], "INPUT-051"),
        (["--temuan", "T1=tinggi:z"], "INPUT-051"),
        (["--temuan", "T1"], "INPUT-051"),
        (["--risiko", "T1=p-pa:subkoor_pa:besok:alasan"], "INPUT-051"),
        (["--temuan", "sedang=1"], "INPUT-074"),
        (["--hasil", "tidak_memenuhi", "--temuan", "T1=tinggi", "--temuan", "T1=tinggi"], "INPUT-074"),
        (["--risiko", "T9=p-pa:subkoor_pa:2027-01-01:alasan"], "INPUT-074"),
    ],
)
def test_an_examination_that_contradicts_itself_is_refused(
    kantor: Kantor, commit: str, words: list[str], code: str
) -> None:
    said = kantor.kawal("sahkan", "persandian", APP, "--rilis", "v1.0.0", *words, person="p-persandian")
    assert (said.code, said.codes) == (6, [code])


def test_pse_carries_what_the_certificate_says(kantor: Kantor, tmp_path: Path) -> None:
    proof = tmp_path / "tanda.pdf"
    proof.write_bytes(b"%PDF-1.4 tanda daftar")
    words = [
        "catat",
        "pse",
        APP,
        "--bukti",
        str(proof),
        "--jenis",
        "tanda_daftar_pse",
        "--kategori",
        "tinggi",
    ]
    seal = "https://pse.layanan.go.id/sealid/1"
    private = kantor.must(
        *words, "--nomor", "012345.01/DJAI.PSE/07/2026", "--tautan", seal, person="p-pemohon"
    )
    assert "lingkup privat" in private.data["peringatan"]
    bad = kantor.kawal(*words, "--tautan", "bukan alamat", person="p-pemohon")
    assert (bad.code, bad.codes) == (6, ["INPUT-075"])
    with ledger(kantor) as opened:
        found = [one.predicate for one in opened.entries(app_id=APP, type="signoff")]
    pse = next(one for one in reversed(found) if isinstance(one, r.Signoff) and one.pse)
    assert pse.pse is not None
    assert (pse.role, pse.pse.category, pse.pse.seal_url) == ("pemohon", "tinggi", seal)


def test_production_is_sent_back_only_to_what_was_open(kantor: Kantor, commit: str) -> None:
    words = [
        "sahkan",
        "rollback",
        APP,
        "--rilis",
        "v1.0.0-kembali.1",
        "--alasan",
        "v1.1.0 salah hitung",
        "--ke",
    ]
    never = kantor.kawal(*words, "v1.0.0", person="p-pa")
    assert never.codes == ["IZIN-057"]
    now = datetime.now(UTC)
    permit = r.PermitRecord(
        app_id=APP,
        issued_at=now,
        kind="rilis",
        jti="0" * 32,
        seq=1,
        environment="production",
        target_id="produksi-1",
        release="v1.0.0",
        commit=commit,
        tree="3" * 40,
        artifacts=("4" * 64,),
        job_id=1,
        token_jti_sha256="5" * 64,
        inputs=("6" * 64,),
        policy_sha256="7" * 64,
        posture_sha256="8" * 64,
        trust_version=1,
        verdict_sha256="9" * 64,
        nbf=now,
        exp=now + timedelta(minutes=10),
    )
    written(kantor, permit, "permit")
    said = kantor.must(*words, "v1.0.0", person="p-pa")
    assert said.data["kembali_ke"] == "v1.0.0"
    next_command = f"rilis minta {APP} v1.0.0-kembali.1 --commit {commit[:12]}"
    assert kantor.must(*next_command.split(), person="p-pa").data["commit"] == commit
    checked = kantor.kawal("periksa", APP, "--rilis", "v1.0.0-kembali.1")
    assert checked.data["jalan"] == "rollback"
    assert {"IZIN-057", "SUBJEK-007"} <= set(checked.codes)  # no package lies in the registry here


def test_a_re_examination_is_signed_on_its_base(kantor: Kantor, commit: str, tmp_path: Path) -> None:
    report = tmp_path / "ulang.pdf"
    report.write_bytes(b"%PDF-1.4 ulang")
    kantor.must("rilis", "minta", APP, "v1.0.1", "--commit", commit, person="p-pa")
    words = ["sahkan", "persandian-perbaikan", APP, "--rilis", "v1.0.1", "--dasar", "v1.0.0"]
    said = kantor.must(*words, "--bukti", str(report), person="p-persandian")
    assert (said.data["jenis"], said.data["rilis"]) == ("persandian-perbaikan", "v1.0.1")
    same = kantor.kawal(*words[:4], "v1.0.1", *words[5:6], "v1.0.1", person="p-persandian")
    assert (same.code, same.codes) == (6, ["SUBJEK-027"])


def test_signed_to_a_file_it_installs_at_a_target_without_kawal_and_is_imported_after(
    kantor: Kantor, commit: str, tmp_path: Path
) -> None:
    path = tmp_path / "darurat.json"
    words = [
        "sahkan",
        "break-glass",
        APP,
        "--rilis",
        "v1.0.0",
        "--alasan",
        "forge mati",
        "--simpan",
        str(path),
    ]
    assert kantor.must(*words, person="p-pa").envelope["status"] == "menunggu"
    alone = json.loads(path.read_text())
    ready = kantor.must(*words, person="p-tata-kelola")
    assert ready.envelope["status"] == "disimpan"
    trust = json.loads(path_of(kantor, "kepercayaan.json").read_text())
    config = _target(kantor, tmp_path)
    with pytest.raises(target.TargetError, match="IZIN-324"):
        target.install_in_emergency(config, alone, trust, iter([b"paket"]))
    with pytest.raises(target.TargetError, match="SUBJEK-310"):  # everything but the bytes was accepted
        target.install_in_emergency(config, json.loads(path.read_text()), trust, iter([b"paket"]))
    before = len(broken(kantor))
    taken = kantor.must("catat", "impor", str(path), person="p-pa")
    assert taken.data["jenis"] == "signoff"
    assert len(broken(kantor)) == before  # these bytes were examined before: nothing is owed


def _target(kantor: Kantor, folder: Path) -> target.Config:
    """A target on which this application was installed before."""
    root = kantor.must("kepercayaan", "lihat").data["akar"]["kunci"]
    value = {
        "schema": 1,
        "target_id": "produksi-1",
        "lingkungan": "production",
        "instance": kantor.must("kepercayaan", "lihat").data["instansi"],
        "akar": {"threshold": 1, "kunci": root},
        "kepercayaan": "kepercayaan.json",
        "folder": "t",
        "alamat": "127.0.0.1:0",
        "token_uji_sha256": None,
        "perintah_sesudah": None,
        "batas_byte": 1000,
        "selisih_jam_detik": 60,
        "peran_darurat": ["subkoor_pa", "subkoor_tata_kelola"],
    }
    (folder / "target.json").write_text(json.dumps(value))
    config = target.load_config(str(folder / "target.json"))
    journal = dict.fromkeys(("sha256", "folder", "jti", "seq", "izin_sha256", "waktu"))
    (folder / "t").mkdir()
    target.save_state(config, target.EMPTY_STATE._replace(installed={**journal, "app_id": APP}))
    return config
