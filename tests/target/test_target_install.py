"""A target installs the bytes a valid permit names, once, and says no to everything else."""

import errno
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from kawal_seal.dsse import STATEMENT_TYPE, Signature, sign
from kawal_seal.merkle import Tree
from kawal_seal.permit import sign_permit
from kawal_seal.statement import Subject
from kawal_target import target


def test_installs_the_named_bytes_and_gives_a_receipt(world: Any) -> None:
    package = world.package()
    permit = world.permit(package)
    receipt = world.install(permit, package)
    assert world.serving() == "satu"
    assert receipt["seq"] == 1
    assert receipt["target_id"] == "produksi-1"
    assert world.log()[-1]["kejadian"] == "terpasang"
    assert target.status(world.config) == {
        "target_id": "produksi-1",
        "lingkungan": "production",
        "sha256": receipt["sha256"],
        "seq": 1,
        "jenis": "rilis",
        "kepercayaan": 1,
        "ledger": {"asal": "kawal:diskominfo/1", "ukuran": 2},
    }


def test_same_permit_again_is_refused(world: Any) -> None:
    package = world.package()
    permit = world.permit(package)
    world.install(permit, package)
    assert world.refusal(permit, package) == "IZIN-310"


def test_other_bytes_are_refused_and_the_permit_stays_good_for_the_right_ones(world: Any) -> None:
    package = world.package()
    permit = world.permit(package)
    assert world.refusal(permit, world.package("lain")) == "SUBJEK-310"
    world.install(permit, package)
    assert world.serving() == "satu"


def test_a_second_release_replaces_the_first_and_an_old_permit_stays_dead(world: Any) -> None:
    first, second = world.package("satu"), world.package("dua")
    old = world.permit(first)
    world.install(world.permit(second), second)
    assert world.refusal(old, first) == "IZIN-317"
    world.install(world.permit(first), first)
    assert world.serving() == "satu"


def test_same_bytes_under_a_new_permit_remove_what_was_changed_on_disk(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)
    (world.state / "saat_ini" / "app.py").write_text("diubah")
    world.install(world.permit(package), package)
    assert world.serving() == "satu"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target_id": "produksi-2"}, "IZIN-315"),
        ({"verifier": "kawal:lain"}, "IZIN-316"),
        ({"environment": "uji"}, "IZIN-318"),
        ({"nbf": NOW - 700, "exp": NOW - 100}, "IZIN-311"),
        ({"nbf": NOW + 3600, "exp": NOW + 3900}, "IZIN-312"),
        ({"trust_version": 2}, "PERCAYA-314"),
        ({"record_sha256": "0" * 64}, "LEDGER-311"),
        ({"leaf_index": 0}, "LEDGER-311"),
        ({"leaf": bytes(112)}, "LEDGER-311"),
        ({"hashes": ()}, "LEDGER-311"),
        ({"subject": (Subject("a", {"sha256": "a" * 64}), Subject("b", {"sha256": "b" * 64}))}, "SUBJEK-311"),
    ],
)
def test_refuses_a_permit_that_does_not_fit(change: dict[str, Any], code: str, world: Any) -> None:
    package = world.package()
    assert world.refusal(world.permit(package, **change), package) == code
    world.install(world.permit(package), package)  # the positive twin


def test_a_clock_a_little_behind_is_borne(world: Any) -> None:
    package, now = world.package(), int(time.time())
    world.install(world.permit(package, nbf=now + 50, exp=now + 500), package)


@pytest.mark.parametrize("signer", ["root", "evidence", "checkpoint", "person", "stranger"])
def test_refuses_a_permit_by_any_other_key(signer: str, world: Any) -> None:
    package = world.package()
    assert world.refusal(world.permit(package, signer=signer), package) == "IZIN-313"


def test_refuses_a_permit_with_a_second_signature(world: Any) -> None:
    package = world.package()
    permit = world.permit(package).with_signature(world.keys["stranger"])
    assert world.refusal(permit, package) == "IZIN-313"


def test_refuses_a_signed_statement_that_is_no_permit(world: Any) -> None:
    package = world.package()
    other = sign(STATEMENT_TYPE, world.trust().payload, [world.keys["permit"]])
    assert world.refusal(other, package) == "IZIN-314"


