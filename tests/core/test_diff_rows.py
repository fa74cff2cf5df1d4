"""Two tables, row by row."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from vernissage.core.diff import ROWS_COMPARED, RowsDifference, TableRows, rows_difference


def table(columns: str, *rows: tuple[Any, ...], total: int | None = None) -> TableRows:
    return TableRows(tuple(columns.split()), rows, len(rows) if total is None else total)


def kinds(found: RowsDifference) -> list[tuple[str, int]]:
    return [(one.kind, one.rows) for one in found.hunks]


def test_dif13_rows_came_went_and_changed() -> None:
    before = table("store revenue", ("Oslo", 4), ("Bergen", 3), ("Visby", 2), ("Vaasa", 1))
    after = table("store revenue returns", ("Oslo", 4, 0.1), ("Bergen", 5, 0.2), ("Vaasa", 1, 0.3), ("Turku", 1, 0.4))
    found = rows_difference(before, after)
    assert kinds(found) == [("same", 1), ("changed", 1), ("removed", 1), ("same", 1), ("added", 1)]
    assert found.hunks[1].columns == ("revenue",)
    assert (found.hunks[1].before, found.hunks[1].after) == (("Bergen", 3), ("Bergen", 5, 0.2))
    assert (found.columns, found.changed, found.added, found.removed) == (("revenue",), 1, 1, 1)
    assert (found.note, found.unlisted) == ("", 0)


def test_dif13_without_common_columns_all_rows_are_others() -> None:
    found = rows_difference(table("a", (1,), (2,)), table("b", (1,), (2,)))
    assert kinds(found) == [("removed", 1), ("removed", 1), ("added", 1), ("added", 1)]


def test_dif13_a_row_whose_first_value_changed_goes_with_the_one_in_its_place() -> None:
    found = rows_difference(table("a b c", (1, "x", "y")), table("a b c", (2, "x", "y")))
    assert kinds(found) == [("changed", 1)]
    assert found.hunks[0].columns == ("a",)


values = some.sampled_from([None, 0, 1, "a", 1.5, True])
rows = some.lists(some.tuples(values, values), max_size=12)


@given(rows, rows)
def test_dif13_each_side_put_together_again_is_its_rows(old: list[Any], new: list[Any]) -> None:
    found = rows_difference(table("a b", *old), table("a b", *new))
    before: list[Any] = []
    after: list[Any] = []
    for one in found.hunks:
        match one.kind:
            case "same":
                assert repr(old[len(before) : len(before) + one.rows]) == repr(new[len(after) : len(after) + one.rows])
                before += old[len(before) : len(before) + one.rows]
                after += new[len(after) : len(after) + one.rows]
            case "changed":
                assert one.columns
                before.append(one.before)
                after.append(one.after)
            case "added":
                after.append(one.after)
            case "removed":
                before.append(one.before)
    assert (before, after) == (old, new)
    assert found.added - found.removed == len(new) - len(old)


def test_dif14_large_tables_take_bounded_work_and_say_so() -> None:
    old = [(i, i * 7919 % 1009) for i in range(5_000)]
    new = [(i * 31 % 5_003, i * 7919 % 997) for i in range(6_000)]
    started = time.perf_counter()
    found = rows_difference(table("a b", *old, total=98_214), table("a b", *new))
    assert time.perf_counter() - started < 2
    assert found.note == f"Only the first {ROWS_COMPARED // 1000} 000 rows of each were compared."
    assert len(found.hunks) <= 200
    listed = sum(one.kind != "same" for one in found.hunks)
    assert found.unlisted == found.changed + found.added + found.removed - listed > 0
    some_rows = rows_difference(table("a", (1,), total=9), table("a", (1,), (2,)))
    assert some_rows.note == "Only the first 1 and 2 rows were compared."
