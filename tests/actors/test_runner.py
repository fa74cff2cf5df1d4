"""Runs that nobody watches: each ends exactly once, and says how."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.worlds import WAITS, World
from vernissage.actors import runner as runners
from vernissage.actors.runner import QueueFull
from vernissage.core.document import InputCell, NumberInput, PythonCell
from vernissage.core.outputs import decode_cells
from vernissage.ports import Project, RunRecord

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
FOREVER = "import time\nif n == 7:\n    time.sleep(1000)"


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def published(world: World, *cells: Any) -> Project:
    project = await world.project(*cells)
    await world.published(project)
    return await world.read(project)


async def started(world: World, project: Project, *, update: bool = False, **inputs: Any) -> RunRecord:
    document = await world.rooms.version_document(project.id, 1)
    assert document is not None
    return await world.runner.start(project.id, 1, document, inputs, world.ana, update_results=update)


async def ended(world: World, record: RunRecord) -> RunRecord:
    async with asyncio.timeout(WAITS):
        task = world.runner._tasks.get(record.id)
        if task is not None:
            await asyncio.wait({task})
    found = await world.store.run(record.id)
    assert isinstance(found, RunRecord)
    return found


async def test_run5_a_run_is_recorded_from_its_request_to_its_end(world: World) -> None:
    project = await published(world, N, py("a", "n * 2"))
    record = await started(world, project, n=21)
    assert (record.status, record.inputs, record.trigger, record.version) == ("PENDING", {"n": 21}, "api", 1)
    done = await ended(world, record)
    assert done.status == "COMPLETED"
    assert done.started_at is not None
    assert done.ended_at is not None
    (output,) = decode_cells(done.cells)["a"].outputs
    assert output.data["text/plain"] == "42"  # type: ignore[union-attr]


async def test_run6_a_failed_cell_makes_it_errored_and_a_dead_kernel_killed(world: World) -> None:
    project = await published(world, N, py("a", "if n == 2: raise ValueError('no')\nif n == 3: import os; os._exit(1)"))
    assert (await ended(world, await started(world, project, n=2))).status == "ERRORED"
    killed = await ended(world, await started(world, project, n=3))
    assert killed.status == "KILLED"
    assert killed.message.endswith(".")


async def test_run7_a_run_is_cancelled_while_it_goes_on_and_while_it_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await published(world, N, py("a", FOREVER))
    going = [await started(world, project, n=7) for _ in range(runners.AT_ONCE)]
    waiting = await started(world, project, n=1)
    async with asyncio.timeout(WAITS):
        while len(world.runner._open) < runners.AT_ONCE:
            await world.store.until("start_run", world.store.calls["start_run"] + 1)
            await asyncio.sleep(0)
    assert (await world.store.run(waiting.id)).status == "PENDING"
    await world.runner.cancel(waiting)
    monkeypatch.setattr(runners, "WAITING", len(world.runner._tasks))
    with pytest.raises(QueueFull, match="Try again"):
        await started(world, project)
    for record in going:
        await world.runner.cancel(record)
        found = await ended(world, record)
        assert (found.status, found.message) == ("KILLED", "The run was cancelled.")
    found = await ended(world, waiting)
    assert (found.status, found.started_at) == ("KILLED", None)
    await world.runner.cancel(found)


async def test_run8_results_are_updated_by_a_run_that_went_well_and_was_told_to(world: World) -> None:
    project = await published(world, N, py("a", "import time\nif n == 2: raise ValueError\ntime.time_ns()"))
    first = project.results_run
    await ended(world, await started(world, project))
    assert (await world.read(project)).results_run == first
    await ended(world, await started(world, project, update=True, n=2))
    assert (await world.read(project)).results_run == first
    record = await ended(world, await started(world, project, update=True))
    assert (await world.read(project)).results_run == record.id


async def test_run9_a_stop_of_the_server_kills_what_runs_and_says_so(world: World) -> None:
    project = await published(world, N, py("a", FOREVER))
    record = await started(world, project, n=7)
    await world.store.until("start_run", 1)
    await world.runner.close()
    found = await world.store.run(record.id)
    assert (found.status, found.message) == ("KILLED", runners.STOPPED)
    assert world.runner._tasks == {}


async def test_run9_what_a_crash_left_open_is_killed_at_the_next_start(world: World) -> None:
    project = await published(world, N, py("a", "n"))
    left = RunRecord("left", project.id, 1, "api", "PENDING", {}, world.ana.id, world.clock.now())
    await world.store.add_run(left)
    await world.runner.recover()
    found = await world.store.run("left")
    assert (found.status, found.message) == ("KILLED", runners.STOPPED)
