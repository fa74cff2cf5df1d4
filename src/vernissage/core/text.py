"""Text that several people edit at once: change sets of CodeMirror's collaborative editing, applied on the server.

The server is the authority: it takes a change set only on the text's current version, else the editor rebases
its own and sends again. A change set is CodeMirror's JSON: a list whose numbers keep that many units and whose
lists `[deleted, line, line, …]` delete and insert. All lengths are UTF-16 code units, here too.
Source: https://codemirror.net/docs/ref/#state.ChangeSet.toJSON

Left alone: which texts there are and who may edit them (`operations`, `access`).
"""

from __future__ import annotations

from typing import TypeAlias

ChangeSet: TypeAlias = list[int | list[int | str]]

MAX_TEXT = 1_000_000
"""UTF-16 code units in one cell's source."""


class BadChange(ValueError):
    """The change set does not fit the text; the sentence says why."""


def apply_changes(text: str, changes: ChangeSet) -> str:
    """The text after a change set. Raises BadChange where lengths do not fit or the result is not well-formed text."""
    before = text.encode("utf-16-le")
    total = len(before) // 2
    out: list[bytes] = []
    at = 0
    size = 0
    for part in changes:
        if isinstance(part, bool):
            raise BadChange("A text change holds something that is neither a length nor a replacement.")
        if isinstance(part, int):
            if part < 0 or at + part > total:
                raise BadChange("A text change reaches past the end of the text.")
            out.append(before[2 * at : 2 * (at + part)])
            at += part
            size += part
            continue
        if not part or isinstance(part[0], str | bool) or part[0] < 0 or at + part[0] > total:
            raise BadChange("A text change deletes what is not there.")
        lines = part[1:]
        if any(not isinstance(line, str) or "\n" in line or "\r" in line for line in lines):
            raise BadChange("A text change inserts what is not a list of lines.")
        inserted = "\n".join(str(line) for line in lines).encode("utf-16-le", "surrogatepass")
        out.append(inserted)
        size += len(inserted) // 2
        at += part[0]
    if at != total:
        raise BadChange("A text change was made on another version of this text.")
    if size > MAX_TEXT:
        raise BadChange(f"A cell holds at most {MAX_TEXT:,} characters. Move data into a file of the project.")
    try:
        return b"".join(out).decode("utf-16-le")
    except UnicodeDecodeError:
        raise BadChange("A text change would leave half of a character behind.") from None


def replacement(old: str, new: str) -> ChangeSet:
    """A change set from one text to another that touches only what lies between their common start and end.

    It never cuts a character in two: texts are compared by character, and only the lengths are UTF-16 code units.
    """
    limit = min(len(old), len(new))
    start = 0
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    kept, deleted, inserted = old[:start], old[start : len(old) - end], new[start : len(new) - end]
    change: ChangeSet = []
    if kept:
        change.append(units(kept))
    if deleted or inserted:
        change.append([units(deleted), *(inserted.split("\n") if inserted else ())])
    if end:
        change.append(units(old[len(old) - end :]))
    return change


def units(text: str) -> int:
    """The length of a text in UTF-16 code units, as CodeMirror counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def well_formed(text: str) -> bool:
    """Whether a text holds no half of a surrogate pair; one that does can be neither stored nor sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
