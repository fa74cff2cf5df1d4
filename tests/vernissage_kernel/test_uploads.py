"""Files and tables of inputs as the code sees them."""

from __future__ import annotations

import copy
import datetime
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vernissage_kernel.lone import LoneKernel
from vernissage_kernel import uploads
from vernissage_kernel.frames import TABLE_MIME, ListVariables, RunSql, SetVariables, ShowTable, ShowValue


def given_file(data: bytes, folder: Path, name: str = "stores.csv", kind: str = "csv") -> Any:
    (folder / "file").write_bytes(data)
    return uploads.read(folder / "file", name, kind)


# --- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_cel44_csv_of_any_separator_and_encoding(tmp_path: Path, separator: str, encoding: str) -> None:
    text = 'Straße,Umsatz,seit\nKöln,3,2024\n"a, b; c",4,2025\n'.replace(",", separator)
    text = text.replace(f"a{separator} b; c", "a, b; c").replace("a, b; c", "a, b; c")
    frame = given_file(text.encode(encoding), tmp_path)
    assert list(frame.columns) == ["Straße", "Umsatz", "seit"]
    assert frame["Umsatz"].tolist() == [3, 4] and frame["Straße"].tolist() == ["Köln", "a, b; c"]


def test_cel44_csv_of_one_column_and_of_no_rows(tmp_path: Path) -> None:
    assert given_file(b"name\nAda, the first\n", tmp_path).shape[0] == 1
    assert list(given_file(b"name\nAda\n", tmp_path).columns) == ["name"]
    assert given_file(b"a,b\n", tmp_path).shape == (0, 2)


field = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=5).map(
    lambda text: f"x{text}"
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(uploads.SEPARATORS), st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(field, min_size=width, max_size=width), min_size=2, max_size=5)))  # fmt: skip
def test_cel44_the_separator_is_found(separator: str, rows: list[list[str]]) -> None:
    assert uploads.separator("\n".join(separator.join(row) for row in rows)) == separator


def test_cel44_parquet_and_excel(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "day": pd.to_datetime(["2024-01-02", "2024-01-03"])})
    frame.to_parquet(tmp_path / "a")
    assert uploads.read(tmp_path / "a", "a.parquet", "parquet").equals(frame)
    with pd.ExcelWriter(tmp_path / "b.xlsx", engine="openpyxl") as book:
        frame.to_excel(book, sheet_name="Plan", index=False)
        frame.head(1).to_excel(book, sheet_name="Ist", index=False)
    (tmp_path / "b.xlsx").rename(tmp_path / "b")  # a file of an input has no ending where it lies
    sheets = uploads.read(tmp_path / "b", "b.xlsx", "excel")
    assert list(sheets) == ["Plan", "Ist"]
    assert sheets["Plan"]["a"].tolist() == [1, 2] and sheets["Plan"]["day"].iloc[0] == pd.Timestamp("2024-01-02")
    assert len(sheets["Ist"]) == 1


def test_cel44_anything_else_is_bytes(tmp_path: Path) -> None:
    assert given_file(b"\x00\xff", tmp_path, "a.bin", "bytes") == b"\x00\xff"


@pytest.mark.parametrize(
    ("data", "name", "kind", "says"),
    [
        (b"", "a.csv", "csv", "a.csv is empty"),
        (b" \n\n", "a.csv", "csv", "a.csv is empty"),
        (b"a,b\n1,2\n1,2,3\n4,5,6\n", "a.csv", "csv", "a.csv cannot be read as CSV: Error tokenizing data"),
        (b"PK no zip", "a.xlsx", "excel", "a.xlsx cannot be read as Excel"),
        (b"PAR1 no", "a.parquet", "parquet", "a.parquet cannot be read as Parquet"),
    ],
)
def test_cel45_a_broken_file_is_a_sentence(tmp_path: Path, data: bytes, name: str, kind: str, says: str) -> None:
    value = given_file(data, tmp_path, name, kind)
    assert type(value) is uploads.Unreadable
    assert uploads.sentence_of(value).startswith(says) and uploads.sentence_of(value).endswith(".")


def test_cel45_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "Upload it again" in uploads.sentence_of(uploads.read(tmp_path / "none", "a.csv", "csv"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["csv", "parquet", "excel", "bytes"]))
def test_cel45_no_content_raises_where_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: str
) -> None:
    value = given_file(data, tmp_path_factory.getbasetemp(), "a", kind)
    assert isinstance(value, (pd.DataFrame, dict, bytes)) or type(value) is uploads.Unreadable


