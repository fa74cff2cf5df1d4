"""Versions over the API: saved, reverted, compared, published again, taken away; and the audit log."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.app import PLAIN, WAITS, Site, boot, until

API = "/api/v1/projects"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def plain(site: Site) -> str:
    """A project of olga's, which edith may edit, victor view and apple use."""
    project = site.project(PLAIN, "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY"})
    return project


def exported(site: Site, project: str, version: str = "draft") -> bytes:
    answer = site.program("olga").get(f"{API}/{project}/export", params={"version": version})
    assert answer.status_code == 200
    return answer.content


def done(site: Site, project: str, operation: dict[str, Any]) -> None:
    """An edit of the draft by olga."""
    with site.socket("olga") as tab:
        tab.hello({"room": "logic", "project": project})
        answer = tab.done(operation)
        assert answer["type"] == "done", answer


def titled(site: Site, project: str, title: str) -> None:
    done(site, project, {"do": "set_title", "title": title})


def appended(site: Site, project: str, id: str, source: str) -> None:
    cell = {"type": "python", "id": id, "source": source}
    done(site, project, {"do": "insert_cell", "cell": cell, "after": "twice"})


def audit(site: Site, project: str) -> list[dict[str, Any]]:
    answer = site.program("admin").get("/api/v1/audit", params={"project": project})
    assert answer.status_code == 200
    return list(answer.json()["values"])


def test_ver1_the_draft_is_saved_as_a_version_without_publishing(site: Site, plain: str) -> None:
    edith = site.program("edith")
    answer = edith.post(f"{API}/{plain}/versions", json={"title": "  Before  the talk "})
    assert answer.status_code == 201
    body = answer.json()
    assert TIME.fullmatch(body.pop("createdAt"))
    assert len(body.pop("hash")) == 64
    assert body == {
        "number": 1, "title": "Before the talk", "author": {"email": site.people["edith"].email, "name": "Edith"},
        "kind": "saved", "published": False, "runId": None, "runStatus": None, "personal": False,
    }  # fmt: skip
    titled(site, plain, "Later")
    assert edith.post(f"{API}/{plain}/versions", json={"title": ""}).json()["number"] == 2
    assert edith.post(f"{API}/{plain}/versions", json={"title": "Equal"}).json()["number"] == 3
    listed = edith.get(f"{API}/{plain}/versions").json()["values"]
    assert [(one["number"], one["title"]) for one in listed] == [(3, "Equal"), (2, ""), (1, "Before the talk")]
    assert listed[0]["hash"] == listed[1]["hash"] != listed[2]["hash"]
    assert exported(site, plain, "2") == exported(site, plain) != exported(site, plain, "1")
    assert edith.get(f"{API}/{plain}").json()["publishedVersion"] is None
    for title in ("x" * 201, "a\x00b", 3, None):
        wrong = edith.post(f"{API}/{plain}/versions", json={"title": title})
        assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "title"), title
    assert site.program("victor").post(f"{API}/{plain}/versions", json={"title": "x"}).status_code == 403


def test_ver2_a_revert_gives_the_draft_the_bytes_of_the_version(site: Site, plain: str) -> None:
    """[VER2, VER4]"""
    edith = site.program("edith")
    site.publish(plain)
    first = exported(site, plain, "1")
    hashes = {1: edith.get(f"{API}/{plain}/versions/1").json()["hash"]}
    appended(site, plain, "more", "n + 1")
    titled(site, plain, "Changed")
    changed = exported(site, plain)
    with site.socket("victor") as tab:
        tab.hello({"room": "logic", "project": plain})
        answer = edith.post(f"{API}/{plain}/revert", json={"version": 1})
        assert (answer.status_code, answer.json()) == (
            200, {"hash": hashes[1], "title": "Plain", "unpublishedChanges": False, "savedAs": 2},
        )  # fmt: skip
        event = tab.event(lambda event: event["event"] == "document_replaced")
        assert [cell["id"] for cell in event["document"]["cells"]] == ["n", "twice"]
    assert exported(site, plain) == first
    assert exported(site, plain, "2") == changed
    assert exported(site, plain, "latest") == first
    kept = edith.get(f"{API}/{plain}/versions/2").json()
    assert (kept["title"], kept["kind"]) == ("Before reverting to version 1", "saved")
    project = edith.get(f"{API}/{plain}").json()
    assert (project["publishedVersion"], project["unpublishedChanges"], project["title"]) == (1, False, "Plain")
    again = edith.post(f"{API}/{plain}/revert", json={"version": 1}).json()
    assert again == {**answer.json(), "savedAs": None}
    back = edith.post(f"{API}/{plain}/revert", json={"version": 2}).json()
    assert back == {"hash": kept["hash"], "title": "Changed", "unpublishedChanges": True, "savedAs": None}
    assert exported(site, plain) == changed
    assert len(edith.get(f"{API}/{plain}/versions").json()["values"]) == 2
    for number in (3, 0, -1, 2**40):
        missing = edith.post(f"{API}/{plain}/revert", json={"version": number})
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NO_SUCH_VERSION")
    assert edith.post(f"{API}/{plain}/revert", json={"version": "first"}).status_code == 422
    assert site.program("victor").post(f"{API}/{plain}/revert", json={"version": 1}).status_code == 403
    assert exported(site, plain) == changed


