"""The graph of a document: which cell made the state of a name that another reads.

A cell reads each name in the state that the nearest writer above it left: the writer makes a *version* of
the name, and a read leads to one version. The versions of a name form a chain in notebook order. Every
chain starts at the top with the variable of an input, or with `ABSENT`: a name that nothing above gives is
not there in a fresh run, whatever the kernel may still hold.

Input cells stand above the first cell as far as their variables go. Where an input also reads its options from
an expression, that reading happens at the cell's own place. So an input's variable has a writer of its own, `top(id)`,
which is no cell's id.

A definition that may not happen (`perhaps`) makes a version that holds the one before it: its readers depend on
both, the cell itself on neither.

Left alone: what the kernel holds and what must run (`planning`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from vernissage.core.dataflow.cells import content, names_of, options_from
from vernissage.core.dataflow.names import BUILTINS, Late, Names, both
from vernissage.core.document import Cell, Document, InputCell, Struct

ABSENT = ""
"""The writer at the top of a name that no input gives."""

Writer: TypeAlias = str
"""A cell's id, `top(id)`, or ABSENT."""


def top(id: str) -> Writer:
    """The writer of an input cell's variables."""
    return f"={id}"


def is_top(writer: Writer) -> bool:
    """Whether a writer is an input's variable, not a cell's execution."""
    return writer.startswith("=")


def cell_of(writer: Writer) -> str:
    """The cell that a writer belongs to."""
    return writer.removeprefix("=")


class Version(NamedTuple):
    """The state of a name that one writer leaves."""

    name: str
    writer: Writer


class Arrow(Struct, frozen=True):
    """An arrow of the graph view."""

    source: str
    target: str
    names: tuple[str, ...]
    """What `target` reads of what `source` makes, sorted."""


class Node(Struct, frozen=True):
    """One cell in the graph."""

    id: str
    place: int
    names: Names
    runs: bool
    """False: an input without dynamic options; nothing of it is executed."""
    needs: tuple[Version, ...]
    """What it reads."""
    depends: frozenset[Writer]
    """All writers that its needs rest on, those that a `perhaps` lets through included."""
    writes: frozenset[str]
    weak: tuple[Version, ...]
    """For each name that it perhaps defines: the version that stays if it does not."""


