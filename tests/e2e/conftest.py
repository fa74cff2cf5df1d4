"""A browser, and a server with nothing in it. A page that breaks its own policy fails the test."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.pages import import_project
from tests.support.server import Client, RunningServer

# The machine that runs the tests is shared.
expect.set_options(timeout=15_000)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-quic",
    "--test-third-party-cookie-phaseout",
)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for the tests that leave each other alone."""
    with RunningServer(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of this test's own, to be killed."""
    with RunningServer(tmp_path / "data") as server:
        yield server


@pytest.fixture(scope="session")
def admin(server: RunningServer) -> Client:
    """The admin of the shared server, without a page."""
    return server.client()


@pytest.fixture(scope="session")
def bo(server: RunningServer, admin: Client) -> Client:
    """Somebody else who may edit, once something is shared with them: bo@example.org."""
    return member(server, admin, "bo", "Bo Berg", "editor")


def member(server: RunningServer, admin: Client, name: str, called: str, role: str) -> Client:
    """Add somebody with the password `{name} likes pictures`, and sign them in."""
    person = {"email": f"{name}@example.org", "name": called, "role": role, "password": f"{name} likes pictures"}
    added = admin.call("POST", "/users", person)
    assert added.is_success, added.text
    client = Client(server.url)
    server.clients.append(client)
    client.refresh()
    answer = client.call("POST", "/sign-in", {"email": person["email"], "password": person["password"]})
    assert answer.status_code == 204, answer.text
    client.refresh()
    return client


Imported = Callable[..., str]


@pytest.fixture
def project(admin: Client) -> Iterator[Imported]:
    """Make projects on the shared server, as `import_project` does; they and their kernels end with the test."""
    made: list[str] = []

    def make(*cells: dict[str, Any], **rest: Any) -> str:
        made.append(import_project(admin, *cells, **rest))
        return made[-1]

    yield make
    for one in made:
        admin.call("DELETE", f"/projects/{one}")


Profile = Callable[..., Page]

RESULTS = Path("test-results")
"""Where pictures of pages go when their test fails; git does not track it."""

_contexts = pytest.StashKey[list[BrowserContext]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Picture the pages of a test that failed, before anything is cleared away."""
    report = yield
    if report.failed and call.when == "call":
        RESULTS.mkdir(exist_ok=True)
        pages = [page for context in item.stash.get(_contexts, []) for page in context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=RESULTS / f"{item.name}-{number}.png")
    return report


def broke_policy(message: ConsoleMessage) -> bool:
    """Whether the page broke its own policy. What code made is in a frame of its own, and may try what it likes."""
    return "Content Security Policy" in message.text and "/o/" not in message.location["url"]


@pytest.fixture
def profile(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Profile]:
    """Make pages, each in a browser profile of its own. What a page complains of fails the test at its end."""
    contexts = request.node.stash.setdefault(_contexts, [])
    complaints: list[str] = []

    def open_page(width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error in the page: {error}"))
        page.on("console", lambda message: complaints.append(message.text) if broke_policy(message) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints
