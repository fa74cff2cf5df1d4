"""The project file (`*.vernissage.yaml`): a document as plain text, made to be read, diffed and reviewed.

Promises: `read(write(document))` is the document (files by name only: hash and size belong to where the content is
kept); the order of keys never changes; what equals its default is left out; source stands in literal blocks. A file
that cannot be read is refused with a sentence that names the line and the key; a file of a newer major number is
refused before anything else in it is judged.

Left alone: the contents of the files beside it (import puts them into the store), outputs (there are none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never, get_args

import msgspec

from vernissage.core.document import (
    COLUMN_UNITS,
    ButtonInput,
    Cell,
    ChartCell,
    CheckboxInput,
    Column,
    DateInput,
    Document,
    DropdownInput,
    Element,
    FileInput,
    Input,
    InputCell,
    InputSpec,
    Layout,
    MarkdownCell,
    MultiselectInput,
    NumberInput,
    PythonCell,
    Row,
    Settings,
    SliderInput,
    SqlCell,
    Tab,
    TableCell,
    TableInput,
    TableInputColumn,
    TextInput,
    ValueCell,
)
from vernissage.core.operations import CELL_ID, MAX_CELLS, Refused, unfit, unfit_document
from vernissage.formats import FormatError, free_id, slug
from vernissage.formats.yaml_text import Block, Flow, Parsed, Path, dump, has_block, parse

VERSION = 1
"""The major number of this format."""

_CELLS: dict[str, type[msgspec.Struct]] = {
    str(cell.__struct_config__.tag): cell for cell in get_args(Cell) if cell.__struct_config__.tag
}
_INPUTS: dict[str, type[msgspec.Struct]] = {
    str(input.__struct_config__.tag): input for input in get_args(Input) if input.__struct_config__.tag
}
_TOP = ("vernissage", "title", "description", "timezone", "settings", "cells", "app", "packages", "files")


def _keys(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(struct))


# --- reading ----------------------------------------------------------------------------------------


def read(text: str) -> Document:
    """[FMT1] The document of a project file. Raises FormatError."""
    parsed = parse(text.removeprefix("\ufeff"))
    data = parsed.data
    if not isinstance(data, dict) or "vernissage" not in data:
        raise FormatError("This is no Vernissage project file: it has no line `vernissage: 1`.")
    number = data["vernissage"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise FormatError("`vernissage` is the number of the file's format, such as 1.", parsed.line(("vernissage",)))
    if number > VERSION:
        raise FormatError(
            f"This file is of format {number}; this Vernissage reads up to {VERSION}. Upgrade Vernissage to open it.",
            parsed.line(("vernissage",)),
        )
    _Reader(parsed).check()
    return _document(parsed)


class _Reader:
    """Looks at everything of which the line is worth telling: keys that nobody knows, and values of a wrong type."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed

    def fail(self, sentence: str, *path: str | int) -> FormatError:
        return FormatError(sentence, self.parsed.line(path))

    def check(self) -> None:
        data = self.parsed.data
        self.known(data, _TOP, "a project file")
        if "settings" in data:
            self.known(self.mapping(data, "settings"), _keys(Settings), "the settings", "settings")
        cells = self.many(data, "cells")
        if len(cells) > MAX_CELLS:
            raise self.fail(f"A project holds at most {MAX_CELLS:,} cells.", "cells", MAX_CELLS)
        for place, cell in enumerate(cells):
            self.cell(cell, "cells", place)
        if data.get("app") is not None:
            self.layout(self.mapping(data, "app"))
        for key in ("packages", "files"):
            for place, one in enumerate(self.many(data, key)):
                if not isinstance(one, str):
                    raise self.fail(f"`{key}` is a list of texts; put {one!r} in quotes.", key, place)

    def known(self, data: Mapping[str, Any], keys: tuple[str, ...], what: str, *path: str | int) -> None:
        for key in data:
            if key not in keys:
                raise self.fail(
                    f"{what[0].upper()}{what[1:]} has no key `{key}`. It may have: {', '.join(keys)}.", *path, key
                )

    def mapping(self, data: Any, key: str | int, *path: str | int) -> dict[str, Any]:
        value = data[key]
        if not isinstance(value, dict):
            raise self.fail(f"`{_named(key, path)}` must hold keys with values.", *path, key)
        return value

    def many(self, data: Mapping[str, Any], key: str, *path: str | int) -> list[Any]:
        value = data.get(key, [])
        if not isinstance(value, list):
            raise self.fail(f"`{key}` must be a list.", *path, key)
        return value

    def cell(self, cell: Any, *path: str | int) -> None:
        if not isinstance(cell, dict):
            raise self.fail("A cell must hold keys with values, `type` among them.", *path)
        type = cell.get("type")
        struct = _CELLS.get(type) if isinstance(type, str) else None
        if struct is None:
            which = f"the type {type!r} is none" if "type" in cell else "this one has no `type`"
            raise self.fail(f"A cell's type is one of {', '.join(_CELLS)}; {which}.", *path, "type")
        if struct is InputCell:
            kind = cell.get("kind")
            input = _INPUTS.get(kind) if isinstance(kind, str) else None
            if input is None:
                which = f"{kind!r} is none" if "kind" in cell else "this one has no `kind`"
                raise self.fail(f"An input's kind is one of {', '.join(_INPUTS)}; {which}.", *path, "kind")
            if "name" not in cell:
                raise self.fail("An input needs a `name`, the variable that it is in the code.", *path)
            self.known(cell, ("id", "label", "type", "kind", *_keys(input)), f"a {kind} input", *path)
            for place, column in enumerate(self.many(cell, "columns", *path) if input is TableInput else ()):
                if not isinstance(column, dict):
                    raise self.fail("A column of a table input has a `name` and a `type`.", *path, "columns", place)
                self.known(column, _keys(TableInputColumn), "a column", *path, "columns", place)
        else:
            self.known(cell, ("type", *_keys(struct)), f"a {type} cell", *path)

    def layout(self, app: Mapping[str, Any]) -> None:
        self.known(app, _keys(Layout), "`app`", "app")
        for t, tab in enumerate(self.many(app, "tabs", "app")):
            path: Path = ("app", "tabs", t)
            self.known(self.item(tab, path), _keys(Tab), "a tab", *path)
            for r, row in enumerate(self.many(tab, "rows", *path)):
                path = ("app", "tabs", t, "rows", r)
                self.known(self.item(row, path), _keys(Row), "a row", *path)
                for c, column in enumerate(self.many(row, "columns", *path)):
                    path = ("app", "tabs", t, "rows", r, "columns", c)
                    self.known(self.item(column, path), _keys(Column), "a column", *path)
                    for e, element in enumerate(self.many(column, "elements", *path)):
                        self.known(
                            self.item(element, (*path, "elements", e)),
                            _keys(Element),
                            "an element",
                            *path,
                            "elements",
                            e,
                        )

    def item(self, value: Any, path: Path) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(f"An item of `{path[-2]}` must hold keys with values.", *path)
        return value


