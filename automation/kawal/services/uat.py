"""`kawal uat`: mandatory scenarios, what uat.yml says of each, and what the ledger holds; mirrored as an issue that is only for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, BlockedError, NotFoundError
from kawal.forges.markers import marker_line
from kawal.issue_text import marker, plain, quoted
from kawal.ledger.records import Evidence, Signoff, UatScenario, Withdraw
from kawal.outcome import Outcome
from kawal.services.office import Office
from kawal.services.release import release
from kawal_checks.model import ReportError
from kawal_checks.readers.uat import NAME, Scenario, read

PACK = "kemas"
MIRROR = "uat-cermin"
TITLE = "Daftar terima UAT"
HEAD = (
    "Cermin dari buku catatan kawal, untuk dibaca saja: **centang dan komentar di sini tidak dibaca kawal**. "
    "Penerimaan hanya dicatat lewat `kawal sahkan uat` oleh peran yang berhak, atau dari Berita Acara bertanda tangan (`--surat`)."
)


@dataclass(frozen=True)
class Bytes:
    """What lies on the test target: the newest packed build, or that of a named release."""

    commit: str
    artifact_sha256: str
    release: str | None


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    """As the approved request says it."""
    described: Scenario | None
    answer: UatScenario | None
    """Of the newest standing record about these bytes; None: nobody has answered."""
    by: str | None


def show(office: Office, app_id: str, *, version: str | None = None, mirror: bool = False) -> Outcome:
    """The table; with `mirror` also written as an issue. Exit 3 while a mandatory scenario is not accepted for these bytes."""
    about = _bytes(office, app_id, version)
    problem, rows = _rows(office, app_id, about)
    lines = [
        t(
            "UAT {app}, commit {sha}, paket {digest}",
            app=app_id,
            sha=about.commit[:12],
            digest=about.artifact_sha256[:12],
        )
    ]
    lines += [f" {_mark(row)} {row.id:<10} {row.title}{_said(row)}" for row in rows]
    lines += [problem] if problem else []
    data: dict[str, Any] = {
        "aplikasi": app_id,
        "commit": about.commit,
        "paket_sha256": about.artifact_sha256,
        "skenario": [
            {
                "id": row.id,
                "dijelaskan": row.described is not None,
                "diterima": None if row.answer is None else row.answer.accepted,
            }
            for row in rows
        ],
    }
    if mirror:
        number = _mirror(office, app_id, about, rows, problem)
        lines.append(t("Cermin ditulis ke isu #{number}; hanya untuk dibaca.", number=number))
        data["isu"] = number
    done = all(row.answer is not None and row.answer.accepted for row in rows)
    status = "diterima" if done else "belum_diterima"
    return Outcome(status, "\n".join(lines), data, exit_code=0 if done else EXIT_BLOCKED)


def refresh(office: Office, app_id: str) -> Outcome:
    """The mirror as it stands now, for the worker: nothing to say before there is a packed build."""
    try:
        outcome = show(office, app_id, mirror=True)
    except BlockedError:
        return Outcome("belum_ada", "")
    return Outcome(outcome.status, outcome.text, outcome.data)


def _bytes(office: Office, app_id: str, version: str | None) -> Bytes:
    asked = release(office, app_id, version) if version else None
    if version and asked is None:
        raise BlockedError(
            "UAT-021",
            t("Rilis {version} {app} belum diminta", version=version, app=app_id),
            next_step=f"kawal rilis minta {app_id} {version} --commit SHA",
        )
    packed = [
        one
        for _, one in office.records(app_id, Evidence)
        if one.uji == PACK and one.artifact_sha256 and (asked is None or one.commit == asked.commit)
    ]
    if not packed:
        raise BlockedError(
            "UAT-022",
            t("Belum ada paket {app} di target uji", app=app_id),
            next_step=f"kawal kumpulkan {app_id}",
        )
    return Bytes(packed[-1].commit, str(packed[-1].artifact_sha256), version)


def _rows(office: Office, app_id: str, about: Bytes) -> tuple[str | None, list[Row]]:
    """Mandatory ones from the request, then others of uat.yml. Also what is wrong with the file, if it cannot be read."""
    _, request = office.request(app_id)
    project = office.provision(app_id).forge.project_id
    problem: str | None = None
    described: dict[str, Scenario] = {}
    try:
        described = {one.id: one for one in read(office.forge.file(project, NAME, about.commit)).scenarios}
    except NotFoundError:
        problem = t("{name} tidak ada di commit itu.", name=NAME)
    except ReportError as error:
        problem = t("{name} tidak terbaca: {why}", name=NAME, why=error.found)
    answers, by = _answers(office, app_id, about)
    return problem, [
        Row(one.id, one.judul, described.get(one.id), answers.get(one.id), by)
        for one in request.thresholds.uat
    ]


def _answers(office: Office, app_id: str, about: Bytes) -> tuple[dict[str, UatScenario], str | None]:
    """The newest standing record about exactly these bytes. For reading: the judge looks at the records itself."""
    gone = {one.record_sha256 for _, one in office.records(app_id, Withdraw)}
    for entry, one in reversed(office.records(app_id, Signoff)):
        subject = one.subject
        if one.kind != "uat" or subject is None or entry.payload_sha256 in gone:
            continue
        if (subject.commit, subject.artifact_sha256) == (about.commit, about.artifact_sha256):
            return {item.id: item for item in one.uat or ()}, one.role
    return {}, None


def _mark(row: Row) -> str:
    if row.answer is None:
        return "–"
    return "✔" if row.answer.accepted else "✖"


def _said(row: Row) -> str:
    notes = [] if row.described else [t("belum dijelaskan di uat.yml")]
    if row.answer is not None and not row.answer.accepted:
        notes.append(row.answer.note or t("tidak diterima"))
    return f"   ({'; '.join(notes)})" if notes else ""


def _mirror(office: Office, app_id: str, about: Bytes, rows: Sequence[Row], problem: str | None) -> int:
    """Created once, changed only when its text would be another."""
    project = office.provision(app_id).forge.project_id
    mark = marker(office.settings.instance, app_id, MIRROR)
    body = mirror_body(about, rows, problem, mark)
    found = next((one for one in office.forge.issues(project) if marker_line(one.body) == mark), None)
    if found is None:
        return office.forge.create_issue(project, TITLE, body, ["uji::uat"], None, None)
    if found.body.rstrip() != body.rstrip():
        office.forge.update_issue(project, found.iid, body=body)
    return found.iid


def mirror_body(about: Bytes, rows: Sequence[Row], problem: str | None, mark: str) -> str:
    parts = [f"{HEAD}\n\nCommit `{about.commit[:12]}`, paket `{about.artifact_sha256[:12]}`."]
    if problem:
        parts.append(f"**{quoted(problem, limit=500)}**")
    for row in rows:
        box = "x" if row.answer is not None and row.answer.accepted else " "
        said = "belum dijawab" if row.answer is None else f"oleh {plain(row.by or '')}"
        if row.answer is not None and not row.answer.accepted:
            said = f"**tidak diterima**: {quoted(row.answer.note or 'tanpa alasan')}"
        lines = [f"- [{box}] {quoted(row.id)} {quoted(row.title)} ({said})"]
        if row.described is None:
            lines.append("  - belum dijelaskan di `uat.yml`")
        else:
            lines += [f"  {number}. {quoted(step)}" for number, step in enumerate(row.described.steps, 1)]
            lines.append(f"  - hasil: {quoted(row.described.result)}")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, mark])
