"""Passwords: hashed with Argon2, which takes a tenth of a second of a core on purpose.

So it runs in a pool of two threads, few may wait for it, and attempts are counted, per e-mail and per address: who
tries on and on has to wait. A right password clears the count of its e-mail; of its address it takes back one attempt,
so that an account of one's own opens no way to try those of others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vernissage.actors.people import digest

T = TypeVar("T")

Kind: TypeAlias = Literal["e-mail", "address"]

ATTEMPTS = 10
FROM_ONE_ADDRESS = 60
"""More, since many people may share it."""
MOST: Mapping[Kind, int] = {"e-mail": ATTEMPTS, "address": FROM_ONE_ADDRESS}
"""Attempts within the window."""
WINDOW = timedelta(minutes=5)
MOST_WAITING = 20
"""Passwords that may wait to be checked: about a second and a half of both threads."""


class Busy(Exception):
    """Too many passwords are being checked; the next attempt is welcome in some seconds."""


class Passwords:
    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._waiting = 0
        self._tried: OrderedDict[str, deque[datetime]] = OrderedDict()
        """By the digest of the e-mail or address, which is short whatever was typed."""
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises Busy."""
        return await self._work(lambda: self._hasher.hash(password))

    async def fits(self, hash: str, password: str) -> bool:
        """Whether a password is the right one. Takes as long for nobody (`hash` "") as for somebody. Raises Busy."""

        def verify() -> bool:
            try:
                return self._hasher.verify(hash or self._nobody, password) and bool(hash)
            except (VerificationError, InvalidHashError):
                return False

        return await self._work(verify)

    async def _work(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def wait(self, who: str, now: datetime, kind: Kind = "e-mail") -> int:
        """Count an attempt; seconds to wait before the next is taken, 0 = it may go on."""
        key = _key(who, kind)
        tried = self._tried.setdefault(key, deque())
        self._tried.move_to_end(key)
        if len(self._tried) > 10_000:
            self._tried.popitem(last=False)
        while tried and now - tried[0] > WINDOW:
            tried.popleft()
        if len(tried) >= MOST[kind]:
            return 1 + int((tried[0] + WINDOW - now).total_seconds())
        tried.append(now)
        return 0

    def take_back(self, address: str, at: datetime) -> None:
        """The attempt from there at that time was none to be counted."""
        tried = self._tried.get(_key(address, "address"))
        if tried is not None and at in tried:
            tried.remove(at)

    def forgive(self, email: str) -> None:
        """The password was right: the attempts before it do not count."""
        self._tried.pop(_key(email, "e-mail"), None)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _key(who: str, kind: Kind) -> str:
    return f"{kind} {digest(who)}"
