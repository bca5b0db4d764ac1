"""Where each part of a profile's picture lies: roles are lanes, steps are rows, ways back and past run in the gutters. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from kawal.sop.fields import ENDS
from kawal.sop.picture_text import Text, gate_text, step_lines, wrap
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.schema import Choice

LANE, BOX, GAP, LINE = 184, 162, 40, 15
"""Widths of a lane and of a box in it, height between rows and of a line of text, in pixels."""
TOP, LABELS, TRACK = 122, 118, 16
"""Head of the picture; room for labels beside the lanes; distance of parallel lines in a gutter."""
PILL = 84
NOBODY = "SOP tidak menyebut pelaku"
BANDS = ("gerbang", "lapisan")
"""Boxes across all lanes."""


@dataclass(frozen=True)
class Box:
    """A step, a band across the lanes (gate, beginning of the national layer), or a closing line."""

    key: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Text, ...]
    others: tuple[float, ...] = ()
    """Centres of the other lanes whose role may do it too."""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def level(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Edge:
    points: tuple[tuple[float, float], ...]
    label: str = ""
    label_at: tuple[float, float] = (0, 0)
    implied: bool = False
    kind: str = "maju"
    """maju, kembali, lewat, akhir."""


@dataclass(frozen=True)
class Pill:
    """An end of the flow other than its last step."""

    x: float
    y: float
    words: str


@dataclass
class Layout:
    width: float
    height: float = 0
    left: float = 0
    right: float = 0
    lanes: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    pills: list[Pill] = field(default_factory=list)


def layout(procedure: Procedure) -> Layout:
    """The whole picture; the same procedure always gives the same one."""
    roles = _lanes(procedure)
    back, past = _gutters(procedure)
    left = LABELS + TRACK * (len(back) + 1)
    right = left + LANE * len(roles)
    ends = any(
        ENDS.get(target, "selesai") != "selesai" for step in procedure.steps for target in step.targets
    )
    beside = LABELS + PILL + TRACK * (len(past) + 1) if past or ends else TRACK
    made = Layout(width=right + beside, left=left, right=right)
    centre = {role: left + LANE * index + LANE / 2 for index, role in enumerate(roles)}
    names = {**procedure.roles, "": NOBODY}
    made.lanes = [(centre[role], wrap(names[role], 22)) for role in roles]
    _place(procedure, made, centre)
    _connect(procedure, made, back, past)
    return made


def _lanes(procedure: Procedure) -> list[str]:
    """Roles in the order of the profile that act at some step; nobody last."""
    used = [role for step in procedure.steps for role in step.roles]
    order = [role.id for role in procedure.profile.roles]
    found = [role for role in order if role in used] + [role for role in used if role not in order]
    nobody = any(not step.roles and step.data.stage for step in procedure.steps)
    return [*dict.fromkeys(found), *([""] if nobody else [])]


def _gutters(procedure: Procedure) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(step, answer) pairs that lead back, and those that go past at least one step; each gets a line of its own."""
    back, past = [], []
    for step in procedure.steps:
        for one in step.data.decision.choices if step.data.decision else ():
            if one.target not in ENDS:
                distance = procedure.index(one.target) - procedure.index(step.key)
                if distance <= 0:
                    back.append((step.key, one.value))
                elif distance > 1:
                    past.append((step.key, one.value))
    return back, past


# --- rows -----------------------------------------------------------------------------------------------------------


def _place(procedure: Procedure, made: Layout, centre: dict[str, float]) -> None:
    y = float(TOP)
    lane = next(iter(centre))
    gate = procedure.profile.gate
    own = {step.id for step in procedure.profile.steps}
    for step in procedure.steps:
        if step.key not in own and not any(box.key == "nasional" for box in made.boxes):
            y = _band(made, y, "nasional", "lapisan", [f"Lanjutan menurut {step.basis.text}"])
        if step.key == gate.step and gate.position == "sebelum":
            y = _band(made, y, "gerbang", "gerbang", gate_text(procedure))
        lane = (step.roles[0] if step.roles else "") if step.data.stage else lane
        lines = step_lines(procedure, step)
        height = LINE * len(lines) + 14
        others = tuple(centre[role] for role in step.roles[1:])
        kind = "langkah" if step.data.stage else "penutup"
        if step.key not in own:
            kind = "nasional"
        made.boxes.append(Box(step.key, kind, centre[lane] - BOX / 2, y, BOX, height, lines, others))
        y += height + GAP
        if step.key == gate.step and gate.position == "sesudah":
            y = _band(made, y, "gerbang", "gerbang", gate_text(procedure))
    made.height = y


