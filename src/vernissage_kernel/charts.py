"""Charts: the form that an author fills in becomes Vega-Lite, its data aggregated here in the kernel.

    form (mark, x, y, color, facet) ──► group, bin, count or sample ──► ≤ 5 000 rows ──► Vega-Lite 6

Data travel under the plain keys `x`, `y`, `color`, `facet`; titles carry the columns' own names, so that a
column may be named anything. Times travel as wall clock without a zone, which every browser shows alike.

Promise: never more than `MOST_ROWS` rows, and where rows were left out the chart says so. Areas and bars
start at zero. No colour is set: the theme of the page decides.
Left alone: how Vega-Lite is drawn (the front end).
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, assert_never, get_args

from vernissage_kernel import tables
from vernissage_kernel.tracebacks import CellError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MOST_ROWS = 5_000

Mark = Literal["bar", "line", "area", "scatter", "point", "histogram", "pie"]
Aggregate = Literal["sum", "mean", "median", "count", "min", "max", "distinct"]
Kind = Literal["quantitative", "temporal", "nominal"]

TIME_UNITS: dict[str, tuple[str, str]] = {
    "year": ("Y", "binnedyear"),
    "quarter": ("Q", "binnedyearquarter"),
    "month": ("M", "binnedyearmonth"),
    "week": ("W", "binnedyearweek"),
    "day": ("D", "binnedyearmonthdate"),
    "hour": ("h", "binnedyearmonthdatehours"),
    "minute": ("min", "binnedyearmonthdatehoursminutes"),
}
"""Unit → pandas' period, Vega-Lite's name for data that are cut to it already."""

TIME_NAMES = {
    "yearquarter": "quarter",
    "yearmonth": "month",
    "yearweek": "week",
    "date": "day",
    "yearmonthdate": "day",
    "hours": "hour",
    "yearmonthdatehours": "hour",
    "minutes": "minute",
    "yearmonthdatehoursminutes": "minute",
}
"""Vega-Lite's own names for the same units."""

TIME_FORMATS = {
    "year": "%Y",
    "quarter": "Q%q %Y",
    "month": "%b %Y",
    "week": "%d %b %Y",
    "day": "%d %b %Y",
    "hour": "%d %b %H:%M",
    "minute": "%d %b %H:%M",
}

FORMATS = {"percent": ".1%", "currency": ",.2f", "plain": ""}
"""Names of formats → d3's notation; anything else is taken as d3's."""

TITLES = {
    "sum": "Sum of",
    "mean": "Mean of",
    "median": "Median of",
    "min": "Smallest",
    "max": "Largest",
    "distinct": "Distinct",
}


class ChartError(CellError):
    """A chart's form asks for what its data do not have."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, ename="ChartError")


@dataclass(frozen=True)
class Channel:
    """One of x, y, color, facet as the form gives it."""

    field: str = ""
    """A column's name; "" = none (a count needs none)."""
    aggregate: str = ""
    time_unit: str = ""
    title: str = ""
    format: str = ""
    bin: bool | int = False
    """True, or about how many bins."""
    sort: Any = None
    """As Vega-Lite has it: "ascending", "-y", a list of values, …; None = by value."""


def chart(table: Any, spec: dict[str, Any]) -> dict[str, Any]:
    """The Vega-Lite of a chart cell. `table`: anything tabular. Raises CellError where the form does not fit."""
    if not tables.is_table(table):
        raise ChartError(f"A chart needs a data frame, and this is a {type(table).__name__}.")
    mark = spec.get("mark", "bar")
    if mark not in get_args(Mark):
        raise ChartError(f"There is no mark {mark!r}. Choose one of {', '.join(get_args(Mark))}.")
    return _Drawing(table, mark, spec).draw()


