"""`python -m aplikasi --port 8080 --data DIR`"""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from .peladen import buat_peladen


def main() -> None:
    pengurai = argparse.ArgumentParser(prog="aplikasi", description="e-Retribusi Pasar")
    pengurai.add_argument("--alamat", default="127.0.0.1", help="alamat yang diikat")
    pengurai.add_argument("--port", type=int, default=8080)
    pengurai.add_argument("--data", type=Path, default=Path("data"), help="folder basis data")
    pilihan = pengurai.parse_args()
    peladen = buat_peladen(pilihan.alamat, pilihan.port, pilihan.data)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=peladen.shutdown).start())
    print(f"e-Retribusi Pasar siap di http://{pilihan.alamat}:{peladen.server_port}", flush=True)
    try:
        peladen.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        peladen.server_close()


if __name__ == "__main__":
    main()
