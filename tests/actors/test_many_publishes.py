"""Eight who publish at the same time, with all that a publish does: every version number once, and nothing in between.

A thousand of them, against the store alone, are in `tests/contracts/test_store.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.plain import PlainKernels
from tests.support.worlds import World
from vernissage.actors.publisher import Problem
from vernissage.core.document import PythonCell, content_hash, parse
from vernissage.core.operations import SetTitle
from vernissage.ports import AuditQuery, PublishRecord

pytestmark = pytest.mark.anyio

CLIENTS, EACH = 8, 2


async def test_pub15_eight_publish_at_once(tmp_path: Path) -> None:
    world = await World.made(tmp_path / "data", PlainKernels())
    project = await world.project(PythonCell("a", "1"))
    room = await world.rooms.logic(project.id)
    won: list[tuple[int, str]] = []
    lost = 0

    async def client(name: int) -> None:
        """Edits, and publishes until it comes through: whoever was faster is told of, and previews again."""
        nonlocal lost
        for turn in range(EACH):
            title = f"{name}-{turn}"
            while True:
                assert await room.edited(SetTitle(title), world.ana) is None
                now = await world.read(project)
                begun = await world.publisher.begin(now, world.ana, expected=now.published)
                if isinstance(begun, PublishRecord):
                    begun = await world.publisher.confirm(
                        begun, world.ana, accept_errors=True, force=True, title=title, origin="test"
                    )
                if not isinstance(begun, Problem):
                    assert begun.version is not None
                    won.append((begun.version, title))
                    break
                lost += 1

    async with asyncio.timeout(100):
        await asyncio.gather(*(client(name) for name in range(CLIENTS)))
    count = CLIENTS * EACH
    assert sorted(number for number, _ in won) == list(range(1, count + 1))
    versions = await world.store.versions(project.id)
    assert [one.number for one in versions] == list(range(count, 0, -1))
    assert {(one.number, one.title) for one in versions} == set(won)
    assert lost > 0, "nobody met anybody: this run has shown nothing"
    now = await world.read(project)
    assert now.published == count
    newest, document = await world.store.version(project.id, count)
    assert now.published_hash == newest.hash == content_hash(parse(document))
    assert now.results_run == newest.run
    assert len(await world.store.audit(AuditQuery(project.id), 2 * count)) == count
    assert await world.store.unfinished_runs() == ()
    assert await world.store.open_publishes(project.id) == ()
    await world.close()
    # Opened anew, nothing is left to be put right.
    again = await World.made(tmp_path / "data", PlainKernels())
    assert (await again.read(project)).published == count
    await again.close()
