"""The app's page, as whoever may open it knows it.

An *app view* holds what the page needs to lay out and label the cells that the author placed, and nothing else: no
source (but where the layout shows it to somebody with Can view), no cell that is not on the page, no expression.

Left alone: outputs and their projection (`access`), drawing it (the browser).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from msgspec.structs import replace

from vernissage.core.document import (
    ButtonInput,
    Cell,
    ChartCell,
    CheckboxInput,
    DateInput,
    Document,
    DropdownInput,
    FileInput,
    Input,
    InputCell,
    Layout,
    MarkdownCell,
    MultiselectInput,
    NumberInput,
    PythonCell,
    Settings,
    SliderInput,
    SqlCell,
    Struct,
    TableCell,
    TableInput,
    TextInput,
    ValueCell,
    layout_of,
    placed,
)
from vernissage.core.outputs import CellRun


class AppCell(Struct, frozen=True):
    """A cell as the app's page knows it: nothing that an App-only viewer may not see."""

    id: str
    type: Literal["python", "sql", "markdown", "input", "chart", "table", "value"]
    label: str
    input: Input | None = None
    """Of an input cell, without `options_from`."""
    format: str = ""
    """Of a value cell."""
    source: str = ""
    """Only where the layout shows it and the viewer has Can view."""


class AppView(Struct, frozen=True):
    """The app's page: the layout with the cells that stand in it."""

    title: str
    description: str
    layout: Layout
    cells: tuple[AppCell, ...]
    """In notebook order; only those in the layout."""
    settings: Settings
    personal: bool = False
    """True: every visit runs as its viewer, and what a live session shows is what its starter may see."""


def app_view(document: Document, *, sources: bool, personal: bool = False) -> AppView:
    """[ACC5] The page of this document. `sources`: the viewer may read source where the layout shows it (Can view)."""
    shown = placed(document)
    cells = tuple(
        _app_cell(cell, sources and shown[cell.id].show_source) for cell in document.cells if cell.id in shown
    )
    return AppView(document.title, document.description, layout_of(document), cells, document.settings, personal)


def oldest_in_sight(document: Document, cells: Mapping[str, CellRun], otherwise: str) -> str:
    """[ROM25] When the oldest of what the app's page shows was computed, ISO 8601 UTC; `otherwise` where no cell
    says."""
    return min((cells[id].at for id in placed(document) if id in cells and cells[id].at), default=otherwise)


def _app_cell(cell: Cell, source: bool) -> AppCell:
    match cell:
        case PythonCell():
            return AppCell(cell.id, "python", cell.label, source=cell.source if source else "")
        case SqlCell():
            return AppCell(cell.id, "sql", cell.label, source=cell.source if source else "")
        case MarkdownCell():
            return AppCell(cell.id, "markdown", cell.label)
        case InputCell():
            return AppCell(cell.id, "input", cell.label, input=without_expressions(cell.input))
        case ChartCell():
            return AppCell(cell.id, "chart", cell.label)
        case TableCell():
            return AppCell(cell.id, "table", cell.label)
        case ValueCell():
            return AppCell(cell.id, "value", cell.label, format=cell.format)
        case never:
            assert_never(never)


def without_expressions(input: Input) -> Input:
    """The input as its control needs it: the expression that options come from stays on the server."""
    match input:
        case DropdownInput() | MultiselectInput():
            return replace(input, options_from="")
        case (
            TextInput()
            | NumberInput()
            | SliderInput()
            | CheckboxInput()
            | ButtonInput()
            | DateInput()
            | FileInput()
            | TableInput()
        ):
            return input
        case never:
            assert_never(never)
