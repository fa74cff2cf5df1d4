"""Tables as CSV over HTTP: from stored results, from a kernel, and for nobody who may not page them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.support.app import Site, Socket, until
from tests.support.server import Client

TABLES = """
vernissage: 1
title: Tables
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100000, step: 1, default: 3000}
  - id: make
    type: python
    source: |
      import pandas as pd
      df = pd.DataFrame({"i": range(n), "word": [f"w{i % 7}, \\"é\\"" for i in range(n)], "none": [None] * n})
      few = pd.DataFrame({"text": ["=1+1", "long " + "x" * 6000, "two\\nlines"], "d": [1.5, None, 3]})
  - {id: rows, type: table, label: All rows, dataframe: df}
  - {id: few, type: table, dataframe: few}
  - {id: hidden, type: table, label: Not shown, dataframe: df}
app:
  tabs:
    - name: Overview
      rows:
        - columns:
            - {start: 0, end: 120, elements: [{cell: n}, {cell: rows}, {cell: few}]}
"""


@pytest.fixture(scope="module")
def tables(site: Site) -> str:
    project = site.project(TABLES, "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY"}, web="APP_ONLY")
    site.publish(project)
    return project


def handle(cells: dict[str, Any], cell: str) -> str:
    """What the table is called that this cell shows."""
    for output in cells[cell]["outputs"]:
        for mime, data in output["data"].items():
            if "table" in mime:
                return str(data["table"])
    raise AssertionError(f"{cell} shows no table")


def download(client: Client, project: str, session: str, cell: str, table: str, **query: Any) -> Any:
    path = f"/projects/{project}/sessions/{session}/cells/{cell}/csv"
    return client.call("GET", path, params={"table": table, **query})


def rows(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def app(project: str) -> dict[str, Any]:
    return {"room": "app", "project": project}


@pytest.mark.parametrize("who", ["apple", "a visitor"])
def test_web40_stored_results_are_downloaded_without_a_kernel(site: Site, tables: str, who: str) -> None:
    client = site.visitor(tables) if who == "a visitor" else site.browser(who)
    with site.socket(client=client) as socket:
        first = socket.hello(app(tables))
        session, table = first["session"], handle(first["cells"], "rows")
        whole = download(client, tables, session, "rows", table)
        assert "All%20rows.csv" in whole.headers["content-disposition"]
        found = rows(whole)
        assert found[0] == ["i", "word", "none"]
        assert [found[1], found[-1], len(found)] == [["0", 'w0, "é"', ""], ["2999", 'w3, "é"', ""], 3_001]
        some = rows(download(client, tables, session, "rows", table, sort="i", descending="true", filter="W3, "))
        assert [row[0] for row in some[1:3]] == ["2999", "2992"]
        assert len(some) == 1 + 429
        short = rows(download(client, tables, session, "few", handle(first["cells"], "few")))
        assert short == [["text", "d"], ["=1+1", "1.5"], ["long " + "x" * 6000, ""], ["two\nlines", "3"]]
        socket.send({"type": "ping"})
        socket.until(lambda message: message["type"] == "pong")
        assert not any(event["event"] == "kernel_changed" for event in _events(socket)), "no kernel was started"


def test_web40_a_session_of_its_own_is_downloaded_from_its_kernel(site: Site, tables: str) -> None:
    client = site.browser("apple")
    with site.socket("apple") as socket:
        first = socket.hello(app(tables))
        socket.done({"do": "set_inputs", "values": {"n": 60_000}})
        socket.settled()
        added = [event for event in _events(socket) if event["event"] == "output_added"]
        cells = {event["cell"]: {"outputs": [event["output"]]} for event in added}
        table = handle(cells, "rows")
        found = rows(download(client, tables, first["session"], "rows", table, sort="i", descending="true"))
        assert [found[1][0], found[-1][0], len(found)] == ["59999", "0", 60_001]
        few = rows(download(client, tables, first["session"], "few", handle(cells, "few")))
        assert few[2][0] == "long " + "x" * 6000
        # Once the cell ran again, the table before it is no longer shown.
        socket.done({"do": "set_inputs", "values": {"n": 60_001}})
        socket.settled()
        gone = download(client, tables, first["session"], "rows", table)
        assert (gone.status_code, gone.json()["error"]["code"]) == (409, "NO_TABLE")


def test_web40_nobody_downloads_what_they_may_not_page(site: Site, tables: str) -> None:
    apple, victor = site.browser("apple"), site.browser("victor")
    with site.socket("apple") as socket, site.socket("victor") as other, site.socket("olga") as logic:
        first = socket.hello(app(tables))
        session, table = first["session"], handle(first["cells"], "rows")
        theirs = other.hello(app(tables))["session"]
        drafted = logic.hello({"room": "logic", "project": tables})["session"]
        for stranger in (theirs, drafted, "none"):
            refused = download(apple, tables, stranger, "rows", table)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NO_SESSION"), stranger
        for cell, handle_ in (("hidden", table), ("make", table), ("rows", "rows.1.1.1"), ("rows", "")):
            refused = download(apple, tables, session, cell, handle_)
            assert refused.status_code == 409
            assert refused.json()["error"]["message"].endswith(".")
        assert "has no column" in download(apple, tables, session, "rows", table, sort="no").json()["error"]["message"]
        assert download(victor, tables, session, "rows", table).status_code == 404  # apple's session is private
        assert download(victor, tables, drafted, "rows", "x").status_code == 409  # shows no table yet, and may be seen
        assert download(site.browser("sam"), site.private, session, "rows", table).status_code == 404


def test_web40_a_past_run_gives_its_tables_to_whoever_may_open_it(site: Site, tables: str) -> None:
    runs = f"/api/v1/projects/{tables}/runs"
    apple, victor = site.browser("apple"), site.browser("victor")
    started = {who: site.program(who).post(runs, json={"inputParams": {"n": 70}}).json() for who in ("apple", "victor")}
    mine, theirs = started["apple"]["runId"], started["victor"]["runId"]
    for run in (mine, theirs):
        until(lambda run=run: site.program("olga").get(f"{runs}/{run}").json()["status"] == "COMPLETED")  # type: ignore[misc]
    with site.socket("apple") as socket:
        shown = socket.hello({"room": "run", "project": tables, "run": mine})
        table = handle(shown["cells"], "rows")
        assert len(rows(download(apple, tables, shown["session"], "rows", table))) == 71
    assert download(apple, tables, mine, "hidden", table).status_code == 409
    assert download(apple, tables, theirs, "rows", table).status_code == 404
    assert len(rows(download(victor, tables, mine, "rows", table))) == 71  # with Can view any


def _events(socket: Socket) -> list[Any]:
    return [event for message in socket.seen if message["type"] == "events" for event in message["events"]]
