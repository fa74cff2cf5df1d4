"""The lease: a server's sign of life, and what becomes of the runs of servers that give none.

Promise: a living server's runs are left alone by all others, and a dead one's are accounted for by whoever is there,
or by its own next start.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from vernissage.actors.publisher import Publisher
from vernissage.actors.runner import Runner
from vernissage.actors.scheduler import Scheduler
from vernissage.ports import Clock, ServerRecord, Store, StoreFull

BEATS = 3
"""Signs of life within one lease."""

FORGET = timedelta(days=1)
"""A server without a sign of life is forgotten after so long."""

log = logging.getLogger(__name__)


class Lease:
    """`begin` first, then `keep` until the end, then `end`."""

    def __init__(self, store: Store, clock: Clock, *, server: str, home: str, seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._server = server
        self._home = home
        self._seconds = seconds

    async def begin(self) -> None:
        """This server lives; what lived in its data directory before does not."""
        await self._store.begin_server(self._record())

    async def keep(self, runner: Runner, publisher: Publisher, scheduler: Scheduler) -> None:
        """Until cancelled: give signs of life, and look after what others left behind."""
        while True:
            await self._clock.sleep(self._seconds / BEATS)
            try:
                await self._store.see_server(self._record(), self._clock.now() - FORGET)
                await runner.heed()
                if await self._store.lost_runs(self._clock.now() - timedelta(seconds=self._seconds)):
                    await publisher.recover()
                    await runner.recover()
                    scheduler.wake()
            except (StoreFull, OSError) as error:  # the disk is full, or the database is away: both come back
                log.error("No sign of life could be kept. %s", error)

    async def end(self) -> None:
        """This server has stopped: whatever it left is free at once."""
        await self._store.end_server(self._server)

    def _record(self) -> ServerRecord:
        return ServerRecord(self._server, self._home, self._clock.now())
