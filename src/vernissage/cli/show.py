"""Outputs of cells on a terminal, as they come.

Text, tables (ten rows) and values stand as text; markdown as its source; a chart, an image or a page of HTML as a line
that says what it is. A cell's heading stands before its first output; a cell with nothing to show has none. Colours
only where a person looks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, TextIO, assert_never

from vernissage.core.outputs import AnyOutput, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage_kernel.frames import OPTIONS_MIME, TABLE_MIME, VALUE_MIME

VEGALITE = "application/vnd.vegalite."
"""How the MIME types of charts begin, whatever their version."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CONTROLS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links
    r"|\x1b\[[0-?]*[ -/]*[@-ln-~]"  # all of CSI but colours
    r"|\x1b(?!\[[0-9;]*m)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)
"""What would move the cursor, rename the window or ring: everything but text and colours."""


def plain(text: str) -> str:
    """The text without any escape sequence."""
    return _COLOURS.sub("", _CONTROLS.sub("", text))


class Screen:
    """Prints what is new of a cell each time it is told how it is."""

    def __init__(self, out: TextIO, base: str = "") -> None:
        """`base`: before the paths of kept outputs."""
        self._out = out
        self._base = base
        self._colours = out.isatty() and not os.environ.get("NO_COLOR")
        self._printed: dict[str, tuple[AnyOutput, ...]] = {}
        self._current = ""
        self._line_open = False

    def has_news(self, id: str, run: CellRun) -> bool:
        """Whether something came of this cell since it was shown."""
        return run.state not in ("queued", "empty") and run.outputs != self._printed.get(id, ())

    def show(self, id: str, name: str, run: CellRun) -> None:
        """Print what came of this cell since it was shown. `name`: what people call it."""
        if not self.has_news(id, run):
            return
        before = self._printed.get(id, ())
        self._printed[id] = run.outputs
        for text in self._news(before, run.outputs):
            self._head(id, name)
            self._write(text)
        self._out.flush()

    def line(self, text: str) -> None:
        """Print a line of our own."""
        self.close_line()
        self._out.write(text + "\n")
        self._out.flush()

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._colours else text

    def _head(self, id: str, name: str) -> None:
        if id != self._current:
            self.close_line()
            self._out.write(f"\n{self.bold(plain(name))}\n")
            self._current = id

    @property
    def holds_cursor(self) -> bool:
        """Whether a terminal's cursor stands behind a line that a cell has not ended."""
        return self._line_open and self._out.isatty()

    def close_line(self) -> None:
        """End the line that a cell has left open."""
        if self._line_open:
            self._out.write("\n")
            self._out.flush()
            self._line_open = False

    def _write(self, text: str) -> None:
        text = text.replace("\r\n", "\n")
        text = _CONTROLS.sub("", text) if self._colours else plain(text)
        if text:
            self._out.write(text)
            self._line_open = not text.endswith("\n")

    def _news(self, before: tuple[AnyOutput, ...], after: tuple[AnyOutput, ...]) -> Iterable[str]:
        """The texts to print: of outputs that are new, that went on, or that are others now."""
        for place, output in enumerate(after):
            was = before[place] if place < len(before) else None
            if output == was:
                continue
            if isinstance(output, StreamOutput) and isinstance(was, StreamOutput) and output.text.startswith(was.text):
                yield output.text[len(was.text) :]
            elif text := self._text(output):
                # A stream goes on where it ended; everything else begins and ends a line of its own.
                if isinstance(output, StreamOutput):
                    yield text
                else:
                    yield ("\n" if self._line_open else "") + text.rstrip("\n") + "\n"

    def _text(self, output: AnyOutput) -> str:
        match output:
            case StreamOutput(_, text):
                return text
            case ErrorOutput():
                said = ": ".join(filter(None, (output.ename, output.evalue)))
                return "\n".join(output.traceback) or said or "It failed without saying why."
            case DisplayOutput():
                return self._display(output)
            case never:
                assert_never(never)

    def _display(self, output: DisplayOutput) -> str:
        data = output.data
        if OPTIONS_MIME in data:  # what an input offers is no output
            return ""
        if VALUE_MIME in data:
            return value_line(data[VALUE_MIME])
        for mime in (*data, *output.blobs):
            if mime.startswith(VEGALITE):
                return chart_line(data.get(mime))
        if TABLE_MIME in data:
            return str(data.get("text/plain", ""))
        if "text/markdown" in data:
            return str(data["text/markdown"])
        for mime in (*data, *output.blobs):
            if mime.startswith("image/"):
                return f"image: {mime.removeprefix('image/').partition('+')[0].upper()}{self._where(output, mime)}"
        plain = str(data.get("text/plain", ""))
        if "text/html" in output.blobs:
            return f"{plain}\nHTML{self._where(output, 'text/html')}".strip()
        if plain:
            return plain
        return f"output: {', '.join(dict.fromkeys((*data, *output.blobs)))}"

    def _where(self, output: DisplayOutput, mime: str) -> str:
        kept = output.blobs.get(mime)
        if kept is None:
            return f" of {len(str(output.data[mime])) * 3 // 4:,} bytes"  # it stands there as base64
        return f" of {kept.size:,} bytes" + (f" at {self._base}{kept.url}" if self._base and kept.url else "")


def value_line(value: Any) -> str:
    """A value, and what it is compared with."""
    text = str(value["text"])
    compare = value.get("compare")
    if not compare:
        return text
    delta = f"{compare['delta_text']} against " if compare.get("delta_text") else "against "
    return f"{text}  ({delta}{compare['text']})"


def chart_line(spec: Any) -> str:
    """What a chart draws, in a line."""
    if not isinstance(spec, dict):
        return "chart"
    title = spec.get("title")
    if isinstance(title, dict):
        title = title.get("text")
    layers = [part for key in ("layer", "hconcat", "vconcat", "concat") for part in spec.get(key, ())]
    marks = [mark for part in (spec, *layers) if (mark := _mark(part))]
    channels = [f"{name} {field}" for name, field in _fields(spec, layers).items()]
    drawn = " and ".join(dict.fromkeys(marks))
    parts = [str(title) if title else "", drawn, ", ".join(channels)]
    return "chart: " + " · ".join(filter(None, parts)) if any(parts) else "chart"


def _mark(spec: Any) -> str:
    mark = spec.get("mark") if isinstance(spec, dict) else None
    return str(mark.get("type", "")) if isinstance(mark, dict) else str(mark or "")


def _fields(spec: Any, layers: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (spec, *layers):
        encoding = part.get("encoding") if isinstance(part, dict) else None
        for name in ("x", "y", "theta", "color", "facet", "row", "column"):
            channel = encoding.get(name) if isinstance(encoding, dict) else None
            if not isinstance(channel, dict) or name in found:
                continue
            field, how = channel.get("field"), channel.get("aggregate")
            shown = " of ".join(str(one) for one in (how, field) if isinstance(one, str))
            if isinstance(channel.get("title"), str):
                shown = channel["title"]
            if shown:
                found[name] = shown
    return found
