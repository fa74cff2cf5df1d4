"""SIGTERM: runs get their time, what takes longer is recorded as killed, sessions go on after the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.app import Socket, until
from tests.support.server import Client, RunningServer

PROJECT = """\
vernissage: 1
title: Takes its time
cells:
  - {id: seconds, type: input, kind: number, name: seconds, label: Seconds, default: 0}
  - {id: n, type: input, kind: number, name: n, label: N, default: 1}
  - {id: slow, type: python, source: "import time\\ntime.sleep(seconds)"}
  - {id: after, type: python, source: "n * 14"}
"""


def published(client: Client) -> str:
    project = str(client.call("POST", "/projects/import", content=PROJECT.encode()).json()["id"])
    started = client.call("POST", f"/projects/{project}/publish", {"force": True}).json()
    place = f"/projects/{project}/publish/{started['publishId']}"
    until(lambda: client.call("GET", f"/projects/{project}/runs/{started['runId']}").json()["endTime"] is not None)
    assert client.call("GET", place).json()["status"] == "PUBLISHED"
    return project


def running(client: Client, project: str, seconds: float) -> str:
    """A run that computes for so long; it has begun its slow cell."""
    body = {"inputParams": {"seconds": seconds}}
    run = str(client.call("POST", f"/projects/{project}/runs", body).json()["runId"])

    def begun() -> bool:
        cells = client.call("GET", f"/projects/{project}/runs/{run}?outputs=true").json()["cells"]
        return any(cell["id"] == "slow" and cell["state"] == "running" for cell in cells)

    until(begun)
    return run


def again(server: RunningServer, client: Client) -> None:
    """Stop the server as an operator does, and start it."""
    assert server.stop() == 0, server.log()
    server.start()
    client.refresh()


def test_ops5_runs_end_in_their_time_and_sessions_go_on(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as server:
        client = server.client()
        project = published(client)
        cookie = {"Cookie": f"vernissage={client.http.cookies['vernissage']}"}
        with Socket(server.url, cookie) as tab:
            session = tab.hello({"room": "app", "project": project})["session"]
            tab.do({"do": "set_inputs", "values": {"n": 3}})
            tab.settled()
        run = running(client, project, 2)
        again(server, client)
        ended: dict[str, Any] = client.call("GET", f"/projects/{project}/runs/{run}").json()
        assert ended["status"] == "COMPLETED"
        with Socket(server.url, cookie) as tab:
            kept = tab.hello({"room": "app", "project": project}, session=session)
            assert kept["session"] == session
            assert kept["inputs"]["n"] == 3
            assert kept["cells"]["after"]["outputs"][0]["data"]["text/plain"] == "42"


def test_ops5_what_takes_longer_is_killed_and_recorded_so(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", environ={"VERNISSAGE_DRAIN_SECONDS": "0.5"}) as server:
        client = server.client()
        project = published(client)
        run = running(client, project, 600)
        again(server, client)
        ended = client.call("GET", f"/projects/{project}/runs/{run}").json()
        assert ended["status"] == "KILLED"
        assert ended["stateEvents"][-1]["state"] == "KILLED"
        page = client.call("GET", f"/projects/{project}/runs/{run}?outputs=true").json()
        assert "The server was stopped during this run." in str(page)
