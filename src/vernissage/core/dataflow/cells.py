"""The names of a cell of any kind, and what of a cell decides how it runs."""

from __future__ import annotations

from typing import Any, assert_never

from vernissage.core.dataflow.names import Names
from vernissage.core.dataflow.python import expressions, python
from vernissage.core.dataflow.sql import markdown, query
from vernissage.core.document import (
    Cell,
    ChartCell,
    DropdownInput,
    InputCell,
    MarkdownCell,
    MultiselectInput,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
    variables,
)


def names_of(cell: Cell, last: Names | None = None) -> Names:
    """[DAT1] The names of a cell; `last` are those that it had, kept while its text cannot be read."""
    found = _names(cell)
    if found is not None:
        return found
    if last is None:
        return Names(parses=False)
    return last if not last.parses else _with(last, parses=False)


def content(cell: Cell) -> tuple[Any, ...]:
    """What of a cell decides how it runs: equal contents run alike. A label or a slider's range does not count."""
    match cell:
        case PythonCell() | MarkdownCell():
            return (type(cell).__name__, cell.source)
        case SqlCell():
            return ("SqlCell", cell.source, cell.connection, cell.result)
        case InputCell():
            return ("InputCell", options_from(cell))
        case ChartCell():
            return ("ChartCell", cell.dataframe, cell.spec)
        case TableCell():
            return ("TableCell", cell.dataframe)
        case ValueCell():
            return ("ValueCell", cell.value, cell.compare, cell.format)
        case _:
            assert_never(cell)


def options_from(cell: InputCell) -> str:
    """The expression that gives an input its options; "" = it has none, and nothing of it runs."""
    match cell.input:
        case DropdownInput(options_from=expression) | MultiselectInput(options_from=expression):
            return expression.strip()
        case _:
            return ""


def _names(cell: Cell) -> Names | None:
    match cell:
        case PythonCell():
            return python(cell.source)
        case SqlCell():
            return query(cell.source, cell.connection == "dataframes", cell.result)
        case MarkdownCell():
            return markdown(cell.source)
        case InputCell():
            read = expressions(options_from(cell))
            return None if read is None else _with(read, defines=frozenset(variables(cell)))
        case ChartCell() | TableCell():
            return expressions(cell.dataframe)
        case ValueCell():
            return expressions(cell.value, cell.compare)
        case _:
            assert_never(cell)


def _with(names: Names, **changes: Any) -> Names:
    return Names(**{**{field: getattr(names, field) for field in names.__struct_fields__}, **changes})
