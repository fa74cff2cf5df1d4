"""The gate: never more kernels than the limits say, in order, and nobody waits for nothing."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.support.worlds import Tab, World
from vernissage.actors.connection import Viewer
from vernissage.actors.gate import WAITING, Gate, Turn
from vernissage.actors.placing import place
from vernissage.core.document import InputCell, NumberInput, PythonCell
from vernissage.core.session import Interrupt, SetInputs
from vernissage.kernels import ForkKernels
from vernissage.ports import NoKernel, Project

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
A = PythonCell("a", source="n * 2")
LONG = PythonCell("a", source="import time\nwhile n > 1: time.sleep(0.01)\nn * 2")


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_liv12_turns_come_in_order_and_positions_move() -> None:
    gate = Gate(at_once=2, each=9)
    told: dict[int, list[int]] = {i: [] for i in range(5)}
    turns = [gate.enter(f"p{i}", told[i].append) for i in range(5)]
    await settle()
    assert [turn.granted.done() for turn in turns] == [True, True, False, False, False]
    assert told == {0: [], 1: [], 2: [1], 3: [2], 4: [3]}
    turns[3].leave()
    turns[3].leave()
    await settle()
    assert not await turns[3].come()
    assert told[4] == [3, 2]
    turns[0].leave()
    await settle()
    assert await turns[2].come()
    assert (told[2], told[4], gate.inside) == ([1, 0], [3, 2, 1], 2)


async def test_liv12_one_person_does_not_take_all_and_holds_up_nobody() -> None:
    gate = Gate(at_once=4, each=2)
    greedy = [gate.enter("greedy", lambda _: None) for _ in range(4)]
    other = gate.enter("other", lambda _: None)
    assert [turn.granted.done() for turn in greedy] == [True, True, False, False]
    assert await other.come()
    greedy[0].leave()
    assert await greedy[2].come()
    assert not greedy[3].granted.done()


async def test_liv12_a_full_line_is_a_sentence_and_a_stop_empties_it() -> None:
    gate = Gate(at_once=1, each=1)
    gate.enter("a", lambda _: None)
    turns = [gate.enter(f"p{i}", lambda _: None) for i in range(WAITING)]
    with pytest.raises(NoKernel, match="Try again in some minutes"):
        gate.enter("late", lambda _: None)
    gate.close()
    assert not any([await turn.come() for turn in turns])
    with pytest.raises(NoKernel, match="stopping"):
        gate.enter("later", lambda _: None)


async def test_liv12_whatever_is_entered_and_left_the_limits_hold_and_nobody_is_forgotten() -> None:
    chance = random.Random(7)
    gate = Gate(at_once=5, each=2)
    turns: list[Turn] = []
    for _ in range(2_000):
        if turns and chance.random() < 0.5:
            turns.pop(chance.randrange(len(turns))).leave()
        else:
            turns.append(gate.enter(f"p{chance.randrange(6)}", lambda _: None))
        inside = [turn for turn in turns if turn.granted.done()]
        assert len(inside) == gate.inside <= 5
        for who in {turn.who for turn in turns}:
            mine = [turn for turn in turns if turn.who == who]
            have = sum(turn.granted.done() for turn in mine)
            assert have <= 2
            assert len(inside) == 5 or have == min(2, len(mine))  # else it waits for nothing
    for turn in turns:
        turn.leave()
    assert (gate.inside, gate.waiting) == (0, 0)


# --- with kernels -----------------------------------------------------------------------------------


@pytest.fixture
async def narrow(tmp_path: Path, kernels: ForkKernels):  # type: ignore[no-untyped-def]
    """A world with room for two kernels."""
    world = await World.made(tmp_path / "data", kernels)
    world.rooms.gate._at_once = 2
    yield world
    await world.close()


async def published(world: World, cell: PythonCell) -> Project:
    project = await world.project(N, cell)
    await world.published(project)
    for record in await world.store.open_publishes():
        await world.publisher.cancel(record)
    return await world.read(project)


async def visit(world: World, project: Project, name: str) -> Tab:
    viewer = Viewer(f"visitor:{name}", name)
    room = await world.rooms.app(project, 1, viewer)
    assert room is not None
    tab = Tab.in_room(room, viewer, "APP_ONLY")
    await tab.until(lambda: tab.session)
    return tab


async def test_liv12_who_waits_sees_their_place_and_gets_the_kernel_of_who_ends(narrow: World) -> None:
    project = await published(narrow, LONG)
    tabs = [await visit(narrow, project, f"v{i}") for i in range(4)]
    for tab in tabs[:2]:
        await tab.do(SetInputs({"n": 2}))
        await tab.until(lambda tab=tab: tab.cells["a"].state == "running")  # type: ignore[misc]
    for place_, tab in enumerate(tabs[2:], 1):
        await tab.do(SetInputs({"n": 0}))
        await tab.until(
            lambda tab=tab, place_=place_: (tab.kernel.state, tab.kernel.position) == ("queued", place_)  # type: ignore[misc]
        )
    await tabs[2].do(Interrupt())  # leaves the line
    await tabs[2].until(tabs[2].rests)
    assert tabs[2].kernel.state == "none"
    await tabs[3].until(lambda: tabs[3].kernel.position == 1)
    await tabs[0].do(Interrupt())
    await tabs[0].until(tabs[0].rests)
    assert tabs[3].kernel.state == "queued"  # somebody still looks at the idle kernel
    tabs[0].cut()
    await tabs[3].until(tabs[3].rests)
    assert tabs[3].shows("a").endswith("0")
    assert narrow.rooms.gate.inside == 2
    await tabs[2].do(SetInputs({"n": 1}))
    await tabs[2].until(lambda: tabs[2].kernel.state == "queued")
    tabs[3].cut()
    await tabs[2].until(tabs[2].rests)
    assert tabs[2].shows("a").endswith("2")
    room = await narrow.rooms.find_app(project, tabs[0].session, tabs[0].viewer, "APP_ONLY")
    assert room is tabs[0].room
    assert room.state.inputs == {"n": 2}  # only its kernel was taken


async def test_liv12_an_idle_kernel_without_a_viewer_goes_before_anybody_waits(narrow: World) -> None:
    project = await published(narrow, A)
    for i in range(6):
        tab = await visit(narrow, project, f"v{i}")
        await tab.runs(SetInputs({"n": i + 5}))
        assert tab.shows("a") == str(2 * i + 10)
        tab.cut()
    assert narrow.rooms.gate.inside == 2


# --- files in a kernel's directory ------------------------------------------------------------------


def test_liv11_no_link_of_user_code_is_followed(tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"content")
    outside = tmp_path / "outside"
    outside.mkdir()
    kernel = tmp_path / "kernel"
    (kernel / "work").mkdir(parents=True)
    place(kernel, ".vernissage/files/h", blob)
    assert (kernel / "work/.vernissage/files/h").read_bytes() == b"content"
    target = kernel / "work/.vernissage/files/h2"
    target.symlink_to(outside / "stolen")
    place(kernel, ".vernissage/files/h2", blob)  # the link itself is replaced
    assert target.read_bytes() == b"content"
    for link in ("work/.vernissage/files", "work/.vernissage", "work"):
        (kernel / link).rename(kernel / f"old-{link.replace('/', '-')}")
        (kernel / link).symlink_to(outside, target_is_directory=True)
        with pytest.raises(OSError):
            place(kernel, ".vernissage/files/h", blob)
        (kernel / link).unlink()
        (kernel / link).mkdir()
    assert list(outside.iterdir()) == []
