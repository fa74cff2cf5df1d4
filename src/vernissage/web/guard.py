"""Lets every route's act pass through `core.access`.

Each route names its act (`opt={"act": …}`), and `account` where a visitor without one cannot do it; the guard finds out
who asks and, where the address names a project, their level on it, and refuses what the table does not allow. A route
without an act does not start: see `server`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from vernissage.core import access as policy
from vernissage.core.access import Access
from vernissage.ports import Project
from vernissage.web.errors import ApiError, missing
from vernissage.web.identity import Identity, csrf_fits, identify, same_origin
from vernissage.web.services import services_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_PROJECT = re.compile(r"(?:.*-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE | re.DOTALL)

LARGEST_NUMBER = 2**31 - 1
"""Of a version; a larger one is no number that a database holds."""


@dataclass(frozen=True)
class Seen:
    """A project as somebody may see it."""

    project: Project
    access: Access


def project_id(text: str) -> str | None:
    """[WEB3] The UUID in an address; a readable slug before it is passed over."""
    found = _PROJECT.fullmatch(text)
    return found[1].lower() if found else None


def is_version(number: int) -> bool:
    """Whether a version may have that number."""
    return 1 <= number <= LARGEST_NUMBER


async def see_project(
    connection: ASGIConnection[Any, Any, Any, Any], text: str, *, trashed: bool = False
) -> Seen | None:
    """The project that an address names, as the one who asks may see it; None = as if it did not exist. `trashed`: one
    in the trash too."""
    services = services_of(connection)
    identity = await identify(connection)
    id = project_id(text)
    project = await services.store.project(id) if id else None
    if project is None:
        return None
    access = await services.permissions.level(project, identity.viewer, trashed=trashed)
    return Seen(project, access) if access is not None else None


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse what `core.access.NEEDS` does not allow; keep what was found for the route (`seen`)."""
    act = handler.opt.get("act")
    if act is None:  # the framework's own answer to OPTIONS, which says no more than this server's document does
        return
    need = policy.NEEDS[act]
    if act in _ASK_NOBODY:
        return
    identity = await identify(connection)
    if identity.by == "bearer":
        _check_token(connection, identity, act)
    if connection.scope.get("method", "GET") not in SAFE:  # a socket checks its origin itself
        _check_origin(connection, identity)
    if identity.by == "embed" and (not identity.viewer.id or (need.project is None and act not in _FRAMED)):
        raise signed_out()
    access: Access | None = None
    if need.project is not None:
        seen = await see_project(connection, connection.path_params["project"], trashed=act == "restore")
        if seen is not None:
            access = seen.access
            connection.scope["state"]["seen"] = seen
    match policy.may(act, user=identity.viewer.user, role=identity.viewer.role, access=access):
        case "yes":
            if handler.opt.get("account") and not identity.viewer.user:  # what comes of it must be somebody's
                raise signed_out()
        case "sign_in":
            raise signed_out()
        case "hidden":
            raise missing()
        case "forbidden":
            raise ApiError(403, "You may not do this.", "Ask the owner of the project, or an admin, for more access.")


_FRAMED = frozenset({"open_page", "open_socket"})
"""Acts without a project that the key of a framed page is good for."""

_ASK_NOBODY = frozenset({"see_health", "see_static", "see_output", "read_openapi"})
"""Acts that are the same for everybody: nobody is looked up for them."""


def signed_out() -> ApiError:
    """Who are you?"""
    return ApiError(401, "Nobody is signed in.", "Sign in, or send a bearer token.", headers=_BEARER)


_BEARER = {"WWW-Authenticate": "Bearer"}


def _check_token(connection: ASGIConnection[Any, Any, Any, Any], identity: Identity, act: str) -> None:
    if identity.user is None:
        sentence = "This token is not one of this server, has expired, or was revoked."
        raise ApiError(401, sentence, "Make a new token and send that one.", code="BAD_TOKEN", headers=_BEARER)
    pace = services_of(connection).pace
    wait = 0
    if connection.scope.get("method") in SAFE:
        wait = pace.wait(identity.token, "read")
    elif act == "start_run":
        wait = pace.wait(identity.token, "run")
    if wait:
        sentence = "This token has asked too often within the last minute."
        raise ApiError(429, sentence, f"Try again in {wait} s.", headers={"Retry-After": str(wait)})


def _check_origin(connection: ASGIConnection[Any, Any, Any, Any], identity: Identity) -> None:
    if not same_origin(connection):
        raise ApiError(403, "This request came from another site's page.", "Do it from a page of this server.")
    if identity.by in ("cookie", "proxy"):
        token = connection.headers.get("x-csrf-token", "")
        if not csrf_fits(services_of(connection).key, identity.secret, token):
            raise ApiError(403, "This page is out of date.", "Reload it and try again.", code="CSRF")


def seen_of(request: Request[Any, Any, Any]) -> Seen:
    """The project that the guard found for this route."""
    seen = request.scope["state"]["seen"]
    assert isinstance(seen, Seen)
    return seen
