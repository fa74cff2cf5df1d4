"""The letters that a run's end calls for, made in time to be kept with it.

Whoever ends a run asks here first and hands the letters to the store with the end. `core.notifications` says which
there are; this looks up what it needs: the version's document, and who is in the groups that are meant.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from vernissage.actors.rooms import Rooms
from vernissage.core.notifications import (
    Call,
    EmailNotification,
    Ending,
    Notification,
    called,
    recipients,
)
from vernissage.core.outputs import CellRun
from vernissage.core.runs import RunStep
from vernissage.ports import Letter, RunEnd, RunRecord, Store


class Letters:
    def __init__(self, store: Store, rooms: Rooms) -> None:
        self._store = store
        self._rooms = rooms

    async def of(
        self,
        run: RunRecord,
        status: RunEnd,
        at: datetime,
        cells: Mapping[str, CellRun],
        *,
        step: RunStep = "ended",
        again: bool = False,
    ) -> tuple[Letter, ...]:
        """The letters of a run that ends so. `again`: another attempt follows."""
        if not run.notifications:
            return ()
        document = await self._rooms.version_document(run.project, run.version) if run.version is not None else None
        ending = Ending(status, dict(cells), cancelled=step in ("cancelled", "skipped"), again=again)
        letters: list[Letter] = []
        for notification in run.notifications:
            call = called(notification, ending, document)
            if call is not None:
                letters.extend(await self.made(run.project, run.id, notification, call, at))
        return tuple(letters)

    async def made(
        self, project: str, run: str | None, notification: Notification, call: Call, at: datetime
    ) -> tuple[Letter, ...]:
        """One letter for each recipient, due at once."""
        groups = notification.groups if isinstance(notification, EmailNotification) else ()
        members = {
            group: [user.id for user in await self._store.group_members(group) if not user.disabled] for group in groups
        }
        return tuple(
            Letter(
                id=str(uuid.uuid4()),
                project=project,
                run=run,
                notification=notification,
                recipient=recipient,
                cause=call.cause,
                created_at=at,
                next_attempt=at,
                status="FAILED" if call.problem else "PENDING",
                error=call.problem,
            )
            for recipient in recipients(notification, members)
        )
