"""The HTTP server as one ASGI application: every route, behind the guard."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from vernissage.core.access import NEEDS
from vernissage.ports import TRACE, StoreFull
from vernissage.web import (
    audit,
    downloads,
    embedding,
    errors,
    groups,
    links,
    notifications,
    operations,
    outputs,
    pages,
    people,
    projects,
    publishing,
    requests,
    runs,
    schedules,
    secrets,
    sessions,
    sharing,
    signing_in,
    socket,
    static_files,
    tokens,
    versions,
)
from vernissage.web.guard import guard
from vernissage.web.openapi import CompletedDocument
from vernissage.web.services import Services
from vernissage.web.strict import StrictRequest

log = logging.getLogger(__name__)

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request, where a route does not say otherwise."""


async def name_the_request(message: Message, scope: Scope) -> None:
    """[API2] Every answer names its request in a header, as it stands in the log and in errors."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders(message)["X-Trace-Id"] = errors.trace_of(scope)


@get("/missing", opt={"act": "open_page"}, include_in_schema=False)
async def elsewhere(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What every address of a page shows that leads nowhere; `web_app` brings them here."""
    return await pages.missing_page(request)


_KNOWN = re.compile(
    r"/|/api/(v1/.*|socket|openapi\.json|docs)|/(static|o)/.*|/(healthz|readyz|metrics|sign-in(/openid(/back)?)?)"
    r"|/settings/[^/]+|/[^/]+/project/[^/]+(/[^/]+)?"
    r"|/[^/]+/app/[^/]+/(latest|v/[0-9]+|runs/[^/]+)|/[^/]+/hex/[^/]+/(latest|draft/logic)"
)
"""Addresses that the router knows. Its own catch-all would come before those with parameters."""


ROUTES = (
    operations.healthz,
    operations.readyz,
    operations.metrics,
    pages.home,
    pages.api_docs,
    pages.settings_page,
    signing_in.sign_in_page,
    signing_in.to_provider,
    signing_in.from_provider,
    pages.project_page,
    pages.app_page,
    pages.version_page,
    pages.run_page,
    pages.from_hex,
    pages.from_hex_draft,
    static_files.serve_static,
    outputs.serve_output,
    socket.room_socket,
    signing_in.sign_in,
    signing_in.sign_out,
    signing_in.change_password,
    people.list_users,
    people.find_principals,
    people.add_user,
    people.change_user,
    people.disable_user,
    people.enable_user,
    people.make_sign_in_link,
    groups.list_groups,
    groups.add_group,
    groups.rename_group,
    groups.remove_group,
    groups.list_members,
    groups.add_member,
    groups.remove_member,
    tokens.list_tokens,
    tokens.create_token,
    tokens.revoke_token,
    tokens.list_workspace_tokens,
    tokens.create_workspace_token,
    tokens.revoke_workspace_token,
    projects.list_projects,
    projects.show_project,
    projects.create_project,
    projects.import_project,
    projects.export_project,
    projects.trash_project,
    projects.list_trash,
    projects.restore_project,
    projects.list_all_projects,
    publishing.list_versions,
    publishing.show_version,
    embedding.show_embedding,
    embedding.set_embedding,
    embedding.create_presigned_url,
    versions.save_version,
    versions.name_version,
    versions.show_version_logic,
    versions.list_edits,
    versions.revert,
    versions.show_difference,
    versions.show_outputs_difference,
    versions.show_shown,
    audit.list_audit,
    publishing.begin_publish,
    publishing.show_publish,
    publishing.confirm_publish,
    publishing.cancel_publish,
    publishing.unpublish,
    publishing.count_sessions,
    publishing.end_sessions,
    notifications.show_notification_settings,
    notifications.check_notifications,
    notifications.try_notification,
    notifications.list_addresses,
    notifications.allow_address,
    notifications.forbid_address,
    runs.start_run,
    runs.list_runs,
    runs.show_run,
    runs.cancel_run,
    runs.kill_run,
    runs.restore_run,
    schedules.list_schedules,
    schedules.add_schedule,
    schedules.preview_schedule,
    schedules.change_schedule,
    schedules.remove_schedule,
    schedules.run_schedule,
    links.make_link,
    sessions.upload_file,
    sessions.remove_file,
    downloads.download_csv,
    secrets.list_workspace_secrets,
    secrets.set_workspace_secret,
    secrets.remove_workspace_secret,
    secrets.list_secrets,
    secrets.set_secret,
    secrets.remove_secret,
    sharing.show_sharing,
    sharing.set_sharing,
    sharing.set_owner,
    sharing.take_access,
    requests.request_access,
    requests.list_my_requests,
    requests.list_requests,
    requests.decide_request,
    elsewhere,
)


