"""Starts the doors, the permit issuer behind them and the worker; stops all of them together."""

from __future__ import annotations

import errno
import json
import signal
import socket
import sys
import tempfile
from pathlib import Path

import click

from kawal.errors import InputError, os_reason
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
    # First of all that has to be stopped again: an address that is taken leaves no issuer behind.
    with _listening(host, port) as listener, tempfile.TemporaryDirectory(prefix="kawal-izin-") as folder:
        address = issuer_socket or Path(folder) / "izin.sock"
        issuer = None if issuer_socket else start_issuer(settings.data_dir, address)
        deliveries = Deliveries(settings.data_dir / "antrean.sqlite3")
        worker = Worker(deliveries, open_office, say)
        worker.start()
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


def _listening(host: str, port: int) -> socket.socket:
    """The socket of the doors. InputError KONF-034 where this machine does not give it."""
    try:
        if not 0 <= port < 1 << 16:
            raise OSError(errno.EADDRNOTAVAIL, f"port {port}")
        return socket.create_server((host, port))
    except OSError as error:
        raise InputError(
            "KONF-034",
            f"Server tidak dapat dibuka di {host}:{port}",
            found=os_reason(error) if port < 1 << 16 else f"port {port}",
            needed="alamat mesin ini dan port 1-65535 yang bebas",
            next_step=f"kawal server --alamat {host}:PORT-LAIN (0: port bebas mana pun)",
        ) from error
