"""Versions and publishing over HTTP."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import Parameter

from vernissage.actors.connection import Viewer
from vernissage.actors.publisher import Problem
from vernissage.core.document import parse
from vernissage.core.secrets import named_secrets
from vernissage.ports import AuditEntry, PublishRecord, Version
from vernissage.web.answers import Limit, created
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import LARGEST_NUMBER, Seen, is_version, seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp
from vernissage.wire.rest import (
    Pagination,
    PersonBody,
    PublishBody,
    PublishConfirm,
    PublishRequest,
    PublishStarted,
    SessionsBody,
    SessionsEnded,
    StepBody,
    VersionBody,
    VersionList,
)

_STATUS = {"NOTHING_TO_PUBLISH": 422, "NO_SUCH_VERSION": 404, "NOT_FOUND": 404}
"""HTTP status by code; all else is 409: the state of things does not allow it."""


STEPS = 200
"""Steps in one page of the versions."""


def _problem(problem: Problem) -> ApiError:
    return ApiError(_STATUS.get(problem.code, 409), problem.sentence, problem.hint, code=problem.code)


@get("/api/v1/projects/{project:str}/versions", opt={"act": "see_versions"})
async def list_versions(
    request: Request[Any, Any, Any],
    project: str,
    limit: Limit = 100,
    after: Annotated[int | None, Parameter(description="`pagination.after`: older ones than that")] = None,
    before: Annotated[int | None, Parameter(description="`pagination.before`: newer ones than that")] = None,
) -> VersionList:
    """The versions, newest first, and what else was done with them meanwhile."""
    services, seen = services_of(request), seen_of(request)
    page = await services.store.versions(
        seen.project.id,
        limit,
        before=min(after, LARGEST_NUMBER) if after is not None else None,
        after=min(max(before, 0), LARGEST_NUMBER) if before is not None else None,
    )
    if not page:
        return VersionList((), Pagination(None, None), ())
    oldest, newest = page[-1], page[0]
    newer = await services.store.versions(seen.project.id, 1, after=newest.number)
    viewer = (await identify(request)).viewer
    bodies = await version_bodies(services, seen, viewer, page)
    pagination = Pagination(
        # Numbers have no holes: below the first there is nothing.
        str(oldest.number) if oldest.number > 1 else None,
        str(newest.number) if newer else None,
    )
    steps = await services.store.steps(
        seen.project.id, STEPS, since=oldest.created_at, until=newer[0].created_at if newer else None
    )
    return VersionList(bodies, pagination, await _step_bodies(services, viewer, steps))


async def _step_bodies(services: Services, viewer: Viewer, steps: Sequence[AuditEntry]) -> tuple[StepBody, ...]:
    people = await person_bodies(services, viewer, (one.who for one in steps))
    return tuple(
        StepBody(
            msgspec.convert(one.action, Literal["revert", "republish", "unpublish", "end_sessions"]),
            stamp(one.at),
            people[one.who],
            one.detail.get("version"),
            one.detail.get("savedAs"),
            one.detail.get("sessions"),
        )
        for one in steps
    )


async def person_bodies(services: Services, viewer: Viewer, ids: Iterable[str]) -> dict[str, PersonBody]:
    """People as the API shows them, by id; e-mails only to those who are signed in."""
    found = {}
    for id in set(ids):
        user = await services.store.user(id)
        found[id] = PersonBody(user.email if user and viewer.user else "", user.name if user else "")
    return found


@get("/api/v1/projects/{project:str}/versions/{version:int}", opt={"act": "see_versions"})
async def show_version(request: Request[Any, Any, Any], project: str, version: int) -> VersionBody:
    """One version."""
    services, seen = services_of(request), seen_of(request)
    found = await services.store.version(seen.project.id, version) if is_version(version) else None
    if found is None:
        raise missing()
    body = await version_body(services, seen, (await identify(request)).viewer, found[0])
    return msgspec.structs.replace(body, secrets=named_secrets(parse(found[1])))


async def version_body(services: Services, seen: Seen, viewer: Viewer, version: Version) -> VersionBody:
    """A version as the API shows it."""
    return (await version_bodies(services, seen, viewer, (version,)))[0]


async def version_bodies(
    services: Services, seen: Seen, viewer: Viewer, versions: Sequence[Version]
) -> tuple[VersionBody, ...]:
    """Versions as the API shows them."""
    people = await person_bodies(services, viewer, (one.author for one in versions))
    runs = await services.store.run_statuses({one.run for one in versions if one.run})
    return tuple(
        VersionBody(
            number=one.number,
            title=one.title,
            author=people[one.author],
            created_at=stamp(one.created_at),
            kind=one.kind,
            published=one.number == seen.project.published,
            hash=one.hash,
            run_id=one.run,
            run_status=runs.get(one.run or ""),
            personal=one.personal,
        )
        for one in versions
    )


@post("/api/v1/projects/{project:str}/publish", opt={"act": "publish", "once": True}, status_code=202)
async def begin_publish(
    request: Request[Any, Any, Any], project: str, data: PublishRequest | None = None
) -> Response[PublishStarted]:
    """Freeze a candidate and start its preview run; with `force` it is published at once."""
    wanted = data or PublishRequest()
    return await created(request, [msgspec.json.encode(wanted)], lambda: _begin(request, wanted), status=202)


async def _begin(request: Request[Any, Any, Any], wanted: PublishRequest) -> PublishStarted:
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    expected = wanted.expected_published
    if wanted.version is not None and not is_version(wanted.version):
        raise _problem(
            Problem("NO_SUCH_VERSION", f"There is no version {wanted.version}.", "See the list of versions.")
        )
    record = await services.publisher.begin(
        seen.project,
        viewer,
        expected=seen.project.published if expected is msgspec.UNSET else expected,
        title=wanted.title[:200],
        republish=wanted.version,
    )
    if isinstance(record, PublishRecord) and wanted.force:
        record = await services.publisher.confirm(
            record, viewer, accept_errors=True, force=True, title=None, origin=origin_of(request)
        )
    if isinstance(record, Problem):
        raise _problem(record)
    return PublishStarted(record.id, record.run, record.status)


@get("/api/v1/projects/{project:str}/publish/{publish:str}", opt={"act": "publish"})
async def show_publish(request: Request[Any, Any, Any], project: str, publish: str) -> PublishBody:
    """How far a candidate is."""
    return _body(await _find(request, publish))


@post("/api/v1/projects/{project:str}/publish/{publish:str}/confirm", opt={"act": "publish"}, status_code=200)
async def confirm_publish(
    request: Request[Any, Any, Any], project: str, publish: str, data: PublishConfirm | None = None
) -> PublishBody:
    """Promote a candidate."""
    services = services_of(request)
    viewer = (await identify(request)).viewer
    wanted = data or PublishConfirm()
    record = await services.publisher.confirm(
        await _find(request, publish),
        viewer,
        accept_errors=wanted.accept_errors,
        force=wanted.force,
        title=wanted.title[:200] if wanted.title is not None else None,
        origin=origin_of(request),
    )
    if isinstance(record, Problem):
        raise _problem(record)
    return _body(record)


@delete("/api/v1/projects/{project:str}/publish/{publish:str}", opt={"act": "publish"}, status_code=204)
async def cancel_publish(request: Request[Any, Any, Any], project: str, publish: str) -> None:
    """End the preview run and give the candidate up."""
    await services_of(request).publisher.cancel(await _find(request, publish))


@post("/api/v1/projects/{project:str}/unpublish", opt={"act": "publish"}, status_code=204)
async def unpublish(request: Request[Any, Any, Any], project: str) -> None:
    """Take the app away; its versions stay."""
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    if seen.project.published is not None:
        await services.publisher.unpublish(seen.project, viewer, origin_of(request))


@get("/api/v1/projects/{project:str}/sessions", opt={"act": "publish"})
async def count_sessions(request: Request[Any, Any, Any], project: str) -> SessionsBody:
    """How many sessions of the app are open."""
    return SessionsBody(*services_of(request).publisher.open_sessions(seen_of(request).project))


@post("/api/v1/projects/{project:str}/sessions/end", opt={"act": "publish"}, status_code=200)
async def end_sessions(request: Request[Any, Any, Any], project: str) -> SessionsEnded:
    """Send everybody out of the app; their pages keep what they show."""
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    return SessionsEnded(await services.publisher.end_sessions(seen.project, viewer, origin_of(request)))


async def _find(request: Request[Any, Any, Any], publish: str) -> PublishRecord:
    record = await services_of(request).store.publish(publish)
    if record is None or record.project != seen_of(request).project.id:
        raise missing()
    return record


def _body(record: PublishRecord) -> PublishBody:
    return PublishBody(
        record.id,
        record.status,
        record.errors,
        record.run,
        record.version,
        record.expected_published,
        record.personal,
    )
