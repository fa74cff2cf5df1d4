"""Kernels that are kept ready: of which versions, and for how long one may serve.

A ready kernel has run everything with the defaults, before anybody asked. It may take the place of a fresh one only as
long as a fresh one would compute the same, the outside world aside: so it grows old, and a relative date ends it when
its words mean another day.

Pure. Left alone: starting and ending them (`actors.ready`), what a session runs that takes one over (`core.session`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from vernissage.core.document import Document
from vernissage.core.inputs import default, resolves_alike

LIFE = timedelta(minutes=30)
"""What a ready kernel read from the outside world is at most that old when a session takes it over."""

WORTH_IT = timedelta(minutes=1)
"""A kernel that is good for less is not worth its run."""


def kept(document: Document, *, personal: bool) -> int:
    """[RDY1] [RDY2] How many kernels of a version are kept ready while it is published."""
    settings = document.settings
    begins_by_run = settings.on_interaction == "manual" and settings.on_open == "published_results"
    return 0 if personal or begins_by_run else settings.ready_kernels


def serves(document: Document, since: datetime, now: datetime) -> bool:
    """[RDY4] Whether a kernel whose run began then may serve a session that begins now."""
    minutes = document.settings.refresh_after
    life = min(LIFE, timedelta(minutes=minutes)) if minutes else LIFE
    return now - since < life and all(
        resolves_alike(cell.input, default(cell.input), since, now) for cell in document.inputs().values()
    )


def worth_it(document: Document, now: datetime) -> bool:
    """[RDY2] Whether a kernel that runs now would serve for a while."""
    return serves(document, now, now + WORTH_IT)
