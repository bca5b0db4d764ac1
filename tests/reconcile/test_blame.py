"""A plan that sets labels right says who changed them, on both forges; what the bot did itself is nobody's doing."""

from __future__ import annotations

import itertools
import json
import urllib.request

import pytest
from contoh import desired

from forge_latihan import ForgeLatihan
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Forge
from kawal.forges.readonly import read_only
from kawal.model import DesiredProject
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.blame import with_culprits
from kawal.reconcile.plan import Plan, diff
from kawal.reconcile.read import read_state

_numbers = itertools.count(1)


@pytest.fixture(params=["gitlab", "github"])
def forge(request: pytest.FixtureRequest, latihan: ForgeLatihan, bot: GitLabForge) -> Forge:
    if request.param == "gitlab":
        return bot
    bot.create_group("label-hub", "label-hub")
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": "label-hub", "paket": "team"})
    return GitHubForge(latihan.url, latihan.user("kawal-bot")[1], timeout=20)


def plan_of(forge: Forge, wanted: DesiredProject) -> Plan:
    have = read_state(forge, wanted)
    return with_culprits(read_only(forge), diff(wanted, have), have)


def test_the_plan_names_who_took_a_label_off_and_put_another_on(forge: Forge, latihan: ForgeLatihan) -> None:
    number = next(_numbers)
    group = "label-hub" if isinstance(forge, GitHubForge) else f"label-{number}"
    wanted = desired(f"label-{number}", group=group)
    made = apply_plan(forge, wanted, diff(wanted, read_state(forge, wanted)), hook_token="rahasia").project_id
    join(forge, latihan)
    first, second, third = forge.issues(made)[:3]
    ours = sorted({label.name for label in wanted.labels} - set(first.labels))
    by_ani = latihan.user("ani")[1]
    for issue, labels in ((first, [ours[0]]), (second, [])):
        body = {"labels": ",".join(labels)}
        latihan.ok("PUT", f"/projects/{made}/issues/{issue.iid}", body, token=by_ani)
    forge.update_issue(made, third.iid, labels=[])
    before, plan = latihan.last_request(), plan_of(forge, wanted)

    said = [note for note in plan.notes if note.startswith("label ")]
    assert set(said) == {
        f"label '{ours[0]}' pada isu {first.iid} dipasang oleh ani",
        *(f"label '{name}' pada isu {first.iid} dilepas oleh ani" for name in first.labels),
        *(f"label '{name}' pada isu {second.iid} dilepas oleh ani" for name in second.labels),
    }
    assert first.labels, "nothing was taken off"
    assert latihan.writes(before) == []
    assert plan.hash == diff(wanted, read_state(forge, wanted)).hash
    apply_plan(forge, wanted, plan, hook_token="rahasia")
    assert plan_of(forge, wanted).notes == diff(wanted, read_state(forge, wanted)).notes


def join(forge: Forge, latihan: ForgeLatihan) -> None:
    """On GitHub the invitation is accepted."""
    if isinstance(forge, GitHubForge):
        for one in _as_ani(latihan, "GET", "/user/repository_invitations"):
            _as_ani(latihan, "PATCH", f"/user/repository_invitations/{one['id']}")


def _as_ani(latihan: ForgeLatihan, method: str, path: str) -> list[dict[str, int]]:
    request = urllib.request.Request(
        f"{latihan.url}/api/v3{path}",
        method=method,
        headers={"Authorization": f"Bearer {latihan.user('ani')[1]}"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        raw = reply.read()
    found: list[dict[str, int]] = json.loads(raw) if raw else []
    return found
