"""Rooms: members come, go and come back; everybody sees one order."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from tests.support.worlds import Tab, World
from vernissage.actors import connection as mailbox
from vernissage.actors import room as rooms_module
from vernissage.core.document import (
    Column,
    Document,
    Element,
    InputCell,
    Layout,
    NumberInput,
    PythonCell,
    Row,
)
from vernissage.core.document import Tab as LayoutTab
from vernissage.core.operations import ConfigureCell, EditText, InsertCell, SetTitle, TextUpdate
from vernissage.core.outputs import CellRun, StreamOutput
from vernissage.core.room import Notice, NoticeGiven
from vernissage.core.session import Interrupt, RunAll, RunCells, SetInputs
from vernissage.ports import StoreFull
from vernissage.wire.socket import (
    Ask,
    Cursor,
    Do,
    Events,
    Refusal,
    Snapshot,
    TableAnswer,
    TableQuestion,
    VariablesAnswer,
    VariablesQuestion,
)
from vernissage_kernel import frames

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def logic(world: World, *cells: Any) -> tuple[Tab, Tab]:
    """A logic view with two people in it."""
    project = await world.project(*cells)
    room = await world.rooms.logic(project.id)
    ana, ben = Tab.in_room(room, world.ana), Tab.in_room(room, world.ben, "CAN_EDIT")
    await ana.until(lambda: len(ana.members) == 2)
    await ben.until(lambda: len(ben.members) == 2)
    return ana, ben


async def test_rom1_who_comes_back_gets_what_they_missed(world: World) -> None:
    ana, ben = await logic(world, py("a", "1"))
    await ana.do(SetTitle("First"))
    await ben.until(lambda: ben.seq == ana.seq)
    seen = ben.seq
    ben.cut()
    await ana.do(InsertCell(py("b", "2"), "a"))
    await ana.do(SetTitle("New title"))
    ben.messages.clear()
    ben.enter(ana.room)
    await ben.until(lambda: ben.seq == ana.seq)
    assert seen < ana.seq
    assert not any(isinstance(one, Snapshot) for one in ben.messages)
    assert ben.draft is not None
    assert ben.draft.document == ana.room.document


async def test_rom1_who_missed_too_much_gets_a_snapshot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "LOG", 2)
    ana, ben = await logic(world)
    ben.cut()
    for i in range(4):
        await ana.do(SetTitle(f"Title {i}"))
    ben.messages.clear()
    ben.enter(ana.room)
    await ben.until(lambda: ben.seq == ana.seq)
    assert isinstance(ben.messages[0], Snapshot)
    assert ben.draft is not None
    assert ben.draft.document.title == "Title 3"


async def test_rom1_who_comes_back_at_another_level_gets_a_snapshot(world: World) -> None:
    ana, ben = await logic(world)
    await ana.do(SetTitle("First"))
    await ben.until(lambda: ben.seq == ana.seq)
    ben.cut()
    await ana.do(SetTitle("Other"))
    ben.messages.clear()
    ben.access = "CAN_VIEW"
    ben.enter(ana.room)
    await ben.until(lambda: ben.seq == ana.seq)
    assert isinstance(ben.messages[0], Snapshot)
    assert ben.messages[0].access == "CAN_VIEW"


async def test_rom3_an_operation_sent_again_is_applied_once(world: World) -> None:
    ana, _ = await logic(world, py("a", "1"))
    gate = world.store.gates["append_operations"] = asyncio.Event()
    id = ana.send(InsertCell(py("b", "2"), "a"))
    await asyncio.sleep(0)
    ana.cut()  # before it was answered, even before it was kept
    ana.enter(ana.room)
    ana.send(InsertCell(py("b", "2"), "a"), id)
    gate.set()
    await ana.until(lambda: id in ana.answers)
    assert not isinstance(ana.answers[id], Refusal)
    ana.answers.clear()
    ana.cut()
    ana.enter(ana.room)
    ana.send(InsertCell(py("b", "2"), "a"), id)
    await ana.until(lambda: id in ana.answers)
    assert not isinstance(ana.answers[id], Refusal)
    assert [cell.id for cell in ana.room.document.cells] == ["a", "b"]
    assert world.store.calls["append_operations"] == 1


async def test_rom3_another_person_gets_no_answer_by_naming_a_tab(world: World) -> None:
    ana, ben = await logic(world, py("a", "1"))
    await ana.do(SetTitle("By Ana"))
    ben.client = ana.client
    ben.cut()
    ben.enter(ana.room)
    await ben.do(SetTitle("By Ben"))
    assert ana.room.document.title == "By Ben"


async def test_rom2_nobody_sees_an_edit_before_it_is_kept(world: World) -> None:
    ana, ben = await logic(world)
    gate = world.store.gates["append_operations"] = asyncio.Event()
    ana.send(SetTitle("Kept"))
    await asyncio.sleep(0)
    assert ana.room.document.title == "Test"
    assert ben.connection._waiting == type(ben.connection._waiting)()
    gate.set()
    await ben.until(lambda: ben.draft is not None and ben.draft.document.title == "Kept")
    draft, _ = await world.rooms.load_draft(ana.room.project)
    assert draft.document.title == "Kept"


async def test_rom2_an_edit_that_cannot_be_kept_is_refused_and_loses_nothing(world: World) -> None:
    ana, ben = await logic(world)
    await ana.do(SetTitle("One"))
    world.store.fails["append_operations"] = StoreFull("The disk is full. Free some space.")
    assert await ana.do(SetTitle("Two")) == "The edit was not kept: The disk is full. Free some space."
    assert ana.room.document.title == "One"
    del world.store.fails["append_operations"]
    assert await ben.do(SetTitle("Three")) == ""
    await ana.until(lambda: ana.draft is not None and ana.draft.document.title == "Three")


async def test_rom2_edits_of_one_moment_keep_their_authors(world: World) -> None:
    ana, ben = await logic(world)
    ana.send(SetTitle("By Ana"))
    ben.send(SetTitle("By Ben"))
    await ben.until(lambda: 1 in ben.answers)
    stored = await world.store.draft(ana.room.project)
    assert [one.by for one in stored.operations] == [world.ana.id, world.ben.id]
    assert world.store.calls["append_operations"] == 1  # in one transaction


async def test_rom4_a_slow_browser_gets_a_snapshot_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_WAITING", 20_000)
    ana, ben = await logic(world)
    for i in range(50):
        await ana.do(SetTitle(f"{i} " + "x" * 180))
        assert ben.connection._size < 40_000
    for i in range(200):
        ana.room.set_presence(ana.connection, Cursor("a", i, i))
        assert ben.connection._size < 40_000
    id = ben.send(SetTitle("By Ben"))
    await ana.until(lambda: ana.draft is not None and ana.draft.document.title == "By Ben")
    ben.messages.clear()
    await ben.until(lambda: ben.seq == ana.room.seq and id in ben.answers)
    assert any(isinstance(one, Snapshot) for one in ben.messages)
    assert ben.draft is not None
    assert ben.draft.document == ana.room.document


async def test_rom4_who_asks_and_never_reads_is_shown_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_WAITING", 1_000)
    ana, _ = await logic(world)
    for _ in range(200):
        ana.send(RunCells(("gone",)))
        assert ana.connection._size <= 2_300
    await ana.until(lambda: ana.ended)
    assert ana.ended is not None
    assert ana.ended.reason == "slow"


async def test_rom5_everybody_sees_who_is_here_and_where(world: World) -> None:
    ana, ben = await logic(world, py("a", "1"))
    other = Tab.in_room(ana.room, world.ben, "CAN_EDIT")
    ana.room.set_presence(other.connection, Cursor("a", 1, 1))
    await ana.until(lambda: any(one.cursor for one in ana.members))
    assert [(one.name, one.cursor, one.you) for one in ana.members] == [
        ("Ana", None, True),
        ("Ben", Cursor("a", 1, 1), False),
    ]
    assert len({one.color for one in ana.members}) == 2
    assert all("@" not in msgspec.json.encode(one).decode() for one in ana.members)
    other.cut()
    ben.cut()
    await ana.until(lambda: len(ana.members) == 1)


async def test_rom6_who_loses_access_is_out_and_who_keeps_some_sees_as_much(world: World) -> None:
    layout = Layout(tabs=(LayoutTab(rows=(Row(columns=(Column(0, 120, (Element("n"), Element("a"))),)),)),))
    project = await world.project(document=Document(cells=(N, py("a", "1/0"), py("hidden", "'secret'")), app=layout))
    await world.published(project)
    room = await world.rooms.app(await world.read(project), 1, world.ana)
    assert room is not None
    ana = Tab.in_room(room, world.ana)
    await ana.until(lambda: ana.session)
    assert "ZeroDivisionError" in ana.shows("a")
    room.regrade(lambda _: "APP_ONLY")
    await ana.until(lambda: ana.access == "APP_ONLY")
    assert ana.shows("a") == ": This part could not be computed."
    assert "hidden" not in ana.cells
    room.regrade(lambda _: None)
    await ana.until(lambda: ana.ended)
    assert ana.ended is not None
    assert ana.ended.reason == "no_access"
    assert room.connections == ()


async def test_rom6_a_snapshot_holds_no_notice_that_is_not_for_its_reader(world: World) -> None:
    project = await world.project(N, py("a", "n"))
    await world.published(project)
    room = await world.rooms.app(await world.read(project), 1, world.ana)
    assert room is not None
    room.tell(NoticeGiven(Notice("forced_errors", "2 cells failed.")))
    room.tell(NoticeGiven(Notice("newer_version", "Reload.")))
    assert [one.code for one in room.snapshot("APP_ONLY").notices] == ["newer_version"]
    assert len(room.snapshot("CAN_VIEW").notices) == 2


async def test_rom7_what_a_room_remembers_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "LOG_BYTES", 10_000)
    ana, _ = await logic(world)
    for i in range(100):
        await ana.do(SetTitle(f"{i} " + "x" * 190))
    assert ana.room._log_size <= 10_000
    assert ana.room._log[-1].seq == ana.room.seq


async def test_rom8_a_busy_kernel_keeps_nobody_from_interrupting_it(world: World) -> None:
    ana, _ = await logic(world, py("a", "x = 41 + 1"), py("b", "print('on', flush=True)\nwhile True: pass"))
    await ana.runs(RunCells(("a",)))
    known = await ana.ask(VariablesQuestion())
    assert isinstance(known, VariablesAnswer)
    assert [(one.name, one.summary) for one in known.variables] == [("x", "42")]
    await ana.do(RunCells(("b",)))
    await ana.until(lambda: "on" in ana.shows("b"))
    assert await ana.ask(VariablesQuestion()) == known
    await ana.room.ask(ana.connection, Ask(99, TableQuestion("b", "t", frames.TableQuery())))
    assert await ana.do(Interrupt()) == ""
    await ana.until(ana.rests)
    assert ana.cells["b"].state == "error"
    await ana.runs(RunCells(("a",)))
    assert ana.cells["a"].state == "done"


async def test_rom9_tables_page_from_the_kernel_and_what_is_no_table_is_refused(world: World) -> None:
    source = "import pandas as pd\npd.DataFrame({'x': range(1000)})"
    fake = (
        "from IPython.display import publish_display_data\n"
        f"publish_display_data({{'{frames.TABLE_MIME}': {{'table': 't'}}, 'text/plain': 'no table'}})"
    )
    ana, _ = await logic(world, py("a", source), py("b", fake))
    await ana.runs(RunAll())
    (output,) = ana.cells["a"].outputs
    table = output.data[frames.TABLE_MIME]["table"]  # type: ignore[union-attr]
    page = await ana.ask(TableQuestion("a", table, frames.TableQuery(offset=990, sort="x", descending=True)))
    assert isinstance(page, TableAnswer)
    assert (page.total, page.rows[0][0]) == (1000, 9)
    assert isinstance(await ana.ask(TableQuestion("b", "t", frames.TableQuery())), Refusal)
    assert isinstance(await ana.ask(TableQuestion("a", "other", frames.TableQuery())), Refusal)


async def test_rom10_what_cannot_be_sent_is_replaced_by_a_sentence(world: World) -> None:
    source = (
        "from IPython.display import publish_display_data as show\n"
        "show({'text/plain': 'x' * 6_000_000})\n"
        "show({'application/json': {'a': float('nan')}, 'text/plain': 'fine'})"
    )
    ana, _ = await logic(world, py("a", source), py("b", "'next'"))
    await ana.runs(RunAll())
    assert ana.shows("b") == "'next'"
    assert "fine" in ana.shows("a")
    assert len(ana.shows("a")) < 4_500_000


async def test_rom11_text_changes_meet_in_one_order(world: World) -> None:
    ana, ben = await logic(world, py("a", "x"))
    assert await ana.do(EditText("a", 0, [TextUpdate("ana", [1, [0, "1"]])])) == ""
    assert "same moment" in await ben.do(EditText("a", 0, [TextUpdate("ben", [[0, "2"], 1])]))
    await ben.until(lambda: ben.draft is not None and ben.draft.texts.get("a") == 1)
    assert await ben.do(EditText("a", 1, [TextUpdate("ben", [[0, "2"], 2])])) == ""
    await ana.until(lambda: ana.draft is not None and ana.draft.texts["a"] == 2)
    assert ana.draft == ben.draft
    assert ana.room.document.cells[0].source == "2x1"  # type: ignore[union-attr]


async def test_rom12_an_edit_marks_cells_for_everybody(world: World) -> None:
    ana, ben = await logic(world, N, py("a", "n"))
    await ana.runs(RunAll())
    await ana.do(ConfigureCell(InputCell("n", label="N", input=NumberInput(name="n", default=5))))
    await ben.until(lambda: ben.inputs.get("n") == 5)
    assert ben.cells["a"].state == "stale"
    await ben.runs(SetInputs({"n": 6}))
    assert ben.shows("a") == "6"
    await ana.until(lambda: ana.shows("a") == "6")


async def test_rom13_a_closed_room_takes_nothing_and_shows_everybody_out(world: World) -> None:
    ana, ben = await logic(world)
    room = ana.room
    await world.rooms.close_project(room.project, rooms_module.GONE)
    await ana.until(lambda: ana.ended)
    await ben.until(lambda: ben.ended)
    late = Tab.in_room(room, world.ana)
    await late.until(lambda: late.ended)
    assert late.ended is not None
    assert late.ended.reason == "session_ended"
    room.do(ana.connection, Do(77, SetTitle("Late")))
    assert room.document.title == "Test"
    assert isinstance(room.snapshot("CAN_VIEW"), Snapshot)


async def test_rom7_events_carry_every_number(world: World) -> None:
    ana, _ = await logic(world)
    await ana.do(SetTitle("One"))
    await ana.do(SetTitle("Two"))
    told = [one.seq for one in ana.messages if isinstance(one, Events)]
    assert told == sorted(told)
    assert told[-1] == ana.room.seq


def test_outputs_are_values() -> None:
    """[ROM7] What the log holds on to cannot change under it."""
    run = CellRun("done", (StreamOutput("stdout", "x"),))
    with pytest.raises(AttributeError):
        run.state = "stale"  # type: ignore[misc]
