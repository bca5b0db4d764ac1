"""GitHub's deliveries at the door: the signature of the body lets in, its number says nothing, and a repetition is no news."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from kawal.server.deliveries import Deliveries, authentic

SECRETS = ("rahasia-lama", "rahasia-baru")
BODY = json.dumps({"repository": {"id": 41}, "ref": "refs/heads/main"}).encode()


def headers(
    body: bytes = BODY, secret: str = SECRETS[0], number: str = "guid-1", **more: str
) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    found = {
        "x-github-event": "push",
        "x-github-delivery": number,
        "x-hub-signature-256": f"sha256={digest}",
    }
    return {name: value for name, value in {**found, **more}.items() if value}


@pytest.mark.parametrize("secret", SECRETS)
def test_either_secret_of_a_rotation_lets_in(secret: str) -> None:
    assert authentic(headers(secret=secret), BODY, SECRETS)


@pytest.mark.parametrize(
    "changes",
    [
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=" + "0" * 64},
        {"x-hub-signature-256": "sha1=" + hmac.new(b"rahasia-lama", BODY, hashlib.sha1).hexdigest()},
        {"x-hub-signature-256": hmac.new(b"rahasia-lama", BODY, hashlib.sha256).hexdigest()},
        {"x-hub-signature-256": "", "x-gitlab-token": SECRETS[0]},
        {"x-hub-signature-256": "sha256=é"},
    ],
    ids=["none", "empty", "zeros", "sha1", "bare", "gitlab's token instead", "no ASCII"],
)
def test_any_other_signature_is_refused(changes: dict[str, Any]) -> None:
    assert not authentic(headers(**changes), BODY, SECRETS)


def test_the_signature_is_of_this_very_body() -> None:
    assert not authentic(headers(), BODY + b" ", SECRETS)
    assert not authentic(headers(secret="rahasia-dicabut"), BODY, SECRETS)


@pytest.fixture
def queue(tmp_path: Path) -> Deliveries:
    return Deliveries(tmp_path / "antrean.sqlite3")


def test_a_delivery_names_its_repository_by_number(queue: Deliveries) -> None:
    assert queue.add(headers(), BODY)
    (found,) = queue.pending()
    assert (found.project_id, found.kind) == (41, "push")
    queue.close()


def test_a_captured_body_is_no_news_under_a_new_number(queue: Deliveries) -> None:
    assert queue.add(headers(), BODY)
    queue.done(queue.pending()[0].id)
    queue.arrived.clear()

    assert not queue.add(headers(number="guid-2"), BODY)
    assert queue.pending() == []
    assert not queue.arrived.is_set()  # the worker is not even woken
    assert queue.add(headers(), BODY + b"\n")
    queue.close()