def test_ver5_versions_and_the_draft_are_compared(site: Site, plain: str) -> None:
    victor = site.program("victor")

    def difference(**sides: str) -> Any:
        answer = victor.get(f"{API}/{plain}/diff", params=sides)
        assert answer.status_code == 200, answer.text
        return answer.json()

    new = difference()
    assert new["from"] == {"kind": "nothing", "version": None, "hash": "", "runId": None}
    assert new["to"]["kind"] == "draft"
    assert (new["outputs"], new["difference"]["total"]) == (None, 2)
    site.publish(plain)
    same = difference()
    assert same["difference"]["total"] == 0
    assert same["from"]["hash"] == same["to"]["hash"]
    appended(site, plain, "more", "n + 1")
    changed = difference()
    assert changed == difference(**{"from": "published", "to": "draft"})
    (cell,) = changed["difference"]["cells"]
    assert (cell["id"], cell["kind"], cell["type"]) == ("more", "added", "python")
    assert changed["outputs"] is None
    assert difference(**{"from": "draft", "to": "1"})["difference"]["cells"][0]["kind"] == "removed"
    site.publish(plain)
    both = difference(**{"from": "1", "to": "2"})
    runs = {number: victor.get(f"{API}/{plain}/versions/{number}").json()["runId"] for number in (1, 2)}
    assert [(both[side]["version"], both[side]["runId"]) for side in ("from", "to")] == [(1, runs[1]), (2, runs[2])]
    assert both["outputs"]["twice"] == {"kind": "same", "tables": []}
    assert both["outputs"]["more"]["kind"] == "only_after"
    for wrong, status in (("9", 404), ("0", 404), ("latest", 422), ("٣", 422), ("", 422), ("1" * 30, 422)):
        answer = victor.get(f"{API}/{plain}/diff", params={"from": wrong})
        assert (answer.status_code, answer.json()["error"]["message"] != "") == (status, True), wrong
    assert victor.get(f"{API}/{plain}/diff", params={"to": "published"}).json()["error"]["field"] == "to"
    assert site.program("apple").get(f"{API}/{plain}/diff").status_code == 403
    assert site.program("sam").get(f"{API}/{plain}/diff").status_code == 404


