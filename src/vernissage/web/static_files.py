"""`/static/…`: the built front end, compressed ahead of time, cached for good (names carry a hash of the content)."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from typing import Any

from litestar import Request, Response, get

from vernissage.web.errors import missing
from vernissage.web.pages import STATIC

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


@lru_cache(maxsize=512)
def _read(path: str, suffix: str) -> bytes | None:
    place = (STATIC / (path + suffix)).resolve()
    if not place.is_relative_to(STATIC.resolve() / "assets") or not place.is_file():
        return None
    return place.read_bytes()


@get("/static/{path:path}", opt={"act": "see_static"}, include_in_schema=False)
async def serve_static(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
    """One built file, in the best encoding that the browser takes."""
    name = path.lstrip("/")
    accepted = request.headers.get("accept-encoding", "")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    body = None
    for encoding, suffix in _ENCODINGS:
        if encoding in accepted and (body := _read(name, suffix)) is not None:
            headers["Content-Encoding"] = encoding
            break
    else:
        body = _read(name, "")
    if body is None:
        raise missing()
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(body, media_type="text/javascript" if name.endswith(".js") else media, headers=headers)
