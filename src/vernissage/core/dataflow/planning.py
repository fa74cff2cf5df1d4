"""What must run: the state of a kernel, and the least that makes it the state of a fresh run.

A kernel has run some cells in some order. `KernelView` says what is known of it: for each name the writer whose
state it holds, and which cells ended as they would in a fresh run from the top. `plan` answers what must be
executed so that wanted cells and all that rests on them end so too; the transitions below it (`executed`,
`skipped`, …) keep the view true while that happens. How a session uses them:

    state = after_edit(before, after, state)        a document changed
    state = after_inputs(graph, state, variables)   values of inputs changed
    todo  = plan(graph, state, wanted)
    state = stale(graph, state, wanted)             from here on they are to be run, come what may
    (the kernel forgets todo.forget and sets the variables of todo.inputs)
    state = prepared(graph, state, todo)
    for each cell of todo.cells, in that order:
        if (on := blocked_by(graph, state, cell)):  state = skipped(graph, state, cell)
        else: execute it;                           state = executed(graph, state, cell, outcome)

Promise: nothing here asks what a cell printed or how long it took, everything is a value, and a plan holds no cell
that the rule does not need. Left alone: when and where cells are run (`session`, `run`), values of inputs (`inputs`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeAlias

from vernissage.core.dataflow.graph import ABSENT, Graph, Node, Version, Writer, cell_of, content_same, is_top, top
from vernissage.core.document import Struct

Outcome: TypeAlias = Literal["done", "failed", "interrupted"]
"""done: ran to its end. failed: raised. interrupted: stopped from outside, so a fresh run need not end like it."""

UNKNOWN = "?"
"""In `held`: some state that no fresh run has at any point."""


class KernelView(Struct, frozen=True):
    """What is known of a kernel. The empty view is that of a kernel just started, with no variable set."""

    held: dict[str, Writer] = {}
    """Name → the writer that made the state which the kernel holds. No entry: the name is not there."""
    fresh: frozenset[Writer] = frozenset()
    """Cells that ended (done, failed or skipped) as in a fresh run with the present sources and inputs, and `top(id)`
    of each input whose present value has been set. Other cells are stale, or were never run."""
    failed: frozenset[str] = frozenset()
    """Cells whose last execution failed."""
    skipped: dict[str, str] = {}
    """Cells that were skipped when they were last due → the failed cell on which they waited."""


class Plan(Struct, frozen=True):
    """What is to be done, in this order."""

    forget: tuple[str, ...] = ()
    """Names that the kernel must delete (where it has them) before anything else, sorted."""
    inputs: tuple[str, ...] = ()
    """Input cells whose variables must be set to their present values before the first cell, in notebook order."""
    cells: tuple[str, ...] = ()
    """Cells to execute, in notebook order. An input stands here only to read its options."""


# --- asking -----------------------------------------------------------------------------------------


def is_stale(graph: Graph, state: KernelView, id: str) -> bool:
    """Whether a cell that runs at all has not ended as in a fresh run."""
    return graph.nodes[id].runs and id not in state.fresh


def stale_cells(graph: Graph, state: KernelView) -> tuple[str, ...]:
    """All cells that are stale or were never run, in notebook order: what an app's session wants after a change."""
    return tuple(id for id in graph.nodes if is_stale(graph, state, id))


def blocked_by(graph: Graph, state: KernelView, id: str) -> str | None:
    """[DAT13] The failed cell because of which this one is skipped, or None if it may run: the first one."""
    for writer in sorted(graph.nodes[id].depends, key=graph.place):
        if writer in state.failed:
            return writer
        if writer in state.skipped:
            return state.skipped[writer]
    return None


def ghosts(graph: Graph, state: KernelView) -> tuple[str, ...]:
    """[DAT12] Names that the kernel holds though the cell that made them is gone or makes them no longer, sorted."""
    return tuple(sorted(n for n, w in state.held.items() if w != UNKNOWN and not graph.writes(w, n)))


