"""`vernissage publish`: freeze a project's draft on a server, wait for its preview run, promote it where it went well.

The same gate as in the browser: a cell that fails stops the publishing, unless it is forced.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from vernissage.cli.api import Api, asking, no_server, project_path, query
from vernissage.cli.common import CommandFailed, print_json, server_of
from vernissage.cli.show import plain

FIRST_LOOK = 0.1
"""Seconds until the first look at how far a run is; each later one waits longer, up to LOOK."""

LOOK = 1.0


async def publish(chosen: argparse.Namespace) -> int:
    """Publish the draft; 1 and the errors, cell by cell, where its preview run failed."""
    url = server_of(chosen)
    if not url:
        raise no_server()
    async with asking(chosen, url) as api:
        body = {"force": chosen.force, "title": chosen.title}
        begun = await api.call("POST", project_path(chosen.id, "publish"), body)
        path = project_path(chosen.id, "publish", begun["publishId"])
        if chosen.force:
            return await _forced(chosen, api, path, begun)
        try:
            candidate = await _ended(api, path)
        except asyncio.CancelledError:  # Ctrl-C: nobody waits for this candidate any more
            await api.call("DELETE", path)
            raise
        if candidate["status"] == "READY":
            candidate = await api.call("POST", f"{path}/confirm", {})
            _say(chosen, candidate)
            return 0
        if candidate["status"] in ("SUPERSEDED", "CANCELLED"):
            raise CommandFailed(
                "Nothing was published: this preview was given up, or another took its place. Look at the project, and "
                "publish again."
            )
        _say_errors(candidate["errors"])
        what = "its preview run was cut off"
        if count := len(candidate["errors"]):
            what = f"{count} {'cell' if count == 1 else 'cells'} failed in its preview run"
        raise CommandFailed(
            f"Nothing was published: {what}. Correct the draft, or publish it all the same with --force."
        )


async def _forced(chosen: argparse.Namespace, api: Api, path: str, begun: dict[str, Any]) -> int:
    candidate = await api.call("GET", path)
    if chosen.wait:
        run = project_path(chosen.id, "runs", begun["runId"])
        await until(api, run, lambda run: run["status"] not in ("PENDING", "RUNNING"))
        ended = await api.call("GET", run, **query(outputs="true"))
        errors = [{"name": one["name"], "message": one["error"]} for one in ended.get("cells", ()) if one["error"]]
        candidate["errors"] = errors
        candidate["runStatus"] = ended["status"]
        _say_errors(errors)
    _say(chosen, candidate)
    return 0


async def _ended(api: Api, path: str) -> dict[str, Any]:
    return await until(api, path, lambda candidate: candidate["status"] != "RUNNING")


async def until(api: Api, path: str, done: Any) -> dict[str, Any]:
    """Ask until the answer is as wanted."""
    wait = FIRST_LOOK
    while True:
        answer: dict[str, Any] = await api.call("GET", path)
        if done(answer):
            return answer
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, LOOK)


def _say(chosen: argparse.Namespace, candidate: dict[str, Any]) -> None:
    if chosen.json:
        print_json(candidate)
    else:
        print(f"Version {candidate['version']} is published.")


def _say_errors(errors: list[dict[str, Any]]) -> None:
    for error in errors:
        print(plain(f"{error['name']}: {error['message']}"), file=sys.stderr)
