"""Who may do what and who sees what, against tables written from what the product promises, not from the code."""

from __future__ import annotations

import itertools
import typing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.canaries import canaries, canary, variants
from vernissage.core import session
from vernissage.core.access import (
    FAILED_PART,
    NEEDS,
    OUR_ERRORS,
    QUESTION_NEEDS,
    Access,
    Role,
    RoomKind,
    includes,
    level,
    may,
    may_ask,
    may_do,
    may_grant,
    may_see_run,
    see_cells,
    see_event,
    see_inputs,
    see_kernel,
    see_notices,
    see_run,
)
from vernissage.core.document import (
    ButtonInput,
    Column,
    Document,
    Element,
    InputCell,
    Layout,
    NumberInput,
    PythonCell,
    Row,
    Settings,
    Tab,
    TextInput,
)
from vernissage.core.operations import SERVER, DraftOperation, EditText, Refused, TextUpdate
from vernissage.core.outputs import (
    AnyOutput,
    CellRun,
    CellState,
    DisplayOutput,
    ErrorOutput,
    StreamOutput,
)
from vernissage.core.room import Notice, NoticeGiven, RefreshForAll, RoomEvent, RoomOperation
from vernissage.core.session import (
    CellChanged,
    CellsReplaced,
    InputsChanged,
    KernelStatus,
    OutputAdded,
    OutputUpdated,
    Press,
    RunProgress,
    SessionOperation,
    SetInputs,
    StreamContinued,
)
from vernissage.wire.socket import Question

LEVELS: tuple[Access, ...] = ("APP_ONLY", "CAN_VIEW", "CAN_EDIT", "FULL_ACCESS")
HAVE: tuple[Access | None, ...] = (None, *LEVELS)
ROOMS: tuple[RoomKind, ...] = ("logic", "preview", "app", "run")
PEOPLE: dict[str, tuple[str, Role | None]] = {
    "visitor": ("", None),
    "viewer": ("v", "viewer"),
    "editor": ("e", "editor"),
    "admin": ("a", "admin"),
}


def rank(access: Access | None) -> int:
    return HAVE.index(access)


# --- levels -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grants", "person", "groups", "expected"),
    [
        ([], "admin", (), None),
        ([("user:e", "FULL_ACCESS")], "editor", (), "FULL_ACCESS"),
        ([("user:other", "FULL_ACCESS")], "editor", (), None),
        ([("user:e", "APP_ONLY"), ("workspace", "CAN_EDIT")], "editor", (), "CAN_EDIT"),
        ([("workspace", "CAN_EDIT"), ("user:e", "APP_ONLY")], "editor", (), "CAN_EDIT"),
        ([("group:g", "CAN_EDIT")], "editor", ("g",), "CAN_EDIT"),
        ([("group:g", "CAN_EDIT")], "editor", ("h",), None),
        ([("web", "FULL_ACCESS")], "editor", (), "CAN_VIEW"),
        ([("web", "CAN_EDIT")], "visitor", (), "CAN_VIEW"),
        ([("web", "APP_ONLY")], "visitor", (), "APP_ONLY"),
        ([("workspace", "FULL_ACCESS"), ("user:", "FULL_ACCESS"), ("group:g", "CAN_EDIT")], "visitor", ("g",), None),
        ([("user:v", "FULL_ACCESS")], "viewer", (), "APP_ONLY"),
        ([("web", "CAN_VIEW"), ("group:g", "CAN_EDIT")], "viewer", ("g",), "APP_ONLY"),
        ([("user:v", "FULL_ACCESS")], "editor", (), None),
        ([("workspace", "APP_ONLY")], "admin", (), "APP_ONLY"),
    ],
)
def test_acc1_grants_add_up(
    grants: list[tuple[str, Access]], person: str, groups: tuple[str, ...], expected: Access | None
) -> None:
    user, role = PEOPLE[person]
    assert level(grants, user, role, groups) == expected


grant_lists = st.lists(
    st.tuples(
        st.sampled_from(("user:e", "user:v", "user:a", "user:", "group:g", "group:h", "workspace", "web")),
        st.sampled_from(LEVELS),
    ),
    max_size=5,
)


