"""The store: every subject over one database.

Keeps what `ports.Store` promises; the subjects say how. `open_store` is the door: it finds the database, brings its
tables up to date, and hands out a store that nothing else needs to prepare.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from sqlalchemy.exc import DBAPIError

from vernissage.store.access import Access
from vernissage.store.database import Database, PostgresDatabase, SqliteDatabase
from vernissage.store.embedding import Embedding
from vernissage.store.lock import CannotOpen, DataDirectory
from vernissage.store.migrations import NewerStore, upgrade
from vernissage.store.outbox import Outbox
from vernissage.store.people import People
from vernissage.store.projects import Projects
from vernissage.store.publishing import Publishing
from vernissage.store.runs import Runs
from vernissage.store.schedules import Schedules
from vernissage.store.secrets import Secrets
from vernissage.store.sessions import Sessions


class SqlStore(People, Projects, Publishing, Runs, Schedules, Outbox, Sessions, Access, Secrets, Embedding):
    """A `ports.Store`. Get one from `open_store`; as a context manager it closes itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        await self._database.close()

    async def __aenter__(self) -> SqlStore:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def open_store(place: str | Path) -> SqlStore:
    """The store at a data directory (made if it is missing) or at a `postgresql://` address, its tables up to date.

    Raises CannotOpen with a sentence: a newer database, one that cannot be reached, a directory that cannot be used.
    """
    database: Database
    if isinstance(place, str) and "://" in place:
        scheme = place.split("://")[0]
        if scheme not in ("postgresql", "postgresql+asyncpg", "postgres"):
            raise CannotOpen(
                f"Vernissage keeps its data in SQLite or PostgreSQL, not in {scheme!r}. "
                "Give a postgresql:// address, or a data directory."
            )
        database = PostgresDatabase(place)
    else:
        database = SqliteDatabase(DataDirectory.made(Path(place)).database)
    try:
        await database.write(upgrade, "the tables of the database")
    except NewerStore as error:
        await database.close()
        raise CannotOpen(str(error)) from error
    except (DBAPIError, OSError) as error:
        await database.close()
        raise CannotOpen(_why(place, error)) from error
    except BaseException:
        await database.close()
        raise
    return SqlStore(database)


def _why(place: str | Path, error: Exception) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    reason = str(original).strip().splitlines()[0] if str(original).strip() else type(original).__name__
    if isinstance(original, sqlite3.Error):
        return (
            f"The database in {place} cannot be opened ({reason}). "
            "Check that the directory is writable and that the file is a Vernissage database; nothing was changed."
        )
    # The address is not repeated: it holds the password.
    return f"The PostgreSQL database cannot be opened ({reason}). Check its address and that the server runs."
