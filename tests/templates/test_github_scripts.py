"""Script lines of the GitHub workflow, run by a shell as GitHub's runner runs them: optional tests, accepted risks, ZAP's step.

Only the expressions that stand in the file are understood here; no runner of GitHub was ever asked. Docker is played: ZAP never ran.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from templat import ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "github/kawal.yml").read_text("utf-8"))
DATA = Path(__file__).parents[1] / "data/checks"
IMAGE = "registri.contoh.go.id/zap@sha256:" + "a" * 64
DOCKER = """#!/bin/sh
echo "$@" >> "$0.log"
while [ $# -gt 0 ]; do [ "$1" = --volume ] && folder=${2%%:*}; shift; done
grep -q https://uji.contoh.go.id/ "$folder/zap.yml" || exit 1
cp @REPORT@ "$folder/keamanan-aplikasi.json"
"""


@dataclass
class Job:
    """One job in its checkout, with repository variables and what PA's runner has in its environment."""

    folder: Path
    name: str
    variables: dict[str, str] = field(default_factory=dict)
    runner: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def run(self) -> int:
        """Its steps up to the first that fails; the code of the last."""
        tree, temp, output = self.folder / "checkout", self.folder / "temp", self.folder / "keluaran"
        temp.mkdir(exist_ok=True)
        output.write_text("")
        job = WORKFLOW["jobs"][self.name]
        env = {key: self.value(text, {}) for key, text in job.get("env", {}).items()}
        for step in job["steps"]:
            if "run" not in step or ("if" in step and not self.value(f"${{{{ {step['if']} }}}}", env)):
                continue
            environ = {
                "PATH": f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                "LANG": "C.UTF-8", "HOME": str(self.folder), "RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": str(output),
            }  # fmt: skip
            environ |= self.runner | env | {k: self.value(v, env) for k, v in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step["run"]],
                cwd=tree, env=environ, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            self.said += done.stdout + done.stderr
            if done.returncode:
                return done.returncode
        return 0

    def value(self, text: str, env: dict[str, str]) -> Any:
        """GitHub's `&&` and `||` give an operand, as Python's words do; an unknown name stops the test."""
        found = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
        if found is None:
            return text
        outputs = dict(
            line.split("=", 1) for line in (self.folder / "keluaran").read_text().splitlines() if line
        )
        names = {
            "vars": Named(self.variables), "env": Named(env), "zap": Named(outputs),
            "format": str.format, "hashFiles": self.hashed, "temp": str(self.folder / "temp"),
        }  # fmt: skip
        code = found[1].replace("&&", "and").replace("||", "or").replace("runner.temp", "temp")
        return eval(code.replace("steps.zap.outputs", "zap"), {"__builtins__": {}}, names)  # our own file

    def hashed(self, pattern: str) -> str:
        return "ada" if any(one.is_file() for one in (self.folder / "checkout").glob(pattern + "/*")) else ""


class Named:
    """A context of GitHub: what is not there is empty."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def __getattr__(self, name: str) -> str:
        return self.values.get(name, "")


def job(
    folder: Path,
    name: str,
    *,
    files: dict[str, str],
    thresholds: dict[str, Any] | None = None,
    **variables: str,
) -> Job:
    for path, text in files.items():
        place = folder / "checkout" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    (folder / "checkout").mkdir(exist_ok=True)
    return Job(folder, name, {"KAWAL_AMBANG": json.dumps({"schema": 1, **(thresholds or {})}), **variables})


TEST = "def test_satu() -> None:\n    assert 1 + 1 == {}\n"


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"a.py": ""}, 0, "Uji unit: folder uji/unit tidak ada; tidak ada yang dinilai."),
        ({"uji/unit/test_a.py": TEST.format(2)}, 0, "Lulus: uji unit: 1"),
        ({"uji/unit/test_a.py": TEST.format(3)}, 3, "UNIT-102"),
        ({"uji/unit/BACA.md": "Belum ada."}, 3, "UNIT-101"),
    ],
    ids=["tanpa folder", "lulus", "merah", "kosong"],
)
def test_a_test_that_need_not_be_there_is_judged_when_it_is(
    files: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    made = job(tmp_path, "unit", files=files)
    assert made.run() == code, made.said
    assert said in made.said
    assert (tmp_path / "checkout/laporan/unit.xml").is_file() == ("uji/unit" in "".join(files))


def test_a_folder_that_only_looks_like_one_is_not_passed_by(tmp_path: Path) -> None:
    """A link is followed by the gate and not by GitHub's `hashFiles`: then nothing was run, and that is no pass."""
    made = job(tmp_path, "sistem", files={"lain/a.py": ""})
    (tmp_path / "checkout/uji").mkdir()
    (tmp_path / "checkout/uji/sistem").symlink_to(tmp_path / "checkout/kosong")
    (tmp_path / "checkout/kosong").mkdir()
    assert made.run() == 3, made.said
    assert "Tidak dapat dinilai: uji sistem" in made.said


def test_an_accepted_risk_lets_the_job_go_on_and_an_ended_one_does_not(tmp_path: Path) -> None:
    files = {"a.py": "def f(x):\n    return eval(x)\n"}
    thresholds = {"keamanan_kode": {"kritis": 0, "tinggi": 0, "sedang": 0}}
    first = job(tmp_path, "keamanan-kode", files=files, thresholds=thresholds)
    assert first.run() == 3
    report = tmp_path / "checkout/laporan/keamanan-kode.json"
    command = [sys.executable, "-I", "-m", "kawal_checks", "keamanan-kode", "--laporan", str(report)]
    told = subprocess.run([*command, "--keluaran", "json"], capture_output=True, text=True, check=False)
    (finding,) = json.loads(told.stdout)["data"]["temuan"]
    row = {"uji": "keamanan_kode", "sidik": finding["sidik"], "tingkat": finding["tingkat"], "jumlah": 1}
    for until, code in (("2099-01-01T00:00:00Z", 0), ("2020-01-01T00:00:00Z", 3)):
        listed = json.dumps({"schema": 1, "daftar": [{**row, "sampai": until}]})
        again = job(tmp_path, "keamanan-kode", files=files, thresholds=thresholds, KAWAL_PENGECUALIAN=listed)
        assert again.run() == code, again.said


def scanned(folder: Path, report: str, **runner: str) -> Job:
    """The job that scans the application, with Wapiti and Docker played: each hands in a recorded report."""
    made = job(
        folder, "keamanan-aplikasi", files={}, thresholds={"keamanan_aplikasi": {"tinggi": 0, "halaman_min": 1}},
        KAWAL_URL_UJI="https://uji.contoh.go.id",
    )  # fmt: skip
    made.runner = runner
    (folder / "bin").mkdir()
    programs = {
        "docker": DOCKER.replace("@REPORT@", str(DATA / f"keamanan_aplikasi/{report}")),
        "wapiti": f"#!/bin/sh\ncp {DATA}/keamanan_aplikasi/wapiti-bersih.json laporan/keamanan-aplikasi.json\n",
    }
    for name, text in programs.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    return made


def test_without_an_image_wapiti_scans(tmp_path: Path) -> None:
    made = scanned(tmp_path, "zap-bersih.json")
    made.variables |= {"KAWAL_CITRA_ZAP": IMAGE}  # a collaborator's variable chooses nothing
    made.run()
    assert "tidak dipindai dengan ZAP" in made.said
    assert not (tmp_path / "bin/docker.log").exists()
    assert json.loads((tmp_path / "checkout/laporan/keamanan-aplikasi.json").read_text())["infos"]


def test_with_an_image_zap_scans_by_pas_plan_and_the_gate_reads_its_report(tmp_path: Path) -> None:
    made = scanned(tmp_path, "zap-bersih.json", KAWAL_CITRA_ZAP=IMAGE, ZAP_SANDI="rahasia")
    assert made.run() == 0, made.said
    asked = (tmp_path / "bin/docker.log").read_text()
    assert asked.endswith(f"{IMAGE} zap.sh -cmd -autorun /zap/wrk/zap.yml\n")
    assert "--env ZAP_SANDI" in asked
    assert "rahasia" not in asked
    left = (tmp_path / "checkout/laporan/keamanan-aplikasi.json").read_bytes()
    assert left == (DATA / "keamanan_aplikasi/zap-bersih.json").read_bytes()
    assert "Lulus: uji keamanan aplikasi" in made.said


@pytest.mark.parametrize(
    "image", ["zaproxy/zap-stable", "zaproxy/zap-stable:2.16", IMAGE[:-1], f"-v/:/x {IMAGE}"]
)
def test_an_image_without_a_digest_is_refused(image: str, tmp_path: Path) -> None:
    made = scanned(tmp_path, "zap-bersih.json", KAWAL_CITRA_ZAP=image)
    assert made.run() == 6
    assert "KAWAL_CITRA_ZAP" in made.said
    assert not (tmp_path / "bin/docker.log").exists()


def test_a_scan_that_left_no_report_blocks(tmp_path: Path) -> None:
    made = scanned(tmp_path, "tidak-ada.json", KAWAL_CITRA_ZAP=IMAGE)
    assert made.run() == 6
    assert "tidak ada laporan yang dinilai" in made.said