@given(grant_lists, st.sampled_from(sorted(PEOPLE)), st.sampled_from([(), ("g",), ("g", "h")]), st.randoms())
def test_acc1_more_grants_never_take_away_and_their_order_does_not_count(
    grants: list[tuple[str, Access]], person: str, groups: tuple[str, ...], chance: Any
) -> None:
    user, role = PEOPLE[person]
    have = level(grants, user, role, groups)
    mixed = list(grants)
    chance.shuffle(mixed)
    assert level(mixed, user, role, groups) == have
    for i in range(len(grants)):
        assert rank(level(grants[:i], user, role, groups)) <= rank(have)
    if person == "viewer":
        assert rank(have) <= rank("APP_ONLY")
    if person == "visitor":
        assert rank(have) <= rank("CAN_VIEW")
        assert have is None or any(principal == "web" for principal, _ in grants)


@pytest.mark.parametrize(("have", "access"), itertools.product(HAVE, LEVELS))
def test_acc2_nobody_grants_more_than_they_have(have: Access | None, access: Access) -> None:
    assert may_grant(have, access) == (have in ("CAN_EDIT", "FULL_ACCESS") and rank(access) <= rank(have))


@pytest.mark.parametrize(("have", "need"), itertools.product(HAVE, LEVELS))
def test_acc1_each_level_includes_the_next(have: Access | None, need: Access) -> None:
    assert includes(have, need) == (rank(have) >= rank(need))


# --- acts -------------------------------------------------------------------------------------------

ANYBODY = {"see_health", "sign_in", "see_static", "see_output", "open_page", "open_socket", "read_openapi"}
SIGNED_IN = {
    "sign_out", "see_projects", "manage_tokens", "change_password", "request_access", "see_requests", "see_trash",
}  # fmt: skip
BY_ROLE: dict[str, set[str]] = {  # who may, of those who are signed in
    "see_people": {"editor", "admin"},
    "create_project": {"editor", "admin"},
    "manage_people": {"admin"},
    "manage_workspace_tokens": {"admin"},
    "see_all_projects": {"admin"},
    "take_access": {"admin"},
    "see_audit": {"admin"},
    "see_metrics": {"admin"},
    "manage_secrets": {"admin"},
    "manage_embedding": {"admin"},
}
ON_A_PROJECT: dict[Access, set[str]] = {
    "APP_ONLY": {"see_app", "see_project", "download_table", "start_run", "see_own_run"},
    "CAN_VIEW": {
        "see_logic",
        "see_versions",
        "see_version_app",
        "see_difference",
        "see_runs",
        "see_schedules",
        "export",
        "see_sharing",
    },
    "CAN_EDIT": {
        "update_results",
        "change_schedules",
        "edit",
        "upload_file",
        "save_version",
        "revert",
        "publish",
        "embed",
        "share",
        "edit_secrets",
        "notify",
    },
    "FULL_ACCESS": {"decide_requests", "transfer", "trash", "restore"},
}


def expected_verdict(act: str, person: str, access: Access | None) -> str:
    if act in ANYBODY:
        return "yes"
    if act in SIGNED_IN:
        return "sign_in" if person == "visitor" else "yes"
    if act in BY_ROLE:
        if person == "visitor":
            return "sign_in"
        return "yes" if person in BY_ROLE[act] else "forbidden"
    (need,) = (access for access, acts in ON_A_PROJECT.items() if act in acts)
    if access is None:  # as if it did not exist
        return "sign_in" if person == "visitor" else "hidden"
    return "yes" if rank(access) >= rank(need) else "forbidden"


def test_acc3_every_act_has_been_decided() -> None:
    decided = [*ANYBODY, *SIGNED_IN, *BY_ROLE, *itertools.chain.from_iterable(ON_A_PROJECT.values())]
    assert sorted(decided) == sorted(NEEDS)


@pytest.mark.parametrize("act", sorted(NEEDS))
@pytest.mark.parametrize("person", sorted(PEOPLE))
def test_acc3_every_act_for_everybody_at_every_level(act: str, person: str) -> None:
    user, role = PEOPLE[person]
    for access in HAVE:
        assert may(act, user=user, role=role, access=access) == expected_verdict(act, person, access), access


@pytest.mark.parametrize("act", sorted(NEEDS))
@pytest.mark.parametrize("person", sorted(PEOPLE))
def test_acc3_every_act_for_everybody_with_every_grant(act: str, person: str) -> None:
    user, role = PEOPLE[person]
    for granted, principal in itertools.product(LEVELS, (f"user:{user}", "workspace", "web")):
        expected: Access | None = granted
        if person == "visitor" and principal != "web":
            expected = None
        if principal == "web" and rank(expected) > rank("CAN_VIEW"):
            expected = "CAN_VIEW"
        if person == "viewer" and expected is not None:
            expected = "APP_ONLY"
        access = level([(principal, granted)], user, role)
        assert access == expected, (granted, principal)
        assert may(act, user=user, role=role, access=access) == expected_verdict(act, person, expected)


