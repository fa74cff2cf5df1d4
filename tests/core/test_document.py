"""Documents as values: one spelling, one hash, a layout where the author made none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import documents, operations
from vernissage.core.document import (
    FORMAT,
    ChartCell,
    Column,
    DateInput,
    Document,
    DropdownInput,
    Element,
    InputCell,
    Layout,
    NewerFormat,
    PythonCell,
    Row,
    SliderInput,
    Tab,
    canonical,
    content_hash,
    inputs_in_app,
    layout_of,
    parse,
    placed,
    variables,
)
from vernissage.core.operations import Applied, Draft, apply, unfit_document


def same(a: Any, b: Any) -> bool:
    """Equal with their types: 1, 1.0 and True are three values, and so are 0.0 and -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return repr(a) == repr(b)
    return bool(a == b)


def same_document(a: Document, b: Document) -> bool:
    return same(msgspec.to_builtins(a), msgspec.to_builtins(b))


@given(documents())
def test_drf16_a_document_comes_back_from_its_bytes(document: Document) -> None:
    assert unfit_document(document) is None
    data = canonical(document)
    again = parse(data)
    assert same_document(again, document)
    assert canonical(again) == data
    assert content_hash(again) == content_hash(document)


@given(st.data(), documents())
def test_drf17_hashes_are_equal_exactly_where_documents_are(data: st.DataObject, document: Document) -> None:
    draft = Draft(document)
    applied = apply(draft, data.draw(operations(draft)))
    other = applied.state.document if isinstance(applied, Applied) else data.draw(documents())
    assert (content_hash(document) == content_hash(other)) == same_document(document, other)


@pytest.mark.parametrize(("a", "b"), [(1, 1.0), (True, 1), (0.0, -0.0), ("1", 1), (None, False), (2**53, 2**53 + 1)])
def test_drf17_values_that_only_look_equal_are_a_change(a: object, b: object) -> None:
    one, other = (Document(cells=(InputCell(id="a", input=SliderInput("x", default=v)),)) for v in (a, b))
    assert content_hash(one) != content_hash(other)


def test_drf17_the_order_of_keys_is_no_change() -> None:
    one = Document(cells=(ChartCell("a", spec={"x": {"field": "m", "bin": True}, "mark": "bar"}),))
    other = Document(cells=(ChartCell("a", spec={"mark": "bar", "x": {"bin": True, "field": "m"}}),))
    assert content_hash(one) == content_hash(other)


def test_drf16_whole_numbers_keep_every_digit() -> None:
    options = (9007199254740993, 10**30, 1.5)
    document = Document(cells=(InputCell(id="a", input=DropdownInput("x", options=options)),))
    cell = parse(canonical(document)).cells[0]
    assert isinstance(cell, InputCell)
    assert isinstance(cell.input, DropdownInput)
    assert cell.input.options == options


def test_drf18_a_newer_document_is_refused_with_a_sentence() -> None:
    newer = b'{"format":%d,"document":{"what":"nobody knows yet"}}' % (FORMAT + 1)
    with pytest.raises(NewerFormat, match=rf"of format {FORMAT + 1}.*up to {FORMAT}.*Upgrade"):
        parse(newer)
    with pytest.raises(msgspec.ValidationError):
        parse(b'{"format":1,"document":{"cells":[{"type":"python"}]}}')
    with pytest.raises(msgspec.ValidationError):
        parse(b'{"format":1,"document":{"colour":"red"}}')


@given(documents(min_cells=1))
def test_drf19_without_a_layout_the_app_is_the_notebook(document: Document) -> None:
    bare = msgspec.structs.replace(document, app=None)
    layout = layout_of(bare)
    assert len(layout.tabs) == len(layout.tabs[0].rows) == len(layout.tabs[0].rows[0].columns) == 1
    column = layout.tabs[0].rows[0].columns[0]
    assert (column.start, column.end) == (0, 120)
    assert [element.cell for element in column.elements] == [cell.id for cell in bare.cells]
    assert not any(element.show_source or element.show_prints for element in column.elements)
    assert set(placed(bare)) == {cell.id for cell in bare.cells}
    assert inputs_in_app(bare) == bare.inputs()


def test_drf19_a_layout_says_what_is_in_the_app() -> None:
    shown = InputCell(id="a", input=SliderInput("shown"))
    hidden = InputCell(id="b", input=SliderInput("hidden"))
    settable = InputCell(id="c", input=SliderInput("settable", settable=True))
    layout = Layout((Tab("One"), Tab("Two", (Row((Column(0, 60, (Element("a", 40),)),)),))))
    document = Document(cells=(shown, hidden, settable), app=layout)
    assert placed(document) == {"a": Element("a", 40)}
    assert list(inputs_in_app(document)) == ["shown", "settable"]


def test_drf20_an_input_defines_its_name_or_the_ends_of_a_range() -> None:
    assert variables(InputCell(id="a", input=DateInput("since"))) == ("since",)
    assert variables(InputCell(id="a", input=DateInput("since", range=True))) == ("since_start", "since_end")
    assert variables(InputCell(id="a", input=SliderInput("n"))) == ("n",)


def test_drf16_a_document_is_a_value() -> None:
    document = Document(cells=(PythonCell("a", source="1"),))
    assert document.cell("a") is document.cells[0]
    assert document.cell("b") is None
    assert (document.index("a"), document.index("b")) == (0, None)
    with pytest.raises(AttributeError):
        document.title = "Other"  # type: ignore[misc]
