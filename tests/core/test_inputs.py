"""What inputs take, what becomes of it, and what the kernel gets."""

# ruff: noqa: DTZ001

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import values as make
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
    SliderInput,
    TableInput,
    TableInputColumn,
    TextInput,
)
from vernissage.core.inputs import (
    MAX_OPTIONS,
    Invalid,
    Relative,
    accept,
    accept_all,
    default,
    default_problem,
    distinct,
    file_kind,
    file_of,
    for_kernel,
    from_wire,
    kernel_files,
    kernel_path,
    options_from_wire,
    options_to_wire,
    resolve,
    same,
    settle,
    to_json,
    to_wire,
)

NOON = datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
BERLIN = ZoneInfo("Europe/Berlin")


def accepted(input: Input, value: Any, **options: Any) -> Any:
    result = accept(input, value, **options)
    assert not isinstance(result, Invalid), result.sentence
    return result


def refused(input: Input, value: Any, **options: Any) -> str:
    result = accept(input, value, **options)
    assert isinstance(result, Invalid), f"{value!r} was taken as {result!r}"
    return result.sentence


# --- every kind -------------------------------------------------------------------------------------


@given(make.inputs_with_values())
def test_inp1_json_and_back_gives_the_same_value_of_the_same_type(pair: tuple[Input, Any]) -> None:
    input, value = pair
    plain = to_json(input, value)
    again = accepted(input, plain, zone_required=True)
    assert same(again, value)
    assert type(again) is type(value)
    if isinstance(value, datetime):
        assert (again.tzinfo, again.fold) == (value.tzinfo, value.fold)


@given(make.inputs_with_values())
def test_inp9_wire_and_back_gives_the_same_value_also_through_javascript(pair: tuple[Input, Any]) -> None:
    input, value = pair
    wire = to_wire(to_json(input, value))
    _no_spoiled_numbers(wire)
    through = json.loads(json.dumps(wire, allow_nan=False))
    assert same(accepted(input, through), value)


def _no_spoiled_numbers(wire: Any) -> None:
    match wire:
        case list():
            for one in wire:
                _no_spoiled_numbers(one)
        case bool():
            pass
        case int():
            assert abs(wire) < 2**53
        case float():
            assert math.isfinite(wire)
        case _:
            pass


@given(make.inputs(), make.any_json)
def test_inp3_any_json_is_taken_or_refused_with_a_sentence(input: Input, value: Any) -> None:
    result = accept(input, value, at=NOON)
    if isinstance(result, Invalid):
        assert result.sentence.endswith(".")
        assert len(result.sentence) < 600
    else:
        assert same(accepted(input, to_json(input, result)), result)


@given(make.inputs(), make.any_json)
def test_inp8_any_default_gives_a_value_and_a_sentence_where_it_does_not_fit(input: Input, stated: Any) -> None:
    input = msgspec.structs.replace(input, default=stated)
    value = default(input)
    assert not isinstance(value, Invalid)
    problem = default_problem(input)
    if not problem and stated is not None and not isinstance(input, ButtonInput | FileInput):
        assert same(value, accepted(input, stated))
    encoded = msgspec.msgpack.encode(for_kernel(input, value, NOON))
    assert msgspec.msgpack.decode(encoded).keys() >= {f"{input.name}_start"} if _is_range(input) else {input.name}


def _is_range(input: Input) -> bool:
    return isinstance(input, DateInput) and input.range


