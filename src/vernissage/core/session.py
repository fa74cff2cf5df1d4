"""A session: somebody looks at a document while a kernel runs it.

The logic view, a publish preview, a viewer's app, an API run are sessions of different `kind`: other documents,
other members, other triggers, one machine. A session holds what the inputs hold, each cell's state and outputs,
and what must run next. It changes only by operations: those of its members, and reports of the kernel, which the
room hands in the same way. `apply` decides; the room obeys the effects.

Promises: outputs never stand beside an input value that they were not computed from without being marked; a press
of a run button is never lost, merged with a value or superseded; a later value supersedes what is queued.

Left alone: which cells a change concerns (`dataflow`), what a value may be (`inputs`), who may ask and see (`access`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, assert_never

from msgspec.structs import replace as msgspec_replace

from vernissage.core import dataflow
from vernissage.core.dataflow import Graph, KernelView, Outcome, graph_of
from vernissage.core.dataflow.graph import content_same
from vernissage.core.document import (
    ButtonInput,
    Cell,
    Document,
    DropdownInput,
    FileRef,
    InputCell,
    MultiselectInput,
    Struct,
    name_of,
    variables,
)
from vernissage.core.inputs import (
    Invalid,
    Option,
    Value,
    accept,
    default,
    for_kernel,
    kernel_files,
    options_from_wire,
    resolves_alike,
    same,
    settle,
    to_json,
    to_wire,
)
from vernissage.core.operations import Applied, Event, Operation, Refused
from vernissage.core.outputs import (
    OPTIONS_MIME,
    AnyOutput,
    CellRun,
    CellState,
    DisplayOutput,
    ErrorOutput,
    StreamOutput,
)

Kind: TypeAlias = Literal["logic", "preview", "app", "run"]
Trigger: TypeAlias = Literal["logic", "app", "scheduled", "api", "preview", "refresh"]


class KernelStatus(Struct, frozen=True):
    state: Literal["none", "queued", "starting", "idle", "busy", "dead"] = "none"
    """none: not started, or stopped on purpose. queued: the machine is full; it starts when others end. dead: ended by
    itself or by a limit; `sentence` says how."""
    sentence: str = ""
    python: str = ""
    """Such as "3.11.7"; "" until it is ready."""
    started_at: str = ""
    """ISO 8601 UTC; "" = not started."""
    position: int = 0
    """queued: how many kernels start before this one, this one counted; 0 otherwise."""


class RunProgress(Struct, frozen=True):
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


class SetInputs(Operation, frozen=True, tag="set_inputs"):
    values: dict[str, Any]
    """Input name → JSON value (`core.inputs.accept`); several at once make one change."""


class Press(Operation, frozen=True, tag="press"):
    """A run button's press: an event, never a value."""

    name: str


class RunCells(Operation, frozen=True, tag="run_cells"):
    cells: tuple[str, ...]
    only: bool = False
    """True: these cells and nothing else; False: stale ancestors, the cells, their descendants."""


class RunAll(Operation, frozen=True, tag="run_all"):
    """Every cell, top to bottom, in the kernel that is there. In an app: Refresh, or Run of a manual app."""


class RestartAndRunAll(Operation, frozen=True, tag="restart_and_run_all"):
    pass


class Interrupt(Operation, frozen=True, tag="interrupt"):
    """End the run: interrupt the running cell, forget the queued ones."""


class StopKernel(Operation, frozen=True, tag="stop_kernel"):
    pass


class ClearOutputs(Operation, frozen=True, tag="clear_outputs"):
    cells: tuple[str, ...] = ()
    """() = of all cells."""


SessionOperation: TypeAlias = (
    SetInputs | Press | RunCells | RunAll | RestartAndRunAll | Interrupt | StopKernel | ClearOutputs
)


# --- events -----------------------------------------------------------------------------------------


class InputsChanged(Event, frozen=True, tag="inputs_changed"):
    values: dict[str, Any]
    """Input name → value as JSON safe for JavaScript (`core.inputs.to_wire`)."""
    by: str
    """The member's name; "" = the server (a default, a link)."""


class ButtonPressed(Event, frozen=True, tag="button_pressed"):
    name: str
    waiting: bool
    """True: the press waits for its run; False: its run has ended."""


class CellChanged(Event, frozen=True, tag="cell_changed"):
    """A cell's state; its outputs stay unless `clear`."""

    cell: str
    state: CellState
    elapsed: float | None = None
    at: str = ""
    waits_for: str = ""
    clear: bool = False
    """True: its outputs are gone."""


class OutputAdded(Event, frozen=True, tag="output_added"):
    cell: str
    output: AnyOutput
    first: bool
    """True: the first of a new execution; it replaces all that stood there."""


class OutputUpdated(Event, frozen=True, tag="output_updated"):
    """Printed text goes on, or a display was updated: the output at this place is now this one."""

    cell: str
    index: int
    output: AnyOutput


class StreamContinued(Event, frozen=True, tag="stream_continued"):
    """More text for the last output of the cell, which is a stream of that name."""

    cell: str
    name: Literal["stdout", "stderr"]
    text: str


class CellsReplaced(Event, frozen=True, tag="cells_replaced"):
    """All cells at once (new published results, a session restored)."""

    cells: dict[str, CellRun]


class KernelChanged(Event, frozen=True, tag="kernel_changed"):
    kernel: KernelStatus


class RunChanged(Event, frozen=True, tag="run_changed"):
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

# --- reports of the kernel and of the server, handed in as operations ---------------------------------


