"""The run log, and a past run as the app looked then."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, part, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

CELLS = (
    field("slider", "n", min=1, max=9, step=1, default=2),
    python("out", "print('counting')\nf'twice {n * 2}'"),
    python("gate", "assert n != 7, 'seven is too many'", label="Gate"),
    python("table", "import pandas as pd\npd.DataFrame({'x': range(n * 100)})"),
)
SLOW = python("slow", "import time; time.sleep(60)", label="Slow part")


def start(client: Client, project: str, **body: Any) -> str:
    """Start a run over the API; its id."""
    answer = client.call("POST", f"/projects/{project}/runs", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["runId"])


def ran(client: Client, project: str, **body: Any) -> str:
    """The same, and wait for its end."""
    run = start(client, project, **body)
    place = f"/projects/{project}/runs/{run}"
    until(lambda: client.call("GET", place).json()["endTime"], "the run has ended", 30)
    return run


def log_of(server: RunningServer, project: str) -> str:
    return f"{server.url}/main/project/{project}/runs"


def entries(page: Page) -> Any:
    return page.get_by_role("region", name="Runs").get_by_role("listitem").get_by_role("button")


@pytest.mark.parametrize("width", [1440, 390])
def test_log1_runs_are_listed_filtered_and_open_in_detail(
    server: RunningServer, profile: Profile, admin: Client, project: Imported, width: int
) -> None:
    one = project(*CELLS)
    publish(admin, one)
    ran(admin, one, inputParams={"n": 7})
    ran(admin, one)
    page = signed_in(profile(width), server, admin)
    page.goto(log_of(server, one))
    expect(entries(page)).to_have_count(3)
    expect(entries(page).nth(0)).to_contain_text(re.compile(r"Completed.*API.*by Admin"))
    expect(entries(page).nth(1)).to_contain_text(re.compile("With errors.*n: 7"))
    expect(entries(page).nth(2)).to_contain_text("Preview")
    page.get_by_role("button", name=re.compile("Every status")).click()
    page.get_by_role("option", name="With errors").click()
    expect(entries(page)).to_have_count(1)
    assert "status=ERRORED" in page.url
    entries(page).nth(0).click()
    detail = page.get_by_role("region", name="Run", exact=True)
    expect(part(page, "gate")).to_have_attribute("data-cell-state", "error")
    expect(part(page, "gate")).to_contain_text("seven is too many")
    expect(part(page, "out")).to_contain_text("counting")
    expect(detail.get_by_role("definition").filter(has_text="n: 7")).to_be_visible()
    expect(detail.get_by_role("button", name="Restore as published results")).to_have_count(0)
    page.reload()  # the address holds what is open
    expect(part(page, "gate")).to_contain_text("seven is too many")
    detail.get_by_role("button", name="Close").click()
    expect(entries(page)).to_have_count(1)
    page.get_by_role("button", name=re.compile("With errors")).first.click()
    page.get_by_role("option", name="Cut off").click()
    page.get_by_role("button", name="Show every run").click()
    expect(entries(page)).to_have_count(3)


def test_log2_a_run_is_followed_while_it_goes_on_and_cancelled(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    one = project(*CELLS, SLOW)
    answer = admin.call("POST", f"/projects/{one}/publish", {"force": True})
    page = signed_in(profile(), server, admin)
    page.goto(log_of(server, one))
    expect(entries(page)).to_have_count(1)
    entries(page).first.click()
    expect(part(page, "slow")).to_have_attribute("data-cell-state", "running")
    expect(part(page, "out")).to_have_attribute("data-cell-state", "done")
    page.get_by_role("button", name="Cancel run").click()
    detail = page.get_by_role("region", name="Run", exact=True)
    expect(detail).to_contain_text("Cut off")
    expect(entries(page).first).to_contain_text("Cut off")
    assert admin.call("GET", f"/projects/{one}/runs/{answer.json()['runId']}").json()["status"] == "KILLED"


def test_log3_a_past_run_is_looked_at_and_restored(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    one = project(*CELLS)
    publish(admin, one)
    first, other = ran(admin, one), ran(admin, one, inputParams={"n": 5})
    page = signed_in(profile(), server, admin)
    page.goto(f"{log_of(server, one)}#{other}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open as it looked").click()
    past = opened.value
    expect(past.get_by_role("region", name="Past run")).to_contain_text(re.compile("As it was .*by Admin, with n: 5"))
    expect(part(past, "out")).to_contain_text("twice 10")
    expect(past.get_by_role("slider")).to_be_disabled()
    main = past.locator("main[data-app]")
    expect(main).to_have_attribute("data-app-state", "results")
    expect(past.get_by_role("button", name="Refresh")).to_have_count(0)
    past.get_by_role("button", name=re.compile("Next")).click()  # its tables are whole, with no kernel
    expect(part(past, "table")).to_contain_text("11–20 of 500")
    expect(past.get_by_role("button", name="Restore as published results")).to_have_count(0)

    past.goto(past.url.replace(other, first))
    past.get_by_role("button", name="Restore as published results").click()
    expect(past.get_by_text("These are the published results again.")).to_be_visible()
    past.get_by_role("link", name="Open the app").click()
    past.wait_for_url(app_of(server, one))
    run = admin.call("GET", f"/projects/{one}/runs/{first}").json()
    at = past.locator("main time").get_attribute("datetime")
    assert at is not None and run["startTime"] <= at <= run["endTime"]


def test_log4_a_past_run_of_ones_own_opens_on_a_phone_with_app_only(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    one = project(*CELLS)
    publish(admin, one)
    share(admin, one, bo="APP_ONLY")
    mine, theirs = ran(bo, one, inputParams={"n": 3}), ran(admin, one)
    page = signed_in(profile(390, 844, "dark"), server, bo)
    page.goto(app_of(server, one).replace("latest", f"runs/{mine}"))
    expect(part(page, "out")).to_contain_text("twice 6")
    expect(page.get_by_role("region", name="Past run")).to_contain_text("with n: 3")
    expect(page.get_by_role("link", name="Run log")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(app_of(server, one).replace("latest", f"runs/{theirs}"))
    expect(page.get_by_text("does not exist or is not shared")).to_be_visible()
