"""Who was given access and who asked for it, and the record of what was done.

What a grant allows is `core.access`'s affair.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from vernissage.core.access import Access as Level
from vernissage.core.access import includes
from vernissage.ports import AccessRequest, AuditEntry, AuditQuery, Conflict, Grant
from vernissage.store.database import Database
from vernissage.store.rows import all_built, built, columns, values
from vernissage.store.tables import access_requests as requests
from vernissage.store.tables import audit, grants, projects


class Access:
    """The part of the store that `ports.Store` calls access."""

    _database: Database

    async def grants(self, project: str) -> tuple[Grant, ...]:
        """The project's grants, by principal."""
        query = select(*columns(grants, Grant)).where(grants.c.project == project).order_by(grants.c.principal)
        return await self._database.read(lambda c: all_built(Grant, c.execute(query).all()))

    async def set_grants(self, project: str, grants: tuple[Grant, ...], audit: AuditEntry) -> None:
        """Replace them, and record who did."""

        def work(connection: Connection) -> None:
            lock_grants(connection, project)
            connection.execute(delete(_grants).where(_grants.c.project == project))
            put_grants(connection, project, grants)
            put_audit(connection, audit)

        await self._database.write(work, "the change of who has access")

    async def add_grant(self, project: str, grant: Grant, audit: AuditEntry) -> None:
        """Add it where it raises what is there."""

        def work(connection: Connection) -> None:
            lock_grants(connection, project)
            raise_grant(connection, project, grant)
            put_audit(connection, audit)

        await self._database.write(work, "the change of who has access")

    async def add_audit(self, entry: AuditEntry) -> None:
        """Record what was done."""
        await self._database.write(lambda c: put_audit(c, entry), "the audit record")

    async def audit(self, query: AuditQuery, limit: int) -> tuple[AuditEntry, ...]:
        """The entries that fit, newest first."""
        same = (("project", query.project), ("who", query.who), ("action", query.action))
        fits = [audit.c[name] == value for name, value in same if value is not None]
        if query.since is not None:
            fits.append(audit.c.at >= query.since)
        if query.until is not None:
            fits.append(audit.c.at < query.until)
        if query.before is not None:
            fits.append(audit.c.ordinal < query.before)
        found = select(*columns(audit, AuditEntry)).where(*fits).order_by(audit.c.ordinal.desc()).limit(limit)
        return await self._database.read(lambda c: all_built(AuditEntry, c.execute(found).all()))

    async def request_access(self, request: AccessRequest, audit: AuditEntry) -> None:
        """Keep it; an open one of the same person stays as it is, a decided one makes room."""
        mine = and_(requests.c.project == request.project, requests.c.user == request.user)

        def work(connection: Connection) -> None:
            found = connection.execute(select(requests.c.status).where(mine).with_for_update()).scalar()
            if found is None:
                connection.execute(insert(requests), values(request))
            elif found != "OPEN":
                connection.execute(update(requests).where(mine).values(values(request)))
            put_audit(connection, audit)

        await self._database.write(work, "the request for access")

    async def open_requests(self, project: str | None = None) -> tuple[AccessRequest, ...]:
        """Those nobody has decided, oldest first."""
        found = select(*columns(requests, AccessRequest)).where(requests.c.status == "OPEN")
        if project is not None:
            found = found.where(requests.c.project == project)
        found = found.order_by(requests.c.at, requests.c.id)
        return await self._database.read(lambda c: all_built(AccessRequest, c.execute(found).all()))

    async def decide_request(
        self, id: str, by: str, at: datetime, access: Level | None, audit: AuditEntry
    ) -> AccessRequest:
        """Accept or decline it, once."""
        asked = select(*columns(requests, AccessRequest)).where(requests.c.id == id).with_for_update()
        status = "ACCEPTED" if access is not None else "DECLINED"
        decided = update(requests).where(requests.c.id == id)

        def work(connection: Connection) -> AccessRequest:
            row = connection.execute(asked).first()
            if row is None:
                raise KeyError(id)
            if row.status != "OPEN":
                raise Conflict("Somebody has decided that request already.")
            connection.execute(decided.values(status=status, decided_by=by, decided_at=at))
            if access is not None:
                lock_grants(connection, row.project)
                raise_grant(connection, row.project, Grant(f"user:{row.user}", access))
            put_audit(connection, audit)
            return built(AccessRequest, row, status=status, decided_by=by, decided_at=at)

        return await self._database.write(work, "the decision about the request")


_grants = grants  # `set_grants` has an argument of that name, as the port says.


def put_grants(connection: Connection, project: str, given: tuple[Grant, ...]) -> None:
    """Add grants to a project that has none."""
    if given:
        connection.execute(insert(grants), [values(grant, project=project) for grant in given])


def lock_grants(connection: Connection, project: str) -> None:
    """Keeps two who share at once from leaving a mixture of both. KeyError where there is no such project."""
    lock = select(projects.c.id).where(projects.c.id == project).with_for_update(key_share=True)
    if connection.execute(lock).first() is None:
        raise KeyError(project)


def raise_grant(connection: Connection, project: str, grant: Grant) -> None:
    """Add a grant, or raise the one that is there to it; a higher one stays. The caller holds the project's lock."""
    mine = and_(grants.c.project == project, grants.c.principal == grant.principal)
    before = connection.execute(select(grants.c.access).where(mine)).scalar()
    if before is None:
        put_grants(connection, project, (grant,))
    elif not includes(before, grant.access):
        connection.execute(update(grants).where(mine).values(access=grant.access))


def put_audit(connection: Connection, entry: AuditEntry) -> None:
    """Record what was done, in the transaction that does it."""
    row = values(entry)
    del row["ordinal"]  # the database gives the next one
    connection.execute(insert(audit), row)
