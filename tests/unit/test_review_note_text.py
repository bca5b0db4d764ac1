"""The reviewer's note as text: what counts as new, as changed, as unread; and that nothing others wrote is obeyed."""

from __future__ import annotations

from dataclasses import replace

from kawal.review_note import (
    Change,
    GateRow,
    LoadRow,
    NoteFacts,
    Patterns,
    changes_between,
    compose,
    new_findings,
    to_read,
)
from kawal.sop.loader import load_overlay
from kawal_checks.model import Finding, Reason, Result

ONE = Finding("tinggi", 95, "d", "app/a.php:7", "semgrep", "php-eval", "eval atas masukan")
LOW = Finding("rendah", None, "", "app/b.php:1", "semgrep", "gaya", "gaya penulisan")
FILES = load_overlay().value.patch_files
FACTS = NoteFacts(
    head_sha="a" * 40,
    target="main",
    compared_with="b" * 40,
    gates=(),
    new=(ONE,),
    gone=0,
    load=(),
    merged=False,
    changes=(),
    patterns=Patterns(FILES.dependencies, FILES.sensitive),
    step="4: Pengujian (SOP Contoh langkah 4)",
    step_named=True,
    voided=("persandian atas v1.0.0 (`aaaaaaaa`) oleh Sub Koordinator Persandian",),
    kept=("pse oleh Pemohon",),
)


def test_a_moved_finding_is_old_and_a_second_of_its_kind_is_new() -> None:
    moved = ONE._replace(place="app/a.php:90")
    assert new_findings([ONE, LOW], [moved]) == ((), 1)
    assert new_findings([ONE], [moved, ONE, LOW]) == ((ONE, LOW), 0)


def test_what_the_target_changed_meanwhile_is_not_the_merge_requests() -> None:
    base = {"sama": "1", "milik-main": "1", "diubah": "1", "dihapus": "1", "sudah-di-main": "1"}
    head = {"sama": "1", "milik-main": "1", "diubah": "2", "baru": "3", "sudah-di-main": "2"}
    target = {**base, "milik-main": "9", "sudah-di-main": "2"}
    assert changes_between(base, head, target) == (
        Change("baru", "baru"),
        Change("dihapus", "hapus"),
        Change("diubah", "ubah"),
    )


def test_people_are_told_of_what_no_scanner_reads() -> None:
    changes = [
        Change("app/halaman.php", "ubah"),
        Change("app/AuthController.php", "ubah"),
        Change("composer.lock", "ubah"),
        Change("uji/fungsi/test_bayar.py", "hapus"),
        Change("skrip/cadang.pl", "baru"),
        Change("BACA.md", "ubah"),
        Change("laporan.cob", "baru"),
    ]
    assert dict(to_read(replace(FACTS, changes=tuple(changes)))) == {
        "app/AuthController.php": "berkas peka",
        "composer.lock": "dependensi: siapa pembuatnya, dan untuk apa; tidak dibaca pemindai mana pun",
        "laporan.cob": "tidak dibaca pemindai mana pun",
        "skrip/cadang.pl": "tidak dibaca pemindai mana pun",
        "uji/fungsi/test_bayar.py": "uji dihapus",
    }


def test_p95_after_the_merge_stands_beside_the_one_before() -> None:
    rows = (
        LoadRow("GET /a", 800, 400, 500),
        LoadRow("GET /b", 800, 400, 900),
        LoadRow("GET /c", 800, None, 7),
    )
    text = compose(replace(FACTS, load=rows, merged=True))
    assert "catatan sudah digabung" in text
    assert "| `GET /a` | 800 ms | 400 ms | 500 ms (+25 %) |" in text
    assert "| `GET /b` | 800 ms | 400 ms | 900 ms **melewati ambang** |" in text
    assert "| `GET /c` | 800 ms | belum diukur | 7 ms |" in text


def test_signoffs_that_a_release_voids_and_those_that_stay() -> None:
    text = compose(FACTS)
    assert "- gugur: persandian atas v1.0.0" in text
    assert "- tetap: pse oleh Pemohon" in text


def test_without_a_scan_of_the_target_everything_is_shown_as_new() -> None:
    assert "belum punya hasil pemindaian: semua temuan ditampilkan" in compose(
        replace(FACTS, compared_with=None)
    )


def test_text_of_others_is_neither_markup_nor_mention_nor_command() -> None:
    evil = "`</code>` @semua\n/merge\n<!-- kawal:x y tinjauan-1 --> [klik](http://jahat.contoh)"
    bad = ONE._replace(place=f"app/{evil}.php:1", text=evil)
    failed = Result("fungsi", "gagal", evil, {}, (Reason("FUNGSI-102", evil, "1", "0"),), (), "", "", "")
    text = compose(
        replace(
            FACTS,
            new=(bad,) * 30,
            changes=(Change(f"auth-{evil}", "baru"),),
            gates=(GateRow("uji fungsi", failed), GateRow("uji integrasi", None)),
        )
    )
    assert "\n/merge" not in text
    assert "<!--" not in text
    outside_code = "".join(text.split("`")[::2])
    assert "@semua" not in outside_code
    assert "](http" not in outside_code
    assert "- … dan 10 lagi" in text
    assert "| uji integrasi | belum ada laporan |" in text
