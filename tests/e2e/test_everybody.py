"""Every page for everybody: names for what can be pressed, a focus that is seen, room for fingers, no policy broken."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, logic_of, part, publish, python, rewrite, share, signed_in
from tests.support.server import Client, RunningServer

MAKE = "import pandas as pd\ndf = pd.DataFrame({'letter': list('abc' * 8), 'size': range(24)})"
EVERY: tuple[dict[str, Any], ...] = (
    field("text", "word", default="plain"),
    field("number", "count", default=1),
    field("slider", "n", min=0, max=9, step=1, default=2),
    field("checkbox", "on", default=False),
    field("dropdown", "pick", options=["red", "blue"], default="red"),
    field("button", "go", text="Go on"),
    python("make", MAKE),
    {"id": "title", "type": "markdown", "source": "## {{ word }} rows"},
    {"id": "chart", "type": "chart", "dataframe": "df", "spec": {"mark": "bar", "x": "letter", "y": "size"}},
    {"id": "rows", "type": "table", "label": "Rows", "dataframe": "df"},
    {"id": "total", "type": "value", "label": "Total", "value": "len(df) * n"},
    python("html", "from IPython.display import HTML\nHTML('<p>framed</p>')"),
)

NAMELESS = """() => {
  const named = (element) => {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean);
    const texts = [
      element.getAttribute("aria-label"), element.getAttribute("title"),
      ...by.map((id) => document.getElementById(id)?.textContent),
      ...[...(element.labels ?? [])].map((label) => label.textContent),
      element.matches("input, select, textarea, [role=textbox]") ? "" : element.textContent,
    ];
    return texts.some((text) => text?.trim());
  };
  const wanted = "button, a[href], input:not([type=hidden]), select, textarea, iframe, [role=textbox], [tabindex='0']";
  return [...document.querySelectorAll(wanted)]
    .filter((element) => element.checkVisibility() && !element.closest("[aria-hidden=true]") && !named(element))
    .map((element) => element.outerHTML.slice(0, 200));
}"""

WIDER = """() => {
  const page = document.documentElement;
  return page.scrollWidth > page.clientWidth + 1 ? page.scrollWidth : 0;
}"""

LISTEN = """addEventListener("securitypolicyviolation", (event) => {
  (window.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});"""


def walk(page: Page, server: RunningServer, project: str) -> None:
    """Visit home, settings, app, logic view and publish dialog, and check each."""
    narrow = page.viewport_size is not None and page.viewport_size["width"] < 700

    def check(name: str) -> None:
        nameless = page.evaluate(NAMELESS)
        assert not nameless, f"{name}: without an accessible name: {nameless}"
        wider = page.evaluate(WIDER)
        assert not wider, f"{name}: the page is {wider} px wide"
        violations = page.evaluate("window.violations ?? []")
        assert not violations, f"{name}: {violations}"

    page.add_init_script(LISTEN)
    page.goto(f"{server.url}/")
    expect(page.get_by_role("list", name="Projects")).to_be_visible()
    check("home")
    for tab in ("people", "groups", "projects", "secrets", "audit", "tokens", "account"):
        page.goto(f"{server.url}/settings/{tab}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check(tab)
    page.goto(app_of(server, project))
    expect(part(page, "total")).to_contain_text("48")
    expect(part(page, "chart").locator("svg, canvas").first).to_be_visible()
    expect(part(page, "html").locator("iframe").content_frame.get_by_text("framed")).to_be_visible()
    check("app")
    page.goto(logic_of(server, project))
    if narrow:
        page.get_by_role("button", name="Run all", exact=True).click()
    else:
        page.get_by_role("button", name="Restart & run all").click()
    expect(part(page, "html")).to_have_attribute("data-cell-state", "done")
    part(page, "make").scroll_into_view_if_needed()
    rewrite(page, part(page, "make"), f"{MAKE}  # again")
    check("logic")
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    check("publish")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pag39_pages_name_what_can_be_used_fit_their_width_and_keep_their_policy(
    server: RunningServer, profile: Profile, admin: Client, project: Imported, width: int, scheme: str
) -> None:
    made = project(*EVERY)
    publish(admin, made)
    page = signed_in(profile(width=width, scheme=scheme), server, admin)
    walk(page, server, made)


def test_pag40_the_inputs_of_an_app_are_reached_by_tab_with_a_focus_that_is_seen(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(*EVERY)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(server, made))
    expect(part(page, "total")).to_contain_text("48")
    reached: list[str] = []
    look = """() => {
      const element = document.activeElement;
      // A field inside a frame of its own, such as a filter, may have the ring around the frame.
      const ringed = [element, element.parentElement].map((one) => getComputedStyle(one));
      const seen = ringed.some((one) =>
        (one.outlineStyle !== "none" && one.outlineWidth !== "0px") || one.boxShadow !== "none");
      return [element.closest("[data-input]")?.dataset.input ?? "", seen, element.outerHTML.slice(0, 120)];
    }"""
    for _ in range(30):
        page.keyboard.press("Tab")
        name, seen, html = page.evaluate(look)
        if "iframe" in html or html.startswith("<body"):
            break
        assert seen, f"the focus is not seen on {html}"
        if name:
            reached.append(name)
    assert reached == ["word", "count", "n", "on", "pick", "go"]


def test_pag41_fingers_have_room_for_the_inputs_of_an_app(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(*EVERY)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile(width=390, height=844)
    page.goto(app_of(server, made))
    opener = page.get_by_role("button", name="Inputs", exact=True)
    box = opener.bounding_box()
    assert box is not None and box["height"] >= 44
    opener.click()
    sheet = page.get_by_role("dialog", name="Inputs")
    small = []
    for control in sheet.locator("[data-input]").locator("input, select, textarea, button").all():
        # A box of a checkbox is pressed by its label too.
        target = control.locator("xpath=ancestor::label").or_(control).first
        box = target.bounding_box()
        if box is None or box["height"] < 44 or box["width"] < 44:
            small.append((control.evaluate("(element) => element.outerHTML.slice(0, 100)"), box))
    assert not small
