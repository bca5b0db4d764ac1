"""Ways around through refs and people: who may push, merge, tag or change the settings."""

from __future__ import annotations

from collections.abc import Iterator

from kawal.model import ProtectedRef
from kawal.posture import DEVELOPER, KNOWN_LEVELS, MAINTAINER, MAY_MERGE, effective_branch, effective_tag
from kawal.proof.model import GateId, Leak, Seen
from kawal.refs import matches, overlaps

ALL_HELD: tuple[GateId, ...] = ("hak", "tinjauan", "pipeline", "uji", "tag", "rahasia")
"""What a Maintainer can undo: everything that is a setting."""
SAMPLE_VERSION = "1.0.0"


def who(level: int) -> str:
    """Everybody from this level up, in words; 1 is somebody let in by name."""
    words = {
        1: "kunci deploy, orang, atau grup yang diberi jalan tersendiri",
        30: "setiap Developer",
        40: "setiap Maintainer",
        60: "admin forge",
    }
    return words.get(level, f"tingkat {level}")


def default_branch(seen: Seen) -> Iterator[Leak]:
    branch = seen.wanted.default_branch
    if seen.posture.default_branch != branch:
        yield Leak(
            "cabang-utama-diganti",
            ("tinjauan", "pipeline", "uji"),
            "Maintainer",
            "menjadikan cabang lain cabang utama",
            f"cabang utama {seen.posture.default_branch or 'tidak ada'}",
            f"kembalikan cabang utama ke {branch}",
            by_plan=True,
        )
    rules = [rule for rule in seen.posture.protections if rule.kind == "branch"]
    rule = effective_branch(branch, rules)
    if rule is None:
        yield Leak(
            "cabang-utama-tanpa-perlindungan",
            ("tinjauan", "uji"),
            who(DEVELOPER),
            f"push langsung ke {branch}",
            "tidak ada perlindungan yang cocok",
            f"lindungi {branch}: push 0, gabung 40",
            by_plan=True,
        )
        return
    own = next((one for one in rules if one.pattern == branch), None)
    yield from _opened(branch, rules, own)
    for one in rules:
        if one.force_push and matches(branch, one.pattern):
            yield Leak(
                "push-paksa",
                ("tinjauan",),
                who(one.push_level) if one.push_level else "siapa pun yang kelak boleh push",
                f"push paksa yang menghapus riwayat {branch}",
                f"'{one.pattern}' mengizinkan push paksa",
                f"matikan push paksa pada '{one.pattern}'",
                by_plan=one.pattern == branch,
            )


def _opened(branch: str, rules: list[ProtectedRef], own: ProtectedRef | None) -> Iterator[Leak]:
    """Push and merge levels of every rule over the branch: the most permissive one decides (X6)."""
    for rule in rules:
        if not matches(branch, rule.pattern):
            continue
        beside = rule is not own
        fix = (
            f"hapus perlindungan '{rule.pattern}', atau samakan dengan {branch}"
            if beside
            else f"lindungi {branch}: push 0, gabung 40"
        )
        if rule.push_level != 0:
            yield Leak(
                "push-lewat-wildcard" if beside else "push-langsung",
                ("tinjauan", "uji"),
                who(rule.push_level),
                f"push ke {branch} lewat perlindungan '{rule.pattern}'"
                if beside
                else f"push langsung ke {branch}",
                f"'{rule.pattern}': push {rule.push_level}",
                fix,
                by_plan=not beside,
            )
        if rule.merge_level not in MAY_MERGE and rule.merge_level != 0:
            yield Leak(
                "gabung-lewat-wildcard" if beside else "gabung-tanpa-bot",
                ("tinjauan",),
                who(rule.merge_level),
                f"menggabungkan sendiri tanpa tinjauan (perlindungan '{rule.pattern}')",
                f"'{rule.pattern}': gabung {rule.merge_level}",
                fix,
                by_plan=not beside,
            )


