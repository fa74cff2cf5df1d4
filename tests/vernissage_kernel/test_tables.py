"""Tables as pages: order, filter, cells, odd frames, files, downloads."""

from __future__ import annotations

import csv as standard_csv
import datetime
import decimal
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage_kernel import tables
from vernissage_kernel.frames import TableQuery

TABLE = pa.table(
    {
        "n": [3, 1, None, 1, 2],
        "s": ["pear", "Apple", None, "apple", "Éclair"],
        "d": [datetime.date(2024, month, 1) for month in (1, 2, 3, 4, 5)],
        "row": [0, 1, 2, 3, 4],
    }
)


def order(query: TableQuery, table: pa.Table = TABLE) -> list[Any]:
    rows, _ = tables.page(table, query)
    return [row[-1] for row in rows]


def test_cel70_sorted_with_missing_last() -> None:
    assert order(TableQuery(sort="n")) == [1, 3, 4, 0, 2]
    assert order(TableQuery(sort="n", descending=True)) == [0, 4, 1, 3, 2]
    assert order(TableQuery(sort="s"))[:2] == [1, 3], "text sorts without regard to case"
    assert order(TableQuery(sort="s"))[-1] == order(TableQuery(sort="s", descending=True))[-1] == 2
    with pytest.raises(tables.NoSuchColumn, match="no column 'x'"):
        order(TableQuery(sort="x"))


def test_cel70_filtered_in_any_column() -> None:
    assert order(TableQuery(filter="APPLE")) == [1, 3]
    assert order(TableQuery(filter="éc")) == [4]
    assert order(TableQuery(filter="2024-04")) == [3]
    assert order(TableQuery(filter="ap", sort="d", descending=True)) == [3, 1]
    assert tables.page(TABLE, TableQuery(filter="apple", limit=1))[1] == 2
    assert tables.page(TABLE, TableQuery(filter="nothing")) == ((), 0)
    assert tables.page(TABLE, TableQuery(offset=99)) == ((), 5)


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 5)), st.text(max_size=3)), max_size=30), st.booleans())
def test_cel70_the_order_is_python_s(values: list[tuple[int | None, str]], descending: bool) -> None:
    frame = pa.table(
        {"k": pa.array([k for k, _ in values], pa.int64()), "row": pa.array(range(len(values)), pa.int64())}
    )
    known = [i for i, (k, _) in enumerate(values) if k is not None]
    wanted = sorted(known, key=lambda i: -(values[i][0] or 0) if descending else values[i][0] or 0)
    wanted += [i for i, (k, _) in enumerate(values) if k is None]
    assert order(TableQuery(sort="k", descending=descending), frame) == wanted


def test_cel70_pages_of_one_view_agree_with_the_whole() -> None:
    table = pa.table({"k": np.arange(1000) % 7, "row": np.arange(1000)})
    view = tables.TableView(table)
    pieces = [view.page(TableQuery(sort="k", filter="1", offset=at, limit=100))[0] for at in range(0, 1000, 100)]
    assert sum(pieces, ()) == view.page(TableQuery(sort="k", filter="1", limit=1000))[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (-(2**60), str(-(2**60))),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (None, None),
        (True, True),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (datetime.datetime(2024, 1, 2, 3, 4, 5), "2024-01-02T03:04:05"),  # noqa: DTZ001
        (decimal.Decimal("1.50"), 1.5),
        (decimal.Decimal("12345678901234567890.5"), "12345678901234567890.5"),
        ([1, None], "[1, null]"),
        ("x" * 6000, "x" * 5000 + "…"),
    ],
)
def test_cel71_cells_are_json_safe(value: Any, expected: Any) -> None:
    table = pa.table({"v": [value]})
    assert tables.rows_of(table) == ((expected,),)


def test_cel71_times_far_away_and_zones() -> None:
    far = pa.table({"v": pa.array([2**40], pa.timestamp("s"))})
    assert isinstance(tables.rows_of(far)[0][0], str)
    zoned = pd.DataFrame({"v": pd.to_datetime(["2024-01-02 10:00"]).tz_localize("Europe/Berlin")})
    assert tables.rows_of(tables.to_arrow(zoned)) == (("2024-01-02T10:00:00+01:00",),)
    nanos = pd.DataFrame({"v": [pd.Timestamp(1, unit="ns")]})
    assert tables.rows_of(tables.to_arrow(nanos)) == (("1970-01-01T00:00:00",),)


def test_cel72_odd_frames() -> None:
    odd = pd.DataFrame(
        [[1, "x", [1, 2], 1j, b"ab"], ["k", 2.5, None, None, None]],
        columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "b"), ("a", "c"), (None, ""), (1, 2)]),
        index=["r1", "r2"],
    )
    head = tables.head(odd, "h")
    assert [column.name for column in head.columns] == ["index", "a / b", "a / b (2)", "a / c", "column 5", "1 / 2"]
    assert head.rows[0] == ("r1", "1", "x", "[1, 2]", "1j", "61 62")
    assert head.rows[1] == ("r2", "k", "2.5", None, None, None)
    assert tables.page(tables.to_arrow(odd), TableQuery(sort="a / c", filter="K"))[1] == 1


