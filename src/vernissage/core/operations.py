"""What an editor may do to a draft, and what everybody is told of it.

A *draft* is a document that people change together. An *operation* commands; the server puts operations into one
order and applies each with `apply`, which answers the next draft and the *events* that report what happened, or a
refusal. `replay` applies an event: every replica that replays the same events holds the same draft.

Promises: applying is pure; an operation that does not fit is refused with a sentence and changes nothing; undoing
a delete (`RestoreCell`) brings the cell back where it stood, in the app's layout too.

Left alone: who may send what (`access`), what the change means for outputs (`session`), keeping it (`store`).
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar, assert_never
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from vernissage.core.document import (
    COLUMN_UNITS,
    ButtonInput,
    Cell,
    ChartCell,
    DateInput,
    Document,
    Element,
    FileInput,
    FileRef,
    Input,
    InputCell,
    Layout,
    MarkdownCell,
    NewerFormat,
    PythonCell,
    Settings,
    SqlCell,
    Struct,
    TableCell,
    TableInput,
    ValueCell,
    canonical,
    name_of,
    parse,
    variables,
)
from vernissage.core.renaming import Stuck, clash, renamed, renames
from vernissage.core.text import MAX_TEXT, BadChange, ChangeSet, apply_changes, units, well_formed

CELL_ID = re.compile(r"[a-z0-9_-]{1,64}")
FILE_NAME = re.compile(r"[^./\\][^/\\]*")
FILE_ENDING = re.compile(r"\.[^\s./\\][^\s/\\]{0,29}")
OLDEST_RESULTS = 60 * 24 * 365
"""Minutes after which results can be refreshed at most: a year."""

MOST_READY = 8
"""Kernels that one app keeps ready at most."""

MAX_CELLS = 2_000
MAX_COLUMNS = 200
"""Columns of a table input."""
MAX_HEIGHT = 10_000
"""CSS pixels of one cell in the layout."""
MAX_REMOVED = 500
"""Deleted cells that can still be brought back."""
SERVER = "server"
"""The client id of text changes that the server makes itself."""

State = TypeVar("State")


@dataclass(frozen=True)
class Refused:
    """The operation does not fit; nothing changed. Normal where people act at once."""

    sentence: str


@dataclass(frozen=True)
class Applied(Generic[State]):
    """The next state, what to tell everybody, and what the world must do for it to hold."""

    state: State
    events: tuple[Any, ...] = ()
    effects: tuple[Any, ...] = field(default=())


class Removed(Struct, frozen=True):
    """A deleted cell, kept so that the delete can be undone."""

    cell: Cell
    after: str
    """The cell that it stood behind; "" = it was the first."""
    app: Layout | None
    """The layout before the delete, where the author had made one."""
    text_version: int


class Draft(Struct, frozen=True):
    document: Document
    texts: dict[str, int] = {}
    """Cell id → number of change sets that its source has taken; a cell that is absent has taken none."""
    removed: tuple[Removed, ...] = ()
    """Latest last."""


# --- operations -------------------------------------------------------------------------------------


class Operation(Struct, frozen=True, tag_field="do"):
    """The habit of everything that a member of a room may ask for."""


class InsertCell(Operation, frozen=True, tag="insert_cell"):
    cell: Cell
    """With an id of the client's own making, new in this draft."""
    after: str
    """The cell that it goes behind; "" = to the top."""


class DeleteCell(Operation, frozen=True, tag="delete_cell"):
    cell: str


class RestoreCell(Operation, frozen=True, tag="restore_cell"):
    """Undo a delete."""

    cell: str


class MoveCell(Operation, frozen=True, tag="move_cell"):
    cell: str
    after: str
    """The cell that it goes behind; "" = to the top."""


class TextUpdate(Struct, frozen=True):
    client: str
    """The editor's own id in CodeMirror's collaboration, which tells it its own changes."""
    changes: ChangeSet


class EditText(Operation, frozen=True, tag="edit_text"):
    cell: str
    version: int
    """Change sets of this text that the editor had seen."""
    updates: list[TextUpdate]


class ConfigureCell(Operation, frozen=True, tag="configure_cell"):
    """Everything of a cell but its place and its source. The kind may change between Python, SQL and Markdown."""

    cell: Cell


class SetLayout(Operation, frozen=True, tag="set_layout"):
    app: Layout | None
    """None = back to one column in notebook order."""


