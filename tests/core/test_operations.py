"""What an editor may do to a draft: each operation, each refusal, and that all replicas end equal."""

from __future__ import annotations

import typing
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.documents import documents, operations
from vernissage.core.document import (
    ButtonInput,
    Cell,
    ChartCell,
    Column,
    DateInput,
    Document,
    Element,
    FileInput,
    FileRef,
    InputCell,
    Layout,
    MarkdownCell,
    NewerFormat,
    NumberInput,
    PythonCell,
    Row,
    Settings,
    SliderInput,
    SqlCell,
    Tab,
    TableCell,
    TableInput,
    TableInputColumn,
    canonical,
    content_hash,
    placed,
)
from vernissage.core.operations import (
    MAX_CELLS,
    MAX_REMOVED,
    Applied,
    CellConfigured,
    CellDeleted,
    CellInserted,
    CellMoved,
    ConfigureCell,
    DeleteCell,
    DocumentReplaced,
    Draft,
    DraftEvent,
    DraftOperation,
    EditText,
    FilesChanged,
    InsertCell,
    LayoutChanged,
    MoveCell,
    Refused,
    ReplaceDocument,
    RestoreCell,
    SetFiles,
    SetLayout,
    SetSettings,
    SettingsChanged,
    SetTitle,
    TextEdited,
    TextUpdate,
    TitleChanged,
    accept_document,
    apply,
    decode_event,
    encode_event,
    replay,
    unfit_document,
)
from vernissage.core.text import MAX_TEXT


def done(draft: Draft, *todo: DraftOperation) -> Draft:
    """The draft after operations that all must fit."""
    for operation in todo:
        applied = apply(draft, operation)
        assert isinstance(applied, Applied), applied
        draft = applied.state
    return draft


def refused(draft: Draft, operation: DraftOperation, says: str) -> None:
    answer = apply(draft, operation)
    assert isinstance(answer, Refused), answer
    assert says in answer.sentence
    assert answer.sentence.endswith((".", "?"))


def a_layout(*ids: str, start: int = 0, end: int = 120) -> Layout:
    return Layout((Tab("One", (Row((Column(start, end, tuple(Element(id) for id in ids)),)),)),))


def ids(draft: Draft) -> str:
    return "".join(cell.id for cell in draft.document.cells)


ABC = Draft(Document(cells=(PythonCell("a", source="x = 1"), MarkdownCell("b", source="# B"), TableCell("c"))))


def edit(cell: str, version: int, *changes: Any, client: str = "ada") -> EditText:
    return EditText(cell, version, [TextUpdate(client, list(changes))])


# --- each operation ---------------------------------------------------------------------------------


def test_drf1_insert_puts_a_cell_behind_another() -> None:
    assert ids(done(ABC, InsertCell(PythonCell("n"), ""))) == "nabc"
    assert ids(done(ABC, InsertCell(PythonCell("n"), "a"))) == "anbc"
    assert ids(done(ABC, InsertCell(PythonCell("n"), "c"))) == "abcn"


def test_drf3_insert_is_refused() -> None:
    refused(ABC, InsertCell(PythonCell("a"), ""), "There is, or was, a cell with the id 'a'")
    refused(done(ABC, DeleteCell("a")), InsertCell(PythonCell("a"), ""), "There is, or was")
    refused(ABC, InsertCell(PythonCell("n"), "z"), "is gone")
    full = Draft(Document(cells=tuple(PythonCell(f"c{i}") for i in range(MAX_CELLS))))
    refused(full, InsertCell(PythonCell("n"), ""), "at most 2,000 cells")


