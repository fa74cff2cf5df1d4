"""The published app, as its visitors use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import (
    app_of,
    expect_state,
    field,
    import_project,
    logic_of,
    part,
    publish,
    python,
    share,
    signed_in,
)
from tests.support.server import Client, RunningServer

Published = Callable[..., str]


@pytest.fixture
def published(server: RunningServer, admin: Client, project: Imported) -> Published:
    """Publish a project with these cells for everybody on the web; the app's address."""

    def make(*cells: dict[str, Any], **rest: Any) -> str:
        made = project(*cells, **rest)
        publish(admin, made)
        share(admin, made, web="APP_ONLY")
        return app_of(server, made)

    return make


def app(page: Page) -> Locator:
    return page.locator("main[data-app]")


def expect_app(page: Page, state: str) -> None:
    expect(app(page)).to_have_attribute("data-app-state", state)


def kernels(server: RunningServer) -> set[int]:
    """The processes below the server, each kernel among them."""
    assert server.process is not None
    return {child.pid for child in psutil.Process(server.process.pid).children(recursive=True)}


SLIDER = field("slider", "n", min=0, max=99, step=1, default=2)
TWICE = python("out", "f'twice {n * 2}'")


def test_pag24_results_are_shown_without_a_kernel_until_something_is_touched(
    server: RunningServer, published: Published, profile: Profile
) -> None:
    address = published(SLIDER, TWICE)
    before = kernels(server)
    page = profile()
    page.goto(address)
    expect_app(page, "results")
    expect(app(page)).to_contain_text("twice 4")
    assert kernels(server) <= before
    page.get_by_role("slider").press("ArrowRight")
    expect(app(page)).to_contain_text("twice 6")
    expect_app(page, "idle")
    assert kernels(server) - before


EVERY = (
    field("text", "word", default="plain"),
    field("number", "count", default=1),
    field("slider", "n", min=0, max=9, step=1, default=2),
    field("checkbox", "on", default=False),
    field("dropdown", "pick", options=["red", 42, "42"], default="red"),
    field("button", "go", text="Go on"),
    python("out", "(word, count, n, on, pick, go)"),
)


def test_pag25_an_address_sets_inputs_and_is_tidied(published: Published, profile: Profile) -> None:
    page = profile()
    query = "?utm=a%2Fb&_word=%22two%20words%22&_count=2.5&_n=7&_on=true&_pick=42&_go=true&view=x"
    page.goto(published(*EVERY) + query)
    expect(part(page, "out")).to_contain_text("('two words', 2.5, 7, True, 42, True)")
    expect(page.get_by_role("slider")).to_have_value("7")
    expect(page.get_by_role("checkbox")).to_be_checked()
    assert page.evaluate("location.search") == "?utm=a%2Fb&view=x"

    # The press was one; the values stay.
    page.reload()
    expect(page.get_by_role("slider")).to_have_value("7")
    expect(part(page, "out")).to_contain_text("('two words', 2.5, 7, True, 42,")
    page.get_by_role("slider").press("ArrowRight")
    expect(part(page, "out")).to_contain_text("('two words', 2.5, 8, True, 42, False)")
    page.goto("about:blank")
    page.go_back()
    expect(page.get_by_role("slider")).to_have_value("8")
    expect(part(page, "out")).to_contain_text("('two words', 2.5, 8, True, 42, False)")


def test_pag26_a_parameter_that_cannot_be_used_is_named(published: Published, profile: Profile) -> None:
    page = profile()
    page.goto(published(*EVERY) + "?_n=10&_pick=%22blue%22&_word=%22good%22&_nobody=1")
    notice = page.get_by_text("The address has values that could not be used for")
    expect(notice).to_contain_text("n")
    expect(notice).to_contain_text("pick")
    expect(part(page, "out")).to_contain_text("('good', 1, 2, False, 'red', False)")
    assert page.evaluate("location.search") == "?_nobody=1"


