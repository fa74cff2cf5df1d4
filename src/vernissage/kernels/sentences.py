"""What people read when a kernel ends or a limit is met. Pure.

Each sentence says what happened and what to do next; none shows a signal's number or an exit code alone.
"""

from __future__ import annotations

import signal

from vernissage.ports import Died

RUN_AGAIN = "Its variables are gone: run the cells again."


def duration(seconds: float) -> str:
    """In words, such as "3 minutes"."""
    if seconds < 1:
        return "less than a second"
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size:
            count = round(seconds / size, 1) if seconds < size * 10 and unit == "hour" else round(seconds / size)
            return f"{count:g} {unit}{'' if count == 1 else 's'}"
    raise AssertionError(seconds)


def size(count: int) -> str:
    """In words, such as "4.0 GB"; 1 GB = 1024³ bytes, as limits are given."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}" if unit == "GB" else f"{count / factor:.0f} {unit}"
    return f"{count} bytes"


def out_of_memory(after: float, used: int) -> Died:
    """The kernel and its descendants hold more than the limit."""
    return Died(
        "memory",
        f"The kernel ran out of memory after {duration(after)} ({size(used)}). Load fewer rows, or ask for a "
        f"larger kernel.",
    )


def would_not_stop(grace: float) -> Died:
    """It went on after an interrupt."""
    return Died(
        "interrupt",
        f"The cell went on for {duration(grace)} after it was interrupted, so its kernel was stopped. {RUN_AGAIN}",
    )


def past_its_time(limit: float) -> Died:
    """It went on after the interrupt that its time limit sent."""
    return Died(
        "interrupt",
        f"The cell ran longer than {duration(limit)}, its limit, and did not stop when it was interrupted, so "
        f"its kernel was "
        f"stopped. {RUN_AGAIN} Do less in one cell, or ask for a longer limit.",
    )


def time_is_up(limit: float) -> str:
    """Printed into the cell whose time is up."""
    return (
        f"\nThe cell ran longer than {duration(limit)}, its limit, and was interrupted. "
        "Do less in one cell, or ask for a longer limit.\n"
    )


def printed_too_much(limit: int) -> str:
    """Printed once into the cell that printed too much."""
    return f"\nOutput past {size(limit)} was dropped. Print less, or write it to a file.\n"


def showed_too_much(count: int, limit: int) -> str:
    """Printed once into the cell that showed too much."""
    return (
        f"\nThis cell showed more than {count:,} results or {size(limit)}; the rest was dropped. Show less.\n".replace(
            ",", " ", 1
        )
    )


def no_frame(what: str) -> Died:
    """Something other than a frame came from the kernel."""
    return Died(
        "protocol",
        f"The kernel was stopped because its connection to the server was disturbed ({what}). Code in a cell "
        f"has written to "
        f"it or closed it: do not touch file descriptors that your code has not opened. {RUN_AGAIN}",
    )


STOPPED = Died("stopped", "The kernel was stopped.")

LOST = Died(
    "killed",
    "The process that kernels come from has ended, and this kernel with it. Run the cells again: a new kernel "
    "starts by itself.",
)


def ended(status: int | None) -> Died:
    """How a kernel ended by itself: an exit status, minus a signal, or None where nobody knows."""
    if status is None:
        return Died("killed", f"The kernel ended, and the system does not say how. {RUN_AGAIN}")
    if status >= 0:
        return Died(
            "exited",
            f"Code in a cell ended the kernel (exit status {status}). {RUN_AGAIN} "
            "To stop a cell early, raise an error instead of leaving Python.",
        )
    if -status == signal.SIGKILL:
        return Died(
            "killed",
            "The system killed the kernel, most likely because the machine ran out of memory. "
            f"{RUN_AGAIN} Load fewer rows, or ask for a larger machine.",
        )
    try:
        name = signal.strsignal(-status) or f"signal {-status}"
    except ValueError:
        name = f"signal {-status}"
    if -status in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS):
        return Died(
            "killed",
            f"The kernel crashed inside a library's native code ({name.lower()}). {RUN_AGAIN} "
            "If it happens again, leave out the last cell that ran, or try another version of the library that "
            "it uses.",
        )
    return Died("killed", f"The kernel was ended by a signal from elsewhere ({name.lower()}). {RUN_AGAIN}")
