"""On GitHub an application calls the templates from files of its repository: another commit comes as a merge request of the bot.

Nobody pushes to the default branch, the bot included: a person outside the authors approves, `kawal gabung` merges, as with any change.
"""

from __future__ import annotations

from kawal.errors import BlockedError
from kawal.forges import callers
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.port import MergeRequest, Project
from kawal.model import FileWanted
from kawal.services.office import Office

BRANCH = "kawal/templat-"
TITLE = "Templat pipeline pusat: {commit}"
BODY = (
    "Kedua pemanggil templat menunjuk commit {commit} dari {repository}, yang diterima kebijakan yang ditandatangani.\n\n"
    "Disetujui orang di luar penulisnya, lalu digabung bot kawal (`kawal gabung`). Berkas lain tidak disentuh."
)


def running(office: Office, project: Project) -> str:
    """The template that the application's default branch calls (`file@repository:commit`); `-` when it names none, or not one."""
    branch = project.default_branch
    return (callers.running(office.forge, project.id, branch) if branch else None) or "-"


def proposals(office: Office, project: Project) -> list[MergeRequest]:
    """The bot's open merge requests for any template."""
    bot, found = office.forge.info().bot_user_id, office.forge.merge_requests(project.id, state="opened")
    return [one for one in found if one.author_id == bot and one.source_branch.startswith(BRANCH)]


def is_for(request: MergeRequest, after: str) -> bool:
    return request.source_branch.startswith(_branches(after))


def propose(office: Office, project: Project, template_project_id: int, after: str) -> MergeRequest:
    """Opens it. A run that was cut off is continued: the branch is named by the commit that it starts at."""
    forge, pin = office.forge, callers.split(after)
    branch = project.default_branch or ""
    head = forge.branch(project.id, branch)
    if head is None:
        raise BlockedError("BUKTI-030", f"Cabang {branch} belum ada di {project.full_path}")
    have = forge.tree(project.id, head.sha)
    wanted = callers.caller_contents(forge, template_project_id, after)
    changed = [
        FileWanted(path, text) for path, text in sorted(wanted.items()) if have.get(path) != blob_id(text)
    ]
    source = f"{_branches(after)}{head.sha[:12]}"
    forge.create_branch(project.id, source, head.sha)
    title = TITLE.format(commit=pin.commit[:12])
    update = [one.path for one in changed if one.path in have]
    forge.commit_files(project.id, source, title, changed, update=update)
    body = BODY.format(commit=pin.commit, repository=pin.repository)
    return forge.create_merge_request(project.id, source, branch, title, body)


def _branches(after: str) -> str:
    return f"{BRANCH}{callers.split(after).commit[:12]}-"
