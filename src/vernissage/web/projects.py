"""Projects over HTTP: list, show, make, import, export, trash."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from msgspec.structs import replace

from vernissage.actors import projects
from vernissage.actors.connection import Viewer
from vernissage.core import access as policy
from vernissage.core.document import Document, content_hash, inputs_in_app
from vernissage.formats import FormatError, ipynb, project_file
from vernissage.formats import any as any_format
from vernissage.ports import Project, User
from vernissage.web.answers import After, Before, Limit, created, goes_back, is_asked, paged
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import Seen, is_version, seen_of
from vernissage.web.identity import identify
from vernissage.web.schedules import hex_schedules
from vernissage.web.services import Services, services_of
from vernissage.web.sharing import hex_sharing
from vernissage.web.times import stamp, stamp_or_none
from vernissage.wire.rest import (
    InputBody,
    NewProject,
    Pagination,
    PersonBody,
    ProjectBody,
    ProjectLine,
    ProjectLines,
    ProjectList,
    StatusBody,
)
from vernissage.wire.socket import Ended

MAX_IMPORT = 100 * 1024 * 1024
"""Bytes of an import with all its files."""

UNPUBLISHED = "An app that is not published now"
"""What somebody with App only reads in place of the draft's title."""

_NUMBER = re.compile(r"[0-9]{1,10}")

IN_TRASH_FOR = timedelta(days=30)
"""How long a project can be opened again."""

IN_TRASH = Ended("no_access", "This project was put into the trash. Its owner can bring it back for 30 days.")


@get("/api/v1/projects", opt={"act": "see_projects"})
async def list_projects(
    request: Request[Any, Any, Any], limit: Limit = 100, after: After = None, before: Before = None
) -> ProjectList:
    """The projects that I may see, last edited first."""
    services = services_of(request)
    viewer = (await identify(request)).viewer
    all = sorted(await services.store.projects(), key=_place)
    asked = [project for project in all if is_asked(_mark(project), after, before)]
    back = goes_back(after, before)
    found = await _seen(services, reversed(asked) if back else asked, viewer, limit)
    if not found:
        return ProjectList((), Pagination(None, None))
    if back:
        found.reverse()
    first, last = _mark(found[0].project), _mark(found[-1].project)
    earlier = await _seen(services, (project for project in all if _mark(project) < first), viewer, 1)
    later = await _seen(services, (project for project in all if _mark(project) > last), viewer, 1)
    return ProjectList(
        tuple([await project_body(services, one, viewer) for one in found]),
        Pagination(after=last if later else None, before=first if earlier else None),
    )


async def _seen(services: Services, projects: Iterable[Project], viewer: Viewer, most: int) -> list[Seen]:
    """The first of the projects that the viewer may see."""
    found: list[Seen] = []
    for project in projects:
        access = await services.permissions.level(project, viewer)
        if access is not None:
            found.append(Seen(project, access))
        if len(found) == most:
            break
    return found


def _place(project: Project) -> tuple[int, str]:
    return -int(project.last_edited_at.timestamp() * 1_000_000), project.id


def _mark(project: Project) -> str:
    """Where a page ends: those after it sort after it, also when this one is edited or gone meanwhile."""
    return f"{2**60 - int(project.last_edited_at.timestamp() * 1_000_000)}-{project.id}"


@get("/api/v1/projects/{project:str}", opt={"act": "see_project"})
async def show_project(request: Request[Any, Any, Any], project: str) -> ProjectBody:
    """One project."""
    return await project_body(services_of(request), seen_of(request), (await identify(request)).viewer)


@post("/api/v1/projects", opt={"act": "create_project", "once": True})
async def create_project(request: Request[Any, Any, Any], data: NewProject) -> Response[ProjectBody]:
    """A new, empty project of mine."""
    title = _title(data.title)
    return await created(request, [title.encode()], lambda: _create(request, Document(title=title)))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > 200 or not title.isprintable():
        sentence = "A title has between 1 and 200 characters that can be printed."
        raise ApiError(422, sentence, "Give it another one.", field="title")
    return title


