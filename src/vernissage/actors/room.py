"""A room: state that the server owns and people watch together.

One class serves the logic view (a draft and its session), a publish preview, a viewer's app and an API run without
anybody in it; they differ in what they hold and who may enter. Operations come in from members, reports from the
kernel; `core` decides; events go out, numbered, to each member as much as their level sees.

Promises
- One order: what one member sees before another, all see so.
- An edit is kept before anybody is told of it; a session is kept within half a second after it changed.
- An operation that a tab sends again after a reconnect is applied once.
- A room waits for nobody: a slow browser gets a snapshot later.

Left alone: who may enter (`rooms`, `web`), what an operation means (`core`), sockets (`web`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, assert_never, get_args

import msgspec

from vernissage.actors.connection import Answered, Connection, Viewer
from vernissage.actors.driver import Driver, Held, TableGone, complete, table_head
from vernissage.core import access as policy
from vernissage.core import operations, session
from vernissage.core.access import Access, RoomKind
from vernissage.core.app import app_view
from vernissage.core.document import Document, FileRef
from vernissage.core.inputs import to_json, to_wire
from vernissage.core.operations import Draft, DraftEvent, DraftOperation, Refused
from vernissage.core.outputs import CellRun, DisplayOutput
from vernissage.core.room import (
    EndLive,
    GoLive,
    LiveChanged,
    LiveView,
    Notice,
    NoticeGiven,
    PublishingChanged,
    PublishingView,
    RefreshForAll,
    ResultsChanged,
    ResultsView,
    RoomEvent,
    may_end_live,
    not_uploaded,
)
from vernissage.core.session import RunProgress, ServerOperation, Session, SessionOperation, SetInputs
from vernissage.ports import TRACE, Clock, Conflict, KernelSpec, Meter, StoreFull, TableReader, Unmetered
from vernissage.wire.socket import (
    Answer,
    Ask,
    CompletionAnswer,
    CompletionQuestion,
    Cursor,
    Do,
    Done,
    Ended,
    Events,
    InspectionAnswer,
    InspectionQuestion,
    Member,
    Presence,
    Refusal,
    Snapshot,
    TableAnswer,
    TableQuestion,
    VariablesAnswer,
    VariablesQuestion,
    VariableView,
)
from vernissage_kernel import frames

LOG = 1_000
"""Events that a room remembers, for tabs that come back; who missed more gets a snapshot."""

LOG_BYTES = 8 * 1024 * 1024
"""The same in bytes of JSON."""

QUESTIONS = 20
"""Questions of one socket that may wait for their answers at once."""

KEEP_AGAIN_AFTER = 15.0
"""Seconds until a session that could not be kept is tried again."""

KEEP_AFTER = 0.5
"""Seconds from a change of a session until it is kept."""

ANSWERS_WITHIN = 1.0
"""Seconds in which an idle kernel shows that it still is there."""

UPLOADS = 200
"""Files that may be given to one session."""

log = logging.getLogger(__name__)
UNMETERED = Unmetered()

_encode = msgspec.json.Encoder().encode
_DRAFT_OPERATIONS = get_args(DraftOperation)

GONE = Ended("session_ended", "This session has ended. Reload the page to start a new one.")

KeepEdits: TypeAlias = Callable[[Sequence[tuple[DraftEvent, str]], Draft, datetime], Any]
"""Awaitable: makes edits, each with its author, durable; raises StoreFull or Conflict, keeping nothing."""


@dataclass(frozen=True)
class _Logged:
    """An event, and what its projections need: the document and the cells as they were after it."""

    seq: int
    event: RoomEvent
    document: Document
    cells: Mapping[str, CellRun]
    size: int


@dataclass
class Hooks:
    """What a room asks of those who opened it. All of them may be left out."""

    keep_edits: KeepEdits | None = None
    keep_session: Callable[[Room], Any] | None = None
    """Awaitable: called within half a second after the session changed."""
    run_ended: Callable[[Room, RunProgress, dict[str, CellRun], bool], Any] | None = None
    """Awaitable: a run ended; its cells, tables kept, and whether it was complete."""
    edited: Callable[[Room], None] | None = None
    """The draft changed."""
    ended: Callable[[Room], None] | None = None
    """A member ended the session for all; everybody is out already."""
    refresh: Callable[[Room, Viewer], Any] | None = None
    """Awaitable: compute the published results anew for everyone; why not, or None."""
    rests: Callable[[Room], None] | None = None
    """Nothing runs, and nobody looks: its kernel may be stopped for others."""
    keep_tables: bool = True
    """False: whoever `run_ended` tells needs no table of it."""


class Room:
    """See the head of this module. All methods are called on the event loop."""

    def __init__(
        self,
        *,
        id: str,
        kind: RoomKind,
        project: str,
        state: Session,
        driver: Callable[[Callable[[session.Report], None]], Driver],
        clock: Clock,
        tables: TableReader,
        draft: Draft | None = None,
        version: int | None = None,
        owner: str = "",
        viewer: Viewer | None = None,
        personal: bool = False,
        results: ResultsView | None = None,
        publishing: PublishingView | None = None,
        hooks: Hooks | None = None,
        meter: Meter = UNMETERED,
        seq: int = 0,
    ) -> None:
        self.id = id
        self.kind: RoomKind = kind
        self.project = project
        self.version = version
        self.owner = owner
        """Whose session it is: the viewer's id; "" = everybody's who may enter."""
        self.viewer = viewer
        """[CTX2] Whom the code runs for: who began the app session or preview, or started the logic session's kernel.
        None = nobody: runs."""
        self.personal = personal
        """Its version's code reads who looks (`core.personal`)."""
        self._meter = meter
        self._trace = ""
        """What caused the last operation of a member or of the server; the cells that run since run for it."""
        self._acting: Viewer | None = None
        """Who sent the operation that is being applied."""
        self.state = state
        self.draft = draft
        self.results = results
        self.live: LiveView | None = None
        self.joined: set[str] = set()
        """Viewers who have been in this session while it was live: they may come back to it."""
        self.locked: frozenset[str] = frozenset()
        """Inputs that whoever made the signed embed has set for good."""
        self.uploads: dict[FileRef, None] = {}
        """The files that were given to this session, in order."""
        self.publishing = publishing
        self.borrowed: RunProgress | None = None
        """The run whose outputs a session that has run nothing itself shows as they come in (after Force publish)."""
        self.notices: tuple[Notice, ...] = ()
        self.hooks = hooks or Hooks()
        self.edits = 0
        """The number of the draft's last edit."""
        self.seq = seq
        self.compact = False
        """True: the next keeping writes the draft as a whole."""
        self.touched: datetime = clock.now()
        """The last sign of life of a member, or the end of the last run."""
        self._clock = clock
        self._tables = tables
        self._driver = driver(self._hear)
        self._connections: dict[int, Connection] = {}
        self._colors: dict[str, int] = {}
        self._answered = Answered()
        self._levels: OrderedDict[str, Access] = OrderedDict()
        """Tab → the level that it was last shown this room at."""
        self._pending: dict[tuple[str, int], list[Connection]] = {}
        """Operations that are being kept, and who is to be answered."""
        self._handing = 0
        """Ended runs that are being handed over; the kernel is needed for their tables."""
        self._asked: dict[int, int] = {}
        """Connection → its questions that wait for an answer."""
        self._variables = VariablesAnswer(())
        """As they were last, for as long as a cell runs."""
        self.kept_at: datetime = clock.now()
        self._log: deque[_Logged] = deque()
        self._log_size = 0
        self._unsent: list[_Logged] = []
        self._edit_queue: deque[tuple[DraftOperation, str, Callable[[Refused | None], None]]] = deque()
        self._editor: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    # --- members

    @property
    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._connections.values())

    def enter(self, connection: Connection, seen: int = 0) -> None:
        """[ROM1] Let a member in: what they missed since `seen` where the room still knows it, else a snapshot."""
        self._flush()
        if self._closed:
            connection.end(GONE)
            return
        self.touched = self._clock.now()
        self._connections[id(connection)] = connection
        if self.live is not None:
            self._note_joined(connection.viewer)
        connection.on_caught_up = self._send_snapshot
        self._colors.setdefault(connection.viewer.id, 1 + len(self._colors) % 4)
        oldest = self._log[0].seq if self._log else self.seq + 1
        shown_at = self._levels.get(_tab(connection))
        self._note_level(connection)
        if seen and oldest - 1 <= seen <= self.seq and shown_at == connection.access:
            missed = [logged for logged in self._log if logged.seq > seen]
            connection.offer(_encode(Events(self.seq, list(self._projected(missed, connection.access)))))
            connection.offer(_encode(Presence(self.members(connection))))
        else:
            self._send_snapshot(connection)
        self._tell_presence(connection)

    def leave(self, connection: Connection) -> None:
        """The socket is gone."""
        if self._connections.pop(id(connection), None) is not None:
            self.touched = self._clock.now()
            self._tell_presence(None)
            if not self._connections:
                if self.live is not None:  # it lives on from now, also after a restart
                    self._keep_later()
                self._rest()

    def _note_joined(self, viewer: Viewer) -> None:
        if viewer.id not in self.joined:
            self.joined.add(viewer.id)
            self._keep_later()

    def members(self, for_whom: Connection | None) -> tuple[Member, ...]:
        """Who is here, one entry per person."""
        found: dict[str, Member] = {}
        for connection in self._connections.values():
            viewer = connection.viewer
            known = found.get(viewer.id)
            if known is None or connection.cursor is not None:
                you = for_whom is not None and viewer.id == for_whom.viewer.id
                found[viewer.id] = Member(
                    viewer.id, viewer.name, self._colors.get(viewer.id, 1), self._visible_cursor(connection), you
                )
        return tuple(found.values())

    def _visible_cursor(self, connection: Connection) -> Cursor | None:
        return connection.cursor if self.kind == "logic" else None

    def set_presence(self, connection: Connection, cursor: Cursor | None) -> None:
        if connection.cursor != cursor:
            connection.cursor = cursor
            self._tell_presence(connection)

    def _tell_presence(self, but: Connection | None) -> None:
        for connection in self._connections.values():
            if connection is not but:
                connection.offer(_encode(Presence(self.members(connection))))

    def regrade(self, level: Callable[[Viewer], Access | None]) -> None:
        """Somebody's permissions changed: show each member what they may see now, or show them out."""
        self._flush()
        for connection in self.connections:
            now = level(connection.viewer)
            if now == connection.access:
                continue
            need: Access = policy.ROOM_NEEDS[self.kind]
            if self.kind == "run" and connection.viewer.user != self.owner:
                need = "CAN_VIEW"
            if not policy.includes(now, need):
                self.leave(connection)
                connection.end(Ended("no_access", "You no longer have access to this. Ask the owner of the project."))
                continue
            assert now is not None
            connection.access = now
            self._note_level(connection)
            self._send_snapshot(connection)

    def _note_level(self, connection: Connection) -> None:
        self._levels[_tab(connection)] = connection.access
        self._levels.move_to_end(_tab(connection))
        if len(self._levels) > 1_000:
            self._levels.popitem(last=False)

    def end(self, ended: Ended) -> None:
        """Show everybody out."""
        self._flush()
        if self._connections:
            self.touched = self._clock.now()
        for connection in self.connections:
            self._connections.pop(id(connection), None)
            connection.end(ended)

    # --- what a member sees

    @property
    def document(self) -> Document:
        return self.state.document

    def snapshot(self, access: Access, for_whom: Connection | None = None, session_id: str | None = None) -> Snapshot:
        """All that a member of this level may see, now."""
        state, document = self.state, self.document
        cells = document.inputs()
        values = {name: to_wire(to_json(cells[name].input, value)) for name, value in state.inputs.items()}
        logic = self.kind == "logic"
        return Snapshot(
            seq=self.seq,
            session=self.id if session_id is None else session_id,
            kind=self.kind,
            access=access,
            members=self.members(for_whom),
            document=document if logic else None,
            texts=dict(self.draft.texts) if logic and self.draft else {},
            app=None
            if logic
            else app_view(document, sources=policy.includes(access, "CAN_VIEW"), personal=self.personal),
            version=self.version,
            inputs=policy.see_inputs(self.kind, document, values, access),
            waiting=tuple(
                name
                for name in state.waiting
                if name in policy.see_inputs(self.kind, document, dict.fromkeys(state.waiting), access)
            ),
            cells=policy.see_cells(self.kind, document, state.cells, access),
            kernel=policy.see_kernel(self.kind, state.kernel, access),
            run=policy.see_run(self.kind, document, state.run or self.borrowed, access),
            results=self.results,
            live=self.live,
            publishing=self.publishing if self.kind in ("logic", "preview") else None,
            notices=policy.see_notices(self.kind, self.notices, access),
        )

    def _send_snapshot(self, connection: Connection) -> None:
        self._flush()
        connection.offer(_encode(self.snapshot(connection.access, connection)))

    def _projected(self, logged: Sequence[_Logged], access: Access) -> list[RoomEvent]:
        return [
            seen for one in logged for seen in policy.see_event(self.kind, one.document, one.cells, one.event, access)
        ]

    def tell(self, event: RoomEvent) -> None:
        """Number an event and tell it to everybody who may see it."""
        match event:
            case PublishingChanged(publishing):
                self.publishing = publishing
            case ResultsChanged(results):
                self.results = results
            case LiveChanged(live):
                self.live = live
            case NoticeGiven(notice):
                self.notices = (*(one for one in self.notices if one.code != notice.code), notice)
            case _:
                pass
        self.seq += 1
        # Only an app's events are seen otherwise than they are; what projects them is not held on to for others.
        cells = self.state.cells if self.kind == "app" else {}
        logged = _Logged(self.seq, event, self.document, cells, len(_encode(event)))
        self._log.append(logged)
        self._log_size += logged.size
        while len(self._log) > LOG or (self._log_size > LOG_BYTES and len(self._log) > 1):
            self._log_size -= self._log.popleft().size
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(logged)

    def _flush(self) -> None:
        if not self._unsent:
            return
        logged, self._unsent = self._unsent, []
        messages: dict[Access, bytes] = {}
        for connection in self._connections.values():
            access = connection.access
            if access not in messages:
                messages[access] = _encode(Events(self.seq, self._projected(logged, access)))
            connection.offer(messages[access])

    # --- operations

    def do(self, connection: Connection, message: Do) -> None:
        """Apply a member's operation; the answer goes into their mailbox behind the events that it caused."""
        self.touched = self._clock.now()
        tab = _tab(connection) if connection.client and message.id else ""
        earlier = self._answered.get(tab, message.id)
        if earlier is not None:
            connection.insist(_encode(earlier))
            return
        if tab and (tab, message.id) in self._pending:  # sent again while it is being kept
            self._pending[tab, message.id].append(connection)
            return
        waiting = [connection]
        if tab:
            self._pending[tab, message.id] = waiting

        def answer(refused: Refused | None) -> None:
            reply = Done(message.id) if refused is None else Refusal(message.id, refused.sentence)
            self._answered.put(tab, reply)
            self._pending.pop((tab, message.id), None)
            self._flush()
            for one in waiting:
                one.insist(_encode(reply))

        refused = policy.may_do(self.kind, message.operation, connection.access, self.document)
        if refused is not None:
            answer(refused)
            return
        operation = message.operation
        match operation:
            case GoLive():
                answer(self._go_live(connection.viewer))
            case EndLive():
                self._end_live(connection, answer)
            case RefreshForAll():
                self._spawn(self._refresh(connection.viewer, answer), "refresh for everyone")
            case SetInputs(values) if fixed := self.locked.intersection(values):
                labels = [self.document.inputs()[name].label or name for name in sorted(fixed)]
                answer(
                    Refused(f"{', '.join(labels)}: set by the page that shows this app, and cannot be changed here.")
                )
            case SetInputs(values) if stranger := not_uploaded(self.document, values, self.uploads):
                answer(stranger)
            case _ if isinstance(operation, _DRAFT_OPERATIONS):
                self.edit(operation, connection.viewer, answer)
            case _:
                self._acting = connection.viewer
                answer(self.apply(operation, connection.viewer.name))  # type: ignore[arg-type]
                self._acting = None

    async def _refresh(self, viewer: Viewer, answer: Callable[[Refused | None], None]) -> None:
        """[RUN20] Have the published results computed anew; this session goes on as it is."""
        if self.hooks.refresh is None:
            answer(Refused("There are no published results to refresh here."))
        else:
            answer(await self.hooks.refresh(self, viewer))

    # --- live sessions

    def _go_live(self, viewer: Viewer) -> Refused | None:
        """[LIV1] The session is shared from now on, as it is: inputs, outputs and kernel stay."""
        if not viewer.user:
            return Refused("Sign in to share this session live. Without an account you can join one.")
        if self._closed:
            return Refused("This session has ended. Reload the page to start a new one.")
        if self.live is None:
            self.tell(LiveChanged(LiveView(viewer.id, viewer.name)))
            for connection in self._connections.values():
                self._note_joined(connection.viewer)
            self._keep_later()
        return None

    def _end_live(self, connection: Connection, answer: Callable[[Refused | None], None]) -> None:
        """[LIV5] End the live session for all; each keeps a page with the inputs as they were."""
        live, viewer = self.live, connection.viewer
        if live is None:
            answer(Refused("This session is not live, so there is nothing to end."))
        elif not may_end_live(live, viewer.id, editor=policy.includes(connection.access, "CAN_EDIT")):
            answer(Refused(f"Only {live.name} and the app's editors can end this live session. You can leave it."))
        else:
            answer(None)
            self.end(Ended("session_ended", f"{viewer.name} ended this live session. The inputs stay as they were."))
            if self.hooks.ended is not None:
                self.hooks.ended(self)

    def add_upload(self, file: FileRef) -> Refused | None:
        """[LIV10] A file was given to this session: an input may hold it from now on."""
        if self._closed:
            return Refused("This session has ended. Reload the page to start a new one.")
        if file not in self.uploads and len(self.uploads) >= UPLOADS:
            return Refused(f"This session has been given {UPLOADS} files already. Reload the page to start a new one.")
        self.uploads[file] = None
        self.touched = self._clock.now()
        self._keep_later()
        return None

    # --- what changes the session

    def apply(self, operation: SessionOperation | ServerOperation, by: str = "") -> Refused | None:
        """Apply an operation of the session, tell its events, do its effects."""
        if self._closed:
            return Refused("This session has ended. Reload the page to start a new one.")
        if not isinstance(operation, session.Report):
            self._trace = TRACE.get()
        decided = session.apply(self.state, operation, self._clock.now(), by)
        if isinstance(decided, Refused):
            return decided
        changed = decided.state is not self.state
        self.state = decided.state
        for event in decided.events:
            self.tell(event)
        for effect in decided.effects:
            self._obey(effect)
        if changed:
            self._keep_later()
        return None

    def _keep_later(self) -> None:
        """Keep the session within half a second."""
        if self.hooks.keep_session is not None and self._keeper is None and not self._closed:
            self._keeper = self._spawn(self._keep_soon(), "keep session")

    def edit(self, operation: DraftOperation, viewer: Viewer, answer: Callable[[Refused | None], None]) -> None:
        """Queue an edit of the draft; it is answered when it is kept."""
        if self._closed:
            answer(Refused("This project was closed. Reload the page to go on."))
            return
        self._edit_queue.append((operation, viewer.user, answer))
        if self._editor is None:
            self._editor = self._spawn(self._edit_all(), "keep edits")

    async def edited(self, operation: DraftOperation, viewer: Viewer) -> Refused | None:
        """Edit the draft and wait until it is kept."""
        done: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
        self.edit(operation, viewer, done.set_result)
        return await done

    async def _edit_all(self) -> None:
        """[ROM2] Take all edits that wait, keep them in one transaction, then tell them: nobody sees an edit that a
        crash could lose."""
        try:
            while self._edit_queue:
                batch = list(self._edit_queue)
                self._edit_queue.clear()
                assert self.draft is not None
                draft = self.draft
                events: list[tuple[DraftEvent, str]] = []
                answers: list[tuple[Callable[[Refused | None], None], Refused | None]] = []
                for operation, by, answer in batch:
                    decided = operations.apply(draft, operation)
                    if isinstance(decided, Refused):
                        answers.append((answer, decided))
                        continue
                    draft = decided.state
                    events.extend((event, by) for event in decided.events)
                    answers.append((answer, None))
                if events and self.hooks.keep_edits is not None:
                    try:
                        await self.hooks.keep_edits(events, draft, self._clock.now())
                    except (StoreFull, Conflict) as error:
                        refusal = Refused(f"The edit was not kept: {error}")
                        for answer, refused in answers:
                            answer(refused or refusal)
                        continue
                self.draft = draft
                self.edits += len(events)
                for event, _ in events:
                    self.tell(event)
                if events:
                    self.apply(session.DocumentEdited(draft.document))
                    if self.hooks.edited is not None:
                        self.hooks.edited(self)
                for answer, refused in answers:
                    answer(refused)
        finally:
            self._editor = None

    # --- the kernel

    def _hear(self, report: session.Report) -> None:
        TRACE.set(self._trace)  # what follows from it is for whoever asked for the run
        self.apply(report)  # type: ignore[arg-type]

    def _obey(self, effect: session.Effect) -> None:
        match effect:
            case session.StartKernel(generation, may_take):
                if self.kind == "logic" and self._acting is not None:
                    self.viewer = self._acting
                if self.results is not None and self.results.fresh:
                    self.tell(ResultsChanged(msgspec.structs.replace(self.results, fresh=False)))
                self._driver.start(generation, may_take=may_take)
            case session.EndKernel(generation):
                self._driver.end(generation)
            case session.InterruptKernel():
                self._driver.interrupt()
            case session.BringFiles(files):
                self._driver.bring(files)
            case session.SetVariables(values, files):
                # Also a default or a run's parameter may name a hash; only what was given to us goes to the kernel.
                own = tuple(file for file in files if file in self.uploads or file in self.document.files)
                self._driver.send(frames.SetVariables(values), own)
            case session.ForgetVariables(names):
                self._driver.send(frames.ForgetVariables(names))
            case session.ExecuteCell(execution, cell, name):
                run = self.state.run
                self._driver.execute(execution, cell, name, run.trigger if run else self.state.trigger)
            case session.RunEnded(run, complete):
                self.touched = self._clock.now()
                seconds = _seconds(run)
                self._meter.run_ended(run.trigger, run.status, seconds)
                log.info(
                    "run_ended",
                    extra={
                        "project": self.project,
                        "version": self.version,
                        "trigger": run.trigger,
                        "status": run.status,
                        "cells": len(run.planned),
                        "seconds": seconds,
                        "trace": self._trace,
                    },
                )
                asyncio.get_running_loop().call_soon(self._rest)
                if self.hooks.run_ended is not None:
                    self._handing += 1
                    self._spawn(self._hand_over(run, self.state.cells, complete), "hand over a run")
            case never:
                assert_never(never)

    async def _hand_over(self, run: RunProgress, cells: dict[str, CellRun], complete: bool) -> None:
        assert self.hooks.run_ended is not None
        try:
            if self.hooks.keep_tables:
                cells = await self._driver.keep_tables(cells)
            await self.hooks.run_ended(self, run, cells, complete)
        finally:
            self._handing -= 1
            self._rest()

    @property
    def resting(self) -> bool:
        """It has a kernel that nobody needs now: nothing runs, and nobody looks."""
        state = self.state
        return state.alive and not state.active and not self._connections and not self._handing and not self._closed

    def _rest(self) -> None:
        if self.hooks.rests is not None and self.resting:
            self.hooks.rests(self)

    # --- questions

    async def ask(self, connection: Connection, message: Ask) -> None:
        """Answer a question about the kernel or a table, as soon as that can be: a busy kernel answers later, and the
        member goes on meanwhile."""
        if self._asked.get(id(connection), 0) >= QUESTIONS:
            connection.insist(
                _encode(Refusal(message.id, "Too many questions wait. Ask again when the cell has ended."))
            )
            return
        self._asked[id(connection)] = self._asked.get(id(connection), 0) + 1
        self._spawn(self._reply(connection, message), "answer a question")

    async def _reply(self, connection: Connection, message: Ask) -> None:
        try:
            await self._ask(connection, message)
        finally:
            left = self._asked.pop(id(connection)) - 1
            if left:
                self._asked[id(connection)] = left

    async def _ask(self, connection: Connection, message: Ask) -> None:
        question = message.question
        cell = question.cell if isinstance(question, TableQuestion) else None
        tag = question.__struct_config__.tag
        refused = policy.may_ask(self.kind, str(tag), cell, connection.access, self.document)
        reply = refused if refused is not None else await self._answer(question)
        if isinstance(reply, Refused):
            connection.insist(_encode(Refusal(message.id, reply.sentence)))
        else:
            connection.insist(_encode(Answer(message.id, reply)))

    async def _answer(
        self, question: CompletionQuestion | InspectionQuestion | VariablesQuestion | TableQuestion
    ) -> CompletionAnswer | InspectionAnswer | VariablesAnswer | TableAnswer | Refused:
        match question:
            case CompletionQuestion(code, cursor):
                found = await self._driver.ask(frames.Complete(0, code, cursor)) if self._idle() else None
                if isinstance(found, frames.Completions):
                    return CompletionAnswer(found.matches, found.kinds, found.start, found.end)
                return CompletionAnswer((), (), cursor, cursor)
            case InspectionQuestion(code, cursor):
                found = await self._driver.ask(frames.Inspect(0, code, cursor)) if self._idle() else None
                return InspectionAnswer(found.text if isinstance(found, frames.Inspection) and found.found else "")
            case VariablesQuestion():
                if not self._idle():
                    return self._variables
                found = await self._driver.ask(frames.ListVariables(0))
                names = found.variables if isinstance(found, frames.VariableList) else ()
                self._variables = VariablesAnswer(tuple(VariableView(one.name, one.type, one.summary) for one in names))
                return self._variables
            case TableQuestion(cell, table, query):
                return await self._page(cell, table, query)
            case never:
                assert_never(never)

    def _idle(self) -> bool:
        return self.state.running is None

    async def _page(self, cell: str, table: str, query: frames.TableQuery) -> TableAnswer | Refused:
        run = self.state.cells.get(cell)
        for output in run.outputs if run else ():
            head = table_head(output) if isinstance(output, DisplayOutput) else None
            if head is None or head.table != table or not isinstance(output, DisplayOutput):
                continue
            try:
                if frames.TABLE_MIME in output.blobs:
                    rows, total = await self._tables.page(output.blobs[frames.TABLE_MIME].hash, query)
                    return TableAnswer(rows, total)
                if head.total <= len(head.rows):
                    rows, total = await self._tables.page_of_head(output.data[frames.TABLE_MIME], query)
                    return TableAnswer(rows, total)
            except KeyError:
                return Refused("The table's other pages are gone. Run the cell again to see them.")
            except (ValueError, IndexError) as error:  # what user code put in a table's place
                return Refused(f"This table cannot be paged: {str(error).rstrip('.')}.")
            answer = await self._driver.ask(frames.PageTable(0, table, query))
            if isinstance(answer, frames.TablePage):
                return TableAnswer(answer.rows, answer.total)
            if isinstance(answer, frames.RequestFailed):
                return Refused(answer.message)
            return Refused("The table's other pages are gone with the kernel. Run the cell again to see them.")
        return Refused("That table is no longer shown. Look at the newer one in its place.")

    async def csv(
        self, cell: str, table: str, query: frames.TableQuery, access: Access
    ) -> AsyncIterator[bytes] | Refused:
        """[WEB40] A table that the cell shows as CSV, in pieces, for whoever may page it; what follows after the first
        piece raises TableGone where the cell ran again meanwhile."""
        refused = policy.may_ask(self.kind, "table", cell, access, self.document)
        if refused is not None:
            return refused
        self.touched = self._clock.now()
        run = self.state.cells.get(cell)
        for output in run.outputs if run else ():
            head = table_head(output) if isinstance(output, DisplayOutput) else None
            if head is None or head.table != table or not isinstance(output, DisplayOutput):
                continue
            if frames.TABLE_MIME in output.blobs:
                pieces = self._tables.csv(output.blobs[frames.TABLE_MIME].hash, query)
            elif complete(head):
                pieces = self._tables.csv_of_head(output.data[frames.TABLE_MIME], query)
            else:
                pieces = self._driver.csv(table, query)
            try:
                first = await anext(pieces, b"")
            except TableGone as error:
                return Refused(str(error))
            except KeyError:
                return Refused("The rest of the table is gone. Run the cell again to download it.")
            except (ValueError, IndexError) as error:  # what user code put in a table's place
                return Refused(f"This table cannot be downloaded: {str(error).rstrip('.')}.")
            return _from_first(first, pieces)
        return Refused("That table is no longer shown. Look at the newer one in its place.")

    # --- keeping and ending

    async def _keep_soon(self) -> None:
        await self._clock.sleep(KEEP_AFTER)
        while True:
            self._keeper = None  # what changes from here on is kept by the next one
            try:
                await self.keep()
                return
            except StoreFull:  # the session goes on; it is kept as soon as there is room
                if self._keeper is not None:
                    return
                self._keeper = asyncio.current_task()
                await self._clock.sleep(KEEP_AGAIN_AFTER)

    async def keep(self) -> None:
        """Keep the session now. Raises StoreFull."""
        self.kept_at = self._clock.now()
        if self.hooks.keep_session is not None:
            await self.hooks.keep_session(self)

    def show(self, cells: dict[str, CellRun], run: RunProgress | None, results: ResultsView | None) -> None:
        """Show results of another run, where this session has run nothing itself."""
        if self.state.generation or self.state.active or not session.defaults_hold(self.state):
            return
        self.borrowed = run
        self.apply(session.ShowCells(cells, run))
        if results != self.results:
            self.tell(ResultsChanged(results))

    async def hand_over(self, spec: KernelSpec, who: str) -> tuple[Held, Session] | None:
        """[RDY3] The idle kernel, alive and as this spec would make a new one, with what ran in it, for a session of
        this person. None where it is not to be had; whichever it is, this room is of no more use."""
        if self._closed or self.state.active or not self.state.alive or not self._driver.holds(spec):
            return None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                answer = await self._driver.ask(frames.Complete(0, "", 0))
        except TimeoutError:
            return None
        held = self._driver.release(who) if isinstance(answer, frames.Completions) and not self._closed else None
        return (held, self.state) if held is not None else None

    def stop_kernel(self) -> None:
        """End an idle kernel; inputs and outputs stay."""
        self.apply(session.StopKernel())

    @property
    def closed(self) -> bool:
        """It takes nothing any more."""
        return self._closed

    async def close(self, ended: Ended | None = None) -> None:
        """End the room: everybody out, what waits is kept, the kernel and every task gone."""
        if self._closed:
            return
        while self._editor is not None:
            await asyncio.wait({self._editor})
        self._closed = True
        self.end(ended or GONE)
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(StoreFull):  # a session is written behind; nothing of a draft waits here
                await self.keep()
        await self._driver.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"{name} of room {self.id[:8]}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"{task.get_name()} failed", "exception": task.exception(), "task": task}
            )


def _seconds(run: RunProgress) -> float:
    """How long a run that has ended took."""
    return (datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)).total_seconds()


async def _from_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _tab(connection: Connection) -> str:
    """The tab and its person."""
    return f"{connection.client} {connection.viewer.id}"
