"""Schedules that fire: on a turned clock, over a real store and real kernels (`spec/schedules.md`)."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.worlds import WAITS, Tab, World
from vernissage.core.document import InputCell, NumberInput, PythonCell
from vernissage.core.operations import ConfigureCell, InsertCell
from vernissage.core.outputs import decode_cells
from vernissage.core.schedule import Timing, next_firing
from vernissage.ports import AuditEntry, Project, RunRecord, Schedule, ServerRecord

pytestmark = pytest.mark.anyio

N = InputCell("n", label="N", input=NumberInput(name="n", default=1))
EVERY_MINUTE = Timing("CUSTOM", "UTC", cron="* * * * *")


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def published(world: World, *cells: Any) -> Project:
    project = await world.project(*cells)
    await world.published(project)
    return await world.read(project)


def entry(world: World, project: Project) -> AuditEntry:
    return AuditEntry(world.clock.now(), world.ana.id, "add_schedule", project.id, {}, "test")


async def scheduled(world: World, project: Project, **other: Any) -> Schedule:
    timing = other.pop("timing", EVERY_MINUTE)
    fields: dict[str, Any] = {"name": "", "enabled": True, "inputs": {}, "update_results": False, "use_cached": False}
    fields |= {"overlap": "SKIP", "retries": 0, "time_limit": None, "creator": world.ana.id}
    now = world.clock.now()
    fields |= {"created_at": now, "next_due": next_firing(timing, now), "timing": timing, **other}
    schedule = Schedule(id=str(uuid.uuid4()), project=project.id, **fields)
    await world.store.add_schedule(schedule, entry(world, project))
    return schedule


async def turned(world: World, minutes: float = 1) -> None:
    """Let time pass, and serve what is due."""
    await world.turned.turn(minutes * 60)
    await world.scheduler.serve()


async def ended(world: World) -> None:
    """Every run that goes on here has ended."""
    async with asyncio.timeout(WAITS):
        tasks = set(world.runner._tasks.values())
        if tasks:
            await asyncio.wait(tasks)


async def runs_of(world: World, schedule: Schedule) -> list[RunRecord]:
    """Oldest first, with their cells."""
    found = [await world.store.run(run.id) for run in await world.store.runs_of_schedule(schedule.id, 50)]
    return list(reversed(found))


def shown(run: RunRecord, cell: str = "a") -> str:
    return str(decode_cells(run.cells)[cell].outputs[0].data["text/plain"])  # type: ignore[union-attr]


async def test_sch9_each_due_minute_has_one_run_and_the_results_are_its_own(world: World) -> None:
    project = await published(world, N, py("a", "import vernissage\nvernissage.run_context().trigger"))
    schedule = await scheduled(world, project, update_results=True)
    for _ in range(3):
        await turned(world)
        await world.scheduler.serve()
        await ended(world)
    runs = await runs_of(world, schedule)
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert [((run.due_at or start) - start).total_seconds() for run in runs] == [60, 120, 180]
    assert {(run.status, run.trigger, run.version, run.by, shown(run)) for run in runs} == {
        ("COMPLETED", "scheduled", 1, "", "'scheduled'")
    }
    assert [event.step for event in runs[0].events] == ["queued", "started", "ended"]
    assert (await world.read(project)).results_run == runs[-1].id


async def test_sch10_it_runs_what_is_published_when_it_fires_never_the_draft_and_waits_where_nothing_is(
    world: World,
) -> None:
    project = await published(world, N, py("a", "1"))
    schedule = await scheduled(world, project)
    room = await world.rooms.logic(project.id)

    tab = Tab.in_room(room, world.ana)
    assert await tab.do(InsertCell(py("b", "2"), "a")) == ""
    await turned(world)
    await ended(world)
    await world.published(project)
    await turned(world)
    await ended(world)
    await world.publisher.unpublish(await world.read(project), world.ana, "test")
    await turned(world, 30)
    (first, second) = await runs_of(world, schedule)
    assert (first.version, set(decode_cells(first.cells))) == (1, {"n", "a"})
    assert (second.version, set(decode_cells(second.cells))) == (2, {"n", "a", "b"})
    kept = await world.store.schedule(schedule.id)
    assert isinstance(kept, Schedule)
    assert kept.next_due is not None
    assert kept.next_due > world.clock.now()


async def test_sch8_a_misfit_is_flagged_and_does_not_run_until_it_fits(world: World) -> None:
    project = await published(world, N, py("a", "n"))
    schedule = await scheduled(world, project, inputs={"n": 5})
    await turned(world)
    await ended(world)
    room = await world.rooms.logic(project.id)

    tab = Tab.in_room(room, world.ana)
    narrower = InputCell("n", label="N", input=NumberInput(name="n", default=1, max=3))
    assert await tab.do(ConfigureCell(narrower)) == ""
    await world.published(project)
    flagged = await world.store.schedule(schedule.id)
    assert "3" in flagged.flagged
    await turned(world, 2)
    (run,) = await runs_of(world, schedule)
    assert shown(run) == "5"
    assert (await world.store.schedule(schedule.id)).flagged == flagged.flagged


async def test_sch6_after_an_outage_the_latest_missed_one_is_made_up_and_noted_as_late(world: World) -> None:
    project = await published(world, N, py("a", "n"))
    hourly = await scheduled(world, project, timing=Timing("HOURLY", "UTC", 30))
    await turned(world, 60 * 5)  # 17:00: nobody was there at 12:30, 13:30, … 16:30
    await ended(world)
    (run,) = await runs_of(world, hourly)
    assert run.due_at == datetime(2026, 1, 1, 16, 30, tzinfo=UTC)
    assert [event.step for event in run.events][:2] == ["queued", "late"]
    assert "2026-01-01 16:30" in run.events[1].text
    await turned(world, 30)
    await ended(world)
    assert [event.step for event in (await runs_of(world, hourly))[1].events][:2] == ["queued", "started"]


async def test_sch11_a_failed_run_is_tried_again_with_growing_waits_and_only_so_often(world: World) -> None:
    project = await published(world, N, py("a", "raise ValueError('no')"))
    schedule = await scheduled(world, project, timing=Timing("HOURLY", "UTC", 1), retries=2)
    for minutes in (1, 1, 2, 10):
        await turned(world, minutes)
        await ended(world)
    runs = await runs_of(world, schedule)
    assert [(run.attempt, run.status) for run in runs] == [(1, "ERRORED"), (2, "ERRORED"), (3, "ERRORED")]
    assert [run.retry_of for run in runs] == [None, runs[0].id, runs[1].id]
    assert {run.due_at for run in runs} == {runs[0].due_at}
    waits = [run.not_before - run.created_at for run in runs[1:] if run.not_before]
    assert [wait.total_seconds() for wait in waits] == [60, 120]
    assert runs[0].events[-1].step == "retried"


async def test_sch12_a_run_that_takes_too_long_is_killed_and_says_so(world: World) -> None:
    project = await published(world, N, py("a", "import time\nif n == 2: time.sleep(1000)"))
    schedule = await scheduled(world, project, inputs={"n": 2}, time_limit=90)
    await turned(world)
    await world.store.until("start_run", 1)
    for _ in range(100):  # it goes on from there without waiting for anything but the loop
        await asyncio.sleep(0)
    assert world.runner.census() == (1, 0)
    await world.turned.turn(91)
    await ended(world)
    (run,) = await runs_of(world, schedule)
    assert (run.status, run.events[-1].step) == ("KILLED", "time_limit")
    assert "90 s" in run.message


async def test_sch7_a_queued_run_starts_when_the_one_before_has_ended(world: World) -> None:
    project = await published(world, N, py("a", "import time\nif n == 2: time.sleep(1000)"))
    schedule = await scheduled(world, project, inputs={"n": 2}, overlap="QUEUE")
    await turned(world)
    await world.store.until("start_run", 1)
    await turned(world)
    first, second = await runs_of(world, schedule)
    assert (first.status, second.status) == ("RUNNING", "PENDING")
    await world.runner.cancel(first)
    await world.scheduler.serve()
    await world.store.until("start_run", 2)
    first, second = await runs_of(world, schedule)
    assert (first.status, first.message, second.status) == ("KILLED", "The run was cancelled.", "RUNNING")


async def test_sch13_what_another_server_left_is_recorded_as_killed_and_only_its_rule_starts_it_again(
    world: World,
) -> None:
    project = await published(world, N, py("a", "n"))
    once = await scheduled(world, project, retries=0)
    again = await scheduled(world, project, retries=1)
    now = world.clock.now()
    await world.store.begin_server(ServerRecord("dead", "elsewhere", now))
    for schedule in (once, again):
        run = RunRecord(
            id=f"of-{schedule.id}", project=project.id, version=1, trigger="scheduled", status="PENDING", inputs={},
            by="", created_at=now, schedule=schedule.id, due_at=now, server="dead",
        )  # fmt: skip
        await world.store.add_run(run)
        await world.store.start_run(run.id, now)
    await world.runner.recover()  # it lives
    assert [run.status for run in await runs_of(world, once)] == ["RUNNING"]
    await world.turned.turn(31)
    await world.runner.recover()
    await world.turned.turn(28)
    (killed,) = await runs_of(world, once)
    assert (killed.status, killed.message, killed.events[-1].step) == (
        "KILLED",
        "The server was stopped during this run.",
        "cut_off",
    )
    tries = await runs_of(world, again)
    assert [(run.attempt, run.status) for run in tries] == [(1, "KILLED"), (2, "PENDING")]


async def test_sch15_a_schedule_goes_on_when_its_maker_is_gone(world: World) -> None:
    project = await published(world, N, py("a", "n"))
    schedule = await scheduled(world, project, creator=world.ben.id)
    gone = AuditEntry(world.clock.now(), world.ana.id, "disable_user", "", {}, "test")
    await world.store.disable_user(world.ben.id, gone)
    await turned(world)
    await ended(world)
    assert [run.status for run in await runs_of(world, schedule)] == ["COMPLETED"]


async def test_sch9_the_scheduler_wakes_by_itself_at_the_due_minute(world: World) -> None:
    project = await published(world, N, py("a", "n"))
    schedule = await scheduled(world, project)
    keeping = asyncio.create_task(world.scheduler.keep())
    try:
        for _ in range(2):
            starts = world.store.calls["start_run"]
            async with asyncio.timeout(WAITS):
                while world.store.calls["start_run"] == starts:
                    await world.turned.turn(5)
                    await asyncio.sleep(0.01)
            await ended(world)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert [run.status for run in await runs_of(world, schedule)][:2] == ["COMPLETED", "COMPLETED"]
