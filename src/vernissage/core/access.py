"""Who may do what, and who sees what: one table.

A person's *level* on a project comes from grants, which add up; each level includes the next: Full access, Can edit,
Can view, App only. Every route, operation, question and event passes through here: `NEEDS` says which level an act
takes, `may_do` decides an operation in a room, `see_event` and `see_cells` say what of it a member sees.

Promise: total and closed. What the table does not name is not allowed; an event that no case names cannot be
written (`assert_never`). **App only means app only**: no source, hidden cell, traceback or exception text.

Left alone: who somebody is (sign-in, in `web`), keeping grants (`store`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, assert_never

from msgspec.structs import replace

from vernissage.core.document import ButtonInput, Document, Struct, inputs_in_app, placed
from vernissage.core.operations import (
    SERVER,
    CellConfigured,
    CellDeleted,
    CellInserted,
    CellMoved,
    ConfigureCell,
    DeleteCell,
    DocumentReplaced,
    DraftOperation,
    EditText,
    FilesChanged,
    InsertCell,
    LayoutChanged,
    MoveCell,
    Refused,
    RestoreCell,
    SetLayout,
    SetSettings,
    SettingsChanged,
    SetTitle,
    TextEdited,
    TitleChanged,
)
from vernissage.core.outputs import AnyOutput, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage.core.room import (
    EndLive,
    GoLive,
    LiveChanged,
    Notice,
    NoticeGiven,
    PublishingChanged,
    RefreshForAll,
    ResultsChanged,
    RoomEvent,
    RoomOperation,
)
from vernissage.core.session import (
    ButtonPressed,
    CellChanged,
    CellsReplaced,
    ClearOutputs,
    InputsChanged,
    Interrupt,
    KernelChanged,
    KernelStatus,
    OutputAdded,
    OutputUpdated,
    Press,
    RestartAndRunAll,
    RunAll,
    RunCells,
    RunChanged,
    RunProgress,
    SessionOperation,
    SetInputs,
    StopKernel,
    StreamContinued,
)

Access: TypeAlias = Literal["FULL_ACCESS", "CAN_EDIT", "CAN_VIEW", "APP_ONLY"]
"""A person's level on a project, each including the next."""

Role: TypeAlias = Literal["admin", "editor", "viewer"]
"""In the workspace. admin: everything about people, may give themselves access. editor: may create projects. viewer:
never more than App only."""

RANK: Mapping[Access, int] = {"APP_ONLY": 1, "CAN_VIEW": 2, "CAN_EDIT": 3, "FULL_ACCESS": 4}


def includes(have: Access | None, need: Access) -> bool:
    """Whether a level covers what is needed; no level (None) covers nothing."""
    return have is not None and RANK[have] >= RANK[need]


def level(
    grants: Iterable[tuple[str, Access]], user: str, role: Role | None, groups: Iterable[str] = ()
) -> Access | None:
    """[ACC1] The level of somebody: the highest of the grants that reach them.

    `grants`: (principal, access), principals as `user:{id}`, `group:{id}`, `workspace`, `web`. `user` "" and `role`
    None: a visitor without an account, whom only the web reaches.
    """
    mine = {"web"} if not user else {"web", "workspace", f"user:{user}", *(f"group:{group}" for group in groups)}
    found: Access | None = None
    for principal, access in grants:
        if principal not in mine:
            continue
        if principal == "web" and RANK[access] > RANK["CAN_VIEW"]:
            access = "CAN_VIEW"
        if role == "viewer":
            access = "APP_ONLY"
        if found is None or RANK[access] > RANK[found]:
            found = access
    return found


def through_embed(own: Access | None, *, same_project: bool, guest: bool) -> Access | None:
    """[EMB4] The level of somebody who looks through an embed: App only in its project, where their own level or a
    signed embed (`guest`) lets them in; nothing elsewhere."""
    return "APP_ONLY" if same_project and (guest or own is not None) else None


def may_grant(have: Access | None, access: Access) -> bool:
    """[ACC2] Nobody grants more than they have, and granting takes Can edit."""
    return includes(have, "CAN_EDIT") and includes(have, access)


# --- acts: what routes and commands do --------------------------------------------------------------


class Need(Struct, frozen=True):
    """What an act takes."""

    project: Access | None = None
    """The level on the project that the address names; None = no project is named."""
    signed_in: bool = False
    role: Role | None = None
    """At least this workspace role (admin > editor > viewer)."""


