"""Inputs of every kind and values that fit them, for properties."""

# ruff: noqa: DTZ001

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from vernissage.core.document import (
    ButtonInput,
    CheckboxInput,
    DateInput,
    DropdownInput,
    FileInput,
    FileRef,
    Input,
    MultiselectInput,
    NumberInput,
    SliderInput,
    TableInput,
    TableInputColumn,
    TextInput,
)
from vernissage.core.inputs import Relative, Unit, distinct, zone_names

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
whole_numbers = st.integers(-(2**70), 2**70) | st.integers(-10, 10)
decimals = st.floats(allow_nan=False, allow_infinity=False)
zones = st.sampled_from(["", "UTC", "Europe/Berlin", "America/Chicago", "Etc/GMT+5", "Australia/Lord_Howe"]) | (
    st.sampled_from(sorted(zone_names()))
)
instants = st.datetimes(datetime(3, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))
# Around the changes of the clock, where most mistakes live.
changes = st.datetimes(datetime(2021, 11, 7, 4), datetime(2021, 11, 7, 9), timezones=st.just(UTC)).map(
    lambda one: one.replace(microsecond=0)
)
any_option: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | whole_numbers | st.floats() | texts | st.dates() | st.datetimes()
    | st.builds(lambda at, zone: at.astimezone(ZoneInfo(zone or "UTC")), instants | changes, zones)
)  # fmt: skip
any_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | whole_numbers | st.floats() | st.text(max_size=20) | st.sampled_from(
        ["2021-07-13", "2021-02-30", "7 days ago", "3 hours from now Europe/Berlin", "2021-07-13 13:45:22",
         {"$int": "7"}, "2021-03-14 02:30:00 America/Chicago", "999999999 weeks ago",
         {"$date": "2021-01-01"}, {"$float": "nan"}]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


@st.composite
def relatives(draw: st.DrawFn, *, time: bool = True, zone: str = "") -> Relative:
    units: list[Unit] = ["day", "week", "month", "year"]
    unit = draw(st.sampled_from([*units, "hour"] if time else units))
    amount = draw(st.integers(0, 60) | st.integers(0, 9_000))
    return Relative(amount, unit, draw(st.booleans()), draw(zones) or zone)


@st.composite
def inputs(draw: st.DrawFn, of: tuple[type, ...] = (), name: str = "x") -> Input:
    """Any input, its settings in order; of these kinds where given."""
    kinds = [TextInput, NumberInput, SliderInput, CheckboxInput, ButtonInput, DropdownInput, MultiselectInput,
             DateInput, FileInput, TableInput]  # fmt: skip
    kind = draw(st.sampled_from(of or tuple(kinds)))
    if kind is NumberInput:
        low, high = sorted([draw(whole_numbers | decimals), draw(whole_numbers | decimals)])
        return NumberInput(
            name=name,
            min=draw(st.sampled_from([None, low])),
            max=draw(st.sampled_from([None, high])),
            optional=draw(st.booleans()),
        )
    if kind is SliderInput:
        number = draw(st.sampled_from([st.integers(-1000, 1000), st.floats(-1000, 1000)]))
        low, high = sorted([draw(number), draw(number)])
        return SliderInput(name=name, min=low, max=high, step=draw(st.sampled_from([1, 5, 0.1])))
    if kind is DropdownInput or kind is MultiselectInput:
        options = tuple(draw(st.lists(st.none() | st.booleans() | whole_numbers | decimals | texts, max_size=6)))
        return kind(name=name, options=options, optional=draw(st.booleans()))
    if kind is DateInput:
        flags = {flag: draw(st.booleans()) for flag in ("time", "relative", "range", "optional")}
        return DateInput(name=name, timezone=draw(zones), **flags)
    if kind is FileInput:
        return FileInput(name=name, accept=draw(st.sampled_from([(), (".csv", ".parquet")])))
    if kind is TableInput:
        names: list[Literal["text", "number", "checkbox", "date"]] = ["text", "number", "checkbox", "date"]
        types = draw(st.lists(st.sampled_from(names), max_size=3))
        return TableInput(name=name, columns=tuple(TableInputColumn(f"c{i}", type) for i, type in enumerate(types)))
    return kind(name=name)  # type: ignore[no-any-return]


@st.composite
def moments(draw: st.DrawFn, input: DateInput) -> Any:
    if input.optional and draw(st.integers(0, 4)) == 0:
        return None
    if input.relative and draw(st.booleans()):
        return draw(relatives(time=input.time, zone=input.timezone))
    if not input.time:
        return draw(st.dates())
    own = ZoneInfo(input.timezone or "UTC")
    return draw(instants | changes).replace(microsecond=0).astimezone(own)


@st.composite
def inputs_with_values(draw: st.DrawFn, of: tuple[type, ...] = (), name: str = "x") -> tuple[Input, Any]:
    """An input and a value that it takes."""
    input = draw(inputs(of=of, name=name))
    return input, draw(values_of(input))


def values_of(input: Input) -> st.SearchStrategy[Any]:
    """Values that this input takes."""
    match input:
        case TextInput():
            return texts
        case NumberInput():
            low, high = input.min, input.max
            numbers = (whole_numbers | decimals).filter(
                lambda one: (low is None or one >= low) and (high is None or one <= high)
            )
            ends = st.sampled_from([one for one in (low, high) if one is not None] or [0])
            return numbers | ends | (st.none() if input.optional else ends)
        case SliderInput():
            if all(float(one).is_integer() for one in (input.min, input.max, input.step)):
                return st.integers(int(input.min), int(input.max))
            return st.floats(float(input.min), float(input.max))
        case CheckboxInput() | ButtonInput():
            return st.booleans()
        case DropdownInput():
            known = distinct(input.options)
            if input.optional or not known:
                # Without options nothing fits a dropdown that must not be empty; then the property has nothing to say.
                return st.sampled_from([*known, None]) if input.optional else st.nothing()
            return st.sampled_from(known)
        case MultiselectInput():
            known = distinct(input.options)
            return st.sets(st.integers(0, len(known) - 1) if known else st.nothing()).map(
                lambda places: tuple(known[place] for place in sorted(places))
            )
        case DateInput():
            if not input.range:
                return moments(input)
            return st.tuples(moments(input), moments(input)).map(_in_order)
        case FileInput():
            files = st.builds(FileRef, st.just("a.csv"), st.just("0" * 64), st.integers(0, 10**6))
            return st.none() | files
        case TableInput():
            cells = {
                "text": texts, "number": whole_numbers | decimals, "checkbox": st.booleans(),
                "date": st.dates().map(date.isoformat),
            }  # fmt: skip
            return st.lists(st.tuples(*(st.none() | cells[column.type] for column in input.columns)), max_size=3).map(
                tuple
            )


def _in_order(ends: tuple[Any, Any]) -> tuple[Any, Any]:
    start, end = ends
    if isinstance(start, datetime) and isinstance(end, datetime):
        return ends if start.astimezone(UTC) <= end.astimezone(UTC) else (end, start)
    if isinstance(start, date) and isinstance(end, date):
        return (min(ends), max(ends))
    return ends
