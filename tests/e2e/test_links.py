"""Addresses that carry inputs, as a browser opens them: what the control shows, and what Python got."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, import_project, part, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

ZONE = "America/Chicago"

INPUTS = (
    field("checkbox", "on", default=False),
    field("button", "go", text="Go on"),
    field("dropdown", "pick", options=["b", 42, "42"], default="b"),
    field("multiselect", "picks", options=["b", "c", 99], default=["c"]),
    field("number", "count", min=0, max=1000, default=1),
    field("slider", "n", min=0, max=9, step=1, default=2),
    field("number", "maybe", optional=True, default=5),
    field("text", "word", default="plain"),
    field("text", "essay", multiline=True, default="short"),
    field("date", "day", default="2020-02-29"),
    field("date", "at", time=True, timezone=ZONE, default="2020-02-29 08:00:00"),
    field("date", "utc", time=True, default="2020-02-29 08:00:00"),
    field("date", "since", relative=True, timezone=ZONE, default="2020-02-29"),
    field("date", "later", relative=True, default="2020-02-29"),
    field("date", "ago", relative=True, time=True, timezone=ZONE, default="2020-02-29 08:00:00"),
    field("date", "span", range=True, default=["2020-02-01", "2020-02-29"]),
)

SHOWS = {
    "at": "f'{at.isoformat()} {at.tzinfo}'",
    "utc": "f'{utc.isoformat()} {utc.tzinfo}'",
    "day": "str(day)",
    "maybe": "repr(maybe)",
    "ago": "f'{ago.isoformat()} {ago.tzinfo}'",
    "since": "str(since)",
    "later": "str(later)",
    "span": "f'{span_start} {span_end}'",
}
"""How the cell of an input shows it; the others are their own last expression."""

NAMES = tuple(one["name"] for one in INPUTS)
CELLS = (*INPUTS, *(python(f"out_{name}", SHOWS.get(name, name)) for name in NAMES))

READS = """(name) => {
    const at = document.querySelector(`[data-input="${name}"]`);
    if (!at) return null;
    const select = at.querySelector("select:not([aria-label])");
    if (select) return select.selectedOptions[0]?.textContent ?? "";
    const boxes = [...at.querySelectorAll("input[type=checkbox]")];
    if (at.dataset.kind === "multiselect")
        return boxes.filter((box) => box.checked).map((box) => box.closest("label").textContent).join(",");
    if (boxes.length) return String(boxes[0].checked);
    return [...at.querySelectorAll("input, textarea")].map((one) => one.value).join(",");
}"""
"""What a control shows, as text."""

WATCHES = (
    "const reads = "
    + READS
    + """;
