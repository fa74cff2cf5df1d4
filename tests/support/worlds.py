"""The server's inner parts for tests, all of them real: store, blobs, kernels, rooms, publisher, runner.

    world = await World.made(tmp_path, kernels)
    project = await world.project(document)
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await tab.do(RunAll())
    await tab.until(lambda: tab.run_ended)

`world.store` is the real store behind a counter that can be told to fail, to wait, or to end the process.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from tests.core.test_access import replayed
from tests.support.clock import TurnedClock
from vernissage.actors import projects
from vernissage.actors.connection import Connection, Viewer
from vernissage.actors.permissions import Permissions
from vernissage.actors.publisher import Publisher
from vernissage.actors.ready import ReadyKernels
from vernissage.actors.refresher import Refresher
from vernissage.actors.results import Results
from vernissage.actors.room import Room
from vernissage.actors.rooms import Rooms
from vernissage.actors.runner import Runner
from vernissage.actors.scheduler import Scheduler
from vernissage.actors.secrets import Secrets
from vernissage.core.access import Access
from vernissage.core.document import Cell, Document
from vernissage.core.operations import Draft, DraftEvent, replay
from vernissage.core.outputs import CellRun
from vernissage.core.room import NoticeGiven, PublishingChanged, PublishingView, ResultsChanged, ResultsView
from vernissage.core.session import ButtonPressed, InputsChanged, KernelChanged, KernelStatus, RunChanged, RunProgress
from vernissage.ports import Clock, Kernel, Kernels, KernelSpec, Limits, Listener, Project, PublishRecord, Store, User
from vernissage.store import DirectoryBlobs, KeyVault, SqlStore, open_store
from vernissage.web.tables import StoredTables
from vernissage.wire.socket import (
    Answer,
    Ask,
    Do,
    Done,
    Ended,
    Events,
    Member,
    Presence,
    Refusal,
    ServerMessage,
    Snapshot,
)
from vernissage_kernel import frames

WAITS = 30.0
"""Seconds that a test waits for an event: the machine may be busy."""

_decode: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


def read(raw: bytes) -> ServerMessage:
    """A message as a browser reads it."""
    return _decode.decode(raw)


def _address(content: str, mime: str) -> str:
    return f"/o/{content[:8]}-{mime.replace('/', '-')}"


class WatchedStore:
    """A store whose calls are counted, and fail, wait or end the process where a test says so."""

    def __init__(self, store: SqlStore) -> None:
        self.real = store
        self.calls: Counter[str] = Counter()
        self.fails: dict[str, Exception] = {}
        """Call → what it raises, without having done anything."""
        self.gates: dict[str, asyncio.Event] = {}
        """Call → what it waits for first."""
        self.exit_at = 0
        """The process ends right after this many further calls; 0 = never."""
        self._called = asyncio.Condition()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.real, name)

        async def watched(*arguments: Any, **more: Any) -> Any:
            if name in self.fails:
                raise self.fails[name]
            if name in self.gates:
                await self.gates[name].wait()
            try:
                return await call(*arguments, **more)
            finally:
                self.calls[name] += 1
                self.burn()
                async with self._called:
                    self._called.notify_all()

        return watched

    def burn(self) -> None:
        """A call was made: end the process where it is time."""
        if self.exit_at:
            self.exit_at -= 1
            if not self.exit_at:
                os._exit(42)

    async def until(self, name: str, count: int) -> None:
        """Until there were this many calls of that name."""
        async with asyncio.timeout(WAITS), self._called:
            await self._called.wait_for(lambda: self.calls[name] >= count)


class WatchedKernels:
    """Kernels whose starts and work count with the calls of the store, so that the process may end in between."""

    def __init__(self, kernels: Kernels) -> None:
        self.real = kernels
        self.burn: Callable[[], None] = lambda: None
        """`WatchedStore.burn`, once there is one."""

    async def start(self, spec: KernelSpec, listener: Listener) -> Kernel:
        kernel = await self.real.start(spec, listener)
        self.burn()
        send = kernel.send

        def sent(frame: frames.HostFrame) -> None:
            send(frame)
            self.burn()

        kernel.send = sent  # type: ignore[method-assign]
        return kernel

    async def close(self) -> None:
        await self.real.close()


@dataclass
class World:
    """See the head of this module."""

    store: WatchedStore
    blobs: DirectoryBlobs
    kernels: Kernels
    clock: Clock
    rooms: Rooms
    publisher: Publisher
    ready: ReadyKernels
    runner: Runner
    scheduler: Scheduler
    refresher: Refresher
    permissions: Permissions
    secrets: Secrets
    ana: Viewer
    ben: Viewer

    @staticmethod
    async def made(
        path: Path,
        kernels: Kernels,
        *,
        clock: Clock | None = None,
        memory: int = 1024**3,
        recover: bool = True,
        database: str = "",
    ) -> World:
        """The parts over what lies at `path`, or over nothing. `database`: the address of one that is not there."""
        store = WatchedStore(await open_store(database or path))
        blobs = DirectoryBlobs(path / "blobs")
        clock = clock or TurnedClock()
        secrets = Secrets(cast(Store, store), KeyVault(b"k" * 32), clock)
        rooms = Rooms(
            store=cast(Store, store),
            blobs=blobs,
            kernels=kernels,
            clock=clock,
            tables=StoredTables(blobs),
            secrets=secrets,
            address=_address,
            limits=Limits(memory=memory, interrupt_seconds=2.0),
        )
        publisher = Publisher(cast(Store, store), rooms, clock)
        ready = ReadyKernels(cast(Store, store), rooms, clock)
        runner = Runner(cast(Store, store), rooms, clock, server="test")
        scheduler = Scheduler(cast(Store, store), rooms, runner, clock, server="test")
        runner.gave_results = Results(cast(Store, store), rooms).arrived  # type: ignore[method-assign]
        refresher = Refresher(cast(Store, store), rooms, runner, clock)
        people = []
        for name in ("Ana", "Ben"):
            email = f"{name.lower()}@example.org"
            user = await store.user_by_email(email)
            if user is None:
                user = User(str(uuid.uuid4()), email, name, "admin", created_at=clock.now())
                await store.add_user(user)
            people.append(Viewer(user.id, name, user.id, email, "admin"))
        permissions = Permissions(cast(Store, store), rooms)
        world = World(
            store,
            blobs,
            kernels,
            clock,
            rooms,
            publisher,
            ready,
            runner,
            scheduler,
            refresher,
            permissions,
            secrets,
            *people,
        )
        if recover:
            await publisher.recover()
            await runner.recover()
        return world

    async def close(self) -> None:
        """As the server stops."""
        self.store.fails.clear()
        await self.refresher.close()
        await self.runner.close()
        await self.ready.close()
        await self.publisher.close()
        await self.rooms.close()
        await self.store.close()

    @property
    def turned(self) -> TurnedClock:
        assert isinstance(self.clock, TurnedClock)
        return self.clock

    async def project(self, *cells: Cell, document: Document | None = None) -> Project:
        """A new project of Ana's."""
        document = document or Document(title="Test", cells=cells)
        return await projects.create(cast(Store, self.store), document, self.ana.id, self.clock.now())

    async def read(self, project: Project) -> Project:
        """The project as it is now."""
        found = await self.store.project(project.id)
        assert isinstance(found, Project)
        return found

    async def previewed(self, project: Project) -> PublishRecord:
        """A candidate whose preview run has ended."""
        project = await self.read(project)
        record = await self.publisher.begin(project, self.ana, expected=project.published)
        assert isinstance(record, PublishRecord), record
        async with asyncio.timeout(WAITS):
            return await self.publisher.ended(record.id)

    async def published(self, project: Project, *, force: bool = False) -> PublishRecord:
        """The draft published, whatever failed in it."""
        if force:
            project = await self.read(project)
            begun = await self.publisher.begin(project, self.ana, expected=project.published)
            assert isinstance(begun, PublishRecord), begun
            record = begun
        else:
            record = await self.previewed(project)
        done = await self.publisher.confirm(
            record, self.ana, accept_errors=True, force=force, title=None, origin="test"
        )
        assert isinstance(done, PublishRecord), done
        return done


