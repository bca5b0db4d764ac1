"""What whoever reads a refusal does next, by its code. One short sentence; `kawal jelaskan KODE` says more where kawal is installed."""

from __future__ import annotations

_AGAIN_LOCALLY = "jalankan di laptop (kawal-checks semua --lokal), perbaiki, lalu dorong lagi"
_FRESH = "hapus laporan yang ikut di repositori; alat uji menulisnya sendiri di setiap pipeline"
_MORE = "tambah tes yang lulus; tes yang dilewati tidak dihitung"
_ACCEPT = "perbaiki di tempat yang disebut; bila risikonya harus diterima, pejabat mencatatnya (kawal pengecualian lihat ID)"
_FASTER = "percepat titik itu, lalu dorong lagi; ambang hanya berubah lewat permohonan"
_RUNNING = "pastikan aplikasi menyala di target uji (pekerjaan instalasi), lalu jalankan pekerjaan ini lagi"
_TARGET = "pakai alamat aplikasi di target uji (KAWAL_URL_UJI); yang lain tidak dinilai"
_PACKED = "jalankan lagi pipeline commit itu; paket hanya dibuat pekerjaan kemas"
_TREE = "jalankan pekerjaan ini lagi dari pohon sumber yang lengkap"

_OWN_TESTS = {
    "101": "taruh paling sedikit satu tes di folder uji itu, dan pastikan alat ujinya menemukannya",
    "102": _AGAIN_LOCALLY,
    "103": _MORE,
    "104": _FRESH,
}

NEXT: dict[str, str] = {
    **{
        f"{area}-{number}": text
        for area in ("FUNGSI", "UNIT", "SISTEM", "INTEG")
        for number, text in _OWN_TESTS.items()
    },
    "INPUT-101": "perbaiki berkas di tempat yang disebut, lalu jalankan lagi",
    "BUKTI-101": "lihat langkah sebelumnya di log ini: alatnya tidak menulis laporan",
    "UAT-101": "tambahkan skenario itu ke uat.yml",
    "UAT-102": "isi uat.yml dengan skenario dari permohonan",
    "AMAN-101": "jalankan pekerjaan ini lagi; bila tetap, minta PA memeriksa pemindai di runner PA",
    "AMAN-102": _ACCEPT,
    "AMAN-103": "minta PA memasang pemindai bahasa itu, atau keluarkan berkasnya dari repositori",
    "AMAN-104": "perbaiki berkas itu (sintaks, ukuran, tautan) supaya dapat dibaca pemindai",
    "AMAN-105": "pindai dengan pekerjaan templat pusat; penanda pembungkam diabaikannya",
    "AMAN-106": _FRESH,
    "AMAN-201": _RUNNING,
    "AMAN-202": _ACCEPT,
    "AMAN-203": "tautkan halaman lain dari halaman muka supaya ditemukan pemindai",
    "AMAN-204": _TARGET,
    "BEBAN-101": _RUNNING,
    "BEBAN-102": _FASTER,
    "BEBAN-103": _FASTER,
    "BEBAN-104": "cari sebabnya di log aplikasi di target uji, perbaiki, lalu dorong lagi",
    "BEBAN-105": _FASTER,
    "BEBAN-106": "naikkan bobot titik itu di load.yml",
    "BEBAN-107": "jalankan pekerjaan ini lagi; bila tetap, minta PA menambah proses pembangkit beban",
    "BEBAN-108": "biarkan uji beban jalan sampai selesai; lamanya dari permohonan",
    "BEBAN-109": "perbaiki skenario di load.yml yang menimbulkan pengecualian itu",
    "BEBAN-110": "jalankan pekerjaan ini lagi; bila berulang, minta PA memeriksa mesin pekerja",
    "BEBAN-111": "tambahkan titik itu ke skenario di load.yml",
    "BEBAN-112": _TARGET,
    "BEBAN-113": "jalankan pekerjaan ini lagi; laporan yang diubah tidak dinilai",
    "INSTAL-101": "jalankan lagi pekerjaan instalasi terhadap target uji",
    "INSTAL-102": _PACKED,
    "RAHASIA-101": _TREE,
    "RAHASIA-102": "anggap sudah bocor: ganti rahasianya, hapus dari kode, simpan di luar repositori",
    "DEPEN-101": "buat berkas kuncinya dengan pengelola paketnya, lalu commit",
    "DEPEN-102": "hapus folder itu dari repositori dan pasang isinya dari berkas kunci",
    "DEPEN-103": _TREE,
    "DEPEN-104": "naikkan paket itu ke versi yang sudah diperbaiki, lalu perbarui berkas kuncinya",
    "DEPEN-105": "kunci versi paket itu supaya dapat diperiksa",
    "DEPEN-106": "periksa paket yang terpasang dari berkas kunci",
    "DOK-101": "isi dokumen itu; kerangkanya ada di folder docs",
    "DOK-102": "jalankan pekerjaan ini lagi dengan ambang dari permohonan (KAWAL_AMBANG)",
    "POSTUR-101": "kembalikan baris itu seperti templat pusat",
    "SUBJEK-101": _PACKED,
    "SUBJEK-102": _PACKED,
}
