"""The page of versions: what there is, what it was, and the ways back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, draft_of, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer


def versions_of(page: Page, server: RunningServer, project: str) -> Locator:
    """Open the page of versions; its list."""
    page.goto(f"{server.url}/main/project/{project}/versions")
    listed = page.get_by_role("navigation", name="Versions")
    expect(listed).to_be_visible()
    return listed


@pytest.fixture
def page(server: RunningServer, profile: Profile, admin: Client) -> Page:
    return signed_in(profile(), server, admin)


def saved(client: Client, project: str, title: str) -> None:
    """Save the draft as a version."""
    answer = client.call("POST", f"/projects/{project}/versions", {"title": title})
    assert answer.is_success, answer.text


def two_versions(admin: Client, page: Page, server: RunningServer, shown: str) -> None:
    """Publish two versions of a project with one cell `a`."""
    publish(admin, shown)
    page.goto(f"{server.url}/main/project/{shown}/logic")
    page.locator('[data-cell="a"] .cm-content').click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("'bad words'")
    until(lambda: "bad words" in draft_of(admin, shown), "the edit is kept")
    publish(admin, shown)


def test_ver19_a_bad_version_is_rolled_back_with_two_clicks(
    server: RunningServer, page: Page, admin: Client, project: Imported, profile: Profile
) -> None:
    shown = project(python("a", "'good words'"))
    two_versions(admin, page, server, shown)
    draft = draft_of(admin, shown)
    versions_of(page, server, shown)
    page.get_by_role("button", name="Roll back to version 1").click()
    box = page.get_by_role("dialog", name="Publish version 1 again")
    box.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Version 1 is published")
    assert draft_of(admin, shown) == draft
    visitor = signed_in(profile(), server, admin)
    visitor.goto(app_of(server, shown))
    expect(visitor.locator("main[data-app]")).to_contain_text("good words")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("navigation", name="Versions")).to_contain_text("Version 1 published again")


def test_ver17_a_version_is_read_named_and_told_of(
    server: RunningServer, page: Page, admin: Client, project: Imported
) -> None:
    shown = project(python("a", "'good words'"))
    two_versions(admin, page, server, shown)
    listed = versions_of(page, server, shown)
    detail = page.get_by_role("region", name="Version 2", exact=True)
    changed = detail.get_by_role("article", name="Python cell 1, changed")
    expect(changed.get_by_role("region", name="Output in Version 1")).to_contain_text("good words")
    expect(changed.get_by_role("region", name="Output in Version 2")).to_contain_text("bad words")
    detail.get_by_role("tab", name="Logic").click()
    cell = detail.locator('[data-cell="a"]')
    expect(cell.locator("pre").first).to_have_text("'bad words'")
    expect(cell.locator("[contenteditable=true]")).to_have_count(0)
    detail.get_by_role("tab", name="Edits").click()
    expect(detail).to_contain_text("edited Python cell 1")
    expect(detail).to_contain_text("Admin")
    detail.get_by_role("button", name="Change the title").click()
    box = page.get_by_role("dialog", name="Title of version 2")
    box.get_by_role("textbox", name="Title").fill("The bad one")
    box.get_by_role("button", name="Save title").click()
    expect(listed.get_by_role("button", name="Version 2, The bad one, published")).to_be_visible()


def test_ver16_open_sessions_are_counted_and_ended(
    server: RunningServer, page: Page, admin: Client, project: Imported, profile: Profile
) -> None:
    shown = project(python("a", "'words'"))
    publish(admin, shown)
    visitor = signed_in(profile(), server, admin)
    visitor.goto(app_of(server, shown))
    expect(visitor.locator("main[data-app]")).to_contain_text("words")
    versions_of(page, server, shown)
    page.get_by_role("button", name="End open sessions").click()
    box = page.get_by_role("alertdialog")
    expect(box).to_contain_text("1 session is open.")
    box.get_by_role("button", name="End sessions").click()
    expect(page.get_by_role("navigation", name="Versions")).to_contain_text("1 open session ended")
    expect(visitor.locator("main[data-app]")).to_have_attribute("data-app-state", "ended")
    expect(visitor.locator("main[data-app]")).to_contain_text("words")  # what it shows is kept


def test_ver8_the_address_of_an_unpublished_app_says_so(
    server: RunningServer, page: Page, admin: Client, bo: Client, project: Imported, profile: Profile
) -> None:
    shown = project(python("a", "'words'"))
    publish(admin, shown)
    assert admin.call("POST", f"/projects/{shown}/unpublish").status_code == 204
    other = signed_in(profile(), server, bo)
    other.goto(app_of(server, shown))
    expect(other.get_by_text("This does not exist or is not shared with you")).to_be_visible()
    share(admin, shown, bo="APP_ONLY")
    other.goto(app_of(server, shown))
    expect(other.get_by_text("This app is not published")).to_be_visible()


def test_ver18_thousands_of_versions_are_looked_through(own_server: RunningServer, profile: Profile) -> None:
    admin = own_server.client()
    answer = admin.call("POST", "/projects", {"title": "Long"})
    shown = str(answer.json()["id"])
    saved(admin, shown, "First")
    fill(own_server.data / "vernissage.db", shown, 3_000)
    page = signed_in(profile(), own_server, admin)
    listed = versions_of(page, own_server, shown)
    expect(listed.get_by_role("button", name="Version 3000, Number 3000")).to_be_visible()
    assert listed.get_by_role("listitem").count() < 60
    # To the very end, page by page.
    last = listed.get_by_role("button", name="Version 1, First")
    until(lambda: listed.evaluate("(it) => { it.scrollTop = it.scrollHeight }") is None and last.count(), "the first")
    last.click()
    expect(page.get_by_role("region", name="Version 1", exact=True)).to_be_visible()
    assert listed.get_by_role("listitem").count() < 60
    page.goto(f"{own_server.url}/main/project/{shown}/versions#1234")
    page.reload()
    expect(page.get_by_role("region", name="Version 1234")).to_be_visible()


def fill(database: Path, project: str, count: int) -> None:
    """Versions up to that number, each with the content of the first: making them by requests would take minutes."""
    with sqlite3.connect(database, timeout=30) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(versions)")]
        others = [name for name in names if name not in ("number", "title")]
        kept = connection.execute(f"SELECT {', '.join(others)} FROM versions WHERE project = ?", [project]).fetchone()
        marks = ", ".join("?" for _ in range(len(others) + 2))
        connection.executemany(
            f"INSERT INTO versions (number, title, {', '.join(others)}) VALUES ({marks})",
            [(number, f"Number {number}", *kept) for number in range(2, count + 1)],
        )
    connection.close()
