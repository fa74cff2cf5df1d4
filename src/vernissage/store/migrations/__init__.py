"""Brings a database's tables to what this Vernissage knows, and refuses one that is ahead of it.

Each step is a module in `versions/`, run by Alembic inside the one transaction that opens the store: a step that fails
leaves the database as it was, and of two servers that start at once the second finds the work done.

Alembic keeps what it works on in its module, so one process brings one database up to date at a time; the lock that
each transaction begins with sees to that for openers of the same one.

A step says what the tables became *then*. It repeats types rather than importing `tables`, which goes on changing.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every step, oldest first. Stated here too, so that an up-to-date database is recognised without loading Alembic."""

_LOCK = 0x7665726E6973  # "vernis": any number that nobody else takes for an advisory lock.


class NewerStore(Exception):
    """The database was written by a newer Vernissage."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"This database has tables of revision {found}; this Vernissage knows them up to {REVISIONS[-1]}. "
            "It was written by a newer Vernissage: start that one, or upgrade. Nothing was changed."
        )


def upgrade(connection: Connection) -> None:
    """Do the steps that are missing. Raises NewerStore, having changed nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = _revision(connection)
    if found == REVISIONS[-1]:
        return
    if found is not None and found not in REVISIONS:
        raise NewerStore(found)

    # Only a new or an old database pays for loading Alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
