"""Pages and downloads of tables that are kept with results, without a kernel: Arrow files in blobs, read in threads."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
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
        return await asyncio.to_thread(tables.page, await self._table(hash), query)

    async def page_of_head(self, head: dict[str, Any], query: frames.TableQuery) -> Page:
        """The rows of a small table, which stand in its output, sorted and filtered as `tables.page` would."""
        return await asyncio.to_thread(tables.page, _table_of(head), query)

    async def csv(self, hash: str, query: frames.TableQuery) -> AsyncIterator[bytes]:
        async for piece in _pieces(await self._table(hash), query):
            yield piece

    async def csv_of_head(self, head: dict[str, Any], query: frames.TableQuery) -> AsyncIterator[bytes]:
        async for piece in _pieces(_table_of(head), query):
            yield piece

    async def _table(self, hash: str) -> pa.Table:
        path = self._blobs.path(hash)
        if path is None:
            raise KeyError(hash)
        table = self._open.get(hash)
        if table is None:
            table = await asyncio.to_thread(_read, str(path))
            self._open[hash] = table
            if len(self._open) > KEPT:
                self._open.popitem(last=False)
        return table


def _table_of(head: dict[str, Any]) -> pa.Table:
    known = msgspec.convert(head, frames.TableHead)
    columns = {f"{i}": [row[i] for row in known.rows] for i in range(len(known.columns))}
    table = pa.table({name: _column(values) for name, values in columns.items()})
    return table.rename_columns([column.name for column in known.columns])


async def _pieces(table: pa.Table, query: frames.TableQuery) -> AsyncIterator[bytes]:
    """As fast as they are taken, each made in a thread."""
    view, start = tables.TableView(table), 0
    while True:
        data, start = await asyncio.to_thread(view.csv, query, start)
        yield data
        if not start:
            return


def _read(path: str) -> pa.Table:
    with pa.memory_map(path) as source:
        return pa.ipc.open_file(source).read_all()


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # mixed kinds: sort them as text
        return pa.array([None if value is None else str(value) for value in values])
