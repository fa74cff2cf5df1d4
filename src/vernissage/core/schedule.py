"""When a schedule fires, and with what: cadences, zones, daylight saving, outages, inputs that fit no more.

A *firing* is the instant, a whole minute of UTC, for which a run is due. Time comes in; nothing here looks at a clock.

Where clocks change, two kinds of rule go two ways:

    fixed hour      DAILY, WEEKLY, MONTHLY, cron with hours of its own. The wall clock says when: a time that is left
                    out comes at the first minute after the gap, one that comes twice counts the first time.
    running hours   HOURLY, cron whose hour is `*` or a step. Every instant counts whose wall clock fits: nothing is
                    made up for hours that are left out, and of those that come twice both count.

Left alone: keeping schedules and seeing to it that each due minute is served once (`store`), running (`actors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any, Literal, TypeAlias, assert_never

import msgspec
from cronsim import CronSim, CronSimError

from vernissage.core.document import ButtonInput, Document, FileRef
from vernissage.core.inputs import Invalid, accept, zone_named
from vernissage.core.runs import default_inputs

Cadence: TypeAlias = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "CUSTOM"]
"""CUSTOM: a cron expression says it."""

DayOfWeek: TypeAlias = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

Overlap: TypeAlias = Literal["SKIP", "QUEUE"]
"""What becomes of a run that is due while the one before it still goes on. QUEUE: it waits for the end of that."""

DAYS: tuple[DayOfWeek, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

SLACK = 2 * DAY
"""Further than any zone's clocks were ever put back or forward at once."""

LATE = timedelta(minutes=10)
"""A start that comes later than this is noted as late."""

QUEUED = 10
"""Runs of one schedule that wait for each other at most; further ones are skipped."""


SOME_WALL = datetime(2000, 1, 1)  # noqa: DTZ001 - a clock on a wall has no zone
"""Where the library begins where it matters not."""


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


class Misfit(msgspec.Struct, frozen=True):
    """What is wrong with a schedule."""

    field: str
    """As the API calls it."""
    sentence: str


# --- rules ------------------------------------------------------------------------------------------


def checked(timing: Timing) -> Timing | Misfit:
    """[SCH1] The rule in its plain form, or what is wrong with it."""
    if zone_named(timing.timezone) is None:
        return Misfit(
            "timezone", f"There is no time zone {timing.timezone!r}. Give an IANA name such as Europe/Berlin."
        )
    if not 0 <= timing.minute <= 59:
        return Misfit("minute", "The minute is a whole number from 0 to 59.")
    if not 0 <= timing.hour <= 23:
        return Misfit("hour", "The hour is a whole number from 0 to 23.")
    plain = Timing(timing.cadence, timing.timezone)
    match timing.cadence:
        case "HOURLY":
            return msgspec.structs.replace(plain, minute=timing.minute)
        case "DAILY":
            return msgspec.structs.replace(plain, minute=timing.minute, hour=timing.hour)
        case "WEEKLY":
            if not timing.days_of_week:
                return Misfit("dayOfWeek", "Choose at least one day of the week.")
            days = tuple(day for day in DAYS if day in timing.days_of_week)
            return msgspec.structs.replace(plain, minute=timing.minute, hour=timing.hour, days_of_week=days)
        case "MONTHLY":
            if not 1 <= timing.day <= 31:
                return Misfit("day", "The day of the month is a whole number from 1 to 31.")
            return msgspec.structs.replace(plain, minute=timing.minute, hour=timing.hour, day=timing.day)
        case "CUSTOM":
            return _checked_cron(msgspec.structs.replace(plain, cron=" ".join(timing.cron.split())))
        case never:
            assert_never(never)


