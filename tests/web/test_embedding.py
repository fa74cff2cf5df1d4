"""Apps in frames of other sites' pages: who may frame, how one gets in, what a frame's key is good for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.support.app import Site, Socket, boot, until
from tests.web.test_routes import HTTP_ROUTES
from tests.web.test_signing_in import link
from vernissage.core.access import NEEDS

HOST = "https://intranet.example.com"

APP = """
vernissage: 1
title: Framed
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - {id: tenant, type: input, kind: text, name: tenant, label: Tenant, default: nobody}
  - id: said
    type: python
    source: |
      import vernissage
      context = vernissage.run_context()
      f"for {tenant} {n} {dict(context.attributes)} {context.viewer!r}"
app:
  tabs:
    - name: One
      rows:
        - columns:
            - {start: 0, end: 120, elements: [{cell: n}, {cell: tenant}, {cell: said}]}
"""


@pytest.fixture(scope="module")
def project(site: Site) -> Iterator[str]:
    """An app that apple may see, and a workspace that HOST may frame."""
    admin = site.program("admin")
    id = site.project(APP, "olga")
    site.share(id, {"edith": "CAN_EDIT", "apple": "APP_ONLY"})
    site.publish(id)
    assert admin.put("/api/v1/embedding", json={"origins": [HOST + "/", HOST]}).json() == {"origins": [HOST]}
    yield id
    admin.put("/api/v1/embedding", json={"origins": []})


def address(project: str, more: str = "") -> str:
    return f"/main/app/{project}/latest?embed=true{more}"


def frames(answer: httpx2.Response) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer.headers["content-security-policy"])
    assert found is not None
    return found[1]


def opened(site: Site, url: str) -> Any:
    """What a page without any cookie carries at that address."""
    answer = httpx2.get(url if url.startswith("http") else f"{site.server.url}{url}")
    assert answer.status_code == 200
    return boot(answer.text)


def presigned(site: Site, project: str, **body: Any) -> str:
    answer = site.program("edith").post(f"/api/v1/embedding/createPresignedUrl/{project}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


def texts(tab: Socket) -> str:
    """All that the tab was sent."""
    return "\n".join(tab.raw)


def test_emb1_only_admins_name_origins_and_what_is_none_is_refused(site: Site, project: str) -> None:
    assert site.program("olga").get("/api/v1/embedding").status_code == 403
    assert site.program("olga").put("/api/v1/embedding", json={"origins": []}).status_code == 403
    answer = site.program("admin").put("/api/v1/embedding", json={"origins": [HOST, "https://*.example.com"]})
    assert answer.status_code == 422
    assert "'https://*.example.com' is no origin" in answer.json()["error"]["message"]
    assert site.program("admin").get("/api/v1/embedding").json() == {"origins": [HOST]}
    entries = site.program("admin").get("/api/v1/audit?action=set_embed_origins").json()["values"]
    assert entries[0]["detail"]["after"] == [HOST]


def test_emb2_only_the_embed_stands_in_frames(site: Site, project: str) -> None:
    http = httpx2.Client(base_url=site.server.url)
    assert frames(http.get(address(project))) == HOST
    for path in (f"/main/app/{project}/latest", f"/main/app/{project}/latest?embed=sign-in", "/", "/sign-in"):
        assert frames(http.get(path)) == "'none'"
    http.close()


def test_emb5_signed_out_the_door_is_the_same_whether_the_app_is_there_or_not(site: Site, project: str) -> None:
    there = opened(site, address(project))
    missing = "00000000-0000-0000-0000-000000000000"
    absent = opened(site, address(missing))
    assert there == {"door": f"/main/app/{project}/latest?embed=sign-in", "origins": [HOST], "sentence": ""}
    assert {**absent, "door": absent["door"].replace(missing, project)} == there


def test_emb5_the_window_hands_a_pass_to_the_frame(site: Site, project: str) -> None:
    browser = site.browser("apple").http
    window = browser.get(f"/main/app/{project}/latest?embed=sign-in")
    assert window.headers["cross-origin-opener-policy"] == "unsafe-none"
    found = boot(window.text)["handover"]
    page = opened(site, address(project, f"&_n=33&pass={found}"))
    assert page["snapshot"]["inputs"]["n"] == 33
    assert page["person"]["id"] == site.people["apple"].id
    assert page["can_edit"] is False
    used = opened(site, address(project, f"&pass={found}"))
    assert used["door"]
    assert "has been used" in used["sentence"]
    # Somebody without access is told what anybody is told.
    other = site.browser("sam").http.get(f"/main/app/{project}/latest?embed=sign-in")
    assert boot(other.text)["missing"] is True
    assert httpx2.get(f"{site.server.url}/main/app/{project}/latest?embed=sign-in").status_code == 200


def test_emb4_more_access_is_app_only_in_a_frame_and_ends_with_the_sign_in(site: Site, project: str) -> None:
    # A sign-in of its own: it is ended here.
    browser = site.browser()
    browser.http.get(link(site, site.people["olga"].id, timedelta(hours=1)))
    browser.refresh()
    page = boot(browser.http.get(address(project)).text)
    assert page["snapshot"]["access"] == "APP_ONLY"
    key = page["embed"]["key"]
    with Socket(site.server.url) as tab:
        assert tab.hello({"room": "app", "project": project}, key=key)["access"] == "APP_ONLY"
        with Socket(site.server.url) as other:
            assert other.hello({"room": "logic", "project": project}, key=key)["type"] == "ended"
        assert browser.call("POST", "/sign-out").status_code == 204
        assert tab.closed()["reason"] == "signed_out"
    with Socket(site.server.url) as tab:
        assert tab.hello({"room": "app", "project": project}, key=key)["reason"] == "signed_out"


def test_emb4_a_key_is_good_for_its_app_and_nothing_else(site: Site, project: str) -> None:
    """Every route, with the key of somebody who may do everything elsewhere."""
    key = boot(site.browser("olga").http.get(address(project)).text)["embed"]["key"]
    http = httpx2.Client(base_url=site.server.url, headers={"Authorization": f"Bearer {key}"})
    wrong = {}
    for route in HTTP_ROUTES:
        act = route.opt["act"]
        need = NEEDS[act]
        if act in ("open_page", "see_static", "see_output", "see_health", "read_openapi"):
            continue
        for path in route.paths:
            for method in route.http_methods:
                for id in (project, site.private):
                    target = re.sub(r"\{project:str\}", id, path)
                    target = re.sub(r"\{\w+:int\}", "1", re.sub(r"\{\w+:(str|path)\}", "x", target))
                    content = b'{"inputParams": 1}' if method != "GET" else b""
                    status = http.request(method, target, content=content).status_code
                    if need.project is None:
                        fits = {401}
                    elif id != project:
                        fits = {404}
                    elif need.project == "APP_ONLY":
                        fits = {200, 201, 204, 400, 404, 422}
                    else:
                        fits = {403}
                    if status not in fits:
                        wrong[method, target] = status
    http.close()
    assert not wrong


@pytest.mark.parametrize("change", ["", "x", "."])
def test_emb4_a_key_that_was_tampered_with_opens_nothing(site: Site, project: str, change: str) -> None:
    key = boot(site.browser("apple").http.get(address(project)).text)["embed"]["key"]
    broken = key[:-4] if not change else key.replace(key[12], "A" if key[12] != "A" else "B", 1) + change
    with Socket(site.server.url) as tab:
        assert tab.hello({"room": "app", "project": project}, key=broken)["reason"] == "signed_out"
    answer = httpx2.get(f"{site.server.url}/api/v1/projects/{project}", headers={"Authorization": f"Bearer {broken}"})
    assert answer.status_code == 401


def test_emb3_a_signed_embed_is_a_guest_with_what_the_server_said(site: Site, project: str) -> None:
    url = presigned(
        site, project, userAttributes={"team": "north"}, inputParameters={"n": 7}, lockedInputs={"tenant": "acme"}
    )
    page = opened(site, url)
    assert page["person"] is None
    assert page["embed"]["locked"] == ["tenant"]
    assert page["snapshot"]["inputs"] == {"n": 7, "tenant": "acme"}
    assert page["snapshot"]["results"] is None
    key, session = page["embed"]["key"], page["snapshot"]["session"]
    assert "has been used" in opened(site, url)["sentence"]
    with Socket(site.server.url) as tab:
        tab.hello({"room": "app", "project": project}, session=session, key=key)
        until_said(tab, "for acme 7 {'team': 'north'} ''")
        refused = tab.done({"do": "set_inputs", "values": {"tenant": "other"}})
        assert refused["type"] == "refusal"
        assert "Tenant: set by the page that shows this app" in refused["sentence"]
        assert tab.done({"do": "set_inputs", "values": {"n": 8}})["type"] == "done"
        until_said(tab, "for acme 8 {'team': 'north'} ''")
    # Neither a new session of that page, nor one of somebody else's, gets around it.
    with Socket(site.server.url) as tab:
        again = tab.hello({"room": "app", "project": project}, key=key)
        assert again["session"] != session
        assert again["inputs"] == {"n": 20, "tenant": "acme"}
        assert tab.done({"do": "set_inputs", "values": {"tenant": "other"}})["type"] == "refusal"
    with site.socket("edith") as mine:
        live = mine.hello({"room": "app", "project": project})["session"]
        assert mine.done({"do": "go_live"})["type"] == "done"
        with Socket(site.server.url) as tab:
            ended = tab.hello({"room": "app", "project": project}, session=live, key=key)
            assert ended["reason"] == "session_ended"


def until_said(tab: Socket, text: str) -> None:
    until(lambda: text in texts(tab) or not tab.take())


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"lockedInputs": {"nothing": 1}}, "lockedInputs", "has no input 'nothing'"),
        ({"inputParameters": {"n": 1000}}, "inputParameters", "100"),
        ({"expiresIn": 0}, "expiresIn", "expires within"),
        ({"expiresIn": 300_001}, "expiresIn", "expires within"),
        ({"userAttributes": {"much": "x" * 20_000}}, "userAttributes", "at most 16,000"),
    ],
)
def test_emb3_what_does_not_fit_is_named(site: Site, project: str, body: Any, field: str, said: str) -> None:
    answer = site.program("edith").post(f"/api/v1/embedding/createPresignedUrl/{project}", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert said in answer.json()["error"]["message"]


def test_emb3_an_address_expires_and_is_of_one_project(site: Site, project: str) -> None:
    late = presigned(site, project, expiresIn=1)
    assert "has been used" in opened(site, late)["sentence"]
    secret = parse_qs(urlsplit(presigned(site, project)).query)["pass"][0]
    other = opened(site, f"/main/app/{site.private}/latest?embed=true&pass={secret}")
    assert "has been used" in other["sentence"]


def test_emb2_an_app_open_to_the_web_opens_for_anybody(site: Site, project: str) -> None:
    page = opened(site, f"/main/app/{site.web}/latest?embed=true")
    assert page["person"] is None
    with Socket(site.server.url) as tab:
        seen = tab.hello({"room": "app", "project": site.web}, key=page["embed"]["key"])
        assert seen["access"] == "APP_ONLY"
        assert tab.done({"do": "set_inputs", "values": {"n": 21}})["type"] == "done"
