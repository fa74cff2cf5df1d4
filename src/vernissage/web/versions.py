"""Saving versions, going back to one, comparing two over HTTP."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import Parameter

from vernissage.actors.publisher import Problem
from vernissage.actors.versions import Candidate, Place, Side
from vernissage.core.document import content_hash
from vernissage.web.answers import created
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import is_version, seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.publishing import person_bodies, version_body
from vernissage.web.services import services_of
from vernissage.web.times import stamp
from vernissage.wire.rest import (
    DifferenceBody,
    DifferenceSide,
    EditGroupBody,
    EditList,
    NewVersion,
    OutputsBody,
    Pagination,
    RevertBody,
    RevertRequest,
    ShownBody,
    VersionBody,
    VersionContent,
    VersionTitle,
)

LARGEST_EDIT = 2**62
"""No edit has a higher number."""

LONGEST_TITLE = 200

_CANDIDATE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,10}")


def _problem(problem: Problem, field: str | None = None) -> ApiError:
    status = 404 if problem.code in ("NO_SUCH_VERSION", "NO_SUCH_CANDIDATE") else 409
    return ApiError(status, problem.sentence, problem.hint, code=problem.code, field=field)


@post("/api/v1/projects/{project:str}/versions", opt={"act": "save_version", "once": True})
async def save_version(request: Request[Any, Any, Any], project: str, data: NewVersion) -> Response[VersionBody]:
    """Save the draft as a version, without publishing it."""
    title = _title(data.title)
    return await created(request, [title.encode()], lambda: _save(request, title))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if len(title) > LONGEST_TITLE or not title.isprintable():
        sentence = f"The title of a version has at most {LONGEST_TITLE} characters that can be printed."
        raise ApiError(422, sentence, "Give it another one.", field="title")
    return title


async def _save(request: Request[Any, Any, Any], title: str) -> VersionBody:
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    version = await services.versions.save(seen.project.id, viewer, title, origin_of(request))
    return await version_body(services, seen, viewer, version)


@patch("/api/v1/projects/{project:str}/versions/{version:int}", opt={"act": "save_version"})
async def name_version(request: Request[Any, Any, Any], project: str, version: int, data: VersionTitle) -> VersionBody:
    """Give a version another title. Its content stays what it is."""
    services, seen = services_of(request), seen_of(request)
    title = _title(data.title)
    if not is_version(version):
        raise missing()
    viewer = (await identify(request)).viewer
    named = await services.versions.name(seen.project.id, viewer, version, title, origin_of(request))
    if isinstance(named, Problem):
        raise _problem(named)
    return await version_body(services, seen, viewer, named)


@get("/api/v1/projects/{project:str}/versions/{version:int}/logic", opt={"act": "see_versions"})
async def show_version_logic(request: Request[Any, Any, Any], project: str, version: int) -> VersionContent:
    """A version's cells and what its recorded run showed."""
    found = (
        await services_of(request).versions.content(seen_of(request).project.id, version)
        if is_version(version)
        else Problem("NO_SUCH_VERSION", f"There is no version {version}.", "See the list of versions.")
    )
    if isinstance(found, Problem):
        raise _problem(found)
    document, cells = found
    return VersionContent(document, dict(cells))


@get("/api/v1/projects/{project:str}/edits", opt={"act": "see_versions"})
async def list_edits(
    request: Request[Any, Any, Any],
    project: str,
    before: Annotated[str | None, Parameter(query="from", description="a version; absent = from the start")] = None,
    to: str = "draft",
    after: Annotated[int | None, Parameter(description="`pagination.after` of the page before")] = None,
) -> EditList:
    """Who edited what and when, from one version to another or to the draft; newest first."""
    services, seen = services_of(request), seen_of(request)
    first = _place(before, "from", ("published",)) if before is not None else None
    until = min(after, LARGEST_EDIT) if after is not None else None
    found = await services.versions.edits(seen.project, first, _place(to, "to", ("draft", "published")), until)
    if isinstance(found, Problem):
        raise _problem(found)
    groups, more = found
    viewer = (await identify(request)).viewer
    people = await person_bodies(services, viewer, (one.by for one in groups))
    return EditList(
        tuple(
            EditGroupBody(people[one.by], stamp(one.since), stamp(one.until), one.first, one.last, one.parts)
            for one in groups
        ),
        Pagination(str(more) if more is not None else None, None),
    )


