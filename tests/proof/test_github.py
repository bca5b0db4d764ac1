"""The same proof on GitHub: what a ruleset holds, and what private repositories on Free cannot hold."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from dipegang import HOOK, Wanted

from forge_latihan import ForgeLatihan
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.readonly import read_only
from kawal.model import FileWanted, HookWanted, ProtectedRef
from kawal.proof.model import Proof
from kawal.proof.prove import prove
from kawal.services.prove import read_seen
from kawal.services.templates import caller_files, template_files

_numbers = itertools.count(1)


def provisioned(latihan: ForgeLatihan, bot: GitLabForge, plan: str) -> tuple[GitHubForge, int, Wanted]:
    org = f"bukti-gh-{next(_numbers)}"
    group = bot.create_group(org, org)
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": plan})
    forge = GitHubForge(latihan.url, latihan.user("kawal-bot")[1], timeout=20)
    owner = forge.group_id(org)
    assert (owner is not None, group > 0) == (True, True)
    template = forge.create_project(owner or 0, "templat", "Templat", "kawal:uji/t", {})
    commit = forge.commit_files(template.id, "main", "Templat", (FileWanted("kawal.yml", b"{}"),))
    app = forge.create_project(owner or 0, "app", "App", "kawal:uji/a", {"visibility": "private"})
    forge.commit_files(app.id, "main", "Kerangka", (FileWanted("README.md", b"#"),))
    forge.set_member(app.id, "ani", 30)
    forge.set_hook(app.id, HookWanted(HOOK, ("push_events",)), token="rahasia")
    if plan != "free":
        forge.hold_environment(app.id, "production", "v*")
    path = f".github/workflows/kawal.yml@{org}/templat:{commit}"
    return forge, app.id, Wanted(path, template.id, commit, forge.info().bot_user_id, runner_ids=())


def proof(forge: GitHubForge, project: int, wanted: Wanted) -> Proof:
    return prove(read_seen(read_only(forge), wanted, project, HOOK), None, target_verifies=True)


def verdicts(found: Proof) -> dict[str, str]:
    return {gate.gate: gate.verdict for gate in found.gates}


def test_rulesets_hold_review_and_tags_and_the_rest_is_called_advice(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, project, wanted = provisioned(latihan, bot, "team")
    for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
        forge.protect(project, ref)
    found = proof(forge, project, wanted)

    assert found.leaks == ()
    assert verdicts(found)["tinjauan"] == verdicts(found)["tag"] == verdicts(found)["izin"] == "ditegakkan"
    assert verdicts(found)["pipeline"] == verdicts(found)["uji"] == "dianjurkan"


def test_private_on_free_is_passed_by_a_direct_push(latihan: ForgeLatihan, bot: GitLabForge) -> None:
    forge, project, wanted = provisioned(latihan, bot, "free")
    found = proof(forge, project, wanted)

    assert {leak.trap for leak in found.leaks} == {
        "cabang-utama-tanpa-perlindungan",
        "tag-tanpa-perlindungan",
    }
    assert verdicts(found)["tinjauan"] == "dapat dilewati"
    assert "push langsung ke main" in found.leaks[0].path


@pytest.mark.parametrize(
    ("weaken", "trap", "role", "by_plan"),
    [
        ("DELETE", "lingkungan-terbuka", "setiap Developer", True),
        ("PUT", "lingkungan-terbuka", "setiap Developer", True),
        ("POST", "lingkungan-diperluas", "uji-coba/*", False),
    ],
    ids=["gone", "opened", "widened"],
)
def test_a_production_environment_for_more_than_release_tags_is_a_way_around(
    weaken: str, trap: str, role: str, by_plan: bool, latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, project, wanted = provisioned(latihan, bot, "team")
    path = f"/repositories/{project}/environments/production"
    assert not any("lingkungan" in leak.trap for leak in proof(forge, project, wanted).leaks)
    if weaken == "DELETE":
        forge._http.delete(path)
    elif weaken == "PUT":
        forge._http.put(path, {"deployment_branch_policy": None})
    else:
        forge._http.post(f"{path}/deployment-branch-policies", {"name": "uji-coba/*", "type": "branch"})
    found = proof(forge, project, wanted)

    (leak,) = [leak for leak in found.leaks if "lingkungan" in leak.trap]
    assert (leak.trap, leak.by_plan) == (trap, by_plan)
    assert role in leak.role
    assert verdicts(found)["pipeline"] == "dapat dilewati"


@pytest.mark.parametrize(("kind", "trap"), [("secret", "rahasia-terbuka"), ("key", "kunci-deploy-menulis")])
def test_secrets_and_writing_keys_are_found(
    kind: str, trap: str, latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, project, wanted = provisioned(latihan, bot, "team")
    path = f"/repositories/{project}"
    if kind == "secret":
        forge._http.put(f"{path}/actions/secrets/SSH_KEY", {"encrypted_value": "x", "key_id": "1"})
    else:
        forge._http.post(f"{path}/keys", {"title": "mesin", "key": "ssh-ed25519 AAAA", "read_only": False})

    assert trap in {leak.trap for leak in proof(forge, project, wanted).leaks}


RUNNER = {"id": 2, "name": "pa", "labels": ["self-hosted", "pa"]}


@pytest.mark.parametrize(
    ("workflows", "verdict"),
    [
        ((), "dapat dilewati"),
        (("{org}/templat/.github/workflows/kawal.yml@refs/heads/main",), "dapat dilewati"),
        (
            ("{org}/templat/.github/workflows/kawal.yml@{commit}", "{org}/app/.github/workflows/x.yml@main"),
            "dapat dilewati",
        ),
        (("{org}/templat/.github/workflows/kawal.yml@{commit}",), "ditegakkan"),
    ],
    ids=["any workflow", "by branch", "and another", "the pinned one"],
)
def test_a_runner_group_holds_only_when_it_takes_the_pinned_template_alone(
    workflows: tuple[str, ...], verdict: str, latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, project, wanted = provisioned(latihan, bot, "team")
    org = wanted.ci_config_path.partition("@")[2].partition("/")[0]
    named = [one.format(org=org, commit=wanted.template_commit) for one in workflows]
    latihan.ok("POST", "/kawal_latihan/github/runners", {**RUNNER, "organisasi": org, "workflows": named})
    found = proof(forge, project, replace(wanted, runner_ids=(2,)))

    assert verdicts(found)["runner"] == verdict
    assert ("runner-pa-untuk-alur-lain" in {leak.trap for leak in found.leaks}) is (verdict != "ditegakkan")


def test_a_changed_caller_is_a_way_around(latihan: ForgeLatihan, bot: GitLabForge) -> None:
    forge, project, wanted = provisioned(latihan, bot, "free")
    files = [one for one in template_files("github") if one.path.startswith("pemanggil/")]
    commit = forge.commit_files(wanted.template_project_id, "main", "Pemanggil", files)
    config = f"{wanted.ci_config_path.rpartition(':')[0]}:{commit}"
    wanted = replace(wanted, ci_config_path=config, template_commit=commit)
    forge.commit_files(project, "main", "Pemanggil", caller_files(config))
    assert "pemanggil-diubah" not in {leak.trap for leak in proof(forge, project, wanted).leaks}

    path = ".github/workflows/kawal.yml"
    forge.commit_files(project, "main", "Lain", (FileWanted(path, b"on: push"),), update=[path])
    (leak,) = [leak for leak in proof(forge, project, wanted).leaks if leak.trap == "pemanggil-diubah"]
    assert path in leak.path
