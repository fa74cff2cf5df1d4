"""What a viewer costs in memory: the server's for those who only read, a kernel's own for those who use the app."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx2

from benchmarks.figures import Figure
from benchmarks.member import member
from benchmarks.stage import MeasurementFailed, Stage, private_memory, stage
from vernissage.wire.socket import AppRoom

MEGABYTE = 1024 * 1024


def passive_viewers(viewers: int = 50, times: int = 3) -> list[Figure]:
    """Pages that show published results, each with its socket: what the server grew by, for each of them."""
    with stage("results") as place:
        already = len(place.kernels())  # of the preview before it was published
        each = asyncio.run(_passive(place, viewers, times))
        if len(place.kernels()) > already:
            raise MeasurementFailed("A page that only shows published results started a kernel.")
    return [
        Figure("passive_viewer", "memory per passive viewer (no process; the server's growth)", "MB", each, 0.5),
    ]


async def _passive(place: Stage, viewers: int, times: int) -> tuple[float, ...]:
    each = []
    cookies = {"vernissage": place.cookie}
    async with AsyncExitStack() as sockets, httpx2.AsyncClient(cookies=cookies) as http:

        async def view() -> None:
            (await http.get(place.address("results"))).raise_for_status()
            visitor = await sockets.enter_async_context(member(place, AppRoom(place.apps["results"])))
            await visitor.until(lambda message: message["type"] == "snapshot")

        for _ in range(10):  # what the server keeps once, such as the page and the results
            await view()
        for _ in range(times):
            before = place.server.memory_info().rss
            for _ in range(viewers):
                await view()
            each.append((place.server.memory_info().rss - before) / MEGABYTE / viewers)
    return tuple(each)


def session_memory(sessions: int = 5) -> list[Figure]:
    """Sessions with kernels of their own that have run the app or one cell: what each kernel shares with nobody."""
    with stage("run", "tiny") as place:
        app, tiny = asyncio.run(_kernels(place, sessions))
    return [
        Figure(
            "session_memory",
            "private memory per session that ran the app in a fresh kernel",
            "MB",
            app,
            30,
            "Voilà 120; shared processes 0.1–6, without isolation",
        ),
        Figure("tiny_session_memory", "  of an app with one cell, 1 + 1", "MB", tiny),
    ]


async def _kernels(place: Stage, sessions: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    known: set[int] = {kernel.pid for kernel in place.kernels()}
    async with AsyncExitStack() as sockets:
        for app in (place.apps["run"], place.apps["tiny"]):
            for _ in range(sessions):
                visitor = await sockets.enter_async_context(member(place, AppRoom(app)))
                await visitor.ran()
            new = [kernel for kernel in place.kernels() if kernel.pid not in known]
            known.update(kernel.pid for kernel in new)
            if len(new) != sessions:
                raise MeasurementFailed(f"{sessions} sessions have {len(new)} kernels.")
            found.append(tuple(private_memory(kernel) for kernel in new))
    return found[0], found[1]
