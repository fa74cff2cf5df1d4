"""Who is told that a run ended, of what, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vernissage.core.document import (
    Column,
    Document,
    Element,
    Layout,
    PythonCell,
    Row,
    Tab,
    TableCell,
    ValueCell,
)
from vernissage.core.notifications import (
    Call,
    EmailNotification,
    Ending,
    Leave,
    Notification,
    OnCondition,
    OnEnd,
    Operator,
    ToAddress,
    ToPerson,
    ToWebhook,
    WebhookNotification,
    called,
    check,
    decode,
    encode,
    group_access,
    hidden_url,
    next_attempt,
    recipients,
)
from vernissage.core.outputs import CellRun, DisplayOutput, ErrorOutput

T0 = datetime(2026, 1, 1, tzinfo=UTC)

DOCUMENT = Document(
    title="Penguins",
    cells=(
        PythonCell("load", "Load", "canary_source = 1"),
        TableCell("rows", "All rows", "df"),
        ValueCell("count", "Penguins", "len(df)"),
    ),
    app=Layout((Tab("", (Row((Column(0, 120, (Element("rows"), Element("count"))),)),)),)),
)


def value(number: Any) -> CellRun:
    return CellRun("done", (DisplayOutput({"application/vnd.vernissage.value+json": {"value": number}}),))


def table(total: int) -> CellRun:
    head = {"table": "t", "columns": [], "total": total, "rows": []}
    return CellRun("done", (DisplayOutput({"application/vnd.vernissage.table+json": head}),))


def email(on: OnEnd | OnCondition | None = None, **more: Any) -> EmailNotification:
    return EmailNotification(on=on or OnEnd(), **{"users": ("u1",), **more})


def test_what_is_kept_reads_back_equal() -> None:
    """Notifications go through a JSON column and come back as they were."""
    notifications: tuple[Notification, ...] = (
        email(OnEnd("FAILURE"), groups=("g1",), addresses=("bo@example.org",)),
        email(OnCondition("count", "rows", ">=", 10), picture=True, tables=("rows",)),
        WebhookNotification(on=OnEnd("ALL"), url="https://hooks.example.com/x", subject="Ended"),
    )
    assert decode(json.loads(json.dumps(encode(notifications)))) == notifications
    assert decode(None) == ()


@pytest.mark.parametrize(
    ("outcome", "ending", "cause"),
    [
        ("ALL", Ending("COMPLETED"), "SUCCESS"),
        ("SUCCESS", Ending("COMPLETED"), "SUCCESS"),
        ("FAILURE", Ending("COMPLETED"), None),
        ("ALL", Ending("ERRORED"), "FAILURE"),
        ("FAILURE", Ending("KILLED"), "FAILURE"),
        ("SUCCESS", Ending("ERRORED"), None),
        ("ALL", Ending("KILLED", cancelled=True), None),
        ("FAILURE", Ending("ERRORED", again=True), None),
    ],
)
def test_not1_which_ends_call_for_a_letter(outcome: Any, ending: Ending, cause: str | None) -> None:
    """[NOT1, NOT2] Success and failure; neither where somebody cancelled or another attempt follows."""
    call = called(email(OnEnd(outcome)), ending, DOCUMENT)
    assert (call and call.cause) == cause


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("=", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_not3_a_condition_compares_with_its_bound(operator: Operator, below: bool, at: bool, above: bool) -> None:
    notification = email(OnCondition("count", "value", operator, 10))
    found = [called(notification, Ending("COMPLETED", {"count": value(n)}), DOCUMENT) for n in (9.5, 10, 11)]
    assert [call == Call("CONDITION") for call in found] == [below, at, above]


@pytest.mark.parametrize(
    ("measure", "cell", "met"),
    [
        ("rows", table(11), True),
        ("rows", table(10), False),
        ("rows", value(11), False),
        ("value", value("123456789012345678901234567890"), True),
        ("value", value("NaN"), False),
        ("value", value("a lot"), False),
        ("value", value(True), False),
        ("value", value(None), False),
        ("value", CellRun("error", (ErrorOutput("ValueError", "11"),)), False),
        ("value", CellRun("stale", value(11).outputs), False),
    ],
)
def test_not3_only_a_number_of_this_run_meets_a_condition(measure: Any, cell: CellRun, met: bool) -> None:
    notification = email(OnCondition("count", measure, ">", 10))
    assert bool(called(notification, Ending("ERRORED", {"count": cell}), DOCUMENT)) is met
    assert called(notification, Ending("KILLED", {"count": cell}), DOCUMENT) is None


def test_not4_a_condition_whose_cell_is_gone_is_a_problem_that_shows() -> None:
    call = called(email(OnCondition("gone", "value", ">", 1)), Ending("COMPLETED"), DOCUMENT)
    assert call == Call("CONDITION", "The cell of the condition is not in the version that ran.")


def test_not5_everybody_is_meant_once() -> None:
    notification = email(users=("u1", "u2"), groups=("g1", "g2"), addresses=("Bo@example.org", "bo@example.org"))
    members = {"g1": ("u2", "u3"), "g2": ("u3",)}
    assert recipients(notification, members) == (
        ToPerson("u1"),
        ToPerson("u2"),
        ToPerson("u3"),
        ToAddress("bo@example.org"),
    )
    assert recipients(WebhookNotification(url="https://x.example/y"), {}) == (ToWebhook("https://x.example/y"),)


@pytest.mark.parametrize(
    ("notification", "said"),
    [
        (email(), None),
        (email(tables=("rows",)), None),
        (email(OnCondition("count", "value", ">", 1)), None),
        (email(OnCondition("load", "rows", ">", 1)), None),
        (WebhookNotification(url="https://hooks.example.com:8443/a?b=c"), None),
        (email(users=()), "for nobody"),
        (email(addresses=("bo",)), "no e-mail address"),
        (email(addresses=("Bo <bo@example.org>",)), "no e-mail address"),
        (email(users=tuple(f"u{i}" for i in range(101))), "at most 100 recipients"),
        (email(tables=("load",)), "that the app shows"),
        (email(tables=("gone",)), "that the app shows"),
        (email(subject="a\nBcc: x@example.org"), "one line"),
        (email(body="x" * 10_001), "10 000 characters"),
        (email(OnCondition("gone", "value", ">", 1)), "has no cell 'gone'"),
        (email(OnCondition("rows", "value", ">", 1)), "All rows shows no single value"),
        (email(OnCondition("count", "rows", ">", 1)), "Penguins shows no table"),
        (email(OnCondition("count", "value", ">", float("inf"))), "finite"),
        (WebhookNotification(url="ftp://example.com/"), "https://"),
        (WebhookNotification(url="https://user:secret@example.com/"), "https://"),
        (WebhookNotification(url="https://[::1"), "https://"),
        (WebhookNotification(url="https://example.com:99999/"), "https://"),
        (WebhookNotification(url="https://example.com/ x"), "https://"),
    ],
)
def test_not6_what_cannot_be_set_is_named(notification: Notification, said: str | None) -> None:
    refused = check((notification,), DOCUMENT)
    assert (said is None and refused is None) or (said and refused and said in refused.sentence)


def test_not6_there_are_at_most_twenty() -> None:
    refused = check((email(),) * 21, DOCUMENT)
    assert refused is not None and "At most 20" in refused.sentence


def test_not11_a_group_has_what_somebody_has_who_is_only_in_it() -> None:
    assert group_access([("user:u1", "FULL_ACCESS")], "g1") is None
    assert group_access([("group:g1", "CAN_VIEW"), ("group:g2", "CAN_EDIT")], "g1") == "CAN_VIEW"
    assert group_access([("workspace", "APP_ONLY")], "g1") == "APP_ONLY"


def test_not12_an_address_outside_takes_leave_for_itself() -> None:
    leave = Leave(addresses=frozenset({"bo@example.net"}))
    assert leave.refuses("Bo@Example.net") is None
    other = leave.refuses("ida@example.net")
    assert other is not None and "an admin has to allow it" in other.sentence
    off = Leave(False, frozenset({"bo@example.net"})).refuses("bo@example.net")
    assert off is not None and "sends nothing there" in off.sentence


def test_not23_waits_double_up_to_an_hour_and_end_after_a_day() -> None:
    waits = []
    for attempts in range(1, 12):
        again = next_attempt(attempts, T0, T0, 30, 0.5)
        assert again is not None
        waits.append((again - T0).total_seconds())
    assert waits[:3] == [30, 60, 120]
    assert waits[-1] == 3600
    spread = {next_attempt(1, T0, T0, 30, chance) for chance in (0.0, 1.0)}
    assert spread == {T0 + timedelta(seconds=24), T0 + timedelta(seconds=36)}
    late = T0 + timedelta(hours=23, minutes=30)
    assert next_attempt(30, T0, late, 30, 0.5) is None


def test_not15_what_follows_the_host_of_a_webhook_is_not_shown() -> None:
    assert hidden_url("https://hooks.example.com:8443/services/T0/secret?x=1") == "https://hooks.example.com/…"