@pytest.mark.parametrize(
    ("input", "value"),
    [
        (TextInput(name="x"), ""),
        (NumberInput(name="x"), 0),
        (NumberInput(name="x", optional=True), None),
        (NumberInput(name="x", min=3), 3),
        (NumberInput(name="x", max=-3), -3),
        (NumberInput(name="x", min=3, default=2), 3),
        (SliderInput(name="x", min=5, max=9), 5),
        (SliderInput(name="x", default=20), 20),
        (CheckboxInput(name="x", default="yes"), False),
        (ButtonInput(name="x"), False),
        (DropdownInput(name="x", options=("a", "b")), "a"),
        (DropdownInput(name="x", options=("a", "b"), default="z"), "a"),
        (DropdownInput(name="x", options=("a", "b"), default="z", optional=True), None),
        (DropdownInput(name="x", options_from="df.a", default="z"), "z"),
        (DropdownInput(name="x", options_from="df.a"), None),
        (MultiselectInput(name="x", options=("a", "b"), default=["b", "z"]), ("b",)),
        (DateInput(name="x", default="2026-01-02"), date(2026, 1, 2)),
        (DateInput(name="x"), Relative(0, "day", False)),
        (DateInput(name="x", optional=True), None),
        (DateInput(name="x", timezone="Europe/Berlin", range=True), (Relative(0, "day", False, "Europe/Berlin"),) * 2),
        (FileInput(name="x", default="penguins.csv"), FileRef("penguins.csv")),
        (TableInput(name="x"), ()),
    ],
)
def test_inp8_starts_from_the_default_or_the_plainest_value(input: Input, value: Any) -> None:
    assert default(input) == value
    assert type(default(input)) is type(value)


def test_inp8_tells_the_editor_what_is_wrong_with_a_default() -> None:
    assert "from 1 to 10" in default_problem(SliderInput(name="n", min=1, max=10, default=11))
    assert default_problem(SliderInput(name="n", min=1, max=10, default=10)) == ""
    assert default_problem(SliderInput(name="n")) == ""


# --- numbers ----------------------------------------------------------------------------------------


def test_inp4_whole_sliders_give_whole_numbers() -> None:
    slider = SliderInput(name="n", min=1, max=10.0, step=1)
    assert accepted(slider, 4.0) == 4 and isinstance(accepted(slider, 4.0), int)
    assert "whole" in refused(slider, 4.5)
    assert accepted(slider, 1) == 1 and accepted(slider, 10) == 10
    assert "from 1 to 10" in refused(slider, 11)


def test_inp4_other_sliders_give_decimal_numbers_off_the_step_too() -> None:
    slider = SliderInput(name="n", min=0, max=1, step=0.25)
    assert isinstance(accepted(slider, 1), float)
    assert accepted(slider, 0.1) == 0.1


@pytest.mark.parametrize("value", [True, "4", None, [4], {}, math.inf, math.nan, {"$int": "9" * 4000}])
def test_inp4_sliders_take_numbers_only(value: Any) -> None:
    assert refused(SliderInput(name="n"), value).startswith("n takes a whole number")


def test_inp5_numbers_keep_their_type() -> None:
    number = NumberInput(name="x", min=0, max=2**60)
    assert isinstance(accepted(number, 5), int)
    assert isinstance(accepted(number, 5.0), float)
    assert accepted(number, 9007199254740993) == 9007199254740993
    assert accepted(number, 0) == 0 and accepted(number, 2**60) == 2**60
    assert "lies outside" in refused(number, -1)
    assert "cannot be empty" in refused(number, None)
    assert accepted(NumberInput(name="x", optional=True), None) is None
    assert "is none" in refused(number, True)


# --- text, true and false ---------------------------------------------------------------------------


def test_inp3_text_refuses_half_characters_and_other_types() -> None:
    text = TextInput(name="x")
    assert accepted(text, "a\nb 😀") == "a\nb 😀"
    assert "surrogate" in refused(text, "\ud800")
    assert "takes text" in refused(text, 1)
    assert "1,000,000" in refused(text, "x" * 1_000_001)


@pytest.mark.parametrize("value", [0, 1, "true", None, []])
@pytest.mark.parametrize("input", [CheckboxInput(name="x"), ButtonInput(name="x")])
def test_inp3_checkboxes_and_buttons_take_true_and_false_only(input: Input, value: Any) -> None:
    assert "true or false" in refused(input, value)


