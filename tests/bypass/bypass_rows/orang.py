"""Rows about persons: who may sign, two persons, separation, leaked bot keys, withdrawal, trust and policy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bypass_baris import Row, Variant, always, locked, yes
from bypass_kantor import Kantor, Setup
from kawal_world import DEV, KEYS, REVIEWER, ROLES, WORK, facts, key, policy_bytes, trust_value

from bypass_rows.jalan import BY_AUTHOR, BY_TOO_FEW
from kawal.errors import KawalError
from kawal.ledger.trust import Authority
from kawal.model import Actor
from kawal.policy.signoffs import judge_signoff
from kawal_seal.keys import PublicKey
from kawal_seal.trustfile import Person, sign_trust


def permissive(predicate: Any, keys: tuple[PublicKey, ...], at: Any, trust: Any) -> Authority:
    """Everybody may sign everything."""
    return Authority((getattr(predicate, "person_id", None) or "p-tamu",), None, keys)


ANYBODY = {"kawal.ledger.append.authorise": permissive, "kawal.policy.standing.authorise": permissive}


def forged(signer: str, **changes: Any) -> Any:
    return lambda k: k.record(k.world.make_signoff("persandian", **changes), signer) and None


ROW_33 = Row(
    "33",
    "Token bot atau kunci layanan bocor",
    "pengembang/runner",
    "bot dan kunci layanan tidak dapat mengesahkan; kunci orang tidak pernah ada di server",
    tuple(
        locked(f"kunci layanan {name} menandatangani {what}", forged(name, **change))
        for name in ("evidence", "permit", "checkpoint")
        for what, change in (
            ("tingkat key", {}),
            ("tingkat forge", {"grade": "forge"}),
            ("tingkat surat", {"grade": "surat"}),
        )
    ),
    off=ANYBODY,
    off_name="siapa boleh menandatangani apa (authorise)",
)
ROW_34 = Row(
    "34",
    "Admin forge menyamar sebagai penyetuju",
    "admin forge",
    "pengesahan memerlukan kunci sendiri atau surat; tingkat forge dan pdf belum diterima",
    (
        *(
            locked(f"tingkat {grade} oleh kunci {signer}", forged(signer, grade=grade))
            for grade in ("forge", "pdf")
            for signer in ("sandi", "sandi2", "pa", "evidence")
        ),
        locked("tanda tangan kunci yang tidak terdaftar", forged("root1")),
    ),
    off={**ANYBODY, "kawal.policy.signoffs._flaw": always(None)},
    off_name="tingkat pengesahan (authorise, _flaw)",
)
OUTSIDERS = ("dev", "reviewer", "pemohon", "tata", "pa", "pa2")
ROW_10 = Row(
    "10",
    "Orang yang tidak berwenang mengesahkan (juga lewat label signoff::persandian)",
    "pengembang",
    "hanya catatan oleh pemegang peran di berkas kepercayaan; label hanya tampilan (dicoba di forge: baris X1)",
    (
        *(
            locked(f"p-{name} mengaku pemegang peran", forged(name, person_id=f"p-{name}"))
            for name in OUTSIDERS
        ),
        *(locked(f"p-{name} menandatangani atas nama pejabat", forged(name)) for name in OUTSIDERS),
        *(
            locked(
                f"p-{name} dengan perannya sendiri",
                forged(name, person_id=f"p-{name}", role=ROLES[name][0]),
                "SANDI-006",
            )
            for name in OUTSIDERS
        ),
    ),
    off={**ANYBODY, "kawal.policy.signoffs._flaw": always(None)},
    off_name="siapa boleh menandatangani apa (authorise, _flaw)",
)

# --- separation of duties ---------------------------------------------------------------------------------------------

SECRET_ACCOUNT = 77


def officer_has_account(k: Kantor, *users: int) -> None:
    """The trust file's next version names a forge account of the officer."""
    persons: Iterable[Person] = trust_value(k.world.policy_sha256).persons
    renewed = tuple(
        one._replace(forge_user_ids=users) if one.person_id == "p-sandi" else one for one in persons
    )
    k.world.tick()
    k.world.trust(version=2, persons=renewed, now=k.world.now)