class Report(Struct, frozen=True, tag_field="report"):
    """The habit of everything that the room hands in by itself; no member can send one."""

    generation: int
    """Which kernel of this session it is about; of an earlier one it is passed over."""


class KernelQueued(Report, frozen=True):
    """The machine is full: the kernel waits for others to end."""

    position: int
    """How many start before it, this one counted; 0 = its turn has come."""


class KernelStarted(Report, frozen=True):
    python: str


class KernelTaken(Report, frozen=True):
    """In place of KernelStarted: a kernel that was kept ready is this session's from now on."""

    ready: Session
    """What ran in it: all of the same document, in a session of its own that has come to rest."""


class KernelEnded(Report, frozen=True):
    """It could not be had, or it ended by itself."""

    sentence: str


class OutputArrived(Report, frozen=True):
    execution: int
    output: AnyOutput


class DisplayUpdated(Report, frozen=True):
    display_id: str
    output: DisplayOutput


class OutputCleared(Report, frozen=True):
    execution: int
    wait: bool
    """True: only when the next output comes."""


class CellFinished(Report, frozen=True):
    execution: int
    ok: bool
    elapsed: float


class Begin(Struct, frozen=True):
    """Run everything, top to bottom: the first run of a preview, of an API run, of an app that opens by running."""

    trigger: Trigger


class DocumentEdited(Struct, frozen=True):
    """The draft under a logic session is now this document."""

    document: Document


class ShowCells(Struct, frozen=True):
    """Results of another run for a session that has not run anything itself: newer published ones, or those of a forced
    publish as they come in."""

    cells: dict[str, CellRun]
    run: RunProgress | None = None
    """That run, while it goes on."""


ServerOperation: TypeAlias = (
    KernelQueued
    | KernelStarted
    | KernelTaken
    | KernelEnded
    | OutputArrived
    | DisplayUpdated
    | OutputCleared
    | CellFinished
    | Begin
    | DocumentEdited
    | ShowCells
)

# --- effects ----------------------------------------------------------------------------------------


class StartKernel(Struct, frozen=True):
    generation: int
    may_take: bool = False
    """True: one that was kept ready may serve."""


class EndKernel(Struct, frozen=True):
    """Stop the kernel of this generation, running or starting."""

    generation: int


class InterruptKernel(Struct, frozen=True):
    pass


class SetVariables(Struct, frozen=True):
    values: dict[str, Any]
    """Variable → value in the kernel's encoding (`inputs.for_kernel`)."""
    files: tuple[FileRef, ...] = ()
    """What must lie at its `inputs.kernel_path` in the kernel before the values are given to it."""


class BringFiles(Struct, frozen=True):
    """[SES24] Files that the project has got or got anew: they lie in the kernel before its next cell runs."""

    files: tuple[FileRef, ...]


class ForgetVariables(Struct, frozen=True):
    names: tuple[str, ...]


class ExecuteCell(Struct, frozen=True):
    execution: int
    cell: Cell
    name: str
    """What people call it, for tracebacks."""


class RunEnded(Struct, frozen=True):
    run: RunProgress
    complete: bool
    """True: every planned cell ran, failed or was skipped; False: cut off by a cancel or the kernel's end."""


Effect: TypeAlias = (
    StartKernel | EndKernel | InterruptKernel | BringFiles | SetVariables | ForgetVariables | ExecuteCell | RunEnded
)

# --- state ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Running:
    """The cell that the kernel is at."""

    execution: int
    cell: str
    shown: bool
    """True: an output of this execution stands already; False: what stands there is of the one before."""
    graph: Graph
    """The document's graph as it was when this execution began."""
    clear_next: bool = False
    """True: the next output replaces what this execution showed so far (Jupyter's `clear_output(wait=True)`)."""
    again: bool = False
    """True: it was asked for again meanwhile, so this execution does not count."""
    superseded: bool = False
    """True: it was interrupted because its inputs have newer values; its end is no error, and it runs again."""


@dataclass(frozen=True)
class Session:
    kind: Kind
    trigger: Trigger
    """Of its runs, but for those that `Begin` gives another."""
    document: Document
    graph: Graph
    inputs: dict[str, Value]
    """Input name → value, of every input of the document but buttons."""
    cells: dict[str, CellRun]
    kernel: KernelStatus = field(default_factory=KernelStatus)
    generation: int = 0
    """Counts the kernels of this session."""
    view: KernelView = field(default_factory=KernelView)
    """What the kernel holds; empty where there is none."""
    wanted: frozenset[str] = frozenset()
    """Cells that the run that goes on must leave up to date."""
    only: tuple[str, ...] = ()
    """Cells to run by themselves, without their ancestors and descendants."""
    queue: tuple[str, ...] = ()
    """What runs next, in notebook order."""
    replan: bool = False
    """What is wanted has changed: the queue is to be made anew before the next cell."""
    running: Running | None = None
    deferred: frozenset[str] = frozenset()
    """Inputs whose new value waits for the end of a press's run."""
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    """Input name → the options that its expression gave when it was last read."""
    begins: Trigger | None = None
    """The trigger of the run that is about to begin, where it is told."""
    presses: tuple[str, ...] = ()
    """Buttons whose press waits for its run."""
    pressed: tuple[str, ...] = ()
    """Buttons that are True in the run that goes on."""
    run: RunProgress | None = None
    ran: tuple[str, ...] = ()
    """The cells that have ended in the run that goes on, in order."""
    cancelled: bool = False
    """The run that goes on was interrupted."""
    executions: int = 0
    resolved_at: datetime | None = None
    """The instant from which relative dates count in this kernel: the last full run's."""
    may_take: bool = False
    """It began with the defaults, has had no kernel yet, and nothing asked for every cell to be run once more."""

    @property
    def active(self) -> bool:
        """A run goes on."""
        return self.run is not None and self.run.status == "running"

    @property
    def alive(self) -> bool:
        """A kernel is there and takes work."""
        return self.kernel.state in ("idle", "busy")

    @property
    def waiting(self) -> tuple[str, ...]:
        """The buttons whose press waits or runs."""
        return tuple(dict.fromkeys((*self.pressed, *self.presses)))


