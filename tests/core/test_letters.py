"""What a letter says, and to whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.core.test_notifications import DOCUMENT, table, value
from vernissage.core.access import Access
from vernissage.core.document import TableCell
from vernissage.core.letters import Facts, Text, compose, csv_name, facts, moment, table_of, webhook
from vernissage.core.notifications import Cause, EmailNotification, OnCondition, WebhookNotification
from vernissage.core.outputs import CellRun, ErrorOutput

FAILED = {
    "load": CellRun(
        "error", (ErrorOutput("canary_ename", "canary_evalue", ("canary_traceback",), 3, "canary_app_text"),)
    ),
    "rows": CellRun("error", (ErrorOutput("KeyError", "canary_evalue", ("canary_traceback",), 3),)),
    "count": CellRun("error", (ErrorOutput("AppError", "Come back on Monday.", ("canary_traceback",), 3,
                                           app_text="Come back on Monday."),)),
}  # fmt: skip


def about(access: Access, cells: dict[str, CellRun], cause: Cause = "FAILURE", **more: Any) -> Facts:
    return facts(
        DOCUMENT, cells, access, on=more.pop("on", None), workspace="The lab", cause=cause,
        **{"status": "ERRORED", "version": 3, "at": "2026-01-01 12:00 UTC", "seconds": 75.0,
           "app_url": "https://v.example/app", "run_url": "https://v.example/run", **more},
    )  # fmt: skip


def letter(found: Facts, **more: Any) -> Text:
    return compose(found, EmailNotification(users=("u1",), **more), attached=(), left_out=(), picture=False)


def test_not10_somebody_with_app_only_reads_labels_of_the_page_and_plain_sentences() -> None:
    text = letter(about("APP_ONLY", FAILED))
    assert "- A part of this app: This part could not be computed." in text.plain
    assert "- All rows: This part could not be computed." in text.plain
    assert "- Penguins: Come back on Monday." in text.plain
    for part in (text.subject, text.plain, text.html):
        assert "canary" not in part
        assert "Load" not in part
    assert text.subject == "Penguins: the run failed"
    assert "Version 3 ended 2026-01-01 12:00 UTC. It took 1 min 15 s." in text.plain


def test_not10_somebody_with_can_view_reads_every_cells_name_and_the_way_to_the_run_but_no_exception() -> None:
    text = letter(about("CAN_VIEW", FAILED, log_url="https://v.example/runs"))
    assert "- Load: This part could not be computed." in text.plain
    assert "All runs: https://v.example/runs" in text.plain
    assert "canary" not in text.plain + text.html


def test_not10_a_condition_shows_its_number_only_where_the_app_does() -> None:
    on = OnCondition("count", "value", "<", 1000)
    assert about("APP_ONLY", {"count": value(12)}, "CONDITION", on=on).condition == (
        "Penguins is 12, which is below 1\u202f000."
    )
    hidden = OnCondition("load", "rows", ">", 5)
    cells = {"load": table(1234567)}
    assert (
        about("APP_ONLY", cells, "CONDITION", on=hidden).condition == "A condition that was set for this app was met."
    )
    assert about("CAN_VIEW", cells, "CONDITION", on=hidden).condition == (
        "Load has 1\u202f234\u202f567 rows, which is above 5."
    )


def test_not13_what_came_along_and_what_did_not_is_said() -> None:
    found = about("APP_ONLY", {}, "SUCCESS", status="COMPLETED")
    text = compose(
        found,
        EmailNotification(users=("u1",), body="Good morning <all>"),
        attached=("rows.csv (12 rows)",),
        left_out=("The picture was left out: there is no browser.",),
        picture=True,
    )
    assert text.plain.startswith("Good morning <all>\n\nPenguins has run.\n")
    assert "- rows.csv (12 rows)" in text.plain
    assert "The picture was left out: there is no browser." in text.plain
    assert "Good morning &lt;all&gt;" in text.html
    assert 'src="cid:picture"' in text.html


def test_a_letter_uses_its_authors_own_subject_and_no_markup_of_a_title() -> None:
    """Whatever the texts hold, the subject is one line and the HTML shows text as text."""
    found = facts(
        type(DOCUMENT)(title="<b>A</b>\nB"), {}, "APP_ONLY", on=None, workspace="<i>", cause="SUCCESS",
        status="COMPLETED", app_url='https://v.example/"x',
    )  # fmt: skip
    text = letter(found)
    assert text.subject == "<b>A</b> B: new results"
    assert "<b>A" not in text.html and "&lt;b&gt;A" in text.html and '/"x' not in text.html
    assert letter(found, subject="Sales  today").subject == "Sales today"


@pytest.mark.parametrize(
    ("cause", "status", "said"),
    [
        ("SUCCESS", "COMPLETED", "Penguins has run."),
        ("FAILURE", "KILLED", "A run of Penguins was cut off."),
        ("TEST", "", "This is a test: notifications of Penguins arrive here."),
    ],
)
def test_each_cause_has_its_sentence(cause: Cause, status: str, said: str) -> None:
    """A run that was cut off says why."""
    text = letter(about("APP_ONLY", {}, cause, status=status, message="It took longer than 5 min." if status else ""))
    assert said in text.plain
    assert ("It took longer than 5 min." in text.plain) is bool(status)


def test_not31_a_webhook_says_it_to_people_and_to_programs() -> None:
    body = webhook(
        about("APP_ONLY", FAILED), WebhookNotification(url="https://x.example", body="<!channel> & all"),
        letter="l1", project="p1", run="r1", created_at="2026-01-01T12:00:00Z",
    )  # fmt: skip
    assert "canary" not in json.dumps(body)
    assert body["text"] == "Penguins: the run failed"
    words = body["blocks"][0]["text"]["text"]
    assert words.startswith("&lt;!channel&gt; &amp; all\n*A run of Penguins failed.*\n")
    assert "• *All rows*: This part could not be computed." in words
    assert "<https://v.example/app|Open the app>" in body["blocks"][1]["text"]["text"]
    assert body["type"] == "run.failed"
    assert body["run"] == {"id": "r1", "status": "ERRORED", "version": 3, "url": "https://v.example/run"}
    assert {"name": "Penguins", "message": "Come back on Monday."} in body["failures"]


def test_a_table_is_the_one_that_the_cell_shows_and_has_a_name_of_its_own() -> None:
    """A failed cell has none, and no two files have one name."""
    assert table_of({"rows": table(3)}, "rows") is not None
    assert table_of({"rows": FAILED["rows"]}, "rows") is None
    assert table_of({}, "rows") is None
    cell = TableCell("rows", "All  rows / 2026", "df")
    assert csv_name(cell, frozenset()) == "All-rows-2026.csv"
    assert csv_name(cell, frozenset({"All-rows-2026.csv"})) == "All-rows-2026-2.csv"


def test_times_are_told_in_the_projects_zone() -> None:
    """And in UTC where that is none."""
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert moment(at, "Europe/Berlin") == "2026-07-01 14:00 Europe/Berlin"
    assert moment(at, "Nowhere") == "2026-07-01 12:00 UTC"
