"""The publisher: freezes candidates, runs their preview, promotes them, and tells everybody.

What may happen to a candidate is decided in `core.publishing`; the one atomic step is `Store.promote`. This actor
carries out, and keeps the editors' pages and the open apps informed.

Promises: later edits do not slip into a candidate; a candidate has one preview run, whose outputs become the published
results; what is tried in the preview after it never touches them; after a crash every candidate is accounted for.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from vernissage.actors.connection import Viewer
from vernissage.actors.room import Hooks, Room
from vernissage.actors.rooms import DIED, Rooms
from vernissage.actors.runner import LEASE
from vernissage.core.app import oldest_in_sight
from vernissage.core.document import Document, canonical, content_hash, parse
from vernissage.core.outputs import CellRun, decode_cells, encode_cells
from vernissage.core.publishing import Candidate, ended, errors_of, may_promote
from vernissage.core.room import (
    Notice,
    NoticeGiven,
    PublishingChanged,
    PublishingView,
    PublishView,
    ResultsView,
)
from vernissage.core.schedule import misfit
from vernissage.core.session import Begin, Interrupt, RunProgress, defaults_hold
from vernissage.ports import AuditEntry, Clock, Conflict, Project, PublishRecord, RunEnd, RunRecord, Store
from vernissage.wire.socket import Ended

ANNOUNCE_AFTER = 0.3
"""Seconds from an edit until the editors' pages say whether there are unpublished changes."""

NEWER = "A newer version was published. Reload to see it; your inputs are kept."
ON_THEIR_WAY = "First results are on their way."
RESTARTED = "The server was stopped during the preview run. Open Publish again to run a new preview."


@dataclass(frozen=True)
class Problem:
    """Why a publish did not go on; `code` for programs."""

    code: str
    sentence: str
    hint: str = ""


