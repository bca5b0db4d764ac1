"""`make survei`: kawal's Semgrep rules over a PHP application that nobody here wrote, compared with the findings judged in tests/data/survei.

The application comes from Debian (`apt-get download`, checked by digest) into a temporary folder; its code is never kept. A finding that
is new or gone ends with 1: judge it in the file, or mend the rule.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from kawal_checks.jobs import run_job
from kawal_checks.readers import semgrep

DATA = Path(__file__).parent / "data/survei"
Pair = tuple[str, str]


def fetched(survey: dict[str, Any], folder: Path) -> Path:
    """The unpacked package; an error when Debian serves other bytes by now."""
    wanted = f"{survey['paket']}={survey['versi']}"
    subprocess.run(["apt-get", "download", "-qq", wanted], cwd=folder, check=True, timeout=300)
    package = next(folder.glob("*.deb"))
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if digest != survey["sha256"]:
        raise SystemExit(f"{package.name}: sha256 {digest}, bukan {survey['sha256']}")
    tree = folder / "pohon"
    subprocess.run(["dpkg-deb", "-x", package, tree], check=True, timeout=300)
    return tree


def found(tree: Path, folder: Path) -> tuple[int, Counter[Pair]]:
    """(files that were scanned, every (file:line, rule) with how often)."""
    report = folder / "semgrep.json"
    code = run_job(["jalankan-semgrep", "--sumber", str(tree), "--keluar", str(report)])
    if code or not report.is_file():
        raise SystemExit(f"jalankan-semgrep berakhir dengan {code}")
    scan = semgrep.read(report.read_bytes())
    if scan.errors:
        raise SystemExit(f"tidak terbaca: {scan.errors[:3]}")
    return len(scan.files or ()), Counter((one.place, one.rule) for one in scan.findings)


def main() -> int:
    known, differing = 0, 0
    for path in sorted(DATA.glob("*.json")):
        survey = json.loads(path.read_text("utf-8"))
        judged = Counter((one["tempat"], one["aturan"]) for one in survey["temuan"])
        with tempfile.TemporaryDirectory(prefix="kawal-survei-") as name:
            folder = Path(name)
            files, seen = found(fetched(survey, folder), folder)
        for word, pairs in (("baru", seen - judged), ("hilang", judged - seen)):
            for place, rule in sorted(pairs.elements()):
                print(f"{word}: {place} {rule}")
                differing += 1
        if files != survey["berkas"]:
            print(f"{survey['paket']}: {files} berkas terpindai, bukan {survey['berkas']}")
            differing += 1
        known += sum(judged.values())
    print(f"{known} temuan dinilai satu per satu, {differing} berbeda")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
