"""The outbox: letters that are to be sent, and those that were.

A letter is put here in the transaction that gives rise to it, so that neither exists without the other. Whoever sends
one takes it in hand first by moving its next attempt ahead, and says afterwards how it went: a crash in between lets it
come due again, under the same id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from vernissage.core.notifications import LetterStatus, Notification, Recipient
from vernissage.ports import AuditEntry, Letter, OutsideAddress
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.rows import all_built, columns, require, values
from vernissage.store.tables import letters, outside_addresses


class Outbox:
    """The part of the store that `ports.Store` calls the outbox."""

    _database: Database

    async def add_letters(self, letters: tuple[Letter, ...]) -> None:
        """Keep new letters, all or none."""
        await self._database.write(lambda c: put_letters(c, letters), "the letters")

    async def letter(self, id: str) -> Letter | None:
        """The letter with that id."""
        query = select(*columns(letters, Letter)).where(letters.c.id == id)

        def work(connection: Connection) -> Letter | None:
            row = connection.execute(query).first()
            return _letter(row) if row else None

        return await self._database.read(work)

    async def claim_letters(self, server: str, at: datetime, until: datetime, limit: int) -> tuple[Letter, ...]:
        """Take what is due in hand. SQLite's writer is alone; PostgreSQL passes over what another takes just now."""
        due = (
            select(letters.c.ordinal)
            .where(letters.c.status == "PENDING", letters.c.next_attempt <= at)
            .order_by(letters.c.next_attempt, letters.c.ordinal)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> tuple[Letter, ...]:
            found = connection.execute(due).scalars().all()
            if not found:
                return ()
            mine = letters.c.ordinal.in_(found)
            taken = {"next_attempt": until, "claimed_by": server, "attempts": letters.c.attempts + 1}
            connection.execute(update(letters).where(mine).values(taken))
            rows: Sequence[Row[Any]] = connection.execute(select(letters).where(mine)).all()
            return tuple(_letter(row) for row in sorted(rows, key=lambda row: found.index(row.ordinal)))

        return await self._database.write(work, "the taking of letters")

    async def release_letters(self, server: str, at: datetime) -> None:
        """What an earlier life of this server had in hand is due at once."""
        held = (letters.c.status == "PENDING", letters.c.claimed_by == server)
        change = update(letters).where(*held).values(next_attempt=at, claimed_by=None)
        await self._database.write(lambda c: c.execute(change), "the release of letters")

    async def settle_letter(
        self,
        id: str,
        status: LetterStatus,
        at: datetime,
        error: str = "",
        next_attempt: datetime | None = None,
        left_out: tuple[str, ...] = (),
    ) -> None:
        """How an attempt went. Nothing undoes that a letter was sent."""
        change: dict[str, Any] = {"status": status, "error": error, "claimed_by": None, "left_out": list(left_out)}
        if status == "SENT":
            change["sent_at"] = at
        if next_attempt is not None:
            change["next_attempt"] = next_attempt

        def work(connection: Connection) -> None:
            require(connection.execute(update(letters).where(letters.c.id == id).values(id=id)), id)
            connection.execute(update(letters).where(letters.c.id == id, letters.c.status != "SENT").values(change))

        await self._database.write(work, "how a letter went")

    async def next_letter(self) -> datetime | None:
        """When the next letter comes due."""
        query = select(letters.c.next_attempt).where(letters.c.status == "PENDING").order_by(letters.c.next_attempt)
        return await self._database.read(lambda c: c.execute(query.limit(1)).scalar())

    async def letters(self, runs: Collection[str]) -> tuple[Letter, ...]:
        """The letters of these runs, in the order in which they were made."""
        query = select(*columns(letters, Letter)).where(letters.c.run.in_(runs)).order_by(letters.c.ordinal)
        return await self._database.read(lambda c: tuple(_letter(row) for row in c.execute(query)))

    async def outside_addresses(self) -> tuple[OutsideAddress, ...]:
        """In alphabetical order."""
        query = select(*columns(outside_addresses, OutsideAddress)).order_by(outside_addresses.c.address)
        return await self._database.read(lambda c: all_built(OutsideAddress, c.execute(query).all()))

    async def allow_address(self, address: OutsideAddress, audit: AuditEntry) -> None:
        """Let letters go there."""

        def work(connection: Connection) -> None:
            known = select(outside_addresses.c.address).where(outside_addresses.c.address == address.address)
            if connection.execute(known).first() is None:
                connection.execute(insert(outside_addresses), values(address))
                put_audit(connection, audit)

        await self._database.write(work, f"the leave for {address.address}")

    async def forbid_address(self, address: str, audit: AuditEntry) -> bool:
        """Let no more letters go there."""

        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(outside_addresses).where(outside_addresses.c.address == address)).rowcount
            if gone:
                put_audit(connection, audit)
            return bool(gone)

        return await self._database.write(work, f"the leave for {address}")


def put_letters(connection: Connection, new: tuple[Letter, ...]) -> None:
    """Keep new letters, within a transaction."""
    for letter in new:
        plain = {
            "notification": msgspec.to_builtins(letter.notification),
            "recipient": msgspec.to_builtins(letter.recipient),
            "left_out": list(letter.left_out),
        }
        connection.execute(insert(letters), values(letter, **plain))


def _letter(row: Row[Any]) -> Letter:
    fields = {name: row._mapping[name] for name in Letter.__struct_fields__}
    fields["notification"] = msgspec.convert(row.notification, Notification)
    fields["recipient"] = msgspec.convert(row.recipient, Recipient)
    fields["left_out"] = tuple(row.left_out)
    return Letter(**fields)
