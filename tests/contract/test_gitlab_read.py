"""Answers that only some GitLab versions give, from a scripted server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kawal.errors import InputError, TemporaryError
from kawal.forges.gitlab_http import GitLabHttp
from kawal.forges.gitlab_parse import most_permissive, protected_branch, protected_tag, tree_id
from kawal.forges.gitlab_read import GitLabReader
from kawal.forges.jsonview import View
from scripted_server import Reply, Request, scripted_server


def note(user: int, at: str, body: str, *, system: bool = True) -> dict[str, Any]:
    return {"author": {"id": user}, "created_at": at, "body": body, "system": system}


def reader_of(url: str) -> GitLabReader:
    return GitLabReader(GitLabHttp(url, "t", timeout=5, sleep=lambda _seconds: None))


def serving(routes: dict[str, Any]) -> Any:
    def answer(request: Request, n: int) -> Reply:
        path = request.path.split("?")[0].removeprefix("/api/v4")
        return (
            Reply(200, json.dumps(routes[path]).encode())
            if path in routes
            else Reply(404, b'{"message": "404 Not Found"}')
        )

    return scripted_server(answer)


@pytest.mark.parametrize(
    ("notes", "at"),
    [
        (
            [note(7, "2026-11-01T10:00:00Z", "approved this merge request")],
            datetime(2026, 11, 1, 10, tzinfo=UTC),
        ),
        ([note(7, "2026-11-01T10:00:00Z", "approved this merge request", system=False)], None),
        ([note(8, "2026-11-01T10:00:00Z", "approved this merge request")], None),
        (
            [
                note(7, "2026-11-01T10:00:00Z", "approved this merge request"),
                note(7, "2026-11-01T11:00:00Z", "unapproved this merge request"),
                note(7, "2026-11-01T12:00:00Z", "approved this merge request"),
            ],
            datetime(2026, 11, 1, 12, tzinfo=UTC),
        ),
        ([], None),
    ],
)
def test_the_time_of_an_approval_comes_from_its_system_note(
    notes: list[dict[str, Any]], at: datetime | None
) -> None:
    path = "/projects/1/merge_requests/2"
    given = {"approved_by": [{"user": {"id": 7, "username": "budi"}}]}
    with serving({f"{path}/approvals": given, f"{path}/notes": notes}) as server:
        (approval,) = reader_of(server.url).approvals(1, 2)

    assert (approval.user_id, approval.approved_at) == (7, at)


BOT = {
    "id": 1,
    "username": "bot",
    "email": "bot@x.id",
    "commit_email": "1-bot@surat.x.id",
    "public_email": None,
}


def owner_of(email: str, rows: list[dict[str, Any]], whole: dict[str, Any] | None = None) -> int | None:
    """Whose address that is when a search answers `rows`, and a user read alone is `whole`."""
    with serving({"/user": BOT, "/users": rows, "/users/5": whole}) as server:
        return reader_of(server.url).user_id_of_email(email)


def counting(routes: dict[str, Any], counted: int, pages: int = 1) -> Any:
    """As `serving`, with lists that were counted before rows the caller may not see were taken out."""

    def answer(request: Request, n: int) -> Reply:
        path = request.path.split("?")[0].removeprefix("/api/v4")
        headers = {"Content-Type": "application/json", "X-Total": str(counted), "X-Total-Pages": str(pages)}
        return Reply(200, json.dumps(routes[path]).encode(), headers)

    return scripted_server(answer)


def test_notes_and_label_events_may_be_fewer_than_counted() -> None:
    path = "/projects/1/merge_requests/2"
    routes = {
        f"{path}/approvals": {"approved_by": [{"user": {"id": 7, "username": "budi"}}]},
        f"{path}/notes": [note(7, "2026-11-01T10:00:00Z", "approved this merge request")],
        "/projects/1/issues/3/resource_label_events": [
            {"action": "add", "created_at": "2026-11-01T10:00:00Z", "label": {"name": "a"}, "user": None}
        ],
    }
    with counting(routes, counted=3) as server:
        assert [one.approved_at is not None for one in reader_of(server.url).approvals(1, 2)] == [True]
        assert [one.label for one in reader_of(server.url).label_events(1, 3)] == ["a"]


def test_notes_without_a_page_that_was_announced_are_refused() -> None:
    path = "/projects/1/issues/3/resource_label_events"
    with (
        counting({path: []}, counted=101, pages=2) as server,
        pytest.raises(TemporaryError, match="tidak lengkap"),
    ):
        reader_of(server.url).label_events(1, 3)


def test_any_other_list_with_a_hole_is_refused() -> None:
    with (
        counting({"/projects/1/runners": [{"id": 1}]}, counted=2) as server,
        pytest.raises(TemporaryError, match="tidak lengkap"),
    ):
        reader_of(server.url).runner_ids(1)


@pytest.mark.parametrize("shown", ["email", "public_email", "commit_email"])
def test_an_address_is_the_users_whose_row_shows_it(shown: str) -> None:
    rows = [
        {"id": 6, "username": "budi", "public_email": ""},
        {"id": 5, "username": "ani", "public_email": "", shown: "Ani@x.id"},
    ]
    assert owner_of("ani@X.id", rows) == 5


def test_an_address_nobody_shows_is_nobodys_even_with_a_single_hit() -> None:
    assert (
        owner_of("ani@x.id", [{"id": 5, "username": "tiru", "name": "ani@x.id", "public_email": ""}]) is None
    )
    assert (
        owner_of("ani@x.id", [{"id": 5, "username": "ani", "email": "lain@x.id", "public_email": ""}]) is None
    )
    assert owner_of("ani@x.id", []) is None


def test_an_address_two_users_show_is_nobodys() -> None:
    rows = [{"id": number, "username": "x", "public_email": "ani@x.id"} for number in (5, 6)]
    assert owner_of("ani@x.id", rows) is None


def test_a_primary_address_that_nobody_confirmed_is_nobodys() -> None:
    row = {"id": 5, "username": "tiru", "email": "ani@x.id", "commit_email": "ani@x.id", "public_email": None}
    assert owner_of("ani@x.id", [row | {"confirmed_at": None}]) is None
    assert owner_of("ani@x.id", [row | {"confirmed_at": "2026-11-01T10:00:00Z"}]) == 5


def test_a_list_without_public_addresses_is_filled_in_user_by_user() -> None:
    short = [{"id": 5, "username": "ani"}]
    assert owner_of("ani@x.id", short, {"id": 5, "username": "ani", "public_email": "ani@x.id"}) == 5
    assert owner_of("ani@x.id", short, {"id": 5, "username": "ani", "public_email": ""}) is None


@pytest.mark.parametrize("own", ["bot@x.id", "1-bot@surat.x.id"])
def test_the_bots_own_addresses_need_not_be_public(own: str) -> None:
    assert owner_of(own, []) == 1


def test_a_private_commit_address_names_its_account() -> None:
    with serving({"/users/5": {"id": 5, "username": "ani"}}) as server:
        assert reader_of(server.url).user_id_of_email("5-ani@users.noreply.git.x.id") == 5
        assert reader_of(server.url).user_id_of_email("5-budi@users.noreply.git.x.id") is None
        assert reader_of(server.url).user_id_of_email("6-ani@users.noreply.git.x.id") is None


def test_a_project_that_moved_away_is_not_at_its_old_path() -> None:
    moved = {
        "id": 1, "path_with_namespace": "baru/app", "name": "App", "description": None, "default_branch": None,
        "empty_repo": True, "web_url": "x", "http_url_to_repo": "x",
    }  # fmt: skip
    with serving({"/projects/lama%2Fapp": moved, "/projects/baru%2Fapp": moved}) as server:
        assert reader_of(server.url).project_by_path("lama/app") is None
        assert reader_of(server.url).project_by_path("baru/app") is not None


def test_a_field_of_another_type_is_refused_with_its_name() -> None:
    with serving({"/projects/1": {"id": "1"}}) as server, pytest.raises(InputError, match="id = '1'"):
        reader_of(server.url).project(1)


def test_several_levels_allow_what_the_lowest_of_them_allows() -> None:
    assert most_permissive([0, 0]) == 0
    assert most_permissive([0, 40]) == 40
    assert most_permissive([40, 30]) == 30


@pytest.mark.parametrize(
    ("said", "authenticated"),
    [
        ({}, None),
        ({"token_present": False}, False),
        ({"token_present": False, "signing_token_present": True}, True),
        ({"token_present": True, "signing_token_present": False}, True),
    ],
)
def test_a_hook_whose_token_is_not_told_of_is_unknown_and_not_open(
    said: dict[str, bool], authenticated: bool | None
) -> None:
    hook = {"id": 1, "url": "https://kawal.x.id/webhook", "enable_ssl_verification": True, **said}
    routes = {
        "/user": BOT,
        "/metadata": {"version": "18.5.0", "enterprise": False},
        "/projects/1": {"id": 1, "namespace": {"full_path": "a", "kind": "group"}},
        "/projects/1/members": [],
        "/projects/1/hooks": [hook],
    }
    with serving(routes) as server:
        (seen,) = reader_of(server.url).exposure(1).hooks or ()
    assert seen.authenticated is authenticated


MAINTAINERS = {"id": 1, "access_level": 40, "access_level_description": "Maintainers"}


@pytest.mark.parametrize(
    "let_in",
    [
        {"id": 2, "access_level": 40, "access_level_description": "Deploy key", "deploy_key_id": 1},
        {"id": 2, "access_level": 40, "access_level_description": "Ani", "user_id": 5},
        {"id": 2, "access_level": 40, "access_level_description": "Tim", "group_id": 7},
        {"id": 2, "access_level": None, "access_level_description": "Ani"},
    ],
)
def test_a_key_person_or_group_let_into_a_protection_is_a_way_for_somebody_else(
    let_in: dict[str, Any],
) -> None:
    branch = {"name": "main", "merge_access_levels": [MAINTAINERS, let_in], "allow_force_push": False}
    read = protected_branch(View({**branch, "push_access_levels": [MAINTAINERS]}, "x"))
    assert (read.push_level, read.merge_level) == (40, 1)
    assert (
        protected_tag(View({"name": "v*", "create_access_levels": [MAINTAINERS, let_in]}, "x")).push_level
        == 1
    )


def test_a_role_with_its_empty_fields_is_that_role() -> None:
    role = MAINTAINERS | {"user_id": None, "group_id": None, "deploy_key_id": None}
    assert protected_tag(View({"name": "v*", "create_access_levels": [role]}, "x")).push_level == 40


def test_the_empty_tree_has_gits_own_name() -> None:
    assert tree_id([], "x") == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
