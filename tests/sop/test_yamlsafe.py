"""The YAML reader: what it refuses, how fast, and where it points."""

from __future__ import annotations

import time

import pytest
from pydantic import BaseModel, ConfigDict

from kawal.sop.yamlsafe import MAX_BYTES, DocumentError, load_document, load_model


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    peran: str
    jumlah: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    nama: str
    langkah: tuple[Inner, ...] = ()


def problems(data: bytes) -> tuple[str, ...]:
    with pytest.raises(DocumentError) as caught:
        load_document(data, "x.yml")
    assert caught.value.exit_code == 6
    return caught.value.problems


@pytest.mark.parametrize(
    "text", ["no", "16:00", "08.00", "71.10", "012", "1_000", "2026-11-20", "12:30:45", "true", "0x10"]
)
def test_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert load_document(f"k: {text}".encode(), "x.yml").value == {"k": text}


def test_short_form_of_nomor_stays_a_text_key() -> None:
    assert load_document(b"no: 1\non: 2", "x.yml").value == {"no": "1", "on": "2"}


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_unquoted_null_is_a_missing_value_and_quoted_is_text(text: str) -> None:
    assert load_document(f"k: {text}".encode(), "x.yml").value == {"k": None}
    assert load_document(f'k: "{text}"'.encode(), "x.yml").value == {"k": text}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"a: &x [1]\nb: *x",
            "x.yml:1:4: jangkar dan alias YAML (& dan *) tidak diterima; tulis nilainya lengkap",
        ),
        (b"b: *x", "x.yml:1:4: jangkar dan alias YAML (& dan *) tidak diterima; tulis nilainya lengkap"),
        (b"a: 1\n<<: {b: 2}", "x.yml:2:1: kunci gabung YAML (<<) tidak diterima"),
        (b"a: !!binary aGk=", "x.yml:1:4: tag YAML tag:yaml.org,2002:binary tidak diterima"),
        (
            b"a: !!python/object/apply:os.system [ls]",
            "x.yml:1:4: tag YAML tag:yaml.org,2002:python/object/apply:os.system tidak diterima",
        ),
        (b"? [a, b]\n: 1", "x.yml:1:3: kunci harus berupa teks"),
        (b"a: 1\n---\nb: 2", "x.yml:3:1: hanya satu dokumen YAML per berkas"),
        (b"", "x.yml:1:1: berkas kosong"),
        (b"a: \xff", "x.yml:1:4: bukan teks UTF-8"),
        (b'a: "\\ud800"', None),
        (b'a: "\\u202e"', "x.yml:1:4: teks memuat huruf kendali atau huruf tak terlihat"),
        (b'a: "\\x1b[31m"', "x.yml:1:4: teks memuat huruf kendali atau huruf tak terlihat"),
        (b"a: ]", None),
        (b"x: " + b"a" * MAX_BYTES, "x.yml:1:1: berkas lebih besar dari 64 KiB"),
    ],
)
def test_refuses_what_yaml_can_do_beyond_plain_data(data: bytes, expected: str | None) -> None:
    found = problems(data)
    assert len(found) == 1
    if expected is None:  # libyaml's own words
        assert found[0].startswith("x.yml:1:")
        assert "YAML tidak dapat dibaca: " in found[0]
    else:
        assert found == (expected,)


def test_lists_every_duplicate_key() -> None:
    assert problems(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3") == (
        "x.yml:4:3: b.c: kunci ditulis dua kali",
        "x.yml:5:1: a: kunci ditulis dua kali",
    )


BOMBS = {
    "alias": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 106)),
    "merge": b"a: &a {k: v}\n"
    + b"".join(b"b%d: {<<: [%s]}\n" % (n, b",".join([b"*a"] * 50)) for n in range(100)),
    "deep": b"[" * 1500,
    "deep block": b"".join(b" " * n + b"a:\n" for n in range(300)),
    "long line": b"[" * 60_000,
    "many": b"[" + b"\n".join(b"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a," for _ in range(1500)) + b"]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_fast(name: str) -> None:
    started = time.perf_counter()
    assert len(problems(BOMBS[name])) == 1
    assert time.perf_counter() - started < 1.0


def test_schema_errors_come_all_at_once_with_their_place() -> None:
    data = b"langkah:\n  - peran: a\n  - jumlah: tiga\n    perann: b\nextra: 1\n"
    with pytest.raises(DocumentError) as caught:
        load_model(data, Outer, "sop/x.yml", code="PROFIL-001")
    assert caught.value.code == "PROFIL-001"
    assert caught.value.problems == (
        "sop/x.yml:1:1: nama: wajib diisi",
        "sop/x.yml:3:5: langkah.2.peran: wajib diisi",
        "sop/x.yml:3:13: langkah.2.jumlah: 'tiga' bukan bilangan bulat",
        "sop/x.yml:4:5: langkah.2.perann: kunci tidak dikenal; maksud Anda 'peran'?",
        "sop/x.yml:5:1: extra: kunci tidak dikenal",
    )
    assert caught.value.text().startswith(
        "PROFIL-001 sop/x.yml tidak sah: 5 masalah\n  sop/x.yml:1:1: nama: wajib diisi\n"
    )


def test_duplicate_key_is_listed_together_with_schema_errors() -> None:
    with pytest.raises(DocumentError) as caught:
        load_model(b"nama: a\nnama: b\nlangkah: x", Outer, "x.yml")
    assert caught.value.problems == (
        "x.yml:2:1: nama: kunci ditulis dua kali",
        "x.yml:3:10: langkah: harus berupa daftar",
    )
