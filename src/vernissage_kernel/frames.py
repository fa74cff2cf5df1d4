"""Frames: everything that a host (in the server) and a kernel (a process of its own) say to each other.

A frame is one msgpack message, a tagged struct of this module, behind its length as four bytes, big
endian. The contents follow Jupyter's messages (stream, display_data, error, …) where it has one, so
that any kernel can be put behind the same seam.
Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html

Promise: declared once, here; the server imports this module, this module imports nothing of it.
Left alone: what the host makes of a frame (`vernissage.kernels`), how a kernel runs a cell (`runner`).

The kernel runs user code, so the host takes every frame from it as untrusted: broken frames end the
kernel with a sentence, and sizes are limited before anything is decoded.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

MAX_FRAME = 64 * 1024 * 1024
"""Bytes. A longer frame is not sent: the kernel says *too large to show* instead, the host refuses it."""

TABLE_MIME = "application/vnd.vernissage.table+json"
"""A table that pages: `TableHead` as a plain dict."""

VALUE_MIME = "application/vnd.vernissage.value+json"
"""A single value: `{value, text, compare: {value, text, delta, delta_text} | None, format}`."""

OPTIONS_MIME = "application/vnd.vernissage.options+json"
"""The options of an input, read from an expression: `{options: [scalar, …], cut: bool}`."""


class Frame(msgspec.Struct, frozen=True, tag_field="frame"):
    """The habit of every frame."""


# --- what code may know -----------------------------------------------------------------------------

Trigger: TypeAlias = Literal["logic", "app", "scheduled", "api", "preview", "refresh"]
"""Why a run runs. logic: an editor, in the logic view. app: somebody looks at the app. scheduled, api: nobody looks.
preview: a candidate, before it is published. refresh: published results are computed anew for everybody."""


class Context(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `vernissage.run_context()` answers in a kernel."""

    trigger: Trigger = "logic"
    viewer: str = ""
    """The e-mail of whoever the code runs for; "" = nobody, or a visitor without an account."""
    attributes: dict[str, Any] = {}
    """What a signed embed declared about its viewer."""
    timezone: str = "UTC"
    """The project's, an IANA name."""
    project: str = ""
    """The project's id; "" = a project file that no server knows."""
    version: int | None = None
    """None: a draft or a candidate."""


# --- what is to be run ------------------------------------------------------------------------------


class Work(msgspec.Struct, frozen=True, tag_field="work"):
    """What one execution does; one kind for each kind of cell that runs in a kernel."""


class RunPython(Work, frozen=True, tag="python"):
    source: str


class RunSql(Work, frozen=True, tag="sql"):
    source: str
    """With Jinja: `{{ name }}` binds a parameter."""
    result: str
    """The variable for the result; "" = shown only."""


class RenderMarkdown(Work, frozen=True, tag="markdown"):
    source: str
    """With Jinja: `{{ name }}` is put in as escaped text."""


class DrawChart(Work, frozen=True, tag="chart"):
    dataframe: str
    """A Python expression, usually a name."""
    spec: dict[str, Any]
    """`document.ChartCell.spec`."""


class ShowTable(Work, frozen=True, tag="table"):
    dataframe: str


class ShowValue(Work, frozen=True, tag="value"):
    value: str
    compare: str
    format: str


class ReadOptions(Work, frozen=True, tag="options"):
    expression: str


AnyWork: TypeAlias = RunPython | RunSql | RenderMarkdown | DrawChart | ShowTable | ShowValue | ReadOptions


# --- host → kernel ----------------------------------------------------------------------------------


class SetVariables(Frame, frozen=True, tag="set_variables"):
    values: dict[str, Any]
    """Variable → value. Plain msgpack, and `{"$date": "2026-11-25"}`, `{"$datetime": "2026-11-25T12:00:00", "zone":
    "Europe/Berlin"}` (wall clock in the zone; `fold` beside it where 1; no zone where the time has none), `{"$int":
    "9007199254740993…"}` past 64 bits, `{"$file": {"name", "path", "kind"}}` (the path below the working directory,
    where the host has put the file before; kind: csv, parquet, excel, bytes), `{"$table": {"columns": [[name, type],
    …], "rows": [[…], …]}}` (types: text, number, checkbox, date)."""


class ForgetVariables(Frame, frozen=True, tag="forget_variables"):
    names: tuple[str, ...]


class EnterRun(Frame, frozen=True, tag="enter_run"):
    """What is executed from here on belongs to a run with another trigger than the one before."""

    trigger: Trigger


class Execute(Frame, frozen=True, tag="execute"):
    execution: int
    """Counts up in one kernel; every frame that comes of it carries it."""
    cell: str
    """The cell's id; tracebacks name the cell by `name`."""
    name: str
    work: AnyWork


class Complete(Frame, frozen=True, tag="complete"):
    request: int
    code: str
    cursor: int
    """Unicode code points from the start."""


class Inspect(Frame, frozen=True, tag="inspect"):
    request: int
    code: str
    cursor: int


class ListVariables(Frame, frozen=True, tag="list_variables"):
    request: int


class TableQuery(msgspec.Struct, frozen=True):
    """Which part of a table is wanted."""

    offset: int = 0
    limit: int = 50
    """At most 1 000."""
    sort: str = ""
    """A column's name; "" = as it comes."""
    descending: bool = False
    filter: str = ""
    """Rows in which some column contains this text, case folded; "" = all."""


