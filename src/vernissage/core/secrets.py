"""Secrets: what they may be called, which of them a document names, and how their values are kept out of sight.

A *secret* has a name, which everybody who may edit reads, and a value, which code reads and nobody is shown. Whatever a
kernel says is searched for the values that it was given, also as they stand in JSON, in an address, in HTML, in
Python's own quotes and in Base64; `[secret NAME]` takes their place, and `[secret]` where people with App only may
look. That guards against accidents (a `print`, a connection's address in an error), not against somebody who may edit
the code and wants to see them.

Pure. Left alone: keeping them (`store`), sealing them (`store.vault`), which a project has (`actors.secrets`).
"""

from __future__ import annotations

import ast
import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from vernissage.core.dataflow.python import parsed
from vernissage.core.document import Document, PythonCell
from vernissage.core.operations import Refused

LONGEST_NAME = 64

LONGEST_VALUE = 64 * 1024
"""Characters of one value: a key or a certificate, no data."""

SHORTEST_HIDDEN = 4
"""Characters; a shorter value would hide ordinary words."""

SHORTEST_INNER = 8
"""Characters of Base64 that are looked for inside of other Base64."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_name(name: str) -> Refused | None:
    """[SEC2] Why no secret can be called so."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        return Refused(
            f"A secret's name has letters, digits and _, begins with no digit, and has at most {LONGEST_NAME} "
            "characters, such as DB_PASSWORD."
        )
    return None


def check_value(value: str) -> Refused | None:
    """[SEC2] Why no secret can be this; the sentence never repeats it."""
    if not value:
        return Refused("The value is empty. Give one, or remove the secret.")
    if len(value) > LONGEST_VALUE:
        return Refused(f"The value has {len(value):,} characters; a secret has at most {LONGEST_VALUE:,}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        return Refused("The value holds half a character, so it cannot be kept.")
    return None


# --- keeping values out of sight --------------------------------------------------------------------


class Redactor:
    """Puts `[secret NAME]` in the place of values, in whatever form they stand. Immutable."""

    def __init__(self, values: Mapping[str, str], *, named: bool = True) -> None:
        """`named`: False puts `[secret]` there, for readers who may not know what secrets there are."""
        self._named = named
        self._names: dict[str, str] = {}
        for name, value in values.items():
            if len(value) >= SHORTEST_HIDDEN:
                for form in _forms(value):
                    self._names.setdefault(form, name)
        self._forms = sorted(self._names, key=lambda form: (-len(form), form))
        self._any = re.compile("|".join(map(re.escape, self._forms)) or r"(?!)")

    def __bool__(self) -> bool:
        """Whether there is anything to keep out of sight."""
        return bool(self._forms)

    def text(self, text: str) -> str:
        """[SEC5] The text with every value replaced."""
        return self._any.sub(lambda found: f"[secret {self._names[found[0]]}]" if self._named else "[secret]", text)

    def value(self, value: Any) -> Any:
        """The same for every text inside of plain JSON, keys included."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.value(key): self.value(inner) for key, inner in value.items()}
            case list() | tuple():
                return type(value)(map(self.value, value))
            case _:
                return value

    def bundle(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a MIME bundle. Pictures are bytes: what looks like a value in their Base64 is chance."""
        return {
            mime: value if mime.startswith("image/") and mime != "image/svg+xml" else self.value(value)
            for mime, value in data.items()
        }

    def split(self, text: str) -> tuple[str, str]:
        """[SEC6] Of printed text that goes on: what may be shown already, and the end that could become a value."""
        shown = self.text(text)
        held = max((_begun(shown, form) for form in self._forms), default=0)
        return (shown[: len(shown) - held], shown[len(shown) - held :]) if held else (shown, "")


def _begun(text: str, form: str) -> int:
    """How many characters at the end of the text are the beginning of this form, and not all of it."""
    start = max(0, len(text) - len(form) + 1)
    while (start := text.find(form[0], start)) >= 0:
        if form.startswith(text[start:]):
            return len(text) - start
        start += 1
    return 0


def _forms(value: str) -> set[str]:
    """The ways in which a value is written."""
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
    marked = {html.escape(value), html.escape(value, quote=False), value.replace('"', '""')}  # HTML, CSV
    forms = {value, value.strip(), value.replace('"', '""'), *escaped, *quoted, *marked, *_base64(value.encode())}
    return {form for form in forms if len(form) >= SHORTEST_HIDDEN}


def _base64(data: bytes) -> Iterator[str]:
    """By itself, with and without its padding; and what of it is the same wherever it stands in longer data."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode()
        yield whole
        yield whole.rstrip("=")
        for before in range(3):
            code = encode(bytes(before) + data).decode()
            first = -(-before * 8 // 6)
            last = (before + len(data)) * 8 // 6
            if last - first >= SHORTEST_INNER:
                yield code[first:last]


# --- which a document names -------------------------------------------------------------------------


def named_secrets(document: Document) -> tuple[str, ...]:
    """[SEC9] The names of the secrets that the code of a document asks for in plain sight, sorted."""
    cells = [cell for cell in document.cells if isinstance(cell, PythonCell)]
    return tuple(sorted({name for cell in cells for name in _asked(cell.source)}))


def _asked(source: str) -> Iterable[str]:
    if "secrets" not in source or (tree := parsed(source)) is None:
        return
    aliases = {"secrets"} | {
        one.asname or one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "vernissage"
        for one in node.names
        if one.name == "secrets"
    }
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=holder, slice=ast.Constant(value=str(name))):
                pass
            case ast.Call(func=ast.Attribute(value=holder, attr="get"), args=[ast.Constant(value=str(name)), *_]):
                pass
            case _:
                continue
        match holder:
            case ast.Attribute(attr="secrets"):
                yield name
            case ast.Name(id) if id in aliases:
                yield name
            case _:
                pass
