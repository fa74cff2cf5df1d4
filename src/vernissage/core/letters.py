"""What a letter says: its subject, its text, and the JSON that a webhook gets.

A letter is written for a level of access. For App only (and for whoever has no account: addresses outside, webhooks) it
names cells by the labels that the app shows and failures by the plain sentences that the app would show; of a cell that
is not on the page it says nothing but that *a part of this app* failed. With Can view it names every cell, and adds the
way to the run. No letter quotes source, an exception or a traceback: those stand behind the link.

Left alone: who gets one and when (`notifications`), attaching (`actors.outbox`), e-mail and HTTP (`delivery`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from vernissage.core.access import FAILED_PART, Access, includes, see_cells
from vernissage.core.document import Cell, Document, Struct, name_of, placed
from vernissage.core.inputs import zone_named
from vernissage.core.notifications import (
    TABLE_MIME,
    Cause,
    Notification,
    OnCondition,
    Operator,
    measured,
)
from vernissage.core.outputs import CellRun, DisplayOutput, ErrorOutput

PART = "A part of this app"


class Failure(Struct, frozen=True):
    name: str
    """The cell's, or PART."""
    sentence: str


class Facts(Struct, frozen=True):
    """What a letter for one level of access may say of a run."""

    title: str
    """The app's."""
    workspace: str
    """Its name."""
    cause: Cause
    status: str = ""
    """Of the run; "" = a test letter without one."""
    message: str = ""
    """Why the run was cut off, in the product's own words."""
    version: int | None = None
    at: str = ""
    """When it ended, in the project's time zone, for people."""
    seconds: float | None = None
    failures: tuple[Failure, ...] = ()
    condition: str = ""
    """What was met, as a sentence."""
    app_url: str = ""
    run_url: str = ""
    """The app as the run left it."""
    log_url: str = ""
    """The run log; "" = not for this reader."""


def facts(
    document: Document,
    cells: Mapping[str, CellRun],
    access: Access,
    *,
    on: OnCondition | None,
    workspace: str,
    cause: Cause,
    **more: Any,
) -> Facts:
    """[NOT10] What may be said to somebody with this access. `on`: the condition that was met."""
    views = includes(access, "CAN_VIEW")
    return Facts(
        title=_line(document.title) or "Untitled",
        workspace=workspace,
        cause=cause,
        failures=_failures(document, cells, views=views),
        condition=_condition(document, cells, on, views=views) if on is not None and cause == "CONDITION" else "",
        **more,
    )


def _failures(document: Document, cells: Mapping[str, CellRun], *, views: bool) -> tuple[Failure, ...]:
    seen = see_cells("app", document, cells, "APP_ONLY")
    found: list[Failure] = []
    for cell in document.cells:
        run = cells.get(cell.id)
        if run is None or run.state != "error":
            continue
        shown = seen.get(cell.id)
        name = name_of(document, cell) if views else (cell.label or PART) if shown is not None else PART
        error = next((one for one in shown.outputs if isinstance(one, ErrorOutput)), None) if shown else None
        failure = Failure(_line(name), error.evalue if error is not None else FAILED_PART)
        if failure not in found:  # several parts that are not on the page are one to the reader
            found.append(failure)
    return tuple(found)


_OPERATORS: Mapping[Operator, str] = {
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "=": "equal to",
    "!=": "not equal to",
}


def _condition(document: Document, cells: Mapping[str, CellRun], on: OnCondition, *, views: bool) -> str:
    cell = document.cell(on.cell)
    number = measured(cells, on)
    if cell is None or number is None or not (views or on.cell in placed(document)):
        return "A condition that was set for this app was met."
    name = _line(name_of(document, cell) if views else cell.label or PART)
    bound = f"{_OPERATORS[on.operator]} {grouped(on.bound)}"
    match on.measure:
        case "value":
            return f"{name} is {grouped(number)}, which is {bound}."
        case "rows":
            return f"{name} has {grouped(number)} {'row' if number == 1 else 'rows'}, which is {bound}."
        case never:
            assert_never(never)


def grouped(number: int | float) -> str:
    """A number for people."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"
    return text.replace(",", "\u202f").replace("-", "−")


def moment(at: datetime, zone: str) -> str:
    """A time for people, in the project's zone."""
    found = zone_named(zone) or ZoneInfo("UTC")
    return f"{at.astimezone(found):%Y-%m-%d %H:%M} {found.key}"


# --- tables that come along -------------------------------------------------------------------------


def table_of(cells: Mapping[str, CellRun], cell: str) -> DisplayOutput | None:
    """The table that a cell shows, as the run left it."""
    run = cells.get(cell)
    if run is None or run.state != "done":
        return None
    return next((one for one in run.outputs if isinstance(one, DisplayOutput) and TABLE_MIME in one.data), None)


def csv_name(cell: Cell, taken: frozenset[str]) -> str:
    """A file name for a cell's table, which none of the letter's other files has."""
    stem = re.sub(r"[^\w-]+", "-", cell.label or cell.id).strip("-")[:60] or "table"
    names = (f"{stem}.csv", *(f"{stem}-{count}.csv" for count in range(2, 1000)))
    return next(name for name in names if name not in taken)


def caption(cell: Cell) -> str:
    """How a letter calls a table that is on the page."""
    return _line(cell.label) or PART


# --- the text ---------------------------------------------------------------------------------------


class Text(Struct, frozen=True):
    subject: str
    plain: str
    html: str


PICTURE = "picture"
"""The content id under which the picture stands in the HTML."""


