"""How often one token may ask: what is over the limit waits, and is told how long.

Counted per token and kind of request, in buckets that fill again evenly, so that a burst is fine and a flood is not.
Browsers are not counted: a page asks rarely, and its socket has a pace of its own.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["run", "read", "ask"]

ASKS_A_MINUTE = 10
"""Requests for access of one person."""

KNOWN = 10_000
"""Buckets that are remembered; the one unused for longest is forgotten, and full when it is next needed."""


class Pace:
    """The buckets of one server."""

    def __init__(self, a_minute: Mapping[Kind, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, Kind], tuple[float, float]] = OrderedDict()
        """(what is left, when that was so)"""

    def wait(self, who: str, kind: Kind) -> int:
        """Count one request; 0 = go on, else whole seconds to wait, and it is not counted."""
        most, now = self._a_minute[kind], self._clock()
        left, at = self._buckets.pop((who, kind), (float(most), now))
        left = min(most, left + (now - at) * most / 60)
        seconds = 0 if left >= 1 else math.ceil((1 - left) * 60 / most)
        self._buckets[who, kind] = (left - 1 if not seconds else left, now)
        if len(self._buckets) > KNOWN:
            self._buckets.popitem(last=False)
        return seconds
