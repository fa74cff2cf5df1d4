"""Sessions, written behind by their rooms, and the answers to repeated requests.

What a session's bytes mean is `core.session`'s affair.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from vernissage.ports import StoredSession
from vernissage.store.database import Database
from vernissage.store.rows import built, columns, values
from vernissage.store.tables import answers, sessions

KEPT = timedelta(days=1)
"""An answer to a repeated request is kept at least so long. What is older goes when the next one is kept."""


LEFT = 5
"""Sessions of one person that are looked at for what they left."""


class Sessions:
    """The parts of the store that `ports.Store` calls sessions, and answers to repeated requests."""

    _database: Database

    async def save_session(self, session: StoredSession) -> None:
        """Keep the session as it is now."""
        row = values(session)

        def work(connection: Connection) -> None:
            connection.execute(_keep_session(connection.dialect.name), row)

        await self._database.write(work, "the state of the session")

    async def session(self, id: str) -> StoredSession | None:
        """The session as it was kept last."""
        query = select(*columns(sessions, StoredSession)).where(sessions.c.id == id)

        def work(connection: Connection) -> StoredSession | None:
            row = connection.execute(query).first()
            return built(StoredSession, row) if row else None

        return await self._database.read(work)

    async def sessions_left(self, project: str, owner: str, version: int, since: datetime) -> tuple[StoredSession, ...]:
        """The last app sessions of somebody on a version that were touched since then; newest first, a few."""
        query = select(*columns(sessions, StoredSession)).where(
            sessions.c.project == project,
            sessions.c.owner == owner,
            sessions.c.kind == "app",
            sessions.c.version == version,
            sessions.c.touched_at >= since,
        )
        query = query.order_by(sessions.c.touched_at.desc(), sessions.c.id).limit(LEFT)
        return await self._database.read(lambda c: tuple(built(StoredSession, row) for row in c.execute(query)))

    async def drop_sessions(self, untouched_since: datetime) -> int:
        """Forget app sessions that nobody touched since then; answers how many."""
        old = delete(sessions).where(sessions.c.kind == "app", sessions.c.touched_at < untouched_since)
        return await self._database.write(lambda c: c.execute(old).rowcount, "the end of old sessions")

    async def remember_answer(
        self, owner: str, key: str, fingerprint: str, status: int, body: bytes, at: datetime
    ) -> None:
        """Keep the answer to a request. The first one under a key stays."""
        row = {"owner": owner, "key": key, "fingerprint": fingerprint, "status": status, "body": body, "at": at}

        def work(connection: Connection) -> None:
            connection.execute(delete(answers).where(answers.c.at < at - KEPT))
            connection.execute(_insert(connection.dialect.name, answers).on_conflict_do_nothing(), row)

        await self._database.write(work, "the answer to the request")

    async def remembered_answer(self, owner: str, key: str, at: datetime) -> tuple[str, int, bytes] | None:
        """(fingerprint, status, body) of the first request under that key, where it is not forgotten by now."""
        query = select(answers.c.fingerprint, answers.c.status, answers.c.body)
        query = query.where(answers.c.owner == owner, answers.c.key == key, answers.c.at >= at - KEPT)

        def work(connection: Connection) -> tuple[str, int, bytes] | None:
            row = connection.execute(query).first()
            return (row.fingerprint, row.status, row.body) if row else None

        return await self._database.read(work)


def _insert(dialect: str, table: Any) -> Any:
    """`INSERT` that can say what to do about a row that is there: one SQL, which SQLAlchemy has per database."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@functools.cache
def _keep_session(dialect: str) -> Any:
    """Made once: a session is kept up to twice a second while somebody works in it."""
    upsert = _insert(dialect, sessions)
    changed = {column.name: upsert.excluded[column.name] for column in sessions.c if column.name != "id"}
    return upsert.on_conflict_do_update(index_elements=["id"], set_=changed)