def test_acc3_an_act_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        may("read_minds", user="a", role="admin", access="FULL_ACCESS")


# --- operations -------------------------------------------------------------------------------------

EDITING = {
    "InsertCell", "DeleteCell", "RestoreCell", "MoveCell", "EditText", "ConfigureCell", "SetLayout", "SetSettings",
    "SetTitle",
}  # fmt: skip
RUNNING = {"RunCells", "RestartAndRunAll", "StopKernel", "ClearOutputs"}
USING = {"SetInputs", "Press", "RunAll", "Interrupt"}
LIVE = {"GoLive", "EndLive"}
REFRESHING = {"RefreshForAll"}
ONLY_THE_SERVER = {"SetFiles", "ReplaceDocument"}

OPERATIONS: tuple[type, ...] = (
    *typing.get_args(DraftOperation),
    *typing.get_args(SessionOperation),
    *typing.get_args(RoomOperation),
)

NUMBER = InputCell(id="shown", input=NumberInput("n"))
BUTTON = InputCell(id="button", input=ButtonInput("go"))
HIDDEN = InputCell(id="hidden", input=TextInput("secret"))
SETTABLE = InputCell(id="settable", input=TextInput("by_link", settable=True))
HIDDEN_BUTTON = InputCell(id="hidden_button", input=ButtonInput("detonate"))
APP = Document(
    cells=(NUMBER, BUTTON, HIDDEN, SETTABLE, HIDDEN_BUTTON),
    app=Layout((Tab("One", (Row((Column(0, 60, (Element("shown"), Element("button"))),)),)),)),
)

GIVEN = {"SetInputs.values": {"n": 1}, "Press.name": "go"}
"""What fits the app above, so that the level alone decides."""


def operations_of(kind: type) -> list[Any]:
    return variants(kind, GIVEN)


def test_acc4_every_operation_has_been_decided() -> None:
    assert {kind.__name__ for kind in OPERATIONS} == EDITING | RUNNING | USING | LIVE | REFRESHING | ONLY_THE_SERVER


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("access", HAVE)
def test_acc4_every_operation_in_every_room_at_every_level(kind: type, room: RoomKind, access: Access | None) -> None:
    name = kind.__name__
    editor = access in ("CAN_EDIT", "FULL_ACCESS")
    allowed = {
        "logic": editor and name in EDITING | RUNNING | USING,
        "preview": editor and name in USING,
        "app": (access is not None and name in USING | LIVE) or (editor and name in REFRESHING),
        "run": False,
    }[room]
    for operation in operations_of(kind):
        answer = may_do(room, operation, access, APP)
        assert (answer is None) == allowed, (operation, answer)
        if answer is not None and not (room == "app" and access and name in REFRESHING):  # that says what one may do
            assert answer.sentence == "You may not do this here. Ask the owner of the project for more access."


@pytest.mark.parametrize("room", ["preview", "app"])
@pytest.mark.parametrize("access", LEVELS[2:])
def test_acc12_in_an_app_only_its_inputs_can_be_set(room: RoomKind, access: Access) -> None:
    for names in ({"n"}, {"by_link"}, {"n", "by_link"}, set[str]()):
        assert may_do(room, SetInputs(dict.fromkeys(names, 1)), access, APP) is None
    for names, named in (({"secret"}, "secret"), ({"unknown"}, "unknown"), ({"n", "secret"}, "secret")):
        answer = may_do(room, SetInputs(dict.fromkeys(names, 1)), access, APP)
        assert isinstance(answer, Refused)
        assert f"no input named {named!r}" in answer.sentence


@pytest.mark.parametrize("room", ["preview", "app"])
def test_acc12_in_an_app_only_its_buttons_can_be_pressed(room: RoomKind) -> None:
    assert may_do(room, Press("go"), "FULL_ACCESS", APP) is None
    for name in ("detonate", "unknown", "n", "by_link", "secret"):
        answer = may_do(room, Press(name), "FULL_ACCESS", APP)
        assert isinstance(answer, Refused)
        assert f"no button named {name!r}" in answer.sentence


def test_acc12_in_the_logic_view_every_input_can_be_set() -> None:
    assert may_do("logic", SetInputs({"secret": "x"}), "CAN_EDIT", APP) is None
    assert may_do("logic", Press("detonate"), "CAN_EDIT", APP) is None


