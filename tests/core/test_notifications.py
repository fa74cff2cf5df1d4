"""Who is told that a run ended, of what, and when."""

from __future__ import annotations

import json

from vernissage.core.notifications import (
    EmailNotification,
    Notification,
    OnCondition,
    OnEnd,
    WebhookNotification,
    decode,
    encode,
)


def test_what_is_kept_reads_back_equal() -> None:
    """Notifications go through a JSON column and come back as they were."""
    notifications: tuple[Notification, ...] = (
        EmailNotification(on=OnEnd("FAILURE"), users=("u1",), groups=("g1",), addresses=("bo@example.org",)),
        EmailNotification(on=OnCondition("count", "rows", ">=", 10), users=("u1",), picture=True, tables=("rows",)),
        WebhookNotification(on=OnEnd("ALL"), url="https://hooks.example.com/x", subject="Ended"),
    )
    assert decode(json.loads(json.dumps(encode(notifications)))) == notifications
    assert decode(None) == ()