def _named(key: str | int, path: Path) -> str:
    return ".".join(str(one) for one in (*path, key) if isinstance(one, str))


def _document(parsed: Parsed) -> Document:
    data = parsed.data
    plain: dict[str, Any] = {key: value for key, value in data.items() if key not in ("vernissage", "cells", "files")}
    plain["cells"] = _with_ids(parsed)
    plain["files"] = [{"name": name} for name in data.get("files", [])]
    try:
        document = msgspec.convert(plain, Document)
    except msgspec.ValidationError as error:
        raise _wrong_type(parsed, str(error)) from None
    refused = unfit_document(document)
    if refused:
        _say_where(parsed, document)
        raise FormatError(refused.sentence)
    return document


def _with_ids(parsed: Parsed) -> list[dict[str, Any]]:
    """[FMT6] The cells in the shape of the document, those without an id named after what people call them."""
    cells: list[dict[str, Any]] = parsed.data.get("cells", [])
    taken: set[str] = set()
    for place, cell in enumerate(cells):
        if "id" not in cell:
            continue
        id, line = cell["id"], parsed.line(("cells", place, "id"))
        if not isinstance(id, str) or not CELL_ID.fullmatch(id):
            raise FormatError(f"{id!r} is no id: use 1 to 64 of a–z, 0–9, _ and -, in quotes if only digits.", line)
        if id in taken:
            raise FormatError(f"A cell with the id {id!r} stands above already.", line)
        taken.add(id)
    shaped = []
    for place, cell in enumerate(cells):
        cell = dict(cell)
        if "id" not in cell:
            names = (cell.get(key) for key in ("name", "label", "result", "type"))
            wanted = next(filter(None, (slug(name) for name in names if isinstance(name, str))), "cell")
            cell["id"] = free_id(wanted, taken)
        if isinstance(cell.get("source"), str):
            source = cell["source"].replace("\r\n", "\n").replace("\r", "\n")
            # A literal block ends with a line end that belongs to YAML, not to the cell.
            cell["source"] = source.removesuffix("\n") if ("cells", place, "source") in parsed.literal else source
        if cell["type"] == "input":
            own: dict[str, Any] = {key: cell.pop(key) for key in ("id", "label", "type") if key in cell}
            cell = own | {"input": cell}
        shaped.append(cell)
    return shaped


