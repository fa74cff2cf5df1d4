"""Notebooks: taken in, written out, and taken in again."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.formats.documents import documents
from vernissage.core.document import (
    Column,
    DateInput,
    Document,
    Element,
    InputCell,
    Layout,
    MarkdownCell,
    PythonCell,
    Row,
    SqlCell,
    Tab,
)
from vernissage.formats import FormatError
from vernissage.formats.ipynb import read, write


def notebook(*cells: dict[str, Any], **more: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | more)


def test_fmt11_a_notebook_from_jupyter() -> None:
    document = read(
        notebook(
            {"cell_type": "markdown", "id": "Intro", "metadata": {}, "source": ["# Penguins\n", "Bills"]},
            {
                "cell_type": "code",
                "metadata": {},
                "outputs": [{"output_type": "stream"}],
                "source": "import pandas\r\n1",
            },
            {"cell_type": "code", "metadata": {"name": "Load data"}, "source": "%matplotlib inline"},
            {"cell_type": "code", "id": "intro", "metadata": {}, "source": "x"},
            {"cell_type": "code", "metadata": {}, "source": "  \n"},
            {"cell_type": "raw", "metadata": {}, "source": "as it is"},
        ),
        title="penguins",
    )
    assert document == Document(
        title="penguins",
        cells=(
            MarkdownCell("intro", source="# Penguins\nBills"),
            PythonCell("cell-2", source="import pandas\n1"),
            PythonCell("load-data", source="%matplotlib inline"),
            PythonCell("intro-2", source="x"),
            MarkdownCell("cell-6", source="```\nas it is\n```"),
        ),
    )


def test_fmt11_a_notebook_of_format_3() -> None:
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "heading", "level": 2, "source": "Bills"}, {"cell_type": "code", "input": ["a\n", "b"]},
    ]}]}  # fmt: skip
    assert read(json.dumps(old)).cells == (
        MarkdownCell("cell-1", source="## Bills"),
        PythonCell("cell-2", source="a\nb"),
    )


@given(documents())
def test_fmt12_an_exported_notebook_is_valid_and_gives_the_project_back(document: Document) -> None:
    text = write(document)
    nbformat.validate(nbformat.reads(text, as_version=4))  # type: ignore[no-untyped-call]
    assert read(text) == document


def test_fmt12_edits_in_jupyter_are_kept() -> None:
    document = Document(
        title="Sales",
        cells=(PythonCell("load", label="Load", source="a = 1"), SqlCell("sel", source="select 1", result="sel"),
               InputCell(id="n", input=DateInput(name="since", range=True, default=["2026-01-01", "2026-02-01"]))),
        app=Layout((Tab("One", (Row((Column(0, 120, (Element("load"), Element("sel"))),)),)),)),
    )  # fmt: skip
    edited = json.loads(write(document))
    edited["cells"][0]["source"] = ["a = 2"]
    assert "duckdb.sql" in "".join(edited["cells"][1]["source"])
    assert "".join(edited["cells"][2]["source"]) == "since_start = '2026-01-01'\nsince_end = '2026-02-01'"
    del edited["cells"][1]
    again = read(json.dumps(edited))
    assert again.cells == (PythonCell("load", label="Load", source="a = 2"), document.cells[2])
    assert again.app == Layout((Tab("One", (Row((Column(0, 120, (Element("load"),)),)),)),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Line 1: This is no notebook"),
        ("[]", "no `nbformat`"),
        ("[" * 100_000, "cannot be read"),
        (notebook(nbformat=5), "format 5"),
        (notebook(metadata={"kernelspec": {"language": "R"}}), "written in R"),
        (notebook("x"), "Cell 1 of the notebook is no cell"),  # type: ignore[arg-type]
        (notebook({"cell_type": "code", "source": 1}), "no text"),
        (notebook({"cell_type": "widget", "source": ""}), "'widget'"),
        (notebook({"cell_type": "code", "source": "\ud800"}), "half of a character"),
        (notebook(metadata={"vernissage": {"version": 2}}), "newer Vernissage"),
        (notebook(metadata={"vernissage": {"version": 1, "project": {"title": 1}}}), "metadata does not fit"),
        (
            notebook({"cell_type": "code", "source": "", "metadata": {"vernissage": {"cell": {}}}}),
            "cell 1 does not fit",
        ),
    ],
)
def test_fmt13_a_broken_notebook_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(FormatError) as raised:
        read(text)
    assert says in raised.value.sentence and raised.value.sentence.endswith(".")


@given(st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["code", "markdown"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["cells", "metadata", "vernissage", "cell", "cell_type", "source", "id", "worksheets",
                         "project"]),
        inner, max_size=4,
    ),
    max_leaves=12,
))  # fmt: skip
def test_fmt13_any_json_is_read_or_refused(value: Any) -> None:
    for whole in (
        value,
        {"nbformat": 4} | (value if isinstance(value, dict) else {}),
        {"nbformat": 4, "cells": [value]},
    ):
        try:
            read(json.dumps(whole))
        except FormatError as error:
            assert error.sentence.endswith(".")  # noqa: PT017


def test_fmt12_files_travel_by_name() -> None:
    document = Document(cells=(), files=())
    assert read(write(replace(document, packages=("polars",)))).packages == ("polars",)
