"""Runs one job on the shell of a runner: sources, artifacts in, scripts, artifacts out."""

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kawal_sandbox.ci import artifacts, fence
from kawal_sandbox.ci.jobenv import JobEnv, job_environment, tier_of
from kawal_sandbox.ci.oidc import Issuer, mint
from kawal_sandbox.ci.predefined import JobFacts
from kawal_sandbox.ci.rows import spec_of
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.ci.shell import GREEN, RED, RESET, Stopped, Trace, run_script
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.ci.variables import expand
from kawal_sandbox.forge import Forge
from kawal_sandbox.gitcmd import GitError, run_git
from kawal_sandbox.store import Row, now

AFTER_SCRIPT_S = 300  # GitLab Runner: RUNNER_AFTER_SCRIPT_TIMEOUT
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
FENCED = "  fenced: sees neither other jobs nor PA's folders, writes in its own folder only"
NOT_FENCED = f"{RED}  NOT fenced: this machine has no namespaces for it; other jobs of this runner are within reach{RESET}"


@dataclass(frozen=True)
class Result:
    status: str
    reason: str | None = None
    exit_code: int | None = None
    coverage: float | None = None


class Failed(Exception):
    """The job cannot go on, for a reason outside its script."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def timeout_s(forge: Forge, job: Row, spec: JobSpec) -> int:
    if spec.timeout_s:
        return spec.timeout_s
    project = forge.store.get("projects", job["project_id"])
    return int(json.loads(project["settings"]).get("build_timeout") or 3600)


class Execution:
    """One job from start to result; `why_stop` is asked often and may say `canceled` or `shutdown`."""

    def __init__(
        self,
        forge: Forge,
        issuer: Issuer,
        runner: Runner,
        job: Row,
        token: str,
        why_stop: Callable[[], str | None],
    ) -> None:
        self.forge, self.issuer, self.runner, self.job, self.token = forge, issuer, runner, job, token
        self.why_stop = why_stop
        self.spec = spec_of(job)
        self.timeout = timeout_s(forge, job, self.spec)
        self.work = forge.data / "ci" / "work" / str(job["id"])
        self.project = forge.store.get("projects", job["project_id"])
        self.pipeline = forge.store.get("ci_pipelines", job["pipeline_id"])
        self.root = self.work / "builds" / self.project["full_path"]
        self.trace = Trace(artifacts.trace_of(forge, job["id"]))

    def run(self) -> Result:
        self.trace.secrets = (self.token,)
        started = time.monotonic()
        try:
            result = self._run(started + self.timeout)
        except Stopped as stopped:
            result = self._stopped(stopped.why)
        except Failed as failed:
            self.trace.line(f"{RED}ERROR: Job failed (system failure): {failed}{RESET}")
            result = Result("failed", failed.reason)
        finally:
            self.trace.close()
            shutil.rmtree(self.work, ignore_errors=True)
        return result

    def _run(self, deadline: float) -> Result:
        self.trace.line(f"Running with kawal forge latihan\n  on {self.runner.name} #{self.runner.id}")
        if self.runner.hides:
            self.trace.line(FENCED if fence.possible() else NOT_FENCED)
        with self.trace.section("prepare_executor", 'Preparing the "shell" executor'):
            env, variables = self._prepare()
        with self.trace.section("get_sources", "Getting source from Git repository"):
            self._get_sources(variables.get("GIT_STRATEGY", "clone"))
        with self.trace.section("download_artifacts", "Downloading artifacts"):
            self._download()
        result = self._scripts(variables, env, deadline)
        with self.trace.section("upload_artifacts", "Uploading artifacts"):
            uploaded = self._upload(env, success=result.status == "success")
        if not uploaded and result.status == "success":
            result = Result("failed", "script_failure", 1)
        if result.status == "success":
            self.trace.line(f"{GREEN}Job succeeded{RESET}")
        else:
            self.trace.line(f"{RED}ERROR: Job failed: exit code {result.exit_code}{RESET}")
        return result

    def _prepare(self) -> tuple[JobEnv, dict[str, str]]:
        home, tmp = self.work / "home", self.work / "tmp"
        for folder in (home, tmp, tmp / "files"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = self.spec.environment
        facts = JobFacts(
            id=self.job["id"],
            name=self.job["name"],
            stage=self.job["stage"],
            token=self.token,
            timeout_s=self.timeout,
            started_at=self.job["started_at"] or now(),
            manual=self.spec.when == "manual",
            image=self.spec.image,
            runner_id=self.runner.id,
            runner_name=self.runner.name,
            runner_tags=self.runner.tags,
            project_dir=str(self.root),
            builds_dir=str(self.work / "builds"),
            environment_name=environment.name if environment else "",
            environment_tier=tier_of(self.spec),
            environment_action=environment.action if environment else "",
        )
        tokens = {
            name: mint(
                self.forge, self.issuer, self.job, audience, runner_id=self.runner.id, life_s=self.timeout
            )
            for name, audience in self.spec.id_tokens.items()
        }
        dotenv = [json.loads(row["dotenv"]) for row in artifacts.sources(self.forge, self.job, self.spec)]
        env = job_environment(
            self.forge,
            self.job,
            self.spec,
            facts,
            runner_env=self.runner.env,
            id_tokens=tokens,
            dotenv=dotenv,
            file_dir=tmp / "files",
        )
        self.trace.secrets = env.secrets
        for key, content in env.files.items():
            (tmp / "files" / key).write_text(content, encoding="utf-8")
        base = {
            "PATH": ":".join((*self.runner.path, *SYSTEM_PATH)),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "TMPDIR": str(tmp),
            "USER": "gitlab-runner",
        }
        return env, {**base, **env.values}

    def _get_sources(self, strategy: str) -> None:
        if strategy in (
            "none",
            "empty",
        ):  # every job starts in a fresh folder here, so both mean an empty one
            self.root.mkdir(parents=True)
            self.trace.line("Skipping Git repository setup")
            return
        if strategy not in ("clone", "fetch"):
            raise Failed("runner_system_failure", f"unknown GIT_STRATEGY {strategy!r}")
        repo = self.forge.repo(self.project["id"]).path
        self.root.parent.mkdir(parents=True, exist_ok=True)
        sha = self.pipeline["sha"]
        try:
            run_git(
                self.root.parent,
                "clone",
                "--quiet",
                "--no-hardlinks",
                "--no-checkout",
                str(repo),
                str(self.root),
            )
            run_git(
                self.root, "remote", "set-url", "origin", f"{self.forge.url}/{self.project['full_path']}.git"
            )
            run_git(self.root, "checkout", "--quiet", "--force", "--detach", sha)
        except GitError as error:
            raise Failed("runner_system_failure", str(error)) from error
        self.trace.line(f"Checking out {sha[:8]} as detached HEAD (ref is {self.pipeline['ref']})...")

    def _download(self) -> None:
        for row in artifacts.sources(self.forge, self.job, self.spec):
            left = "SELECT 1 FROM ci_files WHERE job_id = ? AND file_type = 'archive'"
            if not self.forge.store.value(left, row["id"]):
                continue
            archive = artifacts.available(self.forge, row)
            if archive is None:
                raise Failed(
                    "missing_dependency_failure",
                    f"artifacts of {row['name']} ({row['id']}) are expired or erased",
                )
            self.trace.line(f"Downloading artifacts for {row['name']} ({row['id']})...")
            artifacts.unpack(archive, self.root)

    def _scripts(self, variables: Mapping[str, str], env: JobEnv, deadline: float) -> Result:
        tmp = self.work / "tmp"
        status, reason, code = "success", None, 0
        stopped: Stopped | None = None
        with self.trace.section("step_script", 'Executing "step_script" stage of the job script'):
            try:
                lines = (*self.spec.before_script, *self.spec.script)
                code = self._script(lines, variables, tmp / "script.sh", deadline, self.why_stop)
            except Stopped as caught:
                stopped = caught
        if stopped is not None and stopped.why != "timeout":
            raise stopped
        if code or stopped:
            status, reason = "failed", "job_execution_timeout" if stopped else "script_failure"
        if self.spec.after_script and stopped is None:
            # GitLab: its failure changes nothing, and it sees how the script ended.
            with self.trace.section("after_script", "Running after_script"):
                after = {**variables, "CI_JOB_STATUS": status}
                limit = time.monotonic() + AFTER_SCRIPT_S
                try:
                    self._script(self.spec.after_script, after, tmp / "after.sh", limit, self.why_stop)
                except Stopped as caught:
                    if caught.why != "timeout":
                        raise
        if stopped is not None:
            self._upload(env, success=False)
            raise stopped
        return Result(status, reason, code, self._coverage())

    def _script(
        self,
        lines: tuple[str, ...],
        variables: Mapping[str, str],
        file: Path,
        deadline: float,
        why_stop: Callable[[], str | None],
    ) -> int:
        return run_script(
            lines,
            cwd=self.root,
            env=variables,
            file=file,
            trace=self.trace,
            deadline=deadline,
            why_stop=why_stop,
            around=self._around,
        )

    def _around(self, command: Sequence[str]) -> Sequence[str]:
        if not self.runner.hides or not fence.possible():
            return command
        return fence.fenced(command, work=self.work, cwd=self.root, hides=self.runner.hides)

    def _upload(self, env: JobEnv, *, success: bool) -> bool:
        """False when GitLab would refuse what the job wants to upload."""
        wanted = self.spec.artifacts
        if wanted.when != "always" and (wanted.when == "on_success") is not success:
            return True
        try:
            self._upload_paths(env)
            self._upload_reports(env)
        except ValueError as error:
            self.trace.line(f"{RED}ERROR: Uploading artifacts: {error}{RESET}")
            return False
        return True

    def _upload_paths(self, env: JobEnv) -> None:
        wanted = self.spec.artifacts
        if not wanted.paths:
            return
        patterns = [expand(path, env.values) for path in wanted.paths]
        patterns = [pattern.removeprefix(f"{self.root}/") for pattern in patterns]
        found = artifacts.find(self.root, patterns, [expand(path, env.values) for path in wanted.exclude])
        for pattern in patterns:
            if not artifacts.find(self.root, [pattern]):
                self.trace.line(
                    f"WARNING: {pattern}: no matching files. Ensure that the artifact path is relative to the working directory"
                )
        if not found:
            self.trace.line(f"{RED}ERROR: No files to upload{RESET}")
            return
        size = artifacts.pack(self.root, found, artifacts.archive_of(self.forge, self.job["id"]))
        name = re.sub(r"[^\w.-]", "_", expand(wanted.name, env.values)) or "artifacts"
        self._store("archive", f"{name}.zip", size, "zip")
        self.trace.line(f'Uploading artifacts as "archive": {len(found)} files')

    def _upload_reports(self, env: JobEnv) -> None:
        for kind, patterns in self.spec.artifacts.reports.items():
            found = artifacts.find(self.root, [expand(path, env.values) for path in patterns])
            if not found:
                self.trace.line(f"WARNING: {kind}: no matching files")
                continue
            if kind == "dotenv":
                values: dict[str, str] = {}
                for path in found:
                    values.update(artifacts.parse_dotenv((self.root / path).read_bytes()))
                with self.forge.store.tx():
                    self.forge.store.update("ci_jobs", self.job["id"], dotenv=values)
            size = artifacts.pack(
                self.root, found, artifacts.folder_of(self.forge, self.job["id"]) / "reports" / f"{kind}.zip"
            )
            self._store(kind, f"{kind}.zip", size, "zip")

    def _store(self, kind: str, filename: str, size: int, format_: str) -> None:
        with self.forge.store.tx():
            self.forge.store.run(
                "DELETE FROM ci_files WHERE job_id = ? AND file_type = ?", self.job["id"], kind
            )
            self.forge.store.insert(
                "ci_files",
                job_id=self.job["id"],
                file_type=kind,
                filename=filename,
                size=size,
                file_format=format_,
            )
            self.forge.store.update(
                "ci_jobs", self.job["id"], artifacts_expire_at=artifacts.expiry(self.spec)
            )

    def _coverage(self) -> float | None:
        if self.spec.coverage is None:
            return None
        text = artifacts.trace_of(self.forge, self.job["id"]).read_text("utf-8", "replace")
        try:
            found = re.findall(self.spec.coverage, text)
        except re.error:
            return None
        number = re.search(r"\d+(?:\.\d+)?", str(found[-1])) if found else None
        return float(number[0]) if number else None

    def _stopped(self, why: str) -> Result:
        if why == "timeout":
            self.trace.line(
                f"{RED}ERROR: Job failed: execution took longer than {self.timeout} seconds{RESET}"
            )
            return Result("failed", "job_execution_timeout")
        if why == "canceled":
            return Result("canceled")
        return Result("failed", "runner_system_failure")