class Graph(Struct, frozen=True):
    """A document's cells, and how they hang together. A value; `graph_of` makes it."""

    cells: dict[str, Cell]
    """In notebook order."""
    nodes: dict[str, Node]
    tops: dict[str, tuple[str, ...]]
    """`top(id)` → the variables of an input."""
    readers: dict[Version, tuple[str, ...]]
    """The cells that read a version, in notebook order."""
    dependents: dict[Writer, tuple[str, ...]]
    """The cells that rest on a writer directly, in notebook order."""
    passed: frozenset[Version]
    """Versions that are read through a later cell which perhaps defines the name."""

    def place(self, writer: Writer) -> int:
        """Where in a full run a writer stands; -1 for inputs and for what is absent."""
        node = self.nodes.get(writer)
        return -1 if node is None else node.place

    def writes(self, writer: Writer, name: str) -> bool:
        """Whether a writer still stands in the document and writes the name."""
        node = self.nodes.get(writer)
        return name in (node.writes if node is not None else self.tops.get(writer, ()))

    def is_live(self, version: Version) -> bool:
        """Whether any cell reads a version, straight or through cells that perhaps define the name."""
        return version in self.readers or version in self.passed

    def ordered(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These cells in notebook order; those that are not in the document are left out."""
        return tuple(sorted({id for id in ids if id in self.nodes}, key=self.place))

    def parents(self, id: str) -> tuple[str, ...]:
        """The cells that made what this cell reads, inputs included, in notebook order."""
        return self.ordered({cell_of(w) for w in self.nodes[id].depends} - {id})

    def children(self, id: str) -> tuple[str, ...]:
        """The cells that read what this cell, or this input's variable, makes, in notebook order."""
        return self.ordered({*self.dependents.get(id, ()), *self.dependents.get(top(id), ())} - {id})

    def ancestors(self, id: str) -> tuple[str, ...]:
        """All cells that this one rests on. An input's variable does not rest on its options."""
        found: set[str] = set()
        todo = set(self.nodes[id].depends)
        while todo:
            writer = todo.pop()
            if writer not in found:
                found.add(writer)
                if writer in self.nodes:
                    todo |= self.nodes[writer].depends
        return self.ordered({cell_of(w) for w in found} - {id})

    def descendants(self, id: str) -> tuple[str, ...]:
        """All cells that rest on this one, or on its variable if it is an input."""
        return self.ordered(self.downstream([id, top(id)]) - {id})

    def downstream(self, writers: Iterable[Writer]) -> set[str]:
        """The cells that rest on any of these writers; the writers themselves are left out unless they do."""
        found: set[str] = set()
        todo = list(writers)
        while todo:
            for cell in self.dependents.get(todo.pop(), ()):
                if cell not in found:
                    found.add(cell)
                    todo.append(cell)
        return found

    def readers_of(self, variables: Collection[str]) -> tuple[str, ...]:
        """The cells that read these input variables directly."""
        owners = [t for t, names in self.tops.items() if not set(names).isdisjoint(variables)]
        return self.ordered({cell for t in owners for cell in self.dependents.get(t, ())})

    def undefined(self, id: str) -> tuple[str, ...]:
        """[DAT8] Names that this cell reads and that nothing above it gives: a fresh run fails there."""
        needs = self.nodes[id].needs
        return tuple(v.name for v in needs if v.writer == ABSENT and v.name not in BUILTINS)

    def arrows(self) -> tuple[Arrow, ...]:
        """The arrows of the graph view, in notebook order of their targets."""
        names: dict[tuple[str, str], set[str]] = {}
        for node in self.nodes.values():
            for version in node.needs:
                if version.writer != ABSENT:
                    names.setdefault((cell_of(version.writer), node.id), set()).add(version.name)
            for writer in node.depends:
                names.setdefault((cell_of(writer), node.id), set())
        pairs = sorted(names, key=lambda pair: (self.place(pair[1]), self.place(pair[0])))
        return tuple(Arrow(a, b, tuple(sorted(names[a, b]))) for a, b in pairs if a != b)


def graph_of(document: Document, previous: Graph | None = None) -> Graph:
    """[DAT7] The graph of a document. Cells that `previous` holds unchanged are not analysed again, and where no name
    changed, its arrows are kept as they are."""
    cells = {cell.id: cell for cell in document.cells}
    names: dict[str, Names] = {}
    for id, cell in cells.items():
        before = previous.cells.get(id) if previous is not None else None
        last = previous.nodes[id].names if previous is not None and before is not None else None
        if last is not None and (before is cell or before == cell):
            names[id] = last
        else:
            names[id] = names_of(cell, last if type(before) is type(cell) else None)
    if previous is not None and list(cells) == list(previous.nodes):
        if all(_same(previous.nodes[id], previous.cells[id], names[id], cells[id]) for id in cells):
            return Graph(cells, previous.nodes, previous.tops, previous.readers, previous.dependents, previous.passed)
    return _resolved(cells, names)


def _same(node: Node, before: Cell, names: Names, cell: Cell) -> bool:
    return (node.names is names or node.names == names) and node.runs == _runs(cell) and type(before) is type(cell)


def _runs(cell: Cell) -> bool:
    return not isinstance(cell, InputCell) or bool(options_from(cell))


def _resolved(cells: dict[str, Cell], names: dict[str, Names]) -> Graph:
    tops = {top(id): tuple(sorted(names[id].defines)) for id, cell in cells.items() if isinstance(cell, InputCell)}
    guesses = _star_guesses(cells, names, {v for vs in tops.values() for v in vs})
    seen = _Seen(tops)
    under: dict[Version, Version] = {}  # a version that a `perhaps` made → the one that it holds
    nodes: dict[str, Node] = {}
    readers: dict[Version, list[str]] = {}
    dependents: dict[Writer, list[str]] = {}
    for place, (id, cell) in enumerate(cells.items()):
        own = names[id]
        reads, mutates = seen.touched(own)
        needs = tuple(seen.version(name) for name in sorted(reads | mutates))
        depends: set[Writer] = set()
        for version in needs:
            step: Version | None = version
            while step is not None:
                if step.writer != ABSENT:
                    depends.add(step.writer)
                step = under.get(step)
            readers.setdefault(version, []).append(id)
        for writer in depends:
            dependents.setdefault(writer, []).append(id)
        is_input = isinstance(cell, InputCell)
        perhaps = own.perhaps - mutates
        defines = own.defines | own.deletes | guesses.get(id, frozenset())
        writes = frozenset() if is_input else defines | mutates | perhaps
        weak = () if is_input else tuple(seen.version(n) for n in sorted(perhaps - defines))
        for version in weak:
            under[Version(version.name, id)] = version
        seen.write(id, own, sorted(writes))
        nodes[id] = Node(id, place, own, _runs(cell), needs, frozenset(depends), writes, weak)
    passed: set[Version] = set()
    for node in reversed(nodes.values()):
        for version in node.weak:
            above = Version(version.name, node.id)
            if above in readers or above in passed:
                passed.add(version)
    return Graph(
        cells,
        nodes,
        tops,
        {version: tuple(ids) for version, ids in readers.items()},
        {writer: tuple(ids) for writer, ids in dependents.items()},
        frozenset(passed),
    )


def _star_guesses(cells: Mapping[str, Cell], names: dict[str, Names], given: set[str]) -> dict[str, frozenset[str]]:
    """[DAT9] What a star import is taken to define: the names read below it that nothing else above a reader gives."""
    if not any(own.star for own in names.values()):
        return {}
    stars: list[str] = []
    guesses: dict[str, set[str]] = {}
    known = set(given)
    for id in cells:
        own = names[id]
        if own.star:
            stars.append(id)  # its own cell may read what it brings, which is no read of another's
        for name in own.reads.union(*(late.reads for late in own.late.values())) - known - BUILTINS:
            for star in stars:
                guesses.setdefault(star, set()).add(name)
        known |= own.writes()
    return {id: frozenset(found) for id, found in guesses.items()}


class _Seen:
    """What is known of the names' present states on the way down."""

    def __init__(self, tops: Mapping[str, tuple[str, ...]]) -> None:
        self.writer: dict[str, Writer] = {variable: t for t, variables in tops.items() for variable in variables}
        self.late: dict[str, Late] = {}
        self.imported: set[str] = set()

    def version(self, name: str) -> Version:
        return Version(name, self.writer.get(name, ABSENT))

    def write(self, id: str, own: Names, names: Iterable[str]) -> None:
        late = {name: self.flat(name, own, set()) for name in own.late}
        for name in names:
            self.writer[name] = id
            here = late.get(name)
            if name in own.defines or name in own.deletes:
                self.late.pop(name, None)
                self.imported.discard(name)
            elif here is not None and name in self.late:
                here = both(self.late[name], here)
            if here is not None:
                self.late[name] = here
            if name in own.imports:
                self.imported.add(name)

    def flat(self, name: str, own: Names, seen: set[str]) -> Late | None:
        """What using a value of this cell touches, with what the values that it holds touch; None = nothing."""
        seen.add(name)
        found = own.late[name]
        held = [(other, True) for other in found.called] + [(other, False) for other in found.via]
        for other, called in held:
            inner = self.late.get(other)
            if other in own.late and other not in seen:
                mine = self.flat(other, own, seen)
                inner = mine if inner is None or mine is None else both(inner, mine)
            if inner is not None and (inner.gives or not called):
                found = both(found, inner)
        if not found.reads:
            return None
        return Late(found.reads, found.mutates, found.methods, gives=found.gives)

    def touched(self, own: Names) -> tuple[frozenset[str], frozenset[str]]:
        """[DAT6] What a cell reads and mutates, with all that the functions which it uses touch when used."""
        reads, mutates = set(own.reads), own.mutates - (own.methods & self.imported)
        seen: set[str] = set()
        todo = [*own.reads]
        while todo:
            name = todo.pop()
            late = self.late.get(name)
            if late is None or name in seen:
                continue
            seen.add(name)
            reads |= late.reads
            mutates |= late.mutates - (late.methods & self.imported)
            todo += late.reads
        return frozenset(reads), mutates - own.defines - own.deletes


def content_same(a: Cell | None, b: Cell | None) -> bool:
    """Whether two cells run alike."""
    return a is b or (a is not None and b is not None and content(a) == content(b))
