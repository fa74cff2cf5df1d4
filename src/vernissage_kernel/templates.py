"""Jinja in SQL and Markdown cells: one sandbox, and the text of a Markdown cell.

A name that no cell defines is an error that names it. Templates read the notebook's variables and cannot
change them; attributes that begin with an underscore are out of reach.

Promise: what `{{ }}` puts into Markdown shows as the text that it is, whatever characters it holds.
Left alone: how SQL takes values (`sql`), how Markdown becomes a page (the front end).
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vernissage_kernel import tables
from vernissage_kernel.tracebacks import CellError


class Fragment(str):
    """A piece of finished output: of a block set, a macro, a `caller()`. It is put in as it is.

    Any string method gives a plain `str` again, which is a value and is treated as one.
    """


class Template(ImmutableSandboxedEnvironment):
    """The sandbox of one rendering; `put_in` decides what the value of a `{{ }}` becomes."""

    concat = staticmethod(lambda parts: Fragment("".join(parts)))

    def __init__(self, put_in: Callable[[Any], str]) -> None:
        # Called with the context, so that constants are not folded at compile time and pass through here too.
        @pass_context
        def finalize(_: Context, value: Any) -> str:
            if isinstance(value, Undefined):
                value._fail_with_undefined_error()
            return value if type(value) is Fragment else put_in(value)

        super().__init__(finalize=finalize, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)

    def write(self, source: str, names: Mapping[str, Any]) -> str:
        """The text that the source becomes. Raises CellError."""
        try:
            return str(self.from_string(source).render(names))
        except CellError as error:
            error.line = error.line or _line(error)
            raise
        except TemplateSyntaxError as error:
            raise CellError(
                f"The template cannot be read: {error.message}", ename="TemplateSyntaxError", line=error.lineno
            ) from None
        except UndefinedError as error:
            raise CellError(undefined(error.message or "", names), ename="NameError", line=_line(error)) from None
        except SecurityError as error:
            raise CellError(
                f"A template may read values only: {(error.message or '').rstrip('.')}.",
                ename="SecurityError",
                line=_line(error),
            ) from None
        except TemplateError as error:
            raise CellError(str(error), ename=type(error).__name__, line=_line(error)) from None


def _line(error: BaseException) -> int:
    """The template's line at fault: Jinja rewrites its frames to the template's lines."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno or 0
        trace = trace.tb_next
    return line


def undefined(message: str, names: Iterable[str]) -> str:
    """A sentence for a name that is not there, with the nearest ones."""
    found = re.match(r"'(\w+)' is undefined$", message)
    if found is None:
        return f"{message[:1].upper()}{message[1:]}."
    name = found.group(1)
    near = difflib.get_close_matches(name, [known for known in names if not known.startswith("_")], n=3)
    hint = (
        f" Did you mean {' or '.join(near)}?" if near else " Define it in a cell above, or add an input of that name."
    )
    return f"There is no variable named {name!r}.{hint}"


# --- Markdown ---------------------------------------------------------------------------------------


def markdown(source: str, names: Mapping[str, Any]) -> str:
    """The Markdown of a cell with its `{{ }}` put in as escaped text. Raises CellError."""
    return Template(lambda value: escape(nice(value))).write(source, names)


def nice(value: Any) -> str:
    """A value as a reader wants it in a sentence."""
    if tables.is_table(value):
        return tables.text(tables.head(value, "")).rsplit("\n", 1)[-1]
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        value = item()
    match value:
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case str():
            return str(value)
        case int():
            return str(value)
        case float():
            return nice_float(value)
        case datetime.datetime():
            if value != value:
                return "–"  # pandas' NaT
            clock = value.isoformat(
                sep=" ", timespec="minutes" if not (value.second or value.microsecond) else "seconds"
            )
            zone = getattr(value.tzinfo, "key", "")
            return f"{clock[:16] if 'seconds' not in clock and zone else clock} {zone}".rstrip() if zone else clock
        case list() | tuple() | set() | frozenset():
            return ", ".join(nice(member) for member in value)
        case _:
            return str(value)


def nice_float(value: float) -> str:
    """A decimal number without the noise of binary fractions: 0.1 + 0.2 is 0.3."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value == 0 or 1e-6 <= abs(value) < 1e15:
        text = f"{value:.12g}"
        if "e" in text:
            text = f"{value:.0f}"
        return text
    return f"{value:.6g}"


_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
_LINE_START = re.compile(r"^(\s*)(#|>|[-+=](?=[\s=-]|$)|\d+(?=[.)](\s|$)))")


def escape(text: str) -> str:
    """Text as Markdown (and HTML) that shows exactly this text; line ends stay line ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.replace("&", "&amp;").replace("<", "&lt;")
        line = _SPECIAL.sub(lambda found: "\\" + found.group(), line)
        start = _LINE_START.match(line)
        if start is not None:
            mark = start.group(2)
            rest = line[start.end() :]
            # A number with a point begins a list; there the point is what is escaped.
            line = f"{mark}\\{rest}" if mark.isdigit() else f"\\{mark}{rest}"
        lines.append(line.strip() if lines else line)
    return "\\\n".join(lines)