class PageTable(Frame, frozen=True, tag="page_table"):
    request: int
    table: str
    """`TableHead.table`."""
    query: TableQuery


class ReadCsv(Frame, frozen=True, tag="read_csv"):
    """A piece of a table as CSV; who wants it all asks again with `next` of the answer, as fast as it is sent on."""

    request: int
    table: str
    query: TableQuery
    """Offset and limit do not count."""
    start: int
    """The number of the first row after the query; 0 = with the line of names."""


class SaveTable(Frame, frozen=True, tag="save_table"):
    request: int
    table: str
    file: str
    """A plain file name; the kernel writes an Arrow IPC file of that name into its own directory's `out/`."""


class Shutdown(Frame, frozen=True, tag="shutdown"):
    """End in good order: `atexit` runs, then the process is gone. The host kills what stays."""


HostFrame: TypeAlias = (
    SetVariables
    | ForgetVariables
    | EnterRun
    | Execute
    | Complete
    | Inspect
    | ListVariables
    | PageTable
    | ReadCsv
    | SaveTable
    | Shutdown
)
RequestFrame: TypeAlias = Complete | Inspect | ListVariables | PageTable | ReadCsv | SaveTable


# --- kernel → host ----------------------------------------------------------------------------------


class Ready(Frame, frozen=True, tag="ready"):
    """The first frame: the kernel takes work from here on."""

    python: str
    """Such as "3.11.7"."""


class Started(Frame, frozen=True, tag="started"):
    execution: int


class Stream(Frame, frozen=True, tag="stream"):
    execution: int
    """0 = printed outside any execution (a thread, an exit handler)."""
    name: Literal["stdout", "stderr"]
    text: str


class Display(Frame, frozen=True, tag="display"):
    """Jupyter's display_data and execute_result in one."""

    execution: int
    data: dict[str, Any]
    """A MIME bundle: text as str, JSON types as plain values, binary as base64 text."""
    metadata: dict[str, Any] = {}
    display_id: str = ""
    result: bool = False
    """True: the value of the cell's last expression."""


class UpdateDisplay(Frame, frozen=True, tag="update_display"):
    display_id: str
    data: dict[str, Any]
    metadata: dict[str, Any] = {}


class ClearOutput(Frame, frozen=True, tag="clear_output"):
    execution: int
    wait: bool


class ErrorRaised(Frame, frozen=True, tag="error_raised"):
    execution: int
    ename: str
    evalue: str
    traceback: tuple[str, ...]
    """Lines with ANSI colours, for those who may see source."""
    line: int = 0
    """The line of the cell's source at fault, from 1; 0 = not known."""
    app_text: str = ""
    """What `vernissage.AppError` was given: the only text of an error that everybody may read. "" = another error."""


class Finished(Frame, frozen=True, tag="finished"):
    execution: int
    ok: bool
    elapsed: float
    """Seconds."""


class Completions(Frame, frozen=True, tag="completions"):
    request: int
    matches: tuple[str, ...]
    start: int
    end: int
    kinds: tuple[str, ...] = ()
    """As many as matches: "function", "module", …; "" = not known."""


class Inspection(Frame, frozen=True, tag="inspection"):
    request: int
    found: bool
    text: str
    """Plain text, without ANSI colours."""


class Variable(msgspec.Struct, frozen=True):
    name: str
    type: str
    summary: str
    """Such as "98 214 × 9" or "200"; at most 80 characters."""


class VariableList(Frame, frozen=True, tag="variable_list"):
    request: int
    variables: tuple[Variable, ...]


class TableColumn(msgspec.Struct, frozen=True):
    name: str
    type: Literal["number", "text", "date", "datetime", "boolean", "other"]


class TablePage(Frame, frozen=True, tag="table_page"):
    request: int
    rows: tuple[tuple[Any, ...], ...]
    """JSON-safe cells: NaN, infinities and whole numbers past 2^53 as text; dates as ISO text; None = missing."""
    total: int
    """Rows after the filter."""


class CsvPiece(Frame, frozen=True, tag="csv_piece"):
    request: int
    data: bytes
    next: int
    """The row to go on with; 0 = that was all."""


class TableSaved(Frame, frozen=True, tag="table_saved"):
    request: int
    bytes: int


class RequestFailed(Frame, frozen=True, tag="request_failed"):
    request: int
    message: str
    """A sentence."""


class TableHead(msgspec.Struct, frozen=True):
    """What stands in an output under `TABLE_MIME`."""

    table: str
    """A handle; live while the kernel holds the table."""
    columns: tuple[TableColumn, ...]
    total: int
    rows: tuple[tuple[Any, ...], ...]
    """The first page, 50 rows, cells as in `TablePage`."""


KernelFrame: TypeAlias = (
    Ready
    | Started
    | Stream
    | Display
    | UpdateDisplay
    | ClearOutput
    | ErrorRaised
    | Finished
    | Completions
    | Inspection
    | VariableList
    | TablePage
    | CsvPiece
    | TableSaved
    | RequestFailed
)
ReplyFrame: TypeAlias = Completions | Inspection | VariableList | TablePage | CsvPiece | TableSaved | RequestFailed