NEEDS: Mapping[str, Need] = {
    # nobody needs to be anybody
    "see_health": Need(),
    "sign_in": Need(),
    "see_static": Need(),
    "see_output": Need(),  # the address itself is the right, see web/outputs.py
    "open_page": Need(),  # the shell of the editors' pages; all that it shows comes through other acts
    "open_socket": Need(),  # each room decides at its Hello
    "read_openapi": Need(),
    # people
    "sign_out": Need(signed_in=True),
    "see_projects": Need(signed_in=True),
    "see_people": Need(signed_in=True, role="editor"),
    "create_project": Need(signed_in=True, role="editor"),
    "manage_tokens": Need(signed_in=True),
    "change_password": Need(signed_in=True),
    "request_access": Need(signed_in=True),  # for whatever address: the answer is the same
    "see_requests": Need(signed_in=True),  # of the projects to which one has Full access
    "see_trash": Need(signed_in=True),  # the same
    "manage_people": Need(signed_in=True, role="admin"),
    "manage_workspace_tokens": Need(signed_in=True, role="admin"),
    "see_all_projects": Need(signed_in=True, role="admin"),
    "take_access": Need(signed_in=True, role="admin"),  # to any project; it is recorded
    "see_audit": Need(signed_in=True, role="admin"),
    "see_metrics": Need(signed_in=True, role="admin"),
    "manage_secrets": Need(signed_in=True, role="admin"),  # the workspace's
    "manage_embedding": Need(signed_in=True, role="admin"),
    # one project
    "see_app": Need(project="APP_ONLY"),
    "see_project": Need(project="APP_ONLY"),
    "download_table": Need(project="APP_ONLY"),  # and only where its room would page it
    "see_logic": Need(project="CAN_VIEW"),
    "see_versions": Need(project="CAN_VIEW"),
    "see_version_app": Need(project="CAN_VIEW"),
    "see_difference": Need(project="CAN_VIEW"),
    "see_runs": Need(project="CAN_VIEW"),
    "export": Need(project="CAN_VIEW"),
    "start_run": Need(project="APP_ONLY"),
    "see_own_run": Need(project="APP_ONLY"),
    "see_schedules": Need(project="CAN_VIEW"),
    "change_schedules": Need(project="CAN_EDIT"),
    "update_results": Need(project="CAN_EDIT"),
    "edit": Need(project="CAN_EDIT"),
    "edit_secrets": Need(project="CAN_EDIT"),
    "upload_file": Need(project="CAN_EDIT"),
    "save_version": Need(project="CAN_EDIT"),
    "revert": Need(project="CAN_EDIT"),
    "publish": Need(project="CAN_EDIT"),
    "embed": Need(project="CAN_EDIT"),
    "see_sharing": Need(project="CAN_VIEW"),
    "share": Need(project="CAN_EDIT"),
    "notify": Need(project="CAN_EDIT"),
    "decide_requests": Need(project="FULL_ACCESS"),
    "transfer": Need(project="FULL_ACCESS"),
    "trash": Need(project="FULL_ACCESS"),
    "restore": Need(project="FULL_ACCESS"),  # the one act on a project in the trash
}
"""Every act by name. A route names its act; one that names none does not start."""

_ROLES: Mapping[Role, int] = {"viewer": 1, "editor": 2, "admin": 3}

Verdict: TypeAlias = Literal["yes", "sign_in", "hidden", "forbidden"]
"""sign_in: who are you? hidden: as if it did not exist. forbidden: you may see it, not do this."""


def may(act: str, *, user: str, role: Role | None, access: Access | None) -> Verdict:
    """[ACC3] Whether somebody may do an act. `access`: their level on the project that is named; None = none."""
    need = NEEDS[act]
    if need.project is not None:
        if access is None:
            return "hidden" if user else "sign_in"
        return "yes" if includes(access, need.project) else "forbidden"
    if need.signed_in and not user:
        return "sign_in"
    if need.role is not None and (role is None or _ROLES[role] < _ROLES[need.role]):
        return "forbidden"
    return "yes"


# --- operations and questions in rooms --------------------------------------------------------------

RoomKind: TypeAlias = Literal["logic", "preview", "app", "run"]
"""run: a past run, as the app looked then; nobody changes anything there."""

_APPS: frozenset[RoomKind] = frozenset({"app", "run"})
"""Rooms that show the app's page and no more."""

_EDITS = (
    InsertCell,
    DeleteCell,
    RestoreCell,
    MoveCell,
    EditText,
    ConfigureCell,
    SetLayout,
    SetSettings,
    SetTitle,
)
_RUNS = (RunCells, RunAll, RestartAndRunAll, Interrupt, StopKernel, ClearOutputs)
_USES = (SetInputs, Press, RunAll, Interrupt)

