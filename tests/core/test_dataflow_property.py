"""Whatever people do to a document and its inputs, a partial run ends as a fresh run from the top.

The kernel is a real Python namespace. It runs exactly what the plan says; what every cell shows afterwards is
compared with a run of all cells in a new namespace. Texts leave out what no text shows: two names for one object.
"""

from __future__ import annotations

import ast
import builtins
from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vernissage.core.dataflow import (
    ABSENT,
    UNKNOWN,
    Graph,
    KernelView,
    Plan,
    Version,
    after_edit,
    after_inputs,
    blocked_by,
    executed,
    graph_of,
    is_stale,
    plan,
    prepared,
    skipped,
    stale,
    stale_cells,
    top,
)
from vernissage.core.document import Cell, Document, InputCell, NumberInput, PythonCell

NAMES = ["a", "b", "sum", "f", "g"]
INPUTS = ["n", "m"]
STATEMENTS = [
    "{x} = {k}",
    "{x} = {k}",
    "{x} = [{k}]",
    "{x} = {y} + {y}",
    "{x} = {y} + {k}",
    "{x} = {y} * {i}",
    "{x} += {k}",
    "{x} += {x}",
    "{x}.append({k})",
    "{x}[0] = {k}",
    "del {x}",
    "if {i} > 2:\n    {x} = {k}",
    "if {i} > 2:\n    {x} = {k}\nelse:\n    {y} = {k}",
    "for {x} in range({i}):\n    pass",
    "try:\n    {x} = {y} + 1\nexcept NameError:\n    {x} = 'none'",
    "try:\n    {x} = 1 // {i}\nexcept ZeroDivisionError:\n    pass",
    "def f():\n    return {x} + {x}",
    "def g():\n    return f()",
    "def f():\n    {x}.append({k})",
    "def f():\n    global {x}\n    {x} = {k}",
    "f = lambda: ({x}, {k})",
    "def f():\n    return lambda: {x} + {x}",
    "g = f",
    "g = f()",
    "f()",
    "g()",
    "1 // {i}",
    "{i} = {k}",
    "{i} += 1",
    "class f:\n    def __call__(self):\n        return {x} + {k}",
]


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A cell of a few statements whose last line shows some names."""
    lines = [
        draw(st.sampled_from(STATEMENTS)).format(
            x=draw(st.sampled_from(NAMES)),
            y=draw(st.sampled_from(NAMES)),
            i=draw(st.sampled_from(INPUTS)),
            k=draw(st.integers(0, 4)),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    shown = draw(st.lists(st.sampled_from([*NAMES, *INPUTS, "f()", "g()"]), max_size=2))
    return "\n".join([*lines, f"({''.join(s + ', ' for s in shown)})"])


Action = tuple[str, int, str, int]
actions = st.tuples(
    st.sampled_from(["input", "edit", "insert", "delete", "move", "run", "only", "settle", "settle"]),
    st.integers(0, 9),
    sources(),
    st.integers(0, 4),
)


def show(value: object) -> str:
    """A value without addresses."""
    if callable(value):
        return "function"
    if isinstance(value, tuple):
        return "(" + ", ".join(show(part) for part in value) + ")"
    return repr(value) if isinstance(value, int | str | list | bool) else type(value).__name__


def execute(source: str, namespace: dict[str, Any]) -> tuple[bool, str]:
    """What a cell shows, and whether it ran to its end."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    try:
        exec(compile(tree, "cell", "exec"), namespace)
        return True, show(eval(compile(ast.Expression(last.value), "cell", "eval"), namespace))
    except Exception as error:  # noqa: BLE001 - whatever a cell raises is what it shows
        return False, type(error).__name__


def fresh_run(document: Document, graph: Graph, values: dict[str, int]) -> dict[str, str]:
    """What every cell shows in a new namespace, top to bottom, dependents of failed cells skipped."""
    namespace: dict[str, Any] = {"__builtins__": builtins, **values}
    failed: set[str] = set()
    shown: dict[str, str] = {}
    for cell in document.cells:
        if not isinstance(cell, PythonCell):
            continue
        if not failed.isdisjoint(graph.nodes[cell.id].depends):
            failed.add(cell.id)
            shown[cell.id] = "skipped"
            continue
        ok, shown[cell.id] = execute(cell.source, namespace)
        if not ok:
            failed.add(cell.id)
    return shown


