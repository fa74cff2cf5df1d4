"""Sharing, asking for access, and the pages of settings, as people meet them."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile, member
from tests.e2e.pages import app_of, choose, field, logic_of, publish, python, share, signed_in, until
from tests.support.openid import Provider
from tests.support.server import Client, RunningServer


@pytest.fixture(scope="session")
def dora(server: RunningServer, admin: Client) -> Client:
    """An editor with nothing of their own: dora@example.org."""
    return member(server, admin, "dora", "Dora Ek", "editor")


def opened(page: Page, server: RunningServer, tab: str) -> Page:
    """A page of settings."""
    page.goto(f"{server.url}/settings/{tab}")
    return page


def group(admin: Client, *people: str) -> str:
    """A new group with these people in it; its name."""
    name = f"Group {secrets.token_hex(3)}"
    made = admin.call("POST", "/groups", {"name": name}).json()["id"]
    for email in people:
        assert admin.call("PUT", f"/groups/{made}/members/{email}").is_success
    return name


def level(client: Client, project: str) -> str | None:
    answer = client.call("GET", f"/projects/{project}")
    return str(answer.json()["access"]) if answer.is_success else None


def test_pag80_people_and_groups_are_found_by_typing_and_shown_once_they_have_access(
    server: RunningServer, profile: Profile, admin: Client, dora: Client, project: Imported
) -> None:
    made = project(python("a", "1"), title="To be shared")
    name = group(admin, "dora@example.org")
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, made))
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    who = dialog.get_by_role("combobox", name="Person or group")
    expect(dialog.get_by_role("button", name="Add")).to_be_disabled()
    who.fill(name)
    page.get_by_role("option", name=name).click()
    choose(page, dialog.locator("form"), "Access", "Can view")
    page.route("**/sharing", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("could not be reached")
    expect(dialog.get_by_role("listitem").filter(has_text=name)).to_have_count(0)  # it was not given
    page.unroute("**/sharing")
    dialog.get_by_role("button", name="Add").click()
    row = dialog.get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("Can view")
    assert level(dora, made) == "CAN_VIEW"
    choose(page, row, f"Access of {name}", "Can edit")
    expect(row).to_contain_text("Can edit")
    until(lambda: level(dora, made) == "CAN_EDIT", "the higher level is on the server")
    row.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name="Take access away").click()
    expect(row).to_have_count(0)
    assert level(dora, made) is None


def test_pag81_access_is_asked_for_on_the_one_page_and_given_on_home(
    server: RunningServer, profile: Profile, admin: Client, dora: Client, project: Imported
) -> None:
    made = project(field("slider", "n", min=0, max=9, step=1, default=2), python("out", "n * 2"), title="Asked for")
    publish(admin, made)
    visitor = signed_in(profile(), server, dora)
    texts = []
    for address in (app_of(server, secrets.token_hex(4) + made[8:]), app_of(server, made)):
        visitor.goto(address)
        visitor.get_by_role("button", name="Request access").click()
        expect(visitor.get_by_role("status")).to_contain_text("Your request is on its way")
        texts.append(visitor.locator("main").inner_text())
    assert texts[0] == texts[1]  # one answer, whether it exists or not
    page = signed_in(profile(), server, admin)
    page.goto(f"{server.url}/")
    request = page.get_by_role("listitem", name="Dora Ek asks for access to Asked for")
    choose(page, request, "Access for Dora Ek", "App only")
    request.get_by_role("button", name="Accept").click()
    expect(request).to_have_count(0)
    visitor.goto(f"{server.url}/")
    visitor.get_by_role("link", name="Asked for").click()
    expect(visitor.get_by_role("slider")).to_be_visible()
    assert level(dora, made) == "APP_ONLY"


def test_pag82_a_person_is_added_invited_changed_and_disabled(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(python("a", "1"), title="Open meanwhile")
    email = f"{secrets.token_hex(3)}@example.org"
    page = opened(signed_in(profile(), server, admin), server, "people")
    page.get_by_role("textbox", name="E-mail").fill(email)
    page.get_by_role("button", name="Add person").click()
    link = page.get_by_label("Sign-in link").inner_text()
    newcomer = profile()
    newcomer.goto(link)
    expect(newcomer.get_by_role("button", name="Signed in as")).to_be_visible()
    client = admin.call("GET", "/users?limit=500").json()["values"]
    me = next(one["id"] for one in client if one["email"] == email)
    grants = [{"principal": f"user:{me}", "access": "CAN_EDIT"}]
    assert admin.call("PUT", f"/projects/{made}/sharing", {"grants": grants}).is_success
    newcomer.goto(logic_of(server, made))
    expect(newcomer.locator("[data-cell]")).to_have_count(1)
    row = page.get_by_role("listitem").filter(has_text=email)
    choose(page, row, f"Role of {email}", "Viewer")
    expect(newcomer.get_by_text("You no longer have access to this").first).to_be_visible()  # at once
    row.get_by_role("button", name=f"More for {email}").click()
    page.get_by_role("menuitem", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    newcomer.goto(f"{server.url}/")
    expect(newcomer.get_by_role("button", name="Sign in")).to_be_visible()
    row.get_by_role("button", name=f"More for {email}").click()
    page.get_by_role("menuitem", name="Enable again").click()
    expect(row).not_to_contain_text("Disabled")
    # Of oneself, the only admin, the role stays.
    mine = page.get_by_role("listitem").filter(has_text="(you)")
    choose(page, mine, "Role of", "Editor")
    expect(page.get_by_label("Notifications")).to_contain_text("This is the only admin")
    expect(mine).to_contain_text("Admin")


@pytest.mark.usefixtures("dora")
def test_pag83_a_group_is_made_filled_renamed_and_removed(
    server: RunningServer, profile: Profile, admin: Client
) -> None:
    page = opened(signed_in(profile(), server, admin), server, "groups")
    name = f"Analysts {secrets.token_hex(3)}"
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Add group").click()
    row = page.get_by_role("listitem").filter(has_text=name)
    row.get_by_role("button", name=f"Members of {name}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Person").fill("dora")
    page.get_by_role("option", name="Dora Ek").click()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("list", name="Members")).to_contain_text("dora@example.org")
    dialog.get_by_role("button", name="Close").click()
    expect(row).to_contain_text("1 person")
    row.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(f"{name} B")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    row = page.get_by_role("listitem").filter(has_text=f"{name} B")
    row.get_by_role("button", name=f"More for {name} B").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_pag84_a_tokens_secret_is_shown_once(
    server: RunningServer, profile: Profile, dora: Client, admin: Client
) -> None:
    page = opened(signed_in(profile(), server, dora), server, "tokens")
    expect(page.get_by_role("heading", name="Workspace tokens")).to_have_count(0)  # for admins
    for who, section, name in ((dora, "Your tokens", "Laptop"), (admin, "Workspace tokens", "Nightly")):
        page = opened(signed_in(profile(), server, who), server, "tokens")
        place = page.get_by_role("region", name=section)
        place.get_by_role("textbox", name="Name").fill(name)
        place.get_by_role("button", name="Make token").click()
        secret = place.get_by_label(f"Secret of {name}").inner_text()
        headers = {"Authorization": f"Bearer {secret}"}
        program = Client(server.url)
        assert program.http.get("/api/v1/projects", headers=headers).status_code == 200
        page.reload()
        place = page.get_by_role("region", name=section)
        expect(place.get_by_role("listitem").filter(has_text=name)).to_be_visible()
        assert secret not in page.content()
        place.get_by_role("button", name=f"Revoke {name}").click()
        expect(place.get_by_role("listitem").filter(has_text=name)).to_have_count(0)
        assert program.http.get("/api/v1/projects", headers=headers).status_code == 401
        program.http.close()


def test_pag85_the_audit_log_is_read_by_action_and_person(
    server: RunningServer, profile: Profile, admin: Client, dora: Client, project: Imported
) -> None:
    made = project(python("a", "1"), title="Recorded")
    share(admin, made, workspace="APP_ONLY")
    page = opened(signed_in(profile(), server, admin), server, "audit")
    entries = page.get_by_role("list", name="Audit log").get_by_role("listitem")
    expect(entries.first).to_contain_text("gave everyone in the workspace App only · Recorded")
    choose(page, page.locator("form"), "What", "Refused sign-in")
    dora.call("POST", "/sign-in", {"email": "dora@example.org", "password": "wrong"})
    page.get_by_role("textbox", name="Who").fill("dora@example.org")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(entries.first).to_contain_text("dora@example.org was not let in with a password")
    expect(entries).to_have_count(1)
    # Whoever is no admin has no such page.
    other = opened(signed_in(profile(), server, dora), server, "audit")
    expect(other.get_by_role("heading", name="This does not exist or is not shared with you")).to_be_visible()


def test_pag86_a_project_comes_out_of_the_trash_on_home(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    name = f"Thrown away {secrets.token_hex(3)}"
    made = project(python("a", "1"), title=name)
    assert admin.call("DELETE", f"/projects/{made}").is_success
    page = signed_in(profile(), server, admin)
    page.goto(f"{server.url}/")
    page.get_by_text("Trash", exact=False).first.click()
    page.get_by_role("button", name=f"Open {name} again").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert level(admin, made) == "FULL_ACCESS"


def test_pag87_one_signs_in_with_the_provider_and_lands_where_one_wanted(tmp_path: Path, profile: Profile) -> None:
    with Provider() as provider, RunningServer(tmp_path / "data", environ=provider.settings()) as server:
        provider.person = {"sub": "1", "email": "eve@example.org", "email_verified": False, "name": "Eve Holm"}
        page = profile()
        page.goto(f"{server.url}/settings/account")
        page.get_by_role("link", name="Sign in with Example").click()
        expect(page.get_by_role("alert")).to_contain_text("has not verified the e-mail address eve@example.org")
        provider.person["email_verified"] = True
        page.goto(f"{server.url}/settings/account")
        page.get_by_role("link", name="Sign in with Example").click()
        page.wait_for_url("**/settings/account")
        expect(page.get_by_text("Eve Holm · eve@example.org · Viewer")).to_be_visible()


def test_pag88_an_admin_gives_themselves_access_and_a_project_is_handed_over(
    server: RunningServer, profile: Profile, admin: Client, dora: Client
) -> None:
    name = f"Of Dora {secrets.token_hex(3)}"
    made = dora.call("POST", "/projects", {"title": name}).json()["id"]
    page = opened(signed_in(profile(), server, admin), server, "projects")
    row = page.get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("No access")
    row.get_by_role("button", name=f"Give me access to {name}").click()
    expect(row).to_contain_text("Full access")
    owner = signed_in(profile(), server, dora)
    owner.goto(logic_of(server, made))
    owner.get_by_role("button", name="Share", exact=True).click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_role("button", name="More for Admin").click()
    owner.get_by_role("menuitem", name="Make owner").click()
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog.get_by_role("listitem").filter(has_text="Admin")).to_contain_text("Owner")
    until(lambda: admin.call("GET", f"/projects/{made}").json()["owner"]["name"] == "Admin", "the admin owns it")
    assert level(dora, made) == "FULL_ACCESS"
    admin.call("DELETE", f"/projects/{made}")
