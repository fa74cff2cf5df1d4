"""What a room reports beyond its document and its session: publishing, published results, notices.

A *room* is state that the server owns and people watch together. Its events have one numbering; what each member
sees of one is decided in `access`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeAlias

from vernissage.core.document import Document, FileInput, FileRef, Struct
from vernissage.core.inputs import Invalid, accept
from vernissage.core.operations import DraftEvent, Event, Operation, Refused
from vernissage.core.publishing import PublishError, PublishStatus
from vernissage.core.session import SessionEvent


class ResultsView(Struct, frozen=True):
    """The published results, where a session shows them."""

    at: str
    """When the oldest of them were computed, ISO 8601 UTC."""
    fresh: bool
    """True: the cells on show are these results and no kernel has run in this session."""
    refreshing: bool = False
    """True: newer ones are being computed for everyone."""


class PublishView(Struct, frozen=True):
    """A candidate and how far it is."""

    id: str
    status: PublishStatus
    errors: tuple[PublishError, ...]
    title: str
    author: str
    """A name, never an e-mail."""
    created_at: str
    forced: bool
    version: int | None
    later_changes: int
    """Changes of the draft since the freeze; they are not in this candidate."""
    personal: bool = False
    """True: its code reads who looks; published, every visit runs as its viewer."""


class PublishingView(Struct, frozen=True):
    """What the editors' pages say about publishing."""

    published: int | None
    published_at: str
    published_by: str
    unpublished_changes: bool
    """True: the draft differs from the published version, or nothing is published."""
    candidate: PublishView | None
    """The newest one that was not given up, superseded or published; a forced one until its run ends."""


class Notice(Struct, frozen=True):
    """A sentence for the person at the page, that stays until dismissed."""

    code: Literal[
        "newer_version",
        "ignored_parameters",
        "kernel_ended",
        "results_pending",
        "new_results",
        "forced_errors",
        "queued",
    ]
    text: str


class LiveView(Struct, frozen=True):
    """A session that several people share by a link."""

    by: str
    """The member id of whoever went live; they and editors may end it for all."""
    name: str
    """What others call them."""


# --- operations that are of the room itself ---------------------------------------------------------


class GoLive(Operation, frozen=True, tag="go_live"):
    """A private app session becomes live in place: whoever has the link and may see the app joins it. Signed-in people
    only."""


class EndLive(Operation, frozen=True, tag="end_live"):
    """End a live session for all: whoever started it, and editors. Each keeps a page with the inputs as they were."""


class RefreshForAll(Operation, frozen=True, tag="refresh_for_all"):
    """Compute the published results anew, with the default inputs, for everyone: editors, and everybody where the app
    allows it. The session's own inputs, outputs and kernel stay."""


RoomOperation: TypeAlias = GoLive | EndLive | RefreshForAll

# --- events -----------------------------------------------------------------------------------------


class LiveChanged(Event, frozen=True, tag="live_changed"):
    live: LiveView | None


class PublishingChanged(Event, frozen=True, tag="publishing_changed"):
    publishing: PublishingView


class ResultsChanged(Event, frozen=True, tag="results_changed"):
    results: ResultsView | None


class NoticeGiven(Event, frozen=True, tag="notice_given"):
    notice: Notice


RoomEvent: TypeAlias = DraftEvent | SessionEvent | LiveChanged | PublishingChanged | ResultsChanged | NoticeGiven

# --- deciding ---------------------------------------------------------------------------------------


def may_end_live(live: LiveView, member: str, *, editor: bool) -> bool:
    """[LIV5] Whether a member may end a live session for all: whoever went live, and editors."""
    return editor or live.by == member


def not_uploaded(document: Document, values: Mapping[str, Any], uploads: Collection[FileRef]) -> Refused | None:
    """[LIV10] Why these values may not be set: one of them is a file that was never given to this session.

    A hash alone is no right to a file: whoever knows it may never have had the bytes.
    """
    cells = document.inputs()
    for name, json in values.items():
        cell = cells.get(name)
        if cell is None or not isinstance(cell.input, FileInput):
            continue
        value = accept(cell.input, json)
        if isinstance(value, Invalid) or not isinstance(value, FileRef) or not value.hash:
            continue
        if value not in uploads and value not in document.files:
            return Refused(
                f"{cell.label or name}: {value.name} was not uploaded in this session, or is no longer kept. "
                "Choose the file again."
            )
    return None
