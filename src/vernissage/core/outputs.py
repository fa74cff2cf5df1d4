"""What a cell has to show: its state and its outputs, as everybody who watches the session gets them.

An output is what Jupyter calls one: printed text, a MIME bundle, an error. Big data of a bundle does not stand in
it: a `BlobRef` takes its place, and HTML always travels so, because it may only be shown from an address of its own.

Left alone: how code makes outputs (`vernissage_kernel`), who may see which (`access`).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from vernissage.core.document import Struct

FORMAT = 1
"""The number of this format of stored cells; a reader refuses a newer one."""

OPTIONS_MIME = "application/vnd.vernissage.options+json"
"""The options of an input, read from an expression: `{options: [scalar, …], cut: bool}`."""


class Output(Struct, frozen=True, tag_field="output"):
    """The habit of every output."""


class StreamOutput(Output, frozen=True, tag="stream"):
    name: Literal["stdout", "stderr"]
    text: str


class BlobRef(Struct, frozen=True):
    """Data of a bundle that are kept apart, under an address that cannot be guessed."""

    url: str
    """Path on this server, such as `/o/…`."""
    hash: str
    """SHA-256 of the content, hex."""
    size: int
    """Bytes."""


class DisplayOutput(Output, frozen=True, tag="display"):
    data: dict[str, Any]
    """MIME type → text, JSON value, or base64 text of binary types."""
    blobs: dict[str, BlobRef] = {}
    """MIME type → where its data are, for those that do not stand in `data`."""
    metadata: dict[str, Any] = {}
    display_id: str = ""
    result: bool = False
    """True: the value of the cell's last expression."""


class ErrorOutput(Output, frozen=True, tag="error"):
    ename: str
    """The exception's class, such as "KeyError"; "" for a viewer who may not know it."""
    evalue: str
    """What the exception says; for a viewer with App only a plain sentence."""
    traceback: tuple[str, ...] = ()
    """Lines with ANSI colours; empty for a viewer with App only."""
    line: int = 0
    """The line of the cell's source at fault, from 1; 0 = not known."""
    app_text: str = ""
    """What `vernissage.AppError` was given, which everybody may read; "" = another error."""


AnyOutput: TypeAlias = StreamOutput | DisplayOutput | ErrorOutput

CellState: TypeAlias = Literal["done", "running", "queued", "stale", "error", "skipped", "empty"]
"""done: outputs are of the present sources and inputs. running, queued: will be. stale: something above changed since.
error: the last execution failed. skipped: a cell that it needs failed. empty: never run."""


class CellRun(Struct, frozen=True):
    """One cell's last execution, and how up to date it is."""

    state: CellState = "empty"
    outputs: tuple[AnyOutput, ...] = ()
    elapsed: float | None = None
    """Seconds that the last execution took; None = none has ended."""
    at: str = ""
    """When the last execution ended (or began, while it runs), ISO 8601 UTC; "" = never."""
    waits_for: str = ""
    """skipped: the id of the failed cell; "" = none, or not for this viewer."""


def failure(run: CellRun) -> str:
    """What a cell that failed said, such as "KeyError: 'mass'"."""
    error = next((output for output in reversed(run.outputs) if isinstance(output, ErrorOutput)), None)
    said = ": ".join(filter(None, (error.ename, error.evalue))) if error else ""
    return said or "It failed without saying why."


class StoredCells(msgspec.Struct, frozen=True):
    """Cells as a store keeps them."""

    format: int
    cells: msgspec.Raw
    """Read only once the format is known to be readable."""


_decoder = msgspec.json.Decoder(StoredCells)
_cells_decoder = msgspec.json.Decoder(dict[str, CellRun])


def encode_cells(cells: dict[str, CellRun]) -> bytes:
    """What a store keeps of a run's or session's cells."""
    return msgspec.json.encode(StoredCells(FORMAT, msgspec.Raw(msgspec.json.encode(cells))))


def decode_cells(data: bytes) -> dict[str, CellRun]:
    """The cells that `encode_cells` wrote; {} for b"". Raises ValueError for a newer format."""
    if not data:
        return {}
    stored = _decoder.decode(data)
    if stored.format > FORMAT:
        raise ValueError(
            f"These results are of format {stored.format}; this Vernissage reads up to {FORMAT}. "
            "Upgrade it to see them."
        )
    return _cells_decoder.decode(stored.cells)
