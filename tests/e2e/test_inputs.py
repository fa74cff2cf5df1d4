"""Inputs that are more than a field, as a visitor uses them: what the page takes, and what Python gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, field, part, publish, python, share, until
from tests.support.server import Client, RunningServer

Opened = Callable[..., Page]


@pytest.fixture
def opened(server: RunningServer, admin: Client, project: Imported, profile: Profile) -> Opened:
    """Publish an app with these cells for everybody on the web, and open it."""

    def make(*cells: dict[str, Any]) -> Page:
        made = project(*cells)
        publish(admin, made)
        share(admin, made, web="APP_ONLY")
        page = profile()
        page.goto(app_of(server, made))
        return page

    return make


def control(page: Page, name: str) -> Locator:
    return page.locator(f'[data-input="{name}"]')


def csv(name: str, text: str) -> Any:
    """A file as it is chosen."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_pag57_a_file_is_sent_and_read(opened: Opened) -> None:
    shows = "None if data is None else (list(data.columns), [str(kind) for kind in data.dtypes], len(data))"
    page = opened(field("file", "data", accept=[".csv", ".parquet"], max_bytes=2_000), python("out", shows))
    chosen = control(page, "data").locator("input[type=file]")
    expect(control(page, "data")).to_contain_text("Drop a .csv or .parquet file, up to 2 kB.")
    chosen.set_input_files(csv("penguins.csv", "species,mass\nGentoo,5.1\nAdelie,3.7\n"))
    expect(part(page, "out")).to_have_text("(['species', 'mass'], ['str', 'float64'], 2)")
    expect(control(page, "data")).to_contain_text("penguins.csv 35 bytes")

    # What does not fit is refused with a sentence, and the file before it stays.
    chosen.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(control(page, "data").get_by_role("alert")).to_have_text("notes.txt is not a .csv, .parquet file.")
    chosen.set_input_files(csv("long.csv", "a\n" + "1\n" * 2_000))
    expect(control(page, "data").get_by_role("alert")).to_contain_text("long.csv has 4.0 kB; at most 2 kB can be sent.")
    expect(control(page, "data")).to_contain_text("penguins.csv 35 bytes")

    # Another one takes its place, and a reload keeps it.
    chosen.set_input_files(csv("more.csv", "one\n1\n2\n3\n"))
    expect(part(page, "out")).to_have_text("(['one'], ['int64'], 3)")
    expect(control(page, "data").get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(control(page, "data")).to_contain_text("more.csv")
    expect(part(page, "out")).to_have_text("(['one'], ['int64'], 3)")
    control(page, "data").get_by_role("button", name="Take more.csv away").click()
    expect(control(page, "data")).to_contain_text("No file")
    expect(part(page, "out")).not_to_contain_text("int64")


def test_pag58_a_table_is_edited_by_hand(opened: Opened) -> None:
    columns = [
        {"name": "what", "type": "text"},
        {"name": "cost", "type": "number"},
        {"name": "paid", "type": "checkbox"},
        {"name": "due", "type": "date"},
    ]
    rows = [["rent", 900.5, True, "2024-01-31"], ["bread", 3, False, None]]
    page = opened(
        field("table", "costs", columns=columns, default=rows),
        python("kinds", "[str(kind) for kind in costs.dtypes]"),
        python("out", "(costs['what'].tolist(), costs['cost'].tolist(), costs['paid'].tolist())"),
        python("days", "[str(day)[:10] for day in costs['due']]"),
    )
    expect(part(page, "out")).to_have_text("(['rent', 'bread'], [900.5, 3.0], [True, False])")
    kinds = part(page, "kinds").inner_text()
    assert "float64" in kinds and "bool" in kinds and "datetime64" in kinds, kinds

    grid = control(page, "costs").get_by_role("grid")

    def cell(row: int, column: int) -> Locator:
        return grid.locator(f'[data-at="{row}:{column}"]')

    cell(1, 1).focus()
    page.keyboard.type("4.25")
    page.keyboard.press("Enter")
    expect(part(page, "out")).to_contain_text("[900.5, 4.25]")
    cell(1, 2).click()
    expect(part(page, "out")).to_contain_text("[True, True]")
    cell(0, 0).focus()
    page.keyboard.type("house")
    page.keyboard.press("Tab")
    expect(part(page, "out")).to_contain_text("['house', 'bread']")
    expect(cell(0, 1)).to_be_focused()

    # What is no value of its column stays as it was written, marked, and is not sent.
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(cell(0, 1)).to_have_attribute("aria-invalid", "true")
    expect(cell(0, 1)).to_have_text("much")
    expect(control(page, "costs").get_by_role("alert")).to_be_visible()
    expect(part(page, "out")).to_contain_text("[900.5, 4.25]")

    control(page, "costs").get_by_role("button", name="Add row").click()
    expect(part(page, "days")).to_have_text("['2024-01-31', 'NaT', 'NaT']")
    control(page, "costs").get_by_role("button", name="Delete row 1").click()
    expect(part(page, "out")).to_contain_text("(['bread', ")
    expect(part(page, "kinds")).to_contain_text("['str', 'float64', 'bool")


def test_pag59_options_come_from_a_column_and_follow_it(opened: Opened) -> None:
    page = opened(
        field("slider", "n", min=1, max=5, step=1, default=3),
        python("make", "import pandas as pd\ndf = pd.DataFrame({'i': range(n), 'word': [f'w{i}' for i in range(n)]})"),
        field("dropdown", "pick", options_from="df.word", default="w0"),
        field("multiselect", "many", options_from="df.i", default=[0]),
        python("out", "(pick, many)"),
    )
    pick = control(page, "pick").get_by_role("combobox")
    expect(pick.get_by_role("option")).to_have_text(["w0", "w1", "w2"])
    pick.select_option("w2")
    expect(part(page, "out")).to_have_text("('w2', [0])")
    control(page, "many").get_by_role("checkbox", name="2").check()
    control(page, "many").get_by_role("checkbox", name="1").check()
    expect(part(page, "out")).to_have_text("('w2', [0, 1, 2])")
    expect(control(page, "many")).to_contain_text("3 of 3")

    page.get_by_role("slider").press("End")
    expect(pick.get_by_role("option")).to_have_text(["w0", "w1", "w2", "w3", "w4"])
    expect(part(page, "out")).to_have_text("('w2', [0, 1, 2])")

    # A chosen value that is gone falls back to the default; of several only what is gone is lost.
    page.get_by_role("slider").fill("2")
    expect(pick.get_by_role("option")).to_have_text(["w0", "w1"])
    expect(part(page, "out")).to_have_text("('w0', [0, 1])")
    expect(pick.locator("option:checked")).to_have_text("w0")


def test_pag60_a_time_has_its_zone(opened: Opened) -> None:
    page = opened(
        field("date", "at", time=True, timezone="America/Chicago", default="2024-07-01 12:00:00"),
        python("out", "f'{at.isoformat()} {at.tzinfo}'"),
    )
    expect(part(page, "out")).to_have_text("'2024-07-01T12:00:00-05:00 America/Chicago'")
    expect(control(page, "at")).to_contain_text("America/Chicago")
    box = control(page, "at").locator("input")
    box.fill("2024-12-01T08:30:15")
    expect(part(page, "out")).to_have_text("'2024-12-01T08:30:15-06:00 America/Chicago'")

    # This hour was skipped there.
    box.fill("2024-03-10T02:30:00")
    expect(control(page, "at").get_by_role("alert")).to_be_visible()
    expect(part(page, "out")).to_have_text("'2024-12-01T08:30:15-06:00 America/Chicago'")


def test_pag60_a_date_in_words_shows_words_and_day(opened: Opened) -> None:
    zone = "Pacific/Auckland"
    page = opened(
        field("date", "since", relative=True, timezone=zone, default="7 days ago"),
        python("out", "str(since)"),
    )

    def day(away: int) -> str:
        return str(datetime.now(ZoneInfo(zone)).date() - timedelta(days=away))

    def says(away: int, before: str) -> None:
        found = part(page, "out")
        until(lambda: found.inner_text().strip("' \n") in {before, day(away)}, f"Python has the day {away} days ago")

    before = day(7)
    says(7, before)
    words = control(page, "since").get_by_role("textbox")
    expect(words).to_have_value("7 days ago")
    before = day(14)
    words.fill("2 weeks ago")
    words.press("Enter")
    says(14, before)
    before = day(1)
    control(page, "since").get_by_role("combobox").select_option("Yesterday")
    says(1, before)
    expect(words).to_have_value("1 day ago")
    words.fill("some day")
    words.press("Enter")
    expect(control(page, "since").get_by_role("alert")).to_have_text("Write words such as 7 days ago, or choose a day.")
    says(1, before)

    control(page, "since").get_by_role("combobox").select_option("A day of the calendar")
    control(page, "since").locator("input").fill("2024-02-29")
    expect(part(page, "out")).to_have_text("'2024-02-29'")
