"""Grants of a project over HTTP."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any

from litestar import Request, get, put

from vernissage.core.access import RANK, Access, may_grant
from vernissage.ports import AuditEntry, Grant
from vernissage.web.errors import ApiError
from vernissage.web.guard import Seen, seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.services import Services, services_of
from vernissage.wire.rest import GrantBody, Sharing


@get("/api/v1/projects/{project:str}/sharing", opt={"act": "see_sharing"})
async def show_sharing(request: Request[Any, Any, Any], project: str) -> Sharing:
    """Who has been given what."""
    services, seen = services_of(request), seen_of(request)
    signed_in = bool((await identify(request)).viewer.user)
    return await _sharing(services, await services.store.grants(seen.project.id), emails=signed_in)


@put("/api/v1/projects/{project:str}/sharing", opt={"act": "share"})
async def set_sharing(request: Request[Any, Any, Any], project: str, data: Sharing) -> Sharing:
    """Replace the grants, all or none; nobody grants or takes away more than they have."""
    services, seen = services_of(request), seen_of(request)
    before = {grant.principal: grant.access for grant in await services.store.grants(seen.project.id)}
    after: dict[str, Access] = {}
    for grant in data.grants:
        principal = await _principal(services, grant.principal)
        if principal == "web" and RANK[grant.access] > RANK["CAN_VIEW"]:
            raise ApiError(422, "The web gets at most Can view.", "Share with people by name for more.", field="grants")
        if principal not in after or RANK[grant.access] > RANK[after[principal]]:
            after[principal] = grant.access
    for principal in before.keys() | after.keys():
        old, new = before.get(principal), after.get(principal)
        if old != new:
            _check(seen, [access for access in (old, new) if access is not None])
    grants = tuple(Grant(principal, access) for principal, access in after.items())
    viewer = (await identify(request)).viewer
    detail = {"before": dict(before), "after": dict(after)}
    entry = AuditEntry(services.clock.now(), viewer.user, "share", seen.project.id, detail, origin_of(request))
    await services.permissions.share(seen.project, grants, entry)
    return await _sharing(services, grants, emails=True)


def _check(seen: Seen, levels: list[Access]) -> None:
    for access in levels:
        if not may_grant(seen.access, access):
            raise ApiError(403, "Nobody gives or takes away more than they have.", "Ask the owner of the project.")


async def _principal(services: Services, principal: str) -> str:
    if principal in ("workspace", "web"):
        return principal
    kind, _, who = principal.partition(":")
    if kind == "user" and who:
        user = await services.store.user_by_email(who.strip().lower()) if "@" in who else await services.store.user(who)
        if user is not None:
            return f"user:{user.id}"
        raise ApiError(422, f"Nobody here has the e-mail {who}.", "An admin adds people first.", field="grants")
    hint = "Use user:{e-mail}, workspace or web."
    raise ApiError(422, f"{principal!r} is nobody that a project can be shared with.", hint, field="grants")


async def _sharing(services: Services, grants: tuple[Grant, ...], *, emails: bool) -> Sharing:
    bodies = []
    for grant in grants:
        name = {"workspace": "Everyone in the workspace", "web": "Anyone with the link"}.get(grant.principal, "")
        if grant.principal.startswith("user:"):
            user = await services.store.user(grant.principal.removeprefix("user:"))
            if user is None:
                continue
            name = f"{user.name} ({user.email})" if emails else user.name
        bodies.append(GrantBody(grant.principal, grant.access, name))
    return Sharing(tuple(bodies))