class Publisher:
    def __init__(self, store: Store, rooms: Rooms, clock: Clock, *, server: str = "", lease: float = LEASE) -> None:
        self._store = store
        self._rooms = rooms
        self._clock = clock
        self._server = server
        self._lease = timedelta(seconds=lease)
        self._latest: dict[str, str] = {}
        """Project → its newest candidate that editors still see."""
        self._announcing: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        """Project → what lets one change of its candidates be made after the other."""
        self._changed = asyncio.Condition()
        """Told whenever a candidate's status may have changed."""
        rooms.publishing = self.view
        rooms.on_edit = self._edited

    # --- start and end

    async def recover(self) -> None:
        """[PUB11] Account for what the end of a server cut off, at whatever step. A living server's previews are left
        alone."""
        lost = {run.id for run in await self._store.lost_runs(self._clock.now() - self._lease)}
        for record in await self._store.open_publishes():
            run = await self._store.run(record.run)
            if run is not None and run.status in ("PENDING", "RUNNING"):
                if run.id not in lost or self._rooms.preview(record.id) is not None:
                    continue
                await self._store.finish_run(run.id, "KILLED", self._clock.now(), b"", RESTARTED)
                if record.status == "RUNNING":
                    await self._store.set_publish(record.id, "CANCELLED", ())
                continue
            if record.status == "RUNNING" and run is not None:  # its run was recorded, what follows from it was not
                complete = run.status != "KILLED"
                errors = errors_of(parse(record.document), decode_cells(run.cells))
                candidate = Candidate(record.status, record.expected_published, errors)
                await self._store.set_publish(record.id, ended(candidate, errors, complete), errors)
            if record.status in ("RUNNING", "READY", "FAILED"):
                self._latest.setdefault(record.project, record.id)
        for project in await self._store.projects():
            if project.published is None or project.results_run is not None:
                continue
            version = await self._store.version(project.id, project.published)
            run = await self._store.run(version[0].run) if version is not None and version[0].run else None
            if run is not None and run.status in ("COMPLETED", "ERRORED"):  # the run of a forced publish, just ended
                await self._store.set_results(project.id, project.published, run.id)

    async def close(self) -> None:
        """The server stops: previews that run are cut off and say so after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any, name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _lock(self, project: str) -> asyncio.Lock:
        return self._locks.setdefault(project, asyncio.Lock())

    # --- a candidate

    async def begin(
        self,
        project: Project,
        viewer: Viewer,
        *,
        expected: int | None,
        title: str = "",
        republish: int | None = None,
    ) -> PublishRecord | Problem:
        """[PUB7] Freeze the draft (or take an older version) and start its preview run. `expected`: the published
        version that was seen."""
        if expected != project.published:
            return self._conflict(project)
        async with self._lock(project.id):
            return await self._begin(project, viewer, expected, title, republish)

    async def _begin(
        self, project: Project, viewer: Viewer, expected: int | None, title: str, republish: int | None
    ) -> PublishRecord | Problem:
        logic = await self._rooms.logic(project.id)
        document, edits = logic.document, logic.edits
        if republish is None:
            personal = await self._rooms.is_personal(document)
        else:
            found = await self._store.version(project.id, republish)
            if found is None:
                return Problem("NO_SUCH_VERSION", f"There is no version {republish}.", "See the list of versions.")
            document, personal = parse(found[1]), found[0].personal
        frozen = content_hash(document)
        if project.published is not None and frozen == project.published_hash:
            return Problem(
                "NOTHING_TO_PUBLISH",
                "The draft is what is published already.",
                "Change something first; there is nothing to do now.",
            )
        await self._give_up_others(project.id)
        now = self._clock.now()
        run = RunRecord(
            str(uuid.uuid4()),
            project.id,
            republish,
            "preview",
            "RUNNING",
            {},
            viewer.user,
            now,
            started_at=now,
            server=self._server,
        )
        record = PublishRecord(
            id=str(uuid.uuid4()),
            project=project.id,
            document=canonical(document),
            hash=frozen,
            expected_published=expected,
            author=viewer.user,
            created_at=now,
            status="RUNNING",
            run=run.id,
            title=title,
            republish=republish,
            personal=personal,
            edits=edits,
        )
        await self._store.add_publish(record, run)
        self._latest[project.id] = record.id
        room = self._rooms.open_preview(
            record.id, project.id, document, Hooks(run_ended=self._run_ended), viewer, personal=personal
        )
        room.publishing = await self.view(project, None)
        room.apply(Begin("preview"))
        await self.announce(project.id)
        return record

    async def preview(self, record: PublishRecord) -> Room | None:
        """[PUB11] The room of a candidate; opened anew from its run's outputs where the server was started since. None:
        it is gone."""
        room = self._rooms.preview(record.id)
        if room is not None:
            return room
        run = await self._store.run(record.run)
        if run is None or not run.cells or record.status not in ("READY", "FAILED"):
            return None
        author = await self._rooms.known(record.author)
        room = self._rooms.preview(record.id)
        if room is not None:  # somebody else was faster
            return room
        room = self._rooms.open_preview(
            record.id,
            record.project,
            parse(record.document),
            Hooks(),
            author,
            decode_cells(run.cells),
            personal=record.personal,
        )
        project = await self._store.project(record.project)
        if project is not None:
            room.publishing = await self.view(project, None)
        return room

    async def confirm(
        self,
        record: PublishRecord,
        viewer: Viewer,
        *,
        accept_errors: bool,
        force: bool,
        title: str | None,
        origin: str,
    ) -> PublishRecord | Problem:
        """[PUB8] Promote a candidate: the pointer moves, and it has its number."""
        async with self._lock(record.project):
            current = await self._store.publish(record.id)
            project = await self._store.project(record.project)
            if current is None or project is None:
                return Problem("NOT_FOUND", "That candidate is gone.", "Open Publish again.")
            candidate = Candidate(current.status, current.expected_published, current.errors)
            refused = may_promote(candidate, project.published, accept_errors=accept_errors, force=force)
            if refused is not None:
                conflict = project.published != current.expected_published
                if conflict and current.status in ("RUNNING", "READY", "FAILED"):
                    await self._store.set_publish(current.id, "SUPERSEDED", current.errors)
                    await self.announce(project.id)
                    return await self._conflict_named(project)
                return Problem("NOT_READY", refused.sentence)
            now = self._clock.now()
            try:
                version = await self._store.promote(
                    current.id,
                    current.title if title is None else title,
                    viewer.user,
                    now,
                    await asyncio.to_thread(installed),
                    platform.python_version(),
                    AuditEntry(
                        now,
                        viewer.user,
                        "publish" if current.republish is None else "republish",
                        project.id,
                        {"publish": current.id, "force": force},
                        origin,
                    ),
                    await self._flags(project.id, parse(current.document)),
                )
            except Conflict:
                await self._store.set_publish(current.id, "SUPERSEDED", current.errors)
                await self.announce(project.id)
                return await self._conflict_named((await self._store.project(project.id)) or project)
            room = self._rooms.preview(current.id)
            if room is not None:
                room.version = version
        await self._published(project.id, version, running=current.status == "RUNNING" and not current.personal)
        done = await self._store.publish(record.id)
        assert done is not None
        return done

    async def _flags(self, project: str, document: Document) -> dict[str, str]:
        """[SCH19] Of each schedule why it will not fit this version; "" = it will."""
        flags = {}
        for schedule in await self._store.schedules(project):
            found = misfit(document, schedule.inputs, update_results=schedule.update_results)
            flags[schedule.id] = found.sentence if found is not None else ""
        return flags

    async def ended(self, id: str) -> PublishRecord:
        """The candidate once its preview run has ended. Raises KeyError where there is none."""
        async with self._changed:
            while True:
                record = await self._store.publish(id)
                if record is None:
                    raise KeyError(id)
                if record.status != "RUNNING":
                    return record
                await self._changed.wait()

    async def cancel(self, record: PublishRecord) -> None:
        """[PUB10] End the preview run and give the candidate up; one that was published by force stays so. Harmless
        when it has ended."""
        async with self._lock(record.project):
            current = await self._store.publish(record.id) or record
            if current.status in ("RUNNING", "READY", "FAILED"):
                await self._store.set_publish(current.id, "CANCELLED", current.errors)
                await self._end_preview(current, "This candidate was given up.")
            elif current.status == "PUBLISHED" and await self._runs(current):
                await self._end_preview(current, "The run of this version was cancelled.")
                await self._forced_run_ended(current, {}, False, 0, self._clock.now())
        await self.announce(record.project)

    async def _runs(self, record: PublishRecord) -> bool:
        run = await self._store.run(record.run)
        return run is not None and run.status in ("PENDING", "RUNNING")

    async def unpublish(self, project: Project, viewer: Viewer, origin: str) -> None:
        """Take the app away: its address says so, open sessions end."""
        entry = AuditEntry(
            self._clock.now(), viewer.user, "unpublish", project.id, {"version": project.published}, origin
        )
        await self._store.unpublish(project.id, entry)
        self._rooms.published_changed(project.id)
        for room in self._rooms.apps_of(project.id):
            await self._rooms.forget_app(room, Ended("session_ended", "This app was unpublished by its authors."))
        await self.announce(project.id)

    def open_sessions(self, project: Project) -> tuple[int, int]:
        """Sessions of the app that are open, and how many of them are on another version than the published one."""
        rooms = [room for room in self._rooms.apps_of(project.id) if room.connections]
        return len(rooms), sum(room.version != project.published for room in rooms)

    async def end_sessions(self, project: Project, viewer: Viewer, origin: str) -> int:
        """[VER16] Send everybody out of the app; how many sessions were ended. Pages keep what they show, and what is
        done on one next begins a new session with its inputs."""
        rooms = self._rooms.apps_of(project.id)
        count = sum(bool(room.connections) for room in rooms)
        entry = AuditEntry(self._clock.now(), viewer.user, "end_sessions", project.id, {"sessions": count}, origin)
        await self._store.add_audit(entry)
        sentence = "The app's authors ended this session. What you see is kept; what you do next starts a new one."
        for room in rooms:
            await self._rooms.forget_app(room, Ended("session_ended", sentence))
        await self.announce(project.id)
        return count

    async def _give_up_others(self, project: str) -> None:
        """One candidate per project: a new one takes the place of what was open."""
        for record in await self._store.open_publishes(project):
            if record.status in ("RUNNING", "READY", "FAILED"):
                await self._store.set_publish(record.id, "SUPERSEDED", record.errors)
                await self._end_preview(record, "A newer preview took the place of this one.")

    async def _end_preview(self, record: PublishRecord, sentence: str) -> None:
        run = await self._store.run(record.run)
        if run is not None and run.status in ("PENDING", "RUNNING"):  # before the run ends by the interrupt
            await self._store.finish_run(run.id, "KILLED", self._clock.now(), b"", sentence)
        room = self._rooms.preview(record.id)
        if room is not None and room.state.active:
            room.apply(Interrupt())
        await self._rooms.forget_preview(record.id, Ended("session_ended", sentence))

    # --- the preview run

    async def _run_ended(self, room: Room, run: RunProgress, cells: dict[str, CellRun], complete: bool) -> None:
        """[PUB9] Record the first run of a candidate, and only the first."""
        if run.number != 1:
            return
        record = await self._store.publish(room.id)
        if record is None:
            return
        errors = errors_of(room.document, cells)
        candidate = Candidate(record.status, record.expected_published, errors)
        now = self._clock.now()
        status: RunEnd = "KILLED" if not complete else "ERRORED" if errors else "COMPLETED"
        message = room.state.kernel.sentence if not complete else ""
        await self._store.finish_run(record.run, status, now, encode_cells(cells) if complete else b"", message)
        record = await self._store.publish(room.id) or record
        if record.status == "PUBLISHED" and record.version is not None:
            await self._forced_run_ended(record, cells, complete, len(errors), now)
        elif record.status == "RUNNING":
            await self._store.set_publish(record.id, ended(candidate, errors, complete), errors)
        await self.announce(record.project)

    async def _forced_run_ended(
        self, record: PublishRecord, cells: dict[str, CellRun], complete: bool, errors: int, at: datetime
    ) -> None:
        """[PUB10] The run of a forced publish has ended: its outputs are the published results, where it still is
        published."""
        assert record.version is not None
        project = await self._store.project(record.project)
        results_stay = project is not None and project.results_run is not None and (errors or not complete)
        if record.personal or results_stay:  # an older version published again: its last good results stay
            self._tell_of_errors(record, errors)
            return
        kept = complete and await self._store.set_results(record.project, record.version, record.run)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for app in self._rooms.apps_of(record.project):
            if app.version == record.version and not app.state.generation and defaults_hold(app.state):
                if kept:
                    oldest = oldest_in_sight(app.document, cells, stamp)
                    app.show(cells, None, ResultsView(oldest, fresh=True))
                else:
                    app.show({}, None, None)
                    app.tell(NoticeGiven(Notice("results_pending", DIED)))
                    app.apply(Begin("app"))
        self._tell_of_errors(record, errors)

    def _tell_of_errors(self, record: PublishRecord, errors: int) -> None:
        """Editors hear what failed in a run that nobody waited for."""
        logic = self._rooms.open_logic(record.project)
        if logic is not None and errors:
            cells_failed = f"{errors} {'cell' if errors == 1 else 'cells'} failed"
            text = f"{cells_failed} in the run of version {record.version}, which was published by force."
            logic.tell(NoticeGiven(Notice("forced_errors", text)))

    async def _show_progress(self, room: Room) -> None:
        """While a forced run goes on, visitors see its cells fill in."""
        shown: dict[str, CellRun] | None = None
        while room.state.active and not room.closed and room.version is not None:
            if room.state.cells is not shown:
                shown = room.state.cells
                for app in self._rooms.apps_of(room.project):
                    if app.version == room.version and app.borrowed is not None:
                        app.show(shown, room.state.run, None)
            await self._clock.sleep(0.2)

    # --- telling

    async def _published(self, project: str, version: int, *, running: bool) -> None:
        self._rooms.published_changed(project)
        for app in self._rooms.apps_of(project):
            if app.version != version:
                app.tell(NoticeGiven(Notice("newer_version", NEWER)))
        if running:
            record = self._latest.get(project)
            room = self._rooms.preview(record) if record else None
            if room is not None:
                self._spawn(self._show_progress(room), "show the run of a forced publish")
        await self.announce(project)

    def _edited(self, room: Room) -> None:
        if room.project not in self._announcing:
            self._announcing[room.project] = self._spawn(self._announce_soon(room.project), "announce changes")

    async def _announce_soon(self, project: str) -> None:
        try:
            await self._clock.sleep(ANNOUNCE_AFTER)
        finally:
            self._announcing.pop(project, None)
        await self.announce(project)

    async def announce(self, project_id: str) -> None:
        """Tell the editors' pages how publishing stands, where that changed."""
        async with self._changed:
            self._changed.notify_all()
        project = await self._store.project(project_id)
        logic = self._rooms.open_logic(project_id)
        if project is None:
            return
        rooms = [room for room in self._rooms.rooms_of(project_id) if room.kind in ("logic", "preview")]
        if not rooms:
            return
        view = await self.view(project, logic.document if logic else None)
        for room in rooms:
            if room.publishing != view:
                room.tell(PublishingChanged(view))

    async def view(self, project: Project, document: Document | None) -> PublishingView:
        """What the editors' pages say about publishing a project. `document`: its draft, where it is at hand."""
        if document is None:
            document = await self._rooms.draft_document(project.id)
        candidate = await self._candidate(project)
        version = await self._store.version(project.id, project.published) if project.published else None
        by = await self._store.user(version[0].author) if version else None
        at = project.last_published_at
        return PublishingView(
            published=project.published,
            published_at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else "",
            published_by=by.name if by else "",
            unpublished_changes=project.published is None or content_hash(document) != project.published_hash,
            candidate=candidate,
        )

    async def _candidate(self, project: Project) -> PublishView | None:
        id = self._latest.get(project.id)
        record = await self._store.publish(id) if id else None
        if record is None or record.status in ("SUPERSEDED", "CANCELLED"):
            return None
        room = self._rooms.preview(record.id)
        if record.status == "PUBLISHED" and not (room is not None and room.state.active):
            return None
        author = await self._store.user(record.author)
        later = 0 if record.republish is not None else await self._rooms.edits_of(project.id) - record.edits
        return PublishView(
            id=record.id,
            status=record.status,
            errors=record.errors,
            title=record.title,
            author=author.name if author else "",
            created_at=record.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            forced=record.forced,
            version=record.version,
            later_changes=later,
            personal=record.personal,
        )

    def _conflict(self, project: Project) -> Problem:
        seen = "no version" if project.published is None else f"version {project.published}"
        return Problem(
            "PUBLISHED_MEANWHILE",
            f"By now {seen} is published, which this dialog has not seen.",
            "Open Publish again to see the difference to it.",
        )

    async def _conflict_named(self, project: Project) -> Problem:
        if project.published is None:
            return self._conflict(project)
        found = await self._store.version(project.id, project.published)
        by = await self._store.user(found[0].author) if found else None
        at = f" at {project.last_published_at:%H:%M} UTC" if project.last_published_at else ""
        return Problem(
            "PUBLISHED_MEANWHILE",
            f"{by.name if by else 'Somebody'} published version {project.published}{at} meanwhile.",
            "Nothing was changed. Preview again to see the difference to it.",
        )


def installed() -> tuple[str, ...]:
    """`name==version` of every package in the environment that kernels run in, sorted. Reads them again only where one
    came or went: reading hundreds takes a good part of a second."""
    places = [place for place in map(Path, sys.path) if place.is_dir()]
    return _installed(tuple((place, place.stat().st_mtime_ns) for place in places))


@cache
def _installed(_: tuple[tuple[Path, int], ...]) -> tuple[str, ...]:
    found = set()
    for distribution in metadata.distributions():
        with contextlib.suppress(KeyError):
            found.add(f"{distribution.metadata['Name'].lower()}=={distribution.version}")
    return tuple(sorted(found))