def _checked_cron(timing: Timing) -> Timing | Misfit:
    fields = timing.cron.split()
    if len(fields) != 5:
        return Misfit(
            "cron",
            "A cron expression has five parts: minute, hour, day of the month, month, day of the week. "
            'Weekdays at eight are "0 8 * * 1-5".',
        )
    try:
        never = next(_cron_walls(timing.cron, SOME_WALL), None) is None
    except CronSimError as error:
        part = (
            str(error)
            .removeprefix("Bad ")
            .replace("day-of-month", "day of the month")
            .replace("day-of-week", "day of the week")
        )
        value = dict(zip(("minute", "hour", "day of the month", "month", "day of the week"), fields, strict=True))
        return Misfit("cron", f"The {part} {value.get(part, '')!r} of the cron expression cannot be used.")
    if never:
        return Misfit("cron", "No day ever fits this cron expression.")
    return timing


def firings(timing: Timing, after: datetime) -> Iterator[datetime]:
    """[SCH2] Every firing after an instant, in order, in UTC. The rule is one that `checked` gave."""
    zone = zone_named(timing.timezone)
    assert zone is not None, timing
    match timing.cadence:
        case "HOURLY":
            return _running(f"{timing.minute} * * * *", zone, after)
        case "DAILY":
            return _fixed(_cron_walls(f"{timing.minute} {timing.hour} * * *", _back(after, zone)), zone, after)
        case "WEEKLY":
            days = ",".join(day[:3] for day in timing.days_of_week)
            return _fixed(_cron_walls(f"{timing.minute} {timing.hour} * * {days}", _back(after, zone)), zone, after)
        case "MONTHLY":
            return _fixed(_monthly_walls(timing, _back(after, zone)), zone, after)
        case "CUSTOM":
            hour = timing.cron.split()[1]
            if hour == "*" or "/" in hour:
                return _running(timing.cron, zone, after)
            return _fixed(_cron_walls(timing.cron, _back(after, zone)), zone, after)
        case never:
            assert_never(never)


def next_firing(timing: Timing, after: datetime) -> datetime | None:
    """The first firing after an instant; None = it never fires again."""
    return next(firings(timing, after), None)


def next_firings(timing: Timing, after: datetime, count: int = 5) -> tuple[datetime, ...]:
    """The first few."""
    return tuple(islice(firings(timing, after), count))


def latest_due(timing: Timing, due: datetime, now: datetime) -> datetime:
    """[SCH6] Of all firings from `due` to now the last one: what is made up after an outage."""
    for window in (timedelta(hours=1), DAY, 32 * DAY):
        if now - window <= due:
            break
        found = _last(firings(timing, now - window), now)
        if found is not None:
            return found
    return _last(firings(timing, due), now) or due


def _last(found: Iterator[datetime], until: datetime) -> datetime | None:
    last = None
    for one in found:
        if one > until:
            break
        last = one
    return last


# --- wall clocks ------------------------------------------------------------------------------------


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    """What clocks show, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _back(after: datetime, zone: tzinfo) -> datetime:
    """A wall clock before all that may come after an instant."""
    return _wall(after, zone) - SLACK


def _cron_walls(cron: str, after: datetime) -> Iterator[datetime]:
    """The wall clocks that fit. The library knows nothing of zones here; what they do is decided above."""
    return CronSim(cron, after)


def _monthly_walls(timing: Timing, after: datetime) -> Iterator[datetime]:
    first = after.replace(day=1, hour=timing.hour, minute=timing.minute, second=0, microsecond=0)
    while True:
        following = (first + 31 * DAY).replace(day=1)
        yield first.replace(day=min(timing.day, (following - DAY).day))
        first = following


def _fixed(walls: Iterator[datetime], zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """[SCH3] The instants of wall clocks, each once: of a time that comes twice the first, of one that is left out the
    first minute after the gap."""
    for wall in walls:
        instant = _instant(wall, zone)
        if instant > after:
            yield instant
            after = instant


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    before = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(before, zone) == wall:
        return before
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), before  # on both sides of the gap's end
    while high - low > MINUTE:
        middle = low + (high - low) // MINUTE // 2 * MINUTE
        low, high = (low, middle) if _wall(middle, zone) > wall else (middle, high)
    return high


def _running(cron: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """[SCH4] Every instant whose wall clock fits: stretch by stretch in which the zone keeps its distance from UTC."""
    at = after.replace(second=0, microsecond=0) + MINUTE
    while True:
        end, offset = _steady(at, zone)
        for wall in _cron_walls(cron, _wall(at, zone) - MINUTE):
            instant = wall.replace(tzinfo=UTC) - offset
            if instant >= end:
                break
            yield instant
        else:
            return
        at = max(end, instant - SLACK)


def _steady(at: datetime, zone: tzinfo) -> tuple[datetime, timedelta]:
    """Until when (at most a month) the zone keeps its distance from UTC at an instant, and that distance."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    low = high = at
    for _ in range(32):
        low, high = high, high + DAY
        if high.astimezone(zone).utcoffset() != offset:
            while high - low > MINUTE:
                middle = low + (high - low) // MINUTE // 2 * MINUTE
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
            break
    return high, offset