# --- options ----------------------------------------------------------------------------------------


def test_inp2_42_is_42_0_and_nothing_else() -> None:
    assert same(42, 42.0)
    assert not same(42, "42")
    assert not same(1, True)
    assert not same(0, False)
    assert not same("", None)
    assert not same(9007199254740993, 9007199254740992.0)
    assert same(math.nan, math.nan)
    assert same(("a", 1), ("a", 1.0)) and not same(("a", 1), (1, "a"))


def test_inp2_the_two_halves_of_a_repeated_hour_differ() -> None:
    first = datetime(2021, 11, 7, 1, 30, tzinfo=CHICAGO)
    second = first.replace(fold=1)
    assert first == second, "Python takes them for one, so the product must not ask it"
    assert not same(first, second)
    assert not same(first, first.astimezone(UTC))
    assert same(datetime(2021, 7, 7, 1, 30, fold=1, tzinfo=CHICAGO), datetime(2021, 7, 7, 1, 30, tzinfo=CHICAGO))


def test_inp2_options_keep_their_own_spelling() -> None:
    dropdown = DropdownInput(name="x", options=("a", 42, 99.5, True, 1, "42"))
    assert type(accepted(dropdown, 42.0)) is int
    assert accepted(dropdown, "42") == "42"
    assert accepted(dropdown, True) is True
    assert type(accepted(dropdown, 1.0)) is int
    assert "not among the options" in refused(dropdown, False)
    assert "not among the options" in refused(dropdown, [42])
    assert "not among the options" in refused(dropdown, {"a": 1})


def test_inp12_multiselect_is_in_the_options_order_without_repeats() -> None:
    multi = MultiselectInput(name="x", options=("a", "b", 99))
    assert accepted(multi, [99, "b", 99.0]) == ("b", 99)
    assert accepted(multi, []) == ()
    assert "not among" in refused(multi, ["b", "z"])
    assert "no list" in refused(multi, "b")
    assert "no list" in refused(multi, None)
    assert accepted(MultiselectInput(name="x", optional=True), None) == ()


def test_inp12_ten_thousand_options_and_no_repeats() -> None:
    many = distinct([1, 1.0, True, "1", *range(2, 20_000)])
    assert many[:3] == (1, True, "1")
    assert len(many) == MAX_OPTIONS
    multi = MultiselectInput(name="x", options_from="df.id")
    everything = list(range(MAX_OPTIONS))
    assert accepted(multi, everything[::-1], options=everything) == tuple(everything)


def test_inp3_dynamic_options_that_are_not_known_yet_take_any_scalar() -> None:
    dropdown = DropdownInput(name="x", options_from="df.region")
    assert accepted(dropdown, "North") == "North"
    assert "cannot be empty" in refused(dropdown, None)
    refused(dropdown, ["North"])
    assert accepted(dropdown, "North", options=("North", "South")) == "North"
    refused(dropdown, "West", options=("North", "South"))


def test_inp2_dates_among_options_are_found_by_their_text() -> None:
    options = (date(2026, 1, 1), datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, tzinfo=BERLIN), None)
    dropdown = DropdownInput(name="x", options_from="df.day")
    for text, option in zip(
        ("2026-01-01", "2026-01-01 12:00:00", "2026-01-01 12:00:00 Europe/Berlin", None), options, strict=True
    ):
        assert same(accepted(dropdown, text, options=options), option)
    for option in options:
        assert same(accepted(dropdown, to_json(dropdown, option), options=options), option)
    assert accepted(dropdown, "2026-01-01", options=("2026-01-01", *options)) == "2026-01-01"


