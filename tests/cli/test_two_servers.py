"""Two servers on one PostgreSQL, and one that is killed at work: each due minute has exactly one run, and each run an
end (`spec/schedules.md`). Real processes, real minutes of the database only: the clock is the machine's own.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.postgres import plain
from tests.support.server import Client, RunningServer

SLOW = """
vernissage: 1
title: Slow
cells:
  - id: wait
    type: python
    source: |
      import time
      time.sleep(600)
"""

QUICK = """
vernissage: 1
title: Quick
cells:
  - {id: a, type: python, source: "1 + 1"}
"""

WAITS = 90.0


def until(true: Callable[[], Any], within: float = WAITS) -> Any:
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to that in time")


def project(client: Client, text: str) -> str:
    """Imported and published, whatever goes on in it."""
    answer = client.call(
        "POST", "/projects/import", content=text.encode(), headers={"Content-Type": "application/yaml"}
    )
    assert answer.status_code == 201, answer.text
    id = str(answer.json()["id"])
    started = client.call("POST", f"/projects/{id}/publish", {"force": True})
    assert started.status_code == 202, started.text
    client.call("DELETE", f"/projects/{id}/runs/{started.json()['runId']}")
    return id


def schedule(client: Client, project: str, **body: Any) -> str:
    # Far from now by its own rule: what is due is what `make_due` says.
    plan = {"cadence": "DAILY", "hour": (datetime.now(UTC).hour + 12) % 24, "enabled": False}
    answer = client.call("POST", f"/projects/{project}/schedules", {**plan, **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _make_due(url: str, schedule: str, minutes: int) -> None:
    """Let a schedule be due since so many minutes: the database is where servers look for what is due."""
    connection = await asyncpg.connect(plain(url))
    try:
        now = await connection.fetchval("SELECT date_trunc('minute', now())")
        await connection.execute(
            "UPDATE schedules SET enabled = true, next_due = $2 WHERE id = $1",
            schedule,
            now - timedelta(minutes=minutes),
        )
    finally:
        await connection.close()


async def _runs(url: str, schedules: tuple[str, ...]) -> list[Any]:
    connection = await asyncpg.connect(plain(url))
    try:
        return list(
            await connection.fetch(
                "SELECT schedule, due_at, attempt, status, message, server, events FROM runs "
                "WHERE schedule = ANY($1) ORDER BY ordinal",
                list(schedules),
            )
        )
    finally:
        await connection.close()


def served(url: str, schedules: list[str], count: int) -> bool:
    return len(runs(url, *schedules)) == count


async def _servers(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(plain(url))
    try:
        return {row["home"]: row["id"] for row in await connection.fetch("SELECT home, id FROM servers")}
    finally:
        await connection.close()


def servers_of(url: str) -> dict[str, str]:
    """The ids of the servers, by what their data directories are called."""
    return asyncio.run(_servers(url))


def make_due(url: str, schedule: str, minutes: int = 0) -> None:
    asyncio.run(_make_due(url, schedule, minutes))


def runs(url: str, *schedules: str) -> list[Any]:
    return asyncio.run(_runs(url, schedules))


@pytest.fixture
def servers(tmp_path: Path, postgres_server: Callable[[], str]) -> Iterator[tuple[str, RunningServer, RunningServer]]:
    url = postgres_server()
    environ = {"VERNISSAGE_DATABASE_URL": url, "VERNISSAGE_LEASE_SECONDS": "3"}
    with RunningServer(tmp_path / "one", environ=environ) as one:
        (tmp_path / "two" / "keys").mkdir(parents=True, mode=0o700)
        shutil.copy(tmp_path / "one" / "keys" / "server", tmp_path / "two" / "keys" / "server")
        with RunningServer(tmp_path / "two", environ=environ) as two:
            yield url, one, two


@pytest.mark.postgres
def test_sch9_two_servers_serve_each_due_minute_once_and_account_for_one_that_is_killed(
    servers: tuple[str, RunningServer, RunningServer],
) -> None:
    """[SCH13]"""
    url, one, two = servers
    client = one.client()
    quick, slow = project(client, QUICK), project(client, SLOW)
    daily = [schedule(client, quick, overlap="QUEUE") for _ in range(4)]
    for round in (1, 2):  # both servers look at all of them at once
        for id in daily:
            make_due(url, id, minutes=90 - round)
        until(partial(served, url, daily, 4 * round))
    until(lambda: all(run["status"] == "COMPLETED" for run in runs(url, *daily)))
    counted = Counter((run["schedule"], run["due_at"], run["attempt"]) for run in runs(url, *daily))
    assert (len(counted), set(counted.values())) == (8, {1})

    once, again = schedule(client, slow), schedule(client, slow, retries=1)
    for id in (once, again):
        make_due(url, id)
    until(lambda: [run["status"] for run in runs(url, once, again)] == ["RUNNING"] * 2)
    ids = servers_of(url)
    holds = {run["server"] for run in runs(url, once, again)}
    victim = next(server for server in (one, two) if ids[(server.data / "home").read_text()] in holds)
    dead = ids[(victim.data / "home").read_text()]
    victim.kill()
    killed = [run["schedule"] for run in runs(url, once, again) if run["server"] == dead]

    def accounted() -> bool:
        ends = [run for run in runs(url, once, again) if run["server"] == dead and run["attempt"] == 1]
        return all(run["status"] == "KILLED" and "stopped during this run" in run["message"] for run in ends)

    until(accounted)
    after = runs(url, once, again)
    assert Counter((run["schedule"], run["due_at"], run["attempt"]) for run in after).most_common(1)[0][1] == 1
    for id in killed:
        attempts = [run["attempt"] for run in after if run["schedule"] == id]
        assert attempts == ([1, 2] if id == again else [1])
    alive = [run for run in after if run["schedule"] not in killed]
    assert {run["status"] for run in alive} <= {"RUNNING"}
    victim.start()  # it comes back and leaves the living one's runs alone
    assert [run["status"] for run in runs(url, *(run["schedule"] for run in alive))] == ["RUNNING"] * len(alive)


def test_run9_a_scheduled_run_that_a_crash_cut_off_is_accounted_for_at_the_next_start(tmp_path: Path) -> None:
    """[SCH13] On SQLite, with a data directory that knows its own last server has ended."""
    with RunningServer(tmp_path / "data") as server:
        client = server.client()
        id = project(client, SLOW)
        one = schedule(client, id, enabled=True, retries=1)
        assert client.call("POST", f"/projects/{id}/schedules/{one}/run").status_code == 201

        def last() -> Any:
            return client.call("GET", f"/projects/{id}/schedules").json()["values"][0]["lastRuns"]

        until(lambda: last()[0]["status"] == "RUNNING")
        server.kill()
        server.start()
        client = server.client()
        found = last()
        assert [(run["attempt"], run["status"]) for run in found] == [(2, "PENDING"), (1, "KILLED")]
        assert found[1]["message"] == "The server was stopped during this run."
        log = client.call("GET", f"/projects/{id}/runs/{found[1]['runId']}").json()
        assert datetime.fromisoformat(log["endTime"]) >= datetime.fromisoformat(log["startTime"])
