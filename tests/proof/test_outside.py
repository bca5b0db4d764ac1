"""Deployments and releases that the forge tells of, held against what the ledger permitted and asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from dipegang import Held

from kawal.forges.operations import Deployment, RemoteRelease
from kawal.forges.readonly import read_only
from kawal.services.outside import compare, deployed

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
OURS, OTHER = "a" * 40, "b" * 40


def deployment(number: int, sha: str, ref: str = "v1.0.0") -> Deployment:
    return Deployment(number, "production", ref, sha, "success", AT)


def test_what_was_permitted_and_asked_for_is_shown_without_a_warning() -> None:
    found = compare(
        [deployment(2, OURS), deployment(1, OURS)],
        [RemoteRelease("v1.0.0", "", AT)],
        permitted={OURS},
        asked={"v1.0.0"},
    )

    assert found.warnings == ()
    assert found.lines == (f"Di forge: production terakhir dari v1.0.0 ({OURS[:12]}).",)
    assert (found.data["tanpa_izin"], found.data["rilis_asing"]) == ([], [])


def test_a_deployment_without_a_permit_and_a_release_nobody_asked_for_are_named() -> None:
    found = compare(
        [deployment(3, OTHER, "kerja"), deployment(2, OURS)],
        [RemoteRelease("v9.9.9", "Sembilan", AT)],
        permitted={OURS},
        asked={"v1.0.0"},
    )

    assert found.warnings == (
        f"penerapan 3 ke production dari kerja ({OTHER[:12]}) berhasil di forge, tanpa izin di buku catatan",
        "rilis v9.9.9 ada di forge, tidak diminta lewat kawal",
    )
    assert (found.data["tanpa_izin"], found.data["rilis_asing"]) == ([3], ["v9.9.9"])


def test_only_successful_deployments_to_production_count(held: Held) -> None:
    head = held.bot.branch(held.id, "main")
    assert head is not None
    for where, status in (("production", "failed"), ("prod-lama", "success"), ("uji", "success")):
        body = {"environment": where, "sha": head.sha, "ref": "main", "tag": False, "status": status}
        held.api("POST", "/deployments", body)

    (found,) = deployed(read_only(held.bot), held.id)
    assert (found.environment, found.sha, found.status) == ("prod-lama", head.sha, "success")
