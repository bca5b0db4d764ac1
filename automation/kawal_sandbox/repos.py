"""One bare repository on disk: reading it and making commits in it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kawal_sandbox.gitcmd import ZERO, GitError, clean_env, git_text, run_git

# Any commit may be fetched by its sha (runners do); refs of merge requests are ours and cannot be pushed.
CONFIG = """[http]
\treceivepack = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
\tadvertisePushOptions = true
\thideRefs = refs/merge-requests
[gc]
\tauto = 0
"""
_COMMIT_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x1e"


@dataclass(frozen=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    id: str
    parents: tuple[str, ...]
    author: Person
    authored_at: str
    committer: Person
    committed_at: str
    message: str

    @property
    def title(self) -> str:
        return self.message.split("\n", 1)[0]


@dataclass(frozen=True)
class Entry:
    """A line of a tree: type is blob, tree or commit."""

    mode: str
    type: str
    id: str
    path: str


@dataclass(frozen=True)
class Ref:
    name: str  # short
    commit: Commit
    target: str  # the tag object for annotated tags
    message: str | None = None


@dataclass(frozen=True)
class FileDiff:
    old_path: str
    new_path: str
    a_mode: str
    b_mode: str
    status: str  # A, D, M, R…
    patch: str


class MergeConflict(Exception):
    """The two sides cannot be merged without a person."""


class StaleRef(Exception):
    """The ref moved while we were working."""


class Repo:
    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, default_branch: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run_git(
            self.path.parent,
            "init",
            "--quiet",
            "--bare",
            f"--initial-branch={default_branch}",
            str(self.path),
        )
        with (self.path / "config").open("a", encoding="utf-8") as config:
            config.write(CONFIG)

    def set_head(self, branch: str) -> None:
        run_git(self.path, "symbolic-ref", "HEAD", f"refs/heads/{branch}")

    # Reading

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref or (abbreviated) sha names; a branch wins over a tag of the same name."""
        if not name or name.startswith("-") or ".." in name or "\0" in name or "@{" in name:
            return None
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            done = run_git(
                self.path,
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{candidate}^{{commit}}",
                accept=(0, 1, 128),
            )
            if done.returncode == 0:
                return done.stdout.decode().strip()
        return None

    def ref_sha(self, ref: str) -> str:
        """What a full ref points at (the tag object for annotated tags); ZERO when it does not exist."""
        done = run_git(
            self.path, "rev-parse", "--verify", "--quiet", "--end-of-options", ref, accept=(0, 1, 128)
        )
        return done.stdout.decode().strip() if done.returncode == 0 else ZERO

    def has_commits(self) -> bool:
        return bool(git_text(self.path, "for-each-ref", "--count=1", "refs/heads"))

    def refs(self, kind: str) -> list[Ref]:
        """All branches (`heads`) or tags (`tags`) with their commits, in two git calls."""
        fields = "%(refname)%00%(objectname)%00%(*objectname)%00%(objecttype)%00%(contents)%1e"
        text = run_git(self.path, "for-each-ref", f"--format={fields}", f"refs/{kind}").stdout.decode(
            errors="replace"
        )
        found = []
        for record in text.split("\x1e"):
            if record.strip():
                refname, target, peeled, type_, contents = record.lstrip("\n").split("\0")
                found.append(
                    (refname.removeprefix(f"refs/{kind}/"), target, peeled or target, type_, contents.strip())
                )
        commits = {
            commit.id: commit
            for commit in self._commits(
                "--no-walk=unsorted", "--stdin", stdin=[sha for _, _, sha, _, _ in found]
            )
        }
        return [
            Ref(name, commits[sha], target, message if type_ == "tag" else None)
            for name, target, sha, type_, message in found
            if sha in commits
        ]

    def ref(self, kind: str, name: str) -> Ref | None:
        target = self.ref_sha(f"refs/{kind}/{name}")
        if target == ZERO:
            return None
        sha = self.ref_sha(f"refs/{kind}/{name}^{{commit}}")
        message = None
        if sha != target:
            message = git_text(self.path, "for-each-ref", "--format=%(contents)", f"refs/{kind}/{name}")
        return Ref(name, self.commit(sha), target, message)

    def commit(self, sha: str) -> Commit:
        return next(self._commits("--no-walk", sha))

    def commits(self, *args: str) -> list[Commit]:
        """`git log args…`"""
        return list(self._commits(*args))

    def count(self, *args: str) -> int:
        return int(git_text(self.path, "rev-list", "--count", *args))

    def _commits(self, *args: str, stdin: Sequence[str] | None = None) -> Iterator[Commit]:
        if stdin is not None and not stdin:
            return
        data = None if stdin is None else "\n".join(stdin).encode() + b"\n"
        text = run_git(self.path, "log", f"--format={_COMMIT_FORMAT}", *args, stdin=data).stdout.decode(
            errors="replace"
        )
        for record in text.split("\x1e"):
            if not record.strip():
                continue
            sha, parents, an, ae, at, cn, ce, ct, message = record.lstrip("\n").split("\0")
            yield Commit(
                sha,
                tuple(parents.split()),
                Person(an, ae),
                at,
                Person(cn, ce),
                ct,
                message.rstrip("\n") + "\n",
            )

    def tree_of(self, sha: str) -> str:
        return git_text(self.path, "rev-parse", f"{sha}^{{tree}}")

    def tree(self, sha: str, path: str = "", recursive: bool = False) -> list[Entry] | None:
        """Entries below `path`; None when there is no such directory."""
        path = path.strip("/")
        treeish = f"{sha}:{path}" if path else f"{sha}^{{tree}}"
        done = run_git(
            self.path, "ls-tree", "-z", *(["-r", "-t"] if recursive else []), treeish, accept=(0, 128)
        )
        if done.returncode:
            return None
        entries = []
        for line in done.stdout.decode(errors="replace").split("\0"):
            if line:
                meta, name = line.split("\t", 1)
                mode, type_, id_ = meta.split()
                entries.append(Entry(mode, type_, id_, f"{path}/{name}" if path else name))
        return entries

    def entry(self, sha: str, path: str) -> Entry | None:
        """The tree entry of one path."""
        text = run_git(self.path, "ls-tree", "-z", sha, "--", path).stdout.decode(errors="replace")
        for line in text.split("\0"):
            if line:
                meta, name = line.split("\t", 1)
                if name == path:
                    mode, type_, id_ = meta.split()
                    return Entry(mode, type_, id_, name)
        return None

    def blob(self, id_: str) -> bytes:
        return run_git(self.path, "cat-file", "blob", id_).stdout

    def file(self, sha: str, path: str) -> bytes | None:
        """The bytes of a file in a commit."""
        entry = self.entry(sha, path)
        return self.blob(entry.id) if entry is not None and entry.type == "blob" else None

    def last_commit_of(self, sha: str, path: str) -> str:
        return git_text(self.path, "log", "-1", "--format=%H", sha, "--", path)

    def merge_base(self, a: str, b: str) -> str | None:
        done = run_git(self.path, "merge-base", a, b, accept=(0, 1))
        return done.stdout.decode().strip() or None

    def is_ancestor(self, old: str, new: str) -> bool:
        return run_git(self.path, "merge-base", "--is-ancestor", old, new, accept=(0, 1)).returncode == 0

    def diff(self, old: str, new: str) -> list[FileDiff]:
        """Per-file differences from tree-ish to tree-ish, renames found."""
        raw = run_git(
            self.path, "diff-tree", "-r", "-M", "-z", "--raw", "--no-commit-id", old, new
        ).stdout.decode(errors="replace")
        parts = raw.split("\0")
        result = []
        index = 0
        while index < len(parts) and parts[index].startswith(":"):
            a_mode, b_mode, _, _, status = parts[index][1:].split()
            old_path = parts[index + 1]
            renamed = status[0] in "RC"
            new_path = parts[index + 2] if renamed else old_path
            index += 3 if renamed else 2
            patch = run_git(
                self.path, "diff-tree", "-p", "-M", "--no-commit-id", old, new, "--", old_path, new_path
            ).stdout
            hunks = patch.decode(errors="replace")
            start = hunks.find("\n@@")
            result.append(
                FileDiff(
                    old_path, new_path, a_mode, b_mode, status[0], hunks[start + 1 :] if start >= 0 else ""
                )
            )
        return result

    def stats(self, sha: str) -> dict[str, int]:
        """Lines added and removed by a commit against its first parent."""
        text = git_text(self.path, "show", "--numstat", "--format=", "-m", "--first-parent", sha)
        pairs = [line.split("\t")[:2] for line in text.splitlines() if line]
        added = sum(int(a) for a, _ in pairs if a.isdigit())
        removed = sum(int(d) for _, d in pairs if d.isdigit())
        return {"additions": added, "deletions": removed, "total": added + removed}

    def archive(self, sha: str, prefix: str, format_: str, path: str | None = None) -> bytes:
        args = ["archive", f"--format={format_}", f"--prefix={prefix}", sha, *(["--", path] if path else [])]
        return run_git(self.path, *args).stdout

    # Writing

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a ref from `old` to `new` (ZERO = absent); StaleRef when somebody was faster."""
        args = ["-d", ref, old] if new == ZERO else [ref, new, old]
        try:
            run_git(self.path, "update-ref", *args)
        except GitError as error:
            raise StaleRef(str(error)) from error

    def write_blob(self, content: bytes) -> str:
        return git_text(self.path, "hash-object", "-w", "--stdin", stdin=content)

    def change_tree(self, base: str | None, changes: Sequence[tuple[str, str, str | None]]) -> str:
        """A new tree: `changes` are (path, mode, blob id or None to remove) on top of commit `base`."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            run_git(self.path, "read-tree", *([base] if base else ["--empty"]), env=env)
            lines = b"".join(
                f"{mode if blob else '0'} {blob or ZERO}\t{path}".encode() + b"\0"
                for path, mode, blob in changes
            )
            run_git(self.path, "update-index", "-z", "--index-info", stdin=lines, env=env)
            return git_text(self.path, "write-tree", env=env)

    def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, author: Person, committer: Person | None = None
    ) -> str:
        committer = committer or author
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        env = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        for role, person in (("AUTHOR", author), ("COMMITTER", committer)):
            env |= {
                f"GIT_{role}_NAME": _ident(person.name) or "Unknown",
                f"GIT_{role}_EMAIL": _ident(person.email),
            }
        args = [part for parent in parents for part in ("-p", parent)]
        return git_text(self.path, "commit-tree", tree, *args, stdin=message.encode(), env=env)

    def merge_trees(self, ours: str, theirs: str) -> str:
        """The tree of a three-way merge; MergeConflict when it has conflicts or the histories are unrelated."""
        done = run_git(
            self.path, "merge-tree", "--write-tree", "--no-messages", ours, theirs, accept=(0, 1, 128)
        )
        if done.returncode:
            raise MergeConflict(done.stdout.decode(errors="replace"))
        return done.stdout.decode().split("\n", 1)[0].strip()

    def tag_object(self, name: str, sha: str, message: str, tagger: Person) -> str:
        moment = int(datetime.now(UTC).timestamp())
        body = f"object {sha}\ntype commit\ntag {name}\ntagger {tagger.name} <{tagger.email}> {moment} +0000\n\n{message}\n"
        return git_text(self.path, "hash-object", "-w", "-t", "tag", "--stdin", stdin=body.encode())


def _ident(text: str) -> str:
    """A name or address without the characters that end it in a commit."""
    return re.sub(r"[<>\n\0]", "", text).strip()


def valid_ref_name(name: str) -> bool:
    """May a branch or tag be called so? (git check-ref-format, without a process)"""
    if (
        not name
        or name.startswith(("-", "/", "refs/heads/"))
        or name.endswith(("/", ".", ".lock"))
        or name == "@"
    ):
        return False
    if any(bad in name for bad in ("..", "@{", "//", "/.", "\\")) or name.startswith("."):
        return False
    return re.search(r"[\x00-\x20\x7f~^:?*\[]", name) is None


__all__ = [
    "ZERO",
    "Commit",
    "Entry",
    "FileDiff",
    "MergeConflict",
    "Person",
    "Ref",
    "Repo",
    "StaleRef",
    "clean_env",
    "valid_ref_name",
]
