"""Project files: what is written reads back, what is wrong is said with its line."""

from __future__ import annotations

import textwrap
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import documents, plain_json, sources
from vernissage.core.document import (
    Column,
    DateInput,
    Document,
    DropdownInput,
    Element,
    FileRef,
    InputCell,
    Layout,
    MarkdownCell,
    PythonCell,
    Row,
    Settings,
    SliderInput,
    SqlCell,
    Tab,
)
from vernissage.formats import FormatError, yaml_text
from vernissage.formats.project_file import read, write

CONTRACT = """\
vernissage: 1
title: Penguin explorer
description: Bill sizes by species
timezone: Europe/Berlin
settings:
  on_open: published_results        # or: run
  on_interaction: auto              # or: manual
cells:
  - id: load                        # [a-z0-9_-]{1,64}, unique; made up on import when missing
    type: python
    source: |
      import pandas as pd
      df = pd.read_csv("penguins.csv")
  - id: species
    type: input
    kind: dropdown                  # text number slider checkbox button dropdown multiselect date file table
    name: species                   # the variable
    label: Species
    options: [Adelie, Chinstrap, Gentoo]     # or: options_from: df.species
    optional: false
    default: Gentoo
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - {id: since, type: input, kind: date, name: since, time: true, timezone: America/Chicago, relative: true, default: 7 days ago}   # range
  - id: sel
    type: sql
    connection: dataframes          # or a data connection's name
    result: sel
    source: select * from df where species = {{ species }} limit {{ n }}
  - {id: title, type: markdown, source: "## {{ n }} rows of {{ species }}"}
  - {id: chart, type: chart, dataframe: sel, spec: {mark: point, x: bill_length_mm, y: body_mass_g, color: island}}
  - {id: rows, type: table, dataframe: sel}
  - {id: count, type: value, label: Penguins, value: len(sel)}
app:                                # absent: one tab, one column, notebook order, source hidden
  full_width: false
  tabs:
    - name: Overview
      rows:
        - columns:
            - {start: 0, end: 40, elements: [{cell: species}, {cell: n}]}       # on 0…120
            - {start: 40, end: 120, elements: [{cell: chart, height: 320, show_source: false}]}
packages: [scikit-learn>=1.5]
files: [penguins.csv]               # beside the project file; travel with it; a version holds them by content hash
"""  # noqa: E501


def test_fmt1_the_file_of_the_contract() -> None:
    document = read(CONTRACT)
    assert document.title == "Penguin explorer" and document.timezone == "Europe/Berlin"
    assert [cell.id for cell in document.cells] == [
        "load", "species", "n", "since", "sel", "title", "chart", "rows", "count",
    ]  # fmt: skip
    assert document.cells[0] == PythonCell("load", source='import pandas as pd\ndf = pd.read_csv("penguins.csv")')
    assert document.cells[1] == InputCell(
        id="species", label="Species",
        input=DropdownInput(name="species", options=("Adelie", "Chinstrap", "Gentoo"), default="Gentoo"),
    )  # fmt: skip
    assert document.inputs()["n"].input == SliderInput(name="n", min=1, max=100, step=1, default=20)
    assert document.inputs()["since"].input == DateInput(
        name="since", time=True, timezone="America/Chicago", relative=True, default="7 days ago"
    )
    assert document.cells[4] == SqlCell(
        "sel", source="select * from df where species = {{ species }} limit {{ n }}", result="sel"
    )
    assert document.app is not None
    assert document.app.tabs[0].rows[0].columns[1] == Column(40, 120, (Element("chart", height=320),))
    assert document.packages == ("scikit-learn>=1.5",)
    assert document.files == (FileRef("penguins.csv"),)
    assert read(write(document)) == document


@settings(max_examples=150)
@given(documents())
def test_fmt2_what_is_written_reads_back(document: Document) -> None:
    text = write(document)
    assert read(text) == document
    assert write(read(text)) == text


@given(documents())
def test_fmt3_other_yaml_readers_read_the_same(document: Document) -> None:
    text = write(document)
    assert _same_data(yaml.load(text, Loader=yaml.CSafeLoader), yaml_text.parse(text).data)


def _same_data(theirs: Any, ours: Any) -> bool:
    match ours:
        case dict():
            return theirs.keys() == ours.keys() and all(_same_data(theirs[key], ours[key]) for key in ours)
        case list():
            return len(theirs) == len(ours) and all(map(_same_data, theirs, ours))
        case _:
            return type(theirs) is type(ours) and bool(theirs == ours)


def test_fmt15_the_refresh_settings_stand_in_the_file_where_they_are_set() -> None:
    text = "vernissage: 1\nsettings:\n  viewers_may_refresh: true\n  refresh_after: 60\n  interrupt_superseded: true\n"
    document = read(text + "  ready_kernels: 2\n")
    assert document.settings == Settings("published_results", "auto", True, 60, True, 2)
    assert read(write(document)) == document
    assert "refresh" not in write(read("vernissage: 1\n"))
    with pytest.raises(FormatError, match="refresh_after"):
        read("vernissage: 1\nsettings: {refresh_after: soon}")
    with pytest.raises(FormatError, match="0 is never"):
        read("vernissage: 1\nsettings: {refresh_after: -5}")
    with pytest.raises(FormatError, match="At most 8 kernels"):
        read("vernissage: 1\nsettings: {ready_kernels: 9}")