def open_session(
    kind: Kind,
    trigger: Trigger,
    document: Document,
    inputs: Mapping[str, Value] | None = None,
    cells: Mapping[str, CellRun] | None = None,
) -> Session:
    """[SES1] A session that has run nothing: inputs at their defaults but for `inputs`; `cells` are results to show
    meanwhile."""
    values = {
        name: default(cell.input) for name, cell in document.inputs().items() if not isinstance(cell.input, ButtonInput)
    }
    for name, value in (inputs or {}).items():
        if name in values:
            values[name] = value
    runs = {cell.id: first_state(cell, (cells or {}).get(cell.id)) for cell in document.cells}
    return Session(kind, trigger, document, graph_of(document), values, runs)


def first_state(cell: Cell, run: CellRun | None) -> CellRun:
    """How a cell stands before the session has run anything: what was going on when it was kept has ended."""
    if isinstance(cell, InputCell):
        # What it offered stays on offer: a control without its options could not be used.
        dynamic = isinstance(cell.input, DropdownInput | MultiselectInput) and cell.input.options_from
        return CellRun("done", run.outputs if dynamic and run is not None else ())
    if run is None:
        return CellRun()
    if run.state in ("running", "queued"):
        return msgspec_replace(run, state="stale" if run.outputs else "empty")
    return run


def defaults_hold(session: Session) -> bool:
    """Whether every input has its default: what published results were computed from."""
    return all(
        same(session.inputs[name], default(cell.input))
        for name, cell in session.document.inputs().items()
        if name in session.inputs
    )


# --- deciding ---------------------------------------------------------------------------------------


def apply(
    session: Session, operation: SessionOperation | ServerOperation, at: datetime, by: str = ""
) -> Applied[Session] | Refused:
    """[SES2] The next session, what to tell its members, and what the room must do. `by`: the member's name."""
    step = _Step(session, at)
    if session.kind == "preview" and isinstance(operation, SetInputs | Press | RunAll) and _recording(session):
        return Refused("The preview run has not ended. Its inputs work as soon as it has.")
    match operation:
        case SetInputs(values):
            refusal = _set_inputs(step, values, by)
        case Press(name):
            refusal = _press(step, name)
        case RunCells(cells, only):
            refusal = _run_cells(step, cells, only)
        case RunAll():
            refusal = _run_all(step)
        case RestartAndRunAll():
            step.end_kernel()
            refusal = _run_all(step)
        case Interrupt():
            refusal = _interrupt(step)
        case StopKernel():
            step.give_up_presses()
            step.end_kernel()
            refusal = None
        case ClearOutputs(cells):
            refusal = _clear(step, cells)
        case Begin(trigger):
            if not session.active:
                step.set(begins=trigger)
            refusal = _run_all(step)
            step.set(may_take=session.may_take and not session.active)
        case DocumentEdited(document):
            refusal = _edited(step, document)
        case ShowCells(cells, run):
            refusal = _show(step, cells, run)
        case (
            KernelQueued()
            | KernelStarted()
            | KernelTaken()
            | KernelEnded()
            | OutputArrived()
            | DisplayUpdated()
            | OutputCleared()
            | CellFinished()
        ):
            if operation.generation != session.generation:
                return Applied(session)
            _report(step, operation)
            refusal = None
        case never:
            assert_never(never)
    if refusal is not None:
        return refusal
    step.advance()
    return step.applied()


def _recording(session: Session) -> bool:
    """[SES14] Whether the run that a candidate is judged by goes on: nothing else may get into it."""
    return session.active and session.run is not None and session.run.number == 1


def _set_inputs(step: _Step, values: dict[str, Any], by: str) -> Refused | None:
    """[SES3] Values are taken all or none; they show at once, and the kernel gets them between two cells."""
    session = step.session
    cells = session.document.inputs()
    accepted: dict[str, Value] = {}
    for name, json in values.items():
        cell = cells.get(name)
        if cell is None:
            return Refused(f"There is no input named {name!r} here. Reload the page to see the inputs that there are.")
        if isinstance(cell.input, ButtonInput):
            return Refused(f"{name!r} is a run button: it is pressed, not set.")
        value = accept(cell.input, json, options=session.options.get(name))
        if isinstance(value, Invalid):
            return Refused(f"{cell.label or name}: {value.sentence}")
        if not same(value, session.inputs[name]):
            accepted[name] = value
    if not accepted:
        return None
    step.change_inputs(accepted, by)
    return None


def _press(step: _Step, name: str) -> Refused | None:
    """[SES4] A press waits for a run of its own; presses that wait count once."""
    cell = step.session.document.inputs().get(name)
    if cell is None or not isinstance(cell.input, ButtonInput):
        return Refused(
            f"There is no run button named {name!r} here. Reload the page to see the buttons that there are."
        )
    if name not in step.session.presses:
        step.set(presses=(*step.session.presses, name))
        step.events.append(ButtonPressed(name, True))
    return None


