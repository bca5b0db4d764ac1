"""Several pinned templates at once: one entry a stack, and the version before while a new one goes round."""

from __future__ import annotations

import pytest
from kawal_world import APP, CI, World, facts, job, policy_bytes, policy_value

from kawal.policy import judge, parse_policy

COMMIT, OLD = "c" * 40, "d" * 40


@pytest.mark.parametrize(
    ("config", "accepted"),
    [
        (f"gitlab/kawal.yml@pa/templat:{COMMIT}", True),
        (f"gitlab/php.yml@pa/templat:{COMMIT}", True),
        (f"gitlab/php.yml@pa/templat:{OLD}", True),
        (f"gitlab/lain.yml@pa/templat:{COMMIT}", False),
        (f"gitlab/kawal.yml@tim/templat:{COMMIT}", False),
        (f"gitlab/kawal.yml@pa/templat:{'e' * 40}", False),
        ("gitlab/kawal.yml@pa/templat:main", False),
        ("gitlab/kawal.yml", False),
        ("", False),
        (None, False),
    ],
)
def test_a_policy_accepts_its_own_pins_only(config: str | None, accepted: bool) -> None:
    forge = parse_policy(
        policy_bytes(policy_value(template_entries=["gitlab/php.yml"], template_commits=[OLD]))
    ).forge
    assert forge.accepts(config) is accepted
    narrowed = forge.for_project(config)
    assert narrowed.ci_config_path == (config if accepted else forge.ci_config_path)
    assert narrowed.template_commit == narrowed.ci_config_path.rpartition(":")[2]


def test_a_release_of_a_commit_from_before_the_new_version_runs_the_one_before(world: World) -> None:
    """GitHub: the tag's own callers name what its run ran, whatever the default branch names by then."""
    world.policy["forge"]["template_commits"] = [OLD]
    world.ready()
    trust = world.ledger.trust()
    assert trust is not None
    policy = parse_policy(policy_bytes(world.policy))
    for commit, codes in ((OLD, ()), ("e" * 40, ("IZIN-017",))):
        ran = f"{CI.rpartition(':')[0]}:{commit}"
        seen = facts(world.now, posture=(("ci_config_path", CI),), job=job(config=ran))
        judged = judge(
            policy, world.policy_sha256, seen, world.entries_once(), trust, world.now, app_id=APP,
            door="izin", target_id="produksi-1",
        )  # fmt: skip
        assert judged.codes == codes


def test_evidence_of_one_accepted_template_counts_for_a_project_on_another(world: World) -> None:
    """Raised or moved back between the tests and the release: all accepted templates have the same gates."""
    world.policy["forge"]["template_entries"] = ["gitlab/php.yml"]
    world.policy["forge"]["template_commits"] = [OLD]
    world.ready()
    trust = world.ledger.trust()
    assert trust is not None
    for config in (CI, f"gitlab/php.yml@pa/templat:{OLD}"):
        seen = facts(world.now, posture=(("ci_config_path", config),))
        policy = parse_policy(policy_bytes(world.policy))
        assert (
            judge(policy, world.policy_sha256, seen, world.entries_once(), trust, world.now, app_id=APP).codes
            == ()
        )
