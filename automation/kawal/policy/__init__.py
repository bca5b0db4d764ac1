"""The rules: a compiled policy, the facts of a release and the ledger's records go in, a verdict tree comes out. Pure."""

from kawal.policy.judge import Judgement, judge
from kawal.policy.model import Policy, parse_policy
from kawal.policy.verdict import Verdict

__all__ = ["Judgement", "Policy", "Verdict", "judge", "parse_policy"]
