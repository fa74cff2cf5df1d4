"""Two tables side by side: which rows came and went, and in which columns the others differ.

Rows are compared by the columns that both tables have. What stands once on both sides and keeps its order is the same;
between those, a row goes with one that has the same value in the first common column, else with the one at its place
where half of its values are the same.

Only the first rows of a large table are looked at, and the difference says so: bounded work, and no claim about the
rest. Left alone: reading tables (`ports.TableReader`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from vernissage.core.diff.text import EFFORT, Effort, matches
from vernissage.core.document import Struct

ROWS_COMPARED = 1_000
"""Rows from the top of each table that are looked at."""

ROWS_LISTED = 200
"""Stretches of rows that are listed one by one."""


class TableRows(Struct, frozen=True):
    """A table, or its first rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    """Rows of the whole table."""


class RowHunk(Struct, frozen=True):
    """One row side by side, or a stretch of equal ones."""

    kind: Literal["same", "changed", "added", "removed"]
    rows: int
    """How many: same may be many, anything else is 1."""
    before: tuple[Any, ...] | None = None
    """Its values, in the order of `before_columns`; null = it stands in the later table only. same: those of the first
    of them."""
    after: tuple[Any, ...] | None = None
    columns: tuple[str, ...] = ()
    """changed: the common columns whose values differ."""


class RowsDifference(Struct, frozen=True):
    """Two tables, as far as they were looked at."""

    before_columns: tuple[str, ...]
    after_columns: tuple[str, ...]
    before_rows: int
    """Of the whole table."""
    after_rows: int
    hunks: tuple[RowHunk, ...]
    columns: tuple[str, ...]
    """Common columns in which some row differs."""
    changed: int
    added: int
    removed: int
    unlisted: int
    """Rows that differ and are not in `hunks`, which would be too long."""
    note: str = ""
    """What the reader should know of how it was compared; "" = all rows were."""


def rows_difference(before: TableRows, after: TableRows) -> RowsDifference:
    """[DIF13] The two tables row by row."""
    common = [name for name in before.columns if name in after.columns]
    mine = [before.columns.index(name) for name in common]
    theirs = [after.columns.index(name) for name in common]
    old, new = before.rows[:ROWS_COMPARED], after.rows[:ROWS_COMPARED]
    numbers: dict[bytes, int] = {}
    a = [numbers.setdefault(_key(row, mine), len(numbers)) for row in old]
    b = [numbers.setdefault(_key(row, theirs), len(numbers)) for row in new]
    # Without a common column no row is another one.
    runs = matches(a, b, Effort(EFFORT)) if common else []
    hunks: list[RowHunk] = []
    i = j = 0
    for start, other, length in [*runs, (len(a), len(b), 0)]:
        hunks += _replaced(old[i:start], new[j:other], common, mine, theirs)
        if length:
            hunks.append(RowHunk("same", length, old[start], new[other]))
        i, j = start + length, other + length
    differing = [one for one in hunks if one.kind != "same"]
    named = {name for one in differing for name in one.columns}
    listed = hunks[:ROWS_LISTED]
    return RowsDifference(
        before.columns,
        after.columns,
        before.total,
        after.total,
        tuple(listed),
        tuple(name for name in common if name in named),
        changed=sum(one.kind == "changed" for one in differing),
        added=sum(one.kind == "added" for one in differing),
        removed=sum(one.kind == "removed" for one in differing),
        unlisted=sum(one.kind != "same" for one in hunks[ROWS_LISTED:]),
        note=_note(before, len(old), after, len(new)),
    )


_encode = msgspec.json.Encoder(order="deterministic").encode


def _key(row: Sequence[Any], places: Sequence[int]) -> bytes:
    return _encode([row[place] for place in places])


def _replaced(
    old: Sequence[tuple[Any, ...]],
    new: Sequence[tuple[Any, ...]],
    common: Sequence[str],
    mine: Sequence[int],
    theirs: Sequence[int],
) -> list[RowHunk]:
    """Rows that took others' places."""
    pairs = _pairs(old, new, mine, theirs)
    partner = dict(pairs)
    found: list[RowHunk] = []
    j = 0
    for i, row in enumerate(old):
        if i not in partner:
            found.append(RowHunk("removed", 1, before=row))
            continue
        found += [RowHunk("added", 1, after=new[k]) for k in range(j, partner[i])]
        other = new[partner[i]]
        differs = tuple(
            name for name, p, q in zip(common, mine, theirs, strict=True) if _encode(row[p]) != _encode(other[q])
        )
        found.append(RowHunk("changed", 1, row, other, differs))
        j = partner[i] + 1
    return found + [RowHunk("added", 1, after=row) for row in new[j:]]


def _pairs(
    old: Sequence[tuple[Any, ...]], new: Sequence[tuple[Any, ...]], mine: Sequence[int], theirs: Sequence[int]
) -> list[tuple[int, int]]:
    """Which rows go together, in order on both sides."""
    if not mine or not old or not new:
        return []
    places: dict[bytes, list[int]] = {}
    for j in range(len(new) - 1, -1, -1):
        places.setdefault(_encode(new[j][theirs[0]]), []).append(j)
    found: list[tuple[int, int]] = []
    last = -1
    for i, row in enumerate(old):
        waiting = places.get(_encode(row[mine[0]]), [])
        while waiting and waiting[-1] <= last:
            waiting.pop()
        if waiting:
            last = waiting.pop()
            found.append((i, last))
    if found or len(old) != len(new):
        return found
    return [(i, i) for i in range(len(old)) if _alike(old[i], new[i], mine, theirs)]


def _alike(old: Sequence[Any], new: Sequence[Any], mine: Sequence[int], theirs: Sequence[int]) -> bool:
    same = sum(_encode(old[p]) == _encode(new[q]) for p, q in zip(mine, theirs, strict=True))
    return 2 * same >= len(mine)


def _note(before: TableRows, old: int, after: TableRows, new: int) -> str:
    if old >= before.total and new >= after.total:
        return ""
    if old == new:
        return f"Only the first {_spaced(old)} rows of each were compared."
    return f"Only the first {_spaced(old)} and {_spaced(new)} rows were compared."


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", " ")
