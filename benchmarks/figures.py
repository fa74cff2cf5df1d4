"""A figure: what was measured, how often, and what came out. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One line of the table."""

    name: str
    """Short and stable, for programs that compare runs."""
    what: str
    """From what to what, for people."""
    unit: str
    """ms, MB, kB, or a counted thing."""
    samples: tuple[float, ...]
    """Every one, in the order in which they were taken."""
    target: float | None = None
    """At most this much; None = there is no promise about it."""
    peers: str = ""
    """What others took when they were measured earlier; "" = they have no such thing, or it was not measured."""

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def p95(self) -> float:
        return percentile(self.samples, 95)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps the target; None without one."""
        return None if self.target is None else self.median <= self.target


def median(samples: Sequence[float]) -> float:
    """The middle one; of an even number the mean of the two in the middle. Raises ValueError without any."""
    if not samples:
        raise ValueError("nothing was measured")
    ordered = sorted(samples)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that this share of all do not exceed (nearest rank). Raises ValueError without any."""
    if not samples:
        raise ValueError("nothing was measured")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spoken(value: float) -> str:
    """A number with three digits that matter: 0.42, 3.1, 48, 1 914."""
    if abs(value) < 1:
        return f"{value:.2f}"
    if abs(value) < 10:
        return f"{value:.1f}"
    return f"{value:,.0f}".replace(",", " ")