@pytest.mark.parametrize("id", ["", "A", "a b", "é", "a" * 65, "a\n"])
def test_drf3_a_cell_id_is_plain(id: str) -> None:
    refused(ABC, InsertCell(PythonCell(id), ""), "1 to 64 of the characters")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (PythonCell("n", "x" * 201), "label has at most 200"),
        (PythonCell("n", source="x" * (MAX_TEXT + 1)), "at most 1,000,000 characters"),
        (MarkdownCell("n", source="😀" * (MAX_TEXT // 2 + 1)), "at most 1,000,000 characters"),
        (SqlCell("n", source="\ud83d"), "half of a character"),
        (SqlCell("n", result="2nd"), "'2nd' is no name for a result"),
        (SqlCell("n", result="for"), "'for' is no name for a result"),
        (InputCell(id="n", input=NumberInput("")), "'' is no name for an input"),
        (InputCell(id="n", input=NumberInput("__dunder")), "is no name for an input"),
        (InputCell(id="n", input=NumberInput("x" * 101)), "is no name for an input"),
        (InputCell(id="n", input=ButtonInput("go", default=True)), "A run button has no default"),
        (InputCell(id="n", input=DateInput("d", timezone="Mars/Olympus")), "'Mars/Olympus' is no time zone"),
    ],
)
def test_drf3_what_does_not_fit_is_no_cell(cell: Cell, says: str) -> None:
    refused(ABC, InsertCell(cell, ""), says)
    refused(ABC, ReplaceDocument(Document(cells=(cell,))), says)


def test_drf4_names_of_inputs_are_unique_with_the_ends_of_ranges() -> None:
    number = InputCell(id="n", input=NumberInput("since"))
    span = InputCell(id="s", input=DateInput("since", range=True))
    start = InputCell(id="t", input=NumberInput("since_start"))
    for first, second, name in ((number, span, "since"), (span, number, "since"), (span, start, "since_start")):
        draft = done(ABC, InsertCell(first, ""))
        refused(draft, InsertCell(second, ""), f"an input named {name!r} already")
        refused(ABC, ReplaceDocument(Document(cells=(first, second))), f"an input named {name!r} already")
    both = done(ABC, InsertCell(number, ""), InsertCell(start, ""))
    refused(both, ConfigureCell(InputCell(id="t", input=NumberInput("since"))), "an input named 'since' already")
    done(both, ConfigureCell(InputCell(id="t", label="Own name kept", input=NumberInput("since_start"))))


def test_drf1_delete_takes_a_cell_out_of_notebook_and_layout() -> None:
    draft = done(ABC, SetLayout(a_layout("c", "b")), DeleteCell("b"))
    assert ids(draft) == "ac"
    assert draft.document.app == a_layout("c")
    refused(draft, DeleteCell("b"), "deleted already")
    refused(draft, DeleteCell("never"), "deleted already")


def test_drf5_undo_of_a_delete_finds_the_place() -> None:
    assert ids(done(ABC, DeleteCell("b"), RestoreCell("b"))) == "abc"
    # in whichever order several come back
    assert ids(done(ABC, DeleteCell("b"), DeleteCell("a"), RestoreCell("b"), RestoreCell("a"))) == "abc"
    assert ids(done(ABC, DeleteCell("c"), DeleteCell("b"), RestoreCell("c"), RestoreCell("b"))) == "abc"
    assert ids(done(ABC, DeleteCell("a"), RestoreCell("a"))) == "abc"
    refused(ABC, RestoreCell("a"), "can no longer be brought back")
    refused(done(ABC, DeleteCell("a"), RestoreCell("a")), RestoreCell("a"), "can no longer be brought back")


def test_drf5_undo_of_a_delete_keeps_what_happened_between() -> None:
    before = done(ABC, SetLayout(a_layout("a", "b", "c")))
    draft = done(before, DeleteCell("b"), SetLayout(a_layout("c", "a")), RestoreCell("b"))
    assert draft.document.app == a_layout("c", "b", "a")
    draft = done(before, DeleteCell("b"), SetLayout(Layout((Tab("Other"),))), RestoreCell("b"))
    assert draft.document.app == Layout((Tab("Other"),))
    draft = done(before, DeleteCell("b"), SetLayout(None), RestoreCell("b"))
    assert set(placed(draft.document)) == {"a", "b", "c"}


def test_drf5_undo_of_a_delete_can_be_refused() -> None:
    draft = done(ABC, InsertCell(InputCell(id="n", input=NumberInput("n")), ""), DeleteCell("n"))
    draft = done(draft, InsertCell(InputCell(id="m", input=NumberInput("n")), ""))
    refused(draft, RestoreCell("n"), "an input named 'n' already")
    full = Draft(Document(cells=tuple(PythonCell(f"c{i}") for i in range(MAX_CELLS))))
    full = done(full, DeleteCell("c0"), InsertCell(PythonCell("n"), ""))
    refused(full, RestoreCell("c0"), "Delete another one first")


def test_drf5_only_so_many_deletes_are_kept() -> None:
    draft = Draft(Document(cells=tuple(PythonCell(f"c{i}") for i in range(MAX_REMOVED + 1))))
    draft = done(draft, *(DeleteCell(cell.id) for cell in draft.document.cells))
    assert len(draft.removed) == MAX_REMOVED
    refused(draft, RestoreCell("c0"), "look for it in the history")
    done(draft, RestoreCell("c1"))


@pytest.mark.parametrize(
    ("cell", "after", "order"),
    [("a", "b", "bac"), ("a", "c", "bca"), ("c", "", "cab"), ("c", "a", "acb"), ("b", "a", "abc"), ("a", "", "abc")],
)
def test_drf1_move(cell: str, after: str, order: str) -> None:
    moved = done(ABC, MoveCell(cell, after))
    assert ids(moved) == order
    assert moved.document.cell(cell) == ABC.document.cell(cell)


def test_drf3_move_is_refused() -> None:
    refused(ABC, MoveCell("z", ""), "deleted meanwhile")
    refused(ABC, MoveCell("a", "a"), "is gone")
    refused(ABC, MoveCell("a", "z"), "is gone")


def test_drf6_text_edits_count_versions() -> None:
    draft = done(ABC, edit("a", 0, 5, [0, "0"]))
    assert draft.document.cell("a") == PythonCell("a", source="x = 10")
    assert draft.texts == {"a": 1}
    two = EditText("a", 1, [TextUpdate("ada", [6, [0, "", "y"]]), TextUpdate("ada", [8, [0, "!"]])])
    draft = done(draft, two)
    assert draft.document.cell("a") == PythonCell("a", source="x = 10\ny!")
    assert draft.texts == {"a": 3}


def test_drf6_a_text_edit_on_another_version_is_refused() -> None:
    draft = done(ABC, edit("a", 0, 5, [0, "0"]))
    refused(draft, edit("a", 0, 5, [0, "7"]), "at the same moment")
    refused(draft, edit("a", 2, 6), "at the same moment")
    # The counter goes on over an undone delete, so a late edit cannot fit by accident.
    again = done(draft, DeleteCell("a"), RestoreCell("a"))
    refused(again, edit("a", 0, 5, [0, "7"]), "at the same moment")
    assert again.texts["a"] == 1


def test_drf3_text_edits_are_refused() -> None:
    refused(ABC, edit("z", 0, [0, "x"]), "deleted meanwhile")
    refused(ABC, edit("c", 0, [0, "x"]), "has no text")
    refused(ABC, edit("a", 0, 4), "another version of this text")
    refused(ABC, EditText("a", 0, [TextUpdate("ada", [5, [0, "ok"]]), TextUpdate("ada", [5])]), "another version")


def test_drf7_configuring_a_cell_leaves_its_source_and_place() -> None:
    draft = done(ABC, ConfigureCell(SqlCell("a", "Load", "other source", "warehouse", "df")))
    assert draft.document.cells[0] == SqlCell("a", "Load", "x = 1", "warehouse", "df")
    draft = done(draft, edit("a", 0, 5, [0, "0"]), ConfigureCell(PythonCell("a")))
    assert draft.document.cells[0] == PythonCell("a", source="x = 10")
    assert draft.texts == {"a": 1}
    refused(ABC, ConfigureCell(PythonCell("z")), "deleted meanwhile")
    refused(ABC, ConfigureCell(ChartCell("a")), "cannot become")
    refused(ABC, ConfigureCell(PythonCell("c")), "cannot become")
    refused(ABC, ConfigureCell(SqlCell("a", result="a b")), "is no name for a result")


def test_drf8_a_layout_names_cells_that_are_there() -> None:
    assert done(ABC, SetLayout(a_layout("c"))).document.app == a_layout("c")
    assert done(ABC, SetLayout(a_layout("c")), SetLayout(None)).document.app is None
    refused(ABC, SetLayout(a_layout("a", "z")), "names the cell 'z', which is not in the project")
    refused(ABC, ReplaceDocument(replace(ABC.document, app=a_layout("z"))), "names the cell 'z'")


@pytest.mark.parametrize(
    "columns",
    [
        (Column(-1, 60),),
        (Column(0, 121),),
        (Column(60, 60),),
        (Column(80, 40),),
        (Column(0, 61), Column(60, 120)),
        (Column(60, 120), Column(0, 60)),
    ],
)
def test_drf8_columns_stand_side_by_side(columns: tuple[Column, ...]) -> None:
    refused(ABC, SetLayout(Layout((Tab("One", (Row(columns),)),))), "stand side by side between 0 and 120")


@pytest.mark.parametrize("height", [0, -5, 10_001])
def test_drf8_heights_have_bounds(height: int) -> None:
    layout = Layout((Tab("One", (Row((Column(elements=(Element("a", height),)),)),)),))
    refused(ABC, SetLayout(layout), "pixels high")


def test_drf1_settings_title_and_files() -> None:
    draft = done(
        ABC,
        SetSettings(Settings("run", "manual"), "About", "Europe/Berlin", ("polars",)),
        SetTitle("  Penguin \n explorer "),
        SetFiles((FileRef("a.csv", "0" * 64, 3),)),
    )
    assert draft.document == replace(
        ABC.document,
        settings=Settings("run", "manual"),
        description="About",
        timezone="Europe/Berlin",
        packages=("polars",),
        title="Penguin explorer",
        files=(FileRef("a.csv", "0" * 64, 3),),
    )


@pytest.mark.parametrize(
    ("input", "says"),
    [
        (TableInput(name="x", columns=(TableInputColumn(" "),)), "between 1 and 200"),
        (TableInput(name="x", columns=(TableInputColumn("a"), TableInputColumn("a", "date"))), "two columns named 'a'"),
        (TableInput(name="x", columns=tuple(TableInputColumn(f"c{i}") for i in range(201))), "at most 200 columns"),
        (FileInput(name="x", accept=(".csv", "csv")), "'csv' is no ending"),
        (FileInput(name="x", accept=("./a",)), "is no ending"),
        (FileInput(name="x", max_bytes=0), "at least 1 byte"),
    ],
)
def test_drf3_settings_of_an_input_that_mean_nothing(input: Any, says: str) -> None:
    refused(ABC, InsertCell(InputCell(id="n", input=input), ""), says)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_drf3_a_time_zone_must_exist(zone: str) -> None:
    refused(ABC, SetSettings(Settings(), "", zone, ()), "is no time zone")
    refused(ABC, ReplaceDocument(Document(timezone=zone)), "is no time zone")


def test_drf3_settings_and_titles_are_refused() -> None:
    refused(ABC, SetSettings(Settings(), "x" * 10_001, "UTC", ()), "at most 10,000")
    for minutes in (-1, 525_601):
        refused(ABC, SetSettings(Settings(refresh_after=minutes), "", "UTC", ()), "525,600 minutes; 0 is never")
        refused(ABC, ReplaceDocument(Document(settings=Settings(refresh_after=minutes))), "0 is never")
    for kernels in (-1, 9):
        refused(ABC, SetSettings(Settings(ready_kernels=kernels), "", "UTC", ()), "At most 8 kernels")
    for package in ("", "  ", "a\nb", "x" * 201):
        refused(ABC, SetSettings(Settings(), "", "UTC", (package,)), "names no package")
    for title in ("", " \n ", "x" * 201):
        refused(ABC, SetTitle(title), "between 1 and 200")
        refused(ABC, ReplaceDocument(Document(title=title)), "between 1 and 200")


@pytest.mark.parametrize("name", ["", ".", "..", ".env", "a/b", "a\\b", "a\0b", "a\nb", "x" * 256])
def test_drf9_a_file_has_a_plain_name(name: str) -> None:
    refused(ABC, SetFiles((FileRef(name, "0" * 64, 1),)), "is no file name")
    refused(ABC, ReplaceDocument(Document(files=(FileRef(name),))), "is no file name")


def test_drf9_two_files_have_two_names() -> None:
    refused(ABC, SetFiles((FileRef("a", "0" * 64), FileRef("a", "1" * 64))), "two files named 'a'")


def test_drf10_a_whole_document_replaces_the_draft() -> None:
    new = Document(title="New", cells=(PythonCell("a", source="one\r\ntwo\rthree"), PythonCell("n")))
    before = done(ABC, edit("a", 0, 5, [0, "0"]), DeleteCell("b"))
    draft = done(before, ReplaceDocument(new))
    assert draft.document.cells[0] == PythonCell("a", source="one\ntwo\nthree")
    assert draft.document.title == "New"
    # Nobody's late edit fits, and deletes of the document before cannot be undone.
    refused(draft, edit("a", 1, 6), "at the same moment")
    refused(draft, edit("n", 0, [0, "x"]), "at the same moment")
    refused(draft, RestoreCell("b"), "can no longer be brought back")
    done(draft, edit("a", draft.texts["a"], 13))


def test_drf10_text_versions_go_on_over_deleted_cells() -> None:
    draft = done(ABC, *(edit("a", version, 5) for version in range(3)), DeleteCell("a"))
    assert done(draft, ReplaceDocument(Document(cells=(PythonCell("a"),)))).texts == {"a": 4}


def test_drf10_a_document_that_does_not_fit_is_refused() -> None:
    refused(ABC, ReplaceDocument(Document(cells=(PythonCell("a"), PythonCell("a")))), "Two cells have the id 'a'")
    many = tuple(PythonCell(f"c{i}") for i in range(MAX_CELLS + 1))
    refused(ABC, ReplaceDocument(Document(cells=many)), "at most 2,000 cells")


def test_drf10_a_document_is_taken_as_its_bytes_say() -> None:
    loose = NumberInput("n", default={"pair": (1, 2), "day": date(2026, 1, 2)})
    accepted = accept_document(Document(cells=(InputCell(id="n", input=loose),)))
    assert isinstance(accepted, Document)
    (cell,) = accepted.cells
    assert isinstance(cell, InputCell)
    assert cell.input.default == {"pair": [1, 2], "day": "2026-01-02"}
    assert accept_document(accepted) == accepted


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (PythonCell("n", "\ud83d"), "half of a character"),
        (ChartCell("n", spec={"title": "\ud83d"}), "half of a character"),
        (InputCell(id="n", input=SliderInput("n", max=float("inf"))), "cannot be kept"),
        (InputCell(id="n", input=NumberInput("n", default=object())), "cannot be kept"),
    ],
)
def test_drf10_what_cannot_be_stored_is_refused(cell: Cell, says: str) -> None:
    refused(ABC, ReplaceDocument(Document(cells=(cell,))), says)


