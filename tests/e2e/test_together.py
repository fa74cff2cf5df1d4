"""Two people in one notebook at once, in two browsers."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import (
    cell,
    draft_of,
    expect_state,
    logic_of,
    part,
    python,
    rewrite,
    run,
    share,
    signed_in,
    text_of,
    until,
)
from tests.support.server import Client, RunningServer


def both(server: RunningServer, profile: Profile, admin: Client, bo: Client, project: str) -> tuple[Page, Page]:
    """The notebook in the admin's browser and in Bo's."""
    share(admin, project, bo="CAN_EDIT")
    pages = (signed_in(profile(), server, admin), signed_in(profile(), server, bo))
    for page in pages:
        page.goto(logic_of(server, project))
        expect(cell(page, 1).locator(".cm-content")).to_be_visible()
    return pages


def at(page: Page, key: str) -> Locator:
    """The first cell, its caret brought somewhere by this key."""
    first = cell(page, 1)
    first.locator(".cm-content").click()
    page.keyboard.press(key)
    return first


def test_pag1_two_who_type_in_one_cell_at_once_keep_what_both_typed(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shared = project(python("a", "# begin\n\n# end"))
    anna, bo_page = both(server, profile, admin, bo, shared)
    hers, his = at(anna, "Control+Home"), at(bo_page, "Control+End")
    for letter in "abcdefgh":
        anna.keyboard.type(letter)
        bo_page.keyboard.type(letter.upper())

    whole = "abcdefgh# begin\n\n# endABCDEFGH"
    until(lambda: text_of(hers) == whole and text_of(his) == whole, "both browsers show what both typed")
    until(lambda: "abcdefgh# begin" in draft_of(admin, shared), "the server has it too")
    until(lambda: "# endABCDEFGH" in draft_of(admin, shared), "the server has it too")

    # In the very same place: nothing is lost, and both agree.
    at(bo_page, "Control+Home")
    at(anna, "Control+Home")
    for number in range(8):
        anna.keyboard.type(str(number))
        bo_page.keyboard.type("xyzuvwpq"[number])
    until(lambda: len(text_of(hers)) == len(whole) + 16 and text_of(hers) == text_of(his), "both agree")
    line = text_of(hers).splitlines()[0]
    assert [letter for letter in line if letter.isdigit()] == list("01234567")
    assert [letter for letter in line if letter in "xyzuvwpq"] == list("xyzuvwpq")


def test_pag2_undo_takes_back_what_one_typed_oneself(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shared = project(python("a", "x = 1"))
    anna, bo_page = both(server, profile, admin, bo, shared)
    hers, his = at(anna, "Control+Home"), at(bo_page, "Control+End")
    anna.keyboard.type("# hers ")
    until(lambda: text_of(his) == "# hers x = 1", "he sees what she typed")
    bo_page.keyboard.type(" # his")
    until(lambda: text_of(hers) == "# hers x = 1 # his", "she sees what he typed")

    def undone() -> bool:
        anna.keyboard.press("Control+z")
        return "#" not in text_of(hers).split("x = 1")[0]

    until(undone, "what she typed is gone")
    until(lambda: text_of(hers) == text_of(his) == "x = 1 # his", "what he typed is there for both")


def test_pag3_what_is_typed_offline_is_kept_said_and_sent_later(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shared = project(python("a", "middle"))
    anna, bo_page = both(server, profile, admin, bo, shared)
    hers, his = at(anna, "Control+Home"), at(bo_page, "Control+End")
    anna.context.set_offline(True)
    anna.keyboard.type("hers ")
    expect(anna.get_by_text("The connection is lost. You can go on typing")).to_be_visible()
    bo_page.keyboard.type(" his")
    anna.keyboard.type("offline ")
    expect(hers).to_contain_text("hers offline middle")
    until(lambda: "middle his" in draft_of(admin, shared), "his edit is on the server")
    assert "hers" not in draft_of(admin, shared)

    anna.context.set_offline(False)
    until(lambda: text_of(hers) == text_of(his) == "hers offline middle his", "both have both")
    expect(anna.get_by_text("The connection is lost")).to_have_count(0)
    until(lambda: "hers offline middle his" in draft_of(admin, shared), "the server has both")


def test_pag4_editors_see_who_is_here_and_where(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shared = project(python("a", "x = 1"), python("b", "y = 2"))
    anna, bo_page = both(server, profile, admin, bo, shared)
    for page in (anna, bo_page):
        here = page.get_by_role("list", name="Here now")
        expect(here).to_contain_text("Bo Berg")
        expect(here).to_contain_text("Admin")
    cell(anna, 2).locator(".cm-content").click()
    expect(cell(bo_page, 2).locator(".cm-otherName")).to_have_text("Admin")
    at(bo_page, "Control+End")
    expect(cell(anna, 1).locator(".cm-otherName")).to_have_text("Bo Berg")
    bo_page.close()
    expect(anna.get_by_role("list", name="Here now")).to_have_count(0)
    expect(anna.locator(".cm-otherName")).to_have_count(0)


def test_pag5_what_one_runs_the_other_sees(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    shared = project(python("a", "x = 6 * 7\nx"), python("b", "print('so', x)"))
    anna, bo_page = both(server, profile, admin, bo, shared)
    run(anna, part(anna, "b"))
    expect(part(bo_page, "a")).to_contain_text("42")
    expect(part(bo_page, "b")).to_contain_text("so 42")
    rewrite(bo_page, part(bo_page, "a"), "x = 1")
    expect_state(part(anna, "a"), "stale")
    expect_state(part(anna, "b"), "stale")
