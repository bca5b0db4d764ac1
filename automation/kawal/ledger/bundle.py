"""Exported bundles: whole entries, checkpoint, trust file and the files that records name; verified offline.

bundel.json          {"schema": 1, "origin", "entries", "content": [sha256, …]}
entri.jsonl          one {"seq", "received_at", "payload_sha256", "envelope"} a line
titik-periksa.json   the newest signed checkpoint
kepercayaan.json     the newest trust file
bukti/<sha256>       content that was there at export
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kawal.errors import InputError
from kawal.ledger.content import ContentStore
from kawal.ledger.statement import parse_envelope
from kawal.ledger.store import Ledger
from kawal.ledger.tables import ENVELOPE_LIMIT, Row
from kawal.ledger.verify import Problem, Report, content_digests, verify_rows
from kawal_seal import strictjson
from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError
from kawal_seal.keys import PublicKey
from kawal_seal.shape import HEX64, array, constant, fields, integer, text

MANIFEST, ENTRIES, CHECKPOINT, TRUST, CONTENT = (
    *("bundel.json", "entri.jsonl", "titik-periksa.json", "kepercayaan.json"),
    "bukti",
)
LINE_LIMIT, MANIFEST_LIMIT, CONTENT_MOST = 2 * ENVELOPE_LIMIT, 1 << 24, 10**6


def write_bundle(ledger: Ledger, content: ContentStore | None, folder: Path) -> Path:
    """Export the whole ledger into the new folder `folder`. Content already deleted by retention is simply not in it."""
    with ledger.snapshot():
        checkpoint, trust = ledger.checkpoint(), ledger.trust_envelope()
        if checkpoint is None or trust is None:
            raise InputError("LEDGER-002", "buku catatan masih kosong; belum ada yang dapat diekspor")
        if folder.exists() and any(folder.iterdir()):
            raise InputError(
                "INPUT-042", f"folder sudah berisi: {folder}", next_step="pilih folder yang belum ada"
            )
        folder.mkdir(parents=True, exist_ok=True)
        digests: set[str] = set()
        with (folder / ENTRIES).open("wb") as file:
            for row in ledger.rows():
                digests.update(content_digests([parse_envelope(row.envelope)[1]]))
                file.write(_line(row) + b"\n")
    kept = _copy_content(content, digests, folder / CONTENT)
    (folder / CHECKPOINT).write_bytes(checkpoint.to_bytes())
    (folder / TRUST).write_bytes(trust.to_bytes())
    manifest = {"schema": 1, "origin": ledger.origin, "entries": ledger.tree.size, "content": kept}
    (folder / MANIFEST).write_bytes(strictjson.dumps(manifest))
    return folder


def _copy_content(content: ContentStore | None, digests: Iterable[str], into: Path) -> list[str]:
    """Digests of the files that were there to copy."""
    into.mkdir()
    if content is None:
        return []
    kept = sorted(one for one in digests if content.has(one))
    for one in kept:
        shutil.copyfile(content.path(one), into / one)
    return kept


def _line(row: Row) -> bytes:
    return strictjson.dumps(
        {
            "seq": row.seq,
            "received_at": row.received_at,
            "payload_sha256": row.payload_sha256,
            "envelope": row.parse().to_obj(),
        }
    )


def parse_line(line: bytes, number: int) -> Row:
    """One line of `entri.jsonl`, its end of line included; SealError says what is wrong with it."""
    if not line.endswith(b"\n"):
        raise SealError("baris terpotong atau terlalu panjang")
    names = ("seq", "received_at", "payload_sha256", "envelope")
    top = fields(strictjson.loads(line[:-1], limit=LINE_LIMIT), names, f"baris {number}")
    return Row(
        integer(top["seq"], 1, strictjson.MAX_INT, "seq"),
        integer(top["received_at"], 0, strictjson.MAX_INT, "received_at"),
        text(top["payload_sha256"], HEX64, "payload_sha256"),
        Envelope.from_obj(top["envelope"]).to_bytes(),
    )


def read_rows(folder: Path, problems: list[Problem]) -> Iterator[Row]:
    """Rows of an exported bundle; a line that cannot be read becomes a problem and stands as a gap."""
    with (folder / ENTRIES).open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_LIMIT + 1), b""), start=1):
            try:
                yield parse_line(line, number)
            except SealError as error:
                problems.append(Problem(number, str(error)))


def verify_bundle(
    folder: Path, root_keys: Iterable[PublicKey] | None = None, *, threshold: int = 1
) -> Report:
    """Check an exported bundle. The report names each wrong entry; InputError only when it is no bundle at all."""
    problems: list[Problem] = []
    try:
        manifest = fields(
            strictjson.loads((folder / MANIFEST).read_bytes(), limit=MANIFEST_LIMIT),
            ("schema", "origin", "entries", "content"),
            MANIFEST,
        )
        constant(manifest["schema"], 1, f"{MANIFEST}.schema")
        digests = [
            text(one, HEX64, "content") for one in array(manifest["content"], 0, CONTENT_MOST, "content")
        ]
        checkpoint = Envelope.parse((folder / CHECKPOINT).read_bytes())
        trust = (folder / TRUST).read_bytes()
        missing = tuple(ContentStore(folder / CONTENT).missing(digests))
        rows = list(read_rows(folder, problems))
    except (OSError, SealError) as error:
        raise InputError("LEDGER-009", f"bukan bundel kawal yang terbaca: {folder} ({error})") from error
    report = verify_rows(rows, checkpoint, root_keys, threshold=threshold, missing_content=missing)
    newest = next((row.envelope for row in reversed(rows) if _is_trust(row)), None)
    if newest != trust:  # rows come in the one spelling of `parse_line`
        problems.append(Problem(None, f"{TRUST} bukan versi terakhir di dalam catatan"))
    if manifest["origin"] != report.origin or manifest["entries"] != report.entries:
        problems.append(Problem(None, f"{MANIFEST} tidak cocok dengan isinya"))
    return replace(report, problems=(*problems, *report.problems))


def _is_trust(row: Row) -> bool:
    return b'"predicateType":"urn:kawal:trust:v1"' in row.parse().payload
