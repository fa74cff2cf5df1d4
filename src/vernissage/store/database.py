"""Where transactions run: SQLite in threads of its own, PostgreSQL over asyncpg.

A *work* is a plain function of a connection. It runs inside one transaction, which is committed when it returns and
undone when it raises. The subjects (`people`, `projects`, …) write their works once; only this module knows on what
they run.

    caller ── read(work) ──▶ one of four reading connections            (SQLite: a thread each, `query_only`)
    caller ── write(work) ─▶ queue ─▶ the one writing connection, BEGIN IMMEDIATE … COMMIT

On PostgreSQL both take a connection of a pool, and the works lock the rows by which they decide.

Why SQLite does not go through an async driver: that hops to a thread and back for every statement, ten times for one
edit. A work hops once. One edit, committed to a quiet disk, takes 0.42 ms so, against 1.6 ms over aiosqlite. The single
writing thread is also the queue: within one server no commit finds the database locked, and a caller that is cancelled
leaves a transaction that is whole, done or not begun.

Durability: `synchronous=FULL`, so a commit is on the disk before it returns, and an accepted edit survives a loss of
power as well as a killed server. `NORMAL` would survive the killed server only, and saves the flush: 0.27 ms on a quiet
disk, 4 ms on one that others keep busy. That wait is in the writing thread, never on the event loop.

This module leaves alone: what the tables mean, and which rows a work must lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import create_async_engine

from vernissage.ports import Conflict, StoreFull

T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], T]

READERS = 4
"""Reading connections to SQLite. More would wait for the interpreter, not for the disk."""

BUSY_SECONDS = 15
"""How long a write waits for another process (the command line beside a running server) that holds the database."""


class Database(Protocol):
    """Runs works. `what` names, for the reader of a StoreFull, the thing that was not kept: "this edit"."""

    async def read(self, work: Work[T]) -> T:
        """Run a work that changes nothing."""
        ...

    async def write(self, work: Work[T], what: str) -> T:
        """Run a work as one transaction, durable when this returns. Raises StoreFull, Conflict, KeyError."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of every connection."""
        ...


# --- SQLite -----------------------------------------------------------------------------------------


class SqliteDatabase:
    """One file. Opened by `open_store`, which brings its tables up to date first."""

    def __init__(self, path: Path) -> None:
        self._place = str(path)
        url = URL.create("sqlite", database=str(path))
        connect = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        self._writing = create_engine(url, pool_size=1, max_overflow=0, connect_args=connect)
        self._reading = create_engine(url, pool_size=READERS, max_overflow=0, connect_args=connect)
        event.listen(self._writing, "connect", _prepare_writer)
        event.listen(self._writing, "begin", _begin_immediate)
        event.listen(self._reading, "connect", _prepare_reader)
        # Kept open: taking it from a pool and giving it back would cost a fifth of an edit.
        self._connection: Connection | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def read(self, work: Work[T]) -> T:
        """In a reading thread. Statements of one work may see different states; a work that minds reads in an order
        which makes that harmless."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Work[T], what: str) -> T:
        """In the writing thread, in the order of the calls."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work, what)

    async def close(self) -> None:
        """Wait for the transactions in the queue, then close."""
        await asyncio.to_thread(self._close)

    def _read(self, work: Work[T]) -> T:
        with self._reading.connect() as connection:
            return work(connection)

    def _write(self, work: Work[T], what: str) -> T:
        with _translated(what, self._place):
            if self._connection is None:
                self._connection = self._writing.connect()
            with self._connection.begin():
                return work(self._connection)

    def _close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
        # The writer last: the last connection to go copies the log into the database and removes it.
        self._reading.dispose()
        if self._connection is not None:
            self._connection.close()
        self._writing.dispose()


def _prepare_writer(connection: sqlite3.Connection, _: object) -> None:
    # None: the driver begins no transaction by itself, `_begin_immediate` does.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # A log that once grew large gives its room back.
    connection.execute(f"PRAGMA journal_size_limit={64 * 1024**2}")


def _begin_immediate(connection: Connection) -> None:
    # Takes the write lock now. A transaction that began reading and then wants to write fails where another wrote
    # meanwhile, and waiting does not help it.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_reader(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


# --- PostgreSQL -------------------------------------------------------------------------------------


class PostgresDatabase:
    """A database on a server, by URL."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url).set(drivername="postgresql+asyncpg")
        # libpq's name for what asyncpg calls `ssl`: people copy such URLs from their provider.
        query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
        self._place = f"the PostgreSQL database {parsed.database!r} on {parsed.host or 'this machine'}"
        self._engine = create_async_engine(parsed.set(query=query), pool_size=10, max_overflow=10, pool_pre_ping=True)

    async def read(self, work: Work[T]) -> T:
        """Over a connection of the pool."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Work[T], what: str) -> T:
        """Over a connection of the pool; works lock the rows that they decide by."""
        with _translated(what, self._place):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()


# --- errors -----------------------------------------------------------------------------------------

_FULL = frozenset(
    {
        sqlite3.SQLITE_FULL,
        # What SQLite makes of a quota or of a file-size limit; it says FULL only of a disk that is.
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
_UNIQUE = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
_FOREIGN = frozenset({sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY})


@contextlib.contextmanager
def _translated(what: str, place: str) -> Iterator[None]:
    """The databases' errors as those of the port. What is not foreseen goes through as it is."""
    try:
        yield
    except DBAPIError as error:
        match _kind(error.orig):
            case "full":
                raise StoreFull(
                    f"The disk is full: {what} was not kept. Free some space for {place}, then try again; "
                    "everything accepted before is safe."
                ) from error
            case "unique" if isinstance(error, IntegrityError):
                raise Conflict(
                    f"{what[:1].upper()}{what[1:]} was not kept: there is one of the same name or number."
                ) from error
            case _ if error.connection_invalidated:
                raise ConnectionError(f"The connection to {place} was lost; {what} was not kept.") from error
            case "foreign":
                raise KeyError(f"{what} refers to what is not in the store") from error
            case _:
                raise
    except StatementError as error:
        # A value that no column takes; SQLAlchemy wraps the sentence that says so.
        if isinstance(error.orig, ValueError):
            raise error.orig from error
        raise


def _kind(original: Any) -> str:
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)
        return "full" if code in _FULL else "unique" if code in _UNIQUE else "foreign" if code in _FOREIGN else ""
    return {"53100": "full", "23505": "unique", "23503": "foreign"}.get(getattr(original, "sqlstate", None) or "", "")
