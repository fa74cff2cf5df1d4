"""Input values in an address: read, written, and read again."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import values as make
from vernissage.core.document import (
    ButtonInput,
    CheckboxInput,
    Column,
    DateInput,
    Document,
    DropdownInput,
    Element,
    FileInput,
    FileRef,
    Input,
    InputCell,
    Layout,
    MultiselectInput,
    NumberInput,
    Row,
    SliderInput,
    Tab,
    TableInput,
    TextInput,
)
from vernissage.core.inputs import Invalid, Relative, accept, default, resolve, same, to_json, zone_names
from vernissage.core.links import (
    MAX_LINK,
    LinkInputs,
    TooLong,
    not_carried,
    parse_json,
    read_argument,
    read_query,
    write_query,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "spec/vectors/url-parameters.json").read_text("utf-8")
)


def document(*inputs: Input, shown: tuple[str, ...] | None = None) -> Document:
    cells = tuple(InputCell(id=f"cell-{place}", input=input) for place, input in enumerate(inputs))
    if shown is None:
        return Document(cells=cells)
    elements = tuple(Element(cell=cell.id) for cell in cells if cell.input.name in shown)
    return Document(cells=cells, app=Layout(tabs=(Tab(rows=(Row(columns=(Column(elements=elements),)),)),)))


def plain(value: Any) -> Any:
    match value:
        case tuple():
            return [plain(one) for one in value]
        case date():
            return value.isoformat()
        case Relative():
            return value.words
        case _:
            return value


@pytest.mark.parametrize("case", VECTORS, ids=[case["what"] for case in VECTORS])
def test_url1_vectors(case: dict[str, Any]) -> None:
    input = msgspec.convert(case["input"], Input)
    now = datetime.fromisoformat(case.get("now", "2026-03-31T10:00:00Z"))
    read = read_query(document(input), case["query"], at=now)
    match case["expect"]:
        case {"ignored": True, "unknown": True}:
            assert read == LinkInputs({}, (), case["query"])
        case {"ignored": True}:
            assert read.values == {} and read.rest == ""
            assert [name for name, _ in read.invalid] == ["x"]
        case {"resolves": text}:
            assert plain(resolve(input, read.values["x"], now)) == text
        case {"value": {"x_start": start, "x_end": end}}:
            assert plain(read.values["x"]) == [start, end]
        case {"value": value}:
            assert plain(read.values["x"]) == value
            assert type(plain(read.values["x"])) is type(value)
            assert read.invalid == ()
        case expected:
            pytest.fail(f"the vector expects {expected!r}, which no test understands")


def test_url2_only_the_parameter_that_cannot_be_used_is_ignored() -> None:
    read = read_query(
        document(SliderInput(name="n", max=10), TextInput(name="t"), TextInput(name="u"), CheckboxInput(name="c")),
        "?_n=11&_t=hello&_u=%22%FF%22&_c=true",
    )
    assert read.values == {"c": True}
    assert dict(read.invalid)["n"] == "n takes a whole number from 0 to 10; 11 lies outside."
    assert "double quotes" in dict(read.invalid)["t"]
    assert "UTF-8" in dict(read.invalid)["u"]
    assert read.rest == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a"', "a"), ("%22a=b%22", "a=b"), ('="a"', "a"), ('%3D"a"', "a"), ('"=="', "=="), ('=="a"', None),
        ('"a+b"', "a b"), ('"a%2Bb"', "a+b"), ('"100%"', "100%"), ('"%2525"', "%25"), ('"%zz"', "%zz"),
        (' "a" ', "a"), ('"a', None), ('"\\ud83d\\ude00"', "😀"), ('"\\ud83d"', None), ('"\x00"', None),
        ('"\\u0000"', "\0"),
        ('"%C3%9F"', "ß"), ('"ß"', "ß"), ('"%C3"', None), ('"%ED%A0%80"', None), ('"\udcc3\udc9f"', "ß"),
        ('"\udcff"', None),
        ("'a'", None), ("\ufeff\"a\"", None),
    ],
)  # fmt: skip
def test_url3_text(text: str, value: str | None) -> None:
    read = read_query(document(TextInput(name="x")), f"_x={text}")
    assert read.values == ({} if value is None else {"x": value})


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "007", "+1", "1.", ".5", "0x1", "1_000", "١", "", "nan",
             "9" * 5_000, "[" * 100_000, '{"a":' * 100_000, "1 2", "1,", "// 1"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_url3_json_is_strict(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)
    assert read_query(document(NumberInput(name="x")), f"_x={text.replace('+', '%2B')}").values == {}


def test_url3_whole_numbers_keep_every_digit() -> None:
    read = read_query(document(DropdownInput(name="x", options=(9007199254740993,))), "_x=9007199254740993")
    assert read.values == {"x": 9007199254740993}
    assert read_query(document(DropdownInput(name="x", options=(9007199254740993,))), "_x=9007199254740992").invalid


def test_url4_the_last_one_counts() -> None:
    app = document(SliderInput(name="n", max=10))
    assert read_query(app, "_n=4&a=1&%5Fn=6").values == {"n": 6}
    assert read_query(app, "_n=4&_n=60").values == {}
    assert read_query(app, "_n=4&_n").invalid


def test_url5_other_names_stay_byte_for_byte() -> None:
    app = document(SliderInput(name="n"), TextInput(name="hidden"), TextInput(name="größe"), shown=("n", "größe"))
    read = read_query(app, '_hidden="a"&embed=true&_n=3&&x==%zz+&_gr%C3%B6%C3%9Fe="b"&__n=1&%FF=1')
    assert read.values == {"n": 3, "größe": "b"}
    assert read.invalid == ()
    assert read.rest == '_hidden="a"&embed=true&&x==%zz+&__n=1&%FF=1'


def test_url5_settable_inputs_count_though_no_tab_shows_them() -> None:
    app = document(TextInput(name="x", settable=True), shown=())
    assert read_query(app, '_x="a"').values == {"x": "a"}


APP = document(
    TextInput(name="t"), NumberInput(name="n"), SliderInput(name="s"), DropdownInput(name="d", options=("a", 1)),
    DateInput(name="day", relative=True), DateInput(name="r", range=True, time=True, timezone="Europe/Berlin"),
    FileInput(name="f"), TableInput(name="b"),
)  # fmt: skip
fragments = st.sampled_from(
    ["_t=", "_n=", "_s=", "_d=", "_day=", "_r_start=", "_r_end=", "_f=", "_b=", "&", "=", "%22", '"', "%", "+",
     "[", "{",
     "7 days ago", "2021-07-13", " 13:45:22 Europe/Berlin", "\\u", "\\ud800", "e9", "-", "null", "\udcff", "?",
     "\ud800"]
)  # fmt: skip


@given(st.lists(fragments | st.text(max_size=5), max_size=30).map("".join))
def test_url6_any_query_is_read(query: str) -> None:
    read = read_query(APP, query, at=datetime(2026, 3, 31, tzinfo=UTC))
    for name, value in read.values.items():
        input = APP.inputs()[name].input
        assert same(accept(input, to_json(input, value)), value)  # type: ignore[arg-type]
    for name, sentence in read.invalid:
        assert name in APP.inputs() and sentence.endswith(".")
    assert read_query(APP, read.rest).values == {}


@pytest.mark.parametrize(
    "part",
    ["&", "=", "%", "+", "_t=%22a%22&", "_d=", "%25", "[", "9", '"', "\\", "a&b=", "_x=1&", "_r_start=1&", "%ff", "{"],
)
def test_url6_time_grows_with_the_length_only(part: str) -> None:
    def cost(length: int) -> float:
        query = "_t=" + part * (length // len(part))
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            read_query(APP, query)
            best = min(best, time.process_time() - begin)
        return best

    small, large = cost(50_000), cost(800_000)
    # Twice as long taking four times as long would make it 256 times; a busy machine may make it 40.
    assert large < 0.2 or large < 128 * small, f"16 times as long took {large / small:.0f} times as long"


CARRIED = (TextInput, NumberInput, SliderInput, CheckboxInput, DropdownInput, MultiselectInput, DateInput)


@given(make.inputs_with_values(of=CARRIED))
def test_url7_what_a_link_carries_reads_back_equal(pair: tuple[Input, Any]) -> None:
    input, value = pair
    written = write_query(document(input), {"x": value})
    assume(isinstance(written, str))
    read = read_query(document(input), f"?{written}")
    assert read.invalid == () and read.rest == ""
    assert same(read.values["x"], value)
    assert type(read.values["x"]) is type(value)


@given(st.lists(make.any_option, min_size=1, max_size=6), st.data())
def test_url7_dynamic_options_of_every_type(options: list[Any], data: st.DataObject) -> None:
    input = DropdownInput(name="x", options_from="df.column", optional=True)
    value = data.draw(st.sampled_from(options))
    written = write_query(document(input), {"x": value}, options={"x": options})
    assert isinstance(written, str)
    assert same(read_query(document(input), written, options={"x": options}).values["x"], value)


@pytest.mark.parametrize("zone", ["Etc/GMT+5", "America/Argentina/Buenos_Aires", "UTC", "Europe/Berlin"])
def test_url7_every_zone(zone: str) -> None:
    assert zone in zone_names()
    input = DateInput(name="x", time=True, timezone=zone, relative=True)
    for value in (
        datetime(2021, 11, 7, 7, 30, tzinfo=UTC).astimezone(ZoneInfo(zone)),
        Relative(3, "hour", False, zone),
    ):
        written = write_query(document(input), {"x": value})
        assert isinstance(written, str)
        assert same(read_query(document(input), written).values["x"], value)


def test_url8_range_ends() -> None:
    app = document(DateInput(name="x", range=True, default=["2020-01-01", "2020-01-31"], relative=True))
    start, end = date(2020, 1, 1), date(2020, 1, 31)
    assert read_query(app, '_x_start="2020-01-05"').values == {"x": (date(2020, 1, 5), end)}
    assert read_query(app, '_x_end="2020-01-05"').values == {"x": (start, date(2020, 1, 5))}
    late = read_query(app, '_x_start="2020-02-05"')
    assert late.values == {} and "after its end" in late.invalid[0][1]
    half = read_query(app, '_x_start="nonsense"&_x_end="2020-01-05"')
    assert half.values == {"x": (start, date(2020, 1, 5))} and len(half.invalid) == 1
    words = read_query(app, '_x_start="1 day ago"&_x_end="2 days ago"', at=datetime(2026, 3, 31, tzinfo=UTC))
    assert words.values == {} and "after its end" in words.invalid[0][1]
    assert read_query(app, '_x="2020-01-05"') == LinkInputs({}, (), '_x="2020-01-05"')


def test_url9_what_a_link_carries() -> None:
    app = document(
        TextInput(name="t"), ButtonInput(name="go"), FileInput(name="f"), TableInput(name="b"),
        TextInput(name="private", in_links=False), TextInput(name="hidden"),
        DateInput(name="since", range=True), NumberInput(name="n", optional=True),
        shown=("t", "go", "f", "b", "private", "since", "n"),
    )  # fmt: skip
    values: dict[str, Any] = {
        "n": None, "since": (date(2026, 1, 1), date(2026, 2, 1)), "hidden": "h", "private": "p", "b": (), "f": None,
        "go": True, "t": "a b", "unknown": 1,
    }  # fmt: skip
    assert write_query(app, values) == (
        "_t=%22a%20b%22&_go=false&_since_start=%222026-01-01%22&_since_end=%222026-02-01%22&_n=null"
    )
    assert write_query(app, {}) == ""


def test_url9_files_and_tables_cannot_be_set_by_a_link() -> None:
    read = read_query(document(FileInput(name="f"), TableInput(name="b")), "_f=null&_b=[]")
    assert read.values == {} and [name for name, _ in read.invalid] == ["f", "b"]


def test_url13_what_a_link_leaves_out_is_named_unless_it_stands_at_its_default() -> None:
    app = document(
        FileInput(name="f", default="a.csv"), FileInput(name="g"), TableInput(name="b"),
        TextInput(name="t", in_links=False), TextInput(name="u"), TextInput(name="w", in_links=False, default="usual"),
    )  # fmt: skip
    upload = FileRef("b.csv", "0" * 64, 3)
    values: dict[str, Any] = {"f": FileRef("a.csv"), "g": upload, "b": ((1,),), "t": "secret", "u": "x", "w": "usual"}
    assert not_carried(app, values) == ("g", "b", "t")
    assert not_carried(app, values | {"f": upload, "g": None, "b": (), "w": "other"}) == ("f", "t", "w")
    assert not_carried(app, {}) == ()
    hidden = replace(app, app=Layout(()))
    assert not_carried(hidden, values) == ()


@given(make.inputs_with_values())
def test_url13_every_value_is_carried_or_named_or_the_default(pair: tuple[Input, Any]) -> None:
    input, value = pair
    written = write_query(document(input), {"x": value})
    assume(isinstance(written, str))
    if written == "":
        assert not_carried(document(input), {"x": value}) == ("x",) or same(value, default(input))
    else:
        assert not_carried(document(input), {"x": value}) == ()


def test_url10_a_link_that_is_too_long_names_the_longest_value() -> None:
    app = document(TextInput(name="short"), TextInput(name="long"), TextInput(name="last"))
    values = {"short": "s", "long": "l" * 7_000, "last": "e" * 900}
    written = write_query(app, values, address="https://example.org/main/app/x/latest")
    assert isinstance(written, str)
    assert write_query(app, values | {"last": "e" * 1_000}) == TooLong("long")
    room = MAX_LINK - len(written) - 1
    assert write_query(app, values, address="a" * room) == written
    assert write_query(app, values, address="a" * (room + 1)) == TooLong("long")
    assert write_query(app, {"last": "ß" * 2_000}) == TooLong("last")


@given(make.inputs_with_values())
def test_url11_a_link_holds_characters_of_addresses_only(pair: tuple[Input, Any]) -> None:
    input, value = pair
    written = write_query(document(input), {"x": value})
    assume(isinstance(written, str))
    assert isinstance(written, str)
    assert re.fullmatch(r"([A-Za-z0-9\-._~!*(),:;@/?$&=%\[\]]*[A-Za-z0-9])?", written)


def test_url11_links_read_well() -> None:
    app = document(
        DateInput(name="since", time=True, timezone="America/Chicago"), DropdownInput(name="d", options=("a",))
    )
    values: dict[str, Any] = {"since": datetime(2021, 7, 13, 13, 45, 22, tzinfo=ZoneInfo("America/Chicago")), "d": "a"}
    assert write_query(app, values) == "_since=%222021-07-13%2013:45:22%20America/Chicago%22&_d=%22a%22"


@pytest.mark.parametrize(
    ("input", "text", "value"),
    [
        (SliderInput(name="n"), "5", 5), (TextInput(name="t"), "hello", "hello"), (TextInput(name="t"), '"a b"', "a b"),
        (TextInput(name="t"), "5", "5"), (TextInput(name="t"), "", ""), (CheckboxInput(name="c"), "true", True),
        (DropdownInput(name="d", options=(42, "b")), "42", 42), (DropdownInput(name="d", options=("42",)), "42", "42"),
        (DropdownInput(name="d", options=(42, "b")), "b", "b"), (DateInput(name="d"), "2026-01-02", date(2026, 1, 2)),
        (MultiselectInput(name="m", options=("a", 1)), '[1,"a"]', ("a", 1)),
    ],
)  # fmt: skip
def test_url12_a_command_line_needs_no_quotes(input: Input, text: str, value: Any) -> None:
    read = read_argument(input, text)
    assert read == value and type(read) is type(value)


def test_url12_what_fits_neither_way_is_refused() -> None:
    assert isinstance(read_argument(SliderInput(name="n"), "500"), Invalid)
    assert isinstance(read_argument(SliderInput(name="n"), "five"), Invalid)
