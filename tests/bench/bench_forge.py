"""Calls and seconds of a first and of an unchanged run: kawal, gitlabform and a 16-thread python-gitlab script. Claims no times.

    python tests/bench/bench_forge.py [--proyek N] [--latensi DETIK …] [--slot N] [--putaran N] [--alat NAMA …]

Every tool is a process of its own, from start to exit, and brings N projects of one group to the same state on the embedded forge
behind `forge_lambat.py`. Calls and writes are the forge's own log. A round counts only with exit 0 and the same end state.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import forge_gitlabform
import gitlab
from forge_beban import MEMBERS, state

from forge_latihan import ForgeLatihan, forge_latihan

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("KAWAL_ALAT_DIR") or Path(sys.prefix) / "alat")

TOOLS = ("kawal", "skrip-16-utas", "gitlabform")


@dataclass
class Bench:
    forge: ForgeLatihan
    folder: Path
    token: str
    peer: Path | None
    count: int
    wanted: list[str]

    def tools(self) -> list[str]:
        return [one for one in self.wanted if one != "gitlabform" or self.peer]

    def round(self, tool: str, url: str, group: str) -> dict[str, Any]:
        """First and unchanged run of one tool, and the state it left."""
        env = {**os.environ, "BENCH_TOKEN": self.token}
        if tool == "gitlabform" and self.peer:
            forge_gitlabform.prepare(self.forge, self.token, group, self.count)
            words = forge_gitlabform.command(self.peer, self.folder, url, group, self.count)
            env = forge_gitlabform.environment(self.token, self.folder)
        else:
            script = {"kawal": "forge_kawal.py", "skrip-16-utas": "forge_skrip.py"}[tool]
            words = [sys.executable, str(HERE / script), url, group, str(self.count)]
        runs = {when: self.measured(words, env) for when in ("pertama", "tanpa_perubahan")}
        return {**runs, "keadaan": state(self.forge, group, self.count)}

    def measured(self, words: list[str], env: dict[str, str]) -> dict[str, Any]:
        before, started = self.forge.last_request(), time.perf_counter()
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(
                f"{words[:2]}: keluar {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        rows = self.forge.requests(before)
        writes = sum(row["method"] not in ("GET", "HEAD") for row in rows)
        return {"panggilan": len(rows), "tulis": writes, "detik": round(seconds, 2)}


@contextmanager
def slow(forge: ForgeLatihan, latency: float, slots: int) -> Iterator[str]:
    words = [sys.executable, str(HERE / "forge_lambat.py"), forge.url, str(latency), str(slots)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def compared(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Each tool's calls and time over kawal's, from the round with kawal's median time."""
    told: dict[str, Any] = {}
    for when in ("pertama", "tanpa_perubahan"):
        middle = sorted(rounds, key=lambda one: one["kawal"][when]["detik"])[len(rounds) // 2]
        own = middle["kawal"][when]
        told[when] = {
            tool: {key: round(of[when][key] / own[key], 1) for key in ("panggilan", "detik")}
            for tool, of in middle.items()
            if tool != "kawal"
        }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proyek", type=int, default=10)
    parser.add_argument("--latensi", type=float, nargs="+", default=[0.005, 0.05])
    parser.add_argument("--slot", type=int, default=8)
    parser.add_argument("--putaran", type=int, default=1)
    parser.add_argument("--alat", nargs="+", choices=TOOLS, default=list(TOOLS), help="kawal has to be one")
    options = parser.parse_args()
    peer = forge_gitlabform.program(FOLDER) if "gitlabform" in options.alat else None
    result: dict[str, Any] = {
        "proyek": options.proyek,
        "slot": options.slot,
        "gitlabform": forge_gitlabform.PIN if peer else "tidak ikut",
        "python_gitlab": gitlab.__version__,
        "urllib3": metadata.version("urllib3"),
        "pth": sorted(path.name for path in Path(gitlab.__file__).parents[1].glob("*.pth")),
    }
    with tempfile.TemporaryDirectory() as folder, forge_latihan(Path(folder) / "forge") as forge:
        for name in MEMBERS:
            forge.user(name)
        bench = Bench(forge, Path(folder), forge.user("kawal-bot")[1], peer, options.proyek, options.alat)
        for latency in options.latensi:
            rounds: list[dict[str, Any]] = []
            states: list[str] = []
            with slow(forge, latency, options.slot) as url:
                for number in range(options.putaran):
                    rounds.append({})
                    for tool in bench.tools():
                        group = f"bench-{latency:g}-{number}-{tool}".replace(".", "-") + "/opd"
                        done = bench.round(tool, url, group)
                        states.append(json.dumps(done.pop("keadaan"), sort_keys=True))
                        rounds[-1][tool] = done
            per_project = rounds[0]["kawal"]["tanpa_perubahan"]["panggilan"] / options.proyek
            result[f"{latency * 1000:g} ms"] = {
                "keadaan_akhir_sama": len(set(states)) == 1,
                "putaran": rounds,
                "kelipatan_kawal": compared(rounds),
                "panggilan_per_proyek_tanpa_perubahan": round(per_project, 1),
            }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
