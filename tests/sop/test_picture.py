"""The picture of a profile: everything of the flow is in it, nothing lies over anything else, the committed files are current."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from builders import DATA

from kawal.services.profiles import draw, draw_all
from kawal.sop.layout import layout
from kawal.sop.loader import load_overlay, load_profile, load_profiles
from kawal.sop.picture import picture
from kawal.sop.picture_text import wrap
from kawal.sop.procedure import Procedure, procedure_for

PICTURES = Path(__file__).parents[2] / "docs" / "gambar" / "profil"
NAMES = sorted(load_profiles())


def plain(name: str) -> Procedure:
    return procedure_for(load_profiles()[name].value, load_overlay().value)


@pytest.mark.parametrize("name", NAMES)
def test_committed_picture_is_current(name: str) -> None:
    assert (PICTURES / f"{name}.svg").read_text("utf-8") == picture(plain(name)), (
        "run: kawal profil gambar --semua docs/gambar/profil"
    )


def test_there_is_a_picture_of_each_profile_and_of_nothing_else() -> None:
    assert sorted(path.stem for path in PICTURES.glob("*.svg")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_step_role_answer_and_gate_is_drawn(name: str) -> None:
    found = plain(name)
    root = ElementTree.fromstring(picture(found))
    words = " ".join(node.text or "" for node in root.iter() if node.tag.endswith("}text"))
    made = layout(found)
    assert [box.key for box in made.boxes if box.kind not in ("gerbang", "lapisan")] == [
        s.key for s in found.steps
    ]
    for step in found.steps:
        assert step.data.short.split()[0].partition("/")[0] in words
        for choice in step.data.decision.choices if step.data.decision else ():
            assert choice.value.replace("_", " ") in words
    assert len(made.lanes) >= len({role for step in found.steps for role in step.roles})
    assert words.count("GERBANG RILIS PRODUKSI") == words.count("PROYEK DISIAPKAN") == 1
    assert sum(edge.kind == "kembali" for edge in made.edges) == (2 if name == "bolmut" else 1)


@pytest.mark.parametrize("name", NAMES)
def test_boxes_lie_apart_and_inside_the_picture(name: str) -> None:
    made = layout(plain(name))
    for box, after in zip(made.boxes, made.boxes[1:], strict=False):
        assert box.y + box.height < after.y
    for box in made.boxes:
        assert made.left <= box.x
        assert box.x + box.width <= made.right
        assert all(len(line.words) <= box.width / 6 for line in box.lines), box.lines
    assert all(0 < x < made.width and 0 < y < made.height for edge in made.edges for x, y in edge.points)
    upright = [
        (x, min(y, z), max(y, z))
        for edge in made.edges
        if edge.kind in ("kembali", "lewat")
        for (x, y), (w, z) in zip(edge.points, edge.points[1:], strict=False)
        if x == w
    ]
    assert len({x for x, _, _ in upright}) == len(upright)  # each way has a line of its own


def test_a_new_government_gets_its_picture_too(tmp_path: Path) -> None:
    (tmp_path / "contoh.yml").write_bytes((DATA / "profil" / "contoh.yml").read_bytes())
    made = draw_all(tmp_path / "gambar", tmp_path)
    assert set(made.data["diperbarui"]) == {f"{name}.svg" for name in (*NAMES, "contoh")}
    assert draw_all(tmp_path / "gambar", tmp_path).data["diperbarui"] == []
    shown = draw("contoh", tmp_path, None)
    assert shown.data["svg"] == (tmp_path / "gambar" / "contoh.svg").read_text("utf-8")


def test_names_cannot_break_out_of_the_picture() -> None:
    value = load_profile(DATA / "profil" / "contoh.yml").document.value
    value["otoritas"]["nama"] = "<script>alert(1)</script> & kawan"
    text = picture(procedure_for(type(plain("bali").profile).model_validate(value), load_overlay().value))
    ElementTree.fromstring(text)
    assert "<script>" not in text


def test_long_words_break_after_a_slash() -> None:
    assert wrap("8. Pembangunan/pengembangan aplikasi", 21) == ("8. Pembangunan/", "pengembangan aplikasi")
    assert wrap("dan/atau surat", 21) == ("dan/atau surat",)