def test_acc13_nobody_edits_in_the_servers_name() -> None:
    forged = EditText("a", 0, [TextUpdate("ada", [1]), TextUpdate(SERVER, [1])])
    answer = may_do("logic", forged, "FULL_ACCESS", APP)
    assert isinstance(answer, Refused)
    assert may_do("logic", EditText("a", 0, [TextUpdate("ada", [1])]), "CAN_EDIT", APP) is None


@pytest.mark.parametrize("access", HAVE)
@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize(("version", "published"), [(3, 3), (2, 3), (None, None), (3, None)])
def test_acc18_who_sees_a_past_run(
    access: Access | None, mine: bool, version: int | None, published: int | None
) -> None:
    own = access == "APP_ONLY" and mine and version == published == 3
    seen = may_see_run(access, mine=mine, version=version, published=published)
    assert seen == (rank(access) >= rank("CAN_VIEW") or own)


# --- questions --------------------------------------------------------------------------------------

ASKS = [kind.__struct_config__.tag for kind in typing.get_args(Question)]


def test_acc6_every_question_has_been_decided() -> None:
    assert set(ASKS) == set(QUESTION_NEEDS["logic"])
    assert set(ASKS) == {"completion", "inspection", "variables", "table"}


@pytest.mark.parametrize("ask", [*ASKS, "unknown"])
@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("access", HAVE)
def test_acc6_every_question_in_every_room_at_every_level(ask: str, room: RoomKind, access: Access | None) -> None:
    need: Access | None = {
        ("logic", "completion"): "CAN_EDIT",  # a kernel command
        ("logic", "inspection"): "CAN_EDIT",
        ("logic", "variables"): "CAN_VIEW",
        ("logic", "table"): "CAN_VIEW",
        ("preview", "table"): "CAN_EDIT",
        ("app", "table"): "APP_ONLY",
        ("run", "table"): "APP_ONLY",
    }.get((room, ask))  # type: ignore[assignment]
    allowed = need is not None and rank(access) >= rank(need)
    assert (may_ask(room, ask, "shown", access, APP) is None) == allowed
    # a table that the app does not show, and a question about none
    for cell in ("hidden", "unknown", None):
        answer = may_ask(room, ask, cell, access, APP)
        assert (answer is None) == (allowed and room not in ("app", "run"))


# --- what is seen -----------------------------------------------------------------------------------

SHOWN, PRINTING, OFF_PAGE = "cell_shown", "cell_printing", "cell_off_page"
PAGE = Document(
    cells=(
        PythonCell(SHOWN, source=canary("source")),
        PythonCell(PRINTING),
        PythonCell(OFF_PAGE),
        NUMBER,
        HIDDEN,
        BUTTON,
        HIDDEN_BUTTON,
    ),
    app=Layout(
        (Tab("", (Row((Column(0, 120, (Element(SHOWN), Element(PRINTING, show_prints=True), Element("shown"),
                                       Element("button"))),)),)),)
    ),
)  # fmt: skip


PRINTERS = replace(
    PAGE, cells=tuple(replace(cell, source="print(n)") if isinstance(cell, PythonCell) else cell for cell in PAGE.cells)
)
"""The same page over cells that read an input."""


def events_about(cell: str, kind: type) -> list[Any]:
    """Every variant of an event, with canaries, about this cell (or the input that is as visible)."""
    name, button = ("secret", "detonate") if cell == OFF_PAGE else ("n", "go")
    runs = variants(CellRun, {}, prefix="")
    replaced = [
        {SHOWN: run, OFF_PAGE: off} for run, off in zip(runs, variants(CellRun, {}, prefix="off-page "), strict=True)
    ]
    made: list[Any] = []
    for cells in replaced:
        made += variants(
            kind,
            {
                "CellChanged.cell": cell,
                "OutputAdded.cell": cell,
                "OutputUpdated.cell": cell,
                "StreamContinued.cell": cell,
                "CellsReplaced.cells": cells,
                "InputsChanged.values": {name: canary(f"value of {name}")},
                "ButtonPressed.name": button,
                "RunProgress.planned": (SHOWN, OFF_PAGE),
                "RunProgress.current": cell,
            },
        )
    return made


def seen_of(event: RoomEvent, cell: str, access: Access, room: RoomKind = "app") -> tuple[RoomEvent, ...]:
    """What a member sees of an event, in a room whose cells hold what the event adds."""
    outputs: tuple[AnyOutput, ...] = ()
    if isinstance(event, OutputAdded | OutputUpdated):
        outputs = (event.output,)
    return see_event(room, PAGE, {cell: CellRun("running", outputs, waits_for=canary("waits"))}, event, access)


