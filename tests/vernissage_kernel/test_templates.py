"""Markdown cells: values shown as what they are."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage_kernel import templates
from vernissage_kernel.tracebacks import CellError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a*b*_c_", r"a\*b\*\_c\_"),
        ("<script>&amp;", "&lt;script>&amp;amp;"),
        ("[x](http://y)", r"[x](http://y)".replace("[", r"\[").replace("]", r"\]")),
        ("# head", r"\# head"),
        ("1. item", r"1\. item"),
        ("- item", r"\- item"),
        ("-5", "-5"),
        ("a\nb", "a\\\nb"),
        ("`code` ~~no~~ | $x$", r"\`code\` \~\~no\~\~ \| \$x\$"),
    ],
)
def test_cel60_values_are_escaped(value: str, expected: str) -> None:
    assert templates.markdown("{{ v }}", {"v": value}) == expected


def test_cel60_the_authors_own_text_is_not() -> None:
    source = "{% macro bold(x) %}**{{ x }}**{% endmacro %}# *a* {{ bold('x*y') }}"
    assert templates.markdown(source, {}) == r"# *a* **x\*y**"


@given(st.text())
def test_cel60_no_tag_and_no_entity_gets_through(value: str) -> None:
    written = templates.escape(value)
    assert "<" not in written
    assert written.count("&") == value.count("&") + value.count("<")


def test_cel61_undefined_names() -> None:
    with pytest.raises(CellError, match=r"no variable named 'specie'\. Did you mean species\?") as caught:
        templates.markdown("a\n\n{{ specie }}", {"species": "x"})
    assert (caught.value.ename, caught.value.line) == ("NameError", 3)
    with pytest.raises(CellError, match="cannot be read") as caught:
        templates.markdown("{% if x %}\n{{", {"x": 1})
    assert caught.value.ename == "TemplateSyntaxError"


@pytest.mark.parametrize("source", ["{{ xs.append(1) }}", "{{ xs.__class__ }}", "{{ f.__globals__ }}"])
def test_cel61_templates_only_read(source: str) -> None:
    names: dict[str, Any] = {"xs": [1], "f": templates.markdown}
    with pytest.raises(CellError):
        templates.markdown(source, names)
    assert names["xs"] == [1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1234567.891"),
        (5.0, "5"),
        (20, "20"),
        (True, "true"),
        (None, "–"),
        (float("nan"), "–"),
        (pd.NaT, "–"),
        (["a", 1, 2.50], "a, 1, 2.5"),
        (datetime.date(2026, 11, 25), "2026-11-25"),
        (datetime.datetime(2026, 11, 25, 9, 5), "2026-11-25 09:05"),  # noqa: DTZ001
        (datetime.datetime(2026, 11, 25, 9, 5, 7), "2026-11-25 09:05:07"),  # noqa: DTZ001
        (datetime.datetime(2026, 11, 25, 9, 5, tzinfo=ZoneInfo("Europe/Berlin")), "2026-11-25 09:05 Europe/Berlin"),
        (pd.DataFrame({"a": range(3)}), "3 rows × 1 columns"),
    ],
)
def test_cel62_values_are_written_for_readers(value: Any, expected: str) -> None:
    assert templates.nice(value) == expected
