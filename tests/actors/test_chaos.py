"""Two editors over connections that are cut and come back at random end with the same draft as the server."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.plain import PlainKernels
from tests.support.worlds import Tab, World, read
from vernissage.core.document import PythonCell
from vernissage.core.operations import (
    DeleteCell,
    EditText,
    InsertCell,
    MoveCell,
    RestoreCell,
    SetTitle,
    TextUpdate,
)
from vernissage.core.session import RunAll
from vernissage.core.text import units

pytestmark = pytest.mark.anyio


class Editor:
    """Somebody who edits by what their tab shows, and sends again what had no answer."""

    def __init__(self, tab: Tab, chance: random.Random) -> None:
        self.tab = tab
        self.chance = chance
        self.unanswered: dict[int, Any] = {}
        self.accepted = 0
        self.connected = True

    def hear(self) -> None:
        """Take some of what waits; maybe not all of it."""
        for _ in range(self.chance.randint(0, 6)):
            self._take()

    def hear_all(self) -> None:
        """Take all that waits."""
        while self._take():
            pass

    def _take(self) -> bool:
        mailbox = self.tab.connection._waiting
        if not mailbox:
            return False
        taken = self.tab.connection.take()
        try:
            taken.send(None)
        except StopIteration as done:
            self.tab.hear(read(done.value))
        for id in [id for id in self.unanswered if id in self.tab.answers]:
            del self.unanswered[id]
        return True

    def act(self) -> None:
        draft = self.tab.draft
        if draft is None:
            return
        chance = self.chance
        cells = [cell.id for cell in draft.document.cells]
        texts = [cell for cell in draft.document.cells if isinstance(cell, PythonCell)]
        match chance.choice(["text", "text", "text", "insert", "delete", "restore", "move", "title", "run"]):
            case "text" if texts:
                cell = chance.choice(texts)
                at = chance.randint(0, len(cell.source))
                before = units(cell.source[:at])
                change: list[Any] = [before] if before else []
                change.append([0, chance.choice(["x", "é", "🎨", "a\nb"]).split("\n")[0]])
                rest = units(cell.source) - before
                change += [rest] if rest else []
                version = draft.texts.get(cell.id, 0)
                self.send(EditText(cell.id, version, [TextUpdate(self.tab.client, change)]))
            case "insert":
                id = f"c{chance.randint(0, 10**9)}"
                self.send(InsertCell(PythonCell(id, source="1"), chance.choice(["", *cells])))
            case "delete" if cells:
                self.send(DeleteCell(chance.choice(cells)))
            case "restore" if draft.removed:
                self.send(RestoreCell(chance.choice(draft.removed).cell.id))
            case "move" if len(cells) > 1:
                self.send(MoveCell(chance.choice(cells), chance.choice(["", *cells])))
            case "title":
                self.send(SetTitle(f"Title {chance.randint(0, 99)}"))
            case "run":
                self.send(RunAll())
            case _:
                pass

    def send(self, operation: Any) -> None:
        self.tab.count += 1
        self.unanswered[self.tab.count] = operation
        if self.connected:
            self.tab.send(operation, self.tab.count)

    def cut(self) -> None:
        if self.connected:
            self.tab.cut()
            self.connected = False

    def come_back(self) -> None:
        """Connect again, catch up, and send again what had no answer."""
        if not self.connected:
            self.tab.enter(self.tab.room)
            self.connected = True
            for id, operation in list(self.unanswered.items()):
                self.tab.send(operation, id)


@pytest.mark.parametrize("seed", range(12))
async def test_rom14_editors_over_broken_connections_end_with_one_draft(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    world = await World.made(tmp_path / "data", PlainKernels())
    project = await world.project(PythonCell("a", source="1"), PythonCell("b", source="2"))
    room = await world.rooms.logic(project.id)
    editors = [Editor(Tab.in_room(room, viewer), chance) for viewer in (world.ana, world.ben)]
    for _ in range(250):
        editor = chance.choice(editors)
        match chance.choice(["act", "act", "act", "hear", "hear", "commit", "cut", "back", "back"]):
            case "act":
                editor.act()
            case "hear" if editor.connected:
                editor.hear()
            case "commit":
                await world.store.project(project.id)  # lets what waits for the store go on
            case "cut":
                editor.cut()
            case "back":
                editor.come_back()
            case _:
                pass
    for editor in editors:
        editor.come_back()
    while room._editor is not None:
        await world.store.project(project.id)
    while room.state.active:
        await world.store.project(project.id)
    for editor in editors:
        while editor.unanswered or editor.tab.seq != room.seq:
            editor.hear_all()
            await world.store.project(project.id)
    for editor in editors:
        draft = editor.tab.draft
        assert draft is not None
        assert room.draft is not None
        assert (draft.document, draft.texts) == (room.draft.document, room.draft.texts)
        assert {id: run for id, run in editor.tab.cells.items() if id in room.state.cells} == room.state.cells
    stored, seq = await world.rooms.load_draft(project.id)
    assert stored.document == room.document
    assert seq == room.edits
    kept = await world.store.draft(project.id)
    assert len(kept.operations) == seq - kept.snapshot_seq
    await world.close()
