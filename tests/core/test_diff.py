"""Differences of documents and of outputs: nothing is missed, nothing is made up, texts come together again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.documents import documents, texts
from vernissage.core.diff import (
    Difference,
    LayoutDifference,
    TextDifference,
    difference,
    outputs_difference,
    text_difference,
)
from vernissage.core.diff.outputs import TABLE_MIME
from vernissage.core.diff.text import EFFORT, NOTE, Effort, increasing
from vernissage.core.document import (
    ChartCell,
    Column,
    Document,
    DropdownInput,
    Element,
    FileRef,
    InputCell,
    Layout,
    PythonCell,
    Row,
    Settings,
    SliderInput,
    SqlCell,
    Tab,
    ValueCell,
    content_hash,
)
from vernissage.core.outputs import BlobRef, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage_kernel import frames


def sides(found: TextDifference) -> tuple[str, str]:
    """Both texts, from the hunks."""
    old = [hunk.before for hunk in found.hunks if hunk.before_line is not None]
    new = [hunk.after for hunk in found.hunks if hunk.after_line is not None]
    return "\n".join(old), "\n".join(new)


def units_cut(line: str, ranges: tuple[tuple[int, int], ...]) -> str:
    """The line without the ranges, as a browser would cut it; white space apart."""
    raw = line.encode("utf-16-le")
    kept, at = b"", 0
    for start, end in [*ranges, (len(raw) // 2, len(raw) // 2)]:
        kept += raw[2 * at : 2 * start]
        at = end
    return "".join(kept.decode("utf-16-le").split())


def notebook(*ids: str, **more: Any) -> Document:
    return Document(cells=tuple(PythonCell(id, source=f"{id} = 1") for id in ids), **more)


def page(*tabs: tuple[str, Iterable[str]], **changes: Element) -> Layout:
    """Tabs with their cells below each other: `("Main", "abc")`; some elements replaced."""
    return Layout(
        tuple(
            Tab(name, tuple(Row((Column(elements=(changes.get(id, Element(id)),)),)) for id in ids))
            for name, ids in tabs
        )
    )


def kinds(found: Difference) -> dict[str, str]:
    return {cell.id: cell.kind for cell in (*found.cells, *found.inputs)}


def layout_kinds(before: Layout | None, after: Layout | None, cells: str = "abcdef") -> list[tuple[str, str, str]]:
    found = difference(notebook(*cells, app=before), notebook(*cells, app=after))
    assert found.total == len(found.layout)
    return [(one.kind, one.tab, one.cell) for one in found.layout]


# --- documents --------------------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Document, Document]:
    """Two documents that have parts in common."""
    one, other = draw(documents()), draw(documents())
    parts = {
        field: getattr(one, field) for field in ("title", "description", "timezone", "settings", "packages", "files")
    }
    taken = {field: value for field, value in parts.items() if draw(st.booleans())}
    cells = list(one.cells if draw(st.booleans()) else other.cells)
    mixed = [draw(st.sampled_from([cell, other.cell(cell.id) or cell])) for cell in draw(st.permutations(cells))]
    mixed = mixed[: draw(st.integers(0, len(mixed)))]
    ids = {cell.id for cell in mixed}
    layout = draw(st.sampled_from([one.app, other.app]))
    if (
        layout is not None
        and not {e.cell for t in layout.tabs for r in t.rows for c in r.columns for e in c.elements} <= ids
    ):
        layout = None
    return one, replace(other, **taken, cells=tuple(mixed), app=layout)


@settings(max_examples=60)
@given(documents())
def test_dif1_nothing_differs_from_itself(document: Document) -> None:
    copy = msgspec.json.decode(msgspec.json.encode(document), type=Document)
    found = difference(document, copy)
    assert found == Difference(unchanged_cells=found.unchanged_cells, unchanged_inputs=found.unchanged_inputs)
    assert found.unchanged_cells + found.unchanged_inputs == len(document.cells)


@settings(max_examples=150)
@given(pairs())
def test_dif1_documents_with_other_hashes_differ(pair: tuple[Document, Document]) -> None:
    before, after = pair
    assert (difference(before, after).total == 0) == (content_hash(before) == content_hash(after))


def test_dif1_one_and_true_and_a_half_written_whole_number_differ() -> None:
    for a, b in ((1, True), (1, 1.0), (0, False)):
        before, after = (
            Document(cells=(InputCell("i", input=DropdownInput("x", default=None, options=(one,))),)) for one in (a, b)
        )
        assert before == after, "Python takes them for equal; the hash does not"
        assert kinds(difference(before, after)) == {"i": "changed"}


@settings(max_examples=60)
@given(documents())
def test_dif1_compared_with_nothing_all_is_added(document: Document) -> None:
    found = difference(None, document)
    assert kinds(found) == dict.fromkeys([cell.id for cell in document.cells], "added")
    assert not found.settings
    assert {one.kind for one in found.packages} | {one.kind for one in found.files} <= {"added"}
    if document.app is not None:
        assert [one.tab for one in found.layout if one.kind == "tab_added"] == [tab.name for tab in document.app.tabs]


@settings(max_examples=150)
@given(pairs())
def test_dif2_every_cell_is_in_one_class(pair: tuple[Document, Document]) -> None:
    """[DIF2, DIF12]"""
    before, after = pair
    found = difference(before, after)
    listed = Counter(cell.id for cell in (*found.cells, *found.inputs))
    assert set(listed.values()) <= {1}
    old, new = {cell.id: cell for cell in before.cells}, {cell.id: cell for cell in after.cells}
    for id, kind in kinds(found).items():
        assert (id in old, id in new) == (kind != "added", kind != "removed")
    assert set(old.keys() ^ new.keys()) <= listed.keys()
    assert len(old.keys() | new.keys()) == len(listed) + found.unchanged_cells + found.unchanged_inputs
    assert all(isinstance(new.get(cell.id) or old[cell.id], InputCell) for cell in found.inputs)
    assert not any(isinstance(new.get(cell.id) or old[cell.id], InputCell) for cell in found.cells)
    lists = (found.cells, found.inputs, found.layout, found.settings, found.packages, found.files)
    assert found.total == sum(map(len, lists))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Difference) == found


def test_dif3_one_cell_that_passes_many_moves_alone() -> None:
    ids = [f"c{i}" for i in range(50)]
    found = difference(notebook(*ids), notebook(*ids[1:], ids[0]))
    assert kinds(found) == {"c0": "moved"}
    assert (found.cells[0].before_place, found.cells[0].after_place) == (1, 50)
    # Cells that come and go above move nobody.
    assert kinds(difference(notebook(*ids), notebook("new", *ids[5:]))) == {
        "new": "added", **dict.fromkeys(ids[:5], "removed"),
    }  # fmt: skip


def test_dif3_of_two_that_changed_places_the_one_moves_that_is_listed_anyway() -> None:
    before = notebook("a", "b")
    for changed in "ab":
        after = tuple(replace(cell, source="2") if cell.id == changed else cell for cell in reversed(before.cells))
        [found] = difference(before, replace(before, cells=after)).cells
        assert (found.id, found.kind, found.moved) == (changed, "changed", True)


@given(st.permutations(range(9)))
@settings(max_examples=60)
def test_dif3_what_stays_is_the_longest_row_in_order(order: list[int]) -> None:
    kept = increasing(order)
    values = [order[k] for k in kept]
    assert kept == sorted(kept)
    assert values == sorted(values)
    longest = [1] * len(order)
    for i in range(len(order)):
        longest[i] = max([1 + longest[j] for j in range(i) if order[j] < order[i]], default=1)
    assert len(kept) == max(longest)
    ids = [f"c{k}" for k in range(9)]
    moved = difference(notebook(*ids), notebook(*(ids[k] for k in order))).cells
    assert len(moved) == 9 - max(longest)


def test_dif4_settings_of_a_cell_in_words() -> None:
    before = InputCell("s", label="Species", input=DropdownInput("s", default="A", options=("A", "B", 1, True)))
    after = InputCell(
        "s", label="Kind", input=DropdownInput("s", default=None, options=("A", 1, "C", 2.5), optional=True)
    )
    [found] = difference(Document(cells=(before,)), Document(cells=(after,))).inputs
    said = {field.name: (field.words, field.before, field.after) for field in found.fields}
    assert said == {
        "label": ("Label", "Species", "Kind"),
        "default": ("Default", "A", "empty"),
        "options": ("Options", "A, B, 1, yes", "A, 1, C, 2.5"),
        "optional": ("May be empty", "no", "yes"),
    }
    options = next(field for field in found.fields if field.name == "options")
    assert (options.added, options.removed) == (("C", "2.5"), ("B", "yes"))


def test_dif4_a_cell_of_another_kind_says_so_first() -> None:
    before = Document(cells=(InputCell("n", input=SliderInput("n", default=3)), PythonCell("p", source="1")))
    after = Document(cells=(InputCell("n", input=DropdownInput("n", default=4)), SqlCell("p", source="select 1")))
    found = difference(before, after)
    assert [(f.words, f.before, f.after) for f in found.inputs[0].fields] == [
        ("Kind", "slider", "dropdown"), ("Default", "3", "4"),
    ]  # fmt: skip
    assert [(f.words, f.before, f.after) for f in found.cells[0].fields] == [("Type", "Python", "SQL")]
    assert found.cells[0].text is not None
    assert sides(found.cells[0].text) == ("1", "select 1")


def test_dif4_settings_of_the_project() -> None:
    before = Document(title="Sales", description="One\ntwo", settings=Settings(on_open="run"))
    found = difference(before, Document(title="Store sales", description="One\n2", timezone="Europe/Oslo")).settings
    assert [(one.name, one.before, one.after) for one in found] == [
        ("title", "Sales", "Store sales"),
        ("description", "One\ntwo", "One\n2"),
        ("timezone", "UTC", "Europe/Oslo"),
        ("settings.on_open", "runs from scratch", "shows the published results"),
    ]
    assert found[1].text is not None
    assert sides(found[1].text) == ("One\ntwo", "One\n2")
    after = Document(
        settings=Settings(viewers_may_refresh=True, refresh_after=60, interrupt_superseded=True, ready_kernels=2)
    )
    assert [(one.words, one.before, one.after) for one in difference(Document(), after).settings] == [
        ("Who refreshes the results for everyone", "editors", "everybody who sees the app"),
        ("Minutes until results are refreshed", "never", "60"),
        ("A running cell whose input changes", "runs to its end", "is interrupted"),
        ("Kernels kept ready", "none", "2"),
    ]


@settings(max_examples=100)
@given(pairs())
def test_dif5_swapped(pair: tuple[Document, Document]) -> None:
    there, back = difference(*pair), difference(*reversed(pair))
    other = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}

    def classes(found: Difference) -> Counter[str]:
        return Counter(kinds(found).values())

    surely = {id: kind for id, kind in kinds(there).items() if kind != "moved"}
    assert surely == {id: other[kind] for id, kind in kinds(back).items() if kind != "moved"}
    assert classes(there) == Counter({other[kind]: count for kind, count in classes(back).items()})
    for came, went in ((there.packages, back.packages), (there.files, back.files)):
        assert Counter(one.kind for one in came) == Counter(other[one.kind] for one in went)
    assert there.unchanged_cells + there.unchanged_inputs == back.unchanged_cells + back.unchanged_inputs


# --- texts ------------------------------------------------------------------------------------------

lines = st.lists(
    st.sampled_from(["", "a", "b = 1", "b = 2", "  b = 1", "select count(*)", "😀 = 𝒳 + 1", "😀 = y"]), max_size=14
)


@settings(max_examples=250)
@given(lines.map("\n".join) | texts(), lines.map("\n".join) | texts())
def test_dif6_lines_joined_are_the_texts(before: str, after: str) -> None:
    found = text_difference(before, after)
    assert sides(found) == (before, after)
    assert [h.before_line for h in found.hunks if h.before_line] == list(
        range(1, len(before.split("\n")) + bool(before))
    )
    assert [h.after_line for h in found.hunks if h.after_line] == list(range(1, len(after.split("\n")) + bool(after)))
    assert found.added == sum(h.kind in ("added", "changed") for h in found.hunks)
    assert found.removed == sum(h.kind in ("removed", "changed") for h in found.hunks)
    for hunk in found.hunks:
        match hunk.kind:
            case "same":
                assert hunk.before == hunk.after
            case "changed":
                assert hunk.before != hunk.after
                kept = units_cut(hunk.before, hunk.before_ranges), units_cut(hunk.after, hunk.after_ranges)
                assert kept[0] == kept[1]
                assert hunk.before_ranges or hunk.after_ranges
            case "added":
                assert (hunk.before_line, hunk.before) == (None, "")
            case "removed":
                assert (hunk.after_line, hunk.after) == (None, "")


@settings(max_examples=100)
@given(lines)
def test_dif6_a_text_is_the_same_as_itself(some: list[str]) -> None:
    text = "\n".join(some)
    assert {hunk.kind for hunk in text_difference(text, text).hunks} <= {"same"}


def test_dif6_side_by_side_as_people_expect_it() -> None:
    before = (
        "select store, country,\n       sum(revenue) as revenue,\n       count(*) as orders\n"
        "from   orders\ngroup  by store, country\nhaving count(*) >= 100"
    )
    after = (
        "select store, country,\n       sum(revenue) as revenue,\n       count(*) as orders,\n"
        "       avg(returned) as returns\nfrom   orders\ngroup  by store, country\n"
        "having count(*) >= {{ least_orders }}"
    )
    found = text_difference(before, after)
    assert [(h.kind, h.before_line, h.after_line) for h in found.hunks] == [
        ("same", 1, 1), ("same", 2, 2), ("changed", 3, 3), ("added", None, 4),
        ("same", 4, 5), ("same", 5, 6), ("changed", 6, 7),
    ]  # fmt: skip
    assert (found.added, found.removed, found.note) == (3, 2, "")
    comma, last = found.hunks[2], found.hunks[6]
    assert (comma.before_ranges, comma.after_ranges) == ((), ((25, 26),))
    assert [last.before[slice(*one)] for one in last.before_ranges] == ["100"]
    assert [last.after[slice(*one)] for one in last.after_ranges] == ["{{ least_orders }}"]


def test_dif6_ranges_count_as_browsers_do() -> None:
    [hunk] = text_difference('name = "😀" + a', 'name = "😀" + b').hunks
    assert hunk.before_ranges == hunk.after_ranges == ((14, 15),)


def test_dif7_a_text_too_different_is_replaced_as_a_whole_and_says_so() -> None:
    chance = random.Random(7)
    words = ["alpha", "beta", "gamma"]
    before, after = ("\n".join(chance.choice(words) for _ in range(40_000)) for _ in range(2))
    effort = Effort(EFFORT)
    found = text_difference(before, after, effort)
    assert effort.left == 0
    assert found.note == NOTE
    assert sides(found) == (before, after)


def test_dif7_large_texts_with_small_changes_need_little_effort() -> None:
    many = [f"row_{i} = load({i % 97})" for i in range(45_000)]
    changed = [*many[:100], "new = 1", *many[100:30_000], "other = 2", *many[30_001:]]
    effort = Effort(EFFORT)
    found = text_difference("\n".join(many), "\n".join(changed), effort)
    assert (found.added, found.removed, found.note) == (2, 1, "")
    assert effort.left > EFFORT * 0.8


def test_dif7_one_hard_cell_leaves_the_others_their_detail() -> None:
    chance = random.Random(3)
    hard = ["\n".join(chance.choice("abc") for _ in range(9_000)) for _ in range(2)]
    before, after = (
        Document(cells=(PythonCell("hard", source=hard[k]), PythonCell("easy", source=f"x = {k}"))) for k in range(2)
    )
    one, other = difference(before, after).cells
    assert one.text is not None
    assert other.text is not None
    assert (one.text.note, other.text.note) == (NOTE, "")
    assert [hunk.kind for hunk in other.text.hunks] == ["changed"]


# --- layout, packages, files ------------------------------------------------------------------------


def test_dif8_tabs() -> None:
    assert layout_kinds(page(("A", "ab")), page(("A", "ab"), ("B", "cd"))) == [("tab_added", "B", "")]
    assert layout_kinds(page(("A", "ab"), ("B", "cd")), page(("A", "ab"))) == [("tab_removed", "B", "")]
    assert layout_kinds(page(("A", "ab"), ("B", "cd")), page(("A", "ab"), ("Z", "cd"))) == [("tab_renamed", "Z", "")]
    assert layout_kinds(page(("A", "ab"), ("B", "cd")), page(("B", "cd"), ("A", "ab"))) in (
        [("tab_moved", "A", "")], [("tab_moved", "B", "")],
    )  # fmt: skip
    # Another name and other cells: one went, one came, and the cell that both have has moved.
    assert layout_kinds(page(("A", "abc")), page(("Z", "cdef"))) == [
        ("tab_removed", "A", ""), ("tab_added", "Z", ""), ("moved", "Z", "c"),
    ]  # fmt: skip
    [added] = difference(
        notebook(*"abcd", app=page(("A", "a"))), notebook(*"abcd", app=page(("A", "a"), ("B", "bc")))
    ).layout
    assert added == LayoutDifference("tab_added", "B", cells=("b", "c"))


def test_dif8_cells_on_the_page() -> None:
    assert layout_kinds(page(("A", "abc")), page(("A", "abcd"))) == [("placed", "A", "d")]
    assert layout_kinds(page(("A", "abc")), page(("A", "ac"))) == [("taken_away", "A", "b")]
    assert layout_kinds(page(("A", "abcd")), page(("A", "bcda"))) == [("moved", "A", "a")]
    assert layout_kinds(page(("A", "abc"), ("B", "d")), page(("A", "ab"), ("B", "dc"))) == [("moved", "B", "c")]
    taller = page(("A", "ab"), b=Element("b", height=300))
    assert layout_kinds(page(("A", "ab")), taller) == [("resized", "A", "b")]
    open_source = page(("A", "ab"), b=Element("b", show_source=True, show_prints=True))
    found = difference(notebook(*"ab", app=page(("A", "ab"))), notebook(*"ab", app=open_source)).layout
    assert [(one.kind, one.before, one.after) for one in found] == [("shown", "output only", "source and printed text")]


def test_dif8_what_is_grouped_otherwise_is_not_missed() -> None:
    joined = Layout((Tab("A", (Row((Column(elements=(Element("a"), Element("b"))),)),)),))
    assert layout_kinds(page(("A", "ab")), joined) == [("rearranged", "A", "")]
    assert layout_kinds(page(("A", "ab")), replace(page(("A", "ab")), full_width=True)) == [("width", "", "")]
    assert layout_kinds(None, None) == []


def test_dif8_a_layout_of_the_author_own_with_the_same_look() -> None:
    alike = Layout((Tab("", (Row((Column(elements=tuple(map(Element, "abc"))),)),)),))
    assert layout_kinds(None, alike, "abc") == [("own", "", "")]
    # Without one the page follows the notebook: a new cell is told once.
    found = difference(notebook("a"), notebook("a", "b"))
    assert (kinds(found), found.layout) == ({"b": "added"}, ())


def test_dif11_packages_and_files() -> None:
    def file(name: str, hash: str) -> FileRef:
        return FileRef(name, hash * 64, 5)

    before = Document(packages=("scikit_learn>=1.5", "polars"), files=(file("a.csv", "0"), file("b.csv", "1")))
    after = Document(packages=("Scikit-Learn[x]>=1.6", "duckdb"), files=(file("a.csv", "2"), file("c.csv", "1")))
    found = difference(before, after)
    assert [(one.name, one.kind, one.before, one.after) for one in found.packages] == [
        ("polars", "removed", "polars", ""),
        ("scikit-learn", "changed", "scikit_learn>=1.5", "Scikit-Learn[x]>=1.6"),
        ("duckdb", "added", "", "duckdb"),
    ]
    assert [(one.name, one.kind) for one in found.files] == [
        ("b.csv", "removed"), ("a.csv", "changed"), ("c.csv", "added"),
    ]  # fmt: skip


# --- outputs ----------------------------------------------------------------------------------------


def table(handle: str, columns: str, total: int, rows: int = 1) -> DisplayOutput:
    head = frames.TableHead(
        handle, tuple(frames.TableColumn(name, "number") for name in columns), total, ((0,) * len(columns),) * rows
    )
    return DisplayOutput({TABLE_MIME: msgspec.to_builtins(head), "text/plain": "a table"}, display_id=handle)


def compared(before: CellRun, after: CellRun) -> str:
    return outputs_difference({"c": before}, {"c": after})["c"].kind


def shown(*outputs: Any) -> CellRun:
    return CellRun("done", outputs, at=str(len(outputs)))


def test_dif9_what_means_nothing_does_not_count() -> None:
    assert TABLE_MIME == frames.TABLE_MIME
    blob, moved = BlobRef("/o/one", "a" * 64, 5), BlobRef("/o/two", "a" * 64, 5)
    for before, after in [
        (shown(table("t1", "ab", 9)), shown(table("t2", "ab", 9))),
        (shown(DisplayOutput({}, {"text/html": blob})), shown(DisplayOutput({}, {"text/html": moved}))),
        (shown(StreamOutput("stdout", "ab")), shown(StreamOutput("stdout", "a"), StreamOutput("stdout", "b"))),
        (
            shown(DisplayOutput({"text/plain": "<Figure at 0x7f3a12345678>"})),
            shown(DisplayOutput({"text/plain": "<Figure at 0x55aa12345678>"})),
        ),
        (
            CellRun("error", (ErrorOutput("KeyError", "'a'", ("line 1",), 1),)),
            CellRun("error", (ErrorOutput("KeyError", "'a'", ("line 2",), 2),)),
        ),
        (
            shown(DisplayOutput({"image/png": "abc"}, {"text/html": blob})),
            shown(DisplayOutput({"image/png": "abc"}, {"text/html": BlobRef("/o/x", "b" * 64, 5)})),
        ),
        (CellRun("done", elapsed=0.1), CellRun("stale", elapsed=0.2)),
    ]:
        assert compared(before, after) == "same"


def test_dif9_what_means_something_counts() -> None:
    whole, other = BlobRef("", "a" * 64, 5), BlobRef("", "b" * 64, 5)
    kept = table("t", "ab", 900)
    for before, after in [
        (shown(table("t", "ab", 9)), shown(table("t", "ab", 8))),
        (shown(replace(kept, blobs={TABLE_MIME: whole})), shown(replace(kept, blobs={TABLE_MIME: other}))),
        (shown(StreamOutput("stdout", "ab")), shown(StreamOutput("stderr", "ab"))),
        (shown(DisplayOutput({}, {"text/html": whole})), shown(DisplayOutput({}, {"text/html": other}))),
        (shown(DisplayOutput({"image/png": "abc"})), shown(DisplayOutput({"image/png": "abd"}))),
        (shown(), CellRun("skipped")),
        (shown(), CellRun("error", (ErrorOutput("KeyError", "'a'"),))),
        (CellRun("error", (ErrorOutput("KeyError", "'a'"),)), CellRun("error", (ErrorOutput("KeyError", "'b'"),))),
        (shown(DisplayOutput({"application/json": 1})), shown(DisplayOutput({"application/json": True}))),
    ]:
        assert compared(before, after) == "differs"


def test_dif9_cells_that_ran_in_one_run_only() -> None:
    ran = shown(StreamOutput("stdout", "x"))
    found = outputs_difference(
        {"old": ran, "both": ran, "never": CellRun(), "later": CellRun()},
        {"both": ran, "new": ran, "never": CellRun(), "later": ran, "old": CellRun("queued", ran.outputs)},
    )
    assert {id: one.kind for id, one in found.items()} == {
        "old": "only_before", "both": "same", "later": "only_after", "new": "only_after",
    }  # fmt: skip


def test_dif10_the_shape_of_a_table() -> None:
    found = outputs_difference({"c": shown(table("t", "abc", 65))}, {"c": shown(table("t", "abcd", 62))})["c"]
    assert found.kind == "differs"
    [shape] = found.tables
    assert (shape.columns_added, shape.columns_removed, shape.rows_before, shape.rows_after) == (("d",), (), 65, 62)
    assert shape.words == "1 column more, 3 rows fewer"
    # Only a value differs: the shape has nothing to say.
    other = replace(table("t", "a", 2), data={TABLE_MIME: {"columns": [{"name": "a"}], "total": 2, "rows": [[1]]}})
    assert outputs_difference({"c": shown(table("t", "a", 2))}, {"c": shown(other)})["c"].tables[0].words == ""
    # What user code put in a table's place is no table.
    broken = shown(DisplayOutput({TABLE_MIME: {"columns": 5, "total": "x"}}))
    assert outputs_difference({"c": broken}, {"c": shown(table("t", "a", 2))})["c"].tables == ()


def test_dif12_the_number_beside_changes() -> None:
    store = SqlCell("store", source="select 1", result="store")
    chart = ChartCell("chart", dataframe="store", spec={"x": "a"})
    least = InputCell("least", input=SliderInput("least", default=100))
    one, two = ValueCell("one", value="1"), ValueCell("two", value="2")
    before = Document(cells=(store, chart, least, one, two), app=page(("Overview", ["chart"])))
    after = Document(
        cells=(
            replace(store, source="select 2"),
            replace(least, input=SliderInput("least", default=200)),
            one,
            two,
            PythonCell("returns", source="returns = store"),
            chart,
        ),
        app=page(("Overview", ["chart"]), ("Returns", ["returns"])),
    )
    found = difference(before, after)
    assert kinds(found) == {"store": "changed", "returns": "added", "chart": "moved", "least": "changed"}
    assert [(one.kind, one.tab) for one in found.layout] == [("tab_added", "Returns")]
    assert (found.total, found.unchanged_cells, found.unchanged_inputs) == (5, 2, 0)
