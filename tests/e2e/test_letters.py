"""From a schedule that is made in a browser to the letter in somebody's mailbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Profile
from tests.e2e.pages import draft_of, field, import_project, logic_of, part, publish, python, rewrite, signed_in, until
from tests.support.post import Arrival, MailServer
from tests.support.server import Client, RunningServer

NEXT_MINUTE = 100.0
"""Seconds in which the machine's next minute has come, the run has ended and its letter was sent."""


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mailing(tmp_path: Path, post: MailServer) -> Iterator[RunningServer]:
    """A server that sends its letters to `post`."""
    with RunningServer(tmp_path / "data", environ=post.settings()) as server:
        yield server


def made(page: Page, server: RunningServer, project: str) -> None:
    """A schedule for every minute, of whose runs the admin is told by e-mail."""
    page.goto(f"{server.url}/main/project/{project}/schedules")
    page.get_by_role("button", name="New schedule").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Each minute")
    page.get_by_role("radio", name="Cron").check()
    page.get_by_label("Cron expression").fill("* * * * *")
    page.get_by_role("button", name="E-mail", exact=True).click()
    mail = page.get_by_role("region", name="E-mail")
    who = mail.get_by_label("Add a person, a group or an address")
    who.fill("admin@localhost")
    who.press("Enter")
    expect(mail.get_by_role("list", name="Recipients")).to_contain_text(re.compile("Admin|admin@localhost"))
    expect(mail.get_by_role("switch", name="Picture of the app")).to_be_checked()
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_role("button", name="Run now")).to_be_visible()


def test_not50_a_schedule_writes_a_letter_with_a_picture_and_one_when_a_cell_fails(
    mailing: RunningServer, post: MailServer, profile: Profile
) -> None:
    """[NOT50, SCH10] What is published is what runs and is pictured; the draft's edits are in none of it."""
    admin: Client = mailing.client()
    project = import_project(
        admin,
        field("slider", "n", min=0, max=9, step=1, default=2),
        python("out", "f'published {n * 2}'", label="Twice"),
        title="Figures of the day",
    )
    publish(admin, project)
    page = signed_in(profile(), mailing, admin)
    page.goto(logic_of(mailing, project))
    rewrite(page, part(page, "out"), "raise ValueError('of the draft')")
    until(lambda: "of the draft" in draft_of(admin, project), "the edit is kept")
    made(page, mailing, project)

    first: Arrival = post.wait(1, NEXT_MINUTE)[0]
    assert first.to == ["admin@localhost"]
    assert "Figures of the day" in first.message["Subject"]
    picture = first.picture()
    assert picture is not None and picture.startswith(b"\x89PNG") and len(picture) > 5_000
    assert "of the draft" not in first.text + first.html

    # Published by force, the broken cell is told of: which one, in a sentence.
    assert admin.call("POST", f"/projects/{project}/publish", {"force": True}).status_code == 202
    until(lambda: admin.call("GET", f"/projects/{project}").json()["publishedVersion"] == 2, "it is published")
    page.get_by_role("button", name="Run now").click()

    def failure() -> Arrival | None:
        return next((one for one in post.seen if "failed" in one.message["Subject"]), None)

    told = until(failure, "a letter about the failed run has come", NEXT_MINUTE)
    assert told is not None
    assert "Twice" in told.text
    runs = page.get_by_role("region", name="Last runs").get_by_role("listitem")
    expect(runs.filter(has_text="Errored").first).to_be_visible()
    runs.filter(has_text="version 1").first.get_by_role("link", name="Open").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open as it looked").click()
    expect(part(opened.value, "out")).to_contain_text("published 4")
