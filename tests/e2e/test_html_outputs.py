"""HTML that code made: it draws in its frame, and reaches nothing of the page around it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import app_of, logic_of, part, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

CANVAS = """from IPython.display import HTML
HTML('''<div id="drawn"></div><script>
const tried = async (name, act) => {
  try { await act(); return name + ": reached"; } catch { return name + ": refused"; }
};
(async () => {
  const all = await Promise.all([
    tried("document", () => parent.document.title),
    tried("cookie", () => document.cookie),
    tried("storage", () => localStorage.length),
    tried("top", () => { top.location.href = "about:blank"; }),
    tried("fetch", () => fetch("/api/v1/projects")),
  ]);
  document.getElementById("drawn").textContent = "drawn, " + all.join(", ");
})();
</script>''')"""
REFUSED = "drawn, document: refused, cookie: refused, storage: refused, top: refused, fetch: refused"

PLOT = """import plotly.graph_objects as go
from IPython.display import HTML
HTML(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])).to_html(include_plotlyjs=True))"""


def test_pag36_html_runs_in_its_frame_and_reaches_nothing_of_the_page(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(python("html", CANVAS))
    publish(admin, made)
    share(admin, made, web="APP_ONLY")
    page = profile()
    page.goto(app_of(server, made))
    frame = part(page, "html").locator("iframe").content_frame
    expect(frame.locator("#drawn")).to_have_text(REFUSED)
    expect(page.locator("main[data-app]")).to_be_visible()


def test_pag36_plotly_draws_in_its_frame(
    server: RunningServer, profile: Profile, admin: Client, project: Imported
) -> None:
    made = project(python("plot", PLOT))
    page = signed_in(profile(), server, admin)
    page.goto(logic_of(server, made))
    page.get_by_role("button", name="Restart & run all").click()
    frame = part(page, "plot").locator("iframe").content_frame
    expect(frame.locator(".main-svg .bars .point")).to_have_count(2)
    # The frame is as high as what it shows.
    shown = part(page, "plot").locator("iframe")
    until(lambda: (box := shown.bounding_box()) is not None and box["height"] > 300, "the whole plot is seen")
