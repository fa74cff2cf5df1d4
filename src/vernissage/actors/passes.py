"""Passes: each lets a browser of ours open one past run's page, once.

A picture of an app is taken by a browser that is nobody: it holds no person's cookie. It is let in by a pass instead,
which shows the run as somebody with App only would see it and is worth nothing once used, or after a minute. Passes are
held in memory: one that a server's end takes away is asked for anew.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from vernissage.ports import Clock

LIVES = timedelta(minutes=1)


class Passes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, tuple[str, datetime]] = {}

    def give(self, run: str) -> str:
        """A new pass for that run's page."""
        now = self._clock.now()
        self._given = {one: kept for one, kept in self._given.items() if kept[1] > now}
        token = secrets.token_urlsafe(32)
        self._given[token] = (run, now + LIVES)
        return token

    def use(self, token: str, run: str) -> bool:
        """Whether this pass opens that run's page now. It does so once."""
        kept = self._given.pop(token, None)
        return kept is not None and kept[0] == run and kept[1] > self._clock.now()
