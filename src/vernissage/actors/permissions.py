"""Somebody's level on a project, from the grants that are kept; and what follows when grants change.

The rule is `core.access.level`; this looks up what it needs, and shows out of open rooms whoever lost access: at once
when a grant, a group, a role or an owner changes here, and within seconds where it changed beside the server.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import Rooms
from vernissage.core import access as policy
from vernissage.core.access import Access
from vernissage.ports import AuditEntry, Grant, Project, Store


class Permissions:
    def __init__(self, store: Store, rooms: Rooms) -> None:
        self._store = store
        self._rooms = rooms
        self._regrading = asyncio.Lock()
        """What was read last is applied last: an older answer of the store never overtakes a newer one."""

    async def level(self, project: Project, viewer: Viewer, *, trashed: bool = False) -> Access | None:
        """The viewer's level; None = as if the project did not exist, as one in the trash does not."""
        if project.trashed_at is not None and not trashed:
            return None
        pairs = [(grant.principal, grant.access) for grant in await self._store.grants(project.id)]
        pairs.append((f"user:{project.owner}", "FULL_ACCESS"))
        groups = await self._store.groups_of(viewer.user) if viewer.user else ()
        own = policy.level(pairs, viewer.user, viewer.role, groups)
        if viewer.embed:
            return policy.through_embed(own, same_project=viewer.embed == project.id, guest=viewer.guest)
        return own

    async def share(self, project: Project, grants: tuple[Grant, ...], audit: AuditEntry) -> None:
        """Replace a project's grants, and show everybody in its rooms what they may see now."""
        await self._store.set_grants(project.id, grants, audit)
        await self.regrade(project.id)

    async def regrade(self, project: str | None = None) -> None:
        """[ACC20] Show everybody in the rooms of a project, or in all, what they may see by now."""
        async with self._regrading:
            rooms = self._rooms.rooms_of(project) if project is not None else self._rooms.all_rooms()
            people: dict[str, Viewer] = {}
            for id in {room.project for room in rooms if room.connections}:
                found = await self._store.project(id)
                here = [room for room in rooms if room.project == id]
                levels: dict[str, Access | None] = {}
                for viewer in {one.viewer.id: one.viewer for room in here for one in room.connections}.values():
                    if viewer.id not in people:
                        people[viewer.id] = await self._as_now(viewer)
                    known = people[viewer.id]
                    levels[viewer.id] = await self.level(found, known) if found is not None else None
                for room in here:
                    # Whoever came in meanwhile was looked up later than this.
                    now = {one.viewer.id: one.access for one in room.connections} | levels
                    room.regrade(lambda viewer, now=now: now[viewer.id])  # type: ignore[misc]

    async def _as_now(self, viewer: Viewer) -> Viewer:
        """Somebody with the role that they have by now."""
        if not viewer.user:
            return viewer
        user = await self._store.user(viewer.user)
        role = user.role if user is not None and not user.disabled else None
        return replace(viewer, role=role) if role is not None else Viewer(viewer.id, viewer.name, embed=viewer.embed)
