"""What a recorded step brings about on the forge: at the SOP's step the project, with its plan shown; where issues come stage by
stage, those of the next one."""

from __future__ import annotations

from dataclasses import replace

from kawal.bahasa import t
from kawal.errors import BlockedError, KawalError
from kawal.ledger.records import Provision
from kawal.outcome import Outcome
from kawal.services.applications import done_steps
from kawal.services.office import Office
from kawal.services.provision import add, creations_limit, provision
from kawal.sop.procedure import Procedure
from kawal.sop.workflow import check_trigger, state_of


def followed(office: Office, app_id: str, procedure: Procedure, said: Outcome) -> Outcome:
    """`said` of a step that is recorded already, and what the forge did because of it.

    The record stands whatever the forge does; a failure there is told with the command that makes it good.
    """
    try:
        made = _made(office, app_id, procedure)
    except KawalError as error:
        repair = error.next_step or f"kawal siapkan {app_id}"
        text = t(
            "Langkah tetap tercatat, tetapi forge belum mengikutinya.\n{error}\nSesudah itu: {command}",
            error=error.text(),
            command=f"kawal siapkan {app_id}",
        )
        finding = {"kode": error.code, "judul": error.what, "perbaikan": repair}
        return replace(
            said, text=f"{said.text}\n{text}", findings=(*said.findings, finding), exit_code=error.exit_code
        )
    if made is None:
        return said
    return replace(
        said,
        text=f"{said.text}\n{made.text}",
        data={**said.data, "penyiapan": {"status": made.status, **made.data}},
        exit_code=made.exit_code,
    )


def trigger_is_due(office: Office, app_id: str, procedure: Procedure) -> bool:
    """Whether the SOP lets the project be made by what is recorded now."""
    try:
        check_trigger(procedure, done_steps(office, app_id, procedure), app_id)
    except BlockedError:
        return False
    return True


def _made(office: Office, app_id: str, procedure: Procedure) -> Outcome | None:
    if not office.records(app_id, Provision):
        return provision(office, app_id) if trigger_is_due(office, app_id, procedure) else None
    # Where all issues are there from the beginning, an official needs no access to the forge.
    staged = creations_limit(office) is not None and _new_stage(office, app_id, procedure)
    return add(office, app_id) if staged else None


def _new_stage(office: Office, app_id: str, procedure: Procedure) -> bool:
    """Whether the newest record brought the flow to a stage where it never was."""
    done = done_steps(office, app_id, procedure)

    def stages(visited: frozenset[str]) -> set[str | None]:
        return {step.data.stage for step in procedure.steps if step.key in visited}

    return stages(state_of(procedure, done).visited) != stages(state_of(procedure, done[:-1]).visited)