def involved_as(part: Any) -> Variant:
    def act(k: Kantor) -> None:
        officer_has_account(k, SECRET_ACCOUNT)
        actor = Actor(part, SECRET_ACCOUNT, "e" * 64)
        base = facts(k.world.now)
        if part in ("author", "committer", "co_author"):
            commits = tuple(
                replace(one, actors=(*one.actors, actor)) if one.actors[0].user_id == DEV else one
                for one in base.commits_since
            )
            k.seen.update(commits_since=commits)
        else:
            k.seen.update(extra_actors=(*base.extra_actors, actor))

    return Variant(f"penanda tangan juga {part}", act, ("IDENT-003",))


def alias(k: Kantor) -> None:
    officer_has_account(k, SECRET_ACCOUNT, DEV)


def job_of_officer(k: Kantor) -> None:
    officer_has_account(k, SECRET_ACCOUNT)
    k.job.update(user_id=SECRET_ACCOUNT)


def only_reviewer(k: Kantor) -> None:
    persons = tuple(
        one._replace(forge_user_ids=(REVIEWER,))
        if one.person_id == "p-sandi"
        else one._replace(forge_user_ids=())
        if one.person_id == "p-reviewer"
        else one
        for one in trust_value(k.world.policy_sha256).persons
    )
    k.world.tick()
    k.world.trust(version=2, persons=persons, now=k.world.now)


def nameless(k: Kantor) -> None:
    base = facts(k.world.now)
    k.seen.update(extra_actors=(*base.extra_actors, Actor("author", None, "f" * 64)))


PARTS = ("author", "committer", "co_author", "pusher", "mr_author", "tagger", "job_user", "merger")
ROW_35 = Row(
    "35",
    "Menyetujui karya sendiri, juga lewat akun kedua",
    "pengembang",
    "penulis, pengirim, penggabung, penandai, pemicu dan peninjau tidak dapat mengesahkan; dihitung per orang",
    (
        *(involved_as(part) for part in PARTS),
        Variant("penanda tangan menjalankan job", job_of_officer, ("IDENT-003",)),
        Variant("penanda tangan juga peninjau", only_reviewer, ("IDENT-004",)),
        Variant("penulis tanpa akun forge", nameless, ("IDENT-006",)),
        *BY_AUTHOR,
    ),
    twin=lambda k: officer_has_account(k, 99),
    off={"kawal.policy.signoffs.conflict": always(None)},
    off_name="pemisahan tugas (conflict)",
)

# --- two persons ------------------------------------------------------------------------------------------------------------

TWO = Setup(persons=2)


def same_person_again(k: Kantor) -> None:
    k.record(k.world.make_signoff("persandian"), "sandi")


def both_with_one_key(k: Kantor) -> None:
    """A trust file that gives two persons the same key: it is refused, and the second record with it."""
    persons = tuple(
        one._replace(keys=(KEYS["sandi"].public,)) if one.person_id == "p-sandi2" else one
        for one in trust_value(k.world.policy_sha256).persons
    )
    with contextlib.suppress(KawalError, ValueError):
        k.world.trust(version=2, persons=persons, now=k.world.now)
    k.record(k.world.make_signoff("persandian", person_id="p-sandi2"), "sandi")


def one_record_two_signatures(k: Kantor) -> None:
    k.record(k.world.make_signoff("persandian"), "sandi", "sandi")


def second_by_outsider(k: Kantor) -> None:
    k.record(k.world.make_signoff("persandian", person_id="p-pa2"), "pa2")


def second_on_other_release(k: Kantor) -> None:
    change = {"person_id": "p-sandi2", "about": {"release": "v0.9.0"}}
    k.record(k.world.make_signoff("persandian", **change), "sandi2")


def second_refuses(k: Kantor) -> None:
    k.record(k.world.make_signoff("persandian", person_id="p-sandi2", decision="reject"), "sandi2")


def one_is_enough(case: Any, rule: Any, *arguments: Any) -> Any:
    return judge_signoff(case, rule.model_copy(update={"persons": 1}), *arguments)


