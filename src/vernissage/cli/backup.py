"""`vernissage backup` and `vernissage restore`: everything that a data directory keeps, in one file."""

from __future__ import annotations

import argparse
import asyncio
import sys

from vernissage.cli.common import CommandFailed, now, print_json, settings_of, stamp
from vernissage.store import CannotOpen, Manifest, read_backup, write_backup

DUMP_FIRST = (
    "The database is PostgreSQL, whose data are not in this file: make its copy with pg_dump before each backup, and "
    "restore both."
)
WITHOUT_KEY = (
    "This file holds no server key: after a restore, secrets must be set anew, unless the key file is put back."
)


async def backup(chosen: argparse.Namespace) -> int:
    """Write a backup; the server may go on working."""
    settings = settings_of(chosen)
    try:
        manifest = await asyncio.to_thread(
            write_backup,
            settings.data,
            chosen.file,
            at=now(),
            postgresql=bool(settings.database_url),
            with_key=not chosen.without_key,
        )
    except CannotOpen as error:
        raise CommandFailed(str(error)) from None
    notes = (DUMP_FIRST,) if manifest.database == "postgresql" else ()
    _say(chosen, manifest, f"The backup is {chosen.file}. Keep it where only you can read it.", notes)
    return 0


async def restore(chosen: argparse.Namespace) -> int:
    """Make a data directory of a backup."""
    settings = settings_of(chosen)
    try:
        manifest = await asyncio.to_thread(read_backup, chosen.file, settings.data)
    except CannotOpen as error:
        raise CommandFailed(str(error)) from None
    notes = ((DUMP_FIRST,) if manifest.database == "postgresql" else ()) + (() if manifest.key else (WITHOUT_KEY,))
    _say(chosen, manifest, f"The data directory {settings.data} is as it was at {stamp(manifest.made_at)}.", notes)
    return 0


def _say(chosen: argparse.Namespace, manifest: Manifest, sentence: str, notes: tuple[str, ...]) -> None:
    if chosen.json:
        print_json(
            {
                "file": str(chosen.file),
                "madeAt": stamp(manifest.made_at),
                "database": manifest.database,
                "key": manifest.key,
                "notes": list(notes),
            }
        )
        return
    print(sentence)
    for note in notes:
        print(note, file=sys.stderr)
