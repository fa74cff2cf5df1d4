"""The people of the workspace over HTTP: who they are, what role they have, whether they may come in."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from litestar import Request, get, patch, post

from vernissage.actors import people
from vernissage.ports import Conflict, LastAdmin, Token, User
from vernissage.web.answers import After, Before, Limit, paged
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.identity import identify
from vernissage.web.passwords import Busy
from vernissage.web.services import Services, services_of
from vernissage.web.signing_in import base_of, check_password, later
from vernissage.web.times import stamp
from vernissage.wire.rest import (
    NewUser,
    PrincipalBody,
    PrincipalList,
    SignInLink,
    UserBody,
    UserChange,
    UserList,
)

LINK_LIVES = timedelta(days=3)
"""How long a sign-in link for somebody else works."""


@get("/api/v1/users", opt={"act": "see_people"})
async def list_users(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> UserList:
    """Everybody in the workspace, by e-mail."""
    users = [user for user in await services_of(request).store.users() if not user.service]
    page, pagination = paged(users, lambda user: user.email, after, before, limit)
    return UserList(tuple(user_body(user) for user in page), pagination)


@get("/api/v1/principals", opt={"act": "see_people"})
async def find_principals(
    request: Request[Any, Any, Any], search: str = "", after: After = None, before: Before = None, limit: Limit = 20
) -> PrincipalList:
    """People, groups and workspace tokens whom a project can be shared with, by a part of name or e-mail."""
    store = services_of(request).store
    found: list[PrincipalBody] = []
    for group in await store.groups():
        count = f"{group.members} {'person' if group.members == 1 else 'people'}"
        found.append(PrincipalBody(f"group:{group.id}", group.name, count, "group"))
    for user in await store.users():
        if not user.disabled:
            detail = "Workspace token" if user.service else user.email
            found.append(PrincipalBody(f"user:{user.id}", user.name, detail, "token" if user.service else "person"))
    words = search.casefold().split()
    fits = [one for one in found if all(word in f"{one.name} {one.detail}".casefold() for word in words)]
    fits.sort(key=_mark)
    page, pagination = paged(fits, _mark, after, before, limit)
    return PrincipalList(page, pagination)


def _mark(one: PrincipalBody) -> str:
    return f"{one.name.casefold()} {one.principal}"


@post("/api/v1/users", opt={"act": "manage_people"})
async def add_user(request: Request[Any, Any, Any], data: NewUser) -> UserBody:
    """Add somebody."""
    services = services_of(request)
    if data.password:
        check_password(data.password)
    try:
        hash = await services.passwords.hash(data.password) if data.password else ""
        user = await people.add_user(services.store, data.email, data.role, data.name, hash, services.clock.now())
    except Busy:
        raise later("Many people are signing in at this moment.", 5) from None
    except people.NotAPerson as error:
        raise ApiError(422, str(error), error.hint, field=error.field) from None
    except Conflict:
        taken = data.email.strip().lower()
        raise ApiError(409, f"{taken} is a user already.", "Nothing was changed.", field="email") from None
    added = await entry(request, "add_user", user=user.id, email=user.email, role=user.role)
    await services.store.add_audit(added)
    return user_body(user)


@patch("/api/v1/users/{user:str}", opt={"act": "manage_people"})
async def change_user(request: Request[Any, Any, Any], user: str, data: UserChange) -> UserBody:
    """Give somebody another role; open pages show at once what they may see now."""
    services, found = services_of(request), await _person(services_of(request), user)
    if data.role != found.role:
        changed = await entry(request, "set_role", user=user, before=found.role, after=data.role)
        try:
            await services.store.set_role(user, data.role, changed)
        except LastAdmin:
            raise _last_admin() from None
        await services.permissions.regrade()
    return user_body(await _person(services, user))


@post("/api/v1/users/{user:str}/disable", opt={"act": "manage_people"}, status_code=204)
async def disable_user(request: Request[Any, Any, Any], user: str) -> None:
    """Disable somebody: their sign-ins, tokens and open pages end at once. What they made stays."""
    services = services_of(request)
    await _person(services, user)
    if user == (await identify(request)).viewer.user:
        raise ApiError(409, "You cannot disable yourself.", "Ask another admin.", field="user")
    try:
        await services.store.disable_user(user, await entry(request, "disable_user", user=user))
    except LastAdmin:
        raise _last_admin() from None
    services.attendance.end(user=user)


@post("/api/v1/users/{user:str}/enable", opt={"act": "manage_people"}, status_code=204)
async def enable_user(request: Request[Any, Any, Any], user: str) -> None:
    """Let somebody sign in again. What ended, their tokens too, stays ended."""
    services = services_of(request)
    await _person(services, user)
    await services.store.enable_user(user, await entry(request, "enable_user", user=user))


@post("/api/v1/users/{user:str}/sign-in-link", opt={"act": "manage_people"})
async def make_sign_in_link(request: Request[Any, Any, Any], user: str) -> SignInLink:
    """A link that signs somebody's browser in, once: to hand to whoever has no password yet, or forgot it."""
    services, found = services_of(request), await _person(services_of(request), user)
    if found.disabled:
        raise ApiError(409, f"{found.email} is disabled.", "Enable them first.", field="user")
    secret, now = secrets.token_urlsafe(32), services.clock.now()
    ends = now + LINK_LIVES
    token = Token(secrets.token_hex(8), people.digest(secret), user, "sign_in", "made by an admin", now, ends)
    await services.store.add_token(token)
    await services.store.add_audit(await entry(request, "sign_in_link", user=user))
    return SignInLink(f"{base_of(request)}/sign-in?token={secret}", stamp(ends))


def _last_admin() -> ApiError:
    """The workspace keeps an admin."""
    return ApiError(409, "This is the only admin.", "Make somebody else an admin first.", code="LAST_ADMIN")


async def _person(services: Services, id: str) -> User:
    found = await services.store.user(id)
    if found is None or found.service:
        raise missing()
    return found


def user_body(user: User) -> UserBody:
    """A user as the API shows them."""
    return UserBody(user.id, user.email, user.name, user.role, user.disabled)
