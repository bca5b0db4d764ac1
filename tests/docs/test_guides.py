"""The files shown in the guide for PA are files that kawal takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kawal.services.trust import PersonsFile
from kawal.settings import KawalFile, load_all
from kawal.sop.layers import DinasPolicy
from kawal.sop.loader import load_dinas_policy, load_profiles
from kawal.sop.yamlsafe import load_document, validate
from kawal_seal.keys import PrivateKey
from kawal_target import target

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "pengguna" / "sub-koordinator-pa.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCK.findall(GUIDE.read_text("utf-8")) if name == kind]


def block(kind: str, mark: str) -> bytes:
    found = [text for text in blocks(kind) if mark in text]
    assert len(found) == 1, mark
    return found[0].encode()


def test_settings_are_taken() -> None:
    file = validate(load_document(block("yaml", "runner_pa"), "kawal.yml"), KawalFile)
    assert file.instansi == "diskominfo"
    assert file.runner_pa == (2,)
    assert file.target.produksi is not None
    assert file.target.produksi.id == "produksi-1"


def test_settings_of_several_authorities_are_taken(tmp_path: Path) -> None:
    (text,) = (text for _, text in BLOCK.findall((GUIDE.parent / "beberapa-otoritas.md").read_text("utf-8")))
    (tmp_path / "kawal.yml").write_text(text, "utf-8")
    found = load_all(start=tmp_path, environ={})
    assert {name: one.data_dir.relative_to(tmp_path).as_posix() for name, one in found.items()} == {
        "kota": "data/kota",
        "provinsi": "data/provinsi",
    }
    assert found["provinsi"].file.profil == "kaltara"


def test_decisions_of_the_dinas_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "kebijakan.yml"
    path.write_bytes(block("yaml", "kebijakan-dinas"))
    policy: DinasPolicy = load_dinas_policy(path, [one.value for one in load_profiles().values()]).value
    assert [one.authority_id for one in policy.authorities] == ["batam"]


def test_list_of_persons_is_taken() -> None:
    persons = validate(load_document(block("yaml", "berlaku_hari"), "orang.yml"), PersonsFile)
    assert persons.akar.kunci == ("akar",)
    assert [one.id for one in persons.orang][-1] == "p-peninjau"


def test_target_configuration_is_taken(tmp_path: Path) -> None:
    key = PrivateKey.generate().public.b64
    text = block("json", "target_id").decode().replace("<isi akar.pub>", key)
    config = target.parse_config(text.encode(), str(tmp_path))
    assert config.environment == "production"
    assert config.folder == str(tmp_path / "rilis")


@pytest.mark.parametrize("unit", blocks("ini"))
def test_units_start_what_exists(unit: str) -> None:
    line = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert "kawal server --alamat" in line or "target.py terima --konfigurasi" in line
