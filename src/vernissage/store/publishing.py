"""Versions, candidates, and the one step that publishes.

A version is never changed and never lost, and its number tells how many there were before it: numbers are given under
the lock of the project's row, so that two who publish at once get two numbers and nobody leaves a hole.

    candidate ──promote──▶ version n, pointer at n        all of it in one transaction: a crash leaves the old pointer
                                                           or the new one, with everything that belongs to it
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from vernissage.core.publishing import PublishError, PublishStatus
from vernissage.ports import NO_FLAGS, AuditEntry, Conflict, PublishRecord, RunRecord, Version
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.results import give_results, lock, put_results
from vernissage.store.rows import all_built, columns, require, values
from vernissage.store.runs import put_run
from vernissage.store.schedules import put_flags
from vernissage.store.tables import audit as audit_log
from vernissage.store.tables import documents, projects, publishes, runs, versions

ZLIB = 1
"""The one way so far in which a document is compressed."""

OPEN = ("RUNNING", "READY", "FAILED")
"""A candidate that can still be published."""

STEPS = ("revert", "republish", "unpublish", "end_sessions")
"""What a history of versions tells beside the versions."""

FINISHED = ("COMPLETED", "ERRORED")
"""A run that reached its end. One that was killed has no results to show."""


class Publishing:
    """The part of the store that `ports.Store` calls versions and publishing."""

    _database: Database

    async def versions(
        self, project: str, limit: int | None = None, *, before: int | None = None, after: int | None = None
    ) -> tuple[Version, ...]:
        """Newest first; with `after` the lowest above it."""
        query = select(*columns(versions, Version)).where(versions.c.project == project).limit(limit)
        if before is not None:
            query = query.where(versions.c.number < before)
        if after is None:
            query = query.order_by(versions.c.number.desc())
        else:
            query = query.where(versions.c.number > after).order_by(versions.c.number)
        found = await self._database.read(lambda c: tuple(_version(row) for row in c.execute(query)))
        return found if after is None else found[::-1]

    async def version_with_hash(self, project: str, hash: str) -> int | None:
        """The newest one's number."""
        query = select(func.max(versions.c.number)).where(versions.c.project == project, versions.c.hash == hash)
        return await self._database.read(lambda c: c.execute(query).scalar())

    async def name_version(self, project: str, number: int, title: str, audit: AuditEntry) -> None:
        """Change its title, and nothing else of it."""
        change = update(versions).where(versions.c.project == project, versions.c.number == number).values(title=title)

        def work(connection: Connection) -> None:
            require(connection.execute(change), f"version {number}")
            put_audit(connection, audit)

        await self._database.write(work, "the title of the version")

    async def steps(
        self, project: str, limit: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[AuditEntry, ...]:
        """From the audit log, which is written with each of them."""
        query = select(*columns(audit_log, AuditEntry)).where(
            audit_log.c.project == project, audit_log.c.action.in_(STEPS)
        )
        if since is not None:
            query = query.where(audit_log.c.at >= since)
        if until is not None:
            query = query.where(audit_log.c.at < until)
        query = query.order_by(audit_log.c.ordinal.desc()).limit(limit)
        return await self._database.read(lambda c: all_built(AuditEntry, c.execute(query).all()))

    async def version(self, project: str, number: int) -> tuple[Version, bytes] | None:
        """The record and its canonical document."""
        query = (
            select(*columns(versions, Version), documents.c.format, documents.c.data)
            .join(documents, documents.c.hash == versions.c.document)
            .where(versions.c.project == project, versions.c.number == number)
        )

        def work(connection: Connection) -> tuple[Version, bytes] | None:
            row = connection.execute(query).first()
            return (_version(row), _unpacked(row)) if row else None

        return await self._database.read(work)

    async def add_version(self, version: Version, document: bytes, audit: AuditEntry | None = None) -> int:
        """Save one without publishing; answers its number."""

        def work(connection: Connection) -> int:
            lock(connection, version.project)
            number = _add_version(connection, version, _put_document(connection, document))
            if audit is not None:
                put_audit(connection, _numbered(audit, number))
            return number

        return await self._database.write(work, "the version")

    async def add_publish(self, record: PublishRecord, run: RunRecord) -> None:
        """Keep a candidate and the run that tries it."""

        def work(connection: Connection) -> None:
            put_run(connection, run)
            document = _put_document(connection, record.document)
            connection.execute(insert(publishes), values(record, document=document, errors=_plain(record.errors)))

        await self._database.write(work, "the candidate")

    async def publish(self, id: str) -> PublishRecord | None:
        """The candidate with that id, whatever became of it."""
        query = _publishes().where(publishes.c.id == id)

        def work(connection: Connection) -> PublishRecord | None:
            row = connection.execute(query).first()
            return _publish(row) if row else None

        return await self._database.read(work)

    async def open_publishes(self, project: str | None = None) -> tuple[PublishRecord, ...]:
        """Candidates about which something may still happen, newest first."""
        unfinished = and_(
            publishes.c.status == "PUBLISHED", publishes.c.forced.is_(True), runs.c.status.in_(("PENDING", "RUNNING"))
        )
        query = _publishes().join(runs, runs.c.id == publishes.c.run)
        query = query.where(or_(publishes.c.status.in_(OPEN), unfinished))
        if project is not None:
            query = query.where(publishes.c.project == project)
        query = query.order_by(publishes.c.created_at.desc(), publishes.c.ordinal.desc())
        return await self._database.read(lambda c: tuple(_publish(row) for row in c.execute(query)))

    async def set_publish(self, id: str, status: PublishStatus, errors: tuple[PublishError, ...]) -> None:
        """What became of it. One that was published stays so, whoever comes late: only its errors change."""

        def work(connection: Connection) -> None:
            change = update(publishes).where(publishes.c.id == id)
            require(connection.execute(change.values(errors=_plain(errors))), id)
            connection.execute(change.where(publishes.c.status != "PUBLISHED").values(status=status))

        await self._database.write(work, "the state of the candidate")

    async def promote(
        self,
        publish: str,
        title: str,
        by: str,
        at: datetime,
        packages: tuple[str, ...],
        python: str,
        audit: AuditEntry,
        flags: Mapping[str, str] = NO_FLAGS,
    ) -> int:
        """Publish the candidate; answers the version's number. Raises Conflict where the pointer has moved or the
        candidate was published or given up already."""

        def work(connection: Connection) -> int:
            found = connection.execute(select(publishes.c.project).where(publishes.c.id == publish)).scalar()
            if found is None:
                raise KeyError(publish)
            # First the project, always: whoever publishes here waits for that one row, and what is read after it holds.
            published = lock(connection, found).published
            candidate = connection.execute(select(publishes).where(publishes.c.id == publish).with_for_update()).one()
            if candidate.status not in OPEN:
                raise Conflict(f"This candidate can no longer be published: it is {candidate.status}.")
            if published != candidate.expected_published:
                now = "no version" if published is None else f"version {published}"
                raise Conflict(f"Somebody published meanwhile: {now} is the published one now. Nothing was changed.")

            run = connection.execute(select(runs.c.status).where(runs.c.id == candidate.run)).scalar_one()
            results = candidate.run if run in FINISHED and not candidate.personal else None
            if candidate.republish is None:
                version = Version(
                    found, 0, candidate.hash, title, by, at, "published", candidate.run, python, packages,
                    candidate.personal, candidate.edits,
                )  # fmt: skip
                number = _add_version(connection, version, candidate.document)
            else:
                number = candidate.republish
                last = connection.execute(
                    select(versions.c.results_run).where(versions.c.project == found, versions.c.number == number)
                ).first()
                if last is None:
                    raise KeyError(f"version {number}")
                # Its last results are kept unless this run did better: a later run with errors replaces none.
                if last.results_run is not None and run != "COMPLETED":
                    results = last.results_run

            put_results(connection, found, number, results)
            connection.execute(
                update(projects)
                .where(projects.c.id == found)
                .values(published=number, published_hash=candidate.hash, last_published_at=at)
            )
            connection.execute(update(runs).where(runs.c.id == candidate.run).values(version=number))
            connection.execute(
                update(publishes)
                .where(publishes.c.id == publish)
                .values(status="PUBLISHED", version=number, title=title, forced=run in ("PENDING", "RUNNING"))
            )
            put_flags(connection, flags)
            put_audit(connection, _numbered(audit, number))
            return number

        return await self._database.write(work, "the publish")

    async def set_results(self, project: str, version: int, run: str, audit: AuditEntry | None = None) -> bool:
        """Make a finished run's outputs the published results. False where another version, or none, is published, and
        where the version is personal. `audit`: recorded in the same step, if they were.

        Raises ValueError for a run that has not finished or is of another version: results never cross versions."""

        def work(connection: Connection) -> bool:
            found = connection.execute(
                select(runs.c.project, runs.c.version, runs.c.status).where(runs.c.id == run)
            ).first()
            if found is None:
                raise KeyError(run)
            if (found.project, found.version) != (project, version):
                raise ValueError(f"the run {run} is not one of version {version} of this project")
            if found.status not in FINISHED:
                raise ValueError(f"the run {run} has no results: it is {found.status}")
            if not give_results(connection, project, version, run):
                return False
            if audit is not None:
                put_audit(connection, audit)
            return True

        return await self._database.write(work, "the published results")

    async def unpublish(self, project: str, audit: AuditEntry) -> None:
        """Take the pointer away. The version keeps its results, for when it is published again."""

        def work(connection: Connection) -> None:
            change = update(projects).where(projects.c.id == project)
            require(connection.execute(change.values(published=None, published_hash="", results_run=None)), project)
            put_audit(connection, audit)

        await self._database.write(work, "the unpublish")


def _add_version(connection: Connection, version: Version, document: str) -> int:
    """The next number, under `lock`. No version is ever deleted, so the highest tells how many there are."""
    highest = connection.execute(
        select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.project == version.project)
    ).scalar_one()
    number = int(highest) + 1
    connection.execute(
        insert(versions), values(version, number=number, packages=list(version.packages), document=document)
    )
    return number


