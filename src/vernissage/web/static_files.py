"""`/static/…`: the built front end, compressed ahead of time, cached for good (names carry a hash of the content).

Only files that were there when the first one was asked for are served, by their exact name: no address leads elsewhere.
"""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get

from vernissage.web.encodings import accepts
from vernissage.web.errors import missing
from vernissage.web.pages import STATIC

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"), ("", ""))
"""Best first; "" = as it is."""


@cache
def _files() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in (STATIC / "assets").rglob("*") if path.is_file()}


@cache
def _read(name: str) -> bytes:
    return _files()[name].read_bytes()


@get("/static/{path:path}", opt={"act": "see_static"}, include_in_schema=False)
async def serve_static(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
    """One built file, in the best encoding that the browser takes."""
    name = path.lstrip("/")
    if name not in _files():
        raise missing()
    accepted = request.headers.get("accept-encoding", "")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    encoding, suffix = next(
        (encoding, suffix)
        for encoding, suffix in _ENCODINGS
        if not encoding or (accepts(accepted, encoding) and name + suffix in _files())
    )
    if encoding:
        headers["Content-Encoding"] = encoding
    media = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(_read(name + suffix), media_type=media, headers=headers)
