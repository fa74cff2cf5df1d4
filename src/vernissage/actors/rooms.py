"""The rooms that are open, by what they are for: one logic room per project, one preview per candidate, one per app
session.

Opens them from the store, keeps what must outlive the server, and closes what nobody needs any more.

Promises: a draft has one room, so its edits have one order; a session is found again by the same person within
`SESSION_LIFE` of the last sign of life, also after the server was started anew, and a live one by everybody who may see
its app; an idle kernel is stopped after `IDLE_KERNEL`, earlier where others wait for one, its inputs and outputs stay.

Left alone: who may enter (`permissions`), publishing (`publisher`).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from vernissage.actors.connection import Viewer
from vernissage.actors.driver import Address, Driver, Held
from vernissage.actors.gate import Gate
from vernissage.actors.room import Hooks, Room
from vernissage.actors.secrets import Secrets
from vernissage.core.access import Access, RoomKind, includes
from vernissage.core.app import oldest_in_sight
from vernissage.core.document import (
    Document,
    FileRef,
    Input,
    NewerFormat,
    TableInput,
    canonical,
    content_hash,
    inputs_in_app,
    parse,
)
from vernissage.core.inputs import Invalid, Relative, Value, accept, default, same, to_json
from vernissage.core.operations import (
    Draft,
    DraftEvent,
    Refused,
    Removed,
    decode_event,
    encode_event,
    replay,
)
from vernissage.core.outputs import CellRun, decode_cells
from vernissage.core.personal import is_personal
from vernissage.core.room import LiveView, Notice, NoticeGiven, ResultsView
from vernissage.core.session import Begin, Session, Trigger, defaults_hold, first_state, open_session
from vernissage.ports import (
    Blobs,
    Clock,
    KernelFile,
    Kernels,
    KernelSpec,
    Limits,
    Meter,
    Project,
    RunRecord,
    Store,
    StoredOperation,
    StoredSession,
    StoreFull,
    TableReader,
    Unmetered,
)
from vernissage.wire.socket import Ended, Snapshot
from vernissage_kernel.frames import Context

SESSION_LIFE = timedelta(minutes=30)
IDLE_KERNEL = timedelta(minutes=15)
TICK = 20.0
"""Seconds between two looks at what nobody needs any more."""

COMPACT_AFTER = 200
"""Edits after which a draft's snapshot is written anew."""

TOUCH_AFTER = timedelta(minutes=10)
"""How often a session is kept again for no other reason than that somebody is still there."""

_EDITED = ("logic", "preview")
"""Rooms of people who may edit; viewers are in the others."""

SESSION_FORMAT = 1

DRAFT_FORMAT = 1

DIED = "The run that this version was published with did not end, so every visit computes it anew."
ENDED = Ended("session_ended", "This session has ended. Open the app to start one of your own.")
"""One answer for *it has ended*, *there never was one* and *it is somebody else's*."""
STOPPING = Ended("server_stops", "The server is restarting. Your work is kept; the page comes back by itself.")


class KeptDraft(msgspec.Struct, frozen=True):
    """A draft's snapshot as the store has it."""

    document: msgspec.Raw
    """`document.canonical`."""
    texts: dict[str, int]
    removed: tuple[Removed, ...]
    format: int = DRAFT_FORMAT


class KeptSession(msgspec.Struct, frozen=True):
    """What of a session outlives the server."""

    inputs: dict[str, Any]
    """Input name → JSON value."""
    cells: dict[str, CellRun]
    ran: bool
    """True: it has run something itself; what it shows are no published results."""
    results_at: str = ""
    """Of when the published results were that it showed; "" = it showed none."""
    live: LiveView | None = None
    joined: tuple[str, ...] = ()
    """Viewers who have been in it while it was live."""
    uploads: tuple[FileRef, ...] = ()
    attributes: dict[str, Any] = {}
    """What a signed embed said of whoever began it; its kernel goes on in their name."""
    locked: tuple[str, ...] = ()
    format: int = SESSION_FORMAT


@dataclass(frozen=True)
class _Prototype:
    """A version's session before anything, and what was found of the version when it was made."""

    state: Session
    personal: bool


class _Format(msgspec.Struct, frozen=True):
    """What is read first of anything that is kept."""

    format: int = 1


def encode_draft(draft: Draft) -> bytes:
    """The snapshot of a draft for the store."""
    return msgspec.json.encode(KeptDraft(msgspec.Raw(canonical(draft.document)), draft.texts, draft.removed))


