"""Variables on the wire, options, summaries."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vernissage_kernel import variables
from vernissage_kernel.tracebacks import CellError


def test_cel40_an_unknown_tag_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\$what"):
        variables.decode({"$what": 1})
    assert variables.decode({"a": [1]}) == {"a": [1]}


def test_cel41_summaries() -> None:
    assert variables.summary(pd.DataFrame({"a": range(98_214)})) == "98\u202f214 × 1"
    assert variables.summary(np.zeros((2, 3))) == "2 × 3 float64"
    assert variables.summary(pa.table({"a": [1]})) == "1 × 1"
    assert variables.summary(10**300) == "a number of 997 bits"
    assert variables.summary(["x" * 500]) == "1 item"
    assert variables.summary(list(range(1000))) == "1\u202f000 items"
    assert variables.summary(np.float64(1.5)) == "1.5"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, 1.0, "1", True, None, 2], [1, "1", True, None, 2]),
        (np.array([3, 1, 3]), [3, 1]),
        (pd.Series(["b", "a", None, "b"]), ["b", "a", None]),
        (pd.DataFrame({"k": [2, 2, 5], "other": [1, 2, 3]}), [2, 5]),
        (pa.table({"k": ["x", "y"]}), ["x", "y"]),
        (pd.Series(pd.to_datetime(["2024-01-02"])), [{"$datetime": "2024-01-02T00:00:00"}]),
        ([datetime.date(2024, 1, 2)], [{"$date": "2024-01-02"}]),
        ([2**53 + 1, 2**70], [2**53 + 1, {"$int": str(2**70)}]),
        ([float("nan"), 0.5], [None, 0.5]),
        (pd.Categorical(["a", "b", "a"]), ["a", "b"]),
        ({"x": 1, "y": 2}.keys(), ["x", "y"]),
        ([], []),
    ],
)
def test_cel43_options(value: Any, expected: list[Any]) -> None:
    found = variables.options(value)
    assert found == {"options": expected, "cut": False}
    assert [type(option) for option in found["options"]] == [type(option) for option in expected]


def test_cel43_options_are_counted_and_checked() -> None:
    assert variables.options(range(10_000))["cut"] is False
    cut = variables.options(range(10_001))
    assert (len(cut["options"]), cut["cut"]) == (10_000, True)
    for nonsense in (5, "abc", None, [object()]):
        with pytest.raises(CellError):
            variables.options(nonsense)


def test_cel40_options_and_variables_speak_alike() -> None:
    for value in (datetime.date(2024, 1, 2), 2**70, "x", 1.5, None, True):
        assert variables.decode(variables.encode_option(value)) == value
    at = pd.Timestamp("2024-10-27 02:30", tz="UTC").tz_convert("Europe/Berlin")
    assert variables.decode(variables.encode_option(at)) == at.to_pydatetime()
    naive = datetime.datetime(2024, 1, 2)  # noqa: DTZ001
    assert variables.decode(variables.encode_option(naive)) == naive
