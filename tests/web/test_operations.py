"""What the server tells of itself: health, figures, a log that can be followed from a request to its cells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.app import Site, Socket, until
from tests.support.server import Client, RunningServer

PROJECT = """\
vernissage: 1
title: Talkative
cells:
  - {id: name, type: input, kind: text, name: name, default: nobody}
  - {id: first, type: python, source: "print('canary_printed', name)"}
  - {id: second, type: python, source: "secret_name = name.upper()\\nsecret_name"}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that logs all it does, as JSON."""
    with RunningServer(
        tmp_path_factory.mktemp("told") / "data", environ={"VERNISSAGE_LOG": "info", "VERNISSAGE_LOG_FORMAT": "json"}
    ) as server:
        yield server


@pytest.fixture(scope="module")
def admin(told: RunningServer) -> Client:
    return told.client()


def lines(server: RunningServer, **fits: Any) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in found if all(line.get(key) == value for key, value in fits.items())]


def test_ops1_health_and_readiness(site: Site) -> None:
    http = httpx2.Client(base_url=site.server.url)
    assert http.get("/healthz").json() == {"status": "alive"}
    assert http.get("/readyz").json() == {"status": "ready"}
    http.close()


def test_ops2_figures_are_for_admins_and_count_what_happens(site: Site) -> None:
    assert site.program("edith").get("/metrics").status_code == 403
    assert httpx2.get(f"{site.server.url}/metrics").status_code == 401

    def figures() -> dict[str, float]:
        answer = site.program("admin").get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "canary" not in answer.text
        assert site.private not in answer.text
        rows = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in rows}

    before = figures()
    with site.socket("edith") as tab:
        session = tab.hello({"room": "app", "project": site.private})["session"]
        assert session
        tab.do({"do": "set_inputs", "values": {"n": 7}})
        tab.settled()
        during = figures()
        assert during["vernissage_sockets"] >= before["vernissage_sockets"] + 1
        assert during["vernissage_kernels"] >= 1
        assert during['vernissage_sessions{kind="app"}'] >= 1
        for name in ('vernissage_cell_seconds_count{outcome="done"}', "vernissage_kernel_start_seconds_count"):
            assert during[name] >= before.get(name, 0) + 1
        run = 'vernissage_run_seconds_count{status="errored",trigger="app"}'  # a cell of that app fails
        assert during[run] == before.get(run, 0) + 1
    asked = 'vernissage_http_request_seconds_count{act="see_metrics",method="GET",status="2xx"}'
    assert figures()[asked] >= before.get(asked, 0) + 2
    assert {
        "vernissage_kernels_waiting",
        "vernissage_kernels_ready",
        "vernissage_runs_running",
        "vernissage_runs_waiting",
    } <= set(during)


def test_ops3_a_request_is_followed_to_its_cells(told: RunningServer, admin: Client) -> None:
    project = admin.call("POST", "/projects/import", content=PROJECT.encode()).json()["id"]
    admin.call("POST", f"/projects/{project}/publish", {"force": True})
    until(lambda: bool(lines(told, event="run_ended", trigger="preview", project=project)))

    traced = "0123456789abcdef0123456789abcdef"
    answer = admin.call(
        "POST", f"/projects/{project}/runs", {}, headers={"traceparent": f"00-{traced}-00f067aa0ba902b7-01"}
    )
    assert answer.headers["x-trace-id"] == traced
    until(lambda: bool(lines(told, event="run_ended", trace_id=traced)))
    mine = lines(told, trace_id=traced)
    assert {line["event"] for line in mine} >= {"request", "kernel_started", "cell_ended", "run_ended"}
    assert [line["cell"] for line in mine if line["event"] == "cell_ended"] == ["first", "second"]
    assert all({"timestamp", "level", "event"} <= set(line) for line in mine)

    missing = admin.call("GET", "/projects/00000000-0000-0000-0000-000000000000")
    assert missing.headers["x-trace-id"] == missing.json()["traceId"]
    assert lines(told, event="request", trace_id=missing.json()["traceId"])[0]["status"] == 404
    broken = admin.call("GET", "/projects?limit=nonsense", headers={"traceparent": "00-" + "0" * 32 + "-x"})
    assert re.fullmatch("[0-9a-f]{32}", broken.headers["x-trace-id"])


def test_ops3_each_message_of_a_socket_is_followed_to_its_cells(told: RunningServer, admin: Client) -> None:
    project = admin.call("POST", "/projects/import", content=PROJECT.encode()).json()["id"]
    admin.call("POST", f"/projects/{project}/publish", {"force": True})
    until(lambda: bool(lines(told, event="run_ended", trigger="preview", project=project)))
    with Socket(told.url, {"Cookie": f"vernissage={admin.http.cookies['vernissage']}"}) as tab:
        tab.hello({"room": "app", "project": project})
        tab.do({"do": "set_inputs", "values": {"name": "canary_typed"}})
        tab.settled()
        tab.do({"do": "set_inputs", "values": {"name": "canary_again"}})
        tab.settled()
    until(lambda: len(lines(told, event="run_ended", project=project, trigger="app")) == 2)
    one, two = lines(told, event="run_ended", project=project, trigger="app")
    assert one["trace_id"] != two["trace_id"]
    for run in (one, two):
        assert lines(told, event="operation", trace_id=run["trace_id"])
        cells = [line["cell"] for line in lines(told, event="cell_ended", trace_id=run["trace_id"])]
        assert cells == ["first", "second"]
    log = told.log()
    for canary in (
        "canary_printed",
        "canary_typed",
        "CANARY",
        "secret_name",
        "token=",
        admin.http.cookies["vernissage"],
    ):
        assert canary not in log, "[OPS4]"


def test_ops4_the_log_as_text_and_as_json(told: RunningServer, tmp_path: Path) -> None:
    assert all(json.loads(line)["event"] for line in told.log().splitlines())
    with RunningServer(tmp_path / "data", environ={"VERNISSAGE_LOG": "info"}) as server:
        answer = httpx2.get(f"{server.url}/healthz?canary=1")
        assert answer.status_code == 200
        line = next(line for line in server.log().splitlines() if "/healthz" in line)
        assert answer.headers["x-trace-id"] in line
        assert "canary" not in line
        assert "[info" in line
