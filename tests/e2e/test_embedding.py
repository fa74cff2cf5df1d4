"""Apps in pages of another *site*: `http://localhost:…` frames `http://127.0.0.1:…`, so no cookie goes along."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Imported, Profile
from tests.e2e.pages import field, publish, python, share, signed_in, until
from tests.support.server import Client, RunningServer

HOST_PAGE = """<!doctype html><title>The intranet</title><h1>Our figures</h1>
<iframe id="app" title="The app" width="100%" height="400"></iframe>
<script>
  window.heard = [];
  addEventListener("message", (event) => {
    heard.push({origin: event.origin, ...event.data});
    if (event.data.type === "vernissage:height") document.getElementById("app").height = event.data.height;
  });
  window.ask = (inputs) =>
    document.getElementById("app").contentWindow.postMessage({type: "vernissage:set-inputs", inputs}, "*");
  document.getElementById("app").src = new URLSearchParams(location.search).get("src");
</script>"""


class _Host(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = HOST_PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[int, int]]:
    """Two web servers that are not ours: the ports of one that may frame apps, and of one that may not."""
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Host) for _ in range(2)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield servers[0].server_port, servers[1].server_port
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture
def allowed(admin: Client, hosts: tuple[int, int]) -> Iterator[str]:
    """The origin whose pages may frame apps."""
    origin = f"http://localhost:{hosts[0]}"
    assert admin.call("PUT", "/embedding", {"origins": [origin]}).is_success
    yield origin
    admin.call("PUT", "/embedding", {"origins": []})


CELLS = (
    field("slider", "n", label="Rows", min=1, max=100, step=1, default=20),
    field("text", "who", label="Who", default="nobody"),
    python("said", "f'{n} rows for {who}'", label="Said"),
    python(
        "html", "from IPython.display import HTML\nHTML('<p>framed <b>markup</b></p><div style=height:300px></div>')"
    ),
)


def show(page: Page, origin: str, url: str) -> None:
    """Open the host's page with that address in its frame."""
    page.goto(f"{origin}/?src={quote(url, safe='')}")


def refused_by(page: Page, origin: str, url: str) -> None:
    """Open it, and wait until the browser has refused to show the frame."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    show(page, origin, url)
    until(lambda: any("frame-ancestors" in one for one in said), "the frame was refused")


def heard(page: Page, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "kind => heard.filter((one) => one.type === 'vernissage:' + kind)", kind
    )
    return found


def test_emb5_emb6_a_private_app_in_a_page_of_another_site(
    server: RunningServer, admin: Client, bo: Client, project: Imported, profile: Profile, allowed: str
) -> None:
    """[EMB2, EMB5, EMB6] It asks to sign in, goes on with its address's values, takes inputs, tells its height."""
    id = project(*CELLS, title="Figures")
    share(admin, id, bo="APP_ONLY")
    publish(admin, id)
    page = profile(1000, 800)
    show(page, allowed, f"{server.url}/main/app/{id}/latest?embed=true&_n=7&_who=%22Ana%20%26%20Bo%22&theirs=1")
    frame = page.frame_locator("#app")
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name="Sign in").click()
    window = opened.value
    window.get_by_label("E-mail").fill("bo@example.org")
    window.get_by_label("Password").fill("bo likes pictures")
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in", exact=True).click()
    main = frame.locator("main[data-app]")
    expect(main).to_have_attribute("data-app-state", "idle")
    expect(main).to_contain_text("7 rows for Ana & Bo")
    expect(frame.get_by_role("button", name="Share")).to_have_count(0)
    inner = page.frames[1]
    assert inner.evaluate("location.search") == "?embed=true&theirs=1"
    assert not inner.evaluate("document.cookie")
    ours = [one for one in page.context.cookies() if one["name"] == "vernissage"]
    assert len(ours) == 1  # of the window, which is a page of our own site

    ready = heard(page, "ready")
    assert [(one["title"], one["version"]) for one in ready] == [("Figures", 1)]
    assert {one["origin"] for one in page.evaluate("heard")} == {server.url}
    expect(frame.frame_locator("iframe").locator("b")).to_have_text("markup")
    until(lambda: heard(page, "height")[-1]["height"] > 450, "the frame has told the height of what it shows")

    page.evaluate("ask({n: 42, who: 'Cy'})")
    expect(main).to_contain_text("42 rows for Cy")
    until(lambda: heard(page, "inputs")[-1]["inputs"] == {"n": 42, "who": "Cy"}, "the page heard of the new values")
    page.evaluate("ask({n: 1000, nothing: 1})")
    until(lambda: len(heard(page, "error")) >= 2, "both misfits were told")
    said = " ".join(one["message"] for one in heard(page, "error"))
    assert "This app has no input nothing." in said
    assert "100" in said
    expect(main).to_contain_text("42 rows for Cy")

    # A second frame needs no password any more: the window opens and closes by itself.
    page.reload()
    with page.context.expect_page():
        frame.get_by_role("button", name="Sign in").click()
    expect(main).to_contain_text("7 rows for Ana & Bo")


