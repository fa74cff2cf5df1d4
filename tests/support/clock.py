"""A clock that a test turns: time stands still until it is told to go on."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta


class TurnedClock:
    """Keeps the promise of `ports.Clock`, at a test's pace."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._count), done))
        await done

    async def turn(self, seconds: float) -> None:
        """Let this much time pass; who sleeps wakes in order, and goes on before the next one wakes."""
        end = self._now + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, done = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            if not done.done():
                done.set_result(None)
            for _ in range(5):
                await asyncio.sleep(0)
        self._now = end
