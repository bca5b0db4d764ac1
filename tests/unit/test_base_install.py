"""The base install stays light: few distributions, no forge library, no scanner, nothing of the embedded forge."""

import subprocess
import sys
from importlib import metadata

from packaging.requirements import Requirement


def base_distributions() -> set[str]:
    """kawal's requirements without extras, and theirs."""
    found: set[str] = set()
    todo = ["kawal"]
    while todo:
        for text in metadata.requires(todo.pop()) or []:
            one = Requirement(text)
            if (one.marker is None or one.marker.evaluate({"extra": ""})) and one.name.lower() not in found:
                found.add(one.name.lower())
                todo.append(one.name)
    return found


def test_base_install_has_at_most_ten_distributions() -> None:
    found = base_distributions()
    assert {"click", "pyyaml", "pydantic", "cryptography"} <= found
    assert len(found) <= 10, sorted(found)


def loaded_after(code: str) -> set[str]:
    script = (
        f"import sys\n{code}\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_without_forge_libraries_or_models() -> None:
    loaded = loaded_after("from kawal.cli import main\nmain._register()")
    assert not loaded & {
        "gitlab",
        "github",
        "requests",
        "pydantic",
        "yaml",
        "kawal_sandbox",
        "starlette",
        "locust",
    }


def test_services_load_no_forge_library_until_a_forge_is_opened() -> None:
    loaded = loaded_after("import kawal.services.office, kawal.services.provision, kawal.services.collect")
    assert not loaded & {"gitlab", "github", "requests", "kawal_sandbox", "uvicorn"}
