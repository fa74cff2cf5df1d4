"""Jupyter notebooks (`.ipynb`): a project is made of one, and written as one.

Promises: importing takes code as Python cells and Markdown as Markdown cells, in order, without outputs; exporting
gives a valid notebook of format 4.5 whose Python and Markdown cells are the project's own, and whose other cells
(inputs, SQL, charts, tables, values) are Python that comes near them, so that the notebook runs by itself where it
can. What the notebook cannot say (kinds of cells, layout, settings) travels in metadata named `vernissage`:
importing an exported notebook gives the project back, with what was edited since in its Python and Markdown.

Left alone: outputs, the files beside the notebook, kernels other than Python's.
"""

from __future__ import annotations

import json
import re
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from vernissage.core.document import (
    Cell,
    ChartCell,
    DateInput,
    Document,
    Input,
    InputCell,
    Layout,
    MarkdownCell,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
)
from vernissage.core.inputs import Relative, default
from vernissage.core.operations import CELL_ID, MAX_CELLS, unfit_document
from vernissage.formats import FormatError, free_id, slug

KEY = "vernissage"
"""The name of our metadata, in the notebook and in each cell."""
VERSION = 1
"""Of that metadata; a newer one is refused."""
MAX_BYTES = 200_000_000


# --- reading ----------------------------------------------------------------------------------------