@pytest.mark.parametrize(
    ("input", "value", "options", "expected"),
    [
        (DropdownInput(name="x", default="b"), "a", ("a", "b"), "a"),
        (DropdownInput(name="x", default="b"), 1.0, (1, "b"), 1),
        (DropdownInput(name="x", default="b"), "z", ("a", "b"), "b"),
        (DropdownInput(name="x", default="z", optional=True), "y", ("a", "b"), None),
        (DropdownInput(name="x", default="a", optional=True), None, ("a", "b"), None),
        (DropdownInput(name="x", default="z"), "y", ("a", "b"), "a"),
        (DropdownInput(name="x", default="z"), "y", (), None),
        (DropdownInput(name="x", default="z"), None, ("a",), "a"),
        (DropdownInput(name="x", default="a"), "2026-01-01", ("a", date(2026, 1, 1)), date(2026, 1, 1)),
        (MultiselectInput(name="x", default=["c"]), ("b", "z", "a"), ("a", "b", "c"), ("a", "b")),
        (MultiselectInput(name="x", default=["c", "z"]), ("y",), ("a", "b", "c"), ("c",)),
        (MultiselectInput(name="x", default=["c"]), (), ("a", "b", "c"), ()),
        (MultiselectInput(name="x"), ("y",), (), ()),
    ],
)
def test_inp7_a_choice_that_is_gone_gives_way(input: Any, value: Any, options: Any, expected: Any) -> None:
    settled = settle(input, value, options)
    assert settled == expected and type(settled) is type(expected)


@given(make.inputs(of=(DropdownInput, MultiselectInput)), make.any_option, st.lists(make.any_option, max_size=6))
def test_inp7_what_is_settled_is_an_option_or_empty(input: Any, value: Any, options: list[Any]) -> None:
    chosen = (value,) if isinstance(input, MultiselectInput) else value
    settled = settle(input, chosen, options)
    for one in settled if isinstance(settled, tuple) else (settled,):
        assert any(same(one, option) for option in options) or (one is None and (input.optional or not options))
    assert same(settle(input, settled, options), settled)


# --- the wire ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (2**53 - 1, 2**53 - 1),
        (2**53, {"$int": "9007199254740992"}),
        (-(2**53) - 1, {"$int": "-9007199254740993"}),
        (math.nan, {"$float": "nan"}),
        (-math.inf, {"$float": "-inf"}),
        (1.5, 1.5),
        (date(2026, 11, 25), {"$date": "2026-11-25"}),
        (datetime(2026, 11, 25, 12), {"$datetime": "2026-11-25T12:00:00"}),
        (datetime(2026, 11, 25, 12, tzinfo=BERLIN), {"$datetime": "2026-11-25T12:00:00", "zone": "Europe/Berlin"}),
        (
            datetime(2021, 11, 7, 1, 30, fold=1, tzinfo=CHICAGO),
            {"$datetime": "2021-11-07T01:30:00", "zone": "America/Chicago", "fold": 1},
        ),
    ],
)
def test_inp9_what_javascript_would_spoil_is_tagged(value: Any, wire: Any) -> None:
    assert to_wire(value) == wire
    assert same(from_wire(wire), value)


@given(st.lists(make.any_option, max_size=8))
def test_inp9_options_come_back_as_they_went(options: list[Any]) -> None:
    back = options_from_wire(json.loads(json.dumps(options_to_wire(options), allow_nan=False)))
    assert same(back, distinct(options))


@pytest.mark.parametrize(
    "odd",
    [
        {"$int": "1e5"}, {"$int": "9" * 5000}, {"$float": "x"}, {"$date": "2026-02-30"}, {"$int": "1", "b": 2},
        {"$datetime": "2026-01-01T00:00:00", "zone": "Mars"}, {"$datetime": "2026-01-01T00:00:00+02:00"}, {"$int": 1},
    ],
)  # fmt: skip
def test_inp9_what_is_no_tag_is_no_value(odd: Any) -> None:
    assert from_wire(odd) == odd
    refused(DropdownInput(name="x", options_from="df.a"), odd)
    assert options_from_wire([odd]) == ()


