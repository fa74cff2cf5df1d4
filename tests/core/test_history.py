"""Edits told as a person reads them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from vernissage.core.history import PAUSE, Edit, EditedPart, grouped
from vernissage.core.operations import CellDeleted, CellMoved, DraftEvent, TextEdited, TitleChanged

T0 = datetime(2026, 3, 29, tzinfo=UTC)


def edit(number: int, by: str, minutes: float, event: DraftEvent) -> Edit:
    return Edit(number, event, by, T0 + timedelta(minutes=minutes))


def test_ver12_what_one_person_did_in_one_go_is_told_together() -> None:
    groups = grouped(
        [
            edit(1, "ana", 0, TextEdited("a", 0, [])),
            edit(2, "ana", 1, CellMoved("b", "")),
            edit(3, "ana", 2, TextEdited("a", 1, [])),
            edit(4, "ben", 3, CellDeleted("a", None)),
            edit(5, "ana", 4, TitleChanged("x")),
            edit(6, "ana", 4 + 11, TitleChanged("y")),
        ]
    )
    assert [(one.by, one.first, one.last) for one in groups] == [
        ("ana", 6, 6), ("ana", 5, 5), ("ben", 4, 4), ("ana", 1, 3),
    ]  # fmt: skip
    last = groups[-1]
    assert last.parts == (EditedPart("edited", "a", 2), EditedPart("moved", "b", 1))
    assert (last.since, last.until) == (T0, T0 + timedelta(minutes=2))


@given(some.lists(some.tuples(some.sampled_from("ab"), some.integers(0, 15)), max_size=40))
def test_ver12_every_edit_is_in_one_group(steps: list[tuple[str, int]]) -> None:
    edits, minutes = [], 0
    for number, (by, pause) in enumerate(steps, 1):
        minutes += pause
        edits.append(edit(number, by, minutes, TitleChanged("x")))
    groups = grouped(edits)
    told = [number for one in reversed(groups) for number in range(one.first, one.last + 1)]
    assert told == [one.number for one in edits]
    assert sum(part.edits for one in groups for part in one.parts) == len(edits)
    for newer, older in itertools.pairwise(groups):
        assert newer.by != older.by or newer.since - older.until > PAUSE
