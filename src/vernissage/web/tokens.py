"""Tokens over HTTP. A secret is answered once, when its token is made.

A *personal* token may do what its person may. A *workspace token* is nobody's: it acts as a service user of its own,
whom projects are shared with as with a person, and stays when whoever made it leaves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, delete, get, post

from vernissage.actors import people
from vernissage.ports import Token, User
from vernissage.web.answers import After, Before, Limit, paged
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.identity import identify
from vernissage.web.services import services_of
from vernissage.web.times import stamp, stamp_or_none
from vernissage.wire.rest import NewToken, NewWorkspaceToken, TokenBody, TokenList

LONGEST_DAYS = 3_650
"""For which a token may be made."""


@get("/api/v1/tokens", opt={"act": "manage_tokens"})
async def list_tokens(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> TokenList:
    """My tokens, without their secrets, newest first."""
    mine = await services_of(request).store.tokens((await identify(request)).viewer.user)
    page, pagination = paged([token for token in mine if not token.revoked], _mark, after, before, limit)
    return TokenList(tuple(_body(token) for token in page), pagination)


@post("/api/v1/tokens", opt={"act": "manage_tokens"})
async def create_token(request: Request[Any, Any, Any], data: NewToken) -> TokenBody:
    """A new token of mine; its secret is shown this once."""
    services, me = services_of(request), (await identify(request)).viewer.user
    token, secret = await people.create_token(services.store, me, data.name, services.clock.now(), _lives(data.days))
    await services.store.add_audit(await entry(request, "create_token", token=token.id, name=token.name))
    return msgspec.structs.replace(_body(token), token=secret)


@delete("/api/v1/tokens/{token:str}", opt={"act": "manage_tokens"}, status_code=204)
async def revoke_token(request: Request[Any, Any, Any], token: str) -> None:
    """Revoke one of my tokens; it stops working at once."""
    services, me = services_of(request), (await identify(request)).viewer.user
    mine = {one.id: one for one in await services.store.tokens(me)}
    if token not in mine:
        raise missing()
    await services.store.revoke_token(token)
    services.attendance.end(token=mine[token].hash)
    await services.store.add_audit(await entry(request, "revoke_token", token=token, name=mine[token].name))


@get("/api/v1/workspace-tokens", opt={"act": "manage_workspace_tokens"})
async def list_workspace_tokens(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> TokenList:
    """The workspace's tokens, without their secrets, newest first."""
    known = await _of_workspace(request)
    page, pagination = paged([token for token, _ in known.values() if not token.revoked], _mark, after, before, limit)
    return TokenList(tuple(_body(token, known[token.id][1]) for token in page), pagination)


@post("/api/v1/workspace-tokens", opt={"act": "manage_workspace_tokens"})
async def create_workspace_token(request: Request[Any, Any, Any], data: NewWorkspaceToken) -> TokenBody:
    """A new token of the workspace; its secret is shown this once."""
    services, lives = services_of(request), _lives(data.days)
    made = await entry(request, "create_token", name=data.name, role=data.role, workspace=True)
    token, service, secret = await people.create_workspace_token(
        services.store, data.name, data.role, services.clock.now(), lives, made
    )
    return msgspec.structs.replace(_body(token, service), token=secret)


@delete("/api/v1/workspace-tokens/{token:str}", opt={"act": "manage_workspace_tokens"}, status_code=204)
async def revoke_workspace_token(request: Request[Any, Any, Any], token: str) -> None:
    """Revoke a token of the workspace: it stops working at once, and its service user with it."""
    services, known = services_of(request), await _of_workspace(request)
    if token not in known:
        raise missing()
    found, service = known[token]
    revoked = await entry(request, "revoke_token", token=token, name=found.name, workspace=True)
    await services.store.disable_user(service.id, revoked)
    services.attendance.end(user=service.id)


async def _of_workspace(request: Request[Any, Any, Any]) -> dict[str, tuple[Token, User]]:
    store = services_of(request).store
    services = {user.id: user for user in await store.users() if user.service}
    return {token.id: (token, services[token.user]) for token in await store.tokens() if token.user in services}


def _lives(days: int | None) -> timedelta | None:
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        sentence = f"A token lives between 1 and {LONGEST_DAYS} days, or without an end."
        raise ApiError(422, sentence, "Give another number, or leave it out.", field="days")
    return timedelta(days=days) if days is not None else None


def _mark(token: Token) -> str:
    """Newest first; those of one instant by id."""
    return f"{2**60 - int(token.created_at.timestamp() * 1_000_000)} {token.id}"


def _body(token: Token, service: User | None = None) -> TokenBody:
    return TokenBody(
        token.id,
        token.name,
        stamp(token.created_at),
        stamp_or_none(token.expires_at),
        role=service.role if service else None,
        principal=f"user:{service.id}" if service else "",
    )
