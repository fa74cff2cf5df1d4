"""Control: what a host and a zygote say to each other about forking, and what a new child is told first.

Control messages are single datagrams of a SOCK_SEQPACKET socket, msgpack, with descriptors beside them.
Whatever may be long (the context, the files) goes through the kernel's own channel as one `Prelude`
before any frame, so a control message is always small.

Promise: the zygote is our own code and takes the host's word; the host trusts the zygote, never a kernel.
Left alone: frames (`frames`), what the zygote does with a message (`zygote`).
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from vernissage_kernel.frames import Context

MAX_CONTROL = 65_536
"""Bytes of one control message."""


class Control(msgspec.Struct, frozen=True, tag_field="control"):
    """The habit of every control message."""


class Fork(Control, frozen=True, tag="fork"):
    """Host → zygote, with three descriptors: the child's end of the channel, and the pipes for its standard
    output and error."""

    kernel: str
    mark: int
    """A number that all processes of this kernel carry and none can take off; see `confine.wear_mark`."""


class Prepared(Control, frozen=True, tag="prepared"):
    """Zygote → host: imports are done, forks are quick from here on."""

    python: str
    threads: int
    """Threads of the zygote; always 1, for a fork keeps only one."""
    landlock: int
    """The Landlock version that kernels are confined by; 0 = none."""
    private_mounts: bool
    """Kernels see everything but their own directory as mounted read-only, and have a /dev/shm of their own."""


class Unable(Control, frozen=True, tag="unable"):
    """Zygote → host: it cannot serve, and ends."""

    message: str


class Forked(Control, frozen=True, tag="forked"):
    """Zygote → host, with one descriptor: the child's pidfd, opened before anybody could reap it."""

    kernel: str
    pid: int


class NotForked(Control, frozen=True, tag="not_forked"):
    kernel: str
    message: str


class Exited(Control, frozen=True, tag="exited"):
    """The kernel's process is reaped."""

    kernel: str
    status: int
    """As from `os.waitstatus_to_exitcode`: an exit status, or minus a signal."""


class Swept(Control, frozen=True, tag="swept"):
    """After `Exited`: none of the kernel's descendants is left either."""

    kernel: str


FromZygote: TypeAlias = Prepared | Unable | Forked | NotForked | Exited | Swept


class Prelude(msgspec.Struct, frozen=True):
    """The first message in a kernel's channel (four bytes of length, then msgpack), read before the process is
    confined."""

    directory: str
    files: tuple[str, ...]
    """Files outside of the directory that may be read: what its links point to."""
    reads: tuple[str, ...]
    """More paths below which everything may be read, by the server's settings."""
    writes: tuple[str, ...]
    """More paths below which everything may be written, by the server's settings."""
    memory: int
    """Bytes of private memory."""
    threads: int
    """For the thread pools of numerical libraries."""
    context: Context = Context()
    secrets: dict[str, str] = {}
    """Name → value, for this kernel alone. They come through its own channel, so the zygote never holds one."""
    unreadable: dict[str, str] = {}
    """Name → why, of those whose value cannot be had."""

    def __repr__(self) -> str:
        return f"Prelude({self.directory})"  # an error's text must not show a secret
