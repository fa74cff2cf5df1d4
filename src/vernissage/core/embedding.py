"""Embeds: an app in a page of somebody else's.

A workspace names the *origins* whose pages may show its apps. A *pass* lets one page in once; from then on the page
holds a key in its memory, since a browser sends no cookies into a page of another site. Through a pass one sees one
app, with App only, whatever one may do elsewhere.

Left alone: making and checking passes and keys (`web.embedding`), what App only means (`core.access`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from vernissage.core.document import Struct

MAX_ORIGINS = 100

_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": "80", "https": "443"}


class Pass(Struct, frozen=True):
    """What a pass says of the one whom it lets in."""

    project: str
    user: str = ""
    """[EMB5] The user who asked for it in a window of their own; "" = a guest, whom a server vouches for."""
    sign_in: str = ""
    """The hash of that user's sign-in: the pass ends with it."""
    attributes: dict[str, Any] = {}
    """What the server declares of a guest: `run_context().attributes`."""
    inputs: dict[str, Any] = {}
    """Input name → JSON value that the session starts with."""
    locked: tuple[str, ...] = ()
    """Those of `inputs` that the guest may not change."""


def origin(text: str) -> str | None:
    """[EMB1] An origin as browsers write it, such as `https://intranet.example.com`; None where it is none.

    Internationalised hosts are given in their ASCII form, as a browser's `location.origin` says them.
    """
    found = _ORIGIN.fullmatch(text.strip())
    if found is None:
        return None
    scheme, host, port = found["scheme"].lower(), found["host"].lower(), found["port"]
    if port is not None and not 0 < int(port) < 65536:
        return None
    port = None if port is None or port.lstrip("0") == _DEFAULT_PORT[scheme] else port.lstrip("0")
    return f"{scheme}://{host}{f':{port}' if port else ''}"


def frame_ancestors(origins: Iterable[str]) -> str:
    """The value of that directive of the page's policy: these origins and nobody else."""
    return " ".join(origins) or "'none'"
