"""Whatever members do and whenever the kernel answers, a session shows nothing that a fresh one would not show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.machine import Machine, fresh_run
from vernissage.core.document import ButtonInput, Cell, Document, InputCell, NumberInput, PythonCell, Settings
from vernissage.core.outputs import ErrorOutput
from vernissage.core.session import (
    Begin,
    DocumentEdited,
    Interrupt,
    Kind,
    Press,
    RestartAndRunAll,
    RunAll,
    RunCells,
    SetInputs,
    StopKernel,
)

NAMES = ["a", "b", "c"]
INPUTS = ["n", "m"]
STATEMENTS = [
    "{x} = {k}",
    "{x} = {i} + {k}",
    "{x} = {y} + {i}",
    "{x} = {y} + {k}",
    "{x} += {i}",
    "print({i})",
    "1 // {i}",
    "{x} = 10 // {i}",
    "{x} = (go, {k})[1]",
    "del {x}",
]


@st.composite
def sources(draw: st.DrawFn) -> str:
    lines = [
        draw(st.sampled_from(STATEMENTS)).format(
            x=draw(st.sampled_from(NAMES)),
            y=draw(st.sampled_from(NAMES)),
            i=draw(st.sampled_from(INPUTS)),
            k=draw(st.integers(1, 4)),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    show = draw(st.lists(st.sampled_from([*NAMES, *INPUTS, "go"]), max_size=2))
    return "\n".join([*lines, f"({''.join(s + ', ' for s in show)})"])


def document_of(texts: list[str], manual: bool) -> Document:
    inputs: list[Cell] = [InputCell(f"in-{name}", input=NumberInput(name=name, default=1)) for name in INPUTS]
    inputs.append(InputCell("go", input=ButtonInput(name="go")))
    cells: list[Cell] = [PythonCell(f"c{i}", source=text) for i, text in enumerate(texts)]
    return Document(
        cells=(*cells[:1], *inputs, *cells[1:]),
        settings=Settings(on_interaction="manual" if manual else "auto", interrupt_superseded=len(cells) % 2 == 0),
    )


class Play:
    """A session under random hands."""

    def __init__(self, kind: Kind, document: Document, ready: Callable[[], Machine | None] | None = None) -> None:
        self.machine = Machine(kind, document, ready)
        self.manual = document.settings.on_interaction == "manual"
        self.pressed = False
        self.whole = False
        """True: everything has been asked for since the last thing that stops or edits."""
        self.count = len(document.cells)

    def act(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        machine = self.machine
        kinds = ["step", "step", "step", "settle", "input", "input", "press", "all", "interrupt", "die", "late"]
        if machine.state.kind == "logic":
            kinds += ["run", "only", "edit", "edit", "insert", "delete", "move", "restart", "stop"]
        kind = draw(st.sampled_from(kinds))
        cells = list(machine.state.document.cells)
        texts = [i for i, cell in enumerate(cells) if isinstance(cell, PythonCell)]
        match kind:
            case "step":
                machine.step()
            case "settle":
                machine.settle()
            case "input":
                values = draw(st.dictionaries(st.sampled_from(INPUTS), st.integers(0, 3), min_size=1))
                changed = any(machine.state.inputs[name] != value for name, value in values.items())
                machine.do(SetInputs(values))
                if changed:
                    self.whole = machine.state.kind == "app" and not self.manual
            case "press":
                machine.do(Press("go"))
                self.pressed = True
            case "all":
                machine.do(RunAll())
                self.whole = True
            case "restart":
                machine.do(RestartAndRunAll())
                self.whole = True
            case "interrupt":
                machine.do(Interrupt())
                self.whole = False
            case "stop":
                machine.do(StopKernel())
                self.whole = False
            case "die":
                machine.die()
                self.whole = False
            case "late" if machine.late:
                machine.do(machine.late.pop(draw(st.integers(0, len(machine.late) - 1))))
            case "run" if texts:
                machine.do(RunCells((cells[draw(st.sampled_from(texts))].id,)))
            case "only" if texts:
                machine.do(RunCells((cells[draw(st.sampled_from(texts))].id,), only=True))
            case "edit" if texts:
                place = draw(st.sampled_from(texts))
                cells[place] = PythonCell(cells[place].id, source=draw(sources()))
                self.change(cells)
            case "insert":
                cells.insert(draw(st.integers(0, len(cells))), PythonCell(f"c{self.count}", source=draw(sources())))
                self.count += 1
                self.change(cells)
            case "delete" if texts:
                del cells[draw(st.sampled_from(texts))]
                self.change(cells)
            case "move" if texts:
                cells.insert(draw(st.integers(0, len(cells) - 1)), cells.pop(draw(st.sampled_from(texts))))
                self.change(cells)
            case _:
                pass
        self.check()

    def change(self, cells: list[Cell]) -> None:
        self.machine.do(DocumentEdited(Document(cells=tuple(cells), settings=self.machine.state.document.settings)))
        self.whole = False

    def check(self, everything: bool = False) -> None:
        """What is shown as up to date is what a fresh run shows."""
        state = self.machine.state
        expected = fresh_run(state.document, dict(state.inputs))
        of_button = {"go", *state.graph.descendants("go")} if self.pressed else set()
        for id, (ended, text) in expected.items():
            run = state.cells[id]
            cut_off = run.outputs and isinstance(run.outputs[-1], ErrorOutput)
            cut_off = cut_off and run.outputs[-1].ename in ("Interrupted", "KernelEnded")  # type: ignore[union-attr]
            if id in of_button or cut_off:
                continue
            if everything or run.state in ("done", "error"):
                assert (run.state, self.machine.text(id)) == (ended, text), (id, state.document.cells)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.sampled_from(["app", "manual", "logic"]), st.lists(sources(), min_size=1, max_size=5))
def test_ses16_nothing_unmarked_is_out_of_date_and_all_comes_to_rest_as_a_fresh_run(
    data: st.DataObject, kind: str, texts: list[str]
) -> None:
    """[SES9] [SES11] [SES15] Checked after every single step."""
    play = Play("logic" if kind == "logic" else "app", document_of(texts, kind == "manual"))
    for _ in range(data.draw(st.integers(1, 25))):
        play.act(data.draw)
    play.machine.settle()
    play.check(everything=play.whole)
    stale = tuple(id for id, state in play.machine.states().items() if state in ("stale", "empty"))
    if stale and kind == "logic":
        play.machine.do(RunCells(stale))
        play.machine.settle()
        play.check()
        left = [id for id in stale if play.machine.state.cells[id].state not in ("done", "error", "skipped")]
        assert left == []
    play.machine.do(RunAll())
    play.machine.settle()
    play.check(everything=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.booleans(), st.lists(sources(), min_size=1, max_size=5))
def test_ses23_a_session_with_a_ready_kernel_shows_nothing_else_than_a_fresh_one(
    data: st.DataObject, manual: bool, texts: list[str]
) -> None:
    """Whatever comes before, while and after the kernel is taken over; checked after every step."""
    document = document_of(texts, manual)

    def ready() -> Machine | None:
        spare = Machine("app", document)
        spare.do(Begin("app"))
        spare.settle()
        return spare

    play = Play("app", document, ready)
    if data.draw(st.booleans()):
        play.machine.do(Begin("app"))
        play.whole = True
    for _ in range(data.draw(st.integers(1, 12))):
        play.act(data.draw)
    play.machine.settle()
    play.check(everything=play.whole)
    play.machine.do(RunAll())
    play.machine.settle()
    play.check(everything=True)