def plan(
    graph: Graph,
    state: KernelView,
    wanted: Collection[str],
    mode: Literal["auto", "only"] = "auto",
    retry: bool = False,
) -> Plan:
    """[DAT10] The least to execute so that the wanted cells and all that rests on them end as in a fresh run.

    `auto`: stale cells that the wanted ones rest on, the wanted ones, their descendants, and, where a name has several
    states, the cells that bring back the state that is read and afterwards the last one. `only`: the wanted cells and
    nothing else. A wanted input stands for its variable: what reads it is wanted. With `retry`, failed cells that a
    wanted one waits on are wanted too (somebody pressed Run on it); otherwise they stay failed, as in a fresh run.
    """
    ids = [id for id in wanted if id in graph.nodes]
    if mode == "only":
        cells = graph.ordered(id for id in ids if graph.nodes[id].runs)
        writers = [top(id) for id in ids] + [w for id in cells for w in graph.nodes[id].depends]
        return Plan((), _harmless_inputs(graph, state, writers), cells)
    chosen = set(ids)
    if retry:
        for id in ids:
            chosen |= {a for a in graph.ancestors(id) if a in state.failed or a in state.skipped}
    return _Planner(graph, state, chosen).plan()


def full(graph: Graph) -> Plan:
    """A run of everything in a kernel just started: every input, every cell."""
    return plan(graph, KernelView(), tuple(graph.nodes))


# --- planning ---------------------------------------------------------------------------------------


def _valid(graph: Graph, state: KernelView, version: Version) -> bool:
    """Whether the kernel holds this version as a fresh run would make it."""
    held = state.held.get(version.name, ABSENT)
    if held != version.writer:
        return False
    return held == ABSENT or _sound(graph, state, version)


def _sound(graph: Graph, state: KernelView, version: Version) -> bool:
    """Whether the writers of a version ended well, and as in a fresh run."""
    return all(
        writer in state.fresh and writer not in state.failed and writer not in state.skipped
        for writer in _rests_on(graph, version)
    )


def _rests_on(graph: Graph, version: Version) -> list[Writer]:
    """The writer of a version, and those of the versions that it may hold instead."""
    found: list[Writer] = []
    step: Version | None = version
    while step is not None and step.writer != ABSENT:
        found.append(step.writer)
        node = graph.nodes.get(step.writer)
        step = next((v for v in node.weak if v.name == version.name), None) if node is not None else None
    return found


def _harmless_inputs(graph: Graph, state: KernelView, writers: Iterable[Writer]) -> tuple[str, ...]:
    """Inputs among these writers whose present value is not set and whose setting hides no cell's state."""
    return tuple(
        cell_of(t)
        for t in graph.tops
        if t in set(writers) and t not in state.fresh and all(state.held.get(v, t) == t for v in graph.tops[t])
    )