FOR_APP_ONLY: dict[str, set[str]] = {
    # Nothing of a draft, of publishing, of versions.
    "CellInserted": set(), "CellDeleted": set(), "CellMoved": set(), "TextEdited": set(), "CellConfigured": set(),
    "LayoutChanged": set(), "SettingsChanged": set(), "TitleChanged": set(), "FilesChanged": set(),
    "DocumentReplaced": set(), "PublishingChanged": set(),
    # Outputs, states and times of cells on the page; of an error only what AppError was given.
    "InputsChanged": {"value of n", "InputsChanged.by"},
    "ButtonPressed": set(),
    "CellChanged": {"CellChanged.at"},
    "OutputAdded": {"display", "ErrorOutput.app_text"},
    "OutputUpdated": {"display", "ErrorOutput.app_text"},
    "StreamContinued": set(),
    "CellsReplaced": {"display", "ErrorOutput.app_text", "CellRun.at"},
    "KernelChanged": {"KernelStatus.sentence", "KernelStatus.started_at"},
    "RunChanged": {"RunProgress.started_at", "RunProgress.ended_at"},
    "LiveChanged": {"LiveView.by", "LiveView.name"},
    "ResultsChanged": {"ResultsView.at"},
    "NoticeGiven": {"Notice.text"},
}  # fmt: skip
"""Event → the canaries that somebody with App only may read, of a cell on the page whose prints are hidden."""

DISPLAY = {
    "DisplayOutput.data", "DisplayOutput.data.key0", "DisplayOutput.blobs.key0", "DisplayOutput.metadata",
    "DisplayOutput.metadata.key0", "DisplayOutput.display_id", "BlobRef.url", "BlobRef.hash",
}  # fmt: skip
PRINTS = {
    "OutputAdded": "StreamOutput.text",
    "OutputUpdated": "StreamOutput.text",
    "StreamContinued": "StreamContinued.text",
}

EVENTS: tuple[type, ...] = typing.get_args(RoomEvent)


def allowed_marks(kind: type) -> set[str]:
    marks = FOR_APP_ONLY[kind.__name__]
    return marks - {"display"} | DISPLAY if "display" in marks else marks


