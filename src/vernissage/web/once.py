"""Takes care that of two equal requests at the same time the second waits for the first.

Within one server, which is all that may hold a data directory.
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Once:
    """One lock for each (owner, key) that somebody is busy with; forgotten with its last user."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def lock(self, owner: str, key: str) -> asyncio.Lock:
        """Hold it while the request is done and its answer is kept."""
        return self._locks.setdefault((owner, key), asyncio.Lock())
