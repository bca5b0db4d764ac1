"""`make malam`: the exhaustive suites, whole; writes docs/malam.json (commit, seeds, counts, seconds).

`python tests/malam.py [suite …]` runs some of them and keeps the results of the others.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs" / "malam.json"


@dataclass(frozen=True)
class Suite:
    """One exhaustive run. `covers` are the folders whose newer commits make its result old."""

    arguments: tuple[str, ...]
    covers: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    seed: int | None = None


PYTEST = ("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--timeout=0")


def shared_out(processes: int) -> tuple[str, ...]:
    """Several processes cannot print past the report, so what a test printed is in it."""
    return (
        "-m",
        "pytest",
        "-q",
        "-n",
        str(processes),
        "--dist",
        "worksteal",
        "-rfEP",
        "-p",
        "no:cacheprovider",
        "--timeout=0",
    )


SUITES: dict[str, Suite] = {
    "bypass": Suite(
        ("tests/bypass/bypass_jalankan.py",),
        ("automation/kawal/policy", "automation/kawal/ledger", "automation/kawal_issuer", "checks"),
        seed=20261122,
    ),
    "orakel": Suite(
        (*shared_out(2), "tests/policy/test_oracle.py"),
        ("automation/kawal/policy",),
        {"KAWAL_ORAKEL": "1000000"},
        20261122,
    ),
    "mati": Suite(
        (*PYTEST, "tests/crash"),
        ("automation/kawal/ledger", "automation/kawal_issuer", "checks/kawal_target"),
        {"KAWAL_MATI": "semua"},
    ),
    # Mutated signatures: the target's own Ed25519 beside cryptography, openssl and ssh-keygen.
    "tanda": Suite(
        (*PYTEST, "tests/target/test_target_signatures.py"),
        ("checks/kawal_target", "checks/kawal_seal"),
        {"KAWAL_TANDA": "100000"},
        20261122,
    ),
    "rusak": Suite(
        (*PYTEST, "tests/ledger/test_tamper.py"),
        ("automation/kawal/ledger", "checks/kawal_seal"),
        {"KAWAL_RUSAK": "semua"},
        20261122,
    ),
    # Every fault at every call index, and that many pairs of faults; one target a forge, within the hour each.
    **{
        f"galat-{kind}": Suite(
            (
                *shared_out(3),  # they mostly wait
                "tests/reconcile/test_faults.py",
                "-k",
                f"({kind} and index) or ({kind} and two_faults)",
            ),
            ("automation/kawal/forges", "automation/kawal/reconcile", "automation/kawal_sandbox"),
            {"KAWAL_GALAT": os.environ.get("KAWAL_GALAT", "5000")},
        )
        for kind in ("gitlab", "github")
    },
    # Every recorded report through gitlab-ci-local, and both executors over the same scenarios.
    "templat": Suite(
        (*PYTEST, "-n", "2", "tests/templates/test_gcl.py", "tests/templates/test_gcl_embedded.py"),
        (
            "pipeline-templates",
            "checks/kawal_checks/jobs",
            "checks/kawal_checks/lint",
            "automation/kawal_sandbox/ci",
        ),
        {"KAWAL_MALAM": "1"},
    ),
    # Every mutant of the rooms that decide, seal, record and permit; a survivor that nobody explained fails it.
    **{
        f"mutan-{room}": Suite(("tests/mutan.py", room), (source,))
        for room, source in (
            ("segel", "checks/kawal_seal"),
            ("kebijakan", "automation/kawal/policy"),
            ("buku", "automation/kawal/ledger"),
            ("izin", "automation/kawal_issuer"),
        )
    },
    # Hypothesis on every parser of what comes from outside.
    "masukan": Suite(
        (*PYTEST, "tests/masukan"),
        ("automation", "checks", "load"),
        {"KAWAL_MASUKAN": os.environ.get("KAWAL_MASUKAN", "10000")},
    ),
    "survei": Suite(("tests/survei.py",), ("checks/kawal_checks/data/semgrep", "tests/data/survei")),
    "dast": Suite(
        (*PYTEST, "tests/checks/test_dast_nyata.py"),
        ("checks/kawal_checks/gates", "checks/kawal_checks/readers", "tests/data/rentan_menyala"),
        {"KAWAL_DAST": "semua"},
    ),
}
# What a suite prints about itself: a number, then words, on a line of its own (pytest's dots may stand before it).
COUNT = re.compile(
    r"^[.sF]*(\d[\d.]* (?:kasus|bit|titik|dari|galat|varian|tanpa|temuan|mutan|masukan|tanda)\b.*)$",
    re.MULTILINE,
)
PASSED = re.compile(r"^(\d+ passed.*?) in [\d.]+s", re.MULTILINE)


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run(suite: Suite) -> dict[str, Any]:
    begun, commit = time.monotonic(), git("rev-parse", "HEAD")
    done = subprocess.run(
        [sys.executable, *suite.arguments],
        cwd=ROOT,
        env={**os.environ, **suite.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout[-4000:] if done.returncode == 0 else done.stdout, flush=True)
    return {
        "lulus": done.returncode == 0,
        "commit": commit,
        "bersih": not git("status", "--porcelain", "--", *suite.covers),
        "selesai": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detik": round(time.monotonic() - begun),
        "benih": suite.seed,
        "hitungan": [*COUNT.findall(done.stdout), *PASSED.findall(done.stdout)],
    }


def stored() -> dict[str, Any]:
    empty: dict[str, Any] = {"schema": 1, "hasil": {}}
    return json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else empty


def main() -> int:
    chosen = sys.argv[1:] or list(SUITES)
    if unknown := [name for name in chosen if name not in SUITES]:
        print(f"tidak dikenal: {', '.join(unknown)}; pilihan: {', '.join(SUITES)}", file=sys.stderr)
        return 2
    known = stored()
    for name in chosen:
        print(f"== {name}", flush=True)
        done = run(SUITES[name])
        known = stored()  # another run may have ended meanwhile
        known["hasil"][name] = done
        RESULT.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
    failed = [name for name in chosen if not known["hasil"][name]["lulus"]]
    print(f"gagal: {', '.join(failed)}" if failed else f"lulus: {', '.join(chosen)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
