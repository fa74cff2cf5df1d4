"""A connection: one socket of one member in one room, as the room sees it.

The room puts messages into its mailbox, the socket takes them out. The mailbox is bounded: a browser that reads more
slowly than the room speaks loses what waits and gets one snapshot instead, once it has caught up. The room never waits
for anybody, and its memory does not grow with the slowest reader.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import msgspec

from vernissage.core.access import Access, Role
from vernissage.wire.socket import Cursor, Done, Ended, Refusal

MAX_WAITING = 4 * 1024 * 1024
"""Bytes in one mailbox; answers to the tab itself may take as many again."""

TOO_SLOW = Ended("slow", "This page could not keep up. It comes back by itself.")


class Viewer(msgspec.Struct, frozen=True):
    """Who looks: a user, or a visitor without an account, bound to their browser."""

    id: str
    """A user's id, or `visitor:{id of the browser's sign-in}`."""
    name: str
    """What others call them. Never an e-mail."""
    user: str = ""
    """The user's id; "" = a visitor."""
    email: str = ""
    role: Role | None = None
    attributes: dict[str, Any] = {}
    """What the signed embed that they came through says of them; code reads it as `run_context().attributes`."""
    embed: str = ""
    """The project that they look at through an embed: App only there, and nothing elsewhere; "" = none."""
    guest: bool = False
    """A signed embed lets them in, whatever the project's grants say."""
    locked: dict[str, Any] = {}
    """Input name → JSON value that the signed embed has set for good: in every session that they begin."""


class Connection:
    """One member's socket. The room writes, the socket's task reads with `take`."""

    def __init__(self, viewer: Viewer, access: Access, client: str) -> None:
        self.viewer = viewer
        self.access: Access = access
        self.client = client
        """The tab's own id: the same over reconnects."""
        self.cursor: Cursor | None = None
        self.behind = False
        """True: messages were dropped; a snapshot is due when the mailbox is empty."""
        self.on_caught_up: Callable[[Connection], None] | None = None
        self._waiting: deque[tuple[bytes, bool]] = deque()
        """Messages, and whether each must arrive."""
        self._size = 0
        self._ended = False
        self._wake = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Put a message into the mailbox; past its bounds all that waits is dropped instead, but for answers."""
        if self._ended or self.behind:
            return
        if self._size + len(message) > MAX_WAITING and self._waiting:
            self._waiting = deque(one for one in self._waiting if one[1])
            self._size = sum(len(kept) for kept, _ in self._waiting)
            self.behind = True
        else:
            self._waiting.append((message, False))
            self._size += len(message)
        self._wake.set()

    def insist(self, message: bytes) -> None:
        """Put a message that must arrive (an answer to this very tab), whatever waits. Who asks and asks without ever
        reading is shown out."""
        if self._ended:
            return
        if self._size + len(message) > 2 * MAX_WAITING and self._waiting:
            self._waiting.clear()
            self._size = 0
            self._ended = True
            message = msgspec.json.encode(TOO_SLOW)
        self._waiting.append((message, True))
        self._size += len(message)
        self._wake.set()

    def end(self, ended: Ended) -> None:
        """The last message; what waits before it is still delivered."""
        if not self._ended:
            self.insist(msgspec.json.encode(ended))
            self._ended = True

    def close(self) -> None:
        """The socket is gone."""
        self._ended = True
        self._waiting.clear()
        self._wake.set()

    async def take(self) -> bytes | None:
        """The next message; None when there will be none any more."""
        while not self._waiting:
            if self._ended:
                return None
            if self.behind and self.on_caught_up is not None:
                self.behind = False
                self.on_caught_up(self)
                continue
            self._wake.clear()
            await self._wake.wait()
        message, _ = self._waiting.popleft()
        self._size -= len(message)
        return message


class Answered:
    """Which of its operations a tab has had an answer to, so that one sent again after a reconnect is applied once.

    `client` here names the tab and the person, so that nobody gets another's answers by naming their tab.
    """

    def __init__(self, clients: int = 500, each: int = 256) -> None:
        self._clients: OrderedDict[str, OrderedDict[int, Done | Refusal]] = OrderedDict()
        self._limits = (clients, each)

    def get(self, client: str, id: int) -> Done | Refusal | None:
        answers = self._clients.get(client)
        return answers.get(id) if answers else None

    def put(self, client: str, answer: Done | Refusal) -> None:
        if not client or not answer.id:
            return
        answers = self._clients.setdefault(client, OrderedDict())
        self._clients.move_to_end(client)
        answers[answer.id] = answer
        if len(answers) > self._limits[1]:
            answers.popitem(last=False)
        if len(self._clients) > self._limits[0]:
            self._clients.popitem(last=False)
