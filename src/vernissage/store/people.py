"""People, their browsers and their tokens.

Secrets never lie here: a cookie and a token are known by the SHA-256 of their secret. Whether a sign-in has ended is
for the reader to judge by its times; what must be decided among callers at the same instant, that a one-time link is
used once, is decided here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from vernissage.ports import SignIn, Token, User
from vernissage.store.database import Database
from vernissage.store.rows import all_built, built, columns, require, values
from vernissage.store.tables import sign_ins, tokens, users


class People:
    """The part of the store that `ports.Store` calls people."""

    _database: Database

    async def add_user(self, user: User) -> None:
        """Keep a new user. Raises Conflict where the e-mail is taken."""
        row = values(user, email=user.email.lower())
        await self._database.write(lambda c: c.execute(insert(users), row), f"the user {user.email}")

    async def user(self, id: str) -> User | None:
        """The user with that id."""
        return await self._database.read(lambda c: _user(c, users.c.id == id))

    async def user_by_email(self, email: str) -> User | None:
        """The user with that e-mail, in whatever case it is given."""
        return await self._database.read(lambda c: _user(c, users.c.email == email.lower()))

    async def users(self) -> tuple[User, ...]:
        """All, disabled ones too, by e-mail."""
        query = select(*columns(users, User)).order_by(users.c.email)
        return await self._database.read(lambda c: all_built(User, c.execute(query).all()))

    async def set_password(self, user: str, hash: str) -> None:
        """Replace the password's hash."""
        change = update(users).where(users.c.id == user).values(password_hash=hash)
        await self._database.write(lambda c: require(c.execute(change), user), "the new password")

    async def disable_user(self, user: str) -> None:
        """Disable a user, and end their sign-ins and tokens, in one step."""

        def work(connection: Connection) -> None:
            require(connection.execute(update(users).where(users.c.id == user).values(disabled=True)), user)
            connection.execute(update(sign_ins).where(sign_ins.c.user == user).values(revoked=True))
            connection.execute(update(tokens).where(tokens.c.user == user).values(revoked=True))

        await self._database.write(work, "disabling the user")

    async def add_sign_in(self, sign_in: SignIn) -> None:
        """Keep a browser's sign-in."""
        row = values(sign_in, user=sign_in.user or None)
        await self._database.write(lambda c: c.execute(insert(sign_ins), row), "the sign-in")

    async def sign_in_by_hash(self, hash: str) -> SignIn | None:
        """The sign-in of that cookie, ended ones too."""
        query = select(*columns(sign_ins, SignIn)).where(sign_ins.c.hash == hash)

        def work(connection: Connection) -> SignIn | None:
            row = connection.execute(query).first()
            return built(SignIn, row, user=row.user or "") if row else None

        return await self._database.read(work)

    async def revoke_sign_in(self, id: str) -> None:
        """End it. Harmless twice."""
        change = update(sign_ins).where(sign_ins.c.id == id).values(revoked=True)
        await self._database.write(lambda c: require(c.execute(change), id), "the sign-out")

    async def add_token(self, token: Token) -> None:
        """Keep a token or a one-time sign-in link."""
        await self._database.write(lambda c: c.execute(insert(tokens), values(token)), "the token")

    async def token_by_hash(self, hash: str) -> Token | None:
        """The token of that secret, ended ones too."""
        query = select(*columns(tokens, Token)).where(tokens.c.hash == hash)

        def work(connection: Connection) -> Token | None:
            row = connection.execute(query).first()
            return built(Token, row) if row else None

        return await self._database.read(work)

    async def use_token(self, id: str, at: datetime) -> bool:
        """Mark it used. False where it was revoked, has ended, or is a sign-in link that was used before: of all who
        come with one link, one gets True."""
        fresh = and_(
            tokens.c.revoked.is_(False),
            or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > at),
            or_(tokens.c.kind != "sign_in", tokens.c.used_at.is_(None)),
        )

        def work(connection: Connection) -> bool:
            # The condition and the change are one statement: no second caller fits between them.
            if connection.execute(update(tokens).where(tokens.c.id == id, fresh).values(used_at=at)).rowcount:
                return True
            if connection.execute(select(tokens.c.id).where(tokens.c.id == id)).first() is None:
                raise KeyError(id)
            return False

        return await self._database.write(work, "the use of the token")

    async def tokens(self, user: str | None = None) -> tuple[Token, ...]:
        """Bearer tokens, of one user or of all, newest first."""
        query = select(*columns(tokens, Token)).where(tokens.c.kind == "bearer")
        if user is not None:
            query = query.where(tokens.c.user == user)
        query = query.order_by(tokens.c.created_at.desc(), tokens.c.ordinal.desc())
        return await self._database.read(lambda c: all_built(Token, c.execute(query).all()))

    async def revoke_token(self, id: str) -> bool:
        """End it. False where there is no such token; harmless twice."""
        change = update(tokens).where(tokens.c.id == id).values(revoked=True)
        return await self._database.write(lambda c: c.execute(change).rowcount > 0, "the revocation of the token")


def _user(connection: Connection, condition: ColumnElement[bool]) -> User | None:
    row: Row[Any] | None = connection.execute(select(*columns(users, User)).where(condition)).first()
    return built(User, row) if row else None