def test_cel72_indexes() -> None:
    frame = pd.DataFrame({"g": ["a", "b", "a"], "v": [1, 2, 3]})
    grouped = tables.to_arrow(frame.groupby("g").sum())
    assert (grouped.column_names, grouped.num_rows) == (["g", "v"], 2)
    assert tables.to_arrow(frame[frame.v > 1]).column_names == ["g", "v"]
    assert tables.to_arrow(frame.groupby(["g", "v"]).size()).column_names == ["g", "v", "value"]
    assert tables.to_arrow(frame.describe()).column_names == ["index", "v"]
    assert tables.head(pd.DataFrame(), "h").columns == ()
    assert tables.head(frame.iloc[:0], "h").rows == ()


def test_cel72_pandas_own_kinds() -> None:
    frame = pd.DataFrame(
        {
            "period": pd.period_range("2024-01", periods=2, freq="M"),
            "interval": pd.interval_range(0, 2),
            "category": pd.Categorical(["a", "b"]),
            "maybe": pd.array([1, None], dtype="Int64"),
            "sparse": pd.arrays.SparseArray([0, 1]),
            "delta": pd.to_timedelta(["1 days", None]),
        }
    )
    rows, _ = tables.page(tables.to_arrow(frame), TableQuery(sort="category", descending=True))
    assert rows[1] == ("2024-01", "(0, 1]", "a", 1, 0, "1 day, 0:00:00")
    assert rows[0][3] is None and rows[0][5] is None


def test_cel73_a_snapshot_does_not_follow_changes() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    kept = tables.snapshot(frame)
    frame["a"] = 0
    frame.loc[0, "b"] = 1
    assert tables.to_arrow(kept).to_pydict() == {"a": [1, 2]}


def test_cel74_files(tmp_path: Path) -> None:
    size = tables.save(TABLE, tmp_path / "t.arrow")
    assert size == (tmp_path / "t.arrow").stat().st_size
    assert tables.load(tmp_path / "t.arrow").equals(TABLE)
    assert len(list(tmp_path.iterdir())) == 1


def csv(table: pa.Table, query: TableQuery) -> bytes:
    """All pieces of a download."""
    view, pieces, start = tables.TableView(table), list[bytes](), 0
    while not pieces or start:
        data, start = view.csv(query, start)
        pieces.append(data)
    return b"".join(pieces)


def test_cel75_downloads() -> None:
    text = 'a "quoted", long\nline ' + "x" * 6000
    table = pa.table({"s": [text, None, "é"], "at": [datetime.datetime(2024, 1, 2, 3, 4)] * 3, "l": [[1], [], None]})  # noqa: DTZ001
    data = csv(table, TableQuery(sort="s", limit=1)).decode()
    assert data.startswith('"s","at","l"\r\n')
    read = list(standard_csv.reader(io.StringIO(data, newline="")))
    assert read[0] == ["s", "at", "l"]
    assert read[1:] == [
        [text, "2024-01-02 03:04:00", "[1]"],
        ["é", "2024-01-02 03:04:00", ""],
        ["", "2024-01-02 03:04:00", "[]"],
    ]
    many = pa.table({"n": np.arange(50_001)})
    lines = csv(many, TableQuery()).split(b"\r\n")
    assert (len(lines), lines[0], lines[-2], lines[-1]) == (50_003, b'"n"', b"50000", b"")
    assert csv(many, TableQuery(filter="4999", sort="n", descending=True)).split()[1:3] == [b"49999", b"49998"]
    assert csv(many.slice(0, 0), TableQuery()) == b'"n"\r\n'
    assert csv(pa.table({}), TableQuery()) == b""
    plain = pa.table({"f": ["=1+1", "", "+2", "a\r\nb"], "b": [True, None, False, None]})
    assert csv(plain, TableQuery()) == b'"f","b"\r\n"=1+1",true\r\n"",\r\n"+2",false\r\n"a\r\nb",\r\n'


def test_cel75_pieces_are_small_though_some_rows_are_long() -> None:
    texts = ["x"] * 1_000 + ["y" * 5_000_000] * 8
    view, start, sizes = tables.TableView(pa.table({"s": texts, "n": range(len(texts))})), 0, list[int]()
    while not sizes or start:
        data, start = view.csv(TableQuery(), start)
        sizes.append(len(data))
    assert max(sizes) <= 17 * 1024 * 1024
    assert sum(sizes) > 40_000_000


def test_cel76_days() -> None:
    days = pd.DataFrame({"d": pd.date_range("2024-01-01", periods=200, freq="D")})
    assert tables.head(days, "h").columns[0].type == "date"
    days.loc[150, "d"] = pd.Timestamp("2024-01-01 10:00")
    head = tables.head(days, "h")
    assert head.columns[0].type == "datetime", "though the first page shows days only"
    assert head.rows[0] == ("2024-01-01T00:00:00",)
    assert tables.columns_of(tables.to_arrow(days)) == head.columns