window.seen = {};
const look = () => {
    for (const out of document.querySelectorAll('[data-cell^="out_"]')) {
        const name = out.dataset.cell.slice(4);
        const visible = getComputedStyle(out).visibility === "visible";
        const frame = [reads(name), visible ? out.innerText.trim() : "", out.dataset.cellState];
        const frames = (window.seen[name] ??= []);
        if (JSON.stringify(frames.at(-1)) !== JSON.stringify(frame)) frames.push(frame);
    }
};
new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributes: true, characterData: true,
});
const each = () => { look(); requestAnimationFrame(each); };
requestAnimationFrame(each);
"""
)
"""Keeps, from before the first paint on, what stood beside each control: [control, output, state of the output]."""

DEFAULTS = {
    "on": ("false", "False"),
    "go": ("", "False"),
    "pick": ("b", "'b'"),
    "picks": ("c", "['c']"),
    "count": ("1", "1"),
    "n": ("2", "2"),
    "maybe": ("5", "'5'"),
    "word": ("plain", "'plain'"),
    "essay": ("short", "'short'"),
    "day": ("2020-02-29", "'2020-02-29'"),
    "at": ("2020-02-29T08:00", f"'2020-02-29T08:00:00-06:00 {ZONE}'"),
    "utc": ("2020-02-29T08:00", "'2020-02-29T08:00:00+00:00 UTC'"),
    "since": ("2020-02-29", "'2020-02-29'"),
    "later": ("2020-02-29", "'2020-02-29'"),
    "ago": ("2020-02-29T08:00", f"'2020-02-29T08:00:00-06:00 {ZONE}'"),
    "span": ("2020-02-01,2020-02-29", "'2020-02-01 2020-02-29'"),
}
"""What the control shows and what Python says while nothing was set."""


@dataclass(frozen=True)
class App:
    address: str
    client: Client
    project: str


@pytest.fixture(scope="module")
def app(server: RunningServer, admin: Client) -> Iterator[App]:
    """One app with an input of every kind that a link carries, for everybody on the web."""
    made = import_project(admin, *CELLS)
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    yield App(app_of(server, made), admin, made)
    admin.call("DELETE", f"/projects/{made}")


def shown(page: Page, name: str) -> str | None:
    """What the control of an input shows."""
    found: str | None = page.evaluate(READS, name)
    return found


def output(page: Page, name: str) -> str:
    return part(page, f"out_{name}").inner_text().strip()


def expect_idle(page: Page) -> None:
    expect(page.locator("main[data-app]")).to_have_attribute("data-app-state", "idle")


def expect_value(page: Page, name: str, control: str, printed: str) -> None:
    """Control and Python come to say this."""
    expect(part(page, f"out_{name}")).to_have_text(printed)
    until(lambda: shown(page, name) == control, f"the control of {name} shows {control}, not {shown(page, name)}")


def seen(page: Page, name: str) -> list[list[str]]:
    """What stood on the page, frame by frame, where it changed: [control, output, state of the output]."""
    frames: list[list[str]] = page.evaluate("(name) => window.seen[name]", name)
    return frames


VALID = (
    ("_on=true", "on", "true", "True"),
    ("_on=false", "on", "false", "False"),
    ("_go=false", "go", "", "False"),
    ("_pick=42", "pick", "42", "42"),
    ("_pick=%3D42", "pick", "42", "42"),
    ('_pick="42"', "pick", "42", "'42'"),
    ("_pick=%22b%22&_pick=42.0", "pick", "42", "42"),
    ('_picks=["b",99]', "picks", "b,99", "['b', 99]"),
    ('_picks==[99,"b"]', "picks", "b,99", "['b', 99]"),
    ("_picks=[]", "picks", "", "[]"),
    ("_count=123.456", "count", "123.456", "123.456"),
    ("_maybe=null", "maybe", "", "'None'"),
    ("_maybe=7&_maybe=null&_maybe=8", "maybe", "8", "'8'"),
    ("_n=4", "n", "4", "4"),
    ("_n=40&_n=4", "n", "4", "4"),
    ('_essay="one\\n\\"two\\", 100%25"', "essay", 'one\n"two", 100%', "'one\\n\"two\", 100%'"),
    (
        '_word="It+is+a+truth%2C %26 1%2B1 \\"so\\" é"',
        "word",
        'It is a truth, & 1+1 "so" é',
        "'It is a truth, & 1+1 \"so\" é'",
    ),
    ('_day="2021-07-13"', "day", "2021-07-13", "'2021-07-13'"),
    (f'_at="2021-07-13 13:45:22 {ZONE}"', "at", "2021-07-13T13:45:22", f"'2021-07-13T13:45:22-05:00 {ZONE}'"),
    ('_at="2021-07-13 20:45:22 Europe/Berlin"', "at", "2021-07-13T13:45:22", f"'2021-07-13T13:45:22-05:00 {ZONE}'"),
    (f'_at="2021-11-07 01:30:00 {ZONE}"', "at", "2021-11-07T01:30", f"'2021-11-07T01:30:00-05:00 {ZONE}'"),
    # The second half of that hour has no name of its own: the control says it as UTC.
    ('_at="2021-11-07 07:30:00 UTC"', "at", "2021-11-07T07:30", f"'2021-11-07T01:30:00-06:00 {ZONE}'"),
    ('_utc="2021-07-13 13:45:22"', "utc", "2021-07-13T13:45:22", "'2021-07-13T13:45:22+00:00 UTC'"),
    (f'_utc="2021-07-13 13:45:22 {ZONE}"', "utc", "2021-07-13T18:45:22", "'2021-07-13T18:45:22+00:00 UTC'"),
    ('_span_start="2020-01-01"&_span_end="2020-12-31"', "span", "2020-01-01,2020-12-31", "'2020-01-01 2020-12-31'"),
    ('_span_start="2020-01-01"', "span", "2020-01-01,2020-02-29", "'2020-01-01 2020-02-29'"),
    ('_span_end="2020-12-31"', "span", "2020-02-01,2020-12-31", "'2020-02-01 2020-12-31'"),
)
"""An address, the input that it sets, what its control shows and what Python says."""


@pytest.mark.parametrize(("query", "name", "control", "printed"), VALID, ids=[row[0] for row in VALID])
def test_pag50_an_address_sets_an_input(
    app: App, profile: Profile, query: str, name: str, control: str, printed: str
) -> None:
    page = profile()
    page.add_init_script(WATCHES)
    page.add_init_script("window.entries = history.length")
    page.goto(f"{app.address}?utm=a%2Fb+c&{query}&_nobody=%7B&view")
    expect_value(page, name, control, printed)
    for other in NAMES:
        if other != name:
            expect_value(page, other, *DEFAULTS[other])
    assert page.evaluate("location.search") == "?utm=a%2Fb+c&_nobody=%7B&view"
    assert page.evaluate("history.length === window.entries"), "no new history entry"
    expect(page.get_by_text("could not be used")).to_have_count(0)

    # From the first paint on, nothing stood beside the link's value that was not computed from it.
    frames = seen(page, name)
    assert frames[-1] == [control, printed, "done"]
    assert [frame for frame in frames if frame[1] not in ("", printed)] == []
    assert [frame for frame in frames if frame[0] not in (None, control)] == []

    page.reload()
    expect_value(page, name, control, printed)


RELATIVE = (
    (f'_since="7 days ago {ZONE}"', "since", "7 days ago", ZONE, timedelta(days=-7)),
    ('_later="2 weeks from now"', "later", "2 weeks from now", "UTC", timedelta(days=14)),
    ('_later="5 months from now"', "later", "5 months from now", "UTC", 5),
    ('_later="1 day ago Asia/Tokyo"', "later", "1 day ago Asia/Tokyo", "Asia/Tokyo", timedelta(days=-1)),
)


def months_on(day: date, months: int) -> date:
    """That many calendar months on, clamped to the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(("query", "name", "words", "zone", "away"), RELATIVE, ids=[row[0] for row in RELATIVE])
