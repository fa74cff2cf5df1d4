"""`vernissage doctor`: looks at this installation, changes nothing, and says of each thing whether it is well.

✓ well   ! works, and could be safer   ✗ wrong: exit status 1. Whatever is not well comes with what to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from vernissage.cli.common import CommandFailed, print_json, settings_of
from vernissage.cli.local import local_kernels
from vernissage.kernels import confinement_report
from vernissage.ports import NoKernel
from vernissage.settings import Settings
from vernissage.store.lock import KEY_BYTES, DataDirectory
from vernissage.store.migrations import REVISIONS
from vernissage.web.pages import NotBuilt, built

OLDEST_PYTHON = (3, 11)

LITTLE_DISK = 1024**3
"""Bytes free below which a server will soon keep nothing."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    state: Literal["well", "could be safer", "wrong"]
    what: str
    do: str = ""
    """What to do; "" = nothing."""


MARKS = {"well": "✓", "could be safer": "!", "wrong": "✗"}


def well(what: str) -> Finding:
    return Finding("well", what)


def wrong(what: str, do: str) -> Finding:
    return Finding("wrong", what, do)


async def doctor(chosen: argparse.Namespace) -> int:
    """Look at everything; 1 where something is wrong."""
    findings = [_python()]
    try:
        settings = settings_of(chosen)
    except CommandFailed as error:
        findings.append(wrong("The settings cannot be read.", str(error)))
    else:
        findings += [
            *_data(settings.data),
            await look_at_database(settings),
            *_disk(settings.data),
            *_fences(settings.data),
            await _kernel(settings),
        ]
    findings.append(_pages())
    if chosen.json:
        print_json([msgspec.to_builtins(finding) for finding in findings])
    else:
        for finding in findings:
            print(f"{MARKS[finding.state]} {finding.what}" + (f"\n    {finding.do}" if finding.do else ""))
    bad = sum(finding.state == "wrong" for finding in findings)
    if bad:
        raise CommandFailed(f"{bad} {'thing is' if bad == 1 else 'things are'} wrong; see ✗ above.")
    return 0


def _python() -> Finding:
    if sys.version_info[:2] < OLDEST_PYTHON:
        return wrong(f"This is Python {platform.python_version()}.", "Use Python 3.11 or newer.")
    return well(f"Python {platform.python_version()}")


def _data(path: Path) -> Iterator[Finding]:
    if not path.is_dir():
        yield wrong(
            f"There is no data directory {path}.", "Make it with `vernissage init`, or name another with --data."
        )
        return
    about = path.stat()
    if about.st_uid != os.geteuid() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield wrong(
            f"The data directory {path} belongs to another user, or cannot be written.",
            f"Run Vernissage as its owner, or give it to this user: chown -R {os.geteuid()} {path}",
        )
    elif stat.S_IMODE(about.st_mode) & 0o077:
        yield wrong(
            f"Other users of this machine may look into the data directory {path}.",
            f"Close it: chmod 700 {path} (every start of the server does so too).",
        )
    else:
        yield well(f"The data directory {path} is this user's alone")
    yield _key(DataDirectory(path).keys / "server")


def _key(path: Path) -> Finding:
    try:
        about = path.lstat()
    except FileNotFoundError:
        return well("There is no server key yet; the first start makes it")
    except OSError as error:
        return wrong(f"The server's key {path} cannot be looked at ({error.strerror}).", "Make it readable.")
    if not stat.S_ISREG(about.st_mode) or about.st_size != KEY_BYTES:
        return wrong(
            f"The server's key {path} is damaged.",
            "Restore it from a backup; without one, remove the file, and everybody signs in anew.",
        )
    if stat.S_IMODE(about.st_mode) & 0o077:
        return wrong(f"Other users may read the server's key {path}.", f"Close it: chmod 600 {path}")
    return well("The server's key is there, and this user's alone")


async def look_at_database(settings: Settings) -> Finding:
    """Whether the database answers, and what its tables are. Changes nothing."""
    place = settings.data / "vernissage.db"
    try:
        if settings.database_url:
            found, name = await _postgres_revision(settings.database_url), "The PostgreSQL database"
        elif not place.exists():
            return well("There is no database yet; the first start makes it")
        else:
            found, name = await asyncio.to_thread(_sqlite_revision, place), f"The database {place}"
    except (sqlite3.Error, DBAPIError, OSError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return wrong(
            f"The database cannot be read ({reason}).",
            "Check its address and that it runs."
            if settings.database_url
            else f"Check that {place} is a Vernissage database, or restore it from a backup.",
        )
    if found is None:
        return well(f"{name} is empty; the first start makes its tables")
    if found not in REVISIONS:
        return wrong(
            f"{name} is of revision {found}, which a newer Vernissage wrote.", "Start that one, or upgrade this one."
        )
    if found != REVISIONS[-1]:
        return well(f"{name} is of revision {found}; the next start brings it to {REVISIONS[-1]}")
    return well(f"{name} answers, and its tables are up to date")


def _sqlite_revision(place: Path) -> str | None:
    with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


async def _postgres_revision(url: str) -> str | None:
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError(f"{scheme}:// is no PostgreSQL address")
    engine = create_async_engine(f"postgresql+asyncpg://{rest.replace('sslmode=', 'ssl=')}")
    try:
        async with engine.connect() as connection:
            there = await connection.execute(text("SELECT to_regclass('alembic_version')"))
            if there.scalar() is None:
                return None
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
            return None if found is None else str(found)
    finally:
        await engine.dispose()


def _disk(data: Path) -> Iterator[Finding]:
    place = next((one for one in (data.absolute(), *data.absolute().parents) if one.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:,.1f} GB are free where the data lie"
    if free < LITTLE_DISK:
        yield wrong(f"Only {said}.", "Free some space; edits and results are refused when the disk is full.")
    else:
        yield well(said)


def _fences(data: Path) -> Iterator[Finding]:
    report = confinement_report((data.absolute(),))
    if not report.sentences:
        yield well("Code in cells is confined: it reaches no data of the server")
    for sentence in report.sentences:
        # Some lack only makes an attack cheaper; without Landlock, or with the data exposed, all lies open.
        open_to_all = report.landlock == 0 and "no Landlock" in sentence
        open_to_all = open_to_all or any(f"can read {path}," in sentence for path in report.exposed)
        what, _, do = sentence.partition(". ")
        yield Finding("wrong" if open_to_all else "could be safer", f"{what}.", do)


async def _kernel(settings: Settings) -> Finding:
    async with local_kernels(settings) as kernels:
        try:
            await kernels.prepare()
        except NoKernel as error:
            return wrong("No kernel can be started.", str(error))
    return well("Kernels start")


def _pages() -> Finding:
    try:
        built()
    except NotBuilt:
        return wrong("The pages are not built.", "Run `make build`.")
    return well("The pages are built")
