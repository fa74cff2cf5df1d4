"""The pages: their policy, what they carry, where addresses lead, what is served beside them."""

from __future__ import annotations

import gzip
import re
import socket as sockets

import pytest

from tests.support.app import Site, boot
from vernissage.web.encodings import accepts
from vernissage.web.guard import project_id
from vernissage.web.outputs import POLICY as OUTPUT_POLICY
from vernissage.web.outputs import addresses
from vernissage.web.static_files import _files

UUID = "0123abcd-0000-4000-8000-00000000abcd"


def pages(site: Site) -> list[str]:
    return [
        "/",
        "/sign-in",
        f"/main/project/{site.private}/logic",
        f"/main/app/{site.private}/latest",
        f"/main/app/{site.private}/v/1",
        "/no/such/page",
    ]


def test_web11_every_page_has_a_policy_with_a_nonce_of_its_own(site: Site) -> None:
    nonces = set()
    for address in pages(site):
        answer = site.browser("edith").http.get(address)
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", policy)
        assert nonce is not None
        assert {part.strip().split(" ")[0] for part in policy.split(";")} >= {"default-src", "script-src", "base-uri"}
        assert "default-src 'none'; script-src 'self';" in policy
        assert f'"{nonce[1]}"' in answer.text
        assert "__NONCE__" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        scripts = re.findall(r"<script\b([^>]*)>", answer.text)
        assert scripts
        assert all("src=" in attributes or 'type="application/json"' in attributes for attributes in scripts)
        nonces.add(nonce[1])
    assert len(nonces) == len(pages(site))


def test_web11_what_a_page_carries_cannot_leave_its_script(site: Site) -> None:
    evil = "</script><script>alert(1)</script><!-- \u2028\u2029 &amp; ]]>"
    source = f"""
vernissage: 1
title: {evil!r}
cells:
  - id: t
    type: input
    kind: text
    name: t
    label: {evil!r}
    default: x
""".replace("'", '"')
    project = site.project(source, "olga")
    site.publish(project)
    answer = site.browser("olga").http.get(f"/main/app/{project}/latest")
    assert answer.text.count("</script>") == answer.text.count("<script")
    assert "alert(1)</script>" not in answer.text
    assert not {"\u2028", "\u2029"} & set(answer.text)
    assert boot(answer.text)["snapshot"]["app"]["cells"][0]["label"] == evil