@pytest.mark.parametrize("width", [1440, 390])
def test_emb1_an_admin_allows_a_site_and_takes_it_back(
    server: RunningServer, admin: Client, profile: Profile, width: int
) -> None:
    page = signed_in(profile(width=width), server, admin)
    page.goto(f"{server.url}/settings/embedding")
    page.get_by_label("Site", exact=True).fill("https://*.example.com")
    page.get_by_role("button", name="Allow site").click()
    expect(page.get_by_role("alert")).to_contain_text("'https://*.example.com' is no origin of a page.")
    page.get_by_label("Site", exact=True).fill("https://Intranet.example.com/")
    page.keyboard.press("Enter")
    sites = page.get_by_role("list", name="Sites")
    expect(sites).to_contain_text("https://intranet.example.com")
    assert admin.call("GET", "/embedding").json() == {"origins": ["https://intranet.example.com"]}
    page.get_by_role("button", name="Remove https://intranet.example.com").click()
    expect(page.get_by_text("No site may show apps yet.")).to_be_visible()
    assert admin.call("GET", "/embedding").json() == {"origins": []}


def test_emb2_a_page_of_another_origin_gets_nothing(
    server: RunningServer, admin: Client, project: Imported, profile: Profile, allowed: str, hosts: tuple[int, int]
) -> None:
    """[EMB2, EMB6] Neither an app that is open to the web, nor a word of what it says."""
    id = project(*CELLS)
    share(admin, id, web="APP_ONLY")
    publish(admin, id)
    address = f"{server.url}/main/app/{id}/latest?embed=true"
    good = profile(1000, 800)
    show(good, allowed, address)
    expect(good.frame_locator("#app").locator("main[data-app]")).to_contain_text("20 rows for nobody")

    context = good.context
    for origin in (f"http://localhost:{hosts[1]}", f"http://127.0.0.1:{hosts[0]}"):
        other = context.new_page()
        refused_by(other, origin, address)
        assert other.evaluate("heard") == []
        assert "rows for" not in other.frames[1].content()
    # The address of an ordinary page stands in nobody's frame.
    refused_by(context.new_page(), allowed, f"{server.url}/main/app/{id}/latest")


def test_emb3_a_signed_embed_with_a_locked_input(
    server: RunningServer, admin: Client, project: Imported, profile: Profile, allowed: str
) -> None:
    id = project(*CELLS)
    publish(admin, id)
    body = {"lockedInputs": {"who": "Acme"}, "inputParameters": {"n": 5}, "userAttributes": {"id": 1}}
    url = admin.call("POST", f"/embedding/createPresignedUrl/{id}", body).json()["url"]
    page = profile(390, 800)
    show(page, allowed, url)
    frame = page.frame_locator("#app")
    main = frame.locator("main[data-app]")
    expect(main).to_contain_text("5 rows for Acme")
    assert "pass=" not in page.frames[1].evaluate("location.search")
    expect(frame.get_by_label("Who")).to_be_disabled()
    page.evaluate("ask({who: 'Other'})")
    until(lambda: any("set by the page" in one["message"] for one in heard(page, "error")), "it was refused")
    page.evaluate("ask({n: 6})")
    expect(main).to_contain_text("6 rows for Acme")
    page.reload()  # the same address once more: it is used up
    expect(main).to_contain_text("has been used, or has expired")
    expect(frame.get_by_role("button", name="Sign in")).to_be_visible()
