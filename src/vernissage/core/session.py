"""PLACEHOLDER, types first."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from vernissage.core.document import Struct
from vernissage.core.operations import Event, Operation
from vernissage.core.outputs import AnyOutput, CellRun, CellState

Kind: TypeAlias = Literal["logic", "preview", "app", "run"]
Trigger: TypeAlias = Literal["logic", "app", "scheduled", "api", "preview", "refresh"]


class KernelStatus(Struct):
    state: Literal["none", "starting", "idle", "busy", "dead"] = "none"
    """none: not started, or stopped on purpose. dead: ended by itself or by a limit; `sentence` says how."""
    sentence: str = ""
    python: str = ""
    """Such as "3.11.7"; "" until it is ready."""
    started_at: str = ""
    """ISO 8601 UTC; "" = not started."""


class RunProgress(Struct):
    """The run that is going on, or the last one."""

    number: int
    """Counts up in this session."""
    trigger: Trigger
    status: Literal["running", "done", "errored", "cancelled"]
    """errored: some cell failed, or the kernel died."""
    planned: tuple[str, ...]
    """The cells of this run in their order; for a viewer with App only those on the page."""
    finished: int
    """How many of `planned` have ended (skipped ones too)."""
    current: str
    """The running cell's id; "" = none, or not on the page."""
    started_at: str
    """ISO 8601 UTC."""
    ended_at: str = ""
    """ISO 8601 UTC; "" = it goes on."""


# --- operations of members --------------------------------------------------------------------------


class SetInputs(Operation, tag="set_inputs"):
    values: dict[str, Any]
    """Input name → JSON value (`core.inputs.accept`); several at once make one change."""


class Press(Operation, tag="press"):
    """A run button's press: an event, never a value."""

    name: str


class RunCells(Operation, tag="run_cells"):
    cells: tuple[str, ...]
    only: bool = False
    """True: these cells and nothing else; False: stale ancestors, the cells, their descendants."""


class RunAll(Operation, tag="run_all"):
    """Every cell, top to bottom, in the kernel that is there. In an app: Refresh, or Run of a manual app."""


class RestartAndRunAll(Operation, tag="restart_and_run_all"):
    pass


class Interrupt(Operation, tag="interrupt"):
    """End the run: interrupt the running cell, forget the queued ones."""


class StopKernel(Operation, tag="stop_kernel"):
    pass


class ClearOutputs(Operation, tag="clear_outputs"):
    cells: tuple[str, ...] = ()
    """() = of all cells."""


SessionOperation: TypeAlias = SetInputs | Press | RunCells | RunAll | RestartAndRunAll | Interrupt | StopKernel | ClearOutputs


# --- events -----------------------------------------------------------------------------------------


class InputsChanged(Event, tag="inputs_changed"):
    values: dict[str, Any]
    """Input name → value as JSON safe for JavaScript (`core.inputs.to_wire`)."""
    by: str
    """The member's name; "" = the server (a default, a link)."""


class ButtonPressed(Event, tag="button_pressed"):
    name: str
    waiting: bool
    """True: the press waits for its run; False: its run has ended."""


class CellChanged(Event, tag="cell_changed"):
    """A cell's state; its outputs stay unless `clear`."""

    cell: str
    state: CellState
    elapsed: float | None = None
    at: str = ""
    waits_for: str = ""
    clear: bool = False
    """True: its outputs are gone."""


class OutputAdded(Event, tag="output_added"):
    cell: str
    output: AnyOutput
    first: bool
    """True: the first of a new execution; it replaces all that stood there."""


class OutputUpdated(Event, tag="output_updated"):
    """Printed text goes on, or a display was updated: the output at this place is now this one."""

    cell: str
    index: int
    output: AnyOutput


class StreamContinued(Event, tag="stream_continued"):
    """More text for the last output of the cell, which is a stream of that name."""

    cell: str
    name: Literal["stdout", "stderr"]
    text: str


class CellsReplaced(Event, tag="cells_replaced"):
    """All cells at once (new published results, a session restored)."""

    cells: dict[str, CellRun]


class KernelChanged(Event, tag="kernel_changed"):
    kernel: KernelStatus


class RunChanged(Event, tag="run_changed"):
    run: RunProgress | None


SessionEvent: TypeAlias = (
    InputsChanged
    | ButtonPressed
    | CellChanged
    | OutputAdded
    | OutputUpdated
    | StreamContinued
    | CellsReplaced
    | KernelChanged
    | RunChanged
)
