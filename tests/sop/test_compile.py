"""The compiled policy of docs/formats.md §10."""

from __future__ import annotations

import json

import pytest
from builders import batam, procedure

from kawal.errors import InputError
from kawal.policy.model import parse_policy
from kawal.services.policies import declared_jobs
from kawal.sop.compile import compile_policy
from kawal.sop.flow import conditions
from kawal.sop.loader import load_profiles
from kawal_seal import strictjson

FORGE = {
    "kind": "gitlab",
    "url": "https://git.contoh.test",
    "issuer": "https://git.contoh.test",
    "ci_config_path": f"gitlab/kawal.yml@pa/templat:{'c' * 40}",
    "template_project_id": 3,
    "template_commit": "c" * 40,
    "runner_ids": [2],
    "bot_user_id": 2,
    "pipeline_sources": ["push"],
    "default_branch": "main",
    "release_tag": "v*",
    "release_job": "rilis",
    "gate_job": "gerbang",
}
JOBS = declared_jobs()
TARGETS = [{"target_id": "produksi-1", "environment": "production"}]


def test_same_input_gives_the_same_bytes_and_strict_json() -> None:
    one = compile_policy([batam()], forge=FORGE, targets=TARGETS, jobs=JOBS)
    assert one == compile_policy([batam()], forge=dict(reversed(FORGE.items())), targets=TARGETS, jobs=JOBS)
    assert strictjson.loads(one)["schema"] == 1


def test_policy_of_batam_holds_steps_evidence_and_signoffs_with_their_basis() -> None:
    merged = batam()
    authority = json.loads(compile_policy([merged], forge=FORGE, targets=TARGETS, jobs=JOBS))["authorities"][
        "batam"
    ]
    assert authority["profile_sha256"] == merged.profile_sha256
    assert [step["step"] for step in authority["steps"]] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert authority["steps"][7] == {
        "step": "8",
        "number": "8.",
        "who": ["tim_pengembang"],
        "documents": [["dokumen_hasil_pengujian"]],
        "signed": {},
        "accept": [],
        "unless": [{"step": "6", "decision": "tidak"}],
        "again": [{"step": "9", "decision": "tidak_memenuhi"}],
        "basis": {"kind": "sop", "text": "SOP Batam 774/2023 langkah 8", "actor": None},
    }
    assert {(e["uji"], e["job"], e["class"]) for e in authority["evidence"]} == {
        ("fungsi", "fungsi", "dilaporkan"),
        ("integrasi", "integrasi", "dilaporkan"),
        ("keamanan_kode", "keamanan-kode", "diamati"),
        ("instalasi", "instalasi", "diamati"),
        ("beban", "beban", "diamati"),
        ("keamanan_aplikasi", "keamanan-aplikasi", "diamati"),
        ("rahasia", "rahasia", "diamati"),
        ("dependensi", "dependensi", "diamati"),
    }
    pse = next(s for s in authority["signoffs"] if s["kind"] == "pse")
    assert pse["basis"] == {
        "kind": "sop",
        "text": "SOP Batam 774/2023 langkah 10",
        "actor": "kebijakan dinas",
    }
    assert {(s["kind"], s["step"], s["number"]) for s in authority["signoffs"]} == {
        ("persandian", "9", "9."),
        ("pse", "10", "10."),
        ("uat", None, "8."),
    }
    assert authority["review"]["basis"]["kind"] == "kebijakan_dinas"
    assert authority["roles"]["subkoor_persandian"] == "Sub Koordinator Persandian"


def test_steps_and_printed_tests_that_a_decision_goes_past_say_so() -> None:
    authority = json.loads(compile_policy([batam()], forge=FORGE, targets=TARGETS, jobs=JOBS))["authorities"][
        "batam"
    ]
    passed = [{"step": "6", "decision": "tidak"}]
    assert [step["step"] for step in authority["steps"] if step["unless"]] == ["7", "8"]
    assert {e["uji"]: e["unless"] for e in authority["evidence"] if e["unless"]} == {"instalasi": passed}
    assert {s["kind"]: s["reject"] for s in authority["signoffs"]} == {
        "persandian": "tidak_memenuhi",
        "pse": None,
        "uat": None,
    }


@pytest.mark.parametrize(
    ("profile_id", "step", "accept", "again"),
    [
        ("bolmut", "6", ("tersedia",), ()),
        ("bolmut", "9", (), (("11", "tidak_setuju"),)),
        ("bolmut", "11", ("setuju",), (("11", "tidak_setuju"),)),
        ("bolmut", "13", (), (("15", "perlu_perbaikan"),)),
        ("kaltara", "B6", ("perlu",), ()),
        ("kaltara", "B2", (), (("B4", "tidak_lengkap"),)),
        ("katingan", "4", ("lengkap",), (("4", "tidak_lengkap"),)),
        ("bali", "4", ("lengkap",), (("4", "belum_lengkap"),)),
        ("bali", "3", (), ()),
    ],
)
def test_answers_that_lead_on_and_ways_back_are_in_the_policy(
    profile_id: str, step: str, accept: tuple[str, ...], again: tuple[tuple[str, str], ...]
) -> None:
    found = conditions(procedure(profile_id))[step]
    assert (found.accept, found.unless, found.again) == (accept, (), again)


def test_papers_whose_signatories_the_sop_names_say_so_in_the_policy() -> None:
    for profile_id, step, wanted in (
        ("bali", "7", {"berita_acara_pembangunan": ["kadis", "pd"]}),
        ("katingan", "6", {"berita_acara": ["pemohon", "kadis"]}),
    ):
        data = compile_policy([procedure(profile_id)], forge=FORGE, targets=TARGETS, jobs=JOBS)
        steps = json.loads(data)["authorities"][profile_id]["steps"]
        assert {one["step"]: one["signed"] for one in steps if one["signed"]} == {step: wanted}


def test_gate_without_anybody_to_open_it_is_refused() -> None:
    # The SOP names nobody for its registration step, and no Dinas decided.
    with pytest.raises(InputError) as caught:
        compile_policy([batam(policy=False)], forge=FORGE, targets=TARGETS, jobs=JOBS)
    assert caught.value.code == "PROFIL-025"
    assert "pse" in caught.value.what


def test_no_profile_is_refused() -> None:
    with pytest.raises(InputError):
        compile_policy([], forge=FORGE, targets=TARGETS, jobs=JOBS)


def test_all_shipped_profiles_compile_into_one_policy() -> None:
    merged = [procedure(profile_id) for profile_id in sorted(load_profiles())]
    data = compile_policy(merged, forge=FORGE, targets=TARGETS, jobs=JOBS)
    assert set(parse_policy(data).authorities) == {found.id for found in merged}
    policy = json.loads(data)
    assert list(policy["authorities"]) == sorted(load_profiles())
    for authority in policy["authorities"].values():
        assert authority["evidence"]
        assert {signoff["kind"] for signoff in authority["signoffs"]} == {"persandian", "pse", "uat"}


def test_step_that_only_leads_to_a_postponement_is_no_condition_of_a_release() -> None:
    steps = [step.key for step in procedure("bolmut").before_gate()]
    assert steps == [str(n) for n in range(1, 19) if n != 7]


def test_steps_of_the_national_flow_count_where_the_sop_stops() -> None:
    steps = [step.key for step in procedure("bali").before_gate()]
    assert steps == ["1", "2", "3", "4", "5", "6", "7", "n-implementasi", "n-uji", "n-serah-terima"]
