"""Rows about hostile files: forged reports, archives, YAML, XML and JSON bombs. Read by kawal's own readers, then a permit is asked."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from bypass_baris import Row, Variant, locked, yes
from bypass_kantor import HERE, Kantor, Setup, pack
from test_target_archives import CORPUS

from bypass_rows.pintu import AREA
from kawal.errors import InputError
from kawal.sop.yamlsafe import load_document

DATA = HERE.parent / "data" / "checks"
KNOWN = ("fungsi", "beban", "keamanan_kode", "keamanan_aplikasi", "instalasi")


def expectation(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.with_name(path.name + ".harap.json").read_text("utf-8"))
    return value


def reports(*suffixes: str) -> list[tuple[str, Path]]:
    """Every bad report beside tests/data/checks: (kind, file). Those that pass alone are no attack."""
    return [
        (uji, path)
        for uji in KNOWN
        for path in sorted((DATA / uji).iterdir())
        if not path.name.endswith(".harap.json")
        and path.suffix in suffixes
        and expectation(path)["keluar"] != 0
        and "sasaran" not in expectation(path)
        and "berkas" not in expectation(path)
    ]


def handed_in(uji: str, path: Path) -> Variant:
    def act(k: Kantor) -> None:
        k.collect(uji, path.read_bytes(), expectation(path).get("ambang"))

    area = AREA[uji]
    return Variant(
        f"{uji}: {path.name}", act, tuple(f"{area}-{n:03d}" for n in (1, 3, 7)), Setup(without=(uji,))
    )


GOOD = {"fungsi": "lulus.xml", "keamanan_kode": "bersih.json"}


def good_report(uji: str) -> Any:
    return lambda k: k.collect(
        uji, (DATA / uji / GOOD[uji]).read_bytes(), expectation(DATA / uji / GOOD[uji]).get("ambang")
    )


ROW_37 = Row(
    "37",
    "Laporan JUnit/ZAP/Locust/Bandit dipalsukan oleh job tim",
    "pengembang",
    "tidak ada pintu yang menerima laporan; kawal menarik artefak dan menghitung ulang setiap angka",
    tuple(handed_in(uji, path) for uji, path in reports(".xml", ".json")),
    twin=good_report("keamanan_kode"),
    twin_setup=Setup(without=("keamanan_kode",)),
    off={"kawal.policy.judge.judge_evidence": yes},
    off_name="bukti wajib (judge_evidence)",
)

# --- JSON and XML ---------------------------------------------------------------------------------------------------------

BANDIT = (DATA / "keamanan_kode" / "bersih.json").read_bytes()
JUNIT = (DATA / "fungsi" / "lulus.xml").read_bytes()


def raw(name: str, uji: str, data: bytes) -> Variant:
    codes = tuple(f"{AREA[uji]}-{n:03d}" for n in (1, 3, 7))
    return Variant(name, lambda k: k.collect(uji, data), codes, Setup(without=(uji,)))


def in_json(text: bytes) -> bytes:
    return b'{"x": ' + text + b", " + BANDIT.lstrip()[1:]


JSON_BOMBS = (
    ("kunci ganda", in_json(b'1, "x": 2')),
    ("NaN", in_json(b"NaN")),
    ("Infinity", in_json(b"-Infinity")),
    ("1e999", in_json(b"1e999")),
    ("bilangan 5000 angka", in_json(b"9" * 5000)),
    ("bersarang 5000", in_json(b"[" * 5000 + b"]" * 5000)),
    ("pengganti tunggal", in_json(b'"\\ud800"')),
    ("bukan UTF-8", in_json(b'"\xff"')),
    ("ekor sesudah objek", BANDIT.rstrip() + b"{}"),
    ("UTF-16", BANDIT.decode().encode("utf-16")),
    ("kosong", b""),
    ("daftar", b"[]"),
    ("HTML", b"<html>masuk</html>"),
)
ROW_42 = Row(
    "42",
    "JSON: kunci ganda, NaN, bilangan besar, sarang dalam, pengganti tunggal",
    "pengembang",
    "pembaca JSON ketat dan berbatas",
    tuple(raw(name, "keamanan_kode", data) for name, data in JSON_BOMBS),
    twin=good_report("keamanan_kode"),
    twin_setup=Setup(without=("keamanan_kode",)),
    off={"kawal.policy.judge.judge_evidence": yes},
    off_name="bukti wajib (judge_evidence)",
)

ENTITIES = (
    '<!DOCTYPE a [<!ENTITY x "{}"><!ENTITY y "{}">]><testsuites><testcase name="&y;"/></testsuites>'.format(
        "x" * 1000, "&x;" * 1000
    )
)
XML_BOMBS = (
    (
        "DOCTYPE biasa",
        JUNIT.replace(b"?>", b"?><!DOCTYPE x>", 1) if b"?>" in JUNIT else b"<!DOCTYPE x>" + JUNIT,
    ),
    ("entitas berlipat", ENTITIES.encode()),
    ("entitas berlipat UTF-16", ENTITIES.encode("utf-16")),
    ("entitas berlipat UTF-16 LE tanpa BOM", ENTITIES.encode("utf-16-le")),
    ("entitas luar", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>'),
    ("DTD luar", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><testsuites/>'),
    ("bersarang 200000", b"<testsuites>" * 200_000),
    ("atribut ganda", b'<testsuites><testcase name="a" name="b"/></testsuites>'),
    ("kosong", b""),
    ("tanpa tes", b"<testsuites/>"),
    ("terpotong", JUNIT[: len(JUNIT) // 2]),
)
ROW_41 = Row(
    "41",
    "Perluasan entitas XML, DOCTYPE, UTF-16",
    "pengembang",
    "setiap DOCTYPE ditolak oleh pengurai; kedalaman dan ukuran berbatas",
    tuple(raw(name, "fungsi", data) for name, data in XML_BOMBS),
    twin=good_report("fungsi"),
    twin_setup=Setup(without=("fungsi",)),
    off={"kawal.policy.judge.judge_evidence": yes},
    off_name="bukti wajib (judge_evidence)",
)

# --- YAML: a person's file, so the refusal is at the reader; the release it was to help stays locked ------------------

ALIAS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join('*' + chr(97 + n) for _ in range(9))}]\n" for n in range(8)
)
YAML_BOMBS = (
    ("alias berlipat", ALIAS),
    ("kunci gabung", "a: &a {x: 1}\nb:\n  <<: *a\n"),
    ("kunci ganda", "schema: 1\nschema: 2\n"),
    ("kunci ganda 1 dan 1.0", "1: a\n1: b\n"),
    ("tag Python", "a: !!python/object/apply:os.system [id]\n"),
    ("tag binary", "a: !!binary aGFs\n"),
    ("dua dokumen", "a: 1\n---\nb: 2\n"),
    ("bersarang 5000", "[" * 1900 + "]" * 1900 + "\n"),
    ("baris sangat panjang", "a: " + "x" * 70_000 + "\n"),
    ("pengganti tunggal", 'a: "\\uD800"\n'),
    ("bidi", "a: x\u202ey\n"),
    ("simpul terlalu banyak", "\n".join(f"k{n}: {n}" for n in range(25_000))),
)


def read_yaml(text: str) -> Any:
    def act(k: Kantor) -> None:
        try:
            load_document(text.encode("utf-8", "surrogatepass"), name="permohonan.yml", code="INPUT-050")
        except InputError as error:
            k.answers.append(error.code)
        else:
            k.record(k.world.make_signoff("persandian"), "sandi")  # the file was believed

    return act


ROW_40 = Row(
    "40",
    "Bom YAML, kunci ganda, kejutan tipe",
    "pengembang",
    "penjaga pada peristiwa pengurai sebelum apa pun dibangun",
    tuple(locked(name, read_yaml(text)) for name, text in YAML_BOMBS),
    twin=read_yaml("schema: 1\n"),
    twin_setup=Setup(without=("persandian",)),
    off={"bypass_rows.laporan.load_document": lambda *_, **__: None},
    off_name="penjaga YAML (load_document)",
)


# --- archives: approved, permitted, and still not unpacked ---------------------------------------------------------------

SAFE_CORPUS = [
    (name, make)
    for name, make in CORPUS
    if name not in ("many members", "too big together", "larger than the rest")
]


def hostile(name: str, make: Any) -> Variant:
    return Variant(
        name, lambda k: None, ("INSTAL-310", "INPUT-311"), Setup(package=make()), "target", permits=1
    )


def naive_extract(fd: int, into: str, max_bytes: int) -> int:
    """Unpacks whatever has a plain name and asks nothing else."""
    folder = Path(into)
    folder.mkdir(parents=True, exist_ok=True)
    with open(fd, "rb", closefd=False) as file, tarfile.open(fileobj=file) as archive:
        for member in archive:
            if member.isfile() and member.name.isidentifier():
                (folder / member.name).write_bytes(archive.extractfile(member).read())  # type: ignore[union-attr]
    return 1


ROW_39 = Row(
    "39",
    "Arsip: symlink, lintas folder, bom, perangkat, nama ganda",
    "pengembang",
    "hanya berkas biasa bernama aman, ukuran dan jumlah berbatas; tidak ada yang tertulis di luar folder rilis",
    tuple(hostile(name, make) for name, make in SAFE_CORPUS),
    twin_setup=Setup(package=pack({"baik.txt": b"isi"})),
    off={"kawal_target.target.extract": naive_extract},
    off_name="pembuka arsip (extract)",
)

ROWS = (ROW_37, ROW_39, ROW_40, ROW_41, ROW_42)