def test_fmt4_written_for_people() -> None:
    document = Document(
        title="Sales: 2026",
        cells=(
            PythonCell("load", source="import pandas as pd\n\ndf = pd.DataFrame()  \nif True:\n    df"),
            MarkdownCell("title", source="## {{ n }} rows"),
            InputCell(id="rows", label="Rows", input=SliderInput(name="rows", max=50, default=20)),
            InputCell(id="go", input=DropdownInput(name="go", options=("no", "North", 1, 1.0, None), default="no")),
        ),
        settings=Settings(on_open="run"),
        app=Layout(
            tabs=(Tab("All", (Row((Column(0, 30, (Element("rows"),)), Column(30, 120, (Element("title", 320),)))),)),)
        ),
    )
    assert write(document) == textwrap.dedent(
        """\
        vernissage: 1
        title: "Sales: 2026"
        timezone: UTC
        settings:
          on_open: run
          on_interaction: auto
        cells:
          - id: load
            type: python
            source: |
              import pandas as pd

              df = pd.DataFrame()\x20\x20
              if True:
                  df
          - id: title
            type: markdown
            source: "## {{ n }} rows"
          - id: rows
            type: input
            kind: slider
            name: rows
            label: Rows
            min: 0
            max: 50
            step: 1
            default: 20
          - id: go
            type: input
            kind: dropdown
            name: go
            options: ["no", North, 1, 1.0, null]
            default: "no"
        app:
          tabs:
            - name: All
              rows:
                - columns:
                    - start: 0
                      end: 30
                      elements:
                        - {cell: rows}
                    - start: 30
                      end: 120
                      elements:
                        - {cell: title, height: 320}
        """
    )


def test_fmt5_source_has_no_carriage_return() -> None:
    document = read('vernissage: 1\r\ncells:\r\n  - type: python\r\n    source: "a\\r\\nb\\rc"\r\n')
    assert document.cells == (PythonCell("python", source="a\nb\nc"),)


def test_fmt6_ids_are_made_of_names_and_stay_the_same() -> None:
    text = """\
    vernissage: 1
    cells:
      - {type: markdown, label: "Straße & Co.", source: a}
      - {type: input, kind: text, name: region_name}
      - {type: python, source: b}
      - {type: python, source: c}
      - {id: python, type: python, source: d}
      - {type: sql, result: sel, source: e}
      - {type: table, label: "…", dataframe: sel}
    """
    ids = [cell.id for cell in read(text).cells]
    assert ids == ["stra-e-co", "region-name", "python-2", "python-3", "python", "sel", "table"]
    assert [cell.id for cell in read(text).cells] == ids


def in_cells(*lines: str) -> str:
    return "vernissage: 1\ncells:\n" + "\n".join(f"  {line}" for line in lines)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title: x", 0, "no line `vernissage: 1`"),
        ("", 0, "no line `vernissage: 1`"),
        ("[1, 2]", 0, "no line `vernissage: 1`"),
        ("title: x\nvernissage: 2\nunheard: of", 2, "Upgrade Vernissage"),
        ("vernissage: one", 1, "the number of the file's format"),
        ("vernissage: 1\ntitel: x", 2, "no key `titel`"),
        ("vernissage: 1\ntitle: 2024", 2, "`title` must be text; put it in quotes"),
        ("vernissage: 1\ntitle: a\ntitle: b", 3, "a second time"),
        ("vernissage: 1\ntitle: [a", 2, "cannot be read as YAML"),
        ("vernissage: 1\ntitle: ''", 0, "A title has"),
        ("vernissage: 1\nsettings: {on_open: later}", 2, "`on_open` cannot be 'later'"),
        ("vernissage: 1\nsettings:\n  on_close: run", 3, "no key `on_close`"),
        ("vernissage: 1\ncells: {}", 2, "`cells` must be a list"),
        ("vernissage: 1\ntimezone: Mars", 0, "no time zone"),
        ("vernissage: 1\npackages: [1]", 2, "put 1 in quotes"),
        ("vernissage: 1\nfiles:\n  - a.csv\n  - a.csv", 4, "named twice"),
        ("vernissage: 1\nfiles: [../a.csv]", 0, "no file name"),
        (in_cells("- a"), 3, "A cell must hold keys"),
        (in_cells("- {id: a}"), 3, "this one has no `type`"),
        (in_cells("- id: a", "  type: pyhton"), 4, "the type 'pyhton' is none"),
        (in_cells("- {type: input, name: n}"), 3, "this one has no `kind`"),
        (in_cells("- type: input", "  kind: slidr"), 4, "'slidr' is none"),
        (in_cells("- {type: input, kind: slider}"), 3, "needs a `name`"),
        (in_cells("- type: python", "  sorce: x"), 4, "A python cell has no key `sorce`"),
        (in_cells("- type: input", "  kind: text", "  name: a", "  min: 1"), 6, "A text input has no key `min`"),
        (in_cells("- type: input", "  kind: slider", "  name: a", "  min: low"), 6, "`min` must be a number"),
        (in_cells("- type: input", "  kind: slider", "  name: 1a"), 5, "no name for an input"),
        (in_cells("- type: input", "  kind: date", "  name: a", "  time: 'yes'"), 6, "`time` must be true or false"),
        (in_cells("- {type: input, kind: text, name: a}", "- type: input", "  kind: text", "  name: a"), 6, "already"),
        (in_cells("- {type: input, kind: date, range: true, name: a}", "- {type: input, kind: text, name: a_end}"),
         4, "already"),
        (in_cells("- {id: a, type: python}", "- type: python", "  id: a"), 5, "stands above already"),
        (in_cells("- type: python", "  id: A b"), 4, "is no id"),
        (in_cells("- {id: a, type: python, source: [x]}"), 3, "`source` must be text"),
        (in_cells("- {id: 007, type: python}", "- &a {type: python}"), 4, "Anchors"),
        ("vernissage: 1\ntitle: *a", 2, "Aliases"),
        ("vernissage: 1\ntitle: !!python/object:os.system x", 2, "Tags"),
        ("vernissage: 1\n--- \nvernissage: 1", 2, "A second YAML document"),
        ("vernissage: 1\n? [a]\n: b", 2, "A key must be a word"),
        ("vernissage: 1\ntitle: \ud800", 0, "half of a character"),
    ],
)  # fmt: skip
def test_fmt7_what_is_wrong_is_said_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(FormatError) as raised:
        read(text)
    assert says in raised.value.sentence
    assert raised.value.line == line
    assert not line or raised.value.sentence.startswith(f"Line {line}: ")
    assert raised.value.sentence.endswith(".")


