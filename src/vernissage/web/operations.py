"""For who runs the server: is it alive, does it take work, how is it doing."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get

from vernissage.metrics import CONTENT_TYPE, Census
from vernissage.web.errors import ApiError
from vernissage.web.services import services_of

ANSWERS_WITHIN = 5.0
"""Seconds in which a database that works answers a look-up."""


@get("/healthz", opt={"act": "see_health"}, summary="The process is alive")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@get("/readyz", opt={"act": "see_health"}, summary="The server takes work")
async def readyz(request: Request[Any, Any, Any]) -> dict[str, str]:
    """[OPS1] The server takes work: its database answers."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await services_of(request).store.user("")
    except (TimeoutError, OSError):
        raise ApiError(503, "The database does not answer.", "See the server's log.", code="NOT_READY") from None
    return {"status": "ready"}


@get("/metrics", opt={"act": "see_metrics"}, summary="Figures for Prometheus", media_type=CONTENT_TYPE)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """[OPS2] Figures of this server in Prometheus' text format; with the bearer token of an admin."""
    services = services_of(request)
    running, waiting = services.runner.census()
    census = Census(
        kernels=services.rooms.gate.inside,
        kernels_waiting=services.rooms.gate.waiting,
        kernels_ready=services.rooms.kernels_ready,
        rooms=services.rooms.census(),
        sockets=len(services.attendance),
        runs_running=running,
        runs_waiting=waiting,
    )
    return Response(services.meter.write(census), media_type=CONTENT_TYPE)
