"""Hex's own clients, unchanged but for base URL and token, against a real server.

They live in an environment of their own, `.venv/clients`, since they pin what we do not (`requirements/clients.txt`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support import hex_clients
from tests.support.app import PLAIN, Site, boot

PYTHON = Path(__file__).resolve().parents[2] / ".venv" / "clients" / "bin" / "python"

WITHIN = 120.0
"""Seconds for all that one client is asked to do, its start included."""

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="Hex's clients are not installed: run `make clients`")


@pytest.fixture(scope="module")
def wanted(site: Site) -> Iterator[hex_clients.Wanted]:
    """Three published projects that edith may edit."""
    found = []
    for more in (
        "",
        "  - {id: bad, type: python, label: Bad, source: 1/0}\n",
        "  - {id: wait, type: python, source: 'import time; time.sleep(600)'}\n",
    ):
        project = site.project(PLAIN + more, "olga")
        site.share(project, {"edith": "CAN_EDIT"})
        site.publish(project, force="sleep" in more)
        found.append(project)
    edith = site.people["edith"]
    yield {
        "url": site.server.url,
        "token": edith.token,
        "plain": found[0],
        "failing": found[1],
        "slow": found[2],
    }
    runs = f"/api/v1/projects/{found[2]}/runs"  # its preview run goes on
    for run in site.program("edith").get(runs, params={"statusFilter": "RUNNING"}).json()["runs"]:
        site.program("edith").delete(f"{runs}/{run['runId']}")


def at_work(client: str, wanted: hex_clients.Wanted, tmp_path: Path) -> dict[str, Any]:
    """What came of each step of a client."""
    done = subprocess.run(
        [PYTHON, "-W", "ignore", hex_clients.__file__, client],
        input=msgspec.json.encode(wanted),
        capture_output=True,
        timeout=WITHIN,
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path), "DAGSTER_HOME": "", "DAGSTER_DISABLE_TELEMETRY": "1"},
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def status(site: Site, project: str, run: str) -> Any:
    return site.program("edith").get(f"/api/v1/projects/{project}/runs/{run}").json()["status"]


def test_api5_the_airflow_provider_runs_projects(site: Site, wanted: hex_clients.Wanted, tmp_path: Path) -> None:
    found = at_work("airflow", wanted, tmp_path)
    assert found["ran"]["status"] == found["updated"]["status"] == "COMPLETED"
    assert found["ran"]["inputParams"] == {"n": 5}
    assert isinstance(found["ran"]["elapsedTime"], int)
    page = boot(site.browser("edith").http.get(f"/main/app/{wanted['plain']}/latest").text)
    assert found["updated"]["startTime"] <= page["snapshot"]["results"]["at"] <= found["updated"]["endTime"]
    assert found["failed"]["raised"] == "AirflowException"
    assert "ERRORED" in found["failed"]["says"]
    assert "timed out" in found["timed_out"]["says"]
    timed_out = found["timed_out"]["says"].partition("run: ")[2].partition("'")[0]
    assert status(site, wanted["slow"], timed_out) == "KILLED"
    assert found["status"]["status"] in ("PENDING", "RUNNING")
    assert found["cancelled"] == found["started"]["runId"]
    assert status(site, wanted["slow"], found["cancelled"]) == "KILLED"
    assert found["nobody"]["raised"] == "HTTPError"
    assert "401" in found["nobody"]["says"]


def test_api6_the_dagster_library_runs_projects(site: Site, wanted: hex_clients.Wanted, tmp_path: Path) -> None:
    found = at_work("dagster", wanted, tmp_path)
    assert wanted["plain"] in found["projects"]
    details = found["details"]
    assert (details["project_id"], details["title"]) == (wanted["plain"], "Plain")
    assert details["creator"] == site.people["olga"].email
    for ran, inputs in ((found["ran"], {"n": 5}), (found["op"], {"n": 7})):
        assert ran["status_response"]["status"] == "COMPLETED"
        assert ran["status_response"]["inputParams"] == inputs
        assert ran["run_response"]["runId"] == ran["status_response"]["runId"]
    assert found["dry"]["projectId"] == found["updated"]["projectId"] == wanted["plain"]
    assert "ERRORED" in found["failed"]["says"]
    assert "422" in found["misfit"]["says"]
    assert "inputParams.n" in found["misfit"]["says"]
    assert "timed out" in found["timed_out"]["says"]
    timed_out = found["timed_out"]["says"].partition("run: ")[2].partition("'")[0]
    assert status(site, wanted["slow"], timed_out) == "KILLED"
    assert found["cancelled"] == found["started"]["runId"]
    assert status(site, wanted["slow"], found["cancelled"]) == "KILLED"
    assert "401" in found["nobody"]["says"]
