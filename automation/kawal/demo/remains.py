"""Step 10 of the demo: what remains on disk: summary, bundle that verifies offline, and a page to look at."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from typing import Any

from kawal.bahasa import desimal
from kawal.demo.stage import Stage
from kawal.services.explain import codes as explained

PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laporan demo kawal: {name}</title><style>
:root{{color-scheme:light dark;--garis:#8884;--ya:#1a7f4b;--tidak:#b3372c;--kartu:#8881}}
@media (prefers-color-scheme:dark){{:root{{--ya:#5fd097;--tidak:#ff8a7d}}}}
*{{box-sizing:border-box}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.5rem;margin-bottom:.25rem}} h2{{font-size:1.1rem;margin:2rem 0 .25rem}}
.jalan{{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem;margin:1.5rem 0;padding:0;list-style:none}}
.jalan li{{background:var(--kartu);border-left:4px solid var(--garis);border-radius:.25rem;padding:.75rem 1rem}}
.jalan li.tidak{{border-color:var(--tidak)}} .jalan li.ya{{border-color:var(--ya)}}
.jalan strong{{display:block;font-size:1.15rem}} .jalan span{{display:block;font-size:.9rem;opacity:.85}}
.gulung{{overflow-x:auto}} table{{border-collapse:collapse;width:100%}}
td,th{{border-bottom:1px solid var(--garis);padding:.4rem .5rem;text-align:left;vertical-align:top}}
th{{font-size:.85rem;opacity:.75}} td.pendek,td.ya,td.tidak{{white-space:nowrap}} td.panjang{{overflow-wrap:anywhere;min-width:14rem}}
.ya strong,td.ya{{color:var(--ya)}} .tidak strong,td.tidak{{color:var(--tidak)}} td.ya,td.tidak{{font-weight:600}}
code{{font-size:.9em}} .catatan{{opacity:.75;font-size:.9rem}}
</style></head><body>
<h1>{title}</h1>
<p class="catatan">Satu kali jalan, {seconds} detik. Setiap angka di halaman ini berasal dari jalan itu, di forge latihan di mesin ini;
GitLab, GitHub, ZAP, dan BSrE sungguhan tidak dipakai.</p>
<ol class="jalan">{cards}</ol>
{body}
<h2>Berkas lain di folder ini</h2>
<p><code>ringkasan.json</code> (angka yang sama untuk program), <code>bundel/</code> (buku catatan; periksa dengan
<code>kawal verifikasi bundel --akar kantor/kunci/akar.pub</code>), <code>kantor/data/ledger.sqlite3</code>,
<code>laporan/</code>, <code>log/</code>.</p>
</body></html>
"""
TESTS = {
    "fungsi": "uji fungsi",
    "integrasi": "uji integrasi",
    "keamanan_kode": "keamanan kode",
    "keamanan_aplikasi": "keamanan aplikasi",
    "kemas": "kemasan",
    "instalasi": "uji instalasi",
    "beban": "uji beban",
    "uat": "UAT",
}
GOOD = ("lulus", "terbuka", "sesuai", "ditolak", "sah")
BAD = ("gagal", "terkunci", "diterima", "tidak sah")


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
    project, target = summary["proyek"], summary["target"]
    sections = [
        _table(
            "Percobaan rilis",
            [
                (one["keputusan"], _codes(one["kode"]), (one["izin"] or "-")[:12], one["job_rilis"])
                for one in summary["percobaan_rilis"]
            ],
            ("Keputusan", "Yang kurang", "Izin", "Job rilis"),
        ),
        _table(
            "Uji dan pengesahan",
            [
                (TESTS.get(name, name), row["status"], row.get("ringkasan", ""), row.get("kelas", ""))
                for name, row in summary["uji"].items()
            ],
            ("Uji", "Hasil", "Angka", "Kelas bukti"),
        ),
        _table(
            "Yang dicoba dan ditolak",
            [
                ("Push langsung ke main", summary["push_langsung"], ""),
                (
                    "Pintu izin ditanya langsung dengan token job",
                    "ditolak",
                    summary["pintu_langsung"]["kode"],
                ),
                ("Pengembang mengesahkan sendiri", "ditolak", summary["pengesahan_sendiri"]),
                ("Izin dipakai ulang di target", target["dipakai_ulang"], target["kode_dipakai_ulang"]),
                ("Bita lain dengan izin yang sah", target["byte_lain"], target["kode_byte_lain"]),
            ],
            ("Percobaan", "Hasil", "Kode"),
        ),
        _table(
            "Proyek di forge",
            [
                ("Alamat", project["path"]),
                ("Isi", f"{project['isu']} isu, {project['label']} label, {project['tonggak']} tonggak"),
                ("Penyiapan kedua", f"{summary['terapkan_kedua']['tulis']} tulisan menurut log forge"),
                ("Satu label diubah dengan tangan", ", ".join(summary["selisih_label"])),
                ("sha256 di produksi", target["sha256"]),
                (
                    "Buku catatan",
                    f"{summary['bundel']['catatan']} catatan, {summary['bundel']['verifikasi']}",
                ),
            ],
        ),
    ]
    return PAGE.format(
        name=html.escape(str(project["path"])),
        title=f"Rilis produksi {html.escape(str(project['path']).rsplit('/', 1)[-1])}: dari terkunci ke terbuka",
        seconds=desimal(summary["durasi_detik"], 0),
        cards="".join(_cards(summary)),
        body="\n".join(sections),
    )


def _cards(summary: dict[str, Any]) -> Iterator[str]:
    """The story in a row: each attempt at a release, and what one more commit did."""
    attempts = [*summary["percobaan_rilis"], summary["commit_berikutnya"]]
    for number, one in enumerate(attempts):
        kind = "ya" if one["keputusan"] == "terbuka" else "tidak"
        when = "Satu commit lagi" if number == len(attempts) - 1 else f"Percobaan {number + 1}"
        why = ", ".join(one["kode"]) or "semua syarat terpenuhi; target memasang bita yang disebut izin"
        yield f'<li class="{kind}"><span>{when}</span><strong>{html.escape(one["keputusan"].upper())}</strong><span>{html.escape(why)}</span></li>'


def _codes(codes: list[str]) -> str:
    """The codes as printed, then what each means."""
    known = explained()
    return (
        "; ".join(filter(None, [", ".join(codes), *(known[one].title for one in codes if one in known)]))
        or "-"
    )


def _table(title: str, rows: list[tuple[Any, ...]], head: tuple[str, ...] = ()) -> str:
    top = f"<tr>{''.join(f'<th>{html.escape(one)}</th>' for one in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(_cell(one) for one in row)}</tr>" for row in rows)
    return f'<h2>{html.escape(title)}</h2><div class="gulung"><table>{top}{body}</table></div>'


def _cell(value: Any) -> str:
    text = str(value)
    mark, kind = ("✔ ", "ya") if text in GOOD else ("✖ ", "tidak") if text in BAD else ("", "")
    kind = kind or ("pendek" if len(text) < 20 else "panjang")
    return f'<td class="{kind}">{mark}{html.escape(text)}</td>'
