"""`gerbang` and `minta-izin`: the two doors of kawal (docs/formats.md §5). The first explains, the second gives a permit."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from kawal_checks.model import EXIT_BLOCKED, EXIT_OK, ReportError
from kawal_checks.readers.strict import describe, exact_keys, get_str
from kawal_checks.teks import escape

from . import nama_pipeline
from .berkas import needed, write_json
from .http import DoorError, post_json, refuse, request


def explain(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Prints the first screen. A "terbuka" here opens nothing: only the target's check of a permit does."""
    application = needed(environ, "KAWAL_APLIKASI")
    headers = {"Authorization": f"Bearer {_token(environ, 'KAWAL_PERIKSA_TOKEN', 'kawal-periksa')}"}
    answer = post_json(f"{options.pintu.rstrip('/')}/izin/periksa", headers, {"aplikasi": application})
    if answer.status != 200:
        raise refuse(answer, "pintu periksa")
    data = answer.json("jawaban pintu")
    exact_keys(data, {"keputusan", "kode", "layar", "catatan", "temuan"}, "jawaban pintu")
    verdict, screen = _verdict(data), get_str(data, "layar", "jawaban pintu")
    write_json(options.keluar, data)
    print(escape(screen))
    decision, found, codes = str(data["keputusan"]), data["temuan"], data["kode"]
    nama_pipeline.write_junit(
        options.keluar.with_suffix(".xml"), decision, found if isinstance(found, list) else []
    )
    names = [str(code)[:40] for code in codes] if isinstance(codes, list) else []
    nama_pipeline.rename(environ, nama_pipeline.name_of(decision, names))
    return verdict


def ask(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Asks for the permit of this job; a refusal is shown and recorded by kawal."""
    application = needed(environ, "KAWAL_APLIKASI")
    headers = {"Authorization": f"Bearer {_token(environ, 'KAWAL_IZIN_TOKEN', 'kawal-izin')}"}
    body: dict[str, object] = {"aplikasi": application, "target": options.target_id}
    seen = _ledger_seen(environ.get("KAWAL_TARGET_PRODUKSI", ""))
    if seen is not None:
        body["ukuran"] = seen
    answer = post_json(f"{options.pintu.rstrip('/')}/izin", headers, body)
    if answer.status == 403:
        data = answer.json("jawaban pintu")
        if "layar" not in data:
            raise refuse(answer, "pintu izin")
        print(escape(get_str(data, "layar", "jawaban pintu")))
        return EXIT_BLOCKED
    if answer.status != 200:
        raise refuse(answer, "pintu izin")
    data = answer.json("jawaban pintu")
    if _verdict(data) != EXIT_OK:
        return EXIT_BLOCKED
    permit = {key: data.get(key) for key in ("izin", "kepercayaan")}
    for key, value in permit.items():
        if not isinstance(value, dict):
            raise ReportError(f"jawaban pintu.{key}", describe(value), "amplop DSSE")
    write_json(options.keluar, permit)
    print(f"Izin rilis untuk {options.target_id} diterima.")
    return EXIT_OK


def _ledger_seen(target: str) -> int | None:
    """How much of the ledger the target saw last, so that the permit proves its continuation from there.

    Best effort: without it kawal proves the continuation from the last permits that it gave for this target.
    """
    if not target:
        return None
    try:
        answer = request("GET", f"{target.rstrip('/')}/status", {})
        ledger = answer.json("status target").get("ledger") if answer.status == 200 else None
    except (DoorError, ReportError):
        return None
    size = ledger.get("ukuran") if isinstance(ledger, dict) else None
    return size if type(size) is int and size > 0 else None


def _token(environ: Mapping[str, str], name: str, audience: str) -> str:
    """The job's ID token: GitLab puts it into a variable, GitHub mints it when a job with `id-token: write` asks."""
    url = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if environ.get(name) or not url:
        return needed(environ, name)
    headers = {"Authorization": f"Bearer {needed(environ, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN')}"}
    answer = request("GET", f"{url}{'&' if '?' in url else '?'}audience={audience}", headers)
    if answer.status != 200:
        raise refuse(answer, "token identitas GitHub")
    return get_str(answer.json("token identitas"), "value", "token identitas")


def _verdict(data: dict[str, object]) -> int:
    """Only the exact word opens; everything else is locked."""
    decision = get_str(data, "keputusan", "jawaban pintu")
    if decision not in ("terbuka", "terkunci"):
        raise ReportError("jawaban pintu.keputusan", describe(decision), "terbuka atau terkunci")
    return EXIT_OK if decision == "terbuka" else EXIT_BLOCKED
