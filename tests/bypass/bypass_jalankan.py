"""Plays rows of the bypass suite and writes docs/bypass.md: `python tests/bypass/bypass_jalankan.py [--tulis]` (make bypass)."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bypass_baris import Row, Variant, play, switched_off
from bypass_kantor import Kantor, Outcome, Setup
from bypass_rows import ROWS

DOCS = Path(__file__).parents[2] / "docs" / "bypass.md"


@dataclass
class Played:
    """What became of one row."""

    row: Row
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    twin: bool = False
    opened_when_off: str | None = None


def run(setup: Setup, act: object, folder: Path) -> Outcome:
    kantor = Kantor(folder, setup)
    try:
        play(kantor, act)  # type: ignore[arg-type]
        return kantor.outcome()
    finally:
        kantor.close()


def reasons(variant: Variant, outcome: Outcome) -> tuple[str, ...]:
    return {"catatan": outcome.denied, "target": outcome.refused, "jawaban": outcome.answered}[variant.where]


def held(variant: Variant, outcome: Outcome) -> str | None:
    """None when the attack was stopped as it should be, else what is wrong."""
    if outcome.permits > variant.permits and variant.where != "target":
        return f"{outcome.permits} izin, seharusnya {variant.permits}"
    if outcome.installs > variant.installs:
        return f"{outcome.installs} pemasangan, seharusnya {variant.installs}"
    found = reasons(variant, outcome)
    if not set(variant.codes) & set(found):
        return f"kode {variant.codes} tidak ada di {variant.where}: {found}"
    return None


def succeeded(variant: Variant, outcome: Outcome) -> bool:
    return outcome.installs > variant.installs


def folder_for(root: Path, name: str) -> Path:
    return Path(tempfile.mkdtemp(dir=root, prefix=name))


def play_variant(row: Row, variant: Variant, root: Path) -> str | None:
    return held(variant, run(variant.setup, variant.act, folder_for(root, "v")))


def play_twin(row: Row, root: Path) -> str | None:
    outcome = run(row.twin_setup, row.twin, folder_for(root, "k"))
    good = outcome.permits == 1 and outcome.installs == 1 and not outcome.denied and not outcome.refused
    return None if good else f"kembaran sah ditolak: {outcome}"


def play_off(row: Row, root: Path) -> str | None:
    """The name of the first variant that succeeds while the rule is off; None when none does."""
    for variant in row.variants:
        with switched_off(row):
            try:
                outcome = run(variant.setup, variant.act, folder_for(root, "m"))
            except AssertionError:
                continue
        if succeeded(variant, outcome):
            return variant.name
    return None


def play_row(row: Row, root: Path) -> Played:
    played = Played(row)
    for variant in row.variants:
        outcome = run(variant.setup, variant.act, folder_for(root, "v"))
        wrong = held(variant, outcome)
        if wrong is None:
            played.passed.append(variant.name)
            played.codes.update(set(variant.codes) & set(reasons(variant, outcome)))
        else:
            played.failed.append(f"{variant.name}: {wrong}")
    if row.variants:
        played.twin = play_twin(row, root) is None
        played.opened_when_off = play_off(row, root)
    return played


RESIDUAL = """## Yang tetap dapat dilewati

Daftar ini jujur dan bukan hasil uji: kawal tidak menutupnya.

1. **Root di mesin server kawal** memegang kunci layanan `evidence`, `permit` dan `checkpoint`. Ia dapat membuat izin palsu. Yang tersisa: target
   hanya memasang sekali per izin, catatan izin harus ada di pohon, dan saksi (ekspor, target) memperlihatkan pemotongan atau dua cabang.
2. **Root di mesin target** dapat memasang apa saja tanpa kawal. Laporan selisih digest belum ada.
3. **Admin forge** dapat mengubah repositori, pengaturan dan riwayat persetujuan sebelum kawal membacanya. Ia tidak dapat membuat pengesahan
   (kunci orang tidak ada di forge), tetapi dapat memalsukan tinjauan dan hasil job di runner yang dikuasainya.