def test_pag50_an_address_sets_a_date_in_words(
    app: App, profile: Profile, query: str, name: str, words: str, zone: str, away: timedelta | int
) -> None:
    def day() -> str:
        today = datetime.now(ZoneInfo(zone)).date()
        return str(months_on(today, away) if isinstance(away, int) else today + away)

    page, before = profile(), day()
    page.add_init_script(WATCHES)
    page.goto(f"{app.address}?{query}")
    expect(part(page, f"out_{name}")).not_to_have_text(DEFAULTS[name][1])
    until(lambda: output(page, name) in {f"'{before}'", f"'{day()}'"}, "Python has the day that the words mean")
    assert shown(page, name) == words
    assert page.evaluate("location.search") == ""
    frames = seen(page, name)
    assert [frame for frame in frames if frame[1] not in ("", output(page, name))] == []
    assert [frame for frame in frames if frame[0] not in (None, words)] == []


def test_pag50_an_address_sets_a_time_in_words(app: App, profile: Profile) -> None:
    page, before = profile(), datetime.now(UTC)
    page.goto(f'{app.address}?_ago="36 hours ago {ZONE}"')
    expect(part(page, "out_ago")).not_to_have_text(DEFAULTS["ago"][1])
    until(lambda: output(page, "ago"), "Python has the time")
    iso, zone = output(page, "ago").strip("'").split(" ")
    assert zone == ZONE
    past = datetime.fromisoformat(iso) + timedelta(hours=36)
    assert before - timedelta(seconds=1) <= past <= datetime.now(UTC)
    assert shown(page, "ago") == "36 hours ago"


