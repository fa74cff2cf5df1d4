"""Schedules, made and watched in a browser (`spec/schedules.md`)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import draft_of, field, logic_of, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

A_MINUTE = 90_000
"""Milliseconds within which the next minute has come and a run has ended: the server's clock is the machine's own."""


def schedules_of(server: RunningServer, project: str) -> str:
    return f"{server.url}/main/project/{project}/schedules"


def opened(page: Page, server: RunningServer, project: str) -> None:
    page.goto(schedules_of(server, project))
    expect(page.get_by_role("heading", name="Schedules", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_sch22_a_schedule_made_in_the_browser_fires_and_runs_what_is_published(
    server: RunningServer, profile: Profile, admin: Client, project: Imported, width: int
) -> None:
    """[SCH10]"""
    one = project(field("slider", "n", min=1, max=9, step=1, default=2), python("said", "print(f'published {n}')"))
    publish(admin, one)
    page = signed_in(profile(width), server, admin)
    page.goto(logic_of(server, one))
    source = page.locator(".cm-content").last
    source.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("print('of the draft')")
    until(lambda: "of the draft" in draft_of(admin, one), "the edit is kept")
    opened(page, server, one)
    expect(page.get_by_text("Runs version 1, the published one. Your unpublished change is not in it.")).to_be_visible()
    page.get_by_role("button", name="New schedule").click()
    coming = page.get_by_role("complementary", name="Next five runs")
    expect(coming).to_contain_text("Every weekday at 08:00, UTC")
    page.get_by_role("radio", name="Cron").check()
    page.get_by_label("Cron expression").fill("* * * *")
    expect(page.get_by_text("A cron expression has five parts")).to_be_visible()
    page.get_by_label("Cron expression").fill("* * * * *")
    expect(coming).to_contain_text("Every minute, UTC")
    expect(coming.get_by_role("listitem")).to_have_count(5)
    page.get_by_role("textbox", name="Name", exact=True).fill("Each minute")
    page.get_by_role("button", name="Save schedule").click()
    runs = page.get_by_role("region", name="Last runs").get_by_role("listitem")
    expect(runs.first).to_contain_text("Succeeded", timeout=A_MINUTE)
    expect(runs.first).to_contain_text("version 1")
    runs.first.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(r"/runs#"))
    expect(page.get_by_text("published 2", exact=True)).to_be_visible()
    expect(page.get_by_text("of the draft")).to_have_count(0)
    opened(page, server, one)
    line = page.get_by_role("listitem").filter(has_text="Each minute")
    line.get_by_role("switch").press("Space")
    expect(line).to_contain_text("Paused")


def test_sch18_inputs_of_its_own_turn_the_published_results_off_and_say_why(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    """[SCH21]"""
    one = project(field("slider", "n", min=1, max=9, step=1, default=2), python("said", "print(f'published {n}')"))
    publish(admin, one)
    page = signed_in(profile(1440), server, admin)
    opened(page, server, one)
    page.get_by_role("button", name="New schedule").click()
    results = page.get_by_role("switch", name="Update the published results")
    expect(results).to_be_checked()
    page.get_by_role("button", name="Set n").click()
    page.get_by_role("slider", name="n").fill("7")
    expect(results).not_to_be_checked()
    expect(results).to_be_disabled()
    expect(page.get_by_text("published results belong to the default inputs")).to_be_visible()
    page.get_by_role("button", name="Save schedule").click()
    page.get_by_role("button", name="Run now").click()
    runs = page.get_by_role("region", name="Last runs").get_by_role("listitem")
    expect(runs.first).to_contain_text("Succeeded")
    runs.first.get_by_role("link", name="Open").click()
    expect(page.get_by_text("published 7", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No schedules yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("listitem").filter(has_text="Every weekday at 08:00")).to_be_visible()


def test_sch17_who_can_view_sees_schedules_and_changes_none(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    one = project(python("said", "1"))
    publish(admin, one)
    share(admin, one, bo="CAN_VIEW")
    made = admin.call("POST", f"/projects/{one}/schedules", {"cadence": "DAILY", "hour": 9, "name": "Mornings"})
    assert made.status_code == 201, made.text
    page = signed_in(profile(1440), server, bo)
    opened(page, server, one)
    expect(page.get_by_role("button", name="New schedule")).to_have_count(0)
    page.get_by_role("link", name="Mornings").click()
    expect(page.get_by_role("complementary", name="Next five runs")).to_contain_text("Every day at 09:00, UTC")
    expect(page.get_by_role("button", name="Save schedule")).to_have_count(0)
    expect(page.get_by_role("switch", name="Enabled")).to_be_disabled()
