"""`kawal periksa`: judges a release as it stands now, for people; writes nothing and opens nothing."""

from __future__ import annotations

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, BlockedError
from kawal.facts import read_release_facts
from kawal.forges.readonly import read_only
from kawal.ledger.records import Release
from kawal.outcome import Outcome
from kawal.policy.history import to_read
from kawal.policy.judge import Judgement, judge
from kawal.policy.model import parse_policy
from kawal.policy.screen import findings, screen
from kawal.services import emergencies
from kawal.services.office import Office
from kawal.services.policies import PRODUCTION


def check(office: Office, app_id: str, *, version: str | None = None) -> Outcome:
    """The first screen for `version` (the newest release when None). Exit 3 while something is missing."""
    judgement = judge_now(office, app_id, version)
    status = "terbuka" if judgement.allowed else "terkunci"
    found = [*emergencies.as_findings(judgement.alarms), *findings(judgement)]
    data = {
        "aplikasi": app_id,
        "rilis": judgement.tag,
        "commit": judgement.commit,
        "keputusan": status,
        "kode": list(judgement.codes),
        "jalan": judgement.way,
        "break_glass": [one.line for one in judgement.alarms],
    }
    return Outcome(status, screen(judgement), data, found, 0 if judgement.allowed else EXIT_BLOCKED)


def judge_now(office: Office, app_id: str, version: str | None) -> Judgement:
    office.request(app_id)
    provision = office.provision(app_id)
    releases = [one for _, one in office.records(app_id, Release) if version in (None, one.tag)]
    if not releases:
        raise BlockedError(
            "SUBJEK-026",
            t("Rilis {version} {app} belum diminta", version=version or "", app=app_id),
            next_step=f"kawal rilis minta {app_id} {version or 'v1.0.0'} --commit SHA",
        )
    wanted = releases[-1]
    trust = office.trust()
    policy = parse_policy(office.content.get(trust.policy_sha256))
    entries = office.ledger.entries(app_id=app_id)
    wanted_facts = to_read(policy, entries, trust, app_id, PRODUCTION, tag=wanted.tag, commit=wanted.commit)
    facts = read_release_facts(
        read_only(office.forge),
        policy.forge,
        project_id=provision.forge.project_id,
        tag=wanted.tag,
        job_id=None,
        since_commit=wanted_facts.since,
        compare_with=wanted_facts.compare,
        now=office.now(),
        package_name=app_id,
    )
    return judge(policy, trust.policy_sha256, facts, entries, trust, office.now(), app_id=app_id)
