"""Project files on this machine: read with the sentence of what is wrong, and what lies beside them."""

from __future__ import annotations

from pathlib import Path

from vernissage.cli.common import CommandFailed, read_text
from vernissage.core.document import Document
from vernissage.core.operations import Refused, accept_document
from vernissage.formats import FormatError
from vernissage.formats import any as any_format


def read_document(path: Path, text: str | None = None) -> Document:
    """The document in a project file or notebook, as a draft may hold it. `text`: where it was read already."""
    text = read_text(path) if text is None else text
    try:
        document = any_format.read(text, path.name)
    except FormatError as error:
        raise CommandFailed(f"{path}: {error.sentence}") from None
    return accepted(document, str(path))


def accepted(document: Document, where: str) -> Document:
    """The document as a draft may hold it."""
    fits = accept_document(document)
    if isinstance(fits, Refused):
        raise CommandFailed(f"{where}: {fits.sentence}")
    return fits


def beside(path: Path, document: Document) -> dict[str, Path]:
    """The files that the document names, by name, beside its project file."""
    missing = [file.name for file in document.files if not (path.parent / file.name).is_file()]
    if missing:
        raise CommandFailed(
            f"{path} names {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not beside it. "
            "Put what is missing there and try again."
        )
    return {file.name: path.parent / file.name for file in document.files}
