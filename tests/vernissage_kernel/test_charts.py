"""Charts: what is drawn, from how many rows, and what is refused."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage_kernel import charts

SIZE = 20_000
RANDOM = np.random.default_rng(0)
DF = pd.DataFrame(
    {
        "amount": RANDOM.gamma(2, 100, SIZE),
        "x": RANDOM.normal(size=SIZE),
        "region": RANDOM.choice(["N", "S", "E"], SIZE),
        "year": RANDOM.integers(2018, 2025, SIZE),
        "when": pd.Timestamp("2024-01-31") + pd.to_timedelta(RANDOM.integers(0, 700, SIZE), unit="D"),
        "name": [f"n{i}" for i in range(SIZE)],
        "ts": pd.date_range("2024", periods=SIZE, freq="min"),
    }
)
MONTHLY = {"field": "when", "timeUnit": "month"}


def draw(table: Any = DF, **spec: Any) -> dict[str, Any]:
    chart = charts.chart(table, spec)
    json.dumps(chart, allow_nan=False)
    return chart


def values(chart: dict[str, Any]) -> list[dict[str, Any]]:
    return chart["data"]["values"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "spec",
    [
        {"mark": "scatter", "x": "x", "y": "amount", "color": "region"},
        {"mark": "line", "x": "ts", "y": "amount"},
        {"mark": "line", "x": "ts", "y": "amount", "color": "region"},
        {"mark": "bar", "x": "name", "y": "amount"},
        {"mark": "area", "x": "ts", "y": "amount"},
    ],
)
def test_cel80_few_rows_and_a_note(spec: dict[str, Any]) -> None:
    chart = draw(**spec)
    assert 1000 < len(values(chart)) <= charts.MOST_ROWS
    assert "20\u202f000" in chart["title"]["subtitle"][0]
    assert chart["usermeta"]["vernissage"] == {
        "rows": SIZE,
        "shown": len(values(chart)),
        "notes": chart["title"]["subtitle"],
    }


def test_cel80_a_thinned_line_keeps_its_peaks() -> None:
    frame = DF.assign(amount=DF["amount"].where(DF.index != 12_345, 1e6))
    assert max(row["y"] for row in values(draw(frame, mark="line", x="ts", y="amount"))) == 1e6


def test_cel80_no_note_where_nothing_was_left_out() -> None:
    assert "title" not in draw(mark="bar", x="region")


def test_cel81_bars_count_and_start_at_zero() -> None:
    chart = draw(mark="bar", x="region")
    assert {row["x"]: row["y"] for row in values(chart)} == DF.groupby("region").size().to_dict()
    assert chart["encoding"]["y"]["title"] == "Number of rows"
    for mark in ("bar", "area"):
        assert draw(mark=mark, x=MONTHLY, y="amount")["encoding"]["y"]["scale"]["zero"] is True
    assert draw(mark="line", x=MONTHLY, y="amount")["encoding"]["y"]["scale"]["zero"] is False
    assert "range" not in json.dumps(draw(mark="bar", x="region", color="region"))
    assert draw(mark="bar", x="region")["width"] == "container"


def test_cel82_time_units() -> None:
    chart = draw(mark="bar", x=MONTHLY, y={"field": "amount", "aggregate": "mean"})
    monthly = DF.groupby(DF["when"].dt.to_period("M"))["amount"].mean()
    assert len(values(chart)) == len(monthly)
    assert values(chart)[0] == {"x": "2024-01-01T00:00:00", "y": pytest.approx(monthly.iloc[0])}
    assert chart["encoding"]["x"]["timeUnit"] == "binnedyearmonth"
    assert chart["encoding"]["y"]["title"] == "Mean of amount"
    for unit in charts.TIME_UNITS:
        assert values(draw(DF.head(500), mark="line", x={"field": "ts", "timeUnit": unit}, y="amount"))
    assert values(draw(mark="bar", x={"field": "when", "timeUnit": "yearmonth"})) == values(draw(mark="bar", x=MONTHLY))


@pytest.mark.parametrize("how", ["sum", "mean", "median", "min", "max", "count", "distinct"])
def test_cel82_aggregates(how: str) -> None:
    chart = draw(mark="bar", x="region", y={"field": "amount", "aggregate": how})
    expected = DF.groupby("region")["amount"].agg("nunique" if how == "distinct" else how)
    assert {row["x"]: row["y"] for row in values(chart)} == pytest.approx(expected.to_dict())


def test_cel82_colour_facet_and_lying_bars() -> None:
    chart = draw(mark="bar", x="region", y="amount", color="year", facet="year")
    assert len(values(chart)) == 21
    assert chart["encoding"]["facet"]["columns"] == 3
    assert "container" not in json.dumps(chart)
    lying = draw(mark="bar", x="amount", y="region")
    assert (len(values(lying)), lying["encoding"]["x"]["title"]) == (3, "Sum of amount")


def test_cel82_histograms_and_bins() -> None:
    chart = draw(mark="histogram", x="amount")
    assert sum(row["y"] for row in values(chart)) == SIZE
    first = values(chart)[0]
    inside = DF["amount"].between(first["x"], first["x_end"], inclusive="left").sum()
    assert first["y"] == inside
    assert 10 <= len(values(chart)) <= 31
    assert len(values(draw(mark="bar", x={"field": "amount", "bin": {"maxbins": 5}}))) <= 6
    assert sum(row["y"] for row in values(draw(mark="histogram", x="when"))) == SIZE
    assert sum(row["y"] for row in values(draw(mark="histogram", x="region"))) == SIZE


def test_cel82_pies() -> None:
    chart = draw(mark="pie", color="region", y="amount")
    assert chart["encoding"]["theta"]["field"] == "y"
    assert sum(row["y"] for row in values(chart)) == pytest.approx(DF["amount"].sum())
    assert values(draw(mark="pie", x="region"))[0]["y"] == DF["region"].value_counts().iloc[0]
    with pytest.raises(charts.ChartError, match="below zero"):
        draw(DF.head(5).assign(x=-1.0), mark="pie", color="region", y="x")


def test_cel82_titles_formats_and_sorting_are_handed_on() -> None:
    y = {"field": "amount", "title": "Sales", "format": "currency"}
    chart = draw(mark="bar", x={"field": "region", "sort": "-y"}, y=y, title="By region")
    assert chart["title"]["text"] == "By region"
    assert chart["encoding"]["x"]["sort"] == "-y"
    assert (chart["encoding"]["y"]["title"], chart["encoding"]["y"]["axis"]) == ("Sales", {"format": ",.2f"})


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"mark": "bar", "x": "Region"}, "Did you mean region"),
        ({"mark": "bar", "x": "amuont"}, "Did you mean amount"),
        ({"mark": "bar", "x": "zzz"}, "It has: amount"),
        ({"mark": "donut", "x": "x"}, "Choose one of bar"),
        ({"mark": "bar"}, "needs a column for x"),
        ({"mark": "area"}, "An area chart"),
        ({"mark": "scatter", "x": "x"}, "needs a column for y"),
        ({"mark": "bar", "x": "region", "y": {"field": "name", "aggregate": "sum"}}, "holds no numbers"),
        ({"mark": "bar", "x": "region", "y": {"field": "amount", "aggregate": "avg"}}, "Choose one of sum"),
        ({"mark": "bar", "x": {"field": "region", "timeUnit": "month"}}, "holds no dates"),
        ({"mark": "bar", "x": {"field": "when", "timeUnit": "decade"}}, "Choose one of year"),
        ({"mark": "bar", "x": 3}, "a column's name is wanted"),
    ],
)
def test_cel83_refusals(spec: dict[str, Any], sentence: str) -> None:
    with pytest.raises(charts.ChartError, match=sentence):
        charts.chart(DF, spec)


def test_cel83_no_data_frame() -> None:
    with pytest.raises(charts.ChartError, match="needs a data frame"):
        charts.chart([1, 2], {"mark": "bar", "x": "a"})


def test_cel84_any_name_and_any_value() -> None:
    frame = pd.DataFrame(
        {"a.b[0]'": [1.5, float("inf"), None], "": ["x", None, "z"], 3: [datetime.date(2024, 1, 2)] * 3}
    )
    chart = draw(frame, mark="scatter", x="3", y="a.b[0]'", color="column 2")
    assert values(chart) == [
        {"x": "2024-01-02T00:00:00", "y": 1.5, "color": "x"},
        {"x": "2024-01-02T00:00:00", "y": None, "color": None},
    ]
    assert chart["encoding"]["y"]["title"] == "a.b[0]'"


@pytest.mark.parametrize("mark", ["bar", "line", "area", "scatter", "histogram", "pie"])
def test_cel84_no_rows_at_all(mark: str) -> None:
    for x in ("amount", "region", "when"):
        assert values(draw(DF.iloc[:0], mark=mark, x=x, y="amount")) == []


@given(st.floats(1e-9, 1e9), st.integers(1, 100))
def test_cel82_bins_cover_the_span(span: float, most: int) -> None:
    step = charts.nice_step(span, most)
    assert span / step <= most * (1 + 1e-6)
    assert span / step > most / 10.1