@pytest.mark.parametrize(
    "use",
    [
        str, repr, bool, len, iter, hash, int, list, pd.DataFrame, np.asarray, copy.copy, lambda v: v.columns,
        lambda v: v["a"], lambda v: v + 1, lambda v: 1 + v, lambda v: v == 1, lambda v: v < 1, lambda v: v(),
        lambda v: "a" in v, lambda v: f"{v}", lambda v: setattr(v, "a", 1), lambda v: operator.setitem(v, "a", 1),
        lambda v: pd.concat([v]), Path,
    ],
)  # fmt: skip
def test_cel45_every_use_of_it_raises_the_sentence(use: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=r"^a\.csv is empty\.$"):
        use(uploads.Unreadable("a.csv is empty."))


@pytest.fixture
def broken(kernel: LoneKernel) -> LoneKernel:
    (kernel.home / "files").mkdir()
    (kernel.home / "files" / "f").write_bytes(b"PAR1 no")
    (kernel.home / "files" / "g").write_bytes(b"a;b\n1;2\n")
    kernel.send(
        SetVariables(
            {
                "plan": {"$file": {"name": "plan.parquet", "path": "files/f", "kind": "parquet"}},
                "good": {"$file": {"name": "good.csv", "path": "files/g", "kind": "csv"}},
            }
        )
    )
    return kernel


def test_cel45_the_cell_that_uses_it_fails_with_the_sentence(broken: LoneKernel) -> None:
    says = "plan.parquet cannot be read as Parquet"
    works: list[Any] = ["plan.head()", "len(plan)", "for row in plan: pass"]
    for work in (*works, ShowTable("plan"), RunSql("select * from plan", ""), ShowValue("plan", "", "plain")):
        outcome = broken.run(work)
        assert not outcome.finished.ok
        assert outcome.error.evalue.startswith(says), outcome.error
    listed = {variable.name: variable for variable in broken.ask(ListVariables).variables}
    assert listed["plan"].summary.startswith(says)
    assert broken.run("other = 1").finished.ok


def test_cel44_the_code_gets_the_data_frame(broken: LoneKernel) -> None:
    broken.run("import os; os.chdir('/')")
    (broken.home / "files" / "g").write_bytes(b"a;b\n1;3\n")
    broken.send(SetVariables({"good": {"$file": {"name": "good.csv", "path": "files/g", "kind": "csv"}}}))
    assert broken.run("good['b'].tolist()").data["text/plain"] == "[3]"
    assert broken.run(RunSql("select * from good", "")).data[TABLE_MIME]["total"] == 1


# --- tables -----------------------------------------------------------------------------------------

COLUMNS = [["name", "text"], ["n", "number"], ["ok", "checkbox"], ["day", "date"]]


def test_cel46_a_table_is_a_data_frame_of_its_columns_types() -> None:
    frame = uploads.table(COLUMNS, [["a", 1, True, "2024-01-02"], ["b", 2, False, "2024-01-03"]])
    assert [str(dtype) for dtype in frame.dtypes] == ["str", "int64", "bool", "datetime64[us]"]
    assert frame["day"].iloc[1] == pd.Timestamp("2024-01-03") and frame.index.tolist() == [0, 1]
    assert frame[frame["day"] > datetime.datetime(2024, 1, 2)]["name"].tolist() == ["b"]  # noqa: DTZ001


def test_cel46_empty_cells_are_missing_and_empty_columns_keep_their_type() -> None:
    missing = uploads.table(COLUMNS, [[None, None, None, None], ["b", 2.5, True, "0001-01-01"]])
    assert [str(dtype) for dtype in missing.dtypes] == ["str", "float64", "boolean", "datetime64[us]"]
    assert missing.iloc[0].isna().all() and missing["day"].iloc[1].year == 1
    for rows in ([], [[None] * 4]):
        frame = uploads.table(COLUMNS, rows)
        assert [str(dtype) for dtype in frame.dtypes][1::2] == ["float64", "datetime64[us]"]
        assert str(frame.dtypes.iloc[0]) == "str" and len(frame) == len(rows)
    assert uploads.table([], []).shape == (0, 0)
    assert uploads.table([["a", "text"], ["a", "number"]], [["x", 1]]).columns.tolist() == ["a", "a"]


def test_cel46_whole_numbers_keep_every_digit() -> None:
    assert uploads.table([["n", "number"]], [[2**53 + 1], [1]])["n"].tolist() == [2**53 + 1, 1]
    assert uploads.table([["n", "number"]], [[2**70], [None]])["n"].iloc[0] == 2**70


def test_cel46_the_code_gets_the_table(kernel: LoneKernel) -> None:
    rows = [["a", {"$int": str(2**70)}, None, "2024-01-02"]]
    kernel.send(SetVariables({"plan": {"$table": {"columns": COLUMNS, "rows": rows}}}))
    assert kernel.run("plan['n'][0] == 2**70").data["text/plain"] == "True"
    assert (
        kernel.run(RunSql("select name, day from plan where day >= date '2024-01-01'", "")).data[TABLE_MIME]["total"]
        == 1
    )
