"""Schedules over HTTP."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from msgspec import UNSET
from msgspec.structs import replace

from vernissage.actors.runner import QueueFull
from vernissage.core.document import ButtonInput
from vernissage.core.runs import default_inputs
from vernissage.core.schedule import DAYS, Misfit, Timing, checked, next_firings, words
from vernissage.ports import RunRecord, Schedule
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.notifications import settable, shown
from vernissage.web.runs import run_url
from vernissage.web.services import services_of
from vernissage.web.times import stamp, stamp_or_none
from vernissage.wire.rest import (
    Pagination,
    PersonBody,
    ScheduleBody,
    ScheduledRun,
    ScheduleList,
    SchedulePreview,
    ScheduleRequest,
)

LAST_RUNS = 10

DEFAULT_HOUR = 8


@get("/api/v1/projects/{project:str}/schedules", opt={"act": "see_schedules"})
async def list_schedules(request: Request[Any, Any, Any], project: str) -> ScheduleList:
    """The project's schedules, oldest first."""
    services, seen = services_of(request), seen_of(request)
    found = await services.store.schedules(seen.project.id)
    document = await services.schedules.document(seen.project)
    inputs = tuple(cell for cell in document.inputs().values() if not isinstance(cell.input, ButtonInput))
    return ScheduleList(
        values=tuple([await _body(request, one) for one in found]),
        pagination=Pagination(None, None),
        published_version=seen.project.published,
        unpublished_changes=await services.schedules.left_out(seen.project),
        timezone=document.timezone,
        inputs=tuple({cell.id: cell for cell in inputs}.values()),
    )


@post("/api/v1/projects/{project:str}/schedules", opt={"act": "change_schedules"})
async def add_schedule(request: Request[Any, Any, Any], project: str, data: ScheduleRequest) -> ScheduleBody:
    """Make a schedule, which runs the published version."""
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    schedule = await _told(request, _merged(await _new(request, viewer.user), data), data)
    if data.update_published_results is UNSET:
        document = await services.schedules.document(seen.project)
        schedule = replace(schedule, update_results=default_inputs(document, schedule.inputs))
    return await _answer(request, await services.schedules.add(seen.project, schedule, viewer, origin_of(request)))


@post("/api/v1/projects/{project:str}/schedules/preview", opt={"act": "change_schedules"}, status_code=200)
async def preview_schedule(request: Request[Any, Any, Any], project: str, data: ScheduleRequest) -> SchedulePreview:
    """[SCH20] When a schedule would run, before it is kept."""
    timing = checked(_merged(await _new(request, ""), data).timing)
    if isinstance(timing, Misfit):
        raise _unfit(timing)
    now = services_of(request).clock.now()
    return SchedulePreview(words(timing), tuple(map(stamp, next_firings(timing, now))))


@patch("/api/v1/projects/{project:str}/schedules/{schedule:str}", opt={"act": "change_schedules"})
async def change_schedule(
    request: Request[Any, Any, Any], project: str, schedule: str, data: ScheduleRequest
) -> ScheduleBody:
    """Change what is given of a schedule."""
    services, seen = services_of(request), seen_of(request)
    before = await _find(request, schedule)
    viewer = (await identify(request)).viewer
    after = await _told(request, _merged(before, data), data)
    try:
        found = await services.schedules.change(seen.project, before, after, viewer, origin_of(request))
    except KeyError:
        raise missing() from None
    return await _answer(request, found)


@delete("/api/v1/projects/{project:str}/schedules/{schedule:str}", opt={"act": "change_schedules"}, status_code=204)
async def remove_schedule(request: Request[Any, Any, Any], project: str, schedule: str) -> None:
    """Remove a schedule; its runs stay."""
    found = await _find(request, schedule)
    try:
        await services_of(request).schedules.remove(found, (await identify(request)).viewer, origin_of(request))
    except KeyError:
        raise missing() from None


@post("/api/v1/projects/{project:str}/schedules/{schedule:str}/run", opt={"act": "change_schedules"})
async def run_schedule(request: Request[Any, Any, Any], project: str, schedule: str) -> ScheduledRun:
    """Run it now, beside its times."""
    services, seen = services_of(request), seen_of(request)
    found = await _find(request, schedule)
    try:
        run = await services.schedules.run_now(seen.project, found, (await identify(request)).viewer)
    except QueueFull as error:
        raise ApiError(503, str(error), "Try again later.", headers={"Retry-After": "60"}) from None
    if isinstance(run, Misfit):
        raise _unfit(run)
    return _run(request, run)


async def _new(request: Request[Any, Any, Any], user: str) -> Schedule:
    services, seen = services_of(request), seen_of(request)
    document = await services.schedules.document(seen.project)
    return Schedule(
        id=str(uuid.uuid4()),
        project=seen.project.id,
        name="",
        timing=Timing("DAILY", document.timezone, hour=DEFAULT_HOUR),
        enabled=True,
        inputs={},
        update_results=True,
        use_cached=False,
        overlap="SKIP",
        retries=0,
        time_limit=None,
        creator=user,
        created_at=services.clock.now(),
    )


