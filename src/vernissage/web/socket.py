"""The socket of rooms, `/api/socket`: takes messages in, lets the room decide, sends what its mailbox holds.

What comes in is untrusted: a message that is not of the protocol gets a sentence, a socket that sends too fast is read
more slowly, and one that says nothing at first is closed.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from vernissage.actors.connection import Connection
from vernissage.actors.room import Room
from vernissage.core import access as policy
from vernissage.core.access import RoomKind
from vernissage.ports import Project
from vernissage.web.guard import see_project
from vernissage.web.identity import identify, same_origin
from vernissage.web.services import Services, services_of
from vernissage.wire.socket import (
    AppRoom,
    Ask,
    ClientMessage,
    Do,
    Ended,
    Hello,
    LogicRoom,
    Ping,
    Pong,
    PreviewRoom,
    Refusal,
    SetPresence,
)

FIRST_WORD = 10.0
"""Seconds until Hello must have come."""
BURST = 200
PER_SECOND = 100.0
"""Messages of one socket: this many at once, then so many a second; more are read later, none is lost."""
MAX_MESSAGE = 2_000_000
"""Characters of one message."""

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encode = msgspec.json.Encoder().encode

NOT_HERE = Ended("no_access", "This does not exist, or it is not shared with you.")
SIGNED_OUT = Ended("signed_out", "You are signed out. Sign in again; what you typed is still on this page.")
NO_PROTOCOL = Ended("protocol", "The page and the server do not understand each other. Reload the page.")


@websocket("/api/socket", opt={"act": "open_socket"})
async def room_socket(socket: WebSocket[Any, Any, Any]) -> None:
    """One socket, from Hello to the end."""
    services = services_of(socket)
    if not same_origin(socket):
        await socket.close(code=4403, reason="This page is of another site.")
        return
    await socket.accept()
    try:
        async with asyncio.timeout(FIRST_WORD):
            hello = _decoder.decode(await socket.receive_text())
    except (TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        await _say_goodbye(socket, NO_PROTOCOL)
        return
    except WebSocketDisconnect:
        return
    if not isinstance(hello, Hello):
        await _say_goodbye(socket, NO_PROTOCOL)
        return
    entered = await _enter(socket, services, hello)
    if isinstance(entered, Ended):
        await _say_goodbye(socket, entered)
        return
    room, connection = entered
    room.enter(connection, hello.seen if hello.session == room.id else 0)
    writer = asyncio.create_task(_write(socket, connection), name=f"write to {connection.viewer.name}")
    try:
        await _read(socket, room, connection)
    except WebSocketDisconnect:
        pass
    finally:
        room.leave(connection)
        connection.close()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


async def _enter(socket: WebSocket[Any, Any, Any], services: Services, hello: Hello) -> tuple[Room, Connection] | Ended:
    """The room that a Hello asks for, where the one who asks may enter it."""
    identity = await identify(socket)
    address = hello.room
    seen = await see_project(socket, address.project)
    kind: RoomKind = (
        "logic" if isinstance(address, LogicRoom) else "preview" if isinstance(address, PreviewRoom) else "app"
    )
    if seen is None or not policy.includes(seen.access, policy.ROOM_NEEDS[kind]):
        return NOT_HERE if identity.viewer.id else SIGNED_OUT
    connection = Connection(identity.viewer, seen.access, hello.client[:64])
    match address:
        case LogicRoom():
            return await services.rooms.logic(seen.project.id), connection
        case PreviewRoom(_, publish):
            record = await services.store.publish(publish)
            room = None
            if record is not None and record.project == seen.project.id:
                room = await services.publisher.preview(record)
            if room is None:
                return Ended("session_ended", "That preview is gone. Open Publish again to run a new one.")
            return room, connection
        case AppRoom(_, version):
            return await _enter_app(services, seen.project, version, hello, connection)


async def _enter_app(
    services: Services, project: Project, version: int | None, hello: Hello, connection: Connection
) -> tuple[Room, Connection] | Ended:
    published = project.published
    if version is not None and version != published and not policy.includes(connection.access, "CAN_VIEW"):
        return NOT_HERE
    number = version if version is not None else published
    viewer = connection.viewer
    if not viewer.id:  # a page of the web whose browser takes no cookies: a session of this socket alone
        return Ended("signed_out", "This page needs a cookie to keep your session. Allow cookies for it and reload.")
    if number is None:
        return Ended("session_ended", "This app is not published now. Ask its authors.")
    room = await services.rooms.app(project, number, viewer, session=hello.session, published=number == published)
    return (room, connection) if room is not None else NOT_HERE


async def _read(socket: WebSocket[Any, Any, Any], room: Room, connection: Connection) -> None:
    """Take messages until the socket is gone."""
    budget, last = float(BURST), time.monotonic()
    broken = 0
    while True:
        text = await socket.receive_text()
        now = time.monotonic()
        budget = min(BURST, budget + (now - last) * PER_SECOND) - 1
        last = now
        if budget < 0:
            await asyncio.sleep(-budget / PER_SECOND)
        try:
            if len(text) > MAX_MESSAGE:
                raise msgspec.DecodeError("it is too long")
            message = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            broken += 1
            if broken > 20:
                connection.end(NO_PROTOCOL)
                return
            sentence = f"The server did not understand a message of this page: {error}. Reload the page."
            connection.insist(_encode(Refusal(_id_of(text), sentence)))
            continue
        match message:
            case Do():
                room.do(connection, message)
            case Ask():
                await room.ask(connection, message)
            case SetPresence(cursor):
                room.set_presence(connection, cursor)
            case Ping():
                connection.offer(_encode(Pong()))
            case Hello():
                connection.insist(_encode(Refusal(0, "This socket has entered its room already.")))


class _HasId(msgspec.Struct):
    id: int = 0


def _id_of(text: str) -> int:
    """The id of a message that could not be read as a whole."""
    try:
        return msgspec.json.decode(text[:MAX_MESSAGE], type=_HasId).id
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return 0


async def _write(socket: WebSocket[Any, Any, Any], connection: Connection) -> None:
    """Send what the mailbox holds, until it ends."""
    while (message := await connection.take()) is not None:
        await socket.send_text(message)
    await socket.close(code=4000)


async def _say_goodbye(socket: WebSocket[Any, Any, Any], ended: Ended) -> None:
    await socket.send_text(_encode(ended))
    await socket.close(code=4000)