def web_app(open_services: Callable[[], AbstractAsyncContextManager[Services]]) -> ASGIApp:
    """The application, and the one page for addresses that lead nowhere."""
    app = _litestar(open_services)

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        """[OPS3] Each request, measured, and with its trace id in every line of the log that comes of it."""
        if scope["type"] != ScopeType.HTTP:
            await with_missing_page(scope, receive, send)
            return
        TRACE.set(errors.trace_of(scope))
        begun = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await with_missing_page(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - begun
            handler = scope.get("route_handler")
            act = str(handler.opt.get("act", "")) if handler is not None else ""
            services = app.state.get("services")
            if services is not None:
                services.meter.request_ended(scope["method"], act, status, seconds)
            if log.isEnabledFor(logging.INFO):
                # Without the query, which may hold a secret; so does the address of an output.
                path = "/o/…" if scope["path"].startswith("/o/") else scope["path"]
                log.info(
                    "request",
                    extra={"method": scope["method"], "path": path, "act": act, "status": status, "seconds": seconds},
                )

    async def with_missing_page(scope: Scope, receive: Receive, send: Send) -> None:
        services = app.state.get("services")
        if services is not None and scope["type"] in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            services.proxies.seen_through(scope)
        if scope["type"] == ScopeType.HTTP:
            if scope["method"] == "HEAD":
                # As GET without the body, which the server leaves out. A look at a link starts or uses up nothing.
                scope = scope.copy()
                scope["method"] = "GET"
                if "/hex/" not in scope["path"]:
                    scope["query_string"] = b""
            if not _KNOWN.fullmatch(scope["path"]):
                scope["path"] = "/api/v1/missing" if scope["path"].startswith("/api/") else "/missing"
                scope["raw_path"] = scope["path"].encode()
        await app(scope, receive, send)

    return measured


def _litestar(open_services: Callable[[], AbstractAsyncContextManager[Services]]) -> Litestar:
    """The routes. `open_services` opens the parts of the server when it starts, and closes them when it stops."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_services() as services:
            app.state["services"] = services
            watching = asyncio.create_task(
                services.attendance.watch(services.store, services.permissions, services.clock), name="watch sockets"
            )
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

    for route in ROUTES:
        act = route.opt.get("act")
        if act not in NEEDS:
            raise AssertionError(f"the route {sorted(route.paths)} names no act of core.access")
    return Litestar(
        route_handlers=ROUTES,
        guards=[guard],
        request_class=StrictRequest,
        lifespan=[lifespan],
        before_send=[name_the_request],
        request_max_body_size=MAX_BODY,
        exception_handlers={
            errors.ApiError: errors.on_api_error,
            HTTPException: errors.on_http_error,
            StoreFull: errors.on_store_full,
            msgspec.DecodeError: errors.on_decode_error,
            Exception: errors.on_crash,
        },
        openapi_config=OpenAPIConfig(
            title="Vernissage",
            version="1",
            openapi_router=Router("/api", route_handlers=[], opt={"act": "read_openapi"}),
            render_plugins=[CompletedDocument(ROUTES)],
        ),
        logging_config=None,
    )
