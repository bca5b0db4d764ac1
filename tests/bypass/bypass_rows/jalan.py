"""Attacks on the ways beside the ordinary release: rollback, re-examination, break-glass. Their rows are 8, 35, 36 and 47."""

from __future__ import annotations

import contextlib
import uuid
from datetime import timedelta
from typing import Any

from bypass_baris import Act, Variant
from bypass_kantor import Kantor, Setup
from kawal_world import APP, KEYS, facts, policy_bytes, special_ways

from kawal.ledger import records as r
from kawal.ledger.statement import sign_record
from kawal.model import Actor
from kawal_target import target

BACK = "v1.0.0-kembali.1"
NEWER = {"release": "v1.1.0", "commit": "6" * 40, "tree": "7" * 40, "artifacts": ("6" * 64,)}
NO_EXAMINATION = Setup(without=("persandian",))


def open_ways(k: Kantor) -> None:
    """The Dinas opens all three, with a new version of the trust file."""
    k.world.policy["authorities"]["contoh"].update(special_ways())
    k.content.put(policy_bytes(k.world.policy))
    k.world.tick()
    k.world.trust(version=2, now=k.world.now)


# --- rollback -----------------------------------------------------------------------------------------------------------


def superseded(k: Kantor) -> None:
    """v1.0.0 was installed, v1.1.0 went out after it; the forge now shows a new tag on the old commit."""
    open_ways(k)
    k.deliver()
    now = k.world.tick()
    known = k.world.ledger.entries(type="permit-record")[-1].predicate
    assert isinstance(known, r.PermitRecord)
    fresh = {"record_id": str(uuid.uuid4()), "issued_at": now, "seq": known.seq + 1, "jti": "9" * 32, **NEWER}
    k.world.add(known.model_copy(update=fresh), "permit")
    k.seen.update(tag=BACK)
    k.job.update(ref=BACK)
    k.claims.update(ref=BACK, ref_path=f"refs/tags/{BACK}")


def go_back(k: Kantor, signer: str = "pa", **changes: Any) -> bool:
    about = {"release": BACK, **changes.pop("about", {})}
    value = {"base_release": "v1.0.0", "role": "subkoor_pa", "person_id": "p-pa", **changes}
    return k.record(k.world.make_signoff("rollback", about=about, **value), signer)


def back_with(**changes: Any) -> Act:
    def act(k: Kantor) -> None:
        superseded(k)
        go_back(k, **changes)

    return act


def other_package(k: Kantor) -> None:
    superseded(k)
    go_back(k)
    k.seen.update(artifact_sha256="6" * 64)


def taken_back(k: Kantor) -> None:
    superseded(k)
    found = next(
        one
        for one in k.world.ledger.entries(type="signoff")
        if getattr(one.predicate, "kind", None) == "persandian"
    )
    k.world.withdraw(found, None, None, "root1", "root2")
    go_back(k)


def never_open(k: Kantor) -> None:
    """No release was ever open; somebody calls a first release a way back, past the missing examination."""
    open_ways(k)
    k.seen.update(tag=BACK)
    k.job.update(ref=BACK)
    k.claims.update(ref=BACK, ref_path=f"refs/tags/{BACK}")
    go_back(k)


def after(name: str, act: Act, *codes: str) -> Variant:
    return Variant(name, act, codes, permits=2, installs=1)


ROLLBACK = (
    after("tag baru atas commit lama tanpa persetujuan kembali", superseded, "SANDI-002"),
    after(
        "kembali disetujui peran lain",
        back_with(signer="sandi", role="subkoor_persandian", person_id="p-sandi"),
        "SANDI-002",
    ),
    after("kembali disetujui untuk tag lain", back_with(about={"release": "v1.0.0-kembali.2"}), "SANDI-002"),
    after("kembali dengan paket lain di registri", other_package, "SUBJEK-006", "IZIN-057"),
    after("kembali dengan dasar yang tidak pernah terbuka", back_with(base_release="v0.9.0"), "IZIN-057"),
    after("kembali sesudah pengesahannya dicabut", taken_back, "IZIN-058"),
    Variant("rilis pertama disebut kembali", never_open, ("IZIN-057",), NO_EXAMINATION),
)


# --- break-glass ---------------------------------------------------------------------------------------------------------


def glass(*signers: str, minutes_later: int = 0, **changes: Any) -> Act:
    def act(k: Kantor) -> None:
        open_ways(k)
        value = {"role": "subkoor_pa", "person_id": "p-pa", **changes}
        k.record(k.world.make_signoff("break-glass", **value), *signers)
        k.world.tick(seconds=1 + 60 * minutes_later)

    return act


def by_the_author(k: Kantor) -> None:
    glass("pa", "tata")(k)
    base = facts(k.world.now)
    k.seen.update(extra_actors=(*base.extra_actors, Actor("pusher", 13, "9" * 64)))


def offline(*signers: str, **changes: Any) -> Act:
    """Straight to the target, without kawal, on an application that a permit had installed."""

    def act(k: Kantor) -> bool:
        k.deliver()
        path = k.folder / "target.json"
        path.write_text(
            path.read_text().replace(
                '"schema": 1', '"peran_darurat": ["subkoor_pa", "subkoor_tata_kelola"], "schema": 1'
            )
        )
        now = k.world.now
        value = {
            "role": "subkoor_pa",
            "person_id": "p-pa",
            "app_id": APP,
            "not_before": now,
            "expires_at": now + timedelta(minutes=60),
            **changes,
        }
        record = sign_record(k.world.make_signoff("break-glass", **value), [KEYS[name] for name in signers])
        trust = k.world.ledger.trust_envelope()
        assert trust is not None
        with contextlib.suppress(target.TargetError):
            target.install_in_emergency(k.config, record.to_obj(), trust.to_obj(), iter([k.package]))
        return True

    return act


BY_TOO_FEW = (
    Variant("break-glass satu orang", glass("pa"), ("SANDI-001",), NO_EXAMINATION),
    Variant("break-glass satu orang, tanda tangan ganda", glass("pa", "pa"), ("SANDI-001",), NO_EXAMINATION),
    Variant("break-glass orang kedua tanpa peran", glass("pa", "sandi"), ("IZIN-061",), NO_EXAMINATION),
    Variant("break-glass oleh kunci layanan", glass("permit", "evidence"), ("SANDI-001",), NO_EXAMINATION),
    Variant(
        "break-glass lewat enam puluh menit",
        glass("pa", "tata", minutes_later=60),
        ("SANDI-001",),
        NO_EXAMINATION,
    ),
    Variant(
        "break-glass satu orang di target",
        offline("pa"),
        ("IZIN-324",),
        where="target",
        permits=1,
        installs=1,
    ),
    Variant(
        "break-glass oleh peran lain di target",
        offline("pa", "sandi"),
        ("IZIN-324",),
        where="target",
        permits=1,
        installs=1,
    ),
    Variant(
        "break-glass aplikasi lain di target",
        offline("pa", "tata", app_id="lain"),
        ("IZIN-325",),
        where="target",
        permits=1,
        installs=1,
    ),
)
BY_AUTHOR = (Variant("break-glass oleh penulis rilis", by_the_author, ("IDENT-003",), NO_EXAMINATION),)
