"""The table of figures, as text for a terminal, and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.figures import Figure, spoken

HEAD = ("what", "target", "median", "p95", "n", "met", "others, measured earlier")
_RIGHT = frozenset({"target", "median", "p95", "n"})


def table(figures: Sequence[Figure]) -> str:
    """The figures below each other, columns aligned."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = []
    for row in rows:
        parts = [
            text.rjust(width) if name in _RIGHT else text.ljust(width)
            for name, text, width in zip(HEAD, row, widths, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    met = figure.met
    return (
        figure.what,
        "" if figure.target is None else f"{spoken(figure.target)} {figure.unit}",
        f"{spoken(figure.median)} {figure.unit}",
        spoken(figure.p95),
        str(len(figure.samples)),
        "" if met is None else "yes" if met else "no",
        figure.peers,
    )


def as_json(figures: Sequence[Figure], machine: Mapping[str, Any]) -> bytes:
    """The same with every sample, and what the machine was."""
    lines = [
        msgspec.to_builtins(figure) | {"median": figure.median, "p95": figure.p95, "met": figure.met}
        for figure in figures
    ]
    return msgspec.json.format(msgspec.json.encode({"machine": machine, "figures": lines}), indent=2) + b"\n"
