"""Cells that are not Python, shown objects and requests, in a real kernel."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.vernissage_kernel.lone import LoneKernel
from vernissage_kernel import tables
from vernissage_kernel.frames import (
    OPTIONS_MIME,
    TABLE_MIME,
    VALUE_MIME,
    Complete,
    Display,
    DrawChart,
    Inspect,
    ListVariables,
    PageTable,
    ReadCsv,
    ReadOptions,
    RenderMarkdown,
    RequestFailed,
    RunSql,
    SaveTable,
    SetVariables,
    ShowTable,
    ShowValue,
    TableQuery,
)

VEGALITE = "application/vnd.vegalite.v6+json"
FRAME = "import pandas as pd\ndf = pd.DataFrame({'n': range(100), 'word': ['a', 'b'] * 50})"


@pytest.mark.parametrize(
    "source",
    [
        "df",
        "df['n']",
        "import pyarrow as pa\npa.table({'n': range(100)})",
        "import duckdb\nduckdb.sql('select range as n from range(100)')",
    ],
)
def test_cel30_tables_page(kernel: LoneKernel, source: str) -> None:
    data = kernel.run(f"{FRAME}\n{source}").data
    head = data[TABLE_MIME]
    assert head["total"] == 100
    assert len(head["rows"]) == 50
    assert head["columns"][0] == {"name": "n", "type": "number"}
    assert "text/html" not in data
    assert "100 rows" in data["text/plain"]
    page = kernel.ask(PageTable, table=head["table"], query=TableQuery(offset=98, limit=10))
    assert [row[0] for row in page.rows] == [98, 99]


def test_cel32_figures_are_shown_at_the_end(kernel: LoneKernel) -> None:
    outcome = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);\nprint('drawn')")
    shown = outcome.one(Display)
    assert outcome.frames.index(shown) > 1
    png = base64.b64decode(shown.data["image/png"])
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20], "big")
    assert shown.metadata["image/png"]["width"] * 2 == pytest.approx(width, abs=2)
    assert png[25] == 6, "with transparency"
    assert kernel.run("1;").all(Display) == [], "a figure is shown once"


def test_cel33_altair_and_plotly(kernel: LoneKernel) -> None:
    source = f"{FRAME}\nimport altair as alt\nalt.Chart(df).mark_bar().encode(x='word', y='n')"
    assert kernel.run(source).data[VEGALITE]["mark"]["type"] == "bar"
    for source in ("import plotly.graph_objects as go\nfig = go.Figure(go.Bar(y=[1, 2]))\nfig", "fig.show()"):
        html = kernel.run(source).data["text/html"]
        assert "plotly.js v" in html and 'src="http' not in html
        assert kernel.run(source).data["text/html"] == html, "equal figures are equal outputs"


def test_cel34_too_large_is_named(kernel: LoneKernel) -> None:
    data = kernel.run("display({'text/html': 'x' * 70_000_000}, raw=True)").data
    assert data.keys() == {"text/plain"}
    assert "too large to show" in data["text/plain"]
    text = kernel.run("'x' * 30_000_000").data["text/plain"]
    assert len(text) < 200_000 and "the whole has 30 000 000 characters" in text
    # Many small parts that are too much together.
    data = kernel.run("display({'application/json': ['x' * 1000] * 70_000}, raw=True)").data
    assert data.keys() == {"text/plain"}
    assert kernel.run("1").finished.ok


def test_cel35_an_object_that_cannot_be_shown(kernel: LoneKernel) -> None:
    outcome = kernel.run("class A:\n    def _repr_html_(self): 1 / 0\nA()")
    assert outcome.finished.ok
    assert "ZeroDivisionError" in outcome.printed("stderr")
    assert outcome.data.keys() == {"text/plain"}


def test_cel41_the_list_of_variables(kernel: LoneKernel) -> None:
    kernel.run(
        f"{FRAME}\nimport time\nclass Slow:\n    def __repr__(self): time.sleep(30)\n"
        "slow = Slow()\n_hidden = 1\nx = 200\ntext = 'y' * 500\ndef go(): pass\n"
        "nums = [1, 2]\nmany = {i: i for i in range(5)}"
    )
    found = {variable.name: variable for variable in kernel.ask(ListVariables).variables}
    assert "_hidden" not in found and "pd" not in found and "get_ipython" not in found
    assert (found["df"].type, found["df"].summary) == ("DataFrame", "100 × 2")
    assert found["x"].summary == "200"
    assert len(found["text"].summary) == 80
    assert found["slow"].summary == ""
    assert found["nums"].summary == "[1, 2]"
    assert found["many"].summary == "5 keys"


def test_cel42_completion(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    code = "df.grou"
    reply = kernel.ask(Complete, code=code, cursor=len(code))
    assert (reply.matches[0], code[: reply.start]) == ("groupby", "df.")
    assert len(reply.kinds) == len(reply.matches)
    assert "word" in kernel.ask(Complete, code="df['", cursor=4).matches
    assert kernel.ask(Complete, code="", cursor=5).matches is not None


def test_cel42_completion_answers_in_time(kernel: LoneKernel) -> None:
    kernel.run(
        "import time\nclass Slow:\n    def __dir__(self):\n        time.sleep(30)\n        return []\ns = Slow()"
    )
    begin = time.monotonic()
    kernel.ask(Complete, code="s.", cursor=2)
    assert time.monotonic() - begin < 10


def test_cel42_help(kernel: LoneKernel) -> None:
    kernel.run("def add(a: int, b: int = 2) -> int:\n    '''Adds.'''\n    return a + b")
    reply = kernel.ask(Inspect, code="add(1", cursor=3)
    assert reply.found
    assert reply.text == "add(a: int, b: int = 2) -> int\n\nAdds."
    assert kernel.ask(Inspect, code="nothing", cursor=3).found is False


def test_cel43_options_in_a_kernel(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    assert kernel.run(ReadOptions("df.word")).data[OPTIONS_MIME] == {"options": ["a", "b"], "cut": False}
    assert kernel.run(ReadOptions("df.wurd")).error.ename == "AttributeError"


def test_cel55_sql_gives_a_data_frame(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    kernel.send(SetVariables({"w": "a"}))
    data = kernel.run(RunSql("select word, count(*) as k from df where word = {{ w }} group by word", "counts")).data
    assert data[TABLE_MIME]["rows"] == [["a", 50]]
    assert kernel.run("counts.to_dict('list')").data["text/plain"] == "{'word': ['a'], 'k': [50]}"
    error = kernel.run(RunSql("select\n  nope from df", "x")).error
    assert error.line == 2
    assert "nope" in error.evalue


def test_cel60_markdown_in_a_kernel(kernel: LoneKernel) -> None:
    kernel.send(SetVariables({"n": 20, "species": "<Gentoo>"}))
    assert kernel.run(RenderMarkdown("## {{ n }} of {{ species }}")).data["text/markdown"] == "## 20 of &lt;Gentoo>"
    assert kernel.run(RenderMarkdown("a\n{{ specie }}")).error.line == 2


def test_cel73_a_table_is_what_was_shown(kernel: LoneKernel) -> None:
    handle = kernel.run(f"{FRAME}\ndf", cell="a").data[TABLE_MIME]["table"]
    kernel.run("df['n'] = -1\ndf.loc[0, 'word'] = 'z'", cell="b")
    page = kernel.ask(PageTable, table=handle, query=TableQuery(limit=2))
    assert page.rows == ((0, "a"), (1, "b"))
    kernel.run("1", cell="a")
    reply = kernel.ask(PageTable, table=handle, query=TableQuery())
    assert isinstance(reply, RequestFailed)
    assert "ran again" in reply.message


def test_cel73_two_kernels_never_name_their_tables_alike(start_kernel: Callable[..., LoneKernel]) -> None:
    shown = [start_kernel().run(f"{FRAME}\ndf", cell="a").data[TABLE_MIME] for _ in range(2)]
    assert shown[0]["rows"] == shown[1]["rows"]
    assert shown[0]["table"] != shown[1]["table"]


def test_cel75_a_kernel_gives_a_table_as_csv_piece_by_piece(kernel: LoneKernel) -> None:
    shown = kernel.run("import pandas as pd\npd.DataFrame({'n': range(50_000)})", cell="a")
    handle = shown.data[TABLE_MIME]["table"]
    query = TableQuery(sort="n", descending=True, limit=1)
    first = kernel.ask(ReadCsv, table=handle, query=query, start=0)
    assert first.data.startswith(b'"n"\r\n49999\r\n')
    assert 0 < first.next < 50_000
    rest = kernel.ask(ReadCsv, table=handle, query=query, start=49_999)
    assert (rest.data, rest.next) == (b"0\r\n", 0)
    kernel.run("1", cell="a")
    assert "ran again" in kernel.ask(ReadCsv, table=handle, query=query, start=first.next).message


def test_cel73_a_table_cell_and_its_errors(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    assert kernel.run(ShowTable("df")).data[TABLE_MIME]["total"] == 100
    assert kernel.run(ShowTable("dff")).error.ename == "NameError"
    assert "no data frame" in kernel.run(ShowTable("3")).error.evalue
    assert "chosen" in kernel.run(ShowTable("")).error.evalue


def test_cel74_a_saved_table_gives_the_same_pages(kernel: LoneKernel) -> None:
    handle = kernel.run(f"{FRAME}\ndf").data[TABLE_MIME]["table"]
    saved = kernel.ask(SaveTable, table=handle, file="t.arrow")
    path = kernel.home / "out" / "t.arrow"
    assert saved.bytes == path.stat().st_size
    query = TableQuery(sort="n", descending=True, filter="b", limit=3)
    here = kernel.ask(PageTable, table=handle, query=query)
    assert (here.rows, here.total) == tables.page(tables.load(path), query)
    for name in ("../t", "a/b", "", ".hidden"):
        assert isinstance(kernel.ask(SaveTable, table=handle, file=name), RequestFailed)
    assert [entry.name for entry in path.parent.iterdir()] == ["t.arrow"]


def test_cel80_a_chart_in_a_kernel(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    spec: dict[str, Any] = {"mark": "bar", "x": "word", "y": {"field": "n", "aggregate": "sum"}}
    chart = kernel.run(DrawChart("df", spec)).data[VEGALITE]
    assert chart["data"]["values"] == [{"x": "a", "y": 2450}, {"x": "b", "y": 2500}]
    assert "wurd" in kernel.run(DrawChart("df", {**spec, "x": "wurd"})).error.evalue


def test_cel90_a_value_in_a_kernel(kernel: LoneKernel) -> None:
    kernel.run(FRAME)
    data = kernel.run(ShowValue("len(df)", "df.n.min()", "plain")).data
    assert data[VALUE_MIME]["compare"]["delta"] == 100
    assert data["text/plain"] == "100"
    assert kernel.run(ShowValue("len(dff)", "", "plain")).error.line == 1
