"""Publishing: what was frozen at the click is what is run, and what is run is what is published."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.actors.crash import HOWS
from tests.support.worlds import WAITS, Tab, World
from vernissage.actors.publisher import Problem
from vernissage.core.document import InputCell, NumberInput, PythonCell
from vernissage.core.operations import SetTitle
from vernissage.core.session import Interrupt, SetInputs
from vernissage.kernels import ForkKernels
from vernissage.ports import Project, PublishRecord, RunRecord
from vernissage.wire.socket import TableAnswer, TableQuestion
from vernissage_kernel import frames

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


def endless() -> PythonCell:
    """A cell that goes on until its kernel is ended."""
    return py("slow", "import time\ntime.sleep(1000)")


async def begun(world: World, project: Project, viewer: Any = None, expected: Any = ...) -> Any:
    project = await world.read(project)
    return await world.publisher.begin(
        project, viewer or world.ana, expected=project.published if expected is ... else expected
    )


async def confirmed(world: World, record: Any, viewer: Any = None, **more: Any) -> Any:
    choices: dict[str, Any] = {"accept_errors": False, "force": False, "title": None, "origin": "test"} | more
    return await world.publisher.confirm(record, viewer or world.ana, **choices)


async def run_of(world: World, record: PublishRecord) -> RunRecord:
    run = await world.store.run(record.run)
    assert isinstance(run, RunRecord)
    return run


async def test_pub7_what_is_published_was_frozen_at_the_click(world: World) -> None:
    project = await world.project(N, py("a", "n"))
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    record = await begun(world, project)
    await tab.do(SetTitle("Later"))
    await tab.do(SetTitle("Later still"))
    await world.turned.turn(1)
    await tab.until(lambda: tab.publishing and tab.publishing.candidate and tab.publishing.candidate.later_changes == 2)
    await world.publisher.ended(record.id)
    done = await confirmed(world, record, title="First")
    assert (done.status, done.version, done.title) == ("PUBLISHED", 1, "First")
    found = await world.rooms.version_document(project.id, 1)
    assert found is not None
    assert found.title == "Test"
    await tab.until(lambda: tab.publishing and tab.publishing.published == 1)
    assert tab.publishing is not None
    assert tab.publishing.unpublished_changes
    assert tab.publishing.published_by == "Ana"


async def test_pub7_what_is_published_already_is_not_published_again(world: World) -> None:
    project = await world.project(py("a", "1"))
    await world.published(project)
    again = await begun(world, project)
    assert isinstance(again, Problem)
    assert again.code == "NOTHING_TO_PUBLISH"


async def test_pub7_a_newer_preview_takes_the_place_of_an_older_one(world: World) -> None:
    project = await world.project(endless())
    first, second = await begun(world, project), await begun(world, project, world.ben)
    assert (await world.store.publish(first.id)).status == "SUPERSEDED"
    assert (await run_of(world, first)).status == "KILLED"
    assert world.rooms.preview(first.id) is None
    assert (await confirmed(world, first)).code == "NOT_READY"
    both = await asyncio.gather(begun(world, project), begun(world, project, world.ben))
    statuses = [(await world.store.publish(one.id)).status for one in (second, *both)]
    assert sorted(statuses) == ["RUNNING", "SUPERSEDED", "SUPERSEDED"]


async def test_pub9_the_preview_runs_results_are_published_and_what_is_tried_after_it_is_not(world: World) -> None:
    project = await world.project(N, py("a", "import pandas as pd\npd.DataFrame({'x': range(500)})"), py("b", "n"))
    record = await begun(world, project)
    room = await world.publisher.preview(record)
    assert room is not None
    tab = Tab.in_room(room, world.ana)
    await tab.until(lambda: tab.session)
    if not tab.rests():
        assert "preview run has not ended" in await tab.do(SetInputs({"n": 9}))
    await world.publisher.ended(record.id)
    await tab.until(tab.rests)
    await tab.runs(SetInputs({"n": 5}))
    assert tab.shows("b") == "5"
    await confirmed(world, record)
    project = await world.read(project)
    app = await world.rooms.app(project, 1, world.ben)
    assert app is not None
    viewer = Tab.in_room(app, world.ben, "APP_ONLY")
    await viewer.until(lambda: viewer.session)
    assert viewer.shows("b") == "1"
    assert viewer.results is not None
    (table,) = viewer.cells["a"].outputs
    assert table.blobs  # type: ignore[union-attr]
    handle = table.data[frames.TABLE_MIME]["table"]  # type: ignore[union-attr]
    page = await viewer.ask(TableQuestion("a", handle, frames.TableQuery(offset=400)))
    assert isinstance(page, TableAnswer)
    assert page.rows[0][0] == 400
    assert viewer.kernel.state == "none"


async def test_pub8_of_two_publishers_the_second_is_told_of_the_first(world: World) -> None:
    project = await world.project(py("a", "1"))
    record = await world.previewed(project)
    logic = await world.rooms.logic(project.id)
    assert (await begun(world, project, expected=3)).code == "PUBLISHED_MEANWHILE"
    done = await asyncio.gather(confirmed(world, record), confirmed(world, record, world.ben))
    assert sorted(type(one).__name__ for one in done) == ["Problem", "PublishRecord"]
    await logic.edited(SetTitle("Two"), world.ana)
    second = await world.previewed(project)
    entry = await world.store.project(project.id)
    await world.publisher.unpublish(entry, world.ben, "test")
    conflict = await confirmed(world, second)
    assert isinstance(conflict, Problem)
    assert conflict.code == "PUBLISHED_MEANWHILE"
    assert (await world.store.publish(second.id)).status == "SUPERSEDED"
    assert (await world.read(project)).published is None


async def test_pub8_errors_are_published_only_where_they_are_accepted(world: World) -> None:
    project = await world.project(py("a", "1/0"), py("b", "2"))
    record = await world.previewed(project)
    assert record.status == "FAILED"
    assert [(one.cell, one.message) for one in record.errors] == [("a", "ZeroDivisionError: division by zero")]
    refused = await confirmed(world, record)
    assert isinstance(refused, Problem)
    assert "1 cell failed" in refused.sentence
    done = await confirmed(world, record, accept_errors=True)
    assert done.status == "PUBLISHED"
    assert (await run_of(world, record)).status == "ERRORED"
    assert (await world.read(project)).results_run == record.run


async def test_pub9_a_preview_whose_kernel_dies_has_failed(world: World) -> None:
    project = await world.project(py("a", "import os\nos._exit(1)"))
    record = await world.previewed(project)
    assert record.status == "FAILED"
    assert [(one.cell, one.message.partition(":")[0]) for one in record.errors] == [("a", "KernelEnded")]
    run = await run_of(world, record)
    assert run.status == "KILLED"
    assert run.message.endswith(".")


async def test_pub10_a_forced_publish_shows_its_run_and_keeps_its_results(world: World) -> None:
    project = await world.project(N, py("a", "n"), py("b", "import time\ntime.sleep(1.0)\n1/0"), py("c", "'late'"))
    logic = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    done = await world.published(project, force=True)
    assert (done.status, done.forced, done.version) == ("PUBLISHED", True, 1)
    app = await world.rooms.app(await world.read(project), 1, world.ben)
    assert app is not None
    viewer = Tab.in_room(app, world.ben, "APP_ONLY")
    await viewer.until(lambda: viewer.session)
    turning = asyncio.create_task(_turned(world))
    await viewer.until(lambda: viewer.results is not None and viewer.results.fresh)
    turning.cancel()
    assert (viewer.shows("a"), viewer.shows("c")) == ("1", "'late'")
    assert viewer.kernel.state == "none"
    assert app.state.generation == 0
    assert (await world.read(project)).results_run == done.run
    await logic.until(lambda: "forced_errors" in logic.notices)
    assert "1 cell failed in the run of version 1" in logic.notices["forced_errors"]


async def _turned(world: World) -> None:
    """Let the clock run."""
    while True:
        await asyncio.sleep(0.02)
        await world.turned.turn(0.2)


async def test_pub10_results_of_a_forced_publish_count_only_while_it_is_published(world: World) -> None:
    project = await world.project(py("a", "import time\ntime.sleep(0.5)"))
    done = await world.published(project, force=True)
    await world.publisher.unpublish(await world.read(project), world.ana, "test")
    await world.store.until("finish_run", 1)
    await world.store.until("set_results", 1)
    assert (await world.read(project)).results_run is None
    assert (await run_of(world, done)).status == "COMPLETED"


async def test_pub10_a_forced_run_that_is_cancelled_lets_every_visit_compute(world: World) -> None:
    project = await world.project(N, py("a", "import time\nif not n: time.sleep(100)\nn"), endless())
    done = await world.published(project, force=True)
    app = await world.rooms.app(await world.read(project), 1, world.ben)
    assert app is not None
    viewer = Tab.in_room(app, world.ben, "APP_ONLY")
    await viewer.until(lambda: viewer.session)
    assert app.borrowed is not None
    await world.publisher.cancel(done)
    await viewer.until(lambda: "results_pending" in viewer.notices)
    await viewer.until(lambda: viewer.shows("a") == "1")
    assert app.state.generation == 1
    assert (await world.read(project)).published == 1
    assert (await run_of(world, done)).status == "KILLED"
    late = await world.rooms.app(await world.read(project), 1, world.ana)
    assert late is not None
    assert [one.code for one in late.notices] == ["results_pending"]


async def test_pub10_a_candidate_is_given_up(world: World) -> None:
    project = await world.project(endless())
    record = await begun(world, project)
    room = await world.publisher.preview(record)
    assert room is not None
    tab = Tab.in_room(room, world.ana)
    await world.publisher.cancel(record)
    await tab.until(lambda: tab.ended)
    assert (await world.store.publish(record.id)).status == "CANCELLED"
    run = await run_of(world, record)
    assert (run.status, run.message) == ("KILLED", "This candidate was given up.")
    await world.publisher.cancel(record)
    assert (await confirmed(world, record, force=True)).code == "NOT_READY"


async def test_pub10_a_cancel_in_the_preview_itself_fails_the_candidate(world: World) -> None:
    project = await world.project(endless())
    record = await begun(world, project)
    room = await world.publisher.preview(record)
    assert room is not None
    tab = Tab.in_room(room, world.ana)
    await tab.until(lambda: tab.cells and tab.cells["slow"].state == "running")
    await tab.do(Interrupt())
    ended = await world.publisher.ended(record.id)
    assert ended.status == "FAILED"


async def test_pub8_an_open_app_stays_on_its_version_and_is_told(world: World) -> None:
    project = await world.project(N, py("a", "n"))
    await world.published(project)
    app = await world.rooms.app(await world.read(project), 1, world.ben)
    assert app is not None
    viewer = Tab.in_room(app, world.ben, "APP_ONLY")
    await (await world.rooms.logic(project.id)).edited(SetTitle("Two"), world.ana)
    await world.published(project)
    await viewer.until(lambda: "newer_version" in viewer.notices)
    await viewer.runs(SetInputs({"n": 3}))
    assert viewer.shows("a") == "3"
    assert app.version == 1
    older = await world.publisher.begin(await world.read(project), world.ana, expected=2, republish=1)
    assert isinstance(older, PublishRecord)
    await world.publisher.ended(older.id)
    done = await confirmed(world, older)
    assert (done.version, (await world.read(project)).published) == (1, 1)
    await world.publisher.unpublish(await world.read(project), world.ana, "test")
    await viewer.until(lambda: viewer.ended)


async def test_pub10_a_run_that_fails_never_replaces_results_of_a_version_published_again(world: World) -> None:
    project = await world.project(py("a", "import time\ntime.sleep(0.5)\n'kept'"))
    first = await world.published(project)
    await (await world.rooms.logic(project.id)).edited(SetTitle("Two"), world.ana)
    await world.published(project)
    again = await world.publisher.begin(await world.read(project), world.ana, expected=2, republish=1)
    assert isinstance(again, PublishRecord)
    await confirmed(world, again, force=True)
    assert (await world.read(project)).results_run == first.run
    await world.publisher.cancel(again)
    await world.store.until("finish_run", 3)
    app = await world.rooms.app(await world.read(project), 1, world.ben)
    assert app is not None
    viewer = Tab.in_room(app, world.ben, "APP_ONLY")
    await viewer.until(lambda: viewer.session)
    assert viewer.shows("a") == "'kept'"
    assert viewer.kernel.state == "none"
    assert (await world.read(project)).results_run == first.run


async def test_pub11_a_candidate_that_is_ready_is_found_after_a_restart(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    project = await world.project(N, py("a", "n"))
    record = await world.previewed(project)
    await (await world.rooms.logic(project.id)).edited(SetTitle("Later"), world.ana)
    await world.rooms.close()
    other = await World.made(tmp_path / "data", kernels)
    view = await other.publisher.view(await other.read(project), None)
    assert view.candidate is not None
    assert view.candidate.later_changes == 1  # [VER14] also where nobody has opened the draft yet
    room = await other.publisher.preview(record)
    assert room is not None
    tab = Tab.in_room(room, other.ana)
    await tab.until(lambda: tab.session)
    assert tab.shows("a") == "1"
    await tab.runs(SetInputs({"n": 2}))
    assert tab.shows("a") == "2"
    logic = await other.rooms.logic(project.id)
    assert logic.publishing is not None
    assert logic.publishing.candidate is not None
    assert logic.publishing.candidate.later_changes == 1
    done = await confirmed(other, record)
    assert done.status == "PUBLISHED"
    await other.close()


async def test_pub11_a_preview_that_a_stop_cut_off_says_so(world: World, kernels: ForkKernels, tmp_path: Path) -> None:
    project = await world.project(endless())
    record = await begun(world, project)
    await world.rooms.close()
    other = await World.made(tmp_path / "data", kernels)
    assert (await other.store.publish(record.id)).status == "CANCELLED"
    run = await run_of(other, record)
    assert run.status == "KILLED"
    assert "stopped during the preview run" in run.message
    assert await other.publisher.preview(record) is None
    await other.close()


@pytest.mark.parametrize("how", HOWS)
async def test_pub11_a_crash_at_any_step_leaves_the_old_or_the_new_version(tmp_path: Path, how: str) -> None:
    """The process ends after its n-th call of the store or of a kernel, for every n until it comes through."""
    await crashed_everywhere(tmp_path, how)


@pytest.mark.postgres
async def test_pub11_a_crash_at_any_step_of_a_publish_over_postgresql(tmp_path: Path, postgres_store: str) -> None:
    """The same for a publish there."""
    await crashed_everywhere(tmp_path, "gate", postgres_store)


async def crashed_everywhere(tmp_path: Path, how: str, *database: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.actors.crash", str(tmp_path), how, *database),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), 10 * WAITS)
    ends = [line.split() for line in out.decode().splitlines()]
    assert ends, errors.decode()
    assert [end for end, *_ in ends] == ["42"] * (len(ends) - 1) + ["0"], (ends, errors.decode())
    assert ends[0][1:] == ["new" if how == "unpublish" else "old"], errors.decode()  # its first call does it
    assert ends[-1][1:] == ["new"], errors.decode()
    states = [state for _, state in ends]
    # Which call is the n-th differs from try to try, where a run goes on beside: but it is always one of the two.
    assert set(states) == {"old", "new"} or how == "unpublish", states