def release_tags(seen: Seen) -> Iterator[Leak]:
    pattern = seen.wanted.release_tag
    sample = pattern.replace("*", SAMPLE_VERSION, 1)
    if effective_tag(sample, pattern, seen.posture.protections) is None:
        yield Leak(
            "tag-tanpa-perlindungan",
            ("tag",),
            who(DEVELOPER),
            f"membuat atau memindahkan tag {pattern}",
            "tidak ada perlindungan tag yang cocok",
            f"lindungi tag {pattern} pada 40",
            by_plan=True,
        )
    for rule in seen.posture.protections:
        if rule.kind != "tag" or not overlaps(rule.pattern, pattern) or rule.push_level in MAY_MERGE | {0}:
            continue
        own = rule.pattern == pattern
        yield Leak(
            "tag-oleh-pengembang" if own else "tag-lewat-wildcard",
            ("tag",),
            who(rule.push_level),
            f"membuat tag rilis lewat perlindungan '{rule.pattern}'",
            f"'{rule.pattern}': buat {rule.push_level}",
            f"lindungi tag {pattern} pada 40" if own else f"hapus perlindungan tag '{rule.pattern}'",
            by_plan=own,
        )


def people(seen: Seen) -> Iterator[Leak]:
    """Whoever stands as high as the bot can undo every setting."""
    shares = {share.level: share.path for share in seen.exposure.shares or () if share.level >= MAINTAINER}
    for member in seen.posture.members:
        if member.user_id == seen.wanted.bot_user_id:
            continue
        direct = member.user_id in seen.exposure.direct_members
        if member.level not in KNOWN_LEVELS:
            yield Leak(
                "tingkat-tidak-dikenal",
                ALL_HELD,
                member.username,
                f"hak tingkat {member.level} yang tidak dikenal kawal",
                f"{member.username}: {member.level}",
                f"beri {member.username} tingkat Developer",
            )
        elif member.level >= MAINTAINER:
            name = "Owner" if member.level >= 50 else "Maintainer"
            trap = f"anggota-{name.lower()}" if direct else "hak-warisan"
            source = "di proyek" if direct else f"diwarisi dari grup{_invited(shares, member.level)}"
            yield Leak(
                trap,
                ALL_HELD,
                f"{name} {member.username}",
                f"mengubah setelan, perlindungan, dan variabel ({source})",
                f"{member.username}: {member.level} {source}",
                f"turunkan {member.username} menjadi Developer"
                if direct
                else f"cabut hak {member.username} di grup induk atau undangan grupnya",
                by_plan=False,
            )
    for share in seen.exposure.shares or ():
        if share.level >= MAINTAINER:
            yield Leak(
                "grup-diundang",
                ALL_HELD,
                f"setiap Maintainer grup {share.path}",
                "mengubah setelan lewat undangan grup",
                f"grup {share.path} diundang pada tingkat {share.level}",
                f"cabut undangan grup {share.path}, atau turunkan menjadi Developer",
            )


def _invited(shares: dict[int, str], level: int) -> str:
    return f" (atau undangan {shares[level]})" if level in shares else ""


def credentials(seen: Seen) -> Iterator[Leak]:
    for one in seen.exposure.credentials or ():
        if one.kind == "deploy_key" and one.writes:
            yield Leak(
                "kunci-deploy-menulis",
                ("tinjauan", "tag"),
                f"pemegang kunci deploy '{one.name}'",
                "push dengan kunci yang bukan milik seorang anggota",
                f"kunci deploy '{one.name}' boleh menulis",
                f"hapus kunci deploy '{one.name}', atau jadikan hanya-baca",
            )
        elif one.kind == "deploy_token" and one.writes:
            yield Leak(
                "token-deploy-menulis",
                ("uji",),
                f"pemegang token deploy '{one.name}'",
                "menimpa paket hasil kemas di registri",
                f"token deploy '{one.name}' boleh menulis registri",
                f"cabut token deploy '{one.name}'",
            )
        elif one.kind == "access_token" and one.level >= MAINTAINER:
            yield Leak(
                "token-akses-maintainer",
                ALL_HELD,
                f"pemegang token akses '{one.name}'",
                f"bertindak pada tingkat {one.level} tanpa menjadi anggota bernama",
                f"token akses '{one.name}' tingkat {one.level}",
                f"cabut token akses '{one.name}'",
            )
        elif one.kind == "trigger":
            yield Leak(
                "token-pemicu",
                ("pipeline",),
                f"pemegang token pemicu '{one.name}'",
                "menjalankan pipeline atas nama orang lain",
                f"token pemicu '{one.name}'",
                f"hapus token pemicu '{one.name}'",
            )


RULES = (default_branch, release_tags, people, credentials)
