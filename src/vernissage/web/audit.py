"""The audit log over HTTP; and the one way for routes to write into it.

await services.store.set_role(user, role, await entry(request, "set_role", user=user, role=role))
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter

from vernissage.core.audit import Action
from vernissage.ports import AuditEntry, AuditQuery
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import project_id
from vernissage.web.identity import identify, origin_of
from vernissage.web.services import services_of
from vernissage.web.times import stamp
from vernissage.wire.rest import AuditBody, AuditList, Pagination, PersonBody

MOST_ENTRIES = 1_000
"""Entries in one answer."""


async def entry(request: Request[Any, Any, Any], action: Action, project: str = "", **detail: Any) -> AuditEntry:
    """What is recorded of a request that does this now. `detail`: plain JSON, and never a secret."""
    who = (await identify(request)).viewer.user
    return AuditEntry(services_of(request).clock.now(), who, action, project, detail, origin_of(request))


@get("/api/v1/audit", opt={"act": "see_audit"})
async def list_audit(
    request: Request[Any, Any, Any],
    project: str | None = None,
    who: str | None = None,
    action: str | None = None,
    since: Annotated[str | None, Parameter(schema_extra={"format": "date-time"})] = None,
    until: Annotated[str | None, Parameter(schema_extra={"format": "date-time"})] = None,
    after: Annotated[str | None, Parameter(description="`pagination.after` of the page before")] = None,
    limit: Annotated[int, Parameter(ge=1, le=MOST_ENTRIES)] = 100,
) -> AuditList:
    """What was done by whom, newest first: all that fits. `project`: also one in the trash; `who`: an id or e-mail."""
    services = services_of(request)
    id = project_id(project) if project is not None else None
    if project is not None and id is None:
        raise missing()
    if who is not None and "@" in who:
        user = await services.store.user_by_email(who.strip())
        who = user.id if user is not None else who
    if after is not None and not (after.isdecimal() and len(after) < 19):
        raise ApiError(422, "That is no place in the audit log.", "Send `pagination.after` of a page.", field="after")
    first, last = _instant("since", since), _instant("until", until)
    query = AuditQuery(id, who, action, first, last, int(after) if after is not None else None)
    entries = await services.store.audit(query, limit + 1)
    people = {user.id: user for user in await services.store.users()}
    known = {id: user.name if user.service else user.email for id, user in people.items()}
    known |= {group.id: group.name for group in await services.store.groups()}
    bodies = []
    for one in entries[:limit]:
        user = people.get(one.who)
        names = {id: known[id] for id in _ids(one.detail) if id in known}
        if one.project and (found := await services.store.project(one.project)) is not None:
            names[one.project] = found.title
        person = PersonBody(user.email, user.name) if user is not None else PersonBody("", "")
        bodies.append(
            AuditBody(
                str(one.ordinal),
                stamp(one.at),
                one.who,
                person,
                one.action,
                one.project or None,
                one.detail,
                one.origin,
                names,
            )
        )
    more = str(entries[limit - 1].ordinal) if len(entries) > limit else None
    return AuditList(tuple(bodies), Pagination(more, None))


def _ids(detail: Any) -> Iterator[str]:
    """What in the detail of an entry may be an id: `user:{id}` and `group:{id}` too."""
    match detail:
        case str():
            yield detail.rpartition(":")[2]
        case dict():
            for key, value in detail.items():
                yield from _ids(key)
                yield from _ids(value)
        case _:
            return


def _instant(name: str, text: str | None) -> datetime | None:
    """The instant in a parameter; None = it is not given."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        sentence = f"{name} is no time: {text!r}."
        raise ApiError(422, sentence, "Write it like 2026-11-25T00:00:00Z.", field=name) from None
    if at.tzinfo is None:
        raise ApiError(422, f"{name} has no time zone.", "Write it like 2026-11-25T00:00:00Z.", field=name)
    return at
