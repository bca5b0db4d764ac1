"""The YAML file of a request (`kawal permohonan ajukan BERKAS`), schema 1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kawal.errors import InputError, os_reason
from kawal.ledger.records import Thresholds
from kawal.sop.yamlsafe import Document, Loc, Problem, load_document, validate

ForgeUser = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$")]
DocumentKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agency(_Part):
    nama: Annotated[str, Field(min_length=3, max_length=200)]
    singkatan: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]


class LetterFile(_Part):
    jenis: DocumentKind
    nomor: Annotated[str, Field(min_length=1, max_length=120)]
    tanggal: date
    berkas: str


class DocumentFile(_Part):
    jenis: DocumentKind
    berkas: str


class Team(_Part):
    pengembang: Annotated[tuple[ForgeUser, ...], Field(min_length=1, max_length=100)]
    peninjau: tuple[ForgeUser, ...] = ()


class RequestFile(_Part):
    """`surat` is what the origin rests on (surat dinas, nota dinas, disposisi, surat perintah); the approving letter comes with `setujui`."""

    schema_: Literal["1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    nama: Annotated[str, Field(min_length=3, max_length=200)]
    profil: str
    asal: Literal["permohonan", "surat_perintah", "rencana", "disposisi"]
    perangkat_daerah: Agency
    deskripsi: Annotated[str, Field(max_length=2000)]
    surat: LetterFile | None = None
    dokumen: tuple[DocumentFile, ...] = ()
    isian: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    """Items of the SOP's list that are written here instead of handed in as a document; lettered parts by letter."""
    tim: Team
    uji: Thresholds


PLACEHOLDERS: dict[Loc, str] = {
    ("id",): "nama-aplikasi",
    ("nama",): "Nama Aplikasi",
    ("perangkat_daerah", "nama"): "Nama Perangkat Daerah",
    ("perangkat_daerah", "singkatan"): "singkatan",
    ("deskripsi",): "Untuk apa aplikasi ini.",
    ("surat", "nomor"): "NOMOR",
    ("tim", "pengembang"): "pengguna-forge",
    ("tim", "peninjau"): "pengguna-lain",
}
"""What `permohonan formulir` writes where an answer belongs: valid by its shape, never an answer."""


def load_request(path: Path) -> RequestFile:
    """The request in `path`. Raises InputError INPUT-001 with every problem as file:line:column."""
    return load_request_document(path)[0]


def load_request_document(path: Path) -> tuple[RequestFile, Document]:
    """The request and the text it was read from, which knows where in the file each value stands."""
    document = load_document(path, code="INPUT-001")
    wanted = validate(document, RequestFile, code="INPUT-001")
    if left := list(_placeholders(document.value)):
        raise document.error("INPUT-001", left)
    return wanted, document


def _placeholders(value: Any) -> Iterator[Problem]:
    """Lines of the form that nobody filled in."""
    for loc, text in PLACEHOLDERS.items():
        found = value
        for key in loc:
            found = (found or {}).get(key)
        for index, one in enumerate(found if isinstance(found, list) else [found]):
            if one == text:
                place = (*loc, index) if isinstance(found, list) else loc
                yield Problem(place, f"masih contoh dari formulir: '{text}'; isi dengan yang sebenarnya")


def normalise_letter_number(number: str) -> str:
    """One spelling per letter: upper case, no blanks, one kind of slash. Never used as a path."""
    return re.sub(r"\s+", "", number).replace("\\", "/").upper()


def read_evidence(path: Path, *, limit: int = 20 * 1024 * 1024) -> bytes:
    """A letter or an evidence file; InputError when it is missing, empty or larger than `limit` bytes."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise InputError(
                "INPUT-021",
                f"Berkas {path} terlalu besar",
                found=f"{size} bita",
                needed=f"paling besar {limit} bita",
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "INPUT-020",
            f"Berkas {path} tidak terbaca",
            found=os_reason(error),
            next_step="periksa jalur berkas, lalu ulangi perintah yang sama",
        ) from error
    if not data:
        raise InputError("INPUT-022", f"Berkas {path} kosong", needed="dokumen yang berisi")
    return data
