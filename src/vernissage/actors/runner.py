"""The runner: runs a version from top to bottom with nobody watching: for the API, for schedules, for refreshes.

A run is a session that nobody enters. It waits its turn where the machine is full, is recorded from its request on,
and ends exactly once: COMPLETED, ERRORED (some cell failed) or KILLED (cancelled, out of time, or cut off; the record
says why). An attempt that failed is followed by the next one where its schedule says so, in the step that ends it.

Several servers may run on one store: each run names the one that has it in hand, and only where that one gives no
sign of life any more another one records its end. What a schedule made and nobody has started is anybody's.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from vernissage.actors.connection import Viewer
from vernissage.actors.letters import Letters
from vernissage.actors.room import Hooks, Room
from vernissage.actors.rooms import Rooms
from vernissage.core.document import Document
from vernissage.core.inputs import Invalid, Value, accept, to_json
from vernissage.core.notifications import Notification
from vernissage.core.outputs import CellRun, encode_cells
from vernissage.core.runs import RunEvent, RunStep, retry_in
from vernissage.core.session import Begin, Interrupt, RunProgress, Trigger
from vernissage.ports import Clock, RunEnd, RunRecord, Store
from vernissage.wire.socket import Ended

AT_ONCE = 4
"""Runs that compute at the same time; more wait as PENDING."""

WAITING = 200
"""Runs that may wait; more are refused."""

LEASE = 30.0
"""Seconds without a sign of life after which a server counts as ended."""

STOPPED = "The server was stopped during this run."
CANCELLED = "The run was cancelled."


class QueueFull(Exception):
    """Too many runs wait; the text says what to do."""


class Runner:
    def __init__(
        self,
        store: Store,
        rooms: Rooms,
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
        *,
        server: str = "",
        lease: float = LEASE,
    ) -> None:
        """`wake`: called when a run has put letters into the outbox."""
        self._store = store
        self._letters = Letters(store, rooms)
        self._wake = wake
        self._rooms = rooms
        self._clock = clock
        self._server = server
        self._lease = timedelta(seconds=lease)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._open: dict[str, Room] = {}
        self._cancelled: set[str] = set()
        self._draining = False

    async def recover(self) -> None:
        """[RUN9] Account for the runs of servers that have ended: what ran is recorded as killed; what a schedule made
        and nobody has started may be taken by any server. A living server's runs are left alone."""
        now = self._clock.now()
        for run in await self._store.lost_runs(now - self._lease):
            if run.id in self._tasks or run.trigger == "preview":
                continue
            if run.schedule is not None and run.status == "PENDING":
                await self._store.release_run(run.id)
            else:
                await self._finish(run, "KILLED", {}, STOPPED, "cut_off")

    async def start(
        self,
        project: str,
        version: int,
        document: Document,
        inputs: Mapping[str, Value],
        viewer: Viewer,
        *,
        trigger: Trigger = "api",
        update_results: bool = False,
        use_cached: bool = False,
        schedule: str | None = None,
        time_limit: int | None = None,
        notifications: tuple[Notification, ...] = (),
    ) -> RunRecord:
        """[RUN5] Record a run and start it as soon as there is room. Raises QueueFull."""
        if len(self._tasks) >= WAITING:
            raise QueueFull(f"{WAITING} runs wait already. Try again in some minutes.")
        assert trigger in ("api", "scheduled", "refresh"), trigger
        cells = document.inputs()
        values: dict[str, Any] = {name: to_json(cells[name].input, value) for name, value in inputs.items()}
        now = self._clock.now()
        record = RunRecord(
            id=str(uuid.uuid4()),
            project=project,
            version=version,
            trigger=trigger,
            status="PENDING",
            inputs=values,
            by=viewer.user,
            created_at=now,
            update_results=update_results,
            use_cached=use_cached,
            schedule=schedule,
            time_limit=time_limit,
            server=self._server,
            notifications=notifications,
            events=(RunEvent(now, "queued"),),
        )
        await self._store.add_run(record)
        self._spawn(record, document, inputs)
        return record

    async def take(self, record: RunRecord) -> None:
        """Run what was recorded before, and is in this server's hands now."""
        assert record.version is not None
        document = await self._rooms.version_document(record.project, record.version)
        project = await self._store.project(record.project)
        if document is None or project is None or project.published is None:
            await self._finish(record, "KILLED", {}, "The project is not published any more.", "cancelled")
            return
        cells = document.inputs()
        values: dict[str, Value] = {}
        for name, json in record.inputs.items():
            value = accept(cells[name].input, json)
            assert not isinstance(value, Invalid), "a version is never changed, and the values were checked against it"
            values[name] = value
        self._spawn(record, document, values)

    @property
    def room(self) -> int:
        """How many more runs would start at once."""
        return max(0, AT_ONCE - len(self._tasks))

    def census(self) -> tuple[int, int]:
        """How many runs compute, and how many wait."""
        return len(self._open), len(self._tasks) - len(self._open)

    def _spawn(self, record: RunRecord, document: Document, inputs: Mapping[str, Value]) -> None:
        task = asyncio.create_task(self._run(record, document, inputs), name=f"run {record.id[:8]}")
        self._tasks[record.id] = task
        task.add_done_callback(lambda _: self._forget(record.id))

    def _forget(self, id: str) -> None:
        self._tasks.pop(id, None)
        self._cancelled.discard(id)
        self.ended()

    def ended(self) -> None:
        """A run is over here; whoever waits for room hears of it. Set by the scheduler."""

    async def _run(self, record: RunRecord, document: Document, inputs: Mapping[str, Value]) -> None:
        ended: asyncio.Future[tuple[RunProgress, dict[str, CellRun], bool]] = asyncio.get_running_loop().create_future()

        async def run_ended(_: Room, run: RunProgress, cells: dict[str, CellRun], complete: bool) -> None:
            if not ended.done():
                ended.set_result((run, cells, complete))

        async with self._slots:
            if self._draining:
                return
            if not await self._store.start_run(record.id, self._clock.now()):  # cancelled while it waited
                return
            assert record.version is not None
            if record.id in self._cancelled:
                return
            trigger: Trigger = record.trigger
            room = self._rooms.open_run(
                record.id, record.project, record.version, document, inputs, trigger, Hooks(run_ended=run_ended)
            )
            self._open[record.id] = room
            try:
                room.apply(Begin(trigger))
                in_time = await self._within(record.time_limit, ended)
                if not in_time:
                    room.apply(Interrupt())
                run, cells, complete = await ended
                if complete:
                    status: RunEnd = "ERRORED" if run.status == "errored" else "COMPLETED"
                    await self._finish(record, status, cells, "", "ended")
                elif not in_time:
                    assert record.time_limit is not None
                    await self._finish(record, "KILLED", cells, out_of_time(record.time_limit), "time_limit")
                else:
                    died = room.state.kernel.sentence
                    await self._finish(record, "KILLED", cells, died or CANCELLED, "cut_off" if died else "cancelled")
            finally:
                self._open.pop(record.id, None)
                await room.close(Ended("session_ended", "The run has ended."))

    async def _within(self, seconds: int | None, ended: asyncio.Future[Any]) -> bool:
        """[SCH12] Whether a run ended within its time."""
        if seconds is None:
            await asyncio.wait({ended})
            return True
        alarm = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({ended, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
        return ended.done()

    async def _finish(
        self, record: RunRecord, status: RunEnd, cells: Mapping[str, CellRun], message: str, step: RunStep
    ) -> None:
        """End a run, together with the next attempt where there is one, else with the letters that it calls for."""
        now = self._clock.now()
        retry = None
        schedule = await self._store.schedule(record.schedule) if record.schedule is not None else None
        wait = retry_in(record.attempt, schedule.retries, status, step) if schedule is not None else None
        if wait is not None:
            minutes = f"{wait // 60} {'minute' if wait == 60 else 'minutes'}"
            text = f"Attempt {record.attempt + 1}, {minutes} after the one before."
            retry = replace(
                record,
                id=str(uuid.uuid4()),
                status="PENDING",
                created_at=now,
                attempt=record.attempt + 1,
                retry_of=record.id,
                not_before=now + timedelta(seconds=wait),
                server=None,
                events=(RunEvent(now, "queued", text),),
                started_at=None,
                ended_at=None,
                cells=b"",
                message="",
            )
        letters = await self._letters.of(record, status, now, cells, step=step) if retry is None else ()
        kept = encode_cells(dict(cells)) if cells else b""
        done = await self._store.finish_run(
            record.id, status, now, kept, message, step=step, retry=retry, letters=letters
        )
        if done and letters:
            self._wake()
        if done and status == "COMPLETED" and record.update_results:
            await self.gave_results(record)

    async def gave_results(self, run: RunRecord) -> None:
        """A run went well that was to update the published results; pages are told. Set by `Results`."""

    async def wait(self, run: str) -> None:
        """Until a run that was started here is over."""
        task = self._tasks.get(run)
        if task is not None:
            await asyncio.wait({task})

    def cells(self, run: str) -> Mapping[str, CellRun] | None:
        """The cells of a run that goes on, as they are now; None = it does not run here now."""
        room = self._open.get(run)
        return room.state.cells if room is not None else None

    async def cancel(self, record: RunRecord) -> None:
        """[RUN7] End a run. Harmless when it has ended."""
        room = self._open.get(record.id)
        if room is not None:
            room.apply(Interrupt())
            task = self._tasks.get(record.id)
            if task is not None:
                await asyncio.wait({task})
        elif record.status in ("PENDING", "RUNNING"):
            if record.id in self._tasks:
                self._cancelled.add(record.id)
            await self._finish(record, "KILLED", {}, CANCELLED, "cancelled")

    async def heed(self) -> None:
        """Stop what was ended elsewhere: cancelled through another server, or taken for lost by it."""
        for id, status in (await self._store.run_statuses(tuple(self._open))).items():
            room = self._open.get(id)
            if room is not None and status not in ("PENDING", "RUNNING"):
                room.apply(Interrupt())

    async def drain(self) -> None:
        """[OPS5] Return when the runs that compute have ended. Those that wait are not begun any more."""
        self._draining = True
        while self._open:
            await asyncio.wait({self._tasks[id] for id in self._open if id in self._tasks})

    async def close(self) -> None:
        """[RUN9] The server stops: what runs is killed and recorded so; what waits for a schedule goes on waiting."""
        for id, task in tuple(self._tasks.items()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            record = await self._store.run(id)
            if record is None:
                continue
            if record.status == "PENDING" and record.schedule is not None:
                await self._store.release_run(id)
            else:
                await self._finish(record, "KILLED", {}, STOPPED, "cut_off")


def out_of_time(seconds: int) -> str:
    """Why a run was stopped."""
    limit = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    return f"The run was stopped after {limit}, its time limit. Give it more time, or make it do less."
