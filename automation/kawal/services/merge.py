"""`kawal gabung`: the bot merges exactly the head that a person outside its authors approved, once its pipeline is green."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, BlockedError, ConflictError
from kawal.facts import co_authors, head_pushers
from kawal.forges.port import Commit, MergeRequest, ReadForge
from kawal.ledger.trust import persons_of_user
from kawal.outcome import Outcome
from kawal.policy.people import approved_by_outsider
from kawal.services.office import Office
from kawal.services.origin import head_status


@dataclass(frozen=True)
class Refusal:
    code: str
    what: str
    next_step: str


def merge(office: Office, app_id: str, iid: int | None = None) -> Outcome:
    """Merges merge request `iid`, or every one that is ready. A merge request that is merged already is said so."""
    project_id = office.provision(app_id).forge.project_id
    forge = office.forge
    numbers = (
        [iid] if iid is not None else [one.iid for one in forge.merge_requests(project_id, state="opened")]
    )
    lines, merged, refused = [], [], []
    for number in numbers:
        answer = _merge_one(office, app_id, project_id, forge.merge_request(project_id, number))
        if isinstance(answer, Refusal):
            refused.append(
                {"mr": number, "kode": answer.code, "judul": answer.what, "perbaikan": answer.next_step}
            )
            lines.append(f"{answer.code} !{number} {answer.what}\n  berikutnya: {answer.next_step}")
        else:
            merged.append({"mr": number, "commit": answer.sha})
            said = (
                t("!{iid} digabung oleh bot: {sha}.") if answer.now else t("!{iid} sudah digabung ({sha}).")
            )
            lines.append(said.format(iid=number, sha=answer.sha[:12]))
    text = "\n".join(lines) or t("Tidak ada merge request yang terbuka.")
    status = "digabung" if merged else ("ditolak" if refused else "tidak_ada")
    exit_code = EXIT_BLOCKED if refused and iid is not None else 0
    return Outcome(status, text, {"aplikasi": app_id, "digabung": merged}, refused, exit_code)


@dataclass(frozen=True)
class Merged:
    sha: str
    now: bool
    """False when it was merged before, by the webhook's worker for one."""


def _merge_one(office: Office, app_id: str, project_id: int, request: MergeRequest) -> Merged | Refusal:
    if request.state == "merged":
        return Merged(request.merge_sha or "", now=False)
    why = refusal(office, app_id, project_id, request)
    if why is not None:
        return why
    try:
        return Merged(office.forge.merge(project_id, request.iid, head_sha=request.head_sha), now=True)
    except ConflictError as error:
        again = office.forge.merge_request(project_id, request.iid)
        if again.state == "merged" and again.head_sha == request.head_sha:
            return Merged(again.merge_sha or "", now=False)
        return Refusal("TINJAU-012", error.what, f"kawal gabung {app_id} --mr {request.iid}")


def refusal(office: Office, app_id: str, project_id: int, request: MergeRequest) -> Refusal | None:
    """Why the bot does not merge this head now; None when it may."""
    forge = office.forge
    branch = forge.project(project_id).default_branch
    again = f"kawal gabung {app_id} --mr {request.iid}"
    if request.state != "opened":
        return Refusal(
            "TINJAU-011", t("merge request sudah {state}", state=request.state), t("buka merge request baru")
        )
    if request.target_branch != branch:
        return Refusal(
            "TINJAU-011",
            t("tujuannya {target}, bukan {branch}", target=request.target_branch, branch=branch),
            t("ubah cabang tujuan"),
        )
    authors = authors_of(office, forge, project_id, request)
    pushed = forge.head_pushed_at(project_id, request.iid)
    approvals = [(one.user_id, one.approved_at) for one in forge.approvals(project_id, request.iid)]
    if not approved_by_outsider(approvals, authors, pushed):
        return Refusal(
            "TINJAU-010",
            t("belum disetujui orang di luar penulisnya untuk commit {sha}", sha=request.head_sha[:8]),
            t("minta peninjau menyetujui !{iid}, lalu: {again}", iid=request.iid, again=again),
        )
    status = head_status(office, project_id, request)
    if status != "success":
        return Refusal(
            "TINJAU-013",
            t(
                "pipeline commit {sha} belum lulus ({status})",
                sha=request.head_sha[:8],
                status=status or t("belum ada"),
            ),
            t("tunggu atau perbaiki pipeline, lalu: {again}", again=again),
        )
    return None


def authors_of(office: Office, forge: ReadForge, project_id: int, request: MergeRequest) -> set[int]:
    """Everybody who wrote or pushed this head, and the bot, with every other account of the same persons.

    The same set as the judge's `authors_of_merge`: what is merged here must not stay locked there.
    """
    users = {request.author_id}
    for sha in forge.merge_request_commits(project_id, request.iid):
        commit = forge.commit(project_id, sha)
        named = [(commit.author_email, commit.author_id)]
        if commit.committer_email is not None:
            named.append((commit.committer_email, commit.committer_id))
        for email, account in named:
            found = forge.user_id_of_email(email) if account is None else account
            if found is None:
                raise BlockedError(
                    "IDENT-012",
                    f"Penulis commit {sha[:8]} tidak dikenal forge",
                    needed="surel commit yang tampil di profil forge penulisnya",
                    next_step="tampilkan surel itu sebagai surel publik di profil forge penulisnya, atau buat ulang commit dengan alamat "
                    "commit pribadi (users.noreply) dari profil itu, lalu dorong lagi",
                )
            users.add(found)
        users.update(_co_authors(forge, commit))
    users.update(head_pushers(forge, project_id, request.head_sha))
    users.add(forge.info().bot_user_id)  # it merges what others decided, so its own approval is nobody's
    trust = office.trust()
    for user in list(users):
        who = persons_of_user(trust, user)
        users.update(who.forge_user_ids if who else ())
    return users


def _co_authors(forge: ReadForge, commit: Commit) -> set[int]:
    """Refused here already when unknown: once merged, the release of that commit stays locked (IDENT-006)."""
    found = {forge.user_id_of_email(email) for email in co_authors(commit.message)}
    if None in found:
        raise BlockedError(
            "IDENT-012",
            f"Penulis bersama commit {commit.sha[:8]} tidak dikenal forge",
            needed="surel Co-authored-by yang terdaftar pada akun forge pemiliknya",
            next_step="daftarkan surel itu pada akunnya, atau ubah pesan commit, lalu dorong lagi",
        )
    return {user for user in found if user is not None}
