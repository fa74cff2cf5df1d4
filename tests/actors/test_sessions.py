"""Sessions in real kernels, kept and found again: however a kernel or the server ends, people read a sentence."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.clock import TurnedClock
from tests.support.worlds import WAITS, Tab, World
from vernissage.actors import projects
from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import decode_draft, encode_draft
from vernissage.core.document import ButtonInput, Document, InputCell, NewerFormat, NumberInput, PythonCell, Settings
from vernissage.core.operations import Draft, InsertCell, SetTitle
from vernissage.core.session import Interrupt, Press, RestartAndRunAll, RunAll, RunCells, SetInputs, StopKernel
from vernissage.kernels import ForkKernels
from vernissage.ports import StoredSession, StoreFull
from vernissage.wire.socket import Ended

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
GO = InputCell("go", label="Go", input=ButtonInput(name="go"))


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def logic(world: World, *cells: Any) -> Tab:
    project = await world.project(*cells)
    return Tab.in_room(await world.rooms.logic(project.id), world.ana)


async def app(world: World, *cells: Any, **settings: Any) -> Tab:
    """A viewer in a published app."""
    project = await world.project(document=Document(cells=cells, settings=Settings(**settings)))
    await world.published(project)
    room = await world.rooms.app(await world.read(project), 1, world.ben)
    assert room is not None
    tab = Tab.in_room(room, world.ben, "APP_ONLY")
    await tab.until(lambda: tab.session)
    return tab


# --- how kernels end --------------------------------------------------------------------------------


async def test_rom17_an_endless_loop_is_interrupted(world: World) -> None:
    tab = await logic(world, py("a", "print('on', flush=True)\nwhile True: pass"), py("b", "2"))
    await tab.do(RunAll())
    await tab.until(lambda: "on" in tab.shows("a"))
    await tab.do(Interrupt())
    await tab.until(tab.rests)
    assert tab.cells["a"].state == "error"
    assert tab.cells["b"].state == "empty"
    assert tab.run is not None
    assert tab.run.status == "cancelled"
    await tab.runs(RunCells(("b",)))
    assert tab.shows("b") == "2"


@pytest.mark.parametrize(
    "ending",
    ["import os\nos._exit(3)", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "x = bytearray(2 << 30)"],
    ids=["exit", "kill", "memory"],
)
async def test_rom17_however_a_kernel_ends_the_cell_says_so_and_the_next_run_works(world: World, ending: str) -> None:
    tab = await logic(
        world, N, py("a", f"if n == 1:\n    {ending.replace(chr(10), chr(10) + '    ')}\nn"), py("b", "n")
    )
    await tab.runs(RunAll())
    said = tab.shows("a")
    assert said
    assert "Traceback" not in said
    assert tab.cells["a"].state == "error"
    if "bytearray" not in ending:
        assert tab.kernel.state == "dead"
        assert tab.kernel.sentence.endswith(".")
    await tab.runs(SetInputs({"n": 2}))
    await tab.runs(RunAll())
    assert (tab.shows("a"), tab.shows("b")) == ("2", "2")


async def test_rom17_a_press_that_waits_outlives_the_kernel(world: World) -> None:
    tab = await logic(world, GO, py("a", "import os\nprint('on', flush=True)\nos.read(os.pipe()[0], 1)"), py("b", "go"))
    await tab.do(RunCells(("a",)))
    await tab.until(lambda: "on" in tab.shows("a"))
    await tab.do(Press("go"))
    kernel = tab.room._driver.kernel
    assert kernel is not None
    os.kill(kernel.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    await tab.until(lambda: tab.shows("b") == "True" and not tab.waiting)
    assert tab.cells["a"].state == "error"


async def test_rom17_restarting_and_stopping_at_any_moment_leaves_a_session_that_works(world: World) -> None:
    tab = await logic(world, N, py("a", "x = n + 1\nx"), py("b", "x"))
    for _ in range(3):
        tab.send(RunAll())
        await asyncio.sleep(0)
        tab.send(RestartAndRunAll())
        tab.send(StopKernel())
        tab.send(RestartAndRunAll())
    await tab.until(lambda: tab.count in tab.answers and tab.rests() and tab.cells["b"].state == "done")
    assert tab.shows("b") == "2"


async def test_rom18_big_outputs_keep_their_order(world: World) -> None:
    source = (
        "from IPython.display import HTML, display\n"
        "for i in range(5):\n    print(i)\n    display(HTML('<b>' + 'x' * 200_000 + str(i)))"
    )
    tab = await logic(world, py("a", source), py("b", "1"))
    await tab.runs(RunAll())
    outputs = tab.cells["a"].outputs
    assert [type(one).__name__ for one in outputs] == ["StreamOutput", "DisplayOutput"] * 5
    assert all("text/html" in one.blobs for one in outputs[1::2])  # type: ignore[union-attr]
    assert tab.cells["b"].state == "done"


# --- keeping ----------------------------------------------------------------------------------------


async def test_rom19_a_logic_session_survives_the_loss_of_the_server(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    tab = await logic(world, N, py("a", "n * 2"))
    await tab.do(SetInputs({"n": 4}))
    await tab.runs(RunAll())
    await tab.do(SetTitle("Kept"))
    before = world.store.calls["save_session"]
    await world.turned.turn(0.5)
    await world.store.until("save_session", before + 1)
    other = await World.made(tmp_path / "data", kernels)  # the first one is never told
    room = await other.rooms.logic(tab.room.project)
    found = Tab.in_room(room, world.ana)
    await found.until(lambda: found.session)
    assert found.session != tab.session
    assert (found.shows("a"), found.inputs, found.cells["a"].state) == ("8", {"n": 4}, "done")
    assert room.document.title == "Kept"
    await found.runs(SetInputs({"n": 5}))
    assert found.shows("a") == "10"
    await other.close()


async def test_rom19_a_session_that_cannot_be_kept_is_tried_again(world: World) -> None:
    tab = await logic(world, py("a", "1"))
    world.store.fails["save_session"] = StoreFull("The disk is full.")
    await tab.runs(RunAll())
    await world.turned.turn(2)
    del world.store.fails["save_session"]
    await world.turned.turn(20)
    await world.store.until("save_session", 1)


async def test_rom2_a_draft_survives_the_loss_of_the_server_without_any_wait(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    tab = await logic(world, py("a", "1"))
    for i in range(250):
        tab.send(InsertCell(py(f"c{i}", str(i)), "a"))
    await tab.until(lambda: 250 in tab.answers)
    other = await World.made(tmp_path / "data", kernels)
    assert (await other.rooms.logic(tab.room.project)).document == tab.room.document
    await other.close()
    await world.turned.turn(1)  # the log is written into the snapshot
    await world.store.until("save_snapshot", 1)
    draft, seq = await world.rooms.load_draft(tab.room.project)
    assert (draft.document, seq) == (tab.room.document, 250)


async def test_rom20_a_viewer_finds_their_session_again(world: World, kernels: ForkKernels, tmp_path: Path) -> None:
    tab = await app(world, N, py("a", "n * 2"))
    await tab.runs(SetInputs({"n": 4}))
    tab.cut()
    project = await world.read(await world.store.project(tab.room.project))
    assert await world.rooms.find_app(project, tab.session, world.ben, "APP_ONLY") is tab.room
    assert await world.rooms.find_app(project, tab.session, world.ana, "FULL_ACCESS") is None
    await world.turned.turn(1)
    await world.store.until("save_session", 1)

    other = await World.made(tmp_path / "data", kernels, clock=world.clock)
    assert await other.rooms.find_app(project, tab.session, world.ana, "FULL_ACCESS") is None
    room = await other.rooms.find_app(project, tab.session, world.ben, "APP_ONLY")
    assert room is not None
    assert room.id == tab.session
    again = Tab.in_room(room, world.ben, "APP_ONLY")
    await again.until(lambda: again.session)
    assert (again.shows("a"), again.inputs) == ("8", {"n": 4})
    room.show({}, None, None)  # newer results never take the place of its own
    assert again.room.state.cells["a"].state == "done"
    await again.runs(SetInputs({"n": 5}))
    assert again.shows("a") == "10"
    await other.close()


async def test_rom20_a_session_lives_half_an_hour_past_the_last_sign_of_life(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    tab = await app(world, N, py("a", "n * 2"))
    await tab.runs(SetInputs({"n": 4}))
    await world.turned.turn(1)
    await world.store.until("save_session", 1)
    for _ in range(5):  # somebody looks on for a long time
        await world.turned.turn(15 * 60)
        await world.rooms.tidy()
    assert await world.store.session(tab.session) is not None
    tab.cut()
    project = await world.read(await world.store.project(tab.room.project))
    await world.turned.turn(29 * 60)
    await world.rooms.tidy()
    assert await world.rooms.find_app(project, tab.session, world.ben, "APP_ONLY") is tab.room
    await world.turned.turn(31 * 60)
    await world.rooms.tidy()
    assert await world.rooms.find_app(project, tab.session, world.ben, "APP_ONLY") is None
    assert await world.store.session(tab.session) is None


async def test_rom21_an_idle_kernel_is_stopped_and_inputs_and_outputs_stay(world: World) -> None:
    tab = await app(world, N, py("a", "n * 2"))
    await tab.runs(SetInputs({"n": 4}))
    await world.turned.turn(14 * 60)
    await world.rooms.tidy()
    assert tab.room.state.alive
    await world.turned.turn(2 * 60)
    await world.rooms.tidy()
    await tab.until(lambda: tab.kernel.state == "none")
    assert (tab.shows("a"), tab.inputs, tab.cells["a"].state) == ("8", {"n": 4}, "done")
    await tab.runs(SetInputs({"n": 5}))
    assert tab.shows("a") == "10"


async def test_rom22_results_show_at_once_and_no_kernel_is_started(world: World) -> None:
    tab = await app(world, N, py("a", "n * 2"))
    assert tab.results is not None
    assert tab.results.fresh
    assert tab.shows("a") == "2"
    assert tab.kernel.state == "none"
    await tab.runs(SetInputs({"n": 2}))
    assert tab.results is not None
    assert not tab.results.fresh
    assert tab.shows("a") == "4"


async def test_rom22_other_inputs_never_stand_beside_the_published_results(world: World) -> None:
    tab = await app(world, N, GO, py("a", "(n, go)"))
    project = await world.read(await world.store.project(tab.room.project))
    room = await world.rooms.app(project, 1, world.ben, inputs={"n": 7}, presses=("go",))
    assert room is not None
    other = Tab.in_room(room, world.ben, "APP_ONLY")
    await other.until(lambda: other.session)
    assert other.shows("a") == ""
    assert other.results is None
    await other.until(other.rests)
    assert other.shows("a") == "(7, True)"


async def test_rom22_an_app_that_runs_from_scratch_does_so(world: World) -> None:
    tab = await app(world, N, py("a", "n"), on_open="run")
    await tab.until(tab.rests)
    assert tab.results is None
    assert tab.shows("a") == "1"


async def test_rom23_what_is_kept_in_a_newer_or_broken_format_is_left_alone(world: World) -> None:
    tab = await app(world, N, py("a", "n"))
    project = await world.read(await world.store.project(tab.room.project))
    for number, data in enumerate((b'{"format":99}', b"\xff\xfe", b"{}", b"[]", b'{"inputs":7}')):
        id = f"session-{number}"
        kept = StoredSession(id, project.id, "app", 1, world.ben.id, data, world.clock.now())
        await world.store.save_session(kept)
        room = await world.rooms.find_app(project, id, world.ben, "APP_ONLY")
        assert room is not None
        assert room.state.inputs == {"n": 1}


def test_rom16_a_draft_of_a_newer_format_is_refused() -> None:
    kept = encode_draft(Draft(Document(title="x")))
    assert decode_draft(kept).document.title == "x"
    older = msgspec.json.decode(kept)
    del older["format"]
    assert decode_draft(msgspec.json.encode(older)).document.title == "x"
    with pytest.raises(NewerFormat, match=r"[Uu]pgrade"):
        decode_draft(msgspec.json.encode(older | {"format": 99, "texts": "other"}))
    with pytest.raises(ValueError):
        decode_draft(b"\xff")


async def test_rom15_a_document_that_does_not_fit_makes_no_project(world: World) -> None:
    twice = Document(cells=(py("a", "1"), py("a", "2")))
    with pytest.raises(projects.Unfit, match="Two cells have the id"):
        await world.project(document=twice)
    assert await world.store.projects() == ()


# --- leaving nothing --------------------------------------------------------------------------------


def _descriptors() -> list[str]:
    """What is open, but for readers of the database: their number is bounded, and how many come to be is chance."""
    found = []
    for one in _names(Path("/proc/self/fd")):
        with contextlib.suppress(FileNotFoundError):  # the one that read the directory
            found.append(str(Path(f"/proc/self/fd/{one}").readlink()))
    return [name for name in found if "vernissage.db" not in name]


def _names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()


@pytest.mark.slow
async def test_rom24_two_hundred_sessions_leave_nothing_behind(tmp_path: Path) -> None:
    """Twenty of their kernels are killed from outside, at random moments of their life."""
    kernels = ForkKernels(tmp_path / "runtime")
    await kernels.prepare()
    world = await World.made(tmp_path / "data", kernels, clock=TurnedClock())
    project = await world.project(N, py("a", "n"))
    await world.published(project)
    project = await world.read(project)
    for record in await world.store.open_publishes():
        await world.publisher.cancel(record)
    chance = random.Random(24)

    async def session(n: int, *, kill: bool) -> None:
        viewer = Viewer(f"visitor:{n}", f"Visitor {n}")
        room = await world.rooms.app(project, 1, viewer)
        assert room is not None
        tab = Tab.in_room(room, viewer, "APP_ONLY")
        id = tab.send(SetInputs({"n": n + 2}))
        if kill:
            for _ in range(chance.randrange(12)):  # as far as it has come after so many messages
                if tab.rests():
                    break
                await tab.take()
            if (kernel := room._driver.kernel) is not None:
                os.kill(kernel.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        await tab.until(lambda: id in tab.answers and tab.rests())
        assert kill or tab.shows("a") == str(n + 2)
        tab.cut()

    async def count() -> tuple[int, int, int, int, int]:
        await asyncio.sleep(0)
        await world.turned.turn(31 * 60)
        await world.rooms.tidy()
        async with asyncio.timeout(WAITS):
            while len(_names(tmp_path / "runtime")) > 1:  # noqa: ASYNC110 - a directory tells nobody
                await asyncio.sleep(0.01)  # the zygote's own directory stays
        assert not world.rooms.apps_of(project.id)
        assert (world.rooms.gate.inside, world.rooms.gate.waiting) == (0, 0)
        tasks = [task for task in asyncio.all_tasks() if "watch" not in task.get_name()]
        with sqlite3.connect(next((tmp_path / "data").glob("*.db"))) as database:
            rows = database.execute("select count(*) from sessions where kind = 'app'").fetchone()[0]
        database.close()
        return len(_children()), len(_descriptors()), len(tasks), len(world.rooms._apps), rows

    await session(0, kill=False)
    before = await count()
    killed = set(chance.sample(range(200), 20))
    for start in range(0, 200, 8):
        await asyncio.gather(*(session(n, kill=n in killed) for n in range(start, min(start + 8, 200))))
    assert await count() == before
    assert before[3:] == (0, 0)
    await world.close()
    await kernels.close()


async def test_rom24_a_kernel_that_is_still_starting_is_ended_with_its_room(world: World) -> None:
    tab = await logic(world, py("a", "1"))
    tab.send(RunAll())
    await asyncio.sleep(0)
    await world.rooms.close_project(tab.room.project, Ended("no_access", "It was put into the trash."))
    assert tab.room._driver.kernel is None
    assert not tab.room._driver._starting