# --- dates ------------------------------------------------------------------------------------------


def test_inp11_times_become_the_inputs_zone() -> None:
    chicago = DateInput(name="x", time=True, timezone="America/Chicago")
    there = accepted(chicago, "2021-07-13 20:45:22 Europe/Berlin")
    assert there.isoformat() == "2021-07-13T13:45:22-05:00" and there.tzinfo is CHICAGO
    assert accepted(chicago, "2021-07-13 13:45:22") == there
    assert "the zone must be given" in refused(chicago, "2021-07-13 13:45:22", zone_required=True)
    plain = accepted(DateInput(name="x", time=True), "2021-07-13 13:45:22 America/Chicago")
    assert plain.isoformat() == "2021-07-13T18:45:22+00:00"


def test_inp11_skipped_and_repeated_clock_times() -> None:
    chicago = DateInput(name="x", time=True, timezone="America/Chicago")
    assert "skipped" in refused(chicago, "2021-03-14 02:30:00")
    first = accepted(chicago, "2021-11-07 01:30:00")
    assert first.isoformat() == "2021-11-07T01:30:00-05:00"
    second = accepted(chicago, "2021-11-07 07:30:00 UTC")
    assert second.isoformat() == "2021-11-07T01:30:00-06:00"
    assert to_json(chicago, second) == "2021-11-07 07:30:00 UTC"
    assert to_json(chicago, first) == "2021-11-07 01:30:00 America/Chicago"


@pytest.mark.parametrize(
    "text",
    [
        "2021-07-13", "2021-07-13 13:45", "2021-07-13T13:45:22", "2021-02-30 00:00:00", "2021-07-13 24:00:00",
        "2021-07-13 13:45:22 Gotham", "2021-07-13 13:45:22 ../UTC", "2021-07-13 13:45:22 America",
        "٢021-07-13 00:00:00",
        "0001-01-01 00:00:00 Asia/Tokyo", "9999-12-31 23:59:59 America/Chicago", "2021-07-13 13:45:22 UTC\n", "x" * 300,
    ],
)  # fmt: skip
def test_inp3_what_is_no_time_is_refused(text: str) -> None:
    refused(DateInput(name="x", time=True), text)


def test_inp3_a_date_is_a_real_day_and_empty_only_where_it_may_be() -> None:
    assert accepted(DateInput(name="x"), "2024-02-29") == date(2024, 2, 29)
    assert "there is no 2023-02-29" in refused(DateInput(name="x"), "2023-02-29")
    assert "cannot be empty" in refused(DateInput(name="x"), None)
    assert accepted(DateInput(name="x", optional=True), None) is None


def words(text: str, at: datetime = NOON, **options: Any) -> Any:
    input = DateInput(name="x", relative=True, **options)
    return resolve(input, accepted(input, text, at=at), at)


def test_inp6_words_are_kept() -> None:
    input = DateInput(name="x", relative=True, timezone="America/Chicago")
    value = accepted(input, "7 day ago")
    assert value == Relative(7, "day", False, "America/Chicago")
    assert to_json(input, value) == "7 days ago America/Chicago"
    assert to_json(input, accepted(input, "1 days from now UTC")) == "1 day from now UTC"


def test_inp6_days_weeks_months_years_by_the_calendar() -> None:
    assert words("0 days ago") == date(2026, 3, 31)
    assert words("2 weeks ago") == date(2026, 3, 17)
    assert words("1 month ago") == date(2026, 2, 28)
    assert words("5 months from now") == date(2026, 8, 31)
    assert words("2 years from now") == date(2028, 3, 31)
    assert words("1 year ago", datetime(2024, 2, 29, tzinfo=UTC)) == date(2023, 2, 28)
    assert words("13 months ago") == date(2025, 2, 28)


