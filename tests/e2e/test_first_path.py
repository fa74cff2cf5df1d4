"""The first path through the whole product, as a newcomer walks it in a browser."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from tests.e2e.conftest import Profile
from tests.e2e.pages import add_cell, add_input, cell, new_project, run, share, signed_in, until
from tests.support.server import RunningServer


def wait_until_kept(server: RunningServer, session: str, text: str) -> None:
    """A session is kept within half a second after it changed; wait for it, not for the time."""

    def kept() -> bool:
        with closing(sqlite3.connect(server.data / "vernissage.db")) as database:
            row = database.execute("select data from sessions where id = ?", (session,)).fetchone()
        return row is not None and text in bytes(row[0]).decode()

    until(kept, f"the session {session} is kept")


def test_pub1_from_an_empty_project_to_an_app_that_others_use(own_server: RunningServer, profile: Profile) -> None:
    admin = own_server.client()
    editor = signed_in(profile(), own_server, admin)
    project = new_project(editor, own_server)

    # Three cells; the dependent one reruns when the slider moves.
    slider = add_input(editor, "Slider", "n")
    double = add_cell(editor, "Python", "x = n * 2\nx")
    run(editor, double)
    after = add_cell(editor, "Python", "x + 1")
    run(editor, after)
    start = int(slider.get_by_role("slider").input_value())
    expect(after).to_contain_text(str(start * 2 + 1))
    slider.get_by_role("slider").press("ArrowRight")
    expect(after).to_contain_text(str((start + 1) * 2 + 1))

    # Publish after a preview run.
    editor.get_by_role("button", name="Publish", exact=True).click()
    dialog = editor.get_by_role("dialog")
    expect(dialog.locator("main[data-app]")).to_be_visible()
    publish = dialog.get_by_role("button", name="Publish", exact=True)
    expect(publish).to_be_enabled()
    publish.click()
    expect(dialog).to_contain_text("Version 1")

    # Nobody else sees it before it is shared.
    address = f"{own_server.url}/main/app/{project}/latest"
    visitor = profile()
    visitor.goto(address)
    expect(visitor.locator("main[data-app]")).to_have_count(0)
    share(admin, project, web="APP_ONLY")

    # A visitor sees the results without a kernel, moves the slider, and gets the right number.
    visitor.goto(address)
    app = visitor.locator("main[data-app]")
    expect(app).to_have_attribute("data-app-state", "results")
    expect(app).to_contain_text(str(start * 2 + 1))
    visitor.get_by_role("slider").press("ArrowRight")
    visitor.get_by_role("slider").press("ArrowRight")
    expect(app).to_contain_text(str((start + 2) * 2 + 1))
    expect(app).to_have_attribute("data-app-state", "idle")
    session = app.get_attribute("data-session")
    assert session

    # A reload finds the same session.
    visitor.reload()
    expect(app).to_have_attribute("data-session", session)
    expect(app).to_contain_text(str((start + 2) * 2 + 1))

    # The server crashes and comes back: the draft, the app and the visitor's session are there.
    wait_until_kept(own_server, session, f'"n":{start + 2}')
    own_server.kill()
    expect(app).to_have_attribute("data-app-state", "offline")
    own_server.start()
    editor.goto(f"{own_server.url}/main/project/{project}/logic")
    expect(cell(editor, 3)).to_contain_text("x + 1")
    expect(cell(editor, 3)).to_contain_text(str((start + 1) * 2 + 1))
    expect(app).not_to_have_attribute("data-app-state", "offline")
    expect(app).to_contain_text(str((start + 2) * 2 + 1))
    visitor.get_by_role("slider").press("ArrowLeft")
    expect(app).to_contain_text(str((start + 1) * 2 + 1))


def test_pub7_force_publish_does_what_it_says(own_server: RunningServer, profile: Profile) -> None:
    admin = own_server.client()
    editor = signed_in(profile(), own_server, admin)
    project = new_project(editor, own_server)
    good = add_cell(editor, "Python", "'first part'")
    run(editor, good)
    bad = add_cell(editor, "Python", "import time; time.sleep(3); undefined_name")
    editor.get_by_role("button", name="Publish", exact=True).click()
    dialog = editor.get_by_role("dialog")
    running = dialog.get_by_role("button", name="Running…")
    expect(running).to_be_visible()
    dialog.get_by_role("button", name="Other ways to publish").click()
    item = editor.get_by_role("menuitem", name="Force publish")
    expect(item).to_contain_text("errors will show up only after people can see the app")
    item.click()
    expect(dialog).to_contain_text("Version 1")

    # Visitors see the cells fill in while the run goes on; then the broken part says so.
    share(admin, project, web="APP_ONLY")
    visitor = profile()
    visitor.goto(f"{own_server.url}/main/app/{project}/latest")
    app = visitor.locator("main[data-app]")
    expect(app).to_contain_text("first part")
    expect(app).to_contain_text("This part could not be computed")
    expect(app).not_to_contain_text("undefined_name")
    editor.keyboard.press("Escape")
    expect(bad).to_be_visible()
