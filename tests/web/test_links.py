"""Links over HTTP: what they carry, what they leave out, and that they open as what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.app import Site, boot
from tests.support.server import RunningServer

INPUTS = """
vernissage: 1
title: Inputs
cells:
  - {id: t, type: input, kind: text, name: t, label: Words, default: ""}
  - {id: n, type: input, kind: number, name: n, label: Number, default: 1}
  - {id: secret, type: input, kind: text, name: secret, label: Not in links, default: "", in_links: false}
  - {id: file, type: input, kind: file, name: file, label: A file}
  - {id: go, type: input, kind: button, name: go, label: Go}
  - {id: a, type: python, source: "t"}
"""


@pytest.fixture(scope="module")
def inputs(site: Site) -> str:
    project = site.project(INPUTS, "olga")
    site.share(project, {"apple": "APP_ONLY"}, web="APP_ONLY")
    site.publish(project)
    return project


def link(site: Site, project: str, who: str = "apple", **body: Any) -> Any:
    return site.program(who).post(f"/api/v1/projects/{project}/links", json={"kind": "CURRENT_INPUTS"} | body)


def test_liv6_what_a_link_carries_reads_back_when_it_is_opened(site: Site, inputs: str) -> None:
    words = 'a "b" & ü 😀 100% + #'
    file = {"name": "f.csv", "hash": "0" * 64, "size": 3}
    given = {"t": words, "n": {"$int": "9007199254740993"}, "secret": "x", "file": file, "go": True, "unknown": 1}
    answer = link(site, inputs, inputs=given)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["notCarried"] == ["Not in links", "A file"]
    assert body["url"].startswith(f"{site.server.url}/main/app/{inputs}/latest?_t=")
    assert "_go=false" in body["url"]
    page = boot(site.browser("apple").http.get(body["url"]).text)
    assert page["snapshot"]["inputs"]["t"] == words
    assert page["snapshot"]["inputs"]["n"] == {"$int": "9007199254740993"}
    assert page["snapshot"]["session"]
    assert page["notices"] == []


def test_liv6_a_query_that_is_sent_as_plain_text_is_read_as_utf_8(site: Site, inputs: str) -> None:
    page = boot(site.browser("apple").http.get(f"/main/app/{inputs}/latest?_t=%22%C3%BC%22&_n=2").text)
    assert page["snapshot"]["inputs"]["t"] == "ü"
    broken = boot(site.browser("apple").http.get(f"/main/app/{inputs}/latest?_t=%22%FF%22&_n=2").text)
    assert (broken["snapshot"]["inputs"]["t"], broken["snapshot"]["inputs"]["n"]) == ("", 2)


def test_liv6_one_that_would_be_too_long_names_the_input(site: Site, inputs: str) -> None:
    answer = link(site, inputs, inputs={"t": "x" * 9_000, "n": 3})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "TOO_LONG"
    assert error["message"].startswith("Words is too long")
    assert "live session" in error["hint"]


def test_liv6_the_app_itself_and_what_does_not_fit(site: Site, inputs: str) -> None:
    plain = link(site, inputs, kind="PUBLISHED", inputs={"n": 5}).json()
    assert plain == {"url": f"{site.server.url}/main/app/{inputs}/latest", "notCarried": []}
    wrong = link(site, inputs, inputs={"n": "seven"})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "n")
    draft = site.project(INPUTS, "olga")
    assert link(site, draft, "olga").json()["error"]["code"] == "NOT_PUBLISHED"
    assert link(site, inputs, inputs={"n": 5}).json()["url"].endswith("?_n=5&_go=false")
    assert link(site, inputs, "sam").status_code == 200  # open to the web
    assert link(site, site.private, "sam").status_code == 404


def test_liv7_an_admin_may_switch_them_off(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", environ={"VERNISSAGE_CURRENT_INPUTS_LINKS": "false"}) as server:
        client = server.client()
        made = client.http.post(
            "/api/v1/projects/import", content=INPUTS.encode(), headers={"X-CSRF-Token": client.csrf}
        )
        project = made.json()["id"]
        path = f"/projects/{project}/links"
        refused = client.call("POST", path, {"kind": "CURRENT_INPUTS", "inputs": {}})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "LINKS_OFF")
        allowed = client.call("POST", path, {"kind": "PUBLISHED"})  # as far as there is an app
        assert allowed.json()["error"]["code"] == "NOT_PUBLISHED"
