"""Small real values for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kawal.model import DoneStep
from kawal.sop.loader import BUILTIN, load_dinas_policy, load_overlay, load_profiles
from kawal.sop.procedure import Procedure, procedure_for

DATA = Path(__file__).parents[1] / "data"
EXAMPLE_POLICY = BUILTIN / "kebijakan-contoh.yml"
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)

DOCUMENTS = {
    "1": ("rencana_pengembangan_aplikasi",),
    "2": ("dokumen_clearance",),
    "3": ("standardisasi", "kebutuhan_dokumentasi"),
    "4": (
        "user_manual",
        "dokumentasi_pengembangan",
        "dokumentasi_instalasi",
        "bukti_pengujian",
        "laporan_hasil_pengujian_keamanan",
    ),
    "7": ("dokumen_hasil_instalasi",),
    "8": ("dokumen_hasil_pengujian",),
    "10": ("bukti_pendataan_sistem_elektronik",),
}


def procedure(profile_id: str, policy: bool = True) -> Procedure:
    profiles = load_profiles()
    profile, overlay = profiles[profile_id], load_overlay()
    known = [loaded.value for loaded in profiles.values()]
    return procedure_for(
        profile.value,
        overlay.value,
        load_dinas_policy(EXAMPLE_POLICY, known).value if policy else None,
        profile_sha256=profile.sha256,
        overlay_sha256=overlay.sha256,
    )


def batam(policy: bool = True) -> Procedure:
    return procedure("batam", policy)


def did(step: str, decision: str | None = None, documents: tuple[str, ...] | None = None) -> DoneStep:
    kinds = DOCUMENTS.get(step, ()) if documents is None else documents
    return DoneStep(step, NOON, "peran", tuple((kind, "a" * 64) for kind in kinds), decision)


def walk(*names: str) -> list[DoneStep]:
    """`walk("1", "2:disetujui")` -> records in that order."""
    return [did(name.partition(":")[0], name.partition(":")[2] or None) for name in names]
