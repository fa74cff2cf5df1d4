"""When results are refreshed for everyone, and how long a refresh that fails is let alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vernissage.core.document import Settings
from vernissage.core.refresh import back_off, is_due

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_run21_results_are_due_once_they_are_older_than_the_settings_say() -> None:
    assert not is_due(Settings(), ago(9_999), NOW, 0, NOW)
    hourly = Settings(refresh_after=60)
    assert not is_due(hourly, ago(60), NOW, 0, NOW)
    assert is_due(hourly, ago(61), NOW, 0, NOW)


def test_run22_a_refresh_that_fails_is_let_alone_longer_and_longer_but_an_hour_at_most() -> None:
    assert [back_off(n).total_seconds() / 60 for n in (1, 2, 3, 6, 7, 99)] == [1, 2, 4, 32, 60, 60]
    hourly = Settings(refresh_after=60)
    assert not is_due(hourly, ago(200), NOW, 3, ago(3.9))
    assert is_due(hourly, ago(200), NOW, 3, ago(4))