def _run_cells(step: _Step, cells: tuple[str, ...], only: bool) -> Refused | None:
    """[SES5] Run cells with what they need and what depends on them, or just them."""
    session = step.session
    if not cells:
        return Refused("Name at least one cell to run.")
    known = [cell for id in cells if (cell := session.document.cell(id)) is not None]
    if not known:
        return Refused("That cell was deleted meanwhile, so it was not run.")
    ids = {cell.id for cell in known}
    if only:
        runnable = [cell.id for cell in known if session.graph.nodes[cell.id].runs]
        step.set(only=tuple(dict.fromkeys((*session.only, *runnable))))
        step.replan = True
        return None
    view = session.view
    retried = {one for id in ids for one in session.graph.ancestors(id) if one in view.failed or one in view.skipped}
    step.want(ids | retried, again=True)
    return None


def _run_all(step: _Step) -> Refused | None:
    """[SES6] Every cell, top to bottom, with relative dates counted from now."""
    session = step.session
    if session.active:
        step.cancel_queue()
    names = {variable for cell in session.document.inputs().values() for variable in variables(cell)}
    if session.running is not None:
        step.set(running=replace(session.running, again=True))
    view = dataflow.after_inputs(session.graph, step.session.view, names)
    step.set(resolved_at=step.at, view=view, deferred=frozenset())
    step.want(session.graph.nodes, again=True)
    return None


def _interrupt(step: _Step) -> Refused | None:
    """[SES7] End the run: the running cell is interrupted, what is queued goes back to how it was, presses that wait
    are given up."""
    session = step.session
    if not session.active:
        return Refused("Nothing is running.")
    step.give_up_presses()
    step.set(cancelled=True)
    step.cancel_queue()
    if session.running is not None:
        step.effects.append(InterruptKernel())
    elif session.kernel.state in _COMING:
        step.end_kernel()
    return None


def _clear(step: _Step, cells: tuple[str, ...]) -> Refused | None:
    for id in cells or tuple(step.cells):
        run = step.cells.get(id)
        if run is not None and run.state not in ("running", "queued") and run.outputs:
            step.cells[id] = msgspec_replace(run, outputs=())
            step.changed[id] = True
    return None


def _show(step: _Step, cells: dict[str, CellRun], run: RunProgress | None) -> Refused | None:
    """[SES12] Results of others are shown only as long as the session has run nothing itself."""
    if step.session.generation or step.session.active or not defaults_hold(step.session):
        return None
    going_on = run is not None and run.status == "running"
    document = step.session.document
    step.cells = {
        cell.id: cells.get(cell.id, first_state(cell, None)) if going_on else first_state(cell, cells.get(cell.id))
        for cell in document.cells
    }
    step.events.append(CellsReplaced(dict(step.cells)))
    step.events.append(RunChanged(run))
    return None


def _edited(step: _Step, document: Document) -> Refused | None:
    """[SES8] An edit makes stale what depends on it; it runs nothing."""
    session = step.session
    if document is session.document:
        return None
    new = tuple(file for file in document.files if file not in session.document.files)
    if new and (session.alive or session.kernel.state in _COMING):
        step.effects.append(BringFiles(new))
    if document.cells is session.document.cells:  # a title, a layout: nothing that runs
        step.set(document=document)
        return None
    graph = graph_of(document, session.graph)
    view = dataflow.after_edit(session.graph, graph, session.view)
    before = session.document.inputs()
    now = document.inputs()
    values: dict[str, Value] = {}
    changed: dict[str, Value] = {}
    for name, cell in now.items():
        if isinstance(cell.input, ButtonInput):
            continue
        old = before.get(name)
        if name in session.inputs and old is not None and old.input == cell.input:
            values[name] = session.inputs[name]
            continue
        kept = accept(cell.input, to_json(old.input, session.inputs[name])) if old and name in session.inputs else None
        follows = old is not None and name in session.inputs and same(session.inputs[name], default(old.input))
        value = default(cell.input) if kept is None or follows or isinstance(kept, Invalid) else kept
        values[name] = value
        changed[name] = value
    ids = {cell.id for cell in document.cells}
    stale = _touched(session.graph, graph)  # not by what the kernel holds: outputs outlive it
    # A cell that is new, or back after a delete, is told too: whoever knew it before may still show what it was.
    step.changed |= dict.fromkeys(ids - session.cells.keys(), True)
    step.cells = {cell.id: step.cells.get(cell.id) or first_state(cell, None) for cell in document.cells}
    view = dataflow.after_inputs(graph, view, {variable for name in changed for variable in variables(now[name])})
    # An edit runs nothing: what it made out of date, and what rests on that, is no longer this run's affair.
    out_of_date = {writer for writer in session.view.fresh - view.fresh if dataflow.cell_of(writer) in ids}
    affected = out_of_date | graph.downstream(out_of_date)
    step.set(
        document=document,
        graph=graph,
        inputs=values,
        view=view,
        deferred=session.deferred & now.keys(),
        options={name: options for name, options in session.options.items() if name in now},
        wanted=(session.wanted & ids) - affected,
        only=tuple(id for id in session.only if id in ids),
        queue=graph.ordered(session.queue),
        presses=tuple(name for name in session.presses if name in now),
    )
    for name in session.presses:
        if name not in now and name not in session.pressed:
            step.events.append(ButtonPressed(name, False))
    step.mark_stale(stale)
    if changed:
        step.events.append(
            InputsChanged({name: to_wire(to_json(now[name].input, value)) for name, value in changed.items()}, "")
        )
        step.mark_stale(id for name in changed if name in before for id in graph.descendants(now[name].id))
    return None


