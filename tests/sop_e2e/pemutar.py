"""Stands on the runners' PATH as `python` and `wapiti`: tools that would take long hand in a report that was recorded from them.

The pipeline, its jobs, the packing, the registry and the judging are real; kawal pulls these reports through the forge's API and
recomputes them like any other. Everything that is not a test tool goes on to the real Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

RECORDED = Path(os.environ.get("KAWAL_REKAMAN") or sys.argv[0]).resolve()
REPORTS = {
    "jalankan-bandit": ("--keluar", "keamanan_kode/bersih.json"),
    "kawal_load": ("--keluar", "beban/lulus.json"),
    "wapiti": ("-o", "keamanan_aplikasi/wapiti-bersih.json"),
}


def main(argv: list[str]) -> int:
    name, words = Path(argv[0]).name, argv[1:]
    if name == "wapiti":
        return play("wapiti", words)
    if "pytest" in words:
        target = next(word.partition("=")[2] for word in words if word.startswith("--junitxml="))
        return copy("fungsi/lulus.xml", target)
    for tool in ("jalankan-bandit", "kawal_load"):
        if tool in words:
            return play(tool, words)
    if "pasang-uji" in words:
        return receipt(words)
    return real(words)


def real(words: list[str]) -> int:
    python = os.environ["KAWAL_PYTHON"]
    os.execv(python, [python, *words])
    return 1


def play(tool: str, words: list[str]) -> int:
    option, report = REPORTS[tool]
    return copy(report, words[words.index(option) + 1])


def copy(report: str, target: str) -> int:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RECORDED / report, target)
    return 0


def receipt(words: list[str]) -> int:
    """What the test target answers, with the digest of the bytes that were really packed."""
    digest = hashlib.sha256(Path(words[words.index("--berkas") + 1]).read_bytes()).hexdigest()
    value = json.loads((RECORDED / "instalasi/lulus.json").read_text("utf-8"))
    target = Path(words[words.index("--keluar") + 1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({**value, "sha256": digest}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
