"""Which cases are asked, and in which share: so that every run, however short, holds enough of each kind."""

from __future__ import annotations

import random

from oracle.cases import DEVIATIONS, Change, good_case, set_field, whole_persons
from oracle.model import Case, decide

LETTERS = tuple(set_field("letter", one) for one in ("none", "refused_after", "by_wrong_role"))


def _by_code() -> dict[str, list[Change]]:
    """Per reason code the changes that make it the only one, as the model sees it."""
    found: dict[str, list[Change]] = {}
    for change in (*DEVIATIONS, *LETTERS):
        rng = random.Random(0)
        answers = {decide(whole_persons(change(good_case(rng), rng))) for _ in range(5)}
        for (code,) in (one for one in answers if len(one) == 1):
            found.setdefault(code, []).append(change)
    return dict(sorted(found.items()))


BY_CODE = _by_code()
_CODES = tuple(BY_CODE)


def case_of(number: int, rng: random.Random) -> Case:
    """Of 100 cases 21 are good, 76 have one thing wrong (the codes in turn), 3 have several."""
    case, place = good_case(rng), number % 100
    if place < 21:
        return case
    if place < 97:
        turn = number // 100 * 76 + place - 21
        return whole_persons(rng.choice(BY_CODE[_CODES[turn % len(_CODES)]])(case, rng))
    for _ in range(rng.choice((2, 2, 3, 5, 9))):
        case = rng.choice(DEVIATIONS)(case, rng)
    if rng.random() < 0.5:
        case = rng.choice(LETTERS)(case, rng)
    return whole_persons(case)
