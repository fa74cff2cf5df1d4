"""`serve --examples`: the example projects, imported and published once.

An example keeps its id, so a second start finds it, also where somebody changed it meanwhile, and leaves it alone.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path

from vernissage.actors import projects
from vernissage.actors.publisher import Problem
from vernissage.cli.common import CommandFailed, by_command
from vernissage.cli.files import accepted, beside, read_document
from vernissage.ports import Grant, User
from vernissage.web.identity import viewer_of
from vernissage.web.services import Services

NAMESPACE = uuid.UUID("0d6f2c1e-7d8a-4a55-9d0f-3c1f7a5e1b52")
"""Example ids are version 5 UUIDs of the file's name under this one."""


def places() -> tuple[Path, ...]:
    """The example files: beside the source, or inside an installed package."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parents[1] / "examples", package / "examples"):
        found = tuple(sorted(folder.glob("*.vernissage.yaml")))
        if found:
            return found
    return ()


async def load_examples(services: Services, admin: User) -> None:
    """Import and publish what is not there yet."""
    await asyncio.gather(*(_load(services, admin, place) for place in places()))


async def _load(services: Services, admin: User, place: Path) -> None:
    id = str(uuid.uuid5(NAMESPACE, place.name))
    if await services.store.project(id) is not None:
        return
    try:
        document = read_document(place)
        contents = {name: path.read_bytes() for name, path in beside(place, document).items()}
        document = accepted(await projects.with_files(services.blobs, document, contents), str(place))
    except CommandFailed as error:  # one broken example keeps no server from starting
        print(f"An example was not loaded. {error}", file=sys.stderr)
        return
    project = await projects.create(services.store, document, admin.id, services.clock.now(), id)
    everyone = (Grant(f"user:{admin.id}", "FULL_ACCESS"), Grant("workspace", "CAN_VIEW"))
    await services.permissions.share(project, everyone, by_command("share", id))
    viewer = viewer_of(admin)
    record = await services.publisher.begin(project, viewer, expected=None, title="First version")
    if isinstance(record, Problem):
        print(f"The example {document.title} was not published: {record.sentence}", file=sys.stderr)
        return
    record = await services.publisher.ended(record.id)
    if record.errors:
        print(f"The example {document.title} failed: {record.errors[0].message}", file=sys.stderr)
    await services.publisher.confirm(record, viewer, accept_errors=True, force=False, title=None, origin="command line")
