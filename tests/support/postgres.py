"""A PostgreSQL database for many tests: made once, emptied before each.

The server itself is `postgres_server` in `tests/conftest.py`; making a database and its tables anew for each test would
take longer than most of the tests.
"""

from __future__ import annotations

import asyncpg

from vernissage.store.tables import metadata


def plain(url: str) -> str:
    """The address as asyncpg itself reads it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def emptied(url: str) -> str:
    """The address, when its tables are empty and its rows are numbered from 1 again."""
    connection = await asyncpg.connect(plain(url))
    try:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        await connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    finally:
        await connection.close()
    return url
