"""Runs, kept for good: what was run, how it ended, and what it showed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, insert, select, update

from vernissage.core import notifications
from vernissage.core.runs import UNFINISHED, RunEvent, RunStep
from vernissage.ports import Letter, RunEnd, RunRecord
from vernissage.store.database import Database
from vernissage.store.outbox import put_letters
from vernissage.store.results import give_results
from vernissage.store.rows import columns, values
from vernissage.store.tables import runs

ENDED = frozenset({"COMPLETED", "ERRORED", "KILLED"})


class Runs:
    """The part of the store that `ports.Store` calls runs."""

    _database: Database

    async def add_run(self, run: RunRecord) -> None:
        """Keep a new run. Raises Conflict where its schedule has one for that minute and attempt."""
        await self._database.write(lambda c: put_run(c, run), "the run")

    async def run(self, id: str) -> RunRecord | None:
        """The run with its cells."""
        query = select(*columns(runs, RunRecord)).where(runs.c.id == id)

        def work(connection: Connection) -> RunRecord | None:
            row = connection.execute(query).first()
            return run_of(row) if row else None

        return await self._database.read(work)

    async def run_statuses(self, ids: Collection[str]) -> dict[str, str]:
        """By id."""
        query = select(runs.c.id, runs.c.status).where(runs.c.id.in_(ids))
        return await self._database.read(lambda c: dict(c.execute(query).tuples().all()))

    async def start_run(self, id: str, at: datetime) -> bool:
        """It runs from now on; False where it has ended or started before."""
        start = {"status": "RUNNING", "started_at": at}

        def work(connection: Connection) -> bool:
            return _step(connection, id, frozenset({"PENDING"}), RunEvent(at, "started"), start) is not None

        return await self._database.write(work, "the start of the run")

    async def finish_run(
        self,
        id: str,
        status: RunEnd,
        at: datetime,
        cells: bytes,
        message: str,
        *,
        step: RunStep = "ended",
        retry: RunRecord | None = None,
        letters: tuple[Letter, ...] = (),
    ) -> bool:
        """How it ended, and what follows from that. Only the first end counts; False for a later one."""
        end = {"status": status, "ended_at": at, "cells": cells, "message": message}

        def work(connection: Connection) -> bool:
            run = _step(connection, id, UNFINISHED, RunEvent(at, step, message), end)
            if run is None:
                return False
            if status == "COMPLETED" and run.update_results and run.version is not None:
                give_results(connection, run.project, run.version, id)
            if retry is not None:
                put_run(connection, retry)
                _step(connection, id, ENDED, RunEvent(at, "retried", retry.events[0].text if retry.events else ""), {})
            put_letters(connection, letters)
            return True

        return await self._database.write(work, "the end of the run")

    async def runs(
        self, project: str, limit: int, offset: int, status: str | None = None, trigger: str | None = None
    ) -> tuple[RunRecord, ...]:
        """Newest first, without their cells."""
        query = listed().where(runs.c.project == project)
        if status is not None:
            query = query.where(runs.c.status == status)
        if trigger is not None:
            query = query.where(runs.c.trigger == trigger)
        query = query.order_by(runs.c.created_at.desc(), runs.c.ordinal.desc()).limit(limit).offset(offset)
        return await self._database.read(lambda c: tuple(map(run_of, c.execute(query))))

    async def unfinished_runs(self) -> tuple[RunRecord, ...]:
        """Those that wait or run, oldest first."""
        query = listed().where(runs.c.status.in_(UNFINISHED)).order_by(runs.c.created_at, runs.c.ordinal)
        return await self._database.read(lambda c: tuple(map(run_of, c.execute(query))))


def put_run(connection: Connection, run: RunRecord) -> None:
    """Keep a new run, within a transaction."""
    plain = {"events": msgspec.to_builtins(run.events), "notifications": notifications.encode(run.notifications)}
    connection.execute(insert(runs), values(run, **plain))


def run_of(row: Row[Any]) -> RunRecord:
    """The run that a row holds, with or without its cells."""
    events = msgspec.convert(row.events, tuple[RunEvent, ...])
    told = notifications.decode(row.notifications)
    return RunRecord(**{**row._mapping, "events": events, "notifications": told})


def listed() -> Select[Any]:
    """Runs without their cells."""
    return select(*columns(runs, RunRecord, "cells"))


def _step(
    connection: Connection, id: str, before: frozenset[str], event: RunEvent, change: dict[str, Any]
) -> RunRecord | None:
    """Change a run that is in one of these states and note it in its log; the run as it was, None where it is in
    another state."""
    row = connection.execute(listed().where(runs.c.id == id).with_for_update()).first()
    if row is None:
        raise KeyError(id)
    if row.status not in before:
        return None
    events = [*row.events, msgspec.to_builtins(event)]
    connection.execute(update(runs).where(runs.c.id == id).values({**change, "events": events}))
    return run_of(row)
