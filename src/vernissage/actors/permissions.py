"""Somebody's level on a project, from the grants that are kept; and what follows when grants change.

The rule is `core.access.level`; this looks up what it needs, and shows out of open rooms whoever lost access.
"""

from __future__ import annotations

from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import Rooms
from vernissage.core import access as policy
from vernissage.core.access import Access
from vernissage.ports import AuditEntry, Grant, Project, Store


class Permissions:
    def __init__(self, store: Store, rooms: Rooms) -> None:
        self._store = store
        self._rooms = rooms

    async def level(self, project: Project, viewer: Viewer) -> Access | None:
        """The viewer's level; None = as if the project did not exist."""
        if project.trashed_at is not None:
            return None
        return _level(project, await self._store.grants(project.id), viewer)

    async def share(self, project: Project, grants: tuple[Grant, ...], audit: AuditEntry) -> None:
        """Replace a project's grants, and show everybody in its rooms what they may see now."""
        await self._store.set_grants(project.id, grants, audit)
        for room in self._rooms.rooms_of(project.id):
            room.regrade(lambda viewer: _level(project, grants, viewer))


def _level(project: Project, grants: tuple[Grant, ...], viewer: Viewer) -> Access | None:
    pairs = [(grant.principal, grant.access) for grant in grants]
    pairs.append((f"user:{project.owner}", "FULL_ACCESS"))
    return policy.level(pairs, viewer.user, viewer.role)
