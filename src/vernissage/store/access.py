"""Who was given access, and the record of what was done. What a grant allows is `core.access`'s affair."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from vernissage.ports import AuditEntry, Grant
from vernissage.store.database import Database
from vernissage.store.rows import all_built, columns, values
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
            # The lock keeps two who share at once from leaving a mixture of both lists.
            lock = select(projects.c.id).where(projects.c.id == project).with_for_update(key_share=True)
            if connection.execute(lock).first() is None:
                raise KeyError(project)
            connection.execute(delete(_grants).where(_grants.c.project == project))
            put_grants(connection, project, grants)
            put_audit(connection, audit)

        await self._database.write(work, "the change of who has access")

    async def add_audit(self, entry: AuditEntry) -> None:
        """Record what was done."""
        await self._database.write(lambda c: put_audit(c, entry), "the audit record")

    async def audit(self, project: str | None, limit: int) -> tuple[AuditEntry, ...]:
        """Of one project or of everything, newest first."""
        query = select(*columns(audit, AuditEntry))
        if project is not None:
            query = query.where(audit.c.project == project)
        query = query.order_by(audit.c.at.desc(), audit.c.ordinal.desc()).limit(limit)
        return await self._database.read(lambda c: all_built(AuditEntry, c.execute(query).all()))


_grants = grants  # `set_grants` has an argument of that name, as the port says.


def put_grants(connection: Connection, project: str, given: tuple[Grant, ...]) -> None:
    """Add grants to a project that has none."""
    if given:
        connection.execute(insert(grants), [values(grant, project=project) for grant in given])


def put_audit(connection: Connection, entry: AuditEntry) -> None:
    """Record what was done, in the transaction that does it."""
    connection.execute(insert(audit), values(entry))
