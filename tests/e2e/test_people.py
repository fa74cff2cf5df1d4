"""Signing in and out, and what others see of what is shared with them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Imported, Profile, member
from tests.e2e.pages import app_of, choose, field, logic_of, publish, python, signed_in, until
from tests.support.server import Client, RunningServer


@pytest.fixture(scope="session")
def cleo(server: RunningServer, admin: Client) -> Client:
    """Somebody who only looks: cleo@example.org."""
    return member(server, admin, "cleo", "Cleo Lind", "viewer")


@pytest.mark.usefixtures("cleo")
def test_pag37_one_signs_in_with_a_password_and_out_again(server: RunningServer, profile: Profile) -> None:
    page = profile()
    page.goto(f"{server.url}/")
    page.get_by_role("textbox", name="E-mail").fill("cleo@example.org")
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That e-mail and password do not fit together.")
    expect(page.get_by_role("textbox", name="E-mail")).to_have_value("cleo@example.org")
    page.get_by_role("textbox", name="Password").fill("cleo likes pictures")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Signed in as Cleo Lind").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


SECRET = "hidden_in_the_source"


def test_pag38_app_only_is_the_app_and_nothing_else(
    server: RunningServer, profile: Profile, admin: Client, cleo: Client, project: Imported
) -> None:
    made = project(
        field("slider", "n", min=0, max=9, step=1, default=2),
        python("out", f"{SECRET} = n * 2\nf'twice {{{SECRET}}}'"),
        title="For everybody",
    )
    publish(admin, made)
    visitor = signed_in(profile(), server, cleo)
    visitor.goto(app_of(server, made))
    expect(visitor.get_by_role("heading", name="This does not exist or is not shared with you")).to_be_visible()

    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, made))
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    everyone = dialog.get_by_role("listitem").filter(has_text="Everyone in the workspace")
    choose(page, everyone, "Access of Everyone in the workspace", "App only")
    expect(everyone).to_contain_text("App only")
    until(
        lambda: "workspace" in admin.call("GET", f"/projects/{made}/sharing").text, "what was chosen is on the server"
    )

    heard: list[str] = []
    visitor.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    answer = visitor.goto(app_of(server, made))
    assert answer is not None
    visitor.get_by_role("slider").press("ArrowRight")
    expect(visitor.locator("main[data-app]")).to_contain_text("twice 6")
    assert heard and SECRET not in "".join(heard) and SECRET not in answer.text()
    expect(visitor.get_by_role("link", name="Edit")).to_have_count(0)

    visitor.goto(logic_of(server, made))
    expect(visitor.get_by_role("heading", name="This does not exist or is not shared with you")).to_be_visible()
    visitor.goto(f"{server.url}/")
    expect(visitor.get_by_role("link", name="For everybody")).to_be_visible()