@post("/api/v1/projects/{project:str}/revert", opt={"act": "revert", "once": True}, status_code=200)
async def revert(request: Request[Any, Any, Any], project: str, data: RevertRequest) -> Response[RevertBody]:
    """The draft becomes a version's content; the published app stays as it is."""
    return await created(request, [str(data.version).encode()], lambda: _revert(request, data.version), status=200)


async def _revert(request: Request[Any, Any, Any], number: int) -> RevertBody:
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    if not is_version(number):
        raise _problem(Problem("NO_SUCH_VERSION", f"There is no version {number}.", "See the list of versions."))
    done = await services.versions.revert(seen.project.id, viewer, number, origin_of(request))
    if isinstance(done, Problem):
        raise _problem(done)
    return RevertBody(content_hash(done.document), done.document.title, done.unpublished_changes, done.saved_as)


@get("/api/v1/projects/{project:str}/diff", opt={"act": "see_difference"})
async def show_difference(
    request: Request[Any, Any, Any],
    project: str,
    before: Annotated[str, Parameter(query="from")] = "published",
    after: Annotated[str, Parameter(query="to")] = "draft",
) -> DifferenceBody:
    """What differs from one version to another, to the draft, or to a candidate (by its `publishId`)."""
    found = await services_of(request).versions.compare(seen_of(request).project, *_places(before, after))
    if isinstance(found, Problem):
        raise _problem(found)
    return DifferenceBody(_side(found.before), _side(found.after), found.difference, found.outputs)


@get("/api/v1/projects/{project:str}/diff/outputs", opt={"act": "see_difference"})
async def show_outputs_difference(
    request: Request[Any, Any, Any],
    project: str,
    before: Annotated[str, Parameter(query="from")] = "published",
    after: Annotated[str, Parameter(query="to")] = "draft",
) -> OutputsBody:
    """Which cells show something else: `outputs` of the difference alone."""
    found = await services_of(request).versions.outputs(seen_of(request).project, *_places(before, after))
    if isinstance(found, Problem):
        raise _problem(found)
    return OutputsBody(found)


@get("/api/v1/projects/{project:str}/diff/outputs/{cell:str}", opt={"act": "see_difference"})
async def show_shown(
    request: Request[Any, Any, Any],
    project: str,
    cell: str,
    before: Annotated[str, Parameter(query="from")] = "published",
    after: Annotated[str, Parameter(query="to")] = "draft",
) -> ShownBody:
    """What one cell showed on both sides, its tables row by row."""
    found = await services_of(request).versions.shown(seen_of(request).project, *_places(before, after), cell)
    if isinstance(found, Problem):
        raise _problem(found)
    return ShownBody(found.before, found.after, found.tables)


def _places(before: str, after: str) -> tuple[Place, Place]:
    """The two that an address compares."""
    if _CANDIDATE.fullmatch(after):
        later: Place = Candidate(after)
    else:
        later = _place(after, "to", ("draft",))
    return _place(before, "from", ("draft", "published")), later


def _place(text: str, field: str, words: tuple[str, ...]) -> Place:
    if text == "draft" and text in words:
        return "draft"
    if text == "published" and text in words:
        return "published"
    if not _NUMBER.fullmatch(text):
        sentence = f"{text!r} is neither the number of a version nor {' or '.join(words)}."
        raise ApiError(422, sentence, "See the list of versions.", field=field)
    if not is_version(int(text)):
        problem = Problem("NO_SUCH_VERSION", f"There is no version {int(text)}.", "See the list of versions.")
        raise _problem(problem, field)
    return int(text)


def _side(side: Side) -> DifferenceSide:
    return DifferenceSide(side.kind, side.version, side.hash, side.run)
