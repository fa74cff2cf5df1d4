"""YAML as project files use it: plain data with line numbers, read strictly; written one way only.

Promises: `parse(dump(data))` is the data; what is read knows the line of every value; reading is safe: no tags, no
aliases, bounded depth and size; words mean what they say (`no`, `on`, `12:30`, `2021-07-13` are text, only `true`,
`false`, `null` and numbers are not); the same data always gives the same text, whose lines a person can review.

The reader builds its values from PyYAML's events, because its own loaders recurse without bound, expand aliases and
read `no` as false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from vernissage.formats import FormatError

MAX_TEXT = 50_000_000
"""Characters of a file."""
MAX_DEPTH = 60
MAX_VALUES = 200_000

Path: TypeAlias = tuple[str | int, ...]

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,3999})")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Parsed:
    """What a file says."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    """The line (from 1) of each value, by the keys and places that lead to it; of a key's value, that of the key."""
    literal: set[Path] = field(default_factory=set)
    """The texts that stand as a literal block (`|`)."""

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass
class _Open:
    """A mapping or list that is being read."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None
    """The key whose value comes next."""


def parse(text: str) -> Parsed:
    """The data of a YAML text. Raises FormatError."""
    if len(text) > MAX_TEXT:
        raise FormatError(f"This file has more than {MAX_TEXT:,} characters, which no project file needs.")
    try:
        return _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is no YAML"
        # What misses its end is noticed only past the last line.
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 0
        raise FormatError(f"This cannot be read as YAML: {problem}.", line) from None
    except UnicodeError:
        raise FormatError("This file holds half of a character, so it is no text. Save it as UTF-8.") from None


def _parse(text: str) -> Parsed:
    parsed = Parsed(None)
    stack: list[_Open] = []
    count = documents = 0

    def place(line: int, value: Any) -> Path:
        """Put a value where it belongs; the path to it."""
        if not stack:
            parsed.data = value
            parsed.lines[()] = line
            return ()
        top = stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            top.value.append(value)
            parsed.lines[path] = line
        else:
            assert top.key is not None
            path = (*top.path, top.key)
            top.value[top.key] = value
            top.key = None
        return path

    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                raise FormatError("Aliases (*name) are not read here. Write the value out.", line)
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise FormatError("A second YAML document begins here; a project file holds one.", line)
            case yaml.ScalarEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                count += 1
                if count > MAX_VALUES or len(stack) >= MAX_DEPTH:
                    raise FormatError("This file is larger or more deeply nested than any project file.", line)
                if event.anchor:
                    raise FormatError("Anchors (&name) are not read here. Take it away.", line)
                top = stack[-1] if stack else None
                wants_key = top is not None and isinstance(top.value, dict) and top.key is None
                if wants_key:
                    assert top is not None and isinstance(top.value, dict)
                    if not isinstance(event, yaml.ScalarEvent):
                        raise FormatError("A key must be a word.", line)
                    key = event.value
                    if key in top.value:
                        raise FormatError(f"The key {key!r} stands here a second time.", line)
                    top.key = key
                    parsed.lines[(*top.path, key)] = line
                elif isinstance(event, yaml.ScalarEvent):
                    path = place(line, _scalar(event, line))
                    if event.style == "|":
                        parsed.literal.add(path)
                else:
                    if event.tag:
                        raise FormatError(f"Tags such as {event.tag} are not read here.", line)
                    value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
                    stack.append(_Open(place(line, value), value))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                stack.pop()
            case _:
                pass
    return parsed


def _scalar(event: Any, line: int) -> Any:
    text: str = event.value
    if event.tag:
        raise FormatError(f"Tags such as {event.tag} are not read here. Put text in quotes.", line)
    return text if event.style else plain(text)


def plain(text: str) -> Any:
    """What a word without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


# --- writing ----------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[^\W\d_][\w ./()%+*<>=;!?@$^~{}&|'\"-]*|[0-9]+ [A-Za-z][\w ./()%+-]*|_\w*")
"""Text that needs no quotes in a block, by any YAML reader; `_FLOW` of it also inside [] and {}."""
_FLOW = re.compile(r"[^{}]*")
_OTHER_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
"""What some YAML reader takes for something else than text, in any spelling."""
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class Block(str):
    """Text that is written as a literal block where it has several lines and YAML can."""

    __slots__ = ()


class Flow:
    """A mapping or list that is written on one line."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def dump(data: Mapping[str, Any]) -> str:
    """A mapping as YAML text. Values: None, bool, int, float, str, `Block`, `Flow`, mappings and lists of them."""
    lines: list[str] = []
    _mapping(lines, data, 0, "")
    return "\n".join(lines) + "\n"


def _mapping(lines: list[str], data: Mapping[str, Any], indent: int, first: str) -> None:
    """`first`: what stands before the first key instead of spaces ("- " in a list)."""
    for place, (key, value) in enumerate(data.items()):
        before = " " * indent if place or not first else " " * (indent - len(first)) + first
        _entry(lines, f"{before}{_string(key, flow=False)}:", value, indent)


def _entry(lines: list[str], head: str, value: Any, indent: int) -> None:
    match value:
        case Block() if literal := _literal(value, indent + 2):
            lines.append(f"{head} {literal[0]}")
            lines.extend(literal[1:])
        case Mapping() if value:
            lines.append(head)
            _mapping(lines, value, indent + 2, "")
        case list() | tuple() if value:
            lines.append(head)
            _list(lines, value, indent + 2)
        case _:
            lines.append(f"{head} {_one_line(value, flow=False)}")


def _list(lines: list[str], values: Any, indent: int) -> None:
    for value in values:
        if isinstance(value, Mapping) and value:
            _mapping(lines, value, indent + 2, "- ")
        else:
            lines.append(f"{' ' * indent}- {_one_line(value, flow=False)}")


def has_block(text: str) -> bool:
    """Whether a `Block` of this text is written as a literal block: it has several lines, and YAML can hold it so."""
    return "\n" in text.rstrip("\n") and bool(text.strip()) and not _UNPRINTABLE.search(text)


def _literal(text: str, indent: int) -> list[str] | None:
    """The lines of a literal block, its head first; None where YAML has none for this text."""
    if not has_block(text):
        return None
    body = text.removesuffix("\n")
    # A first line that begins with a blank hides where the block begins, so it is said.
    hint = "2" if text[0] in " \t\n" else ""
    chomp = "" if text.endswith("\n") and not body.endswith("\n") else "+" if text.endswith("\n") else "-"
    return [f"|{hint}{chomp}", *(" " * indent + line if line else "" for line in body.split("\n"))]


def _one_line(value: Any, *, flow: bool) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return _string(value, flow=flow)
        case Flow():
            return _one_line(value.value, flow=True)
        case Mapping():
            inside = (f"{_string(key, flow=True)}: {_one_line(one, flow=True)}" for key, one in value.items())
            return "{" + ", ".join(inside) + "}"
        case list() | tuple():
            return "[" + ", ".join(_one_line(one, flow=True) for one in value) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a project file")


def _float(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else text


def _string(text: str, *, flow: bool) -> str:
    if (
        _PLAIN.fullmatch(text)
        and (not flow or (_FLOW.fullmatch(text)))
        and not text.endswith(" ")
        and text.lower() not in _OTHER_WORDS
        and not _UNPRINTABLE.search(text)
        and len(text) < 200
    ):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{_UNPRINTABLE.sub(_escape, escaped)}"'


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