def test_web12_a_link_made_for_hex_leads_here_with_its_query_byte_for_byte(site: Site) -> None:
    for query in (b"", b"?", b"?_n=%22a+b%22&x==&&y=%zz%20'\"", b"?_t=%C3%A9&q=%FF%00"):
        with sockets.create_connection(("127.0.0.1", site.server.port)) as raw:
            path = b"/any-thing/hex/Some-name-%s/latest" % UUID.upper().encode()
            raw.sendall(b"GET %s%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (path, query))
            answer = b""
            while part := raw.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 307 ")
        location = re.search(rb"(?i)\r\nlocation: ([^\r]*)\r\n", answer)
        assert location is not None
        kept = query if query != b"?" else b""
        assert location[1] == f"/main/app/{UUID}/latest".encode() + kept
    draft = site.program().get(f"/team/hex/{UUID}/draft/logic?a=%20", follow_redirects=False)
    assert (draft.status_code, draft.headers["location"]) == (307, f"/main/project/{UUID}/logic?a=%20")
    assert site.program().get("/team/hex/nothing/latest", follow_redirects=False).status_code == 401


def test_web3_a_slug_before_the_id_is_passed_over() -> None:
    assert project_id(UUID) == project_id(f"sales-report-{UUID}") == project_id(UUID.upper()) == UUID
    for text in ("", "x", UUID[:-1], f"{UUID}x", f"slug{UUID}", UUID.replace("-", "_"), "{" + UUID + "}", f"-{UUID} "):
        assert project_id(text) is None, text


def test_web3_an_app_is_found_with_a_slug_and_with_none(site: Site) -> None:
    browser = site.browser("apple")
    for address in (site.private, f"gallery-{site.private}", f"l%C3%A4den-{site.private.upper()}"):
        answer = browser.http.get(f"/main/app/{address}/latest")
        assert boot(answer.text)["project"] == site.private


def test_web13_missing_and_not_shared_are_one_page(site: Site) -> None:
    """The same text and status, but for the nonce and the token of the page."""
    sam = site.browser("sam")
    missing = "00000000-0000-4000-8000-000000000000"

    def seen(address: str) -> tuple[int, str]:
        answer = sam.http.get(address)
        text = re.sub(r'nonce-[\w-]+|"[\w-]{22}"|"csrf":"[^"]*"', "", answer.text)
        return answer.status_code, text

    expected = seen("/no/such/place")
    assert expected[0] == 404
    for page in ("app/{}/latest", "app/{}/v/1", "app/{}/v/9", "project/{}/logic", "project/{}/versions"):
        for project in (site.private, missing):
            assert seen("/main/" + page.format(project)) == expected
        assert seen("/other/" + page.format(site.private)) == expected
    assert site.program().get(f"/main/app/{missing}/latest").status_code == 401


def test_web13_another_version_takes_can_view_and_an_unpublished_app_says_nothing(site: Site) -> None:
    project = site.project("vernissage: 1\ntitle: One\ncells:\n  - {id: a, type: python, source: '1'}\n", "olga")
    site.share(project, {"victor": "CAN_VIEW", "apple": "APP_ONLY"})
    apple, victor = site.browser("apple"), site.browser("victor")
    assert apple.http.get(f"/main/app/{project}/latest").status_code == 404
    site.publish(project)
    with site.socket("olga") as socket:
        socket.hello({"room": "logic", "project": project})
        assert socket.done({"do": "set_title", "title": "Two"})["type"] == "done"
    site.publish(project)
    status = {number: apple.http.get(f"/main/app/{project}/v/{number}").status_code for number in (1, 2, 3, 2**70)}
    assert status == {1: 404, 2: 200, 3: 404, 2**70: 404}
    assert victor.http.get(f"/main/app/{project}/v/1").status_code == 200
    with site.socket("apple") as socket:
        assert socket.hello({"room": "app", "project": project, "version": 1})["reason"] == "no_access"
    with site.socket("victor") as socket:
        assert socket.hello({"room": "app", "project": project, "version": 2**60})["reason"] == "no_access"
    with site.socket("apple") as socket:
        assert socket.hello({"room": "app", "project": project})["version"] == 2
        assert site.program("olga").post(f"/api/v1/projects/{project}/unpublish").status_code == 204
        assert socket.closed()["reason"] == "session_ended"
    assert apple.http.get(f"/main/app/{project}/latest").status_code == 404
    body = apple.call("GET", f"/projects/{project}").json()
    assert "Two" not in str(body)
    assert body["publishedVersion"] is None


def test_web14_html_outputs_stand_in_a_sandbox_of_their_own(site: Site) -> None:
    project = site.project(
        "vernissage: 1\ntitle: Html\ncells:\n  - id: a\n    type: python\n    source: |\n"
        "      from IPython.display import HTML\n      HTML('<b>loud</b>' + '<i></i>' * 30000)\n",
        "olga",
    )
    site.publish(project)
    browser = site.browser("olga")
    snapshot = boot(browser.http.get(f"/main/app/{project}/latest").text)["snapshot"]
    (output,) = snapshot["cells"]["a"]["outputs"]
    address = output["blobs"]["text/html"]["url"]
    answer = site.program().get(address)  # the address is the right
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == OUTPUT_POLICY
    assert OUTPUT_POLICY.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in OUTPUT_POLICY
    assert "<b>loud</b>" in answer.text
    assert 'type: "vernissage:height"' in answer.text
    hash, kind, seal = address.rsplit("/", 1)[1].split(".")
    for wrong in (
        f"{hash}.{kind}.{seal[:-1]}x",
        f"{hash}.dGV4dC9wbGFpbg.{seal}",
        f"{'0' * 64}.{kind}.{seal}",
        "a.b",
        "...",
    ):
        assert site.program().get(f"/o/{wrong}").status_code == 404
    other = addresses(b"another key of 32 bytes, or so...")(hash, "text/html")
    assert site.program().get(other).status_code == 404


def test_web15_static_files_are_compressed_and_kept_for_good(site: Site) -> None:
    name = next(name for name in _files() if name.endswith(".js") and f"{name}.br" in _files())
    plain = site.program().get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
    assert plain.status_code == 200
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-type"].startswith("text/javascript")
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    for accepted, encoding in (("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, gzip", "gzip")):
        with site.program().stream("GET", f"/static/{name}", headers={"Accept-Encoding": accepted}) as answer:
            assert answer.headers["content-encoding"] == encoding
            assert answer.headers["vary"] == "Accept-Encoding"
            body = b"".join(answer.iter_raw())
            assert len(body) < len(plain.content)
            if encoding == "gzip":
                assert gzip.decompress(body) == plain.content


@pytest.mark.parametrize(
    "path",
    ["app.html", "../app.html", "assets/../app.html", "assets/%2e%2e/app.html", "assets", "assets/", "%00",
     "assets/nothing.js", "..%2f..%2fserver.py", "//etc/passwd", "assets/" + "a" * 5000, "%2fetc%2fpasswd"],
)  # fmt: skip
def test_web15_no_address_leads_out_of_the_static_files(site: Site, path: str) -> None:
    with sockets.create_connection(("127.0.0.1", site.server.port)) as raw:
        raw.sendall(f"GET /static/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = raw.recv(100)
    assert answer.split()[1] in (b"404", b"401"), answer


def test_web15_an_encoding_is_taken_only_where_it_is_named() -> None:
    assert accepts("gzip, br;q=0.5", "br")
    assert accepts("GZIP;q=1.0", "gzip")
    for header in ("", "vibrant", "br;q=0", "br; q=0.00", "*"):
        assert not accepts(header, "br"), header


def test_web32_a_look_at_a_link_answers_as_a_page_and_starts_no_session(site: Site) -> None:
    address = f"/main/app/{site.private}/latest?_n=7"
    apple = site.browser("apple")
    look = apple.http.head(address)
    page = apple.http.get(address)
    assert (look.status_code, look.content, page.status_code) == (200, b"", 200)
    assert boot(page.text)["snapshot"]["session"]
    assert look.headers["content-type"] == page.headers["content-type"]
    # What would have been the page of a new session is that of a plain visit.
    plain = apple.http.get(f"/main/app/{site.private}/latest")
    assert boot(plain.text)["snapshot"]["session"] == ""
    assert abs(int(look.headers["content-length"]) - int(plain.headers["content-length"])) < 100
