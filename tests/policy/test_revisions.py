"""An application follows the profile revision it was asked under until an official moves it, and the release is judged by that."""

from __future__ import annotations

from typing import Any

import pytest
from kawal_world import APP, PROFILE, World, facts, policy_bytes

from kawal.ledger import records as r
from kawal.policy import judge, parse_policy

NEWER = "e" * 64


def codes(world: World) -> tuple[str, ...]:
    trust = world.ledger.trust()
    assert trust is not None
    return judge(
        parse_policy(policy_bytes(world.policy)),
        world.policy_sha256,
        facts(world.now),
        world.entries_once(),
        trust,
        world.now,
        app_id=APP,
    ).codes


def revised(world: World) -> World:
    """The policy is compiled from the newer revision already; the application was asked under the older one."""
    world.policy["authorities"]["contoh"]["profile_sha256"] = NEWER
    return world.ready()


def move(world: World, signer: str = "tata", **changes: Any) -> Any:
    value = {
        "app_id": APP,
        "issued_at": world.now,
        "from_sha256": PROFILE,
        "to_sha256": NEWER,
        "changes": ("~ langkah 8, waktu: 2 hari -> 3 hari",),
        "reason": "SOP direvisi.",
        "role": "subkoor_tata_kelola",
        "person_id": "p-tata",
    }
    return world.add(r.Move(**{**value, **changes}), signer)


def test_without_a_move_the_release_is_locked(world: World) -> None:
    assert "PROFIL-033" in codes(revised(world))


def test_a_move_by_the_letters_role_carries_the_steps_along(world: World) -> None:
    revised(world)
    move(world)
    assert codes(world) == ()


@pytest.mark.parametrize(
    ("signer", "changes"),
    [
        ("pa", {"role": "subkoor_pa", "person_id": "p-pa"}),
        ("tata", {"from_sha256": "f" * 64}),
        ("tata", {"to_sha256": "f" * 64}),
    ],
)
def test_another_move_does_not_count(world: World, signer: str, changes: dict[str, Any]) -> None:
    revised(world)
    move(world, signer, **changes)
    assert "PROFIL-033" in codes(world)


def test_a_withdrawn_move_does_not_count(world: World) -> None:
    revised(world)
    world.withdraw(move(world), "subkoor_tata_kelola", "p-tata", "tata")
    assert "PROFIL-033" in codes(world)
