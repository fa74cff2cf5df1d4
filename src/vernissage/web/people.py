"""Signing in and out; users and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post

from vernissage.actors import people
from vernissage.ports import AuditEntry, Conflict, Token, User
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.identity import cookie, identify, open_sign_in, origin_of
from vernissage.web.passwords import Busy
from vernissage.web.services import services_of
from vernissage.web.times import stamp
from vernissage.wire.rest import Body, Pagination, TokenBody, UserBody


class Credentials(Body, frozen=True):
    email: str
    password: str


class NewUser(Body, frozen=True):
    email: str
    role: str = "editor"
    name: str = ""
    password: str = ""


class UserList(Body, frozen=True):
    values: tuple[UserBody, ...]
    pagination: Pagination


class NewToken(Body, frozen=True):
    name: str
    days: int | None = None
    """Until it expires; absent = it does not."""


class TokenList(Body, frozen=True):
    values: tuple[TokenBody, ...]
    pagination: Pagination


ONE_PAGE = Pagination(None, None)

LONGEST_DAYS = 3_650
"""For which a token may be made."""


@post("/api/v1/sign-in", opt={"act": "sign_in"}, status_code=204)
async def sign_in(request: Request[Any, Any, Any], data: Credentials) -> Response[None]:
    """Sign a browser in by e-mail and password."""
    services = services_of(request)
    email = data.email.strip().lower()
    wait = services.passwords.wait(email, services.clock.now())
    if wait:
        raise _later("Too many attempts for this e-mail.", wait)
    user = await services.store.user_by_email(email)
    try:
        fits = await services.passwords.fits(user.password_hash if user else "", data.password)
    except Busy:
        raise _later("Many people are signing in at this moment.", 5) from None
    if user is None or not fits or user.disabled:
        raise ApiError(401, "That e-mail and password do not fit together.", "Check both, or ask an admin.")
    services.passwords.forgive(email)
    await end_sign_in(request)  # of whoever used this browser before
    _, secret = await open_sign_in(services, user.id)
    await services.store.add_audit(AuditEntry(services.clock.now(), user.id, "sign_in", "", {}, origin_of(request)))
    return Response(None, status_code=204, cookies=[cookie(request, secret)])


@post("/api/v1/sign-out", opt={"act": "sign_out"}, status_code=204)
async def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
    """End this browser's session, at once and for good."""
    await end_sign_in(request)
    return Response(None, status_code=204, cookies=[cookie(request, "")])


async def end_sign_in(request: Request[Any, Any, Any]) -> None:
    """End the sign-in of this browser, and its open sockets."""
    services, sign_in = services_of(request), (await identify(request)).sign_in
    if sign_in is not None:
        await services.store.revoke_sign_in(sign_in.id)
        services.attendance.end(sign_in=sign_in.hash)


def _later(sentence: str, seconds: int) -> ApiError:
    return ApiError(429, sentence, f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


@get("/api/v1/users", opt={"act": "see_people"})
async def list_users(request: Request[Any, Any, Any]) -> UserList:
    """Everybody in the workspace."""
    users = await services_of(request).store.users()
    return UserList(tuple(_user(user) for user in users), ONE_PAGE)


@post("/api/v1/users", opt={"act": "manage_people"})
async def add_user(request: Request[Any, Any, Any], data: NewUser) -> UserBody:
    """Add somebody."""
    services = services_of(request)
    try:
        hash = await services.passwords.hash(data.password) if data.password else ""
        user = await people.add_user(services.store, data.email, data.role, data.name, hash, services.clock.now())
    except Busy:
        raise _later("Many people are signing in at this moment.", 5) from None
    except people.NotAPerson as error:
        raise ApiError(422, str(error), error.hint, field=error.field) from None
    except Conflict:
        taken = data.email.strip().lower()
        raise ApiError(409, f"{taken} is a user already.", "Nothing was changed.", field="email") from None
    return _user(user)


@post("/api/v1/users/{user:str}/disable", opt={"act": "manage_people"}, status_code=204)
async def disable_user(request: Request[Any, Any, Any], user: str) -> None:
    """Disable somebody: their sign-ins, tokens and open pages end at once. What they made stays."""
    services = services_of(request)
    me = (await identify(request)).viewer.user
    found = await services.store.user(user)
    if found is None:
        raise missing()
    if user == me:
        raise ApiError(409, "You cannot disable yourself.", "Ask another admin.", field="user")
    await services.store.disable_user(user, await entry(request, "disable_user", user=user))
    services.attendance.end(user=user)


@get("/api/v1/tokens", opt={"act": "manage_tokens"})
async def list_tokens(request: Request[Any, Any, Any]) -> TokenList:
    """My tokens, without their secrets."""
    identity = await identify(request)
    tokens = await services_of(request).store.tokens(identity.viewer.user)
    return TokenList(tuple(_token(token) for token in tokens if not token.revoked), ONE_PAGE)


@post("/api/v1/tokens", opt={"act": "manage_tokens"})
async def create_token(request: Request[Any, Any, Any], data: NewToken) -> TokenBody:
    """A new token of mine; its secret is shown this once."""
    services = services_of(request)
    identity = await identify(request)
    if data.days is not None and not 1 <= data.days <= LONGEST_DAYS:
        sentence = f"A token lives between 1 and {LONGEST_DAYS} days, or without an end."
        raise ApiError(422, sentence, "Give another number, or leave it out.", field="days")
    lives = timedelta(days=data.days) if data.days is not None else None
    token, secret = await people.create_token(
        services.store, identity.viewer.user, data.name, services.clock.now(), lives
    )
    return msgspec.structs.replace(_token(token), token=secret)


@delete("/api/v1/tokens/{token:str}", opt={"act": "manage_tokens"}, status_code=204)
async def revoke_token(request: Request[Any, Any, Any], token: str) -> None:
    """Revoke one of my tokens; it stops working at once."""
    services = services_of(request)
    identity = await identify(request)
    mine = {one.id: one for one in await services.store.tokens(identity.viewer.user)}
    if token not in mine:
        raise missing()
    await services.store.revoke_token(token)
    services.attendance.end(token=mine[token].hash)


def _user(user: User) -> UserBody:
    return UserBody(user.id, user.email, user.name, user.role, user.disabled)


def _token(token: Token) -> TokenBody:
    expires = stamp(token.expires_at) if token.expires_at else None
    return TokenBody(token.id, token.name, stamp(token.created_at), expires)