class Session:
    """A document, a kernel, and what a session machine does with both."""

    def __init__(self, cells: list[str]) -> None:
        self.count = len(cells)
        inputs: list[Cell] = [InputCell(id=f"in-{name}", input=NumberInput(name=name, default=1)) for name in INPUTS]
        texts: list[Cell] = [PythonCell(id=f"c{i}", source=source) for i, source in enumerate(cells)]
        self.document = Document(cells=(*texts[:1], *inputs, *texts[1:]))
        self.graph = graph_of(self.document)
        self.values = {"n": 1, "m": 3}
        self.state = KernelView()
        self.namespace: dict[str, Any] = {"__builtins__": builtins}
        self.shown: dict[str, str] = {}
        self.ran: dict[str, str] = {}

    def change(self, cells: list[Cell]) -> None:
        self.document = Document(cells=tuple(cells))
        graph = graph_of(self.document, self.graph)
        assert graph.nodes == graph_of(self.document).nodes  # made in steps or at once, the graph is the same
        self.state = after_edit(self.graph, graph, self.state)
        self.graph = graph

    def run(self, wanted: list[str], mode: Any = "auto") -> Plan:
        todo = plan(self.graph, self.state, wanted, mode)
        self.state = stale(self.graph, self.state, wanted)
        for name in todo.forget:
            self.namespace.pop(name, None)
        for id in todo.inputs:
            for name in self.graph.tops[top(id)]:
                self.namespace[name] = self.values[name]
        self.state = prepared(self.graph, self.state, todo)
        for id in todo.cells:
            if blocked_by(self.graph, self.state, id) is not None:
                self.shown[id] = "skipped"
                self.state = skipped(self.graph, self.state, id)
                continue
            cell = self.graph.cells[id]
            assert isinstance(cell, PythonCell)
            self.ran[id] = cell.source
            ok, self.shown[id] = execute(cell.source, self.namespace)
            self.state = executed(self.graph, self.state, id, "done" if ok else "failed")
        return todo

    def act(self, action: Action) -> None:
        kind, at, source, value = action
        cells = list(self.document.cells)
        texts = [i for i, cell in enumerate(cells) if isinstance(cell, PythonCell)]
        place = texts[at % len(texts)] if texts else 0
        match kind:
            case "input":
                name = INPUTS[at % 2]
                self.values[name] = value
                self.state = after_inputs(self.graph, self.state, [name])
                self.run([f"in-{name}"] if at > 4 else list(stale_cells(self.graph, self.state)))
            case "edit" if texts:
                cells[place] = PythonCell(id=cells[place].id, source=source)
                self.change(cells)
            case "insert":
                cells.insert(at % (len(cells) + 1), PythonCell(id=f"c{self.count}", source=source))
                self.count += 1
                self.change(cells)
            case "delete" if texts:
                del cells[place]
                self.change(cells)
            case "move" if texts:
                cells.insert(value, cells.pop(place))
                self.change(cells)
            case "run" if texts:
                id = cells[place].id
                before, graph = self.state, self.graph
                todo = self.run([id])
                least(graph, before, {id, *graph.downstream([id])}, todo)
                for ran in [id, *self.graph.descendants(id)]:
                    assert not is_stale(self.graph, self.state, ran), (ran, todo)
            case "only" if texts and not self.edited():
                self.run([cells[place].id], "only")
            case "settle":
                before = self.state
                wanted = set(stale_cells(self.graph, self.state))
                todo = self.run(sorted(wanted))
                least(self.graph, before, wanted, todo)
                assert stale_cells(self.graph, self.state) == ()
            case _:
                pass
        self.check()

    def edited(self) -> bool:
        """Whether the kernel holds something of a text that is no longer there. A cell run alone might call it."""
        return any(
            not isinstance(cell := self.graph.cells.get(id), PythonCell) or cell.source != self.ran[id]
            for id in self.state.held.values()
            if id in self.ran
        )

    def check(self) -> None:
        """Every cell that counts as fresh shows what a fresh run shows."""
        expected = fresh_run(self.document, self.graph, self.values)
        for id, shown in expected.items():
            if id in self.state.fresh:
                assert self.shown[id] == shown, (id, [c for c in self.document.cells if isinstance(c, PythonCell)])


def least(graph: Graph, state: KernelView, wanted: set[str], todo: Plan) -> None:
    """The plan does, and no plan that leaves out some of the extra cells would."""
    assert does(graph, state, wanted, todo, chains=False), todo
    extra = [id for id in todo.cells if id not in wanted]
    if len(extra) > 6:
        extra = extra[:6]
    for size in range(1, len(extra) + 1):
        for left_out in combinations(extra, size):
            cells = tuple(id for id in todo.cells if id not in left_out)
            smaller = Plan(todo.forget, todo.inputs, cells)
            assert not does(graph, state, wanted, smaller), (left_out, todo)


def does(graph: Graph, state: KernelView, wanted: set[str], todo: Plan, chains: bool = True) -> bool:
    """Whether a plan leaves the wanted cells fresh, and no name that it must give back in an earlier state."""
    after = prepared(graph, stale(graph, state, [id for id in wanted if id in graph.nodes]), todo)
    gone_back: dict[str, int] = {}
    for id in todo.cells:
        if blocked_by(graph, after, id) is not None:
            after = skipped(graph, after, id)
            continue
        for name, writer in graph.nodes[id].needs:
            gone_back[name] = min(gone_back.get(name, 99), graph.place(writer))
        same = id in state.fresh and id not in wanted  # else it may well succeed this time
        outcome: Any = "failed" if same and id in state.failed else "done"
        after = executed(graph, after, id, outcome)
    if any(id not in after.fresh for id in wanted | set(state.fresh) if id in graph.nodes and graph.nodes[id].runs):
        return False
    if chains and any(
        after.held[name] == UNKNOWN and graph.is_live(Version(name, id))
        for id in todo.cells
        for name in graph.nodes[id].writes
        if after.held.get(name) == UNKNOWN
    ):
        return False
    for name, held in state.held.items():
        node = graph.nodes.get(held)
        if (
            node is None
            or name not in node.writes
            or held not in state.fresh
            or held in state.failed | set(state.skipped)
        ):
            continue
        now = after.held.get(name, ABSENT)
        read = graph.is_live(Version(name, held))
        made_of = any(v.name == name for v in node.needs)
        if graph.place(now) < node.place and (read or made_of or gone_back.get(name, 99) < node.place):
            return False
    return True


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(sources(), min_size=2, max_size=7), st.lists(actions, max_size=8))
def test_dat10_a_partial_run_ends_as_a_fresh_run_with_the_least_executed(cells: list[str], steps: list[Action]) -> None:
    """[DAT10] [DAT11] [DAT12] [DAT13] [DAT14]"""
    session = Session(cells)
    session.act(("settle", 0, "", 0))
    for step in steps:
        session.act(step)
    session.act(("settle", 0, "", 0))
