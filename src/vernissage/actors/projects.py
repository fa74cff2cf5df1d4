"""Projects: made, taken in from a document, put into the trash.

Left alone: reading files of other formats (`formats`), editing (`room`), publishing (`publisher`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from vernissage.actors.rooms import encode_draft
from vernissage.core.document import Document, FileRef, content_hash
from vernissage.core.operations import Draft, Refused, accept_document
from vernissage.ports import Blobs, Grant, Project, Store


class MissingFiles(Exception):
    """A project names files that did not come with it; the text says which."""

    def __init__(self, names: list[str]) -> None:
        listed = ", ".join(names)
        super().__init__(f"The project names {listed}, which {'is' if len(names) == 1 else 'are'} not beside it.")
        self.names = names


async def with_files(blobs: Blobs, document: Document, contents: Mapping[str, bytes]) -> Document:
    """The document with its files kept by content. Raises MissingFiles where one of them did not come along."""
    missing = [file.name for file in document.files if not file.hash and file.name not in contents]
    if missing:
        raise MissingFiles(missing)
    kept = []
    for file in document.files:
        if file.hash:
            kept.append(file)
            continue
        data = contents[file.name]
        kept.append(FileRef(file.name, await blobs.put(data), len(data)))
    return replace(document, files=tuple(kept))


class Unfit(ValueError):
    """A document that may not become a draft; the text says why."""


async def create(store: Store, document: Document, owner: str, at: datetime, id: str | None = None) -> Project:
    """[ROM15] A new project with this draft; its maker has Full access. Raises Unfit, keeping nothing."""
    accepted = accept_document(document)
    if isinstance(accepted, Refused):
        raise Unfit(accepted.sentence)
    document = accepted
    project = Project(
        id=id or str(uuid.uuid4()),
        title=document.title,
        description=document.description,
        creator=owner,
        owner=owner,
        created_at=at,
        last_edited_at=at,
        draft_hash=content_hash(document),
    )
    grants = (Grant(f"user:{owner}", "FULL_ACCESS"),)
    await store.add_project(project, encode_draft(Draft(document)), grants)
    return project
