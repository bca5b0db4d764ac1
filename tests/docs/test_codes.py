"""The catalogue of codes and the sources say the same: every code is explained, none is orphaned, none means two things."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kawal.policy import evidence, signoffs
from kawal.services.explain import CODE, codes, explain
from kawal_checks.kode import CODES

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"\b[A-Z]{3,8}-[0-9]{3}\b")
_AREAS = """REKOM LANGKAH TENGGAT FUNGSI UNIT SISTEM BEBAN AMAN PENTEST RAHASIA DEPEN INTEG UAT GUNA INSTAL DOK TINJAU SANDI PSE
BUKTI SUBJEK IDENT POSTUR IZIN LEDGER PERCAYA JAM PROFIL KONF FORGE INPUT"""
AREAS = frozenset(_AREAS.split())
COMPUTED = (
    {f"{area}-{n:03d}" for area in (*evidence.AREAS.values(), "BUKTI") for n in range(1, 8)}
    | {
        f"{area}-{signoffs.FIRST.get(kind, 0) + n:03d}"
        for kind, area in signoffs.AREAS.items()
        for n in range(1, 7)
    }
    | {"UAT-007", "IZIN-004"}
)
"""Built from an area and a number: policy.evidence, policy.signoffs, kawal_issuer.token."""

SHARED = frozenset(
    {
        "BUKTI-032",  # the pipeline of a branch or of a tag is not finished
        "FORGE-002",  # no token at all, or one that the forge refuses
        "FORGE-006",  # an answer that is not GitLab's
        "FORGE-007",  # the thing changed meanwhile
        "FORGE-008",
        "FORGE-011",
        "FORGE-012",
        "FORGE-013",
        "FORGE-004",  # the forge does not show it, whatever it is
        "FORGE-010",  # seen by the plan, or by the adapter in the same second
        "FORGE-020",  # git against the forge
        "IDENT-003",  # refused at signing, and again when judged
        "INPUT-001",  # any input file
        "INPUT-013",  # any public key
        "INPUT-014",  # any signed file
        "INPUT-046",  # a plan file
        "JAM-001",  # seen when appending, and when judging
        "JAM-002",
        "KONF-020",  # kawal.yml is not complete
        "LEDGER-002",  # a record is not there
        "LEDGER-006",  # written or read
        "PERCAYA-001",  # no trust file, or no key of it
        "PERCAYA-003",
        "PERCAYA-005",
        "PROFIL-023",
        "REKOM-002",  # not provisioned: one application, or none at all
        "REKOM-001",  # judged, or needed by a verb
        "SUBJEK-001",  # unknown application, or unknown project
        "IZIN-016",  # the door's target, or the policy's
        "IZIN-006",  # another project's token, or an application nobody knows
        "IZIN-057",  # refused at signing, and again when judged
    }
)


def sources() -> Iterator[Path]:
    for root in ("automation", "checks", "load"):
        for path in sorted((ROOT / root).rglob("*.py")):
            if "demo_data" not in path.parts:
                yield path


def printed() -> set[str]:
    """Every code that stands in a source text."""
    found = {code for path in sources() for code in WORD.findall(path.read_text("utf-8"))}
    return {code for code in found if code.partition("-")[0] in AREAS}


def test_every_code_in_the_sources_is_explained() -> None:
    assert sorted((printed() | COMPUTED) - set(codes())) == []


def test_no_explained_code_is_missing_from_the_sources() -> None:
    assert sorted(set(codes()) - printed() - COMPUTED) == []


def test_codes_of_kawal_checks_carry_the_titles_of_its_table() -> None:
    ours = {code: codes()[code].title for code in CODES}
    assert ours == {code: title[0].upper() + title[1:] for code, title in CODES.items()}


def test_each_explanation_has_a_title_and_says_what_next() -> None:
    for code, one in codes().items():
        assert CODE.fullmatch(code), code
        assert code.partition("-")[0] in AREAS, code
        assert one.title[0].isupper(), code
        assert not one.title.endswith("."), code
        assert one.text.endswith("."), code
        assert explain(code.lower()).text.startswith(f"{code} {one.title}\n")


def raised() -> dict[str, dict[str, set[str]]]:
    """Code -> module -> texts given beside it, read from calls like `BlockedError("AREA-001", "text")`. The adapters are one module."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for first, second in zip(node.args, node.args[1:], strict=False):
                spoken = isinstance(second, ast.Constant | ast.JoinedStr)
                if spoken and isinstance(first, ast.Constant) and WORD.fullmatch(str(first.value)):
                    module = path.parent if path.parent.name == "forges" else path
                    found[str(first.value)][module.relative_to(ROOT).as_posix()].add(ast.unparse(second))
    return found


def test_a_code_means_one_thing_in_every_module() -> None:
    two = {
        code: dict(modules)
        for code, modules in raised().items()
        if len(modules) > 1 and len(set.union(*modules.values())) > 1 and code not in SHARED
    }
    assert two == {}


def test_ranges_keep_rooms_apart() -> None:
    """101-299 in the areas of its table belong to kawal-checks, 301-399 to kawal-target, the rest to kawal and its issuer."""
    wrong = []
    for code, modules in raised().items():
        room = "kawal_target" if code[-3] == "3" else "kawal_checks" if code in CODES else "kawal"
        wrong += [(code, module) for module in modules if f"/{room}" not in f"/{module}"]
    assert wrong == []
