"""Tables as CSV: all rows that a page's table shows, in its order and through its filter.

Promises: what may be paged may be downloaded, and nothing else; the file is made as it is read, in pieces, by the
kernel where it holds the table, else from what is kept with the results; a download that cannot be finished is cut off
rather than ended as if it were whole.

Left alone: what a piece holds (`vernissage_kernel.tables`), which tables there are (`room`).
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, get
from litestar.response import Stream

from vernissage.core import access as policy
from vernissage.core.operations import Refused
from vernissage.web.errors import ApiError
from vernissage.web.guard import seen_of
from vernissage.web.identity import identify
from vernissage.web.runs import past_run
from vernissage.web.services import services_of
from vernissage_kernel.frames import TableQuery


@get(
    "/api/v1/projects/{project:str}/sessions/{session:str}/cells/{cell:str}/csv",
    opt={"act": "download_table", "answer": ("text/csv",)},
    media_type="text/csv",
)
async def download_csv(
    request: Request[Any, Any, Any],
    project: str,
    session: str,
    cell: str,
    table: str = "",
    sort: str = "",
    descending: bool = False,
    filter: str = "",
) -> Stream:
    """[WEB40] The rows of a table that a cell of this session (or past run) shows. `table`: which one, as its output
    names it."""
    services, seen = services_of(request), seen_of(request)
    identity = await identify(request)
    room = services.rooms.session(seen.project.id, session)
    if room is not None and not policy.includes(seen.access, policy.ROOM_NEEDS[room.kind]):
        room = None
    if room is None:
        run = await past_run(services, seen, await identify(request), session)
        room = await services.rooms.past_run(run) if run is not None else None
    if room is None and seen.project.published is not None:
        room = await services.rooms.find_app(seen.project, session, identity.viewer, seen.access)
    if room is None and (run := await past_run(services, seen, identity, session)) is not None:
        room = await services.rooms.past_run(run)
    if room is None:
        raise ApiError(404, "This session has ended.", "Reload the page and download again.", code="NO_SESSION")
    query = TableQuery(sort=sort, descending=descending, filter=filter)
    pieces = await room.csv(cell, table, query, seen.access)
    if isinstance(pieces, Refused):
        raise ApiError(409, pieces.sentence, code="NO_TABLE")
    label = next((one.label for one in room.document.cells if one.id == cell), "") or "table"
    return Stream(
        pieces,
        media_type="text/csv",
        headers={
            "Content-Disposition": f"attachment; filename=\"table.csv\"; filename*=UTF-8''{quote(label, safe='')}.csv",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
