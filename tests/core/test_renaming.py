"""Renaming a variable: its uses change, nothing else does, and back again every byte is as it was."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.test_dataflow_property import fresh_run, sources
from vernissage.core.dataflow import graph_of
from vernissage.core.document import (
    Cell,
    ChartCell,
    DateInput,
    Document,
    DropdownInput,
    InputCell,
    MarkdownCell,
    NumberInput,
    PythonCell,
    SqlCell,
    TableCell,
    TextInput,
    ValueCell,
)
from vernissage.core.operations import (
    SERVER,
    Applied,
    CellConfigured,
    ConfigureCell,
    Draft,
    EditText,
    Refused,
    TextEdited,
    TextUpdate,
    apply,
    decode_event,
    encode_event,
    replay,
)
from vernissage.core.renaming import RESERVED, Rewritten, Stuck, clash, renamed, renames
from vernissage.core.text import apply_changes
from vernissage_kernel import templates as templating
from vernissage_kernel.sql import Database
from vernissage_kernel.tracebacks import CellError

N = InputCell(id="in", input=NumberInput(name="n"))


def rewritten(cell: Cell, names: dict[str, str]) -> Cell:
    """The cell under the new names, and a check that its change set says the same."""
    found = renamed(Document(cells=(cell,)), names)
    assert not isinstance(found, Stuck), found
    if cell.id not in found:
        return cell
    one = found[cell.id]
    if one.changes is not None:
        assert apply_changes(cell.source, one.changes) == one.cell.source  # type: ignore[union-attr]
    return one.cell


def there_and_back(cell: Any, to: str = "year") -> Any:
    """The cell with `n` renamed; renaming back must restore it."""
    found = rewritten(cell, {"n": to})
    assert rewritten(found, {to: "n"}) == cell
    return found


def python(source: str) -> str:
    return str(there_and_back(PythonCell("c", source=source)).source)


def sql(source: str, to: str = "year") -> str:
    return str(there_and_back(SqlCell("c", source=source), to).source)


def markdown(source: str) -> str:
    return str(there_and_back(MarkdownCell("c", source=source)).source)


# --- Python -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("n + n", "year + year"),
        ("n = 3\nn += 1\ndel n", "year = 3\nyear += 1\ndel year"),
        ("é = 'ü'; print(é, n)", "é = 'ü'; print(é, year)"),
        ("f(n=n).n['n'].n(n)  # n", "f(n=year).n['n'].n(year)  # n"),
        ("def f(n):\n    return n + 1\nf(n)", "def f(n):\n    return n + 1\nf(year)"),
        ("def f(a=n, *, b: n = n) -> n:\n    return n", "def f(a=year, *, b: year = year) -> year:\n    return year"),
        ("def f():\n    n = 1\n    return n", "def f():\n    n = 1\n    return n"),
        ("def f():\n    global a, n\n    n = 1", "def f():\n    global a, year\n    year = 1"),
        (
            "def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = 2\n    return g",
            "def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = 2\n    return g",
        ),
        ("[n for n in range(n)] + [n]", "[n for n in range(year)] + [year]"),
        ("{a: n for a in b if n}", "{a: year for a in b if year}"),
        ("[(n := a) for a in b]; n", "[(year := a) for a in b]; year"),
        ("lambda n=n: n", "lambda n=year: n"),
        ("(lambda: n)()", "(lambda: year)()"),
        ("class A:\n    n = n\n    b = n\n    def f(self):\n        return n, self.n",
         "class A:\n    n = year\n    b = n\n    def f(self):\n        return year, self.n"),
        ("class n:\n    pass\nn()", "class year:\n    pass\nyear()"),
        ("@d\nasync def  n(): pass\nawait n()", "@d\nasync def  year(): pass\nawait year()"),
        ("import n\nn.x", "import n as year\nyear.x"),
        ("from a import (b, n,\n  c as n)", "from a import (b, n as year,\n  c as year)"),
        ("try:\n    pass\nexcept (A, B) as n:\n    n", "try:\n    pass\nexcept (A, B) as year:\n    year"),
        ("with open(n) as n:\n    n", "with open(year) as year:\n    year"),
        ("for n, a in b:\n    n", "for year, a in b:\n    year"),
        ("n: n = n", "year: year = year"),
        (
            "match n:\n case [*n]:\n  1\n case {'a': 1, **n}:\n  2\n case n.a | {'b': int() as n}:\n  3",
            "match year:\n case [*year]:\n  1\n case {'a': 1, **year}:\n  2\n case year.a | {'b': int() as year}:\n  3",
        ),
        ("x = (1\n  % n)", "x = (1\n  % year)"),
    ],
)  # fmt: skip
def test_ren2_python_by_scope(before: str, after: str) -> None:
    assert python(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f'{n}'", "f'{year}'"),
        ("f'n {{n}} {n!r:>{n}} {a.n}'", "f'n {{n}} {year!r:>{year}} {a.n}'"),
        ("f'{d[\"n\"]} {n:%Y}' 'n' f\"{n}\"", "f'{d[\"n\"]} {year:%Y}' 'n' f\"{year}\""),
        ("(f'{a}'  # {n}\n 'n'\n rf'\\{n}\\d')", "(f'{a}'  # {n}\n 'n'\n rf'\\{year}\\d')"),
        ("f'''é\n{\n n\n}'''", "f'''é\n{\n year\n}'''"),
        ("f'{n != n} {n == n} {n <= n}'", "f'{year != year} {year == year} {year <= year}'"),
        ("f'{n=}'", "f'{year=}'"),
        ("f'{(lambda n: n)(n)} {[n for n in n]}'", "f'{(lambda n: n)(year)} {[n for n in year]}'"),
        ("f'{f\"{n}\"}'", "f'{f\"{year}\"}'"),
        ("f'\\N{BULLET} {n} \\'{n}'", "f'\\N{BULLET} {year} \\'{year}'"),
        ("def f(n):\n    return f'{n}'\nf'{n}'", "def f(n):\n    return f'{n}'\nf'{year}'"),
        ("'{n}'.format(n=n)", "'{n}'.format(n=year)"),
        ("f'{n:{n}.{n}}' + F\"{n['}']}\"", "f'{year:{year}.{year}}' + F\"{year['}']}\""),
    ],
)
def test_ren2_f_strings(before: str, after: str) -> None:
    assert python(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%%time\nn + 1", "%%time\nyear + 1"),
        ("%time f(n)\n!ls {n} $n n\nx = %timeit -n 3 n\nn?",
         "%time f(year)\n!ls {year} $year n\nx = %timeit -n 3 year\nyear?"),
        ("%%bash\necho n {n}", "%%bash\necho n {n}"),
        ("files = !ls {n}\nn", "files = !ls {year}\nyear"),
        ("if n:\n    %time n", "if year:\n    %time year"),
    ],
)  # fmt: skip
def test_ren2_magics(before: str, after: str) -> None:
    assert rewritten(PythonCell("c", source=before), {"n": "year"}) == PythonCell("c", source=after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("print(n, a.n, f(n=n) 'n' # n", "print(year, a.n, f(n=year) 'n' # n"),
        ("x = = f'{n}' + n", "x = = f'{year}' + year"),
        ("n = 'open n\nn", "year = 'open n\nyear"),
        ("  n\n n", "  n\n n"),
    ],
)
def test_ren6_python_that_cannot_be_read_goes_by_word(before: str, after: str) -> None:
    source = rewritten(PythonCell("c", source=before), {"n": "year"}).source  # type: ignore[union-attr]
    assert source == after or ("open" in before and source == before)  # later Pythons read no word of it


@pytest.mark.parametrize(
    "source",
    [
        "def f(year):\n    return n + year",
        "[n for year in b]",
        "class A:\n    year = 1\n    b = n",
        "def f():\n    year = 1\n    return f'{n}'",
        "class A:\n    n += 1",
        "import n.sub",
    ],
)
def test_ren8_a_variable_of_the_new_name_stands_in_the_way(source: str) -> None:
    found = renamed(Document(cells=(PythonCell("c", "Totals", source=source),)), {"n": "year"})
    assert isinstance(found, Stuck)
    assert found.sentence.startswith("Totals ")


# --- SQL --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select n from df where n > {{ n }}", "select n from df where n > {{ year }}"),
        ("select n.a, 'n', N.b from n -- n\nwhere n.a", "select year.a, 'n', year.b from year -- n\nwhere year.a"),
        ("select n.a from df as n join n as k on n.b = k.b", "select n.a from df as n join year as k on n.b = k.b"),
        ("with n as (select * from n) select n.a from n", "with n as (select * from year) select n.a from n"),
        ("select * from b.n join n using (n)", "select * from b.n join year using (n)"),
        (
            "select * from df where exists (select 1 from k where k.a = n.a) or a in (select n.a from n)",
            "select * from df where exists (select 1 from k where k.a = n.a) or a in (select year.a from year)",
        ),
        (
            "select * from n where exists (select 1 from k where k.a = n.a)",
            "select * from year where exists (select 1 from k where k.a = year.a)",
        ),
        ('select * from "n"', 'select * from "year"'),
        ("from n", "from year"),
        ("{% if n %}select * from n{% endif %} {# n #}", "{% if year %}select * from year{% endif %} {# n #}"),
        ("select '😀', {{ n }} from n", "select '😀', {{ year }} from year"),
    ],
)
def test_ren3_sql_by_its_tables(before: str, after: str) -> None:
    if "N.b" in before:
        assert rewritten(SqlCell("c", source=before), {"n": "year"}).source == after  # type: ignore[union-attr]
    else:
        assert sql(before) == after


def test_ren3_tables_of_a_connection_are_no_data_frames() -> None:
    cell = SqlCell("c", source="select n.a from n where a = {{ n }}", connection="warehouse", result="n")
    assert there_and_back(cell) == SqlCell(
        "c", source="select n.a from n where a = {{ year }}", connection="warehouse", result="year"
    )


def test_ren3_words_of_sql_come_in_quotes() -> None:
    assert sql("select n.a from n", "order") == 'select "order".a from "order"'
    taken = duckdb.connect()
    for word in RESERVED:
        with pytest.raises(duckdb.Error):
            taken.execute(f"select {word}.x from (select 1 as x) as {word}; select 1 from {word}")
    for (word,) in taken.execute("select keyword_name from duckdb_keywords()").fetchall():
        if word not in RESERVED:
            taken.execute(f'create or replace table "{word}" as select 1 as x').execute(f"select {word}.x from {word}")


def test_ren3_another_variable_of_that_spelling_stays() -> None:
    document = Document(
        cells=(PythonCell("a", source="N = 1"), SqlCell("b", source="select * from n join N using (a)"))
    )
    found = renamed(document, {"n": "year"})
    assert not isinstance(found, Stuck)
    assert found["b"].cell.source == "select * from year join N using (a)"  # type: ignore[union-attr]


@pytest.mark.parametrize("source", ["with year as (select 1) select * from year, n", "select * from n, df as year"])
def test_ren8_a_table_of_the_new_name_stands_in_the_way(source: str) -> None:
    assert isinstance(renamed(Document(cells=(SqlCell("c", source=source),)), {"n": "year"}), Stuck)


def test_ren6_sql_that_cannot_be_read_goes_by_word() -> None:
    broken = "select n, 'n' frm (( from df, n where n.a = n -- n"
    assert sql(broken) == "select n, 'n' frm (( from df, year where year.a = n -- n"
    assert sql("select * from n {% if") == "select * from year {% if"


# --- templates, expressions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("n {{ n }} {{ a.n }} {{ a | n }} {{ 'n' }}", "n {{ year }} {{ a.n }} {{ a | n }} {{ 'n' }}"),
        ("{{ f(n=n) }} {{ n is n }} {{ n == n }}", "{{ f(n=year) }} {{ year is n }} {{ year == year }}"),
        ("{% for n in range(n) %}{{ n }}{% else %}{{ n }}{% endfor %}{{ n }}",
         "{% for n in range(year) %}{{ n }}{% else %}{{ year }}{% endfor %}{{ year }}"),
        ("{%- for a in b if a > n -%} {{ n }} {%- endfor %}",
         "{%- for a in b if a > year -%} {{ year }} {%- endfor %}"),
        ("{{ n }}{% set n = n + 1 %}{{ n }}", "{{ year }}{% set year = year + 1 %}{{ year }}"),
        ("{% macro f(n, a=n) %}{{ n }}{% endmacro %}{{ f(n) }}",
         "{% macro f(n, a=n) %}{{ n }}{% endmacro %}{{ f(year) }}"),
        ("{% with n = n, a = n %}{{ n }}{{ a }}{% endwith %}{{ n }}",
         "{% with n = year, a = year %}{{ n }}{{ a }}{% endwith %}{{ year }}"),
        ("{% raw %}{{ n }}{% endraw %}{# {{ n }} #}{{ n }}\n\n",
         "{% raw %}{{ n }}{% endraw %}{# {{ n }} #}{{ year }}\n\n"),
        ("{% set t %}{{ n }}{% endset %}{% if n %}{% elif n %}{% endif %}",
         "{% set t %}{{ year }}{% endset %}{% if year %}{% elif year %}{% endif %}"),
        ("{{ {'n': n}[n] ~ n|default(n) }}", "{{ {'n': year}[year] ~ year|default(year) }}"),
        ("é 😀 {{n}}", "é 😀 {{year}}"),
        ("{{ n", "{{ n"),
    ],
)  # fmt: skip
def test_ren4_templates_by_scope(before: str, after: str) -> None:
    assert markdown(before) == after


def test_ren8_a_name_of_the_template_stands_in_the_way() -> None:
    for source in ("{% set year = 1 %}{{ n }}", "{% for year in n %}{{ n }}{% endfor %}"):
        assert isinstance(renamed(Document(cells=(MarkdownCell("c", source=source),)), {"n": "year"}), Stuck)


def test_ren5_expressions_of_cells() -> None:
    assert there_and_back(ChartCell("c", dataframe=" df[df.n > n] ", spec={"x": "n"})) == ChartCell(
        "c", dataframe=" df[df.n > year] ", spec={"x": "n"}
    )
    assert there_and_back(TableCell("c", dataframe="n")) == TableCell("c", dataframe="year")
    assert there_and_back(ValueCell("c", value="n *\n 2", compare="[n for n in n]")) == ValueCell(
        "c", value="year *\n 2", compare="[n for n in year]"
    )
    cell = InputCell(id="c", input=DropdownInput(name="k", options_from="f'{n}' or n"))
    assert there_and_back(cell).input.options_from == "f'{year}' or year"
    assert there_and_back(TableCell("c", dataframe="n +")) == TableCell("c", dataframe="year +")


# --- the operation ----------------------------------------------------------------------------------

DOCUMENT = Document(
    cells=(
        N,
        PythonCell("p", source="x = n + 1\ny = n"),
        SqlCell("s", source="select {{ n }} from df", result="n"),
        MarkdownCell("m", source="nothing"),
        ValueCell("v", value="n"),
        InputCell(id="d", input=DropdownInput(name="k", options_from="range(n)")),
    )
)


def rename(draft: Draft, to: str, id: str = "in") -> Applied[Draft] | Refused:
    cell = draft.document.cell(id)
    assert isinstance(cell, InputCell)
    return apply(draft, ConfigureCell(replace(cell, input=replace(cell.input, name=to))))


def test_drf21_renaming_an_input_rewrites_its_uses_in_one_operation() -> None:
    draft = Draft(DOCUMENT, {"p": 4})
    answer = rename(draft, "year")
    assert isinstance(answer, Applied)
    first, *_ = answer.events
    assert first == CellConfigured(InputCell(id="in", input=NumberInput(name="year")))
    assert answer.events[1] == TextEdited("p", 4, [TextUpdate(SERVER, [4, [1, "year"], 9, [1, "year"]])])
    assert [type(event).__name__ for event in answer.events] == (
        ["CellConfigured", "TextEdited", "CellConfigured", "TextEdited", "CellConfigured", "CellConfigured"]
    )
    assert answer.state.texts == {"p": 5, "s": 1}
    assert answer.state.document.cells[1:] == (
        PythonCell("p", source="x = year + 1\ny = year"),
        SqlCell("s", source="select {{ year }} from df", result="year"),
        MarkdownCell("m", source="nothing"),
        ValueCell("v", value="year"),
        InputCell(id="d", input=DropdownInput(name="k", options_from="range(year)")),
    )
    state = draft
    for event in answer.events:
        state = replay(state, decode_event(encode_event(event)))
    assert state == answer.state
    back = rename(answer.state, "n")
    assert isinstance(back, Applied) and back.state.document == DOCUMENT


def test_drf21_what_is_typed_meanwhile_is_sent_again_on_top() -> None:
    answer = rename(Draft(DOCUMENT), "year")
    assert isinstance(answer, Applied)
    late = apply(answer.state, EditText("p", 0, [TextUpdate("ada", [15, [0, "!"]])]))
    assert isinstance(late, Refused) and "sent again" in late.sentence


def test_drf21_both_ends_of_a_range() -> None:
    cell = InputCell(id="in", input=DateInput(name="r", range=True))
    draft = Draft(Document(cells=(cell, PythonCell("p", source="r_start, r_end, r, f'{r_start}'"))))
    answer = rename(draft, "span")
    assert isinstance(answer, Applied)
    assert answer.state.document.cells[1] == PythonCell("p", source="span_start, span_end, r, f'{span_start}'")
    single = InputCell(id="in", input=DateInput(name="span"))
    assert renames(cell, single) == {}
    turned = apply(draft, ConfigureCell(single))
    assert isinstance(turned, Applied) and turned.state.document.cells[1] == draft.document.cells[1]


@pytest.mark.parametrize(
    ("other", "to", "says"),
    [
        (PythonCell("p", "Load", source="year = 1"), "year", "Load already gives 'year' a value"),
        (PythonCell("p", source="def f():\n    global year\n    year = 1"), "year", "Python cell 2 already gives"),
        (SqlCell("p", source="select 1", result="year"), "year", "SQL cell 2 already gives"),
        (PythonCell("p", source="import pandas as pd"), "pd", "Python cell 2 already gives"),
        (PythonCell("p", source="def f():\n    return sum([1])"), "sum", "uses 'sum'"),
        (MarkdownCell("p", source="{{ range(3) }}"), "range", "uses 'range'"),
        (InputCell(id="p", input=TextInput(name="year")), "year", "There is an input named 'year' already"),
        (PythonCell("p", "Load", source="[n for year in x]"), "year", "Load has another 'year' where it uses 'n'"),
    ],
)
def test_drf22_a_name_that_is_taken_is_refused(other: Cell, to: str, says: str) -> None:
    answer = rename(Draft(Document(cells=(N, other))), to)
    assert isinstance(answer, Refused)
    assert says in answer.sentence and answer.sentence.endswith(".")


def test_ren7_a_name_that_is_only_waited_for_is_free() -> None:
    document = Document(cells=(N, PythonCell("p", source="print(year, sum)")))
    assert clash(document, N, ["year"]) is None
    assert isinstance(rename(Draft(document), "year"), Applied)


# --- properties -------------------------------------------------------------------------------------

MORE = [
    "{x} = f'{{{i}}} {{{i}:>{{{i}}}}}'",
    "{x} = [{i} for {i} in range({i})] + [{i}]",
    "def f({i}=1):\n    return {i}",
    "def f({i}={i}):\n    global {x}\n    {x} = {i}\n    return f'{{{i}}}'",
    "class g:\n    {i} = {i}\n    k = f'{{{i}}}'",
    "g = lambda {i}, k={i}: ({i}, k)",
    "try:\n    1 // 0\nexcept ZeroDivisionError as {i}:\n    {x} = 1",
    "for {i} in range(3):\n    {x} = {i}",
    "import math as {i}",
    "{x} = dict({i}={i})['{i}']",
    "match {i}:\n    case [*{i}]:\n        pass\n    case {i}:\n        {x} = {i}",
    "{x} = ({i} := {i} + 1)",
]


@st.composite
def cells_with_scopes(draw: st.DrawFn) -> str:
    statements = [
        draw(st.sampled_from(MORE)).format(x=draw(st.sampled_from("ab")), i=draw(st.sampled_from("nm")))
        for _ in range(draw(st.integers(1, 3)))
    ]
    shown = draw(st.lists(st.sampled_from(["a", "b", "n", "m", "f()", "g(1)", "g.n", "g.k", "f'{n}'"]), max_size=2))
    return "\n".join([*statements, f"({''.join(s + ', ' for s in shown)})"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sources() | cells_with_scopes(), min_size=1, max_size=5), st.sampled_from(["year", "ü", "a_1"]))
def test_ren1_a_fresh_run_gives_the_same_and_renaming_back_the_same_bytes(cells: list[str], to: str) -> None:
    """[REN1]"""
    inputs = (N, InputCell(id="im", input=NumberInput(name="m")))
    document = Document(cells=(*inputs, *(PythonCell(f"c{i}", source=source) for i, source in enumerate(cells))))
    before = fresh_run(document, graph_of(document), {"n": 2, "m": 3})
    answer = rename(Draft(document), to)
    assert isinstance(answer, Applied), answer
    after = answer.state.document
    assert fresh_run(after, graph_of(after), {to: 2, "m": 3}) == before
    back = rename(answer.state, "n")
    assert isinstance(back, Applied) and back.state.document == document


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["n", " ", "{{", "}}", "{%", "%}", "'", '"', "f'", "{", "}", "\n", "(", ")", ".", ",",
       "=", ":", "from ", "select ", "for ", " in ", "\\", "#", "é", "😀", "set ", "%", "!", "?", "lambda ", "[", "]",
       "def ", "with ", " as ", "macro "]), max_size=25).map("".join))  # fmt: skip
def test_ren6_any_text_at_all_is_renamed_or_left(text: str) -> None:
    for cell in (PythonCell("c", source=text), SqlCell("c", source=text), MarkdownCell("c", source=text),
                 TableCell("c", dataframe=text)):  # fmt: skip
        found = renamed(Document(cells=(cell,)), {"n": "year"})
        if isinstance(found, Stuck) or not found:
            continue
        one: Rewritten = found["c"]
        if one.changes is not None:
            assert apply_changes(text, one.changes) == one.cell.source  # type: ignore[union-attr]
        now = one.cell.dataframe if isinstance(one.cell, TableCell) else one.cell.source  # type: ignore[union-attr]
        # Only whole words give way; an import keeps the module's name.
        assert re.sub(r"\b(n as )?year\b", "n", now) == text or "import" in text


# Templates and queries, rendered and run by what renders and runs them in a kernel.

EXPRESSIONS = [
    "{a}", "{a} + {b}", "[{a}, {b}] | length", "{{'n': {a}, 'm': {b}}}['n']", "{a} if {b} else 'n'", "'n' ~ {a}",
    "range({a}) | list", "{a} is number", "dict(n={a}, m={b}).n", "({a}, {b}) | join('n')",
]  # fmt: skip
TAGS = [
    "n {{{{ {e} }}}}", "{{{{- {e} -}}}} ", "{{% set {x} = {e} %}}", "{{# {{{{ n }}}} #}}", "\n\n", "😀 ",
    "{{% if {e} %}}{{% set {x} = {e} %}}{{% else %}}m{{{{ {x} }}}}{{% endif %}}{{{{ {x} }}}}",
    "{{% raw %}}{{{{ n }}}}{{% endraw %}}",
    "{{% for {x} in range(3) %}}{{{{ {e} }}}}{{% else %}}{{{{ {x} }}}}{{% endfor %}}",
    "{{% for k in range({y}) if {e} -%}} {{{{ {x} }}}}{{% endfor %}}",
    "{{% with {x} = {e} %}}{{{{ {x} }}}}{{% endwith %}}", "{{% set {x} %}}{{{{ {e} }}}}{{% endset %}}",
    "{{% macro f({x}, z=1) %}}{{{{ {e} }}}}{{% endmacro %}}{{{{ f({y}, z={y}) }}}}",
]  # fmt: skip


@st.composite
def templates(draw: st.DrawFn) -> str:
    words = st.sampled_from(["n", "n", "m", "k"])

    def expression() -> str:
        return draw(st.sampled_from(EXPRESSIONS)).format(a=draw(words), b=draw(words))

    tags = draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=5))
    return "".join(tag.format(e=expression(), x=draw(words), y=draw(words)) for tag in tags)


def rendered(source: str, **names: Any) -> str:
    try:
        return templating.markdown(source, names)
    except Exception as error:  # noqa: BLE001 - whatever a template raises is what it shows
        return type(error).__name__


@settings(max_examples=300, deadline=None)
@given(templates())
def test_ren4_a_renamed_template_reads_the_same(source: str) -> None:
    """[REN1]"""
    after = there_and_back(MarkdownCell("c", source=source)).source
    assert rendered(after, year=2, m=3, k=1) == rendered(source, n=2, m=3, k=1)


QUERIES = [
    "select * from {s}", "select {q}.a from {s}", "select {q}.* from {s} where {q}.a > {{{{ n }}}}", "from {s}",
    "select a, (select max({q}.a) from {s}) as n from df", "select count(*) as n from {s} group by {q}.b",
    "with n as ({i}) select n.a from n", "with k as ({i}) select k.a from k join n using (a)", "select n.n from n as n",
    "select * from ({i}) as n", "select * from df where exists (select 1 from {s} where {q}.a = df.a)",
    "{{% if n %}}{i}{{% endif %}}", "select 'n', \"n\".a from n -- n", "{i} union all {i}",
]  # fmt: skip
SOURCES = [
    ("n", "n"), ("n", "n"), ("df as n", "n"), ("n as df", "df"), ("df", "df"), ("n, df", "n"),
    ("n join df using (a)", "n"),
]  # fmt: skip
DATABASE = Database()


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> str:
    source, qualifier = draw(st.sampled_from(SOURCES))
    inner = draw(queries(depth - 1)) if depth else "select n.a from n"
    return draw(st.sampled_from(QUERIES)).format(s=source, q=qualifier, i=inner)


def answered(source: str, **names: Any) -> str:
    try:
        found = DATABASE.query(source, names)
        return "nothing" if found is None else str(found.sort_values(list(found.columns)).values.tolist())
    except (CellError, ValueError) as error:
        return type(error).__name__


@settings(max_examples=80, deadline=None)
@given(queries(), st.sampled_from(["year", "order"]))
def test_ren3_a_renamed_query_answers_the_same(source: str, to: str) -> None:
    """[REN1]"""
    assume(to == "year" or '"' not in source)  # the quotes that SQL needs cannot be told from the author's own
    after = there_and_back(SqlCell("c", source=source), to).source
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 1, 2]})
    df = frame.head(2)
    assert answered(after, df=df, **{to: frame}) == answered(source, df=df, n=frame)
