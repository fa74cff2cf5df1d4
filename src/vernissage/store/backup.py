"""A backup: all that a data directory keeps, in one file, made while the server works.

    manifest.json    what this is, of which format, and when it was made; always the first member
    vernissage.db    a consistent copy of the SQLite database; left out where the database is PostgreSQL
    keys/server      the server's key, without which secrets cannot be read; left out on wish
    blobs/3f/9a/…    every blob; their names are their hashes

Promises: the copy is of one instant, and every blob that it names is in the archive: the database is copied first, and
blobs are only ever added. A backup is whole or not there; a restore gives a whole data directory or leaves nothing, and
never touches one that holds something.

Left alone: PostgreSQL's own data (`pg_dump` first, then this), and where backups are kept.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import IO, Literal

import msgspec

from vernissage.store.lock import KEY_BYTES, CannotOpen, DataDirectory

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST = 64 * 1024
_DATABASE = "vernissage.db"
_KEY = "keys/server"
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
_CHUNK = 1024**2


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    made_at: datetime
    database: Literal["sqlite", "postgresql"]
    """postgresql: its data are not in here."""
    key: bool
    """The server's key is in here."""
    blobs: int = 0
    """How many there were when it was begun; more may have followed."""
    format: int = FORMAT


class BadBackup(CannotOpen):
    """The file is no backup that can be restored; the text says why."""


def write_backup(data: Path, target: Path, *, at: datetime, postgresql: bool, with_key: bool) -> Manifest:
    """[BAK1] Write a backup of the data directory to `target`, which must not be there. Raises CannotOpen."""
    if target.exists():
        raise CannotOpen(f"{target} is there already. Choose another name; a backup overwrites nothing.")
    directory = DataDirectory(data.absolute())
    if not directory.path.is_dir() or not (postgresql or directory.database.exists()):
        raise CannotOpen(f"{data} holds no data of Vernissage. Name its data directory with --data.")
    key = directory.keys / "server"
    manifest = Manifest(
        at, "postgresql" if postgresql else "sqlite", with_key and key.is_file(), sum(1 for _ in _blobs(directory))
    )
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    copy = fresh.with_name(f"{fresh.name}.db")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with FileIO(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                _add_bytes(archive, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)), at)
                if not postgresql:
                    _copy_database(directory.database, copy)
                    archive.add(copy, _DATABASE, filter=_plain)
                if manifest.key:
                    archive.add(key, _KEY, filter=_plain)
                for blob in _blobs(directory):  # after the database: whatever that names is here by now
                    archive.add(blob, f"blobs/{blob.relative_to(directory.blobs)}", filter=_plain)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, target)  # never over one that came meanwhile
    except FileExistsError:
        raise CannotOpen(f"{target} is there already. Choose another name; a backup overwrites nothing.") from None
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotOpen(f"The backup {target} could not be written ({reason}). Nothing is left of it.") from None
    finally:
        for left in (fresh, copy):
            left.unlink(missing_ok=True)
    return manifest


def read_backup(source: Path, data: Path) -> Manifest:
    """[BAK2] Make the data directory that a backup holds. `data` must be empty or missing. Raises CannotOpen."""
    target = data.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotOpen(
            f"{data} is not empty, and a restore overwrites nothing. Name a new directory with --data, or move this "
            "one away."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        directory = DataDirectory.made(fresh)
        manifest = _unpack(source, directory)
        if manifest.database == "sqlite":
            _check_database(directory.database)
        if target.exists():
            target.rmdir()
        fresh.rename(target)
    except BadBackup:
        raise
    except (tarfile.TarError, EOFError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise BadBackup(f"{source} is no backup of Vernissage, or it is damaged ({error}). Try another one.") from None
    except FileNotFoundError:
        raise BadBackup(f"There is no file {source}. Name a backup.") from None
    except OSError as error:
        raise CannotOpen(f"{source} could not be restored ({error.strerror or error}). Nothing was changed.") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


def _unpack(source: Path, directory: DataDirectory) -> Manifest:
    """Every member to its place: none but those that a backup has, checked on the way."""
    manifest: Manifest | None = None
    found: set[str] = set()
    with tarfile.open(source, "r|gz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or member.name in found:
                raise BadBackup(f"{source} is no backup of Vernissage: it holds {member.name!r}.")
            found.add(member.name)
            if manifest is None:
                manifest = _manifest(source, member, content)
            elif blob := _BLOB.fullmatch(member.name):
                place = directory.blobs / blob[1] / blob[2] / blob[3]
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if _write(content, place, 0o400) != blob[3]:
                    raise BadBackup(f"{source} is damaged: {member.name} holds other bytes. Try another backup.")
            elif member.name == _DATABASE and manifest.database == "sqlite":
                _write(content, directory.database, 0o600)
            elif member.name == _KEY and manifest.key and member.size == KEY_BYTES:
                _write(content, directory.keys / "server", 0o600)
            else:
                raise BadBackup(f"{source} is no backup of Vernissage: it holds {member.name!r}.")
    if manifest is None:
        raise BadBackup(f"{source} is no backup of Vernissage: it is empty.")
    wanted = {_DATABASE: manifest.database == "sqlite", _KEY: manifest.key}
    if missing := [name for name, there in wanted.items() if there and name not in found]:
        raise BadBackup(f"{source} is damaged: {missing[0]} is missing. Try another backup.")
    return manifest


class _Format(msgspec.Struct, frozen=True):
    format: int


def _manifest(source: Path, member: tarfile.TarInfo, content: IO[bytes]) -> Manifest:
    if member.name != MANIFEST or member.size > MAX_MANIFEST:
        raise BadBackup(f"{source} is no backup of Vernissage: it begins with {member.name!r}.")
    text = content.read()
    if msgspec.json.decode(text, type=_Format).format > FORMAT:
        raise BadBackup(f"{source} was made by a newer Vernissage. Restore it with that one.")
    return msgspec.json.decode(text, type=Manifest)


def _write(content: IO[bytes], place: Path, mode: int) -> str:
    """Write it and answer its SHA-256."""
    sum = hashlib.sha256()
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with FileIO(descriptor, "wb") as file:
        while chunk := content.read(_CHUNK):
            sum.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return sum.hexdigest()


def _copy_database(database: Path, copy: Path) -> None:
    """One instant of it. Writers go on meanwhile: readers of a write-ahead log stop nobody."""
    with (
        closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(copy)) as still,
    ):
        copy.chmod(0o600)
        live.backup(still)
        still.execute("PRAGMA journal_mode = DELETE")


def _check_database(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as opened:
            said = opened.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise BadBackup(f"The database in this backup is damaged ({said}). Try another backup.")


def _blobs(directory: DataDirectory) -> Iterator[Path]:
    yield from sorted(directory.blobs.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/" + "[0-9a-f]" * 64))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of the machine that it comes from."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    member = _plain(tarfile.TarInfo(name))
    member.size, member.mtime = len(content), int(at.timestamp())
    archive.addfile(member, io.BytesIO(content))
