"""The compiled policy: read strictly, empty is an error, every problem named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kawal_world import policy_bytes, policy_value

from kawal.errors import InputError
from kawal.policy import parse_policy
from kawal.policy.verdict import all_of


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        parse_policy(data)
    assert caught.value.code == "PROFIL-030"
    return str(caught.value)


def test_reads_the_format() -> None:
    policy = parse_policy(policy_bytes(policy_value()))
    assert policy.target("produksi-1") is not None
    assert policy.target("produksi-2") is None


def test_nothing_required_is_an_error_never_all_satisfied() -> None:
    value = policy_value()
    value["authorities"]["contoh"].update(evidence=[], signoffs=[])
    assert "kosong" in refused(policy_bytes(value))
    assert not all_of("rilis", "rilis", []).satisfied


def edit(path: str, new: Any) -> bytes:
    value = policy_value()
    here: Any = value
    *parents, last = path.split(".")
    for name in parents:
        here = here[int(name)] if name.isdigit() else here[name]
    here[last] = new
    return policy_bytes(value)


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("schema", 2),
        ("extra", 1),
        ("limits.permit_ttl_s", 601),
        ("limits.token_age_s", "300"),
        ("forge.runner_ids", []),
        ("forge.issuer", "ftp://x"),
        ("targets", []),
        ("authorities", {}),
        ("authorities.contoh.signoffs.0.kind", "persandian"),
        ("authorities.contoh.evidence.0.class", "dipercaya"),
        ("authorities.contoh.evidence.0.basis.kind", "kebiasaan"),
        ("authorities.contoh.signoffs.0.persons", 0),
        ("authorities.contoh.signoffs.0.roles", []),
    ],
)
def test_refuses_what_it_does_not_know(path: str, new: Any) -> None:
    said = refused(edit(path, new))
    assert f"{path}: " in said or "signoffs: ganda" in said


@pytest.mark.parametrize("grades", [["pdf"], ["forge"], ["pdf", "forge"]])
def test_a_sign_off_that_nobody_could_give_is_no_policy(grades: list[str]) -> None:
    assert "sebut key (kunci) atau surat" in refused(edit("authorities.contoh.signoffs.0.grades", grades))
    assert parse_policy(edit("authorities.contoh.signoffs.0.grades", [*grades, "surat"]))


def test_refuses_duplicate_keys_and_missing_fields(tmp_path: Path) -> None:
    refused(policy_bytes(policy_value()).replace(b'{"schema":1,', b'{"schema":1,"schema":1,', 1))
    value = policy_value()
    del value["limits"]
    assert "limits" in refused(json.dumps(value).encode())
