"""Embeds: which pages may show this workspace's apps, and the passes that let one in.

What a pass says is `core.embedding`'s affair.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select

from vernissage.ports import AuditEntry, EmbedLink
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.rows import all_built, columns, values
from vernissage.store.tables import embed_links as links
from vernissage.store.tables import embed_origins as origins


class Embedding:
    """The part of the store that `ports.Store` calls embeds."""

    _database: Database

    async def embed_origins(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        query = select(origins.c.origin).order_by(origins.c.place)
        return await self._database.read(lambda c: tuple(c.execute(query).scalars()))

    async def set_embed_origins(self, given: tuple[str, ...], audit: AuditEntry) -> None:
        """Replace them, and record who did."""

        def work(connection: Connection) -> None:
            connection.execute(delete(origins))
            if given:
                rows = [{"origin": one, "place": place} for place, one in enumerate(given)]
                connection.execute(insert(origins), rows)
            put_audit(connection, audit)

        await self._database.write(work, "the origins of embeds")

    async def add_embed_link(self, link: EmbedLink, now: datetime, audit: AuditEntry | None) -> None:
        """Keep it, and forget those that nobody can use any more."""

        def work(connection: Connection) -> None:
            connection.execute(delete(links).where(links.c.expires_at <= now))
            connection.execute(insert(links), values(link))
            if audit is not None:
                put_audit(connection, audit)

        await self._database.write(work, "the address of an embed")

    async def use_embed_link(self, hash: str, at: datetime) -> EmbedLink | None:
        """Taken by deleting it, so of two who come at once one finds nothing."""
        taken = (
            delete(links)
            .where(and_(links.c.hash == hash, links.c.expires_at > at))
            .returning(*columns(links, EmbedLink))
        )

        def work(connection: Connection) -> EmbedLink | None:
            found = all_built(EmbedLink, connection.execute(taken).all())
            return found[0] if found else None

        return await self._database.write(work, "the use of an embed's address")