def test_refuses_a_checkpoint_by_another_key(world: Any) -> None:
    package = world.package()
    permit = world.permit_value("b" * 64)
    permit = permit._replace(checkpoint=world.checkpoint(signer="permit"))
    assert world.refusal(sign_permit(permit, world.keys["permit"]), package) == "LEDGER-310"


def _forked(world: Any, package: bytes, leaves: int) -> Any:
    """A permit from a ledger that forked away from the one the target saw."""
    world.tree = Tree([b"cabang %d" % n for n in range(leaves)])
    return world.permit(package)


def test_refuses_a_ledger_with_the_same_size_and_another_root(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)  # size 2
    assert world.refusal(_forked(world, package, 1), package) == "LEDGER-314"


def test_refuses_a_ledger_shorter_than_one_seen(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)
    assert world.refusal(_forked(world, package, 0), package) == "LEDGER-313"


@pytest.mark.parametrize("leaves", [2, 5, 40])
def test_refuses_a_longer_ledger_that_forked_away(world: Any, leaves: int) -> None:
    """Whoever holds the checkpoint key and rewrote an entry has a longer tree, properly signed, and no proof."""
    package = world.package()
    world.install(world.permit(package), package)
    assert world.refusal(_forked(world, package, leaves), package) == "LEDGER-315"


def test_refuses_a_proof_from_another_size_and_none_at_all(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)  # size 2
    world.permit(package)  # issued, never arrived: size 3
    proof = tuple(one.hex() for one in world.tree.consistency_proof(1))
    assert world.refusal(world.permit(package, continues=()), package) == "LEDGER-315"
    assert world.refusal(world.permit(package, continues=((1, proof),)), package) == "LEDGER-315"
    assert world.refusal(world.permit(package, continues=((2, proof),)), package) == "LEDGER-315"
    world.install(world.permit(package), package)  # the legitimate twin: from size 2 to this one


def test_another_origin_needs_the_operator_and_the_old_one_then_is_gone(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)
    old_tree, world.tree, world.origin = world.tree, Tree(), "kawal:diskominfo/2"
    assert world.refusal(world.permit(package), package) == "LEDGER-312"
    world.write_config(asal_ledger=["kawal:diskominfo/1", "kawal:diskominfo/2"])
    world.install(world.permit(package), package)
    world.tree, world.origin = old_tree, "kawal:diskominfo/1"
    assert world.refusal(world.permit(package), package) == "LEDGER-312"


def test_two_root_keys_are_two_raw_keys(world: Any) -> None:
    world.write_config(akar={"threshold": 2, "kunci": [world.keys[n].public.b64 for n in ("root", "root2")]})
    package = world.package()
    twice = world.trust(signers=("root", "root"))
    renamed = twice._replace(signatures=(twice.signatures[0], Signature("0" * 64, twice.signatures[1].sig)))
    stolen_name = Signature(world.keys["root2"].public.keyid, twice.signatures[1].sig)
    for trust in (twice, renamed, twice._replace(signatures=(twice.signatures[0], stolen_name))):
        assert world.refusal(world.permit(package), package, trust) == "PERCAYA-310"
    world.install(world.permit(package), package, world.trust(signers=("root", "root2")))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instance": "lain"}, "PERCAYA-312"),
        ({"expires_at": 1_700_000_001}, "PERCAYA-316"),
        ({"issued_at": NOW + 3600}, "PERCAYA-316"),
    ],
)
def test_refuses_a_trust_file_that_does_not_fit(change: dict[str, Any], code: str, world: Any) -> None:
    package = world.package()
    assert world.refusal(world.permit(package), package, world.trust(**change)) == code


def test_trust_versions_only_grow_also_when_the_permit_is_refused(world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)
    newer = world.trust(version=2)
    assert world.refusal(world.permit(package), package, newer) == "PERCAYA-314"
    assert world.refusal(world.permit(package), package, world.trust()) == "PERCAYA-313"
    other = world.trust(version=2, policy_sha256="b" * 64)
    assert world.refusal(world.permit(package, trust_version=2), package, other) == "PERCAYA-315"
    world.install(world.permit(package, trust_version=2), package)  # kept at the target, needs no second copy


def test_lost_trust_file_is_a_refusal(world: Any) -> None:
    (world.folder / "kepercayaan.json").unlink()
    package = world.package()
    assert world.refusal(world.permit(package), package) == "PERCAYA-317"


