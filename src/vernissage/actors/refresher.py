"""The refresher: computes the published results of an app anew, for everyone.

Somebody asks for it (`RefreshForAll`), or opens an app whose results are older than its settings allow. It is a run of
the published version with the default inputs, with trigger `refresh`, that updates the published results.

Promises: one refresh of a project at a time, and who asks meanwhile waits for that one; one that fails replaces
nothing, and a visit sets off the next one only after a pause that grows; people go on with the results that there are.

Left alone: running and recording (`runner`), telling pages of newer results (`results`), who may ask (`core.access`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime

import msgspec

from vernissage.actors.connection import Viewer
from vernissage.actors.results import PERSONAL
from vernissage.actors.room import Room
from vernissage.actors.rooms import Rooms
from vernissage.actors.runner import QueueFull, Runner
from vernissage.core.document import Document
from vernissage.core.operations import Refused
from vernissage.core.refresh import is_due
from vernissage.core.room import ResultsChanged
from vernissage.core.runs import UNFINISHED
from vernissage.ports import Clock, Project, RunRecord, Store, StoreFull

LOOKED_AT = 10
"""Refreshes that are looked at for how many failed in a row."""

NEWER = "A newer version was published. Reload the page to refresh its results."

NOBODY = Viewer("", "Vernissage")
"""For whom a refresh runs that nobody asked for."""


class Refresher:
    def __init__(self, store: Store, rooms: Rooms, runner: Runner, clock: Clock) -> None:
        self._store = store
        self._rooms = rooms
        self._runner = runner
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        rooms.on_refresh = self.ask
        rooms.on_opened = self._opened

    async def ask(self, room: Room, viewer: Viewer) -> Refused | None:
        """[RUN20] Refresh the results of the app in that room for everyone, or say why not. One that goes on is
        enough."""
        project = await self._store.project(room.project)
        if project is None or room.version is None or project.published != room.version:
            return Refused(NEWER)
        if room.personal:
            return Refused(PERSONAL)
        return await self._start(project, room.version, room.document, viewer)

    async def close(self) -> None:
        """The server stops; the runner records what became of the runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _start(self, project: Project, version: int, document: Document, viewer: Viewer) -> Refused | None:
        if project.id in self._rooms.refreshing:
            return None
        self._tell(project.id, going_on=True)
        try:
            run = await self._runner.start(
                project.id, version, document, {}, viewer, trigger="refresh", update_results=True
            )
        except (QueueFull, StoreFull) as error:
            self._tell(project.id, going_on=False)
            return Refused(str(error))
        self._spawn(self._until_it_ends(run), f"refresh {project.id[:8]}")
        return None

    async def _until_it_ends(self, run: RunRecord) -> None:
        try:
            await self._runner.wait(run.id)
        finally:
            self._tell(run.project, going_on=False)

    def _tell(self, project: str, *, going_on: bool) -> None:
        """Pages that show the results say that newer ones are on their way."""
        (self._rooms.refreshing.add if going_on else self._rooms.refreshing.discard)(project)
        for app in self._rooms.apps_of(project):
            if app.results is not None and app.results.refreshing != going_on and not app.closed:
                app.tell(ResultsChanged(msgspec.structs.replace(app.results, refreshing=going_on)))

    def _opened(self, project: Project, version: int, document: Document, computed_at: datetime) -> None:
        """[RUN21] Somebody opens an app that has published results: are they old enough to be refreshed?"""
        now = self._clock.now()
        if project.id not in self._rooms.refreshing and is_due(document.settings, computed_at, now, 0, now):
            self._spawn(self._refresh_old(project, version, document, computed_at), f"refresh {project.id[:8]}")

    async def _refresh_old(self, project: Project, version: int, document: Document, computed_at: datetime) -> None:
        failures, last_failed = 0, computed_at
        for run in await self._store.runs(project.id, LOOKED_AT, 0, trigger="refresh"):
            if run.version != version or run.status == "COMPLETED":
                break
            if run.status in UNFINISHED:  # by another server
                return
            failures += 1
            last_failed = max(last_failed, run.ended_at or run.created_at)
        if is_due(document.settings, computed_at, self._clock.now(), failures, last_failed):
            with contextlib.suppress(StoreFull):  # the next visit tries again
                await self._start(project, version, document, NOBODY)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"{task.get_name()} failed", "exception": error, "task": task}
            )
