"""The publish dialog, from the click to who can see the app."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import (
    app_of,
    expect_state,
    field,
    logic_of,
    part,
    publish,
    python,
    rewrite,
    run,
    share,
    signed_in,
    until,
)
from tests.support.server import Client, RunningServer

Dialog = Callable[[str], tuple[Page, Locator]]

SLOW = "import time; time.sleep(60)"


@pytest.fixture
def dialog(server: RunningServer, profile: Profile, admin: Client) -> Dialog:
    """Open the notebook of a project and its publish dialog."""

    def open_dialog(project: str) -> tuple[Page, Locator]:
        page = signed_in(profile(), server, admin)
        page.goto(logic_of(server, project))
        return page, press_publish(page)

    return open_dialog


def press_publish(page: Page) -> Locator:
    """Press Publish in the bar; the dialog."""
    page.get_by_role("button", name="Publish", exact=True).click()
    shown = page.get_by_role("dialog")
    expect(shown).to_be_visible()
    return shown


def test_pag18_the_preview_is_the_app_as_it_will_be_and_alive(dialog: Dialog, project: Imported) -> None:
    shown = project(field("slider", "n", min=0, max=9, step=1, default=2), python("out", "f'twice {n * 2}'"))
    _, box = dialog(shown)
    app = box.locator("main[data-app]")
    expect(app).to_contain_text("twice 4")
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    app.get_by_role("slider").press("ArrowRight")
    expect(app).to_contain_text("twice 6")
    # What is tried there is not what visitors get.
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(box).to_contain_text("Version 1 is published")
    expect(box).to_contain_text("The link itself gives nobody access")


def test_pag19_published_results_are_those_of_the_preview_run(
    server: RunningServer, dialog: Dialog, profile: Profile, admin: Client, project: Imported
) -> None:
    shown = project(field("slider", "n", min=0, max=9, step=1, default=2), python("out", "f'twice {n * 2}'"))
    _, box = dialog(shown)
    app = box.locator("main[data-app]")
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    app.get_by_role("slider").press("ArrowRight")
    expect(app).to_contain_text("twice 6")
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(box).to_contain_text("Version 1 is published")
    visitor = signed_in(profile(), server, admin)
    visitor.goto(app_of(server, shown))
    expect(visitor.locator("main[data-app]")).to_contain_text("twice 4")


def test_pag20_an_error_is_named_with_the_way_to_its_cell_and_asked_about_once(
    dialog: Dialog, project: Imported
) -> None:
    shown = project(python("good", "'fine'"), python("bad", "missing_name", label="Sums"))
    page, box = dialog(shown)
    anyway = box.get_by_role("button", name="Publish with 1 error")
    expect(anyway).to_be_visible()
    run = box.get_by_role("complementary", name="Preview run")
    expect(run).to_contain_text("Sums")
    expect(run).to_contain_text("missing_name")
    run.get_by_role("button", name="Show cell").click()
    expect(box).to_have_count(0)
    expect(part(page, "bad")).to_be_focused()

    # Opened again it finds the same candidate, and asks once.
    box = press_publish(page)
    box.get_by_role("button", name="Publish with 1 error").click()
    expect(box).to_contain_text("Viewers will read that parts could not be computed")
    box.get_by_role("button", name="Back").click()
    box.get_by_role("button", name="Publish with 1 error").click()
    box.get_by_role("button", name="Publish anyway").click()
    expect(box).to_contain_text("Version 1 is published")


def test_pag21_later_changes_are_said_and_previewed_again(dialog: Dialog, project: Imported) -> None:
    shown = project(python("a", "'first words'"))
    page, box = dialog(shown)
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    box.get_by_role("button", name="Close").first.click()
    expect(box).to_have_count(0)
    rewrite(page, part(page, "a"), "'second words'")
    box = press_publish(page)
    expect(box.locator("main[data-app]")).to_contain_text("first words")
    expect(box).to_contain_text(re.compile(r"later changes? (is|are) not in this preview"))
    box.get_by_role("button", name="Preview again").click()
    expect(box.locator("main[data-app]")).to_contain_text("second words")
    expect(box).not_to_contain_text("not in this preview")
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()


def test_pag22_a_preview_that_runs_can_be_left_found_again_and_given_up(dialog: Dialog, project: Imported) -> None:
    shown = project(python("slow", SLOW))
    page, box = dialog(shown)
    expect(box.get_by_role("button", name="Running…")).to_be_visible()
    expect(box).to_contain_text("Running cell 1 of 1")
    box.get_by_role("button", name="Close").first.click()
    expect(box).to_have_count(0)
    box = press_publish(page)
    expect(box).to_contain_text("Running cell 1 of 1")
    box.get_by_role("button", name="Other ways to publish").click()
    force = page.get_by_role("menuitem", name="Force publish")
    expect(force).to_contain_text("Publishes now. The run goes on; errors will show up only after people can see")
    page.keyboard.press("Escape")
    box.get_by_role("button", name="Cancel run").click()
    expect(box).to_have_count(0)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()


def test_pag23_who_published_meanwhile_is_named_and_nothing_moves(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shown = project(python("a", "'words'"))
    publish(admin, shown)
    share(admin, shown, bo="CAN_EDIT")
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, shown))
    rewrite(page, part(page, "a"), "'other words'")
    box = press_publish(page)
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    started = bo.call("POST", f"/projects/{shown}/publish", {"force": True})
    assert started.status_code == 202, started.text
    expect(box).to_contain_text("Version 2 was published meanwhile by Bo Berg")
    until(lambda: admin.call("GET", f"/projects/{shown}").json()["publishedVersion"] == 2, "what Bo published stays")
    # The difference is the one to what Bo published, and a new preview stands on top of it.
    box.get_by_role("tab", name="Changes").click()
    expect(box).to_contain_text("Version 2 was published meanwhile by Bo Berg")
    expect(box).to_contain_text("Version 2 and this preview are the same")
    assert bo.call("POST", f"/projects/{shown}/revert", {"version": 1}).is_success
    box.get_by_role("button", name="Preview again").click()
    expect(box.locator("main[data-app]")).to_contain_text("words")
    expect(box.locator("main[data-app]")).not_to_contain_text("other words")
    expect(box).not_to_contain_text("Starting the preview")
    box.get_by_role("tab", name="Changes").click()
    expect(box.get_by_role("article", name="Python cell 1, changed")).to_contain_text("Version 2")
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(box).to_contain_text("Version 3 is published")


def test_pub14_a_preview_that_somebody_else_took_the_place_of_says_so(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shown = project(python("a", "'words'"))
    share(admin, shown, bo="CAN_EDIT")
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, shown))
    box = press_publish(page)
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    assert bo.call("POST", f"/projects/{shown}/publish", {}).status_code == 202
    expect(box).to_contain_text("Bo Berg began a newer preview, which took the place of this one")
    box.get_by_role("button", name="Preview again").click()
    expect(box.get_by_role("button", name="Publish", exact=True)).to_be_enabled()


def test_pub12_changes_show_text_and_outputs_side_by_side_as_the_run_goes_on(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    frame = "import pandas as pd\npd.DataFrame({'store': ['Oslo', 'Bergen', 'Visby'], 'sales': [1, 2, %d]})"
    shown = project(python("rows", frame % 3), python("words", "'same words'"), python("slow", "'not yet'"))
    publish(admin, shown)
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, shown))
    rewrite(page, part(page, "rows"), frame % 4)
    rewrite(page, part(page, "slow"), f"{SLOW}\n'late'")
    box = press_publish(page)
    box.get_by_role("tab", name="Changes").click()
    rows = box.get_by_role("article", name="Python cell 1, changed")
    expect(rows).to_contain_text(re.compile(r"Output\s*differs"))
    expect(rows).to_contain_text("1 row changed in sales")
    expect(rows.get_by_role("cell", name="2 rows with equal values").first).to_be_visible()
    expect(rows.get_by_role("cell", name="4", exact=True)).to_be_visible()
    expect(box.get_by_role("article")).to_have_count(2)  # what is the same is not listed
    expect(box.get_by_role("article", name="Python cell 3, changed")).to_contain_text("Not computed yet")
    # Closed and opened again, it is the same candidate.
    box.get_by_role("button", name="Close").first.click()
    box = press_publish(page)
    expect(box).to_contain_text("Running cell 3 of 3")
    box.get_by_role("tab", name="Run settings").click()
    expect(box).to_contain_text("A new one, with nothing of the logic view in it")


def test_pub13_names_that_only_the_logic_kernel_holds_are_said_with_the_way_out(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    shown = project(python("made", "secret_sauce = 7"), python("used", "secret_sauce * 6"))
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, shown))
    run(page, part(page, "used"))
    rewrite(page, part(page, "made"), "1")
    box = press_publish(page)
    expect(box.get_by_role("button", name="Publish with 1 error")).to_be_visible()
    expect(box).to_contain_text("The name secret_sauce exists only in the kernel of the logic view")
    box.get_by_role("button", name="Restart and run all").click()
    expect(box).to_have_count(0)
    expect_state(part(page, "used"), "error")
