"""Results that stay fresh and sessions that last, as people at a published app meet them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, import_project, publish, python, share, signed_in
from tests.support.server import Client, RunningServer

SLIDER = field("slider", "n", label="Rows", min=0, max=99, step=1, default=2)
STAMP = python("out", "import time\nf'twice {n * 2} at {time.time_ns()}'")


def stamp(page: Page) -> str:
    """What the app shows, once it shows something."""
    out = page.locator('[data-cell="out"]')
    expect(out).to_contain_text("twice")
    return out.inner_text()


def test_pag100_newer_results_are_offered_to_an_untouched_page_and_a_session_is_left_alone(
    server: RunningServer, admin: Client, project: Imported, profile: Profile
) -> None:
    made = project(SLIDER, STAMP)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    untouched, own = profile(), profile()
    for page in (untouched, own):
        page.goto(app_of(server, made))
        expect(page.locator("main[data-app]")).to_have_attribute("data-app-state", "results")
    own.get_by_role("slider").press("ArrowRight")
    expect(own.locator('[data-cell="out"]')).to_contain_text("twice 6")
    before, mine = stamp(untouched), stamp(own)
    editor = signed_in(profile(), server, admin)
    editor.goto(app_of(server, made))
    editor.get_by_role("button", name="Refresh").click()
    editor.get_by_role("button", name="For everyone").click()
    show = untouched.get_by_role("button", name="Show", exact=True)
    expect(show).to_be_visible()
    assert stamp(untouched) == before
    expect(untouched.locator("main[data-app]")).to_have_attribute("data-app-state", "results")
    show.click()
    expect(untouched.locator('[data-cell="out"]')).not_to_have_text(before)
    expect(untouched.locator("main[data-app]")).to_have_attribute("data-app-state", "results")
    expect(show).to_have_count(0)
    assert stamp(own) == mine
    expect(own.get_by_role("button", name="Show", exact=True)).to_have_count(0)
    untouched.get_by_role("button", name="Refresh").click()  # for oneself, at once: one may not choose
    expect(untouched.locator("main[data-app]")).to_have_attribute("data-app-state", "idle")


def test_pag101_one_goes_on_where_one_was_after_the_server_was_started_anew(
    own_server: RunningServer, profile: Profile
) -> None:
    admin = own_server.client()
    made = import_project(admin, SLIDER, STAMP)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(own_server, made))
    page.get_by_role("slider").press("ArrowRight")
    expect(page.locator('[data-cell="out"]')).to_contain_text("twice 6")
    left = stamp(page)
    browser = page.context
    page.close()
    own_server.stop()
    own_server.start()
    again = browser.new_page()
    again.goto(app_of(own_server, made))
    expect(again.get_by_text("Continue where you were (Rows: 3")).to_be_visible()
    expect(again.locator('[data-cell="out"]')).to_contain_text("twice 4")
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_role("slider")).to_have_value("3")
    assert stamp(again) == left
    again.reload()
    expect(again.get_by_role("slider")).to_have_value("3")
    again.get_by_role("slider").press("ArrowRight")
    expect(again.locator('[data-cell="out"]')).to_contain_text("twice 8")
