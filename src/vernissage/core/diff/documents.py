"""What changed from one document to another, in the words of the interface.

Cells are told apart by their ids, tabs by name and then by what stands on them, packages and files by name. Whether
two values differ is decided by their canonical spelling, as for the hash of the document: 1, 1.0 and true are three.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from vernissage.core.diff.text import EFFORT, Effort, TextDifference, increasing, text_difference
from vernissage.core.document import (
    KIND_NAMES,
    Cell,
    ChartCell,
    Document,
    Element,
    FileRef,
    InputCell,
    Layout,
    MarkdownCell,
    PythonCell,
    Settings,
    SqlCell,
    Struct,
    Tab,
    ValueCell,
    layout_of,
    name_of,
)

TOTAL_EFFORT = 4 * EFFORT
"""Steps for all texts of a document together."""

LONGEST_WORDS = 300
"""Characters of a value in words; what is longer is cut."""

Change: TypeAlias = Literal["added", "removed", "changed", "moved"]
"""changed: its content; it may have moved as well. moved: its place among the others only."""


class FieldDifference(Struct, frozen=True):
    """One setting that is another now."""

    name: str
    """As in the project file: "default", "spec.x", "on_open"."""
    words: str
    """What people call it: "Default", "X axis"."""
    before: str | None
    """The earlier value as people read it; None = there was none."""
    after: str | None
    added: tuple[str, ...] = ()
    """Of a list, such as options: members that came."""
    removed: tuple[str, ...] = ()
    text: TextDifference | None = None
    """Of a value with several lines: both side by side."""


class CellDifference(Struct, frozen=True):
    """A cell that came, went, changed or moved."""

    id: str
    name: str
    """The later name; of a removed cell the earlier one."""
    type: Literal["python", "sql", "markdown", "input", "chart", "table", "value"]
    """The later type; of a removed cell the earlier one."""
    kind: Change
    moved: bool
    """True: it stands elsewhere among the cells that both documents have."""
    before_place: int | None
    """Its place in the earlier notebook, from 1; None = it was not there."""
    after_place: int | None
    text: TextDifference | None = None
    """Its source or expression, where that differs (of an added or removed cell: all of it)."""
    fields: tuple[FieldDifference, ...] = ()
    """What else of it differs; of an added or removed cell all that is set."""


class LayoutDifference(Struct, frozen=True):
    """One change of the app's page."""

    kind: Literal[
        "tab_added", "tab_removed", "tab_renamed", "tab_moved", "placed", "taken_away", "moved", "resized", "shown",
        "rearranged", "width", "own",
    ]  # fmt: skip
    """placed, taken_away, moved: a cell came onto the page, left it, stands elsewhere. resized: another width or
    height. shown: its source or printed text is shown or hidden. rearranged: rows or columns are grouped otherwise.
    width: the page is as wide as the window, or no longer. own: the author's own layout began or ended, with the same
    look."""
    tab: str = ""
    """The later name of the tab that it is about; of a removed tab the earlier one; "" = the whole page."""
    cell: str = ""
    """The cell's id; "" = it is about a tab or the page."""
    name: str = ""
    """The cell's name."""
    before: str = ""
    """In words: the tab's earlier name, the size, what was shown; "" = nothing to say."""
    after: str = ""
    cells: tuple[str, ...] = ()
    """tab_added, tab_removed: the cells that came or went with it."""


class PackageDifference(Struct, frozen=True):
    """A declared package."""

    name: str
    kind: Change
    before: str
    """As it was declared, such as "scikit-learn>=1.5"; "" = it was not."""
    after: str


class FileDifference(Struct, frozen=True):
    """A file of the project."""

    name: str
    kind: Change
    before: FileRef | None
    after: FileRef | None


