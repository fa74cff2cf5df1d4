"""Of which versions kernels are kept ready, and for how long one is good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vernissage.core.document import DateInput, Document, InputCell, Settings
from vernissage.core.ready import kept, serves, worth_it

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def dated(*, time: bool = False, zone: str = "", default: str = "7 days ago") -> Document:
    return Document(
        cells=(
            InputCell("since", input=DateInput(name="since", time=time, timezone=zone, relative=True, default=default)),
        )
    )


def test_rdy1_as_many_as_the_settings_say() -> None:
    assert kept(Document(), personal=False) == 0
    assert kept(Document(settings=Settings(ready_kernels=3)), personal=False) == 3


def test_rdy2_none_where_they_would_serve_nobody() -> None:
    assert kept(Document(settings=Settings(ready_kernels=3)), personal=True) == 0
    manual = Settings(on_interaction="manual", ready_kernels=3)
    assert kept(Document(settings=manual), personal=False) == 0
    assert kept(Document(settings=Settings("run", "manual", ready_kernels=3)), personal=False) == 3
    assert worth_it(dated(), NOON)
    assert not worth_it(dated(time=True), NOON)  # the clock time of the very moment
    assert not worth_it(dated(), NOON.replace(hour=23, minute=59, second=30))


def test_rdy4_half_an_hour_or_as_old_as_results_may_be() -> None:
    assert serves(Document(), NOON, NOON + 29 * MINUTE)
    assert not serves(Document(), NOON, NOON + 30 * MINUTE)
    assert not serves(Document(settings=Settings(refresh_after=5)), NOON, NOON + 5 * MINUTE)
    assert not serves(Document(settings=Settings(refresh_after=500)), NOON, NOON + 30 * MINUTE)


@pytest.mark.parametrize(("zone", "hour"), [("", 23), ("Asia/Tokyo", 14)])
def test_rdy4_a_relative_date_ends_it_when_its_day_does(zone: str, hour: int) -> None:
    since = NOON.replace(hour=hour, minute=50)
    assert serves(dated(zone=zone), since, since + 9 * MINUTE)
    assert not serves(dated(zone=zone), since, since + 11 * MINUTE)
    assert serves(dated(zone=zone, default="2026-01-01"), since, since + 11 * MINUTE)
