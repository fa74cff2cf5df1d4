"""`vernissage publish`: freeze a project's draft on a server, wait for its preview run, promote it where it went well.

The same gate as in the browser: a cell that fails stops the publishing, unless it is forced.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Set
from typing import Any, TypeAlias

import msgspec

from vernissage.cli.api import Api, asking, no_server, project_path, query
from vernissage.cli.common import CommandFailed, print_json, server_of
from vernissage.cli.progress import Progress
from vernissage.cli.show import plain
from vernissage.core.outputs import CellRun
from vernissage.wire.rest import CellResult

FIRST_LOOK = 0.1
"""Seconds until the first look at how far a run is; each later one waits longer, up to LOOK."""

LOOK = 1.0

Done: TypeAlias = Callable[[dict[str, Any]], bool]


async def publish(chosen: argparse.Namespace) -> int:
    """Publish the draft; 1 and the errors, cell by cell, where its preview run failed."""
    url = server_of(chosen)
    if not url:
        raise no_server()
    async with asking(chosen, url) as api:
        body = {"force": chosen.force, "title": chosen.title}
        begun = await api.call("POST", project_path(chosen.id, "publish"), body)
        path = project_path(chosen.id, "publish", begun["publishId"])
        run = project_path(chosen.id, "runs", begun["runId"])
        if chosen.force:
            return await _forced(chosen, api, path, run)
        try:
            told = await _watched(chosen, api, run)
            candidate = await until(api, path, lambda candidate: candidate["status"] != "RUNNING")
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
        _say_errors([error for error in candidate["errors"] if error["cell"] not in told])
        what = "its preview run was cut off"
        if count := len(candidate["errors"]):
            what = f"{count} {'cell' if count == 1 else 'cells'} failed in its preview run"
        raise CommandFailed(
            f"Nothing was published: {what}. Correct the draft, or publish it all the same with --force."
        )


async def _forced(chosen: argparse.Namespace, api: Api, path: str, run: str) -> int:
    candidate = await api.call("GET", path)
    if chosen.wait:
        told = await _watched(chosen, api, run)
        await until(api, run, has_ended)
        ended = await api.call("GET", run, **query(outputs="true"))
        errors = [
            {"cell": one["id"], "name": one["name"], "message": one["error"]}
            for one in ended.get("cells", ())
            if one["error"]
        ]
        candidate["errors"] = errors
        candidate["runStatus"] = ended["status"]
        _say_errors([error for error in errors if error["cell"] not in told])
    _say(chosen, candidate)
    return 0


async def _watched(chosen: argparse.Namespace, api: Api, run: str) -> Set[str]:
    """Where somebody looks, show how far the run is, to its end. The ids of the cells that were told of."""
    async with Progress(sys.stderr, None, wanted=not chosen.json) as progress:
        if progress.live:
            await followed(api, run, progress)
        return progress.told


async def followed(api: Api, path: str, progress: Progress) -> dict[str, Any]:
    """Show a run, as it comes; the answer at its end, with its outputs."""

    def look(run: dict[str, Any]) -> None:
        cells = msgspec.convert(run.get("cells", ()), tuple[CellResult, ...])
        names = {cell.id: cell.name for cell in cells}
        progress.show(names, {cell.id: CellRun(cell.state, cell.outputs, cell.elapsed) for cell in cells})

    return await until(api, path, has_ended, look, **query(outputs="true"))


def has_ended(run: dict[str, Any]) -> bool:
    """Whether nothing comes of this run any more."""
    return run["status"] not in ("PENDING", "RUNNING")


async def until(
    api: Api, path: str, done: Done, look: Callable[[dict[str, Any]], None] | None = None, **more: Any
) -> dict[str, Any]:
    """Ask until the answer is as wanted. `look` gets each answer."""
    wait = FIRST_LOOK
    while True:
        answer: dict[str, Any] = await api.call("GET", path, **more)
        if look is not None:
            look(answer)
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