def test_acc10_every_event_has_been_decided() -> None:
    assert sorted(FOR_APP_ONLY) == sorted(kind.__name__ for kind in EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_acc10_app_only_reads_nothing_but_the_app(kind: type) -> None:
    found = set()
    for event in events_about(SHOWN, kind):
        for seen in seen_of(event, SHOWN, "APP_ONLY"):
            found |= canaries(seen)
            assert OFF_PAGE not in str(seen)
    assert found == allowed_marks(kind)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_acc10_app_only_reads_prints_where_the_layout_shows_them(kind: type) -> None:
    found = {
        mark for e in events_about(PRINTING, kind) for s in seen_of(e, PRINTING, "APP_ONLY") for mark in canaries(s)
    }
    extra = {PRINTS[kind.__name__]} if kind.__name__ in PRINTS else set()
    assert found == allowed_marks(kind) | extra


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("access", LEVELS)
def test_acc10_no_app_hears_of_what_is_off_its_page(kind: type, access: Access) -> None:
    about_a_cell = {"CellChanged", "OutputAdded", "OutputUpdated", "StreamContinued", "InputsChanged", "ButtonPressed"}
    for event in events_about(OFF_PAGE, kind):
        seen = seen_of(event, OFF_PAGE, access)
        if kind.__name__ in about_a_cell:
            assert seen == ()
        if access == "APP_ONLY":
            assert OFF_PAGE not in str(seen)
            assert not any(mark.startswith("off-page") for one in seen for mark in canaries(one))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_acc10_the_logic_view_sees_all_from_can_view_and_nothing_below(kind: type) -> None:
    for cell in (SHOWN, OFF_PAGE):
        for event in events_about(cell, kind):
            for access in LEVELS[1:]:
                assert seen_of(event, cell, access, "logic") == (event,)
            assert seen_of(event, cell, "APP_ONLY", "logic") == ()
            assert seen_of(event, cell, "CAN_EDIT", "preview") == (event,)
            assert seen_of(event, cell, "CAN_VIEW", "preview") == ()
    # The canaries are there to be found: an event without any would prove nothing.
    silent = {"ButtonPressed"}
    assert kind.__name__ in silent or any(canaries(event) for event in events_about(SHOWN, kind))


def test_acc10_can_view_reads_errors_and_reasons_in_an_app_too() -> None:
    error = ErrorOutput("KeyError", "'mass'", ("line",), 3)
    assert seen_of(OutputAdded(SHOWN, error, True), SHOWN, "CAN_VIEW") == (OutputAdded(SHOWN, error, True),)
    skipped = CellChanged(SHOWN, "skipped", waits_for=OFF_PAGE)
    assert seen_of(skipped, SHOWN, "CAN_VIEW") == (skipped,)
    assert seen_of(skipped, SHOWN, "APP_ONLY") == (CellChanged(SHOWN, "skipped"),)


def test_acc7_cells_as_a_snapshot_shows_them() -> None:
    outputs = tuple(variants(AnyOutput, {}))
    runs = {
        id: CellRun("error", outputs, 1.5, "2026-01-01T00:00:00Z", canary("waits"))
        for id in (SHOWN, PRINTING, OFF_PAGE)
    }
    seen = see_cells("app", PAGE, runs, "APP_ONLY")
    assert set(seen) == {SHOWN, PRINTING}
    assert canaries(seen[SHOWN]) == DISPLAY | {"ErrorOutput.app_text"}
    assert canaries(seen[PRINTING]) == DISPLAY | {"ErrorOutput.app_text", "StreamOutput.text"}
    assert seen[SHOWN].elapsed == 1.5
    assert canaries(see_cells("app", PAGE, runs, "CAN_VIEW")) >= {
        "waits",
        "ErrorOutput.traceback",
        "ErrorOutput.evalue",
    }
    assert OFF_PAGE not in see_cells("app", PAGE, runs, "FULL_ACCESS")
    for access in LEVELS:
        assert see_cells("logic", PAGE, runs, access) == (runs if access != "APP_ONLY" else {})
        assert see_cells("preview", PAGE, runs, access) == (runs if rank(access) >= rank("CAN_EDIT") else {})


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (ErrorOutput("KeyError", "'mass'", ("trace",), 4), ErrorOutput("", FAILED_PART)),
        (ErrorOutput("SyntaxError", "x ="), ErrorOutput("", FAILED_PART)),
        (
            ErrorOutput("AppError", "AppError('No data')", ("trace",), 1, "No data"),
            ErrorOutput("", "No data", app_text="No data"),
        ),
        *(
            (ErrorOutput(name, "A plain sentence."), ErrorOutput(name, "A plain sentence."))
            for name in sorted(OUR_ERRORS)
        ),
        # a library's own class of that name
        *(
            (ErrorOutput(name, "select pin from", ("trace",)), ErrorOutput("", FAILED_PART))
            for name in sorted(OUR_ERRORS)
        ),
    ],
)
def test_acc14_of_an_error_app_only_reads_a_plain_sentence(error: ErrorOutput, seen: ErrorOutput) -> None:
    projected = see_cells("app", PAGE, {SHOWN: CellRun("error", (error,))}, "APP_ONLY")
    assert projected[SHOWN].outputs == (seen,)


def test_acc8_progress_counts_the_cells_on_the_page() -> None:
    run = RunProgress(3, "app", "running", (OFF_PAGE, SHOWN, "other", PRINTING), 2, OFF_PAGE, "2026-01-01T00:00:00Z")
    seen = see_run("app", PAGE, run, "APP_ONLY")
    assert seen == replace(run, planned=(SHOWN, PRINTING), finished=1, current="")
    assert see_run("app", PAGE, replace(run, current=SHOWN), "APP_ONLY") == replace(seen, current=SHOWN)
    assert see_run("app", PAGE, run, "CAN_VIEW") == run
    assert see_run("logic", PAGE, run, "CAN_VIEW") == run
    assert see_run("logic", PAGE, run, "APP_ONLY") is None
    assert see_run("preview", PAGE, run, "CAN_VIEW") is None
    assert see_run("app", PAGE, None, "FULL_ACCESS") is None


@given(st.permutations([SHOWN, PRINTING, OFF_PAGE, "o1", "o2"]), st.integers(0, 5))
def test_acc8_progress_of_the_page_never_runs_past_its_end(order: list[str], finished: int) -> None:
    run = RunProgress(1, "app", "running", tuple(order), finished, "", "")
    seen = see_run("app", PAGE, run, "APP_ONLY")
    assert seen is not None
    assert seen.finished == len({SHOWN, PRINTING} & set(order[:finished])) <= len(seen.planned) == 2
    if finished == len(order):
        assert seen.finished == len(seen.planned)


