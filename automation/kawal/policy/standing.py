"""On whose authority a record stands: a yes on the trust file of today, a no also on the one of its own day."""

from __future__ import annotations

from kawal.errors import BlockedError
from kawal.ledger.records import Approval, Pentest, PermitRecord, Predicate, Signoff, Withdraw
from kawal.ledger.tables import Entry
from kawal.ledger.trust import Authority, authorise
from kawal_seal.trustfile import Trust


def negative(one: Signoff) -> bool:
    """A refusal, also one by a scenario that was not accepted."""
    return one.decision == "reject" or any(not scenario.accepted for scenario in one.uat or ())


def shuts(one: Predicate) -> bool:
    """A record that can only take something away. Of a recorded step the policy's own rule says that (policy.steps)."""
    match one:
        case Withdraw():
            return True
        case Signoff():
            return negative(one)
        case Approval():
            return one.decision == "reject"
        case Pentest():
            return one.result == "tidak_memenuhi"
    return False


def outlives_its_key(one: Predicate) -> bool:
    """What the ledger keeps though the key that signed it is gone: a no, and that a release was open (docs/adr/0015).

    A permit's record opens nothing by itself, and nobody could ever make it again.
    """
    return shuts(one) or isinstance(one, PermitRecord)


def authority_of(entry: Entry, trust: Trust | None) -> Authority | None:
    """Under that trust version; None when it does not stand behind the record."""
    if trust is None or isinstance(entry.predicate, Trust):
        return None
    try:
        return authorise(entry.predicate, entry.signers, entry.received_at, trust)
    except BlockedError:
        return None
