"""Values of inputs: a JSON value becomes a typed value, and back. The one place that says what an input takes.

Addresses, project files, the API, schedules, embeds and the controls on the page all come through `accept`; nothing
enters a session's inputs by another way.

Words: a *value* is what a session keeps, typed and immutable. *JSON* is its plain form, as it stands in a project
file or an API call. The *wire* form is JSON that JavaScript cannot spoil (`to_wire`). The *kernel* form is what a
kernel process gets (`for_kernel`). A *relative* date is kept as its words; `resolve` makes a day of it.

    text str · number int, float, None · slider int, float · checkbox, button bool · dropdown an option ·
    multiselect a tuple of options · date: date, aware datetime in the input's zone, Relative, None;
    of a range a tuple of two · file FileRef or None · table a tuple of rows

Promises: `accept(input, to_json(input, value))` is the same value, for every kind; a value that does not fit gets a
sentence, never an exception; nothing here reads a clock: the instant comes in.

Left alone: the text of an address (`links`), when options are read and values checked again (`session`), whether a
file's content was uploaded by the one who names it (the server checks that before it hands the value on).
"""

from __future__ import annotations

import json
import math
import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal, TypeAlias, assert_never
from zoneinfo import ZoneInfo, available_timezones

from msgspec.structs import replace

from vernissage.core.document import (
    ButtonInput,
    CheckboxInput,
    DateInput,
    DropdownInput,
    FileInput,
    FileRef,
    Input,
    InputCell,
    MultiselectInput,
    NumberInput,
    Scalar,
    SliderInput,
    Struct,
    TableInput,
    TableInputColumn,
    TextInput,
)

Unit: TypeAlias = Literal["hour", "day", "week", "month", "year"]

MAX_OPTIONS = 10_000
MAX_TEXT = 1_000_000
"""Characters in a text input."""
MAX_ROWS = 10_000
"""Rows of a table input."""
MAX_DIGITS = 4_000
"""Digits of a whole number: Python itself refuses to print more than 4 300."""
SAFE_INTEGER = 2**53 - 1
"""The largest whole number that JavaScript holds with all numbers below it."""


class Relative(Struct, frozen=True):
    """A date in words, such as "7 days ago America/Chicago"."""

    amount: int
    unit: Unit
    future: bool
    """True: from now; False: ago."""
    zone: str = ""
    """Whose today it counts from; "" = UTC, for an input that has no zone of its own."""

    @property
    def words(self) -> str:
        """As it is written in links and project files."""
        plural = "" if self.amount == 1 else "s"
        zone = f" {self.zone}" if self.zone else ""
        return f"{self.amount} {self.unit}{plural} {'from now' if self.future else 'ago'}{zone}"


Option: TypeAlias = str | int | float | bool | date | datetime | None
"""What a dropdown offers. A datetime of an option may have no zone (a column of pandas has none)."""
Moment: TypeAlias = date | datetime | Relative | None
"""What a date input holds, or one end of a range."""
Rows: TypeAlias = tuple[tuple[Scalar, ...], ...]
Value: TypeAlias = Option | Relative | FileRef | tuple[Option, ...] | tuple[Moment, Moment] | Rows


@dataclass(frozen=True)
class Invalid:
    """The value does not fit the input; the sentence says what it takes."""

    sentence: str


# --- JSON value → value -----------------------------------------------------------------------------


def accept(
    input: Input,
    value: Any,
    *,
    options: Sequence[Option] | None = None,
    zone_required: bool = False,
    at: datetime | None = None,
) -> Value | Invalid:
    """[INP1] The typed value of a JSON value (wire tags are understood), or why the input does not take it.

    `options`: those that a dynamic dropdown offers now; None = not known yet, so any scalar is taken and `settle`
    checks it later. `zone_required`: a missing zone is an error where the input has one (addresses); else it is the
    input's own. `at`: the instant to check relative dates against; None = they are checked when they are resolved.
    """
    value = from_wire(value)
    match input:
        case TextInput():
            return _text(input, value)
        case NumberInput():
            return _number(input, value)
        case SliderInput():
            return _slider(input, value)
        case CheckboxInput() | ButtonInput():
            if isinstance(value, bool):
                return value
            return Invalid(f"{input.name} is true or false; {_shown(value)} is neither.")
        case DropdownInput():
            return _dropdown(input, value, _offered(input, options))
        case MultiselectInput():
            return _multiselect(input, value, _offered(input, options))
        case DateInput():
            return _range(input, value, zone_required, at) if input.range else _moment(input, value, zone_required, at)
        case FileInput():
            return _file(input, value)
        case TableInput():
            return _table(input, value)
        case never:
            assert_never(never)