def _numbered(audit: AuditEntry, number: int) -> AuditEntry:
    return replace(audit, detail={**audit.detail, "version": number})


def _put_document(connection: Connection, document: bytes) -> str:
    """Keep the bytes once, and answer by what they are found."""
    hash = hashlib.sha256(document).hexdigest()
    if connection.execute(select(documents.c.format).where(documents.c.hash == hash)).first() is None:
        row = {"hash": hash, "format": ZLIB, "data": zlib.compress(document)}
        insert_ = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(insert_(documents).on_conflict_do_nothing(), row)
    return hash


def _unpacked(row: Any) -> bytes:
    if row.format != ZLIB:
        raise ValueError(
            f"This document is compressed in way {row.format}, which this Vernissage does not know. "
            "Upgrade Vernissage to open it; nothing was changed."
        )
    return zlib.decompress(row.data)


def _version(row: Any) -> Version:
    fields = {name: row._mapping[name] for name in Version.__struct_fields__}
    return Version(**{**fields, "packages": tuple(row.packages)})


def _publishes() -> Any:
    return (
        select(*columns(publishes, PublishRecord, "document"), documents.c.format, documents.c.data)
        .select_from(publishes)
        .join(documents, documents.c.hash == publishes.c.document)
    )


def _publish(row: Any) -> PublishRecord:
    fields = {name: row._mapping[name] for name in PublishRecord.__struct_fields__ if name != "document"}
    errors = msgspec.convert(row.errors, tuple[PublishError, ...])
    return PublishRecord(**{**fields, "document": _unpacked(row), "errors": errors})


def _plain(errors: tuple[PublishError, ...]) -> Any:
    return msgspec.to_builtins(errors)
