"""One weak project per trap: the proof names the trap and who can use it, and nothing else; on the strong one it finds none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from dipegang import Held

from kawal.posture import WANTED_SETTINGS
from kawal.proof.prove import leaks_of, prove

KEY = "kunci-deploy-menulis"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhpamF1 kunci"


@dataclass(frozen=True)
class Trap:
    name: str
    role: str
    weaken: Callable[[Held], object]
    also: tuple[str, ...] = ()
    """Other traps that the same weakness cannot help opening."""


def protect(kind: str, name: str, **levels: object) -> Callable[[Held], object]:
    return lambda held: held.api("POST", f"/protected_{kind}", {"name": name, **levels})


def again(kind: str, name: str, **levels: object) -> Callable[[Held], object]:
    """The protection made anew with other levels."""

    def weaken(held: Held) -> None:
        held.api("DELETE", f"/protected_{kind}/{name.replace('*', '%2A')}")
        held.api("POST", f"/protected_{kind}", {"name": name, **levels})

    return weaken


def let_in(kind: str, name: str, way: str, **more: object) -> Callable[[Held], object]:
    """The protection made anew with a deploy key in it, beside the levels that kawal wants."""

    def weaken(held: Held) -> None:
        key = held.api("POST", "/deploy_keys", {"title": "mesin", "key": SSH, "can_push": True})
        again(kind, name, **{f"allowed_to_{way}": [{"deploy_key_id": key["id"]}]}, **more)(held)

    return weaken


def setting(**values: object) -> Callable[[Held], object]:
    return lambda held: held.settings(**values)


def variable(key: str = "DB_PASSWORD", *, group: bool = False, **values: object) -> Callable[[Held], object]:
    def weaken(held: Held) -> None:
        call = held.group_api if group else held.api
        call("POST", "/variables", {"key": key, "value": "sangat-rahasia", **values})

    return weaken


def member(name: str, level: int, *, group: bool = False) -> Callable[[Held], object]:
    def weaken(held: Held) -> None:
        call = held.group_api if group else held.api
        call("POST", "/members", {"user_id": held.forge.user(name)[0], "access_level": level})

    return weaken


def invited(held: Held) -> None:
    guest = held.bot.create_group(f"tamu-{held.id}", "Tamu")
    user = held.forge.user("citra")[0]
    held.forge.ok(
        "POST", f"/groups/{guest}/members", {"user_id": user, "access_level": 40}, token=held.bot_token
    )
    held.api("POST", "/share", {"group_id": guest, "group_access": 40})


def shadowed(held: Held) -> None:
    loose_template_ref(held)
    held.template_api("POST", "/protected_branches", {"name": "rilis"})
    held.template_api("POST", "/repository/tags", {"tag_name": "rilis", "ref": "main"})


def loose_template_ref(held: Held) -> None:
    head = held.wanted.template_commit
    held.template_api("POST", "/repository/branches", {"branch": "rilis", "ref": "main"})
    path = held.wanted.ci_config_path.replace(head, "rilis")
    held.settings(ci_config_path=path)
    held.want(ci_config_path=path)


def moved_template_ref(held: Held) -> None:
    loose_template_ref(held)
    held.template_api("POST", "/protected_branches", {"name": "rilis"})
    actions = [{"action": "create", "file_path": "lain", "content": "x"}]
    held.template_api(
        "POST",
        "/repository/commits",
        {"branch": "rilis", "commit_message": "ganti", "actions": actions},
    )


def other_branch(held: Held) -> None:
    held.api("POST", "/repository/branches", {"branch": "lain", "ref": "main"})
    held.settings(default_branch="lain")


def hook(url: str) -> Callable[[Held], object]:
    return lambda held: held.api("POST", "/hooks", {"url": url, "push_events": True})


def without_hook(held: Held) -> None:
    for one in held.api("GET", "/hooks"):
        held.api("DELETE", f"/hooks/{one['id']}")


def hook_without_token(held: Held) -> None:
    without_hook(held)
    held.api("POST", "/hooks", {"url": "http://127.0.0.1:9/webhook"})


def guest_of_job_token(held: Held) -> None:
    body = {"target_project_id": held.wanted.template_project_id}
    held.api("POST", "/job_token_scope/allowlist", body)


def guest_group_of_job_token(held: Held) -> None:
    guest = held.bot.create_group(f"tamu-{held.id}/mesin", "Mesin Tamu")
    held.api("POST", "/job_token_scope/groups_allowlist", {"target_group_id": guest})


def token(kind: str, **values: object) -> Callable[[Held], object]:
    return lambda held: held.api("POST", f"/{kind}", values)


def project_token(held: Held) -> None:
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    body = {"name": "bot2", "scopes": ["api"], "access_level": 40, "expires_at": until}
    held.api("POST", "/access_tokens", body)


def want(**values: object) -> Callable[[Held], object]:
    return lambda held: held.want(**values)


def template_maintainer(held: Held) -> None:
    user = held.forge.user("citra")[0]
    held.template_api("POST", "/members", {"user_id": user, "access_level": 40})


def visible(held: Held) -> None:
    for group in ("bukti", held.group):
        number = held.bot.group_id(group)
        held.forge.ok("PUT", f"/groups/{number}", {"visibility": "internal"})
    held.settings(visibility="internal")


TRAPS = (
    Trap("push-langsung", "Developer", again("branches", "main", push_access_level=30, merge_access_level=40)),
    Trap("push-lewat-wildcard", "Developer", protect("branches", "m*", push_access_level=30, merge_access_level=40)),
    Trap("gabung-tanpa-bot", "Developer", again("branches", "main", push_access_level=0, merge_access_level=30)),
    Trap("gabung-lewat-wildcard", "Developer", protect("branches", "*", push_access_level=0, merge_access_level=30)),
    Trap("cabang-utama-tanpa-perlindungan", "Developer", lambda held: held.api("DELETE", "/protected_branches/main")),
    Trap("push-paksa", "siapa pun", lambda held: held.api("PATCH", "/protected_branches/main", {"allow_force_push": True})),
    Trap("cabang-utama-diganti", "Maintainer", other_branch),
    Trap("tag-oleh-pengembang", "Developer", again("tags", "v*", create_access_level=30)),
    Trap("tag-lewat-wildcard", "Developer", protect("tags", "*", create_access_level=30)),
    Trap("tag-tanpa-perlindungan", "Developer", lambda held: held.api("DELETE", "/protected_tags/v%2A")),
    Trap("anggota-maintainer", "Maintainer citra", member("citra", 40)),
    Trap("anggota-owner", "Owner citra", member("citra", 50)),
    Trap("hak-warisan", "Maintainer citra", member("citra", 40, group=True)),
    Trap("grup-diundang", "Maintainer grup", invited, also=("hak-warisan",)),
    Trap("kunci-deploy-menulis", "pemegang kunci", token("deploy_keys", title="mesin", key=SSH, can_push=True)),
    Trap("push-langsung", "kunci deploy", let_in("branches", "main", "push", push_access_level=0, merge_access_level=40), also=(KEY,)),
    Trap("tag-oleh-pengembang", "kunci deploy", let_in("tags", "v*", "create", create_access_level=40), also=(KEY,)),
    Trap("token-deploy-menulis", "pemegang token", token("deploy_tokens", name="unggah", scopes=["write_package_registry"])),
    Trap("token-akses-maintainer", "pemegang token", project_token, also=("anggota-maintainer",)),
    Trap("token-pemicu", "pemegang token", token("triggers", description="jadwal")),
    Trap("berkas-pipeline-sendiri", "Developer", setting(ci_config_path="")),
    Trap("templat-diganti", "Maintainer", setting(ci_config_path="a.yml@orang/lain:main")),
    Trap("templat-dibayangi", "proyek templat", shadowed),
    Trap("templat-hilang", "proyek templat", want(template_commit="f" * 40)),
    Trap("ref-templat-terbuka", "Developer proyek templat", loose_template_ref),
    Trap("templat-bergeser", "ref templat", moved_template_ref),
    Trap("maintainer-templat", "citra", template_maintainer),
    Trap("pipeline-dilewati-dianggap-lulus", "Developer", setting(allow_merge_on_skipped_pipeline=True)),
    Trap("gabung-tanpa-pipeline", "menggabungkan", setting(only_allow_merge_if_pipeline_succeeds=False)),
    Trap("diskusi-terbuka", "menggabungkan", setting(only_allow_merge_if_all_discussions_are_resolved=False)),
    Trap("variabel-pipeline-ditimpa", "Developer", setting(ci_pipeline_variables_minimum_override_role="developer")),
    Trap("ulang-penerapan-lama", "Developer", setting(ci_forward_deployment_rollback_allowed=True)),
    Trap("penerapan-usang", "Developer", setting(ci_forward_deployment_enabled=False)),
    Trap("pipeline-fork", "fork", setting(ci_allow_fork_pipelines_to_run_in_parent_project=True)),
    Trap("push-dengan-token-pekerjaan", "pipeline", setting(ci_push_repository_for_job_token_allowed=True)),
    Trap("auto-devops", "Developer", setting(auto_devops_enabled=True)),
    Trap("pekerjaan-terbuka", "siapa pun", setting(public_jobs=True)),
    Trap("tembolok-bersama", "Developer", setting(ci_separated_caches=False)),
    Trap("token-pekerjaan-tanpa-batas", "proyek mana pun", lambda held: held.api("PATCH", "/job_token_scope", {"enabled": False})),
    Trap("token-pekerjaan-tamu", "pa/templat", guest_of_job_token),
    Trap("token-pekerjaan-tamu", "/mesin", guest_group_of_job_token),
    Trap("runner-pa-hilang", "pemilik runner", want(runner_ids=(2, 99))),
    Trap("runner-pa-terbuka", "punya proyek", want(runner_ids=(2, 4))),
    Trap("runner-pa-tanpa-tag", "Developer", want(runner_ids=(2, 5))),
    Trap("rahasia-terbuka", "Developer", variable()),
    Trap("rahasia-terbuka", "Developer", variable("TUJUAN", value="ftp://admin:sandi@10.0.0.1")),
    Trap("rahasia-hanya-bercakupan", "Developer", variable(environment_scope="production")),
    Trap("rahasia-terlindung", "ref terlindung", variable(protected=True, masked=True)),
    Trap("rahasia-terbuka-grup", "Developer", variable(group=True)),
    Trap("ambang-dibayangi", "Maintainer", variable("KAWAL_AMBANG", environment_scope="production")),
    Trap("webhook-hilang", "Maintainer", without_hook),
    Trap("webhook-tanpa-rahasia", "siapa pun", hook_without_token),
    Trap("webhook-asing", "127.0.0.2", hook("http://127.0.0.2:9/curi")),
    Trap("proyek-terlihat", "pengguna forge", visible),
)  # fmt: skip


def test_a_project_as_provisioned_has_no_way_around(held: Held) -> None:
    assert leaks_of(held.seen()) == ()


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_trap_and_its_role_are_named(held: Held, trap: Trap) -> None:
    trap.weaken(held)
    leaks = leaks_of(held.seen())

    assert {leak.trap for leak in leaks} == {trap.name, *trap.also}
    leak = next(one for one in leaks if one.trap == trap.name)
    assert trap.role in leak.role
    assert leak.gates
    assert leak.fix


@pytest.mark.parametrize("held", ["menyamar"], indirect=True)
def test_a_runner_with_the_tag_of_pa_is_found(held: Held) -> None:
    leaks = {leak.trap: leak for leak in leaks_of(held.seen())}

    assert set(leaks) == {"runner-menyamar"}
    assert "palsu" in leaks["runner-menyamar"].role


def test_every_setting_kawal_sets_has_a_trap_of_its_own() -> None:
    named = {trap.name for trap in TRAPS}
    from kawal.proof.pipeline import _LOOSE

    assert {name for name, _ in WANTED_SETTINGS} == set(_LOOSE)
    assert {trap for trap, *_ in _LOOSE.values()} <= named


def test_what_the_forge_does_not_say_is_never_good(held: Held) -> None:
    seen = held.seen()
    silent = replace(
        seen,
        exposure=replace(
            seen.exposure, shares=None, variables=None, runners=None, credentials=None, job_token_guests=None
        ),
        posture=replace(seen.posture, settings={}, job_token_limited=None),
    )
    gates = {gate.gate: gate.verdict for gate in prove(silent, None, target_verifies=True).gates}

    assert {gate for gate, verdict in gates.items() if verdict == "ditegakkan"} <= {"tag", "izin"}


def test_a_forge_that_cannot_say_whether_a_hook_has_a_token_is_a_warning_and_no_way_around(
    held: Held,
) -> None:
    seen = held.seen()
    hooks = tuple(replace(one, authenticated=None) for one in seen.exposure.hooks or ())
    silent = prove(
        replace(seen, exposure=replace(seen.exposure, hooks=hooks)),
        None,
        target_verifies=True,
        warnings=["a"],
    )

    assert silent.leaks == ()
    first, second = silent.warnings
    assert first == "a"
    assert "tidak menyebut apakah webhook" in second
    assert prove(seen, None, target_verifies=True).warnings == ()


def test_the_proof_writes_nothing(held: Held) -> None:
    before = held.forge.last_request()
    leaks_of(held.seen())

    assert held.forge.writes(before) == []


def test_a_credential_in_ci_puts_the_ladder_on_its_lowest_step(held: Held) -> None:
    strong = prove(held.seen(), None, target_verifies=True)
    variable()(held)
    weak = prove(held.seen(), None, target_verifies=True)

    assert (strong.ladder.step, weak.ladder.step) == (2, 0)
    assert {gate.gate: gate.verdict for gate in strong.gates}["izin"] == "ditegakkan"
    assert {gate.gate: gate.verdict for gate in weak.gates}["izin"] == "dianjurkan"
    assert prove(held.seen(), None, target_verifies=None).ladder.step == 0