def _shown(value: Any) -> str:
    """A value as a sentence may quote it: short, and never many lines."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "what was given"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _scalar_text(text: str) -> bool:
    """Whether a string holds Unicode scalar values only: no half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _text(input: TextInput, value: Any) -> str | Invalid:
    if not isinstance(value, str):
        return Invalid(f"{input.name} takes text; {_shown(value)} is none.")
    if len(value) > MAX_TEXT:
        return Invalid(f"{input.name} takes at most {MAX_TEXT:,} characters. Put longer text into a file.")
    if not _scalar_text(value):
        return Invalid(f"{input.name} was given text with half of a character (a lone surrogate) in it.")
    return value


def _is_number(value: Any) -> bool:
    """A finite int or float; true and false are none."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return value.bit_length() < MAX_DIGITS * 3
    return isinstance(value, float) and math.isfinite(value)


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return "" if high is None else f" of at most {high}"


def _number(input: NumberInput, value: Any) -> int | float | Invalid | None:
    if value is None and input.optional:
        return None
    takes = f"{input.name} takes a number{_bounds(input.min, input.max)}"
    if value is None:
        return Invalid(f"{takes} and cannot be empty.")
    if not _is_number(value):
        return Invalid(f"{takes}; {_shown(value)} is none.")
    if (input.min is not None and value < input.min) or (input.max is not None and value > input.max):
        return Invalid(f"{takes}; {_shown(value)} lies outside.")
    return value  # type: ignore[no-any-return]


def whole(input: SliderInput) -> bool:
    """Whether a slider gives whole numbers only: min, max and step are all whole."""
    return all(isinstance(one, int) or one.is_integer() for one in (input.min, input.max, input.step))


def _slider(input: SliderInput, value: Any) -> int | float | Invalid:
    only_whole = whole(input)
    takes = f"{input.name} takes a {'whole ' if only_whole else ''}number{_bounds(input.min, input.max)}"
    if not _is_number(value):
        return Invalid(f"{takes}; {_shown(value)} is none.")
    if not input.min <= value <= input.max:
        return Invalid(f"{takes}; {_shown(value)} lies outside.")
    if not only_whole:
        try:
            return float(value)
        except OverflowError:
            return Invalid(f"{takes}; {_shown(value)} is too large.")
    if value != int(value):
        return Invalid(f"{takes}; {_shown(value)} is not whole.")
    return int(value)


# --- many at once -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Accepted:
    """What became of values that came by name."""

    values: dict[str, Value]
    """Input name → value, of those that fit."""
    invalid: dict[str, str]
    """Input name → the sentence why what was given for it was not used, or not all of it."""
    unknown: tuple[str, ...]
    """The names that are no input here."""


AcceptOne: TypeAlias = Callable[[Input, Any, Sequence[Option] | None, datetime | None], Value | Invalid]


def accept_json(input: Input, value: Any, options: Sequence[Option] | None, at: datetime | None) -> Value | Invalid:
    """`accept`, as API runs, schedules and embeds use it."""
    return accept(input, value, options=options, at=at)


def accept_all(
    cells: Mapping[str, InputCell],
    values: Mapping[str, Any],
    *,
    options: Mapping[str, Sequence[Option]] | None = None,
    at: datetime | None = None,
    accept_one: AcceptOne = accept_json,
) -> Accepted:
    """[INP15] The typed values of those that were given by name, each judged by itself.

    `cells`: the inputs that may be set, by name. A date range may also be given by its ends, `{name}_start` and
    `{name}_end`; one end alone leaves the other at its default. `accept_one` reads a single value: JSON, or the text
    of an address or a command line.
    """
    owners: dict[str, tuple[str, str]] = {name: (name, "") for name in cells}
    for name, cell in cells.items():
        if isinstance(cell.input, DateInput) and cell.input.range:
            for end in ("start", "end"):
                owners.setdefault(f"{name}_{end}", (name, end))
    given: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key in owners:
            name, part = owners[key]
            given.setdefault(name, {})[part] = value
    accepted: dict[str, Value] = {}
    invalid: dict[str, str] = {}
    for name, parts in given.items():
        input = cells[name].input
        offered = (options or {}).get(name)
        if isinstance(input, DateInput) and input.range:
            taken, problems = _accept_range(input, parts, at, accept_one)
        else:
            value = accept_one(input, parts[""], offered, at)
            taken, problems = ((), [value.sentence]) if isinstance(value, Invalid) else ((value,), [])
        if taken:
            accepted[name] = taken[0]
        if problems:
            invalid[name] = " ".join(problems)
    return Accepted(accepted, invalid, tuple(key for key in values if key not in owners))


def _accept_range(
    input: DateInput, parts: Mapping[str, Any], at: datetime | None, accept_one: AcceptOne
) -> tuple[tuple[Value] | tuple[()], list[str]]:
    """A range from its value or its ends, which count more. What is not given, or does not fit, is the default's."""
    problems: list[str] = []
    used = False
    base: Any = default(input)
    if "" in parts:
        whole_range = accept_one(input, parts[""], None, at)
        if isinstance(whole_range, Invalid):
            problems.append(whole_range.sentence)
        else:
            base, used = whole_range, True
    ends: list[Any] = list(base) if isinstance(base, tuple) else [None, None]
    one_end = replace(input, range=False, default=None)
    for place, end in enumerate(("start", "end")):
        if end in parts:
            value = accept_one(one_end, parts[end], None, at)
            if isinstance(value, Invalid):
                problems.append(value.sentence)
            else:
                ends[place], used = value, True
    if used and not in_order(input, ends[0], ends[1], at):
        return (), [*problems, f"{input.name} was given a start that lies after its end."]
    return (((ends[0], ends[1]),) if used else ()), problems


