"""What code may know of its run, over real kernels: `vernissage.run_context()`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.worlds import WAITS, Tab, World
from vernissage.actors.connection import Viewer
from vernissage.core.document import Document, InputCell, NumberInput, PythonCell
from vernissage.core.room import GoLive
from vernissage.core.session import Begin, RestartAndRunAll, RunAll, SetInputs
from vernissage.kernels import ForkKernels
from vernissage.ports import Project

pytestmark = pytest.mark.anyio

N = InputCell("n", input=NumberInput(name="n", default=1))
WHO = PythonCell(
    "who",
    source="import vernissage\nc = vernissage.run_context()\n"
    "print(n, c.trigger, c.viewer, dict(c.attributes), c.timezone, c.project[:4], c.version)",
)
WEB = Viewer("visitor:w", "Visitor 7")


async def app(world: World, viewer: Viewer, *cells: Any) -> tuple[Tab, Project]:
    """Somebody in a published app of Ana's."""
    project = await world.project(document=Document(cells=cells or (N, WHO), timezone="Europe/Berlin"))
    await world.published(project)
    project = await world.read(project)
    room = await world.rooms.app(project, 1, viewer)
    assert room is not None
    tab = Tab.in_room(room, viewer, "APP_ONLY")
    await tab.until(lambda: tab.session)
    return tab, project


def printed(tab: Tab) -> str:
    """What the cell wrote, as the room has it."""
    return "".join(getattr(output, "text", "") for output in tab.room.state.cells["who"].outputs).strip()


async def test_ctx1_a_session_of_an_app_knows_its_run(world: World) -> None:
    tab, project = await app(world, world.ben)
    await tab.runs(SetInputs({"n": 2}))
    assert printed(tab) == f"2 app ben@example.org {{}} Europe/Berlin {project.id[:4]} 1"


async def test_ctx1_a_run_with_another_trigger_in_the_same_kernel_says_so(world: World) -> None:
    tab, _ = await app(world, world.ben)
    await tab.runs(SetInputs({"n": 2}))
    kernel = tab.room._driver.kernel
    tab.room.apply(Begin("refresh"))
    await tab.until(lambda: tab.run is not None and tab.run.number == 2 and tab.run.status == "done")
    assert printed(tab).startswith("2 refresh ben@example.org")
    await tab.runs(SetInputs({"n": 3}))
    assert printed(tab).startswith("3 app ben@example.org")
    assert tab.room._driver.kernel is kernel


async def test_ctx2_the_logic_view_runs_for_whoever_started_its_kernel(world: World) -> None:
    project = await world.project(N, WHO)
    room = await world.rooms.logic(project.id)
    ana, ben = Tab.in_room(room, world.ana), Tab.in_room(room, world.ben)
    await ana.runs(RunAll())
    assert printed(ana) == f"1 logic ana@example.org {{}} UTC {project.id[:4]} None"
    await ben.runs(RunAll())  # in the kernel that is there
    assert printed(ana).startswith("1 logic ana@example.org")
    await ben.runs(RestartAndRunAll())
    assert printed(ana).startswith("1 logic ben@example.org")


async def test_ctx2_a_live_session_stays_its_starters_whoever_joins(world: World) -> None:
    ben, project = await app(world, world.ben)
    assert await ben.do(GoLive()) == ""
    room = await world.rooms.find_app(project, ben.session, world.ana, "FULL_ACCESS")
    assert room is not None
    ana = Tab.in_room(room, world.ana)
    await ana.runs(SetInputs({"n": 5}))
    assert printed(ana).startswith("5 app ben@example.org")
    room.stop_kernel()
    await ana.runs(SetInputs({"n": 6}))
    assert printed(ana).startswith("6 app ben@example.org")


async def test_ctx2_a_visitor_from_the_web_is_nobody(world: World) -> None:
    tab, _ = await app(world, WEB)
    await tab.runs(SetInputs({"n": 2}))
    assert printed(tab).startswith("2 app  {}")


async def test_ctx2_a_session_goes_on_in_the_same_name_after_a_restart(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    embedded = msgspec.structs.replace(world.ben, attributes={"team": "north"})
    tab, project = await app(world, embedded)
    await tab.runs(SetInputs({"n": 2}))
    assert printed(tab).startswith("2 app ben@example.org {'team': 'north'}")
    tab.cut()
    await world.turned.turn(1)
    await world.store.until("save_session", 1)
    other = await World.made(tmp_path / "data", kernels, clock=world.clock)
    room = await other.rooms.find_app(project, tab.session, world.ben, "APP_ONLY")
    assert room is not None
    again = Tab.in_room(room, world.ben, "APP_ONLY")
    await again.until(lambda: again.session)
    await again.runs(SetInputs({"n": 7}))
    assert printed(again).startswith("7 app ben@example.org {'team': 'north'}")
    await other.close()


async def test_ctx2_an_api_run_is_nobodys(world: World) -> None:
    project = await world.project(N, WHO)
    await world.published(project)
    document = await world.rooms.version_document(project.id, 1)
    assert document is not None
    record = await world.runner.start(project.id, 1, document, {}, world.ben)
    async with asyncio.timeout(WAITS):
        await asyncio.wait({world.runner._tasks[record.id]})
    done = await world.store.run(record.id)
    assert b"1 api  {} UTC" in done.cells
