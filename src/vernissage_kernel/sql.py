"""SQL over the data frames of the notebook, with DuckDB.

    source ──Jinja──► text with markers ──► statements with parameters ──► DuckDB ──► data frame

Every `{{ }}` becomes a bound parameter, whatever it holds: a value is never spliced into the text. `| array`
binds the members of a list, and no member at all is a false condition; `| sqlsafe` is the one way to splice.
A block set, a macro and a `caller()` carry their parameters along (`templates.Fragment`).

DuckDB sees the data frames that the text names, and nothing else: no file, no network, no extension.

Promise: nothing is opened before the first SQL cell, so that a fork before it is a fork of one thread.
Left alone: data connections; keeping the results of queries (the server).
"""

from __future__ import annotations

import datetime
import decimal
import difflib
import re
import secrets
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from vernissage_kernel import tables
from vernissage_kernel.templates import Fragment, Template
from vernissage_kernel.tracebacks import CellError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

Answer = TypeVar("Answer")

EMPTY = "select null where 1 = 0"
"""In `x in (…)`: no member at all."""

SQLSAFE = (
    "Where SQL takes a name or a piece of its own text, write {{ name | sqlsafe }}, which puts the text in as it is."
)


@dataclass(frozen=True)
class Query:
    """A rendered SQL cell."""

    text: str
    """SQL with parameters `$p1`, `$p2`, …"""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameter → value that the database takes as it is."""


class _Array:
    """What `| array` answers: members to be bound, one parameter each."""

    def __init__(self, members: list[Any]) -> None:
        self.members = members


def _array(value: Any) -> _Array:
    if isinstance(value, (str, bytes, Mapping)) or value is None:
        raise CellError(
            f"`| array` needs a list, and this is {_a(value)}. Write {{{{ name }}}} without it for a single value.",
            ename="TypeError",
        )
    if hasattr(value, "tolist") and not isinstance(value, (list, tuple)):
        value = value.tolist()
    if not isinstance(value, Iterable):
        raise CellError(f"`| array` needs a list, and this is {_a(value)}.", ename="TypeError")
    return _Array([native(member) for member in value])


def _sqlsafe(value: Any) -> Fragment:
    return value if type(value) is Fragment else Fragment(str(value))


def native(value: Any) -> Any:
    """A value as a database takes it; numpy's and pandas' scalars as Python's. Raises CellError for no value."""
    if getattr(value, "ndim", None) == 0 and callable(item := getattr(value, "item", None)):
        if getattr(getattr(value, "dtype", None), "kind", "") in "mM":
            import pandas as pd

            value = pd.Timestamp(value) if value.dtype.kind == "M" else pd.Timedelta(value)
        else:
            value = item()
    if callable(to_python := getattr(value, "to_pydatetime", None) or getattr(value, "to_pytimedelta", None)):
        return None if value != value else to_python()
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes() | bytearray():
            return bytes(value)
        case datetime.date() | datetime.time() | datetime.timedelta() | decimal.Decimal() | uuid.UUID():
            return value
        case _:
            pass
    if type(value).__name__ == "NAType":
        return None
    if tables.is_table(value) or isinstance(value, (list, tuple, set, frozenset)) or hasattr(value, "__array__"):
        raise CellError(
            f"{{{{ }}}} binds one value, and this is {_a(value)}. "
            "For its members write {{ name | array }}, as in: where x in ({{ name | array }}).",
            ename="TypeError",
        )
    raise CellError(
        f"SQL has no value for {_a(value)}. Give {{{{ }}}} a text, a number, a date or a yes/no.", ename="TypeError"
    )


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def render(source: str, names: Mapping[str, Any], tokenize: Callable[[str], list[tuple[int, Any]]]) -> Query:
    """The SQL of a cell, every `{{ }}` a parameter. `tokenize`: DuckDB's. Raises CellError."""
    # Nobody can write the marker by hand, so text that holds it has come from a rendering.
    nonce = secrets.token_hex(6)
    prefix = f"$vernissage{nonce}x"
    bound: list[Any] = []

    def marker(value: Any) -> str:
        bound.append(value)
        return f"{prefix}{len(bound)}x"

    def put_in(value: Any) -> str:
        if isinstance(value, str) and nonce in value.lower():
            raise CellError(
                "The result of a macro or block was changed like a text, and its values were lost on the way. "
                "Put it in as it is, or build the text first and use {{ … | sqlsafe }}.",
                ename="SqlError",
            )
        return marker(value if isinstance(value, _Array) else native(value))

    template = Template(put_in)
    template.filters.update(array=_array, sqlsafe=_sqlsafe)
    text = template.write(source, names)

    parameters: dict[str, Any] = {}

    def parameter(value: Any) -> str:
        name = f"p{len(parameters) + 1}"
        parameters[name] = value
        return f"${name}"

    pieces: list[str] = []
    at = 0
    marks = list(re.finditer(re.escape(prefix) + r"(\d+)x", text))
    for mark in marks:
        pieces.append(text[at : mark.start()])
        at = mark.end()
        value = bound[int(mark.group(1)) - 1]
        if not isinstance(value, _Array):
            pieces.append(parameter(value))
            continue
        before, after = text[: mark.start()].rstrip(), text[mark.end() :].lstrip()
        opened = before.endswith("(")
        alone = opened and after.startswith(")")
        members = ", ".join(parameter(member) for member in value.members)
        if not value.members:
            pieces.append(EMPTY if alone else f"({EMPTY})")
        elif opened or before.endswith(",") or after.startswith(","):
            pieces.append(members)
        else:
            pieces.append(f"({members})")
    pieces.append(text[at:])
    query = Query("".join(pieces), parameters)
    _refuse_quoted(query, tokenize)
    return query


