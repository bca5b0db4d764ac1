"""The first screen says who acts, the exact command and the basis, and only what was judged."""

from __future__ import annotations

from kawal_world import World
from test_judge import ask

from kawal.policy.screen import findings, screen


def test_screen_of_a_locked_release(world: World) -> None:
    text = screen(ask(world.ready(without=("persandian", "pse")), door="periksa"))
    first = text.splitlines()[0]
    assert first.startswith("RILIS PRODUKSI TERKUNCI: e-Retribusi v1.0.0 (4444444)")
    assert first.endswith("2 dari 17 syarat belum terpenuhi")
    assert " ✖ SANDI-001              Pengesahan Persandian belum ada untuk v1.0.0" in text
    assert "Siapa:      Sub Koordinator Persandian" in text
    assert "Perintah:   kawal sahkan persandian e-retribusi --rilis v1.0.0" in text
    assert "SOP tidak menyebut pelaku; ditetapkan dinas: Pemohon (kebijakan dinas)" in text
    assert "Perintah:   kawal catat pse e-retribusi --bukti FILE" in text
    assert text.splitlines()[-1] == "Penjelasan: kawal jelaskan SANDI-001"
    assert "job rilis" not in text


def test_screen_of_an_open_release(world: World) -> None:
    text = screen(ask(world.ready()), utf8=False)
    assert text.startswith("RILIS PRODUKSI terbuka")
    assert "✔" not in text
    assert " X " not in text
    assert "diamati, pipeline #88" in text


def test_what_the_dinas_does_not_ask_for_is_on_every_screen(world: World) -> None:
    basis = {"kind": "kebijakan_dinas", "text": "kebijakan dinas 050/7", "actor": None}
    off = [{"what": "pengesahan persandian", "reason": "Diperiksa provinsi.", "basis": basis}]
    world.policy["authorities"]["contoh"]["off"] = off
    line = " ! pengesahan persandian tidak diminta: Diperiksa provinsi. (kebijakan dinas 050/7)"
    assert line in screen(ask(world.ready(without=("pse",)))).splitlines()
    world.sign("pse")
    assert line in screen(ask(world)).splitlines()


def test_findings_are_the_refusals(world: World) -> None:
    found = findings(ask(world.ready(without=("pse",)), door="periksa"))
    assert [one["kode"] for one in found] == ["PSE-001"]
    assert found[0]["perbaikan"] == "kawal catat pse e-retribusi --bukti FILE"
    assert found[0]["gerbang"] == "pengesahan:pse"
    assert found[0]["dasar"] == "SOP Contoh langkah 10."