# --- options ----------------------------------------------------------------------------------------


def _key(value: Any) -> Any:
    """What makes two values the same: 42 and 42.0 are, "42" and true are not; of datetimes instant and zone count."""
    match value:
        case bool():
            return ("bool", value)
        case float() if math.isnan(value):
            return ("nan",)
        case int() | float():
            return ("number", value)
        case datetime():
            # Python compares wall clocks within one zone and so takes both halves of a repeated hour for one.
            return ("instant", value.replace(tzinfo=None, fold=0), value.utcoffset(), _zone_key(value.tzinfo))
        case date():
            return ("day", value)
        case list() | tuple():
            return tuple(map(_key, value))
        case _:
            return (type(value).__name__, value)


def _zone_key(zone: tzinfo | None) -> str:
    return "" if zone is None else str(zone)


def same(a: Value, b: Value) -> bool:
    """[INP2] Whether two values are equal as the product counts it."""
    return bool(_key(a) == _key(b))


def distinct(options: Iterable[Option]) -> tuple[Option, ...]:
    """Options without repeats, in their order, at most MAX_OPTIONS of them. The first spelling stays."""
    first: dict[Any, Option] = {}
    for option in options:
        first.setdefault(_key(option), option)
        if len(first) == MAX_OPTIONS:
            break
    return tuple(first.values())


def _offered(input: DropdownInput | MultiselectInput, options: Sequence[Option] | None) -> tuple[Option, ...] | None:
    """The options to check against; None = dynamic and not known yet."""
    if options is not None:
        return distinct(options)
    return None if input.options_from else distinct(input.options)


def _option_text(option: Option) -> str | None:
    """How a date among options is written as plain text."""
    if isinstance(option, datetime):
        zone = _zone_key(option.tzinfo)
        if zone and option.utcoffset() != option.replace(fold=0).utcoffset():
            option, zone = option.astimezone(ZoneInfo("UTC")), "UTC"
        return option.replace(tzinfo=None).isoformat(sep=" ") + (f" {zone}" if zone else "")
    return option.isoformat() if isinstance(option, date) else None


class _Finder:
    """Finds the option that a JSON value means; hashing keeps a long list against long options linear."""

    def __init__(self, options: Iterable[Option]) -> None:
        self.order: dict[Any, tuple[int, Option]] = {}
        self.dates: dict[str, tuple[int, Option]] = {}
        for place, option in enumerate(options):
            self.order[_key(option)] = (place, option)
            text = _option_text(option)
            if text is not None:
                self.dates.setdefault(text, (place, option))

    def find(self, value: Any) -> tuple[int, Option] | None:
        found = self.order.get(_key(value)) if _is_option(value) else None
        if found is None and isinstance(value, str):
            return self.dates.get(value)  # a date, written as plain text
        return found


def _is_option(value: Any) -> bool:
    match value:
        case None | bool() | float() | date():
            return True
        case int():
            return value.bit_length() < MAX_DIGITS * 3
        case str():
            return len(value) <= MAX_TEXT and _scalar_text(value)
        case _:
            return False


def _dropdown(input: DropdownInput, value: Any, options: tuple[Option, ...] | None) -> Option | Invalid:
    if value is None and input.optional:
        return None
    if options is None:
        if _is_option(value) and value is not None:
            return value  # type: ignore[no-any-return]
    elif found := _Finder(options).find(value):
        return found[1]
    if value is None:
        return Invalid(f"{input.name} cannot be empty; choose one of its options.")
    return Invalid(f"{_shown(value)} is not among the options of {input.name}.")


