"""Versions and publishing over HTTP."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post

from vernissage.actors.connection import Viewer
from vernissage.actors.publisher import Problem
from vernissage.ports import PublishRecord, Version
from vernissage.web.answers import created
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import Seen, is_version, seen_of
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
    VersionBody,
    VersionList,
)

_STATUS = {"NOTHING_TO_PUBLISH": 422, "NO_SUCH_VERSION": 404, "NOT_FOUND": 404}
"""HTTP status by code; all else is 409: the state of things does not allow it."""


def _problem(problem: Problem) -> ApiError:
    return ApiError(_STATUS.get(problem.code, 409), problem.sentence, problem.hint, code=problem.code)


@get("/api/v1/projects/{project:str}/versions", opt={"act": "see_versions"})
async def list_versions(
    request: Request[Any, Any, Any], project: str, limit: int = 100, after: int | None = None
) -> VersionList:
    """The versions, newest first; `after`: only those with a lower number."""
    services, seen = services_of(request), seen_of(request)
    versions = await services.store.versions(seen.project.id)
    rest = [one for one in versions if after is None or one.number < after]
    page = rest[: max(1, min(limit, 500))]
    viewer = (await identify(request)).viewer
    bodies = [await version_body(services, seen, viewer, version) for version in page]
    return VersionList(tuple(bodies), Pagination(str(page[-1].number) if len(rest) > len(page) else None, None))


@get("/api/v1/projects/{project:str}/versions/{version:int}", opt={"act": "see_versions"})
async def show_version(request: Request[Any, Any, Any], project: str, version: int) -> VersionBody:
    """One version."""
    services, seen = services_of(request), seen_of(request)
    found = await services.store.version(seen.project.id, version) if is_version(version) else None
    if found is None:
        raise missing()
    return await version_body(services, seen, (await identify(request)).viewer, found[0])


async def version_body(services: Services, seen: Seen, viewer: Viewer, version: Version) -> VersionBody:
    """A version as the API shows it; e-mails only to those who are signed in."""
    author = await services.store.user(version.author)
    run = await services.store.run(version.run) if version.run else None
    return VersionBody(
        number=version.number,
        title=version.title,
        author=PersonBody(author.email if author and viewer.user else "", author.name if author else ""),
        created_at=stamp(version.created_at),
        kind=version.kind,
        published=version.number == seen.project.published,
        hash=version.hash,
        run_id=version.run,
        run_status=run.status if run else None,
        personal=version.personal,
    )


@post("/api/v1/projects/{project:str}/publish", opt={"act": "publish"})
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