LAYOUT = """\
vernissage: 1
cells:
  - {id: a, type: python}
app:
  tabs:
    - name: One
      rows:
        - columns:
            - start: 0
              end: 40
              elements:
                - {cell: a}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("{cell: a}", "{cell: b}", 12, "the cell 'b'"),
        ("{cell: a}", "{cell: a, hight: 3}", 12, "no key `hight`"),
        ("{cell: a}", "{cell: a, height: tall}", 12, "`height` must be a whole number"),
        ("{cell: a}", "a", 12, "must hold keys"),
        ("{cell: a}", "{height: 3}", 12, "`cell` is missing"),
        ("start: 0", "start: 50", 9, "50 to 40 does not"),
        ("end: 40", "end: 140", 9, "0 to 140 does not"),
        ("name: One", "title: One", 6, "A tab has no key `title`"),
        ("- columns:", "- cols:", 8, "A row has no key `cols`"),
    ],
)
def test_fmt8_a_layout_that_does_not_fit_is_an_error(old: str, new: str, line: int, says: str) -> None:
    assert read(LAYOUT).app is not None
    with pytest.raises(FormatError) as raised:
        read(LAYOUT.replace(old, new))
    assert says in raised.value.sentence and raised.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "vernissage: 1\ntitle: " + "[" * 5_000, "vernissage: 1\ntitle: " + "{a: " * 5_000, "- " * 5_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nvernissage: 1",
        "vernissage: 1\ntitle: [" + "1," * 200_100 + "]",
    ],
    ids=["lists", "mappings", "nested", "aliases", "many"],
)  # fmt: skip
def test_fmt9_bombs_are_refused(text: str) -> None:
    begin = time.monotonic()
    with pytest.raises(FormatError):
        read(text)
    assert time.monotonic() - begin < 20


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda data: data.decode("latin-1")))
def test_fmt9_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"vernissage: 1\ntitle: {text}", f"vernissage: 1\ncells:\n  - {text}"):
        try:
            read(whole)
        except FormatError as error:
            assert error.sentence.endswith(".")  # noqa: PT017


@given(st.dictionaries(st.sampled_from(["a", "b"]), plain_json, max_size=2), sources)
def test_fmt3_any_data_and_any_text(data: dict[str, Any], source: str) -> None:
    text = yaml_text.dump({**data, "source": yaml_text.Block(source), "flow": yaml_text.Flow(list(data.values()))})
    assert yaml_text.parse(text).data == {**data, "source": source, "flow": list(data.values())}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"), ("NO", "NO"), ("on", "on"), ("12:30", "12:30"), ("2021-07-13", "2021-07-13"), ("010", "010"),
        ("0x10", "0x10"), ("1_000", "1_000"), ("true", True), ("~", None), ("null", None), ("-3", -3), ("1e5", 1e5),
        ("1.50", 1.5), ("=", "="), ("<<", "<<"), ("9007199254740993", 9007199254740993),
    ],
)  # fmt: skip
def test_fmt10_words_mean_what_they_say(word: str, value: Any) -> None:
    data = yaml_text.parse(f"a: {word}\nb: '{word}'").data
    assert data == {"a": value, "b": word} and type(data["a"]) is type(value)