ROW_36 = Row(
    "36",
    "Aturan dua orang dipenuhi satu kunci",
    "pengembang/admin",
    "dihitung orang dan kunci mentah yang berbeda; satu kunci untuk dua orang tidak diterima",
    BY_TOO_FEW
    + tuple(
        Variant(name, act, codes, TWO)
        for name, act, codes in (
            ("satu orang saja", lambda k: None, ("IDENT-005",)),
            ("orang yang sama dua kali", same_person_again, ("IDENT-005",)),
            ("dua orang, satu kunci", both_with_one_key, ("IDENT-005",)),
            ("satu catatan, dua tanda tangan sama", one_record_two_signatures, ("IDENT-005",)),
            ("orang kedua tanpa peran", second_by_outsider, ("IDENT-005",)),
            ("orang kedua atas rilis lain", second_on_other_release, ("SANDI-002", "IDENT-005")),
            ("orang kedua menolak", second_refuses, ("SANDI-003", "IDENT-005")),
        )
    ),
    twin=lambda k: k.record(k.world.make_signoff("persandian", person_id="p-sandi2"), "sandi2") and None,
    twin_setup=TWO,
    off={"kawal.policy.judge.judge_signoff": one_is_enough},
    off_name="jumlah orang (persons = 1)",
)

# --- withdrawal, trust, policy ------------------------------------------------------------------------------------------


def standing(k: Kantor, kind: str = "persandian") -> Any:
    return next(
        one
        for one in reversed(k.world.ledger.entries(type="signoff"))
        if getattr(one.predicate, "kind", None) == kind
    )


def withdrawn(kind: str, code: str) -> Variant:
    signer = "sandi" if kind == "persandian" else "pemohon"

    def act(k: Kantor) -> None:
        k.world.withdraw(standing(k, kind), ROLES[signer][0], f"p-{signer}", signer)

    return Variant(f"{kind} dicabut perannya", act, (code,))


def withdrawn_by_root(k: Kantor) -> None:
    k.world.withdraw(standing(k), None, None, "root1", "root2")


def rejected_later(k: Kantor) -> None:
    k.world.sign("persandian", decision="reject")


def without_person(k: Kantor) -> None:
    persons = tuple(one for one in trust_value(k.world.policy_sha256).persons if one.person_id != "p-sandi")
    k.world.tick()
    k.world.trust(version=2, persons=persons, now=k.world.now)


def key_replaced(k: Kantor, name: str) -> None:
    """`kawal kunci ganti`: the root signs the next trust version with the person's new key alone."""
    trust = trust_value(k.world.policy_sha256)
    persons = tuple(
        one._replace(keys=(key(f"{name}-baru").public,)) if one.person_id == f"p-{name}" else one
        for one in trust.persons
    )
    k.world.tick()
    k.world.trust(version=2, persons=persons, now=k.world.now)


def refused_by_another(k: Kantor) -> None:
    k.record(k.world.make_signoff("persandian", person_id="p-sandi2", decision="reject"), "sandi2")


def refused_then_key_replaced(k: Kantor) -> None:
    refused_by_another(k)
    key_replaced(k, "sandi2")


def withdrawn_then_key_replaced(k: Kantor) -> None:
    k.world.withdraw(standing(k), "subkoor_persandian", "p-sandi2", "sandi2")
    key_replaced(k, "sandi2")


def withdrawn_then_root_key_replaced(k: Kantor) -> None:
    withdrawn_by_root(k)
    k.world.tick()
    k.world.trust(version=2, root_keys=(KEYS["root1"].public, key("root3").public), now=k.world.now)


def refusal_taken_back_by_the_root(k: Kantor) -> None:
    """The legitimate twin: a refusal by a stolen key; the key is replaced, and the root takes the refusal back."""
    refused_then_key_replaced(k)
    k.world.withdraw(standing(k), None, None, "root1", "root2")


def approval_gone(k: Kantor) -> None:
    found = k.world.ledger.entries(type="approval")[-1]
    k.world.withdraw(found, "subkoor_tata_kelola", "p-tata", "tata")


def taken_back_meanwhile(k: Kantor) -> None:
    """Root takes the last permit back while the forge is read: history was read since that permit only."""
    last = k.world.add(
        k.world.make_permit(commit=WORK, release="v0.9.0", jti="d" * 12 + "4ddd8" + "d" * 15), "permit"
    )
    k.meanwhile = lambda: k.world.withdraw(last, None, None, "root1", "root2")