def read(text: str, *, title: str = "") -> Document:
    """[FMT11] The document of a notebook; `title` where the notebook says none of its own. Raises FormatError."""
    if len(text) > MAX_BYTES:
        raise FormatError("This notebook is larger than 200 MB. Clear its outputs in Jupyter, save it, and try again.")
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise FormatError(f"This is no notebook: {error.msg.lower()}.", error.lineno) from None
    except (ValueError, RecursionError):
        raise FormatError("This is no notebook: its JSON cannot be read.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise FormatError("This is no notebook: it has no `nbformat`.")
    if notebook["nbformat"] > 4:
        raise FormatError(f"This notebook is of format {notebook['nbformat']}; Vernissage reads up to 4. Save it as 4.")
    metadata = _dict(notebook.get("metadata"))
    language = _dict(metadata.get("kernelspec")).get("language") or _dict(metadata.get("language_info")).get("name")
    if isinstance(language, str) and language.lower() not in ("python", "ipython"):
        raise FormatError(f"This notebook is written in {language}; cells of a project are Python.")
    base = _project(metadata.get(KEY), title)
    found = _raw_cells(notebook)
    if len(found) > MAX_CELLS:
        raise FormatError(f"This notebook has {len(found):,} cells; a project holds at most {MAX_CELLS:,}.")
    taken: set[str] = set()
    cells: list[Cell] = []
    for place, raw in enumerate(found):
        cell = _cell(raw, place)
        if cell is not None:
            cells.append(replace(cell, id=free_id(cell.id, taken)))
    document = replace(base, cells=tuple(cells), app=_without_missing(base.app, taken))
    if refused := unfit_document(document):
        raise FormatError(refused.sentence)
    return document


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _raw_cells(notebook: dict[str, Any]) -> list[Any]:
    """The cells; before format 4 they lay in worksheets."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        cells = [
            cell for sheet in (sheets if isinstance(sheets, list) else []) for cell in _dict(sheet).get("cells") or []
        ]
    return cells


def _project(kept: Any, title: str) -> Document:
    """What the notebook says about the project as a whole: our own metadata, where it was exported by us."""
    plain = Document(title=title.strip()[:200] or "Untitled")
    if not isinstance(kept, dict):
        return plain
    version = kept.get("version")
    if isinstance(version, int) and version > VERSION:
        raise FormatError(
            f"This notebook was exported by a newer Vernissage (metadata {version}, read here {VERSION}). Upgrade."
        )
    try:
        return msgspec.convert({**_dict(kept.get("project")), "cells": []}, Document)
    except msgspec.ValidationError as error:
        raise FormatError(f"The notebook's `vernissage` metadata does not fit: {error}.") from None


def _cell(raw: Any, place: int) -> Cell | None:
    if not isinstance(raw, dict):
        raise FormatError(f"Cell {place + 1} of the notebook is no cell.")
    source = _source(raw, place)
    metadata = _dict(raw.get("metadata"))
    id = str(raw.get("id", "")).lower()
    kept = metadata.get(KEY)
    if isinstance(kept, dict) and "cell" in kept:
        try:
            cell: Cell = msgspec.convert(kept["cell"], Cell)
        except msgspec.ValidationError as error:
            raise FormatError(f"The `vernissage` metadata of cell {place + 1} does not fit: {error}.") from None
        match cell:
            case PythonCell() | MarkdownCell():
                return replace(cell, source=source)
            case _:
                return cell
    if not CELL_ID.fullmatch(id):
        id = slug(str(metadata.get("name", ""))) or f"cell-{place + 1}"
    match raw.get("cell_type"):
        case "code":
            return PythonCell(id=id, source=source) if source.strip() else None
        case "markdown":
            return MarkdownCell(id=id, source=source) if source.strip() else None
        case "heading":
            level = raw.get("level", 1)
            return MarkdownCell(
                id=id, source=f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
            )
        case "raw":
            return MarkdownCell(id=id, source=f"```\n{source}\n```") if source.strip() else None
        case other:
            raise FormatError(f"Cell {place + 1} of the notebook is of the unknown type {other!r}.")


def _source(raw: dict[str, Any], place: int) -> str:
    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise FormatError(f"The source of cell {place + 1} of the notebook is no text.")
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _without_missing(app: Layout | None, ids: set[str]) -> Layout | None:
    """The layout without cells that were deleted from the notebook since it was exported."""
    if app is None:
        return None
    tabs = []
    for tab in app.tabs:
        rows = []
        for row in tab.rows:
            columns = (
                replace(column, elements=tuple(one for one in column.elements if one.cell in ids))
                for column in row.columns
            )
            rows.append(replace(row, columns=tuple(columns)))
        tabs.append(replace(tab, rows=tuple(rows)))
    return replace(app, tabs=tuple(tabs))


# --- writing ----------------------------------------------------------------------------------------


def write(document: Document) -> str:
    """[FMT12] A notebook of this document: format 4.5, no outputs."""
    files = [{"name": file.name} for file in document.files]
    project = {**msgspec.to_builtins(replace(document, cells=(), files=())), "files": files}
    del project["cells"]
    notebook = {
        "cells": [_notebook_cell(cell) for cell in document.cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": document.title,
            KEY: {"version": VERSION, "project": project},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _notebook_cell(cell: Cell) -> dict[str, Any]:
    kept = replace(cell, source="") if isinstance(cell, PythonCell | MarkdownCell) else cell
    metadata = {KEY: {"cell": msgspec.to_builtins(kept)}}
    if isinstance(cell, MarkdownCell):
        return {"cell_type": "markdown", "id": cell.id, "metadata": metadata, "source": _lines(cell.source)}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell.id,
        "metadata": metadata,
        "outputs": [],
        "source": _lines(_python(cell)),
    }


def _lines(source: str) -> list[str]:
    """As Jupyter keeps it: one text a line, each with its end."""
    return source.splitlines(keepends=True) if not re.search("[\x0b-\x1f\x85\u2028\u2029]", source) else [source]


def _python(cell: PythonCell | SqlCell | InputCell | ChartCell | TableCell | ValueCell) -> str:
    """Python that stands for a cell in a plain notebook."""
    match cell:
        case PythonCell():
            return cell.source
        case SqlCell():
            name = cell.result or "_"
            quoted = cell.source.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
            if cell.connection != "dataframes" or "{{" in cell.source or "{%" in cell.source:
                return f'# SQL on {cell.connection!r}, as Vernissage runs it:\n{name}_sql = """\n{quoted}\n"""'
            return f'import duckdb\n\n{name} = duckdb.sql("""\n{quoted}\n""").df()\n{name}'
        case InputCell():
            label = cell.label.replace("\n", " ")
            return (f"# Input: {label}\n" if label else "") + _assignment(cell.input)
        case ChartCell():
            spec = json.dumps(cell.spec, ensure_ascii=False)
            return f"# Chart of {cell.dataframe}: {spec}\n{cell.dataframe}"
        case TableCell():
            return cell.dataframe
        case ValueCell():
            return cell.value
        case never:
            assert_never(never)


def _assignment(input: Input) -> str:
    """The input's default as Python; a date as its text, since a notebook has no control to read it."""
    value: Any = default(input)
    if isinstance(input, DateInput):
        ends = value if isinstance(value, tuple) else (value,)
        names = (f"{input.name}_start", f"{input.name}_end") if input.range else (input.name,)
        texts = (one.words if isinstance(one, Relative) else None if one is None else str(one) for one in ends)
        return "\n".join(f"{name} = {text!r}" for name, text in zip(names, texts, strict=True))
    if isinstance(value, tuple):
        value = list(value)
    elif isinstance(value, msgspec.Struct):
        value = getattr(value, "name", None)
    return f"{input.name} = {value!r}"
