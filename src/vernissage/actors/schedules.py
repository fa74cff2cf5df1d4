"""The schedules of projects, as people make and change them: checked, kept with who did it, begun at once.

When they fire is the scheduler's affair, who may change them the access table's.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from msgspec.structs import replace

from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import Rooms
from vernissage.actors.runner import Runner
from vernissage.actors.scheduler import Scheduler
from vernissage.core.audit import Action
from vernissage.core.diff import difference
from vernissage.core.document import Document, content_hash
from vernissage.core.inputs import Invalid, Value, accept
from vernissage.core.schedule import Misfit, Timing, checked, misfit, next_firing, words
from vernissage.ports import AuditEntry, Clock, Project, RunRecord, Schedule, Store

AT_MOST = 100
"""Schedules of one project."""

MOST_RETRIES = 10


class Schedules:
    def __init__(self, store: Store, rooms: Rooms, runner: Runner, scheduler: Scheduler, clock: Clock) -> None:
        self._store = store
        self._rooms = rooms
        self._runner = runner
        self._scheduler = scheduler
        self._clock = clock

    async def document(self, project: Project) -> Document:
        """Against what a schedule's inputs are checked: the published version, or the draft while there is none."""
        found = None
        if project.published is not None:
            found = await self._rooms.version_document(project.id, project.published)
        return found if found is not None else await self._rooms.draft_document(project.id)

    async def left_out(self, project: Project) -> int:
        """How many changes of the draft a schedule does not run, since they are not published; 0 = none, or nothing
        is published."""
        draft = await self._rooms.draft_document(project.id)
        if project.published is None or content_hash(draft) == project.published_hash:
            return 0
        return (await asyncio.to_thread(difference, await self.document(project), draft)).total

    async def add(self, project: Project, schedule: Schedule, viewer: Viewer, origin: str) -> Schedule | Misfit:
        """Keep a new schedule, or say what is wrong with it."""
        if len(await self._store.schedules(project.id)) >= AT_MOST:
            return Misfit("cadence", f"A project has at most {AT_MOST} schedules. Remove one first.")
        found = await self._plain(project, schedule, None)
        if isinstance(found, Schedule):
            await self._store.add_schedule(found, self._entry("add_schedule", found, viewer, origin))
            self._scheduler.wake()
        return found

    async def change(
        self, project: Project, before: Schedule, after: Schedule, viewer: Viewer, origin: str
    ) -> Schedule | Misfit:
        """Put it in the place of what it was, or say what is wrong with it. Raises KeyError where it is gone."""
        found = await self._plain(project, after, before)
        if isinstance(found, Schedule):
            await self._store.change_schedule(found, self._entry("change_schedule", found, viewer, origin))
            self._scheduler.wake()
        return found

    async def remove(self, schedule: Schedule, viewer: Viewer, origin: str) -> None:
        """Forget it; what runs goes on, and its runs stay. Raises KeyError where it is gone."""
        await self._store.remove_schedule(schedule.id, self._entry("remove_schedule", schedule, viewer, origin))

    async def run_now(self, project: Project, schedule: Schedule, viewer: Viewer) -> RunRecord | Misfit:
        """Run the published version as the schedule would, at once. Raises `runner.QueueFull`."""
        document = await self.document(project)
        if project.published is None:
            return Misfit("", "This project is not published, so there is nothing to run.")
        found = misfit(document, schedule.inputs, update_results=schedule.update_results)
        if found is not None:
            return found
        values: dict[str, Value] = {}
        for name, json in schedule.inputs.items():
            value = accept(document.inputs()[name].input, json)
            assert not isinstance(value, Invalid), "checked above"
            values[name] = value
        return await self._runner.start(
            project.id,
            project.published,
            document,
            values,
            viewer,
            trigger="scheduled",
            update_results=schedule.update_results,
            use_cached=schedule.use_cached,
            schedule=schedule.id,
            time_limit=schedule.time_limit,
            notifications=schedule.notifications,
        )

    async def _plain(self, project: Project, schedule: Schedule, before: Schedule | None) -> Schedule | Misfit:
        """[SCH1] [SCH8] [SCH18] The schedule as it is kept."""
        timing = checked(schedule.timing)
        if isinstance(timing, Misfit):
            return timing
        if not 0 <= schedule.retries <= MOST_RETRIES:
            return Misfit("retries", f"A run is tried again at most {MOST_RETRIES} times.")
        if schedule.time_limit is not None and schedule.time_limit < 1:
            return Misfit("timeLimit", "A time limit is a whole number of seconds, at least one.")
        found = misfit(await self.document(project), schedule.inputs, update_results=schedule.update_results)
        if found is not None:
            return found
        due = self._due(timing, schedule, before)
        return replace(schedule, name=" ".join(schedule.name.split()), timing=timing, next_due=due, flagged="")

    def _due(self, timing: Timing, schedule: Schedule, before: Schedule | None) -> datetime | None:
        """What is due already stays so where neither the rule nor the switch was touched."""
        if not schedule.enabled:
            return None
        if before is not None and before.enabled and before.timing == timing:
            return before.next_due
        return next_firing(timing, self._clock.now())

    def _entry(self, action: Action, schedule: Schedule, viewer: Viewer, origin: str) -> AuditEntry:
        detail = {
            "schedule": schedule.id,
            "name": schedule.name,
            "words": words(schedule.timing),
            "enabled": schedule.enabled,
        }
        return AuditEntry(self._clock.now(), viewer.user, action, schedule.project, detail, origin)
