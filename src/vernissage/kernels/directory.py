"""A kernel's own directory: the only place that its code can write.

    {runtime}/{kernel id}/   mode 0700
        work/   where it runs; holds the version's files
        home/   HOME      tmp/   TMPDIR      out/   what the kernel hands over to the host

A version's file is a symbolic link to its blob. Landlock lets the kernel read exactly that blob and write
none of it, which a hard link inside a writable directory could not be kept from; and a large file costs
nothing. Where there is no Landlock, the file is copied.

Promise: what lies here after the first line of user code is untrusted, and is removed without following links.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath

from vernissage.ports import KernelFile, NoKernel

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def make(runtime: Path, kernel: str, files: tuple[KernelFile, ...], *, link: bool) -> Path:
    """The directory of a new kernel, with its files in place. Raises NoKernel."""
    if not _ID.fullmatch(kernel):
        raise ValueError(f"{kernel!r} is no kernel id: letters, digits, - and _ only")
    directory = runtime / kernel
    try:
        directory.mkdir(mode=0o700)
        for name in ("work", "home", "tmp", "out"):
            (directory / name).mkdir(mode=0o700)
        for file in files:
            _place(directory / "work", file, link=link)
    except OSError as error:
        remove(directory)
        raise NoKernel(
            f"The kernel's directory could not be made ({error.strerror}). Check the space and the rights below "
            f"{runtime}."
        ) from error
    return directory


def _place(work: Path, file: KernelFile, *, link: bool) -> None:
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts or not name.parts:
        raise ValueError(f"{file.name!r} is no name of a file below the working directory")
    target = work / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if link:
        target.symlink_to(file.path.resolve())
    else:
        shutil.copyfile(file.path, target)


def remove(directory: Path) -> None:
    """Remove all of it, whatever user code made of it. Harmless when it is gone."""
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except PermissionError:
        # User code may take away rights of its own directories; they are the same user's, so we give them back.
        for parent, _, _ in os.walk(directory):
            Path(parent).chmod(0o700)
            for entry in os.scandir(parent):
                if entry.is_dir(follow_symlinks=False):
                    Path(entry.path).chmod(0o700)
        shutil.rmtree(directory)
