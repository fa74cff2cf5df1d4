"""Live sessions and the files of sessions, over real kernels."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.worlds import Tab, World
from vernissage.actors.connection import Viewer
from vernissage.actors.rooms import summary_of
from vernissage.core.document import (
    CheckboxInput,
    Document,
    FileInput,
    FileRef,
    InputCell,
    MultiselectInput,
    NumberInput,
    PythonCell,
    TextInput,
)
from vernissage.core.operations import SetFiles, SetTitle
from vernissage.core.room import EndLive, GoLive, LiveChanged
from vernissage.core.session import InputsChanged, Interrupt, RunAll, SetInputs
from vernissage.kernels import ForkKernels
from vernissage.ports import AuditEntry, Grant, Project
from vernissage.wire.socket import Events

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
DATA = InputCell("data", label="Data", input=FileInput(name="data", accept=(".csv", ".bin")))
WEB = Viewer("visitor:w", "Visitor 7")


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def app(world: World, *cells: Any, files: tuple[FileRef, ...] = ()) -> tuple[Tab, Project]:
    """Ben in a published app of Ana's."""
    project = await world.project(document=Document(cells=cells, files=files))
    await world.published(project)
    project = await world.read(project)
    room = await world.rooms.app(project, 1, world.ben)
    assert room is not None
    return await tab_in(room, world.ben), project


async def tab_in(room: Any, viewer: Viewer, access: Any = "APP_ONLY") -> Tab:
    tab = Tab.in_room(room, viewer, access)
    await tab.until(lambda: tab.session)
    return tab


def events(tab: Tab, kind: type) -> list[Any]:
    return [one for message in tab.messages if isinstance(message, Events) for one in message.events
            if isinstance(one, kind)]  # fmt: skip


async def test_liv1_a_session_goes_live_in_place_and_others_join_it(world: World) -> None:
    ben, project = await app(world, N, py("a", "n * 2"))
    await ben.runs(SetInputs({"n": 4}))
    kernel = ben.room._driver.kernel
    assert await world.rooms.find_app(project, ben.session, world.ana, "FULL_ACCESS") is None
    assert await ben.do(GoLive()) == ""
    assert await ben.do(GoLive()) == ""  # once more changes nothing
    (changed,) = events(ben, LiveChanged)
    assert (changed.live.by, changed.live.name) == (world.ben.id, "Ben")
    room = await world.rooms.find_app(project, ben.session, WEB, "APP_ONLY")
    assert room is ben.room
    guest = await tab_in(room, WEB)
    assert (guest.shows("a"), guest.inputs) == ("8", {"n": 4})
    await ben.until(lambda: len(ben.members) == 2)
    assert [one.name for one in ben.members] == ["Ben", "Visitor 7"]
    await guest.runs(SetInputs({"n": 5}))
    await ben.until(lambda: ben.shows("a") == "10")
    assert events(ben, InputsChanged)[-1].by == "Visitor 7"
    assert ben.room._driver.kernel is kernel


async def test_liv2_the_last_write_of_each_input_counts_and_all_see_one_order(world: World) -> None:
    ben, _ = await app(world, N, py("a", "n * 2"))
    await ben.do(GoLive())
    guests = [await tab_in(ben.room, Viewer(f"visitor:{i}", f"Visitor {i}")) for i in range(4)]
    for number in range(10, 30):
        guests[number % 4].send(SetInputs({"n": number}))
    everybody = (ben, *guests)
    for tab in everybody:
        await tab.until(lambda tab=tab: tab.shows("a") == "58" and tab.rests())  # type: ignore[misc]
    orders = [[one.values for one in events(tab, InputsChanged)] for tab in everybody]
    assert all(order == orders[0] for order in orders)
    assert orders[0][-1] == {"n": 29}


async def test_liv1_a_visitor_starts_none(world: World) -> None:
    project = await world.project(N, py("a", "n"))
    await world.published(project)
    room = await world.rooms.app(await world.read(project), 1, WEB)
    assert room is not None
    tab = await tab_in(room, WEB)
    assert "Sign in" in await tab.do(GoLive())
    assert room.live is None
    assert "not live" in await tab.do(EndLive())


async def test_liv2_with_app_only_nobody_joins_an_older_version_but_comes_back_to_it(world: World) -> None:
    ben, project = await app(world, N, py("a", "n"))
    await ben.do(GoLive())
    guest = await tab_in(ben.room, WEB)
    guest.cut()
    logic = await world.rooms.logic(project.id)
    assert await logic.edited(SetTitle("Second"), world.ana) is None
    await world.published(project)
    project = await world.read(project)
    assert project.published == 2
    late = Viewer("visitor:late", "Visitor 9")
    assert await world.rooms.find_app(project, ben.session, late, "APP_ONLY") is None
    assert await world.rooms.find_app(project, ben.session, late, "CAN_VIEW") is ben.room
    assert await world.rooms.find_app(project, ben.session, WEB, "APP_ONLY") is ben.room
    assert await world.rooms.find_app(project, ben.session, world.ben, "APP_ONLY") is ben.room


