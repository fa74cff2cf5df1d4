"""Ready kernels: each has run a published version with its defaults before anybody asked, and waits for a session.

    wanted ──run begins──► running ──done──► ready ──taken──► a session's own
                              │                │ old, dead, of another version, of other secrets, others wait
                              └──failed────────┴──► gone, and begun anew where it still is wanted

A ready kernel is the kernel of a room that nobody enters: a process of its own, counted and limited as any. A session
gets the process itself, never a copy of one in which user code has run.

Promises: one kernel serves one session; none waits longer than it is good for; they start only where the machine has
kernels to spare, one at a time, and give way to whoever waits; nothing of them outlives `close`.

Left alone: which versions have some and for how long one is good (`core.ready`), what a session makes of one
(`core.session`), what a kernel is given (`rooms`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vernissage.actors.driver import Held
from vernissage.actors.room import Hooks, Room
from vernissage.actors.rooms import Rooms
from vernissage.core import ready
from vernissage.core.document import NewerFormat
from vernissage.core.outputs import CellRun
from vernissage.core.session import Begin, RunProgress, Session
from vernissage.ports import Clock, KernelSpec, Store

TICK = 3.0
"""Seconds between two looks at what is there and what is missing; also how long whoever took one has the machine for
themselves before the next one begins."""

TRY_AGAIN = timedelta(minutes=5)
"""How long after a run that failed the next one is tried; twice as long after each further one, up to LONGEST."""

LONGEST = timedelta(hours=6)


@dataclass
class _App:
    """A published version that has ready kernels."""

    project: str
    version: int
    state: Session
    """Before anything."""
    count: int
    rooms: dict[Room, datetime] = field(default_factory=dict)
    """Its ready kernels and those that will be, oldest first, with when each began."""
    failures: int = 0
    """Runs that failed, and kernels that died, one after the other."""
    not_before: datetime | None = None
    """Of the last failure: until then no other is begun."""


class ReadyKernels:
    """See the head of this module. All methods are called on the event loop."""

    def __init__(self, store: Store, rooms: Rooms, clock: Clock) -> None:
        self._store = store
        self._rooms = rooms
        self._clock = clock
        self._apps: dict[str, _App] = {}
        self._unread: set[str] = set()
        """Projects of which another version may be published now."""
        self._look = asyncio.Event()
        self._open: set[Room] = set()
        """Every room that is not closed yet, one that is being handed over too."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        rooms.ready = self

    def census(self) -> int:
        """How many kernels are ready."""
        return sum(_is_ready(room) for app in self._apps.values() for room in app.rooms)

    # --- for sessions

    async def take(
        self, project: str, version: int, who: str, spec: Callable[[], Awaitable[KernelSpec]]
    ) -> tuple[Held, Session] | None:
        """[RDY3] [RDY4] A kernel that serves as a new one would; of two who ask for the last one, one gets it."""
        app = self._apps.get(project)
        if app is None or app.version != version or not any(map(_is_ready, app.rooms)):
            return None
        if not self._rooms.gate.may_have(who):
            return None
        wanted = await spec()
        while (room := next(filter(_is_ready, app.rooms), None)) is not None:
            since = app.rooms.pop(room)  # nobody else gets it from here on
            if ready.serves(app.state.document, since, self._clock.now()):
                taken = await room.hand_over(wanted, who)
                if taken is not None:
                    self._end(room)
                    return taken
            self._end(room)
        return None

    def give_way(self) -> bool:
        """[RDY5] Somebody waits for a kernel: end the one that began last."""
        rooms = [(since, app, room) for app in self._apps.values() for room, since in app.rooms.items()]
        if not rooms:
            return False
        _, app, room = max(rooms, key=lambda one: one[0])
        del app.rooms[room]
        self._end(room)
        return True

    def changed(self, project: str) -> None:
        """Another version of a project is published, or none."""
        self._unread.add(project)
        self._look.set()

    # --- keeping

    async def keep(self) -> None:
        """Until cancelled: have what is wanted, and nothing else."""
        self._unread.update([project.id for project in await self._store.projects() if project.published is not None])
        while True:
            await self.tidy()
            tick = asyncio.ensure_future(self._clock.sleep(TICK))
            look = asyncio.ensure_future(self._look.wait())
            try:
                await asyncio.wait({tick, look}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                tick.cancel()
                look.cancel()
            self._look.clear()

    async def tidy(self) -> None:
        """[RDY6] One look at what is published, what is there, and what is missing."""
        while self._unread:
            await self._read(self._unread.pop())
        for app in tuple(self._apps.values()):
            self._sift(app)
        busy = any(room.state.active for app in self._apps.values() for room in app.rooms)
        if not busy and not self._closed:
            self._begin_one()

    async def _read(self, project: str) -> None:
        stored = await self._store.project(project)
        number = stored.published if stored is not None and stored.trashed_at is None else None
        known = self._apps.get(project)
        if known is not None and known.version == number:
            return
        if known is not None:
            del self._apps[project]
            for room in known.rooms:
                self._end(room)
        if number is None:
            return
        try:
            found = await self._rooms.fresh_session(project, number)
        except NewerFormat:  # whoever opens the app reads so
            return
        count = ready.kept(found[0].document, personal=found[1]) if found is not None else 0
        if found is not None and count:
            self._apps[project] = _App(project, number, found[0], count)

    def _sift(self, app: _App) -> None:
        """End what is of no more use."""
        now = self._clock.now()
        for room, since in tuple(app.rooms.items()):
            if room.state.active:
                continue
            if _is_ready(room):
                app.failures = 0
            else:
                app.not_before = now + min(TRY_AGAIN * 2**app.failures, LONGEST)
                app.failures = min(app.failures + 1, 20)
            if not _is_ready(room) or not ready.serves(app.state.document, since, now):
                del app.rooms[room]
                self._end(room)

    def _begin_one(self) -> None:
        now = self._clock.now()
        for app in self._apps.values():
            waits = app.not_before is not None and now < app.not_before
            if waits or len(app.rooms) >= app.count or not ready.worth_it(app.state.document, now):
                continue
            if self._rooms.gate.at_ease:
                hooks = Hooks(run_ended=self._run_ended, keep_tables=False)
                room = self._rooms.open_ready(app.project, app.version, app.state, hooks)
                app.rooms[room] = now
                self._open.add(room)
                room.apply(Begin("app"))
            return

    async def _run_ended(self, _: Room, __: RunProgress, ___: dict[str, CellRun], ____: bool) -> None:
        self._look.set()

    def _end(self, room: Room) -> None:
        async def close() -> None:
            await room.close()
            self._open.discard(room)

        task = asyncio.create_task(close(), name="end a ready kernel")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """The server stops: every ready kernel ends, and no other begins."""
        self._closed = True
        self._apps.clear()
        await asyncio.gather(*(room.close() for room in tuple(self._open)))
        await asyncio.gather(*self._tasks)
        self._open.clear()


def _is_ready(room: Room) -> bool:
    """Whether a room's kernel has run everything without an error and is there."""
    run = room.state.run
    return room.state.alive and run is not None and run.status == "done"
