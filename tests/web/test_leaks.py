"""App only means app only, over the wire: everything that a visit brings to the browser, byte for byte.

The gallery of `tests.support.app` holds the word *canary* in all that such a visitor must not read: sources, hidden
cells and inputs, what they printed and returned, exception texts, function names, SQL, e-mails. The same visit is made
by somebody with Can view in the logic view, who reads all of it: else the recorder would be deaf.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

from tests.support.app import GALLERY, SECRET, VALUE, Site
from tests.support.server import Client

CANARY = re.compile(r"\w*canary\w*")


class Recorder:
    """Every byte that one browser gets."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name
        self.client: Client = site.browser(name)
        self.got: list[str] = []

    def get(self, address: str) -> int:
        answer = self.client.http.get(address, follow_redirects=False)
        self.got += [answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())]
        return answer.status_code

    def call(self, method: str, path: str, body: Any = None, **rest: Any) -> Any:
        answer = self.client.call(method, path, body, **rest)
        self.got += [answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())]
        return answer

    def found(self) -> set[str]:
        """The canaries, but for one's own e-mail."""
        own = self.site.people[self.name].email.partition("@")[0]
        return {word for text in self.got for word in CANARY.findall(text)} - {own}


def visit(record: Recorder, project: str) -> None:
    """Open the app, use it, come back, ask for whatever there is."""
    site = record.site
    room = {"room": "app", "project": project}
    for page in ("latest", "latest?_n=7&_canary_input=%22x%22&_pick=9&_n=oops", "v/1", "v/2", "latest?session=x"):
        record.get(f"/main/app/{project}/{page}")
    with site.socket(record.name) as socket:
        first = socket.hello(room, client="tab")
        assert first["type"] == "snapshot"
        assert first["results"] is not None
        assert socket.done({"do": "set_inputs", "values": {"n": 5}})["type"] == "done"
        socket.settled()
        head = next(
            output["data"][mime]
            for run in socket.seen
            if run["type"] == "events"
            for event in run["events"]
            if event["event"] == "output_added" and event["cell"] == "rows"
            for output in [event["output"]]
            for mime in output.get("data", ())
            if "table" in mime
        )
        query: dict[str, Any]
        for query in (
            {"offset": 1000, "limit": 20},
            {"sort": "x", "descending": True},
            {"filter": "99"},
            {"sort": "no"},
        ):
            socket.ask({"ask": "table", "cell": "rows", "table": head["table"], "query": query})
        socket.ask({"ask": "table", "cell": "canary_cell", "table": head["table"], "query": {}})
        for cell, table in (("rows", head["table"]), ("canary_cell", head["table"]), ("rows", "canary_cell.1.1")):
            for query in ({"sort": "x", "filter": "99"}, {"sort": "no"}):
                address = f"/projects/{project}/sessions/{first['session']}/cells/{cell}/csv"
                record.call("GET", address, params={"table": table, **query})
        for values in ({"elsewhere": 1}, {"n": "x"}, {"n": 10**9}, {"pick": 4_000_000}):
            socket.done({"do": "set_inputs", "values": values})
        for operation in ({"do": "press", "name": "press"}, {"do": "run_all"}, {"do": "interrupt"}):
            socket.done(operation)
        socket.send("no message")
        socket.until(lambda message: message["type"] == "refusal" and message["id"] == 0)
        seen = max(message["seq"] for message in socket.seen if "seq" in message)
        session = first["session"]
        socket.cut()
        record.got += socket.raw
    with site.socket(record.name) as socket:
        socket.hello(room, client="tab", session=session, seen=max(1, seen - 5))
        socket.send({"type": "ping"})
        socket.until(lambda message: message["type"] == "pong")
        record.got += socket.raw
    with site.socket(record.name) as socket:
        socket.hello(room, session=session)
        record.got += socket.raw
    for other in ({"room": "logic", "project": project}, {"room": "preview", "project": project, "publish": "x"}):
        with site.socket(record.name) as socket:
            socket.hello(other)
            record.got += socket.raw
    record.call("GET", f"/projects/{project}")
    # The site is shared with other tests, some of which gave the same people more on projects of their own.
    listed = record.client.call("GET", "/projects?limit=500").json()["values"]
    record.got += [json.dumps(one) for one in listed if one["access"] == "APP_ONLY" or one["id"] == project]
    record.call("GET", "/secrets")
    for path in ("export", "versions", "versions/1", "runs", "sharing", "publish/x", "runs/x?outputs=true", "secrets"):
        record.call("GET", f"/projects/{project}/{path}")
    run = record.call("POST", f"/projects/{project}/runs", {"inputParams": {"n": 4, "elsewhere": 2}})
    address = f"/projects/{project}/runs/{run.json()['runId']}?outputs=true"
    while record.call("GET", address).json()["status"] in ("PENDING", "RUNNING"):
        pass
    record.call("POST", f"/projects/{project}/runs", {"inputParams": {"n": "x"}})