4. **Runner PA yang dibobol** dapat memalsukan laporan berkelas `diamati`: kawal menghitung ulang angka dari laporan, bukan menjalankan ulang uji.
5. **Job tim** menulis laporan `dilaporkan` sendiri (fungsi, integrasi). Kelas itu tidak pernah disebut ditegakkan.
6. **Dua orang yang bersekongkol** (misalnya penulis dan peninjau) lolos dari tinjauan; pengesahan Persandian dan UAT tetap milik orang ketiga.
7. **Pemegang ambang kunci akar** dapat mengubah segalanya; perubahan itu sendiri tercatat sebagai versi kepercayaan.
8. **Target yang belum pernah memasang** tidak punya pembanding: pemegang kunci layanan dapat memberinya buku catatan yang lain. Sesudah izin
   pertama, setiap izin membuktikan bahwa buku catatan melanjutkan yang pernah dilihatnya.
9. **Jam target yang dimundurkan** memperpanjang umur izin yang belum dipakai; urutan dan jti tetap membatasi
   satu kali.
10. **Kredensial produksi di luar kawal** (SSH, panel hosting) tidak terlihat oleh kawal.
11. **Dua orang berperan darurat yang bersekongkol** membuka produksi selama satu jam tanpa pengesahan. Langsung di target (tanpa kawal dan forge)
    tidak ada yang memeriksa apakah mereka penulis rilis; catatannya baru sampai di buku catatan bila diimpor. Yang tersisa: log dan status target.
12. Semua baris diuji pada forge latihan dan pada fakta buatan; perilaku GitLab CE sungguhan harus dipastikan
    sekali dengan uji asap.
"""


def page(results: list[Played]) -> str:
    count = sum(len(one.passed) for one in results)
    lines = [
        "<!-- Ditulis oleh `make bypass`; jangan disunting. -->",
        "# Uji jalan pintas",
        "",
        (
            f"{count} varian atas {sum(bool(one.row.variants) for one in results)} baris; "
            f"{sum(len(one.failed) for one in results)} lolos yang seharusnya tidak. Tiap varian: 0 izin dan 0 pemasangan di luar yang sah,"
        ),
        "penolakan berkode tetap di buku catatan (atau di log target, atau dalam jawaban bila buku catatan sendiri tidak boleh ditulis).",
        "Tiap baris punya kembaran sah yang berbeda hanya pada hal yang diserang dan lolos; dan bila aturan yang disebut dimatikan,",
        "paling sedikit satu varian berhasil, jadi uji ini dapat gagal.",
        "",
        "| Baris | Serangan | Pelaku | Varian | Yang menghentikan | Kode | Dimatikan agar lolos |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        row = one.row
        if not row.variants:
            lines.append(f"| {row.id} | {row.title} | {row.actor} | – | {row.note} | – | – |")
            continue
        codes = ", ".join(sorted(one.codes))
        text = f"| {row.id} | {row.title} | {row.actor} | {len(one.passed)} | {row.stopped_by} | {codes} | {row.off_name} |"
        lines.append(text.replace("|`", "`").replace("gate || true", "gate \\|\\| true"))
    return "\n".join([*lines, "", RESIDUAL])


def main() -> int:
    write = "--tulis" in sys.argv
    results, bad = [], 0
    with tempfile.TemporaryDirectory(prefix="kawal-bypass-run-") as folder:
        for row in ROWS:
            begun = time.monotonic()
            one = play_row(row, Path(folder))
            results.append(one)
            ok = not one.failed and (not row.variants or (one.twin and one.opened_when_off is not None))
            bad += not ok
            mark = "✔" if ok else "✖"
            print(
                f"{mark} {row.id:>3} {len(one.passed):>3} varian {time.monotonic() - begun:5.1f} s  {row.title}",
                flush=True,
            )
            for text in one.failed:
                print(f"      {text}")
            if row.variants and not one.twin:
                print(f"      {play_twin(row, Path(folder))}")
            if row.variants and one.opened_when_off is None:
                print("      tidak satu pun varian lolos ketika aturannya dimatikan")
    print(f"{sum(len(one.passed) for one in results)} varian dihentikan, {bad} baris bermasalah")
    if write and not bad:
        DOCS.write_text(page(results), "utf-8")
        print(f"ditulis: {DOCS.relative_to(DOCS.parents[1])}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
