"""Who has access to a project, over HTTP: grants, its owner, and admins who give themselves access."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any

from litestar import Request, get, post, put

from vernissage.core.access import RANK, Access, may_grant
from vernissage.ports import Grant, Project
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import Seen, project_id, seen_of
from vernissage.web.identity import identify
from vernissage.web.services import Services, services_of
from vernissage.wire.rest import (
    GrantBody,
    NewOwner,
    PersonBody,
    ProjectSharing,
    SharedGroup,
    SharedLevel,
    SharedWithGroup,
    SharedWithUser,
    Sharing,
    TakeAccess,
)


@get("/api/v1/projects/{project:str}/sharing", opt={"act": "see_sharing"})
async def show_sharing(request: Request[Any, Any, Any], project: str) -> Sharing:
    """Who has been given what."""
    services, seen = services_of(request), seen_of(request)
    signed_in = bool((await identify(request)).viewer.user)
    return await _sharing(services, seen.project, await services.store.grants(seen.project.id), emails=signed_in)


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
    if before != after:
        shared = await entry(request, "share", seen.project.id, before=dict(before), after=dict(after))
        await services.permissions.share(seen.project, grants, shared)
    return await _sharing(services, seen.project, grants, emails=True)


@put("/api/v1/projects/{project:str}/owner", opt={"act": "transfer"})
async def set_owner(request: Request[Any, Any, Any], project: str, data: NewOwner) -> Sharing:
    """Hand a project over to somebody; who owned it keeps Full access."""
    services, seen = services_of(request), seen_of(request)
    who = data.owner.strip()
    user = await (services.store.user_by_email(who) if "@" in who else services.store.user(who))
    if user is None or user.disabled or user.service:
        raise ApiError(422, f"Nobody here can own a project as {who}.", "Name somebody by e-mail.", field="owner")
    if user.role == "viewer":
        sentence = f"{user.name} is a viewer of the workspace, who never has more than App only."
        raise ApiError(422, sentence, "An admin can make them an editor first.", field="owner")
    before = (await services.store.project(seen.project.id) or seen.project).owner
    if user.id != before:
        handed = await entry(request, "transfer", seen.project.id, before=before, after=user.id)
        await services.store.set_owner(seen.project.id, user.id, handed)
        await services.permissions.regrade(seen.project.id)
    found = await services.store.project(seen.project.id) or seen.project
    return await _sharing(services, found, await services.store.grants(found.id), emails=True)


@post("/api/v1/projects/{project:str}/take-access", opt={"act": "take_access"}, status_code=200)
async def take_access(request: Request[Any, Any, Any], project: str, data: TakeAccess) -> Sharing:
    """An admin gives themselves access to any project, also to one in the trash. It is recorded."""
    services, id = services_of(request), project_id(project)
    found = await services.store.project(id) if id else None
    if found is None:
        raise missing()
    me = (await identify(request)).viewer.user
    taken = await entry(request, "take_access", found.id, access=data.access)
    await services.store.add_grant(found.id, Grant(f"user:{me}", data.access), taken)
    await services.permissions.regrade(found.id)
    return await _sharing(services, found, await services.store.grants(found.id), emails=True)


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
    if kind == "group" and await services.store.group(who) is not None:
        return principal
    hint = "Use user:{e-mail}, group:{id}, workspace or web."
    raise ApiError(422, f"{principal!r} is nobody that a project can be shared with.", hint, field="grants")


async def hex_sharing(services: Services, project: Project, *, emails: bool) -> ProjectSharing:
    """The grants as Hex's API tells them with a project."""
    people: list[SharedWithUser] = []
    groups: list[SharedWithGroup] = []
    levels = {"workspace": SharedLevel("NONE"), "web": SharedLevel("NONE")}
    for grant in await services.store.grants(project.id):
        kind, _, id = grant.principal.partition(":")
        match kind:
            case "user":
                user = await services.store.user(id)
                if user is not None:
                    email = user.email if emails and not user.service else ""
                    people.append(SharedWithUser(PersonBody(email, user.name), grant.access))
            case "group":
                group = await services.store.group(id)
                if group is not None:
                    groups.append(SharedWithGroup(SharedGroup(group.id, group.name), grant.access))
            case _:
                levels[kind] = SharedLevel(grant.access)
    return ProjectSharing(tuple(people), tuple(groups), levels["workspace"], levels["web"])


async def _sharing(services: Services, project: Project, grants: tuple[Grant, ...], *, emails: bool) -> Sharing:
    bodies = []
    groups = {f"group:{group.id}": group.name for group in await services.store.groups()}
    for grant in grants:
        name = {"workspace": "Everyone in the workspace", "web": "Anyone with the link"}.get(grant.principal, "")
        if grant.principal.startswith("user:"):
            user = await services.store.user(grant.principal.removeprefix("user:"))
            if user is None:
                continue
            detail = "workspace token" if user.service else user.email
            name = f"{user.name} ({detail})" if emails else user.name
        elif grant.principal.startswith("group:"):
            if grant.principal not in groups:
                continue
            name = groups[grant.principal]
        bodies.append(GrantBody(grant.principal, grant.access, name))
    return Sharing(tuple(bodies), f"user:{project.owner}")