OPERATION_NEEDS: Mapping[RoomKind, Mapping[type, Access]] = {
    "logic": dict.fromkeys((*_EDITS, *_RUNS, SetInputs, Press), "CAN_EDIT"),
    "preview": dict.fromkeys(_USES, "CAN_EDIT"),
    "app": dict.fromkeys((*_USES, GoLive, EndLive, RefreshForAll), "APP_ONLY"),
    "run": {},
}
"""Which operation a member of which room may send, and the level it takes. `SetFiles` and `ReplaceDocument` stand in
none: only the server makes them, for routes that checked the act."""

QUESTION_NEEDS: Mapping[RoomKind, Mapping[str, Access]] = {
    "logic": {"completion": "CAN_EDIT", "inspection": "CAN_EDIT", "variables": "CAN_VIEW", "table": "CAN_VIEW"},
    "preview": {"table": "CAN_EDIT"},
    "app": {"table": "APP_ONLY"},
    "run": {"table": "APP_ONLY"},
}
"""Which question (by its `ask` tag) a member of which room may ask, and the level it takes."""

ROOM_NEEDS: Mapping[RoomKind, Access] = {
    "logic": "CAN_VIEW",
    "preview": "CAN_EDIT",
    "app": "APP_ONLY",
    "run": "APP_ONLY",
}
"""The level that entering a room takes; a past run that is not one's own takes more, see `may_see_run`."""


def may_see_run(access: Access | None, *, mine: bool, version: int | None, published: int | None) -> bool:
    """[ACC18] Whether somebody may see a past run: with Can view any, with App only one that is theirs (`mine`: they
    started it, or it was sent to them) and of the published version."""
    return includes(access, "CAN_VIEW") or (
        includes(access, "APP_ONLY") and mine and version is not None and version == published
    )


def may_do(
    room: RoomKind,
    operation: DraftOperation | SessionOperation | RoomOperation,
    access: Access | None,
    document: Document,
) -> Refused | None:
    """[ACC4] Why a member may not send this operation, or None where they may."""
    need = OPERATION_NEEDS[room].get(type(operation))
    if need is None or not includes(access, need):
        return Refused("You may not do this here. Ask the owner of the project for more access.")
    if room == "logic":
        if isinstance(operation, EditText) and any(update.client == SERVER for update in operation.updates):
            return Refused("A text change names the server as its author. Reload the page and edit again.")
        return None
    settable = inputs_in_app(document)
    match operation:
        case SetInputs(values):
            for name in values:
                if name not in settable:
                    return Refused(
                        f"This app has no input named {name!r}. Reload the page to see the inputs that it has."
                    )
        case Press(name):
            button = settable.get(name)
            if button is None or not isinstance(button.input, ButtonInput):
                return Refused(
                    f"This app has no button named {name!r}. Reload the page to see the buttons that it has."
                )
        case RefreshForAll() if not (document.settings.viewers_may_refresh or includes(access, "CAN_EDIT")):
            return Refused("Only editors refresh this app's results for everyone. Refresh them for yourself instead.")
        case _:
            pass
    return None


def may_ask(room: RoomKind, ask: str, cell: str | None, access: Access | None, document: Document) -> Refused | None:
    """[ACC6] Why a member may not ask this question, or None where they may. `cell`: whose table it is about."""
    need = QUESTION_NEEDS[room].get(ask)
    if need is None or not includes(access, need):
        return Refused("You may not ask this here. Ask the owner of the project for more access.")
    if room in _APPS and (cell is None or cell not in placed(document)):
        return Refused("That table is not part of this app.")
    return None


# --- what a member sees -----------------------------------------------------------------------------

OUR_ERRORS = frozenset({"KernelEnded", "Interrupted", "TimeLimit"})
"""Names of errors whose sentence is the product's own and may be read by everybody. A library may raise one of the same
name; that one has a traceback, ours have none."""

FAILED_PART = "This part could not be computed."


def see_cells(room: RoomKind, document: Document, cells: Mapping[str, CellRun], access: Access) -> dict[str, CellRun]:
    """[ACC7] The cells of a room as a member sees them."""
    if room not in _APPS:
        return dict(cells) if includes(access, ROOM_NEEDS[room]) else {}
    shown = placed(document)
    return {id: _see_cell(cells[id], shown[id].show_prints, access) for id in shown if id in cells}


def _see_cell(cell: CellRun, prints: bool, access: Access) -> CellRun:
    outputs = tuple(seen for output in cell.outputs if (seen := _see_output(output, prints, access)) is not None)
    return replace(cell, outputs=outputs, waits_for=cell.waits_for if includes(access, "CAN_VIEW") else "")


