"""The difference of two documents, and of what two runs of them showed: what a person reads before publishing.

    difference(before, after)            cells, inputs, layout, settings, packages, files: what came, went, changed
    text_difference(before, after)       two texts side by side, line by line, with what changed inside a line
    outputs_difference(before, after)    which cells show something else now
    rows_difference(before, after)       two tables, row by row

Promises: nothing is listed for equal documents and something is for unequal ones (their hashes decide); every cell is
in exactly one class; the lines of a text difference put together again are both texts; no text, however large or
however different, takes more than a bounded effort.

Left alone: which two documents are compared and who may see it (`actors`, `access`), drawing it (the browser).
Rules stand in `spec/diff.md`.
"""

from vernissage.core.diff.documents import (
    CellDifference,
    Difference,
    FieldDifference,
    FileDifference,
    LayoutDifference,
    PackageDifference,
    difference,
)
from vernissage.core.diff.outputs import (
    TABLE_MIME,
    OutputDifference,
    TableDifference,
    outputs_difference,
    outputs_hash,
    tables_of,
)
from vernissage.core.diff.rows import ROWS_COMPARED, RowHunk, RowsDifference, TableRows, rows_difference
from vernissage.core.diff.text import Hunk, TextDifference, text_difference

__all__ = [
    "ROWS_COMPARED",
    "TABLE_MIME",
    "CellDifference",
    "Difference",
    "FieldDifference",
    "FileDifference",
    "Hunk",
    "LayoutDifference",
    "OutputDifference",
    "PackageDifference",
    "RowHunk",
    "RowsDifference",
    "TableDifference",
    "TableRows",
    "TextDifference",
    "difference",
    "outputs_difference",
    "outputs_hash",
    "rows_difference",
    "tables_of",
    "text_difference",
]