def test_inp6_today_is_the_day_in_the_zone_of_the_value_else_of_the_input_else_utc() -> None:
    late = datetime(2026, 3, 31, 3, 0, tzinfo=UTC)
    assert words("0 days ago", late) == date(2026, 3, 31)
    assert words("0 days ago", late, timezone="America/Chicago") == date(2026, 3, 30)
    assert words("0 days ago Asia/Tokyo", late, timezone="America/Chicago") == date(2026, 3, 31)


def test_inp6_with_a_time_the_clock_time_stays_and_hours_elapse() -> None:
    after = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)  # the clocks went forward on the 8th
    zone = {"time": True, "timezone": "America/Chicago"}
    assert words("2 days ago", after, **zone).isoformat() == "2026-03-07T07:00:00-06:00"
    assert words("48 hours ago", after, **zone).isoformat() == "2026-03-07T06:00:00-06:00"
    assert words("0 days ago", NOON, time=True).isoformat() == "2026-03-31T12:00:00+00:00"
    skipped = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)  # 02:30 in Chicago, which the 8th did not have
    assert words("1 day ago", skipped, **zone).isoformat() == "2026-03-08T03:30:00-05:00"


def test_inp6_outside_the_calendar_is_invalid() -> None:
    input = DateInput(name="x", relative=True)
    assert "years 1 to 9999" in refused(input, "2026 years ago", at=NOON)
    assert words("2025 years ago") == date(1, 3, 31)
    assert "years 1 to 9999" in refused(input, "9999999 days ago")
    refused(input, "3 hours ago")
    refused(input, "2 fortnights ago")
    refused(input, "1000000000 days ago")
    assert "no relative dates" in refused(DateInput(name="x"), "7 days ago")


def test_inp6_words_that_leave_the_calendar_later_give_way_to_the_default() -> None:
    input = DateInput(name="x", relative=True, default="1 day ago")
    assert resolve(input, Relative(7_990, "year", True), NOON) == date(2026, 3, 30)


@given(make.relatives(), make.instants)
def test_inp6_any_words_resolve_at_any_time(value: Relative, at: datetime) -> None:
    input = DateInput(name="x", relative=True, time=True, timezone="Europe/Berlin")
    fixed = resolve(input, value, at)
    assert isinstance(fixed, datetime) and fixed.tzinfo is BERLIN and fixed.microsecond == 0
    if value.unit == "hour" and value.amount < 100_000:
        step = timedelta(hours=value.amount if value.future else -value.amount)
        assert fixed.astimezone(UTC) == (at + step).replace(microsecond=0)


def test_inp1_ranges_are_two_dates_in_order() -> None:
    input = DateInput(name="x", range=True, relative=True)
    assert accepted(input, ["2021-07-01", "2021-07-13"]) == (date(2021, 7, 1), date(2021, 7, 13))
    assert accepted(input, ["2021-07-13", "2021-07-13"])
    assert "after its end" in refused(input, ["2021-07-14", "2021-07-13"])
    assert accepted(input, ["1 day ago", "2 days ago"]), "cannot be told without a clock"
    assert "after its end" in refused(input, ["1 day ago", "2 days ago"], at=NOON)
    refused(input, ["2021-07-13"])
    refused(input, "2021-07-13")
    refused(input, ["2021-07-13", None])
    assert accepted(DateInput(name="x", range=True, optional=True), None) == (None, None)


# --- files and tables -------------------------------------------------------------------------------

SHA = "0" * 64


def test_inp13_files_are_named_by_hash() -> None:
    upload = FileInput(name="x", accept=(".csv",), max_bytes=1000)
    value = accepted(upload, {"name": "A.CSV", "hash": SHA, "size": 1000})
    assert value == FileRef("A.CSV", SHA, 1000)
    assert accepted(upload, None) is None
    refused(upload, "penguins.csv")
    refused(upload, {"name": "penguins.csv", "hash": "", "size": 0})
    assert ".csv" in refused(upload, {"name": "a.xls", "hash": SHA, "size": 1})
    assert "1,000 bytes" in refused(upload, {"name": "a.csv", "hash": SHA, "size": 1001})
    for name in ("../a.csv", ".csv", "a/b.csv", "a\\b.csv", "", "a\n.csv"):
        refused(upload, {"name": name, "hash": SHA, "size": 1})