class _Planner:
    """Grows the set of cells to run until nothing is missing; a cell once in stays in."""

    def __init__(self, graph: Graph, state: KernelView, chosen: set[str]) -> None:
        self.graph, self.state = graph, state
        self.forget = set(ghosts(graph, state))
        self.tops: set[Writer] = set()
        self.kept: set[Version] = set()
        """Versions to be made again though nobody reads them; what they may hold instead is made before them."""
        for t, names in graph.tops.items():
            if t not in state.fresh and all(state.held.get(n, t) in (t, UNKNOWN) for n in names):
                self.tops.add(t)  # nothing of a cell's is lost by setting it now
        wanted = chosen | graph.downstream([*chosen, *(top(id) for id in chosen)])
        self.run = {id for id in wanted if graph.nodes[id].runs}

    def plan(self) -> Plan:
        while self.grow():
            pass
        graph = self.graph
        return Plan(
            tuple(sorted(self.forget)),
            graph.ordered(cell_of(t) for t in self.tops),
            graph.ordered(self.run),
        )

    def size(self) -> int:
        return len(self.run) + len(self.forget) + len(self.tops) + len(self.kept)

    def grow(self) -> bool:
        """One walk down the cells to run. True if something was added."""
        graph, size = self.graph, self.size()
        cells = graph.ordered(self.run)
        acted: dict[str, int] = dict.fromkeys(self.forget, -1)
        acted.update((name, -1) for t in self.tops for name in graph.tops[t])
        earlier: dict[str, int] = {}
        barred = self.barred()
        for id in cells:
            node = graph.nodes[id]
            if barred[id]:
                # It will be skipped. What it waits on must be known to be so too.
                on = [w for w in graph.ordered(node.depends) if barred[w]]
                if not any(w in self.run or w in self.state.fresh for w in on):
                    self.run.add(on[0])
                continue
            for version in self.needs(node, barred):
                earlier[version.name] = min(earlier.get(version.name, node.place), graph.place(version.writer))
                if not self.given(version) and (version.name in acted or not _valid(graph, self.state, version)):
                    self.bring(version, acted)
            for name in node.writes:
                acted[name] = node.place
        if self.size() != size:
            return True  # what else is to be brought may write over the same names: only then is it known what is lost
        for name, place in acted.items():
            held = self.state.held.get(name, ABSENT)
            if held == ABSENT or graph.place(held) <= place or not self.restores(Version(name, held), earlier):
                continue
            self.run.add(held)
            self.kept.add(Version(name, held))
        return self.size() != size

    def barred(self) -> dict[Writer, bool]:
        """Of the cells to run and all that is not fresh above them: whether they are sure to be skipped, because
        something failed as in a fresh run and is not tried again."""
        graph, state = self.graph, self.state
        found: dict[Writer, bool] = {}
        unsettled: set[str] = set()
        todo: list[Writer] = list(self.run)
        while todo:
            writer = todo.pop()
            if writer in found or writer in unsettled:
                continue
            if writer not in graph.nodes or (writer in state.fresh and writer not in self.run):
                found[writer] = writer in state.failed or writer in state.skipped
            else:
                unsettled.add(writer)
                todo += [*graph.nodes[writer].depends, *(v.writer for v in graph.nodes[writer].weak)]
        for id in graph.ordered(unsettled):
            found[id] = any(found[w] for w in graph.nodes[id].depends)
        return found

    def needs(self, node: Node, barred: dict[Writer, bool]) -> list[Version]:
        """The versions that must be there when a cell runs: what it reads, and what it may let through to others."""
        graph = self.graph
        kept = [v for v in node.weak if graph.is_live(at := Version(v.name, node.id)) or at in self.kept]
        self.kept.update(v for v in kept if Version(v.name, node.id) in self.kept)
        return [*node.needs, *(v for v in kept if not any(barred.get(w, False) for w in _rests_on(graph, v)))]

    def given(self, version: Version) -> bool:
        """Whether the plan makes this version, at its own place and so before the cell that reads it."""
        name, writer = version
        return name in self.forget if writer == ABSENT else writer in self.tops or writer in self.run

    def bring(self, version: Version, acted: dict[str, int]) -> None:
        name, writer = version
        if writer == ABSENT:
            self.forget.add(name)
            acted.setdefault(name, -1)
        elif is_top(writer):
            self.tops.add(writer)
            for variable in self.graph.tops[writer]:
                acted.setdefault(variable, -1)
        else:
            self.run.add(writer)

    def restores(self, version: Version, earlier: Mapping[str, int]) -> bool:
        """Whether a state that the plan writes over must be made again: somebody reads it, or it was itself made from
        earlier states of its name, or the plan went back to an earlier one for the name's own sake."""
        graph, (name, held) = self.graph, version
        if not _sound(graph, self.state, version):
            return False
        own = any(v.name == name for v in graph.nodes[held].needs)
        return own or earlier.get(name, graph.place(held)) < graph.place(held) or graph.is_live(version)


# --- what happened ----------------------------------------------------------------------------------


def stale(graph: Graph, state: KernelView, ids: Iterable[str]) -> KernelView:
    """These cells, and all that rests on them, are to be run: whatever ended is out of date."""
    cells = [id for id in ids if id in graph.nodes]
    return _fallen(graph, _without(state, {*cells}), [*cells, *(top(id) for id in cells)])


def prepared(graph: Graph, state: KernelView, plan: Plan) -> KernelView:
    """The kernel has forgotten and set what the plan says."""
    return _set(graph, _changed(state, held={n: w for n, w in state.held.items() if n not in plan.forget}), plan.inputs)


def executed(graph: Graph, state: KernelView, id: str, outcome: Outcome) -> KernelView:
    """[DAT14] A cell was executed and ended. It is fresh if all that it read was the state of a fresh run."""
    node = graph.nodes[id]
    proper = outcome != "interrupted" and all(_valid(graph, state, v) for v in node.needs)
    kept = {v.name for v in node.weak if not _valid(graph, state, v)}
    held = state.held | {name: UNKNOWN if name in kept else id for name in node.writes}
    if not proper:
        held |= dict.fromkeys(_strayed(graph, state, node), UNKNOWN)
    failed = state.failed - {id} if outcome == "done" else state.failed | {id}
    turned = (id in state.failed or id in state.skipped) != (id in failed)
    skipped = {cell: on for cell, on in state.skipped.items() if cell != id}
    after = _changed(state, held=held, failed=failed, skipped=skipped)
    if not proper:
        return _fallen(graph, _without(after, {id}), [id])
    if turned or id not in state.fresh:
        after = _fallen(graph, after, [id])
    return _changed(after, fresh=after.fresh | {id})