ROW_50 = Row(
    "50",
    "Pencabutan disembunyikan atau basi",
    "pengembang",
    "keputusan dibuat di dalam transaksi atas catatan terbaru; penerbit membaca buku catatan, bukan umpan pencabutan",
    (
        withdrawn("persandian", "SANDI-004"),
        withdrawn("uat", "UAT-004"),
        withdrawn("pse", "PSE-004"),
        Variant("dicabut akar", withdrawn_by_root, ("SANDI-004",)),
        Variant(
            "izin terakhir dicabut selagi forge dibaca",
            taken_back_meanwhile,
            ("IZIN-018",),
            where="jawaban",
            permits=1,
        ),
        Variant("ditolak sesudah disahkan", rejected_later, ("SANDI-003",)),
        Variant("kunci orang dicabut dari kepercayaan", without_person, ("SANDI-001",)),
        Variant("rekomendasi dicabut", approval_gone, ("REKOM-001", "REKOM-013")),
        Variant("penolak mengganti kuncinya", refused_then_key_replaced, ("SANDI-003",)),
        Variant("pencabut mengganti kuncinya", withdrawn_then_key_replaced, ("SANDI-004",)),
        Variant("akar mencabut, lalu kunci akar diganti", withdrawn_then_root_key_replaced, ("SANDI-004",)),
    ),
    twin=refusal_taken_back_by_the_root,
    off={"kawal.policy.case._withdraws": always(None)},
    off_name="pencabutan (_withdraws)",
)


def stricter_meanwhile(k: Kantor) -> None:
    """A policy that no longer takes a token of this age comes into force while the forge is read."""
    token = k.token()
    k.raw_token = token
    k.world.tick(seconds=100)

    def change() -> None:
        k.world.policy["limits"]["token_age_s"] = 30
        k.content.put(policy_bytes(k.world.policy))
        k.world.tick()
        k.world.trust(version=2)

    k.meanwhile = change


def policy_replaced(k: Kantor) -> None:
    """A policy that asks for nothing, signed by one root key where two are needed."""
    weak = {**k.world.policy}
    weak["authorities"]["contoh"]["signoffs"] = weak["authorities"]["contoh"]["signoffs"][:1]
    k.content.put(policy_bytes(weak))
    value = trust_value(k.world.policy_sha256, version=2, now=k.world.now)
    try:
        k.world.ledger.append(sign_trust(value, [KEYS["root1"]]))
    except (KawalError, ValueError) as error:
        k.answers.append(getattr(error, "code", "PERCAYA-003"))


def policy_signed_by(*names: str) -> Any:
    def act(k: Kantor) -> None:
        value = trust_value("1" * 64, version=2, now=k.world.now)
        with contextlib.suppress(KawalError, ValueError):
            k.world.ledger.append(sign_trust(value, [KEYS[name] for name in names]))

    return act


def old_version_again(k: Kantor) -> None:
    value = trust_value("1" * 64, version=1, now=k.world.now)
    with contextlib.suppress(KawalError, ValueError):
        k.world.ledger.append(sign_trust(value, [KEYS["root1"], KEYS["root2"]]))


def other_profile(k: Kantor) -> None:
    """The policy in force names another revision of the profile than the approved request."""
    k.world.policy["authorities"]["contoh"]["profile_sha256"] = "1" * 64
    k.content.put(policy_bytes(k.world.policy))
    k.world.tick()
    k.world.trust(version=2, now=k.world.now)


ROW_49 = Row(
    "49",
    "Kebijakan diubah agar lebih longgar; kebijakan atau kepercayaan lama diputar ulang",
    "maintainer/admin",
    "digest kebijakan ditandatangani ambang akar; versi hanya naik; profil permohonan harus revisi kebijakan",
    (
        locked("kebijakan longgar, satu kunci akar", policy_replaced),
        locked("ditandatangani kunci orang", policy_signed_by("pa", "sandi")),
        locked("ditandatangani kunci layanan", policy_signed_by("permit", "evidence")),
        locked("versi lama sekali lagi", old_version_again),
        Variant("revisi profil lain", other_profile, ("PROFIL-033",)),
        Variant(
            "kebijakan lama selagi yang lebih ketat mulai berlaku",
            stricter_meanwhile,
            ("IZIN-018",),
            where="jawaban",
        ),
    ),
    off={"kawal.policy.judge.judge_signoff": yes},
    off_name="pengesahan wajib (seolah kebijakan longgar berlaku)",
)

ROWS = (ROW_10, ROW_33, ROW_34, ROW_35, ROW_36, ROW_49, ROW_50)
