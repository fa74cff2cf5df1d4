"""Five people at once before one project: Full access, Can edit, Can view, App only, and nobody signed in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile, member
from tests.e2e.pages import app_of, draft_of, field, logic_of, part, publish, python, rewrite, share, signed_in, until
from tests.support.server import Client, RunningServer

CELLS = (
    field("slider", "n", label="Rows", min=0, max=9, step=1, default=2),
    python("out", "hidden_in_the_source = n * 2\nf'first {hidden_in_the_source}'"),
)
MISSING = "This does not exist or is not shared with you"
PAGES = ("logic", "versions", "runs", "schedules")


@pytest.fixture(scope="session")
def vi(server: RunningServer, admin: Client) -> Client:
    """Somebody who may look into things: vi@example.org."""
    return member(server, admin, "vi", "Vi Dahl", "editor")


@pytest.fixture(scope="session")
def al(server: RunningServer, admin: Client) -> Client:
    """Somebody with App only: al@example.org."""
    return member(server, admin, "al", "Al Krog", "editor")


def goes_nowhere(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text(MISSING)).to_be_visible()


def test_acc30_five_people_before_one_project(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, vi: Client, al: Client, project: Imported
) -> None:
    """[ACC30] Each sees and may do what their level says, while the others are at work."""
    made = project(*CELLS, title="Five at once")
    publish(admin, made)
    share(admin, made, bo="CAN_EDIT", vi="CAN_VIEW", al="APP_ONLY")
    full, edit, view, app = (signed_in(profile(), server, one) for one in (admin, bo, vi, al))
    out = profile()
    heard: list[str] = []
    app.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    app.on("response", lambda answer: heard.append(answer.text()) if "/app/" in answer.url else None)

    for page in (full, edit, view):
        page.goto(logic_of(server, made))
        expect(part(page, "out")).to_be_visible()
    app.goto(app_of(server, made))
    app.get_by_role("slider").press("ArrowRight")
    expect(app.locator("main[data-app]")).to_contain_text("first 6")
    out.goto(app_of(server, made))
    expect(out.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    # An edit is seen by those who may look, while it is made; the app stays what it was.
    rewrite(edit, part(edit, "out"), "hidden_in_the_source = n * 2\nf'second {hidden_in_the_source}'")
    for page in (full, view):
        expect(part(page, "out").locator(".cm-content")).to_contain_text("second")
    expect(part(view, "out").locator(".cm-content")).to_have_attribute("contenteditable", "false")
    for page, may in ((full, True), (edit, True), (view, False)):
        expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(1 if may else 0)

    # Nothing but the app is there for App only, and nothing at all for who is signed out.
    for name in PAGES:
        for page in (full, edit, view):
            answer = page.request.get(f"{server.url}/main/project/{made}/{name}")
            assert answer.status == 200, name
    for name in PAGES:
        goes_nowhere(app, f"{server.url}/main/project/{made}/{name}")
        out.goto(f"{server.url}/main/project/{made}/{name}")
        expect(out.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    # The editor publishes; the session that is open stays on its version and is offered the new one.
    app.goto(app_of(server, made))
    app.get_by_role("slider").press("ArrowRight")
    expect(app.locator("main[data-app]")).to_contain_text("first 6")
    edit.get_by_role("button", name="Publish", exact=True).click()
    box = edit.get_by_role("dialog")
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(box).to_contain_text("Version 2 is published")
    expect(app.get_by_text("A newer version was published")).to_be_visible()
    app.get_by_role("slider").press("ArrowRight")
    expect(app.locator("main[data-app]")).to_contain_text("first 8")
    app.get_by_role("button", name="Reload").click()
    expect(app.locator("main[data-app]")).to_contain_text("second 8")
    expect(app.locator("main[data-app]")).to_have_attribute("data-version", "2")
    goes_nowhere(app, f"{server.url}/main/app/{made}/v/1")
    view.goto(f"{server.url}/main/app/{made}/v/1")
    expect(view.locator("main[data-app]")).to_contain_text("first 4")

    # Who may view reads the versions and changes none; who has full access takes the bad one back.
    view.goto(f"{server.url}/main/project/{made}/versions")
    expect(view.get_by_role("navigation", name="Versions")).to_be_visible()
    for button in ("Roll back to version 1", "Revert draft to this", "Unpublish…", "Save draft as version"):
        expect(view.get_by_role("button", name=button)).to_have_count(0)
    draft = draft_of(admin, made)
    full.goto(f"{server.url}/main/project/{made}/versions")
    full.get_by_role("button", name="Roll back to version 1").click()
    again = full.get_by_role("dialog", name="Publish version 1 again")
    again.get_by_role("button", name="Publish", exact=True).click()
    expect(full.get_by_role("dialog")).to_contain_text("Version 1 is published")
    assert draft_of(admin, made) == draft
    app.goto(app_of(server, made))
    expect(app.locator("main[data-app]")).to_contain_text("first 4")

    # Shared with the web, the app opens for who is signed out, in a session of their own.
    share(admin, made, bo="CAN_EDIT", vi="CAN_VIEW", al="APP_ONLY", web="APP_ONLY")
    out.goto(app_of(server, made))
    out.get_by_role("slider").press("ArrowLeft")
    expect(out.locator("main[data-app]")).to_contain_text("first 2")
    expect(app.locator("main[data-app]")).to_contain_text("first 4")

    # Taken away, it is gone at once from the page that is open; unpublished, the address says so to who may know.
    share(admin, made, bo="CAN_EDIT", vi="CAN_VIEW", al="APP_ONLY")
    until(lambda: out.locator("main[data-app]").get_attribute("data-app-state") == "ended", "the visitor was shown out")
    assert bo.call("POST", f"/projects/{made}/unpublish").status_code == 204
    expect(app.locator("main[data-app]")).to_have_attribute("data-app-state", "ended")
    app.goto(app_of(server, made))
    expect(app.get_by_text("This app is not published")).to_be_visible()
    out.goto(app_of(server, made))
    expect(out.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert heard and "hidden_in_the_source" not in "".join(heard)
