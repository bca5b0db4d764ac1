"""Every answer that the oracle's cases get from the judge's rules, word for word: a golden file.

Each deviation locks a release that could go out; a line holds a rule's whole answer: what was found and needed, who acts, the next
command, the basis, the records it rests on. Refresh it, then read the difference in review:
python tests/policy/kebijakan_refusals.py
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from oracle.cases import WAYS, ordinary
from oracle.deviations import DEVIATIONS
from oracle.mix import LETTERS
from oracle.told import Case
from oracle.values import judged_by_kawal

from kawal.ledger.tables import Entry
from kawal.policy import Verdict

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "kebijakan-penolakan.txt"
CHANGES: tuple[Callable[..., Case], ...] = (ordinary, *WAYS, *LETTERS, *DEVIATIONS)
PARTS, TIMES = 8, 3
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cases(part: int) -> Iterator[tuple[int, Case]]:
    """Number of the change, and a release that it was done to."""
    for number in range(part, len(CHANGES), PARTS):
        for time in range(TIMES):
            rng = random.Random(1000 * time + number)
            case = ordinary(rng)
            yield number, CHANGES[number](case, rng) if number else case


def answers(part: int) -> Iterator[str]:
    """One line a rule and change."""
    seen: set[str] = set()
    for number, case in cases(part):
        answer, entries = judged_by_kawal(case)
        known = {one.payload_sha256: name_of(one) for one in entries}
        for one in answer.verdict.leaves():
            line = f"{number}: {text_of(one, known)}"
            if line not in seen and (number < 4 or not one.satisfied):
                seen.add(line)
                yield line


def text_of(one: Verdict, known: dict[str, str]) -> str:
    words = (one.title, one.found, one.needed, " ".join(one.who), str(one.next), one.note)
    basis = "" if one.basis is None else one.basis.text
    inputs = " ".join(sorted(known.get(digest, digest) for digest in one.inputs))
    shown = " | ".join((f"{one.rule} {one.satisfied} {one.code}", *words, basis, inputs))
    return UUID.sub("UUID", shown)


def name_of(entry: Entry) -> str:
    one = entry.predicate
    kind = getattr(one, "kind", None) or getattr(one, "uji", None)
    return type(one).__name__ + (f":{kind}" if kind else "")


def main() -> None:
    lines = [line for part in range(PARTS) for line in answers(part)]
    GOLDEN.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
