"""Starts the doors, the permit issuer behind them and the worker; stops all of them together."""

from __future__ import annotations

import json
import signal
import socket
import sys
import tempfile
from pathlib import Path

import click

from kawal.errors import InputError
from kawal.server.app import Doors, build
from kawal.server.deliveries import Deliveries
from kawal.server.worker import Worker
from kawal.services.keys import Passphrase
from kawal.services.office import Office
from kawal.services.permits import start_issuer, write_issuer_settings
from kawal.services.provision import hook_token
from kawal.settings import Settings


def serve(
    settings: Settings, passphrase: Passphrase, host: str, port: int, issuer_socket: Path | None
) -> None:
    """Serves until SIGTERM or Ctrl-C. Prints `{"url": …}` on stdout once the doors answer."""
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise InputError(
            "KONF-031",
            "Server belum terpasang",
            needed="paket tambahan [server]",
            next_step="pip install 'kawal[server]'",
        ) from error

    def say(text: str) -> None:
        click.echo(text, err=True)

    def open_office() -> Office:
        return Office(settings=settings, passphrase=passphrase, say=say)

    office = open_office()
    office.trust()
    write_issuer_settings(office)
    token = hook_token(office)
    office.close()
    with tempfile.TemporaryDirectory(prefix="kawal-izin-") as folder:
        address = issuer_socket or Path(folder) / "izin.sock"
        issuer = None if issuer_socket else start_issuer(settings.data_dir, address)
        deliveries = Deliveries(settings.data_dir / "antrean.sqlite3")
        worker = Worker(deliveries, open_office, say)
        worker.start()
        listener = socket.create_server((host, port))
        name, bound = listener.getsockname()[:2]
        config = uvicorn.Config(
            build(Doors(address, (token,), deliveries, worker.trouble)),
            log_level="warning",
            access_log=False,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        sys.stdout.write(json.dumps({"url": f"http://{name}:{bound}"}) + "\n")
        sys.stdout.flush()
        # uvicorn raises the signal that stopped it once more at its end: SIGTERM would end us before `finally`, and the
        # issuer would go on alone.
        signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            server.run(sockets=[listener])
        finally:
            worker.stop()
            deliveries.close()
            if issuer is not None:
                issuer.terminate()
                issuer.wait(10)
