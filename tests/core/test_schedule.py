"""When schedules fire (`spec/schedules.md`): a clock is turned over a year, in zones that move their clocks.

The oracle is the promise itself, told over a year of UTC in steps of five minutes, of which all rules here and all
moves of clocks are multiples: it knows what a clock on the wall shows at each, and which times of the wall were left
out or come again. It shares nothing with the code but the zone database.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from vernissage.core.document import ButtonInput, Document, InputCell, NumberInput
from vernissage.core.schedule import (
    DAYS,
    QUEUED,
    Misfit,
    Timing,
    checked,
    firings,
    held_up,
    lateness,
    latest_due,
    misfit,
    next_firings,
    words,
)

MINUTE = timedelta(minutes=1)
STEP = 5 * MINUTE

ZONES = {
    "UTC": 2026,
    "Europe/Berlin": 2026,
    "America/New_York": 2026,
    "Australia/Lord_Howe": 2026,  # by half an hour
    "Asia/Kathmandu": 2026,  # 5:45 ahead, never moved
    "Africa/Casablanca": 2026,  # back for Ramadan, and forward after it
    "Antarctica/Troll": 2026,  # by two hours
    "Pacific/Apia": 2011,  # left out a whole day
    "America/Sao_Paulo": 2017,  # at midnight: a day that begins at one
}


class Minute(NamedTuple):
    at: datetime
    wall: datetime
    again: bool
    """The wall has shown this before."""
    left_out: tuple[datetime, ...]
    """Times of the wall that were jumped over to come here."""


@cache
def minutes(zone: str) -> Mapping[int, list[Minute]]:
    """A year of a zone's wall clock, by the minute that it shows; under -1 those that come after a gap."""
    here, year = ZoneInfo(zone), ZONES[zone]
    found: dict[int, list[Minute]] = defaultdict(list)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    shown = highest = (at - STEP).astimezone(here).replace(tzinfo=None)
    while at < end:
        wall = at.astimezone(here).replace(tzinfo=None, fold=0)
        left_out = tuple(shown + step * MINUTE for step in range(5, (wall - shown) // MINUTE)) if wall > shown else ()
        one = Minute(at, wall, wall <= highest, left_out)
        found[wall.minute].append(one)
        if left_out:
            found[-1].append(one)
        highest = max(highest, wall)
        shown = wall
        at += STEP
    return found


Fits = Callable[[datetime], bool]
Kind = Callable[[str, Iterable[int], Fits], list[datetime]]


def fixed(zone: str, of: Iterable[int], fits: Fits) -> list[datetime]:
    """Each time of the wall once; one that was left out at the first minute after it. `of`: the minutes that may fit;
    looking at no others is what makes this quick."""
    year = minutes(zone)
    usual = [one.at for minute in of for one in year[minute] if not one.again and fits(one.wall)]
    gaps = [one.at for one in year[-1] if any(wall.minute in of and fits(wall) for wall in one.left_out)]
    return sorted({*usual, *gaps})


def running(zone: str, of: Iterable[int], fits: Fits) -> list[datetime]:
    """Each minute in which the wall shows a time that fits."""
    return sorted(one.at for minute in of for one in minutes(zone)[minute] if fits(one.wall))


def monthly(day: int, hour: int) -> Fits:
    return lambda wall: wall.hour == hour and wall.day == min(day, calendar.monthrange(wall.year, wall.month)[1])


def cron(text: str) -> Timing:
    return Timing("CUSTOM", "", cron=text)


RULES: list[tuple[Timing, Kind, tuple[int, ...], Fits]] = [
    (Timing("HOURLY", ""), running, (0,), lambda _: True),
    (Timing("HOURLY", "", 40), running, (40,), lambda _: True),
    (Timing("DAILY", "", 0, 0), fixed, (0,), lambda wall: wall.hour == 0),
    (Timing("DAILY", "", 30, 2), fixed, (30,), lambda wall: wall.hour == 2),
    (Timing("DAILY", "", 15, 1), fixed, (15,), lambda wall: wall.hour == 1),
    (Timing("DAILY", "", 0, 3), fixed, (0,), lambda wall: wall.hour == 3),
    (Timing("WEEKLY", "", 30, 2, DAYS[5:]), fixed, (30,), lambda wall: wall.hour == 2 and wall.weekday() >= 5),
    (Timing("WEEKLY", "", 0, 8, DAYS[:5]), fixed, (0,), lambda wall: wall.hour == 8 and wall.weekday() < 5),
    (Timing("MONTHLY", "", 0, 6, day=31), fixed, (0,), monthly(31, 6)),
    (Timing("MONTHLY", "", 30, 2, day=29), fixed, (30,), monthly(29, 2)),
    (Timing("MONTHLY", "", 5, 1, day=1), fixed, (5,), monthly(1, 1)),
    (cron("*/20 2 * * *"), fixed, (0, 20, 40), lambda wall: wall.hour == 2),
    (cron("10,50 0-3 * * sun"), fixed, (10, 50), lambda wall: wall.hour <= 3 and wall.weekday() == 6),
    (cron("*/30 * * * *"), running, (0, 30), lambda _: True),
    (cron("0 */2 * * *"), running, (0,), lambda wall: wall.hour % 2 == 0),
    (cron("45 0-6/3 * 3,10 *"), running, (45,), lambda wall: wall.hour in (0, 3, 6) and wall.month in (3, 10)),
    (cron("0 12 31 * *"), fixed, (0,), lambda wall: wall.hour == 12 and wall.day == 31),  # literal: not the 30th
    (cron("0 7 13 * fri"), fixed, (0,), lambda wall: wall.hour == 7 and (wall.day == 13 or wall.weekday() == 4)),
]


def in_zone(timing: Timing, zone: str) -> Timing:
    found = checked(replace(timing, timezone=zone))
    assert isinstance(found, Timing)
    return found


def fired(timing: Timing, year: int) -> list[datetime]:
    """A year of firings, taken one by one as a scheduler takes them: each asks for the next after the last."""
    at, end = datetime(year, 1, 1, tzinfo=UTC) - MINUTE, datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    for one in firings(timing, at):
        if one >= end:
            break
        found.append(one)
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_sch2_over_a_year_nothing_fires_twice_is_missed_or_made_up(zone: str) -> None:
    """[SCH3] [SCH4]"""
    for timing, kind, of, fits in RULES:
        here = in_zone(timing, zone)
        expected = kind(zone, of, fits)
        assert len(expected) > 3, here
        assert fired(here, ZONES[zone]) == expected, here


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"])
def test_sch2_a_clock_that_is_asked_anew_each_time_tells_the_same(zone: str) -> None:
    year = ZONES[zone]
    for timing, *_ in RULES:
        here = in_zone(timing, zone)
        all_of_them = fired(here, year)
        asked = [next_firings(here, before, 1)[0] for before in all_of_them[:-1:40]]
        assert asked == all_of_them[1::40][: len(asked)], here
        odd = [next_firings(here, at - timedelta(seconds=0.5), 1)[0] for at in all_of_them[::90]]
        assert odd == all_of_them[::90], here


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_sch3_a_time_that_is_left_out_comes_right_after_the_gap_and_a_repeated_one_once() -> None:
    spring = next_firings(Timing("DAILY", "Europe/Berlin", 30, 2), at("2026-03-28T12:00"), 2)
    assert spring == (at("2026-03-29T01:00"), at("2026-03-30T00:30"))
    autumn = next_firings(Timing("DAILY", "Europe/Berlin", 30, 2), at("2026-10-24T12:00"), 2)
    assert autumn == (at("2026-10-25T00:30"), at("2026-10-26T01:30"))


def test_sch4_running_hours_follow_elapsed_time() -> None:
    spring = next_firings(Timing("HOURLY", "Europe/Berlin", 30), at("2026-03-29T00:00"), 3)
    assert spring == (at("2026-03-29T00:30"), at("2026-03-29T01:30"), at("2026-03-29T02:30"))
    autumn = next_firings(Timing("CUSTOM", "Europe/Berlin", cron="0 */2 * * *"), at("2026-10-24T22:30"), 3)
    assert autumn == (at("2026-10-25T00:00"), at("2026-10-25T01:00"), at("2026-10-25T03:00"))


def test_sch2_firings_go_on_for_centuries_of_leap_days() -> None:
    leap = Timing("CUSTOM", "Europe/Berlin", cron="0 */12 29 2 *")
    assert [one.year for one in next_firings(leap, at("2096-03-01T00:00"), 2)] == [2104, 2104]


@pytest.mark.parametrize(
    ("timing", "field", "part"),
    [
        (Timing("DAILY", "Europe/Berlim"), "timezone", "Europe/Berlim"),
        (Timing("HOURLY", "UTC", 60), "minute", "0 to 59"),
        (Timing("DAILY", "UTC", 0, 24), "hour", "0 to 23"),
        (Timing("WEEKLY", "UTC"), "dayOfWeek", "at least one"),
        (Timing("MONTHLY", "UTC", day=0), "day", "1 to 31"),
        (Timing("CUSTOM", "UTC", cron="* * * *"), "cron", "five parts"),
        (Timing("CUSTOM", "UTC", cron="0 0 0 1 1 *"), "cron", "five parts"),
        (Timing("CUSTOM", "UTC", cron="0 25 * * *"), "cron", "The hour '25'"),
        (Timing("CUSTOM", "UTC", cron="0 0 31 2 *"), "cron", "The day of the month '31'"),
        (Timing("CUSTOM", "UTC", cron="0 0 * * mo"), "cron", "The day of the week 'mo'"),
    ],
)
def test_sch1_what_cannot_be_is_refused_with_its_part(timing: Timing, field: str, part: str) -> None:
    found = checked(timing)
    assert isinstance(found, Misfit)
    assert (found.field, part in found.sentence) == (field, True), found.sentence


def test_sch1_a_rule_forgets_what_its_cadence_does_not_speak_of() -> None:
    given = Timing("HOURLY", "UTC", 5, 9, ("MONDAY",), 12, "* * * * *")
    assert checked(given) == Timing("HOURLY", "UTC", 5)
    assert checked(Timing("WEEKLY", "UTC", 0, 8, ("FRIDAY", "MONDAY", "FRIDAY"))) == Timing(
        "WEEKLY", "UTC", 0, 8, ("MONDAY", "FRIDAY")
    )
    assert checked(Timing("CUSTOM", "UTC", cron="  0  8 * *   1-5 ")) == Timing("CUSTOM", "UTC", cron="0 8 * * 1-5")


@pytest.mark.parametrize(
    ("timing", "said"),
    [
        (Timing("HOURLY", "UTC"), "Every hour, on the hour, UTC"),
        (Timing("HOURLY", "UTC", 15), "Every hour at minute 15, UTC"),
        (Timing("DAILY", "Asia/Kathmandu", 5, 9), "Every day at 09:05, Asia/Kathmandu"),
        (Timing("WEEKLY", "Europe/Berlin", 0, 8, DAYS[:5]), "Every weekday at 08:00, Europe/Berlin"),
        (Timing("WEEKLY", "UTC", 0, 8, DAYS), "Every day at 08:00, UTC"),
        (Timing("WEEKLY", "UTC", 0, 8, ("MONDAY",)), "Every Monday at 08:00, UTC"),
        (
            Timing("WEEKLY", "UTC", 0, 8, ("MONDAY", "WEDNESDAY", "SUNDAY")),
            "Every Monday, Wednesday and Sunday at 08:00, UTC",
        ),
        (Timing("MONTHLY", "UTC", 0, 8, day=3), "Every month on day 3 at 08:00, UTC"),
        (Timing("MONTHLY", "UTC", 0, 8, day=31), "Every month on day 31, or the month's last day, at 08:00, UTC"),
        (Timing("CUSTOM", "UTC", cron="* * * * *"), "Every minute, UTC"),
        (Timing("CUSTOM", "UTC", cron="0 8 * * 1-5"), "At 08:00 on Monday through Friday, UTC"),
    ],
)
def test_sch5_a_rule_in_words(timing: Timing, said: str) -> None:
    assert words(timing) == said


@pytest.mark.parametrize(
    ("text", "due", "now", "latest"),
    [
        ("0 * * * *", "2026-05-01T08:00", "2026-05-01T12:05", "2026-05-01T12:00"),
        ("0 * * * *", "2026-05-01T08:00", "2026-05-01T08:00", "2026-05-01T08:00"),
        ("* * * * *", "2025-05-01T08:00", "2026-05-01T12:05", "2026-05-01T12:05"),
        ("0 8 1 1 *", "2019-01-01T08:00", "2026-05-01T12:05", "2026-01-01T08:00"),
        ("0 8 * * *", "2026-05-01T08:00", "2026-05-03T07:59", "2026-05-02T08:00"),
    ],
)
def test_sch6_only_the_latest_missed_one_is_made_up(text: str, due: str, now: str, latest: str) -> None:
    assert latest_due(replace(cron(text), timezone="UTC"), at(due), at(now)) == at(latest)


def test_sch6_a_start_more_than_ten_minutes_late_is_noted_with_its_due_time() -> None:
    due = at("2026-05-01T08:00")
    assert lateness(due, due + timedelta(minutes=10)) == ""
    assert "due at 2026-05-01 08:00 UTC" in lateness(due, due + timedelta(minutes=10, seconds=1))


def test_sch7_a_run_is_skipped_or_waits_while_the_one_before_goes_on() -> None:
    assert held_up("SKIP", 0) == held_up("QUEUE", 0) == held_up("QUEUE", QUEUED) == ""
    assert held_up("SKIP", 1).startswith("Skipped: the run before")
    assert held_up("QUEUE", QUEUED + 1).startswith(f"Skipped: {QUEUED} runs")


def test_sch8_inputs_that_do_not_fit_are_told_and_none_is_left_to_its_default() -> None:
    document = Document(
        cells=(
            InputCell("n", label="N", input=NumberInput(name="n", default=1, max=9)),
            InputCell("go", label="Go", input=ButtonInput(name="go")),
        )
    )
    assert misfit(document, {}, update_results=True) is None
    assert misfit(document, {"n": 1}, update_results=True) is None
    assert misfit(document, {"n": 5}, update_results=False) is None
    for inputs, part in (
        ({"n": 10}, "9"),
        ({"n": "five"}, "n"),
        ({"m": 1}, "no input 'm'"),
        ({"go": True}, "a press"),
    ):
        found = misfit(document, inputs, update_results=False)
        assert found is not None
        assert part in found.sentence
        assert found.field == f"inputParams.{next(iter(inputs))}"
    found = misfit(document, {"n": 5}, update_results=True)
    assert found is not None
    assert found.field == "updatePublishedResults"
