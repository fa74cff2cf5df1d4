"""Single values: their texts and comparisons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from vernissage_kernel import values
from vernissage_kernel.tracebacks import CellError

T = "\u202f"


@pytest.mark.parametrize(
    ("value", "format", "expected"),
    [
        (1234567, "plain", f"1{T}234{T}567"),
        (-5, "plain", "−5"),
        (1234.5678, "plain", f"1{T}234.57"),
        (0.1 + 0.2, "plain", "0.3"),
        (0.00001234, "plain", "0.00001234"),
        (0, "plain", "0"),
        (0.1234, "percent", f"12.3{T}%"),
        (1.0, "percent", f"100{T}%"),
        (1234.5, "currency", f"1{T}234.50"),
        (1234.5, "currency:€", f"1{T}234.50{T}€"),
        (-2, "currency:$", "−$2.00"),
        ("text", "plain", "text"),
        (None, "plain", "–"),
        (float("nan"), "percent", "–"),
        (True, "plain", "true"),
        (2**70, "plain", f"1{T}180{T}591{T}620{T}717{T}411{T}303{T}424"),
    ],
)
def test_cel90_texts(value: Any, format: str, expected: str) -> None:
    assert values.text(value, format) == expected


def test_cel90_comparisons() -> None:
    up = values.bundle(np.int64(120), 100, "plain", compared=True)
    assert up == {
        "value": 120,
        "text": "120",
        "compare": {"value": 100, "text": "100", "delta": 20, "delta_text": "+20"},
        "format": "plain",
    }
    assert values.bundle(0.1, 0.2, "percent", compared=True)["compare"]["delta_text"] == f"−10{T}pp"
    assert values.bundle(5, 5, "plain", compared=True)["compare"]["delta_text"] == "±0"
    assert values.bundle("a", 5, "plain", compared=True)["compare"]["delta"] is None
    assert values.bundle(5, None, "plain", compared=True)["compare"] == {
        "value": None,
        "text": "–",
        "delta": None,
        "delta_text": None,
    }
    assert values.bundle(5, None, "plain", compared=False)["compare"] is None
    assert values.bundle(2**60, 0, "plain", compared=False)["value"] == str(2**60)


def test_cel91_one_value_of_one() -> None:
    assert values.scalar(pd.DataFrame({"n": [7]})) == 7
    assert values.scalar(pd.Series([7])) == 7
    assert values.scalar(np.array([7])) == 7
    assert values.scalar(np.float64(7)) == 7
    for more in (pd.Series([1, 2]), pd.DataFrame({"a": [1, 2]}), [1, 2], np.array([1, 2])):
        with pytest.raises(CellError, match="single value"):
            values.scalar(more)