def _strayed(graph: Graph, state: KernelView, node: Node) -> set[str]:
    """Names that a cell may have changed though it never would in a fresh run: it met functions not above it."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = [v.name for v in node.needs]
    while todo:
        name = todo.pop()
        maker = graph.nodes.get(state.held.get(name, ABSENT))
        late = maker.names.late.get(name) if maker is not None else None
        if late is not None and name not in seen:
            seen.add(name)
            found |= late.mutates
            todo += [*late.reads, *late.via, *late.called]
    return found - node.writes


def skipped(graph: Graph, state: KernelView, id: str) -> KernelView:
    """[DAT13] A cell was due and was not executed, because one that it rests on failed (`blocked_by`)."""
    on = blocked_by(graph, state, id)
    if on is None:
        return state
    after = _changed(state, failed=state.failed - {id}, skipped=state.skipped | {id: on})
    if id not in state.skipped:
        after = _fallen(graph, after, [id])
    return _changed(after, fresh=after.fresh | {id}) if _bars(graph, state, id) else _without(after, {id})


def _bars(graph: Graph, state: KernelView, id: str) -> bool:
    """Whether a fresh run would skip this cell too."""
    return any(w in state.fresh for w in graph.nodes[id].depends if w in state.failed or w in state.skipped)


def after_inputs(graph: Graph, state: KernelView, variables: Collection[str]) -> KernelView:
    """[DAT11] The values of these input variables changed: they are to be set, and all that rests on them is stale."""
    changed = {t for t, names in graph.tops.items() if not set(names).isdisjoint(variables)}
    return _fallen(graph, _without(state, changed), changed)


def after_edit(before: Graph, after: Graph, state: KernelView) -> KernelView:
    """[DAT11] The document changed. A cell stays fresh if it runs as before and reads the same states of the same
    writers, all of them fresh. Names that nobody makes any more are those of `ghosts(after, …)`; the next plan forgets
    them."""
    if before is after:
        return state
    fresh: set[Writer] = {t for t, names in after.tops.items() if t in state.fresh and before.tops.get(t) == names}
    same = before.nodes is after.nodes
    for id, node in after.nodes.items():
        if id not in state.fresh or not content_same(before.cells.get(id), after.cells[id]):
            continue
        old = before.nodes[id]
        if not same and (old.needs != node.needs or old.depends != node.depends):
            continue
        if node.depends <= fresh:
            fresh.add(id)
    held = state.held
    if not same:  # what a definition that did not happen let through is another state now
        held = {
            n: w if _rests_on(before, v := Version(n, w)) == _rests_on(after, v) else UNKNOWN for n, w in held.items()
        }
        held |= {n: w for n, w in state.held.items() if not after.writes(w, n)}
    return KernelView(
        held,
        frozenset(fresh),
        frozenset(id for id in state.failed if id in after.nodes),
        {id: on for id, on in state.skipped.items() if id in after.nodes},
    )


def _set(graph: Graph, state: KernelView, inputs: Iterable[str]) -> KernelView:
    held, fresh = dict(state.held), set(state.fresh)
    for id in inputs:
        fresh.add(top(id))
        for variable in graph.tops.get(top(id), ()):
            held[variable] = top(id)
    return _changed(state, held=held, fresh=frozenset(fresh))


def _fallen(graph: Graph, state: KernelView, writers: Iterable[Writer]) -> KernelView:
    """All that rests on these writers is stale. What rests on a cell that was stale before is so already, unless it is
    skipped for another's sake, which it still is."""
    found: set[Writer] = set()
    todo = list(writers)
    while todo:
        new = [id for id in graph.dependents.get(todo.pop(), ()) if id in state.fresh and id not in found]
        found.update(new)
        todo += new
    return _without(state, found)


def _without(state: KernelView, writers: set[Writer]) -> KernelView:
    return state if state.fresh.isdisjoint(writers) else _changed(state, fresh=state.fresh - writers)


def _changed(
    state: KernelView,
    *,
    held: dict[str, Writer] | None = None,
    fresh: frozenset[Writer] | None = None,
    failed: frozenset[str] | None = None,
    skipped: dict[str, str] | None = None,
) -> KernelView:
    return KernelView(
        state.held if held is None else held,
        state.fresh if fresh is None else fresh,
        state.failed if failed is None else failed,
        state.skipped if skipped is None else skipped,
    )
