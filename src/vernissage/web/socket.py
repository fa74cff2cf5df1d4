"""The socket of rooms, `/api/socket`: takes messages in, lets the room decide, sends what its mailbox holds.

What comes in is untrusted: a message that is not of the protocol gets a sentence, a socket that sends too fast is read
more slowly, one that says nothing at first or reads nothing for long is closed. A question that takes its time holds
up no other message of its tab. Whoever was shown out is not heard any more, whatever is still on its way.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from vernissage.actors.connection import Connection
from vernissage.actors.room import Room
from vernissage.actors.rooms import ENDED
from vernissage.core import access as policy
from vernissage.core.access import RoomKind
from vernissage.ports import TRACE, Project
from vernissage.web.attendance import SIGNED_OUT, Seat
from vernissage.web.guard import is_version, see_project
from vernissage.web.identity import Identity, identify, same_origin
from vernissage.web.runs import past_run
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
    RunRoom,
    SetPresence,
)
from vernissage_kernel.tables import NoSuchColumn

FIRST_WORD = 5.0
"""Seconds until Hello must have come."""
BURST = 1_000
PER_SECOND = 1_000.0
"""Messages of one socket: this many at once, then so many a second; more are read later, none is lost."""
MAX_MESSAGE = 2_000_000
"""Characters of one message."""
MAX_BROKEN = 20
"""Messages that are none; a page that sends more is of another program."""
QUESTIONS = 16
"""Of one socket that wait for their answer at the same time."""
LONGEST_WRITE = 30.0
"""Seconds in which a browser must take a message from us."""

log = logging.getLogger(__name__)

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encode = msgspec.json.Encoder().encode

NOT_HERE = Ended("no_access", "This does not exist, or it is not shared with you.")
NO_PROTOCOL = Ended("protocol", "The page and the server do not understand each other. Reload the page.")
NO_COOKIE = Ended("signed_out", "This page needs a cookie to keep your session. Allow cookies for it and reload.")
NOT_PUBLISHED = Ended("session_ended", "This app is not published now. Ask its authors.")
PREVIEW_GONE = Ended("session_ended", "That preview is gone. Open Publish again to run a new one.")
TOO_MANY_QUESTIONS = "The server is still busy with earlier questions of this page. Ask again in a moment."
GONE = "What you ask about is not kept any more. Run its cell again."
NO_ANSWER = "The table cannot be sorted or searched like that. Choose another column or text."


class NotUnderstood(Exception):
    """What came is no message; the text says why."""


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
            hello = _message(await socket.receive_text())
    except (TimeoutError, NotUnderstood):
        await _say_goodbye(socket, NO_PROTOCOL)
        return
    except WebSocketDisconnect:
        return
    if not isinstance(hello, Hello):
        await _say_goodbye(socket, NO_PROTOCOL)
        return
    socket.scope["state"].pop("identity", None)  # the guard looked before the first word came: look again
    identity = await identify(socket, hello.key)
    entered = await _enter(socket, services, identity, hello)
    if isinstance(entered, Ended):
        await _say_goodbye(socket, entered)
        return
    room, connection = entered
    seat = Seat(room, connection, identity.sign_in.hash if identity.sign_in else "", identity.token)
    room.enter(connection, hello.seen if hello.session == room.id else 0)
    services.attendance.enter(seat)
    try:
        await _talk(socket, room, connection)
    finally:
        services.attendance.leave(seat)
        room.leave(connection)
        connection.close()


async def _talk(socket: WebSocket[Any, Any, Any], room: Room, connection: Connection) -> None:
    """Read and write until one of both comes to its end; then end the other."""
    reading = asyncio.create_task(_read(socket, room, connection), name=f"read from {connection.viewer.name}")
    writing = asyncio.create_task(_write(socket, connection), name=f"write to {connection.viewer.name}")
    try:
        await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not reading.cancelled() and reading.exception() is None:
            await asyncio.wait({writing}, timeout=LONGEST_WRITE)  # the page is told why
    finally:
        for task in (reading, writing):
            task.cancel()
        ended = await asyncio.gather(reading, writing, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect | asyncio.CancelledError):
            raise error


async def _enter(
    socket: WebSocket[Any, Any, Any], services: Services, identity: Identity, hello: Hello
) -> tuple[Room, Connection] | Ended:
    """The room that a Hello asks for, where the one who asks may enter it."""
    if identity.by in ("bearer", "embed") and not identity.viewer.id:
        return SIGNED_OUT
    address = hello.room
    seen = await see_project(socket, address.project)
    kind: RoomKind = address.__struct_config__.tag  # type: ignore[assignment]
    if seen is None or not policy.includes(seen.access, policy.ROOM_NEEDS[kind]):
        return NOT_HERE if identity.user else SIGNED_OUT
    connection = Connection(identity.viewer, seen.access, hello.client[:64])
    match address:
        case LogicRoom():
            return await services.rooms.logic(seen.project.id), connection
        case PreviewRoom(_, publish):
            record = await services.store.publish(publish)
            room = None
            if record is not None and record.project == seen.project.id:
                room = await services.publisher.preview(record)
            return (room, connection) if room is not None else PREVIEW_GONE
        case RunRoom(_, run):
            found = await past_run(services, seen, identity, run)
            past = await services.rooms.past_run(found) if found is not None else None
            if past is not None:
                return past, connection
            return NOT_HERE if identity.user else SIGNED_OUT
        case AppRoom(_, version):
            return await _enter_app(services, seen.project, version, hello, connection)


async def _enter_app(
    services: Services, project: Project, version: int | None, hello: Hello, connection: Connection
) -> tuple[Room, Connection] | Ended:
    published = project.published
    if hello.session and published is not None:
        found = await services.rooms.find_app(project, hello.session, connection.viewer, connection.access)
        return (found, connection) if found is not None else ENDED
    if version is not None and version != published and not policy.includes(connection.access, "CAN_VIEW"):
        return NOT_HERE
    number = version if version is not None else published
    viewer = connection.viewer
    if not viewer.id:  # a visitor whose browser takes no cookies has nothing by which to find a session again
        return NO_COOKIE
    if number is None:
        return NOT_PUBLISHED
    if not is_version(number):
        return NOT_HERE
    room = await services.rooms.app(project, number, viewer, published=number == published)
    return (room, connection) if room is not None else NOT_HERE


def _message(text: str) -> ClientMessage:
    """The message in a text. Raises NotUnderstood."""
    if len(text) > MAX_MESSAGE:
        raise NotUnderstood("it is too long")
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(str(error)) from None


async def _read(socket: WebSocket[Any, Any, Any], room: Room, connection: Connection) -> None:
    """Take messages until the socket is gone, or the member was shown out."""
    budget, last = float(BURST), time.monotonic()
    broken = 0
    trace = uuid.uuid4().hex
    questions: set[asyncio.Task[None]] = set()
    try:
        while True:
            text = await socket.receive_text()
            now = time.monotonic()
            budget = min(BURST, budget + (now - last) * PER_SECOND) - 1
            last = now
            if budget < 0:
                await asyncio.sleep(-budget / PER_SECOND)
            if connection not in room.connections:
                return
            try:
                message = _message(text)
            except NotUnderstood as error:
                broken += 1
                if broken > MAX_BROKEN:
                    connection.end(NO_PROTOCOL)
                    return
                sentence = f"The server did not understand a message of this page: {error}. Reload the page."
                connection.insist(_encode(Refusal(_id_of(text), sentence)))
                continue
            match message:
                case Do(id, operation):
                    TRACE.set(f"{trace}-{id}")
                    log.info("operation", extra={"operation": operation.__struct_config__.tag, "project": room.project})
                    room.do(connection, message)
                case Ask():
                    if len(questions) >= QUESTIONS:
                        connection.insist(_encode(Refusal(message.id, TOO_MANY_QUESTIONS)))
                        continue
                    asking = asyncio.create_task(_ask(room, connection, message), name="answer a question")
                    questions.add(asking)
                    asking.add_done_callback(questions.discard)
                case SetPresence(cursor):
                    room.set_presence(connection, cursor)
                case Ping():
                    connection.offer(_encode(Pong()))
                case Hello():
                    connection.insist(_encode(Refusal(0, "This socket has entered its room already.")))
    finally:
        for asking in questions:
            asking.cancel()


async def _ask(room: Room, connection: Connection, message: Ask) -> None:
    """A question that cannot be answered gets a sentence too: what it is about may be gone, or never was."""
    try:
        await room.ask(connection, message)
    except LookupError:
        connection.insist(_encode(Refusal(message.id, GONE)))
    except NoSuchColumn as error:
        connection.insist(_encode(Refusal(message.id, str(error))))
    except ValueError:  # Arrow's own words may quote what this member must not read
        connection.insist(_encode(Refusal(message.id, NO_ANSWER)))


class _HasId(msgspec.Struct):
    id: int = 0


def _id_of(text: str) -> int:
    """The id of a message that could not be read as a whole."""
    try:
        return msgspec.json.decode(text, type=_HasId).id
    except (ValueError, RecursionError):
        return 0


async def _write(socket: WebSocket[Any, Any, Any], connection: Connection) -> None:
    """Send what the mailbox holds, until it ends, or the browser takes nothing for long."""
    try:
        while (message := await connection.take()) is not None:
            async with asyncio.timeout(LONGEST_WRITE):
                await socket.send_text(message)
    except TimeoutError:
        connection.close()
    await socket.close(code=4000)


async def _say_goodbye(socket: WebSocket[Any, Any, Any], ended: Ended) -> None:
    await socket.send_text(_encode(ended))
    await socket.close(code=4000)