class SetSettings(Operation, frozen=True, tag="set_settings"):
    settings: Settings
    description: str
    timezone: str
    packages: tuple[str, ...]


class SetTitle(Operation, frozen=True, tag="set_title"):
    title: str


class SetFiles(Operation, frozen=True, tag="set_files"):
    """The files of the project, all of them. Their contents were stored before."""

    files: tuple[FileRef, ...]


class ReplaceDocument(Operation, frozen=True, tag="replace_document"):
    """The whole draft becomes this document: an import or a revert."""

    document: Document


DraftOperation: TypeAlias = (
    InsertCell
    | DeleteCell
    | RestoreCell
    | MoveCell
    | EditText
    | ConfigureCell
    | SetLayout
    | SetSettings
    | SetTitle
    | SetFiles
    | ReplaceDocument
)

# --- events -----------------------------------------------------------------------------------------


class Event(Struct, frozen=True, tag_field="event"):
    """The habit of everything that a room reports."""


class CellInserted(Event, frozen=True, tag="cell_inserted"):
    cell: Cell
    after: str
    text_version: int
    app: Layout | None
    """The layout now (a restored cell returns to its place in it)."""


class CellDeleted(Event, frozen=True, tag="cell_deleted"):
    cell: str
    app: Layout | None
    """The layout without the cell."""


class CellMoved(Event, frozen=True, tag="cell_moved"):
    cell: str
    after: str


class TextEdited(Event, frozen=True, tag="text_edited"):
    cell: str
    version: int
    """Change sets before these."""
    updates: list[TextUpdate]


class CellConfigured(Event, frozen=True, tag="cell_configured"):
    cell: Cell


class LayoutChanged(Event, frozen=True, tag="layout_changed"):
    app: Layout | None


class SettingsChanged(Event, frozen=True, tag="settings_changed"):
    settings: Settings
    description: str
    timezone: str
    packages: tuple[str, ...]


class TitleChanged(Event, frozen=True, tag="title_changed"):
    title: str


class FilesChanged(Event, frozen=True, tag="files_changed"):
    files: tuple[FileRef, ...]


class DocumentReplaced(Event, frozen=True, tag="document_replaced"):
    document: Document
    texts: dict[str, int]


DraftEvent: TypeAlias = (
    CellInserted
    | CellDeleted
    | CellMoved
    | TextEdited
    | CellConfigured
    | LayoutChanged
    | SettingsChanged
    | TitleChanged
    | FilesChanged
    | DocumentReplaced
)

# --- deciding ---------------------------------------------------------------------------------------


def apply(draft: Draft, operation: DraftOperation) -> Applied[Draft] | Refused:
    """[DRF1] The next draft and its event, or why not. Only renaming an input gives several events [DRF21]."""
    decided = _decide(draft, operation)
    if isinstance(decided, Refused):
        return decided
    events = decided if isinstance(decided, tuple) else (decided,)
    for event in events:
        draft = replay(draft, event)
    return Applied(draft, events)