def _multiselect(
    input: MultiselectInput, value: Any, options: tuple[Option, ...] | None
) -> tuple[Option, ...] | Invalid:
    if value is None and input.optional:
        return ()
    if not isinstance(value, (list, tuple)):
        return Invalid(f"{input.name} takes a list of its options; {_shown(value)} is no list.")
    if options is None:
        odd = next((one for one in value if not _is_option(one)), value)
        return distinct(value) if odd is value else Invalid(f"{_shown(odd)} cannot be an option of {input.name}.")
    finder = _Finder(options)
    chosen: dict[int, Option] = {}
    for one in value:
        found = finder.find(one)
        if found is None:
            return Invalid(f"{_shown(one)} is not among the options of {input.name}.")
        chosen[found[0]] = found[1]
    return tuple(chosen[place] for place in sorted(chosen))


def settle(input: DropdownInput | MultiselectInput, value: Value, options: Sequence[Option]) -> Value:
    """[INP7] The value now that the options are these.

    One that is still an option stays. One that is gone gives way to the default if that is an option, else to empty if
    the input is optional, else to the first option, else to None. Of a multi-select only what is gone goes; where all
    of it is gone, the default's options come.
    """
    offered = distinct(options)
    finder = _Finder(offered)
    match input:
        case DropdownInput():
            if value is None and input.optional:
                return None
            if found := finder.find(value):
                return found[1]
            if input.default is not None and (found := finder.find(from_wire(input.default))):
                return found[1]
            return None if input.optional or not offered else offered[0]
        case MultiselectInput():
            chosen = _still(finder, value if isinstance(value, tuple) else ())
            if chosen or not value:
                return chosen
            usual = from_wire(input.default)
            return _still(finder, usual if isinstance(usual, (list, tuple)) else ())
        case never:
            assert_never(never)


def _still(finder: _Finder, values: Iterable[Any]) -> tuple[Option, ...]:
    found = {place: option for one in values if (hit := finder.find(one)) for place, option in [hit]}
    return tuple(found[place] for place in sorted(found))


# --- dates ------------------------------------------------------------------------------------------

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?: (\S+))?")
_RELATIVE = re.compile(r"([0-9]{1,9}) (hour|day|week|month|year)s? (ago|from now)(?: (\S+))?")
_NO_ZONES = frozenset({"localtime", "Factory", "posixrules", "leapseconds"})


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA zones that there are. Read once: finding them walks the zone database."""
    return frozenset(available_timezones()) - _NO_ZONES


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of this name, or None."""
    return ZoneInfo(name) if name in zone_names() else None


def _own_zone(input: DateInput) -> tuple[str, ZoneInfo]:
    """The input's zone by name ("" = none of its own) and as a zone: UTC where it has none, or one that is unknown."""
    zone = zone_named(input.timezone)
    return ("", ZoneInfo("UTC")) if zone is None else (input.timezone, zone)


def _takes_dates(input: DateInput) -> str:
    zone = f" {input.timezone}" if input.timezone else ""
    words = f' or words such as "7 days ago{zone}"' if input.relative else ""
    return (
        f'{input.name} takes a date and time such as "2021-07-13 13:45:22{zone}"{words}'
        if input.time
        else f'{input.name} takes a date such as "2021-07-13"{words}'
    )


def _moment(input: DateInput, value: Any, zone_required: bool, at: datetime | None) -> Moment | Invalid:
    if value is None:
        return None if input.optional else Invalid(f"{_takes_dates(input)} and cannot be empty.")
    if isinstance(value, str) and len(value) <= 200:
        if match := _RELATIVE.fullmatch(value):
            return _words(input, value, match, zone_required, at)
        if input.time and (match := _CLOCK.fullmatch(value)):
            return _clock(input, value, match, zone_required)
        if not input.time and (match := _DAY.fullmatch(value)):
            try:
                return date(*map(int, match.groups()))
            except ValueError:
                return Invalid(f"{input.name} takes a day of the calendar; there is no {value}.")
    return Invalid(f"{_takes_dates(input)}; {_shown(value)} is none.")


def _clock(input: DateInput, text: str, match: re.Match[str], zone_required: bool) -> datetime | Invalid:
    name, own = _own_zone(input)
    *parts, written = match.groups()
    if written is None and name and zone_required:
        return Invalid(f"{_takes_dates(input)}: the zone must be given.")
    zone = own if written is None else zone_named(written)
    if zone is None:
        return Invalid(f"{input.name} was given the time zone {_shown(written)}, which does not exist.")
    try:
        clock = datetime(*map(int, parts), tzinfo=zone)  # type: ignore[misc, arg-type]
    except ValueError:
        return Invalid(f"{input.name} takes a day of the calendar and a time of the clock; there is no {text}.")
    try:
        instant = clock.astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) != clock.replace(tzinfo=None):
            return Invalid(f"{input.name} was given {text}, a time that the clocks skipped.")
        return instant.astimezone(own)
    except OverflowError:
        return Invalid(f"{input.name} takes dates in the years 1 to 9999; {text} leaves them in another zone.")


