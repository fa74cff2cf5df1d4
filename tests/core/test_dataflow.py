"""The names of each construct, the arrows between cells, and small plans that can be checked by eye."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vernissage.core.dataflow import (
    Graph,
    KernelView,
    Names,
    Plan,
    after_edit,
    after_inputs,
    blocked_by,
    executed,
    full,
    ghosts,
    graph_of,
    names_of,
    plan,
    prepared,
    skipped,
    stale,
    stale_cells,
)
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
    ValueCell,
)


def py(source: str) -> Names:
    return names_of(PythonCell(id="c", source=source))


def sql(source: str, connection: str = "dataframes") -> Names:
    return names_of(SqlCell(id="c", source=source, connection=connection, result="out"))


def kinds(names: Names) -> str:
    """reads | defines | mutates | deletes | perhaps, builtins and mutated names left out of the reads."""
    hidden = names.mutates | {
        "print",
        "range",
        "open",
        "len",
        "Exception",
        "ValueError",
        "ImportError",
        "int",
        "super",
        "setattr",
    }
    groups = [names.reads - hidden, names.defines, names.mutates, names.deletes, names.perhaps]
    return " | ".join(" ".join(sorted(group)) for group in groups).strip()


SCOPES = {
    "x = 1\ny = x": "| x y |  |  |",
    "y = x": "x | y |  |  |",
    "print(x)\nx = 1": "x | x |  |  |",
    "df = df.dropna()": "df | df |  |  |",
    "a, (b, *c) = t": "t | a b c |  |  |",
    "a.b = 1": "|  | a |  |",
    "x: int = 1": "| x |  |  |",
    "x: T": "T |  |  |  |",
    "import numpy as np, os.path\nfrom a import b as c, d": "| c d np os |  |  |",
    "[i for i in xs if i > k]": "k xs |  |  |  |",
    "{i: j for i in xs for j in i}": "xs |  |  |  |",
    "[y := f(x) for x in xs]": "f xs |  |  |  | y",
    "(y := 1)\ny": "| y |  |  |",
    "lambda a, b=c: a + b + d": "c d |  |  |  |",
    "def f(a, b=c, *args, **kw) -> R:\n    z = a + g\n    return z": "R c | f |  |  |",
    "@deco\ndef f():\n    return g": "deco g | f |  |  |",
    "def f():\n    return g\nf()": "g | f |  |  |",
    "g = 1\ndef f():\n    return g\nf()": "| f g |  |  |",
    "def f():\n    return g\nxs.map(f)": "g xs | f |  |  |",
    "def f():\n    def inner():\n        return q + z\n    z = 1\n    return inner\nf()": "q | f |  |  |",
    "def f():\n    global x\n    x = 1": "| f |  |  |",
    "def f():\n    global x\n    x = 1\nf()": "| f | x |  |",
    "async def f():\n    await g()\nawait f()": "g | f |  |  |",
    "class A(B):\n    y = w\n    z = y\n    def m(self):\n        return u": "B w | A |  |  |",
    "class A:\n    y = 1\n    def m(self):\n        return y\nA().m()": "y | A |  |  |",
    "with open(p) as f, g() as (a, b):\n    pass": "g p | a b f |  |  |",
    "f'{x:{w}} {y!r}'": "w x y |  |  |  |",
    "match v:\n    case [a, *b]:\n        pass\n    case {'k': c, **d}:\n        pass": "v |  |  |  | a b c d",
    "match v:\n    case [a]:\n        pass\n    case a:\n        pass": "v | a |  |  |",
    "try:\n    f()\nexcept Exception as e:\n    print(e)": "f |  |  |  | e",
    "tmp = 1\ndel tmp": "|  |  | tmp |",
    "del x": "x |  |  | x |",
}


@pytest.mark.parametrize(("source", "expected"), SCOPES.items())
def test_dat2_scopes(source: str, expected: str) -> None:
    assert kinds(py(source)) == expected


MAGICS = {
    "%matplotlib inline\nx = 1": "| x |  |  |",
    "%time y = x": "x | y |  |  |",
    "%timeit -n 3 f(x)": "f x |  |  |  |",
    "%%time\ny = x\nz = y": "x | y z |  |  |",
    "%%timeit\ny = x": "x |  |  |  |",
    "%%capture out\nprint(x)": "x | out |  |  |",
    "files = !ls $d {p + '/a'}": "d p | files |  |  |",
    "!echo $$HOME": "|  |  |  |",
    "df?": "|  |  |  |",
    "df.query('a > @low')": "df low |  |  |  |",
    "duckdb.sql('select * from df')": "df duckdb |  |  |  |",
}


@pytest.mark.parametrize(("source", "expected"), MAGICS.items())
def test_dat2_magics_and_texts(source: str, expected: str) -> None:
    assert kinds(py(source)) == expected


MUTATIONS = {
    "x += 1": "|  | x |  |",
    "x = 1\nx += 1": "| x |  |  |",
    "df['a'] = df.b": "|  | df |  |",
    "df.loc[i, 'a'] = 1": "i |  | df |  |",
    "df.loc[i].a.b = 1": "i |  | df |  |",
    "del x[0], y.a": "|  | x y |  |",
    "setattr(o, 'a', 1)": "|  | o |  |",
    "x.append(y)": "y |  | x |  |",
    "x.items.append(y)": "y |  | x |  |",
    "y = x.pop()": "| y | x |  |",
    "x.setdefault(k, []).append(1)": "k |  | x |  |",
    "[x.add(i) for i in y]": "y |  | x |  |",
    "total = df.add(1)": "df | total |  |  |",
    "df.sort('a').head()": "df |  |  |  |",
    "df.drop(columns=['a'], inplace=True)": "|  | df |  |",
    "df.drop(columns=['a'], inplace=False)": "df |  |  |  |",
    "x[0], y = 1, 2": "| y | x |  |",
    "for x[0] in y:\n    pass": "y |  | x |  |",
    "ok and x.append(1)": "ok |  | x |  |",
    "def f():\n    log.append(1)": "| f |  |  |",
    "def f():\n    log.append(1)\nf()": "| f | log |  |",
    "def f(log):\n    log.append(1)\nf(x)": "x | f |  |  |",
}


@pytest.mark.parametrize(("source", "expected"), MUTATIONS.items())
def test_dat3_visible_mutation(source: str, expected: str) -> None:
    assert kinds(py(source)) == expected


PATHS = {
    "if c:\n    x = 1": "c |  |  |  | x",
    "if c:\n    x = 1\nelse:\n    x = 2": "c | x |  |  |",
    "if c:\n    x = 1\nelse:\n    raise ValueError": "c | x |  |  |",
    "if c:\n    x = 1\nprint(x)": "c x |  |  |  | x",
    "if c:\n    x.append(1)": "c |  | x |  |",
    "for i in xs:\n    print(i)": "xs |  |  |  | i",
    "for i in xs:\n    y = i\nelse:\n    z = 1": "xs |  |  |  | i y z",
    "while c:\n    x = 1": "c |  |  |  | x",
    "try:\n    import a\nexcept ImportError:\n    a = None": "| a |  |  |",
    "try:\n    x = f()\nexcept ValueError:\n    pass": "f |  |  |  | x",
    "try:\n    x = f()\nfinally:\n    y = 1": "f | x y |  |  |",
    "c and (x := 1)": "c |  |  |  | x",
    "y = (x := 1) if c else 2": "c | y |  |  | x",
    "if __name__ == '__main__':\n    x = 1": "__name__ | x |  |  |",
}


@pytest.mark.parametrize(("source", "expected"), PATHS.items())
def test_dat4_definitions_that_may_not_happen(source: str, expected: str) -> None:
    assert kinds(py(source)) == expected


TABLES = {
    "select * from df limit {{ n }}": "df n",
    "with df as (select * from df), b as (select * from df) select * from b join c using (x)": "c df",
    "with recursive t as (select 1 union all select * from t) select * from t": "",
    "from df": "df",
    "summarize df": "df",
    "pivot df on a using sum(b)": "df",
    "select * from a, b b2 where exists (select 1 from c)": "a b c",
    "select * from df where x in {{ xs | array }} {% if f %}where y = {{ z | sqlsafe }}{% endif %}": "df f xs z",
    "select * from 'a.csv' join main.t using (x)": "",
    "selekt nothing from df joyn, e where": "df",
    "select '{{ a }} from nope' from df -- from nope": "a df",
    "{% for t in ts %}select * from df{% endfor %}": "df ts",
}


@pytest.mark.parametrize(("source", "expected"), TABLES.items())
def test_dat5_tables_and_template_names(source: str, expected: str) -> None:
    names = sql(source)
    assert " ".join(sorted(names.reads)) == expected
    assert names.defines == {"out"}


def test_dat5_a_query_on_a_connection_reads_only_its_template() -> None:
    assert sql("select * from df where n = {{ n }}", connection="warehouse").reads == {"n"}


def test_dat5_expressions_of_other_cells() -> None:
    reads: dict[str, Cell] = {
        "n xs": MarkdownCell(id="c", source="{{ n | money }} {% for x in xs %}{{ x }}{% endfor %}"),
        "df": ChartCell(id="c", dataframe="df"),
        "df k": TableCell(id="c", dataframe="df[df.a > k]"),
        "a b": ValueCell(id="c", value="a.sum()", compare="b"),
        "d": InputCell(id="c", input=DropdownInput(name="x", options_from="d.a")),
    }
    for expected, cell in reads.items():
        assert " ".join(sorted(names_of(cell).reads)) == expected
    assert names_of(InputCell(id="c", input=DateInput(name="d", range=True))).defines == {"d_start", "d_end"}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (PythonCell(id="c", source="x = y"), PythonCell(id="c", source="x = y +")),
        (SqlCell(id="c", source="select {{ y }}"), SqlCell(id="c", source="select {{ y ")),
        (MarkdownCell(id="c", source="{{ y }}"), MarkdownCell(id="c", source="{% if y %}")),
        (ValueCell(id="c", value="y"), ValueCell(id="c", value="y +")),
    ],
)
def test_dat1_a_broken_text_keeps_the_last_names(good: Cell, bad: Cell) -> None:
    kept = names_of(bad, names_of(good))
    assert kept.reads == {"y"}
    assert not kept.parses
    assert names_of(bad, kept) == kept
    assert names_of(bad) == Names(parses=False)
    before = graph_of(Document(cells=(good,)))
    assert graph_of(Document(cells=(bad,)), before).nodes["c"].names == kept


@pytest.mark.parametrize("source", ["x = " + " + ".join(["a"] * 5000), "(" * 500, "-" * 20_000 + "1", "x = \x00", "\\"])
def test_dat1_texts_that_no_walk_can_read_are_kept_too(source: str) -> None:
    before = Names(defines=frozenset({"x"}))
    assert names_of(PythonCell(id="c", source=source), before) == Names(defines=frozenset({"x"}), parses=False)


# --- graph ------------------------------------------------------------------------------------------


def notebook(*texts: str, inputs: str = "") -> Document:
    """Cells c0, c1, …; the inputs stand last, since their place must not matter."""
    cells: list[Cell] = [PythonCell(id=f"c{i}", source=text) for i, text in enumerate(texts)]
    cells += [InputCell(id=f"in-{name}", input=NumberInput(name=name)) for name in inputs.split()]
    return Document(cells=tuple(cells))


def graph(*texts: str, inputs: str = "") -> Graph:
    return graph_of(notebook(*texts, inputs=inputs))


def test_dat7_the_nearest_definition_above() -> None:
    g = graph("x = 1", "x", "x = 2", "x += n", "x", inputs="n")
    assert g.parents("c1") == ("c0",)
    assert g.parents("c3") == ("c2", "in-n")
    assert g.parents("c4") == ("c3",)
    assert g.children("in-n") == ("c3",)
    assert g.descendants("in-n") == ("c3", "c4")
    assert g.ancestors("c4") == ("c2", "c3", "in-n")
    assert [(a.source, a.target, a.names) for a in g.arrows()] == [
        ("c0", "c1", ("x",)),
        ("c2", "c3", ("x",)),
        ("in-n", "c3", ("n",)),
        ("c3", "c4", ("x",)),
    ]


def test_dat7_a_change_of_one_cell_keeps_the_others() -> None:
    before = graph("x = 1", "y = x", "y")
    after = graph_of(notebook("x = 2", "y = x", "y"), before)
    assert after.nodes is before.nodes
    other = graph_of(notebook("x = 2", "y = 3", "y"), before)
    assert other.nodes["c2"].names is before.nodes["c2"].names
    assert other.nodes == graph("x = 2", "y = 3", "y").nodes


def test_dat8_names_that_nothing_above_gives() -> None:
    g = graph("x\nprint(q)", "x = 1")
    assert g.undefined("c0") == ("q", "x")
    assert g.parents("c0") == ()
    assert plan(g, ran(g), ["c0"]) == Plan(("x",), (), ("c0", "c1"))


def test_dat4_loop_variables_join_no_cells() -> None:
    g = graph("for i in range(3):\n    print(i)", "for i in range(2):\n    print(i)", "i")
    assert g.parents("c1") == ()
    assert g.parents("c2") == ("c0", "c1")


USES = {
    "a function": ("def f():\n    return x", "f()"),
    "a lambda": ("f = lambda: x", "f()"),
    "another name": ("def h():\n    return x\nf = h", "f()"),
    "a partial": ("def h(n):\n    return x\nf = partial(h, 1)", "f()"),
    "a closure": ("def make():\n    return lambda: x\nf = make()", "f()"),
    "a class": ("class F:\n    def m(self):\n        return x", "F().m()"),
    "a function in a function": ("def h():\n    return x\ndef f():\n    return h()", "f()"),
    "a method's table": ("f = {'a': lambda: x}", "f['a']()"),
    "passed on": ("def f(r):\n    return x", "map(f, [])"),
    "a dict of functions": ("def h():\n    return x\nf = [h]", "f[0]()"),
}


@pytest.mark.parametrize("case", USES)
def test_dat6_what_a_function_reads_is_read_where_it_is_used(case: str) -> None:
    made, used = USES[case]
    g = graph("x = 1", made, "x = 2", used, "x = 3")
    assert g.parents("c3") == ("c1", "c2")


def test_dat6_an_instance_in_another_cell_and_through_an_attribute() -> None:
    g = graph("class F:\n    def m(self):\n        return x", "f = F()", "f.rate = 1", "x = 2", "f.m()")
    assert set(g.parents("c4")) >= {"c2", "c3"}


def test_dat6_a_plain_value_made_by_a_function_reads_nothing_later() -> None:
    g = graph("path = 'a'\ndef load():\n    return path", "df = load()", "path = 'b'", "df")
    assert g.parents("c3") == ("c1",)


def test_dat6_a_function_that_mutates() -> None:
    g = graph("log = []", "def note():\n    log.append(1)", "note()", "log")
    assert g.parents("c3") == ("c2",)
    assert g.parents("c2") == ("c0", "c1")


def test_dat3_a_method_of_a_module_mutates_nothing() -> None:
    g = graph("import numpy as np", "np.append(x, 1)", "np.ones(3)")
    assert g.parents("c2") == ("c0",)
    g = graph("np = []", "np.append(1)", "np")
    assert g.parents("c2") == ("c1",)


def test_dat9_star_imports() -> None:
    g = graph("from math import *", "y = 1", "sin(y) + len([])", "sin = 2", "sin")
    assert g.parents("c2") == ("c0", "c1")
    assert g.undefined("c2") == ()
    assert g.parents("c4") == ("c3",)


# --- plans ------------------------------------------------------------------------------------------


def follow(g: Graph, state: KernelView, todo: Plan, failing: str = "") -> KernelView:
    state = prepared(g, state, todo)
    for id in todo.cells:
        if blocked_by(g, state, id) is not None:
            state = skipped(g, state, id)
        else:
            state = executed(g, state, id, "failed" if id in failing.split() else "done")
    return state


def ran(g: Graph, failing: str = "") -> KernelView:
    """The view after a run of everything."""
    state = follow(g, KernelView(), full(g), failing)
    assert stale_cells(g, state) == ()
    return state


PLANS: list[tuple[tuple[str, ...], str, str]] = [
    # reading the last state reruns no definer
    (("x = []", "x.append(1)", "x"), "c2", "c2"),
    # a mutation takes the definition along, and all that rests on it
    (("x = []", "x.append(1)", "x"), "c1", "c0 c1 c2"),
    # an earlier state is read: its makers, the reader, the later ones
    (("x = []", "x.append(1)", "len(x)", "x.append(2)", "x"), "c2", "c0 c1 c2 c3"),
    (("x = 1", "x", "x = 2"), "c1", "c0 c1 c2"),
    (("df = 1", "df = df + 1", "df = df + 1", "df"), "c1", "c0 c1 c2 c3"),
    # from the last plain definition on
    (("x = []", "x.append(1)", "x = []", "x.append(2)", "x"), "c3", "c2 c3 c4"),
    # other cells' names of the same kind are left alone
    (("fig = 1\nfig", "fig = 2\nfig", "fig = 3\nfig"), "c0", "c0"),
    (("for i in a:\n    print(i)", "for i in b:\n    print(i)"), "c0", "c0"),
    # a state that others read is brought back
    (("x = 1", "y = x", "x = 2", "z = x"), "c0", "c0 c1 c2"),
    # a definer of two names writes over the other too
    (("x = 1\ny = []", "x", "x = 2", "y.append(1)", "y", "x"), "c1", "c0 c1 c2 c3"),
    # deletion
    (("x = 1", "x", "del x", "x = 3"), "c1", "c0 c1 c3"),
]


@pytest.mark.parametrize(("texts", "wanted", "expected"), PLANS)
def test_dat10_plans(texts: tuple[str, ...], wanted: str, expected: str) -> None:
    g = graph(*texts)
    assert " ".join(plan(g, ran(g), wanted.split()).cells) == expected


def test_dat10_stale_ancestors_come_along_and_their_other_descendants_stay() -> None:
    before = graph("x = 1", "y = x", "z = x", "y")
    after = graph_of(notebook("x = 2", "y = x", "z = x", "y"), before)
    state = after_edit(before, after, ran(before))
    todo = plan(after, state, ["c3"])
    assert todo.cells == ("c0", "c1", "c3")
    assert stale_cells(after, follow(after, state, todo)) == ("c2",)
    assert plan(after, state, ["c3"], "only").cells == ("c3",)


def test_dat10_an_input_that_a_cell_mutates() -> None:
    g = graph("y = n", "n = n + 1", "n", inputs="n")
    state = ran(g)
    assert plan(g, state, ["c0"]) == Plan((), ("in-n",), ("c0", "c1"))
    assert plan(g, state, ["c2"]) == Plan((), (), ("c2",))
    assert plan(g, state, ["in-n"]) == Plan((), ("in-n",), ("c0", "c1", "c2"))
    g = graph("n", inputs="n")
    assert plan(g, after_inputs(g, ran(g), ["n"]), ["in-n"], "only") == Plan((), ("in-n",), ())


def test_dat10_options_are_read_at_their_place() -> None:
    cells: list[Cell] = [
        PythonCell(id="c0", source="xs = [1, 2]"),
        InputCell(id="pick", input=DropdownInput(name="p", options_from="xs")),
        PythonCell(id="c1", source="p"),
    ]
    g = graph_of(Document(cells=tuple(cells)))
    assert full(g) == Plan((), ("pick",), ("c0", "pick", "c1"))
    assert plan(g, ran(g), ["c0"]).cells == ("c0", "pick")
    assert g.parents("c1") == ("pick",)


def test_dat11_what_becomes_stale() -> None:
    before = graph("x = n", "y = x", "z = 1", "m", inputs="n m")
    state = ran(before)
    assert stale_cells(before, after_inputs(before, state, ["n"])) == ("c0", "c1")
    assert after_inputs(before, state, ["other"]) is state

    first, *others = before.cells.values()
    inserted = Document(cells=(first, PythonCell(id="new", source="x = 3"), *others))
    after = graph_of(inserted, before)
    assert stale_cells(after, after_edit(before, after, state)) == ("new", "c1")

    renamed = Document(cells=(PythonCell(id="c0", label="Load", source="x = n"), *others))
    after = graph_of(renamed, before)
    assert stale_cells(after, after_edit(before, after, state)) == ()


def test_dat11_moving_a_definition_makes_its_old_and_new_readers_stale() -> None:
    before = graph("x = 1", "x", "x = 2", "x")
    cells = list(before.cells.values())
    after = graph_of(Document(cells=(cells[0], cells[2], cells[1], cells[3])), before)
    assert stale_cells(after, after_edit(before, after, ran(before))) == ("c1",)


def test_dat12_names_of_a_cell_that_is_gone_are_forgotten() -> None:
    before = graph("x = 1", "y = 2", "x")
    after = graph_of(Document(cells=(*before.cells.values(),)[1:]), before)
    state = after_edit(before, after, ran(before))
    assert ghosts(after, state) == ("x",)
    assert stale_cells(after, state) == ("c2",)
    todo = plan(after, state, ["c1"])
    assert todo == Plan(("x",), (), ("c1",))
    assert ghosts(after, follow(after, state, todo)) == ()


def test_dat13_dependents_of_a_failed_cell_are_skipped() -> None:
    g = graph("x = 1 / 0", "y = x", "z = y", "w = 1")
    state = ran(g, failing="c0")
    assert state.skipped == {"c1": "c0", "c2": "c0"}
    assert state.failed == {"c0"}
    assert blocked_by(g, state, "c3") is None
    assert plan(g, state, ["c2"]).cells == ("c2",)
    again = plan(g, state, ["c2"], retry=True)
    assert again.cells == ("c0", "c1", "c2")
    state = follow(g, state, again)
    assert (state.skipped, state.failed, stale_cells(g, state)) == ({}, frozenset(), ())


def test_dat14_a_cell_run_alone_on_the_wrong_state_is_stale() -> None:
    g = graph("x = []", "x.append(1)", "x")
    state = follow(g, ran(g), plan(g, ran(g), ["c1"], "only"))
    assert stale_cells(g, state) == ("c1", "c2")
    assert plan(g, state, ["c2"]).cells == ("c0", "c1", "c2")


def test_dat14_an_interrupted_cell_and_what_rests_on_it_are_stale() -> None:
    g = graph("x = 1", "y = x", "z = 1")
    state = executed(g, stale(g, ran(g), ["c0"]), "c0", "interrupted")
    assert stale_cells(g, state) == ("c0", "c1")


def test_dat2_pasted_prompts_are_no_annotations() -> None:
    assert py("In [1]: x = y\n   ...: z = x") == py("x = y\nz = x")


def test_large_imports_wait_until_they_are_needed() -> None:
    """Every command starts with this package; IPython and sqlglot would be most of its start."""
    code = (
        "import sys\nfrom vernissage.core.dataflow import names_of\nfrom vernissage.core.document import PythonCell\n"
        "assert names_of(PythonCell('a', source='x = y')).reads == {'y'}\n"
        "sys.exit(bool({'IPython', 'sqlglot'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