def test_pag50_a_press_in_an_address_is_one(app: App, profile: Profile) -> None:
    page = profile()
    page.goto(f"{app.address}?_go=true")
    expect(part(page, "out_go")).to_have_text("True")
    assert page.evaluate("location.search") == ""
    page.get_by_role("slider").press("ArrowRight")
    expect(part(page, "out_n")).to_have_text("3")


INVALID = (
    ("_on=1", "on"),
    ("_on=True", "on"),
    ("_go=maybe", "go"),
    ("_go=null", "go"),
    ("_count=null", "count"),
    ("_pick=b", "pick"),
    ("_pick=43", "pick"),
    ('_picks=["b",98]', "picks"),
    ('_picks="b"', "picks"),
    ("_count=1000.5", "count"),
    ("_count=1e999", "count"),
    ("_count=NaN", "count"),
    ("_count=007", "count"),
    ("_n=10", "n"),
    ("_n=2.5", "n"),
    ("_n=5&_n=null", "n"),
    ("_word=bare", "word"),
    ('_word="one%0Atwo"', "word"),
    ('_word="%FF"', "word"),
    ('_day="2021-02-29"', "day"),
    ('_day="7 days ago"', "day"),
    ('_at="2021-07-13 13:45:22"', "at"),
    (f'_at="2021-03-14 02:30:00 {ZONE}"', "at"),
    ('_utc="2021-07-13 25:00:00"', "utc"),
    ('_since="7 days ago"', "since"),
    ('_later="7 hours ago"', "later"),
    ('_later="9999 years from now"', "later"),
    ('_ago="2 days ago"', "ago"),
    ('_span_start="2020-02-30"', "span"),
    ('_span_start="2020-03-01"&_span_end="2020-02-01"', "span"),
    ("_n=4&_n=40", "n"),
)
"""An address that sets nothing, and the input that its notice names."""


@pytest.mark.parametrize(("query", "name"), INVALID, ids=[row[0] for row in INVALID])
def test_pag51_what_an_address_says_wrongly_costs_only_itself(
    app: App, profile: Profile, query: str, name: str
) -> None:
    page = profile()
    page.goto(f"{app.address}?x=1&{query}")
    notice = page.get_by_text("The address has values that could not be used for")
    expect(notice).to_contain_text(name)
    for one in NAMES:
        expect_value(page, one, *DEFAULTS[one])
    assert page.evaluate("location.search") == "?x=1"


def test_pag51_the_right_half_of_an_address_applies(app: App, profile: Profile) -> None:
    page = profile()
    page.goto(f'{app.address}?_n=40&_word="right"&_count=7')
    expect(page.get_by_text("The address has values that could not be used for")).to_contain_text("n")
    expect_value(page, "word", "right", "'right'")
    expect_value(page, "count", "7", "7")
    expect_value(page, "n", *DEFAULTS["n"])


TYPED = 'It is "a" truth, 100% & é 🦆 + #?= acknowledged.'


