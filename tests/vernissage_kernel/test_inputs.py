"""Inputs from end to end: what the server's core says of a value, as the code in a kernel sees it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.vernissage_kernel.lone import LoneKernel
from vernissage.core.document import (
    DateInput,
    DropdownInput,
    FileInput,
    FileRef,
    Input,
    MultiselectInput,
    NumberInput,
    TableInput,
    TableInputColumn,
)
from vernissage.core.inputs import (
    MAX_OPTIONS,
    Invalid,
    Option,
    Relative,
    Value,
    accept,
    default,
    for_kernel,
    kernel_files,
    kernel_path,
    options_from_wire,
    options_to_wire,
    settle,
)
from vernissage_kernel.frames import OPTIONS_MIME, ReadOptions, SetVariables

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def offered(kernel: LoneKernel, expression: str) -> tuple[Option, ...]:
    return options_from_wire(kernel.run(ReadOptions(expression)).data[OPTIONS_MIME]["options"])


def give(kernel: LoneKernel, input: Input, value: Value, files: tuple[FileRef, ...] = ()) -> None:
    kernel.send(SetVariables(for_kernel(input, value, AT, files)))


def shown(kernel: LoneKernel, expression: str) -> str:
    outcome = kernel.run(expression)
    assert outcome.finished.ok, outcome.error
    return str(outcome.data["text/plain"])


# --- options ----------------------------------------------------------------------------------------

DATA = """
import datetime, decimal, zoneinfo
import numpy as np, pandas as pd
df = pd.DataFrame({
    "text": ["b", "a", None, "b"],
    "whole": [3, 1, 3, 2],
    "odd": [0.5, float("nan"), 0.5, 2.0],
    "yes": [True, False, True, True],
    "when": pd.to_datetime(["2024-01-02 00:00", "2024-01-03 10:30", None, "2024-01-02 00:00"]),
    "day": [datetime.date(2024, 1, 2), datetime.date(2024, 1, 3), None, datetime.date(2024, 1, 2)],
})
df["zoned"] = df["when"].dt.tz_localize("Europe/Berlin")
big = [9007199254740993, 2**70, -2**70, 9007199254740992]
"""


@pytest.mark.parametrize(
    ("expression", "options"),
    [
        ("df['text']", ("b", "a", None)),
        ("df['whole']", (3, 1, 2)),
        ("df['odd']", (0.5, None, 2.0)),
        ("df['yes']", (True, False)),
        ("df['when']", (datetime(2024, 1, 2), datetime(2024, 1, 3, 10, 30), None)),  # noqa: DTZ001
        ("df['zoned']", (datetime(2024, 1, 2, tzinfo=BERLIN), datetime(2024, 1, 3, 10, 30, tzinfo=BERLIN), None)),
        ("df['day']", (date(2024, 1, 2), date(2024, 1, 3), None)),
        ("big", (9007199254740993, 2**70, -(2**70), 9007199254740992)),
        ("[42, 42.0, '42', True, 1, None, None]", (42, "42", True, 1, None)),
        ("np.array([1.5, 2.5])", (1.5, 2.5)),
        ("[decimal.Decimal('2.5')]", (2.5,)),
        ("[]", ()),
    ],
)
def test_cel43_options_keep_their_type_and_a_choice_finds_its_rows(
    kernel: LoneKernel, expression: str, options: tuple[Option, ...]
) -> None:
    """[INP2] [INP9]"""
    assert kernel.run(DATA).finished.ok
    found = offered(kernel, expression)
    assert found == options and [type(one) for one in found] == [type(one) for one in options]
    input = DropdownInput(name="choice", options_from=expression, optional=True)
    for option, wire in zip(found, options_to_wire(found), strict=True):
        assert accept(input, wire, options=found) == option  # as it comes back from a browser
        if option is None:
            continue
        give(kernel, input, option)
        assert shown(kernel, f"choice in list({expression})") == "True"
        if expression.startswith("df"):
            assert shown(kernel, f"bool(({expression} == choice).any())") == "True"


def test_inp7_a_choice_that_is_gone_gives_way(kernel: LoneKernel) -> None:
    kernel.run("names = ['a', 'b', 'c']")
    plain = DropdownInput(name="x", options_from="names", default="b")
    several = MultiselectInput(name="y", options_from="names", default=["c"])
    assert settle(plain, "c", offered(kernel, "names")) == "c"
    kernel.run("names = ['d', 'b', 'e']")
    now = offered(kernel, "names")
    assert settle(plain, "c", now) == "b"
    assert settle(DropdownInput(name="x", options_from="names", optional=True), "c", now) is None
    assert settle(DropdownInput(name="x", options_from="names"), "c", now) == "d"
    assert settle(several, ("e", "a"), now) == ("e",)
    assert settle(several, ("a",), now) == ()
    kernel.run("names = []")
    assert settle(DropdownInput(name="x", options_from="names"), "c", offered(kernel, "names")) is None


def test_inp12_options_past_ten_thousand_are_cut_and_that_is_said(kernel: LoneKernel) -> None:
    read = kernel.run(ReadOptions("range(10_001)")).data[OPTIONS_MIME]
    assert read["cut"] is True and len(options_from_wire(read["options"])) == MAX_OPTIONS
    assert kernel.run(ReadOptions("range(10_000)")).data[OPTIONS_MIME]["cut"] is False
    assert isinstance(accept(DropdownInput(name="x", options_from="r"), 10_000, options=range(10_001)), Invalid)


def test_inp12_a_multi_select_is_a_list_in_the_options_order(kernel: LoneKernel) -> None:
    input = MultiselectInput(name="x", options=("b", 2**70, "a"))
    value = accept(input, ["a", {"$int": str(2**70)}, "a"])
    assert not isinstance(value, Invalid)
    give(kernel, input, value)
    assert shown(kernel, "x") == f"[{2**70}, 'a']"


# --- dates, numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("input", "json", "shows"),
    [
        (DateInput(name="x"), "2024-02-29", "datetime.date(2024, 2, 29)"),
        (DateInput(name="x", relative=True), "1 month ago", "datetime.date(2026, 2, 28)"),
        (DateInput(name="x", optional=True), None, "None"),
        (DateInput(name="x", time=True), "2024-02-29 10:00:00",
         "datetime.datetime(2024, 2, 29, 10, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))"),
        (DateInput(name="x", time=True, timezone="Europe/Berlin", relative=True), "1 day ago",
         "datetime.datetime(2026, 3, 30, 14, 0, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))"),
        (NumberInput(name="x"), {"$int": "9007199254740993"}, "9007199254740993"),
        (NumberInput(name="x"), 2.0, "2.0"),
        (NumberInput(name="x", optional=True), None, "None"),
    ],
)  # fmt: skip
def test_cel40_the_code_gets_the_value(kernel: LoneKernel, input: Input, json: Any, shows: str) -> None:
    """[INP10]"""
    value = accept(input, json)
    assert not isinstance(value, Invalid)
    give(kernel, input, value)
    assert kernel.run("print(repr(x))").printed() == f"{shows}\n"


def test_inp10_both_ends_of_a_range(kernel: LoneKernel) -> None:
    input = DateInput(name="r", range=True, relative=True)
    give(kernel, input, (date(2026, 1, 1), Relative(0, "day", False)))
    assert kernel.run("print(r_start, r_end)").printed() == "2026-01-01 2026-03-31\n"
    assert kernel.run("r").error.ename == "NameError"


# --- files, tables ----------------------------------------------------------------------------------


def place(kernel: LoneKernel, file: FileRef, data: bytes) -> None:
    path = Path(kernel.home, kernel_path(file))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_inp16_an_upload_takes_the_published_files_place(kernel: LoneKernel) -> None:
    published, uploaded = FileRef("stores.csv", "1" * 64, 8), FileRef("mine.CSV", "2" * 64, 12)
    input = FileInput(name="stores", default="stores.csv", accept=(".csv",))
    for file in kernel_files(input, default(input), (published,)):
        place(kernel, file, b"a,b\n1,2\n")
    give(kernel, input, default(input), (published,))
    assert shown(kernel, "stores['b'].tolist()") == "[2]"
    value = accept(input, {"name": uploaded.name, "hash": uploaded.hash, "size": uploaded.size})
    assert value == uploaded
    place(kernel, uploaded, b"a;b\n1;7\n2;8\n")
    give(kernel, input, uploaded, (published,))
    assert shown(kernel, "stores['b'].tolist()") == "[7, 8]"
    give(kernel, FileInput(name="stores"), None)
    assert shown(kernel, "stores is None") == "True"


def test_inp14_a_table_reaches_the_code_with_its_types(kernel: LoneKernel) -> None:
    input = TableInput(
        name="plan",
        columns=(TableInputColumn("store"), TableInputColumn("goal", "number"), TableInputColumn("open", "checkbox"),
                 TableInputColumn("since", "date")),
        default=[["Köln", 3, True, "2024-01-02"], ["Bonn", 4, False, "2024-01-03"]],
    )  # fmt: skip
    give(kernel, input, default(input))
    assert shown(kernel, "int(plan[plan['open']]['goal'].sum())") == "3"
    assert shown(kernel, "plan['since'].max().day") == "3"
    fewer = accept(input, [["Bonn", None, None, None]])
    assert not isinstance(fewer, Invalid)
    give(kernel, input, fewer)
    assert shown(kernel, "[str(one) for one in plan.dtypes]") == "['str', 'float64', 'boolean', 'datetime64[us]']"
    give(kernel, input, ())
    assert shown(kernel, "[str(one) for one in plan.dtypes]") == "['str', 'float64', 'bool', 'datetime64[us]']"