@given(documents())
def test_drf10_a_document_that_fits_is_taken_as_it_is(document: Document) -> None:
    assert accept_document(document) == document


def test_drf11_no_carriage_return_comes_in() -> None:
    draft = done(ABC, InsertCell(MarkdownCell("n", source="a\r\nb\rc"), ""))
    assert draft.document.cells[0] == MarkdownCell("n", source="a\nb\nc")
    refused(ABC, edit("a", 0, 5, [0, "\r"]), "list of lines")


# --- one event each ---------------------------------------------------------------------------------

EVENT_OF: dict[type, tuple[DraftOperation, type]] = {
    InsertCell: (InsertCell(PythonCell("n"), ""), CellInserted),
    DeleteCell: (DeleteCell("a"), CellDeleted),
    RestoreCell: (RestoreCell("gone"), CellInserted),
    MoveCell: (MoveCell("a", "b"), CellMoved),
    EditText: (edit("a", 0, 5), TextEdited),
    ConfigureCell: (ConfigureCell(PythonCell("a", "Named")), CellConfigured),
    SetLayout: (SetLayout(a_layout("a")), LayoutChanged),
    SetSettings: (SetSettings(Settings("run"), "", "UTC", ()), SettingsChanged),
    SetTitle: (SetTitle("Named"), TitleChanged),
    SetFiles: (SetFiles((FileRef("a"),)), FilesChanged),
    ReplaceDocument: (ReplaceDocument(Document()), DocumentReplaced),
}


