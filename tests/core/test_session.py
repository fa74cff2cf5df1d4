"""Sessions: lists of operations and reports, and the state they lead to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.core.machine import Machine
from vernissage.core.document import (
    ButtonInput,
    Cell,
    DateInput,
    Document,
    DropdownInput,
    InputCell,
    MultiselectInput,
    NumberInput,
    PythonCell,
    Settings,
    SliderInput,
)
from vernissage.core.outputs import OPTIONS_MIME, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage.core.session import (
    Begin,
    ButtonPressed,
    CellChanged,
    CellFinished,
    ClearOutputs,
    DisplayUpdated,
    DocumentEdited,
    Interrupt,
    KernelEnded,
    KernelQueued,
    KernelStarted,
    OutputArrived,
    OutputCleared,
    OutputUpdated,
    Press,
    RestartAndRunAll,
    RunAll,
    RunCells,
    RunProgress,
    SetInputs,
    SetVariables,
    ShowCells,
    StopKernel,
    StreamContinued,
    defaults_hold,
    open_session,
)


def number(name: str, default: int = 1) -> InputCell:
    return InputCell(name, input=NumberInput(name=name, default=default))


GO = InputCell("go", label="Go", input=ButtonInput(name="go"))


def doc(*cells: Cell | str, manual: bool = False) -> Document:
    """Cells in order; a text is a Python cell whose id is the letter at its place."""
    made = [PythonCell("abcdefgh"[i], source=cell) if isinstance(cell, str) else cell for i, cell in enumerate(cells)]
    return Document(cells=tuple(made), settings=Settings(on_interaction="manual" if manual else "auto"))


def edited(machine: Machine, **sources: str | None) -> None:
    """Give cells another source; None deletes one."""
    cells: list[Cell] = []
    for cell in machine.state.document.cells:
        if cell.id not in sources:
            cells.append(cell)
        elif (source := sources[cell.id]) is not None:
            cells.append(PythonCell(cell.id, source=source))
    machine.do(DocumentEdited(Document(cells=tuple(cells))))


def ran(kind: Any, document: Document) -> Machine:
    """A session that has run everything."""
    machine = Machine(kind, document)
    assert machine.do(RunAll()) == ""
    machine.settle()
    machine.executed.clear()
    machine.runs.clear()
    return machine


# --- opening ----------------------------------------------------------------------------------------


def test_ses1_options_that_were_read_stay_on_offer_before_anything_runs() -> None:
    read = CellRun("done", (DisplayOutput({OPTIONS_MIME: {"options": [1, 2], "cut": False}}),))
    dynamic = InputCell("pick", input=DropdownInput("pick", options_from="df.i"))
    static = InputCell("one", input=DropdownInput("one", options=(1, 2)))
    state = open_session("app", "app", Document(cells=(dynamic, static)), {}, {"pick": read, "one": read})
    assert state.cells["pick"] == read
    assert state.cells["one"] == CellRun("done")


def test_ses1_a_new_session_has_run_nothing_and_holds_the_defaults() -> None:
    kept = {"c": CellRun("running", (StreamOutput("stdout", "x"),)), "d": CellRun("queued")}
    state = open_session("app", "app", doc(number("n", 4), GO, "n", "n"), {"n": 7, "gone": 1}, kept)
    assert state.inputs == {"n": 7}
    assert {id: run.state for id, run in state.cells.items()} == {
        "n": "done",
        "go": "done",
        "c": "stale",
        "d": "empty",
    }
    assert state.kernel.state == "none"
    assert not state.active
    assert not defaults_hold(state)
    assert defaults_hold(open_session("app", "app", doc(number("n", 4))))


def test_ses6_running_all_starts_a_kernel_and_goes_from_top_to_bottom() -> None:
    machine = Machine("logic", doc(number("n"), "x = n + 1\nx", "print(x)"))
    assert machine.do(RunAll()) == ""
    assert str(machine.state.kernel.state) == "starting"
    assert machine.states() == {"b": "queued", "c": "queued"}
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert (machine.text("b"), machine.text("c")) == ("2", "2\n")
    assert machine.states() == {"b": "done", "c": "done"}
    run = machine.state.run
    assert run is not None
    assert (run.status, run.planned, run.finished, run.current) == ("done", ("b", "c"), 2, "")
    assert machine.state.kernel.state == "idle"
    assert machine.state.kernel.python == "3.11.7"
    assert [one.complete for one in machine.runs] == [True]


def test_ses6_running_all_runs_everything_again_in_the_same_kernel() -> None:
    machine = ran("app", doc(number("n"), "x = n", "x"))
    machine.do(RunAll())
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert machine.state.generation == 1


def test_ses6_running_all_while_a_run_goes_on_begins_again_at_the_top() -> None:
    machine = Machine("logic", doc("1", "2", "3"))
    machine.do(RunAll())
    for _ in range(4):
        machine.step()  # a has ended, b runs
    machine.do(RunAll())
    machine.settle()
    assert machine.executed == ["a", "b", "a", "b", "c"]
    assert len(machine.runs) == 1


def test_ses6_relative_dates_count_from_the_last_full_run() -> None:
    machine = Machine(
        "app", doc(InputCell("day", input=DateInput(name="day", default="1 day ago", relative=True)), "day")
    )
    machine.do(RunAll())
    machine.settle()
    first = machine.text("b")
    machine.at = datetime(2026, 1, 5, tzinfo=UTC)
    machine.do(RunAll())
    machine.settle()
    assert (first, machine.text("b")) == (
        "{'$date': '2025-12-31'}",
        "{'$date': '2026-01-04'}",
    )


def test_begin_runs_everything() -> None:
    machine = Machine("preview", doc("1", "2"))
    machine.do(Begin("preview"))
    machine.settle()
    assert machine.executed == ["a", "b"]


# --- inputs -----------------------------------------------------------------------------------------


def test_ses3_a_value_shows_at_once_and_reruns_what_rests_on_it() -> None:
    machine = ran("app", doc(number("n"), "x = n * 2", "x", "7"))
    machine.do(SetInputs({"n": 5}))
    assert machine.state.inputs["n"] == 5
    assert machine.states() == {"b": "running", "c": "queued", "d": "done"}
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert machine.text("c") == "10"


def test_ses3_values_are_taken_all_or_none() -> None:
    slider = InputCell("s", label="Speed", input=SliderInput(name="s", min=0, max=10, step=1, default=1))
    machine = ran("app", doc(number("n"), slider, "n + s"))
    assert machine.do(SetInputs({"n": 5, "s": 11})).startswith("Speed: ")
    assert machine.state.inputs == {"n": 1, "s": 1}
    assert "no input named 'm'" in machine.do(SetInputs({"n": 5, "m": 1}))
    assert "is pressed, not set" in ran("app", doc(GO)).do(SetInputs({"go": True}))
    assert machine.state.inputs == {"n": 1, "s": 1}


def test_ses3_the_same_value_changes_nothing() -> None:
    machine = ran("app", doc(number("n"), "n"))
    machine.do(SetInputs({"n": 1}))
    assert machine.events == []
    assert not machine.state.active


def test_ses3_newer_values_supersede_what_is_queued() -> None:
    machine = ran("app", doc(number("n"), "x = n", "y = n", "(x, y)"))
    machine.do(SetInputs({"n": 2}))
    machine.do(SetInputs({"n": 3}))
    machine.do(SetInputs({"n": 4}))
    machine.settle()
    assert machine.text("d") == "(4, 4)"
    assert machine.executed == ["b", "b", "c", "d"]  # only what ran already runs again
    assert len(machine.runs) == 1


def test_ses9_a_cell_that_ran_with_an_older_value_is_never_shown_as_done() -> None:
    machine = ran("app", doc(number("n"), "n", manual=True))
    machine.do(RunAll())
    assert machine.kernel is not None
    machine.step()
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert (machine.states(), machine.text("b")) == ({"b": "stale"}, "1")


def test_ses3_a_value_set_while_a_cell_runs_that_does_not_read_it_is_not_forgotten() -> None:
    machine = Machine("app", doc(number("n"), "n", "1", "2"))
    machine.do(RunAll())
    for _ in range(3):
        machine.step()
    assert machine.executed == ["b", "c"]
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.executed == ["b", "c", "b", "d"]
    assert machine.text("b") == "2"


def test_ses3_a_manual_app_waits_for_run_and_marks_what_is_out_of_date() -> None:
    machine = ran("app", doc(number("n"), "n", "7", manual=True))
    machine.do(SetInputs({"n": 2}))
    assert not machine.state.active
    assert machine.states() == {"b": "stale", "c": "done"}
    machine.do(RunAll())
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert machine.text("b") == "2"


def test_ses3_the_first_interaction_with_an_app_runs_all_of_it() -> None:
    machine = Machine("app", doc(number("n"), "n", "7"), cells={"b": CellRun("done"), "c": CellRun("done")})
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.executed == ["b", "c"]


def test_ses3_in_the_logic_view_a_value_runs_only_what_has_run_before() -> None:
    machine = Machine("logic", doc(number("n"), "x = n", "x", "n"))
    machine.do(RunCells(("b",), only=True))
    machine.settle()
    machine.executed.clear()
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert machine.states()["d"] == "empty"


# --- presses ----------------------------------------------------------------------------------------


def test_ses4_a_button_is_true_only_in_the_run_of_its_press() -> None:
    machine = ran("logic", doc(GO, "x = 1 if go else 0\nx", "7"))
    assert machine.text("b") == "0"
    machine.do(Press("go"))
    assert list(machine.state.waiting) == ["go"]
    machine.settle()
    assert machine.executed == ["b"]
    assert machine.text("b") == "1"
    assert machine.states() == {"b": "done", "c": "done"}  # False again makes nothing stale
    assert list(machine.state.waiting) == []
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.text("b") == "0"


def test_ses4_a_press_waits_for_a_run_of_its_own_and_presses_that_wait_count_once() -> None:
    machine = ran("app", doc(number("n"), GO, "n", "go"))
    machine.do(SetInputs({"n": 2}))
    for _ in range(3):
        machine.do(Press("go"))
    assert machine.state.presses == ("go",)
    machine.settle()
    assert [one.run.number for one in machine.runs] == [2, 3]
    assert machine.executed == ["c", "d"]
    assert machine.text("d") == "True"


def test_ses4_a_press_while_its_own_run_goes_on_gets_another_run() -> None:
    machine = ran("app", doc(GO, "go"))
    machine.do(Press("go"))
    machine.do(Press("go"))
    machine.step()
    machine.step()
    assert list(machine.state.waiting) == ["go"]
    assert ButtonPressed("go", False) not in machine.events  # it still waits
    machine.settle()
    assert machine.executed == ["b", "b"]
    assert list(machine.state.waiting) == []


def test_ses10_a_press_runs_with_the_inputs_as_they_are_when_its_run_starts() -> None:
    machine = ran("app", doc(number("n"), GO, "n", "(go, n)"))
    machine.do(RunAll())
    machine.do(Press("go"))
    machine.do(SetInputs({"n": 9}))
    machine.settle()
    assert machine.text("d") == "(True, 9)"


def test_ses10_values_changed_while_a_press_runs_get_a_run_of_their_own_afterwards() -> None:
    machine = ran("app", doc(number("n"), GO, "x = n", "(go, x)", "x"))
    machine.do(Press("go"))
    assert machine.executed == ["d"]
    machine.do(SetInputs({"n": 2}))
    assert machine.states() == {"c": "stale", "d": "running", "e": "stale"}
    machine.step()
    machine.step()
    assert machine.text("d") == "(True, 1)"
    machine.settle()
    assert [one.run.number for one in machine.runs] == [2, 3]
    assert machine.text("d") == "(False, 2)"
    assert machine.states() == {"c": "done", "d": "done", "e": "done"}


def test_ses4_a_press_outlives_the_death_of_another_runs_kernel() -> None:
    machine = ran("app", doc(number("n"), GO, "n", "go"))
    machine.do(SetInputs({"n": 2}))
    machine.do(Press("go"))
    machine.die()
    assert machine.state.active
    machine.settle()
    assert machine.text("d") == "True"
    assert machine.states() == {"c": "done", "d": "done"}
    assert machine.state.generation == 2


def test_ses6_running_all_during_a_presss_run_takes_the_newest_values() -> None:
    machine = ran("app", doc(number("n"), GO, "n", "go", manual=True))
    machine.do(Press("go"))
    machine.do(SetInputs({"n": 2}))
    machine.do(RunAll())
    machine.settle()
    assert (machine.states(), machine.text("c")) == ({"c": "done", "d": "done"}, "2")


def test_ses10_values_set_while_the_kernel_of_a_press_starts_are_in_its_run() -> None:
    machine = Machine("app", doc(number("n"), GO, "(go, n)"))
    machine.do(Press("go"))
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.text("c") == "(True, 2)"
    assert len(machine.runs) == 1


def test_ses4_in_a_manual_app_a_press_runs_the_whole_app() -> None:
    machine = ran("app", doc(number("n"), GO, "n", "7", "go", manual=True))
    machine.do(SetInputs({"n": 2}))
    machine.do(Press("go"))
    machine.settle()
    assert machine.executed == ["c", "d", "e"]
    assert (machine.text("c"), machine.text("e")) == ("2", "True")


def test_ses4_only_a_button_is_pressed() -> None:
    machine = Machine("app", doc(number("n")))
    assert "no run button named 'n'" in machine.do(Press("n"))
    assert "no run button named 'x'" in machine.do(Press("x"))


def test_ses10_what_a_cell_put_in_the_buttons_place_stays() -> None:
    machine = ran("logic", doc(GO, "go = 5", "go"))
    machine.do(Press("go"))
    machine.settle()
    machine.do(RunCells(("c",), only=True))
    machine.settle()
    assert machine.text("c") == "5"


# --- running cells ----------------------------------------------------------------------------------


def test_ses5_a_cell_runs_with_what_it_needs_and_what_depends_on_it() -> None:
    machine = Machine("logic", doc("x = 1", "y = x", "z = y", "7"))
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.executed == ["a", "b", "c"]
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.executed[3:] == ["b", "c"]


def test_ses5_a_cell_alone_runs_alone_and_is_stale_where_what_it_needs_is() -> None:
    machine = ran("logic", doc("x = 1", "x", "x"))
    machine.do(RunCells(("b",), only=True))
    machine.settle()
    assert machine.executed == ["b"]
    assert machine.states() == {"a": "done", "b": "done", "c": "done"}
    edited(machine, a="x = 2")
    machine.do(RunCells(("b",), only=True))
    machine.settle()
    assert (machine.text("b"), machine.states()["b"]) == ("1", "stale")


def test_ses5_a_cell_that_is_asked_for_while_it_runs_runs_again() -> None:
    machine = ran("logic", doc("1"))
    machine.do(RunCells(("a",)))
    machine.do(RunCells(("a",)))
    machine.settle()
    assert machine.executed == ["a", "a"]


def test_ses5_a_cell_that_is_gone_is_refused() -> None:
    machine = Machine("logic", doc("1"))
    assert "deleted meanwhile" in machine.do(RunCells(("z",)))
    assert "at least one" in machine.do(RunCells(()))


def test_ses11_what_waits_on_a_failed_cell_is_skipped_and_says_on_whom() -> None:
    machine = Machine("app", doc("x = 1 // 0", "y = x", "y", "7"))
    machine.do(RunAll())
    machine.settle()
    assert machine.states() == {"a": "error", "b": "skipped", "c": "skipped", "d": "done"}
    assert [machine.state.cells[id].waits_for for id in "abcd"] == ["", "a", "a", ""]
    assert machine.executed == ["a", "d"]
    assert machine.runs[0].run.status == "errored"
    assert machine.runs[0].run.finished == 4


def test_ses5_running_a_skipped_cell_tries_what_failed_again() -> None:
    machine = ran("logic", doc("x = 1 // 0", "x"))
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.executed == ["a"]
    edited(machine, a="x = 3")
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.text("b") == "3"


def test_ses11_outputs_of_a_cell_that_puts_out_nothing_now_go_at_its_end() -> None:
    machine = ran("app", doc(number("n"), "if n > 1: print(n)"))
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.text("b") == "2\n"
    machine.do(SetInputs({"n": 0}))
    assert machine.text("b") == "2\n"
    machine.settle()
    assert machine.text("b") == ""


# --- ending -----------------------------------------------------------------------------------------


def may_interrupt(document: Document) -> Document:
    return msgspec.structs.replace(document, settings=Settings(interrupt_superseded=True))


def test_ses22_a_superseded_cell_is_interrupted_only_where_the_app_allows() -> None:
    for document, runs in ((doc(number("n"), "n", "n + 1"), 3), (may_interrupt(doc(number("n"), "n", "n + 1")), 3)):
        machine = ran("app", document)
        machine.do(SetInputs({"n": 2}))
        machine.executed.clear()
        machine.do(SetInputs({"n": 3}))  # while the cell runs
        asked = machine.kernel is not None and machine.kernel.interrupted
        assert asked == document.settings.interrupt_superseded
        machine.do(SetInputs({"n": 4}))
        machine.settle()
        assert (machine.text("b"), machine.text("c")) == ("4", "5")
        assert machine.executed == ["b", "c"]
        assert [one.run.status for one in machine.runs[-1:]] == ["done"]
        assert len(machine.events) <= 10 * runs


def test_ses22_the_end_of_a_superseded_cell_is_no_error() -> None:
    machine = ran("app", may_interrupt(doc(number("n"), "n")))
    machine.do(SetInputs({"n": 2}))
    machine.do(SetInputs({"n": 3}))
    seen = set()
    while machine.step():
        seen.add(machine.state.cells["b"].state)
        assert "interrupted" not in machine.text("b")
    assert "error" not in seen
    assert machine.text("b") == "3"


def test_ses22_a_press_is_never_cut_short_nor_a_cell_that_does_not_read_the_value() -> None:
    machine = ran("app", may_interrupt(doc(number("n"), GO, "'sent' if go else n", "1")))
    machine.do(Press("go"))
    machine.do(SetInputs({"n": 2}))
    assert machine.kernel is not None
    assert not machine.kernel.interrupted
    machine.settle()
    machine.do(RunAll())
    while machine.state.running is None or machine.state.running.cell != "d":
        assert machine.step()
    machine.do(SetInputs({"n": 5}))
    assert not machine.kernel.interrupted
    machine.settle()
    assert machine.text("c") == "5"


def test_ses7_an_interrupt_ends_the_run_and_gives_the_queue_back() -> None:
    machine = ran("logic", doc(number("n"), GO, "x = n", "x", "go"))
    machine.do(SetInputs({"n": 2}))
    machine.do(Press("go"))
    assert machine.do(Interrupt()) == ""
    assert list(machine.state.waiting) == []
    machine.settle()
    assert machine.states() == {"c": "error", "d": "stale", "e": "done"}
    assert "interrupted" in machine.text("c")
    assert machine.runs[0].run.status == "cancelled"
    assert not machine.runs[0].complete
    assert machine.do(Interrupt()) == "Nothing is running."


def test_ses7_what_is_asked_for_after_an_interrupt_runs_after_it() -> None:
    machine = ran("app", doc(number("n"), "n"))
    machine.do(SetInputs({"n": 2}))
    machine.do(Interrupt())
    machine.do(SetInputs({"n": 3}))
    machine.settle()
    assert machine.text("b") == "3"
    assert [one.run.status for one in machine.runs] == ["cancelled", "done"]


def test_ses7_an_interrupt_while_the_kernel_starts_gives_it_up() -> None:
    machine = Machine("app", doc("1"))
    machine.do(RunAll())
    machine.do(Interrupt())
    assert machine.kernel is None
    assert (machine.state.kernel.state, machine.states()) == ("none", {"a": "empty"})
    machine.do(KernelStarted(1, "3.11.7"))  # it comes too late
    assert machine.state.kernel.state == "none"
    machine.do(RunAll())
    machine.settle()
    assert machine.text("a") == "1"


def test_ses21_a_kernel_that_waits_for_its_turn_shows_its_place_and_can_be_given_up() -> None:
    machine = Machine("app", doc(number("n"), GO, "(n, go)"))
    machine.do(RunAll())
    for position in (2, 1):
        machine.do(KernelQueued(1, position))
        assert (machine.state.kernel.state, machine.state.kernel.position) == ("queued", position)
    machine.do(SetInputs({"n": 5}))
    machine.do(Press("go"))
    machine.do(KernelQueued(1, 0))
    assert (machine.state.kernel.state, machine.state.kernel.position) == ("starting", 0)
    machine.settle()
    assert machine.text("c") == "(5, True)"
    machine.do(KernelQueued(1, 3))  # of long ago
    assert machine.state.kernel.state == "idle"
    other = Machine("app", doc("1"))
    other.do(RunAll())
    other.do(KernelQueued(1, 7))
    assert other.do(Interrupt()) == ""
    assert (other.kernel, other.state.kernel.state) == (None, "none")
    other.do(RunAll())
    other.settle()
    assert other.text("a") == "1"


def test_ses7_an_interrupt_during_a_press_starts_no_run_for_values_that_waited() -> None:
    machine = ran("app", doc(number("n"), GO, "(go, n)"))
    machine.do(Press("go"))
    machine.do(SetInputs({"n": 2}))
    machine.do(Interrupt())
    machine.settle()
    assert len(machine.runs) == 1
    machine.do(RunAll())
    machine.settle()
    assert machine.text("c") == "(False, 2)"


def test_a_kernels_death_is_the_running_cells_output_and_the_next_operation_works() -> None:
    """[SES17]"""
    machine = ran("app", doc(number("n"), "x = n", "x"))
    machine.do(SetInputs({"n": 2}))
    machine.die("The kernel ran out of memory. Load fewer rows.")
    assert machine.state.kernel.state == "dead"
    assert machine.state.kernel.sentence == "The kernel ran out of memory. Load fewer rows."
    assert machine.state.cells["b"].outputs == (
        ErrorOutput("KernelEnded", "The kernel ran out of memory. Load fewer rows."),
    )
    assert machine.states() == {"b": "error", "c": "stale"}
    assert (machine.runs[0].run.status, machine.runs[0].complete) == ("errored", False)
    machine.do(SetInputs({"n": 3}))
    machine.settle()
    assert machine.text("c") == "3"
    assert machine.states() == {"b": "done", "c": "done"}


def test_ses17_a_kernel_that_cannot_be_had_ends_the_run_with_its_sentence() -> None:
    machine = Machine("app", doc("1"))
    machine.do(RunAll())
    machine.die("No kernel can be started. Try again later.")
    assert machine.state.kernel.sentence == "No kernel can be started. Try again later."
    assert not machine.state.active
    machine.do(KernelStarted(1, ""))
    assert machine.state.kernel.state == "dead"
    machine.do(KernelEnded(1, "again"))
    assert machine.state.kernel.sentence == "No kernel can be started. Try again later."


def test_ses18_restart_runs_everything_in_a_new_kernel() -> None:
    machine = ran("logic", doc("x = 1", "x"))
    machine.do(RestartAndRunAll())
    machine.settle()
    assert machine.executed == ["a", "b"]
    assert machine.state.generation > 1


def test_ses18_what_an_ended_kernel_still_says_is_passed_over() -> None:
    machine = Machine("logic", doc("print(1)"))
    machine.do(RunAll())
    for _ in range(2):
        machine.step()
    machine.do(RestartAndRunAll())
    for report in machine.late:
        machine.do(report)
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "old")))
    machine.do(KernelEnded(1, "old"))
    machine.settle()
    assert machine.text("a") == "1\n"


def test_ses18_stopping_the_kernel_keeps_inputs_and_outputs() -> None:
    machine = ran("logic", doc(number("n"), GO, "n", "go"))
    machine.do(SetInputs({"n": 2}))
    machine.do(Press("go"))
    machine.do(StopKernel())
    assert machine.kernel is None
    assert machine.state.kernel.state == "none"
    assert not machine.state.active
    assert list(machine.state.waiting) == []
    assert machine.state.inputs == {"n": 2}
    assert machine.text("d") == "False"
    machine.do(RunCells(("c",)))
    machine.settle()
    assert machine.text("c") == "2"


# --- edits ------------------------------------------------------------------------------------------


def test_ses8_an_edit_makes_stale_and_runs_nothing() -> None:
    machine = ran("logic", doc("x = 1", "x", "7"))
    edited(machine, a="x = 2")
    assert machine.states() == {"a": "stale", "b": "stale", "c": "done"}
    assert machine.executed == []
    edited(machine, a="x = 1")
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.executed == ["a", "b"]


def test_ses8_an_edit_of_what_ran_already_does_not_run_it_again_in_this_run() -> None:
    machine = Machine("logic", doc("x = 1", "2", "x"))
    machine.do(RunAll())
    for _ in range(2):
        machine.step()  # the kernel is there, a ended, b runs
    assert machine.executed == ["a", "b"]
    edited(machine, a="x = half_typ")
    machine.settle()
    assert machine.executed == ["a", "b", "c"]
    assert machine.states() == {"a": "stale", "b": "done", "c": "stale"}


def test_ses8_a_cell_edited_while_it_runs_is_stale_when_it_ends() -> None:
    machine = Machine("logic", doc("x = 1\nx", "x"))
    machine.do(RunCells(("a",), only=True))
    machine.step()
    edited(machine, a="x = 2\nx")
    machine.settle()
    assert machine.states()["a"] == "stale"
    machine.do(RunCells(("b",)))
    machine.settle()
    assert machine.text("b") == "2"


def test_ses8_a_cell_deleted_while_it_runs_leaves_nothing_behind() -> None:
    machine = Machine("logic", doc("print(1)\nx = 1", "x"))
    machine.do(RunAll())
    machine.step()
    assert machine.executed == ["a"]
    machine.do(OutputCleared(1, 1, wait=True))
    edited(machine, a=None)
    machine.do(OutputCleared(1, 1, wait=False))
    machine.settle()
    assert "a" not in machine.state.cells
    assert machine.text("b").startswith("NameError")


def test_ses8_a_deleted_button_waits_no_longer() -> None:
    machine = ran("logic", doc(GO, "1"))
    machine.do(RunCells(("b",)))
    machine.do(Press("go"))
    machine.do(DocumentEdited(doc("1")))
    assert list(machine.state.waiting) == []


def test_ses8_an_inputs_new_default_is_followed_by_those_who_had_not_changed_it() -> None:
    machine = ran("logic", doc(number("n"), number("m"), "n + m"))
    machine.do(SetInputs({"m": 5}))
    machine.settle()
    machine.do(DocumentEdited(doc(number("n", 10), number("m", 10), "n + m")))
    assert machine.state.inputs == {"n": 10, "m": 5}
    assert machine.states() == {"c": "stale"}


def test_ses8_an_edit_marks_outputs_that_outlived_their_kernel() -> None:
    machine = ran("logic", doc("x = 1", "x", "7"))
    machine.do(StopKernel())
    edited(machine, a="x = 2")
    assert machine.states() == {"a": "stale", "b": "stale", "c": "done"}


def test_ses8_a_layout_or_title_touches_no_cell() -> None:
    machine = ran("logic", doc("1"))
    document = machine.state.document
    machine.do(DocumentEdited(Document(title="New", cells=document.cells)))
    assert machine.events == []
    assert machine.states() == {"a": "done"}


# --- outputs ----------------------------------------------------------------------------------------


def running(document: Document) -> Machine:
    """A session whose first cell runs, and has said nothing."""
    machine = Machine("logic", document)
    machine.do(RunAll())
    machine.step()
    assert machine.kernel is not None
    machine.kernel.inbox.clear()
    return machine


def test_printed_text_goes_on_in_one_output() -> None:
    """[SES19]"""
    machine = running(doc("0"))
    for name, text in (("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")):
        machine.do(OutputArrived(1, 1, StreamOutput(name, text)))  # type: ignore[arg-type]
    assert machine.state.cells["a"].outputs == (
        StreamOutput("stdout", "ab"),
        StreamOutput("stderr", "c"),
        StreamOutput("stdout", "d"),
    )
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "e")))
    assert machine.events == [StreamContinued("a", "stdout", "e")]


def test_ses19_the_first_output_of_an_execution_replaces_the_last_ones() -> None:
    machine = ran("logic", doc("print(1)"))
    machine.do(RunAll())
    assert machine.text("a") == "1\n"
    machine.do(OutputArrived(1, 2, StreamOutput("stdout", "new")))
    assert machine.text("a") == "new"


def test_ses19_clearing_waits_for_the_next_output_where_asked_to() -> None:
    machine = running(doc("0"))
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "a")))
    machine.do(OutputCleared(1, 1, wait=True))
    assert machine.text("a") == "a"
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "b")))
    assert machine.text("a") == "b"
    machine.do(OutputCleared(1, 1, wait=False))
    assert machine.text("a") == ""
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "c")))
    assert machine.text("a") == "c"
    machine.do(OutputCleared(1, 99, wait=False))
    assert machine.text("a") == "c"


def test_ses19_a_display_is_updated_wherever_it_stands() -> None:
    machine = running(doc("0"))
    machine.do(OutputArrived(1, 1, StreamOutput("stdout", "a")))
    machine.do(OutputArrived(1, 1, DisplayOutput({"text/plain": "1"}, display_id="d", result=True)))
    machine.do(DisplayUpdated(1, "d", DisplayOutput({"text/plain": "2"})))
    assert machine.text("a") == "a|2"
    new = DisplayOutput({"text/plain": "2"}, display_id="d", result=True)
    assert machine.events == [OutputUpdated("a", 1, new)]
    machine.do(DisplayUpdated(1, "other", DisplayOutput({"text/plain": "3"})))
    assert machine.events == []


def test_ses19_what_a_thread_prints_goes_to_the_running_cell_and_nowhere_else() -> None:
    machine = running(doc("0"))
    machine.do(OutputArrived(1, 0, StreamOutput("stdout", "a")))
    machine.do(OutputArrived(1, 77, StreamOutput("stdout", "b")))
    assert machine.text("a") == "a"
    machine.do(CellFinished(1, 77, True, 0.1))
    assert machine.states() == {"a": "running"}
    machine.do(CellFinished(1, 1, True, 0.1))
    machine.do(OutputArrived(1, 0, StreamOutput("stdout", "late")))
    assert machine.text("a") == "a"


def test_outputs_are_cleared_but_for_cells_that_run() -> None:
    """[SES20]"""
    machine = ran("logic", doc("1", "2", "3"))
    machine.do(ClearOutputs(("a",)))
    assert [machine.text(id) for id in "abc"] == ["", "2", "3"]
    assert machine.events == [CellChanged("a", "done", 0.5, machine.state.cells["a"].at, "", clear=True)]
    machine.do(RunCells(("c",)))
    machine.do(ClearOutputs())
    assert [machine.text(id) for id in "abc"] == ["", "", "3"]


# --- results of others ------------------------------------------------------------------------------


def test_ses12_results_of_another_run_show_while_a_session_has_run_nothing() -> None:
    machine = Machine("app", doc(number("n"), "n"))
    run = RunProgress(1, "preview", "running", ("b",), 0, "b", "2026-01-01T00:00:00Z")
    machine.do(ShowCells({"b": CellRun("running", (StreamOutput("stdout", "x"),))}, run))
    assert (machine.states(), machine.text("b")) == ({"b": "running"}, "x")
    machine.do(ShowCells({"b": CellRun("done", (StreamOutput("stdout", "y"),))}))
    assert (machine.states(), machine.text("b")) == ({"b": "done"}, "y")
    machine.do(SetInputs({"n": 2}))
    machine.do(ShowCells({"b": CellRun("done", (StreamOutput("stdout", "z"),))}))
    machine.settle()
    assert machine.text("b") == "2"


def test_ses12_results_never_stand_beside_inputs_that_they_are_not_of() -> None:
    machine = Machine("app", doc(number("n"), "n", manual=True))
    machine.do(SetInputs({"n": 2}))
    machine.do(ShowCells({"b": CellRun("done", (StreamOutput("stdout", "of 1"),))}))
    assert machine.text("b") == ""


# --- options ----------------------------------------------------------------------------------------


def dynamic(optional: bool = False) -> InputCell:
    return InputCell("pick", input=DropdownInput(name="pick", options_from="opts", default="x", optional=optional))


def test_ses13_options_come_from_their_cell_and_a_value_that_is_gone_gives_way() -> None:
    machine = Machine("app", doc(number("n"), "opts = {'options': ['x', 'y'] if n == 1 else ['z']}", dynamic(), "pick"))
    machine.do(RunAll())
    machine.settle()
    assert machine.text("d") == "'x'"
    machine.do(SetInputs({"pick": "y"}))
    machine.settle()
    assert machine.text("d") == "'y'"
    assert "pick" in machine.do(SetInputs({"pick": "q"}))
    machine.executed.clear()
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.state.inputs["pick"] == "z"
    assert machine.text("d") == "'z'"
    assert machine.executed == ["b", "pick", "d"]
    assert machine.states() == {"b": "done", "pick": "done", "d": "done"}


def test_ses13_in_a_manual_app_the_cells_below_read_the_settled_value_in_the_same_run() -> None:
    machine = Machine("app", doc("opts = {'options': ['z']}", dynamic(), "pick", manual=True))
    machine.do(RunAll())
    machine.settle()
    assert machine.text("c") == "'z'"
    assert machine.states() == {"a": "done", "pick": "done", "c": "done"}


def test_ses13_a_multiselect_settles_too() -> None:
    several = InputCell("pick", input=MultiselectInput(name="pick", options_from="opts", default=["x", "y"]))
    machine = Machine("app", doc("opts = {'options': ['y', 'z']}", several, "pick"))
    machine.do(RunAll())
    machine.settle()
    assert machine.text("c") == "['y']"


@pytest.mark.parametrize("broken", [None, 7, "text", [], {}, {"options": None}, {"options": {"a": 1}}, {"options": 3}])
def test_ses13_what_is_no_list_of_options_is_passed_over(broken: Any) -> None:
    machine = running(doc(dynamic(), "opts = 1"))
    running_cell = machine.state.running
    assert running_cell is not None
    machine.do(OutputArrived(1, running_cell.execution, DisplayOutput({OPTIONS_MIME: broken})))
    assert machine.state.inputs == {"pick": "x"}


# --- a preview's run --------------------------------------------------------------------------------


def test_ses14_nothing_gets_into_the_run_that_a_candidate_is_judged_by() -> None:
    machine = Machine("preview", doc(number("n"), GO, "n"))
    machine.do(Begin("preview"))
    for operation in (SetInputs({"n": 2}), Press("go"), RunAll()):
        assert "preview run has not ended" in machine.do(operation)
    machine.settle()
    assert machine.text("c") == "1"
    assert machine.do(SetInputs({"n": 2})) == ""
    machine.settle()
    assert machine.text("c") == "2"


def test_ses14_a_preview_can_be_cancelled() -> None:
    machine = Machine("preview", doc("1"))
    machine.do(Begin("preview"))
    machine.step()
    assert machine.do(Interrupt()) == ""
    machine.settle()
    assert [one.complete for one in machine.runs] == [False]


def test_ses2_what_was_decided_is_a_value() -> None:
    """The state before is as it was, and only what is needed is sent to the kernel."""
    machine = ran("app", doc(number("n"), number("m"), "n", "m"))
    before = machine.state
    cells = dict(before.cells)
    machine.do(SetInputs({"n": 2}))
    assert before.cells == cells
    assert before.inputs == {"n": 1, "m": 1}
    assert machine.kernel is not None
    assert [e.values for e in machine.kernel.inbox if isinstance(e, SetVariables)] == [{"n": 2}]


# --- kernels that were kept ready -------------------------------------------------------------------


def with_ready(document: Document) -> tuple[Machine, Machine]:
    """A session that has run nothing, and one whose kernel it takes over."""
    spare = Machine("app", document)
    assert spare.do(Begin("app")) == ""
    spare.settle()
    return Machine("app", document, lambda: spare), spare


def test_ses23_only_what_rests_on_the_change_runs() -> None:
    machine, spare = with_ready(doc("x = 1", number("n"), number("m"), "y = x + n", "x + m", "y"))
    assert machine.do(SetInputs({"n": 5})) == ""
    machine.settle()
    assert machine.executed == ["d", "f"]
    assert {id: machine.text(id) for id in "adef"} == {"a": "", "d": "", "e": "2", "f": "6"}
    assert machine.state.cells["e"] == spare.state.cells["e"]
    run = machine.runs[0].run
    assert (run.status, run.planned, run.number) == ("done", ("d", "f"), 1)
    assert spare.kernel is None


def test_ses23_an_app_that_opens_by_running_has_nothing_left_to_run() -> None:
    machine, _ = with_ready(doc(number("n"), "n * 2"))
    machine.do(Begin("app"))
    machine.settle()
    assert machine.executed == []
    assert machine.states() == {"b": "done"}
    assert machine.text("b") == "2"
    assert machine.runs[0].run.status == "done"
    machine.do(SetInputs({"n": 4}))
    machine.settle()
    assert machine.text("b") == "8"


def test_ses23_a_press_is_true_in_its_run() -> None:
    machine, _ = with_ready(doc(GO, "go", "1"))
    machine.do(Press("go"))
    machine.settle()
    assert (machine.text("b"), machine.executed) == ("True", ["b"])


def test_ses23_refresh_is_no_use_of_a_ready_kernel_and_neither_is_a_second_kernel() -> None:
    machine, spare = with_ready(doc(number("n"), "n"))
    machine.do(RunAll())
    machine.settle()
    assert machine.executed == ["b"]
    assert spare.kernel is not None
    machine, spare = with_ready(doc(number("n"), "n"))
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    machine.die()
    machine.do(SetInputs({"n": 3}))
    machine.settle()
    assert machine.text("b") == "3"
    assert machine.executed == ["b", "b"]


def test_ses23_everything_runs_where_it_was_asked_for_before_the_kernel_came() -> None:
    machine, _ = with_ready(doc(number("n"), "x = 1", "n + x"))
    machine.do(SetInputs({"n": 5}))
    machine.do(RunAll())
    machine.settle()
    assert machine.executed == ["b", "c"]
    assert machine.text("c") == "6"


def test_ses23_a_relative_date_of_another_day_is_set_anew() -> None:
    since = InputCell("since", input=DateInput(name="since", relative=True, default="1 day ago"))
    machine, _ = with_ready(doc(since, number("n"), "since['$date']", "n"))
    machine.at = datetime(2026, 1, 2, tzinfo=UTC)
    machine.do(SetInputs({"n": 2}))
    machine.settle()
    assert machine.executed == ["c", "d"]
    assert machine.text("c") == "'2026-01-01'"


@pytest.mark.parametrize(("chosen", "shown", "executed"), [("y", "y", ["d"]), ("gone", "x", [])])
def test_ses23_options_that_were_read_there_count(chosen: str, shown: str, executed: list[str]) -> None:
    """[SES13] A value that is none of them gives way, without a run where the kernel holds what it gives way to."""
    document = doc("opts = {'options': ['x', 'y'], 'cut': False}", dynamic(), number("n"), "pick")
    machine, _ = with_ready(document)
    machine.do(SetInputs({"pick": chosen}))
    machine.settle()
    assert machine.state.inputs["pick"] == shown
    assert machine.executed == executed
    assert machine.text("d") == repr(shown)


def test_ses23_a_kernel_that_comes_too_late_is_passed_over() -> None:
    machine, _ = with_ready(doc(number("n"), "n"))
    machine.do(SetInputs({"n": 5}))
    kernel = machine.kernel
    assert kernel is not None
    machine.do(Interrupt())
    before = machine.state
    machine.do(kernel.outbox.popleft())
    assert machine.state == before
