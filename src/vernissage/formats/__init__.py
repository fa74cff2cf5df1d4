"""Files that a project can be read from and written to: one module for each kind.

Promise: reading a file either gives a document or raises FormatError with a sentence for the person who brought the
file; nothing in between. Left alone: storing what was read (the server), the files beside a project file.
"""

from __future__ import annotations


class FormatError(ValueError):
    """The file cannot be read as a project. The sentence names the line where one is at fault."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        self.sentence = f"Line {line}: {sentence}" if line else sentence
        self.line = line
        """From 1; 0 = the file as a whole."""
        super().__init__(self.sentence)


def slug(text: str) -> str:
    """A cell id made of readable text; "" where nothing of it can be used."""
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in text.lower())
    return "-".join(filter(None, kept.split("-")))[:48].strip("-")


def free_id(wanted: str, taken: set[str]) -> str:
    """The wanted id, or the first of `wanted-2`, `wanted-3`, … that is not taken; it is taken from then on."""
    id, number = wanted, 1
    while id in taken:
        number += 1
        id = f"{wanted}-{number}"
    taken.add(id)
    return id
