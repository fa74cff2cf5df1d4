"""Hex's own clients at work: its Airflow provider and its Dagster library, as they are published, with only the base
URL and the token changed.

Run by the Python of `.venv/clients`, which has them and nothing of ours: `python hex_clients.py airflow|dagster`, with
what they are to do as JSON on standard input (`Wanted`); what came of each step is answered as JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypedDict


class Wanted(TypedDict):
    url: str
    token: str
    plain: str
    """A published project with an input `n`; it ends well."""
    failing: str
    """One with a cell that fails."""
    slow: str
    """One that never ends by itself."""


def tried(step: Callable[[], Any]) -> Any:
    """What a step answered; `{"raised", "says"}` where it raised."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - which one it raises is what the test asks
        return {"raised": type(error).__name__, "says": str(error)}


def airflow(wanted: Wanted) -> dict[str, Any]:
    def connection(token: str) -> str:
        return json.dumps({"conn_type": "hex", "host": wanted["url"], "password": token})

    os.environ["AIRFLOW_CONN_HEX_DEFAULT"] = connection(wanted["token"])
    os.environ["AIRFLOW_CONN_NOBODY"] = connection("not-a-token")
    operator = import_module("airflow_provider_hex.operators.hex").HexRunProjectOperator
    hook = import_module("airflow_provider_hex.hooks.hex").HexHook

    def task(project: str, **more: Any) -> Any:
        given = {"task_id": "hex", "project_id": project, "wait_seconds": 0, "timeout": 60, **more}
        return operator(**given).execute({})

    started = task(wanted["slow"], synchronous=False)
    return {
        "ran": task(wanted["plain"], input_parameters={"n": 5, "nobody": 1}),
        "updated": task(wanted["plain"], update_cache=True),
        "failed": tried(lambda: task(wanted["failing"])),
        "timed_out": tried(lambda: task(wanted["slow"], timeout=1, wait_seconds=1)),
        "started": started,
        "status": hook().run_status(wanted["slow"], started["runId"]),
        "cancelled": hook().cancel_run(wanted["slow"], started["runId"]),
        "nobody": tried(lambda: task(wanted["plain"], hex_conn_id="nobody")),
    }


def dagster(wanted: Wanted) -> dict[str, Any]:
    library, core = import_module("dagster_hex.resources"), import_module("dagster")
    ops = import_module("dagster_hex.ops")
    hex = library.HexResource(wanted["token"], wanted["url"], request_max_retries=1)
    nobody = library.HexResource("not-a-token", wanted["url"])

    def poll(project: str, **more: Any) -> Any:
        return hex.run_and_poll(project, poll_interval=0.1, **{"inputs": None, **more})._asdict()

    def job() -> Any:
        configured = ops.hex_project_op.configured(
            {"project_id": wanted["plain"], "inputs": {"n": 7}, "notifications": [], "poll_interval": 0.1}, name="run"
        )

        @core.job(resource_defs={"hex": core.ResourceDefinition.hardcoded_resource(hex)})  # type: ignore[untyped-decorator]
        def all_of_it() -> None:
            configured()

        return all_of_it.execute_in_process().output_for_node("run")._asdict()

    started = hex.run_project(wanted["slow"])
    return {
        "projects": [one["id"] for one in hex.get_all_projects()["values"]],
        "details": hex.get_project_details(wanted["plain"]),
        "ran": poll(wanted["plain"], inputs={"n": 5}),
        "op": job(),
        "dry": hex.run_project(wanted["plain"], dry_run=True),
        "updated": hex.run_project(wanted["plain"], update_published_results=True, use_cached_sql=False),
        "failed": tried(lambda: poll(wanted["failing"])),
        "misfit": tried(lambda: poll(wanted["plain"], inputs={"n": 5_000})),
        "timed_out": tried(lambda: poll(wanted["slow"], poll_timeout=1)),
        "started": started,
        "cancelled": hex.cancel_run(wanted["slow"], started["runId"]),
        "nobody": tried(lambda: nobody.run_project(wanted["plain"])),
    }


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr  # what the libraries print is no answer
    found = {"airflow": airflow, "dagster": dagster}[sys.argv[1]](json.load(sys.stdin))
    json.dump(found, out)
