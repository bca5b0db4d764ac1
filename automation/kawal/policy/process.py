"""Rules of the procedure: the approved request, the review of every change, the identities behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kawal.ledger.records import Approval, Move, Provision, Request
from kawal.model import CommitFact, MergeFact
from kawal.policy.case import Case, Record
from kawal.policy.model import AuthorityPolicy, Policy
from kawal.policy.people import Involved, approved_by_outsider, authors_of_merge
from kawal.policy.verdict import Verdict


@dataclass(frozen=True)
class Footing:
    """The approval, request and project that a release rests on; None where there is none that counts."""

    approval: Approval | None
    request: Request | None
    provision: Provision | None
    inputs: tuple[str, ...]


def governing_request(policy: Policy, records: Sequence[Record]) -> Request | None:
    """The request whose profile rules: the newest that an entitled role approved, else simply the newest.

    A newer request, or an approval by somebody who may not, changes no rule.
    """
    requests = {one.sha256: one.predicate for one in records if isinstance(one.predicate, Request)}
    for one in reversed(records):
        if isinstance(one.predicate, Approval) and one.predicate.decision == "approve":
            request = requests.get(one.predicate.request_sha256)
            rules = policy.authorities.get(request.profile_id) if request else None
            if rules is not None and not one.withdrawn and may_approve(rules, one.predicate):
                return request
    return list(requests.values())[-1] if requests else None


def footing(case: Case) -> tuple[Footing, Verdict]:
    """The newest approval that stands, the exact request it approved, the project made for it."""
    requests = {record.sha256: (record, one) for record, one in case.of(Request)}
    approvals = case.of(Approval)
    refused = {
        one.request_sha256: record.seq
        for record, one in approvals
        if one.decision == "reject" and may_approve(case.rules, one)
    }
    found = [
        (record, one)
        for record, one in approvals
        if one.decision == "approve" and one.request_sha256 in requests and may_approve(case.rules, one)
    ]
    standing = [(r, one) for r, one in found if refused.get(one.request_sha256, 0) < r.seq]
    provisions = [(r, one) for r, one in case.of(Provision) if one.forge.project_id == case.facts.project_id]
    inputs: list[str] = []
    approval, request, provision = None, None, None
    if standing:
        record, approval = standing[-1]
        request_record, request = requests[approval.request_sha256]
        inputs = [record.sha256, request_record.sha256]
    if provisions:
        record, provision = provisions[-1]
        inputs.append(record.sha256)
    base = Footing(approval, request, provision, tuple(inputs))
    return base, _footing_verdict(case, base, bool(approvals), bool(found))


def may_approve(rules: AuthorityPolicy, one: Approval) -> bool:
    """The approving step is one of the policy's, and names this role: a step that names nobody approves nothing."""
    rule = next((step for step in rules.steps if step.step == one.step), None)
    return rule is not None and one.signer_role in rule.who


def revisions(case: Case, request: Request, approval: Approval | None) -> tuple[str, ...]:
    """The profile revisions that the application followed, oldest first: its request's, then each move by a role that
    signs the approving letter."""
    rule = next((one for one in case.rules.steps if approval and one.step == approval.step), None)
    found = [request.profile_sha256]
    for _, move in case.of(Move):
        if rule is not None and move.role in rule.who and move.from_sha256 == found[-1]:
            found.append(move.to_sha256)
    return tuple(found)


def _footing_verdict(case: Case, base: Footing, any_letter: bool, entitled: bool) -> Verdict:
    def no(code: str, what: str, found: str, needed: str, command: str) -> Verdict:
        return Verdict("rekomendasi", what, False, code, found, needed, next=command)

    setujui = f"kawal setujui {case.app_id} --surat FILE --nomor NOMOR --tanggal TANGGAL"
    if base.approval is None or base.request is None:
        if entitled:
            return no(
                "REKOM-012", "Rekomendasi ditolak sesudah disetujui", "penolakan", "persetujuan", setujui
            )
        if any_letter:
            seen = "persetujuan bukan oleh peran langkahnya, atau atas permohonan lain"
            return no("REKOM-013", "Rekomendasi tidak sah", seen, "peran menurut langkah SOP", setujui)
        return no(
            "REKOM-001", "Rekomendasi belum dicatat", "tidak ada surat", "surat yang menyetujui", setujui
        )
    followed = revisions(case, base.request, base.approval)[-1]
    if followed != case.rules.profile_sha256:
        move = f"kawal profil pindah {case.app_id} --alasan TEKS"
        seen, needed = followed[:12], case.rules.profile_sha256[:12]
        return no("PROFIL-033", "Revisi profil aplikasi bukan revisi kebijakan", seen, needed, move)
    if base.provision is None:
        seen = f"proyek {case.facts.project_path} (id {case.facts.project_id}) bukan yang disiapkan kawal"
        return no(
            "SUBJEK-001",
            "Proyek tidak dikenal",
            seen,
            "proyek dari catatan penyiapan",
            f"kawal siapkan {case.app_id}",
        )
    letter = base.approval.letter
    return Verdict(
        "rekomendasi",
        "rekomendasi",
        True,
        found=f"{letter.number}, {letter.date:%Y-%m-%d}",
        needed="surat yang menyetujui",
        inputs=base.inputs,
    )


