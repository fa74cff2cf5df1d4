"""Versions without a publish: the draft saved as one, set back to one, and the difference of any two.

Promises: a version is what the draft was at the request; a revert is one more step of the draft, seen by everybody in
its logic view and never by the published app; what the draft held just before a revert is in a version, whoever typed
at that very moment; comparing holds up nobody else.

Left alone: publishing (`publisher`), what differs (`core.diff`), who may do it (`access`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from msgspec.structs import replace

from vernissage.actors.connection import Viewer
from vernissage.actors.publisher import Problem
from vernissage.actors.rooms import Rooms, decode_draft
from vernissage.core.diff import (
    ROWS_COMPARED,
    TABLE_MIME,
    Difference,
    OutputDifference,
    RowsDifference,
    TableRows,
    difference,
    outputs_difference,
    rows_difference,
    tables_of,
)
from vernissage.core.document import Document, NewerFormat, canonical, content_hash, parse
from vernissage.core.history import Edit, EditGroup, grouped
from vernissage.core.operations import DocumentReplaced, ReplaceDocument, decode_event, replay
from vernissage.core.outputs import CellRun, DisplayOutput, decode_cells
from vernissage.ports import AuditEntry, Clock, Project, Store, Version
from vernissage_kernel.frames import TableQuery

COMPARED_AT_ONCE = 2
"""Comparisons that are made at the same time; others wait, so that they do not take the machine from everybody."""

EDITS_AT_ONCE = 500
"""Edits that one page of the edit history tells of."""


@dataclass(frozen=True)
class Candidate:
    """A frozen draft, by the id of its publish."""

    publish: str


Place: TypeAlias = int | Candidate | Literal["draft", "published"]
"""What may be compared: a version by its number, a candidate, the draft as it is now, or whatever is published."""


@dataclass(frozen=True)
class Reverted:
    """The draft after a revert."""

    document: Document
    unpublished_changes: bool
    saved_as: int | None
    """The version that holds what the draft was before; None = one held it already, or nothing was changed."""


@dataclass(frozen=True)
class Side:
    """One of two that were compared."""

    kind: Literal["nothing", "draft", "candidate", "version"]
    """nothing: what is published was asked for, and nothing is."""
    version: int | None = None
    hash: str = ""
    run: str | None = None
    """The run whose outputs are compared: of what is published its published results, else the one that it was
    published from. None: there is none, or it is the logic view's."""


@dataclass(frozen=True)
class Comparison:
    before: Side
    after: Side
    difference: Difference
    outputs: dict[str, OutputDifference] | None
    """Cell id → how its outputs compare; None = not both have run."""


@dataclass(frozen=True)
class Shown:
    """What one cell showed on both sides."""

    before: CellRun | None
    """None: it has not run there."""
    after: CellRun | None
    tables: tuple[RowsDifference, ...]
    """The n-th table of one beside the n-th of the other."""


@dataclass(frozen=True)
class _Found:
    side: Side
    document: Document | bytes | None
    """bytes: not read yet, which takes its time."""
    cells: Mapping[str, CellRun] | bytes | None = None
    """None: nothing has run."""


