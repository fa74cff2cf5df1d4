"""Which kind of file it is, the content tells."""

from __future__ import annotations

import pytest

from vernissage.core.document import Document, PythonCell
from vernissage.formats import FormatError, ipynb, project_file
from vernissage.formats import any as any_format

DOCUMENT = Document(title="Sums", cells=(PythonCell("a", source="1 + 1"),))


def test_fmt14_a_project_file_may_be_json() -> None:
    text = '{"vernissage": 1, "title": "Sums", "cells": [{"id": "a", "type": "python", "source": "1 + 1"}]}'
    assert any_format.read(text, "sums.ipynb") == DOCUMENT


def test_fmt14_each_is_read_as_what_it_is() -> None:
    assert any_format.read(project_file.write(DOCUMENT), "sums.ipynb") == DOCUMENT
    notebook = any_format.read(ipynb.write(DOCUMENT), "Sums.ipynb")
    assert [cell.source for cell in notebook.cells if isinstance(cell, PythonCell)] == ["1 + 1"]


def test_fmt14_any_other_json_is_refused_as_a_notebook() -> None:
    with pytest.raises(FormatError, match="notebook"):
        any_format.read('{"name": "package"}', "package.json")
