"""Ways around through what lies in the forge: credentials in variables, news that leak or never arrive, what stays unknown."""

from __future__ import annotations

from collections.abc import Iterator

from kawal.proof.model import GateId, Leak, Seen

PREFIX = "KAWAL_"


def variables(seen: Seen) -> Iterator[Leak]:
    for one in seen.exposure.variables or ():
        where = f"variabel {one.key} di {one.owner}"
        if one.secret and not one.key.startswith(PREFIX):
            scoped = one.scope != "*"
            if one.protected:
                trap = "rahasia-terlindung"
                role, path = (
                    "siapa pun yang menjalankan pipeline di ref terlindung",
                    "membacanya di pekerjaan rilis",
                )
            elif scoped:
                trap = "rahasia-hanya-bercakupan"
                role, path = "setiap Developer", f"menulis environment: {one.scope} di pekerjaannya (X2)"
            else:
                trap = "rahasia-terbuka"
                role, path = "setiap Developer", "membacanya di pipeline cabang mana pun"
            if one.owner != "proyek":
                trap = f"{trap}-grup"
            yield Leak(
                trap,
                ("rahasia",),
                role,
                path,
                f"{where}: cakupan {one.scope}, {'terlindung' if one.protected else 'tidak terlindung'}",
                f"hapus {where}; simpan di pintu atau target, bukan di forge",
            )
        if one.key.startswith(PREFIX) and (one.owner != "proyek" or one.scope != "*"):
            yield Leak(
                "ambang-dibayangi",
                ("uji",),
                "Maintainer yang membuatnya",
                f"nilai lain untuk {one.key} dengan cakupan {one.scope}",
                f"{where}, cakupan {one.scope}",
                f"hapus {where} dengan cakupan {one.scope}",
            )


def hooks(seen: Seen) -> Iterator[Leak]:
    if seen.exposure.hooks is None:
        return
    ours = [hook for hook in seen.exposure.hooks if hook.url == seen.hook_url]
    if seen.hook_url and not ours:
        yield Leak(
            "webhook-hilang",
            ("kabar",),
            "Maintainer yang menghapusnya",
            "kawal baru membaca ulang pada jadwal berikutnya",
            f"tidak ada webhook ke {seen.hook_url}",
            "pasang lagi webhook kawal",
            by_plan=True,
        )
    for hook in ours:
        if hook.authenticated is False:
            yield Leak(
                "webhook-tanpa-rahasia",
                ("kabar",),
                "siapa pun di jaringan",
                "mengirim kabar palsu ke pintu kawal",
                f"webhook {hook.url} tanpa token",
                "pasang ulang webhook dengan token",
            )
        if not hook.working:
            yield Leak(
                "webhook-mati",
                ("kabar",),
                "forge",
                "webhook dimatikan karena gagal berulang",
                f"webhook {hook.url} tidak dijalankan",
                "perbaiki pintu, lalu uji webhook itu",
            )
    for hook in seen.exposure.hooks:
        if hook.url != seen.hook_url:
            yield Leak(
                "webhook-asing",
                ("kabar",),
                f"pemilik {hook.url}",
                "menerima isi push, isu, dan pipeline proyek ini",
                f"webhook ke {hook.url}",
                f"hapus webhook ke {hook.url}",
            )


def unsaid(seen: Seen) -> Iterator[str]:
    """What this forge cannot say and no right of the bot would change: a warning, since it is no way around by itself."""
    for hook in seen.exposure.hooks or ():
        if hook.url == seen.hook_url and hook.authenticated is None:
            yield (
                f"forge ini tidak menyebut apakah webhook {hook.url} bertoken (GitLab sebelum 19.0); "
                "pintu kawal tetap menolak kabar tanpa token"
            )


def visibility(seen: Seen) -> Iterator[Leak]:
    if seen.visibility != "private":
        yield Leak(
            "proyek-terlihat",
            ("rahasia",),
            "setiap pengguna forge" if seen.visibility == "internal" else "siapa pun",
            "membaca kode, riwayat, dan isu",
            f"visibility = {seen.visibility or 'tidak diketahui'}",
            "visibility = private",
            by_plan=True,
        )


def unknown(seen: Seen) -> Iterator[Leak]:
    """What the forge did not tell is never good: the bot needs the right to look."""
    parts: tuple[tuple[str, object, tuple[GateId, ...]], ...] = (
        ("variabel proyek dan grup", seen.exposure.variables, ("rahasia",)),
        ("runner", seen.exposure.runners, ("runner",)),
        ("webhook", seen.exposure.hooks, ("kabar",)),
        ("kunci dan token deploy", seen.exposure.credentials, ("tinjauan", "hak")),
        ("undangan grup", seen.exposure.shares, ("hak",)),
        ("daftar izin token pekerjaan", seen.exposure.job_token_guests, ("rahasia",)),
    )
    for name, value, gates in parts:
        if value is None:
            yield Leak(
                "tidak-diketahui",
                gates,
                "tidak diketahui siapa",
                f"{name} tidak dapat dibaca",
                f"{name}: forge tidak menjawab bot",
                "jadikan bot Owner grup aplikasi, lalu ulangi",
            )


RULES = (variables, hooks, visibility, unknown)