class Versions:
    def __init__(self, store: Store, rooms: Rooms, clock: Clock) -> None:
        self._store = store
        self._rooms = rooms
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}
        """Project → what lets one revert of its draft be made after the other."""
        self._comparing = asyncio.Semaphore(COMPARED_AT_ONCE)

    async def save(self, project: str, viewer: Viewer, title: str, origin: str) -> Version:
        """[VER1] The draft as it is now, as a version. Saved as asked, also where another version is equal."""
        room = await self._rooms.logic(project)
        return await self._save(project, viewer, title, origin, room.document, room.edits)

    async def _save(
        self, project: str, viewer: Viewer, title: str, origin: str, document: Document, edits: int
    ) -> Version:
        now = self._clock.now()
        version = Version(
            project,
            0,
            content_hash(document),
            title,
            viewer.user,
            now,
            "saved",
            None,
            personal=await self._rooms.is_personal(document),
            edits=edits,
        )
        entry = AuditEntry(now, viewer.user, "save_version", project, {"title": title}, origin)
        return replace(version, number=await self._store.add_version(version, canonical(document), entry))

    async def name(self, project: str, viewer: Viewer, number: int, title: str, origin: str) -> Version | Problem:
        """[VER11] Give a version another title: a label beside it. Its content stays what it is."""
        found = await self._store.version(project, number)
        if found is None:
            return _no_version(number)
        version, _ = found
        if version.title != title:
            detail = {"version": number, "title": title, "before": version.title}
            entry = AuditEntry(self._clock.now(), viewer.user, "name_version", project, detail, origin)
            await self._store.name_version(project, number, title, entry)
        return replace(version, title=title)

    async def revert(self, project: str, viewer: Viewer, number: int, origin: str) -> Reverted | Problem:
        """[VER2] The draft becomes that version's content, as a step on top. What it held before is saved as a version
        first, where none holds it."""
        async with self._locks.setdefault(project, asyncio.Lock()):
            found = await self._store.version(project, number)
            if found is None:
                return _no_version(number)
            version, data = found
            try:
                document = await asyncio.to_thread(parse, data)
            except NewerFormat as error:
                return Problem("NEWER_FORMAT", str(error))
            room = await self._rooms.logic(project)
            if content_hash(room.document) == version.hash:
                return await self._reverted(project, room.document, None)
            before, seen = room.document, room.edits
            title = f"Before reverting to version {number}"
            saved_as = await self._keep(project, viewer, title, origin, before, seen)
            refused = await room.edited(ReplaceDocument(document), viewer)
            if refused is not None:
                hint = "The draft is as it was. Reload the page and try again."
                return Problem("NOT_REVERTED", refused.sentence, hint)
            if room.edits > seen + 1:  # somebody typed meanwhile
                late = await self._just_before(project, seen)
                if late is not None and late[0] != before:
                    saved_as = await self._keep(project, viewer, title, origin, *late) or saved_as
            detail = {"version": number, "savedAs": saved_as}
            entry = AuditEntry(self._clock.now(), viewer.user, "revert", project, detail, origin)
            await self._store.add_audit(entry)
            return await self._reverted(project, room.document, saved_as)

    async def _keep(
        self, project: str, viewer: Viewer, title: str, origin: str, document: Document, edits: int
    ) -> int | None:
        """Save a document unless a version holds it already; the new version's number."""
        if await self._store.version_with_hash(project, content_hash(document)) is not None:
            return None
        return (await self._save(project, viewer, title, origin, document, edits)).number

    async def _just_before(self, project: str, seen: int) -> tuple[Document, int] | None:
        """[VER3] What the draft was when it was replaced, after its edit number `seen`; None: its log was compacted
        since."""
        stored = await self._store.draft(project)
        if stored.snapshot_seq > seen:
            return None
        draft = decode_draft(stored.snapshot)
        for line in stored.operations:
            event = decode_event(line.operation)
            if line.seq > seen and isinstance(event, DocumentReplaced):
                return draft.document, line.seq - 1
            draft = replay(draft, event)
        return None

    async def _reverted(self, project: str, document: Document, saved_as: int | None) -> Reverted:
        now = await self._store.project(project)
        if now is None:
            raise KeyError(project)
        changes = now.published is None or content_hash(document) != now.published_hash
        return Reverted(document, changes, saved_as)

    async def edits(
        self, project: Project, after: Place | None, to: Place, before: int | None
    ) -> tuple[tuple[EditGroup, ...], int | None] | Problem:
        """[VER12] What was edited from one version (None: from the start) to another or to the draft, newest first, and
        the edit before which the next page begins (None: there is none). `before`: where the page before ended."""
        first, last = await self._edits_at(project, after), await self._edits_at(project, to)
        if isinstance(first, Problem):
            return first
        if isinstance(last, Problem):
            return last
        upper = last + 1 if before is None else min(before, last + 1)
        lines = await self._store.operations(project.id, EDITS_AT_ONCE + 1, after=first, before=upper)
        more = len(lines) > EDITS_AT_ONCE
        oldest_first = lines[:EDITS_AT_ONCE][::-1]
        groups = await asyncio.to_thread(
            lambda: grouped(Edit(one.seq, decode_event(one.operation), one.by, one.at) for one in oldest_first)
        )
        if more and len(groups) > 1:  # the last of them goes on further down
            groups = groups[:-1]
        return groups, groups[-1].first if more else None

    async def _edits_at(self, project: Project, place: Place | None) -> int | Problem:
        match place:
            case None:
                return 0
            case "draft":
                return await self._rooms.edits_of(project.id)
            case "published":
                if project.published is None:
                    return 0
                place = project.published
            case Candidate(publish):
                record = await self._store.publish(publish)
                return record.edits if record is not None and record.project == project.id else _no_candidate()
            case int():
                pass
            case never:
                assert_never(never)
        found = await self._store.version(project.id, place)
        return found[0].edits if found is not None else _no_version(place)

    async def compare(self, project: Project, before: Place, after: Place) -> Comparison | Problem:
        """[VER5] What differs from one to the other, and which cells show something else."""
        found = await self._sides(project, before, after)
        if isinstance(found, Problem):
            return found
        try:
            async with self._comparing:
                return await asyncio.to_thread(_compared, *found)  # a long notebook takes its time
        except NewerFormat as error:
            return Problem("NEWER_FORMAT", str(error))

    async def outputs(
        self, project: Project, before: Place, after: Place
    ) -> dict[str, OutputDifference] | Problem | None:
        """[VER15] Only which cells show something else: asked again and again while a run goes on."""
        found = await self._sides(project, before, after)
        if isinstance(found, Problem):
            return found
        async with self._comparing:
            return await asyncio.to_thread(_outputs, *found)

    async def shown(self, project: Project, before: Place, after: Place, cell: str) -> Shown | Problem:
        """[VER15] What one cell showed on both sides, its tables row by row."""
        found = await self._sides(project, before, after)
        if isinstance(found, Problem):
            return found
        async with self._comparing:
            old, new = await asyncio.to_thread(lambda: tuple((_cells(one.cells) or {}).get(cell) for one in found))
            if old is None or new is None:
                return Shown(old, new, ())
            tables = [
                await asyncio.to_thread(rows_difference, await self._rows(one), await self._rows(other))
                for one, other in zip(tables_of(old), tables_of(new), strict=False)
            ]
            return Shown(old, new, tuple(tables))

    async def content(self, project: str, number: int) -> tuple[Document, Mapping[str, CellRun]] | Problem:
        """[VER17] A version as its logic: the document, and what its recorded run showed."""
        found = await self._store.version(project, number)
        if found is None:
            return _no_version(number)
        version, data = found
        run = None if version.personal else await self._store.run(version.run or "")
        try:
            document = await asyncio.to_thread(parse, data)
        except NewerFormat as error:
            return Problem("NEWER_FORMAT", str(error))
        return document, _cells(run.cells if run is not None and run.cells else None) or {}

    async def _rows(self, output: DisplayOutput) -> TableRows:
        """The first rows of a table: of the kept one where it is kept, else those that stand in the output."""
        head = output.data[TABLE_MIME]
        columns = tuple(str(one["name"]) for one in head["columns"])
        kept = output.blobs.get(TABLE_MIME)
        rows = tuple(tuple(row) for row in head["rows"])
        if kept is not None:
            with contextlib.suppress(KeyError):  # it is gone: the first rows are not
                rows, _ = await self._rooms.tables.page(kept.hash, TableQuery(limit=ROWS_COMPARED))
        return TableRows(columns, rows, head["total"])

    async def _sides(self, project: Project, before: Place, after: Place) -> tuple[_Found, _Found] | Problem:
        old = await self._find(project, before)
        if isinstance(old, Problem):
            return old
        new = await self._find(project, after)
        return new if isinstance(new, Problem) else (old, new)

    async def _find(self, project: Project, place: Place) -> _Found | Problem:
        results = None
        match place:
            case "draft":
                document = await self._rooms.draft_document(project.id)
                return _Found(
                    Side("draft", hash=content_hash(document)), document, await self._rooms.logic_cells(project.id)
                )
            case "published":
                if project.published is None:
                    return _Found(Side("nothing"), None)
                place, results = project.published, project.results_run
            case Candidate(publish):
                return await self._find_candidate(project, publish)
            case int():
                pass
            case never:
                assert_never(never)
        found = await self._store.version(project.id, place)
        if found is None:
            return _no_version(place)
        version, data = found
        run = None if version.personal else await self._store.run(results or version.run or "")
        cells = run.cells if run is not None else b""
        side = Side("version", version.number, version.hash, run.id if run and cells else None)
        return _Found(side, data, cells or None)

    async def _find_candidate(self, project: Project, publish: str) -> _Found | Problem:
        """What is tried in a preview is another run than the one that is published: only the first counts. Of a
        personal one nothing does: what its publisher sees is nobody else's."""
        record = await self._store.publish(publish)
        if record is None or record.project != project.id:
            return _no_candidate()
        run = None if record.personal else await self._store.run(record.run)
        room = self._rooms.preview(publish)
        cells: Mapping[str, CellRun] | bytes | None = run.cells if run is not None and run.cells else None
        if cells is None and run is not None and run.status in ("PENDING", "RUNNING") and room is not None:
            cells = room.state.cells
        return _Found(Side("candidate", record.version, record.hash, record.run), record.document, cells)


def _no_version(number: int) -> Problem:
    return Problem("NO_SUCH_VERSION", f"There is no version {number}.", "See the list of versions.")


def _no_candidate() -> Problem:
    return Problem("NO_SUCH_CANDIDATE", "There is no such candidate.", "Open Publish again.")


def _compared(old: _Found, new: _Found) -> Comparison:
    before, after = _read(old.document), _read(new.document)
    assert after is not None  # nothing is only ever the earlier side
    return Comparison(old.side, new.side, difference(before, after), _outputs(old, new))


def _outputs(old: _Found, new: _Found) -> dict[str, OutputDifference] | None:
    before, after = _cells(old.cells), _cells(new.cells)
    return outputs_difference(before, after) if before is not None and after is not None else None


def _read(document: Document | bytes | None) -> Document | None:
    return parse(document) if isinstance(document, bytes) else document


def _cells(cells: Mapping[str, CellRun] | bytes | None) -> Mapping[str, CellRun] | None:
    """A run's cells; None where it recorded none, or in a newer format."""
    if not isinstance(cells, bytes):
        return cells
    try:
        return decode_cells(cells)
    except ValueError:
        return None