# --- review -------------------------------------------------------------------------------------------------------


def judge_review(case: Case, base: Footing) -> Verdict:
    """Every commit since the last release came through a merge request that an outsider approved at that very head."""
    facts, basis = case.facts, case.rules.review.basis

    def no(code: str, what: str, found: str, needed: str, command: str | None) -> Verdict:
        return Verdict("tinjauan", what, False, code, found, needed, ("peninjau",), command, basis)

    if facts.commit not in {one.sha for one in facts.commits_since}:
        seen = f"{len(facts.commits_since)} commit, tanpa {facts.commit[:8]}"
        return no(
            "TINJAU-003", "Riwayat commit rilis tidak lengkap", seen, "semua commit sejak rilis lalu", None
        )
    first = base.provision.first_commit if base.provision else None
    reviewed: set[str] = set()
    flaws: dict[str, str] = {}
    for merge in facts.merges:
        flaw = _merge_flaw(case, merge)
        if flaw is None:
            reviewed.update((*merge.commits, merge.merge_sha, merge.head_sha))
        else:
            flaws.update(
                dict.fromkeys((*merge.commits, merge.merge_sha, merge.head_sha), f"!{merge.iid} {flaw}")
            )
    bare = [one for one in facts.commits_since if one.sha not in reviewed and one.sha != first]
    if bare:
        sha = bare[0].sha
        why = flaws.get(sha)
        if why is None:
            seen = f"{len(bare)} commit, a.l. {sha[:8]}, tanpa merge request"
            return no(
                "TINJAU-002", "Perubahan masuk tanpa merge request", seen, "merge request yang ditinjau", None
            )
        command = f"minta peninjau menyetujui commit {sha[:8]}, lalu kawal gabung {case.app_id}"
        return no(
            "TINJAU-001",
            "Perubahan digabung tanpa tinjauan orang di luar penulisnya",
            why,
            "tinjauan",
            command,
        )
    count = len(
        [one for one in facts.merges if {one.merge_sha, one.head_sha} & {c.sha for c in facts.commits_since}]
    )
    found = f"{len(facts.commits_since)} commit lewat {count} merge request"
    needed = "orang di luar penulisnya"
    return Verdict("tinjauan", "tinjauan", True, found=found, needed=needed, basis=basis, note="disaksikan")


def _merge_flaw(case: Case, merge: MergeFact) -> str | None:
    if merge.merged_by != case.policy.forge.bot_user_id:
        return "tidak digabung oleh bot kawal"
    commit = next((one for one in case.facts.commits_since if one.sha == merge.merge_sha), None)
    if commit is not None and not _joins_head(commit, merge):
        return "menghasilkan commit yang bukan gabungan dari yang ditinjau"
    if merge.head_sha not in merge.commits:
        return "daftar commitnya tidak memuat yang ditinjau"
    authors = authors_of_merge(case, merge)
    approvals = [(one.user_id, one.approved_at) for one in merge.approvals]
    if not approved_by_outsider(approvals, authors, merge.head_pushed_at):
        return f"tanpa persetujuan orang lain atas commit {merge.head_sha[:8]}"
    return None


def _joins_head(commit: CommitFact, merge: MergeFact) -> bool:
    """A fast-forward, or a merge commit with the reviewed head as a parent; a squash shows bytes nobody approved."""
    return commit.sha == merge.head_sha or merge.head_sha in commit.parents


def judge_identities(people: Involved) -> Verdict:
    """Nobody who touched the code may be nameless: otherwise a signer could be among them."""
    if people.unknown:
        return Verdict(
            "pemisahan",
            "Ada penulis kode yang tidak dikenal forge",
            False,
            "IDENT-006",
            f"{people.unknown} identitas git tanpa akun",
            "setiap alamat surel commit tampil di profil forge penulisnya",
            ("tim_pengembang",),
            "tampilkan surel itu sebagai surel publik di profil forge penulisnya, lalu ulangi; "
            "commit berikutnya boleh juga memakai alamat commit pribadi (users.noreply) dari profil itu",
        )
    found = f"{len(people.authors)} penulis, {len(people.reviewers)} peninjau; bukan penanda tangan"
    return Verdict("pemisahan", "pemisahan tugas", True, found=found, needed="orang yang berbeda")
