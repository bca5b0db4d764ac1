"""Works off webhook deliveries and, without any, looks again every few minutes: the same verbs that a person would call."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kawal.errors import KawalError
from kawal.ledger.records import Provision
from kawal.server.deliveries import Deliveries
from kawal.services import acceptance, collect, emergencies, merge, review_note, uat
from kawal.services.office import Office

RESYNC_S = 240.0
"""Forges lose webhooks; this is how late kawal may be then: at most five minutes, with the work itself."""


class Worker(threading.Thread):
    """One thread with an office of its own. Failures are said and tried again at the next resync."""

    def __init__(
        self, deliveries: Deliveries, open_office: Callable[[], Office], say: Callable[[str], None]
    ) -> None:
        super().__init__(name="kawal-worker", daemon=True)
        self._deliveries = deliveries
        self._open_office = open_office
        self._say = say
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._deliveries.arrived.set()
        self.join(30)

    def run(self) -> None:
        while not self._stopping.is_set():
            rang = self._deliveries.arrived.wait(RESYNC_S)
            self._deliveries.arrived.clear()
            if self._stopping.is_set():
                return
            office = self._open_office()
            try:
                self._work(office, everything=not rang)
            except KawalError as error:
                self._say(error.text())
            finally:
                office.close()

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
            try:
                outcome = verb(office, app_id)
            except KawalError as error:
                self._say(f"{app_id}: {error.code} {error.what}")
            else:
                self._say(f"{app_id}: {outcome.status}")
        try:
            red = emergencies.keep_issues(office, app_id)
        except KawalError as error:
            self._say(f"{app_id}: {error.code} {error.what}")
        else:
            if red:
                self._say(f"{app_id}: BREAK-GLASS {red}")
