"""What an object looks like: a MIME bundle that fits into a frame.

Tables become `TABLE_MIME` and never HTML; Altair charts become Vega-Lite; Plotly figures become a page of
HTML with everything that they need inside. Everything else is asked the way Jupyter asks.

Promise: an object too large to show is never turned into text first and cut afterwards.
Left alone: where a bundle goes (`shell`), what a table's page holds (`tables`).
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

from IPython.core.formatters import DisplayFormatter

from vernissage_kernel import tables
from vernissage_kernel.frames import TABLE_MIME, TableHead

VEGALITE_MIME = "application/vnd.vegalite.v6+json"
PLOTLY_MIME = "application/vnd.plotly.v1+json"

LONGEST_TEXT = 1_000_000
"""Characters of a string or bytes object that are shown."""

LARGEST_BUNDLE = 48 * 1024 * 1024
"""Characters of all texts of a bundle together; what is larger is named instead of shown."""

Bundle = dict[str, Any]


def too_large(what: str, size: int) -> Bundle:
    """The bundle that stands in for an output that is too large to show."""
    megabytes = max(1, round(size / 1_000_000))
    return {
        "text/plain": f"This output is too large to show ({what}, {megabytes} MB). "
        "Show a part of it, for example the first rows, or write it to a file."
    }


def plain_value(value: Any) -> Any:
    """`value` in plain JSON types: what JSON cannot hold becomes None (NaN, infinities) or text."""
    match value:
        case None | bool() | str():
            return str(value) if isinstance(value, str) else value
        case int():
            return int(value) if -(2**63) <= value < 2**63 else str(value)
        case float():
            return float(value) if math.isfinite(value) else None
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode()
        case Mapping():
            return {str(key): plain_value(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_value(item) for item in value]
        case _:
            pass
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        return plain_value(item())
    if callable(tolist := getattr(value, "tolist", None)):
        return plain_value(tolist())
    if callable(isoformat := getattr(value, "isoformat", None)):
        return isoformat()
    return str(value)


def plain_bundle(bundle: Mapping[Any, Any]) -> Bundle:
    """A bundle from anybody, in plain types and within the limit."""
    result: Bundle = {}
    room = LARGEST_BUNDLE
    for mime, value in bundle.items():
        if isinstance(value, (str, bytes)):
            size = len(value)
            if size > room:
                return too_large(str(mime), size)
            room -= size
        result[str(mime)] = plain_value(value)
    if PLOTLY_MIME in result:
        result = _plotly_page(result)
    return result


def _plotly_page(bundle: Bundle) -> Bundle:
    """Plotly's own MIME type needs Plotly in the page; a page of HTML brings it along."""
    from plotly.io import to_html

    figure = bundle.pop(PLOTLY_MIME)
    figure = {"data": figure.get("data", []), "layout": figure.get("layout", {})}
    # An id of its own draw would make equal figures differ, and outputs are compared by what they hold.
    options: dict[str, Any] = {"include_plotlyjs": True, "full_html": True, "validate": False, "div_id": "figure"}
    bundle["text/html"] = to_html(figure, **options)
    bundle.setdefault("text/plain", "A Plotly figure")
    return bundle


class KernelFormatter(DisplayFormatter):
    """Jupyter's formatter, but for tables, charts and what is too large."""

    keep_table: Callable[[Any], TableHead] | None = None
    """Takes a table that is shown into the kernel's keeping. The runner sets it."""

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The bundle of an object, and its metadata."""
        if isinstance(obj, (str, bytes, bytearray)) and len(obj) > LONGEST_TEXT:
            return {"text/plain": _cut(obj)}, {}
        if self.keep_table is not None and tables.is_table(obj):
            head = self.keep_table(obj)
            return {TABLE_MIME: tables.plain_head(head), "text/plain": tables.text(head)}, {}
        if _is_altair(obj):
            return {VEGALITE_MIME: obj.to_dict(), "text/plain": "An Altair chart"}, {}
        return cast("tuple[dict[str, Any], dict[str, Any]]", super().format(obj, include, exclude))  # type: ignore[no-untyped-call]


def _cut(text: str | bytes | bytearray) -> str:
    unit = "characters" if isinstance(text, str) else "bytes"
    size = f"{len(text):,}".replace(",", " ")
    return f"{text[: LONGEST_TEXT // 10]!r}… (cut: the whole has {size} {unit})"


def _is_altair(value: Any) -> bool:
    altair = sys.modules.get("altair")
    return altair is not None and isinstance(value, altair.TopLevelMixin)
