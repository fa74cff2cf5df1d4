"""Documents of every shape, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import values as make
from vernissage.core.document import (
    ButtonInput,
    Cell,
    ChartCell,
    Column,
    Document,
    DropdownInput,
    Element,
    FileRef,
    InputCell,
    Layout,
    MarkdownCell,
    MultiselectInput,
    PythonCell,
    Row,
    Settings,
    SqlCell,
    Tab,
    TableCell,
    ValueCell,
)

ids = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["no", "on", "12:30", "2021-07-13", "1e5", "0o17", "010", "null", "~", "- a", "a: b", "a #b", "'a'", '"a"', "%",
     "@a", " a", "a ", "a\tb", "*a", "&a", "{{ n }}", "{% if a %}", "| a", "> a", "!a", "Ünïcode", "a,b", "[a]",
     "1_000", "=", "<<"]
)  # fmt: skip
titles = words.map(lambda text: text[:190]).filter(lambda text: bool(text.strip()))
# Source as people and programs leave it: trailing blanks, blank lines, tabs, odd line separators.
lines = st.sampled_from(
    ["", " ", "  x", "\tx", "x = 1", "x  ", "# a: b", "---", "...", "é", "\u2028", "\x85", "\x00", "x\x0cy"]
)
sources = st.lists(lines | words, max_size=6).map("\n".join).map(lambda text: text.replace("\r", ""))
plain_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | make.whole_numbers | make.decimals | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def cells(draw: st.DrawFn, id: str) -> Cell:
    label = draw(words)
    match draw(st.integers(0, 6)):
        case 0:
            return PythonCell(id=id, label=label, source=draw(sources))
        case 1:
            return MarkdownCell(id=id, label=label, source=draw(sources))
        case 2:
            result = draw(st.sampled_from(["", "sel", "größe"]))
            return SqlCell(id=id, label=label, source=draw(sources), connection=draw(words), result=result)
        case 3:
            return ChartCell(
                id=id, label=label, dataframe=draw(words), spec=draw(st.dictionaries(words, plain_json, max_size=3))
            )
        case 4:
            return TableCell(id=id, label=label, dataframe=draw(words))
        case 5:
            return ValueCell(id=id, label=label, value=draw(words), compare=draw(words), format="percent")
        case _:
            input = draw(make.inputs(name=f"x_{id.replace('-', '_dash_')}"))
            if not isinstance(input, ButtonInput):
                input = replace(
                    input, default=draw(plain_json), settable=draw(st.booleans()), in_links=draw(st.booleans())
                )
            if isinstance(input, DropdownInput | MultiselectInput):
                input = replace(input, options=tuple(draw(st.lists(words, max_size=3))), options_from=draw(words))
            return InputCell(id=id, label=label, input=input)


@st.composite
def layouts(draw: st.DrawFn, ids: list[str]) -> Layout:
    elements = st.builds(
        Element, st.sampled_from(ids), st.none() | st.integers(1, 900), st.booleans(), st.booleans()
    ) if ids else st.nothing()  # fmt: skip
    columns = st.lists(elements, max_size=3 if ids else 0).map(tuple)
    rows = st.builds(
        lambda cut, one, two: Row((Column(0, cut, one), Column(cut, 120, two))), st.integers(1, 119), columns, columns
    ) | st.builds(lambda one: Row((Column(elements=one),)), columns)
    return Layout(
        tuple(draw(st.lists(st.builds(Tab, words, st.lists(rows, max_size=2).map(tuple)), max_size=2))),
        draw(st.booleans()),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    names = draw(st.lists(ids, max_size=5, unique=True))
    return Document(
        title=draw(titles),
        description=draw(sources),
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin"])),
        settings=Settings(
            draw(st.sampled_from(["published_results", "run"])), draw(st.sampled_from(["auto", "manual"]))
        ),
        cells=tuple(draw(cells(id)) for id in names),
        app=draw(st.none() | layouts(names)),
        packages=draw(st.sampled_from([(), ("scikit-learn>=1.5", "polars")])),
        files=draw(st.sampled_from([(), (FileRef("penguins.csv"), FileRef("Größen 2.xlsx"))])),
    )