def _refuse_quoted(query: Query, tokenize: Callable[[str], list[tuple[int, Any]]]) -> None:
    """A parameter inside quotes would be read as text. Comments may hold what they like."""
    if not query.parameters:
        return
    encoded = query.text.encode()
    tokens = tokenize(query.text)
    for place, (start, kind) in enumerate(tokens):
        end = tokens[place + 1][0] if place + 1 < len(tokens) else len(encoded)
        token = encoded[start:end].decode(errors="replace")
        quoted = str(kind).endswith("string_const") or token.startswith('"')
        if quoted and (found := re.search(r"\$p(\d+)\b", token)) and f"p{found.group(1)}" in query.parameters:
            line = query.text.encode()[:start].count(b"\n") + 1
            advice = SQLSAFE if token.startswith('"') else "Leave the quotes out: {{ }} is a value already."
            raise CellError(f"{{{{ }}}} stands inside quotes. {advice}", ename="SqlError", line=line)


class Database:
    """The DuckDB of one kernel, over the data frames of its notebook. Opened by the first query."""

    def __init__(self, timezone: str = "UTC") -> None:
        self._timezone = timezone
        self._connection: duckdb.DuckDBPyConnection | None = None

    def query(self, source: str, names: Mapping[str, Any]) -> pd.DataFrame | None:
        """Run the SQL of a cell. The last statement's result; None when it has none. Raises CellError."""
        import duckdb

        query = render(source, names, duckdb.tokenize)
        if not query.text.strip().strip(";"):
            return None
        connection = self._open()
        frames = mentioned(query.text, names)
        for name, frame in frames.items():
            connection.register(name, _registrable(frame))
        try:
            return _interruptible(connection, lambda: self._run(connection, query))
        except duckdb.Error as error:
            raise _sentence(error, query, source, names) from None
        finally:
            for name in frames:
                connection.unregister(name)

    def _run(self, connection: duckdb.DuckDBPyConnection, query: Query) -> pd.DataFrame | None:
        import duckdb

        result: pd.DataFrame | None = None
        for statement in duckdb.extract_statements(query.text):
            wanted = {name: query.parameters[name] for name in statement.named_parameters if name in query.parameters}
            answer = connection.execute(statement, wanted) if wanted else connection.execute(statement)
            has_rows = statement.expected_result_type[-1] == duckdb.ExpectedResultType.QUERY_RESULT
            result = answer.df() if has_rows else None
        return result

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            connection = duckdb.connect(
                ":memory:",
                config={
                    "enable_external_access": "false",
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "async_threads": "1",
                },
            )
            connection.execute("set python_enable_replacements = false")
            connection.execute("set TimeZone = '" + self._timezone.replace("'", "''") + "'")
            connection.execute("set lock_configuration = true")
            self._connection = connection
        return self._connection