class Difference(Struct, frozen=True):
    """Everything that differs. Empty lists: that part is the same."""

    cells: tuple[CellDifference, ...] = ()
    """All but inputs, in the order of the later notebook; removed ones follow the cell that they followed."""
    inputs: tuple[CellDifference, ...] = ()
    """The same of input cells."""
    layout: tuple[LayoutDifference, ...] = ()
    settings: tuple[FieldDifference, ...] = ()
    """Title, description, time zone, how the app behaves."""
    packages: tuple[PackageDifference, ...] = ()
    files: tuple[FileDifference, ...] = ()
    unchanged_cells: int = 0
    """Cells other than inputs that are the same and in the same order."""
    unchanged_inputs: int = 0
    total: int = 0
    """How many changes are listed."""


def difference(before: Document | None, after: Document) -> Difference:
    """[DIF1] What differs from `before` to `after`. None: there was nothing, so all of `after` came."""
    if before is None:
        layout = None if after.app is None else Layout()
        before = replace(after, cells=(), app=layout, packages=(), files=())
    effort = Effort(TOTAL_EFFORT)
    found, kept = _cells(before, after, effort)
    cells = tuple(one for one in found if one.type != "input")
    inputs = tuple(one for one in found if one.type == "input")
    layout_changes = _layout(before, after)
    settings = _settings(before, after, effort)
    packages, files = _packages(before, after), _files(before, after)
    return Difference(
        cells,
        inputs,
        layout_changes,
        settings,
        packages,
        files,
        unchanged_cells=sum(not isinstance(cell, InputCell) for cell in kept),
        unchanged_inputs=sum(isinstance(cell, InputCell) for cell in kept),
        total=sum(map(len, (cells, inputs, layout_changes, settings, packages, files))),
    )


# --- values -----------------------------------------------------------------------------------------

_encode = msgspec.json.Encoder(order="deterministic").encode


def _same(a: Any, b: Any) -> bool:
    return a is b or _encode(a) == _encode(b)


_NOTHING = frozenset(map(_encode, (None, "", False, [], {})))

_WORDS = {
    "type": "Type",
    "label": "Label",
    "kind": "Kind",
    "name": "Variable",
    "default": "Default",
    "settable": "Settable without being shown",
    "in_links": "Carried by links",
    "multiline": "Several lines",
    "placeholder": "Placeholder",
    "min": "Smallest",
    "max": "Largest",
    "step": "Step",
    "format": "Format",
    "optional": "May be empty",
    "style": "Shown as",
    "text": "Text",
    "color": "Colour",
    "options": "Options",
    "options_from": "Options from",
    "time": "With time",
    "timezone": "Time zone",
    "relative": "Relative dates allowed",
    "range": "Range",
    "accept": "Accepted files",
    "max_bytes": "Largest file in bytes",
    "columns": "Columns",
    "connection": "Connection",
    "result": "Result",
    "dataframe": "Data frame",
    "value": "Value",
    "compare": "Compared with",
    "spec.mark": "Mark",
    "spec.x": "X axis",
    "spec.y": "Y axis",
    "spec.color": "Colour",
    "spec.facet": "Facet",
    "spec.title": "Title",
    "title": "Title",
    "description": "Description",
    "settings.on_open": "When it is opened",
    "settings.on_interaction": "When an input changes",
    "settings.viewers_may_refresh": "Who refreshes the results for everyone",
    "settings.refresh_after": "Minutes until results are refreshed",
    "settings.interrupt_superseded": "A running cell whose input changes",
    "settings.ready_kernels": "Kernels kept ready",
}
"""Field → what people call it."""

_VALUES: dict[tuple[str, Any], str] = {
    ("settings.on_open", "published_results"): "shows the published results",
    ("settings.on_open", "run"): "runs from scratch",
    ("settings.on_interaction", "auto"): "runs at once",
    ("settings.on_interaction", "manual"): "waits for Run",
    ("settings.viewers_may_refresh", False): "editors",
    ("settings.viewers_may_refresh", True): "everybody who sees the app",
    ("settings.refresh_after", 0): "never",
    ("settings.ready_kernels", 0): "none",
    ("settings.interrupt_superseded", False): "runs to its end",
    ("settings.interrupt_superseded", True): "is interrupted",
} | {("type", type): name for type, name in KIND_NAMES.items()}