def test_pag52_a_link_made_on_the_page_opens_with_equal_values(
    server: RunningServer, admin: Client, project: Imported, profile: Profile
) -> None:
    extra = (
        field("file", "data", accept=[".csv"]),
        field("table", "rows", columns=[{"name": "what", "type": "text"}], default=[["a"]]),
        field("text", "secret", default="usual", in_links=False),
    )
    made = project(*CELLS, *extra, python("out_rest", "(rows.to_dict('list'), data is None, secret)"))
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(f"{app_of(server, made)}?utm=mail")

    def at(name: str) -> Locator:
        return page.locator(f'[data-input="{name}"]')

    at("on").get_by_role("checkbox").check()
    at("pick").get_by_role("combobox").select_option(index=2)
    at("picks").get_by_role("checkbox", name="99").check()
    at("count").get_by_role("spinbutton").fill("12.5")
    at("n").get_by_role("slider").press("End")
    at("maybe").get_by_role("spinbutton").fill("")
    at("word").get_by_role("textbox").fill(TYPED)
    at("essay").get_by_role("textbox").fill(f"{TYPED}\n\tand on")
    at("day").locator("input").fill("2024-12-31")
    at("at").locator("input").fill("2024-06-30T01:02:03")
    at("utc").locator("input").fill("2024-06-30T23:59:59")
    at("since").get_by_role("combobox").select_option("7 days ago")
    at("later").locator("input").fill("2024-01-31")
    at("ago").locator("input").fill("2024-11-03T01:30:00")
    at("span").locator("input").nth(1).fill("2024-01-31")
    at("data").locator("input").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"x\n1\n"})
    at("rows").get_by_role("button", name="Add row").click()
    at("secret").get_by_role("textbox").fill("mine")
    expect(part(page, "out_rest")).to_contain_text("False, 'mine')")
    expect(part(page, "out_word")).to_have_text(repr(TYPED))
    expect(part(page, "out_span")).to_have_text("'2020-02-01 2024-01-31'")
    at("go").get_by_role("button", name="Go on").click()
    expect(part(page, "out_go")).to_have_text("True")
    expect_idle(page)
    values = {name: (shown(page, name), output(page, name)) for name in NAMES}
    same = [name for name in NAMES if name != "go" and values[name] == DEFAULTS[name]]
    assert same == [], "every kind was changed"

    page.get_by_role("button", name="Share", exact=True).click()
    menu = page.get_by_role("region", name="Share")
    expect(menu.get_by_text("Not in the link: data, rows, secret.")).to_be_visible()
    menu.get_by_role("button", name="Copy link with current inputs").click()
    expect(menu.get_by_role("button", name="Copied")).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert "_go=false" in link

    other = profile()
    other.add_init_script("window.entries = history.length")
    other.goto(f"{link}&utm=mail")

    def expect_equal() -> None:
        for name in NAMES:
            control, printed = values[name]
            expect_value(other, name, str(control), "False" if name == "go" else printed)
        expect(part(other, "out_rest")).to_contain_text("({'what': ['a']}, True, 'usual')")
        assert other.url == f"{app_of(server, made)}?utm=mail"

    expect_equal()
    assert other.evaluate("history.length === window.entries"), "no new history entry"
    other.reload()
    expect_equal()


def test_pag52_of_a_link_that_would_be_too_long_the_menu_names_the_input(app: App, profile: Profile) -> None:
    page = profile()
    page.goto(app.address)
    page.locator('[data-input="essay"]').get_by_role("textbox").fill("ä" * 2_000)
    page.get_by_role("button", name="Share", exact=True).click()
    menu = page.get_by_role("region", name="Share")
    expect(menu.get_by_role("alert")).to_have_text(
        "essay is too long for a link, which has at most 8,000 characters. Share a live session instead."
    )
    expect(menu.get_by_role("button", name="Copy link with current inputs")).to_be_disabled()
    expect(menu.get_by_role("button", name="Copy link to the published app")).to_be_enabled()
    page.locator('[data-input="essay"]').get_by_role("textbox").fill("a" * 2_000)
    expect(menu.get_by_role("button", name="Copy link with current inputs")).to_be_enabled()


def test_pag52_where_an_admin_switched_these_links_off_the_menu_says_so(tmp_path: Path, profile: Profile) -> None:
    with RunningServer(tmp_path / "data", environ={"VERNISSAGE_CURRENT_INPUTS_LINKS": "false"}) as server:
        client = server.client()
        made = import_project(client, field("slider", "n", min=0, max=9, step=1, default=2), python("out", "n"))
        publish(client, made)
        page = signed_in(profile(), server, client)
        page.goto(f"{app_of(server, made)}?_n=4")
        expect(part(page, "out")).to_have_text("4")  # links that were made before go on
        page.get_by_role("button", name="Share", exact=True).click()
        menu = page.get_by_role("region", name="Share")
        expect(menu.get_by_text("An admin has switched off links that carry inputs.")).to_be_visible()
        expect(menu.get_by_role("button", name="Copy link with current inputs")).to_be_disabled()
        expect(menu.get_by_role("button", name="Go live & copy")).to_be_enabled()
