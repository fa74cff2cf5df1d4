"""The published results after their publish: a past run's outputs are put in their place again.

Promises: results never cross versions; what was done is recorded in the step that does it; a page that shows the
results and was not touched is offered the newer ones, a session of somebody's own is left alone.

Left alone: results that come with a publish (`publisher`) or a run (`runner`), who may do it (`access`).
"""

from __future__ import annotations

from vernissage.actors.rooms import Rooms
from vernissage.core.operations import Refused
from vernissage.core.room import Notice, NoticeGiven
from vernissage.core.runs import default_inputs, may_restore
from vernissage.ports import AuditEntry, Project, RunRecord, Store

PERSONAL = "This version computes for each person anew, so it has no published results."

CHANGED = "There are newer results."


class Results:
    def __init__(self, store: Store, rooms: Rooms) -> None:
        self._store = store
        self._rooms = rooms

    async def restore(self, project: Project, run: RunRecord, audit: AuditEntry) -> Refused | None:
        """[RUN11] Make a finished run's outputs the published results again, or say why not."""
        document = None
        if project.published is not None:
            document = await self._rooms.version_document(project.id, project.published)
        defaults = document is not None and default_inputs(document, run.inputs)
        refused = may_restore(run.status, run.version, project.published, defaults=defaults)
        if refused is not None:
            return refused
        assert run.version is not None, "a run of the published version has its number"
        if not await self._store.set_results(project.id, run.version, run.id, audit):
            now = await self._store.project(project.id)
            moved = may_restore(run.status, run.version, now.published if now else None, defaults=True)
            return moved or Refused(PERSONAL)
        self._offer(project.id, run.version)
        return None

    async def arrived(self, run: RunRecord) -> None:
        """[RUN23] A run went well that was to update the published results: where it did, pages are told."""
        project = await self._store.project(run.project)
        if project is not None and project.results_run == run.id and run.version is not None:
            self._offer(project.id, run.version)

    def _offer(self, project: str, version: int) -> None:
        """[RUN23] Untouched pages of that version offer the newer results; none changes by itself."""
        for app in self._rooms.apps_of(project):
            if app.version == version and app.results is not None and app.results.fresh:
                app.tell(NoticeGiven(Notice("new_results", CHANGED)))
