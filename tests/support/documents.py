"""Hypothesis strategies for documents and what is done to them: texts, cells, layouts, documents, operations.

What `documents` gives always fits; what `operations` gives is what browsers send at their worst: late, about cells that
are gone, with change sets for another text.
"""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from vernissage.core.document import (
    COLUMN_UNITS,
    ButtonInput,
    Cell,
    ChartCell,
    CheckboxInput,
    Column,
    DateInput,
    Document,
    DropdownInput,
    Element,
    FileInput,
    FileRef,
    Input,
    InputCell,
    Layout,
    MarkdownCell,
    MultiselectInput,
    NumberInput,
    PythonCell,
    Row,
    Settings,
    SliderInput,
    SqlCell,
    Tab,
    TableCell,
    TableInput,
    TableInputColumn,
    TextInput,
    ValueCell,
)
from vernissage.core.operations import (
    ConfigureCell,
    DeleteCell,
    Draft,
    DraftOperation,
    EditText,
    InsertCell,
    MoveCell,
    ReplaceDocument,
    RestoreCell,
    SetFiles,
    SetLayout,
    SetSettings,
    SetTitle,
    TextUpdate,
)
from vernissage.core.text import ChangeSet, units

ZONES = ("UTC", "Europe/Berlin", "America/Chicago", "Asia/Kathmandu")

characters = st.one_of(st.sampled_from("ab \n\tß😀𝒳👩‍🚀"), st.characters(codec="utf-8", exclude_characters="\r"))
"""Everything that a source may hold; characters beyond the first plane are frequent."""

variable_names = st.from_regex(r"[a-z][a-z0-9_]{0,8}x", fullmatch=True)
"""Python identifiers that are no keywords (none ends with x)."""

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=8),
)

json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(st.sampled_from("abé"), max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def texts(max_size: int = 30) -> st.SearchStrategy[str]:
    """Sources and labels: any characters but a carriage return."""
    return st.text(characters, max_size=max_size)


@st.composite
def change_sets(draw: st.DrawFn, text: str, inserts: st.SearchStrategy[str] | None = None) -> ChangeSet:
    """A change set that fits this text and never cuts a character in two."""
    change: ChangeSet = []
    at = 0
    while at < len(text) or not change:
        size = draw(st.integers(0 if at == len(text) else 1, len(text) - at))
        part = units(text[at : at + size])
        at += size
        if size and draw(st.booleans()):
            change.append(part)
        else:
            inserted = draw(inserts if inserts is not None else texts(8))
            change.append([part, *(inserted.split("\n") if inserted else ())])
    return change


hostile_change_sets: st.SearchStrategy[ChangeSet] = st.lists(
    st.one_of(
        st.integers(-2, 6),
        st.booleans(),
        st.lists(
            st.one_of(st.integers(-2, 6), st.sampled_from(["", "x", "\r", "a\nb", "\ud83d", "\ude00"])), max_size=3
        ),
    ),
    max_size=5,
)
"""What a broken or hostile browser sends: lengths that do not add up, line ends inside lines, halves of characters."""


@st.composite
def inputs(draw: st.DrawFn, name: str | None = None) -> Input:
    """An input of any kind."""
    kind = draw(st.sampled_from(Input.__args__))
    common: dict[str, Any] = {
        "name": name if name is not None else draw(variable_names),
        "default": draw(json_values),
        "settable": draw(st.booleans()),
        "in_links": draw(st.booleans()),
    }
    numbers = st.one_of(st.integers(-100, 100), st.floats(-100, 100))
    if kind is TextInput:
        return TextInput(**common, multiline=draw(st.booleans()), placeholder=draw(texts(8)))
    if kind is NumberInput:
        return NumberInput(**common, min=draw(st.none() | numbers), max=draw(st.none() | numbers))
    if kind is SliderInput:
        return SliderInput(**common, min=draw(numbers), max=draw(numbers), step=draw(numbers))
    if kind is CheckboxInput:
        return CheckboxInput(**common, style=draw(st.sampled_from(("box", "toggle"))))
    if kind is ButtonInput:
        return ButtonInput(**{**common, "default": None}, text=draw(texts(8)))
    if kind in (DropdownInput, MultiselectInput):
        options = tuple(draw(st.lists(scalars, max_size=4)))
        dynamic = draw(st.sampled_from(("", "df.species")))
        optional = draw(st.booleans())
        if kind is DropdownInput:
            return DropdownInput(**common, options=options, options_from=dynamic, optional=optional)
        return MultiselectInput(**common, options=options, options_from=dynamic, optional=optional)
    if kind is DateInput:
        zone = draw(st.sampled_from(("", *ZONES)))
        return DateInput(**common, time=draw(st.booleans()), timezone=zone, range=draw(st.booleans()))
    if kind is FileInput:
        return FileInput(**common, accept=draw(st.sampled_from(((), (".csv",), (".csv", ".parquet")))))
    return TableInput(**common, columns=(TableInputColumn(f"a{draw(texts(5))}"), TableInputColumn("n", "number")))


@st.composite
def cells(draw: st.DrawFn, id: str | None = None, name: str | None = None) -> Cell:
    """A cell of any kind; `name` is the variable if it is an input."""
    kind = draw(st.sampled_from(Cell.__args__))
    id = id if id is not None else draw(st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True))
    label = draw(texts(8))
    if kind is InputCell:
        return InputCell(id=id, label=label, input=draw(inputs(name)))
    if kind is ChartCell:
        spec = draw(st.dictionaries(st.sampled_from(("mark", "x", "y", "color")), json_values, max_size=3))
        return ChartCell(id, label, "df", spec)
    if kind is TableCell:
        return TableCell(id, label, draw(variable_names))
    if kind is ValueCell:
        return ValueCell(id, label, draw(texts(8)), draw(texts(8)))
    source = draw(texts())
    if kind is SqlCell:
        return SqlCell(id, label, source, draw(st.sampled_from(("dataframes", "warehouse"))), draw(variable_names))
    return PythonCell(id, label, source) if kind is PythonCell else MarkdownCell(id, label, source)