def _touched(before: Graph, after: Graph) -> set[str]:
    """The cells that run otherwise than before or read something else, and all that rests on them."""
    changed = set()
    for id, node in after.nodes.items():
        old = before.nodes.get(id)
        if old is None or (old is node and before.cells[id] is after.cells[id]):
            continue
        same = old.needs == node.needs and old.depends == node.depends
        if not same or not content_same(before.cells[id], after.cells[id]):
            changed.add(id)
    return changed | after.downstream(changed)


_COMING = ("queued", "starting")
"""States of a kernel that was asked for and takes no work yet."""


def _report(
    step: _Step,
    report: KernelQueued
    | KernelStarted
    | KernelTaken
    | KernelEnded
    | OutputArrived
    | DisplayUpdated
    | OutputCleared
    | CellFinished,
) -> None:
    session = step.session
    match report:
        case KernelQueued(_, position):
            if session.kernel.state in _COMING:
                state: Literal["queued", "starting"] = "queued" if position else "starting"
                step.kernel(KernelStatus(state, "", "", session.kernel.started_at, position))
        case KernelStarted(_, python):
            if session.kernel.state in _COMING:  # else it ended before it was heard to have started
                step.kernel(KernelStatus("idle", "", python, session.kernel.started_at))
                step.set(resolved_at=step.at, may_take=False)
                step.replan = True
        case KernelTaken(_, ready):
            if session.kernel.state in _COMING:
                step.take_over(ready)
        case KernelEnded(_, sentence):
            if session.kernel.state not in ("none", "dead"):
                step.kernel_ended(sentence)
        case OutputArrived(_, execution, output):
            if session.running is not None and execution in (session.running.execution, 0):
                if not (session.running.superseded and isinstance(output, ErrorOutput)):  # how the interrupt ended it
                    step.output(output)
        case DisplayUpdated(_, display_id, output):
            step.update_display(display_id, output)
        case OutputCleared(_, execution, wait):
            if session.running is not None and execution == session.running.execution:
                if wait:
                    step.set(running=replace(session.running, clear_next=True))
                else:
                    id = session.running.cell
                    step.set(running=replace(session.running, shown=True, clear_next=False))
                    if id in step.cells:
                        step.cells[id] = msgspec_replace(step.cells[id], outputs=())
                        step.changed[id] = True
        case CellFinished(_, execution, ok, elapsed):
            if session.running is not None and execution == session.running.execution:
                step.cell_ended(ok, elapsed)
        case never:
            assert_never(never)