def _words(name: str, value: Any) -> str:
    """A value as people read it."""
    match value:
        case str() | bool() | int() if (name, value) in _VALUES:
            words = _VALUES[name, value]
        case str():
            words = value
        case None:
            words = "empty"
        case bool():
            words = "yes" if value else "no"
        case list() | tuple():
            words = ", ".join(_words("", one) for one in value) or "none"
        case {"name": str(column), "type": str(type), **rest} if not rest:
            words = f"{column} ({type})"
        case _:
            words = _encode(value).decode()
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"


_MISSING: Any = object()


def _field(name: str, before: Any, after: Any, effort: Effort) -> FieldDifference:
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        added, removed = _more(after, before), _more(before, after)
    text = None
    if isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        text = _text(before, after, effort)
    return FieldDifference(
        name,
        _WORDS.get(name) or name.removeprefix("spec."),
        None if before is _MISSING else _words(name, before),
        None if after is _MISSING else _words(name, after),
        added,
        removed,
        text,
    )


def _more(these: Sequence[Any], those: Sequence[Any]) -> tuple[str, ...]:
    """Members of these that those lack, in words."""
    lacking = Counter(map(_encode, those))
    found: list[str] = []
    for member in these:
        spelled = _encode(member)
        if lacking[spelled]:
            lacking[spelled] -= 1
        else:
            found.append(_words("", member))
    return tuple(found)


def _text(before: str, after: str, effort: Effort) -> TextDifference:
    """One text, with its own bound inside that of the document."""
    own = Effort(min(EFFORT, effort.left))
    given = own.left
    found = text_difference(before, after, own)
    effort.spend(given - own.left)
    return found


K = TypeVar("K")


def _steady(places: Mapping[K, int], same: Mapping[K, bool]) -> set[K]:
    """[DIF3] Of things in their later order, with their earlier places: the most that kept their order; of several such
    choices one that leaves the moving to things which are listed as changed anyway."""
    size = 1 + max(places.values(), default=0)
    best: list[tuple[int, int]] = [(0, -1)] * (size + 1)  # a Fenwick tree: by earlier place, the best row ending there
    keys = list(places)
    previous: list[int] = []
    for at, key in enumerate(keys):
        found, k = (0, -1), places[key]
        while k > 0:
            found, k = max(found, best[k]), k & (k - 1)
        previous.append(found[1])
        row, k = (found[0] + len(keys) + 1 + same[key], at), places[key] + 1
        while k <= size:
            best[k], k = max(best[k], row), k + (k & -k)
    whole, k = (0, -1), size
    while k > 0:
        whole, k = max(whole, best[k]), k & (k - 1)
    at = whole[1]
    steady: set[K] = set()
    while at >= 0:
        steady.add(keys[at])
        at = previous[at]
    return steady


# --- cells ------------------------------------------------------------------------------------------


def _cells(before: Document, after: Document, effort: Effort) -> tuple[list[CellDifference], list[Cell]]:
    """The cells that differ, and those that do not."""
    old = {cell.id: (place, cell) for place, cell in enumerate(before.cells)}
    new = {cell.id: place for place, cell in enumerate(after.cells)}
    common = [cell.id for cell in after.cells if cell.id in old]
    same = {cell.id: cell.id in old and _same_cell(old[cell.id][1], cell) for cell in after.cells}
    steady = _steady({id: old[id][0] for id in common}, same)
    found: list[CellDifference] = []
    kept: list[Cell] = []
    gone: dict[str, list[CellDifference]] = {}
    follows = ""  # the last cell that stayed
    for place, cell in enumerate(before.cells):
        if cell.id in new:
            follows = cell.id
        else:
            text = _cell_text(cell, None, effort)
            fields = _cell_fields(cell, None, effort)
            gone.setdefault(follows, []).append(
                CellDifference(
                    cell.id, name_of(before, cell), _type(cell), "removed", False, place + 1, None, text, fields
                )
            )
    found += gone.get("", [])
    for place, cell in enumerate(after.cells):
        if cell.id not in old:
            text, fields = _cell_text(None, cell, effort), _cell_fields(None, cell, effort)
            found.append(
                CellDifference(
                    cell.id, name_of(after, cell), _type(cell), "added", False, None, place + 1, text, fields
                )
            )
            continue
        old_place, earlier = old[cell.id]
        moved = cell.id not in steady
        if same[cell.id] and not moved:
            kept.append(cell)
        else:
            kind: Change = "moved" if same[cell.id] else "changed"
            text = _cell_text(earlier, cell, effort) if kind == "changed" else None
            fields = _cell_fields(earlier, cell, effort) if kind == "changed" else ()
            name, places = name_of(after, cell), (old_place + 1, place + 1)
            found.append(CellDifference(cell.id, name, _type(cell), kind, moved, *places, text, fields))
        found += gone.get(cell.id, [])
    return found, kept


