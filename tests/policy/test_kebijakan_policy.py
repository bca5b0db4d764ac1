"""The reading of a policy: what is refused and where."""

from __future__ import annotations

from typing import Any

import pytest
from kawal_world import CI, policy_bytes, policy_value

from kawal.errors import InputError
from kawal.policy import parse_policy
from kawal.policy.model import LIMIT


def test_targets_are_found_by_their_id() -> None:
    value = policy_value()
    value["targets"].append({"target_id": "uji-1", "environment": "staging"})
    policy = parse_policy(policy_bytes(value))
    found = policy.target("uji-1")
    assert found is not None
    assert found.environment == "staging"
    assert policy.target("uji-2") is None


def test_for_a_project_on_another_pin_the_policy_names_that_pin_first() -> None:
    forge: dict[str, Any] = {"template_entries": ["gitlab/php.yml"], "template_commits": ["d" * 40]}
    policy = parse_policy(policy_bytes(policy_value(**forge)))
    config = f"gitlab/php.yml@pa/templat:{'d' * 40}"
    narrowed = policy.for_project(config)
    assert (narrowed.forge.ci_config_path, narrowed.forge.template_commit) == (config, "d" * 40)
    assert narrowed.forge.template_entries == ("gitlab/php.yml", "gitlab/kawal.yml")
    assert narrowed.forge.template_commits == ("d" * 40, "c" * 40)
    assert narrowed.forge.accepts(CI)
    assert narrowed.authorities == policy.authorities
    for other in (None, 7, "lain", ""):
        assert policy.for_project(other) is policy


@pytest.mark.parametrize("project", ["p", "p@q", "h:1/p"])
def test_a_further_entry_is_of_the_same_project_and_of_a_pinned_commit(project: str) -> None:
    pin = "c" * 40
    forge = parse_policy(
        policy_bytes(policy_value(ci_config_path=f"a.yml@{project}:{pin}", template_entries=["b.yml"]))
    ).forge
    assert forge.accepts(f"b.yml@{project}:{pin}")
    narrowed = forge.for_project(f"b.yml@{project}:{pin}")
    assert (narrowed.template_commit, narrowed.template_entries) == (pin, ("b.yml", "a.yml"))
    for other in (f"b.yml@x{project}:{pin}", f"b.yml@{project}x:{pin}", f"b.yml@{project}:{'d' * 40}"):
        assert not forge.accepts(other)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        parse_policy(data)
    assert caught.value.code == "PROFIL-030"
    return str(caught.value).partition(" ")[2]


def test_a_policy_of_the_whole_size_is_read_and_a_larger_one_is_not() -> None:
    value = policy_value()
    bare = len(policy_bytes(value))
    roles = value["authorities"]["contoh"]["roles"]
    data = policy_bytes(value) + b" " * (LIMIT - bare)
    assert LIMIT == 262_144
    assert parse_policy(data).authorities["contoh"].roles == roles
    assert refused(data + b" ").startswith("kebijakan tidak terbaca: JSON: 262145 bita")


def test_up_to_twenty_problems_are_named_by_their_places() -> None:
    value = policy_value()
    value["forge"]["runner_ids"] = []
    value["limits"]["permit_ttl_s"] = "x"
    said = refused(policy_bytes(value))
    assert said == (
        "kebijakan tidak sah: forge.runner_ids: Tuple should have at least 1 item after validation, not 0; "
        "limits.permit_ttl_s: Input should be a valid integer"
    )
    value["forge"]["runner_ids"] = ["x"] * 25
    assert refused(policy_bytes(value)).count("; ") == 19
    assert refused(b"[]").startswith("kebijakan tidak sah: kebijakan: ")


def test_a_policy_says_whether_its_forge_protects_refs() -> None:
    assert parse_policy(policy_bytes(policy_value())).forge.held
    assert not parse_policy(policy_bytes(policy_value(protections="dianjurkan"))).forge.held