@post(
    "/api/v1/projects/import",
    opt={
        "act": "create_project",
        "once": True,
        "body": ("application/octet-stream", "application/yaml", "multipart/form-data"),
    },
    request_max_body_size=MAX_IMPORT,
)
async def import_project(request: Request[Any, Any, Any], name: str | None = None) -> Response[ProjectBody]:
    """A new project from a file: the body, or the parts of a form (`file`, and as `files` what it names).

    `name`: its title, in place of the one in the file.
    """
    kind = request.content_type[0]
    extra: dict[str, bytes] = {}
    if kind == "multipart/form-data":
        form = await request.form()
        main = form.get("file")
        if not isinstance(main, UploadFile):
            raise ApiError(422, "The form has no part named file.", "Send the project file in it.", field="file")
        raw, file_name = await main.read(), main.filename
        for part in form.getall("files", []):
            if isinstance(part, UploadFile):
                extra[part.filename] = await part.read()
    else:
        raw, file_name = await request.body(), ""
    title = _title(name) if name is not None else None
    document = await asyncio.to_thread(read_import, raw, file_name)
    if title is not None:
        document = replace(document, title=title)
    try:
        document = await projects.with_files(services_of(request).blobs, document, extra)
    except projects.MissingFiles as error:
        raise ApiError(422, str(error), "Send them as parts named files.", code="MISSING_FILES") from None
    parts = [raw, *(part for name in sorted(extra) for part in (name.encode(), extra[name]))]
    return await created(request, parts, lambda: _create(request, document))


