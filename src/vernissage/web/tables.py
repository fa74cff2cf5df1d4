"""Pages of tables that are kept with results, without a kernel: Arrow files in blobs, read in a thread."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import msgspec
import pyarrow as pa

from vernissage.ports import Blobs
from vernissage_kernel import frames, tables

KEPT = 8
"""Tables that stay open."""

Page = tuple[tuple[tuple[Any, ...], ...], int]


class StoredTables:
    """Keeps the promise of `ports.TableReader`."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._open: OrderedDict[str, pa.Table] = OrderedDict()

    async def page(self, hash: str, query: frames.TableQuery) -> Page:
        path = self._blobs.path(hash)
        if path is None:
            raise KeyError(hash)
        table = self._open.get(hash)
        if table is None:
            table = await asyncio.to_thread(_read, str(path))
            self._open[hash] = table
            if len(self._open) > KEPT:
                self._open.popitem(last=False)
        return await asyncio.to_thread(tables.page, table, query)

    async def page_of_head(self, head: dict[str, Any], query: frames.TableQuery) -> Page:
        """The rows of a small table, which stand in its output, sorted and filtered as `tables.page` would."""
        known = msgspec.convert(head, frames.TableHead)
        columns = {f"{i}": [row[i] for row in known.rows] for i in range(len(known.columns))}
        table = pa.table({name: _column(values) for name, values in columns.items()})
        table = table.rename_columns([column.name for column in known.columns])
        return await asyncio.to_thread(tables.page, table, query)


def _read(path: str) -> pa.Table:
    with pa.memory_map(path) as source:
        return pa.ipc.open_file(source).read_all()


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # mixed kinds: sort them as text
        return pa.array([None if value is None else str(value) for value in values])
