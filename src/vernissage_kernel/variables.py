"""The variables of a kernel: read from the host's frames, listed for the explorer, offered as options.

Promise: listing never runs code of the user's objects; a summary is made of what is known to be cheap.
Left alone: which variables there should be (the server sets inputs), what options an input accepts (`core.inputs`).
"""

from __future__ import annotations

import datetime
import decimal
import math
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vernissage_kernel import tables, uploads
from vernissage_kernel.frames import Variable
from vernissage_kernel.tracebacks import CellError

SUMMARY = 80
"""Characters of a summary."""

OPTIONS_LIMIT = 10_000
"""Options of one input."""

VARIABLES_LIMIT = 2_000
"""Variables that are listed."""


# --- from and to the wire ---------------------------------------------------------------------------


def decode(value: Any, home: Path = Path()) -> Any:
    """A value of a `SetVariables` frame as the Python value that code sees. Raises ValueError for an unknown tag.

    `home`: the kernel's working directory, below which the files of inputs lie; user code may have gone elsewhere.
    """
    match value:
        case {"$date": str(day)} if len(value) == 1:
            return datetime.date.fromisoformat(day)
        case {"$datetime": str(clock)} if value.keys() <= {"$datetime", "zone", "fold"}:
            wall = datetime.datetime.fromisoformat(clock)
            zone = ZoneInfo(value["zone"]) if value.get("zone") else None
            return wall.replace(tzinfo=zone, fold=int(value.get("fold", 0)))
        case {"$int": str(digits)} if len(value) == 1:
            return int(digits)
        case {"$file": {"name": str(name), "path": str(path), "kind": str(kind)}} if len(value) == 1:
            return uploads.read(home / path, name, kind)
        case {"$table": {"columns": [*columns], "rows": [*rows]}} if len(value) == 1:
            return uploads.table(columns, [[decode(cell) for cell in row] for row in rows])
        case dict():
            tags = [key for key in value if isinstance(key, str) and key.startswith("$")]
            if tags:
                raise ValueError(f"a value of the unknown kind {tags[0]!r}")
            return {key: decode(item, home) for key, item in value.items()}
        case list() | tuple():
            return [decode(item, home) for item in value]
        case _:
            return value


def encode_option(value: Any) -> Any:
    """A scalar as an option travels: plain, or tagged as in `SetVariables`. Raises CellError for what is no option."""
    if getattr(value, "ndim", None) == 0 and callable(item := getattr(value, "item", None)):
        if getattr(getattr(value, "dtype", None), "kind", "") == "M":
            import pandas as pd

            value = pd.Timestamp(value)
        else:
            value = item()
    if callable(to_python := getattr(value, "to_pydatetime", None)):
        value = None if value != value else to_python()
    if type(value).__name__ == "NAType":
        return None
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -(2**63) <= value < 2**63 else {"$int": str(value)}
        case decimal.Decimal():
            return encode_option(int(value) if value == value.to_integral_value() else float(value))
        case float():
            return value if math.isfinite(value) else None
        case datetime.datetime():
            if value.tzinfo is None:
                # Not a day, also at midnight: a column of such times equals no date.
                return {"$datetime": value.isoformat()}
            zone = getattr(value.tzinfo, "key", "UTC")
            wall = value.astimezone(ZoneInfo(zone))
            tagged = {"$datetime": wall.replace(tzinfo=None, fold=0).isoformat(), "zone": zone}
            return {**tagged, "fold": 1} if wall.fold else tagged
        case datetime.date():
            return {"$date": value.isoformat()}
        case _:
            pass
    raise CellError(
        f"A {type(value).__name__} cannot be an option: options are texts, numbers, true/false, dates or empty.",
        ename="TypeError",
    )


