"""`python -m kawal_sandbox`: the embedded forge as a process."""

import argparse
import os
from pathlib import Path

from kawal_sandbox.server import RunnerConfig, serve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="kawal_sandbox", description="Forge latihan: tiruan GitLab CE di loopback."
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder data (repositori, basis data)"
    )
    parser.add_argument("--port", type=int, default=0, help="porta TCP; 0 = porta bebas")
    parser.add_argument("--runner", action="store_true", help="jalankan juga runner")
    parser.add_argument("--runner-berkas", type=Path, metavar="F", help="berkas keterangan runner")
    options = parser.parse_args()
    runner = RunnerConfig(options.runner_berkas) if options.runner or options.runner_berkas else None
    serve(options.data, options.port, os.environ.get("KAWAL_LATIHAN_TOKEN_ADMIN") or None, runner)


if __name__ == "__main__":
    main()
