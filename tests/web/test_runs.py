"""Runs as other programs and the run log see them: while they go on, and after."""

from __future__ import annotations

from tests.support.app import PLAIN, Site, boot, until

API = "/api/v1/projects"

SLOW = PLAIN + "  - {id: wait, type: python, source: 'import time; time.sleep(600)'}\n"


def run(site: Site, project: str, who: str = "olga", **body: object) -> str:
    """Start a run and wait for its end; its id."""
    program = site.program(who)
    started = program.post(f"{API}/{project}/runs", json=body)
    assert started.status_code == 201, started.text
    address = f"{API}/{project}/runs/{started.json()['runId']}"
    until(lambda: program.get(address).json()["status"] not in ("PENDING", "RUNNING"))
    return str(started.json()["runId"])


def results(site: Site, project: str) -> str:
    """The run whose outputs are published, as the audit log tells it last."""
    entries = site.program("admin").get("/api/v1/audit", params={"project": project}).json()["values"]
    return next((one["detail"]["run"] for one in entries if one["action"] == "restore_results"), "")


def test_api3_the_outputs_of_a_run_that_goes_on_can_be_read(site: Site) -> None:
    project, olga = site.project(SLOW, "olga"), site.program("olga")
    started = olga.post(f"{API}/{project}/publish", json={"force": True}).json()
    preview = f"{API}/{project}/runs/{started['runId']}"

    def cells(address: str) -> dict[str, str]:
        body = olga.get(address, params={"outputs": True}).json()
        return {cell["id"]: cell["state"] for cell in body.get("cells", ())}

    until(lambda: cells(preview).get("wait") == "running")
    assert cells(preview)["twice"] == "done"
    lone = f"{API}/{project}/runs/{olga.post(f'{API}/{project}/runs').json()['runId']}"
    until(lambda: cells(lone).get("wait") == "running")
    shown = olga.get(lone, params={"outputs": True}).json()
    twice = next(cell for cell in shown["cells"] if cell["id"] == "twice")
    assert (shown["status"], shown["endTime"], shown["elapsedTime"]) == ("RUNNING", None, None)
    assert twice["outputs"][0]["data"]["text/plain"] == "40"
    for address in (lone, preview):
        assert olga.delete(address).status_code == 204
        assert olga.get(address).json()["status"] == "KILLED"


def test_run11_a_past_run_of_the_published_version_is_restored(site: Site) -> None:
    project, olga = site.project(PLAIN, "olga"), site.program("olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW"})
    site.publish(project)
    first, other = run(site, project), run(site, project, inputParams={"n": 5})
    listed = olga.get(f"{API}/{project}/runs").json()["runs"]
    assert {one["runId"]: one["restorable"] for one in listed[:2]} == {first: True, other: False}
    restore = f"{API}/{project}/runs/{{}}/restore"
    assert site.program("victor").post(restore.format(first)).status_code == 403
    refused = olga.post(restore.format(other))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "NOT_RESTORABLE")
    assert "inputs of its own" in refused.json()["error"]["message"]
    assert olga.post(restore.format("nobody")).status_code == 404

    visitor = site.socket("edith")
    with visitor:
        assert visitor.hello({"room": "app", "project": project})["results"]["fresh"]
        assert site.program("edith").post(restore.format(first)).status_code == 204
        told = visitor.event(lambda event: event["event"] == "notice_given")
        assert told["notice"]["code"] == "new_results"
    assert results(site, project) == first
    page = site.browser("olga").http.get(f"/main/app/{project}/latest")
    done = olga.get(f"{API}/{project}/runs/{first}").json()
    assert done["startTime"] <= boot(page.text)["snapshot"]["results"]["at"] <= done["endTime"]

    with site.socket("olga") as socket:
        socket.hello({"room": "logic", "project": project})
        socket.done({"do": "set_title", "title": "Two"})
    site.publish(project)
    refused = olga.post(restore.format(first))
    assert "never cross versions" in refused.json()["error"]["message"]


TABLE = (
    PLAIN
    + """
  - id: rows
    type: python
    source: |
      import pandas as pd
      frame = pd.DataFrame({"x": range(n * 100)})
      frame
"""
)


def test_api7_a_past_run_opens_as_the_app_looked_then(site: Site) -> None:
    project, olga = site.project(TABLE, "olga"), site.program("olga")
    site.share(project, {"apple": "APP_ONLY", "victor": "CAN_VIEW"})
    site.publish(project)
    mine, theirs = run(site, project, "apple", inputParams={"n": 5}), run(site, project)
    address = f"/main/app/{project}/runs/"
    page = site.browser("apple").http.get(address + mine)
    carried = boot(page.text)
    past = carried["past"]
    assert (past["run"], past["status"], past["trigger"], past["version"]) == (mine, "COMPLETED", "API", 1)
    assert (past["inputs"], past["runs_url"], past["restorable"]) == ("Rows: 5", "", False)
    snapshot = carried["snapshot"]
    assert (snapshot["kind"], snapshot["inputs"]["n"], snapshot["kernel"]["state"]) == ("run", 5, "none")
    assert snapshot["cells"]["twice"]["outputs"][0]["data"]["text/plain"] == "10"
    assert snapshot["document"] is None
    assert site.browser("apple").http.get(address + theirs).status_code == 404
    assert site.browser("").http.get(address + mine).status_code == 401
    victor = boot(site.browser("victor").http.get(address + theirs).text)["past"]
    assert (victor["runs_url"], victor["restorable"]) == (f"/main/project/{project}/runs#{theirs}", False)
    assert boot(site.browser("olga").http.get(address + theirs).text)["past"]["restorable"] is True

    table = snapshot["cells"]["rows"]["outputs"][0]["data"]["application/vnd.vernissage.table+json"]["table"]
    csv = f"{API}/{project}/sessions/{mine}/cells/rows/csv"
    rows = site.program("apple").get(csv, params={"table": table, "sort": "x", "descending": True})
    assert rows.text.split()[1:3] == ["499", "498"]
    assert site.program("apple").get(csv.replace(mine, theirs)).status_code == 404
    with site.socket("apple") as socket:
        shown = socket.hello({"room": "run", "project": project, "run": mine})
        assert shown["session"] == mine
        query = {"offset": 0, "limit": 2, "sort": "x", "descending": True}
        answer = socket.ask({"ask": "table", "cell": "rows", "table": table, "query": query})
        assert (answer["answer"]["rows"], answer["answer"]["total"]) == ([[499], [498]], 500)
        for operation in ({"do": "set_inputs", "values": {"n": 6}}, {"do": "run_all"}, {"do": "go_live"}):
            assert "may not do this" in socket.done(operation)["sentence"]
        site.share(project, {"victor": "CAN_VIEW"})
        assert socket.closed()["reason"] == "no_access"
    with site.socket("victor") as socket:
        assert socket.hello({"room": "run", "project": project, "run": mine})["access"] == "CAN_VIEW"
        site.share(project, {"victor": "APP_ONLY"})
        assert socket.closed()["reason"] == "no_access"
    assert olga.get(f"{API}/{project}/runs/{mine}").json()["runUrl"].endswith(address + mine)
