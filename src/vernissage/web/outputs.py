"""`/o/…`: big outputs, each under an address that cannot be guessed.

The address is the right to read: it carries the content's hash, its type, and a seal made with the server's key. HTML
is served only from here, under a policy of its own that gives it no origin: its scripts run, and reach neither the
page, nor its cookies, nor the network. Whose page frames it is not asked: inside an embed that is another site's.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get

from vernissage.web.errors import missing
from vernissage.web.services import services_of

POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)

TYPES = frozenset(
    {
        "text/html",
        "text/plain",
        "text/markdown",
        "text/latex",
        "application/json",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/svg+xml",
    }
)
"""Types that are served as what they are; JSON kinds as JSON, all else as bytes."""

_HEIGHT = b"""<script>(() => {
  const height = () => Math.ceil(document.documentElement.getBoundingClientRect().height);
  const tell = () => parent.postMessage({ type: "vernissage:height", height: height() }, "*");
  addEventListener("load", tell);
  if (document.readyState === "complete") tell();
  new ResizeObserver(tell).observe(document.documentElement);
})()</script>"""
_HEAD = b"""<!doctype html><meta charset="utf-8">
<style>html,body{height:auto!important}body{margin:0;font:14px/20px system-ui,sans-serif}</style>
"""


def addresses(key: bytes) -> Callable[[str, str], str]:
    """The maker of addresses: (hash, MIME type) -> path."""

    def address(hash: str, mime: str) -> str:
        type = base64.urlsafe_b64encode(mime.encode()).decode().rstrip("=")
        return f"/o/{hash}.{type}.{_seal(key, hash, mime)}"

    return address


def _seal(key: bytes, hash: str, mime: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, f"output:{hash}:{mime}".encode(), "sha256")[:18]).decode()


@get("/o/{address:str}", opt={"act": "see_output"}, include_in_schema=False)
async def serve_output(request: Request[Any, Any, Any], address: str) -> Response[bytes]:
    """Serve an output, for good: what stands under an address never changes."""
    services = services_of(request)
    try:
        hash, type, seal = address.split(".")
        mime = base64.urlsafe_b64decode(type + "=" * (-len(type) % 4)).decode()
    except ValueError:
        raise missing() from None
    if not hmac.compare_digest(seal.encode(), _seal(services.key, hash, mime).encode()):
        raise missing()
    content = await services.blobs.get(hash)
    if content is None:
        raise missing()
    if mime == "text/html":
        content = _HEAD + content + _HEIGHT
    served = mime if mime in TYPES else "application/json" if mime.endswith("json") else "application/octet-stream"
    return Response(
        content,
        media_type=served,
        headers={
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
        },
    )