def _same_cell(before: Cell, after: Cell) -> bool:
    return type(before) is type(after) and _same(before, after)


def _type(cell: Cell) -> Any:
    return cell.__struct_config__.tag


def _cell_text(before: Cell | None, after: Cell | None, effort: Effort) -> TextDifference | None:
    old, new = _source(before), _source(after)
    return None if old == new else _text(old, new, effort)


def _source(cell: Cell | None) -> str:
    match cell:
        case PythonCell() | SqlCell() | MarkdownCell():
            return cell.source
        case ValueCell():
            return cell.value
        case _:
            return ""


def _cell_fields(before: Cell | None, after: Cell | None, effort: Effort) -> tuple[FieldDifference, ...]:
    """What differs but the text. Of a cell that came or went: what is set; of one of another kind: what both have."""
    old, new = _flat(before), _flat(after)
    if before is None or after is None:
        names = [name for name, value in (old or new).items() if _encode(value) not in _NOTHING and name != "type"]
    else:
        names = [name for name in dict.fromkeys([*new, *old]) if name in new or _kind(old) == _kind(new)]
        if _kind(old) != _kind(new):
            names = [name for name in names if name in old]
    return tuple(
        _field(name, old.get(name, _MISSING), new.get(name, _MISSING), effort)
        for name in names
        if name not in old or name not in new or not _same(old[name], new[name])
    )


def _kind(flat: dict[str, Any]) -> tuple[Any, Any]:
    return flat.get("type"), flat.get("kind")


def _flat(cell: Cell | None) -> dict[str, Any]:
    """The fields of a cell but its id and its text, those of an input and a chart among them."""
    if cell is None:
        return {}
    fields: dict[str, Any] = msgspec.to_builtins(cell)
    match cell:
        case InputCell():
            fields |= fields.pop("input")
        case ChartCell():
            fields |= {f"spec.{name}": value for name, value in fields.pop("spec").items()}
        case ValueCell():
            del fields["value"]
        case PythonCell() | SqlCell() | MarkdownCell():
            del fields["source"]
        case _:
            pass
    del fields["id"]
    return fields


# --- settings, packages, files ----------------------------------------------------------------------


def _settings(before: Document, after: Document, effort: Effort) -> tuple[FieldDifference, ...]:
    pairs = [
        ("title", before.title, after.title),
        ("description", before.description, after.description),
        ("timezone", before.timezone, after.timezone),
        *(
            (f"settings.{name}", getattr(before.settings, name), getattr(after.settings, name))
            for name in Settings.__struct_fields__
        ),
    ]
    return tuple(_field(name, old, new, effort) for name, old, new in pairs if old != new)


def _packages(before: Document, after: Document) -> tuple[PackageDifference, ...]:
    found = _items(_named(before.packages, _package_name), _named(after.packages, _package_name))
    return tuple(PackageDifference(name, kind, old or "", new or "") for name, kind, old, new in found)


