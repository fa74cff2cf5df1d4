"""The names of a cell: which variables it reads, defines, mutates and deletes, as far as its text shows.

Pure: the same text gives the same names; nothing is run or imported. A cell that does not parse keeps the
names that it had when it last did.

Words: a name is *read* when the cell may look at a state that another cell made; *defined* when the cell
surely gives it a new state without one; *mutated* when it reads and redefines (`x += 1`, `df["a"] = …`,
`x.append(…)`); *perhaps* defined when a branch or loop may or may not define it and the cell itself does
not look at what was there before (a loop's variable).

What a function, lambda or class body touches happens when it is *used*, not where it is defined. So it is
recorded beside the name (`Late`), and `graph` lets those who use the name read it at their own place.

Left alone: which cell a read leads to (`graph`), what must run (`planning`), mutation through a second name for
the same object, and `exec`, `eval`, `globals()[…]`.
"""

from __future__ import annotations

import builtins

from vernissage.core.document import Struct

NONE: frozenset[str] = frozenset()

BUILTINS = (
    frozenset(dir(builtins))
    | {"__builtins__", "__file__", "__annotations__", "get_ipython", "display", "In", "Out", "exit", "quit"}
    | {"_", "__", "___", "_i", "_ii", "_iii", "_dh", "_ih", "_oh"}
)
"""Names that a kernel has before the first cell. A cell may still define one; then it counts like any other."""


class Late(Struct, frozen=True):
    """What happens when the value of a name is used: the globals of a function's, lambda's or class's body."""

    reads: frozenset[str] = NONE
    mutates: frozenset[str] = NONE
    methods: frozenset[str] = NONE
    """Those of `mutates` that only a method's name shows; none where the name is an imported module."""
    via: frozenset[str] = NONE
    """Names whose own late names come along, since the value may hold them (`g = partial(f, 1)`)."""
    called: frozenset[str] = NONE
    """Names whose late names come along if calling them gives something that holds a body (`gives`)."""
    gives: bool = False
    """True: calling it may give a function, or an object with methods."""


class Names(Struct, frozen=True):
    """The names of one cell. A name may be both read and defined (`df = df.dropna()`)."""

    reads: frozenset[str] = NONE
    """All names of which the cell may look at a state that it did not make, those of `mutates` included."""
    defines: frozenset[str] = NONE
    mutates: frozenset[str] = NONE
    deletes: frozenset[str] = NONE
    perhaps: frozenset[str] = NONE
    """Defined on some paths only, the earlier state unread."""
    imports: frozenset[str] = NONE
    """Those of `defines` and `perhaps` that are imported."""
    methods: frozenset[str] = NONE
    """Those of `mutates` that only a method's name shows; none where the name is an imported module."""
    star: bool = False
    """True: `from module import *`, which may define names that no text shows."""
    late: dict[str, Late] = {}
    """By name defined here: what using it touches. Names that touch nothing are left out."""
    parses: bool = True
    """False: the text cannot be read; these are the names from when it last could."""

    def writes(self) -> frozenset[str]:
        """Every name whose state may be another after the cell."""
        return self.defines | self.mutates | self.deletes | self.perhaps


def both(a: Late, b: Late) -> Late:
    """What using a value may touch that is the one or the other."""
    strong = (a.mutates - a.methods) | (b.mutates - b.methods)
    mutates = a.mutates | b.mutates
    return Late(a.reads | b.reads, mutates, mutates - strong, a.via | b.via, a.called | b.called, a.gives or b.gives)
