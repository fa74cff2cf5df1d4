"""Tables that page: whatever holds columns, as Arrow, a page at a time.

    to_arrow(anything tabular) ──► pa.Table ──► TableView: order, filter, page, csv

The kernel uses it on the data frames of a notebook, the server on the Arrow files of stored results; both
answer the same page to the same question. Heavy imports happen inside functions.

Words: the *head* of a table is what stands in an output (columns, number of rows, the first page). A
*cell* of a page is JSON-safe: NaN, infinities and whole numbers past 2^53 are text, dates are ISO text.

Promise: odd frames (mixed types, nested values, repeated or missing column names, indexes of several
levels) give a table too. Columns keep their place; names are text and unique.
Left alone: who may ask (the server), how long a table is kept (`runner`).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vernissage_kernel.frames import TableColumn, TableHead, TableQuery

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

HEAD_ROWS = 50
"""Rows of a head."""

PAGE_ROWS = 1_000
"""Rows of a page at most."""

CELL_TEXT = 5_000
"""Characters of a cell that travel; a download has all."""

SHORTEST_HIDDEN = 4
"""Characters of a secret's value that is looked for, as in `vernissage.core.secrets`."""

CSV_ROWS = 20_000
"""Rows of a piece of CSV at most."""

CSV_BYTES = 4 * 1024 * 1024
"""About as many bytes has a piece of CSV at most, but for a single row that has more."""

EXACT = 2**53
"""Whole numbers beyond are not exact in a browser."""

ColumnType = Literal["number", "text", "date", "datetime", "boolean", "other"]


class NoSuchColumn(ValueError):
    """A table was asked for a column that it does not have."""

    def __init__(self, name: str, columns: list[str]) -> None:
        super().__init__(f"This table has no column {name!r}. It has: {', '.join(columns[:20])}.")
        self.name = name


# --- what is a table --------------------------------------------------------------------------------


def is_table(value: Any) -> bool:
    """True for data frames and series (pandas, Polars), Arrow tables and DuckDB relations. Imports nothing."""
    modules = sys.modules
    if (pandas := modules.get("pandas")) is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return True
    if (arrow := modules.get("pyarrow")) is not None and isinstance(value, (arrow.Table, arrow.RecordBatch)):
        return True
    if (duckdb := modules.get("duckdb")) is not None and isinstance(value, duckdb.DuckDBPyRelation):
        return True
    if (polars := modules.get("polars")) is not None:
        return isinstance(value, (polars.DataFrame, polars.Series, polars.LazyFrame))
    return False


def to_pandas(value: Any) -> pd.DataFrame:
    """Anything that `is_table` as a pandas data frame, its index as it is."""
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, pd.Series):
        return value.to_frame(value.name if value.name is not None else "value")
    frame: pd.DataFrame = to_arrow(value).to_pandas()
    return frame


def snapshot(value: Any) -> Any:
    """The table as it is now: later changes of `value` in place do not reach it. Cheap (copy on write)."""
    import pandas as pd

    if isinstance(value, (pd.DataFrame, pd.Series)):
        return value.copy(deep=False)
    return to_arrow(value)


def to_arrow(value: Any) -> pa.Table:
    """Anything that `is_table` as an Arrow table, with unique column names and types that every page can show."""
    import pyarrow as pa

    match value:
        case pa.Table():
            table = value
        case pa.RecordBatch():
            table = pa.Table.from_batches([value])
        case _:
            if (pandas := sys.modules.get("pandas")) is not None and isinstance(
                value, (pandas.DataFrame, pandas.Series)
            ):
                return _from_pandas(value)
            if (duckdb := sys.modules.get("duckdb")) is not None and isinstance(value, duckdb.DuckDBPyRelation):
                table = value.to_arrow_table()
            elif (polars := sys.modules.get("polars")) is not None and isinstance(value, polars.LazyFrame):
                table = value.collect().to_arrow()
            elif polars is not None and isinstance(value, polars.Series):
                table = value.to_frame(value.name or "value").to_arrow()
            elif polars is not None and isinstance(value, polars.DataFrame):
                table = value.to_arrow()
            else:
                raise TypeError(f"A {type(value).__name__} is no table.")
    return table.rename_columns(unique_names(table.column_names)).replace_schema_metadata(None)


