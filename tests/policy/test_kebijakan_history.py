"""Since when changes count as new, and what is compared."""

from __future__ import annotations

from typing import Any

import pytest
from kawal_world import (
    APP,
    COMMIT,
    FIRST,
    HEAD,
    WORK,
    policy_bytes,
)
from kebijakan_ask import BASE, OTHER
from kebijakan_desk import Desk

from kawal.ledger.tables import Entry
from kawal.policy import parse_policy
from kawal.policy.history import ToRead, last_released, to_read

NEWER, NEWEST = "e" * 64, "f" * 64


def opened(desk: Desk, **changes: Any) -> Entry:
    return desk.add(desk.world.make_permit(**changes), "permit")


def asked(desk: Desk, tag: str = "v1.0.0", commit: str = COMMIT, environment: str = "production") -> ToRead:
    policy = parse_policy(policy_bytes(desk.world.policy))
    return to_read(policy, desk.entries, desk.trust, APP, environment, tag=tag, commit=commit)


def test_changes_count_since_the_newest_opening_of_another_commit_there() -> None:
    desk = Desk().begin()
    assert asked(desk) == ToRead(None, ())
    opened(desk, commit=HEAD)
    opened(desk, commit=WORK)
    opened(desk, commit=FIRST, environment="staging")
    opened(desk, commit=FIRST, app_id="lain")
    opened(desk)
    assert asked(desk).since == WORK
    assert asked(desk, environment="staging").since == FIRST
    assert asked(desk, commit=WORK).since == COMMIT


@pytest.mark.parametrize(
    ("app_id", "gone", "before", "since"),
    [
        (APP, None, None, WORK),
        (APP, None, 5, HEAD),
        (APP, None, 4, None),
        (APP, 5, None, HEAD),
        ("lain", None, None, FIRST),
    ],
)
def test_the_last_release_is_the_newest_opening_that_stands(
    app_id: str, gone: int | None, before: int | None, since: str | None
) -> None:
    desk = Desk().begin()
    for commit, app in ((HEAD, APP), (WORK, APP), (FIRST, "lain")):
        opened(desk, commit=commit, app_id=app)
    digests = frozenset(one.payload_sha256 for one in desk.entries if one.seq == gone)
    found = last_released(
        list(reversed(desk.entries)),
        app_id,
        "production",
        other_than=COMMIT,
        gone=digests,
        before=before,
    )
    assert found == since


def test_a_permit_that_the_root_took_back_ends_no_history() -> None:
    desk = Desk().begin()
    opened(desk, commit=HEAD)
    desk.withdraw(opened(desk, commit=WORK))
    assert asked(desk).since == HEAD


def test_broken_glass_ends_no_history() -> None:
    """Nobody approved what it let through: its authors still sign nothing, its changes are still looked at."""
    desk = Desk().begin()
    opened(desk, commit=HEAD)
    opened(desk, commit=WORK, kind="break-glass")
    assert asked(desk).since == HEAD
    opened(desk, commit=WORK, kind="rollback")
    assert asked(desk).since == WORK


def going_back(desk: Desk, **changes: Any) -> Entry:
    value = {
        "about": {"release": "v1.0.0-kembali.1"},
        "base_release": "v1.0.0",
        "role": "subkoor_pa",
        "person_id": "p-pa",
    }
    return desk.sign("rollback", "pa", **{**value, **changes})


def test_for_a_way_back_history_ends_before_the_first_opening() -> None:
    desk = Desk().begin()
    opened(desk, commit=HEAD, release="v0.9.0")
    opened(desk)
    opened(desk, commit=WORK, release="v1.1.0")
    opened(desk)
    tag = "v1.0.0-kembali.1"
    assert asked(desk, tag).since == WORK
    going_back(desk)
    assert asked(desk, tag).since == HEAD
    assert asked(desk).since == WORK


def test_a_way_back_to_what_was_never_open_there_has_the_history_of_a_release() -> None:
    desk = Desk().begin()
    opened(desk, commit=WORK)
    opened(desk, environment="staging")
    going_back(desk)
    assert asked(desk, "v1.0.0-kembali.1").since == WORK


def test_without_a_request_or_with_an_unknown_profile_there_is_no_way_back() -> None:
    desk = Desk()
    opened(desk, commit=WORK)
    assert asked(desk).since == WORK
    desk.request(profile_id="tak-dikenal")
    assert asked(desk).since == WORK


def test_what_a_re_examination_names_is_compared() -> None:
    desk = Desk().begin()
    desk.sign("persandian", about=BASE)
    desk.sign("persandian", about={**BASE, "commit": FIRST})
    desk.sign("persandian", about=BASE)
    desk.sign("persandian", about={**BASE, "release": "v0.8.0", "commit": WORK})
    desk.sign("uat", about={**BASE, "commit": HEAD})
    assert asked(desk).compare == ()
    desk.sign("persandian-perbaikan")
    assert asked(desk).compare == (OTHER, FIRST)
    assert asked(desk, tag="v1.0.1").compare == ()
    assert asked(desk, commit=WORK).compare == ()


def test_at_most_five_are_compared() -> None:
    desk = Desk().begin()
    for digit in "6789abc":
        desk.sign("persandian", about={**BASE, "commit": digit * 40})
    desk.sign("persandian-perbaikan")
    assert asked(desk).compare == tuple(digit * 40 for digit in "6789a")
