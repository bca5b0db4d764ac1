"""Project hooks: delivered after the fact, with the secret or a signature, and logged."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sandbox_client import Client, commit, new_project


@dataclass
class Receiver:
    url: str = ""
    status: int = 200
    got: list[tuple[Message, bytes]] = field(default_factory=list)

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> tuple[Message, dict[str, Any], bytes]:
        """The first delivery whose body is wanted."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for headers, raw in list(self.got):
                if wanted(json.loads(raw)):
                    return headers, json.loads(raw), raw
            time.sleep(0.02)
        raise AssertionError([json.loads(raw).get("object_kind") for _, raw in self.got])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    inbox = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            inbox.got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(inbox.status)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield inbox
    server.shutdown()
    server.server_close()
    thread.join()


def test_delivers_push_and_merge_request_events_with_the_token(root: Client, receiver: Receiver) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    hook = root.post(
        f"{base}/hooks",
        {"url": receiver.url, "token": "rahasia", "merge_requests_events": True, "note_events": True},
    )
    assert (hook["token_present"], "token" in hook) == (True, False)
    made = commit(root, project["id"], "fitur", {"a.txt": "a"}, start_branch="main", message="tambah a")
    headers, push, _ = receiver.wait(lambda body: body["object_kind"] == "push")
    assert (headers["X-Gitlab-Event"], headers["X-Gitlab-Token"]) == ("Push Hook", "rahasia")
    assert (push["after"], push["project"]["id"], push["ref"]) == (
        made["id"],
        project["id"],
        "refs/heads/fitur",
    )
    root.post(
        f"{base}/merge_requests", {"source_branch": "fitur", "target_branch": "main", "title": "Tambah"}
    )
    root.post(f"{base}/merge_requests/1/approve")
    _, event, _ = receiver.wait(
        lambda body: (
            body["object_kind"] == "merge_request" and body["object_attributes"]["action"] == "approved"
        )
    )
    assert event["object_attributes"]["last_commit"]["id"] == made["id"]
    root.put(f"{base}/merge_requests/1/merge", {})
    receiver.wait(
        lambda body: body["object_kind"] == "merge_request" and body["object_attributes"]["action"] == "merge"
    )


def test_signs_when_there_is_a_signing_token(root: Client, receiver: Receiver) -> None:
    project = new_project(root)
    key = bytes(range(32))
    token = "whsec_" + base64.b64encode(key).decode()
    hook = root.post(
        f"/projects/{project['id']}/hooks",
        {"url": receiver.url, "signing_token": token, "issues_events": True},
    )
    assert hook["signing_token_present"] is True
    root.post(f"/projects/{project['id']}/issues", {"title": "Langkah"})
    headers, body, raw = receiver.wait(lambda body: body["object_kind"] == "issue")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert body["object_attributes"]["action"] == "open"


def test_logs_deliveries_hides_the_secret_and_resends(root: Client, receiver: Receiver) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}/hooks"
    receiver.status = 500
    hook = root.post(base, {"url": receiver.url, "token": "rahasia"})
    assert root("POST", f"{base}/{hook['id']}/test/push_events", {}).status == 201
    receiver.wait(lambda body: body["object_kind"] == "push")
    deadline = time.monotonic() + 10
    while not (log := root.get(f"{base}/{hook['id']}/events")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (log[0]["response_status"], log[0]["trigger"]) == ("500", "push_events")
    assert log[0]["request_headers"]["X-Gitlab-Token"] == "[REDACTED]"
    root.post(f"{base}/{hook['id']}/events/{log[0]['id']}/resend")
    deadline = time.monotonic() + 10
    while len(receiver.got) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert receiver.got[0][1] == receiver.got[1][1]


def test_a_refused_write_sends_nothing(root: Client, receiver: Receiver) -> None:
    project = new_project(root)
    root.post(f"/projects/{project['id']}/hooks", {"url": receiver.url, "issues_events": True})
    assert root("POST", f"/projects/{project['id']}/issues", {"title": "x" * 300}).status == 400
    root.post(f"/projects/{project['id']}/issues", {"title": "sesudahnya"})
    receiver.wait(lambda body: body["object_kind"] == "issue")
    assert len(receiver.got) == 1
