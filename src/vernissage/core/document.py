"""A document: the cells of a notebook, the layout of its app, its settings.

A draft, a candidate and a version all hold a document; they differ in who may change it. A document
is a value: nothing here changes one in place, and two documents with equal content have equal hashes.

Words: a *cell* is one piece of the logic, with an id that it keeps for life. An *input* is a cell that
is a control on the page and a Python variable. A *layout* places cells on tabs of rows of columns.

This module leaves alone: how a document changes (`operations`), what a value of an input may be
(`inputs`), which cell depends on which (`dataflow`).
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

import msgspec

FORMAT = 1
"""The number of this document format, stored with every document; a reader refuses a newer one."""

COLUMN_UNITS = 120
"""Columns of the app's page start and end on 0…120."""

Scalar: TypeAlias = str | int | float | bool | None
"""A JSON scalar. Whole numbers keep every digit here, also beyond 2^53."""


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The habit of every value in core: frozen, compared by content, strict about unknown fields.

    Defaults are written out, so that a reader in another language needs to know none of them.
    """


# --- inputs -----------------------------------------------------------------------------------------


class InputSpec(Struct, frozen=True, tag_field="kind"):
    """What all inputs share."""

    name: str
    """The variable: a Python identifier, unique in the document."""
    default: Any = None
    """The default as a plain JSON value in the project file's form; `core.inputs` reads it."""
    settable: bool = False
    """True: links, embeds and API runs may set it though no tab shows it."""
    in_links: bool = True
    """False: a current-inputs link never carries it."""


class TextInput(InputSpec, frozen=True, tag="text"):
    multiline: bool = False
    placeholder: str = ""


class NumberInput(InputSpec, frozen=True, tag="number"):
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None
    format: Literal["plain", "percent", "currency"] = "plain"
    optional: bool = False
    """True: the control may be left empty (`None`)."""


class SliderInput(InputSpec, frozen=True, tag="slider"):
    min: int | float = 0
    max: int | float = 100
    step: int | float = 1


class CheckboxInput(InputSpec, frozen=True, tag="checkbox"):
    style: Literal["box", "toggle"] = "box"


class ButtonInput(InputSpec, frozen=True, tag="button"):
    text: str = ""
    color: Literal["accent", "neutral"] = "neutral"


class DropdownInput(InputSpec, frozen=True, tag="dropdown"):
    options: tuple[Scalar, ...] = ()
    """Static options. Ignored when `options_from` is given."""
    options_from: str = ""
    """A Python expression whose value (column, list, array, Series) gives the options; "" = static."""
    optional: bool = False


class MultiselectInput(InputSpec, frozen=True, tag="multiselect"):
    options: tuple[Scalar, ...] = ()
    options_from: str = ""
    optional: bool = False


class DateInput(InputSpec, frozen=True, tag="date"):
    time: bool = False
    timezone: str = ""
    """IANA name; "" = no zone of its own, which means UTC."""
    relative: bool = False
    range: bool = False
    """True: gives `{name}_start` and `{name}_end`; the default is a list of two."""
    optional: bool = False


class FileInput(InputSpec, frozen=True, tag="file"):
    accept: tuple[str, ...] = ()
    """File endings such as ".csv"; empty = any."""
    max_bytes: int = 100_000_000


class TableInputColumn(Struct, frozen=True):
    name: str
    type: Literal["text", "number", "checkbox", "date"] = "text"


class TableInput(InputSpec, frozen=True, tag="table"):
    columns: tuple[TableInputColumn, ...] = ()


Input: TypeAlias = (
    TextInput
    | NumberInput
    | SliderInput
    | CheckboxInput
    | ButtonInput
    | DropdownInput
    | MultiselectInput
    | DateInput
    | FileInput
    | TableInput
)

# --- cells ------------------------------------------------------------------------------------------


class CellBase(Struct, frozen=True, tag_field="type"):
    id: str
    """[a-z0-9_-]{1,64}, unique in the document, for life."""
    label: str = ""
    """The readable name; "" = named by its kind and place."""


class PythonCell(CellBase, frozen=True, tag="python"):
    source: str = ""


class SqlCell(CellBase, frozen=True, tag="sql"):
    source: str = ""
    connection: str = "dataframes"
    """"dataframes" = DuckDB over the data frames of the notebook; else the name of a data connection."""
    result: str = ""
    """The variable that holds the result as a data frame; "" = none."""


class MarkdownCell(CellBase, frozen=True, tag="markdown"):
    source: str = ""


class InputCell(CellBase, frozen=True, tag="input", kw_only=True):
    input: Input


class ChartCell(CellBase, frozen=True, tag="chart"):
    dataframe: str = ""
    spec: dict[str, Any] = {}
    """`mark` (bar line area scatter point histogram pie), `x`, `y`, `color`, `facet`: a column's name, or
    `{field, aggregate, timeUnit, title, format, bin, sort}`; `title`."""


class TableCell(CellBase, frozen=True, tag="table"):
    dataframe: str = ""


class ValueCell(CellBase, frozen=True, tag="value"):
    value: str = ""
    """A Python expression."""
    compare: str = ""
    """A Python expression to compare with; "" = no comparison."""
    format: Literal["plain", "percent", "currency"] = "plain"


Cell: TypeAlias = PythonCell | SqlCell | MarkdownCell | InputCell | ChartCell | TableCell | ValueCell
SourceCell: TypeAlias = PythonCell | SqlCell | MarkdownCell
"""Cells whose source people edit together."""

# --- layout, settings -------------------------------------------------------------------------------


