"""An exception, told to the author of a cell: the frames of their own code, and a count of those in between.

`describe` turns any exception into an `ErrorRaised`. Own code is the cells and the project's own files;
frames of libraries are folded into one line per stretch ("… 7 frames in pandas").

Promise: never raises, whatever the exception does in its `__str__`.
Left alone: what a viewer may read of it; the server decides, `app_text` is all that it gets from here.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType

from vernissage_kernel.context import AppError
from vernissage_kernel.frames import ErrorRaised

RED, GREEN, CYAN, GREY, BOLD, RESET = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[90m", "\x1b[1m", "\x1b[0m"

MACHINERY = f"{Path(__file__).resolve().parent}{os.sep}"
"""Frames of this package are not worth a line."""

CHAIN_LIMIT = 8
"""Causes of causes that are shown."""

OWN_FRAMES_LIMIT = 40
"""Own frames that are shown; a recursion has thousands."""

TEXT_LIMIT = 20_000
"""Characters of an exception's own text."""

cell_names: dict[str, str] = {}
"""File name of a compiled cell → the cell's readable name. `shell` fills it."""


class CellError(Exception):
    """What went wrong in a cell that is not Python, in a sentence for its author."""

    def __init__(self, sentence: str, *, ename: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.ename = ename
        self.line = line


OUT_OF_MEMORY = (
    "The cell ran out of memory. Load fewer rows or columns, free what is no longer needed with `del`, "
    "or ask for a larger kernel."
)


def describe(error: BaseException, execution: int, *, file: str = "") -> ErrorRaised:
    """The error of one execution. `file` is the file name of the cell that ran, for the line at fault."""
    ename, evalue = _name(error), text_of(error)
    return ErrorRaised(
        execution=execution,
        ename=ename,
        evalue=evalue,
        traceback=tuple(format_error(error)),
        line=_line(error, file),
        app_text=evalue if isinstance(error, AppError) else "",
    )


def _name(error: BaseException) -> str:
    return error.ename if isinstance(error, CellError) else type(error).__name__


def text_of(error: BaseException) -> str:
    """The exception's own text, or ours where it has a better one."""
    match error:
        case MemoryError():
            return OUT_OF_MEMORY
        case KeyboardInterrupt():
            return "Interrupted."
        case SystemExit():
            return "A cell cannot end its kernel. To stop here, raise an error; to stop the kernel, use Stop kernel."
        case SyntaxError() if error.msg:
            return error.msg
        case ImportError() if isinstance(error, ModuleNotFoundError) and error.name:
            return f"{error.msg or error}. Add the package to the project's packages, or correct the name."
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001  The class is the user's; its __str__ may do anything.
        return f"(its text could not be made: {type(broken).__name__})"
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}… ({len(text):,} characters)".replace(",", " ")


