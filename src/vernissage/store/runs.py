"""Runs, kept for good: what was run, how it ended, and what it showed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, select, update

from vernissage.ports import RunRecord
from vernissage.store.database import Database
from vernissage.store.rows import all_built, built, columns, values
from vernissage.store.tables import runs

UNFINISHED = ("PENDING", "RUNNING")


class Runs:
    """The part of the store that `ports.Store` calls runs."""

    _database: Database

    async def add_run(self, run: RunRecord) -> None:
        """Keep a new run."""
        await self._database.write(lambda c: c.execute(insert(runs), values(run)), "the run")

    async def run(self, id: str) -> RunRecord | None:
        """The run with its cells."""
        query = select(*columns(runs, RunRecord)).where(runs.c.id == id)

        def work(connection: Connection) -> RunRecord | None:
            row = connection.execute(query).first()
            return built(RunRecord, row) if row else None

        return await self._database.read(work)

    async def run_statuses(self, ids: Collection[str]) -> dict[str, str]:
        """By id."""
        query = select(runs.c.id, runs.c.status).where(runs.c.id.in_(ids))
        return await self._database.read(lambda c: dict(c.execute(query).tuples().all()))

    async def start_run(self, id: str, at: datetime) -> None:
        """It runs from now on, unless it has ended or started before."""
        await self._change(id, "the start of the run", ("PENDING",), {"status": "RUNNING", "started_at": at})

    async def finish_run(
        self, id: str, status: Literal["COMPLETED", "ERRORED", "KILLED"], at: datetime, cells: bytes, message: str
    ) -> None:
        """How it ended. Only the first end counts."""
        end = {"status": status, "ended_at": at, "cells": cells, "message": message}
        await self._change(id, "the end of the run", UNFINISHED, end)

    async def runs(
        self, project: str, limit: int, offset: int, status: str | None = None, trigger: str | None = None
    ) -> tuple[RunRecord, ...]:
        """Newest first, without their cells."""
        query = _listed().where(runs.c.project == project)
        if status is not None:
            query = query.where(runs.c.status == status)
        if trigger is not None:
            query = query.where(runs.c.trigger == trigger)
        query = query.order_by(runs.c.created_at.desc(), runs.c.ordinal.desc()).limit(limit).offset(offset)
        return await self._database.read(lambda c: all_built(RunRecord, c.execute(query).all()))

    async def unfinished_runs(self) -> tuple[RunRecord, ...]:
        """Those that a server which ended has left behind, oldest first."""
        query = _listed().where(runs.c.status.in_(UNFINISHED)).order_by(runs.c.created_at, runs.c.ordinal)
        return await self._database.read(lambda c: all_built(RunRecord, c.execute(query).all()))

    async def _change(self, id: str, what: str, before: tuple[str, ...], change: dict[str, Any]) -> None:
        def work(connection: Connection) -> None:
            fits = update(runs).where(runs.c.id == id, runs.c.status.in_(before)).values(change)
            if connection.execute(fits).rowcount == 0:
                if connection.execute(select(runs.c.id).where(runs.c.id == id)).first() is None:
                    raise KeyError(id)

        await self._database.write(work, what)


def _listed() -> Select[Any]:
    return select(*columns(runs, RunRecord, "cells"))