# --- what happens at a firing -----------------------------------------------------------------------


def lateness(due: datetime, start: datetime) -> str:
    """[SCH6] What the log says of a start that comes too late; "" = it is in time."""
    if start - due <= LATE:
        return ""
    return f"Started late: it was due at {due:%Y-%m-%d %H:%M} UTC, when no server was there to run it."


def held_up(overlap: Overlap, unfinished: int) -> str:
    """[SCH7] Why a run that is due is skipped, where others of its schedule have not ended; "" = it runs or waits."""
    if not unfinished:
        return ""
    match overlap:
        case "SKIP":
            return "Skipped: the run before it was still going on."
        case "QUEUE":
            return f"Skipped: {QUEUED} runs of this schedule wait already." if unfinished > QUEUED else ""
        case never:
            assert_never(never)


def misfit(document: Document, inputs: Mapping[str, Any], *, update_results: bool) -> Misfit | None:
    """[SCH8] Why a schedule's inputs do not fit a version, or None where they do. Never is a default taken instead."""
    cells = document.inputs()
    for name, json in inputs.items():
        field = f"inputParams.{name}"
        cell = cells.get(name)
        if cell is None:
            return Misfit(field, f"There is no input {name!r} in this version.")
        if isinstance(cell.input, ButtonInput):
            return Misfit(field, f"{name} is a run button, which only a press makes true. Leave it out.")
        value = accept(cell.input, json)
        if isinstance(value, Invalid):
            return Misfit(field, value.sentence)
        if isinstance(value, FileRef) and value.hash and value not in document.files:
            return Misfit(field, f"{name} takes the published file only: a schedule cannot be given another one.")
    if update_results and not default_inputs(document, inputs):
        return Misfit(
            "updatePublishedResults",
            "Published results belong to the default inputs, and this schedule sets others.",
        )
    return None


# --- in words ---------------------------------------------------------------------------------------


def words(timing: Timing) -> str:
    """[SCH5] The rule as people say it: "Every weekday at 08:00, Europe/Berlin"."""
    return f"{_words(timing)}, {timing.timezone}"


def _words(timing: Timing) -> str:
    at = f"at {timing.hour:02}:{timing.minute:02}"
    match timing.cadence:
        case "HOURLY":
            return "Every hour, on the hour" if timing.minute == 0 else f"Every hour at minute {timing.minute}"
        case "DAILY":
            return f"Every day {at}"
        case "WEEKLY":
            return f"Every {_days(timing.days_of_week)} {at}"
        case "MONTHLY":
            short = "" if timing.day <= 28 else ", or the month's last day,"
            return f"Every month on day {timing.day}{short} {at}"
        case "CUSTOM":
            return CronSim(timing.cron, SOME_WALL).explain()
        case never:
            assert_never(never)


def _days(days: tuple[DayOfWeek, ...]) -> str:
    if days == DAYS:
        return "day"
    if days == DAYS[:5]:
        return "weekday"
    names = [day.capitalize() for day in days]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
