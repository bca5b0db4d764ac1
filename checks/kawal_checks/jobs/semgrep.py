"""`jalankan-semgrep`: our own offline rules over PHP, JavaScript and TypeScript, in a staged copy that no configuration of the team reaches."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess  # argument lists only  # nosec B404
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kawal_checks.gates.keamanan_kode import COVERS, languages
from kawal_checks.model import EXIT_OK, EXIT_UNREADABLE
from kawal_checks.pohon import list_files
from kawal_checks.teks import one_line

from . import ukur

RULES = Path(__file__).parents[1] / "data" / "semgrep"
TIMEOUT = 1800
ARGUMENTS = 500_000  # bytes of file names per run; Linux allows 2 MiB for arguments and environment together
_OWN_ENDINGS = re.compile(r"\.(php|phtml|js|jsx|mjs|cjs|ts|tsx)$")
_V_HTML = re.compile(r"""\bv-html\s*=\s*(["'])(.*?)\1""")
_SCRIPT = re.compile(r"(<script\b[^>]*>)(.*?)(</script>)", re.DOTALL | re.IGNORECASE)


def scan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Exit 0 means that a report was written, or that there is nothing for Semgrep here: the gate counts the files itself."""
    report: Path = options.keluar.resolve()
    ukur.forget(report)
    source: Path = options.sumber.resolve()
    files = [path for path in list_files(source) if languages([path]).keys() & COVERS["semgrep"]]
    if not files:
        print("Tidak ada berkas PHP, JavaScript, atau TypeScript; Semgrep tidak dijalankan.")
        return EXIT_OK
    program = environ.get("KAWAL_SEMGREP") or shutil.which("semgrep", path=environ.get("PATH"))
    if not program:
        print(
            f"Semgrep tidak terpasang; {len(files)} berkas tidak terpindai. Pasang di PATH runner PA.",
            file=sys.stderr,
        )
        return EXIT_UNREADABLE
    tool = ukur.behind(Path(program), "semgrep", "semgrep", "semgrep")
    with tempfile.TemporaryDirectory(prefix="kawal-semgrep-") as folder:
        stage = Path(folder, "pohon")
        staged = [name for path in files if (name := _stage(source, stage, path)) is not None]
        parts = []
        for number, chunk in enumerate(_chunks(staged)):
            part = Path(folder, f"{number}.json")
            done = _run(program, stage, chunk, part, folder)
            # Exit 1 is "findings" and also "crashed at import": only the report tells.
            if done.returncode not in (0, 1) or not part.is_file():
                print(
                    f"Semgrep berakhir dengan kode {done.returncode}: {one_line(done.stderr[-600:])}",
                    file=sys.stderr,
                )
                return EXIT_UNREADABLE
            parts.append(json.loads(part.read_text("utf-8")))
    report.write_text(json.dumps(_merged(parts), ensure_ascii=False), "utf-8")
    ukur.keep(report, tool)
    print(f"Semgrep selesai; {len(staged)} berkas; laporan di {options.keluar}.")
    return EXIT_OK


def _stage(source: Path, stage: Path, path: str) -> str | None:
    """Copies one file; links are left out, so the gate misses them. Returns its name under `stage`."""
    origin = source / path
    if origin.is_symlink() or not origin.is_file():
        return None
    raw = origin.read_bytes()
    name = path
    if path.lower().endswith(".vue"):
        # Semgrep reads no Vue: keep the script block at its line numbers and blank the rest but `v-html`.
        raw, name = _script_of(raw), path + ".kawal.ts"
    elif not _OWN_ENDINGS.search(path):
        name = path + ".kawal.php"
    target = stage / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    return name


def _script_of(raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    kept, end = [], 0
    for match in _SCRIPT.finditer(text):
        kept += [_blank(text[end : match.start(2)]), match.group(2)]
        end = match.end(2)
    return "".join([*kept, _blank(text[end:])]).encode()


def _blank(markup: str) -> str:
    """Line ends, and each `v-html` as a call that our rule knows; its expression as text, so that it cannot break the script."""
    lines = (
        " ".join(f"kawalVHtml({json.dumps(match[2])});" for match in _V_HTML.finditer(line))
        for line in markup.split("\n")
    )
    return "\n".join(lines)


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for name in names:
        if chunk and size + len(name.encode()) > ARGUMENTS:
            yield chunk
            chunk, size = [], 0
        chunk.append(f"./{name}")  # a name may start with a dash
        size += len(name.encode()) + 10
    if chunk:
        yield chunk


def _run(
    program: str, stage: Path, names: list[str], report: Path, home: str
) -> subprocess.CompletedProcess[str]:
    """Files are named one by one: that alone beats .semgrepignore, .gitignore and the built-in ignore of tests/ and vendor/."""
    command = [
        program,
        "scan",
        "--config",
        str(RULES),
        "--metrics=off",
        "--disable-version-check",
        "--json",
        "--no-git-ignore",
    ]
    command += [
        "--disable-nosem",
        "--max-target-bytes",
        "0",
        "--timeout",
        "60",
        "--verbose",
        "--jobs",
        "2",
        "--output",
        str(report),
    ]
    environ = {"PATH": f"{Path(program).parent}:{os.defpath}", "HOME": home, "LANG": "C.UTF-8"}
    environ |= {"SEMGREP_SETTINGS_FILE": str(Path(home, "setelan.yml")), "SEMGREP_SEND_METRICS": "off"}
    return subprocess.run(
        [*command, *names],
        cwd=stage,
        env=environ,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT,
        check=False,
    )


def _merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One report of Semgrep's shape; a tree needs more than one run only beyond some ten thousand files."""
    return {
        "version": parts[0].get("version", ""),
        "results": [row for part in parts for row in part["results"]],
        "errors": [row for part in parts for row in part["errors"]],
        "paths": {
            "scanned": [row for part in parts for row in part["paths"]["scanned"]],
            "skipped": [row for part in parts for row in part["paths"].get("skipped") or []],
        },
        "skipped_rules": [row for part in parts for row in part.get("skipped_rules") or []],
    }
