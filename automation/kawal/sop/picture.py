"""A profile as SVG: one picture a SOP, drawn from the data alone, so that it can be held current by a test."""

from __future__ import annotations

from html import escape

from kawal.sop.layout import LANE, LINE, PILL, TOP, Box, Edge, Layout, Pill, layout
from kawal.sop.procedure import Procedure

STYLE = """
text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 11px; fill: #1f2933; }
.nama { font-size: 17px; font-weight: bold; } .anak { font-size: 12px; fill: #52606d; }
.lajur { font-weight: bold; text-anchor: middle; } .jalur { fill: #f5f7fa; } .jalur2 { fill: #ffffff; }
.langkah { fill: #ffffff; stroke: #334e68; stroke-width: 1.2; } .nasional { fill: #f0f4f8; stroke: #627d98; stroke-dasharray: 5 3; }
.penutup { fill: #e4e7eb; stroke: #9aa5b1; } .gerbang { fill: #ffe3e3; stroke: #ab091e; stroke-width: 2; }
.lapisan { fill: #e6f6ff; stroke: #627d98; stroke-dasharray: 5 3; }
.pemicu { stroke: #03543f; stroke-width: 2.6; } .sahkan { stroke: #6b21a8; stroke-width: 2.2; } .putusan { fill: #fff7e0; }
.judul { font-weight: bold; } .waktu { fill: #616e7c; font-size: 10px; } .picu { fill: #03543f; font-weight: bold; font-size: 10px; }
.uji { fill: #8d2b0b; font-size: 10px; } .sah { fill: #6b21a8; font-weight: bold; font-size: 10px; }
.garis { fill: none; stroke: #486581; stroke-width: 1.4; } .kembali { stroke: #c05621; } .lewat { stroke: #2c7a7b; } .akhir { stroke: #9b2c2c; }
.tersirat { stroke-dasharray: 4 3; } .label { font-size: 10px; font-style: italic; } .kiri { text-anchor: end; }
.pil { fill: #fed7d7; stroke: #9b2c2c; } .tengah { text-anchor: middle; } .serta { fill: #ffffff; stroke: #486581; stroke-width: 1.4; }
.titik { stroke: #9fb3c8; stroke-dasharray: 1 4; stroke-width: 1.6; }
"""
LEGEND = (
    ("langkah putusan", "keputusan"),
    ("langkah pemicu", "proyek disiapkan di sini"),
    ("langkah sahkan", "diselesaikan dengan pengesahan"),
    ("nasional", "langkah lapisan nasional"),
)

LINES = (("kembali", "jalan kembali"), ("lewat", "melewati langkah"), ("akhir", "alur berakhir"))


