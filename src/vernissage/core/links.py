"""Addresses ⇄ input values: what stands behind the `?` of an app's address, as `_{variable}={JSON}` joined with `&`.

The text layer of the one codec: text to JSON here, JSON to a typed value in `inputs`.

Promises: every query at all is read, in time linear in its length; a parameter that cannot be used costs only
itself; what `write_query` writes, `read_query` reads as equal values, for every kind; parameters that name no input
of the app stay as they came, byte for byte.

Left alone: which address the query belongs to, who may open it, what a session makes of the values (`session`: a run
button that reads true counts as pressed in the first run).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from vernissage.core.document import (
    ButtonInput,
    DateInput,
    Document,
    DropdownInput,
    FileInput,
    FileRef,
    Input,
    InputCell,
    MultiselectInput,
    TableInput,
    inputs_in_app,
    variables,
)
from vernissage.core.inputs import (
    Invalid,
    Option,
    Value,
    accept,
    accept_all,
    default,
    from_wire,
    same,
    to_json,
    to_wire,
)

MAX_LINK = 8_000
"""Characters of a whole link; a longer one is not made."""

_PLAIN = "-._~!*(),:;@/?[]$"
"""Stands as it is in a query, so that people can read it; the URL standard leaves all of these alone."""


@dataclass(frozen=True)
class LinkInputs:
    """What an address says about the inputs."""

    values: dict[str, Value]
    """Input name → value, of those that the address names and that fit."""
    invalid: tuple[tuple[str, str], ...]
    """Input name and the sentence why its parameter was ignored, in the order of the address."""
    rest: str
    """The query without the parameters that name an input of the app; the others as they came."""


@dataclass(frozen=True)
class TooLong:
    """No link is made: it would have more than MAX_LINK characters."""

    name: str
    """The input whose value takes the most of it."""


# --- reading ----------------------------------------------------------------------------------------


def read_query(
    document: Document,
    query: str,
    *,
    options: Mapping[str, Sequence[Option]] | None = None,
    at: datetime | None = None,
) -> LinkInputs:
    """[URL1] The input values in a query string, with or without its `?`.

    The two ends of a range are parameters of their own [URL8].

    `options`: input name → what a dynamic dropdown offers, where that is known. `at`: now, to refuse relative dates
    that lie outside the calendar or whose start lies after their end; None = they are taken.
    Bytes that are not UTF-8 may come in as `surrogateescape` leaves them.
    """
    inputs = inputs_in_app(document)
    by_variable = {variable: name for name, cell in inputs.items() for variable in variables(cell)}
    found: dict[str, str] = {}
    rest: list[str] = []
    for part in query.removeprefix("?").split("&"):
        key, _, text = part.partition("=")
        variable = _decoded(key)
        if variable is not None and variable.startswith("_") and variable[1:] in by_variable:
            found.pop(variable[1:], None)
            found[variable[1:]] = text  # the last one counts
        else:
            rest.append(part)
    accepted = accept_all(inputs, found, options=options, at=at, accept_one=_read)
    return LinkInputs(accepted.values, tuple(accepted.invalid.items()), "&".join(rest))


def _read(input: Input, text: str, options: Sequence[Option] | None, at: datetime | None) -> Value | Invalid:
    """One parameter's value."""
    if isinstance(input, FileInput | TableInput):
        return Invalid(f"{input.name} cannot be set by a link. Set it on the page.")
    decoded = _decoded(text)
    if decoded is None:
        return Invalid(f"The value of {input.name} in the link is no UTF-8 text.")
    try:
        value = parse_json(decoded.removeprefix("="))
    except ValueError:
        return Invalid(
            f"The value of {input.name} in the link is no JSON: "
            'text and dates stand in double quotes, such as "North"; numbers, true, false and null do not.'
        )
    return accept(input, value, options=options, zone_required=True, at=at)


def read_argument(
    input: Input, text: str, options: Sequence[Option] | None = None, at: datetime | None = None
) -> Value | Invalid:
    """[URL12] The value that a command line means: JSON where that fits the input, else the text as it stands."""
    try:
        value = accept(input, parse_json(text), options=options, at=at)
    except ValueError:
        return accept(input, text, options=options, at=at)
    if isinstance(value, Invalid):
        plain = accept(input, text, options=options, at=at)
        return value if isinstance(plain, Invalid) else plain
    return value


def _decoded(text: str) -> str | None:
    """A key or a value with `+` as space, percent-decoded once; None where that is no UTF-8."""
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeError:
        return None


