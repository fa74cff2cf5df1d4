"""`vernissage project`, `import`, `export`: projects in the data directory, or on a server.

A project's files travel beside its project file: an import takes them from there, an export from the data directory
puts them there, and never over a file that holds something else.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from vernissage.actors import projects
from vernissage.actors.rooms import decode_draft
from vernissage.cli.api import asking, project_path, query
from vernissage.cli.common import (
    CommandFailed,
    WrongUsage,
    data_directory,
    now,
    print_json,
    print_table,
    server_of,
    stamp,
)
from vernissage.cli.files import accepted, beside, read_document
from vernissage.cli.user import find
from vernissage.core.document import Document, parse
from vernissage.core.operations import decode_event, replay
from vernissage.formats import ipynb, project_file
from vernissage.ports import Blobs, Project, Store, User

# --- list, show -------------------------------------------------------------------------------------


async def list_all(chosen: argparse.Namespace) -> int:
    """List the projects, last edited first."""
    if url := server_of(chosen):
        found: list[dict[str, Any]] = []
        async with asking(chosen, url) as api:
            after = None
            while True:
                more = query(after=after) if after else query()
                page = await api.call("GET", "/projects", **more)
                found.extend(page["values"])
                after = page["pagination"]["after"]
                if after is None:
                    break
    else:
        async with data_directory(chosen) as (store, _):
            users = {user.id: user for user in await store.users()}
            found = [_shown(one, users) for one in await store.projects()]
    if chosen.json:
        print_json(found)
    else:
        rows = [(one["id"], _status(one), one["lastEditedAt"][:16].replace("T", " "), one["title"]) for one in found]
        print_table(("ID", "STATUS", "EDITED (UTC)", "TITLE"), rows)
    return 0


async def show(chosen: argparse.Namespace) -> int:
    """Show one project."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            found = await api.call("GET", project_path(chosen.id))
    else:
        async with data_directory(chosen) as (store, _):
            users = {user.id: user for user in await store.users()}
            found = _shown(await known(store, chosen.id), users)
    if chosen.json:
        print_json(found)
        return 0
    lines = {
        "Title": found["title"],
        "Description": found["description"].strip().partition("\n")[0],
        "Id": found["id"],
        "Status": _status(found),
        "Owner": found["owner"]["email"] or found["owner"]["name"],
        "Edited": f"{found['lastEditedAt'][:16].replace('T', ' ')} UTC",
    }
    for name, text in lines.items():
        if text:
            print(f"{name + ':':<13}{text}")
    return 0


def _status(project: dict[str, Any]) -> str:
    if project["publishedVersion"] is None:
        return "draft"
    changed = ", draft changed since" if project["unpublishedChanges"] else ""
    return f"version {project['publishedVersion']}{changed}"


def _shown(project: Project, users: dict[str, User]) -> dict[str, Any]:
    """A project in the HTTP API's words."""

    def person(id: str) -> dict[str, str]:
        user = users.get(id)
        return {"email": user.email if user else "", "name": user.name if user else ""}

    return {
        "id": project.id,
        "type": "PROJECT",
        "title": project.title,
        "description": project.description,
        "status": {"name": "Published" if project.published else "Draft"},
        "creator": person(project.creator),
        "owner": person(project.owner),
        "createdAt": stamp(project.created_at),
        "lastEditedAt": stamp(project.last_edited_at),
        "lastPublishedAt": stamp(project.last_published_at),
        "publishedVersion": project.published,
        "unpublishedChanges": project.published is None or project.draft_hash != project.published_hash,
    }


async def known(store: Store, id: str) -> Project:
    """The project with this id; a readable slug before it is passed over, as in addresses."""
    project = await store.project(id[-36:])
    if project is None or project.trashed_at is not None:
        raise CommandFailed(f"There is no project {id}. See `vernissage project list`.")
    return project


# --- import -----------------------------------------------------------------------------------------