def picture(procedure: Procedure) -> str:
    """The SVG text of a procedure's flow; the same procedure gives the same bytes."""
    made = layout(procedure)
    bottom = made.height + 8
    height = bottom + 62
    profile = procedure.profile
    head = f"{profile.authority.name}: {profile.sop.name}"
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(made.width)} {_n(height)}" '
        f'width="{_n(made.width)}" height="{_n(height)}" role="img" aria-label="{escape(head)}">'
    )
    parts = [
        opening,
        f"<title>{escape(head)}</title>",
        "<defs>" + "".join(_marker(kind, colour) for kind, colour in _ARROWS.items()) + "</defs>",
        f"<style>{STYLE}</style>",
        f'<rect width="{_n(made.width)}" height="{_n(height)}" fill="#ffffff"/>',
        f'<text class="nama" x="16" y="28">{escape(head)}</text>',
        f'<text class="anak" x="16" y="47">{escape(profile.sop.phrase)}; garis putus-putus: simpulan (tersirat)</text>',
        *_lanes(made, bottom),
        *(_others(box) for box in made.boxes if box.others),
        *(_line(edge) for edge in made.edges),
        *(_box(procedure, box) for box in made.boxes),
        *(_label(edge) for edge in made.edges if edge.label),
        *(_pill(pill) for pill in made.pills),
        *_legend(bottom + 14),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


_ARROWS = {"maju": "#486581", "kembali": "#c05621", "lewat": "#2c7a7b", "akhir": "#9b2c2c"}


def _n(value: float) -> str:
    return f"{value:g}"


def _marker(kind: str, colour: str) -> str:
    return (
        f'<marker id="p-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
    )


def _lanes(made: Layout, bottom: float) -> list[str]:
    found = []
    for index, (centre, name) in enumerate(made.lanes):
        x, top = centre - LANE / 2, 60
        found.append(
            f'<rect class="jalur{"2" if index % 2 else ""}" x="{_n(x)}" y="{top}" width="{LANE}" height="{_n(bottom - top)}"/>'
        )
        start = TOP - 18 - LINE * (len(name) - 1)
        found += [
            f'<text class="lajur" x="{_n(centre)}" y="{_n(start + LINE * row)}">{escape(words)}</text>'
            for row, words in enumerate(name)
        ]
    return found


def _box(procedure: Procedure, box: Box) -> str:
    step = procedure.step(box.key)
    extra = ""
    if step is not None:
        extra += " putusan" if step.data.decision else ""
        extra += " pemicu" if procedure.profile.trigger.step == step.key else ""
        extra += " sahkan" if step.signoff else ""
    left = box.kind in ("gerbang", "lapisan")
    x, anchor = (box.x + 10, "") if left else (box.middle, " tengah")
    lines = "".join(
        f'<text class="{text.kind}{anchor}" x="{_n(x)}" y="{_n(box.y + 17 + LINE * row)}">{escape(text.words)}</text>'
        for row, text in enumerate(box.lines)
    )
    return (
        f'<g><rect class="{box.kind}{extra}" x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" '
        f'height="{_n(box.height)}" rx="5"/>{lines}</g>'
    )


def _others(box: Box) -> str:
    """Roles that may do the step beside its first one: a ring in their lane, joined to the box."""
    y = box.y + 10
    reach = (min((box.middle, *box.others)), max((box.middle, *box.others)))
    rings = "".join(f'<circle class="serta" cx="{_n(x)}" cy="{_n(y)}" r="5"/>' for x in box.others)
    return f'<line class="titik" x1="{_n(reach[0])}" y1="{_n(y)}" x2="{_n(reach[1])}" y2="{_n(y)}"/>{rings}'


def _line(edge: Edge) -> str:
    kept = [point for at, point in enumerate(edge.points) if at == 0 or point != edge.points[at - 1]]
    path = "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in kept)
    dashed = " tersirat" if edge.implied else ""
    return f'<path class="garis {edge.kind}{dashed}" d="{path}" marker-end="url(#p-{edge.kind})"/>'


def _label(edge: Edge) -> str:
    side = " kiri" if edge.kind == "kembali" else ""
    x, y = edge.label_at
    return f'<text class="label{side}" x="{_n(x)}" y="{_n(y)}">{escape(edge.label)}</text>'


def _pill(pill: Pill) -> str:
    return (
        f'<rect class="pil" x="{_n(pill.x)}" y="{_n(pill.y - 10)}" width="{PILL - 8}" height="20" rx="10"/>'
        f'<text class="tengah" x="{_n(pill.x + (PILL - 8) / 2)}" y="{_n(pill.y + 4)}">{escape(pill.words)}</text>'
    )


def _legend(y: float) -> list[str]:
    found, x = [], 16.0
    for kind, words in LEGEND:
        found.append(f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="22" height="14" rx="3"/>')
        found.append(f'<text x="{_n(x + 28)}" y="{_n(y + 11)}">{words}</text>')
        x += 46 + 6.6 * len(words)
    found.append(f'<circle class="serta" cx="24" cy="{_n(y + 29)}" r="5"/>')
    found.append(f'<text x="44" y="{_n(y + 33)}">peran lain yang boleh menyelesaikannya</text>')
    x = 330.0
    for kind, words in LINES:
        found.append(f'<path class="garis {kind}" d="M{_n(x)} {_n(y + 29)} L{_n(x + 26)} {_n(y + 29)}"/>')
        found.append(f'<text x="{_n(x + 32)}" y="{_n(y + 33)}">{words}</text>')
        x += 50 + 6.6 * len(words)
    return found
