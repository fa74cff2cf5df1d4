"""People, their groups, their browsers and their tokens.

Secrets never lie here: a cookie and a token are known by the SHA-256 of their secret. Whether a sign-in has ended is
for the reader to judge by its times; what must be decided among callers at the same instant, that a one-time link is
used once and that the last admin stays, is decided here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, or_, select, update

from vernissage.core.access import Role
from vernissage.ports import AuditEntry, Group, Identity, LastAdmin, SignIn, Token, User
from vernissage.store.access import put_audit
from vernissage.store.database import Database
from vernissage.store.rows import all_built, built, columns, require, values
from vernissage.store.tables import grants, groups, identities, members, sign_ins, tokens, users


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

    async def set_password(self, user: str, hash: str, keep: str = "") -> None:
        """Replace the password's hash, and end their sign-ins but that one."""

        def work(connection: Connection) -> None:
            change = update(users).where(users.c.id == user).values(password_hash=hash)
            require(connection.execute(change), user)
            others = and_(sign_ins.c.user == user, sign_ins.c.id != keep)
            connection.execute(update(sign_ins).where(others).values(revoked=True))

        await self._database.write(work, "the new password")

    async def set_role(self, user: str, role: Role, audit: AuditEntry) -> None:
        """Change the role. Raises LastAdmin."""

        def work(connection: Connection) -> None:
            if role != "admin":
                _keep_an_admin(connection, user)
            require(connection.execute(update(users).where(users.c.id == user).values(role=role)), user)
            put_audit(connection, audit)

        await self._database.write(work, "the new role")

    async def disable_user(self, user: str, audit: AuditEntry) -> None:
        """Disable a user, and end their sign-ins and tokens, in one step. Raises LastAdmin."""

        def work(connection: Connection) -> None:
            _keep_an_admin(connection, user)
            require(connection.execute(update(users).where(users.c.id == user).values(disabled=True)), user)
            connection.execute(update(sign_ins).where(sign_ins.c.user == user).values(revoked=True))
            connection.execute(update(tokens).where(tokens.c.user == user).values(revoked=True))
            put_audit(connection, audit)

        await self._database.write(work, "disabling the user")

    async def enable_user(self, user: str, audit: AuditEntry) -> None:
        """Let them sign in again."""

        def work(connection: Connection) -> None:
            require(connection.execute(update(users).where(users.c.id == user).values(disabled=False)), user)
            put_audit(connection, audit)

        await self._database.write(work, "enabling the user")

    async def identity(self, issuer: str, subject: str) -> Identity | None:
        """Whom an issuer knows by that subject."""
        query = select(*columns(identities, Identity)).where(
            identities.c.issuer == issuer, identities.c.subject == subject
        )

        def work(connection: Connection) -> Identity | None:
            row = connection.execute(query).first()
            return built(Identity, row) if row else None

        return await self._database.read(work)

    async def add_identity(self, identity: Identity) -> None:
        """Keep it. Raises Conflict where the subject, or the user, is known to that issuer already."""
        await self._database.write(lambda c: c.execute(insert(identities), values(identity)), "the sign-in's identity")

    async def add_group(self, group: Group, audit: AuditEntry) -> None:
        """Keep a new, empty group. Raises Conflict where the name is taken."""
        row = {"id": group.id, "name": group.name, "folded": group.name.casefold(), "created_at": group.created_at}

        def work(connection: Connection) -> None:
            connection.execute(insert(groups), row)
            put_audit(connection, audit)

        await self._database.write(work, f"the group “{group.name}”")

    async def rename_group(self, group: str, name: str, audit: AuditEntry) -> None:
        """Give it another name. Raises Conflict where that is taken."""
        change = update(groups).where(groups.c.id == group).values(name=name, folded=name.casefold())

        def work(connection: Connection) -> None:
            require(connection.execute(change), group)
            put_audit(connection, audit)

        await self._database.write(work, f"the name “{name}”")

    async def remove_group(self, group: str, audit: AuditEntry) -> None:
        """Take it away, and all that it was given."""

        def work(connection: Connection) -> None:
            connection.execute(delete(members).where(members.c.group == group))
            connection.execute(delete(grants).where(grants.c.principal == f"group:{group}"))
            require(connection.execute(delete(groups).where(groups.c.id == group)), group)
            put_audit(connection, audit)

        await self._database.write(work, "the removal of the group")

    async def group(self, id: str) -> Group | None:
        """The group with that id."""

        def work(connection: Connection) -> Group | None:
            row = connection.execute(_groups.where(groups.c.id == id)).first()
            return built(Group, row) if row else None

        return await self._database.read(work)

    async def groups(self) -> tuple[Group, ...]:
        """All, by name."""
        query = _groups.order_by(groups.c.folded)
        return await self._database.read(lambda c: all_built(Group, c.execute(query).all()))

    async def group_members(self, group: str) -> tuple[User, ...]:
        """Who is in it, by e-mail."""
        query = (
            select(*columns(users, User))
            .join(members, members.c.user == users.c.id)
            .where(members.c.group == group)
            .order_by(users.c.email)
        )
        return await self._database.read(lambda c: all_built(User, c.execute(query).all()))

    async def set_member(self, group: str, user: str, member: bool, audit: AuditEntry) -> bool:
        """Put somebody into a group or out of it; False where that was so."""
        place = and_(members.c.group == group, members.c.user == user)

        def work(connection: Connection) -> bool:
            # The lock lets two who do the same at once do it one after the other.
            lock = select(groups.c.id).where(groups.c.id == group).with_for_update()
            if connection.execute(lock).first() is None:
                raise KeyError(group)
            if (connection.execute(select(members.c.user).where(place)).first() is not None) == member:
                return False
            if member:
                connection.execute(insert(members), {"group": group, "user": user})
            else:
                connection.execute(delete(members).where(place))
            put_audit(connection, audit)
            return True

        return await self._database.write(work, "the member of the group")

    async def groups_of(self, user: str) -> tuple[str, ...]:
        """Ids of the groups that somebody is in."""
        query = select(members.c.group).where(members.c.user == user).order_by(members.c.group)
        return await self._database.read(lambda c: tuple(c.execute(query).scalars()))

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


_count = select(func.count()).select_from(members).where(members.c.group == groups.c.id).scalar_subquery()
_groups: Select[Any] = select(groups.c.id, groups.c.name, groups.c.created_at, _count.label("members"))


def _keep_an_admin(connection: Connection, leaving: str) -> None:
    """Raises LastAdmin where nobody but that user is an admin who can sign in."""
    able = and_(users.c.role == "admin", users.c.disabled.is_(False), users.c.service.is_(False))
    # All of them are locked, in one order: of two admins who demote each other at once, the second finds one left.
    admins = connection.execute(select(users.c.id).where(able).order_by(users.c.id).with_for_update()).scalars().all()
    if list(admins) == [leaving]:
        raise LastAdmin