def _interruptible(connection: duckdb.DuckDBPyConnection, query: Callable[[], Answer]) -> Answer:
    """An interrupt ends the query even while the main thread sleeps and only DuckDB's own threads work.

    Python's handler runs in the main thread, when that wakes; the byte that C writes at once wakes a thread of ours.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def watch() -> None:
        while number := reader.recv(1):
            if number[0] == signal.SIGINT:
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    before = -1
    try:
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        watcher.start()
        return query()
    finally:
        # The interrupt that ended the query is raised by Python's handler at the next call that it makes: here. So the
        # first call puts the descriptor back, and nothing that follows may be missed. (A context manager would not do:
        # the interrupt can come at the start of its `__exit__`, and all of this would be left to chance.)
        try:
            signal.set_wakeup_fd(before)
        finally:
            writer.close()
            if watcher.ident is not None:
                watcher.join()
            reader.close()


def mentioned(text: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The tables among the variables that the SQL names, as written or but for the case of letters."""
    words = set(re.findall(r"\w+", text))
    folded = {word.casefold() for word in words}
    found: dict[str, Any] = {}
    taken: set[str] = set()
    candidates = [(name, value) for name, value in names.items() if tables.is_table(value)]
    # As written first: SQL does not tell `orders` from `Orders`, Python does.
    for name, value in sorted(candidates, key=lambda item: item[0] not in words):
        if name.casefold() in folded and name.casefold() not in taken and not name.startswith("_"):
            taken.add(name.casefold())
            found[name] = value
    return found


def _registrable(frame: Any) -> Any:
    """A data frame as DuckDB takes it; odd ones by way of Arrow."""
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        plain = frame.columns.is_unique and all(isinstance(name, str) for name in frame.columns)
        if plain and not any(pd.api.types.is_object_dtype(dtype) for dtype in frame.dtypes):
            return frame
        return tables.to_arrow(frame.reset_index(drop=True))
    return tables.to_arrow(frame)


def _sentence(error: duckdb.Error, query: Query, source: str, names: Mapping[str, Any]) -> CellError:
    """DuckDB's message with our advice."""
    message = str(error)
    text, _, place = message.partition("\n\nLINE ")
    line = 0
    if (found := re.match(r"(\d+):", place)) and "{%" not in source:
        line = int(found.group(1))
    text = re.sub(r"\$p\d+", "{{ }}", text).strip()
    if missing := re.search(r"Table with name (\S+) does not exist", text):
        name = missing.group(1)
        near = difflib.get_close_matches(name, [known for known, value in names.items() if tables.is_table(value)], n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Define it in a cell above this one."
        return CellError(f"There is no data frame named {name!r}. {hint}", ename="SqlError", line=line)
    if "Permission Error" in text:
        return CellError(
            f"{text}. SQL over data frames reads no files and no network: load the data in a Python cell, "
            "or use a data connection.",
            ename="SqlError",
            line=line,
        )
    misplaced = "Parameter not supported" in text or 'near "$"' in text or "can't be prepared" in text
    if misplaced and query.parameters:
        text = f"{text}\n{{{{ }}}} stands where SQL takes no value. {SQLSAFE}"
    if place:
        # The mark below the line is set in by as much as "LINE 1: " takes.
        width = len("LINE ") + place.index(":") + 2
        first, _, below = place.partition("\n")
        text = f"{text}\n\n{first[width - len('LINE ') :]}\n{below[width:]}".rstrip()
    return CellError(text, ename="SqlError", line=line)
