"""Puts files of inputs into a running kernel's directory, which belongs to user code by then.

Promises: no link that user code has laid is followed, in no part of the way; a file is there as a whole or not at all.

Left alone: what user code does to its own copy afterwards.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path, PurePosixPath

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def place(directory: Path, path: str, blob: Path) -> None:
    """Copy a blob to `path` below where a kernel works. `directory`: the kernel's own. Raises OSError."""
    *way, name = PurePosixPath(path).parts
    assert ".." not in (*way, name)
    with contextlib.ExitStack() as opened:
        at = os.open(directory, _DIRECTORY)
        opened.callback(os.close, at)
        for part in ("work", *way):
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=at)
            at = os.open(part, _DIRECTORY, dir_fd=at)
            opened.callback(os.close, at)
        new = f".{secrets.token_hex(16)}"
        target = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=at)
        try:
            with os.fdopen(target, "wb") as into, blob.open("rb") as source:
                shutil.copyfileobj(source, into, 1024**2)
            os.rename(new, name, src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new, dir_fd=at)
            raise
