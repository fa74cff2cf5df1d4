"""Requests for access over HTTP.

Whoever asks gets one answer, whether the project exists or not, and at the same time: nothing about it is looked up.
Requests reach those with Full access, who accept with a level or decline.
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from litestar import Request, get, post

from vernissage.ports import AccessRequest, Conflict, Project
from vernissage.web.answers import After, Before, Limit, paged
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import project_id, seen_of
from vernissage.web.identity import identify
from vernissage.web.services import services_of
from vernissage.web.signing_in import later
from vernissage.wire.rest import AccessRequestBody, AccessRequestList, AskForAccess, Decision, PersonBody


@post("/api/v1/access-requests", opt={"act": "request_access"}, status_code=204)
async def request_access(request: Request[Any, Any, Any], data: AskForAccess) -> None:
    """[ACC24] Ask for access to whatever an address names."""
    services, me = services_of(request), (await identify(request)).viewer.user
    if wait := services.pace.wait(me, "ask"):
        raise later("You have asked for access often within the last minute.", wait)
    id = project_id(data.project)
    if id is None:
        sentence = "That is no address of a project."
        raise ApiError(422, sentence, "Check the address, or ask whoever gave it to you.", field="project")
    asked = AccessRequest(secrets.token_hex(8), id, me, services.clock.now())
    try:
        await services.store.request_access(asked, await entry(request, "request_access", id))
    except Conflict:  # two tabs asked at once, and one request is there
        return


@get("/api/v1/access-requests", opt={"act": "see_requests"})
async def list_my_requests(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> AccessRequestList:
    """Open requests for the projects to which I have Full access, oldest first."""
    services, viewer = services_of(request), (await identify(request)).viewer
    found = await services.store.open_requests()
    mine: dict[str, Project] = {}
    for id in {one.project for one in found}:
        project = await services.store.project(id)
        if project is not None and await services.permissions.level(project, viewer) == "FULL_ACCESS":
            mine[id] = project
    return await _list(request, (one for one in found if one.project in mine), mine, after, before, limit)


@get("/api/v1/projects/{project:str}/access-requests", opt={"act": "decide_requests"})
async def list_requests(
    request: Request[Any, Any, Any], project: str, after: After = None, before: Before = None, limit: Limit = 100
) -> AccessRequestList:
    """Open requests for one project, oldest first."""
    seen = seen_of(request)
    found = await services_of(request).store.open_requests(seen.project.id)
    return await _list(request, found, {seen.project.id: seen.project}, after, before, limit)


async def _list(
    request: Request[Any, Any, Any],
    found: Iterable[AccessRequest],
    projects: dict[str, Project],
    after: str | None,
    before: str | None,
    limit: int,
) -> AccessRequestList:
    store = services_of(request).store
    page, pagination = paged(
        found, lambda one: f"{int(one.at.timestamp() * 1_000_000):020} {one.id}", after, before, limit
    )
    bodies = []
    for one in page:
        user = await store.user(one.user)
        if user is not None and not user.disabled:
            person, title = PersonBody(user.email, user.name), projects[one.project].title
            at = one.at.isoformat()
            bodies.append(AccessRequestBody(one.id, one.project, title, person, user.role, at))
    return AccessRequestList(tuple(bodies), pagination)


@post("/api/v1/projects/{project:str}/access-requests/{asked:str}", opt={"act": "decide_requests"}, status_code=204)
async def decide_request(request: Request[Any, Any, Any], project: str, asked: str, data: Decision) -> None:
    """Accept a request with a level, or decline it. Once: of two who decide, the second is told."""
    services, seen = services_of(request), seen_of(request)
    found = {one.id: one for one in await services.store.open_requests(seen.project.id)}.get(asked)
    me, now = (await identify(request)).viewer.user, services.clock.now()
    if found is None:
        raise missing()
    if data.access is None:
        decided = await entry(request, "decline_request", seen.project.id, user=found.user)
    else:
        decided = await entry(request, "accept_request", seen.project.id, user=found.user, access=data.access)
    try:
        await services.store.decide_request(asked, me, now, data.access, decided)
    except (Conflict, KeyError):
        raise ApiError(409, "Somebody has decided this request already.", "Look at who has access.") from None
    await services.permissions.regrade(seen.project.id)
