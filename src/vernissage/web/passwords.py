"""Passwords: hashed with Argon2, which takes a tenth of a second of a core on purpose.

So it runs in a pool of two threads, and attempts per e-mail are counted: who tries on and on has to wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ATTEMPTS = 10
WINDOW = timedelta(minutes=5)


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._tried: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, hash: str, password: str) -> bool:
        """Whether a password is the right one. Takes as long for nobody (`hash` "") as for somebody."""

        def verify() -> bool:
            try:
                return self._hasher.verify(hash or self._nobody, password) and bool(hash)
            except (VerificationError, InvalidHashError):
                return False

        return await asyncio.get_running_loop().run_in_executor(self._threads, verify)

    def wait(self, email: str, now: datetime) -> int:
        """Count an attempt; seconds to wait before the next is taken, 0 = it may go on."""
        tried = self._tried.setdefault(email, deque())
        self._tried.move_to_end(email)
        if len(self._tried) > 10_000:
            self._tried.popitem(last=False)
        while tried and now - tried[0] > WINDOW:
            tried.popleft()
        if len(tried) >= ATTEMPTS:
            return 1 + int((tried[0] + WINDOW - now).total_seconds())
        tried.append(now)
        return 0

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
