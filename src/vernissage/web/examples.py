"""Examples of requests and answers, by the name of the handler, as the OpenAPI document shows them.

A test sends each request's shape through the schema, so an example that went stale is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROJECT = "5f0c8f3e-52c8-4d0c-9d8a-0b6f4b9c2a11"
RUN = "9b2c1f64-6e0b-4d7e-8f43-1f8f2f6a7c55"
TRACE = "0af7651916cd43dd8448eb211c80319c"
HOST = "https://apps.example.com"


@dataclass(frozen=True)
class Example:
    request: Any = None
    answer: Any = None


_RUN = {
    "projectId": PROJECT,
    "projectVersion": 3,
    "runId": RUN,
    "runUrl": f"{HOST}/main/app/{PROJECT}/runs/{RUN}",
    "status": "COMPLETED",
    "startTime": "2026-11-25T12:00:00.120Z",
    "endTime": "2026-11-25T12:00:02.620Z",
    "elapsedTime": 2500,
    "traceId": TRACE,
    "runTrigger": "API",
    "inputParams": {"species": "Gentoo"},
    "notifications": [],
    "stateEvents": [
        {"state": "PENDING", "at": "2026-11-25T12:00:00.100Z"},
        {"state": "RUNNING", "at": "2026-11-25T12:00:00.120Z"},
        {"state": "COMPLETED", "at": "2026-11-25T12:00:02.620Z"},
    ],
    "createdAt": "2026-11-25T12:00:00.100Z",
    "person": {"email": "ana@example.com", "name": "Ana"},
    "message": "",
    "restorable": False,
}

EXAMPLES: Mapping[str, Example] = {
    "create_project": Example({"title": "Penguin explorer"}),
    "begin_publish": Example(
        {"expectedPublished": 2},
        {"publishId": "c0ffee00-6e0b-4d7e-8f43-1f8f2f6a7c55", "runId": RUN, "status": "RUNNING"},
    ),
    "confirm_publish": Example({"acceptErrors": False}),
    "save_version": Example({"title": "Before the new colours"}),
    "name_version": Example({"title": "Before the new colours"}),
    "revert": Example({"version": 2}),
    "start_run": Example(
        {"inputParams": {"species": "Gentoo", "since": "7 days ago"}},
        {
            "projectId": PROJECT,
            "runId": RUN,
            "runUrl": f"{HOST}/main/app/{PROJECT}/runs/{RUN}",
            "runStatusUrl": f"{HOST}/api/v1/projects/{PROJECT}/runs/{RUN}",
            "traceId": TRACE,
            "projectVersion": 3,
            "notifications": [],
            "ignoredInputParams": [],
        },
    ),
    "show_run": Example(answer=_RUN),
    "list_runs": Example(
        answer={
            "runs": [_RUN],
            "nextPage": f"{HOST}/api/v1/projects/{PROJECT}/runs?limit=25&offset=25",
            "previousPage": None,
            "traceId": TRACE,
        }
    ),
    "kill_run": Example(answer={"projectId": PROJECT, "runId": RUN, "status": "KILLED", "traceId": TRACE}),
    "make_link": Example(
        {"kind": "CURRENT_INPUTS", "inputs": {"species": "Gentoo"}},
        {"url": f"{HOST}/main/app/{PROJECT}/latest?_species=%22Gentoo%22", "notCarried": []},
    ),
    "set_sharing": Example({"grants": [{"principal": "user:bo@example.com", "access": "CAN_EDIT"}]}),
    "add_user": Example({"email": "bo@example.com", "name": "Bo", "role": "editor"}),
    "create_token": Example({"name": "nightly report", "days": 30}),
    "sign_in": Example({"email": "ana@example.com", "password": "likes pictures"}),
}