def test_ver15_what_a_candidate_shows_is_compared_with_the_published_results(site: Site, plain: str) -> None:
    edith, victor = site.program("edith"), site.program("victor")
    appended(site, plain, "rows", "0")
    site.publish(plain)
    done(site, plain, {"do": "delete_cell", "cell": "rows"})
    appended(site, plain, "rows2", "1")
    appended(site, plain, "more", "'more'")
    site.publish(plain)
    done(site, plain, {"do": "delete_cell", "cell": "more"})
    appended(site, plain, "late", "2")
    done(site, plain, {"do": "delete_cell", "cell": "rows2"})
    started = edith.post(f"{API}/{plain}/publish", json={}).json()["publishId"]
    until(lambda: edith.get(f"{API}/{plain}/publish/{started}").json()["status"] == "READY")
    appended(site, plain, "slips", "3")  # later edits are not in it
    found = victor.get(f"{API}/{plain}/diff", params={"to": started}).json()
    assert (found["to"]["kind"], found["to"]["version"], found["from"]["version"]) == ("candidate", None, 2)
    assert {one["id"]: one["kind"] for one in found["difference"]["cells"]} == {
        "rows2": "removed", "more": "removed", "late": "added",
    }  # fmt: skip
    assert {id: one["kind"] for id, one in found["outputs"].items()} == {
        "n": "same", "twice": "same", "rows2": "only_before", "more": "only_before", "late": "only_after",
    }  # fmt: skip
    alone = victor.get(f"{API}/{plain}/diff/outputs", params={"to": started}).json()
    assert alone == {"outputs": found["outputs"]}
    one = victor.get(f"{API}/{plain}/diff/outputs/late", params={"to": started}).json()
    assert (one["before"], one["after"]["outputs"][0]["data"]["text/plain"], one["tables"]) == (None, "2", [])
    for place in ("diff", "diff/outputs", "diff/outputs/late"):
        assert site.program("apple").get(f"{API}/{plain}/{place}", params={"to": started}).status_code == 403
        other = "0" * 8 + started[8:]
        answer = victor.get(f"{API}/{plain}/{place}", params={"to": other})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NO_SUCH_CANDIDATE")


def test_ver15_tables_are_compared_row_by_row(site: Site, plain: str) -> None:
    victor = site.program("victor")
    frame = "import pandas as pd\npd.DataFrame({{'k': range(1500), 'v': [x * (1 + (x == {0})) for x in range(1500)]}})"
    appended(site, plain, "rows", frame.format(2000))
    site.publish(plain)
    with site.socket("olga") as tab:
        snapshot = tab.hello({"room": "logic", "project": plain})
        source = frame.format(700)
        old = len(frame.format(2000))
        update = {"client": "me", "changes": [[old, *source.split("\n")]]}
        version = snapshot["texts"].get("rows", 0)
        answer = tab.done({"do": "edit_text", "cell": "rows", "version": version, "updates": [update]})
        assert answer["type"] == "done", answer
    site.publish(plain)
    found = victor.get(f"{API}/{plain}/diff/outputs/rows", params={"from": "1", "to": "2"}).json()
    (table,) = found["tables"]
    assert (table["changed"], table["added"], table["removed"], table["columns"]) == (1, 0, 0, ["v"])
    assert [(one["kind"], one["rows"]) for one in table["hunks"]] == [("same", 700), ("changed", 1), ("same", 299)]
    assert (table["hunks"][1]["before"], table["hunks"][1]["after"]) == ([700, 700], [700, 1400])
    assert table["note"] == "Only the first 1 000 rows of each were compared."


@contextmanager
def prompter() -> Iterator[tuple[int, Any]]:
    """Where a cell asks what to show, and waits for it: a port, and what answers the next one that asks."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as thread:
        listening.settimeout(WAITS)

        def accept() -> socket.socket:
            found, _ = listening.accept()
            return found

        yield listening.getsockname()[1], lambda: thread.submit(accept)


ASKING = """
vernissage: 1
title: Asking
cells:
  - id: asks
    type: python
    source: |
      import socket
      with socket.create_connection(("127.0.0.1", {port})) as prompter:
          said = prompter.recv(100).decode()
      if said == "fail":
          raise ValueError("it failed")
      said
app:
  tabs:
    - name: Overview
      rows:
        - columns:
            - {{start: 0, end: 120, elements: [{{cell: asks}}]}}
