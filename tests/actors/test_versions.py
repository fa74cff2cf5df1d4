"""Versions beside publishing: what is saved is the draft, what is reverted is a step on top, what differs is told."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from tests.support.worlds import WAITS, Tab, World
from vernissage.actors.publisher import Problem
from vernissage.actors.versions import Reverted, Versions
from vernissage.core.document import Document, InputCell, NumberInput, PythonCell, canonical, content_hash
from vernissage.core.operations import DeleteCell, DocumentReplaced, InsertCell, SetTitle
from vernissage.kernels import ForkKernels
from vernissage.ports import AuditQuery, Store, StoreFull
from vernissage.wire.socket import Events

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


def versions_of(world: World) -> Versions:
    return Versions(cast(Store, world.store), world.rooms, world.clock)


async def draft_of(world: World, project: str) -> Document:
    return (await world.rooms.logic(project)).document


def replaced(tab: Tab) -> int:
    """How often a tab was told that the draft is another as a whole."""
    events = [event for one in tab.messages if isinstance(one, Events) for event in one.events]
    return sum(isinstance(event, DocumentReplaced) for event in events)


async def saved(world: World, project: str) -> dict[int, tuple[str, str]]:
    """Number → title and hash of every version."""
    return {one.number: (one.title, one.hash) for one in await world.store.versions(project)}


async def test_ver1_a_saved_version_is_the_draft_at_the_request(world: World) -> None:
    project = (await world.project(N, py("a", "n"))).id
    versions = versions_of(world)
    first = await versions.save(project, world.ben, "Kept", "test")
    assert (first.number, first.title, first.author, first.kind, first.run) == (1, "Kept", world.ben.id, "saved", None)
    tab = Tab.in_room(await world.rooms.logic(project), world.ana)
    await tab.do(SetTitle("Later"))
    second = await versions.save(project, world.ana, "", "test")
    again = await versions.save(project, world.ana, "Equal", "test")
    assert (second.number, again.number, again.hash) == (2, 3, second.hash)
    assert first.hash != second.hash
    found = await world.store.version(project, 2)
    assert found is not None
    assert found[0] == second
    assert found[1] == canonical(await draft_of(world, project))
    now = await world.store.project(project)
    assert now is not None
    assert now.published is None


async def test_ver2_a_revert_is_a_step_on_top_that_everybody_sees_and_can_be_reverted(world: World) -> None:
    """[VER2, VER4]"""
    stored = await world.project(N, py("a", "n"), py("b", "n * 2"))
    project = stored.id
    await world.published(stored)
    versions = versions_of(world)
    room = await world.rooms.logic(project)
    ana, ben = Tab.in_room(room, world.ana), Tab.in_room(room, world.ben)
    await ana.do(DeleteCell("b"))
    await ana.do(InsertCell(py("c", "n * 3"), after="a"))
    await ana.do(SetTitle("Another"))
    changed, edits = await draft_of(world, project), room.edits

    done = await versions.revert(project, world.ana, 1, "test")
    assert isinstance(done, Reverted)
    assert (done.saved_as, done.unpublished_changes, done.document.title) == (2, False, "Test")
    found = await world.store.version(project, 1)
    assert found is not None
    assert canonical(await draft_of(world, project)) == found[1]
    assert await saved(world, project) == {
        1: ("", found[0].hash), 2: ("Before reverting to version 1", content_hash(changed))
    }  # fmt: skip
    for tab in (ana, ben):
        await tab.until(partial(replaced, tab))
        assert tab.draft is not None
        assert content_hash(tab.draft.document) == found[0].hash
        assert replaced(tab) == 1
    assert room.edits == edits + 1
    now = await world.read(stored)
    assert (now.published, now.published_hash, now.title) == (1, found[0].hash, "Test")

    same = await versions.revert(project, world.ana, 1, "test")  # what it is already
    assert isinstance(same, Reverted)
    assert (same.saved_as, room.edits) == (None, edits + 1)
    back = await versions.revert(project, world.ben, 2, "test")
    assert isinstance(back, Reverted)
    assert (back.saved_as, back.unpublished_changes) == (None, True)  # version 1 holds what it was
    assert await draft_of(world, project) == changed
    assert len(await world.store.versions(project)) == 2
    entries = await world.store.audit(AuditQuery(project), 10)
    assert [(one.action, one.who, one.detail) for one in entries][:2] == [
        ("revert", world.ben.id, {"version": 2, "savedAs": None}),
        ("revert", world.ana.id, {"version": 1, "savedAs": 2}),
    ]
    await ana.do(SetTitle("Goes on"))
    await ben.until(lambda: ben.draft and ben.draft.document.title == "Goes on")


@pytest.mark.parametrize("kept", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_ver2_a_revert_of_a_revert_of_a_revert_is_byte_for_byte(
    kept: str, kernels: ForkKernels, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = str(request.getfixturevalue("postgres_server")()) if kept == "postgres" else ""
    world = await World.made(tmp_path / "data", kernels, database=database)
    stored = await world.project(N, py("a", "n"), py("b", "print('é \U0001f5bc', n)"))
    project, versions = stored.id, versions_of(world)
    await world.published(stored)
    first = canonical(await draft_of(world, project))
    ana = Tab.in_room(await world.rooms.logic(project), world.ana)
    await ana.do(DeleteCell("b"))
    await ana.do(SetTitle("Another"))
    second = canonical(await draft_of(world, project))
    assert isinstance(await versions.revert(project, world.ana, 1, "test"), Reverted)  # keeps the draft as version 2
    for number, wanted in ((2, second), (1, first), (2, second)):
        assert isinstance(await versions.revert(project, world.ana, number, "test"), Reverted)
        assert canonical(await draft_of(world, project)) == wanted
        found = await world.store.version(project, number)
        assert found is not None and found[1] == wanted
    assert len(await world.store.versions(project)) == 2
    await world.close()
    if not database:  # and so it is found after a restart
        again = await World.made(tmp_path / "data", kernels)
        assert canonical(await draft_of(again, project)) == second
        await again.close()


async def test_ver2_a_reverted_draft_is_there_after_a_restart(kernels: ForkKernels, tmp_path: Path) -> None:
    world = await World.made(tmp_path / "own", kernels)
    project = (await world.project(py("a", "1"))).id
    versions = versions_of(world)
    first = await versions.save(project, world.ana, "", "test")
    tab = Tab.in_room(await world.rooms.logic(project), world.ana)
    await tab.do(InsertCell(py("b", "2"), after="a"))
    await versions.revert(project, world.ana, first.number, "test")
    await world.close()
    again = await World.made(tmp_path / "own", kernels)
    try:
        assert content_hash(await draft_of(again, project)) == first.hash
    finally:
        await again.close()


async def test_ver3_what_others_typed_until_the_moment_of_a_revert_is_in_a_version(world: World) -> None:
    project = (await world.project(py("a", "1"))).id
    versions = versions_of(world)
    await versions.save(project, world.ana, "", "test")
    room = await world.rooms.logic(project)
    ana, ben = Tab.in_room(room, world.ana), Tab.in_room(room, world.ben)
    await ana.do(InsertCell(py("b", "2"), after="a"))
    gate = world.store.gates["append_operations"] = asyncio.Event()
    typed = ben.send(InsertCell(py("late", "3"), after="b"))
    kept = world.store.calls["add_version"]
    reverting = asyncio.create_task(versions.revert(project, world.ana, 1, "test"))
    await world.store.until("add_version", kept + 1)
    gate.set()
    async with asyncio.timeout(WAITS):
        done = await reverting
    await ben.until(lambda: typed in ben.answers)
    assert isinstance(done, Reverted)
    assert [cell.id for cell in done.document.cells] == ["a"]
    assert done.saved_as is not None
    document = await world.rooms.version_document(project, done.saved_as)
    assert document is not None
    assert [cell.id for cell in document.cells] == ["a", "b", "late"]


async def test_ver4_a_revert_that_cannot_be_kept_leaves_the_draft_as_it_is(world: World) -> None:
    project = (await world.project(py("a", "1"))).id
    versions = versions_of(world)
    await versions.save(project, world.ana, "", "test")
    tab = Tab.in_room(await world.rooms.logic(project), world.ana)
    await tab.do(InsertCell(py("b", "2"), after="a"))
    before, audited = await draft_of(world, project), len(await world.store.audit(AuditQuery(project), 10))
    missing = await versions.revert(project, world.ana, 7, "test")
    assert isinstance(missing, Problem)
    assert missing.code == "NO_SUCH_VERSION"
    assert len(await world.store.versions(project)) == 1
    assert len(await world.store.audit(AuditQuery(project), 10)) == audited
    world.store.fails["add_version"] = StoreFull("The disk is full.")
    with pytest.raises(StoreFull):
        await versions.revert(project, world.ana, 1, "test")
    del world.store.fails["add_version"]
    world.store.fails["append_operations"] = StoreFull("The disk is full.")
    full = await versions.revert(project, world.ana, 1, "test")
    assert isinstance(full, Problem)
    assert "The disk is full." in full.sentence
    assert await draft_of(world, project) == before
    assert (await world.store.audit(AuditQuery(project), 1))[0].action == "save_version"
    world.store.fails.clear()
    done = await versions.revert(project, world.ana, 1, "test")
    assert isinstance(done, Reverted)


async def test_ver2_two_who_revert_at_once_do_so_one_after_the_other(world: World) -> None:
    project = (await world.project(py("a", "1"))).id
    versions = versions_of(world)
    await versions.save(project, world.ana, "", "test")
    tab = Tab.in_room(await world.rooms.logic(project), world.ana)
    await tab.do(SetTitle("Two"))
    await versions.save(project, world.ana, "", "test")
    await tab.do(SetTitle("Three"))
    one, two = await asyncio.gather(
        versions.revert(project, world.ana, 1, "test"), versions.revert(project, world.ben, 2, "test")
    )
    assert isinstance(one, Reverted)
    assert isinstance(two, Reverted)
    assert (one.saved_as, two.saved_as) == (3, None)
    assert (one.document.title, two.document.title) == ("Test", "Two")


async def test_ver5_what_is_published_is_compared_with_the_draft(world: World) -> None:
    stored = await world.project(N, py("a", "n"))
    versions = versions_of(world)
    fresh = await versions.compare(await world.read(stored), "published", "draft")
    assert not isinstance(fresh, Problem)
    assert (fresh.before.kind, fresh.outputs) == ("nothing", None)
    assert [one.kind for one in (*fresh.difference.cells, *fresh.difference.inputs)] == ["added", "added"]
    await world.published(stored)
    tab = Tab.in_room(await world.rooms.logic(stored.id), world.ana)
    await tab.do(InsertCell(py("b", "n + 1"), after="a"))
    found = await versions.compare(await world.read(stored), "published", "draft")
    assert not isinstance(found, Problem)
    assert [(one.id, one.kind) for one in found.difference.cells] == [("b", "added")]
    assert found.difference.total == 1
    assert found.outputs is None  # a draft has no recorded run
    assert (found.before.version, found.after.kind) == (1, "draft")
    await world.published(stored)
    both = await versions.compare(await world.read(stored), 1, 2)
    assert not isinstance(both, Problem)
    assert both.outputs is not None
    assert {cell: one.kind for cell, one in both.outputs.items()} == {"a": "same", "b": "only_after", "n": "same"}
    missing = await versions.compare(await world.read(stored), 1, 3)
    assert isinstance(missing, Problem)
    assert missing.code == "NO_SUCH_VERSION"


def _long(count: int) -> Document:
    source = "\n".join(f"value_{{0}}_{line} = {line} * n  # what it is for" for line in range(20))
    return Document(title="Long", cells=(N, *(py(f"c{i}", source.format(i)) for i in range(count))))


async def test_ver6_three_hundred_cells_are_compared_quickly_while_others_are_served(world: World) -> None:
    document = _long(300)
    stored = await world.project(document=document)
    versions = versions_of(world)
    await versions.save(stored.id, world.ana, "", "test")
    third = tuple(
        replace(cell, source=cell.source.replace("value", "other", 5))
        if not i % 3 and isinstance(cell, PythonCell)
        else cell
        for i, cell in enumerate(document.cells)
    )
    other = await world.project(document=replace(document, cells=(*third[150:], *third[:150])))
    moved = (await world.rooms.logic(other.id)).document
    await world.store.add_version(
        replace((await world.store.versions(stored.id))[0], hash=content_hash(moved)), canonical(moved)
    )
    longest = 0.0

    async def others() -> None:
        """What else the server does: notes how long it ever had to wait."""
        nonlocal longest
        at = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            longest, at = max(longest, time.perf_counter() - at), time.perf_counter()

    serving = asyncio.create_task(others())
    took, waited = [], []
    for _ in range(5):
        longest = 0.0
        began = time.perf_counter()
        found = await versions.compare(stored, 1, 2)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0)  # so that the others have noticed
        waited.append(longest / took[-1])
        assert not isinstance(found, Problem)
        assert found.difference.total > 100
    serving.cancel()
    assert min(took) < 0.3, took
    assert min(waited) < 0.5, waited