def _band(made: Layout, y: float, key: str, kind: str, texts: list[str]) -> float:
    width = made.right - made.left - 16
    lines = tuple(
        Text(words, "judul" if index == 0 else "")
        for index, text in enumerate(texts)
        for words in wrap(text, int(width / 6.3))
    )
    height = LINE * len(lines) + 14
    made.boxes.append(Box(key, kind, made.left + 8, y, width, height, lines))
    return y + height + GAP


# --- lines ----------------------------------------------------------------------------------------------------------


def _connect(
    procedure: Procedure, made: Layout, back: list[tuple[str, str]], past: list[tuple[str, str]]
) -> None:
    boxes = {box.key: box for box in made.boxes}
    following = {box.key: after for box, after in zip(made.boxes, made.boxes[1:], strict=False)}
    for index, box in enumerate(made.boxes):  # out of a band the flow goes on to whatever lies below it
        if box.kind in BANDS and box.key in following:
            ahead = next(one for one in made.boxes[index + 1 :] if one.kind not in BANDS)
            made.edges.append(_down(box, following[box.key], start=ahead.middle))
    for step in procedure.steps:
        box = boxes[step.key]
        choices = step.data.decision.choices if step.data.decision else ()
        if not choices and step.next not in ENDS:
            made.edges.append(_down(box, following[box.key]))
        elif not choices and ENDS[step.next] != "selesai":
            _end(made, box, ENDS[step.next], "", implied=False, slot=0)
        elif not choices and box.key in following:
            made.edges.append(_down(box, following[box.key]))  # the gate below the last step
        out = {"kiri": 0, "kanan": 0}
        for one in choices:
            _choice(made, step, one, boxes, following, back, past, out)


def _choice(
    made: Layout,
    step: ProcStep,
    one: Choice,
    boxes: dict[str, Box],
    following: dict[str, Box],
    back: list[tuple[str, str]],
    past: list[tuple[str, str]],
    out: dict[str, int],
) -> None:
    box, key = boxes[step.key], (step.key, one.value)
    label, implied = one.value.replace("_", " "), one.status == "tersirat"
    if key in back:
        target = boxes[one.target]
        x = made.left - LABELS - TRACK * (back.index(key) + 1) + LABELS - 90
        y, to = box.level + 6 + 12 * out["kiri"], target.level - 8 - 5 * back.index(key) * (target is not box)
        to = box.y + 6 if target is box else to
        made.edges.append(
            Edge(
                ((box.x, y), (x, y), (x, to), (target.x, to)),
                label,
                (made.left - 8, y - 4),
                implied,
                "kembali",
            )
        )
        out["kiri"] += 1
    elif key in past:
        target = boxes[one.target]
        x = made.right + LABELS + PILL + TRACK * past.index(key)
        y, to = box.level + 12 * out["kanan"], target.level - 6
        right, there = box.x + box.width, target.x + target.width
        made.edges.append(
            Edge(((right, y), (x, y), (x, to), (there, to)), label, (made.right + 6, y - 4), implied, "lewat")
        )
        out["kanan"] += 1
    elif one.target in ENDS and ENDS[one.target] != "selesai":
        _end(made, box, ENDS[one.target], label, implied=implied, slot=out["kanan"])
        out["kanan"] += 1
    else:
        made.edges.append(_down(box, following[box.key], label, implied=implied))


def _end(made: Layout, box: Box, words: str, label: str, *, implied: bool, slot: int) -> None:
    y, x = box.level + 14 * slot, made.right + LABELS - 14
    made.edges.append(
        Edge(
            ((box.x + box.width, y), (x, y)),
            label if label != words else "",
            (made.right + 6, y - 4),
            implied,
            "akhir",
        )
    )
    made.pills.append(Pill(x, y, words))


def _down(
    box: Box, target: Box, label: str = "", *, implied: bool = False, start: float | None = None
) -> Edge:
    """From the bottom of one row to the top of the next; a band is entered straight below the step and left at `start`."""
    start = box.middle if start is None else start
    end = start if target.kind in BANDS else target.middle
    bottom, turn = box.y + box.height, box.y + box.height + GAP / 2
    points = ((start, bottom), (start, turn), (end, turn), (end, target.y))
    return Edge(points, label, (start + 6, bottom + 14), implied)