def unique_names(names: list[Any]) -> list[str]:
    """Column names as text, none empty, none twice: "a", "a (2)", "column 3"."""
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, 1):
        parts = name if isinstance(name, tuple) else (name,)
        text = (
            " / ".join(str(part) for part in parts if part is not None and part == part and str(part) != "")
            or f"column {place}"
        )
        unique, count = text, 1
        while unique in taken:
            count += 1
            unique = f"{text} ({count})"
        taken.add(unique)
        result.append(unique)
    return result


def named_columns(value: pd.DataFrame | pd.Series[Any]) -> list[tuple[Any, Any]]:
    """Names and columns, an index that means something first. Nothing is copied."""
    import pandas as pd

    if isinstance(value, pd.Series):
        value = value.to_frame(value.name if value.name is not None else "value")
    index = value.index
    columns: list[tuple[Any, Any]] = []
    if isinstance(index, pd.MultiIndex):
        for level, name in enumerate(index.names):
            columns.append((name if name is not None else f"level {level}", index.get_level_values(level)))
    elif index.name is not None:
        columns.append((index.name, index))
    elif not pd.api.types.is_integer_dtype(index.dtype):
        # Whole numbers without a name are row numbers, or what a filter left of them.
        if len(index):
            columns.append(("index", index))
    for place in range(value.shape[1]):
        columns.append((value.columns[place], value.iloc[:, place]))
    return columns


def _from_pandas(value: pd.DataFrame | pd.Series[Any]) -> pa.Table:
    import pyarrow as pa

    columns = named_columns(value)
    names = unique_names([name for name, _ in columns])
    arrays = [_array(column) for _, column in columns]
    if not arrays:
        return pa.table({})
    return pa.Table.from_arrays(arrays, names=names)


def _array(column: Any) -> pa.ChunkedArray:
    import pandas as pd
    import pyarrow as pa

    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        column = pd.Series(column.to_numpy())
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, NotImplementedError, AttributeError):
        array = _as_text(column)
    chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    if isinstance(chunked.type, pa.BaseExtensionType):
        # Periods, intervals and the like mean nothing to a reader of Arrow alone.
        return pa.chunked_array([_as_text(column)])
    if pa.types.is_timestamp(chunked.type) and chunked.type.tz is None and _only_days(column):
        chunked = chunked.cast(pa.date32())
    return chunked


def _as_text(column: Any) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    missing = pd.isna(column)
    return pa.array(
        [None if gone else _text_of(item) for item, gone in zip(column, missing, strict=True)],
        type=pa.string(),
    )


def _text_of(item: Any) -> str:
    try:
        return str(item)
    except Exception as error:  # noqa: BLE001  An object of the user's; its __str__ may do anything.
        return f"({type(item).__name__}, whose text could not be made: {type(error).__name__})"


def _only_days(column: Any) -> bool:
    """True when a naive datetime column holds no clock time at all: it means days."""
    import numpy as np
    import pandas as pd

    if not isinstance(column.dtype, np.dtype):
        return False
    values = pd.Series(column).dropna().to_numpy()
    if not len(values):
        return False
    unit = np.datetime_data(values.dtype)[0]
    day = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}.get(unit)
    if day is None:
        return False
    numbers = values.view("int64")
    # Most columns with a clock time show it early.
    return bool((numbers[:100] % day == 0).all() and (numbers % day == 0).all())


# --- columns and cells ------------------------------------------------------------------------------


def column_type(type: pa.DataType) -> ColumnType:
    """What a column is to its reader."""
    from pyarrow import types

    if types.is_dictionary(type):
        return column_type(type.value_type)
    if types.is_boolean(type):
        return "boolean"
    if types.is_integer(type) or types.is_floating(type) or types.is_decimal(type):
        return "number"
    if types.is_string(type) or types.is_large_string(type) or types.is_string_view(type):
        return "text"
    if types.is_date(type):
        return "date"
    if types.is_timestamp(type):
        return "datetime"
    return "other"