def _line(error: BaseException, file: str) -> int:
    if isinstance(error, CellError):
        return error.line
    if isinstance(error, SyntaxError) and error.filename == file and error.lineno:
        return error.lineno
    lines = [number for frame, number, _ in _steps(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if file and lines else 0


def _steps(trace: TracebackType | None) -> Iterator[tuple[FrameType, int, int]]:
    """Frame, line and instruction of each step, from the first cell's frame on; the machinery before it is ours."""
    steps = []
    while trace is not None:
        steps.append((trace.tb_frame, trace.tb_lineno or 0, trace.tb_lasti))
        trace = trace.tb_next
    first = next((i for i, (frame, _, _) in enumerate(steps) if frame.f_code.co_filename in cell_names), None)
    return iter(steps if first is None else steps[first:])


def format_error(error: BaseException) -> list[str]:
    """The whole story, oldest cause first, as lines with ANSI colours."""
    chain: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    link = ""
    while current is not None and id(current) not in seen and len(chain) < CHAIN_LIMIT:
        seen.add(id(current))
        chain.append((current, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, "That was the direct cause of:"
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, "While that was being handled, there came:"
        else:
            current = None
    lines: list[str] = []
    for exception, after in reversed(chain):
        lines.extend(_format_one(exception))
        if after:
            lines.extend(["", f"{GREY}{after}{RESET}", ""])
    return lines


def _format_one(error: BaseException) -> list[str]:
    lines: list[str] = []
    if not isinstance(error, CellError):
        lines.extend(_format_frames(error.__traceback__, tail=not isinstance(error, KeyboardInterrupt)))
    if isinstance(error, SyntaxError) and error.lineno:
        lines.extend(_format_syntax(error))
    text = text_of(error)
    lines.extend(f"{RED}{BOLD}{_name(error)}{RESET}{': ' + text if text else ''}".split("\n"))
    for note in getattr(error, "__notes__", ()):
        lines.extend(str(note).split("\n"))
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions[:CHAIN_LIMIT]:
            lines.extend("    " + line for line in _format_one(member))
        if len(error.exceptions) > CHAIN_LIMIT:
            lines.append(f"    {GREY}… {len(error.exceptions) - CHAIN_LIMIT} more{RESET}")
    return lines


def _format_frames(trace: TracebackType | None, *, tail: bool) -> list[str]:
    """`tail`: count the library's frames below the last own one, too."""
    lines: list[str] = []
    folded: list[CodeType] = []
    own = 0
    steps = list(_steps(trace))
    if not any(frame.f_code.co_filename in cell_names for frame, _, _ in steps):
        return lines  # All of it is machinery of ours or of the interpreter.
    total = sum(1 for frame, _, _ in steps if is_own(frame.f_code.co_filename))
    for frame, number, instruction in steps:
        code = frame.f_code
        if not is_own(code.co_filename):
            if not code.co_filename.startswith(MACHINERY):
                folded.append(code)
            continue
        own += 1
        if total > OWN_FRAMES_LIMIT and OWN_FRAMES_LIMIT // 2 < own <= total - OWN_FRAMES_LIMIT // 2:
            if own == OWN_FRAMES_LIMIT // 2 + 1:
                lines.append(f"{GREY}… {total - OWN_FRAMES_LIMIT} frames of your code{RESET}")
            folded.clear()
            continue
        lines.extend(_fold(folded))
        folded.clear()
        lines.extend(_format_frame(code, number, instruction))
    if tail:
        lines.extend(_fold(folded))
    return lines


def is_own(file: str) -> bool:
    """True for cells and for files of the project (below the kernel's own directory, outside any environment)."""
    if file in cell_names:
        return True
    if file.startswith("<") or f"{os.sep}site-packages{os.sep}" in file:
        return False
    home = f"{Path.cwd()}{os.sep}"
    return str(Path(file).absolute()).startswith(home) and not file.startswith((sys.prefix + os.sep, MACHINERY))


def _fold(codes: list[CodeType]) -> list[str]:
    if not codes:
        return []
    where = list(dict.fromkeys(_library(code.co_filename) for code in codes))
    names = ", ".join(where[:3]) + (", …" if len(where) > 3 else "")
    count = "1 frame" if len(codes) == 1 else f"{len(codes)} frames"
    return [f"{GREY}… {count} in {names}{RESET}"]


def _library(file: str) -> str:
    for mark in (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}"):
        if mark in file:
            return file.split(mark, 1)[1].split(os.sep, 1)[0].removesuffix(".py")
    name = Path(file).name.removesuffix(".py")
    folder = Path(file).parent.name
    return folder if name == "__init__" else name.strip("<>").replace("frozen ", "")


def _format_frame(code: CodeType, number: int, instruction: int) -> list[str]:
    name = cell_names.get(code.co_filename)
    place = f"cell {name!r}" if name is not None else os.path.relpath(code.co_filename)
    inside = "" if code.co_name == "<module>" else f" in {CYAN}{code.co_qualname}{RESET}"
    lines = [f"{GREEN}{place}{RESET}, line {number}{inside}"]
    for near in range(max(1, number - 2), number + 3):
        text = linecache.getline(code.co_filename, near).rstrip("\n")
        if not text and near > number:
            break
        arrow = f"{RED}{BOLD}→{RESET}" if near == number else " "
        lines.append(f"{arrow} {GREY}{near:>4}{RESET} {text[:400]}")
        if near == number:
            lines.extend(_underline(code, number, instruction, text))
    return lines


def _underline(code: CodeType, number: int, instruction: int, text: str) -> list[str]:
    """A line of ^ below the part at fault, where that is not the whole line."""
    positions = list(code.co_positions())
    index = instruction // 2
    if not 0 <= index < len(positions):
        return []
    first, last, start, end = positions[index]
    if first != number or last != number or start is None or end is None:
        return []
    # Positions count bytes.
    raw = text.encode()
    left, width = len(raw[:start].decode(errors="replace")), len(raw[start:end].decode(errors="replace"))
    if width == 0 or width >= len(text.strip()) or left + width > 400:
        return []
    return [" " * (7 + left) + f"{RED}{'^' * width}{RESET}"]


def _format_syntax(error: SyntaxError) -> list[str]:
    file = error.filename or ""
    name = cell_names.get(file)
    place = f"cell {name!r}" if name is not None else Path(file).name or "source"
    lines = [f"{GREEN}{place}{RESET}, line {error.lineno}"]
    text = (error.text or linecache.getline(file, error.lineno or 0)).rstrip("\n")
    if text:
        lines.append(f"{RED}{BOLD}→{RESET} {GREY}{error.lineno:>4}{RESET} {text[:400]}")
        if error.offset and 0 < error.offset <= 400:
            end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else 0
            width = max(1, end - error.offset)
            lines.append(" " * (6 + error.offset) + f"{RED}{'^' * min(width, 400)}{RESET}")
    return lines