def test_pag27_a_run_button_is_true_only_for_its_press(published: Published, profile: Profile) -> None:
    page = profile()
    page.goto(published(*EVERY))
    expect(part(page, "out")).to_contain_text("'red', False)")
    page.get_by_role("button", name="Go on").click()
    expect(part(page, "out")).to_contain_text("'red', True)")
    page.get_by_role("slider").press("ArrowRight")
    expect(part(page, "out")).to_contain_text("('plain', 1, 3, False, 'red', False)")


def test_pag28_a_manual_app_waits_for_run(published: Published, profile: Profile) -> None:
    page = profile()
    page.goto(published(SLIDER, TWICE, settings={"on_interaction": "manual"}))
    expect(app(page)).to_contain_text("twice 4")
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_role("slider")).to_have_value("3")
    expect(app(page)).to_contain_text("twice 4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(app(page)).to_contain_text("twice 6")


def test_pag29_an_app_that_runs_on_open_does(published: Published, profile: Profile) -> None:
    address = published(python("out", "import uuid\nuuid.uuid4().hex"), settings={"on_open": "run"})
    seen = set()
    for _ in range(2):
        page = profile()
        page.goto(address)
        expect_app(page, "idle")
        expect_state(part(page, "out"), "done")
        seen.add(part(page, "out").inner_text())
    assert len(seen) == 2


def test_pag30_a_newer_version_is_offered_and_keeps_the_inputs(
    server: RunningServer, admin: Client, project: Imported, profile: Profile
) -> None:
    made = project(SLIDER, TWICE)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(server, made))
    page.get_by_role("slider").press("ArrowRight")
    expect(app(page)).to_contain_text("twice 6")
    retitle(server, profile, admin, made)
    publish(admin, made)
    notice = page.get_by_role("button", name="Reload, keeping my inputs")
    expect(notice).to_be_visible()
    expect(app(page)).to_contain_text("twice 6")
    expect(app(page)).to_have_attribute("data-version", "1")
    notice.click()
    expect(app(page)).to_have_attribute("data-version", "2")
    expect(page.get_by_role("slider")).to_have_value("3")
    expect(app(page)).to_contain_text("twice 6")


def retitle(server: RunningServer, profile: Profile, admin: Client, project: str) -> None:
    """Make something to publish."""
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, project))
    title = page.get_by_role("textbox", name="Project title")
    title.fill("Another title")
    title.press("Enter")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    page.close()


def test_pag31_an_app_that_is_unpublished_ends_with_a_sentence(
    server: RunningServer, admin: Client, project: Imported, profile: Profile
) -> None:
    made = project(SLIDER, TWICE)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(server, made))
    page.get_by_role("slider").press("ArrowRight")
    expect(app(page)).to_contain_text("twice 6")
    assert admin.call("POST", f"/projects/{made}/unpublish").is_success
    expect_app(page, "ended")
    expect(app(page)).to_contain_text(re.compile("unpublished|no longer published|not published"))
    page.reload()
    expect(app(page)).to_have_count(0)
    assert page.get_by_role("main").inner_text().strip()


def test_pag32_a_lost_server_is_said_and_what_was_changed_meanwhile_is_sent(
    own_server: RunningServer, profile: Profile
) -> None:
    admin = own_server.client()
    made = import_project(admin, SLIDER, TWICE)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(own_server, made))
    page.get_by_role("slider").press("ArrowRight")
    expect(app(page)).to_contain_text("twice 6")
    own_server.kill()
    expect_app(page, "offline")
    expect(page.get_by_text("Reconnecting. Your inputs and results are kept")).to_be_visible()
    expect(app(page)).to_contain_text("twice 6")
    page.get_by_role("slider").press("ArrowRight")
    own_server.start()
    expect(app(page)).to_contain_text("twice 8")
    expect(page.get_by_text("Reconnecting")).to_have_count(0)