def columns_of(table: pa.Table) -> tuple[TableColumn, ...]:
    """The columns as an output names them."""
    return tuple(TableColumn(name=field.name, type=column_type(field.type)) for field in table.schema)


def cells(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column, JSON-safe."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_timestamp(column.type) and column.type.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        values = column.cast(pa.string()).to_pylist()  # Years that Python's dates do not reach.
    kind = column_type(column.type)
    if kind == "text":
        return [value if value is None or len(value) <= CELL_TEXT else value[:CELL_TEXT] + "…" for value in values]
    if kind == "boolean":
        return values
    return [cell(value) for value in values]


def cell(value: Any) -> Any:
    """One value, JSON-safe."""
    match value:
        case None | bool():
            return value
        case int():
            return value if -EXACT <= value <= EXACT else str(value)
        case float():
            if math.isfinite(value):
                return value
            return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
        case str():
            return value if len(value) <= CELL_TEXT else value[:CELL_TEXT] + "…"
        case bytes():
            return value[:40].hex(" ") + ("…" if len(value) > 40 else "")
        case list() | dict():
            return cell(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            pass
    if hasattr(value, "as_tuple"):  # A Decimal.
        digits = len(value.as_tuple().digits)
        if not value.is_finite() or digits > 15:
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def rows_of(table: pa.Table) -> tuple[tuple[Any, ...], ...]:
    """All rows of a (small) table, JSON-safe."""
    if table.num_columns == 0:
        return ()
    return tuple(zip(*(cells(column) for column in table.columns), strict=True))


# --- the head ---------------------------------------------------------------------------------------


def head(value: Any, handle: str) -> TableHead:
    """The head of anything that `is_table`. Of a large data frame only the first rows are converted."""
    import pandas as pd

    if isinstance(value, (pd.DataFrame, pd.Series)):
        total = len(value)
        table = _head_of_pandas(value)
    else:
        whole = to_arrow(value)
        total, table = whole.num_rows, whole.slice(0, HEAD_ROWS)
    return TableHead(table=handle, columns=columns_of(table), total=total, rows=rows_of(table))


def _head_of_pandas(value: pd.DataFrame | pd.Series[Any]) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    table = _from_pandas(value.iloc[:HEAD_ROWS])
    # The first rows alone may look like days where the whole column has clock times.
    names = table.column_names
    for place, (_, column) in enumerate(named_columns(value)[: len(names)]):
        if pa.types.is_date(table.schema.field(place).type) and isinstance(column.dtype, np.dtype):
            if column.dtype.kind == "M" and not _only_days(column):
                stamps = table.column(place).cast(pa.timestamp("us"))
                table = table.set_column(place, names[place], stamps)
    return table


def plain_head(head: TableHead) -> dict[str, Any]:
    """A head as it stands in a MIME bundle."""
    return {
        "table": head.table,
        "columns": [{"name": column.name, "type": column.type} for column in head.columns],
        "total": head.total,
        "rows": head.rows,
    }


def text(head: TableHead, rows: int = 10, columns: int = 12, width: int = 32) -> str:
    """A head as plain text, for where nothing better can be shown."""
    shown = head.columns[:columns]
    grid = [[column.name for column in shown]]
    for row in head.rows[:rows]:
        grid.append(["" if value is None else str(value) for value in row[:columns]])
    grid = [[item if len(item) <= width else item[: width - 1] + "…" for item in line] for line in grid]
    lines = []
    widths = [max(len(line[place]) for line in grid) for place in range(len(shown))]
    for line in grid:
        padded = [
            item.rjust(size) if column.type == "number" else item.ljust(size)
            for item, size, column in zip(line, widths, shown, strict=True)
        ]
        lines.append("  ".join(padded).rstrip().replace("\n", " "))
    lines.append("")
    lines.append(f"{grouped(head.total)} rows × {grouped(len(head.columns))} columns")
    return "\n".join(lines)


def grouped(number: int) -> str:
    """A whole number with narrow spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")


# --- pages ------------------------------------------------------------------------------------------


class TableView:
    """A table with the order and the filter that were asked for last: further pages of them cost next to nothing."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._asked: tuple[str, bool, str] | None = None
        self._picked: pa.Array | None = None

    def page(self, query: TableQuery) -> tuple[tuple[tuple[Any, ...], ...], int]:
        """The rows of a page, and how many rows there are after the filter. Raises NoSuchColumn."""
        limit = max(0, min(query.limit, PAGE_ROWS))
        offset = max(0, query.offset)
        picked = self._rows(query)
        if picked is None:
            return rows_of(self.table.slice(offset, limit)), self.table.num_rows
        return rows_of(self.table.take(picked.slice(offset, limit))), len(picked)

    def select(self, query: TableQuery) -> pa.Table:
        """All rows of an order and a filter; offset and limit do not count."""
        picked = self._rows(query)
        return self.table if picked is None else self.table.take(picked)

    def csv(self, query: TableQuery, start: int = 0) -> tuple[bytes, int]:
        """The rows of an order and a filter from that one on as CSV: as many as make a piece, and the row to go on
        with; 0 = that was all.

        RFC 4180 in UTF-8: lines end in CR LF, names first. Text is whole, missing is empty, the empty text is `""`.
        Data stay as they are: nothing is put before a text that a spreadsheet would take for a formula.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        picked = self._rows(query)
        total = self.table.num_rows if picked is None else len(picked)
        if not self.table.num_columns:
            return b"", 0
        start = max(0, min(start, total))
        usual = self.table.nbytes // max(1, self.table.num_rows)
        step = max(1, min(CSV_ROWS, CSV_BYTES // max(1, usual)))
        options = arrow_csv.WriteOptions(include_header=start == 0, quoting_style="needed")
        while True:
            rows = self.table.slice(start, step) if picked is None else self.table.take(picked.slice(start, step))
            part = pa.table([_csv_column(column) for column in rows.columns], names=rows.column_names)
            sink = pa.BufferOutputStream()
            arrow_csv.write_csv(part, sink, options)
            data = sink.getvalue()
            if data.size <= 4 * CSV_BYTES or step == 1:
                break
            step = max(1, step // 8)  # these rows are longer than the table's are on average
        end = start + part.num_rows
        lines = part.num_rows + (1 if start == 0 else 0)
        return _with_crlf(data.to_pybytes(), lines), end if end < total else 0

    def _rows(self, query: TableQuery) -> pa.Array | None:
        """The numbers of the rows, in order; None = all, as they come."""
        names = self.table.column_names
        if query.sort and query.sort not in names:
            raise NoSuchColumn(query.sort, names)
        asked = (query.sort, query.descending, query.filter)
        if asked == self._asked:
            return self._picked
        picked = _matching(self.table, query.filter) if query.filter else None
        if query.sort:
            picked = _ordered(self.table.column(query.sort), query.descending, picked)
        self._asked, self._picked = asked, picked
        return picked


def page(table: pa.Table, query: TableQuery) -> tuple[tuple[tuple[Any, ...], ...], int]:
    """One page of a table, and the number of rows after the filter. For several pages use a `TableView`."""
    return TableView(table).page(query)


def _ordered(column: pa.ChunkedArray, descending: bool, picked: pa.Array | None) -> pa.Array:
    """Row numbers by the column's values: equal ones keep their order, missing ones come last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if picked is not None:
        column = column.take(picked)
    column = _sortable(column)
    order = "descending" if descending else "ascending"
    keyed = pa.table({"key": column})
    numbers = pc.sort_indices(keyed, sort_keys=[("key", order)])  # Missing at the end is Arrow's habit.
    return numbers if picked is None else picked.take(numbers)


def _sortable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    match column_type(column.type):
        case "text":
            # By letters, not by code points: "apple" before "Banana". Each distinct text is looked at once.
            encoded = column.dictionary_encode().unify_dictionaries()
            if encoded.num_chunks == 0 or len(column) == 0:
                return column
            words = encoded.chunk(0).dictionary
            rank = pc.rank(pc.utf8_lower(words), sort_keys="ascending", tiebreaker="dense")
            return pa.chunked_array([rank.take(chunk.indices) for chunk in encoded.chunks])
        case "other":
            if types.is_duration(column.type) or types.is_time(column.type):
                return column
            return pa.chunked_array([pa.array([None if v is None else str(v) for v in cells(column)], pa.string())])
        case _:
            return column


NUMBER_LETTERS = frozenset("0123456789.,+-einfatyn ")
"""A filter with any other letter matches no number."""

DATE_LETTERS = frozenset("0123456789-:. tz+")


def _matching(table: pa.Table, filter: str) -> pa.Array:
    """The numbers of the rows in which some column contains the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    needle = filter.casefold()
    letters = set(needle)
    found: Any = None
    for column in table.columns:
        kind = column_type(column.type)
        if kind == "number" and not letters <= NUMBER_LETTERS:
            continue
        if kind in ("date", "datetime") and not letters <= DATE_LETTERS:
            continue
        mask = _contains(column, kind, needle)
        found = mask if found is None else pc.or_(found, mask)
    if found is None:
        return pa.array([], pa.uint64())
    return pc.indices_nonzero(found)


def _contains(column: pa.ChunkedArray, kind: ColumnType, needle: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    match kind:
        case "text":
            texts = column
        case "number" if types.is_floating(column.type) or types.is_integer(column.type):
            texts = column.cast(pa.string())
        case "boolean" | "date":
            texts = column.cast(pa.string())
        case "datetime":
            texts = pc.replace_substring(_without_zeros(column).cast(pa.string()), " ", "t")
            needle = needle.replace(" ", "t")
        case _:
            texts = pa.chunked_array([pa.array([None if v is None else str(v) for v in cells(column)], pa.string())])
    if types.is_string_view(texts.type):
        texts = texts.cast(pa.large_string())
    return pc.fill_null(pc.match_substring(texts, needle, ignore_case=True), False)


def _without_zeros(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Timestamps in whole seconds where nothing is lost, so that their text has no zeros behind the point."""
    import pyarrow as pa

    try:
        return column.cast(pa.timestamp("s", column.type.tz))
    except pa.ArrowInvalid:
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)


def _with_crlf(data: bytes, lines: int) -> bytes:
    """CSV whose lines end in CR LF; what stands inside quotes stays as it is."""
    import numpy as np

    if data.count(b"\n") == lines:
        return data.replace(b"\n", b"\r\n")
    letters = np.frombuffer(data, np.uint8)
    outside = np.cumsum(letters == ord('"'), dtype=np.int64) % 2 == 0
    return np.insert(letters, np.flatnonzero((letters == ord("\n")) & outside), ord("\r")).tobytes()


def _csv_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_timestamp(column.type):
        return _without_zeros(column)
    if column_type(column.type) != "other" and not types.is_decimal(column.type):
        return column
    if types.is_null(column.type):
        return column.cast(pa.string())
    texts = [
        None
        if v is None
        else (json.dumps(v, ensure_ascii=False, default=str) if isinstance(v, (list, dict)) else str(v))
        for v in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


# --- files ------------------------------------------------------------------------------------------


def without(table: pa.Table, secrets: Mapping[str, str]) -> pa.Table:
    """[SEC5] The table with no value of a secret in its texts: a file of it may outlive the kernel, and nobody looks
    through it any more."""
    import pyarrow as pa
    import pyarrow.compute as pc

    hidden = sorted((value for value in secrets.values() if len(value) >= SHORTEST_HIDDEN), key=len, reverse=True)
    for place, field in enumerate(table.schema):
        if hidden and (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            column = table.column(place)
            for value in hidden:
                column = pc.replace_substring(column, pattern=value, replacement="[secret]")
            table = table.set_column(place, field, column)
    return table


def save(table: pa.Table, path: Path) -> int:
    """Write a table as an Arrow IPC file. Its size in bytes. The file appears whole or not at all."""
    import pyarrow as pa

    unfinished = path.with_name(f".{path.name}.part")
    try:
        with (
            pa.OSFile(str(unfinished), "wb") as sink,
            pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer,
        ):
            writer.write_table(table, max_chunksize=100_000)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path.stat().st_size


def load(path: Path) -> pa.Table:
    """The table of an Arrow IPC file, mapped into memory."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
