"""Works off webhook deliveries and, without any, looks again every few minutes: the same verbs that a person would call."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable

from kawal.errors import KawalError
from kawal.ledger.records import Provision
from kawal.outcome import Outcome
from kawal.server.deliveries import Deliveries
from kawal.services import acceptance, collect, emergencies, merge, review_note, uat
from kawal.services.office import Office

RESYNC_S = 240.0
"""Forges lose webhooks; this is how late kawal may be then: at most five minutes, with the work itself."""
RETRY_S = 30.0
"""After a look that broke off: a locked file or a full disk may be over soon."""
DEAD = "mati"


class Worker(threading.Thread):
    """One thread with an office of its own. Failures are said and tried again at the next resync; none of them ends it."""

    def __init__(
        self,
        deliveries: Deliveries,
        open_office: Callable[[], Office],
        say: Callable[[str], None],
        *,
        resync_s: float = RESYNC_S,
        retry_s: float = RETRY_S,
    ) -> None:
        super().__init__(name="kawal-worker", daemon=True)
        self._deliveries = deliveries
        self._open_office = open_office
        self._echo = say
        self._resync_s = resync_s
        self._retry_s = retry_s
        self._broke_off: str | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._deliveries.arrived.set()
        self.join(30)

    def trouble(self) -> str | None:
        """Why nothing is being worked off now: it died, or its last look at the applications broke off. None: it works."""
        return self._broke_off if self.is_alive() else DEAD

    def run(self) -> None:
        while not self._stopping.is_set():
            rang = self._deliveries.arrived.wait(self._retry_s if self._broke_off else self._resync_s)
            self._deliveries.arrived.clear()
            if self._stopping.is_set():
                return
            self._look(everything=not rang)

    def _look(self, *, everything: bool) -> None:
        try:
            with contextlib.closing(self._open_office()) as office:
                self._work(office, everything=everything)
        except KawalError as error:
            self._say(error.text())
            self._broke_off = error.code
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look is for every application
            self._say(_crash(error))
            self._broke_off = type(error).__name__
        else:
            self._broke_off = None

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more: no reason to stop working
            self._echo(text)

    def _work(self, office: Office, *, everything: bool) -> None:
        known = {
            entry.predicate.forge.project_id: entry.predicate.app_id
            for entry in office.ledger.entries(type=Provision.TYPE)
            if isinstance(entry.predicate, Provision)
        }
        pending = self._deliveries.pending()
        touched = (
            set(known.values())
            if everything
            else {known[one.project_id] for one in pending if one.project_id in known}
        )
        for app_id in sorted(touched):
            self._look_again(office, app_id)
        for one in pending:
            self._deliveries.done(one.id)

    def _look_again(self, office: Office, app_id: str) -> None:
        # The note comes before the merge, for who still reads; and after it, with what the test target showed.
        verbs = (
            acceptance.publish,
            review_note.of_open,
            merge.merge,
            collect.collect,
            review_note.of_merged,
            uat.refresh,
        )
        for verb in verbs:
            self._attempt(app_id, verb, office)
        self._attempt(app_id, emergencies.keep_issues, office)

    def _attempt(self, app_id: str, verb: Callable[[Office, str], Outcome | int], office: Office) -> None:
        """One verb for one application. What it fails of is said; the other verbs and applications have their turn."""
        try:
            outcome = verb(office, app_id)
        except KawalError as error:
            self._say(f"{app_id}: {error.code} {error.what}")
        except Exception as error:  # noqa: BLE001 - one application's data must not end the work for the others
            self._say(f"{app_id}: {_crash(error)}")
        else:
            if isinstance(outcome, Outcome):
                self._say(f"{app_id}: {outcome.status}")
            elif outcome:
                self._say(f"{app_id}: BREAK-GLASS {outcome}")


def _crash(error: Exception) -> str:
    return "".join(traceback.format_exception(error)).rstrip()