_tabs = itertools.count(1)


class Tab:
    """A browser's tab in a room: what it was told, replayed."""

    def __init__(self, viewer: Viewer, access: Access = "FULL_ACCESS") -> None:
        self.viewer = viewer
        self.access: Access = access
        self.client = f"tab-{next(_tabs)}"
        self.count = 0
        self.seq = 0
        self.session = ""
        self.draft: Draft | None = None
        self.cells: dict[str, CellRun] = {}
        self.inputs: dict[str, Any] = {}
        self.waiting: set[str] = set()
        self.run: RunProgress | None = None
        self.kernel = KernelStatus()
        self.results: ResultsView | None = None
        self.publishing: PublishingView | None = None
        self.notices: dict[str, str] = {}
        self.members: tuple[Member, ...] = ()
        self.ended: Ended | None = None
        self.answers: dict[int, ServerMessage] = {}
        self.messages: list[ServerMessage] = []
        self.room: Room
        self.connection: Connection

    @staticmethod
    def in_room(room: Room, viewer: Viewer, access: Access = "FULL_ACCESS") -> Tab:
        """A new tab in a room."""
        tab = Tab(viewer, access)
        tab.enter(room)
        return tab

    def enter(self, room: Room) -> None:
        """Enter, or come back to, a room."""
        self.room = room
        self.connection = Connection(self.viewer, self.access, self.client)
        room.enter(self.connection, self.seq if self.session == room.id else 0)

    def cut(self) -> None:
        """Lose the connection, with all that was on its way."""
        self.room.leave(self.connection)
        self.connection.close()

    async def take(self) -> ServerMessage:
        """The next message."""
        async with asyncio.timeout(WAITS):
            raw = await self.connection.take()
        assert raw is not None, "the connection has ended"
        message = read(raw)
        self.hear(message)
        return message

    async def until(self, there: Callable[[], object]) -> None:
        """Take messages until something is so."""
        while not there():
            await self.take()

    def hear(self, message: ServerMessage) -> None:
        """What a browser does with a message."""
        self.messages.append(message)
        match message:
            case Snapshot():
                self.seq, self.session = message.seq, message.session
                self.draft = Draft(message.document, message.texts) if message.document else None
                self.cells, self.inputs = message.cells, dict(message.inputs)
                self.waiting, self.run, self.kernel = set(message.waiting), message.run, message.kernel
                self.results, self.publishing = message.results, message.publishing
                self.notices = {one.code: one.text for one in message.notices}
                self.members = message.members
                self.access = message.access
            case Events(seq, events):
                self.seq = seq
                for event in events:
                    self._see(event)
            case Presence(members):
                self.members = members
            case Done(id) | Refusal(id) | Answer(id):
                self.answers[id] = message
            case Ended():
                self.ended = message
            case _:
                pass

    def _see(self, event: Any) -> None:
        self.cells = replayed(self.cells, event)
        match event:
            case InputsChanged(values):
                self.inputs |= values
            case ButtonPressed(name, waiting):
                (self.waiting.add if waiting else self.waiting.discard)(name)
            case RunChanged(run):
                self.run = run
            case KernelChanged(kernel):
                self.kernel = kernel
            case ResultsChanged(results):
                self.results = results
            case PublishingChanged(publishing):
                self.publishing = publishing
            case NoticeGiven(notice):
                self.notices[notice.code] = notice.text
            case _ if isinstance(event, DraftEvent):
                assert self.draft is not None
                self.draft = replay(self.draft, event)
            case _:
                pass

    # --- acting

    def send(self, operation: Any, id: int = 0) -> int:
        """Send an operation; the number that its answer carries."""
        if not id:
            self.count += 1
            id = self.count
        self.room.do(self.connection, Do(id, operation))
        return id

    async def do(self, operation: Any) -> str:
        """Send an operation and await its answer: the sentence of a refusal, else ""."""
        id = self.send(operation)
        await self.until(lambda: id in self.answers)
        answer = self.answers[id]
        return answer.sentence if isinstance(answer, Refusal) else ""

    async def ask(self, question: Any) -> Any:
        """Ask a question and await the answer, or the Refusal."""
        self.count += 1
        id = self.count
        await self.room.ask(self.connection, Ask(id, question))
        await self.until(lambda: id in self.answers)
        answer = self.answers[id]
        return answer.answer if isinstance(answer, Answer) else answer

    # --- looking

    def rests(self) -> bool:
        """A run has been there and has ended."""
        return self.run is not None and self.run.status != "running"

    async def runs(self, operation: Any) -> str:
        """Do something that runs cells, and await the end of the run."""
        refused = await self.do(operation)
        if not refused:
            await self.until(self.rests)
        return refused

    def shows(self, cell: str) -> str:
        """What a cell shows, as one text."""
        found = []
        for output in self.cells[cell].outputs:
            match output:
                case _ if hasattr(output, "text"):
                    found.append(output.text)
                case _ if hasattr(output, "data"):
                    found.append(str(output.data.get("text/plain", sorted(output.data))))
                case _:
                    found.append(f"{output.ename}: {output.evalue}")
        return "|".join(found)