def _see_output(output: AnyOutput, prints: bool, access: Access) -> AnyOutput | None:
    """What a viewer of the app sees of an output; None = nothing of it."""
    match output:
        case StreamOutput():
            return output if prints else None
        case DisplayOutput():
            return output
        case ErrorOutput():
            if includes(access, "CAN_VIEW"):
                return output
            if output.ename in OUR_ERRORS and not output.traceback:
                return ErrorOutput(output.ename, output.evalue)
            return ErrorOutput("", output.app_text or FAILED_PART, app_text=output.app_text)
        case never:
            assert_never(never)


def see_run(room: RoomKind, document: Document, run: RunProgress | None, access: Access) -> RunProgress | None:
    """[ACC8] Progress as a member sees it: in an app only of cells on the page."""
    if run is None or not includes(access, ROOM_NEEDS[room]):
        return None
    if room not in _APPS or includes(access, "CAN_VIEW"):
        return run
    shown = placed(document)
    done = set(run.planned[: run.finished])
    planned = tuple(id for id in run.planned if id in shown)
    return replace(
        run,
        planned=planned,
        finished=sum(id in done for id in planned),
        current=run.current if run.current in shown else "",
    )


def see_kernel(room: RoomKind, kernel: KernelStatus, access: Access) -> KernelStatus:
    """What a member sees of the kernel; below Can view not which Python it is."""
    if not includes(access, ROOM_NEEDS[room]):
        return KernelStatus()
    return kernel if includes(access, "CAN_VIEW") else replace(kernel, python="")


def see_inputs(room: RoomKind, document: Document, values: Mapping[str, object], access: Access) -> dict[str, object]:
    """[ACC9] The inputs' values as a member sees them: in an app only those of inputs in it."""
    if not includes(access, ROOM_NEEDS[room]):
        return {}
    if room not in _APPS:
        return dict(values)
    settable = inputs_in_app(document)
    return {name: value for name, value in values.items() if name in settable}


def see_notices(room: RoomKind, notices: Iterable[Notice], access: Access) -> tuple[Notice, ...]:
    """[ACC11] The notices that a member sees: what went wrong in a forced publish is no viewer's affair."""
    if not includes(access, ROOM_NEEDS[room]):
        return ()
    return tuple(one for one in notices if one.code != "forced_errors" or includes(access, "CAN_VIEW"))


def see_event(
    room: RoomKind, document: Document, cells: Mapping[str, CellRun], event: RoomEvent, access: Access
) -> tuple[RoomEvent, ...]:
    """[ACC10] What a member sees of an event; () = nothing. `cells`: as they are after the event, unprojected."""
    if not includes(access, ROOM_NEEDS[room]):
        return ()
    if room not in _APPS:
        return (event,)
    shown = placed(document)
    match event:
        case (
            CellInserted()
            | CellDeleted()
            | CellMoved()
            | TextEdited()
            | CellConfigured()
            | LayoutChanged()
            | SettingsChanged()
            | TitleChanged()
            | FilesChanged()
            | DocumentReplaced()
            | PublishingChanged()
        ):
            return ()
        case InputsChanged(values, by):
            seen = see_inputs(room, document, values, access)
            return (InputsChanged(seen, by),) if seen else ()
        case ButtonPressed(name):
            return (event,) if name in inputs_in_app(document) else ()
        case CellChanged(cell):
            if cell not in shown:
                return ()
            return (event if includes(access, "CAN_VIEW") else replace(event, waits_for=""),)
        case OutputAdded(cell, output, first):
            if cell not in shown:
                return ()
            seen_output = _see_output(output, shown[cell].show_prints, access)
            if seen_output is not None:
                return (OutputAdded(cell, seen_output, first),)
            if not first:
                return ()
            run = cells[cell]
            waits_for = run.waits_for if includes(access, "CAN_VIEW") else ""
            return (CellChanged(cell, run.state, run.elapsed, run.at, waits_for, clear=True),)
        case OutputUpdated(cell, index, output):
            if cell not in shown:
                return ()
            prints = shown[cell].show_prints
            seen_output = _see_output(output, prints, access)
            if seen_output is None:
                return ()
            before = cells[cell].outputs[:index]
            return (
                OutputUpdated(cell, sum(_see_output(one, prints, access) is not None for one in before), seen_output),
            )
        case StreamContinued(cell):
            return (event,) if cell in shown and shown[cell].show_prints else ()
        case CellsReplaced(all_cells):
            return (CellsReplaced(see_cells(room, document, all_cells, access)),)
        case KernelChanged(kernel):
            return (KernelChanged(see_kernel(room, kernel, access)),)
        case RunChanged(run_progress):
            return (RunChanged(see_run(room, document, run_progress, access)),)
        case NoticeGiven(notice):
            return (event,) if see_notices(room, (notice,), access) else ()
        case ResultsChanged() | LiveChanged():
            return (event,)
        case never:
            assert_never(never)