def options(value: Any) -> dict[str, Any]:
    """What stands in an output under OPTIONS_MIME: the distinct members in their order. Raises CellError."""
    members: Iterable[Any]
    if tables.is_table(value):
        frame = tables.to_pandas(value)
        if frame.shape[1] == 0:
            return {"options": [], "cut": False}
        members = frame.iloc[:, 0].unique()
        if getattr(getattr(members, "dtype", None), "kind", "") == "M":
            members = frame.iloc[:, 0].drop_duplicates()
    elif isinstance(value, (str, bytes)) or value is None or not isinstance(value, Iterable):
        raise CellError(
            f"The options need a list, a column or an array, and this is {'a' if value is not None else ''} "
            f"{type(value).__name__}.".replace("  ", " "),
            ename="TypeError",
        )
    else:
        members = value
    found: list[Any] = []
    seen: set[Any] = set()
    for member in members:
        option = encode_option(member)
        key = _key(option)
        if key in seen:
            continue
        if len(found) == OPTIONS_LIMIT:
            return {"options": found, "cut": True}
        seen.add(key)
        found.append(option)
    return {"options": found, "cut": False}


def _key(option: Any) -> Any:
    """Equal for options that are one: 42 and 42.0; never for "42", and never for true and 1."""
    match option:
        case bool():
            return ("bool", option)
        case dict():
            return ("tagged", *sorted((key, str(item)) for key, item in option.items()))
        case _:
            return option


# --- the explorer -----------------------------------------------------------------------------------


def listing(names: Mapping[str, Any], own: frozenset[str]) -> tuple[Variable, ...]:
    """The user's variables in the order of their making; not modules, not what begins with an underscore."""
    found = []
    for name, value in list(names.items()):
        if name.startswith("_") or name in own or isinstance(value, types.ModuleType):
            continue
        found.append(Variable(name=name, type=type(value).__name__, summary=summary(value)[:SUMMARY]))
        if len(found) == VARIABLES_LIMIT:
            break
    return tuple(found)


def summary(value: Any) -> str:
    """A short text for a value of a kind that is known; "" for others, whose own repr may do anything."""
    kind = type(value)
    if kind is uploads.Unreadable:
        return uploads.sentence_of(value)
    if kind in (bool, float, complex, types.NoneType):
        return repr(value)
    if kind is int:
        return str(value) if value.bit_length() < 256 else f"a number of {value.bit_length()} bits"
    if kind in (str, bytes):
        return _cut(repr(value[: SUMMARY + 1]), len(value) > SUMMARY)
    if kind in (datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal):
        return str(value)
    if kind in (list, tuple, set, frozenset, dict):
        return _collection(value)
    if kind in (types.FunctionType, types.BuiltinFunctionType):
        return f"{value.__name__}()"
    if isinstance(value, type):
        return type.__repr__(value)
    if tables.is_table(value):
        return _shape(value)
    if kind.__module__ == "numpy":
        if kind.__name__ == "ndarray":
            return f"{' × '.join(tables.grouped(size) for size in value.shape)} {value.dtype}"
        if getattr(value, "ndim", None) == 0:
            return str(value)
    if kind.__module__.startswith("pandas.") and kind.__name__ in ("Timestamp", "Timedelta"):
        return str(value)
    return ""


def _shape(value: Any) -> str:
    kind = type(value).__name__
    if kind in ("DuckDBPyRelation", "LazyFrame"):
        return f"{len(value.columns)} columns" if kind == "DuckDBPyRelation" else ""
    shape = value.shape
    return " × ".join(tables.grouped(size) for size in shape)


def _collection(value: Any) -> str:
    size = len(value)
    if isinstance(value, dict):
        return f"{tables.grouped(size)} {'key' if size == 1 else 'keys'}"
    if size <= 10 and all(type(item) in (bool, int, float, str, types.NoneType) for item in value):
        text = repr([item[:SUMMARY] if isinstance(item, str) else item for item in value])
        if len(text) <= SUMMARY:
            return repr(value)
    return f"{tables.grouped(size)} {'item' if size == 1 else 'items'}"


def _cut(text: str, more: bool) -> str:
    return text if not more and len(text) <= SUMMARY else text[: SUMMARY - 1] + "…"
