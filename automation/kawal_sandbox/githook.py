"""Started by git as pre-receive or post-receive: asks the forge process about the ref updates on stdin. Standard library only."""

import http.client
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

ZERO = "0" * 40


def main(kind: str) -> int:
    updates = []
    for line in sys.stdin.read().splitlines():
        before, after, ref = line.split(" ", 2)
        updates.append({"ref": ref, "before": before, "after": after, "forced": _forced(before, after)})
    count = int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0"))
    question = {
        "project_id": int(os.environ["KAWAL_HOOK_PROJECT"]),
        "user_id": int(os.environ["KAWAL_HOOK_USER"]),
        "updates": updates,
        "options": [os.environ[f"GIT_PUSH_OPTION_{index}"] for index in range(count)],
    }
    address = urlsplit(os.environ["KAWAL_HOOK_URL"])
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=120)
    headers = {"Content-Type": "application/json", "X-Kawal-Hook": os.environ["KAWAL_HOOK_SECRET"]}
    connection.request("POST", f"/-/kawal/git/{kind}", json.dumps(question).encode(), headers)
    reply = connection.getresponse()
    answer = json.loads(reply.read())
    for message in answer.get("messages", ["GitLab: internal API unreachable"]):
        sys.stderr.write(message + "\n")
    return 0 if reply.status == 200 and answer.get("ok") is True else 1


def _forced(before: str, after: str) -> bool:
    """Does the update throw away commits? Only the hook can tell: the new objects are still in quarantine."""
    if ZERO in (before, after):
        return False
    return subprocess.run(["git", "merge-base", "--is-ancestor", before, after], check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