_EXPECTED = {
    "`str`": "text; put it in quotes", "`bool`": "true or false", "`int`": "a whole number",
    "`int | float`": "a number", "`int | float | null`": "a number", "`int | null`": "a whole number",
    "`array`": "a list", "`object`": "keys with values",
}  # fmt: skip


def _wrong_type(parsed: Parsed, message: str) -> FormatError:
    """msgspec's sentence, with the line and in the words of the file."""
    text, _, where = message.partition(" - at `")
    path: Path = tuple(
        int(index) if index else key for key, index in re.findall(r"\.([A-Za-z_]\w*)|\[([0-9]+)\]", where)
    )
    path = tuple(one for place, one in enumerate(path) if not (one == "input" and place == 2))
    keys = [one for one in path if isinstance(one, str)]
    name = keys[-1] if keys else "the file"
    if match := re.fullmatch(r"Expected (`[^`]*`), got (`[^`]*`)", text):
        expected = _EXPECTED.get(match[1], f"of the type {match[1].strip('`')}")
        return FormatError(f"`{name}` must be {expected}.", parsed.line(path))
    if match := re.fullmatch(r"Invalid enum value (.*)", text):
        return FormatError(f"`{name}` cannot be {match[1]}.", parsed.line(path))
    if match := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return FormatError(f"`{match[1]}` is missing here.", parsed.line(path))
    return FormatError(f"`{name}` does not fit: {text}.", parsed.line(path))


def _say_where(parsed: Parsed, document: Document) -> None:
    """What does not fit in a document that was refused, said with its line."""
    seen: list[Cell] = []
    for place, cell in enumerate(document.cells):
        before = msgspec.structs.replace(document, cells=tuple(seen)) if isinstance(cell, InputCell) else document
        if isinstance(refused := unfit(before, cell), Refused):
            path: Path = ("cells", place, "name") if isinstance(cell, InputCell) else ("cells", place)
            raise FormatError(refused.sentence, parsed.line(path))
        if isinstance(cell, InputCell):
            seen.append(cell)
    known = {cell.id for cell in document.cells}
    for t, tab in enumerate(document.app.tabs if document.app else ()):
        for r, row in enumerate(tab.rows):
            for c, column in enumerate(row.columns):
                path = ("app", "tabs", t, "rows", r, "columns", c)
                if not 0 <= column.start < column.end <= COLUMN_UNITS or (c and row.columns[c - 1].end > column.start):
                    raise FormatError(
                        f"A column goes from `start` to `end` on 0 to {COLUMN_UNITS}, beside the others of its row; "
                        f"{column.start} to {column.end} does not.",
                        parsed.line((*path, "start")),
                    )
                for e, element in enumerate(column.elements):
                    if element.cell not in known:
                        raise FormatError(
                            f"The layout names the cell {element.cell!r}, which is not among the cells.",
                            parsed.line((*path, "elements", e, "cell")),
                        )
    files: set[str] = set()
    for place, file in enumerate(document.files):
        if file.name in files:
            raise FormatError(f"The file {file.name!r} is named twice.", parsed.line(("files", place)))
        files.add(file.name)


# --- writing ----------------------------------------------------------------------------------------

_Data: TypeAlias = dict[str, Any]

_CHART_KEYS = ("mark", "x", "y", "color", "facet", "title")
_FIELD_KEYS = ("field", "aggregate", "timeUnit", "bin", "sort", "title", "format")


def write(document: Document) -> str:
    """[FMT2] The project file of a document."""
    data: _Data = {"vernissage": VERSION, "title": document.title}
    if document.description:
        data["description"] = Block(document.description)
    data["timezone"] = document.timezone
    data["settings"] = _settings(document.settings)
    data["cells"] = [_cell(cell) for cell in document.cells]
    if document.app is not None:
        data["app"] = _app(document.app)
    if document.packages:
        data["packages"] = list(document.packages)
    if document.files:
        data["files"] = [file.name for file in document.files]
    return dump(data)


