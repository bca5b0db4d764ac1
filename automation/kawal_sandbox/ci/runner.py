"""The runner threads: wait for a job that fits, run it, report its result."""

import logging
import secrets
import threading
from collections.abc import Callable

from kawal_sandbox.access import token_digest
from kawal_sandbox.ci.executor import Execution, Result
from kawal_sandbox.ci.oidc import Issuer
from kawal_sandbox.ci.process import WORK, finish_job, start_job
from kawal_sandbox.ci.rows import spec_of
from kawal_sandbox.ci.runners import Runner, RunnerFile
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row

log = logging.getLogger("kawal_sandbox.ci")
POLL_S = 2.0  # a safety net only: the bus wakes the runners


class Runners:
    """All runners of the forge. `start` once, `stop` once; `stop` ends running jobs."""

    def __init__(self, forge: Forge, issuer: Issuer, config: RunnerFile) -> None:
        self.config = config
        self._forge, self._issuer = forge, issuer
        self._wake = threading.Condition()
        self._round = 0
        self._stopping = threading.Event()
        self._slots = threading.BoundedSemaphore(config.parallel)
        self._threads: list[threading.Thread] = []
        forge.events.subscribe(WORK, lambda _event: self._notify())

    def start(self) -> None:
        for runner in self.config.runners:
            for number in range(self.config.parallel):
                thread = threading.Thread(
                    target=self._loop, args=(runner,), name=f"runner-{runner.name}-{number}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._notify()
        for thread in self._threads:
            thread.join(timeout=30)

    def _notify(self) -> None:
        with self._wake:
            self._round += 1
            self._wake.notify_all()

    def _loop(self, runner: Runner) -> None:
        seen = -1
        while not self._stopping.is_set():
            with self._wake:
                if seen == self._round:
                    self._wake.wait(POLL_S)
                seen = self._round
            try:
                while not self._stopping.is_set() and self._run_one(runner):
                    continue
            except Exception:  # outermost handler of the thread: a runner does not die of one job
                log.exception("runner %s", runner.name)

    def _run_one(self, runner: Runner) -> bool:
        """Run one job if there is one; waits for a free slot first."""
        while not self._slots.acquire(timeout=0.5):
            if self._stopping.is_set():
                return False
        try:
            claimed = self._claim(runner)
            if claimed is None:
                return False
            self._execute(runner, *claimed)
            return True
        finally:
            self._slots.release()

    def _claim(self, runner: Runner) -> tuple[Row, str] | None:
        """The oldest waiting job that fits becomes running, with a token of its own."""
        store = self._forge.store
        if not any(self._fits(runner, job) for job in self._waiting()):
            return None
        with store.tx():
            job = next((job for job in self._waiting() if self._fits(runner, job)), None)
            if job is None:
                return None
            token = f"glcbt-{secrets.token_urlsafe(24)}"
            start_job(self._forge, job, runner.id, token_digest(token))
            return store.get("ci_jobs", job["id"]), token

    def _waiting(self) -> list[Row]:
        return self._forge.store.all(
            "SELECT j.*, p.full_path, c.protected FROM ci_jobs j JOIN projects p ON p.id = j.project_id"
            " JOIN ci_pipelines c ON c.id = j.pipeline_id WHERE j.status = 'pending' ORDER BY j.id"
        )

    def _fits(self, runner: Runner, job: Row) -> bool:
        return runner.takes(spec_of(job).tags, job["full_path"], ref_protected=bool(job["protected"]))

    def _execute(self, runner: Runner, job: Row, token: str) -> None:
        try:
            result = Execution(self._forge, self._issuer, runner, job, token, self._stopper(job["id"])).run()
        except Exception:  # outermost handler of a job: whatever breaks here fails the job
            log.exception("job %s", job["id"])
            result = Result("failed", "runner_system_failure")
        with self._forge.store.tx():
            finish_job(
                self._forge,
                job["id"],
                result.status,
                reason=result.reason,
                exit_code=result.exit_code,
                coverage=result.coverage,
            )

    def _stopper(self, job_id: int) -> Callable[[], str | None]:
        def why() -> str | None:
            if self._stopping.is_set():
                return "shutdown"
            row = self._forge.store.one("SELECT cancel_requested FROM ci_jobs WHERE id = ?", job_id)
            return "canceled" if row is None or row["cancel_requested"] else None

        return why
