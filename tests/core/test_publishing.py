"""From candidate to published version: which step each status allows."""

from __future__ import annotations

import itertools
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import documents
from vernissage.core.document import (
    Cell,
    ChartCell,
    Document,
    InputCell,
    MarkdownCell,
    NumberInput,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
    name_of,
)
from vernissage.core.operations import Refused
from vernissage.core.outputs import CellRun, ErrorOutput, StreamOutput
from vernissage.core.publishing import (
    Candidate,
    PublishError,
    PublishStatus,
    ended,
    errors_of,
    may_promote,
)

STATUSES = typing.get_args(PublishStatus)
ONE = (PublishError("a", "Load", "KeyError: 'mass'"),)
TWO = (*ONE, PublishError("b", "Chart cell 2", "ValueError"))


# --- names and errors -------------------------------------------------------------------------------


def test_pub1_a_cell_is_called_by_its_label_or_its_kind_and_place() -> None:
    cells: tuple[Cell, ...] = (
        PythonCell("a"),
        SqlCell("b"),
        MarkdownCell("c"),
        InputCell(id="d", input=NumberInput("n")),
        ChartCell("e"),
        TableCell("f"),
        ValueCell("g"),
        PythonCell("h", "Load"),
    )
    document = Document(cells=cells)
    assert [name_of(document, cell) for cell in cells] == [
        "Python cell 1", "SQL cell 2", "Markdown cell 3", "Input cell 4", "Chart cell 5", "Table cell 6",
        "Value cell 7", "Load",
    ]  # fmt: skip


def test_pub2_errors_are_those_of_failed_cells_in_notebook_order() -> None:
    document = Document(cells=(PythonCell("a", "Load"), PythonCell("b"), PythonCell("c"), PythonCell("d")))
    late = ErrorOutput("KeyError", "'mass'", ("Traceback…",), 3)
    cells = {
        "d": CellRun("error", (StreamOutput("stdout", "about to fail"),)),
        "c": CellRun("skipped", waits_for="a"),
        "b": CellRun("error", (ErrorOutput("AssertionError", ""),)),
        "a": CellRun("error", (ErrorOutput("ValueError", "an earlier one"), late, StreamOutput("stderr", "bye"))),
        "gone": CellRun("error", (late,)),
    }
    assert errors_of(document, cells) == (
        PublishError("a", "Load", "KeyError: 'mass'"),
        PublishError("b", "Python cell 2", "AssertionError"),
        PublishError("d", "Python cell 4", "It failed without saying why."),
    )
    # A cell that failed before and runs well now is no error, though its output still stands there.
    assert errors_of(document, {"a": CellRun("stale", (late,)), "b": CellRun("done", (late,))}) == ()


def test_pub2_a_message_is_kept_whole() -> None:
    document = Document(cells=(PythonCell("a"),))
    for evalue in ("key:", ": x", "no column named ' mass'"):
        (error,) = errors_of(document, {"a": CellRun("error", (ErrorOutput("KeyError", evalue),))})
        assert error.message == f"KeyError: {evalue}"


@given(documents())
def test_pub2_a_run_without_failures_has_no_errors(document: Document) -> None:
    assert errors_of(document, {cell.id: CellRun("done") for cell in document.cells}) == ()
    assert errors_of(document, {}) == ()


# --- the end of the preview run ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "errors", "complete", "after"),
    [
        ("RUNNING", (), True, "READY"),
        ("RUNNING", ONE, True, "FAILED"),
        ("RUNNING", (), False, "FAILED"),
        ("RUNNING", ONE, False, "FAILED"),
    ],
)
def test_pub3_the_end_of_the_run_makes_ready_or_failed(
    status: PublishStatus, errors: tuple[PublishError, ...], complete: bool, after: PublishStatus
) -> None:
    assert ended(Candidate(status, None), errors, complete) == after


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "RUNNING"])
@pytest.mark.parametrize("errors", [(), ONE])
@pytest.mark.parametrize("complete", [True, False])
def test_pub3_only_a_running_candidate_is_moved_by_the_end(
    status: PublishStatus, errors: tuple[PublishError, ...], complete: bool
) -> None:
    assert ended(Candidate(status, 2), errors, complete) == status


# --- promoting --------------------------------------------------------------------------------------

#           status, errors accepted, forced → promoted where the published version is the one that was seen
ALLOWED = {
    ("RUNNING", False, True), ("RUNNING", True, True),
    ("READY", False, False), ("READY", True, False), ("READY", False, True), ("READY", True, True),
    ("FAILED", True, False), ("FAILED", False, True), ("FAILED", True, True),
}  # fmt: skip


@pytest.mark.parametrize("case", itertools.product(STATUSES, (False, True), (False, True)), ids=str)
@pytest.mark.parametrize("published", [None, 1, 3])
@pytest.mark.parametrize("expected", [None, 1, 3])
def test_pub4_what_may_be_promoted(
    case: tuple[PublishStatus, bool, bool], published: int | None, expected: int | None
) -> None:
    status, accept_errors, force = case
    answer = may_promote(
        Candidate(status, expected, ONE if status == "FAILED" else ()),
        published,
        accept_errors=accept_errors,
        force=force,
    )
    assert (answer is None) == (case in ALLOWED and published == expected)
    if answer is not None:
        assert answer.sentence.endswith(".")
        assert "None" not in answer.sentence


@pytest.mark.parametrize(
    ("candidate", "published", "says"),
    [
        (Candidate("RUNNING", 1), 1, "Wait for it, or use Force publish"),
        (Candidate("FAILED", 1, ONE), 1, "1 cell failed in the preview run. Confirm that it is"),
        (Candidate("FAILED", 1, TWO), 1, "2 cells failed in the preview run. Confirm that they are"),
        (Candidate("FAILED", 1), 1, "was cut off"),
        (Candidate("PUBLISHED", 1), 1, "published already"),
        (Candidate("CANCELLED", 1), 1, "given up"),
        (Candidate("SUPERSEDED", 1), 1, "Another version was published meanwhile"),
        (Candidate("READY", 1), 2, "Version 2 was published meanwhile"),
        (Candidate("READY", None), 2, "Version 2 was published meanwhile"),
        (Candidate("READY", 1), None, "unpublished meanwhile"),
    ],
)
def test_pub5_a_refusal_says_what_stands_in_the_way(candidate: Candidate, published: int | None, says: str) -> None:
    answer = may_promote(candidate, published, accept_errors=False, force=False)
    assert isinstance(answer, Refused)
    assert says in answer.sentence


@given(
    st.sampled_from(STATUSES),
    st.sampled_from([(), ONE, TWO]),
    st.booleans(),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 4),
)
def test_pub6_a_failed_run_is_never_published_by_accident(
    status: PublishStatus,
    errors: tuple[PublishError, ...],
    complete: bool,
    published: int | None,
    expected: int | None,
) -> None:
    after = ended(Candidate(status, expected), errors, complete)
    answer = may_promote(Candidate(after, expected, errors), published, accept_errors=False, force=False)
    if answer is None:
        assert after == "READY"
        assert published == expected
        assert status == "READY" or (not errors and complete)
