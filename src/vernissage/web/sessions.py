"""Files that people send: to an input of their session, or to the project itself.

Promises: a body is written to the disk as it comes and never held in memory as a whole; one that is too large is
refused as soon as that is known; a file that was refused, or whose sender went away, leaves nothing behind.

Left alone: what a file means to an input (`core.inputs`), which sessions may hold it (`room`).
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import asyncio
import errno
import tempfile
from pathlib import Path
from typing import Any

from litestar import Request, Response, delete, post

from vernissage.actors.room import Room
from vernissage.core import access as policy
from vernissage.core.document import Document, FileInput, FileRef, inputs_in_app
from vernissage.core.operations import Refused, SetFiles
from vernissage.ports import StoreFull
from vernissage.web.errors import ApiError
from vernissage.web.guard import Seen, seen_of
from vernissage.web.identity import identify
from vernissage.web.services import services_of
from vernissage.wire.rest import FileBody

MAX_FILE = 200 * 1024 * 1024
"""Bytes of one file."""

BUFFER = 1024 * 1024
"""Bytes that are written to the disk at once."""

LONGEST_NAME = 200

NO_FILES = "This app takes no files."


@post(
    "/api/v1/projects/{project:str}/files",
    opt={"act": "see_app", "body": ("application/octet-stream",)},
    request_max_body_size=MAX_FILE + 1,  # so that it is ours to say what is too large
)
async def upload_file(request: Request[Any, Any, Any], project: str, name: str, session: str | None = None) -> FileBody:
    """[LIV8] Keep the body as a file: of that session, whose inputs may hold it from then on; without `session` of the
    project (Can edit), in place of one of the same name."""
    services, seen = services_of(request), seen_of(request)
    _check_name(name)
    room = await _room_of(request, seen, session) if session else None
    if room is None and not policy.includes(seen.access, "CAN_EDIT"):
        raise ApiError(403, "You may not add files to this project.", "Ask its owner for Can edit.")
    limit, input_label = _limit(room.document, room.kind) if room is not None else (MAX_FILE, "")
    too_large = ApiError(
        413,
        f"{name} is too large: {input_label or 'a project'} takes files up to {limit:,} bytes.",
        "Send a smaller file.",
        field="name",
    )
    if int(request.headers.get("content-length") or 0) > limit:
        raise too_large
    with tempfile.TemporaryDirectory(prefix="vernissage-upload-") as directory:
        path = Path(directory) / "body"
        if not await _receive(request, path, limit):
            raise too_large
        hash, size = await services.blobs.put_file(path, limit)
    file = FileRef(name, hash, size)
    if room is not None:
        refused = room.add_upload(file)
    else:
        logic = await services.rooms.logic(seen.project.id)
        others = tuple(one for one in logic.document.files if one.name != name)
        refused = await logic.edited(SetFiles((*others, file)), (await identify(request)).viewer)
    if isinstance(refused, Refused):
        raise ApiError(409, refused.sentence)
    return FileBody(name, hash, size)


@delete("/api/v1/projects/{project:str}/files", opt={"act": "upload_file"}, status_code=204)
async def remove_file(request: Request[Any, Any, Any], project: str, name: str) -> Response[None]:
    """[LIV9] Take a file out of the project; versions that hold it keep it."""
    services, seen = services_of(request), seen_of(request)
    logic = await services.rooms.logic(seen.project.id)
    left = tuple(one for one in logic.document.files if one.name != name)
    if len(left) == len(logic.document.files):
        raise ApiError(404, f"The project has no file named {name}.", "See its list of files.", field="name")
    refused = await logic.edited(SetFiles(left), (await identify(request)).viewer)
    if refused is not None:
        raise ApiError(409, refused.sentence)
    return Response(None, status_code=204)


def _check_name(name: str) -> None:
    if not name or len(name) > LONGEST_NAME or len(name.encode("utf-8", "replace")) > 255:
        sentence = f"The name of a file has between 1 and {LONGEST_NAME} characters."
    elif "/" in name or "\\" in name:
        sentence = f"{name!r} is a path, not the name of a file."
    elif name.startswith("."):
        sentence = f"{name!r} begins with a dot, and so cannot be used."
    elif not name.isprintable():
        sentence = f"{name!r} has characters that cannot be printed."
    else:
        return
    raise ApiError(422, sentence, "Rename the file, then send it again.", field="name")


async def _room_of(request: Request[Any, Any, Any], seen: Seen, session: str) -> Room:
    """The session that the file is for, where the one who asks may set its inputs."""
    services = services_of(request)
    viewer = (await identify(request)).viewer
    room = services.rooms.session(seen.project.id, session) if policy.includes(seen.access, "CAN_EDIT") else None
    if room is None and seen.project.published is not None:
        room = await services.rooms.find_app(seen.project, session, viewer, seen.access)
    if room is None:
        sentence = "This session has ended. Nothing was kept of the file."
        raise ApiError(404, sentence, "Reload the page and choose the file again.", code="NO_SESSION")
    return room


def _limit(document: Document, kind: policy.RoomKind) -> tuple[int, str]:
    """The most bytes that an input of this session takes, and which one."""
    cells = inputs_in_app(document) if kind == "app" else document.inputs()
    found = [
        (min(cell.input.max_bytes, MAX_FILE), cell.label or name)
        for name, cell in cells.items()
        if isinstance(cell.input, FileInput)
    ]
    if not found:
        raise ApiError(422, NO_FILES, "Reload the page to see its inputs.", code="NO_FILE_INPUT")
    return max(found)


async def _receive(request: Request[Any, Any, Any], path: Path, limit: int) -> bool:
    """Write the body to a file; False where it is larger than `limit` bytes. Raises StoreFull."""
    size = 0
    waiting = bytearray()
    try:
        with path.open("xb", buffering=0) as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    return False
                waiting += chunk
                if len(waiting) >= BUFFER:
                    await asyncio.to_thread(_write, file, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_write, file, bytes(waiting))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull("The disk is full: the file could not be kept.") from error
        raise
    return True


def _write(file: Any, data: bytes) -> None:
    """All of it: an unbuffered write may take only a part."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
