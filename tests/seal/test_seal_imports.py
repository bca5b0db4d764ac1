"""The offline path starts fast: slow modules stay out (docs: facts on cold start)."""

import subprocess
import sys

FORBIDDEN = {
    "dataclasses",
    "pathlib",
    "logging",
    "pydantic",
    "click",
    "yaml",
    "http.client",
    "ssl",
    "sqlite3",
}


def test_importing_everything_loads_no_slow_module() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import kawal_seal.permit, kawal_seal.trustfile, kawal_seal.merkle;"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert FORBIDDEN & set(done.stdout.split()) == set()
