"""Several people in one session of an app, each in a browser."""

from __future__ import annotations

import random
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, part, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

CELLS = (
    field("slider", "n", min=0, max=999, step=1, default=2),
    field("text", "word", default="plain"),
    field("checkbox", "on", default=False),
    field("dropdown", "pick", options=["red", 42, "42"], default="red"),
    python("out", "f'{n} {word} {on} {pick!r}'"),
    python("twice", "f'twice {n * 2}'"),
)


@pytest.fixture
def shared(admin: Client, project: Imported) -> str:
    """An app that everybody on the web may open; its id."""
    made = project(*CELLS)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    return made


def go_live(page: Page) -> str:
    """Make the session of this page live; its address, as the button copied it."""
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Go live & copy").click()
    expect(page.get_by_text("Link copied")).to_be_attached()
    page.keyboard.press("Escape")
    return str(page.evaluate("navigator.clipboard.readText()"))


def together(
    server: RunningServer, profile: Profile, admin: Client, other: Client | None, app: str
) -> tuple[Page, Page]:
    """The admin's page, gone live with n = 7, and that of somebody who came by the link; None = signed out."""
    anna = signed_in(profile(), server, admin)
    anna.goto(app_of(server, app))
    slide(anna, 7)
    expect(part(anna, "twice")).to_have_text("'twice 14'")
    link = go_live(anna)
    assert f"{app_of(server, app)}?session=" in link
    bo = signed_in(profile(), server, other) if other else profile()
    bo.goto(link)
    expect(part(bo, "twice")).to_have_text("'twice 14'")
    expect(bo.get_by_role("slider")).to_have_value("7")
    return anna, bo


def slide(page: Page, to: int) -> None:
    page.get_by_role("slider").fill(str(to))


def outputs(page: Page) -> tuple[str, str]:
    return part(page, "out").inner_text().strip(), part(page, "twice").inner_text().strip()


def settled(page: Page) -> bool:
    """Nothing runs, and what is shown is up to date."""
    states = page.locator("[data-cell]").evaluate_all("(all) => all.map((one) => one.dataset.cellState)")
    return page.locator("main[data-app]").get_attribute("data-app-state") == "idle" and set(states) == {"done"}


