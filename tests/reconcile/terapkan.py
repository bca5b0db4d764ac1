"""A warm process that applies plans in forked children, so that each can be killed without paying for imports again.

Reads one JSON job per line on stdin, answers with `{"pid": n}` when the child runs and `{"status": n}` when it has ended.
"""

from __future__ import annotations

import json
import os
import sys

import gitlab.v4.objects  # noqa: F401 (warm)
from contoh import desired

from kawal.forges.gitlab import GitLabForge
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.plan import diff
from kawal.reconcile.read import read_state


def apply(job: dict[str, str]) -> None:
    forge = GitLabForge(job["url"], job["token"], timeout=20)
    wanted = desired(job["app_id"], group=job["group"])
    plan = diff(wanted, read_state(forge, wanted))
    if not plan.only_adds:
        raise SystemExit(10)
    apply_plan(forge, wanted, plan, hook_token="rahasia-webhook")


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            apply(json.loads(line))
            os._exit(0)
        print(json.dumps({"pid": child}), flush=True)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
