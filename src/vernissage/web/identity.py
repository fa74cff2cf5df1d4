"""Who asks: a bearer token, a person whom a trusted proxy names, a cookie of a signed-in browser, or nobody.

A browser's cookie holds a secret whose hash the store knows; the session behind it can be revoked. A visitor without
an account gets one too where an app is open to the web, so that their session is theirs; it stands for nobody, so the
store need not know it, and a visit writes nothing. A browser's request that changes something must carry the CSRF
token of its page and come from this very origin.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from vernissage.actors import people
from vernissage.actors.connection import Viewer
from vernissage.ports import AuditEntry, SignIn, User
from vernissage.web.keys import KEY, Key, holder_of, unsealed
from vernissage.web.services import Services, services_of
from vernissage.wire.boot import Person

COOKIE = "vernissage"
SIGNED_IN_FOR = timedelta(days=30)
SHORTEST = 40
"""Characters of a cookie's secret: a shorter one is none of ours."""

VISITOR = "visitor."
"""How the cookie of a visitor without an account begins."""

NOBODY = Viewer("", "Visitor")


@dataclass(frozen=True)
class Identity:
    viewer: Viewer
    by: Literal["cookie", "proxy", "bearer", "embed", "nobody"]
    secret: str = ""
    """The cookie's secret, or what stands for one where a proxy names the person; "" = none."""
    sign_in: SignIn | None = None
    user: User | None = None
    token: str = ""
    """Hash of the bearer token."""

    @property
    def person(self) -> Person | None:
        """For the page; None = signed out."""
        user = self.user
        return Person(user.id, user.name, user.email, user.role) if user else None


digest = people.digest
"""What the store keeps of a secret."""


def viewer_of(user: User) -> Viewer:
    """A user as rooms know them."""
    return Viewer(user.id, user.name, user.id, user.email, user.role)


async def identify(connection: ASGIConnection[Any, Any, Any, Any], key: str = "") -> Identity:
    """Who asks; looked up once per request. `key`: of a framed page, where it comes in another way than in a header."""
    state = connection.scope["state"]
    if "identity" not in state:
        services = services_of(connection)
        state["identity"] = (
            await by_key(services, unsealed(services.key, key, services.clock.now()))
            if key
            else await _identify(connection, services)
        )
    identity = state["identity"]
    assert isinstance(identity, Identity)
    return identity


async def _identify(connection: ASGIConnection[Any, Any, Any, Any], services: Services) -> Identity:
    now = services.clock.now()
    header = connection.headers.get("authorization", "")
    if header[:7].lower() == "bearer ":
        if header[7:].startswith(KEY):
            return await by_key(services, unsealed(services.key, header[7:].strip(), now))
        token = await services.store.token_by_hash(digest(header[7:].strip()))
        if token is None or token.kind != "bearer" or token.revoked:
            return Identity(NOBODY, "bearer")
        if token.expires_at is not None and token.expires_at <= now:
            return Identity(NOBODY, "bearer")
        user = await services.store.user(token.user)
        if user is None or user.disabled:
            return Identity(NOBODY, "bearer")
        return Identity(viewer_of(user), "bearer", user=user, token=token.hash)
    named = services.proxies.sign_in_header and connection.headers.get(services.proxies.sign_in_header, "")
    if named:
        return await _named_by_proxy(connection, services, named)
    secret = connection.cookies.get(COOKIE, "")
    if len(secret) < SHORTEST:
        return Identity(NOBODY, "nobody")
    if secret.startswith(VISITOR):
        return visitor(secret)
    sign_in = await services.store.sign_in_by_hash(digest(secret))
    if sign_in is None or sign_in.revoked or sign_in.expires_at <= now:
        return Identity(NOBODY, "nobody")
    user = await services.store.user(sign_in.user)
    if user is None or user.disabled:
        return Identity(NOBODY, "nobody")
    return Identity(viewer_of(user), "cookie", secret, sign_in, user)


async def _named_by_proxy(connection: ASGIConnection[Any, Any, Any, Any], services: Services, email: str) -> Identity:
    """[WEB42] Whoever a trusted proxy says has signed in there; somebody new gets an account."""
    origin, now = origin_of(connection), services.clock.now()
    user = await people.arrived(services.store, email, "", services.first_role, now, origin, "proxy")
    if user is None or user.disabled or user.service:
        return Identity(NOBODY, "nobody")
    if services.proxies.first_sight(user.id, now):
        await services.store.add_audit(AuditEntry(now, user.id, "sign_in", "", {"by": "proxy"}, origin))
    return Identity(viewer_of(user), "proxy", f"proxy:{user.id}", user=user)


async def by_key(services: Services, key: Key | None) -> Identity:
    """[EMB4] Whoever holds the key of a framed page; nobody where it opens nothing any more."""
    holder = await holder_of(services, key) if key is not None else None
    if holder is None:
        return Identity(NOBODY, "embed")
    viewer, user, sign_in = holder
    return Identity(viewer, "embed", sign_in=sign_in, user=user)


def visitor(secret: str = "") -> Identity:
    """A visitor without an account, known by their cookie; "" = a new one."""
    secret = secret or VISITOR + secrets.token_urlsafe(32)
    id = digest(secret)
    return Identity(Viewer(f"visitor:{id[:32]}", f"Visitor {1 + int(id[32:40], 16) % 99}"), "cookie", secret)


async def open_sign_in(services: Services, user: str) -> tuple[SignIn, str]:
    """A new signed-in browser, and the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    now = services.clock.now()
    sign_in = SignIn(secrets.token_hex(8), digest(secret), user, now, now + SIGNED_IN_FOR)
    await services.store.add_sign_in(sign_in)
    return sign_in, secret


def cookie(connection: ASGIConnection[Any, Any, Any, Any], secret: str) -> Cookie:
    """The cookie for a browser; "" takes it away. Sent over TLS only, where that is how people reach this server."""
    age = int(SIGNED_IN_FOR.total_seconds()) if secret else 0
    secure = connection.url.scheme == "https" or services_of(connection).base_url.startswith("https:")
    return Cookie(key=COOKIE, value=secret, path="/", httponly=True, samesite="lax", secure=secure, max_age=age)


def origin_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Where a request came from, for the audit log."""
    return connection.client.host if connection.client else ""


def csrf_token(key: bytes, secret: str) -> str:
    """The token for a page of this browser. Masked anew each time, so that compressing the page gives nothing away."""
    mask = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(mask + _csrf(key, secret, mask)).decode()


def csrf_fits(key: bytes, secret: str, token: str) -> bool:
    """Whether a token came from a page of this browser."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except ValueError:
        return False
    return len(raw) == 48 and hmac.compare_digest(_csrf(key, secret, raw[:16]), raw[16:])


def _csrf(key: bytes, secret: str, mask: bytes) -> bytes:
    return hmac.digest(key, b"csrf:" + mask + secret.encode(), "sha256")


def same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the request comes from a page of this server. A program, which sends no Origin, passes."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    base = services_of(connection).base_url
    if base and origin == base:  # a proxy may ask for us under another name
        return True
    try:
        sent_by = urlsplit(origin)
    except ValueError:
        return False
    return sent_by.scheme in ("http", "https") and sent_by.netloc == connection.headers.get("host", "")
