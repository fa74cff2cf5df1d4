"""Sealed secrets by project and name, and who set them. What they hold only the vault can read."""

from __future__ import annotations

from sqlalchemy import Connection, Delete, delete, insert, select

from vernissage.ports import AuditEntry, StoredSecret
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.rows import all_built, columns, values
from vernissage.store.tables import projects, secrets


class Secrets:
    """The part of the store that `ports.Store` calls secrets."""

    _database: Database

    async def secrets(self, *projects: str) -> tuple[StoredSecret, ...]:
        """Of these projects, or of the workspace (""), which comes first; each by name."""
        query = select(*columns(secrets, StoredSecret)).where(secrets.c.project.in_(projects))
        query = query.order_by(secrets.c.project, secrets.c.name)
        return await self._database.read(lambda c: all_built(StoredSecret, c.execute(query).all()))

    async def set_secret(self, secret: StoredSecret, audit: AuditEntry) -> None:
        """Add it, or put it in the place of the one of that name, and record who did."""

        def work(connection: Connection) -> None:
            # The lock lets two who set the same one come one after the other.
            lock = select(projects.c.id).where(projects.c.id == secret.project).with_for_update(key_share=True)
            if secret.project and connection.execute(lock).first() is None:
                raise KeyError(secret.project)
            connection.execute(_one(secret.project, secret.name))
            connection.execute(insert(secrets), values(secret))
            put_audit(connection, audit)

        await self._database.write(work, "the secret")

    async def remove_secret(self, project: str, name: str, audit: AuditEntry) -> bool:
        """False where there is none of that name; nothing is recorded then."""

        def work(connection: Connection) -> bool:
            if connection.execute(_one(project, name)).rowcount == 0:
                return False
            put_audit(connection, audit)
            return True

        return await self._database.write(work, "the removal of the secret")


def _one(project: str, name: str) -> Delete:
    return delete(secrets).where(secrets.c.project == project, secrets.c.name == name)
