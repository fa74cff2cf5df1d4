"""Files and tables that people give to inputs, as the Python values that code sees.

    read(path, name, kind)   CSV, Parquet → data frame · Excel → dict of data frames · other → bytes
    table(columns, rows)     the rows of a table input → data frame, each column of its type

Promise: a file that cannot be read raises nothing here, for no cell runs yet: its variable becomes an `Unreadable`,
and the cell that uses it fails with the sentence that says what is wrong.
Left alone: which files an input takes (the server), where they lie (the host puts them there).
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t")

SAMPLE = 64 * 1024
"""Characters of a CSV file that tell its separator."""


class Unreadable:
    """Stands in a variable for a file that could not be read: whatever is done with it raises the sentence.

    Nothing can be refused where the variable is set, since no cell runs there that could fail.
    """

    __slots__ = ("_sentence",)

    def __init__(self, sentence: str) -> None:
        object.__setattr__(self, "_sentence", sentence)

    def __getattr__(self, name: str) -> NoReturn:
        raise ValueError(sentence_of(self))

    def _fail(self, *_: Any, **__: Any) -> NoReturn:
        raise ValueError(sentence_of(self))

    __setattr__ = __delattr__ = _fail
    __bool__ = __len__ = __iter__ = __next__ = __reversed__ = __contains__ = _fail
    __getitem__ = __setitem__ = __delitem__ = __call__ = __enter__ = __exit__ = _fail
    __repr__ = __str__ = __format__ = __bytes__ = __hash__ = _fail
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _fail
    __int__ = __float__ = __complex__ = __index__ = __round__ = __neg__ = __pos__ = __abs__ = __invert__ = _fail
    __add__ = __sub__ = __mul__ = __matmul__ = __truediv__ = __floordiv__ = __mod__ = __divmod__ = __pow__ = _fail
    __radd__ = __rsub__ = __rmul__ = __rmatmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = _fail
    __and__ = __or__ = __xor__ = __lshift__ = __rshift__ = __rand__ = __ror__ = __rxor__ = _fail
    __fspath__ = __buffer__ = __reduce_ex__ = __copy__ = __deepcopy__ = __array__ = __dataframe__ = _fail


def sentence_of(value: Unreadable) -> str:
    """What is wrong with the file."""
    return str(object.__getattribute__(value, "_sentence"))


# --- files ------------------------------------------------------------------------------------------


def read(path: Path, name: str, kind: str) -> Any:
    """The value of a file. `name`: what the person called it. Never raises: what cannot be read is `Unreadable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's remarks belong to no cell
            return _read(path, kind)
    except FileNotFoundError:
        return Unreadable(f"{name} is not in this kernel. Upload it again, or restart the kernel.")
    except MemoryError:
        return Unreadable(f"{name} is too large for this kernel's memory. Use a smaller file, or a larger kernel.")
    except _Odd as error:
        return Unreadable(f"{name} {error}")
    except Exception as error:  # noqa: BLE001  Readers of foreign files raise whatever they like.
        what = {"csv": "CSV", "parquet": "Parquet", "excel": "Excel"}.get(kind, kind)
        text = " ".join(str(error).split()).rstrip(".")[:200]
        return Unreadable(f"{name} cannot be read as {what}: {text or type(error).__name__}. Check the file.")


class _Odd(Exception):
    """What is odd about a file, as the rest of a sentence that begins with its name."""


def _read(path: Path, kind: str) -> Any:
    import pandas as pd

    match kind:
        case "csv":
            return _csv(path.read_bytes())
        case "parquet":
            return pd.read_parquet(path)
        case "excel":
            with path.open("rb") as file:
                return pd.read_excel(file, sheet_name=None, engine="openpyxl")
        case _:
            return path.read_bytes()


def _csv(data: bytes) -> pd.DataFrame:
    import pandas as pd

    text = _text(data)
    if not text.strip():
        raise _Odd("is empty. Put at least a line with the names of the columns into it.")
    return pd.read_csv(io.StringIO(text), sep=separator(text[:SAMPLE]))


def _text(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else Latin-1, which reads anything."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def separator(sample: str) -> str:
    """Of comma, semicolon and tab the one that cuts most lines into as many pieces as the first; else the comma."""
    best, score = ",", (0.0, 1)
    for mark in SEPARATORS:
        try:
            lines = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark) if row]
        except csv.Error:
            continue
        # The last line of a sample may be cut.
        lines = (lines[:-1] if len(sample) >= SAMPLE and len(lines) > 1 else lines)[:100]
        if not lines or (width := len(lines[0])) < 2:
            continue
        found = (sum(len(row) == width for row in lines) / len(lines), width)
        if found > score:
            best, score = mark, found
    return best


# --- tables -----------------------------------------------------------------------------------------


def table(columns: Sequence[Sequence[str]], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """The data frame of a table input. A column has its type also where it holds nothing.

    Text → str; numbers → int64 where all are whole and none is missing, else float64 (whole ones that a float cannot
    hold stay Python's own); checkboxes → bool, with missing ones boolean; dates → datetime64.
    """
    import pandas as pd

    found = {place: _column(type, [row[place] for row in rows]) for place, (_, type) in enumerate(columns)}
    frame = pd.DataFrame(found, index=pd.RangeIndex(len(rows)))
    frame.columns = pd.Index([name for name, _ in columns], dtype="str")
    return frame


def _column(type: str, cells: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    match type:
        case "number":
            exact = any(isinstance(cell, int) and abs(cell) > 2**53 for cell in cells)
            if cells and all(isinstance(cell, int) and -(2**63) <= cell < 2**63 for cell in cells):
                return pd.Series(cells, dtype="int64")
            return pd.Series(cells, dtype="object" if exact else "float64")
        case "checkbox":
            return pd.Series(cells, dtype="boolean" if None in cells else "bool")
        case "date":
            return pd.Series(cells, dtype="str").astype("datetime64[us]")
        case _:
            return pd.Series(cells, dtype="str")
