"""The logic view, in one browser: every kind of cell, running, failing, keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import (
    add_cell,
    add_input,
    cell,
    choose,
    draft_of,
    expect_state,
    field,
    fill,
    logic_of,
    part,
    python,
    rewrite,
    run,
    signed_in,
    text_of,
    until,
)
from tests.support.server import Client, RunningServer

Opened = Callable[..., Page]


@pytest.fixture
def opened(server: RunningServer, profile: Profile, admin: Client, project: Imported) -> Opened:
    """Open the notebook of a new project with these cells."""

    def open_notebook(*cells: dict[str, object]) -> Page:
        page = signed_in(profile(), server, admin)
        page.goto(logic_of(server, project(*cells)))
        expect(page.get_by_role("button", name="Add Python cell").last).to_be_visible()
        return page

    return open_notebook


def project_of(page: Page) -> str:
    found = re.search(r"/project/([0-9a-f-]{36})/logic", page.url)
    assert found is not None
    return found.group(1)


def test_pag6_every_kind_of_input_is_added_and_set_up_by_hand(opened: Opened, admin: Client) -> None:
    page = opened()
    add_input(page, "Text", "name")
    number = add_input(page, "Number", "count")
    fill(number, "Default", "3")
    slider = add_input(page, "Slider", "n")
    fill(slider, "Most", "20")
    fill(slider, "Default", "4")
    add_input(page, "Checkbox", "on")
    choice = add_input(page, "Dropdown", "pick")
    choice.get_by_role("button", name="Edit as lines").click()
    fill(choice, "Options, one a line", 'red\n42\n"42"')
    add_input(page, "Run button", "go")
    shows = add_cell(page, "Python", "name, count, n, on, pick, go")
    run(page, shows)
    expect(shows).to_contain_text("('', 3, 4, False, 'red', False)")

    # Each of them reruns what reads it.
    page.locator('[data-input="name"]').get_by_role("textbox").fill("Ada")
    expect(shows).to_contain_text("('Ada', 3, 4, False, 'red', False)")
    page.locator('[data-input="count"]').get_by_role("spinbutton").fill("7")
    expect(shows).to_contain_text("('Ada', 7, 4, False, 'red', False)")
    page.locator('[data-input="n"]').get_by_role("slider").press("End")
    expect(shows).to_contain_text("('Ada', 7, 20, False, 'red', False)")
    page.locator('[data-input="on"]').get_by_role("checkbox").check()
    expect(shows).to_contain_text("('Ada', 7, 20, True, 'red', False)")
    page.locator('[data-input="pick"]').get_by_role("combobox").select_option(index=1)
    expect(shows).to_contain_text("('Ada', 7, 20, True, 42, False)")
    page.locator('[data-input="pick"]').get_by_role("combobox").select_option(index=2)
    expect(shows).to_contain_text("('Ada', 7, 20, True, '42', False)")
    page.locator('[data-input="go"]').get_by_role("button").click()
    expect(shows).to_contain_text("('Ada', 7, 20, True, '42', True)")
    file = draft_of(admin, project_of(page))
    assert all(f"kind: {kind}" in file for kind in ("text", "number", "slider", "checkbox", "dropdown", "button"))


def test_pag7_data_cells_are_built_by_form_and_follow_the_inputs(opened: Opened) -> None:
    page = opened(
        field("slider", "n", min=0, max=10, step=1, default=3),
        field("text", "name", default="Ada"),
        python("data", "import pandas as pd\ndf = pd.DataFrame({'letter': list('abcabc'), 'size': range(6)})"),
    )
    query = add_cell(page, "SQL", "select letter, size from df where size < {{ n }} order by size")
    query.get_by_role("button", name="Settings").click()
    fill(query, "Result", "small")
    chart = add_cell(page, "Chart")
    fill(chart, "Data frame", "small")
    if chart.get_by_label("Across (x)", exact=True).count() == 0:
        chart.get_by_role("button", name="Settings").click()
    fill(chart, "Across (x)", "letter")
    fill(chart, "Up (y)", "size")
    choose(page, chart, "Taken together as", "Sum")
    table = add_cell(page, "Table")
    fill(table, "Data frame", "small")
    value = add_cell(page, "Value")
    fill(value, "Value", "len(small)")
    words = add_cell(page, "Markdown", "Hello **{{ name }}**, {{ n }} rows")
    page.keyboard.press("Shift+Enter")
    page.get_by_role("button", name="Restart & run all").click()

    expect(query.get_by_role("table")).to_be_visible()
    expect(chart.locator("figure svg, figure canvas").first).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(value.locator("dd").first).to_have_text("3")
    expect(words.locator("strong")).to_have_text("Ada")

    page.get_by_role("slider").press("ArrowRight")
    expect(table.locator("tbody tr")).to_have_count(4)
    expect(value.locator("dd").first).to_have_text("4")
    expect(words).to_contain_text("4 rows")
    page.locator('[data-input="name"]').get_by_role("textbox").fill("Grace")
    expect(words.locator("strong")).to_have_text("Grace")


def test_pag8_an_edit_marks_what_depends_on_it_stale_until_it_ran(opened: Opened) -> None:
    page = opened(python("a", "x = 1"), python("b", "x + 1"), python("c", "'alone'"))
    page.get_by_role("button", name="Restart & run all").click()
    expect_state(part(page, "c"), "done")
    rewrite(page, part(page, "a"), "x = 10")
    expect_state(part(page, "a"), "stale")
    expect_state(part(page, "b"), "stale")
    expect(part(page, "b").get_by_text("stale", exact=True)).to_be_visible()
    expect_state(part(page, "c"), "done")
    run(page, part(page, "a"))
    expect_state(part(page, "b"), "done")
    expect(part(page, "b")).to_contain_text("11")


def test_pag9_a_failed_cell_says_what_and_where_and_those_below_what_they_wait_for(opened: Opened) -> None:
    page = opened(
        python("load", "def read():\n    raise KeyError('mass')\nx = read()", label="Load"),
        python("after", "x + 1"),
        python("alone", "'still here'"),
    )
    page.get_by_role("button", name="Restart & run all").click()
    load, after = part(page, "load"), part(page, "after")
    expect_state(load, "error")
    alert = load.get_by_role("alert")
    expect(alert).to_contain_text("KeyError")
    expect(alert).to_contain_text("'mass'")
    expect(alert.get_by_role("button", name=re.compile("Go to line"))).to_be_visible()
    alert.get_by_role("button", name="Traceback", exact=True).click()
    expect(alert).to_contain_text("in read")
    alert.get_by_role("button", name="Copy traceback").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "KeyError" in copied and "\x1b" not in copied
    assert "vernissage_kernel" not in copied and "site-packages" not in copied
    expect_state(after, "skipped")
    expect(after).to_contain_text("waits for cell 1, Load")
    expect_state(part(page, "alone"), "done")
    after.get_by_role("link", name="Load").click()
    expect(load).to_be_focused()


def test_pag10_a_run_without_an_end_is_interrupted_and_a_kernel_stopped(opened: Opened) -> None:
    page = opened(python("loop", "n = 0\nwhile True:\n    n += 1"), python("next", "'went on'"))
    run(page, part(page, "loop"), "running")
    page.get_by_role("button", name=re.compile("^Interrupt")).click()
    expect_state(part(page, "loop"), "error")
    expect(part(page, "loop").get_by_role("alert")).to_contain_text(re.compile("interrupt", re.IGNORECASE))
    run(page, part(page, "next"))
    kernel = page.get_by_role("region", name="Kernel")
    expect(kernel).to_contain_text("idle")
    page.get_by_role("button", name="Other ways to run").click()
    page.get_by_role("menuitem", name="Stop kernel").click()
    expect(kernel).to_contain_text("not started")
    expect(part(page, "next")).to_contain_text("went on")
    run(page, part(page, "next"))
    expect(kernel).to_contain_text("idle")


def test_pag11_a_kernel_that_died_says_so_and_the_next_run_has_a_new_one(opened: Opened) -> None:
    page = opened(python("dies", "import os\nos._exit(3)"), python("works", "'back again'"))
    run(page, part(page, "dies"), "error")
    alert = page.get_by_role("main").get_by_role("alert").first
    expect(alert).to_contain_text(re.compile("kernel|Python", re.IGNORECASE))
    assert "Traceback" not in alert.inner_text()
    run(page, part(page, "works"))
    expect(part(page, "works")).to_contain_text("back again")
    expect(page.get_by_role("region", name="Kernel")).to_contain_text("idle")


def test_pag12_a_result_that_is_too_large_to_show_is_a_sentence(opened: Opened) -> None:
    page = opened(python("huge", "'x' * (2 << 30)"), python("works", "1 + 1"))
    run(page, part(page, "huge"), "done")
    shown = part(page, "huge").inner_text()
    assert len(shown) < 200_000
    assert "cut: the whole has 2 147 483 648 characters" in shown.replace("\u202f", " ").replace("\u00a0", " ")
    run(page, part(page, "works"))
    expect(part(page, "works")).to_contain_text("2")


def test_pag13_a_deleted_cell_comes_back_where_it_was(opened: Opened) -> None:
    page = opened(python("a", "'first'"), python("b", "'second'"), python("c", "'third'"))
    part(page, "b").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.locator("[data-cell]")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(cell(page, 2)).to_have_attribute("data-cell", "b")
    assert text_of(cell(page, 2)) == "'second'"

    part(page, "c").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Move up").click()
    expect(cell(page, 2)).to_have_attribute("data-cell", "c")
    part(page, "c").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.locator("[data-cell]")).to_have_count(4)
    assert text_of(cell(page, 3)) == "'third'"


def test_pag14_the_keys_are_those_of_jupyter(opened: Opened) -> None:
    page = opened(python("a", "'one'"), python("b", "'two'"))
    first, second = part(page, "a"), part(page, "b")
    first.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect_state(first, "done")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(second.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect_state(second, "done")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(second.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    page.keyboard.press("a")
    expect(cell(page, 1).locator(".cm-content")).to_be_focused()
    page.keyboard.insert_text("# zero ")
    page.keyboard.press("Escape")
    expect(cell(page, 1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("b")
    expect(cell(page, 3).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell(page, 3)).to_be_focused()
    expect(page.locator("[data-cell]")).to_have_count(4)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator("[data-cell]")).to_have_count(3)
    page.keyboard.press("z")
    expect(page.locator("[data-cell]")).to_have_count(4)
    assert text_of(cell(page, 1)) == "# zero "


def test_pag15_what_one_types_is_completed_from_the_living_kernel(opened: Opened) -> None:
    page = opened(python("a", "import pandas as pd\nwonderful_frame = pd.DataFrame({'x': [1]})"), python("b", ""))
    run(page, part(page, "a"))
    part(page, "b").locator(".cm-content").click()
    page.keyboard.type("wonder")
    listed = page.locator(".cm-tooltip-autocomplete")
    listed.get_by_role("option", name="wonderful_frame").click()
    until(lambda: text_of(part(page, "b")) == "wonderful_frame", "the name is written out")
    page.keyboard.type(".colum")
    expect(listed).to_contain_text("columns")


def test_pag16_the_variables_of_the_kernel_are_listed(opened: Opened) -> None:
    page = opened(python("a", "import pandas as pd\ndf = pd.DataFrame({'x': range(5), 'y': 1})\nword = 'hello'"))
    run(page, part(page, "a"))
    variables = page.get_by_role("region", name="Variables")
    expect(variables.get_by_role("row", name=re.compile("df"))).to_contain_text("5 × 2")
    expect(variables.get_by_role("row", name=re.compile("word"))).to_contain_text("'hello'")


def test_pag17_a_run_button_is_true_only_in_the_run_of_its_press(opened: Opened) -> None:
    page = opened(
        field("button", "go", text="Go on"),
        field("slider", "n", min=0, max=9, step=1, default=1),
        python("out", "('pressed' if go else 'not pressed', n)"),
    )
    out = part(page, "out")
    run(page, out)
    expect(out).to_contain_text("('not pressed', 1)")
    page.get_by_role("button", name="Go on").click()
    expect(out).to_contain_text("('pressed', 1)")
    # Afterwards nothing is stale, and the output stays.
    expect_state(out, "done")
    expect(out).to_contain_text("('pressed', 1)")
    page.get_by_role("slider").press("ArrowRight")
    expect(out).to_contain_text("('not pressed', 2)")
