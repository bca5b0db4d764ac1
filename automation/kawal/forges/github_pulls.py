"""Pull requests on GitHub: reviews name the commit they looked at, which binds an approval to the head."""

from __future__ import annotations

from datetime import datetime

from kawal.forges import github_parse as parse
from kawal.forges.github_base import GitHubBase, repo
from kawal.forges.jsonview import View
from kawal.forges.port import Approval, MergeRequest

COMMITS_OF_PULL = 250
"""More than these GitHub does not list of one pull request, whatever page is asked for."""


class GitHubPulls(GitHubBase):
    """The part of `ReadForge` about merge requests."""

    def merge_request(self, project_id: int, iid: int) -> MergeRequest:
        path = f"{repo(project_id)}/pulls/{iid}"
        return parse.pull(View(self._http.get(path), path))

    def merge_requests(self, project_id: int, *, state: str) -> list[MergeRequest]:
        path = f"{repo(project_id)}/pulls"
        word = {"opened": "open", "merged": "closed", "closed": "closed"}.get(state, "all")
        found = self._list(parse.pull, path, state=word)
        same = [one for one in found if state in ("all", one.state)]
        # Who merged it stands only in the single answer.
        return [self.merge_request(project_id, one.iid) if one.state == "merged" else one for one in same]

    def merge_request_commits(self, project_id: int, iid: int) -> list[str]:
        path = f"{repo(project_id)}/pulls/{iid}"
        found = self._list(lambda v: v.text("sha"), f"{path}/commits")
        if len(found) < COMMITS_OF_PULL:
            return found
        # A comparison lists them all, page by page.
        pull = View(self._http.get(path), path)
        base, head = pull.view("base").text("sha"), pull.view("head").text("sha")
        compared = f"{repo(project_id)}/compare/{base}...{head}"
        return self._list(lambda v: v.text("sha"), compared, key="commits")

    def approvals(self, project_id: int, iid: int) -> list[Approval]:
        """The last word of each reviewer, where it approves this very head: GitHub's reviews name their commit."""
        path = f"{repo(project_id)}/pulls/{iid}"
        head = self.merge_request(project_id, iid).head_sha
        last: dict[int, Approval | None] = {}
        for v in (View(row, path) for row in self._http.pages(f"{path}/reviews")):
            who, word = v.maybe_view("user"), v.text("state")
            if who is None or word == "COMMENTED":  # an account that is gone approves nothing
                continue
            good = word == "APPROVED" and v.maybe_text("commit_id") == head
            at = v.maybe_time("submitted_at")
            last[who.number("id")] = Approval(who.number("id"), who.text("login"), at) if good else None
        return [one for one in last.values() if one is not None]

    def head_pushed_at(self, project_id: int, iid: int) -> datetime | None:
        """The committer's date of the head: reviews are bound to the commit itself, so a false date only takes approvals away."""
        head = self.merge_request(project_id, iid).head_sha
        path = f"{repo(project_id)}/git/commits/{head}"
        return View(self._http.get(path), path).view("committer").time("date")
