"""Personal apps over real kernels: who looks is who the code runs for, and nobody sees another's results."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.worlds import WAITS, Tab, World
from vernissage.actors.connection import Viewer
from vernissage.core.document import Document, FileRef, InputCell, NumberInput, PythonCell
from vernissage.core.operations import ReplaceDocument
from vernissage.core.outputs import decode_cells
from vernissage.core.session import Begin, RunAll, SetInputs
from vernissage.ports import Project, PublishRecord

pytestmark = pytest.mark.anyio

N = InputCell("n", input=NumberInput(name="n", default=1))
WHO = PythonCell("who", source="import vernissage\nf'{vernissage.run_context().viewer or \"nobody\"} {n}'")
HIDDEN = PythonCell(
    "who", source="v = __import__('vernis' + 'sage')\ngetattr(v, 'run' + '_context')().viewer or 'nobody'"
)
WEB = Viewer("visitor:w", "Visitor 7")


async def opened(world: World, project: Project, viewer: Viewer) -> Tab:
    """Somebody opens the app: what the page paints first, then the session that it asks for."""
    project = await world.read(project)
    assert project.published is not None
    first = await world.rooms.first_look(project, project.published, "APP_ONLY", published=True)
    assert first is not None
    assert first.results is None
    assert all(not run.outputs for run in first.cells.values())
    assert first.app is not None and first.app.personal
    room = await world.rooms.app(project, project.published, viewer)
    assert room is not None
    tab = Tab.in_room(room, viewer, "APP_ONLY")
    await tab.until(lambda: tab.session and tab.run is not None and tab.run.status != "running")
    return tab


async def begun(world: World, project: Project) -> PublishRecord:
    project = await world.read(project)
    record = await world.publisher.begin(project, world.ana, expected=project.published)
    assert isinstance(record, PublishRecord), record
    return record


async def test_per5_every_visit_runs_from_scratch_as_its_viewer(world: World) -> None:
    project = await world.project(N, WHO)
    record = await world.published(project)
    assert record.personal
    assert (await world.read(project)).results_run is None
    ana, ben, web = [await opened(world, project, one) for one in (world.ana, world.ben, WEB)]
    shown = [tab.shows("who") for tab in (ana, ben, web)]
    assert shown == ["'ana@example.org 1'", "'ben@example.org 1'", "'nobody 1'"]
    await ben.runs(SetInputs({"n": 2}))
    assert ben.shows("who") == "'ben@example.org 2'"
    again = await opened(world, project, world.ben)
    assert again.shows("who") == "'ben@example.org 1'"
    assert again.notices == {}


async def test_per5_the_preview_runs_as_its_publisher_and_says_that_it_is_personal(world: World) -> None:
    project = await world.project(N, WHO)
    logic = Tab.in_room(await world.rooms.logic(project.id), world.ben)
    record = await begun(world, project)
    room = world.rooms.preview(record.id)
    assert room is not None
    tab = Tab.in_room(room, world.ana)
    await tab.until(lambda: tab.run is not None and tab.run.status != "running")
    assert tab.shows("who") == "'ana@example.org 1'"
    await logic.until(lambda: logic.publishing and logic.publishing.candidate)
    assert logic.publishing is not None and logic.publishing.candidate is not None
    assert logic.publishing.candidate.personal


async def test_per5_an_error_of_the_preview_counts(world: World) -> None:
    project = await world.project(PythonCell("who", source="import vernissage\nvernissage.run_context().viewer\n1 / 0"))
    record = await world.previewed(project)
    assert (record.status, len(record.errors)) == ("FAILED", 1)


async def test_per5_a_forced_publish_shows_visitors_nothing_of_its_run(world: World) -> None:
    slow = PythonCell("slow", source="import time\ntime.sleep(30 if n == 1 else 0)")
    project = await world.project(N, WHO, slow)
    await world.published(project, force=True)
    project = await world.read(project)
    room = await world.rooms.app(project, 1, WEB, inputs={"n": 2})
    assert room is not None
    tab = Tab.in_room(room, WEB, "APP_ONLY")
    await tab.until(lambda: tab.run is not None and tab.run.status == "done")
    assert tab.shows("who") == "'nobody 2'"
    first = await world.rooms.first_look(project, 1, "APP_ONLY", published=True)
    assert first is not None and first.run is None
    assert all(not run.outputs for run in first.cells.values())
    plain = await world.rooms.app(project, 1, WEB)
    assert plain is not None and plain.borrowed is None and plain.state.active
    (record,) = await world.store.open_publishes(project.id)
    preview = world.rooms.preview(record.id)
    assert preview is not None
    await world.publisher.cancel(record)
    assert plain.notices == ()
    assert (await world.read(project)).results_run is None


async def test_per3_code_that_hides_its_question_is_told_nothing(world: World) -> None:
    project = await world.project(N, HIDDEN)
    logic = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await logic.runs(RunAll())
    assert logic.shows("who") == "'ana@example.org'"
    record = await world.published(project)
    assert not record.personal
    project = await world.read(project)
    cells, _ = await world.rooms.results(str(project.results_run))
    assert "nobody" in str(cells["who"].outputs)
    room = await world.rooms.app(project, 1, world.ben)
    assert room is not None
    tab = Tab.in_room(room, world.ben, "APP_ONLY")
    await tab.until(lambda: tab.session)
    await tab.runs(SetInputs({"n": 2}))
    room.apply(Begin("app"))
    await tab.until(lambda: tab.run is not None and tab.run.number == 2 and tab.run.status == "done")
    assert tab.shows("who") == "'nobody'"


async def test_per2_what_a_module_of_the_project_asks_counts(world: World) -> None:
    text = b"import vernissage\ndef who(): return vernissage.run_context().viewer"
    file = FileRef("helper.py", await world.blobs.put(text), len(text))
    document = Document(cells=(PythonCell("who", source="import helper\nhelper.who()"),), files=(file,))
    project = await world.project(document=document)
    await world.published(project)
    assert (await opened(world, project, world.ben)).shows("who") == "'ben@example.org'"
    saved = await world.store.versions(project.id)
    assert [one.personal for one in saved] == [True]


async def test_per2_an_older_version_that_is_published_again_stays_what_it_was(world: World) -> None:
    project = await world.project(N, WHO)
    await world.published(project)
    logic = await world.rooms.logic(project.id)
    tab = Tab.in_room(logic, world.ana)
    await tab.until(lambda: tab.session)
    await edit_to_plain(tab)
    second = await world.published(project)
    assert (second.version, second.personal) == (2, False)
    assert (await world.read(project)).results_run is not None
    now = await world.read(project)
    again = await world.publisher.begin(now, world.ben, expected=2, republish=1)
    assert isinstance(again, PublishRecord) and again.personal
    async with asyncio.timeout(WAITS):
        again = await world.publisher.ended(again.id)
    await world.publisher.confirm(again, world.ben, accept_errors=True, force=False, title=None, origin="test")
    assert (await world.read(project)).results_run is None
    assert (await opened(world, project, world.ben)).shows("who") == "'ben@example.org 1'"


async def edit_to_plain(tab: Tab) -> None:
    await tab.room.edited(ReplaceDocument(Document(cells=(N, PythonCell("who", source="n")))), tab.viewer)


async def test_per6_a_run_nobody_looks_at_has_no_viewer_and_gives_no_results(world: World) -> None:
    project = await world.project(N, WHO)
    await world.published(project)
    document = await world.rooms.version_document(project.id, 1)
    assert document is not None
    record = await world.runner.start(project.id, 1, document, {}, world.ben, update_results=True)
    async with asyncio.timeout(WAITS):
        await asyncio.wait({world.runner._tasks[record.id]})
    done: Any = await world.store.run(record.id)
    assert done.status == "COMPLETED"
    assert "nobody 1" in str(decode_cells(done.cells)["who"].outputs)
    assert (await world.read(project)).results_run is None
