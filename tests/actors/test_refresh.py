"""Published results computed anew for everyone, by somebody who asks or by age; pages are offered the newer ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.worlds import WAITS, Tab, World
from vernissage.core.document import Document, InputCell, NumberInput, PythonCell, Settings
from vernissage.core.room import RefreshForAll
from vernissage.core.session import SetInputs
from vernissage.ports import Project, RunRecord

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


STAMP = py("a", "import time\n(n, time.time_ns())")


async def published(world: World, *cells: Any, **settings: Any) -> Project:
    project = await world.project(document=Document(cells=cells, settings=Settings(**settings)))
    await world.published(project)
    return await world.read(project)


async def opened(world: World, project: Project, access: Any = "APP_ONLY") -> Tab:
    room = await world.rooms.app(await world.read(project), 1, world.ben)
    assert room is not None
    tab = Tab.in_room(room, world.ben, access)
    await tab.until(lambda: tab.session)
    return tab


async def refreshes(world: World, project: Project) -> tuple[RunRecord, ...]:
    found: tuple[RunRecord, ...] = await world.store.runs(project.id, 20, 0, trigger="refresh")
    return found


async def until_refreshed(world: World, project: Project, count: int) -> RunRecord:
    """Until that many refreshes have ended; the newest."""
    async with asyncio.timeout(WAITS):
        while True:
            found = await refreshes(world, project)
            if len(found) >= count and all(run.ended_at for run in found) and not world.rooms.refreshing:
                return found[0]
            await asyncio.sleep(0.05)


async def test_run20_an_editor_refreshes_for_everyone_and_run23_untouched_pages_are_offered_the_newer_results(
    world: World,
) -> None:
    project = await published(world, N, STAMP)
    untouched, own = await opened(world, project), await opened(world, project)
    editor = await opened(world, project, "FULL_ACCESS")
    await own.runs(SetInputs({"n": 5}))
    before, mine = untouched.shows("a"), own.shows("a")
    assert "Only editors" in await untouched.do(RefreshForAll())
    assert await editor.do(RefreshForAll()) == ""
    assert await editor.do(RefreshForAll()) == ""  # one is enough
    run = await until_refreshed(world, project, 1)
    assert (run.status, run.version, run.inputs, run.by, run.update_results) == (
        "COMPLETED",
        1,
        {},
        world.ben.user,
        True,
    )
    await untouched.until(lambda: "new_results" in untouched.notices)
    assert untouched.shows("a") == before  # nothing jumps
    assert untouched.kernel.state == "none"
    assert own.shows("a") == mine
    assert "new_results" not in own.notices
    await untouched.until(lambda: untouched.results and not untouched.results.refreshing)
    assert len(await refreshes(world, project)) == 1
    newer = await opened(world, project)
    assert newer.shows("a") not in (before, "")
    assert newer.shows("a").startswith("(1,")
    assert newer.kernel.state == "none"


async def test_run20_viewers_may_where_the_app_allows_it_and_pages_say_that_it_goes_on(world: World) -> None:
    project = await published(world, N, STAMP, viewers_may_refresh=True)
    tab, other = await opened(world, project), await opened(world, project)
    said: list[bool] = []
    assert await tab.do(RefreshForAll()) == ""
    said.append(bool(other.room.results and other.room.results.refreshing))
    await until_refreshed(world, project, 1)
    said.append(bool(other.room.results and other.room.results.refreshing))
    assert said == [True, False]


async def test_run23_a_run_over_the_api_that_updates_the_results_is_offered_too(world: World) -> None:
    project = await published(world, N, STAMP)
    tab = await opened(world, project)
    document = tab.room.document
    await world.runner.start(project.id, 1, document, {}, world.ana)
    run = await world.runner.start(project.id, 1, document, {}, world.ana, update_results=True)
    await world.runner.wait(run.id)
    await tab.until(lambda: "new_results" in tab.notices)


async def test_run21_old_results_are_refreshed_when_somebody_opens_the_app_once_for_all_who_do(world: World) -> None:
    project = await published(world, N, STAMP, refresh_after=60)
    await opened(world, project)
    await world.turned.turn(60 * 60)
    await opened(world, project)
    assert await refreshes(world, project) == ()
    await world.turned.turn(60)
    tabs = [await opened(world, project) for _ in range(3)]
    old = tabs[0].shows("a")
    assert old
    run = await until_refreshed(world, project, 1)
    assert (run.status, run.by) == ("COMPLETED", "")
    await tabs[2].until(lambda: "new_results" in tabs[2].notices)
    assert tabs[0].shows("a") == old
    await opened(world, project)
    await asyncio.sleep(0)
    assert len(await refreshes(world, project)) == 1  # these are new


async def test_run22_a_refresh_that_fails_replaces_nothing_and_does_not_loop(world: World) -> None:
    failing = py("b", "import vernissage\nif vernissage.run_context().trigger == 'refresh': raise ValueError('down')")
    project = await published(world, N, STAMP, failing, refresh_after=60)
    await world.turned.turn(61 * 60)
    tab = await opened(world, project)
    old = tab.shows("a")
    assert (await until_refreshed(world, project, 1)).status == "ERRORED"
    for visits, minutes, runs in ((3, 0, 1), (2, 1, 2), (2, 1, 2), (2, 1, 3)):
        await world.turned.turn(minutes * 60)
        for _ in range(visits):
            await opened(world, project)
        await until_refreshed(world, project, runs)
        await asyncio.gather(*world.refresher._tasks)
        assert len(await refreshes(world, project)) == runs
    newest = await opened(world, project)
    assert newest.shows("a") == old
    assert "new_results" not in tab.notices


async def test_rom25_the_age_of_results_is_that_of_the_oldest_in_sight(world: World) -> None:
    project = await published(world, N, STAMP, py("b", "n"))
    tab = await opened(world, project)
    assert tab.results is not None
    assert tab.results.at == min(tab.cells[id].at for id in ("a", "b"))