def test_web30_somebody_with_app_only_reads_nothing_else_by_any_way(site: Site) -> None:
    apple = Recorder(site, "apple")
    visit(apple, site.private)
    # A forced publish: the run fills the page while they look.
    project = site.project(GALLERY, "olga")
    site.share(project, {"apple": "APP_ONLY", "victor": "CAN_VIEW"})
    assert apple.get(f"/main/app/{project}/latest") == 404  # not published: there is no app
    site.publish(project, force=True)
    with site.socket("apple") as socket:
        first = socket.hello({"room": "app", "project": project})
        if first["run"] is not None and first["run"]["status"] == "running":
            socket.event(lambda event: event["event"] in ("results_changed", "run_changed"))
        with site.socket("edith") as editor:
            editor.hello({"room": "logic", "project": site.private})
        apple.got += socket.raw
    apple.get(f"/main/app/{project}/latest")
    text = "".join(apple.got)
    assert "This part could not be computed." in text  # the broken cell was seen
    assert "All rows" in text
    assert len(text) > 50_000
    assert apple.found() == set()
    for trace in ("Traceback", "ValueError", "CatalogException", "Binder", "site-packages", "pandas", "select x"):
        assert trace not in text, trace


def test_web30_a_visitor_from_the_web_reads_nothing_else(site: Site) -> None:
    project = site.project(GALLERY, "olga")
    site.share(project, {}, web="APP_ONLY")
    site.publish(project)
    client = site.visitor(project)
    got = [client.http.get(f"/main/app/{project}/latest").text, client.call("GET", f"/projects/{project}").text]
    with site.socket(client=client) as socket:
        socket.hello({"room": "app", "project": project})
        assert socket.done({"do": "set_inputs", "values": {"n": 6}})["type"] == "done"
        socket.settled()
        got += socket.raw
    assert "could not be computed" in "".join(got)
    assert CANARY.findall("".join(got)) == []
    for path in ("sharing", "versions", "export", "runs"):
        assert client.call("GET", f"/projects/{project}/{path}").status_code == 403


def test_web30_the_recorder_hears_it_all_where_it_may_be_read(site: Site) -> None:
    victor = Recorder(site, "victor")
    visit(victor, site.private)
    with site.socket("victor") as socket:
        socket.hello({"room": "logic", "project": site.private})
        victor.got += socket.raw
    assert victor.found() >= {
        "canary_source", "canary_cell", "canary_frame", "canary_hidden_input", "canary_input", "canary_default",
        "canary_function", "canary_exception", "canary_column", "olga_canary_email", "canary_result",
    }  # fmt: skip
    with site.socket("edith") as socket:  # what cells return and print stands in the logic view once they have run
        socket.hello({"room": "logic", "project": site.private})
        socket.done({"do": "run_all"})
        socket.settled()
        raw = "".join(socket.raw)
    assert "canary_output" in raw
    assert "canary_printed_text" in raw


FORMS = (VALUE, quote(VALUE, safe=""), base64.b64encode(VALUE.encode()).decode(), VALUE.replace("/", "\\/"))


def test_sec8_nobody_ever_gets_the_value_of_a_secret(site: Site) -> None:
    """An editor runs everything, an admin and an editor ask for everything: names come, values never do."""
    edith = Recorder(site, "edith")
    project = site.private
    with site.socket("edith") as socket:
        socket.hello({"room": "logic", "project": project}, client="tab")
        assert socket.done({"do": "run_all"})["type"] == "done"
        socket.settled()
        for question in ({"ask": "variables"}, {"ask": "completion", "code": "canary_val", "cursor": 10}):
            socket.ask(question)
        edith.got += socket.raw
    visit(edith, project)
    own = {"name": "canary_own_name", "value": f"{VALUE} of its own"}
    assert edith.call("POST", f"/projects/{project}/secrets", own).status_code == 201
    for path in ("secrets", "export", "versions/1", "versions", "diff?from=1&to=draft", "runs"):
        edith.call("GET", f"/projects/{project}/{path}")
    assert edith.call("GET", f"/projects/{project}/versions/1").json()["secrets"] == [SECRET]
    names = {one["name"]: one["scope"] for one in edith.call("GET", f"/projects/{project}/secrets").json()["values"]}
    assert names == {"canary_own_name": "PROJECT", SECRET: "WORKSPACE"}
    for unfit in ({"name": "1", "value": VALUE}, {"name": "A", "value": VALUE * 4000}, {"name": 1, "value": VALUE}):
        answer = edith.call("POST", f"/projects/{project}/secrets", unfit)
        assert answer.status_code in (400, 422)
    admin = Recorder(site, "admin")
    for path in ("/secrets", f"/audit?project={project}", "/audit"):
        admin.call("GET", path)
    assert edith.call("DELETE", f"/projects/{project}/secrets/canary_own_name").status_code == 204
    assert edith.call("DELETE", f"/projects/{project}/secrets/{SECRET}").status_code == 404
    logged = [
        entry
        for entry in admin.call("GET", f"/audit?project={project}").json()["values"]
        if "secret" in entry["action"]
    ]
    assert [(one["action"], one["detail"]) for one in logged] == [
        ("remove_secret", {"name": "canary_own_name"}), ("set_secret", {"name": "canary_own_name"}),
    ]  # fmt: skip
    text = "".join([*edith.got, *admin.got])
    assert SECRET in text and "[secret canary_secret_name]" in text and "[secret]" in text
    for form in FORMS:
        assert form not in text
    database = b"".join(path.read_bytes() for path in site.server.data.glob("vernissage.db*"))
    for form in FORMS:
        assert form.encode() not in database
