"""The published results: a run whose outputs a project and its published version show.

Everything here is a step within a transaction of another subject.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from vernissage.store.tables import projects, versions


def lock(connection: Connection, project: str) -> Row[Any]:
    """Hold the project's row until the end of the transaction. SQLite's writer holds everything anyway."""
    query = select(projects.c.published).where(projects.c.id == project).with_for_update(key_share=True)
    row = connection.execute(query).first()
    if row is None:
        raise KeyError(project)
    return row


def put_results(connection: Connection, project: str, version: int, run: str | None) -> None:
    """Make the run's outputs the published results, under `lock`."""
    connection.execute(update(projects).where(projects.c.id == project).values(results_run=run))
    connection.execute(
        update(versions).where(versions.c.project == project, versions.c.number == version).values(results_run=run)
    )


def give_results(connection: Connection, project: str, version: int, run: str) -> bool:
    """The same where that version is the published one and not personal; False otherwise: results never cross
    versions."""
    published = lock(connection, project).published
    personal = select(versions.c.personal).where(versions.c.project == project, versions.c.number == version)
    if published != version or connection.execute(personal).scalar():
        return False
    put_results(connection, project, version, run)
    return True
