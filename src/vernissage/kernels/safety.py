"""What keeps user code from the server on this machine, said in sentences, and the server's own part in it.

Left alone: the fences themselves (`vernissage_kernel.confine`); each kernel puts them up for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from vernissage_kernel import confine

_CAP_SYS_ADMIN = 21


class ConfinementReport(msgspec.Struct, frozen=True):
    """How well kernels are confined here."""

    landlock: int
    """The version of Landlock; 0 = none."""
    private_mounts: bool
    """Kernels have a read-only view of the mounts, and a /dev/shm of their own."""
    exposed: tuple[Path, ...]
    """Those of the asked paths that every kernel can read."""
    sentences: tuple[str, ...]
    """What is missing, and what to do about it; () = nothing."""


def confinement_report(private: Iterable[Path] = ()) -> ConfinementReport:
    """What confinement this machine offers. `private`: paths that no kernel may read, such as the data directory."""
    landlock = confine.landlock_version()
    mounts = _has_capability(_CAP_SYS_ADMIN)
    exposed = confine.exposed(private)
    sentences: list[str] = []
    if landlock == 0:
        sentences.append(
            "This system has no Landlock, so code in cells can read whatever the server's user can, the "
            "database included. "
            "Use Linux 5.13 or newer with landlock among its security modules (boot parameter lsm=landlock,…), "
            "or let only people write code whom you trust with the server."
        )
    elif landlock < 6:
        sentences.append(
            "This system's Landlock is older than version 6, so code in cells can send signals to the server's "
            "processes. "
            "Use Linux 6.12 or newer."
        )
    if not mounts:
        sentences.append(
            "Kernels have no mounts of their own here, so code in cells can change modes and times of files that the "
            "server's user owns, and multiprocessing in cells finds no shared memory. Give the server "
            "CAP_SYS_ADMIN (kernels drop "
            "it), or accept this."
        )
    if not confine.filters_system_calls():
        sentences.append(
            "There is no filter of system calls for this machine's architecture, so code in cells can change "
            "the limits and "
            "priorities of the server's processes and use its Unix sockets. Use x86_64 or aarch64."
        )
    sentences.extend(
        f"Code in cells can read {path}, because it lies below Python or the system. Move it elsewhere."
        for path in exposed
    )
    return ConfinementReport(landlock=landlock, private_mounts=mounts, exposed=exposed, sentences=tuple(sentences))


def harden_server() -> None:
    """Keep other processes of the same user from this one's memory and environment. Once, at start."""
    confine.become_undumpable()


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
