"""`rencana-zap`, `pindai-zap`: ZAP by a plan of its Automation Framework for one target. ZAP itself was never run by this project.

The plans lie in `data/zap`, inside PA's own tools, so that no repository can change what is scanned. Credentials stay variables that
ZAP reads from its environment. Where the forge gives a job its image (GitLab), the template runs ZAP; elsewhere `pindai-zap` does.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess  # argument lists only  # nosec B404
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kawal_checks.model import EXIT_OK, EXIT_UNREADABLE, ReportError
from kawal_checks.teks import one_line

PLANS = Path(__file__).parents[1] / "data" / "zap"
KINDS = ("baseline", "penuh", "api", "masuk")
TIMEOUT = 3600
FOLDER = "/zap/wrk"
"""Where ZAP's images expect what is shared with them (zaproxy.org/docs/docker)."""
REPORT = "keamanan-aplikasi.json"
GIVEN = ("ZAP_OPENAPI", "ZAP_HALAMAN_MASUK", "ZAP_PENGGUNA", "ZAP_SANDI")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/\[\]-]{1,300}")
_IMAGE = re.compile(r"[a-z0-9][a-zA-Z0-9._:/-]{0,300}@sha256:[0-9a-f]{64}")


def plan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    del environ
    options.keluar.write_text(plan_for(options.jenis, options.sasaran), "utf-8")
    print(f"Rencana ZAP {options.jenis} untuk {options.sasaran}: {options.keluar}.")
    return EXIT_OK


def scan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Exit 0 means that a report was written, or that PA chose no ZAP image. GitHub's step output `zap` says which of the two.

    The image is taken from the runner's environment alone: whoever names it runs what he likes on PA's runner.
    """
    image, kind = environ.get("KAWAL_CITRA_ZAP", ""), environ.get("KAWAL_RENCANA_ZAP") or KINDS[0]
    if not image:
        print("KAWAL_CITRA_ZAP tidak ada di lingkungan runner: tidak dipindai dengan ZAP.")
        return EXIT_OK
    if not _IMAGE.fullmatch(image):
        raise ReportError("KAWAL_CITRA_ZAP", image[:80], "citra yang disematkan dengan digest (…@sha256:…)")
    if kind not in KINDS:
        raise ReportError("KAWAL_RENCANA_ZAP", kind[:40], ", ".join(KINDS))
    with tempfile.TemporaryDirectory(prefix="kawal-zap-", ignore_cleanup_errors=True) as closed:
        folder = Path(closed, "wrk")  # the user inside the image is another one than the runner's
        folder.mkdir()
        folder.chmod(0o777)
        (folder / "zap.yml").write_text(plan_for(kind, options.sasaran), "utf-8")
        code = _run(image, folder, environ)
        report = folder / REPORT
        if code != 0 or not report.is_file():
            print(f"ZAP berakhir dengan kode {code}; tidak ada laporan yang dinilai.", file=sys.stderr)
            return EXIT_UNREADABLE
        shutil.copyfile(report, options.keluar)
    if output := environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a", encoding="utf-8") as file:
            file.write("zap=ya\n")
    print(f"ZAP ({kind}) selesai; laporan di {options.keluar}.")
    return EXIT_OK


def _run(image: str, folder: Path, environ: Mapping[str, str]) -> int:
    """ZAP's exit code: 1 is a plan that did not run or visited nothing; findings do not change it (`exitStatus` of the plans)."""
    docker = shutil.which("docker", path=environ.get("PATH"))
    if docker is None:
        raise ReportError("docker", "tidak terpasang", "Docker di PATH runner PA, karena KAWAL_CITRA_ZAP ada")
    command = [docker, "run", "--rm", "--network", "host", "--volume", f"{folder}:{FOLDER}:rw"]
    command += ["--env", f"ZAP_LAPORAN={FOLDER}"]
    command += [word for name in GIVEN if name in environ for word in ("--env", name)]
    command += [image, "zap.sh", "-cmd", "-autorun", f"{FOLDER}/zap.yml"]
    print(f"$ docker run {one_line(image, 400)} zap.sh -cmd -autorun {FOLDER}/zap.yml", flush=True)
    return subprocess.run(command, env=dict(environ), timeout=TIMEOUT, check=False).returncode


def plan_for(kind: str, target: str) -> str:
    """The plan as YAML. ReportError when `target` is no plain address: it stands inside quotes."""
    target = _without_default_port(target.rstrip("/"))
    if not _URL.fullmatch(target) or not urlsplit(target).hostname:
        raise ReportError("sasaran", target[:80], "alamat http atau https tanpa kueri")
    text = (PLANS / f"{kind}.yml").read_text("utf-8")
    # The pattern stands in a double-quoted YAML text: a backslash is written twice.
    return text.replace("@SASARAN@", target).replace("@POLA@", re.escape(target).replace("\\", "\\\\"))


def _without_default_port(target: str) -> str:
    """ZAP matches no page when the default port is written out (its page on the environment)."""
    return re.sub(
        r"^(http://[^/]*):80(?=/|$)|^(https://[^/]*):443(?=/|$)", lambda found: found[1] or found[2], target
    )