def headline(facts: Facts) -> str:
    """What happened, in one sentence."""
    match facts.cause:
        case "SUCCESS":
            return f"{facts.title} has run."
        case "FAILURE":
            if facts.status == "KILLED":
                return f"A run of {facts.title} was cut off."
            return f"A run of {facts.title} failed."
        case "CONDITION":
            return facts.condition
        case "TEST":
            return f"This is a test: notifications of {facts.title} arrive here."
        case never:
            assert_never(never)


def subject(facts: Facts, notification: Notification) -> str:
    """The subject: its author's own, else one that says what happened."""
    if notification.subject:
        return _line(notification.subject)
    match facts.cause:
        case "SUCCESS":
            return f"{facts.title}: new results"
        case "FAILURE":
            return f"{facts.title}: the run {'was cut off' if facts.status == 'KILLED' else 'failed'}"
        case "CONDITION":
            return f"{facts.title}: {facts.condition.rstrip('.')}"
        case "TEST":
            return f"{facts.title}: test notification"
        case never:
            assert_never(never)


def compose(
    facts: Facts, notification: Notification, *, attached: tuple[str, ...], left_out: tuple[str, ...], picture: bool
) -> Text:
    """[NOT10] An e-mail. `attached`, `left_out`: a line for each thing that comes along, and that does not."""
    about = _about(facts)
    links = [(name, url) for name, url in _links(facts) if url]
    plain = [
        *([notification.body.strip(), ""] if notification.body.strip() else []),
        headline(facts),
        *([about] if about else []),
        *(["", *(f"- {one.name}: {one.sentence}" for one in facts.failures)] if facts.failures else []),
        "",
        *(f"{name}: {url}" for name, url in links),
        *(["", "With this letter:", *(f"- {one}" for one in attached)] if attached else []),
        *(["", *left_out] if left_out else []),
        "",
        _why(facts),
        "",
    ]
    return Text(subject(facts, notification), "\n".join(plain), _html(facts, notification, attached, left_out, picture))


def _html(
    facts: Facts, notification: Notification, attached: tuple[str, ...], left_out: tuple[str, ...], picture: bool
) -> str:
    about = _about(facts)
    body = "<br>".join(escape(line) for line in notification.body.strip().splitlines())
    failures = "".join(f"<li><b>{escape(one.name)}</b>: {escape(one.sentence)}</li>" for one in facts.failures)
    links = " &nbsp; ".join(
        f'<a href="{escape(url)}" style="color:#5b4bdb">{escape(name)}</a>' for name, url in _links(facts) if url
    )
    files = "".join(f"<li>{escape(one)}</li>" for one in attached)
    small = 'style="color:#6b6862;font-size:12px"'
    parts = (
        f"<p>{body}</p>" if body else "",
        f'<p style="font-size:16px"><b>{escape(headline(facts))}</b></p>',
        f"<p>{escape(about)}</p>" if about else "",
        f"<ul>{failures}</ul>" if failures else "",
        f"<p>{links}</p>" if links else "",
        f'<p><img src="cid:{PICTURE}" alt="{escape(facts.title)}" style="max-width:100%;border:1px solid #ddd"></p>'
        if picture
        else "",
        f"<p>With this letter:</p><ul>{files}</ul>" if files else "",
        "".join(f"<p {small}>{escape(one)}</p>" for one in left_out),
        f"<p {small}>{escape(_why(facts))}</p>",
    )
    inner = "\n".join(part for part in parts if part)
    return f'<div style="font:14px/20px Inter,system-ui,sans-serif;color:#23211d;max-width:720px">\n{inner}\n</div>\n'


def _about(facts: Facts) -> str:
    """When and what ran, and why it was cut off."""
    if not facts.status:
        return ""
    took = f" It took {_spoken(facts.seconds)}." if facts.seconds is not None else ""
    version = f"Version {facts.version} ended" if facts.version is not None else "It ended"
    why = f" {facts.message}" if facts.message else ""
    return f"{version} {facts.at}.{took}{why}"


def _spoken(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _links(facts: Facts) -> tuple[tuple[str, str], ...]:
    return (
        ("Open the app", facts.app_url),
        ("As this run left it", facts.run_url),
        ("All runs", facts.log_url),
    )


def _why(facts: Facts) -> str:
    return f"You get this because somebody put you on a notification of this app in {facts.workspace}."


def _line(text: str) -> str:
    return " ".join(text.split())


# --- webhooks ---------------------------------------------------------------------------------------

_TYPES: Mapping[Cause, str] = {
    "SUCCESS": "run.succeeded",
    "FAILURE": "run.failed",
    "CONDITION": "run.condition_met",
    "TEST": "test",
}


def webhook(
    facts: Facts, notification: Notification, *, letter: str, project: str, run: str | None, created_at: str
) -> dict[str, Any]:
    """[NOT31] The JSON of a webhook: `text` and `blocks` are what Slack shows, the rest is for programs."""
    lines = [
        *([_slack(notification.body.strip())] if notification.body.strip() else []),
        f"*{_slack(headline(facts))}*",
        *([_slack(about)] if (about := _about(facts)) else []),
        *(f"• *{_slack(one.name)}*: {_slack(one.sentence)}" for one in facts.failures),
    ]
    links = " · ".join(f"<{_slack(url)}|{_slack(name)}>" for name, url in _links(facts) if url)
    words = "\n".join(lines)[:2_900]
    blocks = [words, *([links] if links else [])]
    return {
        "text": subject(facts, notification),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": block}} for block in blocks],
        "type": _TYPES[facts.cause],
        "id": letter,
        "createdAt": created_at,
        "project": {"id": project, "title": facts.title, "url": facts.app_url},
        "run": None
        if run is None
        else {"id": run, "status": facts.status, "version": facts.version, "url": facts.run_url},
        "condition": facts.condition or None,
        "failures": [{"name": one.name, "message": one.sentence} for one in facts.failures],
    }


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
