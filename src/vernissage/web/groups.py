"""Groups over HTTP: some of the workspace's people, to be given access together.

Whoever comes into a group or leaves it sees in open pages at once what they may see now.
"""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Request, Response, delete, get, patch, post, put

from vernissage.ports import Conflict, Group
from vernissage.web.answers import After, Before, Limit, created, paged
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.people import user_body
from vernissage.web.services import services_of
from vernissage.wire.rest import GroupBody, GroupList, GroupName, UserList

LONGEST_NAME = 80


@get("/api/v1/groups", opt={"act": "see_people"})
async def list_groups(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> GroupList:
    """All groups, by name."""
    groups = sorted(await services_of(request).store.groups(), key=_mark)
    page, pagination = paged(groups, _mark, after, before, limit)
    return GroupList(tuple(_body(group) for group in page), pagination)


def _mark(group: Group) -> str:
    return f"{group.name.casefold()} {group.id}"


@post("/api/v1/groups", opt={"act": "manage_people"})
async def add_group(request: Request[Any, Any, Any], data: GroupName) -> Response[GroupBody]:
    """A new group with nobody in it."""
    name = _name(data.name)

    async def make() -> GroupBody:
        services = services_of(request)
        group = Group(str(uuid.uuid4()), name, services.clock.now())
        try:
            await services.store.add_group(group, await entry(request, "add_group", group=group.id, name=name))
        except Conflict:
            raise _taken(name) from None
        return _body(group)

    return await created(request, [name.encode()], make)


@patch("/api/v1/groups/{group:str}", opt={"act": "manage_people"})
async def rename_group(request: Request[Any, Any, Any], group: str, data: GroupName) -> GroupBody:
    """Give a group another name; what it was given stays."""
    services, found, name = services_of(request), await _group(request, group), _name(data.name)
    renamed = await entry(request, "rename_group", group=group, before=found.name, after=name)
    try:
        await services.store.rename_group(group, name, renamed)
    except Conflict:
        raise _taken(name) from None
    return _body(await _group(request, group))


@delete("/api/v1/groups/{group:str}", opt={"act": "manage_people"}, status_code=204)
async def remove_group(request: Request[Any, Any, Any], group: str) -> None:
    """Take a group away, and all that it was given; its people stay."""
    services, found = services_of(request), await _group(request, group)
    await services.store.remove_group(group, await entry(request, "remove_group", group=group, name=found.name))
    await services.permissions.regrade()


@get("/api/v1/groups/{group:str}/members", opt={"act": "see_people"})
async def list_members(
    request: Request[Any, Any, Any], group: str, after: After = None, before: Before = None, limit: Limit = 100
) -> UserList:
    """Who is in a group, by e-mail."""
    await _group(request, group)
    page, pagination = paged(
        await services_of(request).store.group_members(group), lambda user: user.email, after, before, limit
    )
    return UserList(tuple(user_body(user) for user in page), pagination)


@put("/api/v1/groups/{group:str}/members/{user:str}", opt={"act": "manage_people"}, status_code=204)
async def add_member(request: Request[Any, Any, Any], group: str, user: str) -> None:
    """Put somebody (an id or e-mail) into a group. Harmless twice."""
    await _set(request, group, user, True)


@delete("/api/v1/groups/{group:str}/members/{user:str}", opt={"act": "manage_people"}, status_code=204)
async def remove_member(request: Request[Any, Any, Any], group: str, user: str) -> None:
    """Take somebody (an id or e-mail) out of a group. Harmless twice."""
    await _set(request, group, user, False)


async def _set(request: Request[Any, Any, Any], group: str, user: str, member: bool) -> None:
    services, found = services_of(request), await _group(request, group)
    known = await (services.store.user_by_email(user.strip()) if "@" in user else services.store.user(user))
    if known is None:
        if "@" in user:
            raise ApiError(422, f"Nobody here has the e-mail {user}.", "Add them to the people first.", field="user")
        raise missing()
    action = "add_member" if member else "remove_member"
    done = await entry(request, action, group=group, name=found.name, user=known.id)  # type: ignore[arg-type]
    if await services.store.set_member(group, known.id, member, done):
        await services.permissions.regrade()


async def _group(request: Request[Any, Any, Any], id: str) -> Group:
    found = await services_of(request).store.group(id)
    if found is None:
        raise missing()
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        sentence = f"A group's name has between 1 and {LONGEST_NAME} characters that can be printed."
        raise ApiError(422, sentence, "Give it another one.", field="name")
    return name


def _taken(name: str) -> ApiError:
    return ApiError(409, f"There is a group named {name} already.", "Give this one another name.", field="name")


def _body(group: Group) -> GroupBody:
    return GroupBody(group.id, group.name, group.members)
