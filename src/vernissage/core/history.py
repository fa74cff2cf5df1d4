"""The edits of a draft as a person reads them: who changed which cells, and when.

The log holds every operation; many of them are single keys. Those that one person made in one go are told together.

Left alone: keeping the log (`store`), what the text of a cell was before and after (`diff`, between versions).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, assert_never

from vernissage.core.document import Struct
from vernissage.core.operations import (
    CellConfigured,
    CellDeleted,
    CellInserted,
    CellMoved,
    DocumentReplaced,
    DraftEvent,
    FilesChanged,
    LayoutChanged,
    SettingsChanged,
    TextEdited,
    TitleChanged,
)

PAUSE = timedelta(minutes=10)
"""How long somebody may think until what they do next is told apart."""

ChangeKind: TypeAlias = Literal[
    "added", "deleted", "moved", "edited", "configured", "layout", "settings", "title", "files", "replaced"
]
"""Of a cell: added, deleted, moved, edited (its text), configured (all else of it). Of the whole: the rest; replaced =
the draft became another document by a revert or an import."""


class EditedPart(Struct, frozen=True):
    """What was changed, once however often."""

    kind: ChangeKind
    cell: str
    """Its id; "" = it is about the whole."""
    edits: int
    """How many edits did it."""


class EditGroup(Struct, frozen=True):
    """What one person did in one go."""

    by: str
    """A user's id."""
    first: int
    """The number of the first edit."""
    last: int
    since: datetime
    until: datetime
    parts: tuple[EditedPart, ...]
    """In the order in which each was first touched."""


class Edit(Struct, frozen=True):
    """One line of the log."""

    number: int
    event: DraftEvent
    by: str
    at: datetime


def grouped(edits: Iterable[Edit]) -> tuple[EditGroup, ...]:
    """[VER12] The edits, given oldest first, as groups, newest first."""
    groups: list[list[Edit]] = []
    for edit in edits:
        last = groups[-1][-1] if groups else None
        if last is not None and last.by == edit.by and edit.at - last.at <= PAUSE:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return tuple(_group(one) for one in reversed(groups))


def _group(edits: list[Edit]) -> EditGroup:
    parts: dict[tuple[ChangeKind, str], int] = {}
    for edit in edits:
        part = part_of(edit.event)
        parts[part] = parts.get(part, 0) + 1
    first, last = edits[0], edits[-1]
    told = tuple(EditedPart(kind, cell, count) for (kind, cell), count in parts.items())
    return EditGroup(first.by, first.number, last.number, first.at, last.at, told)


def part_of(event: DraftEvent) -> tuple[ChangeKind, str]:
    """What an edit did, and to which cell."""
    match event:
        case CellInserted(cell):
            return "added", cell.id
        case CellDeleted(cell):
            return "deleted", cell
        case CellMoved(cell):
            return "moved", cell
        case TextEdited(cell):
            return "edited", cell
        case CellConfigured(cell):
            return "configured", cell.id
        case LayoutChanged():
            return "layout", ""
        case SettingsChanged():
            return "settings", ""
        case TitleChanged():
            return "title", ""
        case FilesChanged():
            return "files", ""
        case DocumentReplaced():
            return "replaced", ""
        case never:
            assert_never(never)