def _decide(draft: Draft, operation: DraftOperation) -> DraftEvent | tuple[DraftEvent, ...] | Refused:
    document = draft.document
    match operation:
        case InsertCell(cell, after):
            if len(document.cells) >= MAX_CELLS:
                return Refused(f"A project holds at most {MAX_CELLS:,} cells. Split it into two projects.")
            if document.cell(cell.id) or any(removed.cell.id == cell.id for removed in draft.removed):
                return Refused(f"There is, or was, a cell with the id {cell.id!r}. Give the new one another id.")
            if after and document.cell(after) is None:
                return Refused("The cell that the new one was to stand behind is gone.")
            return unfit(document, cell) or CellInserted(tidy(cell), after, 0, document.app)
        case DeleteCell(id):
            if document.cell(id) is None:
                return Refused("That cell was deleted already.")
            return CellDeleted(id, _without(document.app, id))
        case RestoreCell(id):
            removed = next((one for one in reversed(draft.removed) if one.cell.id == id), None)
            if removed is None:
                return Refused("That cell can no longer be brought back; look for it in the history.")
            if len(document.cells) >= MAX_CELLS:
                return Refused(f"A project holds at most {MAX_CELLS:,} cells. Delete another one first.")
            after = _still_there(draft, removed.after)
            return unfit(document, removed.cell) or CellInserted(
                removed.cell, after, removed.text_version, _restored(document.app, removed)
            )
        case MoveCell(id, after):
            if document.cell(id) is None:
                return Refused("That cell was deleted meanwhile, so it was not moved.")
            if after == id or (after and document.cell(after) is None):
                return Refused("The place that the cell was to move to is gone.")
            return CellMoved(id, after)
        case EditText(id, version, updates):
            edited = document.cell(id)
            if edited is None:
                return Refused("That cell was deleted meanwhile, so the edit has nowhere to go.")
            if not isinstance(edited, PythonCell | SqlCell | MarkdownCell):
                return Refused("That cell has no text to edit.")
            if version != draft.texts.get(id, 0):
                return Refused(
                    "Somebody else edited this text at the same moment; the edit is sent again on top of theirs."
                )
            source = edited.source
            try:
                for update in updates:
                    source = apply_changes(source, update.changes)
            except BadChange as error:
                return Refused(str(error))
            return TextEdited(id, version, updates)
        case ConfigureCell(cell):
            old = document.cell(cell.id)
            if old is None:
                return Refused("That cell was deleted meanwhile, so its settings were not changed.")
            texts = PythonCell | SqlCell | MarkdownCell
            if isinstance(old, texts) and isinstance(cell, texts):
                cell = replace(cell, source=old.source)
            elif type(old) is not type(cell):
                return Refused("A cell of this kind cannot become one of that kind; add a new cell instead.")
            if refused := unfit(document, cell):
                return refused
            if isinstance(old, InputCell) and isinstance(cell, InputCell) and (names := renames(old, cell)):
                return _rename(draft, cell, names)
            return CellConfigured(tidy(cell))
        case SetLayout(app):
            return _unfit_layout(document, app) or LayoutChanged(app)
        case SetSettings(settings, description, timezone, packages):
            return _unfit_settings(settings, description, timezone, packages) or SettingsChanged(
                settings, description, timezone, packages
            )
        case SetTitle(title):
            title = " ".join(title.split())
            return _unfit_title(title) or TitleChanged(title)
        case SetFiles(files):
            return _unfit_files(files) or FilesChanged(files)
        case ReplaceDocument(new):
            accepted = accept_document(new)
            if isinstance(accepted, Refused):
                return accepted
            # Beyond every version that an editor may still hold, so that no late edit fits by accident.
            seen = {one.cell.id: one.text_version for one in draft.removed} | draft.texts
            return DocumentReplaced(accepted, {cell.id: seen.get(cell.id, 0) + 1 for cell in accepted.cells})
        case never:
            assert_never(never)


def _rename(draft: Draft, input: InputCell, names: dict[str, str]) -> tuple[DraftEvent, ...] | Refused:
    """[DRF21] [DRF22] The input under its new name, and after it every cell that uses it."""
    document = _with_cell(draft.document, _place(draft.document, input.id), input)
    stuck = clash(document, input, names.values())
    rewritten = renamed(document, names) if stuck is None else stuck
    if isinstance(rewritten, Stuck):
        return Refused(rewritten.sentence)
    events: list[DraftEvent] = []
    if input.id not in rewritten:
        events.append(CellConfigured(input))
    for id, one in rewritten.items():
        if refused := unfit(document, one.cell):
            return Refused(f"{name_of(document, one.cell)} cannot take the new name. {refused.sentence}")
        if one.configured:
            before = document.cell(id)
            # The source changes by its own event, which editors can merge with what is being typed.
            cell = replace(one.cell, source=before.source) if isinstance(before, SqlCell) else one.cell
            events.append(CellConfigured(cell))
        if one.changes is not None:
            events.append(TextEdited(id, draft.texts.get(id, 0), [TextUpdate(SERVER, one.changes)]))
    # The input first: whoever reads the events in order never meets a use of a variable that is not there yet.
    return tuple(
        sorted(events, key=lambda event: not (isinstance(event, CellConfigured) and event.cell.id == input.id))
    )


