"""What the system says about processes: descendants, memory, and how to end all of a kernel's.

Reads /proc only. Left alone: who is asked, and what a number means (`host`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from vernissage_kernel import confine

_PIDFD_SIGNAL_PROCESS_GROUP = 4


def tree(pid: int) -> list[int]:
    """The process and its descendants, as far as they still hang together."""
    found, todo = [pid], [pid]
    while todo:
        for child in confine.children_of(todo.pop()):
            if child not in found:
                found.append(child)
                todo.append(child)
    return found


def orphans(zygote: int, kernels: Iterable[int]) -> Mapping[int, list[int]]:
    """Mark → processes of that kernel whose parent ended: the zygote has adopted them."""
    known = set(kernels)
    found: dict[int, list[int]] = {}
    for pid in confine.children_of(zygote):
        if pid not in known and (mark := confine.mark_of(pid)) is not None:
            found.setdefault(mark, []).extend(tree(pid))
    return found


def resident_memory(pid: int) -> int:
    """Bytes in memory, shared ones included: never less than the private ones, and cheap to ask."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


_PRIVATE = (b"Private_Clean:", b"Private_Dirty:", b"Private_Hugetlb:", b"Swap:")
_ANONYMOUS = (b"RssAnon:", b"RssShmem:", b"VmSwap:")


def private_memory(pid: int) -> int:
    """Bytes that no other process shares; 0 once it is gone."""
    # A process can make itself unreadable to those of its own user; its status stays readable.
    for name, wanted in (("smaps_rollup", _PRIVATE), ("status", _ANONYMOUS)):
        try:
            text = Path(f"/proc/{pid}/{name}").read_bytes()
        except OSError:
            continue
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(wanted)) * 1024
    return 0


def signal_group(pidfd: int, pid: int, number: signal.Signals) -> None:
    """Signal the process group that this process leads; nothing once it is gone."""
    with contextlib.suppress(ProcessLookupError):
        try:
            signal.pidfd_send_signal(pidfd, number, None, _PIDFD_SIGNAL_PROCESS_GROUP)
        except OSError as error:
            if isinstance(error, ProcessLookupError):
                raise
            # Before Linux 6.9. The pidfd says that the number still means this process.
            signal.pidfd_send_signal(pidfd, 0)
            os.killpg(pid, number)


def kill(pidfd: int) -> None:
    """SIGKILL; nothing once it is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


async def sweep(mark: int) -> None:
    """Kill every process that carries the mark, and return when none is left. Looks at all processes: for when
    a zygote died."""
    while True:
        left = False
        for name in (path.name for path in Path("/proc").iterdir()):  # noqa: ASYNC240  Memory, not a disk.
            if name.isdigit() and confine.mark_of(int(name)) == mark:
                left = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(name), signal.SIGKILL)
        if not left:
            return
        await asyncio.sleep(0.01)
