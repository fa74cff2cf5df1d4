"""Completion and help for the code that an author is writing, from the live kernel.

IPython's completer without jedi: names, attributes, dictionary keys, columns, modules and arguments of live
objects come in milliseconds, while jedi takes seconds over the first `df.` of a kernel.

Promise: answers within `PATIENCE`, with fewer matches rather than late. Runs no call that the author wrote.
Left alone: completion while a cell runs (the server knows names from the source).
"""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from types import FrameType
from typing import TYPE_CHECKING, Any

from IPython.core.completer import provisionalcompleter
from IPython.utils.tokenutil import token_at_cursor

from vernissage_kernel.frames import Complete, Completions, Inspect, Inspection

if TYPE_CHECKING:
    from vernissage_kernel.shell import KernelShell

PATIENCE = 0.5
"""Seconds for one answer. An object of the user's may take for ever over its attributes."""

MATCHES_LIMIT = 300
TEXT_LIMIT = 20_000


class _Late(BaseException):
    """Not an Exception, since completers swallow those."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, ring)
    # Again and again, because the completer goes on with its next source after whatever one of them raised.
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complete(shell: KernelShell, frame: Complete) -> Completions:
    """What could stand at the cursor."""
    cursor = max(0, min(frame.cursor, len(frame.code)))
    # The completer prints what its sources raise; nobody asked for that.
    try:
        with redirect_stderr(io.StringIO()), _within(PATIENCE):
            return _complete(shell, frame, cursor)
    except _Late:
        return Completions(request=frame.request, matches=(), start=cursor, end=cursor)


def _complete(shell: KernelShell, frame: Complete, cursor: int) -> Completions:
    completer = shell.Completer
    completer.use_jedi = False
    with provisionalcompleter():
        found = []
        seen = set()
        for match in completer.completions(frame.code, cursor):
            if (match.start, match.end, match.text) in seen:
                continue
            seen.add((match.start, match.end, match.text))
            found.append(match)
            if len(found) == MATCHES_LIMIT:
                break
    if not found:
        return Completions(request=frame.request, matches=(), start=cursor, end=cursor)
    start, end = min(match.start for match in found), max(match.end for match in found)
    # One range for all: what a match leaves out is filled in from the source.
    matches = tuple(frame.code[start : match.start] + match.text + frame.code[match.end : end] for match in found)
    if frame.code[start : start + 1] == "." and all(match.startswith(".") for match in matches):
        start, matches = start + 1, tuple(match[1:] for match in matches)
    kinds = tuple("" if match.type in ("<unknown>", None) else str(match.type) for match in found)
    return Completions(request=frame.request, matches=matches, start=start, end=end, kinds=kinds)


def _look_up(shell: KernelShell, name: str) -> dict[str, Any]:
    if not name:
        return {"found": False}
    return dict(shell.object_inspect(name))  # type: ignore[no-untyped-call]


def inspect(shell: KernelShell, frame: Inspect) -> Inspection:
    """Signature and documentation of the name at the cursor."""
    name = token_at_cursor(frame.code, max(0, min(frame.cursor, len(frame.code))))
    try:
        with _within(PATIENCE):
            info: dict[str, Any] = _look_up(shell, name)
    except _Late:
        info = {"found": False}
    if not info.get("found"):
        return Inspection(request=frame.request, found=False, text="")
    signature = info.get("definition") or info.get("init_definition") or ""
    kind = info.get("type_name") or ""
    head = signature or f"{name}: {kind}"
    documentation = info.get("docstring") or info.get("init_docstring") or info.get("class_docstring") or ""
    text = f"{head}\n\n{documentation}".strip()
    return Inspection(request=frame.request, found=True, text=text[:TEXT_LIMIT])
