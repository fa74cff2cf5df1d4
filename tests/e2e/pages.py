"""What tests do over and over on the pages, and what they prepare without them."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

from tests.support.server import Client, RunningServer

Answer = TypeVar("Answer")

WITHIN = 15.0
"""Seconds until what is waited for must be so."""


def until(answer: Callable[[], Answer], what: str, within: float = WITHIN) -> Answer:
    """Ask until the answer is one (not None, not false)."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := answer():
            return found
        threading.Event().wait(0.05)
    raise AssertionError(f"within {within:.0f} s it did not come to this: {what}")


# --- without a page ------------------------------------------------------------------------------------------------


def python(id: str, source: str, **rest: Any) -> dict[str, Any]:
    """A Python cell of a project file."""
    return {"id": id, "type": "python", "source": source, **rest}


def field(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    """An input cell of a project file; its id and label are its name."""
    return {"id": name, "type": "input", "kind": kind, "name": name, "label": name, **rest}


def import_project(client: Client, *cells: dict[str, Any], title: str = "A project", **rest: Any) -> str:
    """A new project with these cells; its id."""
    # JSON is YAML too.
    file = {"vernissage": 1, "title": title, "cells": cells, **rest}
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in file.items())
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = client.call("POST", "/projects/import", content=text, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def publish(client: Client, project: str, *, accept_errors: bool = False) -> int:
    """Publish the draft after its preview run; the version's number."""
    started = client.call("POST", f"/projects/{project}/publish", {})
    assert started.status_code == 202, started.text
    place = f"/projects/{project}/publish/{started.json()['publishId']}"
    until(lambda: client.call("GET", place).json()["status"] in ("READY", "FAILED"), "the preview run has ended")
    confirmed = client.call("POST", f"{place}/confirm", {"acceptErrors": accept_errors})
    assert confirmed.is_success, confirmed.text
    return int(confirmed.json()["version"])


def share(client: Client, project: str, **access: str) -> None:
    """Give `web`, `workspace` or people (by the part of their e-mail before the @) access; the admin keeps all."""
    grants = [{"principal": "user:admin@localhost", "access": "FULL_ACCESS"}]
    for who, level in access.items():
        principal = who if who in ("web", "workspace") else f"user:{who}@example.org"
        grants.append({"principal": principal, "access": level})
    answer = client.call("PUT", f"/projects/{project}/sharing", {"grants": grants})
    assert answer.is_success, answer.text


def draft_of(client: Client, project: str) -> str:
    """The draft as its project file."""
    answer = client.call("GET", f"/projects/{project}/export?version=draft&format=yaml", headers={"Accept": "*/*"})
    assert answer.is_success, answer.text
    return answer.text


def logic_of(server: RunningServer, project: str) -> str:
    """The address of the logic view."""
    return f"{server.url}/main/project/{project}/logic"


def app_of(server: RunningServer, project: str) -> str:
    """The address of the published app."""
    return f"{server.url}/main/app/{project}/latest"


# --- on a page -----------------------------------------------------------------------------------------------------


def signed_in(page: Page, server: RunningServer, client: Client) -> Page:
    """The page, signed in as the client is."""
    secret = client.http.cookies["vernissage"]
    page.context.add_cookies([{"name": "vernissage", "value": secret, "url": server.url}])
    return page


def new_project(page: Page, server: RunningServer) -> str:
    """Make a project on the home page; its id."""
    page.goto(f"{server.url}/")
    page.get_by_role("button", name=re.compile("New project|Create your first project")).first.click()
    page.wait_for_url("**/logic")
    found = re.search(r"/project/([0-9a-f-]{36})/logic", page.url)
    assert found is not None
    return found.group(1)


def cell(page: Page, number: int) -> Locator:
    """The cell at this place of the notebook, from 1."""
    return page.locator("[data-cell]").nth(number - 1)


def part(page: Page, id: str) -> Locator:
    """The cell with this id, on any page."""
    return page.locator(f'[data-cell="{id}"]')


def expect_state(cell: Locator, state: str) -> None:
    """The cell comes to this state."""
    expect(cell).to_have_attribute("data-cell-state", state)


def add_cell(page: Page, kind: str, source: str = "") -> Locator:
    """Add a cell of a kind at the end, and type its source."""
    before = page.locator("[data-cell]").count()
    page.get_by_role("button", name=f"Add {kind} cell").last.click()
    added = page.locator("[data-cell]").nth(before)
    expect(added).to_be_visible()
    if source:
        added.locator(".cm-content").click()
        page.keyboard.insert_text(source)
    return added


def add_input(page: Page, kind: str, name: str) -> Locator:
    """Add an input of a kind with this variable; its settings stay open."""
    before = page.locator("[data-cell]").count()
    page.get_by_role("button", name="Add Input cell").last.click()
    page.get_by_role("menuitem", name=kind, exact=True).click()
    added = page.locator("[data-cell]").nth(before)
    settings = added.get_by_role("button", name="Settings")
    if settings.get_attribute("aria-expanded") != "true":
        settings.click()
    fill(added, "Name in code", name)
    expect(added.locator(f'[data-input="{name}"]')).to_be_visible()
    return added


def fill(cell: Locator, label: str, text: str) -> None:
    """Fill a field of a cell's form, and have it taken."""
    box = cell.get_by_role("textbox", name=label, exact=True)
    # One that suggests is a combobox.
    box = box.or_(cell.get_by_role("combobox", name=label, exact=True))
    box.fill(text)
    box.press("Tab")


def choose(page: Page, place: Locator, label: str, option: str) -> None:
    """Choose from a list of a form."""
    place.get_by_role("button", name=re.compile(re.escape(label))).click()
    page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).click()


def run(page: Page, cell: Locator, state: str = "done") -> None:
    """Run a cell and wait until it is so."""
    cell.scroll_into_view_if_needed()  # far away, it has no editor yet
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect_state(cell, state)


def rewrite(page: Page, cell: Locator, source: str) -> None:
    """Replace a cell's text."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def text_of(cell: Locator) -> str:
    """The source in a cell's editor, without the others' carets and their names."""
    lines = """(cell) => [...cell.querySelectorAll(".cm-line")].map((line) => {
        const copy = line.cloneNode(true);
        copy.querySelectorAll(".cm-otherCaret").forEach((caret) => caret.remove());
        return copy.textContent;
    }).join("\\n")"""
    return str(cell.evaluate(lines))
