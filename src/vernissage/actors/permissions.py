"""Somebody's level on a project, from the grants that are kept; and what follows when grants change.

The rule is `core.access.level`; this looks up what it needs, and shows out of open rooms whoever lost access: at once
when a grant, a group, a role or an owner changes here, and within seconds where it changed beside the server.
"""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from msgspec.structs import replace

from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import Rooms
from vernissage.core import access as policy
from vernissage.core.access import Access
from vernissage.ports import AuditEntry, Grant, Project, Store

_Who: TypeAlias = tuple[str, str, bool]
"""One person may look at an app and at a frame of it at once, with another level in each."""


def _who(viewer: Viewer) -> _Who:
    return viewer.id, viewer.embed, viewer.guest


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
        groups = await self._store.groups_of(viewer.user) if viewer.user else ()
        return _level(project, await self._store.grants(project.id), viewer, groups)

    async def share(self, project: Project, grants: tuple[Grant, ...], audit: AuditEntry) -> None:
        """Replace a project's grants, and show everybody in its rooms what they may see now."""
        await self._store.set_grants(project.id, grants, audit)
        await self.regrade(project.id)

    async def regrade(self, project: str | None = None) -> None:
        """[ACC20] Show everybody in the rooms of a project, or in all, what they may see by now."""
        async with self._regrading:
            rooms = self._rooms.rooms_of(project) if project is not None else self._rooms.all_rooms()
            people: dict[_Who, tuple[Viewer, tuple[str, ...]]] = {}
            for id in {room.project for room in rooms if room.connections}:
                found, grants = await self._store.project(id), await self._store.grants(id)
                here = [room for room in rooms if room.project == id]
                levels: dict[_Who, Access | None] = {}
                for viewer in [one.viewer for room in here for one in room.connections]:
                    who = _who(viewer)
                    if who in levels:
                        continue
                    if who not in people:
                        people[who] = await self._as_now(viewer)
                    if found is None or found.trashed_at is not None:
                        levels[who] = None
                    else:
                        levels[who] = _level(found, grants, *people[who])
                for room in here:
                    # Whoever came in meanwhile was looked up later than this.
                    now = {_who(one.viewer): one.access for one in room.connections} | levels
                    room.regrade(lambda viewer, now=now: now[_who(viewer)])  # type: ignore[misc]

    async def _as_now(self, viewer: Viewer) -> tuple[Viewer, tuple[str, ...]]:
        """Somebody with the role and the groups that they have by now."""
        if not viewer.user:
            return viewer, ()
        user = await self._store.user(viewer.user)
        if user is None or user.disabled:
            return Viewer(viewer.id, viewer.name, embed=viewer.embed), ()
        return replace(viewer, role=user.role), await self._store.groups_of(user.id)


def _level(project: Project, grants: tuple[Grant, ...], viewer: Viewer, groups: tuple[str, ...]) -> Access | None:
    pairs = [(grant.principal, grant.access) for grant in grants]
    pairs.append((f"user:{project.owner}", "FULL_ACCESS"))
    own = policy.level(pairs, viewer.user, viewer.role, groups)
    if viewer.embed:
        return policy.through_embed(own, same_project=viewer.embed == project.id, guest=viewer.guest)
    return own
