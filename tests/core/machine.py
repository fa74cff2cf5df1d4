"""A kernel in plain Python for tests of the session machine: obeys its effects, and says what a kernel would say.

It is a real namespace; cells are executed. What it has to say waits until a test lets it speak, one report at a time,
so that a test decides what comes between.
"""

from __future__ import annotations

import ast
import builtins
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.core.test_access import replayed
from vernissage.core import session
from vernissage.core.dataflow import graph_of
from vernissage.core.document import ButtonInput, Document, InputCell, PythonCell
from vernissage.core.inputs import to_json, to_wire
from vernissage.core.operations import Refused
from vernissage.core.outputs import OPTIONS_MIME, AnyOutput, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage.core.session import (
    BringFiles,
    ButtonPressed,
    CellFinished,
    EndKernel,
    ExecuteCell,
    ForgetVariables,
    InputsChanged,
    InterruptKernel,
    KernelChanged,
    KernelEnded,
    KernelStarted,
    KernelTaken,
    OutputArrived,
    RunChanged,
    RunEnded,
    Session,
    SetVariables,
    StartKernel,
    open_session,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def execute(source: str, namespace: dict[str, Any]) -> tuple[bool, list[AnyOutput]]:
    """Run a cell's text: whether it ran to its end, and what it put out."""
    outputs: list[AnyOutput] = []
    namespace["print"] = lambda text: outputs.append(StreamOutput("stdout", f"{text}\n"))
    namespace["display"] = lambda data: outputs.append(DisplayOutput(data))
    try:
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
            if value is not None:
                outputs.append(DisplayOutput({"text/plain": repr(value)}, result=True))
    except Exception as error:  # noqa: BLE001 - whatever a cell raises is what it shows
        return False, [*outputs, ErrorOutput(type(error).__name__, str(error))]
    return True, outputs


class FakeKernel:
    """One kernel of a session."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.namespace: dict[str, Any] = {"__builtins__": builtins}
        self.inbox: deque[session.Effect] = deque()
        self.outbox: deque[session.ServerOperation] = deque([KernelStarted(generation, "3.11.7")])
        self.interrupted = False
        self.true: list[str] = []
        """The cells that were executed while `go` was True."""

    def speaks(self) -> session.ServerOperation | None:
        """The next report; None where it waits for work."""
        while not self.outbox and self.inbox:
            self._work(self.inbox.popleft())
        return self.outbox.popleft() if self.outbox else None

    def interrupt(self) -> None:
        """Cut off what is under way; what was not begun is not begun."""
        ending = next((one for one in self.outbox if isinstance(one, CellFinished)), None)
        if ending is not None:
            self._say_interrupted(ending.execution)
        else:
            self.interrupted = True

    def _say_interrupted(self, execution: int) -> None:
        self.outbox.clear()
        self.outbox.append(OutputArrived(self.generation, execution, ErrorOutput("Interrupted", "It was interrupted.")))
        self.outbox.append(CellFinished(self.generation, execution, False, 0.5))

    def _work(self, effect: session.Effect) -> None:
        match effect:
            case SetVariables(values):
                self.namespace.update(values)
            case ForgetVariables(names):
                for name in names:
                    self.namespace.pop(name, None)
            case ExecuteCell(execution, cell, _):
                if self.interrupted:
                    self.interrupted = False
                    self._say_interrupted(execution)
                    return
                if self.namespace.get("go") is True:
                    self.true.append(cell.id)
                if isinstance(cell, InputCell):
                    source = getattr(cell.input, "options_from", "")
                    options = eval(source, self.namespace)
                    ok = True
                    outputs: list[AnyOutput] = [DisplayOutput({OPTIONS_MIME: options})]
                else:
                    assert isinstance(cell, PythonCell)
                    ok, outputs = execute(cell.source, self.namespace)
                for output in outputs:
                    self.outbox.append(OutputArrived(self.generation, execution, output))
                self.outbox.append(CellFinished(self.generation, execution, ok, 0.5))
            case _:
                raise AssertionError(effect)


class Machine:
    """A session with its kernel, and with what a browser makes of its events."""

    def __init__(
        self, kind: session.Kind, document: Document, ready: Callable[[], Machine | None] | None = None, **more: Any
    ) -> None:
        """`ready`: gives a machine whose kernel this one takes over, or None where there is none by then."""
        self.state: Session = open_session(kind, "logic" if kind == "logic" else "app", document, **more)
        self.state = replace(self.state, may_take=ready is not None)
        self.ready = ready
        self.kernel: FakeKernel | None = None
        self.late: list[session.ServerOperation] = []
        """Reports of kernels that were ended; they may still come."""
        self.at = START
        self.runs: list[RunEnded] = []
        self.executed: list[str] = []
        self.events: list[session.SessionEvent] = []
        """Of the last step."""
        self.seen: dict[str, CellRun] = dict(self.state.cells)
        self.seen_run = self.state.run
        self.borrowed: session.RunProgress | None = None
        self.seen_kernel = self.state.kernel
        self.seen_inputs = self._inputs()
        self.seen_waiting: set[str] = set()

    def _inputs(self) -> dict[str, Any]:
        cells = self.state.document.inputs()
        return {name: to_wire(to_json(cells[name].input, value)) for name, value in self.state.inputs.items()}

    # --- acting

    def do(self, operation: session.SessionOperation | session.ServerOperation) -> str:
        """Apply an operation and obey; the sentence of a refusal, else ""."""
        self.at += timedelta(seconds=1)
        applied = session.apply(self.state, operation, self.at, "Ana")
        if isinstance(applied, Refused):
            return applied.sentence
        self.state = applied.state
        self.events = list(applied.events)
        if isinstance(operation, session.ShowCells) and applied.events:
            self.borrowed = operation.run
        for event in applied.events:
            self._see(event)
        for effect in applied.effects:
            self._obey(effect)
        self._check_seen()
        return ""

    def step(self) -> bool:
        """Let the kernel say one thing; False where it has nothing to say."""
        report = self.kernel.speaks() if self.kernel else None
        if report is None:
            return False
        self.do(report)
        return True

    def settle(self) -> None:
        """Let the kernel speak until it has nothing more to say."""
        for _ in range(10_000):
            if not self.step():
                assert not self.state.active, "the kernel waits for work and the session for the kernel"
                return
        raise AssertionError("the session never comes to rest")

    def die(self, sentence: str = "The kernel ran out of memory. Load fewer rows.") -> None:
        """The kernel's end, whatever it was at."""
        kernel, self.kernel = self.kernel, None
        if kernel is not None:
            self.late += kernel.outbox
            self.do(KernelEnded(kernel.generation, sentence))

    def _obey(self, effect: session.Effect) -> None:
        match effect:
            case StartKernel(generation, may_take):
                spare = self.ready() if may_take and self.ready is not None else None
                self.kernel = FakeKernel(generation) if spare is None else spare.handed_over(generation)
            case EndKernel(generation):
                if self.kernel is not None and self.kernel.generation == generation:
                    self.late += self.kernel.outbox
                    self.kernel = None
            case BringFiles():
                pass
            case InterruptKernel():
                if self.kernel is not None:
                    self.kernel.interrupt()
            case RunEnded():
                self.runs.append(effect)
            case _:
                if isinstance(effect, ExecuteCell):
                    self.executed.append(effect.cell.id)
                assert self.kernel is not None, "there is no kernel to do this"
                self.kernel.inbox.append(effect)

    def handed_over(self, generation: int) -> FakeKernel:
        """This machine's kernel, at rest, as another session's."""
        kernel, self.kernel = self.kernel, None
        assert kernel is not None
        assert not (kernel.inbox or kernel.outbox)
        kernel.generation = generation
        kernel.outbox.append(KernelTaken(generation, self.state))
        return kernel

    # --- what a browser sees

    def _see(self, event: session.SessionEvent) -> None:
        self.seen = replayed(self.seen, event)
        match event:
            case RunChanged(run):
                self.seen_run = run
            case KernelChanged(kernel):
                self.seen_kernel = kernel
            case InputsChanged(values):
                self.seen_inputs |= values
            case ButtonPressed(name, waiting):
                (self.seen_waiting.add if waiting else self.seen_waiting.discard)(name)
            case _:
                pass

    def _check_seen(self) -> None:
        """[SES15] Replaying the events gives the state."""
        here = self.state.cells
        assert {id: run for id, run in self.seen.items() if id in here} == here
        assert self.seen_run == (self.state.run or self.borrowed)
        assert self.seen_kernel == self.state.kernel
        inputs = self._inputs()
        assert {name: value for name, value in self.seen_inputs.items() if name in inputs} == inputs
        assert self.seen_waiting == set(self.state.waiting)

    # --- looking

    def text(self, id: str) -> str:
        """What a cell shows, as one text."""
        return shown(self.state.cells[id])

    def states(self) -> dict[str, str]:
        """The cells' states, without those of inputs."""
        return {
            cell.id: self.state.cells[cell.id].state
            for cell in self.state.document.cells
            if self.state.graph.nodes[cell.id].runs
        }


def shown(run: CellRun) -> str:
    """The outputs of a cell as one text."""
    found = []
    for output in run.outputs:
        match output:
            case StreamOutput(_, text):
                found.append(text)
            case DisplayOutput(data):
                found.append(str(data.get("text/plain", data)))
            case ErrorOutput(ename, evalue):
                found.append(f"{ename}: {evalue}")
    return "|".join(found)


def fresh_run(document: Document, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """(state, text) of every Python cell after a run from the top in a new namespace."""
    graph = graph_of(document)
    namespace: dict[str, Any] = {"__builtins__": builtins, **values}
    namespace |= {n: False for n, cell in document.inputs().items() if isinstance(cell.input, ButtonInput)}
    failed: set[str] = set()
    found: dict[str, tuple[str, str]] = {}
    for cell in document.cells:
        if not isinstance(cell, PythonCell):
            continue
        if not failed.isdisjoint(graph.nodes[cell.id].depends):
            failed.add(cell.id)
            found[cell.id] = ("skipped", "")
            continue
        ok, outputs = execute(cell.source, namespace)
        found[cell.id] = ("done" if ok else "error", shown(CellRun(outputs=_joined(outputs))))
        if not ok:
            failed.add(cell.id)
    return found


def _joined(outputs: list[AnyOutput]) -> tuple[AnyOutput, ...]:
    """Printed text that follows printed text is one output."""
    found: list[AnyOutput] = []
    for output in outputs:
        last = found[-1] if found else None
        if isinstance(output, StreamOutput) and isinstance(last, StreamOutput):
            found[-1] = StreamOutput(last.name, last.text + output.text)
        else:
            found.append(output)
    return tuple(found)
