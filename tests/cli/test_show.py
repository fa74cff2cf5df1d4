"""Outputs as text: what a terminal gets of them."""

from __future__ import annotations

import io

import pytest

from vernissage.cli.show import Screen, chart_line
from vernissage.core.outputs import AnyOutput, BlobRef, CellRun, DisplayOutput, ErrorOutput, StreamOutput


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(*steps: tuple[AnyOutput, ...], out: io.StringIO | None = None) -> str:
    """What a screen prints of a cell whose outputs were these, one after the other."""
    out = out or io.StringIO()
    screen = Screen(out, "http://here")
    for outputs in steps:
        screen.show("a", "A", CellRun("running", outputs))
    screen.line("end")
    return out.getvalue()


def test_cli11_text_goes_on_where_it_ended() -> None:
    steps = [(StreamOutput("stdout", text),) for text in ("one\ntw", "one\ntwo", "one\ntwo\n")]
    assert shown(*steps) == "\nA\none\ntwo\nend\n"


def test_cli11_an_output_after_an_open_line_begins_a_line_of_its_own() -> None:
    result = DisplayOutput({"text/plain": "42"}, result=True)
    assert shown((StreamOutput("stdout", "no end"), result)) == "\nA\nno end\n42\nend\n"


def test_cli11_a_cell_with_nothing_to_show_has_no_heading() -> None:
    assert shown(()) == "end\n"
    options = DisplayOutput({"application/vnd.vernissage.options+json": {}, "text/plain": "3 options"})
    assert shown((options,)) == "end\n"


def test_cli11_pictures_and_pages_are_named_with_where_they_are() -> None:
    html = DisplayOutput({"text/plain": "<Figure>"}, {"text/html": BlobRef("/o/x", "0" * 64, 2048)})
    assert shown((html,)) == "\nA\n<Figure>\nHTML of 2,048 bytes at http://here/o/x\nend\n"
    png = DisplayOutput({"text/plain": "<Figure>"}, {"image/png": BlobRef("/o/y", "0" * 64, 70_000)})
    assert shown((png,)) == "\nA\nimage: PNG of 70,000 bytes at http://here/o/y\nend\n"


def test_cli14_escape_sequences_stay_out_but_for_colours() -> None:
    text = "\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\x1bc\x08\n"
    assert shown((StreamOutput("stdout", text),)) == "\nA\nredc\nend\n"
    on_terminal = shown((StreamOutput("stdout", text),), out=Terminal())
    assert "\x1b[31mred\x1b[0m" in on_terminal
    for bad in ("\x1b[2J", "\x1b]0;", "\x1bc", "\x08"):
        assert bad not in on_terminal


def test_cli12_an_error_without_a_traceback_says_what_it_says() -> None:
    assert shown((ErrorOutput("TimeLimit", "It took too long."),)) == "\nA\nTimeLimit: It took too long.\nend\n"


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ({"mark": {"type": "bar"}, "encoding": {"x": {"field": "a"}, "y": {"aggregate": "mean", "field": "b"}}},
         "chart: bar · x a, y mean of b"),
        ({"title": "Both", "layer": [{"mark": "line"}, {"mark": "point"}]}, "chart: Both · line and point"),
        ({"encoding": [], "layer": [3]}, "chart"),
        (None, "chart"),
    ],
)  # fmt: skip
def test_cli11_a_chart_says_what_it_draws(spec: object, line: str) -> None:
    assert chart_line(spec) == line
