"""The verifier is one file that runs alone on an old Python."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from kawal_target import target

SOURCE = Path(target.__file__)
STDLIB_SLOW = {
    "dataclasses",
    "pathlib",
    "logging",
    "http.server",
    "urllib.request",
    "tarfile",
    "subprocess",
    "ssl",
}


def test_is_written_in_the_syntax_of_python_3_8() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 8))


def test_imports_the_standard_library_only() -> None:
    roots = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            roots |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "").split(".")[0])
    assert roots <= sys.stdlib_module_names


def test_runs_as_a_copied_file_without_site_packages(world: Any, tmp_path: Path) -> None:
    copy = tmp_path / "salinan.py"
    copy.write_bytes(SOURCE.read_bytes())
    package = world.package()
    (tmp_path / "izin.json").write_bytes(world.permit(package).to_bytes())
    (tmp_path / "p.tar").write_bytes(package)
    arguments = [
        "--konfigurasi",
        str(world.config_path),
        "--izin",
        str(tmp_path / "izin.json"),
        "--berkas",
        str(tmp_path / "p.tar"),
    ]
    for verb, code in (("verifikasi", 0), ("pasang", 0), ("verifikasi", 3), ("pasang", 3)):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(copy), verb, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
    assert "IZIN-310" in done.stderr
    assert world.serving() == "satu"


def test_verifying_loads_no_slow_module(world: Any, tmp_path: Path) -> None:
    package = world.package()
    (tmp_path / "izin.json").write_bytes(world.permit(package).to_bytes())
    (tmp_path / "p.tar").write_bytes(package)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import target;"
        "code = target.main(['verifikasi', '--konfigurasi', sys.argv[2], '--izin', sys.argv[3], '--berkas', sys.argv[4]]);"
        "print(*sys.modules); sys.exit(code)"
    )
    files = [str(world.config_path), str(tmp_path / "izin.json"), str(tmp_path / "p.tar")]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(SOURCE.parent), *files],
        capture_output=True,
        text=True,
        check=True,
    )
    assert STDLIB_SLOW & set(done.stdout.split()) == set()


def test_every_code_in_the_file_is_in_its_table_and_the_reverse() -> None:
    text = SOURCE.read_text()
    table = set(re.findall(r"[A-Z]+-\d{3}", ast.get_docstring(ast.parse(text)) or ""))
    used = set(re.findall(r'"([A-Z]+-\d{3})"', text))
    assert used == table