@st.composite
def layouts(draw: st.DrawFn, ids: tuple[str, ...]) -> Layout:
    """A layout that places some of these cells, each at most once."""
    left = list(draw(st.permutations(ids))) if ids else []
    left = left[: draw(st.integers(0, len(left)))]
    tabs = []
    for t in range(draw(st.integers(1, 2))):
        rows = []
        for _ in range(draw(st.integers(0, 2))):
            edges = sorted(draw(st.sets(st.integers(0, COLUMN_UNITS), min_size=2, max_size=4)))
            columns = []
            for start, end in itertools.pairwise(edges):
                count = draw(st.integers(0, 3))
                elements = tuple(
                    Element(id, draw(st.none() | st.integers(1, 900)), draw(st.booleans()), draw(st.booleans()))
                    for id in left[:count]
                )
                del left[:count]
                columns.append(Column(start, end, elements))
            rows.append(Row(tuple(columns)))
        tabs.append(Tab(f"Tab {t}", tuple(rows)))
    return Layout(tuple(tabs), draw(st.booleans()))


files = st.lists(
    st.builds(
        FileRef,
        st.sampled_from(("a.csv", "b c.parquet", "Größe.xlsx", "notes")),
        st.sampled_from(("0" * 64, "f" * 64)),
        st.integers(0, 10**12),
    ),
    unique_by=lambda file: file.name,
    max_size=3,
).map(tuple)

settings = st.builds(
    Settings,
    st.sampled_from(("published_results", "run")),
    st.sampled_from(("auto", "manual")),
    viewers_may_refresh=st.booleans(),
    refresh_after=st.sampled_from((0, 60)),
    ready_kernels=st.sampled_from((0, 0, 2)),
    interrupt_superseded=st.booleans(),
)


@st.composite
def documents(draw: st.DrawFn, min_cells: int = 0, max_cells: int = 5) -> Document:
    """A document that fits: ids and names are unique, the layout names cells that are there."""
    count = draw(st.integers(min_cells, max_cells))
    # "_1" at the end of a name keeps the two ends of a date range apart from every other name.
    found = tuple(draw(cells(f"c{i}", f"v{i}_1")) for i in range(count))
    ids = tuple(cell.id for cell in found)
    return Document(
        draw(st.text(characters, min_size=1, max_size=12).filter(str.strip)),
        draw(texts(12)),
        draw(st.sampled_from(ZONES)),
        draw(settings),
        found,
        draw(st.none() | layouts(ids)),
        draw(st.sampled_from(((), ("scikit-learn>=1.5",)))),
        draw(files),
    )


@st.composite
def operations(draw: st.DrawFn, draft: Draft) -> DraftOperation:
    """An operation of somebody whose screen shows this draft, which may be an old one."""
    document = draft.document
    there = [cell.id for cell in document.cells]
    gone = [removed.cell.id for removed in draft.removed]
    ids = st.sampled_from([*there, *there, *gone, "unknown"])
    spots = st.sampled_from([*there, *gone, "", "", "unknown"])
    kind = draw(st.sampled_from((*DraftOperation.__args__, EditText, EditText, InsertCell, DeleteCell, RestoreCell)))
    if kind is InsertCell:
        id = draw(st.sampled_from([f"n{i}" for i in range(8)] + there + gone + ["Bad id"]))
        cell = draw(cells(id, draw(st.sampled_from((f"w_{id}_1", "v0_1", "class")))))
        return InsertCell(cell, draw(spots))
    if kind is DeleteCell:
        return DeleteCell(draw(ids))
    if kind is RestoreCell:
        return RestoreCell(draw(st.sampled_from([*gone, *gone, *there, "unknown"])))
    if kind is MoveCell:
        return MoveCell(draw(ids), draw(spots))
    if kind is EditText:
        id = draw(ids)
        cell_there = document.cell(id)
        source = getattr(cell_there, "source", "")
        updates = [
            TextUpdate(draw(st.sampled_from(("ada", "ben"))), draw(st.one_of(change_sets(source), hostile_change_sets)))
        ]
        version = draft.texts.get(id, 0) + draw(st.sampled_from((0, 0, 0, 0, -1, 1)))
        return EditText(id, version, updates)
    if kind is ConfigureCell:
        id = draw(ids)
        return ConfigureCell(draw(cells(id, f"v{id[-1]}_1")))
    if kind is SetLayout:
        return SetLayout(draw(st.none() | layouts((*there, *draw(st.sampled_from(((), ("unknown",))))))))
    if kind is SetSettings:
        zone = draw(st.sampled_from((*ZONES, "Mars/Olympus", "../../etc/passwd", "")))
        return SetSettings(draw(settings), draw(texts(8)), zone, draw(st.sampled_from(((), ("polars",), ("a\nb",)))))
    if kind is SetTitle:
        return SetTitle(draw(texts(12)))
    if kind is SetFiles:
        return SetFiles(draw(files))
    return ReplaceDocument(draw(documents(max_cells=3)))
