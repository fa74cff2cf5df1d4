"""The page that describes the API."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Profile
from tests.support.server import RunningServer


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_api12_the_api_is_described_for_everybody(
    server: RunningServer, profile: Profile, width: int, scheme: str
) -> None:
    page = profile(width, scheme=scheme)
    page.goto(f"{server.url}/api/docs#startRun")
    run = page.get_by_role("article", name="Run the published version, top to bottom, in a kernel of its own").first
    expect(run).to_be_in_viewport()
    expect(run).to_contain_text("/api/v1/projects/{project}/runs")
    expect(run).to_contain_text("Needs a bearer token.")
    run.get_by_text("Fields of RunRequest").click()
    expect(run.get_by_role("term").filter(has_text="inputParams")).to_be_visible()
    run.get_by_text("Call it from a shell").click()
    expect(run).to_contain_text("Authorization: Bearer")
    page.get_by_role("searchbox", name="Find an operation").fill("delete run")
    expect(page.get_by_role("article").filter(has_text="End a run")).to_be_visible()
    expect(page.get_by_role("article").filter(has_text="One project")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
