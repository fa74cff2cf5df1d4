"""What a person waits for, in a real browser: a page opens, a key is pressed.

Times are taken inside the page, on the clock that this process shares with it: from the call that opens the address to
the frame in which the number is painted, and from the key's event to the change of the page.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks.figures import Figure
from benchmarks.stage import AppName, MeasurementFailed, Stage, stage

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--disable-quic")

_WATCH = """
(() => {
  const look = () => {
    const cell = document.querySelector('[data-cell="number"][data-cell-state="done"]');
    if (!cell || !/\\d/.test(cell.textContent)) return;
    watching.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      window.paintedAt = performance.timeOrigin + performance.now();
    }));
  };
  const watching = new MutationObserver(look);
  watching.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
})();
"""
"""Writes down when the number has been painted."""

_PRESSES = """
() => {
  const cell = document.querySelector('[data-cell="twice"]');
  window.took = [];
  let pressed = 0, before = '';
  addEventListener('keydown', () => { pressed = performance.now(); before = cell.textContent; }, true);
  new MutationObserver(() => {
    if (!pressed || cell.textContent === before) return;
    window.took.push(performance.now() - pressed);
    pressed = 0;
  }).observe(cell, {subtree: true, childList: true, characterData: true});
}
"""
"""Writes down, for each key, how long after it the dependent number changed."""


def browser_path() -> str:
    """The browser: `VERNISSAGE_TEST_BROWSER`, else chromium or Chrome on the path."""
    found = os.environ.get("VERNISSAGE_TEST_BROWSER") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        raise MeasurementFailed("There is no browser: install one with `apt-get install chromium`.")
    return found


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        yield browser
        browser.close()


class Opened:
    """One visit: when the number was painted, and what had been fetched by then."""

    def __init__(self, browser: Browser, place: Stage, app: AppName) -> None:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "vernissage", "value": place.cookie, "url": place.url}])
        page = context.new_page()
        page.add_init_script(_WATCH)
        self._wire = _Wire(context.new_cdp_session(page))
        begun = time.time() * 1000
        page.goto(place.address(app), wait_until="commit")
        page.wait_for_function("() => window.paintedAt", timeout=60_000)
        painted = float(page.evaluate("window.paintedAt"))
        self.took = painted - begun
        self.requests, self.kilobytes = self._wire.until(painted / 1000)
        page.wait_for_load_state("networkidle")
        self.all_requests, self.all_kilobytes = self._wire.until(time.time())
        context.close()


class _Wire:
    """What a page fetches, as the browser counts it: bytes as they came, compressed, with their headers."""

    def __init__(self, session: CDPSession) -> None:
        self._sent: dict[str, float] = {}
        """Request → seconds since the epoch."""
        self._arrived: list[tuple[float, str, float]] = []
        """Seconds of the browser's own clock, request, bytes."""
        self._frames: list[tuple[float, float]] = []
        self._offset = 0.0
        """From the browser's clock to the epoch."""
        session.on("Network.requestWillBeSent", self._request)
        session.on("Network.responseReceived", self._response)
        session.on("Network.dataReceived", self._data)
        session.on("Network.webSocketCreated", self._socket)
        session.on("Network.webSocketFrameReceived", self._frame)
        session.send("Network.enable")

    def _request(self, event: Any) -> None:
        if event["request"]["url"].startswith("data:"):
            return
        self._sent[event["requestId"]] = event["wallTime"]
        self._offset = event["wallTime"] - event["timestamp"]

    def _response(self, event: Any) -> None:
        if event["requestId"] in self._sent:
            self._arrived.append((event["timestamp"], event["requestId"], event["response"]["encodedDataLength"]))

    def _data(self, event: Any) -> None:
        self._arrived.append((event["timestamp"], event["requestId"], event["encodedDataLength"]))

    def _socket(self, event: Any) -> None:
        self._sent[event["requestId"]] = time.time()  # this event carries no time

    def _frame(self, event: Any) -> None:
        self._frames.append((event["timestamp"], len(event["response"]["payloadData"].encode())))

    def until(self, moment: float) -> tuple[float, float]:
        """Requests that were sent, and kilobytes that had come, by a moment (seconds since the epoch)."""
        requests = sum(sent <= moment for sent in self._sent.values())
        size = sum(size for at, _, size in self._arrived if at + self._offset <= moment)
        size += sum(size for at, size in self._frames if at + self._offset <= moment)
        return float(requests), size / 1000


def page_open(times: int = 10) -> list[Figure]:
    """Open the app in a new browser profile, until its number is painted; what was fetched for it."""
    with stage("results", "run") as place, _browser() as browser:
        Opened(browser, place, "run")  # warms the server up
        results = [Opened(browser, place, "results") for _ in range(times)]
        fresh = [Opened(browser, place, "run") for _ in range(times)]
    return [
        Figure(
            "page_results",
            "page open → number visible, published results",
            "ms",
            tuple(one.took for one in results),
            300,
            "Streamlit 744, Panel 765, Voilà preheated 1 038, Solara 1 278, marimo 1 738",
        ),
        Figure("page_run", "page open → number visible, run from scratch", "ms", tuple(one.took for one in fresh), 450),
        Figure(
            "page_bytes",
            "fetched until the number shows",
            "kB",
            tuple(one.kilobytes for one in results),
            300,
            "Solara 1 600 … marimo 6 900",
        ),
        Figure(
            "page_requests",
            "requests until the number shows",
            "",
            tuple(one.requests for one in results),
            8,
            "17 … 307",
        ),
        Figure(
            "page_all_bytes", "  fetched until the chart shows too", "kB", tuple(one.all_kilobytes for one in results)
        ),
        Figure("page_all_requests", "  requests until then", "", tuple(one.all_requests for one in results)),
    ]


def key_press(times: int = 50) -> list[Figure]:
    """Press a key on the slider of a running session, until the number that depends on it changes."""
    with stage("results") as place, _browser() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "vernissage", "value": place.cookie, "url": place.url}])
        page = context.new_page()
        page.goto(place.address("results"))
        slider = page.get_by_role("slider")
        slider.focus()
        page.evaluate(_PRESSES)
        warming = 5
        for turn in range(1, times + warming + 1):
            page.keyboard.press("ArrowRight")
            page.wait_for_function("count => window.took.length >= count", arg=turn, timeout=60_000)
            # Waiting ends with a frame. People press keys at any moment between two of them, so this does.
            time.sleep(0.05 + turn * 7 % 17 / 1000)
        took = [float(one) for one in page.evaluate("window.took")][warming:]
        context.close()
    return [
        Figure(
            "key_press",
            "key press → new value in the page",
            "ms",
            tuple(took),
            10,
            "Voilà 11, Solara 26, marimo 35, Panel 64, Streamlit 139",
        )
    ]