WATCHES = """
window.marks = [];
document.addEventListener("input", (event) => {
    if (event.target.type === "range") window.marks.push(["set", event.target.value, Date.now()]);
}, true);
let slider = null, twice = null;
new MutationObserver(() => {
    const value = document.querySelector("input[type=range]")?.getAttribute("aria-valuetext");
    const text = document.querySelector('[data-cell="twice"]')?.innerText.trim();
    if (value !== slider) window.marks.push(["slider", slider = value, Date.now()]);
    if (text !== twice) window.marks.push(["twice", twice = text, Date.now()]);
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
"""Notes when the slider was moved here, when it showed a value and when the output was so."""


def mark(page: Page, what: str, value: str) -> int:
    """When this was so first, in ms."""
    return int(page.evaluate("([w, v]) => window.marks.find(([a, b]) => a === w && b === v)[2]", [what, value]))


def test_pag53_a_slider_moved_by_one_moves_for_the_other_who_reads_who_did_it(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, shared: str
) -> None:
    anna, bo_page = together(server, profile, admin, bo, shared)
    for page in (anna, bo_page):
        here = page.get_by_role("list", name="Here now")
        expect(here.get_by_role("listitem")).to_have_count(2)
        expect(here).to_contain_text("Bo Berg")
        page.evaluate(WATCHES)

    controls, results = [], []
    for value in range(20, 30):
        mover, other = (anna, bo_page) if value % 2 else (bo_page, anna)
        slide(mover, value)
        for page in (anna, bo_page):
            expect(page.get_by_role("slider")).to_have_value(str(value))
            expect(part(page, "twice")).to_have_text(f"'twice {value * 2}'")
        at = mark(mover, "set", str(value))
        controls.append(mark(other, "slider", str(value)) - at)
        results.append(mark(other, "twice", repr(f"twice {value * 2}")) - at)
    print(f"at the other's: slider after {median(controls)} ms, output after {median(results)} ms (medians of 10)")
    expect(bo_page.get_by_text("set n to 29")).to_be_visible()
    expect(anna.get_by_text("Bo Berg set n to 28")).to_have_count(0)  # since then it was the admin herself
    slide(bo_page, 31)
    expect(anna.get_by_text("Bo Berg set n to 31")).to_be_visible()
    expect(bo_page.get_by_text("set n to 31")).to_have_count(0)

    bo_page.close()
    expect(anna.get_by_role("list", name="Here now").get_by_role("listitem")).to_have_count(1)


def change(page: Page, chance: random.Random) -> None:
    """Change one input to anything."""
    match chance.randrange(4):
        case 0:
            slide(page, chance.randrange(1000))
        case 1:
            page.locator('[data-input="word"]').get_by_role("textbox").fill(f"w{chance.randrange(1000)}")
        case 2:
            page.get_by_role("checkbox").click()
        case _:
            page.locator('[data-input="pick"]').get_by_role("combobox").select_option(index=chance.randrange(3))


def values(page: Page) -> list[str]:
    """What the controls show."""
    read = """() => [...document.querySelectorAll("[data-input] input, [data-input] select")]
        .map((one) => one.type === "checkbox" ? String(one.checked) : one.value)"""
    found: list[str] = page.evaluate(read)
    return found


def ran(client: Client, project: str, params: dict[str, object]) -> tuple[str, str]:
    """What a run of its own with these inputs shows."""
    started = client.call("POST", f"/projects/{project}/runs", {"inputParams": params})
    assert started.is_success, started.text
    place = f"/projects/{project}/runs/{started.json()['runId']}"
    until(lambda: client.call("GET", place).json()["status"] == "COMPLETED", "the run has ended", 60)
    cells = {one["id"]: one for one in client.call("GET", f"{place}?outputs=true").json()["cells"]}
    texts = {id: [output for output in cells[id]["outputs"] if "data" in output] for id in ("out", "twice")}
    out, twice = (texts[id][0]["data"]["text/plain"] for id in ("out", "twice"))
    return str(out), str(twice)


def test_pag54_whatever_both_change_and_whoever_is_away_both_see_the_same(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, shared: str
) -> None:
    anna, bo_page = together(server, profile, admin, bo, shared)
    chance = random.Random(20_261)
    state, before = bo_page.locator("main[data-app]"), outputs(bo_page)
    for number in range(50):
        if number == 15:
            bo_page.context.set_offline(True)
            expect(state).to_have_attribute("data-app-state", "offline")
            before = outputs(bo_page)
        if number == 35:
            # It was cut: what others did meanwhile has not come.
            expect(state).to_have_attribute("data-app-state", "offline")
            assert outputs(bo_page) == before
            bo_page.context.set_offline(False)
        change(chance.choice((anna, bo_page)), chance)

    def agree() -> bool:
        return (
            settled(anna)
            and settled(bo_page)
            and values(anna) == values(bo_page)
            and outputs(anna) == outputs(bo_page)
            and str(values(anna)[0]) in outputs(anna)[0]
        )

    until(agree, "both pages agree, and nothing runs", 60)
    n, word, on, pick = values(anna)
    params = {"n": int(n), "word": word, "on": on == "true", "pick": ("red", 42, "42")[int(pick)]}
    assert outputs(anna) == outputs(bo_page) == ran(admin, shared, params)


def test_pag55_who_leaves_goes_on_alone_with_the_same_inputs(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, shared: str
) -> None:
    anna, bo_page = together(server, profile, admin, bo, shared)
    bo_page.get_by_role("button", name="Leave", exact=True).click()
    bo_page.wait_for_url(app_of(server, shared))
    expect(bo_page.get_by_role("slider")).to_have_value("7")
    expect(part(bo_page, "twice")).to_have_text("'twice 14'")
    expect(anna.get_by_role("list", name="Here now").get_by_role("listitem")).to_have_count(1)
    slide(bo_page, 50)
    expect(part(bo_page, "twice")).to_have_text("'twice 100'")
    slide(anna, 8)
    expect(part(anna, "twice")).to_have_text("'twice 16'")
    expect(part(bo_page, "twice")).to_have_text("'twice 100'")


def test_pag55_ended_for_all_each_keeps_the_page_and_goes_on_alone(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, shared: str
) -> None:
    anna, bo_page = together(server, profile, admin, bo, shared)
    link, session = bo_page.url, bo_page.locator("main[data-app]").get_attribute("data-session")
    bo_page.get_by_role("button", name="Share", exact=True).click()
    expect(bo_page.get_by_role("button", name="End for all")).to_have_count(0)  # she neither began it nor edits
    bo_page.keyboard.press("Escape")
    anna.get_by_role("button", name="Share", exact=True).click()
    anna.get_by_role("button", name="End for all").click()
    anna.keyboard.press("Escape")
    for page in (anna, bo_page):
        expect(page.locator("main[data-app]")).to_have_attribute("data-app-state", "ended")
        expect(page.get_by_text("What you change now starts a new session with these inputs.")).to_be_visible()
        expect(part(page, "twice")).to_have_text("'twice 14'")
    late = profile()
    late.goto(link)
    expect(late.get_by_role("link", name="Open the app")).to_be_visible()

    page = bo_page
    page.locator('[data-input="word"]').get_by_role("textbox").fill("mine")
    expect(part(page, "out")).to_have_text("\"7 mine False 'red'\"")
    expect(page.locator("main[data-app]")).not_to_have_attribute("data-session", session or "")
    assert page.url == app_of(server, shared)
    slide(anna, 9)
    expect(part(anna, "out")).to_have_text("\"9 plain False 'red'\"")
    expect(part(page, "out")).to_have_text("\"7 mine False 'red'\"")


def test_pag56_a_signed_out_visitor_may_join_and_cannot_go_live(
    server: RunningServer, profile: Profile, admin: Client, shared: str
) -> None:
    anna, guest = together(server, profile, admin, None, shared)
    slide(guest, 12)
    expect(part(anna, "twice")).to_have_text("'twice 24'")
    alone = profile()
    alone.goto(app_of(server, shared))
    alone.get_by_role("button", name="Share", exact=True).click()
    expect(alone.get_by_text("Sign in to start one.")).to_be_visible()
    expect(alone.get_by_role("button", name="Go live & copy")).to_have_count(0)


def test_pag56_the_link_is_no_right_to_the_app(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, shared: str
) -> None:
    share(admin, shared, bo="APP_ONLY")
    anna, bo_page = together(server, profile, admin, bo, shared)
    stranger = profile()
    stranger.goto(bo_page.url)
    expect(stranger.get_by_text("twice 14")).to_have_count(0)
    expect(stranger.locator("main[data-app]")).to_have_count(0)
    expect(stranger.get_by_role("button", name="Sign in")).to_be_visible()

    # Who loses the right is out at once.
    share(admin, shared)
    expect(bo_page.locator("main[data-app]")).to_have_attribute("data-app-state", "ended")
    expect(anna.get_by_role("list", name="Here now").get_by_role("listitem")).to_have_count(1)
    slide(anna, 30)
    expect(part(anna, "twice")).to_have_text("'twice 60'")
    expect(part(bo_page, "twice")).not_to_have_text("'twice 60'")
    bo_page.reload()
    expect(bo_page.get_by_role("heading", name="This does not exist or is not shared with you")).to_be_visible()