def test_acc9_inputs_that_are_in_the_app_are_seen() -> None:
    values = {"n": 1, "secret": 2, "by_link": 3}
    for access in LEVELS:
        assert see_inputs("app", APP, values, access) == {"n": 1, "by_link": 3}
        assert see_inputs("logic", APP, values, access) == (values if access != "APP_ONLY" else {})
        assert see_inputs("preview", APP, values, access) == (values if rank(access) >= rank("CAN_EDIT") else {})


def test_acc15_below_can_view_nobody_learns_which_python_runs() -> None:
    kernel = KernelStatus("dead", "The kernel ran out of memory.", "3.11.7", "2026-01-01T00:00:00Z")
    assert see_kernel("app", kernel, "APP_ONLY") == replace(kernel, python="")
    assert see_kernel("app", kernel, "CAN_VIEW") == see_kernel("logic", kernel, "CAN_VIEW") == kernel
    assert see_kernel("logic", kernel, "APP_ONLY") == see_kernel("preview", kernel, "CAN_VIEW") == KernelStatus()


def test_acc11_errors_of_a_forced_publish_are_told_to_those_who_see_the_logic() -> None:
    codes = typing.get_args(typing.get_type_hints(Notice)["code"])
    notices = tuple(Notice(code, "A sentence.") for code in codes)
    seen = see_notices("app", notices, "APP_ONLY")
    assert {notice.code for notice in notices} - {notice.code for notice in seen} == {"forced_errors"}
    assert see_notices("app", notices, "CAN_VIEW") == notices
    assert see_notices("logic", notices, "APP_ONLY") == ()
    for notice in notices:
        event = NoticeGiven(notice)
        assert seen_of(event, SHOWN, "APP_ONLY") == ((event,) if notice in seen else ())


def test_acc10_an_update_of_nothing_visible_is_not_told() -> None:
    event = InputsChanged({"n": 1, "secret": 2}, "Ada")
    assert see_event("app", PAGE, {}, event, "FULL_ACCESS") == (InputsChanged({"n": 1}, "Ada"),)
    assert see_event("app", PAGE, {}, InputsChanged({}, "Ada"), "FULL_ACCESS") == ()


# --- one log, projected streams ---------------------------------------------------------------------

Cells = dict[str, CellRun]


def replayed(cells: Cells, event: RoomEvent) -> Cells:
    """The cells after an event, as a browser replays them."""
    match event:
        case CellsReplaced(everything):
            return dict(everything)
        case CellChanged(cell, state, elapsed, at, waits_for, clear):
            outputs = () if clear or cell not in cells else cells[cell].outputs
            return {**cells, cell: CellRun(state, outputs, elapsed, at, waits_for)}
        case OutputAdded(cell, output, first):
            return {**cells, cell: replace(cells[cell], outputs=(*(() if first else cells[cell].outputs), output))}
        case OutputUpdated(cell, index, output):
            outputs = cells[cell].outputs
            assert 0 <= index < len(outputs)
            return {**cells, cell: replace(cells[cell], outputs=(*outputs[:index], output, *outputs[index + 1 :]))}
        case StreamContinued(cell, name, text):
            last = cells[cell].outputs[-1]
            assert isinstance(last, StreamOutput)
            assert last.name == name
            return replayed(
                cells, OutputUpdated(cell, len(cells[cell].outputs) - 1, StreamOutput(name, last.text + text))
            )
        case _:
            return cells


cell_ids = st.sampled_from((SHOWN, PRINTING, OFF_PAGE))
streams = st.builds(StreamOutput, st.sampled_from(("stdout", "stderr")), st.sampled_from("abc"))
displays = st.builds(DisplayOutput, st.dictionaries(st.just("text/plain"), st.sampled_from("abc"), max_size=1))
errors = st.builds(ErrorOutput, st.sampled_from(("KeyError", "Interrupted")), st.sampled_from("abc"))
outputs_of_cells = st.one_of(streams, streams, displays, errors)
runs = st.builds(
    CellRun,
    st.sampled_from(typing.get_args(CellState)),
    st.lists(outputs_of_cells, max_size=4).map(tuple),
    st.none() | st.just(1.0),
    st.sampled_from(("", "2026-01-01T00:00:00Z")),
    st.sampled_from(("", OFF_PAGE)),
)
all_cells = st.fixed_dictionaries({SHOWN: runs, PRINTING: runs, OFF_PAGE: runs})


