"""What holds for any input: the reader answers with a value or one error, the replay always ends in one clear state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import did, procedure
from hypothesis import given, settings
from hypothesis import strategies as st

from kawal.errors import BlockedError, InputError
from kawal.model import DoneStep
from kawal.sop.loader import BUILTIN, load_profile
from kawal.sop.permission import check_step
from kawal.sop.workflow import check_trigger, open_step, state_of
from kawal.sop.yamlsafe import load_document

PROCEDURES = {name: procedure(name) for name in ("bali", "batam", "bolmut", "kaltara", "katingan")}
BATAM = (BUILTIN / "batam.yml").read_bytes()


def refusal(call: Callable[[], object]) -> str | None:
    try:
        call()
    except InputError as error:
        return error.code
    return None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("abc:-[]{}&*!|>'\"\n ,?#<%@`", max_size=60).map(str.encode))
def test_any_bytes_give_a_document_or_one_input_error(data: bytes) -> None:
    assert refusal(lambda: load_document(data, "x.yml")) in (None, "INPUT-001")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(BATAM) - 1), st.binary(min_size=1, max_size=3))
def test_damaged_profile_is_refused_or_still_valid_never_a_crash(at: int, patch: bytes) -> None:
    damaged = BATAM[:at] + patch + BATAM[at + len(patch) :]
    assert refusal(lambda: load_profile(damaged, "x.yml")) in (None, "PROFIL-001")


@pytest.mark.parametrize("name", PROCEDURES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_history_ends_in_one_state(name: str, data: st.DataObject) -> None:
    found = PROCEDURES[name]
    keys = st.sampled_from([step.key for step in found.steps])
    values = [c.value for step in found.steps if step.data.decision for c in step.data.decision.choices]
    records = data.draw(
        st.lists(st.builds(did, keys, st.none() | st.sampled_from(values), st.just(())), max_size=40)
    )
    state = state_of(found, records)
    assert (state.open is None) == (state.ended is not None)
    assert [key for key, status in state.status.items() if status == "sedang_berjalan"] == (
        [state.open] if state.open else []
    )
    assert all(state.status[key] == "selesai" for key in state.done)


@pytest.mark.parametrize("name", PROCEDURES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_honest_walk_reaches_an_end_and_provisions_only_with_its_evidence(
    name: str, data: st.DataObject
) -> None:
    """Whoever does each open step by its rules is never refused, and the trigger stays shut until its evidence is there."""
    found = PROCEDURES[name]
    records: list[DoneStep] = []
    for _ in range(120):
        current = open_step(found, records)
        if current is None:
            break
        forward = data.draw(st.integers(0, 9)) > 1
        decision = None
        if current.choices:
            decision = current.choices[0] if forward else data.draw(st.sampled_from(current.choices))
        wanted = current.step.data.evidence
        kinds = (*wanted.all_of, *(group[0] for group in wanted.any_of))
        check_step(
            found,
            records,
            current.step.key,
            app_id="a",
            roles=list(found.roles),
            evidence=kinds,
            signed=found.signatories,
            decision=decision,
            reason="alasan",
            by_signoff=current.step.signoff is not None,
        )
        records.append(did(current.step.key, decision, kinds))
        letters = {kind for record in records for kind, _ in record.evidence} & set(
            found.profile.letter.documents
        )
        if not letters:
            with pytest.raises(BlockedError):
                check_trigger(found, records, "a")
    assert state_of(found, records).ended is not None
