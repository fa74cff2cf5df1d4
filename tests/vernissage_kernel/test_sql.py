"""SQL over data frames: what becomes a parameter, what is refused, what the database sees."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage_kernel import sql
from vernissage_kernel.tracebacks import CellError

NAMES: dict[str, Any] = {
    "df": pd.DataFrame({"a": [1, 2, 3], "s": ["x", "y", "z"], "d": pd.date_range("2024-01-01", periods=3)}),
    "n": 2,
    "evil": "x' or '1'='1",
    "xs": ["x", "z"],
    "empty": [],
    "since": datetime.date(2024, 1, 2),
    "column": "a",
}


@pytest.fixture(scope="module")
def database() -> sql.Database:
    return sql.Database("Europe/Berlin")


def rows(database: sql.Database, source: str, **names: Any) -> list[Any]:
    frame = database.query(source, {**NAMES, **names})
    assert frame is not None
    return frame.iloc[:, 0].tolist()


def refused(database: sql.Database, source: str, **names: Any) -> CellError:
    with pytest.raises(CellError) as caught:
        database.query(source, {**NAMES, **names})
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("select a from df limit {{ n }}", [1, 2]),
        ("select a from df where s = {{ evil }}", []),
        ("select a from df where s = {{ 'y' }}", [2]),
        ("select {{ 5 }}", [5]),
        ("select a from df where d >= {{ since }}", [2, 3]),
        ("{% macro is(c, v) %}{{ c | sqlsafe }} = {{ v }}{% endmacro %}select a from df where {{ is('s', 'x') }}", [1]),
        ("{% set w %}s = {{ 'y' }} and a > {{ 0 }}{% endset %}select a from df where {{ w }} or {{ w }}", [2]),
        ("{% for x in xs %}select {{ x }}{% if not loop.last %} union all {% endif %}{% endfor %}", ["x", "z"]),
        ("{% if n > 1 %}select {{ n }}{% else %}nonsense{% endif %}", [2]),
        ("select {{ evil | upper }}", ["X' OR '1'='1"]),
        (("{% macro twice() %}{{ caller() }}, {{ caller() }}{% endmacro %}"
          "select a from df where s in ({% call twice() %}{{ 'z' }}{% endcall %})"), [3]),
        ("-- {{ evil }}\nselect /* {{ n }} */ 7", [7]),
    ],
)  # fmt: skip
def test_cel50_every_value_is_bound(database: sql.Database, source: str, expected: list[Any]) -> None:
    assert rows(database, source) == expected


@given(
    st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.integers(-(2**62), 2**62))
)
def test_cel50_any_value_comes_back_as_it_was(value: str | int) -> None:
    query = sql.render("select {{ value }} as v where {{ value }} = {{ value }}", {"value": value}, duckdb.tokenize)
    assert query.text == "select $p1 as v where $p2 = $p3"
    assert list(query.parameters.values()) == [value] * 3


def test_cel50_a_fragment_that_was_changed_is_refused(database: sql.Database) -> None:
    source = "{% set w %}s = {{ 'y' }}{% endset %}select a from df where {{ w ~ ' or true' }}"
    assert "changed like a text" in str(refused(database, source))
    assert "changed like a text" in str(refused(database, source.replace("w ~ ' or true'", "w | upper")))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("select a from df where s in ({{ xs | array }})", [1, 3]),
        ("select a from df where s in {{ xs | array }}", [1, 3]),
        ("select a from df where s in ('y', {{ xs | array }})", [1, 2, 3]),
        ("select a from df where s in ({{ empty | array }})", []),
        ("select a from df where a in {{ empty | array }}", []),
        ("select a from df where s not in ({{ empty | array }})", [1, 2, 3]),
        ("select a from df where s not in ({{ xs | array }})", [2]),
    ],
)
def test_cel51_arrays(database: sql.Database, source: str, expected: list[int]) -> None:
    assert rows(database, source) == expected


def test_cel51_arrays_of_any_kind_of_list(database: sql.Database) -> None:
    for xs in (np.array([1, 3]), pd.Series([1, 3]), (1, 3), {1, 3}, range(1, 4, 2)):
        assert rows(database, "select a from df where a in ({{ xs | array }})", xs=xs) == [1, 3]
    assert "needs a list" in str(refused(database, "select 1 in ({{ n | array }})"))
    assert "needs a list" in str(refused(database, "select 'x' in ({{ evil | array }})"))


def test_cel52_sqlsafe_splices(database: sql.Database) -> None:
    assert rows(database, "select {{ column | sqlsafe }} from df order by {{ column | sqlsafe }} desc") == [3, 2, 1]


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("select * from df where s = '{{ evil }}'", "Leave the quotes out"),
        ("select * from df where s like '%{{ evil }}%'", "Leave the quotes out"),
        ('select "{{ column }}" from df', "sqlsafe"),
        ("select a from df order by {{ column }}", "sqlsafe"),
        ("select count(*) from df group by {{ column }}", "sqlsafe"),
        ("select * from {{ column }}", "sqlsafe"),
        ("select a as {{ column }} from df", "sqlsafe"),
    ],
)
def test_cel53_where_no_value_can_stand(database: sql.Database, source: str, remedy: str) -> None:
    assert remedy in str(refused(database, source))


def test_cel54_the_database_sees_frames_only(database: sql.Database, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a\n1\n")
    for source in (
        f"select * from '{file}'",
        f"select * from read_csv('{file}')",
        f"copy (select 1) to '{tmp_path / 'y.csv'}'",
        "install httpfs",
        "load httpfs",
        f"attach '{tmp_path / 'z.db'}'",
        "set enable_external_access = true",
        "select getenv('HOME')",
    ):
        refused(database, source)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.csv"]
    outside = pd.DataFrame({"a": [1]})
    assert len(outside) == 1
    assert "no data frame named 'outside'" in str(refused(database, "select * from outside"))
    rows(database, "select a from df")
    assert "df" in str(refused(database, "select a from df_other"))


def test_cel54_names_are_found_whatever_their_case(database: sql.Database) -> None:
    assert rows(database, "select sum(a) from DF") == [6]
    two = {"Df": pd.DataFrame({"a": [10]}), "df": pd.DataFrame({"a": [20]})}
    assert set(sql.mentioned("select * from df", two)) == {"df"}
    assert set(sql.mentioned("select * from Df", two)) == {"Df"}


def test_cel54_tables_of_every_kind(database: sql.Database) -> None:
    odd = pd.DataFrame([[1, "k"], ["x", 2.5]], columns=["a", "a"])
    assert database.query("select * from odd", {"odd": odd}) is not None
    assert rows(database, "select value from series", series=pd.Series([4, 5])) == [4, 5]
    assert rows(database, "select a from t", t=duckdb.sql("select 9 as a")) == [9]


def test_cel55_the_last_statement_counts(database: sql.Database) -> None:
    assert rows(database, "select 1; select {{ n }} as k") == [2]
    assert database.query("  ;", NAMES) is None
    assert database.query("create or replace temp table t as select 1", NAMES) is None


def test_cel56_errors_are_sentences(database: sql.Database) -> None:
    error = refused(database, "select 1\nfrom dff")
    assert (error.line, str(error)) == (2, "There is no data frame named 'dff'. Did you mean df?")
    error = refused(database, "select\n  nope\nfrom df")
    assert error.line == 2
    assert str(error).endswith("\n\n  nope\n  ^^^^"), "the mark stands below the word"
    assert "vernissage" not in str(refused(database, "select {{ n }} +"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (pd.Timestamp("2024-01-02 10:00"), datetime.datetime(2024, 1, 2, 10)),  # noqa: DTZ001
        (np.datetime64("2024-01-02"), datetime.datetime(2024, 1, 2)),  # noqa: DTZ001
        (pd.NaT, None),
        (pd.NA, None),
        (None, None),
        (2**70, 2**70),
    ],
)
def test_cel57_scalars_bind(value: Any, expected: Any) -> None:
    bound = sql.native(value)
    assert bound == expected
    assert type(bound) is type(expected)


def test_cel57_what_is_no_value(database: sql.Database) -> None:
    assert "| array" in str(refused(database, "select {{ xs }}"))
    assert "| array" in str(refused(database, "select {{ df }}"))
    assert "no value for a dict" in str(refused(database, "select {{ {'a': 1} }}"))


def test_cel61_undefined_names_in_sql(database: sql.Database) -> None:
    error = refused(database, "select 1,\n {{ sinc }}")
    assert (error.ename, error.line) == ("NameError", 2)
    assert "Did you mean since?" in str(error)