async def test_liv5_the_starter_and_editors_end_it_for_all(world: World) -> None:
    ben, project = await app(world, N, py("a", "n * 2"))
    await ben.runs(SetInputs({"n": 4}))
    await ben.do(GoLive())
    guest = await tab_in(ben.room, WEB)
    assert "Only Ben" in await guest.do(EndLive())
    assert await ben.do(EndLive()) == ""
    for tab in (ben, guest):
        await tab.until(lambda tab=tab: tab.ended)  # type: ignore[misc]
        assert tab.ended is not None
        assert tab.ended.reason == "session_ended"
        assert tab.ended.sentence.startswith("Ben ended")
        assert (tab.shows("a"), tab.inputs) == ("8", {"n": 4})
    await asyncio.gather(*world.rooms._closing)
    assert ben.room.closed
    for viewer in (world.ben, WEB):
        assert await world.rooms.find_app(project, ben.session, viewer, "APP_ONLY") is None
    other, _ = await app(world, N, py("a", "n"))
    await other.do(GoLive())
    editor = await tab_in(other.room, world.ana, "CAN_EDIT")
    assert await editor.do(EndLive()) == ""
    await other.until(lambda: other.ended)


async def test_liv5_an_ended_session_stays_ended_after_a_restart(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    ben, project = await app(world, N, py("a", "n"))
    await ben.do(GoLive())
    await asyncio.sleep(0)  # the keeper looks at the clock
    await world.turned.turn(1)
    await world.store.until("save_session", 1)
    await ben.do(EndLive())
    await asyncio.gather(*world.rooms._closing)
    other = await World.made(tmp_path / "data", kernels, clock=world.clock)
    assert await other.rooms.find_app(project, ben.session, world.ben, "FULL_ACCESS") is None
    await other.close()


async def test_liv4_it_lives_half_an_hour_past_the_last_participant_also_after_a_restart(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    ben, project = await app(world, N, DATA, py("a", "n * 2"))
    await ben.runs(SetInputs({"n": 4}))
    await ben.do(GoLive())
    guest = await tab_in(ben.room, WEB)
    ben.cut()
    for _ in range(5):
        await world.turned.turn(20 * 60)
        await world.rooms.tidy()
    before = world.store.calls["save_session"]
    guest.cut()
    await asyncio.sleep(0)  # the keeper looks at the clock
    await world.turned.turn(1)
    await world.store.until("save_session", before + 1)
    await world.turned.turn(25 * 60)
    other = await World.made(tmp_path / "data", kernels, clock=world.clock)  # the first server is never told
    late = Viewer("visitor:late", "Visitor 9")
    room = await other.rooms.find_app(project, ben.session, late, "APP_ONLY")
    assert room is not None
    tab = await tab_in(room, late)
    assert (tab.shows("a"), tab.inputs["n"], room.live) == ("8", 4, ben.room.live)
    assert room.owner == world.ben.id
    tab.cut()
    await world.turned.turn(31 * 60)
    await other.rooms.tidy()
    assert await other.rooms.find_app(project, ben.session, late, "APP_ONLY") is None
    await other.close()


async def test_liv4_who_loses_access_is_out_at_once_and_the_others_go_on(world: World) -> None:
    ben, project = await app(world, N, py("a", "n * 2"))
    await ben.do(GoLive())
    guest = await tab_in(ben.room, WEB)
    grants = (Grant(f"user:{world.ben.id}", "APP_ONLY"),)
    entry = AuditEntry(world.clock.now(), world.ana.id, "share", project.id, {}, "test")
    await world.permissions.share(project, grants, entry)
    await guest.until(lambda: guest.ended)
    assert guest.ended is not None
    assert guest.ended.reason == "no_access"
    await ben.runs(SetInputs({"n": 6}))
    assert ben.shows("a") == "12"


async def test_acc20_one_person_at_an_app_and_at_a_frame_of_it_keeps_a_level_in_each(world: World) -> None:
    ana, project = await app(world, N, py("a", "n * 2"))
    own = Tab.in_room(ana.room, world.ana)
    framed = Tab.in_room(ana.room, replace(world.ana, embed=project.id), "APP_ONLY")
    for _ in range(2):
        await world.permissions.regrade()
        assert (own.connection.access, framed.connection.access) == ("FULL_ACCESS", "APP_ONLY")
    await world.store.set_owner(project.id, world.ben.id, entry := an_entry(world, project.id))
    await world.permissions.share(project, (Grant(f"user:{world.ana.id}", "CAN_VIEW"),), entry)
    assert (own.connection.access, framed.connection.access) == ("CAN_VIEW", "APP_ONLY")


def an_entry(world: World, project: str) -> AuditEntry:
    return AuditEntry(world.clock.now(), world.ana.id, "share", project, {}, "test")


# --- files ------------------------------------------------------------------------------------------


async def given(world: World, tab: Tab, content: bytes, name: str = "stores.csv") -> dict[str, Any]:
    """A file that was uploaded to the tab's session, as its input takes it."""
    file = FileRef(name, await world.blobs.put(content), len(content))
    assert tab.room.add_upload(file) is None
    return {"name": file.name, "hash": file.hash, "size": file.size}


async def test_liv11_a_cell_finds_the_uploaded_file(world: World) -> None:
    ben, _ = await app(world, DATA, py("a", "None if data is None else data.x.sum()"))
    await ben.runs(SetInputs({"data": await given(world, ben, b"x\n1\n2\n")}))
    assert "3" in ben.shows("a")
    await ben.runs(SetInputs({"data": await given(world, ben, b"x\n10\n20\n", "other.csv")}))
    assert "30" in ben.shows("a")
    await ben.runs(SetInputs({"data": None}))
    assert ben.shows("a") == ""


async def test_liv11_the_published_file_is_there_by_default(world: World) -> None:
    content = b"x\n7\n"
    file = FileRef("base.csv", await world.blobs.put(content), len(content))
    cell = InputCell("data", label="Data", input=FileInput(name="data", default="base.csv"))
    ben, _ = await app(world, cell, N, py("a", "int(data.x.sum()) * n"), files=(file,))
    assert ben.shows("a") == "7"  # the preview run read it
    await ben.runs(SetInputs({"n": 2}))
    assert ben.shows("a") == "14"
    await ben.runs(SetInputs({"data": await given(world, ben, b"x\n1\n")}))
    assert ben.shows("a") == "2"
    await ben.runs(SetInputs({"data": {"name": file.name, "hash": file.hash, "size": file.size}}))
    assert ben.shows("a") == "14"


async def test_ses24_a_file_that_the_project_gets_reaches_the_running_kernel(world: World) -> None:
    async def kept(content: bytes) -> FileRef:
        return FileRef("base.txt", await world.blobs.put(content), len(content))

    old = await kept(b"one")
    project = await world.project(
        document=Document(cells=(py("a", "open('base.txt').read()"), py("b", "open('more.txt').read()")), files=(old,))
    )
    ana = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await ana.until(lambda: ana.session)
    await ana.runs(RunAll())
    assert ana.shows("a") == "'one'"
    assert ana.cells["b"].state == "error"
    kernel = ana.kernel.started_at
    more = msgspec.structs.replace(await kept(b"three"), name="more.txt")
    refused = await ana.room.edited(SetFiles((await kept(b"two"), more)), world.ana)
    assert refused is None
    await ana.runs(RunAll())
    assert (ana.shows("a"), ana.shows("b")) == ("'two'", "'three'")
    assert ana.kernel.started_at == kernel


async def test_liv10_a_hash_alone_is_no_right_to_a_file(world: World) -> None:
    secret = b"x\n42\n"
    hash = await world.blobs.put(secret)
    ben, project = await app(world, DATA, N, py("a", "n"))
    value = {"name": "stores.csv", "hash": hash, "size": len(secret)}
    assert "not uploaded" in await ben.do(SetInputs({"data": value}))
    room = await world.rooms.app(project, 1, WEB)
    assert room is not None
    other = await tab_in(room, WEB)
    await given(world, other, secret)
    assert "not uploaded" in await ben.do(SetInputs({"data": value, "n": 3}))
    assert ben.inputs == {"data": None, "n": 1}
    assert await other.do(SetInputs({"data": value})) == ""
    assert "takes files of type" in await ben.do(SetInputs({"data": value | {"name": "stores.txt"}}))
    await ben.runs(SetInputs({"n": 3}))
    assert ben.shows("a") == "3"


async def test_liv10_a_default_that_names_a_hash_brings_no_file_either(world: World) -> None:
    secret = b"x\n42\n"
    value = {"name": "stores.csv", "hash": await world.blobs.put(secret), "size": len(secret)}
    cell = InputCell("data", label="Data", input=FileInput(name="data", default=value))
    project = await world.project(cell, py("a", "data.x.sum()"))
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await tab.runs(RunAll())
    assert "is not in this kernel" in tab.shows("a")


async def test_liv11_user_code_in_the_way_and_an_interrupt_lose_nothing(world: World, tmp_path: Path) -> None:
    """The directory that files go to belongs to user code, which may put anything in its place."""
    code = (
        "import os, shutil\nif n == 2:\n"
        "    shutil.rmtree('.vernissage', ignore_errors=True)\n    os.symlink(OUTSIDE, '.vernissage')\n'ok'"
    ).replace("OUTSIDE", repr(str(tmp_path)))
    ben, _ = await app(world, N, DATA, py("w", code), py("a", "None if data is None else data.x.sum()"))
    await ben.runs(SetInputs({"n": 2}))
    await ben.runs(SetInputs({"data": await given(world, ben, b"x\n1\n")}))
    failed = ben.cells["a"].state
    assert failed == "error"
    assert not (tmp_path / "files").exists()
    # A large file is on its way into the kernel while the run is cancelled.
    big = await given(world, ben, b"x\n" + b"1\n" * 20_000_000, "big.bin")
    ben.send(SetInputs({"data": big, "n": 1}))
    await asyncio.sleep(0)
    await ben.do(Interrupt())
    await ben.until(ben.rests)
    await ben.runs(SetInputs({"data": None}))
    now = ben.cells["a"].state
    assert now == "done"


# --- continuing -------------------------------------------------------------------------------------


async def test_liv13_the_session_that_was_left_is_offered(world: World) -> None:
    ben, project = await app(world, N, py("a", "n"))
    await ben.runs(SetInputs({"n": 4}))
    assert await world.rooms.earlier(project, world.ben) is None  # still open
    ben.cut()
    await world.turned.turn(12 * 60)
    found = await world.rooms.earlier(project, world.ben)
    assert found is not None
    assert (found[0], found[1]) == (ben.session, "N: 4")
    assert (world.clock.now() - found[2]).total_seconds() == 12 * 60
    assert await world.rooms.earlier(project, world.ana) is None
    assert await world.rooms.earlier(project, Viewer("", "Visitor")) is None
    untouched = await world.rooms.app(project, 1, world.ana)
    assert untouched is not None
    assert await world.rooms.earlier(project, world.ana) is None  # at its defaults
    await world.turned.turn(19 * 60)
    assert await world.rooms.earlier(project, world.ben) is None


async def test_liv13_it_is_offered_after_a_restart_to_the_same_person_and_while_its_version_is_published(
    world: World, kernels: ForkKernels, tmp_path: Path
) -> None:
    first, project = await app(world, N, py("a", "n * 2"))
    visitor = await world.rooms.app(project, 1, WEB)
    assert visitor is not None
    web = Tab.in_room(visitor, WEB, "APP_ONLY")
    await first.runs(SetInputs({"n": 4}))
    await web.runs(SetInputs({"n": 5}))
    await first.do(GoLive())  # what is shared is no session of one's own to go on with
    await world.rooms.close()
    await world.turned.turn(12 * 60)
    other = await World.made(tmp_path / "data", kernels, clock=world.clock)
    found = await other.rooms.earlier(project, WEB)
    assert found is not None
    assert (found[0], found[1]) == (visitor.id, "N: 5")
    assert await other.rooms.earlier(project, Viewer("visitor:else", "Visitor")) is None
    assert await other.rooms.earlier(project, world.ben) is None
    newer = msgspec.structs.replace(project, published=2)
    assert await other.rooms.earlier(newer, WEB) is None
    room = await other.rooms.find_app(project, visitor.id, WEB, "APP_ONLY")
    assert room is not None
    again = Tab.in_room(room, WEB, "APP_ONLY")
    await again.until(lambda: again.session)
    assert (again.inputs["n"], again.shows("a"), again.kernel.state) == (5, "10", "none")
    await again.runs(SetInputs({"n": 6}))  # a new kernel, with these inputs
    assert again.shows("a") == "12"
    again.cut()
    await other.rooms.tidy()
    await world.turned.turn(31 * 60)
    await other.rooms.tidy()
    assert await other.rooms.earlier(project, WEB) is None
    await other.close()


def test_liv13_a_summary_names_three_inputs_at_most() -> None:
    cells = (
        N,
        InputCell("t", label="", input=TextInput(name="t", default="a")),
        InputCell("c", label="Only mine", input=CheckboxInput(name="c")),
        InputCell("m", label="Kinds", input=MultiselectInput(name="m", options=("a", "b", "c"))),
        DATA,
    )
    document = Document(cells=cells)
    values: dict[str, Any] = {"n": None, "t": "x" * 99, "c": True, "m": ("a", "c"), "data": FileRef("f.csv", "0" * 64)}
    assert summary_of(document, values) == f"N: empty, t: {'x' * 39}…, Only mine: on, …"
    assert summary_of(document, {"m": ("a", "c")}) == "Kinds: a, c"
    assert summary_of(document, {"data": values["data"], "n": 1}) == "Data: f.csv"
    assert summary_of(document, {"n": 1}) == ""
