"""Pictures of the pages, from the real examples on a real server: `python -m scripts.pictures`.

Without arguments it makes the two that the README shows, small enough to be committed. With `--all DIR` it makes every
page at 1440 and 390 pixels, light and dark, for people who change how the pages look. It publishes nothing.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.server import RunningServer

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "docs" / "pictures"
LARGEST = 250_000
"""Bytes of a picture that is committed."""
EXAMPLE = "Support desk staffing"


@contextmanager
def signed_in(browser: Browser, server: RunningServer, secret: str, width: int, scheme: str) -> Iterator[Page]:
    """A page of the admin, at this width."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 700 else 844},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "vernissage", "value": secret, "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    yield page
    context.close()


def quiet(page: Page) -> None:
    """Wait until nothing is on its way any more: fonts, frames, charts."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    for chart in page.get_by_role("figure").all():
        if chart.is_visible():
            expect(chart.locator("svg, canvas").first).to_be_attached()


def open_logic(page: Page, logic: str) -> None:
    """The notebook, with the outputs of a run."""
    page.goto(logic)
    expect(page.locator("[data-cell]").first).to_be_visible()
    last = page.locator("[data-cell]").last
    if last.get_attribute("data-cell-state") == "empty":
        page.get_by_role("button", name="Run all", exact=True).or_(
            page.get_by_role("button", name="Restart & run all")
        ).filter(visible=True).first.click()
    expect(last).to_have_attribute("data-cell-state", "done")
    quiet(page)


def open_publish(page: Page, logic: str) -> None:
    """The publish dialog, its preview run ended."""
    open_logic(page, logic)
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    quiet(page)


def open_app(page: Page, app: str) -> None:
    """The published app, with its results."""
    page.goto(app)
    expect(page.locator("main[data-app]")).to_have_attribute("data-app-state", "results")
    quiet(page)


def small(picture: bytes) -> bytes:
    """The same picture in as few colours as look the same: a page has few of them."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    held = io.BytesIO()
    for colors in (256, 128, 64):
        held = io.BytesIO()
        image.quantize(colors, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if held.tell() <= LARGEST:
            break
    return held.getvalue()


def main() -> None:
    """Take the pictures that were asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all", type=Path, metavar="DIR", help="every page at every width, into this directory")
    arguments.add_argument("--browser", default=shutil.which("chromium") or "", help="path of a Chromium")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place, RunningServer(Path(place) / "data", "--examples") as server:
        client = server.client()
        secret = client.http.cookies["vernissage"]
        project = next(one for one in client.call("GET", "/projects").json()["values"] if one["title"] == EXAMPLE)
        logic, app = server.url + project["logicUrl"], server.url + project["appUrl"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chosen.browser or None, args=["--no-sandbox"])
            if chosen.all is None:
                README.mkdir(parents=True, exist_ok=True)
                with signed_in(browser, server, secret, 1440, "light") as page:
                    open_logic(page, logic)
                    # Code, figures, text and a chart in one view, below the bar.
                    page.locator('[data-cell="figures"]').evaluate(
                        "(cell) => scrollTo(0, cell.getBoundingClientRect().top + scrollY - 72)"
                    )
                    quiet(page)
                    (README / "logic-1440-light.png").write_bytes(small(page.screenshot()))
                    open_app(page, app)
                    (README / "app-1440-light.png").write_bytes(small(page.screenshot()))
            else:
                chosen.all.mkdir(parents=True, exist_ok=True)
                # Something to publish.
                with signed_in(browser, server, secret, 1440, "light") as page:
                    open_logic(page, logic)
                    title = page.get_by_role("textbox", name="Project title")
                    title.fill(f"{EXAMPLE} 2027")
                    title.press("Enter")
                    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
                for width in (1440, 390):
                    for scheme in ("light", "dark"):
                        with signed_in(browser, server, secret, width, scheme) as page:
                            name = f"{width}-{scheme}.png"
                            page.goto(f"{server.url}/")
                            expect(page.get_by_role("list", name="Projects")).to_be_visible()
                            quiet(page)
                            page.screenshot(path=chosen.all / f"home-{name}")
                            open_app(page, app)
                            page.screenshot(path=chosen.all / f"app-{name}", full_page=True)
                            open_logic(page, logic)
                            page.screenshot(path=chosen.all / f"logic-{name}")
                            open_publish(page, logic)
                            page.screenshot(path=chosen.all / f"publish-{name}")
            browser.close()


if __name__ == "__main__":
    main()
