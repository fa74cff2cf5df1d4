"""Schedules, who sees to them, and which servers live.

However many servers run on one store, a due minute is served once:

    claim_schedule   one server takes what is due in hand, for a while; who is refused looks further
    fire             its run is kept and the schedule moves on, in one step, while the claim holds
    claim_run        one server takes a run that waits

A server that ends in between leaves a claim that runs out, and another one begins again. The database itself lets no
second run stand for a schedule, minute and attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from vernissage.core import notifications
from vernissage.core.runs import UNFINISHED, RunEvent
from vernissage.core.schedule import Timing, held_up
from vernissage.ports import AuditEntry, RunRecord, Schedule, ServerRecord
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.rows import columns, require, values
from vernissage.store.runs import listed, put_run, run_of
from vernissage.store.tables import projects, runs, schedules, servers


class Schedules:
    """The part of the store that `ports.Store` calls schedules, and servers."""

    _database: Database

    async def add_schedule(self, schedule: Schedule, audit: AuditEntry) -> None:
        """Keep a new one."""

        def work(connection: Connection) -> None:
            connection.execute(insert(schedules), _row(schedule))
            put_audit(connection, audit)

        await self._database.write(work, "the schedule")

    async def change_schedule(self, schedule: Schedule, audit: AuditEntry) -> None:
        """Put it in the place of the one of that id; whoever had that in hand has it no more."""

        def work(connection: Connection) -> None:
            row = {**_row(schedule), "claimed_by": None, "claimed_until": None}
            require(connection.execute(update(schedules).where(schedules.c.id == schedule.id).values(row)), schedule.id)
            put_audit(connection, audit)

        await self._database.write(work, "the schedule")

    async def remove_schedule(self, id: str, audit: AuditEntry) -> None:
        """Forget it; its runs stay."""

        def work(connection: Connection) -> None:
            require(connection.execute(delete(schedules).where(schedules.c.id == id)), id)
            put_audit(connection, audit)

        await self._database.write(work, "the removal of the schedule")

    async def schedule(self, id: str) -> Schedule | None:
        """By id."""
        query = _listed().where(schedules.c.id == id)

        def work(connection: Connection) -> Schedule | None:
            row = connection.execute(query).first()
            return _schedule(row) if row else None

        return await self._database.read(work)

    async def schedules(self, project: str) -> tuple[Schedule, ...]:
        """Of a project, oldest first."""
        query = _listed().where(schedules.c.project == project).order_by(schedules.c.created_at, schedules.c.ordinal)
        return await self._database.read(lambda c: tuple(map(_schedule, c.execute(query))))

    async def claim_schedule(self, server: str, now: datetime, until: datetime) -> Schedule | None:
        """Take one that is due in hand; no other server sees to it before `until`. None = nothing is due."""
        due = (
            select(schedules.c.id)
            .join(projects, projects.c.id == schedules.c.project)
            .where(schedules.c.enabled.is_(True), schedules.c.next_due <= now, projects.c.trashed_at.is_(None))
            .where(or_(schedules.c.claimed_until.is_(None), schedules.c.claimed_until <= now))
            .order_by(schedules.c.next_due)
            .limit(1)
            .with_for_update(skip_locked=True, of=schedules)
        )
        claim = (
            update(schedules)
            .where(schedules.c.id == due.scalar_subquery())
            .values(claimed_by=server, claimed_until=until)
            .returning(*columns(schedules, Schedule))
        )

        def work(connection: Connection) -> Schedule | None:
            row = connection.execute(claim).first()
            return _schedule(row) if row else None

        return await self._database.write(work, "the claim of a schedule")

    async def fire(
        self, schedule: Schedule, server: str, run: RunRecord, next_due: datetime | None
    ) -> RunRecord | None:
        """Keep the run for which it was due, and move it on to the next. The run is kept as skipped where others of the
        schedule hold it up. None: the claim was lost, and nothing is done."""

        def work(connection: Connection) -> RunRecord | None:
            if not _moved_on(connection, schedule, server, {"next_due": next_due, "flagged": ""}):
                return None
            going = select(func.count()).where(runs.c.schedule == schedule.id, runs.c.status.in_(UNFINISHED))
            why = held_up(schedule.overlap, connection.execute(going).scalar_one())
            kept = run
            if why:
                at = run.created_at
                skipped = (*run.events, RunEvent(at, "skipped", why))
                kept = replace(run, status="KILLED", ended_at=at, message=why, events=skipped)
            put_run(connection, kept)
            return kept

        return await self._database.write(work, "the scheduled run")

    async def pass_over(self, schedule: Schedule, server: str, next_due: datetime | None, flagged: str) -> bool:
        """Move it on without a run: the project is not published, or the inputs do not fit (`flagged` says why)."""

        def work(connection: Connection) -> bool:
            return _moved_on(connection, schedule, server, {"next_due": next_due, "flagged": flagged})

        return await self._database.write(work, "the schedule")

    async def next_due(self) -> datetime | None:
        """When the next schedule or waiting run is due; None = none is."""
        due = select(func.min(schedules.c.next_due)).where(schedules.c.enabled.is_(True))
        waits = select(func.min(runs.c.not_before)).where(runs.c.status == "PENDING", runs.c.server.is_(None))

        def work(connection: Connection) -> datetime | None:
            found = [connection.execute(query).scalar() for query in (due, waits)]
            return min((one for one in found if one is not None), default=None)

        return await self._database.read(work)

    # --- runs that wait

    async def claim_run(self, server: str, now: datetime) -> RunRecord | None:
        """Take a run in hand that waits for nobody and for no other run of its schedule. None = there is none."""
        before = aliased(runs)
        first = (
            select(before.c.id)
            .where(before.c.schedule == runs.c.schedule, before.c.status.in_(UNFINISHED))
            .where(before.c.ordinal < runs.c.ordinal)
        )
        waits = (
            select(runs.c.id)
            .where(runs.c.status == "PENDING", runs.c.server.is_(None), runs.c.schedule.is_not(None))
            .where(or_(runs.c.not_before.is_(None), runs.c.not_before <= now), ~first.exists())
            .order_by(runs.c.ordinal)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claim = (
            update(runs)
            .where(runs.c.id == waits.scalar_subquery())
            .values(server=server)
            .returning(*columns(runs, RunRecord))
        )

        def work(connection: Connection) -> RunRecord | None:
            row = connection.execute(claim).first()
            return run_of(row) if row else None

        return await self._database.write(work, "the claim of a run")

    async def release_run(self, id: str) -> None:
        """A run that waits may be taken by any server again."""
        change = update(runs).where(runs.c.id == id, runs.c.status == "PENDING").values(server=None)
        await self._database.write(lambda c: c.execute(change), "the run")

    async def runs_of_schedule(self, schedule: str, limit: int) -> tuple[RunRecord, ...]:
        """Newest first, without their cells."""
        query = listed().where(runs.c.schedule == schedule).order_by(runs.c.ordinal.desc()).limit(limit)
        return await self._database.read(lambda c: tuple(map(run_of, c.execute(query))))

    # --- servers

    async def begin_server(self, server: ServerRecord) -> None:
        """It lives from now on; what ran on its data directory before has ended."""

        def work(connection: Connection) -> None:
            connection.execute(delete(servers).where(servers.c.home == server.home))
            connection.execute(insert(servers), values(server))

        await self._database.write(work, "the start of the server")

    async def see_server(self, server: ServerRecord, forget: datetime) -> None:
        """A sign of life. Others whose last one is older than `forget` go."""

        def work(connection: Connection) -> None:
            seen = update(servers).where(servers.c.id == server.id).values(seen_at=server.seen_at)
            if connection.execute(seen).rowcount == 0:  # taken for dead meanwhile
                connection.execute(insert(servers), values(server))
            connection.execute(delete(servers).where(servers.c.seen_at < forget))

        await self._database.write(work, "the sign of life")

    async def end_server(self, id: str) -> None:
        """It has stopped."""
        await self._database.write(
            lambda c: c.execute(delete(servers).where(servers.c.id == id)), "the end of the server"
        )

    async def lost_runs(self, since: datetime) -> tuple[RunRecord, ...]:
        """Runs in the hands of servers that gave no sign of life since then, oldest first."""
        alive = select(servers.c.id).where(servers.c.seen_at >= since)
        nobody = and_(runs.c.server.is_(None), runs.c.schedule.is_(None))
        query = listed().where(runs.c.status.in_(UNFINISHED), or_(nobody, runs.c.server.not_in(alive)))
        query = query.order_by(runs.c.created_at, runs.c.ordinal)
        return await self._database.read(lambda c: tuple(map(run_of, c.execute(query))))


def put_flags(connection: Connection, flags: Mapping[str, str]) -> None:
    """What is wrong with schedules and the version that is published now, by id; "" = nothing."""
    for id, flagged in flags.items():
        connection.execute(update(schedules).where(schedules.c.id == id).values(flagged=flagged))


def _moved_on(connection: Connection, schedule: Schedule, server: str, change: dict[str, Any]) -> bool:
    """Let go of a claim with what came of it; False where it was lost."""
    mine = (schedules.c.id == schedule.id, schedules.c.claimed_by == server, schedules.c.next_due == schedule.next_due)
    done = update(schedules).where(*mine).values({**change, "claimed_by": None, "claimed_until": None})
    return connection.execute(done).rowcount == 1


def _listed() -> Select[Any]:
    return select(*columns(schedules, Schedule))


def _row(schedule: Schedule) -> dict[str, Any]:
    plain = {
        "timing": msgspec.to_builtins(schedule.timing),
        "notifications": notifications.encode(schedule.notifications),
    }
    return values(schedule, **plain)


def _schedule(row: Row[Any]) -> Schedule:
    timing = msgspec.convert(row.timing, Timing)
    told = notifications.decode(row.notifications)
    return Schedule(**{**row._mapping, "timing": timing, "notifications": told})
