"""Secrets over HTTP: a value goes in, names come out.

Promise: no answer, error or record here ever holds a value.
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any, Literal

from litestar import Request, delete, get, post

from vernissage.actors.secrets import WORKSPACE
from vernissage.core.operations import Refused
from vernissage.core.secrets import check_name
from vernissage.ports import Conflict, StoredSecret
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp
from vernissage.wire.rest import NewSecret, Pagination, PersonBody, SecretBody, SecretList


@get("/api/v1/secrets", opt={"act": "manage_secrets"})
async def list_workspace_secrets(request: Request[Any, Any, Any]) -> SecretList:
    """The names of the workspace's secrets, which every project may read."""
    services = services_of(request)
    return await _list(services, await services.secrets.listed(WORKSPACE))


@post("/api/v1/secrets", opt={"act": "manage_secrets"})
async def set_workspace_secret(request: Request[Any, Any, Any], data: NewSecret) -> SecretBody:
    """Add a secret of the workspace, or replace its value; nobody is shown it again."""
    return await _set(request, WORKSPACE, data)


@delete("/api/v1/secrets/{name:str}", opt={"act": "manage_secrets"}, status_code=204)
async def remove_workspace_secret(request: Request[Any, Any, Any], name: str) -> None:
    """Remove one of the workspace's."""
    await _remove(request, WORKSPACE, name)


@get("/api/v1/projects/{project:str}/secrets", opt={"act": "edit_secrets"})
async def list_secrets(request: Request[Any, Any, Any], project: str) -> SecretList:
    """[SEC8] The names of what the project's code may read: its own, and those of the workspace that none of its own
    hides."""
    services = services_of(request)
    return await _list(services, await services.secrets.readable(seen_of(request).project.id))


@post("/api/v1/projects/{project:str}/secrets", opt={"act": "edit_secrets"})
async def set_secret(request: Request[Any, Any, Any], project: str, data: NewSecret) -> SecretBody:
    """Add a secret of the project, or replace its value; nobody is shown it again. Kernels read it when they start."""
    return await _set(request, seen_of(request).project.id, data)


@delete("/api/v1/projects/{project:str}/secrets/{name:str}", opt={"act": "edit_secrets"}, status_code=204)
async def remove_secret(request: Request[Any, Any, Any], project: str, name: str) -> None:
    """Remove one of the project's own."""
    await _remove(request, seen_of(request).project.id, name)


async def _set(request: Request[Any, Any, Any], project: str, data: NewSecret) -> SecretBody:
    services = services_of(request)
    user = (await identify(request)).viewer.user
    try:
        done = await services.secrets.set(project, data.name, data.value, user, origin_of(request))
    except Conflict:
        raise ApiError(
            409, f"{data.name} was set by somebody else at this moment.", "Look, and set it again."
        ) from None
    if isinstance(done, Refused):
        field = "name" if check_name(data.name) else "value"
        raise ApiError(422, done.sentence, "Nothing was kept.", field=field)
    return (await _list(services, (done,))).values[0]


async def _remove(request: Request[Any, Any, Any], project: str, name: str) -> None:
    user = (await identify(request)).viewer.user
    if not await services_of(request).secrets.remove(project, name, user, origin_of(request)):
        raise missing()


async def _list(services: Services, secrets: tuple[StoredSecret, ...]) -> SecretList:
    people = {by: await services.store.user(by) for by in {one.by for one in secrets}}
    bodies = []
    for one in secrets:
        user = people[one.by]
        person = PersonBody(user.email, user.name) if user is not None else PersonBody("", "")
        scope: Literal["PROJECT", "WORKSPACE"] = "PROJECT" if one.project else "WORKSPACE"
        bodies.append(SecretBody(one.name, scope, stamp(one.at), person, services.secrets.trouble(one)))
    return SecretList(tuple(bodies), Pagination(None, None))