def test_pag33_a_table_of_published_results_pages_sorts_and_filters_without_a_kernel(
    server: RunningServer, published: Published, profile: Profile
) -> None:
    make = "import pandas as pd\ndf = pd.DataFrame({'i': range(5000), 'word': [f'w{i % 7}' for i in range(5000)]})"
    address = published(python("make", make), {"id": "rows", "type": "table", "label": "Rows", "dataframe": "df"})
    before = kernels(server)
    page = profile()
    page.goto(address)
    rows = part(page, "rows")
    expect(rows.locator("tbody tr").first).to_contain_text("0")
    rows.get_by_role("button", name="Next page").click()
    expect(rows.locator("tbody tr").first).to_contain_text("10")
    rows.get_by_role("columnheader", name="i", exact=True).get_by_role("button").click()
    expect(rows.locator("tbody tr").first).to_contain_text(re.compile("4.?999"))
    rows.get_by_role("searchbox").fill("w3")
    expect(rows).to_contain_text(re.compile("of 714"))
    assert kernels(server) <= before
    expect_app(page, "results")


def test_pag34_on_a_phone_the_inputs_are_chips_and_a_sheet(published: Published, profile: Profile) -> None:
    page = profile(width=390, height=844)
    page.goto(published(*EVERY))
    expect(part(page, "out")).to_contain_text("plain")
    page.get_by_role("button", name="Inputs", exact=True).click()
    sheet = page.get_by_role("dialog", name="Inputs")
    expect(sheet).to_be_visible()
    sheet.get_by_role("slider").press("ArrowRight")
    sheet.get_by_role("textbox").fill("tapped")
    sheet.get_by_role("button", name="Show results").click()
    expect(sheet).to_be_hidden()
    expect(part(page, "out")).to_contain_text("('tapped', 1, 3,")
    expect(page.get_by_role("button", name=re.compile("word.*tapped"))).to_be_visible()


def test_pag35_the_page_is_dark_where_the_system_is(published: Published, profile: Profile) -> None:
    address = published(SLIDER, TWICE)
    light, dark = profile(), profile(scheme="dark")
    grounds = []
    for page in (light, dark):
        page.goto(address)
        expect(app(page)).to_contain_text("twice 4")
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        grounds.append(sum(int(part) for part in re.findall(r"\d+", color)[:3]))
    assert grounds[0] > 600 and grounds[1] < 200, grounds


def test_pag70_a_table_is_downloaded_as_it_is_shown(
    server: RunningServer, admin: Client, project: Imported, profile: Profile
) -> None:
    made = project(
        field("slider", "n", min=1, max=9999, step=1, default=200),
        python(
            "make", "import pandas as pd\ndf = pd.DataFrame({'i': range(n), 'word': [f'w{i % 5}' for i in range(n)]})"
        ),
        {"id": "rows", "type": "table", "label": "All rows", "dataframe": "df"},
    )
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(server, made))
    button = page.get_by_role("button", name="Download All rows as CSV")

    def downloaded() -> list[str]:
        with page.expect_download() as coming:
            button.click()
        assert coming.value.suggested_filename == "All rows.csv"
        return coming.value.path().read_bytes().decode().split("\r\n")

    lines = downloaded()
    assert (lines[:2], len(lines)) == (['"i","word"', '0,"w0"'], 202)
    expect(page.locator("main[data-app]")).to_have_attribute("data-app-state", "results")  # no kernel was started

    table = part(page, "rows")
    table.get_by_role("searchbox").fill("w3")
    table.get_by_role("columnheader", name="i").get_by_role("button").click()
    expect(table.get_by_role("cell").first).to_have_text("198")
    lines = downloaded()
    assert (lines[1:3], len(lines)) == (['198,"w3"', '193,"w3"'], 42)

    # The rows that are shown are those of the new table, though order and filter are the same.
    page.get_by_role("slider").press("End")
    expect(table).to_contain_text(re.compile(r"of 2.000"))
    expect(table.get_by_role("cell").first).to_have_text(re.compile("9.?998"))
    lines = downloaded()
    assert (lines[1], len(lines)) == ('9998,"w3"', 2_002)

    # A failure is a sentence below the table.
    page.route("**/csv?*", lambda route: route.abort())
    button.click()
    expect(table.get_by_role("alert")).to_have_text("The server could not be reached.")