"""


def test_ver7_an_older_version_published_again_shows_its_last_results_meanwhile(site: Site) -> None:
    with prompter() as (port, asked):
        project = site.project(ASKING.format(port=port), "olga")
        site.share(project, {"apple": "APP_ONLY"})
        olga = site.program("olga")

        def begun(said: str = "", **wanted: Any) -> tuple[str, socket.socket]:
            """A publish whose run has asked; `said`: the answer, else it waits for one."""
            asking = asked()
            started = olga.post(f"{API}/{project}/publish", json=wanted)
            assert started.status_code == 202, started.text
            waiting: socket.socket = asking.result(WAITS)
            if said:
                waiting.sendall(said.encode())
                waiting.close()
            return f"{API}/{project}/publish/{started.json()['publishId']}", waiting

        def ended(address: str) -> dict[str, Any]:
            run = f"{API}/{project}/runs/{olga.get(address).json()['runId']}"
            until(lambda: olga.get(run).json()["status"] not in ("PENDING", "RUNNING"))
            until(lambda: olga.get(address).json()["status"] != "RUNNING")
            return dict(olga.get(address).json())

        def shown() -> tuple[int, str]:
            page = site.browser("apple").http.get(f"/main/app/{project}/latest")
            assert page.status_code == 200
            snapshot = boot(page.text)["snapshot"]
            outputs = snapshot["cells"]["asks"]["outputs"]
            return snapshot["version"], outputs[0]["data"]["text/plain"] if outputs else ""

        def published(said: str) -> None:
            address, _ = begun(said)
            assert ended(address)["status"] == "READY"
            assert olga.post(f"{address}/confirm").status_code == 200

        published("first")
        titled(site, project, "Second")
        published("second")
        assert shown() == (2, "'second'")
        titled(site, project, "Draft")
        draft = exported(site, project)
        unpublished = hashlib.sha256(draft).hexdigest()

        address, waiting = begun(version=1, expectedPublished=2)
        assert shown() == (2, "'second'")  # its gate has not been passed
        refused = olga.post(f"{address}/confirm")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "NOT_READY")
        waiting.sendall(b"fail")
        waiting.close()
        assert ended(address)["status"] == "FAILED"
        assert olga.post(f"{address}/confirm", json={"acceptErrors": True}).json()["version"] == 1
        assert shown() == (1, "'first'")  # its last results: a later run that fails replaces none
        assert exported(site, project) == draft

        forced, waiting = begun(version=2, force=True)
        assert shown() == (2, "'second'")  # while the run goes on
        waiting.sendall(b"second again")
        waiting.close()
        assert ended(forced)["status"] == "PUBLISHED"
        until(lambda: shown() == (2, "'second again'"))
        assert hashlib.sha256(exported(site, project)).hexdigest() == unpublished
        body = olga.get(f"{API}/{project}").json()
        assert (body["publishedVersion"], body["unpublishedChanges"], body["title"]) == (2, True, "Draft")
        assert [one["number"] for one in olga.get(f"{API}/{project}/versions").json()["values"]] == [2, 1]


def test_ver8_unpublishing_ends_sessions_and_the_address_says_so(site: Site, plain: str) -> None:
    site.publish(plain)
    draft = exported(site, plain)
    edith, apple = site.program("edith"), site.browser("apple")
    with site.socket("apple") as tab, site.socket("edith") as logic:
        assert tab.hello({"room": "app", "project": plain})["version"] == 1
        logic.hello({"room": "logic", "project": plain})
        assert edith.post(f"{API}/{plain}/unpublish").status_code == 204
        ended = tab.closed()
        assert (ended["type"], ended["reason"]) == ("ended", "session_ended")
        assert "unpublished" in ended["sentence"]
        told = logic.event(lambda event: event["event"] == "publishing_changed")
        assert told["publishing"]["published"] is None
    page = apple.http.get(f"/main/app/{plain}/latest")
    assert page.status_code == 404
    assert (boot(page.text)["missing"], boot(page.text)["unpublished"]) == (True, True)
    stranger = site.browser("sam").http.get(f"/main/app/{plain}/latest")  # who may not know of it
    assert (stranger.status_code, boot(stranger.text)["unpublished"]) == (404, False)
    assert exported(site, plain) == draft
    assert edith.get(f"{API}/{plain}").json()["status"] == {"name": "Draft"}
    run = edith.post(f"{API}/{plain}/runs", json={})
    assert run.status_code == 422, run.text
    started = edith.post(f"{API}/{plain}/publish", json={"version": 1, "force": True})
    assert started.status_code == 202
    assert apple.http.get(f"/main/app/{plain}/latest").status_code == 200


def test_ver13_versions_are_paged_with_what_was_done_meanwhile(site: Site, plain: str) -> None:
    edith = site.program("edith")
    site.publish(plain)
    titled(site, plain, "Second")
    site.publish(plain)
    edith.post(f"{API}/{plain}/revert", json={"version": 1})  # version 2 holds the draft already
    titled(site, plain, "Third")
    edith.post(f"{API}/{plain}/versions", json={"title": "Third"})
    edith.post(f"{API}/{plain}/unpublish")
    whole = edith.get(f"{API}/{plain}/versions").json()
    assert [one["number"] for one in whole["values"]] == [3, 2, 1]
    assert [(one["action"], one["version"], one["savedAs"]) for one in whole["steps"]] == [
        ("unpublish", 2, None), ("revert", 1, None),
    ]  # fmt: skip
    assert {one["by"]["name"] for one in whole["steps"]} == {"Edith"}
    assert [one["runStatus"] for one in whole["values"]] == [None, "COMPLETED", "COMPLETED"]
    pages = []
    after: dict[str, str] = {}
    while True:
        page = edith.get(f"{API}/{plain}/versions", params={"limit": "1"} | after).json()
        pages.append(page)
        if page["pagination"]["after"] is None:
            break
        after = {"after": page["pagination"]["after"]}
    assert [[one["number"] for one in page["values"]] for page in pages] == [[3], [2], [1]]
    assert [[one["action"] for one in page["steps"]] for page in pages] == [["unpublish"], ["revert"], []]
    assert [page["pagination"]["before"] for page in pages] == [None, "2", "1"]
    back = edith.get(f"{API}/{plain}/versions", params={"limit": 1, "before": 1}).json()
    assert [one["number"] for one in back["values"]] == [2]
    for far in (10**12, -5):
        for way in ("after", "before"):
            assert edith.get(f"{API}/{plain}/versions", params={way: far}).status_code == 200


def test_ver11_a_version_is_given_another_title(site: Site, plain: str) -> None:
    edith, victor = site.program("edith"), site.program("victor")
    kept = edith.post(f"{API}/{plain}/versions", json={"title": "Kept"}).json()
    content = exported(site, plain, "1")
    address = f"{API}/{plain}/versions/1"
    named = edith.patch(address, json={"title": " Before  the talk "})
    assert (named.status_code, named.json()) == (200, kept | {"title": "Before the talk"})
    assert victor.get(address).json()["title"] == "Before the talk"
    assert exported(site, plain, "1") == content
    assert victor.patch(address, json={"title": "x"}).status_code == 403
    assert edith.patch(f"{API}/{plain}/versions/9", json={"title": "x"}).status_code == 404
    assert edith.patch(address, json={"title": "x" * 201}).status_code == 422
    entry = audit(site, plain)[0]
    assert (entry["action"], entry["detail"]) == (
        "name_version", {"version": 1, "title": "Before the talk", "before": "Kept"},
    )  # fmt: skip


def test_ver12_who_edited_what_is_told_between_versions(site: Site, plain: str) -> None:
    edith = site.program("edith")
    titled(site, plain, "One")
    edith.post(f"{API}/{plain}/versions", json={"title": ""})
    titled(site, plain, "Two")
    appended(site, plain, "more", "1")
    titled(site, plain, "Three")
    found = edith.get(f"{API}/{plain}/edits", params={"from": 1}).json()
    assert [(one["by"]["name"], one["first"], one["last"]) for one in found["values"]] == [("Olga", 2, 4)]
    parts = [(one["kind"], one["cell"], one["edits"]) for one in found["values"][0]["parts"]]
    assert parts == [("title", "", 2), ("added", "more", 1)]
    assert found["pagination"] == {"after": None, "before": None}
    first = edith.get(f"{API}/{plain}/edits", params={"to": 1}).json()["values"]
    assert [(one["first"], one["last"]) for one in first] == [(1, 1)]
    assert edith.get(f"{API}/{plain}/edits", params={"from": 9}).status_code == 404
    assert edith.get(f"{API}/{plain}/edits", params={"from": "x"}).status_code == 422
    assert edith.get(f"{API}/{plain}/edits", params={"after": 10**30}).status_code == 200
    assert site.program("apple").get(f"{API}/{plain}/edits").status_code == 403


def test_ver16_the_publisher_ends_open_sessions(site: Site, plain: str) -> None:
    site.publish(plain)
    edith, victor = site.program("edith"), site.program("victor")
    with site.socket("apple") as old:
        old.hello({"room": "app", "project": plain})
        titled(site, plain, "Second")
        site.publish(plain)
        with site.socket("victor") as new:
            new.hello({"room": "app", "project": plain})
            assert edith.get(f"{API}/{plain}/sessions").json() == {"open": 2, "older": 1}
            assert victor.get(f"{API}/{plain}/sessions").status_code == 403
            assert victor.post(f"{API}/{plain}/sessions/end").status_code == 403
            assert edith.post(f"{API}/{plain}/sessions/end").json() == {"ended": 2}
            for tab in (old, new):
                ended = tab.closed()
                assert (ended["reason"], "ended this session" in ended["sentence"]) == ("session_ended", True)
    assert edith.get(f"{API}/{plain}/sessions").json() == {"open": 0, "older": 0}
    entry = audit(site, plain)[0]
    assert (entry["action"], entry["detail"]) == ("end_sessions", {"sessions": 2})
    step = edith.get(f"{API}/{plain}/versions").json()["steps"][0]
    assert (step["action"], step["sessions"]) == ("end_sessions", 2)


def test_ver17_a_version_is_read_as_its_logic(site: Site, plain: str) -> None:
    site.publish(plain)
    titled(site, plain, "Later")
    victor = site.program("victor")
    found = victor.get(f"{API}/{plain}/versions/1/logic").json()
    assert [one["id"] for one in found["document"]["cells"]] == ["n", "twice"]
    assert found["document"]["title"] != "Later"
    assert found["cells"]["twice"]["state"] == "done"
    assert victor.get(f"{API}/{plain}/versions/2/logic").status_code == 404
    assert site.program("apple").get(f"{API}/{plain}/versions/1/logic").status_code == 403


def test_ver9_the_audit_log_is_read_by_admins(site: Site, plain: str) -> None:
    edith, admin = site.program("edith"), site.program("admin")
    edith.post(f"{API}/{plain}/versions", json={"title": "Kept"})
    titled(site, plain, "Changed")
    edith.post(f"{API}/{plain}/revert", json={"version": 1})
    site.publish(plain)
    edith.post(f"{API}/{plain}/unpublish")
    entries = audit(site, plain)
    assert [one["action"] for one in entries] == [
        "unpublish", "publish", "revert", "save_version", "save_version", "share",
    ]  # fmt: skip
    revert = entries[2]
    assert TIME.fullmatch(revert.pop("at"))
    assert revert.pop("id").isdecimal()
    assert revert.pop("names")[plain]
    assert revert == {
        "user": site.people["edith"].id, "person": {"email": site.people["edith"].email, "name": "Edith"},
        "action": "revert", "project": plain, "detail": {"version": 1, "savedAs": 2}, "origin": "127.0.0.1",
    }  # fmt: skip
    assert entries[3]["detail"] == {"version": 2, "title": "Before reverting to version 1"}
    newest = admin.get("/api/v1/audit", params={"project": f"a-slug-{plain}", "limit": 2}).json()["values"]
    assert [one["action"] for one in newest] == ["unpublish", "publish"]
    everything = admin.get("/api/v1/audit", params={"limit": 1000}).json()["values"]
    assert {plain, site.private} <= {one["project"] for one in everything}
    assert [one["at"] for one in everything] == sorted((one["at"] for one in everything), reverse=True)
    assert admin.get("/api/v1/audit", params={"project": "nothing"}).status_code == 404
    for name in ("edith", "olga", "vera"):
        assert site.program(name).get("/api/v1/audit", params={"project": plain}).status_code == 403
    assert site.program().get("/api/v1/audit").status_code == 401


def test_ver10_a_request_under_one_key_is_done_once(site: Site, plain: str) -> None:
    edith = site.program("edith")
    headers = {"Idempotency-Key": f"save-{plain}"}

    def save(_: int) -> Any:
        return edith.post(f"{API}/{plain}/versions", json={"title": "Once"}, headers=headers)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(save, range(4)))
    assert {(one.status_code, one.text) for one in answers} == {(201, answers[0].text)}
    assert len(edith.get(f"{API}/{plain}/versions").json()["values"]) == 1
    other = edith.post(f"{API}/{plain}/versions", json={"title": "Other"}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "KEY_USED")

    headers = {"Idempotency-Key": f"revert-{plain}"}
    titled(site, plain, "Changed")
    first = edith.post(f"{API}/{plain}/revert", json={"version": 1}, headers=headers)
    titled(site, plain, "Goes on")
    again = edith.post(f"{API}/{plain}/revert", json={"version": 1}, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert edith.get(f"{API}/{plain}").json()["title"] == "Goes on"