def replay(draft: Draft, event: DraftEvent) -> Draft:
    """[DRF2] The draft after an event. Every replica gets here; it never refuses."""
    document = draft.document
    match event:
        case CellInserted(cell, after, text_version, app):
            at = 0 if not after else _place(document, after) + 1
            cells = (*document.cells[:at], cell, *document.cells[at:])
            return Draft(
                replace(document, cells=cells, app=app),
                {**draft.texts, cell.id: text_version},
                tuple(one for one in draft.removed if one.cell.id != cell.id),
            )
        case CellDeleted(id, app):
            at = _place(document, id)
            removed = Removed(
                document.cells[at], document.cells[at - 1].id if at else "", document.app, draft.texts.get(id, 0)
            )
            texts = {key: version for key, version in draft.texts.items() if key != id}
            return Draft(
                replace(document, cells=document.cells[:at] + document.cells[at + 1 :], app=app),
                texts,
                (*draft.removed, removed)[-MAX_REMOVED:],
            )
        case CellMoved(id, after):
            cell = document.cells[_place(document, id)]
            rest = tuple(other for other in document.cells if other.id != id)
            at = next((i + 1 for i, other in enumerate(rest) if other.id == after), 0)
            return replace(draft, document=replace(document, cells=(*rest[:at], cell, *rest[at:])))
        case TextEdited(id, version, updates):
            at = _place(document, id)
            cell = document.cells[at]
            assert isinstance(cell, PythonCell | SqlCell | MarkdownCell)
            source = cell.source
            for update in updates:
                source = apply_changes(source, update.changes)
            return replace(
                draft,
                document=_with_cell(document, at, replace(cell, source=source)),
                texts={**draft.texts, id: version + len(updates)},
            )
        case CellConfigured(cell):
            return replace(draft, document=_with_cell(document, _place(document, cell.id), cell))
        case LayoutChanged(app):
            return replace(draft, document=replace(document, app=app))
        case SettingsChanged(settings, description, timezone, packages):
            changed = replace(
                document, settings=settings, description=description, timezone=timezone, packages=packages
            )
            return replace(draft, document=changed)
        case TitleChanged(title):
            return replace(draft, document=replace(document, title=title))
        case FilesChanged(files):
            return replace(draft, document=replace(document, files=files))
        case DocumentReplaced(new, texts):
            return Draft(new, dict(texts), ())
        case never:
            assert_never(never)


# --- what fits --------------------------------------------------------------------------------------


def accept_document(document: Document) -> Document | Refused:
    """[DRF10] A whole document from outside (an import, a revert) as a draft may hold it, or why none may.

    Line ends are made the product's. What comes back is what its stored bytes say, so that no replica holds another
    spelling of a value (a tuple for a list, a date for its text).
    """
    document = replace(document, cells=tuple(tidy(cell) for cell in document.cells))
    if refused := unfit_document(document):
        return refused
    try:
        return parse(canonical(document))
    except UnicodeEncodeError:
        return Refused("The project holds half of a character, which cannot be kept. Look for a broken \\u escape.")
    except (msgspec.ValidationError, TypeError) as error:
        return Refused(f"The project holds a value that cannot be kept: {error}.")


def unfit_document(document: Document) -> Refused | None:
    """[DRF10] Why a whole document may not become the draft, or None where it may."""
    if len(document.cells) > MAX_CELLS:
        return Refused(f"A project holds at most {MAX_CELLS:,} cells. Split it into two projects.")
    ids = set()
    for cell in document.cells:
        if cell.id in ids:
            return Refused(f"Two cells have the id {cell.id!r}. Give one of them another id.")
        ids.add(cell.id)
    taken: dict[str, str] = {}
    for cell in document.cells:
        if refused := _unfit_cell(cell, taken):
            return refused
        if isinstance(cell, InputCell):
            taken |= dict.fromkeys(_names(cell), cell.id)
    return (
        _unfit_title(document.title)
        or _unfit_settings(document.settings, document.description, document.timezone, document.packages)
        or _unfit_layout(document, document.app)
        or _unfit_files(document.files)
    )


def unfit(document: Document, cell: Cell) -> Refused | None:
    """Why a cell may not stand in this document, or None where it may."""
    taken: dict[str, str] = {}
    if isinstance(cell, InputCell):
        for other in document.cells:
            if isinstance(other, InputCell):
                taken |= dict.fromkeys(_names(other), other.id)
    return _unfit_cell(cell, taken)


