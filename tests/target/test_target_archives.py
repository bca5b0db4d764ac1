"""Hostile archives are refused and leave nothing outside their own folder."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kawal_target import target


def _tar(*members: tuple[dict[str, Any], bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for fields, content in members:
            member = tarfile.TarInfo("x")
            member.size = len(content)
            for name, value in fields.items():
                setattr(member, name, value)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _kind(kind: bytes, **fields: Any) -> bytes:
    return _tar(({"name": "baik.txt"}, b"isi"), ({"name": "buruk", "type": kind, **fields}, b""))


def _header_size(value: int) -> bytes:
    """A header whose size field is the given base-256 number."""
    data = bytearray(_tar(({"name": "a"}, b"isi"), ({"name": "b"}, b"isi")))
    data[1024 + 124 : 1024 + 136] = (value % 2**96).to_bytes(12, "big")
    data[1024 + 124] |= 0x80
    if value < 0:
        data[1024 + 124] = 0xFF
    data[1024 + 148 : 1024 + 156] = b"        "
    data[1024 + 148 : 1024 + 156] = b"%06o\0 " % sum(data[1024 : 1024 + 512])
    return bytes(data)


def _damaged() -> bytes:
    data = bytearray(_tar(({"name": "a"}, b"isi"), ({"name": "b"}, b"isi")))
    data[1024 + 150] ^= 7
    return bytes(data)


LINKS = [(tarfile.SYMTYPE, "symlink"), (tarfile.LNKTYPE, "hardlink")]
CORPUS: list[tuple[str, Callable[[], bytes]]] = [
    *(
        (f"{word} to {to}", lambda k=kind, t=to: _kind(k, linkname=t))
        for kind, word in LINKS
        for to in ("/etc/passwd", "../..", "baik.txt")
    ),
    ("character device", lambda: _kind(tarfile.CHRTYPE, devmajor=1, devminor=3)),
    ("block device", lambda: _kind(tarfile.BLKTYPE)),
    ("fifo", lambda: _kind(tarfile.FIFOTYPE)),
    ("unknown type", lambda: _kind(b"Z")),
    (
        "sparse",
        lambda: _tar(({"name": "a", "pax_headers": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "9"}}, b"i")),
    ),
    *(
        (f"name {name!r}", lambda n=name: _tar(({"name": "baik.txt"}, b"isi"), ({"name": n}, b"isi")))
        for name in (
            *(
                "/etc/x",
                "../x",
                "a/../../x",
                "a/..",
                "..",
                "a//b",
                "a/./b",
                "",
                ".",
                "././a",
                "a\\b",
                "a\nb",
                "a\x1b[2Jb",
            ),
            *("a/" * 600 + "b", "n" * 300, "baik.txt", "./baik.txt", "baik.txt/x"),
        )
    ),
    ("name not UTF-8", lambda: _tar(({"name": "a\udcffb"}, b"isi"), format=tarfile.GNU_FORMAT)),
    (
        "folder twice",
        lambda: _tar(
            ({"name": "d", "type": tarfile.DIRTYPE}, b""), ({"name": "d/", "type": tarfile.DIRTYPE}, b"")
        ),
    ),
    (
        "folder over file",
        lambda: _tar(({"name": "d"}, b"isi"), ({"name": "d", "type": tarfile.DIRTYPE}, b"")),
    ),
    ("file over folder", lambda: _tar(({"name": "d/a"}, b"isi"), ({"name": "d"}, b"isi"))),
    (
        "folder below a file",
        lambda: _tar(({"name": "d"}, b"i"), ({"name": "d/e", "type": tarfile.DIRTYPE}, b"")),
    ),
    ("no files", lambda: _tar(({"name": "d", "type": tarfile.DIRTYPE}, b""))),
    ("empty", lambda: b""),
    ("not a tar", lambda: b"PK\x03\x04" + bytes(2000)),
    ("gzip", lambda: b"\x1f\x8b" + bytes(2000)),
    ("zeros", lambda: bytes(10240)),
    ("negative size", lambda: _header_size(-1024)),
    ("huge size", lambda: _header_size(2**80)),
    ("larger than the rest", lambda: _header_size(10**6)),
    ("damaged header", _damaged),
    ("cut in a file", lambda: _tar(({"name": "a"}, b"x" * 5000))[:2000]),
    (
        "negative pax size",
        lambda: _tar(({"name": "a", "pax_headers": {"size": "-512"}}, b"isi"), ({"name": "b"}, b"isi")),
    ),
    ("many members", lambda: _tar(*(({"name": f"f{n}"}, b"") for n in range(60)))),
    ("too big together", lambda: _tar(*(({"name": f"f{n}"}, b"x" * 90_000) for n in range(4)))),
]


@pytest.fixture
def small(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(target, "MAX_MEMBERS", 50)
    return world


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [make for _, make in CORPUS], ids=[name for name, _ in CORPUS])
def test_hostile_archive_is_refused_even_with_a_permit(make: Callable[[], bytes], small: Any) -> None:
    good, bad = small.package(), make()
    small.install(small.permit(good), good)
    before = {p.name for p in small.folder.rglob("*")}
    if len(bad) > 300_000:
        small.write_config(
            batas_byte=300_000
        )  # an archive larger than its limit is refused before it is unpacked
    code = small.refusal(small.permit(bad), bad)
    assert code == ("INPUT-311" if len(bad) > 300_000 else "INSTAL-310")
    added = {p.name for p in small.folder.rglob("*")} - before
    assert all(len(name) == 64 for name in added)  # the package itself, nothing unpacked


def test_sum_of_sizes_is_bounded_inside_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(_tar(*(({"name": f"f{n}"}, b"x" * 400) for n in range(4))))
    with path.open("rb") as file, pytest.raises(target.Refused, match="lebih dari 1000"):
        target.extract(file.fileno(), str(tmp_path / "keluar"), 1000)


def test_good_archive_keeps_names_content_and_the_executable_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    members = (
        ({"name": ".", "type": tarfile.DIRTYPE}, b""),
        ({"name": "./bin/jalan", "mode": 0o4777}, b"#!/bin/sh\n"),
        ({"name": "bin", "type": tarfile.DIRTYPE}, b""),
        ({"name": "panjang/" + "é" * 110 + ".txt", "mode": 0o666}, b"isi"),
    )
    path.write_bytes(_tar(*members))
    with path.open("rb") as file:
        assert target.extract(file.fileno(), str(tmp_path / "keluar"), 10**6) == 2
    script = tmp_path / "keluar" / "bin" / "jalan"
    assert script.stat().st_mode & 0o7777 & ~0o022 == 0o755
    other = next((tmp_path / "keluar" / "panjang").iterdir())
    assert other.name == "é" * 110 + ".txt"
    assert other.stat().st_mode & 0o111 == 0
