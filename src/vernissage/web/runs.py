"""Runs over HTTP, in the shape of Hex's public API; the older paths under `/project/{id}/run` answer the same."""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import Parameter

from vernissage.actors.runner import QueueFull
from vernissage.core.access import RoomKind, includes, may_see_run, see_cells
from vernissage.core.document import ButtonInput, Document, FileRef, inputs_in_app, name_of
from vernissage.core.inputs import Invalid, Value, accept
from vernissage.core.notifications import Notification
from vernissage.core.outputs import CellRun, ErrorOutput, decode_cells
from vernissage.core.runs import RunStatus, default_inputs, may_restore
from vernissage.ports import Project, RunRecord
from vernissage.web.answers import created
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing, trace_id
from vernissage.web.guard import LARGEST_NUMBER, Seen, seen_of
from vernissage.web.identity import Identity, identify
from vernissage.web.notifications import deliveries, set_for, settable, was_sent
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp, stamp_or_none
from vernissage.wire.rest import (
    Body,
    CellResult,
    DeliveryBody,
    PersonBody,
    RunBody,
    RunList,
    RunRequest,
    RunStarted,
    RunTrigger,
    StateEvent,
)


class Killed(Body, frozen=True):
    project_id: str
    run_id: str
    status: str
    trace_id: str


@post(
    ["/api/v1/projects/{project:str}/runs", "/api/v1/project/{project:str}/run"],
    opt={"act": "start_run", "account": True, "once": True},
)
async def start_run(
    request: Request[Any, Any, Any], project: str, data: RunRequest | None = None
) -> Response[RunStarted]:
    """Run the published version, top to bottom, in a kernel of its own."""
    wanted = data or RunRequest()
    return await created(request, [msgspec.json.encode(wanted)], lambda: _start(request, wanted))


async def _start(request: Request[Any, Any, Any], wanted: RunRequest) -> RunStarted:
    services, seen = services_of(request), seen_of(request)
    version = seen.project.published
    document = await services.rooms.version_document(seen.project.id, version) if version is not None else None
    if version is None or document is None:
        hint = "Publish it first; runs use the published version."
        raise ApiError(422, "This project is not published.", hint, code="NOT_PUBLISHED")
    if wanted.view_id is not None:
        raise ApiError(422, "Saved views are not supported.", "Leave viewId out.", field="viewId")
    update = wanted.update_published_results or (wanted.update_cache and not wanted.input_params)
    if wanted.update_published_results and wanted.input_params:
        raise ApiError(
            422,
            "Published results belong to the default inputs.",
            "Leave out inputParams, or updatePublishedResults.",
            code="INPUTS_WITH_PUBLISHED_RESULTS",
            field="updatePublishedResults",
        )
    if update and not includes(seen.access, "CAN_EDIT"):
        raise ApiError(403, "Updating the published results takes Can edit.", "Leave updatePublishedResults out.")
    values, ignored = _values(document, wanted.input_params)
    told: tuple[Notification, ...] = ()
    if wanted.notifications:
        if not includes(seen.access, "CAN_EDIT"):
            raise ApiError(403, "Notifying others of a run takes Can edit.", "Leave notifications out.")
        told = await settable(services, seen, wanted.notifications, document)
    if wanted.dry_run:
        run_id = "00000000-0000-0000-0000-000000000000"
    else:
        viewer = (await identify(request)).viewer
        try:
            record = await services.runner.start(
                seen.project.id, version, document, values, viewer, update_results=update, notifications=told
            )
        except QueueFull as error:
            raise ApiError(503, str(error), "Try again later.", headers={"Retry-After": "60"}) from None
        run_id = record.id
    return RunStarted(
        project_id=seen.project.id,
        run_id=run_id,
        run_url=f"{_base(request)}/{services.workspace}/app/{seen.project.id}/runs/{run_id}",
        run_status_url=f"{_base(request)}/api/v1/projects/{seen.project.id}/runs/{run_id}",
        trace_id=trace_id(request),
        project_version=version,
        notifications=await set_for(services, seen.access, told),
        ignored_input_params=ignored,
    )


