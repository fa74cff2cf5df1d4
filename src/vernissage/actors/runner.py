"""The runner: runs a version from top to bottom with nobody watching: for the API, later for schedules.

A run is a session that nobody enters. It waits its turn where the machine is full, is recorded from its request on,
and ends exactly once: COMPLETED, ERRORED (some cell failed) or KILLED (cancelled, or cut off; the record says why).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from vernissage.actors.connection import Viewer
from vernissage.actors.letters import Letters
from vernissage.actors.room import Hooks, Room
from vernissage.actors.rooms import Rooms
from vernissage.core.document import Document
from vernissage.core.inputs import Value, to_json
from vernissage.core.notifications import Notification
from vernissage.core.outputs import CellRun, encode_cells
from vernissage.core.runs import RunEvent, RunStep
from vernissage.core.session import Begin, Interrupt, RunProgress
from vernissage.ports import Clock, RunEnd, RunRecord, Store
from vernissage.wire.socket import Ended

AT_ONCE = 4
"""Runs that compute at the same time; more wait as PENDING."""

WAITING = 200
"""Runs that may wait; more are refused."""

STOPPED = "The server was stopped during this run."


class QueueFull(Exception):
    """Too many runs wait; the text says what to do."""


class Runner:
    def __init__(self, store: Store, rooms: Rooms, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        """`wake`: called when a run has put letters into the outbox."""
        self._store = store
        self._letters = Letters(store, rooms)
        self._wake = wake
        self._rooms = rooms
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._open: dict[str, Room] = {}
        self._cancelled: set[str] = set()

    async def recover(self) -> None:
        """After a start: runs that the last stop cut off are recorded as killed."""
        for run in await self._store.unfinished_runs():
            await self._finish(run, "KILLED", {}, STOPPED, "cut_off")

    async def _finish(
        self, run: RunRecord, status: RunEnd, cells: Mapping[str, CellRun], message: str, step: RunStep = "ended"
    ) -> None:
        """Record the end of a run together with the letters that it calls for."""
        now = self._clock.now()
        letters = await self._letters.of(run, status, now, cells, step=step)
        kept = encode_cells(dict(cells)) if cells else b""
        if await self._store.finish_run(run.id, status, now, kept, message, step=step, letters=letters) and letters:
            self._wake()

    async def start(
        self,
        project: str,
        version: int,
        document: Document,
        inputs: Mapping[str, Value],
        viewer: Viewer,
        *,
        update_results: bool = False,
        notifications: tuple[Notification, ...] = (),
    ) -> RunRecord:
        """[RUN5] Record a run and start it as soon as there is room. Raises QueueFull."""
        if len(self._tasks) >= WAITING:
            raise QueueFull(f"{WAITING} runs wait already. Try again in some minutes.")
        cells = document.inputs()
        values: dict[str, Any] = {name: to_json(cells[name].input, value) for name, value in inputs.items()}
        now = self._clock.now()
        record = RunRecord(
            id=str(uuid.uuid4()),
            project=project,
            version=version,
            trigger="api",
            status="PENDING",
            inputs=values,
            by=viewer.user,
            created_at=now,
            update_results=update_results,
            notifications=notifications,
            events=(RunEvent(now, "queued"),),
        )
        await self._store.add_run(record)
        task = asyncio.create_task(self._run(record, document, inputs), name=f"run {record.id[:8]}")
        self._tasks[record.id] = task
        task.add_done_callback(lambda _: self._forget(record.id))
        return record

    def census(self) -> tuple[int, int]:
        """How many runs compute, and how many wait."""
        return len(self._open), len(self._tasks) - len(self._open)

    def _forget(self, id: str) -> None:
        self._tasks.pop(id, None)
        self._cancelled.discard(id)

    async def _run(self, record: RunRecord, document: Document, inputs: Mapping[str, Value]) -> None:
        ended: asyncio.Future[tuple[RunProgress, dict[str, CellRun], bool]] = asyncio.get_running_loop().create_future()

        async def run_ended(_: Room, run: RunProgress, cells: dict[str, CellRun], complete: bool) -> None:
            if not ended.done():
                ended.set_result((run, cells, complete))

        async with self._slots:
            if not await self._store.start_run(record.id, self._clock.now()):  # cancelled while it waited
                return
            assert record.version is not None
            if record.id in self._cancelled:
                return
            room = self._rooms.open_run(
                record.id, record.project, record.version, document, inputs, "api", Hooks(run_ended=run_ended)
            )
            self._open[record.id] = room
            try:
                room.apply(Begin("api"))
                run, cells, complete = await ended
                status: RunEnd = "KILLED" if not complete else "ERRORED" if run.status == "errored" else "COMPLETED"
                message = room.state.kernel.sentence or "The run was cancelled." if not complete else ""
                step: RunStep = "cancelled" if not complete and record.id in self._cancelled else "ended"
                await self._finish(record, status, cells, message, step)
            finally:
                self._open.pop(record.id, None)
                await room.close(Ended("session_ended", "The run has ended."))

    def cells(self, run: str) -> Mapping[str, CellRun] | None:
        """The cells of a run that goes on, as they are now; None = it does not run here now."""
        room = self._open.get(run)
        return room.state.cells if room is not None else None

    async def cancel(self, record: RunRecord) -> None:
        """End a run. Harmless when it has ended."""
        room = self._open.get(record.id)
        if room is not None:
            self._cancelled.add(record.id)
            room.apply(Interrupt())
            task = self._tasks.get(record.id)
            if task is not None:
                await asyncio.wait({task})
        elif record.status in ("PENDING", "RUNNING"):
            if record.id in self._tasks:
                self._cancelled.add(record.id)
            await self._finish(record, "KILLED", {}, "The run was cancelled.", "cancelled")

    async def close(self) -> None:
        """The server stops: what runs is killed and recorded so."""
        for id, task in tuple(self._tasks.items()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            run = await self._store.run(id)
            if run is not None:
                await self._finish(run, "KILLED", {}, STOPPED, "cut_off")