def _unfit_cell(cell: Cell, taken: dict[str, str]) -> Refused | None:
    """`taken`: the names of the document's inputs, each with the id of its cell."""
    if not CELL_ID.fullmatch(cell.id):
        return Refused("A cell's id has 1 to 64 of the characters a–z, 0–9, _ and -.")
    if len(cell.label) > 200:
        return Refused("A cell's label has at most 200 characters.")
    match cell:
        case PythonCell() | SqlCell() | MarkdownCell():
            if not well_formed(cell.source):
                return Refused("The text holds half of a character, which cannot be kept. Paste it anew.")
            if units(cell.source) > MAX_TEXT:
                return Refused(f"A cell holds at most {MAX_TEXT:,} characters. Move data into a file of the project.")
            if isinstance(cell, SqlCell) and cell.result and not _is_variable(cell.result):
                return Refused(
                    f"{cell.result!r} is no name for a result. Use letters, digits and _, not starting with a digit."
                )
        case InputCell():
            for name in _names(cell):
                if not _is_variable(name):
                    return Refused(
                        f"{name!r} is no name for an input. Use letters, digits and _, not starting with a digit."
                    )
                if taken.get(name, cell.id) != cell.id:
                    return Refused(f"There is an input named {name!r} already. Give this one another name.")
            if isinstance(cell.input, ButtonInput) and cell.input.default not in (None, False):
                return Refused("A run button has no default: it is pressed or it is not.")
            if isinstance(cell.input, DateInput) and cell.input.timezone and not _is_zone(cell.input.timezone):
                return Refused(f"{cell.input.timezone!r} is no time zone. Choose one such as 'Europe/Berlin'.")
            return _unfit_settings_of(cell.input)
        case ChartCell() | TableCell() | ValueCell():
            pass
        case never:
            assert_never(never)
    return None


def _unfit_settings_of(input: Input) -> Refused | None:
    """What of an input's own settings no person and no code could make sense of."""
    match input:
        case TableInput(columns=columns):
            if len(columns) > MAX_COLUMNS:
                return Refused(f"A table has at most {MAX_COLUMNS} columns. Upload a file where it takes more.")
            names = [column.name for column in columns]
            for name in names:
                if not name.strip() or len(name) > 200:
                    return Refused("A column's name has between 1 and 200 characters.")
                if names.count(name) > 1:
                    return Refused(f"There are two columns named {name!r}. Rename one of them.")
        case FileInput(accept=endings, max_bytes=size):
            for ending in endings:
                if not FILE_ENDING.fullmatch(ending):
                    return Refused(f"{ending!r} is no ending of a file's name. Write one such as '.csv'.")
            if size < 1:
                return Refused("A file input takes files of at least 1 byte; raise its limit.")
        case _:
            pass
    return None


def _unfit_title(title: str) -> Refused | None:
    if not title.strip() or len(title) > 200:
        return Refused("A title has between 1 and 200 characters.")
    return None


def _unfit_settings(settings: Settings, description: str, timezone: str, packages: tuple[str, ...]) -> Refused | None:
    if not 0 <= settings.refresh_after <= OLDEST_RESULTS:
        return Refused(f"Results are refreshed after 1 to {OLDEST_RESULTS:,} minutes; 0 is never.")
    if not 0 <= settings.ready_kernels <= MOST_READY:
        return Refused(f"At most {MOST_READY} kernels are kept ready; 0 is none.")
    if len(description) > 10_000:
        return Refused("A description has at most 10,000 characters.")
    if not _is_zone(timezone):
        return Refused(f"{timezone!r} is no time zone. Choose one such as 'Europe/Berlin'.")
    for package in packages:
        if not package.strip() or not package.isprintable() or len(package) > 200:
            return Refused(f"{package!r} names no package. Write one per line, such as 'scikit-learn>=1.5'.")
    return None


def _unfit_layout(document: Document, app: Layout | None) -> Refused | None:
    known = {cell.id for cell in document.cells}
    for id in _elements(app):
        if id not in known:
            return Refused(f"The layout names the cell {id!r}, which is not in the project.")
    for tab in app.tabs if app else ():
        for row in tab.rows:
            edge = 0
            for column in row.columns:
                if not edge <= column.start < column.end <= COLUMN_UNITS:
                    return Refused(
                        f"A column of the layout goes from {column.start} to {column.end}. "
                        f"Columns of a row stand side by side between 0 and {COLUMN_UNITS}."
                    )
                edge = column.end
                for element in column.elements:
                    if element.height is not None and not 0 < element.height <= MAX_HEIGHT:
                        return Refused(f"A cell in the layout is between 1 and {MAX_HEIGHT:,} pixels high.")
    return None


def _unfit_files(files: tuple[FileRef, ...]) -> Refused | None:
    names = set()
    for file in files:
        if not FILE_NAME.fullmatch(file.name) or not file.name.isprintable() or len(file.name.encode()) > 255:
            return Refused(f"{file.name!r} is no file name. Use one without / and \\ that does not start with a dot.")
        if file.name in names:
            return Refused(f"There are two files named {file.name!r}. Rename one of them.")
        names.add(file.name)
    return None


