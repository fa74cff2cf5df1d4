"""The data directory: what lies where, and that one server holds it.

    vernissage.db   the database, where no PostgreSQL address is given
    blobs/          outputs and files by their hash
    kernels/        the directories of running kernels; nothing in it is kept
    keys/           the server's secret key
    home            by what other servers on one database know this directory
    lock            held by the server that runs; names its process

Everything is for the server's own user only (0700): the directory holds password hashes and people's data. The command
line works in it beside a running server, without the lock; the database orders their writes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

KEY_BYTES = 32


class CannotOpen(Exception):
    """What is kept cannot be opened; the text says why and what to do. Nothing was changed."""


class DataDirectoryInUse(CannotOpen):
    """Another server holds the data directory."""

    def __init__(self, path: Path, pid: str) -> None:
        who = f"process {pid}" if pid else "a process that has not yet said its number"
        super().__init__(
            f"The data directory {path} is in use by another Vernissage server ({who}). "
            "Stop that server first, or start this one with another --data directory."
        )


@dataclass(frozen=True)
class DataDirectory:
    """The paths of one data directory. `made` makes it; the rest only names."""

    path: Path

    @classmethod
    def made(cls, path: Path) -> DataDirectory:
        """The directory, made with all its parts where they are missing, closed to other users. Raises CannotOpen."""
        directory = cls(path.absolute())
        try:
            for part in (directory.path, directory.blobs, directory.kernels, directory.keys):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
                if stat.S_IMODE(part.stat().st_mode) != 0o700:
                    part.chmod(0o700)
        except OSError as error:
            raise CannotOpen(
                f"The data directory {path} cannot be used ({error.strerror or error}). "
                "Give one that this user owns and may write to."
            ) from error
        return directory

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.path / "vernissage.db"

    @property
    def blobs(self) -> Path:
        """Where `DirectoryBlobs` keeps its files."""
        return self.path / "blobs"

    @property
    def kernels(self) -> Path:
        """Where running kernels have their directories."""
        return self.path / "kernels"

    @property
    def keys(self) -> Path:
        """Where the server's key lies."""
        return self.path / "keys"

    def home(self) -> str:
        """By what other servers on one database know this directory: made once, and not taken along by a backup."""
        path = self.path / "home"
        if not path.exists():
            _write_once(path, secrets.token_hex(16).encode("ascii"))
        return path.read_text(encoding="ascii")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory for this server. Raises DataDirectoryInUse where another one does.

        The operating system lets go of it with the process, however that ends: no stale lock needs clearing.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DataDirectoryInUse(
                    self.path, os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                ) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
            yield
            # Emptied and not removed: who removes a lock file may remove the one that somebody else just locked.
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)


def server_key(data_dir: Path, given: str = "") -> bytes:
    """The server's secret key, made once per data directory. `given`: by a setting, as hexadecimal digits; it counts
    instead. Raises CannotOpen where the setting or the file holds something else."""
    if given:
        return _key_of_setting(given)
    path = DataDirectory.made(data_dir).keys / "server"
    if not path.exists():
        _write_once(path, secrets.token_bytes(KEY_BYTES))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise CannotOpen(f"The server's key {path} cannot be read ({error.strerror}). Make it readable.") from error
    with FileIO(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise CannotOpen(
            f"The server's key {path} is damaged: it should hold {KEY_BYTES} bytes. Restore it from a backup; "
            "without one, remove the file: everybody signs in anew, and every secret must be set again."
        )
    return key


def _key_of_setting(text: str) -> bytes:
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}", text):
        raise CannotOpen(
            f"The setting server_key is not {2 * KEY_BYTES} hexadecimal digits. Make one with `openssl rand -hex "
            f"{KEY_BYTES}`, or leave the setting out; the key then lies in the data directory."
        )
    return bytes.fromhex(text)


def _write_once(path: Path, data: bytes) -> None:
    """Whole or not at all, and never over one that is there: of two who make it at once, both read the first one's."""
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with FileIO(descriptor, "wb") as file:
            file.write(data)
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