async def take_in(chosen: argparse.Namespace) -> int:
    """Make a project of a file."""
    document = read_document(chosen.file)
    if chosen.name:
        document = accepted(msgspec.structs.replace(document, title=" ".join(chosen.name.split())), "--name")
    contents = {name: path.read_bytes() for name, path in beside(chosen.file, document).items()}
    if url := server_of(chosen):
        if chosen.user:
            raise WrongUsage("On a server the project is yours. Leave --user out, or work with --data.")
        parts = [("file", ("project.vernissage.yaml", project_file.write(document).encode()))]
        parts += [("files", (name, data)) for name, data in contents.items()]
        async with asking(chosen, url) as api:
            made = await api.call("POST", "/projects/import", files=parts)
    else:
        async with data_directory(chosen) as (store, blobs):
            owner = await find(store, chosen.user) if chosen.user else await _an_admin(store)
            fits = accepted(await projects.with_files(blobs, document, contents), str(chosen.file))
            project = await projects.create(store, fits, owner.id, now())
            made = _shown(project, {owner.id: owner})
    if chosen.json:
        print_json(made)
    else:
        print(f"{made['title']} is imported: {made['id']}")
    return 0


async def _an_admin(store: Store) -> User:
    for user in await store.users():
        if user.role == "admin" and not user.disabled:
            return user
    raise CommandFailed("There is nobody whose project it could be. Make the first admin with `vernissage init`.")


# --- export -----------------------------------------------------------------------------------------


async def give_out(chosen: argparse.Namespace) -> int:
    """Write a project as a file."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            path = project_path(chosen.id, "export")
            answer = await api.raw("GET", path, **query(version=chosen.version, format=chosen.format))
        written: list[str] = []
        text = answer.content.decode()
        left = [file.name for file in _read(text, chosen.format).files]
    else:
        async with data_directory(chosen) as (store, blobs):
            document = await document_of(store, await known(store, chosen.id), chosen.version)
            if chosen.output is None:
                written, left = [], [file.name for file in document.files]
            else:
                written, left = await _write_beside(blobs, document, chosen.output.parent), []
        text = project_file.write(document) if chosen.format == "yaml" else ipynb.write(document)
    if chosen.output is None:
        print_json({"file": text}) if chosen.json else sys.stdout.write(text)
    else:
        _write(chosen.output, text.encode())
        if chosen.json:
            print_json({"output": str(chosen.output), "files": written})
        else:
            beside = f", and beside it {', '.join(written)}" if written else ""
            print(f"Written: {chosen.output}{beside}")
    if left:
        print(f"Not written: {', '.join(left)}, which the project names and which must lie beside it.", file=sys.stderr)
    return 0


def _read(text: str, format: str) -> Document:
    return project_file.read(text) if format == "yaml" else ipynb.read(text)


async def document_of(store: Store, project: Project, version: str) -> Document:
    """The document of the draft, of the published version, or of one by number."""
    if version == "draft":
        stored = await store.draft(project.id)
        draft = decode_draft(stored.snapshot)
        for line in stored.operations:
            draft = replay(draft, decode_event(line.operation))
        return draft.document
    if version == "latest" and project.published is None:
        raise CommandFailed("This project is not published. Leave --version out to get its draft.")
    if version != "latest" and not version.isdecimal():
        raise WrongUsage(f"{version!r} is no version. Give its number, draft or latest.")
    number = project.published if version == "latest" else int(version)
    found = await store.version(project.id, number) if number else None
    if found is None:
        raise CommandFailed(f"This project has no version {version}.")
    return parse(found[1])


async def _write_beside(blobs: Blobs, document: Document, folder: Path) -> list[str]:
    """Put the document's files into the folder; nothing is written where one would go over something else."""
    contents: dict[Path, bytes] = {}
    for file in document.files:
        data = await blobs.get(file.hash)
        if data is None:
            raise CommandFailed(
                f"The content of {file.name} is gone from the data directory. Restore it from a backup."
            )
        place = folder / file.name
        if place.exists() and place.read_bytes() != data:
            raise CommandFailed(
                f"{place} is there already and holds something else. Move it away, or choose another -o."
            )
        contents[place] = data
    for place, data in contents.items():
        _write(place, data)
    return [place.name for place in contents]


def _write(place: Path, data: bytes) -> None:
    try:
        place.write_bytes(data)
    except OSError as error:
        raise CommandFailed(f"{place} cannot be written ({error.strerror}). Choose another with -o.") from None