class _Step:
    """One application of one operation: the session as it changes, and what is told and done of it.

    What changes several times within a step (a cell's state, progress, the kernel) is told once, at its end.
    """

    def __init__(self, session: Session, at: datetime) -> None:
        self.session = session
        self.at = at
        self.cells = dict(session.cells)
        self.changed: dict[str, bool] = {}
        """Cells whose state is to be told; True: their outputs are gone."""
        self.events: list[SessionEvent] = []
        self.effects: list[Effect] = []

    @property
    def replan(self) -> bool:
        """See `Session.replan`."""
        return self.session.replan

    @replan.setter
    def replan(self, value: bool) -> None:
        if value != self.session.replan:
            self.set(replan=value)

    def set(self, **changes: Any) -> None:
        # As `replace`, which looks at every field: a step makes some twenty of these.
        session = object.__new__(Session)
        session.__dict__.update(self.session.__dict__, **changes)
        self.session = session

    def stamp(self) -> str:
        return self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def applied(self) -> Applied[Session]:
        before = self.session
        session = replace(before, cells=self.cells)
        for id, clear in self.changed.items():
            run = self.cells.get(id)
            if run is not None:
                self.events.append(CellChanged(id, run.state, run.elapsed, run.at, run.waits_for, clear))
        if self._kernel_changed:
            self.events.append(KernelChanged(session.kernel))
        if self._run_changed:
            self.events.append(RunChanged(session.run))
        return Applied(session, tuple(self.events), tuple(self.effects))

    _kernel_changed = False
    _run_changed = False

    # --- cells

    def state(self, id: str, state: CellState, waits_for: str = "", **changes: Any) -> None:
        run = self.cells[id]
        if run.state == state and run.waits_for == waits_for and not changes:
            return
        self.cells[id] = msgspec_replace(run, state=state, waits_for=waits_for, **changes)
        self.changed.setdefault(id, False)

    def mark_stale(self, ids: Iterable[str]) -> None:
        """[SES9] What is on show of these cells is marked; one that waits or runs, or never ran, keeps its state."""
        for id in ids:
            run = self.cells.get(id)
            if run is not None and run.state in ("done", "error", "skipped") and self.session.graph.nodes[id].runs:
                self.state(id, "stale")

    def cancel_queue(self) -> None:
        """What waits goes back to how it was."""
        for id in self.session.queue:
            if self.cells[id].state == "queued":
                self.state(id, "stale" if self.cells[id].outputs or self.cells[id].at else "empty")
        self.set(queue=(), wanted=frozenset(), only=())
        self.replan = False

    def give_up_presses(self) -> None:
        """Presses that wait will not be run, and values that waited for the end of a press's run start none."""
        session = self.session
        for name in session.presses:
            if name not in session.pressed:
                self.events.append(ButtonPressed(name, False))
        names = self.variables_of(session.deferred)
        self.set(presses=(), deferred=frozenset(), view=dataflow.after_inputs(session.graph, session.view, names))

    def variables_of(self, names: Iterable[str]) -> frozenset[str]:
        """The variables of these inputs."""
        cells = self.session.document.inputs()
        return frozenset(variable for name in names if name in cells for variable in variables(cells[name]))

    def want(self, ids: Iterable[str], *, again: bool) -> None:
        """These cells must be up to date when the run ends; `again`: they and what rests on them run even if they are
        now."""
        wanted = frozenset(ids)
        if again:
            self.set(may_take=False)
            graph, view = self.session.graph, self.session.view
            stale = dataflow.stale(graph, view, wanted)
            self.set(view=stale)
            wanted |= graph.downstream([*wanted, *(dataflow.top(id) for id in wanted)])
            running = self.session.running
            if running is not None and running.cell in wanted:
                self.set(running=replace(running, again=True))
        self.set(wanted=self.session.wanted | wanted)
        self.replan = True

    # --- inputs

    def change_inputs(self, values: Mapping[str, Value], by: str) -> None:
        """The inputs hold these values from now on; what reads them is marked, and runs where it should."""
        session = self.session
        cells = session.document.inputs()
        self.set(inputs={**session.inputs, **values})
        self.events.append(
            InputsChanged({name: to_wire(to_json(cells[name].input, value)) for name, value in values.items()}, by)
        )
        readers = {id for name in values for id in session.graph.descendants(cells[name].id)}
        self.mark_stale(readers)
        if session.pressed and session.alive:
            self.set(deferred=session.deferred | values.keys())
        else:
            self.inputs_changed(values)
            self.interrupt_superseded(readers)

    def interrupt_superseded(self, readers: Collection[str]) -> None:
        """[SES22] What the running cell read has changed: it is interrupted where the app allows that, to run again
        with the newer values. A press's run is never cut short: its values wait for its end."""
        session, running = self.session, self.session.running
        settings = session.document.settings
        if session.kind == "logic" or not settings.interrupt_superseded or settings.on_interaction != "auto":
            return
        if running is None or running.cell not in readers or running.superseded or session.cancelled:
            return
        self.set(running=replace(running, superseded=True))
        self.effects.append(InterruptKernel())

    def inputs_changed(self, names: Iterable[str]) -> None:
        """What rests on these inputs is stale for the kernel; where the document runs by itself, it is wanted."""
        session = self.session
        cells = session.document.inputs()
        changed = [cells[name] for name in names if name in cells]
        self.set(view=dataflow.after_inputs(session.graph, session.view, self.variables_of(names)))
        if session.kind == "logic":
            readers = {id for cell in changed for id in session.graph.descendants(cell.id)}
            self.want([id for id in readers if self.cells[id].state != "empty"], again=False)
        elif session.document.settings.on_interaction == "auto":
            self.want(session.graph.nodes, again=False)
        elif session.alive:  # what rests on them waits for the next Run, also where this one has not come to it yet
            self.set(wanted=session.wanted - {id for cell in changed for id in session.graph.descendants(cell.id)})

    def send_inputs(self, ids: Iterable[str]) -> None:
        """Give the kernel the present values of these input cells."""
        session = self.session
        values: dict[str, Any] = {}
        files: dict[str, FileRef] = {}
        known = session.document.files
        for id in ids:
            cell = session.document.cell(id)
            assert isinstance(cell, InputCell)
            name = cell.input.name
            if isinstance(cell.input, ButtonInput):
                values[name] = name in session.pressed
            else:
                value = session.inputs[name]
                values.update(for_kernel(cell.input, value, session.resolved_at or self.at, known))
                files |= {file.hash: file for file in kernel_files(cell.input, value, known)}
        if values:
            self.effects.append(SetVariables(values, tuple(files.values())))

    def read_options(self, name: str, data: Any) -> None:
        """[SES13] The options of an input were read: a value that is none of them any more gives way. `data` comes from
        user code, which may put anything in the options' place; that is none."""
        session = self.session
        cell = session.document.inputs()[name]
        options = data.get("options") if isinstance(data, dict) else None
        if not isinstance(cell.input, DropdownInput | MultiselectInput) or not isinstance(options, list | tuple):
            return
        offered = options_from_wire(options)
        self.set(options={**session.options, name: offered})
        value = settle(cell.input, session.inputs[name], offered)
        if not same(value, session.inputs[name]):
            wanted = self.session.wanted
            self.change_inputs({name: value}, "")
            self.set(wanted=self.session.wanted | wanted)
            self.replan = True  # the cells below are to read this value, in this very run

    # --- the kernel

    def kernel(self, status: KernelStatus) -> None:
        if status != self.session.kernel:
            self.set(kernel=status)
            self._kernel_changed = True

    def start_kernel(self) -> None:
        generation = self.session.generation + 1
        self.set(generation=generation, view=KernelView())
        self.kernel(KernelStatus("starting", "", "", self.stamp()))
        self.effects.append(StartKernel(generation, self.session.may_take))

    def take_over(self, ready: Session) -> None:
        """[SES23] A kernel that has run everything: what it shows is shown here, and what rests on inputs that hold
        something else than there is still to be run; all of it where every cell was asked for once more."""
        session = self.session
        graph, view = session.graph, ready.view
        everything = not session.may_take
        self.kernel(KernelStatus("idle", "", ready.kernel.python, session.kernel.started_at))
        self.cells = dict(ready.cells)
        self.events.append(CellsReplaced(self.cells.copy()))
        self.set(
            options=ready.options,
            resolved_at=self.at,
            executions=max(session.executions, ready.executions),
            may_take=False,
        )
        for name, cell in session.document.inputs().items():  # in notebook order, as a run comes to them
            if isinstance(cell.input, ButtonInput):
                differs = name in session.pressed
            else:
                if isinstance(cell.input, DropdownInput | MultiselectInput) and cell.id in view.fresh:
                    self.settle_input(cell.input, ready.options.get(name))
                value = self.session.inputs[name]
                alike = resolves_alike(cell.input, value, ready.resolved_at or self.at, self.at)
                differs = not (alike and same(value, ready.inputs[name]))
            if differs or everything:
                view = dataflow.after_inputs(graph, view, variables(cell))
        if everything:
            view = dataflow.stale(graph, view, graph.nodes)
        self.set(view=view)
        self.replan = True

    def settle_input(self, input: DropdownInput | MultiselectInput, offered: tuple[Option, ...] | None) -> None:
        """[SES13] As `read_options`, of options that were read before this session had the kernel; None = it has none
        that are read."""
        if offered is None:
            return
        value = settle(input, self.session.inputs[input.name], offered)
        if not same(value, self.session.inputs[input.name]):
            self.set(inputs={**self.session.inputs, input.name: value})
            self.events.append(InputsChanged({input.name: to_wire(to_json(input, value))}, ""))

    def end_kernel(self) -> None:
        """Stop it on purpose; a run that goes on is cut off."""
        session = self.session
        if session.kernel.state not in ("none", "dead"):
            self.effects.append(EndKernel(session.generation))
        self.kernel(KernelStatus("none"))
        self._cut_off("The kernel was stopped.", "cancelled")
        self.set(generation=session.generation + 1, view=KernelView(), resolved_at=None)

    def kernel_ended(self, sentence: str) -> None:
        self.kernel(KernelStatus("dead", sentence))
        self._cut_off(sentence, "errored")
        self.set(view=KernelView(), resolved_at=None)

    def _cut_off(self, sentence: str, status: Literal["errored", "cancelled"]) -> None:
        session = self.session
        if session.running is not None:
            id = session.running.cell
            if id in self.cells:
                self.output(ErrorOutput("KernelEnded", sentence))
                self.state(id, "error", at=self.stamp())
            self.set(running=None, ran=(*session.ran, id))
        self.cancel_queue()
        if session.active:
            self.end_run(status, complete=False)

    # --- outputs

    def output(self, output: AnyOutput) -> None:
        running = self.session.running
        assert running is not None
        id = running.cell
        if id not in self.cells:  # deleted while it runs
            return
        run = self.cells[id]
        cell = self.session.document.cell(id)
        if isinstance(cell, InputCell) and isinstance(output, DisplayOutput) and OPTIONS_MIME in output.data:
            self.read_options(cell.input.name, output.data[OPTIONS_MIME])
            running = self.session.running or running
        first = not running.shown or running.clear_next
        if first:
            self.set(running=replace(running, shown=True, clear_next=False))
            self.cells[id] = msgspec_replace(run, outputs=(output,))
            self.events.append(OutputAdded(id, output, True))
            return
        last = run.outputs[-1] if run.outputs else None
        if isinstance(output, StreamOutput) and isinstance(last, StreamOutput) and last.name == output.name:
            self.cells[id] = msgspec_replace(
                run, outputs=(*run.outputs[:-1], StreamOutput(last.name, last.text + output.text))
            )
            self.events.append(StreamContinued(id, output.name, output.text))
            return
        self.cells[id] = msgspec_replace(run, outputs=(*run.outputs, output))
        self.events.append(OutputAdded(id, output, False))

    def update_display(self, display_id: str, output: DisplayOutput) -> None:
        for id, run in self.cells.items():
            for index, old in enumerate(run.outputs):
                if isinstance(old, DisplayOutput) and old.display_id == display_id:
                    new = msgspec_replace(output, display_id=display_id, result=old.result)
                    outputs = (*run.outputs[:index], new, *run.outputs[index + 1 :])
                    run = msgspec_replace(run, outputs=outputs)
                    self.cells[id] = run
                    self.events.append(OutputUpdated(id, index, new))

    def cell_ended(self, ok: bool, elapsed: float) -> None:
        session = self.session
        running = session.running
        assert running is not None
        id = running.cell
        self.set(running=None, ran=(*(one for one in session.ran if one != id), id))
        self._run_changed = True
        cut = session.cancelled or running.superseded
        outcome: Outcome = "done" if ok else "interrupted" if cut else "failed"
        view = dataflow.executed(running.graph, session.view, id, outcome)
        if running.graph is not session.graph:  # edited while it ran: what it did is known by the graph it ran under
            view = dataflow.after_edit(running.graph, session.graph, view)
        if running.again and id in session.graph.nodes:
            view = dataflow.stale(session.graph, view, [id])
        self.set(view=view)
        if id not in self.cells:  # deleted while it ran
            return
        run = self.cells[id]
        if not running.shown and run.outputs:
            self.cells[id] = msgspec_replace(run, outputs=())
            self.changed[id] = True
        current = id in view.fresh and not self._waits_for_values(id)
        interrupted = outcome == "interrupted" and not running.superseded
        state: CellState = "error" if interrupted or (current and not ok) else "done" if current else "stale"
        self.state(id, state, elapsed=elapsed, at=self.stamp())
        if not session.cancelled and id not in view.fresh and id in session.wanted:
            self.replan = True  # what it read changed while it ran, or it is asked for again

    def _waits_for_values(self, id: str) -> bool:
        """Whether a cell rests on a value that is given to the kernel only after the press's run that goes on."""
        session = self.session
        cells = session.document.inputs()
        return any(id in session.graph.descendants(cells[name].id) for name in session.deferred if name in cells)

    # --- runs

    def begin_run(self) -> None:
        """[SES10] Waiting presses become the run's own: their buttons are True in it, and in no other."""
        session = self.session
        number = 1 + (session.run.number if session.run else 0)
        self.set(
            run=RunProgress(number, session.begins or session.trigger, "running", (), 0, "", self.stamp()),
            begins=None,
            ran=(),
            cancelled=False,
            pressed=session.presses,
            presses=(),
        )
        self._run_changed = True
        if not session.presses:
            return
        cells = session.document.inputs()
        self.set(view=dataflow.after_inputs(session.graph, session.view, session.presses))
        if session.kind == "logic":
            readers = {id for name in session.presses for id in session.graph.descendants(cells[name].id)}
            self.want(readers, again=False)
        else:
            manual = session.document.settings.on_interaction == "manual"
            self.want(session.graph.nodes, again=manual)

    def end_run(self, status: Literal["done", "errored", "cancelled"], *, complete: bool) -> None:
        session = self.session
        assert session.run is not None
        run = msgspec_replace(
            session.run,
            status=status,
            planned=session.ran if complete else tuple(dict.fromkeys((*session.ran, *session.run.planned))),
            finished=len(session.ran),
            current="",
            ended_at=self.stamp(),
        )
        pressed = session.pressed
        self.set(run=run, pressed=(), queue=(), cancelled=False)
        if complete:
            self.set(wanted=frozenset(), only=())  # of a cancelled run, what is wanted was asked for since
        if pressed:
            if session.alive:  # False again, and nothing is stale by it
                cells = session.document.inputs()
                ids = [cells[name].id for name in pressed if name in cells]
                self.send_inputs(id for id in ids if self._holds_input(id))
            for name in pressed:
                if name not in session.presses:
                    self.events.append(ButtonPressed(name, False))
        if self.session.alive:
            self.kernel(msgspec_replace(self.session.kernel, state="idle"))
        self._run_changed = True
        self.effects.append(RunEnded(run, complete))

    def _holds_input(self, id: str) -> bool:
        """Whether the kernel's variable of this input is the input's own, not one that a cell put in its place."""
        held = self.session.view.held
        return all(held.get(name) == dataflow.top(id) for name in self.session.graph.tops[dataflow.top(id)])

    def plan_queue(self) -> None:
        session = self.session
        graph, view = session.graph, session.view
        stale = [id for id in session.wanted if id in graph.nodes and dataflow.is_stale(graph, view, id)]
        todo = dataflow.plan(graph, view, stale)
        alone = dataflow.plan(graph, view, session.only, "only") if session.only else dataflow.Plan()
        queue = graph.ordered({*todo.cells, *alone.cells})
        if session.alive:
            if todo.forget:
                self.effects.append(ForgetVariables(todo.forget))
            self.send_inputs(dict.fromkeys((*todo.inputs, *alone.inputs)))
            view = dataflow.prepared(graph, dataflow.prepared(graph, view, alone), todo)
        for id in set(session.queue) - set(queue):
            if self.cells[id].state == "queued":
                self.state(id, "stale" if self.cells[id].at else "empty")
        for id in queue:
            self.state(id, "queued")
        self.set(view=view, queue=queue, ran=tuple(id for id in session.ran if id not in queue))
        self.replan = False
        self._run_changed = True

    def advance(self) -> None:
        """[SES11] Go on with what there is to do, as far as it goes without the kernel's answer."""
        while self.session.running is None:
            session = self.session
            if not session.active:
                if session.deferred:
                    self.set(deferred=frozenset())
                    self.inputs_changed(session.deferred)
                    continue
                if not (session.wanted or session.only or session.presses):
                    break
                if not session.alive and session.kind != "logic":
                    self.want(session.graph.nodes, again=False)
                self.begin_run()
                self.replan = True
                continue
            if session.cancelled:
                self.end_run("cancelled", complete=False)
                continue
            if self.replan:
                self.plan_queue()
                continue
            if not session.alive:
                if session.kernel.state not in _COMING:
                    self.start_kernel()
                break
            if not session.queue:
                failed = any(id in session.view.failed or id in session.view.skipped for id in session.ran)
                self.end_run("errored" if failed else "done", complete=True)
                continue
            self._next()
        self._progress()

    def _next(self) -> None:
        """Send the first cell of the queue to the kernel, or skip it."""
        session = self.session
        id, *rest = session.queue
        cell = session.document.cell(id)
        assert cell is not None
        waits_for = None if id in session.only else dataflow.blocked_by(session.graph, session.view, id)
        if waits_for is not None:
            run = self.cells[id]
            if run.outputs:
                self.cells[id] = msgspec_replace(run, outputs=())
                self.changed[id] = True
            self.state(id, "skipped", waits_for, at=self.stamp(), elapsed=None)
            view = dataflow.skipped(session.graph, session.view, id)
            self.set(queue=tuple(rest), ran=(*session.ran, id), view=view)
            self._run_changed = True
            return
        execution = session.executions + 1
        self.state(id, "running", at=self.stamp())
        self.set(
            queue=tuple(rest),
            only=tuple(one for one in session.only if one != id),
            running=Running(execution, id, shown=False, graph=session.graph),
            executions=execution,
        )
        self.kernel(msgspec_replace(session.kernel, state="busy"))
        self.effects.append(ExecuteCell(execution, cell, name_of(session.document, cell)))
        self._run_changed = True

    def _progress(self) -> None:
        session = self.session
        if not self._run_changed or session.run is None or session.run.status != "running":
            return
        current = session.running.cell if session.running else ""
        planned = (*session.ran, *((current,) if current else ()), *session.queue)
        self.set(run=msgspec_replace(session.run, planned=planned, finished=len(session.ran), current=current))
