"""Which cells show something else now: the outputs of two runs, compared by content.

What differs from run to run without meaning anything does not count: handles of tables, display ids, addresses, the
pieces in which printed text arrived, the place of an object in memory, the lines of a traceback.

A limit: HTML is compared as it is, byte by byte, so a page with a random id in it always differs. Where the same output
has another form that can be compared, its HTML is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from vernissage.core.document import Struct
from vernissage.core.outputs import CellRun, DisplayOutput, ErrorOutput, StreamOutput

TABLE_MIME = "application/vnd.vernissage.table+json"
"""A table that pages: `{table, columns: [{name, type}, …], total, rows}`."""


class TableDifference(Struct, frozen=True):
    """A table in both outputs: how its shape changed."""

    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    rows_before: int
    rows_after: int
    words: str
    """Such as "1 column more, 3 rows fewer"; "" = columns and number of rows are the same."""


class OutputDifference(Struct, frozen=True):
    """What a cell showed in two runs."""

    kind: Literal["same", "differs", "only_before", "only_after"]
    """only_before, only_after: the cell has run in that run only."""
    tables: tuple[TableDifference, ...] = ()
    """differs: the n-th table of one against the n-th of the other, as far as both have one."""


def outputs_difference(before: Mapping[str, CellRun], after: Mapping[str, CellRun]) -> dict[str, OutputDifference]:
    """[DIF9] Cell id → how its outputs compare. Cells that have run in neither are left out."""
    found: dict[str, OutputDifference] = {}
    for id in dict.fromkeys([*before, *after]):
        old, new = before.get(id), after.get(id)
        old_ran, new_ran = old is not None and _ran(old), new is not None and _ran(new)
        if old is not None and new is not None and old_ran and new_ran:
            if outputs_hash(old) == outputs_hash(new):
                found[id] = OutputDifference("same")
            else:
                pairs = zip(_tables(old), _tables(new), strict=False)
                found[id] = OutputDifference("differs", tuple(_table(one, other) for one, other in pairs))
        elif old_ran or new_ran:
            found[id] = OutputDifference("only_before" if old_ran else "only_after")
    return found


def outputs_hash(run: CellRun) -> str:
    """SHA-256 (hex) over what a cell shows, without what differs from run to run. Equal: it shows the same."""
    printed = {
        name: "".join(one.text for one in run.outputs if isinstance(one, StreamOutput) and one.name == name)
        for name in ("stdout", "stderr")
    }
    rest = [_normal(one) for one in run.outputs if not isinstance(one, StreamOutput)]
    failed = run.state if run.state in ("error", "skipped") else ""
    return hashlib.sha256(_encode([failed, {k: _still(v) for k, v in printed.items()}, rest])).hexdigest()


_encode = msgspec.json.Encoder(order="deterministic").encode
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")


def _still(text: str) -> str:
    """The text without places in memory, as in `<Figure at 0x7f3a…>`."""
    return _ADDRESS.sub("0x…", text)


def _ran(run: CellRun) -> bool:
    return run.state not in ("empty", "queued", "running")


def _normal(output: DisplayOutput | ErrorOutput) -> Any:
    match output:
        case ErrorOutput():
            return ["error", output.ename, _still(output.evalue), output.app_text]
        case DisplayOutput():
            content: dict[str, Any] = {mime: {"hash": blob.hash} for mime, blob in output.blobs.items()}
            for mime, value in output.data.items():
                if mime == TABLE_MIME and isinstance(value, dict):
                    shape = {key: part for key, part in value.items() if key != "table"}
                    content[mime] = [shape, content.get(mime)]
                elif mime not in content:
                    content[mime] = _still(value) if mime == "text/plain" and isinstance(value, str) else value
            if content.keys() - {"text/html", "text/plain"}:
                content.pop("text/html", None)
            return ["display", content, output.metadata]


def tables_of(run: CellRun) -> list[DisplayOutput]:
    """The tables that a cell shows; what user code made up is left out."""
    return [one for one in run.outputs if isinstance(one, DisplayOutput) and _is_table(one.data.get(TABLE_MIME))]


def _is_table(head: Any) -> bool:
    match head:
        case {"columns": list() | tuple() as columns, "rows": list() | tuple() as rows, "total": int()}:
            named = all(isinstance(one, dict) and "name" in one for one in columns)
            return named and all(isinstance(row, list | tuple) and len(row) == len(columns) for row in rows)
        case _:
            return False


def _tables(run: CellRun) -> list[tuple[list[str], int]]:
    """The columns and the number of rows of each table that a cell shows."""
    heads = [one.data[TABLE_MIME] for one in tables_of(run)]
    return [([str(one["name"]) for one in head["columns"]], head["total"]) for head in heads]


def _table(before: tuple[list[str], int], after: tuple[list[str], int]) -> TableDifference:
    (old, rows_before), (new, rows_after) = before, after
    words = (_more(len(new) - len(old), "column"), _more(rows_after - rows_before, "row"))
    return TableDifference(
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        rows_before,
        rows_after,
        ", ".join(filter(None, words)),
    )


def _more(count: int, noun: str) -> str:
    if not count:
        return ""
    plural = "" if abs(count) == 1 else "s"
    amount = f"{abs(count):,}".replace(",", " ")
    return f"{amount} {noun}{plural} {'more' if count > 0 else 'fewer'}"
