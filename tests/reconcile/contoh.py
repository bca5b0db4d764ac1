"""A desired project small enough for tests and with something of every kind; importable by the process that gets killed."""

from __future__ import annotations

from datetime import date

from kawal.model import (
    DesiredProject,
    FileWanted,
    HookWanted,
    Issue,
    Label,
    MemberWanted,
    Milestone,
    ProtectedRef,
    Variable,
)
from kawal.posture import WANTED_SETTINGS


def marker(app_id: str, step: str) -> str:
    return f"<!-- kawal:diskominfo {app_id} {step} -->"


def issue(app_id: str, number: int, *, closed: bool) -> Issue:
    step = f"langkah-{number}"
    body = f"Langkah {number} menurut SOP.\n\n- [ ] kelengkapan {number}\n- [ ] keluaran {number}\n\n{marker(app_id, step)}"
    stage = "tahap::kajian" if number < 3 else "tahap::implementasi"
    return Issue(
        marker=marker(app_id, step),
        title=f"Langkah {number}",
        body=body,
        labels=(stage, "peran::subkoor-pa"),
        milestone="Kajian" if number < 3 else "Implementasi",
        due=date(2026, 12, number),
        closed=closed,
    )


def desired(
    app_id: str = "e-retribusi", *, group: str = "aplikasi/disdag", members: tuple[str, ...] = ("ani", "budi")
) -> DesiredProject:
    return DesiredProject(
        app_id=app_id,
        instance="diskominfo",
        group_path=group,
        group_name="Dinas Perdagangan",
        path=app_id,
        name="e-Retribusi Pasar",
        description="Retribusi pasar daerah",
        default_branch="main",
        first_commit=(
            FileWanted("README.md", b"# e-Retribusi\n"),
            FileWanted("app/jalan.sh", b"#!/bin/sh\necho ya\n", executable=True),
            FileWanted("gambar.bin", bytes(range(256))),
        ),
        first_commit_message="Kerangka proyek",
        labels=(
            Label("tahap::kajian", "#428BCA", "Tahap kajian"),
            Label("tahap::implementasi", "#44AD8E", "Tahap implementasi"),
            Label("peran::subkoor-pa", "#8E44AD", ""),
        ),
        milestones=(
            Milestone("Kajian", "Sampai rekomendasi", date(2026, 12, 4)),
            Milestone("Implementasi", "Sampai uji kelaikan", None),
        ),
        issues=tuple(issue(app_id, number, closed=number == 1) for number in range(1, 5)),
        protections=(
            ProtectedRef("main", "branch", 0, 40),
            ProtectedRef("v*", "tag", 40),
        ),
        members=tuple(MemberWanted(name, 30) for name in members),
        variables=(
            Variable("KAWAL_APLIKASI", app_id),
            Variable("KAWAL_AMBANG", '{"schema": 1, "uat": []}', "file"),
        ),
        hooks=(HookWanted("http://127.0.0.1:9/webhook", ("push_events", "merge_requests_events")),),
        settings=(
            *WANTED_SETTINGS,
            ("visibility", "private"),
            ("ci_config_path", f"gitlab/kawal.yml@pa/pipeline-templates:{'a' * 40}"),
        ),
    )