def _words(
    input: DateInput, text: str, match: re.Match[str], zone_required: bool, at: datetime | None
) -> Relative | Invalid:
    amount, unit, direction, written = match.groups()
    name, _ = _own_zone(input)
    if not input.relative:
        return Invalid(f"{_takes_dates(input)}; it takes no relative dates such as {_shown(text)}.")
    if unit == "hour" and not input.time:
        return Invalid(f"{input.name} is a day without a time, so hours mean nothing to it.")
    if written is None and name and zone_required:
        return Invalid(f"{_takes_dates(input)}: the zone must be given.")
    if written is not None and zone_named(written) is None:
        return Invalid(f"{input.name} was given the time zone {_shown(written)}, which does not exist.")
    relative = Relative(int(amount), unit, direction == "from now", name if written is None else written)  # type: ignore[arg-type]
    # Without an instant: years so many that no day of the calendar could be meant are refused at once.
    if int(amount) * _HOURS[relative.unit] > 9_999 * 8_784 or (at is not None and _fixed(input, relative, at) is None):
        return Invalid(f"{input.name} takes dates in the years 1 to 9999; {_shown(text)} lies outside.")
    return relative


_HOURS: dict[Unit, int] = {"hour": 1, "day": 24, "week": 168, "month": 672, "year": 8_760}
"""At least so many hours make one, to tell what must lie outside the calendar."""


def _range(input: DateInput, value: Any, zone_required: bool, at: datetime | None) -> tuple[Moment, Moment] | Invalid:
    if value is None and input.optional:
        return (None, None)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return Invalid(f"{input.name} takes a list of two dates, its start and its end; {_shown(value)} is none.")
    start = _moment(input, value[0], zone_required, at)
    if isinstance(start, Invalid):
        return start
    end = _moment(input, value[1], zone_required, at)
    if isinstance(end, Invalid):
        return end
    if not in_order(input, start, end, at):
        return Invalid(f"{input.name} was given a start that lies after its end.")
    return (start, end)


def in_order(input: DateInput, start: Moment, end: Moment, at: datetime | None) -> bool:
    """Whether a start does not lie after its end. Relative dates count only where the instant is known."""
    if at is not None:
        start, end = (_fixed(input, one, at) if isinstance(one, Relative) else one for one in (start, end))
    if start is None or end is None or isinstance(start, Relative) or isinstance(end, Relative):
        return True
    if isinstance(start, datetime) and isinstance(end, datetime):
        return start.astimezone(UTC) <= end.astimezone(UTC)
    return start <= end


def _shift(clock: datetime, relative: Relative) -> datetime:
    """The same clock time that many days, weeks, months or years away. Raises OverflowError past the calendar."""
    amount = relative.amount if relative.future else -relative.amount
    match relative.unit:
        case "hour":
            return clock + timedelta(hours=amount)
        case "day":
            return clock + timedelta(days=amount)
        case "week":
            return clock + timedelta(weeks=amount)
        case "month" | "year":
            months = clock.year * 12 + clock.month - 1 + amount * (12 if relative.unit == "year" else 1)
            year, month = divmod(months, 12)
            if not 1 <= year <= 9999:
                raise OverflowError
            return clock.replace(year=year, month=month + 1, day=min(clock.day, monthrange(year, month + 1)[1]))
        case never:
            assert_never(never)


def _fixed(input: DateInput, relative: Relative, at: datetime) -> date | datetime | None:
    """The day or the time that the words mean at this instant; None = outside the calendar."""
    _, own = _own_zone(input)
    zone = zone_named(relative.zone) or own
    try:
        here = at.astimezone(zone)
        if not input.time:
            return _shift(here.replace(tzinfo=None, fold=0), relative).date()
        if relative.unit == "hour" or relative.amount == 0:
            then = _shift(at.astimezone(UTC), relative)
        else:
            # A clock time that is skipped on that day means the one after the gap, as far behind its beginning.
            then = _shift(here.replace(tzinfo=None, fold=0), relative).replace(tzinfo=zone).astimezone(UTC)
        return then.replace(microsecond=0).astimezone(own)
    except OverflowError:
        return None


