"""Project hooks: an outbox filled by events, emptied by one worker thread, with a log of deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

from kawal_sandbox import payloads
from kawal_sandbox.store import Row, now

if TYPE_CHECKING:
    from kawal_sandbox.forge import Event, Forge

TIMEOUT = 10
# Hook flag per kind of event, and the value of X-Gitlab-Event.
FLAGS = {
    "push": ("push_events", "Push Hook"),
    "tag": ("tag_push_events", "Tag Push Hook"),
    "issue": ("issues_events", "Issue Hook"),
    "note": ("note_events", "Note Hook"),
    "merge_request": ("merge_requests_events", "Merge Request Hook"),
    "job": ("job_events", "Job Hook"),
    "pipeline": ("pipeline_events", "Pipeline Hook"),
    "deployment": ("deployment_events", "Deployment Hook"),
    "release": ("releases_events", "Release Hook"),
}


class Webhooks:
    """Subscribes to the bus; what it enqueues is delivered only if the causing transaction commits."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="forge-webhooks", daemon=True)
        for kind in FLAGS:
            forge.events.subscribe(kind, self.enqueue)
        forge.webhooks = self

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=TIMEOUT + 5)

    def enqueue(self, event: Event) -> None:
        flag, _ = FLAGS[event.kind]
        hooks = self._forge.store.all("SELECT * FROM hooks WHERE project_id = ?", event.project_id)
        wanted = [hook for hook in hooks if json.loads(hook["data"]).get(flag)]
        if not wanted:
            return
        payload = payloads.build(self._forge, event)
        if payload is not None:
            for hook in wanted:
                self.put(hook, event.kind, payload)

    def put(self, hook: Row, kind: str, payload: dict[str, Any]) -> int:
        """Queue one delivery; the id of its log entry."""
        body = json.dumps(payload, ensure_ascii=False)
        id_ = self._forge.store.insert(
            "hook_log",
            hook_id=hook["id"],
            trigger=FLAGS[kind][0],
            url=hook["url"],
            uuid=str(uuid.uuid4()),
            request_headers={"X-Gitlab-Event": FLAGS[kind][1]},
            request_data=body,
            created_at=now(),
        )
        self._forge.store.after_commit(self._wake.set)
        return id_

    def resend(self, log_id: int) -> None:
        self._forge.store.update("hook_log", log_id, state="pending")
        self._forge.store.after_commit(self._wake.set)

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait(timeout=5)
            self._wake.clear()
            while not self._stopping and (
                entry := self._forge.store.one(
                    "SELECT * FROM hook_log WHERE state = 'pending' ORDER BY id LIMIT 1"
                )
            ):
                self._deliver(entry)

    def _deliver(self, entry: Row) -> None:
        store = self._forge.store
        hook = store.one("SELECT * FROM hooks WHERE id = ?", entry["hook_id"])
        if hook is None:
            store.update("hook_log", entry["id"], state="dropped")
            return
        body = entry["request_data"].encode()
        headers = headers_of(hook, entry, body, self._forge.url, int(time.time()))
        started = time.monotonic()
        status, answer_headers, answer = send(entry["url"], headers, body)
        store.update(
            "hook_log",
            entry["id"],
            state="done",
            request_headers=headers
            | ({"X-Gitlab-Token": "[REDACTED]"} if "X-Gitlab-Token" in headers else {}),
            response_status=status,
            response_headers=answer_headers,
            response_body=answer,
            execution_duration=time.monotonic() - started,
        )


def headers_of(hook: Row, entry: Row, body: bytes, instance: str, moment: int) -> dict[str, str]:
    """Headers of a delivery: the secret in clear, and a Standard Webhooks signature when the hook has a signing token."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/18.5.0",
        "X-Gitlab-Event": json.loads(entry["request_headers"])["X-Gitlab-Event"],
        "X-Gitlab-Webhook-UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{instance}/hooks/{hook['id']}")),
        "X-Gitlab-Instance": instance,
        "X-Gitlab-Event-UUID": entry["uuid"],
        "Idempotency-Key": entry["uuid"],
    }
    if hook["token"]:
        headers["X-Gitlab-Token"] = hook["token"]
    if hook["signing_token"]:
        headers |= {
            "webhook-id": entry["uuid"],
            "webhook-timestamp": str(moment),
            "webhook-signature": "v1," + sign(hook["signing_token"], entry["uuid"], moment, body),
        }
    return headers


def sign(token: str, id_: str, moment: int, body: bytes) -> str:
    """base64 HMAC-SHA256 over `{id}.{timestamp}.{raw body}`; the key is what follows `whsec_`, decoded."""
    key = base64.b64decode(token.removeprefix("whsec_"))
    signed = f"{id_}.{moment}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def send(url: str, headers: dict[str, str], body: bytes) -> tuple[str, dict[str, str], str]:
    """POST without redirects or proxies: (status or `internal error`, response headers, first 8 KiB of the body or the reason)."""

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:  # noqa: ARG002
            return None

    opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - scheme checked at creation
    try:
        with opener.open(request, timeout=TIMEOUT) as reply:
            return str(reply.status), dict(reply.headers), reply.read(8192).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return str(error.code), dict(error.headers), error.read(8192).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return "internal error", {}, str(error)
