"""Jobs that need not be there: unit and system tests are asked of whoever has them, and of whoever the SOP demands them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import pytest

from kawal.forges.port import Job, Pipeline
from kawal.services.collect import asked_of
from kawal.services.origin import Run
from kawal.services.policies import declared_jobs
from kawal.services.templates import template_jobs
from kawal.sop.compile import compile_policy
from kawal.sop.fields import TestKind
from kawal.sop.lint import PIPELINE_TESTS
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import procedure_for

OPTIONAL = {"unit", "sistem"}


def run(**jobs: tuple[str, bool]) -> Run:
    """A finished pipeline with these jobs: status, and whether it left artefacts."""
    pipeline = Pipeline(1, "push", "main", "a" * 40, "success", False, 1, "")
    made = {
        name: Job(
            n,
            name,
            "uji",
            status,
            1,
            "main",
            False,
            "a" * 40,
            1,
            1,
            left,
            datetime(2026, 11, 22, tzinfo=UTC),
            "",
        )
        for n, (name, status, left) in enumerate((name, *one) for name, one in jobs.items())
    }
    return Run(pipeline, "x", True, made)


@pytest.mark.parametrize(
    ("demanded", "jobs", "asked"),
    [
        (set(), {}, set()),
        (set(), {"unit": ("success", True)}, {"unit"}),
        (set(), {"unit": ("failed", False)}, {"unit"}),  # it broke down: that is no absence
        (set(), {"unit": ("success", False)}, set()),  # GitHub: there, without a folder
        ({"unit"}, {}, {"unit"}),
        ({"unit", "sistem"}, {"sistem": ("success", True)}, {"unit", "sistem"}),
    ],
    ids=["nothing", "there", "broke down", "no folder on GitHub", "demanded and absent", "both demanded"],
)
def test_what_is_collected_of_an_application(
    demanded: set[str], jobs: dict[str, tuple[str, bool]], asked: set[str]
) -> None:
    found = {one.uji for one in asked_of(template_jobs(), demanded, (run(**jobs),))}
    assert found & OPTIONAL == asked
    assert found - OPTIONAL == {one.uji for one in template_jobs() if not one.opsional}


def test_a_profile_that_prints_them_demands_their_evidence_and_no_other_does() -> None:
    profiles = load_profiles([])
    decided = load_dinas_policy(BUILTIN / "kebijakan-contoh.yml", [one.value for one in profiles.values()])
    for name, held in profiles.items():
        procedure = procedure_for(held.value, load_overlay().value, decided.value)
        printed = {test.kind for test in procedure.tests} & OPTIONAL
        policy = json.loads(compile_policy([procedure], forge={}, targets=[], jobs=declared_jobs()))
        (rules,) = policy["authorities"].values()
        classes = {one["uji"]: one["class"] for one in rules["evidence"] if one["uji"] in OPTIONAL}
        assert classes == dict.fromkeys(printed, "dilaporkan"), name
        assert bool(printed) == (name == "katingan"), name


def test_what_a_profile_may_print_without_a_paper_are_the_tests_with_a_job_of_their_own() -> None:
    printable = set(get_args(TestKind))
    assert printable & declared_jobs().keys() == PIPELINE_TESTS
