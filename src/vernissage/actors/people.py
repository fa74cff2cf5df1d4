"""People and their tokens: made here, for the HTTP API and for the command line alike.

Promises: a secret is answered once and never kept, only its digest is; an e-mail is kept in lower case.

Left alone: who may make them (`access`), hashing passwords and signing in (`web`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from datetime import datetime, timedelta
from typing import get_args

from msgspec.structs import replace

from vernissage.core.access import Role
from vernissage.ports import AuditEntry, Conflict, Store, Token, User

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class NotAPerson(ValueError):
    """What was said of a person cannot be; the text says what, `hint` what to do, `field` where."""

    def __init__(self, sentence: str, hint: str, field: str) -> None:
        super().__init__(sentence)
        self.hint = hint
        self.field = field


def digest(secret: str) -> str:
    """What the store keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def add_user(store: Store, email: str, role: str, name: str, password_hash: str, at: datetime) -> User:
    """A new user; `name` "" = named after the e-mail. Raises NotAPerson, or Conflict where the e-mail is taken."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise NotAPerson(f"{email!r} is no e-mail address.", "Write it like ana@example.com.", "email")
    known = next((one for one in get_args(Role) if one == role), None)
    if known is None:
        raise NotAPerson(f"There is no role {role!r}.", "Use admin, editor or viewer.", "role")
    user = User(str(uuid.uuid4()), email, name or email.split("@")[0], known, password_hash, False, at)
    await store.add_user(user)
    return user


async def arrived(store: Store, email: str, name: str, role: Role, at: datetime, origin: str, by: str) -> User | None:
    """The user of an e-mail for which somebody else vouches, made on the first sight; None = it is no e-mail."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        return None
    user = await store.user_by_email(email)
    if user is not None:
        return user
    try:
        user = await add_user(store, email, role, name, "", at)
    except Conflict:  # somebody's second tab was faster
        return await store.user_by_email(email)
    detail = {"user": user.id, "email": email, "role": role, "by": by}
    await store.add_audit(AuditEntry(at, user.id, "add_user", "", detail, origin))
    return user


async def create_workspace_token(
    store: Store, name: str, role: Role, at: datetime, lives: timedelta | None, audit: AuditEntry
) -> tuple[Token, User, str]:
    """A token that is nobody's, the service user that it acts as, and its secret."""
    id = str(uuid.uuid4())
    name = name.strip()[:200] or "Workspace token"
    service = User(id, f"{id[:8]}@tokens.invalid", name, role, created_at=at, service=True)
    await store.add_user(service)
    token, secret = await create_token(store, id, name, at, lives)
    await store.add_audit(replace(audit, detail={**audit.detail, "token": token.id, "user": id}))
    return token, service, secret


async def create_token(
    store: Store, user: str, name: str, at: datetime, lives: timedelta | None = None
) -> tuple[Token, str]:
    """A new bearer token of a user (their id), and its secret, which nothing keeps. `lives` None = it does not end."""
    secret = f"vnsg_{secrets.token_urlsafe(32)}"
    expires = at + lives if lives is not None else None
    token = Token(secrets.token_hex(8), digest(secret), user, "bearer", name[:200], at, expires)
    await store.add_token(token)
    return token, secret
