"""Repository hooks: what happened is told once, signed with the hook's secret, and never repeated by itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import uuid
from typing import TYPE_CHECKING, Any

from kawal_sandbox.store import now
from kawal_sandbox.webhooks import TIMEOUT, send

if TYPE_CHECKING:
    from kawal_sandbox.forge import Event, Forge

EVENTS = {"push": "push", "tag": "push", "merge_request": "pull_request"}
"""The forge's events and GitHub's names for them; `workflow_run` comes from the runs that a test places."""


class GitHubHooks:
    """Subscribes to the bus; one thread delivers, in order, after the causing transaction has been committed."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._queue: queue.Queue[int | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="forge-github-hooks", daemon=True)
        for kind in EVENTS:
            forge.events.subscribe(kind, self._heard)
        forge.events.subscribe("workflow_run", self._heard)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=TIMEOUT + 5)

    def _heard(self, event: Event) -> None:
        name = EVENTS.get(event.kind, event.kind)
        sql = "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'hook'"
        for hook in self._forge.store.all(sql, event.project_id):
            data = json.loads(hook["data"])
            if data["active"] and (name in data["events"] or "*" in data["events"]):
                self.put(hook["id"], event.project_id, name, self._body(event, name))

    def put(self, hook_id: int, project_id: int, event: str, body: dict[str, Any]) -> int:
        """Queue one delivery; the number of its log entry."""
        data = {"hook_id": hook_id, "guid": str(uuid.uuid4()), "event": event, "body": json.dumps(body)}
        id_ = self._forge.store.insert(
            "gh_things", project_id=project_id, kind="delivery", name=event, data=data, created_at=now()
        )
        self._forge.store.after_commit(lambda: self._queue.put(id_))
        return id_

    def again(self, delivery_id: int) -> None:
        """Redelivery: the same GUID and body."""
        self._forge.store.after_commit(lambda: self._queue.put(delivery_id))

    def _body(self, event: Event, name: str) -> dict[str, Any]:
        project = self._forge.store.get("projects", event.project_id)
        sender = self._forge.store.one("SELECT * FROM users WHERE id = ?", event.user_id)
        repository = {"id": project["id"], "full_name": project["full_path"], "name": project["path"]}
        body: dict[str, Any] = {
            "repository": repository,
            "sender": {"id": event.user_id, "login": sender["username"] if sender else "ghost"},
        }
        if name == "push":
            body |= {key: event.data[key] for key in ("ref", "before", "after")}
        elif name == "workflow_run":
            body |= {"action": event.data["action"], "workflow_run": event.data["run"]}
        else:
            body |= {"action": "synchronize", "number": event.data.get("iid")}
        return body

    def _work(self) -> None:
        while (number := self._queue.get()) is not None:
            row = self._forge.store.one("SELECT * FROM gh_things WHERE id = ?", number)
            hook = row and self._forge.store.one(
                "SELECT * FROM gh_things WHERE id = ?", json.loads(row["data"])["hook_id"]
            )
            if row and hook:
                config, data = json.loads(hook["data"])["config"], json.loads(row["data"])
                status, _, _ = send(
                    config["url"], headers_of(hook["id"], config, data), data["body"].encode()
                )
                self._forge.store.update("gh_things", row["id"], data=data | {"status": status})


def headers_of(hook_id: int, config: dict[str, Any], delivery: dict[str, Any]) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/latihan",
        "X-GitHub-Event": delivery["event"],
        "X-GitHub-Delivery": delivery["guid"],
        "X-GitHub-Hook-ID": str(hook_id),
    }
    if config.get("secret"):
        digest = hmac.new(config["secret"].encode(), delivery["body"].encode(), hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return headers


def tell_run(forge: Forge, project_id: int, run_id: int, state: dict[str, Any]) -> None:
    action = "completed" if state["status"] == "completed" else "requested"
    run = {key: state[key] for key in ("head_sha", "head_branch", "event", "status", "conclusion")}
    forge.publish("workflow_run", project_id, state["actor_id"] or 0, action=action, run=run | {"id": run_id})