def test_inp16_without_an_upload_the_published_file_counts() -> None:
    published = FileRef("b.xlsx", "1" * 64, 9)
    files = (FileRef("a.csv", "2" * 64, 5), published)
    uploaded = FileRef("c.bin", SHA, 3)
    input = FileInput(name="x", default="b.xlsx")
    for value, found, kind in (
        (None, published, "excel"),
        (default(input), published, "excel"),
        (uploaded, uploaded, "bytes"),
    ):
        assert file_of(input, value, files) == found
        assert kernel_files(input, value, files) == (found,)
        assert for_kernel(input, value, NOON, files) == {
            "x": {"$file": {"name": found.name, "path": kernel_path(found), "kind": kind}}
        }
    assert kernel_files(TextInput(name="t"), "a", files) == ()
    assert for_kernel(FileInput(name="x"), None, NOON, files) == {"x": None}
    assert kernel_files(FileInput(name="x", default="gone.csv"), None, files) == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("A.TSV", "csv"), ("a.parquet", "parquet"), ("a.b.xlsx", "excel"), ("a.xls", "bytes"),
     ("csv", "bytes"), ("a.csv.gz", "bytes")],
)  # fmt: skip
def test_inp16_the_ending_tells_what_the_code_gets(name: str, kind: str) -> None:
    assert file_kind(name) == kind


def test_inp8_the_published_file_is_checked() -> None:
    input = FileInput(name="x", default="b.csv", accept=(".csv",), max_bytes=10)
    assert default_problem(input, files=(FileRef("b.csv", SHA, 10),)) == ""
    assert "does not have" in default_problem(input, files=())
    assert "up to 10 bytes" in default_problem(input, files=(FileRef("b.csv", SHA, 11),))
    assert ".csv" in default_problem(FileInput(name="x", default="b", accept=(".csv",)), files=(FileRef("b", SHA, 1),))
    assert default_problem(FileInput(name="x"), files=()) == ""


def test_inp14_a_cell_that_does_not_fit_is_named_by_row_and_column() -> None:
    types: list[Any] = ["text", "number", "checkbox", "date"]
    for type, odd, says in zip(
        types, (1, "1", 0, "2026-02-30"), ("text", "a number", "true or false", "a date"), strict=True
    ):
        table = TableInput(name="plan", columns=(TableInputColumn("k"), TableInputColumn("Größe", type)))
        sentence = refused(table, [["a", None], ["b", odd]])
        assert sentence.startswith(f"Row 2 of plan: Größe takes {says}")


def test_inp8_a_table_starts_from_its_rows() -> None:
    table = TableInput(name="x", columns=(TableInputColumn("a"),), default=[["one"], [None]])
    assert default(table) == (("one",), (None,))
    assert default(replace(table, default=[["one", 2]])) == ()
    assert "Row 1" in default_problem(replace(table, default=[["one", 2]]))


def test_inp14_tables_have_a_cell_of_its_type_for_every_column() -> None:
    table = TableInput(
        name="x",
        columns=(TableInputColumn("a"), TableInputColumn("n", "number"), TableInputColumn("d", "date"),
                 TableInputColumn("c", "checkbox")),
    )  # fmt: skip
    rows = [["a", 1, "2026-01-01", True], [None, 2.5, None, False]]
    assert accepted(table, rows) == (("a", 1, "2026-01-01", True), (None, 2.5, None, False))
    for odd in ([["a", 1, "2026-01-01"]], [["a", True, None, None]], [["a", 1, "2026-13-01", None]], "x", [1], None):
        refused(table, odd)