def resolve(input: Input, value: Value, at: datetime) -> Value:
    """[INP6] The value with relative dates made into days and times, counted from this (aware) instant.

    Words that lie outside the calendar by now give way to the default, and where that does too, to today.
    """
    match input:
        case DateInput():
            usual = default(input)
            if input.range:
                ends = value if isinstance(value, tuple) else (value, value)
                others = usual if isinstance(usual, tuple) else (usual, usual)
                start, end = (_resolved(input, one, other, at) for one, other in zip(ends, others, strict=True))
                return (start, end)
            return _resolved(input, value, usual, at)
        case _:
            return value


def _resolved(input: DateInput, value: Any, usual: Any, at: datetime) -> date | datetime | None:
    for one in (value, usual, Relative(0, "day", False)):
        fixed = _fixed(input, one, at) if isinstance(one, Relative) else one
        if fixed is not None or one is None:
            return fixed
    return None


# --- files and tables -------------------------------------------------------------------------------


FileKind: TypeAlias = Literal["csv", "parquet", "excel", "bytes"]
"""What the code gets of a file: a data frame (of CSV, of Parquet), a dict of data frames, or its bytes."""

_KINDS: dict[str, FileKind] = {
    ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel",
}  # fmt: skip
KERNEL_FILES = ".vernissage/files"
"""Where the files of inputs lie in a kernel, below the directory that it works in; each is named by its hash."""


def file_kind(name: str) -> FileKind:
    """What the code gets of a file of this name."""
    return _KINDS.get(name[name.rfind(".") :].lower(), "bytes") if "." in name else "bytes"


def file_of(input: FileInput, value: Value, files: Sequence[FileRef]) -> FileRef | None:
    """[INP16] The file that a value means: the uploaded one, else the document's own that the default names (the
    published file). None = there is none. `files`: those of the document."""
    if isinstance(value, FileRef) and value.hash:
        return value
    name = value.name if isinstance(value, FileRef) else input.default
    return next((file for file in files if file.name == name), None)


def kernel_files(input: Input, value: Value, files: Sequence[FileRef]) -> tuple[FileRef, ...]:
    """[INP16] The files that must lie at their `kernel_path` before the kernel is given what `for_kernel` says."""
    found = file_of(input, value, files) if isinstance(input, FileInput) else None
    return () if found is None else (found,)


def kernel_path(file: FileRef) -> str:
    """Where a file of an input lies in a kernel, relative to the directory that it works in."""
    return f"{KERNEL_FILES}/{file.hash}"


def _ending_problem(input: FileInput, name: str) -> str:
    if input.accept and not name.lower().endswith(tuple(one.lower() for one in input.accept)):
        return f"{input.name} takes files of type {', '.join(input.accept)}; {name} is none."
    return ""


def _size_problem(input: FileInput, name: str, size: int) -> str:
    if size > input.max_bytes:
        return f"{input.name} takes files up to {input.max_bytes:,} bytes; {name} has {size:,}."
    return ""


def _file(input: FileInput, value: Any) -> FileRef | Invalid | None:
    """None = the published file. A file of the project cannot be named by a value: viewers send values too."""
    if value is None:
        return None
    match value:
        case {"name": str(name), "hash": str(hash), "size": int(size)} if len(value) == 3:
            if not name or len(name) > 255 or name.startswith(".") or re.search(r"[/\\\x00-\x1f]", name):
                return Invalid(f"{input.name} was given a file whose name cannot be used. Rename it and try again.")
            if not re.fullmatch(r"[0-9a-f]{64}", hash) or size < 0:
                return Invalid(f"{input.name} was given a file that was not uploaded here. Upload it again.")
            if problem := _ending_problem(input, name) or _size_problem(input, name, size):
                return Invalid(problem)
            return FileRef(name, hash, size)
        case _:
            return Invalid(f"{input.name} takes an uploaded file; {_shown(value)} is none.")


