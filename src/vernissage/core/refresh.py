"""A *refresh*: the published results are computed anew with the default inputs, for everyone.

Somebody asks for it, or the app's settings say how old its results may get. Promises: a refresh that fails is tried
again later and later, so that a broken source is not asked at every visit.

Left alone: the run itself (`session`, `actors/runner`), who may ask for one (`access`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from vernissage.core.document import Settings

LONGEST_WAIT = timedelta(hours=1)
"""Between two tries of a refresh that fails."""


def is_due(settings: Settings, computed_at: datetime, now: datetime, failures: int, last_failed: datetime) -> bool:
    """[RUN21] Whether somebody who opens the app now sets off a refresh. `failures`: of the refreshes since the last
    good one, `last_failed` the end of the newest of them."""
    if not settings.refresh_after or now - computed_at <= timedelta(minutes=settings.refresh_after):
        return False
    return failures == 0 or now - last_failed >= back_off(failures)


def back_off(failures: int) -> timedelta:
    """[RUN22] How long a refresh that failed so often in a row is let alone: a minute, then twice as long each time."""
    return min(timedelta(minutes=2 ** min(failures - 1, 10)), LONGEST_WAIT)
