"""Kernels that are kept ready, real ones: who gets them, and when they end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil
import pytest

from tests.support.worlds import WAITS, Tab, World
from vernissage.actors.connection import Viewer
from vernissage.actors.gate import Gate
from vernissage.actors.ready import TICK, TRY_AGAIN
from vernissage.core.document import Document, InputCell, NumberInput, PythonCell, Settings
from vernissage.core.operations import ReplaceDocument
from vernissage.core.session import RunAll, SetInputs
from vernissage.ports import NoKernel, Project
from vernissage.wire.socket import Ended

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
PID = PythonCell("pid", source="import os\nos.getpid()")
DOUBLE = PythonCell("double", source="n * 2")
CELLS = (N, PID, DOUBLE)
ON = Settings(ready_kernels=1)


async def until(there: Callable[[], object]) -> None:
    """Until something that happens by itself is so."""
    deadline = asyncio.get_running_loop().time() + WAITS
    while not there():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def keeping(world: World) -> AsyncIterator[None]:
    """While ready kernels are kept, as a server does."""
    task = asyncio.create_task(world.ready.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def published(world: World, *cells: Any, **settings: Any) -> Project:
    settings = {"ready_kernels": 1, **settings}
    project = await world.project(document=Document(cells=cells or CELLS, settings=Settings(**settings)))
    await world.published(project)
    return await world.read(project)


async def visit(world: World, project: Project, viewer: Viewer | None = None, **more: Any) -> Tab:
    assert project.published is not None
    room = await world.rooms.app(project, project.published, viewer or world.ben, **more)
    assert room is not None
    tab = Tab.in_room(room, viewer or world.ben, "APP_ONLY")
    await tab.until(lambda: tab.session)
    return tab


async def replaced(tab: Tab, after: Document) -> None:
    assert await tab.room.edited(ReplaceDocument(after), tab.viewer) is None


def pids(world: World) -> list[int]:
    """The processes of the kernels that are ready, as their cells say."""
    rooms = [room for app in world.ready._apps.values() for room in app.rooms if not room.state.active]
    return [int(room.state.cells["pid"].outputs[0].data["text/plain"]) for room in rooms]  # type: ignore[union-attr]


async def test_rdy1_rdy3_the_first_change_runs_only_what_depends_on_it_in_the_ready_process(world: World) -> None:
    project = await published(world, ready_kernels=2)
    async with keeping(world):
        await until(lambda: world.ready.census() == 2)
        ready = pids(world)
        assert len({*ready, os.getpid()}) == 3
        tab = await visit(world, project)
        await tab.runs(SetInputs({"n": 4}))
        assert (tab.shows("double"), int(tab.shows("pid"))) == ("8", ready[0])
        assert tab.run is not None
        assert tab.run.planned == ("double",)
        assert pids(world) == [ready[1]]
        await tab.runs(SetInputs({"n": 5}))
        assert (tab.shows("double"), int(tab.shows("pid"))) == ("10", ready[0])
        await tab.runs(RunAll())
        assert (tab.shows("double"), int(tab.shows("pid"))) == ("10", ready[0])
        await world.turned.turn(TICK)  # the one that was taken is replaced
        await until(lambda: world.ready.census() == 2)
        assert ready[0] not in pids(world)


async def test_rdy3_an_app_that_opens_by_running_shows_what_ran_before(world: World) -> None:
    project = await published(world, on_open="run")
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [ready] = pids(world)
        tab = await visit(world, project)
        await tab.until(tab.rests)
        assert (tab.shows("double"), int(tab.shows("pid"))) == ("2", ready)


async def test_rdy3_two_who_ask_for_the_last_one_get_a_kernel_each(world: World) -> None:
    project = await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [ready] = pids(world)
        tabs = [await visit(world, project, viewer) for viewer in (world.ana, world.ben)]
        await asyncio.gather(*(tab.runs(SetInputs({"n": 3 + i})) for i, tab in enumerate(tabs)))
        assert [tab.shows("double") for tab in tabs] == ["6", "8"]
        used = {int(tab.shows("pid")) for tab in tabs}
        assert len(used) == 2
        assert ready in used


async def test_rdy3_who_begins_otherwise_gets_a_kernel_of_their_own(world: World) -> None:
    project = await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        linked = await visit(world, project, inputs={"n": 3})
        await linked.until(linked.rests)
        refreshed = await visit(world, project, world.ana)
        await refreshed.runs(RunAll())
        assert (linked.shows("double"), refreshed.shows("double")) == ("6", "2")
        assert world.ready.census() == 1


async def test_rdy3_the_code_knows_its_run_and_nobody_as_its_viewer(world: World) -> None:
    context = PythonCell("c", source="import vernissage as v\n(v.run_context().trigger, v.run_context().version)")
    hidden = PythonCell("d", source="exec('w = ' + 'v.run_con' + 'text()')\ngetattr(eval('w'), 'vie' + 'wer')")
    project = await published(world, *CELLS, context, hidden)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        tab = await visit(world, project)
        await tab.runs(SetInputs({"n": 2}))
        assert (tab.shows("c"), tab.shows("d")) == ("('app', 1)", "''")


@pytest.mark.parametrize("ends", ["while it waits", "as it is handed over"])
async def test_rdy4_a_dead_one_is_passed_over_unseen(world: World, ends: str) -> None:
    project = await published(world, ready_kernels=1)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [ready] = pids(world)
        tab = await visit(world, project)
        os.kill(ready, signal.SIGKILL)
        if ends == "while it waits":
            await until(lambda: world.ready.census() == 0)
        await tab.runs(SetInputs({"n": 4}))
        assert tab.shows("double") == "8"
        assert int(tab.shows("pid")) != ready
        assert tab.run is not None
        assert tab.run.status == "done"
        assert not any("dead" in str(message) for message in tab.messages)


async def test_rdy4_one_that_does_not_answer_is_passed_over(world: World) -> None:
    project = await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [ready] = pids(world)
        os.kill(ready, signal.SIGSTOP)
        tab = await visit(world, project)
        await tab.runs(SetInputs({"n": 4}))
        assert tab.shows("double") == "8"
        await until(lambda: not psutil.pid_exists(ready))


async def test_rdy4_a_secret_that_changed_since_reaches_the_session(world: World) -> None:
    secret = PythonCell("s", source="import vernissage\nlen(vernissage.secrets['KEY'])")
    project = await world.project(document=Document(cells=(*CELLS, secret), settings=Settings(ready_kernels=2)))
    await world.secrets.set(project.id, "KEY", "a long old value", world.ana.user, "test")
    await world.published(project)
    project = await world.read(project)
    async with keeping(world):
        await until(lambda: world.ready.census() == 2)
        old = pids(world)
        await world.secrets.set(project.id, "KEY", "quite another value", world.ana.user, "test")
        tab = await visit(world, project)
        await tab.runs(SetInputs({"n": 4}))
        assert (tab.shows("double"), tab.shows("s")) == ("8", "19")
        assert int(tab.shows("pid")) not in old


async def test_rdy4_what_a_taken_kernel_says_is_searched_for_secrets(world: World) -> None:
    secret = PythonCell("s", source="import vernissage\n(n, vernissage.secrets['KEY'])")
    project = await world.project(document=Document(cells=(*CELLS, secret), settings=Settings(ready_kernels=1)))
    await world.secrets.set(project.id, "KEY", "wonderful-value-1", world.ana.user, "test")
    await world.published(project)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        tab = await visit(world, await world.read(project))
        await tab.runs(SetInputs({"n": 4}))
        assert tab.shows("s").startswith("(4, ")
        assert "wonderful" not in tab.shows("s")


async def test_rdy6_they_grow_old_and_are_replaced(world: World) -> None:
    await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [old] = pids(world)
        await world.turned.turn(31 * 60)
        await until(lambda: world.ready.census() == 1 and pids(world) != [old])
        await until(lambda: not psutil.pid_exists(old))


async def test_rdy6_they_end_with_their_version(world: World) -> None:
    project = await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [old] = pids(world)
        tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
        await replaced(tab, Document(cells=(N, PID, PythonCell("double", source="n * 3")), settings=ON))
        await world.published(project)
        await until(lambda: world.ready.census() == 1 and pids(world) != [old])
        visitor = await visit(world, await world.read(project))
        await visitor.runs(SetInputs({"n": 4}))
        assert visitor.shows("double") == "12"
        await replaced(tab, Document(cells=CELLS))
        await world.turned.turn(TICK)
        await until(lambda: world.ready.census() == 1)
        [old] = pids(world)
        await world.published(project)  # which keeps none
        await until(lambda: not psutil.pid_exists(old))
        assert world.ready.census() == 0
        await replaced(tab, Document(cells=CELLS, settings=ON))
        await world.published(project)
        await until(lambda: world.ready.census() == 1)
        [last] = pids(world)
        await world.publisher.unpublish(await world.read(project), world.ana, "test")
        await until(lambda: not psutil.pid_exists(last))


async def test_rdy6_they_end_when_their_project_goes_into_the_trash(world: World) -> None:
    project = await published(world)
    async with keeping(world):
        await until(lambda: world.ready.census() == 1)
        [ready] = pids(world)
        await world.store.trash_project(project.id, world.clock.now())
        await world.rooms.close_project(project.id, Ended("no_access", "It is in the trash."))
        await until(lambda: not psutil.pid_exists(ready))
        assert world.ready.census() == 0


async def test_rdy6_after_a_failed_run_the_next_one_waits(world: World) -> None:
    await published(world, N, PythonCell("a", source="1 / 0"))
    async with keeping(world):
        begun = world.rooms.gate.inside
        await until(lambda: world.rooms.gate.inside < begun or world.ready._apps)
        await until(lambda: all(not app.rooms and app.failures for app in world.ready._apps.values()))
        [app] = world.ready._apps.values()
        await world.turned.turn(TRY_AGAIN.total_seconds() - TICK)
        assert (app.failures, len(app.rooms)) == (1, 0)
        await world.turned.turn(2 * TICK)
        await until(lambda: app.failures == 2)


async def test_rdy2_a_personal_app_has_none(world: World) -> None:
    viewer = PythonCell("v", source="import vernissage\nvernissage.run_context().viewer")
    await published(world, *CELLS, viewer)
    async with keeping(world):
        await world.ready.tidy()
        assert not world.ready._apps


async def test_rdy5_they_give_way_to_whoever_waits(world: World) -> None:
    world.rooms.gate._at_once = 2
    project = await published(world, ready_kernels=8)
    await world.turned.turn(0)
    async with keeping(world):
        await until(lambda: world.rooms.gate.inside == 2)  # the preview's and one that is ready; more is for people
        await until(lambda: world.ready.census() == 1)
        linked = await visit(world, project, inputs={"n": 3})
        await linked.until(linked.rests)
        assert linked.shows("double") == "6"
        assert world.ready.census() == 0
        assert world.rooms.gate.inside == 2


async def test_rdy5_a_turn_at_ease_leaves_room_for_people_and_counts_to_who_gets_it() -> None:
    gate = Gate(at_once=4, each=1)
    turns = [gate.enter_at_ease(f"ready:{i}") for i in range(3)]
    with pytest.raises(NoKernel):
        gate.enter_at_ease("ready:3")
    assert gate.hand_over(turns[0], "ana")
    assert not gate.hand_over(turns[1], "ana")
    again = gate.enter("ana", lambda _: None)
    assert not again.granted.done()
    turns[0].leave()
    assert await again.come()
    for turn in (*turns, again):
        turn.leave()
        turn.leave()
    assert (gate.inside, gate.waiting) == (0, 0)


async def test_rdy6_nothing_of_them_outlives_the_server(world: World) -> None:
    project = await published(world, ready_kernels=3)
    async with keeping(world):
        await until(lambda: world.ready.census() == 3)
        ready = pids(world)
        tab = await visit(world, project)
        tab.send(SetInputs({"n": 4}))
        await world.ready.close()  # while one is being handed over
        await until(lambda: not any(map(psutil.pid_exists, ready[1:])))
        await tab.until(tab.rests)
        assert tab.shows("double") == "8"
        assert world.rooms.gate.inside == 2  # the preview's, and the visitor's
        await world.turned.turn(TICK)
        assert world.ready.census() == 0
        assert not world.ready._open
