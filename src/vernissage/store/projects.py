"""Projects and their drafts.

A draft is a snapshot and the operations after it. Each operation is committed before anybody hears of it, numbered
from 1 without holes. Compaction moves the snapshot forward; the log stays, as history.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from vernissage.ports import AuditEntry, Conflict, Grant, Project, StoredDraft, StoredOperation
from vernissage.store.access import put_audit, put_grants, raise_grant
from vernissage.store.database import Database
from vernissage.store.rows import all_built, built, columns, require, values
from vernissage.store.tables import drafts, operations, projects

# Built once: an edit is the most frequent write, and building its statements would take as long as running them.
_log = insert(operations)
_claim = (
    update(projects)
    .where(projects.c.id == bindparam("project"), projects.c.seq == bindparam("before"))
    .values({name: bindparam(f"new_{name}") for name in ("seq", "title", "description", "last_edited_at")})
)
_claim_with_hash = _claim.values(draft_hash=bindparam("new_draft_hash"))


class Projects:
    """The part of the store that `ports.Store` calls projects and their drafts."""

    _database: Database

    async def add_project(self, project: Project, snapshot: bytes, grants: tuple[Grant, ...]) -> None:
        """Keep a new project, its first draft and who may see it."""

        def work(connection: Connection) -> None:
            connection.execute(insert(projects), values(project, seq=0))
            connection.execute(insert(drafts), {"project": project.id, "snapshot": snapshot, "snapshot_seq": 0})
            put_grants(connection, project.id, grants)

        await self._database.write(work, f"the project “{project.title}”")

    async def project(self, id: str) -> Project | None:
        """The project, in the trash too."""
        query = select(*columns(projects, Project)).where(projects.c.id == id)

        def work(connection: Connection) -> Project | None:
            row = connection.execute(query).first()
            return built(Project, row) if row else None

        return await self._database.read(work)

    async def projects(self) -> tuple[Project, ...]:
        """All that are not in the trash, last edited first."""
        query = (
            select(*columns(projects, Project))
            .where(projects.c.trashed_at.is_(None))
            .order_by(projects.c.last_edited_at.desc(), projects.c.id)
        )
        return await self._database.read(lambda c: all_built(Project, c.execute(query).all()))

    async def trash_project(self, id: str, at: datetime) -> None:
        """Put it into the trash."""
        change = update(projects).where(projects.c.id == id).values(trashed_at=at)
        await self._database.write(lambda c: require(c.execute(change), id), "moving the project to the trash")

    async def trashed_projects(self, since: datetime) -> tuple[Project, ...]:
        """Those put into the trash since then, last trashed first."""
        query = (
            select(*columns(projects, Project))
            .where(projects.c.trashed_at > since)
            .order_by(projects.c.trashed_at.desc(), projects.c.id)
        )
        return await self._database.read(lambda c: all_built(Project, c.execute(query).all()))

    async def restore_project(self, id: str, audit: AuditEntry) -> None:
        """Take it out of the trash."""
        change = update(projects).where(projects.c.id == id).values(trashed_at=None)

        def work(connection: Connection) -> None:
            require(connection.execute(change), id)
            put_audit(connection, audit)

        await self._database.write(work, "the project's way out of the trash")

    async def set_owner(self, project: str, owner: str, audit: AuditEntry) -> None:
        """Hand it over; who owned it keeps Full access."""

        def work(connection: Connection) -> None:
            lock = select(projects.c.owner).where(projects.c.id == project).with_for_update()
            before = connection.execute(lock).scalar()
            if before is None:
                raise KeyError(project)
            connection.execute(update(projects).where(projects.c.id == project).values(owner=owner))
            for one in (before, owner):
                raise_grant(connection, project, Grant(f"user:{one}", "FULL_ACCESS"))
            put_audit(connection, audit)

        await self._database.write(work, "the new owner")

    async def draft(self, project: str) -> StoredDraft:
        """The snapshot and what came after it."""

        def work(connection: Connection) -> StoredDraft:
            # The snapshot first: where a compaction comes between the two queries, the log still reaches on from the
            # snapshot that was read, since compaction removes nothing.
            row = connection.execute(
                select(drafts.c.snapshot, drafts.c.snapshot_seq).where(drafts.c.project == project)
            ).first()
            if row is None:
                raise KeyError(project)
            log = connection.execute(
                select(*columns(operations, StoredOperation))
                .where(operations.c.project == project, operations.c.seq > row.snapshot_seq)
                .order_by(operations.c.seq)
            ).all()
            return StoredDraft(row.snapshot, row.snapshot_seq, all_built(StoredOperation, log))

        return await self._database.read(work)

    async def append_operations(
        self,
        project: str,
        operations: tuple[StoredOperation, ...],
        title: str,
        description: str,
        draft_hash: str | None,
    ) -> None:
        """Add to the log. Raises Conflict where the first number is not the next one, KeyError for no such project."""
        if not operations:
            return
        first, last = operations[0].seq, operations[-1].seq
        if [operation.seq for operation in operations] != list(range(first, last + 1)):
            raise ValueError("the numbers of operations appended together must follow each other")
        log = [values(operation, project=project) for operation in operations]
        claim = _claim if draft_hash is None else _claim_with_hash
        change = {
            "project": project,
            "before": first - 1,
            "new_seq": last,
            "new_title": title,
            "new_description": description,
            "new_last_edited_at": operations[-1].at,
        }
        if draft_hash is not None:
            change["new_draft_hash"] = draft_hash

        def work(connection: Connection) -> None:
            # Check and claim in one statement: of two appenders with one number, the second meets no row.
            if connection.execute(claim, change).rowcount == 0:
                found = connection.execute(select(projects.c.seq).where(projects.c.id == project)).scalar()
                if found is None:
                    raise KeyError(project)
                raise Conflict(f"The draft is at edit {found}, not at {first - 1}; this edit was not kept.")
            connection.execute(_log, log)

        await self._database.write(work, "the last edit" if len(log) == 1 else f"the last {len(log)} edits")

    async def operations(
        self, project: str, limit: int, *, after: int = 0, before: int | None = None
    ) -> tuple[StoredOperation, ...]:
        """A piece of the log, newest first."""
        query = select(*columns(operations, StoredOperation)).where(
            operations.c.project == project, operations.c.seq > after
        )
        if before is not None:
            query = query.where(operations.c.seq < before)
        query = query.order_by(operations.c.seq.desc()).limit(limit)
        return await self._database.read(lambda c: all_built(StoredOperation, c.execute(query).all()))

    async def save_snapshot(self, project: str, seq: int, snapshot: bytes, draft_hash: str) -> None:
        """Compact. One older than the kept snapshot changes nothing. Raises Conflict for one ahead of the log."""

        def work(connection: Connection) -> None:
            last = connection.execute(
                select(projects.c.seq).where(projects.c.id == project).with_for_update(key_share=True)
            ).scalar()
            if last is None:
                raise KeyError(project)
            if seq > last:
                raise Conflict(f"The draft is at edit {last}; a snapshot at {seq} would invent edits. It was not kept.")
            newer = update(drafts).where(drafts.c.project == project, drafts.c.snapshot_seq <= seq)
            if connection.execute(newer.values(snapshot=snapshot, snapshot_seq=seq)).rowcount and seq == last:
                connection.execute(update(projects).where(projects.c.id == project).values(draft_hash=draft_hash))

        await self._database.write(work, "the draft's snapshot")
