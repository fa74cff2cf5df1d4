"""Rows as the structs of `ports`, and back.

A table's columns carry the names of its struct's fields; what lies there otherwise is named by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import CursorResult, Row, Table
from sqlalchemy.sql.elements import ColumnElement

S = TypeVar("S", bound=msgspec.Struct)


def values(struct: msgspec.Struct, **otherwise: Any) -> dict[str, Any]:
    """The struct's fields as the values of a row."""
    return {**msgspec.structs.asdict(struct), **otherwise}


def columns(table: Table, struct: type[msgspec.Struct], *without: str) -> list[ColumnElement[Any]]:
    """The columns which hold the struct's fields."""
    return [table.c[name] for name in struct.__struct_fields__ if name not in without]


def built(struct: type[S], row: Row[Any], **otherwise: Any) -> S:
    """The struct that a row of `columns` holds."""
    return struct(**{**row._mapping, **otherwise})


def all_built(struct: type[S], found: Sequence[Row[Any]]) -> tuple[S, ...]:
    """A struct per row."""
    if found and len(found[0]) == len(struct.__struct_fields__):
        # `columns` gave every field in its place: a draft reads thousands of rows so.
        return tuple(struct(*row) for row in found)
    return tuple(struct(**row._mapping) for row in found)


def require(result: CursorResult[Any], thing: str) -> None:
    """KeyError where an update met no row."""
    if result.rowcount == 0:
        raise KeyError(thing)
