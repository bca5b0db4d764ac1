"""What `kawal dokter` finds at the addresses of kawal.yml: the permit door and the doors of the targets. It asks, it sends nothing."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from kawal.errors import EXIT_UNREADABLE
from kawal.services.doctor_line import Line
from kawal.services.office import Office
from kawal.settings import TargetFile

TIMEOUT_S = 3.0
LIMIT = 64 * 1024
SERVER = "nyalakan kawal server (di belakang alamat itu), lalu: kawal dokter"
TARGET = (
    "nyalakan kawal-target di sana; bila hanya runner PA yang dapat menjangkaunya, periksa dari runner itu"
)


def doors(office: Office) -> Iterator[Line]:
    """Nobody there is a warning: services are started last, and a target may hide from this machine."""
    file = office.settings.file
    test, production = file.target.uji, file.target.produksi
    if file.pintu is None or test is None or production is None or test.aplikasi is None:
        yield Line(
            "GAGAL",
            "pintu dan target",
            "kawal.yml belum menyebut pintu dan target",
            "tulis pintu, target.uji (id, pintu, aplikasi), target.produksi (id, pintu) di kawal.yml",
            EXIT_UNREADABLE,
        )
        return
    yield _door(file.pintu)
    yield _target("target uji", test)
    yield _target("target produksi", production)


def _door(address: str) -> Line:
    answer, why = _ask(f"{address.rstrip('/')}/sehat")
    if answer is None:
        return Line("PERINGATAN", "pintu izin", f"{address} {why}", SERVER)
    return Line("LULUS", "pintu izin", f"{address} menjawab")


def _target(what: str, target: TargetFile) -> Line:
    answer, why = _ask(f"{target.pintu.rstrip('/')}/status")
    if answer is None:
        return Line("PERINGATAN", what, f"{target.pintu} {why}", TARGET)
    try:
        said = json.loads(answer)
    except ValueError:
        said = None
    name = said.get("target_id") if isinstance(said, dict) else None
    if name != target.id:
        found = f"sebagai {name[:60]!r}" if isinstance(name, str) else "bukan sebagai kawal-target"
        return Line(
            "PERINGATAN",
            what,
            f"{target.pintu} menjawab {found}, kawal.yml menyebut {target.id}",
            "betulkan target di kawal.yml, atau target_id di target.json",
        )
    return Line("LULUS", what, f"{target.pintu} menjawab sebagai {target.id}")


def _ask(address: str) -> tuple[bytes | None, str]:
    """The answer to a GET, or why there is none. Past any proxy: these doors are neighbours."""
    if not address.startswith(("http://", "https://")):
        return None, "bukan alamat http:// atau https://"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=TIMEOUT_S) as reply:
            return reply.read(LIMIT), ""
    except urllib.error.HTTPError as error:
        with error:
            return None, f"menjawab {error.code} di {urlsplit(address).path}"
    except (OSError, ValueError, http.client.HTTPException):
        return None, "tidak menjawab dari mesin ini"
