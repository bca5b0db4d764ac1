"""Stands on PATH as `python` and `wapiti` in jobs that gitlab-ci-local runs: test tools hand in a recorded report, the rest is real.

`skenario.json` beside this file says which report each tool leaves; a tool that is not named there runs for real.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

SCENARIO = json.loads((Path(__file__).resolve().parent / "skenario.json").read_text("utf-8"))
# The words that tell a tool, and the option that names its report.
TOOLS: dict[str, tuple[tuple[str, ...], str]] = {
    "fungsi": (("uji/fungsi",), "--junitxml="),
    "integrasi": (("uji/integrasi",), "--junitxml="),
    "bandit": (("jalankan-bandit",), "--keluar"),
    "semgrep": (("jalankan-semgrep",), "--keluar"),
    "keamanan_kode": (("satukan",), "--keluar"),
    "rahasia": (("periksa-pohon", "laporan/rahasia.json"), "--keluar"),
    "dependensi": (("periksa-pohon", "laporan/dependensi.json"), "--keluar"),
    "dokumen": (("periksa-pohon", "laporan/dokumen.json"), "--keluar"),
    "instalasi": (("pasang-uji",), "--keluar"),
    "beban": (("kawal_load",), "--keluar"),
    "keamanan_aplikasi": (("wapiti",), "-o"),
}


def main(argv: list[str]) -> int:
    words = [Path(argv[1]).name, *argv[2:]]
    for name, (marks, option) in TOOLS.items():
        if all(mark in words for mark in marks) and name in SCENARIO["laporan"]:
            return play(SCENARIO["laporan"][name], words, option)
    real = SCENARIO["python"] if words[0] == "python" else SCENARIO["wapiti"]
    os.execv(real, [real, *words[1:]])
    return 1


def play(report: str | None, words: list[str], option: str) -> int:
    """Leaves the recorded report; None leaves none, as a tool that died."""
    joined = [word.partition("=")[2] for word in words if option.endswith("=") and word.startswith(option)]
    target = Path(joined[0] if joined else words[words.index(option) + 1])
    if report is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(report, target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
