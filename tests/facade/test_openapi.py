"""Requests to the GitHub facade and its answers, held against GitHub's official OpenAPI document. It skips, and says why, without npm.

Who calls: our adapter (provisioning twice), PyGithub (the stories of test_pygithub.py) and every endpoint once by raw HTTP.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_pygithub
from cerita_rest import tell
from kontrak_openapi import Document, Exchange, NoDocument, fetched, plain

from fault_proxy import fault_proxy
from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.github import GitHubForge
from kawal.model import FileWanted, HookWanted, ProtectedRef, Variable
from kawal_sandbox.github.mount import ROUTES

UNDOCUMENTED = {
    "GET /organizations/:org_id": "GitHub answers it (PyGithub asks by it); only GET /orgs/{org} is written down",
    "GET /repos/:owner/:repo/contents": "the root of GET /repos/{owner}/{repo}/contents/{path} with an empty path",
    "GET /-/berkas/:artifact_id": "where a download is redirected to: GitHub's is on another host, valid a minute",
    "GET /-/catatan/:job_id": "the same for the log of a job",
}
"""Endpoints of the facade that the document does not have, and why they are there all the same."""
DEVIATIONS: dict[str, str] = {}
"""What the document would not have (a pattern), and why it stays. Each has to be met, or it is gone from here."""


@dataclass(frozen=True)
class Judged:
    operations: frozenset[str]
    unknown: frozenset[str]
    deviations: frozenset[str]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    tools = os.environ.get("KAWAL_ALAT_DIR")
    folder = Path(tools) / "openapi" if tools else tmp_path_factory.mktemp("openapi")
    try:
        return Document.load(fetched(folder))
    except NoDocument as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """Everything that went to and fro."""
    seen: list[Exchange] = []
    with forge_latihan(tmp_path_factory.mktemp("openapi-forge")) as forge, fault_proxy(forge.url) as proxy:
        proxy.record = lambda *parts: seen.append(Exchange(*parts))
        for name in ("kawal-bot", "ani", "budi"):
            forge.user(name)
        heard = ForgeLatihan(proxy.url, forge.admin_token, forge.process, forge.users)
        for name in sorted(vars(test_pygithub)):
            if name.startswith("test_"):
                getattr(test_pygithub, name)(heard)
        provision(heard, test_pygithub.org(heard, "adaptor", "team"))
        tell(heard, test_pygithub.org(heard, "mentah", "team"))
        yield [one for one in seen if one.path.startswith("/api/v3/")]


def provision(forge: ForgeLatihan, org: str) -> None:
    """What our adapter sends, write by write, and its bulk reads."""
    adapter = GitHubForge(forge.url, forge.user("kawal-bot")[1], timeout=20)
    group = adapter.group_id(org)
    assert group is not None
    made = adapter.create_project(group, "app", "App", "teks\n\nkawal:uji/app", {"visibility": "private"})
    adapter.commit_files(
        made.id, "main", "Satu", (FileWanted("a", b"a"), FileWanted("b/c", b"c", executable=True))
    )
    adapter.create_label(made.id, "tahap", "#ff0000", "Tahap")
    stone = adapter.create_milestone(made.id, "Kajian", "teks", None)
    number = adapter.create_issue(
        made.id, "Langkah", "isi\n\n<!-- kawal:uji app 1 -->", ["tahap"], stone, None
    )
    adapter.update_issue(made.id, number, closed=True)
    adapter.comment_issue(made.id, number, "<!-- kawal:catatan -->", "TERKUNCI")
    for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
        adapter.protect(made.id, ref)
    adapter.set_member(made.id, "ani", 30)
    adapter.set_variable(made.id, Variable("KAWAL_A", "1"))
    adapter.set_hook(made.id, HookWanted("http://127.0.0.1:9/h", ("push_events",)), token="rahasia")
    adapter.exposure(made.id)
    assert adapter.projects_in(org)[0].id == made.id


@pytest.fixture(scope="module")
def judged(document: Document, recorded: list[Exchange]) -> Judged:
    names = dict(numbers(recorded))
    operations, unknown, deviations = set(), set(), set()
    for one in recorded:
        operation = document.operation(one.method, plain(one.path, names))
        if operation is None:
            unknown.add(f"{one.method} {one.path.split('?')[0].removeprefix('/api/v3')}")
            continue
        operations.add(operation.name)
        deviations |= {f"{operation.name}: {said}" for said in document.deviations(one, operation)}
    return Judged(frozenset(operations), frozenset(unknown), frozenset(deviations))


def numbers(exchanges: list[Exchange]) -> Iterator[tuple[str, str]]:
    """Number of each repository that was shown, and its name."""
    for one in exchanges:
        if one.body and "json" in one.headers.get("content-type", ""):
            body = one.json
            for row in body if isinstance(body, list) else [body]:
                if isinstance(row, dict) and "full_name" in row:
                    yield str(row["id"]), row["full_name"]


def test_nothing_sent_or_answered_is_otherwise_than_the_document_says(judged: Judged) -> None:
    unexpected = [one for one in sorted(judged.deviations) if not any(re.search(p, one) for p in DEVIATIONS)]
    gone = [
        pattern for pattern in DEVIATIONS if not any(re.search(pattern, one) for one in judged.deviations)
    ]

    assert unexpected == []
    assert gone == [], "no deviation any more: remove it from the list"


def test_every_endpoint_of_the_facade_was_judged_or_is_named_as_undocumented(
    document: Document, judged: Judged
) -> None:
    missing, undocumented = [], set()
    for route in ROUTES:
        path = route.path.removeprefix("!/api/v3")
        if not route.path.startswith("!/api/v3/") or path.startswith("/repositories/"):
            continue  # the test's own door; the same endpoint by number
        shape = re.sub(r"[:*](\w+)", r"\1", path)
        operation = document.operation(route.method, f"/api/v3{shape}")
        if operation is None:
            undocumented.add(f"{route.method} {path}")
        elif operation.name not in judged.operations:
            missing.append(operation.name)

    assert undocumented == set(UNDOCUMENTED)
    assert missing == []
    print(f"\n{len(judged.operations)} operasi diperiksa terhadap dokumen OpenAPI GitHub")


def test_calls_outside_the_document_are_only_those_named(judged: Judged) -> None:
    shapes = {re.sub(r"/(\d+)(?=/|$)", "/:n", one) for one in judged.unknown}

    assert {re.sub(r"^(GET) /repos/[^/]+/[^/]+/", r"\1 /repos/:owner/:repo/", one) for one in shapes} <= {
        re.sub(r":\w+_id", ":n", one) for one in UNDOCUMENTED
    }


@pytest.mark.parametrize(
    ("method", "path", "spoil", "said"),
    [
        (
            "GET",
            "/repos/mentah/cerita",
            lambda body: body.pop("full_name"),
            "'full_name' is a required property",
        ),
        ("GET", "/repos/mentah/cerita", lambda body: body.update(private="ya"), "private: not boolean"),
        ("GET", "/repos/mentah/cerita/labels/tahap", lambda body: body.update(color=7), "color: not string"),
    ],
)
def test_the_judge_sees_what_is_wrong(
    method: str, path: str, spoil: object, said: str, document: Document, recorded: list[Exchange]
) -> None:
    import json

    good = next(
        one for one in recorded if (one.method, one.path) == (method, f"/api/v3{path}") and one.status == 200
    )
    body = good.json
    spoil(body)  # type: ignore[operator]
    bad = Exchange(method, good.path, b"", 200, good.headers, json.dumps(body).encode())
    operation = document.operation(method, good.path)

    assert operation is not None
    assert list(document.deviations(good, operation)) == []
    assert any(said in one for one in document.deviations(bad, operation))
