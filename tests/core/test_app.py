"""The app's page holds what it needs to be drawn, and of the logic nothing."""

from __future__ import annotations

import itertools
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canaries import canaries, canary, variants
from tests.support.documents import documents
from vernissage.core.app import AppCell, app_view, without_expressions
from vernissage.core.document import (
    Cell,
    Column,
    Document,
    Element,
    Input,
    InputCell,
    Layout,
    PythonCell,
    Row,
    SqlCell,
    Tab,
    layout_of,
    placed,
)

OFF_PAGE = "off-page "


def cells(prefix: str = "") -> list[Any]:
    """A cell of each kind and an input of each kind, every text a canary."""
    return variants(Cell, {}, prefix=prefix)


def page(*, show_source: bool) -> Document:
    """An app with every kind of cell twice: on its page and off it."""
    on_page = [_named(cell, f"on{i}") for i, cell in enumerate(cells())]
    off_page = [_named(cell, f"off{i}") for i, cell in enumerate(cells(OFF_PAGE))]
    mixed = tuple(itertools.chain.from_iterable(zip(on_page, off_page, strict=True)))
    elements = tuple(Element(cell.id, show_source=show_source) for cell in reversed(on_page))
    layout = Layout((Tab(canary("Tab.name"), (Row((Column(elements=elements),)),)),))
    filled = variants(Document, {"Document.cells": mixed, "Document.app": layout})[0]
    assert isinstance(filled, Document)
    return filled


def _named(cell: Any, id: str) -> Any:
    return type(cell)(**{name: id if name == "id" else getattr(cell, name) for name in cell.__struct_fields__})


IN_THE_PAGE = {
    "Document.title", "Document.description", "Tab.name",
    *(f"{kind.__name__}.label" for kind in typing.get_args(Cell)),
    # what an input's control needs; the variable's name stands in links
    *(f"{kind.__name__}.{field}" for kind in typing.get_args(Input) for field in ("name", "default")),
    "TextInput.placeholder", "ButtonInput.text", "DropdownInput.options", "MultiselectInput.options",
    "DateInput.timezone", "FileInput.accept", "TableInputColumn.name",
}  # fmt: skip
SOURCES = {"PythonCell.source", "SqlCell.source"}


@pytest.mark.parametrize("show_source", [False, True])
@pytest.mark.parametrize("sources", [False, True])
def test_acc5_the_page_holds_no_logic(show_source: bool, sources: bool) -> None:
    document = page(show_source=show_source)
    found = canaries(app_view(document, sources=sources))
    assert found == IN_THE_PAGE | (SOURCES if show_source and sources else set())
    # The canaries that must not be found were there.
    hidden = {"DropdownInput.options_from", "SqlCell.connection", "SqlCell.result", "ChartCell.dataframe",
              "TableCell.dataframe", "ValueCell.value", "ValueCell.compare", "MarkdownCell.source",
              "Document.packages", "FileRef.name", *SOURCES}  # fmt: skip
    assert hidden <= canaries(document)


@given(documents(), st.booleans())
def test_acc5_the_page_holds_the_placed_cells_in_notebook_order(document: Document, sources: bool) -> None:
    view = app_view(document, sources=sources)
    shown = placed(document)
    assert [cell.id for cell in view.cells] == [cell.id for cell in document.cells if cell.id in shown]
    assert view.layout == layout_of(document)
    assert (view.title, view.description, view.settings) == (document.title, document.description, document.settings)
    for cell in view.cells:
        of = document.cell(cell.id)
        assert of is not None
        assert cell.type == of.__struct_config__.tag
        assert cell.label == of.label
        expected = of.source if sources and shown[of.id].show_source and isinstance(of, PythonCell | SqlCell) else ""
        assert cell.source == expected
        assert (cell.input is not None) == isinstance(of, InputCell)


@pytest.mark.parametrize("input", variants(Input, {}), ids=lambda kind: type(kind).__name__)
def test_acc5_an_input_keeps_all_but_the_expression_of_its_options(input: Any) -> None:
    seen = without_expressions(input)
    assert type(seen) is type(input)
    for field in input.__struct_fields__:
        expected = "" if field == "options_from" else getattr(input, field)
        assert getattr(seen, field) == expected


def test_acc5_a_value_cell_says_its_format() -> None:
    (document,) = (
        Document(cells=(cell,)) for cell in cells() if cell.__struct_config__.tag == "value" and cell.format == "plain"
    )
    (cell,) = app_view(document, sources=True).cells
    assert cell == AppCell(cell.id, "value", cell.label, format="plain")