def _settings(settings: Settings) -> _Data:
    data: _Data = {"on_open": settings.on_open, "on_interaction": settings.on_interaction}
    for name in Settings.__struct_fields__[2:]:
        if getattr(settings, name) != getattr(Settings(), name):
            data[name] = getattr(settings, name)
    return data


def _cell(cell: Cell) -> _Data:
    data: _Data = {"id": cell.id, "type": str(cell.__struct_config__.tag)}
    match cell:
        case InputCell():
            data |= _input(cell)
        case PythonCell() | MarkdownCell():
            data |= _label(cell) | _source(cell.source)
        case SqlCell():
            data |= _label(cell) | {"connection": cell.connection}
            data |= {"result": cell.result} if cell.result else {}
            data |= _source(cell.source)
        case ChartCell():
            data |= _label(cell) | {"dataframe": cell.dataframe}
            if cell.spec:
                spec = _ordered(cell.spec, _CHART_KEYS)
                data["spec"] = {
                    key: Flow(_ordered(one, _FIELD_KEYS)) if isinstance(one, dict) else Flow(one)
                    for key, one in spec.items()
                }
        case TableCell():
            data |= _label(cell) | {"dataframe": cell.dataframe}
        case ValueCell():
            data |= _label(cell) | {"value": cell.value}
            data |= _changed(cell, ("compare", "format"))
        case never:
            assert_never(never)
    return data


def _label(cell: Cell) -> _Data:
    return {"label": cell.label} if cell.label else {}


def _source(source: str) -> _Data:
    # A literal block ends with a line end of its own, which reading takes away again.
    return {"source": Block(f"{source}\n") if has_block(f"{source}\n") else source}


def _ordered(data: Mapping[str, Any], first: tuple[str, ...]) -> _Data:
    """Known keys in the order in which people think of them, then the others by name; inner mappings by name."""
    keys = [key for key in first if key in data] + sorted(key for key in data if key not in first)
    return {key: _sorted(data[key]) for key in keys}


def _sorted(value: Any) -> Any:
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value)}
        case list() | tuple():
            return [_sorted(one) for one in value]
        case _:
            return value


def _changed(struct: Any, keys: tuple[str, ...]) -> _Data:
    """Those of the keys that do not hold their default."""
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(type(struct))}
    values = ((key, getattr(struct, key)) for key in keys)
    return {key: value for key, value in values if value != defaults[key] or type(value) is not type(defaults[key])}


def _input(cell: InputCell) -> _Data:
    input = cell.input
    data: _Data = {"kind": str(input.__struct_config__.tag), "name": input.name} | _label(cell)
    match input:
        case SliderInput():
            data |= {"min": input.min, "max": input.max, "step": input.step}
        case DropdownInput() | MultiselectInput():
            if input.options:
                data["options"] = Flow(list(input.options)) if _short(input.options) else list(input.options)
            data |= _changed(input, ("options_from", "optional"))
        case TableInput():
            if input.columns:
                data["columns"] = [Flow({"name": one.name, "type": one.type}) for one in input.columns]
        case FileInput():
            data |= {"accept": Flow(list(input.accept))} if input.accept else {}
            data |= _changed(input, ("max_bytes",))
        case TextInput() | NumberInput() | CheckboxInput() | ButtonInput() | DateInput():
            shared = _keys(InputSpec)
            data |= _changed(input, tuple(key for key in _keys(type(input)) if key not in shared))
        case never:
            assert_never(never)
    if input.default is not None:
        default = _sorted(input.default)
        data["default"] = Flow(default) if isinstance(default, dict | list) else default
    return data | _changed(input, ("settable", "in_links"))


def _short(options: tuple[Any, ...]) -> bool:
    return sum(len(str(option)) + 2 for option in options) <= 90


def _app(app: Layout) -> _Data:
    data: _Data = {"full_width": True} if app.full_width else {}
    data["tabs"] = [
        {
            "name": tab.name,
            "rows": [
                {
                    "columns": [
                        {
                            "start": column.start,
                            "end": column.end,
                            "elements": [_element(one) for one in column.elements],
                        }
                        for column in row.columns
                    ]
                }
                for row in tab.rows
            ],
        }
        for tab in app.tabs
    ]
    return data


def _element(element: Element) -> Flow:
    return Flow({"cell": element.cell} | _changed(element, ("height", "show_source", "show_prints")))
