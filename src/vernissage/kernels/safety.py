"""What keeps user code from the server on this machine, said in sentences, and the server's own part in it.

Left alone: the fences themselves (`vernissage_kernel.confine`); each kernel puts them up for itself.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from vernissage_kernel import confine


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
    """What confinement this machine offers; takes a moment. `private`: paths that no kernel may read, as the
    data directory."""
    landlock = confine.landlock_version()
    mounts = _private_mounts()
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
            "server's user owns, and multiprocessing in cells finds no shared memory. Allow user namespaces "
            "(sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0), or give the server "
            "CAP_SYS_ADMIN, which kernels drop."
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


def _private_mounts() -> bool:
    # In a process of its own, for it forks, which a process with threads must not.
    tried = "import sys; from vernissage_kernel import confine; sys.exit(not confine.prepare_own_mounts())"
    return subprocess.run([sys.executable, "-P", "-c", tried], stdin=subprocess.DEVNULL, check=False).returncode == 0