def _table(input: TableInput, value: Any) -> Rows | Invalid:
    """A list of rows, each a list of cells in the columns' order."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ROWS:
        return Invalid(f"{input.name} takes a list of at most {MAX_ROWS:,} rows.")
    rows: list[tuple[Scalar, ...]] = []
    for number, row in enumerate(value, 1):
        if not isinstance(row, (list, tuple)) or len(row) != len(input.columns):
            return Invalid(f"Row {number} of {input.name} must be a list of {len(input.columns)} cells.")
        row = [_untagged(cell) for cell in row]
        for column, cell in zip(input.columns, row, strict=True):
            if cell is not None and not _fits(column, cell):
                return Invalid(f"Row {number} of {input.name}: {column.name} {_takes(column)}; {_shown(cell)} is none.")
        rows.append(tuple(row))
    return tuple(rows)


def _takes(column: TableInputColumn) -> str:
    match column.type:
        case "text":
            return "takes text"
        case "number":
            return "takes a number"
        case "checkbox":
            return "takes true or false"
        case "date":
            return 'takes a date such as "2021-07-13"'
        case never:
            assert_never(never)


def _fits(column: TableInputColumn, cell: Any) -> bool:
    match column.type:
        case "text":
            return isinstance(cell, str) and len(cell) <= MAX_TEXT and _scalar_text(cell)
        case "number":
            return _is_number(cell)
        case "checkbox":
            return isinstance(cell, bool)
        case "date":
            if not isinstance(cell, str) or not _DAY.fullmatch(cell):
                return False
            try:
                date.fromisoformat(cell)
            except ValueError:
                return False
            return True
        case never:
            assert_never(never)


# --- defaults ---------------------------------------------------------------------------------------


def default(input: Input, options: Sequence[Option] | None = None) -> Value:
    """[INP8] What the input starts from: the document's default, else the plainest value that it takes.

    `options`: as in `accept`.
    """
    found = _stated_default(input, options)
    if not isinstance(found, Invalid):
        return found
    match input:
        case TextInput():
            return ""
        case NumberInput():
            if input.optional:
                return None
            if input.min is not None and input.min > 0:
                return input.min
            return input.max if input.max is not None and input.max < 0 else 0
        case SliderInput():
            return int(input.min) if whole(input) else float(input.min)
        case CheckboxInput() | ButtonInput():
            return False
        case DropdownInput() | MultiselectInput():
            offered = _offered(input, options)
            if isinstance(input, MultiselectInput):
                stated = from_wire(input.default)
                chosen = stated if isinstance(stated, (list, tuple)) else ()
                return () if offered is None else _still(_Finder(offered), chosen)
            return None if input.optional or not offered else offered[0]
        case DateInput():
            name, _ = _own_zone(input)
            one: Moment = None if input.optional else Relative(0, "day", False, name)
            return (one, one) if input.range else one
        case FileInput():
            return None
        case TableInput():
            return ()
        case never:
            assert_never(never)


def default_problem(
    input: Input, options: Sequence[Option] | None = None, files: Sequence[FileRef] | None = None
) -> str:
    """[INP8] What is wrong with the document's default, as a sentence for its editor; "" where nothing is.

    `files`: those of the document, to check the default of a file input; None = it is not checked.
    """
    if isinstance(input, FileInput) and isinstance(input.default, str) and files is not None:
        file = file_of(input, None, files)
        if file is None:
            return f"{input.name} starts from the file {input.default!r}, which the project does not have. Add it."
        return _ending_problem(input, file.name) or _size_problem(input, file.name, file.size)
    found = _stated_default(input, options)
    return found.sentence if isinstance(found, Invalid) and input.default is not None else ""


def _stated_default(input: Input, options: Sequence[Option] | None) -> Value | Invalid:
    match input:
        case ButtonInput():
            return False
        case FileInput() if isinstance(input.default, str):
            return FileRef(input.default)  # a file of the project, by its name
        case _:
            return accept(input, input.default, options=options)


# --- value → JSON, wire, kernel ---------------------------------------------------------------------


def to_json(input: Input, value: Value) -> Any:
    """[INP1] The JSON value that `accept` reads as this value."""
    match input:
        case DateInput():
            if isinstance(value, tuple):
                return [_moment_json(input, one) for one in value]
            return _moment_json(input, value)
        case DropdownInput():
            return _tagged_date(value)
        case MultiselectInput():
            return [_tagged_date(one) for one in value] if isinstance(value, tuple) else []
        case FileInput():
            if isinstance(value, FileRef):
                # Without a hash it is a file of the project, which the default names so.
                return {"name": value.name, "hash": value.hash, "size": value.size} if value.hash else value.name
            return None
        case TableInput():
            return [list(row) for row in value if isinstance(row, tuple)] if isinstance(value, tuple) else []
        case TextInput() | NumberInput() | SliderInput() | CheckboxInput() | ButtonInput():
            return value
        case never:
            assert_never(never)


def _moment_json(input: DateInput, value: Any) -> str | None:
    match value:
        case Relative():
            return value.words
        case datetime():
            name, _ = _own_zone(input)
            if value.utcoffset() != value.replace(fold=0).utcoffset():  # the second half of the repeated hour
                value, name = value.astimezone(UTC), "UTC"
            text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
            return f"{text} {name}" if name else text
        case date():
            return value.isoformat()
        case _:
            return None


def _tagged_date(value: Any) -> Any:
    """Dates as `{"$date": …}` and `{"$datetime": …, "zone": …, "fold": 1}`; everything else as it is."""
    match value:
        case datetime():
            tagged: dict[str, Any] = {"$datetime": value.replace(tzinfo=None).isoformat()}
            if value.tzinfo is not None:
                tagged["zone"] = _zone_key(value.tzinfo)
            if value.fold:
                tagged["fold"] = 1
            return tagged
        case date():
            return {"$date": value.isoformat()}
        case _:
            return value


def to_wire(value: Any) -> Any:
    """[INP9] A JSON value (or an option) as JSON that JavaScript cannot spoil.

    Whole numbers past 2^53 become `{"$int": "9007199254740993"}`, numbers that JSON lacks `{"$float": "nan"}` (also
    "inf", "-inf"), dates among options `{"$date": "2026-11-25"}` or `{"$datetime": "2026-11-25T12:00:00", "zone": …}`.
    """
    match value:
        case bool():
            return value
        case int() if abs(value) > SAFE_INTEGER:
            return {"$int": str(value)}
        case float() if not math.isfinite(value):
            return {"$float": str(value)}
        case list() | tuple():
            return [to_wire(one) for one in value]
        case dict():
            return {key: to_wire(one) for key, one in value.items()}
        case _:
            return _tagged_date(value)


def from_wire(value: Any) -> Any:
    """[INP9] What `to_wire` was given; whatever is no tag stays as it is. Lists are read one level deep."""
    if isinstance(value, (list, tuple)):
        return [_untagged(one) for one in value]
    return _untagged(value)


def _untagged(value: Any) -> Any:
    match value:
        case {"$int": str(text)} if len(value) == 1 and re.fullmatch(rf"-?[0-9]{{1,{MAX_DIGITS}}}", text):
            return int(text)
        case {"$float": str(text)} if len(value) == 1 and len(text) <= 400:
            try:
                return float(text)
            except ValueError:
                return value
        case {"$date": str(text)} if len(value) == 1 and _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                return value
        case {"$datetime": str(text)} if value.keys() <= {"$datetime", "zone", "fold"} and len(text) <= 40:
            zone = value.get("zone", "")
            try:
                clock = datetime.fromisoformat(text).replace(fold=1 if value.get("fold") == 1 else 0)
            except ValueError:
                return value
            if clock.tzinfo is not None or not isinstance(zone, str):
                return value
            known = zone_named(zone)
            return value if zone and known is None else clock.replace(tzinfo=known)
        case _:
            return value


def options_to_wire(options: Iterable[Option]) -> list[Any]:
    """Options for the browser; `accept` understands every one of them when it comes back."""
    return [to_wire(one) for one in options]


def options_from_wire(options: Iterable[Any]) -> tuple[Option, ...]:
    """The options in a kernel's answer, in its order, without repeats and without what can be no option."""
    return distinct(one for raw in options for one in [_untagged(raw)] if _is_option(one))