# --- by name ----------------------------------------------------------------------------------------


def test_inp15_values_by_name_are_judged_one_by_one() -> None:
    cells = {
        input.name: InputCell(id=f"cell-{input.name}", input=input)
        for input in (SliderInput(name="n"), TextInput(name="t"), DateInput(name="r", range=True, default=["2026-01-01",
                      "2026-01-31"]), DateInput(name="s", range=True), DropdownInput(name="d", options_from="df.a"))
    }  # fmt: skip
    accepted = accept_all(
        cells,
        {"n": 200, "t": "a", "r_end": "2026-01-15", "s": ["2026-02-01", "2026-02-28"], "s_end": "2026-02-02", "x": 1,
         "t_start": "b", "d": "z"},
        options={"d": ("a", "b")},
    )  # fmt: skip
    assert accepted.values == {
        "t": "a", "r": (date(2026, 1, 1), date(2026, 1, 15)), "s": (date(2026, 2, 1), date(2026, 2, 2)),
    }  # fmt: skip
    assert accepted.invalid.keys() == {"n", "d"}
    assert accepted.unknown == ("x", "t_start")
    late = accept_all(cells, {"r": ["2026-01-02", "2026-01-03"], "r_start": "2026-01-04"})
    assert late.values == {} and "after its end" in late.invalid["r"]
    half = accept_all(cells, {"r_start": "nonsense", "r_end": "2026-01-15"})
    assert half.values == {"r": (date(2026, 1, 1), date(2026, 1, 15))} and "r" in half.invalid


# --- the kernel -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("input", "value", "variables"),
    [
        (TextInput(name="x"), "a", {"x": "a"}),
        (NumberInput(name="x"), 2**63, {"x": 2**63}),
        (NumberInput(name="x"), 2**64, {"x": {"$int": "18446744073709551616"}}),
        (CheckboxInput(name="x"), True, {"x": True}),
        (ButtonInput(name="go"), False, {"go": False}),
        (MultiselectInput(name="x"), ("a", 1, date(2026, 1, 1)), {"x": ["a", 1, {"$date": "2026-01-01"}]}),
        (DateInput(name="x"), date(2026, 1, 1), {"x": {"$date": "2026-01-01"}}),
        (DateInput(name="x", relative=True), Relative(1, "month", False), {"x": {"$date": "2026-02-28"}}),
        (
            DateInput(name="x", time=True, timezone="America/Chicago"),
            datetime(2021, 11, 7, 1, 30, fold=1, tzinfo=CHICAGO),
            {"x": {"$datetime": "2021-11-07T01:30:00", "zone": "America/Chicago", "fold": 1}},
        ),
        (
            DateInput(name="x", time=True),
            datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
            {"x": {"$datetime": "2026-01-01T00:00:00", "zone": "UTC"}},
        ),
        (
            DateInput(name="x", range=True),
            (date(2026, 1, 1), Relative(0, "day", False)),
            {"x_start": {"$date": "2026-01-01"}, "x_end": {"$date": "2026-03-31"}},
        ),
        (
            FileInput(name="x"),
            FileRef("a.CSV", SHA, 3),
            {"x": {"$file": {"name": "a.CSV", "path": f".vernissage/files/{SHA}", "kind": "csv"}}},
        ),
        (FileInput(name="x", default="b.csv"), FileRef("b.csv"), {"x": None}),
        (FileInput(name="x"), None, {"x": None}),
        (
            TableInput(name="x", columns=(TableInputColumn("n", "number"),)),
            ((1,), (None,)),
            {"x": {"$table": {"columns": [["n", "number"]], "rows": [[1], [None]]}}},
        ),
    ],
)
def test_inp10_what_the_code_gets(input: Input, value: Any, variables: Any) -> None:
    given = for_kernel(input, value, NOON)
    assert given == variables
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(given)) == variables