def tidy(cell: Cell) -> Cell:
    """The cell with line ends as the product keeps them: no carriage return in a source."""
    if isinstance(cell, PythonCell | SqlCell | MarkdownCell) and "\r" in cell.source:
        return replace(cell, source=cell.source.replace("\r\n", "\n").replace("\r", "\n"))
    return cell


def _names(cell: InputCell) -> set[str]:
    """The names that an input takes: its own, and the variables that it defines."""
    return {cell.input.name, *variables(cell)}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all; a directory of the time zone data
        return False
    return True


def _is_variable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__") and len(name) <= 100


def _place(document: Document, id: str) -> int:
    at = document.index(id)
    assert at is not None, f"an event names the cell {id!r}, which the draft has not"
    return at


def _with_cell(document: Document, at: int, cell: Cell) -> Document:
    return replace(document, cells=(*document.cells[:at], cell, *document.cells[at + 1 :]))


def _elements(app: Layout | None) -> list[str]:
    if app is None:
        return []
    return [
        element.cell for tab in app.tabs for row in tab.rows for column in row.columns for element in column.elements
    ]


def _map_elements(app: Layout, change: Any) -> Layout:
    return replace(
        app,
        tabs=tuple(
            replace(
                tab,
                rows=tuple(
                    replace(
                        row,
                        columns=tuple(
                            replace(column, elements=tuple(change(column.elements))) for column in row.columns
                        ),
                    )
                    for row in tab.rows
                ),
            )
            for tab in app.tabs
        ),
    )


def _without(app: Layout | None, id: str) -> Layout | None:
    if app is None or id not in _elements(app):
        return app
    return _map_elements(app, lambda elements: [element for element in elements if element.cell != id])


def _restored(app: Layout | None, removed: Removed) -> Layout | None:
    """The layout with the cell back, at the same spot as far as that is still there."""
    if app is None or removed.app is None or removed.cell.id not in _elements(removed.app):
        return app
    for t, tab in enumerate(removed.app.tabs):
        for r, row in enumerate(tab.rows):
            for c, column in enumerate(row.columns):
                for e, element in enumerate(column.elements):
                    if element.cell == removed.cell.id:
                        app = _put(app, (t, r, c, e), element)
    return app


def _still_there(draft: Draft, after: str) -> str:
    """The cell to stand behind: this one, else the one that it stood behind itself, and so on; "" = the top."""
    stood_behind = {one.cell.id: one.after for one in draft.removed}
    for _ in draft.removed:
        if not after or draft.document.cell(after):
            break
        after = stood_behind.get(after, "")
    return after if draft.document.cell(after) else ""


def _put(app: Layout, spot: tuple[int, int, int, int], element: Element) -> Layout:
    t, r, c, e = spot
    try:
        tab = app.tabs[t]
        row = tab.rows[r]
        column = row.columns[c]
    except IndexError:
        return app
    column = replace(column, elements=(*column.elements[:e], element, *column.elements[e:]))
    row = replace(row, columns=(*row.columns[:c], column, *row.columns[c + 1 :]))
    tab = replace(tab, rows=(*tab.rows[:r], row, *tab.rows[r + 1 :]))
    return replace(app, tabs=(*app.tabs[:t], tab, *app.tabs[t + 1 :]))


OPERATION_FORMAT = 1
"""The number of this format of logged events; a reader refuses a newer one."""

_log_encoder = msgspec.json.Encoder()
_log_decoder: msgspec.json.Decoder[DraftEvent] = msgspec.json.Decoder(DraftEvent)


class _Logged(msgspec.Struct, frozen=True):
    format: int
    event: msgspec.Raw


_logged_decoder = msgspec.json.Decoder(_Logged)


def encode_event(event: DraftEvent) -> bytes:
    """How an event stands in the log of a draft: JSON, its format number first."""
    return b'{"format":%d,"event":%s}' % (OPERATION_FORMAT, _log_encoder.encode(event))


def decode_event(data: bytes) -> DraftEvent:
    """The event of a log line. Raises NewerFormat, or msgspec.ValidationError for broken bytes."""
    logged = _logged_decoder.decode(data)
    if logged.format > OPERATION_FORMAT:
        raise NewerFormat(logged.format)
    return _log_decoder.decode(logged.event)
