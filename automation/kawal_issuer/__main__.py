"""`python -m kawal_issuer --data DIR --soket PATH`: starts the permit issuer and serves until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from kawal.errors import EXIT_TEMPORARY, KawalError
from kawal.forges.readonly import read_only
from kawal.forges.registry import open_forge
from kawal.ledger.content import ContentStore
from kawal.ledger.store import Ledger, utc_now
from kawal_issuer.jwks import KeyCache, fetch_keys
from kawal_issuer.service import Issuer, open_key
from kawal_issuer.settings import Settings, load_settings
from kawal_issuer.wire import listen, serve
from kawal_seal.errors import SealError


def build(settings: Settings) -> Issuer:
    forge, ca = settings.forge, settings.forge.ca_file
    token = Path(forge.token_file).read_text("utf-8").strip()
    return Issuer(
        Ledger.open(Path(settings.ledger), open_key(settings.checkpoint_key), settings.instance),
        ContentStore(Path(settings.content)),
        open_key(settings.permit_key),
        read_only(open_forge(forge.kind, forge.url, token, timeout=float(forge.timeout_s), ca=ca)),
        KeyCache(lambda issuer: fetch_keys(issuer, ca)),
        utc_now,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="kawal_issuer", description="Penerbit izin rilis kawal.")
    parser.add_argument("--data", type=Path, required=True, help="folder yang memuat penerbit.json")
    parser.add_argument("--soket", type=Path, required=True, help="soket Unix yang dibuka")
    parser.add_argument(
        "--grup", help="grup yang juga boleh membuka soket, bila penerbit punya pengguna sendiri"
    )
    options = parser.parse_args()
    try:
        issuer = build(load_settings(options.data))
        server = listen(options.soket, options.grup)
    except (KawalError, SealError, OSError, LookupError) as error:
        print(error, file=sys.stderr)
        return error.exit_code if isinstance(error, KawalError) else 6

    def stop(*_: object) -> None:
        options.soket.unlink(missing_ok=True)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    serve(server, issuer.answer)
    server.close()
    options.soket.unlink(missing_ok=True)
    print("soket penerbit tidak dapat menerima sambungan lagi", file=sys.stderr)
    return EXIT_TEMPORARY  # not 0: whoever keeps it running starts it again


if __name__ == "__main__":
    sys.exit(main())
