"""Projects, versions, publishing, runs and sharing over REST, as other programs rely on them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import PLAIN, Site, until
from tests.support.server import RunningServer
from vernissage.formats import project_file

API = "/api/v1/projects"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HEX_PROJECT = {
    "id", "type", "title", "description", "status", "creator", "owner", "createdAt", "lastEditedAt",
    "lastPublishedAt", "archivedAt", "trashedAt", "schedules", "sharing",
}  # fmt: skip


@pytest.fixture
def plain(site: Site) -> str:
    return site.project(PLAIN, "olga")


def test_web17_a_project_is_made_shown_listed_and_put_into_the_trash(site: Site) -> None:
    olga = site.program("olga")
    made = olga.post(API, json={"title": "  A   title "})
    assert made.status_code == 201
    body = made.json()
    assert (body["title"], body["type"], body["status"], body["access"]) == (
        "A title", "PROJECT", {"name": "Draft"}, "FULL_ACCESS",
    )  # fmt: skip
    assert body.keys() >= HEX_PROJECT | {"publishedVersion", "unpublishedChanges", "inputs"}
    assert TIME.fullmatch(body["createdAt"])
    assert olga.get(f"{API}/{body['id']}").json() == body
    assert olga.get(f"{API}/a-slug-{body['id']}").json() == body
    assert site.program("edith").delete(f"{API}/{body['id']}").status_code == 404
    with site.socket("olga") as socket:
        socket.hello({"room": "logic", "project": body["id"]})
        assert olga.delete(f"{API}/{body['id']}").status_code == 204
        assert socket.closed()["reason"] == "no_access"
    assert olga.get(f"{API}/{body['id']}").status_code == 404
    assert body["id"] not in olga.get(API).text


def test_web17_the_list_comes_in_pages_without_holes(site: Site) -> None:
    olga = site.program("olga")
    for number in range(3):
        assert olga.post(API, json={"title": f"Page {number}"}).status_code == 201
    whole = [one["id"] for one in olga.get(API, params={"limit": 500}).json()["values"]]
    assert len(whole) >= 3
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = olga.get(API, params={"limit": 2} | ({"after": after} if after else {})).json()
        assert page.keys() == {"values", "pagination"}
        found += [one["id"] for one in page["values"]]
        after = page["pagination"]["after"]
    assert found == whole


def test_api13_pages_are_read_backwards_too(site: Site) -> None:
    """[API13] Also where others come between that may not be seen."""
    olga = site.program("olga")
    for number in range(5):
        site.program("edith" if number % 2 else "olga").post(API, json={"title": f"Back {number}"})
    whole = [one["id"] for one in olga.get(API, params={"limit": 500}).json()["values"]]
    assert olga.get(API, params={"limit": 2}).json()["pagination"]["before"] is None
    whole_page = olga.get(API, params={"limit": len(whole)}).json()
    assert whole_page["pagination"] == {"after": None, "before": None}
    page = olga.get(API, params={"limit": 2}).json()
    page = olga.get(API, params={"limit": 500, "after": page["pagination"]["after"]}).json()
    found = [one["id"] for one in page["values"]]
    assert found == whole[2:]
    while page["pagination"]["before"]:
        page = olga.get(API, params={"limit": 1, "before": page["pagination"]["before"]}).json()
        assert page["pagination"]["after"]
        found = [one["id"] for one in page["values"]] + found
    assert found == whole


def test_api14_a_project_tells_whom_it_is_shared_with_to_those_who_may_know(site: Site) -> None:
    def sharing(name: str, project: str) -> Any:
        return site.program(name).get(f"{API}/{project}").json()["sharing"]

    told = sharing("victor", site.private)
    assert told == sharing("olga", site.private)
    levels = {one["user"]["email"]: one["access"] for one in told["users"]}
    assert levels[site.people["victor"].email] == "CAN_VIEW"
    assert levels[site.people["apple"].email] == "APP_ONLY"
    assert (told["groups"], told["workspace"], told["publicWeb"]) == ([], {"access": "NONE"}, {"access": "NONE"})
    assert sharing("edith", site.web)["publicWeb"] == {"access": "APP_ONLY"}
    assert sharing("apple", site.private) is None
    assert sharing("sam", site.web) is None
    listed = site.program("apple").get(API, params={"limit": 500}).json()["values"]
    assert {one["id"]: one["sharing"] for one in listed}[site.private] is None


def test_web17_a_file_is_taken_in_as_body_or_form_and_comes_out_as_it_went_in(site: Site) -> None:
    olga = site.program("olga")
    text = PLAIN + "files: [data.csv]\n"
    lone = olga.post(f"{API}/import", content=text.encode())
    assert (lone.status_code, lone.json()["error"]["code"]) == (422, "MISSING_FILES")
    assert "data.csv" in lone.json()["error"]["message"]
    parts = [("file", ("p.vernissage.yaml", text.encode())), ("files", ("data.csv", b"a,b\n1,2\n"))]
    made = olga.post(f"{API}/import", params={"name": "Renamed"}, files=parts)
    assert made.status_code == 201
    assert made.json()["title"] == "Renamed"
    out = olga.get(f"{API}/{made.json()['id']}/export")
    assert out.headers["content-disposition"] == 'attachment; filename="renamed.vernissage.yaml"'
    assert project_file.read(out.text).cells == project_file.read(text).cells
    assert "data.csv" in out.text
    notebook = olga.get(f"{API}/{made.json()['id']}/export", params={"format": "ipynb"})
    again = olga.post(f"{API}/import", files=[("file", ("Back again.ipynb", notebook.content)), parts[1]])
    assert again.status_code == 201, again.text
    assert "n * 2" in olga.get(f"{API}/{again.json()['id']}/export").text
    assert olga.post(f"{API}/import", files={"other": b"x"}).json()["error"]["field"] == "file"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"vernissage: 1\ntitle: x\ncells:\n  - {id: a, type: poem}\n", "Line 4"),
        (b"vernissage: 1\ntitle: x\ncellls: []\n", "Line 3"),
        (b"vernissage: 99\ntitle: x\n", "99"),
        (b"vernissage: 1\ntitle: [\n", "Line"),
        (b'{"cells": [', ""),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", ""),
    ],
)
def test_web17_a_broken_file_gets_a_sentence_that_names_the_place(site: Site, text: bytes, said: str) -> None:
    before = len(site.program("olga").get(API, params={"limit": 500}).json()["values"])
    answer = site.program("olga").post(f"{API}/import", content=text)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert said in error["message"]
    assert error["message"].strip().endswith(".")
    assert len(site.program("olga").get(API, params={"limit": 500}).json()["values"]) == before


def test_web16_a_request_under_one_key_is_done_once(site: Site) -> None:
    olga = site.program("olga")
    key = {"Idempotency-Key": "once"}
    first = olga.post(API, json={"title": "Once"}, headers=key)
    again = olga.post(API, json={"title": "Once"}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = olga.post(API, json={"title": "Twice"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "KEY_USED")
    assert olga.post(f"{API}/import", content=PLAIN.encode(), headers=key).status_code == 409
    mine = site.program("edith").post(API, json={"title": "Once"}, headers=key)  # another person's key
    assert mine.json()["id"] != first.json()["id"]
    refused = olga.post(API, json={"title": ""}, headers={"Idempotency-Key": "refused"})
    assert refused.status_code == 422
    assert olga.post(API, json={"title": "Better"}, headers={"Idempotency-Key": "refused"}).status_code == 201

    def same(_: int) -> Any:
        program = Site(site.server, site.people).program("olga")
        answer = program.post(f"{API}/import", content=PLAIN.encode(), headers={"Idempotency-Key": "at once"})
        program.close()
        return answer.json()["id"]

    with ThreadPoolExecutor(5) as threads:
        assert len(set(threads.map(same, range(5)))) == 1


def test_api4_a_key_outlives_the_server(breakable: RunningServer) -> None:
    """That it is forgotten after a day is [STO21]."""
    site = Site(breakable)
    site.meet_admin()
    admin, key = site.program("admin"), {"Idempotency-Key": "over night"}
    first = admin.post(API, json={"title": "Once"}, headers=key)
    assert first.status_code == 201
    breakable.stop()
    breakable.start()
    assert admin.post(API, json={"title": "Once"}, headers=key).json() == first.json()
    assert admin.post(API, json={"title": "Other"}, headers=key).json()["error"]["code"] == "KEY_USED"
    site.close()


def test_web18_publishing_goes_through_its_gate(site: Site) -> None:
    broken = PLAIN + "  - {id: bad, type: python, label: Bad, source: 1/0}\n"
    project, olga = site.project(broken, "olga"), site.program("olga")
    assert olga.post(f"{API}/{project}/publish", json={"version": 1}).status_code == 404
    started = olga.post(f"{API}/{project}/publish", json={"expectedPublished": None})
    assert started.status_code == 202
    assert started.json().keys() == {"publishId", "runId", "status"}
    assert started.json()["status"] == "RUNNING"
    address = f"{API}/{project}/publish/{started.json()['publishId']}"
    until(lambda: olga.get(address).json()["status"] != "RUNNING")
    found = olga.get(address).json()
    assert (found["status"], found["version"]) == ("FAILED", None)
    assert [(error["cell"], error["name"]) for error in found["errors"]] == [("bad", "Bad")]
    assert olga.post(f"{address}/confirm").status_code == 409
    done = olga.post(f"{address}/confirm", json={"acceptErrors": True})
    assert (done.status_code, done.json()["status"], done.json()["version"]) == (200, "PUBLISHED", 1)
    assert olga.post(f"{address}/confirm", json={"acceptErrors": True}).status_code == 409

    nothing = olga.post(f"{API}/{project}/publish", json={})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (422, "NOTHING_TO_PUBLISH")
    for seen in (None, 7):
        stale = olga.post(f"{API}/{project}/publish", json={"expectedPublished": seen})
        assert stale.status_code == 409
    versions = olga.get(f"{API}/{project}/versions").json()
    assert [(one["number"], one["published"], one["runStatus"]) for one in versions["values"]] == [(1, True, "ERRORED")]
    assert olga.get(f"{API}/{project}/versions/1").json() == versions["values"][0] | {"secrets": []}
    assert olga.get(f"{API}/{project}").json()["unpublishedChanges"] is False
    with site.socket("olga") as socket:
        socket.hello({"room": "logic", "project": project})
        socket.done({"do": "set_title", "title": "Changed"})
        assert olga.get(f"{API}/{project}").json()["unpublishedChanges"] is True
    given_up = olga.post(f"{API}/{project}/publish").json()
    assert olga.delete(f"{API}/{project}/publish/{given_up['publishId']}").status_code == 204
    assert olga.get(f"{API}/{project}/publish/{given_up['publishId']}").json()["status"] == "CANCELLED"
    assert olga.get(f"{API}/{site.private}/publish/{given_up['publishId']}").status_code == 404
    forced = olga.post(f"{API}/{project}/publish", json={"force": True})
    assert olga.get(f"{API}/{project}/publish/{forced.json()['publishId']}").json()["version"] == 2
    assert olga.post(f"{API}/{project}/unpublish").status_code == 204
    assert olga.get(f"{API}/{project}").json()["status"] == {"name": "Draft"}


def test_web19_runs_have_the_fields_and_habits_of_hex(site: Site) -> None:
    """[API1]"""
    victor = site.program("victor")
    runs, old = f"{API}/{site.web}/runs", f"/api/v1/project/{site.web}/run"
    bare = victor.post(runs)
    assert bare.status_code == 201
    started = victor.post(old, json={"inputParams": {"n": 5, "nobody": 1}, "dryRun": False})
    body = started.json()
    assert body.keys() >= {
        "projectId", "runId", "runUrl", "runStatusUrl", "traceId", "projectVersion", "notifications",
    }  # fmt: skip
    assert (body["projectVersion"], body["ignoredInputParams"]) == (1, ["nobody"])
    assert body["runUrl"] == f"{site.server.url}/main/app/{site.web}/runs/{body['runId']}"
    assert victor.get(body["runStatusUrl"]).json()["runId"] == body["runId"]
    until(lambda: victor.get(f"{old}/{body['runId']}").json()["status"] == "COMPLETED")
    shown = victor.get(f"{runs}/{body['runId']}", params={"outputs": True}).json()
    assert shown.keys() == {
        "projectId", "projectVersion", "runId", "runUrl", "status", "startTime", "endTime", "elapsedTime", "traceId",
        "runTrigger", "inputParams", "notifications", "stateEvents", "cells",
        "createdAt", "person", "message", "restorable",
    }  # fmt: skip
    assert [event["state"] for event in shown["stateEvents"]] == ["PENDING", "RUNNING", "COMPLETED"]  # [API1]
    assert [event["at"] for event in shown["stateEvents"]] == [
        shown["createdAt"], shown["startTime"], shown["endTime"],
    ]  # fmt: skip
    assert (shown["person"]["name"], shown["message"], shown["restorable"]) == ("Victor", "", False)
    assert (shown["runTrigger"], shown["inputParams"], type(shown["elapsedTime"])) == ("API", {"n": 5}, int)
    twice = next(cell for cell in shown["cells"] if cell["id"] == "twice")
    assert (twice["state"], twice["outputs"][0]["data"]["text/plain"], twice["error"]) == ("done", "10", None)
    assert TIME.fullmatch(shown["startTime"])
    assert TIME.fullmatch(shown["endTime"])

    dry = victor.post(runs, json={"inputParams": {"n": 5}, "dryRun": True})
    assert dry.status_code == 201
    assert victor.get(f"{runs}/{dry.json()['runId']}").status_code == 404
    for dry_run in (True, False):
        misfit = victor.post(runs, json={"inputParams": {"n": 500}, "dryRun": dry_run})
        assert (misfit.status_code, misfit.json()["error"]["field"]) == (422, "inputParams.n")
        assert misfit.json()["reason"]
    assert victor.post(runs, json={"viewId": "x"}).json()["error"]["field"] == "viewId"
    both = victor.post(runs, json={"inputParams": {"n": 5}, "updatePublishedResults": True})
    assert (both.status_code, both.json()["error"]["code"]) == (422, "INPUTS_WITH_PUBLISHED_RESULTS")
    assert victor.post(runs, json={"updatePublishedResults": True}).status_code == 403
    assert victor.post(runs, json={"updateCache": True, "inputParams": {"n": 5}, "dryRun": True}).status_code == 201
    draft = site.project(PLAIN, "olga")
    none = site.program("olga").post(f"{API}/{draft}/runs")
    assert (none.status_code, none.json()["error"]["code"]) == (422, "NOT_PUBLISHED")


def test_web19_the_list_of_runs_comes_in_pages_that_keep_their_filters(site: Site) -> None:
    victor = site.program("victor")
    runs = f"{API}/{site.web}/runs"
    for _ in range(3):
        victor.post(runs)
    until(lambda: not {"RUNNING", "PENDING"} & {run["status"] for run in victor.get(runs).json()["runs"]})
    page = victor.get(runs, params={"limit": 1, "runTriggerFilter": "API", "statusFilter": "COMPLETED"}).json()
    assert page.keys() == {"runs", "nextPage", "previousPage", "traceId"}
    assert page["previousPage"] is None
    seen = []
    for _ in range(3):
        seen += [(run["runId"], run["runTrigger"], run["status"]) for run in page["runs"]]
        page = victor.get(page["nextPage"]).json() if page["nextPage"] else page
    assert len(set(seen)) == 3
    assert {run[1:] for run in seen} == {("API", "COMPLETED")}
    assert victor.get(page["previousPage"]).json()["runs"]
    assert victor.get(runs, params={"statusFilter": "KILLED", "runTriggerFilter": "SCHEDULED"}).json()["runs"] == []


def test_web24_a_run_is_ended_by_whoever_started_it_or_may_edit(site: Site) -> None:
    slow = site.project(PLAIN + "  - {id: wait, type: python, source: 'import time; time.sleep(600)'}\n", "olga")
    site.share(slow, {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY"})
    site.publish(slow, force=True)
    victor, edith, apple = site.program("victor"), site.program("edith"), site.program("apple")
    runs, old = f"{API}/{slow}/runs", f"/api/v1/project/{slow}/run"
    mine = apple.post(runs).json()["runId"]
    until(lambda: apple.get(f"{runs}/{mine}").json()["status"] == "RUNNING")
    assert victor.get(f"{runs}/{mine}").status_code == 200
    assert victor.delete(f"{runs}/{mine}").status_code == 403
    theirs = victor.post(runs).json()["runId"]
    assert apple.get(f"{runs}/{theirs}").status_code == apple.delete(f"{runs}/{theirs}").status_code == 404  # [WEB23]
    ended = apple.delete(f"{runs}/{mine}")
    assert (ended.status_code, ended.content) == (204, b"")
    killed = edith.delete(f"{old}/{theirs}")
    assert killed.status_code == 200
    assert killed.json().keys() == {"projectId", "runId", "status", "traceId"}
    assert killed.json()["status"] == "KILLED"
    assert edith.delete(f"{old}/{theirs}").json()["status"] == "KILLED"  # harmless twice
    for run in (mine, theirs):
        assert edith.get(f"{runs}/{run}").json()["status"] == "KILLED"
    preview = edith.get(runs, params={"runTriggerFilter": "PREVIEW"}).json()["runs"][0]["runId"]
    assert victor.delete(f"{runs}/{preview}").status_code == 403
    assert edith.delete(f"{runs}/{preview}").status_code == 204
    assert edith.get(f"{runs}/{preview}").json()["status"] == "KILLED"


def test_web23_with_app_only_an_own_run_of_an_older_version_is_gone(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    site.share(project, {"apple": "APP_ONLY"})
    site.publish(project)
    apple = site.program("apple")
    run = apple.post(f"{API}/{project}/runs").json()["runId"]
    assert apple.get(f"{API}/{project}/runs/{run}").status_code == 200
    with site.socket("olga") as socket:
        socket.hello({"room": "logic", "project": project})
        socket.done({"do": "set_title", "title": "Two"})
    site.publish(project)
    assert apple.get(f"{API}/{project}/runs/{run}").status_code == 404


def test_web20_with_app_only_a_project_tells_nothing_of_its_draft(site: Site) -> None:
    body = site.program("apple").get(f"{API}/{site.private}").json()
    assert body["creator"] == body["owner"] == {"email": "", "name": "Olga"}
    assert body["recentRuns"] == []
    assert body["unpublishedChanges"] is False
    assert {one["name"] for one in body["inputs"]} == {"n", "pick", "press"}
    assert body["lastEditedAt"] == body["lastPublishedAt"]
    assert site.program("victor").get(f"{API}/{site.private}").json()["owner"]["email"] == site.people["olga"].email


def test_web21_nobody_grants_or_takes_away_more_than_they_have(site: Site, plain: str) -> None:
    people = {name: f"user:{person.id}" for name, person in site.people.items()}
    site.share(plain, {"edith": "CAN_EDIT", "victor": "CAN_VIEW"})
    address = f"{API}/{plain}/sharing"
    edith, olga = site.program("edith"), site.program("olga")
    base = {people["olga"]: "FULL_ACCESS", people["edith"]: "CAN_EDIT", people["victor"]: "CAN_VIEW"}

    def put(program: Any, grants: dict[str, str]) -> int:
        body = {"grants": [{"principal": who, "access": access} for who, access in grants.items()]}
        return int(program.put(address, json=body).status_code)

    assert put(edith, base | {people["sam"]: "FULL_ACCESS"}) == 403
    assert put(edith, {who: access for who, access in base.items() if who != people["olga"]}) == 403
    assert put(edith, base | {people["olga"]: "APP_ONLY"}) == 403
    assert put(edith, base | {people["sam"]: "CAN_EDIT", "workspace": "APP_ONLY"}) == 200
    assert put(site.program("victor"), base) == 403
    assert put(olga, base | {"web": "CAN_EDIT"}) == 422
    assert put(olga, base | {"web": "CAN_VIEW"}) == 200
    assert put(olga, base | {"user:nobody@example.org": "CAN_VIEW"}) == 422
    assert put(olga, base | {"everybody": "CAN_VIEW"}) == 422
    seen = olga.get(address).json()["grants"]
    assert {grant["principal"]: grant["access"] for grant in seen} == base | {"web": "CAN_VIEW"}
    # Whoever owns it cannot lock themselves out.
    assert put(olga, {}) == 200
    assert olga.get(f"{API}/{plain}").json()["access"] == "FULL_ACCESS"
    assert put(olga, base) == 200
    assert edith.get(f"{API}/{plain}").json()["access"] == "CAN_EDIT"


def test_web21_who_is_not_signed_in_reads_no_e_mails(site: Site, plain: str) -> None:
    site.share(plain, {}, web="CAN_VIEW")
    site.publish(plain)
    client = site.visitor(plain)
    for path in ("", "/sharing", "/versions"):
        answer = client.call("GET", f"/projects/{plain}{path}")
        assert answer.status_code == 200
        assert "@" not in answer.text


def test_web17_the_examples_go_in(site: Site) -> None:
    folder = Path(__file__).resolve().parents[2] / "examples"
    found = sorted(folder.rglob("*.vernissage.yaml"))
    assert found
    document = project_file.read(found[0].read_text(encoding="utf-8"))
    parts = [("file", (found[0].name, found[0].read_bytes()))]
    parts += [("files", (file.name, (found[0].parent / file.name).read_bytes())) for file in document.files]
    assert site.program("olga").post(f"{API}/import", files=parts).status_code == 201
