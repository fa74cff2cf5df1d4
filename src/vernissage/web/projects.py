"""Projects over HTTP: list, show, make, import, export, trash."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile

from vernissage.actors import projects
from vernissage.core.document import Document, inputs_in_app
from vernissage.formats import FormatError, ipynb, project_file
from vernissage.ports import Project, User
from vernissage.web.answers import created
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import Seen, seen_of
from vernissage.web.identity import identify
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp, stamp_or_none
from vernissage.wire.rest import (
    InputBody,
    NewProject,
    Pagination,
    PersonBody,
    ProjectBody,
    ProjectList,
    StatusBody,
)
from vernissage.wire.socket import Ended

MAX_IMPORT = 100 * 1024 * 1024
"""Bytes of an import with all its files."""

IN_TRASH = Ended("no_access", "This project was put into the trash. Its owner can bring it back for 30 days.")


@get("/api/v1/projects", opt={"act": "see_projects"})
async def list_projects(request: Request[Any, Any, Any], limit: int = 100, after: str | None = None) -> ProjectList:
    """The projects that I may see, last edited first."""
    services = services_of(request)
    identity = await identify(request)
    bodies: list[ProjectBody] = []
    started, last = after is None, None
    for project in await services.store.projects():
        if not started:
            started = project.id == after
            continue
        access = await services.permissions.level(project, identity.viewer)
        if access is None:
            continue
        if len(bodies) >= max(1, min(limit, 500)):
            last = bodies[-1].id
            break
        bodies.append(await project_body(services, Seen(project, access)))
    return ProjectList(tuple(bodies), Pagination(last, None))


@get("/api/v1/projects/{project:str}", opt={"act": "see_project"})
async def show_project(request: Request[Any, Any, Any], project: str) -> ProjectBody:
    """One project."""
    return await project_body(services_of(request), seen_of(request))


@post("/api/v1/projects", opt={"act": "create_project"})
async def create_project(request: Request[Any, Any, Any], data: NewProject) -> Response[ProjectBody]:
    """A new, empty project of mine."""
    title = " ".join(data.title.split())
    if not title or len(title) > 200:
        raise ApiError(422, "A title has between 1 and 200 characters.", "Give it another one.", field="title")
    return await created(request, data, lambda: _create(request, Document(title=title)))


@post("/api/v1/projects/import", opt={"act": "create_project"}, request_max_body_size=MAX_IMPORT)
async def import_project(request: Request[Any, Any, Any], name: str | None = None) -> Response[ProjectBody]:
    """A new project from a file: the body, or the parts of a form (`file`, and beside it what it names)."""
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
    document = await asyncio.to_thread(read_import, raw, name or file_name)
    try:
        document = await projects.with_files(services_of(request).blobs, document, extra)
    except projects.MissingFiles as error:
        raise ApiError(422, str(error), "Send them as parts named files.", code="MISSING_FILES") from None
    return await created(request, raw, lambda: _create(request, document))


def read_import(raw: bytes, name: str) -> Document:
    """The document in an uploaded file, by its content."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(422, "The file is no UTF-8 text.", "Import a .vernissage.yaml or .ipynb file.") from None
    try:
        if text.lstrip().startswith("{"):
            return ipynb.read(text, title=re.sub(r"\.ipynb$", "", name) or "Imported notebook")
        return project_file.read(text)
    except FormatError as error:
        raise ApiError(
            422, str(error), "Correct the file and import it again. Nothing was imported.", code="BAD_FILE"
        ) from None


async def _create(request: Request[Any, Any, Any], document: Document) -> ProjectBody:
    services = services_of(request)
    identity = await identify(request)
    project = await projects.create(services.store, document, identity.viewer.user, services.clock.now())
    return await project_body(services, Seen(project, "FULL_ACCESS"))


@get("/api/v1/projects/{project:str}/export", opt={"act": "export"})
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
    number = project.published if version == "latest" else int(version) if version.isdecimal() else None
    document = await services.rooms.version_document(project.id, number) if number is not None else None
    if document is None:
        raise ApiError(404, f"This project has no version {version!r}.", "See its list of versions.", field="version")
    return document


@delete("/api/v1/projects/{project:str}", opt={"act": "trash"}, status_code=204)
async def trash_project(request: Request[Any, Any, Any], project: str) -> None:
    """Put a project into the trash; it stays there for 30 days."""
    services, seen = services_of(request), seen_of(request)
    await services.store.trash_project(seen.project.id, services.clock.now())
    await services.rooms.close_project(seen.project.id, IN_TRASH)


async def project_body(services: Services, seen: Seen) -> ProjectBody:
    """A project as the API shows it; what an App-only viewer may not know is left out."""
    project = seen.project
    editor = seen.access != "APP_ONLY"
    document = await services.rooms.version_document(project.id, project.published) if project.published else None
    shown = inputs_in_app(document) if document else {}
    owner = await services.store.user(project.owner)
    creator = await services.store.user(project.creator)
    runs = await services.store.runs(project.id, 10, 0) if editor else ()
    return ProjectBody(
        id=project.id,
        type="PROJECT",
        title=document.title if document and not editor else project.title,
        description=document.description if document and not editor else project.description,
        status=StatusBody("Published" if project.published else "Draft"),
        creator=_person(creator, editor),
        owner=_person(owner, editor),
        created_at=stamp(project.created_at),
        last_edited_at=stamp(project.last_edited_at),
        last_published_at=stamp_or_none(project.last_published_at),
        archived_at=None,
        trashed_at=stamp_or_none(project.trashed_at),
        schedules=(),
        sharing={},
        published_version=project.published,
        unpublished_changes=editor and (project.published is None or project.draft_hash != project.published_hash),
        inputs=tuple(
            InputBody(name, type(cell.input).__struct_config__.tag, cell.label, cell.input.default, True)  # type: ignore[arg-type]
            for name, cell in shown.items()
        ),
        access=seen.access,
        app_url=f"/{services.workspace}/app/{project.id}/latest",
        logic_url=f"/{services.workspace}/project/{project.id}/logic",
        recent_runs=tuple(run.status for run in reversed(runs)),
    )


def _person(user: User | None, editor: bool) -> PersonBody:
    if user is None:
        raise missing()
    return PersonBody(user.email if editor else "", user.name)