def decode_draft(snapshot: bytes) -> Draft:
    """[ROM16] The draft that `encode_draft` wrote. Raises NewerFormat for a newer one."""
    found = msgspec.json.decode(snapshot, type=_Format).format
    if found > DRAFT_FORMAT:
        raise NewerFormat(found)
    kept = msgspec.json.decode(snapshot, type=KeptDraft)
    return Draft(parse(bytes(kept.document)), kept.texts, kept.removed)


class Ready(Protocol):
    """Kernels that wait for sessions to come (`actors.ready`)."""

    async def take(
        self, project: str, version: int, who: str, spec: Callable[[], Awaitable[KernelSpec]]
    ) -> tuple[Held, Session] | None:
        """One that has run this version, for a session of this person; None: there is none."""
        ...

    def census(self) -> int:
        """How many there are."""
        ...

    def give_way(self) -> bool:
        """End one, for somebody who waits for a kernel; False where there is none."""
        ...

    def changed(self, project: str) -> None:
        """Another version of a project is published, or none."""
        ...


class Rooms:
    """All open rooms of this server."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: Blobs,
        kernels: Kernels,
        clock: Clock,
        tables: TableReader,
        secrets: Secrets,
        address: Address,
        limits: Limits,
        kernels_at_once: int = 32,
        kernels_each: int = 8,
        meter: Meter | None = None,
    ) -> None:
        self.store = store
        self.blobs = blobs
        self.clock = clock
        self._kernels = kernels
        self._secrets = secrets
        self.tables = tables
        self._address = address
        self._limits = limits
        self._meter = meter or Unmetered()
        self._logic: dict[str, Room] = {}
        self._apps: dict[str, Room] = {}
        self._previews: dict[str, Room] = {}
        self._runs: dict[str, Room] = {}
        """Past runs that somebody looks at."""
        self.gate = Gate(at_once=kernels_at_once, each=kernels_each)
        self.gate.make_room = self._make_room
        self._closing: set[asyncio.Task[None]] = set()
        self._ended: OrderedDict[str, None] = OrderedDict()
        """App sessions that were ended; what is still kept of them is not opened again."""
        self._opening: dict[str, asyncio.Lock] = {}
        self._results: OrderedDict[str, tuple[dict[str, CellRun], str]] = OrderedDict()
        self._prototypes: OrderedDict[tuple[str, int], _Prototype] = OrderedDict()
        self.ready: Ready | None = None
        """The kernels that are kept ready; set by who keeps them."""
        self.publishing: Callable[[Project, Document | None], Any] | None = None
        """Awaitable: (project, its draft) → PublishingView; set by the publisher."""
        self.on_edit: Callable[[Room], None] | None = None
        self.on_refresh: Callable[[Room, Viewer], Awaitable[Refused | None]] | None = None
        """Computes the published results of an app anew for everyone; set by the refresher."""
        self.on_opened: Callable[[Project, int, Document, datetime], None] | None = None
        """Hears of each opening of an app with published results, and of when these are; set by the refresher."""
        self.refreshing: set[str] = set()
        """Projects whose published results are being computed anew."""

    # --- opening

    async def logic(self, project: str) -> Room:
        """The room of a project's draft. Raises KeyError where there is no such project."""
        async with self._opening.setdefault(project, asyncio.Lock()):
            room = self._logic.get(project)
            if room is None:
                room = self._logic[project] = await self._open_logic(project)
            return room

    def open_logic(self, project: str) -> Room | None:
        """The same, only where it is open."""
        return self._logic.get(project)

    async def _open_logic(self, project: str) -> Room:
        if await self.store.project(project) is None:
            raise KeyError(project)
        draft, seq = await self.load_draft(project)
        kept = await self.store.session(f"logic:{project}")
        inputs, cells, session = _read_session(kept.data, draft.document) if kept else ({}, {}, NOTHING_KEPT)
        saved = {"seq": seq, "snapshot": seq}

        async def keep_edits(events: Sequence[tuple[DraftEvent, str]], now: Draft, at: datetime) -> None:
            first = saved["seq"] + 1
            lines = tuple(
                StoredOperation(first + i, encode_event(event), by, at) for i, (event, by) in enumerate(events)
            )
            await self.store.append_operations(project, lines, now.document.title, now.document.description, None)
            saved["seq"] += len(lines)

        async def keep_session(room: Room) -> None:
            await self._keep_session(room, f"logic:{project}", "logic")
            assert room.draft is not None
            if saved["seq"] > saved["snapshot"]:
                seq_now, draft_now = saved["seq"], room.draft
                if seq_now - saved["snapshot"] >= COMPACT_AFTER or room.compact:
                    await self.store.save_snapshot(
                        project, seq_now, encode_draft(draft_now), content_hash(draft_now.document)
                    )
                    saved["snapshot"] = seq_now
                    room.compact = False

        room = self._room(
            id=secrets.token_urlsafe(18),
            kind="logic",
            project=project,
            state=open_session("logic", "logic", draft.document, inputs, cells),
            draft=draft,
            hooks=Hooks(keep_edits=keep_edits, keep_session=keep_session, edited=self._edited),
        )
        room.uploads.update(dict.fromkeys(session.uploads))
        room.edits = seq
        stored = await self.store.project(project)
        if self.publishing is not None and stored is not None:
            room.publishing = await self.publishing(stored, draft.document)
        return room

    def _edited(self, room: Room) -> None:
        if self.on_edit is not None:
            self.on_edit(room)

    async def load_draft(self, project: str) -> tuple[Draft, int]:
        """A project's draft as it is kept, and the number of its last edit."""
        stored = await self.store.draft(project)
        draft, seq = decode_draft(stored.snapshot), stored.snapshot_seq
        for line in stored.operations:
            draft = replay(draft, decode_event(line.operation))
            seq = line.seq
        return draft, seq

    async def draft_document(self, project: str) -> Document:
        """The draft's document now, from its room where it is open."""
        room = self._logic.get(project)
        return room.document if room is not None else (await self.load_draft(project))[0].document

    async def logic_cells(self, project: str) -> Mapping[str, CellRun] | None:
        """What the logic view shows, also where it is not open; None: nothing has run."""
        room = self._logic.get(project)
        if room is not None:
            cells: Mapping[str, CellRun] = room.state.cells
        else:
            kept = await self.store.session(f"logic:{project}")
            cells = await asyncio.to_thread(_read_cells, kept.data) if kept is not None else {}
        return cells if any(run.at for run in cells.values()) else None

    async def edits_of(self, project: str) -> int:
        """The number of a draft's last edit."""
        room = self._logic.get(project)
        if room is not None:
            return room.edits
        last = await self.store.operations(project, 1)
        return last[0].seq if last else 0

    async def app(
        self,
        project: Project,
        version: int,
        viewer: Viewer,
        *,
        inputs: Mapping[str, Value] | None = None,
        presses: tuple[str, ...] = (),
        published: bool = True,
    ) -> Room | None:
        """A new app session. None where the version is not there.

        `inputs`, `presses`: what a new session's link says. `published`: the version is the published one, whose
        results may be shown. [EMB3] A guest's begins from scratch, with what was set for them.
        """
        document = await self.version_document(project.id, version)
        locked = {} if document is None else fitting(document, viewer.locked)
        begun = await self._begun(project, version, {**(inputs or {}), **locked}, published and not viewer.guest)
        if begun is None:
            return None
        state, results, personal = begun
        plain = published and not viewer.guest and not personal and not presses and defaults_hold(state)
        state = replace(state, presses=presses, may_take=plain)
        id = secrets.token_urlsafe(18)
        room = self._open_app(project.id, version, id, viewer, state, results, personal=personal)
        room.locked = frozenset(locked)
        if presses or viewer.guest or (results is None and not (published and self._pending(project, room))):
            room.apply(Begin("app"))
            unseen = published and not viewer.guest and not room.personal and project.results_run is None
            if unseen and await self._died(project.id, version):
                room.tell(NoticeGiven(Notice("results_pending", DIED)))
        return room

    async def _died(self, project: str, version: int) -> bool:
        """Whether a version has no results because the run that it was published with was cut off."""
        found = await self.store.version(project, version)
        run = await self.store.run(found[0].run) if found is not None and found[0].run else None
        return run is not None and run.status == "KILLED"

    async def first_look(self, project: Project, version: int, access: Access, *, published: bool) -> Snapshot | None:
        """What a plain visit sees before it has a session: the published results, or nothing yet."""
        begun = await self._begun(project, version, None, published)
        if begun is None:
            return None
        state, results, personal = begun
        room = self._room(
            id="",
            kind="app",
            project=project.id,
            state=state,
            version=version,
            results=results,
            hooks=Hooks(),
            personal=personal,
        )
        if results is None and published:
            self._pending(project, room)
        return room.snapshot(access)

    async def _begun(
        self, project: Project, version: int, inputs: Mapping[str, Value] | None, published: bool
    ) -> tuple[Session, ResultsView | None, bool] | None:
        """A session's state before it ran anything, with the published results where they are those of its inputs, and
        whether the version is personal."""
        prototype = await self._prototype(project.id, version)
        if prototype is None:
            return None
        personal = prototype.personal
        state = replace(prototype.state, inputs={**prototype.state.inputs, **(inputs or {})})
        wanted = state.document.settings.on_open == "published_results" and not personal
        if not (published and project.results_run and wanted):
            return state, None, personal
        shown, at = await self.results(project.results_run)
        if at and self.on_opened is not None:
            self.on_opened(project, version, state.document, datetime.fromisoformat(at))
        if not at or not defaults_hold(state):
            return state, None, personal
        cells = {cell.id: first_state(cell, shown.get(cell.id)) for cell in state.document.cells}
        oldest = oldest_in_sight(state.document, cells, at)
        results = ResultsView(oldest, fresh=True, refreshing=project.id in self.refreshing)
        return replace(state, cells=cells), results, personal

    def _pending(self, project: Project, room: Room) -> bool:
        """Whether the first results of a forced publish are on their way; the room then shows them as they come in. Of
        a personal version they are nobody's but the publisher's."""
        if room.personal:
            return False
        for preview in self._previews.values():
            if (
                preview.project == project.id
                and preview.version == project.published
                and preview.state.active
                and defaults_hold(room.state)
            ):
                room.show(preview.state.cells, preview.state.run, None)
                return True
        return False

    def _open_app(
        self,
        project: str,
        version: int,
        id: str,
        viewer: Viewer,
        state: Session,
        results: ResultsView | None,
        *,
        personal: bool,
    ) -> Room:
        async def keep_session(room: Room) -> None:
            await self._keep_session(room, room.id, "app")

        room = self._room(
            id=id,
            kind="app",
            project=project,
            state=state,
            version=version,
            owner=viewer.id,
            results=results,
            hooks=Hooks(keep_session=keep_session, ended=self._session_ended, refresh=self._refresh),
            viewer=viewer,
            personal=personal,
        )
        self._apps[id] = room
        return room

    async def _refresh(self, room: Room, viewer: Viewer) -> Refused | None:
        if self.on_refresh is None:
            return Refused("There are no published results to refresh here.")
        return await self.on_refresh(room, viewer)

    async def find_app(self, project: Project, id: str, viewer: Viewer, access: Access) -> Room | None:
        """[LIV2] The app session of that id, where this viewer may go on with it or join it: it is their own, or it is
        live and they have been in it, or it is live and they may start a session on its version. None: it has ended,
        there never was one, or it is somebody else's."""
        room = await self._open_kept(project.id, id)
        if room is None or room.project != project.id or not viewer.id:
            return None
        if room.owner == viewer.id:
            return room
        if room.live is None or viewer.guest:  # whose inputs may be locked, and those of others are not
            return None
        may_join = room.version == project.published or includes(access, "CAN_VIEW")
        return room if may_join or viewer.id in room.joined else None

    def session(self, project: str, id: str) -> Room | None:
        """The open logic or preview room whose session has that id."""
        return next((room for room in self.rooms_of(project) if room.kind in _EDITED and room.id == id), None)

    async def _open_kept(self, project: str, id: str) -> Room | None:
        """The app session of that id, opened again where the server was started since."""
        room = self._apps.get(id)
        if room is not None:
            return room
        kept = await self.store.session(id)
        if kept is None or kept.kind != "app" or kept.project != project or id in self._ended:
            return None
        if kept.version is None or self.clock.now() - kept.touched_at > SESSION_LIFE:
            return None
        prototype = await self._prototype(project, kept.version)
        if prototype is None:
            return None
        starter = await self.known(kept.owner)
        document = prototype.state.document
        inputs, cells, session = _read_session(kept.data, document)
        room = self._apps.get(id)
        if room is not None:  # another tab was faster
            return room
        state = open_session("app", "app", document, inputs, cells)
        state = replace(state, generation=int(session.ran))  # so that no newer results take the place of its own
        results = ResultsView(session.results_at, fresh=not session.ran) if session.results_at else None
        starter = msgspec.structs.replace(starter, attributes=session.attributes)
        room = self._open_app(project, kept.version, id, starter, state, results, personal=prototype.personal)
        room.live = session.live
        room.locked = frozenset(session.locked)
        room.joined.update(session.joined)
        room.uploads.update(dict.fromkeys(session.uploads))
        room.touched = kept.touched_at
        return room

    async def known(self, id: str) -> Viewer:
        """Who began something that was kept: its kernel goes on in their name."""
        user = None if id.startswith(("visitor:", "guest:")) else await self.store.user(id.removeprefix("embed:"))
        return Viewer(id, user.name, user.id, user.email, user.role) if user else Viewer(id, "Visitor")

    async def earlier(self, project: Project, viewer: Viewer) -> tuple[str, str, datetime] | None:
        """[LIV13] The session that this viewer left last, where it is of the published version and its inputs are not
        the defaults: its id, a summary such as "Species: Gentoo", and when they left it. It is found in the store too:
        after its room was closed, and after a restart of the server."""
        if not viewer.id or project.published is None:
            return None
        since = self.clock.now() - SESSION_LIFE
        left: list[tuple[datetime, str, Document, Mapping[str, Value]]] = [
            (room.touched, room.id, room.document, room.state.inputs)
            for room in self.apps_of(project.id)
            if room.owner == viewer.id
            and room.version == project.published
            and not room.connections
            and room.touched >= since
            and room.live is None
        ]
        document = await self.version_document(project.id, project.published)
        for kept in await self.store.sessions_left(project.id, viewer.id, project.published, since):
            if document is None or kept.id in self._apps or kept.id in self._ended:
                continue
            inputs, live = _read_inputs(kept.data, document)
            if live is None:
                left.append((kept.touched_at, kept.id, document, inputs))
        for touched, id, began, values in sorted(left, key=lambda one: one[0], reverse=True):
            summary = summary_of(began, values)
            if summary:
                return id, summary, touched
        return None

    async def _prototype(self, project: str, version: int) -> _Prototype | None:
        """A version's session before anything: parsed and analysed once, shared by all that begin with it."""
        key = (project, version)
        prototype = self._prototypes.get(key)
        if prototype is None:
            stored = await self.store.version(project, version)
            if stored is None:
                return None
            prototype = _Prototype(open_session("app", "app", parse(stored[1])), stored[0].personal)
            self._prototypes[key] = prototype
            if len(self._prototypes) > 64:
                self._prototypes.popitem(last=False)
        return prototype

    async def version_document(self, project: str, version: int) -> Document | None:
        """The document of a version."""
        prototype = await self._prototype(project, version)
        return prototype.state.document if prototype else None

    async def version_is_personal(self, project: str, version: int) -> bool:
        """Whether a version was found to read who looks when it was made."""
        prototype = await self._prototype(project, version)
        return prototype is not None and prototype.personal

    async def is_personal(self, document: Document) -> bool:
        """[PER2] Whether code of this document reads who looks, its own Python files included."""
        modules: dict[str, str] = {}
        for file in document.files:
            if file.name.endswith(".py"):
                data = await self.blobs.get(file.hash)
                modules[file.name] = (data or b"").decode("utf-8", "replace")
        return await asyncio.to_thread(is_personal, document, modules)

    async def results(self, run: str) -> tuple[dict[str, CellRun], str]:
        """The outputs of a finished run, and when it ended (ISO 8601 UTC)."""
        found = self._results.get(run)
        if found is None:
            record = await self.store.run(run)
            if record is None or not record.cells:
                return {}, ""
            at = record.ended_at or record.created_at
            try:
                cells = decode_cells(record.cells)
            except ValueError:  # of a newer format, or damaged: the page then runs from scratch
                return {}, ""
            found = (cells, at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
            self._results[run] = found
            if len(self._results) > 64:
                self._results.popitem(last=False)
        return found

    def open_preview(
        self,
        id: str,
        project: str,
        document: Document,
        hooks: Hooks,
        viewer: Viewer,
        cells: Mapping[str, CellRun] | None = None,
        *,
        personal: bool,
    ) -> Room:
        """A new room for a candidate of this viewer's; `cells` where its run has ended before."""
        room = self._room(
            id=id,
            kind="preview",
            project=project,
            state=open_session("preview", "preview", document, None, cells),
            hooks=hooks,
            viewer=viewer,
            personal=personal,
        )
        self._previews[id] = room
        return room

    def preview(self, id: str) -> Room | None:
        """The open room of a candidate."""
        return self._previews.get(id)

    def open_run(
        self,
        id: str,
        project: str,
        version: int,
        document: Document,
        inputs: Mapping[str, Value],
        trigger: Trigger,
        hooks: Hooks,
    ) -> Room:
        """A room that nobody enters: a run over the API or by schedule. Whoever opens it closes it."""
        return self._room(
            id=id,
            kind="app",
            project=project,
            state=open_session("run", trigger, document, inputs),
            version=version,
            hooks=hooks,
        )

    def open_ready(self, project: str, version: int, state: Session, hooks: Hooks) -> Room:
        """A room that nobody enters, whose kernel is for a session to come. Whoever opens it closes it."""
        id = secrets.token_urlsafe(18)
        owner = f"ready:{project}"
        return self._room(
            id=id, kind="app", project=project, state=state, version=version, owner=owner, hooks=hooks, at_ease=True
        )

    async def fresh_session(self, project: str, version: int) -> tuple[Session, bool] | None:
        """A session of a version before anything, and whether the version is personal; None where it is not there."""
        prototype = await self._prototype(project, version)
        return (prototype.state, prototype.personal) if prototype is not None else None

    async def past_run(self, run: RunRecord) -> Room | None:
        """[API7] The room of a past run: the app as it left it, with no kernel and nothing to change. None where it is
        of a candidate that never became a version."""
        prototype = await self._prototype(run.project, run.version) if run.version is not None else None
        if prototype is None:
            return None
        room = self._runs.get(run.id)
        if room is not None and not room.closed:
            return room
        document = prototype.state.document
        cells, at = await self.results(run.id)
        room = self._room(
            id=run.id,
            kind="run",
            project=run.project,
            state=open_session("run", "api", document, fitting(document, run.inputs), cells),
            version=run.version,
            owner=run.by,
            results=ResultsView(at, fresh=True) if at else None,
            hooks=Hooks(),
        )
        if run.ended_at is not None:
            self._runs[run.id] = room
        return room

    def apps_of(self, project: str) -> tuple[Room, ...]:
        """The open app sessions of a project."""
        return tuple(room for room in self._apps.values() if room.project == project)

    def rooms_of(self, project: str) -> tuple[Room, ...]:
        """Every open room of a project."""
        logic = self._logic.get(project)
        previews = tuple(room for room in self._previews.values() if room.project == project)
        runs = tuple(room for room in self._runs.values() if room.project == project)
        return ((logic,) if logic else ()) + previews + self.apps_of(project) + runs

    def all_rooms(self) -> tuple[Room, ...]:
        """Every open room."""
        return (*self._logic.values(), *self._previews.values(), *self._apps.values())

    def _room(
        self,
        *,
        id: str,
        kind: RoomKind,
        project: str,
        state: Session,
        hooks: Hooks,
        draft: Draft | None = None,
        version: int | None = None,
        owner: str = "",
        results: ResultsView | None = None,
        viewer: Viewer | None = None,
        personal: bool = False,
        at_ease: bool = False,
    ) -> Room:
        async def spec() -> KernelSpec:
            document = room.document
            files = tuple(
                KernelFile(file.name, path)
                for file in document.files
                if (path := self.blobs.path(file.hash)) is not None
            )
            run = room.state.run
            # [PER3] Code that was not found to read the viewer has none to read: what it computes is shown to others.
            whom = room.viewer if room.personal or room.kind == "logic" else None
            context = Context(
                trigger=run.trigger if run is not None and room.state.active else room.state.trigger,
                viewer=whom.email if whom else "",
                attributes=whom.attributes if whom else {},
                timezone=document.timezone,
                project=project,
                version=room.version,
            )
            given = await self._secrets.of(project)
            return KernelSpec(secrets.token_hex(12), self._limits, files, context, given.values, given.unreadable)

        async def take(wanted: Callable[[], Awaitable[KernelSpec]]) -> tuple[Held, Session] | None:
            if self.ready is None or version is None:
                return None
            return await self.ready.take(project, version, who, wanted)

        who = owner or f"project:{project}"
        hooks.rests = self._rests
        room = Room(
            id=id,
            kind=kind,
            project=project,
            state=state,
            driver=lambda report: Driver(
                self._kernels,
                self.blobs,
                self._address,
                spec,
                report,
                self.gate,
                who,
                self._meter,
                take,
                at_ease=at_ease,
            ),
            clock=self.clock,
            tables=self.tables,
            meter=self._meter,
            draft=draft,
            version=version,
            owner=owner,
            viewer=viewer,
            personal=personal,
            results=results,
            hooks=hooks,
        )
        return room

    # --- keeping

    async def _keep_session(self, room: Room, id: str, kind: Any) -> None:
        inputs = room.document.inputs()
        kept = KeptSession(
            {name: to_json(inputs[name].input, value) for name, value in room.state.inputs.items() if name in inputs},
            room.state.cells,
            room.state.generation > 0,
            room.results.at if room.results else "",
            room.live,
            tuple(sorted(room.joined)),
            tuple(room.uploads),
            room.viewer.attributes if room.viewer else {},
            tuple(sorted(room.locked)),
        )
        data = msgspec.json.encode(kept)
        touched = self.clock.now() if room.connections or room.state.active else room.touched
        await self.store.save_session(StoredSession(id, room.project, kind, room.version, room.owner, data, touched))

    # --- room for kernels

    @property
    def kernels_ready(self) -> int:
        """Kernels that wait for a session to come."""
        return self.ready.census() if self.ready is not None else 0

    def census(self) -> Mapping[str, int]:
        """How many rooms are open, by kind."""
        return {"logic": len(self._logic), "app": len(self._apps), "preview": len(self._previews)}

    def _make_room(self, who: str | None) -> None:
        """[LIV12] Somebody waits for a kernel: stop one that nobody needs now. Those that were kept ready first, then
        sessions of viewers, each kind by how long it was left alone."""
        if who is None and self.ready is not None and self.ready.give_way():
            return
        for rooms in (self._apps, self._previews, self._logic):
            idle = [
                room
                for room in rooms.values()
                if room.resting and (who is None or who == (room.owner or f"project:{room.project}"))
            ]
            if idle:
                min(idle, key=lambda room: room.touched).stop_kernel()
                return

    def _rests(self, room: Room) -> None:
        """A session needs its kernel no more; whoever waits gets its place."""
        if self.gate.waiting and room in (*self._apps.values(), *self._previews.values(), *self._logic.values()):
            self.gate.press()

    # --- closing

    def _session_ended(self, room: Room) -> None:
        """A member ended a live session; what is left of it goes."""
        task = asyncio.create_task(self.forget_app(room, ENDED), name=f"end session {room.id[:8]}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def tend(self) -> None:
        """Until cancelled: stop idle kernels, close rooms that nobody needs, forget old sessions."""
        while True:
            await self.clock.sleep(TICK)
            await self.tidy()

    async def tidy(self) -> None:
        """One look at what nobody needs any more."""
        now = self.clock.now()
        for room in (*self._logic.values(), *self._apps.values(), *self._previews.values()):
            if not room.state.active and room.state.alive and now - room.touched > IDLE_KERNEL:
                room.stop_kernel()
        for room in tuple(self._apps.values()):
            if room.connections and (room.state.generation or room.live) and now - room.kept_at > TOUCH_AFTER:
                with contextlib.suppress(StoreFull):
                    await room.keep()
        for id, room in tuple(self._apps.items()):
            if not room.connections and not room.state.active and now - room.touched > SESSION_LIFE:
                del self._apps[id]
                await room.close()
        for id, room in tuple(self._previews.items()):
            if not room.connections and not room.state.active and now - room.touched > SESSION_LIFE:
                del self._previews[id]
                await room.close()
        for id, room in tuple(self._runs.items()):
            if not room.connections and now - room.touched > IDLE_KERNEL:
                del self._runs[id]
                await room.close()
        for id, room in tuple(self._logic.items()):
            if (
                not room.connections
                and not room.state.alive
                and not room.state.active
                and now - room.touched > SESSION_LIFE
            ):
                async with self._opening.setdefault(id, asyncio.Lock()):
                    if not room.connections:
                        room.compact = True
                        with contextlib.suppress(StoreFull):  # the log holds every edit
                            await room.keep()
                        del self._logic[id]
                        await room.close()
        await self.store.drop_sessions(now - SESSION_LIFE)

    async def forget_app(self, room: Room, ended: Ended) -> None:
        """End one app session, for good: its id leads nowhere from now on."""
        self._apps.pop(room.id, None)
        self._ended[room.id] = None
        if len(self._ended) > 10_000:
            self._ended.popitem(last=False)
        await room.close(ended)
        kept = await self.store.session(room.id)
        if kept is not None:
            past = self.clock.now() - 2 * SESSION_LIFE
            with contextlib.suppress(StoreFull):
                await self.store.save_session(msgspec.structs.replace(kept, touched_at=past))

    async def forget_preview(self, id: str, ended: Ended) -> None:
        """End the room of a candidate."""
        room = self._previews.pop(id, None)
        if room is not None:
            await room.close(ended)

    def published_changed(self, project: str) -> None:
        """Another version of a project is published, or none."""
        if self.ready is not None:
            self.ready.changed(project)

    async def close_project(self, project: str, ended: Ended) -> None:
        """Everybody out of everything of a project (it went into the trash)."""
        self.published_changed(project)
        rooms = self.rooms_of(project)
        self._logic.pop(project, None)
        for room in rooms:
            self._apps.pop(room.id, None)
            self._previews.pop(room.id, None)
            self._runs.pop(room.id, None)
            await room.close(ended)

    async def drain(self) -> None:
        """[OPS5] Return when the preview runs have ended."""
        while any(room.state.active for room in self._previews.values()):
            await self.clock.sleep(0.1)

    async def close(self) -> None:
        """The server stops: what is open is kept, everybody is told."""
        self.gate.close()
        await asyncio.gather(*self._closing, return_exceptions=True)
        rooms = (*self._logic.values(), *self._apps.values(), *self._previews.values(), *self._runs.values())
        for room in rooms:
            room.end(STOPPING)
        for room in rooms:
            if room.kind == "logic":
                room.compact = True
            if room.kind == "logic" or room.state.generation or room.live or not defaults_hold(room.state):
                with contextlib.suppress(KeyError, StoreFull):  # deleted meanwhile; written behind as far as it goes
                    await room.keep()
            await room.close()


NOTHING_KEPT = KeptSession({}, {}, False)


def _read_session(data: bytes, document: Document) -> tuple[dict[str, Value], dict[str, CellRun], KeptSession]:
    """What a kept session held, as far as it fits the document: inputs, cells, and the rest; nothing of a newer format
    or of damaged bytes."""
    try:
        if msgspec.json.decode(data, type=_Format).format > SESSION_FORMAT:
            return {}, {}, NOTHING_KEPT
        kept = msgspec.json.decode(data, type=KeptSession)
    except ValueError:
        return {}, {}, NOTHING_KEPT
    return fitting(document, kept.inputs), kept.cells, kept


def fitting(document: Document, values: Mapping[str, Any]) -> dict[str, Value]:
    """Of kept values (name → plain JSON) those that the document's inputs still take."""
    cells = document.inputs()
    found: dict[str, Value] = {}
    for name, json in values.items():
        if name in cells:
            value = accept(cells[name].input, json)
            if not isinstance(value, Invalid):
                found[name] = value
    return found


class _KeptInputs(msgspec.Struct, frozen=True):
    """What of a kept session says how it was left."""

    inputs: dict[str, Any]
    live: LiveView | None = None


def _read_inputs(data: bytes, document: Document) -> tuple[dict[str, Value], LiveView | None]:
    """A kept session's inputs as far as they fit the document, and whether it is live; none of a newer format or of
    damaged bytes."""
    try:
        if msgspec.json.decode(data, type=_Format).format > SESSION_FORMAT:
            return {}, None
        kept = msgspec.json.decode(data, type=_KeptInputs)
    except ValueError:
        return {}, None
    return fitting(document, kept.inputs), kept.live


def _read_cells(data: bytes) -> Mapping[str, CellRun]:
    """The cells of a kept session; none of a newer format or of damaged bytes."""
    try:
        if msgspec.json.decode(data, type=_Format).format > SESSION_FORMAT:
            return {}
        return msgspec.json.decode(data, type=KeptSession).cells
    except ValueError:
        return {}


SUMMARY = 3
"""Inputs that a summary names at most."""


def summary_of(document: Document, values: Mapping[str, Value]) -> str:
    """[LIV13] The inputs of the app that differ from their defaults, for a person to recognise: "Label: value, …"."""
    found = [
        f"{cell.label or name}: {_spoken(cell.input, values[name])}"
        for name, cell in inputs_in_app(document).items()
        if name in values and not same(values[name], default(cell.input))
    ]
    more = ", …" if len(found) > SUMMARY else ""
    return ", ".join(found[:SUMMARY]) + more


def _spoken(input: Input, value: Value) -> str:
    """A value in a few words."""
    if isinstance(input, TableInput):
        return "edited"
    text = _words(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _words(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "on" if value else "off"
        case Relative():
            return value.words
        case FileRef():
            return value.name
        case tuple():
            return ", ".join(map(_words, value)) or "none"
        case _:
            return " ".join(str(value).split())
