"""What may be said of a run, and done with one that has ended.

A *run* is one execution of a version or candidate. Its outputs were computed from its inputs; those of the default
inputs may become the published results of the version that ran, at once or later (a *restore*), and of no other.

Left alone: running (`session`), keeping (`store`), who may ask (`access`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from vernissage.core.document import Document
from vernissage.core.inputs import Invalid, accept, default, same
from vernissage.core.operations import Refused

RunStatus: TypeAlias = Literal["PENDING", "RUNNING", "COMPLETED", "ERRORED", "KILLED"]
"""PENDING: it waits for its turn. COMPLETED: every cell ran. ERRORED: some cell failed. KILLED: cancelled, or cut
off."""

UNFINISHED = frozenset({"PENDING", "RUNNING"})

RunStep: TypeAlias = Literal[
    "queued", "started", "late", "retried", "skipped", "cancelled", "time_limit", "cut_off", "ended"
]
"""queued: recorded, and waits. late: its start was made up for after an outage. retried: another attempt follows.
skipped: the run before it still went on. time_limit: it took longer than it may. cut_off: its server or kernel ended
under it. ended: by itself, well or not."""


class RunEvent(msgspec.Struct, frozen=True):
    """A step of a run, for its log."""

    at: datetime
    step: RunStep
    text: str = ""
    """Why, as a sentence; "" = the step says it all."""


BACK_OFF = 60
"""Seconds from the end of a first attempt to the second; each further wait is twice as long."""

LONGEST_BACK_OFF = 3600


def retry_in(attempt: int, retries: int, status: RunStatus, step: RunStep) -> int | None:
    """[SCH11] Seconds until the next attempt after one that ended so; None = there is none. What went well, was
    cancelled by somebody, or was skipped, is not tried again."""
    if status == "COMPLETED" or step in ("cancelled", "skipped") or attempt > retries:
        return None
    return min(BACK_OFF << attempt - 1, LONGEST_BACK_OFF)


def default_inputs(document: Document, inputs: Mapping[str, Any]) -> bool:
    """[RUN10] Whether a run with these values (name → plain JSON) ran with the defaults: it was given none, or equal
    ones. A value that the version does not know is none of its defaults."""
    cells = document.inputs()
    for name, json in inputs.items():
        value = accept(cells[name].input, json) if name in cells else None
        if name not in cells or isinstance(value, Invalid) or not same(value, default(cells[name].input)):
            return False
    return True


def may_restore(status: RunStatus, version: int | None, published: int | None, *, defaults: bool) -> Refused | None:
    """[RUN11] Why a run's outputs may not become the published results again, or None where they may."""
    if published is None:
        return Refused("This project is not published, so it has no published results.")
    if status in UNFINISHED:
        return Refused("This run has not ended.")
    if status == "KILLED":
        return Refused("This run was cut off, so its results are not whole.")
    if version != published:
        ran = "a draft that has no number" if version is None else f"version {version}"
        return Refused(f"This run is of {ran}; version {published} is published, and results never cross versions.")
    if not defaults:
        return Refused("This run had inputs of its own; published results are those of the default inputs.")
    return None
