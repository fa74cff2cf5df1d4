"""Lets every route's act pass through `core.access`.

Each route names its act (`opt={"act": …}`); the guard finds out who asks and, where the address names a project, their
level on it, and refuses what the table does not allow. A route without an act does not start: see `server`.
"""

from __future__ import annotations

import uuid
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


@dataclass(frozen=True)
class Seen:
    """A project as somebody may see it."""

    project: Project
    access: Access


def project_id(text: str) -> str | None:
    """The UUID in an address; a readable slug before it is passed over."""
    try:
        return str(uuid.UUID(text[-36:])) if len(text) >= 36 else None
    except ValueError:
        return None


async def see_project(connection: ASGIConnection[Any, Any, Any, Any], text: str) -> Seen | None:
    """The project that an address names, as the one who asks may see it; None = as if it did not exist."""
    services = services_of(connection)
    identity = await identify(connection)
    id = project_id(text)
    project = await services.store.project(id) if id else None
    if project is None:
        return None
    access = await services.permissions.level(project, identity.viewer)
    return Seen(project, access) if access is not None else None


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse what `core.access.NEEDS` does not allow; keep what was found for the route (`seen`)."""
    act = handler.opt["act"]
    need = policy.NEEDS[act]
    identity = await identify(connection)
    if connection.scope.get("method", "GET") not in SAFE:  # a socket checks its origin itself
        _check_origin(connection, identity)
    access: Access | None = None
    if need.project is not None:
        seen = await see_project(connection, connection.path_params["project"])
        if seen is not None:
            access = seen.access
            connection.scope["state"]["seen"] = seen
    user = identity.viewer.user
    match policy.may(act, user=user, role=identity.viewer.role, access=access):
        case "yes":
            return
        case "sign_in":
            raise ApiError(401, "Nobody is signed in.", "Sign in, or send a bearer token.")
        case "hidden":
            raise missing()
        case "forbidden":
            raise ApiError(403, "You may not do this.", "Ask the owner of the project, or an admin, for more access.")


def _check_origin(connection: ASGIConnection[Any, Any, Any, Any], identity: Identity) -> None:
    if not same_origin(connection):
        raise ApiError(403, "This request came from another site's page.", "Do it from a page of this server.")
    if identity.by == "cookie":
        token = connection.headers.get("x-csrf-token", "")
        if not csrf_fits(services_of(connection).key, identity.secret, token):
            raise ApiError(403, "This page is out of date.", "Reload it and try again.", code="CSRF")


def seen_of(request: Request[Any, Any, Any]) -> Seen:
    """The project that the guard found for this route."""
    seen = request.scope["state"]["seen"]
    assert isinstance(seen, Seen)
    return seen