def resolves_alike(input: Input, value: Value, then: datetime, now: datetime) -> bool:
    """[INP10] Whether a value means at both instants the same to code: only relative dates need not."""
    return not isinstance(input, DateInput) or same(resolve(input, value, then), resolve(input, value, now))


def for_kernel(input: Input, value: Value, at: datetime, files: Sequence[FileRef] = ()) -> dict[str, Any]:
    """[INP10] The Python variables that the value sets, in the kernel's encoding; relative dates counted from `at`.

    Plain msgpack values, and dicts of one tag: `{"$date": "2026-11-25"}`; `{"$datetime": "2026-11-25T12:00:00",
    "zone": "Europe/Berlin"}`, a wall clock in that zone, with `"fold": 1` in the second half of a repeated hour and no
    `zone` where it has none; `{"$int": "…"}` past 64 bits; `{"$file": {"name", "path", "kind"}}`,
    where the file was put (`kernel_files`) and what becomes of it; `{"$table": {"columns": [[name, type], …], "rows":
    [[…], …]}}`, its dates as "2026-11-25". `files`: those of the document, among which a file input finds the published
    one; None where it does not.
    """
    fixed = resolve(input, value, at)
    match input:
        case DateInput() if input.range:
            start, end = fixed if isinstance(fixed, tuple) else (fixed, fixed)
            return {f"{input.name}_start": _kernel(start), f"{input.name}_end": _kernel(end)}
        case FileInput():
            file = file_of(input, fixed, files)
            if file is None:
                return {input.name: None}
            return {input.name: {"$file": {"name": file.name, "path": kernel_path(file), "kind": file_kind(file.name)}}}
        case TableInput():
            columns = [[column.name, column.type] for column in input.columns]
            rows = fixed if isinstance(fixed, tuple) else ()
            return {input.name: {"$table": {"columns": columns, "rows": _kernel(rows)}}}
        case _:
            return {input.name: _kernel(fixed)}


def _kernel(value: Any) -> Any:
    match value:
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**64:
            return {"$int": str(value)}
        case tuple():
            return [_kernel(one) for one in value]
        case _:
            return _tagged_date(value)
