"""A single value, and how far it is from the value that it is compared with.

Formats: *plain* (thin spaces between thousands, at most two decimals from 100 up, six significant digits
below), *percent* (0.123 is 12.3 %), *currency* (two decimals; the sign of the currency comes from the
format where it names one: "currency:€", "currency:$").

Promise: whatever the value is, there is a text for it. Left alone: colours and arrows (the front end).
"""

from __future__ import annotations

import math
from typing import Any

from vernissage_kernel import tables
from vernissage_kernel.templates import nice
from vernissage_kernel.tracebacks import CellError

MINUS = "−"
THIN = "\u202f"
"""A narrow space that no line breaks at."""


def scalar(value: Any) -> Any:
    """The one value that an expression gave: a scalar, or a table or array of one. Raises CellError for more."""
    if tables.is_table(value):
        table = tables.to_arrow(value)
        columns = table.num_columns
        if table.num_rows == 1 and columns >= 1:
            value = table.column(columns - 1)[0].as_py() if columns <= 2 else None
            if columns <= 2:
                return value
        raise CellError(
            f"A single value is wanted, and this is a table of {tables.grouped(table.num_rows)} rows "
            f"× {columns} columns. "
            "Pick one cell of it, or a sum or count.",
            ename="ValueError",
        )
    size = getattr(value, "size", None)
    item = getattr(value, "item", None)
    if callable(item) and size == 1:
        return item()
    if isinstance(value, (list, dict, set)) or (isinstance(size, int) and size > 1):
        raise CellError(
            f"A single value is wanted, and this is a {type(value).__name__} of {len(value)}. "
            "Pick one of them, or a sum or count.",
            ename="ValueError",
        )
    return value


def bundle(value: Any, compare: Any, format: str, *, compared: bool) -> dict[str, Any]:
    """What stands in an output under VALUE_MIME. `compared`: there is something to compare with."""
    value = scalar(value)
    result: dict[str, Any] = {
        "value": tables.cell(value),
        "text": text(value, format),
        "compare": None,
        "format": format,
    }
    if compared:
        compare = scalar(compare)
        delta = _number(value) - _number(compare) if _is_number(value) and _is_number(compare) else None
        result["compare"] = {
            "value": tables.cell(compare),
            "text": text(compare, format),
            "delta": tables.cell(delta),
            "delta_text": None if delta is None else signed(delta, format),
        }
    return result


def _is_number(value: Any) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or hasattr(value, "as_tuple")


def _number(value: Any) -> int | float:
    return value if isinstance(value, (int, float)) else float(value)


def text(value: Any, format: str = "plain") -> str:
    """A value in one of the formats."""
    if not _is_number(value):
        return nice(value)
    number = _number(value)
    if isinstance(number, float) and not math.isfinite(number):
        return nice(number)
    kind, _, sign = format.partition(":")
    minus = MINUS if number < 0 else ""
    size = abs(number)
    match kind:
        case "percent":
            return f"{minus}{_grouped(size * 100, 1)}{THIN}%"
        case "currency":
            amount = _grouped(size, 2, keep=True)
            return f"{minus}{sign}{amount}" if sign in ("$", "£") else f"{minus}{amount}{THIN + sign if sign else ''}"
        case _:
            return f"{minus}{_plain(size)}"


def signed(delta: int | float, format: str) -> str:
    """A difference, with its sign."""
    if format == "percent" and math.isfinite(delta):
        # Of two percentages the difference is in points.
        points = f"{_grouped(abs(delta) * 100, 1)}{THIN}pp"
        return f"{'+' if delta > 0 else MINUS if delta < 0 else '±'}{points}"
    shown = text(delta, format)
    return f"+{shown}" if delta > 0 else shown if delta < 0 else f"±{shown}"


def _plain(size: int | float) -> str:
    if isinstance(size, int):
        return tables.grouped(size)
    if size >= 1e15 or 0 < size < 1e-6:
        return f"{size:.6g}"
    if size >= 100:
        return _grouped(size, 2)
    return f"{size:.6g}" if size >= 1e-4 else f"{size:.10f}".rstrip("0").rstrip(".")


def _grouped(size: int | float, decimals: int, *, keep: bool = False) -> str:
    shown = f"{size:,.{decimals}f}".replace(",", THIN)
    return shown if keep or "." not in shown else shown.rstrip("0").rstrip(".")
