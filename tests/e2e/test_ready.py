"""Ready kernels, from the settings to a visitor's first change."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, choose, draft_of, field, logic_of, part, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

CELLS = (
    python("load", "import os\nf'process {os.getpid()}'"),
    field("slider", "n", min=0, max=9, step=1, default=2),
    python("twice", "f'twice is {n * 2}'"),
)


def test_rdy1_rdy3_kernels_are_kept_ready_by_the_settings_and_a_first_change_uses_one(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(*CELLS)
    share(admin, made, web="APP_ONLY")
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, made))
    page.get_by_role("button", name="Project menu").click()
    page.get_by_role("menuitem", name="Project settings").click()
    box = page.get_by_role("dialog", name="Project settings")
    choose(page, box, "Kernels kept ready", "1")
    box.get_by_role("button", name="Save").click()
    expect(box).to_have_count(0)
    assert "ready_kernels: 1" in draft_of(admin, made)
    publish(admin, made)
    until(lambda: "vernissage_kernels_ready 1.0" in admin.http.get("/metrics").text, "a ready kernel")

    visitor = profile()
    visitor.goto(app_of(server, made))
    expect(part(visitor, "twice")).to_contain_text("twice is 4")
    shown = part(visitor, "load").inner_text()
    visitor.get_by_role("slider").press("ArrowRight")
    expect(part(visitor, "twice")).to_contain_text("twice is 6")
    expect(part(visitor, "load")).to_contain_text("process")
    expect(part(visitor, "load")).not_to_contain_text(shown)  # what the preview's kernel had shown
    assert part(visitor, "load").get_attribute("data-cell-state") == "done"
    visitor.get_by_role("slider").press("ArrowRight")
    expect(part(visitor, "twice")).to_contain_text("twice is 8")
