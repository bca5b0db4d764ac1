"""The small pure parts of CI: globs, artifacts, dotenv, masking, runner choice, where the configuration lies."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from kawal_sandbox.ci import globs
from kawal_sandbox.ci.artifacts import BadDotenv, find, parse_dotenv
from kawal_sandbox.ci.config_source import ConfigPlace, place_of, resolve_ref
from kawal_sandbox.ci.predefined import guess_tier
from kawal_sandbox.ci.problems import Problems
from kawal_sandbox.ci.runners import Runner, RunnerFile, demo_runners
from kawal_sandbox.ci.shapes import duration_s
from kawal_sandbox.ci.variables import expand, expand_all, mask
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Person, Repo


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.py", "a.py", True),
        ("*.py", "x/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "x/y/a.py", True),
        ("src/**/*", "src/a/b", True),
        ("src/**", "src/a/b", True),
        ("{a,b}.txt", "b.txt", True),
        ("[!a].txt", "a.txt", False),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_path_patterns(pattern: str, path: str, expected: bool) -> None:
    assert globs.matches(pattern, path) is expected


def test_artifacts_take_folders_whole_and_follow_no_links(tmp_path: Path) -> None:
    root = tmp_path / "kerja"
    for name in ("laporan/a.xml", "laporan/dalam/b.xml", "lain.txt", ".git/config"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (tmp_path / "luar").write_text("rahasia")
    (root / "laporan" / "luar").symlink_to(tmp_path / "luar")
    (root / "folder").symlink_to(tmp_path)
    assert find(root, ["laporan/", "folder", ".git"]) == ["laporan/a.xml", "laporan/dalam/b.xml"]
    assert find(root, ["**/*.xml"], ["laporan/dalam/*"]) == ["laporan/a.xml"]
    assert find(root, ["../luar", "*.zip"]) == []


@pytest.mark.parametrize(
    "content", [b"tidak ada tanda", b"1A=x", b"A=" + b"x" * 6000, b"\n".join(b"A%d=1" % n for n in range(60))]
)
def test_bad_dotenv_is_refused(content: bytes) -> None:
    with pytest.raises(BadDotenv):
        parse_dotenv(content)


def test_dotenv_values() -> None:
    assert parse_dotenv(b'# ket\n\nA=1\nB="dua kata"\nC=x=y\n') == {"A": "1", "B": "dua kata", "C": "x=y"}


def test_expansion_follows_dependence_and_survives_cycles() -> None:
    values = {
        "A": "$B-a",
        "B": "${C}b",
        "C": "c",
        "X": "$Y",
        "Y": "$X",
        "R": "$C",
        "U": "<$NONE>",
        "D": "$$C",
    }
    done = expand_all(values, raw={"R"})
    assert (done["A"], done["R"], done["U"], done["D"]) == ("cb-a", "$C", "<>", "$$C")
    assert "$" in done["X"]
    assert expand("$A/${B}/$$x", {"A": "1", "B": "2"}) == "1/2/$$x"


def test_masking_hides_long_secrets_first_and_leaves_short_ones() -> None:
    assert mask("abcdefghij abcdefgh abc", ["abcdefgh", "abcdefghij", "abc"]) == "[MASKED] [MASKED] abc"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 30m", 5400),
        ("3 mins 4 sec", 184),
        ("2 weeks", 1209600),
        ("90 seconds", 90),
        ("1 hour and 1 minute", 3660),
        ("10m", 600),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    problems = Problems()
    assert duration_s(text, "x", problems) == seconds
    assert problems.found == []


@pytest.mark.parametrize("text", ["", "soon", "10", "m10", "10 parsecs", 5, None])
def test_refuses_what_is_not_a_duration(text: object) -> None:
    problems = Problems()
    duration_s(text, "jobs:a:timeout", problems)
    assert problems.found == ["jobs:a:timeout config should be a duration"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (None, ConfigPlace(".gitlab-ci.yml")),
        ("", ConfigPlace(".gitlab-ci.yml")),
        ("ci/x.yml", ConfigPlace("ci/x.yml")),
        ("x.yml@pa/tpl", ConfigPlace("x.yml", "pa/tpl", None)),
        ("gitlab/kawal.yml@pa/tpl:abc", ConfigPlace("gitlab/kawal.yml", "pa/tpl", "abc")),
        ("x.yaml@pa/tpl:refs/heads/a:b@c", ConfigPlace("x.yaml", "pa/tpl", "refs/heads/a:b@c")),
    ],
)
def test_where_the_configuration_lies(path: str | None, expected: ConfigPlace) -> None:
    assert place_of(path) == expected


def test_a_tag_shadows_a_branch_of_the_same_name_but_not_a_sha(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "r.git")
    repo.create("main")
    who = Person("A", "a@x.id")
    tree = repo.change_tree(None, [])
    first, second = repo.commit_tree(tree, [], "satu", who), repo.commit_tree(tree, [], "dua", who)
    repo.update_ref("refs/heads/stabil", first, ZERO)
    assert resolve_ref(repo, "stabil") == first
    repo.update_ref("refs/tags/stabil", second, ZERO)
    assert resolve_ref(repo, "stabil") == second
    assert resolve_ref(repo, "refs/heads/stabil") == first
    repo.update_ref(f"refs/tags/{first}", second, ZERO)
    assert resolve_ref(repo, first) == first
    assert resolve_ref(repo, "tak-ada") is None


def test_runners_take_jobs_whose_tags_they_all_have() -> None:
    runner = Runner(name="pa", id=1, tags=("pa", "besar"), protected=True, projects=("dinas",))
    assert runner.takes(("pa",), "dinas/app", ref_protected=True)
    assert not runner.takes(("pa", "lain"), "dinas/app", ref_protected=True)
    assert not runner.takes((), "dinas/app", ref_protected=True)
    assert not runner.takes(("pa",), "dinas/app", ref_protected=False)
    assert not runner.takes(("pa",), "dinas2/app", ref_protected=True)
    assert Runner(name="u", id=2, run_untagged=True).takes((), "a/b", ref_protected=False)


def test_runner_file_refuses_unknown_keys_and_twice_the_same_id() -> None:
    with pytest.raises(ValidationError):
        RunnerFile.model_validate({"runners": [{"name": "a", "id": 1, "tag": ["x"]}]})
    with pytest.raises(ValidationError):
        RunnerFile.model_validate({"runners": [{"name": "a", "id": 1}, {"name": "b", "id": 1}]})
    assert [runner.name for runner in demo_runners().runners] == ["umum", "pa"]


@pytest.mark.parametrize(
    ("name", "tier"),
    [("production", "production"), ("staging", "staging"), ("review/x", "development"), ("xyz", "other")],
)
def test_tier_from_the_name(name: str, tier: str) -> None:
    assert guess_tier(name) == tier
