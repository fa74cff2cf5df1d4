"""When a schedule fires: cadences, zones, daylight saving, what is made up after an outage.

Left alone: keeping schedules and seeing to it that each due minute is served once (`store`), running (`actors`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Cadence: TypeAlias = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "CUSTOM"]
"""CUSTOM: a cron expression says it."""

DayOfWeek: TypeAlias = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

Overlap: TypeAlias = Literal["SKIP", "QUEUE"]
"""What becomes of a run that is due while the one before it still goes on. QUEUE: it waits for the end of that."""


class Timing(msgspec.Struct, frozen=True):
    """The rule by which a schedule fires. What its cadence does not speak of is left at its default."""

    cadence: Cadence
    timezone: str
    """An IANA name."""
    minute: int = 0
    hour: int = 0
    """DAILY, WEEKLY, MONTHLY."""
    days_of_week: tuple[DayOfWeek, ...] = ()
    """WEEKLY: at least one, Monday first, each once."""
    day: int = 1
    """MONTHLY: 1 to 31; a shorter month's last day stands for those that it does not have."""
    cron: str = ""
    """CUSTOM: minute, hour, day of the month, month, day of the week."""
