"""`kawal kepercayaan serah-terima` and `kawal kunci ganti`: a role passes to another person, a lost key gives way to a new one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.ledger.trust import person
from kawal.outcome import Outcome
from kawal.services.keys import Passphrase, key_paths, load_public, make_key
from kawal.services.office import Office
from kawal.services.trust import accept, midnight
from kawal_seal.trustfile import Person, Role


def hand_over(
    office: Office,
    role: str,
    giver: str,
    taker: str,
    start: date,
    key_folder: Path,
    *,
    status: str = "definitif",
    draft: Path | None = None,
) -> Outcome:
    """The next trust version: `giver` holds `role` until `start`, `taker` from then on. Signed by the root.

    What the giver signed before stays valid: a record is judged by the role at the time it was received.
    """
    trust = office.trust()
    moment = midnight(start)
    if person(trust, taker) is None or giver == taker:
        known = ", ".join(one.person_id for one in trust.persons)
        raise InputError(
            "PERCAYA-014",
            f"{taker} bukan orang lain yang terdaftar",
            found=known,
            needed="orang yang sudah mempunyai kunci di berkas kepercayaan",
            next_step=f"kawal kunci buat {taker}, lalu kawal kepercayaan ubah --orang FILE",
        )
    given = tuple(
        _ended(one, role, moment)
        if one.person_id == giver
        else one._replace(roles=(*one.roles, Role(role, status, moment, None)))
        if one.person_id == taker
        else one
        for one in trust.persons
    )
    text = t(
        "{role} beralih dari {giver} kepada {taker} mulai {start}.",
        role=role,
        giver=giver,
        taker=taker,
        start=f"{start:%Y-%m-%d}",
    )
    return accept(office, trust._replace(persons=given), trust, key_folder, text, draft=draft)


def _ended(who: Person, role: str, moment: int) -> Person:
    held = [one for one in who.roles if one.role == role and (one.valid_to is None or one.valid_to > moment)]
    if not held or max(one.valid_from for one in held) >= moment:
        raise InputError(
            "PERCAYA-015",
            f"{who.person_id} tidak memegang {role} sebelum tanggal itu",
            found=", ".join(one.role for one in who.roles),
            needed="peran yang sedang dipegang, dan tanggal sesudah mulainya",
        )
    roles = tuple(one._replace(valid_to=moment) if one in held else one for one in who.roles)
    return who._replace(roles=roles)


def replace_key(folder: Path, person_id: str, passphrase: Passphrase) -> Outcome:
    """A new key under the person's name; the old files are kept beside it, the old key counts until the trust file changes."""
    old = key_paths(folder, person_id)
    if not old.public.exists():
        raise InputError(
            "INPUT-013",
            f"Kunci publik {old.public} tidak terbaca",
            found="tidak ada",
            next_step=f"kawal kunci buat {person_id}",
        )
    mark = load_public(old.public).keyid[:8]
    for path in (old.private, old.public):
        if path.exists():
            path.rename(path.with_name(f"{path.name}.lama-{mark}"))
    paths = make_key(folder, person_id, passphrase(f"{person_id}.pem"))
    public = load_public(paths.public)
    text = t(
        "Kunci baru {person} dibuat; yang lama disimpan sebagai *.lama-{mark}.\n"
        "Berikutnya: kawal kepercayaan ubah --kunci-baru {person}. Sesudah itu pengesahan dengan kunci lama tidak lagi dihitung "
        "dan perlu diberikan lagi.",
        person=person_id,
        mark=mark,
    )
    return Outcome("diganti", text, {"orang": person_id, "kunci_publik": public.b64, "keyid": public.keyid})