def _refuse(token: str) -> Any:
    raise ValueError(f"{token} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number that a computer can hold")
    return value


_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def parse_json(text: str) -> Any:
    """The value of a strict JSON text (RFC 8259). Raises ValueError for anything else.

    Strict: no NaN or Infinity, no number past a float's range, no half of a surrogate pair, no control character
    inside a string. Whole numbers keep every digit.
    """
    try:
        value = _decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if "\\u" in text:
        _check_scalars(value)
    return value


def _check_scalars(value: Any) -> None:
    """Raises ValueError where an escape left half of a surrogate pair. The parser has bounded the depth already."""
    match value:
        case str():
            value.encode("utf-8")
        case list():
            for one in value:
                _check_scalars(one)
        case dict():
            for key, one in value.items():
                key.encode("utf-8")
                _check_scalars(one)
        case _:
            pass


# --- writing ----------------------------------------------------------------------------------------


def write_query(
    document: Document,
    values: Mapping[str, Value],
    *,
    options: Mapping[str, Sequence[Option]] | None = None,
    address: str = "",
) -> str | TooLong:
    """[URL9] The query (without `?`) that `read_query` reads as these values, in notebook order.

    Of the inputs in the app those that have a value here, but for files, tables and those marked *not in links*; run
    buttons as `false`. `address`: what the query is put behind, counted towards MAX_LINK.
    """
    parts: list[str] = []
    longest = ("", -1)
    total = len(address) + 1 if address else 0
    for name, cell in inputs_in_app(document).items():
        if not carried(cell.input) or name not in values:
            continue
        written = _written(cell, values[name], (options or {}).get(name))
        text = "&".join(f"_{quote(variable, safe=_PLAIN)}={value}" for variable, value in written.items())
        parts.append(text)
        total += len(text) + (1 if len(parts) > 1 else 0)
        longest = max(longest, (name, len(text)), key=lambda one: one[1])
    query = "&".join(parts)
    if query.endswith("]"):
        # Programs that find links in text take a closing bracket at the end for punctuation.
        query, total = f"{query[:-1]}%5D", total + 2
    return TooLong(longest[0]) if total > MAX_LINK else query


def carried(input: Input) -> bool:
    """Whether a current-inputs link carries this input's value."""
    return input.in_links and not isinstance(input, FileInput | TableInput)


def not_carried(document: Document, values: Mapping[str, Value]) -> tuple[str, ...]:
    """[URL13] The inputs of the app that a link with these values leaves out, in notebook order.

    Whoever opens it finds their defaults instead; so one that stands at its default is not named: nothing is lost.
    """
    return tuple(
        name
        for name, cell in inputs_in_app(document).items()
        if not carried(cell.input) and name in values and not _at_default(cell.input, values[name])
    )


def _at_default(input: Input, value: Value) -> bool:
    if isinstance(input, FileInput):
        # Nothing chosen, and the bare name of the published file, mean that file.
        return not (isinstance(value, FileRef) and value.hash)
    return same(value, default(input))


def _written(cell: InputCell, value: Value, options: Sequence[Option] | None) -> dict[str, str]:
    """Variable → text, percent-encoded where the URL standard asks for it."""
    input = cell.input
    plain: Any
    match input:
        case ButtonInput():
            plain = False
        case DropdownInput() | MultiselectInput():
            known = options if options is not None else () if input.options_from else input.options
            texts = {one for one in known if isinstance(one, str)}
            plain = to_json(input, value)
            plain = [_plain_date(one, texts) for one in plain] if isinstance(plain, list) else _plain_date(plain, texts)
        case DateInput() if input.range:
            ends = to_json(input, value)
            return {variable: _encoded(end) for variable, end in zip(variables(cell), ends, strict=True)}
        case _:
            plain = to_json(input, value)
    return {input.name: _encoded(plain)}


def _plain_date(option: Any, texts: set[str]) -> Any:
    """A date among options as plain text, unless a text option reads the same. NaN and infinity need their tag."""
    if isinstance(option, float):
        return to_wire(option)
    value = from_wire(option)
    if not isinstance(option, dict) or isinstance(value, dict):
        return option
    if isinstance(value, datetime):
        if value.fold or value.tzinfo is not None:
            return option
        text = value.isoformat(sep=" ")
    else:
        text = value.isoformat()
    return option if text in texts else text


def _encoded(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return quote(text, safe=_PLAIN)