def _package_name(declared: str) -> str:
    """`Scikit_Learn[extra] >= 1.5` → `scikit-learn`, the one spelling that package indexes know it by."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;@(]", declared.strip(), maxsplit=1)[0]).lower()


def _files(before: Document, after: Document) -> tuple[FileDifference, ...]:
    found = _items(_named(before.files, lambda file: file.name), _named(after.files, lambda file: file.name))
    return tuple(FileDifference(name, kind, old, new) for name, kind, old, new in found)


T = TypeVar("T")
Key: TypeAlias = tuple[str, int]
"""A name, and how many of that name stand before it."""


def _named(items: Iterable[T], name: Any) -> dict[Key, T]:
    seen: Counter[str] = Counter()
    found: dict[Key, T] = {}
    for item in items:
        own = name(item)
        found[own, seen[own]] = item
        seen[own] += 1
    return found


def _items(before: dict[Key, T], after: dict[Key, T]) -> list[tuple[str, Change, T | None, T | None]]:
    """What came, went, changed or moved in a list of named things."""
    places = {key: place for place, key in enumerate(before)}
    same = {key: key in before and _same(before[key], item) for key, item in after.items()}
    steady = _steady({key: places[key] for key in after if key in before}, same)
    found: list[tuple[str, Change, T | None, T | None]] = [
        (key[0], "removed", item, None) for key, item in before.items() if key not in after
    ]
    for key, item in after.items():
        if key not in before:
            found.append((key[0], "added", None, item))
        elif not same[key]:
            found.append((key[0], "changed", before[key], item))
        elif key not in steady:
            found.append((key[0], "moved", before[key], item))
    return found


# --- layout -----------------------------------------------------------------------------------------


class _Spot(Struct, frozen=True):
    """Where a cell stands on the page."""

    tab: int
    start: int
    end: int
    element: Element


def _layout(before: Document, after: Document) -> tuple[LayoutDifference, ...]:
    if before.app is None and after.app is None:
        return ()  # the page follows the notebook, whose changes are told there
    if _same(before.app, after.app):
        return ()
    old, new = layout_of(before), layout_of(after)
    twins = _twins(old.tabs, new.tabs)
    found = _tabs(old, new, twins) + _placed(before, after, twins)
    touched = {one.tab for one in found}
    for i, j in twins.items():
        name = _tab_name(new, j)
        with_the_same_cells = sorted(_ids(old.tabs[i])) == sorted(_ids(new.tabs[j]))  # else they are listed
        if with_the_same_cells and name not in touched and not _same(old.tabs[i].rows, new.tabs[j].rows):
            found.append(LayoutDifference("rearranged", name))
    if old.full_width != new.full_width:
        words = ("a column in the middle", "the whole window")
        found.append(LayoutDifference("width", before=words[old.full_width], after=words[new.full_width]))
    if not found:
        if (before.app is None) != (after.app is None):
            words = ("follows the notebook", "a layout of its own")
            found.append(
                LayoutDifference("own", before=words[before.app is not None], after=words[after.app is not None])
            )
        else:
            found.append(LayoutDifference("rearranged"))
    return tuple(found)


def _tab_name(layout: Layout, place: int) -> str:
    return layout.tabs[place].name or f"Tab {place + 1}"


def _spots(layout: Layout) -> dict[Key, _Spot]:
    """The cells on the page in reading order."""
    seen: Counter[str] = Counter()
    found: dict[Key, _Spot] = {}
    for place, tab in enumerate(layout.tabs):
        for row in tab.rows:
            for column in row.columns:
                for element in column.elements:
                    found[element.cell, seen[element.cell]] = _Spot(place, column.start, column.end, element)
                    seen[element.cell] += 1
    return found


def _ids(tab: Tab) -> list[str]:
    return [element.cell for row in tab.rows for column in row.columns for element in column.elements]


def _twins(old: Sequence[Tab], new: Sequence[Tab]) -> dict[int, int]:
    """[DIF8] Which tab became which: the one of that name; else the one with at least half of its cells in common, or
    an empty one in the same place."""
    before, after = _named(range(len(old)), lambda i: old[i].name), _named(range(len(new)), lambda j: new[j].name)
    twins = {i: after[key] for key, i in before.items() if key in after}
    taken = set(twins.values())
    homes = {id: j for j in range(len(new)) if j not in taken for id in _ids(new[j])}
    for i in range(len(old)):
        if i in twins:
            continue
        ids = _ids(old[i])
        j, shared = i, 0
        if ids:
            shares = Counter(homes[id] for id in ids if id in homes and homes[id] not in taken)
            j, shared = shares.most_common(1)[0] if shares else (-1, 0)
        if 0 <= j < len(new) and j not in taken and 2 * shared >= max(len(ids), len(_ids(new[j]))):
            twins[i] = j
            taken.add(j)
    return twins


def _tabs(old: Layout, new: Layout, twins: dict[int, int]) -> list[LayoutDifference]:
    found: list[LayoutDifference] = []
    there, here = {id for tab in old.tabs for id in _ids(tab)}, {id for tab in new.tabs for id in _ids(tab)}
    for i, tab in enumerate(old.tabs):
        if i not in twins:
            left = tuple(id for id in _ids(tab) if id not in here)
            found.append(LayoutDifference("tab_removed", _tab_name(old, i), cells=left))
    origins = {j: i for i, j in twins.items()}
    order = [j for j in range(len(new.tabs)) if j in origins]
    steady = {order[k] for k in increasing([origins[j] for j in order])}
    for j, tab in enumerate(new.tabs):
        name = _tab_name(new, j)
        if j not in origins:
            came = tuple(id for id in _ids(tab) if id not in there)
            found.append(LayoutDifference("tab_added", name, cells=came))
            continue
        earlier = old.tabs[origins[j]]
        if earlier.name != tab.name:
            found.append(LayoutDifference("tab_renamed", name, before=_tab_name(old, origins[j]), after=name))
        if j not in steady:
            found.append(LayoutDifference("tab_moved", name))
    return found


def _placed(before: Document, after: Document, twins: dict[int, int]) -> list[LayoutDifference]:
    old, new = layout_of(before), layout_of(after)
    there, here = _spots(old), _spots(new)
    places = {key: place for place, key in enumerate(there)}
    stayed: dict[int, list[Key]] = {}
    for key, spot in here.items():
        if key in there and twins.get(there[key].tab) == spot.tab:
            stayed.setdefault(spot.tab, []).append(key)
    steady = {keys[k] for keys in stayed.values() for k in increasing([places[key] for key in keys])}
    came = set(range(len(new.tabs))) - set(twins.values())
    found: list[LayoutDifference] = []
    for key, spot in there.items():
        if key not in here and spot.tab in twins:
            tab = _tab_name(new, twins[spot.tab])
            found.append(LayoutDifference("taken_away", tab, key[0], _name(before, key[0])))
    for key, spot in here.items():
        tab, name = _tab_name(new, spot.tab), _name(after, key[0])
        if key not in there:
            if spot.tab not in came:
                found.append(LayoutDifference("placed", tab, key[0], name))
            continue
        earlier = there[key]
        size, size_before = _size(spot), _size(earlier)
        if key not in steady:
            home = _tab_name(old, earlier.tab)
            found.append(LayoutDifference("moved", tab, key[0], name, home, tab))
        elif size != size_before:
            found.append(LayoutDifference("resized", tab, key[0], name, size_before, size))
        shown, shown_before = _shown(spot.element), _shown(earlier.element)
        if shown != shown_before:
            found.append(LayoutDifference("shown", tab, key[0], name, shown_before, shown))
    return found


def _name(document: Document, id: str) -> str:
    cell = document.cell(id)
    return id if cell is None else name_of(document, cell)


def _size(spot: _Spot) -> str:
    height = "as high as its content" if spot.element.height is None else f"{spot.element.height} px high"
    return f"columns {spot.start}–{spot.end}, {height}"


def _shown(element: Element) -> str:
    parts = ["source"] * element.show_source + ["printed text"] * element.show_prints
    return " and ".join(parts) or "output only"