@pytest.mark.parametrize("kind", typing.get_args(DraftOperation), ids=lambda kind: kind.__name__)
def test_drf2_each_operation_is_one_event_that_replays_to_the_same_draft(kind: type) -> None:
    draft = done(ABC, InsertCell(PythonCell("gone"), "c"), DeleteCell("gone"))
    operation, expected = EVENT_OF[kind]
    applied = apply(draft, operation)
    assert isinstance(applied, Applied)
    assert [type(event) for event in applied.events] == [expected]
    assert replay(draft, applied.events[0]) == applied.state
    assert applied.effects == ()


def test_drf2_every_event_has_an_operation() -> None:
    assert {event for _, event in EVENT_OF.values()} == set(typing.get_args(DraftEvent))


# --- many people at once ----------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.data(), documents(max_cells=4))
def test_drf2_every_replica_ends_equal_whatever_is_sent(data: st.DataObject, document: Document) -> None:
    """Three people, each with a screen that lags behind, send what fits their screen or fits nothing."""
    draft = Draft(document)
    log: list[bytes] = []
    screens = [(draft, 0)] * 3
    for _ in range(data.draw(st.integers(1, 12))):
        person = data.draw(st.integers(0, 2))
        screen, seen = screens[person]
        upto = data.draw(st.sampled_from((len(log), seen)))
        for line in log[seen:upto]:
            screen = replay(screen, decode_event(line))
        screens[person] = (screen, upto)
        before = msgspec.json.encode(draft)
        answer = apply(draft, data.draw(operations(screen)))
        assert msgspec.json.encode(draft) == before  # [DRF1] nothing is changed in place, refused or not
        if isinstance(answer, Applied):
            draft = answer.state
            log += [encode_event(event) for event in answer.events]
            # What fits one draft fits the next: the document stays sound, and can be stored.
            assert unfit_document(draft.document) is None
            canonical(draft.document)
            assert set(draft.texts) <= {cell.id for cell in draft.document.cells}
    for screen, seen in [*screens, (Draft(document), 0)]:
        for line in log[seen:]:
            screen = replay(screen, decode_event(line))
        assert screen == draft
        assert content_hash(screen.document) == content_hash(draft.document)


