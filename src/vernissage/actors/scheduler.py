"""The scheduler: sees to it that every due minute of every schedule is served, once.

When that is, what is made up, and whether inputs fit, is decided in `core.schedule`; that it is once, however many
servers run, is the store's promise. Each server has one of these, and whichever comes first serves.

It runs the version that is published when a schedule fires. While nothing is published, and while a schedule's inputs
do not fit, its minutes pass without a run.

Left alone: running (`runner`), who may change a schedule (`access`).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import timedelta

from vernissage.actors.rooms import Rooms
from vernissage.actors.runner import Runner
from vernissage.core.runs import RunEvent
from vernissage.core.schedule import lateness, latest_due, misfit, next_firing
from vernissage.ports import Clock, RunRecord, Schedule, Store, StoreFull

LOOKS = 10.0
"""Seconds between two looks at what is due, where nothing is known to be due before: other servers may have changed
schedules."""

CLAIM = timedelta(seconds=60)
"""How long one server may take to see to a schedule that is due; it takes milliseconds."""

log = logging.getLogger(__name__)


class Scheduler:
    def __init__(self, store: Store, rooms: Rooms, runner: Runner, clock: Clock, *, server: str = "") -> None:
        self._store = store
        self._rooms = rooms
        self._runner = runner
        self._clock = clock
        self._server = server
        self._woken = asyncio.Event()
        runner.ended = self.wake  # type: ignore[method-assign]

    def wake(self) -> None:
        """Something changed: look at once."""
        self._woken.set()

    async def keep(self) -> None:
        """Until cancelled: serve what is due."""
        while True:
            self._woken.clear()
            try:
                await self.serve()
                wait = await self._until_next()
            except (StoreFull, OSError) as error:  # the disk is full, or the database is away: both come back
                log.error("Schedules could not be served; the next look is in %.0f s. %s", LOOKS, error)
                wait = LOOKS
            await self._rest(wait)

    async def _until_next(self) -> float:
        due = await self._store.next_due()
        if due is None:
            return LOOKS
        return min(LOOKS, max(0.05, (due - self._clock.now()).total_seconds()))

    async def _rest(self, seconds: float) -> None:
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait({sleep, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            woken.cancel()

    async def serve(self) -> None:
        """One look: serve every schedule that is due, then start runs that wait, as far as there is room."""
        while True:
            now = self._clock.now()
            schedule = await self._store.claim_schedule(self._server, now, now + CLAIM)
            if schedule is None:
                break
            await self._serve(schedule)
        while self._runner.room:
            record = await self._store.claim_run(self._server, self._clock.now())
            if record is None:
                break
            await self._runner.take(record)

    async def _serve(self, schedule: Schedule) -> None:
        assert schedule.next_due is not None
        now = self._clock.now()
        due = latest_due(schedule.timing, schedule.next_due, now)
        following = next_firing(schedule.timing, max(due, now))
        project = await self._store.project(schedule.project)
        version = project.published if project is not None else None
        document = await self._rooms.version_document(schedule.project, version) if version is not None else None
        if version is None or document is None:  # [SCH10] it waits
            await self._store.pass_over(schedule, self._server, following, schedule.flagged)
            return
        found = misfit(document, schedule.inputs, update_results=schedule.update_results)
        if found is not None:  # [SCH8]
            await self._store.pass_over(schedule, self._server, following, found.sentence)
            return
        late = lateness(due, now)
        events = (RunEvent(now, "queued"), *((RunEvent(now, "late", late),) if late else ()))
        run = RunRecord(
            id=str(uuid.uuid4()),
            project=schedule.project,
            version=version,
            trigger="scheduled",
            status="PENDING",
            inputs=schedule.inputs,
            by="",
            created_at=now,
            update_results=schedule.update_results,
            use_cached=schedule.use_cached,
            schedule=schedule.id,
            due_at=due,
            time_limit=schedule.time_limit,
            notifications=schedule.notifications,
            events=events,
        )
        await self._store.fire(schedule, self._server, run, following)
