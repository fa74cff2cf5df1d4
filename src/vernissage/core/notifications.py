"""Notifications: who is told that a run has ended, of what, and with what in the letter.

A *notification* stands with a schedule or with the request of a run, and goes along with each run that they make. It
says when (the run succeeded, failed, or a condition on a cell was met), to whom, and what comes with it: a picture of
the app, tables as CSV. A *letter* is one notification of one run for one recipient.

Promise: a letter tells nobody more than the app shows to somebody with App only; whoever may view the logic gets a
link to the run besides.

Left alone: sending (`delivery`), keeping what is to be sent (`store`), when it is tried again (`actors.outbox`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, assert_never
from urllib.parse import urlsplit

import msgspec

from vernissage.core.access import Access, level
from vernissage.core.document import Document, PythonCell, SqlCell, Struct, TableCell, ValueCell, name_of, placed
from vernissage.core.operations import Refused
from vernissage.core.outputs import CellRun, DisplayOutput

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


# --- what calls for a letter ------------------------------------------------------------------------

VALUE_MIME = "application/vnd.vernissage.value+json"
TABLE_MIME = "application/vnd.vernissage.table+json"


class Ending(Struct, frozen=True):
    """How a run ended, as notifications look at it."""

    status: Literal["COMPLETED", "ERRORED", "KILLED"]
    cells: dict[str, CellRun] = {}
    cancelled: bool = False
    """True: somebody ended it on purpose, and knows."""
    again: bool = False
    """True: another attempt follows, which will tell how it went."""


class Call(Struct, frozen=True):
    """That a letter is due."""

    cause: Cause
    problem: str = ""
    """Why there can be none after all, for those who set the notification, as a sentence; "" = nothing is wrong."""


def called(notification: Notification, ending: Ending, document: Document | None) -> Call | None:
    """[NOT1-NOT4] Whether a run that ended so calls for letters of this notification, and why. `document`: of the
    version that ran; None = it could not be read, and no condition can be judged."""
    match notification.on:
        case OnEnd(outcome):
            if ending.status == "COMPLETED":
                return Call("SUCCESS") if outcome in ("ALL", "SUCCESS") else None
            if ending.cancelled or ending.again or outcome == "SUCCESS":
                return None
            return Call("FAILURE")
        case OnCondition() as condition:
            if ending.status == "KILLED":
                return None
            if document is not None and document.cell(condition.cell) is None:
                return Call("CONDITION", "The cell of the condition is not in the version that ran.")
            found = measured(ending.cells, condition)
            return Call("CONDITION") if found is not None and beyond(found, condition) else None
        case never:
            assert_never(never)


def measured(cells: Mapping[str, CellRun], condition: OnCondition) -> int | float | None:
    """The number that a condition is about, as the run left it; None = there is none: the cell failed, or shows
    something else."""
    cell = cells.get(condition.cell)
    if cell is None or cell.state != "done":
        return None
    for output in cell.outputs:
        if not isinstance(output, DisplayOutput):
            continue
        if condition.measure == "value" and isinstance(shown := output.data.get(VALUE_MIME), dict):
            return _number(shown.get("value"))
        if condition.measure == "rows" and isinstance(head := output.data.get(TABLE_MIME), dict):
            return _number(head.get("total"))
    return None


def _number(value: Any) -> int | float | None:
    """A number as outputs spell it: whole ones that JavaScript cannot hold stand as text."""
    match value:
        case bool():
            return None
        case int() | float():
            return value if math.isfinite(value) else None
        case str() if _WHOLE.fullmatch(value):
            return int(value)
        case _:
            return None


_WHOLE = re.compile(r"-?[0-9]{1,400}")


def beyond(number: int | float, condition: OnCondition) -> bool:
    """Whether a number lies where the condition says."""
    match condition.operator:
        case "<":
            return number < condition.bound
        case "<=":
            return number <= condition.bound
        case ">":
            return number > condition.bound
        case ">=":
            return number >= condition.bound
        case "=":
            return number == condition.bound
        case "!=":
            return number != condition.bound
        case never:
            assert_never(never)


# --- for whom ---------------------------------------------------------------------------------------


def recipients(notification: Notification, members: Mapping[str, Sequence[str]]) -> tuple[Recipient, ...]:
    """[NOT5] Everybody whom a notification means, each once. `members`: group → ids of the people in it now."""
    match notification:
        case EmailNotification(users=users, groups=groups, addresses=addresses):
            people = [*users, *(person for group in groups for person in members.get(group, ()))]
            outside = dict.fromkeys(address.lower() for address in addresses)
            return (*map(ToPerson, dict.fromkeys(people)), *map(ToAddress, outside))
        case WebhookNotification(url=url):
            return (ToWebhook(url),)
        case never:
            assert_never(never)


def group_access(grants: Iterable[tuple[str, Access]], group: str) -> Access | None:
    """What somebody has on a project who is in this group and was given nothing else."""
    return level(grants, "somebody", None, (group,))


class Leave(Struct, frozen=True):
    """Which addresses outside may get letters."""

    on: bool = True
    """False: none, whatever an admin allowed before (a setting)."""
    addresses: frozenset[str] = frozenset()
    """Those that an admin has allowed."""

    def refuses(self, address: str) -> Refused | None:
        """[NOT12] Why this address gets no letter, or None where it may."""
        if not self.on:
            return Refused(f"{address} is outside the workspace, and this installation sends nothing there.")
        if address.lower() not in self.addresses:
            return Refused(f"{address} is outside the workspace; an admin has to allow it first.")
        return None


# --- what may be set --------------------------------------------------------------------------------

MOST = 20
"""Notifications of one schedule or run."""

MOST_RECIPIENTS = 100
"""People, groups and addresses of one notification."""

EMAIL = re.compile(r"[^@\s<>,;:\"()\\\[\]]{1,64}@[^@\s<>,;:\"()\\\[\]]{1,190}")


def check(notifications: Sequence[Notification], document: Document) -> Refused | None:
    """[NOT6] Why these cannot be set for this version of the app, or None where they can."""
    if len(notifications) > MOST:
        return Refused(f"At most {MOST} notifications may be set; these are {len(notifications)}.")
    for notification in notifications:
        refused = _check(notification, document)
        if refused is not None:
            return refused
    return None


def _check(notification: Notification, document: Document) -> Refused | None:
    if any(ord(character) < 32 for character in notification.subject) or len(notification.subject) > 200:
        return Refused("A subject is one line of at most 200 characters.")
    if len(notification.body) > 10_000:
        return Refused("The text of a notification has at most 10 000 characters.")
    if isinstance(notification.on, OnCondition):
        refused = _check_condition(notification.on, document)
        if refused is not None:
            return refused
    match notification:
        case EmailNotification():
            return _check_email(notification, document)
        case WebhookNotification(url=url):
            return _check_url(url)
        case never:
            assert_never(never)


def _check_condition(condition: OnCondition, document: Document) -> Refused | None:
    cell = document.cell(condition.cell)
    if cell is None:
        return Refused(f"The published version has no cell {condition.cell!r}. Choose another for the condition.")
    kinds = (ValueCell,) if condition.measure == "value" else (TableCell, SqlCell, PythonCell)
    if not isinstance(cell, kinds):
        what = "shows no single value" if condition.measure == "value" else "shows no table"
        return Refused(f"{name_of(document, cell)} {what}. Choose another cell for the condition.")
    if not math.isfinite(condition.bound):
        return Refused("The bound of a condition is a finite number.")
    return None


def _check_email(notification: EmailNotification, document: Document) -> Refused | None:
    count = len(notification.users) + len(notification.groups) + len(notification.addresses)
    if not count:
        return Refused("This e-mail notification is for nobody. Add somebody to it.")
    if count > MOST_RECIPIENTS:
        return Refused(f"A notification has at most {MOST_RECIPIENTS} recipients; put more people into a group.")
    for address in notification.addresses:
        if not EMAIL.fullmatch(address):
            return Refused(f"{address!r} is no e-mail address. Write it like ana@example.com.")
    shown = placed(document)
    for id in notification.tables:
        if id not in shown:
            return Refused("Only tables that the app shows can come along with a letter.")
    return None


def _check_url(url: str) -> Refused | None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        fits = fits and (parts.port is None or 0 < parts.port < 65536)
    except ValueError:
        fits = False
    if not fits or len(url) > 2_000 or any(ord(character) <= 32 for character in url):
        return Refused("A webhook takes an address that begins with https:// and holds no user name.")
    return None


def hidden_url(url: str) -> str:
    """A webhook's address for those who may not change it: whatever follows the host may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/…"


# --- when it is tried again -------------------------------------------------------------------------

GIVES_UP_AFTER = timedelta(days=1)
LONGEST_WAIT = 3600.0


def next_attempt(attempts: int, created_at: datetime, now: datetime, first: float, chance: float) -> datetime | None:
    """[NOT23] When a letter is tried again after this many attempts that failed; None = it is given up. The wait begins
    at `first` seconds, doubles up to an hour, and varies by a fifth with `chance` (0…1), so that many do not come at
    once."""
    wait = min(first * 2 ** min(attempts - 1, 30), LONGEST_WAIT) * (0.8 + 0.4 * chance)
    again = now + timedelta(seconds=wait)
    return again if again <= created_at + GIVES_UP_AFTER else None
