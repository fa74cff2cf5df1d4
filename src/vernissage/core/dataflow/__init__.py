"""Dataflow: which cell reads and writes which name, and what must run after a change.

Promise: a partial run ends as a fresh run from the top with the same inputs would, as far as names can be seen in the
text, and runs as little as that allows. Rules and limits stand in `spec/dataflow.md`.

`cells` reads one cell (`python`, `sql`) into its `names`, `graph` joins the cells of a document, `planning` knows what
a kernel holds and what must run.
Left alone: running (`run`, `session`), the values of inputs (`inputs`).
"""

from vernissage.core.dataflow.cells import names_of
from vernissage.core.dataflow.graph import ABSENT, Arrow, Graph, Node, Version, Writer, cell_of, graph_of, is_top, top
from vernissage.core.dataflow.names import BUILTINS, Late, Names
from vernissage.core.dataflow.planning import (
    UNKNOWN,
    KernelView,
    Outcome,
    Plan,
    after_edit,
    after_inputs,
    blocked_by,
    executed,
    full,
    ghosts,
    is_stale,
    plan,
    prepared,
    skipped,
    stale,
    stale_cells,
)
from vernissage.core.dataflow.sql import import_ahead

__all__ = [
    "ABSENT",
    "BUILTINS",
    "UNKNOWN",
    "Arrow",
    "Graph",
    "KernelView",
    "Late",
    "Names",
    "Node",
    "Outcome",
    "Plan",
    "Version",
    "Writer",
    "after_edit",
    "after_inputs",
    "blocked_by",
    "cell_of",
    "executed",
    "full",
    "ghosts",
    "graph_of",
    "import_ahead",
    "is_stale",
    "is_top",
    "names_of",
    "plan",
    "prepared",
    "skipped",
    "stale",
    "stale_cells",
    "top",
]
