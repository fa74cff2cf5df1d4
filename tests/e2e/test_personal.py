"""A personal app, from the publish dialog to a live session."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, logic_of, part, publish, python, share, signed_in
from tests.support.server import Client, RunningServer

CELLS = (
    field("slider", "n", min=0, max=9, step=1, default=2),
    python("out", "import vernissage\nf'{vernissage.run_context().viewer or \"nobody\"} sees {n}'"),
)


def test_pag91_the_publish_dialog_says_that_an_app_is_personal(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, project(*CELLS)))
    page.get_by_role("button", name="Publish", exact=True).click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("Personal: every visit runs as its viewer.")
    expect(box.locator("main[data-app]")).to_contain_text("admin@localhost sees 2")
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(box).to_contain_text("Version 1 is published")


def test_pag91_each_visitor_sees_their_own_and_going_live_asks_first(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    made = project(*CELLS)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    web = profile()
    web.goto(app_of(server, made))
    expect(part(web, "out")).to_contain_text("nobody sees 2")
    page = signed_in(profile(), server, bo)
    page.goto(app_of(server, made))
    expect(part(page, "out")).to_contain_text("bo@example.org sees 2")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Go live & copy").click()
    asks = page.get_by_role("alertdialog", name="Others will see what you see.")
    expect(asks.get_by_role("button", name="Go live")).to_be_focused()
    asks.get_by_role("button", name="Not now").click()
    expect(asks).to_have_count(0)
    expect(page.get_by_role("button", name="Live", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Go live & copy").click()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Link copied")).to_be_attached()
    web.goto(str(page.evaluate("navigator.clipboard.readText()")))
    expect(part(web, "out")).to_contain_text("bo@example.org sees 2")
    web.get_by_role("slider").press("ArrowRight")
    expect(part(page, "out")).to_contain_text("bo@example.org sees 3")
