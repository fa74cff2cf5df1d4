"""Whether a document's code reads who looks (`spec/personal.md`)."""

from __future__ import annotations

import pytest

from vernissage.core.document import (
    Cell,
    ChartCell,
    Document,
    DropdownInput,
    InputCell,
    MarkdownCell,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
)
from vernissage.core.personal import is_personal


def personal(*cells: Cell | str, **modules: str) -> bool:
    """Of a notebook of these cells; a text is a Python cell."""
    made = [PythonCell(f"c{i}", source=one) if isinstance(one, str) else one for i, one in enumerate(cells)]
    return is_personal(Document(cells=tuple(made)), {f"{name}.py": text for name, text in modules.items()})


READS = {
    "plainly": ("import vernissage\nprint(vernissage.run_context().viewer)",),
    "attributes": ("import vernissage\nvernissage.run_context().attributes['team']",),
    "through an alias": ("import vernissage as v\nv.run_context().viewer",),
    "by its name": ("from vernissage import run_context\nrun_context().viewer",),
    "by another name": ("from vernissage import run_context as rc", "me = rc().viewer"),
    "by a star": ("from vernissage import *\nrun_context().viewer",),
    "kept, and read in another cell": ("import vernissage\nc = vernissage.run_context()", "c.viewer"),
    "kept with a type": ("import vernissage\nc: object = vernissage.run_context()\nprint(c.viewer)",),
    "shown": ("import vernissage\nvernissage.run_context()",),
    "kept and shown": ("import vernissage\nc = vernissage.run_context()\nc",),
    "in an f-string": ("import vernissage\nc = vernissage.run_context()\nf'{c}'",),
    "passed on": ("import vernissage\nprint(vernissage.run_context())",),
    "passed on by its name": ("import vernissage\nc = vernissage.run_context()\nvars(c)",),
    "kept in a list": ("import vernissage\nx = [vernissage.run_context()]",),
    "kept in an attribute": ("import vernissage\nx.c = vernissage.run_context()",),
    "unpacked": ("import vernissage\n(a,) = (vernissage.run_context(),)",),
    "by a walrus": ("import vernissage\nif (c := vernissage.run_context()).viewer: pass",),
    "the function passed on": ("import vernissage\nf = vernissage.run_context\nf().viewer",),
    "the module passed on": ("import vernissage\nv = vernissage",),
    "getattr": ("import vernissage\ngetattr(vernissage, 'run_' + 'context')()",),
    "getattr of the answer": ("import vernissage\ngetattr(vernissage.run_context(), name)",),
    "by a string": ("import importlib\nimportlib.import_module('vernissage')",),
    "in text that is run": ("exec('import vernissage as v; x = v')",),
    "the kernel's own package": ("from vernissage_kernel import context",),
    "a part of the package": ("import vernissage.core",),
    "in a function": ("import vernissage\ndef who():\n    return vernissage.run_context().viewer",),
    "in a match": ("import vernissage\nc = vernissage.run_context()\nmatch c:\n    case object(viewer=v): pass",),
    "in a magic": ("%%time\nimport vernissage\nprint(vernissage.run_context().viewer)",),
    "through globals": ("import vernissage\nc = vernissage.run_context()\nglobals()['c'].viewer",),
    "unreadable": ("import vernissage\nvernissage.run_context().viewer +",),
    "a value": ("import vernissage", ValueCell("v", value=" vernissage.run_context().viewer")),
    "a comparison": ("import vernissage", ValueCell("v", value="1", compare="len(vernissage.run_context().viewer)")),
    "a chart": ("import vernissage", ChartCell("v", dataframe="f(vernissage.run_context())")),
    "a table": ("import vernissage\nc = vernissage.run_context()", TableCell("v", dataframe="rows(c)")),
    "options": (
        "import vernissage",
        InputCell("i", input=DropdownInput(name="i", options_from="[vernissage.run_context().viewer]")),
    ),
    "Markdown": ("import vernissage", MarkdownCell("m", source="Hello {{ vernissage.run_context().viewer }}")),
    "SQL": (
        "from vernissage import run_context\nc = run_context()",
        SqlCell("q", source="select * from t where owner = {{ c.viewer }}"),
    ),
    "a block": (
        "from vernissage import run_context\nc = run_context()",
        SqlCell("q", source="select 1 {% if c %} where 1 = 1 {% endif %}"),
    ),
}


@pytest.mark.parametrize("case", READS)
def test_per1_code_that_may_read_the_viewer_makes_an_app_personal(case: str) -> None:
    assert personal(*READS[case])


FREE = {
    "nothing of it": ("x = 1\nviewer = 2\nx.viewer",),
    "a mention in words": ("print('Welcome to vernissage day')  # vernissage.run_context().viewer",),
    "the trigger": ("import vernissage\nif vernissage.run_context().trigger == 'scheduled': print(1)",),
    "kept, for what is everybody's": (
        "import vernissage as v\nc = v.run_context()",
        "print(c.trigger, c.timezone, c.project.upper(), c.version)",
        ValueCell("v", value="c.version"),
        MarkdownCell("m", source="Run by {{ c.trigger }} in {{ v.run_context() . timezone }}; c is a letter"),
    ),
    "by its name": ("from vernissage import run_context as rc\nif rc().version is None: print('draft')",),
    "secrets": ("import vernissage\nvernissage.secrets['db'].attributes\n'viewer'",),
    "errors": ("from vernissage import AppError, secrets\nraise AppError('No data')",),
    "another's viewer": ("df = load()\ndf.attributes\ndf.viewer",),
}


@pytest.mark.parametrize("case", FREE)
def test_per1_what_is_the_same_for_everybody_makes_no_app_personal(case: str) -> None:
    assert not personal(*FREE[case])


def test_per2_the_projects_own_modules_count() -> None:
    assert personal("import helpers", helpers="import vernissage\ndef who(): return vernissage.run_context().viewer")
    # What a module holds, others may take from it by any name.
    assert personal("from helpers import c as d\nd", helpers="import vernissage\nc = vernissage.run_context()")
    assert personal("import helpers", helpers="from vernissage import run_context as rc")
    assert personal("import helpers\nhelpers.vernissage.run_context().viewer", helpers="import vernissage")
    assert personal("import helpers", helpers="import vernissage\nprint(vernissage.run_context(")
    assert not personal("import helpers", helpers="import vernissage\nT = vernissage.run_context().trigger")


def test_per1_a_text_nested_too_deep_is_in_doubt() -> None:
    assert personal("import vernissage\nx = " + "-" * 100_000 + "1")