def read_import(raw: bytes, name: str) -> Document:
    """The document in an uploaded file, by its content."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(422, "The file is no UTF-8 text.", "Import a .vernissage.yaml or .ipynb file.") from None
    try:
        return any_format.read(text, name)
    except FormatError as error:
        raise ApiError(
            422, str(error), "Correct the file and import it again. Nothing was imported.", code="BAD_FILE"
        ) from None


async def _create(request: Request[Any, Any, Any], document: Document) -> ProjectBody:
    services = services_of(request)
    identity = await identify(request)
    try:
        project = await projects.create(services.store, document, identity.viewer.user, services.clock.now())
    except projects.Unfit as error:
        raise ApiError(422, str(error), "Nothing was kept. Correct it and try again.", code="BAD_FILE") from None
    return await project_body(services, Seen(project, "FULL_ACCESS"), identity.viewer)


@get(
    "/api/v1/projects/{project:str}/export",
    opt={"act": "export", "answer": ("application/yaml", "application/x-ipynb+json")},
)
async def export_project(
    request: Request[Any, Any, Any], project: str, version: str = "draft", format: str = "yaml"
) -> Response[bytes]:
    """The project as a file: the draft, the latest published version, or one by number."""
    services, seen = services_of(request), seen_of(request)
    document = await _document_of(services, seen.project, version)
    name = re.sub(r"[^a-z0-9]+", "-", document.title.lower()).strip("-")[:60] or "project"
    if format == "yaml":
        body, media, ending = project_file.write(document), "application/yaml", "vernissage.yaml"
    elif format == "ipynb":
        body, media, ending = ipynb.write(document), "application/x-ipynb+json", "ipynb"
    else:
        raise ApiError(422, f"There is no format {format!r}.", "Use yaml or ipynb.", field="format")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "X-Content-Type-Options": "nosniff"}
    return Response(body.encode(), media_type=media, headers=headers)


async def _document_of(services: Services, project: Project, version: str) -> Document:
    if version == "draft":
        return await services.rooms.draft_document(project.id)
    number = project.published if version == "latest" else int(version) if _NUMBER.fullmatch(version) else None
    known = number is not None and is_version(number)
    document = await services.rooms.version_document(project.id, number) if number is not None and known else None
    if document is None:
        raise ApiError(404, f"This project has no version {version!r}.", "See its list of versions.", field="version")
    return document


@delete("/api/v1/projects/{project:str}", opt={"act": "trash"}, status_code=204)
async def trash_project(request: Request[Any, Any, Any], project: str) -> None:
    """Put a project into the trash; it stays there for 30 days."""
    services, seen = services_of(request), seen_of(request)
    await services.store.trash_project(seen.project.id, services.clock.now())
    await services.rooms.close_project(seen.project.id, IN_TRASH)
    await services.store.add_audit(await entry(request, "trash", seen.project.id))


@get("/api/v1/trash", opt={"act": "see_trash"})
async def list_trash(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> ProjectLines:
    """The projects in the trash that I may open again, last edited first."""
    services, viewer = services_of(request), (await identify(request)).viewer
    found = []
    for project in sorted(await services.store.trashed_projects(services.clock.now() - IN_TRASH_FOR), key=_place):
        access = await services.permissions.level(project, viewer, trashed=True)
        if policy.includes(access, policy.NEEDS["restore"].project or "FULL_ACCESS"):
            found.append((project, access))
    return await _lines(services, found, after, before, limit)


@post("/api/v1/projects/{project:str}/restore", opt={"act": "restore"}, status_code=200)
async def restore_project(request: Request[Any, Any, Any], project: str) -> ProjectBody:
    """[WEB45] Open a project again that was put into the trash less than 30 days ago."""
    services, seen = services_of(request), seen_of(request)
    trashed = seen.project.trashed_at
    if trashed is not None:
        if services.clock.now() - trashed > IN_TRASH_FOR:
            raise missing()
        await services.store.restore_project(seen.project.id, await entry(request, "restore", seen.project.id))
    found = await services.store.project(seen.project.id) or seen.project
    return await project_body(services, Seen(found, seen.access), (await identify(request)).viewer)


@get("/api/v1/all-projects", opt={"act": "see_all_projects"})
async def list_all_projects(
    request: Request[Any, Any, Any], after: After = None, before: Before = None, limit: Limit = 100
) -> ProjectLines:
    """That every project exists, those in the trash too, and whose it is; nothing of what is in it."""
    services, viewer = services_of(request), (await identify(request)).viewer
    trashed = await services.store.trashed_projects(services.clock.now() - IN_TRASH_FOR)
    found = [
        (project, await services.permissions.level(project, viewer, trashed=True))
        for project in (*await services.store.projects(), *trashed)
    ]
    return await _lines(services, sorted(found, key=lambda one: _place(one[0])), after, before, limit)


async def _lines(
    services: Services,
    found: list[tuple[Project, policy.Access | None]],
    after: str | None,
    before: str | None,
    limit: int,
) -> ProjectLines:
    bodies = []
    page, pagination = paged(found, lambda one: _mark(one[0]), after, before, limit)
    for project, access in page:
        owner = _person(await services.store.user(project.owner), emails=True)
        edited, trashed = stamp(project.last_edited_at), stamp_or_none(project.trashed_at)
        bodies.append(ProjectLine(project.id, project.title, owner, edited, trashed, access))
    return ProjectLines(tuple(bodies), pagination)


async def project_body(services: Services, seen: Seen, viewer: Viewer) -> ProjectBody:
    """[WEB20] A project as the API shows it. App only: nothing of the draft, its title and its edits included, and no
    runs; e-mails only from Can view on and to those who are signed in."""
    project = seen.project
    editor = seen.access != "APP_ONLY"
    emails = editor and bool(viewer.user)
    document = await services.rooms.version_document(project.id, project.published) if project.published else None
    shown = inputs_in_app(document) if document else {}
    owner = await services.store.user(project.owner)
    creator = await services.store.user(project.creator)
    runs = await services.store.runs(project.id, 10, 0) if editor else ()
    found = await services.store.schedules(project.id) if editor else ()
    return ProjectBody(
        id=project.id,
        type="PROJECT",
        title=project.title if editor else document.title if document else UNPUBLISHED,
        description=project.description if editor else document.description if document else "",
        status=StatusBody("Published" if project.published else "Draft"),
        creator=_person(creator, emails),
        owner=_person(owner, emails),
        created_at=stamp(project.created_at),
        last_edited_at=stamp(project.last_edited_at if editor else project.last_published_at or project.created_at),
        last_published_at=stamp_or_none(project.last_published_at),
        archived_at=None,
        trashed_at=stamp_or_none(project.trashed_at),
        schedules=tuple(form for one in found for form in hex_schedules(one)),
        sharing=await hex_sharing(services, project, emails=emails) if editor else None,
        categories=(),
        published_version=project.published,
        unpublished_changes=editor and await _has_changes(services, project),
        personal=project.published is not None
        and await services.rooms.version_is_personal(project.id, project.published),
        inputs=tuple(
            InputBody(name, type(cell.input).__struct_config__.tag, cell.label, cell.input.default, True)  # type: ignore[arg-type]
            for name, cell in shown.items()
        ),
        access=seen.access,
        app_url=f"/{services.workspace}/app/{project.id}/latest",
        logic_url=f"/{services.workspace}/project/{project.id}/logic",
        recent_runs=tuple(run.status for run in reversed(runs)),
    )


async def _has_changes(services: Services, project: Project) -> bool:
    """Whether the draft differs from the published version, edits of this moment included."""
    if project.published is None:
        return True
    key = (project.id, project.last_edited_at)
    hash = _draft_hashes.get(key)
    if hash is None:
        hash = content_hash(await services.rooms.draft_document(project.id))
        _draft_hashes[key] = hash
        if len(_draft_hashes) > 1_000:
            _draft_hashes.popitem(last=False)
    return hash != project.published_hash


_draft_hashes: OrderedDict[tuple[str, datetime], str] = OrderedDict()
"""(project, its last edit) → content hash of the draft, so that a list does not read every draft each time."""


def _person(user: User | None, emails: bool) -> PersonBody:
    return PersonBody(user.email if user and emails else "", user.name if user else "")
