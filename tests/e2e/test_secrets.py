"""Secrets beside the notebook: they go in, and only their names come out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import logic_of, part, python, share, signed_in
from tests.support.server import Client, RunningServer

HUSH = "hush-0417-hush"
READS = python("out", "import vernissage\nprint('it is', vernissage.secrets['DB_PASSWORD'])")


@pytest.fixture
def notebook(server: RunningServer, profile: Profile, admin: Client, project: Imported) -> Page:
    """The notebook of a project that reads a secret, its panel open."""
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, project(READS)))
    page.get_by_role("button", name="Secrets", exact=True).click()
    return page


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Secrets")


def give(page: Page, name: str, value: str) -> None:
    panel(page).get_by_role("button", name="Add a secret").click()
    panel(page).get_by_role("textbox", name="Name").fill(name)
    page.keyboard.press("Tab")
    page.keyboard.type(value)
    page.keyboard.press("Enter")


def test_pag90_a_secret_is_added_and_read_and_never_shown(notebook: Page) -> None:
    page = notebook
    expect(panel(page)).to_contain_text("None yet")
    give(page, "DB_PASSWORD", HUSH)
    expect(panel(page).get_by_text("DB_PASSWORD")).to_be_visible()
    page.get_by_role("button", name="Restart & run all").click()
    expect(part(page, "out")).to_contain_text("it is [secret DB_PASSWORD]")
    panel(page).get_by_role("button", name="Replace DB_PASSWORD").click()
    field = panel(page).get_by_label("New value of DB_PASSWORD")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(field).to_have_attribute("type", "password")
    assert HUSH not in page.content()
    page.reload()
    page.get_by_role("button", name="Secrets", exact=True).click()
    expect(panel(page)).to_contain_text("DB_PASSWORD")
    assert HUSH not in page.content()


def test_pag90_what_does_not_fit_is_said_at_its_field(notebook: Page) -> None:
    give(notebook, "DB PASSWORD", HUSH)
    expect(panel(notebook)).to_contain_text("A secret's name has letters, digits and _")
    expect(panel(notebook).get_by_label("Value")).to_have_value(HUSH)  # nothing is lost
    panel(notebook).get_by_role("textbox", name="Name").fill("DB_PASSWORD")
    panel(notebook).get_by_role("button", name="Add", exact=True).click()
    expect(panel(notebook).get_by_role("button", name="Remove DB_PASSWORD")).to_be_visible()


def test_pag90_a_running_kernel_is_offered_a_restart_and_removing_asks_first(notebook: Page) -> None:
    page = notebook
    page.get_by_role("button", name="Restart & run all").click()
    expect(part(page, "out")).to_contain_text("no secret named 'DB_PASSWORD'")
    give(page, "DB_PASSWORD", HUSH)
    page.get_by_role("button", name="Restart and run all").click()
    expect(part(page, "out")).to_contain_text("it is [secret DB_PASSWORD]")
    panel(page).get_by_role("button", name="Remove DB_PASSWORD").click()
    box = page.get_by_role("alertdialog")
    expect(box).to_contain_text("cannot be brought back")
    box.get_by_role("button", name="Remove").click()
    expect(panel(page)).to_contain_text("None yet")


def test_pag90_the_workspaces_are_named_and_only_editors_see_any(
    server: RunningServer, profile: Profile, admin: Client, bo: Client, project: Imported
) -> None:
    made = project(READS)
    assert admin.call("POST", "/secrets", {"name": "EVERYBODYS", "value": HUSH}).status_code == 201
    share(admin, made, bo="CAN_EDIT")
    page = signed_in(profile(width=390), server, bo)
    page.goto(logic_of(server, made))
    page.get_by_role("button", name="Project menu").click()
    page.get_by_role("menuitem", name="Secrets").click()
    expect(panel(page)).to_contain_text("of the workspace")
    expect(panel(page).get_by_role("button", name="Remove EVERYBODYS")).to_have_count(0)
    share(admin, made, bo="CAN_VIEW")
    expect(panel(page)).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Project menu").click()
    expect(page.get_by_role("menuitem", name="Files")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Secrets")).to_have_count(0)
    assert admin.call("DELETE", "/secrets/EVERYBODYS").status_code == 204


def test_pag90_admins_set_the_workspaces_among_the_settings(
    server: RunningServer, profile: Profile, admin: Client, bo: Client
) -> None:
    page = signed_in(profile(), server, admin)
    page.goto(f"{server.url}/settings/secrets")
    expect(page.get_by_role("heading", name="Secrets", level=1)).to_be_visible()
    give(page, "MAPS_TOKEN", HUSH)
    expect(panel(page).get_by_text("MAPS_TOKEN")).to_be_visible()
    assert HUSH not in page.content()
    panel(page).get_by_role("button", name="Remove MAPS_TOKEN").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(panel(page).get_by_text("MAPS_TOKEN")).to_have_count(0)
    other = signed_in(profile(), server, bo)
    other.goto(f"{server.url}/settings/secrets")
    expect(panel(other)).to_have_count(0)