@given(st.data(), documents(min_cells=1))
def test_drf5_undo_gives_back_the_document(data: st.DataObject, document: Document) -> None:
    draft = Draft(document, {cell.id: 3 for cell in document.cells})
    id = data.draw(st.sampled_from([cell.id for cell in document.cells]))
    again = done(draft, DeleteCell(id), RestoreCell(id))
    assert again == draft
    assert canonical(again.document) == canonical(document)


@given(st.data(), documents(min_cells=2))
def test_drf5_undo_of_several_deletes_in_turn_gives_back_the_document(data: st.DataObject, document: Document) -> None:
    draft = Draft(document, {cell.id: 0 for cell in document.cells})
    order = data.draw(st.permutations([cell.id for cell in document.cells]))
    gone = done(draft, *(DeleteCell(id) for id in order))
    assert gone.document.cells == ()
    assert done(gone, *(RestoreCell(id) for id in reversed(order))) == draft


@given(st.data(), documents(max_cells=4))
def test_drf18_logged_events_come_back(data: st.DataObject, document: Document) -> None:
    draft = Draft(document)
    answer = apply(draft, data.draw(operations(draft)))
    if isinstance(answer, Applied):
        for event in answer.events:
            assert decode_event(encode_event(event)) == event


def test_drf18_a_newer_or_broken_log_line_is_refused() -> None:
    with pytest.raises(NewerFormat, match="Upgrade Vernissage"):
        decode_event(b'{"format":2,"event":{"event":"cells_folded"}}')
    for line in (b'{"format":1,"event":{"event":"cells_folded"}}', b'{"format":1}', b"{}"):
        with pytest.raises(msgspec.ValidationError):
            decode_event(line)
