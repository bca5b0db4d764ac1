"""Step 10 of the demo: what remains on disk: summary, bundle that verifies offline, and a page to look at."""

from __future__ import annotations

import html
import json
import shutil
from typing import Any

from kawal.demo.stage import Stage

PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laporan demo kawal</title><style>
:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.5rem}} h2{{font-size:1.1rem;margin-top:2rem}}
table{{border-collapse:collapse;width:100%}} td,th{{border-bottom:1px solid #8884;padding:.4rem .5rem;text-align:left;vertical-align:top}}
.ya{{color:#108548;font-weight:600}} .tidak{{color:#c0392b;font-weight:600}} code{{font-size:.9em}}
p.catatan{{opacity:.75}}
</style></head><body>
<h1>Laporan demo kawal: {name}</h1>
<p>Semua angka di halaman ini berasal dari satu kali jalan di forge latihan di mesin ini. GitLab, GitHub, ZAP, dan BSrE sungguhan tidak dipakai.</p>
{body}
<p class="catatan">Berkas di folder yang sama: <code>ringkasan.json</code>, <code>bundel/</code> (periksa: <code>kawal verifikasi bundel</code>),
<code>kantor/data/ledger.sqlite3</code>, <code>laporan/</code>, <code>log/</code>.</p>
</body></html>
"""
GOOD = ("lulus", "terbuka", "sesuai", "ditolak", "sah")


def remains(stage: Stage) -> None:
    """Exports the ledger, verifies the bundle offline, copies the evidence, writes summary and page."""
    bundle = stage.folder / "bundel"
    exported = stage.kawal("ekspor", str(bundle))
    verified = stage.kawal("verifikasi", str(bundle), "--akar", str(stage.home / "kunci" / "akar.pub"))
    stage.summary["bundel"] = {"catatan": exported["data"]["catatan"], "verifikasi": verified["status"]}
    stage.say(f"  bundel {exported['data']['catatan']} catatan: {verified['status']}")
    stage.kawal("status", "e-retribusi-pasar", quiet=True)
    for target in ("uji", "produksi"):
        log = stage.folder / f"target-{target}" / "target.log"
        if log.exists():
            shutil.copyfile(log, stage.folder / "laporan" / f"target-{target}.log")


def write_summary(stage: Stage) -> None:
    (stage.folder / "ringkasan.json").write_text(
        json.dumps(stage.summary, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    (stage.folder / "laporan.html").write_text(page(stage.summary), "utf-8")


def page(summary: dict[str, Any]) -> str:
    """One self-contained page; no script, no outside address."""
    project = summary["proyek"]
    sections = [
        _table(
            "Proyek",
            [
                ("Path", project["path"]),
                ("Isu", project["isu"]),
                ("Label", project["label"]),
                ("Tonggak", project["tonggak"]),
            ],
        ),
        _table("Penyiapan kedua", [("Tulisan menurut log forge", summary["terapkan_kedua"]["tulis"])]),
        _table(
            "Uji",
            [
                (name, row["status"], row.get("ringkasan", ""), row.get("kelas", ""))
                for name, row in summary["uji"].items()
            ],
            ("Uji", "Hasil", "Angka", "Kelas bukti"),
        ),
        _table(
            "Percobaan rilis",
            [
                (one["keputusan"], ", ".join(one["kode"]) or "-", (one["izin"] or "-")[:12], one["job_rilis"])
                for one in summary["percobaan_rilis"]
            ],
            ("Keputusan", "Yang kurang", "Izin", "Job rilis"),
        ),
        _table(
            "Yang harus ditolak",
            [
                ("Push langsung ke main", summary["push_langsung"]),
                ("Pintu izin langsung dengan token job", f"HTTP {summary['pintu_langsung']['status']}"),
                ("Pengembang mengesahkan sendiri", summary["pengesahan_sendiri"]),
                ("Izin dipakai ulang", summary["target"]["dipakai_ulang"]),
                ("Bita lain", summary["target"]["byte_lain"]),
                (
                    "Satu commit lagi",
                    f"{summary['commit_berikutnya']['keputusan']}: {', '.join(summary['commit_berikutnya']['kode'])}",
                ),
            ],
        ),
        _table("Target produksi", [("sha256 terpasang", summary["target"]["sha256"])]),
        _table(
            "Buku catatan",
            [
                ("Catatan", summary["bundel"]["catatan"]),
                ("Verifikasi luring", summary["bundel"]["verifikasi"]),
            ],
        ),
    ]
    return PAGE.format(name=html.escape(str(project["path"])), body="\n".join(sections))


def _table(title: str, rows: list[tuple[Any, ...]], head: tuple[str, ...] = ()) -> str:
    top = f"<tr>{''.join(f'<th>{html.escape(one)}</th>' for one in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(_cell(one) for one in row)}</tr>" for row in rows)
    return f"<h2>{html.escape(title)}</h2><table>{top}{body}</table>"


def _cell(value: Any) -> str:
    text = str(value)
    kind = (
        ' class="ya"'
        if text in GOOD
        else (' class="tidak"' if text in ("gagal", "terkunci", "diterima") else "")
    )
    return f"<td{kind}>{html.escape(text)}</td>"
