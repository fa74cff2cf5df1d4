"""How far a run is, for whoever waits for it at a terminal: a line for each cell that ended, and one live line.

It stands on stderr, because outputs alone are on stdout. Where stderr is no terminal, and with --json, nothing of it is
written. What the cells have to show is printed by `show`, each cell's outputs before the line that says how it ended.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Set
from types import TracebackType
from typing import Self, TextIO

from vernissage.cli.show import Screen, plain
from vernissage.core.outputs import CellRun, failure

REDRAWN_EVERY = 0.1
"""Seconds; what the live line counts in."""

_CLEAR = "\r\x1b[K"


class Progress:
    """Follows the cells of one run. Inside `async with` the live line counts by itself."""

    def __init__(self, out: TextIO, screen: Screen | None, *, wanted: bool) -> None:
        """`screen`: prints the outputs; None = nobody wants them. `wanted`: False = nothing but the outputs."""
        self._screen = screen
        self._out = out
        self._live = wanted and out.isatty() and os.environ.get("TERM") != "dumb"
        self._told: set[str] = set()
        self._running = ""
        self._doing: Callable[[float], str] = lambda _: ""
        self._since = time.monotonic()
        self._drawn = ""
        self._counting: asyncio.Task[None] | None = None

    @property
    def told(self) -> Set[str]:
        """The cells of which it was said how they ended."""
        return self._told

    @property
    def live(self) -> bool:
        """Whether somebody looks at it."""
        return self._live

    async def __aenter__(self) -> Self:
        if self._live:
            self._wait_for("waiting for a kernel")
            self._counting = asyncio.create_task(self._count())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        self._doing = lambda _: ""
        self._draw()

    def show(self, names: Mapping[str, str], cells: Mapping[str, CellRun]) -> None:
        """Print what is new. `names`: cell id → what people call it, in notebook order."""
        for id, name in names.items():
            run = cells.get(id)
            if run is None:
                continue
            if self._screen is not None and self._screen.has_news(id, run):
                self._erase()
                self._screen.show(id, name, run)
            if self._live and id not in self._told and (line := _ending(name, run)):
                self._told.add(id)
                self._erase()
                if self._screen is not None and self._screen.holds_cursor:
                    self._screen.close_line()
                self._out.write(f"{line}\n")
        if self._live:
            self._follow(names, cells)
            self._draw()

    def _follow(self, names: Mapping[str, str], cells: Mapping[str, CellRun]) -> None:
        wanted = [id for id in names if id in cells and cells[id].state != "empty"]
        running = next((id for id in wanted if cells[id].state == "running"), "")
        if running and running != self._running:
            self._running = running
            place = f"cell {wanted.index(running) + 1} of {len(wanted)} · {' '.join(plain(names[running]).split())}"
            self._wait_for(place)
        elif wanted and all(cells[id].state not in ("running", "queued") for id in wanted):
            self._doing = lambda _: ""

    def _wait_for(self, what: str) -> None:
        self._since = time.monotonic()
        self._doing = lambda seconds: f"{what} · {seconds:.1f} s"

    async def _count(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(REDRAWN_EVERY)

    def _draw(self) -> None:
        """Put the live line below all that is printed; it waits while a cell's own line is open there."""
        if not self._live:
            return
        text = self._doing(time.monotonic() - self._since)
        if self._screen is not None and self._screen.holds_cursor:
            text = ""
        text = text[: _columns(self._out) - 1]
        if text != self._drawn:
            self._out.write(_CLEAR + text if self._drawn else text)
            self._out.flush()
            self._drawn = text

    def _erase(self) -> None:
        if self._drawn:
            self._out.write(_CLEAR)
            self._out.flush()
            self._drawn = ""


def _ending(name: str, run: CellRun) -> str:
    """How a cell ended, in a line; "" = it has not, or it is none that runs."""
    name = " ".join(plain(name).split())
    match run.state:
        case "done" if run.elapsed is not None:
            return f"✓ {name} {run.elapsed:.2f} s"
        case "error":
            return f"✗ {name}: {' '.join(plain(failure(run)).split())}"
        case "skipped":
            return f"– {name}: skipped"
        case _:
            return ""


def _columns(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or 80  # one that does not know its size says 0
    except OSError:
        return 80