def test_deleted_state_does_not_make_used_permits_good_again(world: Any) -> None:
    package = world.package()
    permit = world.permit(package)
    world.install(permit, package)
    (world.state / "keadaan.json").unlink()
    assert world.refusal(permit, package) == "KONF-321"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema":1}', "{"])
def test_damaged_state_is_a_refusal(text: str, world: Any) -> None:
    package = world.package()
    world.install(world.permit(package), package)
    (world.state / "keadaan.json").write_text(text)
    assert world.refusal(world.permit(package), package) == "KONF-320"


def _command(tmp_path: Path, body: str) -> list[str]:
    script = tmp_path / "sesudah.sh"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return [str(script)]


def test_command_after_the_switch_sees_only_what_it_needs(
    world: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("KAWAL_TOKEN", "rahasia")
    world.write_config(
        perintah_sesudah=_command(tmp_path, 'env > "$KAWAL_FOLDER/env.txt"; cat saat_ini/app.py')
    )
    package = world.package()
    receipt = world.install(world.permit(package), package)
    lines = (world.state / "env.txt").read_text().splitlines()
    names = {line.split("=")[0] for line in lines} - {
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
    }  # set by the shell itself
    assert names == {"PATH", "KAWAL_FOLDER", "KAWAL_SHA256"}
    assert f"KAWAL_SHA256={receipt['sha256']}" in lines
    assert (world.state / "perintah.log").read_text() == "satu"


def test_failing_command_puts_the_previous_release_back_and_the_permit_resumes(
    world: Any, tmp_path: Path
) -> None:
    first, second = world.package("satu"), world.package("dua")
    world.install(world.permit(first), first)
    world.write_config(perintah_sesudah=_command(tmp_path, "! grep -q dua saat_ini/app.py"))
    permit = world.permit(second)
    assert world.refusal(permit, second) == "INSTAL-320"
    assert world.serving() == "satu"
    world.write_config()
    world.install(permit, second)
    assert world.serving() == "dua"
    assert world.refusal(permit, second) == "IZIN-310"


def test_failing_command_on_the_first_release_leaves_nothing_serving(world: Any, tmp_path: Path) -> None:
    world.write_config(perintah_sesudah=_command(tmp_path, "exit 7"))
    package = world.package()
    assert world.refusal(world.permit(package), package) == "INSTAL-320"
    assert not os.path.lexists(world.state / "saat_ini")
    assert "berakhir dengan 7" in world.log()[-1]["sebab"]


def test_command_that_hangs_is_ended(world: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(target, "COMMAND_SECONDS", 0.3)
    world.write_config(perintah_sesudah=_command(tmp_path, "exec sleep 60"))
    package = world.package()
    assert world.refusal(world.permit(package), package) == "INSTAL-320"


def test_second_installation_waits_and_then_says_so(world: Any, monkeypatch: Any) -> None:
    package = world.package()
    permit = world.permit(package)
    with (
        target.locked(world.config),
        pytest.raises(target.Temporary) as caught,
        target.locked(world.config, seconds=0.1),
    ):
        pass
    assert caught.value.code == "INSTAL-322"
    world.install(permit, package)


def test_old_releases_and_packages_are_tidied_but_never_the_serving_one(world: Any) -> None:
    for number in range(6):
        package = world.package(f"rilis {number}")
        world.install(world.permit(package), package)
    assert world.serving() == "rilis 5"
    assert len(list((world.state / "rilis").iterdir())) == target.KEEP
    assert len(list((world.state / "paket").iterdir())) == target.KEEP


def test_log_lines_cannot_move_a_cursor(world: Any) -> None:
    target.write_log(world.config, "ditolak", "INPUT-310", "\x1b[2J\r\n\u202e")
    raw = (world.state / "target.log").read_bytes()
    assert raw.isascii()
    assert raw.count(b"\n") == 1
    assert b"\x1b" not in raw


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alamat": "0.0.0.0:80"}, "loopback"),
        ({"alamat": "localhost:80"}, "loopback"),
        ({"alamat": "127.0.0.1:70000"}, "loopback"),
        ({"token_uji_sha256": "a" * 64}, "hanya untuk lingkungan uji"),
        ({"token_uji_sha256": "a" * 64, "lingkungan": "Uji"}, "hanya untuk lingkungan uji"),
        ({"token_uji_sha256": "a" * 64, "lingkungan": "uji "}, "hanya untuk lingkungan uji"),
        ({"akar": {"threshold": 3, "kunci": []}}, "akar.kunci"),
        ({"perintah_sesudah": "rm -rf /"}, "perintah_sesudah"),
        ({"selisih_jam_detik": 61}, "selisih_jam_detik"),
        ({"lain": 1}, "lain"),
    ],
)
def test_refuses_a_configuration_that_opens_too_much(
    change: dict[str, Any], message: str, world: Any
) -> None:
    world.write_config(**change)
    with pytest.raises(target.Unreadable) as caught:
        world.config  # noqa: B018
    assert caught.value.code == "KONF-310"
    assert message in caught.value.message


def test_two_equal_root_keys_in_the_configuration_are_refused(world: Any) -> None:
    world.write_config(akar={"threshold": 2, "kunci": [world.keys["root"].public.b64] * 2})
    with pytest.raises(target.Unreadable, match="ganda"):
        world.config  # noqa: B018


def test_unknown_environment_names_count_as_production(world: Any) -> None:
    for name in ("Uji", "uji ", "test", "staging", "UJI", "u\tji"[:1] + "ji2"):
        assert not target.is_test(name)
    world.write_config(lingkungan="produksi")
    package = world.package()
    world.install(world.permit(package), package)
    assert json.loads((world.state / "keadaan.json").read_text())["seq"] == {"tarif/production": 1}


def test_installs_what_git_archive_makes(world: Any, tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    (repository / "data").mkdir(parents=True)
    (repository / "app.py").write_text("dari git")
    (repository / "data" / ("panjang-" * 20 + ".csv")).write_text("1;2\n")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@contoh.go.id", "commit", "-qm", "satu"],
    ):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    package = subprocess.run(
        ["git", "archive", "--format=tar", "HEAD"], cwd=repository, check=True, capture_output=True
    ).stdout
    world.install(world.permit(package), package)
    assert world.serving() == "dari git"
    assert len(list((world.state / "saat_ini" / "data").iterdir())) == 1


def test_signed_but_shapeless_trust_and_checkpoint_are_refused(world: Any) -> None:
    package = world.package()
    trust = sign(STATEMENT_TYPE, b"{}", [world.keys["root"]])
    assert world.refusal(world.permit(package), package, trust) == "PERCAYA-311"
    shapeless = sign("application/vnd.kawal.checkpoint+json", b"{}", [world.keys["checkpoint"]])
    assert world.refusal(world.permit(package, checkpoint=shapeless), package) == "LEDGER-310"
    foreign = world.checkpoint(origin="kawal:lain/1")
    assert world.refusal(world.permit(package, checkpoint=foreign), package) == "LEDGER-312"


def test_unreadable_trust_file_on_disk_is_said_so(world: Any) -> None:
    (world.folder / "kepercayaan.json").write_text("{")
    package = world.package()
    assert world.refusal(world.permit(package), package) == "INPUT-310"


def _code(world: Any, permit: Any, package: bytes) -> str | None:
    """The code with which installing ends; None when it succeeds."""
    try:
        world.install(permit, package)
    except target.TargetError as error:
        return error.code
    return None


@pytest.mark.parametrize("call", ["fsync", "replace", "rename", "symlink", "mkdir"])
def test_full_disk_at_any_call_is_temporary_and_the_permit_resumes(
    call: str, make_world: Any, tmp_path: Path
) -> None:
    real, number, failures = getattr(os, call), 0, 0
    while True:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        world = make_world(folder)
        first, second = world.package("satu"), world.package("dua")
        world.install(world.permit(first), first)
        permit, calls = world.permit(second), iter(range(1, 1000))

        def fail(*arguments: Any, calls: Any = calls, number: int = number, **options: Any) -> Any:
            if next(calls) == number:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, call, fail)
            code = _code(world, permit, second)
        if next(calls) <= number:
            break  # there was no such call
        assert code in (
            None,
            "INSTAL-321",
        )  # None: makedirs bears a mkdir that fails on a folder already there
        failures += code is not None
        assert world.serving() in ("satu", "dua")
        finished = json.loads((world.state / "keadaan.json").read_text())["terpasang"]["seq"] == 2
        assert _code(world, permit, second) == ("IZIN-310" if finished else None)
        assert world.serving() == "dua"
    assert failures > 0
