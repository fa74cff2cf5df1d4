"""Bytes by their SHA-256, each in a file of its own.

    blobs/3f/9a/3f9a…       read-only; whole, or not there
    blobs/.new/…            being written; what a dead server left there goes at the next start

A blob is written beside its place, flushed to the disk and then renamed: a crash leaves the old state or the new one.
It is never changed, so `path` may be linked into a kernel's directory and served with immutable caching.

Left alone: which blobs nobody needs any longer, and what a blob means.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from vernissage.ports import StoreFull

CHUNK = 1024**2

LEFT_SECONDS = 3600
"""A file that was begun so long ago was left behind."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space, over quota, over the process's file-size limit."""

_HASH = re.compile(r"[0-9a-f]{64}")


class BlobDamaged(Exception):
    """The file of a blob no longer holds the bytes that were put into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} no longer holds what was kept in it: the disk or somebody changed it. "
            "Restore it from a backup, or run again what made it."
        )


class DirectoryBlobs:
    """A `ports.Blobs` in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._new = self._directory / ".new"
        self._new.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._new.iterdir():
            # Of a server that died while it wrote. Young ones may be of the command line, beside this server.
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - LEFT_SECONDS:
                    left.unlink()

    async def put(self, data: bytes) -> str:
        """Keep the bytes and answer their hash. Raises StoreFull."""
        return await asyncio.to_thread(self._put, data)

    async def put_file(self, path: Path, limit: int) -> tuple[str, int]:
        """Keep what a file holds: (hash, bytes). Raises StoreFull, and ValueError past `limit` bytes or for what is no
        plain file.

        The file may lie where user code writes. No link is followed in its last part, nor, for a file below the data
        directory, in any part below that.
        """
        return await asyncio.to_thread(self._put_file, path, limit)

    async def get(self, hash: str) -> bytes | None:
        """The bytes, checked against their hash; None where they are not known. Raises BlobDamaged."""
        return await asyncio.to_thread(self._get, hash)

    def path(self, hash: str) -> Path | None:
        """The file that holds them; None where they are not known."""
        place = self._place(hash)
        return place if place is not None and place.is_file() else None

    def _place(self, hash: str) -> Path | None:
        """None for what is no hash: a name from a request never becomes a path."""
        return self._directory / hash[:2] / hash[2:4] / hash if _HASH.fullmatch(hash) else None

    def _get(self, hash: str) -> bytes | None:
        place = self._place(hash)
        if place is None:
            return None
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() != hash:
            raise BlobDamaged(place)
        return data

    def _put(self, data: bytes) -> str:
        hash = hashlib.sha256(data).hexdigest()
        if not self._known(hash, len(data)):
            with _translated(f"{len(data):,} bytes of output", self._directory), self._fresh() as (file, name):
                _write(file, data)
                self._settle(file, name, hash)
        return hash

    def _put_file(self, path: Path, limit: int) -> tuple[str, int]:
        with (
            _translated(f"the file {path.name}", self._directory),
            self._open_plain(path) as source,
            self._fresh() as (file, name),
        ):
            digest, size = hashlib.sha256(), 0
            # Counted as it is read: the file may grow meanwhile.
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise ValueError(f"the file {path.name} is larger than {limit:,} bytes")
                digest.update(chunk)
                _write(file, chunk)
            if not self._known(digest.hexdigest(), size):
                self._settle(file, name, digest.hexdigest())
            return digest.hexdigest(), size

    def _known(self, hash: str, size: int) -> bool:
        """A file of another size is damaged: writing again heals it."""
        place = self._place(hash)
        assert place is not None
        with contextlib.suppress(FileNotFoundError):
            return place.stat().st_size == size
        return False

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[tuple[FileIO, Path]]:
        """A new file, which is gone afterwards unless it was settled."""
        name = self._new / secrets.token_hex(16)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # Unbuffered: what the disk refuses is refused by `write`, and not once more by `close`.
            with FileIO(descriptor, "wb") as file:
                yield file, name
        finally:
            name.unlink(missing_ok=True)

    def _settle(self, file: FileIO, name: Path, hash: str) -> None:
        place = self._place(hash)
        assert place is not None
        os.fchmod(file.fileno(), 0o400)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.fsync(file.fileno())
        name.rename(place)
        # The flush of the directory takes along that it was made: ext4, XFS and btrfs log both, in order. Flushing
        # each one above as well would double what a small blob costs.
        _flush(place.parent)

    @contextlib.contextmanager
    def _open_plain(self, path: Path) -> Iterator[FileIO]:
        path = path.absolute()
        data = self._directory.parent
        start = data if path.is_relative_to(data) else path.parent
        parts = path.relative_to(start).parts
        if not parts or ".." in parts:
            raise ValueError(f"{path.name} is no plain file")
        with contextlib.ExitStack() as opened:
            try:
                at = os.open(start, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                opened.callback(os.close, at)
                for part in parts[:-1]:
                    at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
                    opened.callback(os.close, at)
                # Not blocking: a pipe without a writer would keep the thread for ever.
                last = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
            except OSError as error:
                raise ValueError(f"{path.name} is no plain file, or is not there") from error
            opened.callback(os.close, last)
            if not stat.S_ISREG(os.fstat(last).st_mode):
                raise ValueError(f"{path.name} is no plain file")
            yield FileIO(last, "rb", closefd=False)


def _write(file: FileIO, data: bytes) -> None:
    """All of it: an unbuffered write may take only a part."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated(what: str, place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StoreFull(
            f"The disk is full: {what} could not be kept. Free some space for {place}, then try again; "
            "everything accepted before is safe."
        ) from error
