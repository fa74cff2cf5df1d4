"""What takes how long over the socket: sessions, inputs, edits; and how soon a kernel is there."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.member import Member, events_of, member
from benchmarks.stage import READY, AppName, Stage, stage
from vernissage.core.operations import SetTitle
from vernissage.core.session import SetInputs
from vernissage.kernels import ForkKernels
from vernissage.ports import KernelSpec
from vernissage.wire.socket import AppRoom, LogicRoom

AT_ONCE = 20


def new_session(times: int = 20) -> list[Figure]:
    """Connect, ask for a new session, wait until all of the app has run in its own new kernel."""
    with stage("run") as place:
        took, own = asyncio.run(_sessions(place, "run", times))
    return [
        Figure(
            "new_session",
            "new session: connect → whole app run in its own new kernel",
            "ms",
            tuple(took),
            45,
            "Streamlit 99–127 (shared process), marimo 114 (thread), Panel 338, Voilà 2 517",
        ),
        Figure("new_session_cells", "  of that, the cells' own time", "ms", tuple(own)),
    ]


def ready_session(times: int = READY) -> list[Figure]:
    """The same where a kernel that was kept ready is taken over, one after another, none of them replaced yet."""
    with stage("ready") as place:
        took = asyncio.run(_ready_sessions(place, times))
    return [Figure("ready_session", "new session with a ready kernel", "ms", took, 15)]


async def _ready_sessions(place: Stage, times: int) -> tuple[float, ...]:
    await asyncio.to_thread(place.until_ready, READY)
    took, _ = await _sessions(place, "ready", times - 1)
    return tuple(took)


def tiny_session(times: int = 20) -> list[Figure]:
    """The same with an app of one cell, `1 + 1`: what a session costs before it does anything."""
    with stage("tiny") as place:
        took, _ = asyncio.run(_sessions(place, "tiny", times))
    return [Figure("tiny_session", "new session of an app with one cell, 1 + 1", "ms", tuple(took))]


async def _sessions(place: Stage, app: AppName, times: int) -> tuple[list[float], list[float]]:
    took: list[float] = []
    own: list[float] = []
    for turn in range(times + 1):
        begun = time.perf_counter()
        async with member(place, AppRoom(place.apps[app])) as visitor:
            await visitor.ran()
            if turn:  # the first one warms the server up
                took.append((time.perf_counter() - begun) * 1000)
                own.append(sum(visitor.elapsed.values()))
    return took, own


def input_change(times: int = 100) -> list[Figure]:
    """Move a slider in a running session, wait for the number that depends on it."""
    with stage("results") as place:
        took = asyncio.run(_input_changes(place, times))
    return [
        Figure(
            "input_change",
            "change an input → new value",
            "ms",
            tuple(whole for whole, _ in took),
            None,
            "marimo 10.7, Voilà 46, Streamlit 106",
        ),
        Figure("input_change_over", "  over the cell's own time", "ms", tuple(whole - own for whole, own in took), 3),
    ]


async def _input_changes(place: Stage, times: int) -> list[tuple[float, float]]:
    async with member(place, AppRoom(place.apps["results"])) as visitor:
        await visitor.do(SetInputs({"n": 100}))  # starts the kernel, which runs everything
        await visitor.ran()
        for warming in range(5):
            await visitor.set_input(110 + warming)
        return [await visitor.set_input(200 + turn % 200) for turn in range(times)]


def first_input(times: int = 20) -> list[Figure]:
    """Move a slider on a page that shows published results: the session's kernel is started for it."""
    with stage("results") as place:
        took = asyncio.run(_first_inputs(place, times))
    return [Figure("first_input", "first input change on a passive page → new value (starts the kernel)", "ms", took)]


async def _first_inputs(place: Stage, times: int) -> tuple[float, ...]:
    took = []
    for turn in range(times):
        async with member(place, AppRoom(place.apps["results"])) as visitor:
            await visitor.until(lambda message: message["type"] == "snapshot")
            took.append((await visitor.set_input(30 + turn))[0])
    return tuple(took)


def twenty_sessions(times: int = 3) -> list[Figure]:
    """Twenty new sessions at once, until the last of them has run everything."""
    with stage("run") as place:
        took = asyncio.run(_at_once(place, times))
    return [
        Figure(
            "twenty_sessions",
            "20 sessions opened at once → all have run the app",
            "ms",
            took,
            600,
            "marimo 1 914, Streamlit 2 158, Panel 4 874, Voilà 26 553",
        )
    ]


async def _at_once(place: Stage, times: int) -> tuple[float, ...]:
    await _sessions(place, "run", 0)
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        ready = asyncio.Barrier(AT_ONCE + 1)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(_one_of_many(place, ready))
            await ready.wait()
            took.append((time.perf_counter() - begun) * 1000)
    return tuple(took)


async def _one_of_many(place: Stage, ready: asyncio.Barrier) -> None:
    async with member(place, AppRoom(place.apps["run"])) as visitor:
        await visitor.ran()
        await ready.wait()


def kernel_start(times: int = 20) -> list[Figure]:
    """Ask for a kernel, wait until it takes work; without a server."""
    with tempfile.TemporaryDirectory(prefix="vernissage-benchmark-") as directory:
        took = asyncio.run(kernel_starts(Path(directory), times))
    return [Figure("kernel_start", "ask for a kernel → it is ready", "ms", took, None, "ipykernel, cold, ~1 500")]


async def kernel_starts(directory: Path, times: int) -> tuple[float, ...]:
    """Milliseconds of each start, in a directory for the kernels; the first one, which warms up, is left out."""
    kernels = ForkKernels(directory / "kernels")
    took = []
    try:
        await kernels.prepare()
        for turn in range(times + 1):
            begun = time.perf_counter()
            kernel = await kernels.start(KernelSpec(secrets.token_hex(8)), lambda _: None)
            if turn:
                took.append((time.perf_counter() - begun) * 1000)
            await kernel.stop()
    finally:
        await kernels.close()
    return tuple(took)


def edit(times: int = 100) -> list[Figure]:
    """Two people in one draft: an edit of the first is on the disk, then with the second."""
    with stage("results") as place:
        took = asyncio.run(_edits(place, times))
    return [Figure("edit", "edit a draft → kept on disk and with a second editor", "ms", took)]


async def _edits(place: Stage, times: int) -> tuple[float, ...]:
    room = LogicRoom(place.apps["results"])
    async with member(place, room) as writer, member(place, room) as reader:
        await reader.until(lambda message: message["type"] == "snapshot")
        took = []
        for turn in range(times + 5):
            title = f"Orders {turn}"
            begun = time.perf_counter()
            id = await writer.do(SetTitle(title))
            await _told(reader, title)
            if turn >= 5:
                took.append((time.perf_counter() - begun) * 1000)
            await writer.done(id)
        return tuple(took)


async def _told(reader: Member, title: str) -> None:
    await reader.until(lambda message: any(event.get("title") == title for event in events_of(message)))