def _values(document: Document, params: dict[str, Any]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The typed values of plain JSON ones; names that are no input of the app are listed, not refused."""
    inputs = inputs_in_app(document)
    values: dict[str, Value] = {}
    for name, json in params.items():
        if name not in inputs or isinstance(inputs[name].input, ButtonInput):
            continue
        value = accept(inputs[name].input, json)
        if isinstance(value, Invalid):
            raise ApiError(422, value.sentence, "Send a value that the input takes.", field=f"inputParams.{name}")
        if isinstance(value, FileRef) and value.hash and value not in document.files:  # nobody's right to those bytes
            sentence = f"{name} takes the published file only: a run cannot be given another one."
            raise ApiError(422, sentence, "Leave it out.", field=f"inputParams.{name}")
        values[name] = value
    return values, tuple(name for name in params if name not in values)


def run_url(request: Request[Any, Any, Any], run: RunRecord) -> str:
    """Where people look at a run."""
    return f"{_base(request)}/{services_of(request).workspace}/app/{run.project}/runs/{run.id}"


def _base(request: Request[Any, Any, Any]) -> str:
    return services_of(request).base_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


@get("/api/v1/projects/{project:str}/runs", opt={"act": "see_runs"})
async def list_runs(
    request: Request[Any, Any, Any],
    project: str,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 25,
    offset: Annotated[int, Parameter(ge=0, le=LARGEST_NUMBER)] = 0,
    statusFilter: RunStatus | None = None,  # noqa: N803 - Hex's name
    runTriggerFilter: Trigger | None = None,  # noqa: N803
) -> RunList:
    """The runs, newest first."""
    services, seen = services_of(request), seen_of(request)
    trigger = _TRIGGERS.get(runTriggerFilter or "ALL")
    found = await services.store.runs(seen.project.id, limit + 1, offset, statusFilter, trigger)
    told = await deliveries(services, seen.access, found[:limit])
    filters = {"limit": limit, "statusFilter": statusFilter, "runTriggerFilter": runTriggerFilter}
    query = urlencode({name: value for name, value in filters.items() if value is not None})
    here = f"{_base(request)}{request.url.path}?{query}&offset="
    return RunList(
        runs=tuple([await _run(request, run, told) for run in found[:limit]]),
        next_page=f"{here}{offset + limit}" if len(found) > limit else None,
        previous_page=f"{here}{max(0, offset - limit)}" if offset else None,
        trace_id=trace_id(request),
    )


Trigger: TypeAlias = Literal["API", "SCHEDULED", "REFRESH", "APP_REFRESH", "PREVIEW", "APP", "ALL"]
"""APP_REFRESH is Hex's name for REFRESH."""

_TRIGGERS = {
    "API": "api",
    "SCHEDULED": "scheduled",
    "REFRESH": "refresh",
    "APP_REFRESH": "refresh",
    "PREVIEW": "preview",
    "APP": "app",
}


@get(
    ["/api/v1/projects/{project:str}/runs/{run:str}", "/api/v1/project/{project:str}/run/{run:str}"],
    opt={"act": "see_own_run"},
)
async def show_run(request: Request[Any, Any, Any], project: str, run: str, outputs: bool = False) -> RunBody:
    """One run; with `outputs` what its cells have to show, also while it goes on."""
    services = services_of(request)
    record = await find_run(request, run)
    body = await _run(request, record, await deliveries(services, seen_of(request).access, (record,)))
    if not outputs:
        return body
    return msgspec.structs.replace(body, cells=await _cells(services, seen_of(request), record))


@post(
    "/api/v1/projects/{project:str}/runs/{run:str}/restore",
    opt={"act": "update_results", "account": True},
    status_code=204,
)
async def restore_run(request: Request[Any, Any, Any], project: str, run: str) -> Response[None]:
    """Make the outputs of a past run of the published version the published results again."""
    seen = seen_of(request)
    record = await find_run(request, run)
    audit = await entry(request, "restore_results", seen.project.id, run=record.id, version=record.version)
    refused = await services_of(request).results.restore(seen.project, record, audit)
    if refused is not None:
        raise ApiError(409, refused.sentence, "The published results stay as they are.", code="NOT_RESTORABLE")
    return Response(None, status_code=204)


async def _cells(services: Services, seen: Seen, record: RunRecord) -> tuple[CellResult, ...]:
    document = await services.rooms.version_document(record.project, record.version) if record.version else None
    cells: Mapping[str, CellRun] = decode_cells(record.cells) or services.runner.cells(record.id) or {}
    if document is None or not cells:  # a candidate's run goes on, or the candidate was never published
        for publish in await services.store.open_publishes(record.project):
            room = services.rooms.preview(publish.id) if publish.run == record.id else None
            if room is not None:
                document, cells = room.document, cells or room.state.cells
    if document is None:
        return ()
    kind: RoomKind = "logic" if includes(seen.access, "CAN_VIEW") else "app"
    runs = see_cells(kind, document, cells, seen.access)
    found = []
    for cell in document.cells:
        run = runs.get(cell.id)
        if run is None:
            continue
        error = next((output for output in run.outputs if isinstance(output, ErrorOutput)), None)
        text = f"{error.ename}: {error.evalue}".strip(": ") if error else None
        found.append(CellResult(cell.id, name_of(document, cell), run.state, run.outputs, text, run.elapsed))
    return tuple(found)


@delete("/api/v1/projects/{project:str}/runs/{run:str}", opt={"act": "see_own_run"}, status_code=204)
async def cancel_run(request: Request[Any, Any, Any], project: str, run: str) -> None:
    """End a run; harmless when it has ended."""
    await _cancel(request, await find_run(request, run))


@delete("/api/v1/project/{project:str}/run/{run:str}", opt={"act": "see_own_run"}, status_code=200)
async def kill_run(request: Request[Any, Any, Any], project: str, run: str) -> Killed:
    """The same under the older path, which answers with a body."""
    record = await find_run(request, run)
    await _cancel(request, record)
    return Killed(record.project, record.id, "KILLED", trace_id(request))


async def find_run(request: Request[Any, Any, Any], run: str) -> RunRecord:
    """[WEB23] The run, where it may be seen: with Can view any, with App only one's own, or one that was sent to them,
    of the published version."""
    record = await past_run(services_of(request), seen_of(request), await identify(request), run)
    if record is None:
        raise missing()
    return record


async def past_run(services: Services, seen: Seen, identity: Identity, run: str) -> RunRecord | None:
    """The run of that id where this person may see it; None = as if it did not exist."""
    record = await services.store.run(run)
    if record is None or record.project != seen.project.id:
        return None
    mine = identity.user is not None and record.by == identity.user.id
    if not mine and identity.user is not None and not includes(seen.access, "CAN_VIEW"):
        mine = await was_sent(services.store, record, identity.user.id)
    published = seen.project.published
    return record if may_see_run(seen.access, mine=mine, version=record.version, published=published) else None


async def _cancel(request: Request[Any, Any, Any], record: RunRecord) -> None:
    """[WEB24] End a run: one's own, or with Can edit any. A preview's run ends with its candidate."""
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    if record.by != viewer.user and not includes(seen.access, "CAN_EDIT"):
        raise ApiError(403, "This run is not yours.", "Whoever started it can end it, and everybody with Can edit.")
    if record.trigger != "preview":
        await services.runner.cancel(record)
        return
    if not includes(seen.access, "CAN_EDIT"):
        raise ApiError(403, "Ending a preview takes Can edit.", "Ask the owner of the project for more access.")
    for publish in await services.store.open_publishes(seen.project.id):
        if publish.run == record.id and record.status in ("PENDING", "RUNNING"):
            await services.publisher.cancel(publish)


async def _run(
    request: Request[Any, Any, Any], run: RunRecord, told: Mapping[str, tuple[DeliveryBody, ...]]
) -> RunBody:
    services, seen = services_of(request), seen_of(request)
    published = seen.project.published
    document = await services.rooms.version_document(run.project, published) if published is not None else None
    user = await services.store.user(run.by) if run.by else None
    emails = includes(seen.access, "CAN_VIEW") and bool((await identify(request)).viewer.user)
    elapsed = None
    if run.started_at is not None and run.ended_at is not None:
        elapsed = round((run.ended_at - run.started_at).total_seconds() * 1000)
    return RunBody(
        project_id=run.project,
        project_version=run.version,
        run_id=run.id,
        run_url=run_url(request, run),
        status=run.status,
        start_time=stamp_or_none(run.started_at),
        end_time=stamp_or_none(run.ended_at),
        elapsed_time=elapsed,
        trace_id=trace_id(request),
        run_trigger=trigger_name(run),
        input_params=run.inputs,
        notifications=told.get(run.id, ()),
        state_events=_events(run),
        created_at=stamp(run.created_at),
        person=PersonBody(user.email if emails else "", user.name) if user is not None else None,
        message=run.message,
        restorable=document is not None and restorable(run, document, seen.project),
    )


_NAMES: Mapping[str, RunTrigger] = {
    "api": "API",
    "scheduled": "SCHEDULED",
    "refresh": "REFRESH",
    "preview": "PREVIEW",
    "app": "APP",
}


def trigger_name(run: RunRecord) -> RunTrigger:
    """What started it, as the API calls it."""
    return _NAMES[run.trigger]


def restorable(run: RunRecord, document: Document, project: Project) -> bool:
    """Whether its outputs may become the published results again, and are not. `document`: of the published version."""
    defaults = default_inputs(document, run.inputs)
    refused = may_restore(run.status, run.version, project.published, defaults=defaults)
    return refused is None and run.id != project.results_run


def _events(run: RunRecord) -> tuple[StateEvent, ...]:
    """[API1] The steps of a run, oldest first."""
    events = [StateEvent("PENDING", stamp(run.created_at))]
    if run.started_at is not None:
        events.append(StateEvent("RUNNING", stamp(run.started_at)))
    if run.ended_at is not None:
        events.append(StateEvent(run.status, stamp(run.ended_at)))
    return tuple(events)
