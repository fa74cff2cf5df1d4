"""A member of a room as a browser is one, without the browser: one socket, the messages as they come."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.stage import MeasurementFailed, Stage
from vernissage.core.session import SetInputs
from vernissage.wire.socket import AnyRoom, ClientMessage, Do, Hello

WITHIN = 60.0
"""Seconds for anything that a member waits for."""

Message = dict[str, Any]


class Member:
    """One socket in one room."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.elapsed: dict[str, float] = {}
        """Cell → milliseconds that its last execution took by itself, as the kernel says."""

    async def send(self, message: ClientMessage) -> None:
        await self._socket.send(msgspec.json.encode(message).decode())

    async def do(self, operation: Any) -> int:
        """Ask for an operation; the id that its answer carries."""
        id = next(self._ids)
        await self.send(Do(id, operation))
        return id

    async def receive(self) -> Message:
        """The next message; a refusal or the end of the socket is a failure here."""
        message: Message = msgspec.json.decode(await self._socket.recv())
        if message["type"] in ("refusal", "ended"):
            raise MeasurementFailed(f"The server said: {message['sentence']}")
        for event in events_of(message):
            if event["event"] == "cell_changed" and event["state"] == "done":
                self.elapsed[event["cell"]] = event["elapsed"] * 1000
        return message

    async def until(self, arrived: Callable[[Message], bool]) -> Message:
        """The first message, from now on, of which this holds."""
        async with asyncio.timeout(WITHIN):
            while True:
                message = await self.receive()
                if arrived(message):
                    return message

    async def done(self, id: int) -> None:
        """Wait until the operation of this id was answered."""
        await self.until(lambda message: message["type"] == "done" and message["id"] == id)

    async def ran(self) -> None:
        """Wait until a run of everything has ended well."""
        await self.until(_run_ended)

    async def set_input(self, value: int) -> tuple[float, float]:
        """Move the slider and wait for what depends on it: milliseconds until then, and those of the cell itself."""
        self.elapsed.pop("twice", None)
        wanted = str(value * 2)
        begun = time.perf_counter()
        await self.do(SetInputs({"n": value}))
        await self.until(lambda message: any(_shows(event, wanted) for event in events_of(message)))
        took = (time.perf_counter() - begun) * 1000
        while "twice" not in self.elapsed:
            await self.receive()
        return took, self.elapsed["twice"]


@asynccontextmanager
async def member(stage: Stage, room: AnyRoom) -> AsyncIterator[Member]:
    """Connect, say Hello; a new session where the room has no single one."""
    address = stage.url.replace("http", "ws", 1) + "/api/socket"
    headers = {"Cookie": f"vernissage={stage.cookie}", "Origin": stage.url}
    async with connect(address, additional_headers=headers, compression=None, max_size=None, proxy=None) as socket:
        entering = Member(socket)
        await entering.send(Hello(room))
        yield entering


def events_of(message: Message) -> Iterator[dict[str, Any]]:
    """The events in a message; none in one of another kind."""
    if message["type"] == "events":
        yield from message["events"]


def _run_ended(message: Message) -> bool:
    runs = [event["run"] for event in events_of(message) if event["event"] == "run_changed"]
    if message["type"] == "snapshot":
        runs.append(message["run"])
    for run in runs:
        if run is not None and run["status"] not in ("running", "done"):
            raise MeasurementFailed(f"The app's run ended as {run['status']}.")
    return any(run is not None and run["status"] == "done" for run in runs)


def _shows(event: dict[str, Any], text: str) -> bool:
    if event["event"] != "output_added" or event["cell"] != "twice":
        return False
    return bool(event["output"].get("data", {}).get("text/plain") == text)
