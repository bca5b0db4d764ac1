"""The page on trust, carried out literally: a two-person office, a staff change, lost keys, two root holders, a wrong clock."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor, small_office
from kawal.cli.common import Surroundings
from kawal.cli.main import run
from kawal.ledger import records as r
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal_seal.keys import PrivateKey

pytestmark = pytest.mark.e2e

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "pengguna" / "kepercayaan.md"
STEP = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```$|^    (\S[^\n]*)$", re.M | re.S)


class Page:
    """A folder in which the page is worked through."""

    def __init__(self, kantor: Kantor, folder: Path) -> None:
        folder.mkdir()
        shutil.copyfile(kantor.stage.home / "kawal.yml", folder / "kawal.yml")
        shutil.copyfile(kantor.stage.home / "kebijakan.yml", folder / "kebijakan.yml")
        self.folder, self.environ = folder, kantor.environ()

    def kawal(self, *words: str) -> tuple[int, dict[str, Any]]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(
                [*words, "--keluaran", "json"], Surroundings(self.environ, self.folder, is_terminal=False)
            )
        assert out.getvalue(), (words, err.getvalue())
        return code, json.loads(out.getvalue())

    def must(self, *words: str) -> dict[str, Any]:
        code, said = self.kawal(*words)
        assert code == 0, (words, said["temuan"])
        data: dict[str, Any] = said["data"]
        return data

    def carry_out(self, section: str) -> list[str]:
        """Every command and file below one heading, in order; what was carried out."""
        text = re.search(
            rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", GUIDE.read_text("utf-8"), re.M | re.S
        )
        assert text is not None, section
        done = []
        for name, content, command in STEP.findall(text[1]):
            if name:
                (self.folder / name).write_text(content, "utf-8")
            elif command.startswith("kawal "):
                self.must(*shlex.split(command)[1:])
            else:
                subprocess.run(command, shell=True, check=True, cwd=self.folder)
            done.append(name or command)
        return done

    def trust(self) -> dict[str, Any]:
        return self.must("kepercayaan", "lihat")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with small_office(tmp_path_factory.mktemp("kepercayaan")) as kantor:
        yield Page(kantor, tmp_path_factory.mktemp("halaman") / "kantor")


def keyid(page: Page, person: str) -> str:
    return next(one["keyid"][0] for one in page.trust()["orang"] if one["id"] == person)  # type: ignore[no-any-return]


def test_a_two_person_office_begins_one_of_two(page: Page) -> None:
    assert len(page.carry_out("Kantor dua orang: satu dari dua, kunci kedua di brankas")) == 8
    trust = page.trust()
    assert trust["versi_kepercayaan"] == 1
    assert (trust["akar"]["ambang"], len(trust["akar"]["kunci"])) == (1, 2)
    assert not (page.folder / "kunci" / "akar-brankas.pem").exists()


def test_an_official_changes(page: Page) -> None:
    page.carry_out("Pejabat berganti")
    trust = page.trust()
    assert trust["versi_kepercayaan"] == 3
    roles = {one["id"]: one["peran"] for one in trust["orang"]}
    assert "subkoor_persandian" in roles["p-tiga"]
    assert "subkoor_persandian" in roles["p-dua"]  # until that day


def test_a_persons_lost_key_gives_way(page: Page) -> None:
    before = keyid(page, "p-dua")
    page.carry_out("Kunci seseorang hilang atau bocor")
    assert keyid(page, "p-dua") != before
    assert page.trust()["versi_kepercayaan"] == 4
    code, said = page.kawal("kepercayaan", "ubah", "--kunci-baru", "p-tak-ada")
    assert (code, said["temuan"][0]["kode"]) == (6, "PERCAYA-019")


def test_a_lost_root_key_is_replaced_by_the_one_in_the_safe(page: Page) -> None:
    before = set(page.trust()["akar"]["kunci"])
    page.carry_out("Kunci akar hilang")
    after = set(page.trust()["akar"]["kunci"])
    assert len(before & after) == 1
    shutil.copyfile(page.folder / "brankas" / "akar-tersangka.pem", page.folder / "kunci" / "akar.pem")
    (page.folder / "kunci" / "akar-baru.pem").rename(page.folder / "akar-baru.pem")
    code, said = page.kawal("kepercayaan", "ubah", "--kunci-baru", "p-dua", "--orang", "orang.yml")
    assert code in (0, 6)  # nothing to change, or no root key: the lost one signs nothing
    page.kawal("kunci", "ganti", "p-satu")
    code, said = page.kawal("kepercayaan", "ubah", "--kunci-baru", "p-satu")
    assert (code, said["temuan"][0]["kode"]) == (6, "PERCAYA-012")
    (page.folder / "akar-baru.pem").rename(page.folder / "kunci" / "akar-baru.pem")
    (page.folder / "kunci" / "akar.pem").unlink()


def test_two_root_holders_sign_one_after_the_other(page: Page) -> None:
    version = page.trust()["versi_kepercayaan"]
    done = page.carry_out("Dua dari tiga: pemegang yang berjauhan")
    assert done[-1] == "kawal kepercayaan pasang versi.json"
    trust = page.trust()
    assert trust["versi_kepercayaan"] == version + 2
    assert trust["akar"]["ambang"] == 2

    page.must("kunci", "ganti", "p-dua")
    draft = page.must("kepercayaan", "ubah", "--kunci-baru", "p-dua", "--simpan", "rancangan.json")
    assert (draft["tanda_tangan"], draft["perlu"]) == (1, 2)
    code, said = page.kawal("kepercayaan", "pasang", "rancangan.json")
    assert (code, said["temuan"][0]["kode"]) == (3, "PERCAYA-017")
    code, said = page.kawal("kepercayaan", "tandatangani", "rancangan.json")  # the same holder once more
    assert (code, said["temuan"][0]["kode"]) == (6, "PERCAYA-016")
    alone, said = page.kawal("kepercayaan", "ubah", "--kunci-baru", "p-dua")
    assert (alone, said["temuan"][0]["kode"]) == (6, "PERCAYA-012")
    code, said = page.kawal("kepercayaan", "pasang", "versi.json")  # an old draft
    assert (code, said["temuan"][0]["kode"]) == (6, "PERCAYA-018")
    signed = page.must("kepercayaan", "tandatangani", "rancangan.json", "--folder-kunci", "flashdisk")
    assert signed["tanda_tangan"] == 2
    tampered = page.folder / "rusak.json"
    tampered.write_text((page.folder / "rancangan.json").read_text().replace("payloadType", "jenis"))
    assert page.kawal("kepercayaan", "pasang", "rusak.json")[1]["temuan"][0]["kode"] == "INPUT-014"
    page.must("kepercayaan", "pasang", "rancangan.json")
    assert page.trust()["versi_kepercayaan"] == version + 3


def test_the_root_corrects_a_clock_that_ran_ahead(page: Page) -> None:
    data = page.folder / "data"
    key = {
        name: PrivateKey.from_pem((data / "kunci" / f"{name}.pem").read_bytes(), None)
        for name in ("checkpoint", "permit")
    }
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    denial = r.Denial(
        app_id="contoh",
        issued_at=tomorrow,
        where="cli",
        codes=("SANDI-001",),
        commit=None,
        tag=None,
        job_id=None,
        target_id=None,
        verdict_sha256=None,
    )
    with Ledger.open(
        data / "ledger.sqlite3", key["checkpoint"], page.trust()["instansi"], now=lambda: tomorrow
    ) as ahead:
        ahead.append(sign_record(denial, [key["permit"]]))
    page.must("kunci", "ganti", "p-tiga")
    draft = ["kepercayaan", "ubah", "--kunci-baru", "p-tiga", "--simpan", "versi.json"]
    page.must(*draft)
    page.must("kepercayaan", "tandatangani", "versi.json", "--folder-kunci", "flashdisk")
    code, said = page.kawal("kepercayaan", "pasang", "versi.json")
    assert (code, said["temuan"][0]["kode"]) == (3, "JAM-001")
    code, said = page.kawal("koreksi", "jam", "--alasan", "tanpa kunci kedua")
    assert (code, said["temuan"][0]["kode"]) == (6, "PERCAYA-012")
    shutil.copyfile(page.folder / "flashdisk" / "akar-kadis.pem", page.folder / "kunci" / "akar-kadis.pem")
    page.carry_out("Jam server pernah salah")
    page.must("kepercayaan", "pasang", "versi.json")


def test_trust_changes_where_only_the_issuer_may_read_the_permit_key(page: Page) -> None:
    """docs/pengguna/penerbit.md: the public half comes from the trust file in force."""
    in_force = page.must("kepercayaan", "lihat")
    key = page.folder / "data" / "kunci" / "permit.pem"
    key.rename(page.folder / "permit.pem")
    try:
        said = page.must("kepercayaan", "ubah", "--orang", "orang.yml", "--simpan", "lagi.json")
    finally:
        (page.folder / "permit.pem").rename(key)
    # The same public half as in force: nothing differs, so there is no new version to sign.
    assert said["versi_kepercayaan"] == in_force["versi_kepercayaan"]
    assert not (page.folder / "lagi.json").exists()
