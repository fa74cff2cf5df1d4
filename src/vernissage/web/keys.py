"""What lets a framed page in: a pass in its address, once; then a key in its memory.

Left alone: what they are for (`embedding`), who a cookie or a token stands for (`identity`).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from vernissage.actors import people
from vernissage.actors.connection import Viewer
from vernissage.core.embedding import Pass
from vernissage.ports import AuditEntry, EmbedLink, SignIn, User
from vernissage.web.services import Services

IN_ADDRESS = "pass"
"""The parameter of an address that holds a pass."""

PASS_LIVES = timedelta(seconds=60)
"""Of one for the frame of a person who has just signed in."""

# --- passes -----------------------------------------------------------------------------------------


async def new_pass(services: Services, content: Pass, expires_at: datetime, audit: AuditEntry | None = None) -> str:
    """Keep a pass; the secret that goes into an address."""
    secret = secrets.token_urlsafe(32)
    link = EmbedLink(people.digest(secret), content.project, msgspec.json.encode(content), expires_at)
    await services.store.add_embed_link(link, services.clock.now(), audit)
    return secret


async def take_pass(services: Services, secret: str, project: str) -> Pass | None:
    """[EMB3] What a pass says; None where it was used, has expired, is of another project, or never was."""
    found = await services.store.use_embed_link(people.digest(secret), services.clock.now())
    if found is None or found.project != project:
        return None
    return msgspec.json.decode(found.content, type=Pass)


# --- keys -------------------------------------------------------------------------------------------

KEY = "embed."
"""How a framed page's key begins."""

KEY_LIVES = timedelta(hours=12)


class Key(msgspec.Struct, frozen=True):
    """What the key of a framed page says, under the server's seal."""

    project: str
    viewer: str
    """The viewer's id: a guest's or visitor's own; "" = the user's."""
    user: str
    sign_in: str
    """Hash of the user's sign-in; "" = none: a guest, a visitor, or somebody whom a proxy names."""
    guest: bool
    attributes: dict[str, Any]
    locked: dict[str, Any]
    """Input name → JSON value, set for good."""
    expires_at: datetime


def key_for_guest(passed: Pass, now: datetime) -> Key:
    """Of somebody whom a server vouches for."""
    locked = {name: passed.inputs[name] for name in passed.locked}
    viewer = f"guest:{secrets.token_hex(16)}"
    return Key(passed.project, viewer, "", "", True, passed.attributes, locked, now + KEY_LIVES)


def key_for_user(project: str, user: str, sign_in: str, now: datetime) -> Key:
    """Of a user: it ends with their sign-in."""
    return Key(project, "", user, sign_in, False, {}, {}, now + KEY_LIVES)


def key_for_visitor(project: str, now: datetime) -> Key:
    """Of somebody without an account, before an app that is open to the web."""
    return Key(project, f"visitor:{secrets.token_hex(16)}", "", "", False, {}, {}, now + KEY_LIVES)


def sealed(server: bytes, key: Key) -> str:
    """The key as the page holds it."""
    said = base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")
    return f"{KEY}{said}.{_seal(server, said)}"


def unsealed(server: bytes, text: str, now: datetime) -> Key | None:
    """What a page's key says; None where the seal is not ours, or it has expired."""
    said, _, seal = text.removeprefix(KEY).partition(".")
    if not hmac.compare_digest(_seal(server, said), seal):
        return None
    key = msgspec.json.decode(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)), type=Key)
    return key if key.expires_at > now else None


def _seal(server: bytes, said: str) -> str:
    mac = hmac.digest(server, b"embed:" + said.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def viewer_of_key(key: Key, user: User | None) -> Viewer:
    """Whoever holds it, as rooms know them: another than the same person elsewhere, for they see less here."""
    if user is not None:
        return Viewer(f"embed:{user.id}", user.name, user.id, user.email, user.role, embed=key.project)
    number = 1 + int(key.viewer[-4:], 16) % 99
    name = f"Guest {number}" if key.guest else f"Visitor {number}"
    return Viewer(key.viewer, name, attributes=key.attributes, embed=key.project, guest=key.guest, locked=key.locked)


async def holder_of(services: Services, key: Key) -> tuple[Viewer, User | None, SignIn | None] | None:
    """Who holds a key; None where what it came from has ended."""
    now = services.clock.now()
    if not key.user:
        return viewer_of_key(key, None), None, None
    user = await services.store.user(key.user)
    if user is None or user.disabled:
        return None
    sign_in = None
    if key.sign_in:
        sign_in = await services.store.sign_in_by_hash(key.sign_in)
        if sign_in is None or sign_in.revoked or sign_in.expires_at <= now:
            return None
    return viewer_of_key(key, user), user, sign_in