@st.composite
def session_events(draw: st.DrawFn, cells: Cells) -> RoomEvent:
    """An event that a session with these cells may report."""
    id = draw(cell_ids)
    outputs = cells[id].outputs
    possible = ["state", "added", "added", "replaced"]
    if outputs:
        possible += ["updated", "updated"]
    if outputs and isinstance(outputs[-1], StreamOutput):
        possible += ["continued", "continued"]
    match draw(st.sampled_from(possible)):
        case "state":
            run = draw(runs)
            return CellChanged(id, run.state, run.elapsed, run.at, run.waits_for, draw(st.booleans()))
        case "added":
            return OutputAdded(id, draw(outputs_of_cells), draw(st.booleans()))
        case "updated":  # what takes an output's place is of its kind
            index = draw(st.integers(0, len(outputs) - 1))
            kinds: dict[type, st.SearchStrategy[Any]] = {
                StreamOutput: streams,
                DisplayOutput: displays,
                ErrorOutput: errors,
            }
            return OutputUpdated(id, index, draw(kinds[type(outputs[index])]))
        case "continued":
            last = outputs[-1]
            assert isinstance(last, StreamOutput)
            return StreamContinued(id, last.name, draw(st.sampled_from(("x", "\n"))))
        case _:
            return CellsReplaced(draw(all_cells))


@settings(max_examples=120)
@given(st.data(), all_cells, st.sampled_from(LEVELS))
def test_acc16_replaying_what_one_sees_gives_what_one_may_see(
    data: st.DataObject, cells: Cells, access: Access
) -> None:
    seen = see_cells("app", PAGE, cells, access)
    for _ in range(data.draw(st.integers(1, 12))):
        event = data.draw(session_events(cells))
        cells = replayed(cells, event)
        for one in see_event("app", PAGE, cells, event, access):
            seen = replayed(seen, one)
        assert seen == see_cells("app", PAGE, cells, access)


@st.composite
def steps(draw: st.DrawFn, state: session.Session) -> session.SessionOperation | session.ServerOperation:
    """What comes to an app's session next: from its members, and from a kernel that behaves or does not."""
    generation, execution = state.generation, state.running.execution if state.running else 0
    display = DisplayOutput({"text/plain": draw(st.sampled_from("abc"))}, display_id=draw(st.sampled_from(("", "d"))))
    reports: list[session.SessionOperation | session.ServerOperation] = [
        session.OutputArrived(generation, execution, draw(st.one_of(streams, st.just(display), errors))),
        session.OutputArrived(generation, execution, draw(streams)),
        session.DisplayUpdated(generation, "d", replace(display, display_id="d")),
        session.OutputCleared(generation, execution, draw(st.booleans())),
        session.CellFinished(generation, execution, draw(st.booleans()), 0.5),
        session.CellFinished(generation, execution, True, 0.5),
    ]
    members: list[session.SessionOperation | session.ServerOperation] = [
        SetInputs({"n": draw(st.integers(0, 3))}),
        Press("go"),
        session.RunAll(),
        session.Interrupt(),
        session.KernelEnded(generation, "The kernel ran out of memory."),
    ]
    if state.kernel.state == "starting" and draw(st.booleans()):
        return session.KernelStarted(generation, "3.11.7")
    return draw(st.sampled_from(reports * 2 + members if state.running else members))


@given(st.data(), st.sampled_from(LEVELS))
def test_acc16_a_sessions_own_events_replay_to_what_one_may_see(data: st.DataObject, access: Access) -> None:
    """The events of one step are projected with the cells as they are after the whole step, as a room does it."""
    state = session.open_session("app", "app", PRINTERS)
    seen, run, kernel = see_cells("app", PRINTERS, state.cells, access), None, see_kernel("app", state.kernel, access)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(data.draw(st.integers(5, 30))):
        applied = session.apply(state, data.draw(steps(state)), at)
        if isinstance(applied, Refused):
            continue
        state = applied.state
        for event in applied.events:
            for one in see_event("app", PRINTERS, state.cells, event, access):
                seen = replayed(seen, one)
                if isinstance(one, session.RunChanged):
                    run = one.run
                if isinstance(one, session.KernelChanged):
                    kernel = one.kernel
        assert seen == see_cells("app", PRINTERS, state.cells, access)
        assert run == see_run("app", PRINTERS, state.run, access)
        assert kernel == see_kernel("app", state.kernel, access)


def test_run20_viewers_refresh_for_everyone_only_where_the_app_allows_it() -> None:
    open_to_all = replace(APP, settings=Settings(viewers_may_refresh=True))
    for access in HAVE:
        editor = access in ("CAN_EDIT", "FULL_ACCESS")
        assert (may_do("app", RefreshForAll(), access, APP) is None) == editor
        assert (may_do("app", RefreshForAll(), access, open_to_all) is None) == (access is not None)