def _merged(schedule: Schedule, data: ScheduleRequest) -> Schedule:
    """The schedule with what is given in its place."""
    days = (data.day_of_week,) if isinstance(data.day_of_week, str) else data.day_of_week
    given = {
        "cadence": data.cadence,
        "timezone": data.timezone,
        "minute": data.minute,
        "hour": data.hour,
        "days_of_week": days if days is UNSET else tuple(day for day in DAYS if day in days),
        "day": data.day,
        "cron": data.cron or "" if data.cron is not UNSET else UNSET,
    }
    timing = replace(schedule.timing, **_set(given))
    more = {
        "name": data.name,
        "enabled": data.enabled,
        "inputs": data.input_params,
        "update_results": data.update_published_results,
        "use_cached": data.use_cached_sql_results,
        "overlap": data.overlap,
        "retries": data.retries,
        "time_limit": data.time_limit,
    }
    return replace(schedule, timing=timing, **_set(more))


async def _told(request: Request[Any, Any, Any], schedule: Schedule, data: ScheduleRequest) -> Schedule:
    """The same for notifications, whose recipients are looked up."""
    if data.notifications is UNSET:
        return schedule
    services, seen = services_of(request), seen_of(request)
    document = await services.schedules.document(seen.project)
    return replace(schedule, notifications=await settable(services, seen, data.notifications, document))


def _set(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


async def _find(request: Request[Any, Any, Any], id: str) -> Schedule:
    found = await services_of(request).store.schedule(id)
    if found is None or found.project != seen_of(request).project.id:
        raise missing()
    return found


def _unfit(found: Misfit) -> ApiError:
    code = "INPUTS_WITH_PUBLISHED_RESULTS" if found.field == "updatePublishedResults" else "INVALID"
    hint = (
        "Leave out inputParams, or set updatePublishedResults to false." if code != "INVALID" else "Nothing was kept."
    )
    return ApiError(422, found.sentence, hint, code=code, field=found.field or None)


async def _answer(request: Request[Any, Any, Any], found: Schedule | Misfit) -> ScheduleBody:
    if isinstance(found, Misfit):
        raise _unfit(found)
    return await _body(request, found)


async def _body(request: Request[Any, Any, Any], schedule: Schedule) -> ScheduleBody:
    services, timing = services_of(request), schedule.timing
    user = await services.store.user(schedule.creator)
    emails = bool((await identify(request)).viewer.user)
    runs = await services.store.runs_of_schedule(schedule.id, LAST_RUNS)
    coming = next_firings(timing, services.clock.now()) if schedule.enabled else ()
    return ScheduleBody(
        id=schedule.id,
        name=schedule.name,
        cadence=timing.cadence,
        cron=timing.cron or None,
        timezone=timing.timezone,
        minute=timing.minute,
        hour=timing.hour,
        day_of_week=timing.days_of_week,
        day=timing.day,
        enabled=schedule.enabled,
        input_params=schedule.inputs,
        update_published_results=schedule.update_results,
        use_cached_sql_results=schedule.use_cached,
        overlap=schedule.overlap,
        retries=schedule.retries,
        time_limit=schedule.time_limit,
        notifications=await shown(services, seen_of(request).access, schedule.notifications),
        flagged=schedule.flagged or None,
        words=words(timing),
        next_runs=tuple(map(stamp, coming)),
        created_at=stamp(schedule.created_at),
        person=PersonBody(user.email if emails else "", user.name) if user is not None else None,
        last_runs=tuple(_run(request, run) for run in runs),
    )


def _run(request: Request[Any, Any, Any], run: RunRecord) -> ScheduledRun:
    return ScheduledRun(
        run_id=run.id,
        run_url=run_url(request, run),
        status=run.status,
        skipped=any(event.step == "skipped" for event in run.events),
        created_at=stamp(run.created_at),
        due_at=stamp_or_none(run.due_at),
        start_time=stamp_or_none(run.started_at),
        end_time=stamp_or_none(run.ended_at),
        attempt=run.attempt,
        project_version=run.version,
        message=run.message,
    )


def hex_schedules(schedule: Schedule) -> tuple[dict[str, Any], ...]:
    """A schedule as the list of projects tells it: one entry for each day of a week."""
    timing = schedule.timing
    clock = {"timezone": timing.timezone, "minute": timing.minute}
    hour = {**clock, "hour": timing.hour}
    forms: tuple[dict[str, Any], ...]
    match timing.cadence:
        case "HOURLY":
            forms = ({"hourly": clock},)
        case "DAILY":
            forms = ({"daily": hour},)
        case "WEEKLY":
            forms = tuple({"weekly": {**hour, "dayOfWeek": day}} for day in timing.days_of_week)
        case "MONTHLY":
            forms = ({"monthly": {**hour, "day": timing.day}},)
        case "CUSTOM":
            forms = ({"custom": {"timezone": timing.timezone, "cron": timing.cron}},)
    empty = dict.fromkeys(("hourly", "daily", "weekly", "monthly", "custom"))
    return tuple({"cadence": timing.cadence, "enabled": schedule.enabled, **empty, **form} for form in forms)
