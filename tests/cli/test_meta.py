"""Promises of the command line as a whole: the verbs of the issue, their aliases, one JSON envelope, suggestions, completion."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import click
import pytest

from cerita import KAWAL
from kantor import Kantor
from kawal.cli.main import _register
from kawal.cli.main import kawal as root

APP = "surat-meta"
VERBS = """mulai dokter profil permohonan langkah setujui rencana terapkan siapkan templat kumpulkan catat sahkan cabut gabung rilis
periksa izin status jelaskan kepercayaan kunci ekspor verifikasi latihan demo server"""
ALIASES = """init doctor profile request step approve plan apply provision template collect record sign revoke merge release
check permit status explain trust key export verify sandbox demo serve"""
ENVELOPE = {"versi", "perintah", "kode_keluar", "status", "data", "temuan"}


def commands(group: click.Group = root, names: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    _register()
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, (*names, name))
        else:
            yield " ".join((*names, name)), one


def test_the_verbs_of_the_issue_are_there() -> None:
    _register()
    assert set(VERBS.split()) <= set(root.commands)


@pytest.mark.parametrize(("verb", "alias"), list(zip(VERBS.split(), ALIASES.split(), strict=True)))
def test_each_verb_answers_to_its_english_name(verb: str, alias: str) -> None:
    _register()
    context = click.Context(root)
    assert root.get_command(context, alias) is root.get_command(context, verb) is not None


def test_every_command_has_the_shared_options_and_helps_every_argument() -> None:
    for name, one in commands():
        assert "--keluaran" in {word for param in one.params for word in param.opts}, name
        assert one.help, name
        assert not [p.name for p in one.params if isinstance(p, click.Option) and not p.help], name


def test_help_lists_exit_codes_and_runs_as_a_process() -> None:
    done = subprocess.run([KAWAL, "--help"], capture_output=True, text=True, check=True, env=_environ())
    for code in (
        "0 berhasil",
        "3 TERKUNCI",
        "4 login",
        "5 sementara",
        "6 konfigurasi",
        "2 salah pakai",
        "130 Ctrl-C",
    ):
        assert code in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("typed", "meant"), [("renca", "rencana"), ("periska", "periksa"), ("setuju", "setujui")]
)
def test_an_unknown_command_suggests(kantor: Kantor, typed: str, meant: str) -> None:
    said = kantor.kawal(typed)
    assert (said.code, said.envelope) == (2, {})
    assert f"'{meant}'" in said.err


@pytest.mark.parametrize(
    "words", [["periksa"], ["setujui", "a", "--tanggal", "kemarin"], ["jelaskan", "--asing"], []]
)
def test_wrong_use_ends_with_two(kantor: Kantor, words: list[str]) -> None:
    said = kantor.kawal(*words)
    assert said.code == 2
    assert "Traceback" not in said.err


@pytest.fixture(scope="module")
def asked(kantor: Kantor) -> Kantor:
    kantor.requested(APP)
    return kantor


READ = [
    ("status", APP),
    ("status",),
    ("permohonan lihat", APP),
    ("permohonan daftar",),
    ("profil daftar",),
    ("profil lihat", "batam"),
    ("kunci daftar",),
    ("kepercayaan lihat",),
    ("jelaskan", "SANDI-001"),
    ("rilis daftar", APP),
    ("periksa", APP),
    ("rencana", APP),
    ("siapkan", APP),
    ("kumpulkan", APP),
    ("gabung", APP),
    ("rilis minta", APP, "v1.0.0"),
    ("sahkan uat", APP, "--rilis", "v1.0.0"),
    ("terapkan", "abcd"),
    ("verifikasi", "tidak-ada"),
    ("catat impor", "tidak-ada.json"),
]


@pytest.mark.parametrize("words", READ, ids=[" ".join(row) for row in READ])
def test_json_is_one_envelope_in_answers_and_in_refusals(asked: Kantor, words: tuple[str, ...]) -> None:
    said = asked.kawal(*words[0].split(), *words[1:], person="p-pemohon")
    assert set(said.envelope) == ENVELOPE
    assert (said.envelope["versi"], said.envelope["perintah"]) == (1, words[0])
    assert said.envelope["kode_keluar"] == said.code in (0, 3, 4, 6)
    assert all({"kode", "judul", "perbaikan"} <= set(one) for one in said.findings)
    if said.envelope["status"] == "galat":
        assert said.err.startswith(said.codes[0])


def test_an_alias_is_reported_by_the_verb_it_stands_for(asked: Kantor) -> None:
    assert asked.kawal("request", "list").envelope["perintah"] == "permohonan daftar"
    assert asked.kawal("plan", APP).envelope["perintah"] == "rencana"


def test_the_shell_completes_verbs() -> None:
    script = subprocess.run(
        [KAWAL], capture_output=True, text=True, check=True, env=_environ(_KAWAL_COMPLETE="bash_source")
    )
    subprocess.run(["bash", "-n"], input=script.stdout, text=True, check=True)
    assert "complete -o nosort -F _kawal_completion kawal" in script.stdout
    asked = _environ(_KAWAL_COMPLETE="bash_complete", COMP_WORDS="kawal sahkan p", COMP_CWORD="2")
    done = subprocess.run([KAWAL], capture_output=True, text=True, check=True, env=asked)
    assert done.stdout.splitlines() == ["plain,persandian", "plain,persandian-perbaikan"]


def test_the_environment_chooses_the_form(asked: Kantor) -> None:
    done = subprocess.run(
        [KAWAL, "permohonan", "daftar"],
        cwd=asked.stage.home,
        env=asked.environ(KAWAL_KELUARAN="json"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert APP in {one["id"] for one in json.loads(done.stdout)["data"]["permohonan"]}


def _environ(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", **more}
