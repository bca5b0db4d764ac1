"""Names of branches and tags against the patterns that protect them: `*` stands for anything, `/` included."""

from __future__ import annotations

import re


def matches(name: str, pattern: str) -> bool:
    """GitLab's wildcards: only `*`, and it also matches slashes."""
    regex = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(regex, name, re.DOTALL) is not None


def overlaps(one: str, other: str) -> bool:
    """Whether two patterns can match the same name."""
    # The star stands for itself as a sample: good enough to see `*` over `v*` and `v1*` under it.
    return matches(one, other) or matches(other, one)