class Element(Struct, frozen=True):
    cell: str
    height: int | None = None
    """CSS pixels; None = as high as the content."""
    show_source: bool = False
    show_prints: bool = False
    """True: text that the cell prints is shown in the app."""


class Column(Struct, frozen=True):
    start: int = 0
    end: int = COLUMN_UNITS
    elements: tuple[Element, ...] = ()


class Row(Struct, frozen=True):
    columns: tuple[Column, ...] = ()


class Tab(Struct, frozen=True):
    name: str = ""
    rows: tuple[Row, ...] = ()


class Layout(Struct, frozen=True):
    tabs: tuple[Tab, ...] = ()
    full_width: bool = False


class Settings(Struct, frozen=True):
    """How the app behaves; versioned with it."""

    on_open: Literal["published_results", "run"] = "published_results"
    on_interaction: Literal["auto", "manual"] = "auto"
    viewers_may_refresh: bool = False
    """True: whoever may see the app may compute the published results anew for everyone; False: editors may."""
    refresh_after: int = 0
    """Minutes: published results older than that are computed anew, in the background, when somebody opens the app;
    0 = never."""
    interrupt_superseded: bool = False
    """True: a running cell whose inputs have changed meanwhile is interrupted; False: it is let run to its end."""
    ready_kernels: int = 0
    """How many kernels wait that have already run the published version with its defaults; 0 = none."""


class FileRef(Struct, frozen=True):
    """A file that travels with the project. Versions hold it by content hash."""

    name: str
    """A plain file name: no separators, no leading dot."""
    hash: str = ""
    """SHA-256 of the content, hex; "" only while a project file is being read."""
    size: int = 0
    """Bytes."""


class Document(Struct, frozen=True):
    title: str = "Untitled"
    description: str = ""
    timezone: str = "UTC"
    settings: Settings = Settings()
    cells: tuple[Cell, ...] = ()
    """In notebook order, which is the order of every full run."""
    app: Layout | None = None
    """None: one tab, one column, notebook order, source hidden."""
    packages: tuple[str, ...] = ()
    files: tuple[FileRef, ...] = ()

    def cell(self, id: str) -> Cell | None:
        """The cell with this id, or None."""
        return next((cell for cell in self.cells if cell.id == id), None)

    def index(self, id: str) -> int | None:
        """The place of a cell in the notebook, from 0, or None."""
        return next((i for i, cell in enumerate(self.cells) if cell.id == id), None)

    def inputs(self) -> dict[str, InputCell]:
        """The input cells by variable, in notebook order."""
        return {cell.input.name: cell for cell in self.cells if isinstance(cell, InputCell)}


def layout_of(document: Document) -> Layout:
    """The layout that the app shows: the author's own, else every cell in one column of one tab."""
    if document.app is not None:
        return document.app
    elements = tuple(Element(cell=cell.id) for cell in document.cells)
    return Layout(tabs=(Tab(name="", rows=(Row(columns=(Column(elements=elements),)),)),))


def placed(document: Document) -> dict[str, Element]:
    """The cells that the app shows on some tab, by id."""
    return {
        element.cell: element
        for tab in layout_of(document).tabs
        for row in tab.rows
        for column in row.columns
        for element in column.elements
    }


def inputs_in_app(document: Document) -> dict[str, InputCell]:
    """The inputs that viewers and links may set: those on some tab, and those marked settable."""
    shown = placed(document)
    return {name: cell for name, cell in document.inputs().items() if cell.id in shown or cell.input.settable}


def variables(cell: InputCell) -> tuple[str, ...]:
    """The Python variables that an input defines: its name, or the two ends of a date range."""
    if isinstance(cell.input, DateInput) and cell.input.range:
        return (f"{cell.input.name}_start", f"{cell.input.name}_end")
    return (cell.input.name,)


KIND_NAMES = {
    "python": "Python",
    "sql": "SQL",
    "markdown": "Markdown",
    "input": "Input",
    "chart": "Chart",
    "table": "Table",
    "value": "Value",
}


def name_of(document: Document, cell: Cell) -> str:
    """What people call a cell: its label, else its kind and place, such as "Python cell 3"."""
    place = document.index(cell.id)
    return cell.label or f"{KIND_NAMES[cell.__struct_config__.tag or '']} cell {1 + (place or 0)}"  # type: ignore[index]


# --- freezing ---------------------------------------------------------------------------------------

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(document: Document) -> bytes:
    """The one spelling of a document: JSON, fields in their declared order, keys sorted, its format number first.

    Equal documents have equal bytes; a version stores these.
    """
    return b'{"format":%d,"document":%s}' % (FORMAT, _encoder.encode(document))


def content_hash(document: Document) -> str:
    """SHA-256 (hex) over all that a version freezes. The draft differs from a version when their hashes do."""
    return hashlib.sha256(canonical(document)).hexdigest()


class NewerFormat(ValueError):
    """A stored document was written by a newer Vernissage."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"This document is of format {found}; this Vernissage reads up to {FORMAT}. "
            "Upgrade Vernissage to open it; nothing was changed."
        )


class _Stored(msgspec.Struct):
    format: int
    document: msgspec.Raw


def parse(data: bytes) -> Document:
    """The document that `canonical` wrote. Raises NewerFormat, or msgspec.ValidationError for broken bytes."""
    stored = msgspec.json.decode(data, type=_Stored)
    if stored.format > FORMAT:
        raise NewerFormat(stored.format)
    return msgspec.json.decode(stored.document, type=Document)
