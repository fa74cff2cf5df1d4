"""Notifications: who is told that a run has ended, of what, and with what in the letter.

A *notification* stands with a schedule or with the request of a run, and goes along with each run that they make. It
says when (the run succeeded, failed, or a condition on a cell was met), to whom, and what comes with it: a picture of
the app, tables as CSV. A *letter* is one notification of one run for one recipient.

Promise: a letter tells nobody more than the app shows to somebody with App only; whoever may view the logic gets a
link to the run besides.

Left alone: sending (`delivery`), keeping what is to be sent (`store`), when it is tried again (`actors.outbox`).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from vernissage.core.document import Struct

# --- what people set --------------------------------------------------------------------------------

Outcome: TypeAlias = Literal["ALL", "SUCCESS", "FAILURE"]
"""Which ends of a run call for a letter. FAILURE: a cell failed, or the run was cut off. ALL: either."""

Measure: TypeAlias = Literal["value", "rows"]
"""value: the number that a single-value cell shows. rows: how many rows a table has, before anybody filters it."""

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "=", "!="]


class OnEnd(Struct, frozen=True, tag_field="when", tag="end"):
    """Each run that ends so."""

    outcome: Outcome = "ALL"


class OnCondition(Struct, frozen=True, tag_field="when", tag="condition"):
    """Each run at whose end a number lies beyond a bound. A run in which the cell failed has no such number."""

    cell: str
    """Its id."""
    measure: Measure
    operator: Operator
    bound: int | float


When: TypeAlias = OnEnd | OnCondition


class EmailNotification(Struct, frozen=True, tag_field="channel", tag="email", kw_only=True):
    """A letter by e-mail to each of these people, each by themselves: nobody reads who else gets one."""

    on: When = OnEnd()
    users: tuple[str, ...] = ()
    """Ids."""
    groups: tuple[str, ...] = ()
    """Ids; whoever is a member when the run ends."""
    addresses: tuple[str, ...] = ()
    """E-mail addresses of nobody in the workspace, which an admin has to allow."""
    picture: bool = False
    """With a picture of the app as the run left it."""
    tables: tuple[str, ...] = ()
    """Ids of cells in the app whose table comes along as CSV."""
    subject: str = ""
    """"" = a sentence of our own."""
    body: str = ""
    """Text above ours; "" = ours alone."""


class WebhookNotification(Struct, frozen=True, tag_field="channel", tag="webhook", kw_only=True):
    """A POST of JSON, signed, which Slack understands as a message too."""

    on: When = OnEnd()
    url: str
    """It may hold a secret of the receiver: shown in full to those with Can edit only."""
    subject: str = ""
    body: str = ""


Notification: TypeAlias = EmailNotification | WebhookNotification


# --- letters ----------------------------------------------------------------------------------------

Cause: TypeAlias = Literal["SUCCESS", "FAILURE", "CONDITION", "TEST"]
"""Why there is a letter. TEST: somebody tries a notification out."""

LetterStatus: TypeAlias = Literal["PENDING", "SENT", "WITHHELD", "FAILED"]
"""PENDING: not yet, or not yet again. SENT: the receiver has accepted it. WITHHELD: whom it was for may not have it
(any more). FAILED: given up."""


class ToPerson(Struct, frozen=True, tag_field="recipient", tag="person"):
    id: str
    """A user's."""


class ToAddress(Struct, frozen=True, tag_field="recipient", tag="address"):
    address: str
    """An e-mail address of nobody in the workspace."""


class ToWebhook(Struct, frozen=True, tag_field="recipient", tag="webhook"):
    url: str


Recipient: TypeAlias = ToPerson | ToAddress | ToWebhook


# --- as it is kept ----------------------------------------------------------------------------------


def encode(notifications: tuple[Notification, ...]) -> Any:
    """Plain JSON, for a column of a schedule or of a run."""
    return msgspec.to_builtins(notifications)


def decode(kept: Any) -> tuple[Notification, ...]:
    """What `encode` made; None = none."""
    return msgspec.convert(kept or (), tuple[Notification, ...])