def _channel(given: Any, name: str) -> Channel | None:
    if not given:
        return None
    match given:
        case str():
            return Channel(field=given)
        case dict():
            aggregate = given.get("aggregate") or ""
            if aggregate and aggregate not in get_args(Aggregate):
                known = ", ".join(get_args(Aggregate))
                raise ChartError(f"{name}: no way to aggregate is named {aggregate!r}. Choose one of {known}.")
            unit = given.get("timeUnit") or ""
            unit = TIME_NAMES.get(unit, unit)
            if unit and unit not in TIME_UNITS:
                raise ChartError(f"{name}: no time unit is named {unit!r}. Choose one of {', '.join(TIME_UNITS)}.")
            bins = given.get("bin") or False
            if isinstance(bins, dict):
                bins = int(bins.get("maxbins", 0)) or True
            field = str(given.get("field") or "")
            if not field and aggregate != "count":
                return None
            return Channel(
                field=field,
                aggregate=aggregate,
                time_unit=unit,
                title=str(given.get("title") or ""),
                format=str(given.get("format") or ""),
                bin=bins,
                sort=given.get("sort"),
            )
        case _:
            raise ChartError(f"{name}: a column's name is wanted, and this is {given!r}.")


class _Drawing:
    def __init__(self, table: Any, mark: Mark, spec: dict[str, Any]) -> None:
        import pandas as pd

        self.mark = mark
        self.title = str(spec.get("title") or "")
        self.channels = {
            name: channel
            for name in ("x", "y", "color", "facet")
            if (channel := _channel(spec.get(name), name)) is not None
        }
        source = _named(table)
        fields = {name: channel.field for name, channel in self.channels.items() if channel.field}
        for field in fields.values():
            if field not in source:
                raise _no_column(field, list(source))
        self.kinds: dict[str, Kind] = {}
        columns = {}
        for name, field in fields.items():
            self.kinds[name], columns[name] = _typed(source[field])
            if self.kinds[name] == "nominal" and name != "y":
                columns[name] = _coded(columns[name])
        total = len(next(iter(source.values()))) if source else 0
        self.data: pd.DataFrame = pd.DataFrame(columns, index=pd.RangeIndex(total))
        self.total = total
        self.notes: list[str] = []
        self.encoding: dict[str, Any] = {}

    # -- what each mark does with its rows -----------------------------------------------------------

    def draw(self) -> dict[str, Any]:
        mark: dict[str, Any]
        match self.mark:
            case "scatter" | "point":
                self._points()
                mark = {"type": "point"}
            case "histogram":
                self._histogram()
                mark = {"type": "bar"}
            case "pie":
                self._pie()
                mark = {"type": "arc"}
            case "bar":
                self._grouped(default="sum")
                mark = {"type": "bar"}
            case "line":
                self._grouped(default="mean")
                mark = {"type": "line"}
            case "area":
                self._grouped(default="sum")
                mark = {"type": "area", "line": True}
            case never:
                assert_never(never)
        if self.mark == "line" and len(self.data) <= 60:
            mark["point"] = True
        mark["tooltip"] = True
        return self._vega(mark)

    def _need(self, *names: str) -> None:
        for name in names:
            if name not in self.channels:
                raise ChartError(f"{'An' if self.mark == 'area' else 'A'} {self.mark} chart needs a column for {name}.")

    def _points(self) -> None:
        self._need("x", "y")
        if any(channel.aggregate for channel in self.channels.values()):
            self._grouped(default="mean")
            return
        for name in ("x", "y"):
            self._cut_time(name)
            self._encode(name)
            if self.kinds[name] == "quantitative":
                self.encoding[name]["scale"] = {"zero": False}
        self.data = self.data.dropna(subset=["x", "y"])
        if len(self.data) > MOST_ROWS:
            # The same rows each time, so that a rerun does not look like a change.
            self._note_sample(MOST_ROWS, len(self.data))
            self.data = self.data.sample(MOST_ROWS, random_state=0).sort_index()
        self._encode("color")
        self._encode("facet")

    def _grouped(self, default: str) -> None:
        """Bars, lines, areas: one row for each x, colour and facet."""
        self._need("x")
        measure, dimension = "y", "x"
        if self._is_sideways():
            measure, dimension = "x", "y"
        for name in (dimension, "color", "facet"):
            self._cut_time(name)
        bins = self._bin(dimension)
        keys = [name for name in (dimension, "color", "facet") if name in self.data and name != measure]
        self._aggregate(measure, keys, default)
        self._limit(dimension, measure, keys)
        self._encode(dimension, bins=bins)
        if (
            self.mark == "bar"
            and bins is None
            and self.kinds[dimension] == "quantitative"
            and self._few_whole(dimension)
        ):
            self.encoding[dimension]["type"] = "ordinal"
        self._encode(measure)
        if self.mark in ("bar", "area", "histogram"):
            self.encoding[measure]["scale"] = {"zero": True}
        elif self.mark == "line" and self.kinds[measure] == "quantitative":
            self.encoding[measure]["scale"] = {"zero": False}
        self._encode("color")
        self._encode("facet")

    def _is_sideways(self) -> bool:
        """Bars that lie: the number is on x, the names are on y."""
        if self.mark != "bar" or "y" not in self.channels:
            return False
        x, y = self.channels["x"], self.channels["y"]
        if x.aggregate and not y.aggregate:
            return True
        return not y.aggregate and self.kinds.get("x") == "quantitative" and self.kinds.get("y") == "nominal"

    def _histogram(self) -> None:
        self._need("x")
        if self.kinds["x"] == "nominal":
            self._grouped(default="count")
            return
        if self.kinds["x"] == "temporal":
            if not self.channels["x"].time_unit:
                self.channels["x"] = _with_unit(self.channels["x"], _unit_for(self.data["x"]))
            self._grouped(default="count")
            return
        if not self.channels["x"].bin:
            self.channels["x"] = Channel(**{**self.channels["x"].__dict__, "bin": 30})
        y = self.channels.get("y")
        if y is not None and not y.aggregate:
            del self.channels["y"]
        bins = self._bin("x")
        for name in ("color", "facet"):
            self._cut_time(name)
        keys = [name for name in ("x", "color", "facet") if name in self.data]
        self._aggregate("y", keys, "count")
        self._encode("x", bins=bins)
        self._encode("y")
        self.encoding["y"]["scale"] = {"zero": True}
        self._encode("color")
        self._encode("facet")

    def _pie(self) -> None:
        name = "color" if "color" in self.channels else "x"
        self._need(name)
        if name == "x":
            self.channels["color"] = self.channels.pop("x")
            self.kinds["color"] = self.kinds.pop("x")
            self.data = self.data.rename(columns={"x": "color"})
        elif "x" in self.channels and "y" not in self.channels:
            self.channels["y"] = self.channels.pop("x")
            if "x" in self.kinds:
                self.kinds["y"] = self.kinds.pop("x")
                self.data = self.data.rename(columns={"x": "y"})
        self.data = self.data.drop(columns="x", errors="ignore")
        self.channels.pop("x", None)
        self._cut_time("color")
        keys = [key for key in ("color", "facet") if key in self.data]
        self._aggregate("y", keys, "sum")
        if len(self.data) > 0 and bool((self.data["y"] < 0).any()):
            raise ChartError("A pie cannot show values below zero. Use a bar chart for them.")
        self._limit("color", "y", keys)
        self._encode("color")
        self.encoding["color"].setdefault("sort", None)
        self.data = self.data.sort_values("y", ascending=False, kind="stable")
        self._encode("y")
        slice_ = self.encoding.pop("y")
        slice_.pop("axis", None)
        self.encoding["theta"] = {**slice_, "stack": True}
        self.encoding["order"] = {"field": "y", "type": "quantitative", "sort": "descending"}
        self.encoding["color"]["type"] = (
            "nominal" if self.kinds["color"] == "quantitative" else self.encoding["color"]["type"]
        )
        self._encode("facet")

    # -- steps ---------------------------------------------------------------------------------------

    def _cut_time(self, name: str) -> None:
        channel = self.channels.get(name)
        if channel is None or not channel.time_unit or name not in self.data:
            return
        if self.kinds[name] != "temporal":
            raise ChartError(
                f"{name}: {channel.field!r} holds no dates, so it has no {channel.time_unit}. "
                "Convert it with pd.to_datetime first."
            )
        period = TIME_UNITS[channel.time_unit][0]
        self.data[name] = self.data[name].dt.to_period(period).dt.start_time

    def _bin(self, name: str) -> float | None:
        """Cut numbers to the lower ends of their bins; the width of a bin, or None where none is asked for."""
        channel = self.channels.get(name)
        if channel is None or not channel.bin or self.kinds.get(name) != "quantitative":
            return None
        import numpy as np

        numbers = self.data[name].replace([np.inf, -np.inf], np.nan)
        self.data = self.data.assign(**{name: numbers}).dropna(subset=[name])
        if not len(self.data):
            return 1.0
        low, high = float(self.data[name].min()), float(self.data[name].max())
        step = nice_step(high - low, 30 if channel.bin is True else int(channel.bin))
        places = np.floor(self.data[name].to_numpy(dtype="float64") / step + 1e-9)
        # Rounded, so that equal ends are equal numbers and read well.
        digits = max(0, 1 - math.floor(math.log10(step)))
        self.data[name] = np.round(places * step, digits)
        return step

    def _aggregate(self, measure: str, keys: list[str], default: str) -> None:
        """One row for each combination of the keys; the rows as they are where each has one already."""
        channel = self.channels.get(measure)
        grouped = self.data.groupby(keys, observed=True, sort=True, dropna=False) if keys else None
        if channel is None or (channel.aggregate == "count" and not channel.field):
            how = "count"
        else:
            how = channel.aggregate or default
        if channel is not None and not channel.aggregate and how != "count":
            if keys and not self.data.duplicated(subset=keys).any():
                self.kinds.setdefault(measure, "quantitative")
                if self.kinds[measure] != "quantitative" and self.mark in ("bar", "area", "pie"):
                    how = "count"
                else:
                    self.data = (
                        self.data.sort_values(keys[0], kind="stable") if self.mark in ("line", "area") else self.data
                    )
                    return
            elif self.kinds[measure] != "quantitative":
                how = "count"
        if how in ("sum", "mean", "median") and channel is not None and self.kinds[measure] != "quantitative":
            raise ChartError(
                f"{measure}: {channel.field!r} holds no numbers, so it has no {how}. Use count or distinct."
            )
        if how == "count" and (channel is None or not channel.field):
            values = grouped.size() if grouped is not None else None
            result = values.reset_index(name=measure) if values is not None else self._total(len(self.data), measure)
        else:
            pandas_name = "nunique" if how == "distinct" else how
            if grouped is not None:
                if measure in keys:
                    keys = [key for key in keys if key != measure]
                result = grouped[measure].agg(pandas_name).reset_index(name=measure)
            else:
                result = self._total(self.data[measure].agg(pandas_name), measure)
        self.data = result
        if how in ("count", "distinct"):
            self.kinds[measure] = "quantitative"
        self.channels[measure] = _titled(channel, how)

    def _total(self, value: Any, measure: str) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame({measure: [value]})

    def _limit(self, dimension: str, measure: str, keys: list[str]) -> None:
        """Few enough rows, and a note of what was left out."""
        total = len(self.data)
        if total <= MOST_ROWS:
            return
        if self.kinds[dimension] == "nominal" or self.mark in ("bar", "pie"):
            if self.kinds[measure] == "quantitative":
                self.data = self.data.nlargest(MOST_ROWS, measure).sort_index()
                self.notes.append(f"The {tables.grouped(MOST_ROWS)} largest of {tables.grouped(total)} groups.")
            else:
                self.data = self.data.head(MOST_ROWS)
                self.notes.append(f"The first {tables.grouped(MOST_ROWS)} of {tables.grouped(total)} groups.")
            return
        # Along an axis the shape counts: of each stretch the highest and the lowest point stay.
        others = [key for key in keys if key != dimension]
        series = self.data.groupby(others, dropna=False, sort=False).ngroups if others else 1
        self.data = _outline(self.data, dimension, measure, others, max(1, MOST_ROWS // (2 * max(1, series))))
        if len(self.data) > MOST_ROWS:
            self.data = self.data.head(MOST_ROWS)
        self._note_sample(len(self.data), total)

    def _note_sample(self, shown: int, total: int) -> None:
        self.notes.append(f"A sample of {tables.grouped(shown)} of {tables.grouped(total)} points.")

    def _few_whole(self, name: str) -> bool:
        values = self.data[name].dropna()
        return values.nunique() <= 30 and bool((values == values.round()).all())

    def _encode(self, name: str, bins: float | None = None) -> None:
        channel = self.channels.get(name)
        if channel is None:
            return
        kind = self.kinds.get(name, "quantitative")
        encoded: dict[str, Any] = {"field": name, "type": kind, "title": channel.title or channel.field}
        if channel.time_unit and kind == "temporal":
            encoded["timeUnit"] = TIME_UNITS[channel.time_unit][1]
        if channel.sort is not None:
            encoded["sort"] = channel.sort
        notation = FORMATS.get(channel.format, channel.format)
        if not notation and channel.time_unit and kind == "temporal":
            notation = TIME_FORMATS[channel.time_unit]
        if notation:
            encoded["format" if name == "facet" else "axis" if name in ("x", "y") else "legend"] = (
                notation if name == "facet" else {"format": notation}
            )
            if name == "facet":
                encoded["header"] = {"format": encoded.pop("format")}
        if bins is not None:
            encoded["bin"] = {"binned": True, "step": bins}
            end = f"{name}_end"
            self.data[end] = (self.data[name] + bins).round(10)
            self.encoding[f"{name}2"] = {"field": end}
        if name == "facet" and kind == "quantitative":
            encoded["type"] = "ordinal"
        if name == "color" and kind == "quantitative" and self.data[name].nunique() <= 10 and self.mark != "scatter":
            encoded["type"] = "ordinal"
        self.encoding[name] = encoded

    def _vega(self, mark: dict[str, Any]) -> dict[str, Any]:
        spec: dict[str, Any] = {
            "$schema": SCHEMA,
            "data": {"values": _values(self.data)},
            "mark": mark,
            "encoding": self.encoding,
        }
        if "facet" in self.encoding:
            # Vega-Lite fits only single views to their container.
            self.encoding["facet"]["columns"] = 3
            spec.update(width=220, height=160)
        else:
            spec.update(width="container", autosize={"type": "fit-x", "contains": "padding"})
        if self.title or self.notes:
            spec["title"] = {"text": self.title, **({"subtitle": self.notes} if self.notes else {})}
        spec["usermeta"] = {"vernissage": {"rows": self.total, "shown": len(self.data), "notes": self.notes}}
        return spec


# --- helpers ----------------------------------------------------------------------------------------


def _named(table: Any) -> dict[str, Any]:
    """Columns by the names that a page shows; an index that means something is one. Nothing is copied."""
    import pandas as pd

    if not isinstance(table, (pd.DataFrame, pd.Series)):
        table = tables.to_pandas(table)
    columns = tables.named_columns(table)
    names = tables.unique_names([name for name, _ in columns])
    return {name: column for name, (_, column) in zip(names, columns, strict=True)}


def _typed(column: Any) -> tuple[Kind, Any]:
    """What a column is on an axis, and its values ready for grouping."""
    import pandas as pd
    from pandas.api import types

    series = pd.Series(column).reset_index(drop=True)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return "nominal", series
    if types.is_bool_dtype(series.dtype):
        return "nominal", series.map({True: "true", False: "false"})
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return "temporal", series.dt.tz_localize(None)
    if types.is_datetime64_any_dtype(series.dtype):
        return "temporal", series
    if isinstance(series.dtype, pd.PeriodDtype):
        return "temporal", series.dt.start_time
    if types.is_timedelta64_dtype(series.dtype):
        return "quantitative", series.dt.total_seconds()
    if types.is_numeric_dtype(series.dtype) and not types.is_complex_dtype(series.dtype):
        return "quantitative", series
    known = series.dropna()
    inferred = types.infer_dtype(known, skipna=True) if series.dtype == object else ""
    if inferred in ("date", "datetime"):
        stamps = pd.to_datetime(series, errors="coerce", utc=False)
        return "temporal", stamps.dt.tz_localize(None) if getattr(stamps.dtype, "tz", None) else stamps
    if inferred in ("decimal", "integer", "floating", "mixed-integer-float"):
        return "quantitative", pd.to_numeric(series.astype("float64"))
    if isinstance(series.dtype, pd.StringDtype):
        return "nominal", series
    return "nominal", series.map(str, na_action="ignore")


def _coded(names: pd.Series[Any]) -> pd.Series[Any]:
    """The same names as numbers into a sorted list of the distinct ones: grouping them is several times faster."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if isinstance(names.dtype, pd.CategoricalDtype):
        return names
    array = pa.array(names, from_pandas=True)
    encoded = (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).dictionary_encode()
    words = np.asarray(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(words, kind="stable") if len(words) else np.array([], dtype="int64")
    places = np.empty(len(words) + 1, dtype="int64")
    places[order] = np.arange(len(words))
    places[-1] = -1  # Where a name is missing.
    codes = places[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(words[order], dtype=object)))


def _no_column(name: str, columns: list[str]) -> ChartError:
    near = difflib.get_close_matches(name, columns, n=3, cutoff=0.5)
    folded = [column for column in columns if column.casefold() == name.casefold()]
    near = folded + [column for column in near if column not in folded]
    hint = (
        f"Did you mean {' or '.join(near)}?"
        if near
        else f"It has: {', '.join(columns[:12])}{', …' if len(columns) > 12 else ''}."
    )
    return ChartError(f"The data frame has no column {name!r}. {hint}")


def _with_unit(channel: Channel, unit: str) -> Channel:
    return Channel(**{**channel.__dict__, "time_unit": unit})


def _titled(channel: Channel | None, how: str) -> Channel:
    """The channel of a measure, with a title that says how it was made."""
    channel = channel or Channel()
    if channel.title:
        return channel
    title = "Number of rows" if how == "count" and not channel.field else f"Count of {channel.field}"
    if how != "count":
        title = f"{TITLES[how]} {channel.field}"
    return Channel(**{**channel.__dict__, "title": title})


def _unit_for(dates: pd.Series[Any]) -> str:
    """The time unit that cuts a stretch of time into some tens of pieces."""
    known = dates.dropna()
    days = (known.max() - known.min()).total_seconds() / 86_400 if len(known) else 1.0
    for unit, length in (
        ("minute", 1 / 1440),
        ("hour", 1 / 24),
        ("day", 1),
        ("week", 7),
        ("month", 30),
        ("quarter", 91),
    ):
        if days / length <= 60:
            return unit
    return "year"


def nice_step(span: float, most: int) -> float:
    """The width of bins, 1, 2 or 5 times a power of ten, so that at most `most` cover the span."""
    if not span > 0 or not math.isfinite(span):
        return 1.0
    raw = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10):
        if factor * power >= raw * (1 - 1e-9):
            return factor * power
    return 10 * power


def _outline(data: pd.DataFrame, dimension: str, measure: str, others: list[str], stretches: int) -> pd.DataFrame:
    import numpy as np

    along = data[dimension]
    numbers = (
        along.astype("int64").to_numpy(dtype="float64") if along.dtype.kind == "M" else along.to_numpy(dtype="float64")
    )
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    place = np.floor((numbers - low) / ((high - low) or 1) * (stretches - 1e-9))
    groups = data.assign(_stretch=place).groupby([*others, "_stretch"], dropna=False, sort=False)[measure]
    kept = np.union1d(groups.idxmin().dropna().to_numpy(), groups.idxmax().dropna().to_numpy())
    return data.loc[kept]


def _values(data: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON: missing is None, times are wall clock in ISO form."""
    columns: dict[str, list[Any]] = {}
    for name in data.columns:
        column = data[name]
        if column.dtype.kind == "M":
            stamps = column.dt.strftime("%Y-%m-%dT%H:%M:%S")
            columns[str(name)] = [None if value != value or value is None else value for value in stamps.tolist()]
            continue
        values = column.astype(object).tolist()
        columns[str(name)] = [_plain(value) for value in values]
    if not columns:
        return []
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= tables.EXACT else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value != value or type(value).__name__ == "NAType":
        return None
    return str(value)
