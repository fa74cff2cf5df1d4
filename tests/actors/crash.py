"""A server that dies while it publishes, reverts or unpublishes: right after its n-th call of the store or of a kernel,
for every n until it comes through.

`python -m tests.actors.crash DIRECTORY HOW [DATABASE]`: an empty directory, one of `HOWS`, and the address of a
database to be emptied, where it is not to be the one in the directory. For each n, in processes of their own: does it
and dies, then opens what is left and looks at all that must be so. Prints a line for each: how the process ended (42:
it died, 0: it came through), and whether the `old` or the `new` state was found.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tests.support.plain import PlainKernels
from tests.support.postgres import emptied
from tests.support.worlds import WatchedKernels, World
from vernissage.actors.publisher import Problem, installed
from vernissage.actors.versions import Reverted, Versions
from vernissage.core.document import PythonCell, parse
from vernissage.core.operations import SetTitle
from vernissage.core.outputs import decode_cells
from vernissage.ports import Project, PublishRecord, Store

HOWS = ("gate", "force", "republish", "unpublish", "revert")


@dataclass(frozen=True)
class Place:
    directory: Path
    database: str


async def opened(place: Place) -> World:
    kernels = WatchedKernels(PlainKernels())
    world = await World.made(place.directory, kernels, database=place.database)
    kernels.burn = world.store.burn
    return world


async def only_project(world: World) -> Project:
    (project,) = await world.store.projects()
    assert isinstance(project, Project)
    return project


def versions_of(world: World) -> Versions:
    return Versions(cast(Store, world.store), world.rooms, world.clock)


async def prepare(place: Place) -> None:
    """Versions 1 ("One") and 2 ("Two") were published; the draft is "Three"."""
    if place.database:
        await emptied(place.database)
    world = await opened(place)
    project = await world.project(PythonCell("a", "1"))
    for title in ("One", "Two", "Three"):
        await (await world.rooms.logic(project.id)).edited(SetTitle(title), world.ana)
        if title != "Three":
            await world.published(project)
    await world.close()


async def act(place: Place, how: str, calls: int) -> None:
    """Do it, and die after that many calls."""
    world = await opened(place)
    project = await only_project(world)
    world.store.exit_at = calls
    match how:
        case "gate" | "force":
            await world.published(project, force=how == "force")
        case "republish":
            begun = await world.publisher.begin(project, world.ana, expected=2, republish=1)
            assert isinstance(begun, PublishRecord), begun
            ended = await world.publisher.ended(begun.id)
            done = await world.publisher.confirm(
                ended, world.ana, accept_errors=False, force=False, title=None, origin="test"
            )
            assert not isinstance(done, Problem), done
        case "unpublish":
            await world.publisher.unpublish(project, world.ana, "test")
        case "revert":
            assert isinstance(await versions_of(world).revert(project.id, world.ana, 1, "test"), Reverted)
        case _:
            raise ValueError(how)
    if how == "force":  # it has its results a little later
        async with asyncio.timeout(20):
            while (await world.store.real.project(project.id)).results_run is None:  # type: ignore[union-attr]  # noqa: ASYNC110
                await asyncio.sleep(0.002)  # past the counter, which must not count this
    world.store.exit_at = 0
    await world.close()


async def look(place: Place, how: str) -> str:
    """Open what a crash left, as the next start of the server does; whether it is the old state or the new one."""
    world = await opened(place)
    now = await only_project(world)
    draft = (await world.rooms.draft_document(now.id)).title
    titles = {}
    for one in await world.store.versions(now.id):
        _, data = await world.store.version(now.id, one.number)
        titles[one.number] = parse(data).title
    assert sorted(titles) == list(range(1, len(titles) + 1))
    assert (titles[1], titles[2]) == ("One", "Two")
    new = {"gate": 3, "force": 3, "republish": 1, "unpublish": None, "revert": 2}[how]
    assert now.published in (2, new)
    if how == "revert":
        state = "new" if draft == "One" else "old"
        assert draft == "Three" or "Three" in titles.values()  # what it held before is in a version
    else:
        state = "new" if now.published == new else "old"
        assert draft == "Three"
    for record in await world.store.open_publishes():
        assert record.status in ("READY", "FAILED"), record
        assert await world.publisher.preview(record) is not None
    assert await world.store.unfinished_runs() == ()
    if now.published is None:
        assert now.results_run is None
    elif now.results_run is not None:
        run = await world.store.run(now.results_run)
        assert run.version == now.published
        assert decode_cells(run.cells)["a"].state == "done"
    else:  # only a forced publish whose run was cut off has none
        assert (how, now.published) == ("force", 3)
        version, _ = await world.store.version(now.id, 3)
        assert (await world.store.run(version.run)).status == "KILLED"
    # And life goes on.
    await (await world.rooms.logic(now.id)).edited(SetTitle("Four"), world.ana)
    assert (await world.published(now)).version == len(titles) + 1
    await world.close()
    return state


def alone(work: Callable[[], Coroutine[Any, Any, str | None]]) -> int:
    """Do it in a process of its own; how that ended."""
    child = os.fork()  # nothing runs here yet: no loop, no thread
    if not child:
        try:
            said = asyncio.run(work())
        except BaseException:  # noqa: BLE001 - a child must never come back into the loop below
            traceback.print_exc()
            os._exit(1)
        if said:
            print(said, flush=True)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(directory: str, how: str, database: str = "") -> None:
    installed()  # once, for all processes that follow
    template = Place(Path(directory) / "template", database)
    for calls in range(1, 200):
        if calls == 1 or database:
            shutil.rmtree(template.directory, ignore_errors=True)
            assert alone(lambda: prepare(template)) == 0
        here = Place(Path(directory) / f"{how}-{calls}", database)
        shutil.copytree(template.directory, here.directory)
        code = alone(lambda: act(here, how, calls))  # noqa: B023 - it is done with before the next turn
        print(code, end=" ", flush=True)
        if alone(lambda: look(here, how)) or code != 42:  # noqa: B023
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
